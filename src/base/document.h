/*-------------------------------------------------------------------------
 *
 * document.h
 *	  Walking a jsonb document that a caller gave, with paths for errors.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_DOCUMENT_H
#define ASSOC_DOCUMENT_H

#include "base/errors.h"
#include "lib/stringinfo.h"
#include "nodes/pg_list.h"
#include "utils/jsonb.h"

/* a pair of an object */
typedef struct DocPair
{
	char	   *key;
	JsonbValue	value;
} DocPair;

/* the root of a document: a container as jbvBinary, or the bare scalar */
extern void doc_root_value(Jsonb *document, JsonbValue *value);

extern bool doc_is_object(const JsonbValue *value);
extern bool doc_reads_as_object(const JsonbValue *value);
extern bool doc_is_array(const JsonbValue *value);

/* pairs of an object (List of DocPair *), elements of an array (List of JsonbValue *); NIL for anything else, and NULL */
extern List *doc_object_pairs(const JsonbValue *object);
extern List *doc_array_elements(const JsonbValue *array);

/* value of a key in an object; NULL when the object has none */
extern JsonbValue *doc_get(const JsonbValue *object, const char *key);

/* value of a key in a document (or NULL); where outer is not NULL, in the object under that key of the document */
extern JsonbValue *doc_option(Jsonb *document, const char *outer, const char *key);
/* the same, where it is a string; else NULL, for rows of the registry may have been written by hand */
extern char *doc_option_string(Jsonb *document, const char *outer, const char *key);

extern char *doc_string(const JsonbValue *value);	/* copy of a jbvString */
/* the string of a key in an object; NULL where it has none, or another value */
extern char *doc_get_string(const JsonbValue *object, const char *key);
/* a scalar as text, the way ->> gives it; a container as its JSON; NULL for null */
extern char *doc_text(const JsonbValue *value);

/* a value as JSON text */
extern char *doc_json(const JsonbValue *value);

/* "a string", "an array", ...: for "must be ..., not ..." */
extern const char *doc_kind_name(const JsonbValue *value);

/* is the value true?  It may be NULL */
extern bool doc_is_true(const JsonbValue *value);

/* paths, palloc'd */
extern DocPath *doc_path_key(const DocPath *parent, const char *key);
extern DocPath *doc_path_index(const DocPath *parent, int index);

/* typed reads: error 22023 at the path when the value is of another form */
extern char *doc_need_string(const JsonbValue *value, const DocPath *path);
/* a name, checked by naming_check; "what" it is for */
extern char *doc_need_name(const JsonbValue *value, const char *what, const DocPath *path);
/* one string or an array of them, as a List of char * */
extern List *doc_need_strings(const JsonbValue *value, const DocPath *path);
extern bool doc_need_bool(const JsonbValue *value, const DocPath *path);
extern void doc_need_object(const JsonbValue *value, const DocPath *path);
/* error where nested data goes deeper than pg_associations.max_depth; checks for interrupts, too */
extern void doc_check_depth(int depth, const DocPath *path);
extern void doc_need_array(const JsonbValue *value, const DocPath *path);

/* is a key one of known (NULL-terminated)?  Error 22023 for the last step of a path, which is none of them */
extern bool doc_is_known(const char *key, const char *const *known);
pg_noreturn extern void doc_unknown_key(const DocPath *path, const char *const *known, const char *what);

/* reads the value of a key into a field; the last step of the path is the key */
typedef void (*DocReader) (void *field, const JsonbValue *value, const DocPath *path);

/* a key of the objects that a table describes; a table ends with an entry without a name */
typedef struct DocKey
{
	const char *name;
	DocReader	read;
	size_t		field;			/* its offset in the struct that the object is read into; 0: the struct */
	int			contexts;		/* bits of the table's owner: which objects have the key */
} DocKey;

/* of a table for objects that all have the same keys */
#define DOC_ANY 1

/*
 * All keys of an object.  The context is the bit of such objects.
 * Error 22023 for a key that they do not have; "what" is singular.
 */
extern void doc_read_object(void *target, const DocKey *keys, int context,
							const JsonbValue *object, const DocPath *path, const char *what);
/* one key, the last step of the path; false where such objects do not have it */
extern bool doc_read_key(void *target, const DocKey *keys, int context,
						 const JsonbValue *value, const DocPath *path);
/* names of the keys that such objects have */
extern List *doc_key_names(const DocKey *keys, int context);
/* the same error, of a List of names */
pg_noreturn extern void doc_unknown_name(const DocPath *path, List *known, const char *what);

/* a value that is not read here, but has to be one of its kind */
extern void doc_check_bool(void *field, const JsonbValue *value, const DocPath *path);
extern void doc_check_string(void *field, const JsonbValue *value, const DocPath *path);
/* readers of plain values: a bool; a bool into an int, which is -1 where it is not given; a string; strings */
extern void doc_read_bool(void *field, const JsonbValue *value, const DocPath *path);
extern void doc_read_int_bool(void *field, const JsonbValue *value, const DocPath *path);
extern void doc_read_string(void *field, const JsonbValue *value, const DocPath *path);
extern void doc_read_strings(void *field, const JsonbValue *value, const DocPath *path);

/* an object of n keys, each once, and their values, in the current context */
extern Jsonb *doc_object(int n, const char *const *keys, JsonbValue *values);
/* a copy in a context; do two documents have the same bytes?  Each may be NULL */
extern Jsonb *doc_copy(const Jsonb *document, MemoryContext cxt);
extern bool doc_same(const Jsonb *one, const Jsonb *other);
/* the operator || of two documents, of which either may be NULL */
extern Jsonb *doc_concat(Jsonb *before, Jsonb *after);

/*
 * An object as JSON text: each call appends a key, the first one with the brace before it where the
 * text is empty, and its value: a string (NULL: null), or an array of strings.  The caller
 * appends the closing brace, and after doc_write_key() the value, as doc_write_value() does.
 */
extern void doc_write_key(StringInfo buf, const char *key);
extern void doc_write_string(StringInfo buf, const char *key, const char *value);
extern void doc_write_strings(StringInfo buf, const char *key, const List *values);
extern void doc_write_value(StringInfo buf, const JsonbValue *value);

#endif							/* ASSOC_DOCUMENT_H */
