/*-------------------------------------------------------------------------
 *
 * kept_links_sql.c
 *	  Statements that keep the options of associations about their links.
 *
 * Decides that a counter is changed by what came and went, not counted: rows are locked when they
 * are changed, so that statements of several sessions add up.  Sources are locked in key order.
 * A counter that changes is no change of the source, whose updated_at stays; touch is.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "base/compat.h"
#include "declare/kept_links.h"
#include "deparse/sql_text.h"
#include "fmgr.h"
#include "registry/keys.h"
#include "utils/builtins.h"

static void append_untouched(StringInfo buf, const KeptLinks *kept);
static void append_changes(StringInfo buf, const KeptLinks *kept, const KeptChanges *changes);
static void append_changes_of_end(StringInfo buf, const KeptLinks *kept, const KeptChanges *changes);
static const char *rows_of(const KeptChanges *changes, const char *table);
static void append_not_followed(StringInfo buf, const KeptLinks *kept, const char *before);
static void append_links(StringInfo buf, const KeptLinks *kept, const char *table, const char *alias,
						 int weight);
static const char *links_in(const KeptLinks *kept, const char *table);
static void append_live(StringInfo buf, const KeptLinks *kept, const char *alias);
static void append_scope(StringInfo buf, const LinkScope *scope, const char *alias);
static void append_set(StringInfo buf, const KeptLinks *kept);
static void append_columns(StringInfo buf, const KeptLinks *kept, const char *alias);
static void append_locked(StringInfo buf, const KeptLinks *kept);
static void append_sums(StringInfo buf, const KeptLinks *kept, const KeptChanges *changes);
static void append_edges(StringInfo buf, const KeptLinks *kept, const KeptChanges *changes);
static Attribute **edge_start(const KeptLinks *kept);
static Attribute **edge_end(const KeptLinks *kept);
static void append_numbered(StringInfo buf, const KeptLinks *kept, const char *prefix);
static void append_match(StringInfo buf, const KeptLinks *kept, const char *alias, Attribute **columns,
						 const char *source);
static void append_equal(StringInfo buf, const KeptLinks *kept, const char *alias, Attribute **columns,
						 char **values);
static char **columns_of(const KeptLinks *kept, const char *alias, Attribute **columns);
static char *column_equal(const char *left, const Attribute *column, const char *right);
static char *column_differs(const char *alias, const Attribute *column, const char *other);
static char *column_is_alike(const char *alias, const Attribute *column, const char *other);
static char *points_at_either_end(const KeptLinks *kept, int i);

char *
kept_links_update(const KeptLinks *kept, const KeptChanges *changes)
{
	StringInfoData buf;

	if (kept->counter == NULL && kept->touched == NULL)
		return NULL;
	initStringInfo(&buf);
	appendStringInfo(&buf, "UPDATE %s AS p SET ", kept->assoc->source->quoted_table);
	append_set(&buf, kept);
	appendStringInfoString(&buf, " FROM (");
	if (changes->single)
	{
		append_changes(&buf, kept, changes);
		appendStringInfoString(&buf, ") AS q WHERE ");
		append_match(&buf, kept, "q", NULL, "p");
	}
	else
	{
		append_locked(&buf, kept);
		append_sums(&buf, kept, changes);
		appendStringInfoString(&buf, ") AS k WHERE ");
		append_match(&buf, kept, "k", NULL, "s");
		appendStringInfoString(&buf, " ORDER BY ");
		append_columns(&buf, kept, "s");
		appendStringInfoString(&buf, " FOR NO KEY UPDATE OF s) AS q WHERE ");
		append_match(&buf, kept, "p", kept->assoc->source_key, "q");
	}
	append_untouched(&buf, kept);
	return buf.data;
}

/* those that append_live names, each once */
List *
kept_links_columns(const KeptLinks *kept)
{
	List	   *columns = NIL;

	for (int i = 0; i < kept->assoc->nsource; i++)
		columns = list_append_unique_ptr(columns, kept->assoc->source_ref[i]);
	if (kept->deleted_at != NULL)
		columns = list_append_unique_ptr(columns, unconstify(Attribute *, kept->deleted_at));
	for (int i = 0; i < kept->nscope; i++)
		columns = list_append_unique_ptr(columns, kept->scope[i].attribute);
	return columns;
}

