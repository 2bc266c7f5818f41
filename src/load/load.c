/*-------------------------------------------------------------------------
 *
 * load.c
 *	  The loading functions that SQL calls.
 *
 * Decides what each function asks of the engine and what it returns for none:
 * find_by_pk and with give NULL, get and find_all an empty array.  Everything
 * runs as the caller, under the snapshot of the calling statement.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/relation.h"
#include "base/arguments.h"
#include "base/compat.h"
#include "catalog/pg_type_d.h"
#include "deparse/key_lookup.h"
#include "fmgr.h"
#include "funcapi.h"
#include "load/load.h"
#include "load/load_call.h"
#include "load/load_constants.h"
#include "load/load_watch.h"
#include "registry/keys.h"
#include "run/load_run.h"
#include "run/rows_batch.h"
#include "run/run_write.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/resowner.h"
#include "utils/snapmgr.h"

/* roots read at a time by the streaming functions: memory does not grow with their number */
#define FIRST_STREAMED_ROOTS 32
#define MAX_STREAMED_ROOTS 1000

PG_FUNCTION_INFO_V1(assoc_load_one);
PG_FUNCTION_INFO_V1(assoc_load_one_json);
PG_FUNCTION_INFO_V1(assoc_load_get);
PG_FUNCTION_INFO_V1(assoc_load_get_json);
PG_FUNCTION_INFO_V1(assoc_load_all);
PG_FUNCTION_INFO_V1(assoc_load_all_json);
PG_FUNCTION_INFO_V1(assoc_load_count);
PG_FUNCTION_INFO_V1(assoc_find_by_pk);
PG_FUNCTION_INFO_V1(assoc_find_by_pk_json);
PG_FUNCTION_INFO_V1(assoc_find_one);
PG_FUNCTION_INFO_V1(assoc_find_one_json);
PG_FUNCTION_INFO_V1(assoc_find_all);
PG_FUNCTION_INFO_V1(assoc_find_all_json);
PG_FUNCTION_INFO_V1(assoc_find);
PG_FUNCTION_INFO_V1(assoc_find_json);
PG_FUNCTION_INFO_V1(assoc_get);
PG_FUNCTION_INFO_V1(assoc_get_json);
PG_FUNCTION_INFO_V1(assoc_count_of);
PG_FUNCTION_INFO_V1(assoc_count);
PG_FUNCTION_INFO_V1(assoc_count_all);

/* a set of roots being streamed */
typedef struct RootStream
{
	LoadRun    *run;
	char	   *portal;			/* of the roots */
	LoadedLink *next;			/* the root to return next, in the batch at hand */
	long		batch;			/* roots to read next time */
	bool		ended;			/* no more roots to read */
	ExprContext *econtext;
	int			ntables;		/* all that the plan reads, held open */
	Relation   *tables;
	ResourceOwner owner;		/* of these */
} RootStream;

static char *name_argument(FunctionCallInfo fcinfo, int number);
static Oid	model_argument(FunctionCallInfo fcinfo, int number);
static Oid	source_argument(FunctionCallInfo fcinfo, int number);
static LoadRequest bound_request(FunctionCallInfo fcinfo, LoadKind kind, JsonWriterFormat format,
								 int options);

static bool find_linked_key(const LoadRequest *request, Datum *key);
static bool key_argument(const LoadPlan *plan, FunctionCallInfo fcinfo, int number,
						 const LoadRequest *request, Datum *key);
static bool plain_key(const LoadNode *root, Oid given, Datum value, Datum *key);
static void convert_key(const LoadRequest *request, Datum value, Oid given, const char *name,
						Datum *key);
static Datum return_row_by_key(FunctionCallInfo fcinfo, const LoadRequest *request, int key, Jsonb *params);
static LoadRun *load_by_key(FunctionCallInfo fcinfo, const LoadRequest *request, int key,
							Jsonb *params, int *number);
