/*-------------------------------------------------------------------------
 *
 * doc_member.h
 *	  Members of documents that know their path, as declarations read them.
 *
 * Over document.h, for callers that look members up by name and come back to
 * them later: a default is read once the type is known.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_DOC_MEMBER_H
#define ASSOC_DOC_MEMBER_H

#include "base/document.h"

/* a member of an object or an element of an array */
typedef struct DocMember
{
	char	   *key;			/* NULL for an element */
	JsonbValue	value;			/* containers are jbvBinary */
	DocPath		path;			/* its path; the parent is the container's */
} DocMember;

/* members of an object, elements of an array (List of DocMember *); an error when it is none */
extern List *doc_members(const JsonbValue *value, const DocPath *path);
extern List *doc_elements(const JsonbValue *value, const DocPath *path);
/* a value as a member of its own, at the path itself */
extern DocMember *doc_whole(const JsonbValue *value, const DocPath *path);
/* members of a whole document; NULL has none */
extern List *doc_document_members(Jsonb *document, const DocPath *path);

/* error 22023 with the nearest known key for a member that is not known; "what" is singular */
extern void doc_check_keys(List *members, const char *const *known, const char *what);
extern DocMember *doc_find(List *members, const char *key); /* or NULL */

/* the member's value as what it must be; error 22023 with the path otherwise */
extern char *doc_member_string(DocMember *member);
extern char *doc_member_name(DocMember *member, const char *what);	/* checked by naming_check */
extern bool doc_member_bool(DocMember *member);
extern List *doc_member_strings(DocMember *member); /* one string or an array of them */

/*
 * Between push and pop, errors that PostgreSQL itself raises (of a type's input
 * function, of a parser) get a CONTEXT line that names the path.  The query is the text
 * that is being parsed, or NULL.
 */
typedef struct DocErrorContext
{
	ErrorContextCallback callback;
	const DocPath *path;
	const char *query;
} DocErrorContext;

extern void doc_context_push(DocErrorContext *context, const DocPath *path, const char *query);
extern void doc_context_pop(DocErrorContext *context);

/* text of JSON as jsonb */
extern Jsonb *doc_parse(const char *json);

#endif							/* ASSOC_DOC_MEMBER_H */
