/*-------------------------------------------------------------------------
 *
 * run_fold.h
 *	  Rows of a key, folded into one value.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_RUN_FOLD_H
#define ASSOC_RUN_FOLD_H

#include "executor/tuptable.h"
#include "run/load_run.h"

/* does one row of a key decide? */
static inline bool
run_fold_is_any(const LoadNode *node)
{
	return node->fold && node->fold->kind == AGGREGATE_HAS;
}

/* one more row of a key: link row and target, either NULL where it is not read */
extern void run_fold_row(NodeRun *nr, int key, TupleTableSlot *link, TupleTableSlot *row);
/* what a statement has made of all rows of a key */
extern void run_fold_made(NodeRun *nr, int key, Datum value, bool isnull);
/* what they come to; of a key without rows too (below 0, or not known) */
extern Datum run_fold_value(const NodeRun *nr, int key, bool *isnull);

#endif							/* ASSOC_RUN_FOLD_H */
