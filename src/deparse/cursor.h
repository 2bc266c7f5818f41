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
	uint32		filter;			/* of which rows there are, but for the values that they are compared with */
	List	   *values;			/* of OptionValue *: those, until cursor_shape_finish() */
	List	   *pieces;			/* of FilterPiece *: what these print */
} CursorShape;

/* a part of the text of a filter's values: what is the same in every run, and a value that is not */
typedef struct FilterPiece
{
	char	   *text;
	char	   *name;			/* of the value in the params document; NULL: of a literal, or no value */
	int			param;			/* the parameter that has the literal; -1: none has */
} FilterPiece;

struct LoadParam;

extern uint32 cursor_digest(const char *text);
/* when the parameters of a plan are known: some of the values are among them */
extern void cursor_shape_finish(CursorShape *shape, int nparams, const struct LoadParam *list);
/* of the filter with the values that a run has */
extern uint32 cursor_filter(const CursorShape *shape, const JsonbValue *params,
							const struct LoadParam *list);

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
