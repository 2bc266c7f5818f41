/*-------------------------------------------------------------------------
 *
 * load_output.c
 *	  What object a row of a load becomes.
 *
 * Decides which keys stand in it, in what order they are written and how each
 * value is encoded.  Which nodes there are is load_plan.c's.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "base/compat.h"
#include "base/errors.h"
#include "catalog/pg_type_d.h"
#include "options/load_allow.h"
#include "plan/load_output.h"
#include "plan/load_page.h"
#include "plan/load_tree.h"
#include "registry/misplaced.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

static void add_attributes(PlanBuilder *plan, NodeBuilder *builder, ItemList *items,
						   const AttributeOptions *options, bool of_through);
static void add_attribute(PlanBuilder *plan, NodeBuilder *builder, ItemList *items,
						  const Attribute *attribute, const char *as,
						  const DocPath *path, bool of_through);
static void add_named(PlanBuilder *plan, NodeBuilder *builder, ItemList *items,
					  const AttributeItem *item, bool of_through);
static void add_value(PlanBuilder *plan, ItemList *items, const Attribute *attribute, int column,
					  const char *as, const DocPath *path, bool of_through);
static void add_aggregate(PlanBuilder *plan, NodeBuilder *builder, ItemList *items,
						  AttributeItem *item);
pg_noreturn static void refuse_undeclared(const Model *model);
static bool is_allowed(const NodeBuilder *builder, const char *name, bool of_through);
static bool is_excluded(const AttributeOptions *options, const char *name);
static void add_link(PlanBuilder *plan, NodeBuilder *builder, ItemList *items);
static void declared_link_attributes(const NodeBuilder *builder, AttributeOptions *options);
static JsonTemplate *make_template(PlanBuilder *plan, const ItemList *items);
static JsonRowShape row_shape(ItemList *items, LoadItemKind kind, JsonTemplate *tmpl);
static LoadItem *items_in_order(const ItemList *items, const JsonTemplate *tmpl, int *n);
static int	leading_columns(const LoadNode *node);
static int	leading(int nitems, const LoadItem *items, LoadItemKind kind);
static bool is_whole(const LoadNode *node);
static char **keys_in_order(const ItemList *items, const JsonTemplate *tmpl);

void
load_output_compile(PlanBuilder *plan, NodeBuilder *builder)
{
	ItemList	items = {0};

	add_attributes(plan, builder, &items, &builder->find->attributes, false);
	plan_begin_children(builder);
	add_link(plan, builder, &items);
	plan_compile_children(plan, builder, &items);
	load_page_compile(plan, builder);
	load_output_finish(plan, builder, &items);
	load_tree_compile_leaf(plan, builder->node);
}

static void
add_attributes(PlanBuilder *plan, NodeBuilder *builder, ItemList *items,
			   const AttributeOptions *options, bool of_through)
{
	const Model *model = of_through ? builder->scope.through : builder->scope.model;

	if (!options->given || !options->replace)
	{
		builder->node->default_attributes |= options->exclude == NIL;
		for (int i = 0; i < model->nattributes; i++)
		{
			const Attribute *attribute = &model->attributes[i];

			if (attribute->hidden != NOT_HIDDEN || attribute->shadowed || is_excluded(options, attribute->name) ||
				!is_allowed(builder, attribute->name, of_through))
				continue;
			if (!attribute->declared && model->lost_hidden != NULL)
				refuse_undeclared(model);
			add_attribute(plan, builder, items, attribute, attribute->name,
						  options->path, of_through);
		}
		foreach_ptr(const AttributeItem, item, options->exclude)
			(void) model_attribute_at(model, item->name, item->path);
	}
	foreach_ptr(AttributeItem, item, options->items)
	{
		if (item->aggregate && of_through)
			error_document(ERRCODE_INVALID_PARAMETER_VALUE, item->path, NULL,
						   "a link row has no aggregates");
		if (item->aggregate || strcmp(item->as, item->name) != 0)
			load_output_check_as(model, item->as, item->path);
		if (item->aggregate)
			add_aggregate(plan, builder, items, item);
		else
			add_named(plan, builder, items, item, of_through);
	}
}

/* nobody named the column, and it may be the one that was not to be shown */
static void
refuse_undeclared(const Model *model)
{
	StringInfoData columns;

	initStringInfo(&columns);
	for (int i = 0; i < model->nattributes; i++)
		if (!model->attributes[i].declared)
			appendStringInfo(&columns, "%s%s", columns.len > 0 ? ", " : "",
							 quote_identifier(model->attributes[i].column));
	ereport(ERROR,
			(errcode(ERRCODE_ASSOC_STALE_DECLARATION),
			 errmsg("the hidden attribute \"%s\" of model \"%s\" has lost its column",
					model->lost_hidden, model->name),
			 errdetail("The column was renamed or dropped while event triggers did not run, and may be one of these, which are not declared: %s.",
					   columns.data),
			 errhint("Define the model again, with replace => true and the column in \"field\"; "
					 "until then name the attributes that you want.")));
}

