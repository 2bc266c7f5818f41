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
#include "base/compat.h"
#include "catalog/pg_namespace.h"
#include "nodes/parsenodes.h"
#include "registry/citus.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/plancache.h"

/* pg_dist_partition.partmethod of reference tables */
#define METHOD_NONE 'n'

static char method_of(Oid relation);
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
	Oid			catalog = get_relname_relid("pg_dist_partition", PG_CATALOG_NAMESPACE);
	AttrNumber	column;
	Relation	rel;
	SysScanDesc scan;
	ScanKeyData key;
	HeapTuple	tuple;
	char		method = '\0';
	bool		isnull;

	if (!OidIsValid(catalog))
		return method;
	column = get_attnum(catalog, "partmethod");
	rel = table_open(catalog, AccessShareLock);
	ScanKeyInit(&key, 1, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(relation));
	scan = systable_beginscan(rel, InvalidOid, false, NULL, 1, &key);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple) && column != InvalidAttrNumber)
		method = DatumGetChar(heap_getattr(tuple, column, RelationGetDescr(rel), &isnull));
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return method;
}

/*
 * Citus plans joins and INSERT .. SELECT with their values only; asked for a plan without,
 * it fails.  Of a statement by key it keeps a plan itself, which a plan for each call undoes.
 */
void
citus_free_plan_choice(SPIPlanPtr plan)
{
	ListCell   *lc;

	if (!OidIsValid(get_relname_relid("pg_dist_partition", PG_CATALOG_NAMESPACE)))
		return;
	foreach(lc, SPI_plan_get_plan_sources(plan))
	{
		CachedPlanSource *source = lfirst(lc);

		/* the choice is looked at whenever a plan is asked for; nothing else rests on it */
		if (reads_table(source))
			source->cursor_options &= ~(CURSOR_OPT_GENERIC_PLAN | CURSOR_OPT_CUSTOM_PLAN);
	}
}

static bool
reads_table(CachedPlanSource *source)
{
	ListCell   *lc;

	foreach(lc, source->relationOids)
	{
		if (citus_has_table(lfirst_oid(lc)))
			return true;
	}
	return false;
}
