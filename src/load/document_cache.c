/*-------------------------------------------------------------------------
 *
 * document_cache.c
 *	  Documents of single keys that were loaded before, while nothing has changed.
 *
 * A session that is asked for the same row again and again builds the same document
 * each time.  Here it is kept, with the pages that it was read from (page_witness.h), and
 * handed out while all of them are unchanged.  Rights, settings and locks are asked of
 * every call as if it were loaded (probe_plan.c, load_cache.c).
 *
 * Decides which loads can be proved so at all, which documents are worth keeping, and
 * how many.  Nothing is invalidated: what does not hold any more is found out when it is
 * asked for, and what belongs to a plan goes with it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "common/hashfn.h"
#include "base/compat.h"
#include "load/document_cache.h"
#include "lib/ilist.h"
#include "miscadmin.h"
#include "pgtime.h"
#include "plan/probe_plan.h"
#include "base/settings.h"
#include "reader/snapshot_identity.h"
#include "utils/float.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#define BUCKETS 1024

/* documents that were asked for once, by hash of plan and key: most are not asked for twice */
#define ASKED_ONCE 2048

/*
 * So often a document is handed out before it is loaded anew: then its pages count as
 * used for the buffer pool, and its tables and indexes for the statistics.
 */
#define MAX_USES 64

typedef struct KeptDocument
{
	struct KeptDocument *next;	/* in the bucket */
	dlist_node	lru;			/* most recently used first */
	dlist_node	of_plan;		/* in plan->documents */
	LoadPlan   *plan;
	Datum		key;
	uint32		hash;
	int			uses;
	uint64		proved;			/* number of what the snapshot of the last proof saw; 0: none yet */
	Size		size;			/* of all of this */
	pg_tz	   *zone;			/* the settings that values are written by */
	int			float_digits;
	int			npages;
	WitnessedPage pages[FLEXIBLE_ARRAY_MEMBER]; /* followed by the document */
} KeptDocument;

static MemoryContext documents_cxt = NULL;
static KeptDocument **buckets;
static uint32 *asked_once;
static dlist_head documents_lru = DLIST_STATIC_INIT(documents_lru);
static Size total_size = 0;
static PageWitness the_witness;

static bool is_usable(LoadPlan *plan);
static uint32 hash_of(const LoadPlan *plan, Datum key);
static KeptDocument **place_of(const LoadPlan *plan, Datum key, uint32 hash);
static bool holds(KeptDocument *kept);
static struct varlena *document_of(KeptDocument *kept);
static void cache_init(void);
static void make_room(Size size);
static void forget(KeptDocument *kept);

/* ---- finding ---- */

bool
document_cache_find(LoadPlan *plan, const Datum *key, Datum *document)
{
	KeptDocument *kept;
	struct varlena *copy;

	if (dlist_is_empty(&plan->documents))
		return false;
	kept = *place_of(plan, key[0], hash_of(plan, key[0]));
	if (kept == NULL || !is_usable(plan))
		return false;
	if (++kept->uses > MAX_USES || !holds(kept))
	{
		forget(kept);
		return false;
	}
	dlist_move_head(&documents_lru, &kept->lru);
	copy = palloc(VARSIZE(document_of(kept)));
	memcpy(copy, document_of(kept), VARSIZE(document_of(kept)));
	*document = PointerGetDatum(copy);
	return true;
}

/* what the caller may read, and how, is as it was when the document was loaded */
static bool
is_usable(LoadPlan *plan)
{
	if (assoc_document_cache == 0 || IsolationIsSerializable())
		return false;
	for (int i = 0; i < plan->nnodes; i++)
		if (probe_refused_now(plan->nodes[i]) != NULL)
			return false;
	return true;
}

/* what was proved once holds for all snapshots that see the same */
static bool
holds(KeptDocument *kept)
{
	uint64		seen;

	if (kept->zone != session_timezone || kept->float_digits != extra_float_digits)
		return false;
	seen = snapshot_identity(GetActiveSnapshot());
	if (kept->proved != seen && !page_witness_holds(kept->pages, kept->npages))
		return false;
	kept->proved = seen;
	return true;
}

static uint32
hash_of(const LoadPlan *plan, Datum key)
{
	return hash_combine(murmurhash32((uint32) (uintptr_t) plan), key_hash_plain(key));
}

