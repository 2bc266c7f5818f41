/*-------------------------------------------------------------------------
 *
 * load_constants.h
 *	  Values in a document that calls may differ in and yet share a plan.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_LOAD_CONSTANTS_H
#define ASSOC_LOAD_CONSTANTS_H

#include "plan/load_plan.h"

/* of the document, where values of conditions, numbers of rows and cursors count by their kind only */
extern uint64 load_constants_hash(Jsonb *options);
/*
 * Is this the document of a plan that load_plan_compile made with "constants_vary", but for
 * values that are parameters of it?  Then they are given to it, for the run that begins next.
 */
extern bool load_constants_give(LoadPlan *plan, Jsonb *options);

#endif							/* ASSOC_LOAD_CONSTANTS_H */
