/*-------------------------------------------------------------------------
 *
 * link_children.c
 *	  The verbs of has_many and has_one, where the foreign key is in the target rows, for one
 *	  source and for many.
 *
 * Decides what becomes of each row.  Several sources are set as if they were set one after
 * the other, in the order given, except that a row goes to its last source at once.  However
 * many sources and ids there are, the statements are as many.
 *
 * Rows that leave a source are cleared before any is moved, where they can be, so that
 * two sources can exchange rows that must be unique.
 *
 * A child can be taken by two sources at once, and the lock on a source does not keep
 * them apart.  So all rows that a verb writes are locked first, in key order, with those whose
 * state is part of the answer, and read again: once all of them are locked, nobody else has a part in
 * what the verb reads and writes.  A single row that is added or removed needs no lock, since
 * its UPDATE repeats the condition under which it is written.
 *
 * The statements are in link_children_sql.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/attempt.h"
#include "base/compat.h"
#include "link/link_children.h"
#include "miscadmin.h"

/* what a verb does */
typedef struct ChildVerb
{
	void		(*assign) (Children *c);	/* children get their sources, or none */
	bool		whole;			/* it is about all children of the sources; */
	bool		whole_one;		/*   or so where there is room for one */
	bool		every;			/* all children count as read where a snapshot is compared */
	bool		locks;			/* a single row too */
	bool		hands_over;		/* children of the second source go to the first in one step */
} ChildVerb;

static void assign_add(Children *c);
static void assign_set(Children *c);
static void assign_remove(Children *c);
static void assign_toggle(Children *c);
static void assign_move(Children *c);
static void write_alone(const ChildVerb *verb, LinkCall **calls, int n);
static void write_once(void *arg);
static void settle(Children *c);
static bool needs_no_lock(const Children *c);
static List *keys_to_hold(const Children *c);
static bool add_keys(KeyTable *table, List *keys);
static void children_init(Children *c, const ChildVerb *verb, LinkCall **calls, int n);
static LinkCall *call_of_all(LinkCall **calls, int n);
static void raise_absent(Children *c);
static void leave_source(Child *child);
static bool has_item(LinkCall *call, const Datum *key);
static List *keys_to_clear(Children *c);
static bool must_stay(Children *c, const Child *child);
static List *children_to_move(Children *c);
static void look_again(Children *c);
static void need_children_of(Children *c, int source);
static List *items_elsewhere(Children *c, int source);
static void report_children(Children *c);
static void report_item(Children *c, int source, Child *child);

static const ChildVerb add_verb = {.assign = assign_add};
static const ChildVerb set_verb = {.assign = assign_set, .whole = true};
static const ChildVerb remove_verb = {.assign = assign_remove};
static const ChildVerb toggle_verb = {.assign = assign_toggle, .whole_one = true, .every = true, .locks = true};
static const ChildVerb move_verb = {.assign = assign_move, .whole_one = true, .hands_over = true};

bool
link_children_has(LinkCall *call, StatementMode mode)
{
	Children	c;

	children_init(&c, &add_verb, &call, 1);
	link_children_read(&c, mode);
	return items_elsewhere(&c, 0) == NIL;
}

void
link_children_need_linked(LinkCall *call)
{
	Children	c;

	children_init(&c, &add_verb, &call, 1);
	link_children_read(&c, STATEMENT_WRITE);
	need_children_of(&c, 0);
}

void
link_children_add(LinkCall *call)
{
	Children	c;

	children_init(&c, &add_verb, &call, 1);
	write_once(&c);
}

void
link_children_set(LinkCall **calls, int n)
{
	write_alone(&set_verb, calls, n);
}

void
link_children_remove(LinkCall *call)
{
	Children	c;

	children_init(&c, &remove_verb, &call, 1);
	write_once(&c);
}

void
link_children_toggle(LinkCall *call)
{
	write_alone(&toggle_verb, &call, 1);
}

void
link_children_hand_over(LinkCall *from, LinkCall *to)
{
	LinkCall	source = *from;
	LinkCall   *calls[2] = {to, &source};

	source.nitems = 0;
	write_alone(&move_verb, calls, lengthof(calls));
	to->diff[LINK_REMOVED] = list_concat(to->diff[LINK_REMOVED], source.diff[LINK_REMOVED]);
}

/* ---- whose children they are to be ---- */

static void
assign_add(Children *c)
{
	raise_absent(c);
	for (int i = 0; i < c->all->nitems; i++)
		link_child_of_item(c, &c->all->items[i])->after = 0;
}

/* source by source, as a set of each would leave them */
static void
assign_set(Children *c)
{
	raise_absent(c);
	for (int source = 0; source < c->n; source++)
	{
		LinkCall   *call = c->calls[source];
		ListCell   *lc;

		CHECK_FOR_INTERRUPTS();
		foreach(lc, c->of_source[source])
		{
			Child	   *child = &c->rows[lfirst_int(lc)];

			child->removed = child->after == source && !has_item(call, child->key);
			if (child->removed)
				child->after = -1;
		}
		for (int k = 0; k < call->nitems; k++)
			link_child_of_item(c, &call->items[k])->after = source;
	}
}

