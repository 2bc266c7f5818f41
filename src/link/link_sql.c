/*-------------------------------------------------------------------------
 *
 * link_sql.c
 *	  The statements of a many-to-many association's write verbs.
 *
 * Decides the SQL over the join table and nothing about when it runs.  It keeps
 * to what a distributed table accepts: the source's key in every statement, plain
 * columns in RETURNING, no MERGE, rows counted by what comes back.
 *
 * A link is live when neither it nor one of its ends is soft-deleted and the
 * scopes hold.  Only where there is such a condition does a statement read more than the
 * join table's keys, so that no verb needs a right that plain SQL would not need.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "base/compat.h"
#include "deparse/sql_text.h"
#include "deparse/statement.h"
#include "deparse/statement_plan.h"
#include "executor/spi.h"
#include "link/link_sql.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

static void append_key_and_live(SqlText *s, LinkCall *call);
static char *keys_in_order(LinkCall *call);
static void append_delete(SqlText *s, LinkCall *call);
static uint64 run_delete(SqlText *s, LinkCall *call);
static void append_association(SqlText *s, LinkCall *call);
static bool keeps_history(LinkCall *call);
static void append_items(SqlText *s, LinkCall *call);
static void append_is_link(SqlText *s, LinkCall *call);
static bool may_be_hidden(LinkCall *call);
static char *end_lives(SqlText *s, const Model *holder, const Model *model, int n, Attribute **key,
					   Attribute **ref, int nscope, LinkScope *scope);
static void append_link_key(SqlText *s, LinkCall *call, const char *prefix);

uint64
link_sql_read(LinkCall *call, bool all, StatementMode mode)
{
	SqlText		s;

	append_key_and_live(&s, call);
	append_link_key(&s, call, "t");
	sql_append(&s, " FROM %s AS t WHERE %s", call->assoc->through->quoted_table, link_sql_links(&s, call));
	if (!all)
		append_items(&s, call);
	else
		append_is_link(&s, call);
	return statement_run(&s, mode, SPI_OK_SELECT);
}

uint64
link_sql_read_given(LinkCall *call, StatementMode mode)
{
	return link_sql_read(call, false, mode);
}

/* SELECT the target's key, and whether the link is live */
static void
append_key_and_live(SqlText *s, LinkCall *call)
{
	statement_init(s);
	sql_append(s, "SELECT %s, %s", link_sql_key_columns(call, "t"),
			   may_be_hidden(call) ? link_sql_live(s, call) : "true");
}

/* in one order from either side of the table, so that two calls do not wait crosswise */
uint64
link_sql_hold(LinkCall *call, Datum *other)
{
	const ResolvedAssociation *assoc = call->assoc;
	Datum	   *sources[2] = {call->source, other};
	SqlText		s;

	append_key_and_live(&s, call);
	sql_append(&s, ", %s", link_sql_source(&s, call, "t"));
	append_link_key(&s, call, "t");
	sql_append(&s, " FROM %s AS t WHERE %s", assoc->through->quoted_table,
			   link_sql_keys(&s, "t", assoc->nsource, assoc->source_ref, assoc->source_key, lengthof(sources),
							 sources));
	append_association(&s, call);
	sql_append(&s, " AND ((%s) IS NOT TRUE OR (true", link_sql_source(&s, call, "t"));
	link_sql_filter(&s, call);
	sql_append(&s, "))");
	append_items(&s, call);
	if (!assoc->through->distributed)
		sql_append(&s, " ORDER BY %s FOR UPDATE OF t", keys_in_order(call));
	return statement_run(&s, STATEMENT_WRITE, SPI_OK_SELECT);
}

/* both keys, as their columns stand in the table */
static char *
keys_in_order(LinkCall *call)
{
	const Model *through = call->assoc->through;
	Attribute **columns = palloc_array(Attribute *, through->nattributes);
	int			n = 0;

	for (int a = 0; a < through->nattributes; a++)
	{
		if (link_is_key_column(call, through->attributes[a].attnum))
			columns[n++] = &through->attributes[a];
	}
	return sql_columns("t", n, columns);
}

uint64
link_sql_payload(LinkCall *call, bool all, int n, Attribute **columns)
{
	SqlText		s;

	statement_init(&s);
	sql_append(&s, "SELECT %s%s%s FROM %s AS t WHERE %s", link_sql_key_columns(call, "t"), n > 0 ? ", " : "",
			   sql_columns("t", n, columns), call->assoc->through->quoted_table, link_sql_links(&s, call));
	if (all)
		append_is_link(&s, call);
	else
		append_items(&s, call);
	link_sql_and_live(&s, call);
	return statement_run(&s, STATEMENT_WRITE, SPI_OK_SELECT);
}

