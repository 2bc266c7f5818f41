/*-------------------------------------------------------------------------
 *
 * options_value.c
 *	  A value in a document: literal, parameter or column.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "options/options.h"
#include "options/options_internal.h"

static void read_reference(OptionValue *result, const DocPair *pair, const DocPath *path);

OptionValue *
options_value(const JsonbValue *value, const DocPath *path)
{
	OptionValue *result = palloc0_object(OptionValue);

	result->kind = OPTION_LITERAL;
	result->path = path;
	result->literal = *value;
	result->most = PG_INT64_MAX;
	if (!options_is_reference(value))
		return result;
	foreach_ptr(DocPair, pair, doc_object_pairs(value))
		read_reference(result, pair, path);
	return result;
}

static void
read_reference(OptionValue *result, const DocPair *pair, const DocPath *path)
{
	const DocPath *member_path = doc_path_key(path, pair->key);

	if (strcmp(pair->key, "value") == 0)
		result->literal = pair->value;
	else if (strcmp(pair->key, "optional") == 0)
		result->optional = doc_need_bool(&pair->value, member_path);
	else if (strcmp(pair->key, "above") == 0)
		result->above = doc_need_bool(&pair->value, member_path);
	else
	{
		result->kind = strcmp(pair->key, "param") == 0 ? OPTION_PARAM : OPTION_COLUMN;
		result->name = doc_need_string(&pair->value, member_path);
	}
}

/* an object with the single key param, col or value; beside param there may be optional, beside col above */
bool
options_is_reference(const JsonbValue *value)
{
	DocPair    *pair;
	int			n = doc_is_object(value) ? JsonContainerSize(value->val.binary.data) : 0;

	if (n == 2)
		return (doc_get(value, "param") != NULL && doc_get(value, "optional") != NULL) ||
			(doc_get(value, "col") != NULL && doc_get(value, "above") != NULL);
	if (n != 1)
		return false;
	pair = linitial(doc_object_pairs(value));
	return strcmp(pair->key, "param") == 0 || strcmp(pair->key, "col") == 0 ||
		strcmp(pair->key, "value") == 0;
}
