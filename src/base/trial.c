/*-------------------------------------------------------------------------
 *
 * trial.c
 *	  Something that is tried out, and leaves nothing behind.
 *
 * What is stored was written by the owner of a table, so it is looked at as ANALYZE and
 * REINDEX run what they find: as that owner.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "base/role.h"
#include "base/trial.h"
#include "utils/resowner.h"

static ErrorData *run_and_undo(Oid role, TrialStep step, void *arg);
static bool goes_on(const ErrorData *error);

ErrorData *
trial_as(Oid role, TrialStep step, void *arg)
{
	ErrorData  *error = run_and_undo(role, step, arg);

	if (error != NULL && goes_on(error))
		ReThrowError(error);
	return error;
}

void
trial_undo(TrialStep step, void *arg)
{
	ErrorData  *error = run_and_undo(InvalidOid, step, arg);

	if (error != NULL)
		ReThrowError(error);
}

/* InvalidOid: as the caller */
static ErrorData *
run_and_undo(Oid role, TrialStep step, void *arg)
{
	MemoryContext outer = CurrentMemoryContext;
	ResourceOwner resources = CurrentResourceOwner;
	ErrorData  *volatile error = NULL;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(outer);
	PG_TRY();
	{
		if (OidIsValid(role))
			(void) role_become(role);
		step(arg);
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(outer);
		error = CopyErrorData();
		FlushErrorState();
	}
	PG_END_TRY();
	RollbackAndReleaseCurrentSubTransaction();
	MemoryContextSwitchTo(outer);
	CurrentResourceOwner = resources;
	return error;
}

/* what has nothing to do with the declaration */
static bool
goes_on(const ErrorData *error)
{
	int			category = ERRCODE_TO_CATEGORY(error->sqlerrcode);

	return category == ERRCODE_OPERATOR_INTERVENTION ||
		category == ERRCODE_INSUFFICIENT_RESOURCES ||
		category == ERRCODE_TRANSACTION_ROLLBACK ||
		error->sqlerrcode == ERRCODE_LOCK_NOT_AVAILABLE;
}
