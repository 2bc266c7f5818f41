/*-------------------------------------------------------------------------
 *
 * options_predicate.c
 *	  Conditions on associations: some, none, every, count and the like.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "options/options.h"
#include "options/options_internal.h"

/* keys that are words of the language before they are operators under a key */
static const struct
{
	const char *name;
	AssociationPredicate predicate;
	AggregateKind kind;
}			predicates[] =
{
	{"some", PREDICATE_SOME, AGGREGATE_NONE},
	{"none", PREDICATE_NONE, AGGREGATE_NONE},
	{"every", PREDICATE_EVERY, AGGREGATE_NONE},
	{"allOf", PREDICATE_ALL_OF, AGGREGATE_NONE},
	{"exactly", PREDICATE_EXACTLY, AGGREGATE_NONE},
	{"count", PREDICATE_COUNT, AGGREGATE_NONE},
	{"sum", PREDICATE_AGGREGATE, AGGREGATE_SUM},
	{"avg", PREDICATE_AGGREGATE, AGGREGATE_AVG},
	{"min", PREDICATE_AGGREGATE, AGGREGATE_MIN},
	{"max", PREDICATE_AGGREGATE, AGGREGATE_MAX},
};

static int	find_predicate(const char *name);
static void parse_aggregate_predicate(Condition *condition, AggregateKind kind,
									  const DocPair *of, const DocPath *path);
static Condition *parse_predicate(const char *key, const DocPair *pair, const DocPath *path);
static void parse_count_predicate(Condition *condition, const JsonbValue *value, const DocPath *path);

/* only keys of predicates, at least one */
bool
options_is_predicates(const JsonbValue *value)
{
	bool		any = false;

	if (!doc_is_object(value))
		return false;
	foreach_ptr(DocPair, pair, doc_object_pairs(value))
	{
		if (find_predicate(pair->key) < 0 && strcmp(pair->key, "recursive") != 0)
			return false;
		any |= strcmp(pair->key, "recursive") != 0;
	}
	return any;
}

/* its number; -1: there is none of that name */
static int
find_predicate(const char *name)
{
	for (int i = 0; i < (int) lengthof(predicates); i++)
		if (strcmp(name, predicates[i].name) == 0)
			return i;
	return -1;
}

Condition *
options_parse_predicates(const char *key, const JsonbValue *value, const DocPath *path)
{
	const JsonbValue *again = doc_get(value, "recursive");
	const DocPath *member_path = doc_path_key(path, "recursive");
	bool		recursive = again != NULL && doc_need_bool(again, member_path);
	List	   *args = NIL;

	options_check_path_depth(path);
	foreach_ptr(DocPair, pair, doc_object_pairs(value))
	{
		Condition  *condition;

		if (strcmp(pair->key, "recursive") == 0)
			continue;
		condition = parse_predicate(key, pair, doc_path_key(path, pair->key));
		condition->recursive = recursive;
		if (recursive && condition->predicate != PREDICATE_SOME && condition->predicate != PREDICATE_NONE)
			error_document(ERRCODE_INVALID_PARAMETER_VALUE, member_path, NULL,
						   "\"recursive\" goes with \"some\" and \"none\", not with \"%s\",", pair->key);
		args = lappend(args, condition);
	}
	return options_all_of(path, args);
}

static Condition *
parse_predicate(const char *key, const DocPair *pair, const DocPath *path)
{
	Condition  *condition = options_condition(CONDITION_ASSOCIATION, path, NIL);
	int			number = find_predicate(pair->key);
	Condition  *inner;

	condition->key = pstrdup(key);
	condition->predicate = predicates[number].predicate;
	if (condition->predicate == PREDICATE_COUNT)
	{
		parse_count_predicate(condition, &pair->value, path);
		return condition;
	}
	if (condition->predicate == PREDICATE_AGGREGATE)
	{
		parse_aggregate_predicate(condition, predicates[number].kind, pair, path);
		return condition;
	}
	if (condition->predicate == PREDICATE_ALL_OF || condition->predicate == PREDICATE_EXACTLY)
	{
		condition->value = options_value(&pair->value, path);
		if (condition->value->kind == OPTION_COLUMN)
			error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, NULL,
						   "expected a list of keys, not a column,");
		if (condition->value->kind == OPTION_LITERAL)
			doc_need_array(&condition->value->literal, path);
		return condition;
	}
	doc_need_object(&pair->value, path);
	inner = options_where_more(&pair->value, path);
	/* the rows that there are to be none of */
	if (condition->predicate == PREDICATE_EVERY)
		inner = options_condition(CONDITION_NOT_TRUE, path, list_make1(inner));
	condition->args = list_make1(inner);
	return condition;
}

/* {"where": W, "gte": 3} */
static void
parse_count_predicate(Condition *condition, const JsonbValue *value, const DocPath *path)
{
	Condition  *model = options_condition(CONDITION_COMPARE, path, NIL);

	if (value->type == jbvNumeric || options_is_reference(value))
	{
		condition->compares = list_make1(options_parse_bare(model, value, path));
		return;
	}
	doc_need_object(value, path);
	foreach_ptr(DocPair, pair, doc_object_pairs(value))
	{
		DocPath    *member_path = doc_path_key(path, pair->key);

		if (strcmp(pair->key, "where") == 0)
			condition->args = list_make1(options_where_more(&pair->value, member_path));
		else
			condition->compares = lappend(condition->compares,
										  options_parse_operator(model, pair, member_path));
	}
	if (condition->compares == NIL)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path,
					   "Write {\"count\": {\"gte\": 3}}.",
					   "\"count\" needs a comparison");
}

/* {"of": "total", "where": W, "gte": 100} */
static void
parse_aggregate_predicate(Condition *condition, AggregateKind kind, const DocPair *of,
						  const DocPath *path)
{
	Condition  *model = options_condition(CONDITION_COMPARE, path, NIL);
	Aggregate  *aggregate = palloc0_object(Aggregate);
	char	   *form = psprintf("Write {\"%s\": {\"of\": \"attribute\", \"gte\": 3}}.", of->key);

	condition->aggregate = aggregate;
	aggregate->kind = kind;
	aggregate->steps = list_make1(condition->key);
	if (!doc_is_object(&of->value))
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, form,
					   "expected an object, not %s,", doc_kind_name(&of->value));
	foreach_ptr(DocPair, pair, doc_object_pairs(&of->value))
	{
		DocPath    *member_path = doc_path_key(path, pair->key);

		/* "total", or ["through", "total"] of the link rows */
		if (strcmp(pair->key, "of") == 0)
			aggregate->steps = list_concat(aggregate->steps, doc_is_array(&pair->value) ?
										   doc_need_strings(&pair->value, member_path) :
										   list_make1(doc_need_string(&pair->value, member_path)));
		else if (strcmp(pair->key, "distinct") == 0)
			aggregate->distinct = doc_need_bool(&pair->value, member_path);
		else if (strcmp(pair->key, "where") == 0)
			aggregate->where = options_where_more(&pair->value, member_path);
		else
			condition->compares = lappend(condition->compares,
										  options_parse_operator(model, pair, member_path));
	}
	if (list_length(aggregate->steps) == 1 || condition->compares == NIL)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, form, "\"%s\" needs %s", of->key,
					   condition->compares == NIL ? "a comparison" : "an attribute");
	if (aggregate->where)
		condition->args = list_make1(aggregate->where);
}
