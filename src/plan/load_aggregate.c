/*-------------------------------------------------------------------------
 *
 * load_aggregate.c
 *	  Aggregates over the rows that options find: sum, avg, min, max and aggregate.
 *
 * Decides the statement.  Groups are made by an inner SELECT whose columns are named
 * c0, c1, ...; to "having" and "order" they are the attributes of a model, so that
 * conditions and order read as they do elsewhere.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "base/compat.h"
#include "catalog/pg_type_d.h"
#include "plan/load_aggregate.h"
#include "plan/load_fold.h"
#include "plan/load_output.h"
#include "registry/misplaced.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/* an expression over rows */
typedef struct Expression
{
	char	   *sql;
	Oid			type;			/* as declared; invalid: * */
	bool		json_string;	/* shown as a string */
	const Attribute *attribute; /* it is this one of the rows; or NULL */
} Expression;

/* the columns of the inner SELECT, as a model */
typedef struct Groups
{
	Model		model;			/* what having and order are about */
	Attribute  *attributes;		/* the model's, until they are counted */
	char	  **sql;			/* NULL: another name of a column before */
	int			maxattributes;
} Groups;

static void compile_value(PlanBuilder *plan, NodeBuilder *root);
static LoadFold *fold_value(AggregateKind kind, const Expression *argument);
static char *value_column(const Expression *argument, AggregateKind kind, const char *call,
						  Oid result, Oid *type);
static void compile_groups(PlanBuilder *plan, NodeBuilder *root, const AggregateOptions *options);
static void add_group(NodeBuilder *root, Groups *groups, const AttributeItem *item);
static Attribute *add_attribute(NodeBuilder *root, Groups *groups, const AttributeItem *item, int ngroups);
static void add_name(Groups *groups, const Attribute *attribute, char *name);
static Attribute *add_column(Groups *groups, const char *name, const Expression *expression,
							 const DocPath *path);
static void append_inner(NodeBuilder *root, const Groups *groups, int ngroups);
static void append_outer(NodeBuilder *root, const Groups *groups, const AggregateOptions *options);

static Expression row_expression(NodeBuilder *root, List *steps, const DocPath *path);
static Expression aggregate_expression(NodeBuilder *root, const AttributeItem *item);
static char *aggregate_call(NodeBuilder *root, const Aggregate *aggregate, const Expression *argument,
							const DocPath *path, Oid *type);

/* ---- one value ---- */

void
load_aggregate_compile(PlanBuilder *plan, NodeBuilder *root, const AggregateOptions *grouping)
{
	if (grouping)
		compile_groups(plan, root, grouping);
	else
		compile_value(plan, root);
}

static void
compile_value(PlanBuilder *plan, NodeBuilder *root)
{
	Aggregate	aggregate = {0};
	DocPath    *path = doc_path_key(NULL, "attribute");
	Expression	argument = row_expression(root, sql_name_steps(root->model, plan->request->alias), path);
	LoadColumn	column = {0};
	char	   *call;
	Oid			result;

	aggregate.kind = plan->request->aggregate;
	call = aggregate_call(root, &aggregate, &argument, path, &result);
	column.sql = value_column(&argument, aggregate.kind, call, result, &column.type);
	column.stored_type = column.type;
	root->node->fold = fold_value(aggregate.kind, &argument);
	root->node->fold->as = column.type;
	(void) plan_add_column(root, &column);
}

/* of a column of the rows, where these may be read without the statement */
static LoadFold *
fold_value(AggregateKind kind, const Expression *argument)
{
	LoadFold   *fold = argument->attribute && !argument->json_string ? load_fold_of(kind, argument->attribute) : NULL;

	return fold ? fold : load_fold_of_rows(AGGREGATE_NONE);
}

/* sum and avg are numeric, min and max jsonb, of whatever type they are */
static char *
value_column(const Expression *argument, AggregateKind kind, const char *call,
			 Oid result, Oid *type)
{
	char		category;
	bool		preferred;

	if (kind == AGGREGATE_MIN || kind == AGGREGATE_MAX)
	{
		*type = JSONBOID;
		if (argument->json_string)
			call = psprintf("CAST(%s AS pg_catalog.text)", call);
		return psprintf("pg_catalog.to_jsonb(%s)", call);
	}
	*type = NUMERICOID;
	get_type_category_preferred(result, &category, &preferred);
	if (category != TYPCATEGORY_NUMERIC)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("the %s of values of type %s is not a number",
						sql_aggregate_name(kind), format_type_be(argument->type)),
				 errhint("assoc.aggregate gives it in its own type.")));
	/* of the digits that a float shows, the cast of it would leave some out */
	if (result == FLOAT4OID || result == FLOAT8OID)
		call = psprintf("CAST(%s AS pg_catalog.text)", call);
	return psprintf("CAST(%s AS pg_catalog.numeric)", call);
}

