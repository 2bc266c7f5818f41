/*-------------------------------------------------------------------------
 *
 * link_room.c
 *	  Links of a call that exchange what only one of them may have.
 *
 * Decides what becomes of payload in a unique key, such as a position in a list or the one
 * main link of a row, which one link gives up and another one takes: written as it comes, it
 * depends on the order of the keys whether the server accepts it.  So where a unique key refuses the links, that is
 * undone, columns of such keys that get another value are set to NULL first, and all is
 * written again.  Where one may not be null links get these values one by one, in an order that the key accepts, if
 * there is one.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/sysattr.h"
#include "access/table.h"
#include "base/attempt.h"
#include "base/compat.h"
#include "executor/spi.h"
#include "link/link.h"
#include "optimizer/optimizer.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "validate/operation.h"

/* a call, and what writes it */
typedef struct RoomWork
{
	LinkCall   *call;
	void		(*once) (LinkCall *);
} RoomWork;

/* links, and what they get before all is written */
typedef struct RoomMaking
{
	LinkCall   *call;
	List	   *items;
} RoomMaking;

static bool *shared_columns(LinkCall *call);
static bool *given_columns(LinkCall *call);
static Bitmapset *unique_columns(Oid relid);
static void run_once(void *arg);
static List *make_room(LinkCall *call, const bool *shared);
static void empty_links(void *arg);
static void fill_link(void *arg, int number);
static LinkItem *moving_item(LinkCall *call, uint64 row, int n, Attribute **columns);
static LinkItem *emptied_item(LinkCall *call, const LinkItem *moving);
static void report_moved(LinkCall *call, List *moved);

void
link_write_with_room(LinkCall *call, void (*once) (LinkCall *))
{
	RoomWork	work = {call, once};
	bool	   *shared = shared_columns(call);
	LinkItem   *items = call->items;
	LinkCall   *saved;
	List	   *moved;

	if (shared == NULL)
	{
		once(call);
		return;
	}
	saved = link_saved_call(call);
	if (attempt(run_once, &work, ERRCODE_UNIQUE_VIOLATION))
		return;
	memcpy(items, saved->items, sizeof(LinkItem) * saved->nitems);
	*call = *saved;
	call->items = items;
	moved = make_room(call, shared);
	once(call);
	report_moved(call, moved);
}

/* by number of attribute: payload that only one link may have; NULL: none, or one link is written */
static bool *
shared_columns(LinkCall *call)
{
	bool	   *given = call->nitems > 1 && !call->multiple ? given_columns(call) : NULL;

	return given ? link_exclusive_columns(call->assoc->through, given) : NULL;
}

bool *
link_exclusive_columns(const Model *model, const bool *given)
{
	Bitmapset  *unique = unique_columns(model->relid);
	bool	   *exclusive = palloc0_array(bool, model->nattributes);
	bool		any = false;

	for (int a = 0; a < model->nattributes; a++)
	{
		const Attribute *attribute = &model->attributes[a];

		exclusive[a] = given[a] && attribute->generated == '\0' &&
			bms_is_member(attribute->attnum - FirstLowInvalidHeapAttributeNumber, unique);
		any |= exclusive[a];
	}
	return any ? exclusive : NULL;
}

/* in some payload, but for the link's own key, which is never written; NULL: none */
static bool *
given_columns(LinkCall *call)
{
	int			n = call->assoc->through->nattributes;
	bool	   *given = NULL;

	for (int i = 0; i < call->nitems; i++)
	{
		const LinkPayload *payload = call->items[i].payload;

		if (payload == NULL)
			continue;
		if (given == NULL)
			given = palloc0_array(bool, n);
		for (int a = 0; a < n; a++)
			given[a] |= payload->given[a] && !link_is_own_key(call, &call->assoc->through->attributes[a]);
	}
	return given;
}

/* of all unique indexes, those that decide which rows are in it too; offset as the server does */
static Bitmapset *
unique_columns(Oid relid)
{
	Relation	rel = table_open(relid, NoLock);
	Bitmapset  *columns = NULL;

	foreach_oid(oid, RelationGetIndexList(rel))
	{
		Relation	index = index_open(oid, AccessShareLock);

		if (index->rd_index->indisunique)
		{
			for (int i = 0; i < index->rd_index->indnkeyatts; i++)
				columns = bms_add_member(columns, index->rd_index->indkey.values[i] -
										 FirstLowInvalidHeapAttributeNumber);
			pull_varattnos((Node *) RelationGetIndexExpressions(index), 1, &columns);
			pull_varattnos((Node *) RelationGetIndexPredicate(index), 1, &columns);
		}
		index_close(index, NoLock);
	}
	table_close(rel, NoLock);
	return columns;
}

LinkCall *
link_saved_call(LinkCall *call)
{
	LinkCall   *saved = palloc_object(LinkCall);

	*saved = *call;
	saved->items = palloc_array(LinkItem, call->nitems);
	memcpy(saved->items, call->items, sizeof(LinkItem) * call->nitems);
	for (int outcome = 0; outcome < LINK_OUTCOMES; outcome++)
		saved->diff[outcome] = list_copy(call->diff[outcome]);
	saved->refused = list_copy(call->refused);
	return saved;
}

