/*-------------------------------------------------------------------------
 *
 * link_one.c
 *	  The statements that write one link.
 *
 * Decides their SQL, which is all of parameters: $1 and on are the link's columns in the
 * order of one_columns.
 *
 * Statements over several links (but for INSERTs into Citus' tables), and those that have to look at more than the link's own
 * columns, are in link_sql.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "deparse/statement.h"
#include "executor/spi.h"
#include "link/link.h"
#include "registry/kept_times.h"
#include "utils/builtins.h"

static void one_statement(Statement *s, LinkCall *call, LinkItem *item, LinkStatement what);
static void rows_statement(Statement *s, LinkCall *call, List *items, bool ignore);
static int	one_columns(LinkCall *call, LinkItem *item, Attribute **columns, Statement *s);
static void add_column(Statement *s, Attribute **columns, Attribute *column,
					   Oid type, Datum value, bool isnull);
static void append_insert(Statement *s, LinkCall *call, const LinkPayload *payload,
						  Attribute **columns, int nrows, bool ignore);
static void append_update(Statement *s, LinkCall *call, const LinkPayload *payload, int nkeys,
						  Attribute **columns);
static void append_keys(Statement *s, LinkCall *call, int nkeys, Attribute **columns);
static const Attribute *key_of(const ResolvedAssociation *assoc, const Attribute *column);
static void append_differs(Statement *s, LinkCall *call, int nkeys, Attribute **columns);

uint64
link_one_insert(LinkCall *call, List *items, bool ignore)
{
	Written		written = link_written(call, items);
	Statement	s;

	if (list_length(items) == 1)
		one_statement(&s, call, linitial(items), ignore ? LINK_INSERT_OR_NOTHING : LINK_INSERT);
	else
		rows_statement(&s, call, items, ignore);
	return violation_run(&s, SPI_OK_INSERT_RETURNING, &written);
}

uint64
link_one_update(LinkCall *call, LinkItem *item)
{
	Written		written = link_written(call, list_make1(item));
	Statement	s;

	one_statement(&s, call, item, LINK_UPDATE);
	return violation_run(&s, SPI_OK_UPDATE_RETURNING, &written);
}

static void
one_statement(Statement *s, LinkCall *call, LinkItem *item, LinkStatement what)
{
	const ResolvedAssociation *assoc = call->assoc;
	Attribute **columns = palloc_array(Attribute *, assoc->nsource + assoc->ntarget +
									   assoc->through->nattributes + call->nscope);
	int			nkeys;

	if (what == LINK_UPDATE)
		statement_update(s, assoc->through->relid, assoc->through->quoted_table);
	else
		statement_init(s);
	nkeys = one_columns(call, item, columns, s);
	if (what == LINK_UPDATE)
		append_update(s, call, item->payload, nkeys, columns);
	else
		append_insert(s, call, item->payload, columns, 1, what == LINK_INSERT_OR_NOTHING);
}

/* several links that give the same columns, each with parameters of its own */
static void
rows_statement(Statement *s, LinkCall *call, List *items, bool ignore)
{
	const ResolvedAssociation *assoc = call->assoc;
	LinkItem   *sample = linitial(items);
	Attribute **columns = palloc_array(Attribute *, list_length(items) *
									   (assoc->nsource + assoc->ntarget +
										assoc->through->nattributes + call->nscope));

	statement_init(s);
	foreach_ptr(LinkItem, item, items)
		(void) one_columns(call, item, columns, s);
	append_insert(s, call, sample->payload, columns, list_length(items), ignore);
}

/*
 * The columns that a link is made of, and their values as arguments: both keys (which may
 * share columns, whose value is the source's), the payload, and what the scope demands.
 * Returns how many belong to the keys.
 */
static int
one_columns(LinkCall *call, LinkItem *item, Attribute **columns, Statement *s)
{
	const ResolvedAssociation *assoc = call->assoc;
	const LinkPayload *payload = item->payload;
	Attribute  *attributes = assoc->through->attributes;
	int			nkeys;

	for (int i = 0; i < assoc->nsource; i++)
		add_column(s, columns, assoc->source_ref[i], assoc->source_key[i]->type,
				   call->source[i], false);
	for (int i = 0; i < assoc->ntarget; i++)
	{
		if (!link_is_source_column(call, assoc->target_ref[i]))
			add_column(s, columns, assoc->target_ref[i], assoc->target_key[i]->type,
					   item->key[i], false);
	}
	nkeys = s->nargs;
	for (int a = 0; payload && a < assoc->through->nattributes; a++)
	{
		if (payload->given[a])
			add_column(s, columns, &attributes[a], attributes[a].type,
					   payload->values[a], payload->nulls[a]);
	}
	for (int i = 0; i < call->nscope; i++)
	{
		LinkScope  *scope = &call->scope[i];

		if (payload == NULL || !payload->given[scope->attribute - attributes])
			add_column(s, columns, scope->attribute, scope->attribute->type,
					   scope->value, scope->isnull);
	}
	return nkeys;
}