static void
assign_remove(Children *c)
{
	for (int i = 0; i < c->keys.nkeys; i++)
	{
		if (c->rows[i].before == 0)
			leave_source(&c->rows[i]);
		else
			c->rows[i].ignored = true;
	}
}

/* where there is room for one, another child leaves it to the one that comes */
static void
assign_toggle(Children *c)
{
	bool		comes = false;

	raise_absent(c);
	for (int i = 0; i < c->all->nitems; i++)
	{
		Child	   *child = link_child_of_item(c, &c->all->items[i]);

		if (child->before == 0)
			leave_source(child);
		else
			child->after = 0;
		comes |= child->after == 0;
	}
	for (int i = 0; c->whole && comes && i < c->keys.nkeys; i++)
	{
		if (!has_item(c->all, c->rows[i].key))
			leave_source(&c->rows[i]);
	}
}

/* only children of the one source go to the other */
static void
assign_move(Children *c)
{
	need_children_of(c, 1);
	for (int i = 0; i < c->keys.nkeys; i++)
	{
		Child	   *child = &c->rows[i];

		if (has_item(c->all, child->key))
		{
			child->removed = true;
			child->after = 0;
		}
		else if (child->before == 0)
			leave_source(child);
		else
			child->ignored = true;
	}
}

static void
leave_source(Child *child)
{
	child->removed = true;
	child->after = -1;
}

static bool
has_item(LinkCall *call, const Datum *key)
{
	return call->nitems > 0 && link_find_item(call, key) != NULL;
}

/* ---- writing ---- */

/* where a key lets no second child in, one that comes meanwhile is replaced too */
static void
write_alone(const ChildVerb *verb, LinkCall **calls, int n)
{
	Children	c;

	children_init(&c, verb, calls, n);
	for (int conflicts = 0; calls[0]->assoc->to_one && conflicts < LINK_MAX_CONFLICTS; conflicts++)
	{
		if (attempt(write_once, &c, ERRCODE_UNIQUE_VIOLATION))
			return;
	}
	write_once(&c);
}

static void
write_once(void *arg)
{
	Children   *c = arg;

	settle(c);
	link_children_clear(c);
	link_children_move(c);
	look_again(c);
	report_children(c);
}

/* read, decide, lock, and look again */
static void
settle(Children *c)
{
	KeyTable	held;

	key_table_init(&held, c->all->nkey, c->all->key_columns, CurrentMemoryContext);
	link_children_check_snapshot(c, c->whole || c->verb->every || c->all->position != NULL);
	for (int conflicts = 0; conflicts <= LINK_MAX_CONFLICTS; conflicts++)
	{
		List	   *keys;

		children_init(c, c->verb, c->calls, c->n);
		link_children_read(c, STATEMENT_WRITE);
		c->verb->assign(c);
		c->clear = keys_to_clear(c);
		c->move = children_to_move(c);
		keys = keys_to_hold(c);
		if ((c->clear == NIL && c->move == NIL) || needs_no_lock(c) || !add_keys(&held, keys))
			return;
		/* sources that get rows before the rows: in the order of a transaction that deletes such a source */
		if (c->clear != NIL && c->move != NIL)
			link_children_hold_sources(c);
		link_hold_rows(c->all->assoc->target, c->all->nkey, c->all->key, keys);
	}
}

static bool
needs_no_lock(const Children *c)
{
	return !c->verb->locks && !c->whole && c->all->nitems == 1;
}

static List *
keys_to_hold(const Children *c)
{
	List	   *keys = NIL;

	for (int i = 0; i < c->keys.nkeys; i++)
	{
		if (!c->rows[i].ignored)
			keys = lappend(keys, c->rows[i].key);
	}
	return keys;
}

/* false: all were there */
static bool
add_keys(KeyTable *table, List *keys)
{
	bool		any = false;
	bool		found;

	foreach_ptr(Datum, key, keys)
	{
		(void) key_table_add(table, key, &found);
		any |= !found;
	}
	return any;
}

static void
children_init(Children *c, const ChildVerb *verb, LinkCall **calls, int n)
{
	memset(c, 0, sizeof(*c));
	c->verb = verb;
	c->calls = calls;
	c->n = n;
	c->all = call_of_all(calls, n);
	c->whole = verb->whole || (verb->whole_one && c->all->assoc->to_one);
	c->hands_over = verb->hands_over;
	c->sources = link_number_sources(calls, n);
	c->of_source = palloc0_array(List *, n);
	key_table_init(&c->keys, c->all->nkey, c->all->key_columns, CurrentMemoryContext);
}

