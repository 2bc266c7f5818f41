/*-------------------------------------------------------------------------
 *
 * create_write.c
 *	  Writes levels of nested rows, parents, children and links in the order that
 *	  foreign keys allow.
 *
 * Decides the order and which column gets which key: rows that the level points at
 * (belongs_to) come first, then the level's own rows, then rows that point at it, and
 * the links last.  Under one association the verbs are done in a fixed order:
 * disconnect, delete, set, update, then what is new.  One level of one model is one INSERT,
 * however many rows and parents.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/attempt.h"
#include "base/compat.h"
#include "registry/keys.h"
#include "registry/table_rewrites.h"
#include "utils/lsyscache.h"
#include "write/create.h"
#include "write/replace.h"

/* links of a level that are to be there */
typedef struct NewLinks
{
	CreateLevel *level;
	List	   *links;			/* of CreateRow * */
} NewLinks;

static void write_referenced(CreateLevel *level);
static void need_same_owner(CreateLevel *child, CreateRow *row, Datum *key);
static void write_rows(CreateLevel *level);
static void write_below(CreateLevel *level);
static void write_links(CreateLevel *level);
static void insert_links(CreateLevel *level, List *links);
static void insert_new_links(void *arg);
static void add_links(CreateLevel *level, List *links);
static void add_links_of(LinkCall *call);
static LinkPayload *payload_of_link(CreateLevel *level, const CreateRow *link);
static List *links_of_rows(CreateLevel *level);
static CreateRow *new_link_of(CreateLevel *level, CreateRow *parent, CreateRow *row,
							  const LinkPayload *payload);
static List *links_of_connects(CreateLevel *level, LinkIds *ids);
static void point_at_shared(CreateLevel *level, CreateLevel *child);
static List *merge_links(CreateLevel *level, List *links);
static bool is_whole(const Model *model, const CreateRow *row, int n, Attribute **columns);
static void overlay_link(const Model *through, CreateRow *link, const CreateRow *over);
static List *new_connects(CreateLevel *level);
static bool *needed_columns(CreateLevel *level);
static void need(bool *needed, const Model *model, int n, Attribute **columns);
static CreateRow *create_link(CreateLevel *level, CreateRow *parent, const Datum *key,
							  const LinkPayload *payload, const DocPath *path,
							  const DocPath *target);
static void set_columns(const Model *model, CreateRow *row, const char *alias,
						const DocPath *value_path, int n, Attribute **columns, Attribute **from,
						const Datum *values, const bool *nulls);
static void set_from_row(const Model *model, CreateRow *row, const char *alias,
						 const DocPath *value_path, int n, Attribute **columns,
						 const Model *from_model, const CreateRow *from,
						 Attribute **from_columns);
static const DocPath *argument_place(const CreateRow *row);
static void note_value_path(const Model *model, CreateRow *row, int number, const DocPath *value_path);
static void need_known(const Model *model, const CreateRow *row, int number);
static LinkReference parent_pointer(CreateLevel *level);

void
create_write(CreateLevel *level)
{
	write_referenced(level);
	write_rows(level);
	write_below(level);
}

/* belongs_to: the rows pointed at, and the columns that point at them */
static void
write_referenced(CreateLevel *level)
{
	foreach_ptr(CreateLevel, child, level->children)
	{
		const ResolvedAssociation *assoc = child->assoc;
		List	   *connects = child->links[CREATE_CONNECT];
		LinkIds		ids = link_ids(list_length(connects));
		LinkReference pointer = link_direct_pointer(assoc);

		if (assoc->association->kind != BELONGS_TO)
			continue;
		create_write(child);
		foreach_ptr(CreateRow, row, child->rows)
		{
			create_need_stored(child->model, row);
			need_same_owner(child, row->parent, create_row_key(child->model, row, assoc->nsource,
															   assoc->source_ref));
			set_from_row(level->model, row->parent, assoc->association->alias, row->path,
						 assoc->nsource, assoc->source_key, child->model, row, assoc->source_ref);
		}
		point_at_shared(level, child);
		foreach_ptr(CreateConnect, connect, connects)
		{
			LinkItem   *item = &connect->call->items[0];

			link_ids_add(&ids, item->key, item->path);
			need_same_owner(child, connect->parent, item->key);
			set_columns(level->model, connect->parent, assoc->association->alias, item->path,
						assoc->nsource, assoc->source_key, assoc->source_ref, item->key, NULL);
		}
		pointer.document = child->call->document;
		link_check_pointers(&pointer, &ids, child->call->ntarget_scope, child->call->target_scope);
	}
}

