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

static char *untouched(const KeptLinks *kept);
static char *changed_links(const KeptLinks *kept, const KeptChanges *changes);
static char *changes_of_end(const KeptLinks *kept, const KeptChanges *changes);
static const char *rows_of(const KeptChanges *changes, const char *table);
static char *not_followed(const KeptLinks *kept, const char *before);
static char *links_of(const KeptLinks *kept, const char *table, const char *alias, int weight);
static const char *links_in(const KeptLinks *kept, const char *table);
static char *live(const KeptLinks *kept, const char *alias);
static void append_scopes(StringInfo buf, const KeptLinks *kept, const char *alias);
static char *new_values(const KeptLinks *kept);
static char *source_columns(const KeptLinks *kept, const char *alias);
static char *sums(const KeptLinks *kept, const KeptChanges *changes);
static char *edges(const KeptLinks *kept, const KeptChanges *changes);
static Attribute **edge_start(const KeptLinks *kept);
static Attribute **edge_end(const KeptLinks *kept);
static char *numbered(const KeptLinks *kept, const char *prefix);
static char *points_at(const KeptLinks *kept, const char *alias, Attribute **columns, const char *source);
static char *numbers_match(const KeptLinks *kept, const char *alias, const char *source);
static char *columns_equal(const KeptLinks *kept, const char *alias, Attribute **columns, char **values);
static char **columns_of(const KeptLinks *kept, const char *alias, Attribute **columns);
static char *column_equal(const char *left, const Attribute *column, const char *right);
static char *column_differs(const char *alias, const Attribute *column, const char *other);
static char *column_is_alike(const char *alias, const Attribute *column, const char *other);
static char *points_at_either_end(const KeptLinks *kept, int i);

char *
kept_links_update(const KeptLinks *kept, const KeptChanges *changes)
{
	const char *source = kept->assoc->source->quoted_table;

	if (kept->counter == NULL && kept->touched == NULL)
		return NULL;
	if (changes->single)
		return psprintf("UPDATE %s AS p SET %s FROM (%s) AS q WHERE %s%s", source, new_values(kept),
						changed_links(kept, changes), numbers_match(kept, "q", "p"), untouched(kept));
	/* sources are locked before the first is written */
	return psprintf("UPDATE %s AS p SET %s FROM (SELECT %s, k.d FROM %s AS s, (%s) AS k WHERE %s ORDER BY %s"
					" FOR NO KEY UPDATE OF s) AS q WHERE %s%s", source, new_values(kept),
					source_columns(kept, "s"), source, sums(kept, changes), numbers_match(kept, "k", "s"),
					source_columns(kept, "s"), points_at(kept, "p", kept->assoc->source_key, "q"),
					untouched(kept));
}

/* those that live() names, each once */
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

/* of each source, named by what points at it, how many links more it has */
static char *
sums(const KeptLinks *kept, const KeptChanges *changes)
{
	char	   *names = numbered(kept, "c.c");

	return psprintf("SELECT %s, pg_catalog.sum(c.d) AS d FROM (%s) AS c GROUP BY %s%s", names,
					changed_links(kept, changes), names,
					kept->touched ? "" : " HAVING pg_catalog.sum(c.d) OPERATOR(pg_catalog.<>) 0");
}

/* once in a transaction: touching would go round where links do */
static char *
untouched(const KeptLinks *kept)
{
	if (kept->touched == NULL)
		return "";
	return psprintf(" AND (%s%s)", kept->counter ? "q.d OPERATOR(pg_catalog.<>) 0 OR " : "",
					column_differs("p", kept->touched,
								   psprintf("CAST(pg_catalog.now() AS %s)",
											sql_type(kept->touched->type, kept->touched->typmod))));
}

/* each end of a symmetric link is a source */
static char *
changed_links(const KeptLinks *kept, const KeptChanges *changes)
{
	ResolvedAssociation assoc = *kept->assoc;
	KeptLinks	one = *kept;
	char	   *links;

	one.assoc = &assoc;
	assoc.symmetric = false;
	links = changes_of_end(&one, changes);
	if (!kept->assoc->symmetric)
		return links;
	assoc.source_ref = kept->assoc->target_ref;
	assoc.target_ref = kept->assoc->source_ref;
	one.other_end = true;
	return psprintf("%s UNION ALL %s", links, changes_of_end(&one, changes));
}

/*
 * Links that came count 1, those that went -1.  Plans are kept by their text: the alias tells transition
 * tables of different tables apart.
 */
