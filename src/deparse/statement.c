/*-------------------------------------------------------------------------
 *
 * statement.c
 *	  Writes the pieces that the write verbs' SQL is made of, and runs it.
 *
 * Decides how keys are compared in SQL, how many rows become one parameter, and what comes
 * back where a rule did something else.  What a statement does, link_sql.c and create.c decide; how
 * long its plan is kept, statement_cache.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "base/compat.h"
#include "base/rights.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "deparse/sql_text.h"
#include "deparse/statement.h"
#include "executor/spi.h"
#include "registry/kept_times.h"
#include "registry/table_rewrites.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"

static const char RETURNING[] = " RETURNING ";

static void append_values(SqlText *s, int nrows, int ncolumns, StatementColumn *columns);
static void rows_as_unnest(SqlText *s, int nrows, int ncolumns, StatementColumn *columns);
static void array_param(SqlText *s, Oid type, int n, Datum *values, bool *nulls);
static Datum *values_as_text(Oid type, int n, Datum *values, bool *nulls);
static void init_target(SqlText *s, Oid relid, const char *table);
static uint64 run(SqlText *s, StatementMode mode, int expected);
static uint64 run_rewritten(SqlText *s, int expected);
static SqlText rows_of_statement(const SqlText *s);
static uint64 without_kept(SPITupleTable *table, uint64 n, uint64 nkept);
static bool same_tuple(HeapTuple a, HeapTuple b);

void
statement_init(SqlText *s)
{
	sql_text_init(s, 0, NULL, palloc0_object(List *));
	s->maxargs = 8;
	s->types = palloc_array(Oid, s->maxargs);
	s->values = palloc_array(Datum, s->maxargs);
	s->nulls = palloc_array(char, s->maxargs);
}

void
statement_update(SqlText *s, Oid relid, const char *table)
{
	init_target(s, relid, table);
	appendStringInfo(&s->buf, "UPDATE %s AS t SET ", table);
}

void
statement_delete(SqlText *s, Oid relid, const char *table)
{
	init_target(s, relid, table);
	appendStringInfo(&s->buf, "DELETE FROM %s AS t", table);
}

static void
init_target(SqlText *s, Oid relid, const char *table)
{
	statement_init(s);
	s->target = relid;
	s->table = table;
}

void
statement_from(SqlText *s)
{
	appendStringInfoString(&s->buf, " FROM ");
	s->has_from = true;
	s->rows_at = s->buf.len;
}

void
statement_where(SqlText *s)
{
	if (!s->has_from)
		s->rows_at = s->buf.len;
	appendStringInfoString(&s->buf, " WHERE ");
}

void
statement_returning(SqlText *s)
{
	s->returning_at = s->buf.len;
	appendStringInfoString(&s->buf, RETURNING);
}

void
statement_param(SqlText *s, Oid type, Datum value, bool isnull)
{
	appendStringInfoString(&s->buf, sql_argument(s, type, value, isnull));
}

void
statement_lock_relations(const SqlText *s)
{
	foreach_oid(relation, *s->relations)
		rights_lock(relation, AccessShareLock);
}

void
statement_columns(SqlText *s, const char *prefix, int n, Attribute **columns)
{
	appendStringInfoString(&s->buf, sql_columns(prefix, n, columns));
}

void
statement_touch(SqlText *s, const Model *model, const bool *given)
{
	Attribute  *column = kept_time_changed(model, given);

	if (column != NULL)
		appendStringInfo(&s->buf, ", %s = pg_catalog.now()", quote_identifier(column->column));
}

void
statement_equal(SqlText *s, const char *ref, const Attribute *column,
				const char *right, const Attribute *key)
{
	Attribute	value = sql_value_key(key, column->collation);

	appendStringInfoString(&s->buf, sql_keys_equal(ref, column, right, &value));
}

void
statement_equal_param(SqlText *s, const char *prefix, const Attribute *column,
					  const Attribute *key, Datum value)
{
	statement_equal(s, sql_column(prefix, column), column, "", key);
	statement_param(s, key->type, value, false);
}

void
statement_equal_key(SqlText *s, const char *prefix, int n, Attribute **columns, Attribute **key,
					const Datum *values)
{
	for (int i = 0; i < n; i++)
	{
		appendStringInfoString(&s->buf, i > 0 ? " AND " : "");
		statement_equal_param(s, prefix, columns[i], key[i], values[i]);
	}
}

void
statement_equal_any(SqlText *s, const char *prefix, const Attribute *column,
					const Attribute *key, int n, Datum *values)
{
	statement_equal(s, sql_column(prefix, column), column, "ANY (", key);
	array_param(s, key->type, n, values, NULL);
	appendStringInfoChar(&s->buf, ')');
}

StatementColumn
statement_column(Oid type, int nrows)
{
	return (StatementColumn) {type, palloc0_array(Datum, Max(nrows, 1)),
		palloc0_array(bool, Max(nrows, 1))};
}

StatementColumn *
statement_keys(StatementColumn *columns, int n, Attribute **key, int nrows, Datum **keys)
{
	for (int c = 0; c < n; c++)
	{
		columns[c] = statement_column(key[c]->type, nrows);
		for (int i = 0; i < nrows; i++)
			columns[c].values[i] = keys[i][c];
	}
	return columns + n;
}

void
statement_rows(SqlText *s, int nrows, int ncolumns, StatementColumn *columns)
{
	if (nrows == 1)
	{
		appendStringInfoChar(&s->buf, '(');
		append_values(s, 1, ncolumns, columns);
		appendStringInfoChar(&s->buf, ')');
	}
	else
		rows_as_unnest(s, nrows, ncolumns, columns);

	appendStringInfoString(&s->buf, " AS k(");
	for (int c = 1; c <= ncolumns; c++)
		appendStringInfo(&s->buf, "%sc%d", c > 1 ? ", " : "", c);
	appendStringInfoChar(&s->buf, ')');
}

/* VALUES, with a parameter for each value */
static void
append_values(SqlText *s, int nrows, int ncolumns, StatementColumn *columns)
{
	for (int row = 0; row < nrows; row++)
	{
		appendStringInfoString(&s->buf, row > 0 ? "), (" : "VALUES (");
		for (int c = 0; c < ncolumns; c++)
		{
			appendStringInfoString(&s->buf, c > 0 ? ", " : "");
			statement_param(s, columns[c].type, columns[c].values[row],
							columns[c].nulls != NULL && columns[c].nulls[row]);
		}
	}
	appendStringInfoChar(&s->buf, ')');
}

