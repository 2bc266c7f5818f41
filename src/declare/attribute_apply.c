/*-------------------------------------------------------------------------
 *
 * attribute_apply.c
 *	  A table is altered to fit its definitions, or that is refused.
 *
 * What differs, attribute_compare.c has found.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "base/ddl.h"
#include "base/errors.h"
#include "base/naming.h"
#include "declare/attribute.h"
#include "declare/computed.h"
#include "registry/citus.h"
#include "utils/builtins.h"

static void refuse_fixed(Oid relation, List *differences);
static void refuse_missing_values(Oid relation, List *differences);
static List *alter_table(Oid relation, List *differences, bool later);
static char *list_differences(List *differences);

bool
attributes_apply(Oid relation, List *defs, bool may_alter, bool replace)
{
	List	   *differences = attributes_compare(relation, defs, !may_alter);

	if (differences == NIL)
		return false;
	if (!may_alter)
		attributes_raise_unfit(relation, differences);
	foreach_ptr(AttributeDifference, difference, differences)
		if (!replace && difference->missing == NULL)
			attributes_raise_conflict(relation, differences);
	attributes_alter(relation, differences, false);
	return true;
}

void
attributes_alter(Oid relation, List *differences, bool later)
{
	ListCell   *lc;

	refuse_fixed(relation, differences);
	refuse_missing_values(relation, differences);
	foreach(lc, alter_table(relation, differences, later))
		computed_alter_table(relation, lfirst(lc));
	foreach_ptr(AttributeDifference, difference, differences)
		foreach_ptr(char, statement, difference->statements)
			ddl_run("%s", statement);
}

bool
attributes_add_integer(const Model *model, const char *name, const char *constraint, List **created)
{
	char	   *column = model->underscored ? naming_snake(name) : pstrdup(name);
	char	   *statement;

	if (model_attribute(model, name) != NULL)
		return false;
	statement = psprintf("ALTER TABLE %s ADD COLUMN %s integer%s", model->quoted_table,
						 quote_identifier(column), constraint);
	if (!model->managed)
		ereport(ERROR,
				(errcode(ERRCODE_ASSOC_UNFIT_TABLE),
				 errmsg("column \"%s\" of %s does not exist", column, model->quoted_table),
				 ddl_detail_never_altered(model->quoted_table),
				 errhint("%s;", statement)));
	computed_alter_table(model->relid, statement);
	*created = lappend(*created, psprintf("%s.%s", model->quoted_table, quote_identifier(column)));
	return true;
}

static void
refuse_fixed(Oid relation, List *differences)
{
	List	   *fixed = NIL;

	foreach_ptr(AttributeDifference, difference, differences)
		if (difference->fixed)
			fixed = lappend(fixed, difference);
	if (fixed != NIL)
		attributes_raise_conflict(relation, fixed);
}

/* rows that exist would have no value; only a person knows which one they should have */
static void
refuse_missing_values(Oid relation, List *differences)
{
	foreach_ptr(AttributeDifference, difference, differences)
	{
		AttributeDef *def = difference->missing;
		char	   *table = ddl_table(relation);
		const char *column;

		if (def == NULL || def->allow_null || def->default_sql != NULL ||
			!ddl_any_row("SELECT FROM %s", table))
			continue;
		column = quote_identifier(def->column);
		ereport(ERROR,
				(errcode(ERRCODE_NOT_NULL_VIOLATION),
				 errmsg("attribute \"%s\" cannot be null, and table %s has rows already",
						def->name, table),
				 errhint("Give it a default, or run, with a value of your choice:\n"
						 "ALTER TABLE %s ADD COLUMN %s %s;\n"
						 "UPDATE %s SET %s = ...;\n"
						 "ALTER TABLE %s ALTER COLUMN %s SET NOT NULL;\n"
						 "and declare it again.",
						 table, column, format_type_with_typemod(def->type, def->typmod),
						 table, column, table, column)));
	}
}

static List *
alter_table(Oid relation, List *differences, bool later)
{
	List	   *clauses = NIL;

	foreach_ptr(AttributeDifference, difference, differences)
		clauses = list_concat(clauses, difference->clauses);
	foreach_ptr(AttributeDifference, difference, differences)
		foreach_ptr(char, check, difference->checks)
			clauses = lappend(clauses, psprintf("%s%s", check, later ? " NOT VALID" : ""));
	return attributes_alter_statements(relation, clauses);
}

/* one for all, so that the table is rewritten once at most; Citus takes a constraint in a statement of its own only */
List *
attributes_alter_statements(Oid relation, List *clauses)
{
	List	   *statements = NIL;

	if (clauses != NIL && !citus_has_table(relation))
		clauses = list_make1(ddl_join(clauses, ", "));
	foreach_ptr(char, clause, clauses)
		statements = lappend(statements, psprintf("ALTER TABLE %s %s", ddl_table(relation), clause));
	return statements;
}

void
attributes_raise_conflict(Oid relation, List *differences)
{
	bool		fixed = false;
	bool		renamed = false;

	foreach_ptr(const AttributeDifference, difference, differences)
	{
		fixed = fixed || difference->fixed;
		renamed = renamed || strcmp(difference->name, "model") == 0;
	}
	ereport(ERROR,
			(errcode(ERRCODE_ASSOC_DECLARATION_CONFLICT),
			 errmsg("table %s is already declared differently", ddl_table(relation)),
			 errdetail_internal("%s", list_differences(differences)),
			 fixed ? errhint("This cannot be changed by a declaration; alter the table by hand.") :
			 errhint("With replace => true the declaration replaces what exists.%s",
					 renamed ? " A second model of a table is a view of it, adopted with its \"key\"." : "")));
}

void
attributes_raise_unfit(Oid relation, List *differences)
{
	StringInfoData statements;
	ListCell   *lc;

	initStringInfo(&statements);
	foreach(lc, alter_table(relation, differences, false))
		appendStringInfo(&statements, "\n%s;", (char *) lfirst(lc));
	foreach_ptr(AttributeDifference, difference, differences)
		foreach_ptr(char, statement, difference->statements)
			appendStringInfo(&statements, "\n%s;", statement);
	ereport(ERROR,
			(errcode(ERRCODE_ASSOC_UNFIT_TABLE),
			 errmsg("table %s is not as declared", ddl_table(relation)),
			 errdetail_internal("%s", list_differences(differences)),
			 errhint("An adopted table is never altered. Declare it as it is, or run:%s",
					 statements.data)));
}

/* one difference a line */
static char *
list_differences(List *differences)
{
	StringInfoData buf;

	initStringInfo(&buf);
	foreach_ptr(AttributeDifference, difference, differences)
	{
		appendStringInfo(&buf, "%s%s: declared %s, existing %s",
						 buf.len > 0 ? "\n" : "",
						 difference->name, difference->declared, difference->existing);
	}
	return buf.data;
}

List *
attribute_difference_names(List *differences)
{
	List	   *names = NIL;

	foreach_ptr(AttributeDifference, difference, differences)
		names = lappend(names, difference->name);
	return names;
}
