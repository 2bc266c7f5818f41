/*-------------------------------------------------------------------------
 *
 * statement.h
 *	  SQL statements of the write verbs: text with parameters, run through
 *	  cached SPI plans as the caller.
 *
 * A statement is written afresh for every call from the compiled registry, after
 * its tables were locked, so its text is always right; only the plan behind equal
 * text is kept.  Values are parameters, never text.
 *
 * What makes arguments returns text that names them: of two such calls in one list C does
 * not say which comes first, and the text of a statement must be the same each time.
 *
 * Callers are connected to SPI.  Results stand in SPI_tuptable and SPI_processed
 * until the next statement.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_STATEMENT_H
#define ASSOC_STATEMENT_H

#include "deparse/sql_text.h"
#include "lib/stringinfo.h"
#include "registry/registry_cache.h"

/* what a statement sees, and whether it may write */
typedef enum StatementMode
{
	STATEMENT_READ,				/* the snapshot of the calling statement; writes nothing */
	STATEMENT_WRITE,			/* a new snapshot, as the next statement of the transaction */
	STATEMENT_LATEST			/* what is committed now, whatever the isolation level */
} StatementMode;

extern void statement_init(SqlText *s);
/* the same, and append "UPDATE table AS t SET ", "DELETE FROM table AS t" */
extern void statement_update(SqlText *s, Oid relid, const char *table);
extern void statement_delete(SqlText *s, Oid relid, const char *table);

/* append FROM, WHERE, RETURNING: the clauses by which statement_run knows the rows of one of these */
extern void statement_from(SqlText *s, const char *rows);
extern void statement_where(SqlText *s, const char *condition);
extern void statement_returning(SqlText *s, const char *list);

/* lock the tables that its conditions named */
extern void statement_lock_relations(const SqlText *s);

/* append FOR ... OF alias; a row lock needs the right to UPDATE, which a role that may only delete need not have */
extern void statement_lock_rows(SqlText *s, const Model *model, const char *strength, const char *alias);

/* append ", updated_at = now()" to an UPDATE's list where the verb keeps it; given as in kept_times.h */
extern void statement_touch(SqlText *s, const Model *model, const bool *given);

/* ---- statement_set.c: the list of an UPDATE ---- */

/* append "column = value", with a comma but for the first */
extern void statement_set(SqlText *s, const Attribute *column, const char *value);
/* append the positions that rows lose by what was set: see statement_unplace.c */
extern void statement_set_positions(SqlText *s, const Model *model);
/* statement_update that marks rows as deleted, or statement_delete where there is no such column */
extern void statement_remove(SqlText *s, const Model *model, const Attribute *deleted_at);

/* ---- statement_unplace.c ---- */

/* append ", position = ..." for what keeps an order over a key of "t" that is written; values: as SQL, by attribute, or NULL */
extern void statement_unplace(StringInfo sql, const Model *model, char *const *values);
extern bool statement_is_position(const Model *model, AttrNumber attnum);

/*
 * A column that points, equal to a key that is given, as a foreign key compares them (a key's
 * own column points at itself): ref = right; t."column" = $n; t."column" = ANY ($n)
 */
extern char *statement_equal(const char *ref, const Attribute *column, const char *right,
							 const Attribute *key);
extern char *statement_equal_param(SqlText *s, const char *prefix, const Attribute *column,
								   const Attribute *key, Datum value);
/* the same of all columns of a key, ANDed */
extern char *statement_equal_key(SqlText *s, const char *prefix, int n, Attribute **columns,
								 Attribute **key, const Datum *values);
extern char *statement_equal_any(SqlText *s, const char *prefix, const Attribute *column,
								 const Attribute *key, int n, Datum *values);

/* a column of rows handed to a statement */
typedef struct StatementColumn
{
	Oid			type;
	Datum	   *values;			/* one per row */
	bool	   *nulls;			/* NULL: none is null */
} StatementColumn;

/* a column with room for the values of so many rows, none of them null */
extern StatementColumn statement_column(Oid type, int nrows);
/* the n columns of keys, one for each row; returns where the next column goes */
extern StatementColumn *statement_keys(StatementColumn *columns, int n, Attribute **key,
									   int nrows, Datum **keys);

/*
 * The rows as a FROM item "k" with columns c1, c2, ...: unnest of one array a column,
 * or VALUES for a single row.  statement_row_columns are the first n of them.
 */
extern char *statement_rows(SqlText *s, int nrows, int ncolumns, StatementColumn *columns);
extern char *statement_row_columns(int n);
/* t."a" = k.c3 AND t."b" = k.c4: columns of the rows from the first one on, which are values of these keys */
extern char *statement_equal_row(int n, Attribute **columns, Attribute **key, int first);
/* append the rows as the source of an INSERT into the model's table */
extern void statement_insert_rows(SqlText *s, const Model *model, int nrows, int ncolumns,
								  StatementColumn *columns);

/*
 * Run it; returns the number of rows in SPI_tuptable.  "expected" is SPI_OK_SELECT,
 * SPI_OK_INSERT_RETURNING, ...  The current memory context stays the caller's.
 *
 * Where a rule does something else in place of an UPDATE or DELETE ... RETURNING, which gives no rows, those that it
 * is about are read before and after: what stands as it was is kept, the others are returned as they were.
 */
extern uint64 statement_run(SqlText *s, StatementMode mode, int expected);
/* (statement_cache.c) run it by a plan that is kept; what SPI returns */
extern int	statement_cache_run(SqlText *s, StatementMode mode);
/* a value of a row of SPI_tuptable, copied; columns count from 1 */
extern Datum statement_result(uint64 row, int column, bool *isnull);
/* n values from that column on; NULL: one of them is null */
extern Datum *statement_key(uint64 row, int first_column, int n);
/* a boolean there; null is false */
extern bool statement_is_true(uint64 row, int column);

/*
 * Lock the row with this key; clause is what follows FOR ("NO KEY UPDATE", "UPDATE SKIP LOCKED").
 * Returns 0 where there is none, or it was skipped.  What Citus keeps can only be locked so.
 */
extern uint64 statement_lock_row(const Model *model, int nkey, Attribute **key,
								 const Datum *values, const char *clause);

#endif							/* ASSOC_STATEMENT_H */
