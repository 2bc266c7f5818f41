/*-------------------------------------------------------------------------
 *
 * accessor_step.c
 *	  Decides what has to be done about one accessor.
 *
 * Compares what the declaration asks for with the functions that are there: whether an
 * accessor is as it should be, is created, replaced, recreated, or is another's.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "base/compat.h"
#include "base/ddl.h"
#include "catalog/namespace.h"
#include "catalog/pg_proc.h"
#include "declare/accessor_function.h"
#include "declare/accessor_step.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "nodes/primnodes.h"
#include "utils/builtins.h"
#include "utils/catcache.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

static void refuse_strangers(List *named, const ResolvedAssociation *assoc);
static EntryPoint find_entry(const char *name);
static const AccessorFunction *find_same_name(List *functions, const Accessor *requested);
static const AccessorFunction *find_elsewhere(List *functions, const Accessor *requested);
static const AccessorFunction *find_function(List *functions, Oid function);
static bool is_left_out(const Accessor *requested, Oid taken, bool tell);
static void report_clash(const Accessor *requested, const ResolvedAssociation *assoc);
static AccessorAction choose_action(const Accessor *requested, const EntryPoint *entry,
									const AccessorFunction *existing);
static bool same_argument_names(const Accessor *requested, Oid function);
static bool same_call(const Accessor *requested, const EntryPoint *entry, FuncExpr *call);
static char *call_of_body(FuncExpr *call, const Accessor *names);
static const char *parameter_name(const Param *param, const Accessor *names);

AccessorStep *
accessor_step_plan(const Accessor *requested, const ResolvedAssociation *assoc, List *ours, bool tell)
{
	AccessorStep *step = palloc0_object(AccessorStep);
	List	   *named = accessor_functions_named(requested->schema, requested->name);
	Oid			taken;
	const AccessorFunction *existing;

	step->requested = requested;
	step->entry = find_entry(requested->entry);
	refuse_strangers(named, assoc);
	taken = accessor_step_find(named, requested);
	existing = OidIsValid(taken) ? find_function(ours, taken) : find_same_name(ours, requested);
	if (existing == NULL && !OidIsValid(taken))
	{
		existing = find_elsewhere(ours, requested);
		step->moves = existing != NULL;
	}
	if (OidIsValid(taken) && existing == NULL)
	{
		if (is_left_out(requested, taken, tell))
			return NULL;
		report_clash(requested, assoc);
	}
	step->existing = existing ? existing->function : InvalidOid;
	step->action = choose_action(requested, &step->entry, existing);
	step->function = step->existing;
	return step;
}

/*
 * What another role has put under the name, with other arguments too: a call with a number would
 * find the function that takes an integer before the accessor that takes a bigint.
 */
static void
refuse_strangers(List *named, const ResolvedAssociation *assoc)
{
	Oid			stranger = InvalidOid;

	foreach_oid(oid, named)
		if (!accessor_is_ours(oid, assoc->source->relid, assoc->association->alias))
			stranger = oid;
	if (OidIsValid(stranger))
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_FUNCTION),
				 errmsg("function %s has the name of an accessor of \"%s\" and belongs to somebody else",
						accessor_signature(stranger), assoc->association->alias),
				 errdetail("It belongs to role \"%s\", who may change it at any time.",
						   GetUserNameFromId(accessor_owner(stranger), false)),
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

Oid
accessor_step_find(List *named, const Accessor *requested)
{
	foreach_oid(function, named)
	{
		if (accessor_step_same_arguments(requested, function))
			return function;
	}
	return InvalidOid;
}

/*
 * One of ours that has the name but, the type of a key having changed, another
 * signature.  Where one name has several signatures none is taken: the
 * requested ones are found by their signatures.
 */
static const AccessorFunction *
find_same_name(List *functions, const Accessor *requested)
{
	Oid			schema = get_namespace_oid(requested->schema, false);

	foreach_ptr(const AccessorFunction, found, functions)
	{
		char	   *name = get_func_name(found->function);

		if (name != NULL && strcmp(name, requested->name) == 0 &&
			get_func_namespace(found->function) == schema)
			return found;
	}
	return NULL;
}

