/*-------------------------------------------------------------------------
 *
 * link_position.c
 *	  Links in an order of their own: the option "position", and assoc.reorder.
 *
 * Decides which position a link gets.  A set writes 1, 2, 3, ... in the order of its ids; what an
 * add, a toggle or a move brings comes behind the last one; what goes leaves a gap, which the next set or
 * reorder closes.  Only positions that change are written.  Whoever gives one has all links of the
 * source locked (link_lock.c), so no two give the same.
 *
 * Over a join table the position is part of the payload with which a link is written anyway.
 * Children are written as others are, and then given their positions by one UPDATE.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/arguments.h"
#include "base/compat.h"
#include "base/document.h"
#include "catalog/pg_type.h"
#include "common/string.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "link/link_sql.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

/* a link as it stands */
typedef struct Placed
{
	Datum	   *key;
	bool		placed;
	int64		position;
	bool		moves;
} Placed;

/* the links of a source, in order */
typedef struct PlacedLinks
{
	int			n;
	Placed	   *links;
	KeyTable	numbers;
} PlacedLinks;

/* where assoc.reorder puts the links */
typedef struct Place
{
	enum
	{
		PLACE_TO,				/* this position, from the end where negative */
		PLACE_BY,				/* so many places on */
		PLACE_BEFORE,			/* a link */
		PLACE_AFTER
	}			how;
	int			number;
	LinkCall   *other;			/* with the link as its item */
} Place;

PG_FUNCTION_INFO_V1(assoc_reorder);
PG_FUNCTION_INFO_V1(assoc_link_reorder);

static int	compare_given(const void *a, const void *b);
static bool same_source(LinkCall *call, const LinkItem *a, const LinkItem *b);
static void give_position(LinkCall *call, LinkItem *item, int64 position);
static void place(LinkCall *call, List *keys, int64 first);
static StatementColumn *positions_of_keys(LinkCall *call, List *keys, int64 first);
static void write_statement(SqlText *s, LinkCall *call, int n, StatementColumn *columns);
static void take_positions(LinkCall *call, List *keys);
static char *position_behind(SqlText *s, LinkCall *call, List *keys);
static void and_not_among(SqlText *s, LinkCall *call, const char *prefix, List *keys);
static char *siblings(SqlText *s, LinkCall *call, const char *prefix, bool live);
static Attribute **holder_key(LinkCall *call);
static void report_placed(LinkCall *call, KeyTable *placed);
static Datum run_reorder(FunctionCallInfo fcinfo, bool generic);
static void reorder(LinkCall *call, const Place *where);
static void need_position(LinkCall *call);
static Place read_place(LinkCall *call, const JsonbValue *given);
static int	place_number(const JsonbValue *value, const DocPath *path);
static PlacedLinks read_placed(LinkCall *call);
static int	compare_placed(const void *a, const void *b, void *arg);
static int	index_among_others(LinkCall *call, const Place *where, PlacedLinks *links);
static void need_placed(LinkCall *call, PlacedLinks *links);
static Placed *find_placed(PlacedLinks *links, const Datum *key);

/* ---- join table: as payload ---- */

/* before a set writes its items */
void
link_position_set(LinkCall *call)
{
	LinkItem  **items;
	int64		position = 0;

	if (call->position == NULL || call->assoc->through == NULL)
		return;
	call->placed = true;
	items = link_items_as_given(call);
	for (int i = 0; i < call->nitems; i++)
	{
		position = i > 0 && same_source(call, items[i - 1], items[i]) ? position + 1 : 1;
		give_position(call, items[i], position);
	}
}

/* items that are not linked yet, before they are: behind the last link */
void
link_position_append(LinkCall *call)
{
	LinkItem  **items;
	int64		last;

	if (call->position == NULL || call->placed)
		return;
	last = link_position_last(call);
	items = link_items_as_given(call);
	for (int i = 0; i < call->nitems; i++)
	{
		if (items[i]->state == LINK_ABSENT || items[i]->state == LINK_HIDDEN)
			give_position(call, items[i], ++last);
	}
}

LinkItem **
link_items_as_given(LinkCall *call)
{
	LinkItem  **items = palloc_array(LinkItem *, call->nitems + 1);

	for (int i = 0; i < call->nitems; i++)
		items[i] = &call->items[i];
	qsort(items, call->nitems, sizeof(LinkItem *), compare_given);
	return items;
}

