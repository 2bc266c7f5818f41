/*-------------------------------------------------------------------------
 *
 * registry_write.c
 *	  Rows of assoc.models and assoc.associations are written, and all sessions get invalidations.
 *
 * Who may declare what, the declaring modules decide.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "base/compat.h"
#include "base/ddl.h"
#include "base/role.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "registry/registry.h"
#include "registry/registry_columns.h"
#include "storage/lock.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

/* of advisory locks: of a schema's declarations, of a model that others declare towards */
#define SCHEMA_LOCK_CLASS 6
#define MODEL_LOCK_CLASS 7

#define PUT_MODEL \
	" ON CONFLICT (relation) DO UPDATE SET name = EXCLUDED.name," \
	" made = EXCLUDED.made, attributes = EXCLUDED.attributes," \
	" options = EXCLUDED.options"
#define PUT_ASSOCIATION \
	" ON CONFLICT (source, alias) DO UPDATE SET kind = EXCLUDED.kind," \
	" target = EXCLUDED.target, through = EXCLUDED.through," \
	" source_key = EXCLUDED.source_key, foreign_key = EXCLUDED.foreign_key," \
	" other_key = EXCLUDED.other_key, target_key = EXCLUDED.target_key," \
	" singular = EXCLUDED.singular, inverse = EXCLUDED.inverse," \
	" options = EXCLUDED.options"
#define PUT_FULL \
	", discovered = EXCLUDED.discovered, declared = EXCLUDED.declared"

PG_FUNCTION_INFO_V1(registry_changed);
PG_FUNCTION_INFO_V1(assoc_discover_run);

/* what is declared now is what assoc.discover found */
static bool discovering = false;

static void lock_object(Oid object, uint16 lock_class, LOCKMODE mode);
static Datum names_datum(List *names);
static bool has_declared(const char *table);
static Datum jsonb_datum(Jsonb *document);
static void refuse_clash(const ModelRow *row);
static void refuse_name_of_table(const ModelRow *row, Oid schema);
static void refuse_name_of_model(const ModelRow *row, Oid schema);
static uint64 write_as_owner(const char *command, int nargs, Oid *types,
							 Datum *values, const char *nulls);
static void run_write(const char *command, int nargs, Oid *types,
					  Datum *values, const char *nulls);
static void tell_row(Relation rel, HeapTuple row);
static void tell(Oid relation);

void
registry_lock(List *schemas)
{
	List	   *sorted = list_copy(schemas);

	/* in one order; taking it again, for one that comes twice, is nothing */
	list_sort(sorted, list_oid_cmp);
	foreach_oid(object, sorted)
		if (OidIsValid(object))
			lock_object(object, SCHEMA_LOCK_CLASS, ExclusiveLock);
}

void
registry_lock_model(Oid relation, LOCKMODE mode)
{
	lock_object(relation, MODEL_LOCK_CLASS, mode);
}

/* a user's advisory lock has class 1 or 2, so ours meets none */
static void
lock_object(Oid object, uint16 lock_class, LOCKMODE mode)
{
	LOCKTAG		tag;

	SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, object, 0, lock_class);
	(void) LockAcquire(&tag, mode, false, false);
}

void
registry_put_model(const ModelRow *row)
{
	ModelRow   *standing = registry_read_model(row->relation);
	bool		full = has_declared("models");
	Oid			types[MODELS_DECLARED] = {
		REGCLASSOID, TEXTOID, BOOLOID, JSONBOID, JSONBOID, BOOLOID, JSONBOID
	};
	char		nulls[] = {' ', ' ', ' ', ' ', ' ', ' ', row->declared ? ' ' : 'n'};
	Datum		values[MODELS_DECLARED] = {
		ObjectIdGetDatum(row->relation),
		CStringGetTextDatum(row->name),
		BoolGetDatum(row->managed),
		jsonb_datum(row->attributes),
		jsonb_datum(row->options),
		BoolGetDatum(row->discovered),
		jsonb_datum(row->declared)
	};

	if (standing == NULL || strcmp(standing->name, row->name) != 0)
		refuse_clash(row);
	write_as_owner(full ?
				   "INSERT INTO assoc.models (relation, name, made, attributes, options, discovered, declared)"
				   " VALUES ($1, $2, $3, $4, $5, $6, $7)" PUT_MODEL PUT_FULL :
				   "INSERT INTO assoc.models VALUES ($1, $2, $3, $4, $5)" PUT_MODEL,
				   full ? MODELS_DECLARED : MODELS_NCOLUMNS, types, values, nulls);
}

/*
 * Calls find a model by its own name or by that of its table.  A model that comes
 * later must not be found where another one was meant: the table of one role
 * would pass for that of another.
 */
static void
refuse_clash(const ModelRow *row)
{
	Oid			schema = get_rel_namespace(row->relation);
	char	   *table = get_rel_name(row->relation);

	if (table == NULL || strcmp(table, row->name) == 0)
		return;
	refuse_name_of_table(row, schema);
	refuse_name_of_model(row, schema);
}

