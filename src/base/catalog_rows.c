/*-------------------------------------------------------------------------
 *
 * catalog_rows.c
 *	  Rows of a system catalog, as a list.
 *
 * For the few rows about one object that no syscache has a list of.  They are copied, so
 * that no scan is open while the caller works with them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/stratnum.h"
#include "access/table.h"
#include "base/catalog_rows.h"
#include "utils/array.h"
#include "utils/fmgroids.h"
#include "utils/syscache.h"

List *
catalog_rows(Oid catalog, Oid index, int nkeys, ScanKey keys)
{
	Relation	rel = table_open(catalog, AccessShareLock);
	SysScanDesc scan = systable_beginscan(rel, index, OidIsValid(index), NULL, nkeys, keys);
	List	   *rows = NIL;
	HeapTuple	row;

	while (HeapTupleIsValid(row = systable_getnext(scan)))
		rows = lappend(rows, heap_copytuple(row));
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return rows;
}

List *
catalog_rows_of(Oid catalog, Oid index, AttrNumber column, Oid object)
{
	ScanKeyData key;

	ScanKeyInit(&key, column, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(object));
	return catalog_rows(catalog, index, 1, &key);
}

List *
catalog_rows_of_object(Oid catalog, Oid index, AttrNumber column, Oid class, Oid object)
{
	ScanKeyData key[2];

	ScanKeyInit(&key[0], column, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(class));
	ScanKeyInit(&key[1], column + 1, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(object));
	return catalog_rows(catalog, index, 2, key);
}

List *
catalog_constraint_columns(HeapTuple constraint, AttrNumber array)
{
	List	   *attnums = NIL;
	bool		isnull;
	Datum		value = SysCacheGetAttr(CONSTROID, constraint, array, &isnull);
	ArrayType  *columns = isnull ? NULL : DatumGetArrayTypeP(value);

	for (int i = 0; columns != NULL && i < ArrayGetNItems(ARR_NDIM(columns), ARR_DIMS(columns)); i++)
		attnums = lappend_int(attnums, ((int16 *) ARR_DATA_PTR(columns))[i]);
	return attnums;
}
