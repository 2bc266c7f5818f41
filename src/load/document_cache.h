/*-------------------------------------------------------------------------
 *
 * document_cache.h
 *	  Documents of single keys that were loaded before, while nothing has changed.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_DOCUMENT_CACHE_H
#define ASSOC_DOCUMENT_CACHE_H

#include "plan/load_plan.h"
#include "reader/page_witness.h"

/* of a plan that is compiled: can it be proved that a load would give the same again? */
extern bool document_cache_can_prove(const LoadPlan *plan);

/*
 * The document of a key, copied into the current context; false: it is not there, or not
 * proved to be as it was.  The plan is locked and valid; the key is one for its root.
 */
extern bool document_cache_find(LoadPlan *plan, const Datum *key, Datum *document);

/*
 * Is it worth keeping, if it can be?  Then what loads it is to fill the witness, and to
 * hand both over.  NULL: no.  It stays the cache's, and is another's after the next call.
 */
extern PageWitness *document_cache_witness(LoadPlan *plan, const Datum *key);
extern void document_cache_keep(LoadPlan *plan, const Datum *key, const PageWitness *witness,
								Datum document);

/* of a plan that is freed */
extern void document_cache_forget(LoadPlan *plan);

#endif							/* ASSOC_DOCUMENT_CACHE_H */
