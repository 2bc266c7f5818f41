/*-------------------------------------------------------------------------
 *
 * registry.c
 *	  Rows of assoc.models and assoc.associations are found and read.
 *
 * What they mean, and whether what they name still exists, registry_cache.c
 * decides.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "base/compat.h"
#include "base/role.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "miscadmin.h"
#include "registry/fingerprint.h"
#include "registry/registry.h"
#include "registry/registry_columns.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#define REGISTRY_SCHEMA "assoc"
#define EXTENSION "pg_associations"

static const char *const kind_names[] = {
	[BELONGS_TO_MANY] = "belongs_to_many",
	[HAS_MANY] = "has_many",
	[HAS_ONE] = "has_one",
	[BELONGS_TO] = "belongs_to"
};

/* makes a row struct of a tuple, everything copied */
typedef void *(*RowReader) (HeapTuple tuple, TupleDesc desc);

static Oid	registry_relid_if_any(const char *table);
pg_noreturn static void report_no_registry(const char *table);
static List *read_rows(const char *table, const char *index,
					   int nkeys, ScanKey keys, RowReader reader);
static List *read_rows_seen(const char *table, const char *index,
							int nkeys, ScanKey keys, RowReader reader, Snapshot snapshot);
static void *read_model_tuple(HeapTuple tuple, TupleDesc desc);
static void *list_model_tuple(HeapTuple tuple, TupleDesc desc);
static void *read_association_tuple(HeapTuple tuple, TupleDesc desc);
static void *read_own_association_tuple(HeapTuple tuple, TupleDesc desc);
static Oid	oid_column(HeapTuple tuple, TupleDesc desc, int column);
static List *read_rows_of(const char *table, const char *index, int column, Oid relation, RowReader reader);
static uint64 add_rows(uint64 fingerprint, const char *table, const char *index, int column, Oid relation);
static List *in_order(List *associations);
static int	compare_associations(const ListCell *a, const ListCell *b);
static void deform_row(HeapTuple tuple, TupleDesc desc, int ncolumns, Datum **values,
					   bool **nulls);
static Jsonb *declared_column(Datum *values, bool *nulls, TupleDesc desc, int column);
static AssociationKind parse_kind(const char *name);
static Jsonb *jsonb_column(Datum *values, bool *nulls, int column);
static char *text_column(Datum *values, bool *nulls, int column);
static List *names_column(Datum *values, bool *nulls, int column);

const char *
registry_kind_name(AssociationKind kind)
{
	return kind_names[kind];
}

Oid
registry_relation(void)
{
	return registry_relid("associations");
}

Oid
registry_relation_if_any(void)
{
	return registry_relid_if_any("associations");
}

Oid
registry_names_relation(void)
{
	return registry_relid(NAMES);
}

ModelRow *
registry_read_model(Oid relation)
{
	List	   *rows = read_rows_of("models", "models_pkey", MODELS_RELATION, relation, read_model_tuple);

	return rows == NIL ? NULL : linitial(rows);
}

List *
registry_list_models_named(const char *name)
{
	ScanKeyData key;

	ScanKeyInit(&key, MODELS_NAME, BTEqualStrategyNumber, F_TEXTEQ,
				CStringGetTextDatum(name));
	return read_rows("models", NAMES, 1, &key, list_model_tuple);
}

List *
registry_list_models(void)
{
	return read_rows("models", "models_pkey", 0, NULL, list_model_tuple);
}

Oid
registry_model_named(const char *name, Oid schema, Oid but)
{
	ScanKeyData key;
	SnapshotData dirty;

	InitDirtySnapshot(dirty);
	ScanKeyInit(&key, MODELS_NAME, BTEqualStrategyNumber, F_TEXTEQ,
				CStringGetTextDatum(name));
	foreach_ptr(ModelRow, row, read_rows_seen("models", NAMES, 1, &key, list_model_tuple, &dirty))
	{
		if (row->relation != but && get_rel_namespace(row->relation) == schema)
			return row->relation;
	}
	return InvalidOid;
}

