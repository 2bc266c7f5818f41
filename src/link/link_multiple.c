/*-------------------------------------------------------------------------
 *
 * link_multiple.c
 *	  set and add where the same pair may be linked several times ("unique": false).
 *
 * Decides which link an id means.  Where what is given beside it has a unique key of the join
 * table (the link's own key, or the pair and a day), it means the link with these values; else
 * any link of the pair that has all that is given, and each link is meant once.  So what is there
 * and what is to be there are compared as multisets, payload included: what nobody means is
 * taken away, what means no link is added.
 *
 * Links without a primary key are identified by their TIDs.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "base/compat.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "link/link.h"
#include "miscadmin.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

/* a link that is there */
typedef struct FoundLink
{
	Datum	   *key;			/* target key */
	Datum	   *row;			/* by call->address */
	Datum	   *link;			/* primary key; NULL: none */
	LinkPayload *values;		/* of columns that some item gives */
	bool		taken;
} FoundLink;

/* a link that is to be there */
typedef struct RequestedLink
{
	LinkItem   *item;
	const LinkIdentity *identity;	/* the unique key that is given; NULL: none */
	int			ngiven;
	FoundLink  *link;			/* NULL: none that it means */
} RequestedLink;

/* which identity the columns of a payload make */
typedef struct GivenIdentity
{
	const bool *given;			/* NULL: no payload */
	LinkIdentity *identity;		/* or NULL */
} GivenIdentity;

typedef struct Links
{
	LinkCall   *call;
	List	   *identities;		/* of GivenIdentity * */
	List	   *requested;		/* of RequestedLink *, in key order */
	int			nfound;
	FoundLink **found;			/* in the order of their own keys */
	KeyTable	keys;			/* of their targets */
	List	  **of_key;			/* of FoundLink *, by number */
} Links;

static void links_init(Links *links, LinkCall *call);
static bool merge(Links *links, RequestedLink *requested);
static bool same_identity(const LinkIdentity *a, const LinkIdentity *b);
static const LinkIdentity *identity_is_explicit(Links *links, const LinkPayload *payload);
static LinkIdentity *identity_of_columns(LinkCall *call, const LinkPayload *payload);
static LinkIdentity *own_key(LinkCall *call, const LinkPayload *payload);
static bool is_known(LinkCall *call, const LinkPayload *payload, AttrNumber attnum);
static bool gives_null(LinkCall *call, const LinkIdentity *identity, const LinkPayload *payload);
static void set_address(LinkCall *call);
static Attribute *system_column(const char *name, AttrNumber attnum, Oid type);
static void read_links(Links *links, bool all);
static int	given_columns(Links *links, Attribute **columns);
static FoundLink *found_link(LinkCall *call, uint64 row, int n, Attribute **columns);
static int	compare_links(const void *a, const void *b, void *arg);
static void index_links(Links *links);
static void match_links(Links *links, bool any);
static FoundLink *find_link(Links *links, const RequestedLink *requested);
static bool means(LinkCall *call, const RequestedLink *requested, const FoundLink *link);
static bool same_value(const Attribute *column, Datum a, bool a_null, Datum b, bool b_null);
static bool remove_others(Links *links);
static void write_links(Links *links);
static List *items_without_link(Links *links);
static bool differs(LinkCall *call, const RequestedLink *requested);
static void update_links(Links *links, List *changed);
static void record_updated(LinkCall *call, uint64 rows, KeyTable *updated);

void
link_multiple_set(LinkCall *call)
{
	Links		links;

	set_address(call);
	link_check_shared_columns(call);
	links_init(&links, call);
	for (int conflicts = 0; conflicts <= LINK_MAX_CONFLICTS; conflicts++)
	{
		CHECK_FOR_INTERRUPTS();
		read_links(&links, true);
		match_links(&links, true);
		if (remove_others(&links))
			break;
	}
	write_links(&links);
}

