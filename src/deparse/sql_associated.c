/*-------------------------------------------------------------------------
 *
 * sql_associated.c
 *	  The rows that an association leads to, in SQL text.
 *
 * Decides which tables and conditions they are.  Where nothing of the target's own is
 * asked for and a foreign key proves that it is there, its table is left out: a count
 * of links is a count of rows of the join table.  The constraint proves that only if it holds
 * at every moment, for all rows that the snapshot shows, and if nothing hides a target:
 * no scope, no soft deletion, no row security, no lacking privilege.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "catalog/pg_class_d.h"
#include "deparse/sql_text.h"
#include "miscadmin.h"
#include "registry/citus.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/rls.h"

static void append_tables(SqlText *sql, const ResolvedAssociation *assoc, const SqlScope *inner,
						  bool links, const AssociatedOptions *options);
static const char *gathered_if(bool gathered, const char *rows, const char *where);
static void append_exchanged(StringInfo buf, const ResolvedAssociation *assoc, bool exchange);
static void append_target_conditions(SqlText *sql, const ResolvedAssociation *assoc, const SqlScope *inner,
									 const AssociatedOptions *options);
static void append_link_conditions(SqlText *sql, const ResolvedAssociation *assoc,
								   const SqlScope *inner, const AssociatedOptions *options);
static void append_hop(SqlText *sql, StringInfo tables, const ResolvedAssociation *hop,
					   const SqlScope *from, SqlScope *next, bool gathered);
static const char *append_last_links(SqlText *sql, StringInfo tables, const ResolvedAssociation *last,
									 const SqlScope *from, bool gathered);
static bool links_repeat(const SqlText *sql, const ResolvedAssociation *assoc);
static char *named_columns(const char *alias, int n, Attribute **attributes, const char *prefix);
static bool chain_is_apart(const ResolvedAssociation *assoc, bool with_source);
static bool step_is_apart(bool *spread, bool *joined, const Model *from, Attribute **from_columns,
						  const Model *to, Attribute **to_columns, int n);
static bool is_apart(const Model *left, Attribute **left_columns, const Model *right,
					 Attribute **right_columns, int n);
static bool hides_targets(const ResolvedAssociation *assoc, const AssociatedOptions *options);
static bool may_see(const SqlText *sql, const Model *model, int nkey, Attribute **key);
static bool has_rights(const Model *model, int nkey, Attribute **key);
static bool is_of_pair(const ModelIndex *index, const ResolvedAssociation *assoc);

void
sql_associated_scope(SqlText *sql, const ResolvedAssociation *assoc, SqlScope *inner)
{
	memset(inner, 0, sizeof(SqlScope));
	inner->model = assoc->target;
	inner->alias = sql_alias(sql, "t");
	inner->through = assoc->through;
	inner->through_alias = registry_has_links(assoc) ? sql_alias(sql, "l") : NULL;
	*sql->relations = list_append_unique_oid(*sql->relations, assoc->target->relid);
	if (assoc->through)
		*sql->relations = list_append_unique_oid(*sql->relations, assoc->through->relid);
}

/* FROM ... WHERE ...: the caller has written SELECT and its list */
void
sql_append_associated(SqlText *sql, const ResolvedAssociation *assoc,
					  const SqlScope *inner, const char *source_alias,
					  const AssociatedOptions *options)
{
	SqlAssociated parts = sql_associated_parts(sql, assoc, inner, options);

	sql_append(sql, "%s WHERE %s%s", parts.tables, sql_source_match(assoc, inner, source_alias), parts.conditions);
}

SqlAssociated
sql_associated_parts(SqlText *sql, const ResolvedAssociation *assoc, const SqlScope *inner,
					 const AssociatedOptions *options)
{
	bool		links = options->target_unused && sql_links_suffice(sql, assoc, options);
	SqlAssociated parts = {0};
	StringInfoData outer = sql_begin_part(sql);

	append_tables(sql, assoc, inner, links, options);
	parts.tables = sql_end_part(sql, outer);
	outer = sql_begin_part(sql);
	if (links)
	{
		sql_and_points(sql, assoc, inner->through_alias);
		append_link_conditions(sql, assoc, inner, options);
	}
	else
	{
		append_target_conditions(sql, assoc, inner, options);
		parts.of_target = pstrdup(sql->buf.data);
		append_link_conditions(sql, assoc, inner, options);
	}
	parts.conditions = sql_end_part(sql, outer);
	parts.given = strlen(parts.conditions);
	return parts;
}

