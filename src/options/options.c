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
#include "base/naming.h"
#include "base/settings.h"
#include "miscadmin.h"
#include "options/load_allow.h"
#include "options/options.h"
#include "options/options_internal.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"

/* nobody loads more, and hostile options could */
#define MAX_INCLUDES 1000

/* of a number of rows: one row more is a bigint, too */
#define MAX_DIGITS 18

/* of "maxDepth": an int */
#define MAX_DEPTH 999999999

/* which documents have a key: the roots of a use, and what lies below them */
#define USE(use) (1 << (use))
#define ROOT (1 << 7)			/* any root: where the option means nothing there, refuse_for_use() says so */
#define INCLUDE (1 << 8)
#define SCOPE (1 << 9)
#define GROUPS (1 << 10)
#define LISTS (ROOT | USE(OPTIONS_FIND) | USE(OPTIONS_GET) | USE(OPTIONS_GET_LINKED))
#define ORDERED (LISTS | USE(OPTIONS_FIND_SINGLE))
#define ROWS (ORDERED | USE(OPTIONS_BY_KEY))
#define USES (ROWS | USE(OPTIONS_COUNT) | USE(OPTIONS_COUNT_OF))
#define OF_LINKS (USE(OPTIONS_GET) | USE(OPTIONS_GET_LINKED) | USE(OPTIONS_COUNT_OF))

#define OF_FIND(name) offsetof(FindOptions, name)
#define OF_INCLUDE(name) offsetof(IncludeItem, name)
#define OF_GROUPS(name) offsetof(AggregateOptions, name)
#define OF_THROUGH(name) offsetof(ThroughOptions, name)

/* a key of FindOptions is read the same into what begins with one */
StaticAssertDecl(OF_INCLUDE(find) == 0 && OF_GROUPS(find) == 0,
				 "FindOptions come first in includes and aggregates");

static void read_cursor(void *field, const JsonbValue *value, const DocPath *path);
static void read_scope(void *field, const JsonbValue *value, const DocPath *path);
static void read_paranoid(void *field, const JsonbValue *value, const DocPath *path);
static void read_bigint(void *field, const JsonbValue *value, const DocPath *path);
static void read_find_order(void *field, const JsonbValue *value, const DocPath *path);
static void read_order(void *field, const JsonbValue *value, const DocPath *path);
static void read_allow(void *field, const JsonbValue *value, const DocPath *path);
static void read_include(void *field, const JsonbValue *value, const DocPath *path);
static void read_link_include(void *field, const JsonbValue *value, const DocPath *path);
static void read_through(void *field, const JsonbValue *value, const DocPath *path);
static bool pair_is_ours(const DocPair *pair, OptionsUse use);
static void refuse_for_use(const FindOptions *find, OptionsUse use);
static int64 need_row_count(const JsonbValue *value, const DocPath *path);

static void parse_include_item(FindOptions *find, const JsonbValue *value, const DocPath *path);
static void parse_include_path(FindOptions *find, const JsonbValue *value, const DocPath *path);
static bool parse_include_all(FindOptions *find, const JsonbValue *value, const DocPath *path);
static void parse_include_object(FindOptions *find, const JsonbValue *value, const DocPath *path);
static void check_no_name_is_option(const JsonbValue *value, const DocPath *path);
static void add_include(FindOptions *find, IncludeItem *item);
static void merge_implied(FindOptions *find, List *implied);
static void show_values(IncludeItem *item);

