/*-------------------------------------------------------------------------
 *
 * accessor.c
 *	  Creates, keeps up to date and drops the accessors of associations.
 *
 * Decides which functions are an association's accessors and how one is
 * replaced without losing what was granted or set on it.  What they are called
 * and what they call, accessor_names.c decides.
 *
 * A body is not enough: where several roles may create in a schema, one of them could
 * plant a function that reads like an accessor and change it later.  Its owner must be
 * one who is trusted (role.h).  A superuser may have given an accessor to anybody; it is
 * still ours while nobody has written it since, which its dependency on
 * the extension tells: no SQL makes such a one, and CREATE OR REPLACE removes it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "declare/accessor.h"
#include "declare/accessor_names.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "commands/comment.h"
#include "commands/extension.h"
#include "base/compat.h"
#include "base/ddl.h"
#include "base/role.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "nodes/primnodes.h"
#include "nodes/readfuncs.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/catcache.h"
#include "utils/fmgroids.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/regproc.h"
#include "utils/syscache.h"
#include "utils/varlena.h"

/* a function of schema assoc that accessors call */
typedef struct EntryPoint
{
	Oid			function;
	Oid			result;
	bool		set;
	char		volatility;
	char		parallel;
} EntryPoint;

/* what a replaced accessor hands on to the next one */
typedef struct Inheritance
{
	Oid			owner;
	Acl		   *acl;			/* never NULL: the default written out */
	bool		security_definer;
	List	   *settings;		/* name=value, char * */
	char	   *comment;		/* or NULL */
} Inheritance;

/* how a wanted accessor and what exists go together */
typedef enum AccessorAction
{
	ACCESSOR_KEEP,				/* is there as wanted */
	ACCESSOR_CREATE,
	ACCESSOR_REPLACE,			/* same signature, other body */
	ACCESSOR_RECREATE			/* same name, other signature or result */
} AccessorAction;

typedef struct AccessorStep
{
	const Accessor *wanted;
	EntryPoint	entry;
	AccessorAction action;
	Oid			existing;		/* our function of that name, or InvalidOid */
	Oid			function;		/* afterwards */
} AccessorStep;

/* what the body of an accessor names */
typedef struct AccessorBody
{
	Oid			source;
	char	   *alias;
} AccessorBody;

PG_FUNCTION_INFO_V1(assoc_accessor_alias);

static AccessorStep *plan_step(const Accessor *wanted, const AssociationEnds *ends, List *ours,
							   bool tell);
static void refuse_strangers(const Accessor *wanted, const AssociationEnds *ends);
static EntryPoint find_entry(const char *name);
static Oid	find_same_name(List *functions, const Accessor *wanted);
static Oid	find_signature(const Accessor *wanted);
static bool is_left_out(const Accessor *wanted, Oid taken, bool tell);
static void report_clash(const Accessor *wanted, const AssociationEnds *ends);
static AccessorAction choose_action(const Accessor *wanted, const EntryPoint *entry, Oid existing);
static bool same_arguments(const Accessor *wanted, Oid function);
static bool same_argument_names(const Accessor *wanted, Oid function);
static bool same_call(const Accessor *wanted, const EntryPoint *entry, Oid function);
static char *call_of_body(FuncExpr *call, const Accessor *names);
static const char *parameter_name(const Param *param, const Accessor *names);
static void run_step(AccessorStep *step, const AssociationEnds *ends);
static void comment_on(Oid function, const char *comment);
static char *create_statement(const AccessorStep *step, const AssociationEnds *ends,
							  const Inheritance *kept);
