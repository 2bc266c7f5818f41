/*-------------------------------------------------------------------------
 *
 * load_call.h
 *	  Arguments of the loading functions that SQL calls.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_LOAD_CALL_H
#define ASSOC_LOAD_CALL_H

#include "fmgr.h"
#include "plan/load_plan.h"

/* the SQL functions "name" and "name_json": the same document as jsonb and as json */
#define LOAD_IN_BOTH_FORMATS(name) \
static Datum name(FunctionCallInfo fcinfo, JsonWriterFormat format); \
\
Datum \
assoc_##name(PG_FUNCTION_ARGS) \
{ \
	return name(fcinfo, JSON_FORMAT_JSONB); \
} \
\
Datum \
assoc_##name##_json(PG_FUNCTION_ARGS) \
{ \
	return name(fcinfo, JSON_FORMAT_JSON); \
}

/* (source regclass, alias text, ..., options jsonb), and the number of the options */
extern LoadRequest load_bound_request(FunctionCallInfo fcinfo, LoadKind kind,
									  JsonWriterFormat format, int options);
/*
 * (model text, ..., options jsonb, ..., allow jsonb): numbers of these arguments.  Functions
 * without "allow" have it as the last one of a namesake.
 */
extern LoadRequest load_model_request(FunctionCallInfo fcinfo, LoadKind kind,
									  JsonWriterFormat format, int options, int allow);

/* what a request without a key gives: its rows as an array, and its one value */
extern Datum load_array(const LoadRequest *request, Jsonb *params);
extern Datum load_value(const LoadRequest *request, Jsonb *params, bool *isnull);

/* a plan that is not run: nothing of it is evaluated, not even a value of a stored scope */
extern LoadPlan *load_plan_to_show(const LoadRequest *request);

#endif							/* ASSOC_LOAD_CALL_H */