char *
sql_select_targets(const ResolvedAssociation *assoc, const SqlScope *inner, const SqlAssociated *parts)
{
	char	   *conditions;

	if (parts->of_target == NULL)
		return NULL;
	conditions = psprintf("%s%s", parts->of_target, parts->conditions + parts->given);
	/* about the link row too, by whatever way that is named */
	if (strstr(conditions, psprintf("%s.", inner->through_alias)) != NULL)
		return NULL;
	return psprintf("SELECT %s FROM %s %s WHERE true%s",
					sql_columns(inner->alias, assoc->ntarget, assoc->target_key),
					inner->model->quoted_table, inner->alias, conditions);
}

char *
sql_gathered_tables(SqlText *sql, const ResolvedAssociation *assoc, const SqlScope *inner)
{
	AssociatedOptions options = {.gathered = true};
	StringInfoData outer = sql->buf;
	char	   *text;

	initStringInfo(&sql->buf);
	append_tables(sql, assoc, inner, false, &options);
	text = sql->buf.data;
	sql->buf = outer;
	return text;
}

static void
append_tables(SqlText *sql, const ResolvedAssociation *assoc, const SqlScope *inner, bool links,
			  const AssociatedOptions *options)
{
	bool		linked = registry_has_links(assoc);

	if (links)
	{
		appendStringInfo(&sql->buf, " FROM %s %s", gathered_if(options->gathered, sql_link_rows(assoc), options->of_sources),
						 inner->through_alias);
		return;
	}
	appendStringInfo(&sql->buf, " FROM %s %s", gathered_if(options->gathered && !(linked && options->of_sources), inner->model->quoted_table,
														  linked ? NULL : options->of_sources), inner->alias);
	if (!linked)
		return;
	appendStringInfo(&sql->buf, " JOIN %s %s ON %s",
					 gathered_if(options->gathered || sql_target_is_apart(assoc),
								 assoc->hops ? sql_path_links(sql, assoc) : sql_link_rows(assoc), options->of_sources),
					 inner->through_alias, sql_target_match(assoc, inner->through_alias, inner->alias));
}

/* Citus runs a subquery with OFFSET before, and joins what it gives with rows of any node */
static const char *
gathered_if(bool gathered, const char *rows, const char *where)
{
	return gathered ? psprintf("(SELECT * FROM %s r%s%s OFFSET 0)", rows, where ? " WHERE " : "", where ? where : "") : rows;
}

/* ---- links that are seen from both ends ---- */

const char *
sql_link_rows(const ResolvedAssociation *assoc)
{
	return assoc->symmetric ? sql_rows_from_both_ends(assoc, assoc->through->quoted_table) :
		assoc->through->quoted_table;
}

/*
 * (SELECT a, b, since FROM friends UNION ALL SELECT b, a, since FROM friends WHERE NOT a = b): each row
 * as it is, and once more with the two ends exchanged.  Conditions on either end reach the indexes of
 * the table in both parts.
 */
char *
sql_rows_from_both_ends(const ResolvedAssociation *assoc, const char *table)
{
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfoString(&buf, "(SELECT ");
	append_exchanged(&buf, assoc, false);
	appendStringInfo(&buf, " FROM %s AS b UNION ALL SELECT ", table);
	append_exchanged(&buf, assoc, true);
	appendStringInfo(&buf, " FROM %s AS b WHERE NOT %s)", table,
					 sql_keys_equal(sql_column("b", assoc->source_ref[0]), assoc->source_ref[0],
									sql_column("b", assoc->target_ref[0]), assoc->target_ref[0]));
	return buf.data;
}

