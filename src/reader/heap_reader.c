/*-------------------------------------------------------------------------
 *
 * heap_reader.c
 *	  Rows of a heap table by their TIDs, one after another.
 *
 * Decides what of a page's row a snapshot sees; whose TIDs they are is the caller's
 * (rows_probe.c, probe_range.c).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/xact.h"
#include "base/compat.h"
#include "reader/buffer_hint.h"
#include "reader/heap_reader.h"
#include "storage/buf_internals.h"
#include "storage/bufmgr.h"
#include "storage/bufpage.h"
#include "utils/rel.h"

static bool visit(HeapReader *reader, BlockNumber block, bool may_look_up);
static bool fetch_from_page(HeapReader *reader, ItemPointer tid, bool *all_dead);
static bool fetch_unlocked(HeapReader *reader, ItemPointer tid);
static inline bool is_quiet(Buffer buffer);
static inline bool item_at(Page page, OffsetNumber offset, ItemIdData *item);
static bool fetch_locked(HeapReader *reader, ItemPointer tid, bool *all_dead);

void
heap_reader_begin(HeapReader *reader, Relation relation, Snapshot snapshot, TupleTableSlot *slot)
{
	reader->relation = relation;
	reader->snapshot = snapshot;
	reader->buffer = InvalidBuffer;
	reader->block = InvalidBlockNumber;
	reader->tuple.t_tableOid = RelationGetRelid(relation);
	reader->slot = slot;
	/*
	 * As a sequential scan; but SERIALIZABLE must know of each row, and with old_snapshot_threshold a page may say it
	 * of rows that a snapshot that is older does not see.
	 */
	reader->trusts_pages = !snapshot->takenDuringRecovery && !IsolationIsSerializable() &&
		!assoc_snapshots_may_be_too_old();
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
		assoc_heap_page_prune_opt(relation, reader->buffer);
	return true;
}

static bool
fetch_from_page(HeapReader *reader, ItemPointer tid, bool *all_dead)
{
	bool		found = reader->trusts_pages && fetch_unlocked(reader, tid);

	/* what is not known to be dead has its entry in the index still */
	if (found && all_dead != NULL)
		*all_dead = false;
	else if (!found)
	{
		LockBuffer(reader->buffer, BUFFER_LOCK_SHARE);
		found = fetch_locked(reader, tid, all_dead);
		LockBuffer(reader->buffer, BUFFER_LOCK_UNLOCK);
	}

	/* under the pin alone a row's values stay as they are */
	if (found)
		ExecStoreHeapTuple(&reader->tuple, reader->slot, false);
	return found;
}

/*
 * The row of a page that says that everybody sees all of its rows: there it is the only version.  False: that is
 * not so, or the page is in use, and the lock will tell.
 *
 * Whoever changes a page holds its lock, and has taken the page's word back before he lets go of the lock; nobody moves its
 * rows while we hold a pin.  So what was read between two looks at a free lock, of a page that
 * has its word still, is as it was when we took the snapshot, or came to be seen by all of itself.
 */
static bool
fetch_unlocked(HeapReader *reader, ItemPointer tid)
{
	Page		page = BufferGetPage(reader->buffer);
	OffsetNumber offset = ItemPointerGetOffsetNumber(tid);
	ItemIdData	item;

	if (!is_quiet(reader->buffer) || !PageIsAllVisible(page) || !item_at(page, offset, &item))
		return false;
	if (ItemIdIsRedirected(&item))
	{
		offset = ItemIdGetRedirect(&item);
		if (!item_at(page, offset, &item))
			return false;
	}
	if (!ItemIdIsNormal(&item))
		return false;
	reader->tuple.t_data = (HeapTupleHeader) (page + ItemIdGetOffset(&item));
	reader->tuple.t_len = ItemIdGetLength(&item);
	ItemPointerSet(&reader->tuple.t_self, reader->block, offset);
	/* a TID that serves another row by now may be in the middle of a chain */
	return HeapTupleHeaderIsHeapOnly(reader->tuple.t_data) == (offset != ItemPointerGetOffsetNumber(tid)) &&
		is_quiet(reader->buffer) && PageIsAllVisible(page);
}

static inline bool
is_quiet(Buffer buffer)
{
	bool		quiet;

	pg_read_barrier();
	quiet = !BufferIsLocal(buffer) && !assoc_content_is_locked(GetBufferDescriptor(buffer - 1));
	pg_read_barrier();
	return quiet;
}

static inline bool
item_at(Page page, OffsetNumber offset, ItemIdData *item)
{
	if (offset < FirstOffsetNumber || offset > PageGetMaxOffsetNumber(page))
		return false;
	*item = *PageGetItemId(page, offset);
	return true;
}

static bool
fetch_locked(HeapReader *reader, ItemPointer tid, bool *all_dead)
{
	ItemPointerData chain = *tid;

	return heap_hot_search_buffer(&chain, reader->relation, reader->buffer, reader->snapshot,
								  &reader->tuple, all_dead, true);
}
