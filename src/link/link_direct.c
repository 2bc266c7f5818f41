/*-------------------------------------------------------------------------
 *
 * link_direct.c
 *	  has, add, set, remove, toggle and move where the link is a foreign key in one of the two
 *	  rows: has_many, has_one and belongs_to.
 *
 * Decides what the verbs mean there.  A row that is added is moved here from wherever
 * it was; a row that is removed has its foreign key set to NULL, which is an
 * error where that must not be.  Rows are never deleted.
 *
 * A has_one or belongs_to holds one row: adding replaces the one before.
 *
 * A child can be taken by two sources at once, and the lock on a source does not keep
 * them apart.  So a verb locks the rows that it will write, in key order, before
 * it writes the first.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "base/attempt.h"
#include "base/compat.h"
#include "deparse/statement.h"
#include "executor/spi.h"
#include "link/link_sql.h"
#include "miscadmin.h"
#include "utils/builtins.h"

static void child_mark(LinkCall *call, StatementMode mode, bool whole);
static uint64 child_read_marked(LinkCall *call, StatementMode mode, bool whole);
static void child_settle(LinkCall *call, bool whole, List *(*requested) (LinkCall *));
static bool add_keys(KeyTable *table, List *keys);
static List *requested_to_add(LinkCall *call);
static List *requested_to_set(LinkCall *call);
static List *requested_to_remove(LinkCall *call);
static List *requested_to_toggle(LinkCall *call);
static List *child_keys(LinkCall *call);
static void child_hand_over(void *arg);
static void write_alone(LinkCall *call, void (*once) (void *));
static void child_set(void *arg);
static void child_toggle(void *arg);
static LinkCall *call_of_others(LinkCall *call);
static void child_write(LinkCall *call);
static List *child_in_state(LinkCall *call, LinkState state);
static List *keys_moved(LinkCall *from, LinkCall *to);
static int	child_move(LinkCall *call, List *keys, LinkCall *from);
static void child_remove(LinkCall *call, List *keys);
static uint64 child_read(LinkCall *call, StatementMode mode);
static uint64 child_read_given(LinkCall *call, StatementMode mode);
static LinkReference child_pointer(LinkCall *call);
static Written written_children(LinkCall *call, List *keys);
static void append_children(Statement *s, LinkCall *call);
static void append_select(Statement *s, LinkCall *call);
static void append_unlinked(Statement *s, LinkCall *call, List *keys);
static void append_parent(Statement *s, LinkCall *call);
static void append_items(Statement *s, LinkCall *call);
static int	record_rows(LinkCall *call, uint64 rows, LinkOutcome outcome);
static void record_keys(LinkCall *call, LinkOutcome outcome, List *keys);
static void raise_absent(LinkCall *call);
static void raise_not_linked(LinkCall *call);

bool
link_direct_has(LinkCall *call)
{
	if (call->assoc->association->kind == BELONGS_TO)
		return link_owner_has(call, STATEMENT_READ);
	child_mark(call, STATEMENT_READ, false);
	for (int i = 0; i < call->nitems; i++)
	{
		if (call->items[i].state != LINK_LIVE)
			return false;
	}
	return true;
}

void
link_direct_add(LinkCall *call)
{
	int64		last;

	if (call->assoc->to_one)
	{
		link_direct_set(call);
		return;
	}
	link_lock(call, LINK_LOCK_ADD);
	link_check_snapshot(call, call->position ? child_read : child_read_given);
	child_settle(call, false, requested_to_add);
	last = link_position_last(call);
	child_write(call);
	link_position_added(call, last);
}

void
link_direct_set(LinkCall *call)
{
	if (call->assoc->to_one)
		link_need_one(call);
	link_lock(call, LINK_LOCK_SET);
	link_direct_set_locked(call);
}

void
link_direct_set_locked(LinkCall *call)
{
	if (call->assoc->association->kind == BELONGS_TO)
	{
		link_owner_set(&call, 1);
		return;
	}
	link_check_snapshot(call, child_read);
	if (call->assoc->to_one)
		write_alone(call, child_set);
	else
	{
		child_set(call);
		link_position_settle(call);
	}
}

void
link_direct_remove(LinkCall *call)
{
	link_lock(call, call->assoc->to_one ? LINK_LOCK_SET : LINK_LOCK_REMOVE);
	if (call->assoc->association->kind == BELONGS_TO)
	{
		link_owner_remove(call);
		return;
	}
	link_check_snapshot(call, child_read_given);
	child_settle(call, false, requested_to_remove);
	child_remove(call, child_in_state(call, LINK_LIVE));
}

void
link_direct_toggle(LinkCall *call)
{
	if (call->assoc->to_one)
		link_need_one(call);
	link_lock(call, call->assoc->to_one ? LINK_LOCK_SET : LINK_LOCK_TOGGLE);
	if (call->assoc->association->kind == BELONGS_TO)
		link_owner_toggle(call);
	else
	{
		link_check_snapshot(call, child_read);
		if (call->assoc->to_one)
			write_alone(call, child_toggle);
		else
			child_toggle(call);
	}
}

void
link_direct_need_linked(LinkCall *call)
{
	if (call->assoc->association->kind != BELONGS_TO)
	{
		child_mark(call, STATEMENT_WRITE, false);
		raise_not_linked(call);
		return;
	}
	link_need_one(call);
	if (!link_owner_has(call, STATEMENT_WRITE))
		link_raise_not_linked(call, list_make1(&call->items[0]));
}

/* where a key lets no second child in, one that comes meanwhile is replaced too */
void
link_direct_move(LinkCall *from, LinkCall *to)
{
	LinkCall   *calls[2] = {from, to};

	for (int conflicts = 0; to->assoc->to_one && conflicts < LINK_MAX_CONFLICTS; conflicts++)
	{
		if (attempt(child_hand_over, calls, ERRCODE_UNIQUE_VIOLATION))
			return;
		for (int i = 0; i < to->nitems; i++)
			to->items[i].state = LINK_ABSENT;
		to->diff[LINK_ADDED] = to->diff[LINK_REMOVED] = NIL;
	}
	child_hand_over(calls);
}

