/*-------------------------------------------------------------------------
 *
 * sql_predicate.c
 *	  Predicates over associated rows, written as SQL.
 *
 * Decides what "some", "none", "every", "count" and its kin become.  All can stand anywhere in a
 * condition.  "allOf" and "exactly" are in sql_all_of.c; which rows are associated is decided by
 * sql_associated.c, what W of {"some": W} becomes by sql_where.c.
 *
 * Two forms look at the groups of associated rows of one key each:
 *
 *	EXISTS (SELECT 1 FROM (SELECT ref AS k1 FROM ... GROUP BY 1 HAVING ...) g
 *			WHERE g.k1 = t.key)
 *
 * The planner may push g.k1 = t.key into the groups and ask for one row after the
 * other, or make all groups once and look them up in a hash table, whatever costs
 * less for the rows that it expects.  It has that choice only where the EXISTS is
 * not ANDed on its own: else it becomes a semijoin, for which all groups are made.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "access/transam.h"
#include "base/compat.h"
#include "catalog/pg_type_d.h"
#include "deparse/sql_all_of.h"
#include "deparse/sql_where.h"
#include "miscadmin.h"
#include "utils/typcache.h"

#define COUNT "pg_catalog.count(*)"
#define MANY_JOINS 8
#define DEEP 4
#define ZERO "CAST(0 AS pg_catalog.int8)"

static SqlAsked *asked_of(const SqlText *sql, const Condition *condition);
static void append_by_kind(SqlText *sql, const SqlScope *scope, const ResolvedAssociation *assoc,
						   const Condition *condition);
static void append_some(SqlText *sql, const SqlScope *scope, const ResolvedAssociation *assoc,
						const Condition *condition);
static void append_recursive(SqlText *sql, const SqlScope *scope, const ResolvedAssociation *assoc,
							 const Condition *condition);
static void append_found(SqlText *sql, const Model *model, const char *alias, const char *found,
						 const DocPath *path);
static void check_recursive(const ResolvedAssociation *assoc, const Condition *condition);
static bool append_points(SqlText *sql, const SqlScope *scope, const ResolvedAssociation *assoc,
						  const Condition *condition);
static void note_rows(SqlFound *found, const ResolvedAssociation *assoc, const SqlScope *inner,
					  const SqlAssociated *parts);
static bool can_be_listed(const SqlScope *scope, const ResolvedAssociation *assoc);
static void begin_list(SqlText *sql, const SqlScope *scope, const ResolvedAssociation *assoc);
static void append_exists(SqlText *sql, const SqlScope *scope, const ResolvedAssociation *assoc,
						  const Condition *condition);
static void begin_exists(SqlText *sql, const SqlScope *scope, const ResolvedAssociation *assoc,
						 const SqlScope *inner, const SqlAssociated *parts);
static void append_exists_of_each(SqlText *sql, const SqlScope *scope, const ResolvedAssociation *assoc,
								  const SqlScope *inner, const SqlAssociated *parts);

static void end_exists_of_each(SqlText *sql, const SqlScope *scope, const ResolvedAssociation *assoc);

static void append_aggregate(SqlText *sql, const SqlScope *scope, const Condition *condition);
static void append_count(SqlText *sql, const SqlScope *scope, const ResolvedAssociation *assoc,
						 const Condition *condition);
static void note_compared(SqlText *sql, const Condition *condition, char *compared, char *value, Oid type);
static char *compared_of_group(const char *compared, const char *count, const char *alias);
static const Condition *counted(const Condition *condition);
static bool null_is_common(const List *compares);
static List *comparisons(const List *conditions);
static bool is_known(const OptionValue *value);
static bool is_single(const OptionValue *value);
static char *count_of_groups(SqlText *sql, const SqlScope *scope, const ResolvedAssociation *assoc,
							 const SqlScope *inner, const Condition *condition, const char *count,
							 const SqlAssociated *parts);
static char *compares_text(SqlText *sql, const SqlScope *scope, const List *compares,
						   const char *count);
static void append_compares(SqlText *sql, const SqlScope *scope, const List *compares,
							const char *connective, SqlOperand *operand);


void
sql_append_predicate(SqlText *sql, const SqlScope *scope, const Condition *condition)
{
	ResolvedAssociation *assoc = condition->predicate == PREDICATE_AGGREGATE ? NULL :
		registry_resolve_path(scope->model, condition->key, condition->path);
	bool		optional = condition->value && condition->value->optional;
	SqlFound   *found = list_member_ptr(sql->watched, condition) ? palloc0_object(SqlFound) : NULL;
	SqlAsked   *asked = asked_of(sql, condition);
	int			from = sql->buf.len;

	sql->noting = found;
	if (optional)
		appendStringInfo(&sql->buf, "(%s OR ", sql_missing(sql, condition->value));
	append_by_kind(sql, scope, assoc, condition);
	if (optional)
		appendStringInfoChar(&sql->buf, ')');
	sql->noting = NULL;
	if (asked != NULL)
		asked->text = pstrdup(sql->buf.data + from);
	if (found == NULL || (found->rows == NULL && found->keys == NIL))
		return;
	found->assoc = assoc;
	found->text = pstrdup(sql->buf.data + from);
	sql->found = lappend(sql->found, found);
}

static SqlAsked *
asked_of(const SqlText *sql, const Condition *condition)
{
	foreach_ptr(SqlAsked, asked, sql->asked)
		if (asked->condition == condition)
			return asked;
	return NULL;
}

static void
append_by_kind(SqlText *sql, const SqlScope *scope, const ResolvedAssociation *assoc, const Condition *condition)
{
	switch (condition->predicate)
	{
		case PREDICATE_SOME:
			append_some(sql, scope, assoc, condition);
			break;
		case PREDICATE_NONE:
			appendStringInfoString(&sql->buf, "(NOT ");
			append_some(sql, scope, assoc, condition);
			appendStringInfoChar(&sql->buf, ')');
			break;
		case PREDICATE_EVERY:
			/* so it holds where there are none */
			appendStringInfoString(&sql->buf, "(NOT ");
			append_exists(sql, scope, assoc, linitial(condition->args));
			appendStringInfoChar(&sql->buf, ')');
			break;
		case PREDICATE_ALL_OF:
			sql_append_all_of(sql, scope, assoc, condition);
			break;
		case PREDICATE_EXACTLY:
			sql_append_exactly(sql, scope, assoc, condition);
			break;
		case PREDICATE_COUNT:
			append_count(sql, scope, assoc, condition);
			break;
		case PREDICATE_AGGREGATE:
			append_aggregate(sql, scope, condition);
			break;
	}
}

