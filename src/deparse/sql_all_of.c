/*-------------------------------------------------------------------------
 *
 * sql_all_of.c
 *	  Conditions that associated rows are those of a list of keys, written as SQL.
 *
 * Decides what "allOf" (each of the list is among them) and "exactly" (and no other) become.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "base/compat.h"
#include "deparse/key_lookup.h"
#include "deparse/sql_all_of.h"
#include "registry/keys.h"
#include "utils/lsyscache.h"

/* keys of an allOf that become a semijoin each */
#define MAX_SEMIJOINS 8

static void append_each_of(SqlText *sql, const SqlScope *scope, const ResolvedAssociation *assoc,
						   const OptionValue *list);
static void append_any_of(SqlText *sql, const SqlScope *inner, const OptionValue *list);
static bool names_by_objects(const Model *model, const JsonbValue *list);
static void append_named(SqlText *sql, const SqlScope *inner, const OptionValue *list,
						 const JsonbValue *name, const DocPath *path);
static void append_equal(SqlText *sql, const SqlOperand *operand, const OptionValue *list,
						 const JsonbValue *value, const DocPath *path);
static SqlOperand key_operand(const SqlText *sql, const ResolvedAssociation *assoc,
							  const SqlScope *inner, AssociatedOptions *options);
static char *set_param(SqlText *sql, const OptionValue *list, Oid type);
static void append_set_of(SqlText *sql, const SqlScope *scope, const ResolvedAssociation *assoc,
						  const Condition *condition);
static bool can_start_from_groups(const SqlText *sql, const ResolvedAssociation *assoc);
static void append_groups_of(SqlText *sql, const SqlScope *scope, const ResolvedAssociation *assoc, const char *list,
							 const char *size, const DocPath *path);
static void append_all_keys(SqlText *sql, const SqlScope *scope, const ResolvedAssociation *assoc,
							const char *if_true, const DocPath *path);

/*
 * A short list that the document spells out becomes a semijoin for each key, which
 * can begin with the rarest of them.
 */
void
sql_append_all_of(SqlText *sql, const SqlScope *scope, const ResolvedAssociation *assoc,
				  const Condition *condition)
{
	const OptionValue *list = condition->value;

	if (list->kind == OPTION_LITERAL &&
		(JsonContainerSize(list->literal.val.binary.data) <= MAX_SEMIJOINS ||
		 names_by_objects(assoc->target, &list->literal)))
		append_each_of(sql, scope, assoc, list);
	else if (assoc->target->nkey != 1)
		error_document(ERRCODE_FEATURE_NOT_SUPPORTED, condition->path,
					   "Give the keys as objects in the document.",
					   "a list of keys of several columns cannot be a parameter");
	else
		append_set_of(sql, scope, assoc, condition);
}

static void
append_each_of(SqlText *sql, const SqlScope *scope, const ResolvedAssociation *assoc,
			   const OptionValue *list)
{
	const Model *target = assoc->target;

	appendStringInfoString(&sql->buf, "(true");
	foreach_ptr(const JsonbValue, name, doc_array_elements(&list->literal))
	{
		const DocPath *path = doc_path_index(list->path, foreach_current_index(name));
		bool		by_key = target->nkey == 1 &&
			(!doc_is_object(name) || key_takes_objects(target->nkey, target->key));
		AssociatedOptions options = {0};
		SqlOperand	key;
		SqlScope	inner;

		sql_associated_scope(sql, assoc, &inner);
		if (by_key)
			key = key_operand(sql, assoc, &inner, &options);
		appendStringInfoString(&sql->buf, " AND ");
		sql_begin_exists(sql, scope, assoc, &inner, &options);
		if (by_key)
			append_equal(sql, &key, list, name, path);
		else
			append_named(sql, &inner, list, name, path);
		sql_end_exists(sql, scope, assoc);
		if (sql->noting != NULL)
			sql->noting->keys = by_key && foreach_current_index(name) == list_length(sql->noting->keys) ?
				lappend_int(sql->noting->keys, llast_int(sql->used)) : NIL;
	}
	appendStringInfoChar(&sql->buf, ')');
}

