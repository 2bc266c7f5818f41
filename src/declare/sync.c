/*-------------------------------------------------------------------------
 *
 * sync.c
 *	  assoc.sync: the tables of a schema's declarations made whole, or made empty.
 *
 * Decides what a declaration can lose.  A dump may have left the registry's own rows
 * behind: they are made again from notes (registry_note.h).  Tables and columns a declaration
 * cannot lose: when they are dropped, so are the declarations, and should rows of tables that
 * are gone have stayed behind, they are removed here.  Foreign keys neither:
 * the registry does not know whether there ever was one.  What is left are indexes,
 * the unique key of a join table, triggers and accessors, and with alter, the types of key
 * columns.
 *
 * force keeps the tables and empties them: as columns, checks and defaults are
 * read live and nowhere else, dropping a table and making it again from what
 * exists would give the same table without its owner, grants and policies.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/arguments.h"
#include "base/compat.h"
#include "base/ddl.h"
#include "base/role.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_type.h"
#include "declare/accessor.h"
#include "declare/association_options.h"
#include "declare/computed.h"
#include "declare/declared.h"
#include "declare/dry_run.h"
#include "declare/foreign_key.h"
#include "declare/join_table.h"
#include "declare/kept_links.h"
#include "declare/model.h"
#include "declare/position.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "registry/kept_times.h"
#include "registry/registry_note.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/tuplestore.h"
#include "validate/validator.h"

/* a call of assoc.sync */
typedef struct SyncCall
{
	Oid			schema;
	bool		force;
	bool		alter;
	bool		dry_run;
} SyncCall;

/* a table whose row of the registry a dump has left behind */
typedef struct LostRow
{
	Oid			relation;
	char	   *note;
} LostRow;

/* what is done for a model, as the owner of its table */
typedef void (*SyncStep) (const SyncCall *call, List *rows);

/* is there such a row?  Where there is nothing to remove, nothing is written */
#define RELATION_GONE(table, column) \
	"SELECT FROM assoc." table " r WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_class c" \
	" WHERE c.oid OPERATOR(pg_catalog.=) r." column ")"

PG_FUNCTION_INFO_V1(assoc_sync);

static SyncCall read_call(FunctionCallInfo fcinfo);
static void sync_schema(void *arg);
static void restore_triggers(void);
static void restore_registry(void);
static List *lost_rows(void);
static LostRow *lost_row(Oid relation);
static void restore_lost(const LostRow *row, const char *restore);
static void restore_notes(Oid schema);
static List *lock_models(const SyncCall *call);
static List *own_models(Oid schema);
static bool is_concerned(const ModelRow *row);
static int	compare_oids_of_rows(const ListCell *a, const ListCell *b);
static int	compare_names_of_rows(const ListCell *a, const ListCell *b);
static void forget_stale(const SyncCall *call, List *rows);
static List *made_tables(List *models);
static void empty_made_tables(const SyncCall *call, List *tables);
static void empty_tables(const SyncCall *call, List *rows);
static void refuse_dependents(const SyncCall *call);
static void as_owner(SyncStep step, const SyncCall *call, List *rows);
static bool is_made(const ModelRow *row);
static void restore_table(const SyncCall *call, List *rows);
static void restore_join_table(const AssociationRow *row, bool alter);
static void restore_pointer(const AssociationRow *row, bool alter);
static void restore_kept(const AssociationRow *row, const AssociationOptions *options);
static void validate_constraints(Oid relation);
static void align_types(const KeyReference *ref);
static bool type_is_trusted(Oid type, const KeyReference *ref);
static bool same_kind_of_type(Oid type, Oid referenced_type);
static void require_not_null(const KeyReference *ref);
static void restore_functions(const SyncCall *call, List *rows);
static void restore_accessors(Oid source);

Datum
assoc_sync(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	SyncCall	call;

	error_during_recovery(fcinfo->flinfo->fn_oid);
	call = read_call(fcinfo);
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	foreach_ptr(char, statement, dry_run_record(sync_schema, &call, call.dry_run))
	{
		Datum		value = CStringGetTextDatum(statement);
		bool		isnull = false;

		tuplestore_putvalues(result->setResult, result->setDesc, &value, &isnull);
	}
	return (Datum) 0;
}

