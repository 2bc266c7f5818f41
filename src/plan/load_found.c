/*-------------------------------------------------------------------------
 *
 * load_found.c
 *	  Rows that are found from the other end of what is asked of them.
 *
 * How many users have a project of a kind?  The statement that is written asks each user; the other
 * way is to read the links of these projects, and to count who is named in them.  That is the same where
 * every reference leads to a row that is seen, and nothing else is asked of it.
 *
 * Which projects have these two tags?  The links of the tags say it, where a foreign key says that the
 * tags are there; so few rows are read by their keys, and what else is asked is asked of them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "catalog/pg_type_d.h"
#include "miscadmin.h"
#include "plan/few_rows.h"
#include "plan/plan_builder.h"
#include "utils/lsyscache.h"

static void watch_count(NodeBuilder *builder);
static const Condition *single(const Condition *condition);
static void watch_keys(NodeBuilder *builder, const Condition *where);
static bool may_find_by_key(const NodeBuilder *builder, const Condition *condition, const ResolvedAssociation *assoc);
static bool keys_are_possible(const ResolvedAssociation *assoc);
static void find_by_links(NodeBuilder *builder);
static void find_by_value(NodeBuilder *builder, const Condition *condition);
static const Condition *value_condition(const NodeBuilder *builder, const Condition *where);
static bool finds_few(const Model *model, const Condition *condition);
static bool is_simple(const Attribute *key);
static bool are_of_type(const NodeBuilder *builder, const SqlFound *found, Oid type);

void
load_found_watch(NodeBuilder *builder)
{
	const LoadNode *node = builder->node;

	if (node->parent != NULL || builder->assoc != NULL || node->plan->nested)
		return;
	if (node->plan->kind == LOAD_COUNT)
		watch_count(builder);
	else if (node->plan->kind == LOAD_FIND && !builder->find->cursor && !builder->find->page)
		watch_keys(builder, builder->find->where);
}

/* is the number that of the rows with some associated ones, and nothing else? */
static void
watch_count(NodeBuilder *builder)
{
	const FindOptions *find = builder->find;
	const Condition *where = single(find->where);
	ResolvedAssociation *assoc;

	if (find->scope_where != NULL || load_where_requires_more(find) ||
		where == NULL || where->kind != CONDITION_ASSOCIATION || where->predicate != PREDICATE_SOME ||
		where->recursive || where->args == NIL || options_looks_above(linitial(where->args)))
		return;
	assoc = registry_resolve_path(builder->model, where->key, where->path);
	if (keys_are_possible(assoc) && sql_references_suffice(&builder->sql, assoc, builder->deleted_rows))
		builder->sql.watched = list_make1(unconstify(Condition *, where));
}

static const Condition *
single(const Condition *condition)
{
	while (condition != NULL && condition->kind == CONDITION_AND && list_length(condition->args) == 1)
		condition = linitial(condition->args);
	return condition;
}

/* the predicates by key, all of one association: that of the first */
static void
watch_keys(NodeBuilder *builder, const Condition *where)
{
	SqlText    *sql = &builder->sql;
	const Condition *first = sql->watched ? linitial(sql->watched) : NULL;

	check_stack_depth();
	if (where != NULL && where->kind == CONDITION_AND)
	{
		foreach_ptr(const Condition, arg, where->args)
			watch_keys(builder, arg);
		return;
	}
	if (where == NULL || where->kind != CONDITION_ASSOCIATION || (where->value && where->value->optional) ||
		(where->predicate != PREDICATE_ALL_OF && where->predicate != PREDICATE_SOME) ||
		(first != NULL && strcmp(first->key, where->key) != 0))
		return;
	if (may_find_by_key(builder, where, registry_resolve_path(builder->model, where->key, where->path)))
		sql->watched = lappend(sql->watched, unconstify(Condition *, where));
}

static bool
may_find_by_key(const NodeBuilder *builder, const Condition *condition, const ResolvedAssociation *assoc)
{
	const SqlText *sql = &builder->sql;

	if (condition->predicate == PREDICATE_SOME &&
		(condition->recursive || condition->args == NIL || !sql_asks_key(assoc, linitial(condition->args))))
		return false;
	return assoc->hops == NIL && !assoc->symmetric && !assoc->source_points && keys_are_possible(assoc) &&
		sql_links_have_key(sql, assoc) && sql_links_are_distinct(sql, assoc);
}

static bool
keys_are_possible(const ResolvedAssociation *assoc)
{
	for (int i = 0; i < assoc->nsource; i++)
		if (assoc->source_ref[i]->type != assoc->source_key[i]->type ||
			!key_column_is_possible(assoc->source_key[i]->type))
			return false;
	return true;
}

