/*-------------------------------------------------------------------------
 *
 * plan_include.c
 *	  Associated rows of a node: its includes, and values of such rows.
 *
 * Decides which nodes a node has below it: what is included, by name or by "all", and what
 * folds the associated rows into a value.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "catalog/pg_type_d.h"
#include "miscadmin.h"
#include "options/load_scope.h"
#include "plan/load_fold.h"
#include "plan/load_output.h"
#include "plan/load_tree.h"
#include "plan/plan_builder.h"
#include "registry/misplaced.h"
#include "utils/memutils.h"

static bool include_is_shown(const IncludeItem *item);
static void expand_include_all(NodeBuilder *builder, FindOptions *find);
static bool on_path(const NodeBuilder *builder, Oid relation);
static NodeBuilder *compile_include(PlanBuilder *plan, NodeBuilder *parent, IncludeItem *item,
									bool of_link, bool is_recursive_step);
static bool may_be_folded(const LoadRequest *request, const NodeBuilder *parent, const AttributeItem *item);
static NodeBuilder *aggregate_node(PlanBuilder *plan, NodeBuilder *parent, const Aggregate *aggregate,
								   const char *key, const DocPath *path);
static NodeBuilder *fold_node(PlanBuilder *plan, NodeBuilder *parent, ResolvedAssociation *assoc, FindOptions *find,
							  const char *key, LoadFold *fold, const Aggregate *aggregate, List *steps,
							  bool links_only);
static NodeBuilder *count_node(PlanBuilder *plan, NodeBuilder *parent, ResolvedAssociation *assoc,
							   FindOptions *find, const char *key, bool links_only);
static FindOptions *aggregate_options(const ResolvedAssociation *assoc, Condition *where, const DocPath *path);
static LoadNode *counter_node(PlanBuilder *plan, NodeBuilder *builder, ResolvedAssociation *assoc, const SqlGrouped *grouped);
static LoadNode *links_node(PlanBuilder *plan, NodeBuilder *builder, const ResolvedAssociation *assoc);
static bool is_ordered_by(const NodeBuilder *builder, const AttributeItem *item);

/* options about link rows need an association that has them */
void
plan_require_link(const ThroughOptions *through, const Association *association)
{
	if (through && association->kind != BELONGS_TO_MANY)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, through->path, NULL,
					   "association \"%s\" has no join table", association->alias);
}

void
plan_begin_children(NodeBuilder *builder)
{
	FindOptions *find = builder->find;
	const FindOptions *below = builder->through ? builder->through->below : NULL;
	LoadNode   *node = builder->node;
	ListCell   *lc;

	expand_include_all(builder, find);
	node->children = palloc_array(LoadNode *,
								  Max(1, list_length(builder->folds) + list_length(find->include) +
									  (below ? list_length(below->include) : 0)));
	foreach(lc, builder->folds)
	{
		LoadNode   *fold = ((NodeBuilder *) lfirst(lc))->node;

		fold->position = node->nchildren;
		node->children[node->nchildren++] = fold;
	}
}

void
plan_compile_below_link(PlanBuilder *plan, NodeBuilder *builder, ItemList *items)
{
	const FindOptions *below = builder->through ? builder->through->below : NULL;
	LoadNode   *node = builder->node;

	node->first_below_link = node->nchildren;
	foreach_ptr(IncludeItem, item, below ? below->include : NIL)
	{
		int			nnodes = list_length(plan->nodes);
		NodeBuilder *child;

		if (item->recursive)
			error_document(ERRCODE_FEATURE_NOT_SUPPORTED, item->path, NULL,
						   "an include of link rows is not recursive");
		load_output_check_as(builder->scope.through, item->as, item->path);
		child = compile_include(plan, builder, item, true, false);
		if (!include_is_shown(item))
		{
			plan->nodes = list_truncate(plan->nodes, nnodes);
			continue;
		}
		child->node->position = node->nchildren;
		node->children[node->nchildren++] = child->node;
		node->nbelow_link++;
		load_output_add_item(items, ITEM_LINK_CHILD, child->node->position, NULL, child->node->key,
							 item->path);
	}
}

