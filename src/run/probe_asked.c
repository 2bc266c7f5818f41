/*-------------------------------------------------------------------------
 *
 * probe_asked.c
 *	  Conditions on associated rows, asked of each row that a probe has read.
 *
 * A condition asks when it comes to it: one that the row itself decides asks nothing.  The node that load_asked.c
 * has made is asked what the rows of the row's key come to: a probe of one key, which ends at the first where it is
 * whether there are any.  Keys are remembered, so rows that share one ask once.
 * Where such a probe looks at too many rows, the node above is left to the batch, which asks for all at once.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "miscadmin.h"
#include "run/probe_asked.h"
#include "run/rows_probe.h"
#include "run/run_fold.h"

/* of runs that were given up one after the other, each doubles those that are left to the batch, so many times */
#define MAX_DOUBLED 6

static void heed_outgrown(NodeRun *asked);
static void answer(NodeRun *nr, int i, ParamExternData *param);
static int	ask_key(NodeRun *asked, const ProbeColumn *keys, TupleTableSlot *row);

bool
probe_asked_holds(ProbeRun *probe)
{
	MemoryContext old = CurrentMemoryContext;
	sigjmp_buf	given_up;

	probe->given_up = &given_up;
	if (sigsetjmp(given_up, 0) == 0)
		return probe_select_wants(probe->select, probe->link, probe->row);
	MemoryContextSwitchTo(old);
	return false;
}

ParamExternData *
probe_asked_fetch(ParamListInfo params, int number, bool speculative pg_attribute_unused(),
				  ParamExternData *workspace pg_attribute_unused())
{
	NodeRun    *nr = params->paramFetchArg;
	int			i = number - 1 - nr->node->nref - nr->node->nparams;

	if (i >= 0)
		answer(nr, i, &params->params[number - 1]);
	return &params->params[number - 1];
}

/*
 * What is found out of a key stays, what it comes to goes with the row.  Without an answer the expression is left as
 * by an error: with a wrong one it would come to what another condition spares it, a division by zero say.
 */
static void
answer(NodeRun *nr, int i, ParamExternData *param)
{
	MemoryContext row = MemoryContextSwitchTo(nr->run->rows);
	const LoadAsked *what = &nr->node->asked[i];
	NodeRun    *asked = &nr->run->nodes[what->node->number];
	int			key = ask_key(asked, what->keys, nr->probe->row);

	MemoryContextSwitchTo(row);
	param->ptype = what->type;
	param->value = run_fold_value(asked, key, &param->isnull);
	if (asked->refused == NULL)
		return;
	nr->refused = asked->refused;
	siglongjmp(*nr->probe->given_up, 1);
}

/* its number; -1: it is null */
static int
ask_key(NodeRun *asked, const ProbeColumn *keys, TupleTableSlot *row)
{
	Datum		key[INDEX_MAX_KEYS];

	for (int i = 0; i < asked->node->nref; i++)
	{
		bool		isnull;
		Datum		value = slot_getattr(row, keys[i].attribute + 1, &isnull);

		if (isnull)
			return -1;
		key[i] = probe_row_value(&keys[i], value);
	}
	return rows_probe_ask(asked, key);
}

void
probe_asked_begin(NodeRun *nr)
{
	check_stack_depth();
	for (int i = 0; i < nr->node->nasked; i++)
	{
		NodeRun    *asked = &nr->run->nodes[nr->node->asked[i].node->number];

		/* the key at which it was given up has a number, but no answer: a level of a tree above may ask for it again */
		if (asked->refused != NULL)
			run_memory_forget_keys(asked);
		asked->refused = NULL;
		probe_row_begin(asked, probe_row_run(asked));
	}
}

void
probe_asked_end(NodeRun *nr)
{
	for (int i = 0; i < nr->node->nasked; i++)
	{
		NodeRun    *asked = &nr->run->nodes[nr->node->asked[i].node->number];

		probe_row_end(asked, asked->probe);
		heed_outgrown(asked);
	}
}

/* what was read in vain is more than the probe saves: so it is tried less often where that is the rule */
static void
heed_outgrown(NodeRun *asked)
{
	ProbePlan  *plan = asked->node->probe;

	plan->outgrown = asked->refused == NULL ? 0 : plan->outgrown + 1;
	plan->pass_over = plan->outgrown == 0 ? 0 : 1 << Min(plan->outgrown, MAX_DOUBLED);
}
