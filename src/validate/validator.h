/*-------------------------------------------------------------------------
 *
 * validator.h
 *	  Validators: declared in documents, kept as named CHECK constraints, checked
 *	  all at once by the write verbs.
 *
 * PostgreSQL stops at the first constraint that fails.  The write verbs first
 * evaluate all of a row's NOT NULL and CHECK constraints here, as they are in
 * the catalogs (hand-written ones too), and raise every failure in one error.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_VALIDATOR_H
#define ASSOC_VALIDATOR_H

#include "base/errors.h"
#include "registry/registry_cache.h"

/* one validator of an attribute */
typedef struct ValidatorDef
{
	char	   *name;			/* isIn, len, ... */
	char	   *constraint;		/* name of the CHECK constraint */
	char	   *expression;		/* over the quoted column; immutable, schema-qualified; NULL: notNull */
	char	   *message;		/* own message, kept as the constraint's comment; or NULL */
} ValidatorDef;

/*
 * {"isIn": [["a","b"]], "len": [2, 10]} of one attribute -> List of ValidatorDef without constraint names.
 * notNull has no expression: the caller makes the column NOT NULL.  What the column's type
 * already guarantees (isInt of an integer) needs no constraint and gives none.
 */
extern List *validators_parse(JsonbValue *doc, const char *column, Oid type, const DocPath *path);

/* whether a constraint's name ends in _ and a validator's name; that name, or NULL */
extern const char *validator_of_constraint(const char *constraint);

/* a failure; written as {"path","validator","message","value"} */
typedef struct ValidationFailure
{
	char	   *path;			/* attribute, or projects[1].role */
	char	   *validator;		/* isIn, notNull, check, type, unknown ... */
	char	   *message;
	char	   *value;			/* as JSON; NULL: SQL NULL or not to be shown */
	int			sqlstate;		/* type, generated: of the value's error, else 0 */
} ValidationFailure;

/* a CHECK constraint of a table, as its failure is reported */
typedef struct CheckTerms
{
	const char *constraint;
	const char *validator;		/* isIn, or "check" for one written by hand */
	char	   *message;
	Attribute  *attribute;		/* the one column that it is about; NULL: several */
} CheckTerms;

/*
 * Checks candidate rows of a model: prepares the constraints once, checks any
 * number of rows, and is ended in the same memory context.
 *
 * values/nulls/given are by attribute number - 1, given marks the columns that the statement
 * sets; constraints that touch another column are left to the statement itself, unless it is
 * inserted and its default is known before.  All but those of domains are left to it where the
 * table may change the row before it judges it (table_rewrites.c).  Failures are appended.
 */
typedef struct RowValidator RowValidator;

extern RowValidator *validator_row_begin(const Model *model);
extern List *validator_row_check(RowValidator *validator, const Datum *values,
								 const bool *nulls, const bool *given, bool inserting,
								 const DocPath *path, List *failures);
/* columns (Attribute *) of the rows that follow that get a value later */
extern void validator_row_expect(RowValidator *validator, List *columns);
extern void validator_row_end(RowValidator *validator);
/* what the table's CHECK constraints are called when they fail, of CheckTerms * */
extern List *validator_row_checks(const RowValidator *validator);
/* how long values, nulls and given are, dropped columns included */
extern int	validator_row_ncolumns(const RowValidator *validator);

/* all in one, for a single row */
extern List *validate_row(const Model *model, const Datum *values, const bool *nulls,
						  const bool *given, bool inserting,
						  const DocPath *path, List *failures, List **checks);

/* one failure of an attribute; the value is in the caller's hands already */
extern ValidationFailure *validation_failure(const DocPath *path, const char *attribute,
											 const char *validator, const char *message,
											 const char *value);

/* such a value: what the output function of a base type writes, or a member of a document */
extern char *validation_value(Oid type, const char *text);
extern char *validation_json_value(const JsonbValue *value);

/*
 * One value of the row at a path as a value of its column.  False: it is none, and a failure is
 * appended.  A domain's constraints are not checked.
 */
extern bool validation_read(const Model *model, const Attribute *attribute,
							const JsonbValue *value, const DocPath *row,
							Datum *datum, bool *isnull, List **failures);

/* the same for a value to be stored, which a column that is always generated does not take */
extern bool validation_read_column(const Model *model, const Attribute *attribute,
								   const JsonbValue *value, const DocPath *row,
								   Datum *datum, bool *isnull, List **failures);

extern bool validation_is_generated(const Attribute *attribute);
extern ValidationFailure *validation_generated(const Model *model, const Attribute *attribute,
											   const DocPath *row, const char *value);

/* [{"path", "validator", "message", "value"}], as JSON text */
extern char *validation_json(List *failures);

/*
 * Raise them all: ERRCODE_CHECK_VIOLATION (ERRCODE_NOT_NULL_VIOLATION where all are notNull, the
 * code of a value that does not fit where all are of types), DETAIL the JSON array, the hint if it
 * is not NULL; returns when there are none.
 */
extern void validation_raise(const Model *model, List *failures, const char *hint);

/* where two paths of a document begin alike */
extern const DocPath *validation_common_path(const DocPath *a, const DocPath *b);

/* the same with the code and the names of the server's own error, which these failures report */
extern void validation_raise_violation(List *failures, const ErrorData *error);

#endif							/* ASSOC_VALIDATOR_H */
