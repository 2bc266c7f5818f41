/*-------------------------------------------------------------------------
 *
 * sql_where.c
 *	  Conditions bound to models and written as SQL.
 *
 * Decides what a key of a where document names: attribute, JSON path, column of
 * an association or of the link row.  Comparisons are written by sql_compare.c,
 * predicates over associations by sql_predicate.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "base/compat.h"
#include "catalog/pg_type.h"
#include "deparse/sql_alternatives.h"
#include "deparse/sql_where.h"
#include "miscadmin.h"
#include "registry/misplaced.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

static void append_connective(SqlText *sql, const SqlScope *scope, const Condition *condition);
static void append_joined(SqlText *sql, const SqlScope *scope, const List *conditions, const char *word);
static void append_alternatives(SqlText *sql, const SqlScope *scope, List *conditions);
static bool append_as_list(SqlText *sql, const SqlScope *scope, const List *equalities);
static bool finds_by_key(const SqlScope *scope, const List *conditions);
static void append_through(SqlText *sql, const SqlScope *scope, const Condition *condition);

static void append_compare(SqlText *sql, const SqlScope *scope, const Condition *compare);
static bool is_no_row_test(const SqlScope *scope, const Condition *compare);
static SqlOperand known_operand(SqlText *sql, const SqlScope *scope, const Attribute *attribute);
static bool json_path_operand(SqlText *sql, const SqlScope *scope, const Condition *compare,
							  SqlOperand *operand);
static SqlOperand column_path_operand(SqlText *sql, const SqlScope *scope, const Condition *compare);
static List *split_path(const char *key, const DocPath *path);
pg_noreturn static void error_unknown_key(const SqlScope *scope, const Condition *compare);
static const char *hint_of_words(const Model *model, const char *key);


void
sql_and_condition(SqlText *sql, const SqlScope *scope, const Condition *condition)
{
	if (condition == NULL)
		return;
	appendStringInfoString(&sql->buf, " AND ");
	sql_append_condition(sql, scope, condition);
}

void
sql_append_condition(SqlText *sql, const SqlScope *scope, const Condition *condition)
{
	check_stack_depth();
	switch (condition->kind)
	{
		case CONDITION_AND:
		case CONDITION_OR:
			append_connective(sql, scope, condition);
			break;
		case CONDITION_NOT:
			appendStringInfoString(&sql->buf, "(NOT ");
			sql_append_condition(sql, scope, linitial(condition->args));
			appendStringInfoChar(&sql->buf, ')');
			break;
		case CONDITION_NOT_TRUE:
			appendStringInfoChar(&sql->buf, '(');
			sql_append_condition(sql, scope, linitial(condition->args));
			appendStringInfoString(&sql->buf, ") IS NOT TRUE");
			break;
		case CONDITION_COMPARE:
			append_compare(sql, scope, condition);
			break;
		case CONDITION_ASSOCIATION:
			sql_append_predicate(sql, scope, condition);
			break;
		case CONDITION_THROUGH:
			append_through(sql, scope, condition);
			break;
	}
}

/* no condition at all holds for AND and fails for OR */
static void
append_connective(SqlText *sql, const SqlScope *scope, const Condition *condition)
{
	bool		is_and = condition->kind == CONDITION_AND;
	bool		by_key = sql->by_key;

	if (condition->args == NIL)
	{
		appendStringInfoString(&sql->buf, is_and ? "true" : "false");
		return;
	}
	if (is_and && finds_by_key(scope, condition->args))
		sql->by_key = true;
	appendStringInfoChar(&sql->buf, '(');
	if (is_and)
		append_joined(sql, scope, condition->args, " AND ");
	else
		append_alternatives(sql, scope, condition->args);
	appendStringInfoChar(&sql->buf, ')');
	sql->by_key = by_key;
}

static void
append_joined(SqlText *sql, const SqlScope *scope, const List *conditions, const char *word)
{
	foreach_ptr(Condition, condition, conditions)
	{
		if (foreach_current_index(condition) > 0)
			appendStringInfoString(&sql->buf, word);
		sql_append_condition(sql, scope, condition);
	}
}

static void
append_alternatives(SqlText *sql, const SqlScope *scope, List *conditions)
{
	List	   *groups = sql_alternatives(conditions);

	foreach_ptr(const List, group, groups)
	{
		if (foreach_current_index(group) > 0)
			appendStringInfoString(&sql->buf, " OR ");
		if (list_length(group) == 1 || !append_as_list(sql, scope, group))
			append_joined(sql, scope, group, " OR ");
	}
}