static const DocKey option_keys[] = {
	{"association", doc_read_string, OF_INCLUDE(association), INCLUDE},
	{"as", doc_read_string, OF_INCLUDE(as), INCLUDE},
	{"attributes", options_read_attributes, OF_FIND(attributes), ROWS | SCOPE | INCLUDE},
	{"attributes", options_read_shown, OF_GROUPS(attributes), GROUPS},
	{"group", options_read_group, OF_GROUPS(group), GROUPS},
	{"having", options_read_where, OF_GROUPS(having), GROUPS},
	{"where", options_read_where, OF_FIND(where), USES | SCOPE | INCLUDE | GROUPS},
	{"required", doc_read_int_bool, OF_INCLUDE(required), INCLUDE},
	{"through", read_through, OF_INCLUDE(through), INCLUDE},
	{"order", read_find_order, 0, ORDERED | SCOPE | INCLUDE},
	{"limit", options_read_row_count, OF_FIND(limit), LISTS | SCOPE | INCLUDE},
	{"offset", options_read_row_count, OF_FIND(offset), LISTS | SCOPE | INCLUDE},
	{"after", read_cursor, 0, LISTS | INCLUDE},
	{"before", read_cursor, 0, LISTS | INCLUDE},
	{"page", doc_read_bool, OF_FIND(page), INCLUDE},
	{"values", options_read_values, OF_INCLUDE(values), INCLUDE},
	{"include", read_include, 0, USES | SCOPE | INCLUDE | GROUPS},
	{"through", read_through, OF_FIND(through), OF_LINKS},
	{"scope", read_scope, 0, USES | INCLUDE | GROUPS},
	{"paranoid", read_paranoid, 0, USES | SCOPE | INCLUDE | GROUPS},
	{"order", read_order, OF_GROUPS(order), GROUPS},
	{"limit", options_read_row_count, OF_GROUPS(limit), GROUPS},
	{"offset", options_read_row_count, OF_GROUPS(offset), GROUPS},
	{"allow", read_allow, OF_FIND(allow), SCOPE},
	{"bigint", read_bigint, 0, ROWS | GROUPS},
	{"recursive", doc_read_bool, OF_INCLUDE(recursive), INCLUDE},
	{"maxDepth", options_read_depth, OF_INCLUDE(max_depth), INCLUDE},
	{0}
};

/* of the link rows */
static const DocKey through_keys[] = {
	{"attributes", options_read_attributes, OF_THROUGH(attributes), DOC_ANY},
	{"where", options_read_where, OF_THROUGH(where), DOC_ANY},
	{"as", doc_read_string, OF_THROUGH(as), DOC_ANY},
	{"flatten", doc_read_bool, OF_THROUGH(flatten), DOC_ANY},
	{"paranoid", doc_read_int_bool, OF_THROUGH(paranoid), DOC_ANY},
	{"include", read_link_include, OF_THROUGH(below), DOC_ANY},
	{0}
};

/* {"all": true, "nested": true} in the place of an include */
static const DocKey all_keys[] = {
	{"all", doc_read_bool, OF_FIND(include_all), DOC_ANY},
	{"nested", doc_read_bool, OF_FIND(include_all_nested), DOC_ANY},
	{0}
};

/* ---- roots ---- */

