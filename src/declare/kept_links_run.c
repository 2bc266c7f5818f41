/*-------------------------------------------------------------------------
 *
 * kept_links_run.c
 *	  assoc.keep_links, the trigger that keeps counters, times and limits of links; assoc.recount.
 *
 * Decides as whom it writes: as the owner of the trigger's table, who owns the sources
 * too.  Where that is somebody else than the caller, in a security-restricted operation
 * with a search_path of its own, so that nothing of the caller's runs with the owner's rights.
 * What is written comes from the registry, never from the trigger's arguments.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/arguments.h"
#include "base/compat.h"
#include "base/role.h"
#include "catalog/partition.h"
#include "commands/trigger.h"
#include "declare/kept_links.h"
#include "deparse/sql_text.h"
#include "executor/executor.h"
#include "executor/spi.h"
#include "executor/tuptable.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "registry/keys.h"
#include "storage/lock.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/tuplestore.h"

/* of advisory locks, beside those of link_lock.c */
#define EDGE_LOCK_CLASS 7

PG_FUNCTION_INFO_V1(keep_links);
PG_FUNCTION_INFO_V1(assoc_recount);
PG_FUNCTION_INFO_V1(assoc_keep_links_body);

static bool is_of_row(const TriggerData *trigger);
static bool is_begun(const TriggerData *trigger);
static void keep_least(const TriggerData *trigger);
static void check_min_of_row(const KeptLinks *kept, const TriggerData *trigger, Attribute **columns);
static void check_min(const KeptLinks *kept, const Datum *key);
static char *key_text(const KeptLinks *kept, const Datum *key);
static uint64 run_for_key(const KeptLinks *kept, char *sql, const Datum *key, StatementMode mode);
static void append_statement_body(StringInfo body, Oid relation, const char *trigger);
static void append_lock(StringInfo body, const char *select);
static void append_refusal(StringInfo body, const KeptLinks *kept, KeptRule rule, const char *condition);
static void append_row_body(StringInfo body, Oid relation, bool begun);
static void append_least(StringInfo body, const KeptLinks *kept, const char *row, Attribute **columns);
static bool sees_all_rows(const TriggerData *trigger);
static Tuplestorestate *rows_of(const TriggerData *trigger);
static bool is_single(const TriggerData *trigger);
static bool is_empty(const TriggerData *trigger);
static void keep_all(List *all, const TriggerData *trigger);
static RoleFrame become_owner(Oid owner);
static void keep(const KeptLinks *kept, const TriggerData *trigger);
static void check_max(const KeptLinks *kept, const KeptChanges *changes);
static char *give_row(SqlText *s, const KeptLinks *kept, const TriggerData *trigger);
static HeapTuple only_row(Tuplestorestate *rows, TupleDesc desc);
static char *statement_of(const KeptLinks *kept, const KeptChanges *changes);
static void check_acyclic(const KeptLinks *kept, const KeptChanges *changes);
static char *result_value(int column);
static uint64 run(char *sql, StatementMode mode, int expected);

Datum
keep_links(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	List	   *all;

	if (CALLED_AS_TRIGGER(fcinfo) && is_of_row(trigger))
	{
		keep_least(trigger);
		return PointerGetDatum(NULL);
	}
	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_AFTER(trigger->tg_event) ||
		TRIGGER_FIRED_FOR_ROW(trigger->tg_event) || !sees_all_rows(trigger))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("assoc.keep_links is a trigger for each statement, after it, that sees all its rows"),
				 errhint("assoc.check() has the statements that make it.")));
	if (is_empty(trigger))
		return PointerGetDatum(NULL);
	SPI_connect();
	SPI_register_trigger_data(trigger);
	registry_pin();
	all = kept_links_of_table(RelationGetRelid(trigger->tg_relation));
	if (all != NIL)
		keep_all(all, trigger);
	SPI_finish();
	return PointerGetDatum(NULL);
}

/* ---- the least number of links, when the transaction ends ---- */

