/*-------------------------------------------------------------------------
 *
 * options_test.c
 *	  Lets SQL parse options without a model, so that the parser can be fuzzed.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "options/options.h"
#include "utils/builtins.h"

/* how many nodes of each sort a tree has */
typedef struct NodeCounts
{
	int			conditions;
	int			items;			/* of attributes and order */
	int			includes;
} NodeCounts;

static void count_find(NodeCounts *counts, const FindOptions *find);
static void count_through(NodeCounts *counts, const ThroughOptions *through);
static void count_items(NodeCounts *counts, const List *items);
static void count_order(NodeCounts *counts, const List *order);
static void count_condition(NodeCounts *counts, const Condition *condition);

PG_FUNCTION_INFO_V1(options_test_parse);

/* (document jsonb, use int): number of conditions, items and includes; use -1: aggregate */
Datum
options_test_parse(PG_FUNCTION_ARGS)
{
	Jsonb	   *document = PG_ARGISNULL(0) ? NULL : PG_GETARG_JSONB_P(0);
	int			use = PG_GETARG_INT32(1);
	NodeCounts	counts = {0};

	if (use < 0)
	{
		AggregateOptions *options = options_parse_aggregate(document);

		count_find(&counts, &options->find);
		count_items(&counts, options->attributes);
		count_items(&counts, options->group);
		count_condition(&counts, options->having);
		count_order(&counts, options->order);
	}
	else
		count_find(&counts, options_parse(document, (OptionsUse) use));
	PG_RETURN_TEXT_P(cstring_to_text(psprintf("%d conditions, %d items, %d includes",
											  counts.conditions, counts.items,
											  counts.includes)));
}

/* also touches every node, so that a tree that is not whole shows */
static void
count_find(NodeCounts *counts, const FindOptions *find)
{
	check_stack_depth();
	count_items(counts, find->attributes.items);
	count_items(counts, find->attributes.exclude);
	count_condition(counts, find->where);
	count_order(counts, find->order);
	count_through(counts, find->through);
	foreach_ptr(IncludeItem, item, find->include)
	{
		counts->includes++;
		count_through(counts, item->through);
		count_find(counts, &item->find);
	}
}

static void
count_through(NodeCounts *counts, const ThroughOptions *through)
{
	if (through == NULL)
		return;
	count_items(counts, through->attributes.items);
	count_items(counts, through->attributes.exclude);
	count_condition(counts, through->where);
}

static void
count_items(NodeCounts *counts, const List *items)
{
	foreach_ptr(AttributeItem, item, items)
	{
		counts->items++;
		if (item->aggregate)
			count_condition(counts, item->aggregate->where);
	}
}

static void
count_order(NodeCounts *counts, const List *order)
{
	foreach_ptr(OrderItem, item, order)
	{
		counts->items++;
		if (item->aggregate)
			count_condition(counts, item->aggregate->where);
	}
}

/* NULL is no condition */
static void
count_condition(NodeCounts *counts, const Condition *condition)
{
	if (condition == NULL)
		return;
	check_stack_depth();
	counts->conditions++;
	foreach_ptr(Condition, arg, condition->args)
		count_condition(counts, arg);
	foreach_ptr(Condition, compare, condition->compares)
		count_condition(counts, compare);
}
