/*-------------------------------------------------------------------------
 *
 * rows_probe.h
 *	  Rows of few parents, or with a few values, straight from indexes.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_ROWS_PROBE_H
#define ASSOC_ROWS_PROBE_H

struct NodeRun;

/* loads the rows of the run's keys from number "first" on; returns the number of the
 * first key that it left to the batch (all done: the number of keys) */
extern int	rows_probe_load(struct NodeRun *run, int first);

/*
 * Of a root without keys: the rows that have one of these, in this order, unless they are to be sorted;
 * false, with the reason in run->refused: nothing was loaded.
 */
extern bool rows_probe_found(struct NodeRun *run, const Datum *keys, int nkeys);

/*
 * Of a node that is asked row by row, and whose probe has begun: the number of the key, whose rows are folded.  With
 * a reason in run->refused they are not.
 */
extern int	rows_probe_ask(struct NodeRun *run, const Datum *key);

#endif							/* ASSOC_ROWS_PROBE_H */
