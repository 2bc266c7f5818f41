/*-------------------------------------------------------------------------
 *
 * load_sql.c
 *	  The statement of each node of a load plan.
 *
 * Decides its form: keys come as arrays ($1 ..); a limit per parent runs one
 * LATERAL subquery a key, which stops at the limit by index order.  Rows need no
 * order of their own where none was asked for: a node sorts by key itself.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "base/compat.h"
#include "base/ddl.h"
#include "commands/defrem.h"
#include "plan/plan_builder.h"
#include "registry/citus.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/* offsets in a statement, where its other forms differ */
typedef struct StatementParts
{
	int			from;			/* of the rows of one key, where each has its own limit */
	int			select_to;		/* behind the columns */
	int			match_from;		/* the match of the keys */
	int			match_to;
	int			order_from;		/* behind the conditions */
	int			to;				/* end of the rows of one key */
} StatementParts;

static void append_statement(NodeBuilder *builder, StatementParts *parts);
static void append_matching(NodeBuilder *builder, bool per_key, StatementParts *parts);
static void append_order(NodeBuilder *builder);
static void insert_joins(NodeBuilder *builder, StatementParts *parts);
static bool reads_distributed(const NodeBuilder *builder);
static bool links_come_first(const NodeBuilder *builder);
static bool keys_fit_arrays(const LoadNode *node);
static void append_select(NodeBuilder *builder, const char *names);
static void append_tables(NodeBuilder *builder);
static void append_links_first(NodeBuilder *builder, bool lateral, StatementParts *parts);
static bool must_order(const NodeBuilder *builder);
static bool may_use_range(const LoadNode *node);
static char *one_sql(NodeBuilder *builder, const StatementParts *parts);
static char *range_sql(NodeBuilder *builder, const StatementParts *parts);
static char *window_sql(NodeBuilder *builder, const StatementParts *parts);
static void append_partition(NodeBuilder *builder);
static void append_numbers(NodeBuilder *builder);
static void set_other(NodeBuilder *builder, const StatementParts *parts);
static bool some_are_counted(const List *grouped);
static void name_columns(LoadNode *node);
static void omit_trivial_where(StringInfo buf, int match_from);
static void append_parent_match(NodeBuilder *builder);
static void append_key_match(NodeBuilder *builder, bool lateral);
static bool may_match_too_much(const NodeBuilder *builder);
static void append_each_key(NodeBuilder *builder);
static void append_keys_equal(NodeBuilder *builder, StringInfo buf, const char *before,
							  const char *after);
static void append_key_rows(NodeBuilder *builder);
static bool some_key_is_composite(const LoadNode *node);
static void group_as_keys(LoadNode *node);
static void append_group(NodeBuilder *builder);
static void append_limit(NodeBuilder *builder);
static void append_lock(NodeBuilder *builder);
static Attribute key_attribute(const LoadNode *node, int i);

void
load_sql_write(NodeBuilder *builder)
{
	LoadNode   *node = builder->node;
	SqlText    *sql = &builder->sql;
	StatementParts parts = {0};

	load_found_watch(builder);
	if (sql->buf.len == 0)
		append_statement(builder, &parts);
	node->sql = sql->buf.data;
	node->nparams = list_length(sql->used);
	node->params = palloc_array(int, Max(1, node->nparams));
	for (int i = 0; i < node->nparams; i++)
		node->params[i] = list_nth_int(sql->used, i);
	for (int form = 0; form < NFORMS; form++)
	{
		node->forms[form].node = node;
		node->forms[form].form = form;
	}
	if (keys_fit_arrays(node))
		node->forms[FORM_FEW].sql = node->forms[FORM_MANY].sql = node->sql;
	if (node->nref > 0 && !node->plan->nested)
		node->forms[FORM_ONE].sql = one_sql(builder, &parts);
	if (may_use_range(node))
		node->forms[FORM_RANGE].sql = range_sql(builder, &parts);
	set_other(builder, &parts);
}

/*
 * Tables on other nodes have their own planner, which takes no subquery for each key: a limit is
 * always a number of the row there, values of associated rows are groups where it must be, and nothing is
 * left to be chosen.
 */