static void
add_column(Statement *s, Attribute **columns, Attribute *column,
		   Oid type, Datum value, bool isnull)
{
	columns[s->nargs] = column;
	statement_argument(s, type, value, isnull);
}

static void
append_insert(Statement *s, LinkCall *call, const LinkPayload *payload, Attribute **columns,
			  int nrows, bool ignore)
{
	int			ncolumns = s->nargs / nrows;
	Attribute  *times[2];
	int			ntimes = kept_times_new(call->assoc->through, payload ? payload->given : NULL,
										times);

	appendStringInfo(&s->sql, "INSERT INTO %s (", call->assoc->through->quoted_table);
	statement_columns(s, NULL, ncolumns, columns);
	for (int i = 0; i < ntimes; i++)
		appendStringInfo(&s->sql, ", %s", quote_identifier(times[i]->column));
	appendStringInfoString(&s->sql, ") VALUES ");
	for (int row = 0; row < nrows; row++)
	{
		appendStringInfoString(&s->sql, row > 0 ? "), (" : "(");
		for (int i = 1; i <= ncolumns; i++)
			appendStringInfo(&s->sql, "%s$%d", i > 1 ? ", " : "", row * ncolumns + i);
		for (int i = 0; i < ntimes; i++)
			appendStringInfoString(&s->sql, ", pg_catalog.now()");
	}
	appendStringInfoChar(&s->sql, ')');
	if (ignore)
		link_sql_ignore(s, call);
	link_sql_returning(s, call, NULL);
}

static void
append_update(Statement *s, LinkCall *call, const LinkPayload *payload, int nkeys,
			  Attribute **columns)
{
	for (int i = nkeys; i < s->nargs; i++)
		appendStringInfo(&s->sql, "%s%s = $%d", i > nkeys ? ", " : "",
						 quote_identifier(columns[i]->column), i + 1);
	statement_touch(s, call->assoc->through, payload->given);
	appendStringInfoString(&s->sql, " WHERE ");
	append_keys(s, call, nkeys, columns);
	appendStringInfoString(&s->sql, " AND ");
	append_differs(s, call, nkeys, columns);
	link_sql_returning(s, call, "t");
}

static void
append_keys(Statement *s, LinkCall *call, int nkeys, Attribute **columns)
{
	for (int i = 0; i < nkeys; i++)
	{
		char	   *left = psprintf("t.%s", quote_identifier(columns[i]->column));
		char	   *right = psprintf("$%d", i + 1);

		appendStringInfoString(&s->sql, i > 0 ? " AND " : "");
		statement_equal(s, left, columns[i], right, key_of(call->assoc, columns[i]));
	}
}

/* what a column of the link points at; one of both keys has the source's value */
static const Attribute *
key_of(const ResolvedAssociation *assoc, const Attribute *column)
{
	for (int i = 0; i < assoc->nsource; i++)
		if (assoc->source_ref[i] == column)
			return assoc->source_key[i];
	for (int i = 0; i < assoc->ntarget; i++)
		if (assoc->target_ref[i] == column)
			return assoc->target_key[i];
	elog(ERROR, "column \"%s\" is not one of the link's keys", column->column);
}

/*
 * Something given is not what stands.  Compared as row images: that works for types without
 * an equality, needs no search_path to find one, and tells 1.0 from 1.00.  Citus makes a
 * literal of a row of parameters, which it cannot read: there a key keeps the row a row.
 */
static void
append_differs(Statement *s, LinkCall *call, int nkeys, Attribute **columns)
{
	bool		distributed = call->assoc->through->distributed;

	appendStringInfoString(&s->sql, "pg_catalog.record_image_ne(ROW(");
	statement_columns(s, "t", s->nargs - nkeys, columns + nkeys);
	appendStringInfoString(&s->sql, distributed ? ", " : "");
	statement_columns(s, "t", distributed ? 1 : 0, columns);
	appendStringInfoString(&s->sql, "), ROW(");
	for (int i = nkeys; i < s->nargs; i++)
		appendStringInfo(&s->sql, "%s$%d", i > nkeys ? ", " : "", i + 1);
	appendStringInfoString(&s->sql, distributed ? ", " : "");
	statement_columns(s, "t", distributed ? 1 : 0, columns);
	appendStringInfoString(&s->sql, "))");
}