/* only rows that are still the one's become the other's */
static void
child_hand_over(void *arg)
{
	LinkCall   *from = ((LinkCall **) arg)[0];
	LinkCall   *to = ((LinkCall **) arg)[1];
	LinkReference pointer = child_pointer(to);
	List	   *keys;
	int			moved;

	link_check_snapshot(from, child_read_given);
	link_check_snapshot(to, child_read);
	child_mark(from, STATEMENT_WRITE, false);
	keys = child_in_state(from, LINK_LIVE);
	raise_not_linked(from);
	child_mark(to, STATEMENT_WRITE, to->assoc->to_one);
	if (to->others != NIL)
		link_hold_pointers(&pointer, 1, &pointer.values);
	link_direct_hold(to, list_concat_copy(to->others, keys));
	child_remove(to, to->others);
	moved = child_move(to, keys, from);
	if (moved < list_length(keys))
	{
		link_check_fixed(to, keys);
		child_mark(from, STATEMENT_WRITE, false);
		keys = keys_moved(from, to);
	}
	record_keys(to, LINK_REMOVED, keys);
}

/* what was moved; what is neither was taken away meanwhile, and what a trigger kept stays out */
static List *
keys_moved(LinkCall *from, LinkCall *to)
{
	List	   *moved = NIL;

	for (int i = 0; i < from->nitems; i++)
	{
		if (to->items[i].state == LINK_DONE)
		{
			moved = lappend(moved, from->items[i].key);
			from->items[i].state = LINK_LIVE;
		}
	}
	raise_not_linked(from);
	return moved;
}

/* what the one row pointed at, and does no more, the other one points at */
void
link_direct_move_pointer(LinkCall *from, LinkCall *to)
{
	List	   *rows = list_make2(from->source, to->source);

	link_need_one(from);
	link_hold_rows(from->assoc->source, from->nsource, from->source_key, rows);
	link_direct_remove(from);
	if (from->diff[LINK_REMOVED] == NIL)
		link_raise_not_linked(from, list_make1(&from->items[0]));
	link_direct_add(to);
	to->diff[LINK_REMOVED] = list_concat(to->diff[LINK_REMOVED], from->diff[LINK_REMOVED]);
}

