/*-------------------------------------------------------------------------
 *
 * btree_reader.c
 *	  Entries of a btree index between two keys, without an index scan.
 *
 * The way down, its locks and the way right of pages that were split meanwhile are as in
 * _bt_search(), which is asked where the root is not known; but pages are taken from the buffers
 * in which they were met last.  On the leaves this does what _bt_readpage() does for such keys.
 * Nothing is pinned or locked when it returns.  As after an index scan under an MVCC snapshot
 * that is harmless: an entry whose row is gone, or whose TID serves another row by now,
 * leads to nothing that the snapshot sees.
 *
 * What it leaves out: predicate locks (so not under SERIALIZABLE), and marking entries
 * as dead, for which the caller goes through an index scan now and then.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/visibilitymap.h"
#include "access/xact.h"
#include "base/compat.h"
#include "base/key_table.h"
#include "base/mechanism.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "reader/btree_reader.h"
#include "reader/buffer_hint.h"
#include "storage/bufmgr.h"
#include "utils/fmgroids.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/uuid.h"
#include "utils/varlena.h"

/* entries of which it is worth while to guess the place of one */
#define MIN_GUESSED 16

static Page unlocked(Relation index, Buffer buffer, PGAlignedBlock *copy);
static Buffer find_leaf(Relation index, BtreeRoot *root, Snapshot snapshot, BTScanInsert from,
						OffsetNumber *offset);
static Buffer go_down_from(Page root, Relation index, BTScanInsert key);
static bool is_within(Relation index, BTScanInsert key, Page page);
static Buffer go_down(Relation index, BtreeRoot *root, BTScanInsert key);
static void keep_root(BtreeRoot *root, Page page);
static Buffer lock_page(Relation index, BlockNumber block);
static bool is_root(Page page, uint32 level);
static BlockNumber child_with(Relation index, BTScanInsert key, Page page);
static OffsetNumber first_from(Relation index, BTScanInsert from, Page page);
static OffsetNumber bisect(Relation index, BTScanInsert key, Page page, OffsetNumber low,
						   OffsetNumber high, int32 least);
static void narrow(Relation index, BTScanInsert key, Page page, OffsetNumber *low, OffsetNumber *high);
static inline bool integer_at(Oid function, Page page, OffsetNumber offset, int64 *value);
static inline int64 requested_integer(Oid function, BTScanInsert key);
static inline bool is_integer(Oid function);
static inline Oid plain_function(BTScanInsert key);
static inline const char *value_at(Page page, OffsetNumber offset);
static inline int32 compare(Relation index, BTScanInsert key, Page page, OffsetNumber offset);
static OffsetNumber first_beyond(Relation index, BTScanInsert to, Page page, OffsetNumber low);
static bool add_entries(TidList *list, Relation index, Page page, OffsetNumber first,
						OffsetNumber end, bool skip_dead, uint64 enough);
static uint64 entries_so_far(const TidList *list);
static void add_uncounted(TidList *list, Relation index, IndexTuple entry,
						  const ItemPointerData *tids, int n);
static bool sees_all(EntryCounter *counter, BlockNumber block);
static void add_tids(TidList *list, const ItemPointerData *tids, int n, bool shared);

bool
btree_reader_allowed(void)
{
	return mechanism_is_used(MECHANISM_BTREE_READER) &&
		!IsolationIsSerializable() && !assoc_snapshots_may_be_too_old();
}

BTScanInsert
btree_key_make(int ncolumns, const ScanKeyData *columns)
{
	BTScanInsert key = palloc0(offsetof(BTScanInsertData, scankeys) +
							   sizeof(ScanKeyData) * ncolumns);

	key->keysz = ncolumns;
	memcpy(key->scankeys, columns, sizeof(ScanKeyData) * ncolumns);
	return key;
}

void
btree_key_use(BTScanInsert key, Relation index)
{
	_bt_metaversion(index, &key->heapkeyspace, &key->allequalimage);
}

