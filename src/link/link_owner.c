/*-------------------------------------------------------------------------
 *
 * link_owner.c
 *	  The verbs of belongs_to, where the foreign key is in the source row, for one source
 *	  and for many.
 *
 * Decides what each source points at afterwards, and which rows are written together: those
 * that pointed at something and are to point at nothing, those for which it is the other way
 * round, and those that change.  So there are three statements at most, however many rows
 * there are; they are repeated only for rows that somebody else wrote meanwhile.
 *
 * Where only one row may point at another, rows that leave a target which another row is
 * given point at nothing first, so that rows can exchange their targets; where they must
 * always point at something, they are written one by one, in an order that the key accepts.
 *
 * Several rows are locked in key order before the first is written, as link_direct.c does.
 * The statements are in link_owner_sql.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "base/attempt.h"
#include "base/compat.h"
#include "catalog/pg_index.h"
#include "link/link_owner.h"
#include "miscadmin.h"
#include "registry/table_rewrites.h"
#include "utils/rel.h"
#include "utils/syscache.h"

/* what is asked of each owner: the target that it is to have, NULL for none */
typedef void (*OwnerVerb) (Owner *owner);

static void set_owner(Owner *owner);
static void toggle_owner(Owner *owner);
static void remove_owner(Owner *owner);
static bool points_at(const Owner *owner, const LinkItem *item);
static void write_owners(LinkCall **calls, int n, OwnerVerb verb);
static void read_and_decide(Owners *o, OwnerVerb verb);
static bool must_take_turns(LinkCall *call);
static void set_in_turn(LinkCall **calls, int n);
static void set_one(void *arg, int number);
static void note_refused(Owners *o);
static void check_fixed(Owners *o);
static void owners_init(Owners *o, LinkCall **calls, int n);
static bool is_exclusive(LinkCall *call);
static bool is_unique_over(Oid index, int n, Attribute **columns);
static void check_snapshot(Owners *o);
static bool same_target(LinkCall *call, const Datum *a, const Datum *b);
static bool any_differs(Owners *o);
static bool settle(Owners *o);
static void raise_unsettled(Owners *o, bool missing);
static void hold_rows(Owners *o);
static void make_room(Owners *o);

bool
link_owner_has(LinkCall *call, StatementMode mode)
{
	Owners		o;

	owners_init(&o, &call, 1);
	link_owner_read(&o, mode);
	return call->nitems == 1 && points_at(&o.rows[0], &call->items[0]);
}

void
link_owner_set(LinkCall **calls, int n)
{
	if (n > 1 && must_take_turns(calls[0]))
		set_in_turn(calls, n);
	else
		write_owners(calls, n, set_owner);
}

void
link_owner_toggle(LinkCall *call)
{
	write_owners(&call, 1, toggle_owner);
}

void
link_owner_remove(LinkCall *call)
{
	write_owners(&call, 1, remove_owner);
}

/* ---- what an owner is to point at ---- */

static void
set_owner(Owner *owner)
{
	owner->after = owner->call->nitems > 0 ? owner->call->items[0].key : NULL;
}

static void
toggle_owner(Owner *owner)
{
	owner->after = points_at(owner, &owner->call->items[0]) ? NULL : owner->call->items[0].key;
}

/* one that points at none of the items is done */
static void
remove_owner(Owner *owner)
{
	owner->after = NULL;
	for (int i = 0; i < owner->call->nitems; i++)
	{
		if (points_at(owner, &owner->call->items[i]))
			return;
	}
	owner->done = true;
}

/* a target that is soft-deleted is pointed at as long as nothing else is, but no link */
static bool
points_at(const Owner *owner, const LinkItem *item)
{
	return owner->before != NULL && owner->shown &&
		link_same_key(owner->call, owner->before, item->key);
}

/* ---- writing ---- */

static void
write_owners(LinkCall **calls, int n, OwnerVerb verb)
{
	bool		may_refuse = table_rewrites(calls[0]->assoc->source, CMD_UPDATE);
	Owners		o;

	owners_init(&o, calls, n);
	for (int conflicts = 0; conflicts <= LINK_MAX_CONFLICTS; conflicts++)
	{
		CHECK_FOR_INTERRUPTS();
		read_and_decide(&o, verb);
		check_snapshot(&o);
		/* those that stay as they are too, for that is part of the answer */
		if (conflicts == 0 && n > 1 && any_differs(&o))
		{
			hold_rows(&o);
			read_and_decide(&o, verb);
		}
		if (settle(&o))
			return;
		raise_unsettled(&o, true);
		make_room(&o);
		link_owner_write(&o, true, false);
		link_owner_write(&o, false, true);
		link_owner_write(&o, true, true);
		if (may_refuse)
			note_refused(&o);
	}
	check_fixed(&o);
	raise_unsettled(&o, false);
}

static void
read_and_decide(Owners *o, OwnerVerb verb)
{
	link_owner_read(o, STATEMENT_WRITE);
	for (int i = 0; i < o->n; i++)
	{
		if (!o->rows[i].done)
			verb(&o->rows[i]);
	}
}

/* only one row may point at another, and each must point at something */
static bool
must_take_turns(LinkCall *call)
{
	Attribute **cleared = palloc_array(Attribute *, call->assoc->nsource);

	return link_columns_to_clear(call, cleared) == 0 && is_exclusive(call);
}

static void
set_in_turn(LinkCall **calls, int n)
{
	bool	   *done = palloc0_array(bool, n);
	Owners		o;

	owners_init(&o, calls, n);
	hold_rows(&o);
	if (attempt_each(n, set_one, calls, ERRCODE_UNIQUE_VIOLATION, done))
		return;
	/* again, for the server's error */
	for (int i = 0; i < n; i++)
	{
		if (!done[i])
			link_owner_set(&calls[i], 1);
	}
}

