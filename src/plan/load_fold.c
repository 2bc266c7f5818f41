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
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

static const Attribute *folded_attribute(const ResolvedAssociation *assoc, List *steps, bool *of_link);
static bool set_values(LoadFold *fold, const Attribute *attribute);
static bool is_exact_number(Oid type);

LoadFold *
load_fold_make(const ResolvedAssociation *assoc, const Aggregate *aggregate, List *steps)
{
	AggregateKind kind = aggregate->kind;
	const Attribute *attribute;
	LoadFold   *fold;
	bool		of_link;

	if (aggregate->distinct)
		return NULL;
	if (steps == NIL)
		return kind == AGGREGATE_COUNT || kind == AGGREGATE_HAS ? load_fold_of_rows(kind) : NULL;
	attribute = folded_attribute(assoc, steps, &of_link);
	fold = attribute ? load_fold_of(kind, attribute) : NULL;
	if (fold)
		fold->of_link = of_link;
	return fold;
}

LoadFold *
load_fold_of_rows(AggregateKind kind)
{
	LoadFold   *fold = palloc0_object(LoadFold);

	fold->kind = kind;
	fold->function = kind == AGGREGATE_COUNT ? F_COUNT_ : InvalidOid;
	return fold;
}

LoadFold *
load_fold_of(AggregateKind kind, const Attribute *attribute)
{
	LoadFold   *fold = load_fold_of_rows(kind);

	if (attribute->computed || attribute->generated == ASSOC_GENERATED_VIRTUAL)
		return NULL;
	return set_values(fold, attribute) ? fold : NULL;
}

/* a column of the rows, or of the links that lead to them; NULL: the statement tells what is wrong */
static const Attribute *
folded_attribute(const ResolvedAssociation *assoc, List *steps, bool *of_link)
{
	*of_link = assoc->through != NULL && list_length(steps) == 2 && strcmp(linitial(steps), "through") == 0;
	if (list_length(steps) != (*of_link ? 2 : 1))
		return NULL;
	return model_attribute(*of_link ? assoc->through : assoc->target, llast(steps));
}

static bool
set_values(LoadFold *fold, const Attribute *attribute)
{
	TypeCacheEntry *type;

	fold->attnum = attribute->attnum;
	fold->type = getBaseType(attribute->type);
	fold->collation = attribute->collation;
	get_typlenbyval(fold->type, &fold->typlen, &fold->typbyval);
	fold->function = F_COUNT_ANY;
	if (fold->kind == AGGREGATE_COUNT)
		return true;
	fold->function = sql_catalog_aggregate(fold->kind, fold->type, &fold->result);
	if (fold->kind == AGGREGATE_SUM || fold->kind == AGGREGATE_AVG)
		return is_exact_number(fold->type);
	if (fold->kind != AGGREGATE_MIN && fold->kind != AGGREGATE_MAX)
		return false;
	fold->json_string = attribute->json_string;
	type = lookup_type_cache(fold->type, TYPECACHE_CMP_PROC);
	/* a name becomes text */
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
load_fold_compile(PlanBuilder *plan, NodeBuilder *builder, const Aggregate *aggregate, List *steps)
{
	LoadNode   *node = builder->node;
	LoadFold   *fold = node->fold;
	LoadColumn	column = {0};

	column.never_null = fold->kind == AGGREGATE_COUNT || fold->kind == AGGREGATE_HAS;
	column.type = fold->kind == AGGREGATE_HAS ? BOOLOID : INT8OID;
	column.sql = fold->kind == AGGREGATE_HAS ? "true" : "pg_catalog.count(*)";
	if (fold->attnum != 0)
		column.sql = sql_aggregate_value(&builder->sql, &builder->scope, aggregate, steps, builder->find->path,
										 &column.type);
	column.stored_type = column.type;
	(void) plan_add_column(builder, &column);
	load_output_fold(plan, builder);
}
