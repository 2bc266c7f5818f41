/*-------------------------------------------------------------------------
 *
 * run_memory.c
 *	  Beginning and end of a run: what it is made of, and what of that is kept.
 *
 * A small load takes less time than making its run anew: contexts, buffers, tables of
 * keys, slots.  So a plan keeps one run that ended well.  While a run is under way its
 * memory hangs on the caller's context, so an error frees it like any other memory.
 *
 * Only some plans keep a run at a time, and none keeps one that grew large.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "base/mechanism.h"
#include "base/settings.h"
#include "reader/snapshot_identity.h"
#include "run/load_run.h"
#include "run/run_tree.h"
#include "utils/float.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

/* plans that may keep a run: each some 30 kB, and rows that parents share */
#define RUN_SLOTS 16

/* most runs fit into the first block of their context */
#define RUN_BLOCK_SIZE (16 * 1024)

/* small enough, with its header, to be cut from that block */
#define FIRST_ARENA_CHUNK 4000
#define MAX_ARENA_CHUNK (1024 * 1024)

/* rows that parents share are forgotten after a batch, where a node has more or larger ones */
#define MAX_SHARED_ROWS 10000
#define MAX_SHARED_SIZE (2 * 1024 * 1024)

/* and after the run, where they are larger than this */
#define MAX_KEPT_SHARED (512 * 1024)

/* by plan->run_slot; a plan that is replaced loses its run */
static LoadPlan *run_slots[RUN_SLOTS];
static int	next_run_slot = 0;

static LoadRun *run_make(LoadPlan *plan);
static void node_run_init(LoadRun *run, NodeRun *nr, LoadNode *node);
static bool outlives_batch(const LoadNode *node);
static void node_run_start(NodeRun *nr);
static void node_run_reset(NodeRun *nr);
static void forget_outdated_shared(LoadRun *run);
static void forget_shared(NodeRun *nr);
static bool take_snapshot(LoadRun *run);
static void bind_params(LoadRun *run, Jsonb *params);
static void take_run_slot(LoadPlan *plan);
static void shrink(LoadRun *run);
static void next_chunk(LoadRun *run);
static void use_chunk(LoadRun *run, ArenaChunk *chunk);

LoadRun *
run_memory_begin(LoadPlan *plan, Jsonb *params)
{
	LoadRun    *run = plan->idle_run;

	if (run != NULL)
	{
		plan->idle_run = NULL;
		MemoryContextSetParent(run->base, CurrentMemoryContext);
	}
	else
		run = run_make(plan);
	(void) take_snapshot(run);
	run->serial++;
	forget_outdated_shared(run);
	run->timed = false;
	for (int i = 0; i < plan->nnodes; i++)
		node_run_start(&run->nodes[i]);
	run_tree_init(run);
	json_writer_reset(&run->writer);
	if (plan->nparams > 0)
		bind_params(run, params);
	return run;
}

static LoadRun *
run_make(LoadPlan *plan)
{
	MemoryContext base = AllocSetContextCreate(CurrentMemoryContext, "pg_associations load",
											   0, RUN_BLOCK_SIZE, ALLOCSET_DEFAULT_MAXSIZE);
	MemoryContext old = MemoryContextSwitchTo(base);
	LoadRun    *run = palloc0_object(LoadRun);

	run->plan = plan;
	run->base = base;
	run->cxt = AllocSetContextCreate(base, "pg_associations run", ALLOCSET_SMALL_SIZES);
	run->rows = AllocSetContextCreate(base, "pg_associations loaded rows", ALLOCSET_START_SMALL_SIZES);
	json_packer_init(&run->packer, plan->format, base);
	json_writer_init(&run->writer, plan->format, base);
	run->nodes = palloc0_array(NodeRun, plan->nnodes);
	for (int i = 0; i < plan->nnodes; i++)
		node_run_init(run, &run->nodes[i], plan->nodes[i]);
	if (plan->ntrees > 0)
		run->trees = palloc_array(KeyTable, plan->ntrees);
	MemoryContextSwitchTo(old);
	return run;
}

