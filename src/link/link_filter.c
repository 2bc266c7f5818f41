/*-------------------------------------------------------------------------
 *
 * link_filter.c
 *	  Which links of a pair an id means: {"id": 1, "through": {"role": "admin"}}.
 *
 * Decides what "through" beside an id says.  Where links are written it is their payload; where
 * they are asked for or taken away, only links with these values are meant; where their payload is
 * changed, the link's own key says which one.  A link that is not meant is treated as one that
 * is not there, in every statement of the call, so that it also holds for what others write
 * meanwhile.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "executor/spi.h"
#include "link/link.h"
#include "deparse/sql_text.h"
#include "deparse/statement.h"
#include "utils/builtins.h"
#include "utils/typcache.h"

static LinkPayload *part_of(LinkCall *call, const LinkPayload *payload, bool own_key);
static bool is_own_key(LinkCall *call, const Attribute *column);
static void check_shown(LinkCall *call, const LinkPayload *filter);
static List *filters_as_items(LinkCall *call);
static void append_group(Statement *s, LinkCall *call, List *group);
static void append_same(Statement *s, const Attribute *column, int number);

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
	const Model *through = call->ends->through;
	LinkPayload *part;
	bool		any = false;

	if (payload == NULL)
		return NULL;
	part = palloc_object(LinkPayload);
	*part = *payload;
	part->given = palloc_array(bool, through->nattributes);
	for (int a = 0; a < through->nattributes; a++)
	{
		part->given[a] = payload->given[a] && is_own_key(call, &through->attributes[a]) == own_key;
		any |= part->given[a];
	}
	return any ? part : NULL;
}

/* the keys of the pair cannot be given */
static bool
is_own_key(LinkCall *call, const Attribute *column)
{
	const Model *through = call->ends->through;

	for (int i = 0; i < through->nkey; i++)
	{
		if (through->key[i]->attnum == column->attnum)
			return true;
	}
	return false;
}

/* whether links with a value are there tells of the value, as a condition does */
static void
check_shown(LinkCall *call, const LinkPayload *filter)
{
	const Model *through = call->ends->through;
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
		bool		isnull;

		for (uint64 row = 0; row < rows && !live; row++)
			live = DatumGetBool(SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc,
											  call->nkey + 1, &isnull));
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

/* ---- SQL ---- */

void
link_sql_filter(Statement *s, LinkCall *call)
{
	ListCell   *lc;

	if (!call->filtered)
		return;
	foreach(lc, link_group_by_columns(call, filters_as_items(call), false))
	{
		appendStringInfoString(&s->sql, foreach_current_index(lc) > 0 ? " OR " : " AND (");
		append_group(s, call, lfirst(lc));
	}
	appendStringInfoChar(&s->sql, ')');
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
append_group(Statement *s, LinkCall *call, List *group)
{
	const AssociationEnds *ends = call->ends;
	const LinkPayload *filter = ((LinkItem *) linitial(group))->payload;
	int			column = ends->ntarget;

	appendStringInfoString(&s->sql, "EXISTS (SELECT FROM ");
	link_sql_rows(s, call, group);
	for (int i = 0; i < ends->ntarget; i++)
	{
		appendStringInfoString(&s->sql, i > 0 ? " AND " : " WHERE ");
		statement_equal(s, psprintf("t.%s", quote_identifier(ends->target_ref[i]->column)),
						ends->target_ref[i], psprintf("k.c%d", i + 1), ends->target_key[i]);
	}
	for (int a = 0; filter != NULL && a < ends->through->nattributes; a++)
	{
		if (filter->given[a])
			append_same(s, &ends->through->attributes[a], ++column);
	}
	appendStringInfoChar(&s->sql, ')');
}

/* by the type's equality; a type without one is compared as it is stored */
static void
append_same(Statement *s, const Attribute *column, int number)
{
	char	   *stored = psprintf("t.%s", quote_identifier(column->column));
	char	   *given = psprintf("k.c%d", number);

	if (!OidIsValid(lookup_type_cache(column->type, TYPECACHE_EQ_OPR)->eq_opr))
	{
		appendStringInfo(&s->sql, " AND pg_catalog.record_image_eq(ROW(%s), ROW(%s))",
						 stored, given);
		return;
	}
	appendStringInfo(&s->sql, " AND (%s IS NULL AND %s IS NULL OR ", stored, given);
	statement_equal(s, stored, column, given, column);
	appendStringInfoChar(&s->sql, ')');
}
