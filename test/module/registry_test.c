/*-------------------------------------------------------------------------
 *
 * registry_test.c
 *	  Lets SQL look at compiled models and converted keys.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "catalog/pg_type.h"
#include "base/document.h"
#include "fmgr.h"
#include "registry/keys.h"
#include "registry/registry_cache.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

PG_FUNCTION_INFO_V1(registry_test_model);
PG_FUNCTION_INFO_V1(registry_test_ends);
PG_FUNCTION_INFO_V1(registry_test_generation);
PG_FUNCTION_INFO_V1(registry_test_kept);
PG_FUNCTION_INFO_V1(registry_test_split);
PG_FUNCTION_INFO_V1(registry_test_key);
PG_FUNCTION_INFO_V1(registry_test_value);

static void append_attributes(StringInfo buf, const Model *model);
static void append_indexes(StringInfo buf, const Model *model);
static void append_names(StringInfo buf, const char *title, int count, Attribute **attributes);
static void append_pairs(StringInfo buf, int count, Attribute **a, Attribute **b);
static char *as_text(Datum value, Oid type);

/* registry_test_model(name text) -> text: all that is known of a model */
Datum
registry_test_model(PG_FUNCTION_ARGS)
{
	const Model *model;
	StringInfoData buf;

	registry_pin();
	model = registry_model_by_name(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	initStringInfo(&buf);
	appendStringInfo(&buf, "%s %s %c%s%s%s%s", model->name, model->quoted_table, model->relkind,
					 model->managed ? " made" : "",
					 model->has_children ? " children" : "",
					 model->row_security ? " rls" : "",
					 model->underscored ? " underscored" : "");
	append_attributes(&buf, model);
	append_names(&buf, "key", model->nkey, model->key);
	append_names(&buf, "created", model->created_at != NULL, (Attribute **) &model->created_at);
	append_names(&buf, "updated", model->updated_at != NULL, (Attribute **) &model->updated_at);
	append_names(&buf, "deleted", model->deleted_at != NULL, (Attribute **) &model->deleted_at);
	append_indexes(&buf, model);
	for (int i = 0; i < model->nassociations; i++)
		appendStringInfo(&buf, "\n%s %s", registry_kind_name(model->associations[i].kind),
						 model->associations[i].alias);
	PG_RETURN_TEXT_P(cstring_to_text(buf.data));
}

static void
append_attributes(StringInfo buf, const Model *model)
{
	appendStringInfoString(buf, "\nattributes");
	for (int i = 0; i < model->nattributes; i++)
	{
		Attribute  *attribute = &model->attributes[i];

		appendStringInfo(buf, " %s", attribute->name);
		if (strcmp(attribute->name, attribute->column) != 0)
			appendStringInfo(buf, "=%s", attribute->column);
		appendStringInfo(buf, "%s%s%s%s%s",
						 attribute->declared ? "" : "*",
						 attribute->not_null ? "!" : "",
						 attribute->has_default ? "=" : "",
						 attribute->hidden != NOT_HIDDEN ? "(hidden)" : attribute->shadowed ? "(shadowed)" : "",
						 attribute->json_string ? "(string)" : "");
	}
}

static void
append_names(StringInfo buf, const char *title, int count, Attribute **attributes)
{
	if (count > 0)
		appendStringInfo(buf, "\n%s", title);
	for (int i = 0; i < count; i++)
		appendStringInfo(buf, " %s", attributes[i]->name);
}

static void
append_indexes(StringInfo buf, const Model *model)
{
	for (int i = 0; i < model->nindexes; i++)
	{
		ModelIndex *index = &model->indexes[i];

		appendStringInfo(buf, "\nindex%s%s", index->unique ? " unique" : "",
						 index->primary ? " primary" : "");
		for (int j = 0; j < index->nkeys; j++)
			appendStringInfo(buf, " %s", model_attnum(model, index->attnums[j])->name);
	}
}

/* registry_test_ends(model text, alias text) -> text: source = ref; ref = target */
Datum
registry_test_ends(PG_FUNCTION_ARGS)
{
	const Model *model;
	ResolvedAssociation *ends;
	StringInfoData buf;

	registry_pin();
	model = registry_model_by_name(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	ends = registry_resolve_association(registry_association(model,
															 text_to_cstring(PG_GETARG_TEXT_PP(1)),
															 NULL));
	initStringInfo(&buf);
	appendStringInfo(&buf, "%s", ends->to_one ? "one" : "many");
	append_pairs(&buf, ends->nsource, ends->source_key, ends->source_ref);
	append_pairs(&buf, ends->ntarget, ends->target_ref, ends->target_key);
	PG_RETURN_TEXT_P(cstring_to_text(buf.data));
}

static void
append_pairs(StringInfo buf, int count, Attribute **a, Attribute **b)
{
	for (int i = 0; i < count; i++)
		appendStringInfo(buf, " %s=%s", a[i]->name, b[i]->name);
}

/* registry_test_generation() -> bigint */
Datum
registry_test_generation(PG_FUNCTION_ARGS pg_attribute_unused())
{
	PG_RETURN_INT64((int64) registry_generation());
}

/*
 * registry_test_kept(model text) -> text: a name read from a model that was fetched
 * before the registry changed under our feet
 */
Datum
registry_test_kept(PG_FUNCTION_ARGS)
{
	const Model *before;
	const Model *after;
	ModelRow	row = {0};

	registry_pin();
	before = registry_model_by_name(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	row.relation = before->relid;
	row.name = "Renamed";
	row.managed = before->managed;
	registry_lock(list_make1_oid(get_rel_namespace(before->relid)));
	registry_put_model(&row);
	after = registry_model(before->relid);
	PG_RETURN_TEXT_P(cstring_to_text(psprintf("%s %s %s", before->name, before->attributes[0].name,
											  after->name)));
}

/* registry_test_split(name text) -> text[]: schema and object */
Datum
registry_test_split(PG_FUNCTION_ARGS)
{
	char	   *schema;
	char	   *object;
	Datum		parts[2];

	registry_split_name(text_to_cstring(PG_GETARG_TEXT_PP(0)), &schema, &object);
	parts[0] = CStringGetTextDatum(schema ? schema : "-");
	parts[1] = CStringGetTextDatum(object);
	PG_RETURN_ARRAYTYPE_P(construct_array(parts, 2, TEXTOID, -1, false, TYPALIGN_INT));
}

/* registry_test_key(model text, id "any") -> text[]: the model's key as its columns' types print it */
Datum
registry_test_key(PG_FUNCTION_ARGS)
{
	const Model *model;
	Datum	   *key;
	Datum	   *texts;

	registry_pin();
	model = registry_model_by_name(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	key = palloc0_array(Datum, model->nkey);
	texts = palloc0_array(Datum, model->nkey);
	key_from_datum(PG_GETARG_DATUM(1), get_fn_expr_argtype(fcinfo->flinfo, 1),
				   model->nkey, model->key, "id", key);
	for (int i = 0; i < model->nkey; i++)
		texts[i] = CStringGetTextDatum(as_text(key[i], model->key[i]->type));
	PG_RETURN_ARRAYTYPE_P(construct_array(texts, model->nkey, TEXTOID, -1, false, TYPALIGN_INT));
}

/* registry_test_value(type regtype, typmod integer, document jsonb) -> text */
Datum
registry_test_value(PG_FUNCTION_ARGS)
{
	Oid			type = PG_GETARG_OID(0);
	DocPath		root = {NULL, "data", 0};
	DocPath		path = {&root, "x", 0};
	JsonbValue	value;
	Datum		result;
	bool		isnull;

	doc_root_value(PG_GETARG_JSONB_P(2), &value);
	result = key_value_from_jsonb(&value, type, PG_GETARG_INT32(1), &path, &isnull);
	if (isnull)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(as_text(result, type)));
}

static char *
as_text(Datum value, Oid type)
{
	Oid			output;
	bool		varlena;

	getTypeOutputInfo(type, &output, &varlena);
	return OidOutputFunctionCall(output, value);
}