static bool
is_of_row(const TriggerData *trigger)
{
	return TRIGGER_FIRED_AFTER(trigger->tg_event) && TRIGGER_FIRED_FOR_ROW(trigger->tg_event) &&
		(is_begun(trigger) || strcmp(trigger->tg_trigger->tgname, KEPT_LEAST) == 0);
}

static bool
is_begun(const TriggerData *trigger)
{
	return strcmp(trigger->tg_trigger->tgname, KEPT_BEGUN) == 0;
}

/* a link has gone, or a source has come; a partition's row is its table's */
static void
keep_least(const TriggerData *trigger)
{
	Oid			relation = RelationGetRelid(trigger->tg_relation);
	RoleFrame	before;
	List	   *all;

	if (trigger->tg_relation->rd_rel->relispartition)
		relation = llast_oid(get_partition_ancestors(relation));
	SPI_connect();
	registry_pin();
	all = is_begun(trigger) ? kept_limits_of_source(relation) : kept_links_of_table(relation);
	before = become_owner(role_owner_of(relation));
	foreach_ptr(KeptLinks, kept, all)
	{
		if (kept->min == 0)
			continue;
		check_min_of_row(kept, trigger, is_begun(trigger) ? kept->assoc->source_key : kept->assoc->source_ref);
		if (kept->assoc->symmetric && !is_begun(trigger))
			check_min_of_row(kept, trigger, kept->assoc->target_ref);
	}
	role_return(&before);
	SPI_finish();
}

/* the columns of the row name the source */
static void
check_min_of_row(const KeptLinks *kept, const TriggerData *trigger, Attribute **columns)
{
	HeapTuple	row = is_begun(trigger) && TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) ?
		trigger->tg_newtuple : trigger->tg_trigtuple;
	TupleDesc	desc = RelationGetDescr(trigger->tg_relation);
	int			n = kept->assoc->nsource;
	Datum	   *key = palloc_array(Datum, n);

	for (int i = 0; i < n; i++)
	{
		bool		isnull;

		key[i] = SPI_getbinval(row, desc, SPI_fnumber(desc, columns[i]->column), &isnull);
		if (isnull)
			return;
	}
	check_min(kept, key);
}

/* whoever takes links from the same source has it locked: what is committed counts */
static void
check_min(const KeptLinks *kept, const Datum *key)
{
	char	  **params = palloc_array(char *, kept->assoc->nsource);
	char	   *number;

	for (int i = 0; i < kept->assoc->nsource; i++)
		params[i] = psprintf("$%d", i + 1);
	if (run_for_key(kept, kept_links_lock_source(kept, params), key, STATEMENT_WRITE) == 0)
		return;
	SPI_freetuptable(SPI_tuptable);
	(void) run_for_key(kept, kept_links_number(kept, params), key, STATEMENT_LATEST);
	number = result_value(1);
	if (atoi(number) < kept->min)
		kept_links_refuse(kept, KEPT_MIN, key_text(kept, key), number);
	SPI_freetuptable(SPI_tuptable);
}

/* as errors name the row */
static char *
key_text(const KeptLinks *kept, const Datum *key)
{
	StringInfoData buf;

	initStringInfo(&buf);
	for (int i = 0; i < kept->assoc->nsource; i++)
		appendStringInfo(&buf, "%s%s", i > 0 ? ", " : "",
						 key_datum_text(key[i], kept->assoc->source_key[i]->type));
	return buf.data;
}

static uint64
run_for_key(const KeptLinks *kept, char *sql, const Datum *key, StatementMode mode)
{
	SqlText		s;

	statement_init(&s);
	s.buf.data = sql;
	for (int i = 0; i < kept->assoc->nsource; i++)
		(void) sql_argument(&s, getBaseType(kept->assoc->source_key[i]->type), key[i], false);
	return statement_run(&s, mode, SPI_OK_SELECT);
}

/* ---- all rows of a statement ---- */

