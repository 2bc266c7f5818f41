/*-------------------------------------------------------------------------
 *
 * link_owner_many.c
 *	  What many rows point at set at once: belongs_to.
 *
 * Decides which rows are written together: those that pointed at something and are to point
 * at nothing, those for which it is the other way round, and those that change.  So
 * there are three statements at most, however many rows there are; they are repeated only for
 * rows that somebody else wrote meanwhile.
 *
 * Where only one row may point at another, those that leave a place which others are given
 * point at nothing first, so that rows can exchange them; where they must always
 * point at something, they are written one by one, in an order that the key accepts.
 *
 * Rows are locked in key order before the first is written, as link_direct.c does.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "base/attempt.h"
#include "base/compat.h"
#include "catalog/pg_index.h"
#include "deparse/sql_text.h"
#include "deparse/statement.h"
#include "executor/spi.h"
#include "link/link.h"
#include "miscadmin.h"
#include "registry/table_rewrites.h"
#include "utils/builtins.h"
#include "utils/rel.h"
#include "utils/syscache.h"

typedef struct Owner
{
	LinkCall   *call;
	bool		exists;
	bool		done;
	bool		makes_room;		/* to be cleared before another one takes its place */
	Datum	   *before;			/* the key that its row points at; NULL: none */
	bool		shown;			/* and that row is not soft-deleted */
	Datum	   *after;
} Owner;

typedef struct Owners
{
	LinkCall   *call;			/* any of them */
	int			n;
	Owner	   *rows;			/* by number of source */
	KeyTable	numbers;
	bool		exclusive;		/* no two may point at the same row */
	bool		nullable;		/* they may point at nothing */
} Owners;

/* owners written together */
typedef struct OwnerGroup
{
	bool		had;			/* all pointed at something, or none did */
	bool		has;			/* all will, or none */
	List	   *owners;
} OwnerGroup;

static void set_in_turn(Owners *o, LinkCall **calls);
static void set_one(void *arg, int number);
static void note_refused(Owners *o);
static void check_fixed(Owners *o);
static void owners_init(Owners *o, LinkCall **calls, int n);
static bool is_exclusive(const Model *model, int n, Attribute **columns);
static bool is_unique_over(Oid index, int n, Attribute **columns);
static void read_owners(Owners *o, StatementMode mode);
static void append_read(Statement *s, Owners *o);
static void append_shown(Statement *s, LinkCall *call);
static void note_owner(Owners *o, uint64 row);
static void check_snapshot(Owners *o);
static bool same_target(LinkCall *call, const Datum *a, const Datum *b);
static bool any_differs(Owners *o);
static bool settle(Owners *o);
static void raise_unsettled(Owners *o, bool missing);
static void hold_rows(Owners *o);
static void make_room(Owners *o);
static void write_group(Owners *o, bool had, bool has);
static OwnerGroup group_of(Owners *o, bool had, bool has);
static void check_targets(LinkCall *call, const OwnerGroup *group);
static const DocPath *path_after(const Owner *owner);
static Written written_owners(LinkCall *call, const OwnerGroup *group);
static bool append_set(Statement *s, LinkCall *call, const OwnerGroup *group);
static int	first_after(LinkCall *call, const OwnerGroup *group);
static void append_rows(Statement *s, LinkCall *call, const OwnerGroup *group);
static void add_columns(StatementColumn **next, int n, Attribute **attributes,
						List *owners, Datum *(*key) (const Owner *));
static Datum *key_of_source(const Owner *owner);
static Datum *key_before(const Owner *owner);
static Datum *key_after(const Owner *owner);
static void append_where(Statement *s, LinkCall *call, const OwnerGroup *group);
static void record_written(Owners *o, uint64 rows);

