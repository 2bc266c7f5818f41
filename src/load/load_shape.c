/*-------------------------------------------------------------------------
 *
 * load_shape.c
 *	  What document a load gives, without loading: for assoc.typescript and
 *	  assoc.json_schema.
 *
 * The shape is read off the very plan that would load, so scopes, defaults and all that
 * options leave unsaid are in it.  Decides nothing about how types are written in
 * another language: that is SQL (install/62_types.sql), which gets their OIDs.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/arguments.h"
#include "base/compat.h"
#include "base/doc_member.h"
#include "catalog/pg_type_d.h"
#include "deparse/sql_text.h"
#include "fmgr.h"
#include "load/load_call.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/json.h"

PG_FUNCTION_INFO_V1(assoc_load_shape);
PG_FUNCTION_INFO_V1(assoc_model_relation);

static void write_node(StringInfo buf, const LoadNode *node);
static void write_item(StringInfo buf, const LoadNode *node, const LoadItem *item);
static void write_value(StringInfo buf, const LoadNode *node, const JsonRowShape *shape, int number);
static void write_link(StringInfo buf, const LoadNode *node);
static void write_child(StringInfo buf, const LoadNode *node, int number);
static void write_key(StringInfo buf, const char *key);

/* load_shape(model regclass, options jsonb) */
Datum
assoc_load_shape(PG_FUNCTION_ARGS)
{
	LoadRequest request = {.kind = LOAD_FIND,.format = JSON_FORMAT_JSON,.described = true};
	StringInfoData buf;

	argument_require(fcinfo, 0, "model");
	registry_pin();
	request.model = PG_GETARG_OID(0);
	request.options = argument_object(fcinfo, 1, "options");
	initStringInfo(&buf);
	write_node(&buf, load_plan_to_show(&request)->nodes[0]);
	PG_RETURN_JSONB_P(doc_parse(buf.data));
}

/* model_relation(model text): its table */
Datum
assoc_model_relation(PG_FUNCTION_ARGS)
{
	argument_require(fcinfo, 0, "model");
	registry_pin();
	PG_RETURN_OID(registry_model_by_name(text_to_cstring(PG_GETARG_TEXT_PP(0)))->relid);
}

LoadPlan *
load_plan_to_show(const LoadRequest *request)
{
	volatile bool before = sql_leave_values_unmade(true);
	LoadPlan   *volatile plan = NULL;

	PG_TRY();
	{
		plan = load_plan_compile(request, CurrentMemoryContext);
	}
	PG_FINALLY();
	{
		(void) sql_leave_values_unmade(before);
	}
	PG_END_TRY();
	load_plan_lock(plan);
	return plan;
}

/* ---- the document of a row ---- */

/* {"bare": is it the one value alone, "keys": [{"key", "type", "string", "null"} or {"key", "link"} or {"key", "node", ...}]}, in declared order */
static void
write_node(StringInfo buf, const LoadNode *node)
{
	check_stack_depth();
	appendStringInfo(buf, "{\"relation\": %u, \"bare\": %s, \"keys\": [", node->target,
					 node->bare ? "true" : "false");
	for (int i = 0; i < node->nitems; i++)
	{
		appendStringInfoString(buf, i > 0 ? ", {" : "{");
		write_key(buf, node->keys[i]);
		write_item(buf, node, &node->items[i]);
		appendStringInfoChar(buf, '}');
	}
	appendStringInfoString(buf, "]}");
}

static void
write_item(StringInfo buf, const LoadNode *node, const LoadItem *item)
{
	switch (item->kind)
	{
		case ITEM_COLUMN:
			write_value(buf, node, &node->row, item->number);
			break;
		case ITEM_LINK_COLUMN:
			write_value(buf, node, &node->link, item->number);
			break;
		case ITEM_THROUGH:
			write_link(buf, node);
			break;
		case ITEM_FOLD:
			write_value(buf, node->children[item->number], &node->children[item->number]->row, 0);
			break;
		case ITEM_CHILD:
		case ITEM_LINK_CHILD:
		case ITEM_TREE:
			write_child(buf, node, item->number);
			break;
	}
}

static void
write_value(StringInfo buf, const LoadNode *node, const JsonRowShape *shape, int number)
{
	const JsonEncoder *encoder = &shape->encoders[number];

	appendStringInfo(buf, ", \"type\": %u, \"string\": %s, \"null\": %s", encoder->type,
					 encoder->as_string ? "true" : "false",
					 node->columns[shape->columns[number]].never_null ? "false" : "true");
}

static void
write_link(StringInfo buf, const LoadNode *node)
{
	appendStringInfo(buf, ", \"link\": {\"relation\": %u, \"keys\": [", node->through);
	for (int i = 0; i < node->nlink_items; i++)
	{
		appendStringInfoString(buf, i > 0 ? ", {" : "{");
		write_key(buf, node->link_keys[i]);
		write_item(buf, node, &node->link_items[i]);
		appendStringInfoChar(buf, '}');
	}
	appendStringInfoString(buf, "]}");
}

/* below 0: the levels below of a recursive include, each like this one; the last has no such key */
static void
write_child(StringInfo buf, const LoadNode *node, int number)
{
	const LoadNode *child = number < 0 ? node : node->children[number];

	appendStringInfo(buf, ", \"many\": %s, \"page\": %s, \"turned\": %s, \"null\": %s",
					 child->to_one ? "false" : "true",
					 child->page ? "true" : "false",
					 child->page && child->page->turned ? "true" : "false",
					 child->to_one && !((child->required || child->always) && number >= 0) ? "true" : "false");
	if (number < 0)
	{
		appendStringInfoString(buf, ", \"recursive\": true");
		return;
	}
	appendStringInfoString(buf, ", \"node\": ");
	write_node(buf, child);
}

static void
write_key(StringInfo buf, const char *key)
{
	appendStringInfoString(buf, "\"key\": ");
	escape_json(buf, key);
}
