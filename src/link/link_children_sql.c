/*-------------------------------------------------------------------------
 *
 * link_children_sql.c
 *	  The statements of has_many and has_one: whose children rows are, read and written.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "base/compat.h"
#include "deparse/sql_text.h"
#include "deparse/statement.h"
#include "executor/spi.h"
#include "link/link_children.h"
#include "link/link_sql.h"
#include "utils/builtins.h"

static void note_rows(Children *c, uint64 rows);
static LinkCall *call_of_pairs(LinkCall *all);
static uint64 read_pairs(LinkCall *pairs, StatementMode mode);
static uint64 read_pairs_of_items(LinkCall *pairs, StatementMode mode);
static uint64 run_pairs(LinkCall *pairs, StatementMode mode, bool items);
static void write_move(Children *c);
static Written written_children(Children *c);
static void and_generated_scope(SqlText *s, LinkCall *all);
static void append_move_rows(SqlText *s, Children *c);
static LinkIds parents_of(Children *c);
static Child *returned_child(Children *c, uint64 row);
static void append_children(SqlText *s, LinkCall *all);
static char *of_sources(SqlText *s, LinkCall *all);
static char *items_of(SqlText *s, LinkCall *all);
static char *scope_holds(SqlText *s, LinkCall *all);

/* those of the sources where they are read, and those that are items, as one moment shows them */
void
link_children_read(Children *c, StatementMode mode)
{
	LinkCall   *all = c->all;
	SqlText		s;

	if (!c->whole && all->nitems == 0)
		return;
	statement_init(&s);
	if (c->whole)
	{
		append_children(&s, all);
		sql_append(&s, "%s", of_sources(&s, all));
	}
	if (all->nitems > 0)
	{
		sql_append(&s, "%s", c->whole ? " UNION ALL " : "");
		append_children(&s, all);
		sql_append(&s, "%s", items_of(&s, all));
		sql_and_not_deleted(&s, all->assoc->target, "t");
	}
	note_rows(c, statement_run(&s, mode, SPI_OK_SELECT));
	for (int i = 0; i < c->keys.nkeys; i++)
	{
		int			source = c->rows[i].before;

		if (source >= 0)
			c->of_source[source] = lappend_int(c->of_source[source], i);
	}
}

/* rows are a child's key, its source's, whether it counts, and whether it is not soft-deleted */
static void
note_rows(Children *c, uint64 rows)
{
	LinkCall   *all = c->all;
	int			last = all->nkey + all->nsource + 2;

	for (uint64 i = 0; i < rows; i++)
	{
		Child	   *child = link_child_of_key(c, link_tuple_values(i, 1, all->nkey, all->key));
		Datum	   *source = statement_key(i, all->nkey + 1, all->nsource);

		child->exists = statement_is_true(i, last);
		child->before = child->after = source != NULL && statement_is_true(i, last - 1) ?
			key_table_find(&c->sources, source) : -1;
	}
	SPI_freetuptable(SPI_tuptable);
}

Child *
link_child_of_key(Children *c, const Datum *key)
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

Child *
link_child_of_item(Children *c, const LinkItem *item)
{
	int			number = key_table_find(&c->keys, item->key);

	return number < 0 ? NULL : &c->rows[number];
}

/* the children of each source must be those that are committed: both keys are compared */
void
link_children_check_snapshot(Children *c, bool every)
{
	if (IsolationUsesXactSnapshot())
		link_check_snapshot(call_of_pairs(c->all), every ? read_pairs : read_pairs_of_items);
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
	return run_pairs(pairs, mode, false);
}

static uint64
read_pairs_of_items(LinkCall *pairs, StatementMode mode)
{
	return run_pairs(pairs, mode, true);
}

static uint64
run_pairs(LinkCall *pairs, StatementMode mode, bool items)
{
	LinkCall	all = *pairs;
	SqlText		s;

	all.nkey -= all.nsource;
	statement_init(&s);
	append_children(&s, &all);
	sql_append(&s, "%s", of_sources(&s, &all));
	if (items)
		sql_append(&s, " AND %s", items_of(&s, &all));
	return statement_run(&s, mode, SPI_OK_SELECT);
}

