/*-------------------------------------------------------------------------
 *
 * load_fold.h
 *	  What value the rows of a key come to.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_LOAD_FOLD_H
#define ASSOC_LOAD_FOLD_H

#include "plan/plan_builder.h"

/*
 * Of an aggregate over associated rows, of which steps are what is left behind the association's alias;
 * NULL: run_fold.c does not have it.  The column is the caller's.
 */
extern LoadFold *load_fold_make(const ResolvedAssociation *assoc, const Aggregate *aggregate, List *steps);
/* of a column; the same */
extern LoadFold *load_fold_of(AggregateKind kind, const Attribute *attribute);
/* of the rows themselves: COUNT or HAS */
extern LoadFold *load_fold_of_rows(AggregateKind kind);
/* the first column of the node, which has it in rows of the batch, and how it is shown */
extern void load_fold_compile(PlanBuilder *plan, NodeBuilder *builder, const Aggregate *aggregate, List *steps);

#endif							/* ASSOC_LOAD_FOLD_H */