static bool
append_as_list(SqlText *sql, const SqlScope *scope, const List *equalities)
{
	const Condition *first = linitial(equalities);
	SqlOperand	operand;
	char	   *values;

	if (model_attribute(scope->model, first->key) == NULL)
		return false;
	operand = sql_operand(sql, scope, first);
	values = sql_alternatives_param(sql, equalities, &operand);
	if (values == NULL)
		return false;
	appendStringInfo(&sql->buf, "(%s %s ANY(%s))", operand.sql,
					 sql_operator(operand.type, BTEqualStrategyNumber, first->path), values);
	return true;
}

/* is one of them a comparison with values of a unique column? */
static bool
finds_by_key(const SqlScope *scope, const List *conditions)
{
	foreach_ptr(const Condition, c, conditions)
	{
		Attribute  *attribute = c->kind != CONDITION_COMPARE ||
			(c->op != WHERE_EQ && c->op != WHERE_IN) || c->value->kind == OPTION_COLUMN ? NULL :
			model_attribute(scope->model, c->key);
		ModelIndex *index = attribute ? model_index_on(scope->model, 1, &attribute) : NULL;

		if (index != NULL && index->unique && index->nkeys == 1)
			return true;
	}
	return false;
}

/* "through": {...}: the same language, about the link row */
static void
append_through(SqlText *sql, const SqlScope *scope, const Condition *condition)
{
	SqlScope	link = {scope->through, scope->through_alias, NULL, NULL, scope->above};

	if (scope->through == NULL)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, condition->path, NULL,
					   "there is no link row here: \"through\" needs a many-to-many association");
	sql_append_condition(sql, &link, linitial(condition->args));
}

/* ---- comparisons ---- */

static void
append_compare(SqlText *sql, const SqlScope *scope, const Condition *compare)
{
	SqlOperand		operand;

	if (is_no_row_test(scope, compare))
	{
		ResolvedAssociation *assoc =
			registry_resolve_path(scope->model, compare->key, compare->path);

		appendStringInfoString(&sql->buf, "NOT ");
		sql_append_exists(sql, scope, assoc, NULL);
		return;
	}
	operand = sql_operand(sql, scope, compare);
	sql_append_operator(sql, scope, compare, &operand);
}

/* {"owner": null}: has none */
static bool
is_no_row_test(const SqlScope *scope, const Condition *compare)
{
	return !compare->column_key && compare->bare && compare->op == WHERE_EQ &&
		compare->value->kind == OPTION_LITERAL &&
		compare->value->literal.type == jbvNull &&
		model_value(scope->model, compare->key) == NULL &&
		registry_association_if_any(scope->model, compare->key) != NULL;
}

SqlOperand
sql_operand(SqlText *sql, const SqlScope *scope, const Condition *compare)
{
	Attribute  *attribute;
	SqlOperand		operand;

	attribute = model_value(scope->model, compare->key);
	if (attribute != NULL)
	{
		sql_use_attribute(sql, scope->model, attribute, compare->path);
		operand = known_operand(sql, scope, attribute);
		operand.name = compare->key;
		return operand;
	}
	if (json_path_operand(sql, scope, compare, &operand))
		return operand;
	if (compare->column_key && strchr(compare->key, '.') != NULL)
		return column_path_operand(sql, scope, compare);
	error_unknown_key(scope, compare);
}

SqlOperand
sql_attribute_operand(const char *alias, const Attribute *attribute)
{
	SqlOperand		operand;

	operand.sql = sql_column(alias, attribute);
	operand.type = getBaseType(attribute->type);
	operand.typmod = -1;
	operand.text_sql = operand.type == TEXTOID || operand.type == VARCHAROID ? operand.sql :
		psprintf("CAST(%s AS pg_catalog.text)", operand.sql);
	operand.name = attribute->name;
	return operand;
}

/* as it was made for the condition before, where that is about the same attribute */
static SqlOperand
known_operand(SqlText *sql, const SqlScope *scope, const Attribute *attribute)
{
	if (sql->operand.attribute != attribute || sql->operand.model != scope->model ||
		sql->operand.alias != scope->alias)
	{
		if (sql->operand.operand == NULL)
			sql->operand.operand = palloc_object(SqlOperand);
		*sql->operand.operand = sql_attribute_operand(scope->alias, attribute);
		sql->operand.attribute = attribute;
		sql->operand.model = scope->model;
		sql->operand.alias = scope->alias;
	}
	return *sql->operand.operand;
}

/* "meta.a.b" where meta is a json or jsonb attribute: compared as jsonb */
static bool
json_path_operand(SqlText *sql, const SqlScope *scope, const Condition *compare, SqlOperand *operand)
{
	const char *path;
	Attribute  *attribute = model_json_path(scope->model, compare->key, &path);
	char	   *column;
	char	   *steps;

	if (attribute == NULL)
		return false;
	sql_use_attribute(sql, scope->model, attribute, compare->path);
	column = sql_column(scope->alias, attribute);
	steps = sql_json_steps(sql, path, compare->path);
	operand->sql = sql_json_value(column, attribute->type, steps, false);
	operand->text_sql = sql_json_value(column, attribute->type, steps, true);
	operand->type = JSONBOID;
	operand->typmod = -1;
	operand->name = compare->key;
	return true;
}

