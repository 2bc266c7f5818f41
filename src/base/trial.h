/*-------------------------------------------------------------------------
 *
 * trial.h
 *	  Something that is tried out, and leaves nothing behind.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_TRIAL_H
#define ASSOC_TRIAL_H

typedef void (*TrialStep) (void *arg);

/*
 * Run step as this role, in a security-restricted operation, and roll back: user,
 * settings, locks and what it wrote are as before.  What it allocates in the caller's
 * context stays.  Returns its error, or NULL.  An error that has nothing to do with
 * what is tried (a cancelled statement, no memory, a lock timeout) goes on.
 */
extern ErrorData *trial_as(Oid role, TrialStep step, void *arg);

/*
 * Run step as it is, and roll back: what would be done depends on what was done before it, so
 * a dry run does it all.  An error is raised, and leaves no subtransaction open, which a
 * handler further out would take for its own.
 */
extern void trial_undo(TrialStep step, void *arg);

#endif							/* ASSOC_TRIAL_H */
