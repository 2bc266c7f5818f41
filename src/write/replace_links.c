/*-------------------------------------------------------------------------
 *
 * replace_links.c
 *	  Links of documents that are compared with what is there.
 *
 * Decides what becomes of the link of a row that a document means, and of rows that none means:
 * a link is removed, a child unlinked, or deleted where it cannot be without its parent.  Where the
 * association keeps an order, it is that of the documents.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "base/document.h"
#include "registry/keys.h"
#include "registry/proof.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "write/replace.h"

static void need_agreement(CreateLevel *level, CreateRow *row);
static bool is_link_there(CreateLevel *level, ReplaceElement *element, CreateRow *row);
static void append_link(ReplaceWork *work, Replace *replace, CreateLinkVerb verb, const CreateRow *row,
						LinkPayload *payload, const DocPath *path);
static void unlink_row(ReplaceWork *work, Replace *replace, ReplaceFound *found);
static bool goes_elsewhere(ReplaceWork *work, const ReplaceFound *found);
static Replace *replace_of(ReplaceWork *work, const ReplaceFound *found);
static bool deletes_children(CreateLevel *level);
static bool is_in_order(CreateLevel *level, Replace *replace);
static bool position_of(CreateLevel *level, const ReplaceFound *found, JsonbValue *position);
static LinkCall *order_call(CreateLevel *level, Replace *replace);

void
replace_link_element(ReplaceWork *work, ReplaceElement *element, CreateRow *row)
{
	CreateLevel *level = work->level;
	Replace    *replace = element->replace;
	LinkPayload *payload = NULL;

	if (row->skipped)
		return;
	if (row->existing && !replace->parent->skipped)
		need_agreement(level, row);
	if (level->assoc->through != NULL)
		payload = replace_payload(level, row, row->existing ? element->found : NULL);
	if (!row->existing)
	{
		replace->changes = true;
		row->payload = payload;
		replace_check_link(level, row, "create", payload);
	}
	else if (level->call->multiple && replace->parent->existing)
		replace->changes |= !is_link_there(level, element, row);
	else if (element->found->parent == NULL || !replace->parent->existing)
	{
		replace_check_link(level, row, "connect", payload);
		append_link(work, replace, CREATE_CONNECT, row, payload, element->path);
	}
	else if (payload != NULL)
	{
		replace_check_link(level, row, "update", payload);
		append_link(work, replace, CREATE_UPDATE_LINK, row, payload, element->path);
	}
}

/* a child's foreign key follows from the place of its document, and may not contradict it */
static void
need_agreement(CreateLevel *level, CreateRow *row)
{
	const ResolvedAssociation *assoc = level->assoc;

	if (assoc->through != NULL || assoc->source_points || !row->parent->existing)
		return;
	for (int i = 0; i < assoc->nsource; i++)
	{
		int			number = model_number_of(level->model, assoc->source_ref[i]);
		Datum		key = row->parent->values[model_number_of(assoc->source, assoc->source_key[i])];

		if (!row->is_explicit[number])
			continue;
		if (getBaseType(assoc->source_ref[i]->type) != getBaseType(assoc->source_key[i]->type))
			key_from_datum(key, getBaseType(assoc->source_key[i]->type), 1, &assoc->source_ref[i],
						   assoc->source_ref[i]->name, &key);
		create_need_agreement(level->model, row, number, assoc->association->alias, key, false);
		row->given[number] = row->is_explicit[number] = false;
	}
}

/* is there a link of the pair that no other document means, and that has all of this payload? */
static bool
is_link_there(CreateLevel *level, ReplaceElement *element, CreateRow *row)
{
	for (ReplaceFound *found = element->found; found != NULL; found = found->next)
	{
		if (found->parent == NULL || found->meant || replace_payload(level, row, found) != NULL)
			continue;
		found->meant = true;
		return true;
	}
	return false;
}

static void
append_link(ReplaceWork *work, Replace *replace, CreateLinkVerb verb, const CreateRow *row,
			LinkPayload *payload, const DocPath *path)
{
	CreateLevel *level = work->level;

	replace->changes = true;
	if (replace->calls[verb] == NULL)
	{
		replace->calls[verb] = create_links(level, replace->parent, verb, replace->path);
		replace->calls[verb]->use = verb == CREATE_DISCONNECT ? LINK_MEANS :
			verb == CREATE_UPDATE_LINK ? LINK_CHANGES : LINK_WRITES;
	}
	link_append_item(replace->calls[verb],
					 create_row_key(level->model, row, level->call->nkey, level->call->key), payload, path);
}

/* what no document means */
void
replace_unlink_others(ReplaceWork *work)
{
	foreach_ptr(ReplaceFound, found, work->found)
	{
		Replace    *replace = replace_of(work, found);

		if (replace->partial)
			continue;
		if (work->level->call->multiple)
			replace->changes |= !found->meant;
		else if (!found->taken && !goes_elsewhere(work, found))
			unlink_row(work, replace, found);
	}
}

/* a child that another row is to have */
static bool
goes_elsewhere(ReplaceWork *work, const ReplaceFound *found)
{
	const ResolvedAssociation *assoc = work->level->assoc;
	int			number = key_table_find(&work->named, found->key);

	return assoc->through == NULL && !assoc->source_points && number >= 0 && work->moved[number];
}