/* all of them, and none that is not among them */
void
sql_append_exactly(SqlText *sql, const SqlScope *scope, const ResolvedAssociation *assoc,
				   const Condition *condition)
{
	const OptionValue *list = condition->value;
	bool		each = list->kind == OPTION_LITERAL &&
		(names_by_objects(assoc->target, &list->literal) ||
		 JsonContainerSize(list->literal.val.binary.data) == 0);
	AssociatedOptions options = {0};
	SqlScope	inner;
	SqlOperand	key;

	appendStringInfoChar(&sql->buf, '(');
	sql_append_all_of(sql, scope, assoc, condition);
	sql_associated_scope(sql, assoc, &inner);
	if (!each)
		key = key_operand(sql, assoc, &inner, &options);
	appendStringInfoString(&sql->buf, " AND NOT ");
	sql_begin_exists(sql, scope, assoc, &inner, &options);
	appendStringInfoString(&sql->buf, " AND (");
	if (each)
		append_any_of(sql, &inner, list);
	else
		appendStringInfo(&sql->buf, "%s %s ANY(%s)", key.sql,
						 sql_operator(key.type, BTEqualStrategyNumber, condition->path),
						 sql_set_param(sql, list, sql_list_type(&key, condition->path)));
	appendStringInfoString(&sql->buf, ") IS NOT TRUE");
	sql_end_exists(sql, scope, assoc);
	appendStringInfoChar(&sql->buf, ')');
}

static void
append_any_of(SqlText *sql, const SqlScope *inner, const OptionValue *list)
{
	appendStringInfoString(&sql->buf, "false");
	foreach_ptr(JsonbValue, element, doc_array_elements(&list->literal))
	{
		const DocPath *path = doc_path_index(list->path, foreach_current_index(element));
		SqlOperand	key;

		appendStringInfoString(&sql->buf, " OR (true");
		if (doc_is_object(element) || inner->model->nkey != 1)
			append_named(sql, inner, list, element, path);
		else
		{
			key = sql_attribute_operand(inner->alias, inner->model->key[0]);
			append_equal(sql, &key, list, element, path);
		}
		appendStringInfoChar(&sql->buf, ')');
	}
}

/* some of a list are objects, and no such is a key itself */
static bool
names_by_objects(const Model *model, const JsonbValue *list)
{
	foreach_ptr(JsonbValue, element, doc_array_elements(list))
	{
		if (doc_is_object(element))
			return !key_takes_objects(model->nkey, model->key);
	}
	return false;
}

/* AND it is the row that an object of the values of a unique key names */
static void
append_named(SqlText *sql, const SqlScope *inner, const OptionValue *list,
			 const JsonbValue *name, const DocPath *path)
{
	static const char *const others[] = {NULL};
	const Model *model = inner->model;
	KeyColumns	named;

	if (!doc_is_object(name))
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, NULL,
					   "expected a key of %d attributes, not %s,", model->nkey,
					   doc_kind_name(name));
	named = key_named_by(model, name, others);
	if (named.n == 0)
		key_raise_not_unique(model, name, others, "", path);
	for (int i = 0; i < named.n; i++)
	{
		const DocPath *member_path = doc_path_key(path, named.columns[i]->name);
		const JsonbValue *value = doc_get(name, named.columns[i]->name);
		SqlOperand	operand;

		if (value == NULL)
			error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, NULL,
						   "the key lacks \"%s\"", named.columns[i]->name);
		sql_use_attribute(sql, model, named.columns[i], member_path);
		operand = sql_attribute_operand(inner->alias, named.columns[i]);
		append_equal(sql, &operand, list, value, member_path);
	}
}

static void
append_equal(SqlText *sql, const SqlOperand *operand, const OptionValue *list,
			 const JsonbValue *value, const DocPath *path)
{
	OptionValue element = *list;

	element.literal = *value;
	element.path = path;
	appendStringInfo(&sql->buf, " AND %s %s %s", operand->sql,
					 sql_operator(operand->type, BTEqualStrategyNumber, path),
					 sql_param(sql, &element, operand->type, -1, PATTERN_NONE));
}

/* the target's key; of the link row where that has it, and nothing else of the target is asked */
static SqlOperand
key_operand(const SqlText *sql, const ResolvedAssociation *assoc, const SqlScope *inner,
			AssociatedOptions *options)
{
	options->target_unused = sql_links_have_key(sql, assoc);
	return options->target_unused ? sql_attribute_operand(inner->through_alias, assoc->target_ref[0]) :
		sql_attribute_operand(inner->alias, assoc->target->key[0]);
}

