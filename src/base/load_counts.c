/*-------------------------------------------------------------------------
 *
 * load_counts.c
 *	  What is counted of loads, and the table of it in shared memory where the library is preloaded.
 *
 * Decides where a shape stands there: its hash names a bucket of a few entries under a lock of its own,
 * and the one of them that was not asked for longest gives way.  So the memory is fixed, a
 * load waits for loads of the same bucket only, and nothing is ever looked for elsewhere.
 * Nothing is written to disk: a server that starts begins anew.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "base/load_counts.h"
#include "base/settings.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "storage/ipc.h"
#include "storage/lwlock.h"
#include "storage/shmem.h"
#include "utils/builtins.h"

#define TRANCHE "pg_associations"

/* entries that share a lock */
#define WAYS 8

typedef struct SharedLoad
{
	LoadKey		key;
	LoadCounts	counts;			/* calls: 0 where the entry is free */
	uint64		used;			/* by the bucket's clock */
	int			kind;
	NameData	model;			/* empty: not known */
	NameData	alias;			/* empty: none */
	union
	{
		Jsonb		document;	/* of size 0: none, or too long to be kept */
		char		bytes[LOAD_OPTIONS_KEPT];
	}			options;
} SharedLoad;

typedef struct Bucket
{
	uint64		clock;
	SharedLoad	loads[WAYS];
} Bucket;

static Bucket *buckets = NULL;
static LWLockPadded *locks = NULL;
static shmem_request_hook_type earlier_request = NULL;
static shmem_startup_hook_type earlier_startup = NULL;

static void request_memory(void);
static int	nbuckets(void);
static void begin_memory(void);
static SharedLoad *slot_of(Bucket *bucket, const LoadKey *key);
static void settle(SharedLoad *load, const LoadKey *key, const LoadFacts *facts);
static void give(const SharedLoad *load, LoadReceiver receive, void *arg);

void
load_counts_add(LoadCounts *sum, const LoadCounts *counts)
{
	sum->calls += counts->calls;
	sum->rows += counts->rows;
	sum->statements += counts->statements;
	sum->seconds += counts->seconds;
	sum->longest = Max(sum->longest, counts->longest);
	sum->probed |= counts->probed;
	sum->batched |= counts->batched;
}

/* ---- shared memory ---- */

void
load_counts_init(void)
{
	if (!process_shared_preload_libraries_in_progress || assoc_max_server_loads == 0)
		return;
	earlier_request = shmem_request_hook;
	shmem_request_hook = request_memory;
	earlier_startup = shmem_startup_hook;
	shmem_startup_hook = begin_memory;
}

static void
request_memory(void)
{
	if (earlier_request)
		earlier_request();
	RequestAddinShmemSpace(mul_size(nbuckets(), sizeof(Bucket)));
	RequestNamedLWLockTranche(TRANCHE, nbuckets());
}

static int
nbuckets(void)
{
	return (assoc_max_server_loads + WAYS - 1) / WAYS;
}

static void
begin_memory(void)
{
	bool		found;

	if (earlier_startup)
		earlier_startup();
	LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
	buckets = ShmemInitStruct(TRANCHE, mul_size(nbuckets(), sizeof(Bucket)), &found);
	if (!found)
		memset(buckets, 0, mul_size(nbuckets(), sizeof(Bucket)));
	locks = GetNamedLWLockTranche(TRANCHE);
	LWLockRelease(AddinShmemInitLock);
}

bool
load_counts_are_shared(void)
{
	return buckets != NULL;
}

/* ---- counting ---- */

void
load_counts_share(const LoadKey *key, const LoadFacts *facts, const LoadCounts *counts)
{
	int			b = hash_bytes((const unsigned char *) key, sizeof(LoadKey)) % nbuckets();
	SharedLoad *load;

	LWLockAcquire(&locks[b].lock, LW_EXCLUSIVE);
	load = slot_of(&buckets[b], key);
	if (load->counts.calls == 0 || memcmp(&load->key, key, sizeof(LoadKey)) != 0)
		settle(load, key, facts);
	load->used = ++buckets[b].clock;
	load_counts_add(&load->counts, counts);
	LWLockRelease(&locks[b].lock);
}

/* the entry of the shape, or the one that is replaced by it */
static SharedLoad *
slot_of(Bucket *bucket, const LoadKey *key)
{
	SharedLoad *oldest = &bucket->loads[0];

	for (int i = 0; i < WAYS; i++)
	{
		SharedLoad *load = &bucket->loads[i];

		if (load->counts.calls > 0 && memcmp(&load->key, key, sizeof(LoadKey)) == 0)
			return load;
		if (load->used < oldest->used)
			oldest = load;
	}
	return oldest;
}

static void
settle(SharedLoad *load, const LoadKey *key, const LoadFacts *facts)
{
	memset(load, 0, sizeof(SharedLoad));
	memcpy(&load->key, key, sizeof(LoadKey));	/* with what lies between its parts */
	load->kind = facts->kind;
	if (facts->model)
		namestrcpy(&load->model, facts->model);
	if (facts->alias)
		namestrcpy(&load->alias, facts->alias);
	if (facts->options && VARSIZE(facts->options) <= LOAD_OPTIONS_KEPT)
		memcpy(load->options.bytes, facts->options, VARSIZE(facts->options));
}

/* ---- what was counted ---- */

/* copied first: nobody waits for whoever reads */
void
load_counts_each_shared(LoadReceiver receive, void *arg)
{
	Bucket	   *copy = palloc_object(Bucket);

	for (int b = 0; b < nbuckets(); b++)
	{
		LWLockAcquire(&locks[b].lock, LW_SHARED);
		memcpy(copy, &buckets[b], sizeof(Bucket));
		LWLockRelease(&locks[b].lock);
		for (int i = 0; i < WAYS; i++)
		{
			if (copy->loads[i].counts.calls > 0)
				give(&copy->loads[i], receive, arg);
		}
	}
	pfree(copy);
}

static void
give(const SharedLoad *load, LoadReceiver receive, void *arg)
{
	LoadFacts	facts;

	facts.kind = load->kind;
	facts.model = NameStr(load->model)[0] ? NameStr(load->model) : NULL;
	facts.alias = NameStr(load->alias)[0] ? NameStr(load->alias) : NULL;
	facts.options = VARSIZE(&load->options.document) > 0 ? &load->options.document : NULL;
	receive(&load->key, &facts, &load->counts, arg);
}

void
load_counts_forget_shared(void)
{
	for (int b = 0; b < nbuckets(); b++)
	{
		LWLockAcquire(&locks[b].lock, LW_EXCLUSIVE);
		memset(&buckets[b], 0, sizeof(Bucket));
		LWLockRelease(&locks[b].lock);
	}
}
