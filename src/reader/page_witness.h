/*-------------------------------------------------------------------------
 *
 * page_witness.h
 *	  The pages that a load has read, as proof that it would read the same again.
 *
 * Whoever changes a page of a logged table or index writes WAL about it, and the page
 * then carries the position of that record.  So as long as every page carries the
 * position that it had when it was read, nothing on them has changed.
 *
 * That the same rows are visible to any snapshot takes more: only pages count all of
 * whose rows are visible to everybody, and of an index all pages on which an entry of
 * the key could stand, read or yet to come.  Where a reader cannot say so it breaks the
 * witness, and the load proves nothing.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_PAGE_WITNESS_H
#define ASSOC_PAGE_WITNESS_H

#include "access/xlogdefs.h"
#include "base/compat.h"
#include "storage/block.h"
#include "storage/buf.h"
#include "utils/relcache.h"

/* a load of more pages proves nothing: looking at them again would not be much cheaper */
#define MAX_WITNESSED_PAGES 64

typedef struct WitnessedPage
{
	AssocRelationFile file;
	BlockNumber block;
	Buffer		buffer;			/* where it was met: a hint */
	XLogRecPtr	lsn;
} WitnessedPage;

typedef struct PageWitness
{
	bool		broken;
	int			n;
	WitnessedPage pages[MAX_WITNESSED_PAGES];
} PageWitness;

extern void page_witness_begin(PageWitness *witness);
/* nothing is proved any more; NULL: nobody wants a proof */
extern void page_witness_break(PageWitness *witness);
/* a page of the relation, pinned and locked; NULL: nobody wants a proof */
extern void page_witness_add(PageWitness *witness, Relation relation, Buffer buffer);

/* are the pages as they were?  False also where one is not in the buffer where it was met */
extern bool page_witness_holds(const WitnessedPage *pages, int n);

#endif							/* ASSOC_PAGE_WITNESS_H */