static SyncCall
read_call(FunctionCallInfo fcinfo)
{
	SyncCall	call = {0};

	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_SCHEMA),
				 errmsg("no schema has been selected")));
	call.schema = LookupExplicitNamespace(NameStr(*PG_GETARG_NAME(0)), false);
	call.force = argument_flag(fcinfo, 1);
	call.alter = argument_flag(fcinfo, 2);
	call.dry_run = argument_flag(fcinfo, 3);
	return call;
}

static void
sync_schema(void *arg)
{
	const SyncCall *call = arg;
	List	   *models;

	registry_pin();
	restore_triggers();
	restore_registry();
	models = lock_models(call);
	if (ddl_any_row(RELATION_GONE("models", "relation")) ||
		ddl_any_row(RELATION_GONE("associations", "source")))
		registry_purge();
	foreach_ptr(ModelRow, model, models)
		as_owner(forget_stale, call, list_make1(model));
	if (call->force)
		empty_made_tables(call, made_tables(models));
	foreach_ptr(ModelRow, model, made_tables(models))
		as_owner(restore_table, call, list_make1(model));
	foreach_ptr(ModelRow, model, models)
		as_owner(restore_functions, call, list_make1(model));
	restore_notes(call->schema);
}

/* ---- the registry itself ---- */

/* after pg_dump --disable-triggers they are enabled, but not always; as they were installed, whoever calls */
static void
restore_triggers(void)
{
	RoleFrame	before;
	List	   *statements = ddl_texts("SELECT pg_catalog.format('ALTER TABLE assoc.%%I ENABLE ALWAYS TRIGGER %%I',"
									   " c.relname, t.tgname)"
									   " FROM pg_catalog.pg_trigger t"
									   " JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) t.tgrelid"
									   " WHERE t.tgrelid OPERATOR(pg_catalog.=) ANY ('{assoc.models,assoc.associations}'::pg_catalog.regclass[])"
									   " AND NOT t.tgisinternal AND t.tgenabled OPERATOR(pg_catalog.<>) 'A'"
									   " UNION ALL SELECT pg_catalog.format('ALTER EVENT TRIGGER %%I ENABLE ALWAYS', e.evtname)"
									   " FROM pg_catalog.pg_event_trigger e"
									   " WHERE pg_catalog.starts_with(e.evtname::pg_catalog.text, 'assoc_registry_')"
									   " AND e.evtenabled OPERATOR(pg_catalog.<>) 'A'"
									   " ORDER BY 1");

	if (statements == NIL)
		return;
	before = role_become(role_owner_of(registry_relation()));
	foreach_ptr(char, statement, statements)
		ddl_run("%s", statement);
	role_return(&before);
}

/* rows that a dump did not carry, of all schemas: associations go from one to the other */
static void
restore_registry(void)
{
	List	   *rows;

	/* the catalog of a version that noted nothing */
	if (!OidIsValid(get_relname_relid("registry_lost", get_rel_namespace(registry_relation()))))
		return;
	rows = lost_rows();
	foreach_ptr(LostRow, row, rows)
		restore_lost(row, "SELECT assoc.registry_restore_model($1, $2)");
	foreach_ptr(LostRow, row, rows)
		restore_lost(row, "SELECT assoc.registry_restore_associations($1, $2)");
}

static List *
lost_rows(void)
{
	List	   *texts = ddl_texts("SELECT l.relation::pg_catalog.oid FROM assoc.registry_lost l"
								  " ORDER BY l.relation::pg_catalog.text COLLATE pg_catalog.\"C\"");
	List	   *rows = NIL;

	foreach_ptr(char, text, texts)
	{
		Oid			relation = atooid(text);

		if (ddl_is_owner(relation))
			rows = lappend(rows, lost_row(relation));
	}
	return rows;
}

static LostRow *
lost_row(Oid relation)
{
	LostRow    *row = palloc_object(LostRow);

	row->relation = relation;
	row->note = registry_note_read(relation);
	return row;
}

/* the note is its owner's word, and gets his rights */
static void
restore_lost(const LostRow *row, const char *restore)
{
	Oid			types[] = {REGCLASSOID, TEXTOID};
	Datum		values[] = {ObjectIdGetDatum(row->relation), CStringGetTextDatum(row->note)};
	Oid			owner = role_owner_of(row->relation);
	RoleFrame	before;

	if (!OidIsValid(owner))
		return;
	before = role_become(owner);
	SPI_connect();
	if (SPI_execute_with_args(restore, lengthof(types), types, values, NULL, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "restoring a declaration failed");
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		char	   *statement = SPI_getvalue(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1);

		if (statement != NULL)
			ddl_tell("%s", statement);
	}
	SPI_finish();
	role_return(&before);
}

