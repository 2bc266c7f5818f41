/*-------------------------------------------------------------------------
 *
 * load_watch.c
 *	  Runs of loads as SQL asked for them: counted by shape, and reported where they are slow.
 *
 * Decides what is counted (assoc.stat_loads, assoc.stat_server_loads) and what is reported: to the log what took
 * pg_associations.log_min_duration, to the client all that it loads itself under
 * pg_associations.explain.  Loads that a SECURITY DEFINER function makes are not reported to its
 * caller, and counted for its owner: conditions may hold what the caller must not see.
 * Compiling a plan is not part of the time, and assoc.explain shows it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "base/ddl.h"
#include "base/document.h"
#include "base/load_counts.h"
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

/* two more for the server's */
#define NCOLUMNS 13

PG_FUNCTION_INFO_V1(assoc_session_loads);
PG_FUNCTION_INFO_V1(assoc_server_loads);
PG_FUNCTION_INFO_V1(assoc_server_loads_reset);

typedef struct LoadWatch
{
	LoadKey		key;
	LoadFacts	facts;
	LoadCounts	counts;
	dlist_node	lru;			/* most recently used first */
} LoadWatch;

static HTAB *watched = NULL;
static MemoryContext watched_cxt = NULL;
static uint64 watch_epoch = 1;	/* changes when one is freed */
static dlist_head watched_lru = DLIST_STATIC_INIT(watched_lru);

static void count_run(const LoadRun *run, double seconds);
static LoadCounts counts_of(const LoadRun *run, double seconds);
static void find_watch(LoadPlan *plan, const LoadRequest *request);
static LoadWatch *watch_of(const LoadRequest *request);
static LoadKey watch_key(const LoadRequest *request);
static void watch_init(void);
static void make_room(void);
static LoadFacts kept_facts(const LoadRequest *request);
static char *kept_text(const char *text);
static Jsonb *kept_options(Jsonb *options);
static void drop_facts(const LoadFacts *facts);
static void tell(LoadRun *run, double seconds);
static void need_shared(void);
static void put_row(const LoadKey *key, const LoadFacts *facts, const LoadCounts *counts, void *result);
static bool is_shown(const LoadKey *key);
static void put_text(const char *text, Datum *value, bool *null);
static const char *kind_name(LoadKind kind);
static const char *source_name(const LoadCounts *counts);

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

Datum
load_finish(LoadRun *run)
{
	Datum		document = json_writer_finish(&run->writer);

	load_end(run);
	return document;
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
	LoadCounts	counts;

	/* loads within this one were of so many other shapes */
	if (run->plan->watch_epoch != watch_epoch)
		return;
	counts = counts_of(run, seconds);
	load_counts_add(&watch->counts, &counts);
	if (load_counts_are_shared())
		load_counts_share(&watch->key, &watch->facts, &counts);
}

static LoadCounts
counts_of(const LoadRun *run, double seconds)
{
	LoadCounts	counts = {.calls = 1, .seconds = seconds, .longest = seconds};

	for (int i = 0; i < run->plan->nnodes; i++)
	{
		const NodeRun *nr = &run->nodes[i];

		counts.rows += nr->accepted;
		counts.statements += nr->batches;
		counts.probed |= nr->probed_keys > 0 || nr->ranged;
		counts.batched |= nr->batches > 0;
	}
	return counts;
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
	LoadKey		key = watch_key(request);
	LoadWatch  *watch;

	watch_init();
	watch = hash_search(watched, &key, HASH_FIND, NULL);
	if (watch == NULL)
	{
		make_room();
		watch = hash_search(watched, &key, HASH_ENTER, NULL);
		memset((char *) watch + sizeof(LoadKey), 0, sizeof(LoadWatch) - sizeof(LoadKey));
		dlist_push_head(&watched_lru, &watch->lru);
		watch->facts = kept_facts(request);
	}
	return watch;
}

static LoadKey
watch_key(const LoadRequest *request)
{
	LoadKey		key;
	uint64		shape = request->kind;

	memset(&key, 0, sizeof(key));
	key.database = MyDatabaseId;
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
	ctl.keysize = sizeof(LoadKey);
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
	drop_facts(&oldest->facts);
	hash_search(watched, &oldest->key, HASH_REMOVE, NULL);
}

