/*-------------------------------------------------------------------------
 *
 * rights.h
 *	  Rights of the caller to a relation, known before it is locked.
 *
 * A call that finds nothing to do runs no statement that would say 42501, and a lock
 * taken on the way is kept until the transaction ends: so no relation is locked but here,
 * or by whoever owns it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_RIGHTS_H
#define ASSOC_RIGHTS_H

#include "base/compat.h"
#include "storage/lockdefs.h"

/*
 * USAGE on the schema, and any of these on the relation or on one of its columns; of none
 * (ACL_NO_RIGHTS) USAGE is all.  A relation that is gone is nobody's: whoever looks for it next says so.
 */
extern bool rights_have(Oid relation, AclMode any);

/* on the relation, or on this column of it; who has no USAGE on the schema is not told here */
extern bool rights_have_column(Oid relation, AttrNumber column, AclMode mode);

/* as rights_have(); error 42501 as plain SQL says it */
extern void rights_require(Oid relation, AclMode any);

/*
 * Lock with the rights that LOCK TABLE wants: SELECT to read, INSERT, UPDATE or DELETE to
 * write, and without INSERT for what is stronger.  The right may be to some columns only.
 * Of several relations all rights come before the first lock.
 */
extern void rights_lock(Oid relation, LOCKMODE mode);
extern void rights_require_for(Oid relation, LOCKMODE mode);

/*
 * The same of a relation that the statements may turn out not to touch: with lesser
 * rights locked to read, without any not at all.  Statements say what is missing.
 */
extern void rights_lock_allowed(Oid relation, LOCKMODE mode);

#endif							/* ASSOC_RIGHTS_H */
