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
#include "access/relation.h"
#include "access/stratnum.h"
#include "access/transam.h"
#include "base/compat.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_inherits.h"
#include "nodes/parsenodes.h"
#include "registry/key_match.h"
#include "registry/proof.h"
#include "utils/catcache.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

static bool compares_alike(const ModelIndex *index, int column, Oid operator, const Attribute *ref, const Attribute *key);
static bool same_equality(Oid collation, Oid other);
static Oid	constraint_over(const Model *from, int n, Attribute **ref, const Model *to,
							Attribute **key);
static bool pairs_match(const ForeignKeyCacheInfo *fk, int n, Attribute **ref, Attribute **key);
static bool holds_at_all_times(Oid constraint);
static bool is_subscribed(const Model *model);
static bool in_trigger(void);
static bool checks_its_rows(const Model *model);
static bool proof_by_row(Proofs *proofs, HeapTuple tuple);
static bool is_older(TransactionId xid);

bool
proof_by_index(Proofs *proofs, Oid index)
{
	return proof_by_row(proofs, SearchSysCache1(INDEXRELID, ObjectIdGetDatum(index)));
}

/* the indexed column itself must be what is compared */
bool
proof_index_on_ref(const ModelIndex *index, int column, const Attribute *ref, const Attribute *key)
{
	KeyMatch	match;

	if (ref->attnum != index->attnums[column])
		return false;
	match = key_match(ref->type, key->type);
	return !OidIsValid(match.cast) &&
		compares_alike(index, column, key_match_operator(&match, BTEqualStrategyNumber, true), ref, key);
}

bool
proof_index_on_key(const ModelIndex *index, int column, const Attribute *ref, const Attribute *key)
{
	KeyMatch	match;

	if (key->attnum != index->attnums[column])
		return false;
	match = key_match(ref->type, key->type);
	return compares_alike(index, column, key_match_operator(&match, BTEqualStrategyNumber, false), ref, key);
}

/* is what a statement takes for equal so for the index too?  See sql_source_equal */
static bool
compares_alike(const ModelIndex *index, int column, Oid operator, const Attribute *ref, const Attribute *key)
{
	return get_op_opfamily_strategy(operator, index->opfamilies[column]) == BTEqualStrategyNumber &&
		same_equality(index->collations[column],
					  OidIsValid(key->collation) ? key->collation : ref->collation);
}

/* deterministic collations differ in order only */
static bool
same_equality(Oid collation, Oid other)
{
	return collation == other ||
		((!OidIsValid(collation) || get_collation_isdeterministic(collation)) &&
		 (!OidIsValid(other) || get_collation_isdeterministic(other)));
}

/* ---- foreign keys ---- */

/*
 * A foreign key is checked at the end of a statement, so triggers of that statement may
 * still see what it will refuse or mend.  And it knows nothing of inheritance children, of
 * either side.
 */
bool
proof_by_foreign_key(Proofs *proofs, const Model *from, int n, Attribute **ref,
					 const Model *to, Attribute **key)
{
	bool		inside = in_trigger();
	Oid			constraint;

	if ((from->has_children && from->relkind == RELKIND_RELATION) ||
		(to->has_children && to->relkind == RELKIND_RELATION))
		return false;
	constraint = constraint_over(from, n, ref, to, key);
	if (!OidIsValid(constraint) || !holds_at_all_times(constraint) || is_subscribed(from) || is_subscribed(to))
		return false;
	if (proofs != NULL)
	{
		proofs->inside_trigger |= inside;
		proofs->outside_trigger |= !inside;
	}
	return !inside && proof_by_row(proofs, SearchSysCache1(CONSTROID, ObjectIdGetDatum(constraint)));
}

bool
proof_of_cascade(const Model *from, int n, Attribute **ref, const Model *to, Attribute **key, bool update)
{
	Oid			constraint = constraint_over(from, n, ref, to, key);
	HeapTuple	tuple;
	Form_pg_constraint row;
	bool		cascades;

	if (!OidIsValid(constraint))
		return false;
	tuple = SearchSysCache1(CONSTROID, ObjectIdGetDatum(constraint));
	if (!HeapTupleIsValid(tuple))
		return false;
	row = (Form_pg_constraint) GETSTRUCT(tuple);
	cascades = (update ? row->confupdtype : row->confdeltype) == FKCONSTR_ACTION_CASCADE;
	ReleaseSysCache(tuple);
	return cascades;
}

