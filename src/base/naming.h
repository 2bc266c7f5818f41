/*-------------------------------------------------------------------------
 *
 * naming.h
 *	  Derived names: singular and plural, snake_case and camelCase.
 *
 * All results are palloc'd in the current context.  Works on bytes of the
 * database encoding; only ASCII letters change case, everything else stays.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_NAMING_H
#define ASSOC_NAMING_H

#include "base/errors.h"

/* English plural/singular of the last word of a name, in the name's own case:
 * User -> Users, UserProject -> UserProjects, user_category -> user_categories,
 * Person -> People, staff -> staff.  Idempotent: plural of a plural is itself. */
extern char *naming_plural(const char *name);
extern char *naming_singular(const char *name);

/* lower snake_case: UserProject -> user_project, HTTPServer -> http_server,
 * userId -> user_id, already_snake stays */
extern char *naming_snake(const char *name);
/* camelCase: start_date -> startDate, StartDate -> startDate */
extern char *naming_camel(const char *name);
/* is it written userId rather than user_id: with an upper case letter after its first byte and
 * no underscore? */
extern bool naming_is_camel(const char *name);

/* table of a model: User -> users, UserProject -> user_projects */
extern char *naming_table(const char *model);

/* key column that points at a model, in the style of another key (NULL: snake):
 * (Project, NULL) -> project_id, (Project, userId) -> projectId,
 * (Project, UserId) -> ProjectId.  The model may be a table name: (users, NULL)
 * -> user_id.
 * key_column is the column pointed at, usually "id". */
extern char *naming_foreign_key(const char *model, const char *key_column,
								const char *style_of);

/*
 * naming_check
 *		The one check of a name, where it comes in or is derived.
 *
 * An empty name is an error (ERRCODE_INVALID_NAME), and so is one that PostgreSQL
 * would cut (ERRCODE_NAME_TOO_LONG): what is made under the cut name is then not found
 * under the one that was asked for.  "what" says what the name is for, as in "name for
 * the join table is too long"; the path is its path in a document, or NULL.
 */
extern void naming_check(const char *name, const char *what, const DocPath *path);

/* is the name one of these (List of char *)? */
extern bool naming_among(const List *names, const char *name);

#endif							/* ASSOC_NAMING_H */