static void
point_at_shared(CreateLevel *level, CreateLevel *child)
{
	const ResolvedAssociation *assoc = child->assoc;

	foreach_ptr(CreateShare, share, child->shares)
	{
		create_need_stored(child->model, share->row);
		need_same_owner(child, share->parent, create_row_key(child->model, share->row,
															 assoc->nsource, assoc->source_ref));
		set_from_row(level->model, share->parent, assoc->association->alias, share->row->path,
					 assoc->nsource, assoc->source_key, child->model, share->row,
					 assoc->source_ref);
	}
}

/*
 * A row that is there keeps the columns of its foreign key that identify its owner, unless the
 * data itself changes them.
 */
static void
need_same_owner(CreateLevel *child, CreateRow *row, Datum *key)
{
	const ResolvedAssociation *assoc = child->assoc;
	const bool *fixed = link_fixed_columns(child->call);
	LinkCall	call = *child->call;
	bool		stated = true;

	if (fixed == NULL || !row->existing || row->skipped)
		return;
	for (int i = 0; i < assoc->nsource; i++)
		stated &= !fixed[i] || row->is_explicit[model_attnum_required(assoc->source,
																	  assoc->source_key[i]->attnum) -
										   assoc->source->attributes];
	call.source = row->key ? row->key : create_row_key(assoc->source, row, call.nsource,
													   call.source_key);
	if (!stated)
		link_check_fixed(&call, list_make1(key));
}

static void
write_rows(CreateLevel *level)
{
	const ResolvedAssociation *assoc = level->assoc;
	CreateTable table = {level->model, level->checks, needed_columns(level)};

	create_change(&table, level->found);
	if (assoc != NULL && (assoc->association->kind == HAS_MANY || assoc->association->kind == HAS_ONE))
	{
		foreach_ptr(CreateRow, row, level->rows)
		{
			set_from_row(level->model, row, assoc->association->alias, argument_place(row->parent),
						 assoc->nsource, assoc->source_ref, assoc->source, row->parent,
						 assoc->source_key);
		}
		create_positions(level, level->model, level->rows);
	}
	create_insert(&table, level->rows, table.needed);
}

/* rows that point at this level's rows, and links */
static void
write_below(CreateLevel *level)
{
	foreach_ptr(CreateLevel, child, level->children)
	{
		if (child->assoc->association->kind == BELONGS_TO)
		{
			create_delete(child->model, child->deletes);
			continue;
		}
		create_change_links(child, CREATE_DISCONNECT);
		create_delete(child->model, child->deletes);
		create_change_links(child, CREATE_SET);
		create_write(child);
		create_change_links(child, CREATE_UPDATE_LINK);
		if (child->assoc->through != NULL)
			write_links(child);
		create_change_links(child, CREATE_CONNECT);
		create_order_added(child);
		replace_write_order(child);
	}
}

static void
write_links(CreateLevel *level)
{
	const Model *through = level->assoc->through;
	LinkReference source = parent_pointer(level);
	LinkReference target = link_target_pointer(level->call, NIL);
	List	   *links = links_of_rows(level);
	LinkIds		ids;

	links = list_concat(links, links_of_connects(level, &ids));
	if (links == NIL)
		return;
	links = merge_links(level, links);
	link_check_pointer(&source);
	link_check_pointers(&target, &ids, level->call->ntarget_scope, level->call->target_scope);
	create_positions(level, through, links);
	insert_links(level, links);
}

/* some may be there already, where code of the tables has made them meanwhile: these are added as add does */
static void
insert_links(CreateLevel *level, List *links)
{
	const ResolvedAssociation *assoc = level->assoc;
	NewLinks	new = {level, links};

	if (level->call->multiple || !(table_runs_code(assoc->source->relid) || table_runs_code(level->model->relid) ||
								   table_runs_code(assoc->through->relid)))
		insert_new_links(&new);
	else if (!attempt(insert_new_links, &new, ERRCODE_UNIQUE_VIOLATION))
	{
		level->linked_before = true;
		add_links(level, links);
	}
}

