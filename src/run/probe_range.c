/*-------------------------------------------------------------------------
 *
 * probe_range.c
 *	  Rows of many parents in one go, straight from indexes.
 *
 * What the executor does for each of many rows costs more than their JSON.  Of parents whose keys are
 * numbers without gaps, of every key that there is, or of the links of some targets, the entries of the
 * index are read first, and then the rows over the table's blocks.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "base/compat.h"
#include "base/integers.h"
#include "catalog/pg_class.h"
#include "miscadmin.h"
#include "optimizer/optimizer.h"
#include "pgstat.h"
#include "plan/probe_plan.h"
#include "reader/key_scan.h"
#include "run/key_range.h"
#include "run/load_run.h"
#include "run/probe_entries.h"
#include "run/probe_range.h"
#include "run/probe_row.h"
#include "run/run_sink.h"
#include "storage/bufmgr.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/spccache.h"
#include "utils/syscache.h"

/* TIDs of a range: they are read without a pause, in some 10 ms */
#define MAX_PLACES 1000000

/* TIDs of a range, by block */
typedef struct RangeTids
{
	ItemPointerData *tids;
	int			n;
	int			ahead;			/* so many blocks are asked for before they are read */
	int			asked;			/* TIDs whose blocks were asked for */
	Size		memory;			/* that rows may take; 0: any */
} RangeTids;

static double index_size(Oid index, double *pages);
static bool read_range(NodeRun *nr, Datum lowest, Datum highest);
static int max_places(void);
static int count_range(NodeRun *nr, ProbeRun *probe, Datum lowest, Datum highest, ItemPointerData **tids);
static bool deliver_range(NodeRun *nr, ProbeRun *probe, RangeTids *range);
static int same_block(const RangeTids *range, int from);
static void ask_ahead(RangeTids *range, int from, Relation relation);

bool
probe_range_load(NodeRun *nr, int first)
{
	Datum		lowest;
	Datum		highest;

	key_range_bounds(nr, first, &lowest, &highest);
	return read_range(nr, lowest, highest);
}

bool
probe_range_counts_every_key(NodeRun *nr)
{
	const LoadNode *node = nr->node;

	return btree_reader_allowed() && probe_refused_now(node) == NULL && node->probe->by_entries &&
		!node->probe->ref.partitioned && index_size(node->probe->ref.index, NULL) <= MAX_PLACES;
}

double
probe_range_entries_cost(const LoadNode *node)
{
	double		pages;
	double		entries = index_size(node->probe->ref.index, &pages);

	return pages * seq_page_cost + entries * (cpu_index_tuple_cost + cpu_operator_cost);
}

/* entries, and pages, as of the last VACUUM or ANALYZE; below 0: there was none */
static double
index_size(Oid index, double *pages)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(index));
	Form_pg_class form;
	double		entries;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for index %u", index);
	form = (Form_pg_class) GETSTRUCT(tuple);
	entries = form->reltuples;
	if (pages != NULL)
		*pages = form->relpages;
	ReleaseSysCache(tuple);
	return entries;
}

bool
probe_range_every_key(NodeRun *nr, KeyTable *targets)
{
	Oid			type = nr->node->ref_keys[0].type;

	probe_row_run(nr)->targets = targets;
	return read_range(nr, integer_least(type), integer_greatest(type));
}

bool
probe_range_finds_links(NodeRun *nr)
{
	return btree_reader_allowed() && probe_refused_now(nr->node) == NULL && !nr->node->probe->ref.partitioned;
}

bool
probe_range_links(NodeRun *nr, const KeyTable *targets, int max)
{
	ProbeRun   *probe;
	MemoryContext old;
	RangeTids	range = {0};
	bool		all;

	probe = probe_row_run(nr);
	old = MemoryContextSwitchTo(nr->run->rows);
	probe_row_begin(nr, probe);
	if (targets->nkeys > 0)
	{
		(void) key_scan_find(&probe->ref, nr->run->snapshot, targets->keys);
		range.n = probe_scan_keys(probe->ref.open, targets->keys, targets->nkeys,
								  Min(max, max_places()), &range.tids);
	}
	/* keys that are no integers may be of any length */
	if (!nr->keys.plain)
		range.memory = MemoryContextMemAllocated(nr->run->rows, false) + get_hash_memory_limit();
	all = range.n == 0 || (range.n > 0 && deliver_range(nr, probe, &range));
	probe_row_end(nr, probe);
	MemoryContextSwitchTo(old);
	return all;
}

