/*-------------------------------------------------------------------------
 *
 * replace_row.c
 *	  One document of a row as loads print it: what its keys are, and what differs.
 *
 * Decides that a value which is as a load prints the one that is there, or reads as the same, is none of
 * what is written.  So nothing is lost by what printing leaves out, and nobody needs a right to what he
 * does not change.  What the database itself makes (generated columns, kept timestamps) and
 * what the load computed is not read.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "base/document.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_type.h"
#include "json/json_writer.h"
#include "plan/load_output.h"
#include "registry/kept_times.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "write/replace.h"

/* the columns of a model: which the database makes, and how they are printed */
typedef struct ReplacePrinter
{
	bool	   *made;			/* by number of attribute: by the database, whatever is given */
	JsonEncoder **encoders;		/* by number of attribute; NULL: not needed yet */
	JsonPacker	packer;
	JsonWriter	writer;
} ReplacePrinter;

static ReplaceMember replace_member(const CreateLevel *level, const IncludeItem *shown, const char *key);
static Attribute *link_attribute(const CreateLevel *level, const IncludeItem *shown, const char *key);
static const AttributeItem *shown_item(const AttributeOptions *attributes, const char *key);
static void want_member(CreateLevel *level, const Replace *replace, const char *key,
						const JsonbValue *value, bool *requested, bool *requested_link);
static void want_position(const CreateLevel *level, bool *requested, bool *requested_link);
static bool is_made(CreateLevel *level, bool link, const Attribute *attribute);
static void read_attribute(CreateLevel *level, CreateRow *row, Attribute *attribute,
						   const JsonbValue *value);
static bool reads_as(const Attribute *attribute, Datum a, bool a_null, Datum b, bool b_null);
static bool prints_as(CreateLevel *level, bool link, int number, Datum value, bool isnull,
					  const JsonbValue *given);
static bool same_json(const JsonbValue *a, const JsonbValue *b);
static ReplacePrinter *printer_of(CreateLevel *level, bool link);

/* ---- what a key is ---- */

static ReplaceMember
replace_member(const CreateLevel *level, const IncludeItem *shown, const char *key)
{
	const ResolvedAssociation *assoc = level->assoc;
	const ThroughOptions *through = shown ? shown->through : NULL;
	const AttributeItem *item = shown ? shown_item(&shown->find.attributes, key) : NULL;
	ReplaceMember member = {0};

	if (shown != NULL)
		member.include = options_find_include(&shown->find, key);
	/* the levels of a tree are alike */
	if (member.include == NULL && shown != NULL && shown->recursive &&
		strcmp(shown->as ? shown->as : shown->association, key) == 0)
		member.include = shown;
	if (item != NULL && item->aggregate != NULL)
		member.kind = REPLACE_COMPUTED;
	else if ((member.attribute = model_attribute(level->model, item ? item->name : key)) != NULL)
		member.kind = REPLACE_ATTRIBUTE;
	else if ((member.association = registry_association_if_any(level->model,
															   member.include ? member.include->association : key)) != NULL)
		member.kind = member.include != NULL && member.include->values != NULL ? REPLACE_COMPUTED : REPLACE_ASSOCIATION;
	/* rows of several associations, followed as one */
	else if (member.include != NULL)
		member.kind = REPLACE_COMPUTED;
	else if (assoc != NULL && assoc->through != NULL &&
			 (strcmp(key, load_output_link_key(assoc, through)) == 0 || strcmp(key, "through") == 0))
		member.kind = REPLACE_LINK;
	else if (through != NULL && through->flatten &&
			 (member.attribute = link_attribute(level, shown, key)) != NULL)
		member.kind = REPLACE_LINK_ATTRIBUTE;
	return member;
}

/* NULL: there is none */
static Attribute *
link_attribute(const CreateLevel *level, const IncludeItem *shown, const char *key)
{
	const AttributeItem *item = shown && shown->through ?
		shown_item(&shown->through->attributes, key) : NULL;

	return model_attribute(level->assoc->through, item ? item->name : key);
}

