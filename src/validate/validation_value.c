/*-------------------------------------------------------------------------
 *
 * validation_value.c
 *	  A value of a row's data, or why it is none.
 *
 * What does not fit a column's type is a failure of the row like others, so that all of
 * them can be told at once.  A domain's own constraints are left to the validator, which reports
 * each of them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "catalog/pg_attribute.h"
#include "registry/literal.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "validate/validator.h"

static ValidationFailure *type_failure(const Model *model, const Attribute *attribute,
									   const JsonbValue *value, const DocPath *row,
									   const ErrorData *error);

bool
validation_read(const Model *model, const Attribute *attribute, const JsonbValue *value,
				const DocPath *row, Datum *datum, bool *isnull, List **failures)
{
	int32		typmod = attribute->typmod;
	Oid			type = getBaseTypeAndTypmod(attribute->type, &typmod);
	ErrorData  *error;

	if (literal_try_datum(value, type, typmod, NULL, datum, isnull, &error))
		return true;
	*failures = lappend(*failures, type_failure(model, attribute, value, row, error));
	return false;
}

bool
validation_read_column(const Model *model, const Attribute *attribute, const JsonbValue *value,
					   const DocPath *row, Datum *datum, bool *isnull, List **failures)
{
	if (!validation_is_generated(attribute))
		return validation_read(model, attribute, value, row, datum, isnull, failures);
	*failures = lappend(*failures,
						validation_generated(model, attribute, row, validation_json_value(value)));
	return false;
}

bool
validation_is_generated(const Attribute *attribute)
{
	return attribute->generated != '\0' || attribute->identity == ATTRIBUTE_IDENTITY_ALWAYS;
}

ValidationFailure *
validation_generated(const Model *model, const Attribute *attribute, const DocPath *row,
					 const char *value)
{
	ValidationFailure *failure;

	failure = validation_failure(row, attribute->name, "generated",
								 psprintf("%s.%s is always generated and cannot be given",
										  model->name, attribute->name), value);
	failure->sqlstate = ERRCODE_GENERATED_ALWAYS;
	return failure;
}

/* PostgreSQL's own message quotes the whole value, except where it is too long for its type */
static ValidationFailure *
type_failure(const Model *model, const Attribute *attribute, const JsonbValue *value,
			 const DocPath *row, const ErrorData *error)
{
	char	   *message = error->message;
	ValidationFailure *failure;

	if (error->sqlerrcode != ERRCODE_STRING_DATA_RIGHT_TRUNCATION)
		message = psprintf("%s.%s must be of type %s", model->name, attribute->name,
						   format_type_with_typemod(attribute->type, attribute->typmod));
	failure = validation_failure(row, attribute->name, "type", message,
								 validation_json_value(value));
	failure->sqlstate = error->sqlerrcode;
	return failure;
}