static void
node_run_init(LoadRun *run, NodeRun *nr, LoadNode *node)
{
	nr->run = run;
	nr->node = node;
	nr->children = palloc_array(NodeRun *, Max(1, node->nchildren));
	for (int i = 0; i < node->nchildren; i++)
		nr->children[i] = &run->nodes[node->children[i]->number];
	nr->pieces = palloc_array(JsonPiece, Max(1, node->nitems));
	nr->shared = outlives_batch(node) ?
		AllocSetContextCreate(run->base, "pg_associations shared rows", ALLOCSET_START_SMALL_SIZES) :
		run->rows;
	key_table_init_kept(&nr->keys, node->nref, node->ref_keys, run->base, run->rows);
	key_table_init_kept(&nr->idents, node->nident, node->ident_keys, run->base, nr->shared);
}

/*
 * Rows that parents share are mostly few, and the next batch of roots, or the next run, leads
 * to them again.  One with rows below it is loaded with them, each time anew; and one with
 * values that can be written otherwise another time is encoded anew.
 */
static bool
outlives_batch(const LoadNode *node)
{
	return mechanism_is_used(MECHANISM_SHARED_ROWS) && node->parent != NULL && node->nident > 0 && node->nchildren == 0 &&
		node->tree == NULL && json_output_is_immutable(&node->row);
}

static void
node_run_start(NodeRun *nr)
{
	nr->accepted = 0;
	nr->batched = 0;
	nr->batches = 0;
	nr->probed_keys = 0;
	nr->ranged = false;
	nr->refused = NULL;
	nr->seconds = 0;
	nr->buffers = NULL;
	nr->tree_level = 0;
	nr->tree_rows = 0;
	node_run_reset(nr);
	nr->distinct = 0;
}

static void
node_run_reset(NodeRun *nr)
{
	run_memory_forget_keys(nr);
	nr->least = 0;
	if (nr->shared == nr->run->rows || run_memory_is_full(nr))
		forget_shared(nr);
	nr->pages = NULL;
	nr->maxpages = 0;
	nr->entered = NULL;
}

void
run_memory_forget_keys(NodeRun *nr)
{
	key_table_clear(&nr->keys);
	nr->groups = NULL;
	nr->maxgroups = 0;
	nr->last_group = -1;
}

void *
run_memory_grow(const NodeRun *nr, const void *items, int *max, Size size)
{
	int			before = *max;
	void	   *grown;

	*max = Max(Max(nr->keys.nkeys, 1), before * 2);
	grown = load_run_alloc(nr->run, size * (Size) *max);
	memset(grown, 0, size * (Size) *max);
	if (before > 0)
		memcpy(grown, items, size * (Size) before);
	return grown;
}

bool
run_memory_is_full(const NodeRun *nr)
{
	return nr->idents.nkeys > MAX_SHARED_ROWS ||
		MemoryContextMemAllocated(nr->shared, false) > MAX_SHARED_SIZE;
}

/*
 * Have the settings changed that values are written by?  Between two calls they may,
 * and between two batches: a cursor outlives many statements.
 */
static void
forget_outdated_shared(LoadRun *run)
{
	if (run->zone == assoc_zone() && run->float_digits == extra_float_digits)
		return;
	for (int i = 0; i < run->plan->nnodes; i++)
		forget_shared(&run->nodes[i]);
	run->zone = assoc_zone();
	run->float_digits = extra_float_digits;
}

static void
forget_shared(NodeRun *nr)
{
	if (nr->shared != nr->run->rows)
		MemoryContextReset(nr->shared);
	key_table_clear(&nr->idents);
	nr->rows = NULL;
	nr->maxrows = 0;
}

static void
bind_params(LoadRun *run, Jsonb *params)
{
	LoadPlan   *plan = run->plan;
	MemoryContext old = MemoryContextSwitchTo(run->cxt);

	run->values = palloc_array(Datum, plan->nparams);
	run->nulls = palloc_array(char, plan->nparams);
	load_params_bind(plan->nparams, plan->params, params, run->values, run->nulls);
	MemoryContextSwitchTo(old);
}

