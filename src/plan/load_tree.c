/*-------------------------------------------------------------------------
 *
 * load_tree.c
 *	  Recursive includes: an association of a model with itself, followed level
 *	  by level.
 *
 * The first level is a node like any other; all levels below it are one more node,
 * its tail, whose rows want keys of the tail itself.  What hangs on a key does not
 * depend on the level, so a key is loaded once however often the tree comes by, and
 * a graph that is no tree costs no more to load than its edges.
 *
 * Decides where a tree ends when it is written: at maxDepth, and at a row that is
 * on the path from the start already.  Such a row is shown without the key of the
 * recursion; one that has nothing below it has the key, with [] or null.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "plan/load_tree.h"
#include "miscadmin.h"
#include "base/settings.h"
#include "utils/memutils.h"

static int	max_depth(const LoadNode *tail);
static NodeRun *tail_of(NodeRun *nr);
static void check_rows(const LoadNode *node, uint64 rows, uint64 trees);
static bool *entered(NodeRun *nr, NodeRun *tail, const LoadedRow *row);

/* ---- planning ---- */

void
tree_check(const PlanDraft *plan, const AssociationEnds *ends, const IncludeItem *item)
{
	if (!item->recursive)
		return;
	if (ends->target->relid != ends->source->relid)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, item->path,
					   "Only an association of a model with itself can be followed again and again.",
					   "association \"%s\" leads from model \"%s\" to model \"%s\"",
					   item->association, ends->source->name, ends->target->name);
	if (!draft_key_is_not_null(ends->target))
		error_document(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE, item->path,
					   "Without one, a row that comes again could not be known again.",
					   "a recursive include needs a primary key that is never null, which %s does not have",
					   ends->target->quoted_table);
	if (item->find.after)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, item->find.after->path, NULL,
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
tree_join(PlanDraft *plan, NodeDraft *draft)
{
	const Model *model = draft->model;
	LoadTree   *tree;
	ListCell   *lc;

	if (draft->node->tree)
		return;
	tree = palloc0_object(LoadTree);
	tree->model = model->relid;
	tree->ncolumns = model->nkey;
	tree->columns = palloc_array(int, model->nkey);
	tree->keys = palloc_array(KeyColumn, model->nkey);
	for (int i = 0; i < model->nkey; i++)
	{
		tree->columns[i] = draft_column(draft, false, model->key[i]);
		key_column_init(&tree->keys[i], model->key[i]->type, model->key[i]->collation,
						CurrentMemoryContext);
	}
	draft->node->tree = tree;
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
tree_compile_tail(PlanDraft *plan, NodeDraft *draft, NodeDraft *tail, ItemList *items)
{
	LoadNode   *node = draft->node;
	LoadTree   *tree;

	tree_join(plan, draft);
	tree = node->tree;
	tree->max_depth = draft->recursion->max_depth;
	tree->tail = tail ? tail->node : node;
	tree->tail_columns = palloc_array(int, node->nref);
	for (int i = 0; i < node->nref; i++)
		tree->tail_columns[i] = draft_column(draft, false, draft->ends->source_key[i]);
	output_add_item(items, ITEM_TREE, -1, NULL, node->key, draft->recursion->path);
}

/* the row's items but one: they are written in the same order, and numbered alike */
void
tree_compile_leaf(PlanDraft *plan, LoadNode *node)
{
	LoadTree   *tree = node->tree;
	char	  **keys;

	if (tree == NULL || tree->tail == NULL)
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

/* ---- loading ---- */

void
tree_run_init(LoadRun *run)
{
	LoadPlan   *plan = run->plan;

	for (int i = 0; i < plan->ntrees; i++)
		key_table_init(&run->trees[i], plan->trees[i]->ncolumns, plan->trees[i]->keys, run->rows);
}

/* rows of a level say which keys the next one wants: those that came new */
void
tree_load_levels(NodeRun *nr)
{
	NodeRun    *start = &nr->run->nodes[nr->node->parent->number];
	uint64		before = nr->accepted;
	int			levels = max_depth(nr->node);
	int			first = 0;

	for (int level = 2; level <= levels && first < nr->keys.nkeys; level++)
	{
		int			next = nr->keys.nkeys;

		CHECK_FOR_INTERRUPTS();
		load_run_load_keys(nr, first);
		check_rows(nr->node, nr->accepted - before, start->keys.nkeys);
		first = next;
	}
}

static int
max_depth(const LoadNode *tail)
{
	return tail->tree->max_depth > 0 ? tail->tree->max_depth : assoc_max_depth;
}

static NodeRun *
tail_of(NodeRun *nr)
{
	return &nr->run->nodes[nr->node->tree->tail->number];
}

static void
check_rows(const LoadNode *node, uint64 rows, uint64 trees)
{
	if (rows > trees * assoc_max_tree_rows)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("recursive include \"%s\" has more than %d rows",
						node->key, assoc_max_tree_rows),
				 errhint("Give it \"maxDepth\" or a \"where\", or raise the setting \"pg_associations.max_tree_rows\".")));
}

/*
 * After the groups of its children a row keeps two numbers: its own among the rows
 * of its model, and that of the key that the tail has its rows under.
 */
void
tree_want(NodeRun *nr, LoadedRow *row, const Datum *values, const bool *nulls)
{
	LoadNode   *node = nr->node;
	LoadTree   *tree = node->tree;
	Datum		key[INDEX_MAX_KEYS];
	bool		isnull = false;
	bool		found;

	for (int i = 0; i < tree->ncolumns; i++)
		key[i] = values[tree->columns[i]];
	row->groups[node->nchildren] = key_table_add(&nr->run->trees[tree->number], key, &found);
	if (tree->tail == NULL)
		return;
	for (int i = 0; i < node->nref; i++)
	{
		isnull |= nulls[tree->tail_columns[i]];
		key[i] = values[tree->tail_columns[i]];
	}
	row->groups[node->nchildren + 1] = isnull ? -1 :
		key_table_add(&tail_of(nr)->keys, key, &found);
}

/* ---- writing ---- */

bool
tree_is_leaf(NodeRun *nr, const LoadedRow *row)
{
	NodeRun    *tail;

	if (nr->node->tree->tail == NULL)
		return false;
	tail = tail_of(nr);
	/* paths through a graph can be many more than its rows */
	check_rows(nr->node, ++tail->tree_rows, 1);
	return tail->tree_level >= max_depth(tail->node) || *entered(nr, tail, row);
}

void
tree_write_below(NodeRun *nr, const LoadedRow *row, int child)
{
	NodeRun    *below = child >= 0 ? nr->children[child] : tail_of(nr);
	NodeRun    *tail = tail_of(below);
	bool	   *here = entered(nr, tail, row);

	if (child >= 0)
		tail->tree_rows = 0;
	*here = true;
	tail->tree_level++;
	load_run_write_child(below, row->groups[child >= 0 ? child : nr->node->nchildren + 1]);
	tail->tree_level--;
	*here = false;
}

/* is the row on the path of this tail's tree? */
static bool *
entered(NodeRun *nr, NodeRun *tail, const LoadedRow *row)
{
	/* all rows are numbered before the first is written */
	if (tail->entered == NULL)
		tail->entered = MemoryContextAllocExtended(nr->run->rows,
												   nr->run->trees[nr->node->tree->number].nkeys,
												   MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	return &tail->entered[row->groups[nr->node->nchildren]];
}
