/*-------------------------------------------------------------------------
 *
 * few_rows.c
 *	  Do conditions find few rows, whatever values they are given?
 *
 * What a limit stops early is planned for the values of each call (rows_batch.c), for the
 * planner might walk the order where it does not know how few rows a value has.  Planning takes longer than
 * reading some rows does.  So it is left out where an index finds few rows by a value, of a unique key or
 * as statistics tell.  This decides on time only: all plans give the same rows.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "base/compat.h"
#include "catalog/pg_class.h"
#include "catalog/pg_statistic.h"
#include "miscadmin.h"
#include "plan/few_rows.h"
#include "utils/float.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

/* reading so many takes about as long as planning does */
#define MAX_FEW_ROWS 1000

static Bitmapset *add_compared(Bitmapset *columns, const Model *model, const Condition *condition);
static bool some_index_finds_few(const Model *model, const Bitmapset *columns);
static bool index_finds_few(const Model *model, const ModelIndex *index, const Bitmapset *columns);
static double most_rows(const Model *model, AttrNumber column);
static double table_rows(Oid relid);
static double rows_of_commonest(HeapTuple statistics, double rows);

bool
few_rows_found(const Model *model, const Condition *where)
{
	return where != NULL && some_index_finds_few(model, add_compared(NULL, model, where));
}

bool
few_rows_by(const Model *model, AttrNumber column)
{
	return some_index_finds_few(model, bms_make_singleton(column));
}

/* those that every row has to have one value of */
static Bitmapset *
add_compared(Bitmapset *columns, const Model *model, const Condition *condition)
{
	const Attribute *attribute;

	check_stack_depth();
	if (condition->kind == CONDITION_AND)
		foreach_ptr(const Condition, arg, condition->args)
			columns = add_compared(columns, model, arg);
	if (!few_rows_names_value(condition, false))
		return columns;
	attribute = model_attribute(model, condition->key);
	return attribute ? bms_add_member(columns, attribute->attnum) : columns;
}

bool
few_rows_names_value(const Condition *condition, bool or_list)
{
	const OptionValue *value = condition->value;

	return condition->kind == CONDITION_COMPARE && condition->quantifier == QUANTIFIER_NONE &&
		(condition->op == WHERE_EQ || (or_list && condition->op == WHERE_IN)) &&
		!value->optional && value->kind != OPTION_COLUMN &&
		!(value->kind == OPTION_LITERAL && value->literal.type == jbvNull);
}

static bool
some_index_finds_few(const Model *model, const Bitmapset *columns)
{
	for (int i = 0; i < model->nindexes; i++)
		if (index_finds_few(model, &model->indexes[i], columns))
			return true;
	return false;
}

static bool
index_finds_few(const Model *model, const ModelIndex *index, const Bitmapset *columns)
{
	bool		all = true;

	if (!bms_is_member(index->attnums[0], columns))
		return false;
	for (int i = 0; i < index->nkeys; i++)
		all &= bms_is_member(index->attnums[i], columns);
	return (all && index->unique) || most_rows(model, index->attnums[0]) <= MAX_FEW_ROWS;
}

/* that have one value of a column */
static double
most_rows(const Model *model, AttrNumber column)
{
	double		rows = table_rows(model->relid);
	HeapTuple	tuple = SearchSysCache3(STATRELATTINH, ObjectIdGetDatum(model->relid), Int16GetDatum(column),
										BoolGetDatum(model->relkind == RELKIND_PARTITIONED_TABLE));
	double		most = rows;
	double		different;

	if (!HeapTupleIsValid(tuple))
		return get_float8_infinity();
	different = ((Form_pg_statistic) GETSTRUCT(tuple))->stadistinct;
	if (different < 0)
		different *= -rows;
	if (different > 0)
		most = Max(rows / different, rows_of_commonest(tuple, rows));
	ReleaseSysCache(tuple);
	return rows > 0 ? most : get_float8_infinity();
}

static double
table_rows(Oid relid)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	double		rows = HeapTupleIsValid(tuple) ? ((Form_pg_class) GETSTRUCT(tuple))->reltuples : -1;

	if (HeapTupleIsValid(tuple))
		ReleaseSysCache(tuple);
	return rows;
}

static double
rows_of_commonest(HeapTuple statistics, double rows)
{
	AttStatsSlot slot;
	double		result = 0;

	if (!get_attstatsslot(&slot, statistics, STATISTIC_KIND_MCV, InvalidOid, ATTSTATSSLOT_NUMBERS))
		return 0;
	if (slot.nnumbers > 0)
		result = slot.numbers[0] * rows;
	free_attstatsslot(&slot);
	return result;
}
