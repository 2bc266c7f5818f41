/*-------------------------------------------------------------------------
 *
 * snapshot_identity.h
 *	  Does a snapshot see the very rows that the one before saw?
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_SNAPSHOT_IDENTITY_H
#define ASSOC_SNAPSHOT_IDENTITY_H

#include "access/transam.h"
#include "utils/snapshot.h"

/* zeroed: of none */
typedef struct SnapshotIdentity
{
	bool		known;
	FullTransactionId own;		/* the session's transaction, if it has written anything */
	SubTransactionId subxact;	/* and if it has, */
	CommandId	curcid;			/*   what of that is seen */
	TransactionId xmin;
	TransactionId xmax;
	uint32		xcnt;			/* transactions in progress, */
	int32		subxcnt;		/*   and subtransactions */
	bool		suboverflowed;
	bool		in_recovery;
} SnapshotIdentity;

/*
 * Note an MVCC snapshot, the active one; is it like the one noted last?  True: a row
 * that was visible then, in a table that was locked then and is now, is visible with the
 * same values.  Never under SERIALIZABLE, where a row that is not read is not protected.
 */
extern bool snapshot_identity_note(SnapshotIdentity *identity, Snapshot snapshot);

#endif							/* ASSOC_SNAPSHOT_IDENTITY_H */
