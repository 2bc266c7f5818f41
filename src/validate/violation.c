/*-------------------------------------------------------------------------
 *
 * violation.c
 *	  What the server says of a row that it refuses, in terms of the caller's data.
 *
 * Constraints that can be judged beforehand are (validator_check.c).  The others are the
 * server's to judge: those over columns that the data does not give, and all of a table
 * whose triggers may change the row.  Its error names a table, and a column or a constraint;
 * which attribute of which row that is is decided here.
 *
 * No catalog is read after an error.  What its names mean is looked up before the
 * statement, once for a model as it is compiled.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "validate/violation.h"

/* so much of a value the server shows (execMain.c) */
#define MAX_FIELD_BYTES 64
/* in a pattern: any text; no value of ours has such a character, as text is shown */
#define ANYTHING "\001"

/* a table by its name, as errors give it */
typedef struct TableName
{
	const char *schema;
	const char *table;
} TableName;

/* what is looked up of a model's table */
typedef struct ViolationFacts
{
	int			ntables;
	TableName  *tables;			/* its partitions and children, which errors name in its place */
	struct ShownType *types;	/* by number of attribute */
} ViolationFacts;

/* how values of a column are written */
typedef struct ShownType
{
	Oid			type;			/* its base type */
	FmgrInfo	output;			/* fn_oid 0: not to be called after an error */
} ShownType;

static ViolationFacts *make_facts(const Model *model);
static void name_children(ViolationFacts *facts, const Model *model);
static void find_types(ViolationFacts *facts, const Model *model);
static bool is_of_table(const Written *written, const ErrorData *error);
static bool is_table(const TableName *name, const ErrorData *error);
static List *null_failure(const Written *written, const ErrorData *error);
static List *check_failure(const Written *written, const ErrorData *error);
static CheckTerms *check_named(const Written *written, const char *constraint);
static ValidationFailure *failure(const Written *written, Attribute *attribute, int number,
								  const char *validator, const char *message);
static int	failing_row(const Written *written, const ErrorData *error);
static bool have_one_place(const Written *written);
static char *row_pattern(const Written *written, const WrittenRow *row);
static bool matches(const char *pattern, const char *text);
static int	only_row_without(const Written *written, int attribute);
static bool has_value(const WrittenRow *row, int attribute);
static char *json_value(const Written *written, const WrittenRow *row,
						const Attribute *attribute);
static char *shown_value(const Written *written, const WrittenRow *row, int attribute);
static const DocPath *common_place(const Written *written);
static const DocPath *common_ancestor(const DocPath *a, const DocPath *b);
static int	path_depth(const DocPath *path);
static bool same_step(const DocPath *a, const DocPath *b);

void
violation_prepare(Written *written)
{
	Model	   *model = unconstify(Model *, written->model);

	if (model->violation_facts == NULL)
		model->violation_facts = make_facts(model);
	written->facts = model->violation_facts;
}

static ViolationFacts *
make_facts(const Model *model)
{
	MemoryContext caller = MemoryContextSwitchTo(model->cxt);
	ViolationFacts *facts = palloc0_object(ViolationFacts);

	if (model->has_children)
		name_children(facts, model);
	find_types(facts, model);
	MemoryContextSwitchTo(caller);
	return facts;
}

static void
name_children(ViolationFacts *facts, const Model *model)
{
	List	   *children = find_all_inheritors(model->relid, NoLock, NULL);
	ListCell   *lc;

	facts->tables = palloc_array(TableName, list_length(children));
	foreach(lc, children)
	{
		char	   *table = get_rel_name(lfirst_oid(lc));
		char	   *schema = table ? get_namespace_name(get_rel_namespace(lfirst_oid(lc))) : NULL;

		if (schema != NULL)
			facts->tables[facts->ntables++] = (TableName) {schema, table};
	}
}

/* those of other types than the server's own scalar ones may read catalogs */
static void
find_types(ViolationFacts *facts, const Model *model)
{
	facts->types = palloc0_array(ShownType, Max(model->nattributes, 1));
	for (int a = 0; a < model->nattributes; a++)
	{
		Oid			type = getBaseType(model->attributes[a].type);
		Oid			output;
		bool		varlena;

		facts->types[a].type = type;
		if (type >= FirstNormalObjectId || get_typtype(type) != TYPTYPE_BASE ||
			OidIsValid(get_element_type(type)))
			continue;
		getTypeOutputInfo(type, &output, &varlena);
		fmgr_info_cxt(output, &facts->types[a].output, model->cxt);
	}
}

