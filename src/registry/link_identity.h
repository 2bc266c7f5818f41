/*-------------------------------------------------------------------------
 *
 * link_identity.h
 *	  Which unique key of a join table says what one link is.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_LINK_IDENTITY_H
#define ASSOC_LINK_IDENTITY_H

#include "base/document.h"
#include "registry/registry_cache.h"

/* an equality that a scope demands */
typedef struct LinkScope
{
	Attribute  *attribute;
	Datum		value;
	bool		isnull;
} LinkScope;

/* what is the same, or known, in all links of an association */
typedef struct LinkForm
{
	const Model *through;
	List	   *pair;			/* of Attribute *: the columns of both keys */
	bool		symmetric;		/* the pair is the same in either order: two columns */
	int			nscope;
	const LinkScope *scope;
	const Attribute *deleted_at;	/* of soft-deleted links, else NULL */
} LinkForm;

typedef struct LinkIdentity
{
	int			n;
	AttrNumber *columns;
	bool		partial;		/* a key of some rows, which all links are among, or over expressions: a
								 * statement cannot name it by columns */
	bool		history;		/* and soft-deleted ones are not: a pair can have many of these */
} LinkIdentity;

/* the key, in the current context; NULL: the same link could be there twice */
extern LinkIdentity *link_identity(const LinkForm *form);

/*
 * By an association's options: the column that says when a link was deleted, in the table of its links, which is
 * the join table or the children's; NULL: links go for good.
 */
extern Attribute *link_deleted_at(Jsonb *options, const Model *holder);

/* the plain equalities of a scope; other conditions, and what is no attribute, are left out */
extern int	link_scope_equalities(const Model *model, const JsonbValue *document,
								  const DocPath *path, LinkScope **scope);
/* a value is the one that the scope demands */
extern bool link_is_scope_value(const LinkScope *scope, Datum value, bool isnull);
/* are two values of an attribute stored as the same bytes? */
extern bool link_same_value(const Attribute *attribute, Datum a, bool a_null, Datum b, bool b_null);

#endif							/* ASSOC_LINK_IDENTITY_H */
