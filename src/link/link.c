/*-------------------------------------------------------------------------
 *
 * link.c
 *	  has, add, set, remove, clear, toggle and update_link: the entry points, and what
 *	  all kinds of association share.
 *
 * Decides when a transaction's snapshot is too old; the locks themselves are link_lock.c's.
 * What a call is about is in link_resolve.c; ids and payload are read in
 * link_input.c; how the verbs work on a join table is in link_through.c, on a foreign key
 * in one of the two rows in link_direct.c.
 *
 * A verb takes a transaction lock on (table that holds the links, source key)
 * that needs no privilege.  Adds share it with adds and removes with removes; a set
 * has it alone, and so have, among their like, calls that delete or update several
 * rows, since in which order is not theirs to choose, and what is gone when an update
 * comes to it is inserted after all.  So two sets end as one of
 * the two, and no add calls a link unchanged that a remove in flight takes away.
 * Under READ COMMITTED each statement after the lock sees what was committed before
 * it.  Where one snapshot holds for the whole transaction, a verb compares what the
 * snapshot shows of its links with what is committed now, and fails to serialize
 * when they differ.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "base/arguments.h"
#include "base/compat.h"
#include "base/doc_member.h"
#include "base/document.h"
#include "base/trial.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "link/link.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

PG_FUNCTION_INFO_V1(assoc_link_has);
PG_FUNCTION_INFO_V1(assoc_link_add);
PG_FUNCTION_INFO_V1(assoc_link_set);
PG_FUNCTION_INFO_V1(assoc_link_remove);
PG_FUNCTION_INFO_V1(assoc_has);
PG_FUNCTION_INFO_V1(assoc_add);
PG_FUNCTION_INFO_V1(assoc_set);
PG_FUNCTION_INFO_V1(assoc_remove);
PG_FUNCTION_INFO_V1(assoc_clear);
PG_FUNCTION_INFO_V1(assoc_toggle);
PG_FUNCTION_INFO_V1(assoc_update_link);

/* what a call does to which links */
typedef struct LinkWrite
{
	LinkCall   *call;
	void		(*verb) (LinkCall *);
} LinkWrite;

static Datum run_has(FunctionCallInfo fcinfo, bool generic);
static void write_call(void *arg);
static Datum run_write(FunctionCallInfo fcinfo, bool generic, void (*verb) (LinkCall *));
static LinkUse use_of(void (*verb) (LinkCall *));
static bool is_null(FunctionCallInfo fcinfo, int number);
static bool has_verb(LinkCall *call);
static void link_toggle(LinkCall *call);
static uint64 compare_live(LinkCall *call, bool by_link, KeyTable *seen, bool add, bool *same);

/* ---- entry points ---- */

Datum
assoc_link_has(PG_FUNCTION_ARGS)
{
	return run_has(fcinfo, false);
}

Datum
assoc_link_add(PG_FUNCTION_ARGS)
{
	return run_write(fcinfo, false, link_add);
}

Datum
assoc_link_set(PG_FUNCTION_ARGS)
{
	return run_write(fcinfo, false, link_set);
}

Datum
assoc_link_remove(PG_FUNCTION_ARGS)
{
	return run_write(fcinfo, false, link_remove);
}

Datum
assoc_has(PG_FUNCTION_ARGS)
{
	return run_has(fcinfo, true);
}

Datum
assoc_add(PG_FUNCTION_ARGS)
{
	return run_write(fcinfo, true, link_add);
}

Datum
assoc_set(PG_FUNCTION_ARGS)
{
	return run_write(fcinfo, true, link_set);
}

Datum
assoc_remove(PG_FUNCTION_ARGS)
{
	return run_write(fcinfo, true, link_remove);
}

/* no ids are set */
Datum
assoc_clear(PG_FUNCTION_ARGS)
{
	return run_write(fcinfo, true, link_set);
}

Datum
assoc_toggle(PG_FUNCTION_ARGS)
{
	return run_write(fcinfo, true, link_toggle);
}

Datum
assoc_update_link(PG_FUNCTION_ARGS)
{
	return run_write(fcinfo, true, link_update);
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
	registry_pin();
	call = link_call_from_arguments(fcinfo, generic, -1, LINK_MEANS, false, AccessShareLock);
	SPI_connect();
	MemoryContextSwitchTo(cxt);
	result = has_verb(call);
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
	LinkWrite	write = {.verb = verb};
	Datum		result;

	MemoryContextSwitchTo(cxt);
	registry_pin();
	write.call = link_call_from_arguments(fcinfo, generic, 4, use_of(verb), verb == link_set,
										  RowExclusiveLock);
	link_run(fcinfo, 5, write_call, &write);
	MemoryContextSwitchTo(caller);
	result = link_diff_document(write.call);
	MemoryContextDelete(cxt);
	PG_RETURN_DATUM(result);
}