static void
refuse_name_of_table(const ModelRow *row, Oid schema)
{
	Oid			other = get_relname_relid(row->name, schema);

	if (!OidIsValid(other) || other == row->relation || !registry_can_be_model(get_rel_relkind(other)))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_DUPLICATE_OBJECT),
			 errmsg("model \"%s\" would have the name of another table", row->name),
			 errdetail("%s is there, and calls find models by the names of their tables too.",
					   ddl_table(other)),
			 errhint("Give the model another name.")));
}

/* one's own are in nobody's way: tables change places in migrations */
static void
refuse_name_of_model(const ModelRow *row, Oid schema)
{
	foreach_ptr(ModelRow, other, registry_list_models_named(get_rel_name(row->relation)))
	{
		if (other->relation == row->relation || get_rel_namespace(other->relation) != schema ||
			role_owner_of(other->relation) == role_owner_of(row->relation))
			continue;
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("table %s has the name of a model that belongs to somebody else",
						ddl_table(row->relation)),
				 errdetail("Model \"%s\" is table %s, and that is what calls by this name would find.",
						   other->name, ddl_table(other->relation)),
				 errhint("Rename the table.")));
	}
}

bool
registry_can_be_model(char relkind)
{
	return relkind == RELKIND_RELATION || relkind == RELKIND_PARTITIONED_TABLE ||
		relkind == RELKIND_VIEW || relkind == RELKIND_MATVIEW ||
		relkind == RELKIND_FOREIGN_TABLE;
}

void
registry_put_association(const AssociationRow *row)
{
	bool		full = has_declared("associations");
	Oid			types[ASSOCIATIONS_DECLARED] = {
		REGCLASSOID, TEXTOID, TEXTOID, REGCLASSOID, REGCLASSOID,
		NAMEARRAYOID, NAMEARRAYOID, NAMEARRAYOID, NAMEARRAYOID,
		TEXTOID, TEXTOID, JSONBOID, BOOLOID, JSONBOID
	};
	Datum		values[ASSOCIATIONS_DECLARED] = {
		ObjectIdGetDatum(row->source),
		CStringGetTextDatum(row->alias),
		CStringGetTextDatum(registry_kind_name(row->kind)),
		ObjectIdGetDatum(row->target),
		ObjectIdGetDatum(row->through),
		names_datum(row->source_key),
		names_datum(row->foreign_key),
		names_datum(row->other_key),
		names_datum(row->target_key),
		CStringGetTextDatum(row->singular),
		row->inverse ? CStringGetTextDatum(row->inverse) : (Datum) 0,
		jsonb_datum(row->options),
		BoolGetDatum(row->discovered),
		jsonb_datum(row->declared)
	};
	char		nulls[ASSOCIATIONS_DECLARED];

	memset(nulls, ' ', sizeof(nulls));
	if (!OidIsValid(row->through))
		nulls[ASSOCIATIONS_THROUGH - 1] = 'n';
	if (row->inverse == NULL)
		nulls[ASSOCIATIONS_INVERSE - 1] = 'n';
	if (row->declared == NULL)
		nulls[ASSOCIATIONS_DECLARED - 1] = 'n';

	write_as_owner(full ?
				   "INSERT INTO assoc.associations (source, alias, kind, target, through, source_key,"
				   " foreign_key, other_key, target_key, singular, inverse, options, discovered, declared)"
				   " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"
				   PUT_ASSOCIATION PUT_FULL :
				   "INSERT INTO assoc.associations"
				   " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)" PUT_ASSOCIATION,
				   full ? ASSOCIATIONS_DECLARED : ASSOCIATIONS_NCOLUMNS, types, values, nulls);
}

bool
registry_is_discovering(void)
{
	return discovering;
}

/* discover_run(statement text): a call that assoc.discover found, as if the caller had pasted it */
Datum
assoc_discover_run(PG_FUNCTION_ARGS)
{
	bool		before = discovering;
	char	   *statement;

	if (PG_ARGISNULL(0))
		PG_RETURN_VOID();
	statement = text_to_cstring(PG_GETARG_TEXT_PP(0));
	PG_TRY();
	{
		discovering = true;
		ddl_run("%s", statement);
	}
	PG_FINALLY();
	{
		discovering = before;
	}
	PG_END_TRY();
	PG_RETURN_VOID();
}

bool
registry_delete_model(Oid relation)
{
	Oid			types[] = {OIDOID};
	Datum		values[] = {ObjectIdGetDatum(relation)};

	return write_as_owner("DELETE FROM assoc.models"
						  " WHERE relation OPERATOR(pg_catalog.=) $1",
						  1, types, values, NULL) > 0;
}

