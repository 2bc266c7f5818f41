/*-------------------------------------------------------------------------
 *
 * create_change.c
 *	  Rows and links that exist, changed by nested writes.
 *
 * Decides how many statements that takes: one for all rows of a level that give the
 * same columns.  A row that is given twice is changed twice, in that order.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/attempt.h"
#include "base/compat.h"
#include "catalog/pg_class.h"
#include "deparse/sql_text.h"
#include "executor/spi.h"
#include "registry/table_rewrites.h"
#include "utils/builtins.h"
#include "write/create.h"
#include "write/replace.h"

/* rows that are changed, each once */
typedef struct Changes
{
	const CreateTable *table;
	List	   *rows;			/* of CreateRow * */
	bool	   *exclusive;		/* by number of attribute: what only one row may have; NULL: nothing */
	bool	   *done;			/* by number of row */
} Changes;

static bool *exclusive_columns(const Model *model, List *rows);
static void change_together(void *arg);
static void change_in_turn(Changes *changes);
static List *rows_left(const Changes *changes);
static void change_one(void *arg, int number);
static void empty_rows(void *arg);
static List *changed_rows(const Model *model, List *rows);
static bool is_set(const Model *model, const CreateRow *row, int attribute);
static void change_group(const CreateTable *table, List *rows);
static bool is_told(List *rows);
static bool *columns_read_back(const CreateTable *table, const CreateRow *sample, bool told);
static void append_returning(SqlText *s, const Model *model, const bool *read_back);
static void take_written(const Model *model, List *rows, const bool *read_back, uint64 nwritten);
static void take_values(const Model *model, CreateRow *row, const bool *read_back, uint64 number);
static void note_deleted(const Model *model, List *rows, uint64 ndeleted);
static StatementColumn key_column(List *rows, const Attribute *attribute, int number);
static List *joined_updates(CreateLevel *level);
static void hold_children(CreateLevel *level);
static List *links_below(CreateLevel *level, List *calls);
static List *add_link_call(CreateLevel *child, LinkCall *call, CreateRow *parent,
						   LinkLocking locking, List *calls);

void
create_change(const CreateTable *table, List *rows)
{
	const Model *model = table->model;
	List	   *changed = changed_rows(model, rows);

	while (changed != NIL)
	{
		List	   *later = create_take_repeated(model, &changed, model->nkey, model->key, true);
		Changes		changes = {.table = table, .rows = changed, .exclusive = exclusive_columns(model, changed)};

		if (changes.exclusive == NULL)
			change_together(&changes);
		else if (!attempt(change_together, &changes, ERRCODE_UNIQUE_VIOLATION))
			change_in_turn(&changes);
		changed = later;
	}
}

/* what rows may take from each other, by number of attribute; NULL: nothing */
static bool *
exclusive_columns(const Model *model, List *rows)
{
	bool	   *given = palloc0_array(bool, model->nattributes);

	if (list_length(rows) < 2)
		return NULL;
	foreach_ptr(CreateRow, row, rows)
	{
		for (int a = 0; a < model->nattributes; a++)
			given[a] |= row->given[a];
	}
	return link_exclusive_columns(model, given);
}

static void
change_together(void *arg)
{
	Changes    *changes = arg;

	foreach_ptr(List, group, create_group_rows(changes->table->model, changes->rows))
		change_group(changes->table, group);
}

/*
 * What a unique key lets only one row have goes from one to the next in an order that it accepts; where there is none, by way
 * of NULL, unless that is refused.
 */
static void
change_in_turn(Changes *changes)
{
	int			n = list_length(changes->rows);

	changes->done = palloc0_array(bool, n);
	if (attempt_each(n, change_one, changes, ERRCODE_UNIQUE_VIOLATION, changes->done) ||
		(attempt(empty_rows, changes, ERRCODE_INTEGRITY_CONSTRAINT_VIOLATION) &&
		 attempt_each(n, change_one, changes, ERRCODE_UNIQUE_VIOLATION, changes->done)))
		return;
	changes->rows = rows_left(changes);
	change_together(changes);
}

static List *
rows_left(const Changes *changes)
{
	List	   *left = NIL;

	foreach_ptr(CreateRow, row, changes->rows)
	{
		if (!changes->done[foreach_current_index(row)])
			left = lappend(left, row);
	}
	return left;
}

