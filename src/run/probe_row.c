/*-------------------------------------------------------------------------
 *
 * probe_row.c
 *	  A row that a probe has read: is it wanted, and what becomes of it?
 *
 * Decides where a link row leads, whether that has been read before, and whether the row is taken
 * at once, kept until those of its key can be sorted, or folded into a value.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "plan/probe_plan.h"
#include "run/load_run.h"
#include "run/probe_asked.h"
#include "run/probe_row.h"
#include "run/run_fold.h"
#include "run/run_sink.h"

static const ProbeColumn *ref_column(const LoadNode *node);
static void look_at_link(NodeRun *nr, ProbeRun *probe);
static void keep_unwanted(NodeRun *nr, ProbeRun *probe);
static bool wants(NodeRun *nr, ProbeRun *probe);
static bool link_value(const LoadNode *node, TupleTableSlot *slot, Datum *link);
static bool offer_known(NodeRun *nr, ProbeRun *probe, int known);
static void offer(NodeRun *nr, ProbeRun *probe, int known);
static void take(NodeRun *nr, ProbeRun *probe, int known);
static void put(TupleTableSlot *slot, HeapTuple tuple, int deform);
static void fill_columns(const ProbeColumn *columns, int n, TupleTableSlot *slot, Datum *values, bool *nulls);
static int	known_row(NodeRun *nr, const Datum *link, Datum *values, bool *nulls);

ProbeRun *
probe_row_run(NodeRun *nr)
{
	const LoadNode *node = nr->node;
	MemoryContext old;
	ProbeRun   *probe;

	if (nr->probe != NULL)
		return nr->probe;
	old = MemoryContextSwitchTo(nr->run->base);
	probe = palloc0_object(ProbeRun);
	probe->values = palloc_array(Datum, node->ncolumns);
	probe->nulls = palloc_array(bool, node->ncolumns);
	key_scan_init(&probe->ref, &node->probe->ref);
	if (node->nlink > 0)
		key_scan_init(&probe->target, &node->probe->target);
	if (node->probe->condition)
		probe->select = probe_select_make(node->probe->condition);
	probe->counted = node->fold && node->nref > 0 ? ref_column(node) : NULL;
	MemoryContextSwitchTo(old);
	return nr->probe = probe;
}

/* the first of the columns by which rows find their parents */
static const ProbeColumn *
ref_column(const LoadNode *node)
{
	const ProbePlan *plan = node->probe;
	bool		by_link = node->shape == LOAD_BY_LINK;
	const ProbeColumn *columns = by_link ? plan->through_columns : plan->target_columns;
	int			n = by_link ? plan->nthrough : plan->ntarget;

	for (int i = 0; i < n; i++)
		if (columns[i].number == node->ref_columns[0])
			return &columns[i];
	elog(ERROR, "a node that folds its rows has no column that its rows find their parents by");
}

void
probe_row_begin(NodeRun *nr, ProbeRun *probe)
{
	probe->examined = 0;
	if (probe->select)
		probe_select_begin(probe->select, nr);
	if (nr->node->nasked > 0)
		probe_asked_begin(nr);
}

void
probe_row_end(NodeRun *nr, ProbeRun *probe)
{
	probe_asked_end(nr);
	if (nr->node->nlink > 0)
		key_scan_close(&probe->target);
	key_scan_close(&probe->ref);
	if (probe->select)
		probe_select_reset(probe->select);
}

/* the row of ref, and what it leads to */
void
probe_row_look_at(NodeRun *nr, ProbeRun *probe)
{
	probe->link = probe->row = NULL;
	if (nr->node->shape == LOAD_BY_LINK)
		probe->link = probe->ref.open->slot;
	else
		probe->row = probe->ref.open->slot;
	if (nr->node->nlink > 0)
		look_at_link(nr, probe);
	else if (probe_row_is_wanted(nr, probe, probe->ref.open->slot))
		offer(nr, probe, -1);
}

