/*-------------------------------------------------------------------------
 *
 * options_where.c
 *	  Where documents: jsonb in, tree of conditions out.
 *
 * Decides the form of conditions: which operators there are, what a bare value
 * means, where an object is a reference, a set of operators or a predicate over
 * an association.  Meaning of keys, types and SQL are decided in sql_where.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "base/other_words.h"
#include "base/settings.h"
#include "miscadmin.h"
#include "options/options.h"
#include "options/options_internal.h"

#define ASSOCIATED_UNDER "Conditions on associated rows stand under \"some\", \"none\" or \"every\""
#define ASSOCIATED_HINT ASSOCIATED_UNDER "."

/* what value an operator takes */
typedef enum OperandForm
{
	OPERAND_VALUE,				/* any value or reference */
	OPERAND_PAIR,				/* array of two */
	OPERAND_LIST,				/* array, or a parameter that is one */
	OPERAND_TRUTH,				/* true, false or null */
	OPERAND_TEXT,				/* string, or a parameter */
	OPERAND_SEARCH,				/* the same, or {"query", "config"} */
	OPERAND_WITHIN				/* {"of": any value, "distance": number or reference} */
} OperandForm;

static const struct
{
	const char *name;
	OperandForm operand;
}			operators[] =
{
	[WHERE_EQ] = {"eq", OPERAND_VALUE},
	[WHERE_NE] = {"ne", OPERAND_VALUE},
	[WHERE_GT] = {"gt", OPERAND_VALUE},
	[WHERE_GTE] = {"gte", OPERAND_VALUE},
	[WHERE_LT] = {"lt", OPERAND_VALUE},
	[WHERE_LTE] = {"lte", OPERAND_VALUE},
	[WHERE_BETWEEN] = {"between", OPERAND_PAIR},
	[WHERE_NOT_BETWEEN] = {"notBetween", OPERAND_PAIR},
	[WHERE_IN] = {"in", OPERAND_LIST},
	[WHERE_NOT_IN] = {"notIn", OPERAND_LIST},
	[WHERE_IS] = {"is", OPERAND_TRUTH},
	[WHERE_NOT] = {"not", OPERAND_VALUE},
	[WHERE_LIKE] = {"like", OPERAND_TEXT},
	[WHERE_NOT_LIKE] = {"notLike", OPERAND_TEXT},
	[WHERE_ILIKE] = {"iLike", OPERAND_TEXT},
	[WHERE_NOT_ILIKE] = {"notILike", OPERAND_TEXT},
	[WHERE_STARTS_WITH] = {"startsWith", OPERAND_TEXT},
	[WHERE_ENDS_WITH] = {"endsWith", OPERAND_TEXT},
	[WHERE_SUBSTRING] = {"substring", OPERAND_TEXT},
	[WHERE_REGEXP] = {"regexp", OPERAND_TEXT},
	[WHERE_NOT_REGEXP] = {"notRegexp", OPERAND_TEXT},
	[WHERE_IREGEXP] = {"iRegexp", OPERAND_TEXT},
	[WHERE_NOT_IREGEXP] = {"notIRegexp", OPERAND_TEXT},
	[WHERE_CONTAINS] = {"contains", OPERAND_VALUE},
	[WHERE_CONTAINED] = {"contained", OPERAND_VALUE},
	[WHERE_OVERLAP] = {"overlap", OPERAND_VALUE},
	[WHERE_ADJACENT] = {"adjacent", OPERAND_VALUE},
	[WHERE_STRICT_LEFT] = {"strictLeft", OPERAND_VALUE},
	[WHERE_STRICT_RIGHT] = {"strictRight", OPERAND_VALUE},
	[WHERE_NO_EXTEND_LEFT] = {"noExtendLeft", OPERAND_VALUE},
	[WHERE_NO_EXTEND_RIGHT] = {"noExtendRight", OPERAND_VALUE},
	[WHERE_HAS_KEY] = {"hasKey", OPERAND_VALUE},
	[WHERE_HAS_ANY_KEY] = {"hasAnyKey", OPERAND_LIST},
	[WHERE_HAS_ALL_KEYS] = {"hasAllKeys", OPERAND_LIST},
	[WHERE_WITHIN] = {"within", OPERAND_WITHIN},
	[WHERE_MATCH] = {"match", OPERAND_SEARCH},
	[WHERE_WEBSEARCH] = {"websearch", OPERAND_SEARCH},
	[WHERE_PHRASE] = {"phrase", OPERAND_SEARCH},
};

