/*-------------------------------------------------------------------------
 *
 * model_options.h
 *	  The options document of define and adopt.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_MODEL_OPTIONS_H
#define ASSOC_MODEL_OPTIONS_H

#include "base/document.h"

struct DocMember;

/* the option of one kept timestamp */
typedef struct TimestampOption
{
	bool		given;			/* the key was there */
	bool		kept;			/* it is requested; meaningful when given */
	char	   *name;			/* attribute name; the default when none was given */
} TimestampOption;

typedef struct ModelOptions
{
	bool		defining;		/* of define, not of adopt */
	char	   *table_name;		/* NULL: derived from the model's name */
	int			timestamps;		/* -1: not given, else bool */
	TimestampOption created_at;
	TimestampOption updated_at;
	int			paranoid;		/* the same */
	TimestampOption deleted_at;
	int			underscored;	/* the same */
	char	   *comment;		/* or NULL */
	bool		validate_later; /* constraints are added NOT VALID to a table that is there */
	struct DocMember *indexes;	/* or NULL; see model_index.h */
	List	   *key;			/* adopt: columns of the key of a view (char *) */
	char	   *scopes;			/* JSON text, or NULL */
	char	   *default_scope;
	char	   *computed;
} ModelOptions;

/* adopting: only options that are not about the table itself */
extern ModelOptions *model_options_parse(Jsonb *options, bool adopting);

/* into a bool, the option "validate", of associations too, which has one value, "later"; an error where it is anything else */
extern void model_options_read_later(void *field, const JsonbValue *value, const DocPath *path);

/*
 * The registry's document, from the columns of the timestamps (NULL: not kept).
 * keep: what is not given stays as it was before (NULL: nothing was).
 */
extern Jsonb *model_options_document(const ModelOptions *options, Jsonb *before, bool keep,
									 const char *created_at, const char *updated_at,
									 const char *deleted_at);

/* differences of two such documents, as List of AttributeDifference */
extern List *model_options_compare(Jsonb *declared, Jsonb *existing);

/* define itself has declared this model, not only an association that made its table */
extern bool model_options_defined(Jsonb *options);

/* whether the registry's document has true under this key */
extern bool model_options_true(Jsonb *options, const char *key);

#endif							/* ASSOC_MODEL_OPTIONS_H */