/* sources are locked before the first is written */
static void
append_locked(StringInfo buf, const KeptLinks *kept)
{
	appendStringInfoString(buf, "SELECT ");
	append_columns(buf, kept, "s");
	appendStringInfo(buf, ", k.d FROM %s AS s, (", kept->assoc->source->quoted_table);
}

/* of each source, named by what points at it, how many links more it has */
static void
append_sums(StringInfo buf, const KeptLinks *kept, const KeptChanges *changes)
{
	appendStringInfoString(buf, "SELECT ");
	append_numbered(buf, kept, "c.c");
	appendStringInfoString(buf, ", pg_catalog.sum(c.d) AS d FROM (");
	append_changes(buf, kept, changes);
	appendStringInfoString(buf, ") AS c GROUP BY ");
	append_numbered(buf, kept, "c.c");
	if (kept->touched == NULL)
		appendStringInfoString(buf, " HAVING pg_catalog.sum(c.d) OPERATOR(pg_catalog.<>) 0");
}

/* once in a transaction: touching would go round where links do */
static void
append_untouched(StringInfo buf, const KeptLinks *kept)
{
	if (kept->touched == NULL)
		return;
	appendStringInfo(buf, " AND (%s%s)", kept->counter ? "q.d OPERATOR(pg_catalog.<>) 0 OR " : "",
					 column_differs("p", kept->touched,
									psprintf("CAST(pg_catalog.now() AS %s)",
											 sql_type(kept->touched->type, kept->touched->typmod))));
}

/* each end of a symmetric link is a source */
static void
append_changes(StringInfo buf, const KeptLinks *kept, const KeptChanges *changes)
{
	ResolvedAssociation assoc = *kept->assoc;
	KeptLinks	one = *kept;

	one.assoc = &assoc;
	assoc.symmetric = false;
	append_changes_of_end(buf, &one, changes);
	if (!kept->assoc->symmetric)
		return;
	assoc.source_ref = kept->assoc->target_ref;
	assoc.target_ref = kept->assoc->source_ref;
	one.other_end = true;
	appendStringInfoString(buf, " UNION ALL ");
	append_changes_of_end(buf, &one, changes);
}

/*
 * Links that came count 1, those that went -1.  Plans are kept by their text: the alias tells transition
 * tables of different tables apart.
 */
static void
append_changes_of_end(StringInfo buf, const KeptLinks *kept, const KeptChanges *changes)
{
	if (changes->after != NULL)
		append_links(buf, kept, rows_of(changes, changes->after), psprintf("n%u", kept->holder->relid), 1);
	if (changes->after != NULL && changes->before != NULL)
	{
		if (kept->follows)
			append_not_followed(buf, kept, quote_identifier(changes->before));
		appendStringInfoString(buf, " UNION ALL ");
	}
	if (changes->before != NULL)
		append_links(buf, kept, rows_of(changes, changes->before), psprintf("o%u", kept->holder->relid), -1);
}

static const char *
rows_of(const KeptChanges *changes, const char *table)
{
	return changes->row ? changes->row : quote_identifier(table);
}

/*
 * A source that gets another key keeps its counter, so links that follow it have not come: none of the
 * rows that they were before has a source any more.
 */
static void
append_not_followed(StringInfo buf, const KeptLinks *kept, const char *before)
{
	char	   *old = psprintf("o%u", kept->holder->relid);

	appendStringInfo(buf, " AND (EXISTS (SELECT FROM %s AS %s, %s AS s WHERE ", before, old,
					 kept->assoc->source->quoted_table);
	append_live(buf, kept, old);
	appendStringInfoString(buf, " AND ");
	append_match(buf, kept, old, kept->assoc->source_ref, "s");
	appendStringInfo(buf, ") OR NOT EXISTS (SELECT FROM %s AS %s WHERE ", before, old);
	append_live(buf, kept, old);
	appendStringInfoString(buf, "))");
}

static void
append_links(StringInfo buf, const KeptLinks *kept, const char *table, const char *alias, int weight)
{
	appendStringInfoString(buf, "SELECT ");
	for (int i = 0; i < kept->assoc->nsource; i++)
		appendStringInfo(buf, "%s AS c%d, ", sql_column(alias, kept->assoc->source_ref[i]), i + 1);
	appendStringInfo(buf, "%d AS d FROM %s AS %s WHERE ", weight, links_in(kept, table), alias);
	append_live(buf, kept, alias);
}

/* rows of the holder, or of a table like it: where both ends are sources, each once more the other way */
static const char *
links_in(const KeptLinks *kept, const char *table)
{
	return kept->assoc->symmetric ? sql_rows_from_both_ends(kept->assoc, table) : table;
}