static LoadFacts
kept_facts(const LoadRequest *request)
{
	const Model *model = registry_model_if_any(request->model);
	LoadFacts	facts;

	facts.kind = request->kind;
	facts.model = kept_text(model ? model->name : NULL);
	facts.alias = kept_text(request->alias);
	facts.options = kept_options(request->options);
	return facts;
}

static char *
kept_text(const char *text)
{
	return text ? MemoryContextStrdup(watched_cxt, text) : NULL;
}

static Jsonb *
kept_options(Jsonb *options)
{
	return options && VARSIZE(options) <= LOAD_OPTIONS_KEPT ? doc_copy(options, watched_cxt) : NULL;
}

static void
drop_facts(const LoadFacts *facts)
{
	const void *const kept[] = {facts->model, facts->alias, facts->options};

	for (int i = 0; i < (int) lengthof(kept); i++)
	{
		if (kept[i] != NULL)
			pfree(unconstify(void *, kept[i]));
	}
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

/* ---- what was counted ---- */

Datum
assoc_session_loads(PG_FUNCTION_ARGS)
{
	dlist_iter	iter;

	InitMaterializedSRF(fcinfo, 0);
	dlist_foreach(iter, &watched_lru)
	{
		const LoadWatch *watch = dlist_container(LoadWatch, lru, iter.cur);

		put_row(&watch->key, &watch->facts, &watch->counts, fcinfo->resultinfo);
	}
	return (Datum) 0;
}

Datum
assoc_server_loads(PG_FUNCTION_ARGS)
{
	need_shared();
	InitMaterializedSRF(fcinfo, 0);
	load_counts_each_shared(put_row, fcinfo->resultinfo);
	return (Datum) 0;
}

Datum
assoc_server_loads_reset(PG_FUNCTION_ARGS pg_attribute_unused())
{
	need_shared();
	load_counts_forget_shared();
	PG_RETURN_VOID();
}

static void
need_shared(void)
{
	if (!load_counts_are_shared())
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("loads are not counted for the whole server"),
				 errhint("Set shared_preload_libraries = 'pg_associations' and restart, with pg_associations.max_server_loads above 0. assoc.stat_loads has those of this session.")));
}

/* a relation of another database means nothing here */
static void
put_row(const LoadKey *key, const LoadFacts *facts, const LoadCounts *counts, void *result)
{
	ReturnSetInfo *set = result;
	Datum		values[NCOLUMNS];
	bool		nulls[NCOLUMNS] = {0};

	if (!is_shown(key))
		return;
	values[0] = ObjectIdGetDatum(key->model);
	nulls[0] = key->database != MyDatabaseId;
	values[1] = ObjectIdGetDatum(key->role);
	put_text(kind_name(facts->kind), &values[2], &nulls[2]);
	put_text(facts->alias, &values[3], &nulls[3]);
	values[4] = JsonbPGetDatum(facts->options);
	nulls[4] = facts->options == NULL;
	values[5] = Int64GetDatum(counts->calls);
	values[6] = Int64GetDatum(counts->rows);
	values[7] = Int64GetDatum(counts->statements);
	put_text(source_name(counts), &values[8], &nulls[8]);
	values[9] = Float8GetDatum(counts->seconds * 1000);
	values[10] = Float8GetDatum(counts->longest * 1000);
	values[11] = ObjectIdGetDatum(key->database);
	put_text(facts->model, &values[12], &nulls[12]);
	tuplestore_putvalues(set->setResult, set->setDesc, values, nulls);
}

/* as pg_stat_statements shows text of statements */
static bool
is_shown(const LoadKey *key)
{
	return has_privs_of_role(GetUserId(), key->role) ||
		has_privs_of_role(GetUserId(), ROLE_PG_READ_ALL_STATS);
}

static void
put_text(const char *text, Datum *value, bool *null)
{
	*null = text == NULL;
	*value = text ? CStringGetTextDatum(text) : (Datum) 0;
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
source_name(const LoadCounts *counts)
{
	if (counts->probed && counts->batched)
		return "probe, batch";
	return counts->probed ? "probe" : "batch";
}