static void
append_some(SqlText *sql, const SqlScope *scope, const ResolvedAssociation *assoc,
			const Condition *condition)
{
	if (condition->recursive)
		append_recursive(sql, scope, assoc, condition);
	else
		sql_append_exists(sql, scope, assoc, condition->args ? linitial(condition->args) : NULL);
}

/*
 * EXISTS (SELECT FROM (WITH RECURSIVE r AS (SELECT the rows that have such a row UNION SELECT those that have one
 * of r) SELECT * FROM r) r WHERE the key is one of r): from the rows that are asked for backwards, each once, so
 * that cycles end, and no more of the tree than is found.
 */
static void
append_recursive(SqlText *sql, const SqlScope *scope, const ResolvedAssociation *assoc,
				 const Condition *condition)
{
	SqlScope	source = {scope->model, sql_alias(sql, "t"), NULL, NULL, NULL};
	char	   *found = sql_alias(sql, "r");
	AssociatedOptions options = {0};
	SqlAssociated parts;
	SqlScope	inner;

	check_recursive(assoc, condition);
	appendStringInfo(&sql->buf, "EXISTS (SELECT FROM (WITH RECURSIVE %s AS (SELECT %s FROM %s %s WHERE ",
					 found, sql_columns(source.alias, source.model->nkey, source.model->key), source.model->quoted_table, source.alias);
	sql_append_exists(sql, &source, assoc, linitial(condition->args));
	source.alias = sql_alias(sql, "t");
	sql_associated_scope(sql, assoc, &inner);
	parts = sql_associated_parts(sql, assoc, &inner, &options);
	appendStringInfo(&sql->buf, " UNION SELECT %s%s, %s %s, %s WHERE %s",
					 sql_columns(source.alias, source.model->nkey, source.model->key), parts.tables,
					 source.model->quoted_table, source.alias, found,
					 sql_source_match(assoc, &inner, source.alias));
	append_found(sql, inner.model, inner.alias, found, condition->path);
	appendStringInfo(&sql->buf, "%s) SELECT * FROM %s) %s WHERE true", parts.conditions, found, found);
	append_found(sql, scope->model, scope->alias, found, condition->path);
	appendStringInfoChar(&sql->buf, ')');
}

