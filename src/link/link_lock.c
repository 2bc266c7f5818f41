/*-------------------------------------------------------------------------
 *
 * link_lock.c
 *	  Transaction locks on what has no row to be locked: links, be they there or not, and
 *	  what find_or_create looks for.
 *
 * Decides which locks a verb takes and how many a transaction may hold.  They are advisory
 * locks, which want no privilege.
 *
 * A call over few links locks each link, and the rows at both ends in a mode that other calls
 * over single links share; a set locks its row exclusively.  So two verbs wait for each other
 * only where both are about the same link, from whichever direction, or one is about all links
 * of a row.  A call over many links locks only its row: adds share that lock with adds, and
 * calls that remove links hold it alone.  All locks of a call are taken at once and in one
 * order for all calls.
 *
 * Each lock is an entry of the server's lock table until the transaction ends.  So beyond a part
 * of a bound, calls lock as those over many links do, and beyond the bound the table that holds
 * the links is locked against other writers instead, as predicate locks are promoted.  Every
 * verb has locked that table as a writer before, so the stronger lock excludes all other verbs.
 *
 * Where Citus keeps the links, each node has locks of its own; the source's row is locked too.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "base/compat.h"
#include "base/rights.h"
#include "catalog/pg_class.h"
#include "common/hashfn.h"
#include "deparse/statement.h"
#include "link/link.h"
#include "miscadmin.h"
#include "registry/table_rewrites.h"
#include "storage/lmgr.h"
#include "storage/lock.h"
#include "storage/proc.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/relcache.h"

/* classes 1 and 2 of advisory locks are the user's */
#define LINK_LOCK_CLASS 3
#define WRITE_LOCK_CLASS 4
#define FIND_LOCK_CLASS 5
#define PAIR_LOCK_CLASS 6

#define MAX_LOCKS 1000

/* of one call, so that a form with some checkboxes locks its links one by one */
#define MAX_LINK_LOCKS 50

typedef struct LockRequest
{
	Oid			table;
	uint32		hash;
	uint16		lock_class;
	LOCKMODE	mode;
} LockRequest;

/* locks taken in this transaction, those of subtransactions that failed among them */
static LocalTransactionId counted_in = InvalidLocalTransactionId;
static int	nlocks;

static bool lock_calls(int n, LinkCall **calls);
static bool was_read(Oid table);
static void lock_on_all_nodes(LinkCall *call);
static int	count_single(int n, LinkCall **calls);
static int	locks_of_link(const LinkCall *call);
static int	want_single(LinkCall *call, LockRequest *requested);
static LOCKMODE single_mode(const LinkCall *call);
static LOCKMODE pair_mode(const LinkCall *call);
static LOCKMODE whole_mode(const LinkCall *call);
static bool take(int n, LockRequest *requested);
static int	compare_requested(const void *a, const void *b);
static int	max_locks(void);
static bool lock_key(Oid table, uint32 hash, uint16 lock_class, LOCKMODE mode);
static void count_from_start(void);
static bool lock_table(Oid table);
static uint32 source_hash(LinkCall *call);
static uint32 target_hash(LinkCall *call, const Datum *key);
static uint32 pair_hash(LinkCall *call, uint32 source, uint32 target);
static uint32 end_hash(int n, Attribute **ref, const KeyColumn *columns, const Datum *key);
static KeyColumn *source_columns(LinkCall *call);

void
link_lock(LinkCall *call, LinkLocking locking)
{
	call->locking = locking;
	(void) link_lock_all(1, &call);
}

bool
link_lock_all(int n, LinkCall **calls)
{
	LinkCall  **all = palloc_array(LinkCall *, 2 * n + 1);
	int			nall = 0;

	for (int i = 0; i < n; i++)
	{
		all[nall++] = calls[i];
		/* links that are seen from both ends are in hand as either end has them */
		if (calls[i]->mirror != NULL)
			all[nall++] = link_mirror(calls[i]);
	}
	return lock_calls(nall, all);
}

