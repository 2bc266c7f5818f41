/*-------------------------------------------------------------------------
 *
 * link_direct.c
 *	  has, add, set, remove and toggle where the link is a foreign key in one of the two
 *	  rows: has_many, has_one and belongs_to.
 *
 * Decides what the verbs mean there.  A row that is added is moved here from wherever
 * it was; a row that is removed has its foreign key set to NULL, which is an
 * error where that must not be.  Rows are never deleted.
 *
 * A has_one or belongs_to holds one row: adding replaces the one before.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"
#include "executor/spi.h"
#include "link.h"
#include "statement.h"
#include "utils/builtins.h"

static bool owner_has(LinkCall *call, StatementMode mode);
static void owner_set(LinkCall *call, Datum *key);
static void owner_remove(LinkCall *call);
static Datum *owner_read(LinkCall *call, StatementMode mode);
static void child_mark(LinkCall *call, StatementMode mode);
static void child_toggle(LinkCall *call);
static LinkCall *call_of_items(LinkCall *call, bool live);
static void child_add(LinkCall *call);
static void child_move(LinkCall *call);
static void child_remove(LinkCall *call, bool others);
static uint64 child_read(LinkCall *call, StatementMode mode);
static void append_unlinked(Statement *s, LinkCall *call, bool others);
static void append_parent(Statement *s, LinkCall *call);
static void append_items(Statement *s, LinkCall *call);
static void append_owner(Statement *s, LinkCall *call);
static int	nullable_columns(int n, Attribute **columns, Attribute **nullable);
static void raise_not_null(LinkCall *call, const Model *model, int n, Attribute **columns);
static void record_rows(LinkCall *call, uint64 rows, LinkOutcome outcome);
static bool same_key(LinkCall *call, const Datum *a, const Datum *b);
static void need_one(LinkCall *call);

bool
link_direct_has(LinkCall *call)
{
	if (call->ends->association->kind == BELONGS_TO)
		return owner_has(call, STATEMENT_READ);
	child_mark(call, STATEMENT_READ);
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
	if (call->ends->to_one)
	{
		link_direct_set(call);
		return;
	}
	link_lock_source(call, ShareLock);
	child_add(call);
}

void
link_direct_set(LinkCall *call)
{
	if (call->ends->to_one)
		need_one(call);
	link_lock_source(call, ExclusiveLock);
	if (call->ends->association->kind == BELONGS_TO)
	{
		owner_set(call, call->nitems > 0 ? call->items[0].key : NULL);
		return;
	}
	link_check_snapshot(call, child_read);
	child_remove(call, true);
	if (call->nitems > 0)
		child_add(call);
}

void
link_direct_remove(LinkCall *call)
{
	link_lock_source(call, RowExclusiveLock);
	if (call->ends->association->kind == BELONGS_TO)
		owner_remove(call);
	else
		child_remove(call, false);
}

void
link_direct_toggle(LinkCall *call)
{
	if (call->ends->to_one)
		need_one(call);
	link_lock_source(call, ExclusiveLock);
	if (call->ends->association->kind == BELONGS_TO)
		owner_set(call, owner_has(call, STATEMENT_WRITE) ? NULL : call->items[0].key);
	else
	{
		link_check_snapshot(call, child_read);
		child_toggle(call);
	}
}

void
link_direct_need_linked(LinkCall *call)
{
	List	   *missing = NIL;

	if (call->ends->association->kind == BELONGS_TO)
	{
		need_one(call);
		if (!owner_has(call, STATEMENT_WRITE))
			link_raise_not_linked(call, list_make1(&call->items[0]));
		return;
	}
	child_mark(call, STATEMENT_WRITE);
	for (int i = 0; i < call->nitems; i++)
	{
		if (call->items[i].state != LINK_LIVE)
			missing = lappend(missing, &call->items[i]);
		call->items[i].state = LINK_ABSENT;
	}
	if (missing != NIL)
		link_raise_not_linked(call, missing);
}

/* ---- belongs_to: the foreign key is in the source's own row ---- */

static bool
owner_has(LinkCall *call, StatementMode mode)
{
	Datum	   *key = owner_read(call, mode);

	return key != NULL && call->nitems == 1 && same_key(call, key, call->items[0].key);
}