static void
run_once(void *arg)
{
	RoomWork   *work = arg;

	work->once(work->call);
}

/* returns the links that are moved */
static List *
make_room(LinkCall *call, const bool *shared)
{
	Model	   *through = unconstify(Model *, call->assoc->through);
	Attribute **columns = palloc_array(Attribute *, through->nattributes);
	RoomMaking	moving = {call, NIL};
	RoomMaking	emptied = {call, NIL};
	bool		in_turn = false;
	uint64		rows;
	int			n = 0;

	for (int a = 0; a < through->nattributes; a++)
	{
		if (!shared[a])
			continue;
		columns[n++] = &through->attributes[a];
		in_turn |= through->attributes[a].not_null;
	}
	rows = link_sql_payload(call, false, n, columns);
	for (uint64 i = 0; i < rows; i++)
	{
		LinkItem   *item = moving_item(call, i, n, columns);
		LinkItem   *empty = item ? emptied_item(call, item) : NULL;

		moving.items = item ? lappend(moving.items, item) : moving.items;
		emptied.items = empty ? lappend(emptied.items, empty) : emptied.items;
	}
	SPI_freetuptable(SPI_tuptable);
	/* a CHECK constraint may refuse the NULLs */
	(void) attempt(empty_links, &emptied, ERRCODE_INTEGRITY_CONSTRAINT_VIOLATION);
	if (in_turn)
		(void) attempt_each(list_length(moving.items), fill_link, &moving, ERRCODE_UNIQUE_VIOLATION,
							palloc0_array(bool, list_length(moving.items) + 1));
	return moving.items;
}

static void
empty_links(void *arg)
{
	RoomMaking *emptied = arg;

	foreach_ptr(List, group, link_group_by_columns(emptied->call, emptied->items, false))
	{
		(void) link_sql_update(emptied->call, group, false);
		SPI_freetuptable(SPI_tuptable);
	}
}

static void
fill_link(void *arg, int number)
{
	RoomMaking *moving = arg;

	(void) link_sql_update(moving->call, list_make1(list_nth(moving->items, number)), false);
	SPI_freetuptable(SPI_tuptable);
}

/* the link with the columns that get another value; NULL: none does */
static LinkItem *
moving_item(LinkCall *call, uint64 row, int n, Attribute **columns)
{
	const Model *through = call->assoc->through;
	LinkItem   *item = link_find_item(call, link_tuple_values(row, 1, call->nkey, call->key));
	LinkPayload *own = link_row_payload(through, row, call->nkey + 1, n, columns);
	LinkItem   *result = palloc_object(LinkItem);
	bool		any = false;

	if (item == NULL || item->payload == NULL)
		return NULL;
	for (int a = 0; a < through->nattributes; a++)
	{
		const LinkPayload *payload = item->payload;

		own->given[a] &= payload->given[a] && link_operation(payload, a) == OPERATION_NONE &&
			!link_same_value(&through->attributes[a], own->values[a], own->nulls[a], payload->values[a], payload->nulls[a]);
		own->nulls[a] = payload->nulls[a];
		own->values[a] = payload->values[a];
		any |= own->given[a];
	}
	*result = *item;
	result->payload = own;
	return any ? result : NULL;
}

/* with NULL in these columns, where it may be; NULL: in none */
static LinkItem *
emptied_item(LinkCall *call, const LinkItem *moving)
{
	const Model *through = call->assoc->through;
	LinkItem   *result = palloc_object(LinkItem);
	LinkPayload *empty = palloc_object(LinkPayload);
	bool		any = false;

	*result = *moving;
	result->payload = empty;
	*empty = *moving->payload;
	empty->given = palloc0_array(bool, through->nattributes);
	empty->nulls = palloc0_array(bool, through->nattributes);
	for (int a = 0; a < through->nattributes; a++)
	{
		empty->given[a] = moving->payload->given[a] && !through->attributes[a].not_null;
		empty->nulls[a] = true;
		any |= empty->given[a];
	}
	return any ? result : NULL;
}

/* those that have got all that they were to get are no longer changed by the call itself */
static void
report_moved(LinkCall *call, List *moved)
{
	List	   *unchanged = NIL;
	KeyTable	table;
	bool		found;

	link_table_init(call, &table);
	foreach_ptr(LinkItem, item, moved)
		(void) key_table_add(&table, item->key, &found);
	foreach_ptr(LinkRow, row, call->diff[LINK_UNCHANGED])
	{
		LinkOutcome outcome = key_table_find(&table, row->key) >= 0 ? LINK_UPDATED : LINK_UNCHANGED;

		if (outcome == LINK_UPDATED)
			call->diff[outcome] = lappend(call->diff[outcome], row);
		else
			unchanged = lappend(unchanged, row);
	}
	call->diff[LINK_UNCHANGED] = unchanged;
}