AssociationRow *
registry_read_association(Oid source, const char *alias)
{
	ScanKeyData keys[2];
	List	   *rows;

	ScanKeyInit(&keys[0], ASSOCIATIONS_SOURCE, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(source));
	ScanKeyInit(&keys[1], ASSOCIATIONS_ALIAS, BTEqualStrategyNumber, F_TEXTEQ,
				CStringGetTextDatum(alias));
	rows = read_rows("associations", "associations_pkey", 2, keys,
					 read_association_tuple);
	return rows == NIL ? NULL : linitial(rows);
}

List *
registry_read_associations(Oid source)
{
	return read_rows_of("associations", "associations_pkey", ASSOCIATIONS_SOURCE, source,
						read_association_tuple);
}

List *
registry_read_associations_through(Oid through)
{
	return in_order(read_rows_of("associations", "associations_through_idx", ASSOCIATIONS_THROUGH, through,
								 read_association_tuple));
}

List *
registry_read_associations_to(Oid target)
{
	return in_order(read_rows_of("associations", "associations_target_idx", ASSOCIATIONS_TARGET, target,
								 read_association_tuple));
}

List *
registry_read_own_associations_to(Oid target)
{
	return in_order(read_rows_of("associations", "associations_target_idx", ASSOCIATIONS_TARGET, target,
								 read_own_association_tuple));
}

/* those that have a relation in a column, which is the first one of the index */
static List *
read_rows_of(const char *table, const char *index, int column, Oid relation, RowReader reader)
{
	ScanKeyData key;

	ScanKeyInit(&key, column, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(relation));
	return read_rows(table, index, 1, &key, reader);
}

uint64
registry_fingerprint(Oid relation)
{
	return add_rows(add_rows(1, "models", "models_pkey", MODELS_RELATION, relation),
					"associations", "associations_pkey", ASSOCIATIONS_SOURCE, relation);
}

static uint64
add_rows(uint64 fingerprint, const char *table, const char *index, int column, Oid relation)
{
	Relation	rel = table_open(registry_relid(table), AccessShareLock);
	Relation	indexrel = index_open(registry_relid(index), AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	row;

	ScanKeyInit(&key, column, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(relation));
	scan = systable_beginscan_ordered(rel, indexrel, NULL, 1, &key);
	while (HeapTupleIsValid(row = systable_getnext_ordered(scan, ForwardScanDirection)))
		fingerprint = fingerprint_add(fingerprint, row);
	systable_endscan_ordered(scan);
	index_close(indexrel, AccessShareLock);
	table_close(rel, AccessShareLock);
	return fingerprint;
}

/* an index gives rows of one key in the order of their TIDs, which VACUUM may change */
static List *
in_order(List *associations)
{
	list_sort(associations, compare_associations);
	return associations;
}

static int
compare_associations(const ListCell *a, const ListCell *b)
{
	const AssociationRow *left = lfirst(a);
	const AssociationRow *right = lfirst(b);

	if (left->source != right->source)
		return left->source < right->source ? -1 : 1;
	return strcmp(left->alias, right->alias);
}

/*
 * Rows by an index, with a fresh catalog snapshot: under REPEATABLE READ the
 * transaction's own snapshot would bring old rows into a cache that outlives it.
 * The ordered scan gives them in the order of the index.
 */
static List *
read_rows(const char *table, const char *index,
		  int nkeys, ScanKey keys, RowReader reader)
{
	return read_rows_seen(table, index, nkeys, keys, reader, NULL);
}

static List *
read_rows_seen(const char *table, const char *index,
			   int nkeys, ScanKey keys, RowReader reader, Snapshot snapshot)
{
	Relation	rel = table_open(registry_relid(table), AccessShareLock);
	Relation	indexrel = index_open(registry_relid(index), AccessShareLock);
	SysScanDesc scan;
	HeapTuple	tuple;
	void	   *row;
	List	   *rows = NIL;

	scan = systable_beginscan_ordered(rel, indexrel, snapshot, nkeys, keys);
	while (HeapTupleIsValid(tuple = systable_getnext_ordered(scan, ForwardScanDirection)))
	{
		CHECK_FOR_INTERRUPTS();
		/* detoasts, which is safe only while the scan's snapshot is registered */
		row = reader(tuple, RelationGetDescr(rel));
		if (row != NULL)
			rows = lappend(rows, row);
	}
	systable_endscan_ordered(scan);
	index_close(indexrel, AccessShareLock);
	table_close(rel, AccessShareLock);
	return rows;
}

/* OIDs are looked up each time: rows are read when a cache is built, not in calls */
Oid
registry_relid(const char *table)
{
	Oid			relid = registry_relid_if_any(table);

	if (!OidIsValid(relid))
		report_no_registry(table);
	return relid;
}

static Oid
registry_relid_if_any(const char *table)
{
	Oid			schema = get_namespace_oid(REGISTRY_SCHEMA, true);

	return OidIsValid(schema) ? get_relname_relid(table, schema) : InvalidOid;
}

static void
report_no_registry(const char *table)
{
	bool		installed = OidIsValid(get_extension_oid(EXTENSION, true));

	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_TABLE),
			 errmsg("relation \"%s.%s\" does not exist", REGISTRY_SCHEMA, table),
			 installed ?
			 errdetail("The schema of the extension %s has been renamed.", EXTENSION) :
			 errdetail("The extension %s is not installed in this database.", EXTENSION),
			 installed ?
			 errhint("Rename it back to %s; \\dx shows what it is called now.", REGISTRY_SCHEMA) :
			 errhint("Run CREATE EXTENSION %s.", EXTENSION)));
}

