/*-------------------------------------------------------------------------
 *
 * rows_probe.c
 *	  Rows of few parents, or of a range of them, straight from indexes.
 *
 * For a handful of rows, starting the executor costs more than the rows; and what it
 * does for each of many rows costs more than their JSON.  A probe reads btree indexes
 * and tables itself, under the snapshot of the calling statement, where probe_plan.c
 * allows it.  The batch (rows_batch.c) is the reference, and the tests compare the two.
 *
 * Few parents are looked for one by one.  Of parents whose keys are numbers without gaps
 * all rows are read in one go over the table's blocks.
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
#include "run/probe_select.h"
#include "run/rows_probe.h"
#include "run/run_fold.h"
#include "storage/bufmgr.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/spccache.h"
#include "utils/syscache.h"

/* a node that turns out to have more rows is left to the batch */
#define MAX_PROBED_ROWS 1000

/* TIDs of a range: they are read without a pause, in some 10 ms */
#define MAX_PLACES 1000000

/* of a node's run */
typedef struct ProbeRun
{
	KeyScan		ref;
	KeyScan		target;			/* LOAD_BY_LINK */
	ProbeSelect *select;		/* which of the rows; NULL: all, as they are read */
	Datum	   *values;			/* a row, by column of the node */
	bool	   *nulls;

	/* of the row at hand */
	TupleTableSlot *link;		/* LOAD_BY_LINK */
	TupleTableSlot *row;		/* of the target, where there is one */
	HeapTuple	tuple;			/* which it has */

	/* of the key at hand; -1: rows say themselves which they belong to */
	int			key;
	uint64		offset;			/* rows still to be passed over */
	uint64		limit;			/* rows still to be taken */
	int			examined;		/* rows that were looked at */
	const ProbeColumn *counted; /* the column that says which key a row belongs to */
	int64	   *numbers;		/* rows of each key of a range that is counted */
	KeyTable   *targets;		/* whose links are counted; NULL: of any */
	HeapTupleData stored;		/* of a row that was read before */
} ProbeRun;

/* TIDs of a range, by block */
typedef struct RangeTids
{
	ItemPointerData *tids;
	int			n;
	int			ahead;			/* so many blocks are asked for before they are read */
	int			asked;			/* TIDs whose blocks were asked for */
	Size		memory;			/* that rows may take; 0: any */
} RangeTids;

static bool load_key(NodeRun *nr, ProbeRun *probe, int key);
static void read_key(NodeRun *nr, ProbeRun *probe);
static bool count_key(NodeRun *nr, ProbeRun *probe, int key, const Datum *values);
static uint64 rows_to_read(const ProbeRun *probe);
static uint64 rows_requested(const ProbeRun *probe);
static void begin(NodeRun *nr, ProbeRun *probe);
static void end(NodeRun *nr, ProbeRun *probe);
static ProbeRun *probe_run(NodeRun *nr);
static const ProbeColumn *ref_column(const LoadNode *node);
static int	max_places(void);
static bool read_range(NodeRun *nr, Datum lowest, Datum highest);
static int	count_range(NodeRun *nr, ProbeRun *probe, Datum lowest, Datum highest,
						ItemPointerData **tids);
