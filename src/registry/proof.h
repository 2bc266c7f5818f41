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

#include "registry/registry_cache.h"

/* zeroed: none */
typedef struct Proofs
{
	TransactionId trusted;		/* that made the youngest one that is relied on */
	TransactionId distrusted;	/* that made one which is too young */
	bool		outside_trigger;	/* asked where no trigger runs, */
	bool		inside_trigger;	/* or in one: for foreign keys */
	bool		asks_role;		/* it counts on rights of the role */
} Proofs;

/* does it hold for every snapshot of the transaction?  Noted in proofs, unless they are NULL */
extern bool proof_by_index(Proofs *proofs, Oid index);

/*
 * Is a column of an index the reference to a key, or the key, and equal for the index whatever an association
 * takes for equal?  In another collation it may tell 'a' from 'A', and be unique.
 */
extern bool proof_index_on_ref(const ModelIndex *index, int column, const Attribute *ref, const Attribute *key);
extern bool proof_index_on_key(const ModelIndex *index, int column, const Attribute *ref, const Attribute *key);

/* is there, for every row of "from" whose refs are not null, one of "to" with these keys? */
extern bool proof_by_foreign_key(Proofs *proofs, const Model *from, int n, Attribute **ref,
								 const Model *to, Attribute **key);
/* is a row of "from" deleted with the one of "to" that it points at?  update: does it follow a new key of it? */
extern bool proof_of_cascade(const Model *from, int n, Attribute **ref,
							 const Model *to, Attribute **key, bool update);
extern bool proof_by_not_null(Proofs *proofs, const Model *model, const Attribute *attribute);
extern bool proof_never_null(Proofs *proofs, const Model *model, int n, Attribute **attributes);

/* would each of the answers that were noted be the same now? */
extern bool proofs_hold(const Proofs *proofs);

#endif							/* ASSOC_PROOF_H */