LoadStatement *
load_found_count(NodeBuilder *builder)
{
	const SqlFound *found = linitial(builder->sql.found);
	LoadStatement *statement = load_sql_statement(builder->node, found->rows);

	statement->found = palloc0_object(LoadFound);
	if (found->targets)
		statement->found->targets = load_sql_statement(builder->node, found->targets);
	return statement;
}

void
load_found_rows(NodeBuilder *builder)
{
	const LoadNode *node = builder->node;
	const FindOptions *find = builder->find;
	LoadKind	kind = node->plan->kind;
	const Condition *condition;

	if (builder->sql.found != NIL && kind == LOAD_FIND)
		find_by_links(builder);
	else if (builder->sql.found == NIL && node->parent == NULL && builder->assoc == NULL &&
			 (kind == LOAD_FIND || node->fold != NULL) && !node->plan->nested &&
			 (condition = value_condition(builder, find->where)) != NULL)
		find_by_value(builder, condition);
}

static void
find_by_links(NodeBuilder *builder)
{
	LoadNode   *node = builder->node;
	const Attribute *key = NULL;
	LoadFound  *result = palloc0_object(LoadFound);

	foreach_ptr(const SqlFound, found, builder->sql.found)
	{
		key = found->assoc->target->key[0];
		if (found->is_list && list_length(builder->sql.found) > 1)
			return;
		result->is_list = found->is_list;
		if (!are_of_type(builder, found, getBaseType(key->type)))
			return;
		result->nkeys += list_length(found->keys);
	}
	result->keys = palloc_array(int, Max(1, result->nkeys));
	result->nkeys = 0;
	foreach_ptr(const SqlFound, found, builder->sql.found)
	{
		foreach_int(number, found->keys)
			result->keys[result->nkeys++] = number;
		builder->conditions = sql_replace_all(builder->conditions, found->text, "true");
	}
	key_column_init(&result->key, key->type, key->collation, CurrentMemoryContext);
	builder->found = linitial(builder->sql.found);
	builder->nfound = builder->found->assoc->nsource;
	builder->found_key = builder->found->assoc->source_key;
	node->found = result;
}

/* ---- by a value of the rows themselves ---- */

/* the condition is asked of the rows all the same: what is read by it need only be no row too few */
static void
find_by_value(NodeBuilder *builder, const Condition *condition)
{
	Attribute  *key = model_attribute(builder->model, condition->key);
	LoadFound  *result = palloc0_object(LoadFound);

	result->is_list = condition->op == WHERE_IN;
	result->nkeys = 1;
	result->keys = palloc_object(int);
	result->keys[0] = sql_value_number(&builder->sql, condition->value,
									   result->is_list ? get_array_type(key->type) : key->type);
	key_column_init(&result->key, key->type, key->collation, CurrentMemoryContext);
	builder->nfound = 1;
	builder->found_key = palloc_object(Attribute *);
	builder->found_key[0] = key;
	builder->node->found = result;
}

/* one that every row has to fulfil, and by which an index finds few; NULL: none */
static const Condition *
value_condition(const NodeBuilder *builder, const Condition *where)
{
	const Condition *result = NULL;

	check_stack_depth();
	if (where != NULL && where->kind == CONDITION_AND)
	{
		foreach_ptr(const Condition, arg, where->args)
			if ((result = value_condition(builder, arg)) != NULL)
				return result;
		return NULL;
	}
	return where != NULL && finds_few(builder->model, where) ? where : NULL;
}

static bool
finds_few(const Model *model, const Condition *condition)
{
	const Attribute *key = few_rows_names_value(condition, true) ? model_attribute(model, condition->key) : NULL;

	return key != NULL && is_simple(key) && few_rows_by(model, key->attnum);
}

/* of a type that has one equality, which reveals nothing */
static bool
is_simple(const Attribute *key)
{
	return key->type == INT4OID || key->type == INT8OID || key->type == UUIDOID ||
		(key->type == TEXTOID && get_collation_isdeterministic(key->collation));
}

/* what the caller gives is converted to the type of the parameter */
static bool
are_of_type(const NodeBuilder *builder, const SqlFound *found, Oid type)
{
	foreach_int(number, found->keys)
	{
		Oid			given = ((LoadParam *) list_nth(*builder->sql.params, number))->type;

		if ((found->is_list ? getBaseType(get_element_type(given)) : given) != type)
			return false;
	}
	return found->keys != NIL;
}
