/*-------------------------------------------------------------------------
 *
 * key_lookup.h
 *	  Rows that are named by another key than the one by which they are linked.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_KEY_LOOKUP_H
#define ASSOC_KEY_LOOKUP_H

#include "base/errors.h"
#include "deparse/statement.h"

/* columns of a table by which callers name its rows */
typedef struct KeyColumns
{
	int			n;				/* 0: none */
	Attribute **columns;
} KeyColumns;

/* the primary key; a table without one is named by the key that is linked */
extern KeyColumns key_of_callers(const Model *model, int nlinked, Attribute **linked);
/* the same columns, in the same order */
extern bool key_columns_same(KeyColumns one, KeyColumns other);

/*
 * The unique key that has just these attributes of an object; those that are listed (NULL at
 * the end) say something else.  The primary key where it has more, or none are given.  None:
 * there is no such key.
 */
extern KeyColumns key_named_by(const Model *model, const JsonbValue *object,
							   const char *const *others);
/* error 22023 for an object of which that is true: what could be given */
pg_noreturn extern void key_raise_not_unique(const Model *model, const JsonbValue *object,
											 const char *const *others, const char *advice,
											 const DocPath *path);
/* error 42501 where a row may not be looked for by one of them */
extern void key_check_hidden(const Model *model, KeyColumns named, const DocPath *path);

/*
 * Values of the requested columns in the rows that have these of the named ones; NULL
 * where there is no row, or a value is null.  In the current memory context; connects to SPI.
 */
extern Datum **key_lookup(const Model *model, KeyColumns named, int n, Datum **values,
						  KeyColumns requested, StatementMode mode);

#endif							/* ASSOC_KEY_LOOKUP_H */
