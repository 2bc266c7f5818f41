/*-------------------------------------------------------------------------
 *
 * association_options.h
 *	  The options document of a declared association, checked and taken apart.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_ASSOCIATION_OPTIONS_H
#define ASSOC_ASSOCIATION_OPTIONS_H

#include "base/document.h"
#include "registry/registry.h"

/* how the foreign keys of an association are to be made */
typedef struct KeyOptions
{
	const char *on_delete;		/* CASCADE, SET NULL, ...; NULL: not given */
	const char *on_update;
	const char *deferrable;		/* words after the constraint; NULL: not given */
	bool		constraints;	/* false: columns without foreign keys */
	bool		later;			/* added NOT VALID to a table that is there */
} KeyOptions;

typedef struct AssociationOptions
{
	AssociationKind kind;
	Jsonb	   *stored;			/* what the registry keeps of the document */
	char	   *singular;		/* or NULL */
	char	   *position;		/* attribute that keeps the order of links; NULL: none */
	bool		symmetric;		/* a link is one of both rows that it links */
	KeyOptions	keys;
	bool		unique;			/* false: a pair may be linked more than once */
	bool		timestamps;		/* a join table that is made keeps created_at and updated_at */
	List	   *payload;		/* of PlacedName *: through.attributes */
	struct AssociationOptions *inverse; /* of the other direction; NULL in that one itself */
	const JsonbValue *document; /* as given, or NULL */
	const JsonbValue *through;	/* its key "through", or NULL */
} AssociationOptions;

/* a name in the document with its path, to be looked up when the tables are known */
typedef struct PlacedName
{
	char	   *name;
	const DocPath *path;
} PlacedName;

/* NULL gives the defaults; errors name the path (options.through.as) */
extern AssociationOptions *association_options_parse(Jsonb *document, AssociationKind kind);

/* the other direction is of this kind: an error for an option that it has not */
extern void association_options_need_kind(const AssociationOptions *inverse, AssociationKind kind);

#endif							/* ASSOC_ASSOCIATION_OPTIONS_H */
