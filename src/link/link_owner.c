/*-------------------------------------------------------------------------
 *
 * link_owner.c
 *	  The verbs of belongs_to: the foreign key is in the source row.
 *
 * Decides what has, set and remove do with the one row that the source refers to.  Where the
 * foreign key is in the target rows, link_direct.c decides.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "base/attempt.h"
#include "base/compat.h"
#include "deparse/sql_text.h"
#include "deparse/statement.h"
#include "executor/spi.h"
#include "link/link.h"
#include "miscadmin.h"
#include "registry/table_rewrites.h"
#include "utils/builtins.h"

static bool owner_refuses(LinkCall *call, const Datum *before);
pg_noreturn static void raise_no_source(LinkCall *call);
static bool owner_move(LinkCall *call, Datum *before, Datum *key);
static void owner_check_snapshot(LinkCall *call, const Datum *seen);
static bool owner_is_live(LinkCall *call, Datum *key, StatementMode mode);
static Datum *owner_read(LinkCall *call, StatementMode mode);
static Datum *owner_read_row(LinkCall *call, StatementMode mode, bool *exists);
static void append_owner(Statement *s, LinkCall *call);
static void append_before(Statement *s, LinkCall *call, const Datum *before);

bool
link_owner_has(LinkCall *call, StatementMode mode)
{
	Datum	   *key = owner_read(call, mode);

	return key != NULL && call->nitems == 1 && link_same_key(call, key, call->items[0].key) &&
		owner_is_live(call, key, mode);
}

/* to the item, or to nothing where there is none; toggle: or where it points there already */
void
link_owner_set(LinkCall *call, bool toggle)
{
	for (int conflicts = 0; conflicts <= LINK_MAX_CONFLICTS; conflicts++)
	{
		Datum	   *before = owner_read(call, STATEMENT_WRITE);
		Datum	   *key = call->nitems > 0 ? call->items[0].key : NULL;
		bool		same = before != NULL && key != NULL && link_same_key(call, before, key) &&
			owner_is_live(call, before, STATEMENT_WRITE);

		owner_check_snapshot(call, before);
		if (same && !toggle)
		{
			link_record(call, LINK_UNCHANGED, key, NULL);
			return;
		}
		if ((before == NULL && key == NULL) || owner_move(call, before, same ? NULL : key) ||
			owner_refuses(call, before))
			return;
	}
	raise_no_source(call);
}

/* a trigger, or a rule, of the row's table keeps it as it was */
static bool
owner_refuses(LinkCall *call, const Datum *before)
{
	bool		exists;
	Datum	   *key;

	if (!table_rewrites(call->assoc->source, CMD_UPDATE))
		return false;
	key = owner_read_row(call, STATEMENT_WRITE, &exists);
	return exists && (before == NULL ? key == NULL :
					  key != NULL && link_same_key(call, before, key));
}

static void
raise_no_source(LinkCall *call)
{
	LinkIds		ids = link_ids(1);

	link_ids_add(&ids, call->source, call->source_path);
	link_raise_unknown(call->assoc->source, call->nsource, call->source_key, &ids);
}

/* false where the row is gone, or does not point at "before" any more */
static bool
owner_move(LinkCall *call, Datum *before, Datum *key)
{
	const ResolvedAssociation *assoc = call->assoc;
	LinkReference pointer = link_pointer(assoc->source, assoc->target, assoc->nsource, assoc->source_key, assoc->source_ref, key);
	Written		written;
	Statement	s;

	pointer.value_path = call->nitems > 0 ? call->items[0].path : NULL;
	pointer.document = call->document;
	written = link_written_pointers(assoc->source, assoc->nsource, assoc->source_key,
									assoc->source_ref,
									list_make1(link_pointing(call->source_path, key,
															 pointer.value_path)));
	if (key != NULL)
		link_check_pointer(&pointer);
	statement_update(&s, assoc->source->relid, assoc->source->quoted_table);
	if (key == NULL)
		link_sql_clear(&s, call);
	else if (!link_sql_point(&s, call, key, 0))
	{
		link_check_fixed(call, list_make1(key));
		return false;
	}
	statement_touch(&s, assoc->source, NULL);
	append_owner(&s, call);
	append_before(&s, call, before);
	if (key != NULL)
		link_sql_fits(&s, call, key, 0);
	statement_returning(&s);
	statement_columns(&s, "t", call->nsource, call->source_key);
	if (violation_run(&s, SPI_OK_UPDATE_RETURNING, &written) == 0)
	{
		if (key != NULL)
			link_check_fixed(call, list_make1(key));
		return false;
	}
	if (before != NULL && owner_is_live(call, before, STATEMENT_WRITE))
		link_record(call, LINK_REMOVED, before, NULL);
	if (key != NULL)
		link_record(call, LINK_ADDED, key, NULL);
	return true;
}