static void
rows_as_unnest(SqlText *s, int nrows, int ncolumns, StatementColumn *columns)
{
	appendStringInfoString(&s->buf, "ROWS FROM (");
	for (int c = 0; c < ncolumns; c++)
	{
		appendStringInfoString(&s->buf, c > 0 ? ", pg_catalog.unnest(" : "pg_catalog.unnest(");
		array_param(s, columns[c].type, nrows, columns[c].values, columns[c].nulls);
		appendStringInfoChar(&s->buf, ')');
	}
	appendStringInfoChar(&s->buf, ')');
}

void
statement_row_column(SqlText *s, int number, Oid type)
{
	if (OidIsValid(get_array_type(type)))
		appendStringInfo(&s->buf, "k.c%d", number);
	else
		appendStringInfo(&s->buf, "CAST(k.c%d AS %s)", number, sql_type(type, -1));
}

void
statement_row_key(SqlText *s, int n, Attribute **key)
{
	for (int i = 0; i < n; i++)
	{
		appendStringInfoString(&s->buf, i > 0 ? ", " : "");
		statement_row_column(s, i + 1, key[i]->type);
	}
}

void
statement_equal_row(SqlText *s, int n, Attribute **columns, Attribute **key, int first)
{
	for (int i = 0; i < n; i++)
	{
		appendStringInfoString(&s->buf, i > 0 ? " AND " : "");
		statement_equal(s, sql_column("t", columns[i]), columns[i], psprintf("k.c%d", first + i),
						key[i]);
	}
}

