/*-------------------------------------------------------------------------
 *
 * transaction_mark.h
 *	  Is this still the transaction in which something was done?
 *
 * A lock on a relation is held until its transaction, or the subtransaction that took
 * it, ends.  Who marks where he took it need not take it again in there.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_TRANSACTION_MARK_H
#define ASSOC_TRANSACTION_MARK_H

#include "access/xact.h"
#include "base/compat.h"
#include "base/mechanism.h"
#include "storage/proc.h"

/* zeroed: of none */
typedef struct TransactionMark
{
	LocalTransactionId transaction;
	SubTransactionId subtransaction;
} TransactionMark;

static inline void
transaction_mark_set(TransactionMark *mark)
{
	mark->transaction = assoc_local_xid();
	mark->subtransaction = GetCurrentSubTransactionId();
}

/* the very subtransaction, not one within it */
static inline bool
transaction_mark_holds(const TransactionMark *mark)
{
	return mechanism_is_used(MECHANISM_TRANSACTION_MARK) && mark->transaction != InvalidLocalTransactionId &&
		mark->transaction == assoc_local_xid() &&
		mark->subtransaction == GetCurrentSubTransactionId();
}

#endif							/* ASSOC_TRANSACTION_MARK_H */