static bool
lock_calls(int n, LinkCall **calls)
{
	LockRequest	few[MAX_LINK_LOCKS];
	int			nsingle = count_single(n, calls);
	bool		single = nsingle <= MAX_LINK_LOCKS && nlocks + nsingle <= max_locks() / 8;
	LockRequest *requested = single ? few : palloc_array(LockRequest, n);
	int			nrequested = 0;
	bool		at_once;

	for (int i = 0; i < n; i++)
	{
		LinkCall   *call = calls[i];

		if (call->alone)
			continue;
		/* a position that is given is given once */
		if (call->position != NULL && call->locking != LINK_LOCK_REMOVE)
			call->locking = LINK_LOCK_SET;
		call->lock = single ? single_mode(call) : whole_mode(call);
		if (single)
			nrequested += want_single(call, &requested[nrequested]);
		else
			requested[nrequested++] = (LockRequest) {link_holder(call)->relid, source_hash(call),
			LINK_LOCK_CLASS, call->lock};
	}
	at_once = take(nrequested, requested);
	for (int i = 0; i < n; i++)
	{
		if (!at_once && was_read(link_holder(calls[i])->relid))
			link_refuse_outdated(calls[i]);
		if (calls[i]->locking >= LINK_LOCK_TOGGLE && link_holder(calls[i])->distributed)
			lock_on_all_nodes(calls[i]);
	}
	return at_once;
}

/* by a statement of this transaction, whose lock stays; a call that has only begun holds that of a writer, or none yet */
static bool
was_read(Oid table)
{
	Relation	rel = RelationIdGetRelation(table);
	bool		read = rel != NULL && CheckRelationLockedByMe(rel, AccessShareLock, false);

	if (rel != NULL)
		RelationClose(rel);
	return read;
}

/*
 * A foreign server shows a transaction what was there at its first statement: links that
 * were made while we waited would stay beside those of a set.
 */
void
link_refuse_outdated(LinkCall *call)
{
	if (call->locking >= LINK_LOCK_TOGGLE && table_has_foreign_rows(link_holder(call)->relid))
		ereport(ERROR,
				(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				 errmsg("could not serialize access due to concurrent changes of links of \"%s\"",
						call->assoc->association->alias),
				 errdetail("They are on a foreign server, which shows this transaction what was there when it began."),
				 errhint("Run the transaction again, with this call first.")));
}

/*
 * Calls enter by any node, whose lock table is its own: the source's row is locked where it is
 * kept.  Who may not lock it is alone on his node only.  A snapshot of the transaction
 * does not reach the shards, so nothing there would fail that ought to.
 */
static void
lock_on_all_nodes(LinkCall *call)
{
	const Model *source = call->assoc->source;

	if (IsolationUsesXactSnapshot())
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("links of \"%s\" cannot be compared at this isolation level",
						call->assoc->association->alias),
				 errdetail("Citus keeps them, and has no snapshot that all nodes share."),
				 errhint("Use READ COMMITTED, or add and remove.")));
	if (call->nsource > 0 && (source->relkind == RELKIND_RELATION || source->relkind == RELKIND_PARTITIONED_TABLE) &&
		rights_have(source->relid, ACL_SELECT) &&
		rights_have(source->relid, ACL_UPDATE))
		(void) statement_lock_row(source, call->nsource, call->source_key, call->source,
								  "NO KEY UPDATE");
}

static int
count_single(int n, LinkCall **calls)
{
	int			total = n;

	count_from_start();
	for (int i = 0; i < n && total <= MAX_LINK_LOCKS; i++)
		total += calls[i]->alone ? 0 : calls[i]->nitems * locks_of_link(calls[i]);
	return total;
}

/* a row that points has one link, and is its end */
static int
locks_of_link(const LinkCall *call)
{
	if (call->assoc->through != NULL)
		return 2;
	return call->assoc->source_points ? 0 : 1;
}

/* the row's end, then each link and the other end of it */
static int
want_single(LinkCall *call, LockRequest *requested)
{
	Oid			table = link_holder(call)->relid;
	uint32		source = source_hash(call);
	LOCKMODE	other = call->lock == ExclusiveLock ? RowExclusiveLock : call->lock;
	int			n = 0;

	requested[n++] = (LockRequest) {table, source, LINK_LOCK_CLASS, call->lock};
	for (int i = 0; i < call->nitems && locks_of_link(call) > 0; i++)
	{
		uint32		target = target_hash(call, call->items[i].key);

		if (call->assoc->through)
			requested[n++] = (LockRequest) {table, target, LINK_LOCK_CLASS, other};
		requested[n++] = (LockRequest) {table, pair_hash(call, source, target), PAIR_LOCK_CLASS,
		pair_mode(call)};
	}
	return n;
}

