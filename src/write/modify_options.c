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

static void read_option(ModifyOptions *options, ModifyVerb verb, DocPair *pair);
static void check_known(ModifyVerb verb, const char *key, const DocPath *path);
static Condition *read_where(const JsonbValue *value, const DocPath *path);
static bool read_unscoped(const JsonbValue *value, const DocPath *path);
static Jsonb *read_shown(const JsonbValue *value, const DocPath *path, bool *none);
static char *read_limit(const JsonbValue *value, const DocPath *path);
static const char *read_wait(const JsonbValue *value, const DocPath *path);

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
					 errmsg("options must be an object, not %s", doc_kind_name(&root))));
		foreach_ptr(DocPair, pair, doc_object_pairs(&root))
			read_option(&options, verb, pair);
	}
	if (options.where == NULL && !options.all)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("no where says which rows are meant"),
				 errhint("Give \"where\", or \"all\": true for all rows.")));
	return options;
}

static void
read_option(ModifyOptions *options, ModifyVerb verb, DocPair *pair)
{
	const DocPath *path = doc_path_key(NULL, pair->key);
	const JsonbValue *value = &pair->value;

	check_known(verb, pair->key, path);
	if (strcmp(pair->key, "where") == 0)
		options->where = read_where(value, path);
	else if (strcmp(pair->key, "all") == 0)
		options->all = doc_need_bool(value, path);
	else if (strcmp(pair->key, "scope") == 0)
		options->unscoped = read_unscoped(value, path);
	else if (strcmp(pair->key, "paranoid") == 0)
		options->paranoid = doc_need_bool(value, path);
	else if (strcmp(pair->key, "force") == 0)
		options->force = doc_need_bool(value, path);
	else if (strcmp(pair->key, "fields") == 0)
		options->fields = create_fields_read(value);
	else if (strcmp(pair->key, "dry_run") == 0)
		options->dry_run = doc_need_bool(value, path);
	else if (strcmp(pair->key, "returning") == 0)
		options->returning = read_shown(value, path, &options->no_rows);
	else if (strcmp(pair->key, "old") == 0)
		options->old = read_shown(value, path, NULL);
	else if (strcmp(pair->key, "order") == 0)
		options->order = options_parse_order(value, path);
	else if (strcmp(pair->key, "limit") == 0)
		options->limit = read_limit(value, path);
	else
		options->wait = read_wait(value, path);
}

static void
check_known(ModifyVerb verb, const char *key, const DocPath *path)
{
	static const char *const update[] = {"where", "all", "scope", "paranoid", "order", "limit", "wait", "returning",
		"old", "fields", "dry_run", NULL};
	static const char *const destroy[] = {"where", "all", "scope", "paranoid", "order", "limit", "wait", "returning",
		"force", "dry_run", NULL};
	static const char *const restore[] = {"where", "all", "scope", "dry_run", NULL};
	const char *const *known = verb == MODIFY_UPDATE ? update : verb == MODIFY_DESTROY ? destroy : restore;

	for (const char *const *name = known; *name != NULL; name++)
	{
		if (strcmp(*name, key) == 0)
			return;
	}
	doc_unknown_key(path, known, "option");
}

/* an empty one selects nothing */
static Condition *
read_where(const JsonbValue *value, const DocPath *path)
{
	Condition  *where = options_parse_where(value, path);

	return where == NULL || (where->kind == CONDITION_AND && where->args == NIL) ? NULL : where;
}

static bool
read_unscoped(const JsonbValue *value, const DocPath *path)
{
	if (doc_need_bool(value, path))
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, NULL,
					   "only false, no default scope, can be said");
	return true;
}

/* true, false, an array of attributes, or a find document */
static Jsonb *
read_shown(const JsonbValue *value, const DocPath *path, bool *none)
{
	bool		shows = value->type != jbvBool || value->val.boolean;

	if (none != NULL)
		*none = !shows;
	return shows ? create_returning(value, path) : NULL;
}

static char *
read_limit(const JsonbValue *value, const DocPath *path)
{
	bool		whole = value->type == jbvNumeric &&
		DatumGetBool(DirectFunctionCall2(numeric_eq, NumericGetDatum(value->val.numeric),
										 DirectFunctionCall2(numeric_trunc, NumericGetDatum(value->val.numeric),
															 Int32GetDatum(0))));
	int64		limit = whole ? DatumGetInt64(DirectFunctionCall1(numeric_int8, NumericGetDatum(value->val.numeric))) : -1;

	if (limit < 0)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, NULL, "a limit is a number of rows, 0 or more");
	return psprintf(INT64_FORMAT, limit);
}

static const char *
read_wait(const JsonbValue *value, const DocPath *path)
{
	char	   *word = doc_need_string(value, path);

	if (strcmp(word, "nowait") == 0)
		return "NOWAIT";
	if (strcmp(word, "skip locked") == 0)
		return "SKIP LOCKED";
	if (strcmp(word, "wait") != 0)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, "It is one of wait, nowait, skip locked.",
					   "unknown wait \"%s\"", word);
	return NULL;
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
