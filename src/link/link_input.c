/*-------------------------------------------------------------------------
 *
 * link_input.c
 *	  Ids and payload as callers give them, into the items of a call.
 *
 * Decides which forms of ids there are, which id a payload belongs to, and what
 * the same id given twice means: one link, the last payload winning key by key.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "base/document.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "link/link.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "registry/keys.h"
#include "registry/misplaced.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"

/* the through argument: nothing, one payload for all ids, or one for each */
typedef struct ThroughInput
{
	LinkPayload *shared;		/* NULL unless one for all */
	List	   *each;			/* of JsonbValue *, where it is an array */
	bool		is_array;
} ThroughInput;

/* the argument, where ids are not part of a document */
static const DocPath ids_path = {NULL, "ids", 0};

static void read_array(LinkCall *call, Datum ids, Oid element_type, const ThroughInput *through);
static void read_text(LinkCall *call, char *text, const ThroughInput *through);
static void read_json(LinkCall *call, const char *text, const ThroughInput *through);
static void read_document(LinkCall *call, const JsonbValue *ids, const DocPath *path,
						  const ThroughInput *through);
static void read_element(LinkCall *call, const JsonbValue *element, const DocPath *path,
						 const ThroughInput *through, int position);
static void append_given(LinkCall *call, Datum value, Oid type,
						 const ThroughInput *through, int position, const DocPath *path);
static bool key_is_text(LinkCall *call);
static ThroughInput through_input(LinkCall *call, Jsonb *through);
static LinkPayload *parse_through_payload(LinkCall *call, const ThroughInput *through, int position);
static void through_check_length(const ThroughInput *through, int nids);
static Attribute *payload_name(const Model *through, const char *name, const DocPath *path);
static void payload_attribute(LinkCall *call, LinkPayload *payload, const DocPair *pair);
static bool read_payload_value(LinkCall *call, LinkPayload *payload, Attribute *attribute,
							   const JsonbValue *value);
static void payload_check_scope(LinkCall *call, LinkPayload *payload, int number,
								const DocPath *path);
pg_noreturn static void null_id(void);

void
link_read_ids(LinkCall *call, Datum ids, Oid type, Jsonb *through)
{
	ThroughInput given = through_input(call, through);
	Oid			base = getBaseType(type);
	Oid			element_type = get_element_type(base);

	if (base == JSONBOID)
	{
		JsonbValue	root;

		doc_root_value(DatumGetJsonbP(ids), &root);
		read_document(call, &root, NULL, &given);
	}
	else if (base == JSONOID)
		read_json(call, TextDatumGetCString(ids), &given);
	else if (OidIsValid(element_type))
		read_array(call, ids, element_type, &given);
	else if (base == UNKNOWNOID)
		read_text(call, DatumGetCString(ids), &given);
	else if (base == TEXTOID && !key_is_text(call))
		read_text(call, TextDatumGetCString(ids), &given);
	else
	{
		through_check_length(&given, 1);
		append_given(call, ids, type, &given, 0, &ids_path);
	}
	validation_raise(call->assoc->through, call->failures, NULL);
	link_sort_items(call);
}

void
link_read_document(LinkCall *call, const JsonbValue *ids, const DocPath *path, Jsonb *through)
{
	ThroughInput given = through_input(call, through);

	read_document(call, ids, path, &given);
	link_sort_items(call);
}

static void
read_array(LinkCall *call, Datum ids, Oid element_type, const ThroughInput *through)
{
	int16		typlen;
	bool		typbyval;
	char		typalign;
	Datum	   *values;
	bool	   *nulls;
	int			n;

	get_typlenbyvalalign(element_type, &typlen, &typbyval, &typalign);
	deconstruct_array(DatumGetArrayTypeP(ids), element_type, typlen, typbyval, typalign,
					  &values, &nulls, &n);
	through_check_length(through, n);
	for (int i = 0; i < n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (nulls[i])
			null_id();
		append_given(call, values[i], element_type, through, i, doc_path_index(&ids_path, i));
	}
}

/*
 * Untyped ids: an array literal {1,2}, a JSON array, or one id; where the key is composite
 * what begins as an array literal does is an object.
 */
static void
read_text(LinkCall *call, char *text, const ThroughInput *through)
{
	const char *start = text + strspn(text, " \t\r\n");
	Oid			array_type = get_array_type(call->name.columns[0]->type);

	if (start[0] == '[' || (start[0] == '{' && call->name.n > 1))
		read_json(call, text, through);
	else if (start[0] == '{' && OidIsValid(array_type))
	{
		Oid			input;
		Oid			ioparam;

		getTypeInputInfo(array_type, &input, &ioparam);
		read_array(call, OidInputFunctionCall(input, text, ioparam, call->name.columns[0]->typmod),
				   call->name.columns[0]->type, through);
	}
	else
	{
		through_check_length(through, 1);
		append_given(call, CStringGetTextDatum(text), TEXTOID, through, 0, &ids_path);
	}
}

