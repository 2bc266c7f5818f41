/*-------------------------------------------------------------------------
 *
 * violation.h
 *	  What the server says of a row that it refuses, in terms of the caller's data.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_VIOLATION_H
#define ASSOC_VIOLATION_H

#include "validate/validator.h"

/* a row that a statement writes, with its values by number in model->attributes */
typedef struct WrittenRow
{
	const DocPath *path;		/* its place in the data */
	const bool *given;			/* NULL: none is */
	const Datum *values;
	const bool *nulls;
} WrittenRow;

/* what a statement writes to a table */
typedef struct Written
{
	const Model *model;
	List	   *checks;			/* as row_validator_checks gives them */
	int			nrows;
	const WrittenRow *rows;
	const struct ViolationFacts *facts; /* violation_prepare's */
} Written;

/* before the statement runs: nothing is looked up any more when it has failed */
extern void violation_prepare(Written *written);

/*
 * Raise the error of a statement again, as validation_raise does, where it says that a row was
 * refused; else return.  What could not be told of one row is told of the place that all have
 * in common.
 */
extern void violation_raise(const Written *written, const ErrorData *error);

#endif							/* ASSOC_VIOLATION_H */
