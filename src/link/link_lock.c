/*-------------------------------------------------------------------------
 *
 * link_lock.c
 *	  Transaction locks on what has no row to be locked: the links of one source, and what
 *	  find_or_create looks for.
 *
 * Decides how many a transaction may hold.  They are advisory locks, which want no privilege,
 * and each takes a place in the server's lock table until the transaction ends.  So beyond
 * a bound the table that holds the links is locked against other writers instead, as
 * predicate locks are promoted.  Every verb has that table locked as a writer before, so
 * who has the stronger lock is alone with it.
 *
 * Where Citus keeps the links, the lock is one of each node; the source's row is locked too.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "base/rights.h"
#include "common/hashfn.h"
#include "access/xact.h"
#include "catalog/pg_class.h"
#include "deparse/statement.h"
#include "link/link.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "storage/lock.h"
#include "storage/proc.h"
#include "utils/memutils.h"

/* classes 1 and 2 of advisory locks are the user's */
#define LINK_LOCK_CLASS 3
#define WRITE_LOCK_CLASS 4
#define FIND_LOCK_CLASS 5

#define MAX_LOCKS 1000

/* locks taken in this transaction, those of subtransactions that failed among them */
static LocalTransactionId counted_in = InvalidLocalTransactionId;
static int	nlocks;

static bool is_distributed(LinkCall *call);
static void lock_on_all_nodes(LinkCall *call);
static int	max_locks(void);
static bool lock_key(Oid table, uint32 hash, uint16 lock_class, LOCKMODE mode);
static void count_from_start(void);
static bool lock_table(Oid table);
static Oid	holder_of(LinkCall *call);
static uint32 source_hash(LinkCall *call);
static KeyColumn *source_columns(LinkCall *call);

void
link_lock_source(LinkCall *call, LOCKMODE mode)
{
	(void) lock_key(holder_of(call), source_hash(call), LINK_LOCK_CLASS, mode);
	call->lock = mode;
	if (mode == ExclusiveLock && is_distributed(call))
		lock_on_all_nodes(call);
}

/* are the links rows of a table that Citus keeps? */
static bool
is_distributed(LinkCall *call)
{
	const AssociationEnds *ends = call->ends;

	if (ends->through != NULL)
		return ends->through->distributed;
	return ends->association->kind == BELONGS_TO ? ends->source->distributed :
		ends->target->distributed;
}

/*
 * Calls enter by any node, whose lock table is its own: the source's row is locked where it is
 * kept.  Who may not lock it is alone on his node only.  A snapshot of the transaction
 * does not reach the shards, so nothing there would fail that ought to.
 */
static void
lock_on_all_nodes(LinkCall *call)
{
	const Model *source = call->ends->source;

	if (IsolationUsesXactSnapshot())
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("links of \"%s\" cannot be compared at this isolation level",
						call->ends->association->alias),
				 errdetail("Citus keeps them, and has no snapshot that all nodes share."),
				 errhint("Use READ COMMITTED, or add and remove.")));
	if (call->nsource > 0 && source->relkind == RELKIND_RELATION &&
		rights_have(source->relid, ACL_SELECT) &&
		rights_have(source->relid, ACL_UPDATE))
		(void) statement_lock_row(source, call->nsource, call->source_key, call->source,
								  "NO KEY UPDATE");
}

bool
link_lock_writes(LinkCall *call, LOCKMODE mode)
{
	return lock_key(holder_of(call), source_hash(call), WRITE_LOCK_CLASS, mode);
}

void
link_lock_search(Oid table, uint32 hash)
{
	(void) lock_key(table, hash, FIND_LOCK_CLASS, ExclusiveLock);
}

bool
link_too_many_locks(int n)
{
	return n > max_locks();
}

/* the lock table has max_locks_per_transaction places for each session that there may be */
static int
max_locks(void)
{
	return Min(MAX_LOCKS, max_locks_per_xact * 16);
}

/* false: somebody was waited for */
static bool
lock_key(Oid table, uint32 hash, uint16 lock_class, LOCKMODE mode)
{
	LOCKTAG		tag;

	count_from_start();
	SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, table, hash, lock_class);
	if (nlocks >= max_locks())
		return assoc_lock_held(&tag, mode) || lock_table(table);
	switch (LockAcquire(&tag, mode, false, true))
	{
		case LOCKACQUIRE_NOT_AVAIL:
			(void) LockAcquire(&tag, mode, false, false);
			nlocks++;
			return false;
		case LOCKACQUIRE_OK:
			nlocks++;
			return true;
		default:
			return true;		/* it was ours already */
	}
}

static void
count_from_start(void)
{
	if (counted_in != assoc_local_xid())
		nlocks = 0;
	counted_in = assoc_local_xid();
}

/* costs nothing where it is ours already */
static bool
lock_table(Oid table)
{
	if (ConditionalLockRelationOid(table, ShareRowExclusiveLock))
		return true;
	LockRelationOid(table, ShareRowExclusiveLock);
	return false;
}

/* the table whose rows the links are */
static Oid
holder_of(LinkCall *call)
{
	const AssociationEnds *ends = call->ends;

	if (ends->through != NULL)
		return ends->through->relid;
	return ends->association->kind == BELONGS_TO ? ends->source->relid : ends->target->relid;
}

/* the first column of the key tells the two directions of one join table apart */
static uint32
source_hash(LinkCall *call)
{
	KeyColumn  *columns = source_columns(call);
	uint32		hash = hash_bytes_uint32(call->ends->source_ref[0]->attnum);

	for (int i = 0; i < call->nsource; i++)
		hash = hash_combine(hash, DatumGetUInt32(FunctionCall1Coll(&columns[i].hash,
																   columns[i].collation,
																   call->source[i])));
	return hash;
}

static KeyColumn *
source_columns(LinkCall *call)
{
	LinkKept   *kept = call->kept;

	if (kept->source_columns == NULL)
	{
		MemoryContext caller = MemoryContextSwitchTo(kept->cxt);

		kept->source_columns = link_key_columns(call->nsource, call->source_key);
		MemoryContextSwitchTo(caller);
	}
	return kept->source_columns;
}