static Oid
constraint_over(const Model *from, int n, Attribute **ref, const Model *to, Attribute **key)
{
	Relation	rel = try_relation_open(from->relid, AccessShareLock);
	Oid			constraint = InvalidOid;

	if (rel == NULL)
		return InvalidOid;
	foreach_ptr(ForeignKeyCacheInfo, fk, RelationGetFKeyList(rel))
	{
		if (fk->confrelid == to->relid && fk->nkeys == n && assoc_foreign_key_enforced(fk) &&
			pairs_match(fk, n, ref, key))
			constraint = fk->conoid;
	}
	relation_close(rel, AccessShareLock);
	return constraint;
}

/* the same columns, compared by the same operators */
static bool
pairs_match(const ForeignKeyCacheInfo *fk, int n, Attribute **ref, Attribute **key)
{
	for (int i = 0; i < n; i++)
	{
		KeyMatch	match = key_match(ref[i]->type, key[i]->type);
		Oid			operator = key_match_operator(&match, BTEqualStrategyNumber, false);
		int			k = 0;

		while (k < n && !(fk->conkey[k] == ref[i]->attnum && fk->confkey[k] == key[i]->attnum &&
						  fk->conpfeqop[k] == operator))
			k++;
		if (k == n)
			return false;
	}
	return true;
}

/* all rows were checked, and no transaction can put the check off */
static bool
holds_at_all_times(Oid constraint)
{
	HeapTuple	tuple = SearchSysCache1(CONSTROID, ObjectIdGetDatum(constraint));
	Form_pg_constraint row;
	bool		holds;

	if (!HeapTupleIsValid(tuple))
		return false;
	row = (Form_pg_constraint) GETSTRUCT(tuple);
	holds = row->convalidated && !row->condeferrable;
	ReleaseSysCache(tuple);
	return holds;
}

/* a subscription writes rows as they come, and checks no foreign keys */
static bool
is_subscribed(const Model *model)
{
	List	   *relations = model->relkind == RELKIND_PARTITIONED_TABLE ?
		find_all_inheritors(model->relid, NoLock, NULL) : list_make1_oid(model->relid);
	bool		subscribed = false;

	foreach_oid(relation, relations)
	{
		CatCList   *rows = SearchSysCacheList1(SUBSCRIPTIONRELMAP, ObjectIdGetDatum(relation));

		subscribed |= rows->n_members > 0;
		ReleaseSysCacheList(rows);
	}
	return subscribed;
}

static bool
in_trigger(void)
{
	return DatumGetInt32(DirectFunctionCall1(pg_trigger_depth, (Datum) 0)) > 0;
}

bool
proof_by_not_null(Proofs *proofs, const Model *model, const Attribute *attribute)
{
	return attribute->never_null && checks_its_rows(model) &&
		proof_by_row(proofs, SearchSysCache2(ATTNUM, ObjectIdGetDatum(model->relid),
											 Int16GetDatum(attribute->attnum)));
}

bool
proof_never_null(Proofs *proofs, const Model *model, int n, Attribute **attributes)
{
	for (int i = 0; i < n; i++)
		if (!proof_by_not_null(proofs, model, attributes[i]))
			return false;
	return true;
}

/* a foreign table, and a partition that is one, leaves that to where its rows are */
static bool
checks_its_rows(const Model *model)
{
	List	   *relations = model->relkind == RELKIND_PARTITIONED_TABLE ?
		find_all_inheritors(model->relid, NoLock, NULL) : list_make1_oid(model->relid);

	foreach_oid(relation, relations)
		if (get_rel_relkind(relation) == RELKIND_FOREIGN_TABLE)
			return false;
	return true;
}

/* ---- for which snapshots ---- */

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
	if (proofs->inside_trigger || proofs->outside_trigger)
	{
		if (in_trigger() ? proofs->outside_trigger : proofs->inside_trigger)
			return false;
	}
	return (!TransactionIdIsValid(proofs->trusted) || is_older(proofs->trusted)) &&
		(!TransactionIdIsValid(proofs->distrusted) || !is_older(proofs->distrusted));
}