static Replace *
replace_of(ReplaceWork *work, const ReplaceFound *found)
{
	const Model *source = work->level->assoc->source;

	if (work->parents.ncolumns == 0)
	{
		bool		known;

		key_table_init(&work->parents, source->nkey, link_key_columns(source->nkey, source->key),
					   CurrentMemoryContext);
		work->of_parent = palloc_array(Replace *, list_length(work->replaces));
		foreach_ptr(Replace, replace, work->replaces)
		{
			if (replace->parent->existing && !replace->parent->skipped)
				work->of_parent[key_table_add(&work->parents, replace->parent->key, &known)] = replace;
		}
	}
	return work->of_parent[key_table_find(&work->parents, found->parent)];
}

static void
unlink_row(ReplaceWork *work, Replace *replace, ReplaceFound *found)
{
	CreateLevel *level = work->level;
	CreateRow  *row = replace_found_row(level, replace->parent, found, replace->path);

	replace->changes = true;
	if (level->assoc->association->kind == BELONGS_TO)
	{
		/* another one takes its place */
		if (replace->elements != NIL)
			return;
		replace_check_verb(level, replace, "disconnect");
		create_point_at_nothing(level, replace->parent, true);
	}
	else if (level->assoc->through == NULL && deletes_children(level))
	{
		replace_check_verb(level, replace, "delete");
		row->replaced = palloc0_object(ReplaceRow);
		row->replaced->found = found;
		level->deletes = lappend(level->deletes, row);
	}
	else
	{
		replace_check_verb(level, replace, "disconnect");
		append_link(work, replace, CREATE_DISCONNECT, row, NULL, replace->path);
	}
}

/* those that are nobody's without their parent */
static bool
deletes_children(CreateLevel *level)
{
	const ResolvedAssociation *assoc = level->assoc;
	Attribute **cleared = palloc_array(Attribute *, assoc->nsource);

	return link_columns_to_clear(level->call, cleared) == 0 ||
		proof_of_cascade(assoc->target, assoc->nsource, assoc->source_ref, assoc->source, assoc->source_key, false);
}

void
replace_finish_links(ReplaceWork *work, Replace *replace)
{
	CreateLevel *level = work->level;

	if (level->call->multiple && replace->changes && replace->parent->existing && !replace->parent->skipped)
	{
		if (replace->partial)
			error_document(ERRCODE_FEATURE_NOT_SUPPORTED, replace->path,
						   "Load all of them to replace them.",
						   "links of \"%s\" that may repeat cannot be told apart from those that were not loaded",
						   level->assoc->association->alias);
		replace_check_verb(level, replace, "set");
		replace->calls[CREATE_SET] = create_links(level, replace->parent, CREATE_SET, replace->path);
		foreach_ptr(ReplaceElement, element, replace->elements)
		{
			if (element->row->existing)
				append_link(work, replace, CREATE_SET, element->row,
							replace_payload(level, element->row, NULL), element->path);
		}
	}
	if (level->call->position != NULL && !replace->partial && !replace->parent->skipped && !is_in_order(level, replace))
	{
		replace_check_verb(level, replace, "set");
		replace->changes = replace->reorders = true;
	}
	for (int verb = 0; verb < CREATE_LINK_VERBS; verb++)
		if (replace->calls[verb] != NULL)
			link_sort_items(replace->calls[verb]);
	if (level->assoc->association->kind == BELONGS_TO && replace->changes && replace->elements != NIL)
		create_point_at_nothing(level, replace->parent, false);
}

/* ---- an order of the links ---- */

/* what is new comes last by itself, but among others nobody knows where */
static bool
is_in_order(CreateLevel *level, Replace *replace)
{
	Datum		last = (Datum) 0;
	bool		any = false;
	JsonbValue	position;

	foreach_ptr(ReplaceElement, element, replace->elements)
	{
		if (element->found == NULL || element->found->parent == NULL || !position_of(level, element->found, &position))
			return false;
		if (any && DatumGetBool(DirectFunctionCall2(numeric_ge, last, NumericGetDatum(position.val.numeric))))
			return false;
		last = NumericGetDatum(position.val.numeric);
		any = true;
	}
	return true;
}

/* false: it has none */
static bool
position_of(CreateLevel *level, const ReplaceFound *found, JsonbValue *position)
{
	bool		link = level->assoc->through != NULL;
	const Model *model = link ? level->assoc->through : level->model;
	int			number = level->call->position - model->attributes;

	*position = replace_print(level, link, number, link ? found->link[number] : found->values[number],
							  link ? found->link_nulls[number] : found->nulls[number]);
	return position->type == jbvNumeric;
}

void
replace_write_order(CreateLevel *level)
{
	foreach_ptr(Replace, replace, level->replaces)
	{
		if (!replace->reorders)
			continue;
		replace->order = order_call(level, replace);
		link_set(replace->order);
	}
}

/* all links of a row, as its documents stand */
static LinkCall *
order_call(CreateLevel *level, Replace *replace)
{
	LinkCall   *call = palloc_object(LinkCall);

	*call = *level->call;
	call->nested = true;
	call->failures = NIL;
	call->source = create_row_key(level->assoc->source, replace->parent, call->nsource, call->source_key);
	foreach_ptr(ReplaceElement, element, replace->elements)
	{
		if (!element->row->skipped)
			link_append_item(call, create_row_key(level->model, element->row, call->nkey, call->key), NULL,
							 element->path);
	}
	link_sort_items(call);
	return call;
}
