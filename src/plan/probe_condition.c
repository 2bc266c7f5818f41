/*-------------------------------------------------------------------------
 *
 * probe_condition.c
 *	  What a probe asks of the rows that it reads: conditions, policies and orders, as the
 *	  server's own expressions.
 *
 * The text of a node's conditions is parsed, and rewritten, over the tables alone, without
 * the keys by which the batch finds its rows.  The rewriter adds the policies of row
 * security.  What comes out is planned as the server plans a CHECK or a default, and evaluated
 * on the rows that the probe has read (probe_select.c), which takes a fraction of what the
 * start of an executor takes.
 *
 * Decides which conditions can be asked so: those without subqueries, volatile functions,
 * joined rows, system columns and virtual columns.  Policies of a table are asked before all
 * conditions of the caller that look at its rows, as a security barrier.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "access/transam.h"
#include "base/compat.h"
#include "base/integers.h"
#include "catalog/pg_type_d.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parser.h"
#include "parser/parsetree.h"
#include "plan/probe_condition.h"
#include "tcop/tcopprot.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/typcache.h"

/* the statement that only has what is asked of the rows */
typedef struct Asked
{
	NodeBuilder *builder;
	Query	   *query;
	int			link;			/* number of the table in the query; 0: there is none */
	int			target;			/* 0: the target is left out */
	List	   *keys;			/* of SqlOrderKey *: what the rows are sorted by */
	List	   *of_link;		/* conditions in the order in which they are asked: of a link row */
	List	   *of_row;			/*   alone, then of both, */
	List	   *of_answers;		/*   those about associated rows */
} Asked;

/* parameters behind those of the statement */
typedef struct Answers
{
	const LoadNode *node;
	Bitmapset  *numbers;		/* that an expression has, from 0 */
} Answers;

static List *list_expressions(Asked *asked);
static List *policies(const Asked *asked, int table);
static ProbeCondition *finish(Asked *asked, List *expressions);
static bool row_decides(Node *expression);
static bool depends_on_more(Node *node, void *context);
static bool is_added(Oid function, void *context);
static void forget_planned(void *planned);
static Query *parse_asked(const Asked *asked);
static Oid *param_types(const NodeBuilder *builder, int *n);
static const char *find_obstacle(const Asked *asked);
static bool reads_odd_columns(int table, const Model *model, Node *expression);
static void add_reads(const Asked *asked);
static Bitmapset *attnums_of(Node *expression, int table);
static Bitmapset *columns_of(Node *expression, int table);
static void split(Asked *asked, List *quals);
static Node *by_link(Asked *asked, Node *qual);
static Node *to_link(Node *node, void *context);
static bool is_same_in_link(const NodeBuilder *builder, int i);
static Bitmapset *answers_of(const Asked *asked, Node *qual);
static bool add_answers(Node *node, void *context);
static void make_sort_key(ProbeSortKey *sort, const SqlOrderKey *key, Expr *expression);
static Node *to_plan(Node *node, void *context);
static Node *to_run(Node *node, void *context);

const char *
probe_condition_make(NodeBuilder *builder, bool sorted, ProbeCondition **condition)
{
	bool		by_link = builder->node->shape == LOAD_BY_LINK;
	MemoryContext plan = CurrentMemoryContext;
	MemoryContext work;
	bool		links_only = builder->node->links_only;
	Asked		asked = {.builder = builder, .link = by_link ? 1 : 0,
	.target = links_only ? 0 : by_link ? 2 : 1};
	const char *reason;

	*condition = NULL;
	if (builder->conditions[0] == '\0' && !sorted && (links_only || !builder->model->row_security) &&
		!(by_link && builder->scope.through->row_security))
		return NULL;
	if (builder->sql.joined != NIL)
		return "a condition or order over a to-one association";
	/* what the parser makes is not kept with the plan */
	work = AllocSetContextCreate(plan, "pg_associations probe condition", ALLOCSET_SMALL_SIZES);
	MemoryContextSwitchTo(work);
	asked.keys = sorted ? builder->order_keys : NIL;
	asked.query = parse_asked(&asked);
	reason = find_obstacle(&asked);
	if (reason == NULL)
	{
		List	   *expressions = list_expressions(&asked);

		MemoryContextSwitchTo(plan);
		add_reads(&asked);
		*condition = finish(&asked, expressions);
	}
	MemoryContextSwitchTo(plan);
	MemoryContextDelete(work);
	return reason;
}

bool
probe_condition_is_valid(const ProbeCondition *condition)
{
	return condition->planned->is_valid;
}

