/*-------------------------------------------------------------------------
 *
 * link_direct_many.c
 *	  The children of many sources set at once: has_many and has_one.
 *
 * Decides what becomes of each row when several sources are given new ones: as if they
 * were set one after the other, in the order given, except that a row goes to its last
 * source at once.  However many sources and ids there are, the statements are as many.
 *
 * Rows that leave a source are cleared before any is moved, where they can be, so that
 * two sources can exchange rows that must be unique.  All rows that are written are
 * locked first, in key order, with those that stay as they are, as link_direct.c does.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "base/attempt.h"
#include "base/compat.h"
#include "deparse/sql_text.h"
#include "deparse/statement.h"
#include "executor/spi.h"
#include "link/link.h"
#include "miscadmin.h"
#include "utils/builtins.h"

/* a row that is a child or is to be one */
typedef struct Child
{
	Datum	   *key;
	Datum	   *moved_key;		/* the same after it moved: the reference may be part of it */
	bool		exists;			/* as one that can be given: soft-deleted ones cannot */
	int			before;			/* number of its source; -1: another's, or nobody's */
	int			after;
	int			at;				/* where it is in between, when the diffs are written */
	bool		removed;		/* its source did not want it any more */
	bool		cleared;		/* written so */
	bool		moved;
} Child;

/* an argument of attempt() */
typedef struct ManyCalls
{
	LinkCall  **calls;
	int			n;
} ManyCalls;

typedef struct Children
{
	LinkCall  **calls;			/* by number of source */
	int			n;
	LinkCall   *all;			/* the items of all of them, and the sources */
	KeyTable	sources;
	KeyTable	keys;			/* of children, by number */
	Child	   *rows;
	int			maxrows;
	List	  **of_source;		/* numbers of those that it has before */
	List	   *clear;			/* keys of rows that leave a source */
	List	   *move;			/* of Child *: those that get one */
} Children;

static void set_all(LinkCall **calls, int n);
static void set_children(void *arg);
static void children_settle(Children *c, LinkCall **calls, int n);
static bool add_keys(KeyTable *table, const Children *c);
static void children_init(Children *c, LinkCall **calls, int n);
static LinkCall *call_of_all(LinkCall **calls, int n);
static void check_snapshot(Children *c);
static LinkCall *call_of_pairs(LinkCall *all);
static uint64 read_pairs(LinkCall *pairs, StatementMode mode);
static void find_children(Children *c);
static void note_rows(Children *c, uint64 rows);
static Child *child_of_key(Children *c, const Datum *key);
static void raise_absent(Children *c);
static void assign_children(Children *c);
static bool wants(LinkCall *call, const Datum *key);
static List *keys_to_clear(Children *c);
static bool must_stay(Children *c, const Child *child);
static List *children_to_move(Children *c);
static void hold_children(Children *c);
static void hold_parents(Children *c, List *move);
static void clear_children(Children *c, List *keys);
static void move_children(Children *c, List *move);
static void write_move(Children *c, List *move);
static Written written_children(Children *c, List *move);
static void append_move_rows(Statement *s, Children *c, List *move);
static LinkIds parents_of(Children *c, List *move);
static Child *returned_child(Children *c, uint64 row);
static void append_move_returning(Statement *s, LinkCall *all);
static void look_again(Children *c, List *move);
static void report_children(Children *c);
static void report_item(Children *c, int source, Child *child);
static void append_children(Statement *s, LinkCall *all);
static void append_sources(Statement *s, LinkCall *all);
static void append_source_columns(Statement *s, LinkCall *all);
static void append_scope_holds(Statement *s, LinkCall *all);

void
link_direct_set_many(LinkCall **calls, int n)
{
	for (int i = 0; calls[0]->assoc->to_one && i < n; i++)
		link_need_one(calls[i]);
	if (calls[0]->assoc->association->kind == BELONGS_TO)
		link_owner_set(calls, n);
	else
		set_all(calls, n);
}

/* where a key lets no second child in, one that comes meanwhile is replaced too */
static void
set_all(LinkCall **calls, int n)
{
	ManyCalls	many = {calls, n};

	for (int conflicts = 0; calls[0]->assoc->to_one && conflicts < LINK_MAX_CONFLICTS; conflicts++)
	{
		if (attempt(set_children, &many, ERRCODE_UNIQUE_VIOLATION))
			return;
	}
	set_children(&many);
}

