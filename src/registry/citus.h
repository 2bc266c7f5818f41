/*-------------------------------------------------------------------------
 *
 * citus.h
 *	  What has to be known of Citus: which tables are its, and how plans are made for them.
 *
 * Statements over such tables take other forms, which each writer of SQL knows; it asks
 * Model.distributed.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_CITUS_H
#define ASSOC_CITUS_H

#include "executor/spi.h"

/* does Citus keep the rows of the table, on this node or on others? */
extern bool citus_has_table(Oid relation);
/* of such a table: are all rows on each node? */
extern bool citus_replicates(Oid relation);
/* the column that its rows are spread by; 0 where there is none */
extern AttrNumber citus_key(Oid relation);
/*
 * Would a join by these columns need rows of several nodes at once, which Citus refuses?  Both are
 * spread, and not by columns that the join equates.
 */
extern bool citus_joins_apart(Oid left, Oid right, int n, const AttrNumber *left_columns,
							  const AttrNumber *right_columns);
/* is this node a worker, whose registry has what was declared on it only? */
extern bool citus_is_worker(void);
/* before anything is read for a call that writes the table, which is locked */
extern void citus_begin_write(Oid relation);
/* one to each node until the transaction ends: for what makes functions on all nodes after it has altered tables there */
extern void citus_use_one_connection(void);
/* error where Citus would not know of a table made by a function: on a worker, and where it spreads the tables of a schema */
extern void citus_refuse_new(Oid schema, const char *table);
/* a plan that was to be made once, or for each call, is made as PostgreSQL decides where it reads such a table */
extern void citus_free_plan_choice(SPIPlanPtr plan);

#endif							/* ASSOC_CITUS_H */
