/*-------------------------------------------------------------------------
 *
 * load_watch.c
 *	  Runs of loads as SQL asked for them: counted by shape, and told of where they are slow.
 *
 * Decides what is counted (assoc.stat_loads) and what is told: to the log what took
 * pg_associations.log_min_duration, to the client all that he loads himself under
 * pg_associations.explain.  Loads that a SECURITY DEFINER function makes are not told to its
 * caller, and counted for its owner: conditions may hold what is none of the caller's business.
 * Compiling a plan is not part of the time, and assoc.explain shows it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "base/ddl.h"
#include "base/settings.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_type_d.h"
#include "common/hashfn.h"
#include "fmgr.h"
#include "funcapi.h"
#include "lib/ilist.h"
#include "load/load_constants.h"
#include "load/load_watch.h"
#include "miscadmin.h"
#include "plan/load_plan.h"
#include "portability/instr_time.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"
#include "utils/tuplestore.h"

/* shapes that a session counts; the one not asked for longest gives way */
#define MAX_WATCHED 256

/* longer options are not kept to be shown */
#define MAX_SHOWN_OPTIONS 2048

#define NCOLUMNS 11

PG_FUNCTION_INFO_V1(assoc_session_loads);

/* what loads are counted together: the same question, but for the values in it */
typedef struct WatchKey
{
	Oid			model;
	Oid			role;
	uint64		shape;
} WatchKey;

typedef struct LoadWatch
{
	WatchKey	key;
	LoadKind	kind;
	char	   *alias;			/* or NULL */
	Jsonb	   *options;		/* of the first; or NULL */
	int64		calls;
	int64		rows;
	int64		statements;
	bool		probed;			/* rows came by a probe, */
	bool		batched;		/*   by a statement */
	double		seconds;
	double		longest;
	dlist_node	lru;			/* most recently used first */
} LoadWatch;

static HTAB *watched = NULL;
static MemoryContext watched_cxt = NULL;
static uint64 watch_epoch = 1;	/* changes when one is freed */
static dlist_head watched_lru = DLIST_STATIC_INIT(watched_lru);

static void count_run(const LoadRun *run, double seconds);
static void find_watch(LoadPlan *plan, const LoadRequest *request);
static LoadWatch *watch_of(const LoadRequest *request);
static WatchKey watch_key(const LoadRequest *request);
static void watch_init(void);
static void make_room(void);
static Jsonb *kept_options(Jsonb *options);
static void tell(LoadRun *run, double seconds);
static bool is_shown(const LoadWatch *watch);
static void put_row(ReturnSetInfo *result, const LoadWatch *watch);
static const char *kind_name(LoadKind kind);
static const char *source_name(const LoadWatch *watch);

LoadRun *
load_begin(const LoadRequest *request, Jsonb *params)
{
	LoadRun    *run = run_memory_begin(load_plan_get(request), params);

	load_watch(run, request);
	return run;
}

void
load_watch(LoadRun *run, const LoadRequest *request)
{
	run->timed = assoc_log_min_duration >= 0 || assoc_explain_loads;
	run->counted = assoc_track_loads;
	if (run->counted)
		find_watch(run->plan, request);
	if (run->timed || run->counted)
		INSTR_TIME_SET_CURRENT(run->started);
}

void
load_end(LoadRun *run)
{
	load_watch_end(run);
	run_memory_end(run);
}

void
load_watch_end(LoadRun *run)
{
	instr_time	now;
	double		seconds;

	if (!run->timed && !run->counted)
		return;
	INSTR_TIME_SET_CURRENT(now);
	INSTR_TIME_SUBTRACT(now, run->started);
	seconds = INSTR_TIME_GET_DOUBLE(now);
	if (run->counted)
		count_run(run, seconds);
	if (run->timed)
		tell(run, seconds);
}

/* ---- counting ---- */

static void
count_run(const LoadRun *run, double seconds)
{
	LoadWatch  *watch = run->plan->watch;

	/* loads within this one were of so many other shapes */
	if (run->plan->watch_epoch != watch_epoch)
		return;
	watch->calls++;
	watch->seconds += seconds;
	watch->longest = Max(watch->longest, seconds);
	for (int i = 0; i < run->plan->nnodes; i++)
	{
		const NodeRun *nr = &run->nodes[i];

		watch->rows += nr->accepted;
		watch->statements += nr->batches;
		watch->probed |= nr->probed_keys > 0 || nr->ranged;
		watch->batched |= nr->batches > 0;
	}
}

/* a plan knows where, as long as none has given way */
static void
find_watch(LoadPlan *plan, const LoadRequest *request)
{
	if (plan->watch_epoch != watch_epoch)
	{
		plan->watch = watch_of(request);
		plan->watch_epoch = watch_epoch;
	}
	dlist_move_head(&watched_lru, &plan->watch->lru);
}

static LoadWatch *
watch_of(const LoadRequest *request)
{
	WatchKey	key = watch_key(request);
	LoadWatch  *watch;

	watch_init();
	watch = hash_search(watched, &key, HASH_FIND, NULL);
	if (watch == NULL)
	{
		make_room();
		watch = hash_search(watched, &key, HASH_ENTER, NULL);
		memset((char *) watch + sizeof(WatchKey), 0, sizeof(LoadWatch) - sizeof(WatchKey));
		watch->kind = request->kind;
		dlist_push_head(&watched_lru, &watch->lru);
		watch->alias = request->alias ? MemoryContextStrdup(watched_cxt, request->alias) : NULL;
		watch->options = kept_options(request->options);
	}
	return watch;
}