/* conditions that one on associated rows counts as */
#define SUBQUERY_WEIGHT 20

static int	nconditions;		/* of the document at hand */

static void count_condition(const DocPath *path);
static void count_conditions(int n, const DocPath *path);
static Condition *parse_object(const JsonbValue *value, const DocPath *path);
static List *parse_pairs(const JsonbValue *value, const DocPath *path);
static Condition *parse_pair(const DocPair *pair, const DocPath *path);
static Condition *parse_connective(ConditionKind kind, const JsonbValue *value, const DocPath *path);
static Condition *parse_negation(const JsonbValue *value, const DocPath *path);
static Condition *parse_key(const char *key, const JsonbValue *value, const DocPath *path);
static Condition *parse_operators(const Condition *model, const JsonbValue *value, const DocPath *path);
static List *parse_operator_pairs(const Condition *model, const JsonbValue *value, const DocPath *path);
static const char *hint_operator(const Condition *model, const char *name, List *known);
static Condition *parse_alternatives(const Condition *model, ConditionKind kind,
									 const JsonbValue *value, const DocPath *path);
static void parse_operand(Condition *compare, const JsonbValue *value, const DocPath *path);
static void check_operand(const Condition *compare, const JsonbValue *value, const DocPath *path);
static bool compares_above(const Condition *compare);
static void parse_search(Condition *compare, const JsonbValue *value, const DocPath *path);
static void parse_within(Condition *compare, const JsonbValue *value, const DocPath *path);
static bool parse_quantified(Condition *compare, const JsonbValue *value, const DocPath *path);
static void set_quantifier(Condition *compare, const DocPair *pair, const DocPath *path);
static bool takes_quantifier(WhereOperator op);
static void bind_condition(Condition *condition, List *items);
static void bind_compare(Condition *condition, List *items);
static Condition *copy_compare(const Condition *model, const DocPath *path);

const char *
options_operator_name(WhereOperator op)
{
	return operators[op].name;
}

Condition *
options_parse_where(const JsonbValue *value, const DocPath *path)
{
	options_begin_count();
	return options_where_more(value, path);
}

Condition *
options_where_more(const JsonbValue *value, const DocPath *path)
{
	check_stack_depth();
	options_check_path_depth(path);
	if (value->type == jbvNull)
		return NULL;
	if (doc_is_array(value))
		return parse_connective(CONDITION_AND, value, path);
	doc_need_object(value, path);
	return parse_object(value, path);
}

void
options_read_where(void *field, const JsonbValue *value, const DocPath *path)
{
	*(Condition **) field = options_where_more(value, path);
}

void
options_check_path_depth(const DocPath *path)
{
	const DocPath *outermost = NULL;
	int			depth = 0;

	for (const DocPath *p = path; p != NULL; p = p->parent)
	{
		if (p != &doc_declared)
			outermost = p;
		depth++;
	}
	/* a level of the tree takes up to three steps of the path; all of them would hide the message */
	if (depth > 3 * assoc_max_depth)
		error_document(ERRCODE_PROGRAM_LIMIT_EXCEEDED, outermost,
					   psprintf("The limit is the setting \"pg_associations.max_depth\", now %d.",
								assoc_max_depth),
					   "options are nested too deeply");
}

void
options_begin_count(void)
{
	nconditions = 0;
}

/* each is planned by itself; a list of values is one, however long */
static void
count_condition(const DocPath *path)
{
	count_conditions(1, path);
}

/* a subquery takes that much more to plan */
void
options_count_subquery(const DocPath *path)
{
	count_conditions(SUBQUERY_WEIGHT, path);
}

static void
count_conditions(int n, const DocPath *path)
{
	CHECK_FOR_INTERRUPTS();
	nconditions += n;
	if (nconditions > assoc_max_document_values && assoc_max_document_values > 0)
		error_document(ERRCODE_PROGRAM_LIMIT_EXCEEDED, path,
					   psprintf("The limit is the setting \"pg_associations.max_document_values\", now %d. "
								"Many values of one attribute are a single condition: {\"in\": [...]}.",
								assoc_max_document_values),
					   "the document has too many conditions");
}

