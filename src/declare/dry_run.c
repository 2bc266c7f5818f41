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
#include "base/doc_member.h"
#include "base/trial.h"
#include "declare/dry_run.h"
#include "registry/citus.h"

/* a call in progress */
typedef struct DryRun
{
	FunctionCallInfo fcinfo;
	DeclaringCall call;
	int			variant;
	Datum		result;
} DryRun;

static void run(void *arg);

Datum
dry_run(FunctionCallInfo fcinfo, int argument, DeclaringCall call, int variant)
{
	DryRun		dry = {fcinfo, call, variant, (Datum) 0};
	StringInfoData statements;
	List	   *record;

	citus_use_one_connection();
	if (PG_NARGS() <= argument || PG_ARGISNULL(argument) || !PG_GETARG_BOOL(argument))
		return call(fcinfo, variant);
	record = dry_run_record(run, &dry, true);
	initStringInfo(&statements);
	doc_write_strings(&statements, "statements", record);
	appendStringInfoChar(&statements, '}');
	PG_RETURN_JSONB_P(doc_concat(DatumGetJsonbP(dry.result), doc_parse(statements.data)));
}

/* in the memory context of the caller, which stays */
static void
run(void *arg)
{
	DryRun	   *dry = arg;

	dry->result = dry->call(dry->fcinfo, dry->variant);
}

List *
dry_run_record(TrialStep step, void *arg, bool undo)
{
	DdlRecord	record = {CurrentMemoryContext, NIL};
	DdlRecord  *before = ddl_record(&record);

	PG_TRY();
	{
		if (undo)
			trial_undo(step, arg);
		else
			step(arg);
	}
	PG_FINALLY();
	{
		(void) ddl_record(before);
	}
	PG_END_TRY();
	return record.statements;
}
