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
#include "base/exact_output.h"
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

static char *rows_as_values(SqlText *s, int nrows, int ncolumns, StatementColumn *columns);
static char *rows_as_unnest(SqlText *s, int nrows, int ncolumns, StatementColumn *columns);
static char *typed_rows(int ncolumns, const StatementColumn *columns, char *rows);
static Oid	unnested_array(Oid type);
static char *array_argument(SqlText *s, Oid type, Oid array_type, int n, Datum *values, bool *nulls);
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
	sql_append(s, "UPDATE %s AS t SET ", table);
}

void
statement_delete(SqlText *s, Oid relid, const char *table)
{
	init_target(s, relid, table);
	sql_append(s, "DELETE FROM %s AS t", table);
}

static void
init_target(SqlText *s, Oid relid, const char *table)
{
	statement_init(s);
	s->target = relid;
	s->table = table;
}

void
statement_from(SqlText *s, const char *rows)
{
	sql_append(s, " FROM ");
	s->has_from = true;
	s->rows_at = s->buf.len;
	sql_append(s, "%s", rows);
}

void
statement_where(SqlText *s, const char *condition)
{
	if (!s->has_from)
		s->rows_at = s->buf.len;
	sql_append(s, " WHERE %s", condition);
}

void
statement_returning(SqlText *s, const char *list)
{
	s->returning_at = s->buf.len;
	sql_append(s, "%s%s", RETURNING, list);
}

void
statement_lock_relations(const SqlText *s)
{
	foreach_oid(relation, *s->relations)
		rights_lock(relation, AccessShareLock);
}

void
statement_lock_rows(SqlText *s, const Model *model, const char *strength, const char *alias)
{
	if (rights_have(model->relid, ACL_UPDATE))
		sql_append(s, " FOR %s OF %s", strength, alias);
}

void
statement_touch(SqlText *s, const Model *model, const bool *given)
{
	Attribute  *column = kept_time_changed(model, given);

	if (column != NULL)
		sql_append(s, ", %s = pg_catalog.now()", quote_identifier(column->column));
}

char *
statement_equal(const char *ref, const Attribute *column, const char *right, const Attribute *key)
{
	Attribute	value = sql_value_key(key, column->collation);

	return sql_keys_equal(ref, column, right, &value);
}

char *
statement_equal_param(SqlText *s, const char *prefix, const Attribute *column, const Attribute *key,
					  Datum value)
{
	return statement_equal(sql_column(prefix, column), column,
						   sql_argument(s, key->type, value, false), key);
}

char *
statement_equal_key(SqlText *s, const char *prefix, int n, Attribute **columns, Attribute **key,
					const Datum *values)
{
	StringInfoData outer = sql_begin_part(s);

	for (int i = 0; i < n; i++)
		sql_append(s, "%s%s", i > 0 ? " AND " : "",
				   statement_equal_param(s, prefix, columns[i], key[i], values[i]));
	return sql_end_part(s, outer);
}

