/*-------------------------------------------------------------------------
 *
 * replace.c
 *	  "replace": documents as loads print them become all that is associated.
 *
 * Decides which rows the documents mean and what becomes of the others.  A document with the primary
 * key of a row means that row: it is changed where it differs, and linked where it is not.
 * One without is a new row; so is one with a key that no row has, unless the
 * database makes such keys, for then the row is one that was deleted.  What is linked and has no
 * document is unlinked; a child whose foreign key must not be null, or that the foreign key
 * deletes with its parent, is deleted.
 *
 * All documents of a level are looked at together, whoever their parents are, so that a row may
 * go from one to the other.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "base/document.h"
#include "registry/keys.h"
#include "registry/proof.h"
#include "utils/lsyscache.h"
#include "write/replace.h"

/* documents of a level */
typedef struct Work
{
	CreateLevel *level;
	List	   *replaces;		/* of Replace * */
	List	   *elements;		/* of ReplaceElement * */
	ReplaceColumns columns;
	List	   *found;			/* of ReplaceFound *: what the parents lead to */
	KeyTable	linked;			/* parent's key, own key */
	ReplaceFound **of_linked;	/* by number there */
	KeyTable	named;			/* keys that documents give */
	bool	   *moved;			/* by number there: a parent is to lead to it that does not */
	KeyTable	parents;		/* filled when it is first asked */
	Replace   **of_parent;		/* by number there */
} Work;

static bool is_partial(const CreateLevel *level, const IncludeItem *shown);
static void read_level(CreateLevel *level, List *replaces);
static void read_elements(Work *work, Replace *replace);
static void need_distinct(Work *work);
static void add_element(Work *work, Replace *replace, const JsonbValue *value, const DocPath *path);
static Datum *element_key(Work *work, const JsonbValue *value, const DocPath *path);
static void find_linked(Work *work);
static void pair_table(Work *work);
static Datum *pair_key(const CreateLevel *level, const Datum *parent, const Datum *own);
static void match_linked(Work *work);
static void find_others(Work *work);
static void need_new(Work *work, LinkIds *unknown, ReplaceElement *element);
static void read_rows(Work *work);
static CreateRow *row_of(Work *work, ReplaceElement *element);
static void link_element(Work *work, ReplaceElement *element, CreateRow *row);
static void need_agreement(CreateLevel *level, CreateRow *row);
static bool is_link_there(CreateLevel *level, ReplaceElement *element, CreateRow *row);
static void finish_links(Work *work, Replace *replace);
static void append_link(Work *work, Replace *replace, CreateLinkVerb verb, const CreateRow *row,
						LinkPayload *payload, const DocPath *path);
static void unlink_others(Work *work);
static void unlink_row(Work *work, Replace *replace, ReplaceFound *found);
static bool goes_elsewhere(Work *work, const ReplaceFound *found);
static Replace *replace_of(Work *work, const ReplaceFound *found);
static CreateRow *found_row(const CreateLevel *level, CreateRow *parent, const ReplaceFound *found,
							const DocPath *path);
static bool deletes_children(CreateLevel *level);

void
replace_note(CreateLevel *child, CreateRow *parent, const JsonbValue *value, const DocPath *path,
			 const IncludeItem *shown)
{
	Replace    *replace = palloc0_object(Replace);
	ListCell   *lc;

	foreach(lc, child->pending)
		if (((Replace *) lfirst(lc))->parent == parent)
			error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, NULL,
						   "\"%s\" is given twice", child->ends->association->alias);
	replace->parent = parent;
	replace->value = value;
	replace->path = path;
	replace->shown = shown;
	replace->partial = is_partial(child, shown);
	child->pending = lappend(child->pending, replace);
}