/* points at a source, and is a link of this association */
static void
append_live(StringInfo buf, const KeptLinks *kept, const char *alias)
{
	for (int i = 0; i < kept->assoc->nsource; i++)
		appendStringInfo(buf, "%s%s IS NOT NULL", i > 0 ? " AND " : "",
						 sql_column(alias, kept->assoc->source_ref[i]));
	if (kept->deleted_at != NULL)
		appendStringInfo(buf, " AND %s IS NULL", sql_column(alias, kept->deleted_at));
	if (kept->other_end)
		appendStringInfo(buf, " AND NOT %s", column_equal(sql_column(alias, kept->assoc->source_ref[0]), kept->assoc->source_ref[0],
														  sql_column(alias, kept->assoc->target_ref[0])));
	for (int i = 0; i < kept->nscope; i++)
		append_scope(buf, &kept->scope[i], alias);
}

static void
append_scope(StringInfo buf, const LinkScope *scope, const char *alias)
{
	const Attribute *column = scope->attribute;

	appendStringInfo(buf, " AND %s ", sql_column(alias, column));
	if (scope->isnull)
	{
		appendStringInfoString(buf, "IS NULL");
		return;
	}
	appendStringInfo(buf, "%s CAST(%s AS %s)", sql_operator(column->type, BTEqualStrategyNumber, NULL),
					 quote_literal_cstr(key_datum_text(scope->value, column->type)),
					 sql_type(column->type, column->typmod));
}

static void
append_set(StringInfo buf, const KeptLinks *kept)
{
	const Attribute *updated_at = kept->assoc->source->updated_at;

	if (kept->counter != NULL)
		appendStringInfo(buf, "%s = COALESCE(%s, 0) OPERATOR(pg_catalog.+) q.d",
						 quote_identifier(kept->counter->column), sql_column("p", kept->counter));
	if (kept->touched != NULL)
		appendStringInfo(buf, "%s%s = pg_catalog.now()", kept->counter ? ", " : "",
						 quote_identifier(kept->touched->column));
	else if (updated_at != NULL && updated_at->generated == '\0')
		appendStringInfo(buf, ", %s = %s", quote_identifier(updated_at->column),
						 sql_column("p", updated_at));
}

char *
kept_links_reset(const KeptLinks *kept)
{
	return kept->counter == NULL ? NULL :
		psprintf("UPDATE %s AS p SET %s = 0 WHERE %s", kept->assoc->source->quoted_table,
				 quote_identifier(kept->counter->column), column_differs("p", kept->counter, "0"));
}

char *
kept_links_lock(const KeptLinks *kept, const KeptChanges *changes)
{
	KeptChanges come = {NULL, changes->after, false, NULL};
	StringInfoData buf;

	if (kept->max == 0 || changes->after == NULL)
		return NULL;
	initStringInfo(&buf);
	appendStringInfo(&buf, "SELECT FROM %s AS s WHERE EXISTS (SELECT FROM (", kept->assoc->source->quoted_table);
	append_changes(&buf, kept, &come);
	appendStringInfoString(&buf, ") AS k WHERE ");
	append_match(&buf, kept, "k", NULL, "s");
	appendStringInfoString(&buf, ") ORDER BY ");
	append_columns(&buf, kept, "s");
	appendStringInfoString(&buf, " FOR NO KEY UPDATE OF s");
	return buf.data;
}

char *
kept_links_excess(const KeptLinks *kept, const KeptChanges *changes)
{
	KeptChanges come = {NULL, changes->after, false, NULL};
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfoString(&buf, "SELECT pg_catalog.concat_ws(', ', ");
	append_columns(&buf, kept, "s");
	appendStringInfo(&buf, "), pg_catalog.count(*) FROM %s AS s, (SELECT DISTINCT ", kept->assoc->source->quoted_table);
	append_numbered(&buf, kept, "c.c");
	appendStringInfoString(&buf, " FROM (");
	append_changes(&buf, kept, &come);
	appendStringInfo(&buf, ") AS c) AS k, %s AS h WHERE ", links_in(kept, kept->holder->quoted_table));
	append_match(&buf, kept, "k", NULL, "s");
	appendStringInfoString(&buf, " AND ");
	append_match(&buf, kept, "h", kept->assoc->source_ref, "s");
	appendStringInfoString(&buf, " AND ");
	append_live(&buf, kept, "h");
	appendStringInfoString(&buf, " GROUP BY ");
	append_columns(&buf, kept, "s");
	appendStringInfo(&buf, " HAVING pg_catalog.count(*) OPERATOR(pg_catalog.>) %d ORDER BY ", kept->max);
	append_columns(&buf, kept, "s");
	appendStringInfoString(&buf, " LIMIT 1");
	return buf.data;
}

