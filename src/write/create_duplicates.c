/*-------------------------------------------------------------------------
 *
 * create_duplicates.c
 *	  Rows that may be there already: inserted, else changed, else left alone.
 *
 * Decides which returned row belongs to which given one: by the key that a conflict is about
 * (create_conflict.c), never by the order in which rows come back.  A row is written
 * only where something given differs; a soft-deleted one comes back to life.  The
 * same key given twice is written twice, in that order.
 *
 * Where a trigger may give a row another key each row is a statement of its own, and what comes
 * back is that row.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "deparse/sql_text.h"
#include "executor/spi.h"
#include "registry/kept_times.h"
#include "registry/table_rewrites.h"
#include "utils/builtins.h"
#include "write/create.h"
#include "write/create_conflict.h"

/* rows by the columns of the conflict */
typedef struct OrderedRow
{
	CreateRow  *row;
	Datum	   *key;
	int			number;
} OrderedRow;

typedef struct KeyOrder
{
	int			n;
	KeyColumn  *columns;
} KeyOrder;

static List *in_key_order(const Model *model, List *rows, const CreateConflict *conflict);
static int	compare_rows(const void *a, const void *b, void *arg);
static CreateTable level_table(const CreateLevel *level);
static void write_group(const CreateTable *table, List *rows, const CreateConflict *conflict,
						const bool *needed);
static void change_singly(const CreateTable *table, List *rows, const CreateConflict *conflict,
						  const bool *needed);
static bool is_primary(const Model *model, const CreateConflict *conflict);
static bool write_single(const CreateTable *table, CreateRow *row, const CreateConflict *conflict,
						 const bool *needed, bool always);
static bool find_single(const Model *model, CreateRow *row, const CreateConflict *conflict,
						const bool *needed);
static bool read_single(const Model *model, CreateRow *row, const bool *needed, uint64 rows);
static void append_action(SqlText *s, const Model *model, const CreateRow *sample,
						  const CreateConflict *conflict, bool always);
static void append_arbiter(SqlText *s, const CreateConflict *conflict);
static void append_row_of_key(const Model *model, const CreateConflict *conflict, StringInfo old, StringInfo new);
static char *new_value(const Model *model, const CreateRow *sample, int attribute);
static void append_touched(StringInfo set, const Model *model, const CreateRow *sample,
						   const CreateConflict *conflict);
static bool is_changed(const Model *model, const CreateRow *sample,
					   const CreateConflict *conflict, int attribute);
static bool is_among(const Attribute *attribute, int n, Attribute **attributes);
static int	match_rows(const Model *model, List *rows, const CreateConflict *conflict,
					   const bool *needed, uint64 nreturned);
static void read_unwritten(const Model *model, List *rows, const CreateConflict *conflict,
						   const bool *needed);
static void append_find(SqlText *s, const Model *model, const CreateConflict *conflict,
						const bool *needed, int n, Datum **keys);

/* ---- ignoring ---- */

/*
 * Rows that conflict with anything are skipped.  With the key that a row will have
 * known beforehand it can be told which were stored; of rows with one key
 * the first is.
 */
void
create_insert_ignoring(CreateLevel *level)
{
	const Model *model = level->model;
	List	   *rows = level->rows;
	CreateTable table = level_table(level);
	bool	   *needed = create_needed_key(model);
	CreateConflict ignore = {0};
	ListCell   *lc;

	if (create_allocate(model, rows, needed))
	{
		foreach_ptr(List, group, create_group_rows(model, rows))
			write_group(&table, group, &ignore, needed);
		return;
	}
	foreach(lc, rows)
		write_group(&table, list_make1(lfirst(lc)), &ignore, needed);
}

/* ---- updating ---- */

