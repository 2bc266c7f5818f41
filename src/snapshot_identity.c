/*-------------------------------------------------------------------------
 *
 * snapshot_identity.c
 *	  Does a snapshot see the very rows that the one before saw?
 *
 * What a snapshot sees of others is decided by the transactions that it takes as in
 * progress.  Whoever committed since stands in neither list, and made xmax or a list
 * another one.  What it sees of the session's own transaction is decided by command number
 * and by which subtransactions were rolled back; a rollback leaves the number as it is,
 * but not the subtransaction.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "snapshot_identity.h"

static bool has_room(Snapshot snapshot);
static bool is_same(const SnapshotIdentity *a, const SnapshotIdentity *b);
static void put_xids(SnapshotIdentity *identity, Snapshot snapshot);

bool
snapshot_identity_note(SnapshotIdentity *identity, Snapshot snapshot)
{
	SnapshotIdentity now;
	bool		same;

	now.known = has_room(snapshot) && !IsolationIsSerializable();
	if (!now.known)
	{
		identity->known = false;
		return false;
	}
	now.own = GetTopFullTransactionIdIfAny();
	now.subxact = GetCurrentSubTransactionId();
	now.curcid = snapshot->curcid;
	now.xmin = snapshot->xmin;
	now.xmax = snapshot->xmax;
	now.xcnt = snapshot->xcnt;
	now.subxcnt = snapshot->subxcnt;
	now.suboverflowed = snapshot->suboverflowed;
	now.in_recovery = snapshot->takenDuringRecovery;
	put_xids(&now, snapshot);
	same = is_same(identity, &now);
	if (!same)
		*identity = now;
	return same;
}

static bool
has_room(Snapshot snapshot)
{
	return snapshot->snapshot_type == SNAPSHOT_MVCC &&
		snapshot->xcnt <= MAX_IDENTITY_XIDS &&
		snapshot->subxcnt <= MAX_IDENTITY_XIDS - (int) snapshot->xcnt;
}

static void
put_xids(SnapshotIdentity *identity, Snapshot snapshot)
{
	memset(identity->xids, 0, sizeof(identity->xids));
	memcpy(identity->xids, snapshot->xip, sizeof(TransactionId) * snapshot->xcnt);
	memcpy(identity->xids + snapshot->xcnt, snapshot->subxip,
		   sizeof(TransactionId) * Max(0, snapshot->subxcnt));
}

/* a session that has written nothing sees nothing of its own */
static bool
is_same(const SnapshotIdentity *a, const SnapshotIdentity *b)
{
	if (!a->known || a->xmin != b->xmin || a->xmax != b->xmax || a->xcnt != b->xcnt ||
		a->subxcnt != b->subxcnt || a->suboverflowed != b->suboverflowed ||
		a->in_recovery != b->in_recovery || !FullTransactionIdEquals(a->own, b->own))
		return false;
	if (FullTransactionIdIsValid(a->own) && (a->subxact != b->subxact || a->curcid != b->curcid))
		return false;
	return memcmp(a->xids, b->xids, sizeof(a->xids)) == 0;
}
