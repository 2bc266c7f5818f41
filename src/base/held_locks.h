/*-------------------------------------------------------------------------
 *
 * held_locks.h
 *	  Locks that stay until the transaction ends, taken once in it.
 *
 * The server looks up each lock again that is asked for again.  A statement that calls us for each
 * of its rows asks for the same ones every time: without this a row with the number of its links takes
 * 1.13 times as long there, one with its links by a condition 1.09 times.  One call a transaction gains nothing.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_HELD_LOCKS_H
#define ASSOC_HELD_LOCKS_H

#include "access/xact.h"
#include "base/compat.h"
#include "storage/proc.h"

/* where certain locks were taken last: a subtransaction that is rolled back lets go of its own */
typedef struct HeldLocks
{
	LocalTransactionId transaction;
	SubTransactionId subtransaction;
} HeldLocks;

static inline bool
held_locks_stand(const HeldLocks *locks)
{
	return locks->transaction == assoc_local_xid() &&
		locks->subtransaction == GetCurrentSubTransactionId();
}

/* all of them have been taken */
static inline void
held_locks_note(HeldLocks *locks)
{
	locks->transaction = assoc_local_xid();
	locks->subtransaction = GetCurrentSubTransactionId();
}

#endif							/* ASSOC_HELD_LOCKS_H */
