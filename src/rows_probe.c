/*-------------------------------------------------------------------------
 *
 * rows_probe.c
 *	  Rows of few parents, straight from indexes.
 *
 * For a handful of rows, starting the executor costs more than the rows.  A
 * probe scans btree indexes itself, under the snapshot of the calling statement.
 * It gives up everything that the executor and rewriter add, so it is allowed
 * only where that provably changes nothing: this file decides where.  The batch
 * (rows_batch.c) is the reference, and the tests compare the two.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/relscan.h"
#include "access/skey.h"
#include "access/stratnum.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xlog.h"
#include "catalog/pg_am.h"
#include "catalog/pg_type_d.h"
#include "common/hashfn.h"
#include "compat.h"
#include "executor/executor.h"
#include "load_run.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "rows_probe.h"
#include "settings.h"
#include "tid_cache.h"
#include "utils/acl.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/rls.h"
#include "utils/snapmgr.h"

/* a node that turns out to have more rows is left to the batch */
#define MAX_PROBED_ROWS 1000

/* equality scan of one index */
typedef struct ProbeScan
{
	Oid			relation;
	Oid			index;
	int			nkeys;
	ScanKeyData *keys;			/* all but the values */
	int		   *key_order;		/* key i of the scan is value key_order[i] of the caller */
	AttrNumber *attnums;		/* of the table, by key of the scan */
	int16	   *typlens;		/* of the values, by key of the scan; 0: passed by value */
	bool		unique;			/* one row at most: the scan stops there */
	bool		hashable;		/* and its key is of types that hash_key() takes */
	AttrNumber	must_be_null;	/* soft-deleted rows are passed over; 0: none are kept */
} ProbeScan;

typedef struct ProbePlan
{
	ProbeScan	ref;			/* of the table with the reference: link or target */
	ProbeScan	target;			/* LOAD_BY_LINK: of the target by the link row */
	bool		link_is_ident;	/* what the link row holds is the target's identity */
	int			ntarget;		/* columns of the node that come from the target */
	int		   *target_columns;
	int			nthrough;		/* and from the link row */
	int		   *through_columns;
	int			max_through;	/* highest attribute number to deform */
	int			max_target;
	bool		row_security;	/* of one of the tables: ask at every run */
	bool		unlogged;		/* one of them is empty during recovery */
	Oid			schemas[2];		/* USAGE is checked at every run */
	int			nschemas;
} ProbePlan;

/* a scan under way */
typedef struct OpenScan
{
	const ProbeScan *scan;
	Relation	relation;
	Relation	index;
	IndexScanDesc desc;			/* NULL until the index is asked */
	Snapshot	snapshot;
	TupleTableSlot *slot;
	ScanKeyData *keys;
	bool		places;			/* use and remember the places of rows */
	uint32		hash;			/* of index and key, where places are used */
	bool		located;		/* the slot has the row, found where it was last */
	bool		found;			/* a row of a unique scan was returned */
} OpenScan;

static const char *node_refusal(const NodeDraft *draft);
static const char *model_refusal(const Model *model);
static const char *column_refusal(const NodeDraft *draft);
static bool is_integer(Oid type);
static const char *scan_make(ProbeScan *scan, const Model *model, int n,
							 Attribute **columns, const Oid *given, const Oid *collations);
static const char *scan_key_make(ProbeScan *scan, const Model *model, const ModelIndex *index,
								 int position, Attribute **columns, const Oid *given,
								 const Oid *collations, int n);
static bool same_columns(const LoadNode *node);
static void list_columns(ProbePlan *probe, const LoadNode *node);

static bool may_read(Oid relation, const Bitmapset *columns);
static void scan_open(OpenScan *open, const ProbeScan *scan, Snapshot snapshot);
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

/* ---- planning ---- */

