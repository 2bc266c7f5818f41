/*-------------------------------------------------------------------------
 *
 * run_sink.h
 *	  Rows as they come from a source: grouped by parent, encoded, kept.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_RUN_SINK_H
#define ASSOC_RUN_SINK_H

#include "run/load_run.h"

/* a row from a source, of the key with this number: values by column of the node */
extern void run_sink_accept_for(NodeRun *nr, int group, const Datum *values, const bool *nulls);
/*
 * And where it knows that the row has come before, its number among nr->idents: in this run,
 * or in an earlier one with the same tuple.
 */
extern void run_sink_accept_again(NodeRun *nr, int group, int ident, const Datum *values,
								  const bool *nulls);
extern bool run_sink_is_current(NodeRun *nr, int ident);
extern bool run_sink_is_unchanged(NodeRun *nr, int ident, HeapTuple tuple);
/* a row that is read, and unwanted: the next parent need not read it again; values are those of its ident */
extern void run_sink_keep_unwanted(NodeRun *nr, HeapTuple tuple, const Datum *values, const bool *nulls);
/* the tuple of a row that is current, where it was kept */
extern bool run_sink_stored_tuple(NodeRun *nr, int ident, HeapTuple tuple);
/* forget the rows of a key that came so far: another source will bring them all */
extern void run_sink_give_up(NodeRun *nr, int group);
/* number of the key that the row belongs to; -1: it is not requested */
extern int	run_sink_group_of(NodeRun *nr, const Datum *values, const bool *nulls);
/* the same of a key of one plain column */
extern int	run_sink_find_key(NodeRun *nr, Datum key);
/* of a node that folds its rows: so many */
extern void run_sink_count(NodeRun *nr, int group, int64 n);
/* and where it has the row's tuple, which may show in a later run that the row is the same */
extern void run_sink_accept_tuple(NodeRun *nr, int group, HeapTuple tuple, const Datum *values,
								  const bool *nulls);

/* of a column by which rows are told apart or sorted; error where it is null */
extern Datum run_sink_key_value(const NodeRun *nr, int column, const Datum *values, const bool *nulls);

/* rows that have none of a required include: a statement leaves them out, a probe cannot know */
extern void run_sink_leave_out_incomplete(NodeRun *nr);

/* rows of the key in order, of the node that the call is about */
extern LoadedGroup *run_sink_group(LoadRun *run, int group);
/* the rows of a key; of none (below 0), or of one that no row has come for, an empty group, which stays so */
extern LoadedGroup *run_sink_rows_of(const NodeRun *nr, int number);
/* a group's rows in their order: by key, unless they came so already */
extern void run_sink_sort_group(NodeRun *nr, LoadedGroup *group);

#endif							/* ASSOC_RUN_SINK_H */
