/*-------------------------------------------------------------------------
 *
 * sql_compare.c
 *	  Comparisons as SQL: equality, order, lists and patterns, and the values on their right.
 *
 * Operators that only some types have are written by sql_operator.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/stratnum.h"
#include "base/compat.h"
#include "catalog/pg_type.h"
#include "deparse/sql_where.h"
#include "parser/parse_oper.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

static bool append_null_test(SqlText *sql, const Condition *compare, const SqlOperand *operand);
static void append_by_strategy(SqlText *sql, const SqlScope *scope, const Condition *compare,
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
							const SqlOperand *operand);
static void append_order(SqlText *sql, const SqlScope *scope, const Condition *compare,
						 const SqlOperand *operand);
static void append_between(SqlText *sql, const SqlScope *scope, const Condition *compare,
						   const SqlOperand *operand);
static void append_pattern(SqlText *sql, const SqlScope *scope, const Condition *compare,
						   const SqlOperand *operand);
static void append_column_pattern(SqlText *sql, const SqlScope *scope, const Condition *compare,
								  const SqlOperand *operand, PatternForm form, const char *own);
static char *value_text(SqlText *sql, const SqlScope *scope, const Condition *compare,
						Oid type, int32 typmod);
static SqlOperand column_value(SqlText *sql, const SqlScope *scope, const Condition *compare);
static const SqlScope *value_scope(SqlText *sql, const SqlScope *scope, const OptionValue *value);
static void check_comparable(Oid a, Oid b, const OptionValue *value);

/* what each operator becomes */
static void (*const appends[]) (SqlText *sql, const SqlScope *scope, const Condition *compare,
								const SqlOperand *operand) =
{
	[WHERE_EQ] = append_order,
	[WHERE_NE] = append_unequal,
	[WHERE_GT] = append_order,
	[WHERE_GTE] = append_order,
	[WHERE_LT] = append_order,
	[WHERE_LTE] = append_order,
	[WHERE_BETWEEN] = append_between,
	[WHERE_NOT_BETWEEN] = append_between,
	[WHERE_IN] = append_in,
	[WHERE_NOT_IN] = append_in,
	[WHERE_IS] = append_order,
	[WHERE_NOT] = append_unequal,
	[WHERE_LIKE] = append_pattern,
	[WHERE_NOT_LIKE] = append_pattern,
	[WHERE_ILIKE] = append_pattern,
	[WHERE_NOT_ILIKE] = append_pattern,
	[WHERE_STARTS_WITH] = append_pattern,
	[WHERE_ENDS_WITH] = append_pattern,
	[WHERE_SUBSTRING] = append_pattern,
	[WHERE_REGEXP] = append_pattern,
	[WHERE_NOT_REGEXP] = append_pattern,
	[WHERE_IREGEXP] = append_pattern,
	[WHERE_NOT_IREGEXP] = append_pattern,
	[WHERE_CONTAINS] = sql_append_typed,
	[WHERE_CONTAINED] = sql_append_typed,
	[WHERE_OVERLAP] = sql_append_typed,
	[WHERE_ADJACENT] = sql_append_typed,
	[WHERE_STRICT_LEFT] = sql_append_typed,
	[WHERE_STRICT_RIGHT] = sql_append_typed,
	[WHERE_NO_EXTEND_LEFT] = sql_append_typed,
	[WHERE_NO_EXTEND_RIGHT] = sql_append_typed,
	[WHERE_HAS_KEY] = sql_append_typed,
	[WHERE_HAS_ANY_KEY] = sql_append_typed,
	[WHERE_HAS_ALL_KEYS] = sql_append_typed,
	[WHERE_WITHIN] = sql_append_within,
	[WHERE_MATCH] = sql_append_search,
	[WHERE_WEBSEARCH] = sql_append_search,
	[WHERE_PHRASE] = sql_append_search,
};

void
sql_append_operator(SqlText *sql, const SqlScope *scope, const Condition *compare,
					const SqlOperand *operand)
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

/* null has a test of its own for all of them */
static void
append_operator(SqlText *sql, const SqlScope *scope, const Condition *compare, const SqlOperand *operand)
{
	if (!append_null_test(sql, compare, operand))
		appends[compare->op] (sql, scope, compare, operand);
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
append_order(SqlText *sql, const SqlScope *scope, const Condition *compare, const SqlOperand *operand)
{
	static const int strategies[] = {
		[WHERE_EQ] = BTEqualStrategyNumber, [WHERE_IS] = BTEqualStrategyNumber,
		[WHERE_GT] = BTGreaterStrategyNumber, [WHERE_GTE] = BTGreaterEqualStrategyNumber,
		[WHERE_LT] = BTLessStrategyNumber, [WHERE_LTE] = BTLessEqualStrategyNumber,
	};

	append_by_strategy(sql, scope, compare, operand, strategies[compare->op]);
}

static void
append_by_strategy(SqlText *sql, const SqlScope *scope, const Condition *compare,
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
	append_by_strategy(sql, scope, &equal, operand, BTEqualStrategyNumber);
	appendStringInfoChar(&sql->buf, ')');
}

/* a bare array is the value itself for an array column */
static void
append_in(SqlText *sql, const SqlScope *scope, const Condition *compare, const SqlOperand *operand)
{
	bool		is_array = OidIsValid(get_element_type(operand->type));

	if (compare->bare && (is_array || operand->type == JSONBOID))
		append_by_strategy(sql, scope, compare, operand, BTEqualStrategyNumber);
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
			   const SqlOperand *operand)
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
	appendStringInfo(&sql->buf, "(%s(%s %s %s AND %s %s %s))",
					 compare->op == WHERE_NOT_BETWEEN ? "NOT " : "",
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

	/* Citus does not tell the workers what a session has set */
	if (operand->type == TIMESTAMPTZOID && sql_is_spread(scope->model))
		error_document(ERRCODE_FEATURE_NOT_SUPPORTED, compare->path,
					   "Compare it with times: {\"gte\": \"2024-01-01\", \"lt\": \"2024-02-01\"}.",
					   "Citus writes times of %s as text in the time zone of each node", scope->model->name);
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
