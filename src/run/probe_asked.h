/*-------------------------------------------------------------------------
 *
 * probe_asked.h
 *	  Conditions on associated rows, asked of each row that a probe has read.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_PROBE_ASKED_H
#define ASSOC_PROBE_ASKED_H

#include "nodes/params.h"
#include "run/probe_row.h"

/* do the conditions of the row at hand hold?  False with a reason in the node's refused: that cannot be known so */
extern bool probe_asked_holds(ProbeRun *probe);

/*
 * A parameter of the node's conditions, for the row at hand.  The expression interpreter calls it (ParamFetchHook)
 * when it comes to the parameter.
 */
extern ParamExternData *probe_asked_fetch(ParamListInfo params, int number, bool speculative, ParamExternData *workspace);

/* before the rows of a probe, and behind them */
extern void probe_asked_begin(NodeRun *nr);
extern void probe_asked_end(NodeRun *nr);

#endif							/* ASSOC_PROBE_ASKED_H */