FindOptions *
options_parse(Jsonb *document, OptionsUse use)
{
	FindOptions *find = palloc_object(FindOptions);
	JsonbValue	root;

	options_begin_count();
	options_find_init(find, NULL);
	if (document == NULL)
		return find;
	doc_root_value(document, &root);
	if (root.type == jbvNull)
		return find;
	if (!doc_reads_as_object(&root))
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, doc_path_key(NULL, "options"),
					   use == OPTIONS_FIND || use == OPTIONS_FIND_SINGLE ?
					   "A row is found by its key with assoc.find_by_pk('User', 1), rows by {\"where\": {...}}." :
					   "Options come last.", "expected an object, not %s,", doc_kind_name(&root));
	foreach_ptr(DocPair, pair, doc_object_pairs(&root))
	{
		DocPath    *path = doc_path_key(pair_is_ours(pair, use) ? &doc_declared : NULL, pair->key);

		if (!doc_read_key(find, option_keys, ROOT | USE(use), &pair->value, path))
			doc_unknown_name(path, doc_key_names(option_keys, USE(use)), "option");
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

void
options_check_keys(const JsonbValue *document, const char *const *own)
{
	List	   *shown = doc_key_names(option_keys, USE(OPTIONS_BY_KEY));
	/* a find option without a meaning here is refused when the rows are loaded */
	List	   *accepted = doc_key_names(option_keys, USE(OPTIONS_FIND));
	List	   *known = NIL;

	for (; *own != NULL; own++)
		known = lappend(known, unconstify(char *, *own));
	foreach_ptr(char, name, shown)
	{
		if (!naming_among(known, name))
			known = lappend(known, name);
	}
	foreach_ptr(DocPair, pair, doc_object_pairs(document))
	{
		if (!naming_among(known, pair->key) && !naming_among(accepted, pair->key))
			doc_unknown_name(doc_path_key(NULL, pair->key), known, "option");
	}
}

FindOptions *
options_parse_scope(const JsonbValue *value, const DocPath *path)
{
	FindOptions *find = palloc_object(FindOptions);

	options_begin_count();
	options_find_init(find, path);
	doc_read_object(find, option_keys, SCOPE, value, path, "option");
	options_bind_where(find);
	return find;
}

AggregateOptions *
options_parse_aggregate(Jsonb *document)
{
	AggregateOptions *options = palloc0_object(AggregateOptions);
	JsonbValue	root;

	options_begin_count();
	options_find_init(&options->find, NULL);
	root.type = jbvNull;
	if (document != NULL)
		doc_root_value(document, &root);
	if (root.type != jbvNull)
	{
		doc_need_object(&root, doc_path_key(NULL, "options"));
		doc_read_object(options, option_keys, GROUPS, &root, NULL, "option");
	}
	if (options->attributes == NIL)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, doc_path_key(NULL, "attributes"),
					   "For the number of rows: {\"attributes\": [{\"count\": \"*\", \"as\": \"n\"}]}.",
					   "an aggregate needs attributes");
	return options;
}

void
options_find_init(FindOptions *find, const DocPath *path)
{
	memset(find, 0, sizeof(FindOptions));
	find->path = path;
	find->paranoid = -1;
}

/* ---- keys of roots and includes ---- */

static void
read_find_order(void *field, const JsonbValue *value, const DocPath *path)
{
	FindOptions *find = field;

	find->order = options_parse_order(value, path);
	find->order_is_explicit = value->type != jbvNull;
}

static void
read_order(void *field, const JsonbValue *value, const DocPath *path)
{
	*(List **) field = options_parse_order(value, path);
}

/* null is no cursor: a list that begins at its beginning, or at its end */
static void
read_cursor(void *field, const JsonbValue *value, const DocPath *path)
{
	FindOptions *find = field;
	OptionValue *cursor = value->type == jbvNull ? NULL : options_value(value, path);

	if (find->cursor_key && find->cursor && cursor)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, NULL,
					   "\"after\" and \"before\" exclude each other");
	if (find->cursor_key && cursor == NULL)
		return;
	find->cursor_key = path->key;
	find->cursor = cursor;
}

static void
read_bigint(void *field, const JsonbValue *value, const DocPath *path)
{
	FindOptions *find = field;
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
read_scope(void *field, const JsonbValue *value, const DocPath *path)
{
	FindOptions *find = field;

	if (value->type == jbvNull)
		return;
	find->scope_is_explicit = true;
	find->scope_path = path;
	if (value->type == jbvBool && !value->val.boolean)
		return;
	find->scopes = doc_need_strings(value, path);
}

static void
read_paranoid(void *field, const JsonbValue *value, const DocPath *path)
{
	FindOptions *find = field;

	find->paranoid = doc_need_bool(value, path);
	find->paranoid_path = path;
}

static void
read_allow(void *field, const JsonbValue *value, const DocPath *path)
{
	*(LoadAllow **) field = load_allow_parse(value, path);
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
	else if ((counts || use == OPTIONS_BY_KEY) && find->order_is_explicit)
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
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, doc_path_key(NULL, key),
					   use == OPTIONS_BY_KEY && find->order_is_explicit ?
					   "Included rows have their order in the include: {\"association\": \"projects\", \"order\": [\"title\"]}." :
					   NULL,
					   "option \"%s\" has no meaning here", key);
}

