/*-------------------------------------------------------------------------
 *
 * key_scan.c
 *	  The scan for a key: of its table, or of the partition that has all rows of the key.
 *
 * A partitioned table is scanned where each column that chooses the partition is one of the
 * key's, compared as the partitions' bounds are.  Then the bounds say which partition has the
 * rows of a key, by the functions with which the server finds the place of a new row, and the
 * bounds are constraints: no other partition has such rows.
 *
 * Why that is safe:
 *	- the partitions are those that the planner would find at this moment: the descriptor is taken
 *	  under the lock of the partitioned table, for the active snapshot, without partitions whose
 *	  DETACH CONCURRENTLY this snapshot sees begun;
 *	- while we hold that lock nothing but such a DETACH takes a partition away; who waited for the
 *	  partition's own lock looks whether it is still there;
 *	- rights and row security are those of the partitioned table, as for the executor;
 *	- a partition is scanned by its part of the partitioned table's index.  What the two need not
 *	  have in common (places of columns, order of the entries, when uniqueness is checked, what kind
 *	  of table it is) is looked at when it is scanned first, and again after a change of its
 *	  catalogs (registry_watch.c).
 *
 * What is not so is refused, and the batch reads the rows.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "access/table.h"
#include "access/xlog.h"
#include "base/compat.h"
#include "base/integers.h"
#include "catalog/index.h"
#include "catalog/partition.h"
#include "catalog/pg_am.h"
#include "catalog/pg_class.h"
#include "nodes/parsenodes.h"
#include "partitioning/partbounds.h"
#include "partitioning/partdesc.h"
#include "reader/key_scan.h"
#include "registry/proof.h"
#include "registry/registry_watch.h"
#include "storage/lmgr.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/partcache.h"
#include "utils/rel.h"

/* partitions whose scans are kept with a run; a run that leads to more is left to the batch */
#define MAX_KEPT 32

/* which values of a key choose the partition, by column of the partition key */
typedef struct Route
{
	int			values[PARTITION_MAX_KEYS];
	Oid			from[PARTITION_MAX_KEYS];	/* integers of this type become */
	Oid			to[PARTITION_MAX_KEYS]; /*   those of this one; InvalidOid: it is the column's */
} Route;

typedef struct Partition
{
	MemoryContext cxt;			/* of the scan; NULL: nothing is kept here */
	Oid			relation;
	uint64		used;			/* the use that was the last; 0: never */
	uint64		version;		/* of what the catalogs say of it */
	const char *refused;		/* why it cannot be scanned */
	ProbeScan	scan;
	OpenScan	open;
} Partition;

typedef struct Partitions
{
	MemoryContext cxt;
	Route		route;			/* of the table itself */
	uint64		uses;
	Partition	kept[MAX_KEPT];
} Partitions;

static Oid	partition_of(KeyScan *scan, const Datum *values);
static Oid	next_level(Relation parent, const Route *route, const Datum *values, bool *is_leaf);
static int	number_of(PartitionKey key, PartitionBoundInfo bounds, Datum *values);
static bool same_columns(Relation relation, Relation partition);
static const char *make_route(Route *route, Relation parent, const ProbeScan *table);
static int	position_of(const ProbeScan *table, AttrNumber attnum);
static bool is_compared_as(const ProbeScan *table, int position, PartitionKey key, int column);
static Partition *kept_partition(Partitions *partitions, Oid relation);
static bool use_partition(KeyScan *scan, Partition *partition, Oid relation);
static void make_partition(KeyScan *scan, Partition *partition, Oid oid);
static const char *partition_refusal(const ProbeScan *table, Relation partition, ProbeScan *scan);
static Oid	part_of_index(Oid index, Oid partition);
static const char *index_refusal(Relation index, const ProbeScan *table);
static const char *lacks_rows(const Partition *partition);

