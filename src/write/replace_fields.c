/*-------------------------------------------------------------------------
 *
 * replace_fields.c
 *	  The option "fields" and documents that were compared with what is there.
 *
 * Decides that what a document comes to is asked for, not what it says: a row that is changed as
 * "update", one that is new as "create", links as "connect" and "disconnect".  So a client may send back
 * all that it got.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "base/document.h"
#include "options/load_allow.h"
#include "write/create_fields.h"
#include "write/replace.h"

static const CreateFields *fields_of(CreateLevel *level);
static char *prefix_of(const CreateLevel *level, const CreateRow *row);

void
replace_check_row(CreateLevel *level, const CreateRow *row)
{
	const CreateFields *fields = fields_of(level);
	char	   *prefix;

	if (fields == NULL)
		return;
	prefix = prefix_of(level, row);
	if (!row->existing && level->assoc != NULL)
		load_allow_need_field(fields->names, pnstrdup(prefix, strlen(prefix) - 1), row->path);
	for (int a = 0; a < level->model->nattributes; a++)
	{
		const Attribute *attribute = &level->model->attributes[a];

		if (row->is_explicit[a])
			load_allow_need_field(fields->names, psprintf("%s%s", prefix, attribute->name),
								  doc_path_key(row->path, attribute->name));
	}
}

void
replace_check_link(CreateLevel *level, const CreateRow *row, const char *verb, const LinkPayload *payload)
{
	const CreateFields *fields = fields_of(level);
	char	   *prefix;

	if (fields == NULL)
		return;
	prefix = psprintf("%s%s.%s", prefix_of(level->parent, row->parent), level->assoc->association->alias, verb);
	load_allow_need_field(fields->names, prefix, row->path);
	for (int a = 0; payload != NULL && a < level->assoc->through->nattributes; a++)
	{
		const Attribute *attribute = &level->assoc->through->attributes[a];

		if (payload->given[a])
			load_allow_need_field(fields->names, psprintf("%s.through.%s", prefix, attribute->name),
								  doc_path_key(payload->path, attribute->name));
	}
}

void
replace_check_verb(CreateLevel *level, const Replace *replace, const char *verb)
{
	const CreateFields *fields = fields_of(level);

	if (fields != NULL)
		load_allow_need_field(fields->names,
							  psprintf("%s%s.%s", prefix_of(level->parent, replace->parent),
									   level->assoc->association->alias, verb), replace->path);
}

/* NULL: anything may be given */
static const CreateFields *
fields_of(CreateLevel *level)
{
	const CreateFields *fields = create_root_of(level)->fields;

	return fields != NULL && fields->given ? fields : NULL;
}

/* of what a row gives: "tasks.update.data." */
static char *
prefix_of(const CreateLevel *level, const CreateRow *row)
{
	if (level->assoc == NULL)
		return "";
	return psprintf("%s%s.%s.", prefix_of(level->parent, row->parent), level->assoc->association->alias,
					row->existing ? "update.data" : "create");
}
