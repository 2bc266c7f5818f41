/*-------------------------------------------------------------------------
 *
 * validation_failures.c
 *	  Failures of rows, as they are reported.
 *
 * Decides the form of the one error that names them all, and how much of a value is
 * shown: numbers and booleans as such, anything else as a string, cut where it is long.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "base/document.h"
#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "utils/json.h"
#include "validate/validator.h"

/* longest part of a value that is shown, in bytes */
#define MAX_SHOWN_VALUE 64

static bool is_json(Oid type, const char *text);
static char *cut_string(const char *text);
static int	failures_sqlstate(List *failures);
static bool all_are(List *failures, const char *validator);
static char *failure_messages(List *failures);
static int	path_depth(const DocPath *path);
static bool same_step(const DocPath *a, const DocPath *b);

ValidationFailure *
validation_failure(const DocPath *path, const char *attribute, const char *validator,
				   const char *message, const char *value)
{
	ValidationFailure *failure = palloc0_object(ValidationFailure);
	DocPath		member_path = {path, attribute, 0};

	failure->path = error_path_string(attribute ? &member_path : path);
	failure->validator = pstrdup(validator);
	failure->message = pstrdup(message);
	failure->value = value ? pstrdup(value) : NULL;
	return failure;
}

char *
validation_value(Oid type, const char *text)
{
	if (type == BOOLOID)
		return pstrdup(text[0] == 't' ? "true" : "false");
	if (strlen(text) <= MAX_SHOWN_VALUE && is_json(type, text))
		return pstrdup(text);
	return cut_string(text);
}

/* is the type's own text JSON already?  A number may be NaN or Infinity */
static bool
is_json(Oid type, const char *text)
{
	switch (type)
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case OIDOID:
		case FLOAT4OID:
		case FLOAT8OID:
		case NUMERICOID:
			return strpbrk(text, "NI") == NULL;
		case JSONOID:
		case JSONBOID:
			return true;
		default:
			return false;
	}
}

static char *
cut_string(const char *text)
{
	int			len = strlen(text);
	StringInfoData buf;

	initStringInfo(&buf);
	escape_json(&buf, pnstrdup(text, pg_mbcliplen(text, len, MAX_SHOWN_VALUE)));
	return buf.data;
}

char *
validation_json_value(const JsonbValue *value)
{
	char	   *text = doc_text(value);

	if (text == NULL)
		return NULL;
	if (value->type == jbvString || strlen(text) > MAX_SHOWN_VALUE)
		return cut_string(text);
	return text;
}

char *
validation_json(List *failures)
{
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfoChar(&buf, '[');
	foreach_ptr(ValidationFailure, failure, failures)
	{
		appendStringInfoString(&buf, foreach_current_index(failure) > 0 ? ", {" : "{");
		doc_write_string(&buf, "path", failure->path);
		doc_write_string(&buf, "validator", failure->validator);
		doc_write_string(&buf, "message", failure->message);
		doc_write_key(&buf, "value");
		appendStringInfoString(&buf, failure->value ? failure->value : "null");
		appendStringInfoChar(&buf, '}');
	}
	appendStringInfoChar(&buf, ']');
	return buf.data;
}

void
validation_raise(const Model *model, List *failures, const char *hint)
{
	if (failures == NIL)
		return;
	ereport(ERROR,
			(errcode(failures_sqlstate(failures)),
			 errmsg_internal("%s", failure_messages(failures)),
			 errdetail_internal("%s", validation_json(failures)),
			 hint ? errhint("%s", hint) : 0,
			 err_generic_string(PG_DIAG_SCHEMA_NAME, model->schema_name),
			 err_generic_string(PG_DIAG_TABLE_NAME, model->table_name)));
}

/* where they are of one kind its own code, and of one type's the one that its values give */
static int
failures_sqlstate(List *failures)
{
	int			sqlstate = ((ValidationFailure *) linitial(failures))->sqlstate;

	if (all_are(failures, "notNull"))
		return ERRCODE_NOT_NULL_VIOLATION;
	if (!all_are(failures, "type") && !all_are(failures, "generated"))
		return ERRCODE_CHECK_VIOLATION;
	foreach_ptr(ValidationFailure, failure, failures)
	{
		if (failure->sqlstate != sqlstate)
			return ERRCODE_INVALID_TEXT_REPRESENTATION;
	}
	return sqlstate;
}

static bool
all_are(List *failures, const char *validator)
{
	foreach_ptr(ValidationFailure, failure, failures)
	{
		if (strcmp(failure->validator, validator) != 0)
			return false;
	}
	return true;
}

/* one violation, whatever the number of attributes and rows that it is reported for */
void
validation_raise_violation(List *failures, const ErrorData *error)
{
	if (failures == NIL)
		return;
	ereport(ERROR,
			(errcode(error->sqlerrcode),
			 errmsg_internal("%s", ((ValidationFailure *) linitial(failures))->message),
			 errdetail_internal("%s", validation_json(failures)),
			 error->schema_name ?
			 err_generic_string(PG_DIAG_SCHEMA_NAME, error->schema_name) : 0,
			 error->table_name ?
			 err_generic_string(PG_DIAG_TABLE_NAME, error->table_name) : 0,
			 error->column_name ?
			 err_generic_string(PG_DIAG_COLUMN_NAME, error->column_name) : 0,
			 error->constraint_name ?
			 err_generic_string(PG_DIAG_CONSTRAINT_NAME, error->constraint_name) : 0));
}

static char *
failure_messages(List *failures)
{
	StringInfoData buf;

	initStringInfo(&buf);
	foreach_ptr(ValidationFailure, failure, failures)
		appendStringInfo(&buf, "%s%s", foreach_current_index(failure) > 0 ? "; " : "",
						 failure->message);
	return buf.data;
}

/* ---- paths ---- */

const DocPath *
validation_common_path(const DocPath *a, const DocPath *b)
{
	const DocPath *common = NULL;
	int			a_depth = path_depth(a);
	int			b_depth = path_depth(b);

	for (; a_depth > b_depth; a_depth--)
		a = a->parent;
	for (; b_depth > a_depth; b_depth--)
		b = b->parent;
	for (; a != b; a = a->parent, b = b->parent)
	{
		if (!same_step(a, b))
			common = NULL;
		else if (common == NULL)
			common = a;
	}
	return common ? common : a;
}

static int
path_depth(const DocPath *path)
{
	int			depth = 0;

	for (; path != NULL; path = path->parent)
		depth++;
	return depth;
}

static bool
same_step(const DocPath *a, const DocPath *b)
{
	if (a->key == NULL || b->key == NULL)
		return a->key == b->key && a->index == b->index;
	return strcmp(a->key, b->key) == 0;
}