static int
compare_given(const void *a, const void *b)
{
	return (*(LinkItem *const *) a)->given - (*(LinkItem *const *) b)->given;
}

/* of several sources the key begins with the source's */
static bool
same_source(LinkCall *call, const LinkItem *a, const LinkItem *b)
{
	return call->sources == NULL ||
		key_columns_compare(call->nsource, call->key_columns, a->key, b->key) == 0;
}

static void
give_position(LinkCall *call, LinkItem *item, int64 position)
{
	const Model *through = call->assoc->through;
	int			number = call->position - through->attributes;
	LinkPayload *own = palloc0_object(LinkPayload);

	own->path = item->payload ? item->payload->path : doc_path_key(NULL, "through");
	own->given = palloc0_array(bool, through->nattributes);
	own->values = palloc0_array(Datum, through->nattributes);
	own->nulls = palloc0_array(bool, through->nattributes);
	own->given[number] = true;
	own->values[number] = link_position_value(call->position, position);
	item->payload = link_payload_overlay(through, item->payload, own);
}

Datum
link_position_value(const Attribute *attribute, int64 position)
{
	switch (getBaseType(attribute->type))
	{
		case INT2OID:
			return DirectFunctionCall1(int82, Int64GetDatum(position));
		case INT4OID:
			return DirectFunctionCall1(int84, Int64GetDatum(position));
		default:
			return Int64GetDatum(position);
	}
}

/* ---- statements ---- */

int64
link_position_last(LinkCall *call)
{
	SqlText		s;
	int64		last = 0;
	bool		isnull;

	if (call->position == NULL)
		return 0;
	statement_init(&s);
	sql_append(&s, "SELECT CAST(pg_catalog.max(%s) AS pg_catalog.int8) FROM %s AS t WHERE %s",
			   sql_column("t", call->position), link_holder(call)->quoted_table, siblings(&s, call, "t", false));
	if (statement_run(&s, STATEMENT_WRITE, SPI_OK_SELECT) == 1)
	{
		Datum		value = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull);

		last = isnull ? 0 : DatumGetInt64(value);
	}
	SPI_freetuptable(SPI_tuptable);
	return last;
}

/* links with these keys get the positions that follow "first", and those that had another are "updated" */
static void
place(LinkCall *call, List *keys, int64 first)
{
	KeyTable	placed;
	uint64		rows;
	bool		found;
	SqlText		s;

	if (keys == NIL)
		return;
	write_statement(&s, call, list_length(keys), positions_of_keys(call, keys, first));
	rows = statement_run(&s, STATEMENT_WRITE, SPI_OK_UPDATE_RETURNING);
	key_table_init(&placed, call->nkey, call->key_columns, CurrentMemoryContext);
	for (uint64 i = 0; i < rows; i++)
		(void) key_table_add(&placed, link_tuple_values(i, 1, call->nkey, call->key), &found);
	SPI_freetuptable(SPI_tuptable);
	report_placed(call, &placed);
}

/* the key and, last, the position of each link */
static StatementColumn *
positions_of_keys(LinkCall *call, List *keys, int64 first)
{
	StatementColumn *columns = palloc_array(StatementColumn, call->nkey + 1);
	ListCell   *lc;

	for (int c = 0; c <= call->nkey; c++)
	{
		columns[c] = statement_column((c < call->nkey ? call->key[c] : call->position)->type,
									  list_length(keys));
		foreach(lc, keys)
			columns[c].values[foreach_current_index(lc)] = c < call->nkey ? ((Datum *) lfirst(lc))[c] :
				link_position_value(call->position, first + foreach_current_index(lc));
	}
	return columns;
}

/* UPDATE ... RETURNING the keys of links whose position was another */
static void
write_statement(SqlText *s, LinkCall *call, int n, StatementColumn *columns)
{
	statement_update(s, link_holder(call)->relid, link_holder(call)->quoted_table);
	statement_set(s, call->position, psprintf("k.c%d", call->nkey + 1));
	statement_touch(s, link_holder(call), NULL);
	statement_from(s, statement_rows(s, n, call->nkey + 1, columns));
	statement_where(s, siblings(s, call, "t", true));
	sql_append(s, " AND %s AND (%s %s %s) IS NOT TRUE",
			   statement_equal_row(call->nkey, holder_key(call), call->key, 1), sql_column("t", call->position),
			   sql_operator(call->position->type, BTEqualStrategyNumber, NULL),
			   psprintf("k.c%d", call->nkey + 1));
	statement_returning(s, statement_row_columns(call->nkey));
}

