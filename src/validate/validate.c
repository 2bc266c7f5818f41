/*-------------------------------------------------------------------------
 *
 * validate.c
 *	  assoc.validate: every failure of a row, or of rows, that are only data yet.
 *
 * Reads values as the columns' types first; a value that does not fit its type
 * is a failure like others.  The rows are judged as new ones, and so are the rows
 * nested in them, whose keys the nesting gives.  Constraints are evaluated by
 * validator_check.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/arguments.h"
#include "base/compat.h"
#include "base/doc_member.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "validate/validator.h"

PG_FUNCTION_INFO_V1(assoc_validate);

/* a row as it is read */
typedef struct ReadRow
{
	const Model *model;
	const DocPath *path;
	Datum	   *values;			/* by attribute number - 1 */
	bool	   *nulls;
	bool	   *given;
	List	   *excused;		/* attributes that are not missing, being unreadable
								 * or keys that the nesting gives (char *) */
	List	   *failures;
} ReadRow;

static List *validate_rows(RowValidator *validator, const Model *model, JsonbValue *data,
						   const DocPath *path);
static List *validate_object(RowValidator *validator, const Model *model, List *members,
							 const DocPath *path, List *excused, List *failures);
static void read_member(ReadRow *row, DocMember *member);
static void read_value(ReadRow *row, Attribute *attribute, DocMember *member);
static void validate_associated(ReadRow *row, const Association *association,
								DocMember *member);
static List *validate_children(const AssociationEnds *ends, JsonbValue *data,
							   const DocPath *path, List *failures);
static List *validate_link(const AssociationEnds *ends, DocMember *through,
						   const DocPath *path, List *failures);
static List *attribute_names(Attribute **attributes, int count);
static List *named_attributes(const Model *model, List *names);
static List *without_excused(ReadRow *row, List *failures);

Datum
assoc_validate(PG_FUNCTION_ARGS)
{
	char	   *name = argument_text(fcinfo, 0, "model");
	DocPath		root = {NULL, "", 0};
	const Model *model;
	RowValidator *validator;
	JsonbValue	data;
	List	   *failures;

	argument_require(fcinfo, 1, "data");
	registry_hold();
	model = registry_model_by_name(name);
	doc_root_value(PG_GETARG_JSONB_P(1), &data);
	if (!doc_is_array(&data))
		doc_need_object(&data, doc_path_key(NULL, "data"));
	validator = row_validator_begin(model);
	failures = validate_rows(validator, model, &data, &root);
	row_validator_end(validator);
	PG_RETURN_JSONB_P(doc_parse(validation_json(failures)));
}

/* one object, or an array of them */
static List *
validate_rows(RowValidator *validator, const Model *model, JsonbValue *data,
			  const DocPath *path)
{
	List	   *failures = NIL;
	ListCell   *lc;

	if (!doc_is_array(data))
		return validate_object(validator, model, doc_members(data, path), path, NIL, NIL);
	foreach(lc, doc_elements(data, path))
	{
		DocMember  *element = lfirst(lc);

		failures = validate_object(validator, model,
								   doc_members(&element->value, &element->path),
								   &element->path, NIL, failures);
	}
	return failures;
}

static List *
validate_object(RowValidator *validator, const Model *model, List *members,
				const DocPath *path, List *excused, List *failures)
{
	int			ncolumns = row_validator_ncolumns(validator);
	ReadRow		row = {.model = model, .path = path, .failures = failures};
	ListCell   *lc;

	row.excused = list_copy(excused);
	row.values = palloc0_array(Datum, ncolumns);
	row.nulls = palloc0_array(bool, ncolumns);
	row.given = palloc0_array(bool, ncolumns);
	foreach(lc, members)
		read_member(&row, lfirst(lc));
	row_validator_expect(validator, named_attributes(model, row.excused));
	return list_concat(row.failures,
					   without_excused(&row,
									   row_validator_check(validator, row.values, row.nulls,
														   row.given, true, path, NIL)));
}

static void
read_member(ReadRow *row, DocMember *member)
{
	Attribute  *attribute = model_attribute(row->model, member->key);
	const Association *association = registry_association_if_any(row->model, member->key);

	if (attribute != NULL)
		read_value(row, attribute, member);
	else if (association != NULL)
		validate_associated(row, association, member);
	else
		row->failures = lappend(row->failures,
								validation_failure(row->path, member->key, "unknown",
												   psprintf("%s has no attribute \"%s\"",
															row->model->name, member->key),
												   NULL));
}