void
run_memory_next_batch(LoadRun *run)
{
	bool		same_snapshot = take_snapshot(run);

	MemoryContextReset(run->rows);
	use_chunk(run, run->chunks);
	for (int i = 0; i < run->plan->nnodes; i++)
		node_run_reset(&run->nodes[i]);
	/* under the same snapshot rows that parents share are as they were */
	if (!same_snapshot)
		run->serial++;
	forget_outdated_shared(run);
	run_tree_init(run);
}

/* the one in use now; does it see the same as the one before? */
static bool
take_snapshot(LoadRun *run)
{
	uint64		before = run->seen;

	run->snapshot = GetActiveSnapshot();
	run->seen = snapshot_identity(run->snapshot);
	return run->seen == before;
}

/* ---- runs that are kept ---- */

void
run_memory_end(LoadRun *run)
{
	LoadPlan   *plan = run->plan;

	if (!mechanism_is_used(MECHANISM_KEPT_RUN) || !plan->cached || plan->idle_run != NULL)
	{
		MemoryContextDelete(run->base);
		return;
	}
	take_run_slot(plan);
	MemoryContextReset(run->cxt);
	MemoryContextReset(run->rows);
	shrink(run);
	MemoryContextSetParent(run->base, plan->cxt);
	plan->idle_run = run;
}

void
run_memory_forget(LoadPlan *plan)
{
	if (plan->run_slot >= 0)
		run_slots[plan->run_slot] = NULL;
	plan->run_slot = -1;
	if (plan->idle_run != NULL)
		MemoryContextDelete(plan->idle_run->base);
	plan->idle_run = NULL;
}

/* let the plan keep a run, and another one no more */
static void
take_run_slot(LoadPlan *plan)
{
	if (plan->run_slot >= 0)
		return;
	if (run_slots[next_run_slot] != NULL)
		run_memory_forget(run_slots[next_run_slot]);
	plan->run_slot = next_run_slot;
	run_slots[next_run_slot] = plan;
	next_run_slot = (next_run_slot + 1) % RUN_SLOTS;
}

/* what a large load has taken is not kept for small ones */
static void
shrink(LoadRun *run)
{
	ArenaChunk *chunk = run->chunks ? run->chunks->next : NULL;

	while (chunk != NULL)
	{
		ArenaChunk *next = chunk->next;

		pfree(chunk);
		chunk = next;
	}
	if (run->chunks)
		run->chunks->next = NULL;
	use_chunk(run, run->chunks);
	json_packer_shrink(&run->packer);
	json_writer_shrink(&run->writer);
	for (int i = 0; i < run->plan->nnodes; i++)
	{
		NodeRun    *nr = &run->nodes[i];

		key_table_shrink(&nr->keys);
		if (nr->shared != run->rows && MemoryContextMemAllocated(nr->shared, false) <= MAX_KEPT_SHARED)
			continue;
		forget_shared(nr);
		key_table_shrink(&nr->idents);
	}
}

/* ---- memory of rows ---- */

void *
run_memory_alloc_more(LoadRun *run, Size size)
{
	char	   *p;

	if (size > FIRST_ARENA_CHUNK / 4)
		return MemoryContextAllocHuge(run->rows, size);
	next_chunk(run);
	p = run->arena;
	run->arena += size;
	return p;
}

/*
 * Chunks outlive the batch: giving megabytes back to the system and taking them
 * anew for every batch costs more than filling them.
 */
static void
next_chunk(LoadRun *run)
{
	ArenaChunk *last = run->chunk;
	Size		size = last ? Min(last->size * 2, MAX_ARENA_CHUNK) : FIRST_ARENA_CHUNK;
	ArenaChunk *chunk;

	if (last && last->next)
	{
		use_chunk(run, last->next);
		return;
	}
	chunk = MemoryContextAlloc(run->base, MAXALIGN(sizeof(ArenaChunk)) + size);
	chunk->next = NULL;
	chunk->size = size;
	if (last)
		last->next = chunk;
	else
		run->chunks = chunk;
	use_chunk(run, chunk);
}

static void
use_chunk(LoadRun *run, ArenaChunk *chunk)
{
	run->chunk = chunk;
	run->arena = chunk ? (char *) chunk + MAXALIGN(sizeof(ArenaChunk)) : NULL;
	run->arena_end = chunk ? run->arena + chunk->size : NULL;
}
