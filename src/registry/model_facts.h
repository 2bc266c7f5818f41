/*-------------------------------------------------------------------------
 *
 * model_facts.h
 *	  Compiles a model: a registry row joined with what the catalogs say of its table.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_MODEL_FACTS_H
#define ASSOC_MODEL_FACTS_H

#include "registry/registry_cache.h"

/*
 * Everything is read fresh and palloc'd in the current context, which keeps the
 * row too.  NULL where the relation is gone or is no table or view.
 */
extern Model *model_facts_build(const ModelRow *row);

/* the key "hidden" in the document of a registered attribute */
extern AttributeHiding model_declared_hiding(const JsonbValue *declared);

#endif							/* ASSOC_MODEL_FACTS_H */