static void
change_one(void *arg, int number)
{
	Changes    *changes = arg;

	change_group(changes->table, list_make1(list_nth(changes->rows, number)));
}

static void
empty_rows(void *arg)
{
	Changes    *changes = arg;
	const Model *model = changes->table->model;
	Changes		emptied = {.table = changes->table};

	foreach_ptr(CreateRow, row, rows_left(changes))
	{
		CreateRow  *empty = create_row(model, row->parent, row->path);

		empty->key = row->key;
		for (int a = 0; a < model->nattributes; a++)
		{
			empty->given[a] = changes->exclusive[a] && row->given[a] && !row->nulls[a] && !model->attributes[a].not_null &&
				create_operation(row, a) == OPERATION_NONE;
			empty->nulls[a] = true;
		}
		emptied.rows = lappend(emptied.rows, empty);
	}
	emptied.rows = changed_rows(model, emptied.rows);
	change_together(&emptied);
}

/* those that give anything */
static List *
changed_rows(const Model *model, List *rows)
{
	List	   *changed = NIL;

	foreach_ptr(CreateRow, row, rows)
	{
		bool		gives = false;

		for (int a = 0; a < model->nattributes; a++)
			gives |= is_set(model, row, a);
		if (gives)
			changed = lappend(changed, row);
	}
	return changed;
}

/* what an association gives of a column that is generated it has already, or it would be an error (need_same_owner) */
static bool
is_set(const Model *model, const CreateRow *row, int attribute)
{
	return row->given[attribute] && model->attributes[attribute].generated == '\0';
}

List *
create_take_repeated(const Model *model, List **rows, int n, Attribute **columns, bool by_key)
{
	List	   *first = NIL;
	List	   *repeated = NIL;
	KeyTable	keys;

	key_table_init(&keys, n, link_key_columns(n, columns), CurrentMemoryContext);
	foreach_ptr(CreateRow, row, *rows)
	{
		bool		found;

		(void) key_table_add(&keys, by_key ? row->key : create_row_key(model, row, n, columns),
							 &found);
		if (found)
			repeated = lappend(repeated, row);
		else
			first = lappend(first, row);
	}
	*rows = first;
	return repeated;
}

/* UPDATE ... FROM the rows: their keys, then what they give */
static void
change_group(const CreateTable *table, List *rows)
{
	const Model *model = table->model;
	CreateRow  *sample = linitial(rows);
	StatementColumn *columns = palloc_array(StatementColumn, model->nkey + model->nattributes);
	SqlText		s;
	bool	   *read_back;
	bool		told;
	int			n = 0;

	statement_update(&s, model->relid, model->quoted_table);
	for (int i = 0; i < model->nkey; i++)
		columns[n++] = key_column(rows, model->key[i], i);
	for (int a = 0; a < model->nattributes; a++)
	{
		if (!is_set(model, sample, a))
			continue;
		columns[n++] = create_column(rows, a, operation_type(&model->attributes[a],
															 create_operation(sample, a)));
		statement_set(&s, &model->attributes[a],
					  operation_of_row(create_operation(sample, a), &model->attributes[a], n));
	}
	statement_set_positions(&s, model);
	statement_touch(&s, model, sample->given);
	statement_from(&s, statement_rows(&s, list_length(rows), n, columns));
	statement_where(&s, statement_equal_row(model->nkey, model->key, model->key, 1));
	told = is_told(rows);
	if (!told && !table_rewrites(model, CMD_UPDATE))
	{
		(void) create_run_statement(table, rows, &s, SPI_OK_UPDATE);
		return;
	}
	read_back = columns_read_back(table, sample, told);
	append_returning(&s, model, read_back);
	take_written(model, rows, read_back, create_run_statement(table, rows, &s, SPI_OK_UPDATE_RETURNING));
}

/* is what was written part of the answer? */
static bool
is_told(List *rows)
{
	ListCell   *lc;

	foreach(lc, rows)
		if (((CreateRow *) lfirst(lc))->replaced != NULL)
			return true;
	return false;
}

/* what others ask of the row once it is written, and what is given and not hidden, as it is stored */
static bool *
columns_read_back(const CreateTable *table, const CreateRow *sample, bool told)
{
	const Model *model = table->model;
	bool	   *read_back = palloc0_array(bool, model->nattributes);

	for (int a = 0; a < model->nattributes; a++)
		read_back[a] = (table->needed != NULL && table->needed[a]) ||
			(told && sample->given[a] && model->attributes[a].hidden == NOT_HIDDEN);
	return read_back;
}

