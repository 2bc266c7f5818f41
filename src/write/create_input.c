/*-------------------------------------------------------------------------
 *
 * create_input.c
 *	  Data of the create verbs into levels of rows.
 *
 * Decides what a key of a row's document is: an attribute, or an association with
 * rows nested in it.  Under an association an array is new rows, an object is
 * verbs (create_verbs.c); a to-one association always takes verbs.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "base/document.h"
#include "base/rights.h"
#include "miscadmin.h"
#include "registry/citus.h"
#include "registry/misplaced.h"
#include "write/create.h"
#include "write/replace.h"

static void read_value(CreateLevel *level, CreateRow *row, DocPair *pair);
static bool is_payload(const CreateLevel *level, const CreateRow *row, const DocPair *pair);
static void read_nested(CreateLevel *level, CreateRow *row, DocPair *pair);
static LOCKMODE lock_for_links(const CreateLevel *level, const JsonbValue *value);
static void read_association(CreateLevel *level, CreateRow *row, const Association *association,
							 DocPair *pair, const DocPath *path);
static CreateLevel *make_level(const Model *model);

CreateLevel *
create_root(const Model *model, const CreateReading *reading, AclMode any)
{
	CreateLevel *level = make_level(model);

	if (any != ACL_NO_RIGHTS)
		rights_require(model->relid, any);
	level->generation = registry_generation();
	level->reading = *reading;
	rights_lock_allowed(model->relid, RowExclusiveLock);
	citus_begin_write(model->relid);
	return level;
}

static CreateLevel *
make_level(const Model *model)
{
	CreateLevel *level = palloc0_object(CreateLevel);

	level->model = model;
	return level;
}

CreateLevel *
create_root_of(CreateLevel *level)
{
	while (level->parent != NULL)
		level = level->parent;
	return level;
}

bool
create_is_stale(const CreateLevel *level)
{
	while (level->parent != NULL)
		level = level->parent;
	return !registry_is_current(level->generation, level->reading.tries);
}

CreateRow *
create_read_row(CreateLevel *level, CreateRow *parent, const JsonbValue *document,
				const DocPath *path)
{
	CreateRow  *row = create_row(level->model, parent, path);

	row->order = level->nread++;
	level->rows = lappend(level->rows, row);
	row->operates = level->upserts ? OPERATIONS_FROM_ZERO : OPERATIONS_REFUSED;
	create_read_members(level, row, document);
	create_apply_scope(level, row);
	return row;
}

void
create_read_changes(CreateLevel *level, CreateRow *row, const JsonbValue *document)
{
	level->found = lappend(level->found, row);
	row->operates = OPERATIONS_TAKEN;
	create_read_members(level, row, document);
}

Operation
create_operation(const CreateRow *row, int attribute)
{
	return row->operations ? row->operations[attribute] : OPERATION_NONE;
}

/* attributes first: what is nested may contradict them, wherever it stands */
void
create_read_members(CreateLevel *level, CreateRow *row, const JsonbValue *document)
{
	List	   *pairs;
	ListCell   *lc;

	doc_check_depth(level->depth, row->path);
	if (level->parent != NULL && !doc_reads_as_object(document) && !doc_is_array(document))
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, row->path,
					   CREATE_CONNECT_HINT,
					   "expected an object, not %s,", doc_kind_name(document));
	doc_need_object(document, row->path);
	pairs = doc_object_pairs(document);
	foreach(lc, pairs)
		read_value(level, row, lfirst(lc));
	foreach_ptr(DocPair, pair, pairs)
		read_nested(level, row, pair);
}

CreateRow *
create_row(const Model *model, CreateRow *parent, const DocPath *path)
{
	CreateRow  *row = palloc0_object(CreateRow);

	row->parent = parent;
	row->path = path;
	row->given = palloc0_array(bool, model->nattributes);
	row->is_explicit = palloc0_array(bool, model->nattributes);
	row->values = palloc0_array(Datum, model->nattributes);
	row->nulls = palloc0_array(bool, model->nattributes);
	return row;
}

/* an attribute, or the payload of the row's link */
static void
read_value(CreateLevel *level, CreateRow *row, DocPair *pair)
{
	const DocPath *path = doc_path_key(row->path, pair->key);
	Attribute  *attribute = row->replaced ? NULL : model_attribute(level->model, pair->key);

	if (row->replaced != NULL)
		replace_read_value(level, row, pair);
	else if (is_payload(level, row, pair))
	{
		if (pair->value.type != jbvNull)
			row->payload = link_payload(level->call, &pair->value, path);
	}
	else if (attribute != NULL)
		create_read_value(level->model, row, attribute, &pair->value);
	else if (registry_association_if_any(level->model, pair->key) == NULL)
	{
		if (level->assoc != NULL && level->assoc->through != NULL)
			misplaced_link_data(level->model, level->assoc->through, pair->key, path);
		create_raise_unknown_member(level->model, pair->key, path);
	}
}

/* "through", of a new row under a many-to-many */
static bool
is_payload(const CreateLevel *level, const CreateRow *row, const DocPair *pair)
{
	return strcmp(pair->key, "through") == 0 && !row->existing && level->assoc != NULL &&
		level->assoc->through != NULL;
}