void
key_scan_init(KeyScan *scan, const ProbeScan *table)
{
	Relation	relation;

	scan->table = table;
	scan->refused = NULL;
	if (!table->partitioned)
	{
		scan->partitions = NULL;
		scan->open = palloc0_object(OpenScan);
		probe_scan_init(scan->open, table);
		return;
	}
	scan->open = NULL;
	scan->partitions = palloc0_object(Partitions);
	scan->partitions->cxt = CurrentMemoryContext;
	relation = table_open(table->relation, NoLock);
	/* the plan was made where nothing speaks against it */
	(void) make_route(&scan->partitions->route, relation, table);
	table_close(relation, NoLock);
}

bool
key_scan_find(KeyScan *scan, Snapshot snapshot, const Datum *values)
{
	Partition  *partition;
	Oid			relation;

	if (scan->partitions == NULL)
	{
		probe_scan_open(scan->open, snapshot);
		return true;
	}
	scan->open = NULL;
	scan->refused = NULL;
	relation = partition_of(scan, values);
	if (!OidIsValid(relation))
		return false;
	partition = kept_partition(scan->partitions, relation);
	if (partition == NULL)
		scan->refused = "keys of too many partitions at once";
	if (partition == NULL || !use_partition(scan, partition, relation))
		return false;
	scan->open = &partition->open;
	probe_scan_open(scan->open, snapshot);
	return true;
}

void
key_scan_close(KeyScan *scan)
{
	if (scan->partitions == NULL)
	{
		probe_scan_close(scan->open);
		return;
	}
	for (int i = 0; i < MAX_KEPT; i++)
		if (scan->partitions->kept[i].cxt != NULL)
			probe_scan_close(&scan->partitions->kept[i].open);
	scan->open = NULL;
}

const char *
key_scan_refusal(const ProbeScan *table)
{
	Relation	relation = table_open(table->relation, AccessShareLock);
	Route		route;
	const char *reason = make_route(&route, relation, table);

	table_close(relation, AccessShareLock);
	return reason;
}

/* ---- which partition has a key ---- */

/* InvalidOid: none has it, or scan->refused says why that is not known */
static Oid
partition_of(KeyScan *scan, const Datum *values)
{
	Relation	root;
	bool		is_leaf = false;
	Oid			child;

	/* a DETACH CONCURRENTLY may have begun since the table was locked */
	AcceptInvalidationMessages();
	root = table_open(scan->table->relation, NoLock);
	child = next_level(root, &scan->partitions->route, values, &is_leaf);
	while (OidIsValid(child) && !is_leaf)
	{
		Relation	parent = try_table_open(child, AccessShareLock);
		Route		route;

		child = InvalidOid;
		if (parent == NULL)
			break;
		scan->refused = same_columns(root, parent) ? make_route(&route, parent, scan->table) :
			"a partition has its columns at other places";
		if (scan->refused == NULL)
			child = next_level(parent, &route, values, &is_leaf);
		table_close(parent, NoLock);
	}
	table_close(root, NoLock);
	return child;
}

/* as get_partition_for_tuple() of the executor finds it */
static Oid
next_level(Relation parent, const Route *route, const Datum *values, bool *is_leaf)
{
	PartitionDesc desc = RelationGetPartitionDesc(parent, true);
	int			n = RelationGetPartitionKey(parent)->partnatts;
	Datum		key[PARTITION_MAX_KEYS];
	int			number;

	for (int i = 0; i < n; i++)
	{
		key[i] = values[route->values[i]];
		if (OidIsValid(route->to[i]))
		{
			int64		integer = integer_number(key[i], route->from[i]);

			/* no row has it */
			if (!integer_fits(integer, route->to[i]))
				return InvalidOid;
			key[i] = integer_value(integer, route->to[i]);
		}
	}
	number = number_of(RelationGetPartitionKey(parent), desc->boundinfo, key);
	if (number < 0)
		return InvalidOid;
	*is_leaf = desc->is_leaf[number];
	return desc->oids[number];
}

