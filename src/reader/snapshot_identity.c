/*-------------------------------------------------------------------------
 *
 * snapshot_identity.c
 *	  Does a snapshot see the very rows that the one before saw?
 *
 * What a snapshot sees of others is decided by which transactions before its xmax were
 * in progress.  With xmax the same these can only become fewer, so their number tells.
 * What it sees of the session's own transaction nothing tells: the number of the command does not, for a
 * trigger or function is run while the command that it is a part of, with a lower number, goes on writing.
 * So a session that has written something sees another state each time.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/transam.h"
#include "access/xact.h"
#include "reader/snapshot_identity.h"

/* what it sees is a function of this */
typedef struct SnapshotIdentity
{
	TransactionId xmin;
	TransactionId xmax;
	uint32		xcnt;			/* transactions in progress, */
	int32		subxcnt;		/*   and subtransactions */
	bool		suboverflowed;
	bool		in_recovery;
} SnapshotIdentity;

/* of the snapshot that was asked for last, and its number among those that were different */
static SnapshotIdentity last;
static uint64 last_number = 0;

static bool is_same(const SnapshotIdentity *a, const SnapshotIdentity *b);

uint64
snapshot_identity(Snapshot snapshot)
{
	SnapshotIdentity now;

	now.xmin = snapshot->xmin;
	now.xmax = snapshot->xmax;
	now.xcnt = snapshot->xcnt;
	now.subxcnt = snapshot->subxcnt;
	now.suboverflowed = snapshot->suboverflowed;
	now.in_recovery = snapshot->takenDuringRecovery;
	if (last_number == 0 || snapshot->snapshot_type != SNAPSHOT_MVCC ||
		TransactionIdIsValid(GetTopTransactionIdIfAny()) || !is_same(&last, &now))
		last_number++;
	last = now;
	return last_number;
}

static bool
is_same(const SnapshotIdentity *a, const SnapshotIdentity *b)
{
	return a->xmin == b->xmin && a->xmax == b->xmax && a->xcnt == b->xcnt &&
		a->subxcnt == b->subxcnt && a->suboverflowed == b->suboverflowed &&
		a->in_recovery == b->in_recovery;
}