void
load_output_check_as(const Model *model, const char *as, const DocPath *path)
{
	if (as != NULL && model_value(model, as) != NULL)
		error_document(ERRCODE_DUPLICATE_COLUMN, path, "Give it another name.",
					   "\"%s\" is the name of an attribute of model \"%s\"", as, model->name);
}

/* may it be shown without being named? */
static bool
is_allowed(const NodeBuilder *builder, const char *name, bool of_through)
{
	return builder->find->allows == NIL ||
		load_allow_shows(builder->find->allows, of_through ? psprintf("through.%s", name) : name);
}

static bool
is_excluded(const AttributeOptions *options, const char *name)
{
	foreach_ptr(AttributeItem, item, options->exclude)
		if (strcmp(item->name, name) == 0)
			return true;
	return false;
}

static void
add_attribute(PlanBuilder *plan, NodeBuilder *builder, ItemList *items,
			  const Attribute *attribute, const char *as, const DocPath *path, bool of_through)
{
	add_value(plan, items, attribute, plan_column(builder, of_through, attribute), as, path,
			  of_through);
}

/* an attribute, or "owner.name": one at the end of to-one associations */
static void
add_named(PlanBuilder *plan, NodeBuilder *builder, ItemList *items, const AttributeItem *item,
		  bool of_through)
{
	const SqlScope *scope = &builder->scope;
	SqlScope	link = {scope->through, scope->through_alias, NULL, NULL, NULL};
	const Model *model = of_through ? link.model : scope->model;
	List	   *steps = sql_name_steps(model, item->name);
	const Attribute *attribute;
	LoadColumn	column = {0};
	SqlScope	end;

	if (list_length(steps) == 1 || registry_association_if_any(model, linitial(steps)) == NULL)
	{
		misplaced_of_link(model, of_through ? NULL : link.model, item->name,
						  "Attributes of the link stand under \"through\": {\"attributes\": [\"%s\"]}.", item->path);
		add_attribute(plan, builder, items, model_value_at(model, item->name, item->path),
					  item->as, item->path, of_through);
		return;
	}
	column.sql = sql_to_one_column(&builder->sql, of_through ? &link : scope, steps, item->path,
								   &end, &attribute);
	column.type = column.stored_type = getBaseType(attribute->type);
	add_value(plan, items, attribute, plan_add_column(builder, &column), item->as, item->path,
			  of_through);
}

static void
add_value(PlanBuilder *plan, ItemList *items, const Attribute *attribute, int column,
		  const char *as, const DocPath *path, bool of_through)
{
	JsonEncoder *encoder = palloc0_object(JsonEncoder);
	bool		as_string = attribute->json_string ||
		(plan->plan->bigint_string && getBaseType(attribute->type) == INT8OID);

	json_encoder_init(encoder, plan->plan->format, attribute->type, as_string,
					  CurrentMemoryContext);
	load_output_add_item(items, of_through ? ITEM_LINK_COLUMN : ITEM_COLUMN, column, encoder, as, path);
}

static void
add_aggregate(PlanBuilder *plan, NodeBuilder *builder, ItemList *items, AttributeItem *item)
{
	NodeBuilder *fold = plan_compile_fold(plan, builder, item);
	JsonEncoder *encoder;
	LoadColumn	column = {0};

	if (fold != NULL)
	{
		load_output_add_item(items, ITEM_FOLD, list_length(builder->folds), NULL, item->as, item->path);
		builder->folds = lappend(builder->folds, fold);
		return;
	}
	encoder = palloc0_object(JsonEncoder);
	column.never_null = item->aggregate->kind == AGGREGATE_COUNT ||
		item->aggregate->kind == AGGREGATE_HAS;
	column.sql = sql_aggregate(&builder->sql, &builder->scope, item->aggregate, item->path, &column.type);
	column.stored_type = column.type;
	json_encoder_init(encoder, plan->plan->format, column.type,
					  sql_aggregate_is_string(builder->model, item->aggregate, item->path) ||
					  (plan->plan->bigint_string && column.type == INT8OID), CurrentMemoryContext);
	item->column = plan_add_column(builder, &column);
	load_output_add_item(items, ITEM_COLUMN, item->column, encoder, item->as, item->path);
}

