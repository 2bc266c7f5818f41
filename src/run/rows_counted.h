/*-------------------------------------------------------------------------
 *
 * rows_counted.h
 *	  Numbers of rows by key, as tables of a statement.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_ROWS_COUNTED_H
#define ASSOC_ROWS_COUNTED_H

#include "run/load_run.h"

/* are they read, at this moment, off indexes: all the tables that the statement has beside those of the database? */
extern bool rows_counted_by_index(NodeRun *nr, LoadStatement *statement);

/* makes the tables, for statements of the SPI connection at hand; false: one has too many rows */
extern bool rows_counted_bring(NodeRun *nr, LoadStatement *statement);
/* when the statement has run: what did not fit into work_mem is in files */
extern void rows_counted_end(NodeRun *nr);

#endif							/* ASSOC_ROWS_COUNTED_H */
