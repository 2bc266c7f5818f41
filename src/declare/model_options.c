/*-------------------------------------------------------------------------
 *
 * model_options.c
 *	  The options document of define and adopt.
 *
 * Decides which options there are, and which of them the registry keeps: only
 * those that the catalogs do not have.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "base/doc_member.h"
#include "base/naming.h"
#include "declare/attribute.h"
#include "declare/computed.h"
#include "declare/model_options.h"

#define DEFINE 1
#define ADOPT 2
#define BOTH (DEFINE | ADOPT)

#define FIELD(name) offsetof(ModelOptions, name)

/* keys of the registry's document; "defined" is ours and no option */
static const char *const registry_keys[] = {
	"createdAt", "updatedAt", "deletedAt", "underscored", "key",
	"scopes", "defaultScope", "computed", NULL
};

static void read_table_name(void *field, const JsonbValue *value, const DocPath *path);
static void read_indexes(void *field, const JsonbValue *value, const DocPath *path);
static void read_timestamp(void *field, const JsonbValue *value, const DocPath *path);
static void read_scopes(void *field, const JsonbValue *value, const DocPath *path);
static void read_object(void *field, const JsonbValue *value, const DocPath *path);
static void check_timestamps(const ModelOptions *options, const DocPath *path);
static void write_column(StringInfo buf, const char *key, const char *column, bool is_explicit, Jsonb *before);
static void write_option(StringInfo buf, const char *key, const char *json, bool is_explicit, Jsonb *before);

static const DocKey option_keys[] = {
	{"tableName", read_table_name, FIELD(table_name), DEFINE},
	{"key", doc_read_strings, FIELD(key), ADOPT},
	{"timestamps", doc_read_int_bool, FIELD(timestamps), BOTH},
	{"createdAt", read_timestamp, FIELD(created_at), BOTH},
	{"updatedAt", read_timestamp, FIELD(updated_at), BOTH},
	{"deletedAt", read_timestamp, FIELD(deleted_at), BOTH},
	{"paranoid", doc_read_int_bool, FIELD(paranoid), BOTH},
	{"underscored", doc_read_int_bool, FIELD(underscored), BOTH},
	{"comment", doc_read_string, FIELD(comment), DEFINE},
	{"indexes", read_indexes, FIELD(indexes), DEFINE},
	{"validate", model_options_read_later, FIELD(validate_later), DEFINE},
	{"scopes", read_scopes, FIELD(scopes), BOTH},
	{"defaultScope", read_object, FIELD(default_scope), BOTH},
	{"computed", computed_read_option, FIELD(computed), BOTH},
	{0}
};

ModelOptions *
model_options_parse(Jsonb *document, bool adopting)
{
	ModelOptions *options = palloc0_object(ModelOptions);
	DocPath    *path = doc_path_key(NULL, "options");
	JsonbValue	root;

	options->defining = !adopting;
	options->timestamps = options->paranoid = options->underscored = -1;
	if (document != NULL)
	{
		doc_root_value(document, &root);
		doc_read_object(options, option_keys, adopting ? ADOPT : DEFINE, &root, path, "option");
	}
	check_timestamps(options, path);
	return options;
}

static void
read_table_name(void *field, const JsonbValue *value, const DocPath *path)
{
	*(char **) field = doc_need_name(value, "table", path);
}

static void
read_indexes(void *field, const JsonbValue *value, const DocPath *path)
{
	*(DocMember **) field = doc_whole(value, path);
}

void
model_options_read_later(void *field, const JsonbValue *value, const DocPath *path)
{
	char	   *given = doc_need_string(value, path);

	if (strcmp(given, "later") != 0)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path,
					   "Give \"later\", or leave it out: constraints are validated when they are added.",
					   "unknown time of validation \"%s\"", given);
	*(bool *) field = true;
}

/* true, false or a name of its own */
static void
read_timestamp(void *field, const JsonbValue *value, const DocPath *path)
{
	TimestampOption *option = field;

	option->given = true;
	option->kept = value->type != jbvBool || value->val.boolean;
	if (value->type != jbvBool)
		option->name = doc_need_name(value, "attribute", path);
}

