/*-------------------------------------------------------------------------
 *
 * link_insert.c
 *	  Links put into the join table, whatever its triggers and rules make of them.
 *
 * Decides how it is known what became of a link that an insert did not return.  Of a plain
 * table ON CONFLICT has met a link that is there, or is gone again, and the caller looks.
 * Where a trigger or a rule may leave a row out, or put it elsewhere, a link that is there is
 * an error of a subtransaction instead: what is then not returned is what became of it.  It is
 * not tried again, as in plain SQL, and reported as added where it is a link afterwards.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/attempt.h"
#include "base/compat.h"
#include "executor/spi.h"
#include "link/link.h"
#include "registry/table_rewrites.h"

/* an insert, and what came back */
typedef struct LinkInsert
{
	LinkCall   *call;
	List	   *items;
	bool		ignore;			/* links that are there */
	List	   *rows;			/* of LinkRow * */
} LinkInsert;

static void insert_items(void *arg);
static void record_added(LinkCall *call, List *rows);
static void settle(LinkCall *call, List *items);
static void record_redirected(LinkCall *call, List *left);

void
link_through_insert(LinkCall *call, List *items, bool on_conflict)
{
	LinkInsert	insert = {call, items, on_conflict, NIL};
	bool		rewrites;

	if (items == NIL)
		return;
	rewrites = table_rewrites(call->assoc->through, CMD_INSERT);
	insert.ignore = on_conflict && !rewrites;
	if (!on_conflict || !rewrites)
		insert_items(&insert);
	else if (!attempt(insert_items, &insert, ERRCODE_UNIQUE_VIOLATION))
		return;
	record_added(call, insert.rows);
	if (rewrites)
		settle(call, items);
}

static void
insert_items(void *arg)
{
	LinkInsert *insert = arg;
	LinkCall   *call = insert->call;

	foreach_ptr(List, group, link_group_by_columns(call, insert->items, true))
	{
		uint64		rows = link_sql_insert(call, group, insert->ignore);

		for (uint64 i = 0; i < rows; i++)
			insert->rows = lappend(insert->rows,
								   link_row(link_tuple_values(i, 1, call->nkey, call->key),
											link_of_row(call, i, call->nkey + 1)));
		SPI_freetuptable(SPI_tuptable);
	}
}

static void
record_added(LinkCall *call, List *rows)
{
	foreach_ptr(LinkRow, row, rows)
	{
		LinkItem   *item = link_find_item(call, row->key);

		if (item != NULL)
			link_mark_items(call, item, LINK_DONE);
		link_record(call, LINK_ADDED, row->key, row->link);
	}
}

/* what the table did not store is done with */
static void
settle(LinkCall *call, List *items)
{
	List	   *left = NIL;
	ListCell   *lc;

	foreach_ptr(LinkItem, item, items)
	{
		if (item->state == LINK_ABSENT)
			left = lappend(left, item);
	}
	/* of several links of a pair it is not known which is new */
	if (left != NIL && !call->multiple)
		record_redirected(call, left);
	foreach(lc, left)
		((LinkItem *) lfirst(lc))->state = LINK_DONE;
}

static void
record_redirected(LinkCall *call, List *left)
{
	foreach_ptr(LinkRow, row, link_read_items(call))
	{
		if (list_member_ptr(left, link_find_item(call, row->key)))
			link_record(call, LINK_ADDED, row->key, row->link);
	}
}
