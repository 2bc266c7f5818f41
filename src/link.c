/*-------------------------------------------------------------------------
 *
 * link.c
 *	  has, add, set and remove: the verbs, and how they work on a join table.
 *
 * Decides in which order a verb reads, checks and writes, what it locks, and what
 * its diff says.  The SQL is in link_sql.c, ids and payload are read in
 * link_input.c, associations without a join table are in link_direct.c.
 *
 * A verb takes a transaction lock on (join table, source key) that needs no
 * privilege.  Adds share it with adds and removes with removes; a set has it alone.  So
 * two sets end as one of the two, and no add calls a link unchanged that a
 * remove in flight takes away.  Under READ COMMITTED each statement after
 * the lock sees what was committed before it.  Where one snapshot holds for the whole transaction, a set
 * compares what the snapshot shows with what is committed now and
 * fails to serialize when they differ; the others fail by themselves where they meet a
 * concurrent write of the same link.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "document.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "keys.h"
#include "link.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "storage/lock.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "validator.h"

/* classes 1 and 2 of advisory locks are the user's */
#define LINK_LOCK_CLASS 3

/* inserts that met a concurrent insert and look again, before the conflict is an error */
#define MAX_CONFLICTS 5

PG_FUNCTION_INFO_V1(assoc_link_has);
PG_FUNCTION_INFO_V1(assoc_link_add);
PG_FUNCTION_INFO_V1(assoc_link_set);
PG_FUNCTION_INFO_V1(assoc_link_remove);
PG_FUNCTION_INFO_V1(assoc_has);
PG_FUNCTION_INFO_V1(assoc_add);
PG_FUNCTION_INFO_V1(assoc_set);
PG_FUNCTION_INFO_V1(assoc_remove);

static Datum run_has(FunctionCallInfo fcinfo, bool generic);
static Datum run_write(FunctionCallInfo fcinfo, bool generic, void (*verb) (LinkCall *));
static LinkCall *call_from_arguments(FunctionCallInfo fcinfo, bool generic, LOCKMODE lockmode);
static Oid	source_argument(FunctionCallInfo fcinfo, bool generic);
static char *alias_argument(FunctionCallInfo fcinfo, int number);
static void need_argument(FunctionCallInfo fcinfo, int number, const char *name);
static void lock_tables(const Association *association, LOCKMODE lockmode);
static void read_options(LinkCall *call);
static bool has_items(LinkCall *call);
static void add_verb(LinkCall *call);
static void set_verb(LinkCall *call);
static void remove_verb(LinkCall *call);
static void write_items(LinkCall *call, bool look);
static List *read_items(LinkCall *call);
static void mark_items(LinkCall *call, LinkItem *first, LinkState state);
static void update_live(LinkCall *call, List *live, List *items);
static void revive_items(LinkCall *call, List *items);
static void insert_items(LinkCall *call, List *items, bool on_conflict);
static void record_written(LinkCall *call, uint64 rows, LinkOutcome outcome);
static void unlink_others(LinkCall *call);
static void delete_keys(LinkCall *call, int n, Datum **keys);
static uint64 read_all(LinkCall *call, StatementMode mode);
static List *items_in_state(LinkCall *call, LinkState state);
static List *group_by_columns(LinkCall *call, List *items);
static bool gives_same_columns(LinkCall *call, const LinkPayload *a, const LinkPayload *b);
static void check_shared_columns(LinkCall *call);
static void validate_items(LinkCall *call, List *missing, List *changed, List *hidden);
static List *validate_item(LinkCall *call, LinkItem *item, bool inserting, List *failures);
static void fill_link_columns(LinkCall *call, LinkItem *item,
							  Datum *values, bool *nulls, bool *given);
static bool row_is_live(LinkCall *call, uint64 row);
static Datum *link_of_row(LinkCall *call, uint64 row, int first_column);
static LinkRow *make_row(Datum *key, Datum *link);

/* ---- entry points ---- */

Datum
assoc_link_has(PG_FUNCTION_ARGS)
{
	return run_has(fcinfo, false);
}