static void
set_other(NodeBuilder *builder, const StatementParts *parts)
{
	LoadNode   *node = builder->node;
	bool		distributed = reads_distributed(builder);
	int			tables_to = parts->match_from - strlen(" WHERE ");
	char	   *sql = NULL;

	if (node->limited && node->nref > 0 && (builder->find->limit || distributed) &&
		keys_fit_arrays(node) && !node->plan->nested)
		sql = window_sql(builder, parts);
	else if (node->nref == 0)
		sql = sql_with_groups(&builder->sql, node->sql, tables_to, false);
	if (sql != NULL && distributed && (node->nref > 0 || builder->sql.must_group))
		node->sql = node->forms[FORM_FEW].sql = node->forms[FORM_MANY].sql = sql;
	if (!distributed)
		load_found_rows(builder);
	if (!distributed && builder->sql.found && node->plan->kind == LOAD_COUNT)
		node->forms[FORM_MANY].other = load_found_count(builder);
	if (sql == NULL || distributed)
		return;
	node->forms[FORM_MANY].other = load_sql_statement(node, sql);
	if (node->nref == 0 && some_are_counted(builder->sql.grouped))
		node->forms[FORM_MANY].other->other =
			load_sql_statement(node, sql_with_groups(&builder->sql, node->sql, tables_to, true));
}

LoadStatement *
load_sql_statement(LoadNode *node, char *sql)
{
	LoadStatement *statement = palloc0_object(LoadStatement);

	statement->node = node;
	statement->form = FORM_MANY;
	statement->sql = sql;
	return statement;
}

static bool
some_are_counted(const List *grouped)
{
	foreach_ptr(const SqlGrouped, one, grouped)
		if (one->rows != NULL)
			return true;
	return false;
}

static bool
reads_distributed(const NodeBuilder *builder)
{
	foreach_oid(relation, *builder->sql.relations)
	{
		if (citus_has_table(relation))
			return true;
	}
	return false;
}

/* there are no arrays of arrays: such keys are asked for one by one */
static bool
keys_fit_arrays(const LoadNode *node)
{
	for (int i = 0; i < node->nref; i++)
		if (!OidIsValid(node->ref_arrays[i]))
			return false;
	return true;
}

/* groups have written theirs themselves (load_aggregate.c) */
static void
append_statement(NodeBuilder *builder, StatementParts *parts)
{
	LoadNode   *node = builder->node;
	SqlText    *sql = &builder->sql;
	bool		nested = node->plan->nested;
	bool		per_key = node->nref > 0 && node->limited && !nested;

	if (nested)
		name_columns(node);
	if (per_key)
	{
		appendStringInfoString(&sql->buf, "SELECT x.* FROM ");
		append_key_rows(builder);
		appendStringInfoString(&sql->buf, " CROSS JOIN LATERAL (");
		parts->from = sql->buf.len;
	}
	if (node->fold)
		group_as_keys(node);
	append_select(builder, per_key ? "c" : NULL);
	parts->select_to = sql->buf.len;
	if (links_come_first(builder))
		append_links_first(builder, per_key, parts);
	else
		append_matching(builder, per_key, parts);
	load_where_append(builder);
	if (node->nref == 0 && nested)
		omit_trivial_where(&sql->buf, parts->match_from);
	parts->order_from = sql->buf.len;
	append_group(builder);
	if (must_order(builder))
		append_order(builder);
	append_limit(builder);
	parts->to = sql->buf.len;
	if (per_key)
		appendStringInfoString(&sql->buf, ") x");
	if (node->plan->kind == LOAD_LOCK)
		append_lock(builder);
	insert_joins(builder, parts);
}

/* FROM ... WHERE ..., as far as the rows belong to the keys */
static void
append_matching(NodeBuilder *builder, bool per_key, StatementParts *parts)
{
	StringInfo	buf = &builder->sql.buf;

	append_tables(builder);
	appendStringInfoString(buf, " WHERE ");
	parts->match_from = buf->len;
	if (builder->node->nref > 0 && builder->node->plan->nested)
		append_parent_match(builder);
	else
		append_key_match(builder, per_key);
	parts->match_to = buf->len;
}

