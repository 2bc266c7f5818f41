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
#include "write/replace.h"

static bool is_partial(const CreateLevel *level, const IncludeItem *shown);
static void read_level(CreateLevel *level, List *replaces);
static void read_elements(ReplaceWork *work, Replace *replace);
static void need_distinct(ReplaceWork *work);
static void add_element(ReplaceWork *work, Replace *replace, const JsonbValue *value, const DocPath *path);
static Datum *element_key(ReplaceWork *work, const JsonbValue *value, const DocPath *path);
static void find_linked(ReplaceWork *work);
static void pair_table(ReplaceWork *work);
static Datum *pair_key(const CreateLevel *level, const Datum *parent, const Datum *own);
static void match_linked(ReplaceWork *work);
static void find_others(ReplaceWork *work);
static bool is_other(const ReplaceElement *element);
static void assign_others(ReplaceWork *work, List *rows, LinkIds *unknown);
static void need_new(ReplaceWork *work, LinkIds *unknown, ReplaceElement *element);
static void read_rows(ReplaceWork *work);
static CreateRow *row_of(ReplaceWork *work, ReplaceElement *element);

void
replace_note(CreateLevel *child, CreateRow *parent, const JsonbValue *value, const DocPath *path,
			 const IncludeItem *shown)
{
	Replace    *replace = palloc0_object(Replace);
	ListCell   *lc;

	foreach(lc, child->pending)
		if (((Replace *) lfirst(lc))->parent == parent)
			error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, NULL,
						   "\"%s\" is given twice", child->assoc->association->alias);
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
	Jsonb	   *options = level->model->options;

	if (shown != NULL &&
		(shown->find.where != NULL || shown->find.limit != NULL || shown->find.offset != NULL ||
		 shown->find.cursor_key != NULL || shown->find.scopes != NIL ||
		 (shown->through != NULL && shown->through->where != NULL)))
		return true;
	if (shown != NULL && shown->find.scope_is_explicit)
		return false;
	return doc_option(options, DEFAULT_SCOPE, "limit") != NULL ||
		doc_option(options, DEFAULT_SCOPE, "offset") != NULL;
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
	ReplaceWork work = {.level = level, .replaces = replaces};
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
	if (level->assoc != NULL)
	{
		find_linked(&work);
		match_linked(&work);
	}
	find_others(&work);
	if (create_is_stale(level))
		return;
	read_rows(&work);
	if (level->assoc == NULL)
		return;
	replace_unlink_others(&work);
	foreach(lc, replaces)
		replace_finish_links(&work, lfirst(lc));
}

/* ---- documents ---- */

static void
read_elements(ReplaceWork *work, Replace *replace)
{
	bool		one = work->level->assoc == NULL || work->level->assoc->to_one;
	ListCell   *lc;

	if (one && doc_is_array(replace->value) && work->level->assoc != NULL)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, replace->path,
					   "Write the document of one row, or null.",
					   "\"%s\" cannot be %s", work->level->assoc->association->alias,
					   doc_kind_name(replace->value));
	if (one)
	{
		if (replace->value->type != jbvNull || work->level->assoc == NULL)
			add_element(work, replace, replace->value, replace->path);
		return;
	}
	if (!doc_is_array(replace->value))
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, replace->path,
					   "Write an array of documents, as a load prints it: all that is to be there.",
					   "\"%s\" cannot be %s", work->level->assoc->association->alias,
					   doc_kind_name(replace->value));
	foreach(lc, doc_array_elements(replace->value))
		add_element(work, replace, lfirst(lc), doc_path_index(replace->path, foreach_current_index(lc)));
}

/* a document is the whole content of its row */
static void
need_distinct(ReplaceWork *work)
{
	Replace   **last = palloc0_array(Replace *, work->named.nkeys + 1);

	foreach_ptr(ReplaceElement, element, work->elements)
	{
		int			number;

		if (element->key == NULL || (work->level->call != NULL && work->level->call->multiple))
			continue;
		number = key_table_find(&work->named, element->key);
		if (last[number] == element->replace || (work->level->assoc == NULL && last[number] != NULL))
			error_document(ERRCODE_INVALID_PARAMETER_VALUE, element->path, NULL,
						   "the same row of \"%s\" is given twice", work->level->model->name);
		last[number] = element->replace;
	}
}

