/*-------------------------------------------------------------------------
 *
 * registry.h
 *	  Rows of assoc.models and assoc.associations: read and written here only.
 *
 * The rows hold names (relations as regclass, columns as name), never node
 * trees or attribute numbers, so that pg_dump and pg_upgrade carry them.  They
 * are untrusted input: anyone may INSERT rows for tables of his own (a plain
 * role must be able to restore its dump), so whoever compiles them checks them
 * against the catalogs (registry_cache.c does).
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_REGISTRY_H
#define ASSOC_REGISTRY_H

#include "nodes/pg_list.h"
#include "storage/lockdefs.h"
#include "utils/jsonb.h"

typedef enum AssociationKind
{
	BELONGS_TO_MANY,
	HAS_MANY,
	HAS_ONE,
	BELONGS_TO
} AssociationKind;

/* a row of assoc.models */
typedef struct ModelRow
{
	Oid			relation;		/* primary key */
	char	   *name;			/* unique among the models of the relation's schema */
	bool		managed;		/* define or a declaration made the table; false: adopted */
	bool		discovered;		/* declared by assoc.discover only, or by a call that needed a model to point at */

	/*
	 * Declared attributes, by attribute name: {"startDate": {"column":
	 * "start_date", "hidden": true, "json": "string"}}.  "column" is always
	 * there, so that an attribute keeps its name when its column is renamed;
	 * the others only where they are not the default.  Columns that are not
	 * named here are attributes under their own names.
	 */
	Jsonb	   *attributes;

	/*
	 * What the catalogs cannot say of the model: {"createdAt": "created_at",
	 * "updatedAt": ..., "deletedAt": ... (columns), "underscored": true,
	 * "scopes": {...}, "defaultScope": {...}}.
	 */
	Jsonb	   *options;

	/* the attributes as they were declared of a table that define made; NULL: not known */
	Jsonb	   *declared;
} ModelRow;

/* a row of assoc.associations; keys are Lists of char * (column names), in key order */
typedef struct AssociationRow
{
	Oid			source;			/* primary key: source, alias */
	char	   *alias;
	AssociationKind kind;
	Oid			target;
	Oid			through;		/* join table of a belongs_to_many, else InvalidOid */
	List	   *source_key;		/* columns of source that are pointed at (belongs_to: NIL) */
	List	   *foreign_key;	/* columns that point: in through (belongs_to_many),
								 * target (has_many, has_one) or source (belongs_to) */
	List	   *other_key;		/* belongs_to_many: columns of through that point at target, else NIL */
	List	   *target_key;		/* columns of target that are pointed at (has_*: NIL) */
	char	   *singular;		/* alias in the singular, as accessors use it */
	char	   *inverse;		/* alias of the other direction, declared in one call; or NULL */

	/*
	 * {"scope", "order", "through": {"scope","as","attributes","paranoid",
	 * "unique"}, "accessors", ...}: what was declared and no catalog can say.
	 */
	Jsonb	   *options;
	bool		discovered;		/* as of a model */

	/* the options as they were declared, in the direction that was called; or NULL */
	Jsonb	   *declared;

	struct LinkCall *call;		/* of a compiled model's: what link_resolve.c keeps of it; NULL: nothing yet */
} AssociationRow;

/* assoc.associations, whose invalidation stands for a change of the whole registry; error when not installed */
extern Oid	registry_relation(void);
extern Oid	registry_relation_if_any(void);
/* whose invalidation stands for a change of some row, beside that of the relation that the row is about */
extern Oid	registry_names_relation(void);

extern const char *registry_kind_name(AssociationKind kind); /* "belongs_to_many", ... */

/*
 * Reading: with a fresh catalog snapshot, whatever the transaction's own
 * snapshot; results palloc'd in the current context.  NULL or NIL where there
 * is none.
 */
extern ModelRow *registry_read_model(Oid relation);
/* relation and name alone: most rows are those of others, and nobody knows how large their documents are */
extern List *registry_list_models(void);
extern List *registry_list_models_named(const char *name);	/* of all schemas */
/* one of that name in a schema, but for this relation, also of a transaction under way; InvalidOid: there is none */
extern Oid	registry_model_named(const char *name, Oid schema, Oid but);
extern AssociationRow *registry_read_association(Oid source, const char *alias);
extern List *registry_read_associations(Oid source);	/* by alias */
extern List *registry_read_associations_through(Oid through);
extern List *registry_read_associations_to(Oid target);
/* the same without those of others: anybody who may point at a table may declare an association to it */
extern List *registry_read_own_associations_to(Oid target);
/* of the rows from which a model is compiled: its own and those of its associations */
extern uint64 registry_fingerprint(Oid relation);

/*
 * Writing: callers have checked ownership of the tables.  Registers the
 * invalidation and makes the change visible to this session at once.
 *
 * registry_lock serializes declarations in these schemas (InvalidOid: none) until the end of
 * the transaction.  It comes before all else that a declaring call locks, the tables
 * too: a transaction of several declarations holds it when the next one wants a
 * table, and one that had the table and waited for the schema would be a deadlock.
 * DDL does not take it, so no DROP TABLE waits for a declaration about other tables.
 * Like every lock it is for those who have a right to what they lock.
 */
extern void registry_lock(List *schemas);
/* keep another role's model from being forgotten (ShareLock), or wait for those who do (ExclusiveLock) */
extern void registry_lock_model(Oid relation, LOCKMODE mode);
extern void registry_put_model(const ModelRow *row);	/* insert or replace */
extern void registry_put_association(const AssociationRow *row);

/* does assoc.discover run a declaration?  It takes back what nobody else has declared */
extern bool registry_is_discovering(void);

extern bool registry_delete_model(Oid relation);
extern bool registry_delete_association(Oid source, const char *alias);

/* remove the rows of tables that are gone; a table of an association's may be gone too */
extern void registry_purge(void);

/* tables, partitioned and foreign ones, views and materialized ones */
extern bool registry_can_be_model(char relkind);
extern bool registry_association_is_stale(const AssociationRow *row);

#endif							/* ASSOC_REGISTRY_H */
