/*-------------------------------------------------------------------------
 *
 * key_index.h
 *	  Which indexes serve the columns of a key, and what would make one.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_KEY_INDEX_H
#define ASSOC_KEY_INDEX_H

#include "registry/registry_cache.h"
#include "utils/relcache.h"

typedef bool (*IndexTest) (Relation index, const void *arg);

/* the first index of the relation that passes the test, or InvalidOid; the others are not looked at */
extern Oid	key_find_index(Oid relation, IndexTest test, const void *arg);

/* columns for which a scope has a value: all rows of an association have that one */
extern List *key_scope_columns(const Model *model, const JsonbValue *scope);
/* whether an index finds the rows that have values in these columns; the fixed ones may help */
extern bool key_has_index(Oid relation, List *columns, List *fixed);
/* whether one row at most has the same values in these columns, by an index or by the declared key */
extern bool key_is_unique(const Model *model, List *columns);

/* WARNING with the statement to run, where no index finds rows by the columns */
extern void key_warn_missing_index(Oid relation, List *columns, List *fixed, const char *purpose);

/*
 * The statement that would make the columns unique, as PostgreSQL takes it for this
 * relation: a view has no unique key, but its declaration may have one.  NULL: none would.
 */
extern char *key_unique_statement(const Model *model, List *columns);
/* may a table have a unique key over these columns, or over expressions? */
extern bool key_may_be_unique(const Model *model, List *columns);
extern bool key_may_be_expression(const Model *model);

#endif							/* ASSOC_KEY_INDEX_H */