void
probe_plan_make(NodeDraft *draft)
{
	LoadNode   *node = draft->node;
	ProbePlan  *probe = palloc0_object(ProbePlan);
	Attribute **refs = draft->ends ? draft->ends->source_ref : draft->model->key;
	Oid			given[INDEX_MAX_KEYS];
	Oid			collations[INDEX_MAX_KEYS];
	const Model *ref_model = node->shape == LOAD_BY_LINK ? draft->scope.through : draft->model;

	node->no_probe = node_refusal(draft);
	for (int i = 0; i < node->nref && !node->no_probe; i++)
	{
		given[i] = node->ref_keys[i].type;
		collations[i] = node->ref_keys[i].collation;
	}
	if (!node->no_probe)
		node->no_probe = scan_make(&probe->ref, ref_model, node->nref, refs, given, collations);
	for (int i = 0; i < node->nlink && !node->no_probe; i++)
	{
		given[i] = getBaseType(draft->ends->target_ref[i]->type);
		collations[i] = draft->ends->target_key[i]->collation;
	}
	if (!node->no_probe && node->nlink > 0)
		node->no_probe = scan_make(&probe->target, draft->model, node->nlink,
								   draft->ends->target_key, given, collations);
	if (node->no_probe)
		return;
	if (draft->model->deleted_at && !draft->deleted_rows)
	{
		ProbeScan  *scan = node->nlink > 0 ? &probe->target : &probe->ref;

		scan->must_be_null = draft->model->deleted_at->attnum;
	}
	if (draft->scope.through && draft->scope.through->deleted_at && !draft->deleted_links)
		probe->ref.must_be_null = draft->scope.through->deleted_at->attnum;
	probe->max_target = Max(bms_prev_member(node->target_reads, -1),
							(node->nlink > 0 ? &probe->target : &probe->ref)->must_be_null);
	probe->max_through = Max(bms_prev_member(node->through_reads, -1), probe->ref.must_be_null);
	probe->link_is_ident = same_columns(node);
	list_columns(probe, node);
	probe->row_security = draft->model->row_security;
	probe->unlogged = draft->model->persistence == RELPERSISTENCE_UNLOGGED;
	probe->schemas[probe->nschemas++] = draft->model->schema;
	if (draft->scope.through)
	{
		probe->row_security |= draft->scope.through->row_security;
		probe->unlogged |= draft->scope.through->persistence == RELPERSISTENCE_UNLOGGED;
		if (draft->scope.through->schema != draft->model->schema)
			probe->schemas[probe->nschemas++] = draft->scope.through->schema;
	}
	node->probe = probe;
}

/* why a node can never be probed; NULL when nothing speaks against it so far */
static const char *
node_refusal(const NodeDraft *draft)
{
	const LoadNode *node = draft->node;
	const char *reason;
	ListCell   *lc;

	if (node->plan->kind == LOAD_COUNT)
		return "rows are counted";
	if (node->nref == 0)
		return "rows are found by a condition, not by key";
	if (node->limited)
		return "limit or offset";
	if (draft->order != NIL)
		return "an order other than by key";
	if (draft->ends && node->nsort == 0 && draft->model->nkey > 0)
		return "a key that may be null";
	if (draft->find->where || draft->find->scope_where || (draft->through && draft->through->where))
		return "a condition";
	if (draft->ends &&
		(association_option(draft->ends, "scope", NULL) ||
		 association_option(draft->ends, "through", "scope")))
		return "a scope of the association";
	foreach(lc, draft->find->include)
		if (include_is_required(lfirst(lc)))
			return "a required include";
	reason = model_refusal(draft->model);
	if (!reason && draft->scope.through)
		reason = model_refusal(draft->scope.through);
	return reason ? reason : column_refusal(draft);
}

static const char *
model_refusal(const Model *model)
{
	if (model->relkind != RELKIND_RELATION)
		return "not a plain table";
	if (model->access_method != HEAP_TABLE_AM_OID)
		return "not a heap table";
	if (model->has_children)
		return "a table with inheritance children";
	if (rows_are_elsewhere(model->relid))
		return "rows are kept on other nodes";
	return NULL;
}

/*
 * A table of Citus is an empty shell: read directly, it silently gives nothing.
 * Its catalog's first column says which tables are.
 */
bool
rows_are_elsewhere(Oid relation)
{
	Oid			catalog = get_relname_relid("pg_dist_partition", PG_CATALOG_NAMESPACE);
	Relation	rel;
	SysScanDesc scan;
	ScanKeyData key;
	bool		found;

	if (!OidIsValid(catalog))
		return false;
	rel = table_open(catalog, AccessShareLock);
	ScanKeyInit(&key, 1, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(relation));
	scan = systable_beginscan(rel, InvalidOid, false, NULL, 1, &key);
	found = HeapTupleIsValid(systable_getnext(scan));
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return found;
}

static const char *
column_refusal(const NodeDraft *draft)
{
	const LoadNode *node = draft->node;

	for (int i = 0; i < node->ncolumns; i++)
	{
		const LoadColumn *column = &node->columns[i];
		const Model *model = column->of_through ? draft->scope.through : draft->model;

		if (column->attnum == 0)
			return "an aggregate among the attributes";
		if (model_attnum(model, column->attnum)->generated == ASSOC_GENERATED_VIRTUAL)
			return "a virtual generated column";
		if (column->type != column->stored_type &&
			!(is_integer(column->type) && is_integer(column->stored_type)))
			return "keys of different types";
	}
	return NULL;
}

