/*-------------------------------------------------------------------------
 *
 * sql_where.c
 *	  Conditions bound to models and written as SQL.
 *
 * Decides what a key of a where document names (attribute, JSON path, column of
 * an association or of the link row) and what SQL each operator becomes for the
 * attribute's type.  Every value becomes a parameter of the column's type.
 * Predicates over associations are written by sql_predicate.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/stratnum.h"
#include "base/compat.h"
#include "catalog/pg_namespace_d.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "parser/parse_oper.h"
#include "deparse/sql_alternatives.h"
#include "deparse/sql_where.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

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

static bool append_null_test(SqlText *sql, const Condition *compare, const SqlOperand *operand);
static void append_ordering(SqlText *sql, const SqlScope *scope, const Condition *compare,
							const SqlOperand *operand, int strategy);
static void append_operation(SqlText *sql, const char *left, const char *operator,
							 WhereQuantifier quantifier, const char *value);
static const char *operator_text(SqlText *sql, Oid type, int strategy, const DocPath *path);
static void append_unequal(SqlText *sql, const SqlScope *scope, const Condition *compare,
						   const SqlOperand *operand);
static void append_in(SqlText *sql, const SqlScope *scope, const Condition *compare,
					  const SqlOperand *operand);
static void append_list(SqlText *sql, const Condition *compare, const SqlOperand *operand, bool negated);
static void append_operator(SqlText *sql, const SqlScope *scope, const Condition *compare,
							SqlOperand *operand);
static void append_between(SqlText *sql, const SqlScope *scope, const Condition *compare,
						   const SqlOperand *operand, bool negated);
static void append_pattern(SqlText *sql, const SqlScope *scope, const Condition *compare,
						   const SqlOperand *operand);
static void append_column_pattern(SqlText *sql, const SqlScope *scope, const Condition *compare,
								  const SqlOperand *operand, PatternForm form, const char *own);
static char *value_text(SqlText *sql, const SqlScope *scope, const Condition *compare,
						Oid type, int32 typmod);
static SqlOperand column_value(SqlText *sql, const SqlScope *scope, const Condition *compare);
static const SqlScope *value_scope(SqlText *sql, const SqlScope *scope, const OptionValue *value);
static void check_comparable(Oid a, Oid b, const OptionValue *value);

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
		AssociationEnds *ends =
			registry_path_ends(scope->model, compare->key, compare->path);

		appendStringInfoString(&sql->buf, "NOT ");
		sql_append_exists(sql, scope, ends, NULL);
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
	const char *dot = strchr(compare->key, '.');
	Attribute  *attribute;
	char	   *column;
	char	   *steps;

	if (dot == NULL)
		return false;
	attribute = model_value(scope->model, pnstrdup(compare->key, dot - compare->key));
	if (attribute == NULL || !sql_is_json(attribute->type))
		return false;
	sql_use_attribute(sql, scope->model, attribute, compare->path);
	column = sql_column(scope->alias, attribute);
	steps = sql_json_steps(sql, dot + 1, compare->path);
	operand->sql = sql_json_value(column, attribute->type, steps, false);
	operand->text_sql = sql_json_value(column, attribute->type, steps, true);
	operand->type = JSONBOID;
	operand->typmod = -1;
	operand->name = compare->key;
	return true;
}

bool
sql_is_json(Oid type)
{
	return getBaseType(type) == JSONBOID || getBaseType(type) == JSONOID;
}

/* the path is data, so it is a parameter too: split in SQL, where "." cannot be quoted */
char *
sql_json_steps(SqlText *sql, const char *json_path, const DocPath *place)
{
	OptionValue path = {.kind = OPTION_LITERAL, .path = place};

	path.literal.type = jbvString;
	path.literal.val.string.val = pstrdup(json_path);
	path.literal.val.string.len = strlen(json_path);
	return psprintf("pg_catalog.string_to_array(%s, '.')",
					sql_param(sql, &path, TEXTOID, -1, PATTERN_NONE));
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
	Oid			type;

	if (scope->through != NULL && list_length(steps) == 2 &&
		strcmp(linitial(steps), "through") == 0)
	{
		operand = sql_attribute_operand(scope->through_alias,
										sql_used_attribute(sql, scope->through, lsecond(steps),
														   compare->path));
		operand.name = compare->key;
		return operand;
	}
	operand.sql = sql_to_one_expression(sql, scope, steps, compare->path, &type);
	return sql_expression_operand(operand.sql, type, compare->key);
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
	if (registry_association_if_any(scope->model, compare->key) != NULL)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, compare->path,
					   "Write a predicate: {\"some\": ...}, {\"none\": ...}, {\"every\": ...} or {\"count\": ...}.",
					   "\"%s\" is an association of model \"%s\", not an attribute,",
					   compare->key, scope->model->name);
	(void) model_attribute_at(scope->model, compare->key, compare->path);
	elog(ERROR, "attribute \"%s\" appeared while it was refused", compare->key);
}

