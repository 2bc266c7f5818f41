/*-------------------------------------------------------------------------
 *
 * link_filter.c
 *	  Which links of a pair an id means: {"id": 1, "through": {"role": "admin"}}.
 *
 * Decides what "through" beside an id means.  Where links are written it is their payload; where
 * they are asked for or taken away, only links with these values are meant; where their payload is
 * changed, the link's own key selects one.  A link that is not meant is treated as one that
 * is not there, in every statement of the call, so that it also holds for what others write
 * meanwhile.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "deparse/sql_text.h"
#include "deparse/statement.h"
#include "executor/spi.h"
#include "link/link.h"
#include "utils/builtins.h"
#include "utils/typcache.h"

static LinkPayload *part_of(LinkCall *call, const LinkPayload *payload, bool own_key);
static bool has_key_of_its_own(LinkCall *call);
static LinkCall own_key_call(LinkCall *call, List *items);
static void check_shown(LinkCall *call, const LinkPayload *filter);
static List *filters_as_items(LinkCall *call);
static void append_group(SqlText *s, LinkCall *call, List *group);
static void append_same(SqlText *s, const Attribute *column, int number);

/* ---- what is given ---- */

void
link_filter_item(LinkCall *call, LinkItem *item, LinkPayload *own)
{
	item->filter = NULL;
	switch (call->use)
	{
		case LINK_WRITES:
			return;
		case LINK_MEANS:
			item->filter = item->payload;
			item->payload = NULL;
			break;
		case LINK_TOGGLES:
			item->filter = own;
			break;
		case LINK_CHANGES:
			item->filter = part_of(call, item->payload, true);
			item->payload = part_of(call, item->payload, false);
			break;
	}
	if (item->filter == NULL)
		return;
	if (call->use != LINK_CHANGES)
		check_shown(call, item->filter);
	call->filtered = true;
}

/* the link's own key, or the rest; NULL: nothing is given of it */
static LinkPayload *
part_of(LinkCall *call, const LinkPayload *payload, bool own_key)
{
	const Model *through = call->assoc->through;
	LinkPayload *part;
	bool		any = false;

	if (payload == NULL)
		return NULL;
	part = palloc_object(LinkPayload);
	*part = *payload;
	part->given = palloc_array(bool, through->nattributes);
	for (int a = 0; a < through->nattributes; a++)
	{
		part->given[a] = payload->given[a] && link_is_own_key(call, &through->attributes[a]) == own_key;
		any |= part->given[a];
	}
	return any ? part : NULL;
}

/* the keys of the pair cannot be given */
bool
link_is_own_key(LinkCall *call, const Attribute *column)
{
	const Model *through = call->assoc->through;

	return has_key_of_its_own(call) && model_attnum_among(column->attnum, through->nkey, through->key);
}

/* where a pair has one link, a key over one end and a position is payload */
static bool
has_key_of_its_own(LinkCall *call)
{
	const Model *through = call->assoc->through;

	for (int i = 0; i < through->nkey && !call->multiple; i++)
	{
		if (link_is_key_column(call, through->key[i]->attnum))
			return false;
	}
	return true;
}

/* a filter reveals values as a condition does, so attributes that conditions may not use are refused */
static void
check_shown(LinkCall *call, const LinkPayload *filter)
{
	const Model *through = call->assoc->through;
	SqlText		sql = {0};

	for (int a = 0; a < through->nattributes; a++)
	{
		if (filter->given[a])
			sql_use_attribute(&sql, through, &through->attributes[a],
							  doc_path_key(filter->path, through->attributes[a].name));
	}
}

bool
link_items_are_one(LinkCall *call, const LinkItem *a, const LinkItem *b)
{
	bool		filtered = a->filter != NULL || b->filter != NULL;

	switch (call->use)
	{
		case LINK_MEANS:
			return !filtered;
		case LINK_CHANGES:
			return !filtered || !call->multiple;
		case LINK_WRITES:
		case LINK_TOGGLES:
			break;
	}
	return !call->multiple;
}

List *
link_unmatched(LinkCall *call, StatementMode mode)
{
	List	   *unmatched = NIL;

	for (int i = 0; i < call->nitems; i++)
	{
		LinkCall	one = link_call_of_item(call, &call->items[i]);
		uint64		rows = link_sql_read(&one, false, mode);
		bool		live = false;

		for (uint64 row = 0; row < rows && !live; row++)
			live = statement_is_true(row, call->nkey + 1);
		SPI_freetuptable(SPI_tuptable);
		if (!live)
			unmatched = lappend(unmatched, &call->items[i]);
	}
	return unmatched;
}

