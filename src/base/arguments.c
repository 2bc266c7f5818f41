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
#include "base/errors.h"
#include "base/naming.h"
#include "utils/builtins.h"

static void refuse_document(const char *value, const char *name);

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
	refuse_document(value, name);
	return value;
}

/* the options of an ORM, of which each is an argument here: a column would be made under this name */
static void
refuse_document(const char *value, const char *name)
{
	char		last = value[strlen(value) - 1];

	if ((value[0] == '{' && last == '}') || (value[0] == '[' && last == ']'))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_NAME),
				 errmsg("argument \"%s\" is a name, not a document: %s", name, error_name(value)),
				 errhint("Give each by its name, as in through => 'UserProject', foreign_key => 'user_id', "
						 "alias => 'projects', and what is left as options => '{...}'. "
						 "The columns of a key are separated by commas.")));
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