/* all columns in their order, so that they stand under the names of the table */
static void
append_exchanged(StringInfo buf, const ResolvedAssociation *assoc, bool exchange)
{
	const Model *through = assoc->through;

	for (int i = 0; i < through->nattributes; i++)
	{
		const Attribute *column = &through->attributes[i];
		const Attribute *value = !exchange ? column :
			column->attnum == assoc->source_ref[0]->attnum ? assoc->target_ref[0] :
			column->attnum == assoc->target_ref[0]->attnum ? assoc->source_ref[0] : column;

		appendStringInfo(buf, "%s%s", i > 0 ? ", " : "", sql_column("b", value));
		if (value != column)
			appendStringInfo(buf, " AS %s", quote_identifier(column->column));
	}
}

const char *
sql_ref_alias(const SqlScope *inner)
{
	return inner->through_alias ? inner->through_alias : inner->alias;
}

char *
sql_target_match(const ResolvedAssociation *assoc, const char *through_alias, const char *alias)
{
	return assoc->target_points ?
		sql_key_equal(assoc->ntarget, alias, assoc->target_key, through_alias, assoc->target_ref) :
		sql_key_equal(assoc->ntarget, through_alias, assoc->target_ref, alias, assoc->target_key);
}

/* of a path: the rows between, which are one subquery, and the target */
bool
sql_target_is_apart(const ResolvedAssociation *assoc)
{
	return chain_is_apart(assoc, false);
}

bool
sql_is_apart(const SqlScope *scope, const ResolvedAssociation *assoc)
{
	return chain_is_apart(assoc, true) ||
		(!sql_is_spread(scope->model) && sql_leads_to_spread(assoc));
}

bool
sql_rows_are_apart(const Model *from, Attribute **from_columns, const Model *to, Attribute **to_columns, int n)
{
	return sql_is_spread(to) &&
		(!sql_is_spread(from) || is_apart(from, from_columns, to, to_columns, n));
}

bool
sql_leads_to_spread(const ResolvedAssociation *assoc)
{
	foreach_ptr(const ResolvedAssociation, hop, assoc->hops)
		if (sql_leads_to_spread(hop))
			return true;
	return sql_is_spread(assoc->target) || (assoc->through != NULL && sql_is_spread(assoc->through));
}

/*
 * Must rows of several nodes meet on the way from the source, or from what refers to it, to the target?
 * Between tables that are spread stands no other, and each joins the one before by what both are spread by.
 */
static bool
chain_is_apart(const ResolvedAssociation *assoc, bool with_source)
{
	List	   *hops = assoc->hops ? assoc->hops : list_make1(unconstify(ResolvedAssociation *, assoc));
	bool		spread = with_source && sql_is_spread(assoc->source);
	bool		joined = with_source;
	bool		apart = false;

	foreach_ptr(const ResolvedAssociation, hop, hops)
	{
		const Model *holder = hop->through ? hop->through : hop->target;
		bool		begins = !with_source && foreach_current_index(hop) == 0;

		apart |= step_is_apart(&spread, &joined, begins ? NULL : hop->source, hop->source_key,
							   holder, hop->source_ref, hop->nsource);
		if (hop->through != NULL)
			apart |= step_is_apart(&spread, &joined, hop->through, hop->target_ref,
								   hop->target, hop->target_key, hop->ntarget);
	}
	return apart;
}

/* spread: a table before was; joined: the last one was */
static bool
step_is_apart(bool *spread, bool *joined, const Model *from, Attribute **from_columns,
			  const Model *to, Attribute **to_columns, int n)
{
	bool		meets = *spread && sql_is_spread(to);
	bool		apart = meets && (!*joined || is_apart(from, from_columns, to, to_columns, n));

	*joined = sql_is_spread(to);
	*spread |= *joined;
	return apart;
}

bool
sql_is_spread(const Model *model)
{
	return model->distributed && !model->replicated;
}

static bool
is_apart(const Model *left, Attribute **left_columns, const Model *right, Attribute **right_columns, int n)
{
	AttrNumber *left_numbers;
	AttrNumber *right_numbers;

	if (!left->distributed || !right->distributed)
		return false;
	left_numbers = palloc_array(AttrNumber, n);
	right_numbers = palloc_array(AttrNumber, n);
	for (int i = 0; i < n; i++)
	{
		left_numbers[i] = left_columns[i]->attnum;
		right_numbers[i] = right_columns[i]->attnum;
	}
	return citus_joins_apart(left->relid, right->relid, n, left_numbers, right_numbers);
}

