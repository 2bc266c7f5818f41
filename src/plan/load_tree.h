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

/* may this include be recursive?  An error at its path when not */
extern void load_tree_check(const PlanBuilder *plan, const ResolvedAssociation *assoc, const IncludeItem *item);
/* rows of this node are on the path of a tree: they need a number */
extern void load_tree_join(PlanBuilder *plan, NodeBuilder *builder);
/* the rows below a row of a recursive node, and their key; step is the node that
 * they come from, NULL where builder itself is it */
extern void load_tree_compile_step(PlanBuilder *plan, NodeBuilder *builder, NodeBuilder *step, ItemList *items);
/* what is written of a row that is not entered */
extern void load_tree_compile_leaf(PlanBuilder *plan, LoadNode *node);

#endif							/* ASSOC_LOAD_TREE_H */
