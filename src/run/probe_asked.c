/*-------------------------------------------------------------------------
 *
 * probe_asked.c
 *	  Conditions on associated rows, asked of each row that a probe has read.
 *
 * The node that load_asked.c has made is asked what the rows of the row's key come to: a probe of one key, which ends
 * at the first where it is whether there are any.  Keys are remembered, so rows that share one ask once.  Conditions
 * are asked one after the other, those about no other row first.  Where such a probe looks at too many rows, the node
 * above is left to the batch, which asks for all at once.
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

static bool ask(NodeRun *nr, int number, MemoryContext row);
static int	ask_key(NodeRun *asked, const ProbeColumn *keys, TupleTableSlot *row);
static void heed_outgrown(NodeRun *asked);

/* an expression is not begun before all is known that it may come to: one that is given up would have raised errors */
bool
probe_asked_holds(NodeRun *nr, ProbeRun *probe)
{
	const ProbeCondition *condition = nr->node->probe->condition;
	MemoryContext row = probe_select_begin_answers(probe->select);

	for (int i = 0; i < condition->nanswers; i++)
	{
		int			number = -1;

		while ((number = bms_next_member(condition->answers[i], number)) >= 0)
			if (!ask(nr, number, row))
				return false;
		if (!probe_select_wants_answer(probe->select, i, probe->link, probe->row))
			return false;
	}
	return true;
}

/* what is found out of a key stays, what it comes to goes with the row */
static bool
ask(NodeRun *nr, int number, MemoryContext row)
{
	const LoadAsked *what = &nr->node->asked[number];
	NodeRun    *asked = &nr->run->nodes[what->node->number];
	int			key = ask_key(asked, what->keys, nr->probe->row);
	MemoryContext old;
	Datum		answer;
	bool		isnull;

	nr->refused = asked->refused;
	if (nr->refused != NULL)
		return false;
	old = MemoryContextSwitchTo(row);
	answer = run_fold_value(asked, key, &isnull);
	MemoryContextSwitchTo(old);
	probe_select_answer(nr->probe->select, number, answer, isnull);
	return true;
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
