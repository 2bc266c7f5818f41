/*-------------------------------------------------------------------------
 *
 * heap_reader.h
 *	  Rows of a heap table by their TIDs, one after another.
 *
 * What index_fetch_heap() gives, at a fraction of its cost: the page of the row
 * before stays pinned, and pages are found without the buffer table where they were
 * found last.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_HEAP_READER_H
#define ASSOC_HEAP_READER_H

#include "access/htup.h"
#include "executor/tuptable.h"
#include "storage/buf.h"
#include "utils/relcache.h"
#include "utils/snapshot.h"

typedef struct HeapReader
{
	Relation	relation;
	Snapshot	snapshot;
	Buffer		buffer;			/* pinned; InvalidBuffer: none yet */
	BlockNumber block;			/* of the buffer */
	HeapTupleData tuple;		/* the row found; on the pinned page */
	TupleTableSlot *slot;		/* holds it */
	bool		trusts_pages;	/* what a page says of all of its rows */
} HeapReader;

/* "slot" is one of TTSOpsHeapTuple with the table's columns; the snapshot is an MVCC one */
extern void heap_reader_begin(HeapReader *reader, Relation relation, Snapshot snapshot,
							  TupleTableSlot *slot);
/* lets go of the page; the slot is empty */
extern void heap_reader_end(HeapReader *reader);

/*
 * The version that the snapshot sees of the row that an index entry leads to, into the
 * slot; it stays there until the next call.  False: none is visible; then *all_dead says
 * whether none can be for anybody, so that the index may forget the entry.
 */
extern bool heap_reader_fetch(HeapReader *reader, ItemPointer tid, bool *all_dead);

/*
 * The same for TIDs on one page: those that are visible, into tuples, which has room for
 * n.  They are valid until the next call of any of these; the slot is empty.
 */
extern int	heap_reader_fetch_page(HeapReader *reader, ItemPointerData *tids, int n,
								   HeapTupleData *tuples);

/*
 * The same of a TID that need not be right any more: its block may not exist.  False also
 * where the page cannot be found without the buffer table.
 */
extern bool heap_reader_try(HeapReader *reader, ItemPointer tid);

#endif							/* ASSOC_HEAP_READER_H */
