/*-------------------------------------------------------------------------
 *
 * load_cache.c
 *	  Compiled load plans, kept per session.
 *
 * A plan is found by what was asked (model, association, options as written) and
 * the role that asks, and lives until something that it was compiled from changes or it is
 * the one not used for longest of too many, or of too much memory.  What is large
 * is not kept at all: it holds values of one call, and would drive out all others.  Plans in use are never freed: a run pins its
 * plan to the memory context it works in.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "base/document.h"
#include "base/plan_size.h"
#include "base/rights.h"
#include "base/settings.h"
#include "common/hashfn.h"
#include "lib/ilist.h"
#include "load/load_constants.h"
#include "miscadmin.h"
#include "plan/load_plan.h"
#include "run/load_run.h"
#include "storage/lmgr.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"

typedef struct CacheKey
{
	Oid			model;
	Oid			role;
	int			bigint;			/* the setting */
	bool		constants_vary;	/* the plan takes values of conditions as parameters */
	uint64		shape;			/* hash of everything else; checked in full on a hit */
} CacheKey;

/* a document without a plan of its own: when it comes with other values, they are to be parameters */
typedef struct SeenShape
{
	CacheKey	key;
	uint64		document;
} SeenShape;

#define MAX_SEEN 256

typedef struct CacheEntry
{
	CacheKey	key;
	LoadPlan   *plan;
	LoadRequest request;		/* its alias and options copied into the plan's context */
	dlist_node	lru;			/* most recently used first */
} CacheEntry;

/* keeps a plan readable while a memory context lives */
typedef struct PlanPin
{
	MemoryContextCallback callback;
	LoadPlan   *plan;
} PlanPin;

static HTAB *plans = NULL;
static MemoryContext plans_cxt = NULL;
static dlist_head plans_lru = DLIST_STATIC_INIT(plans_lru);
static Size plans_size = 0;		/* of those in the cache */
static uint64 plans_generation = 0;
static SeenShape seen[MAX_SEEN];

static void require_rights(LoadPlan *plan);
static void report_missing(const LoadPlan *plan, Oid relation);
static void cache_init(void);
static void drop_outdated(void);
static CacheKey cache_key(const LoadRequest *request);
static LoadPlan *plan_of_shape(const LoadRequest *request);
static bool was_seen(const LoadRequest *shape);
static LoadPlan *find_plan(const LoadRequest *request);
static CacheEntry *find_entry(const LoadRequest *request);
static bool same_request(const LoadRequest *a, const LoadRequest *b);
static LoadPlan *add_plan(const LoadRequest *request);
static void make_room(Size size);
static void remove_entry(CacheEntry *entry);
static void free_plan(LoadPlan *plan);
static Size load_plan_size(const LoadPlan *plan);
static void weigh_again(LoadPlan *plan);
static CacheEntry *entry_of(const LoadPlan *plan);
static void pin_plan(LoadPlan *plan);
static void unpin_plan(void *arg);

LoadPlan *
load_plan_get(const LoadRequest *request)
{
	cache_init();
	drop_outdated();
	for (int tries = 1;; tries++)
	{
		LoadPlan   *plan = find_plan(request);

		if (plan == NULL)
			plan = plan_of_shape(request);
		if (plan == NULL)
			plan = add_plan(request);
		pin_plan(plan);
		/* locking lets in what others changed; only then is the comparison worth something */
		load_plan_lock(plan);
		if (load_plan_stands(plan) || registry_tried(tries))
			return plan;
		CHECK_FOR_INTERRUPTS();
	}
}

void
load_plan_lock(LoadPlan *plan)
{
	if (!registry_rights_hold(&plan->rights))
		require_rights(plan);
	if (held_locks_stand(&plan->locked))
		return;
	for (int i = 0; i < plan->nrelations; i++)
		LockRelationOid(plan->relations[i], AccessShareLock);
	held_locks_note(&plan->locked);
}

static void
require_rights(LoadPlan *plan)
{
	RightsStamp now = registry_rights_now();

	for (int i = 0; i < plan->nrelations; i++)
		if (!rights_have(plan->relations[i], ACL_SELECT))
			report_missing(plan, plan->relations[i]);
	plan->rights = now;
}

