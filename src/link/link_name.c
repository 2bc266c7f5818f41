/*-------------------------------------------------------------------------
 *
 * link_name.c
 *	  Which rows the ids of a call name, and by which ids its diff names them.
 *
 * Decides that a row has one name: its primary key, whatever columns the association points
 * at.  An object may name a target by another unique key.  Where that is not what links
 * the rows, they are looked up: the ids of a call together, and for a diff all rows in it.
 *
 * A key that equals another one may be spelled otherwise (citext, 1.0 and 1.00): what is linked has
 * the spelling of the row itself.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/nbtree.h"
#include "base/arguments.h"
#include "base/compat.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "link/link.h"
#include "registry/keys.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

static const char *const element_members[] = {"through", NULL};

static LinkName *read_name(LinkCall *call, const JsonbValue *value, const char *const *others,
						   const DocPath *path);
static Datum *linked_key(LinkCall *call, const LinkName *name);
static void respell_items(LinkCall *call);
static Datum **respelled(const Model *model, KeyColumns columns, int n, Datum **keys);
static bool may_be_respelled(const Model *model, KeyColumns columns);
static bool is_loose(const Attribute *column);
static void look_up(LinkCall *call, List *items);
static void drop_unknown(LinkCall *call);
static List *rows_of_diffs(int n, LinkCall **calls);

/* ---- the source ---- */

void
link_source_argument(LinkCall *call, FunctionCallInfo fcinfo, int number)
{
	Datum	   *named = palloc_array(Datum, call->source_name.n);

	call->source_path = doc_path_key(NULL, argument_key_name(number));
	key_from_datum(PG_GETARG_DATUM(number), get_fn_expr_argtype(fcinfo->flinfo, number),
				   call->source_name.n, call->source_name.columns, argument_key_name(number), named);
	link_name_sources(1, &call, &named);
}

void
link_name_sources(int n, LinkCall **calls, Datum **named)
{
	LinkCall   *first = calls[0];
	KeyColumns	requested = {first->nsource, first->source_key};
	Datum	  **sources = named;
	LinkIds		unknown = link_ids(n);

	if (!key_columns_same(requested, first->source_name))
		sources = key_lookup(first->assoc->source, first->source_name, n, named, requested,
							 first->reads ? STATEMENT_READ : STATEMENT_WRITE);
	else if (!first->reads && may_be_respelled(first->assoc->source, requested))
		sources = respelled(first->assoc->source, requested, n, named);
	for (int i = 0; i < n; i++)
	{
		calls[i]->source = sources[i];
		calls[i]->source_named = named[i];
		if (sources[i] == NULL)
			link_ids_add(&unknown, named[i], calls[i]->source_path);
	}
	if (unknown.n > 0 && !first->reads)
		link_raise_unknown(first->assoc->source, first->source_name.n,
						   first->source_name.columns, &unknown, NULL);
}

/* ---- the targets ---- */

void
link_append_named(LinkCall *call, const JsonbValue *element, const DocPath *path,
				  LinkPayload *payload)
{
	LinkName   *name = read_name(call, element, element_members, path);

	link_append_item(call, linked_key(call, name), payload, path);
	call->items[call->nitems - 1].name = name;
}

void
link_append_value(LinkCall *call, Datum value, Oid type, LinkPayload *payload,
				  const DocPath *path)
{
	LinkName   *name = palloc_object(LinkName);

	name->columns = call->name;
	name->values = palloc_array(Datum, call->name.n);
	key_from_datum(value, type, call->name.n, call->name.columns, "ids", name->values);
	link_append_item(call, linked_key(call, name), payload, path);
	call->items[call->nitems - 1].name = name;
}

