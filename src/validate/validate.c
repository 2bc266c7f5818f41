/*-------------------------------------------------------------------------
 *
 * validate.c
 *	  assoc.validate: every failure of a row, or of rows, that are only data yet.
 *
 * Reads values as the columns' types first; a value that does not fit its type
 * is a failure like others.  The rows are judged as new ones, or as what an update gives, and
 * so are the rows and links nested in them, by their verbs; the nesting gives their
 * keys.  Constraints are evaluated by validator_check.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/arguments.h"
#include "base/compat.h"
#include "base/doc_member.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "registry/kept_times.h"
#include "registry/link_identity.h"
#include "validate/operation.h"
#include "validate/validator.h"

PG_FUNCTION_INFO_V1(assoc_validate);

/* what an association demands of rows, or of its links */
typedef struct Demand
{
	const char *alias;
	int			n;
	LinkScope  *scope;
} Demand;

/* how a row is read */
typedef struct RowKind
{
	bool		inserting;		/* a new row; else one that is there and is changed */
	bool		document;		/* as loads print it */
	int			depth;			/* of nesting */
	const Demand *demand;		/* NULL: none */
} RowKind;

/* a row as it is read */
typedef struct ReadRow
{
	const Model *model;
	const DocPath *path;
	RowKind		kind;
	Datum	   *values;			/* by attribute number - 1 */
	bool	   *nulls;
	bool	   *given;
	List	   *excused;		/* attributes that are not missing, being unreadable
								 * or keys that the nesting gives (char *) */
	List	   *failures;
} ReadRow;

/* the value under an association of a row */
typedef struct Nested
{
	const ResolvedAssociation *assoc;
	RowValidator *target;
	RowValidator *through;		/* NULL: there is no join table */
	bool		new_links;		/* of a row that is new */
	int			depth;			/* of the rows under it */
	Demand		rows;
	Demand		links;
} Nested;

/* reads one element under a verb, and appends its failures */
typedef List *(*ElementReader) (Nested *nested, DocMember *element, List *failures);

static bool is_update(FunctionCallInfo fcinfo);
static List *validate_rows(RowValidator *validator, const Model *model, bool inserting,
						   JsonbValue *data, const DocPath *path);
static List *validate_object(RowValidator *validator, const Model *model, RowKind kind, List *members,
							 const DocPath *path, List *excused, List *failures);
static void apply_demand(ReadRow *row, List *members);
static void read_member(ReadRow *row, DocMember *member);
static void read_value(ReadRow *row, Attribute *attribute, DocMember *member);
static void validate_associated(ReadRow *row, const Association *association,
								DocMember *member);
static Demand demand_of(const ResolvedAssociation *assoc, const Model *model, const char *group);
static List *validate_verbs(Nested *nested, DocMember *verbs, List *failures);
static List *each_element(Nested *nested, DocMember *member, ElementReader reader,
						  List *failures);
static List *read_create(Nested *nested, DocMember *element, List *failures);
static List *read_connect_or_create(Nested *nested, DocMember *element, List *failures);
static List *read_upsert(Nested *nested, DocMember *element, List *failures);
static List *read_update(Nested *nested, DocMember *element, List *failures);
static List *read_connect(Nested *nested, DocMember *element, List *failures);
static List *read_document(Nested *nested, DocMember *element, List *failures);
static void take_made(List **members, const Model *model, bool there);
static bool names_row(const Model *model, List *members);
static List *validate_new(Nested *nested, List *members, const DocPath *path, List *failures);
static List *validate_changes(Nested *nested, DocMember *data, List *failures);
static List *validate_link(Nested *nested, RowKind kind, DocMember *through,
						   const DocPath *path, List *failures);
static DocMember *overlay(DocMember *through, DocMember *own);
static DocMember *take_member(List **members, const char *key);
static List *attribute_names(Attribute **attributes, int count);
static List *named_attributes(const Model *model, List *names);
static List *without_excused(ReadRow *row, List *failures);

/* verbs that have no data of rows, nor of links, have no reader */
static const struct
{
	const char *name;
	ElementReader reader;
}			verbs_known[] = {
	{"create", read_create}, {"connectOrCreate", read_connect_or_create}, {"upsert", read_upsert},
	{"update", read_update}, {"connect", read_connect}, {"set", read_connect},
	{"replace", read_document}, {"disconnect", NULL}, {"delete", NULL}
};

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
	registry_pin();
	model = registry_model_by_name(name);
	doc_root_value(PG_GETARG_JSONB_P(1), &data);
	if (!doc_is_array(&data))
		doc_need_object(&data, doc_path_key(NULL, "data"));
	validator = validator_row_begin(model);
	failures = validate_rows(validator, model, !is_update(fcinfo), &data, &root);
	validator_row_end(validator);
	PG_RETURN_JSONB_P(doc_parse(validation_json(failures)));
}