char *
kept_links_any_excess(const KeptLinks *kept)
{
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfoString(&buf, "SELECT FROM (");
	append_links(&buf, kept, kept->holder->quoted_table, "n", 1);
	appendStringInfoString(&buf, ") AS c GROUP BY ");
	append_numbered(&buf, kept, "c.c");
	appendStringInfo(&buf, " HAVING pg_catalog.count(*) OPERATOR(pg_catalog.>) %d", kept->max);
	return buf.data;
}

char *
kept_links_any_lack(const KeptLinks *kept)
{
	const Model *source = kept->assoc->source;
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfo(&buf, "SELECT FROM %s AS s WHERE (SELECT pg_catalog.count(*) FROM %s AS h WHERE ",
					 source->quoted_table, links_in(kept, kept->holder->quoted_table));
	append_live(&buf, kept, "h");
	appendStringInfoString(&buf, " AND ");
	append_match(&buf, kept, "h", kept->assoc->source_ref, "s");
	appendStringInfo(&buf, ") OPERATOR(pg_catalog.<) %d", kept->min);
	if (source->deleted_at != NULL)
		appendStringInfo(&buf, " AND %s IS NULL", sql_column("s", source->deleted_at));
	return buf.data;
}

char *
kept_links_lock_source(const KeptLinks *kept, char **key)
{
	const ResolvedAssociation *assoc = kept->assoc;
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfo(&buf, "SELECT FROM %s AS s WHERE ", assoc->source->quoted_table);
	append_equal(&buf, kept, "s", assoc->source_key, key);
	if (assoc->source->deleted_at != NULL)
		appendStringInfo(&buf, " AND %s IS NULL", sql_column("s", assoc->source->deleted_at));
	appendStringInfoString(&buf, " FOR NO KEY UPDATE OF s");
	return buf.data;
}

char *
kept_links_number(const KeptLinks *kept, char **key)
{
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfo(&buf, "SELECT pg_catalog.count(*) FROM %s AS h WHERE ", links_in(kept, kept->holder->quoted_table));
	append_live(&buf, kept, "h");
	appendStringInfoString(&buf, " AND ");
	append_equal(&buf, kept, "h", kept->assoc->source_ref, key);
	return buf.data;
}

char *
kept_links_recount(const KeptLinks *kept, bool dry)
{
	const Attribute *updated_at = kept->assoc->source->updated_at;
	StringInfoData buf;

	initStringInfo(&buf);
	if (dry)
		appendStringInfo(&buf, "SELECT FROM %s AS p, (", kept->assoc->source->quoted_table);
	else
		appendStringInfo(&buf, "UPDATE %s AS p SET %s = q.d", kept->assoc->source->quoted_table,
						 quote_identifier(kept->counter->column));
	if (!dry && updated_at != NULL && updated_at->generated == '\0')
		appendStringInfo(&buf, ", %s = %s", quote_identifier(updated_at->column), sql_column("p", updated_at));
	appendStringInfoString(&buf, dry ? "SELECT " : " FROM (SELECT ");
	append_columns(&buf, kept, "s");
	appendStringInfo(&buf, ", COALESCE(k.d, 0) AS d FROM %s AS s LEFT JOIN (SELECT ", kept->assoc->source->quoted_table);
	append_numbered(&buf, kept, "c.c");
	appendStringInfoString(&buf, ", pg_catalog.count(*) AS d FROM (");
	append_links(&buf, kept, kept->holder->quoted_table, "n", 1);
	appendStringInfoString(&buf, ") AS c GROUP BY ");
	append_numbered(&buf, kept, "c.c");
	appendStringInfoString(&buf, ") AS k ON ");
	append_match(&buf, kept, "k", NULL, "s");
	appendStringInfoString(&buf, ") AS q WHERE ");
	append_match(&buf, kept, "p", kept->assoc->source_key, "q");
	appendStringInfo(&buf, " AND %s", column_differs("p", kept->counter, "q.d"));
	return buf.data;
}