/* each column by its own operator: IN would take what search_path has */
static void
append_found(SqlText *sql, const Model *model, const char *alias, const char *found, const DocPath *path)
{
	for (int i = 0; i < model->nkey; i++)
		appendStringInfo(&sql->buf, " AND %s %s %s", sql_column(alias, model->key[i]),
						 sql_operator(model->key[i]->type, BTEqualStrategyNumber, path),
						 sql_column(found, model->key[i]));
}

static void
check_recursive(const ResolvedAssociation *assoc, const Condition *condition)
{
	if (assoc->target->relid != assoc->source->relid)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, condition->path,
					   "Only an association of a model with itself can be followed again and again.",
					   "association \"%s\" leads from model \"%s\" to model \"%s\"",
					   condition->key, assoc->source->name, assoc->target->name);
	if (assoc->target->nkey == 0)
		model_raise_no_key(assoc->target);
	if (sql_leads_to_spread(assoc))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("association \"%s\" cannot be followed again and again in a condition", condition->key),
				 errdetail("Citus keeps its rows on several nodes, and follows none from node to node."),
				 errhint("Load the rows with an include that is \"recursive\", or make \"%s\" a reference table.",
						 assoc->target->name)));
}

void
sql_append_exists(SqlText *sql, const SqlScope *scope, const ResolvedAssociation *assoc,
				  const Condition *condition)
{
	if (!append_points(sql, scope, assoc, condition))
		append_exists(sql, scope, assoc, condition);
}

static void
append_exists(SqlText *sql, const SqlScope *scope, const ResolvedAssociation *assoc, const Condition *condition)
{
	AssociatedOptions options = {.target_unused = sql_is_of_link(condition)};
	SqlFound   *noting = sql->noting;
	SqlAssociated parts;
	SqlScope	inner;

	sql->noting = NULL;
	sql_associated_scope(sql, assoc, &inner);
	parts = sql_associated_parts(sql, assoc, &inner, &options);
	if (sql_conditions_above(sql, scope, assoc, &inner, &parts, condition))
	{
		append_exists_of_each(sql, scope, assoc, &inner, &parts);
		end_exists_of_each(sql, scope, assoc);
		return;
	}
	begin_exists(sql, scope, assoc, &inner, &parts);
	sql_end_exists(sql, scope, assoc);
	if (noting != NULL)
		note_rows(noting, assoc, &inner, &parts);
	if (noting != NULL && sql_asks_key(assoc, condition))
		noting->keys = list_make1_int(llast_int(sql->used));
}

bool
sql_asks_key(const ResolvedAssociation *assoc, const Condition *condition)
{
	const Model *target = assoc->target;

	while (condition != NULL && condition->kind == CONDITION_AND && list_length(condition->args) == 1)
		condition = linitial(condition->args);
	return condition != NULL && condition->kind == CONDITION_COMPARE && !condition->column_key &&
		condition->op == WHERE_EQ && condition->quantifier == QUANTIFIER_NONE && is_single(condition->value) &&
		target->nkey == 1 && model_value(target, condition->key) == target->key[0];
}

static bool
is_single(const OptionValue *value)
{
	return !value->optional && (value->kind == OPTION_PARAM || is_known(value));
}

/* what is about link rows is asked of these (plan_include.c), if it is not the call's */
static void
note_rows(SqlFound *found, const ResolvedAssociation *assoc, const SqlScope *inner,
		  const SqlAssociated *parts)
{
	found->rows = psprintf("SELECT %s%s WHERE true%s", sql_group_keys(assoc, inner), parts->tables,
						   parts->conditions);
	if (assoc->through != NULL)
		found->targets = sql_select_targets(assoc, inner, parts);
}

/* where the foreign key proves that there is a row, it is enough to point at one */
static bool
append_points(SqlText *sql, const SqlScope *scope, const ResolvedAssociation *assoc,
			  const Condition *condition)
{
	if (!options_asks_nothing(condition) || !sql_pointer_suffices(sql, assoc))
		return false;
	/* the source's row may itself be missing: one that is joined */
	for (int i = 0; i < assoc->nsource; i++)
		appendStringInfo(&sql->buf, "%s%s IS NOT NULL", i > 0 ? " AND " : "(",
						 sql_column(scope->alias, assoc->source_key[i]));
	appendStringInfoChar(&sql->buf, ')');
	return true;
}

/*
 * EXISTS (SELECT 1 FROM ... WHERE ...: the rows associated with one, whose scope the caller has
 * named.  From a table that every node has, and where tables are spread otherwise, Citus refuses a
 * subquery for each row: the keys that have rows are listed once, wherever the condition stands (OFFSET 0).
 */
