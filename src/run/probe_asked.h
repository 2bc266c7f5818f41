/*-------------------------------------------------------------------------
 *
 * probe_asked.h
 *	  Conditions on associated rows, asked of each row that a probe has read.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_PROBE_ASKED_H
#define ASSOC_PROBE_ASKED_H

#include "run/probe_row.h"

/*
 * Do the conditions on rows associated with the row at hand hold, for which the others do?  False with a reason in
 * nr->refused: that cannot be known so.
 */
extern bool probe_asked_holds(NodeRun *nr, ProbeRun *probe);

/* before the rows of a probe, and behind them */
extern void probe_asked_begin(NodeRun *nr);
extern void probe_asked_end(NodeRun *nr);

#endif							/* ASSOC_PROBE_ASKED_H */