static void
add_element(ReplaceWork *work, Replace *replace, const JsonbValue *value, const DocPath *path)
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
element_key(ReplaceWork *work, const JsonbValue *value, const DocPath *path)
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
find_linked(ReplaceWork *work)
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
	work->found = replace_find_linked(work->level, parents, &work->columns, shown);
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
pair_table(ReplaceWork *work)
{
	const Model *source = work->level->assoc->source;
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
	int			n = level->assoc->source->nkey;
	Datum	   *key = palloc_array(Datum, n + level->model->nkey);

	memcpy(key, parent, sizeof(Datum) * n);
	memcpy(key + n, own, sizeof(Datum) * level->model->nkey);
	return key;
}

static void
match_linked(ReplaceWork *work)
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
find_others(ReplaceWork *work)
{
	const Model *model = work->level->model;
	const IncludeItem *shown = ((Replace *) linitial(work->replaces))->shown;
	LinkIds		unknown = link_ids(list_length(work->elements));
	List	   *keys = NIL;
	List	   *rows;

	foreach_ptr(ReplaceElement, element, work->elements)
	{
		if (is_other(element))
			keys = lappend(keys, element->key);
	}
	if (keys == NIL)
		return;
	rows = replace_find_rows(work->level, keys, &work->columns,
							 work->level->assoc == NULL && !(shown && shown->find.scope_is_explicit),
							 shown && shown->find.paranoid == 0);
	if (create_is_stale(work->level))
		return;
	assign_others(work, rows, &unknown);
	if (unknown.n > 0)
		link_raise_unknown(model, model->nkey, model->key, &unknown, NULL);
}

/* does it name a row that is not linked so far? */
static bool
is_other(const ReplaceElement *element)
{
	const CreateRow *parent = element->replace->parent;

	return element->key != NULL && element->found == NULL && (parent == NULL || !parent->skipped);
}

static void
assign_others(ReplaceWork *work, List *rows, LinkIds *unknown)
{
	const Model *model = work->level->model;
	ReplaceFound **others = palloc_array(ReplaceFound *, list_length(rows) + 1);
	KeyTable	table;
	bool		known;

	key_table_init(&table, model->nkey, link_key_columns(model->nkey, model->key), CurrentMemoryContext);
	foreach_ptr(ReplaceFound, found, rows)
		others[key_table_add(&table, found->key, &known)] = found;
	foreach_ptr(ReplaceElement, element, work->elements)
	{
		int			number = element->key && !element->found ? key_table_find(&table, element->key) : -1;

		if (number >= 0)
			element->found = others[number];
		else if (is_other(element))
			need_new(work, unknown, element);
	}
}

/* where the database makes the keys, a given key is that of a row that was deleted */
static void
need_new(ReplaceWork *work, LinkIds *unknown, ReplaceElement *element)
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
read_rows(ReplaceWork *work)
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
		if (level->assoc != NULL)
			replace_link_element(work, element, row);
	}
}

static CreateRow *
row_of(ReplaceWork *work, ReplaceElement *element)
{
	CreateLevel *level = work->level;
	Replace    *replace = element->replace;
	CreateRow  *parent = replace->parent;
	CreateRow  *row;

	if (element->found != NULL)
		row = replace_found_row(level, parent, element->found, element->path);
	else
		row = create_row(level->model, parent, element->path);
	row->replaced = palloc0_object(ReplaceRow);
	row->replaced->shown = replace->shown;
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

CreateRow *
replace_found_row(const CreateLevel *level, CreateRow *parent, const ReplaceFound *found, const DocPath *path)
{
	const Model *model = level->model;
	CreateRow  *row = create_row(model, parent, path);

	row->existing = true;
	row->key = found->key;
	memcpy(row->values, found->values, sizeof(Datum) * model->nattributes);
	memcpy(row->nulls, found->nulls, sizeof(bool) * model->nattributes);
	return row;
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
	foreach(lc, level->replaces)
		if (((Replace *) lfirst(lc))->changes)
			return true;
	foreach(lc, level->children)
		if (replace_changes_any(lfirst(lc)))
			return true;
	return false;
}