static bool
is_integer(Oid type)
{
	return type == INT2OID || type == INT4OID || type == INT8OID;
}

static const char *
scan_make(ProbeScan *scan, const Model *model, int n,
		  Attribute **columns, const Oid *given, const Oid *collations)
{
	ModelIndex *index = model_index_on(model, n, columns);

	if (index == NULL)
		return "no usable btree index on the key";
	if (index->check_xmin)
		return "the index is not yet usable for every snapshot";
	scan->relation = model->relid;
	scan->index = index->indexid;
	scan->unique = index->unique && index->nkeys == n;
	scan->hashable = scan->unique;
	scan->nkeys = n;
	scan->keys = palloc0_array(ScanKeyData, n);
	scan->key_order = palloc_array(int, n);
	scan->attnums = palloc_array(AttrNumber, n);
	scan->typlens = palloc_array(int16, n);
	for (int i = 0; i < n; i++)
	{
		const char *reason = scan_key_make(scan, model, index, i, columns, given, collations, n);

		if (reason)
			return reason;
	}
	return NULL;
}

/* the comparison of the index's column at a position with one of the values */
static const char *
scan_key_make(ProbeScan *scan, const Model *model, const ModelIndex *index, int position,
			  Attribute **columns, const Oid *given, const Oid *collations, int n)
{
	int			value = 0;
	Oid			column_type;
	Oid			operator;
	bool		byval;

	while (value < n && columns[value]->attnum != index->attnums[position])
		value++;
	if (value == n)
		return "no usable btree index on the key";
	column_type = getBaseType(model_attnum(model, index->attnums[position])->type);
	if (OidIsValid(collations[value]) && index->collations[position] != collations[value])
		return "the index has another collation than the key";
	/* varchar is compared as text */
	if (column_type == VARCHAROID)
		column_type = TEXTOID;
	operator = get_opfamily_member(index->opfamilies[position], column_type,
								   given[value] == VARCHAROID ? TEXTOID : given[value],
								   BTEqualStrategyNumber);
	if (!OidIsValid(operator))
		return "the index cannot compare the key's type";
	scan->key_order[position] = value;
	scan->attnums[position] = index->attnums[position];
	get_typlenbyval(given[value], &scan->typlens[position], &byval);
	if (byval)
		scan->typlens[position] = 0;
	else if (scan->typlens[position] < 0)
		scan->hashable = false;
	ScanKeyEntryInitialize(&scan->keys[position], 0, position + 1, BTEqualStrategyNumber,
						   given[value] == VARCHAROID ? TEXTOID : given[value],
						   index->collations[position], get_opcode(operator), (Datum) 0);
	return NULL;
}

/* are the target's identity and what the link row points at the same columns? */
static bool
same_columns(const LoadNode *node)
{
	if (node->nlink == 0 || node->nlink != node->nident)
		return false;
	for (int i = 0; i < node->nident; i++)
		if (node->columns[node->ident_columns[i]].attnum != node->link_targets[i])
			return false;
	return true;
}

static void
list_columns(ProbePlan *probe, const LoadNode *node)
{
	probe->target_columns = palloc_array(int, Max(1, node->ncolumns));
	probe->through_columns = palloc_array(int, Max(1, node->ncolumns));
	for (int i = 0; i < node->ncolumns; i++)
	{
		if (node->columns[i].of_through)
			probe->through_columns[probe->nthrough++] = i;
		else
			probe->target_columns[probe->ntarget++] = i;
	}
}

List *
probe_indexes(const LoadNode *node)
{
	List	   *indexes = list_make1_oid(node->probe->ref.index);

	if (node->nlink > 0)
		indexes = lappend_oid(indexes, node->probe->target.index);
	return indexes;
}

/* ---- the gate at run time ---- */

const char *
probe_refused_now(const LoadNode *node)
{
	const ProbePlan *probe = node->probe;

	if (!assoc_probe)
		return "switched off by pg_associations.probe";
	if (probe == NULL)
		return node->no_probe;
	/* a load that goes on for several commands (a cursor) may outlive what was compiled */
	if (node->plan->generation != registry_generation())
		return "the catalogs have changed";
	if (ExecutorCheckPerms_hook != NULL)
		return "another module checks permissions in the executor";
	if (probe->unlogged && RecoveryInProgress())
		return "an unlogged table during recovery";
	if (!IsMVCCSnapshot(GetActiveSnapshot()))
		return "not an MVCC snapshot";
	if (probe->row_security &&
		(check_enable_rls(node->target, InvalidOid, true) != RLS_NONE ||
		 (OidIsValid(node->through) && check_enable_rls(node->through, InvalidOid, true) != RLS_NONE)))
		return "row-level security applies";
	/* where a privilege lacks, the executor says so */
	for (int i = 0; i < probe->nschemas; i++)
		if (assoc_namespace_aclcheck(probe->schemas[i], GetUserId(), ACL_USAGE) != ACLCHECK_OK)
			return "no privilege to use the schema";
	if (!may_read(node->target, node->target_reads) ||
		(OidIsValid(node->through) && !may_read(node->through, node->through_reads)))
		return "no privilege to read every column";
	return NULL;
}

