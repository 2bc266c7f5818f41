/*-------------------------------------------------------------------------
 *
 * sql_aggregate.c
 *	  Aggregates over associated rows, in SQL text.
 *
 * Decides what {"count": "projects"} and its kin become.  Each is a subquery of the row that it
 * is about.  For many rows it may cost less to make the groups of all of them once, and to join
 * those:
 *
 *	LEFT JOIN (SELECT ref AS k1, count(*) AS v FROM ... GROUP BY 1) g1 ON g1.k1 = t.key
 *
 * A statement about its own rows (may_group) notes both forms.  It is written with
 * subqueries; sql_with_groups makes the other statement of it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "base/compat.h"
#include "base/integers.h"
#include "base/key_table.h"
#include "catalog/pg_type_d.h"
#include "deparse/sql_where.h"
#include "parser/parse_func.h"
#include "registry/misplaced.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#define MANY_GROUPS 16

static char *and_also(SqlText *sql, const SqlScope *inner, const char *conditions, const Condition *condition);
static char *call(const Aggregate *aggregate, const Attribute *attribute, const char *alias,
				  const DocPath *path, Oid *type);
static char *aggregate_function(const Aggregate *aggregate, Oid argument, const DocPath *path, Oid *result);
static char *measure(SqlText *sql, const SqlScope *scope, const Aggregate *aggregate,
					 const DocPath *path, Oid *type);
static char *has_rows(SqlText *sql, const SqlScope *scope, const ResolvedAssociation *assoc,
					  const Aggregate *aggregate, const List *steps, const DocPath *path);
static Attribute *aggregated(SqlText *sql, const SqlScope *inner, const Aggregate *aggregate,
							 const List *steps, const DocPath *path, bool *of_link);
static void error_steps(const SqlScope *inner, const List *steps, const DocPath *path);
static bool counts_references(const Aggregate *aggregate, const ResolvedAssociation *assoc);
static void note_counted(SqlGrouped *grouped, const SqlText *sql, const ResolvedAssociation *assoc, const SqlScope *inner,
						 const SqlAssociated *parts, Condition *where);
static bool names_target(const ResolvedAssociation *assoc);
static bool can_be_hashed(const ResolvedAssociation *assoc);
static char *shared_name(const Aggregate *aggregate);
static SqlGrouped *find_shared(const SqlText *sql, const char *shared);

/*
 * (SELECT count(*) FROM ...) over the rows that the steps lead to.  The steps
 * are an alias and, for all but count, an attribute of its rows or of their
 * link rows ("through").
 */
char *
sql_aggregate(SqlText *sql, const SqlScope *scope, const Aggregate *aggregate,
			  const DocPath *path, Oid *type)
{
	List	   *steps;
	ResolvedAssociation *assoc;
	AssociatedOptions options = {.target_unused = sql_is_of_link(aggregate->where)};
	bool		of_link = false;
	SqlAssociated parts;
	SqlScope	inner;
	Attribute  *attribute;
	SqlGrouped *grouped;
	bool		above;
	char	   *function;
	char	   *plain;

	if (aggregate->kind == AGGREGATE_RANK || aggregate->kind == AGGREGATE_DISTANCE)
		return measure(sql, scope, aggregate, path, type);
	misplaced_aggregate(scope->model, aggregate->steps, path);
	assoc = registry_resolve_steps(scope->model, aggregate->steps, &steps, path);
	if (aggregate->kind == AGGREGATE_HAS)
	{
		*type = BOOLOID;
		return has_rows(sql, scope, assoc, aggregate, steps, path);
	}
	sql_associated_scope(sql, assoc, &inner);
	attribute = aggregated(sql, &inner, aggregate, steps, path, &of_link);
	options.target_unused &= attribute == NULL || of_link;
	function = call(aggregate, attribute, of_link ? inner.through_alias : inner.alias, path, type);
	parts = sql_associated_parts(sql, assoc, &inner, &options);
	above = sql_conditions_above(sql, scope, assoc, &inner, &parts, aggregate->where);
	/* groups of all rows are none of one row above */
	if (above || !sql_is_own_scope(sql, scope))
		return sql_value_for_row(sql, scope, assoc, &inner, function, &parts, aggregate, above);
	plain = sql_row_value(scope, assoc, &inner, function, &parts);
	grouped = sql_grouped_value(sql, scope, assoc, &inner, function, &parts, aggregate);
	/* what counts values passes over null, which a count of rows does not */
	if (attribute != NULL)
		grouped->rows = NULL;
	sql_note_grouped(sql, grouped, plain, grouped->value);
	sql->must_group |= sql_is_apart(scope, assoc);
	return plain;
}

