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
#include "declare/accessor_names.h"
#include "declare/association_options.h"
#include "declare/kept_links.h"
#include "options/options.h"

#define KIND_BIT(kind) (1 << (kind))
#define MANY (KIND_BIT(BELONGS_TO_MANY) | KIND_BIT(HAS_MANY))
#define LINKED (MANY | KIND_BIT(HAS_ONE))	/* rows of another table are its links */
#define ANY_KIND (LINKED | KIND_BIT(BELONGS_TO))

typedef void (*OptionCheck) (const JsonbValue *value, const DocPath *path);
typedef void (*OptionReader) (void *field, const JsonbValue *value, const DocPath *path);

typedef struct OptionKey
{
	const char *key;
	int			kinds;			/* of association that have this option */
	bool		inverse;		/* the other direction may have its own */
	bool		stored;			/* as it is, in the registry's document */
	OptionCheck check;			/* of a value that is only stored */
	OptionReader read;			/* of one that has a field in AssociationOptions */
	size_t		field;			/* its offset; 0: it reads into the struct itself */
} OptionKey;

#define READ(reader, name) .read = reader, .field = offsetof(AssociationOptions, name)

static void check_scope(const JsonbValue *value, const DocPath *path);
static void check_order(const JsonbValue *value, const DocPath *path);
static void check_bool(const JsonbValue *value, const DocPath *path);
static void check_string(const JsonbValue *value, const DocPath *path);
static void check_max(const JsonbValue *value, const DocPath *path);
static void check_on_destroy(const JsonbValue *value, const DocPath *path);
static void read_bool(void *field, const JsonbValue *value, const DocPath *path);
static void read_string(void *field, const JsonbValue *value, const DocPath *path);
static void read_singular(void *field, const JsonbValue *value, const DocPath *path);
static void read_action(void *field, const JsonbValue *value, const DocPath *path);
static void read_deferrable(void *field, const JsonbValue *value, const DocPath *path);
static void read_later(void *field, const JsonbValue *value, const DocPath *path);
static void read_through(void *field, const JsonbValue *value, const DocPath *path);
static List *read_payload(const JsonbValue *value, const DocPath *path);
static AssociationOptions *parse_document(const JsonbValue *document, AssociationKind kind,
										  const DocPath *path, bool inverse);
static void read_option(AssociationOptions *options, const OptionKey *option, const JsonbValue *value,
						const DocPath *path);
static const OptionKey *find_key(const char *key, AssociationKind kind, bool inverse,
								 const DocPath *path);
static AssociationKind other_direction(AssociationKind kind);
static void inherit_through(AssociationOptions *options);
static void check_position(const AssociationOptions *options, const DocPath *path);
static void check_symmetric(const AssociationOptions *options, const DocPath *path);
static void check_least(const AssociationOptions *options, const DocPath *path);
static void write_pair(StringInfo buf, const char *key, const JsonbValue *value);
static Jsonb *stored_document(const AssociationOptions *options);
static void append_through(StringInfo buf, const AssociationOptions *options);

static const OptionKey option_keys[] = {
	{"scope", ANY_KIND, true, true, .check = check_scope},
	{"order", ANY_KIND, true, true, .check = check_order},
	{"paranoid", ANY_KIND, true, true, .check = check_bool},
	{"position", MANY, true, true, READ(read_string, position)},
	{"symmetric", KIND_BIT(BELONGS_TO_MANY), false, true, READ(read_bool, symmetric)},
	{"counter", MANY, true, true, .check = check_string},
	{"touch", LINKED, true, true, .check = check_bool},
	{"max", MANY, true, true, .check = check_max},
	{"limits", MANY, true, true, .check = kept_limits_check},
	{"acyclic", MANY, true, true, .check = check_bool},
	{"onDestroy", LINKED, true, true, .check = check_on_destroy},
	{"accessors", ANY_KIND, true, true, .check = accessors_check_option},
	{"singular", ANY_KIND, true, false, READ(read_singular, singular)},
	{"through", KIND_BIT(BELONGS_TO_MANY), true, false, .read = read_through},
	{"onDelete", ANY_KIND, false, false, READ(read_action, keys.on_delete)},
	{"onUpdate", ANY_KIND, false, false, READ(read_action, keys.on_update)},
	{"constraints", ANY_KIND, false, false, READ(read_bool, keys.constraints)},
	{"deferrable", ANY_KIND, false, false, READ(read_deferrable, keys.deferrable)},
	{"validate", ANY_KIND, false, false, READ(read_later, keys.later)},
	{"timestamps", KIND_BIT(BELONGS_TO_MANY), false, false, READ(read_bool, timestamps)},
	{"unique", KIND_BIT(BELONGS_TO_MANY) | KIND_BIT(HAS_ONE), false, false, READ(read_bool, unique)},
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

			if (!inverse && strcmp(pair->key, "inverse") == 0)
				options->inverse = parse_document(&pair->value, other_direction(kind), member_path, true);
			else
				read_option(options, find_key(pair->key, kind, inverse, member_path), &pair->value, member_path);
		}
	}
	if (!inverse && options->inverse == NULL)
		options->inverse = parse_document(NULL, other_direction(kind), path, true);
	return options;
}