/* the primary key, or in an object the unique key that has its attributes */
static LinkName *
read_name(LinkCall *call, const JsonbValue *value, const char *const *others, const DocPath *path)
{
	const Model *target = call->assoc->target;
	LinkName   *name = palloc_object(LinkName);

	name->columns = call->name;
	if (!link_is_object_of_key(call, value))
	{
		name->values = palloc_array(Datum, call->name.n);
		key_from_jsonb(value, call->name.n, call->name.columns, path, name->values);
		return name;
	}
	name->columns = key_named_by(target, value, others);
	if (name->columns.n == 0)
		key_raise_not_unique(target, value, others, "", path);
	if (!key_columns_same(name->columns, call->name))
		key_check_hidden(target, name->columns, path);
	name->values = palloc_array(Datum, name->columns.n);
	key_from_jsonb_members(value, name->columns.n, name->columns.columns, path, name->values);
	return name;
}

/* one whose members name the key: a key of type jsonb may be an object itself */
bool
link_is_object_of_key(LinkCall *call, const JsonbValue *value)
{
	return doc_is_object(value) &&
		(doc_get(value, "through") != NULL || !key_takes_objects(call->name.n, call->name.columns));
}

/* NULL: it is to be looked up */
static Datum *
linked_key(LinkCall *call, const LinkName *name)
{
	return key_columns_same(name->columns, (KeyColumns) {call->nkey, call->key}) ? name->values : NULL;
}

LinkName *
link_name_among(LinkCall *call, const JsonbValue *value, const char *const *others,
				const DocPath *path)
{
	KeyColumns	named;

	if (link_is_object_of_key(call, value))
	{
		named = key_named_by(call->assoc->target, value, others);
		if (named.n > 0 && doc_get(value, named.columns[0]->name) == NULL)
			return NULL;
	}
	return read_name(call, value, others, path);
}

/* those that are named by the same columns go together */
void
link_find_named(LinkCall *call)
{
	List	   *named = NIL;

	for (int i = 0; i < call->nitems; i++)
	{
		if (call->items[i].key == NULL)
			named = lappend(named, &call->items[i]);
	}
	respell_items(call);
	if (named == NIL)
		return;
	while (named != NIL)
	{
		LinkItem   *first = linitial(named);
		List	   *alike = NIL;
		List	   *rest = NIL;

		foreach_ptr(LinkItem, item, named)
		{
			if (key_columns_same(item->name->columns, first->name->columns))
				alike = lappend(alike, item);
			else
				rest = lappend(rest, item);
		}
		look_up(call, alike);
		named = rest;
	}
	drop_unknown(call);
}

/* ids that links are written with */
static void
respell_items(LinkCall *call)
{
	KeyColumns	linked = {call->nkey, call->key};
	Datum	  **given = palloc_array(Datum *, call->nitems + 1);
	Datum	  **keys;
	int			n = 0;

	/* those of many sources together have been through this */
	if (call->reads || call->use == LINK_MEANS || call->sources != NULL ||
		!may_be_respelled(call->assoc->target, linked))
		return;
	for (int i = 0; i < call->nitems; i++)
	{
		if (call->items[i].key != NULL)
			given[n++] = call->items[i].key;
	}
	keys = respelled(call->assoc->target, linked, n, given);
	n = 0;
	for (int i = 0; i < call->nitems; i++)
	{
		if (call->items[i].key != NULL)
			call->items[i].key = keys[n++];
	}
}

/* as the rows have them; those without a row as they are */
static Datum **
respelled(const Model *model, KeyColumns columns, int n, Datum **keys)
{
	Datum	  **found = key_lookup(model, columns, n, keys, columns, STATEMENT_WRITE);

	for (int i = 0; i < n; i++)
	{
		if (found[i] == NULL)
			found[i] = keys[i];
	}
	return found;
}

static bool
may_be_respelled(const Model *model, KeyColumns columns)
{
	for (int i = 0; i < columns.n; i++)
	{
		if (is_loose(columns.columns[i]))
			return link_may_read(model, columns.n, columns.columns);
	}
	return false;
}

