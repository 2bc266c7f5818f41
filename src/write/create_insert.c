/*-------------------------------------------------------------------------
 *
 * create_insert.c
 *	  Many rows of one model in one INSERT, knowing afterwards which is which.
 *
 * An INSERT's RETURNING promises no order.  So the columns that are needed
 * afterwards and not given get their defaults evaluated here, as COPY does, and
 * are then given.  Where the stored values may differ (a BEFORE trigger, a rule, a generated
 * column), or where the caller may not give those columns, each row is an INSERT of its own;
 * the same holds where an error of a trigger would not identify the row.
 *
 * A trigger may leave a row out, or put it elsewhere, as for plain SQL: where its key is known it is
 * looked for, and else it is not there.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "base/compat.h"
#include "base/rights.h"
#include "catalog/pg_attribute.h"
#include "executor/executor.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "optimizer/optimizer.h"
#include "registry/kept_times.h"
#include "registry/keys.h"
#include "registry/table_rewrites.h"
#include "rewrite/rewriteHandler.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "write/create.h"
#include "write/create_conflict.h"

static bool can_allocate(Relation rel, const Model *model, List *rows, const bool *needed);
static bool may_allocate(Relation rel, const Model *model, List *rows, const bool *needed);
static bool have_one_path(List *rows);
static const bool *with_generated(const Model *model, List *rows, const bool *needed);
static bool given_by_any(List *rows, int attribute);
static bool given_by_all(List *rows, int attribute);
static void allocate(Relation rel, const Model *model, List *rows, const bool *needed);
static void insert_group(const CreateTable *table, List *rows, const bool *needed);
static void insert_one(const CreateTable *table, CreateRow *row, const bool *needed);
static const bool *with_told(const Model *model, const CreateRow *row, const bool *needed);
static void allocate_key(const Model *model, List *rows);
static int	append_insert_columns(SqlText *s, const Model *model, List *rows,
								  StatementColumn *columns);
static WrittenRow written_row(const Written *written, int number);
static const bool *written_values(const Model *model, const CreateRow *row);
static bool same_operations(const Model *model, const CreateRow *a, const CreateRow *b);
static void check_stored(const Model *model, List *rows, uint64 stored, const bool *needed);
static void need_generated(const Model *model, const CreateRow *row, int number, Datum value, bool isnull);

void
create_insert(const CreateTable *table, List *rows, const bool *needed)
{
	const Model *model = table->model;

	if (rows == NIL)
		return;
	create_set_times(model, rows);
	needed = with_generated(model, rows, needed);
	if (list_length(rows) > 1 && create_allocate(model, rows, needed))
	{
		foreach_ptr(List, group, create_group_rows(model, rows))
			insert_group(table, group, needed);
	}
	else
	{
		foreach_ptr(CreateRow, row, rows)
			insert_one(table, row, needed);
	}
}

/* what associations give of columns that are generated is not written, but compared with what is stored */
static const bool *
with_generated(const Model *model, List *rows, const bool *needed)
{
	bool	   *compared = NULL;

	for (int a = 0; a < model->nattributes; a++)
	{
		if (model->attributes[a].generated == '\0' || !given_by_any(rows, a))
			continue;
		if (compared == NULL)
			compared = memcpy(palloc_array(bool, model->nattributes), needed, sizeof(bool) * model->nattributes);
		compared[a] = true;
	}
	return compared != NULL ? compared : needed;
}

static bool
given_by_any(List *rows, int attribute)
{
	foreach_ptr(CreateRow, row, rows)
	{
		if (row->given[attribute])
			return true;
	}
	return false;
}

void
create_need_stored(const Model *model, const CreateRow *row)
{
	if (row->skipped && !row->existing)
		create_raise_not_stored(model);
}

bool *
create_needed_key(const Model *model)
{
	bool	   *needed = palloc0_array(bool, model->nattributes);

	for (int i = 0; i < model->nkey; i++)
		needed[model->key[i] - model->attributes] = true;
	return needed;
}

bool
create_allocate(const Model *model, List *rows, const bool *needed)
{
	Relation	rel;
	bool		possible;

	/* a nested model is locked only where there is a right to it */
	rights_require(model->relid, ACL_INSERT);
	rel = table_open(model->relid, NoLock);
	possible = can_allocate(rel, model, rows, needed);
	if (possible)
		allocate(rel, model, rows, needed);
	table_close(rel, NoLock);
	return possible;
}

