/*-------------------------------------------------------------------------
 *
 * key_reference.h
 *	  Columns that point at another table's key: found, checked and made.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_KEY_REFERENCE_H
#define ASSOC_KEY_REFERENCE_H

#include "declare/association_options.h"
#include "declare/key_columns.h"
#include "registry/registry_cache.h"

/* columns of one table that point at columns of another, in key order */
typedef struct KeyReference
{
	Oid			relation;		/* table that has the columns; InvalidOid until it is made */
	List	   *columns;		/* of char * */
	Oid			referenced;
	List	   *referenced_columns;
	List	   *fixed;			/* other columns of the table that have one value wherever these point there */
} KeyReference;

/* the foreign key of an association: of the join table at the source, or of the one side at the other */
extern KeyReference key_reference_of(const AssociationRow *row);
/* the key of a belongs_to_many at the target */
extern KeyReference key_reference_of_target(const AssociationRow *row);

/* the columns of a model that are pointed at: as given, else the primary key; unique */
extern List *key_columns_pointed_at(const Model *model, List *given);

/* existing foreign keys from one table to another (of KeyReference *) */
extern List *key_references_between(Oid relation, Oid referenced);

/* error ERRCODE_ASSOC_KEY_MISMATCH where the columns, as far as they exist, cannot point there */
extern void key_reference_check(const KeyReference *ref, const KeyOptions *options);
/* the real foreign key with exactly these columns, or InvalidOid */
extern Oid	key_reference_constraint(const KeyReference *ref);

/* FOREIGN KEY (...) REFERENCES ... ; action where the options have none, NULL: NO ACTION */
extern char *key_reference_clause(const KeyReference *ref, const KeyOptions *options,
								  const char *action);
/* the same for CREATE TABLE, with a comma in front; "" where there is to be no foreign key, or can be none */
extern char *key_reference_clauses(const KeyReference *ref, const KeyOptions *options,
								   const char *action);
/*
 * Bring the foreign key in line with the options: made where there is none, and
 * replaced where an explicit action differs and replace allows it.
 * A table that is not ours to alter is only compared.  Returns whether anything changed.
 */
extern bool key_reference_apply(const KeyReference *ref, const KeyOptions *options,
								const char *action, bool may_alter, bool replace);

/* is there a foreign key as in the options?  True where they ask for none, or there can be none */
extern bool key_reference_stands(const KeyReference *ref, const KeyOptions *options);

/* does the foreign key keep anybody from anything? */
extern bool key_reference_enforced(Oid constraint);

/* "user_id" uuid NOT NULL: a column of the key with the type that is pointed at, for CREATE and ALTER TABLE; or NULL */
extern char *key_reference_column(const KeyReference *ref, const char *column, bool not_null);

#endif							/* ASSOC_KEY_REFERENCE_H */