/* rows that are locked have come into order before: joins do for that (load_plan.c) */
static void
append_order(NodeBuilder *builder)
{
	builder->sql.own = &builder->scope;
	sql_append_order(&builder->sql, plan_order_keys(builder));
}

/* the joins that expressions have asked for stand between the tables and the match, which they move */
static void
insert_joins(NodeBuilder *builder, StatementParts *parts)
{
	int			moved = sql_insert_joins(&builder->sql);

	if (!links_come_first(builder))
	{
		parts->match_from += moved;
		parts->match_to += moved;
	}
	parts->order_from += moved;
	parts->to += moved;
}

/* a node without an order of its own sorts its rows itself where it knows their key */
static bool
must_order(const NodeBuilder *builder)
{
	const LoadNode *node = builder->node;

	return !node->fold &&
		(builder->order != NIL || node->nref == 0 || node->limited || (builder->assoc != NULL && node->nsort == 0));
}

/*
 * Keys that leave no gaps are asked for as a range: one index scan instead of
 * one search a key.  Rows of keys that are not requested are dropped when they come.
 */
static bool
may_use_range(const LoadNode *node)
{
	/* in a range there may be keys of the levels above, whose rows are there */
	if (node->tree && node->tree->step == node)
		return false;
	return node->nref == 1 && !node->plan->nested && !node->limited && node->ref_keys[0].plain &&
		node->parent != NULL;
}

/* one key needs no array, nor its limit a LATERAL, nor its value a group: the planner knows how few rows there are */
static char *
one_sql(NodeBuilder *builder, const StatementParts *parts)
{
	LoadNode   *node = builder->node;
	StringInfoData buf;

	initStringInfo(&buf);
	if (node->fold)
		appendStringInfo(&buf, "SELECT %s", node->columns[0].sql);
	else
		appendBinaryStringInfo(&buf, node->sql + parts->from, parts->select_to - parts->from);
	appendBinaryStringInfo(&buf, node->sql + parts->select_to, parts->match_from - parts->select_to);
	append_keys_equal(builder, &buf, "$", "");
	appendBinaryStringInfo(&buf, node->sql + parts->match_to,
						   (node->fold ? parts->order_from : parts->to) - parts->match_to);
	if (node->fold && node->fold->kind == AGGREGATE_HAS)
		appendStringInfoString(&buf, " LIMIT 1");
	return buf.data;
}

/* $1 is the first of the keys, a parameter after all others the last */
static char *
range_sql(NodeBuilder *builder, const StatementParts *parts)
{
	LoadNode   *node = builder->node;
	Attribute  *ref = builder->assoc->source_ref[0];
	Attribute	key = key_attribute(node, 0);
	const char *column = sql_column(sql_ref_alias(&builder->scope), ref);

	return psprintf("%.*s%s AND %s%s", parts->match_from, node->sql,
					sql_keys_compare(column, ref, BTGreaterEqualStrategyNumber, "$1", &key),
					sql_keys_compare(column, ref, BTLessEqualStrategyNumber,
									 psprintf("$%d", node->nparams + 2), &key),
					node->sql + parts->match_to);
}

/*
 * The rows of all keys at once, numbered key by key, instead of a subquery for each key:
 * conditions are looked at for all rows together.  That may cost less for many keys, and more
 * where an index ends each subquery after a few of many rows.
 */
static char *
window_sql(NodeBuilder *builder, const StatementParts *parts)
{
	LoadNode   *node = builder->node;
	SqlText    *sql = &builder->sql;
	StringInfo	buf = &sql->buf;
	int			select = parts->from + strlen("SELECT ");

	initStringInfo(buf);
	appendStringInfoString(buf, "SELECT ");
	for (int i = 0; i < node->ncolumns; i++)
		appendStringInfo(buf, "%sx.c%d", i > 0 ? ", " : "", i);
	appendStringInfoString(buf, " FROM (SELECT pg_catalog.row_number() OVER (PARTITION BY ");
	append_partition(builder);
	sql_append_order_expressions(sql, plan_order_keys(builder));
	appendStringInfo(buf, ") AS n, %.*s", parts->match_from - select, node->sql + select);
	append_key_match(builder, false);
	appendStringInfo(buf, "%.*s) x WHERE ", parts->order_from - parts->match_to,
					 node->sql + parts->match_to);
	append_numbers(builder);
	appendStringInfoString(buf, " ORDER BY x.n");
	return buf->data;
}

