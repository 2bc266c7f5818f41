/*-------------------------------------------------------------------------
 *
 * page_witness.c
 *	  The pages that a load has read, as proof that it would read the same again.
 *
 * Why no lock is needed to look at a page's position: a change that our snapshot may
 * see was committed before the snapshot was taken, and the position was set before
 * that.  A change that is being made right now it must not see.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "reader/page_witness.h"
#include "storage/bufmgr.h"
#include "utils/rel.h"

void
page_witness_begin(PageWitness *witness)
{
	witness->broken = false;
	witness->n = 0;
}

void
page_witness_break(PageWitness *witness)
{
	if (witness != NULL)
		witness->broken = true;
}

void
page_witness_add(PageWitness *witness, Relation relation, Buffer buffer)
{
	WitnessedPage *page;

	if (witness == NULL || witness->broken)
		return;
	/* what is not logged leaves no trace on its page */
	if (witness->n == MAX_WITNESSED_PAGES || !RelationNeedsWAL(relation))
	{
		witness->broken = true;
		return;
	}
	page = &witness->pages[witness->n++];
	page->file = assoc_relation_file(relation);
	page->block = BufferGetBlockNumber(buffer);
	page->buffer = buffer;
	page->lsn = BufferGetLSNAtomic(buffer);
}

bool
page_witness_holds(const WitnessedPage *pages, int n)
{
	for (int i = 0; i < n; i++)
	{
		bool		same;

		if (!ReadRecentBuffer(pages[i].file, MAIN_FORKNUM, pages[i].block, pages[i].buffer))
			return false;
		same = BufferGetLSNAtomic(pages[i].buffer) == pages[i].lsn;
		ReleaseBuffer(pages[i].buffer);
		if (!same)
			return false;
	}
	return true;
}
