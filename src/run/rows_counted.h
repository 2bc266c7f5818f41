/*-------------------------------------------------------------------------
 *
 * rows_counted.h
 *	  Numbers of rows by key, from indexes, as tables of a statement.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_ROWS_COUNTED_H
#define ASSOC_ROWS_COUNTED_H

#include "run/load_run.h"

/* may the tables that the statement has beside those of the database be made at this moment? */
extern bool rows_counted_allowed(LoadRun *run, const LoadStatement *statement);

/* makes them, for statements of the SPI connection at hand; false: one has too many rows */
extern bool rows_counted_bring(LoadRun *run, const LoadStatement *statement);

#endif							/* ASSOC_ROWS_COUNTED_H */
