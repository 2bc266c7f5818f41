/*-------------------------------------------------------------------------
 *
 * run_tree.h
 *	  Recursive includes, running: levels below the first, loaded and written.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_RUN_TREE_H
#define ASSOC_RUN_TREE_H

#include "run/load_run.h"

extern void run_tree_init(LoadRun *run);
/* all levels below the first: nr is a step */
extern void run_tree_load_levels(NodeRun *nr);
/* number the row, and ask for what is below it */
extern void run_tree_want(NodeRun *nr, LoadedRow *row, const Datum *values, const bool *nulls);
/* is the row shown without what is below it? */
extern bool run_tree_is_leaf(NodeRun *nr, const LoadedRow *row);
/* the rows below one: of child number "child", or of the step when it is below 0 */
extern void run_tree_write_below(NodeRun *nr, const LoadedRow *row, int child);

#endif							/* ASSOC_RUN_TREE_H */