/* NULL clears */
static void
owner_set(LinkCall *call, Datum *key)
{
	const AssociationEnds *ends = call->ends;
	LinkPointer pointer = {ends->source, ends->target, ends->nsource,
	ends->source_key, ends->source_ref, key};
	Datum	   *before = owner_read(call, STATEMENT_WRITE);
	Attribute **cleared = palloc_array(Attribute *, ends->nsource);
	int			ncleared = nullable_columns(ends->nsource, ends->source_key, cleared);
	Statement	s;

	if (before == NULL && key == NULL)
		return;
	if (before != NULL && key != NULL && same_key(call, before, key))
	{
		link_record(call, LINK_UNCHANGED, key, NULL);
		return;
	}
	if (key == NULL && ncleared == 0)
		raise_not_null(call, ends->source, ends->nsource, ends->source_key);
	if (key != NULL)
		link_check_pointer(&pointer);

	statement_init(&s);
	appendStringInfo(&s.sql, "UPDATE %s AS t SET ", ends->source->quoted_table);
	for (int i = 0; i < (key ? ends->nsource : ncleared); i++)
	{
		appendStringInfo(&s.sql, "%s%s = ", i > 0 ? ", " : "",
						 quote_identifier((key ? ends->source_key[i] : cleared[i])->column));
		if (key != NULL)
			statement_param(&s, ends->source_ref[i]->type, key[i], false);
		else
			appendStringInfoString(&s.sql, "NULL");
	}
	append_owner(&s, call);
	appendStringInfoString(&s.sql, " RETURNING ");
	statement_columns(&s, "t", call->nsource, call->source_key);
	if (link_run_pointed(&s, SPI_OK_UPDATE_RETURNING, 1, &pointer) == 0)
		link_raise_unknown(ends->source, call->nsource, call->source_key, 1, &call->source);
	if (before != NULL)
		link_record(call, LINK_REMOVED, before, NULL);
	if (key != NULL)
		link_record(call, LINK_ADDED, key, NULL);
}

static void
owner_remove(LinkCall *call)
{
	Datum	   *key = owner_read(call, STATEMENT_WRITE);

	for (int i = 0; key != NULL && i < call->nitems; i++)
	{
		if (!same_key(call, key, call->items[i].key))
			continue;
		owner_set(call, NULL);
		return;
	}
}

/* the key that the source's row points at; NULL where it points at nothing or is missing */
static Datum *
owner_read(LinkCall *call, StatementMode mode)
{
	const AssociationEnds *ends = call->ends;
	Datum	   *key = NULL;
	Statement	s;

	statement_init(&s);
	appendStringInfoString(&s.sql, "SELECT ");
	for (int i = 0; i < ends->nsource; i++)
		appendStringInfo(&s.sql, "%sCAST(t.%s AS %s)", i > 0 ? ", " : "",
						 quote_identifier(ends->source_key[i]->column),
						 format_type_be_qualified(ends->source_ref[i]->type));
	appendStringInfo(&s.sql, " FROM %s AS t", ends->source->quoted_table);
	append_owner(&s, call);
	if (statement_run(&s, mode, SPI_OK_SELECT) > 0)
	{
		bool		isnull = false;

		for (int i = 0; i < ends->nsource && !isnull; i++)
			(void) SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, i + 1, &isnull);
		if (!isnull)
			key = link_tuple_values(0, 1, call->nkey, call->key);
	}
	SPI_freetuptable(SPI_tuptable);
	return key;
}

/* ---- has_many, has_one: the foreign key is in the target's rows ---- */

/* which of the items exist, and which of them are children of the source */
static void
child_mark(LinkCall *call, StatementMode mode)
{
	const AssociationEnds *ends = call->ends;
	Statement	s;
	uint64		rows;

	statement_init(&s);
	appendStringInfoString(&s.sql, "SELECT ");
	statement_columns(&s, "t", call->nkey, call->key);
	appendStringInfoString(&s.sql, ", COALESCE(");
	append_parent(&s, call);
	appendStringInfo(&s.sql, ", false) FROM %s AS t WHERE ", ends->target->quoted_table);
	append_items(&s, call);
	if (ends->target->deleted_at)
		appendStringInfo(&s.sql, " AND t.%s IS NULL",
						 quote_identifier(ends->target->deleted_at->column));
	rows = statement_run(&s, mode, SPI_OK_SELECT);
	for (uint64 i = 0; i < rows; i++)
	{
		LinkItem   *item = link_find_item(call, link_tuple_values(i, 1, call->nkey, call->key));
		bool		isnull;

		if (item != NULL)
			item->state = DatumGetBool(SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc,
													 call->nkey + 1, &isnull)) ?
				LINK_LIVE : LINK_HIDDEN;
	}
	SPI_freetuptable(SPI_tuptable);
}

