/*-------------------------------------------------------------------------
 *
 * load_page.h
 *	  Cursors and pages, planned: what a cursor holds, and where a list goes on.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_LOAD_PAGE_H
#define ASSOC_LOAD_PAGE_H

#include "plan/load_draft.h"

/* what "page" and "after" ask of a node */
extern void page_compile(PlanDraft *plan, NodeDraft *draft);
/* the condition that rows come behind the cursor */
extern void page_append_beyond(NodeDraft *draft);
/* the order in which rows are read, from the one in which they are shown, which cursors are of */
extern void page_turn_order(NodeDraft *draft);

#endif							/* ASSOC_LOAD_PAGE_H */
