/*-------------------------------------------------------------------------
 *
 * link_sql_write.c
 *	  The statements that insert and change links, in the join table.
 *
 * Decides the SQL of INSERT and UPDATE over the join table: which columns they write, with which
 * values of the payload, and which links are left as they are.  What selects links, and what
 * deletes them, is in link_sql.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/relation.h"
#include "base/compat.h"
#include "deparse/sql_text.h"
#include "deparse/statement.h"
#include "executor/spi.h"
#include "link/link_sql.h"
#include "registry/kept_times.h"
#include "registry/table_rewrites.h"
#include "utils/builtins.h"
#include "utils/rel.h"
#include "utils/relcache.h"

/* the columns of an INSERT, each with a value for each item */
typedef struct InsertColumns
{
	List	   *items;			/* of LinkItem * */
	int			n;
	Attribute **attributes;
	StatementColumn *columns;
} InsertColumns;

static bool any_key_waits(Oid relation);
static void append_ignore(SqlText *s, LinkCall *call);
static bool is_within_pair(LinkCall *call, const LinkIdentity *identity);
static void append_update_where(SqlText *s, LinkCall *call, const LinkItem *sample, bool revive);
static bool may_be_turned_round(LinkCall *call);
static void append_other_end(SqlText *s, LinkCall *call);
static void append_insert(SqlText *s, LinkCall *call, List *items);
static void add_keys(InsertColumns *insert, LinkCall *call);
static void add_payload(InsertColumns *insert, LinkCall *call);
static StatementColumn *add_column(InsertColumns *insert, Attribute *attribute, Oid type,
								   Datum value, bool isnull);
static void set_payload(StatementColumn *column, List *items, int attribute);
static char *ref_columns(LinkCall *call);
static void append_set(SqlText *s, LinkCall *call, const LinkPayload *payload, bool revive);
static void append_differs(SqlText *s, LinkCall *call, const LinkPayload *payload);
static int	address_column(LinkCall *call, const LinkItem *item);

uint64
link_sql_insert(LinkCall *call, List *items, bool on_conflict)
{
	Written		written = link_written(call, items);
	bool		ignore = on_conflict && !call->multiple;
	bool		returns = table_returns(call->assoc->through->relid, CMD_INSERT);
	SqlText		s;

	statement_init(&s);
	append_insert(&s, call, items);
	if (ignore)
		append_ignore(&s, call);
	if (returns)
	{
		if (may_be_turned_round(call))
			append_other_end(&s, call);
		else
			link_sql_returning(&s, call, NULL);
		return violation_run(&s, SPI_OK_INSERT_RETURNING, &written);
	}
	/* what a rule did in place of it is to be looked up */
	(void) violation_run(&s, SPI_OK_INSERT, &written);
	return 0;
}

/*
 * ON CONFLICT ... DO NOTHING, where the link is there already.  A key of some rows only would have to be named with its condition, whose text means what
 * the search_path says: any conflict counts, and the caller reads the links again.
 */
static void
append_ignore(SqlText *s, LinkCall *call)
{
	const LinkIdentity *identity = link_call_identity(call);

	if (identity != NULL && identity->partial && any_key_waits(call->assoc->through->relid))
		return;
	sql_append(s, " ON CONFLICT");
	if (identity == NULL)
		sql_append(s, " (%s)", ref_columns(call));
	for (int i = 0; identity != NULL && !identity->partial && i < identity->n; i++)
		sql_append(s, "%s%s%s", i > 0 ? ", " : " (",
				   quote_identifier(model_attnum(call->assoc->through, identity->columns[i])->column),
				   i + 1 == identity->n ? ")" : "");
	sql_append(s, " DO NOTHING");
}

/* ON CONFLICT refuses a deferrable key as arbiter: without the clause, a conflict is an error */
static bool
any_key_waits(Oid relation)
{
	Relation	rel = relation_open(relation, NoLock);
	bool		found = false;

	foreach_oid(index, RelationGetIndexList(rel))
	{
		Relation	opened = index_open(index, AccessShareLock);

		found |= !opened->rd_index->indimmediate;
		index_close(opened, NoLock);
	}
	relation_close(rel, NoLock);
	return found;
}

