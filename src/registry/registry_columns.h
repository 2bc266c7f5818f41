/*-------------------------------------------------------------------------
 *
 * registry_columns.h
 *	  Columns of assoc.models and assoc.associations, for the files that read and write them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_REGISTRY_COLUMNS_H
#define ASSOC_REGISTRY_COLUMNS_H

#define DECLARED "declared"

/* no plan depends on it, so that its invalidation makes none invalid, as that of a table would */
#define NAMES "models_name_idx"

/* columns of assoc.models, in the order of the install script */
enum
{
	MODELS_RELATION = 1,
	MODELS_NAME,
	MODELS_MADE,
	MODELS_ATTRIBUTES,
	MODELS_OPTIONS,
	MODELS_NCOLUMNS = MODELS_OPTIONS,
	MODELS_DISCOVERED,			/* not there, and false, in a catalog that has not been updated */
	MODELS_DECLARED				/* as well, and NULL */
};

/* columns of assoc.associations */
enum
{
	ASSOCIATIONS_SOURCE = 1,
	ASSOCIATIONS_ALIAS,
	ASSOCIATIONS_KIND,
	ASSOCIATIONS_TARGET,
	ASSOCIATIONS_THROUGH,
	ASSOCIATIONS_SOURCE_KEY,
	ASSOCIATIONS_FOREIGN_KEY,
	ASSOCIATIONS_OTHER_KEY,
	ASSOCIATIONS_TARGET_KEY,
	ASSOCIATIONS_SINGULAR,
	ASSOCIATIONS_INVERSE,
	ASSOCIATIONS_OPTIONS,
	ASSOCIATIONS_NCOLUMNS = ASSOCIATIONS_OPTIONS,
	ASSOCIATIONS_DISCOVERED,
	ASSOCIATIONS_DECLARED
};

/* in registry.c: of a table or index of the registry; error where the extension is not installed */
extern Oid	registry_relid(const char *table);

#endif							/* ASSOC_REGISTRY_COLUMNS_H */