/* ---- operators ---- */

void
sql_append_operator(SqlText *sql, const SqlScope *scope, const Condition *compare, SqlOperand *operand)
{
	if (!compare->value->optional)
	{
		append_operator(sql, scope, compare, operand);
		return;
	}
	appendStringInfo(&sql->buf, "(%s OR ", sql_missing(sql, compare->value));
	append_operator(sql, scope, compare, operand);
	appendStringInfoChar(&sql->buf, ')');
}

static void
append_operator(SqlText *sql, const SqlScope *scope, const Condition *compare, SqlOperand *operand)
{
	static const int strategies[] = {
		[WHERE_EQ] = BTEqualStrategyNumber, [WHERE_IS] = BTEqualStrategyNumber,
		[WHERE_GT] = BTGreaterStrategyNumber, [WHERE_GTE] = BTGreaterEqualStrategyNumber,
		[WHERE_LT] = BTLessStrategyNumber, [WHERE_LTE] = BTLessEqualStrategyNumber,
	};

	if (append_null_test(sql, compare, operand))
		return;
	switch (compare->op)
	{
		case WHERE_EQ:
		case WHERE_IS:
		case WHERE_GT:
		case WHERE_GTE:
		case WHERE_LT:
		case WHERE_LTE:
			append_ordering(sql, scope, compare, operand, strategies[compare->op]);
			break;
		case WHERE_NE:
		case WHERE_NOT:
			append_unequal(sql, scope, compare, operand);
			break;
		case WHERE_BETWEEN:
		case WHERE_NOT_BETWEEN:
			append_between(sql, scope, compare, operand, compare->op == WHERE_NOT_BETWEEN);
			break;
		case WHERE_IN:
		case WHERE_NOT_IN:
			append_in(sql, scope, compare, operand);
			break;
		case WHERE_CONTAINS:
		case WHERE_CONTAINED:
		case WHERE_OVERLAP:
		case WHERE_ADJACENT:
		case WHERE_STRICT_LEFT:
		case WHERE_STRICT_RIGHT:
		case WHERE_NO_EXTEND_LEFT:
		case WHERE_NO_EXTEND_RIGHT:
		case WHERE_HAS_KEY:
		case WHERE_HAS_ANY_KEY:
		case WHERE_HAS_ALL_KEYS:
			sql_append_typed(sql, scope, compare, operand);
			break;
		case WHERE_WITHIN:
			sql_append_within(sql, scope, compare, operand);
			break;
		case WHERE_MATCH:
		case WHERE_WEBSEARCH:
		case WHERE_PHRASE:
			sql_append_search(sql, scope, compare, operand);
			break;
		case WHERE_LIKE:
		case WHERE_NOT_LIKE:
		case WHERE_ILIKE:
		case WHERE_NOT_ILIKE:
		case WHERE_STARTS_WITH:
		case WHERE_ENDS_WITH:
		case WHERE_SUBSTRING:
		case WHERE_REGEXP:
		case WHERE_NOT_REGEXP:
		case WHERE_IREGEXP:
		case WHERE_NOT_IREGEXP:
			append_pattern(sql, scope, compare, operand);
			break;
	}
}