bool
btree_read(Relation index, BtreeRoot *root, Snapshot snapshot, BTScanInsert from, BTScanInsert to,
		   int max, TidList *list)
{
	bool		skip_dead = !TransactionStartedDuringRecovery();
	uint64		before = entries_so_far(list);
	bool		asks = list->counter && list->counter->wants;
	bool		ended = false;
	PGAlignedBlock copy;
	Buffer		buffer;
	OffsetNumber offset;

	pgstat_count_index_scan(index);
	buffer = find_leaf(index, root, snapshot, from, &offset);
	/* an empty index has no pages */
	if (!BufferIsValid(buffer))
		return true;
	for (;;)
	{
		Page		page = BufferGetPage(buffer);
		BTPageOpaque opaque = BTPageGetOpaque(page);

		if (!P_IGNORE(opaque))
		{
			OffsetNumber end = first_beyond(index, to, page, offset);
			bool		all;

			if (asks)
			{
				page = unlocked(index, buffer, &copy);
				opaque = BTPageGetOpaque(page);
			}
			all = add_entries(list, index, page, offset, end, skip_dead, before + max);
			if (asks)
				_bt_lockbuf(index, buffer, BT_READ);
			ended = all && end <= PageGetMaxOffsetNumber(page);
			if (!all)
				break;
		}
		ended |= P_RIGHTMOST(opaque);
		if (ended)
			break;
		buffer = _bt_relandgetbuf(index, buffer, opaque->btpo_next, BT_READ);
		offset = P_FIRSTDATAKEY(BTPageGetOpaque(BufferGetPage(buffer)));
	}
	_bt_relbuf(index, buffer);
	pgstat_count_index_tuples(index, entries_so_far(list) - before);
	return ended;
}

/*
 * As an index scan reads its entries: what the page was, while the pin keeps VACUUM from it.  If it is split
 * meanwhile, the next page is still the one that came next.
 */
static Page
unlocked(Relation index, Buffer buffer, PGAlignedBlock *copy)
{
	memcpy(copy->data, BufferGetPage(buffer), BLCKSZ);
	_bt_unlockbuf(index, buffer);
	CHECK_FOR_INTERRUPTS();
	return (Page) copy->data;
}

/* the leaf with the first entry not before the key, locked, and the entry's place */
static Buffer
find_leaf(Relation index, BtreeRoot *root, Snapshot snapshot, BTScanInsert from, OffsetNumber *offset)
{
	Buffer		buffer = root->copy ? go_down_from(root->copy, index, from) : InvalidBuffer;

	if (!BufferIsValid(buffer))
		buffer = go_down(index, root, from);
	if (!BufferIsValid(buffer))
		assoc_bt_search_leaf(index, from, &buffer, snapshot);
	if (BufferIsValid(buffer))
		*offset = first_from(index, from, BufferGetPage(buffer));
	return buffer;
}

/*
 * From the root as it was.  What it leads to may have been split, deleted and used for something else since:
 * so a leaf is the right one only where its first entry is before the key, and its last one is not.  InvalidBuffer:
 * it is not, or is not known to be in a buffer.
 */
static Buffer
go_down_from(Page root, Relation index, BTScanInsert key)
{
	Page		page = root;
	Buffer		buffer = InvalidBuffer;

	for (uint32 level = BTPageGetOpaque(root)->btpo_level;;)
	{
		BlockNumber child = child_with(index, key, page);
		BTPageOpaque opaque;

		if (BufferIsValid(buffer))
			_bt_relbuf(index, buffer);
		buffer = buffer_hint_try(index, child);
		if (!BufferIsValid(buffer))
			return InvalidBuffer;
		page = BufferGetPage(buffer);
		/* what a page says of itself stands at its end */
		assoc_prefetch((char *) page + BLCKSZ - sizeof(BTPageOpaqueData));
		_bt_lockbuf(index, buffer, BT_READ);
		opaque = PageIsNew(page) ? NULL : BTPageGetOpaque(page);
		if (opaque == NULL || P_IGNORE(opaque) || opaque->btpo_level != --level ||
			!(P_ISLEAF(opaque) ? is_within(index, key, page) :
			  P_RIGHTMOST(opaque) || compare(index, key, page, P_HIKEY) <= 0))
		{
			_bt_relbuf(index, buffer);
			return InvalidBuffer;
		}
		if (P_ISLEAF(opaque))
			return buffer;
	}
}