void
load_output_fold(PlanBuilder *plan, NodeBuilder *builder)
{
	LoadNode   *node = builder->node;
	Oid			type = node->columns[0].type;

	node->row.ncolumns = 1;
	node->row.columns = palloc0_object(int);
	node->row.encoders = palloc0_object(JsonEncoder);
	json_encoder_init(node->row.encoders, plan->plan->format, type,
					  node->fold->json_string || (plan->plan->bigint_string && type == INT8OID), CurrentMemoryContext);
}

void
load_output_add_item(ItemList *items, LoadItemKind kind, int number, JsonEncoder *encoder,
					 const char *key, const DocPath *path)
{
	/* more no statement could deliver; and each is compared with those before it */
	if (list_length(items->keys) >= MaxTupleAttributeNumber)
		error_document(ERRCODE_TOO_MANY_COLUMNS, path, NULL,
					   "more than %d keys in an object of the result", MaxTupleAttributeNumber);
	foreach_ptr(char, text, items->keys)
		if (strcmp(text, key) == 0)
			error_document(ERRCODE_DUPLICATE_COLUMN, path,
						   "Give one of them another name with \"as\".",
						   "key \"%s\" would stand twice in an object of the result", key);
	items->keys = lappend(items->keys, pstrdup(key));
	items->paths = lappend(items->paths, unconstify(DocPath *, path));
	items->kinds = lappend_int(items->kinds, kind);
	items->numbers = lappend_int(items->numbers, number);
	items->encoders = lappend(items->encoders, encoder);
}

/* the link row: an object of its own, or its attributes among the child's */
static void
add_link(PlanBuilder *plan, NodeBuilder *builder, ItemList *items)
{
	LoadNode   *node = builder->node;
	AttributeOptions options = {0};
	ItemList	link = {0};

	if (node->shape != LOAD_BY_LINK || builder->assoc->association->kind != BELONGS_TO_MANY)
		return;
	/* a value of the row itself stands alone */
	if (builder->find->bare && builder->find->attributes.items != NIL)
		return;
	if (builder->through)
		options = builder->through->attributes;
	if (!options.given)
		declared_link_attributes(builder, &options);
	if (options.path == NULL)
		options.path = builder->through ? builder->through->path : builder->find->path;
	if (builder->through && builder->through->flatten)
	{
		add_attributes(plan, builder, items, &options, true);
		plan_compile_below_link(plan, builder, items);
		return;
	}
	add_attributes(plan, builder, &link, &options, true);
	plan_compile_below_link(plan, builder, &link);
	if (link.keys == NIL)
		return;
	node->link_tmpl = make_template(plan, &link);
	node->link = row_shape(&link, ITEM_LINK_COLUMN, node->link_tmpl);
	node->link_keys = keys_in_order(&link, node->link_tmpl);
	node->link_items = items_in_order(&link, node->link_tmpl, &node->nlink_items);
	node->link.nprefix = leading(node->nlink_items, node->link_items, ITEM_LINK_COLUMN);
	load_output_add_item(items, ITEM_THROUGH, 0, NULL, load_output_link_key(builder->assoc, builder->through),
			 builder->through ? builder->through->path : builder->find->path);
}

/* what the association shows of its link rows when a load does not say */
static void
declared_link_attributes(const NodeBuilder *builder, AttributeOptions *options)
{
	JsonbValue *declared = doc_option(builder->assoc->association->options, "through", "attributes");

	if (declared == NULL || !doc_is_array(declared))
		return;
	options->given = options->replace = true;
	options->path = builder->find->path;
	foreach_ptr(JsonbValue, element, doc_array_elements(declared))
	{
		AttributeItem *item = palloc0_object(AttributeItem);

		item->path = options->path;
		item->name = item->as = doc_need_string(element, options->path);
		if (is_allowed(builder, item->name, true))
			options->items = lappend(options->items, item);
	}
}

