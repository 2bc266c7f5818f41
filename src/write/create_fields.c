/*-------------------------------------------------------------------------
 *
 * create_fields.c
 *	  The option "fields" of the write verbs: what the data may give.
 *
 * Decides by names alone, before anything of the data is read: a field is the path of
 * keys to it, verbs among them, and an array of new rows counts as "create".  What has a
 * wrong form is left to those who read it.  Names that do not exist are not told
 * apart from those that are not allowed.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "base/doc_member.h"
#include "miscadmin.h"
#include "options/load_allow.h"
#include "write/create_fields.h"

/* rows of the data, or what stands under a verb */
typedef struct FieldContext
{
	const CreateFields *fields;
	const Model *model;
	const Model *through;		/* of the link rows; NULL: none */
	const char *prefix;			/* "tasks.create." */
} FieldContext;

static void check_each(const FieldContext *context, const JsonbValue *value, const DocPath *path,
					   void (*check) (const FieldContext *, const JsonbValue *, const DocPath *));
static void check_row(const FieldContext *context, const JsonbValue *row, const DocPath *path);
static void check_association(const FieldContext *context, const Association *association,
							  const JsonbValue *value, const DocPath *path);
static void check_verb(const FieldContext *context, const char *verb, const JsonbValue *value,
					   const DocPath *path);
static void check_element(const FieldContext *context, const JsonbValue *element,
						  const DocPath *path);
static bool names_otherwise(const Model *model, const char *name);
static void check_payload(const FieldContext *context, const JsonbValue *payload,
						  const DocPath *path);
static FieldContext context_under(const FieldContext *context, const char *key);
static void need_field(const FieldContext *context, const char *key, const DocPath *path);

CreateFields
create_fields_read(const JsonbValue *value)
{
	CreateFields fields = {value != NULL, NIL};

	if (value != NULL)
		fields.names = doc_member_strings(doc_whole(value, doc_path_key(NULL, "fields")));
	return fields;
}

void
create_fields_check(const CreateFields *fields, const Model *model, const JsonbValue *data)
{
	create_fields_check_at(fields, model, data, NULL);
}

void
create_fields_check_at(const CreateFields *fields, const Model *model, const JsonbValue *data,
					   const DocPath *path)
{
	FieldContext	context = {fields, model, NULL, ""};

	if (!fields->given)
		return;
	create_fields_check_names(fields, model);
	check_each(&context, data, path, check_row);
}

void
create_fields_check_where(const CreateFields *fields, const Model *model, const Condition *where)
{
	if (fields->given)
		load_allow_check_where(fields->names, "", model, NULL, where);
}

/* a name that is none would allow nothing, and nobody would see why */
void
create_fields_check_names(const CreateFields *fields, const Model *model)
{
	foreach_ptr(char, name, fields->names)
	{
		char	   *head = pnstrdup(name, strcspn(name, "."));

		if (model_attribute(model, name) == NULL && registry_association_if_any(model, head) == NULL)
			error_document(ERRCODE_UNDEFINED_COLUMN,
						   doc_path_index(doc_path_key(NULL, "fields"), foreach_current_index(name)),
						   error_hint_nearest(name, model_attribute_names(model), "attributes"),
						   "model \"%s\" has no attribute or association \"%s\"",
						   model->name, error_name(name));
	}
}

static void
check_each(const FieldContext *context, const JsonbValue *value, const DocPath *path,
		   void (*check) (const FieldContext *, const JsonbValue *, const DocPath *))
{
	ListCell   *lc;

	if (!doc_is_array(value))
	{
		check(context, value, path);
		return;
	}
	foreach(lc, doc_array_elements(value))
		check(context, lfirst(lc), doc_path_index(path, foreach_current_index(lc)));
}