static void append_signature(StringInfo buf, const Accessor *accessor, bool with_defaults);
static Inheritance read_inheritance(Oid function);
static void append_inherited(StringInfo buf, const Inheritance *kept);
static void append_setting_value(StringInfo buf, const char *name, char *value);
static void restore_rights(Oid function, const Inheritance *kept);
static char *grantee_name(Oid role);
static void tie_to_tables(Oid function, const AssociationEnds *ends);
static void tie_to_table(Oid function, const Model *model);
static void tie_to_extension(Oid function);
static bool is_tied_to_extension(Oid function);
static void tie(Oid function, Oid class, Oid object);
static bool drop_unwanted(List *ours, List *steps);
static bool drop_function(Oid function, bool ours);
static List *own_functions(Oid source, const char *alias);
static List *alike_functions(Oid source, const char *alias);
static bool is_ours(Oid function, Oid source, const char *alias);
static Oid	function_owner(Oid function);
static List *functions_on(Oid relation);
static bool is_accessor(Oid function, Oid source, const char *alias);
static bool read_body(FuncExpr *call, AccessorBody *body);
static FuncExpr *body_call(Oid function);
static bool is_entry_function(Oid function);
static bool are_plain_parameters(List *args);
static char *function_signature(Oid function);
static char *function_identity(Oid function);

List *
accessors_create(const AssociationEnds *ends, bool prune, bool *changed)
{
	List	   *ours = own_functions(ends->source->relid, ends->association->alias);
	List	   *plan = accessor_names_plan(ends);
	List	   *steps = NIL;
	List	   *signatures = NIL;
	ListCell   *lc;

	foreach(lc, plan)
	{
		AccessorStep *step = plan_step(lfirst(lc), ends, ours, prune);

		if (step != NULL)
			steps = lappend(steps, step);
	}
	if (prune && drop_unwanted(ours, steps))
		*changed = true;
	foreach(lc, steps)
	{
		AccessorStep *step = lfirst(lc);

		if (step->action != ACCESSOR_KEEP)
		{
			run_step(step, ends);
			*changed = true;
		}
		tie_to_tables(step->function, ends);
		tie_to_extension(step->function);
		signatures = lappend(signatures, function_signature(step->function));
	}
	return signatures;
}

List *
accessors_drop(Oid source, const char *alias)
{
	List	   *signatures = NIL;
	ListCell   *lc;

	foreach(lc, alike_functions(source, alias))
	{
		char	   *signature = function_signature(lfirst_oid(lc));

		if (drop_function(lfirst_oid(lc), is_ours(lfirst_oid(lc), source, alias)))
			signatures = lappend(signatures, signature);
	}
	return signatures;
}

/* ---- what has to be done ---- */

/*
 * Decide about one accessor: NULL when another association has it.  A place that
 * is taken by anything else is an error.
 */
static AccessorStep *
plan_step(const Accessor *wanted, const AssociationEnds *ends, List *ours, bool tell)
{
	AccessorStep *step = palloc0_object(AccessorStep);
	Oid			taken;

	step->wanted = wanted;
	step->entry = find_entry(wanted->entry);
	refuse_strangers(wanted, ends);
	taken = find_signature(wanted);
	if (OidIsValid(taken) && !list_member_oid(ours, taken))
	{
		if (is_left_out(wanted, taken, tell))
			return NULL;
		report_clash(wanted, ends);
	}
	step->existing = OidIsValid(taken) ? taken : find_same_name(ours, wanted);
	step->action = choose_action(wanted, &step->entry, step->existing);
	step->function = step->existing;
	return step;
}

/*
 * What another role has put under the name, with other arguments too: a call with a number would
 * find the function that takes an integer before the accessor that takes a bigint.
 */
static void
refuse_strangers(const Accessor *wanted, const AssociationEnds *ends)
{
	Oid			schema = get_namespace_oid(wanted->schema, false);
	struct catclist *list = SearchSysCacheList1(PROCNAMEARGSNSP, CStringGetDatum(wanted->name));
	Oid			stranger = InvalidOid;

	for (int i = 0; i < list->n_members && !OidIsValid(stranger); i++)
	{
		Form_pg_proc proc = (Form_pg_proc) GETSTRUCT(&list->members[i]->tuple);

		if (proc->pronamespace == schema &&
			!is_ours(proc->oid, ends->source->relid, ends->association->alias))
			stranger = proc->oid;
	}
	ReleaseSysCacheList(list);
	if (OidIsValid(stranger))
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_FUNCTION),
				 errmsg("function %s has the name of an accessor of \"%s\" and belongs to somebody else",
						function_signature(stranger), ends->association->alias),
				 errdetail("It belongs to role \"%s\", who may change it at any time.",
						   GetUserNameFromId(function_owner(stranger), false)),
				 errhint("Drop it, or give another \"singular\", "
						 "or \"accessors\" with \"only\", \"schema\" or \"prefix\".")));
}

