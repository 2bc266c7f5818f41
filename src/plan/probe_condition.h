/*-------------------------------------------------------------------------
 *
 * probe_condition.h
 *	  What a probe asks of the rows that it reads: conditions, policies and orders, as the
 *	  server's own expressions.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_PROBE_CONDITION_H
#define ASSOC_PROBE_CONDITION_H

#include "plan/plan_builder.h"
#include "utils/plancache.h"

/* an expression that the rows of a key are ordered by */
typedef struct ProbeSortKey
{
	Oid			operator;		/* < or > */
	Oid			collation;
	bool		nulls_first;
	int16		typlen;
	bool		typbyval;
} ProbeSortKey;

/* where the sort keys begin among the expressions of a condition */
#define PROBE_SORT_KEYS 3

/*
 * Expressions over a link row (the outer tuple) and the row that it leads to (the scan
 * tuple); without a join table there is the scan tuple only.  Their parameters are those of
 * the node's statement: first the keys, then node->params; and then the answers of node->asked.
 */
typedef struct ProbeCondition
{
	CachedExpression *planned;	/* a list of all of them: [of_link, of_row, of_answers, sort keys ...] */
	List	   *expressions;	/* the same, to be run */
	bool		has_link_condition; /* can be asked before the row is read */
	bool		has_row_condition;
	int			nanswers;		/* conditions about associated rows, asked one after the other where the others hold: */
	Bitmapset **answers;		/*   each of these of node->asked */
	bool		reads_row;		/* conditions or orders need the row that a link leads to */
	bool		row_decides;	/* of_row says the same of a row each time: of any link, caller and value */
	Bitmapset  *reads;			/* columns of the link row; without a join table, of the row */
	int			nsort;
	ProbeSortKey *sort;			/* without any the rows come as they are read */
	bool		target_policies;	/* row security is among the conditions */
	bool		through_policies;
	MemoryContextCallback forget;
} ProbeCondition;

/*
 * Of a node whose statement has been written; columns that its conditions read are added to
 * those whose privileges are checked.  NULL in *condition where there is nothing to ask.
 * Returns NULL, or the reason why a probe cannot ask it.
 */
extern const char *probe_condition_make(NodeBuilder *builder, bool sorted, ProbeCondition **condition);

/* does it still stand for what the catalogs say? */
extern bool probe_condition_is_valid(const ProbeCondition *condition);

#endif							/* ASSOC_PROBE_CONDITION_H */
