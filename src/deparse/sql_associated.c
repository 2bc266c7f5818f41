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
#include "utils/acl.h"
#include "utils/rls.h"

static void append_tables(SqlText *sql, const AssociationEnds *ends, const SqlScope *inner,
						  bool links);
static void append_match(SqlText *sql, const AssociationEnds *ends, const SqlScope *inner,
						 const char *source_alias);
static void append_conditions(SqlText *sql, const AssociationEnds *ends, const SqlScope *inner,
							  const AssociatedOptions *options);
static void append_link_conditions(SqlText *sql, const AssociationEnds *ends,
								   const SqlScope *inner, const AssociatedOptions *options);
static bool hides_targets(const AssociationEnds *ends, const AssociatedOptions *options);
static bool may_see(const Model *model, int nkey, Attribute **key);

void
sql_associated_scope(SqlText *sql, const AssociationEnds *ends, SqlScope *inner)
{
	inner->model = ends->target;
	inner->alias = sql_alias(sql, "t");
	inner->through = ends->through;
	inner->through_alias = ends->through ? sql_alias(sql, "l") : NULL;
	*sql->relations = list_append_unique_oid(*sql->relations, ends->target->relid);
	if (ends->through)
		*sql->relations = list_append_unique_oid(*sql->relations, ends->through->relid);
}

/* FROM ... WHERE ...: the caller has written SELECT and its list */
void
sql_append_associated(SqlText *sql, const AssociationEnds *ends,
					  const SqlScope *inner, const char *source_alias,
					  const AssociatedOptions *options)
{
	SqlAssociated parts = sql_associated_parts(sql, ends, inner, options);

	appendStringInfo(&sql->buf, "%s WHERE ", parts.tables);
	append_match(sql, ends, inner, source_alias);
	appendStringInfoString(&sql->buf, parts.conditions);
}

SqlAssociated
sql_associated_parts(SqlText *sql, const AssociationEnds *ends, const SqlScope *inner,
					 const AssociatedOptions *options)
{
	bool		links = options->target_unused && sql_links_suffice(sql, ends, options);
	StringInfoData outer = sql->buf;
	SqlAssociated parts;

	initStringInfo(&sql->buf);
	append_tables(sql, ends, inner, links);
	parts.tables = sql->buf.data;
	initStringInfo(&sql->buf);
	if (links)
	{
		sql_and_points(sql, ends, inner->through_alias);
		append_link_conditions(sql, ends, inner, options);
	}
	else
		append_conditions(sql, ends, inner, options);
	parts.conditions = sql->buf.data;
	sql->buf = outer;
	return parts;
}

static void
append_tables(SqlText *sql, const AssociationEnds *ends, const SqlScope *inner, bool links)
{
	if (links)
	{
		appendStringInfo(&sql->buf, " FROM %s %s", inner->through->quoted_table,
						 inner->through_alias);
		return;
	}
	appendStringInfo(&sql->buf, " FROM %s %s", inner->model->quoted_table, inner->alias);
	if (inner->through == NULL)
		return;
	appendStringInfo(&sql->buf, " JOIN %s %s ON ",
					 inner->through->quoted_table, inner->through_alias);
	sql_append_keys_equal(sql, ends->ntarget, inner->through_alias, ends->target_ref,
						  inner->alias, ends->target_key);
}

void
sql_append_match(SqlText *sql, const AssociationEnds *ends, const SqlScope *inner,
				 const char *source_alias, const AssociatedOptions *options)
{
	append_match(sql, ends, inner, source_alias);
	append_conditions(sql, ends, inner, options);
}

static void
append_match(SqlText *sql, const AssociationEnds *ends, const SqlScope *inner,
			 const char *source_alias)
{
	if (source_alias == NULL)
		appendStringInfoString(&sql->buf, "true");
	else
		sql_append_source_equal(sql, ends, inner->through ? inner->through_alias : inner->alias,
								source_alias);
}

static void
append_conditions(SqlText *sql, const AssociationEnds *ends, const SqlScope *inner,
				  const AssociatedOptions *options)
{
	if (!options->deleted_rows)
		sql_and_living(sql, inner->model, inner->alias);
	if (!options->unscoped)
		sql_and_condition(sql, inner,
						  sql_stored_condition(inner->model->options, "defaultScope", "where"));
	sql_and_condition(sql, inner, sql_stored_condition(ends->association->options, "scope", NULL));
	append_link_conditions(sql, ends, inner, options);
}

static void
append_link_conditions(SqlText *sql, const AssociationEnds *ends, const SqlScope *inner,
					   const AssociatedOptions *options)
{
	SqlScope	link = {inner->through, inner->through_alias, NULL, NULL};

	if (inner->through == NULL)
		return;
	if (!options->deleted_links)
		sql_and_living(sql, inner->through, inner->through_alias);
	sql_and_condition(sql, &link,
					  sql_stored_condition(ends->association->options, "through", "scope"));
}

void
sql_and_living(SqlText *sql, const Model *model, const char *alias)
{
	if (model->deleted_at)
		appendStringInfo(&sql->buf, " AND %s IS NULL", sql_column(alias, model->deleted_at));
}

Condition *
sql_stored_condition(Jsonb *options, const char *key, const char *inner_key)
{
	JsonbValue	root;
	JsonbValue *value;

	if (options == NULL)
		return NULL;
	doc_root_value(options, &root);
	value = doc_get(&root, key);
	if (value != NULL && inner_key != NULL)
		value = doc_get(value, inner_key);
	if (value == NULL)
		return NULL;
	return options_parse_where(value, doc_path_key(&doc_declared, key));
}

/* ---- without the target ---- */

bool
sql_links_suffice(const SqlText *sql, const AssociationEnds *ends,
				  const AssociatedOptions *options)
{
	return ends->association->kind == BELONGS_TO_MANY && !hides_targets(ends, options) &&
		may_see(ends->target, ends->ntarget, ends->target_key) &&
		proof_by_foreign_key(sql->proofs, ends->through, ends->ntarget, ends->target_ref,
							 ends->target, ends->target_key);
}

bool
sql_pointer_suffices(const SqlText *sql, const AssociationEnds *ends)
{
	AssociatedOptions options = {0};

	return ends->association->kind == BELONGS_TO && !hides_targets(ends, &options) &&
		may_see(ends->target, ends->nsource, ends->source_ref) &&
		proof_by_foreign_key(sql->proofs, ends->source, ends->nsource, ends->source_key,
							 ends->target, ends->source_ref);
}

static bool
hides_targets(const AssociationEnds *ends, const AssociatedOptions *options)
{
	const Model *target = ends->target;

	return (target->deleted_at != NULL && !options->deleted_rows) ||
		(!options->unscoped && sql_stored_condition(target->options, "defaultScope", "where")) ||
		sql_stored_condition(ends->association->options, "scope", NULL) != NULL;
}

/* what the caller may not read stays in the statement, and PostgreSQL raises its error */
static bool
may_see(const Model *model, int nkey, Attribute **key)
{
	Oid			role = GetUserId();

	if (check_enable_rls(model->relid, InvalidOid, true) == RLS_ENABLED ||
		assoc_namespace_aclcheck(model->schema, role, ACL_USAGE) != ACLCHECK_OK)
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
sql_and_points(SqlText *sql, const AssociationEnds *ends, const char *through_alias)
{
	for (int i = 0; i < ends->ntarget; i++)
		if (!proof_by_not_null(sql->proofs, ends->through, ends->target_ref[i]))
			appendStringInfo(&sql->buf, " AND %s IS NOT NULL",
							 sql_column(through_alias, ends->target_ref[i]));
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