void
link_multiple_add(LinkCall *call)
{
	Links		links;

	if (call->nitems == 0)
		return;
	set_address(call);
	link_check_shared_columns(call);
	links_init(&links, call);
	read_links(&links, false);
	match_links(&links, false);
	write_links(&links);
}

bool
link_multiple_identified(LinkCall *call)
{
	Links		links;

	links_init(&links, call);
	for (int i = 0; i < list_length(links.requested); i++)
	{
		if (((RequestedLink *) list_nth(links.requested, i))->identity != NULL)
			return true;
	}
	return false;
}

/* ---- what is requested ---- */

static void
links_init(Links *links, LinkCall *call)
{
	memset(links, 0, sizeof(*links));
	links->call = call;
	for (int i = 0; i < call->nitems; i++)
	{
		LinkItem   *item = &call->items[i];
		RequestedLink *requested = palloc0_object(RequestedLink);

		if (item->state == LINK_DONE)
			continue;
		requested->item = item;
		requested->identity = identity_is_explicit(links, item->payload);
		for (int a = 0; item->payload != NULL && a < call->assoc->through->nattributes; a++)
			requested->ngiven += item->payload->given[a] ? 1 : 0;
		if (!merge(links, requested))
			links->requested = lappend(links->requested, requested);
	}
}

/* the same link given twice is one link, of whose payload the last word counts */
static bool
merge(Links *links, RequestedLink *requested)
{
	const Model *through = links->call->assoc->through;

	if (requested->identity == NULL)
		return false;
	for (int i = list_length(links->requested) - 1; i >= 0; i--)
	{
		RequestedLink *other = list_nth(links->requested, i);
		FoundLink	stand_in = {.values = other->item->payload};

		if (!link_same_key(links->call, other->item->key, requested->item->key))
			return false;
		if (!same_identity(other->identity, requested->identity) ||
			!means(links->call, requested, &stand_in))
			continue;
		other->item->payload = link_payload_overlay(through, other->item->payload,
													requested->item->payload);
		return true;
	}
	return false;
}

static bool
same_identity(const LinkIdentity *a, const LinkIdentity *b)
{
	return a != NULL && a->n == b->n && memcmp(a->columns, b->columns, sizeof(AttrNumber) * a->n) == 0;
}

static const LinkIdentity *
identity_is_explicit(Links *links, const LinkPayload *payload)
{
	int			n = links->call->assoc->through->nattributes;
	GivenIdentity *known = NULL;

	foreach_ptr(GivenIdentity, identity, links->identities)
	{
		const bool *given = payload ? payload->given : NULL;

		if ((given == NULL) == (identity->given == NULL) &&
			(given == NULL || memcmp(given, identity->given, sizeof(bool) * n) == 0))
			known = identity;
	}
	if (known == NULL)
	{
		known = palloc_object(GivenIdentity);
		known->given = payload ? payload->given : NULL;
		known->identity = identity_of_columns(links->call, payload);
		links->identities = lappend(links->identities, known);
	}
	return known->identity != NULL && !gives_null(links->call, known->identity, payload) ?
		known->identity : NULL;
}

/* the link's own key where it is given as a whole, else what else is unique */
static LinkIdentity *
identity_of_columns(LinkCall *call, const LinkPayload *payload)
{
	const ResolvedAssociation *assoc = call->declared;
	const Model *through = assoc->through;
	LinkIdentity *identity = own_key(call, payload);
	LinkScope  *scope = palloc_array(LinkScope, call->nscope + through->nattributes);
	LinkForm	form = {.through = through, .nscope = call->nscope, .scope = scope};

	if (identity != NULL)
		return identity;
	for (int i = 0; i < assoc->nsource; i++)
		form.pair = lappend(form.pair, assoc->source_ref[i]);
	for (int i = 0; i < assoc->ntarget; i++)
		form.pair = lappend(form.pair, assoc->target_ref[i]);
	if (call->nscope > 0)
		memcpy(scope, call->scope, sizeof(LinkScope) * call->nscope);
	for (int a = 0; payload != NULL && a < through->nattributes; a++)
	{
		if (payload->given[a])
			scope[form.nscope++] = (LinkScope) {&through->attributes[a], payload->values[a],
			payload->nulls[a]};
	}
	identity = link_identity(&form);
	return identity != NULL && !identity->partial && !identity->history ? identity : NULL;
}

