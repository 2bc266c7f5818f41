/*-------------------------------------------------------------------------
 *
 * btree_guess.c
 *	  Which leaf of a btree a key is on, by a copy of the tree's top.
 *
 * Decides when the root is copied, and follows it down.  The copy may be old: pages may
 * have been split, deleted or used again since.  So what comes out is a guess, and the
 * caller judges it by the leaf alone: a leaf in use that has an entry before the key,
 * or no page left of it, and ends behind the key, is the right one however it was
 * found, for the entries of all leaves are in one order.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/mechanism.h"
#include "reader/btree_guess.h"
#include "reader/buffer_hint.h"
#include "storage/bufmgr.h"

/* a run that is used once needs no copy */
#define ASKED_BEFORE_COPY 2

/* a key that is the first of its leaf is always missed; a top that is old, more often */
#define MISSED_BEFORE_COPY 32

static Buffer go_down(Relation index, BTScanInsert key, BlockNumber block, uint32 level);
static bool have_top(Relation index, BtreeTop *top, MemoryContext cxt);
static bool is_same_file(const BtreeTop *top, Relation index);
static void copy_top(Relation index, BtreeTop *top, MemoryContext cxt);
static BlockNumber child_of(Relation index, BTScanInsert key, Page page);
static Buffer lock_page(Relation index, BlockNumber block, uint32 level);

Buffer
btree_guess_leaf(Relation index, BTScanInsert key, BtreeTop *top, MemoryContext cxt)
{
	Buffer		buffer;

	if (!mechanism_is_used(MECHANISM_BTREE_GUESS) || !have_top(index, top, cxt))
		return InvalidBuffer;
	if (top->level == 0)
		buffer = lock_page(index, top->root, 0);
	else
		buffer = go_down(index, key, child_of(index, key, top->page), top->level - 1);
	if (!BufferIsValid(buffer))
		btree_guess_missed(top);
	return buffer;
}

/* from a page of a level to the leaf; InvalidBuffer where a page is none of its level any more */
static Buffer
go_down(Relation index, BTScanInsert key, BlockNumber block, uint32 level)
{
	for (;; level--)
	{
		Buffer		buffer = lock_page(index, block, level);

		if (level == 0 || !BufferIsValid(buffer))
			return buffer;
		block = child_of(index, key, BufferGetPage(buffer));
		_bt_relbuf(index, buffer);
	}
}

void
btree_guess_missed(BtreeTop *top)
{
	top->missed++;
}

static bool
have_top(Relation index, BtreeTop *top, MemoryContext cxt)
{
	if (!top->known && top->asked++ < ASKED_BEFORE_COPY)
		return false;
	if (!top->known || top->missed >= MISSED_BEFORE_COPY || !is_same_file(top, index))
		copy_top(index, top, cxt);
	return top->root != InvalidBlockNumber;
}

/* another file has other pages under these numbers, and perhaps fewer */
static bool
is_same_file(const BtreeTop *top, Relation index)
{
	return memcmp(&top->file, &assoc_relation_file(index), sizeof(AssocRelationFile)) == 0;
}

static void
copy_top(Relation index, BtreeTop *top, MemoryContext cxt)
{
	Buffer		buffer = assoc_bt_getroot(index);

	top->known = true;
	top->missed = 0;
	top->file = assoc_relation_file(index);
	top->root = InvalidBlockNumber;
	if (!BufferIsValid(buffer))
		return;
	top->root = BufferGetBlockNumber(buffer);
	top->level = BTPageGetOpaque(BufferGetPage(buffer))->btpo_level;
	if (top->level > 0)
	{
		if (top->page == NULL)
			top->page = MemoryContextAlloc(cxt, BLCKSZ);
		memcpy(top->page, BufferGetPage(buffer), BLCKSZ);
	}
	_bt_relbuf(index, buffer);
}

/* below the last separator that is before the key; the first one is less than any key */
static BlockNumber
child_of(Relation index, BTScanInsert key, Page page)
{
	OffsetNumber second = OffsetNumberNext(P_FIRSTDATAKEY(BTPageGetOpaque(page)));
	OffsetNumber behind = btree_first_from(index, key, page, second);
	ItemId		item = PageGetItemId(page, OffsetNumberPrev(behind));

	return BTreeTupleGetDownLink((IndexTuple) PageGetItem(page, item));
}

/* the page, if it is one in use on that level */
static Buffer
lock_page(Relation index, BlockNumber block, uint32 level)
{
	/* the copy may be older than a truncation within the file */
	Buffer		buffer = buffer_hint_find(index, block);
	Page		page;

	if (!BufferIsValid(buffer))
		return InvalidBuffer;
	page = BufferGetPage(buffer);
	_bt_lockbuf(index, buffer, BT_READ);
	if (!PageIsNew(page) && PageGetSpecialSize(page) == MAXALIGN(sizeof(BTPageOpaqueData)) &&
		!P_IGNORE(BTPageGetOpaque(page)) && !P_ISMETA(BTPageGetOpaque(page)) &&
		BTPageGetOpaque(page)->btpo_level == level &&
		PageGetMaxOffsetNumber(page) >= P_FIRSTDATAKEY(BTPageGetOpaque(page)))
		return buffer;
	_bt_relbuf(index, buffer);
	return InvalidBuffer;
}
