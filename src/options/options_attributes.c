/*-------------------------------------------------------------------------
 *
 * options_attributes.c
 *	  Attributes, aggregates and order of the options document.
 *
 * Decides the form of what is shown and in what order it comes, for rows and for
 * groups of rows.  No catalog is read here either.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "options/options.h"
#include "options/options_internal.h"
#include "utils/json.h"

static const char *const attribute_keys[] = {"include", "exclude", NULL};
static const char *const aggregate_keys[] = {
	"count", "sum", "min", "max", "avg", "has", "rank", "distance", "distinct", "where", "as", NULL
};
static const char *const order_by_keys[] = {
	"count", "sum", "min", "max", "avg", "has", "rank", "distance", "distinct", "where", NULL
};
static const char *const order_keys[] = {
	"by", "count", "sum", "min", "max", "avg", "has", "rank", "distance", "distinct", "where",
	"lower", "collation", "direction", "nulls", NULL
};
static const char *const grouping_keys[] = {
	"attributes", "group", "having", "where", "include", "scope", "paranoid",
	"order", "limit", "offset", "bigint", NULL
};

static List *options_parse_attribute_list(const JsonbValue *value, const DocPath *path);
static AttributeItem *parse_attribute_item(const JsonbValue *value, const DocPath *path);
static AttributeItem *parse_renamed_attribute(const JsonbValue *value, const DocPath *path);
static AttributeItem *parse_aggregate_item(const JsonbValue *value, const DocPath *path);
static bool parse_aggregate_key(Aggregate *aggregate, const DocPair *pair, const DocPath *path);
static void parse_measure(Aggregate *aggregate, const DocPair *pair, const DocPath *path);
static List *parse_steps(const JsonbValue *value, const DocPath *path);

static OrderItem *parse_order_item(const JsonbValue *value, const DocPath *path);
static void parse_order_array(OrderItem *item, const JsonbValue *value, const DocPath *path);
static void parse_order_object(OrderItem *item, const JsonbValue *value, const DocPath *path);
static Aggregate *parse_aggregate(const JsonbValue *value, const DocPath *path, char **as);
static void parse_direction_at(const JsonbValue *value, const DocPath *path, OrderItem *item);
static NullsOrder parse_nulls_at(const JsonbValue *value, const DocPath *path);
static bool parse_direction(const char *text, bool *descending, NullsOrder *nulls);

static char *quoted(const char *text);

static void parse_grouping_key(AggregateOptions *options, const DocPair *pair, const DocPath *path);
static bool is_row_key(const char *key);

/* ---- attributes ---- */

void
options_parse_attributes(AttributeOptions *attributes, const JsonbValue *value, const DocPath *path)
{
	attributes->path = path;
	if (value->type == jbvNull)
		return;
	attributes->given = true;
	if (doc_is_array(value))
	{
		attributes->replace = true;
		attributes->items = options_parse_attribute_list(value, path);
		return;
	}
	if (!doc_is_object(value))
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path,
					   value->type != jbvString ? "A list of names: [\"name\", \"title\"]." :
					   psprintf("Write \"attributes\": [%s].", quoted(doc_string(value))),
					   "expected an array, not %s,", doc_kind_name(value));
	foreach_ptr(DocPair, pair, doc_object_pairs(value))
	{
		DocPath    *member_path = doc_path_key(path, pair->key);

		if (strcmp(pair->key, "include") == 0)
			attributes->items = options_parse_attribute_list(&pair->value, member_path);
		else if (strcmp(pair->key, "exclude") == 0)
			attributes->exclude = options_parse_attribute_list(&pair->value, member_path);
		else
			doc_unknown_key(pair->key, member_path, attribute_keys, "key");
	}
	foreach_ptr(AttributeItem, item, attributes->exclude)
	{
		if (item->name == NULL || strcmp(item->name, item->as) != 0)
			error_document(ERRCODE_INVALID_PARAMETER_VALUE, item->path, NULL,
						   "only the name of an attribute can be excluded");
	}
}