Datum
assoc_link_add(PG_FUNCTION_ARGS)
{
	return run_write(fcinfo, false, add_verb);
}

Datum
assoc_link_set(PG_FUNCTION_ARGS)
{
	return run_write(fcinfo, false, set_verb);
}

Datum
assoc_link_remove(PG_FUNCTION_ARGS)
{
	return run_write(fcinfo, false, remove_verb);
}

Datum
assoc_has(PG_FUNCTION_ARGS)
{
	return run_has(fcinfo, true);
}

Datum
assoc_add(PG_FUNCTION_ARGS)
{
	return run_write(fcinfo, true, add_verb);
}

Datum
assoc_set(PG_FUNCTION_ARGS)
{
	return run_write(fcinfo, true, set_verb);
}

Datum
assoc_remove(PG_FUNCTION_ARGS)
{
	return run_write(fcinfo, true, remove_verb);
}

static Datum
run_has(FunctionCallInfo fcinfo, bool generic)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext cxt = AllocSetContextCreate(caller, "pg_associations link",
											  ALLOCSET_DEFAULT_SIZES);
	LinkCall   *call;
	bool		result;

	MemoryContextSwitchTo(cxt);
	registry_hold();
	call = call_from_arguments(fcinfo, generic, AccessShareLock);
	SPI_connect();
	MemoryContextSwitchTo(cxt);
	result = call->nitems == 0 || has_items(call);
	SPI_finish();
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(cxt);
	PG_RETURN_BOOL(result);
}

static Datum
run_write(FunctionCallInfo fcinfo, bool generic, void (*verb) (LinkCall *))
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext cxt = AllocSetContextCreate(caller, "pg_associations link",
											  ALLOCSET_DEFAULT_SIZES);
	LinkCall   *call;
	Datum		result;

	MemoryContextSwitchTo(cxt);
	registry_hold();
	call = call_from_arguments(fcinfo, generic, RowExclusiveLock);
	SPI_connect();
	MemoryContextSwitchTo(cxt);
	verb(call);
	SPI_finish();
	MemoryContextSwitchTo(caller);
	result = link_diff_document(call);
	MemoryContextDelete(cxt);
	PG_RETURN_DATUM(result);
}

/*
 * link_*: source regclass, alias, id, ids, through.
 * generic: model text, pk, alias, ids jsonb, through.
 */
static LinkCall *
call_from_arguments(FunctionCallInfo fcinfo, bool generic, LOCKMODE lockmode)
{
	Oid			source = source_argument(fcinfo, generic);
	char	   *alias = alias_argument(fcinfo, generic ? 2 : 1);
	int			id = generic ? 1 : 2;
	Jsonb	   *through = NULL;
	LinkCall   *call;
	const AssociationEnds *ends;

	need_argument(fcinfo, id, "id");
	need_argument(fcinfo, 3, "ids");
	if (PG_NARGS() > 4 && !PG_ARGISNULL(4))
		through = PG_GETARG_JSONB_P(4);

	ends = link_resolve(source, alias, lockmode);
	call = link_call_make(ends);
	call->source = palloc_array(Datum, call->nsource);
	key_from_datum(PG_GETARG_DATUM(id), get_fn_expr_argtype(fcinfo->flinfo, id),
				   call->nsource, call->source_key, "id", call->source);
	link_read_ids(call, PG_GETARG_DATUM(3), get_fn_expr_argtype(fcinfo->flinfo, 3), through);
	return call;
}

static Oid
source_argument(FunctionCallInfo fcinfo, bool generic)
{
	need_argument(fcinfo, 0, generic ? "model" : "source");
	if (!generic)
		return PG_GETARG_OID(0);
	return registry_model_by_name(text_to_cstring(PG_GETARG_TEXT_PP(0)))->relid;
}

static char *
alias_argument(FunctionCallInfo fcinfo, int number)
{
	need_argument(fcinfo, number, "alias");
	return text_to_cstring(PG_GETARG_TEXT_PP(number));
}

static void
need_argument(FunctionCallInfo fcinfo, int number, const char *name)
{
	if (PG_ARGISNULL(number))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"%s\" must not be null", name),
				 strcmp(name, "ids") == 0 ?
				 errhint("An empty array, '{}', stands for no ids.") : 0));
}

