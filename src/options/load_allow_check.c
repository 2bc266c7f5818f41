/*-------------------------------------------------------------------------
 *
 * load_allow_check.c
 *	  Options of somebody else are held against the document "allow".
 *
 * Decides for each thing that options name whether the document names it too: before scopes are
 * merged in, and never of what a declaration says.  The document only narrows: rights and hidden
 * attributes hold beside it.  An error does not tell a name that does not exist from one that is not
 * allowed.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "base/naming.h"
#include "miscadmin.h"
#include "options/load_allow.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"

/* where a condition stands: the document has the names in the condition behind a prefix */
typedef struct ConditionContext
{
	const LoadAllow *allow;
	const Model *model;
	const Model *through;		/* of the link row; NULL: none */
	const char *prefix;			/* "", "owner."; NULL: any name is allowed */
	const struct ConditionContext *above; /* where the row above stands; NULL: there is none */
} ConditionContext;

static void check_node(LoadAllow *allow, const AllowedNode *node, bool of_scope);
static void check_attributes(const LoadAllow *allow, const AllowedNode *node);
static void check_items(const LoadAllow *allow, const Model *model, const List *items,
						const char *prefix, bool of_groups);
static List *shown_names(const LoadAllow *allow, const Model *model, const char *prefix);
static void check_link(const LoadAllow *allow, const AllowedNode *node);
static void check_order(const LoadAllow *allow, const AllowedNode *node);
static void check_ordered(const LoadAllow *allow, const Model *model, const OrderItem *order);
static const AttributeItem *item_called(const AllowedNode *node, const char *as);
static void check_limit(const LoadAllow *allow, OptionValue *limit);
static bool lesser_limit(const OptionValue *limit, const OptionValue *other);
static void check_scopes(const LoadAllow *allow, const FindOptions *find);

static void check_condition(const ConditionContext *context, const Condition *condition);
static void check_name(const ConditionContext *context, const char *name, const DocPath *path);
static void check_compared(const ConditionContext *context, const Condition *compare);
static void check_value(const ConditionContext *context, const OptionValue *value);
static void check_param(const LoadAllow *allow, const OptionValue *value);
static void check_association(const ConditionContext *context, const char *alias, const DocPath *path);
static void check_chosen(const ConditionContext *context, const OptionValue *rows);
static void check_key(const ConditionContext *context, const DocPath *path);
static void check_predicate(const ConditionContext *context, const Condition *condition);
static void check_aggregate(const LoadAllow *allow, const Model *model, const Aggregate *aggregate,
							const List *names, const char *what, const DocPath *path,
							bool of_groups);

static void check_include(const LoadAllow *allow, const Model *model, IncludeItem *item,
						  const char *prefix);
static List *included_names(const LoadAllow *allow);
static void check_depth(const LoadAllow *allow, IncludeItem *item);

static bool is_asked(const DocPath *path);
static char *joined(const List *steps);
static bool has_name_under(const List *names, const char *name);
static void need_attribute(const Model *model, const char *prefix, const char *name,
						   const List *names, const char *what, const DocPath *path);
static void need_meaning(const Model *model, const char *name, const DocPath *path);
static void need_name(const List *names, const char *name, const char *what, const DocPath *path);
pg_noreturn static void refuse(const char *name, const List *names, const char *what,
							   const DocPath *path);

/* ---- a node ---- */

void
load_allow_check(LoadAllow *allow, const AllowedNode *node, bool of_scope)
{
	load_allow_check_names(allow, node);
	check_node(allow, node, of_scope);
}

static void
check_node(LoadAllow *allow, const AllowedNode *node, bool of_scope)
{
	FindOptions *find = node->find;
	ConditionContext context = {allow, node->model, node->through, "", NULL};

	check_stack_depth();
	find->allows = lappend(find->allows, allow);
	check_attributes(allow, node);
	check_link(allow, node);
	if (find->where != NULL)
		check_condition(&context, find->where);
	check_order(allow, node);
	check_limit(allow, find->limit);
	check_param(allow, find->offset);
	check_param(allow, find->cursor);
	if (node->many && find->limit == NULL && !lesser_limit(find->default_limit, allow->limit))
		find->default_limit = allow->limit;
	if (!of_scope)
		check_scopes(allow, find);
	if (find->paranoid == 0 && is_asked(find->paranoid_path) && !allow->paranoid)
		refuse("paranoid", NIL, "options", find->paranoid_path);
	foreach_ptr(IncludeItem, item, find->include)
		check_include(allow, node->model, item, "");
}