static LinkIdentity *
own_key(LinkCall *call, const LinkPayload *payload)
{
	const Model *through = call->assoc->through;
	LinkIdentity *identity = palloc0_object(LinkIdentity);

	identity->columns = palloc_array(AttrNumber, Max(through->nkey, 1));
	for (int i = 0; i < through->nkey; i++)
	{
		if (!is_known(call, payload, through->key[i]->attnum))
			return NULL;
		identity->columns[identity->n++] = through->key[i]->attnum;
	}
	return identity->n > 0 ? identity : NULL;
}

static bool
is_known(LinkCall *call, const LinkPayload *payload, AttrNumber attnum)
{
	const Model *through = call->assoc->through;

	for (int i = 0; i < call->nscope; i++)
	{
		if (call->scope[i].attribute->attnum == attnum)
			return true;
	}
	return link_is_key_column(call, attnum) ||
		(payload != NULL && payload->given[model_attnum(through, attnum) - through->attributes]);
}

/* a unique key does not apply to nulls */
static bool
gives_null(LinkCall *call, const LinkIdentity *identity, const LinkPayload *payload)
{
	const Model *through = call->assoc->through;

	for (int i = 0; payload != NULL && i < identity->n; i++)
	{
		int			a = model_attnum(through, identity->columns[i]) - through->attributes;

		if (payload->given[a] && payload->nulls[a])
			return true;
	}
	return false;
}

/* ---- what is there ---- */

static void
set_address(LinkCall *call)
{
	const Model *through = call->assoc->through;

	call->naddress = through->nkey;
	call->address = through->key;
	if (through->nkey > 0)
		return;
	if (through->distributed ||
		(get_rel_relkind(through->relid) != RELKIND_RELATION &&
		 get_rel_relkind(through->relid) != RELKIND_PARTITIONED_TABLE))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("links of \"%s\" have no key that tells them apart",
						call->assoc->association->alias),
				 errhint("Name one with assoc.adopt: \"key\": [...].")));
	call->naddress = 2;
	call->address = palloc_array(Attribute *, call->naddress);
	call->address[0] = system_column("tableoid", TableOidAttributeNumber, OIDOID);
	call->address[1] = system_column("ctid", SelfItemPointerAttributeNumber, TIDOID);
}

static Attribute *
system_column(const char *name, AttrNumber attnum, Oid type)
{
	Attribute  *column = palloc0_object(Attribute);

	column->name = column->column = pstrdup(name);
	column->attnum = attnum;
	column->type = type;
	column->typmod = -1;
	return column;
}

static void
read_links(Links *links, bool all)
{
	LinkCall   *call = links->call;
	const Model *through = call->assoc->through;
	Attribute **columns = palloc_array(Attribute *, call->naddress + through->nattributes);
	int			n = given_columns(links, columns);
	uint64		rows = link_sql_payload(call, all, n, columns);

	links->nfound = (int) rows;
	links->found = palloc_array(FoundLink *, rows + 1);
	for (uint64 i = 0; i < rows; i++)
		links->found[i] = found_link(call, i, n, columns);
	SPI_freetuptable(SPI_tuptable);
	if (through->nkey > 0)
		qsort_arg(links->found, rows, sizeof(FoundLink *), compare_links, call);
	index_links(links);
}

static void
index_links(Links *links)
{
	LinkCall   *call = links->call;

	key_table_init(&links->keys, call->nkey, call->key_columns, CurrentMemoryContext);
	links->of_key = palloc0_array(List *, links->nfound + 1);
	for (int i = 0; i < links->nfound; i++)
	{
		bool		ignored;
		int			number = key_table_add(&links->keys, links->found[i]->key, &ignored);

		links->of_key[number] = lappend(links->of_key[number], links->found[i]);
	}
}