/* ---- has_many, has_one: the foreign key is in the target's rows ---- */

/*
 * Which of the items exist, and which of them are children of the source; "whole": also
 * which other children it has, as the same moment shows them.
 */
static void
child_mark(LinkCall *call, StatementMode mode, bool whole)
{
	uint64		rows;

	if (call->nitems == 0 && !whole)
		return;
	rows = child_read_marked(call, mode, whole);
	call->others = NIL;
	for (int i = 0; i < call->nitems; i++)
	{
		if (call->items[i].state != LINK_DONE)
			call->items[i].state = LINK_ABSENT;
	}
	for (uint64 i = 0; i < rows; i++)
	{
		Datum	   *key = link_tuple_values(i, 1, call->nkey, call->key);
		LinkItem   *item = call->nitems > 0 ? link_find_item(call, key) : NULL;

		if (item == NULL)
			call->others = lappend(call->others, key);
		else if (item->state != LINK_DONE)
			item->state = statement_is_true(i, call->nkey + 1) ? LINK_LIVE : LINK_HIDDEN;
	}
	SPI_freetuptable(SPI_tuptable);
}

/* keys, and whether it is a child */
static uint64
child_read_marked(LinkCall *call, StatementMode mode, bool whole)
{
	Statement	s;

	statement_init(&s);
	if (whole)
	{
		append_children(&s, call);
		if (call->nitems == 0)
			return statement_run(&s, mode, SPI_OK_SELECT);
		appendStringInfoString(&s.sql, " UNION ALL ");
	}
	append_select(&s, call);
	appendStringInfoString(&s.sql, ", COALESCE(");
	append_parent(&s, call);
	appendStringInfo(&s.sql, ", false) FROM %s AS t WHERE ", call->assoc->target->quoted_table);
	append_items(&s, call);
	statement_and_not_deleted(&s, call->assoc->target, "t");
	if (whole)
	{
		appendStringInfoString(&s.sql, " AND (");
		append_parent(&s, call);
		appendStringInfoString(&s.sql, ") IS NOT TRUE");
	}
	return statement_run(&s, mode, SPI_OK_SELECT);
}

/*
 * Read, lock the rows that the verb then wants, which are those that it writes and those whose
 * being as they are is part of its answer, and look again: once all that it wants is
 * locked, nobody else has a part in what it reads and writes.  Where a single row is all that it
 * is about no lock is needed, since its UPDATE says under which condition it is written; what a toggle does is
 * not known before.
 */
static void
child_settle(LinkCall *call, bool whole, List *(*requested) (LinkCall *))
{
	LinkReference pointer = child_pointer(call);
	KeyTable	held;

	key_table_init(&held, call->nkey, call->key_columns, CurrentMemoryContext);
	for (int conflicts = 0; conflicts <= LINK_MAX_CONFLICTS; conflicts++)
	{
		List	   *keys;

		child_mark(call, STATEMENT_WRITE, whole);
		keys = requested(call);
		if (keys == NIL || (call->nitems == 1 && !whole && requested != requested_to_toggle) ||
			!add_keys(&held, keys))
			return;
		if (call->others != NIL && child_in_state(call, LINK_HIDDEN) != NIL)
			link_hold_pointers(&pointer, 1, &pointer.values);
		link_hold_rows(call->assoc->target, call->nkey, call->key, keys);
	}
}

/* false: all were there */
static bool
add_keys(KeyTable *table, List *keys)
{
	bool		any = false;
	bool		found;

	foreach_ptr(Datum, key, keys)
	{
		(void) key_table_add(table, key, &found);
		any |= !found;
	}
	return any;
}

static List *
requested_to_add(LinkCall *call)
{
	return child_in_state(call, LINK_HIDDEN) == NIL ? NIL : child_keys(call);
}

