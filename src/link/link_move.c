/*-------------------------------------------------------------------------
 *
 * link_move.c
 *	  assoc.move: links, or children, from one source to another.
 *
 * Decides what becomes of a payload: it moves with its link.  Where the
 * destination has the link already, that link stays, and takes from the moved one
 * what it has not got itself (columns that are null).  Writing is left to the
 * verbs that remove and add.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/arguments.h"
#include "base/compat.h"
#include "catalog/pg_attribute.h"
#include "base/document.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "registry/keys.h"
#include "link/link.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

PG_FUNCTION_INFO_V1(assoc_move);

static LinkCall *destination_call(FunctionCallInfo fcinfo, LinkCall *from);
static void lock_both(LinkCall *from, LinkCall *to);
static int	compare_sources(LinkCall *from, LinkCall *to);
static void move_links(LinkCall *from, LinkCall *to);
static int	payload_columns(LinkCall *call, Attribute **columns);
static bool is_key_column(LinkCall *call, const Attribute *column);
static void read_payloads(LinkCall *call, LinkCall *to, int n, Attribute **columns);
static void need_linked(LinkCall *from);
static void keep_own_payload(LinkCall *to, int n, Attribute **columns);
static LinkPayload *row_payload(const Model *through, uint64 row, int first_column,
								int n, Attribute **columns);
static void move_children(LinkCall *from, LinkCall *to);
static bool any_given(const LinkPayload *payload, const Model *model);

/* model, pk, alias, ids, to_pk */
Datum
assoc_move(PG_FUNCTION_ARGS)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext cxt = AllocSetContextCreate(caller, "pg_associations link",
											  ALLOCSET_DEFAULT_SIZES);
	LinkCall   *from;
	LinkCall   *to;
	Datum		result;

	MemoryContextSwitchTo(cxt);
	registry_hold();
	from = link_call_from_arguments(fcinfo, true, -1, RowExclusiveLock);
	to = destination_call(fcinfo, from);
	SPI_connect();
	MemoryContextSwitchTo(cxt);
	if (from->nitems > 0 && compare_sources(from, to) != 0)
	{
		lock_both(from, to);
		if (from->ends->through)
			move_links(from, to);
		else
			move_children(from, to);
	}
	SPI_finish();
	MemoryContextSwitchTo(caller);
	result = link_diff_document(to);
	MemoryContextDelete(cxt);
	PG_RETURN_DATUM(result);
}

static LinkCall *
destination_call(FunctionCallInfo fcinfo, LinkCall *from)
{
	LinkCall   *to = link_call_make(from->ends);

	argument_require(fcinfo, 4, "to_pk");
	link_source_argument(to, fcinfo, 4);
	return to;
}

/* in key order, as all calls that lock several sources do */
static void
lock_both(LinkCall *from, LinkCall *to)
{
	bool		from_first = compare_sources(from, to) < 0;

	link_lock_source(from_first ? from : to, ExclusiveLock);
	link_lock_source(from_first ? to : from, ExclusiveLock);
}

static int
compare_sources(LinkCall *from, LinkCall *to)
{
	KeyColumn  *columns = link_key_columns(from->nsource, from->source_key);
	int			c = 0;

	for (int i = 0; i < from->nsource && c == 0; i++)
		c = key_column_compare(&columns[i], from->source[i], to->source[i]);
	return c;
}

/* ---- belongs_to_many ---- */

static void
move_links(LinkCall *from, LinkCall *to)
{
	Attribute **columns = palloc_array(Attribute *, from->ends->through->nattributes);
	int			n = payload_columns(from, columns);

	read_payloads(from, to, n, columns);
	need_linked(from);
	link_sort_items(to);
	if (!to->multiple)
		keep_own_payload(to, n, columns);
	link_through_remove(from);
	link_through_add(to);
	to->diff[LINK_REMOVED] = from->diff[LINK_REMOVED];
}

/* what a link carries: not its keys, and not what is the row's own */
static int
payload_columns(LinkCall *call, Attribute **columns)
{
	const Model *through = call->ends->through;
	int			n = 0;

	for (int a = 0; a < through->nattributes; a++)
	{
		Attribute  *column = &through->attributes[a];

		if (!is_key_column(call, column) && column->generated == '\0' &&
			column->identity == '\0' &&
			column != through->updated_at && column != through->deleted_at)
			columns[n++] = column;
	}
	return n;
}

