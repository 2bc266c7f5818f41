/*-------------------------------------------------------------------------
 *
 * link_through.c
 *	  has, add, set, remove, toggle and update_link where the links are rows of a
 *	  join table.
 *
 * Decides in which order a verb reads, checks and writes, and what its diff has:
 * only what a statement returned counts as added, updated or removed.  The
 * SQL is in link_sql.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "executor/spi.h"
#include "link/link.h"
#include "miscadmin.h"
#include "registry/table_rewrites.h"

static void add_once(LinkCall *call);
static void set_once(LinkCall *call);
static void remove_once(LinkCall *call);
static void toggle_filtered(LinkCall *call);
static void toggle_once(LinkCall *call, bool last);
static Datum **item_keys(LinkCall *call, List *items, int *n);
static void take_back_unchanged(LinkCall *call);
static void write_items(LinkCall *call, bool look);
static void note_tried(List *items);
static int	count_tried(List *items);
static bool lock_before_write(LinkCall *call, bool inserts, bool updates);
static void forget_state(LinkItem *item);
static void mark_absent(List *items);
static void revive_items(LinkCall *call, List *items);
static void record_written(LinkCall *call, uint64 rows, LinkOutcome outcome);
static void mark_removed(LinkCall *call, LinkItem *first);
static void unlink_others(LinkCall *call);
static int	delete_keys(LinkCall *call, int n, Datum **keys);
static int	keep_links(LinkCall *call, int n, Datum **keys);
static bool is_refused(LinkCall *call, const Datum *key);
static uint64 read_all(LinkCall *call, StatementMode mode);

bool
link_through_has(LinkCall *call)
{
	uint64		rows;

	if (call->filtered)
		return link_unmatched(call, STATEMENT_READ) == NIL;
	rows = link_sql_read(call, false, STATEMENT_READ);
	for (uint64 i = 0; i < rows; i++)
	{
		LinkItem   *item = link_find_item(call, link_tuple_values(i, 1, call->nkey, call->key));

		if (item != NULL && statement_is_true(i, call->nkey + 1))
			link_mark_items(call, item, LINK_LIVE);
	}
	return link_items_in_state(call, LINK_ABSENT) == NIL;
}

void
link_through_add(LinkCall *call)
{
	bool		identified = call->multiple && link_multiple_identified(call);

	link_lock(call, identified ? LINK_LOCK_TOGGLE : LINK_LOCK_ADD);
	link_check_snapshot(call, call->position ? read_all : link_sql_read_given);
	if (identified)
		link_multiple_add(call);
	else
		link_write_until_settled(call, add_once);
}

/* where a pair may be linked twice, adding always makes another link */
static void
add_once(LinkCall *call)
{
	write_items(call, !call->multiple);
}

void
link_through_set(LinkCall *call)
{
	link_lock(call, LINK_LOCK_SET);
	link_through_set_locked(call);
}

void
link_through_set_locked(LinkCall *call)
{
	link_check_snapshot(call, read_all);
	if (call->multiple)
		link_multiple_set(call);
	else
	{
		link_position_set(call);
		link_write_until_settled(call, set_once);
		link_position_settle(call);
	}
}

static void
set_once(LinkCall *call)
{
	unlink_others(call);
	if (call->nitems > 0)
		write_items(call, true);
}

void
link_through_remove(LinkCall *call)
{
	link_lock(call, LINK_LOCK_REMOVE);
	link_check_snapshot(call, link_sql_read_given);
	if (call->nitems > 1)
		link_write_until_settled(call, remove_once);
	else
		delete_keys(call, 1, &call->items[0].key);
}

static void
remove_once(LinkCall *call)
{
	List	   *live = link_read_items(call);
	int			n;
	Datum	  **keys = item_keys(call, link_items_in_state(call, LINK_LIVE), &n);

	if (n == 0)
		return;
	link_through_hold(call, list_length(live));
	call->missed += list_length(live) - delete_keys(call, n, keys);
}