/* what was not shown is not gone */
static bool
is_partial(const CreateLevel *level, const IncludeItem *shown)
{
	JsonbValue	options;
	JsonbValue *scope;

	if (shown != NULL &&
		(shown->find.where != NULL || shown->find.limit != NULL || shown->find.offset != NULL ||
		 shown->find.cursor_key != NULL || shown->find.scopes != NIL ||
		 (shown->through != NULL && shown->through->where != NULL)))
		return true;
	if ((shown != NULL && shown->find.scope_given) || level->model->options == NULL)
		return false;
	doc_root_value(level->model->options, &options);
	scope = doc_get(&options, DEFAULT_SCOPE);
	return scope != NULL && (doc_get(scope, "limit") != NULL || doc_get(scope, "offset") != NULL);
}

void
replace_read(CreateLevel *level)
{
	List	   *pending = level->pending;
	ListCell   *lc;

	level->pending = NIL;
	if (pending != NIL)
	{
		level->replaces = list_concat(level->replaces, pending);
		read_level(level, pending);
	}
	foreach(lc, level->children)
		replace_read(lfirst(lc));
}

static void
read_level(CreateLevel *level, List *replaces)
{
	Work		work = {.level = level, .replaces = replaces};
	ListCell   *lc;

	if (level->model->nkey == 0)
		model_raise_no_key(level->model);
	key_table_init(&work.named, level->model->nkey,
				   link_key_columns(level->model->nkey, level->model->key), CurrentMemoryContext);
	foreach(lc, replaces)
		read_elements(&work, lfirst(lc));
	need_distinct(&work);
	work.columns = replace_columns(level, work.elements);
	work.moved = palloc0_array(bool, work.named.nkeys + 1);
	if (level->ends != NULL)
	{
		find_linked(&work);
		match_linked(&work);
	}
	find_others(&work);
	if (create_is_stale(level))
		return;
	read_rows(&work);
	if (level->ends == NULL)
		return;
	unlink_others(&work);
	foreach(lc, replaces)
		finish_links(&work, lfirst(lc));
}

/* ---- documents ---- */

static void
read_elements(Work *work, Replace *replace)
{
	bool		one = work->level->ends == NULL || work->level->ends->to_one;
	ListCell   *lc;

	if (one && doc_is_array(replace->value) && work->level->ends != NULL)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, replace->path,
					   "Write the document of one row, or null.",
					   "\"%s\" cannot be %s", work->level->ends->association->alias,
					   doc_kind_name(replace->value));
	if (one)
	{
		if (replace->value->type != jbvNull || work->level->ends == NULL)
			add_element(work, replace, replace->value, replace->path);
		return;
	}
	if (!doc_is_array(replace->value))
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, replace->path,
					   "Write an array of documents, as a load prints it: all that is to be there.",
					   "\"%s\" cannot be %s", work->level->ends->association->alias,
					   doc_kind_name(replace->value));
	foreach(lc, doc_array_elements(replace->value))
		add_element(work, replace, lfirst(lc), doc_path_index(replace->path, foreach_current_index(lc)));
}

/* of one row a document says all */
static void
need_distinct(Work *work)
{
	Replace   **last = palloc0_array(Replace *, work->named.nkeys + 1);

	foreach_ptr(ReplaceElement, element, work->elements)
	{
		int			number;

		if (element->key == NULL || (work->level->call != NULL && work->level->call->multiple))
			continue;
		number = key_table_find(&work->named, element->key);
		if (last[number] == element->replace || (work->level->ends == NULL && last[number] != NULL))
			error_document(ERRCODE_INVALID_PARAMETER_VALUE, element->path, NULL,
						   "the same row of \"%s\" is given twice", work->level->model->name);
		last[number] = element->replace;
	}
}

static void
add_element(Work *work, Replace *replace, const JsonbValue *value, const DocPath *path)
{
	ReplaceElement *element = palloc0_object(ReplaceElement);

	doc_need_object(value, path);
	element->replace = replace;
	element->value = value;
	element->path = path;
	element->key = element_key(work, value, path);
	replace->elements = lappend(replace->elements, element);
	work->elements = lappend(work->elements, element);
}