static bool
can_allocate(Relation rel, const Model *model, List *rows, const bool *needed)
{
	if (memchr(needed, true, sizeof(bool) * model->nattributes) == NULL)
		return have_one_path(rows) || !table_rewrites_rows(rel, CMD_INSERT);
	return may_allocate(rel, model, rows, needed) && !table_rewrites_rows(rel, CMD_INSERT);
}

static bool
may_allocate(Relation rel, const Model *model, List *rows, const bool *needed)
{
	for (int a = 0; a < model->nattributes; a++)
	{
		const Attribute *attribute = &model->attributes[a];

		if (!needed[a])
			continue;
		if (attribute->generated != '\0')
			return false;
		if (!given_by_all(rows, a) && !rights_have_column(model->relid, attribute->attnum, ACL_INSERT))
			return false;
	}
	return rel->rd_rel->relkind == RELKIND_RELATION ||
		rel->rd_rel->relkind == RELKIND_PARTITIONED_TABLE;
}

/* an error of a trigger does not identify the row */
static bool
have_one_path(List *rows)
{
	const DocPath *value_path = ((CreateRow *) linitial(rows))->path;

	foreach_ptr(CreateRow, row, rows)
	{
		if (row->path != value_path)
			return false;
	}
	return true;
}

static bool
given_by_all(List *rows, int attribute)
{
	foreach_ptr(CreateRow, row, rows)
	{
		if (!row->given[attribute])
			return false;
	}
	return true;
}

void
create_set_times(const Model *model, List *rows)
{
	foreach_ptr(CreateRow, row, rows)
	{
		Attribute  *columns[2];
		int			n = kept_times_new(model, row->given, columns);

		for (int i = 0; i < n; i++)
		{
			int			a = columns[i] - model->attributes;

			row->values[a] = kept_time_now(columns[i]->type, columns[i]->typmod,
										   columns[i]->column);
			row->nulls[a] = false;
			row->given[a] = true;
		}
	}
}

/* in the order of the rows, so that keys rise with them */
static void
allocate(Relation rel, const Model *model, List *rows, const bool *needed)
{
	EState	   *estate = CreateExecutorState();
	ExprContext *econtext = GetPerTupleExprContext(estate);
	ExprState **defaults = palloc0_array(ExprState *, model->nattributes);

	for (int a = 0; a < model->nattributes; a++)
	{
		Node	   *expression = NULL;

		if (needed[a] && !given_by_all(rows, a))
			expression = build_column_default(rel, model->attributes[a].attnum);
		if (expression != NULL)
			defaults[a] = ExecPrepareExpr((Expr *) expression, estate);
	}
	foreach_ptr(CreateRow, row, rows)
	{
		ResetPerTupleExprContext(estate);
		for (int a = 0; a < model->nattributes; a++)
		{
			Attribute  *attribute = &model->attributes[a];
			int16		typlen;
			bool		typbyval;
			Datum		value;

			if (defaults[a] == NULL || row->given[a])
				continue;
			value = ExecEvalExprSwitchContext(defaults[a], econtext, &row->nulls[a]);
			get_typlenbyval(attribute->type, &typlen, &typbyval);
			row->values[a] = row->nulls[a] ? (Datum) 0 : datumCopy(value, typbyval, typlen);
			row->given[a] = true;
		}
	}
	FreeExecutorState(estate);
}

/* rows that give the same columns */
static void
insert_group(const CreateTable *table, List *rows, const bool *needed)
{
	const Model *model = table->model;
	SqlText		s;
	uint64		stored;
	bool		returning;

	statement_init(&s);
	create_append_insert(&s, model, rows, NULL);
	returning = create_append_returning(&s, model, NULL, needed);
	stored = create_run_statement(table, rows, &s,
								  returning ? SPI_OK_INSERT_RETURNING : SPI_OK_INSERT);
	check_stored(model, rows, stored, needed);
	if (returning)
		SPI_freetuptable(SPI_tuptable);
}

static void
insert_one(const CreateTable *table, CreateRow *row, const bool *needed)
{
	const Model *model = table->model;
	List	   *rows = list_make1(row);
	SqlText		s;
	bool		returns = table_returns(model->relid, CMD_INSERT);
	bool		returning;
	uint64		stored;

	if (table_rewrites(model, CMD_INSERT))
	{
		allocate_key(model, rows);
		needed = with_told(model, row, needed);
	}
	statement_init(&s);
	create_append_insert(&s, model, rows, NULL);
	returning = returns && create_append_returning(&s, model, NULL, needed);
	stored = create_run_statement(table, rows, &s,
								  returning ? SPI_OK_INSERT_RETURNING : SPI_OK_INSERT);
	if (stored > 1)
		create_raise_not_stored(model);
	if (stored == 0 || !returns)
		create_settle_unstored(model, row, needed);
	else if (returning)
		create_read_stored(model, row, needed, 0);
	SPI_freetuptable(SPI_tuptable);
}

