/*-------------------------------------------------------------------------
 *
 * create_conflict.c
 *	  Rows that may be there already: inserted, else changed, else left alone.
 *
 * Decides which unique key a conflict is about, and which returned row belongs to which
 * given one: by that key, never by the order in which rows come back.  A row is written
 * only where something given differs; a soft-deleted one comes back to life.  The
 * same key given twice is written twice, in that order.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/table.h"
#include "catalog/pg_class.h"
#include "base/compat.h"
#include "write/create.h"
#include "write/create_conflict.h"
#include "base/document.h"
#include "executor/spi.h"
#include "registry/kept_times.h"
#include "utils/builtins.h"
#include "utils/rel.h"

static bool all_give(const Model *model, List *rows, int n, Attribute **columns);
static void read_columns(CreateConflict *conflict, const Model *model, const JsonbValue *given,
						 const DocPath *path);
static void need_unique(const Model *model, const CreateConflict *conflict, const DocPath *path);
static bool same_columns(const CreateConflict *conflict, int n, const AttrNumber *columns);
pg_noreturn static void raise_not_unique(const Model *model, const CreateConflict *conflict,
										 const DocPath *path);
static void append_key(StringInfo buf, int n, Attribute **columns);
static char *partial_key(const Model *model, const CreateConflict *conflict);
static List *unique_keys(const Model *model);
static void index_columns(const Model *model, const ModelIndex *index,
						  int *n, Attribute ***columns);
pg_noreturn static void raise_no_key(const Model *model, bool several);
static CreateTable level_table(const CreateLevel *level);
static void write_group(const CreateTable *table, List *rows, const CreateConflict *conflict,
						const bool *needed);
static void append_action(Statement *s, const Model *model, const CreateRow *sample,
						  const CreateConflict *conflict);
static void append_touched(StringInfo set, const Model *model, const CreateRow *sample,
						   const CreateConflict *conflict);
static bool is_changed(const Model *model, const CreateRow *sample,
					   const CreateConflict *conflict, int attribute);
static bool is_among(const Attribute *attribute, int n, Attribute **attributes);
static int	match_rows(const Model *model, List *rows, const CreateConflict *conflict,
					   const bool *needed, uint64 nreturned);
static void read_unwritten(const Model *model, List *rows, const CreateConflict *conflict,
						   const bool *needed);

CreateConflict *
create_conflict_key(const Model *model, List *rows, const JsonbValue *given, const DocPath *path)
{
	CreateConflict *conflict = palloc0_object(CreateConflict);
	ListCell   *lc;

	if (given != NULL)
	{
		read_columns(conflict, model, given, path);
		need_unique(model, conflict, path);
		if (conflict->n == 0 || !all_give(model, rows, conflict->n, conflict->columns))
			error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, NULL,
						   "every row must give the attributes of \"conflict\"");
		return conflict;
	}
	if (model->nkey > 0 && all_give(model, rows, model->nkey, model->key))
	{
		conflict->n = model->nkey;
		conflict->columns = model->key;
		return conflict;
	}
	foreach(lc, unique_keys(model))
	{
		Attribute **columns;
		int			n;

		index_columns(model, lfirst(lc), &n, &columns);
		if (!all_give(model, rows, n, columns))
			continue;
		if (conflict->n > 0)
			raise_no_key(model, true);
		conflict->n = n;
		conflict->columns = columns;
	}
	if (conflict->n == 0)
		raise_no_key(model, false);
	return conflict;
}

static void
read_columns(CreateConflict *conflict, const Model *model, const JsonbValue *given,
			 const DocPath *path)
{
	ListCell   *lc;

	doc_need_array(given, path);
	conflict->columns = palloc_array(Attribute *, list_length(doc_array_elements(given)) + 1);
	foreach(lc, doc_array_elements(given))
	{
		const DocPath *place = doc_path_index(path, foreach_current_index(lc));

		conflict->columns[conflict->n++] =
			model_attribute_at(model, doc_need_string(lfirst(lc), place), place);
	}
}

/* PostgreSQL says it too, but neither where nor what keys there are; only it knows those of a view */
static void
need_unique(const Model *model, const CreateConflict *conflict, const DocPath *path)
{
	if (conflict->n == 0 ||
		(model->relkind != RELKIND_RELATION && model->relkind != RELKIND_PARTITIONED_TABLE))
		return;
	for (int i = 0; i < model->nindexes; i++)
	{
		const ModelIndex *index = &model->indexes[i];

		if (index->unique && same_columns(conflict, index->nkeys, index->attnums))
			return;
	}
	raise_not_unique(model, conflict, path);
}

