/*-------------------------------------------------------------------------
 *
 * accessor_function.h
 *	  Functions that are there, and whether they are accessors.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_ACCESSOR_FUNCTION_H
#define ASSOC_ACCESSOR_FUNCTION_H

#include "catalog/objectaddress.h"
#include "nodes/primnodes.h"

/* a function that reads like an accessor, whoever wrote it */
typedef struct AccessorFunction
{
	Oid			function;
	FuncExpr   *call;			/* the body: an entry point's call */
	Oid			source;
	char	   *alias;
} AccessorFunction;

/* NULL when it reads like anything else */
extern AccessorFunction *accessor_read(Oid function);
/* those of a table, with an alias those of one association, in order of their making: List of AccessorFunction * */
extern List *accessor_functions(Oid source, const char *alias);

/* is it the association's, and nobody's who is not trusted? */
extern bool accessor_is_ours(Oid function, Oid source, const char *alias);

/* whatever has this name, by OID */
extern List *accessor_functions_named(const char *schema, const char *name);
extern Oid	accessor_owner(Oid function);
/* schema.name(id bigint, options jsonb) */
extern char *accessor_signature(Oid function);

/* was it written by us, and by nobody since?  Not known after a dump, until it is declared or synced again */
extern bool accessor_is_tied(Oid function);
/* make a function depend on objects on which it does not yet */
extern void accessor_tie(Oid function, int n, const ObjectAddress *objects);

#endif							/* ASSOC_ACCESSOR_FUNCTION_H */
