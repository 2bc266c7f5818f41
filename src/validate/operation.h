/*-------------------------------------------------------------------------
 *
 * operation.h
 *	  {"increment": 1} in place of a value: what becomes of the one that is there.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_OPERATION_H
#define ASSOC_OPERATION_H

#include "lib/stringinfo.h"
#include "validate/validator.h"

typedef enum Operation
{
	OPERATION_NONE,				/* a value */
	OPERATION_INCREMENT,
	OPERATION_DECREMENT,
	OPERATION_MULTIPLY,
	OPERATION_APPEND
} Operation;

/* where operations are allowed */
typedef enum OperationUse
{
	OPERATIONS_REFUSED,			/* an operation is an error: there is no value yet */
	OPERATIONS_TAKEN,
	OPERATIONS_FROM_ZERO		/* of a row that may be there: a new one begins with nothing, so that the
								 * operand is its value; a decrement comes back as an increment */
} OperationUse;

/*
 * The value for an attribute, and what to do with it.  Where it is an operation, the datum is its
 * operand, of the type that operation_type gives.  False: it fits no type, and a failure is appended.
 */
extern bool operation_read(const Model *model, const Attribute *attribute, const JsonbValue *value,
						   OperationUse use, const DocPath *row, Operation *operation,
						   Datum *datum, bool *isnull, List **failures);
extern Oid	operation_type(const Attribute *attribute, Operation operation);

/* the new value: the operand, or column OPERATOR operand */
extern char *operation_sql(Operation operation, const Attribute *attribute, const char *column,
						   const char *operand);
/* the same of row t and a column of rows k: see statement_rows */
extern char *operation_of_row(Operation operation, const Attribute *attribute, int column);

#endif							/* ASSOC_OPERATION_H */