/* ---- cycles ---- */

char *
kept_links_new_edges(const KeptLinks *kept, const KeptChanges *changes)
{
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfoString(&buf, "SELECT FROM (");
	append_edges(&buf, kept, changes);
	appendStringInfoString(&buf, ") AS e LIMIT 1");
	return buf.data;
}

char *
kept_links_cycle(const KeptLinks *kept, const KeptChanges *changes)
{
	int			n = kept->assoc->nsource;
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfoString(&buf, "WITH RECURSIVE way AS (");
	append_edges(&buf, kept, changes);
	appendStringInfoString(&buf, " UNION SELECT ");
	append_numbered(&buf, kept, "w.s");
	for (int i = 0; i < n; i++)
		appendStringInfo(&buf, ", %s", sql_column("h", edge_end(kept)[i]));
	appendStringInfo(&buf, " FROM way AS w, %s AS h WHERE ", kept->holder->quoted_table);
	append_live(&buf, kept, "h");
	for (int i = 0; i < n; i++)
		appendStringInfo(&buf, " AND %s", column_equal(sql_column("h", edge_start(kept)[i]), edge_start(kept)[i],
													   psprintf("w.c%d", i + 1)));
	appendStringInfoString(&buf, ") SELECT pg_catalog.concat_ws(', ', ");
	append_numbered(&buf, kept, "w.s");
	appendStringInfoString(&buf, ") FROM way AS w WHERE ");
	for (int i = 0; i < n; i++)
		appendStringInfo(&buf, "%s%s", i > 0 ? " AND " : "",
						 column_equal(psprintf("w.s%d", i + 1), edge_start(kept)[i], psprintf("w.c%d", i + 1)));
	appendStringInfoString(&buf, " ORDER BY 1 LIMIT 1");
	return buf.data;
}

/* from which row (s) to which (c); of an UPDATE those that were no links before */
static void
append_edges(StringInfo buf, const KeptLinks *kept, const KeptChanges *changes)
{
	char	   *new = psprintf("n%u", kept->holder->relid);
	char	   *old = psprintf("o%u", kept->holder->relid);
	int			n = kept->assoc->nsource;

	appendStringInfoString(buf, "SELECT ");
	for (int i = 0; i < n; i++)
		appendStringInfo(buf, "%s%s AS s%d", i > 0 ? ", " : "", sql_column(new, edge_start(kept)[i]), i + 1);
	for (int i = 0; i < n; i++)
		appendStringInfo(buf, ", %s AS c%d", sql_column(new, edge_end(kept)[i]), i + 1);
	appendStringInfo(buf, " FROM %s AS %s WHERE ",
					 changes ? quote_identifier(changes->after) : kept->holder->quoted_table, new);
	append_live(buf, kept, new);
	if (changes == NULL || changes->before == NULL)
		return;
	appendStringInfo(buf, " AND NOT EXISTS (SELECT FROM %s AS %s WHERE ", quote_identifier(changes->before), old);
	append_live(buf, kept, old);
	appendStringInfoString(buf, " AND ");
	append_equal(buf, kept, old, edge_start(kept), columns_of(kept, new, edge_start(kept)));
	appendStringInfoString(buf, " AND ");
	append_equal(buf, kept, old, edge_end(kept), columns_of(kept, new, edge_end(kept)));
	appendStringInfoChar(buf, ')');
}

/* a child leads to its parent; a link from its source to its target */
static Attribute **
edge_start(const KeptLinks *kept)
{
	return kept->assoc->through ? kept->assoc->source_ref : kept->assoc->source_key;
}

static Attribute **
edge_end(const KeptLinks *kept)
{
	return kept->assoc->through ? kept->assoc->target_ref : kept->assoc->source_ref;
}

static char *
column_equal(const char *left, const Attribute *column, const char *right)
{
	return psprintf("%s %s %s", left, sql_operator(column->type, BTEqualStrategyNumber, NULL), right);
}

/* IS DISTINCT FROM would take what search_path has; other is not null */
static char *
column_differs(const char *alias, const Attribute *column, const char *other)
{
	return psprintf("(%s) IS NOT TRUE", column_equal(sql_column(alias, column), column, other));
}

/* and IS NOT DISTINCT FROM, where both may be null */
static char *
column_is_alike(const char *alias, const Attribute *column, const char *other)
{
	char	   *value = sql_column(alias, column);

	return psprintf("(%s) IS TRUE OR (%s IS NULL AND %s IS NULL)", column_equal(value, column, other), value, other);
}

