/*-------------------------------------------------------------------------
 *
 * load_asked.h
 *	  Conditions on associated rows, as far as a probe may ask them of each row.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_LOAD_ASKED_H
#define ASSOC_LOAD_ASKED_H

#include "plan/plan_builder.h"

/* before the conditions of a node are written: which of them these may be */
extern void load_asked_watch(NodeBuilder *builder);
/* of a node that may be probed: a node for each, whose answer takes its place among the conditions of the probe */
extern void load_asked_make(PlanBuilder *plan, NodeBuilder *builder);

#endif							/* ASSOC_LOAD_ASKED_H */
