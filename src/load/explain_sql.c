/*-------------------------------------------------------------------------
 *
 * explain_sql.c
 *	  assoc.sql: a load as one SQL statement, for people to read and run.
 *
 * Decides how the statements of the nodes are put together: each becomes a
 * subquery in the select list of its parent's, where load_sql.c has it join the
 * parent's row.  How the finished text looks is PostgreSQL's own printing of
 * the parsed statement, with values as constants; nothing here ever runs it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/arguments.h"
#include "base/compat.h"
#include "base/ddl.h"
#include "base/exact_output.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "parser/analyze.h"
#include "parser/parse_node.h"
#include "parser/parser.h"
#include "plan/load_plan.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/ruleutils.h"

/* a function call takes 100 arguments: longer objects are concatenated */
#define KEYS_PER_CALL 50

PG_FUNCTION_INFO_V1(assoc_sql);

/* the values that stand for $1 ... */
typedef struct ParamValues
{
	LoadPlan   *plan;
	Datum	   *values;
	char	   *nulls;
} ParamValues;

static LoadPlan *nested_plan(FunctionCallInfo fcinfo);
static char *print_statement(const char *text, ParamValues *params);
static void install_params(ParseState *pstate, void *params);
static Node *param_constant(ParseState *pstate, ParamRef *reference);
static void append_array(StringInfo buf, const LoadNode *node);
static void append_first(StringInfo buf, const LoadNode *node);
static void append_source(StringInfo buf, const LoadNode *node);
static void append_sort(StringInfo buf, const LoadNode *node);
static void append_object(StringInfo buf, const LoadNode *node);
static void append_item(StringInfo buf, const LoadNode *node, const LoadItem *item);
static void append_child(StringInfo buf, const LoadNode *child);
static void append_link(StringInfo buf, const LoadNode *node);
static void append_key(StringInfo buf, int number, const char *key);
static void append_value(StringInfo buf, const LoadNode *node, const JsonRowShape *pack, int number);

Datum
assoc_sql(PG_FUNCTION_ARGS)
{
	Jsonb	   *document = PG_ARGISNULL(2) ? NULL : PG_GETARG_JSONB_P(2);
	LoadPlan   *plan = nested_plan(fcinfo);
	ParamValues params;
	StringInfoData buf;

	params.plan = plan;
	params.values = palloc_array(Datum, Max(1, plan->nparams));
	params.nulls = palloc_array(char, Max(1, plan->nparams));
	load_params_bind(plan->nparams, plan->params, document, params.values, params.nulls);
	initStringInfo(&buf);
	append_array(&buf, plan->nodes[0]);
	PG_RETURN_TEXT_P(cstring_to_text(print_statement(buf.data, &params)));
}

static LoadPlan *
nested_plan(FunctionCallInfo fcinfo)
{
	LoadRequest request = {0};
	LoadPlan   *plan;

	argument_require(fcinfo, 0, "model");
	registry_pin();
	request.kind = LOAD_FIND;
	/* keys in declared order: what jsonb makes of them does not depend on it */
	request.format = JSON_FORMAT_JSON;
	request.nested = true;
	request.model = registry_model_by_name(text_to_cstring(PG_GETARG_TEXT_PP(0)))->relid;
	request.options = PG_ARGISNULL(1) ? NULL : PG_GETARG_JSONB_P(1);
	plan = load_plan_compile(&request, CurrentMemoryContext);
	load_plan_lock(plan);
	return plan;
}

/* ---- the statement as PostgreSQL prints it ---- */

static char *
print_statement(const char *text, ParamValues *params)
{
	List	   *parsed = raw_parser(text, RAW_PARSE_DEFAULT);
	Query	   *query = parse_analyze_withcb(linitial_node(RawStmt, parsed), text,
											 install_params, params, NULL);
	/* constants that mean the same in every session that they are pasted into */
	int			level = exact_output_begin(NULL);
	char	   *printed = pg_get_querydef(query, true);

	exact_output_end(level);
	return printed;
}

static void
install_params(ParseState *pstate, void *params)
{
	pstate->p_paramref_hook = param_constant;
	pstate->p_ref_hook_state = params;
}

static Node *
param_constant(ParseState *pstate, ParamRef *reference)
{
	ParamValues *params = pstate->p_ref_hook_state;
	int			number = reference->number - 1;

	if (number < 0 || number >= params->plan->nparams)
		elog(ERROR, "statement has no parameter $%d", reference->number);
	return load_param_constant(&params->plan->params[number], params->values[number],
							   params->nulls[number] == 'n');
}