void
sql_begin_exists(SqlText *sql, const SqlScope *scope, const ResolvedAssociation *assoc,
				 const SqlScope *inner, const AssociatedOptions *options)
{
	SqlAssociated parts = sql_associated_parts(sql, assoc, inner, options);

	begin_exists(sql, scope, assoc, inner, &parts);
}

static void
begin_exists(SqlText *sql, const SqlScope *scope, const ResolvedAssociation *assoc,
			 const SqlScope *inner, const SqlAssociated *parts)
{
	const ResolvedAssociation *first = assoc->hops ? linitial(assoc->hops) : assoc;

	if (!can_be_listed(scope, assoc))
	{
		append_exists_of_each(sql, scope, assoc, inner, parts);
		return;
	}
	begin_list(sql, scope, assoc);
	appendStringInfo(&sql->buf, "SELECT %s%s WHERE true%s",
					 sql_columns(sql_ref_alias(inner), assoc->nsource, assoc->source_ref), parts->tables, parts->conditions);
	for (int i = 0; i < assoc->nsource; i++)
		if (!proof_by_not_null(sql->proofs, first->through ? first->through : first->target, first->source_ref[i]))
			appendStringInfo(&sql->buf, " AND %s IS NOT NULL",
							 sql_column(sql_ref_alias(inner), assoc->source_ref[i]));
}

/*
 * The planner joins what is ANDed, and looks for the best order of the joins: of a hundred it takes seconds, of a thousand
 * minutes and gigabytes. It does not look behind a comparison, and asks those row by row; one by "=" it would
 * take away.
 */
static void
append_exists_of_each(SqlText *sql, const SqlScope *scope, const ResolvedAssociation *assoc,
					  const SqlScope *inner, const SqlAssociated *parts)
{
	if (++sql->nexists > MANY_JOINS)
		appendStringInfoString(&sql->buf, "true OPERATOR(pg_catalog.<=) ");
	sql_append(sql, "EXISTS (SELECT 1%s WHERE %s%s", parts->tables,
			   sql_source_match(assoc, inner, scope->alias), parts->conditions);
	sql->depth++;
}

/*
 * What is not joined is planned twice, for each row and for all at once, and so is everything in it: at a depth of twenty a million
 * times.  With an OFFSET there is one plan.
 */
static void
end_exists_of_each(SqlText *sql, const SqlScope *scope, const ResolvedAssociation *assoc)
{
	sql->depth--;
	if (sql->depth >= DEEP && !scope->model->distributed && !assoc->target->distributed)
		appendStringInfoString(&sql->buf, " OFFSET 0");
	appendStringInfoChar(&sql->buf, ')');
}

/* (key = ANY (: which is true or false, as EXISTS is */
static void
begin_list(SqlText *sql, const SqlScope *scope, const ResolvedAssociation *assoc)
{
	appendStringInfoChar(&sql->buf, '(');
	for (int i = 0; i < assoc->nsource; i++)
		if (!proof_by_not_null(sql->proofs, assoc->source, assoc->source_key[i]))
			appendStringInfo(&sql->buf, "%s IS NOT NULL AND ", sql_column(scope->alias, assoc->source_key[i]));
	appendStringInfo(&sql->buf, assoc->nsource > 1 ? "ROW(%s) OPERATOR(pg_catalog.=) ANY (" :
					 "%s OPERATOR(pg_catalog.=) ANY (", sql_columns(scope->alias, assoc->nsource, assoc->source_key));
	sql->depth++;
}

void
sql_end_exists(SqlText *sql, const SqlScope *scope, const ResolvedAssociation *assoc)
{
	if (!can_be_listed(scope, assoc))
	{
		end_exists_of_each(sql, scope, assoc);
		return;
	}
	sql->depth--;
	appendStringInfoString(&sql->buf, " OFFSET 0))");
}

/* = ANY must mean what the association compares by */
static bool
can_be_listed(const SqlScope *scope, const ResolvedAssociation *assoc)
{
	bool		listed = sql_is_apart(scope, assoc);

	for (int i = 0; listed && i < assoc->nsource; i++)
	{
		const Attribute *key = assoc->source_key[i];

		listed = key->type == assoc->source_ref[i]->type &&
			lookup_type_cache(key->type, TYPECACHE_EQ_OPR)->eq_opr < FirstUnpinnedObjectId;
	}
	return listed;
}

/* ---- count ---- */

