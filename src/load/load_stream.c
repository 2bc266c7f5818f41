/*-------------------------------------------------------------------------
 *
 * load_stream.c
 *	  find and the accessors like it: roots returned one by one.
 *
 * Decides how many roots are read at a time, and what is held open between two calls: a
 * LIMIT of the calling statement may stop them at any of these.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/relation.h"
#include "base/arguments.h"
#include "base/compat.h"
#include "funcapi.h"
#include "load/load_call.h"
#include "load/load_watch.h"
#include "run/load_run.h"
#include "run/rows_batch.h"
#include "run/run_sink.h"
#include "run/run_write.h"
#include "utils/rel.h"
#include "utils/resowner.h"

/*
 * Roots read at a time by the streaming functions: memory does not grow with their number, and what is read
 * is still in the processor's cache when it is written.
 */
#define FIRST_STREAMED_ROOTS 32
#define MAX_STREAMED_ROOTS 200

PG_FUNCTION_INFO_V1(assoc_load_all);
PG_FUNCTION_INFO_V1(assoc_load_all_json);
PG_FUNCTION_INFO_V1(assoc_find);
PG_FUNCTION_INFO_V1(assoc_find_json);

LOAD_IN_BOTH_FORMATS(load_all)
LOAD_IN_BOTH_FORMATS(find)

/* a set of roots being streamed */
typedef struct RootStream
{
	LoadRun    *run;
	char	   *portal;			/* of the roots */
	LoadedLink *next;			/* the root to return next, in the batch at hand */
	long		batch;			/* roots to read next time */
	bool		ended;			/* no more roots to read */
	ExprContext *econtext;
	int			ntables;		/* all that the plan reads, held open */
	Relation   *tables;
	ResourceOwner owner;		/* of these */
} RootStream;

static Datum stream_roots(FunctionCallInfo fcinfo, JsonWriterFormat format, bool bound);
static void stream_open(FunctionCallInfo fcinfo, FuncCallContext *call, const LoadRequest *request,
						Jsonb *params);
static void hold_tables(RootStream *stream);
static LoadedLink *stream_next(RootStream *stream);
static Datum stream_row(RootStream *stream, LoadedLink *link);
static void stream_close(Datum arg);

/* (source, alias, options) */
static Datum
load_all(FunctionCallInfo fcinfo, JsonWriterFormat format)
{
	return stream_roots(fcinfo, format, true);
}

/* (model, options, params, allow) */
static Datum
find(FunctionCallInfo fcinfo, JsonWriterFormat format)
{
	return stream_roots(fcinfo, format, false);
}

static Datum
stream_roots(FunctionCallInfo fcinfo, JsonWriterFormat format, bool bound)
{
	FuncCallContext *call;
	RootStream *stream;
	LoadedLink *link;

	if (SRF_IS_FIRSTCALL())
	{
		MemoryContext old;
		LoadRequest request;

		call = SRF_FIRSTCALL_INIT();
		old = MemoryContextSwitchTo(call->multi_call_memory_ctx);
		request = bound ? load_bound_request(fcinfo, LOAD_FIND, format, 2) :
			load_model_request(fcinfo, LOAD_FIND, format, 1, 3);
		stream_open(fcinfo, call, &request, bound ? NULL : argument_object(fcinfo, 2, "params"));
		MemoryContextSwitchTo(old);
	}
	call = SRF_PERCALL_SETUP();
	stream = call->user_fctx;
	link = stream_next(stream);
	if (link != NULL)
		SRF_RETURN_NEXT(call, stream_row(stream, link));
	UnregisterExprContextCallback(stream->econtext, stream_close, PointerGetDatum(stream));
	stream_close(PointerGetDatum(stream));
	SRF_RETURN_DONE(call);
}

static void
stream_open(FunctionCallInfo fcinfo, FuncCallContext *call, const LoadRequest *request,
			Jsonb *params)
{
	RootStream *stream = palloc0_object(RootStream);

	stream->run = load_begin(request, params);
	/* rows that are read backward are shown once all of them are read */
	stream->batch = stream->run->plan->nodes[0]->backward ? PG_INT32_MAX : FIRST_STREAMED_ROOTS;
	stream->econtext = ((ReturnSetInfo *) fcinfo->resultinfo)->econtext;
	stream->portal = rows_batch_open(&stream->run->nodes[0]);
	/* a LIMIT above us may stop the calls at any time */
	RegisterExprContextCallback(stream->econtext, stream_close, PointerGetDatum(stream));
	call->user_fctx = stream;
	hold_tables(stream);
}

/* a cursor's tables are in use: the session cannot empty or alter them before it is closed */
static void
hold_tables(RootStream *stream)
{
	const LoadPlan *plan = stream->run->plan;

	stream->owner = CurrentResourceOwner;
	stream->tables = palloc_array(Relation, plan->nrelations);
	for (; stream->ntables < plan->nrelations; stream->ntables++)
		stream->tables[stream->ntables] = relation_open(plan->relations[stream->ntables], NoLock);
}

/* the next root, from the batch at hand or the next one; NULL at the end */
static LoadedLink *
stream_next(RootStream *stream)
{
	LoadedLink *link = stream->next;
	LoadRun    *run = stream->run;

	if (link == NULL && !stream->ended)
	{
		run_memory_next_batch(run);
		stream->ended = rows_batch_fetch(&run->nodes[0], stream->portal, stream->batch) <
			(uint64) stream->batch;
		stream->batch = Min((int64) stream->batch * 4, MAX_STREAMED_ROOTS);
		load_run_load(run, false);
		link = run_sink_group(run, 0)->first;
	}
	stream->next = link ? link->next : NULL;
	return link;
}

static Datum
stream_row(RootStream *stream, LoadedLink *link)
{
	json_writer_reset(&stream->run->writer);
	run_write_row(stream->run, link);
	return json_writer_finish(&stream->run->writer);
}

static void
stream_close(Datum arg)
{
	RootStream *stream = (RootStream *) DatumGetPointer(arg);
	ResourceOwner old = CurrentResourceOwner;

	load_watch_end(stream->run);
	rows_batch_close(stream->portal);
	CurrentResourceOwner = stream->owner;
	while (stream->ntables > 0)
		relation_close(stream->tables[--stream->ntables], NoLock);
	CurrentResourceOwner = old;
}