static void
insert_new_links(void *arg)
{
	NewLinks   *new = arg;
	const Model *through = new->level->assoc->through;
	CreateTable table = {through, new->level->link_checks, NULL};

	create_insert(&table, new->links, palloc0_array(bool, through->nattributes));
}

/* those of one parent that stand side by side in one call */
static void
add_links(CreateLevel *level, List *links)
{
	LinkCall	call;
	CreateRow  *parent = NULL;

	foreach_ptr(CreateRow, link, links)
	{
		if (link->parent != parent)
		{
			if (parent != NULL)
				add_links_of(&call);
			parent = link->parent;
			call = *level->call;
			call.nested = true;
			call.failures = NIL;
			call.source = create_row_key(level->assoc->source, parent, call.nsource, call.source_key);
			call.source_path = argument_place(parent);
		}
		link_append_item(&call, link->key, payload_of_link(level, link), link->value_path);
	}
	add_links_of(&call);
}

static void
add_links_of(LinkCall *call)
{
	link_sort_items(call);
	link_add(call);
}

/* what the link row gives beside what makes it a link of the association */
static LinkPayload *
payload_of_link(CreateLevel *level, const CreateRow *link)
{
	const ResolvedAssociation *assoc = level->assoc;
	const LinkCall *call = level->call;
	LinkPayload *payload = palloc0_object(LinkPayload);
	bool		any = false;

	payload->path = link->path;
	payload->given = palloc_array(bool, assoc->through->nattributes);
	payload->values = link->values;
	payload->nulls = link->nulls;
	for (int a = 0; a < assoc->through->nattributes; a++)
	{
		const Attribute *column = &assoc->through->attributes[a];
		bool		fixed = model_attnum_among(column->attnum, assoc->nsource, assoc->source_ref) ||
			model_attnum_among(column->attnum, assoc->ntarget, assoc->target_ref) ||
			(call->position != NULL && call->position->attnum == column->attnum);

		for (int i = 0; i < call->nscope; i++)
			fixed |= call->scope[i].attribute->attnum == column->attnum;
		payload->given[a] = link->given[a] && !fixed;
		any |= payload->given[a];
	}
	return any ? payload : NULL;
}

/* to rows that were created here: List of CreateRow * */
static List *
links_of_rows(CreateLevel *level)
{
	List	   *links = NIL;

	foreach_ptr(CreateRow, row, level->rows)
	{
		if (!row->skipped)
			links = lappend(links, new_link_of(level, row->parent, row, row->payload));
	}
	foreach_ptr(CreateShare, share, level->shares)
	{
		if (!share->row->skipped)
			links = lappend(links, new_link_of(level, share->parent, share->row, share->payload));
	}
	return links;
}

static CreateRow *
new_link_of(CreateLevel *level, CreateRow *parent, CreateRow *row, const LinkPayload *payload)
{
	return create_link(level, parent,
					   create_row_key(level->model, row, level->assoc->ntarget, level->assoc->target_key),
					   payload, doc_path_key(row->path, "through"), row->path);
}

/* to rows that are there, and their keys */
static List *
links_of_connects(CreateLevel *level, LinkIds *ids)
{
	List	   *connects = new_connects(level);
	List	   *links = NIL;
	int			max = 0;

	foreach_ptr(CreateConnect, connect, connects)
		max += connect->call->nitems;
	*ids = link_ids(max);
	foreach_ptr(CreateConnect, connect, connects)
	{
		const DocPath *path = doc_path_key(connect->path, "through");
		LinkItem  **items = link_items_as_given(connect->call);

		for (int i = 0; i < connect->call->nitems; i++)
		{
			link_ids_add(ids, items[i]->key, items[i]->path);
			links = lappend(links, create_link(level, connect->parent, items[i]->key,
											   items[i]->payload, path, items[i]->path));
		}
	}
	return links;
}