/* the key by which the row was found comes first */
static void
append_returning(SqlText *s, const Model *model, const bool *read_back)
{
	statement_returning(s, statement_row_columns(model->nkey));
	for (int a = 0; a < model->nattributes; a++)
	{
		if (read_back[a])
			sql_append(s, ", %s", sql_column("t", &model->attributes[a]));
	}
}

/* what a rule makes of values is not known */
static void
take_written(const Model *model, List *rows, const bool *read_back, uint64 nwritten)
{
	bool		returns = table_returns(model->relid, CMD_UPDATE);
	KeyTable	keys;
	bool		found;
	ListCell   *lc;

	key_table_init(&keys, model->nkey, link_key_columns(model->nkey, model->key), CurrentMemoryContext);
	foreach(lc, rows)
	{
		CreateRow  *row = lfirst(lc);

		(void) key_table_add(&keys, row->key, &found);
		row->kept = true;
	}
	for (uint64 i = 0; i < nwritten; i++)
	{
		int			number = key_table_find(&keys, link_tuple_values(i, 1, model->nkey, model->key));
		CreateRow  *row = list_nth(rows, number);

		row->kept = false;
		if (returns)
			take_values(model, row, read_back, i);
	}
	SPI_freetuptable(SPI_tuptable);
}

static void
take_values(const Model *model, CreateRow *row, const bool *read_back, uint64 number)
{
	int			column = model->nkey;

	for (int a = 0; a < model->nattributes; a++)
	{
		if (read_back[a])
			row->values[a] = statement_result(number, ++column, &row->nulls[a]);
	}
}

static StatementColumn
key_column(List *rows, const Attribute *attribute, int number)
{
	StatementColumn column = statement_column(attribute->type, list_length(rows));

	foreach_ptr(CreateRow, row, rows)
		column.values[foreach_current_index(row)] = row->key[number];
	return column;
}

void
create_delete(const Model *model, List *rows)
{
	Datum	  **keys = palloc_array(Datum *, list_length(rows) + 1);
	SqlText		s;

	if (rows == NIL)
		return;
	foreach_ptr(CreateRow, row, rows)
		keys[foreach_current_index(row)] = row->key;
	statement_remove(&s, model, model->deleted_at);
	statement_where(&s, link_sql_keys(&s, "t", model->nkey, model->key, model->key, list_length(rows), keys));
	statement_returning(&s, sql_columns("t", model->nkey, model->key));
	note_deleted(model, rows, statement_run(&s, STATEMENT_WRITE, model->deleted_at != NULL ?
											SPI_OK_UPDATE_RETURNING : SPI_OK_DELETE_RETURNING));
}

/* a trigger, a rule or a policy may keep some */
static void
note_deleted(const Model *model, List *rows, uint64 ndeleted)
{
	KeyTable	deleted;
	bool		found;

	key_table_init(&deleted, model->nkey, link_key_columns(model->nkey, model->key), CurrentMemoryContext);
	for (uint64 i = 0; i < ndeleted; i++)
		(void) key_table_add(&deleted, link_tuple_values(i, 1, model->nkey, model->key), &found);
	SPI_freetuptable(SPI_tuptable);
	foreach_ptr(CreateRow, row, rows)
		row->kept = key_table_find(&deleted, row->key) < 0;
}

/*
 * Links of parents that are new have no rows to compare with: connecting them in a join
 * table is left to the INSERT of all of the level's links.
 */
void
create_change_links(CreateLevel *level, CreateLinkVerb verb)
{
	if (verb == CREATE_CONNECT && level->assoc->through == NULL)
		hold_children(level);
	if (verb == CREATE_UPDATE_LINK)
		level->links[verb] = joined_updates(level);
	foreach_ptr(CreateConnect, connect, level->links[verb])
	{
		LinkCall   *call = connect->call;

		if (verb == CREATE_CONNECT && level->assoc->through != NULL && !connect->parent->existing)
			continue;
		create_need_stored(level->assoc->source, connect->parent);
		call->source = create_row_key(level->assoc->source, connect->parent,
									  call->nsource, call->source_key);
		switch (verb)
		{
			case CREATE_DISCONNECT:
				link_remove(call);
				break;
			case CREATE_SET:
				link_set(call);
				break;
			case CREATE_UPDATE_LINK:
				link_update(call);
				break;
			case CREATE_CONNECT:
				link_add(call);
				break;
		}
	}
}

