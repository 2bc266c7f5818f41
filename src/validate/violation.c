/*-------------------------------------------------------------------------
 *
 * violation.c
 *	  The server's errors about a row that it refuses, in terms of the caller's data.
 *
 * Constraints that can be judged beforehand are (validator_check.c).  The others are the
 * server's to judge: keys, those over columns that the data does not give, and all of a table
 * whose triggers may change the row.  Its error names a table, and a column or a constraint;
 * which attribute of which row that is is decided here.
 *
 * No catalog is read after an error.  What its names mean is looked up before the
 * statement, once for a model as it is compiled (violation_facts.c).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "base/document.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "nodes/bitmapset.h"
#include "validate/violation.h"
#include "validate/violation_facts.h"

/* so much of a value the server shows (execMain.c) */
#define MAX_FIELD_BYTES 64
/* in a pattern: any text; no value of ours has such a character, as text is shown */
#define ANYTHING "\001"

static void prepare(Written *written);
static void raise_failures(const Written *written, const ErrorData *error);
static List *operation_failure(const Written *written, const ErrorData *error, const char *statement);
static bool is_misfit(int sqlstate);
static bool comes_from(const ErrorData *error, const char *statement);
static bool is_operated(const Written *written, int attribute);
static WrittenRow get_row(const Written *written, int number);
static void write_early(Written *written);
static bool is_of_table(const Written *written, const ErrorData *error);
static bool is_own_table(const Written *written, const ErrorData *error);
static bool is_name(const Written *written, const char *name, const char *shown);
static List *null_failure(const Written *written, const ErrorData *error);
static List *check_failure(const Written *written, const ErrorData *error);
static CheckTerms *check_named(const Written *written, const ErrorData *error);
static List *key_failures(const Written *written, const ErrorData *error, const char *validator);
static const KeyTerms *key_named(const Written *written, const ErrorData *error,
								 const char *validator);
static bool is_called(const Written *written, const char *name, const ErrorData *error);
static bool shows_columns(const ErrorData *error, const KeyTerms *terms);
static bool is_still_referenced(const Written *written, const ErrorData *error,
								const KeyTerms *terms);
static bool gives(const WrittenRow *row, const KeyTerms *terms);
static List *rows_with_key(const Written *written, const ErrorData *error, const KeyTerms *terms);
static char *key_values(const Written *written, const WrittenRow *row, const KeyTerms *terms);
static bool shows_values(const ErrorData *error);
static List *key_row_failures(const Written *written, const WrittenRow *row,
							  const KeyTerms *terms, bool show, List *failures);
static bool is_explicit(const WrittenRow *row, int attribute);
static char *key_json(const Written *written, const WrittenRow *row, const KeyTerms *terms);
static const char *key_name(const Written *written, const KeyTerms *terms, int i);
static char *key_message(const Written *written, const WrittenRow *row, const KeyTerms *terms);
static List *unplaced_failures(const Written *written, const KeyTerms *terms);
static bool has_path(const DocPath *value_path);
static List *add_failure(List *failures, ValidationFailure *failure);
static ValidationFailure *failure_at(const Written *written, Attribute *attribute, int number,
									 const char *validator, const char *message, bool show);
static int	failing_row(const Written *written, const ErrorData *error);
static bool have_one_place(const Written *written);
static char *row_pattern(const Written *written, const WrittenRow *row);
static bool matches(const char *pattern, const char *text);
static int	only_row_without(const Written *written, int attribute);
static bool has_value(const WrittenRow *row, int attribute);
static char *json_value(const Written *written, const WrittenRow *row, int attribute);
static char *shown_value(const Written *written, const WrittenRow *row, int attribute);
static const DocPath *common_path(const Written *written);

const DocPath violation_nowhere = {NULL, "", 0};

