/*-------------------------------------------------------------------------
 *
 * load_aggregate.h
 *	  Aggregates over the rows that options find.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_LOAD_AGGREGATE_H
#define ASSOC_LOAD_AGGREGATE_H

#include "plan/plan_builder.h"

/* the statement and the columns; grouping is NULL for the one aggregate of a request */
extern void load_aggregate_compile(PlanBuilder *plan, NodeBuilder *root, const AggregateOptions *grouping);

#endif							/* ASSOC_LOAD_AGGREGATE_H */
