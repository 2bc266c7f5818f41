/*-------------------------------------------------------------------------
 *
 * rows_probe.c
 *	  Rows of few parents, or with a few values, straight from indexes.
 *
 * For a handful of rows, starting the executor costs more than the rows.  A probe reads btree indexes
 * and tables itself, under the snapshot of the calling statement, where probe_plan.c allows it.  The
 * batch (rows_batch.c) is the reference, and the tests compare the two.
 *
 * Parents are looked for one by one here, and at once in probe_range.c; what becomes of a row that
 * was read is probe_row.c's.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "plan/probe_plan.h"
#include "reader/key_scan.h"
#include "run/load_run.h"
#include "run/probe_entries.h"
#include "run/probe_row.h"
#include "run/rows_probe.h"
#include "run/run_fold.h"
#include "run/run_sink.h"

/* a node that turns out to have more rows is left to the batch */
#define MAX_PROBED_ROWS 1000

/*
 * One that is asked for row by row (by_row), sooner: what a statement saves is then more than its start.  Keys
 * and rows count alike, entries of an index that only are counted an eighth of a row.
 */
#define MAX_ASKED_ROWS 400
#define ENTRIES_OF_A_ROW 8

static const char *const too_many_rows = "too many rows of a key to look at";

static bool load_key(NodeRun *nr, ProbeRun *probe, int key);
static void begin_rows(NodeRun *nr, ProbeRun *probe, int key);
static bool end_rows(NodeRun *nr, ProbeRun *probe, int key);
static void read_key(NodeRun *nr, ProbeRun *probe);
static int	most_rows(const LoadNode *node);
static bool count_key(NodeRun *nr, ProbeRun *probe, int key, const Datum *values);
static uint64 rows_to_read(const ProbeRun *probe);
static uint64 rows_wanted(const NodeRun *nr);
static uint64 row_count(const NodeRun *nr, int param, uint64 none);

int
rows_probe_load(NodeRun *nr, int first)
{
	ProbeRun   *probe = probe_row_run(nr);
	MemoryContext old = MemoryContextSwitchTo(nr->run->rows);
	uint64		max_rows = nr->node->limited || nr->node->probe->by_entries ? PG_UINT64_MAX :
		nr->accepted + MAX_PROBED_ROWS;
	int			key = first;

	probe_row_begin(nr, probe);
	while (key < nr->nrequested && nr->accepted < max_rows && load_key(nr, probe, key))
		key++;
	probe_row_end(nr, probe);
	MemoryContextSwitchTo(old);
	return key;
}

/* false, with nr->refused: the rows of this key cannot be read so */
static bool
load_key(NodeRun *nr, ProbeRun *probe, int key)
{
	const LoadNode *node = nr->node;
	const Datum *values = &nr->keys.keys[key * node->nref];

	if (!key_scan_find(&probe->ref, nr->run->snapshot, values))
		return (nr->refused = probe->ref.refused) == NULL;
	if (node->probe->by_entries && count_key(nr, probe, key, values))
		return nr->refused == NULL;
	begin_rows(nr, probe, key);
	probe_scan_start(probe->ref.open, values, rows_to_read(probe));
	read_key(nr, probe);
	return end_rows(nr, probe, key);
}

static void
begin_rows(NodeRun *nr, ProbeRun *probe, int key)
{
	probe->key = key;
	probe->offset = row_count(nr, nr->node->offset, 0);
	probe->limit = rows_wanted(nr);
	/* of those asked for row by row it is the sum of all keys */
	if (!nr->node->by_row)
		probe->examined = 0;
}

static bool
end_rows(NodeRun *nr, ProbeRun *probe, int key)
{
	if (nr->refused)
		run_sink_give_up(nr, key);
	else if (probe->select && nr->node->probe->condition->nsort > 0)
		probe_row_take_sorted(nr, probe);
	return nr->refused == NULL;
}

static void
read_key(NodeRun *nr, ProbeRun *probe)
{
	const LoadNode *node = nr->node;
	int			deform = node->shape == LOAD_BY_LINK ? node->probe->max_through :
		node->probe->max_target;
	OpenScan   *ref = probe->ref.open;

	while (probe->limit > 0 && nr->refused == NULL && probe_scan_next_version(ref))
	{
		if ((probe->select || node->fold) && ++probe->examined > most_rows(node))
			nr->refused = too_many_rows;
		else if (probe_scan_row_lives(ref, deform))
			probe_row_look_at(nr, probe);
	}
}

static int
most_rows(const LoadNode *node)
{
	return node->by_row ? MAX_ASKED_ROWS : MAX_PROBED_ROWS;
}

/* by the entries of the index; false where they do not say it */
static bool
count_key(NodeRun *nr, ProbeRun *probe, int key, const Datum *values)
{
	EntryCounter counter = probe_entries_counter(nr);
	int64		n = probe_scan_count(probe->ref.open, values, &counter);

	if (n > 0)
		probe->examined += n / ENTRIES_OF_A_ROW;
	if (n == SCAN_TOO_MANY)
		nr->refused = too_many_rows;
	if (n > 0)
		run_sink_count(nr, key, n);
	return n != SCAN_NOT_COUNTED;
}

/* the number of the index's entries that are needed, as far as it is known before */
static uint64
rows_to_read(const ProbeRun *probe)
{
	return probe->select ? PG_UINT64_MAX : probe_row_requested(probe);
}

bool
rows_probe_found(NodeRun *nr, const Datum *keys, int nkeys)
{
	const LoadNode *node = nr->node;
	ProbeRun   *probe = probe_row_run(nr);
	MemoryContext old = MemoryContextSwitchTo(nr->run->rows);
	bool		all;

	probe_row_begin(nr, probe);
	begin_rows(nr, probe, 0);
	for (int i = 0; i < nkeys && probe->limit > 0 && nr->refused == NULL; i++)
	{
		const Datum *key = &keys[i * node->probe->ref.nkeys];

		(void) key_scan_find(&probe->ref, nr->run->snapshot, key);
		if (node->probe->by_entries && count_key(nr, probe, 0, key))
			continue;
		probe_scan_start(probe->ref.open, key, PG_UINT64_MAX);
		read_key(nr, probe);
	}
	all = end_rows(nr, probe, 0);
	probe_row_end(nr, probe);
	MemoryContextSwitchTo(old);
	nr->probed_keys = all ? Max(nkeys, 1) : 0;
	return all;
}

int
rows_probe_ask(NodeRun *nr, const Datum *key)
{
	bool		found;
	int			number = key_table_add(&nr->keys, key, &found);

	if (!found && ++nr->probe->examined > MAX_ASKED_ROWS)
		nr->refused = too_many_rows;
	if (!found && nr->refused == NULL)
		(void) load_key(nr, nr->probe, number);
	return number;
}

/* of a key; of a page one more, which tells that there is another page */
static uint64
rows_wanted(const NodeRun *nr)
{
	const LoadNode *node = nr->node;

	if (run_fold_is_any(node) || (node->found && node->plan->single))
		return 1;
	return node->page ? row_count(nr, node->page->size, 0) + 1 : row_count(nr, node->limit, PG_UINT64_MAX);
}

/* the value of a limit or offset, "none" where there is none */
static uint64
row_count(const NodeRun *nr, int param, uint64 none)
{
	if (param < 0 || nr->run->nulls[param] == 'n')
		return none;
	return (uint64) DatumGetInt64(nr->run->values[param]);
}