void
sql_append_match(SqlText *sql, const ResolvedAssociation *assoc, const SqlScope *inner,
				 const char *source_alias, const AssociatedOptions *options)
{
	sql_append(sql, "%s", sql_source_match(assoc, inner, source_alias));
	append_target_conditions(sql, assoc, inner, options);
	append_link_conditions(sql, assoc, inner, options);
}

static void
append_target_conditions(SqlText *sql, const ResolvedAssociation *assoc, const SqlScope *inner,
						 const AssociatedOptions *options)
{
	if (!options->deleted_rows && !assoc->deleted_rows)
		sql_and_not_deleted(sql, inner->model, inner->alias);
	if (!options->unscoped)
		sql_and_condition(sql, inner,
						  sql_stored_condition(inner->model->options, "defaultScope", "where"));
	sql_and_condition(sql, inner, sql_stored_condition(assoc->association->options, "scope", NULL));
}

static void
append_link_conditions(SqlText *sql, const ResolvedAssociation *assoc, const SqlScope *inner,
					   const AssociatedOptions *options)
{
	SqlScope	link = {inner->through, inner->through_alias, NULL, NULL, NULL};

	if (inner->through == NULL)
		return;
	if (!options->deleted_links)
		sql_and_not_deleted(sql, inner->through, inner->through_alias);
	sql_and_condition(sql, &link,
					  sql_stored_condition(assoc->association->options, "through", "scope"));
}

void
sql_and_found(SqlText *sql, const SqlScope *scope, const Condition *condition, bool scoped, bool deleted)
{
	sql_and_condition(sql, scope, condition);
	if (scoped)
		sql_and_condition(sql, scope, sql_stored_condition(scope->model->options, "defaultScope", "where"));
	if (!deleted)
		sql_and_not_deleted(sql, scope->model, scope->alias);
}

void
sql_and_not_deleted(SqlText *sql, const Model *model, const char *alias)
{
	sql_append(sql, "%s", sql_not_deleted(model, alias));
}

char *
sql_not_deleted(const Model *model, const char *alias)
{
	return model->deleted_at ? psprintf(" AND %s IS NULL", sql_column(alias, model->deleted_at)) : "";
}

Condition *
sql_stored_condition(Jsonb *options, const char *key, const char *inner_key)
{
	JsonbValue *value = inner_key ? doc_option(options, key, inner_key) :
		doc_option(options, NULL, key);

	if (value == NULL)
		return NULL;
	return options_parse_where(value, doc_path_key(&doc_declared, key));
}

/* ---- paths of several associations ---- */

/*
 * (SELECT DISTINCT l1.user_id AS s1, l2.tag_id AS k1 FROM ... WHERE ...): the rows between, in
 * which conditions hold as they do in predicates.  Of the last association its links are
 * enough.
 */
char *
sql_path_links(SqlText *sql, const ResolvedAssociation *assoc)
{
	const ResolvedAssociation *first = linitial(assoc->hops);
	const ResolvedAssociation *last = llast(assoc->hops);
	int			nbetween = list_length(assoc->hops) - 1;
	StringInfoData outer = sql->buf;
	SqlScope   *between = palloc0_array(SqlScope, nbetween);
	bool		apart = sql_target_is_apart(assoc);
	StringInfoData tables;
	const char *links;
	char	   *text;

	initStringInfo(&tables);
	initStringInfo(&sql->buf);
	for (int i = 0; i < nbetween; i++)
		append_hop(sql, &tables, list_nth(assoc->hops, i), i > 0 ? &between[i - 1] : NULL,
				   &between[i], i > 0 && apart);
	links = last->through ? append_last_links(sql, &tables, last, &between[nbetween - 1], apart) :
		between[nbetween - 1].alias;
	text = psprintf("(SELECT %s%s, %s FROM %s WHERE true%s)",
					links_repeat(sql, assoc) ? "DISTINCT " : "",
					named_columns(sql_ref_alias(&between[0]), assoc->nsource, first->source_ref, "s"),
					named_columns(links, assoc->ntarget, last->through ? last->target_ref :
								  last->source_key, "k"),
					tables.data, sql->buf.data);
	sql->buf = outer;
	return text;
}

