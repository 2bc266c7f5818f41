/*-------------------------------------------------------------------------
 *
 * load_allow.h
 *	  What a document of somebody else may ask of a load.
 *
 * {"attributes": [...], "where": [...], "order": [...], "include": {alias: the same},
 * "scope": [...], "params": [...], "paranoid": true, "limit": n, "depth": n}, given beside the options
 * or kept with a scope of the model.  Names are of the model's attributes, or paths:
 * "owner.name", "projects", "projects.through.role".  What is not named is not allowed, but for
 * "attributes", where all that are not hidden are shown.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_LOAD_ALLOW_H
#define ASSOC_LOAD_ALLOW_H

#include "options/options.h"
#include "registry/registry_cache.h"

typedef struct LoadAllow
{
	const DocPath *path;
	char	   *alias;			/* of an include */
	bool		attributes_are_explicit;
	List	   *attributes;		/* of char *, as the next two: what may be shown */
	List	   *where;			/* what conditions may use */
	List	   *order;			/* what rows may be put in order by */
	List	   *include;		/* of LoadAllow *: what may be included, and asked of it */
	List	   *scopes;			/* of char *: scopes that may be named */
	bool		paranoid;		/* soft-deleted rows may be shown */
	OptionValue *limit;			/* the greatest, and the default; NULL: any */
	List	   *params;			/* of char *: named values that may be used */
	int			depth;			/* of an include: levels of a recursion; 0: none */
} LoadAllow;

/* before the names of a link row */
#define LINK_PREFIX "through."

/* a row of a load, as far as its options are concerned */
typedef struct AllowedNode
{
	const Model *model;
	const Model *through;		/* of the link rows; NULL: none */
	bool		many;			/* rows, which a limit is about */
	FindOptions *find;
	const ThroughOptions *link; /* what is asked of the link rows; NULL: nothing */
} AllowedNode;

/* form only; error 22023 with the path */
extern LoadAllow *load_allow_parse(const JsonbValue *value, const DocPath *path);

/* error 42703 for a name in the document that is none of the node's model, nor a path from it */
extern void load_allow_check_names(const LoadAllow *allow, const AllowedNode *node);

/* the rows that an include brings */
extern AllowedNode load_allow_node(const ResolvedAssociation *assoc, FindOptions *find,
								   const ThroughOptions *link);

/* what may be asked of an include, which may be that of link rows ("through.invitedBy"); NULL: it is not allowed */
extern LoadAllow *load_allow_included(const LoadAllow *allow, const char *alias);
/* may an association be included? */
extern bool load_allow_has_include(const List *allows, const char *alias);

/* may an attribute be shown where no attributes are named?  One of the link row: "through.role" */
extern bool load_allow_shows(const List *allows, const char *name);

/* ---- load_allow_check.c ---- */

/*
 * Error 42501, with the path, for what the options of a node, and of all includes below it, ask
 * and may not; what a declaration says is not asked.  The limit, where none is given, becomes the greatest one.
 * of_scope: the allow belongs to a scope, which was named by whoever gave the options.
 */
extern void load_allow_check(LoadAllow *allow, const AllowedNode *node, bool of_scope);

/* attributes, groups and the limit of an aggregate; the rest is the node's */
extern void load_allow_check_groups(LoadAllow *allow, const Model *model,
									AggregateOptions *options);

/* the same of an include that was found later */
extern void load_allow_check_include(const List *allows, const Model *model, IncludeItem *item);
/* conditions under a verb: names in them stand in the list behind the prefix */
extern void load_allow_check_where(List *names, const char *prefix, const Model *model,
								   const Model *through, const Condition *where);
/* a field of data, or what leads to one: error 42501 where the list has neither */
extern void load_allow_need_field(const List *names, const char *name, const DocPath *path);

#endif							/* ASSOC_LOAD_ALLOW_H */