void
link_through_toggle(LinkCall *call)
{
	bool		filtered = call->filtered;

	link_lock(call, LINK_LOCK_TOGGLE);
	call->filtered = false;
	link_check_snapshot(call, read_all);
	call->filtered = filtered;
	link_check_shared_columns(call);
	if (filtered)
	{
		toggle_filtered(call);
		return;
	}
	for (int conflicts = 0; conflicts <= LINK_MAX_CONFLICTS && !link_all_done(call); conflicts++)
	{
		CHECK_FOR_INTERRUPTS();
		toggle_once(call, conflicts == LINK_MAX_CONFLICTS);
		if (call->yields)
			break;
	}
}

/* links that are meant go; one with other values is brought in line, or has another one beside it */
static void
toggle_filtered(LinkCall *call)
{
	int			n;
	Datum	  **keys;

	(void) link_read_items(call);
	link_check_own_keys(call, link_items_in_state(call, LINK_LIVE));
	mark_absent(link_unmatched(call, STATEMENT_WRITE));
	keys = item_keys(call, link_items_in_state(call, LINK_LIVE), &n);
	if (n > 0)
	{
		link_through_hold(call, call->nitems);
		(void) delete_keys(call, n, keys);
	}
	call->filtered = false;
	if (link_all_done(call))
		return;
	if (call->multiple && link_multiple_identified(call))
		link_multiple_add(call);
	else
		write_items(call, !call->multiple);
}

/* each item is written by what it is at that time; one that was something else is looked at again */
static void
toggle_once(LinkCall *call, bool last)
{
	List	   *live = link_read_items(call);
	List	   *missing = link_items_in_state(call, LINK_ABSENT);
	List	   *hidden = link_items_in_state(call, LINK_HIDDEN);
	int			n;
	Datum	  **keys = item_keys(call, link_items_in_state(call, LINK_LIVE), &n);

	if (missing != NIL || hidden != NIL)
		link_position_append(call);
	link_through_validate(call, missing, NIL, hidden);
	link_check_known(call, list_concat_copy(missing, hidden));
	if (n > 0)
	{
		link_through_hold(call, list_length(live) + list_length(missing) + list_length(hidden));
		link_hold_targets(call, missing);
		(void) delete_keys(call, n, keys);
	}
	link_through_insert(call, missing, !last);
	link_check_outside(call, link_items_in_state(call, LINK_ABSENT));
	revive_items(call, hidden);
}

/* keys of items, each once */
static Datum **
item_keys(LinkCall *call, List *items, int *n)
{
	Datum	  **keys = palloc_array(Datum *, list_length(items) + 1);
	const Datum *last = NULL;

	*n = 0;
	foreach_ptr(LinkItem, item, items)
	{
		if (last == NULL || !link_same_key(call, last, item->key))
			keys[(*n)++] = item->key;
		last = item->key;
	}
	return keys;
}

/*
 * A write that met another state than was read has waited for another transaction, which may
 * have changed more links of the call: those that were read and not written are read
 * again.  Where as many writes miss again, a trigger keeps the links as they are.
 */
void
link_write_until_settled(LinkCall *call, void (*once) (LinkCall *))
{
	int			last = 0;

	for (int conflicts = 0; conflicts <= LINK_MAX_CONFLICTS; conflicts++)
	{
		CHECK_FOR_INTERRUPTS();
		call->missed = 0;
		link_write_with_room(call, once);
		if (call->missed == 0 || call->missed == last)
			break;
		last = call->missed;
		take_back_unchanged(call);
	}
}

static void
take_back_unchanged(LinkCall *call)
{
	foreach_ptr(LinkRow, row, call->diff[LINK_UNCHANGED])
		link_mark_items(call, link_find_item(call, row->key), LINK_ABSENT);
	call->diff[LINK_UNCHANGED] = NIL;
}

static void
mark_absent(List *items)
{
	foreach_ptr(LinkItem, item, items)
		item->state = LINK_ABSENT;
}

/*
 * Make every item a live link with its payload.  Links that another transaction wrote
 * meanwhile, without our lock or under the lock of the other direction, are found when
 * they are read again; a link that a trigger refuses stays out of the diff.
 *
 * Links are inserted before others are updated, in key order: a call that waits for another
 * call's insert, or for a parent row that is being deleted, then holds no row for
 * which the other could wait.  Adds of one source run concurrently, and one that updates could
 * hold such a row, since a link that is gone when the update comes to it is inserted
 * after all.  So an add that updates waits for the others first.
 *
 * Of the live links, only those that differ are updated, and they are counted first: an
 * UPDATE that changes nothing would still need the right to UPDATE, and its row locks are
 * written to disk.
 */
