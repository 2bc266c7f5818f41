/*-------------------------------------------------------------------------
 *
 * accessor.c
 *	  Creates, keeps up to date and drops the accessors of associations.
 *
 * One is replaced without losing what was granted or set on it.  What has to be done
 * about each, accessor_step.c decides; what they are called and what they call,
 * accessor_names.c; which functions are an association's accessors, accessor_function.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "base/compat.h"
#include "base/ddl.h"
#include "catalog/namespace.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "commands/comment.h"
#include "commands/extension.h"
#include "declare/accessor.h"
#include "declare/accessor_function.h"
#include "declare/accessor_step.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/regproc.h"
#include "utils/syscache.h"
#include "utils/varlena.h"

/* what a replaced accessor hands on to the next one */
typedef struct Inheritance
{
	Oid			owner;
	Acl		   *acl;			/* never NULL: the default written out */
	bool		security_definer;
	List	   *settings;		/* name=value, char * */
	char	   *comment;		/* or NULL */
} Inheritance;

static List *signatures_of(List *steps);
static void rename_function(const AccessorFunction *found, List *plan, List *requested);
static const Accessor *planned_as(Oid function, List *plan);
static const Accessor *counterpart(const Accessor *accessor, List *plan, List *other_plan);
static bool same_kind(const Accessor *a, const Accessor *b);
static void rename_comment(const AccessorStep *step, List *plan, List *requested);
static List *create_from(List *ours, const ResolvedAssociation *assoc, bool prune, bool *changed);
static List *unclaimed(List *ours, List *plan, List *steps, const Accessor *requested);
static List *own_functions(List *functions, const char *alias);
static void run_step(AccessorStep *step, const ResolvedAssociation *assoc);
static void comment_on(Oid function, const char *comment);
static char *create_statement(const AccessorStep *step, const ResolvedAssociation *assoc,
							  const Inheritance *kept);
static Inheritance read_inheritance(Oid function);
static void append_inherited(StringInfo buf, const Inheritance *kept);
static void append_setting_value(StringInfo buf, const char *name, char *value);
static void restore_rights(Oid function, const Inheritance *kept);
static char *grantee_name(Oid role);
static void tie_to_tables(Oid function, const ResolvedAssociation *assoc);
static bool drop_unwanted(List *ours, List *steps);
static bool drop_function(Oid function, bool ours);

List *
accessors_create(const ResolvedAssociation *assoc, bool prune, bool *changed)
{
	List	   *functions = accessor_functions(assoc->source->relid, assoc->association->alias);

	return signatures_of(create_from(own_functions(functions, assoc->association->alias), assoc, prune, changed));
}

static List *
signatures_of(List *steps)
{
	List	   *signatures = NIL;

	foreach_ptr(AccessorStep, step, steps)
		signatures = lappend(signatures, accessor_signature(step->function));
	return signatures;
}

List *
accessors_rename(const char *alias, List *plan, const ResolvedAssociation *assoc)
{
	List	   *requested = accessor_names_plan(assoc);
	List	   *ours = own_functions(accessor_functions(assoc->source->relid, alias), alias);
	bool		changed = false;
	List	   *steps;

	foreach_ptr(AccessorFunction, found, ours)
		rename_function(found, plan, requested);
	/* a body that names another alias is none that can be kept */
	if (strcmp(alias, assoc->association->alias) != 0)
		foreach_ptr(AccessorFunction, found, ours)
			found->call = NULL;
	steps = create_from(ours, assoc, true, &changed);
	foreach_ptr(AccessorStep, step, steps)
		rename_comment(step, plan, requested);
	return signatures_of(steps);
}

List *
accessors_move(Oid before, const ResolvedAssociation *assoc)
{
	const char *alias = assoc->association->alias;
	List	   *ours = own_functions(accessor_functions(before, alias), alias);
	bool		changed = false;

	/* also one that calls the same: its dependencies are recorded again with it */
	foreach_ptr(AccessorFunction, found, ours)
		found->call = NULL;
	return signatures_of(create_from(ours, assoc, true, &changed));
}

/* a renamed accessor is not in the plan */
static void
rename_function(const AccessorFunction *found, List *plan, List *requested)
{
	const Accessor *before = planned_as(found->function, plan);
	const Accessor *now = before ? counterpart(before, plan, requested) : NULL;

	if (now != NULL && strcmp(now->name, before->name) != 0)
		ddl_run("ALTER FUNCTION %s RENAME TO %s", format_procedure_qualified(found->function),
				quote_identifier(now->name));
}