static void
set_children(void *arg)
{
	const ManyCalls *many = arg;
	Children	c;

	children_settle(&c, many->calls, many->n);
	clear_children(&c, c.clear);
	move_children(&c, c.move);
	report_children(&c);
	for (int i = 0; i < many->n; i++)
		link_position_settle(many->calls[i]);
}

/*
 * Read, decide, lock all that was read where anything is to be written, and look again: see
 * child_settle in link_direct.c.
 */
static void
children_settle(Children *c, LinkCall **calls, int n)
{
	KeyTable	held;

	for (int conflicts = 0; conflicts <= LINK_MAX_CONFLICTS; conflicts++)
	{
		children_init(c, calls, n);
		if (conflicts == 0)
		{
			key_table_init(&held, c->all->nkey, c->all->key_columns, CurrentMemoryContext);
			check_snapshot(c);
		}
		find_children(c);
		raise_absent(c);
		assign_children(c);
		c->clear = keys_to_clear(c);
		c->move = children_to_move(c);
		if ((c->clear == NIL && c->move == NIL) || !add_keys(&held, c))
			return;
		hold_children(c);
	}
}

/* false: all were there */
static bool
add_keys(KeyTable *table, const Children *c)
{
	bool		any = false;
	bool		found;

	for (int i = 0; i < c->keys.nkeys; i++)
	{
		(void) key_table_add(table, c->rows[i].key, &found);
		any |= !found;
	}
	return any;
}

