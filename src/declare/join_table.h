/*-------------------------------------------------------------------------
 *
 * join_table.h
 *	  The join table of a belongs_to_many: made, completed or checked.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_JOIN_TABLE_H
#define ASSOC_JOIN_TABLE_H

#include "declare/key_reference.h"

typedef struct JoinTable
{
	Oid			relation;		/* InvalidOid: to be made */
	char	   *model;			/* name to register a table that is made under */
	Oid			schema;			/* of a table that is made */
	KeyReference source;		/* its columns that point at the source */
	KeyReference target;		/* and at the target */
	const AssociationOptions *options;
	Jsonb	   *attributes;		/* through_attributes, or NULL */
	bool		replace;
	List	   *created;		/* out: names of tables and columns made */
	bool		changed;		/* out */
} JoinTable;

/* create the table and register its model; sets relation */
extern void join_table_make(JoinTable *join);

/*
 * Bring a table that exists in line, its model being registered.  One that a
 * declaration made gets what is missing; an adopted one is compared and never altered.
 */
extern void join_table_fit(JoinTable *join);

/* make the unique key and the indexes that a table made by a declaration has lost */
extern void join_table_restore(JoinTable *join);

#endif							/* ASSOC_JOIN_TABLE_H */
