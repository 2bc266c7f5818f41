/*-------------------------------------------------------------------------
 *
 * rows_counted.c
 *	  Numbers of rows by key, as tables of a statement.
 *
 * Where a statement counts the rows that refer to each of its own, an index on the reference says how many
 * there are, if its entries have all that is asked of the rows.  To read its entries and the
 * visibility map costs a fraction of what the executor does for each row that it groups; so the
 * groups are made by the probe (probe_range.c), and joined as a transition table of a trigger would be.
 * Where there is no such index, a statement says which they are, and only the
 * groups are made here (row_keys.c), which costs a part of what an aggregate does.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "catalog/pg_type_d.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "plan/probe_plan.h"
#include "run/probe_range.h"
#include "run/row_keys.h"
#include "run/rows_batch.h"
#include "run/rows_counted.h"
#include "utils/tuplestore.h"

static bool is_by_index(NodeRun *nr, LoadCounted *counted);
static bool costs_less(NodeRun *nr, const LoadCounted *counted);
static EphemeralNamedRelation counted_table(NodeRun *nr, LoadCounted *counted);
static bool count_by_index(NodeRun *nr, NodeRun *counter, LoadStatement *targets);
static EphemeralNamedRelation table_by_index(const char *name, const NodeRun *counter);
static EphemeralNamedRelation make_table(const char *name, TupleDesc keys, const KeyTable *table);
static TupleDesc counted_columns(TupleDesc keys);
static TupleDesc index_column(Oid type);
static void put_number(EphemeralNamedRelation table, const Datum *key, int64 n);

bool
rows_counted_by_index(NodeRun *nr, LoadStatement *statement)
{
	for (int i = 0; i < statement->ncounted; i++)
		if (!is_by_index(nr, &statement->counted[i]))
			return false;
	return true;
}

static bool
is_by_index(NodeRun *nr, LoadCounted *counted)
{
	counted->by_index = counted->node != NULL &&
		probe_range_counts_every_key(&nr->run->nodes[counted->node->number]) && costs_less(nr, counted);
	return counted->by_index;
}

/* a condition may lead the server to a few rows, where here all entries are read; asked once */
static bool
costs_less(NodeRun *nr, const LoadCounted *counted)
{
	LoadStatement *rows = counted->rows;

	if (counted->node->probe->condition == NULL && counted->targets == NULL)
		return true;
	if (rows->chosen_for == 0)
	{
		rows->other_chosen = probe_range_entries_cost(counted->node) +
			(counted->targets ? rows_batch_cost(nr, counted->targets) : 0) < rows_batch_cost(nr, rows);
		rows->chosen_for = 1;
	}
	return rows->other_chosen;
}

bool
rows_counted_bring(NodeRun *nr, LoadStatement *statement)
{
	for (int i = 0; i < statement->ncounted; i++)
	{
		EphemeralNamedRelation table = counted_table(nr, &statement->counted[i]);

		statement->outgrown = table == NULL;
		if (table == NULL)
			return false;
		nr->tables = lappend(nr->tables, table->reldata);
		if (SPI_register_relation(table) != SPI_OK_REL_REGISTER)
			elog(ERROR, "the table of numbers could not be registered");
	}
	return true;
}

void
rows_counted_end(NodeRun *nr)
{
	foreach_ptr(Tuplestorestate, table, nr->tables)
		tuplestore_end(table);
	nr->tables = NIL;
}

/* NULL: it would have too many rows */
static EphemeralNamedRelation
counted_table(NodeRun *nr, LoadCounted *counted)
{
	NodeRun    *counter = is_by_index(nr, counted) ? &nr->run->nodes[counted->node->number] : NULL;
	EphemeralNamedRelation table;
	RowKeys    *rows;

	counted->by_index = counter != NULL && count_by_index(nr, counter, counted->targets);
	if (counted->by_index)
		return table_by_index(counted->name, counter);
	rows = row_keys_count(nr, counted->rows);
	if (rows == NULL)
		return NULL;
	table = make_table(counted->name, rows->desc, &rows->keys);
	for (int key = 0; key < rows->keys.nkeys; key++)
		put_number(table, &rows->keys.keys[key * rows->keys.ncolumns], rows->numbers[key]);
	return table;
}

/* false: there are too many entries, or targets, or two of these have one key */
static bool
count_by_index(NodeRun *nr, NodeRun *counter, LoadStatement *targets)
{
	RowKeys    *rows = targets ? row_keys_count(nr, targets) : NULL;

	if (targets != NULL && rows == NULL)
		return false;
	for (int i = 0; rows != NULL && i < rows->keys.nkeys; i++)
		if (rows->numbers[i] > 1)
			return false;
	return probe_range_every_key(counter, rows ? &rows->keys : NULL);
}

static EphemeralNamedRelation
table_by_index(const char *name, const NodeRun *counter)
{
	EphemeralNamedRelation table = make_table(name, index_column(counter->node->ref_keys[0].type), &counter->keys);

	for (int key = 0; key < counter->keys.nkeys; key++)
		put_number(table, &counter->keys.keys[key], counter->groups[key].count);
	return table;
}

static EphemeralNamedRelation
make_table(const char *name, TupleDesc keys, const KeyTable *table)
{
	EphemeralNamedRelation result = palloc0_object(EphemeralNamedRelationData);

	result->md.name = pstrdup(name);
	result->md.tupdesc = counted_columns(keys);
	result->md.enrtype = ENR_NAMED_TUPLESTORE;
	result->md.enrtuples = table->nkeys;
	result->reldata = tuplestore_begin_heap(false, false, work_mem);
	return result;
}

/* k1, ..., v */
static TupleDesc
counted_columns(TupleDesc keys)
{
	TupleDesc	desc = CreateTemplateTupleDesc(keys->natts + 1);

	for (int i = 1; i <= keys->natts; i++)
		TupleDescCopyEntry(desc, i, keys, i);
	TupleDescInitEntry(desc, keys->natts + 1, "v", INT8OID, -1, 0);
	assoc_tuple_desc_finalize(desc);
	return desc;
}

static TupleDesc
index_column(Oid type)
{
	TupleDesc	desc = CreateTemplateTupleDesc(1);

	TupleDescInitEntry(desc, 1, "k1", type, -1, 0);
	assoc_tuple_desc_finalize(desc);
	return desc;
}

static void
put_number(EphemeralNamedRelation table, const Datum *key, int64 n)
{
	TupleDesc	desc = table->md.tupdesc;
	Datum		values[INDEX_MAX_KEYS + 1];
	bool		nulls[INDEX_MAX_KEYS + 1] = {false};

	CHECK_FOR_INTERRUPTS();
	memcpy(values, key, sizeof(Datum) * (desc->natts - 1));
	values[desc->natts - 1] = Int64GetDatum(n);
	tuplestore_putvalues(table->reldata, desc, values, nulls);
}