/* ---- groups ---- */

static void
compile_groups(PlanBuilder *plan, NodeBuilder *root, const AggregateOptions *options)
{
	Groups		groups = {0};
	ItemList	items = {0};
	int			ngroups = list_length(options->group);
	ListCell   *lc;

	groups.maxattributes = ngroups + list_length(options->attributes);
	groups.attributes = palloc0_array(Attribute, groups.maxattributes);
	groups.sql = palloc0_array(char *, groups.maxattributes);
	groups.model.name = psprintf("groups of %s", root->model->name);
	groups.model.attributes = groups.attributes;
	foreach(lc, options->group)
		add_group(root, &groups, lfirst(lc));
	foreach_ptr(const AttributeItem, item, options->attributes)
	{
		Attribute  *attribute = add_attribute(root, &groups, item, ngroups);
		JsonEncoder *encoder = palloc0_object(JsonEncoder);
		LoadColumn	column = {0};

		column.sql = sql_column("x", attribute);
		column.type = column.stored_type = getBaseType(attribute->type);
		json_encoder_init(encoder, plan->plan->format, attribute->type,
						  attribute->json_string ||
						  (plan->plan->bigint_string && column.type == INT8OID), CurrentMemoryContext);
		load_output_add_item(&items, ITEM_COLUMN, plan_add_column(root, &column), encoder,
							 item->as, item->path);
	}
	load_output_finish(plan, root, &items);
	append_outer(root, &groups, options);
}

static void
add_group(NodeBuilder *root, Groups *groups, const AttributeItem *item)
{
	Expression	expression = row_expression(root, sql_name_steps(root->model, item->name), item->path);

	(void) sql_operator(expression.type, BTEqualStrategyNumber, item->path);
	(void) add_column(groups, item->name, &expression, item->path);
}

/* what the item shows: an aggregate, or one of the attributes that make the groups */
static Attribute *
add_attribute(NodeBuilder *root, Groups *groups, const AttributeItem *item, int ngroups)
{
	Expression	expression;

	if (item->aggregate)
	{
		expression = aggregate_expression(root, item);
		return add_column(groups, item->as, &expression, item->path);
	}
	for (int i = 0; i < ngroups; i++)
		if (strcmp(groups->attributes[i].name, item->name) == 0)
		{
			add_name(groups, &groups->attributes[i], item->as);
			return &groups->attributes[i];
		}
	/* an unknown name is that first */
	(void) row_expression(root, sql_name_steps(root->model, item->name), item->path);
	error_document(ERRCODE_GROUPING_ERROR, item->path,
				   "Name it in \"group\", or aggregate it: {\"max\": \"name\", \"as\": \"name\"}.",
				   "attribute \"%s\" has many values in a group", item->name);
}

/* the same column under the name that it is shown by, if that is no other one's */
static void
add_name(Groups *groups, const Attribute *attribute, char *name)
{
	Attribute  *same = &groups->attributes[groups->model.nattributes];

	if (model_attribute(&groups->model, name) != NULL)
		return;
	*same = *attribute;
	same->name = name;
	groups->model.nattributes++;
}

static Attribute *
add_column(Groups *groups, const char *name, const Expression *expression, const DocPath *path)
{
	int			n = groups->model.nattributes++;
	Attribute  *attribute = &groups->attributes[n];

	for (int i = 0; i < n; i++)
		if (strcmp(groups->attributes[i].name, name) == 0)
			error_document(ERRCODE_DUPLICATE_COLUMN, path,
						   "Give one of them another name with \"as\".",
						   "\"%s\" would name two values of a group", name);
	attribute->name = pstrdup(name);
	attribute->column = psprintf("c%d", n);
	attribute->attnum = n + 1;
	attribute->type = expression->type;
	attribute->typmod = -1;
	attribute->collation = get_typcollation(expression->type);
	attribute->json_string = expression->json_string;
	groups->sql[n] = expression->sql;
	return attribute;
}

