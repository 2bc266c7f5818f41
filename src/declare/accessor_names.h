/*-------------------------------------------------------------------------
 *
 * accessor_names.h
 *	  What the accessors of an association are: names, arguments, entry points.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_ACCESSOR_NAMES_H
#define ASSOC_ACCESSOR_NAMES_H

#include "base/errors.h"
#include "registry/registry_cache.h"

/* more arguments than this PostgreSQL refuses anyway (FUNC_MAX_ARGS) */
#define ACCESSOR_MAX_ARGS 100

typedef struct AccessorArgument
{
	char	   *name;			/* never a reserved word */
	Oid			type;
	bool		optional;		/* DEFAULT NULL */
} AccessorArgument;

/* one accessor that the declaration asks for */
typedef struct Accessor
{
	char	   *schema;
	char	   *name;
	const char *entry;			/* function in schema assoc that it calls */
	int			nargs;
	AccessorArgument *args;
	char	   *call;			/* arguments of the entry after source and alias, as SQL */
	char	   *comment;
} Accessor;

/* the accessors that the option "accessors" asks for: List of Accessor */
extern List *accessor_names_plan(const ResolvedAssociation *assoc);

/* the names of all entry points that accessors call */
extern bool accessor_names_is_entry(const char *function);

/* error unless this is a value that the option "accessors" may have */
extern void accessors_check_option(void *field, const JsonbValue *value, const DocPath *path);

#endif							/* ASSOC_ACCESSOR_NAMES_H */
