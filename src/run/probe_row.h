/*-------------------------------------------------------------------------
 *
 * probe_row.h
 *	  A row that a probe has read: is it wanted, and what becomes of it?
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_PROBE_ROW_H
#define ASSOC_PROBE_ROW_H

#include "base/integers.h"
#include "plan/probe_plan.h"
#include "reader/key_scan.h"
#include "run/load_run.h"
#include "run/probe_select.h"

/* of a node's run */
typedef struct ProbeRun
{
	KeyScan		ref;
	KeyScan		target;			/* LOAD_BY_LINK */
	ProbeSelect *select;		/* which of the rows; NULL: all, as they are read */
	Datum	   *values;			/* a row, by column of the node */
	bool	   *nulls;

	/* of the row at hand */
	TupleTableSlot *link;		/* LOAD_BY_LINK */
	TupleTableSlot *row;		/* of the target, where there is one */
	HeapTuple	tuple;			/* which it has */

	/* of the key at hand; -1: rows say themselves which they belong to */
	int			key;
	uint64		offset;			/* rows still to be passed over */
	uint64		limit;			/* rows still to be taken */
	int			examined;		/* rows that were looked at */
	const ProbeColumn *counted; /* the column that says which key a row belongs to */
	int64	   *numbers;		/* rows of each key of a range that is counted */
	KeyTable   *targets;		/* whose links are counted; NULL: of any */
	HeapTupleData stored;		/* of a row that was read before */
} ProbeRun;

/* of a column, as the node has it */
static inline Datum
probe_row_value(const ProbeColumn *column, Datum value)
{
	return OidIsValid(column->to) ? integer_convert(value, column->from, column->to) : value;
}

/* what is made once and kept with the run: its plan holds as long as the tables are as they are */
extern ProbeRun *probe_row_run(NodeRun *nr);
/* before the rows of a probe, and behind them */
extern void probe_row_begin(NodeRun *nr, ProbeRun *probe);
extern void probe_row_end(NodeRun *nr, ProbeRun *probe);

/* the row of ref that was read, and what it leads to; nr->refused is set where that cannot be read */
extern void probe_row_look_at(NodeRun *nr, ProbeRun *probe);
/* of a row that is only counted, where there is no other row that it leads to */
extern bool probe_row_is_wanted(NodeRun *nr, ProbeRun *probe, TupleTableSlot *slot);
/* so many rows of the key at hand decide what it has */
extern uint64 probe_row_requested(const ProbeRun *probe);
/* the rows of a key that were kept, in their order */
extern void probe_row_take_sorted(NodeRun *nr, ProbeRun *probe);

#endif							/* ASSOC_PROBE_ROW_H */