/* NULL: it lacks some of it */
static Datum *
element_key(Work *work, const JsonbValue *value, const DocPath *path)
{
	const Model *model = work->level->model;
	Datum	   *key = palloc_array(Datum, model->nkey);
	bool		found;

	for (int i = 0; i < model->nkey; i++)
	{
		const JsonbValue *member = doc_get(value, model->key[i]->name);

		if (member == NULL || member->type == jbvNull)
			return NULL;
	}
	key_from_jsonb_members(value, model->nkey, model->key, path, key);
	(void) key_table_add(&work->named, key, &found);
	return key;
}

/* ---- rows that they mean ---- */

static void
find_linked(Work *work)
{
	const CreateLevel *level = work->level;
	const IncludeItem *shown = ((Replace *) linitial(work->replaces))->shown;
	List	   *parents = NIL;
	int			number;
	bool		found;
	ListCell   *lc;

	foreach(lc, work->replaces)
	{
		CreateRow  *parent = ((Replace *) lfirst(lc))->parent;

		if (parent->existing && !parent->skipped)
			parents = lappend(parents, parent);
	}
	work->found = replace_find_linked(work->level, parents, &work->columns, shown ? &shown->find : NULL,
									  shown ? shown->through : NULL);
	pair_table(work);
	work->of_linked = palloc0_array(ReplaceFound *, list_length(work->found) + 1);
	foreach_ptr(ReplaceFound, row, work->found)
	{
		number = key_table_add(&work->linked, pair_key(level, row->parent, row->key), &found);
		row->next = work->of_linked[number];
		work->of_linked[number] = row;
	}
}

static void
pair_table(Work *work)
{
	const Model *source = work->level->ends->source;
	const Model *model = work->level->model;
	int			n = source->nkey + model->nkey;
	Attribute **columns = palloc_array(Attribute *, n);

	memcpy(columns, source->key, sizeof(Attribute *) * source->nkey);
	memcpy(columns + source->nkey, model->key, sizeof(Attribute *) * model->nkey);
	key_table_init(&work->linked, n, link_key_columns(n, columns), CurrentMemoryContext);
}

static Datum *
pair_key(const CreateLevel *level, const Datum *parent, const Datum *own)
{
	int			n = level->ends->source->nkey;
	Datum	   *key = palloc_array(Datum, n + level->model->nkey);

	memcpy(key, parent, sizeof(Datum) * n);
	memcpy(key + n, own, sizeof(Datum) * level->model->nkey);
	return key;
}

static void
match_linked(Work *work)
{
	foreach_ptr(ReplaceElement, element, work->elements)
	{
		CreateRow  *parent = element->replace->parent;
		int			number = -1;

		if (element->key == NULL || parent->skipped)
			continue;
		if (parent->existing)
			number = key_table_find(&work->linked, pair_key(work->level, parent->key, element->key));
		if (number < 0)
		{
			work->moved[key_table_find(&work->named, element->key)] = true;
			continue;
		}
		element->found = work->of_linked[number];
		for (ReplaceFound *found = element->found; found != NULL; found = found->next)
			found->taken = true;
	}
}

