/*-------------------------------------------------------------------------
 *
 * accessor_function.c
 *	  Functions that are there, and whether they are accessors.
 *
 * Decides by what a function does: its body is nothing but the call of an entry point for
 * a source and an alias, with the function's own parameters.  A function that somebody
 * wrote around an entry point with options of his own is no accessor.
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

#include "access/genam.h"
#include "access/htup_details.h"
#include "base/catalog_rows.h"
#include "base/compat.h"
#include "base/role.h"
#include "catalog/dependency.h"
#include "catalog/namespace.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "declare/accessor_function.h"
#include "declare/accessor_names.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

PG_FUNCTION_INFO_V1(assoc_accessor_alias);
PG_FUNCTION_INFO_V1(assoc_accessor_is_ours);

static char *body_text(Oid function);
static FuncExpr *body_call(const char *body);
static bool is_entry_function(Oid function);
static bool are_plain_parameters(List *args);
static AccessorFunction *read_body(Oid function, const char *body);
static char *constant_in_body(const char *value);
static List *functions_on(Oid relation);
static List *dependencies_of(Oid function);
static bool depends_on(List *dependencies, Oid class, Oid object);

AccessorFunction *
accessor_read(Oid function)
{
	char	   *body = body_text(function);

	return body ? read_body(function, body) : NULL;
}

static AccessorFunction *
read_body(Oid function, const char *body)
{
	FuncExpr   *call = body_call(body);
	AccessorFunction *found;
	Const	   *relation;
	Const	   *name;

	if (call == NULL || list_length(call->args) < 3 || !is_entry_function(call->funcid))
		return NULL;
	relation = linitial(call->args);
	name = lsecond(call->args);
	if (!IsA(relation, Const) || relation->consttype != REGCLASSOID || relation->constisnull ||
		!IsA(name, Const) || name->consttype != TEXTOID || name->constisnull ||
		!are_plain_parameters(list_copy_tail(call->args, 2)))
		return NULL;
	found = palloc_object(AccessorFunction);
	found->function = function;
	found->call = call;
	found->source = DatumGetObjectId(relation->constvalue);
	found->alias = TextDatumGetCString(name->constvalue);
	return found;
}

/* the parsed body as it is stored; NULL when there is none */
static char *
body_text(Oid function)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	Datum		body;
	bool		isnull;
	char	   *stored = NULL;

	if (!HeapTupleIsValid(tuple))
		return NULL;
	body = SysCacheGetAttr(PROCOID, tuple, Anum_pg_proc_prosqlbody, &isnull);
	if (!isnull)
		stored = TextDatumGetCString(body);
	ReleaseSysCache(tuple);
	return stored;
}