/* links that do not show, since one of their ends is deleted, come back behind all others, which are these */
static void
take_positions(LinkCall *call, List *keys)
{
	SqlText		s;

	if (call->assoc->through == NULL || !link_has_live_condition(call))
		return;
	statement_update(&s, link_holder(call)->relid, link_holder(call)->quoted_table);
	statement_set(&s, call->position, call->position->not_null ? position_behind(&s, call, keys) : "NULL");
	statement_touch(&s, link_holder(call), NULL);
	statement_where(&s, siblings(&s, call, "t", false));
	and_not_among(&s, call, "t", keys);
	if (call->position->not_null)
		sql_append(&s, " AND %s OPERATOR(pg_catalog.<=) %d", sql_column("t", call->position), list_length(keys));
	else
		sql_append(&s, " AND %s IS NOT NULL", sql_column("t", call->position));
	statement_returning(&s, "1");
	(void) statement_run(&s, STATEMENT_WRITE, SPI_OK_UPDATE_RETURNING);
	SPI_freetuptable(SPI_tuptable);
}

/* behind the last link, in the order in which they stand */
static char *
position_behind(SqlText *s, LinkCall *call, List *keys)
{
	int64		last = link_position_last(call);
	StringInfoData outer = sql_begin_part(s);

	sql_append(s, "CAST(%s OPERATOR(pg_catalog.+) (SELECT pg_catalog.count(*) FROM %s AS h WHERE ",
			   sql_argument(s, INT8OID, Int64GetDatum(last), false), link_holder(call)->quoted_table);
	sql_append(s, "%s", siblings(s, call, "h", false));
	and_not_among(s, call, "h", keys);
	sql_append(s, " AND %s OPERATOR(pg_catalog.<=) %s) AS %s)", sql_column("h", call->position),
			   sql_column("t", call->position), sql_type(call->position->type, -1));
	return sql_end_part(s, outer);
}

static void
and_not_among(SqlText *s, LinkCall *call, const char *prefix, List *keys)
{
	Datum	  **array = palloc_array(Datum *, list_length(keys) + 1);
	ListCell   *lc;

	foreach(lc, keys)
		array[foreach_current_index(lc)] = lfirst(lc);
	if (keys != NIL)
		sql_append(s, " AND NOT (%s)",
				   link_sql_keys(s, prefix, call->nkey, holder_key(call), call->key, list_length(keys), array));
}

/* rows that are links of the source */
static char *
siblings(SqlText *s, LinkCall *call, const char *prefix, bool live)
{
	const ResolvedAssociation *assoc = call->assoc;
	const Attribute *deleted_at = assoc->through ? call->deleted_at : assoc->target->deleted_at;
	LinkScope  *scope = assoc->through ? call->scope : call->target_scope;
	int			nscope = assoc->through ? call->nscope : call->ntarget_scope;
	StringInfoData outer = sql_begin_part(s);

	sql_append(s, "%s", link_sql_source(s, call, prefix));
	link_sql_and_scope(s, prefix, nscope, scope);
	if (live && deleted_at != NULL)
		sql_append(s, " AND %s IS NULL", sql_column(prefix, deleted_at));
	return sql_end_part(s, outer);
}

static Attribute **
holder_key(LinkCall *call)
{
	return call->assoc->through ? call->assoc->target_ref : call->key;
}

static void
report_placed(LinkCall *call, KeyTable *placed)
{
	List	   *unchanged = NIL;
	ListCell   *lc;

	foreach(lc, call->diff[LINK_UNCHANGED])
	{
		LinkRow    *row = lfirst(lc);

		if (key_table_find(placed, row->key) >= 0)
			call->diff[LINK_UPDATED] = lappend(call->diff[LINK_UPDATED], row);
		else
			unchanged = lappend(unchanged, row);
	}
	call->diff[LINK_UNCHANGED] = unchanged;
}

/* ---- children, and links that have moved ---- */

void
link_position_settle(LinkCall *call)
{
	LinkItem  **items;
	List	   *keys = NIL;

	if (call->position == NULL)
		return;
	items = link_items_as_given(call);
	for (int i = 0; i < call->nitems; i++)
		keys = lappend(keys, items[i]->key);
	if (call->assoc->through == NULL)
		place(call, keys, 1);
	take_positions(call, keys);
}