static List *
options_parse_attribute_list(const JsonbValue *value, const DocPath *path)
{
	List	   *items = NIL;

	doc_need_array(value, path);
	foreach_ptr(JsonbValue, element, doc_array_elements(value))
		items = lappend(items,
						parse_attribute_item(element,
											 doc_path_index(path, foreach_current_index(element))));
	return items;
}

/* "name" | ["name", "as"] | {"count": path, "where": W, "as": "n"} */
static AttributeItem *
parse_attribute_item(const JsonbValue *value, const DocPath *path)
{
	AttributeItem *item;

	if (doc_is_array(value))
		return parse_renamed_attribute(value, path);
	if (doc_is_object(value))
		return parse_aggregate_item(value, path);
	item = palloc0_object(AttributeItem);
	item->path = path;
	item->name = item->as = doc_need_string(value, path);
	return item;
}

static AttributeItem *
parse_renamed_attribute(const JsonbValue *value, const DocPath *path)
{
	AttributeItem *item = palloc0_object(AttributeItem);
	List	   *elements = doc_array_elements(value);

	item->path = path;
	if (list_length(elements) != 2)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, NULL,
					   "expected [\"attribute\", \"name in the result\"]");
	item->name = doc_need_string(linitial(elements), doc_path_index(path, 0));
	item->as = doc_need_string(lsecond(elements), doc_path_index(path, 1));
	return item;
}

static AttributeItem *
parse_aggregate_item(const JsonbValue *value, const DocPath *path)
{
	AttributeItem *item = palloc0_object(AttributeItem);

	item->path = path;
	item->aggregate = parse_aggregate(value, path, &item->as);
	if (item->as == NULL)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, NULL,
					   "an aggregate needs \"as\", its name in the result,");
	return item;
}

/* {"count": path, "where": W}, and where it has a name its "as" */
static Aggregate *
parse_aggregate(const JsonbValue *value, const DocPath *path, char **as)
{
	Aggregate  *aggregate = palloc0_object(Aggregate);

	foreach_ptr(DocPair, pair, doc_object_pairs(value))
	{
		DocPath    *member_path = doc_path_key(path, pair->key);

		if (as != NULL && strcmp(pair->key, "as") == 0)
			*as = doc_need_string(&pair->value, member_path);
		else if (!parse_aggregate_key(aggregate, pair, member_path))
			doc_unknown_key(pair->key, member_path, as ? aggregate_keys : order_by_keys, "key");
	}
	if (aggregate->kind == AGGREGATE_NONE)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, NULL,
					   "expected one of \"count\", \"sum\", \"min\", \"max\", \"avg\", \"has\", \"rank\" and \"distance\"");
	return aggregate;
}

/* a key of an aggregate; false when it is none */
static bool
parse_aggregate_key(Aggregate *aggregate, const DocPair *pair, const DocPath *path)
{
	static const char *const names[] = {"count", "sum", "min", "max", "avg", "has"};

	if (strcmp(pair->key, "distinct") == 0)
	{
		aggregate->distinct = doc_need_bool(&pair->value, path);
		return true;
	}
	if (strcmp(pair->key, "where") == 0 && aggregate->kind <= AGGREGATE_HAS)
	{
		aggregate->where = options_where_more(&pair->value, path);
		return true;
	}
	if (strcmp(pair->key, "rank") == 0 || strcmp(pair->key, "distance") == 0)
	{
		parse_measure(aggregate, pair, path);
		return true;
	}
	for (int i = 0; i < (int) lengthof(names); i++)
	{
		if (strcmp(pair->key, names[i]) != 0)
			continue;
		if (aggregate->kind != AGGREGATE_NONE)
			error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, NULL,
						   "only one aggregate can stand in an object");
		aggregate->kind = AGGREGATE_COUNT + i;
		aggregate->steps = parse_steps(&pair->value, path);
		return true;
	}
	return false;
}

