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

PG_FUNCTION_INFO_V1(assoc_sum);
PG_FUNCTION_INFO_V1(assoc_avg);
PG_FUNCTION_INFO_V1(assoc_min);
PG_FUNCTION_INFO_V1(assoc_max);
PG_FUNCTION_INFO_V1(assoc_aggregate);
PG_FUNCTION_INFO_V1(assoc_aggregate_json);

LOAD_IN_BOTH_FORMATS(aggregate)

static Datum one_value(FunctionCallInfo fcinfo, AggregateKind kind);

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

/* (model, attribute, options, params, allow) */
static Datum
one_value(FunctionCallInfo fcinfo, AggregateKind kind)
{
	LoadRequest request = load_model_request(fcinfo, LOAD_AGGREGATE, JSON_FORMAT_JSONB, 2, 4);

	request.alias = argument_text(fcinfo, 1, "attribute");
	request.aggregate = kind;
	return load_value(&request, argument_object(fcinfo, 3, "params"), &fcinfo->isnull);
}

/* (model, options, params, allow) */
static Datum
aggregate(FunctionCallInfo fcinfo, JsonWriterFormat format)
{
	LoadRequest request = load_model_request(fcinfo, LOAD_AGGREGATE, format, 1, 3);

	return load_array(&request, argument_object(fcinfo, 2, "params"));
}