void
link_owner_set_many(LinkCall **calls, int n)
{
	bool		may_refuse = table_rewrites(calls[0]->assoc->source, CMD_UPDATE);
	Owners		o;

	owners_init(&o, calls, n);
	if (o.exclusive && !o.nullable)
	{
		set_in_turn(&o, calls);
		return;
	}
	for (int conflicts = 0; conflicts <= LINK_MAX_CONFLICTS; conflicts++)
	{
		CHECK_FOR_INTERRUPTS();
		read_owners(&o, STATEMENT_WRITE);
		check_snapshot(&o);
		/* those that stay as they are too, for that is part of the answer */
		if (conflicts == 0 && any_differs(&o))
		{
			hold_rows(&o);
			read_owners(&o, STATEMENT_WRITE);
		}
		if (settle(&o))
			return;
		raise_unsettled(&o, true);
		make_room(&o);
		write_group(&o, true, false);
		write_group(&o, false, true);
		write_group(&o, true, true);
		if (may_refuse)
			note_refused(&o);
	}
	check_fixed(&o);
	raise_unsettled(&o, false);
}

static void
set_in_turn(Owners *o, LinkCall **calls)
{
	bool	   *done = palloc0_array(bool, o->n);

	hold_rows(o);
	if (attempt_each(o->n, set_one, calls, ERRCODE_UNIQUE_VIOLATION, done))
		return;
	/* the server says why not */
	for (int i = 0; i < o->n; i++)
	{
		if (!done[i])
			link_direct_set_locked(calls[i]);
	}
}

static void
set_one(void *arg, int number)
{
	LinkCall  **calls = arg;
	LinkCall   *call = link_saved_call(calls[number]);

	link_direct_set_locked(call);
	*calls[number] = *call;
}

/* a trigger, or a rule, keeps those that are there and were not written: they are held */
static void
note_refused(Owners *o)
{
	check_fixed(o);
	read_owners(o, STATEMENT_WRITE);
	for (int i = 0; i < o->n; i++)
		o->rows[i].done |= o->rows[i].exists;
}

static void
check_fixed(Owners *o)
{
	for (int i = 0; i < o->n; i++)
	{
		if (!o->rows[i].done && o->rows[i].after != NULL)
			link_check_fixed(o->rows[i].call, list_make1(o->rows[i].after));
	}
}

static void
owners_init(Owners *o, LinkCall **calls, int n)
{
	const ResolvedAssociation *assoc = calls[0]->assoc;
	Attribute **cleared = palloc_array(Attribute *, assoc->nsource);
	int			ncleared = link_columns_to_clear(calls[0], cleared);

	o->nullable = ncleared > 0;
	o->exclusive = is_exclusive(assoc->source, o->nullable ? ncleared : assoc->nsource,
								o->nullable ? cleared : assoc->source_key);
	o->call = calls[0];
	o->n = n;
	o->rows = palloc0_array(Owner, n);
	o->numbers = link_number_sources(calls, n);
	for (int i = 0; i < n; i++)
	{
		o->rows[i].call = calls[i];
		o->rows[i].after = calls[i]->nitems > 0 ? calls[i]->items[0].key : NULL;
	}
}

/* a unique index of any form, be it of some rows only, may need one row written before another */
static bool
is_exclusive(const Model *model, int n, Attribute **columns)
{
	Relation	rel = table_open(model->relid, NoLock);
	bool		exclusive = false;

	foreach_oid(oid, RelationGetIndexList(rel))
		exclusive = exclusive || is_unique_over(oid, n, columns);
	table_close(rel, NoLock);
	return exclusive;
}

static bool
is_unique_over(Oid index, int n, Attribute **columns)
{
	HeapTuple	tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(index));
	Form_pg_index form;
	bool		found = false;

	if (!HeapTupleIsValid(tuple))
		return false;
	form = (Form_pg_index) GETSTRUCT(tuple);
	for (int k = 0; form->indisunique && form->indimmediate && k < form->indnkeyatts; k++)
	{
		for (int i = 0; i < n; i++)
			found = found || form->indkey.values[k] == columns[i]->attnum;
	}
	ReleaseSysCache(tuple);
	return found;
}