static void
child_toggle(LinkCall *call)
{
	LinkCall   *off;
	LinkCall   *on;

	child_mark(call, STATEMENT_WRITE);
	off = call_of_items(call, true);
	on = call_of_items(call, false);
	if (off->nitems > 0)
		child_remove(off, false);
	if (on->nitems > 0)
	{
		if (call->ends->to_one)
			child_remove(on, true);
		child_add(on);
	}
	call->diff[LINK_ADDED] = on->diff[LINK_ADDED];
	call->diff[LINK_REMOVED] = list_concat(off->diff[LINK_REMOVED], on->diff[LINK_REMOVED]);
}

/* the same call for the items that are children, or for the others */
static LinkCall *
call_of_items(LinkCall *call, bool live)
{
	LinkCall   *some = palloc_object(LinkCall);

	*some = *call;
	some->items = NULL;
	some->nitems = 0;
	for (int i = 0; i < call->nitems; i++)
	{
		if ((call->items[i].state == LINK_LIVE) == live)
			link_append_item(some, call->items[i].key, NULL);
	}
	link_sort_items(some);
	return some;
}

static void
child_add(LinkCall *call)
{
	const AssociationEnds *ends = call->ends;
	Datum	  **unknown = palloc_array(Datum *, call->nitems);
	int			nunknown = 0;
	bool		any = false;

	child_mark(call, STATEMENT_WRITE);
	for (int i = 0; i < call->nitems; i++)
	{
		LinkItem   *item = &call->items[i];

		if (item->state == LINK_ABSENT)
			unknown[nunknown++] = item->key;
		else if (item->state == LINK_LIVE)
			link_record(call, LINK_UNCHANGED, item->key, NULL);
		else
			any = true;
	}
	if (nunknown > 0)
		link_raise_unknown(ends->target, call->nkey, call->key, nunknown, unknown);
	if (any)
		child_move(call);
}

/* to this source, with what the association's scope demands */
static void
child_move(LinkCall *call)
{
	const AssociationEnds *ends = call->ends;
	LinkPointer pointer = {ends->target, ends->source, ends->nsource,
	ends->source_ref, ends->source_key, call->source};
	Statement	s;

	link_check_pointer(&pointer);
	statement_init(&s);
	appendStringInfo(&s.sql, "UPDATE %s AS t SET ", ends->target->quoted_table);
	for (int i = 0; i < ends->nsource; i++)
	{
		appendStringInfo(&s.sql, "%s%s = ", i > 0 ? ", " : "",
						 quote_identifier(ends->source_ref[i]->column));
		statement_param(&s, ends->source_key[i]->type, call->source[i], false);
	}
	for (int i = 0; i < call->ntarget_scope; i++)
	{
		LinkScope  *scope = &call->target_scope[i];

		appendStringInfo(&s.sql, ", %s = ", quote_identifier(scope->attribute->column));
		statement_param(&s, scope->attribute->type, scope->value, scope->isnull);
	}
	appendStringInfoString(&s.sql, " WHERE ");
	append_items(&s, call);
	appendStringInfoString(&s.sql, " AND (");
	append_parent(&s, call);
	appendStringInfoString(&s.sql, ") IS NOT TRUE RETURNING ");
	statement_columns(&s, "t", call->nkey, call->key);
	record_rows(call, link_run_pointed(&s, SPI_OK_UPDATE_RETURNING, 1, &pointer), LINK_ADDED);
}

/* set: all children but the items; remove: those of the items that are children */
static void
child_remove(LinkCall *call, bool others)
{
	const AssociationEnds *ends = call->ends;
	Attribute **cleared = palloc_array(Attribute *, ends->nsource);
	int			ncleared = nullable_columns(ends->nsource, ends->source_ref, cleared);
	Statement	s;

	statement_init(&s);
	if (ncleared == 0)
	{
		appendStringInfoString(&s.sql, "SELECT ");
		statement_columns(&s, "t", call->nkey, call->key);
		appendStringInfo(&s.sql, " FROM %s AS t WHERE ", ends->target->quoted_table);
		append_unlinked(&s, call, others);
		appendStringInfoString(&s.sql, " LIMIT 1");
		if (statement_run(&s, STATEMENT_WRITE, SPI_OK_SELECT) > 0)
			raise_not_null(call, ends->target, ends->nsource, ends->source_ref);
		return;
	}
	appendStringInfo(&s.sql, "UPDATE %s AS t SET ", ends->target->quoted_table);
	for (int i = 0; i < ncleared; i++)
		appendStringInfo(&s.sql, "%s%s = NULL", i > 0 ? ", " : "",
						 quote_identifier(cleared[i]->column));
	appendStringInfoString(&s.sql, " WHERE ");
	append_unlinked(&s, call, others);
	appendStringInfoString(&s.sql, " RETURNING ");
	statement_columns(&s, "t", call->nkey, call->key);
	record_rows(call, statement_run(&s, STATEMENT_WRITE, SPI_OK_UPDATE_RETURNING), LINK_REMOVED);
}

