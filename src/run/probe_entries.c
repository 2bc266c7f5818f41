/*-------------------------------------------------------------------------
 *
 * probe_entries.c
 *	  Rows that are only counted, by the entries of an index.
 *
 * Decides which entries count: those that have the columns of all that is asked of the rows, and
 * say yes.  A row is looked at only where not everybody sees what is on its page.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "base/integers.h"
#include "plan/probe_plan.h"
#include "run/load_run.h"
#include "run/probe_entries.h"
#include "run/probe_row.h"
#include "run/run_sink.h"
#include "utils/rel.h"

static bool wants_entry(void *arg, Relation index, IndexTuple entry);
static Datum entry_value(Relation index, IndexTuple entry, AttrNumber attnum, bool *isnull);
static bool wants_row(void *arg);
static void count_of_value(void *arg, Datum value, int n);
static void count_of_any(void *nr, Datum value, int n);

EntryCounter
probe_entries_counter(NodeRun *nr)
{
	const ProbePlan *plan = nr->node->probe;
	EntryCounter counter = {.arg = nr};

	if (plan->condition != NULL || plan->ref.must_be_null > 0 || plan->names_target > 0)
	{
		counter.wants = wants_entry;
		counter.wants_row = wants_row;
	}
	return counter;
}

EntryCounter
probe_entries_range_counter(NodeRun *nr)
{
	EntryCounter counter = probe_entries_counter(nr);

	counter.count = nr->node->every_key ? count_of_any : count_of_value;
	return counter;
}

static bool
wants_entry(void *arg, Relation index, IndexTuple entry)
{
	NodeRun    *nr = arg;
	ProbeRun   *probe = nr->probe;
	const ProbePlan *plan = nr->node->probe;
	bool		isnull;
	Datum		value;

	if (plan->names_target > 0)
	{
		value = entry_value(index, entry, plan->names_target, &isnull);
		if (isnull || key_table_find(probe->targets, &value) < 0)
			return false;
	}
	if (plan->ref.must_be_null > 0)
	{
		(void) entry_value(index, entry, plan->ref.must_be_null, &isnull);
		if (!isnull)
			return false;
	}
	return probe->select == NULL || probe_select_wants_entry(probe->select, probe->ref.open->slot, index, entry);
}

static Datum
entry_value(Relation index, IndexTuple entry, AttrNumber attnum, bool *isnull)
{
	const Form_pg_index form = index->rd_index;
	int			position = 0;

	while (form->indkey.values[position] != attnum)
		position++;
	return index_getattr(entry, position + 1, RelationGetDescr(index), isnull);
}

/* of a row that is only counted */
static bool
wants_row(void *arg)
{
	NodeRun    *nr = arg;
	const ProbePlan *plan = nr->node->probe;

	return probe_scan_row_lives(nr->probe->ref.open, nr->node->shape == LOAD_BY_LINK ? plan->max_through : plan->max_target) &&
		probe_row_is_wanted(nr, nr->probe, nr->probe->ref.open->slot);
}

/* under the lock of a page: it does no more than to count */
static void
count_of_value(void *arg, Datum value, int n)
{
	NodeRun    *nr = arg;
	const ProbeColumn *column = nr->probe->counted;
	int			key = run_sink_find_key(nr, probe_row_value(column, value));

	if (key >= 0 && key < nr->nrequested)
		nr->probe->numbers[key] += n;
}

static void
count_of_any(void *nr, Datum value, int n)
{
	run_sink_count(nr, run_sink_find_key(nr, value), n);
}