/* rows that are there and not linked; where there is none the row is new, or was deleted */
static void
find_others(Work *work)
{
	const CreateLevel *level = work->level;
	const Model *model = level->model;
	const IncludeItem *shown = ((Replace *) linitial(work->replaces))->shown;
	LinkIds		unknown = link_ids(list_length(work->elements));
	ReplaceFound **others;
	List	   *keys = NIL;
	List	   *rows;
	KeyTable	table;
	bool		known;
	ListCell   *lc;

	foreach_ptr(ReplaceElement, element, work->elements)
	{
		if (element->key != NULL && element->found == NULL &&
			(element->replace->parent == NULL || !element->replace->parent->skipped))
			keys = lappend(keys, element->key);
	}
	if (keys == NIL)
		return;
	rows = replace_find_rows(work->level, keys, &work->columns,
							 level->ends == NULL && !(shown && shown->find.scope_given),
							 shown && shown->find.paranoid == 0);
	if (create_is_stale(level))
		return;
	key_table_init(&table, model->nkey, link_key_columns(model->nkey, model->key), CurrentMemoryContext);
	others = palloc_array(ReplaceFound *, list_length(rows) + 1);
	foreach(lc, rows)
		others[key_table_add(&table, ((ReplaceFound *) lfirst(lc))->key, &known)] = lfirst(lc);
	foreach_ptr(ReplaceElement, element, work->elements)
	{
		int			number;

		if (element->key == NULL || element->found != NULL)
			continue;
		number = key_table_find(&table, element->key);
		if (number >= 0)
			element->found = others[number];
		else if (element->replace->parent == NULL || !element->replace->parent->skipped)
			need_new(work, &unknown, element);
	}
	if (unknown.n > 0)
		link_raise_unknown(model, model->nkey, model->key, &unknown);
}

/* who makes the keys does not make one that is given */
static void
need_new(Work *work, LinkIds *unknown, ReplaceElement *element)
{
	const Model *model = work->level->model;

	for (int i = 0; i < model->nkey; i++)
	{
		if (!model->key[i]->has_default)
			continue;
		link_ids_add(unknown, element->key, element->path);
		return;
	}
}

/* ---- what becomes of them ---- */

static void
read_rows(Work *work)
{
	CreateLevel *level = work->level;

	foreach_ptr(ReplaceElement, element, work->elements)
	{
		CreateRow  *row = row_of(work, element);

		create_read_members(level, row, element->value);
		element->row = row;
		if (!row->existing)
			create_apply_scope(level, row);
		replace_check_row(level, row);
		if (level->ends != NULL)
			link_element(work, element, row);
	}
}

static CreateRow *
row_of(Work *work, ReplaceElement *element)
{
	CreateLevel *level = work->level;
	Replace    *replace = element->replace;
	CreateRow  *parent = replace->parent;
	CreateRow  *row;

	if (element->found != NULL)
		row = found_row(level, parent, element->found, element->path);
	else
		row = create_row(level->model, parent, element->path);
	row->replaced = palloc0_object(ReplaceRow);
	row->replaced->shown = replace->shown ? &replace->shown->find : NULL;
	row->replaced->include = replace->shown;
	row->replaced->found = element->found;
	row->operates = OPERATIONS_REFUSED;
	/* nothing was looked for under a row that there is not */
	if (parent != NULL && parent->skipped && element->key != NULL)
		row->existing = row->skipped = true;
	if (row->existing)
		level->found = lappend(level->found, row);
	else
		level->rows = lappend(level->rows, row);
	return row;
}

static CreateRow *
found_row(const CreateLevel *level, CreateRow *parent, const ReplaceFound *found, const DocPath *path)
{
	const Model *model = level->model;
	CreateRow  *row = create_row(model, parent, path);

	row->existing = true;
	row->key = found->key;
	memcpy(row->values, found->values, sizeof(Datum) * model->nattributes);
	memcpy(row->nulls, found->nulls, sizeof(bool) * model->nattributes);
	return row;
}

/* ---- links ---- */