/* an option that another one switches off would be ignored in silence */
static void
check_timestamps(const ModelOptions *options, const DocPath *path)
{
	if (options->timestamps == 0 && (options->created_at.kept || options->updated_at.kept))
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, doc_path_key(path, "timestamps"), NULL,
					   "\"timestamps\": false contradicts \"createdAt\" or \"updatedAt\"");
	if (options->deleted_at.kept && options->paranoid != 1)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, doc_path_key(path, "deletedAt"), NULL,
					   "\"deletedAt\" needs \"paranoid\": true");
	if (options->paranoid == 1 && options->deleted_at.given && !options->deleted_at.kept)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, doc_path_key(path, "deletedAt"), NULL,
					   "\"paranoid\" needs the column that \"deletedAt\" leaves out");
}

static void
read_scopes(void *field, const JsonbValue *value, const DocPath *path)
{
	read_object(field, value, path);
	foreach_ptr(DocPair, scope, doc_object_pairs(value))
	{
		DocPath    *member_path = doc_path_key(path, scope->key);

		naming_check(scope->key, "scope", member_path);
		doc_need_object(&scope->value, member_path);
	}
}

/* as JSON text; an object without keys is none */
static void
read_object(void *field, const JsonbValue *value, const DocPath *path)
{
	doc_need_object(value, path);
	if (doc_object_pairs(value) != NIL)
		*(char **) field = doc_text(value);
}

Jsonb *
model_options_document(const ModelOptions *options, Jsonb *before, bool keep,
					   const char *created_at, const char *updated_at,
					   const char *deleted_at)
{
	bool		timestamps = options->timestamps >= 0;
	Jsonb	   *kept = keep ? before : NULL;
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfoChar(&buf, '{');
	write_column(&buf, "createdAt", created_at, timestamps || options->created_at.given, kept);
	write_column(&buf, "updatedAt", updated_at, timestamps || options->updated_at.given, kept);
	write_column(&buf, "deletedAt", deleted_at, options->paranoid >= 0, kept);
	write_option(&buf, "underscored", options->underscored == 1 ? "true" : NULL, options->underscored >= 0, kept);
	if (options->key != NIL)
		doc_write_strings(&buf, "key", options->key);
	else
		write_option(&buf, "key", NULL, false, kept);
	write_option(&buf, "scopes", options->scopes, false, kept);
	write_option(&buf, "defaultScope", options->default_scope, false, kept);
	write_option(&buf, "computed", options->computed, false, kept);
	if (options->defining || model_options_defined(before))
		write_option(&buf, "defined", "true", true, NULL);
	appendStringInfoChar(&buf, '}');
	return doc_parse(buf.data);
}

static void
write_column(StringInfo buf, const char *key, const char *column, bool is_explicit, Jsonb *before)
{
	if (column != NULL)
		doc_write_string(buf, key, column);
	else
		write_option(buf, key, NULL, is_explicit, before);
}

/* json: NULL where the document has none; unless that is explicit, it is as it was before (NULL: none either) */
static void
write_option(StringInfo buf, const char *key, const char *json, bool is_explicit, Jsonb *before)
{
	JsonbValue *kept = json == NULL && !is_explicit ? doc_option(before, NULL, key) : NULL;

	if (json == NULL && kept == NULL)
		return;
	doc_write_key(buf, key);
	appendStringInfoString(buf, json ? json : doc_json(kept));
}

List *
model_options_compare(Jsonb *declared, Jsonb *existing)
{
	List	   *differences = NIL;

	for (int i = 0; registry_keys[i] != NULL; i++)
	{
		JsonbValue *now = doc_option(declared, NULL, registry_keys[i]);
		JsonbValue *before = doc_option(existing, NULL, registry_keys[i]);
		char	   *now_text = now ? doc_json(now) : "none";
		char	   *before_text = before ? doc_json(before) : "none";

		if (strcmp(now_text, before_text) != 0)
			differences = lappend(differences,
								  attribute_difference(psprintf("options.%s", registry_keys[i]),
													   now_text, before_text));
	}
	return differences;
}

bool
model_options_defined(Jsonb *options)
{
	return model_options_true(options, "defined");
}

bool
model_options_true(Jsonb *options, const char *key)
{
	return doc_is_true(doc_option(options, NULL, key));
}
