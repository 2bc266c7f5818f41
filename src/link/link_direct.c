/*-------------------------------------------------------------------------
 *
 * link_direct.c
 *	  has, add, set, remove, toggle and move where the link is a foreign key in one of the two
 *	  rows: has_many, has_one and belongs_to.
 *
 * Decides what the verbs mean there.  A row that is added is moved here from wherever
 * it was; a row that is removed has its foreign key set to NULL, which is an
 * error where that must not be.  Rows are never deleted.
 *
 * A has_one or belongs_to holds one row: adding replaces the one before.
 *
 * How children are written is in link_children.c, how a row's own foreign key is in
 * link_owner.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "deparse/statement.h"
#include "executor/spi.h"
#include "link/link.h"

static void need_one(LinkCall *call);

bool
link_direct_has(LinkCall *call)
{
	if (call->assoc->association->kind == BELONGS_TO)
		return link_owner_has(call, STATEMENT_READ);
	return link_children_has(call, STATEMENT_READ);
}

void
link_direct_add(LinkCall *call)
{
	int64		last;

	if (call->assoc->to_one)
	{
		link_direct_set(call);
		return;
	}
	link_lock(call, LINK_LOCK_ADD);
	last = link_position_last(call);
	link_children_add(call);
	link_position_added(call, last);
}

void
link_direct_set(LinkCall *call)
{
	link_lock(call, LINK_LOCK_SET);
	link_direct_set_locked(&call, 1);
}

void
link_direct_set_locked(LinkCall **calls, int n)
{
	for (int i = 0; calls[0]->assoc->to_one && i < n; i++)
		need_one(calls[i]);
	if (calls[0]->assoc->association->kind == BELONGS_TO)
	{
		link_owner_set(calls, n);
		return;
	}
	link_children_set(calls, n);
	for (int i = 0; i < n; i++)
		link_position_settle(calls[i]);
}

void
link_direct_remove(LinkCall *call)
{
	link_lock(call, call->assoc->to_one ? LINK_LOCK_SET : LINK_LOCK_REMOVE);
	if (call->assoc->association->kind == BELONGS_TO)
		link_owner_remove(call);
	else
		link_children_remove(call);
}

void
link_direct_toggle(LinkCall *call)
{
	int64		last;

	if (call->assoc->to_one)
		need_one(call);
	link_lock(call, call->assoc->to_one ? LINK_LOCK_SET : LINK_LOCK_TOGGLE);
	if (call->assoc->association->kind == BELONGS_TO)
		link_owner_toggle(call);
	else
	{
		last = link_position_last(call);
		link_children_toggle(call);
		link_position_added(call, last);
	}
}

void
link_direct_need_linked(LinkCall *call)
{
	if (call->assoc->association->kind != BELONGS_TO)
	{
		link_children_need_linked(call);
		return;
	}
	need_one(call);
	if (!link_owner_has(call, STATEMENT_WRITE))
		link_raise_not_linked(call, list_make1(&call->items[0]));
}

/* what the one row pointed at, and does no more, the other one points at */
void
link_direct_move_pointer(LinkCall *from, LinkCall *to)
{
	List	   *rows = list_make2(from->source, to->source);

	need_one(from);
	link_hold_rows(from->assoc->source, from->nsource, from->source_key, rows);
	link_direct_remove(from);
	if (from->diff[LINK_REMOVED] == NIL)
		link_raise_not_linked(from, list_make1(&from->items[0]));
	link_direct_add(to);
	to->diff[LINK_REMOVED] = list_concat(to->diff[LINK_REMOVED], from->diff[LINK_REMOVED]);
}

void
link_direct_hold(LinkCall *call, List *keys)
{
	if (list_length(keys) > 1)
		link_hold_rows(call->assoc->target, call->nkey, call->key, keys);
}

/*
 * Two calls that write the same rows then wait for each other at the first one, not
 * crosswise.  A distributed table refuses to lock several rows: there its own
 * deadlock detection has to do.
 */
void
link_hold_rows(const Model *model, int nkey, Attribute **key, List *keys)
{
	SqlText		s;

	if (keys == NIL || model->distributed)
		return;
	statement_init(&s);
	sql_append(&s, "SELECT FROM %s AS t WHERE %s ORDER BY %s FOR NO KEY UPDATE OF t", model->quoted_table,
			   link_sql_key_list(&s, "t", nkey, key, keys), sql_columns("t", nkey, key));
	(void) statement_run(&s, STATEMENT_WRITE, SPI_OK_SELECT);
	SPI_freetuptable(SPI_tuptable);
}

/* a to-one association takes one row */
static void
need_one(LinkCall *call)
{
	if (call->nitems > 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" links one row, not %d",
						call->assoc->association->alias, call->nitems)));
}