static void
look_at_link(NodeRun *nr, ProbeRun *probe)
{
	const LoadNode *node = nr->node;
	KeyScan    *target = &probe->target;
	Datum		link[INDEX_MAX_KEYS];
	int			known;

	if (!link_value(node, probe->link, link) ||
		(probe->select && !probe_select_wants_link(probe->select, probe->link)))
		return;
	known = node->probe->link_is_ident ? known_row(nr, link, probe->values, probe->nulls) : -1;
	if (known >= 0 && run_sink_is_current(nr, known) && offer_known(nr, probe, known))
		return;
	/* where all rows are known it is not opened at all */
	if (!key_scan_find(target, nr->run->snapshot, link))
	{
		nr->refused = target->refused;
		return;
	}
	probe->row = target->open->slot;
	probe->tuple = &target->open->reader.tuple;
	probe_scan_start(target->open, link, PG_UINT64_MAX);
	while (probe->limit > 0 && probe_scan_next_version(target->open))
	{
		bool		same = known >= 0 && run_sink_is_unchanged(nr, known, probe->tuple);
		bool		encoded = same && nr->rows[known]->packed != NULL;

		if (!encoded && !probe_scan_row_lives(target->open, node->probe->max_target))
			continue;
		if (wants(nr, probe))
			offer(nr, probe, encoded ? known : -1);
		else if (!same && node->probe->link_is_ident)
			keep_unwanted(nr, probe);
	}
}

/* by what the row itself holds: where a link of another type was no key, not all of it was taken for one */
static void
keep_unwanted(NodeRun *nr, ProbeRun *probe)
{
	const ProbePlan *plan = nr->node->probe;

	fill_columns(plan->target_columns, plan->ntarget, probe->row, probe->values, probe->nulls);
	run_sink_keep_unwanted(nr, probe->tuple, probe->values, probe->nulls);
}

/* where there is no other row that it leads to */
bool
probe_row_is_wanted(NodeRun *nr, ProbeRun *probe, TupleTableSlot *slot)
{
	AttrNumber	target = nr->node->probe->names_target;

	if (target > 0 && (slot->tts_isnull[target - 1] || key_table_find(probe->targets, &slot->tts_values[target - 1]) < 0))
		return false;
	if (nr->node->links_only)
		return probe->select == NULL || probe_select_wants_link(probe->select, slot);
	probe->row = slot;
	return wants(nr, probe);
}

static bool
wants(NodeRun *nr, ProbeRun *probe)
{
	return probe->select == NULL || (probe_select_wants(probe->select, probe->link, probe->row) &&
									 (nr->node->nasked == 0 || probe_asked_holds(nr, probe)));
}

/* what the link row leads to; false where that is null */
static bool
link_value(const LoadNode *node, TupleTableSlot *slot, Datum *link)
{
	for (int i = 0; i < node->nlink; i++)
	{
		int			column = node->link_attnums[i] - 1;

		if (slot->tts_isnull[column])
			return false;
		link[i] = slot->tts_values[column];
	}
	return true;
}

/* a row that need not be read again; false where it must be, for what is asked of it */
static bool
offer_known(NodeRun *nr, ProbeRun *probe, int known)
{
	const ProbeCondition *condition = nr->node->probe->condition;
	LoadedRow  *row = nr->rows[known];

	if (condition && condition->reads_row &&
		(row->verdict == ROW_NOT_ASKED || (row->verdict == ROW_WANTED && condition->nsort > 0)))
	{
		bool		wanted;

		/* of partitions that were looked at, which slot would it be? */
		if (nr->node->probe->target.partitioned || !run_sink_stored_tuple(nr, known, &probe->stored))
			return false;
		probe->row = probe->target.open->slot;
		ExecStoreHeapTuple(&probe->stored, probe->row, false);
		wanted = wants(nr, probe);
		if (condition->row_decides)
			row->verdict = wanted ? ROW_WANTED : ROW_UNWANTED;
		if (!wanted)
			return true;
	}
	if (row->verdict == ROW_UNWANTED)
		return true;
	/* not in this form yet: it is read again, and encoded */
	if (row->packed == NULL)
		return false;
	offer(nr, probe, known);
	return true;
}

/*
 * A row that is requested, in the slots: taken, or kept until those of its key can be sorted.
 * A known row has been read before, and its number says which it is.
 */
static void
offer(NodeRun *nr, ProbeRun *probe, int known)
{
	if (probe->select && nr->node->probe->condition->nsort > 0)
		probe_select_keep(probe->select, probe_row_requested(probe), probe->link, probe->row, known);
	else if (probe->offset > 0)
		probe->offset--;
	else
		take(nr, probe, known);
}

