/*-------------------------------------------------------------------------
 *
 * load_tree.h
 *	  Recursive includes: an association of a model with itself, followed level
 *	  by level.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_LOAD_TREE_H
#define ASSOC_LOAD_TREE_H

#include "plan/load_output.h"
#include "run/load_run.h"

/* may this include be recursive?  An error at its place when not */
extern void tree_check(const PlanDraft *plan, const AssociationEnds *ends, const IncludeItem *item);
/* rows of this node are on the path of a tree: they need a number */
extern void tree_join(PlanDraft *plan, NodeDraft *draft);
/* the rows below a row of a recursive node, and their key; tail is the node that
 * they come from, NULL where draft itself is it */
extern void tree_compile_tail(PlanDraft *plan, NodeDraft *draft, NodeDraft *tail, ItemList *items);
/* what is written of a row that is not entered */
extern void tree_compile_leaf(PlanDraft *plan, LoadNode *node);

extern void tree_run_init(LoadRun *run);
/* all levels below the first: nr is a tail */
extern void tree_load_levels(NodeRun *nr);
/* number the row, and ask for what is below it */
extern void tree_want(NodeRun *nr, LoadedRow *row, const Datum *values, const bool *nulls);
/* is the row shown without what is below it? */
extern bool tree_is_leaf(NodeRun *nr, const LoadedRow *row);
/* the rows below one: of child number "child", or of the tail when it is below 0 */
extern void tree_write_below(NodeRun *nr, const LoadedRow *row, int child);

#endif							/* ASSOC_LOAD_TREE_H */
