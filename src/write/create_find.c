/*-------------------------------------------------------------------------
 *
 * create_find.c
 *	  Rows that exist, looked for by nested writes.
 *
 * Decides how a row is found and which of its columns are read: its primary key, and
 * what is asked for.  Soft-deleted rows are not there unless that is requested.  Where a row
 * is to be changed it is locked, as UPDATE would, so that it still fulfils the condition
 * when it is written.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "access/xact.h"
#include "base/compat.h"
#include "base/document.h"
#include "base/rights.h"
#include "deparse/sql_text.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "utils/acl.h"
#include "utils/rel.h"
#include "write/create.h"

static int	find_columns(const CreateLevel *level, const CreateFind *find, Attribute **columns);
static void append_linked(SqlText *s, const CreateLevel *level, const ResolvedAssociation *assoc,
						  const CreateFind *find, int n, Attribute **columns);
static void append_linked_apart(SqlText *s, const ResolvedAssociation *assoc, const CreateRow *parent,
								const CreateFind *find, int n, Attribute **columns);
static void and_is_parent(SqlText *s, const Model *source, const CreateRow *parent);
static void and_named(SqlText *s, const char *alias, const LinkName *name);
static List *find_linked(CreateLevel *level, const ResolvedAssociation *assoc, CreateRow *parent,
						 const CreateFind *find);
static void append_row_lock(SqlText *s, const Model *model, const CreateFind *find);
static void lock_to_delete(SqlText *s, const SqlScope *inner);
static List *find_and_lock(CreateLevel *level, CreateRow *parent, const CreateFind *find,
						   SqlText *s, int n, Attribute **columns);
static List *run_find(CreateLevel *level, CreateRow *parent, SqlText *s, int n, Attribute **columns);
static void append_size(SqlText *s, const Model *model);
static List *read_rows(CreateLevel *level, CreateRow *parent, uint64 rows,
					   int n, Attribute **columns);
static CreateRow *read_row(CreateLevel *level, CreateRow *parent, uint64 number,
						   int n, Attribute **columns);

List *
create_find(CreateLevel *level, const CreateFind *find)
{
	const Model *model = level->model;
	Attribute **columns = palloc_array(Attribute *, model->nattributes);
	int			n = find_columns(level, find, columns);
	SqlScope	scope = {model, "t", NULL, NULL, NULL};
	SqlText		s;

	statement_init(&s);
	s.limited = find->first;
	sql_append(&s, "SELECT %s FROM %s AS t WHERE true", sql_columns("t", n, columns), model->quoted_table);
	sql_and_found(&s, &scope, find->where, find->scoped, find->deleted);
	sql_append_order(&s, sql_order_keys(&s, &scope, find->order));
	if (find->first || find->limit != NULL)
		sql_append(&s, " LIMIT %s", find->first ? "1" : find->limit);
	if (!model->distributed)
		append_row_lock(&s, model, find);
	return find_and_lock(level, NULL, find, &s, n, columns);
}

static void
append_row_lock(SqlText *s, const Model *model, const CreateFind *find)
{
	int			before = s->buf.len;

	if (find->lock)
		sql_append(s, " FOR NO KEY UPDATE OF t");
	else if (find->to_destroy)
		statement_lock_rows(s, model, model->deleted_at != NULL && !find->force ? "NO KEY UPDATE" : "UPDATE", "t");
	else if (find->hold)
		statement_lock_rows(s, model, "KEY SHARE", "t");
	if (find->wait != NULL && s->buf.len > before)
		sql_append(s, " %s", find->wait);
}

List *
create_find_linked(CreateLevel *level, CreateRow *parent, const CreateFind *find)
{
	const LinkCall *mirror = level->assoc->symmetric ? level->call->mirror : NULL;
	List	   *rows;

	if (mirror == NULL)
		return find_linked(level, level->assoc, parent, find);
	/* from either end, since rows of both together cannot be locked */
	rows = find_linked(level, level->call->assoc, parent, find);
	foreach_ptr(CreateRow, row, find_linked(level, mirror->assoc, parent, find))
	{
		/* both ends have the link of a row with itself */
		if (link_compare_keys(level->model->nkey, level->model->key, row->key, parent->key) != 0)
			rows = lappend(rows, row);
	}
	return rows;
}

