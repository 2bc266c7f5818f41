/*-------------------------------------------------------------------------
 *
 * load_list.c
 *	  Lists of roots that say more than their rows: find_page, find_and_count_all and
 *	  find_many.
 *
 * Decides what stands around the rows, or for those that are not there.  Where a page begins
 * and ends is decided by load_page.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/arguments.h"
#include "base/compat.h"
#include "load/load_call.h"
#include "load/load_watch.h"
#include "miscadmin.h"
#include "registry/keys.h"
#include "run/load_run.h"
#include "run/run_sink.h"
#include "run/run_write.h"

PG_FUNCTION_INFO_V1(assoc_find_page);
PG_FUNCTION_INFO_V1(assoc_find_page_json);
PG_FUNCTION_INFO_V1(assoc_find_and_count_all);
PG_FUNCTION_INFO_V1(assoc_find_and_count_all_json);
PG_FUNCTION_INFO_V1(assoc_find_many);
PG_FUNCTION_INFO_V1(assoc_find_many_json);

LOAD_IN_BOTH_FORMATS(find_page)
LOAD_IN_BOTH_FORMATS(find_and_count_all)
LOAD_IN_BOTH_FORMATS(find_many)

static int64 count_all(const LoadRequest *listed, Jsonb *params);
static List *ids_argument(FunctionCallInfo fcinfo, int number);
static int *want_all(LoadRun *run, const Model *model, List *ids);

static Datum
find_page(FunctionCallInfo fcinfo, JsonWriterFormat format)
{
	LoadRequest request = load_model_request(fcinfo, LOAD_FIND, format, 1, 3);

	request.page = true;
	return load_array(&request, argument_object(fcinfo, 2, "params"));
}

/* both statements run under the snapshot of the calling statement, so they agree */
static Datum
find_and_count_all(FunctionCallInfo fcinfo, JsonWriterFormat format)
{
	static char *keys[] = {"count", "rows"};
	LoadRequest request = load_model_request(fcinfo, LOAD_FIND, format, 1, 3);
	Jsonb	   *params = argument_object(fcinfo, 2, "params");
	int64		count = count_all(&request, params);
	LoadRun    *run = load_begin(&request, params);
	JsonTemplate *tmpl = json_template_make(format, lengthof(keys), keys, run->cxt);

	load_run_load(run, true);
	json_object_begin(&run->writer, tmpl);
	for (int k = 0; k < tmpl->nkeys; k++)
	{
		if (tmpl->order[k] == 0)
			json_write_bigint(&run->writer, count, run->plan->bigint_string);
		else
			run_write_array(run, 0);
	}
	json_object_end(&run->writer);
	return load_finish(run);
}

/* the number of rows that fulfil the conditions, wherever the list begins and ends */
static int64
count_all(const LoadRequest *listed, Jsonb *params)
{
	LoadRequest request = *listed;
	bool		isnull;

	request.kind = LOAD_COUNT;
	request.listed = true;
	return DatumGetInt64(load_value(&request, params, &isnull));
}

/* the n-th answer is that to the n-th id, as data loaders need it */
static Datum
find_many(FunctionCallInfo fcinfo, JsonWriterFormat format)
{
	LoadRequest request = load_model_request(fcinfo, LOAD_BY_KEY, format, 2, 4);
	List	   *ids = ids_argument(fcinfo, 1);
	LoadRun    *run = load_begin(&request, argument_object(fcinfo, 3, "params"));
	int		   *numbers = want_all(run, registry_model(request.model), ids);

	load_run_load(run, true);
	json_array_begin(&run->writer, list_length(ids));
	for (int i = 0; i < list_length(ids); i++)
	{
		LoadedLink *row = run_sink_group(run, numbers[i])->first;

		CHECK_FOR_INTERRUPTS();
		if (row != NULL)
			run_write_row(run, row);
		else
			json_write_null(&run->writer);
	}
	json_array_end(&run->writer);
	return load_finish(run);
}

static List *
ids_argument(FunctionCallInfo fcinfo, int number)
{
	JsonbValue *ids = palloc_object(JsonbValue);

	argument_require(fcinfo, number, "ids");
	doc_root_value(PG_GETARG_JSONB_P(number), ids);
	if (!doc_is_array(ids))
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, doc_path_key(NULL, "ids"), NULL,
					   "expected an array, not %s,", doc_kind_name(ids));
	return doc_array_elements(ids);
}

/* the numbers of their keys */
static int *
want_all(LoadRun *run, const Model *model, List *ids)
{
	int		   *numbers = palloc_array(int, Max(1, list_length(ids)));
	const DocPath *path = doc_path_key(NULL, "ids");

	foreach_ptr(JsonbValue, id, ids)
	{
		int			i = foreach_current_index(id);
		Datum		key[INDEX_MAX_KEYS];

		key_from_jsonb(id, model->nkey, model->key, doc_path_index(path, i), key);
		numbers[i] = load_run_request(run, key);
	}
	return numbers;
}
