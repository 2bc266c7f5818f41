/*-------------------------------------------------------------------------
 *
 * document.c
 *	  Reads the jsonb documents of declarations, with places in errors.
 *
 * Decides how a value of the wrong kind and an unknown key are reported.  Which
 * keys there are and what they mean, the callers decide.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"
#include "document.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

static List *collect(JsonbValue *container, const DocPath *path);
static void add_context(void *arg);
static void wrong_kind(const JsonbValue *value, const DocPath *path, const char *expected)
			pg_attribute_noreturn();

JsonbValue *
document_root(Jsonb *document)
{
	JsonbValue *value = palloc0_object(JsonbValue);

	/* a scalar is stored as an array of one */
	if (!JsonbExtractScalar(&document->root, value))
		JsonbToJsonbValue(document, value);
	return value;
}

List *
document_members(JsonbValue *value, const DocPath *path)
{
	if (!document_is_object(value))
		wrong_kind(value, path, "an object");
	return collect(value, path);
}

List *
document_elements(JsonbValue *value, const DocPath *path)
{
	if (!document_is_array(value))
		wrong_kind(value, path, "an array");
	return collect(value, path);
}

static List *
collect(JsonbValue *container, const DocPath *path)
{
	JsonbIterator *it = JsonbIteratorInit(container->val.binary.data);
	JsonbIteratorToken token;
	JsonbValue	v;
	char	   *key = NULL;
	List	   *members = NIL;

	token = JsonbIteratorNext(&it, &v, false);	/* the container's own start */
	while ((token = JsonbIteratorNext(&it, &v, true)) != WJB_DONE)
	{
		DocMember  *member;

		CHECK_FOR_INTERRUPTS();
		if (token == WJB_KEY)
			key = pnstrdup(v.val.string.val, v.val.string.len);
		if (token != WJB_VALUE && token != WJB_ELEM)
			continue;
		member = palloc0_object(DocMember);
		member->key = key;
		member->value = v;
		member->path.parent = path;
		member->path.key = key;
		member->path.index = list_length(members);
		members = lappend(members, member);
	}
	return members;
}

bool
document_is_array(const JsonbValue *value)
{
	return value->type == jbvBinary &&
		JsonContainerIsArray(value->val.binary.data) &&
		!JsonContainerIsScalar(value->val.binary.data);
}

bool
document_is_object(const JsonbValue *value)
{
	return value->type == jbvBinary && JsonContainerIsObject(value->val.binary.data);
}

void
document_check_keys(List *members, const char *const *known, const char *what)
{
	ListCell   *lc;

	foreach(lc, members)
	{
		DocMember  *member = lfirst(lc);
		bool		found = false;

		for (int i = 0; known[i] != NULL && !found; i++)
			found = strcmp(known[i], member->key) == 0;
		if (!found)
			error_document(ERRCODE_INVALID_PARAMETER_VALUE, &member->path,
						   hint_nearest(member->key, document_name_list(known), what),
						   "unknown key \"%s\"", member->key);
	}
}

DocMember *
document_find(List *members, const char *key)
{
	ListCell   *lc;

	foreach(lc, members)
	{
		DocMember  *member = lfirst(lc);

		if (strcmp(member->key, key) == 0)
			return member;
	}
	return NULL;
}

char *
document_string(DocMember *member)
{
	if (member->value.type != jbvString)
		wrong_kind(&member->value, &member->path, "a string");
	return pnstrdup(member->value.val.string.val, member->value.val.string.len);
}

bool
document_bool(DocMember *member)
{
	if (member->value.type != jbvBool)
		wrong_kind(&member->value, &member->path, "true or false");
	return member->value.val.boolean;
}

List *
document_strings(DocMember *member)
{
	List	   *result = NIL;
	ListCell   *lc;

	if (member->value.type == jbvString)
		return list_make1(document_string(member));
	if (!document_is_array(&member->value))
		wrong_kind(&member->value, &member->path, "a string or an array of strings");
	foreach(lc, document_elements(&member->value, &member->path))
		result = lappend(result, document_string(lfirst(lc)));
	return result;
}

char *
document_text(JsonbValue *value)
{
	switch (value->type)
	{
		case jbvNull:
			return NULL;
		case jbvBool:
			return pstrdup(value->val.boolean ? "true" : "false");
		case jbvString:
			return pnstrdup(value->val.string.val, value->val.string.len);
		case jbvNumeric:
			return DatumGetCString(DirectFunctionCall1(numeric_out,
													   NumericGetDatum(value->val.numeric)));
		default:
			return JsonbToCString(NULL, value->val.binary.data, value->val.binary.len);
	}
}

const char *
document_kind(const JsonbValue *value)
{
	switch (value->type)
	{
		case jbvNull:
			return "null";
		case jbvBool:
			return value->val.boolean ? "true" : "false";
		case jbvString:
			return "a string";
		case jbvNumeric:
			return "a number";
		default:
			return document_is_object(value) ? "an object" : "an array";
	}
}

Jsonb *
document_parse(const char *json)
{
	return DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(json)));
}

List *
document_name_list(const char *const *names)
{
	List	   *result = NIL;

	for (int i = 0; names[i] != NULL; i++)
		result = lappend(result, pstrdup(names[i]));
	return result;
}

void
document_context_push(DocErrorContext *context, const DocPath *path, const char *query)
{
	context->path = path;
	context->query = query;
	context->callback.callback = add_context;
	context->callback.arg = context;
	context->callback.previous = error_context_stack;
	error_context_stack = &context->callback;
}

void
document_context_pop(DocErrorContext *context)
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
	errcontext("declaration at %s", doc_path_string(context->path));
}

static void
wrong_kind(const JsonbValue *value, const DocPath *path, const char *expected)
{
	error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, NULL,
				   "expected %s, not %s", expected, document_kind(value));
}
