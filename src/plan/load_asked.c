/*-------------------------------------------------------------------------
 *
 * load_asked.c
 *	  Conditions on associated rows, as far as a probe may ask them of each row.
 *
 * The statement has them as subqueries.  To a probe each is a node that folds its rows, to whether there are any
 * or to the value that is compared, and is asked of each row that fulfils the other conditions; the answer is a
 * parameter in the place of the subquery.  Decides which conditions these are: those along one association, anywhere
 * between "and", "or" and "not", but of rows that are named by key (load_found.c); and required includes, where the
 * rows are counted off, or their includes limited.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "base/integers.h"
#include "catalog/pg_collation_d.h"
#include "catalog/pg_type_d.h"
#include "miscadmin.h"
#include "parser/parse_coerce.h"
#include "plan/load_asked.h"
#include "plan/probe_plan.h"
#include "utils/lsyscache.h"

/* a document with more of them is left to the statement */
#define MAX_ASKED 8

static void watch(SqlText *sql, const Condition *condition);
static bool may_be_asked(const Condition *condition);
static bool is_subquery(const NodeBuilder *builder, const SqlAsked *asked);
static void ask(PlanBuilder *plan, NodeBuilder *builder, const SqlAsked *asked);
static void ask_required(PlanBuilder *plan, NodeBuilder *builder, List *include);
static char *add_answer(NodeBuilder *builder, const NodeBuilder *associated, Oid type);
static bool may_be_parameter(const LoadFold *fold, Oid type);
static Aggregate aggregate_of(const Condition *condition);
static ProbeColumn *keys_of(const ResolvedAssociation *assoc, const LoadNode *node);

void
load_asked_watch(NodeBuilder *builder)
{
	if (builder->node->plan->nested)
		return;
	watch(&builder->sql, builder->find->scope_where);
	watch(&builder->sql, builder->find->where);
}

static void
watch(SqlText *sql, const Condition *condition)
{
	SqlAsked   *asked;

	check_stack_depth();
	if (condition == NULL)
		return;
	if (condition->kind == CONDITION_AND || condition->kind == CONDITION_OR || condition->kind == CONDITION_NOT ||
		condition->kind == CONDITION_NOT_TRUE)
	{
		foreach_ptr(const Condition, arg, condition->args)
			watch(sql, arg);
		return;
	}
	if (!may_be_asked(condition) || list_length(sql->asked) > MAX_ASKED)
		return;
	asked = palloc0_object(SqlAsked);
	asked->condition = condition;
	sql->asked = lappend(sql->asked, asked);
}

static bool
may_be_asked(const Condition *condition)
{
	return condition->kind == CONDITION_ASSOCIATION && !condition->recursive &&
		condition->predicate != PREDICATE_ALL_OF && condition->predicate != PREDICATE_EXACTLY &&
		(condition->args == NIL || !options_looks_above(linitial(condition->args)));
}

void
load_asked_make(PlanBuilder *plan, NodeBuilder *builder)
{
	List	   *asked = builder->sql.asked;
	List	   *required = probe_plan_sees_required(builder) ? NIL : builder->find->include;

	if ((asked == NIL && required == NIL) || list_length(asked) > MAX_ASKED || !probe_plan_is_possible(builder))
		return;
	builder->node->asked = palloc_array(LoadAsked, list_length(asked) + list_length(required));
	foreach_ptr(const SqlAsked, one, asked)
		if (is_subquery(builder, one))
			ask(plan, builder, one);
	if (required != NIL)
		ask_required(plan, builder, required);
}

/* a foreign key may have made of it a condition of the row's own, and load_found.c one that always holds */
static bool
is_subquery(const NodeBuilder *builder, const SqlAsked *asked)
{
	return asked->text != NULL && strstr(asked->text, "(SELECT ") != NULL && strstr(builder->conditions, asked->text) != NULL;
}

static void
ask(PlanBuilder *plan, NodeBuilder *builder, const SqlAsked *asked)
{
	Aggregate	aggregate = aggregate_of(asked->condition);
	NodeBuilder *associated = plan_compile_asked(plan, builder, &aggregate, asked->condition);
	Oid			type = asked->compared ? asked->type : BOOLOID;
	char	   *answer = add_answer(builder, associated, type);

	if (answer == NULL)
		return;
	if (asked->compared != NULL)
		answer = sql_replace_all(asked->compared, asked->value, answer);
	else if (asked->condition->predicate != PREDICATE_SOME)
		answer = psprintf("(NOT %s)", answer);
	builder->conditions = sql_replace_all(builder->conditions, asked->text, answer);
}

/* where rows are counted off, they cannot be left out once their includes are there */
static void
ask_required(PlanBuilder *plan, NodeBuilder *builder, List *include)
{
	foreach_ptr(const IncludeItem, item, include)
	{
		char	   *answer;

		if (!options_include_is_required(item))
			continue;
		answer = add_answer(builder, plan_compile_required(plan, builder, item), BOOLOID);
		if (answer == NULL)
			return;
		builder->conditions = psprintf("%s AND %s", builder->conditions, answer);
	}
	builder->node->required_asked = true;
}

/* $n, behind the parameters of the statement; NULL: it cannot be asked */
static char *
add_answer(NodeBuilder *builder, const NodeBuilder *associated, Oid type)
{
	LoadNode   *node = builder->node;
	LoadAsked  *result = &node->asked[node->nasked];

	if (associated == NULL || associated->assoc->symmetric)
		return NULL;
	result->node = associated->node;
	result->type = type;
	result->keys = keys_of(associated->assoc, result->node);
	if (result->keys == NULL || !may_be_parameter(result->node->fold, type))
		return NULL;
	for (int i = 0; i < associated->assoc->nsource; i++)
		node->target_reads = bms_add_member(node->target_reads, associated->assoc->source_key[i]->attnum);
	return psprintf("$%d", node->nref + node->nparams + ++node->nasked);
}

/* a parameter is compared in the collation of the database, a value of a column in the column's */
static bool
may_be_parameter(const LoadFold *fold, Oid type)
{
	if (fold->attnum == 0)
		return true;
	return fold->result == type && (!OidIsValid(fold->collation) || fold->collation == DEFAULT_COLLATION_OID);
}

/* whether there are rows, or the value that is compared */
static Aggregate
aggregate_of(const Condition *condition)
{
	Aggregate	aggregate = {.kind = AGGREGATE_HAS, .steps = list_make1(condition->key)};

	if (condition->predicate == PREDICATE_AGGREGATE)
		aggregate = *condition->aggregate;
	else if (condition->predicate == PREDICATE_COUNT)
		aggregate.kind = AGGREGATE_COUNT;
	if (aggregate.where == NULL && condition->args != NIL)
		aggregate.where = linitial(condition->args);
	return aggregate;
}

/* the columns of a row that its associated rows are found by; NULL: nothing stored is a key of theirs */
static ProbeColumn *
keys_of(const ResolvedAssociation *assoc, const LoadNode *node)
{
	ProbeColumn *keys = palloc0_array(ProbeColumn, node->nref);

	for (int i = 0; i < node->nref; i++)
	{
		Oid			stored = getBaseType(assoc->source_key[i]->type);
		Oid			type = node->ref_keys[i].type;

		keys[i].attribute = assoc->source_key[i]->attnum - 1;
		keys[i].from = stored;
		if (integer_is_type(type) && integer_is_type(stored))
			keys[i].to = type == stored ? InvalidOid : type;
		else if (!IsBinaryCoercible(stored, type))
			return NULL;
		if (assoc->source_key[i]->generated == ASSOC_GENERATED_VIRTUAL)
			return NULL;
	}
	return keys;
}
