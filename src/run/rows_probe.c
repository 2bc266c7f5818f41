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

#include "plan/probe_plan.h"
#include "access/htup_details.h"
#include "catalog/pg_type_d.h"
#include "base/compat.h"
#include "run/key_range.h"
#include "run/load_run.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "reader/probe_scan.h"
#include "run/rows_probe.h"
#include "storage/bufmgr.h"
#include "utils/rel.h"
#include "utils/spccache.h"

/* a node that turns out to have more rows is left to the batch */
#define MAX_PROBED_ROWS 1000

/* places of a range: they are read without a pause, in some 10 ms */
#define MAX_PLACES 1000000

/* of a node's run */
typedef struct ProbeRun
{
	OpenScan	ref;
	OpenScan	target;			/* LOAD_BY_LINK */
	Datum	   *values;			/* a row, by column of the node */
	bool	   *nulls;
} ProbeRun;

/* places of rows of a range, by block */
typedef struct Places
{
	ItemPointerData *tids;
	int			n;
	int			ahead;			/* so many blocks are asked for before they are read */
	int			asked;			/* places whose blocks were asked for */
} Places;

static ProbeRun *probe_run(NodeRun *nr);
static void deliver_places(NodeRun *nr, ProbeRun *probe, Places *places);
static void ask_ahead(Places *places, int from, Relation relation);
static int	same_block(const Places *places, int from);
static uint64 row_count(const NodeRun *nr, int param, uint64 none);
static void deliver(NodeRun *nr, int key, OpenScan *ref, OpenScan *target, Datum *values, bool *nulls);
static void deliver_linked(NodeRun *nr, int key, OpenScan *ref, OpenScan *target,
						   Datum *values, bool *nulls);
static void fill_columns(const ProbeColumn *columns, int n, TupleTableSlot *slot,
						 Datum *values, bool *nulls);
