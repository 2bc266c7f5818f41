/*-------------------------------------------------------------------------
 *
 * aggregate.c
 *	  What SQL calls for aggregates: sum, avg, min, max and aggregate.
 *
 * The statement is planned by load_aggregate.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/arguments.h"
#include "load/load_call.h"
#include "load/load_watch.h"
#include "run/load_run.h"
#include "run/rows_batch.h"
#include "run/run_write.h"

PG_FUNCTION_INFO_V1(assoc_sum);
PG_FUNCTION_INFO_V1(assoc_avg);
PG_FUNCTION_INFO_V1(assoc_min);
PG_FUNCTION_INFO_V1(assoc_max);
PG_FUNCTION_INFO_V1(assoc_aggregate);
PG_FUNCTION_INFO_V1(assoc_aggregate_json);

static Datum one_value(FunctionCallInfo fcinfo, AggregateKind kind);
static Datum all_groups(FunctionCallInfo fcinfo, JsonWriterFormat format);

Datum
assoc_sum(PG_FUNCTION_ARGS)
{
	return one_value(fcinfo, AGGREGATE_SUM);
}

Datum
assoc_avg(PG_FUNCTION_ARGS)
{
	return one_value(fcinfo, AGGREGATE_AVG);
}

Datum
assoc_min(PG_FUNCTION_ARGS)
{
	return one_value(fcinfo, AGGREGATE_MIN);
}

Datum
assoc_max(PG_FUNCTION_ARGS)
{
	return one_value(fcinfo, AGGREGATE_MAX);
}

Datum
assoc_aggregate(PG_FUNCTION_ARGS)
{
	return all_groups(fcinfo, JSON_FORMAT_JSONB);
}

Datum
assoc_aggregate_json(PG_FUNCTION_ARGS)
{
	return all_groups(fcinfo, JSON_FORMAT_JSON);
}

/* (model, attribute, options, params, allow) */
static Datum
one_value(FunctionCallInfo fcinfo, AggregateKind kind)
{
	LoadRequest request = load_model_request(fcinfo, LOAD_AGGREGATE, JSON_FORMAT_JSONB, 2, 4);
	LoadRun    *run;
	Datum		value;

	request.alias = argument_text(fcinfo, 1, "attribute");
	request.aggregate = kind;
	run = load_begin(&request, argument_object(fcinfo, 3, "params"));
	value = rows_batch_value(&run->nodes[0], &fcinfo->isnull);
	load_end(run);
	return value;
}

/* (model, options, params, allow) */
static Datum
all_groups(FunctionCallInfo fcinfo, JsonWriterFormat format)
{
	LoadRequest request = load_model_request(fcinfo, LOAD_AGGREGATE, format, 1, 3);
	LoadRun    *run = load_begin(&request, argument_object(fcinfo, 2, "params"));
	Datum		result;

	load_run_load(run, true);
	run_write_array(run, 0);
	result = json_writer_finish(&run->writer);
	load_end(run);
	return result;
}