/* a row may be named twice for a parent: one link, of whose payloads the last wins key by key */
static List *
merge_links(CreateLevel *level, List *links)
{
	const ResolvedAssociation *assoc = level->assoc;
	int			n = assoc->nsource + assoc->ntarget;
	Attribute **columns = palloc_array(Attribute *, n);
	CreateRow **first = palloc_array(CreateRow *, list_length(links));
	List	   *merged = NIL;
	KeyTable	table;

	if (level->call->multiple)
		return links;
	memcpy(columns, assoc->source_ref, sizeof(Attribute *) * assoc->nsource);
	memcpy(columns + assoc->nsource, assoc->target_ref, sizeof(Attribute *) * assoc->ntarget);
	key_table_init(&table, n, link_key_columns(n, columns), CurrentMemoryContext);
	foreach_ptr(CreateRow, link, links)
	{
		bool		found = false;
		int			number = -1;

		if (is_whole(assoc->through, link, n, columns))
			number = key_table_add(&table, create_row_key(assoc->through, link, n, columns), &found);
		if (found)
		{
			overlay_link(assoc->through, first[number], link);
			continue;
		}
		merged = lappend(merged, link);
		if (number >= 0)
			first[number] = link;
	}
	return merged;
}

/* a pointer that is null is left to the check of constraints */
static bool
is_whole(const Model *model, const CreateRow *row, int n, Attribute **columns)
{
	for (int i = 0; i < n; i++)
	{
		if (row->nulls[model_attnum(model, columns[i]->attnum) - model->attributes])
			return false;
	}
	return true;
}

static void
overlay_link(const Model *through, CreateRow *link, const CreateRow *over)
{
	for (int a = 0; a < through->nattributes; a++)
	{
		if (!over->given[a])
			continue;
		link->given[a] = true;
		link->values[a] = over->values[a];
		link->nulls[a] = over->nulls[a];
	}
}

/* to parents that are new */
static List *
new_connects(CreateLevel *level)
{
	List	   *connects = NIL;

	foreach_ptr(CreateConnect, connect, level->links[CREATE_CONNECT])
	{
		if (!connect->parent->existing)
			connects = lappend(connects, connect);
	}
	return connects;
}

/* the columns of a level's rows that somebody asks for after they are written */
static bool *
needed_columns(CreateLevel *level)
{
	const Model *model = level->model;
	const ResolvedAssociation *assoc = level->assoc;
	bool	   *needed = palloc0_array(bool, model->nattributes);

	need(needed, model, model->nkey, model->key);
	if (assoc != NULL && assoc->association->kind == BELONGS_TO)
		need(needed, model, assoc->nsource, assoc->source_ref);
	else if (assoc != NULL && assoc->through != NULL)
		need(needed, model, assoc->ntarget, assoc->target_key);
	foreach_ptr(CreateLevel, child, level->children)
	{
		const ResolvedAssociation *below = child->assoc;

		if (below->association->kind != BELONGS_TO)
			need(needed, model, below->nsource, below->source_key);
	}
	return needed;
}

/* by number of column: the levels of one model may hold different copies of it */
static void
need(bool *needed, const Model *model, int n, Attribute **columns)
{
	for (int i = 0; i < n; i++)
		needed[model_number_of(model, columns[i])] = true;
}

CreateRow *
create_link_row(const CreateLevel *level, const LinkPayload *payload)
{
	const Model *through = level->assoc->through;
	CreateRow  *row = create_row(through, NULL, NULL);

	for (int a = 0; payload && a < through->nattributes; a++)
	{
		row->given[a] = row->is_explicit[a] = payload->given[a];
		row->values[a] = payload->values[a];
		row->nulls[a] = payload->nulls[a];
	}
	row->unread = payload ? payload->unread : NIL;
	for (int i = 0; i < level->call->nscope; i++)
	{
		LinkScope  *scope = &level->call->scope[i];

		set_columns(through, row, NULL, NULL, 1, &scope->attribute, &scope->attribute,
					&scope->value, &scope->isnull);
	}
	return row;
}

static CreateRow *
create_link(CreateLevel *level, CreateRow *parent, const Datum *key,
			const LinkPayload *payload, const DocPath *path, const DocPath *target)
{
	const ResolvedAssociation *assoc = level->assoc;
	CreateRow  *row = create_link_row(level, payload);

	row->parent = parent;
	row->path = payload ? payload->path : path;
	row->key = unconstify(Datum *, key);
	row->value_path = target;
	set_columns(assoc->through, row, NULL, target, assoc->ntarget, assoc->target_ref,
				assoc->target_key, key, NULL);
	set_from_row(assoc->through, row, NULL, argument_place(parent), assoc->nsource,
				 assoc->source_ref, assoc->source, parent, assoc->source_key);
	return row;
}

