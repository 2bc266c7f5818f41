/*-------------------------------------------------------------------------
 *
 * load_watch.h
 *	  Runs of loads as SQL asked for them: counted by shape, and reported where they are slow.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_LOAD_WATCH_H
#define ASSOC_LOAD_WATCH_H

#include "lib/stringinfo.h"
#include "run/load_run.h"

/* a run of the plan of a request; params may be NULL */
extern LoadRun *load_begin(const LoadRequest *request, Jsonb *params);
/* the same of a run that was begun otherwise */
extern void load_watch(LoadRun *run, const LoadRequest *request);
/* after an error it need not be called: the load is not counted then */
extern void load_end(LoadRun *run);
/* the same, and the document that its writer holds */
extern Datum load_finish(LoadRun *run);
/* the same of a run that goes with its memory */
extern void load_watch_end(LoadRun *run);

/* (explain.c) what the run did, node by node */
extern void load_explain_run(StringInfo text, LoadRun *run);

#endif							/* ASSOC_LOAD_WATCH_H */