/* ---- soft deletion ---- */

/* what was deleted with the source, at the same time, comes back with it */
char *
kept_links_cascade(const KeptLinks *kept, const KeptChanges *changes)
{
	const Model *source = kept->assoc->source;
	const Attribute *at = source->deleted_at;
	char	   *new = psprintf("n%u", source->relid);
	char	   *old = psprintf("o%u", source->relid);
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfo(&buf, "UPDATE %s AS h SET %s = k.becomes FROM (SELECT ", kept->holder->quoted_table,
					 quote_identifier(kept->deleted_at->column));
	for (int i = 0; i < kept->assoc->nsource; i++)
		appendStringInfo(&buf, "%s, ", sql_column(new, kept->assoc->source_key[i]));
	appendStringInfo(&buf, "%s AS becomes, %s AS was FROM %s AS %s, %s AS %s WHERE ", sql_column(new, at), sql_column(old, at),
					 quote_identifier(changes->after), new, quote_identifier(changes->before), old);
	for (int i = 0; i < source->nkey; i++)
		appendStringInfo(&buf, "%s AND ", column_equal(sql_column(new, source->key[i]), source->key[i], sql_column(old, source->key[i])));
	appendStringInfo(&buf, "NOT (%s)) AS k WHERE ", column_is_alike(new, at, sql_column(old, at)));
	for (int i = 0; i < kept->assoc->nsource; i++)
		appendStringInfo(&buf, "%s AND ", points_at_either_end(kept, i));
	appendStringInfo(&buf, "(%s)", column_is_alike("h", kept->deleted_at, "k.was"));
	for (int i = 0; i < kept->nscope; i++)
		append_scope(&buf, &kept->scope[i], "h");
	return buf.data;
}

/* a column of a link h has the value of the source k; of a symmetric one either has */
static char *
points_at_either_end(const KeptLinks *kept, int i)
{
	const ResolvedAssociation *assoc = kept->assoc;
	char	   *key = sql_column("k", assoc->source_key[i]);
	char	   *source = sql_keys_equal(sql_column("h", assoc->source_ref[i]), assoc->source_ref[i], key, assoc->source_key[i]);

	return !assoc->symmetric ? source :
		psprintf("(%s OR %s)", source,
				 sql_keys_equal(sql_column("h", assoc->target_ref[i]), assoc->target_ref[i], key, assoc->target_key[i]));
}

/* ---- columns ---- */

/* of the source's key */
static void
append_columns(StringInfo buf, const KeptLinks *kept, const char *alias)
{
	for (int i = 0; i < kept->assoc->nsource; i++)
		appendStringInfo(buf, "%s%s", i > 0 ? ", " : "", sql_column(alias, kept->assoc->source_key[i]));
}

static void
append_numbered(StringInfo buf, const KeptLinks *kept, const char *prefix)
{
	for (int i = 0; i < kept->assoc->nsource; i++)
		appendStringInfo(buf, "%s%s%d", i > 0 ? ", " : "", prefix, i + 1);
}

/* the source is what a row points at with these columns, or, NULL, with its numbered ones */
static void
append_match(StringInfo buf, const KeptLinks *kept, const char *alias, Attribute **columns, const char *source)
{
	for (int i = 0; i < kept->assoc->nsource; i++)
	{
		const Attribute *key = kept->assoc->source_key[i];
		const Attribute *column = columns ? columns[i] : kept->assoc->source_ref[i];
		char	   *value = columns ? sql_column(alias, column) : psprintf("%s.c%d", alias, i + 1);

		appendStringInfo(buf, "%s%s", i > 0 ? " AND " : "", sql_keys_equal(value, column, sql_column(source, key), key));
	}
}

/* columns of a row have these values */
static void
append_equal(StringInfo buf, const KeptLinks *kept, const char *alias, Attribute **columns, char **values)
{
	for (int i = 0; i < kept->assoc->nsource; i++)
		appendStringInfo(buf, "%s%s", i > 0 ? " AND " : "",
						 column_equal(sql_column(alias, columns[i]), columns[i], values[i]));
}

static char **
columns_of(const KeptLinks *kept, const char *alias, Attribute **columns)
{
	char	  **texts = palloc_array(char *, kept->assoc->nsource);

	for (int i = 0; i < kept->assoc->nsource; i++)
		texts[i] = sql_column(alias, columns[i]);
	return texts;
}
