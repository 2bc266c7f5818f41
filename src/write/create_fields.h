/*-------------------------------------------------------------------------
 *
 * create_fields.h
 *	  The option "fields" of the write verbs: what the data may give.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_CREATE_FIELDS_H
#define ASSOC_CREATE_FIELDS_H

#include "options/options.h"
#include "registry/registry_cache.h"

/* ["name", "tasks.create.title", "users.connect"] */
typedef struct CreateFields
{
	bool		given;			/* else the data may give anything */
	List	   *names;			/* of char * */
} CreateFields;

/* NULL: not given */
extern CreateFields create_fields_read(const JsonbValue *value);

/*
 * Error 42501, with the path, for what the data, an object or an array of them, gives and
 * may not: attributes, verbs and conditions that are not among the fields.
 */
extern void create_fields_check_at(const CreateFields *fields, const Model *model,
								   const JsonbValue *data, const DocPath *path);
extern void create_fields_check(const CreateFields *fields, const Model *model,
								const JsonbValue *data);

/* error 42703 for fields that name nothing; for data that is looked at later */
extern void create_fields_check_names(const CreateFields *fields, const Model *model);

/* the same of data that is what is looked for, too */
extern void create_fields_check_where(const CreateFields *fields, const Model *model,
									  const Condition *where);

#endif							/* ASSOC_CREATE_FIELDS_H */
