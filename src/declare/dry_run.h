/*-------------------------------------------------------------------------
 *
 * dry_run.h
 *	  Declarations that are tried out: what they would do, and nothing done.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_DRY_RUN_H
#define ASSOC_DRY_RUN_H

#include "base/trial.h"
#include "fmgr.h"
#include "nodes/pg_list.h"

/* a function that gives a jsonb object; the variant is dry_run's last argument */
typedef Datum (*DeclaringCall) (FunctionCallInfo fcinfo, int variant);

/* run a step, and where "undo" is true, undo all of it: the DDL that it ran (List of char *), in order */
extern List *dry_run_record(TrialStep step, void *arg, bool undo);

/*
 * Call it; where this argument (which an older catalog does not have) is true, undo all of it
 * and add "statements" to its result: the DDL that it ran, in order.
 */
extern Datum dry_run(FunctionCallInfo fcinfo, int argument, DeclaringCall call, int variant);

#endif							/* ASSOC_DRY_RUN_H */
