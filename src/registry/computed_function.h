/*-------------------------------------------------------------------------
 *
 * computed_function.h
 *	  The functions behind computed attributes.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_COMPUTED_FUNCTION_H
#define ASSOC_COMPUTED_FUNCTION_H

#include "registry/registry_cache.h"

/* the function of a computed attribute, which the relation's owner owns; InvalidOid: it is gone */
extern Oid	computed_function(Oid relation, const char *name);
/* the computed attributes of a model that have their functions */
extern void computed_function_fill(Model *model, const JsonbValue *options);

#endif							/* ASSOC_COMPUTED_FUNCTION_H */
