/*-------------------------------------------------------------------------
 *
 * table_rewrites.c
 *	  Whether a table may change a row before it judges it.
 *
 * Decides who may: a trigger that fires before the row is stored, a rule, the server
 * behind a foreign table (which alone judges such a row), and the same of a partition or a child,
 * which the table itself does not show.  Our own trigger for updated_at is known to
 * change nothing else, and would otherwise be found on most tables.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "base/compat.h"
#include "catalog/namespace.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_trigger.h"
#include "commands/trigger.h"
#include "miscadmin.h"
#include "partitioning/partdesc.h"
#include "registry/table_rewrites.h"
#include "rewrite/prs2lock.h"
#include "utils/lsyscache.h"

static bool has_rule(Relation rel, CmdType event);
static bool has_trigger(Relation rel, CmdType event);
static bool is_before_row(const Trigger *trigger, CmdType event);
static bool fires(const Trigger *trigger);
static bool is_own(const Trigger *trigger);
static bool is_ours(const Trigger *trigger);
static bool children_rewrite(Relation rel, CmdType event);
static bool child_rewrites(Oid child, CmdType event);

bool
table_rewrites(const Model *model, CmdType event)
{
	Relation	rel = table_open(model->relid, NoLock);
	bool		rewrites = table_rewrites_rows(rel, event);

	table_close(rel, NoLock);
	return rewrites;
}

bool
table_returns(Oid relid, CmdType event)
{
	Relation	rel = table_open(relid, NoLock);
	bool		instead = false;
	bool		returns = false;

	for (int i = 0; rel->rd_rules != NULL && i < rel->rd_rules->numLocks; i++)
	{
		RewriteRule *rule = rel->rd_rules->rules[i];
		ListCell   *lc;

		if (rule->event != event)
			continue;
		instead |= rule->isInstead;
		foreach(lc, rule->actions)
			returns |= lfirst_node(Query, lc)->returningList != NIL;
	}
	table_close(rel, NoLock);
	return returns || !instead;
}

bool
table_runs_code(Oid relid)
{
	Relation	rel = table_open(relid, NoLock);
	const TriggerDesc *triggers = rel->trigdesc;
	bool		runs = has_rule(rel, CMD_INSERT) || has_rule(rel, CMD_UPDATE);

	for (int i = 0; triggers != NULL && i < triggers->numtriggers; i++)
	{
		const Trigger *trigger = &triggers->triggers[i];

		runs |= !trigger->tgisinternal && fires(trigger) && !is_ours(trigger);
	}
	table_close(rel, NoLock);
	return runs;
}

bool
table_has_foreign_rows(Oid relid)
{
	char		relkind = get_rel_relkind(relid);

	if (relkind != RELKIND_PARTITIONED_TABLE)
		return relkind == RELKIND_FOREIGN_TABLE;
	foreach_oid(part, find_all_inheritors(relid, AccessShareLock, NULL))
	{
		if (get_rel_relkind(part) == RELKIND_FOREIGN_TABLE)
			return true;
	}
	return false;
}

bool
table_rewrites_rows(Relation rel, CmdType event)
{
	check_stack_depth();
	return rel->rd_rel->relkind == RELKIND_FOREIGN_TABLE ||
		has_rule(rel, event) ||
		has_trigger(rel, event) ||
		children_rewrite(rel, event);
}

/* beside a rule for UPDATE an INSERT cannot say ON CONFLICT either */
static bool
has_rule(Relation rel, CmdType event)
{
	for (int i = 0; rel->rd_rules != NULL && i < rel->rd_rules->numLocks; i++)
	{
		CmdType		rule = rel->rd_rules->rules[i]->event;

		if (rule == event || (event == CMD_INSERT && rule == CMD_UPDATE))
			return true;
	}
	return false;
}

static bool
has_trigger(Relation rel, CmdType event)
{
	const TriggerDesc *triggers = rel->trigdesc;

	for (int i = 0; triggers != NULL && i < triggers->numtriggers; i++)
	{
		const Trigger *trigger = &triggers->triggers[i];

		if (is_before_row(trigger, event) && fires(trigger) && !is_own(trigger))
			return true;
	}
	return false;
}

/* or in place of it */
static bool
is_before_row(const Trigger *trigger, CmdType event)
{
	if (!TRIGGER_FOR_ROW(trigger->tgtype) || TRIGGER_FOR_AFTER(trigger->tgtype))
		return false;
	switch (event)
	{
		case CMD_INSERT:
			return TRIGGER_FOR_INSERT(trigger->tgtype);
		case CMD_UPDATE:
			return TRIGGER_FOR_UPDATE(trigger->tgtype);
		default:
			return TRIGGER_FOR_DELETE(trigger->tgtype);
	}
}

/* as ALTER TABLE ... ENABLE TRIGGER says for the session's role */
static bool
fires(const Trigger *trigger)
{
	if (SessionReplicationRole == SESSION_REPLICATION_ROLE_REPLICA)
		return trigger->tgenabled == TRIGGER_FIRES_ON_REPLICA ||
			trigger->tgenabled == TRIGGER_FIRES_ALWAYS;
	return trigger->tgenabled == TRIGGER_FIRES_ON_ORIGIN ||
		trigger->tgenabled == TRIGGER_FIRES_ALWAYS;
}

/* the one that keeps updated_at */
static bool
is_own(const Trigger *trigger)
{
	char	   *name = is_ours(trigger) ? get_func_name(trigger->tgfoid) : NULL;

	return name != NULL && strcmp(name, "keep_updated_at") == 0;
}

static bool
is_ours(const Trigger *trigger)
{
	Oid			schema = get_namespace_oid("assoc", true);

	return OidIsValid(schema) && get_func_namespace(trigger->tgfoid) == schema;
}

/* rows are inserted into partitions, and updated in children of any kind */
static bool
children_rewrite(Relation rel, CmdType event)
{
	List	   *children = NIL;

	if (rel->rd_rel->relkind == RELKIND_PARTITIONED_TABLE)
	{
		PartitionDesc partitions = RelationGetPartitionDesc(rel, true);

		for (int i = 0; i < partitions->nparts; i++)
		{
			if (child_rewrites(partitions->oids[i], event))
				return true;
		}
		return false;
	}
	if (event != CMD_INSERT && rel->rd_rel->relhassubclass)
		children = find_inheritance_children(RelationGetRelid(rel), NoLock);
	foreach_oid(child, children)
	{
		if (child_rewrites(child, event))
			return true;
	}
	return false;
}

static bool
child_rewrites(Oid child, CmdType event)
{
	Relation	rel = try_table_open(child, AccessShareLock);
	bool		rewrites = rel != NULL && table_rewrites_rows(rel, event);

	if (rel != NULL)
		table_close(rel, AccessShareLock);
	return rewrites;
}
