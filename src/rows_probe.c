/*-------------------------------------------------------------------------
 *
 * rows_probe.c
 *	  Rows of few parents, straight from indexes.
 *
 * For a handful of rows, starting the executor costs more than the rows.  A
 * probe scans btree indexes itself, under the snapshot of the calling statement,
 * where probe_plan.c allows it.  The batch (rows_batch.c) is the reference, and the
 * tests compare the two.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/relscan.h"
#include "access/table.h"
#include "access/tableam.h"
#include "catalog/pg_type_d.h"
#include "common/hashfn.h"
#include "compat.h"
#include "heap_reader.h"
#include "load_run.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "probe_plan.h"
#include "rows_probe.h"
#include "tid_cache.h"
#include "utils/rel.h"

/* a node that turns out to have more rows is left to the batch */
#define MAX_PROBED_ROWS 1000

/* a scan of an index and its table; what is kept with the run, and what is open now */
typedef struct OpenScan
{
	const ProbeScan *scan;
	TupleTableSlot *slot;		/* of a row; kept */
	ScanKeyData *keys;			/* kept */
	HeapReader	reader;
	Relation	index;
	IndexScanDesc desc;			/* NULL until the index is asked */
	bool		places;			/* use and remember the places of rows */
	uint32		hash;			/* of index and key, where places are used */
	bool		located;		/* the slot has the row, found where it was last */
	bool		found;			/* a row of a unique scan was returned */
} OpenScan;

/* of a node's run */
typedef struct ProbeRun
{
	OpenScan	ref;
	OpenScan	target;			/* LOAD_BY_LINK */
	Datum	   *values;			/* a row, by column of the node */
	bool	   *nulls;
} ProbeRun;

static ProbeRun *probe_run(NodeRun *nr);
static void scan_init(OpenScan *open, const ProbeScan *scan);
static uint64 row_count(const NodeRun *nr, int param, uint64 none);
static void scan_open(OpenScan *open, Snapshot snapshot);
static void scan_start(OpenScan *open, const Datum *values);
static uint32 hash_key(const OpenScan *open);
static bool has_key(const OpenScan *open);
static bool scan_next(OpenScan *open, int deform);
static bool next_version(OpenScan *open);
static void scan_close(OpenScan *open);
static void deliver(NodeRun *nr, int key, OpenScan *ref, OpenScan *target, Datum *values, bool *nulls);
static void deliver_linked(NodeRun *nr, int key, OpenScan *ref, OpenScan *target,
						   Datum *values, bool *nulls);
static void fill_columns(const LoadNode *node, bool of_through, TupleTableSlot *slot,
						 Datum *values, bool *nulls);
static Datum convert_integer(Datum value, Oid from, Oid to);
static bool known_row(NodeRun *nr, const Datum *link, Datum *values, bool *nulls);

int
rows_probe_load(NodeRun *nr, int first)
{
	LoadNode   *node = nr->node;
	const ProbePlan *plan = node->probe;
	ProbeRun   *probe = probe_run(nr);
	OpenScan   *ref = &probe->ref;
	OpenScan   *target = node->nlink > 0 ? &probe->target : NULL;
	MemoryContext old = MemoryContextSwitchTo(nr->run->rows);
	uint64		max_rows = node->limited ? PG_UINT64_MAX : nr->accepted + MAX_PROBED_ROWS;
	uint64		offset = row_count(nr, node->offset, 0);
	uint64		limit = row_count(nr, node->limit, PG_UINT64_MAX);
	int			key;

	scan_open(ref, nr->run->snapshot);
	if (target)
		scan_open(target, nr->run->snapshot);
	for (key = first; key < nr->nwanted && nr->accepted < max_rows; key++)
	{
		uint64		passed = 0;
		uint64		taken = 0;

		scan_start(ref, &nr->keys.keys[key * node->nref]);
		while (taken < limit && scan_next(ref, target ? plan->max_through : plan->max_target))
		{
			if (passed++ < offset)
				continue;
			deliver(nr, key, ref, target, probe->values, probe->nulls);
			taken++;
		}
	}
	if (target)
		scan_close(target);
	scan_close(ref);
	MemoryContextSwitchTo(old);
	return key;
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
	scan_init(&probe->ref, &node->probe->ref);
	if (node->nlink > 0)
		scan_init(&probe->target, &node->probe->target);
	MemoryContextSwitchTo(old);
	return nr->probe = probe;
}