/* a key may have been dropped with its comment, or somebody has written another one */
static void
restore_notes(Oid schema)
{
	foreach_ptr(ModelRow, row, registry_list_models())
	{
		if (get_rel_namespace(row->relation) == schema &&
			ddl_is_owner(row->relation))
			registry_note_write(row->relation);
	}
}

/*
 * Whoever calls, a superuser too: what the owner has put on his tables (a trigger, a CHECK) or
 * written into the registry (the schema of accessors) gets no rights but his.
 */
static void
as_owner(SyncStep step, const SyncCall *call, List *rows)
{
	Oid			owner = role_owner_of(((ModelRow *) linitial(rows))->relation);
	RoleFrame	before;

	CHECK_FOR_INTERRUPTS();
	if (owner == GetUserId())
	{
		step(call, rows);
		return;
	}
	before = role_become(owner);
	step(call, rows);
	role_return(&before);
}

/* ---- the models of the schema ---- */

/*
 * Locked in the order of OIDs, as everywhere, and after the registry; returned in the
 * order of their tables' names.  What was dropped while we waited is left out.
 */
static List *
lock_models(const SyncCall *call)
{
	List	   *rows = own_models(call->schema);
	List	   *locked = NIL;

	if (rows == NIL)
		return NIL;
	registry_lock(list_make1_oid(call->schema));
	rows = own_models(call->schema);
	list_sort(rows, compare_oids_of_rows);
	foreach_ptr(ModelRow, row, rows)
	{
		LockRelationOid(row->relation, call->force && is_made(row) ?
						AccessExclusiveLock : ShareRowExclusiveLock);
	}
	foreach_ptr(ModelRow, before, rows)
	{
		ModelRow   *row = registry_read_model(before->relation);

		if (row != NULL && get_rel_namespace(row->relation) == call->schema)
			locked = lappend(locked, row);
	}
	list_sort(locked, compare_names_of_rows);
	return locked;
}

/* all of them, or an error */
static List *
own_models(Oid schema)
{
	List	   *rows = NIL;

	foreach_ptr(ModelRow, listed, registry_list_models())
	{
		ModelRow   *row = get_rel_namespace(listed->relation) == schema ?
			registry_read_model(listed->relation) : NULL;

		if (row == NULL || !is_concerned(row))
			continue;
		ddl_require_owner(row->relation);
		rows = lappend(rows, row);
	}
	return rows;
}

/* somebody else's table that nothing starts from has nothing to lose */
static bool
is_concerned(const ModelRow *row)
{
	return is_made(row) || registry_read_associations(row->relation) != NIL ||
		computed_is_lost(row->relation, row->options);
}

/* whoever may write the registry may mark a foreign table as made by a declaration */
static bool
is_made(const ModelRow *row)
{
	return row->managed && get_rel_relkind(row->relation) == RELKIND_RELATION;
}

static int
compare_oids_of_rows(const ListCell *a, const ListCell *b)
{
	Oid			first = ((ModelRow *) lfirst(a))->relation;
	Oid			second = ((ModelRow *) lfirst(b))->relation;

	return first < second ? -1 : first > second;
}

static int
compare_names_of_rows(const ListCell *a, const ListCell *b)
{
	return strcmp(get_rel_name(((ModelRow *) lfirst(a))->relation),
				  get_rel_name(((ModelRow *) lfirst(b))->relation));
}

/* as DROP TABLE does where the event trigger runs */
static void
forget_stale(const SyncCall *call pg_attribute_unused(), List *rows)
{
	foreach_ptr(AssociationRow, row, registry_read_associations(((ModelRow *) linitial(rows))->relation))
	{
		if (!registry_association_is_stale(row))
			continue;
		(void) registry_delete_association(row->source, row->alias);
		(void) accessors_drop(row->source, row->alias);
	}
}

/* ---- force ---- */

static List *
made_tables(List *models)
{
	List	   *tables = NIL;

	foreach_ptr(ModelRow, model, models)
		if (is_made(model))
			tables = lappend(tables, model);
	return tables;
}

