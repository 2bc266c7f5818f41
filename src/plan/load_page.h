/*-------------------------------------------------------------------------
 *
 * load_page.h
 *	  Cursors and pages, planned: what a cursor holds, and where a list goes on.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_LOAD_PAGE_H
#define ASSOC_LOAD_PAGE_H

#include "plan/plan_builder.h"

/* what "page" and "after" ask of a node */
extern void load_page_compile(PlanBuilder *plan, NodeBuilder *builder);
/* the condition that rows come behind the cursor */
extern void load_page_append_beyond(NodeBuilder *builder);
/* the order in which rows are read, from the one in which they are shown, which cursors are of */
extern void load_page_turn_order(NodeBuilder *builder);

#endif							/* ASSOC_LOAD_PAGE_H */
