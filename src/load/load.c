/*-------------------------------------------------------------------------
 *
 * load.c
 *	  The loading functions that SQL calls for one row, a list or a number.
 *
 * Decides what each function asks of the engine and what it returns for none:
 * find_by_pk and with give NULL, get and find_all an empty array.  Everything
 * runs as the caller, under the snapshot of the calling statement.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/arguments.h"
#include "base/compat.h"
#include "catalog/pg_type_d.h"
#include "fmgr.h"
#include "load/load_call.h"
#include "load/load_constants.h"
#include "load/load_watch.h"
#include "registry/keys.h"
#include "run/load_run.h"
#include "run/run_sink.h"
#include "run/run_write.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(assoc_load_one);
PG_FUNCTION_INFO_V1(assoc_load_one_json);
PG_FUNCTION_INFO_V1(assoc_load_get);
PG_FUNCTION_INFO_V1(assoc_load_get_json);
PG_FUNCTION_INFO_V1(assoc_load_count);
PG_FUNCTION_INFO_V1(assoc_find_by_pk);
PG_FUNCTION_INFO_V1(assoc_find_by_pk_json);
PG_FUNCTION_INFO_V1(assoc_find_one);
PG_FUNCTION_INFO_V1(assoc_find_one_json);
PG_FUNCTION_INFO_V1(assoc_find_all);
PG_FUNCTION_INFO_V1(assoc_find_all_json);
PG_FUNCTION_INFO_V1(assoc_get);
PG_FUNCTION_INFO_V1(assoc_get_json);
PG_FUNCTION_INFO_V1(assoc_count_of);
PG_FUNCTION_INFO_V1(assoc_count);
PG_FUNCTION_INFO_V1(assoc_count_all);

LOAD_IN_BOTH_FORMATS(load_one)
LOAD_IN_BOTH_FORMATS(load_get)
LOAD_IN_BOTH_FORMATS(find_by_pk)
LOAD_IN_BOTH_FORMATS(find_one)
LOAD_IN_BOTH_FORMATS(find_all)
LOAD_IN_BOTH_FORMATS(get)

static char *name_argument(FunctionCallInfo fcinfo, int number);
static void key_argument(const LoadPlan *plan, FunctionCallInfo fcinfo, int number,
						 const LoadRequest *request, Datum *key);
static bool plain_key(const LoadNode *root, Oid given, Datum value, Datum *key);
static void convert_key(const LoadRequest *request, Datum value, Oid given, const char *name,
						Datum *key);
static Datum return_row_by_key(FunctionCallInfo fcinfo, const LoadRequest *request, int key, Jsonb *params);
static LoadRun *load_by_key(FunctionCallInfo fcinfo, const LoadRequest *request, int key,
							Jsonb *params, int *number);
static Datum finish_row(FunctionCallInfo fcinfo, LoadRun *run, int number);
static Datum return_array_by_key(FunctionCallInfo fcinfo, const LoadRequest *request, int key);
static int64 count_rows(FunctionCallInfo fcinfo, const LoadRequest *request, int key);

/* ---- entry points that accessors call ---- */

static Datum
load_one(FunctionCallInfo fcinfo, JsonWriterFormat format)
{
	LoadRequest request = load_bound_request(fcinfo, LOAD_BY_KEY, format, 3);

	return return_row_by_key(fcinfo, &request, 2, NULL);
}

static Datum
load_get(FunctionCallInfo fcinfo, JsonWriterFormat format)
{
	LoadRequest request = load_bound_request(fcinfo, LOAD_GET, format, 3);

	return return_array_by_key(fcinfo, &request, 2);
}

Datum
assoc_load_count(PG_FUNCTION_ARGS)
{
	LoadRequest request = load_bound_request(fcinfo, LOAD_COUNT, JSON_FORMAT_JSONB, 3);

	PG_RETURN_INT64(count_rows(fcinfo, &request, 2));
}

/* ---- generic verbs ---- */

static Datum
find_by_pk(FunctionCallInfo fcinfo, JsonWriterFormat format)
{
	LoadRequest request = load_model_request(fcinfo, LOAD_BY_KEY, format, 2, 4);

	return return_row_by_key(fcinfo, &request, 1, argument_object(fcinfo, 3, "params"));
}

