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

#include "registry/registry_cache.h"
#include "utils/acl.h"
#include "utils/array.h"

/*
 * Make or bring up to date the accessors of an association, as its option "accessors" says.
 * Names and signatures are checked before anything is created.  Regenerating keeps
 * owner, grants, SECURITY DEFINER and SET.  With prune, those that the declaration no longer
 * wants are dropped; without, accessors that somebody renamed are left alone.
 * *changed is set where anything was done.  Returns signatures (List of char *).
 */
extern List *accessors_create(const ResolvedAssociation *assoc, bool prune, bool *changed);

/* the same for all associations of a table */
extern void accessors_restore(Oid source);

/* a recreated accessor gets the grants and settings of the one before it */
extern void accessor_give(Oid function, Acl *grants, bool security_definer, List *settings, char *comment);

/*
 * The association was one of the table before, or went to another one: its accessors call it where it is now, and stay
 * the same functions.  Their signatures.
 */
extern List *accessors_move(Oid before, const ResolvedAssociation *assoc);

/* a function is given what another one has: owner, grants and settings */
extern void accessor_give_as(Oid function, Oid other);

/* a text[] as List of char * */
extern List *accessor_texts_of(ArrayType *array);

/* drop the accessors of an association; their signatures */
extern List *accessors_drop(Oid source, const char *alias);

/*
 * An association or the model of its source has another name now: its accessors, which
 * were called as in plan (of accessor_names_plan) and had this alias, are called so, with owner,
 * grants and settings.  Their signatures.
 */
extern List *accessors_rename(const char *alias, List *plan, const ResolvedAssociation *assoc);

#endif							/* ASSOC_ACCESSOR_H */