/* the address, then what some item gives */
static int
given_columns(Links *links, Attribute **columns)
{
	LinkCall   *call = links->call;
	const Model *through = call->assoc->through;
	int			n = call->naddress;

	memcpy(columns, call->address, sizeof(Attribute *) * n);
	for (int a = 0; a < through->nattributes; a++)
	{
		foreach_ptr(RequestedLink, link, links->requested)
		{
			const LinkPayload *payload = link->item->payload;

			if (payload != NULL && payload->given[a])
			{
				columns[n++] = &through->attributes[a];
				break;
			}
		}
	}
	return n;
}

static FoundLink *
found_link(LinkCall *call, uint64 row, int n, Attribute **columns)
{
	FoundLink  *link = palloc0_object(FoundLink);

	link->key = link_tuple_values(row, 1, call->nkey, call->key);
	link->row = link_tuple_values(row, call->nkey + 1, call->naddress, call->address);
	link->link = call->assoc->through->nkey > 0 ? link->row : NULL;
	link->values = link_row_payload(call->assoc->through, row, call->nkey + call->naddress + 1,
									n - call->naddress, columns + call->naddress);
	return link;
}

static int
compare_links(const void *a, const void *b, void *arg)
{
	const FoundLink *x = *(FoundLink *const *) a;
	const FoundLink *y = *(FoundLink *const *) b;
	LinkCall   *call = arg;

	return key_columns_compare(call->naddress, call->link_columns, x->row, y->row);
}

/* ---- which is which ---- */

/* "any": also items without a unique key, those that give most columns first */
static void
match_links(Links *links, bool any)
{
	int			most = links->call->assoc->through->nattributes;
	ListCell   *lc;

	foreach(lc, links->requested)
	{
		RequestedLink *requested = lfirst(lc);

		requested->link = requested->identity != NULL ? find_link(links, requested) : NULL;
	}
	for (int ngiven = any ? most : -1; ngiven >= 0; ngiven--)
	{
		foreach(lc, links->requested)
		{
			RequestedLink *requested = lfirst(lc);

			if (requested->identity == NULL && requested->ngiven == ngiven)
				requested->link = find_link(links, requested);
		}
	}
}

/* the first link of the pair that is meant and not taken yet, which it takes */
static FoundLink *
find_link(Links *links, const RequestedLink *requested)
{
	int			number = key_table_find(&links->keys, requested->item->key);

	foreach_ptr(FoundLink, link, number < 0 ? NIL : links->of_key[number])
	{
		if (link->taken || !means(links->call, requested, link))
			continue;
		link->taken = true;
		return link;
	}
	return NULL;
}

/* by its unique key, or by all that is given */
static bool
means(LinkCall *call, const RequestedLink *requested, const FoundLink *link)
{
	const Model *through = call->assoc->through;
	const LinkPayload *payload = requested->item->payload;
	const LinkIdentity *identity = requested->identity;

	for (int a = 0; payload != NULL && a < through->nattributes; a++)
	{
		bool		matters = payload->given[a] && identity == NULL;

		for (int i = 0; identity != NULL && i < identity->n; i++)
			matters |= payload->given[a] && identity->columns[i] == through->attributes[a].attnum;
		if (matters && !same_value(&through->attributes[a], payload->values[a], payload->nulls[a],
								   link->values->values[a], link->values->nulls[a]))
			return false;
	}
	return true;
}

/* by the type's equality; a type without one is compared as it is stored */
static bool
same_value(const Attribute *column, Datum a, bool a_null, Datum b, bool b_null)
{
	Oid			equal = lookup_type_cache(column->type, TYPECACHE_EQ_OPR)->eq_opr;

	if (a_null || b_null || !OidIsValid(equal))
		return link_same_value(column, a, a_null, b, b_null);
	return DatumGetBool(OidFunctionCall2Coll(get_opcode(equal), column->collation, a, b));
}