uint64
link_sql_delete(LinkCall *call, int n, Datum **keys)
{
	SqlText		s;

	append_delete(&s, call);
	link_sql_targets(&s, call, n, keys);
	link_sql_and_live(&s, call);
	link_sql_returning(&s, call, "t");
	return run_delete(&s, call);
}

uint64
link_sql_delete_rows(LinkCall *call, List *rows)
{
	SqlText		s;

	append_delete(&s, call);
	sql_append(&s, " AND %s", link_sql_key_list(&s, "t", call->naddress, call->address, rows));
	link_sql_and_live(&s, call);
	link_sql_returning(&s, call, "t");
	return run_delete(&s, call);
}

uint64
link_sql_take(LinkCall *call, int n, Datum **keys, int ncolumns, Attribute **columns)
{
	SqlText		s;

	append_delete(&s, call);
	link_sql_targets(&s, call, n, keys);
	link_sql_and_live(&s, call);
	statement_returning(&s, link_sql_key_columns(call, "t"));
	sql_append(&s, "%s%s", ncolumns > 0 ? ", " : "", sql_columns("t", ncolumns, columns));
	return run_delete(&s, call);
}

static void
append_delete(SqlText *s, LinkCall *call)
{
	statement_remove(s, call->assoc->through, call->deleted_at);
	statement_where(s, link_sql_links(s, call));
}

static uint64
run_delete(SqlText *s, LinkCall *call)
{
	return statement_run(s, STATEMENT_WRITE, call->deleted_at ? SPI_OK_UPDATE_RETURNING : SPI_OK_DELETE_RETURNING);
}

uint64
link_sql_relink(LinkCall *call, LinkCall *to, int n, Datum **keys)
{
	const ResolvedAssociation *assoc = call->assoc;
	Written		written = link_written(to, link_all_items(to));
	SqlText		s;

	statement_update(&s, assoc->through->relid, assoc->through->quoted_table);
	for (int i = 0; i < assoc->nsource; i++)
	{
		if (assoc->source_ref[i]->generated == '\0')
			statement_set(&s, assoc->source_ref[i],
						  sql_argument(&s, assoc->source_key[i]->type, to->source[i], false));
	}
	statement_set_positions(&s, assoc->through);
	statement_touch(&s, assoc->through, NULL);
	statement_where(&s, link_sql_links(&s, call));
	link_sql_targets(&s, call, n, keys);
	link_sql_and_live(&s, call);
	link_sql_returning(&s, call, "t");
	return violation_run(&s, SPI_OK_UPDATE_RETURNING, &written);
}

uint64
link_sql_known(const Model *model, int nkey, Attribute **key,
			   int nkeys, Datum **keys, int nscope, LinkScope *scope)
{
	SqlText		s;

	statement_init(&s);
	sql_append(&s, "SELECT %s FROM %s AS t WHERE %s", sql_columns("t", nkey, key), model->quoted_table,
			   link_sql_keys(&s, "t", nkey, key, key, nkeys, keys));
	sql_and_not_deleted(&s, model, "t");
	link_sql_and_scope(&s, "t", nscope, scope);
	return statement_run(&s, STATEMENT_LATEST, SPI_OK_SELECT);
}

/* rows t of the source that are links of this association: others may join the same table */
char *
link_sql_links(SqlText *s, LinkCall *call)
{
	StringInfoData outer = sql_begin_part(s);

	sql_append(s, "%s", link_sql_source(s, call, "t"));
	append_association(s, call);
	link_sql_filter(s, call);
	return sql_end_part(s, outer);
}

static void
append_association(SqlText *s, LinkCall *call)
{
	if (call->deleted_at && keeps_history(call))
		sql_append(s, " AND %s IS NULL", sql_column("t", call->deleted_at));
	link_sql_and_scope(s, "t", call->nscope, call->scope);
}

/* a pair may have several soft-deleted links, none of which is the one to come back */
static bool
keeps_history(LinkCall *call)
{
	const LinkIdentity *identity = link_call_identity(call);

	return identity != NULL && identity->history;
}

char *
link_sql_source(SqlText *s, LinkCall *call, const char *prefix)
{
	const ResolvedAssociation *assoc = call->assoc;
	const ResolvedAssociation *declared = call->declared;
	char	   *sources = call->sources == NULL ? "" :
		link_sql_keys(s, prefix, declared->nsource, declared->source_ref, declared->source_key,
					  call->nsources, call->sources);

	return psprintf("%s%s", sources, statement_equal_key(s, prefix, assoc->nsource, assoc->source_ref,
														 assoc->source_key, call->source));
}