static void
set_one(void *arg, int number)
{
	LinkCall  **calls = arg;
	LinkCall   *call = link_saved_call(calls[number]);

	link_owner_set(&call, 1);
	*calls[number] = *call;
}

/* a trigger, or a rule, keeps rows that are there and were not written */
static void
note_refused(Owners *o)
{
	Datum	  **seen = palloc_array(Datum *, o->n);

	check_fixed(o);
	for (int i = 0; i < o->n; i++)
		seen[i] = o->rows[i].before;
	link_owner_read(o, STATEMENT_WRITE);
	for (int i = 0; i < o->n; i++)
		o->rows[i].done |= o->rows[i].exists && same_target(o->call, o->rows[i].before, seen[i]);
}

static void
check_fixed(Owners *o)
{
	for (int i = 0; i < o->n; i++)
	{
		if (!o->rows[i].done && o->rows[i].after != NULL)
			link_check_fixed(o->rows[i].call, list_make1(o->rows[i].after));
	}
}

static void
owners_init(Owners *o, LinkCall **calls, int n)
{
	o->call = calls[0];
	o->n = n;
	o->rows = palloc0_array(Owner, n);
	o->numbers = link_number_sources(calls, n);
	for (int i = 0; i < n; i++)
		o->rows[i].call = calls[i];
}

/* a unique index of any form, even a partial one, may require an order in which the rows are written */
static bool
is_exclusive(LinkCall *call)
{
	const ResolvedAssociation *assoc = call->assoc;
	Attribute **cleared = palloc_array(Attribute *, assoc->nsource);
	int			n = link_columns_to_clear(call, cleared);
	Relation	rel = table_open(assoc->source->relid, NoLock);
	bool		exclusive = false;

	foreach_oid(oid, RelationGetIndexList(rel))
		exclusive = exclusive || is_unique_over(oid, n > 0 ? n : assoc->nsource, n > 0 ? cleared : assoc->source_key);
	table_close(rel, NoLock);
	return exclusive;
}

static bool
is_unique_over(Oid index, int n, Attribute **columns)
{
	HeapTuple	tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(index));
	Form_pg_index form;
	bool		found = false;

	if (!HeapTupleIsValid(tuple))
		return false;
	form = (Form_pg_index) GETSTRUCT(tuple);
	for (int k = 0; form->indisunique && form->indimmediate && k < form->indnkeyatts; k++)
	{
		for (int i = 0; i < n; i++)
			found = found || form->indkey.values[k] == columns[i]->attnum;
	}
	ReleaseSysCache(tuple);
	return found;
}

static void
check_snapshot(Owners *o)
{
	Owners		latest = *o;

	if (!IsolationUsesXactSnapshot())
		return;
	latest.rows = palloc_array(Owner, o->n);
	memcpy(latest.rows, o->rows, sizeof(Owner) * o->n);
	link_owner_read(&latest, STATEMENT_LATEST);
	for (int i = 0; i < o->n; i++)
	{
		if (!same_target(o->call, o->rows[i].before, latest.rows[i].before))
			link_raise_stale(o->call);
	}
}

static bool
same_target(LinkCall *call, const Datum *a, const Datum *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return link_same_key(call, a, b);
}

static bool
any_differs(Owners *o)
{
	for (int i = 0; i < o->n; i++)
	{
		if (!same_target(o->call, o->rows[i].before, o->rows[i].after))
			return true;
	}
	return false;
}

/* note those that need not be written; true when there are no others */
static bool
settle(Owners *o)
{
	bool		settled = true;

	for (int i = 0; i < o->n; i++)
	{
		Owner	   *owner = &o->rows[i];

		if (!owner->done && same_target(o->call, owner->before, owner->after) &&
			(owner->before == NULL || owner->shown))
		{
			owner->done = true;
			if (owner->after != NULL)
				link_record(owner->call, LINK_UNCHANGED, owner->after, NULL);
		}
		settled = settled && owner->done;
	}
	return settled;
}

/* sources that are to point at something and do not exist; or all that nobody could write */
static void
raise_unsettled(Owners *o, bool missing)
{
	LinkIds		ids = link_ids(o->n);

	for (int i = 0; i < o->n; i++)
	{
		if (!o->rows[i].done && !(missing && o->rows[i].exists))
			link_ids_add(&ids, o->rows[i].call->source, o->rows[i].call->source_path);
	}
	if (ids.n > 0)
		link_raise_unknown(o->call->assoc->source, o->call->nsource, o->call->source_key, &ids, NULL);
}

static void
hold_rows(Owners *o)
{
	List	   *keys = NIL;

	for (int i = 0; i < o->n; i++)
	{
		if (!o->rows[i].done)
			keys = lappend(keys, o->rows[i].call->source);
	}
	if (list_length(keys) > 1)
		link_hold_rows(o->call->assoc->source, o->call->nsource, o->call->source_key, keys);
}

/* which rows leave a place that another one is given */
static void
make_room(Owners *o)
{
	KeyTable	requested;
	bool		found;

	if (o->n == 1 || !is_exclusive(o->call))
		return;
	key_table_init(&requested, o->call->nkey, o->call->key_columns, CurrentMemoryContext);
	for (int i = 0; i < o->n; i++)
	{
		if (!o->rows[i].done && o->rows[i].after != NULL)
			(void) key_table_add(&requested, o->rows[i].after, &found);
	}
	for (int i = 0; i < o->n; i++)
	{
		Owner	   *owner = &o->rows[i];

		owner->makes_room = !owner->done && owner->before != NULL && owner->after != NULL &&
			key_table_find(&requested, owner->before) >= 0;
	}
}