static LinkCall *
call_of_all(LinkCall **calls, int n)
{
	LinkCall   *all = palloc_object(LinkCall);

	*all = *calls[0];
	all->source = NULL;
	all->nsources = n;
	all->sources = palloc_array(Datum *, n);
	all->nitems = 0;
	all->items = NULL;
	for (int i = 0; i < n; i++)
	{
		all->sources[i] = calls[i]->source;
		for (int k = 0; k < calls[i]->nitems; k++)
			link_append_item(all, calls[i]->items[k].key, NULL, calls[i]->items[k].path);
	}
	link_sort_items(all);
	return all;
}

static void
raise_absent(Children *c)
{
	LinkCall   *all = c->all;
	LinkIds		ids = link_ids(all->nitems);

	for (int i = 0; i < all->nitems; i++)
	{
		Child	   *child = link_child_of_item(c, &all->items[i]);

		if (child == NULL || !child->exists)
			link_ids_add(&ids, all->items[i].key, all->items[i].path);
	}
	if (ids.n > 0)
		link_raise_unknown(all->assoc->target, all->nkey, all->key, &ids, all->document);
}

/* error 23503 unless all items are children of this source */
static void
need_children_of(Children *c, int source)
{
	List	   *missing = items_elsewhere(c, source);

	if (missing != NIL)
		link_raise_not_linked(c->calls[source], missing);
}

/* items that are no children of this source */
static List *
items_elsewhere(Children *c, int source)
{
	List	   *items = NIL;

	for (int i = 0; i < c->all->nitems; i++)
	{
		Child	   *child = link_child_of_item(c, &c->all->items[i]);

		if (child == NULL || child->before != source)
			items = lappend(items, &c->all->items[i]);
	}
	return items;
}

static List *
keys_to_clear(Children *c)
{
	Attribute **cleared = palloc_array(Attribute *, c->all->assoc->nsource);
	bool		nullable = link_columns_to_clear(c->all, cleared) > 0;
	List	   *keys = NIL;

	for (int i = 0; i < c->keys.nkeys; i++)
	{
		Child	   *child = &c->rows[i];

		if (child->before < 0 || child->after == child->before || (c->hands_over && child->after >= 0))
			continue;
		if (nullable)
			keys = lappend(keys, child->key);
		else if (must_stay(c, child))
			link_raise_not_null(c->all);
	}
	return keys;
}

/* it would have to be cleared: nobody wants it, or its place is to be free before it moves */
static bool
must_stay(Children *c, const Child *child)
{
	return child->after < 0 || (c->all->assoc->to_one && child->removed);
}

static List *
children_to_move(Children *c)
{
	List	   *move = NIL;

	for (int i = 0; i < c->keys.nkeys; i++)
	{
		if (c->rows[i].after >= 0 && c->rows[i].after != c->rows[i].before)
			move = lappend(move, &c->rows[i]);
	}
	return move;
}

/* what could not be moved is gone, or was moved there by somebody else */
static void
look_again(Children *c)
{
	List	   *left = NIL;
	Children	now;

	foreach_ptr(Child, child, c->move)
	{
		if (!child->moved)
			left = lappend(left, child);
	}
	if (left == NIL)
		return;
	foreach_ptr(Child, child, left)
	{
		link_check_fixed(c->calls[child->after], list_make1(child->key));
		link_check_generated_scope(c->calls[child->after], list_make1(child->key));
	}
	children_init(&now, c->verb, c->calls, c->n);
	link_children_read(&now, STATEMENT_WRITE);
	foreach_ptr(Child, child, c->move)
	{
		Child	   *found = link_child_of_key(&now, child->key);

		/* perhaps by another key */
		if (child->moved)
			found->exists = true;
		if (child->moved && c->hands_over)
			found->before = 1;
	}
	if (c->hands_over)
		need_children_of(&now, 1);
	raise_absent(&now);
	foreach_ptr(Child, child, left)
	{
		/* not by us: unchanged; elsewhere: a trigger kept it, and it is in no diff */
		child->before = link_child_of_key(&now, child->key)->before;
	}
}

/* ---- the diffs ---- */

/* as if the sources were set one after the other */
static void
report_children(Children *c)
{
	for (int i = 0; i < c->keys.nkeys; i++)
		c->rows[i].at = c->rows[i].before;
	for (int source = 0; source < c->n; source++)
	{
		LinkCall   *call = c->calls[source];
		ListCell   *lc;

		for (int k = 0; k < call->nitems; k++)
		{
			Child	   *child = link_child_of_item(c, &call->items[k]);

			if (child != NULL && child->after >= 0)
				report_item(c, source, child);
		}
		foreach(lc, c->of_source[source])
		{
			Child	   *child = &c->rows[lfirst_int(lc)];

			if (child->removed && (child->cleared || child->moved))
				link_record(call, LINK_REMOVED, child->key, NULL);
		}
	}
}

/* one that a trigger kept where it was is in no diff */
static void
report_item(Children *c, int source, Child *child)
{
	bool		last = child->after == source;

	if (child->at == source)
		link_record(c->calls[source], LINK_UNCHANGED, child->key, NULL);
	else if (child->moved || child->before == child->after)
		link_record(c->calls[source], LINK_ADDED,
					last && child->moved ? child->moved_key : child->key, NULL);
	child->at = source;
}