static Datum finish_row(FunctionCallInfo fcinfo, LoadRun *run, LoadedLink *row);
static Datum return_array_by_key(FunctionCallInfo fcinfo, const LoadRequest *request, int key);
static Datum return_no_rows(FunctionCallInfo fcinfo, const LoadRequest *request);
static Datum return_first(FunctionCallInfo fcinfo, const LoadRequest *request, Jsonb *params);
static Datum return_all(const LoadRequest *request, Jsonb *params);
static int64 count_rows(FunctionCallInfo fcinfo, const LoadRequest *request, int key, Jsonb *params);

static Datum stream_roots(FunctionCallInfo fcinfo,
						  LoadRequest (*make_request) (FunctionCallInfo, JsonWriterFormat),
						  JsonWriterFormat format, int params);
static LoadRequest bound_list(FunctionCallInfo fcinfo, JsonWriterFormat format);
static LoadRequest model_list(FunctionCallInfo fcinfo, JsonWriterFormat format);
static void stream_open(FunctionCallInfo fcinfo, FuncCallContext *call, const LoadRequest *request,
						Jsonb *params);
static void hold_tables(RootStream *stream);
static LoadedLink *stream_next(RootStream *stream);
static void stream_close(Datum arg);
static Jsonb *key_condition(int nrows, int nkey, Attribute **key, Jsonb *options);
static void append_members(StringInfo buf, Jsonb *options);
static Jsonb *key_params(int nrows, Datum **keys, int nkey, Attribute **key);
static char *param_name(int row, const Attribute *key);
static Datum stream_row(RootStream *stream, LoadedLink *link, MemoryContext result);

/* ---- entry points that accessors call ---- */

Datum
assoc_load_one(PG_FUNCTION_ARGS)
{
	LoadRequest request = bound_request(fcinfo, LOAD_BY_KEY, JSON_FORMAT_JSONB, 3);

	return return_row_by_key(fcinfo, &request, 2, NULL);
}

Datum
assoc_load_one_json(PG_FUNCTION_ARGS)
{
	LoadRequest request = bound_request(fcinfo, LOAD_BY_KEY, JSON_FORMAT_JSON, 3);

	return return_row_by_key(fcinfo, &request, 2, NULL);
}

Datum
assoc_load_get(PG_FUNCTION_ARGS)
{
	LoadRequest request = bound_request(fcinfo, LOAD_GET, JSON_FORMAT_JSONB, 3);

	return return_array_by_key(fcinfo, &request, 2);
}

Datum
assoc_load_get_json(PG_FUNCTION_ARGS)
{
	LoadRequest request = bound_request(fcinfo, LOAD_GET, JSON_FORMAT_JSON, 3);

	return return_array_by_key(fcinfo, &request, 2);
}

Datum
assoc_load_all(PG_FUNCTION_ARGS)
{
	return stream_roots(fcinfo, bound_list, JSON_FORMAT_JSONB, -1);
}

Datum
assoc_load_all_json(PG_FUNCTION_ARGS)
{
	return stream_roots(fcinfo, bound_list, JSON_FORMAT_JSON, -1);
}

Datum
assoc_load_count(PG_FUNCTION_ARGS)
{
	LoadRequest request = bound_request(fcinfo, LOAD_COUNT, JSON_FORMAT_JSONB, 3);

	PG_RETURN_INT64(count_rows(fcinfo, &request, 2, NULL));
}

/* ---- generic verbs ---- */

Datum
assoc_find_by_pk(PG_FUNCTION_ARGS)
{
	LoadRequest request = load_model_request(fcinfo, LOAD_BY_KEY, JSON_FORMAT_JSONB, 2, 4);

	return return_row_by_key(fcinfo, &request, 1, argument_object(fcinfo, 3, "params"));
}