/* in any order; an expression, which has no number, is no column of a conflict */
static bool
same_columns(const CreateConflict *conflict, int n, const AttrNumber *columns)
{
	Bitmapset  *wanted = NULL;
	Bitmapset  *found = NULL;

	for (int i = 0; i < conflict->n; i++)
		wanted = bms_add_member(wanted, conflict->columns[i]->attnum);
	for (int i = 0; i < n; i++)
		found = bms_add_member(found, columns[i]);
	return bms_equal(wanted, found);
}

static void
raise_not_unique(const Model *model, const CreateConflict *conflict, const DocPath *path)
{
	char	   *partial = partial_key(model, conflict);
	StringInfoData columns;
	StringInfoData keys;
	char	   *hint;

	initStringInfo(&columns);
	append_key(&columns, conflict->n, conflict->columns);
	initStringInfo(&keys);
	for (int i = 0; i < model->nindexes; i++)
	{
		Attribute **attributes;
		int			n;

		if (!model->indexes[i].unique)
			continue;
		index_columns(model, &model->indexes[i], &n, &attributes);
		appendStringInfoString(&keys, keys.len > 0 ? ", " : "");
		append_key(&keys, n, attributes);
	}
	hint = keys.len > 0 ? psprintf(_("The unique keys are: %s."), keys.data) :
		_("It has no unique keys.");
	if (partial != NULL)
		hint = psprintf(_("%s Index \"%s\" has a condition or is deferrable, so it does not count."),
						hint, partial);
	error_document(ERRCODE_INVALID_COLUMN_REFERENCE, path, hint,
				   "model \"%s\" has no unique key %s", model->name, columns.data);
}

static void
append_key(StringInfo buf, int n, Attribute **columns)
{
	for (int i = 0; i < n; i++)
		appendStringInfo(buf, "%s%s", i > 0 ? ", " : "(", columns[i]->name);
	appendStringInfoChar(buf, ')');
}

/* a unique index of these columns that holds for some rows only, or not at once; NULL: none */
static char *
partial_key(const Model *model, const CreateConflict *conflict)
{
	Relation	rel = table_open(model->relid, NoLock);
	char	   *name = NULL;
	ListCell   *lc;

	foreach(lc, RelationGetIndexList(rel))
	{
		Relation	index = index_open(lfirst_oid(lc), AccessShareLock);
		Form_pg_index form = index->rd_index;

		if (form->indisunique && same_columns(conflict, form->indnkeyatts, form->indkey.values))
			name = pstrdup(RelationGetRelationName(index));
		index_close(index, AccessShareLock);
	}
	table_close(rel, NoLock);
	return name;
}

/* null is no key: it conflicts with nothing */
static bool
all_give(const Model *model, List *rows, int n, Attribute **columns)
{
	ListCell   *lc;

	foreach(lc, rows)
	{
		CreateRow  *row = lfirst(lc);

		for (int i = 0; i < n; i++)
		{
			int			a = columns[i] - model->attributes;

			if (!row->given[a] || row->nulls[a])
				return false;
		}
	}
	return true;
}

/* those beside the primary key, of ModelIndex * */
static List *
unique_keys(const Model *model)
{
	List	   *keys = NIL;

	for (int i = 0; i < model->nindexes; i++)
	{
		if (model->indexes[i].unique && !model->indexes[i].primary)
			keys = lappend(keys, &model->indexes[i]);
	}
	return keys;
}

static void
index_columns(const Model *model, const ModelIndex *index, int *n, Attribute ***columns)
{
	*n = index->nkeys;
	*columns = palloc_array(Attribute *, index->nkeys);
	for (int i = 0; i < index->nkeys; i++)
		(*columns)[i] = model_attnum_required(model, index->attnums[i]);
}