/* null, and true/false for is and not; false when the comparison is none of these */
static bool
append_null_test(SqlText *sql, const Condition *compare, const SqlOperand *operand)
{
	const JsonbValue *literal = &compare->value->literal;
	bool		negated = compare->op == WHERE_NE || compare->op == WHERE_NOT;
	const char *word = NULL;

	if (compare->value->kind != OPTION_LITERAL || compare->quantifier != QUANTIFIER_NONE)
		return false;
	if (compare->op != WHERE_EQ && compare->op != WHERE_IS && !negated)
		return false;
	if (literal->type == jbvNull)
		word = "NULL";
	else if (literal->type == jbvBool && operand->type == BOOLOID &&
			 (compare->op == WHERE_IS || compare->op == WHERE_NOT))
		word = literal->val.boolean ? "TRUE" : "FALSE";
	if (word == NULL)
		return false;
	appendStringInfo(&sql->buf, "(%s IS %s%s)", operand->sql, negated ? "NOT " : "", word);
	return true;
}

/* =, <, ... of the type's own btree order */
static void
append_ordering(SqlText *sql, const SqlScope *scope, const Condition *compare,
				const SqlOperand *operand, int strategy)
{
	bool		one = compare->quantifier == QUANTIFIER_NONE;
	const char *operator = operator_text(sql, operand->type, strategy, compare->path);
	Oid			type = one ? operand->type : sql_list_type(operand, compare->path);

	append_operation(sql, operand->sql, operator, compare->quantifier,
					 value_text(sql, scope, compare, type, one ? operand->typmod : -1));
}

static void
append_operation(SqlText *sql, const char *left, const char *operator, WhereQuantifier quantifier,
				 const char *value)
{
	if (quantifier == QUANTIFIER_NONE)
		appendStringInfo(&sql->buf, "(%s %s %s)", left, operator, value);
	else
		appendStringInfo(&sql->buf, "(%s %s %s(%s))", left, operator,
						 quantifier == QUANTIFIER_ANY ? "ANY" : "ALL", value);
}

static const char *
operator_text(SqlText *sql, Oid type, int strategy, const DocPath *path)
{
	if (sql->operator.text == NULL || sql->operator.type != type || sql->operator.strategy != strategy)
	{
		sql->operator.text = sql_operator(type, strategy, path);
		sql->operator.type = type;
		sql->operator.strategy = strategy;
	}
	return sql->operator.text;
}

/* not equal, by the operator of equality alone; <> ANY is NOT = ALL */
static void
append_unequal(SqlText *sql, const SqlScope *scope, const Condition *compare,
			   const SqlOperand *operand)
{
	Condition	equal = *compare;

	if (compare->quantifier != QUANTIFIER_NONE)
		equal.quantifier = compare->quantifier == QUANTIFIER_ANY ? QUANTIFIER_ALL : QUANTIFIER_ANY;
	appendStringInfoString(&sql->buf, "(NOT ");
	append_ordering(sql, scope, &equal, operand, BTEqualStrategyNumber);
	appendStringInfoChar(&sql->buf, ')');
}

/* a bare array is the value itself for an array column */
static void
append_in(SqlText *sql, const SqlScope *scope, const Condition *compare, const SqlOperand *operand)
{
	bool		is_array = OidIsValid(get_element_type(operand->type));

	if (compare->bare && (is_array || operand->type == JSONBOID))
		append_ordering(sql, scope, compare, operand, BTEqualStrategyNumber);
	else
		append_list(sql, compare, operand, compare->op == WHERE_NOT_IN);
}

static void
append_list(SqlText *sql, const Condition *compare, const SqlOperand *operand, bool negated)
{
	if (compare->value->kind == OPTION_COLUMN)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, compare->path, NULL,
					   "\"%s\" takes a list of values", options_operator_name(compare->op));
	if (compare->bare)
		options_check_list(compare);
	appendStringInfo(&sql->buf, "(%s%s %s ANY(%s))", negated ? "NOT " : "", operand->sql,
					 sql_operator(operand->type, BTEqualStrategyNumber, compare->path),
					 sql_list_param(sql, compare->value, sql_list_type(operand, compare->path)));
}

