/*-------------------------------------------------------------------------
 *
 * rows_counted.c
 *	  Numbers of rows by key, from indexes, as tables of a statement.
 *
 * Where a statement counts the rows that refer to each of its own, and asks nothing of them,
 * the index on the reference says how many there are.  To read its entries and the
 * visibility map costs a fraction of what the executor does for each row that it groups; so the
 * groups are made by the probe (rows_probe.c), and joined as a transition table of a trigger would be.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "catalog/pg_type_d.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "run/rows_counted.h"
#include "run/rows_probe.h"
#include "utils/tuplestore.h"

static NodeRun *counter_of(LoadRun *run, const LoadCounted *counted);
static EphemeralNamedRelation counted_table(const LoadCounted *counted, const NodeRun *counter);
static TupleDesc counted_columns(const NodeRun *counter);
static Tuplestorestate *counted_rows(const NodeRun *counter, TupleDesc desc);

bool
rows_counted_allowed(LoadRun *run, const LoadStatement *statement)
{
	for (int i = 0; i < statement->ncounted; i++)
		if (!rows_probe_counts_every_key(counter_of(run, &statement->counted[i])))
			return false;
	return true;
}

bool
rows_counted_bring(LoadRun *run, const LoadStatement *statement)
{
	for (int i = 0; i < statement->ncounted; i++)
	{
		NodeRun    *counter = counter_of(run, &statement->counted[i]);

		if (!rows_probe_every_key(counter))
			return false;
		if (SPI_register_relation(counted_table(&statement->counted[i], counter)) != SPI_OK_REL_REGISTER)
			elog(ERROR, "the table of numbers could not be registered");
	}
	return true;
}

static NodeRun *
counter_of(LoadRun *run, const LoadCounted *counted)
{
	return &run->nodes[counted->node->number];
}

static EphemeralNamedRelation
counted_table(const LoadCounted *counted, const NodeRun *counter)
{
	EphemeralNamedRelation table = palloc0_object(EphemeralNamedRelationData);

	table->md.name = pstrdup(counted->name);
	table->md.tupdesc = counted_columns(counter);
	table->md.enrtype = ENR_NAMED_TUPLESTORE;
	table->md.enrtuples = counter->keys.nkeys;
	table->reldata = counted_rows(counter, table->md.tupdesc);
	return table;
}

static TupleDesc
counted_columns(const NodeRun *counter)
{
	TupleDesc	desc = CreateTemplateTupleDesc(2);

	TupleDescInitEntry(desc, 1, "k1", counter->node->ref_keys[0].type, -1, 0);
	TupleDescInitEntry(desc, 2, "v", INT8OID, -1, 0);
	assoc_tuple_desc_finalize(desc);
	return desc;
}

static Tuplestorestate *
counted_rows(const NodeRun *counter, TupleDesc desc)
{
	Tuplestorestate *rows = tuplestore_begin_heap(false, false, work_mem);

	for (int key = 0; key < counter->keys.nkeys; key++)
	{
		Datum		values[] = {counter->keys.keys[key], Int64GetDatum(counter->groups[key].count)};
		bool		nulls[] = {false, false};

		CHECK_FOR_INTERRUPTS();
		tuplestore_putvalues(rows, desc, values, nulls);
	}
	return rows;
}