/* the parent's row leads to them, whatever the kind of association */
static List *
find_linked(CreateLevel *level, const ResolvedAssociation *assoc, CreateRow *parent, const CreateFind *find)
{
	Attribute **columns = palloc_array(Attribute *, level->model->nattributes);
	int			n = find_columns(level, find, columns);
	List	   *rows;
	SqlText		s;

	if (parent->skipped)
		return NIL;
	statement_init(&s);
	if (link_sql_is_apart(assoc))
		append_linked_apart(&s, assoc, parent, find, n, columns);
	else
	{
		append_linked(&s, level, assoc, find, n, columns);
		and_is_parent(&s, assoc->source, parent);
	}
	sql_append(&s, " ORDER BY %s", sql_columns("q", level->model->nkey, level->model->key));
	rows = find_and_lock(level, parent, find, &s, n, columns);
	/* a link that was deleted while its lock was waited for may have been replaced */
	if (rows == NIL && (find->lock || find->lock_delete))
		rows = find_and_lock(level, parent, find, &s, n, columns);
	return rows;
}

/* SELECT columns of q, the rows that are linked to rows s, and locked where asked for */
static void
append_linked(SqlText *s, const CreateLevel *level, const ResolvedAssociation *assoc,
			  const CreateFind *find, int n, Attribute **columns)
{
	AssociatedOptions not_deleted = {0};
	SqlScope	inner;

	sql_associated_scope(s, assoc, &inner);
	sql_append(s, "SELECT %s FROM %s AS s CROSS JOIN LATERAL (SELECT %s", sql_columns("q", n, columns),
			   level->assoc->source->quoted_table, sql_columns(inner.alias, n, columns));
	sql_append_associated(s, assoc, &inner, "s", &not_deleted);
	sql_and_condition(s, &inner, find->where);
	and_named(s, inner.alias, find->name);
	if (find->lock && !level->model->distributed)
		sql_append(s, " FOR NO KEY UPDATE OF %s", inner.alias);
	if (find->lock_delete && !level->model->distributed)
		lock_to_delete(s, &inner);
	sql_append(s, ") AS q WHERE true");
}

/* Citus joins tables that are spread otherwise only with what was found before: the parent's row */
static void
append_linked_apart(SqlText *s, const ResolvedAssociation *assoc, const CreateRow *parent,
					const CreateFind *find, int n, Attribute **columns)
{
	Datum	   *key = parent->key;
	AssociatedOptions not_deleted = {.of_sources = link_sql_of_sources(s, assoc, 1, &key)};
	SqlAssociated parts;
	SqlScope	inner;

	sql_associated_scope(s, assoc, &inner);
	parts = sql_associated_parts(s, assoc, &inner, &not_deleted);
	sql_append(s, "SELECT q.* FROM (SELECT %s%s CROSS JOIN (SELECT %s FROM %s AS s WHERE true",
			   sql_columns(inner.alias, n, columns), parts.tables,
			   sql_columns("s", assoc->nsource, assoc->source_key), assoc->source->quoted_table);
	and_is_parent(s, assoc->source, parent);
	sql_append(s, " OFFSET 0) AS s WHERE %s%s", sql_source_match(assoc, &inner, "s"),
			   parts.conditions);
	sql_and_condition(s, &inner, find->where);
	and_named(s, inner.alias, find->name);
	sql_append(s, ") AS q");
}

static void
and_is_parent(SqlText *s, const Model *source, const CreateRow *parent)
{
	sql_append(s, " AND %s", statement_equal_key(s, "s", source->nkey, source->key, source->key, parent->key));
}

/* below the lock, which no other row is to get */
static void
and_named(SqlText *s, const char *alias, const LinkName *name)
{
	if (name == NULL)
		return;
	sql_append(s, " AND %s",
			   statement_equal_key(s, alias, name->columns.n, name->columns.columns, name->columns.columns,
								   name->values));
}

/*
 * A row that was unlinked, or no longer fulfils the condition, while we waited for it is not
 * found.  The row comes before its link, as where a delete cascades.
 */
static void
lock_to_delete(SqlText *s, const SqlScope *inner)
{
	statement_lock_rows(s, inner->model, inner->model->deleted_at ? "NO KEY UPDATE" : "UPDATE", inner->alias);
	if (inner->through != NULL)
		statement_lock_rows(s, inner->through, "UPDATE", inner->through_alias);
}