/*
 * The accessor itself in another schema: where the table was before, or accessors were to be.  It moves, so that what
 * was granted on it stays.  A copy that somebody has written there is his.
 */
static const AccessorFunction *
find_elsewhere(List *functions, const Accessor *requested)
{
	foreach_ptr(const AccessorFunction, found, functions)
	{
		char	   *name = get_func_name(found->function);

		if (name != NULL && strcmp(name, requested->name) == 0 &&
			accessor_step_same_arguments(requested, found->function) && accessor_is_tied(found->function) &&
			assoc_proc_ownercheck(found->function, GetUserId()))
			return found;
	}
	return NULL;
}

static const AccessorFunction *
find_function(List *functions, Oid function)
{
	foreach_ptr(AccessorFunction, found, functions)
	{
		if (found->function == function)
			return found;
	}
	return NULL;
}

/*
 * topic and topics of one category both create a topic.  The association that was
 * declared first has the function; the other one does without.
 */
static bool
is_left_out(const Accessor *requested, Oid taken, bool tell)
{
	const AccessorFunction *other = accessor_read(taken);

	if (other == NULL || registry_read_association(other->source, other->alias) == NULL)
		return false;
	if (tell)
		ereport(NOTICE,
				(errmsg("accessor %s is left out: association \"%s\" of %s has it",
						accessor_step_signature(requested, false), other->alias, ddl_table(other->source)),
				 errhint("Give another \"singular\", or \"accessors\" with \"prefix\" or \"schema\", to have both.")));
	return true;
}

static void
report_clash(const Accessor *requested, const ResolvedAssociation *assoc)
{
	ereport(ERROR,
			(errcode(ERRCODE_DUPLICATE_FUNCTION),
			 errmsg("function %s already exists and is no accessor of \"%s\"",
					accessor_step_signature(requested, false), assoc->association->alias),
			 errhint("Drop or rename it, or give another \"singular\", "
					 "or \"accessors\" with \"only\", \"schema\" or \"prefix\".")));
}

static AccessorAction
choose_action(const Accessor *requested, const EntryPoint *entry, const AccessorFunction *existing)
{
	if (existing == NULL)
		return ACCESSOR_CREATE;
	if (!accessor_step_same_arguments(requested, existing->function) ||
		!same_argument_names(requested, existing->function) ||
		get_func_rettype(existing->function) != entry->result ||
		get_func_retset(existing->function) != entry->set)
		return ACCESSOR_RECREATE;
	if (!same_call(requested, entry, existing->call))
		return ACCESSOR_REPLACE;
	return ACCESSOR_KEEP;
}

bool
accessor_step_same_arguments(const Accessor *requested, Oid function)
{
	Oid		   *types;
	int			nargs;

	(void) get_func_signature(function, &types, &nargs);
	if (nargs != requested->nargs)
		return false;
	for (int i = 0; i < nargs; i++)
		if (types[i] != requested->args[i].type)
			return false;
	return true;
}

static bool
same_argument_names(const Accessor *requested, Oid function)
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
	same = nargs == requested->nargs && (nargs == 0 || names != NULL);
	for (int i = 0; same && i < nargs; i++)
		same = strcmp(names[i], requested->args[i].name) == 0;
	return same;
}

static bool
same_call(const Accessor *requested, const EntryPoint *entry, FuncExpr *call)
{
	return call != NULL && call->funcid == entry->function &&
		strcmp(call_of_body(call, requested), requested->call) == 0;
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

char *
accessor_step_signature(const Accessor *accessor, bool with_defaults)
{
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfo(&buf, "%s(", quote_qualified_identifier(accessor->schema, accessor->name));
	for (int i = 0; i < accessor->nargs; i++)
	{
		const AccessorArgument *arg = &accessor->args[i];

		appendStringInfo(&buf, "%s%s %s%s",
						 i > 0 ? ", " : "",
						 quote_identifier(arg->name),
						 with_defaults ? format_type_be_qualified(arg->type) :
						 format_type_be(arg->type),
						 with_defaults && arg->optional ? " DEFAULT NULL" : "");
	}
	appendStringInfoChar(&buf, ')');
	return buf.data;
}
