/*-------------------------------------------------------------------------
 *
 * computed_function.c
 *	  The functions behind computed attributes.
 *
 * Decides which function is one: it has the attribute's name in snake_case, stands in the schema of
 * the table, takes a row of it, and belongs to the table's owner.  The registry's rows are
 * untrusted: what they name and is no such function is left out.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "base/compat.h"
#include "base/document.h"
#include "base/naming.h"
#include "base/role.h"
#include "catalog/pg_proc.h"
#include "registry/computed_function.h"
#include "registry/model_facts.h"
#include "registry/registry_watch.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

/* what pg_proc has it under */
typedef struct FunctionKey
{
	Datum		name;
	Datum		arguments;
	Datum		schema;
} FunctionKey;

static bool function_key(Oid relation, const char *name, FunctionKey *key);
static void watch(Oid relation, const char *name);

Oid
computed_function(Oid relation, const char *name)
{
	FunctionKey key;
	HeapTuple	tuple;
	Oid			function = InvalidOid;

	if (!function_key(relation, name, &key))
		return InvalidOid;
	tuple = SearchSysCache3(PROCNAMEARGSNSP, key.name, key.arguments, key.schema);
	if (!HeapTupleIsValid(tuple))
		return InvalidOid;
	if (((Form_pg_proc) GETSTRUCT(tuple))->proowner == role_owner_of(relation) &&
		((Form_pg_proc) GETSTRUCT(tuple))->prokind == PROKIND_FUNCTION &&
		!((Form_pg_proc) GETSTRUCT(tuple))->proretset)
		function = ((Form_pg_proc) GETSTRUCT(tuple))->oid;
	ReleaseSysCache(tuple);
	return function;
}

/* false: its name is too long to be one */
static bool
function_key(Oid relation, const char *name, FunctionKey *key)
{
	Oid			row = get_rel_type_id(relation);
	char	   *snake = naming_snake(name);

	key->name = CStringGetDatum(snake);
	key->arguments = PointerGetDatum(buildoidvector(&row, 1));
	key->schema = ObjectIdGetDatum(get_rel_namespace(relation));
	return strlen(snake) < NAMEDATALEN;
}

void
computed_function_fill(Model *model, const JsonbValue *options)
{
	JsonbValue *computed = doc_get(options, "computed");
	List	   *pairs = doc_object_pairs(computed);

	model->computed = palloc0_array(Attribute, Max(1, list_length(pairs)));
	foreach_ptr(DocPair, pair, pairs)
	{
		Oid			function = computed_function(model->relid, pair->key);
		Attribute  *attribute = &model->computed[model->ncomputed];
		JsonbValue *json = doc_is_object(&pair->value) ? doc_get(&pair->value, "json") : NULL;

		watch(model->relid, pair->key);
		if (!OidIsValid(function) || !doc_is_object(&pair->value))
			continue;
		model->ncomputed++;
		attribute->name = pair->key;
		attribute->column = quote_qualified_identifier(model->schema_name, naming_snake(pair->key));
		attribute->computed = true;
		/* a row of a shard is of that table's type, which the function does not take */
		attribute->row_of = model->distributed ? model : NULL;
		attribute->declared = true;
		attribute->type = get_func_rettype(function);
		attribute->typmod = -1;
		attribute->collation = get_typcollation(attribute->type);
		attribute->hidden = model_declared_hiding(&pair->value);
		attribute->json_string = json != NULL && json->type == jbvString &&
			strcmp(doc_string(json), "string") == 0;
	}
}

/* it may be dropped, and made again with another type */
static void
watch(Oid relation, const char *name)
{
	FunctionKey key;

	if (function_key(relation, name, &key))
		registry_watch_function(GetSysCacheHashValue3(PROCNAMEARGSNSP, key.name, key.arguments,
													  key.schema), relation);
}