/* or else it would count half, or take an INSERT for TRUNCATE; who may make triggers need not be the owner */
static bool
sees_all_rows(const TriggerData *trigger)
{
	bool		truncate = TRIGGER_FIRED_BY_TRUNCATE(trigger->tg_event);

	return (trigger->tg_newtable != NULL) == (!truncate && !TRIGGER_FIRED_BY_DELETE(trigger->tg_event)) &&
		(trigger->tg_oldtable != NULL) == (!truncate && !TRIGGER_FIRED_BY_INSERT(trigger->tg_event)) &&
		kept_links_is_name(trigger->tg_trigger->tgname);
}

/* the trigger is called for statements that found no row too: so ends what goes up a tree */
static bool
is_empty(const TriggerData *trigger)
{
	Tuplestorestate *rows = rows_of(trigger);

	return rows != NULL && tuplestore_tuple_count(rows) == 0;
}

/* those that came, or of a DELETE those that went; NULL for TRUNCATE */
static Tuplestorestate *
rows_of(const TriggerData *trigger)
{
	return trigger->tg_newtable ? trigger->tg_newtable : trigger->tg_oldtable;
}

static bool
is_single(const TriggerData *trigger)
{
	return (trigger->tg_newtable == NULL) != (trigger->tg_oldtable == NULL) && tuplestore_tuple_count(rows_of(trigger)) == 1;
}

static void
keep_all(List *all, const TriggerData *trigger)
{
	RoleFrame	before = become_owner(role_owner_of(RelationGetRelid(trigger->tg_relation)));

	foreach_ptr(KeptLinks, kept, all)
		keep(kept, trigger);
	role_return(&before);
}

/* the owner himself has nothing to fear of his own settings; his row security hides no source */
static RoleFrame
become_owner(Oid owner)
{
	RoleFrame	before;

	GetUserIdAndSecContext(&before.user, &before.sec_context);
	if (before.user != owner)
		before = role_become(owner);
	else
		before.settings = NewGUCNestLevel();
	SetUserIdAndSecContext(owner, before.sec_context | SECURITY_NOFORCE_RLS |
						   (before.user != owner ? SECURITY_RESTRICTED_OPERATION : 0));
	return before;
}

static void
keep(const KeptLinks *kept, const TriggerData *trigger)
{
	KeptChanges changes = {trigger->tg_trigger->tgoldtable, trigger->tg_trigger->tgnewtable,
	is_single(trigger) && !kept->assoc->symmetric, NULL};
	SqlText		s;
	char	   *sql;

	statement_init(&s);
	if (changes.single && !kept->cascades)
		changes.row = give_row(&s, kept, trigger);
	sql = statement_of(kept, &changes);
	changes.row = NULL;
	if (sql != NULL)
	{
		s.buf.data = sql;
		(void) statement_run(&s, STATEMENT_WRITE, SPI_OK_UPDATE);
	}
	if (kept->max > 0 && changes.after != NULL)
		check_max(kept, &changes);
	if (kept->acyclic && changes.after != NULL)
		check_acyclic(kept, &changes);
	if (kept->min > 0 && changes.before == NULL && changes.after == NULL &&
		run(kept_links_any_lack(kept), STATEMENT_LATEST, SPI_OK_SELECT) > 0)
		kept_links_refuse(kept, KEPT_MIN, NULL, NULL);
}

/* the one row of the transition table as parameters, which its plan need not read it for */
static char *
give_row(SqlText *s, const KeptLinks *kept, const TriggerData *trigger)
{
	TupleDesc	desc = RelationGetDescr(trigger->tg_relation);
	HeapTuple	row = only_row(rows_of(trigger), desc);
	StringInfoData text;

	initStringInfo(&text);
	foreach_ptr(Attribute, column, kept_links_columns(kept))
	{
		bool		isnull;
		Datum		value = heap_getattr(row, column->attnum, desc, &isnull);

		appendStringInfo(&text, "%s%s AS %s", text.len > 0 ? ", " : "(SELECT ",
						 sql_argument(s, column->type, value, isnull), quote_identifier(column->column));
	}
	appendStringInfoChar(&text, ')');
	return text.data;
}