static char *
call(const Aggregate *aggregate, const Attribute *attribute, const char *alias, const DocPath *path, Oid *type)
{
	return sql_aggregate_call(aggregate, attribute ? sql_column(alias, attribute) : NULL,
							  attribute ? attribute->type : InvalidOid, path, type);
}

char *
sql_aggregate_value(SqlText *sql, const SqlScope *inner, const Aggregate *aggregate, const List *steps,
					const DocPath *path, Oid *type)
{
	bool		of_link = false;
	Attribute  *attribute = aggregated(sql, inner, aggregate, steps, path, &of_link);

	return call(aggregate, attribute, of_link ? inner->through_alias : inner->alias, path, type);
}

bool
sql_aggregate_is_string(const Model *model, const Aggregate *aggregate, const DocPath *path)
{
	const ResolvedAssociation *assoc;
	const Attribute *attribute;
	List	   *steps;

	if (aggregate->kind != AGGREGATE_MIN && aggregate->kind != AGGREGATE_MAX)
		return false;
	assoc = registry_resolve_steps(model, aggregate->steps, &steps, path);
	attribute = model_value(list_length(steps) == 2 ? assoc->through : assoc->target, llast(steps));
	return attribute->json_string;
}

/* of the row itself */
static char *
measure(SqlText *sql, const SqlScope *scope, const Aggregate *aggregate, const DocPath *path,
		Oid *type)
{
	SqlOperand	operand = sql_operand(sql, scope, aggregate->where);

	if (aggregate->distinct)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, NULL,
					   "\"%s\" takes no \"distinct\"", sql_aggregate_name(aggregate->kind));
	if (aggregate->kind == AGGREGATE_DISTANCE)
		return sql_distance(sql, scope, aggregate->where, &operand, type);
	*type = FLOAT4OID;
	return sql_rank(sql, scope, aggregate->where, &operand);
}

/* EXISTS, as the predicate "some" has it */
static char *
has_rows(SqlText *sql, const SqlScope *scope, const ResolvedAssociation *assoc,
		 const Aggregate *aggregate, const List *steps, const DocPath *path)
{
	StringInfoData outer;

	if (steps != NIL || aggregate->distinct)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, NULL,
					   "\"has\" takes an association, and \"where\"");
	outer = sql_begin_part(sql);
	appendStringInfoChar(&sql->buf, '(');
	sql_append_exists(sql, scope, assoc, aggregate->where);
	appendStringInfoChar(&sql->buf, ')');
	return sql_end_part(sql, outer);
}

/* whose values; NULL: rows are counted */
static Attribute *
aggregated(SqlText *sql, const SqlScope *inner, const Aggregate *aggregate,
		   const List *steps, const DocPath *path, bool *of_link)
{
	int			nsteps = list_length(steps);
	const char *name = aggregate->distinct ? "distinct" : sql_aggregate_name(aggregate->kind);

	if (nsteps == 0 && !aggregate->distinct && aggregate->kind == AGGREGATE_COUNT)
		return NULL;
	if (nsteps == 0)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, NULL,
					   "\"%s\" needs an attribute: [alias, attribute]", name);
	*of_link = inner->through != NULL && nsteps == 2 &&
		strcmp(linitial(steps), "through") == 0;
	if (nsteps != (*of_link ? 2 : 1))
		error_steps(inner, steps, path);
	if (!*of_link)
		misplaced_of_link(inner->model, inner->through, linitial(steps),
						  "Attributes of the link stand behind \"through\": [..., \"through\", \"%s\"].", path);
	return sql_used_attribute(sql, *of_link ? inner->through : inner->model,
							  llast(steps), path);
}

static void
error_steps(const SqlScope *inner, const List *steps, const DocPath *path)
{
	const char *first = linitial(steps);
	const char *hint = NULL;

	if (inner->through == NULL && strcmp(first, "through") == 0)
		hint = "Behind several associations, or one without a join table, there is no link.";
	else if (inner->through != NULL && strcmp(first, inner->through->name) == 0)
		hint = "The link is called \"through\" here.";
	else if (model_value(inner->model, first) == NULL && registry_association_if_any(inner->model, first) == NULL)
		(void) registry_association(inner->model, first, path);
	error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, hint,
				   "expected [alias, attribute], [alias, alias, attribute] or [alias, \"through\", attribute]");
}

