/*-------------------------------------------------------------------------
 *
 * load_scope.h
 *	  Scopes of a model, merged into what a load asks for.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_LOAD_SCOPE_H
#define ASSOC_LOAD_SCOPE_H

#include "options/load_allow.h"
#include "options/options.h"
#include "registry/registry_cache.h"

/*
 * Merge the scopes that options name, or the default scope where they name none,
 * into the options of a node; what they say themselves wins.  Before, they are held to what the scopes allow.  A second call does nothing.  Errors:
 * 42704 for a scope that the model does not have, and those of options_parse for
 * what a scope says, at a path such as scopes.active.where.
 */
extern void load_scope_apply(const AllowedNode *node);

/* the "allow" of a scope; errors where there is no such scope, or where it has none */
extern LoadAllow *load_scope_allow(const Model *model, const char *name, const DocPath *path);

#endif							/* ASSOC_LOAD_SCOPE_H */
