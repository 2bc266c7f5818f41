/*-------------------------------------------------------------------------
 *
 * association_options.c
 *	  The options document of a declared association, checked and taken apart.
 *
 * Decides which options there are for which kind, what form they have, and
 * which of them the registry stores: what the catalogs have (actions of foreign
 * keys, deferrability, whether there is a constraint at all) is not stored, so
 * that it cannot contradict them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "base/doc_member.h"
#include "base/naming.h"
#include "declare/accessor_names.h"
#include "declare/association_options.h"
#include "declare/kept_links.h"
#include "declare/model_options.h"
#include "options/options.h"

/* which documents have an option: of an association, and of its inverse */
#define OF(kind) (1 << (kind))
#define OF_INVERSE(kind) (OF(kind) << 4)
#define MANY (OF(BELONGS_TO_MANY) | OF(HAS_MANY))
#define LINKED (MANY | OF(HAS_ONE)) /* rows of another table are its links */
#define ANY_KIND (LINKED | OF(BELONGS_TO))
#define BOTH(kinds) ((kinds) | (kinds) << 4)
/* the registry stores it as it is */
#define STORED (1 << 8)

#define FIELD(name) offsetof(AssociationOptions, name)

static void check_scope(void *field, const JsonbValue *value, const DocPath *path);
static void check_order(void *field, const JsonbValue *value, const DocPath *path);
static void check_max(void *field, const JsonbValue *value, const DocPath *path);
static void check_on_destroy(void *field, const JsonbValue *value, const DocPath *path);
static void read_singular(void *field, const JsonbValue *value, const DocPath *path);
static void read_action(void *field, const JsonbValue *value, const DocPath *path);
static void read_deferrable(void *field, const JsonbValue *value, const DocPath *path);
static void read_through(void *field, const JsonbValue *value, const DocPath *path);
static void read_payload(void *field, const JsonbValue *value, const DocPath *path);
static void read_inverse(void *field, const JsonbValue *value, const DocPath *path);
static AssociationOptions *parse_document(const JsonbValue *document, AssociationKind kind,
										  const DocPath *path, bool inverse);
pg_noreturn static void refuse_key(AssociationKind kind, bool inverse, const DocPath *path);
static int	context_of(AssociationKind kind, bool inverse);
static AssociationKind other_direction(AssociationKind kind);
static void inherit_through(AssociationOptions *options);
static void check_position(const AssociationOptions *options, const DocPath *path);
static void check_symmetric(const AssociationOptions *options, const DocPath *path);
static void check_least(const AssociationOptions *options, const DocPath *path);
static void write_pair(StringInfo buf, const char *key, const JsonbValue *value);
static Jsonb *stored_document(const AssociationOptions *options);
static void append_through(StringInfo buf, const AssociationOptions *options);

static const DocKey option_keys[] = {
	{"scope", check_scope, 0, BOTH(ANY_KIND) | STORED},
	{"order", check_order, 0, BOTH(ANY_KIND) | STORED},
	{"paranoid", doc_check_bool, 0, BOTH(ANY_KIND) | STORED},
	{"position", doc_read_string, FIELD(position), BOTH(MANY) | STORED},
	{"symmetric", doc_read_bool, FIELD(symmetric), OF(BELONGS_TO_MANY) | STORED},
	{"counter", doc_check_string, 0, BOTH(MANY) | STORED},
	{"touch", doc_check_bool, 0, BOTH(LINKED) | STORED},
	{"max", check_max, 0, BOTH(MANY) | STORED},
	{"limits", kept_limits_check, 0, BOTH(MANY) | STORED},
	{"acyclic", doc_check_bool, 0, BOTH(MANY) | STORED},
	{"onDestroy", check_on_destroy, 0, BOTH(LINKED) | STORED},
	{"accessors", accessors_check_option, 0, BOTH(ANY_KIND) | STORED},
	{"singular", read_singular, FIELD(singular), BOTH(ANY_KIND)},
	{"through", read_through, 0, BOTH(OF(BELONGS_TO_MANY))},
	{"onDelete", read_action, FIELD(keys.on_delete), ANY_KIND},
	{"onUpdate", read_action, FIELD(keys.on_update), ANY_KIND},
	{"constraints", doc_read_bool, FIELD(keys.constraints), ANY_KIND},
	{"deferrable", read_deferrable, FIELD(keys.deferrable), ANY_KIND},
	{"validate", model_options_read_later, FIELD(keys.later), ANY_KIND},
	{"timestamps", doc_read_bool, FIELD(timestamps), OF(BELONGS_TO_MANY)},
	{"unique", doc_read_bool, FIELD(unique), OF(BELONGS_TO_MANY) | OF(HAS_ONE)},
	{"inverse", read_inverse, 0, ANY_KIND},
	{0}
};

