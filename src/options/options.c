/*-------------------------------------------------------------------------
 *
 * options.c
 *	  The options document of a load: jsonb in, checked tree out.
 *
 * Decides the form of the find options: which keys there are, what values they
 * take, how include strings, objects and paths become one tree.  Whether a key
 * names an attribute or an alias is not decided here; no catalog is read, so
 * that this file can be fuzzed alone.  Conditions are in options_where.c,
 * attributes, aggregates and order in options_attributes.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "base/settings.h"
#include "miscadmin.h"
#include "options/load_allow.h"
#include "options/options.h"
#include "options/options_internal.h"
#include "utils/builtins.h"

/* options that a write verb has beside those of a find */
#define MAX_OWN_KEYS 8
/* nobody loads more, and hostile options could */
#define MAX_INCLUDES 1000

static const char *const find_keys[] = {
	"attributes", "where", "order", "limit", "offset", "after", "before", "include",
	"scope", "paranoid", "bigint", NULL
};
static const char *const single_keys[] = {
	"attributes", "where", "order", "include", "scope", "paranoid", "bigint", NULL
};
static const char *const count_keys[] = {
	"where", "include", "scope", "paranoid", NULL
};
static const char *const count_of_keys[] = {
	"where", "include", "through", "scope", "paranoid", NULL
};
static const char *const get_keys[] = {
	"attributes", "where", "order", "limit", "offset", "after", "before", "include",
	"through", "scope", "paranoid", "bigint", NULL
};
static const char *const scope_keys[] = {
	"attributes", "where", "order", "limit", "offset", "include", "paranoid", "allow", NULL
};
static const char *const include_keys[] = {
	"association", "as", "attributes", "where", "required", "through", "order",
	"limit", "offset", "after", "before", "page", "values", "include", "scope", "paranoid",
	"recursive", "maxDepth", NULL
};
static const char *const through_keys[] = {
	"attributes", "where", "as", "flatten", "paranoid", "include", NULL
};
static bool pair_is_ours(const DocPair *pair, OptionsUse use);
static const char *const *keys_for_use(OptionsUse use);
static void parse_cursor(FindOptions *find, const DocPair *pair, const DocPath *path);
static void parse_scope(FindOptions *find, const JsonbValue *value, const DocPath *path);
static void refuse_for_use(const FindOptions *find, OptionsUse use);
static void check_row_count(const JsonbValue *value, const DocPath *path);

static void parse_include(FindOptions *find, const JsonbValue *value, const DocPath *path);
static void parse_include_item(FindOptions *find, const JsonbValue *value, const DocPath *path);
static void parse_include_path(FindOptions *find, const JsonbValue *value, const DocPath *path);
static bool parse_include_all(FindOptions *find, const JsonbValue *value, const DocPath *path);
static void parse_include_object(FindOptions *find, const JsonbValue *value, const DocPath *path);
static void add_include(FindOptions *find, IncludeItem *item);
static void merge_implied(FindOptions *find, List *implied);
static void show_values(IncludeItem *item);
static void parse_include_key(IncludeItem *item, const DocPair *pair, const DocPath *path);
static FindOptions *parse_link_include(const JsonbValue *value, const DocPath *path);
static ThroughOptions *parse_through(const JsonbValue *value, const DocPath *path);

FindOptions *
options_parse(Jsonb *document, OptionsUse use)
{
	FindOptions *find = palloc_object(FindOptions);
	bool		linked = use == OPTIONS_GET || use == OPTIONS_GET_LINKED || use == OPTIONS_COUNT_OF;
	JsonbValue	root;

	options_begin_count();
	options_find_init(find, NULL);
	if (document == NULL)
		return find;
	doc_root_value(document, &root);
	if (root.type == jbvNull)
		return find;
	doc_need_object(&root, doc_path_key(NULL, "options"));
	foreach_ptr(DocPair, pair, doc_object_pairs(&root))
	{
		DocPath    *path = doc_path_key(pair_is_ours(pair, use) ? &doc_declared : NULL, pair->key);

		if (strcmp(pair->key, "bigint") == 0)
			options_bigint(find, &pair->value, path);
		else if (linked && strcmp(pair->key, "through") == 0)
			find->through = parse_through(&pair->value, path);
		else if (strcmp(pair->key, "group") == 0 || strcmp(pair->key, "having") == 0)
			error_document(ERRCODE_INVALID_PARAMETER_VALUE, path,
						   "Groups are made by assoc.aggregate.",
						   "unknown option \"%s\"", pair->key);
		else if (!options_common_key(find, pair, path))
			doc_unknown_key(pair->key, path, keys_for_use(use), "option");
	}
	options_bind_where(find);
	refuse_for_use(find, use);
	return find;
}