static bool
may_read(Oid relation, const Bitmapset *columns)
{
	int			column = -1;

	if (pg_class_aclcheck(relation, GetUserId(), ACL_SELECT) == ACLCHECK_OK)
		return true;
	while ((column = bms_next_member(columns, column)) >= 0)
		if (pg_attribute_aclcheck(relation, column, GetUserId(), ACL_SELECT) != ACLCHECK_OK)
			return false;
	return true;
}

/* ---- running ---- */

int
rows_probe_load(NodeRun *nr, int first)
{
	LoadNode   *node = nr->node;
	const ProbePlan *probe = node->probe;
	MemoryContext old = MemoryContextSwitchTo(nr->run->rows);
	Datum	   *values = palloc_array(Datum, node->ncolumns);
	bool	   *nulls = palloc_array(bool, node->ncolumns);
	uint64		limit = nr->accepted + MAX_PROBED_ROWS;
	OpenScan	ref;
	OpenScan	target;
	int			key;

	scan_open(&ref, &probe->ref, nr->run->snapshot);
	if (node->nlink > 0)
		scan_open(&target, &probe->target, nr->run->snapshot);
	for (key = first; key < nr->nwanted && nr->accepted < limit; key++)
	{
		scan_start(&ref, &nr->keys.keys[key * node->nref]);
		while (scan_next(&ref, node->nlink > 0 ? probe->max_through : probe->max_target))
			deliver(nr, key, &ref, node->nlink > 0 ? &target : NULL, values, nulls);
	}
	if (node->nlink > 0)
		scan_close(&target);
	scan_close(&ref);
	MemoryContextSwitchTo(old);
	return key;
}

static void
scan_open(OpenScan *open, const ProbeScan *scan, Snapshot snapshot)
{
	open->scan = scan;
	/* the plan's tables are locked already; an index needs a lock of its own */
	open->relation = table_open(scan->relation, NoLock);
	open->index = index_open(scan->index, AccessShareLock);
	open->slot = table_slot_create(open->relation, NULL);
	open->desc = NULL;
	open->snapshot = snapshot;
	open->keys = palloc_array(ScanKeyData, scan->nkeys);
	memcpy(open->keys, scan->keys, sizeof(ScanKeyData) * scan->nkeys);
	open->places = scan->hashable && tid_cache_allowed();
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
		open->hash = hash_key(open);
		open->located = tid_cache_fetch(open->hash, open->relation, open->snapshot, open->slot) &&
			has_key(open);
	}
	if (open->located)
		return;
	if (open->desc == NULL)
		open->desc = assoc_index_beginscan(open->relation, open->index, open->snapshot,
										   open->scan->nkeys);
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
	while ((tid = index_getnext_tid(open->desc, ForwardScanDirection)) != NULL)
	{
		ItemPointerData root = *tid;

		if (!index_fetch_heap(open->desc, open->slot))
			continue;
		if (open->desc->xs_recheck)
			elog(ERROR, "btree index \"%s\" wants its conditions checked again",
				 RelationGetRelationName(open->index));
		if (open->places)
			tid_cache_remember(open->hash, &root, ((BufferHeapTupleTableSlot *) open->slot)->buffer);
		return true;
	}
	return false;
}

static void
scan_close(OpenScan *open)
{
	if (open->desc)
		index_endscan(open->desc);
	ExecDropSingleTupleTableSlot(open->slot);
	index_close(open->index, NoLock);
	table_close(open->relation, NoLock);
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

	for (int i = 0; i < node->nident; i++)
	{
		int			column = node->ident_columns[i];
		const LoadColumn *ident = &node->columns[column];

		values[column] = link[i];
		if (node->probe->target.keys[i].sk_subtype != ident->type)
		{
			if (!is_integer(node->probe->target.keys[i].sk_subtype) || !is_integer(ident->type))
				return false;
			values[column] = convert_integer(link[i], node->probe->target.keys[i].sk_subtype, ident->type);
		}
		nulls[column] = false;
	}
	{
		Datum		key[INDEX_MAX_KEYS];

		for (int i = 0; i < node->nident; i++)
			key[i] = values[node->ident_columns[i]];
		return key_table_find(&nr->idents, key) >= 0;
	}
}