uint64
violation_run(SqlText *s, int expected, Written *written)
{
	MemoryContext cxt = CurrentMemoryContext;
	volatile uint64 rows = 0;

	prepare(written);
	PG_TRY();
	{
		rows = statement_run(s, STATEMENT_WRITE, expected);
	}
	PG_CATCH();
	{
		ErrorData  *error;

		MemoryContextSwitchTo(cxt);
		error = CopyErrorData();
		FlushErrorState();
		raise_failures(written, error);
		validation_raise_violation(operation_failure(written, error, s->buf.data), error);
		ReThrowError(error);
	}
	PG_END_TRY();
	return rows;
}

/* nothing is looked up any more when the statement has failed */
static void
prepare(Written *written)
{
	written->facts = violation_facts(written->model);
	written->early = NULL;
	if (written->facts->early != NULL)
		write_early(written);
}

static void
write_early(Written *written)
{
	const Bitmapset *attributes = written->facts->early;
	char	  **next;

	next = written->early = palloc0_array(char *, written->nrows * bms_num_members(attributes) + 1);
	for (int i = 0; i < written->nrows; i++)
	{
		WrittenRow	row = get_row(written, i);
		int			a = -1;

		while ((a = bms_next_member(attributes, a)) >= 0)
		{
			if (has_value(&row, a))
				*next = OutputFunctionCall(&written->facts->types[a].output,
										   row.values[a]);
			next++;
		}
	}
}

static WrittenRow
get_row(const Written *written, int number)
{
	WrittenRow	row = written->row(written, number);

	row.number = number;
	return row;
}

/* returns where the error is not about the rows */
static void
raise_failures(const Written *written, const ErrorData *error)
{
	List	   *failures = NIL;

	if (!is_of_table(written, error))
		return;
	switch (error->sqlerrcode)
	{
		case ERRCODE_NOT_NULL_VIOLATION:
			failures = null_failure(written, error);
			break;
		case ERRCODE_CHECK_VIOLATION:
			failures = check_failure(written, error);
			break;
		case ERRCODE_UNIQUE_VIOLATION:
			failures = key_failures(written, error, "unique");
			break;
		case ERRCODE_EXCLUSION_VIOLATION:
			failures = key_failures(written, error, "exclusion");
			break;
		case ERRCODE_FOREIGN_KEY_VIOLATION:
			failures = key_failures(written, error, "foreignKey");
			break;
	}
	validation_raise_violation(failures, error);
}

/* ---- what operations make of a value that is there ---- */

/* it does not fit its type, where the statement itself, and no trigger, has made it */
static List *
operation_failure(const Written *written, const ErrorData *error, const char *statement)
{
	bool		domain = error->sqlerrcode == ERRCODE_CHECK_VIOLATION && error->datatype_name != NULL;
	Attribute  *attribute = NULL;
	int			n = 0;

	if (!(domain || is_misfit(error->sqlerrcode)) || !comes_from(error, statement))
		return NIL;
	for (int a = 0; a < written->model->nattributes; a++)
	{
		if (!is_operated(written, a))
			continue;
		attribute = &written->model->attributes[a];
		n++;
	}
	if (n == 0)
		return NIL;
	return list_make1(failure_at(written, n == 1 ? attribute : NULL, have_one_place(written) ? 0 : -1,
								 domain ? "check" : "type",
								 domain && error->constraint_name != NULL ?
								 psprintf("check constraint \"%s\" of type %s failed", error->constraint_name,
										  error->datatype_name) : error->message, false));
}

static bool
is_misfit(int sqlstate)
{
	return sqlstate == ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE || sqlstate == ERRCODE_DATETIME_VALUE_OUT_OF_RANGE ||
		sqlstate == ERRCODE_INTERVAL_FIELD_OVERFLOW || sqlstate == ERRCODE_STRING_DATA_RIGHT_TRUNCATION;
}

/* the first line of the context tells what has raised the error, in the server's language */
static bool
comes_from(const ErrorData *error, const char *statement)
{
	const char *found = error->context ? strstr(error->context, statement) : NULL;

	return found != NULL && memchr(error->context, '\n', found - error->context) == NULL;
}