void
link_children_hold_sources(Children *c)
{
	const ResolvedAssociation *assoc = c->all->assoc;
	LinkReference pointer = link_direct_pointer(assoc);
	LinkIds		parents = parents_of(c);

	link_hold_pointers(&pointer, parents.n, parents.keys);
}

void
link_children_clear(Children *c)
{
	LinkCall   *all = c->all;
	const ResolvedAssociation *assoc = all->assoc;
	SqlText		s;
	uint64		rows;

	if (c->clear == NIL)
		return;
	statement_update(&s, assoc->target->relid, assoc->target->quoted_table);
	link_sql_clear(&s, all);
	statement_touch(&s, assoc->target, NULL);
	statement_where(&s, of_sources(&s, all));
	sql_append(&s, " AND %s", link_sql_key_list(&s, "t", all->nkey, all->key, c->clear));
	statement_returning(&s, sql_columns("t", all->nkey, all->key));
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

void
link_children_move(Children *c)
{
	const ResolvedAssociation *assoc = c->all->assoc;
	LinkReference pointer = link_direct_pointer(assoc);
	LinkIds		parents;

	if (c->move == NIL)
		return;
	parents = parents_of(c);
	link_check_pointers(&pointer, &parents, 0, NULL);
	write_move(c);
}

/* to their sources, with what the association's scope demands */
static void
write_move(Children *c)
{
	LinkCall   *all = c->all;
	const ResolvedAssociation *assoc = all->assoc;
	Written		written = written_children(c);
	SqlText		s;
	uint64		rows;

	statement_update(&s, assoc->target->relid, assoc->target->quoted_table);
	(void) link_sql_point(&s, all, NULL, all->nkey + 1);
	for (const LinkScope *scope = all->target_scope; scope < all->target_scope + all->ntarget_scope; scope++)
	{
		if (scope->attribute->generated == '\0')
			statement_set(&s, scope->attribute,
						  sql_argument(&s, scope->attribute->type, scope->value, scope->isnull));
	}
	if (s.assignments == NIL)
		return;
	statement_touch(&s, assoc->target, NULL);
	append_move_rows(&s, c);
	/* the key that was given, and the one that the row has now */
	statement_returning(&s, psprintf("%s, %s", statement_row_columns(all->nkey),
									 sql_columns("t", all->nkey, all->key)));
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
written_children(Children *c)
{
	const ResolvedAssociation *assoc = c->all->assoc;
	List	   *rows = NIL;

	foreach_ptr(const Child, child, c->move)
	{
		LinkCall   *call = c->calls[child->after];
		LinkItem   *item = link_find_item(call, child->key);

		rows = lappend(rows, link_pointing(item ? item->path : NULL, call->source,
										   call->source_path));
	}
	return link_written_pointers(assoc->target, assoc->nsource, assoc->source_ref,
								 assoc->source_key, rows);
}

/* FROM the children and their sources, WHERE they are not there yet, or are still children of the source that hands them over */
static void
append_move_rows(SqlText *s, Children *c)
{
	LinkCall   *all = c->all;
	const ResolvedAssociation *assoc = all->assoc;
	int			n = list_length(c->move);
	StatementColumn *columns = palloc_array(StatementColumn, all->nkey + assoc->nsource);
	StatementColumn *next = columns;
	Datum	  **keys = palloc_array(Datum *, n);
	Datum	  **sources = palloc_array(Datum *, n);

	foreach_ptr(Child, child, c->move)
	{
		keys[foreach_current_index(child)] = child->key;
		sources[foreach_current_index(child)] = c->calls[child->after]->source;
	}
	next = statement_keys(next, all->nkey, all->key, n, keys);
	next = statement_keys(next, assoc->nsource, assoc->source_key, n, sources);
	statement_from(s, statement_rows(s, n, next - columns, columns));
	/* of one, the one shard that Citus asks */
	statement_where(s, n > 1 ? statement_equal_row(all->nkey, all->key, all->key, 1) :
					statement_equal_key(s, "t", all->nkey, all->key, all->key, keys[0]));
	sql_append(s, " AND (%s", c->hands_over ? link_sql_source(s, c->calls[1], "t") :
			   statement_equal_row(assoc->nsource, assoc->source_ref, assoc->source_key, all->nkey + 1));
	sql_append(s, " AND %s)%s", scope_holds(s, all), c->hands_over ? "" : " IS NOT TRUE");
	link_sql_fits(s, all, NULL, all->nkey + 1);
	and_generated_scope(s, all);
}

/* what the scope demands of columns that are generated the rows must have already */
static void
and_generated_scope(SqlText *s, LinkCall *all)
{
	for (const LinkScope *scope = all->target_scope; scope < all->target_scope + all->ntarget_scope; scope++)
	{
		if (scope->attribute->generated != '\0')
			link_sql_and_scope(s, "t", 1, scope);
	}
}

/* the sources that get rows, each once */
static LinkIds
parents_of(Children *c)
{
	LinkIds		parents = link_ids(c->n);
	bool	   *seen = palloc0_array(bool, c->n);

	foreach_ptr(Child, child, c->move)
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

/* SELECT key, the source's key, whether it counts, whether it is not soft-deleted */
static void
append_children(SqlText *s, LinkCall *all)
{
	const ResolvedAssociation *assoc = all->assoc;
	const Model *target = assoc->target;

	sql_append(s, "SELECT %s", sql_columns("t", all->nkey, all->key));
	for (int i = 0; i < assoc->nsource; i++)
		sql_append(s, ", CAST(%s AS %s)", sql_column("t", assoc->source_ref[i]),
				   sql_type(assoc->source_key[i]->type, -1));
	sql_append(s, ", %s, %s FROM %s AS t WHERE ", scope_holds(s, all),
			   target->deleted_at ? psprintf("%s IS NULL", sql_column("t", target->deleted_at)) : "true",
			   target->quoted_table);
}

static char *
of_sources(SqlText *s, LinkCall *all)
{
	const ResolvedAssociation *assoc = all->assoc;
	StringInfoData outer = sql_begin_part(s);

	sql_append(s, "%s", link_sql_keys(s, "t", assoc->nsource, assoc->source_ref, assoc->source_key,
									  all->nsources, all->sources));
	sql_append(s, " AND %s", scope_holds(s, all));
	if (!assoc->to_one)
		sql_and_not_deleted(s, assoc->target, "t");
	return sql_end_part(s, outer);
}

static char *
items_of(SqlText *s, LinkCall *all)
{
	Datum	  **keys = palloc_array(Datum *, Max(all->nitems, 1));

	for (int i = 0; i < all->nitems; i++)
		keys[i] = all->items[i].key;
	return link_sql_keys(s, "t", all->nkey, all->key, all->key, all->nitems, keys);
}

/* a child counts as one: the association's scope holds, and its source is not soft-deleted */
static char *
scope_holds(SqlText *s, LinkCall *all)
{
	const ResolvedAssociation *assoc = all->assoc;
	StringInfoData outer = sql_begin_part(s);

	sql_append(s, "%s", all->ntarget_scope > 0 ? "COALESCE(" : "true");
	for (int i = 0; i < all->ntarget_scope; i++)
		sql_append(s, "%s%s", i > 0 ? " AND " : "", link_sql_scope(s, "t", &all->target_scope[i]));
	sql_append(s, "%s", all->ntarget_scope > 0 ? ", false)" : "");
	if (assoc->source->deleted_at != NULL)
		sql_append(s, " AND %s", link_sql_end_lives(s, assoc->target, assoc->source, assoc->nsource,
													assoc->source_key, assoc->source_ref));
	return sql_end_part(s, outer);
}