static bool
pair_is_ours(const DocPair *pair, OptionsUse use)
{
	return use == OPTIONS_GET_LINKED && strcmp(pair->key, "where") == 0;
}

/* those that have a meaning, for hints */
static const char *const *
keys_for_use(OptionsUse use)
{
	switch (use)
	{
		case OPTIONS_FIND:
			return find_keys;
		case OPTIONS_FIND_SINGLE:
			return single_keys;
		case OPTIONS_GET:
		case OPTIONS_GET_LINKED:
			return get_keys;
		case OPTIONS_COUNT:
			return count_keys;
		case OPTIONS_COUNT_OF:
			return count_of_keys;
	}
	return find_keys;			/* keep compiler quiet */
}

void
options_check_keys(const JsonbValue *document, const char *const *own)
{
	const char *known[lengthof(single_keys) + MAX_OWN_KEYS];
	int			n = 0;

	for (int i = 0; own[i] != NULL; i++)
		known[n++] = own[i];
	for (int i = 0; single_keys[i] != NULL; i++)
	{
		if (!doc_is_known(single_keys[i], own))
			known[n++] = single_keys[i];
	}
	known[n] = NULL;
	foreach_ptr(DocPair, pair, doc_object_pairs(document))
	{
		const char *key = pair->key;

		/* a find option without a meaning here is refused when the rows are loaded */
		if (!doc_is_known(key, known) && !doc_is_known(key, find_keys))
			doc_unknown_key(key, doc_path_key(NULL, key), known, "option");
	}
}

FindOptions *
options_parse_scope(const JsonbValue *value, const DocPath *path)
{
	FindOptions *find = palloc_object(FindOptions);

	options_begin_count();
	options_find_init(find, path);
	doc_need_object(value, path);
	foreach_ptr(DocPair, pair, doc_object_pairs(value))
	{
		DocPath    *member_path = doc_path_key(path, pair->key);

		/* scopes do not name each other, and a cursor belongs to one call */
		if (strcmp(pair->key, "allow") == 0)
			find->allow = load_allow_parse(&pair->value, member_path);
		else if (strcmp(pair->key, "scope") == 0 || strcmp(pair->key, "after") == 0 ||
			strcmp(pair->key, "before") == 0 || !options_common_key(find, pair, member_path))
			doc_unknown_key(pair->key, member_path, scope_keys, "option");
	}
	options_bind_where(find);
	return find;
}

void
options_find_init(FindOptions *find, const DocPath *path)
{
	memset(find, 0, sizeof(FindOptions));
	find->path = path;
	find->paranoid = -1;
}

/* a key that roots and includes share; false when it is none */
bool
options_common_key(FindOptions *find, const DocPair *pair, const DocPath *path)
{
	const JsonbValue *value = &pair->value;

	if (strcmp(pair->key, "attributes") == 0)
		options_parse_attributes(&find->attributes, value, path);
	else if (strcmp(pair->key, "where") == 0)
		find->where = options_where_more(value, path);
	else if (strcmp(pair->key, "order") == 0)
	{
		find->order = options_parse_order(value, path);
		find->order_is_explicit = value->type != jbvNull;
	}
	else if (strcmp(pair->key, "limit") == 0)
		find->limit = options_row_count(value, path);
	else if (strcmp(pair->key, "offset") == 0)
		find->offset = options_row_count(value, path);
	else if (strcmp(pair->key, "after") == 0 || strcmp(pair->key, "before") == 0)
		parse_cursor(find, pair, path);
	else if (strcmp(pair->key, "include") == 0)
		parse_include(find, value, path);
	else if (strcmp(pair->key, "scope") == 0)
		parse_scope(find, value, path);
	else if (strcmp(pair->key, "paranoid") == 0)
	{
		find->paranoid = doc_need_bool(value, path);
		find->paranoid_path = path;
	}
	else
		return false;
	return true;
}