static bool
is_operated(const Written *written, int attribute)
{
	for (int i = 0; i < written->nrows; i++)
	{
		WrittenRow	row = get_row(written, i);

		if (row.operations != NULL && row.operations[attribute] != 0)
			return true;
	}
	return false;
}

/* ---- tables ---- */

/* triggers may have written to other tables; what comes from another node may name none; a domain's rule is of none */
static bool
is_of_table(const Written *written, const ErrorData *error)
{
	if (error->datatype_name != NULL)
		return false;
	if (error->schema_name == NULL || error->table_name == NULL)
		return written->facts->distributed;
	if (is_own_table(written, error))
		return true;
	for (int i = 0; i < written->facts->ntables; i++)
	{
		const TableName *name = &written->facts->tables[i];

		if (strcmp(name->schema, error->schema_name) == 0 && strcmp(name->table, error->table_name) == 0)
			return true;
	}
	return false;
}

static bool
is_own_table(const Written *written, const ErrorData *error)
{
	return error->schema_name != NULL && error->table_name != NULL &&
		strcmp(written->model->schema_name, error->schema_name) == 0 &&
		is_name(written, written->model->table_name, error->table_name);
}

/* a shard's has its number added */
static bool
is_name(const Written *written, const char *name, const char *shown)
{
	int			len = strlen(name);

	if (strcmp(name, shown) == 0)
		return true;
	if (!written->facts->distributed || strncmp(name, shown, len) != 0 || shown[len] != '_')
		return false;
	return shown[len + 1] != '\0' && strspn(shown + len + 1, "0123456789") == strlen(shown + len + 1);
}

/* ---- NOT NULL and CHECK ---- */

/* of a row that gives the column a trigger may have taken it away */
static List *
null_failure(const Written *written, const ErrorData *error)
{
	const Model *model = written->model;
	Attribute  *attribute = error->column_name ? model_column(model, error->column_name) : NULL;
	int			row = failing_row(written, error);

	if (attribute == NULL)
		return NIL;
	if (row < 0)
		row = only_row_without(written, attribute - model->attributes);
	return list_make1(failure_at(written, attribute, row, "notNull",
								 psprintf("%s.%s cannot be null", model->name, attribute->name),
								 false));
}

/* one that a partition has of its own, and where no partition fits, has the server's message */
static List *
check_failure(const Written *written, const ErrorData *error)
{
	CheckTerms *check = check_named(written, error);
	int			row = failing_row(written, error);

	if (check != NULL)
		return list_make1(failure_at(written, check->attribute, row, check->validator,
									 check->message, error->detail != NULL));
	if (error->constraint_name != NULL)
		return list_make1(failure_at(written, NULL, row, "check",
									 psprintf("check constraint \"%s\" failed",
											  error->constraint_name), false));
	return list_make1(failure_at(written, NULL, row, "check", error->message, false));
}

static CheckTerms *
check_named(const Written *written, const ErrorData *error)
{
	foreach_ptr(CheckTerms, check, written->checks)
	{
		if (is_called(written, check->constraint, error))
			return check;
	}
	return NULL;
}

/* of the row with this number, or, -1, of one of them */
static ValidationFailure *
failure_at(const Written *written, Attribute *attribute, int number,
		   const char *validator, const char *message, bool show)
{
	WrittenRow	row = {0};
	char	   *value = NULL;

	if (number >= 0)
		row = get_row(written, number);
	if (number >= 0 && attribute != NULL && show)
		value = json_value(written, &row, attribute - written->model->attributes);
	return validation_failure(number >= 0 ? row.path : common_path(written),
							  attribute ? attribute->name : NULL, validator, message, value);
}

/* rows that are given the same by one path of the data are as good as one */
static bool
have_one_place(const Written *written)
{
	for (int i = 1; i < written->nrows; i++)
	{
		if (get_row(written, i).path != get_row(written, 0).path)
			return false;
	}
	return written->nrows > 0;
}

