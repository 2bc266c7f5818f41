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

/* do indexes have, at this moment, all the numbers that the statement's tables beside those of the database are of? */
extern bool rows_counted_by_index(LoadRun *run, const LoadStatement *statement);

/* makes the tables, for statements of the SPI connection at hand; false: one has too many rows */
extern bool rows_counted_bring(NodeRun *nr, LoadStatement *statement);

#endif							/* ASSOC_ROWS_COUNTED_H */