/* is the first entry of a leaf before the key, and the last one not? */
static bool
is_within(Relation index, BTScanInsert key, Page page)
{
	OffsetNumber first = P_FIRSTDATAKEY(BTPageGetOpaque(page));
	OffsetNumber last = PageGetMaxOffsetNumber(page);

	return first < last && compare(index, key, page, last) <= 0 && compare(index, key, page, first) > 0;
}

/* the leaf, locked; InvalidBuffer where what is known of the root does not hold */
static Buffer
go_down(Relation index, BtreeRoot *root, BTScanInsert key)
{
	const BTMetaPageData *known = index->rd_amcache;
	Buffer		buffer = InvalidBuffer;

	if (known == NULL)
		return InvalidBuffer;
	buffer = lock_page(index, known->btm_fastroot);
	if (!is_root(BufferGetPage(buffer), known->btm_fastlevel))
	{
		_bt_relbuf(index, buffer);
		return InvalidBuffer;
	}
	keep_root(root, BufferGetPage(buffer));
	for (;;)
	{
		Page		page = BufferGetPage(buffer);
		BTPageOpaque opaque = BTPageGetOpaque(page);

		/* split or deleted since its parent was read */
		if (!P_RIGHTMOST(opaque) && (P_IGNORE(opaque) || compare(index, key, page, P_HIKEY) > 0))
			buffer = _bt_relandgetbuf(index, buffer, opaque->btpo_next, BT_READ);
		else if (P_ISLEAF(opaque))
			return buffer;
		else
		{
			BlockNumber child = child_with(index, key, page);

			_bt_relbuf(index, buffer);
			buffer = lock_page(index, child);
		}
	}
}

/* where it is read again and again; a root that is a leaf would be out of date at once */
static void
keep_root(BtreeRoot *root, Page page)
{
	if (root->cxt == NULL || P_ISLEAF(BTPageGetOpaque(page)) || ++root->reads < 2)
		return;
	if (root->copy == NULL)
		root->copy = MemoryContextAlloc(root->cxt, BLCKSZ);
	else if (PageGetLSN(page) == PageGetLSN(root->copy))
		return;
	memcpy(root->copy, page, BLCKSZ);
}

static Buffer
lock_page(Relation index, BlockNumber block)
{
	Buffer		buffer = buffer_hint_read(index, block);

	_bt_lockbuf(index, buffer, BT_READ);
	_bt_checkpage(index, buffer);
	return buffer;
}

/* as _bt_getroot() finds out */
static bool
is_root(Page page, uint32 level)
{
	BTPageOpaque opaque = BTPageGetOpaque(page);

	return !P_IGNORE(opaque) && opaque->btpo_level == level &&
		P_LEFTMOST(opaque) && P_RIGHTMOST(opaque);
}

/* the page below in which the first entry not before the key is, or left of it */
static BlockNumber
child_with(Relation index, BTScanInsert key, Page page)
{
	OffsetNumber offset = OffsetNumberPrev(first_from(index, key, page));

	return BTreeTupleGetDownLink((IndexTuple) PageGetItem(page, PageGetItemId(page, offset)));
}

/* the first entry of a page that is not before the key */
static OffsetNumber
first_from(Relation index, BTScanInsert from, Page page)
{
	BTPageOpaque opaque = BTPageGetOpaque(page);
	/* above the leaves the first one has no key, and is before all */
	OffsetNumber low = P_ISLEAF(opaque) ? P_FIRSTDATAKEY(opaque) :
		OffsetNumberNext(P_FIRSTDATAKEY(opaque));
	OffsetNumber high = OffsetNumberNext(PageGetMaxOffsetNumber(page));

	narrow(index, from, page, &low, &high);
	return bisect(index, from, page, low, high, 1);
}

