/*-------------------------------------------------------------------------
 *
 * link_room.c
 *	  Links of a call that exchange what only one of them may have.
 *
 * Decides what becomes of payload in a unique key, such as a position in a list or the one
 * main link of a row, which one link gives up and another one takes: written as it comes, it
 * depends on the order of the keys whether the server accepts it.  So where a unique key refuses the links, that is
 * undone, columns of such keys that get another value are set to NULL first, and all is
 * written again.  A column that may not be null is left to the server.
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

static bool *shared_columns(LinkCall *call);
static bool *given_columns(LinkCall *call);
static Bitmapset *unique_columns(Oid relid);
static LinkCall *saved_call(LinkCall *call);
static void run_once(void *arg);
static void make_room(LinkCall *call, const bool *shared);
static LinkItem *emptied_item(LinkCall *call, uint64 row, int n, Attribute **columns);

void
link_write_with_room(LinkCall *call, void (*once) (LinkCall *))
{
	RoomWork	work = {call, once};
	bool	   *shared = shared_columns(call);
	LinkItem   *items = call->items;
	LinkCall   *saved;

	if (shared == NULL)
	{
		once(call);
		return;
	}
	saved = saved_call(call);
	if (attempt(run_once, &work, ERRCODE_UNIQUE_VIOLATION))
		return;
	memcpy(items, saved->items, sizeof(LinkItem) * saved->nitems);
	*call = *saved;
	call->items = items;
	make_room(call, shared);
	once(call);
}

/* by number of attribute: payload that only one link may have; NULL: none, or one link is written */
static bool *
shared_columns(LinkCall *call)
{
	const Model *through = call->ends->through;
	bool	   *shared = call->nitems > 1 && !call->multiple ? given_columns(call) : NULL;
	Bitmapset  *unique;
	bool		any = false;

	if (shared == NULL)
		return NULL;
	unique = unique_columns(through->relid);
	for (int a = 0; a < through->nattributes; a++)
	{
		const Attribute *attribute = &through->attributes[a];

		shared[a] &= !attribute->not_null && attribute->generated == '\0' &&
			bms_is_member(attribute->attnum - FirstLowInvalidHeapAttributeNumber, unique);
		any |= shared[a];
	}
	return any ? shared : NULL;
}

/* in some payload; NULL: none */
static bool *
given_columns(LinkCall *call)
{
	int			n = call->ends->through->nattributes;
	bool	   *given = NULL;

	for (int i = 0; i < call->nitems; i++)
	{
		const LinkPayload *payload = call->items[i].payload;

		if (payload == NULL)
			continue;
		if (given == NULL)
			given = palloc0_array(bool, n);
		for (int a = 0; a < n; a++)
			given[a] |= payload->given[a];
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

/* what a failed attempt has changed of a call stands in here as it was */
static LinkCall *
saved_call(LinkCall *call)
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

static void
make_room(LinkCall *call, const bool *shared)
{
	Model	   *through = unconstify(Model *, call->ends->through);
	Attribute **columns = palloc_array(Attribute *, through->nattributes);
	List	   *emptied = NIL;
	uint64		rows;
	int			n = 0;

	for (int a = 0; a < through->nattributes; a++)
	{
		if (shared[a])
			columns[n++] = &through->attributes[a];
	}
	rows = link_sql_payload(call, false, n, columns);
	for (uint64 i = 0; i < rows; i++)
	{
		LinkItem   *item = emptied_item(call, i, n, columns);

		if (item != NULL)
			emptied = lappend(emptied, item);
	}
	SPI_freetuptable(SPI_tuptable);
	foreach_ptr(List, group, link_group_by_columns(call, emptied, false))
	{
		(void) link_sql_update(call, group, false);
		SPI_freetuptable(SPI_tuptable);
	}
}

/* the link with NULL in columns that get another value; NULL: none does */
static LinkItem *
emptied_item(LinkCall *call, uint64 row, int n, Attribute **columns)
{
	const Model *through = call->ends->through;
	LinkItem   *item = link_find_item(call, link_tuple_values(row, 1, call->nkey, call->key));
	LinkPayload *own = link_row_payload(through, row, call->nkey + 1, n, columns);
	LinkItem   *result = palloc_object(LinkItem);
	bool		any = false;

	if (item == NULL || item->payload == NULL)
		return NULL;
	for (int a = 0; a < through->nattributes; a++)
	{
		const LinkPayload *payload = item->payload;

		own->given[a] &= payload->given[a] && !own->nulls[a] && link_operation(payload, a) == OPERATION_NONE &&
			!link_same_value(&through->attributes[a], own->values[a], false, payload->values[a], payload->nulls[a]);
		own->nulls[a] = true;
		own->values[a] = (Datum) 0;
		any |= own->given[a];
	}
	*result = *item;
	result->payload = own;
	return any ? result : NULL;
}
