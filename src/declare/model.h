/*-------------------------------------------------------------------------
 *
 * model.h
 *	  Declaring models: assoc.define, assoc.adopt, assoc.forget.
 *
 *	model.c				assoc.define
 *	model_adopt.c		assoc.adopt and assoc.forget
 *	model_options.c		their options document
 *	model_result.c		what they return
 *	model_timestamps.c		created_at, updated_at and the trigger that keeps it
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_MODEL_H
#define ASSOC_MODEL_H

#include "fmgr.h"
#include "lib/stringinfo.h"
#include "registry/registry.h"

/*
 * In model.c: a model's name as declarations write it.  Without a schema it is of
 * current_schema() and nowhere else, as in CREATE TABLE.
 */
extern void model_split_name(const char *name, Oid *schema, char **object);
extern ModelRow *model_find(Oid schema, const char *name);	/* or NULL */
/* error where another table of the relation's schema is the model of this name */
extern void model_refuse_taken(Oid relation, const char *name);
/* for an error: the models of a schema, the nearest name first */
extern char *model_hint_nearest(Oid schema, const char *name);
/* error 42501 unless the caller may make tables there */
extern void model_require_create(Oid schema);
/* lock a model's relation against other declarations, as its owner; the row as it is then, or NULL */
extern ModelRow *model_lock(Oid relation);
/* error where it is no model any more */
pg_noreturn extern void model_report_removed(const char *name);

/* in model_adopt.c: AssociationRows from a table, to it and through it, each once */
extern List *model_associations(Oid relation);
extern List *model_add_associations(List *all, List *rows);
/* error (2BP01) where one of them starts from a table of another role */
extern void model_refuse_others(const ModelRow *model, List *associations, const char *verb);
/*
 * In model_adopt.c: the model of a relation, adopted under the relation's own name where it is
 * none yet.  The caller holds a lock on the relation and registry_lock.
 */
extern ModelRow *model_adopt(Oid relation);
/*
 * The same for a table that is only pointed at, which may be another role's: its owner
 * has declared nothing, so that a later declaration of his is no conflict.
 */
extern void model_adopt_target(Oid relation);

/* in model.c: what is kept of attributes as they were declared, over what was kept before; both may be NULL */
extern Jsonb *model_declared(Jsonb *before, Jsonb *attributes);

/* in model_result.c: what define and adopt return */
extern Jsonb *model_result(Oid relation, bool created, List *changed);
/* {key: name, "accessors": [...]}: what an association or a model is called, with signatures (char *) */
extern Datum model_result_accessors(const char *key, const char *name, List *accessors);

/*
 * In model_timestamps.c, for tables that a declaration makes: definitions of the columns; for the
 * options of the registry's row; then, when the table is there, the trigger that sets the column
 * when a row changes and the statement does not set it.
 */
extern List *model_timestamps(void);
extern Jsonb *model_timestamp_options(void);
extern void model_keep_updated_at(Oid relation, const char *column);
#define KEEP_UPDATED_AT "keep_updated_at"

/* a trigger of the extension, or what assoc.detach() has put in its place; one of somebody else is none */
extern bool model_has_trigger(Oid relation, const char *name);
extern void model_drop_trigger(Oid relation, const char *name);

#endif							/* ASSOC_MODEL_H */