/* the first entry of some with which the key compares as less than "least" */
static OffsetNumber
bisect(Relation index, BTScanInsert key, Page page, OffsetNumber low, OffsetNumber high, int32 least)
{
	while (low < high)
	{
		OffsetNumber middle = low + (high - low) / 2;

		if (compare(index, key, page, middle) >= least)
			low = OffsetNumberNext(middle);
		else
			high = middle;
	}
	return low;
}

/*
 * Integers are mostly spread evenly over a page.  So it is looked for near where it would be then, for each step
 * to another part of the page waits for memory.
 */
static void
narrow(Relation index, BTScanInsert key, Page page, OffsetNumber *low, OffsetNumber *high)
{
	Oid			function = plain_function(key);
	OffsetNumber last = OffsetNumberPrev(*high);
	OffsetNumber guess;
	OffsetNumber step = 4;
	int64		from;
	int64		to;
	int64		value;

	if (*high - *low < MIN_GUESSED || !is_integer(function) ||
		!integer_at(function, page, *low, &from) || !integer_at(function, page, last, &to))
		return;
	value = requested_integer(function, key);
	if (value <= from || value >= to)
		return;
	/* distances have no sign, and are exact where values of so many bits would be the same double */
	guess = *low + (OffsetNumber) ((double) ((uint64) value - (uint64) from) /
								   (double) ((uint64) to - (uint64) from) * (last - *low));
	if (compare(index, key, page, guess) > 0)
	{
		*low = OffsetNumberNext(guess);
		while (*low + step < *high && compare(index, key, page, *low + step) > 0)
		{
			*low += step + 1;
			step *= 2;
		}
		*high = Min(*high, *low + step);
		return;
	}
	*high = guess;
	while (*low + step < *high && compare(index, key, page, *high - step) <= 0)
	{
		*high -= step;
		step *= 2;
	}
	*low = Max(*low, *high - Min(*high, step));
}

/* false: it is null */
static inline bool
integer_at(Oid function, Page page, OffsetNumber offset, int64 *value)
{
	const char *bytes = value_at(page, offset);
	int32		four;

	if (bytes == NULL)
		return false;
	if (function == F_BTINT8CMP)
		memcpy(value, bytes, sizeof(int64));
	else
	{
		memcpy(&four, bytes, sizeof(int32));
		*value = four;
	}
	return true;
}

static inline int64
requested_integer(Oid function, BTScanInsert key)
{
	Datum		value = key->scankeys[0].sk_argument;

	return function == F_BTINT8CMP ? DatumGetInt64(value) : DatumGetInt32(value);
}

static inline bool
is_integer(Oid function)
{
	return function == F_BTINT8CMP || function == F_BTINT4CMP;
}

/* by which one column is compared, ascending; InvalidOid: there are more, or it is descending */
static inline Oid
plain_function(BTScanInsert key)
{
	return key->keysz == 1 && !(key->scankeys[0].sk_flags & SK_BT_DESC) ?
		key->scankeys[0].sk_func.fn_oid : InvalidOid;
}

/* of the first column of an entry; NULL: some column is null */
static inline const char *
value_at(Page page, OffsetNumber offset)
{
	IndexTuple	entry = (IndexTuple) PageGetItem(page, PageGetItemId(page, offset));

	return IndexTupleHasNulls(entry) ? NULL : (char *) entry + IndexInfoFindDataOffset(0);
}

/*
 * _bt_compare(), in line for one int, bigint, uuid or text, which most keys are.  No such value is cut
 * off; what comes behind it may be, and an entry is no less equal then.
 */
static inline int32
compare(Relation index, BTScanInsert key, Page page, OffsetNumber offset)
{
	Oid			function = plain_function(key);
	const char *value = DatumGetPointer(key->scankeys[0].sk_argument);
	int64		other;
	const char *bytes;

	if (is_integer(function) && integer_at(function, page, offset, &other))
		return (requested_integer(function, key) > other) - (requested_integer(function, key) < other);
	if (function == F_UUID_CMP && (bytes = value_at(page, offset)) != NULL)
		return memcmp(value, bytes, UUID_LEN);
	if (function == F_BTTEXTCMP && (bytes = value_at(page, offset)) != NULL &&
		key_text_is_plain(value) && key_text_is_plain(bytes))
		return varstr_cmp(VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value), VARDATA_ANY(bytes),
						  VARSIZE_ANY_EXHDR(bytes), key->scankeys[0].sk_collation);
	return _bt_compare(index, key, page, offset);
}

