/*-------------------------------------------------------------------------
 *
 * document.c
 *	  Walking a jsonb document that a caller gave, with paths for errors.
 *
 * Decides how a document's values are read and which error one of the wrong form
 * gives.  What the keys mean, the callers decide.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "base/document.h"
#include "base/errors.h"
#include "base/naming.h"
#include "base/settings.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"

void
doc_root_value(Jsonb *document, JsonbValue *value)
{
	if (JB_ROOT_IS_SCALAR(document))
	{
		JsonbValue *scalar = getIthJsonbValueFromContainer(&document->root, 0);

		*value = *scalar;
		return;
	}
	value->type = jbvBinary;
	value->val.binary.data = &document->root;
	value->val.binary.len = VARSIZE(document) - VARHDRSZ;
}

bool
doc_is_object(const JsonbValue *value)
{
	return value->type == jbvBinary &&
		JsonContainerIsObject(value->val.binary.data);
}

bool
doc_is_array(const JsonbValue *value)
{
	return value->type == jbvBinary &&
		JsonContainerIsArray(value->val.binary.data) &&
		!JsonContainerIsScalar(value->val.binary.data);
}

/* PHP writes an empty object as []: there is no key in it, whichever it is */
bool
doc_reads_as_object(const JsonbValue *value)
{
	return doc_is_object(value) ||
		(doc_is_array(value) && JsonContainerSize(value->val.binary.data) == 0);
}

List *
doc_object_pairs(const JsonbValue *object)
{
	JsonbIterator *it;
	JsonbValue	v;
	List	   *pairs = NIL;
	JsonbIteratorToken token;

	if (object == NULL || !doc_is_object(object))
		return NIL;
	it = JsonbIteratorInit(object->val.binary.data);
	(void) JsonbIteratorNext(&it, &v, true);	/* WJB_BEGIN_OBJECT */
	while ((token = JsonbIteratorNext(&it, &v, true)) == WJB_KEY)
	{
		DocPair    *pair = palloc_object(DocPair);

		pair->key = pnstrdup(v.val.string.val, v.val.string.len);
		(void) JsonbIteratorNext(&it, &pair->value, true);	/* WJB_VALUE */
		pairs = lappend(pairs, pair);
	}
	return pairs;
}

List *
doc_array_elements(const JsonbValue *array)
{
	JsonbIterator *it;
	JsonbValue	v;
	List	   *elements = NIL;
	int			count;

	if (array == NULL || !doc_is_array(array))
		return NIL;
	count = JsonContainerSize(array->val.binary.data);
	it = JsonbIteratorInit(array->val.binary.data);
	/* by iterator: looking each element up by number would be quadratic */
	(void) JsonbIteratorNext(&it, &v, true);	/* WJB_BEGIN_ARRAY */
	for (int i = 0; i < count; i++)
	{
		JsonbValue *element = palloc_object(JsonbValue);

		(void) JsonbIteratorNext(&it, element, true);	/* WJB_ELEM */
		elements = lappend(elements, element);
	}
	return elements;
}

JsonbValue *
doc_get(const JsonbValue *object, const char *key)
{
	if (!doc_is_object(object))
		return NULL;
	return getKeyJsonValueFromContainer(object->val.binary.data,
										key, strlen(key), NULL);
}

JsonbValue *
doc_option(Jsonb *document, const char *outer, const char *key)
{
	JsonbValue	root;
	const JsonbValue *object = &root;

	if (document == NULL)
		return NULL;
	doc_root_value(document, &root);
	if (outer != NULL)
		object = doc_get(&root, outer);
	return object ? doc_get(object, key) : NULL;
}

char *
doc_option_string(Jsonb *document, const char *outer, const char *key)
{
	JsonbValue *value = doc_option(document, outer, key);

	return value != NULL && value->type == jbvString ? doc_string(value) : NULL;
}

char *
doc_string(const JsonbValue *value)
{
	Assert(value->type == jbvString);
	return pnstrdup(value->val.string.val, value->val.string.len);
}

char *
doc_get_string(const JsonbValue *object, const char *key)
{
	JsonbValue *value = doc_get(object, key);

	return value != NULL && value->type == jbvString ? doc_string(value) : NULL;
}

char *
doc_json(const JsonbValue *value)
{
	StringInfoData buf;

	if (value->type == jbvNull)
		return pstrdup("null");
	if (value->type != jbvString)
		return doc_text(value);
	initStringInfo(&buf);
	escape_json(&buf, doc_string(value));
	return buf.data;
}