Datum
assoc_find_by_pk_json(PG_FUNCTION_ARGS)
{
	LoadRequest request = load_model_request(fcinfo, LOAD_BY_KEY, JSON_FORMAT_JSON, 2, 4);

	return return_row_by_key(fcinfo, &request, 1, argument_object(fcinfo, 3, "params"));
}

Datum
assoc_find_one(PG_FUNCTION_ARGS)
{
	LoadRequest request = load_model_request(fcinfo, LOAD_FIND, JSON_FORMAT_JSONB, 1, 3);

	request.single = true;
	return return_first(fcinfo, &request, argument_object(fcinfo, 2, "params"));
}

Datum
assoc_find_one_json(PG_FUNCTION_ARGS)
{
	LoadRequest request = load_model_request(fcinfo, LOAD_FIND, JSON_FORMAT_JSON, 1, 3);

	request.single = true;
	return return_first(fcinfo, &request, argument_object(fcinfo, 2, "params"));
}

Datum
assoc_find_all(PG_FUNCTION_ARGS)
{
	LoadRequest request = load_model_request(fcinfo, LOAD_FIND, JSON_FORMAT_JSONB, 1, 3);

	return return_all(&request, argument_object(fcinfo, 2, "params"));
}

Datum
assoc_find_all_json(PG_FUNCTION_ARGS)
{
	LoadRequest request = load_model_request(fcinfo, LOAD_FIND, JSON_FORMAT_JSON, 1, 3);

	return return_all(&request, argument_object(fcinfo, 2, "params"));
}

Datum
assoc_find(PG_FUNCTION_ARGS)
{
	return stream_roots(fcinfo, model_list, JSON_FORMAT_JSONB, 2);
}

Datum
assoc_find_json(PG_FUNCTION_ARGS)
{
	return stream_roots(fcinfo, model_list, JSON_FORMAT_JSON, 2);
}

Datum
assoc_get(PG_FUNCTION_ARGS)
{
	LoadRequest request = load_model_request(fcinfo, LOAD_GET, JSON_FORMAT_JSONB, 3, 4);

	request.alias = argument_text(fcinfo, 2, "alias");
	return return_array_by_key(fcinfo, &request, 1);
}

Datum
assoc_get_json(PG_FUNCTION_ARGS)
{
	LoadRequest request = load_model_request(fcinfo, LOAD_GET, JSON_FORMAT_JSON, 3, 4);

	request.alias = argument_text(fcinfo, 2, "alias");
	return return_array_by_key(fcinfo, &request, 1);
}

Datum
assoc_count_of(PG_FUNCTION_ARGS)
{
	LoadRequest request = load_model_request(fcinfo, LOAD_COUNT, JSON_FORMAT_JSONB, 3, 4);

	request.alias = argument_text(fcinfo, 2, "alias");
	PG_RETURN_INT64(count_rows(fcinfo, &request, 1, NULL));
}

Datum
assoc_count(PG_FUNCTION_ARGS)
{
	LoadRequest request = load_model_request(fcinfo, LOAD_COUNT, JSON_FORMAT_JSONB, 1, 3);

	PG_RETURN_INT64(count_rows(fcinfo, &request, -1, argument_object(fcinfo, 2, "params")));
}