static void
raise_no_key(const Model *model, bool several)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 several ?
			 errmsg("several unique keys of \"%s\" are given", model->name) :
			 errmsg("no unique key of \"%s\" is given", model->name),
			 several ?
			 errhint("The option \"conflict\": [attributes] says which one tells whether a row is there already.") :
			 errhint("Give all attributes of the primary key or of a unique key.")));
}

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
		foreach(lc, create_group_rows(model, rows))
			write_group(&table, lfirst(lc), &ignore, needed);
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
	List	   *rows = level->rows;
	CreateTable table = level_table(level);
	bool	   *needed = create_needed_key(model);

	for (int i = 0; i < conflict->n; i++)
		needed[conflict->columns[i] - model->attributes] = true;
	while (rows != NIL)
	{
		List	   *later = create_take_repeated(model, &rows, conflict->n, conflict->columns, false);
		ListCell   *lc;

		foreach(lc, create_group_rows(model, rows))
			write_group(&table, lfirst(lc), conflict, needed);
		rows = later;
	}
}

static CreateTable
level_table(const CreateLevel *level)
{
	return (CreateTable) {level->model, level->checks};
}

static void
write_group(const CreateTable *table, List *rows, const CreateConflict *conflict,
			const bool *needed)
{
	const Model *model = table->model;
	Statement	s;
	uint64		stored;
	int			matched;

	create_set_times(model, rows);
	statement_init(&s);
	create_append_insert(&s, model, rows, conflict->n > 0 ? "t" : NULL);
	append_action(&s, model, linitial(rows), conflict);
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

/* ON CONFLICT ...: what is given, where it differs from what stands */
static void
append_action(Statement *s, const Model *model, const CreateRow *sample,
			  const CreateConflict *conflict)
{
	StringInfoData set;
	StringInfoData old;
	StringInfoData new;

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
			appendStringInfo(&new, "%sexcluded.%s", comma, column);
		else
			appendStringInfo(&new, "%sCAST(NULL AS %s)", comma,
							 format_type_be_qualified(model->attributes[a].type));
		appendStringInfo(&old, "%st.%s", comma, column);
		appendStringInfo(&set, "%s%s = %s%s", comma, column,
						 sample->given[a] ? "excluded." : "NULL",
						 sample->given[a] ? column : "");
	}
	append_touched(&set, model, sample, conflict);
	appendStringInfoString(&s->sql, " ON CONFLICT ");
	if (conflict->n > 0)
	{
		appendStringInfoChar(&s->sql, '(');
		statement_columns(s, NULL, conflict->n, conflict->columns);
		appendStringInfoString(&s->sql, ") ");
	}
	if (set.len == 0)
		appendStringInfoString(&s->sql, "DO NOTHING");
	else
		appendStringInfo(&s->sql, "DO UPDATE SET %s WHERE pg_catalog.record_image_ne(ROW(%s), ROW(%s))",
						 set.data, old.data, new.data);
}

/* where anything else is changed, and the data did not say to what */
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
	if (kept_by_verbs(model, &model->attributes[attribute]) && !sample->stated[attribute])
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
	ListCell   *lc;
	bool		found;

	key_table_init(&keys, conflict->n, link_key_columns(conflict->n, conflict->columns),
				   CurrentMemoryContext);
	foreach(lc, rows)
	{
		CreateRow  *row = lfirst(lc);
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
	Statement	s;
	ListCell   *lc;

	foreach(lc, rows)
	{
		CreateRow  *row = lfirst(lc);

		if (row->existing)
			continue;
		keys[list_length(unwritten)] = create_row_key(model, row, conflict->n, conflict->columns);
		unwritten = lappend(unwritten, row);
	}
	statement_init(&s);
	appendStringInfoString(&s.sql, "SELECT ");
	create_append_columns(&s, model, "t", needed);
	appendStringInfo(&s.sql, " FROM %s AS t WHERE ", model->quoted_table);
	link_sql_keys(&s, "t", conflict->n, conflict->columns, conflict->columns,
				  list_length(unwritten), keys);
	if (match_rows(model, unwritten, conflict, needed,
				   statement_run(&s, STATEMENT_WRITE, SPI_OK_SELECT)) < list_length(unwritten))
		create_raise_not_stored(model);
}
