/*-------------------------------------------------------------------------
 *
 * model_index.h
 *	  The option "indexes" of define.
 *
 * [{"fields": ["email", {"name": "createdAt", "order": "DESC"}, {"sql": "lower(name)"}],
 *	 "unique": true, "name": "...", "method": "gin", "where": {"sql": "..."}}]
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_MODEL_INDEX_H
#define ASSOC_MODEL_INDEX_H

#include "base/doc_member.h"

/* for a table that exists; fields are attributes of defs or columns of the table */
extern List *model_indexes_parse(DocMember *indexes, Oid relation, List *defs);
extern void model_indexes_create(List *indexes);
/* those that are missing or of the same name but different, as List of AttributeDifference */
extern List *model_indexes_compare(List *indexes);

#endif							/* ASSOC_MODEL_INDEX_H */
