/*-------------------------------------------------------------------------
 *
 * proof.c
 *	  What the catalogs prove of rows, and for which snapshots.
 *
 * An index or a constraint speaks of the rows that there were when it was made, and
 * since.  A snapshot that is older may show others: two of a key that has become unique
 * when one of them had been deleted, a link to nothing.  So the row of the catalog has to be
 * older than all that the transaction may see, as the planner asks of an index with
 * indcheckxmin.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/transam.h"
#include "registry/proof.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

static bool proof_by_row(Proofs *proofs, HeapTuple tuple);
static bool is_older(TransactionId xid);

bool
proof_by_index(Proofs *proofs, Oid index)
{
	return proof_by_row(proofs, SearchSysCache1(INDEXRELID, ObjectIdGetDatum(index)));
}

bool
proof_by_constraint(Proofs *proofs, Oid constraint)
{
	return proof_by_row(proofs, SearchSysCache1(CONSTROID, ObjectIdGetDatum(constraint)));
}

static bool
proof_by_row(Proofs *proofs, HeapTuple tuple)
{
	TransactionId xid;
	bool		older;

	if (!HeapTupleIsValid(tuple))
		return false;
	xid = HeapTupleHeaderGetXmin(tuple->t_data);
	ReleaseSysCache(tuple);
	older = is_older(xid);
	if (proofs == NULL)
		return older;
	if (!older)
		proofs->distrusted = xid;
	else if (!TransactionIdIsValid(proofs->trusted) || TransactionIdPrecedes(proofs->trusted, xid))
		proofs->trusted = xid;
	return older;
}

static bool
is_older(TransactionId xid)
{
	return TransactionIdPrecedes(xid, TransactionXmin);
}

/*
 * Between two uses the transaction may have become another, which sees less far back, or
 * have taken over an old snapshot.  A number that is so old that it looks like a new one is
 * met as if it were one: what rests on it is made again.
 */
bool
proofs_hold(const Proofs *proofs)
{
	return (!TransactionIdIsValid(proofs->trusted) || is_older(proofs->trusted)) &&
		(!TransactionIdIsValid(proofs->distrusted) || !is_older(proofs->distrusted));
}