static int
number_of(PartitionKey key, PartitionBoundInfo bounds, Datum *values)
{
	bool		isnull[PARTITION_MAX_KEYS] = {0};
	bool		equal = false;
	int			index;
	int			number = -1;

	if (bounds == NULL)
		return -1;
	switch (key->strategy)
	{
		case PARTITION_STRATEGY_HASH:
			return bounds->indexes[compute_partition_hash_value(key->partnatts, key->partsupfunc,
																key->partcollation, values,
																isnull) % bounds->nindexes];
		case PARTITION_STRATEGY_LIST:
			index = partition_list_bsearch(key->partsupfunc, key->partcollation, bounds,
										   values[0], &equal);
			number = index >= 0 && equal ? bounds->indexes[index] : -1;
			break;
		case PARTITION_STRATEGY_RANGE:
			index = partition_range_datum_bsearch(key->partsupfunc, key->partcollation, bounds,
												  key->partnatts, values, &equal);
			number = bounds->indexes[index + 1];
			break;
	}
	return number < 0 ? bounds->default_index : number;
}

/* has each column of a table the same number in the partition? */
static bool
same_columns(Relation relation, Relation partition)
{
	TupleDesc	desc = RelationGetDescr(relation);
	TupleDesc	other = RelationGetDescr(partition);

	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(desc, i);

		if (!column->attisdropped &&
			(i >= other->natts || TupleDescAttr(other, i)->attisdropped ||
			 strcmp(NameStr(column->attname), NameStr(TupleDescAttr(other, i)->attname)) != 0))
			return false;
	}
	return true;
}

/* the columns of a level have the numbers that the table's have */
static const char *
make_route(Route *route, Relation parent, const ProbeScan *table)
{
	PartitionKey key = RelationGetPartitionKey(parent);

	for (int i = 0; i < key->partnatts; i++)
	{
		int			position = position_of(table, key->partattrs[i]);
		Oid			given;

		if (position < 0)
			return "partitions are not chosen by the key";
		if (!is_compared_as(table, position, key, i))
			return "partitions compare the key otherwise";
		given = table->keys[position].sk_subtype;
		route->values[i] = table->key_order[position];
		route->from[i] = given;
		route->to[i] = integer_is_type(given) && given != key->partopcintype[i] ?
			key->partopcintype[i] : InvalidOid;
	}
	return NULL;
}

/* expressions have number 0 */
static int
position_of(const ProbeScan *table, AttrNumber attnum)
{
	for (int i = 0; i < table->nkeys; i++)
		if (table->attnums[i] == attnum)
			return i;
	return -1;
}

/* is what the index's comparison takes for equal in one partition? */
static bool
is_compared_as(const ProbeScan *table, int position, PartitionKey key, int column)
{
	const ScanKeyData *scan_key = &table->keys[position];
	Oid			operator = get_opfamily_member(key->partopfamily[column], key->partopcintype[column],
											   scan_key->sk_subtype,
											   key->strategy == PARTITION_STRATEGY_HASH ?
											   HTEqualStrategyNumber : BTEqualStrategyNumber);

	return OidIsValid(operator) && get_opcode(operator) == scan_key->sk_func.fn_oid &&
		key->partcollation[column] == scan_key->sk_collation;
}

/* ---- its scan ---- */

/* what is kept of the partition, or room for it; NULL: all that is kept is in use */
static Partition *
kept_partition(Partitions *partitions, Oid relation)
{
	Partition  *room = NULL;

	for (int i = 0; i < MAX_KEPT; i++)
	{
		Partition  *partition = &partitions->kept[i];

		if (partition->cxt != NULL && partition->relation == relation)
			return partition;
		if (!partition->open.is_open && (room == NULL || partition->used < room->used))
			room = partition;
	}
	return room;
}

/* make it ready to be opened; false: scan->refused says why not */
static bool
use_partition(KeyScan *scan, Partition *partition, Oid relation)
{
	bool		kept = partition->cxt != NULL && partition->relation == relation;
	uint64		version;

	partition->used = ++scan->partitions->uses;
	if (!kept || !partition->open.is_open)
		LockRelationOid(relation, AccessShareLock);
	version = registry_watch_relation(relation);
	if (!kept || (partition->version != version && !partition->open.is_open))
	{
		make_partition(scan, partition, relation);
		partition->version = version;
	}
	scan->refused = partition->refused ? partition->refused : lacks_rows(partition);
	return scan->refused == NULL;
}

