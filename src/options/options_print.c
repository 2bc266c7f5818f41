/*-------------------------------------------------------------------------
 *
 * options_print.c
 *	  What options ask, as a text that is the same wherever they ask the same.
 *
 * For comparing, not for reading: each part says its kind first, and names are quoted, so
 * that no two trees have one text.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "miscadmin.h"
#include "options/options_print.h"
#include "utils/json.h"

static void print_args(StringInfo buf, const Condition *condition, List **values);
static void print_compare(StringInfo buf, const Condition *compare, List **values);
static void print_association(StringInfo buf, const Condition *condition, List **values);
static void print_value(StringInfo buf, const OptionValue *value, List **values);
static void print_aggregate(StringInfo buf, const Aggregate *aggregate, List **values);
static void print_names(StringInfo buf, List *names);

void
options_print_condition(StringInfo buf, const Condition *condition, List **values)
{
	static const char *const words[] = {
		[CONDITION_AND] = "and", [CONDITION_OR] = "or", [CONDITION_NOT] = "not",
		[CONDITION_NOT_TRUE] = "not true",
		[CONDITION_COMPARE] = "compare", [CONDITION_ASSOCIATION] = "association",
		[CONDITION_THROUGH] = "through"
	};

	check_stack_depth();
	/* no condition, and an empty one, print nothing; a list of one prints as that one */
	if (condition == NULL || (condition->kind == CONDITION_AND && condition->args == NIL))
		return;
	if (condition->kind == CONDITION_AND && list_length(condition->args) == 1)
	{
		options_print_condition(buf, linitial(condition->args), values);
		return;
	}
	appendStringInfo(buf, "(%s", words[condition->kind]);
	if (condition->kind == CONDITION_COMPARE)
		print_compare(buf, condition, values);
	else if (condition->kind == CONDITION_ASSOCIATION)
		print_association(buf, condition, values);
	else
		print_args(buf, condition, values);
	appendStringInfoChar(buf, ')');
}

static void
print_args(StringInfo buf, const Condition *condition, List **values)
{
	foreach_ptr(Condition, arg, condition->args)
	{
		appendStringInfoChar(buf, ' ');
		options_print_condition(buf, arg, values);
	}
}

static void
print_compare(StringInfo buf, const Condition *compare, List **values)
{
	appendStringInfo(buf, " %s%s ", options_operator_name(compare->op),
					 compare->quantifier == QUANTIFIER_ANY ? " any" :
					 compare->quantifier == QUANTIFIER_ALL ? " all" : "");
	if (compare->key)
		escape_json(buf, compare->key);
	print_value(buf, compare->value, values);
	print_value(buf, compare->distance, values);
	if (compare->config)
		escape_json(buf, compare->config);
}

static void
print_association(StringInfo buf, const Condition *condition, List **values)
{
	static const char *const words[] = {
		[PREDICATE_SOME] = "some", [PREDICATE_NONE] = "none", [PREDICATE_EVERY] = "every",
		[PREDICATE_ALL_OF] = "allOf", [PREDICATE_EXACTLY] = "exactly",
		[PREDICATE_COUNT] = "count", [PREDICATE_AGGREGATE] = "aggregate"
	};

	appendStringInfo(buf, " %s%s ", words[condition->predicate],
					 condition->recursive ? " recursive" : "");
	escape_json(buf, condition->key);
	print_value(buf, condition->value, values);
	if (condition->aggregate)
		print_aggregate(buf, condition->aggregate, values);
	else
		print_args(buf, condition, values);
	foreach_ptr(Condition, compare, condition->compares)
	{
		appendStringInfoString(buf, " :");
		options_print_condition(buf, compare, values);
	}
}

static void
print_value(StringInfo buf, const OptionValue *value, List **values)
{
	if (value == NULL)
		return;
	if (value->kind != OPTION_COLUMN)
		*values = lappend(*values, unconstify(OptionValue *, value));
	appendStringInfoString(buf, value->kind == OPTION_LITERAL ? " =" :
						   value->kind == OPTION_PARAM ? " $ " :
						   value->above ? " above " : " col ");
	if (value->kind != OPTION_LITERAL)
		escape_json(buf, value->name);
}

void
options_print_order(StringInfo buf, const OrderItem *item, List **values)
{
	if (item->aggregate != NULL)
	{
		print_aggregate(buf, item->aggregate, values);
		return;
	}
	print_names(buf, item->steps);
	appendStringInfoString(buf, item->lower ? " lower" : "");
	if (item->collation == NULL)
		return;
	appendStringInfoString(buf, " collation ");
	escape_json(buf, item->collation);
}

static void
print_aggregate(StringInfo buf, const Aggregate *aggregate, List **values)
{
	static const char *const words[] = {
		[AGGREGATE_NONE] = "", [AGGREGATE_COUNT] = "count", [AGGREGATE_SUM] = "sum",
		[AGGREGATE_MIN] = "min", [AGGREGATE_MAX] = "max", [AGGREGATE_AVG] = "avg",
		[AGGREGATE_HAS] = "has", [AGGREGATE_RANK] = "rank", [AGGREGATE_DISTANCE] = "distance"
	};

	appendStringInfo(buf, "%s%s", words[aggregate->kind], aggregate->distinct ? " distinct" : "");
	print_names(buf, aggregate->steps);
	options_print_condition(buf, aggregate->where, values);
}

void
options_print_includes(StringInfo buf, List *include, List **values)
{
	check_stack_depth();
	foreach_ptr(const IncludeItem, item, include)
	{
		if (!options_include_is_required(item))
			continue;
		appendStringInfoString(buf, "(include ");
		escape_json(buf, item->association);
		print_names(buf, item->find.scopes);
		if (item->find.paranoid == 0)
			appendStringInfoString(buf, " deleted");
		options_print_condition(buf, item->find.where, values);
		if (item->through)
		{
			appendStringInfo(buf, " through%s", item->through->paranoid == 0 ? " deleted" : "");
			options_print_condition(buf, item->through->where, values);
		}
		options_print_includes(buf, item->find.include, values);
		appendStringInfoChar(buf, ')');
	}
}

static void
print_names(StringInfo buf, List *names)
{
	foreach_ptr(char, name, names)
	{
		appendStringInfoChar(buf, ' ');
		escape_json(buf, name);
	}
}
