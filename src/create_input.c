/*-------------------------------------------------------------------------
 *
 * create_input.c
 *	  Data of the create verbs into levels of rows.
 *
 * Decides what a key of a row's document is: an attribute, or an association with
 * rows nested in it.  Under an association an array is new rows, an object is
 * verbs (create, connect); a to-one association always takes verbs.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"
#include "catalog/pg_attribute.h"
#include "create.h"
#include "document.h"
#include "keys.h"
#include "miscadmin.h"
#include "settings.h"

static void read_member(CreateLevel *level, CreateRow *row, DocPair *pair);
static void read_attribute(CreateLevel *level, CreateRow *row, Attribute *attribute,
						   DocPair *pair, const DocPath *path);
static void read_association(CreateLevel *level, CreateRow *row, const Association *association,
							 DocPair *pair, const DocPath *path);
static void read_new_rows(CreateLevel *child, CreateRow *parent, const JsonbValue *value,
						  const DocPath *path);
static void read_connect(CreateLevel *child, CreateRow *parent, const JsonbValue *value,
						 const DocPath *path);
static void raise_unknown_member(const Model *model, const char *key, const DocPath *path);
static void apply_scope(CreateLevel *level, CreateRow *row);
static void check_to_one(CreateLevel *child, int rows_before, int connects_before,
						 const DocPath *path);
static int	count_connected(CreateLevel *child, int from);

CreateLevel *
create_level(const Model *model)
{
	CreateLevel *level = palloc0_object(CreateLevel);

	level->model = model;
	return level;
}

void
create_read_row(CreateLevel *level, CreateRow *parent, const JsonbValue *document,
				const DocPath *path)
{
	CreateRow  *row;
	ListCell   *lc;

	check_stack_depth();
	CHECK_FOR_INTERRUPTS();
	if (level->depth > assoc_max_depth)
		error_document(ERRCODE_PROGRAM_LIMIT_EXCEEDED, path,
					   "The setting pg_associations.max_depth allows more.",
					   "data is nested more than %d levels deep", assoc_max_depth);
	doc_need_object(document, path);
	row = create_row(level->model, parent, path);
	level->rows = lappend(level->rows, row);
	foreach(lc, doc_object_pairs(document))
		read_member(level, row, lfirst(lc));
	apply_scope(level, row);
}

CreateRow *
create_row(const Model *model, CreateRow *parent, const DocPath *path)
{
	CreateRow  *row = palloc0_object(CreateRow);

	row->parent = parent;
	row->path = path;
	row->given = palloc0_array(bool, model->nattributes);
	row->values = palloc0_array(Datum, model->nattributes);
	row->nulls = palloc0_array(bool, model->nattributes);
	return row;
}

/* under a many-to-many, "through" is the payload of the row's link */
static void
read_member(CreateLevel *level, CreateRow *row, DocPair *pair)
{
	const DocPath *path = doc_path_key(row->path, pair->key);
	Attribute  *attribute = model_attribute(level->model, pair->key);
	const Association *association;

	if (strcmp(pair->key, "through") == 0 && level->ends != NULL &&
		level->ends->through != NULL)
	{
		if (pair->value.type != jbvNull)
			row->payload = link_payload(level->call, &pair->value, path);
		return;
	}
	if (attribute != NULL)
	{
		read_attribute(level, row, attribute, pair, path);
		return;
	}
	association = registry_association_if_any(level->model, pair->key);
	if (association == NULL)
		raise_unknown_member(level->model, pair->key, path);
	read_association(level, row, association, pair, path);
}

static void
read_attribute(CreateLevel *level, CreateRow *row, Attribute *attribute,
			   DocPair *pair, const DocPath *path)
{
	int			number = attribute - level->model->attributes;

	if (attribute->generated != '\0' || attribute->identity == ATTRIBUTE_IDENTITY_ALWAYS)
		error_document(ERRCODE_GENERATED_ALWAYS, path, NULL,
					   "\"%s\" is always generated and cannot be given", attribute->name);
	row->given[number] = true;
	row->values[number] = value_from_jsonb(&pair->value, attribute->type, attribute->typmod,
										   path, &row->nulls[number]);
}