static void
append_count(SqlText *sql, const SqlScope *scope, const ResolvedAssociation *assoc,
			 const Condition *condition)
{
	AssociatedOptions options = {.target_unused = sql_is_of_link(counted(condition))};
	Aggregate	aggregate = {.kind = AGGREGATE_COUNT, .steps = list_make1(condition->key),
	.where = unconstify(Condition *, counted(condition))};
	bool		above;
	bool		by_row;
	SqlGrouped *grouped;
	SqlAssociated parts;
	SqlScope	inner;
	char	   *count;
	char	   *compared;
	char	   *text;

	sql_associated_scope(sql, assoc, &inner);
	parts = sql_associated_parts(sql, assoc, &inner, &options);
	above = sql_conditions_above(sql, scope, assoc, &inner, &parts, aggregate.where);

	/*
	 * Up to a limit few rows may have to be asked, and only they should be counted; the planner
	 * does not think of that when it chooses between rows and groups.  Groups of all rows are
	 * none of one row above.
	 */
	by_row = (sql->limited && !can_be_listed(scope, assoc)) || above || !null_is_common(condition->compares);
	count = !by_row ? COUNT : sql_is_own_scope(sql, scope) ? sql_row_value(scope, assoc, &inner, COUNT, &parts) :
		sql_value_for_row(sql, scope, assoc, &inner, COUNT, &parts, &aggregate, above);
	compared = compares_text(sql, scope, condition->compares, count);
	note_compared(sql, condition, compared, count, INT8OID);
	text = by_row ? compared :
		count_of_groups(sql, scope, assoc, &inner, condition, compared, &parts);
	appendStringInfoString(&sql->buf, text);
	if (above || !sql_is_own_scope(sql, scope))
		return;
	grouped = sql_grouped_value(sql, scope, assoc, &inner, COUNT, &parts, &aggregate);
	sql->must_group |= by_row && sql_is_apart(scope, assoc);
	sql_note_grouped(sql, grouped, text, compared_of_group(compared, count, grouped->alias));
}

/* where the value comes from somewhere else */
static void
note_compared(SqlText *sql, const Condition *condition, char *compared, char *value, Oid type)
{
	SqlAsked   *asked = asked_of(sql, condition);

	if (asked == NULL)
		return;
	asked->compared = compared;
	asked->value = value;
	asked->type = type;
}

/*
 * Of a row without a group it is the comparison of zero.  Where the planner knows that to be false, what is
 * left is about groups alone: rows are joined to those for which it is true, and no others are looked at.
 */
static char *
compared_of_group(const char *compared, const char *count, const char *alias)
{
	return psprintf("((%s.v IS NOT NULL AND %s) OR (%s.v IS NULL AND %s))",
					alias, sql_replace_all(compared, count, psprintf("%s.v", alias)),
					alias, sql_replace_all(compared, count, ZERO));
}

/* of no rows it is null, as SQL has it */
static void
append_aggregate(SqlText *sql, const SqlScope *scope, const Condition *condition)
{
	Oid			type;
	char	   *value = sql_aggregate(sql, scope, condition->aggregate, condition->path, &type);
	SqlOperand	operand = sql_expression_operand(value, type, sql_aggregate_name(condition->aggregate->kind));
	int			from = sql->buf.len;

	append_compares(sql, scope, condition->compares, " AND ", &operand);
	note_compared(sql, condition, pstrdup(sql->buf.data + from), value, type);
}

/*
 * (0 >= $1) <> EXISTS (... HAVING (count(*) >= $1) <> (0 >= $1)): the answer for
 * zero, which has no group, and the groups for which the answer is the other one.
 * That holds for every comparison, and for values that come with the call.
 */
static char *
count_of_groups(SqlText *sql, const SqlScope *scope, const ResolvedAssociation *assoc,
				const SqlScope *inner, const Condition *condition, const char *count,
				const SqlAssociated *parts)
{
	char	   *zero = compares_text(sql, scope, condition->compares, ZERO);
	StringInfoData outer = sql_begin_part(sql);

	appendStringInfo(&sql->buf, "(%s OPERATOR(pg_catalog.<>) ", zero);
	sql_begin_groups(sql, scope, assoc, inner, parts);
	appendStringInfo(&sql->buf, " HAVING %s OPERATOR(pg_catalog.<>) %s", count, zero);
	sql_end_groups(sql, scope, assoc);
	appendStringInfoChar(&sql->buf, ')');
	return sql_end_part(sql, outer);
}

/* what is counted; NULL: all */
static const Condition *
counted(const Condition *condition)
{
	return condition->args ? linitial(condition->args) : NULL;
}