static const DocKey through_keys[] = {
	{"scope", check_scope, 0, DOC_ANY},
	{"paranoid", doc_check_bool, 0, DOC_ANY},
	{"unique", doc_read_bool, FIELD(unique), DOC_ANY},
	{"as", doc_check_string, 0, DOC_ANY},
	{"attributes", read_payload, FIELD(payload), DOC_ANY},
	{0}
};

AssociationOptions *
association_options_parse(Jsonb *document, AssociationKind kind)
{
	DocPath    *path = doc_path_key(NULL, "options");
	JsonbValue *root = NULL;
	AssociationOptions *options;

	if (document != NULL)
	{
		root = palloc_object(JsonbValue);
		doc_root_value(document, root);
	}
	options = parse_document(root, kind, path, false);
	inherit_through(options);
	check_position(options, path);
	check_position(options->inverse, doc_path_key(path, "inverse"));
	check_symmetric(options, doc_path_key(path, "symmetric"));
	check_least(options, doc_path_key(path, "limits"));
	check_least(options->inverse, doc_path_key(doc_path_key(path, "inverse"), "limits"));
	options->stored = stored_document(options);
	options->inverse->stored = stored_document(options->inverse);
	return options;
}

static AssociationOptions *
parse_document(const JsonbValue *document, AssociationKind kind, const DocPath *path, bool inverse)
{
	AssociationOptions *options = palloc0_object(AssociationOptions);

	options->kind = kind;
	options->document = document;
	options->keys.constraints = true;
	options->unique = true;
	if (document != NULL)
	{
		doc_need_object(document, path);
		foreach_ptr(DocPair, pair, doc_object_pairs(document))
		{
			DocPath    *member_path = doc_path_key(path, pair->key);

			if (!doc_read_key(options, option_keys, context_of(kind, inverse), &pair->value, member_path))
				refuse_key(kind, inverse, member_path);
		}
	}
	if (!inverse && options->inverse == NULL)
		options->inverse = parse_document(NULL, other_direction(kind), path, true);
	return options;
}

static int
context_of(AssociationKind kind, bool inverse)
{
	return inverse ? OF_INVERSE(kind) : OF(kind);
}

static void
read_inverse(void *field, const JsonbValue *value, const DocPath *path)
{
	AssociationOptions *options = field;

	options->inverse = parse_document(value, other_direction(options->kind), path, true);
}

/* a has_one where the key is unique, which is not known yet */
static AssociationKind
other_direction(AssociationKind kind)
{
	if (kind == BELONGS_TO_MANY)
		return kind;
	return kind == BELONGS_TO ? HAS_MANY : BELONGS_TO;
}

void
association_options_need_kind(const AssociationOptions *inverse, AssociationKind kind)
{
	DocPath    *path = doc_path_key(doc_path_key(NULL, "options"), "inverse");

	if (inverse->document == NULL)
		return;
	foreach_ptr(DocPair, pair, doc_object_pairs(inverse->document))
	{
		if (!naming_among(doc_key_names(option_keys, OF_INVERSE(kind)), pair->key))
			refuse_key(kind, true, doc_path_key(path, pair->key));
	}
}

