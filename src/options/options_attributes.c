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
#include "base/other_words.h"
#include "options/options.h"
#include "options/options_internal.h"
#include "utils/json.h"

/* which objects have a key: an aggregate that is shown, one in the "by" of an order, an item of an order */
#define SHOWN 1
#define BY 2
#define ORDER 4
#define ANYWHERE (SHOWN | BY | ORDER)

/* an object with an aggregate */
typedef struct AggregateObject
{
	Aggregate	aggregate;
	int			context;
	char	   *as;				/* SHOWN: its name in the result */
	OrderItem	order;			/* ORDER: what is said beside the aggregate */
	Aggregate  *by;				/* ORDER: the aggregate of "by"; NULL: none */
	NullsOrder	nulls;			/* ORDER: of "nulls" */
} AggregateObject;

static AttributeItem *parse_attribute_item(const JsonbValue *value, const DocPath *path);
static AttributeItem *parse_renamed_attribute(const JsonbValue *value, const DocPath *path);
static AttributeItem *parse_aggregate_item(const JsonbValue *value, const DocPath *path);
static AggregateObject *parse_aggregate(const JsonbValue *value, const DocPath *path, int context);
static void read_aggregate(void *field, const JsonbValue *value, const DocPath *path);
static void read_aggregate_where(void *field, const JsonbValue *value, const DocPath *path);
static void read_measure(void *field, const JsonbValue *value, const DocPath *path);
static List *parse_steps(const JsonbValue *value, const DocPath *path);

static OrderItem *parse_order_item(const JsonbValue *value, const DocPath *path);
static void parse_order_array(OrderItem *item, const JsonbValue *value, const DocPath *path);
static void parse_order_object(OrderItem *item, const JsonbValue *value, const DocPath *path);
static void check_no_name_is_key(const JsonbValue *value, const DocPath *path);
static void read_by(void *field, const JsonbValue *value, const DocPath *path);
static void read_direction(void *field, const JsonbValue *value, const DocPath *path);
static void read_nulls(void *field, const JsonbValue *value, const DocPath *path);
static bool parse_direction(const char *text, bool *descending, NullsOrder *nulls);

pg_noreturn static void error_no_list(const JsonbValue *value, const DocPath *path);
static const char *list_hint(const JsonbValue *value, const char *key);
static void check_nulls_apart(List *steps, const DocPath *path);
static char *quoted(const char *text);

/* an attribute list with what is added to the default, and what is taken from it */
static const DocKey attribute_keys[] = {
	{"include", options_read_shown, offsetof(AttributeOptions, items), DOC_ANY},
	{"exclude", options_read_shown, offsetof(AttributeOptions, exclude), DOC_ANY},
	{0}
};

static const DocKey aggregate_keys[] = {
	{"by", read_by, 0, ORDER},
	{"count", read_aggregate, 0, ANYWHERE},
	{"sum", read_aggregate, 0, ANYWHERE},
	{"min", read_aggregate, 0, ANYWHERE},
	{"max", read_aggregate, 0, ANYWHERE},
	{"avg", read_aggregate, 0, ANYWHERE},
	{"has", read_aggregate, 0, ANYWHERE},
	{"rank", read_measure, 0, ANYWHERE},
	{"distance", read_measure, 0, ANYWHERE},
	{"distinct", doc_read_bool, offsetof(AggregateObject, aggregate.distinct), ANYWHERE},
	{"where", read_aggregate_where, 0, ANYWHERE},
	{"as", doc_read_string, offsetof(AggregateObject, as), SHOWN},
	{"lower", doc_read_bool, offsetof(AggregateObject, order.lower), ORDER},
	{"collation", doc_read_string, offsetof(AggregateObject, order.collation), ORDER},
	{"direction", read_direction, 0, ORDER},
	{"nulls", read_nulls, 0, ORDER},
	{0}
};

/* ---- attributes ---- */

void
options_read_attributes(void *field, const JsonbValue *value, const DocPath *path)
{
	AttributeOptions *attributes = field;

	attributes->path = path;
	if (value->type == jbvNull)
		return;
	attributes->given = true;
	if (doc_is_array(value))
	{
		attributes->replace = true;
		options_read_shown(&attributes->items, value, path);
		return;
	}
	if (!doc_is_object(value))
		error_no_list(value, path);
	doc_read_object(attributes, attribute_keys, DOC_ANY, value, path, "key");
	foreach_ptr(AttributeItem, item, attributes->exclude)
	{
		if (item->name == NULL || strcmp(item->name, item->as) != 0)
			error_document(ERRCODE_INVALID_PARAMETER_VALUE, item->path, NULL,
						   "only the name of an attribute can be excluded");
	}
}

