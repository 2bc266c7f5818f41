/*-------------------------------------------------------------------------
 *
 * modify_options.c
 *	  Options of update, destroy and restore.
 *
 * Decides their form, and when rows are to be found before anything is done to them: where they are
 * to be shown as they were, or only some of them are meant.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "base/document.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"
#include "write/create.h"
#include "write/modify.h"

#define UPDATE (1 << MODIFY_UPDATE)
#define DESTROY (1 << MODIFY_DESTROY)
#define RESTORE (1 << MODIFY_RESTORE)

#define FIELD(name) offsetof(ModifyOptions, name)

static void read_where(void *field, const JsonbValue *value, const DocPath *path);
static void read_unscoped(void *field, const JsonbValue *value, const DocPath *path);
static void read_returning(void *field, const JsonbValue *value, const DocPath *path);
static void read_old(void *field, const JsonbValue *value, const DocPath *path);
static void read_fields(void *field, const JsonbValue *value, const DocPath *path);
static void read_order(void *field, const JsonbValue *value, const DocPath *path);
static void read_limit(void *field, const JsonbValue *value, const DocPath *path);
static void read_wait(void *field, const JsonbValue *value, const DocPath *path);

static const DocKey option_keys[] = {
	{"where", read_where, FIELD(where), UPDATE | DESTROY | RESTORE},
	{"all", doc_read_bool, FIELD(all), UPDATE | DESTROY | RESTORE},
	{"scope", read_unscoped, FIELD(unscoped), UPDATE | DESTROY | RESTORE},
	{"paranoid", doc_read_bool, FIELD(paranoid), UPDATE | DESTROY},
	{"order", read_order, FIELD(order), UPDATE | DESTROY},
	{"limit", read_limit, FIELD(limit), UPDATE | DESTROY},
	{"wait", read_wait, FIELD(wait), UPDATE | DESTROY},
	{"returning", read_returning, 0, UPDATE | DESTROY},
	{"old", read_old, FIELD(old), UPDATE},
	{"fields", read_fields, FIELD(fields), UPDATE},
	{"force", doc_read_bool, FIELD(force), DESTROY},
	{"dry_run", doc_read_bool, FIELD(dry_run), UPDATE | DESTROY | RESTORE},
	{0}
};

ModifyOptions
modify_read_options(ModifyVerb verb, Jsonb *document)
{
	ModifyOptions options = {.paranoid = true};
	JsonbValue	root;

	if (document != NULL)
	{
		doc_root_value(document, &root);
		if (!doc_reads_as_object(&root))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("options must be an object, not %s", doc_kind_name(&root)),
					 errhint("One row is {\"where\": {\"id\": 1}}.")));
		doc_read_object(&options, option_keys, 1 << verb, &root, NULL, "option");
	}
	if (options.where == NULL && !options.all)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("no where says which rows are meant"),
				 errhint("Give \"where\", or \"all\": true for all rows.")));
	return options;
}

/* an empty one selects nothing */
static void
read_where(void *field, const JsonbValue *value, const DocPath *path)
{
	Condition  *where = options_parse_where(value, path);

	if (where != NULL && (where->kind != CONDITION_AND || where->args != NIL))
		*(Condition **) field = where;
}

static void
read_unscoped(void *field, const JsonbValue *value, const DocPath *path)
{
	if (doc_need_bool(value, path))
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, NULL,
					   "only false, no default scope, can be said");
	*(bool *) field = true;
}

static void
read_returning(void *field, const JsonbValue *value, const DocPath *path)
{
	ModifyOptions *options = field;

	read_old(&options->returning, value, path);
	options->no_rows = options->returning == NULL;
}

/* true, false, an array of attributes, or a find document */
static void
read_old(void *field, const JsonbValue *value, const DocPath *path)
{
	if (value->type != jbvBool || value->val.boolean)
		*(Jsonb **) field = create_returning(value, path);
}

static void
read_fields(void *field, const JsonbValue *value, const DocPath *path pg_attribute_unused())
{
	*(CreateFields *) field = create_fields_read(value);
}

static void
read_order(void *field, const JsonbValue *value, const DocPath *path)
{
	*(List **) field = options_parse_order(value, path);
}

static void
read_limit(void *field, const JsonbValue *value, const DocPath *path)
{
	bool		whole = value->type == jbvNumeric &&
		DatumGetBool(DirectFunctionCall2(numeric_eq, NumericGetDatum(value->val.numeric),
										 DirectFunctionCall2(numeric_trunc, NumericGetDatum(value->val.numeric),
															 Int32GetDatum(0))));
	int64		limit = whole ? DatumGetInt64(DirectFunctionCall1(numeric_int8, NumericGetDatum(value->val.numeric))) : -1;

	if (limit < 0)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, NULL, "a limit is a number of rows, 0 or more");
	*(char **) field = psprintf(INT64_FORMAT, limit);
}

static void
read_wait(void *field, const JsonbValue *value, const DocPath *path)
{
	const char **wait = field;
	char	   *word = doc_need_string(value, path);

	if (strcmp(word, "nowait") == 0)
		*wait = "NOWAIT";
	else if (strcmp(word, "skip locked") == 0)
		*wait = "SKIP LOCKED";
	else if (strcmp(word, "wait") != 0)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, "It is one of wait, nowait, skip locked.",
					   "unknown wait \"%s\"", word);
}

bool
modify_finds_first(const ModifyOptions *options)
{
	return options->returning != NULL || options->old != NULL || options->order != NIL || options->limit != NULL ||
		options->wait != NULL;
}

void
modify_set_find(CreateFind *find, const ModifyOptions *options)
{
	find->where = options->where;
	find->scoped = !options->unscoped;
	find->deleted = !options->paranoid;
	find->order = options->order;
	find->limit = options->limit;
	find->wait = options->wait;
}
