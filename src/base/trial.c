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

#include "base/attempt.h"
#include "base/role.h"
#include "base/trial.h"

/* a step that runs as another role, until its subtransaction ends */
typedef struct RoleStep
{
	Oid			role;
	TrialStep	step;
	void	   *arg;
} RoleStep;

static void run_as(void *arg);
static bool goes_on(const ErrorData *error);

ErrorData *
trial_as(Oid role, TrialStep step, void *arg)
{
	RoleStep	as = {role, step, arg};
	ErrorData  *error = attempt_error(run_as, &as, true);

	if (error != NULL && goes_on(error))
		ReThrowError(error);
	return error;
}

void
trial_undo(TrialStep step, void *arg)
{
	ErrorData  *error = attempt_error(step, arg, true);

	if (error != NULL)
		ReThrowError(error);
}

static void
run_as(void *arg)
{
	const RoleStep *as = arg;

	(void) role_become(as->role);
	as->step(as->arg);
}

/* is the error about something else than the step? */
static bool
goes_on(const ErrorData *error)
{
	int			category = ERRCODE_TO_CATEGORY(error->sqlerrcode);

	return category == ERRCODE_OPERATOR_INTERVENTION ||
		category == ERRCODE_INSUFFICIENT_RESOURCES ||
		category == ERRCODE_TRANSACTION_ROLLBACK ||
		error->sqlerrcode == ERRCODE_LOCK_NOT_AVAILABLE;
}