static void
read_value(ReadRow *row, Attribute *attribute, DocMember *member)
{
	int			column = attribute->attnum - 1;

	row->given[column] = validation_read_column(row->model, attribute, &member->value,
												row->path, &row->values[column],
												&row->nulls[column], &row->failures);
	if (!row->given[column])
		row->excused = lappend(row->excused, attribute->name);
}

/*
 * Rows written with this one: an array of new rows, or verbs, of which only
 * "create" has new rows.  What they connect exists already.
 */
static void
validate_associated(ReadRow *row, const Association *association, DocMember *member)
{
	AssociationEnds *ends = registry_association_ends(association);
	List	   *verbs;
	DocMember  *create;

	check_stack_depth();
	if (association->kind == BELONGS_TO)
		row->excused = list_concat(row->excused,
								   attribute_names(ends->source_key, ends->nsource));
	if (doc_is_array(&member->value))
	{
		row->failures = validate_children(ends, &member->value, &member->path,
										  row->failures);
		return;
	}
	verbs = doc_members(&member->value, &member->path);
	create = doc_find(verbs, "create");
	if (create != NULL)
		row->failures = validate_children(ends, &create->value, &create->path,
										  row->failures);
}

/* new rows of the target, and of the join table what they say under "through" */
static List *
validate_children(const AssociationEnds *ends, JsonbValue *data,
				  const DocPath *path, List *failures)
{
	RowValidator *validator = row_validator_begin(ends->target);
	AssociationKind kind = ends->association->kind;
	List	   *excused = NIL;
	List	   *elements;
	ListCell   *lc;

	if (kind == HAS_MANY || kind == HAS_ONE)
		excused = attribute_names(ends->source_ref, ends->nsource);
	elements = doc_is_array(data) ? doc_elements(data, path) :
		list_make1(doc_whole(data, path));
	foreach(lc, elements)
	{
		DocMember  *element = lfirst(lc);
		List	   *members = doc_members(&element->value, &element->path);
		DocMember  *through = ends->through ? doc_find(members, "through") : NULL;

		if (through != NULL)
			members = list_delete_ptr(members, through);
		failures = validate_object(validator, ends->target, members, &element->path,
								   excused, failures);
		if (ends->through != NULL)
			failures = validate_link(ends, through, &element->path, failures);
	}
	row_validator_end(validator);
	return failures;
}

/* the row of the join table; without a payload its columns have their defaults */
static List *
validate_link(const AssociationEnds *ends, DocMember *through,
			  const DocPath *path, List *failures)
{
	RowValidator *validator = row_validator_begin(ends->through);
	DocPath		place = {path, "through", 0};
	List	   *members = through ? doc_members(&through->value, &through->path) : NIL;
	List	   *excused = list_concat(attribute_names(ends->source_ref, ends->nsource),
									  attribute_names(ends->target_ref, ends->ntarget));

	failures = validate_object(validator, ends->through, members, &place, excused, failures);
	row_validator_end(validator);
	return failures;
}

static List *
attribute_names(Attribute **attributes, int count)
{
	List	   *names = NIL;

	for (int i = 0; i < count; i++)
		names = lappend(names, attributes[i]->name);
	return names;
}

static List *
named_attributes(const Model *model, List *names)
{
	List	   *attributes = NIL;
	ListCell   *lc;

	foreach(lc, names)
		attributes = lappend(attributes, model_attribute(model, lfirst(lc)));
	return attributes;
}

/* an unreadable value is reported as such, and not as missing too */
static List *
without_excused(ReadRow *row, List *failures)
{
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, failures)
	{
		ValidationFailure *failure = lfirst(lc);
		bool		excused = false;
		ListCell   *cell;

		foreach(cell, row->excused)
		{
			DocPath		place = {row->path, lfirst(cell), 0};

			excused = excused || (strcmp(failure->validator, "notNull") == 0 &&
								  strcmp(doc_path_string(&place), failure->path) == 0);
		}
		if (!excused)
			result = lappend(result, failure);
	}
	return result;
}