static List *
requested_to_set(LinkCall *call)
{
	if (call->others == NIL)
		return requested_to_add(call);
	return list_concat_copy(call->others, child_keys(call));
}

static List *
requested_to_remove(LinkCall *call)
{
	return child_in_state(call, LINK_LIVE);
}

static List *
requested_to_toggle(LinkCall *call)
{
	return list_concat_copy(call->others, child_keys(call));
}

/* of all items that are there */
static List *
child_keys(LinkCall *call)
{
	return list_concat(child_in_state(call, LINK_LIVE), child_in_state(call, LINK_HIDDEN));
}

/* where a key lets no second child in, one that comes meanwhile is replaced too */
static void
write_alone(LinkCall *call, void (*once) (void *))
{
	const LinkCall before = *call;

	for (int conflicts = 0; conflicts < LINK_MAX_CONFLICTS; conflicts++)
	{
		if (attempt(once, call, ERRCODE_UNIQUE_VIOLATION))
			return;
		*call = before;
		for (int i = 0; i < call->nitems; i++)
			call->items[i].state = LINK_ABSENT;
	}
	once(call);
}

static void
child_set(void *arg)
{
	LinkCall   *call = arg;

	child_settle(call, true, requested_to_set);
	child_write(call);
}

static void
child_toggle(void *arg)
{
	LinkCall   *call = arg;
	LinkCall   *on;
	int64		last = link_position_last(call);

	child_settle(call, call->assoc->to_one, requested_to_toggle);
	on = call_of_others(call);
	if (!call->assoc->to_one || on->nitems == 0)
		on->others = child_in_state(call, LINK_LIVE);
	child_write(on);
	link_position_added(on, last);
	call->diff[LINK_ADDED] = on->diff[LINK_ADDED];
	call->diff[LINK_REMOVED] = on->diff[LINK_REMOVED];
}

/* the same call for the items that are not children yet */
static LinkCall *
call_of_others(LinkCall *call)
{
	LinkCall   *some = palloc_object(LinkCall);

	*some = *call;
	some->items = NULL;
	some->nitems = 0;
	for (int i = 0; i < call->nitems; i++)
	{
		if (call->items[i].state != LINK_LIVE)
		{
			link_append_item(some, call->items[i].key, NULL, call->items[i].path);
			some->items[some->nitems - 1].state = call->items[i].state;
			some->items[some->nitems - 1].given = call->items[i].given;
		}
	}
	link_sort_items(some);
	return some;
}

/* the items become children, the others cease to be */
static void
child_write(LinkCall *call)
{
	List	   *movable = child_in_state(call, LINK_HIDDEN);

	raise_absent(call);
	child_remove(call, call->others);
	if (movable != NIL && child_move(call, movable, NULL) < list_length(movable))
	{
		link_check_fixed(call, movable);
		/* gone, or moved here by somebody else */
		child_mark(call, STATEMENT_WRITE, false);
		raise_absent(call);
	}
	/* children already, and not moved here just now */
	record_keys(call, LINK_UNCHANGED, child_in_state(call, LINK_LIVE));
}

/* keys of the items in a state */
static List *
child_in_state(LinkCall *call, LinkState state)
{
	List	   *keys = NIL;

	for (int i = 0; i < call->nitems; i++)
	{
		if (call->items[i].state == state)
			keys = lappend(keys, call->items[i].key);
	}
	return keys;
}

