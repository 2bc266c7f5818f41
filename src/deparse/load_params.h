/*-------------------------------------------------------------------------
 *
 * load_params.h
 *	  Parameters of the statements that load rows, and their values for one run.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_LOAD_PARAMS_H
#define ASSOC_LOAD_PARAMS_H

#include "base/document.h"
#include "nodes/nodes.h"
#include "utils/jsonb.h"

/* what is made of a text before it is a LIKE pattern: wildcards in it escaped */
typedef enum PatternForm
{
	PATTERN_NONE,				/* not a pattern, or one that the caller wrote */
	PATTERN_PREFIX,
	PATTERN_SUFFIX,
	PATTERN_SUBSTRING
} PatternForm;

/* a value that statements of the plan take, after the keys */
typedef struct LoadParam
{
	Oid			type;			/* what it is converted to */
	int32		typmod;
	const DocPath *path;		/* place in the options, for errors */
	char	   *name;			/* of a value in the params document; NULL: literal */
	Jsonb	   *literal;		/* one that is converted at every run; NULL: see value */
	Datum		value;			/* of a literal, converted when compiled */
	bool		isnull;
	Jsonb	   *unmade;			/* a literal that was left as it is (sql_leave_values_unmade) */
	bool		any_plan;		/* a plan that does not know the value is as good */
	bool		no_null_elements;	/* an array of a list, where null is an error */
	PatternForm pattern;
	bool		row_count;		/* limit, offset: NULL means none, below 0 is an error */
	bool		page_size;		/* of a page: NULL and 0 are errors too */
	int			cursor_length;	/* a value of a cursor that is a named value: how many it */
	int			cursor_number;	/*   has, and which; 0: not of a cursor */
	bool		cursor_not_null;
	bool		no_cursor;		/* boolean: is the named value null? */
} LoadParam;

/*
 * Values of parameters for one run: literals, and named ones from the params
 * document (may be NULL).  Error 22023 for a name that it does not have.
 */
extern void load_params_bind(int nparams, LoadParam *list, Jsonb *params,
							 Datum *values, char *nulls);
/* the value of that name in the params document; error 22023 when it has none */
extern JsonbValue *load_param_named(const LoadParam *param, const JsonbValue *document);
/* is it a literal that means the same in every run? */
extern bool load_param_is_constant(const LoadParam *param);
/* the value as the parser has constants; of a literal that is one in every run */
extern Node *load_param_constant(const LoadParam *param, Datum value, bool isnull);
extern Node *load_param_literal(const LoadParam *param);
/* a value of a cursor; error 22023 when this is no cursor of that length, or null is wrong */
extern JsonbValue load_cursor_value(const JsonbValue *cursor, const DocPath *path, int length,
									int number, bool not_null);

#endif							/* ASSOC_LOAD_PARAMS_H */
