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

/* the option of a model, its form checked, as JSON text, unless it has no attribute */
extern void computed_read_option(void *field, const JsonbValue *value, const DocPath *path);

/* make the functions of the options after, and drop those that only the options before had */
extern void computed_apply(Oid relation, Jsonb *before, Jsonb *after);
/* is the function of any computed attribute gone? */
extern bool computed_is_lost(Oid relation, Jsonb *options);
/* make the functions that are not there; an error where one cannot be made any more */
extern void computed_restore(Oid relation, Jsonb *options);
/* the options' functions of one table are made for another, which has its columns, and dropped there */
extern void computed_move(Oid from, Oid to, Jsonb *options);
/* ALTER TABLE, of a table whose rows may have computed attributes */
extern void computed_alter_table(Oid relation, const char *statement);

#endif							/* ASSOC_COMPUTED_H */
