/*-------------------------------------------------------------------------
 *
 * dry_run.c
 *	  Declarations that are tried out: what they would do, and nothing done.
 *
 * For those who look at a migration before it runs, or run parts of it themselves: an index
 * CONCURRENTLY, a constraint NOT VALID.  The declaration then finds them and takes them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "base/ddl.h"
#include "base/trial.h"
#include "declare/dry_run.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"
#include "utils/jsonb.h"

/* a call in progress */
typedef struct DryRun
{
	FunctionCallInfo fcinfo;
	DeclaringCall call;
	Datum		result;
} DryRun;

static void run(void *arg);
static Datum statements_document(List *statements);

Datum
dry_run(FunctionCallInfo fcinfo, int argument, DeclaringCall call)
{
	DryRun		dry = {fcinfo, call, (Datum) 0};
	DdlRecord	record = {CurrentMemoryContext, NIL};
	DdlRecord  *before;

	if (PG_NARGS() <= argument || PG_ARGISNULL(argument) || !PG_GETARG_BOOL(argument))
		return call(fcinfo);
	before = ddl_record(&record);
	PG_TRY();
	{
		trial_undo(run, &dry);
	}
	PG_FINALLY();
	{
		(void) ddl_record(before);
	}
	PG_END_TRY();
	return DirectFunctionCall2(jsonb_concat, dry.result, statements_document(record.statements));
}

/* in the memory context of the caller, which stays */
static void
run(void *arg)
{
	DryRun	   *dry = arg;

	dry->result = dry->call(dry->fcinfo);
}

static Datum
statements_document(List *statements)
{
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfoString(&buf, "{\"statements\": [");
	foreach_ptr(char, statement, statements)
	{
		appendStringInfoString(&buf, foreach_current_index(statement) > 0 ? ", " : "");
		escape_json(&buf, statement);
	}
	appendStringInfoString(&buf, "]}");
	return DirectFunctionCall1(jsonb_in, CStringGetDatum(buf.data));
}