void
link_position_added(LinkCall *call, int64 last)
{
	LinkItem  **items;
	KeyTable	added;
	List	   *keys = NIL;
	bool		found;
	ListCell   *lc;

	if (call->position == NULL || call->diff[LINK_ADDED] == NIL)
		return;
	key_table_init(&added, call->nkey, call->key_columns, CurrentMemoryContext);
	foreach(lc, call->diff[LINK_ADDED])
		(void) key_table_add(&added, ((LinkRow *) lfirst(lc))->key, &found);
	items = link_items_as_given(call);
	for (int i = 0; i < call->nitems; i++)
	{
		if (key_table_find(&added, items[i]->key) >= 0)
			keys = lappend(keys, items[i]->key);
	}
	place(call, keys, last + 1);
}

/* ---- reorder ---- */

/* model, pk, alias, ids, place */
Datum
assoc_reorder(PG_FUNCTION_ARGS)
{
	return run_reorder(fcinfo, true);
}

/* source, alias, id, ids, place */
Datum
assoc_link_reorder(PG_FUNCTION_ARGS)
{
	return run_reorder(fcinfo, false);
}

static Datum
run_reorder(FunctionCallInfo fcinfo, bool generic)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext cxt = AllocSetContextCreate(caller, "pg_associations link",
											  ALLOCSET_DEFAULT_SIZES);
	LinkCall   *call;
	JsonbValue	given;
	Place		where;
	Datum		result;

	MemoryContextSwitchTo(cxt);
	registry_pin();
	call = link_call_from_arguments(fcinfo, generic, -1, LINK_MEANS, false, RowExclusiveLock);
	link_need_known(call);
	need_position(call);
	argument_require(fcinfo, 4, "place");
	doc_root_value(PG_GETARG_JSONB_P(4), &given);
	where = read_place(call, &given);
	SPI_connect();
	MemoryContextSwitchTo(cxt);
	link_lock(call, LINK_LOCK_SET);
	reorder(call, &where);
	link_name_diffs(1, &call);
	SPI_finish();
	MemoryContextSwitchTo(caller);
	result = link_diff_document(call);
	MemoryContextDelete(cxt);
	PG_RETURN_DATUM(result);
}

/* the items leave their places, and stand side by side, in the order given, where they are put */
static void
reorder(LinkCall *call, const Place *where)
{
	PlacedLinks links = read_placed(call);
	LinkItem  **items = link_items_as_given(call);
	List	   *keys = NIL;
	int			index;
	int			others = 0;

	need_placed(call, &links);
	if (where->other != NULL)
		need_placed(where->other, &links);
	for (int i = 0; i < call->nitems; i++)
		find_placed(&links, items[i]->key)->moves = true;
	index = index_among_others(call, where, &links);
	for (int i = 0; i <= links.n; i++)
	{
		if (i < links.n && links.links[i].moves)
			continue;
		for (int k = 0; others == index && k < call->nitems; k++)
			keys = lappend(keys, items[k]->key);
		others++;
		if (i < links.n)
			keys = lappend(keys, links.links[i].key);
	}
	for (int i = 0; i < links.n; i++)
		link_record(call, LINK_UNCHANGED, links.links[i].key, NULL);
	place(call, keys, 1);
	take_positions(call, keys);
}

static void
need_position(LinkCall *call)
{
	if (call->position == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" has no order of its own", call->assoc->association->alias),
				 errhint("Declare it with the option \"position\": the attribute that keeps it.")));
}

/* {"to": 1}, {"by": -1}, {"before": 5} or {"after": 5} */
static Place
read_place(LinkCall *call, const JsonbValue *given)
{
	static const char *const known[] = {"to", "by", "before", "after", NULL};
	const DocPath *path = doc_path_key(NULL, "place");
	List	   *pairs;
	DocPair    *pair;
	Place		where = {0};

	doc_need_object(given, path);
	pairs = doc_object_pairs(given);
	if (list_length(pairs) != 1)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path,
					   "Give one of \"to\", \"by\", \"before\" and \"after\".",
					   "a place has one key");
	pair = linitial(pairs);
	path = doc_path_key(path, pair->key);
	if (strcmp(pair->key, "to") == 0 || strcmp(pair->key, "by") == 0)
	{
		where.how = pair->key[0] == 't' ? PLACE_TO : PLACE_BY;
		where.number = place_number(&pair->value, path);
		if (where.how == PLACE_TO && where.number == 0)
			error_document(ERRCODE_INVALID_PARAMETER_VALUE, path,
						   "The first one is 1, the last one -1.", "there is no position 0");
		return where;
	}
	if (strcmp(pair->key, "before") != 0 && strcmp(pair->key, "after") != 0)
		doc_unknown_key(path, known, "key");
	where.how = pair->key[0] == 'b' ? PLACE_BEFORE : PLACE_AFTER;
	where.other = palloc_object(LinkCall);
	*where.other = *call;
	where.other->items = NULL;
	where.other->nitems = 0;
	link_read_document(where.other, &pair->value, path, NULL);
	link_need_known(where.other);
	if (where.other->nitems != 1)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, NULL, "this names one link, not %d",
					   where.other->nitems);
	return where;
}

