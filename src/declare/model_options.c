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
#include "declare/association_options.h"
#include "declare/attribute.h"
#include "declare/computed.h"
#include "declare/model_options.h"

static const char *const define_keys[] = {
	"tableName", "timestamps", "createdAt", "updatedAt", "deletedAt", "paranoid",
	"underscored", "comment", "indexes", "validate", "scopes", "defaultScope", "computed", NULL
};
static const char *const adopt_keys[] = {
	"key", "timestamps", "createdAt", "updatedAt", "deletedAt", "paranoid",
	"underscored", "scopes", "defaultScope", "computed", NULL
};

/* keys of the registry's document; "defined" is ours and no option */
static const char *const registry_keys[] = {
	"createdAt", "updatedAt", "deletedAt", "underscored", "key",
	"scopes", "defaultScope", "computed", NULL
};

static void parse_timestamp(TimestampOption *option, List *members, const char *key);
static void check_timestamps(const ModelOptions *options, List *members);
static char *object_text(List *members, const char *key, bool of_objects);
static bool bool_option(List *members, const char *key, bool *given);
static void write_column(StringInfo buf, const char *key, const char *column, bool is_explicit, Jsonb *before);
static void write_option(StringInfo buf, const char *key, const char *json, bool is_explicit, Jsonb *before);

ModelOptions *
model_options_parse(Jsonb *document, bool adopting)
{
	ModelOptions *options = palloc0_object(ModelOptions);
	DocPath    *path = doc_path_key(NULL, "options");
	List	   *members = doc_document_members(document, path);
	DocMember  *member;

	doc_check_keys(members, adopting ? adopt_keys : define_keys, "option");
	if ((member = doc_find(members, "tableName")) != NULL)
		options->table_name = doc_member_name(member, "table");
	if ((member = doc_find(members, "comment")) != NULL)
		options->comment = doc_member_string(member);
	if ((member = doc_find(members, "key")) != NULL)
		options->key = doc_member_strings(member);
	options->indexes = doc_find(members, "indexes");
	if ((member = doc_find(members, "validate")) != NULL)
		options->validate_later = association_options_later(&member->value, &member->path);
	options->timestamps = bool_option(members, "timestamps", &options->timestamps_are_explicit);
	options->paranoid = bool_option(members, "paranoid", &options->paranoid_is_explicit);
	options->underscored = bool_option(members, "underscored", &options->underscored_given);
	parse_timestamp(&options->created_at, members, "createdAt");
	parse_timestamp(&options->updated_at, members, "updatedAt");
	parse_timestamp(&options->deleted_at, members, "deletedAt");
	check_timestamps(options, members);
	options->defining = !adopting;
	options->scopes = object_text(members, "scopes", true);
	options->default_scope = object_text(members, "defaultScope", false);
	options->computed = computed_option(doc_find(members, "computed"));
	return options;
}

/* true, false or a name of its own */
static void
parse_timestamp(TimestampOption *option, List *members, const char *key)
{
	DocMember  *member = doc_find(members, key);

	option->given = member != NULL;
	if (member == NULL)
		return;
	if (member->value.type == jbvBool)
	{
		option->kept = member->value.val.boolean;
		return;
	}
	option->kept = true;
	option->name = doc_member_name(member, "attribute");
}

/* an option that another one switches off would be ignored in silence */
static void
check_timestamps(const ModelOptions *options, List *members)
{
	bool		off = options->timestamps_are_explicit && !options->timestamps;

	if (off && (options->created_at.kept || options->updated_at.kept))
		error_document(ERRCODE_INVALID_PARAMETER_VALUE,
					   &doc_find(members, "timestamps")->path, NULL,
					   "\"timestamps\": false contradicts \"createdAt\" or \"updatedAt\"");
	if (options->deleted_at.kept && !options->paranoid)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE,
					   &doc_find(members, "deletedAt")->path, NULL,
					   "\"deletedAt\" needs \"paranoid\": true");
	if (options->paranoid && options->deleted_at.given && !options->deleted_at.kept)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE,
					   &doc_find(members, "deletedAt")->path, NULL,
					   "\"paranoid\" needs the column that \"deletedAt\" leaves out");
}

static char *
object_text(List *members, const char *key, bool of_objects)
{
	DocMember  *member = doc_find(members, key);
	List	   *inner;

	if (member == NULL)
		return NULL;
	inner = doc_members(&member->value, &member->path);
	if (of_objects)
		foreach_ptr(DocMember, scope, inner)
		{
			naming_check(scope->key, "scope", &scope->path);
			doc_need_object(&scope->value, &scope->path);
		}
	return inner ? doc_text(&member->value) : NULL;
}

static bool
bool_option(List *members, const char *key, bool *given)
{
	DocMember  *member = doc_find(members, key);

	*given = member != NULL;
	return member != NULL && doc_member_bool(member);
}

Jsonb *
model_options_document(const ModelOptions *options, Jsonb *before, bool keep,
					   const char *created_at, const char *updated_at,
					   const char *deleted_at)
{
	bool		timestamps = options->timestamps_are_explicit;
	Jsonb	   *kept = keep ? before : NULL;
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfoChar(&buf, '{');
	write_column(&buf, "createdAt", created_at, timestamps || options->created_at.given, kept);
	write_column(&buf, "updatedAt", updated_at, timestamps || options->updated_at.given, kept);
	write_column(&buf, "deletedAt", deleted_at, options->paranoid_is_explicit, kept);
	write_option(&buf, "underscored", options->underscored ? "true" : NULL, options->underscored_given, kept);
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

char *
model_options_column(Jsonb *options, const char *key)
{
	JsonbValue *column = doc_option(options, NULL, key);

	return column != NULL && column->type == jbvString ? doc_string(column) : NULL;
}