/* ---- resolving ---- */

const AssociationEnds *
link_resolve(Oid source, const char *alias, LOCKMODE lockmode)
{
	for (;;)
	{
		uint64		generation = registry_generation();
		const Association *association = registry_association(registry_model(source),
															  alias, NULL);

		lock_tables(association, lockmode);
		if (registry_generation() == generation)
			return registry_association_ends(association);
	}
}

/* in one order for all associations, so that two calls do not wait for each other */
static void
lock_tables(const Association *association, LOCKMODE lockmode)
{
	Oid			tables[3] = {association->source_relid, association->target_relid,
	association->through_relid};

	for (int round = 0; round < 3; round++)
	{
		int			lowest = -1;

		for (int i = 0; i < 3; i++)
		{
			if (OidIsValid(tables[i]) && (lowest < 0 || tables[i] < tables[lowest]))
				lowest = i;
		}
		if (lowest < 0)
			break;
		LockRelationOid(tables[lowest],
						lowest == 2 || !OidIsValid(association->through_relid) ?
						lockmode : AccessShareLock);
		tables[lowest] = InvalidOid;
	}
}

/*
 * Which columns the two ids name differs by kind: a row of a belongs_to is named by its
 * primary key, its own pointer being what the verbs change.
 */
LinkCall *
link_call_make(const AssociationEnds *ends)
{
	LinkCall   *call = palloc0_object(LinkCall);
	AssociationKind kind = ends->association->kind;

	call->ends = ends;
	call->nsource = kind == BELONGS_TO ? ends->source->nkey : ends->nsource;
	call->source_key = kind == BELONGS_TO ? ends->source->key : ends->source_key;
	switch (kind)
	{
		case BELONGS_TO_MANY:
			call->nkey = ends->ntarget;
			call->key = ends->target_key;
			break;
		case BELONGS_TO:
			call->nkey = ends->nsource;
			call->key = ends->source_ref;
			break;
		case HAS_MANY:
		case HAS_ONE:
			call->nkey = ends->target->nkey;
			call->key = ends->target->key;
			break;
	}
	if (call->nkey == 0 || call->nsource == 0)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("\"%s\" has no primary key, so its rows cannot be named",
						call->nkey == 0 ? ends->target->name : ends->source->name)));
	call->key_columns = link_key_columns(call->nkey, call->key);
	read_options(call);
	return call;
}

static void
read_options(LinkCall *call)
{
	const AssociationEnds *ends = call->ends;
	JsonbValue	root;
	JsonbValue *through;
	JsonbValue *value;

	doc_root_value(ends->association->options, &root);
	call->ntarget_scope = link_scope_read(ends->target, doc_get(&root, "scope"),
										  doc_path_key(NULL, "scope"), &call->target_scope);
	if (ends->through == NULL)
		return;
	call->deleted_at = ends->through->deleted_at;
	through = doc_get(&root, "through");
	if (through == NULL || !doc_is_object(through))
		return;
	call->nscope = link_scope_read(ends->through, doc_get(through, "scope"),
								   doc_path_key(doc_path_key(NULL, "through"), "scope"),
								   &call->scope);
	value = doc_get(through, "unique");
	call->multiple = value != NULL && value->type == jbvBool && !value->val.boolean;
	if (call->multiple)
		call->link_columns = link_key_columns(ends->through->nkey, ends->through->key);
	value = doc_get(through, "paranoid");
	if (value != NULL && value->type == jbvBool && !value->val.boolean)
		call->deleted_at = NULL;
}

/* ---- the verbs ---- */

static bool
has_items(LinkCall *call)
{
	uint64		rows;

	if (call->ends->through == NULL)
		return link_direct_has(call);
	rows = link_sql_read(call, false, STATEMENT_READ);
	for (uint64 i = 0; i < rows; i++)
	{
		LinkItem   *item = link_find_item(call, link_tuple_values(i, 1, call->nkey, call->key));

		if (item != NULL && row_is_live(call, i))
			mark_items(call, item, LINK_LIVE);
	}
	return items_in_state(call, LINK_ABSENT) == NIL;
}