static void
append_partition(NodeBuilder *builder)
{
	Attribute **refs = builder->assoc->source_ref;
	const char *alias = sql_ref_alias(&builder->scope);

	for (int i = 0; i < builder->node->nref; i++)
	{
		Attribute	key = key_attribute(builder->node, i);

		appendStringInfo(&builder->sql.buf, "%s%s", i > 0 ? ", " : "",
						 sql_ref_as(sql_column(alias, refs[i]), refs[i], &key));
	}
}

/* which numbers are within limit and offset; null is none of either */
static void
append_numbers(NodeBuilder *builder)
{
	StringInfo	buf = &builder->sql.buf;
	const char *beyond = builder->offset_sql ?
		psprintf("(x.n OPERATOR(pg_catalog.-) COALESCE(%s, 0))", builder->offset_sql) : "x.n";

	if (builder->offset_sql)
		appendStringInfo(buf, "%s OPERATOR(pg_catalog.>) 0 AND ", beyond);
	if (builder->limit_sql == NULL)
		appendStringInfoString(buf, "true");
	else if (builder->find->limit && builder->find->limit->kind == OPTION_LITERAL)
		appendStringInfo(buf, "%s OPERATOR(pg_catalog.<=) %s", beyond, builder->limit_sql);
	else
		appendStringInfo(buf, "(%s OPERATOR(pg_catalog.<=) %s) IS NOT FALSE", beyond,
						 builder->limit_sql);
}

void
load_sql_append_rows(NodeBuilder *builder)
{
	append_tables(builder);
	appendStringInfoString(&builder->sql.buf, " WHERE true");
	load_where_append(builder);
	(void) sql_insert_joins(&builder->sql);
}

/* the node's columns, named c0, c1, ... where an outer query wants names */
static void
append_select(NodeBuilder *builder, const char *names)
{
	LoadNode   *node = builder->node;
	StringInfo	buf = &builder->sql.buf;

	appendStringInfoString(buf, "SELECT ");
	for (int i = 0; i < node->ncolumns; i++)
	{
		appendStringInfo(buf, "%s%s", i > 0 ? ", " : "", node->columns[i].sql);
		if (names)
			appendStringInfo(buf, " AS %s%d", names, i);
	}
	if (node->ncolumns == 0)
		appendStringInfoString(buf, "NULL");
}

static void
append_tables(NodeBuilder *builder)
{
	StringInfo	buf = &builder->sql.buf;

	if (builder->node->links_only)
	{
		appendStringInfo(buf, " FROM %s l", builder->node->through_sql);
		sql_joins_here(&builder->sql);
		return;
	}
	appendStringInfo(buf, " FROM %s t", builder->node->target_sql);
	if (builder->node->shape == LOAD_BY_LINK)
		appendStringInfo(buf, " JOIN %s l ON %s", builder->node->through_sql,
						 sql_target_match(builder->assoc, "l", "t"));
	sql_joins_here(&builder->sql);
}

/*
 * Citus joins rows of several nodes with the result of a subquery, which it runs before, and
 * OFFSET 0 makes it one: the links of the keys, then the rows that they lead to.
 */
static void
append_links_first(NodeBuilder *builder, bool lateral, StatementParts *parts)
{
	StringInfo	buf = &builder->sql.buf;

	appendStringInfo(buf, " FROM (SELECT l.* FROM %s l WHERE ", builder->node->through_sql);
	parts->match_from = buf->len;
	append_key_match(builder, lateral);
	parts->match_to = buf->len;
	appendStringInfo(buf, " OFFSET 0) l JOIN %s t ON %s", builder->node->target_sql,
					 sql_target_match(builder->assoc, "l", "t"));
	sql_joins_here(&builder->sql);
	appendStringInfoString(buf, " WHERE true");
}