/* ---- what is shown ---- */

static void
check_attributes(const LoadAllow *allow, const AllowedNode *node)
{
	const AttributeOptions *options = &node->find->attributes;

	if (options->given && is_asked(options->path))
	{
		check_items(allow, node->model, options->items, "", false);
		check_items(allow, node->model, options->exclude, "", false);
	}
}

/* prefix is "through." for attributes of the link row */
static void
check_items(const LoadAllow *allow, const Model *model, const List *items, const char *prefix,
			bool of_groups)
{
	const List *names = shown_names(allow, model, prefix);

	foreach_ptr(const AttributeItem, item, items)
	{
		if (item->aggregate)
			check_aggregate(allow, model, item->aggregate, names, "attributes", item->path,
							of_groups);
		else
			need_name(names, psprintf("%s%s", prefix, item->name), "attributes", item->path);
	}
}

/* all that may be shown */
static List *
shown_names(const LoadAllow *allow, const Model *model, const char *prefix)
{
	List	   *names = NIL;

	if (allow->attributes_are_explicit)
		return allow->attributes;
	foreach_ptr(char, name, model_attribute_names(model))
		names = lappend(names, psprintf("%s%s", prefix, name));
	return names;
}

static void
check_link(const LoadAllow *allow, const AllowedNode *node)
{
	const ThroughOptions *link = node->link;
	ConditionContext context = {allow, node->through, NULL, LINK_PREFIX, NULL};

	if (link == NULL || node->through == NULL || !is_asked(link->path))
		return;
	check_items(allow, node->through, link->attributes.items, LINK_PREFIX, false);
	check_items(allow, node->through, link->attributes.exclude, LINK_PREFIX, false);
	if (link->where != NULL)
		check_condition(&context, link->where);
	if (link->paranoid == 0 && !allow->paranoid)
		refuse("paranoid", NIL, "options", doc_path_key(link->path, "paranoid"));
	foreach_ptr(IncludeItem, item, link->below ? link->below->include : NIL)
		check_include(allow, node->through, item, LINK_PREFIX);
}

/* ---- order, limit, scope ---- */

static void
check_order(const LoadAllow *allow, const AllowedNode *node)
{
	foreach_ptr(const OrderItem, order, node->find->order)
	{
		const AttributeItem *item = list_length(order->steps) == 1 ?
			item_called(node, linitial(order->steps)) : NULL;
		const Aggregate *aggregate = item ? item->aggregate : order->aggregate;

		if (!is_asked(order->path))
			continue;
		if (aggregate)
			check_aggregate(allow, node->model, aggregate, allow->order, "orders", order->path,
							false);
		else if (item || list_length(order->steps) > 1)
			need_name(allow->order, item ? item->name : joined(order->steps), "orders", order->path);
		else
			check_ordered(allow, node->model, order);
	}
}

static void
check_ordered(const LoadAllow *allow, const Model *model, const OrderItem *order)
{
	const char *name = linitial(order->steps);

	need_attribute(model, "", name, allow->order, "orders", order->path);
	need_meaning(model, name, order->path);
}

/* the attribute item that an order names by its "as"; NULL: it names something else */
static const AttributeItem *
item_called(const AllowedNode *node, const char *as)
{
	ListCell   *lc;

	if (model_value(node->model, as) != NULL)
		return NULL;
	foreach(lc, node->find->attributes.items)
		if (strcmp(((AttributeItem *) lfirst(lc))->as, as) == 0)
			return lfirst(lc);
	return NULL;
}

