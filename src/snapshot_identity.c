/*-------------------------------------------------------------------------
 *
 * snapshot_identity.c
 *	  Does a snapshot see the very rows that the one before saw?
 *
 * What a snapshot sees of others is decided by which transactions before its xmax were
 * in progress.  With xmax the same these can only become fewer, so their number tells.
 * What it sees of the session's own transaction is decided by command number and by which
 * subtransactions were rolled back; a rollback leaves the number as it is, but not the
 * subtransaction.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "snapshot_identity.h"

static bool is_same(const SnapshotIdentity *a, const SnapshotIdentity *b);

bool
snapshot_identity_note(SnapshotIdentity *identity, Snapshot snapshot)
{
	SnapshotIdentity before = *identity;

	identity->known = snapshot->snapshot_type == SNAPSHOT_MVCC && !IsolationIsSerializable();
	identity->own = GetTopFullTransactionIdIfAny();
	identity->subxact = GetCurrentSubTransactionId();
	identity->curcid = snapshot->curcid;
	identity->xmin = snapshot->xmin;
	identity->xmax = snapshot->xmax;
	identity->xcnt = snapshot->xcnt;
	identity->subxcnt = snapshot->subxcnt;
	identity->suboverflowed = snapshot->suboverflowed;
	identity->in_recovery = snapshot->takenDuringRecovery;
	return before.known && identity->known && is_same(&before, identity);
}

/* a session that has written nothing sees nothing of its own */
static bool
is_same(const SnapshotIdentity *a, const SnapshotIdentity *b)
{
	if (a->xmin != b->xmin || a->xmax != b->xmax || a->xcnt != b->xcnt ||
		a->subxcnt != b->subxcnt || a->suboverflowed != b->suboverflowed ||
		a->in_recovery != b->in_recovery || !FullTransactionIdEquals(a->own, b->own))
		return false;
	return !FullTransactionIdIsValid(a->own) ||
		(a->subxact == b->subxact && a->curcid == b->curcid);
}
