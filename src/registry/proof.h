/*-------------------------------------------------------------------------
 *
 * proof.h
 *	  What the catalogs prove of rows, and for which snapshots.
 *
 * A unique index says that there are no two rows, a foreign key that there is one.
 * Who works by that fills Proofs, and looks before every use whether they hold.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_PROOF_H
#define ASSOC_PROOF_H

/* zeroed: none */
typedef struct Proofs
{
	TransactionId trusted;		/* that made the youngest one that is relied on */
	TransactionId distrusted;	/* that made one which is too young */
} Proofs;

/* does it hold for every snapshot of the transaction?  Noted in proofs, unless they are NULL */
extern bool proof_by_index(Proofs *proofs, Oid index);
extern bool proof_by_constraint(Proofs *proofs, Oid constraint);

/* would all of that be answered so now? */
extern bool proofs_hold(const Proofs *proofs);

#endif							/* ASSOC_PROOF_H */