Condition *
options_condition(ConditionKind kind, const DocPath *path, List *args)
{
	Condition  *condition = palloc0_object(Condition);

	/* a comparison is only the model of those that are written */
	if (kind == CONDITION_ASSOCIATION)
		options_count_subquery(path);
	else if (kind != CONDITION_COMPARE)
		count_condition(path);
	condition->kind = kind;
	condition->path = path;
	condition->args = args;
	return condition;
}

Condition *
options_all_of(const DocPath *path, List *args)
{
	return list_length(args) == 1 ? linitial(args) : options_condition(CONDITION_AND, path, args);
}

/* the pairs of an object, all of which must hold */
static Condition *
parse_object(const JsonbValue *value, const DocPath *path)
{
	return options_all_of(path, parse_pairs(value, path));
}

static List *
parse_pairs(const JsonbValue *value, const DocPath *path)
{
	List	   *args = NIL;

	foreach_ptr(DocPair, pair, doc_object_pairs(value))
		args = lappend(args, parse_pair(pair, doc_path_key(path, pair->key)));
	return args;
}

static Condition *
parse_pair(const DocPair *pair, const DocPath *path)
{
	check_stack_depth();
	if (strcmp(pair->key, "and") == 0)
		return parse_connective(CONDITION_AND, &pair->value, path);
	if (strcmp(pair->key, "or") == 0)
		return parse_connective(CONDITION_OR, &pair->value, path);
	if (strcmp(pair->key, "not") == 0)
		return parse_negation(&pair->value, path);
	if (strcmp(pair->key, "through") == 0)
	{
		doc_need_object(&pair->value, path);
		return options_condition(CONDITION_THROUGH, path,
							  list_make1(options_where_more(&pair->value, path)));
	}
	return parse_key(pair->key, &pair->value, path);
}

/* a list of conditions, or an object whose pairs are the conditions */
static Condition *
parse_connective(ConditionKind kind, const JsonbValue *value, const DocPath *path)
{
	List	   *args = NIL;

	options_check_path_depth(path);
	if (doc_is_object(value))
		return options_condition(kind, path, parse_pairs(value, path));
	doc_need_array(value, path);
	foreach_ptr(JsonbValue, element, doc_array_elements(value))
	{
		DocPath    *member_path = doc_path_index(path, foreach_current_index(element));

		doc_need_object(element, member_path);
		args = lappend(args, options_where_more(element, member_path));
	}
	return options_condition(kind, path, args);
}

static Condition *
parse_negation(const JsonbValue *value, const DocPath *path)
{
	if (!doc_is_array(value))
		doc_need_object(value, path);
	return options_condition(CONDITION_NOT, path,
						  list_make1(options_where_more(value, path)));
}

/* "key": value, where key is an attribute, a column or an alias */
static Condition *
parse_key(const char *key, const JsonbValue *value, const DocPath *path)
{
	Condition  *model = options_condition(CONDITION_COMPARE, path, NIL);
	int			len = strlen(key);

	model->key = pstrdup(key);
	if (len > 2 && key[0] == '$' && key[len - 1] == '$')
	{
		model->key = pnstrdup(key + 1, len - 2);
		model->column_key = true;
	}
	else if (options_is_predicates(value))
		return options_parse_predicates(model->key, value, path);
	if (doc_is_object(value) && !options_is_reference(value))
		return parse_operators(model, value, path);
	return options_parse_bare(model, value, path);
}

/* scalar: eq; array: in, which the binder turns into eq for an array column */
Condition *
options_parse_bare(const Condition *model, const JsonbValue *value, const DocPath *path)
{
	Condition  *compare = copy_compare(model, path);

	compare->bare = true;
	compare->op = doc_is_array(value) ? WHERE_IN : WHERE_EQ;
	compare->value = options_value(value, path);
	/* whether it is a list, or an array to be equal to, the attribute's type says */
	return compare;
}

/* {"gt": 1, "lt": 5}: all of them */
static Condition *
parse_operators(const Condition *model, const JsonbValue *value, const DocPath *path)
{
	List	   *args = parse_operator_pairs(model, value, path);

	if (args == NIL)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path,
					   "Write {\"value\": {}} for an empty object as a value.",
					   "expected an operator, not an empty object,");
	return options_all_of(path, args);
}

