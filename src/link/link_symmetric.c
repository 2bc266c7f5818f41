/*-------------------------------------------------------------------------
 *
 * link_symmetric.c
 *	  Verbs over links that are seen from both ends (the option "symmetric").
 *
 * Decides which way each link of a call is written.  A symmetric association is two that are not,
 * over one join table: in the one the source stands in the first column of a link, in
 * the other it stands in the second.  A link is one row, in whichever order it was written; a
 * verb looks which of its items the other way has, and runs each way over its own.
 * New links are written with the source first.
 *
 * Locks are taken as both ways take them before anything is read.  Who writes by plain SQL takes none: a row
 * that he made the other way is met by an insert, which does nothing then, and it is looked again.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "base/compat.h"
#include "executor/spi.h"
#include "link/link.h"
#include "miscadmin.h"

static void keep_own_link(LinkCall *call, LinkCall *parts);
static bool is_own_source(const LinkCall *call, const Datum *key);
static List *items_left(LinkCall *part);

LinkCall *
link_mirror(const LinkCall *call)
{
	LinkCall   *mirror = palloc_object(LinkCall);

	*mirror = *call;
	mirror->kept = call->mirror->kept;
	mirror->assoc = call->mirror->assoc;
	mirror->declared = call->mirror->declared;
	mirror->mirror = NULL;
	memset(mirror->diff, 0, sizeof(mirror->diff));
	return mirror;
}

LinkCall
link_part(const LinkCall *call, List *items)
{
	LinkCall	part = *call;

	part.mirror = NULL;
	part.alone = true;
	part.nitems = 0;
	part.items = palloc_array(LinkItem, list_length(items) + 1);
	memset(part.diff, 0, sizeof(part.diff));
	foreach_ptr(LinkItem, item, items)
		part.items[part.nitems++] = *item;
	link_number_items(&part);
	return part;
}

bool
link_both_have(LinkCall *call)
{
	LinkCall	parts[2];

	link_divide(call, link_all_items(call), STATEMENT_READ, parts);
	for (int i = 0; i < (int) lengthof(parts); i++)
	{
		if (parts[i].nitems > 0 && !link_through_has(&parts[i]))
			return false;
	}
	return true;
}

void
link_both_ways(LinkCall *call, LinkLocking locking, void (*verb) (LinkCall *))
{
	List	   *items = link_all_items(call);

	link_lock(call, locking);
	for (int conflicts = 0; conflicts <= LINK_MAX_CONFLICTS; conflicts++)
	{
		LinkCall	parts[2];

		CHECK_FOR_INTERRUPTS();
		link_divide(call, items, STATEMENT_WRITE, parts);
		if (verb == link_set)
			keep_own_link(call, parts);
		items = NIL;
		/* what is new is written last: a trigger may store it the other way, where a set has nothing to remove then */
		for (int i = lengthof(parts) - 1; i >= 0; i--)
		{
			parts[i].yields = conflicts < LINK_MAX_CONFLICTS;
			verb(&parts[i]);
			link_take_diff(call, &parts[i], i == 1);
			items = list_concat(items, items_left(&parts[i]));
		}
		if (items == NIL || locking == LINK_LOCK_REMOVE)
			break;
		if (verb == link_set)
			verb = link_add;
	}
}

void
link_divide(LinkCall *call, List *items, StatementMode mode, LinkCall *parts)
{
	LinkCall	here = link_part(call, items);
	LinkCall	there = link_part(link_mirror(call), items);
	bool	   *found = palloc0_array(bool, here.nitems + 1);
	List	   *divided[2] = {NIL, NIL};
	uint64		rows = 0;

	there.filtered = false;
	if (mode == STATEMENT_WRITE && there.nitems > 0)
		link_check_snapshot(&there, link_sql_read_given);
	if (there.nitems > 0)
		rows = link_sql_read(&there, false, mode);
	for (uint64 i = 0; i < rows; i++)
	{
		LinkItem   *item = link_find_item(&there, link_tuple_values(i, 1, call->nkey, call->key));

		if (item != NULL && !is_own_source(call, item->key))
			found[item - there.items] = true;
	}
	if (there.nitems > 0)
		SPI_freetuptable(SPI_tuptable);
	for (int i = 0; i < here.nitems; i++)
	{
		int			way = found[link_find_item(&here, here.items[i].key) - here.items];

		divided[way] = lappend(divided[way], &here.items[i]);
	}
	parts[0] = link_part(call, divided[0]);
	parts[1] = link_part(link_mirror(call), divided[1]);
}

/* a row that is linked with itself is the same link either way, which a set of either way must keep */
static void
keep_own_link(LinkCall *call, LinkCall *parts)
{
	LinkItem   *own = call->nitems > 0 ? link_find_item(call, call->source) : NULL;
	List	   *there = link_all_items(&parts[1]);

	if (own != NULL)
		parts[1] = link_part(&parts[1], lappend(there, own));
}

static bool
is_own_source(const LinkCall *call, const Datum *key)
{
	return key_column_compare(&call->key_columns[0], call->source[0], key[0]) == 0;
}

void
link_take_diff(LinkCall *call, const LinkCall *part, bool other_end)
{
	for (int outcome = 0; outcome < LINK_OUTCOMES; outcome++)
	{
		foreach_ptr(LinkRow, row, part->diff[outcome])
		{
			/* what stays is in both, what goes in the one that came first */
			if (!other_end || outcome == LINK_REMOVED || !is_own_source(call, row->key))
				call->diff[outcome] = lappend(call->diff[outcome], row);
		}
	}
}

static List *
items_left(LinkCall *part)
{
	List	   *items = NIL;

	for (int i = 0; i < part->nitems; i++)
	{
		if (part->items[i].state != LINK_DONE)
			items = lappend(items, &part->items[i]);
	}
	return items;
}