/* a named value would be known too late; of a plan for other values (load_constants.c) a number is looked at again */
static void
check_limit(const LoadAllow *allow, OptionValue *limit)
{
	check_param(allow, limit);
	if (limit == NULL || allow->limit == NULL || !is_asked(limit->path))
		return;
	if (limit->kind != OPTION_LITERAL)
		error_document(ERRCODE_INSUFFICIENT_PRIVILEGE, limit->path, NULL,
					   "a limit that has a greatest value must be a number");
	if (!lesser_limit(limit, allow->limit))
		error_document(ERRCODE_INSUFFICIENT_PRIVILEGE, limit->path, NULL,
					   "the limit is %s at most, not %s,", doc_text(&allow->limit->literal),
					   doc_text(&limit->literal));
	limit->most = Min(limit->most, DatumGetInt64(DirectFunctionCall1(numeric_int8,
																	 NumericGetDatum(allow->limit->literal.val.numeric))));
}

/* is a limit given, and as small as the other? */
static bool
lesser_limit(const OptionValue *limit, const OptionValue *other)
{
	if (limit == NULL || other == NULL)
		return limit != NULL;
	return DatumGetInt32(DirectFunctionCall2(numeric_cmp,
											 NumericGetDatum(limit->literal.val.numeric),
											 NumericGetDatum(other->literal.val.numeric))) <= 0;
}

static void
check_scopes(const LoadAllow *allow, const FindOptions *find)
{
	if (!find->scope_is_explicit || !is_asked(find->scope_path))
		return;
	if (find->scopes == NIL)
		refuse("false", allow->scopes, "scopes", find->scope_path);
	foreach_ptr(char, scope, find->scopes)
		need_name(allow->scopes, scope, "scopes", find->scope_path);
}

/* ---- conditions ---- */

static void
check_condition(const ConditionContext *context, const Condition *condition)
{
	ConditionContext link = *context;

	check_stack_depth();
	if (!is_asked(condition->path))
		return;
	switch (condition->kind)
	{
		case CONDITION_AND:
		case CONDITION_OR:
		case CONDITION_NOT:
		case CONDITION_NOT_TRUE:
			foreach_ptr(Condition, arg, condition->args)
				check_condition(context, arg);
			break;
		case CONDITION_COMPARE:
			check_name(context, condition->key, condition->path);
			if (!condition->column_key && context->prefix != NULL)
				need_meaning(context->model, condition->key, condition->path);
			check_compared(context, condition);
			break;
		case CONDITION_THROUGH:
			link.prefix = psprintf("%sthrough.", context->prefix);
			link.model = context->through;
			link.through = NULL;
			if (link.model != NULL)
				check_condition(&link, linitial(condition->args));
			break;
		case CONDITION_ASSOCIATION:
			check_predicate(context, condition);
			break;
	}
}

static void
check_name(const ConditionContext *context, const char *name, const DocPath *path)
{
	if (context->prefix != NULL)
		need_attribute(context->model, context->prefix, name, context->allow->where, "conditions", path);
}

/* the value, or both ends of "between" */
static void
check_compared(const ConditionContext *context, const Condition *compare)
{
	const OptionValue *value = compare->value;
	bool		between = compare->op == WHERE_BETWEEN || compare->op == WHERE_NOT_BETWEEN;

	check_value(context, value);
	check_value(context, compare->distance);
	if (between && value->kind == OPTION_LITERAL && doc_is_array(&value->literal))
		foreach_ptr(JsonbValue, element, doc_array_elements(&value->literal))
			check_value(context, options_value(element,
											 doc_path_index(value->path, foreach_current_index(element))));
}

/* {"col": "name"}, {"param": "name"} */
static void
check_value(const ConditionContext *context, const OptionValue *value)
{
	/* without a row above it is an error later */
	if (value != NULL && value->kind == OPTION_COLUMN && (!value->above || context->above))
		check_name(value->above ? context->above : context, value->name, value->path);
	check_param(context->allow, value);
}

static void
check_param(const LoadAllow *allow, const OptionValue *value)
{
	if (value != NULL && value->kind == OPTION_PARAM && is_asked(value->path))
		need_name(allow->params, value->name, "params", value->path);
}