/* null is no cursor: a list that begins at its beginning, or at its end */
static void
parse_cursor(FindOptions *find, const DocPair *pair, const DocPath *path)
{
	const char *key = strcmp(pair->key, "after") == 0 ? "after" : "before";
	OptionValue *cursor = pair->value.type == jbvNull ? NULL : options_value(&pair->value, path);

	if (find->cursor_key && find->cursor && cursor)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, NULL,
					   "\"after\" and \"before\" exclude each other");
	if (find->cursor_key && cursor == NULL)
		return;
	find->cursor_key = key;
	find->cursor = cursor;
}

void
options_bigint(FindOptions *find, const JsonbValue *value, const DocPath *path)
{
	char	   *text = doc_need_string(value, path);

	if (strcmp(text, "string") != 0 && strcmp(text, "number") != 0)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path,
					   "The choices are \"string\" and \"number\".",
					   "unknown choice \"%s\"", text);
	find->bigint_is_explicit = true;
	find->bigint_string = strcmp(text, "string") == 0;
}

/* "name", ["a", "b"], or false for no scope at all, the default one included */
static void
parse_scope(FindOptions *find, const JsonbValue *value, const DocPath *path)
{
	if (value->type == jbvNull)
		return;
	find->scope_is_explicit = true;
	find->scope_path = path;
	if (value->type == jbvBool && !value->val.boolean)
		return;
	find->scopes = doc_need_strings(value, path);
}

static void
refuse_for_use(const FindOptions *find, OptionsUse use)
{
	bool		counts = use == OPTIONS_COUNT || use == OPTIONS_COUNT_OF;
	const char *key = NULL;

	if (use == OPTIONS_FIND || use == OPTIONS_GET)
		return;
	if (find->limit)
		key = "limit";
	else if (find->offset)
		key = "offset";
	else if (find->cursor)
		key = find->cursor_key;
	else if (counts && find->order)
		key = "order";
	else if (counts && find->attributes.given)
		key = "attributes";
	else if (counts && find->bigint_string)
		key = "bigint";
	else if (counts && find->through && find->through->attributes.given)
		key = "through.attributes";
	else if (counts && find->through && (find->through->as || find->through->flatten))
		key = find->through->as ? "through.as" : "through.flatten";
	else if (counts && find->through && find->through->below)
		key = "through.include";
	if (key)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, doc_path_key(NULL, key), NULL,
					   "option \"%s\" has no meaning here", key);
}

/* limit, offset: a whole number not below 0, or a reference to a parameter */
OptionValue *
options_row_count(const JsonbValue *value, const DocPath *path)
{
	OptionValue *result;

	if (value->type == jbvNull)
		return NULL;
	result = options_value(value, path);
	if (result->kind == OPTION_COLUMN)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, NULL,
					   "expected a number, not a column,");
	if (result->kind == OPTION_LITERAL)
		check_row_count(&result->literal, path);
	return result;
}

static void
check_row_count(const JsonbValue *value, const DocPath *path)
{
	char	   *text;

	if (value->type != jbvNumeric)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, NULL,
					   "expected a number, not %s,", doc_kind_name(value));
	text = doc_text(value);
	if (text[0] == '-' || strspn(text, "0123456789") != strlen(text) || strlen(text) > 18)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, NULL,
					   "expected a whole number from 0 up, not %s,", text);
}

/* ---- include ---- */

static void
parse_include(FindOptions *find, const JsonbValue *value, const DocPath *path)
{
	check_stack_depth();
	if (value->type == jbvNull)
		return;
	if (!doc_is_array(value))
	{
		parse_include_item(find, value, path);
		return;
	}
	foreach_ptr(JsonbValue, element, doc_array_elements(value))
		parse_include_item(find, element,
						   doc_path_index(path, foreach_current_index(element)));
}

static void
parse_include_item(FindOptions *find, const JsonbValue *value, const DocPath *path)
{
	/* each is looked for among those before it */
	CHECK_FOR_INTERRUPTS();
	if (value->type == jbvString)
		parse_include_path(find, value, path);
	else if (!doc_is_object(value))
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, NULL,
					   "expected the name of an association or an object, not %s,",
					   doc_kind_name(value));
	else if (!parse_include_all(find, value, path))
		parse_include_object(find, value, path);
}

