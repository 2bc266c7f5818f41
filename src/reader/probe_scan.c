/*-------------------------------------------------------------------------
 *
 * probe_scan.c
 *	  Rows of a table by a key of one of its indexes.
 *
 * Decides how a key is looked for: a row with a unique key first where it was found
 * last (tid_cache.c), else by reading the index's entries (btree_reader.c), else by an
 * index scan.  All three give the same rows in the same order.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/transam.h"
#include "access/xact.h"
#include "base/compat.h"
#include "base/key_table.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "reader/buffer_hint.h"
#include "reader/probe_scan.h"
#include "reader/tid_cache.h"
#include "utils/rel.h"

/* entries of a key that are read in one go; more are left to an index scan */
#define MAX_ENTRIES 1000

static bool probe_index_is_older(HeapTuple pg_index_row);
static uint32 hash_key(const OpenScan *open);
static uint32 hash_value(Datum value, int16 typlen);
static bool has_key(const OpenScan *open);
static void read_entries(OpenScan *open, uint64 requested);
static void start_scan(OpenScan *open);
static void go_on_by_scan(OpenScan *open);
static bool next_version(OpenScan *open);
static bool next_of_entries(OpenScan *open);
static bool next_of_scan(OpenScan *open);
static void note_row(OpenScan *open, ItemPointer root);
static void counter_begin(OpenScan *open, EntryCounter *counter);
static void counter_end(const EntryCounter *counter);
static int64 count_entries(OpenScan *open, EntryCounter *counter);
static int	read_range(OpenScan *open, Datum from, Datum to, int max, EntryCounter *counter,
					   ItemPointerData **tids);
static void sort_by_block(ItemPointerData *tids, int n);
static int	compare_tids(const void *a, const void *b);

void
probe_scan_init(OpenScan *open, const ProbeScan *scan)
{
	Relation	relation = table_open(scan->relation, NoLock);
	TupleDesc	desc = CreateTupleDescCopyConstr(RelationGetDescr(relation));

	open->scan = scan;
	open->slot = MakeSingleTupleTableSlot(desc, &TTSOpsHeapTuple);
	open->keys = palloc_array(ScanKeyData, scan->nkeys);
	memcpy(open->keys, scan->keys, sizeof(ScanKeyData) * scan->nkeys);
	if (scan->order != NULL && ScanDirectionIsForward(scan->direction))
	{
		open->from = btree_key_make(scan->nkeys, scan->order);
		open->to = btree_key_make(scan->nkeys, scan->order);
	}
	open->entries.cxt = open->root.cxt = CurrentMemoryContext;
	table_close(relation, NoLock);
}

void
probe_scan_open(OpenScan *open, Snapshot snapshot)
{
	Relation	relation;

	if (open->is_open)
		return;
	/* the plan's tables are locked already; an index needs a lock of its own */
	relation = table_open(open->scan->relation, NoLock);
	open->index = index_open(open->scan->index,
							 held_locks_stand(&open->locked) ? NoLock : AccessShareLock);
	held_locks_note(&open->locked);
	open->is_open = true;
	open->desc = NULL;
	open->unique = open->scan->unique && probe_index_is_older(open->index->rd_indextuple);
	open->remembers = open->unique && open->scan->hashable && tid_cache_allowed();
	open->read_entries = open->from != NULL && btree_reader_allowed();
	if (open->read_entries)
	{
		btree_key_use(open->from, open->index);
		btree_key_use(open->to, open->index);
	}
	heap_reader_begin(&open->reader, relation, snapshot, open->slot);
}

void
probe_scan_close(OpenScan *open)
{
	if (!open->is_open)
		return;
	open->is_open = false;
	if (open->desc)
		index_endscan(open->desc);
	heap_reader_end(&open->reader);
	index_close(open->index, NoLock);
	table_close(open->reader.relation, NoLock);
	if (open->entries.max > MAX_ENTRIES)
	{
		pfree(open->entries.tids);
		pfree(open->entries.shared);
		open->entries.tids = NULL;
		open->entries.shared = NULL;
		open->entries.max = 0;
	}
}