void
link_sql_targets(SqlText *s, LinkCall *call, int n, Datum **keys)
{
	const ResolvedAssociation *assoc = call->assoc;

	sql_append(s, " AND %s",
			   link_sql_keys(s, "t", assoc->ntarget, assoc->target_ref, assoc->target_key, n, keys));
}

static void
append_items(SqlText *s, LinkCall *call)
{
	Datum	  **keys = palloc_array(Datum *, Max(call->nitems, 1));

	for (int i = 0; i < call->nitems; i++)
		keys[i] = call->items[i].key;
	link_sql_targets(s, call, call->nitems, keys);
}

void
link_sql_and_live(SqlText *s, LinkCall *call)
{
	if (!may_be_hidden(call))
		return;
	sql_append(s, " AND %s", link_sql_live(s, call));
}

/* a row that points at nothing is no link */
static void
append_is_link(SqlText *s, LinkCall *call)
{
	const ResolvedAssociation *assoc = call->assoc;

	for (int i = 0; i < assoc->ntarget; i++)
	{
		if (!assoc->target_ref[i]->not_null)
			sql_append(s, " AND %s IS NOT NULL", sql_column("t", assoc->target_ref[i]));
	}
}

char *
link_sql_keys(SqlText *s, const char *prefix, int nkey, Attribute **columns,
			  Attribute **key, int n, Datum **keys)
{
	StringInfoData outer;
	StatementColumn *rows = palloc_array(StatementColumn, nkey);

	/*
	 * One key is compared by =: an index on (source, target) then serves with both
	 * columns, however many links the source has.  For a list the planner may
	 * rather read all links of the source, once.
	 */
	if (n == 1)
		return statement_equal_key(s, prefix, nkey, columns, key, keys[0]);
	(void) statement_keys(rows, nkey, key, n, keys);

	/* a list that is no index condition is searched from its beginning for every row */
	if (nkey == 1 && n < STATEMENT_MANY_ROWS && OidIsValid(get_array_type(key[0]->type)))
		return statement_equal_any(s, prefix, columns[0], key[0], n, rows[0].values);
	outer = sql_begin_part(s);
	sql_append(s, "EXISTS (SELECT FROM %s", statement_rows(s, n, nkey, rows));
	for (int c = 0; c < nkey; c++)
		sql_append(s, "%s%s", c > 0 ? " AND " : " WHERE ",
				   statement_equal(sql_column(prefix, columns[c]), columns[c], psprintf("k.c%d", c + 1),
								   key[c]));
	sql_append(s, ")");
	return sql_end_part(s, outer);
}

char *
link_sql_key_list(SqlText *s, const char *prefix, int nkey, Attribute **key, List *keys)
{
	Datum	  **array = palloc_array(Datum *, list_length(keys) + 1);
	ListCell   *lc;

	foreach(lc, keys)
		array[foreach_current_index(lc)] = lfirst(lc);
	return link_sql_keys(s, prefix, nkey, key, key, list_length(keys), array);
}

bool
link_has_live_condition(LinkCall *call)
{
	return call->nscope > 0 || may_be_hidden(call);
}

/* whether a link of the association may be there and not count */
static bool
may_be_hidden(LinkCall *call)
{
	return call->deleted_at != NULL || call->ntarget_scope > 0 ||
		call->assoc->target->deleted_at != NULL || call->assoc->source->deleted_at != NULL;
}

char *
link_sql_live(SqlText *s, LinkCall *call)
{
	const ResolvedAssociation *assoc = call->declared;
	StringInfoData outer = sql_begin_part(s);

	if (call->deleted_at)
		sql_append(s, "%s IS NULL", sql_column("t", call->deleted_at));
	if (assoc->target->deleted_at != NULL || call->ntarget_scope > 0)
		sql_append(s, "%s%s", s->buf.len > 0 ? " AND " : "",
				   end_lives(s, assoc->through, assoc->target, assoc->ntarget, assoc->target_key, assoc->target_ref,
							 call->ntarget_scope, call->target_scope));
	if (assoc->source->deleted_at != NULL)
		sql_append(s, "%s%s", s->buf.len > 0 ? " AND " : "",
				   link_sql_end_lives(s, assoc->through, assoc->source, assoc->nsource, assoc->source_key,
									  assoc->source_ref));
	return psprintf("(%s)", sql_end_part(s, outer));
}