/* [what is asked of the link row, of both rows, [of answers ...], sort keys ...] */
static List *
list_expressions(Asked *asked)
{
	List	   *result;

	/* policies first */
	split(asked, policies(asked, asked->link));
	split(asked, policies(asked, asked->target));
	split(asked, make_ands_implicit((Expr *) asked->query->jointree->quals));
	result = list_make3(make_ands_explicit(asked->of_link), make_ands_explicit(asked->of_row), asked->of_answers);
	for (int i = 0; i < list_length(asked->keys); i++)
		result = lappend(result, list_nth_node(TargetEntry, asked->query->targetList, i)->expr);
	return result;
}

static List *
policies(const Asked *asked, int table)
{
	return table > 0 ? rt_fetch(table, asked->query->rtable)->securityQuals : NIL;
}

static ProbeCondition *
finish(Asked *asked, List *expressions)
{
	ProbeCondition *result = palloc0_object(ProbeCondition);

	result->has_link_condition = asked->of_link != NIL;
	result->has_row_condition = asked->of_row != NIL;
	result->nanswers = list_length(asked->of_answers);
	result->answers = palloc_array(Bitmapset *, Max(1, result->nanswers));
	foreach_ptr(Node, qual, asked->of_answers)
		result->answers[foreach_current_index(qual)] = answers_of(asked, qual);
	result->reads_row = asked->of_answers != NIL || !bms_is_empty(columns_of((Node *) expressions, asked->target));
	result->reads = attnums_of((Node *) expressions, asked->link > 0 ? asked->link : asked->target);
	result->through_policies = policies(asked, asked->link) != NIL;
	result->target_policies = policies(asked, asked->target) != NIL;
	result->nsort = list_length(asked->keys);
	result->sort = palloc_array(ProbeSortKey, Max(1, result->nsort));
	for (int i = 0; i < result->nsort; i++)
		make_sort_key(&result->sort[i], list_nth(asked->keys, i), list_nth(expressions, PROBE_SORT_KEYS + i));
	if (asked->of_link == NIL && asked->of_row == NIL && asked->of_answers == NIL && result->nsort == 0)
		return NULL;
	result->planned = GetCachedExpression(to_plan((Node *) expressions, asked));
	/* the server's caches have it; it goes with the plan, also where that comes to nothing */
	result->forget.func = forget_planned;
	result->forget.arg = result->planned;
	MemoryContextRegisterResetCallback(CurrentMemoryContext, &result->forget);
	result->expressions = (List *) to_run(result->planned->expr, asked);
	result->row_decides = asked->of_answers == NIL && row_decides(lsecond(result->expressions));
	return result;
}

/* functions that are not the server's own may be replaced */
static bool
row_decides(Node *expression)
{
	return !contain_mutable_functions(expression) && !depends_on_more(expression, NULL);
}

static bool
depends_on_more(Node *node, void *context)
{
	if (node == NULL)
		return false;
	return IsA(node, Param) || (IsA(node, Var) && ((const Var *) node)->varno == OUTER_VAR) ||
		check_functions_in_node(node, is_added, context) ||
		expression_tree_walker(node, depends_on_more, context);
}

static bool
is_added(Oid function, void *context pg_attribute_unused())
{
	return function >= FirstUnpinnedObjectId;
}

static void
forget_planned(void *planned)
{
	FreeCachedExpression(planned);
}

/* ---- the statement that only asks ---- */

static Query *
parse_asked(const Asked *asked)
{
	const NodeBuilder *builder = asked->builder;
	StringInfoData text;
	List	   *queries;
	Oid		   *types;
	int			ntypes;

	initStringInfo(&text);
	appendStringInfoString(&text, "SELECT ");
	foreach_ptr(SqlOrderKey, key, asked->keys)
		appendStringInfo(&text, "%s%s", foreach_current_index(key) > 0 ? ", " : "",
						 key->sql);
	appendStringInfoString(&text, " FROM ");
	if (asked->link > 0)
		appendStringInfo(&text, "%s l", builder->node->through_sql);
	if (asked->target > 0)
		appendStringInfo(&text, "%s%s t", asked->link > 0 ? ", " : "", builder->node->target_sql);
	appendStringInfo(&text, " WHERE true%s", builder->conditions);
	types = param_types(builder, &ntypes);
	queries = pg_analyze_and_rewrite_fixedparams(linitial_node(RawStmt,
															   raw_parser(text.data, RAW_PARSE_DEFAULT)),
												 text.data, types, ntypes, NULL);
	return linitial_node(Query, queries);
}