/* "projects.tasks": each step refines the include that is there or adds one */
static void
parse_include_path(FindOptions *find, const JsonbValue *value, const DocPath *path)
{
	char	   *rest = doc_string(value);
	int			depth = 0;

	while (rest != NULL)
	{
		char	   *dot = strchr(rest, '.');
		IncludeItem *item;

		if (dot != NULL)
			*dot = '\0';
		if (rest[0] == '\0' || ++depth > assoc_max_depth)
			error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, NULL,
						   rest[0] == '\0' ? "empty name in an include path" :
						   "include path is too deep");
		item = options_imply_include(find, rest, path);
		find = &item->find;
		rest = dot ? dot + 1 : NULL;
	}
}

IncludeItem *
options_imply_include(FindOptions *find, const char *alias, const DocPath *path)
{
	IncludeItem *item = options_find_include(find, alias);

	if (item != NULL)
		return item;
	item = palloc0_object(IncludeItem);
	item->path = path;
	item->association = pstrdup(alias);
	item->required = -1;
	item->implied = true;
	options_find_init(&item->find, path);
	add_include(find, item);
	return item;
}

/* each is looked for among those before it, so their number has a limit */
static void
add_include(FindOptions *find, IncludeItem *item)
{
	if (list_length(find->include) >= MAX_INCLUDES)
		error_document(ERRCODE_PROGRAM_LIMIT_EXCEEDED, item->path, NULL,
					   "more than %d includes of one row", MAX_INCLUDES);
	find->include = lappend(find->include, item);
}

/* {"all": true, "nested": true}; false when the object is no such item */
static bool
parse_include_all(FindOptions *find, const JsonbValue *value, const DocPath *path)
{
	static const char *const keys[] = {"all", "nested", NULL};

	if (doc_get(value, "all") == NULL)
		return false;
	foreach_ptr(DocPair, pair, doc_object_pairs(value))
	{
		DocPath    *member_path = doc_path_key(path, pair->key);

		if (strcmp(pair->key, "all") == 0)
			find->include_all = doc_need_bool(&pair->value, member_path);
		else if (strcmp(pair->key, "nested") == 0)
			find->include_all_nested = doc_need_bool(&pair->value, member_path);
		else
			doc_unknown_key(pair->key, member_path, keys, "key");
	}
	if (find->include_all_nested && !find->include_all)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, NULL,
					   "\"nested\" needs \"all\": true");
	return true;
}

static void
parse_include_object(FindOptions *find, const JsonbValue *value, const DocPath *path)
{
	IncludeItem *item = palloc0_object(IncludeItem);
	IncludeItem *earlier;
	const char *key;

	options_check_path_depth(path);
	item->path = path;
	item->required = -1;
	options_find_init(&item->find, path);
	foreach_ptr(DocPair, pair, doc_object_pairs(value))
		parse_include_key(item, pair, doc_path_key(path, pair->key));
	options_bind_where(&item->find);
	show_values(item);
	if (item->association == NULL)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path,
					   "Write {\"association\": \"alias\", ...}.",
					   "an include needs \"association\"");
	if (item->max_depth > 0 && !item->recursive)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, NULL,
					   "\"maxDepth\" needs \"recursive\": true");
	key = item->as ? item->as : item->association;
	earlier = options_find_include(find, key);
	if (earlier != NULL && earlier->implied)
	{
		/* "projects.tasks" came before: its deeper steps stay */
		merge_implied(&item->find, earlier->find.include);
		find->include = list_delete_ptr(find->include, earlier);
	}
	else if (earlier != NULL)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path,
					   "Give one of them another name with \"as\".",
					   "\"%s\" is included twice", key);
	add_include(find, item);
}

/* includes that only paths have named so far, into those that are there */
static void
merge_implied(FindOptions *find, List *implied)
{
	foreach_ptr(IncludeItem, item, implied)
	{
		IncludeItem *there = options_find_include(find, item->association);

		if (there != NULL)
			merge_implied(&there->find, item->find.include);
		else
			add_include(find, item);
	}
}

/* "values": "id" is a list of attributes of which the objects are left out */
static void
show_values(IncludeItem *item)
{
	ValuesOption *values = item->values;
	const DocPath *path;
	ThroughOptions *through = item->through;
	bool		attributes = through && (through->attributes.given || through->as || through->flatten || through->below);

	if (values == NULL)
		return;
	path = values->item->path;
	if (item->find.attributes.given || attributes || item->find.include != NIL || item->recursive)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path,
					   "They are no objects that something else could stand in.",
					   "\"values\" and \"%s\" exclude each other",
					   item->find.attributes.given ? "attributes" : attributes ? "through" :
					   item->recursive ? "recursive" : "include");
	item->find.bare = true;
	item->find.attributes.path = path;
	item->find.attributes.given = item->find.attributes.replace = true;
	if (!values->of_through)
	{
		item->find.attributes.items = list_make1(values->item);
		return;
	}
	if (through == NULL)
	{
		item->through = through = palloc0_object(ThroughOptions);
		through->path = path;
		through->paranoid = -1;
	}
	through->flatten = true;
	through->attributes.path = path;
	through->attributes.given = through->attributes.replace = true;
	through->attributes.items = list_make1(values->item);
}