void
link_check_outside(LinkCall *call, List *items)
{
	const LinkIdentity *identity = link_call_identity(call);
	Datum	  **keys = palloc_array(Datum *, list_length(items) + 1);
	List	   *outside = NIL;
	uint64		rows;
	SqlText		s;

	if (call->nscope == 0 || identity == NULL || !is_within_pair(call, identity))
		return;
	foreach_ptr(LinkItem, item, items)
		keys[foreach_current_index(item)] = item->key;
	statement_init(&s);
	sql_append(&s, "SELECT %s FROM %s AS t WHERE %s", link_sql_key_columns(call, "t"),
			   call->assoc->through->quoted_table, link_sql_source(&s, call, "t"));
	link_sql_targets(&s, call, list_length(items), keys);
	for (int i = 0; i < call->nscope; i++)
		sql_append(&s, "%s%s, false)", i > 0 ? " AND COALESCE(" : " AND NOT (COALESCE(",
				   link_sql_scope(&s, "t", &call->scope[i]));
	sql_append(&s, ")");
	rows = statement_run(&s, STATEMENT_WRITE, SPI_OK_SELECT);
	for (uint64 i = 0; i < rows; i++)
		outside = lappend(outside, link_tuple_values(i, 1, call->nkey, call->key));
	SPI_freetuptable(SPI_tuptable);
	if (outside != NIL)
		link_raise_outside(call, outside);
}

static bool
is_within_pair(LinkCall *call, const LinkIdentity *identity)
{
	for (int i = 0; i < identity->n; i++)
	{
		if (!link_is_key_column(call, identity->columns[i]))
			return false;
	}
	return true;
}

/*
 * Bring existing links in line with the payload: where they differ only, so that
 * nothing is written for the others.  Reviving makes a hidden link live again.
 */
uint64
link_sql_update(LinkCall *call, List *items, bool revive)
{
	Written		written = link_written(call, items);
	LinkItem   *sample = linitial(items);
	SqlText		s;

	statement_update(&s, call->assoc->through->relid, call->assoc->through->quoted_table);
	append_set(&s, call, sample->payload, revive);
	statement_touch(&s, call->assoc->through, sample->payload ? sample->payload->given : NULL);
	statement_from(&s, link_sql_rows(&s, call, items));
	append_update_where(&s, call, sample, revive);
	link_sql_returning(&s, call, "t");
	for (int i = 0; sample->row != NULL && i < call->naddress; i++)
		sql_append(&s, ", k.c%d", address_column(call, sample) + i);
	return violation_run(&s, SPI_OK_UPDATE_RETURNING, &written);
}

uint64
link_sql_differing(LinkCall *call, List *items)
{
	Written		written = link_written(call, items);
	SqlText		s;
	uint64		rows;

	statement_init(&s);
	sql_append(&s, "SELECT FROM %s AS t, %s", call->assoc->through->quoted_table,
			   link_sql_rows(&s, call, items));
	append_update_where(&s, call, linitial(items), false);
	rows = violation_run(&s, SPI_OK_SELECT, &written);
	SPI_freetuptable(SPI_tuptable);
	return rows;
}

/* which rows t of the join table the items would change */
static void
append_update_where(SqlText *s, LinkCall *call, const LinkItem *sample, bool revive)
{
	const ResolvedAssociation *assoc = call->assoc;

	statement_where(s, link_sql_links(s, call));
	sql_append(s, " AND %s", statement_equal_row(assoc->ntarget, assoc->target_ref, assoc->target_key, 1));
	if (sample->row != NULL)
		sql_append(s, " AND %s",
				   statement_equal_row(call->naddress, call->address, call->address,
									   address_column(call, sample)));
	if (revive)
	{
		/* hidden still */
		sql_append(s, " AND NOT %s", link_sql_live(s, call));
		return;
	}
	link_sql_and_live(s, call);
	append_differs(s, call, sample->payload);
}