static EntryCounter entry_counter(NodeRun *nr);
static bool wants_entry(void *arg, Relation index, IndexTuple entry);
static Datum entry_value(Relation index, IndexTuple entry, AttrNumber attnum, bool *isnull);
static bool wants_row(void *arg);
static bool is_wanted(NodeRun *nr, ProbeRun *probe, TupleTableSlot *slot);
static void count_of_value(void *arg, Datum value, int n);
static void count_of_any(void *nr, Datum value, int n);
static double index_size(Oid index, double *pages);
static bool deliver_range(NodeRun *nr, ProbeRun *probe, RangeTids *range);
static void ask_ahead(RangeTids *range, int from, Relation relation);
static int	same_block(const RangeTids *range, int from);
static uint64 rows_wanted(const NodeRun *nr);
static uint64 row_count(const NodeRun *nr, int param, uint64 none);
static void look_at(NodeRun *nr, ProbeRun *probe);
static void look_at_link(NodeRun *nr, ProbeRun *probe);
static void keep_unwanted(NodeRun *nr, ProbeRun *probe);
static bool wants(ProbeRun *probe);
static bool link_value(const LoadNode *node, TupleTableSlot *slot, Datum *link);
static bool offer_known(NodeRun *nr, ProbeRun *probe, int known);
static void offer(NodeRun *nr, ProbeRun *probe, int known);
static void take(NodeRun *nr, ProbeRun *probe, int known);
static void take_sorted(NodeRun *nr, ProbeRun *probe);
static void put(TupleTableSlot *slot, HeapTuple tuple, int deform);
static void fill_columns(const ProbeColumn *columns, int n, TupleTableSlot *slot,
						 Datum *values, bool *nulls);
static Datum convert_integer(Datum value, Oid from, Oid to);
static int	known_row(NodeRun *nr, const Datum *link, Datum *values, bool *nulls);

int
rows_probe_load(NodeRun *nr, int first)
{
	ProbeRun   *probe = probe_run(nr);
	MemoryContext old = MemoryContextSwitchTo(nr->run->rows);
	uint64		max_rows = nr->node->limited || nr->node->probe->by_entries ? PG_UINT64_MAX :
		nr->accepted + MAX_PROBED_ROWS;
	int			key = first;

	begin(nr, probe);
	while (key < nr->nrequested && nr->accepted < max_rows && load_key(nr, probe, key))
		key++;
	end(nr, probe);
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
	probe->key = key;
	probe->offset = row_count(nr, node->offset, 0);
	probe->limit = rows_wanted(nr);
	probe->examined = 0;
	probe_scan_start(probe->ref.open, values, rows_to_read(probe));
	read_key(nr, probe);
	if (nr->refused)
		load_run_give_up(nr, key);
	else if (probe->select && node->probe->condition->nsort > 0)
		take_sorted(nr, probe);
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
		if ((probe->select || node->fold) && ++probe->examined > MAX_PROBED_ROWS)
			nr->refused = "too many rows of a key to look at";
		else if (probe_scan_row_lives(ref, deform))
			look_at(nr, probe);
	}
}

/* by the entries of the index; false where they do not say it */
static bool
count_key(NodeRun *nr, ProbeRun *probe, int key, const Datum *values)
{
	EntryCounter counter = entry_counter(nr);
	int64		n = probe_scan_count(probe->ref.open, values, &counter);

	if (n == SCAN_TOO_MANY)
		nr->refused = "too many rows of a key to look at";
	if (n > 0)
		load_run_count(nr, key, n);
	return n != SCAN_NOT_COUNTED;
}

/* the number of the index's entries that are needed, as far as it is known before */
static uint64
rows_to_read(const ProbeRun *probe)
{
	return probe->select ? PG_UINT64_MAX : rows_requested(probe);
}

static uint64
rows_requested(const ProbeRun *probe)
{
	return probe->limit > PG_UINT64_MAX - probe->offset ? PG_UINT64_MAX : probe->limit + probe->offset;
}

static void
begin(NodeRun *nr, ProbeRun *probe)
{
	if (probe->select)
		probe_select_begin(probe->select, nr);
}

static void
end(NodeRun *nr, ProbeRun *probe)
{
	if (nr->node->nlink > 0)
		key_scan_close(&probe->target);
	key_scan_close(&probe->ref);
	if (probe->select)
		probe_select_reset(probe->select);
}

bool
rows_probe_range(NodeRun *nr, int first)
{
	Datum		lowest;
	Datum		highest;

	key_range_bounds(nr, first, &lowest, &highest);
	return read_range(nr, lowest, highest);
}