/* the one function call that is the whole body of a function; NULL when it is anything else */
static FuncExpr *
body_call(const char *body)
{
	Query	   *query = stringToNode(body);
	Node	   *expr;

	/* BEGIN ATOMIC is a list of statements, RETURN a query */
	if (!IsA(query, Query) || query->commandType != CMD_SELECT ||
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
	foreach_ptr(Node, arg, args)
	{
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

List *
accessor_functions(Oid source, const char *alias)
{
	char	   *constant = alias ? constant_in_body(alias) : NULL;
	List	   *functions = NIL;

	foreach_oid(function, functions_on(source))
	{
		char	   *body = body_text(function);
		AccessorFunction *found = NULL;

		if (body == NULL)
			continue;
		if (constant == NULL || strstr(body, constant) != NULL)
			found = read_body(function, body);
		pfree(body);
		if (found != NULL && found->source == source &&
			(alias == NULL || strcmp(found->alias, alias) == 0))
			functions = lappend(functions, found);
	}
	return functions;
}

/*
 * How a constant text is written in a stored body.  A table that all others point at has thousands of
 * accessors, and parsing each to find those of one association takes long.
 */
static char *
constant_in_body(const char *value)
{
	StringInfoData buf;

	initStringInfo(&buf);
	for (; *value != '\0'; value++)
		appendStringInfo(&buf, " %d", (int) *value);
	appendStringInfoString(&buf, " ]");
	return buf.data;
}

/* functions that depend on a relation, in order of their making */
static List *
functions_on(Oid relation)
{
	List	   *functions = NIL;

	foreach_ptr(HeapTupleData, tuple, catalog_rows_of_object(DependRelationId, DependReferenceIndexId,
															 Anum_pg_depend_refclassid,
															 RelationRelationId, relation))
	{
		Form_pg_depend row = (Form_pg_depend) GETSTRUCT(tuple);

		if (row->classid == ProcedureRelationId)
			functions = lappend_oid(functions, row->objid);
	}
	list_sort(functions, list_oid_cmp);
	list_deduplicate_oid(functions);
	return functions;
}

/* accessor_alias(function oid, source oid): for assoc.check */
Datum
assoc_accessor_alias(PG_FUNCTION_ARGS)
{
	AccessorFunction *found = NULL;

	if (!PG_ARGISNULL(0) && !PG_ARGISNULL(1))
		found = accessor_read(PG_GETARG_OID(0));
	if (found == NULL || found->source != PG_GETARG_OID(1))
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(found->alias));
}

/* ---- whose they are ---- */

bool
accessor_is_ours(Oid function, Oid source, const char *alias)
{
	Oid			owner = accessor_owner(function);
	AccessorFunction *found;

	if (role_is_trusted(owner, role_owner_of(source)))
		return true;
	if (!role_may_act_as(GetUserId(), owner) || !accessor_is_tied(function))
		return false;
	found = accessor_read(function);
	return found != NULL && found->source == source && strcmp(found->alias, alias) == 0;
}

bool
accessor_is_tied(Oid function)
{
	return depends_on(dependencies_of(function), ExtensionRelationId, get_extension_oid("pg_associations", false));
}

/* accessor_is_ours(function oid, source oid, alias text): for assoc.discover */
Datum
assoc_accessor_is_ours(PG_FUNCTION_ARGS)
{
	AccessorFunction *found;
	char	   *alias;

	for (int i = 0; i < 3; i++)
		if (PG_ARGISNULL(i))
			PG_RETURN_NULL();
	alias = text_to_cstring(PG_GETARG_TEXT_PP(2));
	found = accessor_read(PG_GETARG_OID(0));
	PG_RETURN_BOOL(found != NULL && found->source == PG_GETARG_OID(1) &&
				   strcmp(found->alias, alias) == 0 &&
				   accessor_is_ours(found->function, found->source, alias));
}

Oid
accessor_owner(Oid function)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	Oid			owner;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for function %u", function);
	owner = ((Form_pg_proc) GETSTRUCT(tuple))->proowner;
	ReleaseSysCache(tuple);
	return owner;
}

/*
 * By the index: a list in the catalog cache is looked for among all lists, and a schema has
 * thousands of accessors.
 */
List *
accessor_functions_named(const char *schema, const char *name)
{
	Oid			namespace = get_namespace_oid(schema, false);
	ScanKeyData key;
	List	   *functions = NIL;

	ScanKeyInit(&key, Anum_pg_proc_proname, BTEqualStrategyNumber, F_NAMEEQ,
				CStringGetDatum(name));
	foreach_ptr(HeapTupleData, tuple,
				catalog_rows(ProcedureRelationId, ProcedureNameArgsNspIndexId, 1, &key))
	{
		Form_pg_proc row = (Form_pg_proc) GETSTRUCT(tuple);

		if (row->pronamespace == namespace)
			functions = lappend_oid(functions, row->oid);
	}
	return functions;
}

char *
accessor_signature(Oid function)
{
	Datum		arguments = DirectFunctionCall1(pg_get_function_identity_arguments,
												ObjectIdGetDatum(function));

	return psprintf("%s(%s)",
					quote_qualified_identifier(get_namespace_name(get_func_namespace(function)),
											   get_func_name(function)),
					TextDatumGetCString(arguments));
}

/* ---- what they depend on ---- */

void
accessor_tie(Oid function, int n, const ObjectAddress *objects)
{
	List	   *tied = dependencies_of(function);
	ObjectAddress dependent;

	ObjectAddressSet(dependent, ProcedureRelationId, function);
	for (int i = 0; i < n; i++)
	{
		if (!depends_on(tied, objects[i].classId, objects[i].objectId))
			recordDependencyOn(&dependent, &objects[i], DEPENDENCY_NORMAL);
	}
}

/* rows of pg_depend */
static List *
dependencies_of(Oid function)
{
	return catalog_rows_of_object(DependRelationId, DependDependerIndexId, Anum_pg_depend_classid,
								  ProcedureRelationId, function);
}

static bool
depends_on(List *dependencies, Oid class, Oid object)
{
	foreach_ptr(HeapTupleData, tuple, dependencies)
	{
		Form_pg_depend row = (Form_pg_depend) GETSTRUCT(tuple);

		if (row->deptype == DEPENDENCY_NORMAL && row->refclassid == class && row->refobjid == object)
			return true;
	}
	return false;
}
