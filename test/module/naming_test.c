/*-------------------------------------------------------------------------
 *
 * naming_test.c
 *	  Lets SQL derive names for which the extension has no function.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "base/naming.h"
#include "fmgr.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(naming_test_camel);
PG_FUNCTION_INFO_V1(naming_test_is_camel);
PG_FUNCTION_INFO_V1(naming_test_table);
PG_FUNCTION_INFO_V1(naming_test_foreign_key);
PG_FUNCTION_INFO_V1(naming_test_check_length);

Datum
naming_test_camel(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(naming_camel(text_to_cstring(PG_GETARG_TEXT_PP(0)))));
}

Datum
naming_test_is_camel(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(naming_is_camel(text_to_cstring(PG_GETARG_TEXT_PP(0))));
}

Datum
naming_test_table(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(naming_table(text_to_cstring(PG_GETARG_TEXT_PP(0)))));
}

Datum
naming_test_foreign_key(PG_FUNCTION_ARGS)
{
	char	   *model;
	char	   *key_column;
	char	   *style_of = NULL;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	model = text_to_cstring(PG_GETARG_TEXT_PP(0));
	key_column = text_to_cstring(PG_GETARG_TEXT_PP(1));
	if (!PG_ARGISNULL(2))
		style_of = text_to_cstring(PG_GETARG_TEXT_PP(2));
	PG_RETURN_TEXT_P(cstring_to_text(naming_foreign_key(model, key_column, style_of)));
}

Datum
naming_test_check_length(PG_FUNCTION_ARGS)
{
	naming_check(text_to_cstring(PG_GETARG_TEXT_PP(0)),
				 text_to_cstring(PG_GETARG_TEXT_PP(1)), NULL);
	PG_RETURN_VOID();
}