static void
add_verb(LinkCall *call)
{
	if (call->nitems > 0)
		link_add_items(call);
}

void
link_add_items(LinkCall *call)
{
	if (call->ends->through == NULL)
	{
		link_direct_add(call);
		return;
	}
	link_lock_source(call, ShareLock);
	/* where a pair may be linked twice, adding always makes another link */
	write_items(call, !call->multiple);
}

static void
set_verb(LinkCall *call)
{
	if (call->ends->through == NULL)
	{
		link_direct_set(call);
		return;
	}
	link_lock_source(call, ExclusiveLock);
	link_check_snapshot(call, read_all);
	unlink_others(call);
	if (call->nitems > 0)
		write_items(call, true);
}

static void
remove_verb(LinkCall *call)
{
	Datum	  **keys = palloc_array(Datum *, Max(call->nitems, 1));

	if (call->nitems == 0)
		return;
	if (call->ends->through == NULL)
	{
		link_direct_remove(call);
		return;
	}
	for (int i = 0; i < call->nitems; i++)
		keys[i] = call->items[i].key;
	link_lock_source(call, RowExclusiveLock);
	delete_keys(call, call->nitems, keys);
}

/*
 * Make every item a live link with its payload.  An insert that meets a link
 * that somebody else made meanwhile finds it on looking again.
 */
static void
write_items(LinkCall *call, bool look)
{
	check_shared_columns(call);
	for (int conflicts = 0;; conflicts++)
	{
		List	   *live = look ? read_items(call) : NIL;
		List	   *changed = items_in_state(call, LINK_LIVE);
		List	   *hidden = items_in_state(call, LINK_HIDDEN);
		List	   *missing = items_in_state(call, LINK_ABSENT);

		CHECK_FOR_INTERRUPTS();
		validate_items(call, missing, changed, hidden);
		link_check_known(call, list_concat_copy(missing, hidden));
		update_live(call, live, changed);
		revive_items(call, hidden);
		insert_items(call, missing, conflicts < MAX_CONFLICTS);
		if (items_in_state(call, LINK_ABSENT) == NIL)
			return;
	}
}

/*
 * Find out which items are links already; returns the live ones as LinkRows.  Items
 * without a payload are done with when they are live.
 */
static List *
read_items(LinkCall *call)
{
	uint64		rows = link_sql_read(call, false, STATEMENT_WRITE);
	List	   *live = NIL;

	for (uint64 i = 0; i < rows; i++)
	{
		Datum	   *key = link_tuple_values(i, 1, call->nkey, call->key);
		LinkItem   *item = link_find_item(call, key);

		if (item == NULL || item->state == LINK_DONE)
			continue;
		if (row_is_live(call, i))
		{
			live = lappend(live, make_row(key, link_of_row(call, i, call->nkey + 2)));
			mark_items(call, item, LINK_LIVE);
		}
		else if (!call->multiple)
			item->state = LINK_HIDDEN;
	}
	SPI_freetuptable(SPI_tuptable);
	return live;
}

/* where the same pair is linked twice, items with one key stand side by side */
static void
mark_items(LinkCall *call, LinkItem *first, LinkState state)
{
	LinkItem   *end = call->items + call->nitems;

	for (LinkItem *item = first; item < end; item++)
	{
		if (item != first && link_find_item(call, item->key) != first)
			break;
		item->state = state;
	}
}