void
plan_compile_children(PlanBuilder *plan, NodeBuilder *builder, ItemList *items)
{
	LoadNode   *node = builder->node;

	foreach_ptr(IncludeItem, item, builder->find->include)
	{
		int			nnodes = list_length(plan->nodes);
		NodeBuilder *child;

		load_output_check_as(builder->model, item->as, item->path);
		child = compile_include(plan, builder, item, false, false);
		if (!include_is_shown(item))
		{
			/* checked as the others are; there is nothing to load */
			plan->nodes = list_truncate(plan->nodes, nnodes);
			continue;
		}
		child->node->required = options_include_is_required(item);
		child->node->position = node->nchildren;
		node->children[node->nchildren++] = child->node;
		if (item->recursive)
			load_tree_join(plan, builder);
		load_output_add_item(items, item->recursive ? ITEM_TREE : ITEM_CHILD,
							 child->node->position, NULL, child->node->key, item->path);
	}
	if (builder->recursion)
		load_tree_compile_step(plan, builder, builder->is_recursive_step ? NULL :
							   compile_include(plan, builder, builder->recursion, false, true), items);
}

/* "attributes": [] filters by an association without showing it */
static bool
include_is_shown(const IncludeItem *item)
{
	return item->recursive || !item->find.attributes.given || !item->find.attributes.replace ||
		item->find.attributes.items != NIL || item->find.include != NIL ||
		(item->through && (item->through->attributes.items != NIL || item->through->below != NULL));
}

/* {"all": true, "nested": true}: what the model has, models and join tables on the path left out */
static void
expand_include_all(NodeBuilder *builder, FindOptions *find)
{
	const Model *model = builder->model;

	if (!find->include_all)
		return;
	for (int i = 0; i < model->nassociations; i++)
	{
		const Association *association = &model->associations[i];
		bool		found = options_find_include(find, association->alias) != NULL;
		IncludeItem *item;

		if (!load_allow_has_include(find->allows, association->alias))
			continue;
		if (find->include_all_nested && on_path(builder, association->target))
			continue;
		item = options_imply_include(find, association->alias, find->path);
		if (!found)
			load_allow_check_include(find->allows, model, item);
		item->find.include_all |= find->include_all_nested;
		item->find.include_all_nested |= find->include_all_nested;
	}
}

static bool
on_path(const NodeBuilder *builder, Oid relation)
{
	for (; builder != NULL; builder = builder->parent)
		if (builder->model->relid == relation ||
			(builder->assoc && builder->assoc->through && builder->assoc->through->relid == relation) ||
			(builder->assoc && builder->assoc->source_points && builder->assoc->source->relid == relation))
			return true;
	return false;
}

static NodeBuilder *
compile_include(PlanBuilder *plan, NodeBuilder *parent, IncludeItem *item, bool of_link,
				bool is_recursive_step)
{
	ResolvedAssociation *assoc = registry_resolve_path(of_link ? parent->scope.through : parent->model,
													  item->association, item->path);
	LoadNode   *node;
	NodeBuilder *builder;

	load_tree_check(plan, assoc, item);
	plan_require_link(item->through, assoc->association);
	builder = plan_make_node(plan, parent, assoc->target, assoc, &item->find, item->through,
					  item->as ? item->as : item->association);
	node = builder->node;
	builder->recursion = item->recursive ? item : NULL;
	builder->is_recursive_step = is_recursive_step;
	plan_check_depth(builder);
	plan_bind_to_keys(builder, assoc->nsource, assoc->source_ref, assoc->source_key, registry_has_links(assoc));
	node->parent_columns = plan_parent_columns(parent, assoc, of_link);
	plan_bind_link_to_target(builder);
	plan_set_identity(builder);
	load_output_compile(plan, builder);
	return builder;
}