bool
registry_delete_association(Oid source, const char *alias)
{
	Oid			types[] = {OIDOID, TEXTOID};
	Datum		values[] = {ObjectIdGetDatum(source), CStringGetTextDatum(alias)};

	return write_as_owner("DELETE FROM assoc.associations"
						  " WHERE source OPERATOR(pg_catalog.=) $1"
						  " AND alias OPERATOR(pg_catalog.=) $2",
						  2, types, values, NULL) > 0;
}

/* Nobody owns rows of tables that are gone, so anybody may ask for it. */
void
registry_purge(void)
{
	write_as_owner("DELETE FROM assoc.associations WHERE NOT EXISTS"
				   " (SELECT FROM pg_catalog.pg_class c WHERE c.oid OPERATOR(pg_catalog.=) source)",
				   0, NULL, NULL, NULL);
	write_as_owner("DELETE FROM assoc.models WHERE NOT EXISTS"
				   " (SELECT FROM pg_catalog.pg_class c WHERE c.oid OPERATOR(pg_catalog.=) relation)",
				   0, NULL, NULL, NULL);
}

bool
registry_association_is_stale(const AssociationRow *row)
{
	return get_rel_name(row->source) == NULL || get_rel_name(row->target) == NULL ||
		(OidIsValid(row->through) && get_rel_name(row->through) == NULL);
}

/* the catalog of 0.1.0 has no such column */
static bool
has_declared(const char *table)
{
	return get_attnum(registry_relid(table), DECLARED) != InvalidAttrNumber;
}

static Datum
jsonb_datum(Jsonb *document)
{
	if (document == NULL)
		return DirectFunctionCall1(jsonb_in, CStringGetDatum("{}"));
	return JsonbPGetDatum(document);
}

static Datum
names_datum(List *names)
{
	Datum	   *elements = palloc_array(Datum, list_length(names) + 1);
	ListCell   *lc;

	foreach(lc, names)
		elements[foreach_current_index(lc)] =
			DirectFunctionCall1(namein, CStringGetDatum(lfirst(lc)));
	return PointerGetDatum(construct_array(elements, list_length(names),
										   NAMEOID, NAMEDATALEN, false, TYPALIGN_CHAR));
}

/*
 * Run one statement on the registry with the rights of its owner.  Nothing of
 * the caller's runs inside: the statement is ours, values are parameters, and
 * the only triggers are the registry's own.  An error ends the window by aborting
 * the (sub)transaction.  Returns the number of rows.
 */
static uint64
write_as_owner(const char *command, int nargs, Oid *types,
			   Datum *values, const char *nulls)
{
	Relation	rel = table_open(registry_relation(), AccessShareLock);
	Oid			owner = rel->rd_rel->relowner;
	Oid			save_userid;
	int			save_sec_context;
	uint64		processed;

	table_close(rel, NoLock);
	SPI_connect();
	GetUserIdAndSecContext(&save_userid, &save_sec_context);
	SetUserIdAndSecContext(owner, save_sec_context | SECURITY_LOCAL_USERID_CHANGE);
	run_write(command, nargs, types, values, nulls);
	SetUserIdAndSecContext(save_userid, save_sec_context);
	processed = SPI_processed;
	SPI_finish();

	/* so that this session's own cache sees the invalidation at once */
	CommandCounterIncrement();
	return processed;
}

static void
run_write(const char *command, int nargs, Oid *types,
		  Datum *values, const char *nulls)
{
	int			rc = SPI_execute_with_args(command, nargs, types, values, nulls,
										   false, 0);

	if (rc != SPI_OK_INSERT && rc != SPI_OK_UPDATE && rc != SPI_OK_DELETE)
		elog(ERROR, "\"%s\" failed: %s", command, SPI_result_code_string(rc));
}

/*
 * AFTER trigger of both tables.  Their rows send no invalidation as those of the catalogs do,
 * so every change, a hand-made one too, sends them here: of a row for the relation that it
 * is about, and for names; of TRUNCATE for assoc.associations, which stands for everything.
 */
Datum
registry_changed(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	Oid			schema;

	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" was not called by trigger manager",
						"registry_changed")));
	schema = RelationGetNamespace(trigger->tg_relation);
	if (!TRIGGER_FIRED_FOR_ROW(trigger->tg_event))
		tell(get_relname_relid("associations", schema));
	else
	{
		tell(get_relname_relid(NAMES, schema));
		tell_row(trigger->tg_relation, trigger->tg_trigtuple);
		if (TRIGGER_FIRED_BY_UPDATE(trigger->tg_event))
			tell_row(trigger->tg_relation, trigger->tg_newtuple);
	}
	return PointerGetDatum(NULL);
}

static void
tell_row(Relation rel, HeapTuple row)
{
	bool		isnull;
	Datum		relation = heap_getattr(row, 1, RelationGetDescr(rel), &isnull);

	if (!isnull)
		tell(DatumGetObjectId(relation));
}

/* what is gone was invalidated when it was dropped */
static void
tell(Oid relation)
{
	if (SearchSysCacheExists1(RELOID, ObjectIdGetDatum(relation)))
		CacheInvalidateRelcacheByRelid(relation);
}
