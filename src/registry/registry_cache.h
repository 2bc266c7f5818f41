/*-------------------------------------------------------------------------
 *
 * registry_cache.h
 *	  Models and associations as compiled facts.
 *
 * A Model joins a registry row with what PostgreSQL's catalogs say of its table
 * at this moment.  Everything is cached per session, and a model is replaced when
 * its row, those of its associations or its table (columns, indexes, grants,
 * policies) have changed (registry_watch.h).
 *
 * How to use: call registry_pin() first, in the memory context in which the
 * results are used.  Models and associations fetched afterwards stay readable
 * until that context is reset or deleted, even if they are replaced meanwhile.
 * Never modify them.  Hold in contexts of a call only: one that lives on keeps
 * all that is replaced later, too.
 *
 * What is compiled from them for the length of a call remembers
 * registry_generation() from before the first fetch and is compiled again when
 * the number has changed.  Lock the tables, then compare by registry_is_current(),
 * then run.  What is kept longer takes a stamp.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_REGISTRY_CACHE_H
#define ASSOC_REGISTRY_CACHE_H

#include "access/attnum.h"
#include "registry/registry.h"
#include "registry/registry_watch.h"

/* an association of a compiled model is as it stands in the registry */
typedef AssociationRow Association;

struct DocPath;

/* declared as "hidden": shown only when named */
typedef enum AttributeHiding
{
	NOT_HIDDEN,
	HIDDEN_OUTPUT,				/* "output": conditions and orders may use it */
	HIDDEN						/* true: nothing but a declaration may */
} AttributeHiding;

/* a column as documents see it */
typedef struct Attribute
{
	char	   *name;			/* in documents */
	char	   *column;			/* in the table */
	AttrNumber	attnum;
	Oid			type;
	int32		typmod;
	Oid			collation;
	bool		not_null;		/* null is refused */
	bool		never_null;		/* and no row has one from before */
	bool		has_default;	/* default, its type's too, identity, generated, or set by verbs */
	char		identity;		/* 'a' always, 'd' by default, '\0' */
	char		generated;		/* 's' stored, 'v' virtual, '\0' */
	AttributeHiding hidden;
	bool		shadowed;		/* a declared one has its name, by which it cannot be meant */
	bool		json_string;	/* number shown as a string */
	bool		declared;		/* named in the registry */
	bool		computed;		/* no column: column is a function of the row, as SQL calls it */
	const struct Model *row_of; /* and this row has to be made of its columns; NULL: it is passed as it is */
} Attribute;

/* a usable btree index (valid, ready, not partial, no expressions); for probes and checks */
typedef struct ModelIndex
{
	Oid			indexid;
	bool		unique;			/* and immediate */
	bool		primary;
	bool		check_xmin;		/* indcheckxmin: old snapshots may miss rows in it */
	int			nkeys;
	AttrNumber *attnums;		/* of key columns, in order */
	Bitmapset  *values;			/* columns whose values its entries have, as rows have them */
	Oid		   *opfamilies;
	Oid		   *collations;
	int16	   *options;		/* INDOPTION_DESC, INDOPTION_NULLS_FIRST */
} ModelIndex;

typedef struct Model
{
	MemoryContext cxt;			/* its own: what is compiled from the model and kept with it */
	Oid			relid;
	char	   *name;
	Oid			schema;
	char	   *schema_name;
	char	   *table_name;
	char	   *quoted_table;	/* schema.table, quoted, to put into SQL */
	char		relkind;
	char		persistence;
	bool		distributed;	/* Citus keeps its rows on other nodes, and plans what reads them */
	bool		replicated;		/* and each node has all of them: a reference table */
	bool		has_children;	/* inheritance or partitions: never probed */
	bool		row_security;	/* relrowsecurity */
	Oid			owner;
	Oid			access_method;	/* heap or another */
	bool		managed;		/* the table was made by a declaration */
	bool		underscored;
	int			nattributes;
	Attribute  *attributes;		/* in column order, dropped columns left out */
	int			ncomputed;
	Attribute  *computed;		/* for loads to read; never among the attributes */
	char	   *lost_hidden;	/* a hidden attribute without its column: any undeclared one
								 * may be it; NULL: none */
	int			nkey;			/* columns of the primary key; 0: none */
	Attribute **key;			/* primary key (or declared key of a view), in key order */
	bool		key_declared;	/* by an option of adopt: no index has it */
	Attribute  *created_at;		/* kept timestamps; NULL where not kept */
	Attribute  *updated_at;
	Attribute  *deleted_at;		/* paranoid */
	int			nindexes;
	ModelIndex *indexes;
	Jsonb	   *options;		/* as in the registry */
	Association *associations;	/* array, by alias */
	int			nassociations;
	struct ViolationFacts *violation_facts;	/* what violation.c keeps of it; NULL: nothing yet */
	uint64		unplaced;		/* registry_names_generation() at which statement_unplace.c found no
								 * association that keeps its order in rows of it; 0: never */
} Model;