/* what a row's own key, its link and the find ask for */
static int
find_columns(const CreateLevel *level, const CreateFind *find, Attribute **columns)
{
	const Model *model = level->model;
	bool	   *requested = palloc0_array(bool, model->nattributes);
	int			n = 0;

	if (model->nkey == 0)
		model_raise_no_key(model);
	for (int i = 0; i < model->nkey; i++)
		requested[model->key[i] - model->attributes] = true;
	for (int i = 0; level->call != NULL && i < level->call->nkey; i++)
		requested[model_number_of(model, level->call->key[i])] = true;
	for (int a = 0; a < model->nattributes; a++)
	{
		if (requested[a] || (find->columns != NULL && find->columns[a]))
			columns[n++] = &model->attributes[a];
	}
	return n;
}

bool *
create_columns_for(const Model *model, const JsonbValue *document)
{
	bool	   *columns = palloc0_array(bool, model->nattributes);

	foreach_ptr(DocPair, pair, doc_object_pairs(document))
	{
		const char *key = pair->key;
		const Association *association = model_attribute(model, key) ? NULL :
			registry_association_if_any(model, key);
		ResolvedAssociation *assoc;

		if (association == NULL)
			continue;
		assoc = registry_resolve_association(association);
		for (int i = 0; i < assoc->nsource; i++)
			columns[model_number_of(model, assoc->source_key[i])] = true;
	}
	return columns;
}

/*
 * Citus refuses to lock what a join or a condition finds: there rows are found, locked by
 * key, and looked at again, for they may have changed while we waited.
 */
static List *
find_and_lock(CreateLevel *level, CreateRow *parent, const CreateFind *find, SqlText *s,
			  int n, Attribute **columns)
{
	const Model *model = level->model;
	List	   *rows = run_find(level, parent, s, n, columns);

	if (!model->distributed || rows == NIL || !(find->lock || find->lock_delete) || !rights_have(model->relid, ACL_UPDATE))
		return rows;
	foreach_ptr(CreateRow, row, rows)
		(void) statement_lock_row(model, model->nkey, model->key, row->key,
								  find->lock_delete ? "UPDATE" : "NO KEY UPDATE");
	return run_find(level, parent, s, n, columns);
}

/*
 * After a race lost, a row that only other snapshots show is what was
 * created meanwhile: where this transaction cannot see it, it cannot go on.
 */
static List *
run_find(CreateLevel *level, CreateRow *parent, SqlText *s, int n, Attribute **columns)
{
	bool		latest = create_root_of(level)->reading.again && IsolationUsesXactSnapshot();
	uint64		rows;

	statement_lock_relations(s);
	if (create_is_stale(level))
		return NIL;
	append_size(s, level->model);
	rows = statement_run(s, STATEMENT_WRITE, SPI_OK_SELECT);
	if (rows == 0 && latest)
	{
		SPI_freetuptable(SPI_tuptable);
		rows = statement_run(s, STATEMENT_LATEST, SPI_OK_SELECT);
		if (rows > 0)
			ereport(ERROR,
					(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
					 errmsg("could not serialize access due to concurrent update"),
					 errdetail("A row of \"%s\" was created since this transaction began.",
							   level->model->name)));
	}
	return read_rows(level, parent, rows, n, columns);
}

/*
 * A plan that was made for a small table, and reads all of it, is not kept for a large one: a call may
 * search thousands of times, and statistics come late.
 */
static void
append_size(SqlText *s, const Model *model)
{
	Relation	rel = table_open(model->relid, AccessShareLock);
	int			digits = 0;

	if (RELKIND_HAS_STORAGE(rel->rd_rel->relkind))
	{
		for (BlockNumber n = RelationGetNumberOfBlocks(rel); n >= 10; n /= 10)
			digits++;
	}
	table_close(rel, NoLock);
	if (digits > 0)
		sql_append(s, " /* %d */", digits);
}

static List *
read_rows(CreateLevel *level, CreateRow *parent, uint64 rows, int n, Attribute **columns)
{
	List	   *result = NIL;

	for (uint64 i = 0; i < rows; i++)
		result = lappend(result, read_row(level, parent, i, n, columns));
	SPI_freetuptable(SPI_tuptable);
	return result;
}

static CreateRow *
read_row(CreateLevel *level, CreateRow *parent, uint64 number, int n, Attribute **columns)
{
	const Model *model = level->model;
	CreateRow  *row = create_row(model, parent, NULL);

	row->existing = true;
	for (int c = 0; c < n; c++)
	{
		int			a = columns[c] - model->attributes;

		row->values[a] = statement_result(number, c + 1, &row->nulls[a]);
	}
	row->key = create_row_key(model, row, model->nkey, model->key);
	return row;
}