/* keys of all children, for link_check_snapshot */
static uint64
child_read(LinkCall *call, StatementMode mode)
{
	Statement	s;

	statement_init(&s);
	appendStringInfoString(&s.sql, "SELECT ");
	statement_columns(&s, "t", call->nkey, call->key);
	appendStringInfo(&s.sql, " FROM %s AS t WHERE ", call->ends->target->quoted_table);
	append_parent(&s, call);
	return statement_run(&s, mode, SPI_OK_SELECT);
}

/* ---- pieces of SQL ---- */

static void
append_unlinked(Statement *s, LinkCall *call, bool others)
{
	append_parent(s, call);
	if (call->nitems == 0)
		return;
	appendStringInfoString(&s->sql, others ? " AND NOT " : " AND ");
	append_items(s, call);
}

/* t is a child of the source, in the association's scope */
static void
append_parent(Statement *s, LinkCall *call)
{
	const AssociationEnds *ends = call->ends;

	for (int i = 0; i < ends->nsource; i++)
	{
		appendStringInfoString(&s->sql, i > 0 ? " AND " : "");
		statement_equal_param(s, "t", ends->source_ref[i], ends->source_key[i]->type,
							  call->source[i]);
	}
	for (int i = 0; i < call->ntarget_scope; i++)
	{
		appendStringInfoString(&s->sql, " AND ");
		link_sql_scope(s, "t", &call->target_scope[i]);
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

static void
append_owner(Statement *s, LinkCall *call)
{
	for (int i = 0; i < call->nsource; i++)
	{
		appendStringInfoString(&s->sql, i > 0 ? " AND " : " WHERE ");
		statement_equal_param(s, "t", call->source_key[i], call->source_key[i]->type,
							  call->source[i]);
	}
	if (call->ends->source->deleted_at)
		appendStringInfo(&s->sql, " AND t.%s IS NULL",
						 quote_identifier(call->ends->source->deleted_at->column));
}

/* ---- rules ---- */

/*
 * Columns to be set to NULL when a row is unlinked.  One that must not be null (a
 * tenant, part of the row's own key) stays: one NULL makes the reference empty.
 */
static int
nullable_columns(int n, Attribute **columns, Attribute **nullable)
{
	int			count = 0;

	for (int i = 0; i < n; i++)
	{
		if (!columns[i]->not_null)
			nullable[count++] = columns[i];
	}
	return count;
}

static void
raise_not_null(LinkCall *call, const Model *model, int n, Attribute **columns)
{
	StringInfoData names;

	initStringInfo(&names);
	for (int i = 0; i < n; i++)
		appendStringInfo(&names, "%s%s", i > 0 ? ", " : "", columns[i]->name);
	ereport(ERROR,
			(errcode(ERRCODE_NOT_NULL_VIOLATION),
			 errmsg("\"%s\" cannot be unlinked: %s of \"%s\" must not be null",
					call->ends->association->alias, names.data, model->name),
			 errhint("Link the row elsewhere or delete it, or drop the NOT NULL constraint.")));
}

static void
record_rows(LinkCall *call, uint64 rows, LinkOutcome outcome)
{
	for (uint64 i = 0; i < rows; i++)
		link_record(call, outcome, link_tuple_values(i, 1, call->nkey, call->key), NULL);
	SPI_freetuptable(SPI_tuptable);
}

static bool
same_key(LinkCall *call, const Datum *a, const Datum *b)
{
	for (int i = 0; i < call->nkey; i++)
	{
		if (key_column_compare(&call->key_columns[i], a[i], b[i]) != 0)
			return false;
	}
	return true;
}

static void
need_one(LinkCall *call)
{
	if (call->nitems > 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" links one row, not %d",
						call->ends->association->alias, call->nitems)));
}
