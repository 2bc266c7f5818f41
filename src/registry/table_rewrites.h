/*-------------------------------------------------------------------------
 *
 * table_rewrites.h
 *	  Whether a table may change a row before it judges it, and whose rows are judged elsewhere.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_TABLE_REWRITES_H
#define ASSOC_TABLE_REWRITES_H

#include "nodes/nodes.h"
#include "registry/registry_cache.h"
#include "utils/rel.h"

/*
 * May a row that is inserted, updated or deleted (CMD_INSERT, ...) become another one, or be left out, before its
 * NOT NULL and CHECK constraints are judged; or are they not judged here at all?  As the session's
 * session_replication_role says now, so the answer is not to be kept.
 */
extern bool table_rewrites_rows(Relation rel, CmdType event);
/* the same of a model whose table is locked */
extern bool table_rewrites(const Model *model, CmdType event);
/* may an INSERT or UPDATE of the table, which is locked, run code that is neither ours nor the server's? */
extern bool table_runs_code(Oid relid);
/* does a foreign server have its rows, or those of a partition? */
extern bool table_has_foreign_rows(Oid relid);
/* may the statement have RETURNING?  Not where a rule does something else in its place.  The table is locked */
extern bool table_returns(Oid relid, CmdType event);

#endif							/* ASSOC_TABLE_REWRITES_H */