/* ---- writing ---- */

/* false: somebody else changed or removed one of them */
static bool
remove_others(Links *links)
{
	LinkCall   *call = links->call;
	List	   *rows = NIL;
	uint64		removed;

	for (int i = 0; i < links->nfound; i++)
	{
		if (!links->found[i]->taken)
			rows = lappend(rows, links->found[i]->row);
	}
	if (rows == NIL)
		return true;
	link_through_hold(call, list_length(rows) + call->nitems);
	link_hold_targets(call, items_without_link(links));
	removed = link_sql_delete_rows(call, rows);
	for (uint64 i = 0; i < removed; i++)
		link_record(call, LINK_REMOVED, link_tuple_values(i, 1, call->nkey, call->key),
					link_of_row(call, i, call->nkey + 1));
	SPI_freetuptable(SPI_tuptable);
	return (int) removed == list_length(rows);
}

/* what is new, then what differs, as write_items of link_through.c does; the rest is unchanged */
static void
write_links(Links *links)
{
	LinkCall   *call = links->call;
	List	   *missing = items_without_link(links);
	List	   *changed = NIL;
	ListCell   *lc;

	foreach(lc, links->requested)
	{
		RequestedLink *requested = lfirst(lc);

		if (requested->link == NULL)
			continue;
		requested->item->row = requested->link->row;
		if (differs(call, requested))
			changed = lappend(changed, requested->item);
		else
			link_record(call, LINK_UNCHANGED, requested->link->key, requested->link->link);
	}
	link_through_validate(call, missing, changed, NIL);
	link_check_known(call, missing);
	link_through_insert(call, missing, false);
	update_links(links, changed);
}

static List *
items_without_link(Links *links)
{
	List	   *items = NIL;
	ListCell   *lc;

	foreach(lc, links->requested)
	{
		RequestedLink *requested = lfirst(lc);

		if (requested->link == NULL)
			items = lappend(items, requested->item);
	}
	return items;
}

static bool
differs(LinkCall *call, const RequestedLink *requested)
{
	const Model *through = call->assoc->through;
	const LinkPayload *payload = requested->item->payload;
	const LinkPayload *stored = requested->link->values;

	for (int a = 0; payload != NULL && a < through->nattributes; a++)
	{
		if (payload->given[a] && !link_same_value(&through->attributes[a], payload->values[a], payload->nulls[a],
												  stored->values[a], stored->nulls[a]))
			return true;
	}
	return false;
}

/* one that is gone meanwhile is made anew */
static void
update_links(Links *links, List *changed)
{
	LinkCall   *call = links->call;
	List	   *gone = NIL;
	KeyTable	updated;

	if (changed == NIL)
		return;
	link_through_hold(call, list_length(changed));
	key_table_init(&updated, call->naddress, link_key_columns(call->naddress, call->address),
				   CurrentMemoryContext);
	foreach_ptr(List, items, link_group_by_columns(call, changed, false))
		record_updated(call, link_sql_update(call, items, false), &updated);
	foreach_ptr(LinkItem, item, changed)
	{
		if (key_table_find(&updated, item->row) < 0)
			gone = lappend(gone, item);
		item->row = NULL;
	}
	link_through_validate(call, gone, NIL, NIL);
	link_check_known(call, gone);
	link_through_insert(call, gone, false);
}

static void
record_updated(LinkCall *call, uint64 rows, KeyTable *updated)
{
	int			address = call->nkey + 1 + call->assoc->through->nkey;
	bool		ignored;

	for (uint64 i = 0; i < rows; i++)
	{
		(void) key_table_add(updated, link_tuple_values(i, address, call->naddress, call->address),
							 &ignored);
		link_record(call, LINK_UPDATED, link_tuple_values(i, 1, call->nkey, call->key),
					link_of_row(call, i, call->nkey + 1));
	}
	SPI_freetuptable(SPI_tuptable);
}
