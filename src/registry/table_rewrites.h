/*-------------------------------------------------------------------------
 *
 * table_rewrites.h
 *	  Whether a table may change a row before it judges it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_TABLE_REWRITES_H
#define ASSOC_TABLE_REWRITES_H

#include "utils/rel.h"

/*
 * May a row that is inserted, or updated, become another one, or be left out, before its
 * NOT NULL and CHECK constraints are judged; or are they not judged here at all?  As the session's
 * session_replication_role says now, so the answer is not to be kept.
 */
extern bool table_rewrites_rows(Relation rel, bool inserting);

#endif							/* ASSOC_TABLE_REWRITES_H */
