/*-------------------------------------------------------------------------
 *
 * foreign_key.h
 *	  The pointing columns of a has_many, has_one or belongs_to: made or checked.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_FOREIGN_KEY_H
#define ASSOC_FOREIGN_KEY_H

#include "declare/key_reference.h"

/*
 * A table that a declaration made gets the columns, their foreign key and an index;
 * an adopted one is compared and never altered.  With unique (has_one) no
 * two rows may point at one.  Names of columns made are appended to *created;
 * returns whether anything changed.
 */
extern bool foreign_key_fit(const KeyReference *ref, const AssociationOptions *options,
							bool unique, bool replace, List **created);

/* make the index that a table made by a declaration has lost */
extern void foreign_key_restore(const KeyReference *ref);

#endif							/* ASSOC_FOREIGN_KEY_H */
