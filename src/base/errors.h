/*-------------------------------------------------------------------------
 *
 * errors.h
 *	  The extension's own SQLSTATEs, and one error for each mistake that
 *	  several modules can meet.
 *
 * PostgreSQL's codes are used where they say the case: 42704 for an unknown
 * model or association, 42703 for an unknown attribute, 42P01 for a missing
 * table, 22023 for a wrong option.  Class PA holds what has no code there.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_ERRORS_H
#define ASSOC_ERRORS_H

#include "base/compat.h"
#include "nodes/pg_list.h"

/* a declaration says something else than the one that stands */
#define ERRCODE_ASSOC_DECLARATION_CONFLICT	MAKE_SQLSTATE('P','A','0','0','1')
/* the columns of a key do not match the columns that they point at */
#define ERRCODE_ASSOC_KEY_MISMATCH			MAKE_SQLSTATE('P','A','0','0','2')
/* a table exists but lacks what the declaration needs, and is not ours to alter */
#define ERRCODE_ASSOC_UNFIT_TABLE			MAKE_SQLSTATE('P','A','0','0','3')
/* the registry names something that the database no longer has */
#define ERRCODE_ASSOC_STALE_DECLARATION		MAKE_SQLSTATE('P','A','0','0','4')
/* a document that is to be saved is older than what is there */
#define ERRCODE_ASSOC_OUTDATED_DOCUMENT		MAKE_SQLSTATE('P','A','0','0','5')

/*
 * The path of a value in a document, such as include[0].where.title.  Built on the stack
 * while walking, or palloc'd where the node outlives the walk; turned into
 * text only when an error needs it.
 */
typedef struct DocPath
{
	const struct DocPath *parent;	/* NULL at the root */
	const char *key;			/* key in an object; NULL for an array element */
	int			index;			/* element number where key is NULL */
} DocPath;

/*
 * The outermost part of a path in a document that stands in the registry: what a declaration
 * says, not a caller.  It is no part of the text.
 */
extern const DocPath doc_declared;
extern bool error_path_is_declared(const DocPath *path);

extern char *error_path_string(const DocPath *path);

/*
 * error_name
 *		A name that somebody gave as a message shows it: no longer than a name can be.
 *
 * error_document cuts what it is given, so that this is for other errors.
 */
extern const char *error_name(const char *name);

/*
 * error_document
 *		Raise an error about a value in a document.
 *
 * The message gets " at <path>" appended (nothing at the root), DETAIL is JSON
 * {"path": ...}, and the hint, which may be NULL, stands as it is.  Whoever sends
 * ten megabytes as a name does not get them back in message, log and client: message
 * and keys of the path are cut where no honest one ends.
 */
pg_noreturn extern void error_document(int sqlstate, const DocPath *path,
									   const char *hint, const char *fmt,...)
			pg_attribute_printf(4, 5);

/*
 * error_rethrow_at
 *		In PG_CATCH: raise the error again as one about a value in a document.
 *
 * For what input functions and casts say of a caller's value.  Errors that say
 * nothing of a value pass as they are.  The hint, which may be NULL, is for errors without one.
 */
pg_noreturn extern void error_rethrow_at(const DocPath *path, const char *hint, MemoryContext cxt);

/* is it an error about the value that an input function was given?  A cancelled statement or a lack of memory is not */
extern bool error_is_of_value(int sqlstate);

/*
 * error_during_recovery
 *		Refuse to run a function that declares on a standby.
 *
 * The locks that come first would say it too, but as an error about locks and not
 * with the SQLSTATE of what must not be written.
 */
extern void error_during_recovery(Oid function);

/*
 * error_hint_nearest
 *		A hint that names the nearest of the known names and lists them.
 *
 * "what" is the plural noun, as in "The attributes are: ...".  Names come as a
 * List of char *, and are listed nearest first.  NULL when there are none.
 */
extern char *error_hint_nearest(const char *name, List *known, const char *what);

/* whether such a hint says that one of the known names was probably meant */
extern bool error_is_near(const char *name, List *known);

#endif							/* ASSOC_ERRORS_H */