static void
read_owners(Owners *o, StatementMode mode)
{
	Statement	s;
	uint64		rows;

	append_read(&s, o);
	rows = statement_run(&s, mode, SPI_OK_SELECT);
	for (int i = 0; i < o->n; i++)
	{
		o->rows[i].exists = false;
		o->rows[i].before = NULL;
	}
	for (uint64 i = 0; i < rows; i++)
		note_owner(o, i);
	SPI_freetuptable(SPI_tuptable);
}

static void
append_read(Statement *s, Owners *o)
{
	LinkCall   *call = o->call;
	const ResolvedAssociation *assoc = call->assoc;
	List	   *sources = NIL;

	for (int i = 0; i < o->n; i++)
		sources = lappend(sources, o->rows[i].call->source);
	statement_init(s);
	appendStringInfoString(&s->sql, "SELECT ");
	statement_columns(s, "t", call->nsource, call->source_key);
	for (int i = 0; i < assoc->nsource; i++)
		appendStringInfo(&s->sql, ", CAST(t.%s AS %s)",
						 quote_identifier(assoc->source_key[i]->column),
						 sql_type(assoc->source_ref[i]->type, -1));
	append_shown(s, call);
	appendStringInfo(&s->sql, " FROM %s AS t WHERE ", assoc->source->quoted_table);
	link_sql_key_list(s, "t", call->nsource, call->source_key, sources);
	statement_and_not_deleted(s, call->assoc->source, "t");
}

/* whether the row that is pointed at is not soft-deleted */
static void
append_shown(Statement *s, LinkCall *call)
{
	const ResolvedAssociation *assoc = call->assoc;
	const Model *target = assoc->target;

	appendStringInfoString(&s->sql, target->deleted_at ? ", EXISTS (SELECT FROM " : ", true");
	if (target->deleted_at == NULL)
		return;
	appendStringInfo(&s->sql, "%s AS o WHERE o.%s IS NULL", target->quoted_table,
					 quote_identifier(target->deleted_at->column));
	for (int i = 0; i < assoc->nsource; i++)
	{
		appendStringInfoString(&s->sql, " AND ");
		statement_equal(s, psprintf("o.%s", quote_identifier(assoc->source_ref[i]->column)), assoc->source_ref[i],
						psprintf("t.%s", quote_identifier(assoc->source_key[i]->column)), assoc->source_key[i]);
	}
	appendStringInfoChar(&s->sql, ')');
}

static void
note_owner(Owners *o, uint64 row)
{
	LinkCall   *call = o->call;
	int			number = key_table_find(&o->numbers, link_tuple_values(row, 1, call->nsource,
																	   call->source_key));

	if (number < 0)
		return;
	o->rows[number].exists = true;
	o->rows[number].before = statement_key(row, call->nsource + 1, call->nkey);
	o->rows[number].shown = statement_is_true(row, call->nsource + call->nkey + 1);
}

static void
check_snapshot(Owners *o)
{
	Owners		latest = *o;

	if (!IsolationUsesXactSnapshot())
		return;
	latest.rows = palloc_array(Owner, o->n);
	memcpy(latest.rows, o->rows, sizeof(Owner) * o->n);
	read_owners(&latest, STATEMENT_LATEST);
	for (int i = 0; i < o->n; i++)
	{
		if (!same_target(o->call, o->rows[i].before, latest.rows[i].before))
			link_raise_stale(o->call);
	}
}

static bool
same_target(LinkCall *call, const Datum *a, const Datum *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return link_same_key(call, a, b);
}

static bool
any_differs(Owners *o)
{
	for (int i = 0; i < o->n; i++)
	{
		if (!same_target(o->call, o->rows[i].before, o->rows[i].after))
			return true;
	}
	return false;
}

/* note those that need not be written; true when there are no others */
static bool
settle(Owners *o)
{
	bool		settled = true;

	for (int i = 0; i < o->n; i++)
	{
		Owner	   *owner = &o->rows[i];

		if (!owner->done && same_target(o->call, owner->before, owner->after) &&
			(owner->before == NULL || owner->shown))
		{
			owner->done = true;
			if (owner->after != NULL)
				link_record(owner->call, LINK_UNCHANGED, owner->after, NULL);
		}
		settled = settled && owner->done;
	}
	return settled;
}