const char *
load_output_link_key(const ResolvedAssociation *assoc, const ThroughOptions *through)
{
	const char *declared;

	if (through && through->as)
		return through->as;
	declared = doc_option_string(assoc->association->options, "through", "as");
	return declared ? declared : assoc->through->name;
}

/*
 * Put the items into the order in which they are written, and number the packed
 * values in that order, so that assembling a row reads straight on.
 */
void
load_output_finish(PlanBuilder *plan, NodeBuilder *builder, ItemList *items)
{
	LoadNode   *node = builder->node;

	node->tmpl = make_template(plan, items);
	node->row = row_shape(items, ITEM_COLUMN, node->tmpl);
	if (node->link_tmpl == NULL)
		node->link = row_shape(items, ITEM_LINK_COLUMN, node->tmpl);
	node->keys = keys_in_order(items, node->tmpl);
	node->items = items_in_order(items, node->tmpl, &node->nitems);
	node->bare = builder->find->bare;
	/* a scope may have brought more */
	if (node->bare && (node->nitems != 1 || (node->items[0].kind != ITEM_COLUMN &&
											 node->items[0].kind != ITEM_LINK_COLUMN)))
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, builder->find->attributes.path,
					   "They are no objects that something else could stand in.",
					   "\"values\" are one value of each row");
	node->row.nprefix = leading_columns(node);
	node->whole = is_whole(node);
}

static LoadItem *
items_in_order(const ItemList *items, const JsonTemplate *tmpl, int *n)
{
	LoadItem   *ordered;
	int			nvalues[2] = {0, 0};

	*n = list_length(items->keys);
	ordered = palloc_array(LoadItem, Max(1, *n));
	for (int k = 0; k < *n; k++)
	{
		LoadItem   *item = &ordered[k];
		int			declared = tmpl->order[k];

		item->kind = list_nth_int(items->kinds, declared);
		if (item->kind == ITEM_COLUMN || item->kind == ITEM_LINK_COLUMN)
			item->number = nvalues[item->kind == ITEM_LINK_COLUMN]++;
		else
			item->number = list_nth_int(items->numbers, declared);
	}
	return ordered;
}

/* values of the row before anything else: a row of a tree has two templates, and no prefix */
static int
leading_columns(const LoadNode *node)
{
	if (node->bare || (node->tree && node->tree->step))
		return 0;
	return leading(node->nitems, node->items, ITEM_COLUMN);
}

static int
leading(int nitems, const LoadItem *items, LoadItemKind kind)
{
	int			n = 0;

	while (n < nitems && items[n].kind == kind)
		n++;
	return n;
}

static bool
is_whole(const LoadNode *node)
{
	if (node->bare || node->nbelow_link > 0)
		return false;
	for (int k = 0; k < node->nitems; k++)
		if (node->items[k].kind == ITEM_CHILD || node->items[k].kind == ITEM_FOLD ||
			node->items[k].kind == ITEM_TREE)
			return false;
	return true;
}

/* the columns of one kind, in the order in which the template writes them */
static JsonRowShape
row_shape(ItemList *items, LoadItemKind kind, JsonTemplate *tmpl)
{
	JsonRowShape shape = {0};

	shape.tmpl = tmpl;
	shape.columns = palloc_array(int, Max(1, tmpl->nkeys));
	shape.encoders = palloc0_array(JsonEncoder, Max(1, tmpl->nkeys));
	for (int k = 0; k < tmpl->nkeys; k++)
	{
		int			declared = tmpl->order[k];

		if (list_nth_int(items->kinds, declared) != (int) kind)
			continue;
		shape.columns[shape.ncolumns] = list_nth_int(items->numbers, declared);
		shape.encoders[shape.ncolumns++] = *(JsonEncoder *) list_nth(items->encoders, declared);
	}
	return shape;
}

static JsonTemplate *
make_template(PlanBuilder *plan, const ItemList *items)
{
	int			nkeys = list_length(items->keys);
	char	  **keys = palloc_array(char *, Max(1, nkeys));

	for (int i = 0; i < nkeys; i++)
		keys[i] = list_nth(items->keys, i);
	return json_template_make(plan->plan->format, nkeys, keys, CurrentMemoryContext);
}

static char **
keys_in_order(const ItemList *items, const JsonTemplate *tmpl)
{
	char	  **keys = palloc_array(char *, Max(1, tmpl->nkeys));

	for (int k = 0; k < tmpl->nkeys; k++)
		keys[k] = list_nth(items->keys, tmpl->order[k]);
	return keys;
}