/* An entry point has one signature, so its name finds it. */
static EntryPoint
find_entry(const char *name)
{
	EntryPoint	entry = {0};
	Oid			schema = get_namespace_oid("assoc", false);
	struct catclist *list = SearchSysCacheList1(PROCNAMEARGSNSP, CStringGetDatum(name));

	for (int i = 0; i < list->n_members; i++)
	{
		Form_pg_proc proc = (Form_pg_proc) GETSTRUCT(&list->members[i]->tuple);

		if (proc->pronamespace != schema)
			continue;
		entry.function = proc->oid;
		entry.result = proc->prorettype;
		entry.set = proc->proretset;
		entry.volatility = proc->provolatile;
		entry.parallel = proc->proparallel;
	}
	ReleaseSysCacheList(list);
	if (!OidIsValid(entry.function))
		elog(ERROR, "entry point assoc.%s is missing", name);
	return entry;
}

static Oid
find_signature(const Accessor *wanted)
{
	Oid			types[ACCESSOR_MAX_ARGS];

	for (int i = 0; i < wanted->nargs; i++)
		types[i] = wanted->args[i].type;
	return GetSysCacheOid3(PROCNAMEARGSNSP, Anum_pg_proc_oid,
						   CStringGetDatum(wanted->name),
						   PointerGetDatum(buildoidvector(types, wanted->nargs)),
						   ObjectIdGetDatum(get_namespace_oid(wanted->schema, false)));
}

/*
 * One of ours that has the name but, the type of a key having changed, another
 * signature.  Where one name stands for several arguments none is taken: the
 * wanted ones are found by their signatures.
 */
static Oid
find_same_name(List *functions, const Accessor *wanted)
{
	Oid			schema = get_namespace_oid(wanted->schema, false);
	ListCell   *lc;

	foreach(lc, functions)
	{
		char	   *name = get_func_name(lfirst_oid(lc));

		if (name != NULL && strcmp(name, wanted->name) == 0 &&
			get_func_namespace(lfirst_oid(lc)) == schema)
			return lfirst_oid(lc);
	}
	return InvalidOid;
}

/*
 * topic and topics of one category both create a topic.  The association that was
 * declared first has the function; the other one does without.
 */
static bool
is_left_out(const Accessor *wanted, Oid taken, bool tell)
{
	AccessorBody body;
	StringInfoData signature;

	if (!read_body(body_call(taken), &body) ||
		registry_read_association(body.source, body.alias) == NULL)
		return false;
	initStringInfo(&signature);
	append_signature(&signature, wanted, false);
	if (tell)
		ereport(NOTICE,
				(errmsg("accessor %s is left out: association \"%s\" of %s has it",
						signature.data, body.alias, ddl_table(body.source)),
				 errhint("Give another \"singular\", or \"accessors\" with \"prefix\" or \"schema\", to have both.")));
	return true;
}

static void
report_clash(const Accessor *wanted, const AssociationEnds *ends)
{
	StringInfoData signature;

	initStringInfo(&signature);
	append_signature(&signature, wanted, false);
	ereport(ERROR,
			(errcode(ERRCODE_DUPLICATE_FUNCTION),
			 errmsg("function %s already exists and is no accessor of \"%s\"",
					signature.data, ends->association->alias),
			 errhint("Drop or rename it, or give another \"singular\", "
					 "or \"accessors\" with \"only\", \"schema\" or \"prefix\".")));
}

