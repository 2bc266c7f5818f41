/*-------------------------------------------------------------------------
 *
 * tid_cache.c
 *	  Where rows with a unique key were found last.
 *
 * Going down a btree costs several times what the row at its end costs, and a load
 * goes down once for every row that many parents share.  So a session remembers, for
 * each such key, which line pointer the index led to.
 *
 * Nothing here needs invalidation.  A TID is looked at only while its block is known
 * to be in a buffer (heap_reader.c), so neither a truncated nor a rewritten table can
 * mislead; on the page the version is chosen by the snapshot, as after an index scan; and
 * the caller compares the key.  A line pointer that serves another row by now fails that
 * comparison.  Of one key of a unique, immediate index that is older than it a snapshot
 * sees one row at most, so the row found is the row that the index would have found.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "base/compat.h"
#include "base/mechanism.h"
#include "reader/tid_cache.h"
#include "utils/memutils.h"

/* entries of a set, in order of last use: a line of the processor's cache */
#define WAYS 4
#define FIRST_SETS 128
/* 192 kB */
#define MAX_SETS 4096

typedef struct CachedTid
{
	uint32		hash;			/* of index and key */
	ItemPointerData tid;		/* offset 0: the entry is free */
} CachedTid;

static MemoryContext cache_cxt = NULL;
static CachedTid *entries = NULL;	/* nsets times WAYS */
static uint32 nsets = 0;
static uint32 evicted = 0;		/* since the table has this size */

static inline bool is_free(const CachedTid *entry);
static CachedTid *set_of(uint32 hash);
static void move_to_front(CachedTid *set, int way);
static void make_room(void);

/*
 * SERIALIZABLE needs the predicate locks of an index scan, on the page that a row with
 * this key would be in.
 */
bool
tid_cache_allowed(void)
{
	return mechanism_is_used(MECHANISM_PLACES) && !IsolationIsSerializable();
}

bool
tid_cache_find(uint32 hash, ItemPointer tid)
{
	CachedTid	   *set = set_of(hash);

	if (set == NULL)
		return false;
	for (int way = 0; way < WAYS && !is_free(&set[way]); way++)
		if (set[way].hash == hash)
		{
			*tid = set[way].tid;
			if (way > 0)
				move_to_front(set, way);
			return true;
		}
	return false;
}

void
tid_cache_remember(uint32 hash, ItemPointer tid)
{
	CachedTid	   *set;
	int			way = 0;

	if (entries == NULL || (evicted > nsets && nsets < MAX_SETS))
		make_room();
	set = set_of(hash);
	while (way < WAYS - 1 && !is_free(&set[way]) && set[way].hash != hash)
		way++;
	if (!is_free(&set[way]) && set[way].hash != hash)
		evicted++;
	set[way].hash = hash;
	set[way].tid = *tid;
	move_to_front(set, way);
}

static inline bool
is_free(const CachedTid *entry)
{
	return ItemPointerGetOffsetNumberNoCheck(&entry->tid) == InvalidOffsetNumber;
}

static CachedTid *
set_of(uint32 hash)
{
	return entries ? &entries[(hash & (nsets - 1)) * WAYS] : NULL;
}

static void
move_to_front(CachedTid *set, int way)
{
	CachedTid		used = set[way];

	memmove(&set[1], &set[0], sizeof(CachedTid) * way);
	set[0] = used;
}

/* the first table, or one of twice the size */
static void
make_room(void)
{
	CachedTid	   *old = entries;
	uint32		old_places = nsets * WAYS;

	if (cache_cxt == NULL)
		cache_cxt = AllocSetContextCreate(CacheMemoryContext, "pg_associations places of rows",
										  ALLOCSET_SMALL_SIZES);
	entries = MemoryContextAllocZero(cache_cxt, sizeof(CachedTid) * WAYS *
									(old ? nsets * 2 : FIRST_SETS));
	nsets = old ? nsets * 2 : FIRST_SETS;
	evicted = 0;
	/* the least recently used of a set first, so that the order within sets stays */
	for (uint32 i = old_places; i-- > 0;)
		if (!is_free(&old[i]))
			tid_cache_remember(old[i].hash, &old[i].tid);
	if (old)
		pfree(old);
}