static void
read_option(AssociationOptions *options, const OptionKey *option, const JsonbValue *value, const DocPath *path)
{
	if (option->check != NULL)
		option->check(value, path);
	else
		option->read((char *) options + option->field, value, path);
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
		(void) find_key(pair->key, kind, true, doc_path_key(path, pair->key));
}

/* the option of this key; errors when this kind of association has none */
static const OptionKey *
find_key(const char *key, AssociationKind kind, bool inverse, const DocPath *path)
{
	List	   *known = NIL;

	for (int i = 0; i < (int) lengthof(option_keys); i++)
	{
		const OptionKey *option = &option_keys[i];

		if (kind == BELONGS_TO && strcmp(option->key, key) == 0 && (option->kinds & KIND_BIT(HAS_MANY)) != 0 &&
			(option->kinds & KIND_BIT(BELONGS_TO)) == 0)
			error_document(ERRCODE_INVALID_PARAMETER_VALUE, path,
						   inverse ? "Give it to the has_many." :
						   psprintf("Give it to the has_many; with an inverse: {\"inverse\": {\"%s\": ...}}.", key),
						   "\"%s\" is no option of a belongs_to", key);
		if ((option->kinds & KIND_BIT(kind)) == 0 || (inverse && !option->inverse))
			continue;
		if (strcmp(option->key, key) == 0)
			return option;
		known = lappend(known, unconstify(char *, option->key));
	}
	if (!inverse)
		known = lappend(known, "inverse");
	error_document(ERRCODE_INVALID_PARAMETER_VALUE, path,
				   error_hint_nearest(key, known, "options"),
				   "unknown option \"%s\"", key);
}

/* ---- one option each ---- */

static void
check_scope(const JsonbValue *value, const DocPath *path)
{
	(void) options_parse_where(value, path);
}

static void
check_order(const JsonbValue *value, const DocPath *path)
{
	(void) options_parse_order(value, path);
}

static void
check_bool(const JsonbValue *value, const DocPath *path)
{
	(void) doc_need_bool(value, path);
}

static void
check_string(const JsonbValue *value, const DocPath *path)
{
	(void) doc_need_string(value, path);
}

static void
check_max(const JsonbValue *value, const DocPath *path)
{
	(void) kept_limits_number(value, path);
}

static void
check_on_destroy(const JsonbValue *value, const DocPath *path)
{
	if (strcmp(doc_need_string(value, path), "CASCADE") != 0)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path,
					   "Give \"CASCADE\", or leave it out: a row that is soft-deleted keeps what refers to it.",
					   "unknown action \"%s\"", doc_string(value));
}

static void
read_bool(void *field, const JsonbValue *value, const DocPath *path)
{
	*(bool *) field = doc_need_bool(value, path);
}

static void
read_string(void *field, const JsonbValue *value, const DocPath *path)
{
	*(char **) field = doc_need_string(value, path);
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
read_later(void *field, const JsonbValue *value, const DocPath *path)
{
	*(bool *) field = association_options_later(value, path);
}

bool
association_options_later(const JsonbValue *value, const DocPath *path)
{
	char	   *given = doc_need_string(value, path);

	if (strcmp(given, "later") != 0)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path,
					   "Give \"later\", or leave it out: constraints are validated when they are added.",
					   "unknown time of validation \"%s\"", given);
	return true;
}

static void
read_through(void *field, const JsonbValue *value, const DocPath *path)
{
	static const char *const known[] = {"scope", "paranoid", "unique", "as", "attributes", NULL};
	AssociationOptions *options = field;
	List	   *members;
	DocMember  *member;

	if (value->type == jbvString)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, "The join table is an argument: through => 'UserProject'.",
					   "expected an object, not a string,");
	members = doc_members(unconstify(JsonbValue *, value), path);
	doc_check_keys(members, known, "option");
	if ((member = doc_find(members, "scope")) != NULL)
		(void) options_parse_where(&member->value, &member->path);
	if ((member = doc_find(members, "paranoid")) != NULL)
		(void) doc_member_bool(member);
	if ((member = doc_find(members, "unique")) != NULL)
		options->unique = doc_member_bool(member);
	if ((member = doc_find(members, "as")) != NULL)
		(void) doc_member_string(member);
	if ((member = doc_find(members, "attributes")) != NULL)
		options->payload = read_payload(&member->value, &member->path);
}

static List *
read_payload(const JsonbValue *value, const DocPath *path)
{
	List	   *payload = NIL;

	doc_need_array(value, path);
	foreach_ptr(JsonbValue, element, doc_array_elements(value))
	{
		PlacedName *name = palloc_object(PlacedName);

		name->path = doc_path_index(path, foreach_current_index(element));
		name->name = doc_need_string(element, name->path);
		payload = lappend(payload, name);
	}
	return payload;
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
	for (int i = 0; i < (int) lengthof(option_keys) && options->document != NULL; i++)
	{
		JsonbValue *value = doc_get(options->document, option_keys[i].key);

		if (value != NULL && option_keys[i].stored)
			write_pair(&buf, option_keys[i].key, value);
	}
	append_through(&buf, options);
	appendStringInfoChar(&buf, '}');
	return doc_parse(buf.data);
}

/* "unique" may be given outside, and is stored with the other options of the join table */
static void
append_through(StringInfo buf, const AssociationOptions *options)
{
	List	   *pairs = options->through ? doc_object_pairs(options->through) : NIL;
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
