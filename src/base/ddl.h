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

/* record a statement whose work the caller does himself */
extern void ddl_tell(const char *fmt,...) pg_attribute_printf(1, 2);

/*
 * While there is a record, the text of every statement run is added to it.
 * Returns the record before, to be set again in any case (PG_FINALLY).
 */
typedef struct DdlRecord
{
	MemoryContext context;		/* that the texts are copied to */
	List	   *statements;		/* of char *, without a semicolon */
} DdlRecord;

extern DdlRecord *ddl_record(DdlRecord *record);

/* whether a query gives a row */
extern bool ddl_any_row(const char *fmt,...) pg_attribute_printf(1, 2);

/* the first column of a query's rows, each as text */
extern List *ddl_texts(const char *fmt,...) pg_attribute_printf(1, 2);

/* "a", "b" from a List of char * */
extern char *ddl_column_list(List *columns);

/* schema.table, quoted */
extern char *ddl_table(Oid relation);
/* its bare name; both are errors (42P01) where the relation is gone */
extern char *ddl_table_name(Oid relation);

/* a type as DDL text means it whatever the search_path */
extern char *ddl_type(Oid type, int32 typmod);

/* the errdetail of what an adopted table lacks */
extern int	ddl_detail_never_altered(const char *table);

/* texts (List of char *) in one */
extern char *ddl_join(const List *texts, const char *separator);

/* whether the caller owns the relation; not one that is gone, which is nobody's */
extern bool ddl_is_owner(Oid relation);
/* error 42501 unless the caller owns the relation */
extern void ddl_require_owner(Oid relation);

/*
 * A name for a constraint or index: parts joined by _; the middle may be NULL.
 * Over 63 bytes the front is cut and a hash of the whole goes before the suffix, so
 * that the suffix can still be told.
 */
extern char *ddl_object_name(const char *table, const char *middle, const char *suffix);

#endif							/* ASSOC_DDL_H */
