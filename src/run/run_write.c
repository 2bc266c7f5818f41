/*-------------------------------------------------------------------------
 *
 * run_write.c
 *	  The rows of a run are written as a document.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "miscadmin.h"
#include "run/load_run.h"
#include "run/run_fold.h"
#include "run/run_page.h"
#include "run/run_sink.h"
#include "run/run_tree.h"
#include "run/run_write.h"

static void write_row(NodeRun *nr, const LoadedLink *link);
static void write_pieces(NodeRun *nr, const LoadedLink *link);
static void write_items(NodeRun *nr, const LoadedLink *link, const JsonTemplate *tmpl,
						int nitems, const LoadItem *items);
static void write_link(NodeRun *nr, const LoadedLink *link);
static void write_below_link(NodeRun *nr, const LoadedLink *link, const LoadItem *item);
static void write_array(NodeRun *nr, int number, LoadedGroup *group);
static void write_fold(NodeRun *child, int number);

void
run_write_array(LoadRun *run, int group)
{
	write_array(&run->nodes[run->plan->shown], group, run_sink_group(run, group));
}

void
run_write_row(LoadRun *run, LoadedLink *link)
{
	write_row(&run->nodes[run->plan->shown], link);
}

static void
write_array(NodeRun *nr, int number, LoadedGroup *group)
{
	if (nr->node->page)
		run_page_write(nr, number, group);
	else
		run_write_rows(nr, group);
}

void
run_write_rows(NodeRun *nr, LoadedGroup *group)
{
	JsonWriter *w = &nr->run->writer;

	json_array_begin(w, (int) group->count);
	for (LoadedLink *link = group->first; link != NULL; link = link->next)
	{
		CHECK_FOR_INTERRUPTS();
		write_row(nr, link);
	}
	json_array_end(w);
}

static void
write_row(NodeRun *nr, const LoadedLink *link)
{
	LoadNode   *node = nr->node;

	if (node->bare)
		json_write_packed(&nr->run->writer, node->items[0].kind == ITEM_COLUMN ?
						  link->row->packed : link->link, node->items[0].number);
	else if (node->whole)
		write_pieces(nr, link);
	else if (node->tree && run_tree_is_leaf(nr, link->row))
		write_items(nr, link, node->tree->leaf_tmpl, node->tree->nleaf_items,
					node->tree->leaf_items);
	else
		write_items(nr, link, node->tmpl, node->nitems, node->items);
}

/* a row that has nothing below it */
static void
write_pieces(NodeRun *nr, const LoadedLink *link)
{
	LoadNode   *node = nr->node;
	const JsonPacked *packed = link->row->packed;
	int			n = 0;

	for (int k = packed->nprefix; k < node->nitems; k++)
	{
		const LoadItem *item = &node->items[k];
		JsonPiece  *piece = &nr->pieces[n++];

		piece->packed = item->kind == ITEM_COLUMN ? packed : link->link;
		piece->number = item->kind == ITEM_THROUGH ? -1 : item->number;
	}
	json_write_pieces(&nr->run->writer, node->tmpl, packed, nr->pieces, n);
}

static void
write_items(NodeRun *nr, const LoadedLink *link, const JsonTemplate *tmpl,
			int nitems, const LoadItem *items)
{
	JsonWriter *w = &nr->run->writer;
	const LoadedRow *row = link->row;
	int			written = row->packed->nprefix;

	check_stack_depth();
	if (written > 0)
		json_object_begin_packed(w, tmpl, row->packed);
	else
		json_object_begin(w, tmpl);
	for (int k = written; k < nitems; k++)
	{
		const LoadItem *item = &items[k];

		switch (item->kind)
		{
			case ITEM_COLUMN:
				json_write_packed(w, row->packed, item->number);
				break;
			case ITEM_LINK_COLUMN:
				json_write_packed(w, link->link, item->number);
				break;
			case ITEM_THROUGH:
				write_link(nr, link);
				break;
			case ITEM_LINK_CHILD:
				write_below_link(nr, link, item);
				break;
			case ITEM_CHILD:
				run_write_child(nr->children[item->number], row->groups[item->number]);
				break;
			case ITEM_FOLD:
				write_fold(nr->children[item->number], row->groups[item->number]);
				break;
			case ITEM_TREE:
				run_tree_write_below(nr, row, item->number);
				break;
		}
	}
	json_object_end(w);
}

/* the link row as an object: its values are all packed, unless something stands among them */
static void
write_link(NodeRun *nr, const LoadedLink *link)
{
	const LoadNode *node = nr->node;
	JsonWriter *w = &nr->run->writer;

	if (node->nbelow_link == 0)
	{
		json_write_object(w, link->link);
		return;
	}
	if (node->link.nprefix > 0)
		json_object_begin_packed(w, node->link_tmpl, link->link);
	else
		json_object_begin(w, node->link_tmpl);
	for (int k = node->link.nprefix; k < node->nlink_items; k++)
	{
		const LoadItem *item = &node->link_items[k];

		if (item->kind == ITEM_LINK_CHILD)
			write_below_link(nr, link, item);
		else
			json_write_packed(w, link->link, item->number);
	}
	json_object_end(w);
}

static void
write_below_link(NodeRun *nr, const LoadedLink *link, const LoadItem *item)
{
	int		   *groups = load_run_link_groups(nr->node, unconstify(LoadedLink *, link));

	run_write_child(nr->children[item->number],
						 groups[item->number - nr->node->first_below_link]);
}

static void
write_fold(NodeRun *child, int number)
{
	LoadRun    *run = child->run;
	bool		isnull;
	Datum		value = run_fold_value(child, number, &isnull);
	Size		size;

	json_write_packed(&run->writer, json_pack_row(&run->packer, &child->node->row, &value, &isnull, &size), 0);
}

/* the rows of a key: an array, or for a to-one association the row or null */
void
run_write_child(NodeRun *child, int number)
{
	LoadedGroup *group = run_sink_rows_of(child, number);

	run_sink_sort_group(child, group);
	if (!child->node->to_one)
		write_array(child, number, group);
	else if (group->first)
		write_row(child, group->first);
	else
		json_write_null(&child->run->writer);
}