static bool
is_update(FunctionCallInfo fcinfo)
{
	static const char *const known[] = {"update", NULL};
	List	   *options;
	DocMember  *update;

	if (PG_NARGS() < 3 || PG_ARGISNULL(2))
		return false;
	options = doc_document_members(PG_GETARG_JSONB_P(2), doc_path_key(NULL, "options"));
	doc_check_keys(options, known, "option");
	update = doc_find(options, "update");
	return update != NULL && doc_member_bool(update);
}

/* one object, or an array of them */
static List *
validate_rows(RowValidator *validator, const Model *model, bool inserting, JsonbValue *data,
			  const DocPath *path)
{
	RowKind		kind = {.inserting = inserting};
	List	   *failures = NIL;

	if (!doc_is_array(data))
		return validate_object(validator, model, kind, doc_members(data, path), path, NIL, NIL);
	foreach_ptr(DocMember, element, doc_elements(data, path))
	{
		failures = validate_object(validator, model, kind, doc_members(&element->value, &element->path),
								   &element->path, NIL, failures);
	}
	return failures;
}

static List *
validate_object(RowValidator *validator, const Model *model, RowKind kind, List *members,
				const DocPath *path, List *excused, List *failures)
{
	int			ncolumns = validator_row_ncolumns(validator);
	ReadRow		row = {.model = model, .path = path, .kind = kind, .failures = failures};

	doc_check_depth(kind.depth, path);
	row.excused = list_copy(excused);
	row.values = palloc0_array(Datum, ncolumns);
	row.nulls = palloc0_array(bool, ncolumns);
	row.given = palloc0_array(bool, ncolumns);
	foreach_ptr(DocMember, member, members)
		read_member(&row, member);
	if (kind.demand != NULL)
		apply_demand(&row, members);
	validator_row_expect(validator, named_attributes(model, row.excused));
	return list_concat(row.failures,
					   without_excused(&row,
									   validator_row_check(validator, row.values, row.nulls,
														   row.given, kind.inserting, path,
													   NIL)));
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
	Operation	operation = OPERATION_NONE;

	if (row->kind.inserting || row->kind.document)
		row->given[column] = validation_read_column(row->model, attribute, &member->value,
													row->path, &row->values[column],
													&row->nulls[column], &row->failures);
	else
		row->given[column] = operation_read(row->model, attribute, &member->value,
											OPERATIONS_TAKEN, row->path, &operation,
											&row->values[column], &row->nulls[column],
											&row->failures);
	if (!row->given[column])
		row->excused = lappend(row->excused, attribute->name);
	/* what it makes of the value that is there is not known */
	row->given[column] = row->given[column] && operation == OPERATION_NONE;
}

/* a value that contradicts the scope is refused; one that is not given follows from it */
static void
apply_demand(ReadRow *row, List *members)
{
	for (int i = 0; i < row->kind.demand->n; i++)
	{
		const LinkScope *scope = &row->kind.demand->scope[i];
		const char *name = scope->attribute->name;
		int			column = scope->attribute->attnum - 1;
		DocMember  *given = doc_find(members, name);

		if (given == NULL && row->kind.inserting)
		{
			row->given[column] = true;
			row->values[column] = scope->value;
			row->nulls[column] = scope->isnull;
		}
		else if (row->given[column] && !link_is_scope_value(scope, row->values[column], row->nulls[column]))
			row->failures = lappend(row->failures,
									validation_failure(row->path, name, "scope",
													   psprintf("\"%s\" is set by the scope of \"%s\"", name,
																row->kind.demand->alias),
													   validation_json_value(&given->value)));
	}
}

/* rows written with this one: an array of new rows, or verbs; documents below one */
static void
validate_associated(ReadRow *row, const Association *association, DocMember *member)
{
	ResolvedAssociation *assoc = registry_resolve_association(association);
	Nested		nested = {.assoc = assoc, .new_links = row->kind.inserting, .depth = row->kind.depth + 1,
		.rows = demand_of(assoc, assoc->target, NULL)};

	if (association->kind == BELONGS_TO)
		row->excused = list_concat(row->excused,
								   attribute_names(assoc->source_key, assoc->nsource));
	nested.target = validator_row_begin(assoc->target);
	if (assoc->through != NULL)
	{
		nested.through = validator_row_begin(assoc->through);
		nested.links = demand_of(assoc, assoc->through, "through");
	}
	if (row->kind.document)
		row->failures = each_element(&nested, member, read_document, row->failures);
	else if (doc_is_array(&member->value))
		row->failures = each_element(&nested, member, read_create, row->failures);
	else
		row->failures = validate_verbs(&nested, member, row->failures);
	if (assoc->through != NULL)
		validator_row_end(nested.through);
	validator_row_end(nested.target);
}

