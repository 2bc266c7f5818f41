/*-------------------------------------------------------------------------
 *
 * rows_probe.h
 *	  Rows of few parents, straight from indexes.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_ROWS_PROBE_H
#define ASSOC_ROWS_PROBE_H

#include "load_draft.h"

struct NodeRun;

/* sets node->probe, or node->no_probe to the reason why not */
extern void probe_plan_make(NodeDraft *draft);

/* may it be used by this role at this moment?  NULL, or the reason why not */
extern const char *probe_refused_now(const LoadNode *node);

/* the table of another extension that keeps its rows on other nodes? */
extern bool rows_are_elsewhere(Oid relation);

/* OIDs of the indexes that it scans, in this order: of the reference, of the target */
extern List *probe_indexes(const LoadNode *node);

/* loads the rows of the run's keys from number "first" on; returns the number of the
 * first key that it left to the batch (all done: the number of keys) */
extern int	rows_probe_load(struct NodeRun *run, int first);

#endif							/* ASSOC_ROWS_PROBE_H */
