/*-------------------------------------------------------------------------
 *
 * buffer_hint.h
 *	  In which buffer a session has met a page.
 *
 * In the shared buffer table a look-up costs several misses of the processor's
 * cache, more than the row.  So a session remembers where it has met a page.  That
 * is a hint: ReadRecentBuffer() takes the buffer only while its tag, of relation
 * file, fork and block, is the one requested.  Neither a page that was evicted nor a
 * truncated or rewritten table can mislead, and nothing needs invalidation.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_BUFFER_HINT_H
#define ASSOC_BUFFER_HINT_H

#include "storage/block.h"
#include "storage/buf.h"
#include "storage/itemptr.h"
#include "utils/relcache.h"

/* the page of a block that exists, pinned and not locked */
extern Buffer buffer_hint_read(Relation relation, BlockNumber block);
/* the same where there is a hint that is right, else InvalidBuffer: the block need not exist */
extern Buffer buffer_hint_try(Relation relation, BlockNumber block);
/*
 * Have the processor bring the rows at these TIDs, and what leads to them, as far as hints tell.
 * So many at a time: more would be pushed out again before they are read.
 */
#define BUFFER_HINT_AHEAD 16
extern void buffer_hint_prefetch(Relation relation, const ItemPointerData *tids, int n);

#endif							/* ASSOC_BUFFER_HINT_H */