static int
place_number(const JsonbValue *value, const DocPath *path)
{
	char	   *text = doc_text(value);
	char	   *end;
	int			number;

	errno = 0;
	number = strtoint(text, &end, 10);
	if (value->type != jbvNumeric || *end != '\0' || errno != 0)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, NULL,
					   "expected a whole number, not %s", text);
	return number;
}

/* the links that there are; those without a position at the end */
static PlacedLinks
read_placed(LinkCall *call)
{
	PlacedLinks links;
	SqlText		s;
	bool		found;

	if (call->assoc->through)
		links.n = link_sql_payload(call, true, 1, &call->position);
	else
	{
		statement_init(&s);
		sql_append(&s, "SELECT %s, %s FROM %s AS t WHERE %s", sql_columns("t", call->nkey, call->key),
				   sql_column("t", call->position), link_holder(call)->quoted_table, siblings(&s, call, "t", true));
		links.n = statement_run(&s, STATEMENT_WRITE, SPI_OK_SELECT);
	}
	links.links = palloc_array(Placed, links.n + 1);
	for (int i = 0; i < links.n; i++)
	{
		Placed	   *link = &links.links[i];
		char	   *text = SPI_getvalue(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, call->nkey + 1);

		link->key = link_tuple_values(i, 1, call->nkey, call->key);
		link->placed = text != NULL;
		link->position = text ? DatumGetInt64(DirectFunctionCall1(int8in, CStringGetDatum(text))) : 0;
		link->moves = false;
	}
	SPI_freetuptable(SPI_tuptable);
	qsort_arg(links.links, links.n, sizeof(Placed), compare_placed, call);
	key_table_init(&links.numbers, call->nkey, call->key_columns, CurrentMemoryContext);
	for (int i = 0; i < links.n; i++)
		(void) key_table_add(&links.numbers, links.links[i].key, &found);
	return links;
}

/* as a load orders them */
static int
compare_placed(const void *a, const void *b, void *arg)
{
	LinkCall   *call = arg;
	const Placed *x = a;
	const Placed *y = b;

	if (x->placed != y->placed)
		return x->placed ? -1 : 1;
	if (x->position != y->position)
		return x->position < y->position ? -1 : 1;
	return key_columns_compare(call->nkey, call->key_columns, x->key, y->key);
}

/* before which of the links that stay, counted from 0 */
static int
index_among_others(LinkCall *call, const Place *where, PlacedLinks *links)
{
	int			others = links->n - call->nitems;
	int64		before = 0;
	const Placed *anchor;

	if (where->how == PLACE_TO)
		return where->number > 0 ? Min(where->number - 1, others) :
			Max((int64) others + where->number + 1, 0);
	if (call->nitems == 0)
		return 0;
	anchor = find_placed(links, where->how == PLACE_BY ? link_items_as_given(call)[0]->key :
						 where->other->items[0].key);
	for (const Placed *link = links->links; link < anchor; link++)
		before += !link->moves;
	if (where->how == PLACE_BY)
		return Max(0, Min(before + where->number, others));
	return before + (where->how == PLACE_AFTER && !anchor->moves);
}

static void
need_placed(LinkCall *call, PlacedLinks *links)
{
	List	   *missing = NIL;

	for (int i = 0; i < call->nitems; i++)
	{
		if (find_placed(links, call->items[i].key) == NULL)
			missing = lappend(missing, &call->items[i]);
	}
	if (missing != NIL)
		link_raise_not_linked(call, missing);
}

/* NULL: there is no such link */
static Placed *
find_placed(PlacedLinks *links, const Datum *key)
{
	int			number = key_table_find(&links->numbers, key);

	return number < 0 ? NULL : &links->links[number];
}
