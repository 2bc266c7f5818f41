/*-------------------------------------------------------------------------
 *
 * load_aggregate.h
 *	  Aggregates over the rows that options find.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_LOAD_AGGREGATE_H
#define ASSOC_LOAD_AGGREGATE_H

#include "plan/load_draft.h"

/* the statement and the columns; grouping is NULL for the one aggregate of a request */
extern void aggregate_compile(PlanDraft *plan, NodeDraft *root, const AggregateOptions *grouping);

#endif							/* ASSOC_LOAD_AGGREGATE_H */