void
options_read_row_count(void *field, const JsonbValue *value, const DocPath *path)
{
	OptionValue *result;

	if (value->type == jbvNull)
		return;
	result = options_value(value, path);
	if (result->kind == OPTION_COLUMN)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, NULL,
					   "expected a number, not a column,");
	if (result->kind == OPTION_LITERAL)
		(void) need_row_count(&result->literal, path);
	*(OptionValue **) field = result;
}

static int64
need_row_count(const JsonbValue *value, const DocPath *path)
{
	int64		count = options_row_count(value);

	if (value->type != jbvNumeric)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, NULL,
					   "expected a number, not %s,", doc_kind_name(value));
	if (count < 0)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, NULL,
					   "expected a whole number from 0 up, not %s,", doc_text(value));
	return count;
}

/* 1.0 is whole, as it is where params have it */
int64
options_row_count(const JsonbValue *value)
{
	char	   *text;

	if (value->type != jbvNumeric)
		return -1;
	text = DatumGetCString(DirectFunctionCall1(numeric_out,
											   DirectFunctionCall1(numeric_trim_scale,
																   NumericGetDatum(value->val.numeric))));
	return strspn(text, "0123456789") == strlen(text) && strlen(text) <= MAX_DIGITS ? strtoll(text, NULL, 10) : -1;
}

/* ---- include ---- */

static void
read_include(void *field, const JsonbValue *value, const DocPath *path)
{
	FindOptions *find = field;

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
	if (doc_get(value, "all") == NULL)
		return false;
	doc_read_object(find, all_keys, DOC_ANY, value, path, "key");
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
	if (doc_get(value, "association") == NULL)
		check_no_name_is_option(value, path);
	doc_read_object(item, option_keys, INCLUDE, value, path, "option");
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

/* {"projects": true} or {"projects": {...}}, as other tools have it */
static void
check_no_name_is_option(const JsonbValue *value, const DocPath *path)
{
	List	   *known = doc_key_names(option_keys, INCLUDE);

	foreach_ptr(DocPair, pair, doc_object_pairs(value))
		if (!naming_among(known, pair->key) && (pair->value.type == jbvBool || doc_is_object(&pair->value)))
			error_document(ERRCODE_INVALID_PARAMETER_VALUE, doc_path_key(path, pair->key),
						   "An association is named by {\"association\": \"alias\", ...}, or by its name alone.",
						   "unknown option \"%s\"", pair->key);
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

void
options_read_depth(void *field, const JsonbValue *value, const DocPath *path)
{
	int64		depth = need_row_count(value, path);

	if (depth < 1 || depth > MAX_DEPTH)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, NULL,
					   "expected a depth from 1 to %d, not %s,", MAX_DEPTH, doc_text(value));
	*(int *) field = (int) depth;
}

static void
read_through(void *field, const JsonbValue *value, const DocPath *path)
{
	ThroughOptions *through = palloc0_object(ThroughOptions);

	through->path = path;
	through->paranoid = -1;
	doc_read_object(through, through_keys, DOC_ANY, value, path, "option");
	if (through->flatten && through->as != NULL)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, doc_path_key(path, "as"), NULL,
					   "\"as\" and \"flatten\" exclude each other");
	*(ThroughOptions **) field = through;
}

/* what is included below link rows filters neither the links nor the rows that they lead to */
static void
read_link_include(void *field, const JsonbValue *value, const DocPath *path)
{
	FindOptions *find = palloc_object(FindOptions);

	options_find_init(find, path);
	read_include(find, value, path);
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
	*(FindOptions **) field = find;
}

bool
options_include_is_required(const IncludeItem *item)
{
	if (item->required >= 0)
		return item->required;
	return !options_asks_nothing(item->find.where);
}

bool
options_asks_nothing(const Condition *condition)
{
	return condition == NULL || (condition->kind == CONDITION_AND && condition->args == NIL);
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
