/*-------------------------------------------------------------------------
 *
 * rows_probe.h
 *	  Rows of few parents, or of a range of them, straight from indexes.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_ROWS_PROBE_H
#define ASSOC_ROWS_PROBE_H

struct KeyTable;
struct LoadNode;
struct NodeRun;

/* loads the rows of the run's keys from number "first" on; returns the number of the
 * first key that it left to the batch (all done: the number of keys) */
extern int	rows_probe_load(struct NodeRun *run, int first);

/* those of many keys, where these are a range of the index; false: nothing was loaded */
extern bool rows_probe_range(struct NodeRun *run, int first);

/*
 * Of a node that counts, for every key that the index has, the links of these targets (NULL: of any, or there is
 * no join table); false: they are too many, and the counts are of no use.
 */
extern bool rows_probe_every_key(struct NodeRun *run, struct KeyTable *targets);
/* may it be so at this moment? */
extern bool rows_probe_counts_every_key(struct NodeRun *run);
/* what the planner would say of that */
extern double rows_probe_entries_cost(const struct LoadNode *node);

/* of a node that counts the links of targets: of these, by every source that they name; false: they are more than max */
extern bool rows_probe_links(struct NodeRun *run, const struct KeyTable *targets, int max);
/* may it be so at this moment? */
extern bool rows_probe_finds_links(struct NodeRun *run);

/*
 * Of a root without keys: the rows that have one of these, in this order, unless they are to be sorted;
 * false, with the reason in run->refused: nothing was loaded.
 */
extern bool rows_probe_found(struct NodeRun *run, const Datum *keys, int nkeys);

#endif							/* ASSOC_ROWS_PROBE_H */