void
create_insert_or_change(CreateLevel *level, const CreateConflict *conflict)
{
	const Model *model = level->model;
	List	   *rows = in_key_order(model, level->rows, conflict);
	CreateTable table = level_table(level);
	bool	   *needed = create_needed_key(model);

	for (int i = 0; i < conflict->n; i++)
		needed[conflict->columns[i] - model->attributes] = true;
	if (table_rewrites(model, CMD_INSERT))
	{
		change_singly(&table, rows, conflict, needed);
		return;
	}
	while (rows != NIL)
	{
		List	   *later = create_take_repeated(model, &rows, conflict->n, conflict->columns, false);

		foreach_ptr(List, group, create_group_rows(model, rows))
			write_group(&table, group, conflict, needed);
		rows = later;
	}
}

/* two calls that write the same rows then do so in one order, and none waits for the other crosswise */
static List *
in_key_order(const Model *model, List *rows, const CreateConflict *conflict)
{
	int			n = list_length(rows);
	OrderedRow *ordered = palloc_array(OrderedRow, n + 1);
	List	   *result = NIL;
	KeyOrder	order = {conflict->n, link_key_columns(conflict->n, conflict->columns)};

	if (n < 2 || conflict->n == 0)
		return rows;
	for (int i = 0; i < n; i++)
	{
		ordered[i].row = list_nth(rows, i);
		ordered[i].key = create_row_key(model, ordered[i].row, conflict->n, conflict->columns);
		ordered[i].number = i;
	}
	qsort_arg(ordered, n, sizeof(OrderedRow), compare_rows, &order);
	for (int i = 0; i < n; i++)
		result = lappend(result, ordered[i].row);
	return result;
}

/* of rows with one key the order is the caller's */
static int
compare_rows(const void *a, const void *b, void *arg)
{
	const OrderedRow *x = a;
	const OrderedRow *y = b;
	const KeyOrder *order = arg;
	int			c = key_columns_compare(order->n, order->columns, x->key, y->key);

	return c != 0 ? c : x->number - y->number;
}

/*
 * A trigger may give a row another key, which then tells whether it is there already.  One that is
 * not found by the given key is written whether it differs or not, so that it comes back.
 */
static void
change_singly(const CreateTable *table, List *rows, const CreateConflict *conflict,
			  const bool *needed)
{
	const Model *model = table->model;

	create_set_times(model, rows);
	foreach_ptr(CreateRow, row, rows)
	{
		if (!write_single(table, row, conflict, needed, false) &&
			!find_single(model, row, conflict, needed) &&
			(is_primary(model, conflict) || !write_single(table, row, conflict, needed, true)))
			create_settle_unstored(model, row, needed);
	}
}

static bool
is_primary(const Model *model, const CreateConflict *conflict)
{
	for (int i = 0; i < conflict->n; i++)
	{
		if (!is_among(conflict->columns[i], model->nkey, model->key))
			return false;
	}
	return true;
}

static bool
write_single(const CreateTable *table, CreateRow *row, const CreateConflict *conflict,
			 const bool *needed, bool always)
{
	const Model *model = table->model;
	List	   *rows = list_make1(row);
	SqlText		s;

	statement_init(&s);
	create_append_insert(&s, model, rows, "t");
	append_action(&s, model, row, conflict, always);
	(void) create_append_returning(&s, model, "t", needed);
	return read_single(model, row, needed,
					   create_run_statement(table, rows, &s, SPI_OK_INSERT_RETURNING));
}

/* it stands as it was given, and was not written */
static bool
find_single(const Model *model, CreateRow *row, const CreateConflict *conflict,
			const bool *needed)
{
	Datum	   *key = create_row_key(model, row, conflict->n, conflict->columns);
	SqlText		s;

	append_find(&s, model, conflict, needed, 1, &key);
	return read_single(model, row, needed, statement_run(&s, STATEMENT_WRITE, SPI_OK_SELECT));
}

static bool
read_single(const Model *model, CreateRow *row, const bool *needed, uint64 rows)
{
	if (rows > 0)
	{
		create_read_stored(model, row, needed, 0);
		row->existing = true;
	}
	SPI_freetuptable(SPI_tuptable);
	return rows > 0;
}

static CreateTable
level_table(const CreateLevel *level)
{
	return (CreateTable) {level->model, level->checks, NULL};
}

