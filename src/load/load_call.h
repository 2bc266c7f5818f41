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

/*
 * (model text, ..., options jsonb, ..., allow jsonb): numbers of these arguments.  Functions
 * without "allow" have it as the last one of a namesake.
 */
extern LoadRequest load_model_request(FunctionCallInfo fcinfo, LoadKind kind,
									  JsonWriterFormat format, int options, int allow);

/* a plan that is not run: nothing of it is evaluated, not even a value of a stored scope */
extern LoadPlan *load_plan_to_show(const LoadRequest *request);

#endif							/* ASSOC_LOAD_CALL_H */
