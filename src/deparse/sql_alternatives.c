/*-------------------------------------------------------------------------
 *
 * sql_alternatives.c
 *	  Many alike conditions under "or", as one.
 *
 * id = 1 OR id = 2 OR ... is id = ANY of a list: one condition to parse and to plan, and
 * one hash table to ask instead of each after each.  Rows that have some associated row with one thing, or
 * some with another, have some with one or the other: one subquery, in which again there are
 * alternatives.  Decides how many are worth it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "catalog/pg_type.h"
#include "deparse/load_params.h"
#include "deparse/sql_alternatives.h"
#include "miscadmin.h"
#include "registry/keys.h"
#include "utils/array.h"
#include "utils/lsyscache.h"

/* fewer stand as they were written */
#define MANY_ALTERNATIVES 16

/* attributes whose equalities are put together; what comes after them stays as it is */
#define MAX_GROUPS 8

static List *put_together(List *conditions);
static List *join_predicates(List *conditions);
static bool is_some(const Condition *condition);
static Condition *predicate_of(List *predicates, const Condition *condition);
static Condition *of_alternatives(const Condition *predicate);
static bool is_equality(const Condition *condition);
static ListCell *group_of(List *groups, const Condition *equality);
static bool is_listed(const SqlOperand *operand);

List *
sql_alternatives(List *conditions)
{
	List	   *groups = NIL;
	ListCell   *lc;

	if (list_length(conditions) >= MANY_ALTERNATIVES)
		return put_together(join_predicates(conditions));
	foreach(lc, conditions)
		groups = lappend(groups, list_make1(lfirst(lc)));
	return groups;
}

static List *
put_together(List *conditions)
{
	List	   *groups = NIL;
	List	   *others = NIL;

	foreach_ptr(Condition, condition, conditions)
	{
		ListCell   *group = is_equality(condition) ? group_of(groups, condition) : NULL;

		CHECK_FOR_INTERRUPTS();
		if (group != NULL)
			lfirst(group) = lappend(lfirst(group), condition);
		else if (is_equality(condition) && list_length(groups) < MAX_GROUPS)
			groups = lappend(groups, list_make1(condition));
		else
			others = lappend(others, list_make1(condition));
	}
	return list_concat(groups, others);
}

/* "some" of one association each, where the first one stands */
static List *
join_predicates(List *conditions)
{
	List	   *joined = NIL;
	List	   *predicates = NIL;

	foreach_ptr(Condition, condition, conditions)
	{
		Condition  *same = is_some(condition) ? predicate_of(predicates, condition) : NULL;

		CHECK_FOR_INTERRUPTS();
		if (same != NULL)
		{
			Condition  *alternatives = linitial(same->args);

			alternatives->args = lappend(alternatives->args, linitial(condition->args));
			continue;
		}
		if (is_some(condition) && list_length(predicates) < MAX_GROUPS)
			predicates = lappend(predicates, condition = of_alternatives(condition));
		joined = lappend(joined, condition);
	}
	return joined;
}

/* without a condition it may be known to hold */
static bool
is_some(const Condition *condition)
{
	return condition->kind == CONDITION_ASSOCIATION && condition->predicate == PREDICATE_SOME &&
		!condition->recursive && condition->value == NULL && condition->args != NIL;
}

static Condition *
predicate_of(List *predicates, const Condition *condition)
{
	foreach_ptr(Condition, predicate, predicates)
		if (strcmp(predicate->key, condition->key) == 0)
			return predicate;
	return NULL;
}

/* the same, of rows of which one of a list of conditions is true */
static Condition *
of_alternatives(const Condition *predicate)
{
	Condition  *copy = palloc_object(Condition);
	Condition  *alternatives = palloc0_object(Condition);

	alternatives->kind = CONDITION_OR;
	alternatives->path = predicate->path;
	alternatives->args = list_copy(predicate->args);
	*copy = *predicate;
	copy->args = list_make1(alternatives);
	return copy;
}

/* with a value that is known now: null asks for something else, and an array may be a list */
static bool
is_equality(const Condition *condition)
{
	return condition->kind == CONDITION_COMPARE && condition->op == WHERE_EQ &&
		condition->quantifier == QUANTIFIER_NONE && condition->key != NULL &&
		condition->value->kind == OPTION_LITERAL &&
		(condition->value->literal.type == jbvString || condition->value->literal.type == jbvNumeric);
}

static ListCell *
group_of(List *groups, const Condition *equality)
{
	ListCell   *lc;

	foreach(lc, groups)
	{
		const Condition *first = linitial(lfirst_node(List, lc));

		if (first->column_key == equality->column_key && strcmp(first->key, equality->key) == 0)
			return lc;
	}
	return NULL;
}

char *
sql_alternatives_param(SqlText *sql, const List *equalities, const SqlOperand *operand)
{
	LoadParam  *param;
	Datum	   *values;
	int16		length;
	bool		by_value;
	char		align;

	if (!is_listed(operand))
		return NULL;
	values = palloc_array(Datum, list_length(equalities));
	foreach_ptr(Condition, equality, equalities)
	{
		const OptionValue *value = equality->value;
		bool		isnull;

		values[foreach_current_index(equality)] = key_value_from_jsonb(&value->literal, operand->type,
															 operand->typmod, value->path, &isnull);
	}
	param = palloc0_object(LoadParam);
	param->type = get_array_type(operand->type);
	param->typmod = -1;
	param->path = ((Condition *) linitial(equalities))->value->path;
	get_typlenbyvalalign(operand->type, &length, &by_value, &align);
	param->value = PointerGetDatum(construct_array(values, list_length(equalities), operand->type,
												   length, by_value, align));
	return sql_add_param(sql, param);
}

/* a value of an array or of jsonb is compared whole */
static bool
is_listed(const SqlOperand *operand)
{
	return operand->type != JSONBOID && !OidIsValid(get_element_type(operand->type)) &&
		OidIsValid(get_array_type(operand->type)) && sql_makes_values(operand->type);
}
