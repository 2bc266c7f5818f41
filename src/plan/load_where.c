/*-------------------------------------------------------------------------
 *
 * load_where.c
 *	  Which rows the statement of a node keeps: of the association, of scopes, of the options.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "deparse/sql_where.h"
#include "miscadmin.h"
#include "options/load_scope.h"
#include "plan/load_asked.h"
#include "plan/load_page.h"
#include "plan/plan_builder.h"

static void append_conditions(NodeBuilder *builder);
static void append_required(SqlText *sql, const SqlScope *scope, const FindOptions *find);

void
load_where_append(NodeBuilder *builder)
{
	SqlText    *sql = &builder->sql;
	const SqlScope *scope = &builder->scope;
	int			from;

	if (!builder->deleted_rows && !builder->node->links_only)
		sql_and_not_deleted(sql, builder->model, scope->alias);
	if (scope->through && !builder->deleted_links)
		sql_and_not_deleted(sql, scope->through, scope->through_alias);
	from = sql->buf.len;
	load_asked_watch(builder);
	append_conditions(builder);
	if (builder->find->cursor)
		load_page_append_beyond(builder);
	builder->conditions = pnstrdup(sql->buf.data + from, sql->buf.len - from);
	append_required(sql, scope, builder->find);
}

/* their number is that of the rows that they lead to, and nothing else is asked */
bool
load_links_are_counted(const NodeBuilder *builder)
{
	const FindOptions *find = builder->find;
	AssociatedOptions options = {.deleted_rows = builder->deleted_rows, .unscoped = true};

	return builder->node->shape == LOAD_BY_LINK &&
		find->scope_where == NULL && sql_is_of_link(find->where) && !load_where_requires_more(find) &&
		sql_links_suffice(&builder->sql, builder->assoc, &options);
}

/* of the association, of its link rows, of scopes and of the options */
static void
append_conditions(NodeBuilder *builder)
{
	SqlText    *sql = &builder->sql;
	const SqlScope *scope = &builder->scope;

	if (builder->node->links_only)
		sql_and_points(sql, builder->assoc, scope->through_alias);
	/* of the targets at hand it is known */
	if (builder->assoc && !builder->node->of_targets)
		sql_and_condition(sql, scope,
						  sql_stored_condition(builder->assoc->association->options, "scope", NULL));
	if (scope->through)
	{
		SqlScope	link = {scope->through, scope->through_alias, NULL, NULL, NULL};

		sql_and_condition(sql, &link,
						  sql_stored_condition(builder->assoc->association->options, "through", "scope"));
		if (builder->through)
			sql_and_condition(sql, &link, builder->through->where);
	}
	sql_and_condition(sql, scope, builder->find->scope_where);
	sql_and_condition(sql, scope, builder->find->where);
}

/* rows whose required includes have none are left out: EXISTS, whatever the limit */
static void
append_required(SqlText *sql, const SqlScope *scope, const FindOptions *find)
{
	check_stack_depth();
	foreach_ptr(IncludeItem, item, find->include)
	{
		AssociatedOptions options = {0};
		ResolvedAssociation *assoc;
		AllowedNode node;
		SqlScope	inner;

		if (!options_include_is_required(item))
			continue;
		assoc = registry_resolve_path(scope->model, item->association, item->path);
		node = load_allow_node(assoc, &item->find, item->through);
		load_scope_apply(&node);
		options.deleted_rows = item->find.paranoid == 0;
		options.deleted_links = item->through && item->through->paranoid == 0;
		options.unscoped = true;	/* load_scope_apply has looked at the include's "scope" */
		options.target_unused = item->find.scope_where == NULL && sql_is_of_link(item->find.where) &&
			!load_where_requires_more(&item->find);
		sql_associated_scope(sql, assoc, &inner);
		appendStringInfoString(&sql->buf, " AND ");
		sql_begin_exists(sql, scope, assoc, &inner, &options);
		if (item->find.paranoid == 1)
			sql_and_not_deleted(sql, inner.model, inner.alias);
		sql_and_condition(sql, &inner, item->find.scope_where);
		sql_and_condition(sql, &inner, item->find.where);
		if (item->through)
		{
			SqlScope	link = {inner.through, inner.through_alias, NULL, NULL, NULL};

			sql_and_condition(sql, &link, item->through->where);
		}
		append_required(sql, &inner, &item->find);
		sql_end_exists(sql, scope, assoc);
	}
}

bool
load_where_requires_more(const FindOptions *find)
{
	foreach_ptr(IncludeItem, item, find->include)
		if (options_include_is_required(item))
			return true;
	return false;
}