/* the last step of the path is no option of this kind */
static void
refuse_key(AssociationKind kind, bool inverse, const DocPath *path)
{
	if (kind == BELONGS_TO && naming_among(doc_key_names(option_keys, OF(HAS_MANY)), path->key) &&
		!naming_among(doc_key_names(option_keys, OF(BELONGS_TO)), path->key))
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path,
					   inverse ? "Give it to the has_many." :
					   psprintf("Give it to the has_many; with an inverse: {\"inverse\": {\"%s\": ...}}.", path->key),
					   "\"%s\" is no option of a belongs_to", path->key);
	doc_unknown_name(path, doc_key_names(option_keys, context_of(kind, inverse)), "option");
}

/* ---- one option each ---- */

static void
check_scope(void *field pg_attribute_unused(), const JsonbValue *value, const DocPath *path)
{
	(void) options_parse_where(value, path);
}

static void
check_order(void *field pg_attribute_unused(), const JsonbValue *value, const DocPath *path)
{
	(void) options_parse_order(value, path);
}

static void
check_max(void *field pg_attribute_unused(), const JsonbValue *value, const DocPath *path)
{
	(void) kept_limits_number(value, path);
}

static void
check_on_destroy(void *field pg_attribute_unused(), const JsonbValue *value, const DocPath *path)
{
	if (strcmp(doc_need_string(value, path), "CASCADE") != 0)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path,
					   "Give \"CASCADE\", or leave it out: a row that is soft-deleted keeps what refers to it.",
					   "unknown action \"%s\"", doc_string(value));
}

static void
read_singular(void *field, const JsonbValue *value, const DocPath *path)
{
	*(char **) field = doc_need_name(value, "singular", path);
}

static void
read_action(void *field, const JsonbValue *value, const DocPath *path)
{
	static const char *const actions[] = {"CASCADE", "RESTRICT", "NO ACTION", "SET NULL", "SET DEFAULT"};
	char	   *given = doc_need_string(value, path);
	List	   *known = NIL;

	for (int i = 0; i < (int) lengthof(actions); i++)
	{
		if (pg_strcasecmp(given, actions[i]) == 0)
		{
			*(const char **) field = actions[i];
			return;
		}
		known = lappend(known, unconstify(char *, actions[i]));
	}
	error_document(ERRCODE_INVALID_PARAMETER_VALUE, path,
				   error_hint_nearest(given, known, "actions"),
				   "unknown foreign key action \"%s\"", given);
}

/* true, false, "immediate" or "deferred": whether and how the foreign keys can wait */
static void
read_deferrable(void *field, const JsonbValue *value, const DocPath *path)
{
	const char **words = field;
	char	   *given;

	if (value->type == jbvBool)
	{
		*words = value->val.boolean ? "DEFERRABLE" : "NOT DEFERRABLE";
		return;
	}
	given = doc_need_string(value, path);
	if (strcmp(given, "immediate") != 0 && strcmp(given, "deferred") != 0)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path,
					   "Give true, false, \"immediate\" or \"deferred\".",
					   "unknown deferrability \"%s\"", given);
	*words = given[0] == 'i' ? "DEFERRABLE INITIALLY IMMEDIATE" : "DEFERRABLE INITIALLY DEFERRED";
}

static void
read_through(void *field, const JsonbValue *value, const DocPath *path)
{
	if (value->type == jbvString)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, "The join table is an argument: through => 'UserProject'.",
					   "expected an object, not a string,");
	doc_read_object(field, through_keys, DOC_ANY, value, path, "option");
}

static void
read_payload(void *field, const JsonbValue *value, const DocPath *path)
{
	List	  **payload = field;

	doc_need_array(value, path);
	foreach_ptr(JsonbValue, element, doc_array_elements(value))
	{
		PlacedName *name = palloc_object(PlacedName);

		name->path = doc_path_index(path, foreach_current_index(element));
		name->name = doc_need_string(element, name->path);
		*payload = lappend(*payload, name);
	}
}

/* ---- what the registry keeps ---- */