/* the link that leads to the document, or to nothing where it would be */
static KeptDocument **
place_of(const LoadPlan *plan, Datum key, uint32 hash)
{
	KeptDocument **place = &buckets[hash % BUCKETS];

	while (*place != NULL && ((*place)->plan != plan || (*place)->key != key))
		place = &(*place)->next;
	return place;
}

static struct varlena *
document_of(KeptDocument *kept)
{
	return (struct varlena *) &kept->pages[kept->npages];
}

/* ---- keeping ---- */

PageWitness *
document_cache_witness(LoadPlan *plan, const Datum *key)
{
	uint32		hash;

	/* what refuses a probe now, or forbids to trust pages, breaks the witness by itself */
	if (assoc_document_cache == 0 || !plan->provable)
		return NULL;
	cache_init();
	hash = hash_of(plan, key[0]);
	if (asked_once[hash % ASKED_ONCE] != hash)
	{
		asked_once[hash % ASKED_ONCE] = hash;
		return NULL;
	}
	page_witness_begin(&the_witness);
	return &the_witness;
}

/* one integer key, and rows found by their keys alone, all of them, whose values say all */
bool
document_cache_can_prove(const LoadPlan *plan)
{
	if (plan->nodes[0]->nref != 1 || !plan->nodes[0]->ref_keys[0].plain || plan->ntrees > 0 ||
		plan->has_named_params)
		return false;
	for (int i = 0; i < plan->nnodes; i++)
	{
		const LoadNode *node = plan->nodes[i];

		if (node->probe == NULL || node->probe->ordered || node->limited || node->page ||
			!json_is_written_alike(&node->row) || !json_is_written_alike(&node->link))
			return false;
	}
	return true;
}

void
document_cache_keep(LoadPlan *plan, const Datum *key, const PageWitness *witness,
					Datum document)
{
	struct varlena *given = (struct varlena *) DatumGetPointer(document);
	Size		pages = offsetof(KeptDocument, pages) + sizeof(WitnessedPage) * witness->n;
	Size		size = pages + VARSIZE(given);
	uint32		hash = hash_of(plan, key[0]);
	KeptDocument *kept;
	KeptDocument **place;

	if (witness->broken || !plan->cached || size > (Size) assoc_document_cache * 1024 / 8)
		return;
	place = place_of(plan, key[0], hash);
	if (*place != NULL)
		forget(*place);
	make_room(size);
	kept = MemoryContextAlloc(documents_cxt, size);
	kept->plan = plan;
	kept->key = key[0];
	kept->hash = hash;
	kept->uses = 0;
	kept->proved = 0;
	kept->size = size;
	kept->zone = session_timezone;
	kept->float_digits = extra_float_digits;
	kept->npages = witness->n;
	memcpy(kept->pages, witness->pages, sizeof(WitnessedPage) * witness->n);
	memcpy(document_of(kept), given, VARSIZE(given));
	kept->next = buckets[hash % BUCKETS];
	buckets[hash % BUCKETS] = kept;
	dlist_push_head(&documents_lru, &kept->lru);
	dlist_push_head(&plan->documents, &kept->of_plan);
	total_size += size;
}

static void
cache_init(void)
{
	if (asked_once != NULL)
		return;
	if (documents_cxt == NULL)
		documents_cxt = AllocSetContextCreate(CacheMemoryContext, "pg_associations documents",
											  ALLOCSET_DEFAULT_SIZES);
	if (buckets == NULL)
		buckets = MemoryContextAllocZero(documents_cxt, sizeof(KeptDocument *) * BUCKETS);
	asked_once = MemoryContextAllocZero(documents_cxt, sizeof(uint32) * ASKED_ONCE);
}

/* by forgetting those that were not used for longest */
static void
make_room(Size size)
{
	while (!dlist_is_empty(&documents_lru) &&
		   total_size + size > (Size) assoc_document_cache * 1024)
		forget(dlist_container(KeptDocument, lru, dlist_tail_node(&documents_lru)));
}

/* ---- forgetting ---- */

static void
forget(KeptDocument *kept)
{
	KeptDocument **place = place_of(kept->plan, kept->key, kept->hash);

	*place = kept->next;
	dlist_delete(&kept->lru);
	dlist_delete(&kept->of_plan);
	total_size -= kept->size;
	pfree(kept);
}

void
document_cache_forget(LoadPlan *plan)
{
	dlist_mutable_iter iter;

	dlist_foreach_modify(iter, &plan->documents)
		forget(dlist_container(KeptDocument, of_plan, iter.cur));
}
