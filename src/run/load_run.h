/*-------------------------------------------------------------------------
 *
 * load_run.h
 *	  One run of a load plan: rows collected level by level, then written.
 *
 * Rows come from a source (rows_batch.c, rows_probe.c), which hands each to
 * run_sink_accept_for().  Nothing here knows where a row came from.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_LOAD_RUN_H
#define ASSOC_LOAD_RUN_H

#include "access/htup.h"
#include "plan/load_plan.h"
#include "portability/instr_time.h"
#include "utils/snapshot.h"

/* what a condition says of a row that parents share, where that is the same each time */
typedef enum RowVerdict
{
	ROW_NOT_ASKED,
	ROW_WANTED,
	ROW_UNWANTED
} RowVerdict;

/* a row, encoded once however many parents share it */
typedef struct LoadedRow
{
	const JsonPacked *packed;	/* NULL: no parent has wanted it so far */
	RowVerdict	verdict;
	uint64		serial;			/* of the run in which it was read last: else it may be out of date, */
	uint64		seen;			/*   but where the snapshot is that one's still */
	uint32		tuple_len;		/* what it was encoded from; 0: that was not kept */
	HeapTupleHeader tuple;
	int			groups[FLEXIBLE_ARRAY_MEMBER];	/* per child node: number of the key, or -1;
												 * then two numbers of load_tree.c */
} LoadedRow;

/* a row as one parent has it: with its link row, in the parent's order */
typedef struct LoadedLink
{
	LoadedRow  *row;
	const JsonPacked *link;		/* NULL where nothing of it is shown */
	struct LoadedLink *next;
	Datum		sort[FLEXIBLE_ARRAY_MEMBER];	/* nsort of the node; then numbers of keys, of nodes below the
												 * link row */
} LoadedLink;

typedef struct FoldState FoldState;

/* the rows of one key */
typedef struct LoadedGroup
{
	LoadedLink *first;
	union
	{
		LoadedLink *last;
		FoldState  *fold;		/* of rows that come to a value (run_fold.c); NULL: none has one so far */
	};
	int64		count;			/* of the list; of rows, where these are not shown */
} LoadedGroup;

/* what a page of a key needs besides its rows */
typedef struct PageRun
{
	int64		count;			/* rows so far */
	const char *first;			/* cursor of the first that came, where it may be needed */
	const char *last;			/* of the last of a full page */
	bool		more;			/* a row came after it */
} PageRun;

/* one node of the plan in a run */
typedef struct NodeRun
{
	struct LoadRun *run;
	LoadNode   *node;
	struct NodeRun **children;
	KeyTable	keys;			/* requested by the parents */
	int			nrequested;		/* of them, when loading began: rows of a tree want more */
	LoadedGroup *groups;		/* by number of the key; a root without keys has one */
	int			last_group;		/* of the row before: rows of a parent mostly come together */
	int			maxgroups;
	KeyTable	idents;			/* rows that parents may share */
	LoadedRow **rows;			/* by number of the ident */
	int			maxrows;
	MemoryContext shared;		/* theirs: the batch's, or one that outlives it, and the run */
	int			distinct;		/* rows that were read in this run, each once */
	Size		least;			/* bytes that those of a list take in the document, at least */

	PageRun    *pages;			/* by number of the key, where the node is paged */
	int			maxpages;

	/* of the step of a recursive include, while it is written */
	bool	   *entered;		/* by number of the row: on the path? */
	int			tree_level;
	uint64		tree_rows;		/* written since the tree began */

	JsonPiece  *pieces;			/* room for the items of a row that has nothing below it */

	struct ProbeRun *probe;		/* of probe_row.c; NULL until there is a probe */

	/* for explain */
	uint64		accepted;		/* rows received */
	uint64		batched;		/* of them, from the batch */
	int			batches;		/* statements run */
	LoadStatement *statement;	/* the last */
	List	   *tables;			/* of Tuplestorestate *: those that it has beside the database's */
	int			probed_keys;
	bool		ranged;			/* the last rows came by a range of the index */
	const char *refused;		/* why there was no probe; NULL: there was one */
	double		seconds;
	struct BufferUsage *buffers;	/* NULL unless the run is timed */
} NodeRun;

