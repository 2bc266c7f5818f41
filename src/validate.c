/*-------------------------------------------------------------------------
 *
 * validate.c
 *	  assoc.validate: every failure of a row, or of rows, that are only data yet.
 *
 * Reads values as the columns' types first; a value that does not fit its type
 * is a failure like others.  The rows are judged as new ones.  Constraints are evaluated by
 * validator_check.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"
#include "doc_member.h"
#include "fmgr.h"
#include "literal.h"
#include "model.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "validator.h"

PG_FUNCTION_INFO_V1(assoc_validate);

/* a row as it is read */
typedef struct ReadRow
{
	const Model *model;
	const DocPath *path;
	Datum	   *values;			/* by attribute number - 1 */
	bool	   *nulls;
	bool	   *given;
	List	   *unreadable;		/* attributes given, but no value of the type (char *) */
	List	   *failures;
} ReadRow;

static List *validate_rows(const Model *model, Jsonb *data);
static List *validate_object(RowValidator *validator, const Model *model,
							 JsonbValue *object, const DocPath *path, List *failures);
static void read_member(ReadRow *row, DocMember *member);
static void read_value(ReadRow *row, Attribute *attribute, DocMember *member);
static void report_type(ReadRow *row, Attribute *attribute, DocMember *member,
						const ErrorData *error);
static List *without_unreadable(ReadRow *row, List *failures);

Datum
assoc_validate(PG_FUNCTION_ARGS)
{
	char	   *name = model_text_argument(fcinfo, 0, "model");
	const Model *model;

	if (PG_ARGISNULL(1))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("data must not be null")));
	registry_hold();
	model = registry_model_by_name(name);
	PG_RETURN_JSONB_P(doc_parse(validation_json(validate_rows(model, PG_GETARG_JSONB_P(1)))));
}

static List *
validate_rows(const Model *model, Jsonb *data)
{
	RowValidator *validator = row_validator_begin(model);
	DocPath		root = {NULL, "", 0};
	JsonbValue	value;
	List	   *failures = NIL;
	ListCell   *lc;

	doc_root_value(data, &value);
	if (!doc_is_array(&value))
		failures = validate_object(validator, model, &value, &root, failures);
	else
		foreach(lc, doc_elements(&value, &root))
		{
			DocMember  *element = lfirst(lc);

			failures = validate_object(validator, model, &element->value, &element->path,
									   failures);
		}
	row_validator_end(validator);
	return failures;
}

static List *
validate_object(RowValidator *validator, const Model *model,
				JsonbValue *object, const DocPath *path, List *failures)
{
	int			ncolumns = row_validator_ncolumns(validator);
	ReadRow		row = {.model = model, .path = path, .failures = failures};
	ListCell   *lc;

	row.values = palloc0_array(Datum, ncolumns);
	row.nulls = palloc0_array(bool, ncolumns);
	row.given = palloc0_array(bool, ncolumns);
	foreach(lc, doc_members(object, path))
		read_member(&row, lfirst(lc));
	return list_concat(row.failures,
					   without_unreadable(&row,
									   row_validator_check(validator, row.values, row.nulls,
														   row.given, true, path, NIL)));
}

static void
read_member(ReadRow *row, DocMember *member)
{
	Attribute  *attribute = model_attribute(row->model, member->key);

	if (attribute != NULL)
		read_value(row, attribute, member);
	else
		row->failures = lappend(row->failures,
								validation_failure(row->path, member->key, "unknown",
												   psprintf("%s has no attribute \"%s\"",
															row->model->name, member->key),
												   NULL));
}

/* a domain's own constraints are left to the validator, which reports each of them */
static void
read_value(ReadRow *row, Attribute *attribute, DocMember *member)
{
	int			column = attribute->attnum - 1;
	int32		typmod = attribute->typmod;
	Oid			type = getBaseTypeAndTypmod(attribute->type, &typmod);
	ErrorData  *error;

	if (literal_try_datum(&member->value, type, typmod, &member->path,
						  &row->values[column], &row->nulls[column], &error))
		row->given[column] = true;
	else
		report_type(row, attribute, member, error);
}

/* what PostgreSQL says of a wrong value quotes the whole of it; of a long one it does not */
static void
report_type(ReadRow *row, Attribute *attribute, DocMember *member, const ErrorData *error)
{
	char	   *message = error->message;

	if (error->sqlerrcode != ERRCODE_STRING_DATA_RIGHT_TRUNCATION)
		message = psprintf("%s.%s must be of type %s", row->model->name, attribute->name,
						   format_type_with_typemod(attribute->type, attribute->typmod));
	row->unreadable = lappend(row->unreadable, attribute->name);
	row->failures = lappend(row->failures,
							validation_failure(row->path, attribute->name, "type", message,
											   doc_text(&member->value)));
}

/* an unreadable value is reported as such, and not as missing too */
static List *
without_unreadable(ReadRow *row, List *failures)
{
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, failures)
	{
		ValidationFailure *failure = lfirst(lc);
		bool		unreadable = false;
		ListCell   *cell;

		foreach(cell, row->unreadable)
		{
			DocPath		place = {row->path, lfirst(cell), 0};

			unreadable = unreadable || strcmp(doc_path_string(&place), failure->path) == 0;
		}
		if (!unreadable)
			result = lappend(result, failure);
	}
	return result;
}