/* the rows that an association leads to, from those of the one before or from all */
static void
append_hop(SqlText *sql, StringInfo tables, const ResolvedAssociation *hop, const SqlScope *from,
		   SqlScope *next, bool gathered)
{
	AssociatedOptions options = {.gathered = gathered};
	SqlAssociated parts;

	sql_associated_scope(sql, hop, next);
	parts = sql_associated_parts(sql, hop, next, &options);
	appendStringInfo(tables, "%s%s", from ? ", " : "", parts.tables + strlen(" FROM "));
	appendStringInfoString(&sql->buf, parts.conditions);
	if (from != NULL)
		sql_append(sql, " AND %s", sql_source_match(hop, next, from->alias));
}

/* the link rows of the last, without the target; their alias */
static const char *
append_last_links(SqlText *sql, StringInfo tables, const ResolvedAssociation *last,
				  const SqlScope *from, bool gathered)
{
	AssociatedOptions options = {0};
	SqlScope	next;

	sql_associated_scope(sql, last, &next);
	appendStringInfo(tables, ", %s %s", gathered_if(gathered, sql_link_rows(last), NULL), next.through_alias);
	append_link_conditions(sql, last, &next, &options);
	sql_append(sql, " AND %s", sql_source_match(last, &next, from->alias));
	return next.through_alias;
}

/* may one target be reached in several ways?  A row that points has only one to point at */
static bool
links_repeat(const SqlText *sql, const ResolvedAssociation *assoc)
{
	const ResolvedAssociation *first = linitial(assoc->hops);
	bool		single = assoc->to_one;

	/* a has_one may lead to several rows */
	foreach_ptr(const ResolvedAssociation, hop, assoc->hops)
		single &= sql_has_one_row_at_most(sql, hop);
	if (single)
		return false;
	foreach_ptr(const ResolvedAssociation, hop, assoc->hops)
	{
		if (hop->through != NULL || (hop != first && hop->source_points))
			return true;
	}
	return false;
}

static char *
named_columns(const char *alias, int n, Attribute **attributes, const char *prefix)
{
	StringInfoData buf;

	initStringInfo(&buf);
	for (int i = 0; i < n; i++)
		appendStringInfo(&buf, "%s%s AS %s%d", i > 0 ? ", " : "", sql_column(alias, attributes[i]),
						 prefix, i + 1);
	return buf.data;
}

/* ---- without the target ---- */

bool
sql_links_suffice(const SqlText *sql, const ResolvedAssociation *assoc,
				  const AssociatedOptions *options)
{
	return assoc->association->kind == BELONGS_TO_MANY && !hides_targets(assoc, options) &&
		may_see(sql, assoc->target, assoc->ntarget, assoc->target_key) &&
		proof_by_foreign_key(sql->proofs, assoc->through, assoc->ntarget, assoc->target_ref,
							 assoc->target, assoc->target_key) &&
		(!assoc->symmetric ||
		 proof_by_foreign_key(sql->proofs, assoc->through, assoc->nsource, assoc->source_ref,
							  assoc->source, assoc->source_key));
}

bool
sql_pointer_suffices(const SqlText *sql, const ResolvedAssociation *assoc)
{
	AssociatedOptions options = {0};

	return assoc->association->kind == BELONGS_TO && !hides_targets(assoc, &options) &&
		may_see(sql, assoc->target, assoc->nsource, assoc->source_ref) &&
		proof_by_foreign_key(sql->proofs, assoc->source, assoc->nsource, assoc->source_key,
							 assoc->target, assoc->source_ref);
}

bool
sql_references_suffice(const SqlText *sql, const ResolvedAssociation *assoc, bool deleted_rows)
{
	return assoc->hops == NIL && !assoc->symmetric && !assoc->source_points &&
		(assoc->source->deleted_at == NULL || deleted_rows) &&
		may_see(sql, assoc->source, assoc->nsource, assoc->source_key) &&
		proof_by_foreign_key(sql->proofs, assoc->through ? assoc->through : assoc->target,
							 assoc->nsource, assoc->source_ref, assoc->source, assoc->source_key);
}

