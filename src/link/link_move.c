/*-------------------------------------------------------------------------
 *
 * link_move.c
 *	  assoc.move: links, or children, from one source to another.
 *
 * Decides what becomes of a link: its row changes its source and is the same row, with what
 * it carries and what points at it.  Where the destination has the link already, that link
 * stays, takes from the moved one what it has not got itself (columns that are null), and
 * the moved one is taken away; where it has it soft-deleted, it comes back with all that the
 * moved one carries.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/arguments.h"
#include "base/attempt.h"
#include "base/compat.h"
#include "base/document.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "link/link.h"
#include "miscadmin.h"
#include "registry/citus.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

/* a call over a join table */
typedef struct Move
{
	LinkCall   *from;
	LinkCall   *to;
	LinkCall   *there;			/* the other way in which the destination has these links, where they are
								 * symmetric: they are written anew; NULL: as "to" */
	List	   *links;			/* of LinkRow *: those that were found */
	int			nwritten;		/* of them */
} Move;

PG_FUNCTION_INFO_V1(assoc_move);

static LinkCall *destination_call(FunctionCallInfo fcinfo, LinkCall *from);
static void lock_both(LinkCall *from, LinkCall *to);
static void need_all_linked(LinkCall *from, LinkCall *to);
static void need_both_linked(LinkCall *from, LinkCall *to);
static void move_both_ways(LinkCall *from, LinkCall *to);
static LinkCall *seen_from(LinkCall *call, int end);
static List *items_of(const LinkCall *call, const LinkCall *other);
static void move_links(LinkCall *from, LinkCall *to, LinkCall *there);
static void add_items(LinkCall *call, LinkCall *other);
static void hold_sources(LinkCall *from, LinkCall *to);
static void find_links(Move *move);
static void need_linked(LinkCall *from);
static void relink(void *arg);
static Datum **keys_by_place(Move *move, bool free, int *n);
static void hand_over(Move *move);
static void record_removed(Move *move);
static void read_left(LinkCall *from, KeyTable *left);
static int	payload_columns(LinkCall *call, Attribute **columns);
static void keep_own_payload(LinkCall *to, int n, Attribute **columns);
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
	registry_pin();
	from = link_call_of_row(fcinfo, true, LINK_MEANS, RowExclusiveLock);
	to = from->destination = destination_call(fcinfo, from);
	argument_require(fcinfo, 3, "ids");
	link_read_ids(from, PG_GETARG_DATUM(3), get_fn_expr_argtype(fcinfo->flinfo, 3), NULL);
	link_need_known(from);
	SPI_connect();
	MemoryContextSwitchTo(cxt);
	if (from->nitems > 0)
	{
		int64		last;

		add_items(to, from);
		lock_both(from, to);
		last = link_position_last(to);
		if (link_compare_keys(from->nsource, from->source_key, from->source, to->source) == 0)
			need_all_linked(from, to);
		else if (from->mirror)
			move_both_ways(from, to);
		else if (from->assoc->through)
			move_links(from, to, NULL);
		else
			move_children(from, to);
		link_position_added(to, last);
	}
	link_name_diffs(1, &to);
	SPI_finish();
	MemoryContextSwitchTo(caller);
	result = link_diff_document(to);
	MemoryContextDelete(cxt);
	PG_RETURN_DATUM(result);
}

static LinkCall *
destination_call(FunctionCallInfo fcinfo, LinkCall *from)
{
	LinkCall   *to = link_call_make(registry_resolve_association(from->assoc->association));

	argument_require(fcinfo, 4, "to_pk");
	link_source_argument(to, fcinfo, 4);
	return to;
}

static void
lock_both(LinkCall *from, LinkCall *to)
{
	LinkCall   *calls[2] = {from, to};

	from->locking = to->locking = from->assoc->to_one ? LINK_LOCK_SET : LINK_LOCK_TOGGLE;
	(void) link_lock_all(lengthof(calls), calls);
}

/* what is moved to where it is stays, but it must be there */
static void
need_all_linked(LinkCall *from, LinkCall *to)
{
	Move		move = {.from = from, .to = to};

	if (from->assoc->through == NULL)
	{
		link_direct_need_linked(from);
		return;
	}
	if (from->mirror != NULL)
	{
		need_both_linked(from, to);
		return;
	}
	find_links(&move);
	need_linked(from);
}

static void
need_both_linked(LinkCall *from, LinkCall *to)
{
	LinkCall	parts[2];

	link_divide(from, link_all_items(from), STATEMENT_WRITE, parts);
	for (int end = 0; end < (int) lengthof(parts); end++)
	{
		LinkCall	other = link_part(seen_from(to, end), items_of(to, &parts[end]));

		if (parts[end].nitems > 0)
			need_all_linked(&parts[end], &other);
	}
}

/* ---- belongs_to_many ---- */

/*
 * Each link stays the row that it is, and keeps its order, unless the destination has the link the other
 * way: then that one stays.
 */