static void
link_element(Work *work, ReplaceElement *element, CreateRow *row)
{
	CreateLevel *level = work->level;
	Replace    *replace = element->replace;
	LinkPayload *payload = NULL;

	if (row->skipped)
		return;
	if (row->existing && !replace->parent->skipped)
		need_agreement(level, row);
	if (level->ends->through != NULL)
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

/* a child's foreign key says nothing else than where the document stands, and follows from that */
static void
need_agreement(CreateLevel *level, CreateRow *row)
{
	const AssociationEnds *ends = level->ends;

	if (ends->through != NULL || ends->source_points || !row->parent->existing)
		return;
	for (int i = 0; i < ends->nsource; i++)
	{
		int			number = model_attnum_required(level->model, ends->source_ref[i]->attnum) - level->model->attributes;
		Datum		key = row->parent->values[model_attnum_required(ends->source, ends->source_key[i]->attnum) -
											  ends->source->attributes];

		if (!row->stated[number])
			continue;
		if (getBaseType(ends->source_ref[i]->type) != getBaseType(ends->source_key[i]->type))
			key_from_datum(key, getBaseType(ends->source_key[i]->type), 1, &ends->source_ref[i],
						   ends->source_ref[i]->name, &key);
		create_need_agreement(level->model, row, number, ends->association->alias, key, false);
		row->given[number] = row->stated[number] = false;
	}
}

/* a link of the pair that nobody else means, with all that is said of it */
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
append_link(Work *work, Replace *replace, CreateLinkVerb verb, const CreateRow *row,
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
static void
unlink_others(Work *work)
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
goes_elsewhere(Work *work, const ReplaceFound *found)
{
	const AssociationEnds *ends = work->level->ends;
	int			number = key_table_find(&work->named, found->key);

	return ends->through == NULL && !ends->source_points && number >= 0 && work->moved[number];
}

static Replace *
replace_of(Work *work, const ReplaceFound *found)
{
	const Model *source = work->level->ends->source;

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
unlink_row(Work *work, Replace *replace, ReplaceFound *found)
{
	CreateLevel *level = work->level;
	CreateRow  *row = found_row(level, replace->parent, found, replace->path);

	replace->changes = true;
	if (level->ends->association->kind == BELONGS_TO)
	{
		/* another one takes its place */
		if (replace->elements != NIL)
			return;
		replace_check_verb(level, replace, "disconnect");
		create_point_at_nothing(level, replace->parent, true);
	}
	else if (level->ends->through == NULL && deletes_children(level))
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
	const AssociationEnds *ends = level->ends;
	Attribute **cleared = palloc_array(Attribute *, ends->nsource);

	return link_columns_to_clear(level->call, cleared) == 0 ||
		proof_of_cascade(ends->target, ends->nsource, ends->source_ref, ends->source, ends->source_key);
}

static void
finish_links(Work *work, Replace *replace)
{
	CreateLevel *level = work->level;

	if (level->call->multiple && replace->changes && replace->parent->existing && !replace->parent->skipped)
	{
		if (replace->partial)
			error_document(ERRCODE_FEATURE_NOT_SUPPORTED, replace->path,
						   "Load all of them to replace them.",
						   "links of \"%s\" that may repeat cannot be told apart from those that were not loaded",
						   level->ends->association->alias);
		replace_check_verb(level, replace, "set");
		replace->calls[CREATE_SET] = create_links(level, replace->parent, CREATE_SET, replace->path);
		foreach_ptr(ReplaceElement, element, replace->elements)
		{
			if (element->row->existing)
				append_link(work, replace, CREATE_SET, element->row,
							replace_payload(level, element->row, NULL), element->path);
		}
	}
	for (int verb = 0; verb < CREATE_LINK_VERBS; verb++)
		if (replace->calls[verb] != NULL)
			link_sort_items(replace->calls[verb]);
	if (level->ends->association->kind == BELONGS_TO && replace->changes && replace->elements != NIL)
		create_point_at_nothing(level, replace->parent, false);
}

/* ---- whether anything is to be done ---- */

bool
replace_changes_any(const CreateLevel *level)
{
	ListCell   *lc;

	if (level->rows != NIL || level->deletes != NIL)
		return true;
	for (int verb = 0; verb < CREATE_LINK_VERBS; verb++)
		if (level->links[verb] != NIL)
			return true;
	foreach(lc, level->found)
		if (create_is_changed(level->model, lfirst(lc)))
			return true;
	foreach(lc, level->children)
		if (replace_changes_any(lfirst(lc)))
			return true;
	return false;
}