static void
read_nested(CreateLevel *level, CreateRow *row, DocPair *pair)
{
	if (row->replaced != NULL)
	{
		replace_read_nested(level, row, pair);
		return;
	}
	if (is_payload(level, row, pair) || model_attribute(level->model, pair->key) != NULL)
		return;
	read_association(level, row, registry_association(level->model, pair->key, NULL), pair,
					 doc_path_key(row->path, pair->key));
}

void
create_read_value(const Model *model, CreateRow *row, Attribute *attribute,
				  const JsonbValue *value)
{
	int			number = attribute - model->attributes;

	Operation	operation;

	row->given[number] = row->is_explicit[number] =
		operation_read(model, attribute, value, row->operates, row->path, &operation,
					   &row->values[number], &row->nulls[number], &row->failures);
	if (row->operations == NULL && operation != OPERATION_NONE)
		row->operations = palloc0(model->nattributes);
	if (row->operations != NULL)
		row->operations[number] = operation;
	if (!row->given[number])
		row->unread = lappend(row->unread, attribute);
}

static void
read_association(CreateLevel *level, CreateRow *row, const Association *association,
				 DocPair *pair, const DocPath *path)
{
	CreateLevel *child = create_child_level(level, association,
											lock_for_links(level, &pair->value));

	if (doc_is_object(&pair->value))
	{
		create_read_verbs(child, row, &pair->value, path);
		return;
	}
	if (!doc_is_array(&pair->value) || child->assoc->to_one)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path,
					   child->assoc->to_one ?
					   "Write {\"create\": {...}} or {\"connect\": id}." :
					   "Write an array of new rows, or {\"create\": [...], \"connect\": [ids]}.",
					   "\"%s\" cannot be %s", pair->key, doc_kind_name(&pair->value));
	foreach_ptr(JsonbValue, element, doc_array_elements(&pair->value))
		(void) create_read_row(child, row, element,
							   doc_path_index(path, foreach_current_index(element)));
}

CreateLevel *
create_child_level(CreateLevel *level, const Association *association, LOCKMODE lock)
{
	ResolvedAssociation *assoc;
	CreateLevel *child;
	ListCell   *lc;

	foreach(lc, level->children)
	{
		child = lfirst(lc);
		if (strcmp(child->assoc->association->alias, association->alias) == 0)
			return child;
	}
	assoc = registry_resolve_association(association);
	child = make_level(assoc->target);
	child->parent = level;
	child->assoc = assoc;
	child->call = link_call_make(assoc);
	child->depth = level->depth + 1;
	level->children = lappend(level->children, child);
	rights_lock_allowed(child->model->relid, assoc->through == NULL ? lock : RowExclusiveLock);
	citus_begin_write(child->model->relid);
	if (assoc->through != NULL)
	{
		rights_lock_allowed(assoc->through->relid, lock);
		citus_begin_write(assoc->through->relid);
	}
	return child;
}

/*
 * Links of too many rows are changed with their table locked against others from the start:
 * two who would want that in the middle would wait for each other.
 */
static LOCKMODE
lock_for_links(const CreateLevel *level, const JsonbValue *value)
{
	static const char *const verbs[] = {"set", "connect", "connectOrCreate", "disconnect"};

	if (!doc_is_object(value) || !link_too_many_locks(level->nfound))
		return RowExclusiveLock;
	for (int i = 0; i < (int) lengthof(verbs); i++)
	{
		if (doc_get(value, verbs[i]) != NULL)
			return ShareRowExclusiveLock;
	}
	return RowExclusiveLock;
}

void
create_check_members(const Model *model, const JsonbValue *document, const DocPath *path)
{
	doc_need_object(document, path);
	foreach_ptr(DocPair, pair, doc_object_pairs(document))
	{
		if (model_attribute(model, pair->key) == NULL && registry_association_if_any(model, pair->key) == NULL)
			create_raise_unknown_member(model, pair->key, doc_path_key(path, pair->key));
	}
}

void
create_raise_unknown_member(const Model *model, const char *key, const DocPath *path)
{
	List	   *names = model_attribute_names(model);

	for (int i = 0; i < model->nassociations; i++)
		names = lappend(names, model->associations[i].alias);
	if (model_value(model, key) != NULL)
		(void) model_attribute_at(model, key, path);
	error_document(ERRCODE_UNDEFINED_COLUMN, path,
				   error_hint_nearest(key, names, "attributes and associations"),
				   "model \"%s\" has no attribute or association \"%s\"", model->name, key);
}

/* a row that is created through a scoped association belongs to it: one that contradicts would not be shown */
void
create_apply_scope(CreateLevel *level, CreateRow *row)
{
	for (int i = 0; level->call != NULL && i < level->call->ntarget_scope; i++)
	{
		LinkScope  *scope = &level->call->target_scope[i];
		int			number = scope->attribute - level->model->attributes;

		if (row->given[number] && !link_is_scope_value(scope, row->values[number], row->nulls[number]))
			error_document(ERRCODE_INVALID_PARAMETER_VALUE, doc_path_key(row->path, scope->attribute->name), NULL,
						   "\"%s\" is set by the scope of \"%s\"",
						   scope->attribute->name, level->assoc->association->alias);
		row->given[number] = true;
		row->values[number] = scope->value;
		row->nulls[number] = scope->isnull;
	}
}