static WatchKey
watch_key(const LoadRequest *request)
{
	WatchKey	key;
	uint64		shape = request->kind;

	memset(&key, 0, sizeof(key));
	key.model = request->model;
	key.role = GetUserId();
	if (request->alias)
		shape = hash_bytes_extended((const unsigned char *) request->alias,
									strlen(request->alias), shape);
	if (request->options)
		shape = hash_combine64(shape, load_constants_hash(request->options));
	key.shape = shape;
	return key;
}

static void
watch_init(void)
{
	HASHCTL		ctl = {0};

	if (watched != NULL)
		return;
	if (watched_cxt == NULL)
		watched_cxt = AllocSetContextCreate(TopMemoryContext, "pg_associations watched loads",
											ALLOCSET_DEFAULT_SIZES);
	ctl.keysize = sizeof(WatchKey);
	ctl.entrysize = sizeof(LoadWatch);
	ctl.hcxt = watched_cxt;
	watched = hash_create("pg_associations watched loads", 64, &ctl,
						  HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

static void
make_room(void)
{
	LoadWatch  *oldest;

	if (hash_get_num_entries(watched) < MAX_WATCHED)
		return;
	oldest = dlist_container(LoadWatch, lru, dlist_tail_node(&watched_lru));
	watch_epoch++;
	dlist_delete(&oldest->lru);
	if (oldest->alias)
		pfree(oldest->alias);
	if (oldest->options)
		pfree(oldest->options);
	hash_search(watched, &oldest->key, HASH_REMOVE, NULL);
}

static Jsonb *
kept_options(Jsonb *options)
{
	Jsonb	   *kept;

	if (options == NULL || VARSIZE(options) > MAX_SHOWN_OPTIONS)
		return NULL;
	kept = MemoryContextAlloc(watched_cxt, VARSIZE(options));
	memcpy(kept, options, VARSIZE(options));
	return kept;
}

/* ---- telling ---- */

static void
tell(LoadRun *run, double seconds)
{
	bool		logged = assoc_log_min_duration >= 0 && seconds * 1000 >= assoc_log_min_duration;
	bool		shown = assoc_explain_loads && GetUserId() == GetOuterUserId();
	StringInfoData text;

	if (!logged && !shown)
		return;
	initStringInfo(&text);
	load_explain_run(&text, run);
	if (logged)
		ereport(LOG_SERVER_ONLY,
				(errmsg("duration: %.3f ms  load:\n%s", seconds * 1000, text.data),
				 errhidestmt(true), errhidecontext(true)));
	if (shown)
		ereport(INFO,
				(errmsg("load:\n%s", text.data), errhidestmt(true), errhidecontext(true)));
	pfree(text.data);
}

/* ---- what the session has counted ---- */

Datum
assoc_session_loads(PG_FUNCTION_ARGS)
{
	dlist_iter	iter;

	InitMaterializedSRF(fcinfo, 0);
	dlist_foreach(iter, &watched_lru)
	{
		const LoadWatch *watch = dlist_container(LoadWatch, lru, iter.cur);

		if (is_shown(watch))
			put_row((ReturnSetInfo *) fcinfo->resultinfo, watch);
	}
	return (Datum) 0;
}

/* as pg_stat_statements shows text of statements */
static bool
is_shown(const LoadWatch *watch)
{
	return has_privs_of_role(GetUserId(), watch->key.role) ||
		has_privs_of_role(GetUserId(), ROLE_PG_READ_ALL_STATS);
}

static void
put_row(ReturnSetInfo *result, const LoadWatch *watch)
{
	Datum		values[NCOLUMNS];
	bool		nulls[NCOLUMNS] = {0};

	values[0] = ObjectIdGetDatum(watch->key.model);
	values[1] = ObjectIdGetDatum(watch->key.role);
	values[2] = CStringGetTextDatum(kind_name(watch->kind));
	nulls[3] = watch->alias == NULL;
	values[3] = nulls[3] ? (Datum) 0 : CStringGetTextDatum(watch->alias);
	nulls[4] = watch->options == NULL;
	values[4] = nulls[4] ? (Datum) 0 : JsonbPGetDatum(watch->options);
	values[5] = Int64GetDatum(watch->calls);
	values[6] = Int64GetDatum(watch->rows);
	values[7] = Int64GetDatum(watch->statements);
	values[8] = CStringGetTextDatum(source_name(watch));
	values[9] = Float8GetDatum(watch->seconds * 1000);
	values[10] = Float8GetDatum(watch->longest * 1000);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

static const char *
kind_name(LoadKind kind)
{
	switch (kind)
	{
		case LOAD_BY_KEY:
			return "by key";
		case LOAD_FIND:
			return "find";
		case LOAD_GET:
			return "get";
		case LOAD_COUNT:
			return "count";
		case LOAD_AGGREGATE:
			return "aggregate";
		case LOAD_LOCK:
			return "lock";
	}
	pg_unreachable();
}

static const char *
source_name(const LoadWatch *watch)
{
	if (watch->probed && watch->batched)
		return "probe, batch";
	return watch->probed ? "probe" : "batch";
}
