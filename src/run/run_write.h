/*-------------------------------------------------------------------------
 *
 * run_write.h
 *	  The rows of a run are written as a document.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_RUN_WRITE_H
#define ASSOC_RUN_WRITE_H

#include "run/load_run.h"

/* the rows of a key of the root as an array, or one of them */
extern void run_write_array(LoadRun *run, int group);
extern void run_write_row(LoadRun *run, LoadedLink *link);
/* what a parent has under a key's number: an array or page, to one the row or null */
extern void run_write_child(NodeRun *child, int number);
extern void run_write_rows(NodeRun *nr, LoadedGroup *group);

#endif							/* ASSOC_RUN_WRITE_H */
