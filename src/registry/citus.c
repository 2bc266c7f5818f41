/*-------------------------------------------------------------------------
 *
 * citus.c
 *	  What has to be known of Citus: which tables are its, and how plans are made for them.
 *
 * Its catalogs are looked at by name, so that nothing of it is needed to build, and without
 * it a look costs one miss in the cache of names.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "base/compat.h"
#include "catalog/pg_namespace.h"
#include "nodes/parsenodes.h"
#include "nodes/primnodes.h"
#include "registry/citus.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/fmgroids.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/plancache.h"
#include "utils/rel.h"
#include "utils/relcache.h"

/* pg_dist_partition.partmethod of reference tables */
#define METHOD_NONE 'n'
/* pg_dist_local_group.groupid of the node that plans */
#define COORDINATOR_GROUP 0

static char method_of(Oid relation);
static bool is_spread(Oid relation);
static bool refers_to_replicated(Oid relation);
static bool read_catalog(const char *name, Oid first, const char *column, Datum *value);
static Datum copy_column(HeapTuple tuple, AttrNumber attnum, TupleDesc desc);
static bool reads_table(CachedPlanSource *source);

/*
 * Such a table is an empty shell: read directly, it silently gives nothing.  The
 * catalog's first column says which tables are.
 */
bool
citus_has_table(Oid relation)
{
	return method_of(relation) != '\0';
}

bool
citus_replicates(Oid relation)
{
	return method_of(relation) == METHOD_NONE;
}

/* how its rows are spread; '\0': it is none of Citus' */
static char
method_of(Oid relation)
{
	Datum		method = CharGetDatum('\0');

	if (!read_catalog("pg_dist_partition", relation, "partmethod", &method))
		return '\0';
	return DatumGetChar(method);
}

bool
citus_joins_apart(Oid left, Oid right, int n, const AttrNumber *left_columns, const AttrNumber *right_columns)
{
	Datum		left_group = 0;
	Datum		right_group = 0;
	AttrNumber	left_key;
	AttrNumber	right_key;

	if (!is_spread(left) || !is_spread(right))
		return false;
	if (!read_catalog("pg_dist_partition", left, "colocationid", &left_group) ||
		!read_catalog("pg_dist_partition", right, "colocationid", &right_group))
		return false;
	if (left_group != right_group)
		return true;
	left_key = citus_key(left);
	right_key = citus_key(right);
	for (int i = 0; i < n; i++)
		if (left_columns[i] == left_key && right_columns[i] == right_key)
			return false;
	return true;
}

static bool
is_spread(Oid relation)
{
	char		method = method_of(relation);

	return method != '\0' && method != METHOD_NONE;
}

/* a Var, as the text of a node */
AttrNumber
citus_key(Oid relation)
{
	Datum		partkey = 0;
	Node	   *node;

	if (!read_catalog("pg_dist_partition", relation, "partkey", &partkey) || partkey == 0)
		return InvalidAttrNumber;
	node = stringToNode(TextDatumGetCString(partkey));
	return IsA(node, Var) ? ((Var *) node)->varattno : InvalidAttrNumber;
}

/*
 * Citus writes a table that each node has only if the transaction has read and written what refers to it, or what
 * it refers to, by one connection a node.  That has to be known before, and holds until the transaction ends: what
 * refers to such a table may come before it.
 */
void
citus_begin_write(Oid relation)
{
	if (citus_replicates(relation) || (IsTransactionBlock() && refers_to_replicated(relation)))
		citus_use_one_connection();
}

void
citus_use_one_connection(void)
{
	static const char mode[] = "citus.multi_shard_modify_mode";

	if (GetConfigOption(mode, true, false) != NULL)
		(void) set_config_option(mode, "sequential", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_LOCAL, true, 0, false);
}

static bool
refers_to_replicated(Oid relation)
{
	Relation	rel;
	bool		found = false;

	if (!citus_has_table(relation))
		return false;
	rel = table_open(relation, NoLock);
	foreach_ptr(ForeignKeyCacheInfo, fk, RelationGetFKeyList(rel))
		found |= citus_replicates(fk->confrelid);
	table_close(rel, NoLock);
	return found;
}

/* a column of the row that begins with this oid, or of the only row; false: there is none */
static bool
read_catalog(const char *name, Oid first, const char *column, Datum *value)
{
	Oid			catalog = get_relname_relid(name, PG_CATALOG_NAMESPACE);
	Relation	rel;
	SysScanDesc scan;
	ScanKeyData key;
	AttrNumber	attnum = column ? get_attnum(catalog, column) : InvalidAttrNumber;
	HeapTuple	tuple;

	if (!OidIsValid(catalog) || (column && attnum == InvalidAttrNumber))
		return false;
	rel = table_open(catalog, AccessShareLock);
	ScanKeyInit(&key, 1, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(first));
	scan = systable_beginscan(rel, InvalidOid, false, NULL, OidIsValid(first) ? 1 : 0, &key);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple) && column != NULL)
		*value = copy_column(tuple, attnum, RelationGetDescr(rel));
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return HeapTupleIsValid(tuple);
}

/* 0 where it is null */
static Datum
copy_column(HeapTuple tuple, AttrNumber attnum, TupleDesc desc)
{
	bool		isnull;
	Datum		value = heap_getattr(tuple, attnum, desc, &isnull);
	Form_pg_attribute att = TupleDescAttr(desc, attnum - 1);

	return isnull ? (Datum) 0 : datumCopy(value, att->attbyval, att->attlen);
}

bool
citus_is_worker(void)
{
	Datum		group = 0;

	return read_catalog("pg_dist_local_group", InvalidOid, "groupid", &group) &&
		DatumGetInt32(group) != COORDINATOR_GROUP;
}

/* Citus sees the CREATE TABLE that a client sends, not what a function runs, and what a worker makes is its own */
void
citus_refuse_new(Oid schema, const char *table)
{
	if (citus_is_worker())
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("this is a worker, and table %s would be on no other node",
						quote_qualified_identifier(get_namespace_name(schema), table)),
				 errhint("Declare it on the coordinator, and call assoc.declare_on_workers() there.")));
	if (read_catalog("pg_dist_schema", schema, NULL, NULL))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("the tables of schema \"%s\" are distributed, and one made by a function would not be",
						get_namespace_name(schema)),
				 errhint("CREATE TABLE %s yourself, then make it a model with assoc.adopt.",
						 quote_qualified_identifier(get_namespace_name(schema), table))));
}

/*
 * Citus plans joins and INSERT .. SELECT with their values only; asked for a plan without,
 * it fails.  Of a statement by key it keeps a plan itself, which a plan for each call undoes.
 */
void
citus_free_plan_choice(SPIPlanPtr plan)
{
	if (!OidIsValid(get_relname_relid("pg_dist_partition", PG_CATALOG_NAMESPACE)))
		return;
	foreach_ptr(CachedPlanSource, source, SPI_plan_get_plan_sources(plan))
	{
		/* the choice is looked at whenever a plan is asked for; nothing else rests on it */
		if (reads_table(source))
			source->cursor_options &= ~(CURSOR_OPT_GENERIC_PLAN | CURSOR_OPT_CUSTOM_PLAN);
	}
}

static bool
reads_table(CachedPlanSource *source)
{
	foreach_oid(relation, source->relationOids)
	{
		if (citus_has_table(relation))
			return true;
	}
	return false;
}