/* {"rank": {"body": {"websearch": "cats"}}}, {"distance": {"place": "(1,2)"}} */
static void
parse_measure(Aggregate *aggregate, const DocPair *pair, const DocPath *path)
{
	bool		ranks = strcmp(pair->key, "rank") == 0;
	Condition  *of;

	if (aggregate->kind != AGGREGATE_NONE || aggregate->where != NULL)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, NULL,
					   "only one aggregate can stand in an object");
	doc_need_object(&pair->value, path);
	of = options_where_more(&pair->value, path);
	if (of == NULL || of->kind != CONDITION_COMPARE || of->quantifier != QUANTIFIER_NONE ||
		(ranks ? of->op < WHERE_MATCH : !of->bare))
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, NULL,
					   ranks ? "\"rank\" takes one attribute and a search: {\"body\": {\"websearch\": \"cats\"}}" :
					   "\"distance\" takes one attribute and a value: {\"place\": \"(1,2)\"}");
	aggregate->kind = ranks ? AGGREGATE_RANK : AGGREGATE_DISTANCE;
	aggregate->steps = list_make1(of->key);
	aggregate->where = of;
}

/* "projects" or ["projects", "through", "start_date"] */
static List *
parse_steps(const JsonbValue *value, const DocPath *path)
{
	List	   *steps = doc_need_strings(value, path);

	if (steps == NIL)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, NULL,
					   "expected a name or a list of names");
	return steps;
}

ValuesOption *
options_parse_values(const JsonbValue *value, const DocPath *path)
{
	ValuesOption *values = palloc0_object(ValuesOption);
	AttributeItem *item = palloc0_object(AttributeItem);
	List	   *steps = doc_is_array(value) ? doc_array_elements(value) : NIL;

	values->item = item;
	values->of_through = list_length(steps) == 2 &&
		((JsonbValue *) linitial(steps))->type == jbvString &&
		strcmp(doc_string(linitial(steps)), "through") == 0;
	if (steps != NIL && !values->of_through)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path,
					   "Write \"values\": \"id\", or [\"through\", \"role\"] of the link rows.",
					   "expected one attribute");
	item->path = path;
	item->name = item->as = doc_need_string(values->of_through ? lsecond(steps) : value, path);
	return values;
}

/* ---- order ---- */

/*
 * A list of items.  A bare string is one item; an array whose last element is
 * a direction would read as two items, so it is refused with the right form.
 */
List *
options_parse_order(const JsonbValue *value, const DocPath *path)
{
	List	   *items = NIL;

	if (value->type == jbvNull)
		return NIL;
	if (!doc_is_array(value))
		return list_make1(parse_order_item(value, path));
	foreach_ptr(const JsonbValue, element, doc_array_elements(value))
	{
		DocPath    *member_path = doc_path_index(path, foreach_current_index(element));
		bool		descending;
		NullsOrder	nulls;

		if (element->type == jbvString && foreach_current_index(element) > 0 &&
			parse_direction(doc_string(element), &descending, &nulls))
			error_document(ERRCODE_INVALID_PARAMETER_VALUE, member_path,
						   "Each item is a list of its own: \"order\": [[\"name\", \"DESC\"]].",
						   "\"%s\" stands where an attribute is expected", doc_string(element));
		items = lappend(items, parse_order_item(element, member_path));
	}
	return items;
}

/* the right form of what is no name: "name DESC", as SQL has it, or "-name"; NULL: neither */
char *
options_order_hint(const char *name)
{
	bool		descending;
	NullsOrder	nulls;

	if (name[0] == '-' && name[1] != '\0')
		return psprintf("Write \"order\": [[%s, \"DESC\"]].", quoted(name + 1));
	for (const char *space = strchr(name, ' '); space != NULL; space = strchr(space + 1, ' '))
		if (parse_direction(space + 1, &descending, &nulls))
			return psprintf("Write \"order\": [[%s, %s]].", quoted(pnstrdup(name, space - name)),
							quoted(space + 1));
	return NULL;
}

