/*-------------------------------------------------------------------------
 *
 * ddl.h
 *	  Runs the DDL of declarations, as the caller, and quotes what goes into it.
 *
 * DDL goes through SPI, so that ownership, privileges, event triggers and audit
 * see it as if the caller had typed it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_DDL_H
#define ASSOC_DDL_H

#include "nodes/pg_list.h"

/* run one utility statement; visible to this transaction afterwards */
extern void ddl_run(const char *fmt,...) pg_attribute_printf(1, 2);

/* "a", "b" from a List of char * */
extern char *ddl_column_list(List *columns);

/* error 42501 unless the caller owns the relation */
extern void ddl_require_owner(Oid relation);

/* a name for a constraint or index: parts joined by _, cut with a hash at the end where over 63 bytes */
extern char *ddl_object_name(const char *table, const char *middle, const char *suffix);

#endif							/* ASSOC_DDL_H */