static const Accessor *
planned_as(Oid function, List *plan)
{
	char	   *name = get_func_name(function);

	foreach_ptr(Accessor, accessor, plan)
		if (strcmp(accessor->name, name) == 0 &&
			accessor_step_same_arguments(accessor, function))
			return accessor;
	return NULL;
}

/* the one that calls the same with the same types, of several the one in the same place */
static const Accessor *
counterpart(const Accessor *accessor, List *plan, List *other_plan)
{
	int			place = 0;
	ListCell   *lc;

	foreach(lc, plan)
	{
		if (lfirst(lc) == accessor)
			break;
		if (same_kind(lfirst(lc), accessor))
			place++;
	}
	foreach(lc, other_plan)
		if (same_kind(lfirst(lc), accessor) && place-- == 0)
			return lfirst(lc);
	return NULL;
}

static bool
same_kind(const Accessor *a, const Accessor *b)
{
	if (strcmp(a->entry, b->entry) != 0 || a->nargs != b->nargs)
		return false;
	for (int i = 0; i < a->nargs; i++)
		if (a->args[i].type != b->args[i].type)
			return false;
	return true;
}

/* unless somebody has written another comment */
static void
rename_comment(const AccessorStep *step, List *plan, List *requested)
{
	const Accessor *before = counterpart(step->requested, requested, plan);
	char	   *comment = GetComment(step->function, ProcedureRelationId, 0);

	if (before != NULL && comment != NULL && strcmp(comment, before->comment) == 0 &&
		strcmp(comment, step->requested->comment) != 0)
		comment_on(step->function, step->requested->comment);
}

void
accessors_restore(Oid source)
{
	List	   *associations = registry_read_associations(source);
	List	   *functions = associations ? accessor_functions(source, NULL) : NIL;
	bool		changed = false;

	foreach_ptr(AssociationRow, row, associations)
	{
		const ResolvedAssociation *assoc = registry_resolve_row(row);

		CHECK_FOR_INTERRUPTS();
		(void) create_from(own_functions(functions, row->alias), assoc, false, &changed);
	}
}

/*
 * Ours are the functions that the accessors are made from.  Returns what was done or found done (List of AccessorStep *).
 */
static List *
create_from(List *ours, const ResolvedAssociation *assoc, bool prune, bool *changed)
{
	List	   *plan = accessor_names_plan(assoc);
	List	   *steps = NIL;

	foreach_ptr(Accessor, accessor, plan)
	{
		AccessorStep *step = accessor_step_plan(accessor, assoc, unclaimed(ours, plan, steps, accessor), prune);

		if (step != NULL)
			steps = lappend(steps, step);
	}
	if (prune && drop_unwanted(ours, steps))
		*changed = true;
	foreach_ptr(AccessorStep, step, steps)
	{
		if (step->moves || step->action != ACCESSOR_KEEP)
		{
			run_step(step, assoc);
			*changed = true;
		}
		tie_to_tables(step->function, assoc);
	}
	return steps;
}

/*
 * Functions that an accessor may be made from: none that another one is already, or that an
 * earlier one is made from.
 */
static List *
unclaimed(List *ours, List *plan, List *steps, const Accessor *requested)
{
	List	   *free = NIL;

	foreach_ptr(AccessorFunction, found, ours)
	{
		bool		claimed = false;

		foreach_ptr(const Accessor, other, plan)
		{
			claimed = claimed || (other != requested && strcmp(other->name, get_func_name(found->function)) == 0 &&
								  accessor_step_same_arguments(other, found->function));
		}
		foreach_ptr(AccessorStep, step, steps)
			claimed = claimed || step->existing == found->function;
		if (!claimed)
			free = lappend(free, found);
	}
	return free;
}

static List *
own_functions(List *functions, const char *alias)
{
	List	   *ours = NIL;

	foreach_ptr(AccessorFunction, found, functions)
	{
		if (strcmp(found->alias, alias) == 0 &&
			accessor_is_ours(found->function, found->source, found->alias))
			ours = lappend(ours, found);
	}
	return ours;
}

List *
accessors_drop(Oid source, const char *alias)
{
	List	   *signatures = NIL;

	foreach_ptr(AccessorFunction, found, accessor_functions(source, alias))
	{
		char	   *signature = accessor_signature(found->function);

		if (drop_function(found->function, accessor_is_ours(found->function, source, alias)))
			signatures = lappend(signatures, signature);
	}
	return signatures;
}

/* ---- doing it ---- */