bool
rows_probe_counts_every_key(NodeRun *nr)
{
	const LoadNode *node = nr->node;

	return btree_reader_allowed() && probe_refused_now(node) == NULL && node->probe->by_entries &&
		!node->probe->ref.partitioned && index_size(node->probe->ref.index, NULL) <= MAX_PLACES;
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

double
rows_probe_entries_cost(const LoadNode *node)
{
	double		pages;
	double		entries = index_size(node->probe->ref.index, &pages);

	return pages * seq_page_cost + entries * (cpu_index_tuple_cost + cpu_operator_cost);
}

bool
rows_probe_every_key(NodeRun *nr, KeyTable *targets)
{
	Oid			type = nr->node->ref_keys[0].type;

	probe_run(nr)->targets = targets;
	return read_range(nr, integer_least(type), integer_greatest(type));
}

bool
rows_probe_finds_links(NodeRun *nr)
{
	return btree_reader_allowed() && probe_refused_now(nr->node) == NULL && !nr->node->probe->ref.partitioned;
}

bool
rows_probe_links(NodeRun *nr, const KeyTable *targets, int max)
{
	ProbeRun   *probe;
	MemoryContext old;
	RangeTids	range = {0};
	bool		all;

	probe = probe_run(nr);
	old = MemoryContextSwitchTo(nr->run->rows);
	begin(nr, probe);
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
	end(nr, probe);
	MemoryContextSwitchTo(old);
	return all;
}

bool
rows_probe_found(NodeRun *nr, const Datum *keys, int nkeys)
{
	const LoadNode *node = nr->node;
	ProbeRun   *probe = probe_run(nr);
	MemoryContext old = MemoryContextSwitchTo(nr->run->rows);

	begin(nr, probe);
	probe->key = 0;
	probe->offset = row_count(nr, node->offset, 0);
	probe->limit = rows_wanted(nr);
	probe->examined = 0;
	for (int i = 0; i < nkeys && probe->limit > 0 && nr->refused == NULL; i++)
	{
		const Datum *key = &keys[i * node->probe->ref.nkeys];

		(void) key_scan_find(&probe->ref, nr->run->snapshot, key);
		if (node->probe->by_entries && count_key(nr, probe, 0, key))
			continue;
		probe_scan_start(probe->ref.open, key, PG_UINT64_MAX);
		read_key(nr, probe);
	}
	if (nr->refused)
		load_run_give_up(nr, 0);
	else if (probe->select && node->probe->condition->nsort > 0)
		take_sorted(nr, probe);
	end(nr, probe);
	MemoryContextSwitchTo(old);
	nr->probed_keys = nr->refused ? 0 : Max(nkeys, 1);
	return nr->refused == NULL;
}

/* TIDs that may be read at a time */
static int
max_places(void)
{
	return (int) Min(work_mem * (uint64) 1024 / (2 * sizeof(ItemPointerData)), MAX_PLACES);
}

static bool
read_range(NodeRun *nr, Datum lowest, Datum highest)
{
	ProbeRun   *probe = probe_run(nr);
	MemoryContext old = MemoryContextSwitchTo(nr->run->rows);
	RangeTids	range = {0};

	begin(nr, probe);
	/* what has partitions is not ranged: there is one scan for any key */
	(void) key_scan_find(&probe->ref, nr->run->snapshot, &lowest);
	range.n = nr->node->probe->by_entries ? count_range(nr, probe, lowest, highest, &range.tids) :
		probe_scan_range(probe->ref.open, lowest, highest, max_places(), &range.tids);
	if (range.n > 0)
		(void) deliver_range(nr, probe, &range);
	end(nr, probe);
	MemoryContextSwitchTo(old);
	return range.n >= 0;
}

/* the number of TIDs that are left to look at; below 0, and nothing was counted, as probe_scan_range() */
static int
count_range(NodeRun *nr, ProbeRun *probe, Datum lowest, Datum highest, ItemPointerData **tids)
{
	EntryCounter counter = entry_counter(nr);
	int			left;

	counter.count = nr->node->every_key ? count_of_any : count_of_value;
	if (!nr->node->every_key)
		probe->numbers = palloc0_array(int64, nr->nrequested);
	left = probe_scan_count_range(probe->ref.open, lowest, highest, MAX_PLACES, &counter, tids);
	for (int key = 0; !nr->node->every_key && left >= 0 && key < nr->nrequested; key++)
		if (probe->numbers[key] > 0)
			load_run_count(nr, key, probe->numbers[key]);
	return left;
}

static EntryCounter
entry_counter(NodeRun *nr)
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
		is_wanted(nr, nr->probe, nr->probe->ref.open->slot);
}