/* a trigger may store a symmetric link in the order of its own */
static bool
may_be_turned_round(LinkCall *call)
{
	return call->symmetric && call->sources == NULL && table_rewrites(call->assoc->through, CMD_INSERT);
}

/* RETURNING, of the two ends, the one that is not the source */
static void
append_other_end(SqlText *s, LinkCall *call)
{
	const ResolvedAssociation *assoc = call->assoc;
	Attribute  *source = assoc->source_ref[0];
	Attribute  *target = assoc->target_ref[0];

	statement_returning(s, psprintf("CASE WHEN %s THEN %s ELSE %s END",
									statement_equal_param(s, NULL, target, assoc->source_key[0], call->source[0]),
									sql_column(NULL, source), sql_column(NULL, target)));
}

/* INSERT INTO the join table the links of these items, which give the same columns */
static void
append_insert(SqlText *s, LinkCall *call, List *items)
{
	const Model *through = call->assoc->through;
	int			max = call->assoc->nsource + call->assoc->ntarget + through->nattributes + call->nscope;
	InsertColumns insert = {items, 0, palloc_array(Attribute *, max), palloc_array(StatementColumn, max)};

	add_keys(&insert, call);
	add_payload(&insert, call);
	sql_append(s, "INSERT INTO %s (%s) ", through->quoted_table,
			   sql_columns(NULL, insert.n, insert.attributes));
	statement_insert_rows(s, through, list_length(items), insert.n, insert.columns);
}

/* both keys; of a column that they share the value is the source's, and one that is generated is not given */
static void
add_keys(InsertColumns *insert, LinkCall *call)
{
	const ResolvedAssociation *assoc = call->assoc;

	for (int c = 0; c < assoc->nsource; c++)
	{
		if (assoc->source_ref[c]->generated == '\0')
			add_column(insert, assoc->source_ref[c], assoc->source_key[c]->type, call->source[c], false);
	}
	for (int c = 0; c < assoc->ntarget; c++)
	{
		StatementColumn *column;

		if (link_is_source_column(call, assoc->target_ref[c]) || assoc->target_ref[c]->generated != '\0')
			continue;
		column = add_column(insert, assoc->target_ref[c], assoc->target_key[c]->type, (Datum) 0, false);
		foreach_ptr(LinkItem, item, insert->items)
			column->values[foreach_current_index(item)] = item->key[c];
	}
}

/* the payload, what the scope demands beside it, and the time */
static void
add_payload(InsertColumns *insert, LinkCall *call)
{
	const Model *through = call->assoc->through;
	const LinkPayload *sample = ((LinkItem *) linitial(insert->items))->payload;
	Attribute  *times[2];
	int			ntimes = kept_times_new(through, sample ? sample->given : NULL, times);

	for (int a = 0; sample && a < through->nattributes; a++)
	{
		if (sample->given[a])
			set_payload(add_column(insert, &through->attributes[a], through->attributes[a].type,
								   (Datum) 0, false), insert->items, a);
	}
	for (int i = 0; i < call->nscope; i++)
	{
		const LinkScope *scope = &call->scope[i];

		if (scope->attribute->generated == '\0' &&
			(sample == NULL || !sample->given[scope->attribute - through->attributes]))
			add_column(insert, scope->attribute, scope->attribute->type, scope->value, scope->isnull);
	}
	for (int i = 0; i < ntimes; i++)
		add_column(insert, times[i], times[i]->type,
				   kept_time_now(times[i]->type, times[i]->typmod, times[i]->column), false);
}

/* the same value for all rows, until the caller sets others */
static StatementColumn *
add_column(InsertColumns *insert, Attribute *attribute, Oid type, Datum value, bool isnull)
{
	int			nrows = list_length(insert->items);
	StatementColumn *column = &insert->columns[insert->n];

	*column = statement_column(type, nrows);
	for (int i = 0; i < nrows; i++)
	{
		column->values[i] = value;
		column->nulls[i] = isnull;
	}
	insert->attributes[insert->n++] = attribute;
	return column;
}

