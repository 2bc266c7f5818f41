/*-------------------------------------------------------------------------
 *
 * probe_scan.h
 *	  Rows of a table by a key of one of its indexes.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_PROBE_SCAN_H
#define ASSOC_PROBE_SCAN_H

#include "access/htup.h"
#include "access/relscan.h"
#include "access/sdir.h"
#include "access/skey.h"
#include "base/held_locks.h"
#include "reader/btree_reader.h"
#include "reader/heap_reader.h"

/* equality scan of one index */
typedef struct ProbeScan
{
	Oid			relation;
	Oid			index;
	int			nkeys;
	ScanKeyData *keys;			/* equalities: all but the values */
	ScanKeyData *order;			/* the same as comparisons; NULL: the index has none for a type */
	int		   *key_order;		/* key i of the scan is value key_order[i] of the caller */
	AttrNumber *attnums;		/* of the table, by key of the scan */
	int16	   *typlens;		/* of the values, by key of the scan; 0: passed by value */
	bool		unique;			/* one row at most, if the index is old enough: the scan stops there */
	bool		check_xmin;		/* and only then it has all rows */
	bool		hashable;		/* and its key is of types that hash_key() takes */
	ScanDirection direction;	/* in which the index gives the order that is requested */
	AttrNumber	must_be_null;	/* soft-deleted rows are passed over; 0: none are kept */
	const int16 *options;		/* of the index's columns */
	bool		partitioned;	/* the table is: rows are in its partitions (key_scan.h) */
	bool		by_number;		/* its first column orders integers as numbers: it may be read by ranges */
	bool		unlogged;		/* of a partition: it is empty during recovery */
} ProbeScan;

/* what is kept with the run between its loads, and what is open now */
typedef struct OpenScan
{
	const ProbeScan *scan;
	TupleTableSlot *slot;		/* of a row; kept */
	ScanKeyData *keys;			/* kept */
	BTScanInsert from;			/* kept: the same key to find entries by; NULL: not possible */
	BTScanInsert to;			/* kept: the end of a range */
	TidList		entries;		/* kept: of the key */
	BtreeRoot	root;			/* kept */
	HeldLocks	locked;			/* kept: that of the index */

	bool		is_open;		/* what follows is of now */
	HeapReader	reader;
	Relation	index;
	IndexScanDesc desc;			/* NULL until there is an index scan */
	bool		unique;			/* the snapshot sees one row of a key at most */
	bool		remembers;			/* use and remember the TIDs of rows */
	bool		read_entries;	/* entries may be read */

	/* of the key at hand */
	uint32		hash;			/* of index and key, where TIDs are remembered */
	bool		located;		/* the slot has the row, found where it was last */
	bool		scanning;		/* by the index scan */
	bool		more;			/* there are more than the entries that were read */
	int			next;			/* of the entries */
	uint64		found;			/* rows returned */
} OpenScan;

/* in the current context, for as long as the table's columns stay as they are */
extern void probe_scan_init(OpenScan *open, const ProbeScan *scan);
/* unless it is open */
extern void probe_scan_open(OpenScan *open, Snapshot snapshot);
/* if it is open */
extern void probe_scan_close(OpenScan *open);

/* rows with a key, values in the order of the caller; about so many of them are requested */
extern void probe_scan_start(OpenScan *open, const Datum *values, uint64 requested);
/* the next one, in the slot: the version that the snapshot sees */
extern bool probe_scan_next_version(OpenScan *open);
/* has it not been deleted softly?  Then with its attributes up to "deform" at hand */
extern bool probe_scan_row_lives(OpenScan *open, int deform);

/*
 * How many rows have a key, where few of them need be looked at: the entries have what is asked of them, by
 * the counter.  -1: more than can be counted so; -2: not so this time, but by the rows themselves.
 */
#define SCAN_TOO_MANY (-1)
#define SCAN_NOT_COUNTED (-2)
extern int64 probe_scan_count(OpenScan *open, const Datum *values, EntryCounter *counter);

/*
 * Places of all rows whose key of one column is in a range, by block; their number, or -1
 * where they cannot be read so or are more than max.  In the current context.
 */
/* the same of the rows of any keys, one after the other in an array */
extern int	probe_scan_keys(OpenScan *open, const Datum *keys, int nkeys, int max, ItemPointerData **tids);
extern int	probe_scan_range(OpenScan *open, Datum from, Datum to, int max, ItemPointerData **tids);
/* the same of those only that must be looked at; the counter is told of the others */
extern int	probe_scan_count_range(OpenScan *open, Datum from, Datum to, int max, EntryCounter *counter,
								   ItemPointerData **tids);

#endif							/* ASSOC_PROBE_SCAN_H */