static HeapTuple
only_row(Tuplestorestate *rows, TupleDesc desc)
{
	TupleTableSlot *slot = MakeSingleTupleTableSlot(desc, &TTSOpsMinimalTuple);
	HeapTuple	row;

	tuplestore_select_read_pointer(rows, tuplestore_alloc_read_pointer(rows, EXEC_FLAG_REWIND));
	tuplestore_rescan(rows);
	if (!tuplestore_gettupleslot(rows, true, false, slot))
		elog(ERROR, "a transition table is empty");
	row = ExecCopySlotHeapTuple(slot);
	ExecDropSingleTupleTableSlot(slot);
	return row;
}

/* what is written when these rows have come and gone, or all; NULL: nothing */
static char *
statement_of(const KeptLinks *kept, const KeptChanges *changes)
{
	if (kept->cascades)
		return changes->before && changes->after ? kept_links_cascade(kept, changes) : NULL;
	if (changes->before == NULL && changes->after == NULL)
		return kept_links_reset(kept);
	return kept_links_update(kept, changes);
}

/* whoever adds a link to the same source has it locked: what is committed counts, not what a snapshot shows */
static void
check_max(const KeptLinks *kept, const KeptChanges *changes)
{
	(void) run(kept_links_lock(kept, changes), STATEMENT_WRITE, SPI_OK_SELECT);
	SPI_freetuptable(SPI_tuptable);
	if (run(kept_links_excess(kept, changes), STATEMENT_LATEST, SPI_OK_SELECT) > 0)
		kept_links_refuse(kept, KEPT_MAX, result_value(1), result_value(2));
	SPI_freetuptable(SPI_tuptable);
}

/* two links that close a cycle together need not have a row in common: one writer of links at a time */
static void
check_acyclic(const KeptLinks *kept, const KeptChanges *changes)
{
	LOCKTAG		tag;

	if (run(kept_links_new_edges(kept, changes), STATEMENT_WRITE, SPI_OK_SELECT) == 0)
		return;
	SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, kept->holder->relid, 0, EDGE_LOCK_CLASS);
	(void) LockAcquire(&tag, ExclusiveLock, false, false);
	if (run(kept_links_cycle(kept, changes), STATEMENT_LATEST, SPI_OK_SELECT) > 0)
		kept_links_refuse(kept, KEPT_ACYCLIC, result_value(1), NULL);
	SPI_freetuptable(SPI_tuptable);
}

static uint64
run(char *sql, StatementMode mode, int expected)
{
	SqlText		s;

	statement_init(&s);
	s.buf.data = sql;
	return statement_run(&s, mode, expected);
}

static char *
result_value(int column)
{
	return SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, column);
}

/* model, alias, dry_run */
Datum
assoc_recount(PG_FUNCTION_ARGS)
{
	char	   *model = argument_text(fcinfo, 0, "model");
	char	   *alias = argument_text(fcinfo, 1, "alias");
	bool		dry = argument_flag(fcinfo, 2);
	RoleFrame	before;
	KeptLinks  *kept;
	uint64		n;

	registry_pin();
	kept = kept_links_of(registry_resolve_alias(registry_model_by_name(model), alias, NULL));
	if (kept == NULL || kept->counter == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" of \"%s\" has no counter", alias, model),
				 errhint("Declare it with the option \"counter\".")));
	SPI_connect();
	before = role_see_all();
	if (!dry)
		(void) run(psprintf("LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE", kept->holder->quoted_table),
				   STATEMENT_WRITE, SPI_OK_UTILITY);
	n = run(kept_links_recount(kept, dry), dry ? STATEMENT_WRITE : STATEMENT_LATEST, dry ? SPI_OK_SELECT : SPI_OK_UPDATE);
	role_return(&before);
	SPI_finish();
	PG_RETURN_INT64(n);
}

/*
 * For assoc.detach: the same for one table and event as the body of a function that needs no extension.
 * relation, event
 */