void
link_owner_remove(LinkCall *call)
{
	for (int conflicts = 0; conflicts <= LINK_MAX_CONFLICTS; conflicts++)
	{
		Datum	   *key = owner_read(call, STATEMENT_WRITE);
		bool		given = false;

		owner_check_snapshot(call, key);
		for (int i = 0; key != NULL && i < call->nitems && !given; i++)
			given = link_same_key(call, key, call->items[i].key);
		if (!given || !owner_is_live(call, key, STATEMENT_WRITE) ||
			owner_move(call, key, NULL) || owner_refuses(call, key))
			return;
	}
}

static void
owner_check_snapshot(LinkCall *call, const Datum *seen)
{
	Datum	   *latest;

	if (!IsolationUsesXactSnapshot())
		return;
	latest = owner_read(call, STATEMENT_LATEST);
	if ((seen == NULL) != (latest == NULL) ||
		(seen != NULL && !link_same_key(call, seen, latest)))
		link_raise_stale(call);
}

/* one that is soft-deleted is pointed at as long as nothing else is, but no link */
static bool
owner_is_live(LinkCall *call, Datum *key, StatementMode mode)
{
	const Model *target = call->assoc->target;
	Statement	s;
	uint64		rows;

	if (target->deleted_at == NULL)
		return true;
	statement_init(&s);
	appendStringInfo(&s.sql, "SELECT FROM %s AS t WHERE ", target->quoted_table);
	link_sql_keys(&s, "t", call->nkey, call->key, call->key, 1, &key);
	statement_and_not_deleted(&s, target, "t");
	rows = statement_run(&s, mode, SPI_OK_SELECT);
	SPI_freetuptable(SPI_tuptable);
	return rows > 0;
}

static Datum *
owner_read(LinkCall *call, StatementMode mode)
{
	bool		exists;

	return owner_read_row(call, mode, &exists);
}

static Datum *
owner_read_row(LinkCall *call, StatementMode mode, bool *exists)
{
	const ResolvedAssociation *assoc = call->assoc;
	Datum	   *key = NULL;
	Statement	s;

	statement_init(&s);
	appendStringInfoString(&s.sql, "SELECT ");
	for (int i = 0; i < assoc->nsource; i++)
		appendStringInfo(&s.sql, "%sCAST(t.%s AS %s)", i > 0 ? ", " : "",
						 quote_identifier(assoc->source_key[i]->column),
						 sql_type(assoc->source_ref[i]->type, -1));
	appendStringInfo(&s.sql, " FROM %s AS t", assoc->source->quoted_table);
	append_owner(&s, call);
	*exists = statement_run(&s, mode, SPI_OK_SELECT) > 0;
	if (*exists)
		key = statement_key(0, 1, call->nkey);
	SPI_freetuptable(SPI_tuptable);
	return key;
}

static void
append_owner(Statement *s, LinkCall *call)
{
	statement_where(s);
	statement_equal_key(s, "t", call->nsource, call->source_key, call->source_key, call->source);
	statement_and_not_deleted(s, call->assoc->source, "t");
}

/* the owner's row still points there */
static void
append_before(Statement *s, LinkCall *call, const Datum *before)
{
	const ResolvedAssociation *assoc = call->assoc;

	for (int i = 0; i < assoc->nsource; i++)
	{
		appendStringInfoString(&s->sql, before != NULL ? " AND " : i > 0 ? " OR " : " AND (");
		if (before != NULL)
			statement_equal_param(s, "t", assoc->source_key[i], assoc->source_ref[i],
								  before[i]);
		else
			appendStringInfo(&s->sql, "t.%s IS NULL",
							 quote_identifier(assoc->source_key[i]->column));
	}
	appendStringInfoString(&s->sql, before != NULL ? "" : ")");
}