/*
 * Both directions see the same link rows, so the options of the join table
 * are the other direction's too, unless it has its own.
 */
static void
inherit_through(AssociationOptions *options)
{
	AssociationOptions *inverse = options->inverse;

	inverse->unique = options->unique;
	inverse->keys = options->keys;
	if (options->document != NULL)
		options->through = doc_get(options->document, "through");
	if (inverse->document != NULL)
		inverse->through = doc_get(inverse->document, "through");
	if (inverse->through == NULL)
	{
		inverse->through = options->through;
		inverse->payload = options->payload;
	}
}

/* one order for all links of a row, each of which is identified by what it links */
static void
check_position(const AssociationOptions *options, const DocPath *path)
{
	path = doc_path_key(path, "position");
	if (options->position == NULL)
		return;
	if (!options->unique)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path,
					   "A pair that is linked twice has no position of its own.",
					   "links with a position are unique");
	if (options->document != NULL && doc_get(options->document, "order") != NULL)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path,
					   "Links with a position come in its order.",
					   "\"position\" and \"order\" are both given");
}

/* refuses options that tell the two ends of a link apart, or allow a pair twice */
static void
check_symmetric(const AssociationOptions *options, const DocPath *path)
{
	static const char *const others[] = {"position", "acyclic", "inverse"};

	if (!options->symmetric)
		return;
	for (int i = 0; i < (int) lengthof(others); i++)
	{
		if (doc_get(options->document, others[i]) != NULL)
			error_document(ERRCODE_INVALID_PARAMETER_VALUE, path,
						   "Its links are seen from both ends, and have no direction.",
						   "a symmetric association takes no \"%s\"", others[i]);
	}
	if (!options->unique)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, NULL,
					   "links of a symmetric association are unique");
}

/* links that are soft-deleted with their source are written with the rights of its owner, where nothing can wait */
static void
check_least(const AssociationOptions *options, const DocPath *path)
{
	JsonbValue *limits = options->document ? doc_get(options->document, "limits") : NULL;

	if (limits == NULL || doc_get(options->document, "onDestroy") == NULL)
		return;
	foreach_ptr(JsonbValue, limit, doc_array_elements(limits))
	{
		if (doc_get(limit, "min") != NULL)
			error_document(ERRCODE_FEATURE_NOT_SUPPORTED, doc_path_index(path, foreach_current_index(limit)),
						   "Leave the links as they are when their row is soft-deleted: then it needs none.",
						   "\"min\" and \"onDestroy\" exclude each other");
	}
}

static Jsonb *
stored_document(const AssociationOptions *options)
{
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfoChar(&buf, '{');
	foreach_ptr(char, key, doc_key_names(option_keys, STORED))
	{
		JsonbValue *value = options->document ? doc_get(options->document, key) : NULL;

		if (value != NULL)
			write_pair(&buf, key, value);
	}
	append_through(&buf, options);
	appendStringInfoChar(&buf, '}');
	return doc_parse(buf.data);
}

/* "unique" may be given outside, and is stored with the other options of the join table */
static void
append_through(StringInfo buf, const AssociationOptions *options)
{
	List	   *pairs = doc_object_pairs(options->through);
	StringInfoData inner;

	initStringInfo(&inner);
	appendStringInfoChar(&inner, '{');
	foreach_ptr(DocPair, pair, pairs)
	{
		if (strcmp(pair->key, "unique") != 0)
			write_pair(&inner, pair->key, &pair->value);
	}
	if (!options->unique && options->kind == BELONGS_TO_MANY)
	{
		JsonbValue	no = {.type = jbvBool, .val.boolean = false};

		write_pair(&inner, "unique", &no);
	}
	appendStringInfoChar(&inner, '}');
	if (inner.len > 2)
	{
		doc_write_key(buf, "through");
		appendStringInfoString(buf, inner.data);
	}
}

static void
write_pair(StringInfo buf, const char *key, const JsonbValue *value)
{
	doc_write_key(buf, key);
	appendStringInfoString(buf, doc_json(value));
}
