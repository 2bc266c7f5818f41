/*-------------------------------------------------------------------------
 *
 * probe_select.h
 *	  Which of the rows that a probe reads are requested, and in which order.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_PROBE_SELECT_H
#define ASSOC_PROBE_SELECT_H

#include "access/itup.h"
#include "executor/tuptable.h"
#include "plan/probe_condition.h"
#include "run/load_run.h"
#include "utils/relcache.h"

/* a row that waits until all rows of its key are there */
typedef struct SelectedRow
{
	HeapTuple	link;			/* NULL: there is no join table */
	HeapTuple	row;			/* NULL: known */
	TupleTableSlot *slot;		/* in which it came */
	int			known;			/* number among the rows that have come before, or -1 */
	Datum	   *sort;
	bool	   *nulls;
} SelectedRow;

/* of a node's run: expressions that are ready to be evaluated, and the rows of a key */
typedef struct ProbeSelect ProbeSelect;

/* kept with the run */
extern ProbeSelect *probe_select_make(const ProbeCondition *condition);
/* for one load: the expressions with the values of its parameters, as the role of now */
extern void probe_select_begin(ProbeSelect *select, NodeRun *nr);

extern bool probe_select_wants_link(ProbeSelect *select, TupleTableSlot *link);
/* link is NULL where there is no join table */
extern bool probe_select_wants(ProbeSelect *select, TupleTableSlot *link, TupleTableSlot *row);
/* memory for the answers of the row at hand, until another condition is looked at */
extern MemoryContext probe_select_begin_answers(ProbeSelect *select);
/* of node->asked, as a parameter; and one of condition->answers, which has its */
extern void probe_select_answer(ProbeSelect *select, int number, Datum answer, bool isnull);
extern bool probe_select_wants_answer(ProbeSelect *select, int number, TupleTableSlot *link, TupleTableSlot *row);

/* the same by an entry of the table's index, which has all columns that are asked for; "like" is a slot of its rows */
extern bool probe_select_wants_entry(ProbeSelect *select, TupleTableSlot *like, Relation index,
									 IndexTuple entry);

/* keep copies of a row, if it may be among as many as are requested; known: nothing of the row itself */
extern void probe_select_keep(ProbeSelect *select, uint64 requested, TupleTableSlot *link,
							  TupleTableSlot *row, int known);
/* the rows that were kept, sorted */
extern SelectedRow *probe_select_sort(ProbeSelect *select, int *n);
/* forget them, for the next key */
extern void probe_select_reset(ProbeSelect *select);

#endif							/* ASSOC_PROBE_SELECT_H */