/*
 * A condition may name columns of the row above, of which Citus takes a subquery only over what it
 * has read before.
 */
bool
sql_conditions_above(SqlText *sql, const SqlScope *scope, const ResolvedAssociation *assoc, SqlScope *inner,
					 SqlAssociated *parts, const Condition *condition)
{
	bool		before = sql->used_above;
	bool		used;

	inner->above = scope;
	sql->used_above = false;
	sql->depth++;
	parts->conditions = and_also(sql, inner, parts->conditions, condition);
	sql->depth--;
	used = sql->used_above;
	if (used && sql_is_apart(scope, assoc))
		parts->tables = sql_gathered_tables(sql, assoc, inner);
	sql->used_above |= before;
	return used;
}

/* "conditions" and this one (or NULL) */
static char *
and_also(SqlText *sql, const SqlScope *inner, const char *conditions, const Condition *condition)
{
	StringInfoData outer = sql_begin_part(sql);

	appendStringInfoString(&sql->buf, conditions);
	sql_and_condition(sql, inner, condition);
	return sql_end_part(sql, outer);
}

char *
sql_row_value(const SqlScope *scope, const ResolvedAssociation *assoc,
			  const SqlScope *inner, const char *function, const SqlAssociated *parts)
{
	return psprintf("(SELECT %s%s WHERE %s%s)", function, parts->tables,
					sql_source_match(assoc, inner, scope->alias), parts->conditions);
}

/* ---- groups ---- */

bool
sql_is_own_scope(const SqlText *sql, const SqlScope *scope)
{
	return sql->may_group && sql->own != NULL && strcmp(sql->own->alias, scope->alias) == 0;
}

SqlGrouped *
sql_grouped_value(SqlText *sql, const SqlScope *scope, const ResolvedAssociation *assoc,
				  const SqlScope *inner, const char *function, const SqlAssociated *parts,
				  const Aggregate *aggregate)
{
	SqlGrouped *grouped = palloc0_object(SqlGrouped);
	SqlGrouped *same;
	StringInfoData groups;
	char	   *rows;

	grouped->shared = sql_is_own_scope(sql, scope) ? shared_name(aggregate) : NULL;
	same = find_shared(sql, grouped->shared);
	if (same != NULL)
	{
		grouped->value = same->value;
		grouped->alias = same->alias;
		return grouped;
	}
	grouped->alias = sql_alias(sql, "g");
	rows = psprintf("%s WHERE true%s", parts->tables, parts->conditions);
	initStringInfo(&groups);
	appendStringInfo(&groups, "(SELECT %s, %s AS v%s GROUP BY ", sql_group_keys(assoc, inner), function, rows);
	for (int i = 1; i <= assoc->nsource; i++)
		appendStringInfo(&groups, "%s%d", i > 1 ? ", " : "", i);
	appendStringInfo(&groups, "%s)", sql_is_apart(scope, assoc) ? " OFFSET 0" : "");
	grouped->groups = groups.data;
	grouped->match = sql_group_match(assoc, grouped->alias, scope->alias);
	if (counts_references(aggregate, assoc))
		note_counted(grouped, sql, assoc, inner, parts, aggregate->where);
	if (aggregate->kind == AGGREGATE_COUNT && !aggregate->distinct && can_be_hashed(assoc))
		grouped->rows = psprintf("SELECT %s%s", sql_group_keys(assoc, inner), rows);
	/* a row without associated rows has no group */
	grouped->value = psprintf(aggregate->kind == AGGREGATE_COUNT ? "COALESCE(%s.v, 0)" : "%s.v",
							  grouped->alias);
	return grouped;
}

/*
 * Is it how many rows refer to a key?  An index on the reference may have that number (probe_entries.c); of keys
 * that are integers, which it can read from the least to the greatest.
 */
static bool
counts_references(const Aggregate *aggregate, const ResolvedAssociation *assoc)
{
	return aggregate->kind == AGGREGATE_COUNT && list_length(aggregate->steps) == 1 && !aggregate->distinct &&
		assoc->hops == NIL && !assoc->symmetric && !assoc->source_points && assoc->nsource == 1 &&
		assoc->source_ref[0]->type == assoc->source_key[0]->type && integer_is_type(assoc->source_key[0]->type);
}