/*
 * Groups of associated rows in which every key of the list occurs; any row when
 * the list is empty or null.  Where rows are found by what the groups say, an empty list
 * adds the keys of all rows to theirs: with OR there would be no semijoin, and every
 * row would be looked at.
 */
static void
append_set_of(SqlText *sql, const SqlScope *scope, const ResolvedAssociation *assoc,
			  const Condition *condition)
{
	SqlOperand	key = sql_attribute_operand("", assoc->target->key[0]);
	Oid			type = sql_list_type(&key, condition->path);
	char	   *list = set_param(sql, condition->value, type);
	char	   *size = sql_set_size(sql, condition->value, type,
									assoc->target->key[0]->collation);
	char	   *is_empty = psprintf("(COALESCE(pg_catalog.cardinality(%s), 0) OPERATOR(pg_catalog.=) 0)",
									list);
	bool		semijoin = can_start_from_groups(sql, assoc);

	if (!semijoin)
		appendStringInfo(&sql->buf, "(%s OR ", is_empty);
	append_groups_of(sql, scope, assoc, list, size, condition->path);
	if (semijoin)
		append_all_keys(sql, scope, assoc, is_empty, condition->path);
	sql_end_groups(sql, scope, assoc);
	if (!semijoin)
		appendStringInfoChar(&sql->buf, ')');
}

static char *
set_param(SqlText *sql, const OptionValue *list, Oid type)
{
	char	   *result = sql_set_param(sql, list, type);

	if (sql->noting != NULL)
	{
		sql->noting->keys = list_make1_int(llast_int(sql->used));
		sql->noting->is_list = true;
	}
	return result;
}

/*
 * Not for few rows that are found by key: to make all groups for them is a waste.
 * And not where a key may be null or is an array, for which append_all_keys has no way.
 */
static bool
can_start_from_groups(const SqlText *sql, const ResolvedAssociation *assoc)
{
	return !sql->by_key && !type_is_array(getBaseType(assoc->source_key[0]->type)) &&
		proof_never_null(sql->proofs, assoc->source, assoc->nsource, assoc->source_key);
}

static void
append_groups_of(SqlText *sql, const SqlScope *scope, const ResolvedAssociation *assoc, const char *list,
				 const char *size, const DocPath *path)
{
	AssociatedOptions options = {0};
	SqlAssociated parts;
	SqlOperand	key;
	SqlScope	inner;

	sql_associated_scope(sql, assoc, &inner);
	key = key_operand(sql, assoc, &inner, &options);
	parts = sql_associated_parts(sql, assoc, &inner, &options);
	parts.conditions = psprintf("%s AND %s %s ANY(%s)", parts.conditions, key.sql,
								sql_operator(key.type, BTEqualStrategyNumber, path), list);
	sql_begin_groups(sql, scope, assoc, &inner, &parts);
	appendStringInfo(&sql->buf, " HAVING pg_catalog.count(%s) OPERATOR(pg_catalog.=) %s",
					 options.target_unused && sql_links_are_distinct(sql, assoc) ? "*" :
					 psprintf("DISTINCT %s", key.sql), size);
}

/*
 * UNION ALL the keys of all rows, if a condition on parameters holds.  The planner
 * takes it for true when it does not know it, expects all rows, and would look at
 * all: the comparison with ALL says nothing that the condition does not, but lets it expect one.
 */
static void
append_all_keys(SqlText *sql, const SqlScope *scope, const ResolvedAssociation *assoc,
				const char *if_true, const DocPath *path)
{
	char	   *alias = sql_alias(sql, "t");
	char	   *first = sql_column(alias, assoc->source_key[0]);

	appendStringInfoString(&sql->buf, " UNION ALL SELECT ");
	for (int i = 0; i < assoc->nsource; i++)
		appendStringInfo(&sql->buf, "%s%s", i > 0 ? ", " : "",
						 assoc->source_points ?
						 sql_ref_as(sql_column(alias, assoc->source_key[i]), assoc->source_key[i],
									assoc->source_ref[i]) : sql_column(alias, assoc->source_key[i]));
	appendStringInfo(&sql->buf, " FROM %s %s WHERE %s AND %s %s ALL(CASE WHEN %s THEN ARRAY[%s] END)",
					 scope->model->quoted_table, alias, if_true, first,
					 sql_operator(assoc->source_key[0]->type, BTEqualStrategyNumber, path),
					 if_true, first);
}