static void
write_items(LinkCall *call, bool look)
{
	link_check_shared_columns(call);
	for (int conflicts = 0; conflicts <= LINK_MAX_CONFLICTS && !link_all_done(call); conflicts++)
	{
		List	   *live = look ? link_read_items(call) : NIL;
		List	   *changed = link_items_in_state(call, LINK_LIVE);
		List	   *hidden = link_items_in_state(call, LINK_HIDDEN);
		List	   *missing = link_items_in_state(call, LINK_ABSENT);
		int			ndiffering;

		CHECK_FOR_INTERRUPTS();
		call->missed += count_tried(changed) + count_tried(hidden);
		changed = link_without_refused(changed);
		link_check_own_keys(call, list_concat_copy(changed, hidden));
		ndiffering = link_count_differing(call, changed);
		if (ndiffering == 0)
			changed = NIL;
		if (conflicts == 0 && !lock_before_write(call, missing != NIL, changed != NIL || hidden != NIL))
			continue;
		if (missing != NIL || hidden != NIL)
			link_position_append(call);
		link_through_validate(call, missing, changed, hidden);
		link_check_known(call, list_concat_copy(missing, hidden));
		link_through_insert(call, missing, conflicts < LINK_MAX_CONFLICTS);
		missing = link_items_in_state(call, LINK_ABSENT);
		if (conflicts < LINK_MAX_CONFLICTS && missing != NIL)
		{
			link_check_outside(call, missing);
			if (call->yields)
				return;
			note_tried(missing);
			continue;
		}
		revive_items(call, hidden);
		call->missed += list_length(link_items_in_state(call, LINK_HIDDEN));
		link_through_update_live(call, live, changed, ndiffering);
	}
}

static void
note_tried(List *items)
{
	foreach_ptr(LinkItem, item, items)
		item->tried = true;
}

/* links that we could not insert and that are there now */
static int
count_tried(List *items)
{
	int			n = 0;

	foreach_ptr(LinkItem, item, items)
		n += item->tried;
	return n;
}

/* false: others were waited for, and what was read before is old */
static bool
lock_before_write(LinkCall *call, bool inserts, bool updates)
{
	if (call->locking != LINK_LOCK_ADD || call->multiple || call->nitems < 2 || !(inserts || updates))
		return true;
	return link_lock_writes(call, updates ? ExclusiveLock : ShareLock);
}

List *
link_read_items(LinkCall *call)
{
	uint64		rows = link_sql_read(call, false, STATEMENT_WRITE);
	List	   *live = NIL;

	for (int i = 0; i < call->nitems; i++)
	{
		if (call->items[i].state != LINK_DONE)
			forget_state(&call->items[i]);
	}
	for (uint64 i = 0; i < rows; i++)
	{
		Datum	   *key = link_tuple_values(i, 1, call->nkey, call->key);
		LinkItem   *item = link_find_item(call, key);

		if (item == NULL || item->state == LINK_DONE)
			continue;
		if (statement_is_true(i, call->nkey + 1))
		{
			live = lappend(live, link_row(key, link_of_row(call, i, call->nkey + 2)));
			link_mark_items(call, item, LINK_LIVE);
		}
		else if (!call->multiple)
			item->state = LINK_HIDDEN;
	}
	SPI_freetuptable(SPI_tuptable);
	return live;
}

static void
forget_state(LinkItem *item)
{
	item->state = LINK_ABSENT;
	if (item->whole != NULL)
		item->payload = item->whole;
	item->whole = NULL;
}

/* a link that comes back is an added one */
static void
revive_items(LinkCall *call, List *items)
{
	link_through_hold(call, list_length(items));
	foreach_ptr(List, group, link_group_by_columns(call, items, false))
		record_written(call, link_sql_update(call, group, true), LINK_ADDED);
}

