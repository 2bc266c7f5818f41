/*-------------------------------------------------------------------------
 *
 * document.h
 *	  Reads the jsonb documents of declarations, with places in errors.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_DOCUMENT_H
#define ASSOC_DOCUMENT_H

#include "errors.h"
#include "utils/jsonb.h"

/* a member of an object or an element of an array */
typedef struct DocMember
{
	char	   *key;			/* NULL for an element */
	JsonbValue	value;			/* containers are jbvBinary */
	DocPath		path;			/* its place; the parent is the container's */
} DocMember;

/* members of an object as a List of DocMember *; error when it is no object */
extern List *document_members(JsonbValue *value, const DocPath *path);
/* elements of an array; error when it is none */
extern List *document_elements(JsonbValue *value, const DocPath *path);
/* a whole argument as a value to walk */
extern JsonbValue *document_root(Jsonb *document);

/* error 22023 with the nearest known key for a member that is not known; "what" is the plural noun */
extern void document_check_keys(List *members, const char *const *known, const char *what);
extern DocMember *document_find(List *members, const char *key);	/* or NULL */

extern bool document_is_array(const JsonbValue *value);
extern bool document_is_object(const JsonbValue *value);

/* the member's value as what it must be; error 22023 with the place otherwise */
extern char *document_string(DocMember *member);
extern bool document_bool(DocMember *member);
extern List *document_strings(DocMember *member);	/* one string or an array of them */

/* a scalar as text, a container as JSON text; NULL for JSON null */
extern char *document_text(JsonbValue *value);

/* "a string", "an object": what a value is, for messages */
extern const char *document_kind(const JsonbValue *value);

/*
 * Between push and pop, errors that PostgreSQL itself raises (of a type's input
 * function, of a parser) get a CONTEXT line that names the place.  The query is the text
 * that is being parsed, or NULL.
 */
typedef struct DocErrorContext
{
	ErrorContextCallback callback;
	const DocPath *path;
	const char *query;
} DocErrorContext;

extern void document_context_push(DocErrorContext *context, const DocPath *path,
								  const char *query);
extern void document_context_pop(DocErrorContext *context);

/* text of JSON as jsonb */
extern Jsonb *document_parse(const char *json);

/* NULL-terminated array of names as a List */
extern List *document_name_list(const char *const *names);

#endif							/* ASSOC_DOCUMENT_H */