/*
 * The server shows the row that it refuses, where the caller may read it.  It is the one whose
 * values are shown there; -1 where that is not one row.
 */
static int
failing_row(const Written *written, const ErrorData *error)
{
	const char *shown = error->detail ? strchr(error->detail, '(') : NULL;
	int			only = -1;

	if (have_one_place(written))
		return 0;
	for (int i = 0; shown != NULL && i < written->nrows; i++)
	{
		WrittenRow	row = get_row(written, i);

		if (!matches(row_pattern(written, &row), shown + 1))
			continue;
		if (only >= 0)
			return -1;
		only = i;
	}
	return only;
}

/* the row as ExecBuildSlotValueDescription writes it, up to what follows its last value */
static char *
row_pattern(const Written *written, const WrittenRow *row)
{
	StringInfoData buf;

	initStringInfo(&buf);
	for (int a = 0; a < written->model->nattributes; a++)
	{
		char	   *value = shown_value(written, row, a);
		int			len = value ? strlen(value) : 0;

		appendStringInfoString(&buf, a > 0 ? ", " : "");
		if (value == NULL)
		{
			bool		is_null = row->given != NULL && row->given[a] && row->nulls[a];

			appendStringInfo(&buf, "%s", is_null ? "null" : ANYTHING);
			continue;
		}
		appendBinaryStringInfo(&buf, value, pg_mbcliplen(value, len, MAX_FIELD_BYTES));
		appendStringInfoString(&buf, len > MAX_FIELD_BYTES ? "..." : "");
	}
	appendStringInfoString(&buf, ")" ANYTHING);
	return buf.data;
}

/* each ANYTHING in the pattern matches any text; the last one met is the one to be made longer */
static bool
matches(const char *pattern, const char *text)
{
	const char *after = NULL;
	const char *resume = NULL;

	while (*text != '\0')
	{
		if (*pattern == ANYTHING[0])
		{
			after = ++pattern;
			resume = text;
		}
		else if (*pattern == *text)
		{
			pattern++;
			text++;
		}
		else if (after != NULL)
		{
			pattern = after;
			text = ++resume;
		}
		else
			return false;
	}
	while (*pattern == ANYTHING[0])
		pattern++;
	return *pattern == '\0';
}

/* -1: there are several, or none */
static int
only_row_without(const Written *written, int attribute)
{
	int			only = -1;

	for (int i = 0; i < written->nrows; i++)
	{
		WrittenRow	row = get_row(written, i);

		if (has_value(&row, attribute))
			continue;
		if (only >= 0)
			return -1;
		only = i;
	}
	return only;
}

/* ---- keys ---- */

static List *
key_failures(const Written *written, const ErrorData *error, const char *validator)
{
	const KeyTerms *terms = key_named(written, error, validator);
	List	   *rows;
	List	   *failures = NIL;
	bool		show;

	if (terms == NULL || (terms->target != NULL && is_still_referenced(written, error, terms)))
		return NIL;
	rows = rows_with_key(written, error, terms);
	show = terms->target != NULL || shows_values(error);
	foreach_int(number, rows)
	{
		WrittenRow	row = get_row(written, number);

		failures = key_row_failures(written, &row, terms, show, failures);
	}
	return failures != NIL ? failures : unplaced_failures(written, terms);
}

/* it is not known which of the rows it is */
static List *
unplaced_failures(const Written *written, const KeyTerms *terms)
{
	WrittenRow	any = get_row(written, 0);
	const DocPath **paths = palloc0_array(const DocPath *, written->model->nattributes);

	any.path = common_path(written);
	for (int i = 0; any.paths != NULL && i < terms->n; i++)
	{
		int			number = terms->attributes[i];

		paths[number] = any.paths[number];
		for (int r = 1; r < written->nrows && has_path(paths[number]); r++)
			paths[number] = validation_common_path(paths[number],
											 get_row(written, r).paths[number]);
	}
	any.paths = paths;
	return key_row_failures(written, &any, terms, false, NIL);
}