static void
append_between(SqlText *sql, const SqlScope *scope, const Condition *compare,
			   const SqlOperand *operand, bool negated)
{
	List	   *ends = doc_array_elements(&compare->value->literal);
	char	   *bounds[2];

	for (int i = 0; i < 2; i++)
	{
		Condition	bound = *compare;

		bound.value = options_value(list_nth(ends, i), doc_path_index(compare->value->path, i));
		if (bound.value->optional)
			error_document(ERRCODE_INVALID_PARAMETER_VALUE, bound.value->path,
						   "Write \"gte\" and \"lte\", each of which may be optional.",
						   "a bound of \"%s\" cannot be optional",
						   options_operator_name(compare->op));
		bounds[i] = value_text(sql, scope, &bound, operand->type, operand->typmod);
	}
	appendStringInfo(&sql->buf, "(%s(%s %s %s AND %s %s %s))", negated ? "NOT " : "",
					 operand->sql, sql_operator(operand->type, BTGreaterEqualStrategyNumber, compare->path),
					 bounds[0],
					 operand->sql, sql_operator(operand->type, BTLessEqualStrategyNumber, compare->path),
					 bounds[1]);
}

/* like and its kin, over the value as text */
static void
append_pattern(SqlText *sql, const SqlScope *scope, const Condition *compare,
			   const SqlOperand *operand)
{
	static const char *const names[] = {
		[WHERE_LIKE] = "~~", [WHERE_NOT_LIKE] = "!~~",
		[WHERE_ILIKE] = "~~*", [WHERE_NOT_ILIKE] = "!~~*",
		[WHERE_STARTS_WITH] = "~~", [WHERE_ENDS_WITH] = "~~", [WHERE_SUBSTRING] = "~~",
		[WHERE_REGEXP] = "~", [WHERE_NOT_REGEXP] = "!~",
		[WHERE_IREGEXP] = "~*", [WHERE_NOT_IREGEXP] = "!~*",
	};
	PatternForm form = compare->op == WHERE_STARTS_WITH ? PATTERN_PREFIX :
		compare->op == WHERE_ENDS_WITH ? PATTERN_SUFFIX :
		compare->op == WHERE_SUBSTRING ? PATTERN_SUBSTRING : PATTERN_NONE;

	/* an extension's text that is compared in its own way (citext) has its own LIKE */
	Oid			own = sql_own_operator(operand->type, names[compare->op], TEXTOID, BOOLOID);
	const char *operator = OidIsValid(own) ? sql_operator_text(own) :
		psprintf("OPERATOR(pg_catalog.%s)", names[compare->op]);
	const char *left = OidIsValid(own) ? operand->sql : operand->text_sql;
	bool		is_column = compare->value->kind == OPTION_COLUMN;
	Oid			type = compare->quantifier == QUANTIFIER_NONE ? TEXTOID : TEXTARRAYOID;

	if (is_column && form != PATTERN_NONE)
		append_column_pattern(sql, scope, compare, operand, form, OidIsValid(own) ? operator : NULL);
	else
		append_operation(sql, left, operator, compare->quantifier,
						 is_column ? value_text(sql, scope, compare, type, -1) :
						 sql_param(sql, compare->value, type, -1, form));
}

/*
 * A text of the same row at the start, the end or anywhere: no pattern, so nothing to escape;
 * but where the type has a LIKE of its own, which takes nothing else.
 */