/* are the comparisons, taken together, null for every count if they are null for one? */
static bool
null_is_common(const List *compares)
{
	List	   *leaves = comparisons(compares);

	foreach_ptr(const Condition, compare, leaves)
	{
		bool		between = compare->op == WHERE_BETWEEN || compare->op == WHERE_NOT_BETWEEN;
		List	   *values = between ? doc_array_elements(&compare->value->literal) : NIL;
		ListCell   *value;

		if (compare->quantifier != QUANTIFIER_NONE || compare->value->kind == OPTION_COLUMN)
			return false;
		if (list_length(leaves) > 1 && !is_known(compare->value))
			return false;
		foreach(value, values)
			if (!is_known(options_value(lfirst(value), compare->value->path)))
				return false;
	}
	return true;
}

/* what and, or and not are about */
static List *
comparisons(const List *conditions)
{
	List	   *found = NIL;

	check_stack_depth();
	foreach_ptr(Condition, condition, conditions)
	{
		found = condition->kind == CONDITION_COMPARE ? lappend(found, condition) :
			list_concat(found, comparisons(condition->args));
	}
	return found;
}

static bool
is_known(const OptionValue *value)
{
	return value->kind == OPTION_LITERAL && value->literal.type != jbvNull;
}

/* the comparisons of a count, ANDed */
static char *
compares_text(SqlText *sql, const SqlScope *scope, const List *compares, const char *count)
{
	StringInfoData outer = sql_begin_part(sql);
	SqlOperand	operand = sql_expression_operand(pstrdup(count), INT8OID, "count");

	append_compares(sql, scope, compares, " AND ", &operand);
	return sql_end_part(sql, outer);
}

static void
append_compares(SqlText *sql, const SqlScope *scope, const List *compares, const char *connective,
				SqlOperand *operand)
{
	check_stack_depth();
	appendStringInfoChar(&sql->buf, '(');
	if (compares == NIL)
		appendStringInfoString(&sql->buf, strcmp(connective, " OR ") == 0 ? "false" : "true");
	foreach_ptr(const Condition, compare, compares)
	{
		appendStringInfoString(&sql->buf, foreach_current_index(compare) > 0 ? connective : "");
		if (compare->kind == CONDITION_COMPARE)
		{
			sql_append_operator(sql, scope, compare, operand);
			continue;
		}
		appendStringInfoString(&sql->buf, compare->kind == CONDITION_NOT ? "NOT " : "");
		append_compares(sql, scope, compare->args,
						compare->kind == CONDITION_OR ? " OR " : " AND ", operand);
	}
	appendStringInfoChar(&sql->buf, ')');
}

/* ---- groups of associated rows ---- */

/*
 * EXISTS (SELECT 1 FROM (SELECT ref AS k1, ... FROM ... GROUP BY 1: the caller adds HAVING ...,
 * and sql_end_groups.  Where Citus refuses that, their keys are listed.
 */
void
sql_begin_groups(SqlText *sql, const SqlScope *scope, const ResolvedAssociation *assoc, const SqlScope *inner,
				 const SqlAssociated *parts)
{
	if (can_be_listed(scope, assoc))
		begin_list(sql, scope, assoc);
	else
		sql->depth++;
	appendStringInfoString(&sql->buf, can_be_listed(scope, assoc) ? "SELECT * FROM (" : "EXISTS (SELECT 1 FROM (");
	appendStringInfo(&sql->buf, "SELECT %s%s WHERE true%s", sql_group_keys(assoc, inner),
					 parts->tables, parts->conditions);
	for (int i = 0; i < assoc->nsource; i++)
		appendStringInfo(&sql->buf, "%s%d", i > 0 ? ", " : " GROUP BY ", i + 1);
}

/* the groups of the row in scope; in a list, those without null */
void
sql_end_groups(SqlText *sql, const SqlScope *scope, const ResolvedAssociation *assoc)
{
	char	   *groups = sql_alias(sql, "g");

	appendStringInfo(&sql->buf, ") %s WHERE ", groups);
	if (!can_be_listed(scope, assoc))
		appendStringInfoString(&sql->buf, sql_group_match(assoc, groups, scope->alias));
	for (int i = 1; can_be_listed(scope, assoc) && i <= assoc->nsource; i++)
		appendStringInfo(&sql->buf, "%s%s.k%d IS NOT NULL", i > 1 ? " AND " : "", groups, i);
	sql_end_exists(sql, scope, assoc);
}