static Demand
demand_of(const ResolvedAssociation *assoc, const Model *model, const char *group)
{
	JsonbValue *scope = doc_option(assoc->association->options, group, "scope");
	Demand		demand = {.alias = assoc->association->alias};

	if (scope != NULL)
		demand.n = link_scope_equalities(model, scope, doc_path_key(NULL, "scope"), &demand.scope);
	return demand;
}

static List *
validate_verbs(Nested *nested, DocMember *verbs, List *failures)
{
	foreach_ptr(DocMember, verb, doc_members(&verbs->value, &verbs->path))
	{
		Size		v = 0;

		while (v < lengthof(verbs_known) && strcmp(verbs_known[v].name, verb->key) != 0)
			v++;
		if (v == lengthof(verbs_known))
			failures = lappend(failures,
							   validation_failure(&verbs->path, verb->key, "unknown",
												  psprintf("unknown verb \"%s\"", verb->key),
												  NULL));
		else if (verbs_known[v].reader != NULL)
			failures = each_element(nested, verb, verbs_known[v].reader, failures);
	}
	return failures;
}

static List *
each_element(Nested *nested, DocMember *member, ElementReader reader, List *failures)
{
	if (!doc_is_array(&member->value))
		return reader(nested, member, failures);
	foreach_ptr(DocMember, element, doc_elements(&member->value, &member->path))
		failures = reader(nested, element, failures);
	return failures;
}

static List *
read_create(Nested *nested, DocMember *element, List *failures)
{
	List	   *members = doc_members(&element->value, &element->path);
	DocMember  *through = nested->through ? take_member(&members, "through") : NULL;

	failures = validate_new(nested, members, &element->path, failures);
	return validate_link(nested, (RowKind) {.inserting = true}, through, &element->path, failures);
}

/* the link's payload is beside the row, or in it */
static List *
read_connect_or_create(Nested *nested, DocMember *element, List *failures)
{
	List	   *members = doc_members(&element->value, &element->path);
	DocMember  *create = doc_find(members, "create");
	DocMember  *through = doc_find(members, "through");
	DocMember  *own;

	if (create == NULL)
		return failures;
	members = doc_members(&create->value, &create->path);
	own = nested->through ? take_member(&members, "through") : NULL;
	failures = validate_new(nested, members, &create->path, failures);
	return validate_link(nested, (RowKind) {.inserting = true}, overlay(through, own), &create->path, failures);
}

/* the payload in the row overrides the one beside it */
static DocMember *
overlay(DocMember *through, DocMember *own)
{
	JsonbValue	merged;

	if (through == NULL || own == NULL || !doc_is_object(&through->value) ||
		!doc_is_object(&own->value))
		return own && doc_is_object(&own->value) ? own : through;
	if (doc_members(&own->value, &own->path) == NIL)
		return doc_members(&through->value, &through->path) == NIL ? NULL : through;
	doc_root_value(doc_concat(JsonbValueToJsonb(&through->value), JsonbValueToJsonb(&own->value)), &merged);
	own->value = merged;
	return own;
}

static List *
read_upsert(Nested *nested, DocMember *element, List *failures)
{
	List	   *members = doc_members(&element->value, &element->path);

	failures = read_connect_or_create(nested, element, failures);
	return validate_changes(nested, doc_find(members, "update"), failures);
}

static List *
read_update(Nested *nested, DocMember *element, List *failures)
{
	List	   *members = doc_members(&element->value, &element->path);

	failures = validate_changes(nested, doc_find(members, "data"), failures);
	return validate_link(nested, (RowKind) {0}, doc_find(members, "through"), &element->path, failures);
}

/* a link that may be there already only has what is given to be judged */
static List *
read_connect(Nested *nested, DocMember *element, List *failures)
{
	DocMember  *through = NULL;

	if (doc_is_object(&element->value))
		through = doc_find(doc_members(&element->value, &element->path), "through");
	return validate_link(nested, (RowKind) {.inserting = nested->new_links}, through, &element->path, failures);
}

/*
 * A row with a whole key is there, unless the database makes none: what is given is judged then, and what is not is not
 * missing.  The payload is under the name of the join model.
 */