Datum
assoc_keep_links_body(PG_FUNCTION_ARGS)
{
	StringInfoData body;
	char	   *trigger;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	trigger = psprintf("keep_links_%s", text_to_cstring(PG_GETARG_TEXT_PP(1)));
	registry_pin();
	initStringInfo(&body);
	appendStringInfoString(&body, "\nBEGIN\n");
	if (strcmp(trigger, KEPT_LEAST) == 0 || strcmp(trigger, KEPT_BEGUN) == 0)
		append_row_body(&body, PG_GETARG_OID(0), strcmp(trigger, KEPT_BEGUN) == 0);
	else
		append_statement_body(&body, PG_GETARG_OID(0), trigger);
	appendStringInfoString(&body, "  RETURN NULL;\nEND\n");
	PG_RETURN_TEXT_P(cstring_to_text(body.data));
}

/* as keep() does it */
static void
append_statement_body(StringInfo body, Oid relation, const char *trigger)
{
	bool		truncate = strcmp(trigger, "keep_links_truncate") == 0;
	KeptChanges changes = {
		truncate || strcmp(trigger, "keep_links_insert") == 0 ? NULL : "kept_old",
		truncate || strcmp(trigger, "keep_links_delete") == 0 ? NULL : "kept_new",
		false, NULL
	};

	if (!truncate)
		appendStringInfo(body, "  IF NOT EXISTS (SELECT FROM %s) THEN\n    RETURN NULL;\n  END IF;\n",
						 changes.after ? changes.after : changes.before);
	foreach_ptr(KeptLinks, kept, kept_links_of_table(relation))
	{
		char	   *sql = statement_of(kept, &changes);

		if (sql != NULL)
			appendStringInfo(body, "  %s;\n", sql);
		if (kept->max > 0 && changes.after != NULL)
		{
			append_lock(body, kept_links_lock(kept, &changes));
			append_refusal(body, kept, KEPT_MAX, psprintf("EXISTS (%s)", kept_links_excess(kept, &changes)));
		}
		if (kept->acyclic && changes.after != NULL)
		{
			appendStringInfo(body, "  PERFORM pg_catalog.pg_advisory_xact_lock(%s::pg_catalog.regclass::pg_catalog.oid::pg_catalog.int8);\n",
							 quote_literal_cstr(kept->holder->quoted_table));
			append_refusal(body, kept, KEPT_ACYCLIC, psprintf("EXISTS (%s)", kept_links_cycle(kept, &changes)));
		}
		if (kept->min > 0 && truncate)
			append_refusal(body, kept, KEPT_MIN, psprintf("EXISTS (%s)", kept_links_any_lack(kept)));
	}
}

/* of a trigger for rows */
static void
append_row_body(StringInfo body, Oid relation, bool begun)
{
	foreach_ptr(KeptLinks, kept, begun ? kept_limits_of_source(relation) : kept_links_of_table(relation))
	{
		if (kept->min == 0)
			continue;
		append_least(body, kept, begun ? "NEW" : "OLD", begun ? kept->assoc->source_key : kept->assoc->source_ref);
		if (kept->assoc->symmetric && !begun)
			append_least(body, kept, "OLD", kept->assoc->target_ref);
	}
}

static void
append_least(StringInfo body, const KeptLinks *kept, const char *row, Attribute **columns)
{
	char	  **key = palloc_array(char *, kept->assoc->nsource);

	for (int i = 0; i < kept->assoc->nsource; i++)
		key[i] = sql_column(row, columns[i]);
	append_lock(body, kept_links_lock_source(kept, key));
	append_refusal(body, kept, KEPT_MIN,
				   psprintf("FOUND AND (%s) < %d", kept_links_number(kept, key), kept->min));
}

static void
append_lock(StringInfo body, const char *select)
{
	appendStringInfo(body, "  PERFORM%s;\n", select + strlen("SELECT"));
}

static void
append_refusal(StringInfo body, const KeptLinks *kept, KeptRule rule, const char *condition)
{
	appendStringInfo(body, "  IF %s THEN\n    RAISE check_violation USING MESSAGE = %s;\n  END IF;\n",
					 condition, quote_literal_cstr(kept_links_message(kept, rule, NULL)));
}