/*
 * A value of associated rows is a level of its own: by a probe where parents are few, by one grouped
 * statement where they are many.  Where the order is by it, or a statement has all of the load,
 * SQL computes it with the row.
 */
NodeBuilder *
plan_compile_fold(PlanBuilder *plan, NodeBuilder *parent, const AttributeItem *item)
{
	NodeBuilder *builder;

	if (!may_be_folded(plan->request, parent, item))
		return NULL;
	builder = aggregate_node(plan, parent, item->aggregate, item->as, item->path);
	if (builder != NULL)
		builder->node->parent_columns = plan_parent_columns(parent, builder->assoc, false);
	return builder;
}

static bool
may_be_folded(const LoadRequest *request, const NodeBuilder *parent, const AttributeItem *item)
{
	AggregateKind kind = item->aggregate->kind;

	if (kind == AGGREGATE_RANK || kind == AGGREGATE_DISTANCE || options_looks_above(item->aggregate->where) ||
		request->nested || parent->recursion || parent->find->bare || is_ordered_by(parent, item))
		return false;
	return request->kind == LOAD_BY_KEY || request->kind == LOAD_FIND || request->kind == LOAD_GET;
}

/* NULL: no node has such a value */
static NodeBuilder *
aggregate_node(PlanBuilder *plan, NodeBuilder *parent, const Aggregate *aggregate, const char *key, const DocPath *path)
{
	AssociatedOptions options = {.target_unused = true};
	ResolvedAssociation *assoc;
	LoadFold   *fold;
	List	   *steps;
	bool		links_only;

	misplaced_aggregate(parent->model, aggregate->steps, path);
	assoc = registry_resolve_steps(parent->model, aggregate->steps, &steps, path);
	fold = assoc->hops == NIL ? load_fold_make(assoc, aggregate, steps) : NULL;
	if (fold == NULL)
		return NULL;
	links_only = (fold->attnum == 0 || fold->of_link) && sql_is_of_link(aggregate->where) &&
		sql_links_suffice(&parent->sql, assoc, &options);
	return fold_node(plan, parent, assoc, aggregate_options(assoc, aggregate->where, path), key, fold, aggregate, steps,
					 links_only);
}

static NodeBuilder *
fold_node(PlanBuilder *plan, NodeBuilder *parent, ResolvedAssociation *assoc, FindOptions *find,
		  const char *key, LoadFold *fold, const Aggregate *aggregate, List *steps, bool links_only)
{
	NodeBuilder *builder = plan_make_node(plan, parent, assoc->target, assoc, find, find->through, key);
	LoadNode   *node = builder->node;

	node->fold = fold;
	builder->order = NIL;
	node->links_only = links_only;
	load_fold_compile(plan, builder, aggregate, steps);
	plan_bind_to_keys(builder, assoc->nsource, assoc->source_ref, assoc->source_key, registry_has_links(assoc));
	if (!links_only)
		plan_bind_link_to_target(builder);
	return builder;
}

NodeBuilder *
plan_compile_asked(PlanBuilder *plan, NodeBuilder *parent, const Aggregate *aggregate, const Condition *condition)
{
	NodeBuilder *builder = aggregate_node(plan, parent, aggregate, linitial(aggregate->steps), condition->path);

	if (builder != NULL)
		builder->node->by_row = true;
	return builder;
}

/* as the statement has it (load_where.c): limits of the include are about what is shown */
NodeBuilder *
plan_compile_required(PlanBuilder *plan, NodeBuilder *parent, const IncludeItem *item)
{
	ResolvedAssociation *assoc = registry_resolve_path(parent->model, item->association, item->path);
	FindOptions *find = plan_unscoped_options(item->find.where, item->path);
	NodeBuilder *builder;

	if (assoc->hops != NIL)
		return NULL;
	find->scope_where = item->find.scope_where;
	find->paranoid = item->find.paranoid;
	find->include = item->find.include;
	find->through = item->through;
	builder = fold_node(plan, parent, assoc, find, item->association, load_fold_of_rows(AGGREGATE_HAS), NULL, NIL, false);
	builder->node->by_row = true;
	return builder;
}