static bool
hides_targets(const ResolvedAssociation *assoc, const AssociatedOptions *options)
{
	const Model *target = assoc->target;

	return (target->deleted_at != NULL && !options->deleted_rows && !assoc->deleted_rows) ||
		(!options->unscoped && sql_stored_condition(target->options, "defaultScope", "where")) ||
		sql_stored_condition(assoc->association->options, "scope", NULL) != NULL;
}

/*
 * What the caller may not read stays in the statement, and PostgreSQL raises its error.  Where that
 * is left out nobody asks for the rights again: who has lost them is to be told.
 */
static bool
may_see(const SqlText *sql, const Model *model, int nkey, Attribute **key)
{
	bool		sees = check_enable_rls(model->relid, InvalidOid, true) != RLS_ENABLED &&
		has_rights(model, nkey, key);

	if (sees && sql->proofs != NULL)
		sql->proofs->asks_role = true;
	return sees;
}

static bool
has_rights(const Model *model, int nkey, Attribute **key)
{
	Oid			role = GetUserId();

	if (assoc_namespace_aclcheck(model->schema, role, ACL_USAGE) != ACLCHECK_OK)
		return false;
	if (pg_class_aclcheck(model->relid, role, ACL_SELECT) == ACLCHECK_OK)
		return true;
	for (int i = 0; i < nkey; i++)
		if (pg_attribute_aclcheck(model->relid, key[i]->attnum, role, ACL_SELECT) != ACLCHECK_OK)
			return false;
	return true;
}

/* a link that points nowhere has no target, and its foreign key says nothing of it */
void
sql_and_points(SqlText *sql, const ResolvedAssociation *assoc, const char *through_alias)
{
	for (int i = 0; i < assoc->ntarget; i++)
		if (assoc->symmetric || !proof_by_not_null(sql->proofs, assoc->through, assoc->target_ref[i]))
			appendStringInfo(&sql->buf, " AND %s IS NOT NULL",
							 sql_column(through_alias, assoc->target_ref[i]));
}

bool
sql_links_have_key(const SqlText *sql, const ResolvedAssociation *assoc)
{
	AssociatedOptions options = {.target_unused = true};
	const Attribute *key = assoc->target->nkey == 1 ? assoc->target->key[0] : NULL;

	return key != NULL && assoc->through != NULL && assoc->ntarget == 1 && assoc->target_key[0] == key &&
		assoc->target_ref[0]->type == key->type && assoc->target_ref[0]->collation == key->collation &&
		sql_links_suffice(sql, assoc, &options);
}

bool
sql_is_of_link(const Condition *condition)
{
	if (condition == NULL || condition->kind == CONDITION_THROUGH)
		return true;
	check_stack_depth();
	if (condition->kind == CONDITION_COMPARE || condition->kind == CONDITION_ASSOCIATION)
		return false;
	foreach_ptr(Condition, arg, condition->args)
		if (!sql_is_of_link(arg))
			return false;
	return true;
}

bool
sql_links_are_distinct(const SqlText *sql, const ResolvedAssociation *assoc)
{
	const Model *through = assoc->through;

	/* an index says nothing of the rows of inheritance children */
	if (assoc->symmetric || (through->has_children && through->relkind == RELKIND_RELATION))
		return false;
	for (int i = 0; i < through->nindexes; i++)
	{
		const ModelIndex *index = &through->indexes[i];

		if (index->unique && is_of_pair(index, assoc) && proof_by_index(sql->proofs, index->indexid))
			return true;
	}
	return false;
}

/* no column of an index but what refers to the ends */
static bool
is_of_pair(const ModelIndex *index, const ResolvedAssociation *assoc)
{
	for (int column = 0; column < index->nkeys; column++)
	{
		bool		refers = false;

		for (int i = 0; i < assoc->nsource; i++)
			refers |= proof_index_on_ref(index, column, assoc->source_ref[i], assoc->source_key[i]);
		for (int i = 0; i < assoc->ntarget; i++)
			refers |= proof_index_on_ref(index, column, assoc->target_ref[i], assoc->target_key[i]);
		if (!refers)
			return false;
	}
	return true;
}
