/*-------------------------------------------------------------------------
 *
 * load_fold.c
 *	  What value the rows of a key come to.
 *
 * Decides which aggregates over associated rows are a node of their own, whose rows the probe may
 * fold (run_fold.c): numbers of rows or values, whether there are any, sums and averages of exact numbers,
 * and the least and greatest of values that a btree orders.  Of floats the sum depends on the order in
 * which rows come, so a statement has it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "catalog/pg_type_d.h"
#include "plan/load_fold.h"
#include "plan/load_output.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

static const Attribute *folded_attribute(const ResolvedAssociation *assoc, List *steps, bool *of_link);
static bool set_values(LoadFold *fold, const Attribute *attribute);
static bool is_exact_number(Oid type);

LoadFold *
load_fold_count(void)
{
	LoadFold   *fold = palloc0_object(LoadFold);

	fold->kind = AGGREGATE_COUNT;
	return fold;
}

LoadFold *
load_fold_make(const ResolvedAssociation *assoc, const Aggregate *aggregate, List *steps)
{
	LoadFold   *fold = load_fold_count();
	const Attribute *attribute;

	fold->kind = aggregate->kind;
	if (aggregate->distinct)
		return NULL;
	if (steps == NIL)
		return fold->kind == AGGREGATE_COUNT || fold->kind == AGGREGATE_HAS ? fold : NULL;
	attribute = folded_attribute(assoc, steps, &fold->of_link);
	return attribute && set_values(fold, attribute) ? fold : NULL;
}

/* a column of the rows, or of the links that lead to them; NULL: the statement tells what is wrong */
static const Attribute *
folded_attribute(const ResolvedAssociation *assoc, List *steps, bool *of_link)
{
	const Attribute *attribute;

	*of_link = assoc->through != NULL && list_length(steps) == 2 && strcmp(linitial(steps), "through") == 0;
	if (list_length(steps) != (*of_link ? 2 : 1))
		return NULL;
	attribute = model_attribute(*of_link ? assoc->through : assoc->target, llast(steps));
	return attribute == NULL || attribute->computed || attribute->generated == ASSOC_GENERATED_VIRTUAL ? NULL : attribute;
}

static bool
set_values(LoadFold *fold, const Attribute *attribute)
{
	TypeCacheEntry *type;

	fold->attnum = attribute->attnum;
	fold->type = getBaseType(attribute->type);
	fold->collation = attribute->collation;
	fold->function = fold->kind == AGGREGATE_COUNT ? InvalidOid : sql_catalog_aggregate(fold->kind, fold->type);
	get_typlenbyval(fold->type, &fold->typlen, &fold->typbyval);
	if (fold->kind == AGGREGATE_COUNT)
		return true;
	if (fold->kind == AGGREGATE_SUM || fold->kind == AGGREGATE_AVG)
		return is_exact_number(fold->type);
	if (fold->kind != AGGREGATE_MIN && fold->kind != AGGREGATE_MAX)
		return false;
	/* a name becomes text */
	type = lookup_type_cache(fold->type, TYPECACHE_CMP_PROC);
	if (!OidIsValid(fold->function) || !OidIsValid(type->cmp_proc) || fold->type == NAMEOID)
		return false;
	fmgr_info_cxt(type->cmp_proc, &fold->compare, CurrentMemoryContext);
	return true;
}

static bool
is_exact_number(Oid type)
{
	return type == INT2OID || type == INT4OID || type == INT8OID || type == NUMERICOID;
}

void
load_fold_compile(PlanBuilder *plan, NodeBuilder *builder, const Aggregate *aggregate, List *steps, const DocPath *path)
{
	LoadNode   *node = builder->node;
	LoadFold   *fold = node->fold;
	LoadColumn	column = {0};

	column.never_null = fold->kind == AGGREGATE_COUNT || fold->kind == AGGREGATE_HAS;
	column.type = fold->kind == AGGREGATE_HAS ? BOOLOID : INT8OID;
	column.sql = fold->kind == AGGREGATE_HAS ? "true" : "pg_catalog.count(*)";
	if (fold->attnum != 0)
		column.sql = sql_aggregate_value(&builder->sql, &builder->scope, aggregate, steps, path, &column.type);
	column.stored_type = column.type;
	fold->column = plan_add_column(builder, &column);
	load_output_fold(plan, builder);
}