static void *
read_model_tuple(HeapTuple tuple, TupleDesc desc)
{
	ModelRow   *row = palloc0_object(ModelRow);
	Datum	   *values;
	bool	   *nulls;

	deform_row(tuple, desc, MODELS_NCOLUMNS, &values, &nulls);
	row->relation = DatumGetObjectId(values[MODELS_RELATION - 1]);
	row->name = text_column(values, nulls, MODELS_NAME);
	row->managed = DatumGetBool(values[MODELS_MADE - 1]);
	row->attributes = jsonb_column(values, nulls, MODELS_ATTRIBUTES);
	row->options = jsonb_column(values, nulls, MODELS_OPTIONS);
	row->discovered = desc->natts >= MODELS_DISCOVERED && DatumGetBool(values[MODELS_DISCOVERED - 1]);
	row->declared = declared_column(values, nulls, desc, MODELS_DECLARED);
	return row;
}

static void *
list_model_tuple(HeapTuple tuple, TupleDesc desc)
{
	ModelRow   *row = palloc0_object(ModelRow);
	bool		isnull;

	row->relation = oid_column(tuple, desc, MODELS_RELATION);
	row->name = TextDatumGetCString(heap_getattr(tuple, MODELS_NAME, desc, &isnull));
	return row;
}

static void *
read_association_tuple(HeapTuple tuple, TupleDesc desc)
{
	AssociationRow *row = palloc0_object(AssociationRow);
	Datum	   *values;
	bool	   *nulls;

	deform_row(tuple, desc, ASSOCIATIONS_NCOLUMNS, &values, &nulls);
	row->source = DatumGetObjectId(values[ASSOCIATIONS_SOURCE - 1]);
	row->alias = text_column(values, nulls, ASSOCIATIONS_ALIAS);
	row->kind = parse_kind(text_column(values, nulls, ASSOCIATIONS_KIND));
	row->target = DatumGetObjectId(values[ASSOCIATIONS_TARGET - 1]);
	row->through = nulls[ASSOCIATIONS_THROUGH - 1] ? InvalidOid :
		DatumGetObjectId(values[ASSOCIATIONS_THROUGH - 1]);
	row->source_key = names_column(values, nulls, ASSOCIATIONS_SOURCE_KEY);
	row->foreign_key = names_column(values, nulls, ASSOCIATIONS_FOREIGN_KEY);
	row->other_key = names_column(values, nulls, ASSOCIATIONS_OTHER_KEY);
	row->target_key = names_column(values, nulls, ASSOCIATIONS_TARGET_KEY);
	row->singular = text_column(values, nulls, ASSOCIATIONS_SINGULAR);
	row->inverse = text_column(values, nulls, ASSOCIATIONS_INVERSE);
	row->options = jsonb_column(values, nulls, ASSOCIATIONS_OPTIONS);
	row->discovered = desc->natts >= ASSOCIATIONS_DISCOVERED &&
		DatumGetBool(values[ASSOCIATIONS_DISCOVERED - 1]);
	row->declared = declared_column(values, nulls, desc, ASSOCIATIONS_DECLARED);
	return row;
}

