/*-------------------------------------------------------------------------
 *
 * attempt.h
 *	  Work that may meet what another transaction wrote meanwhile, and is then done again.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_ATTEMPT_H
#define ASSOC_ATTEMPT_H

/*
 * Run in a subtransaction.  False: it met this error and everything that it did is undone;
 * any other error is raised.  What it allocates in the current memory context stays.
 */
extern bool attempt(void (*work) (void *), void *arg, int sqlstate);
/* the same until no deadlock ends it, where that can help */
extern void attempt_through_deadlocks(void (*work) (void *), void *arg);

#endif							/* ASSOC_ATTEMPT_H */