char *
statement_equal_any(SqlText *s, const char *prefix, const Attribute *column,
					const Attribute *key, int n, Datum *values)
{
	return statement_equal(sql_column(prefix, column), column,
						   psprintf("ANY (%s)", array_argument(s, key->type, get_array_type(key->type), n, values, NULL)), key);
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

char *
statement_rows(SqlText *s, int nrows, int ncolumns, StatementColumn *columns)
{
	StringInfoData outer = sql_begin_part(s);

	sql_append(s, nrows == 1 ? "(%s) AS k(" : "ROWS FROM (%s) AS k(",
			   nrows == 1 ? rows_as_values(s, 1, ncolumns, columns) : rows_as_unnest(s, nrows, ncolumns, columns));
	for (int c = 1; c <= ncolumns; c++)
		sql_append(s, "%sc%d", c > 1 ? ", " : "", c);
	sql_append(s, ")");
	return nrows == 1 ? sql_end_part(s, outer) : typed_rows(ncolumns, columns, sql_end_part(s, outer));
}

/* values that travelled as text have their type again */
static char *
typed_rows(int ncolumns, const StatementColumn *columns, char *rows)
{
	StringInfoData buf;
	bool		any = false;

	initStringInfo(&buf);
	for (int c = 0; c < ncolumns; c++)
	{
		bool		as_text = !OidIsValid(unnested_array(columns[c].type));
		char	   *value = psprintf("k.c%d", c + 1);

		any = any || as_text;
		appendStringInfo(&buf, "%s%s", c > 0 ? ", " : "",
						 as_text ? psprintf("CAST(%s AS %s) AS c%d", value, sql_type(columns[c].type, -1), c + 1) : value);
	}
	return any ? psprintf("(SELECT %s FROM %s) AS k", buf.data, rows) : rows;
}

/* with a parameter for each value */
static char *
rows_as_values(SqlText *s, int nrows, int ncolumns, StatementColumn *columns)
{
	StringInfoData outer = sql_begin_part(s);

	for (int row = 0; row < nrows; row++)
	{
		sql_append(s, "%s", row > 0 ? "), (" : "VALUES (");
		for (int c = 0; c < ncolumns; c++)
			sql_append(s, "%s%s", c > 0 ? ", " : "",
					   sql_argument(s, columns[c].type, columns[c].values[row],
									columns[c].nulls != NULL && columns[c].nulls[row]));
	}
	sql_append(s, ")");
	return sql_end_part(s, outer);
}

static char *
rows_as_unnest(SqlText *s, int nrows, int ncolumns, StatementColumn *columns)
{
	StringInfoData outer = sql_begin_part(s);

	for (int c = 0; c < ncolumns; c++)
		sql_append(s, "%spg_catalog.unnest(%s)", c > 0 ? ", " : "",
				   array_argument(s, columns[c].type, unnested_array(columns[c].type), nrows, columns[c].values,
								  columns[c].nulls));
	return sql_end_part(s, outer);
}

char *
statement_row_columns(int n)
{
	StringInfoData buf;

	initStringInfo(&buf);
	for (int c = 1; c <= n; c++)
		appendStringInfo(&buf, "%sk.c%d", c > 1 ? ", " : "", c);
	return buf.data;
}

char *
statement_equal_row(int n, Attribute **columns, Attribute **key, int first)
{
	StringInfoData buf;

	initStringInfo(&buf);
	for (int i = 0; i < n; i++)
		appendStringInfo(&buf, "%s%s", i > 0 ? " AND " : "",
						 statement_equal(sql_column("t", columns[i]), columns[i],
										 psprintf("k.c%d", first + i), key[i]));
	return buf.data;
}

void
statement_insert_rows(SqlText *s, const Model *model, int nrows, int ncolumns,
					  StatementColumn *columns)
{
	/* of INSERT .. SELECT .. ON CONFLICT Citus reports the rows that came, not those stored */
	if (nrows == 1 || model->distributed)
	{
		sql_append(s, "%s", rows_as_values(s, nrows, ncolumns, columns));
		return;
	}
	sql_append(s, "SELECT %s FROM %s", statement_row_columns(ncolumns), statement_rows(s, nrows, ncolumns, columns));
}

/*
 * The array whose elements come out of unnest as they are; none for a type without an array type
 * (arrays themselves), nor for rows, which become columns.
 */
static Oid
unnested_array(Oid type)
{
	return type_is_rowtype(type) ? InvalidOid : get_array_type(type);
}

/* Many values as one parameter.  Without an array type they travel as text. */
static char *
array_argument(SqlText *s, Oid type, Oid array_type, int n, Datum *values, bool *nulls)
{
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
	return sql_argument(s, array_type, PointerGetDatum(array), false);
}

static Datum *
values_as_text(Oid type, int n, Datum *values, bool *nulls)
{
	Datum	   *texts = palloc0_array(Datum, Max(n, 1));
	int			level = exact_output_begin(NULL);
	Oid			output;
	bool		is_varlena;

	getTypeOutputInfo(type, &output, &is_varlena);
	for (int i = 0; i < n; i++)
	{
		if (nulls == NULL || !nulls[i])
			texts[i] = CStringGetTextDatum(OidOutputFunctionCall(output, values[i]));
	}
	exact_output_end(level);
	return texts;
}

uint64
statement_lock_row(const Model *model, int nkey, Attribute **key, const Datum *values,
				   const char *clause)
{
	SqlText		s;
	uint64		rows;

	statement_init(&s);
	sql_append(&s, "SELECT FROM %s AS t WHERE %s FOR %s", model->quoted_table,
			   statement_equal_key(&s, "t", nkey, key, key, values), clause);
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
