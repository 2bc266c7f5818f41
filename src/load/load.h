/*-------------------------------------------------------------------------
 *
 * load.h
 *	  Runs load plans: rows of a model with everything included, as JSON.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_LOAD_H
#define ASSOC_LOAD_H

#include "json/json_writer.h"
#include "registry/registry_cache.h"

/*
 * For the write verbs: the rows of a model with these keys, as a jsonb array in
 * the order of the keys, under the active snapshot (the caller has pushed one that
 * sees its own writes).  keys holds one array of model->nkey Datums per row; NULL
 * gives a null in its place.
 * options is a find document or NULL; shown is filled: which of the rows are in the array.
 */
extern Datum load_rows_by_key(const Model *model, int nrows, Datum **keys, Jsonb *options, bool *shown);

/*
 * The same for rows seen through an association of one source row: as get shows
 * them, with the link row.  keys are the association's target keys (the primary
 * key where the association has no join table).  options: a find document without
 * where, or NULL.
 */
extern Datum load_linked_rows(const ResolvedAssociation *assoc, Datum *source_key,
							  int nrows, Datum **keys, Jsonb *options);

#endif							/* ASSOC_LOAD_H */
