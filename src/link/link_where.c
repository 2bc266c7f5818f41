/*-------------------------------------------------------------------------
 *
 * link_where.c
 *	  Ids by a condition: {"where": {"state": "old", "through": {"role": "guest"}}}.
 *
 * Decides which rows that means: where links are taken away or changed, rows that are linked,
 * by conditions over them and their links; where links are made, all rows that a load would
 * find.  Links that are found are locked, so that they still fulfil the condition when the verb
 * comes to them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "base/rights.h"
#include "deparse/sql_text.h"
#include "executor/spi.h"
#include "link/link.h"
#include "miscadmin.h"
#include "options/options.h"
#include "registry/citus.h"

static const char *const members[] = {"where", "through", NULL};

static void append_found(LinkCall *call, uint64 rows, const DocPath *path, LinkPayload *payload);
static void check_element(LinkCall *call, const JsonbValue *element, const DocPath *path);
static bool means_links(LinkCall *call);
static void lock_all(LinkCall *call);
static bool is_distributed(const LinkCall *call);
static uint64 find_and_lock(LinkCall *call, const Condition *where);
static void lock_found(LinkCall *call, Datum *key);
static bool is_of_pair(LinkCall *call);
static uint64 find_linked(LinkCall *call, const Condition *where);
static void append_linked(SqlText *s, LinkCall *call, const Condition *where);
static void append_linked_by_key(SqlText *s, LinkCall *call, const Condition *where);
static uint64 find_any(LinkCall *call, const Condition *where);
static char *keys_of(LinkCall *call, const SqlScope *inner);
static void append_lock(SqlText *s, LinkCall *call, const SqlScope *inner);
static bool tells_links(LinkCall *call);

/* unless the target has an attribute of that name, by which it is named */
bool
link_is_where(LinkCall *call, const JsonbValue *element)
{
	return link_is_object_of_key(call, element) && doc_get(element, "where") != NULL &&
		model_attribute(call->assoc->target, "where") == NULL;
}

void
link_append_where(LinkCall *call, const JsonbValue *element, const DocPath *path,
				  LinkPayload *payload)
{
	MemoryContext caller = CurrentMemoryContext;
	Condition  *where;

	check_element(call, element, path);
	where = options_parse_where(doc_get(element, "where"), doc_path_key(path, "where"));
	SPI_connect();
	MemoryContextSwitchTo(caller);
	if (means_links(call))
		lock_all(call);
	if (!means_links(call))
		append_found(call, find_any(call, where), path, payload);
	else
		append_found(call, find_and_lock(call, where), path, payload);
	if (means_links(call) && call->mirror != NULL)
		append_found(call, find_and_lock(link_mirror(call), where), path, payload);
	SPI_finish();
	MemoryContextSwitchTo(caller);
}

static void
append_found(LinkCall *call, uint64 rows, const DocPath *path, LinkPayload *payload)
{
	const Model *through = call->assoc->through;

	for (uint64 i = 0; i < rows; i++)
	{
		LinkPayload *own = payload;

		if (tells_links(call))
			own = link_payload_overlay(through, payload,
									   link_row_payload(through, i, call->nkey + 1, through->nkey,
														through->key));
		link_append_item(call, link_tuple_values(i, 1, call->nkey, call->key), own, path);
	}
}

/* no others are made while it is looked which fulfil the condition; and nothing is left to lock then */
static void
lock_all(LinkCall *call)
{
	LinkCall	all[2] = {*call};
	LinkCall   *calls[2] = {&all[0], &all[1]};
	int			n = 1;

	if (call->destination != NULL)
		all[n++] = *call->destination;
	for (int i = 0; i < n; i++)
	{
		all[i].items = NULL;
		all[i].nitems = 0;
		all[i].locking = LINK_LOCK_SET;
	}
	(void) link_lock_all(n, calls);
	call->alone = true;
	if (call->destination != NULL)
		call->destination->alone = true;
}