static void
write_call(void *arg)
{
	LinkWrite  *write = arg;

	write->verb(write->call);
	link_name_diffs(1, &write->call);
}

void
link_run(FunctionCallInfo fcinfo, int options, void (*step) (void *), void *arg)
{
	static const char *const known[] = {"dry_run", NULL};
	MemoryContext cxt = CurrentMemoryContext;
	DocMember  *dry_run = NULL;

	if (options < PG_NARGS() && !PG_ARGISNULL(options))
	{
		List	   *members = doc_document_members(PG_GETARG_JSONB_P(options), NULL);

		doc_check_keys(members, known, "option");
		dry_run = doc_find(members, "dry_run");
	}
	SPI_connect();
	MemoryContextSwitchTo(cxt);
	if (dry_run != NULL && doc_member_bool(dry_run))
		trial_undo(step, arg);
	else
		step(arg);
	SPI_finish();
	MemoryContextSwitchTo(cxt);
}

/*
 * link_*: source regclass, alias, id, ids, through.
 * generic: model text, pk, alias, ids jsonb, through, options; clear has no ids.
 */
LinkCall *
link_call_from_arguments(FunctionCallInfo fcinfo, bool generic, int through, LinkUse use,
						 bool sets, LOCKMODE lockmode)
{
	LinkCall   *call = link_call_of_row(fcinfo, generic, use, lockmode);
	Jsonb	   *payload = NULL;

	if (through >= 0 && through < PG_NARGS() && !PG_ARGISNULL(through))
		payload = PG_GETARG_JSONB_P(through);
	if (PG_NARGS() < 4 || (sets && call->assoc->to_one && is_null(fcinfo, 3)))
	{
		link_sort_items(call);
		return call;
	}
	argument_require(fcinfo, 3, "ids");
	link_read_ids(call, PG_GETARG_DATUM(3), get_fn_expr_argtype(fcinfo->flinfo, 3), payload);
	return call;
}

LinkCall *
link_call_of_row(FunctionCallInfo fcinfo, bool generic, LinkUse use, LOCKMODE lockmode)
{
	Oid			source = link_source_relation(fcinfo, generic);
	char	   *alias = argument_text(fcinfo, generic ? 2 : 1, "alias");
	LinkCall   *call;

	argument_require(fcinfo, generic ? 1 : 2, argument_key_name(generic ? 1 : 2));
	call = link_call_resolve(source, alias, lockmode);
	call->use = use;
	call->reads = lockmode == AccessShareLock;
	link_source_argument(call, fcinfo, generic ? 1 : 2);
	return call;
}

static LinkUse
use_of(void (*verb) (LinkCall *))
{
	if (verb == link_remove)
		return LINK_MEANS;
	if (verb == link_toggle)
		return LINK_TOGGLES;
	return verb == link_update ? LINK_CHANGES : LINK_WRITES;
}

/* SQL's or JSON's */
static bool
is_null(FunctionCallInfo fcinfo, int number)
{
	JsonbValue	document;

	if (PG_ARGISNULL(number))
		return true;
	if (getBaseType(get_fn_expr_argtype(fcinfo->flinfo, number)) != JSONBOID)
		return false;
	doc_root_value(PG_GETARG_JSONB_P(number), &document);
	return document.type == jbvNull;
}

Oid
link_source_relation(FunctionCallInfo fcinfo, bool generic)
{
	argument_require(fcinfo, 0, generic ? "model" : "source");
	if (!generic)
		return PG_GETARG_OID(0);
	return registry_model_by_name(text_to_cstring(PG_GETARG_TEXT_PP(0)))->relid;
}

/* ---- the verbs ---- */

static bool
has_verb(LinkCall *call)
{
	if (call->source == NULL || call->unknown != NIL)
		return call->nitems == 0 && call->unknown == NIL;
	if (call->nitems == 0)
		return true;
	if (call->mirror)
		return link_both_have(call);
	return call->assoc->through ? link_through_has(call) : link_direct_has(call);
}

void
link_add(LinkCall *call)
{
	if (call->nitems == 0)
		return;
	if (call->mirror)
		link_both_ways(call, LINK_LOCK_ADD, link_add);
	else if (call->assoc->through)
		link_through_add(call);
	else
		link_direct_add(call);
}

void
link_set(LinkCall *call)
{
	if (call->mirror)
		link_both_ways(call, LINK_LOCK_SET, link_set);
	else if (call->assoc->through)
		link_through_set(call);
	else
		link_direct_set(call);
}

void
link_remove(LinkCall *call)
{
	if (call->nitems == 0)
		return;
	if (call->mirror)
		link_both_ways(call, LINK_LOCK_REMOVE, link_remove);
	else if (call->assoc->through)
		link_through_remove(call);
	else
		link_direct_remove(call);
}