/* of a row that is part of the answer, what is given and may be read: a trigger may store another value */
static const bool *
with_told(const Model *model, const CreateRow *row, const bool *needed)
{
	bool	   *told;

	if (row->replaced == NULL)
		return needed;
	told = palloc_array(bool, model->nattributes);
	for (int a = 0; a < model->nattributes; a++)
	{
		const Attribute *attribute = &model->attributes[a];

		told[a] = needed[a] || (row->given[a] && attribute->hidden == NOT_HIDDEN &&
								rights_have_column(model->relid, attribute->attnum, ACL_SELECT));
	}
	return told;
}

/* what a key would get by default is known to the trigger in any case */
static void
allocate_key(const Model *model, List *rows)
{
	Relation	rel = table_open(model->relid, NoLock);
	bool	   *key = create_needed_key(model);

	if (may_allocate(rel, model, rows, key))
		allocate(rel, model, rows, key);
	table_close(rel, NoLock);
}

void
create_settle_unstored(const Model *model, CreateRow *row, const bool *needed)
{
	Datum	   *key = create_row_key(model, row, model->nkey, model->key);
	SqlText		s;

	row->skipped = true;
	for (int i = 0; i < model->nkey; i++)
	{
		int			number = model->key[i] - model->attributes;

		if (!row->given[number] || row->nulls[number])
			return;
	}
	if (model->nkey == 0 || memchr(needed, true, sizeof(bool) * model->nattributes) == NULL)
		return;
	statement_init(&s);
	sql_append(&s, "SELECT %s FROM %s AS t WHERE %s", create_needed_columns(model, "t", needed), model->quoted_table,
			   link_sql_keys(&s, "t", model->nkey, model->key, model->key, 1, &key));
	if (statement_run(&s, STATEMENT_WRITE, SPI_OK_SELECT) == 1)
	{
		create_read_stored(model, row, needed, 0);
		row->skipped = false;
	}
}

uint64
create_run_statement(const CreateTable *table, List *rows, SqlText *s, int expected)
{
	Written		written = {.model = table->model, .checks = table->checks,
	.nrows = list_length(rows), .row = written_row, .data = rows};

	return violation_run(s, expected, &written);
}

static WrittenRow
written_row(const Written *written, int number)
{
	const CreateRow *row = list_nth(written->data, number);

	return (WrittenRow) {.path = row->path, .given = written_values(written->model, row), .is_explicit = row->is_explicit,
		.values = row->values, .nulls = row->nulls, .operations = row->operations, .paths = row->paths};
}

/* what an operation makes of a row that is there is not known */
static const bool *
written_values(const Model *model, const CreateRow *row)
{
	bool	   *given;

	if (row->operations == NULL)
		return row->given;
	given = palloc_array(bool, model->nattributes);
	for (int a = 0; a < model->nattributes; a++)
		given[a] = row->given[a] && row->operations[a] == OPERATION_NONE;
	return given;
}

void
create_append_insert(SqlText *s, const Model *model, List *rows, const char *alias)
{
	StatementColumn *columns = palloc_array(StatementColumn, model->nattributes);
	int			n;

	sql_append(s, "INSERT INTO %s%s%s", model->quoted_table, alias ? " AS " : "", alias ? alias : "");
	n = append_insert_columns(s, model, rows, columns);
	if (n == 0)
		sql_append(s, " DEFAULT VALUES");
	else
		statement_insert_rows(s, model, list_length(rows), n, columns);
}

/* (columns), those that the rows have values of; returns how many */
static int
append_insert_columns(SqlText *s, const Model *model, List *rows, StatementColumn *columns)
{
	CreateRow  *sample = linitial(rows);
	bool		overriding = false;
	int			n = 0;

	for (int a = 0; a < model->nattributes; a++)
	{
		if (!sample->given[a] || model->attributes[a].generated != '\0')
			continue;
		overriding |= model->attributes[a].identity == ATTRIBUTE_IDENTITY_ALWAYS;
		sql_append(s, "%s%s", n > 0 ? ", " : " (", quote_identifier(model->attributes[a].column));
		columns[n++] = create_column(rows, a, model->attributes[a].type);
	}
	if (n > 0)
		sql_append(s, overriding ? ") OVERRIDING SYSTEM VALUE " : ") ");
	return n;
}

