/*-------------------------------------------------------------------------
 *
 * model_result.c
 *	  What declarations of models return: the model as it is now, or its accessors.
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

static List *key_names(const Model *model);
static void append_attribute(StringInfo buf, const Attribute *attribute);

Jsonb *
model_result(Oid relation, bool created, List *changed)
{
	const Model *model;
	StringInfoData buf;

	registry_pin();
	model = registry_model(relation);
	initStringInfo(&buf);
	doc_write_string(&buf, "model", model->name);
	doc_write_string(&buf, "schema", model->schema_name);
	doc_write_string(&buf, "table", model->table_name);
	doc_write_strings(&buf, "primaryKey", key_names(model));
	appendStringInfoString(&buf, ", \"attributes\": {");
	for (int i = 0; i < model->nattributes; i++)
		append_attribute(&buf, &model->attributes[i]);
	appendStringInfo(&buf, "}, \"created\": %s", created ? "true" : "false");
	doc_write_strings(&buf, "changed", changed);
	appendStringInfoChar(&buf, '}');
	return doc_parse(buf.data);
}

static List *
key_names(const Model *model)
{
	List	   *names = NIL;

	for (int i = 0; i < model->nkey; i++)
		names = lappend(names, model->key[i]->name);
	return names;
}

static void
append_attribute(StringInfo buf, const Attribute *attribute)
{
	doc_write_key(buf, attribute->name);
	appendStringInfoChar(buf, '{');
	doc_write_string(buf, "column", attribute->column);
	doc_write_string(buf, "type", format_type_with_typemod(attribute->type, attribute->typmod));
	appendStringInfo(buf, ", \"allowNull\": %s", attribute->not_null ? "false" : "true");
	if (attribute->hidden != NOT_HIDDEN)
		appendStringInfo(buf, ", \"hidden\": %s", attribute_hiding_word(attribute->hidden));
	appendStringInfo(buf, "%s}",
					 attribute->json_string ? ", \"json\": \"string\"" : "");
}

Datum
model_result_accessors(const char *key, const char *name, List *accessors)
{
	StringInfoData buf;

	initStringInfo(&buf);
	doc_write_string(&buf, key, name);
	doc_write_strings(&buf, "accessors", accessors);
	appendStringInfoChar(&buf, '}');
	return JsonbPGetDatum(doc_parse(buf.data));
}