static AccessorAction
choose_action(const Accessor *wanted, const EntryPoint *entry, Oid existing)
{
	if (!OidIsValid(existing))
		return ACCESSOR_CREATE;
	if (!same_arguments(wanted, existing) ||
		!same_argument_names(wanted, existing) ||
		get_func_rettype(existing) != entry->result ||
		get_func_retset(existing) != entry->set)
		return ACCESSOR_RECREATE;
	if (!same_call(wanted, entry, existing))
		return ACCESSOR_REPLACE;
	return ACCESSOR_KEEP;
}

static bool
same_arguments(const Accessor *wanted, Oid function)
{
	Oid		   *types;
	int			nargs;

	(void) get_func_signature(function, &types, &nargs);
	if (nargs != wanted->nargs)
		return false;
	for (int i = 0; i < nargs; i++)
		if (types[i] != wanted->args[i].type)
			return false;
	return true;
}

static bool
same_argument_names(const Accessor *wanted, Oid function)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	Oid		   *types;
	char	  **names;
	char	   *modes;
	int			nargs;
	bool		same;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for function %u", function);
	nargs = get_func_arg_info(tuple, &types, &names, &modes);
	ReleaseSysCache(tuple);
	same = nargs == wanted->nargs && (nargs == 0 || names != NULL);
	for (int i = 0; same && i < nargs; i++)
		same = strcmp(names[i], wanted->args[i].name) == 0;
	return same;
}

static bool
same_call(const Accessor *wanted, const EntryPoint *entry, Oid function)
{
	FuncExpr   *call = body_call(function);

	return call != NULL && call->funcid == entry->function &&
		strcmp(call_of_body(call, wanted), wanted->call) == 0;
}

/* the arguments after source and alias, written as accessor_names.c writes them */
static char *
call_of_body(FuncExpr *call, const Accessor *names)
{
	StringInfoData buf;
	ListCell   *lc;

	initStringInfo(&buf);
	for_each_from(lc, call->args, 2)
	{
		Node	   *arg = lfirst(lc);

		if (IsA(arg, Const))
			appendStringInfoString(&buf, ", NULL");
		else if (IsA(arg, Param))
			appendStringInfo(&buf, ", %s", parameter_name((Param *) arg, names));
		else
		{
			ListCell   *field;

			appendStringInfoString(&buf, ", ROW(");
			foreach(field, castNode(RowExpr, arg)->args)
				appendStringInfo(&buf, "%s%s",
								 foreach_current_index(field) > 0 ? ", " : "",
								 parameter_name(lfirst_node(Param, field), names));
			appendStringInfoChar(&buf, ')');
		}
	}
	return buf.data;
}

static const char *
parameter_name(const Param *param, const Accessor *names)
{
	if (param->paramid < 1 || param->paramid > names->nargs)
		return "";
	return quote_identifier(names->args[param->paramid - 1].name);
}

/* ---- doing it ---- */

static void
run_step(AccessorStep *step, const AssociationEnds *ends)
{
	Inheritance kept = {0};

	if (OidIsValid(step->existing))
		kept = read_inheritance(step->existing);
	if (step->action == ACCESSOR_RECREATE)
		ddl_run("DROP FUNCTION %s", function_identity(step->existing));
	ddl_run("%s", create_statement(step, ends, &kept));
	step->function = find_signature(step->wanted);
	if (step->action == ACCESSOR_RECREATE)
		restore_rights(step->function, &kept);
	else if (step->action == ACCESSOR_CREATE)
		comment_on(step->function, step->wanted->comment);
}

/*
 * COMMENT would keep a lock on each function until the transaction ends, and the
 * associations of a large schema have more functions than there are locks.
 */
static void
comment_on(Oid function, const char *comment)
{
	ddl_tell("COMMENT ON FUNCTION %s IS %s",
			 function_identity(function), quote_literal_cstr(comment));
	CreateComments(function, ProcedureRelationId, 0, comment);
	CommandCounterIncrement();
}

