/*-------------------------------------------------------------------------
 *
 * association.h
 *	  A declaration of an association on its way from arguments to registry.
 *
 *	declaration_args.c	arguments, which relations and names they mean, locks
 *	declaration_keys.c	which columns are the keys
 *	association.c		tables, comparing with the existing declaration, rows, accessors
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_ASSOCIATION_H
#define ASSOC_ASSOCIATION_H

#include "declare/key_reference.h"
#include "fmgr.h"

typedef struct Declaration
{
	AssociationKind kind;

	/* as given; NULL or NIL where not given, then filled in */
	char	   *source_name;
	char	   *target_name;
	char	   *through_name;
	char	   *alias;
	char	   *inverse;		/* stays NULL when not given */
	List	   *source_key;		/* columns (char *), named as in AssociationRow */
	List	   *foreign_key;
	List	   *other_key;
	List	   *target_key;
	Jsonb	   *attributes;		/* through_attributes */
	const AssociationOptions *options;
	Jsonb	   *declared;		/* the options as they came; {} where there are none */
	bool		replace;

	/* what the names mean */
	Oid			source;
	Oid			target;
	Oid			through;		/* InvalidOid: none, or to be made */
	Oid			through_schema; /* where it is to be made */
	char	   *through_model;	/* its model's name, there or to be registered */
	AssociationRow *standing;	/* the existing declaration of this alias, or NULL */

	/* what came of it */
	List	   *created;		/* tables and columns made (char *) */
	bool		changed;
} Declaration;

/* in declaration_args.c */
extern Declaration *declaration_read(FunctionCallInfo fcinfo, AssociationKind kind);
/* find and lock the tables, adopt those that are no models yet, and name the association */
extern void declaration_resolve(Declaration *d);
/* a model of the current schema, or of the schema in the name; errors when there is none */
extern Oid	declaration_find_model(const char *name);
extern void declaration_lock(const List *relations);

/* in declaration_keys.c */
extern void declaration_choose_keys(Declaration *d);
/* the same association seen from the other end: an association of the target, or NULL */
extern AssociationRow *declaration_mirror(const AssociationRow *row);

/* In association.c: an existing declaration, locked to be changed by the owner of its source; an error where there is none. */
extern AssociationRow *association_lock(Oid source, const char *alias);
/* error where the alias is an attribute */
extern void association_check_alias(const AssociationRow *row);

#endif							/* ASSOC_ASSOCIATION_H */
