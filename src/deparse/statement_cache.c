/*-------------------------------------------------------------------------
 *
 * statement_cache.c
 *	  Plans of the write verbs' statements, kept per session.
 *
 * Plans are kept by text, parameter types, role, and how many rows there are (see
 * statement_plan.c): a plan of another role would be planned again at each switch
 * wherever row security is on.  PostgreSQL plans them again when a table changes; where
 * row security depends on a role that has changed they are dropped here, and all of them
 * with the registry's epoch.  The least recently used one goes when there are too many or
 * they take too much memory; a large one is not kept.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "base/plan_size.h"
#include "base/settings.h"
#include "common/hashfn.h"
#include "deparse/statement.h"
#include "deparse/statement_jit.h"
#include "deparse/statement_plan.h"
#include "executor/spi.h"
#include "lib/ilist.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "registry/citus.h"
#include "registry/registry_watch.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "utils/plancache.h"
#include "utils/snapmgr.h"

typedef struct PlanKey
{
	Oid			role;
	int			nargs;
	const char *sql;
	const Oid  *types;
	int			scale;			/* of statement_plan_scale */
} PlanKey;

typedef struct PlanEntry
{
	PlanKey		key;			/* must be first; sql and types live in cxt */
	SPIPlanPtr	plan;
	MemoryContext cxt;
	Size		size;			/* 0: not run yet */
	uint64		generation;		/* of the registry when it was looked at last */
	int			running;		/* a plan in use is never freed: triggers may call verbs */
	dlist_node	lru;
} PlanEntry;

static HTAB *plans = NULL;
static MemoryContext plans_cxt = NULL;
static dlist_head plans_lru = DLIST_STATIC_INIT(plans_lru); /* most recently used first */
static uint64 plans_epoch;
static uint64 plans_role_changes;
static Size plans_size = 0;

static int	plan_run(PlanEntry *entry, SqlText *s, StatementMode mode);
static void plan_weigh(PlanEntry *entry);
static int	plan_execute(SPIPlanPtr plan, SqlText *s, StatementMode mode);
static PlanEntry *plan_lookup(SqlText *s);
static PlanEntry *plan_make(const PlanKey *key);
static void plans_init(void);
static void plans_make_room(void);
static bool plan_asks_role(SPIPlanPtr plan);
static void plan_drop(PlanEntry *entry);
static uint32 plan_key_hash(const void *key, Size size);
static int	plan_key_compare(const void *a, const void *b, Size size);

int
statement_cache_run(SqlText *s, StatementMode mode)
{
	return plan_run(plan_lookup(s), s, mode);
}

/* out of line: its caller's variables need not survive a longjmp */
static pg_noinline int
plan_run(PlanEntry *entry, SqlText *s, StatementMode mode)
{
	volatile int result = 0;
	int			level = statement_jit_begin(s->buf.data);

	entry->running++;
	PG_TRY();
	{
		if (entry->key.scale > 0)
			statement_plan_make(entry->plan, entry->key.scale);
		result = plan_execute(entry->plan, s, mode);
	}
	PG_FINALLY();
	{
		entry->running--;
	}
	PG_END_TRY();
	statement_jit_end(level);
	if (entry->size == 0)
		plan_weigh(entry);
	return result;
}

/* after the first run, which made the plan */
static void
plan_weigh(PlanEntry *entry)
{
	entry->size = plan_size(entry->plan) + MemoryContextMemAllocated(entry->cxt, true);
	plans_size += entry->size;
	if (entry->running == 0 && plan_is_large(entry->size))
		plan_drop(entry);
}

static int
plan_execute(SPIPlanPtr plan, SqlText *s, StatementMode mode)
{
	Snapshot	snapshot = InvalidSnapshot;
	int			result;

	if (mode == STATEMENT_LATEST)
	{
		CommandCounterIncrement();
		snapshot = RegisterSnapshot(GetLatestSnapshot());
	}
	result = SPI_execute_snapshot(plan, s->values, s->nulls, snapshot, InvalidSnapshot,
								  mode == STATEMENT_READ, true, 0);
	if (mode == STATEMENT_LATEST)
		UnregisterSnapshot(snapshot);
	return result;
}

static PlanEntry *
plan_lookup(SqlText *s)
{
	PlanKey		key = {GetUserId(), s->nargs, s->buf.data, s->types,
	statement_plan_scale(s->nrows)};
	PlanEntry  *entry;

	if (plans == NULL)
		plans_init();
	plans_make_room();

	entry = hash_search(plans, &key, HASH_FIND, NULL);
	if (entry == NULL)
		entry = plan_make(&key);
	else
		dlist_move_head(&plans_lru, &entry->lru);
	/* its tables may have become some of Citus' */
	if (entry->generation != registry_generation())
		citus_free_plan_choice(entry->plan);
	entry->generation = registry_generation();
	return entry;
}

