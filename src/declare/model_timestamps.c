/*-------------------------------------------------------------------------
 *
 * model_timestamps.c
 *	  created_at and updated_at: their columns, and the trigger that keeps the latter.
 *
 * Decides when updated_at moves: when an UPDATE changes a row and does not set
 * the column itself.  An UPDATE that changes nothing leaves it alone, so that writing
 * the same data twice is the same as writing it once.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/sysattr.h"
#include "access/table.h"
#include "base/compat.h"
#include "base/ddl.h"
#include "base/doc_member.h"
#include "catalog/namespace.h"
#include "commands/trigger.h"
#include "declare/attribute.h"
#include "declare/model.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "registry/kept_times.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#define CREATED_AT "created_at"
#define UPDATED_AT "updated_at"

PG_FUNCTION_INFO_V1(keep_updated_at);

static bool is_ours(Oid function, Relation rel);
static AttrNumber updated_at_column(TriggerData *trigger);
static bool row_changes(TriggerData *trigger);
static bool same_column(TupleDesc desc, AttrNumber attnum, HeapTuple a, HeapTuple b);

List *
model_timestamps(void)
{
	return list_make2(attribute_timestamp(CREATED_AT, CREATED_AT, false),
					  attribute_timestamp(UPDATED_AT, UPDATED_AT, false));
}

Jsonb *
model_timestamp_options(void)
{
	return doc_parse("{\"createdAt\": \"" CREATED_AT "\", \"updatedAt\": \"" UPDATED_AT "\"}");
}

void
model_keep_updated_at(Oid relation, const char *column)
{
	ddl_run("CREATE TRIGGER " KEEP_UPDATED_AT " BEFORE UPDATE ON %s FOR EACH ROW"
			" EXECUTE FUNCTION assoc.keep_updated_at(%s)",
			ddl_table(relation), quote_literal_cstr(column));
}

void
model_drop_trigger(Oid relation, const char *name)
{
	if (model_has_trigger(relation, name))
		ddl_run("DROP TRIGGER %s ON %s", name, ddl_table(relation));
}

/* who may create triggers may have put another one under the name */
bool
model_has_trigger(Oid relation, const char *name)
{
	Relation	rel = table_open(relation, AccessShareLock);
	bool		found = false;

	for (int i = 0; rel->trigdesc != NULL && i < rel->trigdesc->numtriggers; i++)
	{
		const Trigger *trigger = &rel->trigdesc->triggers[i];

		if (strcmp(trigger->tgname, name) == 0)
			found = is_ours(trigger->tgfoid, rel);
	}
	table_close(rel, AccessShareLock);
	return found;
}

/* assoc.detach() puts a function beside the table */
static bool
is_ours(Oid function, Relation rel)
{
	char	   *name = get_func_name(function);
	Oid			schema = get_func_namespace(function);

	return name != NULL && strncmp(name, "keep_", strlen("keep_")) == 0 &&
		(schema == get_namespace_oid("assoc", false) || schema == RelationGetNamespace(rel));
}

Datum
keep_updated_at(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	AttrNumber	attnum;
	TupleDesc	desc;
	Form_pg_attribute att;
	Datum		value;
	bool		isnull = false;
	int			column;

	if (!CALLED_AS_TRIGGER(fcinfo) ||
		!TRIGGER_FIRED_FOR_ROW(trigger->tg_event) ||
		!TRIGGER_FIRED_BEFORE(trigger->tg_event) ||
		!TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) ||
		trigger->tg_trigger->tgnargs != 1)
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("assoc.keep_updated_at is a BEFORE UPDATE row trigger with the column as its argument")));

	attnum = updated_at_column(trigger);
	if (attnum <= 0 ||
		bms_is_member(attnum - FirstLowInvalidHeapAttributeNumber, trigger->tg_updatedcols) ||
		!row_changes(trigger))
		return PointerGetDatum(trigger->tg_newtuple);

	desc = RelationGetDescr(trigger->tg_relation);
	att = TupleDescAttr(desc, attnum - 1);
	value = kept_time_now(att->atttypid, att->atttypmod, NameStr(att->attname));
	column = attnum;
	return PointerGetDatum(heap_modify_tuple_by_cols(trigger->tg_newtuple, desc, 1,
													 &column, &value, &isnull));
}

/*
 * The trigger's argument does not follow when the column is renamed; the
 * registry does.  A column that neither finds was dropped: plain SQL goes on.
 */
static AttrNumber
updated_at_column(TriggerData *trigger)
{
	TupleDesc	desc = RelationGetDescr(trigger->tg_relation);
	int			attnum = SPI_fnumber(desc, trigger->tg_trigger->tgargs[0]);
	const Model *model;

	if (attnum > 0)
		return attnum;
	registry_pin();
	model = registry_model_if_any(RelationGetRelid(trigger->tg_relation));
	return model && model->updated_at ? model->updated_at->attnum : InvalidAttrNumber;
}

/*
 * The bytes first, as suppress_redundant_updates_trigger does; a row from before
 * an ADD COLUMN is shorter and is compared by columns.
 */
static bool
row_changes(TriggerData *trigger)
{
	HeapTuple	old = trigger->tg_trigtuple;
	HeapTuple	new = trigger->tg_newtuple;
	TupleDesc	desc = RelationGetDescr(trigger->tg_relation);

	if (old->t_len == new->t_len &&
		old->t_data->t_hoff == new->t_data->t_hoff &&
		HeapTupleHeaderGetNatts(old->t_data) == HeapTupleHeaderGetNatts(new->t_data) &&
		(old->t_data->t_infomask & HEAP_HASNULL) == (new->t_data->t_infomask & HEAP_HASNULL) &&
		memcmp((char *) old->t_data + SizeofHeapTupleHeader,
			   (char *) new->t_data + SizeofHeapTupleHeader,
			   old->t_len - SizeofHeapTupleHeader) == 0)
		return false;
	for (AttrNumber attnum = 1; attnum <= desc->natts; attnum++)
		if (!same_column(desc, attnum, old, new))
			return true;
	return false;
}

/* generated columns are computed after this trigger */
static bool
same_column(TupleDesc desc, AttrNumber attnum, HeapTuple a, HeapTuple b)
{
	Form_pg_attribute att = TupleDescAttr(desc, attnum - 1);
	Datum		value_a;
	Datum		value_b;
	bool		null_a;
	bool		null_b;

	if (att->attisdropped || att->attgenerated != '\0')
		return true;
	value_a = heap_getattr(a, attnum, desc, &null_a);
	value_b = heap_getattr(b, attnum, desc, &null_b);
	if (null_a || null_b)
		return null_a == null_b;
	return datum_image_eq(value_a, value_b, att->attbyval, att->attlen);
}
