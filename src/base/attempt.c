/*-------------------------------------------------------------------------
 *
 * attempt.c
 *	  Work that may meet what another transaction wrote meanwhile, and is then done again.
 *
 * Decides what remains of a failed attempt: nothing but memory.  And that a deadlock is met by
 * doing the work again only in a transaction that has written nothing before: what an earlier call
 * holds would be waited for again.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/transam.h"
#include "access/xact.h"
#include "base/attempt.h"
#include "base/compat.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/resowner.h"

#define MAX_DEADLOCKS 5

/* seconds before the first repetition, in which the other transaction can go on; each later pause is four times as long */
#define FIRST_PAUSE 0.02

/* one of attempt_each's */
typedef struct Part
{
	void		(*work) (void *, int);
	void	   *arg;
	int			number;
} Part;

static void run_part(void *arg);
static bool is_met(int error, int sqlstate);

void
attempt_through_deadlocks(void (*work) (void *), void *arg)
{
	bool		alone = !TransactionIdIsValid(GetTopTransactionIdIfAny());
	double		pause = FIRST_PAUSE;

	for (int deadlocks = 0; alone && deadlocks < MAX_DEADLOCKS; deadlocks++)
	{
		if (attempt(work, arg, ERRCODE_T_R_DEADLOCK_DETECTED))
			return;
		(void) DirectFunctionCall1(pg_sleep, Float8GetDatum(pause));
		pause *= 4;
	}
	work(arg);
}

bool
attempt(void (*work) (void *), void *arg, int sqlstate)
{
	ErrorData  *error = attempt_error(work, arg, false);

	if (error != NULL && !is_met(error->sqlerrcode, sqlstate))
		ReThrowError(error);
	return error == NULL;
}

static bool
is_met(int error, int sqlstate)
{
	return error == sqlstate || (ERRCODE_IS_CATEGORY(sqlstate) && ERRCODE_TO_CATEGORY(error) == sqlstate);
}

ErrorData *
attempt_error(void (*work) (void *), void *arg, bool undo)
{
	MemoryContext cxt = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	ErrorData  *volatile error = NULL;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(cxt);
	PG_TRY();
	{
		work(arg);
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(cxt);
		error = CopyErrorData();
		FlushErrorState();
	}
	PG_END_TRY();
	if (undo || error != NULL)
		RollbackAndReleaseCurrentSubTransaction();
	else
		ReleaseCurrentSubTransaction();
	MemoryContextSwitchTo(cxt);
	CurrentResourceOwner = owner;
	return error;
}

/* in ascending and descending order by turns: a chain of parts, each of which waits for the next, takes two passes */
bool
attempt_each(int n, void (*work) (void *, int), void *arg, int sqlstate, bool *done)
{
	int			left = n;
	int			before;

	for (bool back = false; left > 0; back = !back)
	{
		before = left;
		for (int i = 0; i < n; i++)
		{
			Part		part = {work, arg, back ? n - 1 - i : i};

			CHECK_FOR_INTERRUPTS();
			if (!done[part.number] && attempt(run_part, &part, sqlstate))
			{
				done[part.number] = true;
				left--;
			}
		}
		if (left == before)
			return false;
	}
	return true;
}

static void
run_part(void *arg)
{
	Part	   *part = arg;

	part->work(part->arg, part->number);
}
