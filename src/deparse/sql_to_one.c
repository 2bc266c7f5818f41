/*-------------------------------------------------------------------------
 *
 * sql_to_one.c
 *	  What to-one associations lead to, in SQL text of loads.
 *
 * Decides whether an attribute over there is a column of a joined row or a
 * subquery.  A join must never make two rows of one: it is written where a unique
 * index lets no second row match, and never inside other subqueries.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "base/errors.h"
#include "base/settings.h"
#include "catalog/pg_class_d.h"
#include "deparse/sql_text.h"
#include "miscadmin.h"

#define MANY_JOINS 32

/* the row of a to-one association, joined to the rows of a statement */
typedef struct SqlJoined
{
	const char *source_alias;
	const Association *association;
	SqlScope	scope;			/* of the row */
} SqlJoined;

static bool of_order(const DocPath *path);
static ResolvedAssociation *to_one_association(const Model *model, const char *alias, const DocPath *path);
static char *to_one_subquery(SqlText *sql, const SqlScope *scope, List *steps, int first,
							 const DocPath *path, SqlScope *end, const Attribute **attribute);
static void count_subquery(SqlText *sql, const DocPath *path);
static void append_first(SqlText *sql, const ResolvedAssociation *assoc, const SqlScope *inner);
static List *declared_order(const ResolvedAssociation *assoc);
static char *to_one_of_gathered(SqlText *sql, const SqlScope *scope, List *steps, int first,
								const DocPath *path, SqlScope *end, const Attribute **attribute);
static void append_gathered_join(SqlText *sql, StringInfo joins, SqlScope *scope, const char *alias,
								 const DocPath *path);
static bool join_to_one(SqlText *sql, SqlScope *scope, const ResolvedAssociation *assoc);
static bool is_own_row(const SqlText *sql, const char *alias);
static void append_join(SqlText *sql, const ResolvedAssociation *assoc, const SqlScope *inner,
						const char *source_alias);
static bool index_admits_one(const ModelIndex *index, const ResolvedAssociation *assoc);
static bool is_indexed(const ModelIndex *index, int column, const ResolvedAssociation *assoc, int n);

char *
sql_to_one_expression(SqlText *sql, const SqlScope *scope, List *steps,
					  const DocPath *path, const Attribute **attribute)
{
	SqlScope	end;
	char	   *text = sql_to_one_column(sql, scope, steps, path, &end, attribute);

	sql_use_attribute(sql, end.model, *attribute, path);
	return text;
}

/*
 * Rows of the statement are joined with those that they have one of, for all
 * expressions that lead there.  Where there might be more than one, a subquery picks
 * one, and so does what is not about rows of the statement itself.
 */
char *
sql_to_one_column(SqlText *sql, const SqlScope *scope, List *steps, const DocPath *path,
				  SqlScope *end, const Attribute **attribute)
{
	SqlScope	outer = *scope;
	int			first = 0;

	while (first < list_length(steps) - 1 &&
		   join_to_one(sql, &outer, to_one_association(outer.model, list_nth(steps, first), path)))
		first++;
	return to_one_subquery(sql, &outer, steps, first, path, end, attribute);
}

static bool
of_order(const DocPath *path)
{
	for (; path != NULL; path = path->parent)
		if (path->key != NULL && strcmp(path->key, "order") == 0)
			return true;
	return false;
}

static ResolvedAssociation *
to_one_association(const Model *model, const char *alias, const DocPath *path)
{
	ResolvedAssociation *assoc = registry_resolve_alias(model, alias, path);

	if (!assoc->to_one)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path,
					   of_order(path) ?
					   "Use an aggregate; associated rows are put in order by the \"order\" of their include." :
					   "Use an aggregate, or a predicate such as {\"some\": ...}.",
					   "association \"%s\" of model \"%s\" has many rows for each one",
					   assoc->association->alias, model->name);
	return assoc;
}

List *
sql_name_steps(const Model *model, const char *name)
{
	return model_value(model, name) ? list_make1(pstrdup(name)) : registry_split_path(name);
}