/* of the keys, which nothing here refers to, of the statement's parameters, and of answers */
static Oid *
param_types(const NodeBuilder *builder, int *n)
{
	const LoadNode *node = builder->node;
	Oid		   *types;

	*n = node->nref + node->nparams + node->nasked;
	types = palloc_array(Oid, Max(1, *n));
	for (int i = 0; i < node->nref; i++)
		types[i] = node->ref_keys[i].type;
	for (int i = 0; i < node->nparams; i++)
		types[node->nref + i] = ((LoadParam *) list_nth(*builder->sql.params, node->params[i]))->type;
	for (int i = 0; i < node->nasked; i++)
		types[node->nref + node->nparams + i] = node->asked[i].type;
	return types;
}

static const char *
find_obstacle(const Asked *asked)
{
	const NodeBuilder *builder = asked->builder;
	Query	   *query = asked->query;
	List	   *expressions = list_make2(query->jointree->quals, query->targetList);

	/* policies that read other tables have become subqueries too; what load_asked.c has taken are none any more */
	if (query->hasSubLinks || list_length(query->rtable) != Max(asked->link, asked->target))
		return "a condition or order over other rows";
	expressions = list_concat(expressions, list_concat_copy(policies(asked, asked->link),
															policies(asked, asked->target)));
	if (contain_volatile_functions((Node *) expressions))
		return "a condition or order by a volatile function";
	if (reads_odd_columns(asked->target, builder->model, (Node *) expressions) ||
		(asked->link > 0 &&
		 reads_odd_columns(asked->link, builder->scope.through, (Node *) expressions)))
		return "a condition or order by a virtual or system column";
	return NULL;
}

/* whole rows, system columns, and columns that the planner would replace */
static bool
reads_odd_columns(int table, const Model *model, Node *expression)
{
	Bitmapset  *columns = columns_of(expression, table);
	int			member = -1;

	while ((member = bms_next_member(columns, member)) >= 0)
	{
		AttrNumber	attnum = member + FirstLowInvalidHeapAttributeNumber;
		const Attribute *attribute = attnum > 0 ? model_attnum(model, attnum) : NULL;

		if (attribute == NULL || attribute->generated == ASSOC_GENERATED_VIRTUAL)
			return true;
	}
	return false;
}

static Bitmapset *
columns_of(Node *expression, int table)
{
	Bitmapset  *columns = NULL;

	pull_varattnos(expression, table, &columns);
	return columns;
}

/* what the caller asks for he must be allowed to read; what policies read is their owner's */
static void
add_reads(const Asked *asked)
{
	LoadNode   *node = asked->builder->node;
	Node	   *asked_for = (Node *) list_make2(asked->query->jointree->quals,
												asked->query->targetList);

	node->target_reads = bms_add_members(node->target_reads, attnums_of(asked_for, asked->target));
	if (asked->link > 0)
		node->through_reads = bms_add_members(node->through_reads, attnums_of(asked_for, asked->link));
}

/* none of them is a system column */
static Bitmapset *
attnums_of(Node *expression, int table)
{
	Bitmapset  *columns = columns_of(expression, table);
	Bitmapset  *attnums = NULL;
	int			member = -1;

	while ((member = bms_next_member(columns, member)) >= 0)
		attnums = bms_add_member(attnums, member + FirstLowInvalidHeapAttributeNumber);
	return attnums;
}

/* ---- what is asked of a link row alone, and what of both ---- */

static void
split(Asked *asked, List *quals)
{
	foreach_ptr(Node, one, quals)
	{
		Node	   *qual = by_link(asked, one);

		/* the text begins with WHERE true */
		if (IsA(qual, Const) && !((Const *) qual)->constisnull &&
			DatumGetBool(((Const *) qual)->constvalue))
			continue;
		if (IsA(qual, BoolExpr) && ((BoolExpr *) qual)->boolop == AND_EXPR)
			split(asked, ((BoolExpr *) qual)->args);
		else if (!bms_is_empty(answers_of(asked, qual)))
			asked->of_answers = lappend(asked->of_answers, qual);
		else if (asked->link > 0 && bms_is_empty(columns_of(qual, asked->target)))
			asked->of_link = lappend(asked->of_link, qual);
		else
			asked->of_row = lappend(asked->of_row, qual);
	}
}

/*
 * What is asked of the target's key alone may be asked of the link, which has the same, before the target is
 * read.  Policies of the target come before it all the same.
 */
static Node *
by_link(Asked *asked, Node *qual)
{
	Node	   *moved;

	if (asked->link == 0 || asked->target == 0 || policies(asked, asked->target) != NIL)
		return qual;
	moved = to_link(qual, asked);
	return bms_is_empty(columns_of(moved, asked->target)) ? moved : qual;
}

