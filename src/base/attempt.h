/*-------------------------------------------------------------------------
 *
 * attempt.h
 *	  Work that may meet what another transaction wrote meanwhile, and is then done again.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_ATTEMPT_H
#define ASSOC_ATTEMPT_H

#include "utils/elog.h"

/*
 * Run in a subtransaction, and undone where undo is true or it raises an error.  That error, or NULL.
 * What the work allocates in the current memory context stays.
 */
extern ErrorData *attempt_error(void (*work) (void *), void *arg, bool undo);
/*
 * Run in a subtransaction.  False: it met this error, or one of this class, and everything that it did is undone;
 * any other error is raised.
 */
extern bool attempt(void (*work) (void *), void *arg, int sqlstate);
/*
 * work(arg, 0) to work(arg, n - 1), each one attempted until it is done, for one may have to wait for what another does.
 * False: some cannot be done.  done: by number.
 */
extern bool attempt_each(int n, void (*work) (void *, int), void *arg, int sqlstate, bool *done);
/* the same until no deadlock ends it, where that can help */
extern void attempt_through_deadlocks(void (*work) (void *), void *arg);

#endif							/* ASSOC_ATTEMPT_H */
