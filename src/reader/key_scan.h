/*-------------------------------------------------------------------------
 *
 * key_scan.h
 *	  The scan for a key: of its table, or of the partition that has all rows of the key.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_KEY_SCAN_H
#define ASSOC_KEY_SCAN_H

#include "reader/probe_scan.h"

/* kept with the run */
typedef struct KeyScan
{
	const ProbeScan *table;		/* of the table, or as its partitions are scanned too */
	struct Partitions *partitions;	/* that were scanned; NULL: it has none */
	OpenScan   *open;			/* of the key that was found last; NULL: there is no such partition */
	const char *refused;		/*   or why it cannot be scanned */
} KeyScan;

/* in the current context, for as long as the columns of the table stay as they are */
extern void key_scan_init(KeyScan *scan, const ProbeScan *table);

/*
 * Opens the scan for a key, values in the order of the caller.  False: no rows can have it, or
 * the scan is refused.  What was opened stays open until all is closed.
 */
extern bool key_scan_find(KeyScan *scan, Snapshot snapshot, const Datum *values);
extern void key_scan_close(KeyScan *scan);

/* why partitions of a table are not known by such keys; NULL: they are */
extern const char *key_scan_refusal(const ProbeScan *table);

#endif							/* ASSOC_KEY_SCAN_H */
