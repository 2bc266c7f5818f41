/*-------------------------------------------------------------------------
 *
 * load_lock.c
 *	  find_for_update: rows locked, then loaded.
 *
 * Two steps.  The rows that options find are locked by a statement of their own, in
 * the order and up to the limit asked for; where another transaction changed one
 * meanwhile, PostgreSQL waits and looks at the conditions again.  Then they are
 * loaded by key under a snapshot taken after the last lock was granted, so what is
 * shown is what is locked.  Rows that are included are not locked.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "base/arguments.h"
#include "base/compat.h"
#include "deparse/statement.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "load/load_call.h"
#include "load/load_watch.h"
#include "run/load_run.h"
#include "run/run_sink.h"
#include "run/run_write.h"
#include "utils/builtins.h"
#include "utils/snapmgr.h"

PG_FUNCTION_INFO_V1(assoc_find_for_update);

/* rows that are locked and loaded, being returned */
typedef struct LockedRows
{
	LoadRun    *run;
	int			nrows;
	int			next;
	bool		backward;		/* the last is shown first */
} LockedRows;

/* a word of SQL's locking clause */
typedef struct LockWord
{
	const char *name;
	int			value;
} LockWord;

static int	lock_word(FunctionCallInfo fcinfo, int number, const char *argument,
					  const LockWord *words, int nwords);
static LoadRequest lock_request(FunctionCallInfo fcinfo);
static LockedRows *lock_and_load(FunctionCallInfo fcinfo);
static bool *lock_each(LoadRun *found, Oid relation);
static int	load_locked(LoadRun *run, LoadRun *locked, const bool *skipped);
static LoadedLink *next_row(LockedRows *rows);

/* (model, options, strength, wait, params, allow) */
Datum
assoc_find_for_update(PG_FUNCTION_ARGS)
{
	FuncCallContext *call;
	LockedRows *rows;
	LoadedLink *row;

	if (SRF_IS_FIRSTCALL())
	{
		MemoryContext old;

		call = SRF_FIRSTCALL_INIT();
		old = MemoryContextSwitchTo(call->multi_call_memory_ctx);
		call->user_fctx = lock_and_load(fcinfo);
		MemoryContextSwitchTo(old);
	}
	call = SRF_PERCALL_SETUP();
	rows = call->user_fctx;
	row = next_row(rows);
	if (row == NULL)
		SRF_RETURN_DONE(call);
	json_writer_reset(&rows->run->writer);
	run_write_row(rows->run, row);
	SRF_RETURN_NEXT(call, json_writer_finish(&rows->run->writer));
}

static LockedRows *
lock_and_load(FunctionCallInfo fcinfo)
{
	LoadRequest request = lock_request(fcinfo);
	Jsonb	   *params = argument_object(fcinfo, 4, "params");
	LoadRun    *locked = load_begin(&request, params);
	LockedRows *rows = palloc0_object(LockedRows);
	bool	   *skipped;

	load_run_load(locked, true);
	skipped = lock_each(locked, request.model);
	request.kind = LOAD_BY_KEY;
	request.single = request.listed = true;
	/* what this transaction did so far is seen too */
	CommandCounterIncrement();
	PushActiveSnapshot(GetTransactionSnapshot());
	rows->run = load_begin(&request, params);
	rows->nrows = load_locked(rows->run, locked, skipped);
	rows->backward = locked->plan->nodes[0]->backward;
	PopActiveSnapshot();
	load_end(locked);
	return rows;
}

/*
 * What Citus keeps is found first and locked then, row by row: it refuses to lock what a
 * condition finds.  Tells which rows were passed over; NULL: the statement has locked all.
 */
static bool *
lock_each(LoadRun *found, Oid relation)
{
	const Model *model = registry_model(relation);
	KeyTable   *keys = &found->nodes[0].idents;
	bool	   *skipped;

	if (!model->distributed)
		return NULL;
	skipped = palloc0_array(bool, Max(keys->nkeys, 1));
	SPI_connect();
	for (int i = 0; i < keys->nkeys; i++)
		skipped[i] = statement_lock_row(model, model->nkey, model->key,
										&keys->keys[i * keys->ncolumns],
										load_plan_lock_clause(found->plan, "")) == 0;
	SPI_finish();
	return skipped;
}

static LoadRequest
lock_request(FunctionCallInfo fcinfo)
{
	static const LockWord strengths[] = {
		{"update", LCS_FORUPDATE}, {"no key update", LCS_FORNOKEYUPDATE},
		{"share", LCS_FORSHARE}, {"key share", LCS_FORKEYSHARE}
	};
	static const LockWord waits[] = {
		{"wait", LockWaitBlock}, {"nowait", LockWaitError}, {"skip locked", LockWaitSkip}
	};
	LoadRequest request = load_model_request(fcinfo, LOAD_LOCK, JSON_FORMAT_JSONB, 1, 5);

	request.lock = lock_word(fcinfo, 2, "strength", strengths, lengthof(strengths));
	request.wait = lock_word(fcinfo, 3, "wait", waits, lengthof(waits));
	return request;
}

/* NULL means not given: the first of the words */
static int
lock_word(FunctionCallInfo fcinfo, int number, const char *argument,
		  const LockWord *words, int nwords)
{
	List	   *known = NIL;
	char	   *given;

	if (PG_ARGISNULL(number))
		return words[0].value;
	given = text_to_cstring(PG_GETARG_TEXT_PP(number));
	for (int i = 0; i < nwords; i++)
	{
		if (strcmp(given, words[i].name) == 0)
			return words[i].value;
		known = lappend(known, unconstify(char *, words[i].name));
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("argument \"%s\" cannot be \"%s\"", argument, error_name(given)),
			 errhint("%s", error_hint_nearest(given, known, "choices"))));
}

/* in the order in which they were locked; how many */
static int
load_locked(LoadRun *run, LoadRun *locked, const bool *skipped)
{
	KeyTable   *keys = &locked->nodes[0].idents;
	int			n = 0;

	for (int i = 0; i < keys->nkeys; i++)
	{
		if (skipped && skipped[i])
			continue;
		(void) load_run_request(run, &keys->keys[i * keys->ncolumns]);
		n++;
	}
	load_run_load(run, true);
	return n;
}

/* a row that does not fulfil the conditions any more is passed over */
static LoadedLink *
next_row(LockedRows *rows)
{
	while (rows->next < rows->nrows)
	{
		int			n = rows->next++;
		LoadedGroup *group = run_sink_group(rows->run, rows->backward ? rows->nrows - 1 - n : n);

		if (group->first)
			return group->first;
	}
	return NULL;
}