/* payloads of one parent's links, each once, are one call: they may take something from each other */
static List *
joined_updates(CreateLevel *level)
{
	const LinkCall *any = level->call;
	CreateConnect *last = NULL;
	List	   *joined = NIL;
	KeyTable	keys;

	foreach_ptr(CreateConnect, connect, level->links[CREATE_UPDATE_LINK])
	{
		LinkCall   *call = connect->call;
		bool		found = true;

		if (last != NULL && last->parent == connect->parent && call->nitems == 1)
			(void) key_table_add(&keys, call->items[0].key, &found);
		if (!found)
		{
			link_add_item(last->call, &call->items[0]);
			continue;
		}
		key_table_init(&keys, any->nkey, any->key_columns, CurrentMemoryContext);
		(void) key_table_add(&keys, call->items[0].key, &found);
		joined = lappend(joined, connect);
		last = call->nitems == 1 ? connect : NULL;
	}
	foreach_ptr(CreateConnect, connect, joined)
		link_sort_items(connect->call);
	return joined;
}

/* rows that several parents get are locked in one order for all, before the first is moved */
static void
hold_children(CreateLevel *level)
{
	List	   *keys = NIL;

	if (list_length(level->links[CREATE_CONNECT]) < 2)
		return;
	foreach_ptr(CreateConnect, connect, level->links[CREATE_CONNECT])
	{
		LinkCall   *call = connect->call;

		for (int i = 0; i < call->nitems; i++)
			keys = lappend(keys, call->items[i].key);
	}
	link_direct_hold(level->call, keys);
}

/* ---- locks ---- */

/* at once, since verbs and parents follow each other in an order that is the caller's */
bool
create_lock_links(CreateLevel *root)
{
	List	   *list = links_below(root, NIL);
	LinkCall  **calls = palloc_array(LinkCall *, list_length(list) + 1);
	ListCell   *lc;

	foreach(lc, list)
		calls[foreach_current_index(lc)] = lfirst(lc);
	if (link_lock_all(list_length(list), calls))
		return true;
	/* where the parents were read there, what is read again is not what there is */
	for (int i = 0; i < list_length(list); i++)
		if (table_has_foreign_rows(calls[i]->assoc->source->relid))
			link_refuse_outdated(calls[i]);
	return false;
}

static List *
links_below(CreateLevel *level, List *calls)
{
	static const LinkLocking locking[CREATE_LINK_VERBS] = {
		[CREATE_DISCONNECT] = LINK_LOCK_REMOVE,
		[CREATE_SET] = LINK_LOCK_SET,
		[CREATE_UPDATE_LINK] = LINK_LOCK_ADD,
		[CREATE_CONNECT] = LINK_LOCK_ADD
	};

	foreach_ptr(CreateLevel, child, level->children)
	{
		calls = links_below(child, calls);
		if (child->assoc->source_points)
			continue;
		for (int verb = 0; verb < CREATE_LINK_VERBS; verb++)
		{
			foreach_ptr(CreateConnect, connect, child->links[verb])
			{
				calls = add_link_call(child, connect->call, connect->parent,
									  child->assoc->to_one ? LINK_LOCK_SET : locking[verb], calls);
			}
		}
		/* all of the row's links are meant */
		foreach_ptr(Replace, replace, child->replaces)
		{
			if (replace->changes)
				calls = add_link_call(child, child->call, replace->parent, LINK_LOCK_SET, calls);
		}
		foreach_ptr(CreateRow, row, child->assoc->through ? child->rows : NIL)
			calls = add_link_call(child, child->call, row->parent,
								  LINK_LOCK_ADD, calls);
	}
	return calls;
}

static List *
add_link_call(CreateLevel *child, LinkCall *call, CreateRow *parent, LinkLocking locking,
			  List *calls)
{
	LinkCall   *copy = palloc_object(LinkCall);

	if (!parent->existing || parent->skipped)
		return calls;
	*copy = *call;
	copy->source = create_row_key(child->assoc->source, parent, call->nsource, call->source_key);
	copy->locking = locking;
	return lappend(calls, copy);
}