/* where several are missing, the outer one first, as plain SQL reports them */
static void
report_missing(const LoadPlan *plan, Oid relation)
{
	for (int i = 0; i < plan->nnodes; i++)
	{
		rights_require(plan->nodes[i]->target, ACL_SELECT);
		if (OidIsValid(plan->nodes[i]->through))
			rights_require(plan->nodes[i]->through, ACL_SELECT);
	}
	rights_require(relation, ACL_SELECT);
}

static void
cache_init(void)
{
	HASHCTL		ctl = {0};

	if (plans != NULL)
		return;
	if (plans_cxt == NULL)
		plans_cxt = AllocSetContextCreate(CacheMemoryContext, "pg_associations plans",
										  ALLOCSET_DEFAULT_SIZES);
	ctl.keysize = sizeof(CacheKey);
	ctl.entrysize = sizeof(CacheEntry);
	ctl.hcxt = plans_cxt;
	plans = hash_create("pg_associations plans", 64, &ctl, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

/* some of them would not be asked for again, and DISCARD PLANS has to free their memory */
static void
drop_outdated(void)
{
	dlist_mutable_iter iter;
	uint64		generation = registry_generation();

	if (plans_generation == generation)
		return;
	plans_generation = generation;
	dlist_foreach_modify(iter, &plans_lru)
	{
		CacheEntry *entry = dlist_container(CacheEntry, lru, iter.cur);

		if (!load_plan_stands(entry->plan))
			remove_entry(entry);
	}
}

static CacheKey
cache_key(const LoadRequest *request)
{
	CacheKey	key;
	uint64		seed = request->kind | request->format << 4 | request->single << 8 |
		request->page << 9 | request->listed << 10 | request->linked << 15 | (uint64) request->aggregate << 11 |
		(uint64) request->lock << 16 | (uint64) request->wait << 20;

	memset(&key, 0, sizeof(key));
	key.model = request->model;
	key.role = GetUserId();
	key.bigint = assoc_bigint;
	key.constants_vary = request->constants_vary;
	if (request->alias)
		seed = hash_bytes_extended((const unsigned char *) request->alias,
								   strlen(request->alias), seed);
	if (request->constants_vary)
		seed = hash_combine64(seed, load_constants_hash(request->options));
	else if (request->options)
		seed = hash_bytes_extended((const unsigned char *) request->options,
								   VARSIZE(request->options), seed + 1);
	if (request->allow)
		seed = hash_bytes_extended((const unsigned char *) request->allow,
								   VARSIZE(request->allow), seed + 2);
	key.shape = seed;
	return key;
}

/*
 * The plan for documents that are alike but for values: NULL where none was asked for twice, or
 * this one differs in more.  A value that is new costs its conversion, not a compilation.
 */
static LoadPlan *
plan_of_shape(const LoadRequest *request)
{
	LoadRequest shape = *request;
	LoadPlan   *plan;

	if (request->options == NULL)
		return NULL;
	shape.constants_vary = true;
	plan = find_plan(&shape);
	if (plan == NULL && was_seen(&shape))
		plan = add_plan(&shape);
	if (plan == NULL || load_constants_give(plan, request->options))
		return plan;
	if (!plan->cached && plan->refcount == 0)
		free_plan(plan);
	return NULL;
}

/* with other values; else it is from now on */
static bool
was_seen(const LoadRequest *shape)
{
	CacheKey	key = cache_key(shape);
	uint64		document = hash_bytes_extended((const unsigned char *) shape->options,
											   VARSIZE(shape->options), 0);
	SeenShape  *slot = &seen[key.shape % MAX_SEEN];
	bool		found = memcmp(&slot->key, &key, sizeof(key)) == 0 && slot->document != document;

	slot->key = key;
	slot->document = document;
	return found;
}

/* a plan that still holds; one that does not is dropped on the way */
static LoadPlan *
find_plan(const LoadRequest *request)
{
	CacheEntry *entry = find_entry(request);

	if (entry == NULL)
		return NULL;
	if (!load_plan_is_current(entry->plan) || !proofs_hold(&entry->plan->proofs))
	{
		remove_entry(entry);
		return NULL;
	}
	dlist_move_head(&plans_lru, &entry->lru);
	return entry->plan;
}

static CacheEntry *
find_entry(const LoadRequest *request)
{
	CacheKey	key = cache_key(request);
	CacheEntry *entry = hash_search(plans, &key, HASH_FIND, NULL);

	if (entry == NULL || same_request(&entry->request, request))
		return entry;
	/* another request of the same hash gives way */
	remove_entry(entry);
	return NULL;
}

static bool
same_request(const LoadRequest *a, const LoadRequest *b)
{
	if (a->kind != b->kind || a->format != b->format || a->single != b->single ||
		a->page != b->page || a->listed != b->listed || a->aggregate != b->aggregate ||
		a->linked != b->linked || a->lock != b->lock || a->wait != b->wait)
		return false;
	if ((a->alias == NULL) != (b->alias == NULL) || (a->alias && strcmp(a->alias, b->alias) != 0))
		return false;
	return doc_same(a->allow, b->allow) &&
		(a->constants_vary ? (a->options == NULL) == (b->options == NULL) : doc_same(a->options, b->options));
}

static LoadPlan *
add_plan(const LoadRequest *request)
{
	CacheKey	key = cache_key(request);
	LoadPlan   *plan = load_plan_compile(request, plans_cxt);
	LoadRequest kept = *request;
	CacheEntry *entry;
	bool		found;

	if (request->alias)
		kept.alias = MemoryContextStrdup(plan->cxt, request->alias);
	kept.options = doc_copy(request->options, plan->cxt);
	kept.allow = doc_copy(request->allow, plan->cxt);
	plan->size = load_plan_size(plan);
	if (plan_is_large(plan->size))
		return plan;
	make_room(plan->size);
	/* compiling may have run other loads: the place may be taken */
	entry = hash_search(plans, &key, HASH_ENTER, &found);
	if (found)
	{
		remove_entry(entry);
		entry = hash_search(plans, &key, HASH_ENTER, &found);
	}
	entry->plan = plan;
	entry->request = kept;
	plan->cached = true;
	plans_size += plan->size;
	dlist_push_head(&plans_lru, &entry->lru);
	return plan;
}

/* by giving up what was not used for longest */
static void
make_room(Size size)
{
	while (!dlist_is_empty(&plans_lru) &&
		   (hash_get_num_entries(plans) >= assoc_plan_cache_size ||
			plans_size + size > plan_cache_limit()))
		remove_entry(dlist_container(CacheEntry, lru, dlist_tail_node(&plans_lru)));
}

static void
remove_entry(CacheEntry *entry)
{
	LoadPlan   *plan = entry->plan;

	dlist_delete(&entry->lru);
	hash_search(plans, &entry->key, HASH_REMOVE, NULL);
	plan->cached = false;
	plans_size -= plan->size;
	if (plan->refcount == 0)
		free_plan(plan);
}

/* with what is kept for its next run */
static void
free_plan(LoadPlan *plan)
{
	run_memory_forget(plan);
	load_plan_free(plan);
}

static void
pin_plan(LoadPlan *plan)
{
	PlanPin    *pin = palloc_object(PlanPin);

	pin->plan = plan;
	pin->callback.func = unpin_plan;
	pin->callback.arg = pin;
	plan->refcount++;
	MemoryContextRegisterResetCallback(CurrentMemoryContext, &pin->callback);
}

static void
unpin_plan(void *arg)
{
	LoadPlan   *plan = ((PlanPin *) arg)->plan;

	if (--plan->refcount > 0)
		return;
	if (!plan->cached)
		free_plan(plan);
	else if (plan->grown)
		weigh_again(plan);
}

/* with the statements that were prepared since it was compiled */
static void
weigh_again(LoadPlan *plan)
{
	Size		size = load_plan_size(plan);

	plan->grown = false;
	plans_size += size - plan->size;
	plan->size = size;
	if (plan_is_large(size))
		remove_entry(entry_of(plan));
	while (!dlist_is_empty(&plans_lru) && plans_size > plan_cache_limit())
		remove_entry(dlist_container(CacheEntry, lru, dlist_tail_node(&plans_lru)));
}

static Size
load_plan_size(const LoadPlan *plan)
{
	Size		size = MemoryContextMemAllocated(plan->cxt, true);

	foreach_ptr(const LoadStatement, statement, plan->prepared)
		size += plan_size(statement->plan);
	return size;
}

/* mostly the one used last */
static CacheEntry *
entry_of(const LoadPlan *plan)
{
	dlist_iter	iter;

	dlist_foreach(iter, &plans_lru)
	{
		CacheEntry *entry = dlist_container(CacheEntry, lru, iter.cur);

		if (entry->plan == plan)
			return entry;
	}
	elog(ERROR, "a load plan is not in the cache");
}