/* An association with its ends resolved: what compilers work with. */
typedef struct ResolvedAssociation
{
	const Association *association;
	const Model *source;
	const Model *target;
	const Model *through;		/* NULL where there is none */
	int			nsource;		/* columns on the source's side of the join */
	Attribute **source_key;		/* in source */
	Attribute **source_ref;		/* what they are compared with: in through (belongs_to_many) or target */
	int			ntarget;		/* belongs_to_many: columns on the target's side, else 0 */
	Attribute **target_ref;		/* in through */
	Attribute **target_key;		/* in target */
	bool		source_points;	/* belongs_to: source_key points at source_ref, not the other way */
	bool		to_one;			/* has_one, belongs_to */
	bool		deleted_rows;	/* soft-deleted targets are shown, as was declared */
	bool		symmetric;		/* a row of the join table is a link of both rows that it points at */

	/*
	 * Of a path of several associations: theirs, in order.  Links are then pairs of a reference
	 * to the source and one to or of the target, each pair once; there is no join table.
	 */
	List	   *hops;			/* of ResolvedAssociation *; NIL: it is one association */
	bool		target_points;	/* target_key points at target_ref, not the other way */
} ResolvedAssociation;

/*
 * Does what was fetched and locked since this generation hold, in the try counted
 * from 1?  When not, all is to be fetched again.
 */
extern bool registry_is_current(uint64 generation, int tries);
/* was that the last try? */
extern bool registry_tried(int tries);
extern void registry_pin(void);
/* free what hung on a model, as soon as nobody can point into it any more */
extern void registry_retire(MemoryContext cxt);

/*
 * registry_model: by relation; error ERRCODE_UNDEFINED_OBJECT when it is no model.
 *
 * registry_model_by_name: "User", "tenant1.User" or "\"x.y\"" (split at the first
 * dot, no case folding), through search_path; a name that is no model's but a
 * table's (schema-qualified or through search_path) gives that table's model.
 * Error ERRCODE_UNDEFINED_OBJECT with the nearest known names.
 *
 * registry_association: by alias; the error lists the aliases, nearest first, and
 * names the path in the document when path is not NULL.
 */
extern const Model *registry_model(Oid relid);
extern const Model *registry_model_if_any(Oid relid);	/* NULL when it is none */
extern const Model *registry_model_by_name(const char *name);
/* its table, without the model where the name was asked for before */
extern Oid	registry_relation_by_name(const text *name);
/* a schema that has a model of that name, whatever search_path is, and the model's table; NULL: none has */
extern char *registry_schema_elsewhere(const char *name, Oid *relation);
extern const Association *registry_association(const Model *source, const char *alias,
											   const struct DocPath *path);
extern const Association *registry_association_if_any(const Model *source, const char *alias);
/* errors ERRCODE_ASSOC_STALE_DECLARATION when a table or column is gone */
extern ResolvedAssociation *registry_resolve_association(const Association *association);
/* the same of an alias; registry_association raises an error where there is none */
extern ResolvedAssociation *registry_resolve_alias(const Model *source, const char *alias,
												   const struct DocPath *path);
/* the association of a row of the registry */
extern ResolvedAssociation *registry_resolve_row(const AssociationRow *row);
/* or of "projects.tags": associations one after the other */
extern ResolvedAssociation *registry_resolve_path(const Model *source, const char *name,
												  const struct DocPath *path);
/* the same of the names that steps begin with; the rest is what is left of them */
extern ResolvedAssociation *registry_resolve_steps(const Model *source, List *steps, List **rest,
												const struct DocPath *path);
/* names between dots */
extern List *registry_split_path(const char *name);
/* are its rows found through links: rows of a join table, or of a path? */
extern bool registry_has_links(const ResolvedAssociation *assoc);

/*
 * The columns by which accessors, and the entry points under them, are given a source row: the
 * primary key, whatever key links its rows.  A table without one is known by the latter.
 */
extern Attribute **registry_source_key(const ResolvedAssociation *assoc, int *nkeys);

/* attribute of a model by its name in documents; NULL when there is none */
extern Attribute *model_attribute(const Model *model, const char *name);
/* or a computed one, as loads may use them */
extern Attribute *model_value(const Model *model, const char *name);
/* of "data.size" the json attribute "data", and what follows it; NULL: the name means nothing of the kind */
extern Attribute *model_json_path(const Model *model, const char *name, const char **steps);
extern Attribute *model_value_at(const Model *model, const char *name, const struct DocPath *path);
/* the same of an attribute; errors with the nearest names (ERRCODE_UNDEFINED_COLUMN) and the path */
extern Attribute *model_attribute_at(const Model *model, const char *name,
									 const struct DocPath *path);
/* names for hints: none that is hidden (List of char *) */
extern List *model_attribute_names(const Model *model);
extern Attribute *model_column(const Model *model, const char *column);
extern Attribute *model_attnum(const Model *model, AttrNumber attnum);
/* the same of a column that another copy of the model has; errors where it is gone */
extern Attribute *model_attnum_required(const Model *model, AttrNumber attnum);
/* and the number that it has among the attributes of this one */
extern int	model_number_of(const Model *model, const Attribute *column);
/* is it the number of one of these columns? */
extern bool model_attnum_among(AttrNumber attnum, int n, Attribute **columns);
/* what would name its rows cannot */
pg_noreturn extern void model_raise_no_key(const Model *model);
/* can none of them be null in any row? */
/* are its first columns these, in any order? */
extern bool model_index_starts_with(const ModelIndex *index, int nkeys, Attribute **keys);
/* a usable index of which that is true, the one with fewest other columns; NULL: none */
extern ModelIndex *model_index_on(const Model *model, int nkeys, Attribute **keys);
/* and whose entries have the values of these columns */
extern ModelIndex *model_index_with(const Model *model, int nkeys, Attribute **keys, const Bitmapset *columns);

/* split a name as calls write it: schema is NULL when unqualified */
extern void registry_split_name(const char *name, char **schema, char **object);

#endif							/* ASSOC_REGISTRY_CACHE_H */