static void
read_json(LinkCall *call, const char *text, const ThroughInput *through)
{
	Datum		document = DirectFunctionCall1(jsonb_in, CStringGetDatum(text));
	JsonbValue	root;

	doc_root_value(DatumGetJsonbP(document), &root);
	read_document(call, &root, NULL, through);
}

static void
read_document(LinkCall *call, const JsonbValue *ids, const DocPath *path,
			  const ThroughInput *through)
{
	const DocPath *value_path = path ? path : &ids_path;
	List	   *elements;

	if (!doc_is_array(ids))
	{
		through_check_length(through, 1);
		read_element(call, ids, value_path, through, 0);
		return;
	}
	elements = doc_array_elements(ids);
	through_check_length(through, list_length(elements));
	foreach_ptr(JsonbValue, element, elements)
	{
		int			position = foreach_current_index(element);

		CHECK_FOR_INTERRUPTS();
		read_element(call, element, doc_path_index(value_path, position), through, position);
	}
}

/* a key, or {"id": key, "through": payload} */
static void
read_element(LinkCall *call, const JsonbValue *element, const DocPath *path,
			 const ThroughInput *through, int position)
{
	LinkPayload *payload = parse_through_payload(call, through, position);
	JsonbValue *own = doc_is_object(element) ? doc_get(element, "through") : NULL;

	if (element->type == jbvNull)
		null_id();
	if (own != NULL && own->type != jbvNull)
		payload = link_payload_overlay(call->assoc->through, payload,
									   link_payload(call, own, doc_path_key(path, "through")));
	if (link_is_where(call, element))
	{
		link_append_where(call, element, path, payload);
		return;
	}
	link_append_named(call, element, path, payload);
	if (call->use == LINK_TOGGLES && own != NULL && own->type != jbvNull)
		link_filter_item(call, &call->items[call->nitems - 1],
						 link_payload(call, own, doc_path_key(path, "through")));
}

static void
append_given(LinkCall *call, Datum value, Oid type, const ThroughInput *through, int position,
			 const DocPath *path)
{
	link_append_value(call, value, type, parse_through_payload(call, through, position), path);
}

/* ids given as text are then one id as it stands, whatever it looks like */
static bool
key_is_text(LinkCall *call)
{
	char		category;
	bool		preferred;

	if (call->name.n > 1)
		return false;
	get_type_category_preferred(getBaseType(call->name.columns[0]->type), &category, &preferred);
	return category == TYPCATEGORY_STRING;
}

static ThroughInput
through_input(LinkCall *call, Jsonb *through)
{
	ThroughInput given = {NULL, NIL, false};
	const DocPath *path = doc_path_key(NULL, "through");
	JsonbValue	root;

	if (through == NULL)
		return given;
	doc_root_value(through, &root);
	if (doc_is_array(&root))
	{
		given.is_array = true;
		given.each = doc_array_elements(&root);
	}
	else if (root.type != jbvNull)
		given.shared = link_payload(call, &root, path);
	return given;
}

static LinkPayload *
parse_through_payload(LinkCall *call, const ThroughInput *through, int position)
{
	JsonbValue *element;

	if (!through->is_array)
		return through->shared;
	element = list_nth(through->each, position);
	if (element->type == jbvNull)
		return NULL;
	return link_payload(call, element, doc_path_index(doc_path_key(NULL, "through"), position));
}

static void
through_check_length(const ThroughInput *through, int nids)
{
	if (through->is_array && list_length(through->each) != nids)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("through has length %d, but ids has length %d",
						list_length(through->each), nids),
				 errhint("Give one object for all ids, or an array with one object for each.")));
}

LinkPayload *
link_payload(LinkCall *call, const JsonbValue *document, const DocPath *path)
{
	const Model *through = call->assoc->through;
	LinkPayload *payload = palloc0_object(LinkPayload);
	List	   *pairs;

	if (!doc_reads_as_object(document))
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path,
					   "Ids come first, what their links have after them: assoc.add('User', 1, 'projects', '[2]', '{\"role\": \"viewer\"}').",
					   "expected an object, not %s,", doc_kind_name(document));
	pairs = doc_object_pairs(document);
	if (through == NULL && pairs != NIL)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path,
					   "Only links of a belongs_to_many have columns of their own.",
					   "\"%s\" has no join table", call->assoc->association->alias);
	if (pairs == NIL)
		return NULL;
	payload->path = path;
	payload->given = palloc0_array(bool, through->nattributes);
	payload->values = palloc0_array(Datum, through->nattributes);
	payload->nulls = palloc0_array(bool, through->nattributes);
	foreach_ptr(DocPair, pair, pairs)
		payload_attribute(call, payload, pair);
	return payload;
}

