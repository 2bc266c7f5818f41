/*-------------------------------------------------------------------------
 *
 * buffer_hint.c
 *	  In which buffer a session has met a page.
 *
 * Decides how many pages are remembered, and how the buffer pool learns that they are
 * in use.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "base/mechanism.h"
#include "reader/buffer_hint.h"
#include "storage/buf_internals.h"
#include "storage/bufmgr.h"
#include "storage/bufpage.h"
#include "utils/rel.h"

/* where a page was met */
typedef struct BufferHint
{
	Oid			relation;
	BlockNumber block;
	Buffer		buffer;			/* InvalidBuffer: the entry is free */
} BufferHint;

/* by relation and block: sets, each in order of last use; 48 kB */
#define SETS 1024
#define WAYS 4
static BufferHint hints[SETS][WAYS];

/*
 * A page that is found without the buffer table does not count as used.  Each time that the
 * buffer pool looks for a page to evict and comes by, it takes one off a page's count, and
 * evicts the page at none.  So one that has less than this is looked up all the same.
 */
#define ENOUGH_USED 2

static Buffer look_up(Relation relation, BlockNumber block);
static BufferHint *hint_of(Oid relation, BlockNumber block);
static inline BufferHint *set_of(Oid relation, BlockNumber block);
static inline bool counts_as_used(Buffer buffer);
static inline Buffer known_buffer(Relation relation, BlockNumber block);
static void move_to_front(BufferHint *set, int way);

Buffer
buffer_hint_read(Relation relation, BlockNumber block)
{
	Buffer		buffer = buffer_hint_try(relation, block);

	return BufferIsValid(buffer) ? buffer : look_up(relation, block);
}

static Buffer
look_up(Relation relation, BlockNumber block)
{
	Buffer		buffer = ReadBuffer(relation, block);

	hint_of(RelationGetRelid(relation), block)->buffer = buffer;
	return buffer;
}

Buffer
buffer_hint_try(Relation relation, BlockNumber block)
{
	Buffer		buffer = hint_of(RelationGetRelid(relation), block)->buffer;

	if (buffer > 0)
		assoc_prefetch(BufferGetBlock(buffer));
	/* buffers of temporary tables are found fast, and ReadRecentBuffer() has had bugs with them */
	if (!mechanism_is_used(MECHANISM_BUFFER_HINTS) ||
		!BufferIsValid(buffer) || RelationUsesLocalBuffers(relation) ||
		!ReadRecentBuffer(assoc_relation_file(relation), MAIN_FORKNUM, block, buffer))
		return InvalidBuffer;
	if (counts_as_used(buffer))
		return buffer;
	/* there is such a block, and under our lock of the table no one takes it away */
	ReleaseBuffer(buffer);
	return ReadBuffer(relation, block);
}

static inline bool
counts_as_used(Buffer buffer)
{
	BufferDesc *desc = GetBufferDescriptor(buffer - 1);

	return BUF_STATE_GET_USAGECOUNT(assoc_buffer_state(desc)) >= ENOUGH_USED;
}

/*
 * First what leads to the rows, of all of them, then the rows: what was asked for first has
 * come by then.  The pages are not pinned, so what is read there may be anything; but it
 * is only where to prefetch from.  (Valgrind, told of pins, would not see that.)
 */
void
buffer_hint_prefetch(Relation relation, const ItemPointerData *tids, int n)
{
	char	   *items[BUFFER_HINT_AHEAD];
	char	   *pages[BUFFER_HINT_AHEAD];
	int			known = 0;

	if (!mechanism_is_used(MECHANISM_PREFETCH))
		return;
	for (int i = 0; i < n && known < BUFFER_HINT_AHEAD; i++)
	{
		Buffer		buffer = known_buffer(relation, ItemPointerGetBlockNumber(&tids[i]));

		if (buffer <= 0)
			continue;
		pages[known] = BufferGetBlock(buffer);
		items[known] = pages[known] + SizeOfPageHeaderData +
			(ItemPointerGetOffsetNumber(&tids[i]) - 1) * sizeof(ItemIdData);
		assoc_prefetch(GetBufferDescriptor(buffer - 1));
		assoc_prefetch(pages[known]);
		assoc_prefetch(items[known++]);
	}
#ifndef USE_VALGRIND
	for (int i = 0; i < known; i++)
	{
		ItemIdData	item;

		memcpy(&item, items[i], sizeof(item));
		assoc_prefetch(pages[i] + item.lp_off);
		assoc_prefetch(pages[i] + item.lp_off + PG_CACHE_LINE_SIZE / 2);
	}
#endif
}

static inline Buffer
known_buffer(Relation relation, BlockNumber block)
{
	Oid			relid = RelationGetRelid(relation);
	BufferHint *set = set_of(relid, block);

	for (int way = 0; way < WAYS; way++)
		if (set[way].block == block && set[way].relation == relid)
			return set[way].buffer;
	return InvalidBuffer;
}

/* the entry of a block, at the front of its set; a new one without a buffer if there was none */
static BufferHint *
hint_of(Oid relation, BlockNumber block)
{
	BufferHint *set = set_of(relation, block);
	int			way = 0;

	while (way < WAYS - 1 && (set[way].block != block || set[way].relation != relation))
		way++;
	if (set[way].block != block || set[way].relation != relation)
	{
		set[way].relation = relation;
		set[way].block = block;
		set[way].buffer = InvalidBuffer;
	}
	if (way > 0)
		move_to_front(set, way);
	return &set[0];
}

/* neighbours are in neighbouring sets: so a table that has as many pages as there are fills all alike */
static inline BufferHint *
set_of(Oid relation, BlockNumber block)
{
	uint32		start = relation * 0x9e3779b1;

	return hints[((start >> 16) + block) % SETS];
}

static void
move_to_front(BufferHint *set, int way)
{
	BufferHint	used = set[way];

	memmove(&set[1], &set[0], sizeof(BufferHint) * way);
	set[0] = used;
}