/* on an end: adds do not wait for removes, but for calls that hold all links of the row */
static LOCKMODE
single_mode(const LinkCall *call)
{
	switch (call->locking)
	{
		case LINK_LOCK_ADD:
			return RowShareLock;
		case LINK_LOCK_SET:
			return ExclusiveLock;
		default:
			return RowExclusiveLock;
	}
}

/*
 * Adds go with each other, the second finding the link there, and so do removes.  Of removes
 * of several, whose order is not theirs to choose, one waits here.
 */
static LOCKMODE
pair_mode(const LinkCall *call)
{
	if (call->locking == LINK_LOCK_ADD && !call->multiple)
		return ShareLock;
	if (call->locking == LINK_LOCK_REMOVE)
		return call->nitems > 1 ? ShareUpdateExclusiveLock : RowExclusiveLock;
	return ExclusiveLock;
}

static LOCKMODE
whole_mode(const LinkCall *call)
{
	return call->locking == LINK_LOCK_ADD ? ShareLock :
		call->locking == LINK_LOCK_REMOVE && call->nitems == 1 ? RowExclusiveLock : ExclusiveLock;
}

/* two modes of one lock are one that is alone */
static bool
take(int n, LockRequest *requested)
{
	bool		at_once = true;

	if (n > 1)
		qsort(requested, n, sizeof(LockRequest), compare_requested);
	for (int i = 0; i < n; i++)
	{
		LOCKMODE	mode = requested[i].mode;

		for (; i + 1 < n && compare_requested(&requested[i], &requested[i + 1]) == 0; i++)
		{
			if (requested[i + 1].mode != mode)
				mode = ExclusiveLock;
		}
		at_once &= lock_key(requested[i].table, requested[i].hash, requested[i].lock_class, mode);
	}
	return at_once;
}

static int
compare_requested(const void *a, const void *b)
{
	const LockRequest *x = a;
	const LockRequest *y = b;

	if (x->lock_class != y->lock_class)
		return x->lock_class < y->lock_class ? -1 : 1;
	if (x->table != y->table)
		return x->table < y->table ? -1 : 1;
	return x->hash == y->hash ? 0 : x->hash < y->hash ? -1 : 1;
}

bool
link_lock_writes(LinkCall *call, LOCKMODE mode)
{
	return lock_key(link_holder(call)->relid, source_hash(call), WRITE_LOCK_CLASS, mode);
}

void
link_lock_search(Oid table, uint32 hash, LOCKMODE mode)
{
	(void) lock_key(table, hash, FIND_LOCK_CLASS, mode);
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
			if (assoc_lock_held(&tag, ExclusiveLock))
				return true;	/* that somebody waits for it is nothing to us */
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

static uint32
source_hash(LinkCall *call)
{
	const ResolvedAssociation *assoc = call->assoc;
	uint32		hash = assoc->through ? 0 : hash_bytes_uint32(assoc->source_ref[0]->attnum);

	return hash_combine(hash, end_hash(call->nsource, assoc->through ? assoc->source_ref : NULL,
									   source_columns(call), call->source));
}

/* as source_hash of the other direction */
static uint32
target_hash(LinkCall *call, const Datum *key)
{
	return hash_combine(0, end_hash(call->nkey,
									call->assoc->through ? call->assoc->target_ref : NULL,
									call->key_columns, key));
}

/* the same from either direction; a child is its own link */
static uint32
pair_hash(LinkCall *call, uint32 source, uint32 target)
{
	if (call->assoc->through == NULL)
		return target;
	return hash_combine(Min(source, target), Max(source, target));
}

/* the columns of the table distinguish the two ends */
static uint32
end_hash(int n, Attribute **ref, const KeyColumn *columns, const Datum *key)
{
	uint32		hash = 0;

	for (int i = 0; i < n; i++)
	{
		FmgrInfo   *function = unconstify(FmgrInfo *, &columns[i].hash);

		hash = hash_combine(hash, ref ? ref[i]->attnum : 0);
		hash = hash_combine(hash, DatumGetUInt32(FunctionCall1Coll(function, columns[i].collation,
																   key[i])));
	}
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
