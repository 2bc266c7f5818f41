/*-------------------------------------------------------------------------
 *
 * load_tree.c
 *	  Recursive includes, planned: an association of a model with itself.
 *
 * The first level is a node like any other; all levels below it are one more node,
 * its step, whose rows want keys of the step itself.  How levels are loaded, and
 * where a tree ends, is decided while it runs (run_tree.c).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "base/settings.h"
#include "plan/load_tree.h"

void
load_tree_check(const PlanBuilder *plan, const ResolvedAssociation *assoc, const IncludeItem *item)
{
	if (!item->recursive)
		return;
	if (assoc->target->relid != assoc->source->relid)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, item->path,
					   "Only an association of a model with itself can be followed again and again.",
					   "association \"%s\" leads from model \"%s\" to model \"%s\"",
					   item->association, assoc->source->name, assoc->target->name);
	if (!plan_key_is_not_null(assoc->target))
		error_document(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE, item->path,
					   "Without one, a row that comes again could not be known again.",
					   "a recursive include needs a primary key that is never null, which %s does not have",
					   assoc->target->quoted_table);
	if (item->find.cursor_key)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE,
					   doc_path_key(item->path, item->find.cursor_key), NULL,
					   "a cursor is about the rows of one level, not of a tree");
	if (item->max_depth > assoc_max_depth)
		error_document(ERRCODE_PROGRAM_LIMIT_EXCEEDED, doc_path_key(item->path, "maxDepth"),
					   "The limit is the setting \"pg_associations.max_depth\".",
					   "includes are nested too deeply");
	if (plan->plan->nested)
		error_document(ERRCODE_FEATURE_NOT_SUPPORTED, item->path, NULL,
					   "a recursive load is more than one statement");
}

void
load_tree_join(PlanBuilder *plan, NodeBuilder *builder)
{
	const Model *model = builder->model;
	LoadTree   *tree;
	ListCell   *lc;

	if (builder->node->tree)
		return;
	tree = palloc0_object(LoadTree);
	tree->model = model->relid;
	tree->ncolumns = model->nkey;
	tree->columns = palloc_array(int, model->nkey);
	tree->keys = palloc_array(KeyColumn, model->nkey);
	for (int i = 0; i < model->nkey; i++)
		tree->columns[i] = plan_key_column(builder, false, model->key[i], &tree->keys[i]);
	builder->node->tree = tree;
	/* rows of one model are numbered together, whatever node they come from */
	foreach(lc, plan->trees)
	{
		tree->number = foreach_current_index(lc);
		if (((LoadTree *) lfirst(lc))->model == model->relid)
			return;
	}
	tree->number = list_length(plan->trees);
	plan->trees = lappend(plan->trees, tree);
}

void
load_tree_compile_step(PlanBuilder *plan, NodeBuilder *builder, NodeBuilder *step, ItemList *items)
{
	LoadNode   *node = builder->node;
	LoadTree   *tree;

	load_tree_join(plan, builder);
	tree = node->tree;
	tree->max_depth = builder->recursion->max_depth;
	tree->step = step ? step->node : node;
	tree->step_columns = plan_parent_columns(builder, builder->assoc, false);
	load_output_add_item(items, ITEM_TREE, -1, NULL, node->key, builder->recursion->path);
}

/* the row's items but one: they are written in the same order, and numbered alike */
void
load_tree_compile_leaf(PlanBuilder *plan, LoadNode *node)
{
	LoadTree   *tree = node->tree;
	char	  **keys;

	if (tree == NULL || tree->step == NULL)
		return;
	keys = palloc_array(char *, node->nitems);
	tree->leaf_items = palloc_array(LoadItem, node->nitems);
	for (int i = 0; i < node->nitems; i++)
	{
		if (node->items[i].kind == ITEM_TREE && node->items[i].number < 0)
			continue;
		keys[tree->nleaf_items] = node->keys[i];
		tree->leaf_items[tree->nleaf_items++] = node->items[i];
	}
	tree->leaf_tmpl = json_template_make(plan->plan->format, tree->nleaf_items, keys,
										 CurrentMemoryContext);
}