/* Those of one owner together, since they may point at each other; those of two may not. */
static void
empty_made_tables(const SyncCall *call, List *tables)
{
	if (tables != NIL)
		refuse_dependents(call);
	while (tables != NIL)
	{
		Oid			owner = role_owner_of(((ModelRow *) linitial(tables))->relation);
		List	   *others = NIL;
		List	   *his = NIL;

		foreach_ptr(ModelRow, table, tables)
			if (role_owner_of(table->relation) == owner)
				his = lappend(his, table);
			else
				others = lappend(others, table);
		as_owner(empty_tables, call, his);
		tables = others;
	}
}

/* ONLY, so that a table that starts to inherit from one of them meanwhile keeps its rows */
static void
empty_tables(const SyncCall *call pg_attribute_unused(), List *rows)
{
	List	   *tables = NIL;

	foreach_ptr(ModelRow, row, rows)
		tables = lappend(tables, psprintf("ONLY %s", ddl_table(row->relation)));
	ddl_run("TRUNCATE TABLE %s RESTART IDENTITY", ddl_join(tables, ", "));
}

static void
refuse_dependents(const SyncCall *call)
{
	List	   *dependents = ddl_texts("SELECT pg_catalog.concat(assoc.sync_obstacles(n.nspname), '.')"
									   " FROM pg_catalog.pg_namespace n WHERE n.oid OPERATOR(pg_catalog.=) %u", call->schema);

	if (dependents != NIL)
		ereport(ERROR,
				(errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
				 errmsg("cannot empty the tables that declarations made in schema \"%s\" because other tables depend on them",
						get_namespace_name(call->schema)),
				 errdetail("%s", ddl_join(dependents, "\n")),
				 errhint("Only tables that declarations made in this schema are emptied. "
						 "Drop the foreign keys first, or delete rows yourself.")));
}

/* ---- tables that declarations made ---- */

static void
restore_table(const SyncCall *call, List *rows)
{
	Oid			relation = ((ModelRow *) linitial(rows))->relation;
	const Attribute *updated_at;

	foreach_ptr(AssociationRow, row, registry_read_associations_through(relation))
		restore_join_table(row, call->alter);
	foreach_ptr(AssociationRow, pointer, registry_read_associations(relation))
		if (pointer->kind == BELONGS_TO)
			restore_pointer(pointer, call->alter);
	foreach_ptr(AssociationRow, pointer, registry_read_own_associations_to(relation))
		if (pointer->kind == HAS_MANY || pointer->kind == HAS_ONE)
			restore_pointer(pointer, call->alter);
	if (call->alter)
		declared_restore(linitial(rows));
	validate_constraints(relation);
	updated_at = registry_model(relation)->updated_at;
	if (updated_at != NULL && !kept_by_verbs(registry_model(relation), updated_at) &&
		!model_has_trigger(relation, KEEP_UPDATED_AT))
		model_keep_updated_at(relation, updated_at->column);
}

/*
 * Those of declarations that were added NOT VALID ("validate": "later"): validators, and
 * foreign keys between the tables of an association.
 */
static void
validate_constraints(Oid relation)
{
	List	   *names = ddl_texts("SELECT pg_catalog.concat(c.contype, c.conname) FROM pg_catalog.pg_constraint c"
								  " WHERE c.conrelid OPERATOR(pg_catalog.=) %u AND NOT c.convalidated"
								  /* before 18 there is no such column */
								  " AND pg_catalog.to_jsonb(c) OPERATOR(pg_catalog.->>) 'conenforced' IS DISTINCT FROM 'false'"
								  " AND (c.contype OPERATOR(pg_catalog.=) 'c' OR c.contype OPERATOR(pg_catalog.=) 'f'"
								  " AND EXISTS (SELECT FROM assoc.registry_keys k"
								  " WHERE k.referencing OPERATOR(pg_catalog.=) c.conrelid"
								  " AND k.referenced OPERATOR(pg_catalog.=) c.confrelid))"
								  " ORDER BY c.contype DESC, c.conname COLLATE pg_catalog.\"C\"", relation);

	foreach_ptr(char, text, names)
	{
		char	   *name = text + 1;

		if (name[-1] == CONSTRAINT_CHECK && validator_of_constraint(name) == NULL)
			continue;
		ddl_run("ALTER TABLE %s VALIDATE CONSTRAINT %s", ddl_table(relation),
				quote_identifier(name));
	}
}