static void
move_both_ways(LinkCall *from, LinkCall *to)
{
	LinkCall	links[2];

	link_divide(from, link_all_items(from), STATEMENT_WRITE, links);
	for (int end = 0; end < (int) lengthof(links); end++)
	{
		LinkCall   *view = seen_from(to, end);
		LinkCall	parts[2];

		link_divide(view, items_of(to, &links[end]), STATEMENT_WRITE, parts);
		for (int i = 0; i < (int) lengthof(parts); i++)
		{
			LinkCall	some = link_part(&links[end], items_of(&links[end], &parts[i]));
			LinkCall	same_way = link_part(view, link_all_items(&parts[i]));

			if (some.nitems == 0)
				continue;
			move_links(&some, &same_way, i == 0 ? NULL : &parts[i]);
			link_take_diff(to, &same_way, false);
		}
	}
}

/* a call over links that are seen from both ends, which has the other end as its mirror */
static LinkCall *
seen_from(LinkCall *call, int end)
{
	LinkCall   *other;

	if (end == 0)
		return call;
	other = link_mirror(call);
	other->mirror = call;
	return other;
}

/* the items of a call that another one has, too */
static List *
items_of(const LinkCall *call, const LinkCall *other)
{
	List	   *items = NIL;

	for (int i = 0; i < other->nitems; i++)
		items = lappend(items, link_find_item(unconstify(LinkCall *, call), other->items[i].key));
	return items;
}

/*
 * Links whose place at the destination is free are updated; the others give what they carry
 * to the link there and are taken away.  Who makes a link there meanwhile is met as a
 * duplicate, and then there is one.
 */
static void
move_links(LinkCall *from, LinkCall *to, LinkCall *there)
{
	Move		move = {.from = from, .to = to, .there = there};

	link_check_shared_columns(to);
	link_check_moved(to, link_all_items(to));
	hold_sources(from, to);
	for (int conflicts = 0;; conflicts++)
	{
		CHECK_FOR_INTERRUPTS();
		find_links(&move);
		need_linked(from);
		if (conflicts == LINK_MAX_CONFLICTS)
		{
			relink(&move);
			break;
		}
		if (attempt(relink, &move, ERRCODE_UNIQUE_VIOLATION))
			break;
		link_check_outside(to, link_all_items(to));
	}
	hand_over(&move);
	record_removed(&move);
}

/* the items of another call, without payload */
static void
add_items(LinkCall *call, LinkCall *other)
{
	for (int i = 0; i < other->nitems; i++)
	{
		link_append_item(call, other->items[i].key, NULL, other->items[i].path);
		call->items[i].given = other->items[i].given;
	}
	link_sort_items(call);
}

/* a transaction that deletes one of the sources deletes its links then, in another order */
static void
hold_sources(LinkCall *from, LinkCall *to)
{
	LinkReference source = link_source_pointer(from);
	Datum	   *sources[2] = {from->source, to->source};

	link_hold_pointers(&source, lengthof(sources), sources);
}

/* lock what both have of the items, and note it */
static void
find_links(Move *move)
{
	LinkCall   *from = move->from;
	LinkCall   *to = move->to;
	uint64		rows;

	link_check_snapshot(from, link_sql_read_given);
	link_check_snapshot(to, link_sql_read_given);
	rows = link_sql_hold(from, to->source);
	move->links = NIL;
	for (int i = 0; i < from->nitems; i++)
		from->items[i].state = to->items[i].state = LINK_ABSENT;
	for (uint64 i = 0; i < rows; i++)
	{
		Datum	   *key = link_tuple_values(i, 1, from->nkey, from->key);
		bool		live = statement_is_true(i, from->nkey + 1);
		LinkCall   *call = statement_is_true(i, from->nkey + 2) ? from : to;
		LinkItem   *item = link_find_item(call, key);

		if (item == NULL)
			continue;
		item->state = live ? LINK_LIVE : LINK_HIDDEN;
		if (call == from && live)
			move->links = lappend(move->links, link_row(key, link_of_row(from, i, from->nkey + 3)));
	}
	SPI_freetuptable(SPI_tuptable);
}

static void
need_linked(LinkCall *from)
{
	List	   *missing = from->filtered ? link_unmatched(from, STATEMENT_WRITE) : NIL;

	for (int i = 0; !from->filtered && i < from->nitems; i++)
	{
		LinkItem   *item = &from->items[i];

		if (link_find_item(from, item->key)->state != LINK_LIVE)
			missing = lappend(missing, item);
	}
	if (missing != NIL)
		link_raise_not_linked(from, missing);
}

static void
relink(void *arg)
{
	Move	   *move = arg;
	LinkCall   *from = move->from;
	LinkCall   *to = move->to;
	int			n;
	Datum	  **keys = keys_by_place(move, true, &n);
	uint64		rows;

	if (n == 0)
		return;
	rows = link_sql_relink(from, to, n, keys);
	for (uint64 i = 0; i < rows; i++)
		link_record(to, LINK_ADDED, link_tuple_values(i, 1, to->nkey, to->key),
					link_of_row(to, i, to->nkey + 1));
	move->nwritten = rows;
	SPI_freetuptable(SPI_tuptable);
}

/*
 * Keys of the items whose place at the destination is free, or those of the others.  Where Citus spreads
 * links by their source, no row moves to another node: there all are written anew.
 */