/* the rows that are returned differed; the other live ones are unchanged */
static void
update_live(LinkCall *call, List *live, List *items)
{
	bool		by_link = call->multiple && call->ends->through->nkey > 0;
	int			ncolumns = by_link ? call->ends->through->nkey : call->nkey;
	KeyColumn  *compared = call->key_columns;
	List	   *payload_items = NIL;
	KeyTable	updated;
	ListCell   *lc;

	if (live == NIL)
		return;
	if (by_link)
		compared = call->link_columns;
	key_table_init(&updated, ncolumns, compared, CurrentMemoryContext);

	foreach(lc, items)
	{
		LinkItem   *item = lfirst(lc);

		/* one payload for all links of a pair */
		if (item->payload != NULL && link_find_item(call, item->key) == item)
			payload_items = lappend(payload_items, item);
		item->state = LINK_DONE;
	}
	foreach(lc, group_by_columns(call, payload_items))
	{
		uint64		rows = link_sql_update(call, lfirst(lc), false);

		for (uint64 i = 0; i < rows; i++)
		{
			Datum	   *key = link_tuple_values(i, 1, call->nkey, call->key);
			Datum	   *link = link_of_row(call, i, call->nkey + 1);
			bool		found;

			(void) key_table_add(&updated, by_link ? link : key, &found);
			link_record(call, LINK_UPDATED, key, link);
		}
		SPI_freetuptable(SPI_tuptable);
	}
	foreach(lc, live)
	{
		LinkRow    *row = lfirst(lc);

		if (key_table_find(&updated, by_link ? row->link : row->key) < 0)
			link_record(call, LINK_UNCHANGED, row->key, row->link);
	}
}

/* a link that comes back is an added one */
static void
revive_items(LinkCall *call, List *items)
{
	ListCell   *lc;

	foreach(lc, group_by_columns(call, items))
		record_written(call, link_sql_update(call, lfirst(lc), true), LINK_ADDED);
}

static void
insert_items(LinkCall *call, List *items, bool on_conflict)
{
	ListCell   *lc;

	foreach(lc, group_by_columns(call, items))
		record_written(call, link_sql_insert(call, lfirst(lc), on_conflict), LINK_ADDED);
}

static void
record_written(LinkCall *call, uint64 rows, LinkOutcome outcome)
{
	for (uint64 i = 0; i < rows; i++)
	{
		Datum	   *key = link_tuple_values(i, 1, call->nkey, call->key);
		LinkItem   *item = link_find_item(call, key);

		if (item != NULL)
			mark_items(call, item, LINK_DONE);
		link_record(call, outcome, key, link_of_row(call, i, call->nkey + 1));
	}
	SPI_freetuptable(SPI_tuptable);
}

/* set: what is linked and not among the items goes */
static void
unlink_others(LinkCall *call)
{
	uint64		rows = link_sql_read(call, true, STATEMENT_WRITE);
	Datum	  **obsolete = palloc_array(Datum *, rows + 1);
	int			n = 0;

	for (uint64 i = 0; i < rows; i++)
	{
		Datum	   *key = link_tuple_values(i, 1, call->nkey, call->key);

		if (row_is_live(call, i) && link_find_item(call, key) == NULL)
			obsolete[n++] = key;
	}
	SPI_freetuptable(SPI_tuptable);
	if (n > 0)
		delete_keys(call, n, obsolete);
}

static void
delete_keys(LinkCall *call, int n, Datum **keys)
{
	uint64		rows = link_sql_delete(call, n, keys);

	for (uint64 i = 0; i < rows; i++)
		link_record(call, LINK_REMOVED, link_tuple_values(i, 1, call->nkey, call->key),
					link_of_row(call, i, call->nkey + 1));
	SPI_freetuptable(SPI_tuptable);
}

/* ---- concurrency ---- */

/*
 * A user's advisory lock has class 1 or 2, so ours meets none.  The first column of
 * the key tells the two directions of one join table apart.
 */
void
link_lock_source(LinkCall *call, LOCKMODE mode)
{
	const AssociationEnds *ends = call->ends;
	const Model *holder = ends->through ? ends->through :
		ends->association->kind == BELONGS_TO ? ends->source : ends->target;
	uint32		hash = hash_bytes_uint32(ends->source_ref[0]->attnum);
	LOCKTAG		tag;

	for (int i = 0; i < call->nsource; i++)
	{
		KeyColumn	column;

		key_column_init(&column, call->source_key[i]->type, call->source_key[i]->collation,
						CurrentMemoryContext);
		hash = hash_combine(hash, DatumGetUInt32(FunctionCall1Coll(&column.hash, column.collation,
																   call->source[i])));
	}
	SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, holder->relid, hash, LINK_LOCK_CLASS);
	(void) LockAcquire(&tag, mode, false, false);
}