static void
check_element(LinkCall *call, const JsonbValue *element, const DocPath *path)
{
	foreach_ptr(DocPair, pair, doc_object_pairs(element))
	{
		const char *key = pair->key;

		if (strcmp(key, members[0]) != 0 && strcmp(key, members[1]) != 0)
			doc_unknown_key(doc_path_key(path, key), (const char **) members, "key");
	}
	if (call->reads)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path,
					   "Ask count_of, or load the rows with this condition.",
					   "whether rows are linked is asked for ids, not for a condition");
	if (means_links(call) && call->source == NULL)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path,
					   "Give ids, or write {\"update\": {\"where\": ...}} or {\"delete\": {\"where\": ...}}.",
					   "\"disconnect\" takes ids, not a condition");
	if (call->multiple && means_links(call) && !tells_links(call))
		error_document(ERRCODE_FEATURE_NOT_SUPPORTED, path, NULL,
					   "links of \"%s\" have no key by which one of several could be meant",
					   call->assoc->association->alias);
}

static bool
means_links(LinkCall *call)
{
	return call->use == LINK_MEANS || call->use == LINK_CHANGES;
}

/* a pair may have links that are not meant */
static bool
tells_links(LinkCall *call)
{
	return call->multiple && means_links(call) && call->assoc->through->nkey > 0;
}

/*
 * Citus refuses to lock what a join or a condition finds: there links are found, locked by
 * key, and looked at again, for they may have changed while we waited.
 */
static uint64
find_and_lock(LinkCall *call, const Condition *where)
{
	uint64		rows = find_linked(call, where);
	List	   *keys = NIL;

	if (rows == 0 || !is_distributed(call) || !rights_have(link_holder(call)->relid, ACL_UPDATE))
		return rows;
	for (uint64 i = 0; i < rows; i++)
		keys = lappend(keys, link_tuple_values(i, 1, call->nkey, call->key));
	SPI_freetuptable(SPI_tuptable);
	foreach_ptr(Datum, key, keys)
		lock_found(call, key);
	return find_linked(call, where);
}

/* the source's own row is locked anyway */
static bool
is_distributed(const LinkCall *call)
{
	return !call->assoc->source_points && link_holder(call)->distributed;
}

static void
lock_found(LinkCall *call, Datum *key)
{
	const ResolvedAssociation *assoc = call->assoc;
	const Model *through = assoc->through;
	SqlText		s;
	List	   *rows = NIL;

	if (through == NULL)
	{
		(void) statement_lock_row(assoc->target, call->nkey, call->key, key, "NO KEY UPDATE");
		return;
	}
	statement_init(&s);
	sql_append(&s, "SELECT %s FROM %s AS t WHERE %s", sql_columns("t", through->nkey, through->key),
			   through->quoted_table,
			   link_sql_keys(&s, "t", assoc->nsource, assoc->source_ref, assoc->source_key, 1, &call->source));
	sql_append(&s, " AND %s", link_sql_keys(&s, "t", call->nkey, assoc->target_ref, call->key, 1, &key));
	if (is_of_pair(call))
		sql_append(&s, " FOR NO KEY UPDATE");
	(void) statement_run(&s, STATEMENT_WRITE, SPI_OK_SELECT);
	for (uint64 i = 0; i < SPI_processed && !is_of_pair(call); i++)
		rows = lappend(rows, link_tuple_values(i, 1, through->nkey, through->key));
	SPI_freetuptable(SPI_tuptable);
	foreach_ptr(Datum, row, rows)
		(void) statement_lock_row(through, through->nkey, through->key, row, "NO KEY UPDATE");
}

/* what its rows are spread by is among the keys of the pair; else they are locked by their own */
static bool
is_of_pair(LinkCall *call)
{
	AttrNumber	spread_by = citus_key(call->assoc->through->relid);

	return spread_by == InvalidAttrNumber || link_is_key_column(call, spread_by);
}