/* may equal values look different?  Where they may not, a btree index can keep one for all */
static bool
is_loose(const Attribute *column)
{
	Oid			type = getBaseType(column->type);
	TypeCacheEntry *entry;
	Oid			proc;

	if (type == INT4OID || type == INT8OID || type == UUIDOID)
		return false;
	/* equal values differ in blanks at the end; PostgreSQL 18 says they do not, as in one column all have as many */
	if (type == BPCHAROID)
		return true;
	entry = lookup_type_cache(type, TYPECACHE_BTREE_OPFAMILY);
	if (!OidIsValid(entry->btree_opf))
		return false;
	proc = get_opfamily_proc(entry->btree_opf, entry->btree_opintype, entry->btree_opintype,
							 BTEQUALIMAGE_PROC);
	return !OidIsValid(proc) ||
		!DatumGetBool(OidFunctionCall1Coll(proc, column->collation,
										   ObjectIdGetDatum(entry->btree_opintype)));
}

/* error 23503 for those that are not there, but where links are meant that are */
static void
look_up(LinkCall *call, List *items)
{
	KeyColumns	columns = ((LinkItem *) linitial(items))->name->columns;
	int			n = list_length(items);
	Datum	  **values = palloc_array(Datum *, n);
	LinkIds		unknown = link_ids(n);
	Datum	  **keys;

	for (int i = 0; i < n; i++)
		values[i] = ((LinkItem *) list_nth(items, i))->name->values;
	keys = key_lookup(call->assoc->target, columns, n, values, (KeyColumns) {call->nkey, call->key},
					  call->reads ? STATEMENT_READ : STATEMENT_WRITE);
	for (int i = 0; i < n; i++)
	{
		LinkItem   *item = list_nth(items, i);

		item->key = keys[i];
		if (keys[i] == NULL)
			link_ids_add(&unknown, values[i], item->path);
	}
	if (unknown.n > 0 && call->use != LINK_MEANS)
		link_raise_unknown(call->assoc->target, columns.n, columns.columns, &unknown, NULL);
}

static void
drop_unknown(LinkCall *call)
{
	int			n = 0;

	for (int i = 0; i < call->nitems; i++)
	{
		if (call->items[i].key == NULL)
		{
			LinkItem   *item = palloc_object(LinkItem);

			*item = call->items[i];
			call->unknown = lappend(call->unknown, item);
		}
		else
			call->items[n++] = call->items[i];
	}
	call->nitems = n;
}

void
link_need_known(LinkCall *call)
{
	LinkIds		ids = link_ids(1);
	LinkItem   *item;

	if (call->unknown == NIL)
		return;
	item = linitial(call->unknown);
	link_ids_add(&ids, item->name->values, item->path);
	link_raise_unknown(call->assoc->target, item->name->columns.n, item->name->columns.columns, &ids, NULL);
}

/* ---- diffs ---- */

void
link_name_diffs(int n, LinkCall **calls)
{
	LinkCall   *first = n > 0 ? calls[0] : NULL;
	List	   *rows;
	Datum	  **keys;
	Datum	  **names;
	ListCell   *lc;

	if (first == NULL || !first->renames)
		return;
	rows = rows_of_diffs(n, calls);
	keys = palloc_array(Datum *, list_length(rows) + 1);
	foreach_ptr(LinkRow, row, rows)
		keys[foreach_current_index(row)] = row->key;
	names = key_lookup(first->assoc->target, (KeyColumns) {first->nkey, first->key},
					   list_length(rows), keys, first->name, STATEMENT_WRITE);
	foreach(lc, rows)
		((LinkRow *) lfirst(lc))->name = names[foreach_current_index(lc)];
}

static List *
rows_of_diffs(int n, LinkCall **calls)
{
	List	   *rows = NIL;

	for (int i = 0; i < n; i++)
	{
		for (int outcome = 0; outcome < LINK_OUTCOMES; outcome++)
			rows = list_concat(rows, calls[i]->diff[outcome]);
	}
	return rows;
}