/*
 * The transaction's snapshot is older than the lock.  Links made or taken away
 * since then are invisible to it, and a set that overlooked them would end
 * as a union or leave a gap.
 */
void
link_check_snapshot(LinkCall *call, uint64 (*read) (LinkCall *, StatementMode))
{
	KeyTable	seen;
	uint64		nseen;
	uint64		nlatest;
	bool		found;

	if (!IsolationUsesXactSnapshot())
		return;
	nseen = read(call, STATEMENT_WRITE);
	key_table_init(&seen, call->nkey, call->key_columns, CurrentMemoryContext);
	for (uint64 i = 0; i < nseen; i++)
		(void) key_table_add(&seen, link_tuple_values(i, 1, call->nkey, call->key), &found);
	SPI_freetuptable(SPI_tuptable);

	nlatest = read(call, STATEMENT_LATEST);
	found = nlatest == nseen;
	for (uint64 i = 0; i < nlatest && found; i++)
		found = key_table_find(&seen, link_tuple_values(i, 1, call->nkey, call->key)) >= 0;
	SPI_freetuptable(SPI_tuptable);
	if (!found)
		ereport(ERROR,
				(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				 errmsg("could not serialize access due to concurrent update"),
				 errdetail("The links of \"%s\" were changed since this transaction began.",
						   call->ends->association->alias)));
}

static uint64
read_all(LinkCall *call, StatementMode mode)
{
	return link_sql_read(call, true, mode);
}

/* ---- items ---- */

LinkItem *
link_find_item(LinkCall *call, const Datum *key)
{
	int			number = key_table_find(&call->table, key);

	return number < 0 ? NULL : &call->items[call->first_item[number]];
}

static List *
items_in_state(LinkCall *call, LinkState state)
{
	List	   *items = NIL;

	for (int i = 0; i < call->nitems; i++)
	{
		if (call->items[i].state == state)
			items = lappend(items, &call->items[i]);
	}
	return items;
}

/* a statement names its columns, so items go together by the columns that they give */
static List *
group_by_columns(LinkCall *call, List *items)
{
	List	   *groups = NIL;
	ListCell   *lc;

	foreach(lc, items)
	{
		LinkItem   *item = lfirst(lc);
		ListCell   *group;

		foreach(group, groups)
		{
			LinkItem   *first = linitial(lfirst(group));

			if (gives_same_columns(call, first->payload, item->payload))
				break;
		}
		if (group == NULL)
			groups = lappend(groups, list_make1(item));
		else
			lfirst(group) = lappend(lfirst(group), item);
	}
	return groups;
}

static bool
gives_same_columns(LinkCall *call, const LinkPayload *a, const LinkPayload *b)
{
	if (a == b)
		return true;
	if (a == NULL || b == NULL)
		return false;
	return memcmp(a->given, b->given,
				  sizeof(bool) * call->ends->through->nattributes) == 0;
}

/*
 * Keys may share columns (a tenant).  The link has one value there, the
 * source's, so a target of another tenant is not one that could be linked.
 */
static void
check_shared_columns(LinkCall *call)
{
	const AssociationEnds *ends = call->ends;

	for (int s = 0; s < ends->nsource; s++)
	{
		for (int t = 0; t < ends->ntarget; t++)
		{
			if (ends->source_ref[s]->attnum != ends->target_ref[t]->attnum)
				continue;
			for (int i = 0; i < call->nitems; i++)
			{
				if (key_column_compare(&call->key_columns[t], call->source[s],
									   call->items[i].key[t]) != 0)
					link_raise_unknown(ends->target, call->nkey, call->key,
									   1, &call->items[i].key);
			}
		}
	}
}

/* ---- validation ---- */

/* all failures of all rows in one error, before anything is written */
static void
validate_items(LinkCall *call, List *missing, List *changed, List *hidden)
{
	List	   *failures = NIL;
	ListCell   *lc;

	foreach(lc, missing)
		failures = validate_item(call, lfirst(lc), true, failures);
	foreach(lc, changed)
		failures = validate_item(call, lfirst(lc), false, failures);
	foreach(lc, hidden)
		failures = validate_item(call, lfirst(lc), false, failures);
	validation_raise(call->ends->through, failures);
}

