/*-------------------------------------------------------------------------
 *
 * replace_find.c
 *	  Rows that documents are compared with: one statement for all rows of a level.
 *
 * Decides that what a load would have shown is what is there: soft-deleted rows and those out of
 * the default scope are not, unless the load shows them.  Nothing is
 * locked, since most of it will stay as it is.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "deparse/sql_text.h"
#include "executor/spi.h"
#include "write/replace.h"

static const char *sources_of(SqlText *s, const ResolvedAssociation *assoc, int n, Datum **keys);
static AssociatedOptions options_of(const IncludeItem *shown);
static Datum **keys_of(List *parents);
static List *run_find(CreateLevel *level, SqlText *s, int nparent, const ReplaceColumns *columns);
static ReplaceFound *read_row(CreateLevel *level, uint64 row, int nparent, const ReplaceColumns *columns);
static void read_columns(uint64 row, int first, int n, Attribute **columns, const Model *model,
						 Datum *values, bool *nulls);

List *
replace_find_linked(CreateLevel *level, List *parents, const ReplaceColumns *columns,
					const IncludeItem *shown)
{
	const ResolvedAssociation *assoc = level->assoc;
	const Model *source = assoc->source;
	const char *sources;
	AssociatedOptions options = options_of(shown);
	SqlAssociated parts;
	SqlScope	inner;
	SqlText		s;

	if (parents == NIL)
		return NIL;
	statement_init(&s);
	options.of_sources = link_sql_of_sources(&s, assoc, list_length(parents), keys_of(parents));
	sources = sources_of(&s, assoc, list_length(parents), keys_of(parents));
	sql_associated_scope(&s, assoc, &inner);
	parts = sql_associated_parts(&s, assoc, &inner, &options);
	/* Citus joins rows of other keys only with what it has read before */
	sql_append(&s, "SELECT %s, %s%s%s%s, %s AS s WHERE %s%s", sql_columns("s", source->nkey, source->key),
			   sql_columns(inner.alias, columns->n, columns->columns), columns->nlink > 0 ? ", " : "",
			   sql_columns(inner.through_alias, columns->nlink, columns->link), parts.tables, sources,
			   sql_source_match(assoc, &inner, "s"), parts.conditions);
	sql_append(&s, " AND %s ORDER BY %s, %s",
			   link_sql_keys(&s, "s", source->nkey, source->key, source->key, list_length(parents),
							 keys_of(parents)), sql_columns("s", source->nkey, source->key),
			   sql_columns(inner.alias, level->model->nkey, level->model->key));
	return run_find(level, &s, source->nkey, columns);
}

/* Citus joins them with rows that are spread by other keys only if it has read them before */
static const char *
sources_of(SqlText *s, const ResolvedAssociation *assoc, int n, Datum **keys)
{
	const Model *source = assoc->source;

	if (!link_sql_is_apart(assoc))
		return source->quoted_table;
	return psprintf("(SELECT * FROM %s AS s WHERE %s OFFSET 0)", source->quoted_table,
					link_sql_keys(s, "s", source->nkey, source->key, source->key, n, keys));
}

/* the options of the load that decide which rows it shows */
static AssociatedOptions
options_of(const IncludeItem *shown)
{
	AssociatedOptions options = {0};

	if (shown == NULL)
		return options;
	options.deleted_rows = shown->find.paranoid == 0;
	options.unscoped = shown->find.scope_is_explicit;
	options.deleted_links = shown->through != NULL && shown->through->paranoid == 0;
	return options;
}

static Datum **
keys_of(List *parents)
{
	Datum	  **keys = palloc_array(Datum *, list_length(parents));
	ListCell   *lc;

	foreach(lc, parents)
		keys[foreach_current_index(lc)] = ((CreateRow *) lfirst(lc))->key;
	return keys;
}

List *
replace_find_rows(CreateLevel *level, List *keys, const ReplaceColumns *columns, bool scoped, bool deleted)
{
	const Model *model = level->model;
	SqlScope	scope = {model, "t", NULL, NULL, NULL};
	ReplaceColumns own = {columns->n, columns->columns, columns->read, 0, NULL};
	SqlText		s;

	if (keys == NIL)
		return NIL;
	statement_init(&s);
	sql_append(&s, "SELECT %s FROM %s AS t WHERE true", sql_columns("t", own.n, own.columns),
			   model->quoted_table);
	sql_and_found(&s, &scope, NULL, scoped, deleted);
	sql_append(&s, " AND %s", link_sql_key_list(&s, "t", model->nkey, model->key, keys));
	return run_find(level, &s, 0, &own);
}

static List *
run_find(CreateLevel *level, SqlText *s, int nparent, const ReplaceColumns *columns)
{
	List	   *result = NIL;
	uint64		rows;

	statement_lock_relations(s);
	if (create_is_stale(level))
		return NIL;
	rows = statement_run(s, STATEMENT_WRITE, SPI_OK_SELECT);
	for (uint64 i = 0; i < rows; i++)
		result = lappend(result, read_row(level, i, nparent, columns));
	SPI_freetuptable(SPI_tuptable);
	return result;
}

static ReplaceFound *
read_row(CreateLevel *level, uint64 row, int nparent, const ReplaceColumns *columns)
{
	const Model *model = level->model;
	ReplaceFound *found = palloc0_object(ReplaceFound);

	if (nparent > 0)
		found->parent = link_tuple_values(row, 1, nparent, level->assoc->source->key);
	found->read = columns->read;
	found->values = palloc0_array(Datum, model->nattributes);
	found->nulls = palloc0_array(bool, model->nattributes);
	read_columns(row, nparent + 1, columns->n, columns->columns, model, found->values, found->nulls);
	found->key = palloc_array(Datum, model->nkey);
	for (int i = 0; i < model->nkey; i++)
		found->key[i] = found->values[model->key[i] - model->attributes];
	if (nparent > 0 && level->assoc->through != NULL)
	{
		const Model *through = level->assoc->through;

		found->link = palloc0_array(Datum, through->nattributes);
		found->link_nulls = palloc0_array(bool, through->nattributes);
		read_columns(row, nparent + columns->n + 1, columns->nlink, columns->link, through,
					 found->link, found->link_nulls);
	}
	return found;
}

static void
read_columns(uint64 row, int first, int n, Attribute **columns, const Model *model,
			 Datum *values, bool *nulls)
{
	for (int c = 0; c < n; c++)
	{
		int			number = columns[c] - model->attributes;

		values[number] = statement_result(row, first + c, &nulls[number]);
	}
}