static void
restore_join_table(const AssociationRow *row, bool alter)
{
	JoinTable	join = {0};

	(void) registry_resolve_row(row);	/* error where a table or a key column is gone */
	join.relation = row->through;
	join.source = key_reference_of(row);
	join.target = key_reference_of_target(row);
	join.options = association_options_parse(row->options, row->kind);
	if (alter)
	{
		align_types(&join.source);
		align_types(&join.target);
		require_not_null(&join.source);
		require_not_null(&join.target);
	}
	join_table_restore(&join);
	restore_kept(row, join.options);
}

static void
restore_pointer(const AssociationRow *row, bool alter)
{
	KeyReference ref = key_reference_of(row);

	(void) registry_resolve_row(row);	/* error where a table or a key column is gone */
	if (alter)
		align_types(&ref);
	foreign_key_restore(&ref);
	restore_kept(row, association_options_parse(row->options, row->kind));
}

/* anybody may declare an association over a table that he may point at; but only its owner decides what triggers keep there */
static void
restore_kept(const AssociationRow *row, const AssociationOptions *options)
{
	List	   *created = NIL;
	Oid			holder = OidIsValid(row->through) ? row->through : row->target;

	if (!role_may_act_as(role_owner_of(row->source), role_owner_of(holder)))
		return;
	if (options->position != NULL)
		(void) position_fit(row, options->position, &created);
	(void) kept_links_fit(row, false);
}

/* a key that was widened on one side only compares, but more slowly, until it overflows */
static void
align_types(const KeyReference *ref)
{
	ListCell   *lc1;
	ListCell   *lc2;

	forboth(lc1, ref->columns, lc2, ref->referenced_columns)
	{
		AttrNumber	attnum = get_attnum(ref->relation, lfirst(lc1));
		Oid			type;
		int32		typmod;
		Oid			collation;

		get_atttypetypmodcoll(ref->referenced, get_attnum(ref->referenced, lfirst(lc2)),
							  &type, &typmod, &collation);
		if (same_kind_of_type(get_atttype(ref->relation, attnum), type) ||
			!type_is_trusted(type, ref))
			continue;
		computed_alter_table(ref->relation,
							 psprintf("ALTER TABLE %s ALTER COLUMN %s TYPE %s", ddl_table(ref->relation),
									  quote_identifier(lfirst(lc1)), ddl_type(type, typmod)));
	}
}

/* or the casts, or the checks of a domain, of somebody else would run as the owner of the table */
static bool
type_is_trusted(Oid type, const KeyReference *ref)
{
	Oid			element = get_element_type(type);
	Oid			base = OidIsValid(element) ? element : type;

	if (role_may_act_as(role_owner_of_type(base), role_owner_of(ref->relation)))
		return true;
	ereport(WARNING,
			(errmsg("the key of %s keeps its type: type %s belongs to somebody else",
					ddl_table(ref->relation), format_type_be(type))));
	return false;
}

/* as assoc.check sees it: a domain is its base type, and varchar is text */
static bool
same_kind_of_type(Oid type, Oid referenced_type)
{
	Oid			base = getBaseType(type);
	Oid			referenced = getBaseType(referenced_type);

	return (base == VARCHAROID ? TEXTOID : base) ==
		(referenced == VARCHAROID ? TEXTOID : referenced);
}

static void
require_not_null(const KeyReference *ref)
{
	const Model *model = registry_model(ref->relation);

	foreach_ptr(char, column, ref->columns)
	{
		const Attribute *attribute = model_column(model, column);

		if (attribute == NULL || !attribute->not_null)
			ddl_run("ALTER TABLE %s ALTER COLUMN %s SET NOT NULL", ddl_table(ref->relation),
					quote_identifier(column));
	}
}

/* ---- accessors ---- */

/* a dump does not carry their dependencies on target and join table: they are recorded again */
static void
restore_functions(const SyncCall *call pg_attribute_unused(), List *rows)
{
	const ModelRow *row = linitial(rows);

	computed_restore(row->relation, row->options);
	restore_accessors(row->relation);
}

static void
restore_accessors(Oid source)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "accessors of one table",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext before = MemoryContextSwitchTo(context);

	accessors_restore(source);
	MemoryContextSwitchTo(before);
	MemoryContextDelete(context);
}