static void
scan_init(OpenScan *open, const ProbeScan *scan)
{
	Relation	relation = table_open(scan->relation, NoLock);
	TupleDesc	desc = CreateTupleDescCopyConstr(RelationGetDescr(relation));

	open->scan = scan;
	open->slot = MakeSingleTupleTableSlot(desc, &TTSOpsHeapTuple);
	open->keys = palloc_array(ScanKeyData, scan->nkeys);
	memcpy(open->keys, scan->keys, sizeof(ScanKeyData) * scan->nkeys);
	table_close(relation, NoLock);
}

/* the value of a limit or offset, "none" where there is none */
static uint64
row_count(const NodeRun *nr, int param, uint64 none)
{
	if (param < 0 || nr->run->nulls[param] == 'n')
		return none;
	return (uint64) DatumGetInt64(nr->run->values[param]);
}

static void
scan_open(OpenScan *open, Snapshot snapshot)
{
	/* the plan's tables are locked already; an index needs a lock of its own */
	Relation	relation = table_open(open->scan->relation, NoLock);

	open->index = index_open(open->scan->index, AccessShareLock);
	open->desc = NULL;
	open->places = open->scan->hashable && tid_cache_allowed();
	heap_reader_begin(&open->reader, relation, snapshot, open->slot);
}

static void
scan_start(OpenScan *open, const Datum *values)
{
	for (int i = 0; i < open->scan->nkeys; i++)
		open->keys[i].sk_argument = values[open->scan->key_order[i]];
	open->found = false;
	open->located = false;
	if (open->places)
	{
		ItemPointerData place;

		open->hash = hash_key(open);
		open->located = tid_cache_find(open->hash, &place) &&
			heap_reader_try(&open->reader, &place) && has_key(open);
	}
	if (open->located)
		return;
	if (open->desc == NULL)
		open->desc = assoc_index_beginscan(open->reader.relation, open->index,
										   open->reader.snapshot, open->scan->nkeys);
	index_rescan(open->desc, open->keys, open->scan->nkeys, NULL, 0);
}