static Datum
find_one(FunctionCallInfo fcinfo, JsonWriterFormat format)
{
	LoadRequest request = load_model_request(fcinfo, LOAD_FIND, format, 1, 3);
	LoadRun    *run;

	request.single = true;
	run = load_begin(&request, argument_object(fcinfo, 2, "params"));
	load_run_load(run, true);
	return finish_row(fcinfo, run, 0);
}

static Datum
find_all(FunctionCallInfo fcinfo, JsonWriterFormat format)
{
	LoadRequest request = load_model_request(fcinfo, LOAD_FIND, format, 1, 3);

	return load_array(&request, argument_object(fcinfo, 2, "params"));
}

static Datum
get(FunctionCallInfo fcinfo, JsonWriterFormat format)
{
	LoadRequest request = load_model_request(fcinfo, LOAD_GET, format, 3, 4);

	request.alias = argument_text(fcinfo, 2, "alias");
	return return_array_by_key(fcinfo, &request, 1);
}

Datum
assoc_count_of(PG_FUNCTION_ARGS)
{
	LoadRequest request = load_model_request(fcinfo, LOAD_COUNT, JSON_FORMAT_JSONB, 3, 4);

	request.alias = argument_text(fcinfo, 2, "alias");
	PG_RETURN_INT64(count_rows(fcinfo, &request, 1));
}

Datum
assoc_count(PG_FUNCTION_ARGS)
{
	LoadRequest request = load_model_request(fcinfo, LOAD_COUNT, JSON_FORMAT_JSONB, 1, 3);

	return load_value(&request, argument_object(fcinfo, 2, "params"), &fcinfo->isnull);
}

/* count(model "any"): all of its rows */
Datum
assoc_count_all(PG_FUNCTION_ARGS)
{
	LoadRequest request = {.kind = LOAD_COUNT, .format = JSON_FORMAT_JSONB};

	argument_require(fcinfo, 0, "model");
	registry_pin();
	request.model = registry_model_by_name(name_argument(fcinfo, 0))->relid;
	return load_value(&request, NULL, &fcinfo->isnull);
}

/* ---- arguments ---- */

/* a name in an argument of type "any" */
static char *
name_argument(FunctionCallInfo fcinfo, int number)
{
	Oid			given = get_fn_expr_argtype(fcinfo->flinfo, number);

	if (given == UNKNOWNOID)
		return PG_GETARG_CSTRING(number);
	if (given != TEXTOID && given != VARCHAROID)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("a model's name is text, not %s", format_type_be(given)),
				 errhint("SQL's own count is pg_catalog.count.")));
	return text_to_cstring(PG_GETARG_TEXT_PP(number));
}

/* (source regclass, alias text, ..., options jsonb) */
LoadRequest
load_bound_request(FunctionCallInfo fcinfo, LoadKind kind, JsonWriterFormat format, int options)
{
	LoadRequest request = {.kind = kind, .format = format, .single = kind == LOAD_BY_KEY};

	argument_require(fcinfo, 0, "source");
	request.model = PG_GETARG_OID(0);
	request.alias = argument_text(fcinfo, 1, "alias");
	request.options = argument_jsonb(fcinfo, options);
	return request;
}

/* (model text, ..., options jsonb, ..., allow jsonb) */
LoadRequest
load_model_request(FunctionCallInfo fcinfo, LoadKind kind, JsonWriterFormat format, int options,
				   int allow)
{
	LoadRequest request = {.kind = kind, .format = format, .single = kind == LOAD_BY_KEY};

	argument_require(fcinfo, 0, "model");
	request.model = registry_relation_by_name(PG_GETARG_TEXT_PP(0));
	request.options = argument_jsonb(fcinfo, options);
	if (PG_NARGS() > allow)
		request.allow = argument_jsonb(fcinfo, allow);
	return request;
}

/* ---- one row, or the rows of one key ---- */