/* ---- a key ---- */

void
probe_scan_start(OpenScan *open, const Datum *values, uint64 requested)
{
	for (int i = 0; i < open->scan->nkeys; i++)
		open->keys[i].sk_argument = values[open->scan->key_order[i]];
	open->found = 0;
	open->scanning = false;
	open->located = false;
	if (open->remembers)
	{
		ItemPointerData tid;

		open->hash = hash_key(open);
		open->located = tid_cache_find(open->hash, &tid) &&
			heap_reader_try(&open->reader, &tid) && has_key(open);
	}
	if (open->located)
		return;
	if (open->read_entries)
		read_entries(open, requested);
	else
		start_scan(open);
}

/* equal keys of other bytes only miss their row's TID */
static uint32
hash_key(const OpenScan *open)
{
	uint32		hash = open->scan->index;

	for (int i = 0; i < open->scan->nkeys; i++)
		hash = hash_combine(hash, hash_value(open->keys[i].sk_argument, open->scan->typlens[i]));
	return hash;
}

/* of a value with a length word, that was compressed, its bytes as they are */
static uint32
hash_value(Datum value, int16 typlen)
{
	char	   *bytes = DatumGetPointer(value);

	if (typlen == 0)
		return key_hash_plain(value);
	if (typlen > 0)
		return hash_bytes((unsigned char *) bytes, typlen);
	return hash_bytes((unsigned char *) VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes));
}

/* does the row in the slot have the key, in the index's own comparison? */
static bool
has_key(const OpenScan *open)
{
	for (int i = 0; i < open->scan->nkeys; i++)
	{
		ScanKeyData *key = &open->keys[i];
		bool		isnull;
		Datum		value = slot_getattr(open->slot, open->scan->attnums[i], &isnull);

		if (isnull || !DatumGetBool(FunctionCall2Coll(&key->sk_func, key->sk_collation,
													  value, key->sk_argument)))
			return false;
	}
	return true;
}

static void
read_entries(OpenScan *open, uint64 requested)
{
	/* not all need be visible, but most are */
	int			max = (int) Min(requested, MAX_ENTRIES) + 1;

	for (int i = 0; i < open->scan->nkeys; i++)
		open->from->scankeys[i].sk_argument = open->keys[i].sk_argument;
	open->entries.n = 0;
	open->next = 0;
	open->more = !btree_read(open->index, &open->root, open->reader.snapshot, open->from, open->from,
							 max, &open->entries);
}

static void
start_scan(OpenScan *open)
{
	if (open->desc == NULL)
		open->desc = assoc_index_beginscan(open->reader.relation, open->index,
										   open->reader.snapshot, open->scan->nkeys);
	index_rescan(open->desc, open->keys, open->scan->nkeys, NULL, 0);
	open->scanning = true;
}

/* behind the rows that the entries gave: the same snapshot sees the same rows again */
static void
go_on_by_scan(OpenScan *open)
{
	uint64		found = open->found;

	start_scan(open);
	while (found > 0 && next_of_scan(open))
		found--;
}

/* ---- its rows ---- */

bool
probe_scan_next_version(OpenScan *open)
{
	/* of the rows with one unique key, at most one is visible */
	if (!(open->found > 0 && open->unique) && next_version(open))
	{
		CHECK_FOR_INTERRUPTS();
		open->found++;
		return true;
	}
	return false;
}

bool
probe_scan_row_lives(OpenScan *open, int deform)
{
	slot_getsomeattrs(open->slot, deform);
	return open->scan->must_be_null == 0 ||
		open->slot->tts_isnull[open->scan->must_be_null - 1];
}

