/*-------------------------------------------------------------------------
 *
 * options_internal.h
 *	  What the files of the parser share.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_OPTIONS_INTERNAL_H
#define ASSOC_OPTIONS_INTERNAL_H

#include "options/options.h"

extern void options_find_init(FindOptions *find, const DocPath *path);
/* readers of keys (document.h); limit, offset: a whole number not below 0, or a reference to a parameter */
extern void options_read_row_count(void *field, const JsonbValue *value, const DocPath *path);
/* a number of levels */
extern void options_read_depth(void *field, const JsonbValue *value, const DocPath *path);
/* a condition */
extern void options_read_where(void *field, const JsonbValue *value, const DocPath *path);
/* into AttributeOptions: a list of names or {"include", "exclude"} */
extern void options_read_attributes(void *field, const JsonbValue *value, const DocPath *path);
/* of an aggregate: a list of names and aggregates; of names only */
extern void options_read_shown(void *field, const JsonbValue *value, const DocPath *path);
extern void options_read_group(void *field, const JsonbValue *value, const DocPath *path);
/* into a ValuesOption */
extern void options_read_values(void *field, const JsonbValue *value, const DocPath *path);

/* "id", or ["through", "role"] of the link row */
typedef struct ValuesOption
{
	AttributeItem *item;
	bool		of_through;
} ValuesOption;

/* a where of a document; the conditions of all of them are counted together since options_begin_count() */
extern void options_begin_count(void);
/* a value of associated rows, which is planned as a condition on them is */
extern void options_count_subquery(const DocPath *path);
extern Condition *options_where_more(const JsonbValue *value, const DocPath *path);

/*
 * What the where of a document says of an aggregate that its attributes give a name is about
 * that aggregate.
 */
extern void options_bind_where(FindOptions *find);

/* error when a path lies deeper than pg_associations.max_depth allows */
extern void options_check_path_depth(const DocPath *path);

/* options_where.c: a condition, counted; {"key": value}; {"key": {operator: value}} */
extern Condition *options_condition(ConditionKind kind, const DocPath *path, List *args);
/* the one condition, or all of them */
extern Condition *options_all_of(const DocPath *path, List *args);
extern Condition *options_parse_bare(const Condition *model, const JsonbValue *value, const DocPath *path);
extern Condition *options_parse_operator(const Condition *model, const DocPair *pair, const DocPath *path);

/* options_predicate.c: has the object only keys of predicates, at least one? */
extern bool options_is_predicates(const JsonbValue *value);
extern Condition *options_parse_predicates(const char *key, const JsonbValue *value, const DocPath *path);

/* options_value.c: is it {"param": ...} or {"col": ...}? */
extern bool options_is_reference(const JsonbValue *value);

#endif							/* ASSOC_OPTIONS_INTERNAL_H */
