/*-------------------------------------------------------------------------
 *
 * model_options.c
 *	  The options document of define and adopt.
 *
 * Decides which options there are, and which of them the registry keeps: only
 * those that the catalogs cannot say.
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
#include "lib/stringinfo.h"
#include "utils/json.h"

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
static char *declared_value(const ModelOptions *options, const char *key,
							const char *created_at, const char *updated_at,
							const char *deleted_at);
static bool is_given(const ModelOptions *options, const char *key);
static char *key_text(List *key);
static char *quoted(const char *text);
static char *registered_value(Jsonb *options, const char *key);

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
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfoChar(&buf, '{');
	for (int i = 0; registry_keys[i] != NULL; i++)
	{
		const char *key = registry_keys[i];
		char	   *value = declared_value(options, key, created_at, updated_at, deleted_at);

		if (keep && !is_given(options, key) && value == NULL)
			value = registered_value(before, key);
		if (value == NULL)
			continue;
		if (buf.len > 1)
			appendStringInfoString(&buf, ", ");
		appendStringInfo(&buf, "\"%s\": %s", key, value);
	}
	if (options->defining || model_options_defined(before))
		appendStringInfo(&buf, "%s\"defined\": true", buf.len > 1 ? ", " : "");
	appendStringInfoChar(&buf, '}');
	return doc_parse(buf.data);
}

/* as JSON text; NULL: nothing to keep */
static char *
declared_value(const ModelOptions *options, const char *key, const char *created_at,
			   const char *updated_at, const char *deleted_at)
{
	if (strcmp(key, "createdAt") == 0)
		return quoted(created_at);
	if (strcmp(key, "updatedAt") == 0)
		return quoted(updated_at);
	if (strcmp(key, "deletedAt") == 0)
		return quoted(deleted_at);
	if (strcmp(key, "underscored") == 0)
		return options->underscored ? pstrdup("true") : NULL;
	if (strcmp(key, "key") == 0)
		return key_text(options->key);
	if (strcmp(key, "scopes") == 0)
		return options->scopes;
	if (strcmp(key, "computed") == 0)
		return options->computed;
	return options->default_scope;
}

static bool
is_given(const ModelOptions *options, const char *key)
{
	if (strcmp(key, "createdAt") == 0)
		return options->timestamps_are_explicit || options->created_at.given;
	if (strcmp(key, "updatedAt") == 0)
		return options->timestamps_are_explicit || options->updated_at.given;
	if (strcmp(key, "deletedAt") == 0)
		return options->paranoid_is_explicit;
	if (strcmp(key, "underscored") == 0)
		return options->underscored_given;
	return false;
}

static char *
key_text(List *key)
{
	StringInfoData buf;

	if (key == NIL)
		return NULL;
	initStringInfo(&buf);
	foreach_ptr(char, name, key)
	{
		appendStringInfoString(&buf, foreach_current_index(name) > 0 ? ", " : "[");
		escape_json(&buf, name);
	}
	appendStringInfoChar(&buf, ']');
	return buf.data;
}

static char *
quoted(const char *text)
{
	StringInfoData buf;

	if (text == NULL)
		return NULL;
	initStringInfo(&buf);
	escape_json(&buf, text);
	return buf.data;
}

List *
model_options_compare(Jsonb *declared, Jsonb *existing)
{
	List	   *differences = NIL;

	for (int i = 0; registry_keys[i] != NULL; i++)
	{
		char	   *now = registered_value(declared, registry_keys[i]);
		char	   *before = registered_value(existing, registry_keys[i]);

		if (now == NULL && before == NULL)
			continue;
		if (now == NULL || before == NULL || strcmp(now, before) != 0)
			differences = lappend(differences,
								  attribute_difference(psprintf("options.%s", registry_keys[i]),
													   now ? now : "none",
													   before ? before : "none"));
	}
	return differences;
}

/* as JSON text, so that it can be compared and put into another document */
static char *
registered_value(Jsonb *options, const char *key)
{
	DocMember  *member = doc_find(doc_document_members(options, NULL), key);

	if (member == NULL)
		return NULL;
	return member->value.type == jbvString ? quoted(doc_text(&member->value)) :
		doc_text(&member->value);
}

bool
model_options_defined(Jsonb *options)
{
	return model_options_true(options, "defined");
}

bool
model_options_true(Jsonb *options, const char *key)
{
	DocMember  *member = doc_find(doc_document_members(options, NULL), key);

	return member != NULL && member->value.type == jbvBool && member->value.val.boolean;
}

char *
model_options_column(Jsonb *options, const char *key)
{
	DocMember  *member = doc_find(doc_document_members(options, NULL), key);

	return member && member->value.type == jbvString ? doc_text(&member->value) : NULL;
}
