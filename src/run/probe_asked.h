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

/*
 * A parameter of the node's conditions, for the row at hand; nr->refused is set where it cannot be known so.  The
 * expression interpreter calls it (ParamFetchHook) when it comes to the parameter.
 */
extern ParamExternData *probe_asked_fetch(ParamListInfo params, int number, bool speculative, ParamExternData *workspace);

/* before the rows of a probe, and behind them */
extern void probe_asked_begin(NodeRun *nr);
extern void probe_asked_end(NodeRun *nr);

#endif							/* ASSOC_PROBE_ASKED_H */
