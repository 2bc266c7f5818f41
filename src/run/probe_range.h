/*-------------------------------------------------------------------------
 *
 * probe_range.h
 *	  Rows of many parents in one go, straight from indexes.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_PROBE_RANGE_H
#define ASSOC_PROBE_RANGE_H

struct KeyTable;
struct LoadNode;
struct NodeRun;

/* those of many keys, where these are a range of the index; false: nothing was loaded */
extern bool probe_range_load(struct NodeRun *run, int first);

/*
 * Of a node that counts, for every key that the index has, the links of these targets (NULL: of any, or there is
 * no join table); false: they are too many, and the counts are of no use.
 */
extern bool probe_range_every_key(struct NodeRun *run, struct KeyTable *targets);
/* may it be so at this moment? */
extern bool probe_range_counts_every_key(struct NodeRun *run);
/* what the planner would say of that */
extern double probe_range_entries_cost(const struct LoadNode *node);

/* of a node that counts the links of targets: of these, by every source that they name; false: they are more than max */
extern bool probe_range_links(struct NodeRun *run, const struct KeyTable *targets, int max);
/* may it be so at this moment? */
extern bool probe_range_finds_links(struct NodeRun *run);

#endif							/* ASSOC_PROBE_RANGE_H */