void
options_read_shown(void *field, const JsonbValue *value, const DocPath *path)
{
	List	   *items = NIL;

	if (!doc_is_array(value))
		error_no_list(value, path);
	foreach_ptr(JsonbValue, element, doc_array_elements(value))
		items = lappend(items,
						parse_attribute_item(element,
											 doc_path_index(path, foreach_current_index(element))));
	*(List **) field = items;
}

void
options_read_group(void *field, const JsonbValue *value, const DocPath *path)
{
	List	  **group = field;

	options_read_shown(group, value, path);
	foreach_ptr(AttributeItem, item, *group)
	{
		if (item->aggregate || strcmp(item->as, item->name) != 0)
			error_document(ERRCODE_INVALID_PARAMETER_VALUE, item->path, NULL,
						   "expected the name of an attribute");
	}
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
	AggregateObject *object = parse_aggregate(value, path, SHOWN);

	item->path = path;
	item->aggregate = &object->aggregate;
	item->as = object->as;
	if (item->as == NULL)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, NULL,
					   "an aggregate needs \"as\", its name in the result,");
	return item;
}

/* {"count": path, "where": W}, and where it is shown its "as" */
static AggregateObject *
parse_aggregate(const JsonbValue *value, const DocPath *path, int context)
{
	AggregateObject *object = palloc0_object(AggregateObject);

	object->context = context;
	doc_read_object(object, aggregate_keys, context, value, path, "key");
	if (object->aggregate.kind == AGGREGATE_NONE)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, NULL,
					   "expected one of \"count\", \"sum\", \"min\", \"max\", \"avg\", \"has\", \"rank\" and \"distance\"");
	return object;
}

static void
read_aggregate(void *field, const JsonbValue *value, const DocPath *path)
{
	static const char *const names[] = {"count", "sum", "min", "max", "avg", "has"};
	Aggregate  *aggregate = &((AggregateObject *) field)->aggregate;
	int			i = 0;

	if (aggregate->kind != AGGREGATE_NONE)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, NULL,
					   "only one aggregate can stand in an object");
	while (strcmp(path->key, names[i]) != 0)
		i++;
	options_count_subquery(path);
	aggregate->kind = AGGREGATE_COUNT + i;
	aggregate->steps = parse_steps(value, path);
}

/* what is measured has its condition in itself */
static void
read_aggregate_where(void *field, const JsonbValue *value, const DocPath *path)
{
	AggregateObject *object = field;

	if (object->aggregate.kind > AGGREGATE_HAS)
		doc_unknown_name(path, doc_key_names(aggregate_keys, object->context), "key");
	object->aggregate.where = options_where_more(value, path);
}

/* {"rank": {"body": {"websearch": "cats"}}}, {"distance": {"place": "(1,2)"}} */
static void
read_measure(void *field, const JsonbValue *value, const DocPath *path)
{
	Aggregate  *aggregate = &((AggregateObject *) field)->aggregate;
	bool		ranks = strcmp(path->key, "rank") == 0;
	Condition  *of;

	if (aggregate->kind != AGGREGATE_NONE || aggregate->where != NULL)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, NULL,
					   "only one aggregate can stand in an object");
	doc_need_object(value, path);
	of = options_where_more(value, path);
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

void
options_read_values(void *field, const JsonbValue *value, const DocPath *path)
{
	ValuesOption *values = palloc0_object(ValuesOption);
	AttributeItem *item = palloc0_object(AttributeItem);
	List	   *steps = doc_array_elements(value);

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
	*(ValuesOption **) field = values;
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

/* the right form of what is no name: "name DESC", as SQL has it, "-name", or "down" behind a name; NULL: none of these */
char *
options_order_hint(const char *name)
{
	static const char *const directions[] = {"up", "down", "ascending", "descending", NULL};
	bool		descending;
	NullsOrder	nulls;

	if (doc_is_known(name, directions))
		return pstrdup("Each item is a list of its own: \"order\": [[\"name\", \"DESC\"]].");
	if (name[0] == '-' && name[1] != '\0')
		return psprintf("Write \"order\": [[%s, \"DESC\"]].", quoted(name + 1));
	for (const char *space = strchr(name, ' '); space != NULL; space = strchr(space + 1, ' '))
		if (parse_direction(space + 1, &descending, &nulls))
			return psprintf("Write \"order\": [[%s, %s]].", quoted(pnstrdup(name, space - name)),
							quoted(space + 1));
	return NULL;
}

static void
error_no_list(const JsonbValue *value, const DocPath *path)
{
	error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, list_hint(value, path->key),
				   "expected an array, not %s,", doc_kind_name(value));
}