static void
link_toggle(LinkCall *call)
{
	if (call->nitems == 0)
		return;
	if (call->mirror)
		link_both_ways(call, LINK_LOCK_TOGGLE, link_toggle);
	else if (call->assoc->through)
		link_through_toggle(call);
	else
		link_direct_toggle(call);
}

void
link_update(LinkCall *call)
{
	if (call->assoc->through == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" has no join table", call->assoc->association->alias),
				 errdetail("Only links of a belongs_to_many have columns of their own.")));
	if (call->nitems == 0)
		return;
	if (call->mirror)
		link_both_ways(call, LINK_LOCK_ADD, link_update);
	else
		link_through_update(call);
}

/* ---- concurrency ---- */

/*
 * The transaction's snapshot is older than the lock.  Links made or taken away
 * since then are invisible to it: a set that overlooked them would end as a union
 * or leave a gap, an add would call a link unchanged that is none any more.
 */
void
link_check_snapshot(LinkCall *call, uint64 (*read) (LinkCall *, StatementMode))
{
	bool		by_link = call->multiple && call->assoc->through->nkey > 0;
	KeyTable	seen;
	uint64		nseen;
	uint64		nlatest;
	bool		same;

	if (!IsolationUsesXactSnapshot())
		return;
	link_table_init(call, &seen);
	(void) read(call, STATEMENT_WRITE);
	nseen = compare_live(call, by_link, &seen, true, &same);
	(void) read(call, STATEMENT_LATEST);
	nlatest = compare_live(call, by_link, &seen, false, &same);
	if (!same || nlatest != nseen)
		link_raise_stale(call);
}

/* put the keys of the live links into a table, or find all of them there; returns their number */
static uint64
compare_live(LinkCall *call, bool by_link, KeyTable *seen, bool add, bool *same)
{
	uint64		live = 0;

	*same = true;
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		bool		ignored;
		Datum	   *key = by_link ?
			link_tuple_values(i, call->nkey + 2, call->assoc->through->nkey,
							  call->assoc->through->key) :
			link_tuple_values(i, 1, call->nkey, call->key);

		if (!statement_is_true(i, call->nkey + 1))
			continue;
		live++;
		if (add)
			(void) key_table_add(seen, key, &ignored);
		else if (key_table_find(seen, key) < 0)
			*same = false;
	}
	SPI_freetuptable(SPI_tuptable);
	return live;
}

void
link_raise_stale(LinkCall *call)
{
	ereport(ERROR,
			(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
			 errmsg("could not serialize access due to concurrent update"),
			 errdetail("The links of \"%s\" were changed since this transaction began.",
					   call->assoc->association->alias)));
}

const Model *
link_holder(const LinkCall *call)
{
	const ResolvedAssociation *assoc = call->assoc;

	if (assoc->through != NULL)
		return assoc->through;
	return assoc->source_points ? assoc->source : assoc->target;
}

/* ---- rows ---- */

void
link_table_init(LinkCall *call, KeyTable *table)
{
	if (call->multiple && call->assoc->through->nkey > 0)
		key_table_init(table, call->assoc->through->nkey, call->link_columns,
					   CurrentMemoryContext);
	else
		key_table_init(table, call->nkey, call->key_columns, CurrentMemoryContext);
}

Datum *
link_of_row(LinkCall *call, uint64 row, int first_column)
{
	if (!call->multiple || call->assoc->through->nkey == 0)
		return NULL;
	return link_tuple_values(row, first_column, call->assoc->through->nkey,
							 call->assoc->through->key);
}

Datum *
link_tuple_values(uint64 row, int first_column, int n, Attribute **columns)
{
	Datum	   *values = palloc_array(Datum, n);

	for (int i = 0; i < n; i++)
	{
		bool		isnull;

		values[i] = statement_result(row, first_column + i, &isnull);
		/* the statements read no such row */
		if (isnull)
			ereport(ERROR,
					(errcode(ERRCODE_TRIGGERED_DATA_CHANGE_VIOLATION),
					 errmsg("\"%s\" is null in a row that was written", columns[i]->name),
					 errdetail("A trigger took the key away by which the row is known.")));
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

int
link_compare_keys(int n, Attribute **columns, const Datum *a, const Datum *b)
{
	return key_columns_compare(n, link_key_columns(n, columns), a, b);
}

LinkRow *
link_row(Datum *key, Datum *link)
{
	LinkRow    *row = palloc_object(LinkRow);

	row->key = key;
	row->name = NULL;
	row->link = link;
	return row;
}

void
link_record(LinkCall *call, LinkOutcome outcome, Datum *key, Datum *link)
{
	call->diff[outcome] = lappend(call->diff[outcome], link_row(key, link));
}
