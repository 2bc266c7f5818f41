/*-------------------------------------------------------------------------
 *
 * load_tree.h
 *	  Recursive includes, planned: an association of a model with itself.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_LOAD_TREE_H
#define ASSOC_LOAD_TREE_H

#include "plan/load_output.h"

/* may this include be recursive?  An error at its place when not */
extern void tree_check(const PlanDraft *plan, const AssociationEnds *ends, const IncludeItem *item);
/* rows of this node are on the path of a tree: they need a number */
extern void tree_join(PlanDraft *plan, NodeDraft *draft);
/* the rows below a row of a recursive node, and their key; tail is the node that
 * they come from, NULL where draft itself is it */
extern void tree_compile_tail(PlanDraft *plan, NodeDraft *draft, NodeDraft *tail, ItemList *items);
/* what is written of a row that is not entered */
extern void tree_compile_leaf(PlanDraft *plan, LoadNode *node);

#endif							/* ASSOC_LOAD_TREE_H */
