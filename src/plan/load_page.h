/*-------------------------------------------------------------------------
 *
 * load_page.h
 *	  Cursors and pages: where a list goes on, and whether it does.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_LOAD_PAGE_H
#define ASSOC_LOAD_PAGE_H

#include "plan/load_draft.h"
#include "run/load_run.h"

/* what "page" and "after" ask of a node */
extern void page_compile(PlanDraft *plan, NodeDraft *draft);
/* the condition that rows come after the cursor */
extern void page_append_after(NodeDraft *draft);

/* does a row still belong to the page of its key?  false for the one that shows that
 * there is another page */
extern bool page_accepts(NodeRun *nr, int group, const Datum *values, const bool *nulls);
/* {"rows": [...], "next": cursor or null}; a number below 0 for the page of no key */
extern void page_write(NodeRun *nr, int number, LoadedGroup *group);

#endif							/* ASSOC_LOAD_PAGE_H */