/* count(model "any"): all of its rows */
Datum
assoc_count_all(PG_FUNCTION_ARGS)
{
	LoadRequest request = {.kind = LOAD_COUNT, .format = JSON_FORMAT_JSONB};

	argument_require(fcinfo, 0, "model");
	registry_pin();
	request.model = registry_model_by_name(name_argument(fcinfo, 0))->relid;
	PG_RETURN_INT64(count_rows(fcinfo, &request, -1, NULL));
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
static LoadRequest
bound_request(FunctionCallInfo fcinfo, LoadKind kind, JsonWriterFormat format, int options)
{
	LoadRequest request = {0};

	request.kind = kind;
	request.format = format;
	request.single = kind == LOAD_BY_KEY;
	request.model = source_argument(fcinfo, 0);
	request.alias = argument_text(fcinfo, 1, "alias");
	request.options = argument_jsonb(fcinfo, options);
	return request;
}

/* (model text, ..., options jsonb, ..., allow jsonb) */
LoadRequest
load_model_request(FunctionCallInfo fcinfo, LoadKind kind, JsonWriterFormat format, int options,
				   int allow)
{
	LoadRequest request = {0};

	request.kind = kind;
	request.format = format;
	request.single = kind == LOAD_BY_KEY;
	request.model = model_argument(fcinfo, 0);
	request.options = argument_jsonb(fcinfo, options);
	if (PG_NARGS() > allow)
		request.allow = argument_jsonb(fcinfo, allow);
	return request;
}

static Oid
model_argument(FunctionCallInfo fcinfo, int number)
{
	argument_require(fcinfo, number, "model");
	registry_pin();
	return registry_model_by_name(text_to_cstring(PG_GETARG_TEXT_PP(number)))->relid;
}

static Oid
source_argument(FunctionCallInfo fcinfo, int number)
{
	argument_require(fcinfo, number, "source");
	return PG_GETARG_OID(number);
}

/* ---- one row, or the rows of one key ---- */

/* the root's key that an argument holds; false: it names no row */
static bool
key_argument(const LoadPlan *plan, FunctionCallInfo fcinfo, int number, const LoadRequest *request,
			 Datum *key)
{
	Oid			given = get_fn_expr_argtype(fcinfo->flinfo, number);
	Datum		value;

	argument_require(fcinfo, number, argument_key_name(number));
	value = PG_GETARG_DATUM(number);
	if (!plan->renamed && plain_key(plan->nodes[0], given, value, key))
		return true;
	convert_key(request, value, given, argument_key_name(number), key);
	return !plan->renamed || find_linked_key(request, key);
}

/* a primary key into the one that links */
static bool
find_linked_key(const LoadRequest *request, Datum *key)
{
	const Model *model = registry_model(request->model);
	ResolvedAssociation *assoc = registry_resolve_path(model, request->alias, NULL);
	Datum	   *found = key_lookup(model, key_of_callers(model, assoc->nsource, assoc->source_key), 1, &key,
								   (KeyColumns) {assoc->nsource, assoc->source_key},
								   STATEMENT_READ)[0];

	if (found != NULL)
		memcpy(key, found, sizeof(Datum) * assoc->nsource);
	return found != NULL;
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

	return finish_row(fcinfo, run, load_run_group(run, number)->first);
}

/* a run that has loaded the row of the key, whose number in it is set; NULL: there is none */
static LoadRun *
load_by_key(FunctionCallInfo fcinfo, const LoadRequest *request, int key, Jsonb *params,
			int *number)
{
	LoadPlan   *plan = load_plan_get(request);
	Datum		value[INDEX_MAX_KEYS];
	LoadRun    *run;

	if (!key_argument(plan, fcinfo, key, request, value))
		return NULL;
	/* the check of a key's domain may have loaded by the same plan */
	(void) load_constants_give(plan, request->options);
	run = run_memory_begin(plan, params);
	load_watch(run, request);
	*number = load_run_request(run, value);
	load_run_load(run, true);
	return run;
}

/* the row as the function's result, NULL when there is none */
static Datum
finish_row(FunctionCallInfo fcinfo, LoadRun *run, LoadedLink *row)
{
	Datum		result = (Datum) 0;

	if (row != NULL)
	{
		run_write_row(run, row);
		result = json_writer_finish(&run->writer);
	}
	else
		fcinfo->isnull = true;
	load_end(run);
	return result;
}

static Datum
return_array_by_key(FunctionCallInfo fcinfo, const LoadRequest *request, int key)
{
	int			number;
	LoadRun    *run = load_by_key(fcinfo, request, key, NULL, &number);
	Datum		result;

	if (run == NULL)
		return return_no_rows(fcinfo, request);
	if (run->plan->nodes[0]->to_one)
		return finish_row(fcinfo, run, load_run_group(run, number)->first);
	run_write_array(run, number);
	result = json_writer_finish(&run->writer);
	load_end(run);
	return result;
}

/* NULL, or an array without elements */
static Datum
return_no_rows(FunctionCallInfo fcinfo, const LoadRequest *request)
{
	if (load_plan_get(request)->nodes[0]->to_one)
		PG_RETURN_NULL();
	if (request->format == JSON_FORMAT_JSON)
		PG_RETURN_TEXT_P(cstring_to_text("[]"));
	return DirectFunctionCall1(jsonb_in, CStringGetDatum("[]"));
}

static Datum
return_first(FunctionCallInfo fcinfo, const LoadRequest *request, Jsonb *params)
{
	LoadRun    *run = load_begin(request, params);

	load_run_load(run, true);
	return finish_row(fcinfo, run, load_run_group(run, 0)->first);
}

static Datum
return_all(const LoadRequest *request, Jsonb *params)
{
	LoadRun    *run = load_begin(request, params);
	Datum		result;

	load_run_load(run, true);
	run_write_array(run, 0);
	result = json_writer_finish(&run->writer);
	load_end(run);
	return result;
}

static int64
count_rows(FunctionCallInfo fcinfo, const LoadRequest *request, int key, Jsonb *params)
{
	LoadRun    *run = load_begin(request, params);
	bool		isnull;
	int64		count;

	if (key >= 0)
	{
		Datum		value[INDEX_MAX_KEYS];

		if (!key_argument(run->plan, fcinfo, key, request, value))
		{
			load_end(run);
			return 0;
		}
		(void) load_run_request(run, value);
	}
	count = DatumGetInt64(rows_batch_value(&run->nodes[0], &isnull));
	load_end(run);
	return count;
}

/* ---- streams of roots ---- */

static Datum
stream_roots(FunctionCallInfo fcinfo,
			 LoadRequest (*make_request) (FunctionCallInfo, JsonWriterFormat),
			 JsonWriterFormat format, int params)
{
	FuncCallContext *call;
	RootStream *stream;
	LoadedLink *link;

	if (SRF_IS_FIRSTCALL())
	{
		MemoryContext old;
		LoadRequest request;

		call = SRF_FIRSTCALL_INIT();
		old = MemoryContextSwitchTo(call->multi_call_memory_ctx);
		request = make_request(fcinfo, format);
		stream_open(fcinfo, call, &request, params >= 0 ? argument_object(fcinfo, params, "params") : NULL);
		MemoryContextSwitchTo(old);
	}
	call = SRF_PERCALL_SETUP();
	stream = call->user_fctx;
	link = stream_next(stream);
	if (link != NULL)
		SRF_RETURN_NEXT(call, stream_row(stream, link, CurrentMemoryContext));
	UnregisterExprContextCallback(stream->econtext, stream_close, PointerGetDatum(stream));
	stream_close(PointerGetDatum(stream));
	SRF_RETURN_DONE(call);
}

/* (source, alias, options) */
static LoadRequest
bound_list(FunctionCallInfo fcinfo, JsonWriterFormat format)
{
	return bound_request(fcinfo, LOAD_FIND, format, 2);
}

/* (model, options, params, allow) */
static LoadRequest
model_list(FunctionCallInfo fcinfo, JsonWriterFormat format)
{
	return load_model_request(fcinfo, LOAD_FIND, format, 1, 3);
}

static void
stream_open(FunctionCallInfo fcinfo, FuncCallContext *call, const LoadRequest *request,
			Jsonb *params)
{
	RootStream *stream = palloc0_object(RootStream);

	stream->run = load_begin(request, params);
	/* what is read backward is shown when all of it has come */
	stream->batch = stream->run->plan->nodes[0]->backward ? PG_INT32_MAX : FIRST_STREAMED_ROOTS;
	stream->econtext = ((ReturnSetInfo *) fcinfo->resultinfo)->econtext;
	stream->portal = rows_batch_open(&stream->run->nodes[0]);
	/* a LIMIT above us may stop the calls at any time */
	RegisterExprContextCallback(stream->econtext, stream_close, PointerGetDatum(stream));
	call->user_fctx = stream;
	hold_tables(stream);
}

/* a cursor's tables are in use: the session cannot empty or alter them before it is closed */
static void
hold_tables(RootStream *stream)
{
	const LoadPlan *plan = stream->run->plan;

	stream->owner = CurrentResourceOwner;
	stream->tables = palloc_array(Relation, plan->nrelations);
	for (; stream->ntables < plan->nrelations; stream->ntables++)
		stream->tables[stream->ntables] = relation_open(plan->relations[stream->ntables], NoLock);
}

/* the next root, from the batch at hand or the next one; NULL at the end */
static LoadedLink *
stream_next(RootStream *stream)
{
	LoadedLink *link = stream->next;
	LoadRun    *run = stream->run;

	if (link == NULL && !stream->ended)
	{
		run_memory_next_batch(run);
		stream->ended = rows_batch_fetch(&run->nodes[0], stream->portal, stream->batch) <
			(uint64) stream->batch;
		stream->batch = Min((int64) stream->batch * 4, MAX_STREAMED_ROOTS);
		load_run_load(run, false);
		link = load_run_group(run, 0)->first;
	}
	stream->next = link ? link->next : NULL;
	return link;
}

static Datum
stream_row(RootStream *stream, LoadedLink *link, MemoryContext result)
{
	MemoryContext old = MemoryContextSwitchTo(result);
	Datum		row;

	json_writer_reset(&stream->run->writer);
	run_write_row(stream->run, link);
	row = json_writer_finish(&stream->run->writer);
	MemoryContextSwitchTo(old);
	return row;
}

static void
stream_close(Datum arg)
{
	RootStream *stream = (RootStream *) DatumGetPointer(arg);

	ResourceOwner old = CurrentResourceOwner;

	load_watch_end(stream->run);
	rows_batch_close(stream->portal);
	CurrentResourceOwner = stream->owner;
	while (stream->ntables > 0)
		relation_close(stream->tables[--stream->ntables], NoLock);
	CurrentResourceOwner = old;
}

/* ---- for the write verbs ---- */

Datum
load_rows_by_key(const Model *model, int nrows, Datum **keys, Jsonb *options)
{
	LoadRequest request = {0};
	LoadRun    *run;
	int		   *numbers = palloc_array(int, Max(1, nrows));
	int			found = 0;
	Datum		result;

	request.kind = LOAD_BY_KEY;
	request.format = JSON_FORMAT_JSONB;
	request.single = true;
	request.model = model->relid;
	request.options = options;
	run = load_begin(&request, NULL);
	for (int i = 0; i < nrows; i++)
		numbers[i] = keys[i] ? load_run_request(run, keys[i]) : -1;
	load_run_load(run, true);
	for (int i = 0; i < nrows; i++)
		found += keys[i] == NULL || load_run_group(run, numbers[i])->count > 0;
	json_array_begin(&run->writer, found);
	for (int i = 0; i < nrows; i++)
	{
		LoadedGroup *group = keys[i] ? load_run_group(run, numbers[i]) : NULL;

		if (group == NULL)
			json_write_null(&run->writer);
		else if (group->first)
			run_write_row(run, group->first);
	}
	json_array_end(&run->writer);
	result = json_writer_finish(&run->writer);
	load_end(run);
	return result;
}

/*
 * A get of the source with the keys as a condition: a find document like any
 * caller's, so that what is shown can never differ from get.
 */
Datum
load_linked_rows(const ResolvedAssociation *assoc, Datum *source_key,
				 int nrows, Datum **keys, Jsonb *options)
{
	LoadRequest request = {0};
	Attribute **key = assoc->ntarget > 0 ? assoc->target_key : assoc->target->key;
	int			nkey = assoc->ntarget > 0 ? assoc->ntarget : assoc->target->nkey;
	LoadRun    *run;
	Jsonb	   *params;
	Datum		result;
	int			number;

	request.kind = LOAD_GET;
	request.format = JSON_FORMAT_JSONB;
	request.linked = true;
	request.model = assoc->source->relid;
	request.alias = assoc->association->alias;
	request.options = key_condition(nrows, nkey, key, options);
	params = key_params(nrows, keys, nkey, key);
	run = load_begin(&request, params);
	number = load_run_request(run, source_key);
	load_run_load(run, true);
	run_write_array(run, number);
	result = json_writer_finish(&run->writer);
	load_end(run);
	return result;
}

/* {"where": {"or": [{"$id$": {"param": "0.id"}}, ...]}}, for one column {"in": {"param": "id"}} */
static Jsonb *
key_condition(int nrows, int nkey, Attribute **key, Jsonb *options)
{
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfoString(&buf, "{\"where\": {\"or\": [");
	for (int row = 0; row < (nkey == 1 ? 1 : nrows); row++)
	{
		appendStringInfoString(&buf, row > 0 ? ", {" : "{");
		for (int i = 0; i < nkey; i++)
		{
			appendStringInfoString(&buf, i > 0 ? ", " : "");
			escape_json(&buf, psprintf("$%s$", key[i]->name));
			appendStringInfo(&buf, nkey == 1 ? ": {\"in\": {\"param\": " : ": {\"eq\": {\"param\": ");
			escape_json(&buf, param_name(row, key[i]));
			appendStringInfoString(&buf, "}}");
		}
		appendStringInfoChar(&buf, '}');
	}
	appendStringInfoString(&buf, "]}");
	append_members(&buf, options);
	appendStringInfoChar(&buf, '}');
	return DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(buf.data)));
}