static void
append_column_pattern(SqlText *sql, const SqlScope *scope, const Condition *compare,
					  const SqlOperand *operand, PatternForm form, const char *own)
{
	SqlOperand	column;

	if (compare->quantifier != QUANTIFIER_NONE)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, compare->value->path, NULL,
					   "expected an array, not a column,");
	column = column_value(sql, scope, compare);
	if (own != NULL)
		appendStringInfo(&sql->buf, "(%s %s (%spg_catalog.regexp_replace(%s, E'([\\\\\\\\%%_])', E'\\\\\\\\\\\\1', 'g')%s))",
						 operand->sql, own,
						 form == PATTERN_PREFIX ? "" : "'%' OPERATOR(pg_catalog.||) ", column.text_sql,
						 form == PATTERN_SUFFIX ? "" : " OPERATOR(pg_catalog.||) '%'");
	else
		appendStringInfo(&sql->buf,
						 form == PATTERN_PREFIX ? "pg_catalog.starts_with(%s, %s)" :
						 form == PATTERN_SUFFIX ? "pg_catalog.starts_with(pg_catalog.reverse(%s), pg_catalog.reverse(%s))" :
						 "(pg_catalog.strpos(%s, %s) OPERATOR(pg_catalog.>) 0)",
						 operand->text_sql, column.text_sql);
}

/* the right side: a parameter, or another attribute of the same row */
static char *
value_text(SqlText *sql, const SqlScope *scope, const Condition *compare, Oid type, int32 typmod)
{
	SqlOperand	column;

	if (compare->value->kind != OPTION_COLUMN)
		return sql_param(sql, compare->value, type, typmod, PATTERN_NONE);
	column = column_value(sql, scope, compare);
	if (OidIsValid(get_element_type(type)) && !OidIsValid(get_element_type(column.type)))
		error_document(ERRCODE_DATATYPE_MISMATCH, compare->value->path, NULL,
					   "\"%s\" is no array", compare->value->name);
	/* anything can be text; but a cast of numbers may round or fail where comparing does not */
	if (column.type != type && (type == TEXTOID || type == TEXTARRAYOID))
		return psprintf("CAST(%s AS %s)", column.sql, sql_type(type, -1));
	if (column.type != type && type == JSONBOID)
		return psprintf("pg_catalog.to_jsonb(%s)", column.sql);
	check_comparable(type, column.type, compare->value);
	return column.sql;
}

static SqlOperand
column_value(SqlText *sql, const SqlScope *scope, const Condition *compare)
{
	Condition	column = *compare;

	column.key = compare->value->name;
	column.column_key = true;
	return sql_operand(sql, value_scope(sql, scope, compare->value), &column);
}

/* whose column it is */
static const SqlScope *
value_scope(SqlText *sql, const SqlScope *scope, const OptionValue *value)
{
	if (!value->above)
		return scope;
	if (scope->above == NULL)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, value->path,
					   "It is for conditions under \"some\", \"none\", \"every\", or in the \"where\" of an aggregate.",
					   "there is no row above this one");
	sql->used_above = true;
	return scope->above;
}

char *
sql_value_text(SqlText *sql, const SqlScope *scope, const Condition *compare, Oid type)
{
	return value_text(sql, scope, compare, type, -1);
}

/* is there an equality of two types, or of the elements of two arrays? */
static void
check_comparable(Oid a, Oid b, const OptionValue *value)
{
	Oid			left = OidIsValid(get_element_type(a)) ? get_element_type(a) : a;
	Oid			right = OidIsValid(get_element_type(a)) ? get_element_type(b) : b;
	Operator	operator;

	if (left == right)
		return;
	operator = oper(NULL, list_make2(makeString("pg_catalog"), makeString("=")), left, right, true, -1);
	if (operator == NULL)
		error_document(ERRCODE_UNDEFINED_FUNCTION, value->path, NULL,
					   "\"%s\" of type %s cannot be compared with type %s",
					   value->name, format_type_be(b), format_type_be(a));
	ReleaseSysCache(operator);
}

Oid
sql_list_type(const SqlOperand *operand, const DocPath *path)
{
	Oid			type = get_array_type(operand->type);

	if (!OidIsValid(type))
		error_document(ERRCODE_UNDEFINED_OBJECT, path, NULL,
					   "values of type %s cannot stand in a list", format_type_be(operand->type));
	return type;
}