static uint64
find_linked(LinkCall *call, const Condition *where)
{
	SqlText		s;

	statement_init(&s);
	if (is_distributed(call))
		append_linked_by_key(&s, call, where);
	else
		append_linked(&s, call, where);
	statement_lock_relations(&s);
	return statement_run(&s, STATEMENT_WRITE, SPI_OK_SELECT);
}

/* the source's row leads to them, whatever the kind of association */
static void
append_linked(SqlText *s, LinkCall *call, const Condition *where)
{
	const ResolvedAssociation *assoc = call->assoc;
	AssociatedOptions not_deleted = {0};
	SqlScope	inner;

	sql_associated_scope(s, assoc, &inner);
	sql_append(s, "SELECT q.* FROM %s AS s CROSS JOIN LATERAL (SELECT %s", assoc->source->quoted_table,
			   keys_of(call, &inner));
	sql_append_associated(s, assoc, &inner, "s", &not_deleted);
	sql_and_condition(s, &inner, where);
	sql_append(s, " ORDER BY %s", sql_columns(inner.alias, call->nkey, call->key));
	append_lock(s, call, &inner);
	sql_append(s, ") AS q WHERE %s",
			   statement_equal_key(s, "s", call->nsource, call->source_key, call->source_key, call->source));
}

/* what refers to the source by its key: one shard is asked, and its row is not */
static void
append_linked_by_key(SqlText *s, LinkCall *call, const Condition *where)
{
	const ResolvedAssociation *assoc = call->assoc;
	AssociatedOptions not_deleted = {0};
	SqlScope	inner;

	if (sql_target_is_apart(assoc))
		not_deleted.of_sources = link_sql_keys(s, "r", assoc->nsource, assoc->source_ref,
											   assoc->source_key, 1, &call->source);
	sql_associated_scope(s, assoc, &inner);
	sql_append(s, "SELECT %s", keys_of(call, &inner));
	sql_append_associated(s, assoc, &inner, NULL, &not_deleted);
	sql_and_condition(s, &inner, where);
	sql_append(s, " AND %s ORDER BY %s",
			   link_sql_keys(s, sql_ref_alias(&inner), assoc->nsource, assoc->source_ref, assoc->source_key, 1,
							 &call->source), sql_columns(inner.alias, call->nkey, call->key));
}

/* as a load finds them, and so that they could be linked */
static uint64
find_any(LinkCall *call, const Condition *where)
{
	const Model *target = call->assoc->target;
	SqlScope	scope = {target, "t", NULL, NULL, NULL};
	SqlText		s;

	statement_init(&s);
	sql_append(&s, "SELECT %s FROM %s AS t WHERE true", sql_columns("t", call->nkey, call->key),
			   target->quoted_table);
	for (int i = 0; i < call->nkey; i++)
		sql_append(&s, " AND %s IS NOT NULL", sql_column("t", call->key[i]));
	sql_and_found(&s, &scope, where, true, false);
	if (call->assoc->through != NULL)
		link_sql_and_scope(&s, "t", call->ntarget_scope, call->target_scope);
	statement_lock_relations(&s);
	return statement_run(&s, STATEMENT_WRITE, SPI_OK_SELECT);
}

static char *
keys_of(LinkCall *call, const SqlScope *inner)
{
	char	   *keys = sql_columns(inner->alias, call->nkey, call->key);

	for (int i = 0; tells_links(call) && i < inner->through->nkey; i++)
		keys = psprintf("%s, %s AS link_%d", keys, sql_column(inner->through_alias, inner->through->key[i]), i + 1);
	return keys;
}

/* the row that is the link; without the right to lock it, the statement's snapshot decides */
static void
append_lock(SqlText *s, LinkCall *call, const SqlScope *inner)
{
	if (inner->through != NULL)
		statement_lock_rows(s, inner->through, "NO KEY UPDATE", inner->through_alias);
	else if (!call->assoc->source_points)
		statement_lock_rows(s, inner->model, "NO KEY UPDATE", inner->alias);
}