static bool
read_range(NodeRun *nr, Datum lowest, Datum highest)
{
	ProbeRun   *probe = probe_row_run(nr);
	MemoryContext old = MemoryContextSwitchTo(nr->run->rows);
	RangeTids	range = {0};

	probe_row_begin(nr, probe);
	/* what has partitions is not ranged: there is one scan for any key */
	(void) key_scan_find(&probe->ref, nr->run->snapshot, &lowest);
	range.n = nr->node->probe->by_entries ? count_range(nr, probe, lowest, highest, &range.tids) :
		probe_scan_range(probe->ref.open, lowest, highest, max_places(), &range.tids);
	if (range.n > 0)
		(void) deliver_range(nr, probe, &range);
	probe_row_end(nr, probe);
	MemoryContextSwitchTo(old);
	return range.n >= 0;
}

/* TIDs that may be read at a time */
static int
max_places(void)
{
	return (int) Min(work_mem * (uint64) 1024 / (2 * sizeof(ItemPointerData)), MAX_PLACES);
}

/* the number of TIDs that are left to look at; below 0, and nothing was counted, as probe_scan_range() */
static int
count_range(NodeRun *nr, ProbeRun *probe, Datum lowest, Datum highest, ItemPointerData **tids)
{
	EntryCounter counter = probe_entries_range_counter(nr);
	int			left;

	if (!nr->node->every_key)
		probe->numbers = palloc0_array(int64, nr->nrequested);
	left = probe_scan_count_range(probe->ref.open, lowest, highest, MAX_PLACES, &counter, tids);
	for (int key = 0; !nr->node->every_key && left >= 0 && key < nr->nrequested; key++)
		if (probe->numbers[key] > 0)
			run_sink_count(nr, key, probe->numbers[key]);
	return left;
}

/* false: they take too much memory */
static bool
deliver_range(NodeRun *nr, ProbeRun *probe, RangeTids *range)
{
	const ProbePlan *plan = nr->node->probe;
	int			deform = nr->node->shape == LOAD_BY_LINK ? plan->max_through : plan->max_target;
	OpenScan   *ref = probe->ref.open;
	HeapTupleData *tuples = palloc_array(HeapTupleData, MaxHeapTuplesPerPage);

	probe->key = -1;
	probe->offset = 0;
	probe->limit = PG_UINT64_MAX;
	range->ahead = get_tablespace_io_concurrency(ref->reader.relation->rd_rel->reltablespace);
	for (int i = 0, n; i < range->n; i += n)
	{
		int			found;

		n = same_block(range, i);
		ask_ahead(range, i, ref->reader.relation);
		found = heap_reader_fetch_page(&ref->reader, &range->tids[i], n, tuples);
		for (int k = 0; k < found; k++)
		{
			CHECK_FOR_INTERRUPTS();
			ExecStoreHeapTuple(&tuples[k], ref->slot, false);
			pgstat_count_heap_fetch(ref->index);
			if (probe_scan_row_lives(ref, deform))
				probe_row_look_at(nr, probe);
		}
		if (range->memory > 0 && MemoryContextMemAllocated(nr->run->rows, false) > range->memory)
			return false;
	}
	return true;
}

/* how many TIDs from this one on are in its block, up to a page of rows */
static int
same_block(const RangeTids *range, int from)
{
	BlockNumber block = ItemPointerGetBlockNumber(&range->tids[from]);
	int			n = 1;

	while (from + n < range->n && n < MaxHeapTuplesPerPage &&
		   ItemPointerGetBlockNumber(&range->tids[from + n]) == block)
		n++;
	return n;
}

/* let the system read the next blocks meanwhile, as a bitmap scan of the executor does */
static void
ask_ahead(RangeTids *range, int from, Relation relation)
{
	int			blocks = range->ahead;

	if (blocks <= 0)
		return;
	for (int i = from; i < range->n && blocks > 0; blocks--)
	{
		int			n = same_block(range, i);

		if (i >= range->asked)
		{
			PrefetchBuffer(relation, MAIN_FORKNUM, ItemPointerGetBlockNumber(&range->tids[i]));
			range->asked = i + n;
		}
		i += n;
	}
}
