/*-------------------------------------------------------------------------
 *
 * rows_found.h
 *	  Rows that are found from the other end of what is asked of them: their number, or themselves.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_ROWS_FOUND_H
#define ASSOC_ROWS_FOUND_H

#include "run/load_run.h"

/* count those of a statement whose rows are their keys, in the SPI connection at hand; false: there are too many */
extern bool rows_found_count(NodeRun *nr, LoadStatement *statement);

/* the rows of a root; false, with the reason in nr->refused: nothing was loaded */
extern bool rows_found_load(NodeRun *nr);

#endif							/* ASSOC_ROWS_FOUND_H */