/* as a string of JSON */
static char *
quoted(const char *text)
{
	StringInfoData buf;

	initStringInfo(&buf);
	escape_json(&buf, text);
	return buf.data;
}

/* "name" | [alias..., attribute, direction] | {"by": ..., "lower", "collation", "direction", "nulls"} */
static OrderItem *
parse_order_item(const JsonbValue *value, const DocPath *path)
{
	OrderItem  *item = palloc0_object(OrderItem);

	item->path = path;
	if (doc_is_array(value))
		parse_order_array(item, value, path);
	else if (doc_is_object(value))
		parse_order_object(item, value, path);
	else
		item->steps = list_make1(doc_need_string(value, path));
	return item;
}

static void
parse_order_array(OrderItem *item, const JsonbValue *value, const DocPath *path)
{
	List	   *steps = parse_steps(value, path);

	if (list_length(steps) > 1 &&
		parse_direction(llast(steps), &item->descending, &item->nulls))
		steps = list_delete_last(steps);
	item->steps = steps;
}

/* the aggregate may stand in "by" or beside "direction" */
static void
parse_order_object(OrderItem *item, const JsonbValue *value, const DocPath *path)
{
	Aggregate	beside = {0};
	Aggregate  *aggregate = NULL;
	NullsOrder	nulls = NULLS_DEFAULT;

	foreach_ptr(DocPair, pair, doc_object_pairs(value))
	{
		DocPath    *member_path = doc_path_key(path, pair->key);

		if (strcmp(pair->key, "by") == 0 && doc_is_object(&pair->value))
			aggregate = parse_aggregate(&pair->value, member_path, NULL);
		else if (strcmp(pair->key, "by") == 0)
			item->steps = parse_steps(&pair->value, member_path);
		else if (strcmp(pair->key, "direction") == 0)
			parse_direction_at(&pair->value, member_path, item);
		else if (strcmp(pair->key, "nulls") == 0)
			nulls = parse_nulls_at(&pair->value, member_path);
		else if (strcmp(pair->key, "lower") == 0)
			item->lower = doc_need_bool(&pair->value, member_path);
		else if (strcmp(pair->key, "collation") == 0)
			item->collation = doc_need_string(&pair->value, member_path);
		else if (!parse_aggregate_key(&beside, pair, member_path))
			doc_unknown_key(pair->key, member_path, order_keys, "key");
	}
	if (beside.kind != AGGREGATE_NONE || beside.where != NULL)
		item->aggregate = memcpy(palloc_object(Aggregate), &beside, sizeof(Aggregate));
	if ((item->steps != NIL) + (aggregate != NULL) + (item->aggregate != NULL) != 1 ||
		(item->aggregate && item->aggregate->kind == AGGREGATE_NONE))
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, NULL,
					   "expected \"by\" or one aggregate");
	if (aggregate != NULL)
		item->aggregate = aggregate;
	if (item->aggregate != NULL)
		options_order_of_attribute(item);
	if (nulls != NULLS_DEFAULT && item->nulls != NULLS_DEFAULT && nulls != item->nulls)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, NULL,
					   "\"direction\" and \"nulls\" contradict each other");
	if (nulls != NULLS_DEFAULT)
		item->nulls = nulls;
}

/* what is computed has one order, without options */
void
options_order_of_attribute(const OrderItem *item)
{
	if (item->lower || item->collation)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, item->path, NULL,
					   "\"%s\" is about the order of an attribute, not of an aggregate",
					   item->lower ? "lower" : "collation");
}

static void
parse_direction_at(const JsonbValue *value, const DocPath *path, OrderItem *item)
{
	if (!parse_direction(doc_need_string(value, path), &item->descending, &item->nulls))
		options_error_direction(doc_string(value), path);
}

