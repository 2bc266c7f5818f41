/*-------------------------------------------------------------------------
 *
 * probe_entries.h
 *	  Rows that are only counted, by the entries of an index.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_PROBE_ENTRIES_H
#define ASSOC_PROBE_ENTRIES_H

#include "reader/probe_scan.h"
#include "run/load_run.h"

/* of one key */
extern EntryCounter probe_entries_counter(NodeRun *nr);
/* of many: rows of requested keys are counted in the run's numbers, of every key in its groups */
extern EntryCounter probe_entries_range_counter(NodeRun *nr);

#endif							/* ASSOC_PROBE_ENTRIES_H */
