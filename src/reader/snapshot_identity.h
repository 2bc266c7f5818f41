/*-------------------------------------------------------------------------
 *
 * snapshot_identity.h
 *	  Does a snapshot see the very rows that the one before saw?
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_SNAPSHOT_IDENTITY_H
#define ASSOC_SNAPSHOT_IDENTITY_H

#include "utils/snapshot.h"

/*
 * A number, never 0, of what the active snapshot sees, an MVCC one.  The same number as
 * before: a row that was visible then, in a table that was locked then and is now, is visible
 * with the same values.  Another number says nothing.  Under SERIALIZABLE a row that is not
 * read again is not protected in a new transaction, which is for the caller to heed.
 */
extern uint64 snapshot_identity(Snapshot snapshot);

#endif							/* ASSOC_SNAPSHOT_IDENTITY_H */
