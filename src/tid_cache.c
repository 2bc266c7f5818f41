/*-------------------------------------------------------------------------
 *
 * tid_cache.c
 *	  Where rows with a unique key were found last.
 *
 * Going down a btree costs several times what the row at its end costs, and a load
 * goes down once for every row that many parents share.  So a session remembers, for
 * each such key, which line pointer the index led to and which buffer held it.
 *
 * Nothing here needs invalidation.  A place is looked at only while its block is still
 * in the remembered buffer (ReadRecentBuffer compares the tag: relation file, fork and
 * block), so neither a truncated nor a rewritten table can mislead; on the page the
 * version is chosen by the snapshot, as after an index scan; and the caller compares the
 * key.  A line pointer that serves another row by now fails that comparison.  Of one
 * key of a unique, immediate index a snapshot sees one row at most, so the row found is
 * the row that the index would have found.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/xact.h"
#include "compat.h"
#include "storage/bufmgr.h"
#include "tid_cache.h"
#include "utils/memutils.h"
#include "utils/rel.h"

/* entries of a set, in order of last use: a line of the processor's cache */
#define WAYS 4
#define FIRST_SETS 128
/* 256 kB */
#define MAX_SETS 4096

/*
 * A page that is found without the buffer table does not count as used, and pages
 * nobody uses are evicted.  So now and then the index is asked all the same.
 */
#define ASK_INDEX_EVERY 16

typedef struct Place
{
	uint32		hash;			/* of index and key */
	BlockNumber block;
	Buffer		buffer;			/* InvalidBuffer: the entry is free */
	OffsetNumber offset;
} Place;

static MemoryContext cache_cxt = NULL;
static Place *places = NULL;	/* nsets times WAYS */
static uint32 nsets = 0;
static uint32 evicted = 0;		/* since the table has this size */
static uint32 fetches = 0;

static bool fetch_version(const Place *place, Relation table, Snapshot snapshot, TupleTableSlot *slot);
static Place *set_of(uint32 hash);
static void move_to_front(Place *set, int way);
static void make_room(void);

/*
 * SERIALIZABLE needs the predicate locks of an index scan, on the page that a row with
 * this key would be in.
 */
bool
tid_cache_allowed(void)
{
	return !IsolationIsSerializable();
}

bool
tid_cache_fetch(uint32 hash, Relation table, Snapshot snapshot, TupleTableSlot *slot)
{
	Place	   *set = set_of(hash);

	if (set == NULL || ++fetches % ASK_INDEX_EVERY == 0)
		return false;
	for (int way = 0; way < WAYS && BufferIsValid(set[way].buffer); way++)
		if (set[way].hash == hash)
		{
			bool		found = fetch_version(&set[way], table, snapshot, slot);

			if (found)
				move_to_front(set, way);
			return found;
		}
	return false;
}

static bool
fetch_version(const Place *place, Relation table, Snapshot snapshot, TupleTableSlot *slot)
{
	HeapTuple	tuple = &((BufferHeapTupleTableSlot *) slot)->base.tupdata;
	ItemPointerData tid;
	bool		found;

	ExecClearTuple(slot);
	if (!assoc_read_recent_buffer(table, place->block, place->buffer))
		return false;
	ItemPointerSet(&tid, place->block, place->offset);
	LockBuffer(place->buffer, BUFFER_LOCK_SHARE);
	found = heap_hot_search_buffer(&tid, table, place->buffer, snapshot, tuple, NULL, true);
	LockBuffer(place->buffer, BUFFER_LOCK_UNLOCK);
	if (found)
		ExecStorePinnedBufferHeapTuple(tuple, slot, place->buffer);
	else
		ReleaseBuffer(place->buffer);
	return found;
}

void
tid_cache_remember(uint32 hash, ItemPointer root, Buffer buffer)
{
	Place	   *set;
	int			way = 0;

	if (places == NULL || (evicted > nsets && nsets < MAX_SETS))
		make_room();
	set = set_of(hash);
	while (way < WAYS - 1 && BufferIsValid(set[way].buffer) && set[way].hash != hash)
		way++;
	if (BufferIsValid(set[way].buffer) && set[way].hash != hash)
		evicted++;
	set[way].hash = hash;
	set[way].block = ItemPointerGetBlockNumber(root);
	set[way].offset = ItemPointerGetOffsetNumber(root);
	set[way].buffer = buffer;
	move_to_front(set, way);
}

static Place *
set_of(uint32 hash)
{
	return places ? &places[(hash & (nsets - 1)) * WAYS] : NULL;
}

static void
move_to_front(Place *set, int way)
{
	Place		used = set[way];

	memmove(&set[1], &set[0], sizeof(Place) * way);
	set[0] = used;
}

/* the first table, or one of twice the size: hints are cheap to find again */
static void
make_room(void)
{
	uint32		wanted = places ? nsets * 2 : FIRST_SETS;
	Place	   *larger;

	if (cache_cxt == NULL)
		cache_cxt = AllocSetContextCreate(CacheMemoryContext, "pg_associations places of rows",
										  ALLOCSET_SMALL_SIZES);
	larger = MemoryContextAllocZero(cache_cxt, sizeof(Place) * WAYS * wanted);
	if (places)
		pfree(places);
	places = larger;
	nsets = wanted;
	evicted = 0;
}