StatementColumn
create_column(List *rows, int attribute, Oid type)
{
	StatementColumn column = statement_column(type, list_length(rows));

	foreach_ptr(CreateRow, row, rows)
	{
		column.values[foreach_current_index(row)] = row->values[attribute];
		column.nulls[foreach_current_index(row)] = row->nulls[attribute];
	}
	return column;
}

bool
create_append_returning(SqlText *s, const Model *model, const char *alias, const bool *needed)
{
	if (memchr(needed, true, sizeof(bool) * model->nattributes) == NULL)
		return false;
	sql_append(s, " RETURNING %s", create_needed_columns(model, alias, needed));
	return true;
}

char *
create_needed_columns(const Model *model, const char *alias, const bool *needed)
{
	Attribute **columns = palloc_array(Attribute *, model->nattributes);
	int			n = 0;

	for (int a = 0; a < model->nattributes; a++)
	{
		if (needed[a])
			columns[n++] = &model->attributes[a];
	}
	return sql_columns(alias, n, columns);
}

/*
 * What came back is what was given.  A trigger of a partition, which the table itself
 * does not show, could have changed or skipped a row.
 */
static void
check_stored(const Model *model, List *rows, uint64 stored, const bool *needed)
{
	CreateRow  *read = create_row(model, NULL, NULL);
	KeyTable	keys;
	ListCell   *lc;
	bool		found;

	if (memchr(needed, true, sizeof(bool) * model->nattributes) == NULL)
		return;
	if (stored != (uint64) list_length(rows))
		create_raise_not_stored(model);
	if (model->nkey == 0 || !needed[model->key[0] - model->attributes])
		return;
	key_table_init(&keys, model->nkey, link_key_columns(model->nkey, model->key),
				   CurrentMemoryContext);
	foreach(lc, rows)
		(void) key_table_add(&keys, create_row_key(model, lfirst(lc), model->nkey, model->key),
							 &found);
	for (uint64 i = 0; i < stored; i++)
	{
		create_read_stored(model, read, needed, i);
		if (key_table_find(&keys, create_row_key(model, read, model->nkey, model->key)) < 0)
			create_raise_not_stored(model);
	}
}

void
create_read_stored(const Model *model, CreateRow *row, const bool *needed, uint64 number)
{
	int			column = 0;
	Datum		value;
	bool		isnull;

	for (int a = 0; a < model->nattributes; a++)
	{
		if (!needed[a])
			continue;
		value = statement_result(number, ++column, &isnull);
		if (row->given[a] && model->attributes[a].generated != '\0')
			need_generated(model, row, a, value, isnull);
		row->values[a] = value;
		row->nulls[a] = isnull;
		row->given[a] = true;
	}
}

/* error where the column has not what an association gives */
static void
need_generated(const Model *model, const CreateRow *row, int number, Datum value, bool isnull)
{
	Attribute  *attribute = &model->attributes[number];
	char	   *given = row->nulls[number] ? NULL : key_datum_text(row->values[number], attribute->type);

	if (row->nulls[number] == isnull &&
		(isnull || key_column_compare(link_key_columns(1, &attribute), row->values[number], value) == 0))
		return;
	validation_raise(model, list_make1(validation_generated(model, attribute, row->path,
															given ? validation_value(attribute->type, given) : "null")),
					 NULL);
}

void
create_raise_not_stored(const Model *model)
{
	ereport(ERROR,
			(errcode(ERRCODE_TRIGGERED_DATA_CHANGE_VIOLATION),
			 errmsg("a row of \"%s\" was not stored as it was given", model->name),
			 errdetail("A trigger or rule of the table skipped the row or changed its key.")));
}

List *
create_group_rows(const Model *model, List *rows)
{
	List	   *groups = NIL;

	foreach_ptr(CreateRow, row, rows)
	{
		ListCell   *group;

		foreach(group, groups)
		{
			CreateRow  *first = linitial(lfirst(group));

			if (memcmp(first->given, row->given, sizeof(bool) * model->nattributes) == 0 &&
				same_operations(model, first, row))
				break;
		}
		if (group == NULL)
			groups = lappend(groups, list_make1(row));
		else
			lfirst(group) = lappend(lfirst(group), row);
	}
	return groups;
}

static bool
same_operations(const Model *model, const CreateRow *a, const CreateRow *b)
{
	if (a->operations == NULL || b->operations == NULL)
		return a->operations == b->operations;
	return memcmp(a->operations, b->operations, model->nattributes) == 0;
}