static char *
changes_of_end(const KeptLinks *kept, const KeptChanges *changes)
{
	char	   *come = changes->after == NULL ? "" :
		links_of(kept, rows_of(changes, changes->after), psprintf("n%u", kept->holder->relid), 1);
	char	   *gone = changes->before == NULL ? "" :
		links_of(kept, rows_of(changes, changes->before), psprintf("o%u", kept->holder->relid), -1);

	if (changes->after == NULL || changes->before == NULL)
		return psprintf("%s%s", come, gone);
	return psprintf("%s%s UNION ALL %s", come, kept->follows ? not_followed(kept, quote_identifier(changes->before)) : "",
					gone);
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
static char *
not_followed(const KeptLinks *kept, const char *before)
{
	char	   *old = psprintf("o%u", kept->holder->relid);
	char	   *was_link = live(kept, old);

	return psprintf(" AND (EXISTS (SELECT FROM %s AS %s, %s AS s WHERE %s AND %s)"
					" OR NOT EXISTS (SELECT FROM %s AS %s WHERE %s))", before, old,
					kept->assoc->source->quoted_table, was_link,
					points_at(kept, old, kept->assoc->source_ref, "s"), before, old, was_link);
}

static char *
links_of(const KeptLinks *kept, const char *table, const char *alias, int weight)
{
	StringInfoData buf;

	initStringInfo(&buf);
	for (int i = 0; i < kept->assoc->nsource; i++)
		appendStringInfo(&buf, "%s AS c%d, ", sql_column(alias, kept->assoc->source_ref[i]), i + 1);
	return psprintf("SELECT %s%d AS d FROM %s AS %s WHERE %s", buf.data, weight, links_in(kept, table), alias,
					live(kept, alias));
}

/* rows of the holder, or of a table like it: where both ends are sources, each once more the other way */
static const char *
links_in(const KeptLinks *kept, const char *table)
{
	return kept->assoc->symmetric ? sql_rows_from_both_ends(kept->assoc, table) : table;
}

/* points at a source, and is a link of this association */
static char *
live(const KeptLinks *kept, const char *alias)
{
	Attribute **ref = kept->assoc->source_ref;
	StringInfoData buf;

	initStringInfo(&buf);
	for (int i = 0; i < kept->assoc->nsource; i++)
		appendStringInfo(&buf, "%s%s IS NOT NULL", i > 0 ? " AND " : "", sql_column(alias, ref[i]));
	if (kept->deleted_at != NULL)
		appendStringInfo(&buf, " AND %s IS NULL", sql_column(alias, kept->deleted_at));
	if (kept->other_end)
		appendStringInfo(&buf, " AND NOT %s", column_equal(sql_column(alias, ref[0]), ref[0],
														   sql_column(alias, kept->assoc->target_ref[0])));
	append_scopes(&buf, kept, alias);
	return buf.data;
}

static void
append_scopes(StringInfo buf, const KeptLinks *kept, const char *alias)
{
	for (const LinkScope *scope = kept->scope; scope < kept->scope + kept->nscope; scope++)
	{
		const Attribute *column = scope->attribute;

		if (scope->isnull)
			appendStringInfo(buf, " AND %s IS NULL", sql_column(alias, column));
		else
			appendStringInfo(buf, " AND %s",
							 column_equal(sql_column(alias, column), column,
										  psprintf("CAST(%s AS %s)",
												   quote_literal_cstr(key_datum_text(scope->value, column->type)),
												   sql_type(column->type, column->typmod))));
	}
}

static char *
new_values(const KeptLinks *kept)
{
	const Attribute *updated_at = kept->assoc->source->updated_at;
	StringInfoData buf;

	initStringInfo(&buf);
	if (kept->counter != NULL)
		appendStringInfo(&buf, "%s = COALESCE(%s, 0) OPERATOR(pg_catalog.+) q.d",
						 sql_column(NULL, kept->counter), sql_column("p", kept->counter));
	if (kept->touched != NULL)
		appendStringInfo(&buf, "%s%s = pg_catalog.now()", kept->counter ? ", " : "", sql_column(NULL, kept->touched));
	else if (updated_at != NULL && updated_at->generated == '\0')
		appendStringInfo(&buf, ", %s = %s", sql_column(NULL, updated_at), sql_column("p", updated_at));
	return buf.data;
}

char *
kept_links_reset(const KeptLinks *kept)
{
	return kept->counter == NULL ? NULL :
		psprintf("UPDATE %s AS p SET %s = 0 WHERE %s", kept->assoc->source->quoted_table,
				 sql_column(NULL, kept->counter), column_differs("p", kept->counter, "0"));
}

char *
kept_links_lock(const KeptLinks *kept, const KeptChanges *changes)
{
	KeptChanges come = {NULL, changes->after, false, NULL};

	if (kept->max == 0 || changes->after == NULL)
		return NULL;
	return psprintf("SELECT FROM %s AS s WHERE EXISTS (SELECT FROM (%s) AS k WHERE %s) ORDER BY %s"
					" FOR NO KEY UPDATE OF s", kept->assoc->source->quoted_table,
					changed_links(kept, &come), numbers_match(kept, "k", "s"), source_columns(kept, "s"));
}

char *
kept_links_excess(const KeptLinks *kept, const KeptChanges *changes)
{
	KeptChanges come = {NULL, changes->after, false, NULL};
	char	   *key = source_columns(kept, "s");

	return psprintf("SELECT pg_catalog.concat_ws(', ', %s), pg_catalog.count(*) FROM %s AS s,"
					" (SELECT DISTINCT %s FROM (%s) AS c) AS k, %s AS h WHERE %s AND %s AND %s GROUP BY %s"
					" HAVING pg_catalog.count(*) OPERATOR(pg_catalog.>) %d ORDER BY %s LIMIT 1",
					key, kept->assoc->source->quoted_table, numbered(kept, "c.c"), changed_links(kept, &come),
					links_in(kept, kept->holder->quoted_table), numbers_match(kept, "k", "s"),
					points_at(kept, "h", kept->assoc->source_ref, "s"), live(kept, "h"), key, kept->max, key);
}

char *
kept_links_any_excess(const KeptLinks *kept)
{
	return psprintf("SELECT FROM (%s) AS c GROUP BY %s HAVING pg_catalog.count(*) OPERATOR(pg_catalog.>) %d",
					links_of(kept, kept->holder->quoted_table, "n", 1), numbered(kept, "c.c"), kept->max);
}

char *
kept_links_any_lack(const KeptLinks *kept)
{
	const Model *source = kept->assoc->source;

	return psprintf("SELECT FROM %s AS s WHERE (SELECT pg_catalog.count(*) FROM %s AS h WHERE %s AND %s)"
					" OPERATOR(pg_catalog.<) %d%s", source->quoted_table,
					links_in(kept, kept->holder->quoted_table), live(kept, "h"),
					points_at(kept, "h", kept->assoc->source_ref, "s"), kept->min, sql_not_deleted(source, "s"));
}

char *
kept_links_lock_source(const KeptLinks *kept, char **key)
{
	const ResolvedAssociation *assoc = kept->assoc;

	return psprintf("SELECT FROM %s AS s WHERE %s%s FOR NO KEY UPDATE OF s", assoc->source->quoted_table,
					columns_equal(kept, "s", assoc->source_key, key), sql_not_deleted(assoc->source, "s"));
}

char *
kept_links_number(const KeptLinks *kept, char **key)
{
	return psprintf("SELECT pg_catalog.count(*) FROM %s AS h WHERE %s AND %s",
					links_in(kept, kept->holder->quoted_table), live(kept, "h"),
					columns_equal(kept, "h", kept->assoc->source_ref, key));
}

char *
kept_links_recount(const KeptLinks *kept, bool dry)
{
	const char *source = kept->assoc->source->quoted_table;
	const Attribute *updated_at = kept->assoc->source->updated_at;
	char	   *names = numbered(kept, "c.c");
	StringInfoData buf;

	initStringInfo(&buf);
	if (dry)
		appendStringInfo(&buf, "SELECT FROM %s AS p, (", source);
	else
		appendStringInfo(&buf, "UPDATE %s AS p SET %s = q.d", source, sql_column(NULL, kept->counter));
	if (!dry && updated_at != NULL && updated_at->generated == '\0')
		appendStringInfo(&buf, ", %s = %s", sql_column(NULL, updated_at), sql_column("p", updated_at));
	appendStringInfo(&buf, "%sSELECT %s, COALESCE(k.d, 0) AS d FROM %s AS s LEFT JOIN"
					 " (SELECT %s, pg_catalog.count(*) AS d FROM (%s) AS c GROUP BY %s) AS k ON %s) AS q WHERE %s AND %s",
					 dry ? "" : " FROM (", source_columns(kept, "s"), source, names,
					 links_of(kept, kept->holder->quoted_table, "n", 1), names, numbers_match(kept, "k", "s"),
					 points_at(kept, "p", kept->assoc->source_key, "q"), column_differs("p", kept->counter, "q.d"));
	return buf.data;
}

/* ---- cycles ---- */

char *
kept_links_new_edges(const KeptLinks *kept, const KeptChanges *changes)
{
	return psprintf("SELECT FROM (%s) AS e LIMIT 1", edges(kept, changes));
}

char *
kept_links_cycle(const KeptLinks *kept, const KeptChanges *changes)
{
	Attribute **start = edge_start(kept);
	char	   *names = numbered(kept, "w.s");
	StringInfoData next;
	StringInfoData back;

	initStringInfo(&next);
	initStringInfo(&back);
	for (int i = 0; i < kept->assoc->nsource; i++)
	{
		char	   *at = psprintf("w.c%d", i + 1);

		appendStringInfo(&next, " AND %s", column_equal(sql_column("h", start[i]), start[i], at));
		appendStringInfo(&back, "%s%s", i > 0 ? " AND " : "", column_equal(psprintf("w.s%d", i + 1), start[i], at));
	}
	return psprintf("WITH RECURSIVE way AS (%s UNION SELECT %s, %s FROM way AS w, %s AS h WHERE %s%s)"
					" SELECT pg_catalog.concat_ws(', ', %s) FROM way AS w WHERE %s ORDER BY 1 LIMIT 1",
					edges(kept, changes), names, sql_columns("h", kept->assoc->nsource, edge_end(kept)),
					kept->holder->quoted_table, live(kept, "h"), next.data, names, back.data);
}

/* from which row (s) to which (c); of an UPDATE those that were no links before */
static char *
edges(const KeptLinks *kept, const KeptChanges *changes)
{
	char	   *new = psprintf("n%u", kept->holder->relid);
	char	   *old = psprintf("o%u", kept->holder->relid);
	StringInfoData buf;

	initStringInfo(&buf);
	for (int i = 0; i < kept->assoc->nsource; i++)
		appendStringInfo(&buf, "%s%s AS s%d", i > 0 ? ", " : "SELECT ", sql_column(new, edge_start(kept)[i]), i + 1);
	for (int i = 0; i < kept->assoc->nsource; i++)
		appendStringInfo(&buf, ", %s AS c%d", sql_column(new, edge_end(kept)[i]), i + 1);
	appendStringInfo(&buf, " FROM %s AS %s WHERE %s",
					 changes ? quote_identifier(changes->after) : kept->holder->quoted_table, new, live(kept, new));
	if (changes != NULL && changes->before != NULL)
		appendStringInfo(&buf, " AND NOT EXISTS (SELECT FROM %s AS %s WHERE %s AND %s AND %s)",
						 quote_identifier(changes->before), old, live(kept, old),
						 columns_equal(kept, old, edge_start(kept), columns_of(kept, new, edge_start(kept))),
						 columns_equal(kept, old, edge_end(kept), columns_of(kept, new, edge_end(kept))));
	return buf.data;
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
					 sql_column(NULL, kept->deleted_at));
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
	append_scopes(&buf, kept, "h");
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
static char *
source_columns(const KeptLinks *kept, const char *alias)
{
	return sql_columns(alias, kept->assoc->nsource, kept->assoc->source_key);
}

static char *
numbered(const KeptLinks *kept, const char *prefix)
{
	StringInfoData buf;

	initStringInfo(&buf);
	for (int i = 0; i < kept->assoc->nsource; i++)
		appendStringInfo(&buf, "%s%s%d", i > 0 ? ", " : "", prefix, i + 1);
	return buf.data;
}

/* the source is what a row points at with these columns, or with its numbered ones */
static char *
points_at(const KeptLinks *kept, const char *alias, Attribute **columns, const char *source)
{
	return sql_key_equal(kept->assoc->nsource, alias, columns, source, kept->assoc->source_key);
}

static char *
numbers_match(const KeptLinks *kept, const char *alias, const char *source)
{
	StringInfoData buf;

	initStringInfo(&buf);
	for (int i = 0; i < kept->assoc->nsource; i++)
	{
		const Attribute *key = kept->assoc->source_key[i];

		appendStringInfo(&buf, "%s%s", i > 0 ? " AND " : "",
						 sql_keys_equal(psprintf("%s.c%d", alias, i + 1), kept->assoc->source_ref[i],
										sql_column(source, key), key));
	}
	return buf.data;
}

/* columns of a row have these values */
static char *
columns_equal(const KeptLinks *kept, const char *alias, Attribute **columns, char **values)
{
	StringInfoData buf;

	initStringInfo(&buf);
	for (int i = 0; i < kept->assoc->nsource; i++)
		appendStringInfo(&buf, "%s%s", i > 0 ? " AND " : "",
						 column_equal(sql_column(alias, columns[i]), columns[i], values[i]));
	return buf.data;
}

static char **
columns_of(const KeptLinks *kept, const char *alias, Attribute **columns)
{
	char	  **texts = palloc_array(char *, kept->assoc->nsource);

	for (int i = 0; i < kept->assoc->nsource; i++)
		texts[i] = sql_column(alias, columns[i]);
	return texts;
}