static Datum convert_integer(Datum value, Oid from, Oid to);
static int64 integer_value(Datum value, Oid type);
static bool fits(int64 number, Oid type);
static int	known_row(NodeRun *nr, const Datum *link, Datum *values, bool *nulls);

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
	for (key = first; key < nr->nwanted && nr->accepted < max_rows; key++)
	{
		uint64		passed = 0;
		uint64		taken = 0;

		scan_start(ref, &nr->keys.keys[key * node->nref],
				   limit > PG_UINT64_MAX - offset ? PG_UINT64_MAX : limit + offset);
		while (taken < limit && scan_next_version(ref))
		{
			if (!scan_row_lives(ref, target ? plan->max_through : plan->max_target) ||
				passed++ < offset)
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

bool
rows_probe_range(NodeRun *nr, int first)
{
	ProbeRun   *probe = probe_run(nr);
	MemoryContext old = MemoryContextSwitchTo(nr->run->rows);
	int			max = (int) Min(work_mem * (uint64) 1024 / (2 * sizeof(ItemPointerData)), MAX_PLACES);
	Places		places = {0};
	Datum		lowest;
	Datum		highest;

	key_range_bounds(nr, first, &lowest, &highest);
	scan_open(&probe->ref, nr->run->snapshot);
	places.n = scan_range(&probe->ref, lowest, highest, max, &places.tids);
	if (places.n > 0)
		deliver_places(nr, probe, &places);
	scan_close(&probe->ref);
	MemoryContextSwitchTo(old);
	return places.n >= 0;
}

static void
deliver_places(NodeRun *nr, ProbeRun *probe, Places *places)
{
	const ProbePlan *plan = nr->node->probe;
	OpenScan   *ref = &probe->ref;
	OpenScan   *target = nr->node->nlink > 0 ? &probe->target : NULL;
	HeapTupleData *tuples = palloc_array(HeapTupleData, MaxHeapTuplesPerPage);

	places->ahead = get_tablespace_io_concurrency(ref->reader.relation->rd_rel->reltablespace);
	for (int i = 0, n; i < places->n; i += n)
	{
		int			found;

		n = same_block(places, i);
		ask_ahead(places, i, ref->reader.relation);
		found = heap_reader_fetch_page(&ref->reader, &places->tids[i], n, tuples);
		for (int k = 0; k < found; k++)
		{
			CHECK_FOR_INTERRUPTS();
			ExecStoreHeapTuple(&tuples[k], ref->slot, false);
			pgstat_count_heap_fetch(ref->index);
			if (scan_row_lives(ref, target ? plan->max_through : plan->max_target))
				deliver(nr, -1, ref, target, probe->values, probe->nulls);
		}
	}
	if (target)
		scan_close(target);
}

/* how many places from this one on are in its block, up to a page of rows */
static int
same_block(const Places *places, int from)
{
	BlockNumber block = ItemPointerGetBlockNumber(&places->tids[from]);
	int			n = 1;

	while (from + n < places->n && n < MaxHeapTuplesPerPage &&
		   ItemPointerGetBlockNumber(&places->tids[from + n]) == block)
		n++;
	return n;
}

/* let the system read the next blocks meanwhile, as a bitmap scan of the executor does */
static void
ask_ahead(Places *places, int from, Relation relation)
{
	int			blocks = places->ahead;

	if (blocks <= 0)
		return;
	for (int i = from; i < places->n && blocks > 0; blocks--)
	{
		int			n = same_block(places, i);

		if (i >= places->asked)
		{
			PrefetchBuffer(relation, MAIN_FORKNUM, ItemPointerGetBlockNumber(&places->tids[i]));
			places->asked = i + n;
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
	scan_init(&probe->ref, &node->probe->ref);
	if (node->nlink > 0)
		scan_init(&probe->target, &node->probe->target);
	MemoryContextSwitchTo(old);
	return nr->probe = probe;
}

/* the value of a limit or offset, "none" where there is none */
static uint64
row_count(const NodeRun *nr, int param, uint64 none)
{
	if (param < 0 || nr->run->nulls[param] == 'n')
		return none;
	return (uint64) DatumGetInt64(nr->run->values[param]);
}

/* the row of ref, and what it leads to; its key's number, or -1: as its values say */
static void
deliver(NodeRun *nr, int key, OpenScan *ref, OpenScan *target, Datum *values, bool *nulls)
{
	const ProbePlan *plan = nr->node->probe;

	if (target)
		fill_columns(plan->through_columns, plan->nthrough, ref->slot, values, nulls);
	else
		fill_columns(plan->target_columns, plan->ntarget, ref->slot, values, nulls);
	if (key < 0)
		key = load_run_group_of(nr, values, nulls);
	if (key < 0)
		return;
	if (target == NULL)
		load_run_accept_for(nr, key, values, nulls);
	else
		deliver_linked(nr, key, ref, target, values, nulls);
}

/* the row that a link row leads to */
static void
deliver_linked(NodeRun *nr, int key, OpenScan *ref, OpenScan *target,
			   Datum *values, bool *nulls)
{
	const LoadNode *node = nr->node;
	Datum		link[INDEX_MAX_KEYS];
	int			known;

	for (int i = 0; i < node->nlink; i++)
	{
		int			column = node->link_attnums[i] - 1;

		if (ref->slot->tts_isnull[column])
			return;
		link[i] = ref->slot->tts_values[column];
	}
	known = node->probe->link_is_ident ? known_row(nr, link, values, nulls) : -1;
	if (known >= 0 && load_run_is_current(nr, known))
	{
		load_run_accept_again(nr, key, known, values, nulls);
		return;
	}
	/* where all rows are known it is not opened at all */
	scan_open(target, nr->run->snapshot);
	scan_start(target, link, PG_UINT64_MAX);
	while (scan_next_version(target))
	{
		if (known >= 0 && load_run_is_unchanged(nr, known, &target->reader.tuple))
			load_run_accept_again(nr, key, known, values, nulls);
		else if (scan_row_lives(target, node->probe->max_target))
		{
			fill_columns(node->probe->target_columns, node->probe->ntarget, target->slot,
						 values, nulls);
			load_run_accept_tuple(nr, key, &target->reader.tuple, values, nulls);
		}
	}
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
	int64		number = integer_value(value, from);

	return to == INT2OID ? Int16GetDatum((int16) number) :
		to == INT4OID ? Int32GetDatum((int32) number) : Int64GetDatum(number);
}

static int64
integer_value(Datum value, Oid type)
{
	return type == INT2OID ? DatumGetInt16(value) :
		type == INT4OID ? DatumGetInt32(value) : DatumGetInt64(value);
}

static bool
fits(int64 number, Oid type)
{
	return type == INT2OID ? number >= PG_INT16_MIN && number <= PG_INT16_MAX :
		type == INT4OID ? number >= PG_INT32_MIN && number <= PG_INT32_MAX : true;
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
			if (!probe_is_integer(from) || !probe_is_integer(to) ||
				!fits(integer_value(link[i], from), to))
				return -1;
			values[column] = convert_integer(link[i], from, to);
		}
		nulls[column] = false;
		key[i] = values[column];
	}
	return key_table_find(&nr->idents, key);
}
