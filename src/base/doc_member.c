/*-------------------------------------------------------------------------
 *
 * doc_member.c
 *	  Members of documents that know their path, as declarations read them.
 *
 * Decides nothing beyond what document.c does; keeps each value together with
 * its path.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "base/doc_member.h"
#include "fmgr.h"
#include "utils/fmgrprotos.h"

static DocMember *make_member(char *key, int index, const JsonbValue *value,
							  const DocPath *path);
static void add_context(void *arg);

List *
doc_document_members(Jsonb *document, const DocPath *path)
{
	JsonbValue	root;

	if (document == NULL)
		return NIL;
	doc_root_value(document, &root);
	return doc_members(&root, path);
}

List *
doc_members(const JsonbValue *value, const DocPath *path)
{
	List	   *members = NIL;

	doc_need_object(value, path);
	foreach_ptr(DocPair, pair, doc_object_pairs(value))
		members = lappend(members, make_member(pair->key, 0, &pair->value, path));
	return members;
}

List *
doc_elements(const JsonbValue *value, const DocPath *path)
{
	List	   *members = NIL;

	doc_need_array(value, path);
	foreach_ptr(JsonbValue, element, doc_array_elements(value))
		members = lappend(members, make_member(NULL, foreach_current_index(element),
											   element, path));
	return members;
}

DocMember *
doc_whole(const JsonbValue *value, const DocPath *path)
{
	DocMember  *member = palloc0_object(DocMember);

	member->value = *value;
	if (path != NULL)
		member->path = *path;
	return member;
}

static DocMember *
make_member(char *key, int index, const JsonbValue *value, const DocPath *path)
{
	DocMember  *member = palloc0_object(DocMember);

	member->key = key;
	member->value = *value;
	member->path.parent = path;
	member->path.key = key;
	member->path.index = index;
	return member;
}

void
doc_check_keys(List *members, const char *const *known, const char *what)
{
	foreach_ptr(DocMember, member, members)
	{
		if (!doc_is_known(member->key, known))
			doc_unknown_key(&member->path, known, what);
	}
}

DocMember *
doc_find(List *members, const char *key)
{
	foreach_ptr(DocMember, member, members)
	{
		if (strcmp(member->key, key) == 0)
			return member;
	}
	return NULL;
}

char *
doc_member_string(DocMember *member)
{
	return doc_need_string(&member->value, &member->path);
}

char *
doc_member_name(DocMember *member, const char *what)
{
	return doc_need_name(&member->value, what, &member->path);
}

bool
doc_member_bool(DocMember *member)
{
	return doc_need_bool(&member->value, &member->path);
}

List *
doc_member_strings(DocMember *member)
{
	return doc_need_strings(&member->value, &member->path);
}

void
doc_context_push(DocErrorContext *context, const DocPath *path, const char *query)
{
	context->path = path;
	context->query = query;
	context->callback.callback = add_context;
	context->callback.arg = context;
	context->callback.previous = error_context_stack;
	error_context_stack = &context->callback;
}

void
doc_context_pop(DocErrorContext *context)
{
	error_context_stack = context->callback.previous;
}

static void
add_context(void *arg)
{
	DocErrorContext *context = arg;
	int			position = geterrposition();

	/* a position in the document's text is none in the calling statement */
	if (position > 0)
	{
		errposition(0);
		if (context->query != NULL)
		{
			internalerrposition(position);
			internalerrquery(context->query);
		}
	}
	errcontext("declaration at %s", error_path_string(context->path));
}

Jsonb *
doc_parse(const char *json)
{
	return DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(json)));
}