/* the root's key that an argument holds */
static void
key_argument(const LoadPlan *plan, FunctionCallInfo fcinfo, int number, const LoadRequest *request,
			 Datum *key)
{
	Oid			given = get_fn_expr_argtype(fcinfo->flinfo, number);
	Datum		value;

	argument_require(fcinfo, number, argument_key_name(number));
	value = PG_GETARG_DATUM(number);
	if (!plain_key(plan->nodes[0], given, value, key))
		convert_key(request, value, given, argument_key_name(number), key);
}

/* the usual case, without a look at the registry: an integer for an integer, or the type itself */
static bool
plain_key(const LoadNode *root, Oid given, Datum value, Datum *key)
{
	Oid			type = root->nref == 1 ? root->ref_keys[0].type : InvalidOid;

	*key = value;
	if (given == type && (root->ref_keys[0].typbyval || type == UUIDOID))
		return true;
	if (type == INT8OID && given == INT4OID)
	{
		*key = Int64GetDatum(DatumGetInt32(value));
		return true;
	}
	return false;
}

static void
convert_key(const LoadRequest *request, Datum value, Oid given, const char *name, Datum *key)
{
	const Model *model;

	registry_pin();
	model = registry_model(request->model);
	if (request->kind == LOAD_BY_KEY)
		key_from_datum(value, given, model->nkey, model->key, name, key);
	else
	{
		ResolvedAssociation *assoc = registry_resolve_path(model, request->alias, NULL);
		int			nkeys;
		Attribute **keys = registry_source_key(assoc, &nkeys);

		key_from_datum(value, given, nkeys, keys, name, key);
	}
}

static Datum
return_row_by_key(FunctionCallInfo fcinfo, const LoadRequest *request, int key, Jsonb *params)
{
	int			number;
	LoadRun    *run = load_by_key(fcinfo, request, key, params, &number);

	return finish_row(fcinfo, run, number);
}

/* a run that has loaded the row of the key, whose number in it is set */
static LoadRun *
load_by_key(FunctionCallInfo fcinfo, const LoadRequest *request, int key, Jsonb *params,
			int *number)
{
	LoadPlan   *plan = load_plan_get(request);
	Datum		value[INDEX_MAX_KEYS];
	LoadRun    *run;

	key_argument(plan, fcinfo, key, request, value);
	/* the check of a key's domain may have loaded by the same plan */
	(void) load_constants_give(plan, request->options);
	run = run_memory_begin(plan, params);
	load_watch(run, request);
	*number = load_run_request(run, value);
	load_run_load(run, true);
	return run;
}

/* the row of the root's key as the function's result, NULL when there is none */
static Datum
finish_row(FunctionCallInfo fcinfo, LoadRun *run, int number)
{
	LoadedLink *row = run_sink_group(run, number)->first;

	if (row != NULL)
	{
		run_write_row(run, row);
		return load_finish(run);
	}
	load_end(run);
	PG_RETURN_NULL();
}

static Datum
return_array_by_key(FunctionCallInfo fcinfo, const LoadRequest *request, int key)
{
	int			number;
	LoadRun    *run = load_by_key(fcinfo, request, key, NULL, &number);

	if (run->plan->nodes[run->plan->shown]->to_one)
		return finish_row(fcinfo, run, number);
	run_write_array(run, number);
	return load_finish(run);
}

static int64
count_rows(FunctionCallInfo fcinfo, const LoadRequest *request, int key)
{
	LoadRun    *run = load_begin(request, NULL);
	Datum		value[INDEX_MAX_KEYS];
	int64		count;
	bool		isnull;

	key_argument(run->plan, fcinfo, key, request, value);
	(void) load_run_request(run, value);
	count = DatumGetInt64(load_run_value(run, &isnull));
	load_end(run);
	return count;
}

/* ---- without a key ---- */

Datum
load_array(const LoadRequest *request, Jsonb *params)
{
	LoadRun    *run = load_begin(request, params);

	load_run_load(run, true);
	run_write_array(run, 0);
	return load_finish(run);
}

Datum
load_value(const LoadRequest *request, Jsonb *params, bool *isnull)
{
	LoadRun    *run = load_begin(request, params);
	Datum		value = load_run_value(run, isnull);

	load_end(run);
	return value;
}