static Node *
to_link(Node *node, void *context)
{
	Asked	   *asked = context;
	const LoadNode *load = asked->builder->node;

	if (node == NULL)
		return NULL;
	if (IsA(node, Var) && ((Var *) node)->varno == asked->target)
		for (int i = 0; i < load->nlink; i++)
			if (load->link_targets[i] == ((Var *) node)->varattno && is_same_in_link(asked->builder, i))
				return (Node *) makeVar(asked->link, load->link_attnums[i], ((Var *) node)->vartype,
										((Var *) node)->vartypmod, ((Var *) node)->varcollid, 0);
	return expression_tree_mutator(node, to_link, context);
}

/* byte for byte: of a type whose equal values are no different */
static bool
is_same_in_link(const NodeBuilder *builder, int i)
{
	const Attribute *link = model_attnum_required(builder->scope.through, builder->node->link_attnums[i]);
	const Attribute *target = model_attnum_required(builder->model, builder->node->link_targets[i]);

	return link->type == target->type && link->collation == target->collation &&
		(integer_is_type(link->type) || link->type == UUIDOID ||
		 (link->type == TEXTOID && get_collation_isdeterministic(link->collation)));
}

/* which of node->asked it is about */
static Bitmapset *
answers_of(const Asked *asked, Node *qual)
{
	Answers		answers = {asked->builder->node, NULL};

	(void) add_answers(qual, &answers);
	return answers.numbers;
}

static bool
add_answers(Node *node, void *context)
{
	Answers    *answers = context;
	int			first = answers->node->nref + answers->node->nparams + 1;

	if (node == NULL)
		return false;
	if (IsA(node, Param) && ((Param *) node)->paramkind == PARAM_EXTERN && ((Param *) node)->paramid >= first)
		answers->numbers = bms_add_member(answers->numbers, ((Param *) node)->paramid - first);
	return expression_tree_walker(node, add_answers, context);
}

static void
make_sort_key(ProbeSortKey *sort, const SqlOrderKey *key, Expr *expression)
{
	Oid			type = exprType((Node *) expression);
	TypeCacheEntry *entry = lookup_type_cache(type, TYPECACHE_LT_OPR | TYPECACHE_GT_OPR);

	/* the batch's ORDER BY has found them */
	sort->operator = key->descending ? entry->gt_opr : entry->lt_opr;
	sort->collation = exprCollation((Node *) expression);
	sort->nulls_first = key->nulls == NULLS_DEFAULT ? key->descending :
		key->nulls == NULLS_FIRST_EXPLICIT;
	get_typlenbyval(type, &sort->typlen, &sort->typbyval);
}

/*
 * As an expression that can be planned without a query: literals that never vary are constants,
 * and columns are parameters, for PostgreSQL 19 looks for the table of a column that is compared with null.
 */
static Node *
to_plan(Node *node, void *context)
{
	Asked	   *asked = context;

	if (node == NULL)
		return NULL;
	if (IsA(node, Var))
	{
		const Var  *var = (const Var *) node;
		Param	   *column = makeNode(Param);

		column->paramkind = PARAM_EXEC;
		column->paramid = (int) var->varno << 16 | (uint16) var->varattno;
		column->paramtype = var->vartype;
		column->paramtypmod = var->vartypmod;
		column->paramcollid = var->varcollid;
		column->location = -1;
		return (Node *) column;
	}
	if (IsA(node, Param) && ((Param *) node)->paramkind == PARAM_EXTERN)
	{
		const LoadNode *load = asked->builder->node;
		int			number = ((Param *) node)->paramid - 1 - load->nref;
		const LoadParam *param = number < load->nparams ?
			list_nth(*asked->builder->sql.params, load->params[number]) : NULL;

		if (param && load_param_is_constant(param))
			return load_param_literal(param);
	}
	return expression_tree_mutator(node, to_plan, context);
}

/* columns again, of the link row in the outer tuple of the expression context */
static Node *
to_run(Node *node, void *context)
{
	Asked	   *asked = context;

	if (node == NULL)
		return NULL;
	if (IsA(node, Param) && ((Param *) node)->paramkind == PARAM_EXEC)
	{
		const Param *column = (const Param *) node;
		int			table = column->paramid >> 16;

		return (Node *) makeVar(table == asked->link ? OUTER_VAR : table,
								(AttrNumber) (column->paramid & 0xFFFF), column->paramtype,
								column->paramtypmod, column->paramcollid, 0);
	}
	return expression_tree_mutator(node, to_run, context);
}