/* what the payload of each item gives */
static void
set_payload(StatementColumn *column, List *items, int attribute)
{
	foreach_ptr(LinkItem, item, items)
	{
		column->values[foreach_current_index(item)] = item->payload->values[attribute];
		column->nulls[foreach_current_index(item)] = item->payload->nulls[attribute];
	}
}

/* both keys; the two may share columns */
static char *
ref_columns(LinkCall *call)
{
	const ResolvedAssociation *assoc = call->assoc;
	Attribute **columns = palloc_array(Attribute *, assoc->nsource + assoc->ntarget);
	int			n = assoc->nsource;

	memcpy(columns, assoc->source_ref, sizeof(Attribute *) * n);
	for (int i = 0; i < assoc->ntarget; i++)
	{
		if (!link_is_source_column(call, assoc->target_ref[i]))
			columns[n++] = assoc->target_ref[i];
	}
	return sql_columns(NULL, n, columns);
}

static void
append_set(SqlText *s, LinkCall *call, const LinkPayload *payload, bool revive)
{
	const Model *through = call->assoc->through;
	int			column = call->assoc->ntarget;

	for (int a = 0; payload && a < through->nattributes; a++)
	{
		if (payload->given[a])
			statement_set(s, &through->attributes[a],
						  operation_of_row(link_operation(payload, a), &through->attributes[a], ++column));
	}
	if (revive && call->deleted_at)
		statement_set(s, call->deleted_at, "NULL");
}

/*
 * AND something given is not what stands.  Compared as row images: that works for
 * types without an equality, needs no search_path to find one, and distinguishes 1.0 from 1.00.
 */
static void
append_differs(SqlText *s, LinkCall *call, const LinkPayload *payload)
{
	const Model *through = call->assoc->through;
	int			column = call->assoc->ntarget;
	StringInfoData stored;
	StringInfoData given;

	initStringInfo(&stored);
	initStringInfo(&given);
	for (int a = 0; a < through->nattributes; a++)
	{
		Attribute  *attribute = &through->attributes[a];
		const char *comma = given.len > 0 ? ", " : "";

		if (!payload->given[a])
			continue;
		appendStringInfo(&stored, "%s%s", comma, sql_column("t", attribute));
		appendStringInfo(&given, "%s%s", comma,
						 operation_of_row(link_operation(payload, a), attribute, ++column));
	}
	sql_append(s, " AND pg_catalog.record_image_ne(ROW(%s), ROW(%s))", stored.data, given.data);
}

char *
link_sql_rows(SqlText *s, LinkCall *call, List *items)
{
	const ResolvedAssociation *assoc = call->assoc;
	const LinkItem *sample = linitial(items);
	int			nrows = list_length(items);
	StatementColumn *columns = palloc_array(StatementColumn, assoc->ntarget +
											 assoc->through->nattributes + call->naddress);
	int			n = 0;

	for (int c = 0; c < assoc->ntarget; c++, n++)
	{
		columns[n] = statement_column(assoc->target_key[c]->type, nrows);
		foreach_ptr(LinkItem, item, items)
			columns[n].values[foreach_current_index(item)] = item->key[c];
	}
	for (int a = 0; sample->payload && a < assoc->through->nattributes; a++)
	{
		if (!sample->payload->given[a])
			continue;
		columns[n] = statement_column(operation_type(&assoc->through->attributes[a],
													 link_operation(sample->payload, a)), nrows);
		set_payload(&columns[n++], items, a);
	}
	for (int c = 0; sample->row != NULL && c < call->naddress; c++, n++)
	{
		columns[n] = statement_column(call->address[c]->type, nrows);
		foreach_ptr(LinkItem, item, items)
			columns[n].values[foreach_current_index(item)] = item->row[c];
	}
	return statement_rows(s, nrows, n, columns);
}

/* number of the first column of link_sql_rows that identifies a link */
static int
address_column(LinkCall *call, const LinkItem *item)
{
	int			column = call->assoc->ntarget + 1;

	for (int a = 0; item->payload != NULL && a < call->assoc->through->nattributes; a++)
		column += item->payload->given[a] ? 1 : 0;
	return column;
}