static bool
has_path(const DocPath *value_path)
{
	return value_path != NULL && value_path != &violation_nowhere;
}

/* a partition's key has another name, but the same columns */
static const KeyTerms *
key_named(const Written *written, const ErrorData *error, const char *validator)
{
	bool		own = is_own_table(written, error);

	foreach_ptr(const KeyTerms, terms, written->facts->keys)
	{
		if (strcmp(terms->validator, validator) == 0 &&
			(is_called(written, terms->name, error) || (!own && shows_columns(error, terms))))
			return terms;
	}
	return NULL;
}

/* where there is no name of its own the message has it */
static bool
is_called(const Written *written, const char *name, const ErrorData *error)
{
	const char *quoted = error->message;
	const char *end;

	if (error->constraint_name != NULL)
		return is_name(written, name, error->constraint_name);
	while (quoted != NULL && (quoted = strchr(quoted, '"')) != NULL &&
		   (end = strchr(quoted + 1, '"')) != NULL)
	{
		if (is_name(written, name, pnstrdup(quoted + 1, end - quoted - 1)))
			return true;
		quoted = end + 1;
	}
	return false;
}

static bool
shows_columns(const ErrorData *error, const KeyTerms *terms)
{
	return terms->shown != NULL && error->detail != NULL &&
		strstr(error->detail, psprintf("(%s)=(", terms->shown)) != NULL;
}

/* the other end of a foreign key of a table to itself, which has the same name */
static bool
is_still_referenced(const Written *written, const ErrorData *error, const KeyTerms *terms)
{
	if (shows_values(error))
		return !shows_columns(error, terms);
	for (int i = 0; i < written->nrows; i++)
	{
		WrittenRow	row = get_row(written, i);

		if (gives(&row, terms))
			return false;
	}
	return true;
}

static bool
gives(const WrittenRow *row, const KeyTerms *terms)
{
	for (int i = 0; i < terms->n; i++)
	{
		if (has_value(row, terms->attributes[i]))
			return true;
	}
	return false;
}

/* numbers of the rows with the key that is shown: where it is new, the first of them was written */
static List *
rows_with_key(const Written *written, const ErrorData *error, const KeyTerms *terms)
{
	List	   *rows = NIL;

	if (written->nrows == 1)
		return list_make1_int(0);
	for (int i = 0; terms->plain && shows_values(error) && i < written->nrows; i++)
	{
		WrittenRow	row = get_row(written, i);
		char	   *values = key_values(written, &row, terms);

		if (values != NULL && strstr(error->detail, psprintf("=(%s)", values)) != NULL)
			rows = lappend_int(rows, i);
	}
	return rows;
}

/* may the caller read the key?  Else the server does not show it */
static bool
shows_values(const ErrorData *error)
{
	return error->detail != NULL && strstr(error->detail, "=(") != NULL;
}

/* "a, b"; NULL where not all are known */
static char *
key_values(const Written *written, const WrittenRow *row, const KeyTerms *terms)
{
	StringInfoData buf;

	initStringInfo(&buf);
	for (int i = 0; i < terms->n; i++)
	{
		char	   *value = shown_value(written, row, terms->attributes[i]);

		if (value == NULL)
			return NULL;
		appendStringInfo(&buf, "%s%s", i > 0 ? ", " : "", value);
	}
	return buf.data;
}

/* one for each attribute of the key that the data gives, or one of the row */
static List *
key_row_failures(const Written *written, const WrittenRow *row, const KeyTerms *terms,
				 bool show, List *failures)
{
	char	   *message = key_message(written, show ? row : NULL, terms);
	bool		any = false;

	for (int i = 0; i < terms->n; i++)
	{
		int			number = terms->attributes[i];
		const DocPath *value_path = row->paths ? row->paths[number] : NULL;
		char	   *value = NULL;

		if (!is_explicit(row, number))
			continue;
		any = true;
		if (show)
			value = value_path != NULL && terms->n > 1 && terms->target != NULL ? key_json(written, row, terms) :
				json_value(written, row, number);
		failures = add_failure(failures, validation_failure(value_path ? value_path : row->path,
															value_path ? NULL : written->model->attributes[number].name,
															terms->validator, message, value));
	}
	if (!any)
		failures = add_failure(failures, validation_failure(row->path, NULL, terms->validator,
															message, NULL));
	return failures;
}

