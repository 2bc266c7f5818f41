/*-------------------------------------------------------------------------
 *
 * attribute.h
 *	  Attribute documents: parsed, turned into columns, compared with a table.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_ATTRIBUTE_H
#define ASSOC_ATTRIBUTE_H

#include "registry_cache.h"

/* one attribute as declared */
typedef struct AttributeDef
{
	char	   *name;			/* in documents */
	char	   *column;			/* in the table */
	Oid			type;
	int32		typmod;
	bool		null_given;		/* allowNull was said */
	bool		allow_null;		/* default true; false for a primary key */
	bool		unique;
	bool		primary_key;
	char	   *default_sql;	/* quoted and cast literal, or expression; NULL: none */
	bool		hidden;
	bool		json_string;
	char	   *comment;		/* or NULL */
	List	   *validators;		/* of ValidatorDef, see validator.h */
} AttributeDef;

/*
 * Parse {"name": "text", "role": {...}} (or an array of objects with "name",
 * which keeps an order of its own).  Errors name the place: attributes.role.type.
 * NULL gives NIL.
 */
extern List *attributes_parse(Jsonb *attributes, bool underscored, const char *argument);

/* , "role" varchar(80) NOT NULL DEFAULT 'viewer' CONSTRAINT ... for CREATE TABLE;
 * appended to what stands in buf, one column a line, and the named CHECK constraints */
extern void attributes_append_columns(StringInfo buf, const char *table_name, List *defs);

/*
 * Bring an existing table in line with the definitions.  Missing columns are added
 * where the table was made by us or may_alter is said; what differs (type, NOT NULL,
 * default, validators) is an error ERRCODE_ASSOC_DECLARATION_CONFLICT that says each difference, or,
 * with replace, changed.  Never drops a column.  An adopted table (may_alter false)
 * is compared and never altered: what it lacks is ERRCODE_ASSOC_UNFIT_TABLE
 * with the statement to run as hint.  Returns whether anything changed.
 */
extern bool attributes_apply(Oid relation, List *defs, bool may_alter, bool replace);

/* the registry's document for these definitions, over what it said before (may be NULL) */
extern Jsonb *attributes_registry_document(Jsonb *before, List *defs);

#endif							/* ASSOC_ATTRIBUTE_H */