static Datum **
keys_by_place(Move *move, bool free, int *n)
{
	LinkCall   *to = move->to;
	Datum	  **keys = palloc_array(Datum *, to->nitems);
	const ResolvedAssociation *assoc = to->assoc;
	bool		movable = move->there == NULL &&
		!model_attnum_among(citus_key(assoc->through->relid), assoc->nsource, assoc->source_ref);

	*n = 0;
	for (int i = 0; i < to->nitems; i++)
	{
		if (link_find_item(to, to->items[i].key) == &to->items[i] &&
			(movable && (to->multiple || to->items[i].state == LINK_ABSENT)) == free)
			keys[(*n)++] = to->items[i].key;
	}
	return keys;
}

/* what the moved links carry goes to those that the destination has */
static void
hand_over(Move *move)
{
	LinkCall   *from = move->from;
	LinkCall	rest = move->there ? *move->there : *move->to;
	Attribute **columns = palloc_array(Attribute *, from->assoc->through->nattributes);
	int			ncolumns = payload_columns(from, columns);
	int			n;
	Datum	  **keys = keys_by_place(move, false, &n);
	uint64		rows;

	if (n == 0)
		return;
	rest.nitems = 0;
	rest.items = NULL;
	rows = link_sql_take(from, n, keys, ncolumns, columns);
	for (uint64 i = 0; i < rows; i++)
		link_append_item(&rest, link_tuple_values(i, 1, rest.nkey, rest.key),
						 link_row_payload(rest.assoc->through, i, rest.nkey + 1, ncolumns, columns),
						 NULL);
	SPI_freetuptable(SPI_tuptable);
	if (rows == 0)
		return;
	move->nwritten += rows;
	link_sort_items(&rest);
	if (!rest.multiple)
		keep_own_payload(&rest, ncolumns, columns);
	link_add(&rest);
	memcpy(move->to->diff, rest.diff, sizeof(rest.diff));
}

/* what a trigger did not let go is there still */
static void
record_removed(Move *move)
{
	LinkCall   *from = move->from;
	KeyTable	left;

	link_table_init(from, &left);
	if (move->nwritten < list_length(move->links))
		read_left(from, &left);
	foreach_ptr(LinkRow, row, move->links)
	{
		if (key_table_find(&left, row->link ? row->link : row->key) < 0)
			link_record(move->to, LINK_REMOVED, row->key, row->link);
	}
}

static void
read_left(LinkCall *from, KeyTable *left)
{
	uint64		rows = link_sql_read_given(from, STATEMENT_WRITE);

	for (uint64 i = 0; i < rows; i++)
	{
		Datum	   *link = link_of_row(from, i, from->nkey + 2);
		bool		found;

		if (statement_is_true(i, from->nkey + 1))
			(void) key_table_add(left, link ? link :
								 link_tuple_values(i, 1, from->nkey, from->key), &found);
	}
	SPI_freetuptable(SPI_tuptable);
}

/* what a link carries: not its keys, and not what is the row's own */
static int
payload_columns(LinkCall *call, Attribute **columns)
{
	const Model *through = call->assoc->through;
	int			n = 0;

	for (int a = 0; a < through->nattributes; a++)
	{
		Attribute  *column = &through->attributes[a];

		if (!link_is_key_column(call, column->attnum) &&
			!model_attnum_among(column->attnum, through->nkey, through->key) && column->generated == '\0' &&
			column->identity == '\0' &&
			column != through->updated_at && column != through->deleted_at)
			columns[n++] = column;
	}
	return n;
}

/* of a link that the destination has, what it has not got itself is given */
static void
keep_own_payload(LinkCall *to, int n, Attribute **columns)
{
	const Model *through = to->assoc->through;
	uint64		rows = link_sql_payload(to, false, n, columns);

	for (uint64 i = 0; i < rows; i++)
	{
		LinkItem   *item = link_find_item(to, link_tuple_values(i, 1, to->nkey, to->key));
		LinkPayload *own = link_row_payload(through, i, to->nkey + 1, n, columns);

		for (int a = 0; item != NULL && a < through->nattributes; a++)
			item->payload->given[a] &= own->nulls[a] && !item->payload->nulls[a];
		if (item != NULL && !any_given(item->payload, through))
			item->payload = NULL;
	}
	SPI_freetuptable(SPI_tuptable);
}

LinkPayload *
link_row_payload(const Model *through, uint64 row, int first_column, int n, Attribute **columns)
{
	LinkPayload *payload = palloc0_object(LinkPayload);

	payload->path = doc_path_key(NULL, "through");
	payload->given = palloc0_array(bool, through->nattributes);
	payload->values = palloc0_array(Datum, through->nattributes);
	payload->nulls = palloc0_array(bool, through->nattributes);
	for (int c = 0; c < n; c++)
	{
		int			a = columns[c] - through->attributes;

		payload->given[a] = true;
		payload->values[a] = statement_result(row, first_column + c, &payload->nulls[a]);
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
	if (from->assoc->association->kind == BELONGS_TO)
		link_direct_move_pointer(from, to);
	else
		link_children_hand_over(from, to);
}
