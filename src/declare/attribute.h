/*-------------------------------------------------------------------------
 *
 * attribute.h
 *	  Attribute documents: parsed, turned into columns, compared with a table.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_ATTRIBUTE_H
#define ASSOC_ATTRIBUTE_H

#include "lib/stringinfo.h"
#include "registry/registry_cache.h"

struct DocMember;
struct ValidatorDef;

/* one attribute as declared */
typedef struct AttributeDef
{
	char	   *name;			/* in documents */
	char	   *column;			/* in the table */
	const char *argument;		/* the document it came from, for paths in errors */
	bool		field_given;	/* "field" is explicit: the column is this one and no other */
	Oid			type;			/* InvalidOid: not declared, as it is in the table */
	int32		typmod;
	bool		null_given;		/* allowNull is explicit */
	bool		allow_null;		/* default true; false for a primary key */
	bool		unique;
	bool		primary_key;
	char	   *default_sql;	/* quoted and cast literal, or expression; NULL: none */
	AttributeHiding hidden;
	bool		json_string;
	char	   *comment;		/* or NULL */
	List	   *validators;		/* of ValidatorDef, see validator.h */
	struct DocMember *validate; /* their document, to write them for another column name; or NULL */
} AttributeDef;

/*
 * Parse {"name": "text", "role": {...}} (or an array of objects with "name",
 * which keeps an order of its own).  Errors name the path: attributes.role.type.
 * NULL gives NIL.
 */
extern List *attributes_parse(Jsonb *attributes, bool underscored, const char *argument);

/* the definition of this name, or NULL */
extern AttributeDef *attribute_find(List *defs, const char *name);

/* the value of "hidden" as JSON */
extern const char *attribute_hiding_word(AttributeHiding hidden);

/* error 42701 where two have one name or one column */
extern void attributes_check_distinct(List *defs, const struct DocPath *path);

/* a NOT NULL timestamptz column with DEFAULT now(), or a nullable one without, as kept timestamps are */
extern AttributeDef *attribute_timestamp(const char *name, const char *column, bool nullable);

/*
 * , "role" varchar(80) NOT NULL DEFAULT 'viewer' and the named constraints, for
 * CREATE TABLE; appended to buf, one column a line, with a comma
 * first unless buf ends with an opening parenthesis.  PRIMARY KEY is included when a
 * definition has it.  After the CREATE TABLE call attributes_comment, which adds
 * what CREATE TABLE cannot: comments, and messages of validators.
 */
extern void attributes_append_columns(StringInfo buf, const char *table_name, List *defs);
extern void attributes_comment(Oid relation, List *defs);

/* one way in which a table differs from what is declared */
typedef struct AttributeDifference
{
	char	   *name;			/* role.type, options.paranoid */
	char	   *declared;
	char	   *existing;
	AttributeDef *missing;		/* there is no such column yet; or NULL */
	List	   *clauses;		/* ALTER TABLE clauses (char *) that remove it */
	List	   *checks;			/* those, after them, that add a CHECK */
	char	   *retype;			/* the clause without a cast that may cut values; only of a type */
	List	   *statements;		/* whole statements (char *) that do, after the clauses */
	bool		fixed;			/* nothing removes it, replace neither */
	bool		contradicts;	/* an earlier declaration was different, which only the registry knows */
} AttributeDifference;

/*
 * Definitions without "field" follow the columns that the registry's document (may
 * be NULL) has for their names: renamed columns keep their attributes.  Before comparing.
 */
extern void attributes_follow_columns(List *defs, Jsonb *registered);
/* the column that this document's members have for a name, or NULL */
extern char *attribute_registered_column(List *members, const char *name);

/*
 * How the table differs from the definitions, read from the live catalogs.  The
 * caller holds a lock.  lenient: what the definitions do not declare is as it is in the
 * table (adopted tables); otherwise not declared means none.
 */
extern List *attributes_compare(Oid relation, List *defs, bool lenient);
/* later: CHECKs are added NOT VALID */
extern void attributes_alter(Oid relation, List *differences, bool later);
/* the ALTER TABLE statements (char *) of clauses, as the table takes them */
extern List *attributes_alter_statements(Oid relation, List *clauses);

/*
 * What only the registry knows: "hidden", "json" and which column an attribute is,
 * compared with its document (may be NULL).  A column that nobody has declared yet is
 * an attribute of its own name without options.  Missing columns are no difference here.
 */
extern List *attributes_compare_registry(Oid relation, Jsonb *registered, List *defs);
extern bool attributes_contradict(List *differences);
extern AttributeDifference *attribute_difference(const char *name, const char *declared,
												 const char *existing);

/*
 * ERRCODE_ASSOC_DECLARATION_CONFLICT that lists them; ERRCODE_ASSOC_UNFIT_TABLE with
 * the statements to run
 */
pg_noreturn extern void attributes_raise_conflict(Oid relation, List *differences);
pg_noreturn extern void attributes_raise_unfit(Oid relation, List *differences);

/*
 * All of it: bring an existing table in line with the definitions.  Missing columns
 * are added where may_alter is true; what differs (type, NOT NULL, default,
 * validators) is an error ERRCODE_ASSOC_DECLARATION_CONFLICT that lists each
 * difference, or, with replace, changed.  Never drops a column.  An adopted table
 * (may_alter false) is compared and never altered: what it lacks is
 * ERRCODE_ASSOC_UNFIT_TABLE with the statements to run as hint.  Returns whether
 * anything changed.
 */
extern bool attributes_apply(Oid relation, List *defs, bool may_alter, bool replace);

/* an integer column for an option of an association, added to "created"; false: the model has the attribute */
extern bool attributes_add_integer(const Model *model, const char *name, const char *constraint, List **created);

/* the registry's document for these definitions, over the document before (may be NULL) */
extern Jsonb *attributes_registry_document(Jsonb *before, List *defs);

/*
 * Pieces of DDL, in attribute.c for attribute_apply.c; those of constraints give the
 * validator its constraint's name.
 */
extern void attribute_need_type(const AttributeDef *def);	/* error where it is not declared */
extern void attribute_append_column(StringInfo buf, const AttributeDef *def);
extern List *attribute_constraints(const char *table_name, AttributeDef *def);
extern char *attribute_unique_constraint(const char *table_name, const AttributeDef *def);
extern char *attribute_check_constraint(const char *table_name, const AttributeDef *def,
										struct ValidatorDef *validator);
extern char *attribute_comment_statement(Oid relation, const AttributeDef *def);
extern char *attribute_message_statement(Oid relation, const struct ValidatorDef *validator);

/* the names of differences (List of char *) */
extern List *attribute_difference_names(List *differences);

#endif							/* ASSOC_ATTRIBUTE_H */
