/*-------------------------------------------------------------------------
 *
 * key_range.h
 *	  Keys of a node that are integers without gaps, as a range.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_KEY_RANGE_H
#define ASSOC_KEY_RANGE_H

#include "run/load_run.h"

/* the lowest and the highest of the node's keys from number "first" on, in the key's type */
extern void key_range_bounds(const NodeRun *nr, int first, Datum *lowest, Datum *highest);
/* do the keys make up most of the numbers between these?  Keys are integers of one column */
extern bool key_range_without_gaps(const NodeRun *nr, int first);

#endif							/* ASSOC_KEY_RANGE_H */