/* the path is data, so it is a parameter too: split in SQL, where "." cannot be quoted */
char *
sql_json_steps(SqlText *sql, const char *json_path, const DocPath *path)
{
	OptionValue steps = {.kind = OPTION_LITERAL, .path = path};

	steps.literal.type = jbvString;
	steps.literal.val.string.val = pstrdup(json_path);
	steps.literal.val.string.len = strlen(json_path);
	return psprintf("pg_catalog.string_to_array(%s, '.')",
					sql_param(sql, &steps, TEXTOID, -1, PATTERN_NONE));
}

char *
sql_json_value(const char *column, Oid type, const char *steps, bool as_text)
{
	if (getBaseType(type) == JSONOID)
		column = psprintf("CAST(%s AS pg_catalog.jsonb)", column);
	return psprintf("(%s OPERATOR(pg_catalog.%s) %s)", column, as_text ? "#>>" : "#>", steps);
}

/* "$through.role$", "$owner.name$" */
static SqlOperand
column_path_operand(SqlText *sql, const SqlScope *scope, const Condition *compare)
{
	List	   *steps = split_path(compare->key, compare->path);
	SqlOperand		operand;
	const Attribute *attribute;

	if (scope->through != NULL && list_length(steps) == 2 &&
		strcmp(linitial(steps), "through") == 0)
	{
		operand = sql_attribute_operand(scope->through_alias,
										sql_used_attribute(sql, scope->through, lsecond(steps),
														   compare->path));
		operand.name = compare->key;
		return operand;
	}
	operand.sql = sql_to_one_expression(sql, scope, steps, compare->path, &attribute);
	return sql_expression_operand(operand.sql, attribute->type, compare->key);
}

SqlOperand
sql_expression_operand(char *expression, Oid type, const char *name)
{
	SqlOperand	operand = {.sql = expression, .type = getBaseType(type), .typmod = -1, .name = name};

	operand.text_sql = psprintf("CAST(%s AS pg_catalog.text)", expression);
	return operand;
}

static List *
split_path(const char *key, const DocPath *path)
{
	List	   *steps = registry_split_path(key);

	foreach_ptr(const char, step, steps)
		if (step[0] == '\0')
			error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, NULL, "empty name in a column path");
	return steps;
}

static void
error_unknown_key(const SqlScope *scope, const Condition *compare)
{
	const char *hint;

	if (registry_association_if_any(scope->model, compare->key) != NULL)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, compare->path,
					   "Write a predicate: {\"some\": ...}, {\"none\": ...}, {\"every\": ...} or {\"count\": ...}.",
					   "\"%s\" is an association of model \"%s\", not an attribute,",
					   compare->key, scope->model->name);
	hint = hint_of_words(scope->model, compare->key);
	if (hint != NULL)
		error_document(ERRCODE_UNDEFINED_COLUMN, compare->path, hint,
					   "model \"%s\" has no attribute \"%s\"", scope->model->name, compare->key);
	misplaced_of_link(scope->model, scope->through, compare->key,
					  "Attributes of the link stand under \"through\": {\"through\": {\"%s\": ...}}.", compare->path);
	(void) model_attribute_at(scope->model, compare->key, compare->path);
	elog(ERROR, "attribute \"%s\" appeared while it was refused", compare->key);
}

/* "owner.name" and "owner__name" of an association, "born__gt" of an attribute, as elsewhere */
static const char *
hint_of_words(const Model *model, const char *key)
{
	const char *dot = strchr(key, '.');
	const char *end = dot ? dot : strstr(key, "__");
	const char *rest;			/* without an operator behind it */
	const Association *association;
	char	   *first;

	if (end == NULL)
		return NULL;
	rest = end + (dot ? 1 : 2);
	first = pnstrdup(key, end - key);
	if (strstr(rest, "__") != NULL)
		rest = pnstrdup(rest, strstr(rest, "__") - rest);
	if (dot == NULL && model_value(model, first) != NULL)
		return psprintf(_("Operators stand under the attribute, as in {\"%s\": {\"gt\": ...}}."), first);
	association = registry_association_if_any(model, first);
	if (association == NULL)
		return NULL;
	if (association->kind == BELONGS_TO || association->kind == HAS_ONE)
		return psprintf(_("Here it is \"$%s.%s$\"."), first, rest);
	return psprintf(_("Here it is {\"%s\": {\"some\": {\"%s\": ...}}}."), first, rest);
}
