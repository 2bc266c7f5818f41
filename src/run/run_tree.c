/*-------------------------------------------------------------------------
 *
 * run_tree.c
 *	  Recursive includes, running: levels below the first, loaded and written.
 *
 * What hangs on a key does not depend on the level, so a key is loaded once however
 * often the tree comes by, and a graph that is no tree costs no more to load than its
 * edges.
 *
 * Decides where a tree ends when it is written: at maxDepth, and at a row that is
 * on the path from the start already.  Such a row is shown without the key of the
 * recursion; one that has nothing below it has the key, with [] or null.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "base/settings.h"
#include "miscadmin.h"
#include "run/run_sink.h"
#include "run/run_tree.h"
#include "run/run_write.h"
#include "utils/memutils.h"

static int	max_depth(const LoadNode *step);
static NodeRun *step_of(NodeRun *nr);
static void check_rows(const LoadNode *node, uint64 rows, uint64 trees);
static bool *entered(NodeRun *nr, NodeRun *step, const LoadedRow *row);

/* ---- loading ---- */

void
run_tree_init(LoadRun *run)
{
	LoadPlan   *plan = run->plan;

	for (int i = 0; i < plan->ntrees; i++)
		key_table_init(&run->trees[i], plan->trees[i]->ncolumns, plan->trees[i]->keys, run->rows);
}

/* rows of a level say which keys the next one wants: those that came new */
void
run_tree_load_levels(NodeRun *nr)
{
	NodeRun    *start = &nr->run->nodes[nr->node->parent->number];
	uint64		before = nr->accepted;
	int			levels = max_depth(nr->node);
	int			first = 0;

	for (int level = 2; level <= levels && first < nr->keys.nkeys; level++)
	{
		int			next = nr->keys.nkeys;

		CHECK_FOR_INTERRUPTS();
		load_run_load_keys(nr, first);
		check_rows(nr->node, nr->accepted - before, start->keys.nkeys);
		first = next;
	}
}

static int
max_depth(const LoadNode *step)
{
	return step->tree->max_depth > 0 ? step->tree->max_depth : assoc_max_depth;
}

static NodeRun *
step_of(NodeRun *nr)
{
	return &nr->run->nodes[nr->node->tree->step->number];
}

static void
check_rows(const LoadNode *node, uint64 rows, uint64 trees)
{
	if (rows > trees * assoc_max_tree_rows)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("recursive include \"%s\" has more than %d rows",
						node->key, assoc_max_tree_rows),
				 errhint("Give it \"maxDepth\" or a \"where\", or raise the setting \"pg_associations.max_tree_rows\".")));
}

/*
 * After the groups of its children a row keeps two numbers: its own among the rows
 * of its model, and that of the key that the step has its rows under.
 */
void
run_tree_want(NodeRun *nr, LoadedRow *row, const Datum *values, const bool *nulls)
{
	LoadNode   *node = nr->node;
	LoadTree   *tree = node->tree;
	Datum		key[INDEX_MAX_KEYS];
	bool		isnull = false;
	bool		found;

	for (int i = 0; i < tree->ncolumns; i++)
		key[i] = run_sink_key_value(nr, tree->columns[i], values, nulls);
	row->groups[node->nchildren] = key_table_add(&nr->run->trees[tree->number], key, &found);
	if (tree->step == NULL)
		return;
	for (int i = 0; i < node->nref; i++)
	{
		isnull |= nulls[tree->step_columns[i]];
		key[i] = values[tree->step_columns[i]];
	}
	row->groups[node->nchildren + 1] = isnull ? -1 :
		key_table_add(&step_of(nr)->keys, key, &found);
}

/* ---- writing ---- */

bool
run_tree_is_leaf(NodeRun *nr, const LoadedRow *row)
{
	NodeRun    *step;

	if (nr->node->tree->step == NULL)
		return false;
	step = step_of(nr);
	/* paths through a graph can be many more than its rows */
	check_rows(nr->node, ++step->tree_rows, 1);
	return step->tree_level >= max_depth(step->node) || *entered(nr, step, row);
}

void
run_tree_write_below(NodeRun *nr, const LoadedRow *row, int child)
{
	NodeRun    *below = child >= 0 ? nr->children[child] : step_of(nr);
	NodeRun    *step = step_of(below);
	bool	   *here = entered(nr, step, row);

	if (child >= 0)
		step->tree_rows = 0;
	*here = true;
	step->tree_level++;
	run_write_child(below, row->groups[child >= 0 ? child : nr->node->nchildren + 1]);
	step->tree_level--;
	*here = false;
}

/* is the row on the path of this step's tree? */
static bool *
entered(NodeRun *nr, NodeRun *step, const LoadedRow *row)
{
	/* all rows are numbered before the first is written */
	if (step->entered == NULL)
		step->entered = MemoryContextAllocExtended(nr->run->rows,
												   nr->run->trees[nr->node->tree->number].nkeys,
												   MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	return &step->entered[row->groups[nr->node->nchildren]];
}