char *
doc_text(const JsonbValue *value)
{
	switch (value->type)
	{
		case jbvNull:
			return NULL;
		case jbvString:
			return doc_string(value);
		case jbvBool:
			return pstrdup(value->val.boolean ? "true" : "false");
		case jbvNumeric:
			return DatumGetCString(DirectFunctionCall1(numeric_out,
													   NumericGetDatum(value->val.numeric)));
		case jbvBinary:
			return JsonbToCString(NULL, value->val.binary.data, value->val.binary.len);
		default:
			elog(ERROR, "unexpected jsonb value type %d", (int) value->type);
	}
	return NULL;				/* keep compiler quiet */
}

const char *
doc_kind_name(const JsonbValue *value)
{
	switch (value->type)
	{
		case jbvNull:
			return "null";
		case jbvString:
			return "a string";
		case jbvNumeric:
			return "a number";
		case jbvBool:
			return "a boolean";
		default:
			return doc_is_object(value) ? "an object" : "an array";
	}
}

DocPath *
doc_path_key(const DocPath *parent, const char *key)
{
	DocPath    *path = palloc_object(DocPath);

	path->parent = parent;
	path->key = key;
	path->index = 0;
	return path;
}

DocPath *
doc_path_index(const DocPath *parent, int index)
{
	DocPath    *path = doc_path_key(parent, NULL);

	path->index = index;
	return path;
}

char *
doc_need_string(const JsonbValue *value, const DocPath *path)
{
	if (value->type != jbvString)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, NULL,
					   "expected a string, not %s,", doc_kind_name(value));
	return doc_string(value);
}

List *
doc_need_strings(const JsonbValue *value, const DocPath *path)
{
	List	   *strings = NIL;

	if (value->type == jbvString)
		return list_make1(doc_string(value));
	doc_need_array(value, path);
	foreach_ptr(JsonbValue, element, doc_array_elements(value))
		strings = lappend(strings, doc_need_string(element,
												   doc_path_index(path, foreach_current_index(element))));
	return strings;
}

char *
doc_need_name(const JsonbValue *value, const char *what, const DocPath *path)
{
	char	   *name = doc_need_string(value, path);

	naming_check(name, what, path);
	return name;
}

bool
doc_need_bool(const JsonbValue *value, const DocPath *path)
{
	if (value->type != jbvBool)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, NULL,
					   "expected true or false, not %s,", doc_kind_name(value));
	return value->val.boolean;
}

bool
doc_is_true(const JsonbValue *value)
{
	return value != NULL && value->type == jbvBool && value->val.boolean;
}

void
doc_check_depth(int depth, const DocPath *path)
{
	check_stack_depth();
	CHECK_FOR_INTERRUPTS();
	if (depth > assoc_max_depth)
		error_document(ERRCODE_PROGRAM_LIMIT_EXCEEDED, path,
					   "The setting pg_associations.max_depth allows more.",
					   "data is nested more than %d levels deep", assoc_max_depth);
}

void
doc_need_object(const JsonbValue *value, const DocPath *path)
{
	if (!doc_reads_as_object(value))
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, NULL,
					   "expected an object, not %s,", doc_kind_name(value));
}

void
doc_need_array(const JsonbValue *value, const DocPath *path)
{
	if (!doc_is_array(value))
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, NULL,
					   "expected an array, not %s,", doc_kind_name(value));
}

bool
doc_is_known(const char *key, const char *const *known)
{
	for (; *known != NULL; known++)
	{
		if (strcmp(*known, key) == 0)
			return true;
	}
	return false;
}

void
doc_unknown_key(const DocPath *path, const char *const *known, const char *what)
{
	List	   *names = NIL;

	for (; *known != NULL; known++)
		names = lappend(names, unconstify(char *, *known));
	doc_unknown_name(path, names, what);
}

void
doc_unknown_name(const DocPath *path, List *known, const char *what)
{
	error_document(ERRCODE_INVALID_PARAMETER_VALUE, path,
				   error_hint_nearest(path->key, known, psprintf("%ss", what)),
				   "unknown %s \"%s\"", what, path->key);
}

/* ---- tables of keys ---- */

void
doc_read_object(void *target, const DocKey *keys, int context,
				const JsonbValue *object, const DocPath *path, const char *what)
{
	doc_need_object(object, path);
	foreach_ptr(DocPair, pair, doc_object_pairs(object))
	{
		DocPath    *member_path = doc_path_key(path, pair->key);

		if (!doc_read_key(target, keys, context, &pair->value, member_path))
			doc_unknown_name(member_path, doc_key_names(keys, context), what);
	}
}

