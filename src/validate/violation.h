/*-------------------------------------------------------------------------
 *
 * violation.h
 *	  The server's errors about a row that it refuses, in terms of the caller's data.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_VIOLATION_H
#define ASSOC_VIOLATION_H

#include "deparse/statement.h"
#include "validate/validator.h"

/* a row that a statement writes, by number in model->attributes */
typedef struct WrittenRow
{
	int			number;			/* violation.c's */
	const DocPath *path;		/* its path in the data */
	const bool *given;			/* NULL: none is */
	const bool *is_explicit;	/* by the data itself; NULL: all that is given */
	const Datum *values;
	const bool *nulls;
	const char *operations;		/* of Operation, of what is not given so; NULL: none */
	const DocPath *const *paths;	/* where what is given stands in the data, or &violation_nowhere;
									 * NULL, here or there: as a member of the row, if explicit */
} WrittenRow;

/* the path of what the data does not give */
extern const DocPath violation_nowhere;

/* what a statement writes to a table */
typedef struct Written
{
	const Model *model;
	List	   *checks;			/* as validator_row_checks gives them */
	int			nrows;
	/* the rows by number, requested when there is an error: no catalog is to be read */
	WrittenRow	(*row) (const struct Written *written, int number);
	const void *data;			/* for row() */
	const struct ViolationFacts *facts; /* violation.c's, as what follows */
	char	  **early;			/* values as text, by row, and by attribute among facts->early */
} Written;

/*
 * Run a statement that writes these rows, as statement_run does.  An error about a row that was
 * refused is raised as validation_raise does it; what cannot be reported for one row is reported for the
 * path that all have in common.
 */
extern uint64 violation_run(SqlText *s, int expected, Written *written);

#endif							/* ASSOC_VIOLATION_H */