static const AttributeItem *
shown_item(const AttributeOptions *attributes, const char *key)
{
	foreach_ptr(AttributeItem, item, attributes->items)
	{
		if (strcmp(item->as, key) == 0)
			return item;
	}
	return NULL;
}

/* ---- what is read of rows ---- */

ReplaceColumns
replace_columns(CreateLevel *level, List *elements)
{
	const Model *model = level->model;
	const Model *through = level->assoc ? level->assoc->through : NULL;
	bool	   *requested = palloc0_array(bool, model->nattributes);
	bool	   *requested_link = palloc0_array(bool, through ? through->nattributes : 1);
	ReplaceColumns columns = {0};

	columns.read = requested;
	columns.columns = palloc_array(Attribute *, model->nattributes);
	for (int i = 0; i < model->nkey; i++)
		requested[model->key[i] - model->attributes] = true;
	want_position(level, requested, requested_link);
	for (int i = 0; level->call != NULL && i < level->call->nkey; i++)
		requested[model_number_of(model, level->call->key[i])] = true;
	foreach_ptr(ReplaceElement, element, elements)
	{
		foreach_ptr(DocPair, pair, doc_object_pairs(element->value))
		{
			want_member(level, element->replace, pair->key, &pair->value, requested, requested_link);
		}
	}
	for (int a = 0; a < model->nattributes; a++)
		if (requested[a])
			columns.columns[columns.n++] = &model->attributes[a];
	columns.link = palloc_array(Attribute *, through ? through->nattributes : 1);
	for (int a = 0; through != NULL && a < through->nattributes; a++)
		if (requested_link[a])
			columns.link[columns.nlink++] = &through->attributes[a];
	return columns;
}

static void
want_position(const CreateLevel *level, bool *requested, bool *requested_link)
{
	const Attribute *position = level->call ? level->call->position : NULL;

	if (position != NULL && level->assoc->through != NULL)
		requested_link[position - level->assoc->through->attributes] = true;
	else if (position != NULL)
		requested[position - level->model->attributes] = true;
}

/* a hidden value is not compared, since the result would reveal it */
static void
want_member(CreateLevel *level, const Replace *replace, const char *key, const JsonbValue *value,
			bool *requested, bool *requested_link)
{
	const Model *model = level->model;
	ReplaceMember member = replace_member(level, replace->shown, key);
	ResolvedAssociation *assoc;
	ListCell   *lc;

	switch (member.kind)
	{
		case REPLACE_ATTRIBUTE:
			requested[member.attribute - model->attributes] |= member.attribute->hidden != HIDDEN &&
				!is_made(level, false, member.attribute);
			break;
		case REPLACE_ASSOCIATION:
			assoc = registry_resolve_association(member.association);
			for (int i = 0; i < assoc->nsource; i++)
				requested[model_number_of(model, assoc->source_key[i])] = true;
			break;
		case REPLACE_LINK_ATTRIBUTE:
			requested_link[member.attribute - level->assoc->through->attributes] = true;
			break;
		case REPLACE_LINK:
			foreach(lc, doc_is_object(value) ? doc_object_pairs(value) : NIL)
			{
				Attribute  *attribute = link_attribute(level, replace->shown, ((DocPair *) lfirst(lc))->key);

				if (attribute != NULL)
					requested_link[attribute - level->assoc->through->attributes] = true;
			}
			break;
		default:
			break;
	}
}

/* ---- the members of a document ---- */