/* to this source, with what the association's scope demands; NULL: from wherever they are */
static int
child_move(LinkCall *call, List *keys, LinkCall *from)
{
	const ResolvedAssociation *assoc = call->assoc;
	LinkReference pointer = child_pointer(call);
	Written		written = written_children(call, keys);
	bool		first;
	Statement	s;

	link_check_pointer(&pointer);
	statement_update(&s, assoc->target->relid, assoc->target->quoted_table);
	first = !link_sql_point(&s, call, call->source, 0);
	for (int i = 0; i < call->ntarget_scope; i++)
	{
		LinkScope  *scope = &call->target_scope[i];

		appendStringInfo(&s.sql, "%s%s = ", first ? "" : ", ",
						 quote_identifier(scope->attribute->column));
		statement_param(&s, scope->attribute->type, scope->value, scope->isnull);
		first = false;
	}
	if (first)
		return 0;
	statement_touch(&s, assoc->target, NULL);
	statement_where(&s);
	link_sql_key_list(&s, "t", call->nkey, call->key, keys);
	link_sql_fits(&s, call, call->source, 0);
	appendStringInfoString(&s.sql, " AND (");
	append_parent(&s, from ? from : call);
	appendStringInfoString(&s.sql, from ? ")" : ") IS NOT TRUE");
	statement_returning(&s);
	statement_columns(&s, "t", call->nkey, call->key);
	return record_rows(call, violation_run(&s, SPI_OK_UPDATE_RETURNING, &written), LINK_ADDED);
}

static LinkReference
child_pointer(LinkCall *call)
{
	const ResolvedAssociation *assoc = call->assoc;
	LinkReference pointer = link_pointer(assoc->target, assoc->source, assoc->nsource, assoc->source_ref, assoc->source_key, call->source);

	pointer.value_path = call->source_path;
	return pointer;
}

static Written
written_children(LinkCall *call, List *keys)
{
	const ResolvedAssociation *assoc = call->assoc;
	List	   *rows = NIL;

	foreach_ptr(Datum, key, keys)
	{
		LinkItem   *item = link_find_item(call, key);

		rows = lappend(rows, link_pointing(item ? item->path : NULL, call->source,
										   call->source_path));
	}
	return link_written_pointers(assoc->target, assoc->nsource, assoc->source_ref,
								 assoc->source_key, rows);
}

static void
child_remove(LinkCall *call, List *keys)
{
	const ResolvedAssociation *assoc = call->assoc;
	Attribute **cleared = palloc_array(Attribute *, assoc->nsource);
	Statement	s;

	if (keys == NIL)
		return;
	statement_init(&s);
	if (link_columns_to_clear(call, cleared) == 0)
	{
		appendStringInfoString(&s.sql, "SELECT ");
		statement_columns(&s, "t", call->nkey, call->key);
		appendStringInfo(&s.sql, " FROM %s AS t WHERE ", assoc->target->quoted_table);
		append_unlinked(&s, call, keys);
		appendStringInfoString(&s.sql, " LIMIT 1");
		if (statement_run(&s, STATEMENT_WRITE, SPI_OK_SELECT) > 0)
			link_raise_not_null(call);
		return;
	}
	statement_update(&s, assoc->target->relid, assoc->target->quoted_table);
	link_sql_clear(&s, call);
	statement_touch(&s, assoc->target, NULL);
	statement_where(&s);
	append_unlinked(&s, call, keys);
	statement_returning(&s);
	statement_columns(&s, "t", call->nkey, call->key);
	(void) record_rows(call, statement_run(&s, STATEMENT_WRITE, SPI_OK_UPDATE_RETURNING),
					   LINK_REMOVED);
}

void
link_direct_hold(LinkCall *call, List *keys)
{
	if (list_length(keys) > 1)
		link_hold_rows(call->assoc->target, call->nkey, call->key, keys);
}

/*
 * Two calls that write the same rows then wait for each other at the first one, not
 * crosswise.  A distributed table refuses to lock several rows: there its own
 * deadlock detection has to do.
 */
void
link_hold_rows(const Model *model, int nkey, Attribute **key, List *keys)
{
	Statement	s;

	if (keys == NIL || model->distributed)
		return;
	statement_init(&s);
	appendStringInfo(&s.sql, "SELECT FROM %s AS t WHERE ", model->quoted_table);
	link_sql_key_list(&s, "t", nkey, key, keys);
	appendStringInfoString(&s.sql, " ORDER BY ");
	statement_columns(&s, "t", nkey, key);
	appendStringInfoString(&s.sql, " FOR NO KEY UPDATE OF t");
	(void) statement_run(&s, STATEMENT_WRITE, SPI_OK_SELECT);
	SPI_freetuptable(SPI_tuptable);
}

