/*-------------------------------------------------------------------------
 *
 * statement_plan.c
 *	  Plans of statements over many rows that do not hang on statistics.
 *
 * Decides how many rows the planner expects.  For what unnest() makes of a parameter it
 * assumes ten, and for a table whatever ANALYZE saw last, be it before a load of millions or
 * just after everything was deleted.  Where it expects one row it may compare each with each.
 * Here it is known how many rows come in, and they mostly are rows of the tables that are
 * named, so no relation of such a statement is taken to give fewer.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "deparse/statement_plan.h"
#include "executor/spi.h"
#include "nodes/pathnodes.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "utils/plancache.h"
#include "utils/resowner.h"

/* rows of the statement that is being planned; 0: none of ours */
static double expected = 0;

static bool hooked = false;
static set_rel_pathlist_hook_type next_rel_hook = NULL;
static set_join_pathlist_hook_type next_join_hook = NULL;

static void hook_in(void);
static void expect_of_rel(PlannerInfo *root, RelOptInfo *rel, Index rti, RangeTblEntry *rte);
static void expect_of_join(PlannerInfo *root, RelOptInfo *join, RelOptInfo *outer,
						   RelOptInfo *inner, JoinType type, JoinPathExtraData *extra);
static void expect_rows(RelOptInfo *rel);

int
statement_plan_scale(int nrows)
{
	int			scale = 0;

	if (nrows < STATEMENT_MANY_ROWS)
		return 0;
	for (; nrows >= 10; nrows /= 10)
		scale++;
	return scale;
}

/* the generic plan is made here, or is there already, and found by who runs it */
void
statement_plan_make(SPIPlanPtr plan, int scale)
{
	double		outer = expected;
	CachedPlan *made;

	hook_in();
	for (expected = 1; scale > 0; scale--)
		expected *= 10;
	PG_TRY();
	{
		made = SPI_plan_get_cached_plan(plan);
	}
	PG_FINALLY();
	{
		expected = outer;
	}
	PG_END_TRY();
	if (made != NULL)
		ReleaseCachedPlan(made, CurrentResourceOwner);
}

static void
hook_in(void)
{
	if (hooked)
		return;
	next_rel_hook = set_rel_pathlist_hook;
	set_rel_pathlist_hook = expect_of_rel;
	next_join_hook = set_join_pathlist_hook;
	set_join_pathlist_hook = expect_of_join;
	hooked = true;
}

static void
expect_of_rel(PlannerInfo *root, RelOptInfo *rel, Index rti, RangeTblEntry *rte)
{
	if (next_rel_hook)
		next_rel_hook(root, rel, rti, rte);
	if (expected == 0)
		return;
	if (rte->rtekind == RTE_FUNCTION && rel->lateral_relids == NULL)
	{
		rel->rows = rel->tuples = expected;
		rel->pathlist = list_make1(create_functionscan_path(root, rel, NIL, NULL));
	}
	else
		expect_rows(rel);
}

/* asked once for each pair of which the join can be made */
static void
expect_of_join(PlannerInfo *root, RelOptInfo *join, RelOptInfo *outer,
			   RelOptInfo *inner, JoinType type, JoinPathExtraData *extra)
{
	if (next_join_hook)
		next_join_hook(root, join, outer, inner, type, extra);
	if (expected > 0)
		expect_rows(join);
}

static void
expect_rows(RelOptInfo *rel)
{
	rel->rows = Max(rel->rows, expected);
	foreach_ptr(Path, path, rel->pathlist)
	{
		if (path->param_info == NULL)
			path->rows = Max(path->rows, expected);
	}
}