static void
make_partition(KeyScan *scan, Partition *partition, Oid oid)
{
	Relation	relation = try_table_open(oid, NoLock);
	uint64		used = partition->used;
	MemoryContext old;

	if (partition->cxt != NULL)
		MemoryContextDelete(partition->cxt);
	memset(partition, 0, sizeof(Partition));
	partition->used = used;
	partition->relation = oid;
	partition->cxt = AllocSetContextCreate(scan->partitions->cxt, "pg_associations partition",
										   ALLOCSET_SMALL_SIZES);
	old = MemoryContextSwitchTo(partition->cxt);
	partition->scan = *scan->table;
	partition->scan.relation = oid;
	partition->scan.partitioned = false;
	partition->refused = relation == NULL ? "a partition was detached" :
		partition_refusal(scan->table, relation, &partition->scan);
	if (partition->refused == NULL)
		probe_scan_init(&partition->open, &partition->scan);
	if (relation != NULL)
		table_close(relation, NoLock);
	MemoryContextSwitchTo(old);
}

/* why it cannot be scanned; else with its index in scan */
static const char *
partition_refusal(const ProbeScan *table, Relation partition, ProbeScan *scan)
{
	Relation	root = table_open(table->relation, NoLock);
	bool		same = same_columns(root, partition);
	Relation	index;
	const char *reason;

	table_close(root, NoLock);
	if (partition->rd_rel->relkind != RELKIND_RELATION)
		return "a partition is not a plain table";
	if (partition->rd_rel->relam != HEAP_TABLE_AM_OID)
		return "a partition is not a heap table";
	if (!same)
		return "a partition has its columns at other places";
	scan->index = part_of_index(table->index, RelationGetRelid(partition));
	if (!OidIsValid(scan->index))
		return "no usable btree index on the key of a partition";
	index = index_open(scan->index, AccessShareLock);
	reason = index_refusal(index, table);
	scan->unique = table->unique && index->rd_index->indimmediate;
	scan->hashable = table->hashable && scan->unique;
	scan->check_xmin = index->rd_index->indcheckxmin;
	scan->unlogged = partition->rd_rel->relpersistence == RELPERSISTENCE_UNLOGGED;
	index_close(index, NoLock);
	return reason;
}

/* level by level, as the partition stands below the table */
static Oid
part_of_index(Oid index, Oid partition)
{
	List	   *above = get_partition_ancestors(partition);
	Oid			table = IndexGetRelation(index, false);
	int			levels = list_length(above);

	for (int i = 0; i < levels; i++)
		if (list_nth_oid(above, i) == table)
			levels = i;
	for (int i = levels; i >= 0 && OidIsValid(index); i--)
	{
		Oid			level = i == 0 ? partition : list_nth_oid(above, i - 1);
		Relation	relation = table_open(level, NoLock);

		index = index_get_partition(relation, index);
		table_close(relation, NoLock);
	}
	return index;
}

/* in what it may differ from the index of which it is a part */
static const char *
index_refusal(Relation index, const ProbeScan *table)
{
	if (!index->rd_index->indisvalid || !index->rd_index->indisready || !index->rd_index->indislive)
		return "no usable btree index on the key of a partition";
	for (int i = 0; i < index->rd_index->indnkeyatts; i++)
		if (index->rd_indoption[i] != table->options[i])
			return "the index of a partition has another order";
	return NULL;
}

/* as probe_refused_now() asks of a table */
static const char *
lacks_rows(const Partition *partition)
{
	if (partition->scan.unlogged && RecoveryInProgress())
		return "an unlogged table during recovery";
	if (partition->scan.check_xmin && !proof_by_index(NULL, partition->scan.index))
		return "the index was made while an older transaction was open that is not over";
	return NULL;
}