static void
check_predicate(const ConditionContext *context, const Condition *condition)
{
	const Aggregate *aggregate = condition->aggregate;
	List	   *steps = aggregate ? aggregate->steps : list_make1(condition->key);
	char	   *name = psprintf("%s%s", context->prefix ? context->prefix : "",
								aggregate ? joined(steps) : condition->key);
	ConditionContext inner = *context;
	List	   *rest = NIL;

	if (aggregate != NULL)
		need_name(context->allow->where, name, "conditions", condition->path);
	else
		check_association(context, condition->key, condition->path);
	foreach_ptr(Condition, compare, condition->compares)
		check_compared(context, compare);
	check_value(context, condition->value);
	/* of the row itself */
	if (aggregate != NULL && aggregate->kind > AGGREGATE_HAS)
	{
		check_condition(context, aggregate->where);
		return;
	}
	if (context->model)
	{
		ResolvedAssociation *assoc = registry_resolve_steps(context->model, steps, &rest, condition->path);

		inner.model = assoc->target;
		inner.through = assoc->through;
		name = psprintf("%s%s", context->prefix ? context->prefix : "", assoc->association->alias);
	}
	inner.prefix = psprintf("%s.", name);
	inner.above = context;
	if (condition->recursive)
		check_association(&inner, condition->key, condition->path);
	foreach_ptr(Condition, arg, condition->args)
		check_condition(&inner, arg);
	if (condition->value != NULL)
		check_chosen(&inner, condition->value);
}

/* whoever may ask nothing of it does not learn whether it is there */
static void
check_association(const ConditionContext *context, const char *alias, const DocPath *path)
{
	char	   *name = psprintf("%s%s", context->prefix ? context->prefix : "", alias);

	if (!has_name_under(context->allow->where, name))
		need_name(context->allow->where, name, "conditions", path);
}

/* rows of an allOf: by their key, or by attributes that are named */
static void
check_chosen(const ConditionContext *context, const OptionValue *rows)
{
	if (rows->kind != OPTION_LITERAL)
	{
		check_key(context, rows->path);
		return;
	}
	foreach_ptr(const JsonbValue, element, doc_array_elements(&rows->literal))
	{
		const DocPath *at = doc_path_index(rows->path, foreach_current_index(element));
		ListCell   *pair;

		if (!doc_is_object(element))
			check_key(context, at);
		foreach(pair, doc_object_pairs(element))
		{
			const char *name = ((DocPair *) lfirst(pair))->key;

			check_name(context, name, doc_path_key(at, name));
		}
	}
}

static void
check_key(const ConditionContext *context, const DocPath *path)
{
	for (int i = 0; context->model != NULL && i < context->model->nkey; i++)
		check_name(context, context->model->key[i]->name, path);
}

void
load_allow_check_where(List *names, const char *prefix, const Model *model, const Model *through,
					   const Condition *where)
{
	LoadAllow	allow = {.where = names};
	ConditionContext context = {&allow, model, through, prefix, NULL};

	if (where != NULL)
		check_condition(&context, where);
}

/* ---- aggregates ---- */

/* steps: an alias and what follows it; or, of an aggregate of all rows, an attribute or "*" */
static void
check_aggregate(const LoadAllow *allow, const Model *model, const Aggregate *aggregate,
				const List *names, const char *what, const DocPath *path, bool of_groups)
{
	ConditionContext row = {allow, model, NULL, "", NULL};
	ConditionContext context = row;
	ResolvedAssociation *assoc;
	List	   *rest;

	if (strcmp(linitial(aggregate->steps), "*") != 0)
		need_name(names, joined(aggregate->steps), what, path);
	if (aggregate->where == NULL)
		return;
	if (!of_groups && aggregate->kind <= AGGREGATE_HAS)
	{
		assoc = registry_resolve_steps(model, aggregate->steps, &rest, path);
		context.model = assoc->target;
		context.through = assoc->through;
		context.prefix = psprintf("%s.", assoc->association->alias);
		context.above = &row;
	}
	check_condition(&context, aggregate->where);
}

void
load_allow_check_groups(LoadAllow *allow, const Model *model, AggregateOptions *options)
{
	/* names in "having" are those that are shown or make the groups */
	ConditionContext groups = {allow, NULL, NULL, NULL, NULL};

	check_items(allow, model, options->attributes, "", true);
	check_items(allow, model, options->group, "", true);
	if (options->having != NULL)
		check_condition(&groups, options->having);
	check_param(allow, options->offset);
	check_limit(allow, options->limit);
	if (options->limit == NULL)
		options->limit = allow->limit;
}