void
options_error_direction(const char *text, const DocPath *path)
{
	error_document(ERRCODE_INVALID_PARAMETER_VALUE, path,
				   "The choices are ASC and DESC, with NULLS FIRST or NULLS LAST.",
				   "unknown direction \"%s\"", text);
}

static NullsOrder
parse_nulls_at(const JsonbValue *value, const DocPath *path)
{
	NullsOrder	nulls;
	bool		ignored;

	if (!parse_direction(psprintf("ASC NULLS %s", doc_need_string(value, path)), &ignored, &nulls))
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path,
					   "The choices are \"first\" and \"last\".",
					   "unknown place of nulls");
	return nulls;
}

/* ASC|DESC( NULLS FIRST|LAST)?, in any case; false when the text is none */
static bool
parse_direction(const char *text, bool *descending, NullsOrder *nulls)
{
	static const struct
	{
		const char *text;
		bool		descending;
		NullsOrder	nulls;
	}			directions[] =
	{
		{"ASC", false, NULLS_DEFAULT},
		{"DESC", true, NULLS_DEFAULT},
		{"ASC NULLS FIRST", false, NULLS_FIRST_EXPLICIT},
		{"ASC NULLS LAST", false, NULLS_LAST_EXPLICIT},
		{"DESC NULLS FIRST", true, NULLS_FIRST_EXPLICIT},
		{"DESC NULLS LAST", true, NULLS_LAST_EXPLICIT},
	};

	for (int i = 0; i < (int) lengthof(directions); i++)
	{
		if (pg_strcasecmp(text, directions[i].text) != 0)
			continue;
		*descending = directions[i].descending;
		*nulls = directions[i].nulls;
		return true;
	}
	return false;
}

/* ---- aggregate ---- */

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
		foreach_ptr(DocPair, pair, doc_object_pairs(&root))
			parse_grouping_key(options, pair, doc_path_key(NULL, pair->key));
	}
	if (options->attributes == NIL)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, doc_path_key(NULL, "attributes"),
					   "For the number of rows: {\"attributes\": [{\"count\": \"*\", \"as\": \"n\"}]}.",
					   "an aggregate needs attributes");
	return options;
}

static void
parse_grouping_key(AggregateOptions *options, const DocPair *pair, const DocPath *path)
{
	const JsonbValue *value = &pair->value;

	if (strcmp(pair->key, "attributes") == 0)
		options->attributes = options_parse_attribute_list(value, path);
	else if (strcmp(pair->key, "having") == 0)
		options->having = options_where_more(value, path);
	else if (strcmp(pair->key, "order") == 0)
		options->order = options_parse_order(value, path);
	else if (strcmp(pair->key, "limit") == 0)
		options->limit = options_row_count(value, path);
	else if (strcmp(pair->key, "offset") == 0)
		options->offset = options_row_count(value, path);
	else if (strcmp(pair->key, "bigint") == 0)
		options_bigint(&options->find, value, path);
	else if (strcmp(pair->key, "group") == 0)
	{
		options->group = options_parse_attribute_list(value, path);
		foreach_ptr(AttributeItem, item, options->group)
		{
			if (item->aggregate || strcmp(item->as, item->name) != 0)
				error_document(ERRCODE_INVALID_PARAMETER_VALUE, item->path, NULL,
							   "expected the name of an attribute");
		}
	}
	else if (!is_row_key(pair->key) || !options_common_key(&options->find, pair, path))
		doc_unknown_key(pair->key, path, grouping_keys, "option");
}

/* what says which rows are aggregated */
static bool
is_row_key(const char *key)
{
	return strcmp(key, "where") == 0 || strcmp(key, "include") == 0 ||
		strcmp(key, "scope") == 0 || strcmp(key, "paranoid") == 0;
}