void
replace_read_value(CreateLevel *level, CreateRow *row, const DocPair *pair)
{
	ReplaceRow *replaced = row->replaced;
	ReplaceMember member = replace_member(level, replaced->shown, pair->key);
	DocPath    *path = doc_path_key(row->path, pair->key);

	switch (member.kind)
	{
		case REPLACE_ATTRIBUTE:
			read_attribute(level, row, member.attribute, &pair->value);
			break;
		case REPLACE_LINK:
			if (pair->value.type == jbvNull)
				break;
			doc_need_object(&pair->value, path);
			replaced->link = list_concat(replaced->link, doc_object_pairs(&pair->value));
			replaced->link_path = path;
			break;
		case REPLACE_LINK_ATTRIBUTE:
			replaced->link = lappend(replaced->link, unconstify(DocPair *, pair));
			replaced->link_path = row->path;
			break;
		case REPLACE_UNKNOWN:
			create_raise_unknown_member(level->model, pair->key, path);
		default:
			break;
	}
}

void
replace_read_nested(CreateLevel *level, CreateRow *row, const DocPair *pair)
{
	ReplaceRow *replaced = row->replaced;
	ReplaceMember member = replace_member(level, replaced->shown, pair->key);

	if (member.kind == REPLACE_ASSOCIATION)
		replace_note(create_child_level(level, member.association, RowExclusiveLock), row, &pair->value,
					 doc_path_key(row->path, pair->key), member.include);
}

static void
read_attribute(CreateLevel *level, CreateRow *row, Attribute *attribute, const JsonbValue *value)
{
	const Model *model = level->model;
	const ReplaceFound *found = row->replaced->found;
	int			number = attribute - model->attributes;

	if (is_made(level, false, attribute) || (level->call != NULL && attribute == level->call->position) ||
		(model_attnum_among(attribute->attnum, model->nkey, model->key) &&
		 (row->existing || value->type == jbvNull)))
		return;
	if (attribute->hidden == HIDDEN)
		found = NULL;
	if (found != NULL && prints_as(level, false, number, found->values[number], found->nulls[number], value))
		return;
	create_read_value(model, row, attribute, value);
	if (found != NULL && row->given[number] &&
		reads_as(attribute, row->values[number], row->nulls[number], found->values[number], found->nulls[number]))
		row->given[number] = row->is_explicit[number] = false;
}

LinkPayload *
replace_payload(CreateLevel *level, const CreateRow *row, const ReplaceFound *link)
{
	const ReplaceRow *replaced = row->replaced;
	const Model *through = level->assoc->through;
	const ReplaceFound *found = link && link->link ? link : NULL;
	const char **keys = palloc_array(const char *, list_length(replaced->link) + 1);
	JsonbValue *values = palloc_array(JsonbValue, list_length(replaced->link) + 1);
	LinkPayload *payload;
	JsonbValue	document;
	bool		any = false;
	int			n = 0;

	foreach_ptr(DocPair, pair, replaced->link)
	{
		Attribute  *attribute = link_attribute(level, replaced->shown, pair->key);
		int			number;

		if (attribute == NULL)
			attribute = model_attribute_at(through, pair->key, doc_path_key(replaced->link_path, pair->key));
		number = attribute - through->attributes;
		if (link_is_key_column(level->call, attribute->attnum) || attribute == level->call->position || is_made(level, true, attribute) ||
			(found != NULL && prints_as(level, true, number, found->link[number], found->link_nulls[number],
										&pair->value)))
			continue;
		keys[n] = attribute->name;
		values[n++] = pair->value;
	}
	if (n == 0)
		return NULL;
	doc_root_value(doc_object(n, keys, values), &document);
	payload = link_payload(level->call, &document, replaced->link_path);
	for (int a = 0; a < through->nattributes; a++)
	{
		if (found != NULL && payload->given[a] && link_operation(payload, a) == OPERATION_NONE &&
			reads_as(&through->attributes[a], payload->values[a], payload->nulls[a], found->link[a],
					 found->link_nulls[a]))
			payload->given[a] = false;
		any |= payload->given[a];
	}
	return any || payload->unread != NIL ? payload : NULL;
}