static List *
read_document(Nested *nested, DocMember *element, List *failures)
{
	const ResolvedAssociation *assoc = nested->assoc;
	RowKind		kind = {.document = true, .depth = nested->depth, .demand = &nested->rows};
	DocMember  *through = NULL;
	List	   *members;

	if (element->value.type == jbvNull)
		return failures;
	members = doc_members(&element->value, &element->path);
	if (assoc->through != NULL)
	{
		through = take_member(&members, assoc->through->name);
		through = through ? through : take_member(&members, "through");
	}
	kind.inserting = !names_row(assoc->target, members);
	if (!kind.inserting)
		kind.demand = NULL;
	take_made(&members, assoc->target, !kind.inserting);
	failures = validate_object(nested->target, assoc->target, kind, members, &element->path,
							   attribute_names(assoc->source_ref, assoc->source_points ? 0 : assoc->nsource), failures);
	kind.inserting |= nested->new_links;
	return validate_link(nested, kind, through, &element->path, failures);
}

/* what is not read in documents */
static void
take_made(List **members, const Model *model, bool there)
{
	bool	   *made = palloc_array(bool, model->nattributes);

	kept_made(model, made);
	for (int i = 0; there && i < model->nkey; i++)
		made[model->key[i] - model->attributes] = true;
	for (int a = 0; a < model->nattributes; a++)
	{
		if (made[a])
			(void) take_member(members, model->attributes[a].name);
	}
}

static bool
names_row(const Model *model, List *members)
{
	for (int i = 0; i < model->nkey; i++)
	{
		DocMember  *member = doc_find(members, model->key[i]->name);

		if (member == NULL || member->value.type == jbvNull)
			return false;
	}
	return model->nkey > 0;
}

static List *
validate_new(Nested *nested, List *members, const DocPath *path, List *failures)
{
	const ResolvedAssociation *assoc = nested->assoc;
	AssociationKind kind = assoc->association->kind;
	List	   *excused = NIL;

	if (kind == HAS_MANY || kind == HAS_ONE)
		excused = attribute_names(assoc->source_ref, assoc->nsource);
	return validate_object(nested->target, assoc->target,
						   (RowKind) {.inserting = true, .depth = nested->depth, .demand = &nested->rows},
						   members, path, excused, failures);
}

static List *
validate_changes(Nested *nested, DocMember *data, List *failures)
{
	if (data == NULL)
		return failures;
	return validate_object(nested->target, nested->assoc->target, (RowKind) {.depth = nested->depth},
						   doc_members(&data->value, &data->path), &data->path, NIL, failures);
}

/* the row of the join table; without a payload its columns have their defaults */
static List *
validate_link(Nested *nested, RowKind kind, DocMember *through, const DocPath *path,
			  List *failures)
{
	const ResolvedAssociation *assoc = nested->assoc;
	DocPath		member_path = {path, "through", 0};
	List	   *members = NIL;
	List	   *excused;

	if (nested->through == NULL || (through == NULL && !kind.inserting))
		return failures;
	if (through != NULL && doc_is_object(&through->value))
		members = doc_members(&through->value, &through->path);
	excused = list_concat(attribute_names(assoc->source_ref, assoc->nsource),
						  attribute_names(assoc->target_ref, assoc->ntarget));
	if (kind.document)
		take_made(&members, assoc->through, true);
	foreach_ptr(char, name, kind.document ? excused : NIL)
		(void) take_member(&members, name);
	kind.depth = nested->depth;
	kind.demand = &nested->links;
	return validate_object(nested->through, assoc->through, kind, members,
						   through ? &through->path : &member_path, excused, failures);
}

static DocMember *
take_member(List **members, const char *key)
{
	DocMember  *member = doc_find(*members, key);

	if (member != NULL)
		*members = list_delete_ptr(*members, member);
	return member;
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

	foreach_ptr(char, name, names)
		attributes = lappend(attributes, model_attribute(model, name));
	return attributes;
}

/* an unreadable value is reported as such, and not as missing too */
static List *
without_excused(ReadRow *row, List *failures)
{
	List	   *result = NIL;

	foreach_ptr(ValidationFailure, failure, failures)
	{
		bool		excused = false;

		foreach_ptr(char, name, row->excused)
		{
			DocPath		member_path = {row->path, name, 0};

			excused = excused || (strcmp(failure->validator, "notNull") == 0 &&
								  strcmp(error_path_string(&member_path), failure->path) == 0);
		}
		if (!excused)
			result = lappend(result, failure);
	}
	return result;
}
