/*-------------------------------------------------------------------------
 *
 * btree_reader.h
 *	  Entries of a btree index between two keys, without an index scan.
 *
 * An index scan is made for any condition and any number of rows; setting one up
 * costs more than the few entries of one key.  Here is what is left when keys are
 * equalities or a range of the first columns, read forwards under an MVCC snapshot.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_BTREE_READER_H
#define ASSOC_BTREE_READER_H

#include "access/nbtree.h"
#include "utils/snapshot.h"

/*
 * Rows that need not be looked at to know that they are there, as an index-only scan finds
 * out: the table's visibility map says that everybody sees all rows of their page.  Such
 * entries are counted, and left out of the list.
 */
typedef struct EntryCounter
{
	Relation	table;
	Buffer		map;			/* pinned page of the visibility map; the caller's to release */
	BlockNumber block;			/* the last block asked for; InvalidBlockNumber: none */
	bool		all_visible;	/* and the answer */
	uint64		n;				/* counted so far */
	uint64		passed;			/* those that are not wanted */

	/* is it wanted?  Asked where its page is pinned, but not locked; NULL: all are */
	bool		(*wants) (void *arg, Relation index, IndexTuple entry);
	/* the same of a row that must be looked at, where it is in the scan's slot */
	bool		(*wants_row) (void *arg);
	/* so many of them with this value in the index's first column; NULL: it does not matter */
	void		(*count) (void *arg, Datum value, int n);
	void	   *arg;
} EntryCounter;

/* TIDs of rows, in the order of the index */
typedef struct TidList
{
	ItemPointerData *tids;
	bool	   *shared;			/* is its entry that of other rows too?  Then it is not marked as dead alone */
	int			n;
	int			max;			/* room */
	MemoryContext cxt;			/* where it is taken */
	EntryCounter *counter;		/* NULL: all entries are requested */
} TidList;

/* the root of an index, as it was when it was last read; all 0 at first, then for as long as the index is */
typedef struct BtreeRoot
{
	MemoryContext cxt;			/* where the copy is taken; NULL: none is kept */
	int			reads;
	Page		copy;			/* NULL until it has been read twice */
} BtreeRoot;

/* may the current transaction read so? */
extern bool btree_reader_allowed(void);

/*
 * A key of an index's first columns: "columns" are initialized with the comparison
 * functions (btree's support function 1) of the index, and with its options; the values
 * are the caller's to put into key->scankeys.  Allocated in the current context.
 */
extern BTScanInsert btree_key_make(int ncolumns, const ScanKeyData *columns);
/* before the first read after the index was opened */
extern void btree_key_use(BTScanInsert key, Relation index);

/*
 * Adds the entries from one key to another, both included; they may be the same.  An entry
 * that is known to be dead is left out.  False: there are more than "max", counted ones and passed ones
 * among them, and those behind were not read.
 */
extern bool btree_read(Relation index, BtreeRoot *root, Snapshot snapshot, BTScanInsert from,
					   BTScanInsert to, int max, TidList *list);

#endif							/* ASSOC_BTREE_READER_H */