static void
write_group(const CreateTable *table, List *rows, const CreateConflict *conflict,
			const bool *needed)
{
	const Model *model = table->model;
	SqlText		s;
	uint64		stored;
	int			matched;

	create_set_times(model, rows);
	statement_init(&s);
	create_append_insert(&s, model, rows, conflict->n > 0 ? "t" : NULL);
	append_action(&s, model, linitial(rows), conflict, false);
	(void) create_append_returning(&s, model, conflict->n > 0 ? "t" : NULL, needed);
	stored = create_run_statement(table, rows, &s, SPI_OK_INSERT_RETURNING);
	if (conflict->n > 0)
	{
		matched = match_rows(model, rows, conflict, needed, stored);
		if (matched < list_length(rows))
			read_unwritten(model, rows, conflict, needed);
	}
	else if (list_length(rows) == 1 && stored == 1)
	{
		CreateRow  *row = linitial(rows);

		create_read_stored(model, row, needed, 0);
		SPI_freetuptable(SPI_tuptable);
	}
	else
	{
		CreateConflict by_key = {model->nkey, model->key, NULL};
		ListCell   *lc;

		foreach(lc, rows)
			((CreateRow *) lfirst(lc))->skipped = true;
		(void) match_rows(model, rows, &by_key, needed, stored);
	}
}

/* ON CONFLICT ...: what is given, where it differs from what stands or always */
static void
append_action(SqlText *s, const Model *model, const CreateRow *sample,
			  const CreateConflict *conflict, bool always)
{
	StringInfoData set;
	StringInfoData old;
	StringInfoData new;
	char	  **values = palloc0_array(char *, model->nattributes);

	initStringInfo(&set);
	initStringInfo(&old);
	initStringInfo(&new);
	for (int a = 0; conflict->n > 0 && a < model->nattributes; a++)
	{
		const char *column = quote_identifier(model->attributes[a].column);
		const char *comma = set.len > 0 ? ", " : "";

		if (!is_changed(model, sample, conflict, a))
			continue;
		if (sample->given[a])
			appendStringInfo(&new, "%s%s", comma, new_value(model, sample, a));
		else
			appendStringInfo(&new, "%sCAST(NULL AS %s)", comma,
							 sql_type(model->attributes[a].type, -1));
		appendStringInfo(&old, "%st.%s", comma, column);
		values[a] = sample->given[a] ? new_value(model, sample, a) : "NULL";
		appendStringInfo(&set, "%s%s = %s", comma, column, values[a]);
	}
	if (set.len > 0)
		statement_unplace(&set, model, values);
	append_row_of_key(model, conflict, &old, &new);
	append_touched(&set, model, sample, conflict);
	append_arbiter(s, conflict);
	if (set.len == 0)
		sql_append(s, "DO NOTHING");
	else
		sql_append(s, "DO UPDATE SET %s", set.data);
	if (set.len > 0 && !always)
		sql_append(s, " WHERE pg_catalog.record_image_ne(ROW(%s), ROW(%s))", old.data, new.data);
}

static void
append_arbiter(SqlText *s, const CreateConflict *conflict)
{
	sql_append(s, " ON CONFLICT ");
	if (conflict->n > 0)
		sql_append(s, "(%s) ", sql_columns(NULL, conflict->n, conflict->columns));
}

/* Citus makes a literal of a row of constants, which it cannot read: a column keeps the row a row */
static void
append_row_of_key(const Model *model, const CreateConflict *conflict, StringInfo old, StringInfo new)
{
	if (!model->distributed || old->len == 0)
		return;
	appendStringInfo(old, ", %s", sql_column("t", conflict->columns[0]));
	appendStringInfo(new, ", %s", sql_column("t", conflict->columns[0]));
}

/* the one given, or what it does to the one that is there */
static char *
new_value(const Model *model, const CreateRow *sample, int attribute)
{
	const Attribute *column = &model->attributes[attribute];

	return operation_sql(create_operation(sample, attribute), column, sql_column("t", column),
						 sql_column("excluded", column));
}