static void
payload_attribute(LinkCall *call, LinkPayload *payload, const DocPair *pair)
{
	const ResolvedAssociation *assoc = call->assoc;
	const DocPath *path = doc_path_key(payload->path, pair->key);
	Attribute  *attribute = payload_name(assoc->through, pair->key, path);
	int			number = attribute - assoc->through->attributes;

	if (link_is_key_column(call, attribute->attnum))
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path,
					   "The keys of a link follow from the ids.",
					   "\"%s\" is a key of the link", pair->key);
	if (attribute == call->position && call->use != LINK_MEANS)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path,
					   "It follows from the order of the ids; assoc.reorder() changes it.",
					   "\"%s\" is the position of the link", pair->key);
	payload->given[number] = read_payload_value(call, payload, attribute, &pair->value);
	if (!payload->given[number])
		payload->unread = lappend(payload->unread, attribute);
	else
		payload_check_scope(call, payload, number, path);
}

static Attribute *
payload_name(const Model *through, const char *name, const DocPath *path)
{
	misplaced_payload(through, name, path);
	return model_attribute_at(through, name, path);
}

/* a link that is made by an add begins with nothing */
static bool
read_payload_value(LinkCall *call, LinkPayload *payload, Attribute *attribute, const JsonbValue *value)
{
	const Model *through = call->assoc->through;
	int			number = attribute - through->attributes;
	Operation	operation = OPERATION_NONE;
	OperationUse use = call->use == LINK_CHANGES ? OPERATIONS_TAKEN :
		call->multiple || call->use == LINK_MEANS ? OPERATIONS_REFUSED : OPERATIONS_FROM_ZERO;
	bool		given;

	/* a generated column is the filter's, or refused by the statement */
	if (!doc_is_object(value))
		return validation_read(through, attribute, value, payload->path, &payload->values[number],
							   &payload->nulls[number], &call->failures);
	given = operation_read(through, attribute, value, use, payload->path, &operation,
						   &payload->values[number], &payload->nulls[number], &call->failures);
	if (operation != OPERATION_NONE && payload->operations == NULL)
		payload->operations = palloc0(through->nattributes);
	if (operation != OPERATION_NONE)
		payload->operations[number] = operation;
	return given;
}

Operation
link_operation(const LinkPayload *payload, int attribute)
{
	return payload->operations ? payload->operations[attribute] : OPERATION_NONE;
}

/* a payload that contradicts the scope would make a link that the association does not show */
static void
payload_check_scope(LinkCall *call, LinkPayload *payload, int number, const DocPath *path)
{
	for (int i = 0; i < call->nscope; i++)
	{
		LinkScope  *scope = &call->scope[i];

		if (scope->attribute == &call->assoc->through->attributes[number] &&
			!link_is_scope_value(scope, payload->values[number], payload->nulls[number]))
			error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, NULL,
						   "\"%s\" is set by the scope of \"%s\"",
						   scope->attribute->name, call->assoc->association->alias);
	}
}

/* both, the second winning key by key; the path is that of the second where there are two */
LinkPayload *
link_payload_overlay(const Model *model, LinkPayload *under, LinkPayload *over)
{
	LinkPayload *both;

	if (under == NULL || under == over)
		return over;
	if (over == NULL)
		return under;
	both = palloc0_object(LinkPayload);
	both->path = over->path;
	both->given = palloc_array(bool, model->nattributes);
	both->values = palloc_array(Datum, model->nattributes);
	both->nulls = palloc_array(bool, model->nattributes);
	both->unread = list_concat_copy(under->unread, over->unread);
	if (under->operations != NULL || over->operations != NULL)
		both->operations = palloc0(model->nattributes);
	for (int i = 0; i < model->nattributes; i++)
	{
		LinkPayload *from = over->given[i] ? over : under;

		both->given[i] = from->given[i];
		if (both->operations != NULL)
			both->operations[i] = link_operation(from, i);
		both->values[i] = from->values[i];
		both->nulls[i] = from->nulls[i];
	}
	return both;
}

int
link_scope_read(const Model *model, const JsonbValue *document,
				const DocPath *path, LinkScope **scope)
{
	List	   *pairs;
	int			n = 0;

	if (document == NULL || document->type == jbvNull)
		return 0;
	pairs = doc_object_pairs(document);
	*scope = palloc_array(LinkScope, Max(list_length(pairs), 1));
	foreach_ptr(DocPair, pair, pairs)
	{
		const DocPath *value_path = doc_path_key(path, pair->key);
		LinkScope  *equality = &(*scope)[n++];

		equality->attribute = model_attribute_at(model, pair->key, value_path);
		if (doc_is_object(&pair->value) || doc_is_array(&pair->value))
			error_document(ERRCODE_FEATURE_NOT_SUPPORTED, value_path,
						   "Links can be written where the scope says which value each attribute has.",
						   "a scope that is not an equality");
		equality->value = key_value_from_jsonb(&pair->value, equality->attribute->type,
											   equality->attribute->typmod, value_path,
											   &equality->isnull);
	}
	return n;
}

static void
null_id(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
			 errmsg("an id must not be null"),
			 errhint("An empty array stands for no ids.")));
}