static List *
parse_operator_pairs(const Condition *model, const JsonbValue *value, const DocPath *path)
{
	List	   *args = NIL;

	check_stack_depth();
	options_check_path_depth(path);
	foreach_ptr(DocPair, pair, doc_object_pairs(value))
		args = lappend(args, options_parse_operator(model, pair, doc_path_key(path, pair->key)));
	return args;
}

Condition *
options_parse_operator(const Condition *model, const DocPair *pair, const DocPath *path)
{
	Condition  *compare;
	List	   *names = NIL;

	if (strcmp(pair->key, "or") == 0)
		return parse_alternatives(model, CONDITION_OR, &pair->value, path);
	if (strcmp(pair->key, "and") == 0)
		return parse_alternatives(model, CONDITION_AND, &pair->value, path);
	if (strcmp(pair->key, "any") == 0 || strcmp(pair->key, "all") == 0)
	{
		/* {"any": [1, 2]} is eq any */
		compare = copy_compare(model, path);
		compare->op = WHERE_EQ;
		set_quantifier(compare, pair, path);
		return compare;
	}
	for (int op = 0; op < (int) lengthof(operators); op++)
	{
		if (strcmp(pair->key, operators[op].name) == 0)
		{
			if (op == WHERE_NOT && doc_is_object(&pair->value) && !options_is_reference(&pair->value))
				return options_condition(CONDITION_NOT, path,
									  list_make1(parse_operators(model, &pair->value, path)));
			compare = copy_compare(model, path);
			compare->op = op;
			parse_operand(compare, &pair->value, path);
			return compare;
		}
		names = lappend(names, unconstify(char *, operators[op].name));
	}
	error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, hint_operator(model, pair->key, names),
				   "unknown operator \"%s\"", pair->key);
}

/* what an object under an attribute may have been meant for; an aggregate has no key */
static const char *
hint_operator(const Condition *model, const char *name, List *known)
{
	const char *hint = error_hint_nearest(name, known, "operators");
	const char *path;

	if (other_words_hint(name, known, "operators") != NULL)
		return hint;
	if (model->key == NULL)
		return psprintf("%s " ASSOCIATED_HINT, hint);
	path = psprintf("A path in a json value is \"%s.%s\".", error_name(model->key), error_name(name));
	if (error_is_near(name, known))
		return psprintf("%s " ASSOCIATED_HINT " %s", hint, path);
	/* more likely an attribute of associated rows than an operator */
	return psprintf(ASSOCIATED_UNDER ": {\"%s\": {\"some\": {\"%s\": ...}}}. %s %s", error_name(model->key), error_name(name),
					path, hint);
}

/* "n": {"or": [1, null]} or {"or": {"lt": 2, "eq": null}} */
static Condition *
parse_alternatives(const Condition *model, ConditionKind kind,
				   const JsonbValue *value, const DocPath *path)
{
	List	   *args = NIL;

	check_stack_depth();
	options_check_path_depth(path);
	if (doc_is_object(value))
		return options_condition(kind, path, parse_operator_pairs(model, value, path));
	doc_need_array(value, path);
	foreach_ptr(const JsonbValue, element, doc_array_elements(value))
	{
		DocPath    *member_path = doc_path_index(path, foreach_current_index(element));

		if (doc_is_object(element) && !options_is_reference(element))
			args = lappend(args, parse_operators(model, element, member_path));
		else
			args = lappend(args, options_parse_bare(model, element, member_path));
	}
	return options_condition(kind, path, args);
}

static void
parse_operand(Condition *compare, const JsonbValue *value, const DocPath *path)
{
	if (parse_quantified(compare, value, path))
		return;
	if (operators[compare->op].operand == OPERAND_SEARCH && doc_is_object(value) && !options_is_reference(value))
	{
		parse_search(compare, value, path);
		return;
	}
	if (operators[compare->op].operand == OPERAND_WITHIN)
	{
		parse_within(compare, value, path);
		return;
	}
	compare->value = options_value(value, path);
	if (compare->value->kind == OPTION_LITERAL)
		check_operand(compare, &compare->value->literal, path);
	else if (operators[compare->op].operand == OPERAND_PAIR)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, NULL,
					   "\"%s\" takes an array of two values", operators[compare->op].name);
}

