/*-------------------------------------------------------------------------
 *
 * accessor.h
 *	  Generated functions such as user_with_projects.
 *
 * Plain SQL functions with a parsed body over the entry points (load_one,
 * link_add, ...), made by CREATE FUNCTION as the caller: PostgreSQL tracks what they
 * rest on.  Which functions belong to an association is read from pg_depend and
 * their bodies, never stored.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_ACCESSOR_H
#define ASSOC_ACCESSOR_H

#include "registry_cache.h"

/*
 * Make or bring up to date the accessors of an association, as its option "accessors" says.
 * Names and signatures are checked before anything is created.  Regenerating keeps
 * owner, grants, SECURITY DEFINER and SET.  Returns signatures (List of char *).
 */
extern List *accessors_create(const AssociationEnds *ends);

/* drop the accessors of an association */
extern void accessors_drop(Oid source, const char *alias);

/* signatures of those that exist */
extern List *accessors_list(Oid source, const char *alias);

#endif							/* ASSOC_ACCESSOR_H */