/* of one table: rows with the reference, all links of which something is asked, or those that lead to some targets */
static void
note_counted(SqlGrouped *grouped, const SqlText *sql, const ResolvedAssociation *assoc, const SqlScope *inner,
			 const SqlAssociated *parts, Condition *where)
{
	AssociatedOptions options = {.target_unused = true};

	if (assoc->through == NULL || (sql_is_of_link(where) && sql_links_suffice(sql, assoc, &options)))
	{
		grouped->counted = assoc;
		grouped->where = where;
	}
	else if (names_target(assoc))
	{
		grouped->targets = sql_select_targets(assoc, inner, parts);
		grouped->counted = grouped->targets ? assoc : NULL;
	}
}

/* can what a link holds be looked for in a table of the targets' keys? */
static bool
names_target(const ResolvedAssociation *assoc)
{
	return assoc->ntarget == 1 && assoc->target_ref[0]->type == assoc->target_key[0]->type &&
		assoc->target_ref[0]->collation == assoc->target_key[0]->collation &&
		key_column_is_possible(assoc->target_key[0]->type);
}

/* what is equal to a group is equal in a table of keys (key_table.h) */
static bool
can_be_hashed(const ResolvedAssociation *assoc)
{
	for (int i = 0; i < assoc->nsource; i++)
		if (assoc->source_points || assoc->source_ref[i]->type != assoc->source_key[i]->type ||
			!key_column_is_possible(assoc->source_key[i]->type))
			return false;
	return true;
}

/* ref AS k1, ...: as it is compared with the key, since what that takes for the same is one group */
char *
sql_group_keys(const ResolvedAssociation *assoc, const SqlScope *inner)
{
	const char *alias = sql_ref_alias(inner);
	StringInfoData buf;

	initStringInfo(&buf);
	for (int i = 0; i < assoc->nsource; i++)
		appendStringInfo(&buf, "%s%s AS k%d", i > 0 ? ", " : "",
						 assoc->source_points ? sql_column(alias, assoc->source_ref[i]) :
						 sql_ref_as(sql_column(alias, assoc->source_ref[i]), assoc->source_ref[i],
									assoc->source_key[i]), i + 1);
	return buf.data;
}

char *
sql_group_match(const ResolvedAssociation *assoc, const char *groups, const char *source_alias)
{
	StringInfoData buf;

	initStringInfo(&buf);
	for (int i = 0; i < assoc->nsource; i++)
		appendStringInfo(&buf, "%s%s", i > 0 ? " AND " : "",
						 sql_source_equal(assoc, i, psprintf("%s.k%d", groups, i + 1),
										  sql_column(source_alias, assoc->source_key[i])));
	return buf.data;
}

/* Citus makes groups before, of which each row looks for its own, unless they are of one row above */
char *
sql_value_for_row(SqlText *sql, const SqlScope *scope, const ResolvedAssociation *assoc, const SqlScope *inner,
				  const char *function, const SqlAssociated *parts, const Aggregate *aggregate, bool above)
{
	SqlGrouped *grouped;
	char	   *value;

	if (above || !sql_is_apart(scope, assoc))
		return sql_row_value(scope, assoc, inner, function, parts);
	grouped = sql_grouped_value(sql, scope, assoc, inner, function, parts, aggregate);
	value = psprintf("(SELECT %s.v FROM %s %s WHERE %s)", grouped->alias, grouped->groups, grouped->alias,
					 grouped->match);
	return aggregate->kind == AGGREGATE_COUNT ? psprintf("COALESCE(%s, 0)", value) : value;
}

void
sql_note_grouped(SqlText *sql, SqlGrouped *grouped, char *plain, char *joined)
{
	grouped->plain = plain;
	grouped->joined = joined;
	sql->grouped = lappend(sql->grouped, grouped);
}

/* with a condition it is its own: parameters have numbers of their own */
static char *
shared_name(const Aggregate *aggregate)
{
	StringInfoData buf;

	if (aggregate->where != NULL)
		return NULL;
	initStringInfo(&buf);
	appendStringInfo(&buf, "%d %d", aggregate->kind, aggregate->distinct);
	foreach_ptr(char, step, aggregate->steps)
		appendStringInfo(&buf, " %s", quote_identifier(step));
	return buf.data;
}

static SqlGrouped *
find_shared(const SqlText *sql, const char *shared)
{
	foreach_ptr(SqlGrouped, grouped, shared ? sql->grouped : NIL)
	{
		if (grouped->shared != NULL && strcmp(grouped->shared, shared) == 0)
			return grouped;
	}
	return NULL;
}