static void
plans_init(void)
{
	HASHCTL		ctl = {0};

	plans_cxt = AllocSetContextCreate(CacheMemoryContext,
									  "pg_associations statements",
									  ALLOCSET_DEFAULT_SIZES);
	ctl.keysize = sizeof(PlanKey);
	ctl.entrysize = sizeof(PlanEntry);
	ctl.hash = plan_key_hash;
	ctl.match = plan_key_compare;
	ctl.hcxt = plans_cxt;
	plans = hash_create("pg_associations statements", 64, &ctl,
						HASH_ELEM | HASH_FUNCTION | HASH_COMPARE | HASH_CONTEXT);
	plans_epoch = registry_epoch();
	plans_role_changes = registry_role_changes();
}

/* Drop what is outdated, else what was used longest ago. */
static void
plans_make_room(void)
{
	uint64		epoch = registry_epoch();
	uint64		role_changes = registry_role_changes();
	bool		all = plans_epoch != epoch;
	bool		roles = plans_role_changes != role_changes;
	long		excess = hash_get_num_entries(plans) - assoc_plan_cache_size + 1;
	Size		freed = 0;
	List	   *victims = NIL;
	dlist_iter	iter;

	if (!all && !roles && excess <= 0 && plans_size <= plan_cache_limit())
		return;
	dlist_reverse_foreach(iter, &plans_lru)
	{
		PlanEntry  *entry = dlist_container(PlanEntry, lru, iter.cur);

		bool		fits = excess <= 0 && plans_size - freed <= plan_cache_limit();

		if (!all && !roles && fits)
			break;
		if (entry->running > 0 || (!all && fits && !plan_asks_role(entry->plan)))
			continue;
		excess--;
		victims = lappend(victims, entry);
		freed += entry->size;
	}
	foreach_ptr(PlanEntry, victim, victims)
		plan_drop(victim);
	list_free(victims);
	plans_epoch = epoch;
	plans_role_changes = role_changes;
}

static bool
plan_asks_role(SPIPlanPtr plan)
{
	foreach_ptr(CachedPlanSource, source, SPI_plan_get_plan_sources(plan))
		if (source->dependsOnRLS)
			return true;
	return false;
}

static void
plan_drop(PlanEntry *entry)
{
	SPIPlanPtr	plan = entry->plan;
	MemoryContext cxt = entry->cxt;

	plans_size -= entry->size;
	dlist_delete(&entry->lru);
	hash_search(plans, &entry->key, HASH_REMOVE, NULL);
	MemoryContextDelete(cxt);
	SPI_freeplan(plan);
}

/*
 * Prepared for a generic plan: the statements look rows up by key, and five
 * custom plans first would cost more than they gain.
 */
static PlanEntry *
plan_make(const PlanKey *key)
{
	MemoryContext cxt = AllocSetContextCreate(CurrentMemoryContext,
											  "pg_associations statement",
											  ALLOCSET_SMALL_SIZES);
	PlanKey		kept = *key;
	Oid		   *types = MemoryContextAlloc(cxt, sizeof(Oid) * Max(key->nargs, 1));
	SPIPlanPtr	plan;
	PlanEntry  *entry;
	bool		found;

	memcpy(types, key->types, sizeof(Oid) * key->nargs);
	kept.types = types;
	kept.sql = MemoryContextStrdup(cxt, key->sql);

	plan = SPI_prepare_cursor(key->sql, key->nargs, types, CURSOR_OPT_GENERIC_PLAN);
	if (plan == NULL)
		elog(ERROR, "SPI_prepare_cursor returned %s: %s",
			 SPI_result_code_string(SPI_result), key->sql);

	/* the entry owns both from here on: nothing between may fail */
	entry = hash_search(plans, &kept, HASH_ENTER, &found);
	entry->plan = plan;
	entry->cxt = cxt;
	entry->size = 0;
	entry->running = 0;
	entry->generation = 0;
	dlist_push_head(&plans_lru, &entry->lru);
	MemoryContextSetParent(cxt, plans_cxt);
	SPI_keepplan(plan);
	return entry;
}

static uint32
plan_key_hash(const void *key, Size size pg_attribute_unused())
{
	const PlanKey *k = key;

	return hash_combine(hash_bytes((const unsigned char *) k->sql, strlen(k->sql)),
						hash_bytes_uint32(k->role + k->scale));
}

static int
plan_key_compare(const void *a, const void *b, Size size pg_attribute_unused())
{
	const PlanKey *x = a;
	const PlanKey *y = b;

	if (x->role != y->role || x->scale != y->scale || x->nargs != y->nargs ||
		memcmp(x->types, y->types, sizeof(Oid) * x->nargs) != 0)
		return 1;
	return strcmp(x->sql, y->sql);
}