/* {"query": "cats", "config": "english"} */
static void
parse_search(Condition *compare, const JsonbValue *value, const DocPath *path)
{
	static const char *const keys[] = {"query", "config", NULL};
	const JsonbValue *query = doc_get(value, "query");
	const DocPath *member_path = doc_path_key(path, "query");

	foreach_ptr(DocPair, pair, doc_object_pairs(value))
	{
		if (strcmp(pair->key, "config") == 0)
			compare->config = doc_need_string(&pair->value, doc_path_key(path, pair->key));
		else if (strcmp(pair->key, "query") != 0)
			doc_unknown_key(doc_path_key(path, pair->key), keys, "key");
	}
	if (query == NULL)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path,
					   "Write {\"query\": \"cats\", \"config\": \"english\"}.",
					   "\"%s\" needs a query", operators[compare->op].name);
	compare->value = options_value(query, member_path);
	if (compare->value->kind == OPTION_LITERAL)
		check_operand(compare, &compare->value->literal, member_path);
}

/* {"of": value, "distance": number} */
static void
parse_within(Condition *compare, const JsonbValue *value, const DocPath *path)
{
	static const char *const keys[] = {"of", "distance", NULL};
	const JsonbValue *of = doc_is_object(value) ? doc_get(value, "of") : NULL;
	const JsonbValue *distance = doc_is_object(value) ? doc_get(value, "distance") : NULL;

	if (of == NULL || distance == NULL)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path,
					   "Write {\"within\": {\"of\": value, \"distance\": 5}}.",
					   "\"within\" needs \"of\" and \"distance\"");
	foreach_ptr(DocPair, pair, doc_object_pairs(value))
		if (strcmp(pair->key, "of") != 0 && strcmp(pair->key, "distance") != 0)
			doc_unknown_key(doc_path_key(path, pair->key), keys, "key");
	compare->value = options_value(of, doc_path_key(path, "of"));
	compare->distance = options_value(distance, doc_path_key(path, "distance"));
	if (compare->distance->kind == OPTION_COLUMN || compare->distance->optional)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, compare->distance->path, NULL,
					   "expected a number, or a parameter");
}

/* {"like": {"any": ["a%", "b%"]}} */
static bool
parse_quantified(Condition *compare, const JsonbValue *value, const DocPath *path)
{
	List	   *pairs;
	DocPair    *pair;

	if (!takes_quantifier(compare->op) ||
		!doc_is_object(value) || JsonContainerSize(value->val.binary.data) != 1)
		return false;
	pairs = doc_object_pairs(value);
	pair = linitial(pairs);
	if (strcmp(pair->key, "any") != 0 && strcmp(pair->key, "all") != 0)
		return false;
	set_quantifier(compare, pair, doc_path_key(path, pair->key));
	return true;
}

static void
set_quantifier(Condition *compare, const DocPair *pair, const DocPath *path)
{
	compare->quantifier = strcmp(pair->key, "any") == 0 ? QUANTIFIER_ANY : QUANTIFIER_ALL;
	compare->value = options_value(&pair->value, path);
	if (compare->value->kind == OPTION_LITERAL)
		doc_need_array(&compare->value->literal, path);
}

/* the operators that SQL has with ANY and ALL */
static bool
takes_quantifier(WhereOperator op)
{
	return op <= WHERE_LTE ||
		operators[op].operand == OPERAND_TEXT;
}

static void
check_operand(const Condition *compare, const JsonbValue *value, const DocPath *path)
{
	switch (operators[compare->op].operand)
	{
		case OPERAND_VALUE:
		case OPERAND_WITHIN:
			break;
		case OPERAND_PAIR:
			doc_need_array(value, path);
			if (JsonContainerSize(value->val.binary.data) != 2)
				error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, NULL,
							   "\"%s\" takes an array of two values", operators[compare->op].name);
			break;
		case OPERAND_LIST:
			doc_need_array(value, path);
			options_check_list(compare);
			break;
		case OPERAND_TRUTH:
			if (value->type != jbvNull && value->type != jbvBool)
				error_document(ERRCODE_INVALID_PARAMETER_VALUE, path,
							   doc_is_object(value) ? ASSOCIATED_HINT : NULL,
							   "\"is\" takes null, true or false");
			break;
		case OPERAND_TEXT:
		case OPERAND_SEARCH:
			if (value->type != jbvString)
				error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, NULL,
							   "\"%s\" takes a string, not %s,",
							   operators[compare->op].name, doc_kind_name(value));
			break;
	}
}