/* ---- the statement as it is put together ---- */

/* the rows of a node as one array: rows come sorted, or are sorted by key here */
static void
append_array(StringInfo buf, const LoadNode *node)
{
	check_stack_depth();
	appendStringInfoString(buf, "SELECT COALESCE(pg_catalog.jsonb_agg(");
	append_object(buf, node);
	append_sort(buf, node);
	appendStringInfoString(buf, "), CAST('[]' AS pg_catalog.jsonb))");
	if (node->parent == NULL)
		appendStringInfo(buf, " AS %s", quote_identifier(ddl_table_name(node->target)));
	append_source(buf, node);
}

/* the row of a to-one association; no row is NULL, as it should be */
static void
append_first(StringInfo buf, const LoadNode *node)
{
	check_stack_depth();
	appendStringInfoString(buf, "SELECT ");
	append_object(buf, node);
	append_source(buf, node);
	append_sort(buf, node);
	appendStringInfoString(buf, " LIMIT 1");
}

/* FROM (the node's statement) projects_1(id, title) */
static void
append_source(StringInfo buf, const LoadNode *node)
{
	appendStringInfo(buf, " FROM (%s) %s", node->sql, load_sql_row_name(node));
	for (int i = 0; i < node->ncolumns; i++)
		appendStringInfo(buf, "%s%s", i > 0 ? ", " : "(", node->columns[i].name);
	if (node->ncolumns > 0)
		appendStringInfoChar(buf, ')');
}

static void
append_sort(StringInfo buf, const LoadNode *node)
{
	for (int i = 0; i < node->nsort; i++)
		appendStringInfo(buf, "%s%s.%s", i > 0 ? ", " : " ORDER BY ", load_sql_row_name(node),
						 node->columns[node->sort_columns[i]].name);
}

static void
append_object(StringInfo buf, const LoadNode *node)
{
	if (node->bare)
	{
		append_item(buf, node, &node->items[0]);
		return;
	}
	appendStringInfoString(buf, "pg_catalog.jsonb_build_object(");
	for (int k = 0; k < node->nitems; k++)
	{
		append_key(buf, k, node->keys[k]);
		append_item(buf, node, &node->items[k]);
	}
	appendStringInfoChar(buf, ')');
}

static void
append_item(StringInfo buf, const LoadNode *node, const LoadItem *item)
{
	switch (item->kind)
	{
		case ITEM_COLUMN:
			append_value(buf, node, &node->row, item->number);
			break;
		case ITEM_LINK_COLUMN:
			append_value(buf, node, &node->link, item->number);
			break;
		case ITEM_THROUGH:
			append_link(buf, node);
			break;
		case ITEM_CHILD:
		case ITEM_LINK_CHILD:
			append_child(buf, node->children[item->number]);
			break;
		case ITEM_FOLD:
			elog(ERROR, "a value apart in one statement");
			break;
		case ITEM_TREE:
			elog(ERROR, "recursive include in one statement");
			break;
	}
}

static void
append_child(StringInfo buf, const LoadNode *child)
{
	appendStringInfoChar(buf, '(');
	if (child->to_one)
		append_first(buf, child);
	else
		append_array(buf, child);
	appendStringInfoChar(buf, ')');
}

static void
append_link(StringInfo buf, const LoadNode *node)
{
	appendStringInfoString(buf, "pg_catalog.jsonb_build_object(");
	for (int i = 0; i < node->nlink_items; i++)
	{
		append_key(buf, i, node->link_keys[i]);
		append_item(buf, node, &node->link_items[i]);
	}
	appendStringInfoChar(buf, ')');
}

/* the key and what separates it from the pair before */
static void
append_key(StringInfo buf, int number, const char *key)
{
	if (number > 0 && number % KEYS_PER_CALL == 0)
		appendStringInfoString(buf, ") OPERATOR(pg_catalog.||) pg_catalog.jsonb_build_object(");
	else if (number > 0)
		appendStringInfoString(buf, ", ");
	appendStringInfo(buf, "%s, ", quote_literal_cstr(key));
}

/* jsonb_build_object makes of a value what to_jsonb makes of it */
static void
append_value(StringInfo buf, const LoadNode *node, const JsonRowShape *pack, int number)
{
	const char *column = node->columns[pack->columns[number]].name;

	appendStringInfo(buf, pack->encoders[number].as_string ?
					 "CAST(%s.%s AS pg_catalog.text)" : "%s.%s",
					 load_sql_row_name(node), column);
}
