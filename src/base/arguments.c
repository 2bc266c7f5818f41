/*-------------------------------------------------------------------------
 *
 * arguments.c
 *	  Arguments of our SQL functions, and the errors where one is missing.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/arguments.h"
#include "base/compat.h"
#include "base/document.h"
#include "base/naming.h"
#include "utils/builtins.h"

void
argument_require(FunctionCallInfo fcinfo, int number, const char *name)
{
	if (PG_ARGISNULL(number))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"%s\" must not be null", name),
				 strcmp(name, "ids") == 0 ?
				 errhint("An empty array stands for no ids.") : 0));
}

const char *
argument_key_name(int number)
{
	switch (number)
	{
		case 1:
			return "pk";
		case 2:
			return "id";
		default:
			return "to_pk";
	}
}

char *
argument_text(FunctionCallInfo fcinfo, int number, const char *name)
{
	argument_require(fcinfo, number, name);
	return text_to_cstring(PG_GETARG_TEXT_PP(number));
}

char *
argument_optional_names(FunctionCallInfo fcinfo, int number, const char *name)
{
	char	   *value;

	if (PG_ARGISNULL(number))
		return NULL;
	value = text_to_cstring(PG_GETARG_TEXT_PP(number));
	if (value[0] == '\0')
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_NAME),
				 errmsg("argument \"%s\" must not be empty", name)));
	return value;
}

char *
argument_optional_name(FunctionCallInfo fcinfo, int number, const char *name)
{
	char	   *value = argument_optional_names(fcinfo, number, name);

	if (value != NULL)
		naming_check(value, name, NULL);
	return value;
}

bool
argument_flag(FunctionCallInfo fcinfo, int number)
{
	return !PG_ARGISNULL(number) && PG_GETARG_BOOL(number);
}

Jsonb *
argument_jsonb(FunctionCallInfo fcinfo, int number)
{
	return PG_ARGISNULL(number) ? NULL : PG_GETARG_JSONB_P(number);
}

Jsonb *
argument_object(FunctionCallInfo fcinfo, int number, const char *name)
{
	Jsonb	   *document = argument_jsonb(fcinfo, number);
	JsonbValue	root;

	if (document == NULL)
		return NULL;
	doc_root_value(document, &root);
	if (root.type != jbvNull)
		doc_need_object(&root, doc_path_key(NULL, name));
	return document;
}