/*
 * NULL in a list makes notIn match nothing and in forget it: never what was
 * meant, so it is refused.  So are references, which would be taken for text.
 */
void
options_check_list(const Condition *compare)
{
	const DocPath *path = compare->value->path;

	foreach_ptr(const JsonbValue, element, doc_array_elements(&compare->value->literal))
	{
		if (element->type == jbvNull)
			error_document(ERRCODE_INVALID_PARAMETER_VALUE,
						   doc_path_index(path, foreach_current_index(element)),
						   "Say {\"or\": [{\"in\": [...]}, null]} to match NULL too.",
						   "null in the list of \"%s\"", operators[compare->op].name);
		if (options_is_reference(element))
			error_document(ERRCODE_INVALID_PARAMETER_VALUE,
						   doc_path_index(path, foreach_current_index(element)),
						   "Give the whole list as a parameter: {\"in\": {\"param\": \"ids\"}}.",
						   "a reference cannot stand in a list");
	}
}

/* ---- the row above ---- */

bool
options_looks_above(const Condition *condition)
{
	check_stack_depth();
	if (condition == NULL)
		return false;
	if (condition->kind == CONDITION_COMPARE)
		return compares_above(condition);
	/* below a predicate it is the row here that is above */
	if (condition->kind != CONDITION_ASSOCIATION)
		foreach_ptr(Condition, arg, condition->args)
			if (options_looks_above(arg))
				return true;
	foreach_ptr(Condition, compare, condition->compares)
		if (options_looks_above(compare))
			return true;
	return false;
}

static bool
compares_above(const Condition *compare)
{
	if (operators[compare->op].operand == OPERAND_PAIR)
		foreach_ptr(JsonbValue, end, doc_array_elements(&compare->value->literal))
			if (options_value(end, compare->value->path)->above)
				return true;
	return compare->value->above;
}

/* ---- what attributes call "as" ---- */

void
options_bind_where(FindOptions *find)
{
	bind_condition(find->where, find->attributes.items);
}

/* of the same row: predicates and link rows have other names */
static void
bind_condition(Condition *condition, List *items)
{
	check_stack_depth();
	if (condition == NULL || items == NIL)
		return;
	if (condition->kind == CONDITION_COMPARE && !condition->column_key)
		bind_compare(condition, items);
	else if (condition->kind == CONDITION_AND || condition->kind == CONDITION_OR ||
			 condition->kind == CONDITION_NOT)
		foreach_ptr(Condition, arg, condition->args)
			bind_condition(arg, items);
}

/* a name is that of an aggregate only where it is no attribute's: else it is an error there */
static void
bind_compare(Condition *condition, List *items)
{
	foreach_ptr(const AttributeItem, item, items)
	{
		Condition  *compare;

		if (item->aggregate == NULL || strcmp(item->as, condition->key) != 0)
			continue;
		compare = copy_compare(condition, condition->path);
		compare->key = NULL;
		condition->kind = CONDITION_ASSOCIATION;
		condition->key = linitial(item->aggregate->steps);
		condition->predicate = item->aggregate->kind == AGGREGATE_COUNT &&
			list_length(item->aggregate->steps) == 1 ? PREDICATE_COUNT : PREDICATE_AGGREGATE;
		condition->aggregate = condition->predicate == PREDICATE_COUNT ? NULL : item->aggregate;
		condition->args = item->aggregate->where ? list_make1(item->aggregate->where) : NIL;
		condition->compares = list_make1(compare);
		condition->value = NULL;
		return;
	}
}

/* a comparison of the same key as model */
static Condition *
copy_compare(const Condition *model, const DocPath *path)
{
	Condition  *compare = palloc_object(Condition);

	count_condition(path);
	*compare = *model;
	compare->path = path;
	return compare;
}