static char *
create_statement(const AccessorStep *step, const AssociationEnds *ends,
				 const Inheritance *kept)
{
	const EntryPoint *entry = &step->entry;
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfo(&buf, "CREATE %sFUNCTION ",
					 step->action == ACCESSOR_REPLACE ? "OR REPLACE " : "");
	append_signature(&buf, step->wanted, true);
	appendStringInfo(&buf, " RETURNS %s%s LANGUAGE sql %s PARALLEL %s",
					 entry->set ? "SETOF " : "",
					 format_type_be_qualified(entry->result),
					 entry->volatility == PROVOLATILE_VOLATILE ? "VOLATILE" : "STABLE",
					 entry->parallel == PROPARALLEL_SAFE ? "SAFE" :
					 entry->parallel == PROPARALLEL_RESTRICTED ? "RESTRICTED" : "UNSAFE");
	append_inherited(&buf, kept);
	appendStringInfo(&buf, " RETURN assoc.%s(%s::pg_catalog.regclass, %s%s)",
					 step->wanted->entry,
					 quote_literal_cstr(ends->source->quoted_table),
					 quote_literal_cstr(ends->association->alias),
					 step->wanted->call);
	return buf.data;
}

static void
append_signature(StringInfo buf, const Accessor *accessor, bool with_defaults)
{
	appendStringInfo(buf, "%s(", quote_qualified_identifier(accessor->schema, accessor->name));
	for (int i = 0; i < accessor->nargs; i++)
	{
		const AccessorArgument *arg = &accessor->args[i];

		appendStringInfo(buf, "%s%s %s%s",
						 i > 0 ? ", " : "",
						 quote_identifier(arg->name),
						 with_defaults ? format_type_be_qualified(arg->type) :
						 format_type_be(arg->type),
						 with_defaults && arg->optional ? " DEFAULT NULL" : "");
	}
	appendStringInfoChar(buf, ')');
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
	{
		Datum	   *settings;
		int			nsettings;

		deconstruct_array(DatumGetArrayTypePCopy(value), TEXTOID, -1, false, TYPALIGN_INT,
						  &settings, NULL, &nsettings);
		for (int i = 0; i < nsettings; i++)
			kept.settings = lappend(kept.settings, TextDatumGetCString(settings[i]));
	}
	kept.comment = GetComment(function, ProcedureRelationId, 0);
	ReleaseSysCache(tuple);
	return kept;
}