/* "name", "name, title" and "*", as SQL has them */
static const char *
list_hint(const JsonbValue *value, const char *key)
{
	char	   *rest;
	StringInfoData buf;

	if (value->type != jbvString)
		return "A list of names: [\"name\", \"title\"].";
	rest = pstrdup(error_name(doc_string(value)));
	if (strcmp(rest, "*") == 0)
		return other_words_hint(rest, NIL, "attributes");
	initStringInfo(&buf);
	for (char *name; (name = strsep(&rest, ",")) != NULL;)
		appendStringInfo(&buf, "%s%s", buf.len > 0 ? ", " : "", quoted(name + strspn(name, " ")));
	return psprintf("Write \"%s\": [%s].", key, buf.data);
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
	else
		check_nulls_apart(steps, path);
	item->steps = steps;
}

/* ["name", "DESC", "NULLS LAST"] */
static void
check_nulls_apart(List *steps, const DocPath *path)
{
	int			n = list_length(steps);
	char	   *direction = n > 2 ? psprintf("%s %s", (char *) list_nth(steps, n - 2), (char *) llast(steps)) : NULL;
	bool		descending;
	NullsOrder	nulls;

	if (direction != NULL && parse_direction(direction, &descending, &nulls))
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path,
					   psprintf("The direction is one text: [%s, %s].", quoted(list_nth(steps, n - 3)), quoted(direction)),
					   "unknown direction \"%s\"", (char *) llast(steps));
}

/* the aggregate may stand in "by" or beside "direction" */
static void
parse_order_object(OrderItem *item, const JsonbValue *value, const DocPath *path)
{
	AggregateObject *object = palloc0_object(AggregateObject);
	Aggregate  *beside = &object->aggregate;

	check_no_name_is_key(value, path);
	object->context = ORDER;
	object->order.path = path;
	doc_read_object(object, aggregate_keys, ORDER, value, path, "key");
	*item = object->order;
	if ((item->steps != NIL) + (object->by != NULL) + (beside->kind != AGGREGATE_NONE) != 1 ||
		(beside->kind == AGGREGATE_NONE && beside->where != NULL))
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, NULL,
					   "expected \"by\" or one aggregate");
	item->aggregate = beside->kind != AGGREGATE_NONE ? beside : object->by;
	if (item->aggregate != NULL)
		options_order_of_attribute(item);
	if (object->nulls != NULLS_DEFAULT && item->nulls != NULLS_DEFAULT && object->nulls != item->nulls)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, NULL,
					   "\"direction\" and \"nulls\" contradict each other");
	if (object->nulls != NULLS_DEFAULT)
		item->nulls = object->nulls;
}

/* {"name": "desc"}, as other tools have it */
static void
check_no_name_is_key(const JsonbValue *value, const DocPath *path)
{
	List	   *pairs = doc_object_pairs(value);
	DocPair    *pair = list_length(pairs) == 1 ? linitial(pairs) : NULL;
	bool		descending;
	NullsOrder	nulls;

	if (pair == NULL || pair->value.type != jbvString ||
		strcmp(pair->key, "by") == 0 || strcmp(pair->key, "direction") == 0 ||
		!parse_direction(doc_string(&pair->value), &descending, &nulls))
		return;
	error_document(ERRCODE_INVALID_PARAMETER_VALUE, doc_path_key(path, pair->key),
				   psprintf("Write \"order\": [[%s, %s]].", quoted(pair->key), quoted(doc_string(&pair->value))),
				   "unknown key \"%s\"", pair->key);
}

static void
read_by(void *field, const JsonbValue *value, const DocPath *path)
{
	AggregateObject *object = field;

	if (doc_is_object(value))
		object->by = &parse_aggregate(value, path, BY)->aggregate;
	else
		object->order.steps = parse_steps(value, path);
}

/* "lower" and "collation" are about the values of an attribute */
void
options_order_of_attribute(const OrderItem *item)
{
	if (item->lower || item->collation)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, item->path, NULL,
					   "\"%s\" is about the order of an attribute, not of an aggregate",
					   item->lower ? "lower" : "collation");
}

static void
read_direction(void *field, const JsonbValue *value, const DocPath *path)
{
	OrderItem  *item = &((AggregateObject *) field)->order;

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

static void
read_nulls(void *field, const JsonbValue *value, const DocPath *path)
{
	bool		ignored;

	if (!parse_direction(psprintf("ASC NULLS %s", doc_need_string(value, path)), &ignored,
						 &((AggregateObject *) field)->nulls))
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path,
					   "The choices are \"first\" and \"last\".",
					   "unknown place of nulls");
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