/* is it in the data? */
static bool
is_explicit(const WrittenRow *row, int attribute)
{
	if (row->paths != NULL && row->paths[attribute] != NULL)
		return has_path(row->paths[attribute]);
	return row->is_explicit != NULL ? row->is_explicit[attribute] :
		row->given != NULL && row->given[attribute];
}

/* the key that a foreign key points at, as an object */
static char *
key_json(const Written *written, const WrittenRow *row, const KeyTerms *terms)
{
	StringInfoData buf;

	initStringInfo(&buf);
	for (int i = 0; i < terms->n; i++)
	{
		char	   *value = json_value(written, row, terms->attributes[i]);

		doc_write_key(&buf, key_name(written, terms, i));
		appendStringInfoString(&buf, value ? value : "null");
	}
	appendStringInfoChar(&buf, '}');
	return buf.data;
}

/* of an attribute of the key, or of the one that it points at */
static const char *
key_name(const Written *written, const KeyTerms *terms, int i)
{
	return terms->target ? terms->target_keys[i] : written->model->attributes[terms->attributes[i]].name;
}

static char *
key_message(const Written *written, const WrittenRow *row, const KeyTerms *terms)
{
	StringInfoData columns;
	char	   *values;

	initStringInfo(&columns);
	for (int i = 0; i < terms->n; i++)
		appendStringInfo(&columns, "%s%s", i > 0 ? ", " : "",
						 key_name(written, terms, i));
	if (terms->target != NULL)
	{
		values = row ? key_values(written, row, terms) : NULL;
		if (values == NULL)
			return psprintf("\"%s\" has no row for one of the ids", terms->target);
		return psprintf(terms->n == 1 ? "\"%s\" has no row with %s %s" :
						"\"%s\" has no row with (%s) = (%s)", terms->target, columns.data, values);
	}
	return psprintf("%s%s%s%s %s", written->model->name, terms->n == 1 ? "." : " (", columns.data,
					terms->n == 1 ? "" : ")",
					strcmp(terms->validator, "unique") == 0 ? "must be unique" :
					"conflicts with another row");
}

static List *
add_failure(List *failures, ValidationFailure *failure)
{
	foreach_ptr(ValidationFailure, other, failures)
	{
		if (strcmp(other->path, failure->path) == 0)
			return failures;
	}
	return lappend(failures, failure);
}

/* ---- values ---- */

static bool
has_value(const WrittenRow *row, int attribute)
{
	return row->given != NULL && row->given[attribute] && !row->nulls[attribute];
}

static char *
json_value(const Written *written, const WrittenRow *row, int attribute)
{
	char	   *text = shown_value(written, row, attribute);

	return text ? validation_value(written->facts->types[attribute].type, text) : NULL;
}

/* NULL: it has none, or its output could read a catalog and was not written early */
static char *
shown_value(const Written *written, const WrittenRow *row, int attribute)
{
	const ViolationFacts *facts = written->facts;
	ShownType  *type = &facts->types[attribute];

	if (!has_value(row, attribute))
		return NULL;
	if (!type->early)
		return OutputFunctionCall(&type->output, row->values[attribute]);
	if (!bms_is_member(attribute, facts->early))
		return NULL;
	return written->early[row->number * bms_num_members(facts->early) +
						  bms_member_index(facts->early, attribute)];
}

static const DocPath *
common_path(const Written *written)
{
	const DocPath *value_path = written->nrows > 0 ? get_row(written, 0).path : NULL;

	for (int i = 1; i < written->nrows; i++)
		value_path = validation_common_path(value_path, get_row(written, i).path);
	return value_path;
}