/* sources that are to point at something and do not exist; or all that nobody could write */
static void
raise_unsettled(Owners *o, bool missing)
{
	LinkIds		ids = link_ids(o->n);

	for (int i = 0; i < o->n; i++)
	{
		if (!o->rows[i].done && !(missing && o->rows[i].exists))
			link_ids_add(&ids, o->rows[i].call->source, o->rows[i].call->source_path);
	}
	if (ids.n > 0)
		link_raise_unknown(o->call->assoc->source, o->call->nsource, o->call->source_key, &ids);
}

static void
hold_rows(Owners *o)
{
	List	   *keys = NIL;

	for (int i = 0; i < o->n; i++)
	{
		if (!o->rows[i].done)
			keys = lappend(keys, o->rows[i].call->source);
	}
	if (list_length(keys) > 1)
		link_hold_rows(o->call->assoc->source, o->call->nsource, o->call->source_key, keys);
}

/* which rows leave a place that another one is given */
static void
make_room(Owners *o)
{
	KeyTable	requested;
	bool		found;

	if (!o->exclusive)
		return;
	key_table_init(&requested, o->call->nkey, o->call->key_columns, CurrentMemoryContext);
	for (int i = 0; i < o->n; i++)
	{
		if (!o->rows[i].done && o->rows[i].after != NULL)
			(void) key_table_add(&requested, o->rows[i].after, &found);
	}
	for (int i = 0; i < o->n; i++)
	{
		Owner	   *owner = &o->rows[i];

		owner->makes_room = !owner->done && owner->before != NULL && owner->after != NULL &&
			key_table_find(&requested, owner->before) >= 0;
	}
}

static void
write_group(Owners *o, bool had, bool has)
{
	LinkCall   *call = o->call;
	OwnerGroup	group = group_of(o, had, has);
	Written		written;
	Statement	s;

	if (group.owners == NIL)
		return;
	check_targets(call, &group);
	written = written_owners(call, &group);
	if (!append_set(&s, call, &group))
		return;
	statement_touch(&s, call->assoc->source, NULL);
	append_rows(&s, call, &group);
	append_where(&s, call, &group);
	/* the key that was given: what a row points at may be part of its own */
	statement_returning(&s);
	statement_row_key(&s, call->nsource, call->source_key);
	record_written(o, violation_run(&s, SPI_OK_UPDATE_RETURNING, &written));
}

static OwnerGroup
group_of(Owners *o, bool had, bool has)
{
	OwnerGroup	group = {had, has, NIL};

	for (int i = 0; i < o->n; i++)
	{
		Owner	   *owner = &o->rows[i];

		if (!owner->done && (owner->before != NULL) == had &&
			(owner->after != NULL && !owner->makes_room) == has)
			group.owners = lappend(group.owners, owner);
	}
	return group;
}

/* error where one is known not to exist; else left to the foreign key */
static void
check_targets(LinkCall *call, const OwnerGroup *group)
{
	const ResolvedAssociation *assoc = call->assoc;
	LinkReference pointer = link_pointer(assoc->source, assoc->target, assoc->nsource, assoc->source_key, assoc->source_ref, NULL);
	LinkIds		ids = link_ids(list_length(group->owners));

	if (!group->has)
		return;
	foreach_ptr(Owner, owner, group->owners)
		link_ids_add(&ids, owner->after, path_after(owner));
	link_check_pointers(&pointer, &ids, 0, NULL);
}

/* what an owner is to point at is the one id that it is given */
static const DocPath *
path_after(const Owner *owner)
{
	return owner->call->nitems > 0 ? owner->call->items[0].path : NULL;
}