static bool
is_made(CreateLevel *level, bool link, const Attribute *attribute)
{
	const Model *model = link ? level->assoc->through : level->model;

	return printer_of(level, link)->made[attribute - model->attributes];
}

/* ---- what is the same ---- */

/* of numbers, how many zeros they end with is nothing that every client keeps */
static bool
reads_as(const Attribute *attribute, Datum a, bool a_null, Datum b, bool b_null)
{
	if (a_null || b_null || getBaseType(attribute->type) != NUMERICOID)
		return link_same_value(attribute, a, a_null, b, b_null);
	return DatumGetBool(DirectFunctionCall2(numeric_eq, a, b));
}

static bool
prints_as(CreateLevel *level, bool link, int number, Datum value, bool isnull, const JsonbValue *given)
{
	JsonbValue	printed;

	if (isnull || given->type == jbvNull)
		return isnull && given->type == jbvNull;
	printed = replace_print(level, link, number, value, false);
	return same_json(&printed, given);
}

bool
replace_is_same(CreateLevel *level, const CreateRow *row, const Attribute *attribute, const JsonbValue *value)
{
	const ReplaceFound *found = row->replaced->found;
	int			number = attribute - level->model->attributes;

	return prints_as(level, false, number, found->values[number], found->nulls[number], value);
}

static bool
same_json(const JsonbValue *a, const JsonbValue *b)
{
	if (a->type != b->type)
		return false;
	switch (a->type)
	{
		case jbvString:
			return a->val.string.len == b->val.string.len &&
				memcmp(a->val.string.val, b->val.string.val, a->val.string.len) == 0;
		case jbvNumeric:
			return DatumGetBool(DirectFunctionCall2(numeric_eq, NumericGetDatum(a->val.numeric),
													NumericGetDatum(b->val.numeric)));
		case jbvBool:
			return a->val.boolean == b->val.boolean;
		case jbvBinary:
			return compareJsonbContainers(a->val.binary.data, b->val.binary.data) == 0;
		default:
			return a->type == jbvNull;
	}
}

JsonbValue
replace_print(CreateLevel *level, bool link, int number, Datum value, bool isnull)
{
	const Model *model = link ? level->assoc->through : level->model;
	const Attribute *attribute = &model->attributes[number];
	ReplacePrinter *printer = printer_of(level, link);
	JsonbValue	document = {.type = jbvNull};
	Size		size;

	if (isnull)
		return document;
	if (printer->encoders[number] == NULL)
	{
		printer->encoders[number] = palloc0_object(JsonEncoder);
		json_encoder_init(printer->encoders[number], JSON_FORMAT_JSONB, attribute->type,
						  attribute->json_string, CurrentMemoryContext);
	}
	json_pack_begin(&printer->packer, 1);
	json_pack_value(&printer->packer, printer->encoders[number], value, false);
	json_writer_reset(&printer->writer);
	json_array_begin(&printer->writer, 1);
	json_write_packed(&printer->writer, json_pack_end(&printer->packer, &size), 0);
	json_array_end(&printer->writer);
	doc_root_value(DatumGetJsonbP(json_writer_finish(&printer->writer)), &document);
	return *(JsonbValue *) linitial(doc_array_elements(&document));
}

static ReplacePrinter *
printer_of(CreateLevel *level, bool link)
{
	const Model *model = link ? level->assoc->through : level->model;
	ReplacePrinter *printer = level->printers[link];

	if (printer != NULL)
		return printer;
	printer = palloc0_object(ReplacePrinter);
	printer->made = palloc0_array(bool, model->nattributes);
	kept_made(model, printer->made);
	printer->encoders = palloc0_array(JsonEncoder *, model->nattributes);
	json_packer_init(&printer->packer, JSON_FORMAT_JSONB, CurrentMemoryContext);
	json_writer_init(&printer->writer, JSON_FORMAT_JSONB, CurrentMemoryContext);
	level->printers[link] = printer;
	return printer;
}