LinkCall
link_call_of_item(LinkCall *call, LinkItem *item)
{
	LinkCall	one = *call;

	one.items = item;
	one.nitems = 1;
	memset(one.diff, 0, sizeof(one.diff));
	return one;
}

/* ---- the link's own key, where links are written ---- */

void
link_check_own_keys(LinkCall *call, List *items)
{
	LinkCall	own = own_key_call(call, items);
	uint64		rows = own.nitems > 0 ? link_sql_read(&own, false, STATEMENT_WRITE) : 0;
	bool	   *same = palloc0_array(bool, Max(call->nitems, 1));
	List	   *others = NIL;

	if (own.nitems == 0)
		return;
	for (uint64 i = 0; i < rows; i++)
		same[link_find_item(call, link_tuple_values(i, 1, call->nkey, call->key)) - call->items] = true;
	SPI_freetuptable(SPI_tuptable);
	for (int i = 0; i < own.nitems; i++)
	{
		LinkItem   *item = link_find_item(call, own.items[i].key);

		if (!same[item - call->items])
			others = lappend(others, item->key);
		item->whole = item->payload;
		item->payload = part_of(call, item->payload, false);
	}
	if (others != NIL)
		link_raise_other_link(call, others);
}

/* a call that asks for links by the pair and by that key */
static LinkCall
own_key_call(LinkCall *call, List *items)
{
	LinkCall	own = *call;

	own.nitems = 0;
	if (call->multiple)
		return own;
	own.items = palloc_array(LinkItem, list_length(items) + 1);
	own.filtered = true;
	foreach_ptr(LinkItem, item, items)
	{
		LinkPayload *key = part_of(call, item->payload, true);

		if (key == NULL)
			continue;
		own.items[own.nitems] = *item;
		own.items[own.nitems].payload = NULL;
		own.items[own.nitems++].filter = key;
	}
	return own;
}

/* ---- SQL ---- */

void
link_sql_filter(SqlText *s, LinkCall *call)
{
	ListCell   *lc;

	if (!call->filtered)
		return;
	foreach(lc, link_group_by_columns(call, filters_as_items(call), false))
	{
		sql_append(s, foreach_current_index(lc) > 0 ? " OR " : " AND (");
		append_group(s, call, lfirst(lc));
	}
	sql_append(s, ")");
}

/* items with the filter in place of a payload */
static List *
filters_as_items(LinkCall *call)
{
	List	   *items = NIL;

	for (int i = 0; i < call->nitems; i++)
	{
		LinkItem   *item = palloc_object(LinkItem);

		*item = call->items[i];
		item->payload = item->filter;
		items = lappend(items, item);
	}
	return items;
}

/* t is a link to one of the targets, and has what is given beside it */
static void
append_group(SqlText *s, LinkCall *call, List *group)
{
	const ResolvedAssociation *assoc = call->assoc;
	const LinkPayload *filter = ((LinkItem *) linitial(group))->payload;
	int			column = assoc->ntarget;

	sql_append(s, "EXISTS (SELECT FROM %s WHERE %s", link_sql_rows(s, call, group),
			   statement_equal_row(assoc->ntarget, assoc->target_ref, assoc->target_key, 1));
	for (int a = 0; filter != NULL && a < assoc->through->nattributes; a++)
	{
		if (filter->given[a])
			append_same(s, &assoc->through->attributes[a], ++column);
	}
	sql_append(s, ")");
}

/* by the type's equality; a type without one is compared as it is stored */
static void
append_same(SqlText *s, const Attribute *column, int number)
{
	char	   *stored = psprintf("t.%s", quote_identifier(column->column));
	char	   *given = psprintf("k.c%d", number);

	if (!OidIsValid(lookup_type_cache(column->type, TYPECACHE_EQ_OPR)->eq_opr))
	{
		sql_append(s, " AND pg_catalog.record_image_eq(ROW(%s), ROW(%s))", stored, given);
		return;
	}
	sql_append(s, " AND (%s IS NULL AND %s IS NULL OR %s)", stored, given,
			   statement_equal(stored, column, given, column));
}