static bool
is_key_column(LinkCall *call, const Attribute *column)
{
	const AssociationEnds *ends = call->ends;

	for (int i = 0; i < ends->nsource; i++)
	{
		if (ends->source_ref[i]->attnum == column->attnum)
			return true;
	}
	for (int i = 0; i < ends->ntarget; i++)
	{
		if (ends->target_ref[i]->attnum == column->attnum)
			return true;
	}
	for (int i = 0; i < ends->through->nkey; i++)
	{
		if (ends->through->key[i]->attnum == column->attnum)
			return true;
	}
	return false;
}

/* the links that there are, each an item of the destination with its payload */
static void
read_payloads(LinkCall *call, LinkCall *to, int n, Attribute **columns)
{
	uint64		rows = link_sql_payload(call, n, columns);

	for (uint64 i = 0; i < rows; i++)
	{
		Datum	   *key = link_tuple_values(i, 1, call->nkey, call->key);
		LinkItem   *item = link_find_item(call, key);

		if (item == NULL)
			continue;
		item->state = LINK_LIVE;
		link_append_item(to, key, row_payload(call->ends->through, i, call->nkey + 1,
											  n, columns));
	}
	SPI_freetuptable(SPI_tuptable);
}

static void
need_linked(LinkCall *from)
{
	List	   *missing = NIL;

	for (int i = 0; i < from->nitems; i++)
	{
		LinkItem   *item = &from->items[i];

		if (link_find_item(from, item->key)->state != LINK_LIVE)
			missing = lappend(missing, item);
	}
	if (missing != NIL)
		link_raise_not_linked(from, missing);
}

/* of a link that the destination has, what it has not got itself is given */
static void
keep_own_payload(LinkCall *to, int n, Attribute **columns)
{
	const Model *through = to->ends->through;
	uint64		rows = link_sql_payload(to, n, columns);

	for (uint64 i = 0; i < rows; i++)
	{
		LinkItem   *item = link_find_item(to, link_tuple_values(i, 1, to->nkey, to->key));
		LinkPayload *own = row_payload(through, i, to->nkey + 1, n, columns);

		for (int a = 0; item != NULL && a < through->nattributes; a++)
			item->payload->given[a] &= own->nulls[a] && !item->payload->nulls[a];
		if (item != NULL && !any_given(item->payload, through))
			item->payload = NULL;
	}
	SPI_freetuptable(SPI_tuptable);
}

static LinkPayload *
row_payload(const Model *through, uint64 row, int first_column, int n, Attribute **columns)
{
	LinkPayload *payload = palloc0_object(LinkPayload);

	payload->path = doc_path_key(NULL, "through");
	payload->given = palloc0_array(bool, through->nattributes);
	payload->values = palloc0_array(Datum, through->nattributes);
	payload->nulls = palloc0_array(bool, through->nattributes);
	for (int c = 0; c < n; c++)
	{
		int			a = columns[c] - through->attributes;
		int16		typlen;
		bool		typbyval;
		Datum		value = SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc,
										  first_column + c, &payload->nulls[a]);

		get_typlenbyval(columns[c]->type, &typlen, &typbyval);
		payload->given[a] = true;
		payload->values[a] = payload->nulls[a] ? (Datum) 0 : datumCopy(value, typbyval, typlen);
	}
	return payload;
}

static bool
any_given(const LinkPayload *payload, const Model *model)
{
	for (int a = 0; a < model->nattributes; a++)
	{
		if (payload->given[a])
			return true;
	}
	return false;
}

/* ---- has_many, has_one, belongs_to ---- */

/* adding a child takes it from where it was; a row that points must let go first */
static void
move_children(LinkCall *from, LinkCall *to)
{
	link_direct_need_linked(from);
	for (int i = 0; i < from->nitems; i++)
		link_append_item(to, from->items[i].key, NULL);
	link_sort_items(to);
	if (from->ends->association->kind == BELONGS_TO)
		link_direct_remove(from);
	link_direct_add(to);
	if (from->ends->association->kind != BELONGS_TO)
	{
		for (int i = 0; i < from->nitems; i++)
			link_record(from, LINK_REMOVED, from->items[i].key, NULL);
	}
	to->diff[LINK_REMOVED] = list_concat(to->diff[LINK_REMOVED], from->diff[LINK_REMOVED]);
}
