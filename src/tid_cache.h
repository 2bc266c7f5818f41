/*-------------------------------------------------------------------------
 *
 * tid_cache.h
 *	  Where rows with a unique key were found last.
 *
 * A hint, never an answer: what is fetched is the version that the snapshot sees
 * at that place, or nothing.  The caller compares its key with the one wanted, and
 * asks the index where they differ or nothing came.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_TID_CACHE_H
#define ASSOC_TID_CACHE_H

#include "executor/tuptable.h"
#include "storage/buf.h"
#include "storage/itemptr.h"
#include "utils/relcache.h"
#include "utils/snapshot.h"

/* may the current transaction use it? */
extern bool tid_cache_allowed(void);

/*
 * Fetches what the snapshot sees where a key with this hash was found last.  "slot" is
 * one of a heap table's.  False: no place known, or nothing there any more.
 */
extern bool tid_cache_fetch(uint32 hash, Relation table, Snapshot snapshot, TupleTableSlot *slot);

/* remembers the place that the index gave (not that of a version behind it) and the
 * buffer that the page was in */
extern void tid_cache_remember(uint32 hash, ItemPointer root, Buffer buffer);

#endif							/* ASSOC_TID_CACHE_H */