/* equal keys of other bytes only miss their row's place */
static uint32
hash_key(const OpenScan *open)
{
	uint32		hash = open->scan->index;

	for (int i = 0; i < open->scan->nkeys; i++)
	{
		Datum		value = open->keys[i].sk_argument;
		int16		typlen = open->scan->typlens[i];

		hash = hash_combine(hash, typlen == 0 ?
							murmurhash32((uint32) value ^ (uint32) ((uint64) value >> 32)) :
							hash_bytes((unsigned char *) DatumGetPointer(value), typlen));
	}
	return hash;
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

/* the next living row, with its attributes up to "deform" at hand */
static bool
scan_next(OpenScan *open, int deform)
{
	/* of the rows with one unique key, at most one is visible */
	while (!(open->found && open->scan->unique) && next_version(open))
	{
		CHECK_FOR_INTERRUPTS();
		open->found = true;
		slot_getsomeattrs(open->slot, deform);
		if (open->scan->must_be_null == 0 ||
			open->slot->tts_isnull[open->scan->must_be_null - 1])
			return true;
	}
	return false;
}

/* the next row that the snapshot sees, where it was last or as the index says */
static bool
next_version(OpenScan *open)
{
	ItemPointer tid;

	if (open->located)
	{
		open->located = false;
		pgstat_count_index_scan(open->index);
		pgstat_count_heap_fetch(open->index);
		return true;
	}
	while ((tid = index_getnext_tid(open->desc, open->scan->direction)) != NULL)
	{
		bool		all_dead;
		bool		found = heap_reader_fetch(&open->reader, tid, &all_dead);

		/* what index_fetch_heap() does for the index: it may forget what nobody can see */
		if (!open->desc->xactStartedInRecovery)
			open->desc->kill_prior_tuple = all_dead;
		if (!found)
			continue;
		pgstat_count_heap_fetch(open->index);
		if (open->desc->xs_recheck)
			elog(ERROR, "btree index \"%s\" wants its conditions checked again",
				 RelationGetRelationName(open->index));
		if (open->places)
			tid_cache_remember(open->hash, &open->desc->xs_heaptid);
		return true;
	}
	return false;
}

static void
scan_close(OpenScan *open)
{
	if (open->desc)
		index_endscan(open->desc);
	heap_reader_end(&open->reader);
	index_close(open->index, NoLock);
	table_close(open->reader.relation, NoLock);
}

static void
deliver(NodeRun *nr, int key, OpenScan *ref, OpenScan *target, Datum *values, bool *nulls)
{
	if (target != NULL)
	{
		deliver_linked(nr, key, ref, target, values, nulls);
		return;
	}
	fill_columns(nr->node, false, ref->slot, values, nulls);
	load_run_accept_for(nr, key, values, nulls);
}

/* the row that a link row leads to */
static void
deliver_linked(NodeRun *nr, int key, OpenScan *ref, OpenScan *target,
			   Datum *values, bool *nulls)
{
	const LoadNode *node = nr->node;
	Datum		link[INDEX_MAX_KEYS];

	for (int i = 0; i < node->nlink; i++)
	{
		int			column = node->link_attnums[i] - 1;

		if (ref->slot->tts_isnull[column])
			return;
		link[i] = ref->slot->tts_values[column];
	}
	fill_columns(node, true, ref->slot, values, nulls);
	if (node->probe->link_is_ident && known_row(nr, link, values, nulls))
	{
		load_run_accept_for(nr, key, values, nulls);
		return;
	}
	scan_start(target, link);
	while (scan_next(target, node->probe->max_target))
	{
		fill_columns(node, false, target->slot, values, nulls);
		load_run_accept_for(nr, key, values, nulls);
	}
}

static void
fill_columns(const LoadNode *node, bool of_through, TupleTableSlot *slot,
			 Datum *values, bool *nulls)
{
	const ProbePlan *probe = node->probe;
	const int  *columns = of_through ? probe->through_columns : probe->target_columns;
	int			n = of_through ? probe->nthrough : probe->ntarget;

	for (int k = 0; k < n; k++)
	{
		int			i = columns[k];
		const LoadColumn *column = &node->columns[i];

		nulls[i] = slot->tts_isnull[column->attnum - 1];
		values[i] = slot->tts_values[column->attnum - 1];
		if (column->type != column->stored_type && !nulls[i])
			values[i] = convert_integer(values[i], column->stored_type, column->type);
	}
}

/* a value that equals one of the other type, so it fits */
static Datum
convert_integer(Datum value, Oid from, Oid to)
{
	int64		number = from == INT2OID ? DatumGetInt16(value) :
		from == INT4OID ? DatumGetInt32(value) : DatumGetInt64(value);

	return to == INT2OID ? Int16GetDatum((int16) number) :
		to == INT4OID ? Int32GetDatum((int32) number) : Int64GetDatum(number);
}

/*
 * Has another parent brought this row already?  Then only its identity is filled
 * in: nothing else of it will be read again.
 */
static bool
known_row(NodeRun *nr, const Datum *link, Datum *values, bool *nulls)
{
	const LoadNode *node = nr->node;
	Datum		key[INDEX_MAX_KEYS];

	for (int i = 0; i < node->nident; i++)
	{
		int			column = node->ident_columns[i];
		const LoadColumn *ident = &node->columns[column];

		values[column] = link[i];
		if (node->probe->target.keys[i].sk_subtype != ident->type)
		{
			if (!probe_is_integer(node->probe->target.keys[i].sk_subtype) || !probe_is_integer(ident->type))
				return false;
			values[column] = convert_integer(link[i], node->probe->target.keys[i].sk_subtype, ident->type);
		}
		nulls[column] = false;
		key[i] = values[column];
	}
	return key_table_find(&nr->idents, key) >= 0;
}