/*
 * A payload shared by all ids is checked, and reported, once: constraints over
 * it and the keys together are then left to the statement for the other ids.
 */
static List *
validate_item(LinkCall *call, LinkItem *item, bool inserting, List *failures)
{
	const AssociationEnds *ends = call->ends;
	const Model *through = ends->through;
	LinkPayload *payload = item->payload;
	bool	   *checked = payload ? &payload->checked[inserting] : &call->checked_empty;
	int			width = through->attributes[through->nattributes - 1].attnum;
	Datum	   *values;
	bool	   *nulls;
	bool	   *given;

	if (*checked || (payload == NULL && !inserting))
		return failures;
	*checked = true;
	values = palloc0_array(Datum, width);
	nulls = palloc0_array(bool, width);
	given = palloc0_array(bool, width);
	for (int a = 0; payload && a < through->nattributes; a++)
	{
		int			number = through->attributes[a].attnum - 1;

		values[number] = payload->values[a];
		nulls[number] = payload->nulls[a];
		given[number] = payload->given[a];
	}
	if (inserting)
		fill_link_columns(call, item, values, nulls, given);
	return validate_row(through, values, nulls, given, inserting,
						payload ? payload->path : doc_path_key(NULL, "through"), failures);
}

/* keys and scope of a link that is inserted */
static void
fill_link_columns(LinkCall *call, LinkItem *item, Datum *values, bool *nulls, bool *given)
{
	const AssociationEnds *ends = call->ends;

	for (int i = 0; i < ends->nsource; i++)
	{
		values[ends->source_ref[i]->attnum - 1] = call->source[i];
		given[ends->source_ref[i]->attnum - 1] = true;
	}
	for (int i = 0; i < ends->ntarget; i++)
	{
		values[ends->target_ref[i]->attnum - 1] = item->key[i];
		given[ends->target_ref[i]->attnum - 1] = true;
	}
	for (int i = 0; i < call->nscope; i++)
	{
		int			number = call->scope[i].attribute->attnum - 1;

		values[number] = call->scope[i].value;
		nulls[number] = call->scope[i].isnull;
		given[number] = true;
	}
}

/* ---- rows ---- */

static bool
row_is_live(LinkCall *call, uint64 row)
{
	bool		isnull;

	return DatumGetBool(SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc,
									  call->nkey + 1, &isnull));
}

static Datum *
link_of_row(LinkCall *call, uint64 row, int first_column)
{
	if (!call->multiple || call->ends->through->nkey == 0)
		return NULL;
	return link_tuple_values(row, first_column, call->ends->through->nkey,
							 call->ends->through->key);
}

Datum *
link_tuple_values(uint64 row, int first_column, int n, Attribute **columns)
{
	Datum	   *values = palloc_array(Datum, n);

	for (int i = 0; i < n; i++)
	{
		bool		isnull;
		Datum		value = SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc,
										  first_column + i, &isnull);
		int16		typlen;
		bool		typbyval;

		get_typlenbyval(columns[i]->type, &typlen, &typbyval);
		values[i] = isnull ? (Datum) 0 : datumCopy(value, typbyval, typlen);
	}
	return values;
}

KeyColumn *
link_key_columns(int n, Attribute **attributes)
{
	KeyColumn  *columns = palloc_array(KeyColumn, n);

	for (int i = 0; i < n; i++)
		key_column_init(&columns[i], attributes[i]->type, attributes[i]->collation,
						CurrentMemoryContext);
	return columns;
}

static LinkRow *
make_row(Datum *key, Datum *link)
{
	LinkRow    *row = palloc_object(LinkRow);

	row->key = key;
	row->link = link;
	return row;
}

void
link_record(LinkCall *call, LinkOutcome outcome, Datum *key, Datum *link)
{
	call->diff[outcome] = lappend(call->diff[outcome], make_row(key, link));
}