/* keys of all children, each with a true: none is hidden */
static uint64
child_read(LinkCall *call, StatementMode mode)
{
	Statement	s;

	statement_init(&s);
	append_children(&s, call);
	return statement_run(&s, mode, SPI_OK_SELECT);
}

static uint64
child_read_given(LinkCall *call, StatementMode mode)
{
	Statement	s;

	statement_init(&s);
	append_children(&s, call);
	appendStringInfoString(&s.sql, " AND ");
	append_items(&s, call);
	return statement_run(&s, mode, SPI_OK_SELECT);
}

/* ---- pieces of SQL ---- */

static void
append_children(Statement *s, LinkCall *call)
{
	append_select(s, call);
	appendStringInfo(&s->sql, ", true FROM %s AS t WHERE ", call->assoc->target->quoted_table);
	append_parent(s, call);
	/* where there is room for one, one that is deleted must leave it too */
	if (!call->assoc->to_one)
		statement_and_not_deleted(s, call->assoc->target, "t");
}

static void
append_select(Statement *s, LinkCall *call)
{
	appendStringInfoString(&s->sql, "SELECT ");
	statement_columns(s, "t", call->nkey, call->key);
}

static void
append_unlinked(Statement *s, LinkCall *call, List *keys)
{
	append_parent(s, call);
	appendStringInfoString(&s->sql, " AND ");
	link_sql_key_list(s, "t", call->nkey, call->key, keys);
}

/* t is a child of the source, in the association's scope; a soft-deleted source has none */
static void
append_parent(Statement *s, LinkCall *call)
{
	const ResolvedAssociation *assoc = call->assoc;

	link_sql_source(s, call, "t");
	link_sql_and_scope(s, "t", call->ntarget_scope, call->target_scope);
	if (assoc->source->deleted_at != NULL)
	{
		appendStringInfoString(&s->sql, " AND ");
		link_sql_end_lives(s, assoc->source, assoc->nsource, assoc->source_key, assoc->source_ref);
	}
}

static void
append_items(Statement *s, LinkCall *call)
{
	Datum	  **keys = palloc_array(Datum *, Max(call->nitems, 1));

	for (int i = 0; i < call->nitems; i++)
		keys[i] = call->items[i].key;
	link_sql_keys(s, "t", call->nkey, call->key, call->key, call->nitems, keys);
}

/* ---- rules ---- */

static int
record_rows(LinkCall *call, uint64 rows, LinkOutcome outcome)
{
	for (uint64 i = 0; i < rows; i++)
	{
		Datum	   *key = link_tuple_values(i, 1, call->nkey, call->key);
		LinkItem   *item = call->nitems > 0 ? link_find_item(call, key) : NULL;

		if (item != NULL)
			item->state = LINK_DONE;
		link_record(call, outcome, key, NULL);
	}
	SPI_freetuptable(SPI_tuptable);
	return (int) rows;
}

static void
record_keys(LinkCall *call, LinkOutcome outcome, List *keys)
{
	foreach_ptr(Datum, key, keys)
		link_record(call, outcome, key, NULL);
}

static void
raise_absent(LinkCall *call)
{
	LinkIds		ids = link_ids(call->nitems);
	LinkUnknown unknown = {0};

	for (int i = 0; i < call->nitems; i++)
	{
		if (call->items[i].state == LINK_ABSENT)
			link_ids_add(&ids, call->items[i].key, call->items[i].path);
	}
	if (ids.n == 0)
		return;
	link_add_unknown(&unknown, call->assoc->target, call->nkey, call->key, &ids);
	link_raise_all_unknown(&unknown, call->document);
}

static void
raise_not_linked(LinkCall *call)
{
	List	   *missing = NIL;

	for (int i = 0; i < call->nitems; i++)
	{
		if (call->items[i].state != LINK_LIVE)
			missing = lappend(missing, &call->items[i]);
	}
	if (missing != NIL)
		link_raise_not_linked(call, missing);
}

void
link_need_one(LinkCall *call)
{
	if (call->nitems > 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" links one row, not %d",
						call->assoc->association->alias, call->nitems)));
}
