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
#include "load_plan.h"

/* (model text, ..., options jsonb): options is the number of that argument */
extern LoadRequest load_model_request(FunctionCallInfo fcinfo, LoadKind kind,
									  JsonWriterFormat format, int options);

/* NULL for SQL's */
extern Jsonb *load_jsonb_argument(FunctionCallInfo fcinfo, int number);

/* the same; error 22023 when it is no object */
extern Jsonb *load_params_argument(FunctionCallInfo fcinfo, int number);

/* error 22004 that names the argument */
extern void load_refuse_null(FunctionCallInfo fcinfo, int number, const char *what);

#endif							/* ASSOC_LOAD_CALL_H */