bool
doc_read_key(void *target, const DocKey *keys, int context,
			 const JsonbValue *value, const DocPath *path)
{
	for (const DocKey *key = keys; key->name != NULL; key++)
	{
		if ((key->contexts & context) != 0 && strcmp(key->name, path->key) == 0)
		{
			key->read((char *) target + key->field, value, path);
			return true;
		}
	}
	return false;
}

List *
doc_key_names(const DocKey *keys, int context)
{
	List	   *names = NIL;

	for (const DocKey *key = keys; key->name != NULL; key++)
	{
		if ((key->contexts & context) != 0)
			names = lappend(names, unconstify(char *, key->name));
	}
	return names;
}

void
doc_check_bool(void *field pg_attribute_unused(), const JsonbValue *value, const DocPath *path)
{
	(void) doc_need_bool(value, path);
}

void
doc_check_string(void *field pg_attribute_unused(), const JsonbValue *value, const DocPath *path)
{
	(void) doc_need_string(value, path);
}

void
doc_read_bool(void *field, const JsonbValue *value, const DocPath *path)
{
	*(bool *) field = doc_need_bool(value, path);
}

void
doc_read_int_bool(void *field, const JsonbValue *value, const DocPath *path)
{
	*(int *) field = doc_need_bool(value, path);
}

void
doc_read_string(void *field, const JsonbValue *value, const DocPath *path)
{
	*(char **) field = doc_need_string(value, path);
}

void
doc_read_strings(void *field, const JsonbValue *value, const DocPath *path)
{
	*(List **) field = doc_need_strings(value, path);
}

/* ---- documents ---- */

Jsonb *
doc_object(int n, const char *const *keys, JsonbValue *values)
{
	AssocJsonbState state = {0};

	assoc_push_jsonb(&state, WJB_BEGIN_OBJECT, NULL);
	for (int i = 0; i < n; i++)
	{
		JsonbValue	key;

		key.type = jbvString;
		key.val.string.val = unconstify(char *, keys[i]);
		key.val.string.len = strlen(keys[i]);
		assoc_push_jsonb(&state, WJB_KEY, &key);
		assoc_push_jsonb(&state, WJB_VALUE, &values[i]);
	}
	assoc_push_jsonb(&state, WJB_END_OBJECT, NULL);
	return JsonbValueToJsonb(state.result);
}

Jsonb *
doc_copy(const Jsonb *document, MemoryContext cxt)
{
	return document ? memcpy(MemoryContextAlloc(cxt, VARSIZE(document)), document, VARSIZE(document)) : NULL;
}

bool
doc_same(const Jsonb *one, const Jsonb *other)
{
	if (one == NULL || other == NULL)
		return one == other;
	return VARSIZE(one) == VARSIZE(other) && memcmp(one, other, VARSIZE(one)) == 0;
}

Jsonb *
doc_concat(Jsonb *before, Jsonb *after)
{
	if (before == NULL || after == NULL)
		return before ? before : after;
	return DatumGetJsonbP(DirectFunctionCall2(jsonb_concat, JsonbPGetDatum(before), JsonbPGetDatum(after)));
}

void
doc_write_key(StringInfo buf, const char *key)
{
	if (buf->len == 0)
		appendStringInfoChar(buf, '{');
	else if (buf->data[buf->len - 1] != '{')
		appendStringInfoString(buf, ", ");
	escape_json(buf, key);
	appendStringInfoString(buf, ": ");
}

void
doc_write_string(StringInfo buf, const char *key, const char *value)
{
	doc_write_key(buf, key);
	if (value != NULL)
		escape_json(buf, value);
	else
		appendStringInfoString(buf, "null");
}

void
doc_write_strings(StringInfo buf, const char *key, const List *values)
{
	doc_write_key(buf, key);
	appendStringInfoChar(buf, '[');
	foreach_ptr(char, value, values)
	{
		appendStringInfoString(buf, foreach_current_index(value) > 0 ? ", " : "");
		escape_json(buf, value);
	}
	appendStringInfoChar(buf, ']');
}

void
doc_write_value(StringInfo buf, const JsonbValue *value)
{
	Jsonb	   *document = JsonbValueToJsonb(unconstify(JsonbValue *, value));

	(void) JsonbToCString(buf, &document->root, VARSIZE(document));
}
