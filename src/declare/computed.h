/*-------------------------------------------------------------------------
 *
 * computed.h
 *	  Computed attributes: expressions over a row, declared by the owner of its table.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_COMPUTED_H
#define ASSOC_COMPUTED_H

#include "base/doc_member.h"

/* the option of a model, its form checked, as JSON text; NULL: none */
extern char *computed_option(DocMember *member);

/* make the functions of the options after, and drop those that only the options before had */
extern void computed_apply(Oid relation, Jsonb *before, Jsonb *after);

#endif							/* ASSOC_COMPUTED_H */
