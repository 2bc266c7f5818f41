/*-------------------------------------------------------------------------
 *
 * load_run.c
 *	  One run of a load plan: its levels, one after the other.
 *
 * All rows of a level are loaded before the next level, so cost adds up and never multiplies; writing
 * (run_write.c) begins when every level is there.  Decides which source a level's rows come from: where it
 * is allowed and the keys are few, or a range, a probe; else the batch.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "base/mechanism.h"
#include "executor/instrument.h"
#include "miscadmin.h"
#include "plan/probe_plan.h"
#include "portability/instr_time.h"
#include "run/key_range.h"
#include "run/load_run.h"
#include "run/probe_range.h"
#include "run/rows_batch.h"
#include "run/rows_found.h"
#include "run/rows_probe.h"
#include "run/run_fold.h"
#include "run/run_sink.h"
#include "run/run_tree.h"
#include "utils/datum.h"

/*
 * More keys than this are not probed: one statement for all is cheaper.  With a limit
 * for each that statement would scan the index for each key too.
 */
#define MAX_PROBED_KEYS 64

static void load_node(NodeRun *nr, bool load_self);
static void load_rows_timed(NodeRun *nr);
static void load_rows(NodeRun *nr);
static bool may_be_range(const NodeRun *nr, int first);

int
load_run_request(LoadRun *run, const Datum *key)
{
	bool		found;

	return key_table_add(&run->nodes[0].keys, key, &found);
}

void
load_run_load(LoadRun *run, bool from_root)
{
	load_node(&run->nodes[0], from_root);
}

/* parents before children: a level's rows say which keys the next one wants */
static void
load_node(NodeRun *nr, bool load_self)
{
	check_stack_depth();
	if (load_self && nr->run->timed)
		load_rows_timed(nr);
	else if (load_self)
		load_rows(nr);
	for (int i = 0; i < nr->node->nchildren; i++)
		load_node(nr->children[i], true);
	/* a step has loaded all its levels as itself */
	if (nr->node->tree && nr->node->tree->step && nr->node->tree->step != nr->node)
		load_node(&nr->run->nodes[nr->node->tree->step->number], true);
	if (nr->probed_keys > 0 || nr->ranged)
		run_sink_leave_out_incomplete(nr);
}

static void
load_rows_timed(NodeRun *nr)
{
	BufferUsage before = pgBufferUsage;
	instr_time	start;
	instr_time	end;

	if (nr->buffers == NULL)
		nr->buffers = MemoryContextAllocZero(nr->run->cxt, sizeof(BufferUsage));
	INSTR_TIME_SET_CURRENT(start);
	load_rows(nr);
	INSTR_TIME_SET_CURRENT(end);
	INSTR_TIME_SUBTRACT(end, start);
	nr->seconds += INSTR_TIME_GET_DOUBLE(end);
	BufferUsageAccumDiff(nr->buffers, &pgBufferUsage, &before);
}

static void
load_rows(NodeRun *nr)
{
	if (nr->node->tree && nr->node->tree->step == nr->node)
		run_tree_load_levels(nr);
	else
		load_run_load_keys(nr, 0);
}

void
load_run_load_keys(NodeRun *nr, int first)
{
	int			nkeys = nr->keys.nkeys;
	int			done = first;

	if (nr->node->nref > 0 && nkeys == first)
		return;
	nr->nrequested = nkeys;
	if (nr->node->found && rows_found_load(nr))
		return;
	if (nr->node->nref > 0)
		nr->refused = probe_refused_now(nr->node);
	else if (nr->refused == NULL)
		nr->refused = "too many rows at once";
	if (nr->refused == NULL && nkeys - first > MAX_PROBED_KEYS && !nr->node->limited)
	{
		nr->ranged = may_be_range(nr, first) && probe_range_load(nr, first);
		if (nr->ranged)
			return;
		nr->refused = "too many rows at once";
	}
	if (nr->refused == NULL)
	{
		done = rows_probe_load(nr, first);
		nr->probed_keys += done - first;
		if (done == nkeys)
			return;
	}
	rows_batch_load(nr, done);
}

/* can their rows be found in one go? */
static bool
may_be_range(const NodeRun *nr, int first)
{
	const ProbePlan *probe = nr->node->probe;

	return mechanism_is_used(MECHANISM_RANGES) && nr->node->forms[FORM_RANGE].sql != NULL && !probe->ordered &&
		nr->node->nasked == 0 &&
		!probe->ref.partitioned && !probe->target.partitioned &&
		key_range_without_gaps(nr, first);
}

Datum
load_run_value(LoadRun *run, bool *isnull)
{
	NodeRun    *nr = &run->nodes[run->plan->shown];
	const LoadColumn *column = &nr->node->columns[0];
	Datum		value;

	load_run_load(run, true);
	value = run_fold_value(nr, 0, isnull);
	/* that of the run goes with it */
	return *isnull ? value : datumCopy(value, column->typbyval, column->typlen);
}
