/*-------------------------------------------------------------------------
 *
 * link_items.c
 *	  The items of a call: in key order, found by their keys, in groups.
 *
 * Decides when two items with one key are one item, and which items one statement writes.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "link/link.h"

static LinkItem *new_item(LinkCall *call);
static int	compare_items(const void *a, const void *b, void *arg);
static bool gives_same_columns(LinkCall *call, const LinkPayload *a, const LinkPayload *b);
static bool shares_columns(LinkCall *call, const LinkItem *item);

void
link_append_item(LinkCall *call, Datum *key, LinkPayload *payload, const DocPath *path)
{
	LinkItem   *item = new_item(call);

	item->key = key;
	item->name = NULL;
	item->payload = payload;
	item->whole = NULL;
	item->row = NULL;
	item->path = path;
	item->state = LINK_ABSENT;
	item->given = call->nitems;
	item->tried = item->refused = false;
	link_filter_item(call, item, NULL);
}

void
link_add_item(LinkCall *call, const LinkItem *item)
{
	LinkItem   *added = new_item(call);

	*added = *item;
	added->given = call->nitems;
}

static LinkItem *
new_item(LinkCall *call)
{
	if (call->items == NULL)
		call->items = palloc_array(LinkItem, 8);
	else if (call->nitems >= 8 && (call->nitems & (call->nitems - 1)) == 0)
		call->items = repalloc_huge(call->items, sizeof(LinkItem) * 2 * (Size) call->nitems);
	return &call->items[call->nitems++];
}

/*
 * Into key order, which is also the order in which rows are locked, and
 * merged unless each is to be a link of its own.
 */
void
link_sort_items(LinkCall *call)
{
	LinkItem  **order;
	LinkItem   *sorted;
	int			n = 0;

	link_find_named(call);
	if (call->nitems == 1)
		return;
	order = palloc_array(LinkItem *, Max(call->nitems, 1));
	sorted = palloc_array(LinkItem, Max(call->nitems, 1));
	for (int i = 0; i < call->nitems; i++)
		order[i] = &call->items[i];
	qsort_arg(order, call->nitems, sizeof(LinkItem *), compare_items, call);

	for (int i = 0; i < call->nitems; i++)
	{
		LinkItem   *item = order[i];
		LinkItem   *last = &sorted[Max(n - 1, 0)];

		if (n > 0 && link_same_key(call, last->key, item->key) && link_items_are_one(call, last, item))
		{
			last->payload = link_payload_overlay(call->assoc->through, last->payload, item->payload);
			last->filter = link_payload_overlay(call->assoc->through, last->filter, item->filter);
			continue;
		}
		sorted[n++] = *item;
	}
	call->items = sorted;
	call->nitems = n;
	link_number_items(call);
}

static int
compare_items(const void *a, const void *b, void *arg)
{
	LinkCall   *call = arg;
	const LinkItem *x = *(LinkItem *const *) a;
	const LinkItem *y = *(LinkItem *const *) b;
	int			c = key_columns_compare(call->nkey, call->key_columns, x->key, y->key);

	if (c != 0)
		return c;
	return x < y ? -1 : 1;		/* pointers into one array, in the order given */
}

void
link_number_items(LinkCall *call)
{
	call->first_item = palloc_array(int, Max(call->nitems, 1));
	key_table_init(&call->table, call->nkey, call->key_columns, CurrentMemoryContext);
	for (int i = 0; i < call->nitems; i++)
	{
		bool		found;
		int			number = key_table_add(&call->table, call->items[i].key, &found);

		if (!found)
			call->first_item[number] = i;
	}
}

LinkItem *
link_find_item(LinkCall *call, const Datum *key)
{
	int			number;

	if (call->nitems == 1)
		return link_same_key(call, key, call->items[0].key) ? &call->items[0] : NULL;
	number = key_table_find(&call->table, key);
	return number < 0 ? NULL : &call->items[call->first_item[number]];
}

bool
link_same_key(LinkCall *call, const Datum *a, const Datum *b)
{
	return key_columns_compare(call->nkey, call->key_columns, a, b) == 0;
}

List *
link_all_items(LinkCall *call)
{
	List	   *items = NIL;

	for (int i = 0; i < call->nitems; i++)
		items = lappend(items, &call->items[i]);
	return items;
}

List *
link_items_in_state(LinkCall *call, LinkState state)
{
	List	   *items = NIL;

	for (int i = 0; i < call->nitems; i++)
	{
		if (call->items[i].state == state)
			items = lappend(items, &call->items[i]);
	}
	return items;
}

bool
link_all_done(LinkCall *call)
{
	for (int i = 0; i < call->nitems; i++)
	{
		if (call->items[i].state != LINK_DONE)
			return false;
	}
	return true;
}

void
link_mark_items(LinkCall *call, LinkItem *first, LinkState state)
{
	LinkItem   *end = call->items + call->nitems;

	for (LinkItem *item = first; item < end; item++)
	{
		if (item != first && link_find_item(call, item->key) != first)
			break;
		item->state = state;
	}
}

/*
 * A statement names its columns, so items go together by the columns that they give;
 * in order: only neighbours do.
 */
List *
link_group_by_columns(LinkCall *call, List *items, bool in_order)
{
	List	   *groups = NIL;

	foreach_ptr(LinkItem, item, items)
	{
		ListCell   *group;

		for_each_from(group, groups, in_order ? Max(list_length(groups) - 1, 0) : 0)
		{
			LinkItem   *first = linitial(lfirst(group));

			if (gives_same_columns(call, first->payload, item->payload))
				break;
		}
		if (group == NULL)
			groups = lappend(groups, list_make1(item));
		else
			lfirst(group) = lappend(lfirst(group), item);
	}
	return groups;
}

static bool
gives_same_columns(LinkCall *call, const LinkPayload *a, const LinkPayload *b)
{
	if (a == b)
		return true;
	if (a == NULL || b == NULL)
		return false;
	for (int i = 0; i < call->assoc->through->nattributes; i++)
	{
		if (a->given[i] != b->given[i] || link_operation(a, i) != link_operation(b, i))
			return false;
	}
	return true;
}

/*
 * Keys may share columns (a tenant).  The link has one value there, the
 * source's, so a target of another tenant is not one that could be linked.
 */
void
link_check_shared_columns(LinkCall *call)
{
	LinkIds		others = link_ids(call->nitems);

	for (int i = 0; i < call->nitems; i++)
	{
		if (!shares_columns(call, &call->items[i]))
			link_ids_add(&others, call->items[i].key, call->items[i].path);
	}
	if (others.n > 0)
		link_raise_unknown(call->assoc->target, call->nkey, call->key, &others, call->document);
}

static bool
shares_columns(LinkCall *call, const LinkItem *item)
{
	const ResolvedAssociation *assoc = call->assoc;

	for (int s = 0; s < assoc->nsource; s++)
	{
		for (int t = 0; t < assoc->ntarget; t++)
		{
			if (assoc->source_ref[s]->attnum == assoc->target_ref[t]->attnum &&
				key_column_compare(&call->key_columns[t], call->source[s], item->key[t]) != 0)
				return false;
		}
	}
	return true;
}