static void
check_row(const FieldContext *context, const JsonbValue *row, const DocPath *path)
{
	check_stack_depth();
	CHECK_FOR_INTERRUPTS();
	if (!doc_is_object(row))
		return;
	foreach_ptr(DocPair, pair, doc_object_pairs(row))
	{
		DocPath    *at = doc_path_key(path, pair->key);
		const Association *association = model_attribute(context->model, pair->key) ? NULL :
			registry_association_if_any(context->model, pair->key);

		if (context->through != NULL && strcmp(pair->key, "through") == 0)
			check_payload(context, &pair->value, at);
		else if (association != NULL)
			check_association(context, association, &pair->value, at);
		else
			need_field(context, pair->key, at);
	}
}

/* an array of new rows, or verbs */
static void
check_association(const FieldContext *context, const Association *association,
				  const JsonbValue *value, const DocPath *path)
{
	ResolvedAssociation *assoc = registry_resolve_association(association);
	FieldContext	inner = context_under(context, association->alias);

	need_field(context, association->alias, path);
	inner.model = assoc->target;
	inner.through = assoc->through;
	if (doc_is_array(value))
		check_verb(&inner, "create", value, path);
	else if (doc_is_object(value))
		foreach_ptr(DocPair, pair, doc_object_pairs(value))
			check_verb(&inner, pair->key, &pair->value, doc_path_key(path, pair->key));
}

static void
check_verb(const FieldContext *context, const char *verb, const JsonbValue *value,
		   const DocPath *path)
{
	FieldContext	inner = context_under(context, verb);

	/* what it comes to is known when rows have been looked at: replace_fields.c */
	if (strcmp(verb, "replace") == 0)
		return;
	need_field(context, verb, path);
	check_each(&inner, value, path, strcmp(verb, "create") == 0 ? check_row : check_element);
}

/* what may stand beside the key of a row that is meant: conditions, data, payload */
static void
check_element(const FieldContext *context, const JsonbValue *element, const DocPath *path)
{
	if (!doc_is_object(element))
		return;
	foreach_ptr(DocPair, pair, doc_object_pairs(element))
	{
		DocPath    *at = doc_path_key(path, pair->key);
		FieldContext	inner = context_under(context, pair->key);

		if (strcmp(pair->key, "where") == 0)
			load_allow_check_where(context->fields->names, inner.prefix, context->model, context->through,
								   options_parse_where(&pair->value, at));
		else if (strcmp(pair->key, "through") == 0)
			check_payload(context, &pair->value, at);
		else if (strcmp(pair->key, "create") == 0)
			check_row(&inner, &pair->value, at);
		else if (strcmp(pair->key, "data") == 0 || strcmp(pair->key, "update") == 0)
		{
			inner.through = NULL;	/* the payload of a link that exists stands beside it */
			check_row(&inner, &pair->value, at);
		}
		else if (names_otherwise(context->model, pair->key))
			need_field(context, pair->key, at);
	}
}

/* by another key than the primary one: that asks for a row as a condition does */
static bool
names_otherwise(const Model *model, const char *name)
{
	Attribute  *attribute = model_attribute(model, name);
	bool		otherwise = attribute != NULL;

	for (int i = 0; i < model->nkey; i++)
		otherwise &= model->key[i] != attribute;
	return otherwise;
}

static void
check_payload(const FieldContext *context, const JsonbValue *payload, const DocPath *path)
{
	FieldContext	inner = context_under(context, "through");

	if (!doc_is_object(payload))
		return;
	foreach_ptr(DocPair, pair, doc_object_pairs(payload))
		need_field(&inner, pair->key, doc_path_key(path, pair->key));
}

static FieldContext
context_under(const FieldContext *context, const char *key)
{
	FieldContext	inner = *context;

	inner.prefix = psprintf("%s%s.", context->prefix, key);
	return inner;
}

/* a field, or what leads to one */
static void
need_field(const FieldContext *context, const char *key, const DocPath *path)
{
	load_allow_need_field(context->fields->names, psprintf("%s%s", context->prefix, key), path);
}