/* (SELECT t1.name FROM ... WHERE ... LIMIT 1), or a column where no step is left */
static char *
to_one_subquery(SqlText *sql, const SqlScope *scope, List *steps, int first,
				const DocPath *path, SqlScope *end, const Attribute **attribute)
{
	AssociatedOptions options = {0};
	ResolvedAssociation *assoc;
	SqlScope	inner;
	StringInfoData outer = sql->buf;
	char	   *column;

	check_stack_depth();
	if (first == list_length(steps) - 1)
	{
		*end = *scope;
		*attribute = model_value_at(scope->model, llast(steps), path);
		return sql_column(scope->alias, *attribute);
	}
	assoc = to_one_association(scope->model, list_nth(steps, first), path);
	if (sql_is_apart(scope, assoc))
		return to_one_of_gathered(sql, scope, steps, first, path, end, attribute);
	count_subquery(sql, path);
	sql_associated_scope(sql, assoc, &inner);
	column = to_one_subquery(sql, &inner, steps, first + 1, path, end, attribute);
	initStringInfo(&sql->buf);
	appendStringInfo(&sql->buf, "(SELECT %s", column);
	sql_append_associated(sql, assoc, &inner, scope->alias, &options);
	append_first(sql, assoc, &inner);
	appendStringInfoChar(&sql->buf, ')');
	column = sql->buf.data;
	sql->buf = outer;
	return column;
}

/* as conditions on associated rows are counted (options_where.c), which this is not known to be before */
static void
count_subquery(SqlText *sql, const DocPath *path)
{
	if (++sql->nfetched > assoc_max_document_values / 20 && assoc_max_document_values > 0)
		error_document(ERRCODE_PROGRAM_LIMIT_EXCEEDED, path,
					   psprintf("The limit is the setting \"pg_associations.max_document_values\", now %d.",
								assoc_max_document_values),
					   "the document has too many conditions");
}

/*
 * Of several rows the one that an include shows: the first in the order that is declared, by the target's default
 * scope or the association.  Where that order leads to several rows again, the first of these by key.
 */
static void
append_first(SqlText *sql, const ResolvedAssociation *assoc, const SqlScope *inner)
{
	const Attribute *used_hidden = sql->used_hidden;
	bool		within = sql->within_order;

	if (!sql_has_one_row_at_most(sql, assoc))
	{
		sql->within_order = true;
		sql_append_order_expressions(sql, sql_order_keys(sql, inner, within ? NIL : declared_order(assoc)));
		sql->within_order = within;
		sql->used_hidden = used_hidden;
	}
	appendStringInfoString(&sql->buf, " LIMIT 1");
}

/* but for what only the attributes of a scope name */
static List *
declared_order(const ResolvedAssociation *assoc)
{
	JsonbValue *order = doc_option(assoc->target->options, "defaultScope", "order");
	List	   *result = NIL;

	if (order == NULL)
		order = doc_option(assoc->association->options, NULL, "order");
	if (order == NULL)
		return NIL;
	foreach_ptr(OrderItem, item, options_parse_order(order, doc_path_key(&doc_declared, "order")))
		if (list_length(item->steps) != 1 || model_value(assoc->target, linitial(item->steps)) != NULL)
			result = lappend(result, item);
	return result;
}

/* over tables that Citus has read before it takes no further subquery: the other steps are joined there */
static char *
to_one_of_gathered(SqlText *sql, const SqlScope *scope, List *steps, int first,
				   const DocPath *path, SqlScope *end, const Attribute **attribute)
{
	AssociatedOptions options = {.gathered = true};
	ResolvedAssociation *assoc = to_one_association(scope->model, list_nth(steps, first), path);
	StringInfoData outer = sql->buf;
	StringInfoData joins;
	SqlAssociated parts;
	SqlScope	inner;

	sql_associated_scope(sql, assoc, &inner);
	parts = sql_associated_parts(sql, assoc, &inner, &options);
	*end = inner;
	initStringInfo(&joins);
	for (int i = first + 1; i < list_length(steps) - 1; i++)
		append_gathered_join(sql, &joins, end, list_nth(steps, i), path);
	*attribute = model_value_at(end->model, llast(steps), path);
	initStringInfo(&sql->buf);
	appendStringInfo(&sql->buf, "(SELECT %s%s%s WHERE %s%s", sql_column(end->alias, *attribute), parts.tables,
					 joins.data, sql_source_match(assoc, &inner, scope->alias), parts.conditions);
	append_first(sql, assoc, &inner);
	appendStringInfoChar(&sql->buf, ')');
	joins = sql->buf;
	sql->buf = outer;
	return joins.data;
}

/* from the row in scope to the one that it has, which is in scope then */
static void
append_gathered_join(SqlText *sql, StringInfo joins, SqlScope *scope, const char *alias, const DocPath *path)
{
	AssociatedOptions options = {0};
	ResolvedAssociation *assoc = to_one_association(scope->model, alias, path);
	StringInfoData outer = sql->buf;
	SqlScope	inner;

	sql_associated_scope(sql, assoc, &inner);
	initStringInfo(&sql->buf);
	sql_append_match(sql, assoc, &inner, scope->alias, &options);
	appendStringInfo(joins, " LEFT JOIN (SELECT * FROM %s OFFSET 0) %s ON %s", inner.model->quoted_table, inner.alias,
					 sql->buf.data);
	sql->buf = outer;
	*scope = inner;
}

