/*-------------------------------------------------------------------------
 *
 * run_page.h
 *	  Pages, running: which rows a page shows, and whether there is a next one.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_RUN_PAGE_H
#define ASSOC_RUN_PAGE_H

#include "run/load_run.h"

/* does a row still belong to the page of its key?  false for the one that shows that
 * there is another page */
extern bool run_page_accepts(NodeRun *nr, int group, const Datum *values, const bool *nulls);
/* forget the rows of a key that came so far */
extern void run_page_give_up(NodeRun *nr, int group);
/* {"rows": [...], "next": cursor or null, perhaps "previous"}; a number below 0 for the page of no key */
extern void run_page_write(NodeRun *nr, int number, LoadedGroup *group);

#endif							/* ASSOC_RUN_PAGE_H */