/* where anything else is changed, and the data does not give the time */
static void
append_touched(StringInfo set, const Model *model, const CreateRow *sample,
			   const CreateConflict *conflict)
{
	Attribute  *column = kept_time_changed(model, NULL);

	if (set->len > 0 && column != NULL &&
		!is_changed(model, sample, conflict, column - model->attributes))
		appendStringInfo(set, ", %s = excluded.%s", quote_identifier(column->column),
						 quote_identifier(column->column));
}

/*
 * The key stays, and so does the primary key where another tells: that of the row
 * is known elsewhere, and what is given is for a new row.  What marks a row as deleted goes.
 * The times of a new row are not its own.
 */
static bool
is_changed(const Model *model, const CreateRow *sample, const CreateConflict *conflict,
		   int attribute)
{
	if (is_among(&model->attributes[attribute], conflict->n, conflict->columns) ||
		is_among(&model->attributes[attribute], model->nkey, model->key))
		return false;
	if (kept_by_verbs(model, &model->attributes[attribute]) && !sample->is_explicit[attribute])
		return false;
	if (!sample->given[attribute])
		return &model->attributes[attribute] == model->deleted_at;
	return conflict->update == NULL || conflict->update[attribute];
}

static bool
is_among(const Attribute *attribute, int n, Attribute **attributes)
{
	for (int i = 0; i < n; i++)
		if (attributes[i] == attribute)
			return true;
	return false;
}

/*
 * Give the returned rows to those with the same key, the first of them; returns how many
 * rows got theirs.
 */
static int
match_rows(const Model *model, List *rows, const CreateConflict *conflict,
		   const bool *needed, uint64 nreturned)
{
	CreateRow  *read = create_row(model, NULL, NULL);
	CreateRow **owners = palloc_array(CreateRow *, list_length(rows));
	KeyTable	keys;
	int			matched = 0;
	bool		found;

	key_table_init(&keys, conflict->n, link_key_columns(conflict->n, conflict->columns),
				   CurrentMemoryContext);
	foreach_ptr(CreateRow, row, rows)
	{
		int			number = key_table_add(&keys, create_row_key(model, row, conflict->n,
																 conflict->columns), &found);

		if (!found)
			owners[number] = row;
	}
	for (uint64 i = 0; i < nreturned; i++)
	{
		int			number;

		create_read_stored(model, read, needed, i);
		number = key_table_find(&keys, create_row_key(model, read, conflict->n,
													  conflict->columns));
		if (number < 0)
			create_raise_not_stored(model);
		create_read_stored(model, owners[number], needed, i);
		owners[number]->skipped = false;
		owners[number]->existing = true;
		matched++;
	}
	SPI_freetuptable(SPI_tuptable);
	return matched;
}

/* rows that stand as they were given are not written, and not returned */
static void
read_unwritten(const Model *model, List *rows, const CreateConflict *conflict,
			   const bool *needed)
{
	List	   *unwritten = NIL;
	Datum	  **keys = palloc_array(Datum *, list_length(rows));
	SqlText		s;

	foreach_ptr(CreateRow, row, rows)
	{
		if (row->existing)
			continue;
		keys[list_length(unwritten)] = create_row_key(model, row, conflict->n, conflict->columns);
		unwritten = lappend(unwritten, row);
	}
	append_find(&s, model, conflict, needed, list_length(unwritten), keys);
	if (match_rows(model, unwritten, conflict, needed,
				   statement_run(&s, STATEMENT_WRITE, SPI_OK_SELECT)) < list_length(unwritten))
		create_raise_not_stored(model);
}

static void
append_find(SqlText *s, const Model *model, const CreateConflict *conflict, const bool *needed,
			int n, Datum **keys)
{
	statement_init(s);
	sql_append(s, "SELECT %s FROM %s AS t WHERE %s", create_needed_columns(model, "t", needed), model->quoted_table,
			   link_sql_keys(s, "t", conflict->n, conflict->columns, conflict->columns, n, keys));
}
