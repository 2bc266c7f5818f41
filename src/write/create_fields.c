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
typedef struct FieldPlace
{
	const CreateFields *fields;
	const Model *model;
	const Model *through;		/* of the link rows; NULL: none */
	const char *prefix;			/* "tasks.create." */
} FieldPlace;

static void check_each(const FieldPlace *place, const JsonbValue *value, const DocPath *path,
					   void (*check) (const FieldPlace *, const JsonbValue *, const DocPath *));
static void check_row(const FieldPlace *place, const JsonbValue *row, const DocPath *path);
static void check_association(const FieldPlace *place, const Association *association,
							  const JsonbValue *value, const DocPath *path);
static void check_verb(const FieldPlace *place, const char *verb, const JsonbValue *value,
					   const DocPath *path);
static void check_element(const FieldPlace *place, const JsonbValue *element,
						  const DocPath *path);
static bool names_otherwise(const Model *model, const char *name);
static void check_payload(const FieldPlace *place, const JsonbValue *payload,
						  const DocPath *path);
static FieldPlace place_under(const FieldPlace *place, const char *key);
static void need_field(const FieldPlace *place, const char *key, const DocPath *path);

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
	FieldPlace	place = {fields, model, NULL, ""};

	if (!fields->given)
		return;
	create_fields_check_names(fields, model);
	check_each(&place, data, path, check_row);
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
check_each(const FieldPlace *place, const JsonbValue *value, const DocPath *path,
		   void (*check) (const FieldPlace *, const JsonbValue *, const DocPath *))
{
	ListCell   *lc;

	if (!doc_is_array(value))
	{
		check(place, value, path);
		return;
	}
	foreach(lc, doc_array_elements(value))
		check(place, lfirst(lc), doc_path_index(path, foreach_current_index(lc)));
}

static void
check_row(const FieldPlace *place, const JsonbValue *row, const DocPath *path)
{
	check_stack_depth();
	CHECK_FOR_INTERRUPTS();
	if (!doc_is_object(row))
		return;
	foreach_ptr(DocPair, pair, doc_object_pairs(row))
	{
		DocPath    *at = doc_path_key(path, pair->key);
		const Association *association = model_attribute(place->model, pair->key) ? NULL :
			registry_association_if_any(place->model, pair->key);

		if (place->through != NULL && strcmp(pair->key, "through") == 0)
			check_payload(place, &pair->value, at);
		else if (association != NULL)
			check_association(place, association, &pair->value, at);
		else
			need_field(place, pair->key, at);
	}
}

/* an array of new rows, or verbs */
static void
check_association(const FieldPlace *place, const Association *association,
				  const JsonbValue *value, const DocPath *path)
{
	ResolvedAssociation *ends = registry_resolve_association(association);
	FieldPlace	inner = place_under(place, association->alias);

	need_field(place, association->alias, path);
	inner.model = ends->target;
	inner.through = ends->through;
	if (doc_is_array(value))
		check_verb(&inner, "create", value, path);
	else if (doc_is_object(value))
		foreach_ptr(DocPair, pair, doc_object_pairs(value))
			check_verb(&inner, pair->key, &pair->value, doc_path_key(path, pair->key));
}

static void
check_verb(const FieldPlace *place, const char *verb, const JsonbValue *value,
		   const DocPath *path)
{
	FieldPlace	inner = place_under(place, verb);

	/* what it comes to is known when rows have been looked at: replace_fields.c */
	if (strcmp(verb, "replace") == 0)
		return;
	need_field(place, verb, path);
	check_each(&inner, value, path, strcmp(verb, "create") == 0 ? check_row : check_element);
}

/* what may stand beside the key of a row that is meant: conditions, data, payload */
static void
check_element(const FieldPlace *place, const JsonbValue *element, const DocPath *path)
{
	if (!doc_is_object(element))
		return;
	foreach_ptr(DocPair, pair, doc_object_pairs(element))
	{
		DocPath    *at = doc_path_key(path, pair->key);
		FieldPlace	inner = place_under(place, pair->key);

		if (strcmp(pair->key, "where") == 0)
			load_allow_check_where(place->fields->names, inner.prefix, place->model, place->through,
								   options_parse_where(&pair->value, at));
		else if (strcmp(pair->key, "through") == 0)
			check_payload(place, &pair->value, at);
		else if (strcmp(pair->key, "create") == 0)
			check_row(&inner, &pair->value, at);
		else if (strcmp(pair->key, "data") == 0 || strcmp(pair->key, "update") == 0)
		{
			inner.through = NULL;	/* the payload of a link that exists stands beside it */
			check_row(&inner, &pair->value, at);
		}
		else if (names_otherwise(place->model, pair->key))
			need_field(place, pair->key, at);
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
check_payload(const FieldPlace *place, const JsonbValue *payload, const DocPath *path)
{
	FieldPlace	inner = place_under(place, "through");

	if (!doc_is_object(payload))
		return;
	foreach_ptr(DocPair, pair, doc_object_pairs(payload))
		need_field(&inner, pair->key, doc_path_key(path, pair->key));
}

static FieldPlace
place_under(const FieldPlace *place, const char *key)
{
	FieldPlace	inner = *place;

	inner.prefix = psprintf("%s%s.", place->prefix, key);
	return inner;
}

/* a field, or what leads to one */
static void
need_field(const FieldPlace *place, const char *key, const DocPath *path)
{
	load_allow_need_field(place->fields->names, psprintf("%s%s", place->prefix, key), path);
}