static void
run_step(AccessorStep *step, const ResolvedAssociation *assoc)
{
	Inheritance kept = {0};

	if (step->moves)
		ddl_run("ALTER FUNCTION %s SET SCHEMA %s", format_procedure_qualified(step->existing),
				quote_identifier(step->requested->schema));
	if (step->action == ACCESSOR_KEEP)
		return;
	if (OidIsValid(step->existing))
		kept = read_inheritance(step->existing);
	if (step->action == ACCESSOR_RECREATE)
		ddl_run("DROP FUNCTION %s", format_procedure_qualified(step->existing));
	ddl_run("%s", create_statement(step, assoc, &kept));
	step->function = accessor_step_find(accessor_functions_named(step->requested->schema,
															 step->requested->name), step->requested);
	if (step->action == ACCESSOR_RECREATE)
		restore_rights(step->function, &kept);
	else if (step->action == ACCESSOR_CREATE)
		comment_on(step->function, step->requested->comment);
}

/*
 * COMMENT would keep a lock on each function until the transaction ends, and the
 * associations of a large schema have more functions than there are locks.
 */
static void
comment_on(Oid function, const char *comment)
{
	ddl_tell("COMMENT ON FUNCTION %s IS %s",
			 format_procedure_qualified(function), quote_literal_cstr(comment));
	CreateComments(function, ProcedureRelationId, 0, comment);
	CommandCounterIncrement();
}

static char *
create_statement(const AccessorStep *step, const ResolvedAssociation *assoc,
				 const Inheritance *kept)
{
	const EntryPoint *entry = &step->entry;
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfo(&buf, "CREATE %sFUNCTION %s", step->action == ACCESSOR_REPLACE ? "OR REPLACE " : "",
					 accessor_step_signature(step->requested, true));
	appendStringInfo(&buf, " RETURNS %s%s LANGUAGE sql %s PARALLEL %s",
					 entry->set ? "SETOF " : "",
					 format_type_be_qualified(entry->result),
					 entry->volatility == PROVOLATILE_VOLATILE ? "VOLATILE" : "STABLE",
					 entry->parallel == PROPARALLEL_SAFE ? "SAFE" :
					 entry->parallel == PROPARALLEL_RESTRICTED ? "RESTRICTED" : "UNSAFE");
	append_inherited(&buf, kept);
	appendStringInfo(&buf, " RETURN assoc.%s(%s::pg_catalog.regclass, %s%s)",
					 step->requested->entry,
					 quote_literal_cstr(assoc->source->quoted_table),
					 quote_literal_cstr(assoc->association->alias),
					 step->requested->call);
	return buf.data;
}

/* what has been set on a function that its successor must have too */
static Inheritance
read_inheritance(Oid function)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	Form_pg_proc proc;
	Inheritance kept = {0};
	Datum		value;
	bool		isnull;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for function %u", function);
	proc = (Form_pg_proc) GETSTRUCT(tuple);
	kept.owner = proc->proowner;
	kept.security_definer = proc->prosecdef;
	value = SysCacheGetAttr(PROCOID, tuple, Anum_pg_proc_proacl, &isnull);
	kept.acl = isnull ? acldefault(OBJECT_FUNCTION, kept.owner) : DatumGetAclPCopy(value);
	value = SysCacheGetAttr(PROCOID, tuple, Anum_pg_proc_proconfig, &isnull);
	if (!isnull)
		kept.settings = accessor_texts_of(DatumGetArrayTypePCopy(value));
	kept.comment = GetComment(function, ProcedureRelationId, 0);
	ReleaseSysCache(tuple);
	return kept;
}

List *
accessor_texts_of(ArrayType *array)
{
	List	   *texts = NIL;
	Datum	   *values;
	int			n;

	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &values, NULL, &n);
	for (int i = 0; i < n; i++)
		texts = lappend(texts, TextDatumGetCString(values[i]));
	return texts;
}

static void
append_inherited(StringInfo buf, const Inheritance *kept)
{
	if (kept->security_definer)
		appendStringInfoString(buf, " SECURITY DEFINER");
	foreach_ptr(char, setting, kept->settings)
	{
		char	   *name = pstrdup(setting);
		char	   *value = strchr(name, '=');

		if (value == NULL)
			continue;
		*value++ = '\0';
		appendStringInfo(buf, " SET %s TO ", quote_identifier(name));
		append_setting_value(buf, name, value);
	}
}

/* A list such as search_path holds names, quoted one by one, as pg_get_functiondef does. */
static void
append_setting_value(StringInfo buf, const char *name, char *value)
{
	List	   *items;

	if ((GetConfigOptionFlags(name, true) & GUC_LIST_QUOTE) == 0)
	{
		appendStringInfoString(buf, quote_literal_cstr(value));
		return;
	}
	if (!SplitGUCList(value, ',', &items))
		elog(ERROR, "invalid list in the setting of a function: %s", name);
	if (items == NIL)
		appendStringInfoString(buf, "''");
	foreach_ptr(char, item, items)
		appendStringInfo(buf, "%s%s", foreach_current_index(item) > 0 ? ", " : "",
						 quote_literal_cstr(item));
}