static void
append_inherited(StringInfo buf, const Inheritance *kept)
{
	ListCell   *lc;

	if (kept->security_definer)
		appendStringInfoString(buf, " SECURITY DEFINER");
	foreach(lc, kept->settings)
	{
		char	   *name = pstrdup(lfirst(lc));
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
	ListCell   *lc;

	if ((GetConfigOptionFlags(name, true) & GUC_LIST_QUOTE) == 0)
	{
		appendStringInfoString(buf, quote_literal_cstr(value));
		return;
	}
	if (!SplitGUCList(value, ',', &items))
		elog(ERROR, "invalid list in the setting of a function: %s", name);
	if (items == NIL)
		appendStringInfoString(buf, "''");
	foreach(lc, items)
		appendStringInfo(buf, "%s%s", foreach_current_index(lc) > 0 ? ", " : "",
						 quote_literal_cstr(lfirst(lc)));
}

/*
 * Give a function made anew the grants, comment and owner of the one that it stands for.
 * What default privileges gave to the new one is taken away first.  The owner
 * comes last: until then the grants are ours to make.
 */
static void
restore_rights(Oid function, const Inheritance *kept)
{
	Inheritance fresh = read_inheritance(function);
	char	   *identity = function_identity(function);

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
tie_to_tables(Oid function, const AssociationEnds *ends)
{
	if (ends->target->relid != ends->source->relid)
		tie_to_table(function, ends->target);
	if (ends->through != NULL)
		tie_to_table(function, ends->through);
}

static void
tie_to_table(Oid function, const Model *model)
{
	if (!list_member_oid(functions_on(model->relid), function))
		tie(function, RelationRelationId, model->relid);
}

/* the mark of what was written by us and by nobody since */
static void
tie_to_extension(Oid function)
{
	if (!is_tied_to_extension(function))
		tie(function, ExtensionRelationId, get_extension_oid("pg_associations", false));
}

static bool
is_tied_to_extension(Oid function)
{
	Oid			extension = get_extension_oid("pg_associations", false);
	Relation	depend = table_open(DependRelationId, AccessShareLock);
	ScanKeyData key[2];
	SysScanDesc scan;
	HeapTuple	tuple;
	bool		found = false;

	ScanKeyInit(&key[0], Anum_pg_depend_classid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(ProcedureRelationId));
	ScanKeyInit(&key[1], Anum_pg_depend_objid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(function));
	scan = systable_beginscan(depend, DependDependerIndexId, true, NULL, 2, key);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_depend row = (Form_pg_depend) GETSTRUCT(tuple);

		if (row->refclassid == ExtensionRelationId && row->refobjid == extension &&
			row->deptype == DEPENDENCY_NORMAL)
			found = true;
	}
	systable_endscan(scan);
	table_close(depend, AccessShareLock);
	return found;
}

static void
tie(Oid function, Oid class, Oid object)
{
	ObjectAddress dependent;
	ObjectAddress referenced;

	ObjectAddressSet(dependent, ProcedureRelationId, function);
	ObjectAddressSet(referenced, class, object);
	recordDependencyOn(&dependent, &referenced, DEPENDENCY_NORMAL);
}

static bool
drop_unwanted(List *ours, List *steps)
{
	bool		dropped = false;
	ListCell   *lc;

	foreach(lc, ours)
	{
		bool		wanted = false;
		ListCell   *cell;

		foreach(cell, steps)
			wanted = wanted || ((AccessorStep *) lfirst(cell))->existing == lfirst_oid(lc);
		if (!wanted && drop_function(lfirst_oid(lc), true))
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
						function_signature(function))));
		return false;
	}
	ddl_run("DROP FUNCTION %s", function_identity(function));
	return true;
}

/* ---- which functions are ours ---- */

static List *
own_functions(Oid source, const char *alias)
{
	List	   *ours = NIL;
	ListCell   *lc;

	foreach(lc, alike_functions(source, alias))
		if (is_ours(lfirst_oid(lc), source, alias))
			ours = lappend_oid(ours, lfirst_oid(lc));
	return ours;
}

/*
 * What reads like an accessor of an association: functions that depend on the source, with
 * a body that is nothing but the call of an entry point for this source and
 * alias with the function's own parameters.  A function that somebody wrote
 * around an entry point with options of his own is not one of them.
 */
static List *
alike_functions(Oid source, const char *alias)
{
	List	   *functions = NIL;
	ListCell   *lc;

	foreach(lc, functions_on(source))
		if (is_accessor(lfirst_oid(lc), source, alias))
			functions = lappend_oid(functions, lfirst_oid(lc));
	return functions;
}

static bool
is_ours(Oid function, Oid source, const char *alias)
{
	Oid			owner = function_owner(function);

	if (role_is_trusted(owner, role_owner_of(source)))
		return true;
	return role_may_act_as(GetUserId(), owner) && is_tied_to_extension(function) &&
		is_accessor(function, source, alias);
}

static Oid
function_owner(Oid function)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	Oid			owner;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for function %u", function);
	owner = ((Form_pg_proc) GETSTRUCT(tuple))->proowner;
	ReleaseSysCache(tuple);
	return owner;
}

/* functions that depend on a relation, in order of their making */
static List *
functions_on(Oid relation)
{
	Relation	depend = table_open(DependRelationId, AccessShareLock);
	ScanKeyData key[2];
	SysScanDesc scan;
	HeapTuple	tuple;
	List	   *functions = NIL;

	ScanKeyInit(&key[0], Anum_pg_depend_refclassid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(RelationRelationId));
	ScanKeyInit(&key[1], Anum_pg_depend_refobjid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(relation));
	scan = systable_beginscan(depend, DependReferenceIndexId, true, NULL, 2, key);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_depend row = (Form_pg_depend) GETSTRUCT(tuple);

		if (row->classid == ProcedureRelationId)
			functions = list_append_unique_oid(functions, row->objid);
	}
	systable_endscan(scan);
	table_close(depend, AccessShareLock);
	list_sort(functions, list_oid_cmp);
	return functions;
}

