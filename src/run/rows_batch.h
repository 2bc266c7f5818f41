/*-------------------------------------------------------------------------
 *
 * rows_batch.h
 *	  Rows of a node by one SQL statement for all keys: the reference source.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_ROWS_BATCH_H
#define ASSOC_ROWS_BATCH_H

#include "run/load_run.h"
#include "tcop/dest.h"
#include "utils/portal.h"

/* load the rows of the run's keys from number "first" on (a root without keys: all rows) */
extern void rows_batch_load(NodeRun *nr, int first);

/* rows of another statement of a root without keys, in the SPI connection at hand, for a receiver of their own */
extern void rows_batch_send(NodeRun *nr, LoadStatement *statement, DestReceiver *receiver);

/* what the planner says of one */
extern double rows_batch_cost(NodeRun *nr, LoadStatement *statement);

/* the same for a root that is read in pieces: the portal's name, then rows until it ends */
extern char *rows_batch_open(NodeRun *nr);
extern uint64 rows_batch_fetch(NodeRun *nr, const char *portal_name, long count);
extern void rows_batch_close(const char *portal_name);

#endif							/* ASSOC_ROWS_BATCH_H */
