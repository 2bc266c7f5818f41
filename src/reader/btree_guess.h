/*-------------------------------------------------------------------------
 *
 * btree_guess.h
 *	  Which leaf of a btree a key is on, by a copy of the tree's top.
 *
 * The way down from the root costs more than the entries of a key on their leaf.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_BTREE_GUESS_H
#define ASSOC_BTREE_GUESS_H

#include "access/nbtree.h"
#include "base/compat.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"
#include "utils/uuid.h"

/* of one index; zeroed: no copy yet */
typedef struct BtreeTop
{
	char	   *page;			/* copy of the root; NULL: none was made, or the root is the leaf */
	AssocRelationFile file;		/* of the index when it was made */
	BlockNumber root;			/* InvalidBlockNumber: the index was empty */
	uint32		level;			/* of the root; 0: it is the leaf */
	bool		known;			/* all of the above is */
	int			asked;			/* guesses that were wanted before */
	int			missed;			/* that were wrong since */
} BtreeTop;

/*
 * A leaf of the index on which the first entry not before the key is likely to be, pinned and
 * locked for reading; InvalidBuffer where there is no guess.  Only what stands on the leaf can
 * say whether the guess is right; where it is not, tell.  The copy is taken in cxt.
 */
extern Buffer btree_guess_leaf(Relation index, BTScanInsert key, BtreeTop *top, MemoryContext cxt);
extern void btree_guess_missed(BtreeTop *top);

/*
 * _bt_compare(), in line for one bigint or uuid, which most keys are.  Of what parts pages the
 * last columns may be cut off, which is less than any value: there equal is not equal.
 */
static inline int32
btree_compare(Relation index, BTScanInsert key, Page page, OffsetNumber offset)
{
	ScanKey		column = &key->scankeys[0];
	Oid			function = column->sk_func.fn_oid;
	IndexTuple	entry;
	bool		isnull;
	Datum		value;
	int32		order;

	if (key->keysz > 1 || (function != F_BTINT8CMP && function != F_UUID_CMP) ||
		(column->sk_flags & SK_BT_DESC))
		return _bt_compare(index, key, page, offset);
	entry = (IndexTuple) PageGetItem(page, PageGetItemId(page, offset));
	value = index_getattr(entry, 1, RelationGetDescr(index), &isnull);
	if (isnull)
		return _bt_compare(index, key, page, offset);
	if (function == F_UUID_CMP)
		order = memcmp(DatumGetUUIDP(column->sk_argument), DatumGetUUIDP(value), UUID_LEN);
	else
		order = (DatumGetInt64(column->sk_argument) > DatumGetInt64(value)) -
			(DatumGetInt64(column->sk_argument) < DatumGetInt64(value));
	return order == 0 && BTreeTupleIsPivot(entry) ? _bt_compare(index, key, page, offset) : order;
}

/* the first entry of a page, from "low" on, that is not before the key */
static inline OffsetNumber
btree_first_from(Relation index, BTScanInsert key, Page page, OffsetNumber low)
{
	OffsetNumber high = OffsetNumberNext(PageGetMaxOffsetNumber(page));

	while (low < high)
	{
		OffsetNumber middle = low + (high - low) / 2;

		if (btree_compare(index, key, page, middle) > 0)
			low = OffsetNumberNext(middle);
		else
			high = middle;
	}
	return low;
}

#endif							/* ASSOC_BTREE_GUESS_H */