void
statement_insert_rows(SqlText *s, const Model *model, int nrows, int ncolumns,
					  StatementColumn *columns)
{
	/* of INSERT .. SELECT .. ON CONFLICT Citus reports the rows that came, not those stored */
	if (nrows == 1 || model->distributed)
	{
		append_values(s, nrows, ncolumns, columns);
		return;
	}
	appendStringInfoString(&s->buf, "SELECT ");
	for (int c = 0; c < ncolumns; c++)
	{
		appendStringInfoString(&s->buf, c > 0 ? ", " : "");
		statement_row_column(s, c + 1, columns[c].type);
	}
	appendStringInfoString(&s->buf, " FROM ");
	statement_rows(s, nrows, ncolumns, columns);
}

/*
 * Many values as one parameter.  A type without an array type (arrays
 * themselves) travels as text, and statement_row_column casts it back.
 */
static void
array_param(SqlText *s, Oid type, int n, Datum *values, bool *nulls)
{
	Oid			array_type = get_array_type(type);
	Oid			element = type;
	int16		typlen;
	bool		typbyval;
	char		typalign;
	int			dims[1] = {n};
	int			lbs[1] = {1};
	ArrayType  *array;

	if (!OidIsValid(array_type))
	{
		values = values_as_text(type, n, values, nulls);
		element = TEXTOID;
		array_type = TEXTARRAYOID;
	}
	s->nrows = Max(s->nrows, n);
	get_typlenbyvalalign(element, &typlen, &typbyval, &typalign);
	if (n == 0)
		array = construct_empty_array(element);
	else
		array = construct_md_array(values, nulls, 1, dims, lbs,
								   element, typlen, typbyval, typalign);
	statement_param(s, array_type, PointerGetDatum(array), false);
}

static Datum *
values_as_text(Oid type, int n, Datum *values, bool *nulls)
{
	Datum	   *texts = palloc_array(Datum, Max(n, 1));
	Oid			output;
	bool		is_varlena;

	getTypeOutputInfo(type, &output, &is_varlena);
	for (int i = 0; i < n; i++)
	{
		if (nulls == NULL || !nulls[i])
			texts[i] = CStringGetTextDatum(OidOutputFunctionCall(output, values[i]));
		else
			texts[i] = (Datum) 0;
	}
	return texts;
}

uint64
statement_lock_row(const Model *model, int nkey, Attribute **key, const Datum *values,
				   const char *clause)
{
	SqlText		s;
	uint64		rows;

	statement_init(&s);
	appendStringInfo(&s.buf, "SELECT FROM %s AS t WHERE ", model->quoted_table);
	statement_equal_key(&s, "t", nkey, key, key, values);
	appendStringInfo(&s.buf, " FOR %s", clause);
	rows = statement_run(&s, STATEMENT_WRITE, SPI_OK_SELECT);
	SPI_freetuptable(SPI_tuptable);
	return rows;
}

uint64
statement_run(SqlText *s, StatementMode mode, int expected)
{
	bool		update = expected == SPI_OK_UPDATE_RETURNING;

	if ((update || expected == SPI_OK_DELETE_RETURNING) &&
		!table_returns(s->target, update ? CMD_UPDATE : CMD_DELETE))
		return run_rewritten(s, update ? SPI_OK_UPDATE : SPI_OK_DELETE);
	return run(s, mode, expected);
}