/* what else the options say: "include", ...; they have no "where" of their own */
static void
append_members(StringInfo buf, Jsonb *options)
{
	JsonbValue	root;

	if (options == NULL)
		return;
	doc_root_value(options, &root);
	foreach_ptr(DocPair, pair, doc_object_pairs(&root))
	{
		Jsonb	   *value = JsonbValueToJsonb(&pair->value);

		appendStringInfoString(buf, ", ");
		escape_json(buf, pair->key);
		appendStringInfoString(buf, ": ");
		(void) JsonbToCString(buf, &value->root, VARSIZE(value));
	}
}

/* the values for it, as text: they are compared by the columns' types */
static Jsonb *
key_params(int nrows, Datum **keys, int nkey, Attribute **key)
{
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfoChar(&buf, '{');
	for (int i = 0; i < nkey; i++)
	{
		Oid			output;
		bool		is_varlena;

		getTypeOutputInfo(key[i]->type, &output, &is_varlena);
		for (int row = 0; row < nrows; row++)
		{
			if (row == 0 || nkey > 1)
			{
				appendStringInfoString(&buf, row > 0 || i > 0 ? ", " : "");
				escape_json(&buf, param_name(row, key[i]));
				appendStringInfoString(&buf, nkey == 1 ? ": [" : ": ");
			}
			else
				appendStringInfoString(&buf, ", ");
			escape_json(&buf, OidOutputFunctionCall(output, keys[row][i]));
		}
		if (nkey == 1)
			appendStringInfoString(&buf, nrows > 0 ? "]" : "");
	}
	appendStringInfoChar(&buf, '}');
	return DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(buf.data)));
}

static char *
param_name(int row, const Attribute *key)
{
	return psprintf("%d.%s", row, key->name);
}
