/*-------------------------------------------------------------------------
 *
 * registry_relation.c
 *	  Rows of the registry that come from another database.
 *
 * A declaration is DDL, and as DDL it is not replicated: what a FOR ALL TABLES subscription
 * brings is passed over, since the tables that it is about are made by other means.  It would
 * come even so, and an error in its apply would stop that of every other table.  Input
 * functions run before triggers, so the columns have a type whose input does not fail.
 *
 * A dump may bring rows too whose tables it does not bring (pg_dump -n -e).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "commands/trigger.h"
#include "fmgr.h"
#include "replication/logicalworker.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/rel.h"

PG_FUNCTION_INFO_V1(registry_relation_in);
PG_FUNCTION_INFO_V1(registry_apart);

static bool is_number(const char *name);
static Oid	relation_named(const char *name);
static bool names_nothing(HeapTuple tuple, Relation rel);

Datum
registry_relation_in(PG_FUNCTION_ARGS)
{
	char	   *name = PG_GETARG_CSTRING(0);
	Oid			relation;

	if (is_number(name))
		return DirectFunctionCall1(regclassin, CStringGetDatum(name));
	relation = relation_named(name);
	if (!OidIsValid(relation) && !IsLogicalWorker())
		ereport(WARNING,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation \"%s\" does not exist: what the registry would say of it is passed over",
						name)));
	PG_RETURN_OID(relation);
}

/* that is how regclass prints what is gone, and nothing */
static bool
is_number(const char *name)
{
	return strcmp(name, "-") == 0 || (*name != '\0' && strspn(name, "0123456789") == strlen(name));
}

static Oid
relation_named(const char *name)
{
	LOCAL_FCINFO(call, 1);
	Datum		found;

	InitFunctionCallInfoData(*call, NULL, 1, InvalidOid, NULL, NULL);
	call->args[0].value = CStringGetTextDatum(name);
	call->args[0].isnull = false;
	found = to_regclass(call);
	return call->isnull ? InvalidOid : DatumGetObjectId(found);
}

/* BEFORE row trigger of both tables: NULL leaves everything as it is */
Datum
registry_apart(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	HeapTuple	tuple;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_BEFORE(trigger->tg_event) ||
		!TRIGGER_FIRED_FOR_ROW(trigger->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("assoc.registry_apart is a row trigger of the registry")));
	tuple = TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) ?
		trigger->tg_newtuple : trigger->tg_trigtuple;
	if (IsLogicalWorker() ||
		(TRIGGER_FIRED_BY_INSERT(trigger->tg_event) && names_nothing(tuple, trigger->tg_relation)))
		return PointerGetDatum(NULL);
	return PointerGetDatum(tuple);
}

/* all columns of relations are of the type of the first one */
static bool
names_nothing(HeapTuple tuple, Relation rel)
{
	TupleDesc	desc = RelationGetDescr(rel);
	Oid			type = TupleDescAttr(desc, 0)->atttypid;

	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(desc, i);
		bool		isnull;
		Datum		value;

		if (column->attisdropped || column->atttypid != type)
			continue;
		value = heap_getattr(tuple, i + 1, desc, &isnull);
		if (!isnull && !OidIsValid(DatumGetObjectId(value)))
			return true;
	}
	return false;
}