uint64
probe_row_requested(const ProbeRun *probe)
{
	return probe->limit > PG_UINT64_MAX - probe->offset ? PG_UINT64_MAX : probe->limit + probe->offset;
}

/* known: number of the row that has come before, or -1 */
static void
take(NodeRun *nr, ProbeRun *probe, int known)
{
	const ProbePlan *plan = nr->node->probe;
	Datum	   *values = probe->values;
	bool	   *nulls = probe->nulls;
	int			key = probe->key;

	if (nr->node->fold && key >= 0)
	{
		probe->limit--;
		run_fold_row(nr, key, probe->link, probe->row);
		return;
	}
	if (nr->node->shape != LOAD_BY_LINK)
		fill_columns(plan->target_columns, plan->ntarget, probe->row, values, nulls);
	else
	{
		fill_columns(plan->through_columns, plan->nthrough, probe->link, values, nulls);
		if (known < 0 && nr->node->nlink > 0)
			fill_columns(plan->target_columns, plan->ntarget, probe->row, values, nulls);
	}
	if (key < 0)
		key = run_sink_group_of(nr, values, nulls);
	if (key < 0)
		return;
	probe->limit--;
	if (nr->node->fold)
		run_fold_row(nr, key, probe->link, probe->row);
	else if (known >= 0)
		run_sink_accept_again(nr, key, known, values, nulls);
	else if (nr->node->nlink > 0)
		run_sink_accept_tuple(nr, key, probe->tuple, values, nulls);
	else
		run_sink_accept_for(nr, key, values, nulls);
}

/* the rows of a key that were kept: their copies take the place of what was read */
void
probe_row_take_sorted(NodeRun *nr, ProbeRun *probe)
{
	const LoadNode *node = nr->node;
	int			n;
	SelectedRow *rows = probe_select_sort(probe->select, &n);

	for (uint64 i = probe->offset; i < (uint64) n && probe->limit > 0; i++)
	{
		SelectedRow *row = &rows[i];
		Datum		link[INDEX_MAX_KEYS];

		if (node->nlink > 0)
		{
			put(probe->link, row->link, node->probe->max_through);
			if (row->known >= 0 && link_value(node, probe->link, link))
				(void) known_row(nr, link, probe->values, probe->nulls);
		}
		probe->row = row->slot;
		probe->tuple = row->row;
		if (row->known < 0)
			put(probe->row, probe->tuple, node->probe->max_target);
		take(nr, probe, row->known);
		if (probe->row)
			ExecClearTuple(probe->row);
	}
	if (probe->link)
		ExecClearTuple(probe->link);
	probe_select_reset(probe->select);
}

static void
put(TupleTableSlot *slot, HeapTuple tuple, int deform)
{
	ExecStoreHeapTuple(tuple, slot, false);
	slot_getsomeattrs(slot, deform);
}

static void
fill_columns(const ProbeColumn *columns, int n, TupleTableSlot *slot, Datum *values, bool *nulls)
{
	for (int k = 0; k < n; k++)
	{
		const ProbeColumn *column = &columns[k];
		Datum		value = slot->tts_values[column->attribute];
		bool		isnull = slot->tts_isnull[column->attribute];

		nulls[column->number] = isnull;
		values[column->number] = isnull ? value : probe_row_value(column, value);
	}
}

/*
 * Has another parent brought this row already?  Then its number: nothing of it will be
 * read again.
 */
static int
known_row(NodeRun *nr, const Datum *link, Datum *values, bool *nulls)
{
	const LoadNode *node = nr->node;
	Datum		key[INDEX_MAX_KEYS];

	for (int i = 0; i < node->nident; i++)
	{
		int			column = node->ident_columns[i];
		Oid			to = node->columns[column].type;
		Oid			from = node->link_types[i];

		values[column] = link[i];
		if (from != to)
		{
			/* the link may hold a number that no key can be */
			if (!integer_is_type(from) || !integer_is_type(to) ||
				!integer_fits(integer_number(link[i], from), to))
				return -1;
			values[column] = integer_convert(link[i], from, to);
		}
		nulls[column] = false;
		key[i] = values[column];
	}
	return key_table_find(&nr->idents, key);
}