/* where links and what they lead to are spread each by its own key */
static bool
links_come_first(const NodeBuilder *builder)
{
	const LoadNode *node = builder->node;

	return node->shape == LOAD_BY_LINK && node->nref > 0 && !node->plan->nested && !node->links_only &&
		sql_target_is_apart(builder->assoc);
}

/* people do not write WHERE true AND ... */
static void
omit_trivial_where(StringInfo buf, int match_from)
{
	int			drop = strlen("true AND ");

	if (buf->len == match_from + (int) strlen("true"))
		buf->len = match_from - strlen(" WHERE ");
	else
	{
		memmove(buf->data + match_from, buf->data + match_from + drop,
				buf->len - match_from - drop);
		buf->len -= drop;
	}
	buf->data[buf->len] = '\0';
}

/* a nested statement joins the row of the parent, in whose scope it stands */
static void
append_parent_match(NodeBuilder *builder)
{
	LoadNode   *node = builder->node;
	const char *alias = sql_ref_alias(&builder->scope);

	for (int i = 0; i < node->nref; i++)
	{
		const LoadColumn *key = &node->parent->columns[node->parent_columns[i]];

		appendStringInfo(&builder->sql.buf, "%s%s", i > 0 ? " AND " : "",
						 sql_source_equal(builder->assoc, i,
										  sql_column(alias, builder->assoc->source_ref[i]),
										  psprintf("%s.%s", load_sql_row_name(node->parent),
												   key->name)));
	}
}

/* inner tables are t1, l1, ...: a name with an underscore is never one of them */
char *
load_sql_row_name(const LoadNode *node)
{
	const char *name = node->parent ? node->key : ddl_table_name(node->target);

	return pstrdup(quote_identifier(makeObjectName(name, psprintf("%d", node->number), NULL)));
}

/* columns of target and link, which may have the same names, as columns of one row */
static void
name_columns(LoadNode *node)
{
	for (int i = 0; i < node->ncolumns; i++)
	{
		LoadColumn *column = &node->columns[i];
		const char *base = column->attnum == 0 ? "value" :
			get_attname(column->of_through ? node->through : node->target, column->attnum, false);
		int			suffix = 0;

		column->name = pstrdup(quote_identifier(base));
		for (int j = 0; j < i; j++)
		{
			if (strcmp(node->columns[j].name, column->name) != 0)
				continue;
			column->name = pstrdup(quote_identifier(makeObjectName(base, psprintf("%d", ++suffix), NULL)));
			j = -1;
		}
	}
}

/* one = ANY($1), or a semijoin with the rows of several arrays */
static void
append_key_match(NodeBuilder *builder, bool lateral)
{
	LoadNode   *node = builder->node;
	StringInfo	buf = &builder->sql.buf;

	if (node->nref == 0)
		appendStringInfoString(buf, "true");
	else if (lateral)
		append_keys_equal(builder, buf, "k.k", "");
	else if (node->nref == 1 || may_match_too_much(builder))
		append_each_key(builder);
	else
	{
		appendStringInfoString(buf, "EXISTS (SELECT 1 FROM ");
		append_key_rows(builder);
		appendStringInfoString(buf, " WHERE ");
		append_keys_equal(builder, buf, "k.k", "");
		/* what an index goes by */
		appendStringInfoString(buf, ") AND ");
		append_each_key(builder);
	}
}

/*
 * Beside a semijoin Citus asks every shard.  Rows of keys that are not requested are dropped
 * when they come, but of the step of a tree they may be of levels above.
 */
static bool
may_match_too_much(const NodeBuilder *builder)
{
	const LoadNode *node = builder->node;

	return builder->assoc != NULL && node->parent != NULL && !node->plan->nested &&
		(node->tree == NULL || node->tree->step != node) && reads_distributed(builder);
}

/* each column of the key among its values: pairs that nobody asked for match too */
static void
append_each_key(NodeBuilder *builder)
{
	append_keys_equal(builder, &builder->sql.buf, "ANY($", ")");
}

