/*-------------------------------------------------------------------------
 *
 * accessor_step.h
 *	  What has to be done about one accessor, given the functions that are there.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_ACCESSOR_STEP_H
#define ASSOC_ACCESSOR_STEP_H

#include "declare/accessor_names.h"
#include "lib/stringinfo.h"

/* a function of schema assoc that accessors call */
typedef struct EntryPoint
{
	Oid			function;
	Oid			result;
	bool		set;
	char		volatility;
	char		parallel;
} EntryPoint;

/* how a requested accessor and what exists go together */
typedef enum AccessorAction
{
	ACCESSOR_KEEP,				/* is there as requested */
	ACCESSOR_CREATE,
	ACCESSOR_REPLACE,			/* same signature, other body */
	ACCESSOR_RECREATE			/* same name, other signature or result */
} AccessorAction;

typedef struct AccessorStep
{
	const Accessor *requested;
	EntryPoint	entry;
	AccessorAction action;
	Oid			existing;		/* our function of that name, or InvalidOid */
	bool		moves;			/* it stands in another schema */
	Oid			function;		/* afterwards */
} AccessorStep;

/*
 * Decide about one accessor: NULL when another association has it, which is a NOTICE where "tell" is
 * true.  A name that is taken by anything else is an error.  "ours" are the association's own
 * functions (List of AccessorFunction *).
 */
extern AccessorStep *accessor_step_plan(const Accessor *requested, const ResolvedAssociation *assoc,
										List *ours, bool tell);
/* which of the functions has the arguments of the accessor, or InvalidOid */
extern Oid	accessor_step_find(List *functions, const Accessor *requested);
extern bool accessor_step_same_arguments(const Accessor *requested, Oid function);

/* schema.name(arguments) */
extern char *accessor_step_signature(const Accessor *accessor, bool with_defaults);

#endif							/* ASSOC_ACCESSOR_STEP_H */