void
violation_raise(const Written *written, const ErrorData *error)
{
	List	   *failures = NIL;

	if (!is_of_table(written, error))
		return;
	if (error->sqlerrcode == ERRCODE_NOT_NULL_VIOLATION)
		failures = null_failure(written, error);
	else if (error->sqlerrcode == ERRCODE_CHECK_VIOLATION)
		failures = check_failure(written, error);
	validation_raise_violation(failures, error);
}

/* triggers may have written to other tables */
static bool
is_of_table(const Written *written, const ErrorData *error)
{
	TableName	own = {written->model->schema_name, written->model->table_name};

	if (error->schema_name == NULL || error->table_name == NULL)
		return false;
	if (is_table(&own, error))
		return true;
	for (int i = 0; i < written->facts->ntables; i++)
	{
		if (is_table(&written->facts->tables[i], error))
			return true;
	}
	return false;
}

static bool
is_table(const TableName *name, const ErrorData *error)
{
	return strcmp(name->schema, error->schema_name) == 0 &&
		strcmp(name->table, error->table_name) == 0;
}

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
	return list_make1(failure(written, attribute, row, "notNull",
							  psprintf("%s.%s cannot be null", model->name, attribute->name)));
}

/* one that a partition has of its own, and where no partition fits, is told by what the server says */
static List *
check_failure(const Written *written, const ErrorData *error)
{
	CheckTerms *check = error->constraint_name ?
		check_named(written, error->constraint_name) : NULL;
	int			row = failing_row(written, error);

	if (check != NULL)
		return list_make1(failure(written, check->attribute, row, check->validator,
								  check->message));
	if (error->constraint_name != NULL)
		return list_make1(failure(written, NULL, row, "check",
								  psprintf("check constraint \"%s\" failed",
										   error->constraint_name)));
	return list_make1(failure(written, NULL, row, "check", error->message));
}

static CheckTerms *
check_named(const Written *written, const char *constraint)
{
	ListCell   *lc;

	foreach(lc, written->checks)
	{
		CheckTerms *check = lfirst(lc);

		if (strcmp(check->constraint, constraint) == 0)
			return check;
	}
	return NULL;
}

/* of the row with this number, or, -1, of one of them */
static ValidationFailure *
failure(const Written *written, Attribute *attribute, int number,
		const char *validator, const char *message)
{
	const WrittenRow *row = number >= 0 ? &written->rows[number] : NULL;

	return validation_failure(row ? row->path : common_place(written),
							  attribute ? attribute->name : NULL, validator, message,
							  row && attribute ? json_value(written, row, attribute) : NULL);
}

/* rows that are given the same by one place of the data are as good as one */
static bool
have_one_place(const Written *written)
{
	for (int i = 1; i < written->nrows; i++)
	{
		if (written->rows[i].path != written->rows[0].path)
			return false;
	}
	return written->nrows > 0;
}

/*
 * The server shows the row that it refuses, where the caller may read it.  It is the one whose
 * given values stand there; -1 where that is not one row.
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
		if (!matches(row_pattern(written, &written->rows[i]), shown + 1))
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

/* each ANYTHING in the pattern stands for any text; the last one met is the one to be made longer */
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
		if (has_value(&written->rows[i], attribute))
			continue;
		if (only >= 0)
			return -1;
		only = i;
	}
	return only;
}

static bool
has_value(const WrittenRow *row, int attribute)
{
	return row->given != NULL && row->given[attribute] && !row->nulls[attribute];
}

static char *
json_value(const Written *written, const WrittenRow *row, const Attribute *attribute)
{
	int			number = attribute - written->model->attributes;
	char	   *text = shown_value(written, row, number);

	return text ? validation_value(written->facts->types[number].type, text) : NULL;
}

static char *
shown_value(const Written *written, const WrittenRow *row, int attribute)
{
	FmgrInfo   *output = &written->facts->types[attribute].output;

	if (!has_value(row, attribute) || !OidIsValid(output->fn_oid))
		return NULL;
	return OutputFunctionCall(output, row->values[attribute]);
}

/* ---- places ---- */

static const DocPath *
common_place(const Written *written)
{
	const DocPath *place = written->nrows > 0 ? written->rows[0].path : NULL;

	for (int i = 1; i < written->nrows; i++)
		place = common_ancestor(place, written->rows[i].path);
	return place;
}

static const DocPath *
common_ancestor(const DocPath *a, const DocPath *b)
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