/* SPI leaves its own memory context current; what the caller makes of the rows must outlive that */
static uint64
run(SqlText *s, StatementMode mode, int expected)
{
	MemoryContext caller = CurrentMemoryContext;
	int			result = statement_cache_run(s, mode);

	/* SPI leaves its own context behind, which does not outlive SPI_finish */
	MemoryContextSwitchTo(caller);
	/* a rule did something else in its place */
	if (result == SPI_OK_REWRITTEN && (expected == SPI_OK_INSERT || expected == SPI_OK_UPDATE ||
									   expected == SPI_OK_DELETE))
		return 0;
	if (result != expected)
		elog(ERROR, "statement returned %s: %s", SPI_result_code_string(result), s->buf.data);
	return SPI_processed;
}

Datum
statement_result(uint64 row, int column, bool *isnull)
{
	Form_pg_attribute att = TupleDescAttr(SPI_tuptable->tupdesc, column - 1);
	Datum		value = SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, column, isnull);

	return *isnull ? (Datum) 0 : datumCopy(value, att->attbyval, att->attlen);
}

Datum *
statement_key(uint64 row, int first_column, int n)
{
	Datum	   *values = palloc_array(Datum, n);

	for (int i = 0; i < n; i++)
	{
		bool		isnull;

		values[i] = statement_result(row, first_column + i, &isnull);
		if (isnull)
			return NULL;
	}
	return values;
}

bool
statement_is_true(uint64 row, int column)
{
	bool		isnull;

	return DatumGetBool(SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, column,
									  &isnull));
}

/* what is run has no RETURNING: its list is selected from the rows that it is about */
static uint64
run_rewritten(SqlText *s, int expected)
{
	SqlText		rows = rows_of_statement(s);
	SqlText		statement = *s;
	uint64		n = run(&rows, STATEMENT_WRITE, SPI_OK_SELECT);
	SPITupleTable *table = SPI_tuptable;

	statement.buf.data = pnstrdup(s->buf.data, s->returning_at);
	(void) run(&statement, STATEMENT_WRITE, expected);
	if (n > 0)
		n = without_kept(table, n, run(&rows, STATEMENT_WRITE, SPI_OK_SELECT));
	SPI_tuptable = table;
	SPI_processed = n;
	return n;
}

/* with what it returns of them, and which version they are */
static SqlText
rows_of_statement(const SqlText *s)
{
	SqlText		rows = *s;
	char		relkind = get_rel_relkind(s->target);
	bool		stored = relkind == RELKIND_RELATION || relkind == RELKIND_PARTITIONED_TABLE;

	Assert(s->rows_at > 0 && s->returning_at > s->rows_at);
	initStringInfo(&rows.buf);
	appendStringInfo(&rows.buf, "SELECT %s, %s FROM %s AS t%s",
					 s->buf.data + s->returning_at + strlen(RETURNING),
					 stored ? "t.tableoid, t.ctid" : "CAST(t.* AS pg_catalog.text)", s->table,
					 s->has_from ? ", " : "");
	appendBinaryStringInfo(&rows.buf, s->buf.data + s->rows_at, s->returning_at - s->rows_at);
	return rows;
}

/* rows that the rule keeps as they are: they are found again, in the same order */
static uint64
without_kept(SPITupleTable *table, uint64 n, uint64 nkept)
{
	uint64		gone = 0;
	uint64		next = 0;

	for (uint64 i = 0; i < n; i++)
	{
		uint64		k = 0;

		while (k < nkept && !same_tuple(table->vals[i], SPI_tuptable->vals[(next + k) % nkept]))
			k++;
		if (k == nkept)
			table->vals[gone++] = table->vals[i];
		else
			next = next + k + 1;
	}
	SPI_freetuptable(SPI_tuptable);
	return gone;
}

static bool
same_tuple(HeapTuple a, HeapTuple b)
{
	return a->t_len == b->t_len &&
		memcmp((char *) a->t_data + SizeofHeapTupleHeader, (char *) b->t_data + SizeofHeapTupleHeader,
			   a->t_len - SizeofHeapTupleHeader) == 0;
}