static void
children_init(Children *c, LinkCall **calls, int n)
{
	memset(c, 0, sizeof(*c));
	c->calls = calls;
	c->n = n;
	c->all = call_of_all(calls, n);
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

/* who is whose child must be what is committed: both keys are compared */
static void
check_snapshot(Children *c)
{
	if (IsolationUsesXactSnapshot())
		link_check_snapshot(call_of_pairs(c->all), read_pairs);
}

static LinkCall *
call_of_pairs(LinkCall *all)
{
	LinkCall   *pairs = palloc_object(LinkCall);

	*pairs = *all;
	pairs->nkey = all->nkey + all->nsource;
	pairs->key = palloc_array(Attribute *, pairs->nkey);
	memcpy(pairs->key, all->key, sizeof(Attribute *) * all->nkey);
	memcpy(pairs->key + all->nkey, all->source_key, sizeof(Attribute *) * all->nsource);
	pairs->key_columns = link_key_columns(pairs->nkey, pairs->key);
	return pairs;
}

static uint64
read_pairs(LinkCall *pairs, StatementMode mode)
{
	LinkCall	all = *pairs;
	Statement	s;

	all.nkey -= all.nsource;
	statement_init(&s);
	append_children(&s, &all);
	append_sources(&s, &all);
	return statement_run(&s, mode, SPI_OK_SELECT);
}

/* those of the sources, and those that are given, as one moment shows them */
static void
find_children(Children *c)
{
	LinkCall   *all = c->all;
	const Model *target = all->assoc->target;
	Datum	  **keys = palloc_array(Datum *, all->nitems + 1);
	Statement	s;

	statement_init(&s);
	append_children(&s, all);
	append_sources(&s, all);
	if (all->nitems > 0)
	{
		for (int i = 0; i < all->nitems; i++)
			keys[i] = all->items[i].key;
		appendStringInfoString(&s.sql, " UNION ALL ");
		append_children(&s, all);
		link_sql_keys(&s, "t", all->nkey, all->key, all->key, all->nitems, keys);
		statement_and_not_deleted(&s, target, "t");
	}
	note_rows(c, statement_run(&s, STATEMENT_WRITE, SPI_OK_SELECT));
}

/* rows are a child's key, its source's, whether it counts, and whether it is not soft-deleted */
static void
note_rows(Children *c, uint64 rows)
{
	LinkCall   *all = c->all;
	int			last = all->nkey + all->nsource + 2;

	for (uint64 i = 0; i < rows; i++)
	{
		Child	   *child = child_of_key(c, link_tuple_values(i, 1, all->nkey, all->key));
		Datum	   *source = statement_key(i, all->nkey + 1, all->nsource);

		child->exists = statement_is_true(i, last);
		child->before = child->after = source != NULL && statement_is_true(i, last - 1) ?
			key_table_find(&c->sources, source) : -1;
	}
	SPI_freetuptable(SPI_tuptable);
}

static Child *
child_of_key(Children *c, const Datum *key)
{
	bool		found;
	int			number = key_table_add(&c->keys, key, &found);
	Child	   *child;

	if (number >= c->maxrows)
	{
		c->maxrows = Max(16, c->maxrows * 2);
		c->rows = c->rows ? repalloc_huge(c->rows, sizeof(Child) * (Size) c->maxrows) :
			palloc_array(Child, c->maxrows);
	}
	child = &c->rows[number];
	if (!found)
	{
		memset(child, 0, sizeof(*child));
		child->key = unconstify(Datum *, key);
		child->before = child->after = -1;
	}
	return child;
}

static void
raise_absent(Children *c)
{
	LinkCall   *all = c->all;
	LinkIds		unknown = link_ids(all->nitems);

	for (int i = 0; i < all->nitems; i++)
	{
		int			number = key_table_find(&c->keys, all->items[i].key);

		if (number < 0 || !c->rows[number].exists)
			link_ids_add(&unknown, all->items[i].key, all->items[i].path);
	}
	if (unknown.n > 0)
		link_raise_unknown(all->assoc->target, all->nkey, all->key, &unknown);
}

/* who is whose afterwards: source by source, as a set of each would leave them */
static void
assign_children(Children *c)
{
	for (int i = 0; i < c->keys.nkeys; i++)
	{
		int			source = c->rows[i].before;

		if (source >= 0)
			c->of_source[source] = lappend_int(c->of_source[source], i);
	}
	for (int source = 0; source < c->n; source++)
	{
		LinkCall   *call = c->calls[source];
		ListCell   *lc;

		CHECK_FOR_INTERRUPTS();
		foreach(lc, c->of_source[source])
		{
			Child	   *child = &c->rows[lfirst_int(lc)];

			child->removed = child->after == source && !wants(call, child->key);
			if (child->removed)
				child->after = -1;
		}
		for (int k = 0; k < call->nitems; k++)
			c->rows[key_table_find(&c->keys, call->items[k].key)].after = source;
	}
}

static bool
wants(LinkCall *call, const Datum *key)
{
	return call->nitems > 0 && link_find_item(call, key) != NULL;
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

		if (child->before < 0 || child->after == child->before)
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

/* sources that get rows before the rows, as who deletes such a source would meet them */
static void
hold_children(Children *c)
{
	List	   *keys = NIL;

	if (c->clear != NIL && c->move != NIL)
		hold_parents(c, c->move);
	for (int i = 0; i < c->keys.nkeys; i++)
		keys = lappend(keys, c->rows[i].key);
	link_hold_rows(c->all->assoc->target, c->all->nkey, c->all->key, keys);
}

static void
hold_parents(Children *c, List *move)
{
	const ResolvedAssociation *assoc = c->all->assoc;
	LinkReference pointer = link_pointer(assoc->target, assoc->source, assoc->nsource, assoc->source_ref, assoc->source_key, NULL);
	LinkIds		parents = parents_of(c, move);

	link_hold_pointers(&pointer, parents.n, parents.keys);
}

static void
clear_children(Children *c, List *keys)
{
	LinkCall   *all = c->all;
	const ResolvedAssociation *assoc = all->assoc;
	Statement	s;
	uint64		rows;

	if (keys == NIL)
		return;
	statement_update(&s, assoc->target->relid, assoc->target->quoted_table);
	link_sql_clear(&s, all);
	statement_touch(&s, assoc->target, NULL);
	statement_where(&s);
	append_sources(&s, all);
	appendStringInfoString(&s.sql, " AND ");
	link_sql_key_list(&s, "t", all->nkey, all->key, keys);
	statement_returning(&s);
	statement_columns(&s, "t", all->nkey, all->key);
	rows = statement_run(&s, STATEMENT_WRITE, SPI_OK_UPDATE_RETURNING);
	for (uint64 i = 0; i < rows; i++)
	{
		Child	   *child = returned_child(c, i);

		/* NULL: a trigger gave the row another key */
		if (child != NULL)
			child->cleared = true;
	}
	SPI_freetuptable(SPI_tuptable);
}

static void
move_children(Children *c, List *move)
{
	const ResolvedAssociation *assoc = c->all->assoc;
	LinkReference pointer = link_pointer(assoc->target, assoc->source, assoc->nsource, assoc->source_ref, assoc->source_key, NULL);
	LinkIds		parents;

	if (move == NIL)
		return;
	parents = parents_of(c, move);
	link_check_pointers(&pointer, &parents, 0, NULL);
	write_move(c, move);
	look_again(c, move);
}

/* to their sources, with what the association's scope demands */
static void
write_move(Children *c, List *move)
{
	LinkCall   *all = c->all;
	const ResolvedAssociation *assoc = all->assoc;
	Written		written = written_children(c, move);
	bool		first;
	Statement	s;
	uint64		rows;

	statement_update(&s, assoc->target->relid, assoc->target->quoted_table);
	first = !link_sql_point(&s, all, NULL, all->nkey + 1);
	for (int i = 0; i < all->ntarget_scope; i++)
	{
		LinkScope  *scope = &all->target_scope[i];

		appendStringInfo(&s.sql, "%s%s = ", first ? "" : ", ",
						 quote_identifier(scope->attribute->column));
		statement_param(&s, scope->attribute->type, scope->value, scope->isnull);
		first = false;
	}
	if (first)
		return;
	statement_touch(&s, assoc->target, NULL);
	append_move_rows(&s, c, move);
	append_move_returning(&s, all);
	rows = violation_run(&s, SPI_OK_UPDATE_RETURNING, &written);
	for (uint64 i = 0; i < rows; i++)
	{
		Child	   *child = returned_child(c, i);

		child->moved = true;
		child->moved_key = link_tuple_values(i, all->nkey + 1, all->nkey, all->key);
	}
	SPI_freetuptable(SPI_tuptable);
}

static Written
written_children(Children *c, List *move)
{
	const ResolvedAssociation *assoc = c->all->assoc;
	List	   *rows = NIL;

	foreach_ptr(const Child, child, move)
	{
		LinkCall   *call = c->calls[child->after];
		LinkItem   *item = link_find_item(call, child->key);

		rows = lappend(rows, link_pointing(item ? item->path : NULL, call->source,
										   call->source_path));
	}
	return link_written_pointers(assoc->target, assoc->nsource, assoc->source_ref,
								 assoc->source_key, rows);
}

/* the key that was given, and the one that the row has now */
static void
append_move_returning(Statement *s, LinkCall *all)
{
	statement_returning(s);
	statement_row_key(s, all->nkey, all->key);
	appendStringInfoString(&s->sql, ", ");
	statement_columns(s, "t", all->nkey, all->key);
}

/* FROM the children and their sources, WHERE they are not there yet */
static void
append_move_rows(Statement *s, Children *c, List *move)
{
	LinkCall   *all = c->all;
	const ResolvedAssociation *assoc = all->assoc;
	int			ncolumns = all->nkey + assoc->nsource;
	StatementColumn *columns = palloc_array(StatementColumn, ncolumns);

	for (int i = 0; i < ncolumns; i++)
	{
		bool		key = i < all->nkey;

		columns[i] = statement_column((key ? all->key[i] : assoc->source_key[i - all->nkey])->type,
									  list_length(move));
		foreach_ptr(Child, child, move)
		{
			columns[i].values[foreach_current_index(child)] = key ? child->key[i] :
				c->calls[child->after]->source[i - all->nkey];
		}
	}
	statement_from(s);
	statement_rows(s, list_length(move), ncolumns, columns);
	statement_where(s);
	statement_equal_row(s, all->nkey, all->key, all->key, 1);
	appendStringInfoString(&s->sql, " AND (");
	statement_equal_row(s, assoc->nsource, assoc->source_ref, assoc->source_key, all->nkey + 1);
	appendStringInfoString(&s->sql, " AND ");
	append_scope_holds(s, all);
	appendStringInfoString(&s->sql, ") IS NOT TRUE");
	link_sql_fits(s, all, NULL, all->nkey + 1);
}

/* the sources that get rows, each once */
static LinkIds
parents_of(Children *c, List *move)
{
	LinkIds		parents = link_ids(c->n);
	bool	   *seen = palloc0_array(bool, c->n);

	foreach_ptr(Child, child, move)
	{
		int			source = child->after;

		if (!seen[source])
			link_ids_add(&parents, c->calls[source]->source, c->calls[source]->source_path);
		seen[source] = true;
	}
	return parents;
}

/* NULL: none that was read */
static Child *
returned_child(Children *c, uint64 row)
{
	LinkCall   *all = c->all;
	int			number = key_table_find(&c->keys, link_tuple_values(row, 1, all->nkey, all->key));

	return number < 0 ? NULL : &c->rows[number];
}

/* what could not be moved is gone, or was moved there by somebody else */
static void
look_again(Children *c, List *move)
{
	List	   *left = NIL;
	ListCell   *lc;
	Children	now;

	foreach(lc, move)
	{
		if (!((Child *) lfirst(lc))->moved)
			left = lappend(left, lfirst(lc));
	}
	if (left == NIL)
		return;
	foreach_ptr(Child, child, left)
		link_check_fixed(c->calls[child->after], list_make1(child->key));
	children_init(&now, c->calls, c->n);
	find_children(&now);
	foreach_ptr(Child, child, move)
	{
		/* perhaps by another key */
		if (child->moved)
			child_of_key(&now, child->key)->exists = true;
	}
	raise_absent(&now);
	foreach_ptr(Child, child, left)
	{
		/* not by us: unchanged; elsewhere: a trigger kept it, and it is in no diff */
		child->before = child_of_key(&now, child->key)->before;
	}
}

/* as a set of each source would tell it, one after the other */
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
			report_item(c, source, &c->rows[key_table_find(&c->keys, call->items[k].key)]);
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

/* SELECT key, the source's key, whether it counts, whether it is not soft-deleted */
static void
append_children(Statement *s, LinkCall *all)
{
	appendStringInfoString(&s->sql, "SELECT ");
	statement_columns(s, "t", all->nkey, all->key);
	append_source_columns(s, all);
	appendStringInfoString(&s->sql, ", ");
	append_scope_holds(s, all);
	if (all->assoc->target->deleted_at)
		appendStringInfo(&s->sql, ", t.%s IS NULL",
						 quote_identifier(all->assoc->target->deleted_at->column));
	else
		appendStringInfoString(&s->sql, ", true");
	appendStringInfo(&s->sql, " FROM %s AS t WHERE ", all->assoc->target->quoted_table);
}

static void
append_sources(Statement *s, LinkCall *all)
{
	const ResolvedAssociation *assoc = all->assoc;

	link_sql_keys(s, "t", assoc->nsource, assoc->source_ref, assoc->source_key,
				  all->nsources, all->sources);
	appendStringInfoString(&s->sql, " AND ");
	append_scope_holds(s, all);
	if (!assoc->to_one)
		statement_and_not_deleted(s, assoc->target, "t");
}

static void
append_source_columns(Statement *s, LinkCall *all)
{
	const ResolvedAssociation *assoc = all->assoc;

	for (int i = 0; i < assoc->nsource; i++)
		appendStringInfo(&s->sql, ", CAST(t.%s AS %s)",
						 quote_identifier(assoc->source_ref[i]->column),
						 sql_type(assoc->source_key[i]->type, -1));
}

/* a child counts as one: the association's scope holds, and its source is not soft-deleted */
static void
append_scope_holds(Statement *s, LinkCall *all)
{
	const ResolvedAssociation *assoc = all->assoc;

	appendStringInfoString(&s->sql, all->ntarget_scope > 0 ? "COALESCE(" : "true");
	for (int i = 0; i < all->ntarget_scope; i++)
	{
		appendStringInfoString(&s->sql, i > 0 ? " AND " : "");
		link_sql_scope(s, "t", &all->target_scope[i]);
	}
	appendStringInfoString(&s->sql, all->ntarget_scope > 0 ? ", false)" : "");
	if (assoc->source->deleted_at != NULL)
	{
		appendStringInfoString(&s->sql, " AND ");
		link_sql_end_lives(s, assoc->source, assoc->nsource, assoc->source_key, assoc->source_ref);
	}
}