static bool
is_accessor(Oid function, Oid source, const char *alias)
{
	AccessorBody body;

	return read_body(body_call(function), &body) && body.source == source &&
		strcmp(body.alias, alias) == 0;
}

/* accessor_alias(function oid, source oid): for assoc.check */
Datum
assoc_accessor_alias(PG_FUNCTION_ARGS)
{
	AccessorBody body;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) ||
		!read_body(body_call(PG_GETARG_OID(0)), &body) || body.source != PG_GETARG_OID(1))
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(body.alias));
}

/* false when it is anything else than the call of an entry point for one source and alias */
static bool
read_body(FuncExpr *call, AccessorBody *body)
{
	Const	   *relation;
	Const	   *name;

	if (call == NULL || list_length(call->args) < 3 || !is_entry_function(call->funcid))
		return false;
	relation = linitial(call->args);
	name = lsecond(call->args);
	if (!IsA(relation, Const) || relation->consttype != REGCLASSOID || relation->constisnull ||
		!IsA(name, Const) || name->consttype != TEXTOID || name->constisnull ||
		!are_plain_parameters(list_copy_tail(call->args, 2)))
		return false;
	body->source = DatumGetObjectId(relation->constvalue);
	body->alias = TextDatumGetCString(name->constvalue);
	return true;
}

/* the one function call that is the whole body of a function; NULL when it is anything else */
static FuncExpr *
body_call(Oid function)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	Datum		body;
	bool		isnull;
	Query	   *query = NULL;
	Node	   *expr;

	if (!HeapTupleIsValid(tuple))
		return NULL;
	body = SysCacheGetAttr(PROCOID, tuple, Anum_pg_proc_prosqlbody, &isnull);
	if (!isnull)
		query = stringToNode(TextDatumGetCString(body));
	ReleaseSysCache(tuple);

	/* BEGIN ATOMIC is a list of statements, RETURN a query */
	if (query == NULL || !IsA(query, Query) || query->commandType != CMD_SELECT ||
		query->rtable != NIL || query->jointree->quals != NULL ||
		list_length(query->targetList) != 1)
		return NULL;
	expr = (Node *) linitial_node(TargetEntry, query->targetList)->expr;
	return IsA(expr, FuncExpr) ? (FuncExpr *) expr : NULL;
}

static bool
is_entry_function(Oid function)
{
	char	   *name = get_func_name(function);

	return name != NULL &&
		get_func_namespace(function) == get_namespace_oid("assoc", true) &&
		accessor_names_is_entry(name);
}

/* parameters, rows of parameters, and NULL where an entry takes what the accessor has not */
static bool
are_plain_parameters(List *args)
{
	ListCell   *lc;

	foreach(lc, args)
	{
		Node	   *arg = lfirst(lc);

		if (IsA(arg, RowExpr))
		{
			ListCell   *field;

			foreach(field, ((RowExpr *) arg)->args)
				if (!IsA(lfirst(field), Param))
					return false;
		}
		else if (!IsA(arg, Param) && !(IsA(arg, Const) && ((Const *) arg)->constisnull))
			return false;
	}
	return true;
}

/* schema.name(id bigint, options jsonb) */
static char *
function_signature(Oid function)
{
	Datum		arguments = DirectFunctionCall1(pg_get_function_identity_arguments,
												ObjectIdGetDatum(function));

	return psprintf("%s(%s)",
					quote_qualified_identifier(get_namespace_name(get_func_namespace(function)),
											   get_func_name(function)),
					TextDatumGetCString(arguments));
}

/* schema.name(bigint,jsonb), as DDL takes it */
static char *
function_identity(Oid function)
{
	return format_procedure_qualified(function);
}