static void
parse_include_key(IncludeItem *item, const DocPair *pair, const DocPath *path)
{
	const JsonbValue *value = &pair->value;

	if (strcmp(pair->key, "association") == 0)
		item->association = doc_need_string(value, path);
	else if (strcmp(pair->key, "as") == 0)
		item->as = doc_need_string(value, path);
	else if (strcmp(pair->key, "required") == 0)
		item->required = doc_need_bool(value, path);
	else if (strcmp(pair->key, "through") == 0)
		item->through = parse_through(value, path);
	else if (strcmp(pair->key, "page") == 0)
		item->find.page = doc_need_bool(value, path);
	else if (strcmp(pair->key, "values") == 0)
		item->values = options_parse_values(value, path);
	else if (strcmp(pair->key, "recursive") == 0)
		item->recursive = doc_need_bool(value, path);
	else if (strcmp(pair->key, "maxDepth") == 0)
		item->max_depth = options_depth(value, path);
	else if (!options_common_key(&item->find, pair, path))
		doc_unknown_key(pair->key, path, include_keys, "option");
}

int
options_depth(const JsonbValue *value, const DocPath *path)
{
	char	   *text;

	check_row_count(value, path);
	text = doc_text(value);
	if (strlen(text) > 9 || strcmp(text, "0") == 0)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, NULL,
					   "expected a depth from 1 to 999999999, not %s,", text);
	return pg_strtoint32(text);
}

static ThroughOptions *
parse_through(const JsonbValue *value, const DocPath *path)
{
	ThroughOptions *through = palloc0_object(ThroughOptions);

	through->path = path;
	through->paranoid = -1;
	doc_need_object(value, path);
	foreach_ptr(DocPair, pair, doc_object_pairs(value))
	{
		DocPath    *member_path = doc_path_key(path, pair->key);

		if (strcmp(pair->key, "attributes") == 0)
			options_parse_attributes(&through->attributes, &pair->value, member_path);
		else if (strcmp(pair->key, "where") == 0)
			through->where = options_where_more(&pair->value, member_path);
		else if (strcmp(pair->key, "as") == 0)
			through->as = doc_need_string(&pair->value, member_path);
		else if (strcmp(pair->key, "flatten") == 0)
			through->flatten = doc_need_bool(&pair->value, member_path);
		else if (strcmp(pair->key, "paranoid") == 0)
			through->paranoid = doc_need_bool(&pair->value, member_path);
		else if (strcmp(pair->key, "include") == 0)
			through->below = parse_link_include(&pair->value, member_path);
		else
			doc_unknown_key(pair->key, member_path, through_keys, "option");
	}
	return through;
}

/* what stands with link rows filters neither these nor the rows that they lead to */
static FindOptions *
parse_link_include(const JsonbValue *value, const DocPath *path)
{
	FindOptions *find = palloc_object(FindOptions);

	options_find_init(find, path);
	parse_include(find, value, path);
	if (find->include_all)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, "Name the associations of the join table.",
					   "\"all\" does not stand under \"through\"");
	foreach_ptr(IncludeItem, item, find->include)
	{
		if (item->required == 1)
			error_document(ERRCODE_INVALID_PARAMETER_VALUE, doc_path_key(item->path, "required"),
						   "Say which links count in \"where\" of \"through\".",
						   "an include of link rows is never required");
		item->required = 0;
	}
	return find;
}

bool
options_include_is_required(const IncludeItem *item)
{
	if (item->required >= 0)
		return item->required;
	return item->find.where != NULL &&
		!(item->find.where->kind == CONDITION_AND && item->find.where->args == NIL);
}

IncludeItem *
options_find_include(const FindOptions *find, const char *key)
{
	foreach_ptr(IncludeItem, item, find->include)
	{
		if (strcmp(item->as ? item->as : item->association, key) == 0)
			return item;
	}
	return NULL;
}