/* where there is no other row that it leads to */
static bool
is_wanted(NodeRun *nr, ProbeRun *probe, TupleTableSlot *slot)
{
	AttrNumber	target = nr->node->probe->names_target;

	if (target > 0 && (slot->tts_isnull[target - 1] || key_table_find(probe->targets, &slot->tts_values[target - 1]) < 0))
		return false;
	return probe->select == NULL || (nr->node->links_only ? probe_select_wants_link(probe->select, slot) :
									 probe_select_wants(probe->select, NULL, slot));
}

/* under the lock of a page: it does no more than to count */
static void
count_of_value(void *arg, Datum value, int n)
{
	NodeRun    *nr = arg;
	const ProbeColumn *column = nr->probe->counted;
	int			key = load_run_find_key(nr, !OidIsValid(column->to) ? value :
										convert_integer(value, column->from, column->to));

	if (key >= 0 && key < nr->nrequested)
		nr->probe->numbers[key] += n;
}

static void
count_of_any(void *nr, Datum value, int n)
{
	load_run_count(nr, load_run_find_key(nr, value), n);
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
				look_at(nr, probe);
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

/* what is made once and kept with the run: its plan holds as long as the tables are as they are */
static ProbeRun *
probe_run(NodeRun *nr)
{
	const LoadNode *node = nr->node;
	MemoryContext old;
	ProbeRun   *probe;

	if (nr->probe != NULL)
		return nr->probe;
	old = MemoryContextSwitchTo(nr->run->base);
	probe = palloc0_object(ProbeRun);
	probe->values = palloc_array(Datum, node->ncolumns);
	probe->nulls = palloc_array(bool, node->ncolumns);
	key_scan_init(&probe->ref, &node->probe->ref);
	if (node->nlink > 0)
		key_scan_init(&probe->target, &node->probe->target);
	if (node->probe->condition)
		probe->select = probe_select_make(node->probe->condition);
	probe->counted = node->fold && node->nref > 0 ? ref_column(node) : NULL;
	MemoryContextSwitchTo(old);
	return nr->probe = probe;
}

/* the first of the columns by which rows find their parents */
static const ProbeColumn *
ref_column(const LoadNode *node)
{
	const ProbePlan *plan = node->probe;
	bool		by_link = node->shape == LOAD_BY_LINK;
	const ProbeColumn *columns = by_link ? plan->through_columns : plan->target_columns;
	int			n = by_link ? plan->nthrough : plan->ntarget;

	for (int i = 0; i < n; i++)
		if (columns[i].number == node->ref_columns[0])
			return &columns[i];
	elog(ERROR, "a node that folds its rows has no column that its rows find their parents by");
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

/* ---- a row ---- */

/* the row of ref, and what it leads to */
static void
look_at(NodeRun *nr, ProbeRun *probe)
{
	probe->link = probe->row = NULL;
	if (nr->node->shape == LOAD_BY_LINK)
		probe->link = probe->ref.open->slot;
	else
		probe->row = probe->ref.open->slot;
	if (nr->node->nlink > 0)
		look_at_link(nr, probe);
	else if (is_wanted(nr, probe, probe->ref.open->slot))
		offer(nr, probe, -1);
}

static void
look_at_link(NodeRun *nr, ProbeRun *probe)
{
	const LoadNode *node = nr->node;
	KeyScan    *target = &probe->target;
	Datum		link[INDEX_MAX_KEYS];
	int			known;

	if (!link_value(node, probe->link, link) ||
		(probe->select && !probe_select_wants_link(probe->select, probe->link)))
		return;
	known = node->probe->link_is_ident ? known_row(nr, link, probe->values, probe->nulls) : -1;
	if (known >= 0 && load_run_is_current(nr, known) && offer_known(nr, probe, known))
		return;
	/* where all rows are known it is not opened at all */
	if (!key_scan_find(target, nr->run->snapshot, link))
	{
		nr->refused = target->refused;
		return;
	}
	probe->row = target->open->slot;
	probe->tuple = &target->open->reader.tuple;
	probe_scan_start(target->open, link, PG_UINT64_MAX);
	while (probe->limit > 0 && probe_scan_next_version(target->open))
	{
		bool		same = known >= 0 && load_run_is_unchanged(nr, known, probe->tuple);
		bool		encoded = same && nr->rows[known]->packed != NULL;

		if (!encoded && !probe_scan_row_lives(target->open, node->probe->max_target))
			continue;
		if (wants(probe))
			offer(nr, probe, encoded ? known : -1);
		else if (!same && node->probe->link_is_ident)
			keep_unwanted(nr, probe);
	}
}

/* by what the row itself holds: where a link of another type was no key, not all of it was taken for one */
static void
keep_unwanted(NodeRun *nr, ProbeRun *probe)
{
	const ProbePlan *plan = nr->node->probe;

	fill_columns(plan->target_columns, plan->ntarget, probe->row, probe->values, probe->nulls);
	load_run_keep_unwanted(nr, probe->tuple, probe->values);
}

static bool
wants(ProbeRun *probe)
{
	return probe->select == NULL ||
		probe_select_wants(probe->select, probe->link, probe->row);
}

/* what the link row leads to; false where that is null */
static bool
link_value(const LoadNode *node, TupleTableSlot *slot, Datum *link)
{
	for (int i = 0; i < node->nlink; i++)
	{
		int			column = node->link_attnums[i] - 1;

		if (slot->tts_isnull[column])
			return false;
		link[i] = slot->tts_values[column];
	}
	return true;
}

/* a row that need not be read again; false where it must be, for what is asked of it */
static bool
offer_known(NodeRun *nr, ProbeRun *probe, int known)
{
	const ProbeCondition *condition = nr->node->probe->condition;
	LoadedRow  *row = nr->rows[known];

	if (condition && condition->reads_row &&
		(row->verdict == ROW_NOT_ASKED || (row->verdict == ROW_WANTED && condition->nsort > 0)))
	{
		bool		wanted;

		/* of partitions that were looked at, which slot would it be? */
		if (nr->node->probe->target.partitioned || !load_run_stored_tuple(nr, known, &probe->stored))
			return false;
		probe->row = probe->target.open->slot;
		ExecStoreHeapTuple(&probe->stored, probe->row, false);
		wanted = wants(probe);
		if (condition->row_decides)
			row->verdict = wanted ? ROW_WANTED : ROW_UNWANTED;
		if (!wanted)
			return true;
	}
	if (row->verdict == ROW_UNWANTED)
		return true;
	/* not in this form yet: it is read again, and encoded */
	if (row->packed == NULL)
		return false;
	offer(nr, probe, known);
	return true;
}

/*
 * A row that is requested, in the slots: taken, or kept until those of its key can be sorted.
 * A known row has been read before, and its number says which it is.
 */
static void
offer(NodeRun *nr, ProbeRun *probe, int known)
{
	if (probe->select && nr->node->probe->condition->nsort > 0)
		probe_select_keep(probe->select, rows_requested(probe), probe->link, probe->row, known);
	else if (probe->offset > 0)
		probe->offset--;
	else
		take(nr, probe, known);
}

/* known: number of the row that has come before, or -1 */
static void
take(NodeRun *nr, ProbeRun *probe, int known)
{
	const ProbePlan *plan = nr->node->probe;
	Datum	   *values = probe->values;
	bool	   *nulls = probe->nulls;
	int			key = probe->key;

	if (nr->node->fold && key >= 0)
	{
		probe->limit--;
		run_fold_row(nr, key, probe->link, probe->row);
		return;
	}
	if (nr->node->shape != LOAD_BY_LINK)
		fill_columns(plan->target_columns, plan->ntarget, probe->row, values, nulls);
	else
	{
		fill_columns(plan->through_columns, plan->nthrough, probe->link, values, nulls);
		if (known < 0 && nr->node->nlink > 0)
			fill_columns(plan->target_columns, plan->ntarget, probe->row, values, nulls);
	}
	if (key < 0)
		key = load_run_group_of(nr, values, nulls);
	if (key < 0)
		return;
	probe->limit--;
	if (nr->node->fold)
		run_fold_row(nr, key, probe->link, probe->row);
	else if (known >= 0)
		load_run_accept_again(nr, key, known, values, nulls);
	else if (nr->node->nlink > 0)
		load_run_accept_tuple(nr, key, probe->tuple, values, nulls);
	else
		load_run_accept_for(nr, key, values, nulls);
}

/* the rows of a key that were kept: their copies take the place of what was read */
static void
take_sorted(NodeRun *nr, ProbeRun *probe)
{
	const LoadNode *node = nr->node;
	int			n;
	SelectedRow *rows = probe_select_sort(probe->select, &n);

	for (uint64 i = probe->offset; i < (uint64) n && probe->limit > 0; i++)
	{
		SelectedRow *row = &rows[i];
		Datum		link[INDEX_MAX_KEYS];

		if (node->nlink > 0)
		{
			put(probe->link, row->link, node->probe->max_through);
			if (row->known >= 0 && link_value(node, probe->link, link))
				(void) known_row(nr, link, probe->values, probe->nulls);
		}
		probe->row = row->slot;
		probe->tuple = row->row;
		if (row->known < 0)
			put(probe->row, probe->tuple, node->probe->max_target);
		take(nr, probe, row->known);
		if (probe->row)
			ExecClearTuple(probe->row);
	}
	if (probe->link)
		ExecClearTuple(probe->link);
	probe_select_reset(probe->select);
}

static void
put(TupleTableSlot *slot, HeapTuple tuple, int deform)
{
	ExecStoreHeapTuple(tuple, slot, false);
	slot_getsomeattrs(slot, deform);
}

static void
fill_columns(const ProbeColumn *columns, int n, TupleTableSlot *slot, Datum *values, bool *nulls)
{
	for (int k = 0; k < n; k++)
	{
		const ProbeColumn *column = &columns[k];
		Datum		value = slot->tts_values[column->attribute];
		bool		isnull = slot->tts_isnull[column->attribute];

		nulls[column->number] = isnull;
		values[column->number] = !OidIsValid(column->to) || isnull ? value :
			convert_integer(value, column->from, column->to);
	}
}

/* a value that equals one of the other type, so it fits */
static Datum
convert_integer(Datum value, Oid from, Oid to)
{
	return integer_value(integer_number(value, from), to);
}

/*
 * Has another parent brought this row already?  Then its number: nothing of it will be
 * read again.
 */
static int
known_row(NodeRun *nr, const Datum *link, Datum *values, bool *nulls)
{
	const LoadNode *node = nr->node;
	Datum		key[INDEX_MAX_KEYS];

	for (int i = 0; i < node->nident; i++)
	{
		int			column = node->ident_columns[i];
		Oid			to = node->columns[column].type;
		Oid			from = node->link_types[i];

		values[column] = link[i];
		if (from != to)
		{
			/* the link may hold a number that no key can be */
			if (!integer_is_type(from) || !integer_is_type(to) ||
				!integer_fits(integer_number(link[i], from), to))
				return -1;
			values[column] = convert_integer(link[i], from, to);
		}
		nulls[column] = false;
		key[i] = values[column];
	}
	return key_table_find(&nr->idents, key);
}
