/*-------------------------------------------------------------------------
 *
 * key_columns.h
 *	  Columns of keys, as lists of names.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_KEY_COLUMNS_H
#define ASSOC_KEY_COLUMNS_H

#include "registry/registry_cache.h"

/* "tenant_id, user_id" -> two names; NULL gives NIL; "argument" is for errors */
extern List *key_columns_parse(const char *names, const char *argument);
extern char *key_columns_text(List *columns);	/* tenant_id, user_id: for messages */
extern bool key_columns_equal(List *a, List *b);
extern List *key_columns_missing(Oid relation, List *columns);
extern char *key_columns_nearest(const Model *model, const char *column); /* a hint; or NULL */

/* error 42703 with the nearest names where a column does not exist */
extern void key_columns_require(const Model *model, List *columns);

#endif							/* ASSOC_KEY_COLUMNS_H */
