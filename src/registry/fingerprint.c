/*-------------------------------------------------------------------------
 *
 * fingerprint.c
 *	  Fingerprints of catalog rows: they tell a change from an event without one.
 *
 * An invalidation says that something about a relation may have changed, not what.
 * ANALYZE and VACUUM send them all day, and change nothing that anybody compiles from: they
 * write their numbers into the row of pg_class in place.  Every other change writes a new
 * version of some row, with another TID or another transaction.  So the TIDs and the
 * transactions of all rows about a relation, hashed, are as good as their contents, and
 * need no knowledge of what they mean.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "base/compat.h"
#include "catalog/indexing.h"
#include "catalog/pg_attrdef.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_cast.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_foreign_table.h"
#include "catalog/pg_index.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_policy.h"
#include "catalog/pg_rewrite.h"
#include "catalog/pg_subscription_rel.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "registry/fingerprint.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"
#include "utils/syscache.h"

/* where rows about a relation are, and how they name it */
typedef struct RowsAbout
{
	Oid			catalog;
	Oid			index;
	AttrNumber	column;
} RowsAbout;

static bool may_have(const FormData_pg_class *relation, Oid catalog);
static uint64 add_rows(uint64 fingerprint, const RowsAbout *rows, Oid object);
static uint64 add_index(uint64 fingerprint, HeapTuple row);
static uint64 add_subscribed(uint64 fingerprint);

static const RowsAbout about_relation[] = {
	{AttributeRelationId, AttributeRelidNumIndexId, Anum_pg_attribute_attrelid},
	{AttrDefaultRelationId, AttrDefaultIndexId, Anum_pg_attrdef_adrelid},
	{IndexRelationId, IndexIndrelidIndexId, Anum_pg_index_indrelid},
	{ConstraintRelationId, ConstraintRelidTypidNameIndexId, Anum_pg_constraint_conrelid},
	{TriggerRelationId, TriggerRelidNameIndexId, Anum_pg_trigger_tgrelid},
	{RewriteRelationId, RewriteRelRulenameIndexId, Anum_pg_rewrite_ev_class},
	{PolicyRelationId, PolicyPolrelidPolnameIndexId, Anum_pg_policy_polrelid},
	{InheritsRelationId, InheritsParentIndexId, Anum_pg_inherits_inhparent},
	{InheritsRelationId, InheritsRelidSeqnoIndexId, Anum_pg_inherits_inhrelid},
	{ForeignTableRelationId, ForeignTableRelidIndexId, Anum_pg_foreign_table_ftrelid}
};

static const RowsAbout about_domain =
{ConstraintRelationId, ConstraintTypidIndexId, Anum_pg_constraint_contypid};

uint64
fingerprint_relation(Oid relation)
{
	HeapTuple	row = SearchSysCacheCopy1(RELOID, ObjectIdGetDatum(relation));
	uint64		fingerprint;

	if (!HeapTupleIsValid(row))
		return 0;
	fingerprint = fingerprint_add(1, row);
	for (int i = 0; i < (int) lengthof(about_relation); i++)
		if (may_have((Form_pg_class) GETSTRUCT(row), about_relation[i].catalog))
			fingerprint = add_rows(fingerprint, &about_relation[i], relation);
	heap_freetuple(row);
	return add_subscribed(fingerprint);
}

/* as the row itself says, which is written anew when the first one comes */
static bool
may_have(const FormData_pg_class *relation, Oid catalog)
{
	switch (catalog)
	{
		case TriggerRelationId:
			return relation->relhastriggers;
		case RewriteRelationId:
			return relation->relhasrules;
		case PolicyRelationId:
			return relation->relrowsecurity;
		case ForeignTableRelationId:
			return relation->relkind == RELKIND_FOREIGN_TABLE;
		default:
			return true;
	}
}

uint64
fingerprint_type(Oid type)
{
	HeapTuple	row = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));
	uint64		fingerprint;
	bool		is_domain;

	if (!HeapTupleIsValid(row))
		return 0;
	fingerprint = fingerprint_add(1, row);
	is_domain = ((Form_pg_type) GETSTRUCT(row))->typtype == TYPTYPE_DOMAIN;
	ReleaseSysCache(row);
	return is_domain ? add_rows(fingerprint, &about_domain, type) : fingerprint;
}

uint64
fingerprint_casts(bool (*counts) (Oid type))
{
	Relation	catalog = table_open(CastRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(catalog, CastOidIndexId, true, NULL, 0, NULL);
	uint64		fingerprint = 1;
	HeapTuple	row;

	while (HeapTupleIsValid(row = systable_getnext(scan)))
	{
		Form_pg_cast cast = (Form_pg_cast) GETSTRUCT(row);

		if (counts(cast->castsource) && counts(cast->casttarget))
			fingerprint = fingerprint_add(fingerprint, row);
	}
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
	return fingerprint;
}

static uint64
add_rows(uint64 fingerprint, const RowsAbout *rows, Oid object)
{
	Relation	catalog = table_open(rows->catalog, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	row;

	ScanKeyInit(&key, rows->column, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(object));
	scan = systable_beginscan(catalog, rows->index, true, NULL, 1, &key);
	while (HeapTupleIsValid(row = systable_getnext(scan)))
	{
		fingerprint = fingerprint_add(fingerprint, row);
		if (rows->catalog == IndexRelationId)
			fingerprint = add_index(fingerprint, row);
	}
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
	return fingerprint;
}

/* an index is a relation, too: its file is not the table's business */
static uint64
add_index(uint64 fingerprint, HeapTuple row)
{
	Oid			index = ((Form_pg_index) GETSTRUCT(row))->indexrelid;
	HeapTuple	relation = SearchSysCache1(RELOID, ObjectIdGetDatum(index));

	if (!HeapTupleIsValid(relation))
		return fingerprint;
	fingerprint = fingerprint_add(fingerprint, relation);
	ReleaseSysCache(relation);
	return fingerprint;
}

/* which tables a subscription writes: mostly none, and of a partition the whole is concerned */
static uint64
add_subscribed(uint64 fingerprint)
{
	Relation	catalog = table_open(SubscriptionRelRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(catalog, SubscriptionRelSrrelidSrsubidIndexId, true, NULL, 0, NULL);
	HeapTuple	row;

	while (HeapTupleIsValid(row = systable_getnext(scan)))
		fingerprint = fingerprint_add(fingerprint, row);
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
	return fingerprint;
}

uint64
fingerprint_add(uint64 fingerprint, HeapTuple row)
{
	uint32		version[4] = {
		HeapTupleHeaderGetRawXmin(row->t_data), ItemPointerGetBlockNumberNoCheck(&row->t_self),
		ItemPointerGetOffsetNumberNoCheck(&row->t_self), row->t_tableOid
	};

	return hash_bytes_extended((const unsigned char *) version, sizeof(version), fingerprint);
}
