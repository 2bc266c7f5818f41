/*-------------------------------------------------------------------------
 *
 * model_result.c
 *	  What define and adopt return: the model as it stands now.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "base/doc_member.h"
#include "declare/attribute.h"
#include "declare/model.h"
#include "registry/registry_cache.h"
#include "utils/builtins.h"
#include "utils/json.h"

static void append_key(StringInfo buf, const Model *model);
static void append_attribute(StringInfo buf, const Attribute *attribute);
static void append_names(StringInfo buf, List *names);

Jsonb *
model_result(Oid relation, bool created, List *changed)
{
	const Model *model;
	StringInfoData buf;

	registry_pin();
	model = registry_model(relation);
	initStringInfo(&buf);
	appendStringInfoString(&buf, "{\"model\": ");
	escape_json(&buf, model->name);
	appendStringInfoString(&buf, ", \"schema\": ");
	escape_json(&buf, model->schema_name);
	appendStringInfoString(&buf, ", \"table\": ");
	escape_json(&buf, model->table_name);
	append_key(&buf, model);
	appendStringInfoString(&buf, ", \"attributes\": {");
	for (int i = 0; i < model->nattributes; i++)
	{
		if (i > 0)
			appendStringInfoString(&buf, ", ");
		append_attribute(&buf, &model->attributes[i]);
	}
	appendStringInfo(&buf, "}, \"created\": %s, \"changed\": ", created ? "true" : "false");
	append_names(&buf, changed);
	appendStringInfoChar(&buf, '}');
	return doc_parse(buf.data);
}

static void
append_key(StringInfo buf, const Model *model)
{
	List	   *names = NIL;

	for (int i = 0; i < model->nkey; i++)
		names = lappend(names, model->key[i]->name);
	appendStringInfoString(buf, ", \"primaryKey\": ");
	append_names(buf, names);
}

static void
append_attribute(StringInfo buf, const Attribute *attribute)
{
	escape_json(buf, attribute->name);
	appendStringInfoString(buf, ": {\"column\": ");
	escape_json(buf, attribute->column);
	appendStringInfoString(buf, ", \"type\": ");
	escape_json(buf, format_type_with_typemod(attribute->type, attribute->typmod));
	appendStringInfo(buf, ", \"allowNull\": %s", attribute->not_null ? "false" : "true");
	if (attribute->hidden != NOT_HIDDEN)
		appendStringInfo(buf, ", \"hidden\": %s", attribute_hiding_word(attribute->hidden));
	appendStringInfo(buf, "%s}",
					 attribute->json_string ? ", \"json\": \"string\"" : "");
}

static void
append_names(StringInfo buf, List *names)
{
	appendStringInfoChar(buf, '[');
	foreach_ptr(char, name, names)
	{
		if (foreach_current_index(name) > 0)
			appendStringInfoString(buf, ", ");
		escape_json(buf, name);
	}
	appendStringInfoChar(buf, ']');
}