static void
record_written(LinkCall *call, uint64 rows, LinkOutcome outcome)
{
	for (uint64 i = 0; i < rows; i++)
	{
		Datum	   *key = link_tuple_values(i, 1, call->nkey, call->key);
		LinkItem   *item = link_find_item(call, key);

		if (item != NULL && outcome == LINK_REMOVED)
			mark_removed(call, item);
		else if (item != NULL)
			link_mark_items(call, item, LINK_DONE);
		link_record(call, outcome, key, link_of_row(call, i, call->nkey + 1));
	}
	SPI_freetuptable(SPI_tuptable);
}

/* of items with one key those that meant a link that was there */
static void
mark_removed(LinkCall *call, LinkItem *first)
{
	LinkItem   *end = call->items + call->nitems;

	for (LinkItem *item = first; item < end && link_same_key(call, item->key, first->key); item++)
	{
		if (item->state == LINK_LIVE)
			item->state = LINK_DONE;
	}
}

/* set: what is linked and not among the items goes */
static void
unlink_others(LinkCall *call)
{
	uint64		rows = link_sql_read(call, true, STATEMENT_WRITE);
	Datum	  **obsolete = palloc_array(Datum *, rows + 1);
	int			n = 0;

	for (uint64 i = 0; i < rows; i++)
	{
		Datum	   *key = link_tuple_values(i, 1, call->nkey, call->key);
		LinkItem   *item = link_find_item(call, key);

		if (item == NULL && statement_is_true(i, call->nkey + 1) && !is_refused(call, key))
			obsolete[n++] = key;
		else if (item != NULL && item->state != LINK_DONE)
			link_mark_items(call, item, LINK_LIVE);
	}
	SPI_freetuptable(SPI_tuptable);
	if (n == 0)
		return;
	link_through_hold(call, n + call->nitems);
	link_hold_targets(call, link_items_in_state(call, LINK_ABSENT));
	call->missed += n - delete_keys(call, n, obsolete);
}

/* returns how many links were taken away, or are kept by a trigger or rule */
static int
delete_keys(LinkCall *call, int n, Datum **keys)
{
	uint64		rows = link_sql_delete(call, n, keys);
	CmdType		event = call->deleted_at ? CMD_UPDATE : CMD_DELETE;

	record_written(call, rows, LINK_REMOVED);
	if (rows < (uint64) n && table_rewrites(call->assoc->through, event))
		return rows + keep_links(call, n, keys);
	return rows;
}

/* what was not taken away and is there still is done with; returns how many links */
static int
keep_links(LinkCall *call, int n, Datum **keys)
{
	KeyTable	removed;
	int			kept = 0;
	bool		found;

	link_table_init(call, &removed);
	foreach_ptr(LinkRow, row, call->diff[LINK_REMOVED])
		(void) key_table_add(&removed, row->key, &found);
	if (call->nitems > 0)
		(void) link_read_items(call);
	for (int i = 0; i < n; i++)
	{
		LinkItem   *item = call->nitems > 0 ? link_find_item(call, keys[i]) : NULL;

		if (key_table_find(&removed, keys[i]) >= 0 || (item != NULL && item->state != LINK_LIVE))
			continue;
		if (item != NULL)
			link_mark_items(call, item, LINK_DONE);
		else
			call->refused = lappend(call->refused, keys[i]);
		kept++;
	}
	return kept;
}

static bool
is_refused(LinkCall *call, const Datum *key)
{
	foreach_ptr(Datum, refused, call->refused)
	{
		if (link_same_key(call, refused, key))
			return true;
	}
	return false;
}

/*
 * Who deletes the source takes its links away too, in an order of his own.  He
 * must not be half through with it when we write several of them.
 */
void
link_through_hold(LinkCall *call, uint64 nlinks)
{
	LinkReference source = link_source_pointer(call);

	if (call->sources != NULL)
		link_hold_pointers(&source, call->nsources, call->sources);
	else if (nlinks > 1)
		link_hold_pointers(&source, 1, &call->source);
}

static uint64
read_all(LinkCall *call, StatementMode mode)
{
	return link_sql_read(call, true, mode);
}
