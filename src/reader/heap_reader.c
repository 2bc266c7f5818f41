/*-------------------------------------------------------------------------
 *
 * heap_reader.c
 *	  Rows of a heap table by their places, one after another.
 *
 * Decides what of a page's row a snapshot sees; whose places they are is the caller's
 * (rows_probe.c).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/xact.h"
#include "reader/buffer_hint.h"
#include "base/compat.h"
#include "reader/heap_reader.h"
#include "storage/bufmgr.h"
#include "storage/bufpage.h"
#include "utils/rel.h"

static bool visit(HeapReader *reader, BlockNumber block, bool may_look_up);
static bool fetch_from_page(HeapReader *reader, ItemPointer tid, bool *all_dead);
static bool fetch_locked(HeapReader *reader, ItemPointer tid, bool *all_dead);
static void note_page(HeapReader *reader);
static bool fetch_visible(HeapReader *reader, ItemPointer tid);

void
heap_reader_begin(HeapReader *reader, Relation relation, Snapshot snapshot, TupleTableSlot *slot,
				  PageWitness *witness)
{
	reader->relation = relation;
	reader->snapshot = snapshot;
	reader->buffer = InvalidBuffer;
	reader->block = InvalidBlockNumber;

	/*
	 * What is visible to all on the primary need not be to a snapshot of a standby, and
	 * SERIALIZABLE wants to know of each row that is read.
	 */
	reader->trust_pages = !snapshot->takenDuringRecovery && !IsolationIsSerializable();
	reader->tuple.t_tableOid = RelationGetRelid(relation);
	reader->slot = slot;
	reader->witness = witness;
	reader->noted = InvalidBlockNumber;
}

void
heap_reader_end(HeapReader *reader)
{
	ExecClearTuple(reader->slot);
	if (BufferIsValid(reader->buffer))
		ReleaseBuffer(reader->buffer);
	reader->buffer = InvalidBuffer;
}

bool
heap_reader_fetch(HeapReader *reader, ItemPointer tid, bool *all_dead)
{
	(void) visit(reader, ItemPointerGetBlockNumber(tid), true);
	return fetch_from_page(reader, tid, all_dead);
}

int
heap_reader_fetch_page(HeapReader *reader, ItemPointerData *tids, int n, HeapTupleData *tuples)
{
	int			found = 0;

	(void) visit(reader, ItemPointerGetBlockNumber(&tids[0]), true);
	ExecClearTuple(reader->slot);
	LockBuffer(reader->buffer, BUFFER_LOCK_SHARE);
	for (int i = 0; i < n; i++)
		if (fetch_locked(reader, &tids[i], NULL))
			tuples[found++] = reader->tuple;
	LockBuffer(reader->buffer, BUFFER_LOCK_UNLOCK);
	return found;
}

bool
heap_reader_try(HeapReader *reader, ItemPointer tid)
{
	return visit(reader, ItemPointerGetBlockNumber(tid), false) &&
		fetch_from_page(reader, tid, NULL);
}

/* pin the page of a block, and no other */
static bool
visit(HeapReader *reader, BlockNumber block, bool may_look_up)
{
	Relation	relation = reader->relation;

	if (block == reader->block && BufferIsValid(reader->buffer))
		return true;

	/* the slot points into the page that is given up */
	ExecClearTuple(reader->slot);
	if (BufferIsValid(reader->buffer))
		ReleaseBuffer(reader->buffer);
	reader->buffer = may_look_up ? buffer_hint_read(relation, block) :
		buffer_hint_try(relation, block);
	if (!BufferIsValid(reader->buffer))
		return false;
	reader->block = block;

	/* as an index scan does with each page that it comes to; most have nothing to prune */
	if (TransactionIdIsValid(((PageHeader) BufferGetPage(reader->buffer))->pd_prune_xid))
		heap_page_prune_opt(relation, reader->buffer);
	return true;
}

static bool
fetch_from_page(HeapReader *reader, ItemPointer tid, bool *all_dead)
{
	bool		found;

	LockBuffer(reader->buffer, BUFFER_LOCK_SHARE);
	found = fetch_locked(reader, tid, all_dead);
	LockBuffer(reader->buffer, BUFFER_LOCK_UNLOCK);

	/* under the pin alone a row's values stay as they are */
	if (found)
		ExecStoreHeapTuple(&reader->tuple, reader->slot, false);
	return found;
}

static bool
fetch_locked(HeapReader *reader, ItemPointer tid, bool *all_dead)
{
	ItemPointerData place = *tid;

	if (!reader->trust_pages || !PageIsAllVisible(BufferGetPage(reader->buffer)))
	{
		page_witness_break(reader->witness);
		return heap_hot_search_buffer(&place, reader->relation, reader->buffer, reader->snapshot,
									  &reader->tuple, all_dead, true);
	}
	if (reader->witness)
		note_page(reader);
	if (all_dead)
		*all_dead = false;
	return fetch_visible(reader, tid);
}

/* once, however many of its rows are read one after another */
static void
note_page(HeapReader *reader)
{
	if (reader->noted == reader->block)
		return;
	page_witness_add(reader->witness, reader->relation, reader->buffer);
	reader->noted = reader->block;
}

/*
 * heap_hot_search_buffer() for a page all of whose rows are visible: of a chain of
 * versions there is one, behind a redirection or at its root.  A version without an
 * index entry of its own is nobody's root; a place that is not of now may lead to one.
 */
static bool
fetch_visible(HeapReader *reader, ItemPointer tid)
{
	Page		page = BufferGetPage(reader->buffer);
	OffsetNumber offset = ItemPointerGetOffsetNumber(tid);
	HeapTuple	tuple = &reader->tuple;
	ItemId		item;
	bool		redirected;

	if (offset > PageGetMaxOffsetNumber(page))
		return false;
	item = PageGetItemId(page, offset);
	redirected = ItemIdIsRedirected(item);
	if (redirected)
	{
		offset = ItemIdGetRedirect(item);
		item = PageGetItemId(page, offset);
	}
	if (!ItemIdIsNormal(item))
		return false;
	tuple->t_data = (HeapTupleHeader) PageGetItem(page, item);
	tuple->t_len = ItemIdGetLength(item);
	ItemPointerSet(&tuple->t_self, reader->block, offset);
	return redirected || !HeapTupleHeaderIsHeapOnly(tuple->t_data);
}