static void
read_association(CreateLevel *level, CreateRow *row, const Association *association,
				 DocPair *pair, const DocPath *path)
{
	static const char *const verbs[] = {"create", "connect", NULL};
	CreateLevel *child = create_child_level(level, association);
	int			rows_before = list_length(child->rows);
	int			connects_before = list_length(child->connects);
	ListCell   *lc;

	if (doc_is_array(&pair->value) && !child->ends->to_one)
	{
		read_new_rows(child, row, &pair->value, path);
		return;
	}
	if (!doc_is_object(&pair->value))
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path,
					   child->ends->to_one ?
					   "Write {\"create\": {...}} or {\"connect\": id}." :
					   "Write an array of new rows, or {\"create\": [...], \"connect\": [ids]}.",
					   "\"%s\" cannot be %s", pair->key, doc_kind_name(&pair->value));
	foreach(lc, doc_object_pairs(&pair->value))
	{
		DocPair    *verb = lfirst(lc);
		const DocPath *place = doc_path_key(path, verb->key);

		if (strcmp(verb->key, "create") == 0)
			read_new_rows(child, row, &verb->value, place);
		else if (strcmp(verb->key, "connect") == 0)
			read_connect(child, row, &verb->value, place);
		else
			doc_unknown_key(verb->key, place, verbs, "verb");
	}
	if (child->ends->to_one)
		check_to_one(child, rows_before, connects_before, path);
}

CreateLevel *
create_child_level(CreateLevel *level, const Association *association)
{
	AssociationEnds *ends;
	CreateLevel *child;
	ListCell   *lc;

	foreach(lc, level->children)
	{
		child = lfirst(lc);
		if (strcmp(child->ends->association->alias, association->alias) == 0)
			return child;
	}
	ends = registry_association_ends(association);
	child = create_level(ends->target);
	child->parent = level;
	child->ends = ends;
	child->call = link_call_make(ends);
	child->depth = level->depth + 1;
	level->children = lappend(level->children, child);
	return child;
}

/* an array of rows, or one row */
static void
read_new_rows(CreateLevel *child, CreateRow *parent, const JsonbValue *value,
			  const DocPath *path)
{
	ListCell   *lc;

	if (!doc_is_array(value) || child->ends->to_one)
	{
		create_read_row(child, parent, value, path);
		return;
	}
	foreach(lc, doc_array_elements(value))
		create_read_row(child, parent, lfirst(lc),
						doc_path_index(path, foreach_current_index(lc)));
}

static void
read_connect(CreateLevel *child, CreateRow *parent, const JsonbValue *value,
			 const DocPath *path)
{
	CreateConnect *connect = palloc_object(CreateConnect);

	connect->parent = parent;
	connect->path = path;
	connect->call = link_call_make(child->ends);
	link_read_document(connect->call, value, path, NULL);
	if (connect->call->nitems > 0)
		child->connects = lappend(child->connects, connect);
}

static void
raise_unknown_member(const Model *model, const char *key, const DocPath *path)
{
	List	   *names = NIL;

	for (int i = 0; i < model->nattributes; i++)
		names = lappend(names, model->attributes[i].name);
	for (int i = 0; i < model->nassociations; i++)
		names = lappend(names, model->associations[i].alias);
	error_document(ERRCODE_UNDEFINED_COLUMN, path,
				   hint_nearest(key, names, "attributes and associations"),
				   "model \"%s\" has no attribute or association \"%s\"", model->name, key);
}

/* a row that is created through a scoped association belongs to it, unless the data says otherwise */
static void
apply_scope(CreateLevel *level, CreateRow *row)
{
	for (int i = 0; level->call != NULL && i < level->call->ntarget_scope; i++)
	{
		LinkScope  *scope = &level->call->target_scope[i];
		int			number = scope->attribute - level->model->attributes;

		if (row->given[number])
			continue;
		row->given[number] = true;
		row->values[number] = scope->value;
		row->nulls[number] = scope->isnull;
	}
}

/* what one parent's document has added to the level */
static void
check_to_one(CreateLevel *child, int rows_before, int connects_before, const DocPath *path)
{
	int			n = list_length(child->rows) - rows_before +
		count_connected(child, connects_before);

	if (n > 1)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, NULL,
					   "\"%s\" links one row, not %d",
					   child->ends->association->alias, n);
}

static int
count_connected(CreateLevel *child, int from)
{
	int			n = 0;
	ListCell   *lc;

	for_each_from(lc, child->connects, from)
		n += ((CreateConnect *) lfirst(lc))->call->nitems;
	return n;
}