static Written
written_owners(LinkCall *call, const OwnerGroup *group)
{
	const ResolvedAssociation *assoc = call->assoc;
	List	   *rows = NIL;

	foreach_ptr(const Owner, owner, group->owners)
	{
		rows = lappend(rows, link_pointing(owner->call->source_path,
										   group->has ? owner->after : NULL,
										   path_after(owner)));
	}
	return link_written_pointers(assoc->source, assoc->nsource, assoc->source_key,
								 assoc->source_ref, rows);
}

/*
 * Rows of append_rows are the source's key, what it pointed at, what it is to point at.  False:
 * there is nothing to be set.
 */
static bool
append_set(Statement *s, LinkCall *call, const OwnerGroup *group)
{
	const Model *model = call->assoc->source;

	statement_update(s, model->relid, model->quoted_table);
	if (group->has)
		return link_sql_point(s, call, NULL, first_after(call, group));
	link_sql_clear(s, call);
	return true;
}

static int
first_after(LinkCall *call, const OwnerGroup *group)
{
	return call->nsource + (group->had ? call->nkey : 0) + 1;
}

static void
append_rows(Statement *s, LinkCall *call, const OwnerGroup *group)
{
	StatementColumn *columns = palloc_array(StatementColumn, call->nsource + 2 * call->nkey);
	StatementColumn *next = columns;

	add_columns(&next, call->nsource, call->source_key, group->owners, key_of_source);
	if (group->had)
		add_columns(&next, call->nkey, call->key, group->owners, key_before);
	if (group->has)
		add_columns(&next, call->nkey, call->key, group->owners, key_after);
	statement_from(s);
	statement_rows(s, list_length(group->owners), next - columns, columns);
}

static void
add_columns(StatementColumn **next, int n, Attribute **attributes,
			List *owners, Datum *(*key) (const Owner *))
{
	for (int i = 0; i < n; i++)
	{
		StatementColumn *column = (*next)++;
		ListCell   *lc;

		*column = statement_column(attributes[i]->type, list_length(owners));
		foreach(lc, owners)
			column->values[foreach_current_index(lc)] = key(lfirst(lc))[i];
	}
}

static Datum *
key_of_source(const Owner *owner)
{
	return owner->call->source;
}

static Datum *
key_before(const Owner *owner)
{
	return owner->before;
}

static Datum *
key_after(const Owner *owner)
{
	return owner->after;
}

/* the row that was read, as long as it points where it did then */
static void
append_where(Statement *s, LinkCall *call, const OwnerGroup *group)
{
	const ResolvedAssociation *assoc = call->assoc;

	statement_where(s);
	statement_equal_row(s, call->nsource, call->source_key, call->source_key, 1);
	appendStringInfoString(&s->sql, " AND (");
	if (group->had)
		statement_equal_row(s, assoc->nsource, assoc->source_key, assoc->source_ref, call->nsource + 1);
	for (int i = 0; !group->had && i < assoc->nsource; i++)
		appendStringInfo(&s->sql, "%st.%s IS NULL", i > 0 ? " OR " : "",
						 quote_identifier(assoc->source_key[i]->column));
	appendStringInfoChar(&s->sql, ')');
	if (group->has)
		link_sql_fits(s, call, NULL, first_after(call, group));
	statement_and_not_deleted(s, call->assoc->source, "t");
}

static void
record_written(Owners *o, uint64 rows)
{
	for (uint64 i = 0; i < rows; i++)
	{
		int			number = key_table_find(&o->numbers,
											link_tuple_values(i, 1, o->call->nsource,
															  o->call->source_key));
		Owner	   *owner = &o->rows[number];

		Assert(number >= 0);
		if (owner->before != NULL && owner->shown)
			link_record(owner->call, LINK_REMOVED, owner->before, NULL);
		if (owner->after != NULL && !owner->makes_room)
			link_record(owner->call, LINK_ADDED, owner->after, NULL);
		owner->done = !owner->makes_room;
		owner->makes_room = false;
		owner->before = NULL;
	}
	SPI_freetuptable(SPI_tuptable);
}