/* NULL: its source's owner may not do what the owner of the target may */
static void *
read_own_association_tuple(HeapTuple tuple, TupleDesc desc)
{
	Oid			source = role_owner_of(oid_column(tuple, desc, ASSOCIATIONS_SOURCE));
	Oid			target = role_owner_of(oid_column(tuple, desc, ASSOCIATIONS_TARGET));

	if (!OidIsValid(source) || !OidIsValid(target) || !role_may_act_as(source, target))
		return NULL;
	return read_association_tuple(tuple, desc);
}

static Oid
oid_column(HeapTuple tuple, TupleDesc desc, int column)
{
	bool		isnull;
	Datum		value = heap_getattr(tuple, column, desc, &isnull);

	return isnull ? InvalidOid : DatumGetObjectId(value);
}

/*
 * Columns that a later version has added are behind those that this library knows, and not
 * its business.
 */
static void
deform_row(HeapTuple tuple, TupleDesc desc, int ncolumns, Datum **values, bool **nulls)
{
	if (desc->natts < ncolumns)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("the catalog of pg_associations is older than its library, which is version %s",
						PG_ASSOCIATIONS_VERSION),
				 errhint("Run ALTER EXTENSION pg_associations UPDATE.")));
	*values = palloc_array(Datum, desc->natts);
	*nulls = palloc_array(bool, desc->natts);
	heap_deform_tuple(tuple, desc, *values, *nulls);
}

/* NULL in the catalog of 0.1.0, too, whatever somebody has added to it */
static Jsonb *
declared_column(Datum *values, bool *nulls, TupleDesc desc, int column)
{
	if (desc->natts < column || nulls[column - 1] ||
		strcmp(NameStr(TupleDescAttr(desc, column - 1)->attname), DECLARED) != 0)
		return NULL;
	return jsonb_column(values, nulls, column);
}

static AssociationKind
parse_kind(const char *name)
{
	for (int kind = 0; kind < (int) lengthof(kind_names); kind++)
	{
		if (strcmp(name, kind_names[kind]) == 0)
			return (AssociationKind) kind;
	}
	elog(ERROR, "unknown kind of association: %s", name);
}

static char *
text_column(Datum *values, bool *nulls, int column)
{
	return nulls[column - 1] ? NULL : TextDatumGetCString(values[column - 1]);
}

static Jsonb *
jsonb_column(Datum *values, bool *nulls, int column)
{
	return nulls[column - 1] ? NULL : DatumGetJsonbPCopy(values[column - 1]);
}

static List *
names_column(Datum *values, bool *nulls, int column)
{
	List	   *names = NIL;
	Datum	   *elements;
	bool	   *element_nulls;
	int			count;

	if (nulls[column - 1])
		return NIL;
	deconstruct_array(DatumGetArrayTypeP(values[column - 1]),
					  NAMEOID, NAMEDATALEN, false, TYPALIGN_CHAR,
					  &elements, &element_nulls, &count);
	for (int i = 0; i < count; i++)
	{
		if (!element_nulls[i])
			names = lappend(names, pstrdup(NameStr(*DatumGetName(elements[i]))));
	}
	return names;
}