char *
link_sql_end_lives(SqlText *s, const Model *holder, const Model *model, int n, Attribute **key, Attribute **ref)
{
	return end_lives(s, holder, model, n, key, ref, 0, NULL);
}

/* where Citus keeps it with rows of other keys, it is to read those that live before */
static char *
end_lives(SqlText *s, const Model *holder, const Model *model, int n, Attribute **key,
		  Attribute **ref, int nscope, LinkScope *scope)
{
	StringInfoData outer = sql_begin_part(s);
	char	   *conditions;
	char	   *table = model->quoted_table;

	sql_and_not_deleted(s, model, "e");
	link_sql_and_scope(s, "e", nscope, scope);
	conditions = sql_end_part(s, outer);
	if (sql_rows_are_apart(holder, ref, model, key, n))
	{
		table = psprintf("(SELECT %s FROM %s AS e WHERE true%s OFFSET 0)", sql_columns("e", n, key), table,
						 conditions);
		conditions = "";
	}
	return psprintf("EXISTS (SELECT FROM %s AS e WHERE %s%s)", table,
					sql_key_equal(n, "t", ref, "e", key), conditions);
}

/* does Citus refuse to join rows of the source with those that it is associated with? */
bool
link_sql_is_apart(const ResolvedAssociation *assoc)
{
	SqlScope	scope = {assoc->source, NULL, NULL, NULL, NULL};

	return assoc->source->distributed && sql_is_apart(&scope, assoc);
}

/*
 * What refers to sources (as "r") refers to these; NULL where that is not by their primary key, or need
 * not be said, as nothing is apart.
 */
const char *
link_sql_of_sources(SqlText *s, const ResolvedAssociation *assoc, int n, Datum **keys)
{
	const Model *source = assoc->source;
	bool		same = assoc->hops == NIL && assoc->nsource == source->nkey && link_sql_is_apart(assoc);

	for (int i = 0; i < source->nkey && same; i++)
		same = assoc->source_key[i] == source->key[i];
	if (!same)
		return NULL;
	return link_sql_keys(s, "r", assoc->nsource, assoc->source_ref, assoc->source_key, n, keys);
}

void
link_sql_and_scope(SqlText *s, const char *prefix, int n, const LinkScope *scope)
{
	for (int i = 0; i < n; i++)
		sql_append(s, " AND %s", link_sql_scope(s, prefix, &scope[i]));
}

char *
link_sql_scope(SqlText *s, const char *prefix, const LinkScope *scope)
{
	if (scope->isnull)
		return psprintf("%s IS NULL", sql_column(prefix, scope->attribute));
	return statement_equal_param(s, prefix, scope->attribute, scope->attribute, scope->value);
}

/* the target key of a link, by the types of the target's own columns */
char *
link_sql_key_columns(LinkCall *call, const char *prefix)
{
	const ResolvedAssociation *assoc = call->assoc;
	StringInfoData buf;

	initStringInfo(&buf);
	for (int i = 0; i < assoc->ntarget; i++)
	{
		Oid			type = assoc->target_key[i]->type;
		char	   *column = sql_column(prefix, assoc->target_ref[i]);
		bool		same = getBaseType(assoc->target_ref[i]->type) == getBaseType(type);

		appendStringInfo(&buf, "%s%s", i > 0 ? ", " : "",
						 same ? column : psprintf("CAST(%s AS %s)", column, sql_type(type, -1)));
	}
	return buf.data;
}

void
link_sql_returning(SqlText *s, LinkCall *call, const char *prefix)
{
	statement_returning(s, link_sql_key_columns(call, prefix));
	append_link_key(s, call, prefix);
}

/* where the same pair may be linked twice: which of its links it is */
static void
append_link_key(SqlText *s, LinkCall *call, const char *prefix)
{
	if (!call->multiple || call->assoc->through->nkey == 0)
		return;
	sql_append(s, ", %s", sql_columns(prefix, call->assoc->through->nkey, call->assoc->through->key));
}

bool
link_is_source_column(LinkCall *call, Attribute *column)
{
	return model_attnum_among(column->attnum, call->assoc->nsource, call->assoc->source_ref);
}

bool
link_is_key_column(LinkCall *call, AttrNumber attnum)
{
	const ResolvedAssociation *assoc = call->assoc;

	return model_attnum_among(attnum, assoc->nsource, assoc->source_ref) ||
		model_attnum_among(attnum, assoc->ntarget, assoc->target_ref);
}
