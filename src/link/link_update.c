/*-------------------------------------------------------------------------
 *
 * link_update.c
 *	  Payload of links that exist, over a join table: update_link, and what an add or a set
 *	  changes.
 *
 * Decides which links are written: those that differ, once for all links of a pair.  A link
 * that a trigger keeps is not tried again.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "base/compat.h"
#include "executor/spi.h"
#include "link/link.h"
#include "registry/table_rewrites.h"

static void update_once(LinkCall *call);
static void need_linked(LinkCall *call);
static void update_filtered(LinkCall *call);
static int	note_refused(LinkCall *call, List *items, KeyTable *updated);
static int	update_groups(LinkCall *call, List *groups, KeyTable *updated, bool by_link);
static List *items_to_update(LinkCall *call, List *items);
static void report_unchanged(LinkCall *call, List *live, KeyTable *updated, bool by_link);

void
link_through_update(LinkCall *call)
{
	if (call->filtered && call->nitems > 1)
	{
		update_filtered(call);
		return;
	}
	link_lock(call, LINK_LOCK_ADD);
	link_check_snapshot(call, link_sql_read_given);
	link_write_until_settled(call, update_once);
}

static void
update_once(LinkCall *call)
{
	List	   *live = link_read_items(call);
	List	   *items = link_without_refused(link_items_in_state(call, LINK_LIVE));
	int			ndiffering;

	need_linked(call);
	link_through_validate(call, NIL, items, NIL);
	ndiffering = link_count_differing(call, items);
	if (ndiffering == 0)
		items = NIL;
	else if (call->nitems > 1)
		(void) link_lock_writes(call, ExclusiveLock);
	link_through_update_live(call, live, items, ndiffering);
	/* taken away while the update waited */
	need_linked(call);
}

static void
need_linked(LinkCall *call)
{
	List	   *missing = list_concat(link_items_in_state(call, LINK_ABSENT),
									  link_items_in_state(call, LINK_HIDDEN));

	if (missing != NIL)
		link_raise_not_linked(call, missing);
}

/* several links of one pair may be meant, each with a payload of its own */
static void
update_filtered(LinkCall *call)
{
	link_lock(call, LINK_LOCK_ADD);
	for (int i = 0; i < call->nitems; i++)
	{
		LinkCall	one = link_call_of_item(call, &call->items[i]);

		link_through_update(&one);
		for (int outcome = 0; outcome < LINK_OUTCOMES; outcome++)
			call->diff[outcome] = list_concat(call->diff[outcome], one.diff[outcome]);
	}
}

/*
 * Items are the ones of which so many links differed: the rows that are returned still did.  The other live
 * ones are unchanged, unless they were taken away while an update waited for them.
 */
void
link_through_update_live(LinkCall *call, List *live, List *items, int ndiffering)
{
	bool		by_link = call->multiple && call->assoc->through->nkey > 0;
	KeyTable	updated;

	link_table_init(call, &updated);
	if (items != NIL)
	{
		List	   *payloads = items_to_update(call, items);
		int			nupdated;

		link_through_hold(call, list_length(payloads));
		nupdated = update_groups(call, link_group_by_columns(call, payloads, false), &updated, by_link);
		if (nupdated < list_length(live) && !IsolationUsesXactSnapshot())
			live = link_read_items(call);
		if (nupdated < ndiffering)
			call->missed += call->multiple ? ndiffering - nupdated :
				note_refused(call, payloads, &updated);
	}
	report_unchanged(call, live, &updated, by_link);
}

/* a trigger kept those that are there still; returns how many are not */
static int
note_refused(LinkCall *call, List *items, KeyTable *updated)
{
	bool		may_refuse = table_rewrites(call->assoc->through, CMD_UPDATE);
	int			missed = 0;

	foreach_ptr(LinkItem, item, items)
	{
		if (key_table_find(updated, item->key) >= 0)
			continue;
		if (may_refuse && item->state == LINK_LIVE)
			item->refused = true;
		else
			missed++;
	}
	return missed;
}

List *
link_without_refused(List *items)
{
	List	   *others = NIL;

	foreach_ptr(LinkItem, item, items)
	{
		if (!item->refused)
			others = lappend(others, item);
	}
	return others;
}

int
link_count_differing(LinkCall *call, List *items)
{
	int			n = 0;

	foreach_ptr(List, group, link_group_by_columns(call, items_to_update(call, items), false))
		n += link_sql_differing(call, group);
	return n;
}

static int
update_groups(LinkCall *call, List *groups, KeyTable *updated, bool by_link)
{
	int			total = 0;

	foreach_ptr(List, group, groups)
	{
		uint64		rows = link_sql_update(call, group, false);

		for (uint64 i = 0; i < rows; i++)
		{
			Datum	   *key = link_tuple_values(i, 1, call->nkey, call->key);
			Datum	   *link = link_of_row(call, i, call->nkey + 1);
			bool		found;

			(void) key_table_add(updated, by_link ? link : key, &found);
			link_record(call, LINK_UPDATED, key, link);
		}
		SPI_freetuptable(SPI_tuptable);
		total += rows;
	}
	return total;
}

/* those with a payload, once for all links of a pair */
static List *
items_to_update(LinkCall *call, List *items)
{
	List	   *result = NIL;

	foreach_ptr(LinkItem, item, items)
	{
		if (item->payload != NULL && link_find_item(call, item->key) == item)
			result = lappend(result, item);
	}
	return result;
}

/* the live ones are done with */
static void
report_unchanged(LinkCall *call, List *live, KeyTable *updated, bool by_link)
{
	foreach_ptr(LinkRow, row, live)
	{
		link_mark_items(call, link_find_item(call, row->key), LINK_DONE);
		if (key_table_find(updated, by_link ? row->link : row->key) < 0)
			link_record(call, LINK_UNCHANGED, row->key, row->link);
	}
}