/* the columns that refer to the keys, equal to what is written with their numbers */
static void
append_keys_equal(NodeBuilder *builder, StringInfo buf, const char *before, const char *after)
{
	Attribute **refs = builder->assoc ? builder->assoc->source_ref : builder->model->key;
	const char *alias = sql_ref_alias(&builder->scope);

	for (int i = 0; i < builder->node->nref; i++)
	{
		Attribute	key = key_attribute(builder->node, i);

		appendStringInfo(buf, "%s%s", i > 0 ? " AND " : "",
						 sql_keys_equal(sql_column(alias, refs[i]), refs[i],
										psprintf("%s%d%s", before, i + 1, after), &key));
	}
}

/* the keys as rows of k(k1, ...); in FROM unnest makes a column of each field of a composite value, not so in a list */
static void
append_key_rows(NodeBuilder *builder)
{
	StringInfo	buf = &builder->sql.buf;
	int			n = builder->node->nref;

	appendStringInfoString(buf, some_key_is_composite(builder->node) ? "(SELECT " : "ROWS FROM (");
	for (int i = 1; i <= n; i++)
		appendStringInfo(buf, "%spg_catalog.unnest($%d)", i > 1 ? ", " : "", i);
	appendStringInfoString(buf, ") k(");
	for (int i = 1; i <= n; i++)
		appendStringInfo(buf, "%sk%d", i > 1 ? ", " : "", i);
	appendStringInfoChar(buf, ')');
}

static bool
some_key_is_composite(const LoadNode *node)
{
	for (int i = 0; i < node->nref; i++)
		if (type_is_rowtype(node->ref_keys[i].type))
			return true;
	return false;
}

/* references that are equal to one key are one group, also where their own collation tells them apart */
static void
group_as_keys(LoadNode *node)
{
	for (int i = 0; i < node->nref; i++)
	{
		LoadColumn *column = &node->columns[node->ref_columns[i]];
		Oid			collation = key_attribute(node, i).collation;

		if (OidIsValid(collation) && collation != node->ref_collations[i])
			column->sql = sql_collate(column->sql, collation);
	}
}

/* a node that folds its rows has one for each key that has some */
static void
append_group(NodeBuilder *builder)
{
	LoadNode   *node = builder->node;

	for (int i = 0; node->fold && i < node->nref; i++)
		appendStringInfo(&builder->sql.buf, "%s%d", i > 0 ? ", " : " GROUP BY ",
						 node->ref_columns[i] + 1);
}

/* of a page one row more, to know whether there is another page */
static void
append_limit(NodeBuilder *builder)
{
	SqlText    *sql = &builder->sql;
	const FindOptions *find = builder->find;
	LoadNode   *node = builder->node;

	if (node->page)
		builder->limit_sql = psprintf("(%s OPERATOR(pg_catalog.+) 1)",
									  sql_page_size(sql, find->limit, &node->page->size));
	else if (find->limit)
		builder->limit_sql = sql_row_count(sql, find->limit, &node->limit);
	if (find->offset)
		builder->offset_sql = sql_row_count(sql, find->offset, &node->offset);
	if (builder->limit_sql)
		appendStringInfo(&sql->buf, " LIMIT %s", builder->limit_sql);
	if (builder->offset_sql)
		appendStringInfo(&sql->buf, " OFFSET %s", builder->offset_sql);
	if (node->nref == 0 && node->plan->single)
		appendStringInfoString(&sql->buf, " LIMIT 1");
}

/* of the rows themselves, not of those that conditions look at; Citus locks by key only (load_lock.c) */
static void
append_lock(NodeBuilder *builder)
{
	if (!builder->model->distributed)
		appendStringInfo(&builder->sql.buf, " FOR %s", load_plan_lock_clause(builder->node->plan, " OF t"));
}

/* the key that is given, as if it were a column: its type and collation matter */
static Attribute
key_attribute(const LoadNode *node, int i)
{
	Attribute	attribute = {0};

	attribute.type = node->ref_keys[i].type;
	attribute.typmod = -1;
	attribute.collation = node->ref_keys[i].collation;
	return sql_value_key(&attribute, node->ref_collations[i]);
}
