/*-------------------------------------------------------------------------
 *
 * probe_plan.h
 *	  Where a probe is allowed, and which indexes it scans.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_PROBE_PLAN_H
#define ASSOC_PROBE_PLAN_H

#include "plan/plan_builder.h"
#include "plan/probe_condition.h"
#include "reader/probe_scan.h"

/* what a column of the node is in its table */
typedef struct ProbeColumn
{
	int			number;			/* of the node's columns */
	int			attribute;		/* of the table's, from 0 */
	Oid			from;			/* an integer of this type becomes */
	Oid			to;				/*   one of this; InvalidOid: it stays what it is */
} ProbeColumn;

typedef struct ProbePlan
{
	ProbeScan	ref;			/* of the table with the reference: link or target */
	ProbeScan	target;			/* LOAD_BY_LINK: of the target by the link row */
	bool		ordered;		/* rows of a key are delivered in the order of the statement */
	ProbeCondition *condition;	/* what is asked of the rows; NULL: nothing */
	bool		by_entries;		/* rows are only counted, and the entries of the index have all that is asked of them */
	AttrNumber	names_target;	/* of a link that is counted: what must be among the targets at hand; 0: any target does */
	bool		link_is_ident;	/* what the link row holds is the target's identity */
	int			ntarget;		/* columns of the node that come from the target */
	ProbeColumn *target_columns;
	int			nthrough;		/* and from the link row */
	ProbeColumn *through_columns;
	int			max_through;	/* highest attribute number to deform */
	int			max_target;
	bool		target_security;	/* row security is enabled: who is subject to it is asked at */
	bool		through_security;	/*   every run */
	bool		unlogged;		/* one of them is empty during recovery */
	int			outgrown;		/* of a node asked row by row: so many times it was given up, one after the other, */
	int			pass_over;		/*   and for so many runs it is not tried again */
	Oid			schemas[2];		/* USAGE is asked for, */
	int			nschemas;
	RightsStamp rights;			/*   and the right to read every column: when they were there */
} ProbePlan;

/* is there no reason why the node can never be probed, but for its conditions and indexes? */
extern bool probe_plan_is_possible(const NodeBuilder *builder);
/*
 * Rows without rows of a required include can be left out when these are there, if both are
 * loaded without a limit: their conditions are the same.
 */
extern bool probe_plan_sees_required(const NodeBuilder *builder);
/* sets node->probe, or node->no_probe to the reason why not */
extern void probe_plan_make(NodeBuilder *builder);

/* may it be used by this role at this moment?  NULL, or the reason why not */
extern const char *probe_refused_now(const LoadNode *node);

/* OIDs of the indexes that it scans, in this order: of the reference, of the target */
extern List *probe_indexes(const LoadNode *node);

#endif							/* ASSOC_PROBE_PLAN_H */