/* the texts are unique, for the aliases in them are */
char *
sql_with_groups(SqlText *sql, const char *statement, int tables_to, bool counted)
{
	StringInfoData buf;
	char	   *text;

	/* where there is a choice, no statement of so many joins that the planner takes seconds for their order */
	if (sql->grouped == NIL || (list_length(sql->grouped) > MANY_GROUPS && !sql->must_group))
		return NULL;
	initStringInfo(&buf);
	appendBinaryStringInfo(&buf, statement, tables_to);
	foreach_ptr(const SqlGrouped, grouped, sql->grouped)
	{
		if (grouped->groups == NULL)
			continue;
		appendStringInfo(&buf, " LEFT JOIN %s%s%s ON %s", counted && grouped->rows ? "" : grouped->groups,
						 counted && grouped->rows ? "" : " ", grouped->alias, grouped->match);
	}
	appendStringInfoString(&buf, statement + tables_to);
	text = buf.data;
	foreach_ptr(const SqlGrouped, grouped, sql->grouped)
		text = sql_replace_all(text, grouped->plain, grouped->joined);
	return text;
}

char *
sql_replace_all(const char *text, const char *from, const char *to)
{
	StringInfoData buf;
	const char *found;

	initStringInfo(&buf);
	for (; (found = strstr(text, from)) != NULL; text = found + strlen(from))
	{
		appendBinaryStringInfo(&buf, text, found - text);
		appendStringInfoString(&buf, to);
	}
	appendStringInfoString(&buf, text);
	return buf.data;
}

/* ---- functions and types ---- */

const char *
sql_aggregate_name(AggregateKind kind)
{
	static const char *const functions[] = {
		NULL, "count", "sum", "min", "max", "avg", "has", "rank", "distance"
	};

	return functions[kind];
}

char *
sql_aggregate_call(const Aggregate *aggregate, const char *argument, Oid type, const DocPath *path, Oid *result)
{
	const char *function = aggregate_function(aggregate, type, path, result);
	Oid			base = argument ? getBaseType(type) : InvalidOid;

	/* max(anyenum) takes no domain */
	if (base != type && type_is_enum(base))
		argument = psprintf("CAST(%s AS %s)", argument, sql_type(base, -1));
	return psprintf("%s(%s%s)", function, aggregate->distinct ? "DISTINCT " : "", argument ? argument : "*");
}

static char *
aggregate_function(const Aggregate *aggregate, Oid argument, const DocPath *path, Oid *result)
{
	const char *name = sql_aggregate_name(aggregate->kind);
	Oid			type = OidIsValid(argument) ? getBaseType(argument) : InvalidOid;
	char	   *own;

	if (!OidIsValid(type) && (aggregate->distinct || aggregate->kind != AGGREGATE_COUNT))
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, NULL,
					   "\"%s\" needs an attribute", aggregate->distinct ? "distinct" : name);
	if (aggregate->distinct)
		(void) sql_operator(type, BTEqualStrategyNumber, path);
	*result = INT8OID;
	if (aggregate->kind == AGGREGATE_COUNT || OidIsValid(sql_catalog_aggregate(aggregate->kind, type, result)))
		return psprintf("pg_catalog.%s", name);
	own = sql_own_aggregate(type, name, result);
	if (own == NULL)
		error_document(ERRCODE_UNDEFINED_FUNCTION, path, NULL,
					   "there is no \"%s\" of values of type %s", name, format_type_be(argument));
	return own;
}

Oid
sql_catalog_aggregate(AggregateKind kind, Oid type, Oid *result)
{
	bool		ordered = kind == AGGREGATE_MIN || kind == AGGREGATE_MAX;
	Oid			argument = type == VARCHAROID || type == NAMEOID ? TEXTOID :
		type == CIDROID ? INETOID : type;
	Oid			function;

	if (ordered && (type_is_enum(type) || type_is_array(type)))
		argument = type_is_enum(type) ? ANYENUMOID : ANYARRAYOID;
	function = LookupFuncName(list_make2(makeString("pg_catalog"), makeString(pstrdup(sql_aggregate_name(kind)))),
							  1, &argument, true);
	*result = OidIsValid(function) ? get_func_rettype(function) : InvalidOid;
	if (IsPolymorphicType(*result))
		*result = type;
	return function;
}