/* the number of rows */
static NodeBuilder *
count_node(PlanBuilder *plan, NodeBuilder *parent, ResolvedAssociation *assoc, FindOptions *find,
		   const char *key, bool links_only)
{
	return fold_node(plan, parent, assoc, find, key, load_fold_of_rows(AGGREGATE_COUNT), NULL, NIL, links_only);
}

/* as an aggregate in SQL has it: of scopes only the where of the default one */
static FindOptions *
aggregate_options(const ResolvedAssociation *assoc, Condition *where, const DocPath *path)
{
	FindOptions *find = plan_unscoped_options(where, path);

	find->scope_where = sql_stored_condition(assoc->target->options, DEFAULT_SCOPE, "where");
	return find;
}

FindOptions *
plan_unscoped_options(Condition *where, const DocPath *path)
{
	FindOptions *find = palloc0_object(FindOptions);

	find->path = path;
	find->paranoid = -1;
	find->where = where;
	find->scope_is_explicit = find->scopes_applied = find->order_is_explicit = true;
	return find;
}

/* of groups that are numbers of rows: an index may have them */
void
plan_compile_counted(PlanBuilder *plan, NodeBuilder *builder)
{
	LoadStatement *statement = builder->node->forms[FORM_MANY].other;

	if (builder->found)
		builder->node->found->links = links_node(plan, builder, builder->found->assoc);
	if (statement && statement->found && statement->found->targets)
		statement->found->links = links_node(plan, builder, ((SqlFound *) linitial(builder->sql.found))->assoc);
	statement = statement ? statement->other : NULL;
	if (statement == NULL)
		return;
	statement->counted = palloc_array(LoadCounted, list_length(builder->sql.grouped));
	foreach_ptr(const SqlGrouped, grouped, builder->sql.grouped)
	{
		ResolvedAssociation *assoc = unconstify(ResolvedAssociation *, grouped->counted);
		LoadCounted *counted = &statement->counted[statement->ncounted];

		if (grouped->rows == NULL)
			continue;
		statement->ncounted++;
		counted->name = pstrdup(grouped->alias);
		counted->rows = load_sql_statement(builder->node, grouped->rows);
		counted->node = NULL;
		if (assoc == NULL)
			continue;
		counted->targets = grouped->targets ? load_sql_statement(builder->node, grouped->targets) : NULL;
		counted->node = counter_node(plan, builder, assoc, grouped);
	}
}

static LoadNode *
counter_node(PlanBuilder *plan, NodeBuilder *builder, ResolvedAssociation *assoc, const SqlGrouped *grouped)
{
	const DocPath *path = builder->find->path;
	FindOptions *find = grouped->targets ? plan_unscoped_options(NULL, path) : aggregate_options(assoc, grouped->where, path);
	LoadNode   *node = count_node(plan, builder, assoc, find, assoc->association->alias, assoc->through != NULL)->node;

	node->every_key = true;
	node->of_targets = grouped->targets != NULL;
	return node;
}

/* the links of some targets, counted by their sources */
static LoadNode *
links_node(PlanBuilder *plan, NodeBuilder *builder, const ResolvedAssociation *assoc)
{
	NodeBuilder *links = count_node(plan, builder, unconstify(ResolvedAssociation *, assoc),
									plan_unscoped_options(NULL, builder->find->path), assoc->association->alias, true);

	links->node->every_key = links->node->of_targets = links->node->by_target = true;
	return links->node;
}

static bool
is_ordered_by(const NodeBuilder *builder, const AttributeItem *item)
{
	foreach_ptr(const OrderItem, order, builder->order)
	{
		if (list_length(order->steps) == 1 && strcmp(linitial(order->steps), item->as) == 0)
			return true;
	}
	return false;
}
