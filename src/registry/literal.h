/*-------------------------------------------------------------------------
 *
 * literal.h
 *	  JSON values as values of a column's type, and as literals in DDL.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_LITERAL_H
#define ASSOC_LITERAL_H

#include "base/errors.h"
#include "nodes/nodes.h"
#include "utils/jsonb.h"

/* key_value_from_jsonb; false and the error, in the current context, where the value does not fit */
extern bool literal_try_datum(const JsonbValue *value, Oid type, int32 typmod,
							  const DocPath *path, Datum *result, bool *isnull,
							  ErrorData **error);

/*
 * 'text'::type for DDL; NULL for JSON null.  A word that means the time of
 * evaluation (now, today) is an error on date/time types: the clock would stop at the declaration.
 */
extern char *literal_sql(const JsonbValue *value, Oid type, int32 typmod, const DocPath *path);

/* (expression) for DDL; an error where the text is not one whole expression */
extern char *literal_expression(const char *sql, const DocPath *path);

/* the raw parse tree of an expression that this module has written or checked */
extern Node *literal_parse_expression(const char *sql);

#endif							/* ASSOC_LITERAL_H */
