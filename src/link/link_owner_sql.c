/*-------------------------------------------------------------------------
 *
 * link_owner_sql.c
 *	  The statements of belongs_to: what rows point at, read and written.
 *
 * A row is written as long as it points at what was read of it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "deparse/sql_text.h"
#include "deparse/statement.h"
#include "executor/spi.h"
#include "link/link_owner.h"
#include "utils/builtins.h"

/* owners written together */
typedef struct OwnerGroup
{
	bool		had;			/* all pointed at something, or none did */
	bool		has;			/* all will, or none */
	List	   *owners;
} OwnerGroup;

static void append_read(SqlText *s, Owners *o);
static void note_owner(Owners *o, uint64 row);
static OwnerGroup group_of(Owners *o, bool had, bool has);
static void check_targets(LinkCall *call, const OwnerGroup *group);
static const DocPath *path_after(const Owner *owner);
static Written written_owners(LinkCall *call, const OwnerGroup *group);
static bool append_set(SqlText *s, LinkCall *call, const OwnerGroup *group);
static int	first_after(LinkCall *call, const OwnerGroup *group);
static void append_rows(SqlText *s, LinkCall *call, const OwnerGroup *group);
static void append_where(SqlText *s, LinkCall *call, const OwnerGroup *group);
static void record_written(Owners *o, uint64 rows);

void
link_owner_read(Owners *o, StatementMode mode)
{
	SqlText		s;
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
append_read(SqlText *s, Owners *o)
{
	LinkCall   *call = o->call;
	const ResolvedAssociation *assoc = call->assoc;
	List	   *sources = NIL;

	for (int i = 0; i < o->n; i++)
		sources = lappend(sources, o->rows[i].call->source);
	statement_init(s);
	sql_append(s, "SELECT %s", sql_columns("t", call->nsource, call->source_key));
	for (int i = 0; i < assoc->nsource; i++)
		sql_append(s, ", CAST(%s AS %s)", sql_column("t", assoc->source_key[i]),
				   sql_type(assoc->source_ref[i]->type, -1));
	/* whether the row that is pointed at is not soft-deleted */
	sql_append(s, ", %s", assoc->target->deleted_at == NULL ? "true" :
			   link_sql_end_lives(s, assoc->source, assoc->target, assoc->nsource, assoc->source_ref,
								  assoc->source_key));
	sql_append(s, " FROM %s AS t WHERE %s", assoc->source->quoted_table,
			   link_sql_key_list(s, "t", call->nsource, call->source_key, sources));
	sql_and_not_deleted(s, call->assoc->source, "t");
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

void
link_owner_write(Owners *o, bool had, bool has)
{
	LinkCall   *call = o->call;
	OwnerGroup	group = group_of(o, had, has);
	Written		written;
	SqlText		s;

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
	statement_returning(&s, statement_row_columns(call->nsource));
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
	LinkReference pointer = link_direct_pointer(assoc);
	LinkIds		ids = link_ids(list_length(group->owners));

	if (!group->has)
		return;
	foreach_ptr(Owner, owner, group->owners)
		link_ids_add(&ids, owner->after, path_after(owner));
	pointer.document = call->document;
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
append_set(SqlText *s, LinkCall *call, const OwnerGroup *group)
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
append_rows(SqlText *s, LinkCall *call, const OwnerGroup *group)
{
	int			n = list_length(group->owners);
	StatementColumn *columns = palloc_array(StatementColumn, call->nsource + 2 * call->nkey);
	StatementColumn *next = columns;
	Datum	  **source = palloc_array(Datum *, n);
	Datum	  **before = palloc_array(Datum *, n);
	Datum	  **after = palloc_array(Datum *, n);

	foreach_ptr(const Owner, owner, group->owners)
	{
		int			i = foreach_current_index(owner);

		source[i] = owner->call->source;
		before[i] = owner->before;
		after[i] = owner->after;
	}
	next = statement_keys(next, call->nsource, call->source_key, n, source);
	if (group->had)
		next = statement_keys(next, call->nkey, call->key, n, before);
	if (group->has)
		next = statement_keys(next, call->nkey, call->key, n, after);
	statement_from(s, statement_rows(s, n, next - columns, columns));
}

/* the row that was read, as long as it points where it did then */
static void
append_where(SqlText *s, LinkCall *call, const OwnerGroup *group)
{
	const ResolvedAssociation *assoc = call->assoc;

	/* of one, the one shard that Citus asks */
	statement_where(s, list_length(group->owners) > 1 ?
					statement_equal_row(call->nsource, call->source_key, call->source_key, 1) :
					statement_equal_key(s, "t", call->nsource, call->source_key, call->source_key,
										((Owner *) linitial(group->owners))->call->source));
	sql_append(s, " AND (%s", group->had ?
			   statement_equal_row(assoc->nsource, assoc->source_key, assoc->source_ref, call->nsource + 1) : "");
	for (int i = 0; !group->had && i < assoc->nsource; i++)
		sql_append(s, "%s%s IS NULL", i > 0 ? " OR " : "", sql_column("t", assoc->source_key[i]));
	sql_append(s, ")");
	if (group->has)
		link_sql_fits(s, call, NULL, first_after(call, group));
	sql_and_not_deleted(s, call->assoc->source, "t");
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
