/*-------------------------------------------------------------------------
 *
 * tid_cache.h
 *	  Where rows with a unique key were found last.
 *
 * A hint, never an answer: who goes to such a TID takes what its snapshot sees
 * there, compares the key with the one requested, and asks the index where they differ
 * or there is nothing.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_TID_CACHE_H
#define ASSOC_TID_CACHE_H

#include "storage/itemptr.h"

/* may the current transaction use it? */
extern bool tid_cache_allowed(void);

/* the TID at which a key with this hash was found last; false: it is not known */
extern bool tid_cache_find(uint32 hash, ItemPointer tid);

/* remembers the TID that the index gave, not that of a version behind it */
extern void tid_cache_remember(uint32 hash, ItemPointer tid);

#endif							/* ASSOC_TID_CACHE_H */
