/*-------------------------------------------------------------------------
 *
 * cursor.h
 *	  Cursors of pages: a position in an order, as text.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_CURSOR_H
#define ASSOC_CURSOR_H

#include "base/document.h"

/* what the cursors of a list hold, and which list it is */
typedef struct CursorShape
{
	int			length;
	Oid		   *types;			/* base types of what rows are ordered by */
	bool	   *not_null;
	uint32		order;			/* a digest of it */
	uint32		filter;			/* of which rows there are, but for the values of these parameters */
	List	   *params;			/* of char *: their names in the params document */
} CursorShape;

extern uint32 cursor_digest(const char *text);
/* of the filter with the values that a run has for its parameters */
extern uint32 cursor_filter(const CursorShape *shape, const JsonbValue *params);

/* of the row with these values, by number of the column; zero-terminated */
extern char *cursor_text(const CursorShape *shape, uint32 filter, const int *columns,
						 const Datum *values, const bool *nulls);

/*
 * The n-th value of a cursor: of a text, or of an array of values by which somebody gives a position
 * himself.  Error 22023 for what is no cursor, or one of another list.
 */
extern Datum cursor_value(const CursorShape *shape, const JsonbValue *cursor, int n, uint32 filter,
						  const DocPath *path, bool *isnull);

#endif							/* ASSOC_CURSOR_H */