/* a piece of memory that rows are cut from */
typedef struct ArenaChunk
{
	struct ArenaChunk *next;
	Size		size;			/* of what follows */
} ArenaChunk;

typedef struct LoadRun
{
	LoadPlan   *plan;
	MemoryContext base;			/* this struct, and what stays when the plan keeps the run */
	MemoryContext cxt;			/* of the run at hand */
	MemoryContext rows;			/* rows of the batch at hand; reset between batches */
	ArenaChunk *chunks;			/* of the batch, in order of use; kept for the next */
	ArenaChunk *chunk;			/* the one being filled */
	char	   *arena;			/* free space in it */
	char	   *arena_end;
	NodeRun    *nodes;			/* by number */
	KeyTable   *trees;			/* rows of recursive includes, by number of the tree */
	JsonPacker	packer;
	JsonWriter	writer;
	Datum	   *values;			/* parameters */
	char	   *nulls;			/* ' ' or 'n' */
	Snapshot	snapshot;		/* of the calling statement */
	uint64		serial;			/* of the runs in this memory, and of batches under other snapshots */
	uint64		seen;			/* number of what the snapshot sees */
	struct pg_tz *zone;			/* the settings that the rows of earlier ones were encoded by */
	int			float_digits;
	bool		timed;			/* measure each node */
	bool		counted;		/* by load_watch.c */
	instr_time	started;		/* where it is timed or counted */
} LoadRun;

/* (run_memory.c) a run in a context of its own, child of the current one; params may be NULL */
extern LoadRun *run_memory_begin(LoadPlan *plan, Jsonb *params);
/* after an error it need not be called: the context goes with its parent */
extern void run_memory_end(LoadRun *run);
/* do rows that parents share take enough memory? */
extern bool run_memory_is_full(const NodeRun *nr);
/* nothing has been loaded for any */
extern void run_memory_forget_keys(NodeRun *nr);
/*
 * An array of one item for each key of a node, with room for more, filled with zeros.  Keys are all known
 * before the first row, but for those of a tree: mostly it is made once.
 */
extern void *run_memory_grow(const NodeRun *nr, const void *items, int *max, Size size);
/* of a plan that is freed: what it keeps for its next run */
extern void run_memory_forget(LoadPlan *plan);
/* forget the rows, for the next batch of roots */
extern void run_memory_next_batch(LoadRun *run);

/* ask for rows of a key, in the key types of the root; its number */
extern int	load_run_request(LoadRun *run, const Datum *key);
/* load the root's rows, or with from_root false only what hangs on them */
extern void load_run_load(LoadRun *run, bool from_root);

/* load the one value that a call wants: of the rows of the root's key, or of those that it finds */
extern Datum load_run_value(LoadRun *run, bool *isnull);

/* the rows of a node's keys from number "first" on */
extern void load_run_load_keys(NodeRun *nr, int first);

/* per child node below the link row: number of the key, or -1 */
static inline int *
load_run_link_groups(const LoadNode *node, LoadedLink *link)
{
	return (int *) &link->sort[node->nsort];
}

/* where a chunk has no room for so much */
extern void *run_memory_alloc_more(LoadRun *run, Size size);

/*
 * Memory that lives as long as the batch: rows are many and small, pieces of one chunk, never
 * freed alone.
 */
static inline void *
load_run_alloc(LoadRun *run, Size size)
{
	char	   *p = run->arena;

	size = MAXALIGN(size);
	if (unlikely(size > (Size) (run->arena_end - p)))
		return run_memory_alloc_more(run, size);
	run->arena = p + size;
	return p;
}

#endif							/* ASSOC_LOAD_RUN_H */
