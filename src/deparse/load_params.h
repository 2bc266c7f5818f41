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
#define CURSOR_NONE (-1)		/* boolean: is the cursor null? */
#define CURSOR_FILTER (-2)		/* integer: digest of the filter of this run, for the cursors that it gives */

struct CursorShape;

typedef struct LoadParam
{
	Oid			type;			/* what it is converted to */
	int32		typmod;
	const DocPath *path;		/* place in the options, for errors */
	char	   *name;			/* of a value in the params document; NULL: literal */
	bool		optional;		/* that may be missing: null */
	bool		missing;		/* boolean: is that value null? */
	Jsonb	   *literal;		/* one that is converted at every run; NULL: see value */
	Datum		value;			/* of a literal, converted when compiled */
	bool		isnull;
	const void *address;			/* of a literal that calls may differ in: see load_param_place; NULL: not */
	const JsonbValue *given;	/* its value, for the run that begins next */
	Jsonb	   *unmade;			/* a literal that was left as it is (sql_leave_values_unmade) */
	bool		generic_plan_ok;		/* a plan that does not know the value is as good */
	bool		no_null_elements;	/* an array of a list, where null is an error */
	Oid			set;			/* the value is a list of this array type, and what is given is how many
								 * different ones are in it; invalid: it is given itself */
	Oid			set_collation;	/* that says which are different */
	PatternForm pattern;
	bool		row_count;		/* limit, offset: NULL means none, below 0 is an error */
	int64		most;			/* rows that may be asked for; known before a run, where calls may differ in it */
	bool		page_size;		/* of a page: NULL and 0 are errors too */
	const struct CursorShape *cursor;	/* of a cursor, which is the literal or named value; NULL: not */
	int			cursor_number;	/* which of its values; or CURSOR_NONE, CURSOR_FILTER */
} LoadParam;

/*
 * Values of parameters for one run: literals, and named ones from the params
 * document (may be NULL).  Error 22023 for a name that it does not have.
 */
extern void load_params_bind(int nparams, LoadParam *list, Jsonb *params,
							 Datum *values, char *nulls);
/* the address of a string, a number or an array, which no other of its document has; NULL: it has none */
extern const void *load_param_address(const JsonbValue *value);
/* an array of strings and numbers only? */
extern bool load_param_is_list(const JsonbValue *value);
/* the value of that name in the params document; error 22023 when it has none */
extern JsonbValue *load_param_named(const LoadParam *param, const JsonbValue *document);
/* of the value as it is given */
extern Oid	load_param_type(const LoadParam *param);
/* is it a literal that means the same in every run? */
extern bool load_param_is_constant(const LoadParam *param);
/* the value as the parser has constants; of a literal that is one in every run */
extern Node *load_param_constant(const LoadParam *param, Datum value, bool isnull);
extern Node *load_param_literal(const LoadParam *param);

#endif							/* ASSOC_LOAD_PARAMS_H */