/* the next row that the snapshot sees */
static bool
next_version(OpenScan *open)
{
	if (open->located)
	{
		open->located = false;
		open->more = false;
		open->next = open->entries.n = 0;
		pgstat_count_index_scan(open->index);
		pgstat_count_heap_fetch(open->index);
		return true;
	}
	if (!open->scanning && next_of_entries(open))
		return true;
	if (!open->scanning && open->more)
		go_on_by_scan(open);
	return open->scanning && next_of_scan(open);
}

/*
 * Only an index scan marks entries as dead that lead to rows which nobody sees any more.
 * So where one is met that can be marked, the rest of this key is left to one, and the next load
 * finds it marked.
 */
static bool
next_of_entries(OpenScan *open)
{
	while (open->next < open->entries.n)
	{
		ItemPointer tid = &open->entries.tids[open->next];
		bool		shared = open->entries.shared[open->next];
		bool		all_dead;

		if (open->next % BUFFER_HINT_AHEAD == 0)
			buffer_hint_prefetch(open->reader.relation, tid, open->entries.n - open->next);
		open->next++;
		if (heap_reader_fetch(&open->reader, tid, &all_dead))
		{
			note_row(open, tid);
			return true;
		}
		if (all_dead && !shared && !TransactionStartedDuringRecovery())
		{
			open->more = true;
			break;
		}
	}
	return false;
}

static bool
next_of_scan(OpenScan *open)
{
	ItemPointer tid;

	while ((tid = index_getnext_tid(open->desc, open->scan->direction)) != NULL)
	{
		bool		all_dead;
		bool		found = heap_reader_fetch(&open->reader, tid, &all_dead);

		/* what index_fetch_heap() does for the index: it may forget what nobody can see */
		if (!open->desc->xactStartedInRecovery)
			open->desc->kill_prior_tuple = all_dead;
		if (!found)
			continue;
		if (open->desc->xs_recheck)
			elog(ERROR, "btree index \"%s\" wants its conditions checked again",
				 RelationGetRelationName(open->index));
		note_row(open, &open->desc->xs_heaptid);
		return true;
	}
	return false;
}

static void
note_row(OpenScan *open, ItemPointer root)
{
	pgstat_count_heap_fetch(open->index);
	if (open->remembers)
		tid_cache_remember(open->hash, root);
}

/* ---- counted ---- */

int64
probe_scan_count(OpenScan *open, const Datum *values, EntryCounter *counter)
{
	int64		n;

	if (!open->read_entries)
		return SCAN_NOT_COUNTED;
	for (int i = 0; i < open->scan->nkeys; i++)
		open->from->scankeys[i].sk_argument = values[open->scan->key_order[i]];
	counter_begin(open, counter);
	n = count_entries(open, counter);
	counter_end(counter);
	open->entries.n = 0;
	return n;
}

static void
counter_begin(OpenScan *open, EntryCounter *counter)
{
	counter->n = counter->passed = 0;
	counter->table = open->reader.relation;
	counter->map = InvalidBuffer;
	counter->block = InvalidBlockNumber;
}

static void
counter_end(const EntryCounter *counter)
{
	if (BufferIsValid(counter->map))
		ReleaseBuffer(counter->map);
}

/* a dead entry is for an index scan to mark, as next_of_entries() says */
static int64
count_entries(OpenScan *open, EntryCounter *counter)
{
	TidList    *list = &open->entries;
	int64		n;
	bool		all;

	list->n = 0;
	list->counter = counter;
	all = btree_read(open->index, &open->root, open->reader.snapshot, open->from, open->from,
					 MAX_ENTRIES, list);
	list->counter = NULL;
	if (!all)
		return SCAN_TOO_MANY;
	n = counter->n;
	for (int i = 0; i < list->n; i++)
	{
		bool		all_dead;

		CHECK_FOR_INTERRUPTS();
		if (heap_reader_fetch(&open->reader, &list->tids[i], &all_dead))
			n += counter->wants_row == NULL || counter->wants_row(counter->arg);
		else if (all_dead && !list->shared[i] && !TransactionStartedDuringRecovery())
			return SCAN_NOT_COUNTED;
	}
	return n;
}

/* ---- a range ---- */