/* from the row of scope on to the one that it has, which is joined; false: it cannot be */
static bool
join_to_one(SqlText *sql, SqlScope *scope, const ResolvedAssociation *assoc)
{
	SqlJoined  *joined;
	ListCell   *lc;

	if (!is_own_row(sql, scope->alias) || !sql_has_one_row_at_most(sql, assoc))
		return false;
	foreach(lc, sql->joined)
	{
		joined = lfirst(lc);
		if (joined->association != assoc->association ||
			strcmp(joined->source_alias, scope->alias) != 0)
			continue;
		*scope = joined->scope;
		return true;
	}
	/* what the planner keeps of each join grows with the others; Citus takes no subquery in its place */
	if (list_length(sql->joined) >= MANY_JOINS && !assoc->source->distributed && !assoc->target->distributed)
		return false;
	joined = palloc_object(SqlJoined);
	joined->source_alias = scope->alias;
	joined->association = assoc->association;
	sql_associated_scope(sql, assoc, &joined->scope);
	append_join(sql, assoc, &joined->scope, scope->alias);
	sql->joined = lappend(sql->joined, joined);
	*scope = joined->scope;
	return true;
}

/* a row that the statement selects or joins, not one of a subquery */
static bool
is_own_row(const SqlText *sql, const char *alias)
{
	ListCell   *lc;

	if (sql->own == NULL)
		return false;
	if (strcmp(sql->own->alias, alias) == 0 ||
		(sql->own->through && strcmp(sql->own->through_alias, alias) == 0))
		return true;
	foreach(lc, sql->joined)
		if (strcmp(((SqlJoined *) lfirst(lc))->scope.alias, alias) == 0)
			return true;
	return false;
}

static void
append_join(SqlText *sql, const ResolvedAssociation *assoc, const SqlScope *inner,
			const char *source_alias)
{
	const SqlScope *own = sql->own;
	AssociatedOptions options = {0};
	StringInfoData outer = sql->buf;

	initStringInfo(&sql->buf);
	/* Citus reads a subquery with OFFSET first, and joins what it gives */
	appendStringInfo(&sql->buf, sql_rows_are_apart(assoc->source, assoc->source_key, assoc->target, assoc->source_ref, assoc->nsource) ?
					 " LEFT JOIN (SELECT * FROM %s OFFSET 0) %s ON " :
					 " LEFT JOIN %s %s ON ", inner->model->quoted_table, inner->alias);
	/* conditions of a join stand before what later joins bring */
	sql->own = NULL;
	sql_append_match(sql, assoc, inner, source_alias, &options);
	sql->own = own;
	if (sql->joins.data == NULL)
		initStringInfo(&sql->joins);
	appendStringInfoString(&sql->joins, sql->buf.data);
	sql->buf = outer;
}

void
sql_joins_here(SqlText *sql)
{
	sql->joins_at = sql->buf.len;
}

int
sql_insert_joins(SqlText *sql)
{
	StringInfo	buf = &sql->buf;
	char	   *rest;

	if (sql->joined == NIL)
		return 0;
	rest = pstrdup(buf->data + sql->joins_at);
	buf->len = sql->joins_at;
	appendStringInfo(buf, "%s%s", sql->joins.data, rest);
	return sql->joins.len;
}

/* no second row can match the key: one would come twice */
bool
sql_has_one_row_at_most(const SqlText *sql, const ResolvedAssociation *assoc)
{
	const Model *target = assoc->target;

	/* an index says nothing of the rows of inheritance children */
	if (target->has_children && target->relkind == RELKIND_RELATION)
		return false;
	for (int i = 0; i < target->nindexes; i++)
		if (target->indexes[i].unique && index_admits_one(&target->indexes[i], assoc) &&
			proof_by_index(sql->proofs, target->indexes[i].indexid))
			return true;
	return false;
}

/* every column of the index equals something of the source's row */
static bool
index_admits_one(const ModelIndex *index, const ResolvedAssociation *assoc)
{
	for (int column = 0; column < index->nkeys; column++)
	{
		int			i = 0;

		while (i < assoc->nsource && !is_indexed(index, column, assoc, i))
			i++;
		if (i == assoc->nsource)
			return false;
	}
	return true;
}

/* the column of the target, which points or is pointed at */
static bool
is_indexed(const ModelIndex *index, int column, const ResolvedAssociation *assoc, int n)
{
	return assoc->source_points ?
		proof_index_on_key(index, column, assoc->source_key[n], assoc->source_ref[n]) :
		proof_index_on_ref(index, column, assoc->source_ref[n], assoc->source_key[n]);
}