/* the first entry from "low" on that is behind the key: mostly near, or not on this page */
static OffsetNumber
first_beyond(Relation index, BTScanInsert to, Page page, OffsetNumber low)
{
	OffsetNumber high = OffsetNumberNext(PageGetMaxOffsetNumber(page));
	OffsetNumber step = 4;

	if (low < high && compare(index, to, page, OffsetNumberPrev(high)) >= 0)
		return high;
	while (low + step < high && compare(index, to, page, low + step) >= 0)
	{
		low += step + 1;
		step *= 2;
	}
	return bisect(index, to, page, low, Min(high, low + step), 0);
}

/* those from first to before end; false where the list had enough before them all */
static bool
add_entries(TidList *list, Relation index, Page page, OffsetNumber first, OffsetNumber end,
			bool skip_dead, uint64 enough)
{
	for (OffsetNumber offset = first; offset < end; offset = OffsetNumberNext(offset))
	{
		ItemId		item = PageGetItemId(page, offset);
		IndexTuple	entry = (IndexTuple) PageGetItem(page, item);
		/* rows of equal keys may share an entry */
		bool		posting = BTreeTupleIsPosting(entry);
		const ItemPointerData *tids = posting ? BTreeTupleGetPosting(entry) : &entry->t_tid;
		int			n = posting ? BTreeTupleGetNPosting(entry) : 1;

		if (entries_so_far(list) >= enough)
			return false;

		if (skip_dead && ItemIdIsDead(item))
			continue;
		if (list->counter)
			add_uncounted(list, index, entry, tids, n);
		else
			add_tids(list, tids, n, posting);
	}
	return true;
}

static uint64
entries_so_far(const TidList *list)
{
	return list->n + (list->counter ? list->counter->n + list->counter->passed : 0);
}

/*
 * The map is asked while the leaf is locked or pinned: VACUUM cannot take an entry away meanwhile, nor
 * give its row's TID to another row.
 */
static void
add_uncounted(TidList *list, Relation index, IndexTuple entry, const ItemPointerData *tids, int n)
{
	EntryCounter *counter = list->counter;
	int			counted = 0;
	bool		isnull;

	for (int i = 0; i < n; i++)
	{
		if (sees_all(counter, ItemPointerGetBlockNumber(&tids[i])))
			counted++;
		else
			add_tids(list, &tids[i], 1, n > 1);
	}
	if (counted > 0 && counter->wants != NULL && !counter->wants(counter->arg, index, entry))
	{
		counter->passed += counted;
		return;
	}
	counter->n += counted;
	if (counted > 0 && counter->count != NULL)
		counter->count(counter->arg, index_getattr(entry, 1, RelationGetDescr(index), &isnull),
					   counted);
}

static bool
sees_all(EntryCounter *counter, BlockNumber block)
{
	if (block != counter->block)
	{
		counter->block = block;
		counter->all_visible = VM_ALL_VISIBLE(counter->table, block, &counter->map);
	}
	return counter->all_visible;
}

static void
add_tids(TidList *list, const ItemPointerData *tids, int n, bool shared)
{
	if (list->n + n > list->max)
	{
		int			max = Max(list->n + n, Max(32, list->max * 2));
		Size		size = sizeof(ItemPointerData) * (Size) max;

		list->tids = list->tids ? repalloc_huge(list->tids, size) :
			MemoryContextAllocHuge(list->cxt, size);
		list->shared = list->shared ? repalloc_huge(list->shared, sizeof(bool) * (Size) max) :
			MemoryContextAllocHuge(list->cxt, sizeof(bool) * (Size) max);
		list->max = max;
	}
	memcpy(&list->tids[list->n], tids, sizeof(ItemPointerData) * n);
	memset(&list->shared[list->n], shared, n);
	list->n += n;
}
