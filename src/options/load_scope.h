/*-------------------------------------------------------------------------
 *
 * load_scope.h
 *	  Scopes of a model, merged into what a load asks for.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_LOAD_SCOPE_H
#define ASSOC_LOAD_SCOPE_H

#include "options/options.h"
#include "registry/registry_cache.h"

/*
 * Merge the scopes that options name, or the default scope where they name none,
 * into them; what they say themselves wins.  A second call does nothing.  Errors:
 * 42704 for a scope that the model does not have, and those of options_parse for
 * what a scope says, at a place such as scopes.active.where.
 */
extern void scope_apply(FindOptions *find, const Model *model);

#endif							/* ASSOC_LOAD_SCOPE_H */