/* ---- includes ---- */

void
load_allow_check_include(const List *allows, const Model *model, IncludeItem *item)
{
	foreach_ptr(LoadAllow, allow, allows)
		check_include(allow, model, item, "");
}

/* prefix is "through." for what stands with link rows */
static void
check_include(const LoadAllow *allow, const Model *model, IncludeItem *item, const char *prefix)
{
	char	   *name = psprintf("%s%s", prefix, item->association);
	LoadAllow  *inner = load_allow_included(allow, name);
	AllowedNode node;

	/* one that an accessor implies may be, and then is shown as one that is asked for */
	if (inner == NULL && !is_asked(item->path))
		return;
	if (inner == NULL)
		refuse(name, included_names(allow), "includes", item->path);
	if (item->recursive)
		check_depth(inner, item);
	node = load_allow_node(registry_resolve_path(model, item->association, item->path), &item->find,
						   item->through);
	check_node(inner, &node, false);
}

static List *
included_names(const LoadAllow *allow)
{
	List	   *names = NIL;

	foreach_ptr(LoadAllow, include, allow->include)
		names = lappend(names, include->alias);
	return names;
}

static void
check_depth(const LoadAllow *allow, IncludeItem *item)
{
	if (allow->depth == 0)
		refuse("recursive", NIL, "includes", doc_path_key(item->path, "recursive"));
	if (item->max_depth > allow->depth)
		error_document(ERRCODE_INSUFFICIENT_PRIVILEGE, doc_path_key(item->path, "maxDepth"), NULL,
					   "the depth is %d at most, not %d,", allow->depth, item->max_depth);
	if (item->max_depth == 0)
		item->max_depth = allow->depth;
}

/* ---- names ---- */

void
load_allow_need_field(const List *names, const char *name, const DocPath *path)
{
	if (!has_name_under(names, name))
		need_name(names, name, "fields", path);
}

/* neither part of a declaration nor added by us */
static bool
is_asked(const DocPath *path)
{
	return !error_path_is_declared(path);
}

static char *
joined(const List *steps)
{
	StringInfoData buf;

	initStringInfo(&buf);
	foreach_ptr(char, step, steps)
		appendStringInfo(&buf, "%s%s", buf.len > 0 ? "." : "", step);
	return buf.data;
}

/* is something behind it allowed? */
static bool
has_name_under(const List *names, const char *name)
{
	size_t		length = strlen(name);

	foreach_ptr(char, text, names)
		if (strncmp(text, name, length) == 0 && text[length] == '.')
			return true;
	return false;
}

/* a path in a json attribute is allowed by the attribute's name, too */
static void
need_attribute(const Model *model, const char *prefix, const char *name, const List *names,
			   const char *what, const DocPath *path)
{
	const char *steps;
	const Attribute *json = model ? model_json_path(model, name, &steps) : NULL;

	if (json == NULL || !naming_among(names, psprintf("%s%s", prefix, json->name)))
		need_name(names, psprintf("%s%s", prefix, name), what, path);
}

/* a path that is allowed, where only attributes stand: without the names that exist */
static void
need_meaning(const Model *model, const char *name, const DocPath *path)
{
	const char *steps;

	if (model != NULL && strchr(name, '.') != NULL && model_value(model, name) == NULL &&
		model_json_path(model, name, &steps) == NULL)
		error_document(ERRCODE_UNDEFINED_COLUMN, path,
					   "Attributes of other rows are written \"$owner.name$\" in conditions, [\"owner\", \"name\"] in orders.",
					   "model \"%s\" has no attribute \"%s\"", model->name, name);
}

static void
need_name(const List *names, const char *name, const char *what, const DocPath *path)
{
	if (!naming_among(names, name))
		refuse(name, names, what, path);
}

static void
refuse(const char *name, const List *names, const char *what, const DocPath *path)
{
	error_document(ERRCODE_INSUFFICIENT_PRIVILEGE, path,
				   error_hint_nearest(name, unconstify(List *, names), psprintf("allowed %s", what)),
				   "\"%s\" is not among the %s that are allowed", error_name(name), what);
}
