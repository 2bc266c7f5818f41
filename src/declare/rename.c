/*-------------------------------------------------------------------------
 *
 * rename.c
 *	  assoc.rename_association and assoc.rename_model.
 *
 * Decides what follows a name: the registry, the other direction's row, and the
 * accessors, which are called otherwise and stay the same functions, with their grants.
 * Documents that applications and scopes have keep the old name; assoc.check() finds the
 * stored ones.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/arguments.h"
#include "base/compat.h"
#include "base/errors.h"
#include "base/naming.h"
#include "declare/accessor.h"
#include "declare/accessor_names.h"
#include "declare/association.h"
#include "declare/dry_run.h"
#include "declare/model.h"
#include "fmgr.h"
#include "miscadmin.h"

/* an association's accessors as they are called before */
typedef struct OldNames
{
	const AssociationRow *row;
	List	   *plan;
} OldNames;

PG_FUNCTION_INFO_V1(association_rename);
PG_FUNCTION_INFO_V1(assoc_rename_model);

static Datum rename_association(FunctionCallInfo fcinfo, int variant);
static void refuse_taken(const AssociationRow *row, const char *alias);
static void rename_row(AssociationRow *row, char *alias, char *singular);
static Datum rename_model(FunctionCallInfo fcinfo, int variant);
static List *old_names(Oid source);

/* rename_association(source text, alias text, new_alias text, singular text, dry_run boolean) */
Datum
association_rename(PG_FUNCTION_ARGS)
{
	return dry_run(fcinfo, 4, rename_association, 0);
}

static Datum
rename_association(FunctionCallInfo fcinfo, int variant pg_attribute_unused())
{
	char	   *source = argument_optional_names(fcinfo, 0, "source");
	char	   *alias = argument_optional_names(fcinfo, 1, "alias");
	char	   *new_alias = argument_optional_name(fcinfo, 2, "new_alias");
	char	   *singular = argument_optional_name(fcinfo, 3, "singular");
	AssociationRow *row;
	List	   *plan;

	error_during_recovery(fcinfo->flinfo->fn_oid);
	argument_require(fcinfo, 0, "source");
	argument_require(fcinfo, 1, "alias");
	argument_require(fcinfo, 2, "new_alias");
	registry_pin();
	row = association_lock(declaration_find_model(source), alias);
	plan = accessor_names_plan(registry_resolve_row(row));
	if (strcmp(alias, new_alias) != 0)
		refuse_taken(row, new_alias);
	rename_row(row, new_alias, singular);
	return model_result_accessors("alias", new_alias,
						   accessors_rename(alias, plan, registry_resolve_row(row)));
}

static void
refuse_taken(const AssociationRow *row, const char *alias)
{
	AssociationRow renamed = *row;

	if (registry_read_association(row->source, alias) != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("\"%s\" has an association \"%s\" already",
						registry_model(row->source)->name, alias)));
	renamed.alias = pstrdup(alias);
	association_check_alias(&renamed);
}

/* the other direction's row follows, whoever owns it: the name is this one's */
static void
rename_row(AssociationRow *row, char *alias, char *singular)
{
	char	   *before = row->alias;
	AssociationRow *inverse = row->inverse ? registry_read_association(row->target, row->inverse) : NULL;

	row->alias = alias;
	if (singular != NULL)
		row->singular = singular;
	else if (strcmp(before, alias) != 0)
		row->singular = row->kind == HAS_ONE || row->kind == BELONGS_TO ? alias : naming_singular(alias);
	(void) registry_delete_association(row->source, before);
	registry_put_association(row);
	if (inverse == NULL || inverse->inverse == NULL || strcmp(inverse->inverse, before) != 0)
		return;
	inverse->inverse = alias;
	registry_put_association(inverse);
}

/* rename_model(model text, new_name text, dry_run boolean) */
Datum
assoc_rename_model(PG_FUNCTION_ARGS)
{
	return dry_run(fcinfo, 2, rename_model, 0);
}

static Datum
rename_model(FunctionCallInfo fcinfo, int variant pg_attribute_unused())
{
	char	   *model = argument_optional_names(fcinfo, 0, "model");
	char	   *name = argument_optional_name(fcinfo, 1, "new_name");
	ModelRow   *row;
	List	   *before;
	List	   *accessors = NIL;

	error_during_recovery(fcinfo->flinfo->fn_oid);
	argument_require(fcinfo, 0, "model");
	argument_require(fcinfo, 1, "new_name");
	registry_pin();
	row = model_lock(declaration_find_model(model));
	if (row == NULL)
		model_report_removed(model);
	model_refuse_taken(row->relation, name);
	before = old_names(row->relation);
	row->name = name;
	registry_put_model(row);
	foreach_ptr(OldNames, old, before)
	{
		accessors = list_concat(accessors,
								accessors_rename(old->row->alias, old->plan, registry_resolve_row(old->row)));
	}
	return model_result_accessors("model", name, accessors);
}

/* of all associations that start from the table: the names of their accessors begin with the model's */
static List *
old_names(Oid source)
{
	List	   *names = NIL;

	foreach_ptr(AssociationRow, row, registry_read_associations(source))
	{
		OldNames   *old = palloc_object(OldNames);

		old->row = row;
		old->plan = accessor_names_plan(registry_resolve_row(row));
		names = lappend(names, old);
	}
	return names;
}