/* SELECT x.c0, ... FROM (groups) x: groups that are equal in the order come by what makes them */
static void
append_outer(NodeBuilder *root, const Groups *groups, const AggregateOptions *options)
{
	SqlText    *sql = &root->sql;
	SqlScope	scope = {&groups->model, "x", NULL, NULL, NULL};
	int			ngroups = list_length(options->group);
	List	   *keys;

	for (int i = 0; i < root->node->ncolumns; i++)
		appendStringInfo(&sql->buf, "%s%s", i > 0 ? ", " : "SELECT ", root->node->columns[i].sql);
	appendStringInfoString(&sql->buf, " FROM (");
	append_inner(root, groups, ngroups);
	appendStringInfoString(&sql->buf, ") x WHERE true");
	sql_and_condition(sql, &scope, options->having);
	keys = sql_order_keys(sql, &scope, options->order);
	for (int i = 0; i < ngroups; i++)
		keys = lappend(keys, sql_order_column("x", &groups->attributes[i], false));
	sql_append_order(sql, keys);
	if (options->limit)
		appendStringInfo(&sql->buf, " LIMIT %s", sql_row_count(sql, options->limit, &root->node->limit));
	if (options->offset)
		appendStringInfo(&sql->buf, " OFFSET %s", sql_row_count(sql, options->offset, &root->node->offset));
}

static void
append_inner(NodeBuilder *root, const Groups *groups, int ngroups)
{
	StringInfo	buf = &root->sql.buf;

	for (int i = 0; i < groups->model.nattributes; i++)
		if (groups->sql[i] != NULL)
			appendStringInfo(buf, "%s%s AS c%d", i > 0 ? ", " : "SELECT ", groups->sql[i], i);
	load_sql_append_rows(root);
	for (int i = 0; i < ngroups; i++)
		appendStringInfo(buf, "%s%d", i > 0 ? ", " : " GROUP BY ", i + 1);
}

/* ---- expressions ---- */

/* an attribute of the row, or at the end of to-one associations */
static Expression
row_expression(NodeBuilder *root, List *steps, const DocPath *path)
{
	Expression	result = {0};
	const Attribute *attribute;

	misplaced_associated(root->model, steps, path);
	if (list_length(steps) > 1)
		result.sql = sql_to_one_expression(&root->sql, &root->scope, steps, path, &attribute);
	else
	{
		attribute = result.attribute = sql_used_attribute(&root->sql, root->model, linitial(steps), path);
		result.sql = sql_column(root->scope.alias, attribute);
	}
	result.type = attribute->type;
	result.json_string = attribute->json_string;
	return result;
}

static Expression
aggregate_expression(NodeBuilder *root, const AttributeItem *item)
{
	const Aggregate *aggregate = item->aggregate;
	List	   *steps = aggregate->steps;
	bool		ordered = aggregate->kind == AGGREGATE_MIN || aggregate->kind == AGGREGATE_MAX;
	Expression	argument = {0};
	Expression	result = {0};

	if (aggregate->kind >= AGGREGATE_HAS)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, item->path, NULL,
					   "\"%s\" is about one row: a group has many",
					   sql_aggregate_name(aggregate->kind));
	if (list_length(steps) == 1)
		steps = sql_name_steps(root->model, linitial(steps));
	if (list_length(steps) > 1 || strcmp(linitial(steps), "*") != 0)
		argument = row_expression(root, steps, item->path);
	result.sql = aggregate_call(root, aggregate, &argument, item->path, &result.type);
	result.json_string = ordered && argument.json_string;
	return result;
}

static char *
aggregate_call(NodeBuilder *root, const Aggregate *aggregate, const Expression *argument,
			   const DocPath *path, Oid *type)
{
	SqlText    *sql = &root->sql;
	char	   *call = sql_aggregate_call(aggregate, argument->sql, argument->type, path, type);
	StringInfoData outer = sql_begin_part(sql);

	appendStringInfoString(&sql->buf, call);
	if (aggregate->where)
	{
		appendStringInfoString(&sql->buf, " FILTER (WHERE ");
		sql_append_condition(sql, &root->scope, aggregate->where);
		appendStringInfoChar(&sql->buf, ')');
	}
	return sql_end_part(sql, outer);
}