int
probe_scan_range(OpenScan *open, Datum from, Datum to, int max, ItemPointerData **tids)
{
	return read_range(open, from, to, max, NULL, tids);
}

int
probe_scan_count_range(OpenScan *open, Datum from, Datum to, int max, EntryCounter *counter,
					   ItemPointerData **tids)
{
	int			n;

	counter_begin(open, counter);
	n = read_range(open, from, to, max, counter, tids);
	counter_end(counter);
	return n;
}

static int
read_range(OpenScan *open, Datum from, Datum to, int max, EntryCounter *counter,
		   ItemPointerData **tids)
{
	TidList		list = {0};
	bool		descending;

	if (!open->read_entries || !open->scan->by_number)
		return -1;
	list.counter = counter;
	list.cxt = CurrentMemoryContext;
	descending = (open->from->scankeys[0].sk_flags & SK_BT_DESC) != 0;
	open->from->scankeys[0].sk_argument = descending ? to : from;
	open->to->scankeys[0].sk_argument = descending ? from : to;
	if (!btree_read(open->index, &open->root, open->reader.snapshot, open->from, open->to, max, &list))
		return -1;
	sort_by_block(list.tids, list.n);
	*tids = list.tids;
	return list.n;
}

int
probe_scan_keys(OpenScan *open, const Datum *keys, int nkeys, int max, ItemPointerData **tids)
{
	int			ncolumns = open->scan->nkeys;
	TidList		list = {0};

	if (!open->read_entries)
		return -1;
	list.cxt = CurrentMemoryContext;
	for (int key = 0; key < nkeys; key++)
	{
		CHECK_FOR_INTERRUPTS();
		for (int i = 0; i < ncolumns; i++)
			open->from->scankeys[i].sk_argument = keys[key * ncolumns + open->scan->key_order[i]];
		if (!btree_read(open->index, &open->root, open->reader.snapshot, open->from, open->from, max - list.n, &list))
			return -1;
	}
	sort_by_block(list.tids, list.n);
	*tids = list.tids;
	return list.n;
}

/* counted where blocks are not many more than rows, which is what they mostly are */
static void
sort_by_block(ItemPointerData *tids, int n)
{
	BlockNumber lowest = MaxBlockNumber;
	BlockNumber highest = 0;
	ItemPointerData *sorted;
	int		   *starts;

	if (n < 2)
		return;
	for (int i = 0; i < n; i++)
	{
		BlockNumber block = ItemPointerGetBlockNumber(&tids[i]);

		lowest = Min(lowest, block);
		highest = Max(highest, block);
	}
	if (highest - lowest > (BlockNumber) n * 4)
	{
		qsort(tids, n, sizeof(ItemPointerData), compare_tids);
		return;
	}
	starts = palloc0_array(int, highest - lowest + 2);
	sorted = palloc_extended(sizeof(ItemPointerData) * (Size) n, MCXT_ALLOC_HUGE);
	for (int i = 0; i < n; i++)
		starts[ItemPointerGetBlockNumber(&tids[i]) - lowest + 1]++;
	for (BlockNumber block = 1; block <= highest - lowest; block++)
		starts[block] += starts[block - 1];
	for (int i = 0; i < n; i++)
		sorted[starts[ItemPointerGetBlockNumber(&tids[i]) - lowest]++] = tids[i];
	memcpy(tids, sorted, sizeof(ItemPointerData) * (Size) n);
	pfree(sorted);
	pfree(starts);
}

static int
compare_tids(const void *a, const void *b)
{
	return ItemPointerCompare((ItemPointer) a, (ItemPointer) b);
}

/*
 * Is an index, by its row of pg_index, older than any snapshot of the transaction?  Else some
 * may see rows that were there before it, and were gone when it was made.
 */
static bool
probe_index_is_older(HeapTuple pg_index_row)
{
	return TransactionIdPrecedes(HeapTupleHeaderGetXmin(pg_index_row->t_data), TransactionXmin);
}