/*
 * Give a recreated function the grants, comment and owner of the one that it replaces.
 * What default privileges gave to the new one is taken away first.  The owner
 * comes last: until then the grants are ours to make.
 */
static void
restore_rights(Oid function, const Inheritance *kept)
{
	Inheritance fresh = read_inheritance(function);
	char	   *identity = format_procedure_qualified(function);

	for (int i = 0; i < ACL_NUM(fresh.acl); i++)
		if (ACL_DAT(fresh.acl)[i].ai_grantee != fresh.owner)
			ddl_run("REVOKE ALL ON FUNCTION %s FROM %s", identity,
					grantee_name(ACL_DAT(fresh.acl)[i].ai_grantee));
	for (int i = 0; i < ACL_NUM(kept->acl); i++)
	{
		const AclItem *item = &ACL_DAT(kept->acl)[i];

		if (item->ai_grantee != kept->owner && (ACLITEM_GET_PRIVS(*item) & ACL_EXECUTE) != 0)
			ddl_run("GRANT EXECUTE ON FUNCTION %s TO %s%s", identity,
					grantee_name(item->ai_grantee),
					(ACLITEM_GET_GOPTIONS(*item) & ACL_EXECUTE) != 0 ? " WITH GRANT OPTION" : "");
	}
	if (kept->comment != NULL)
		ddl_run("COMMENT ON FUNCTION %s IS %s", identity, quote_literal_cstr(kept->comment));
	if (kept->owner != fresh.owner)
		ddl_run("ALTER FUNCTION %s OWNER TO %s", identity, grantee_name(kept->owner));
}

void
accessor_give(Oid function, Acl *grants, bool security_definer, List *settings, char *comment)
{
	Inheritance kept = {read_inheritance(function).owner, grants, security_definer, settings, comment};
	StringInfoData set;

	restore_rights(function, &kept);
	initStringInfo(&set);
	append_inherited(&set, &kept);
	if (set.len > 0)
		ddl_run("ALTER FUNCTION %s%s", format_procedure_qualified(function), set.data);
}

void
accessor_give_as(Oid function, Oid other)
{
	Inheritance kept = read_inheritance(other);
	bool		same = read_inheritance(function).owner == kept.owner;

	accessor_give(function, kept.acl, same && kept.security_definer, same ? kept.settings : NIL, kept.comment);
}

static char *
grantee_name(Oid role)
{
	if (role == ACL_ID_PUBLIC)
		return "PUBLIC";
	return unconstify(char *, quote_identifier(GetUserNameFromId(role, false)));
}

/*
 * The body names the source only.  The function would outlive the target or the
 * join table and fail; with these dependencies DROP TABLE names it and wants CASCADE.
 * They are not dumped: declaring again after a restore records them again.
 */
static void
tie_to_tables(Oid function, const ResolvedAssociation *assoc)
{
	ObjectAddress objects[3];
	int			n = 0;

	/* the mark of what was written by us and by nobody since */
	ObjectAddressSet(objects[n], ExtensionRelationId, get_extension_oid("pg_associations", false));
	n++;
	if (assoc->target->relid != assoc->source->relid)
	{
		ObjectAddressSet(objects[n], RelationRelationId, assoc->target->relid);
		n++;
	}
	if (assoc->through != NULL)
	{
		ObjectAddressSet(objects[n], RelationRelationId, assoc->through->relid);
		n++;
	}
	accessor_tie(function, n, objects);
}

static bool
drop_unwanted(List *ours, List *steps)
{
	bool		dropped = false;

	foreach_ptr(AccessorFunction, found, ours)
	{
		Oid			function = found->function;
		bool		requested = false;

		foreach_ptr(AccessorStep, step, steps)
			requested = requested || step->existing == function;
		if (!requested && drop_function(function, true))
			dropped = true;
	}
	return dropped;
}

/*
 * Anybody may write a function that looks like an accessor.  One that is not
 * ours must not keep the caller from taking his declaration back.
 */
static bool
drop_function(Oid function, bool ours)
{
	if (!ours || !assoc_proc_ownercheck(function, GetUserId()))
	{
		ereport(NOTICE,
				(errmsg("function %s belongs to somebody else and stays",
						accessor_signature(function))));
		return false;
	}
	ddl_run("DROP FUNCTION %s", format_procedure_qualified(function));
	return true;
}