/* where the key of a row that exists is given (create_in); NULL: nowhere */
static const DocPath *
argument_place(const CreateRow *row)
{
	return row->existing ? row->path : NULL;
}

/*
 * Values of other columns into a row's, converted where the types differ.  Where an
 * association says them (its alias), nothing else that the data says may differ; the
 * columns of a link are nobody else's to say.
 */
static void
set_columns(const Model *model, CreateRow *row, const char *alias, const DocPath *value_path, int n,
			Attribute **columns, Attribute **from, const Datum *values, const bool *nulls)
{
	for (int i = 0; i < n; i++)
	{
		int			number = model_number_of(model, columns[i]);
		bool		isnull = nulls != NULL && nulls[i];
		Datum		value = values[i];

		if (!isnull && getBaseType(columns[i]->type) != getBaseType(from[i]->type))
			key_from_datum(values[i], getBaseType(from[i]->type), 1, &columns[i],
						   columns[i]->name, &value);
		if (alias != NULL)
		{
			create_need_agreement(model, row, number, alias, value, isnull);
			row->is_explicit[number] = true;
		}
		row->given[number] = true;
		row->nulls[number] = isnull;
		row->values[number] = isnull ? (Datum) 0 : value;
		note_value_path(model, row, number, value_path);
	}
}

/* NULL: the data does not give the value */
static void
note_value_path(const Model *model, CreateRow *row, int number, const DocPath *value_path)
{
	if (row->paths == NULL)
		row->paths = palloc0_array(const DocPath *, model->nattributes);
	row->paths[number] = value_path ? value_path : &violation_nowhere;
}

static void
set_from_row(const Model *model, CreateRow *row, const char *alias, const DocPath *value_path, int n,
			 Attribute **columns, const Model *from_model, const CreateRow *from,
			 Attribute **from_columns)
{
	create_need_stored(from_model, from);
	for (int i = 0; i < n; i++)
	{
		int			number = model_number_of(from_model, from_columns[i]);

		need_known(from_model, from, number);
		set_columns(model, row, alias, value_path, 1, &columns[i], &from_columns[i],
					&from->values[number], &from->nulls[number]);
	}
}

void
create_need_agreement(const Model *model, const CreateRow *row, int number,
					  const char *alias, Datum value, bool isnull)
{
	Attribute  *column = &model->attributes[number];

	if (!row->is_explicit[number])
		return;
	if (isnull && row->nulls[number])
		return;
	if (!isnull && !row->nulls[number] &&
		key_column_compare(link_key_columns(1, &column), row->values[number], value) == 0)
		return;
	error_document(ERRCODE_DUPLICATE_COLUMN, doc_path_key(row->path, column->name),
				   "Leave one of the two out.",
				   "\"%s\" and association \"%s\" give different values",
				   column->name, alias);
}

Datum *
create_row_key(const Model *model, const CreateRow *row, int n, Attribute **columns)
{
	Datum	   *key = palloc_array(Datum, n);

	for (int i = 0; i < n; i++)
	{
		int			number = model_number_of(model, columns[i]);

		need_known(model, row, number);
		key[i] = row->values[number];
	}
	return key;
}

/* what an operation makes of it is known to the statement only */
static void
need_known(const Model *model, const CreateRow *row, int number)
{
	if (create_operation(row, number) != OPERATION_NONE)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("an operation on \"%s\" of \"%s\" cannot stand where the row is known by it",
						model->attributes[number].name, model->name),
				 errhint("Say it in an update without \"returning\" and nested data, or give the value.")));
}

/* the links' reference to their parent: where there is only one, it may not exist (create_in) */
static LinkReference
parent_pointer(CreateLevel *level)
{
	const ResolvedAssociation *assoc = level->assoc;
	LinkReference pointer = link_pointer(assoc->through, assoc->source, assoc->nsource, assoc->source_ref, assoc->source_key, NULL);

	if (level->parent->rows == NIL && list_length(level->parent->found) == 1)
	{
		CreateRow  *parent = linitial(level->parent->found);

		pointer.values = create_row_key(assoc->source, parent, assoc->nsource, assoc->source_key);
		pointer.value_path = parent->path;
	}
	return pointer;
}
