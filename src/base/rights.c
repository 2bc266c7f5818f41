/*-------------------------------------------------------------------------
 *
 * rights.c
 *	  Rights of the caller to a relation, known before it is locked.
 *
 * Decides which rights a lock needs and which error a missing one gives.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "base/rights.h"
#include "catalog/objectaddress.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/lsyscache.h"

#define ACL_WRITE (ACL_INSERT | ACL_UPDATE | ACL_DELETE)
#define ACL_ANY (ACL_SELECT | ACL_WRITE | ACL_TRUNCATE | ACL_REFERENCES)

/* what is missing */
typedef enum Missing
{
	MISSING_NOTHING,
	MISSING_SCHEMA,
	MISSING_RELATION
} Missing;

static Missing find_missing(Oid relation, AclMode any);
static AclMode requested_for(LOCKMODE mode);

bool
rights_have(Oid relation, AclMode any)
{
	return find_missing(relation, any) == MISSING_NOTHING;
}

void
rights_require(Oid relation, AclMode any)
{
	switch (find_missing(relation, any))
	{
		case MISSING_NOTHING:
			break;
		case MISSING_SCHEMA:
			aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_SCHEMA,
						   get_namespace_name(get_rel_namespace(relation)));
			break;
		case MISSING_RELATION:
			aclcheck_error(ACLCHECK_NO_PRIV, get_relkind_objtype(get_rel_relkind(relation)),
						   get_rel_name(relation));
			break;
	}
}

static Missing
find_missing(Oid relation, AclMode any)
{
	Oid			schema = get_rel_namespace(relation);
	bool		gone = false;

	if (!OidIsValid(schema))
		return MISSING_NOTHING;
	if (assoc_namespace_aclcheck(schema, GetUserId(), ACL_USAGE) != ACLCHECK_OK)
		return MISSING_SCHEMA;
	if (any == ACL_NO_RIGHTS ||
		pg_class_aclcheck_ext(relation, GetUserId(), any, &gone) == ACLCHECK_OK || gone ||
		pg_attribute_aclcheck_all(relation, GetUserId(), any, ACLMASK_ANY) == ACLCHECK_OK)
		return MISSING_NOTHING;
	return MISSING_RELATION;
}

bool
rights_have_column(Oid relation, AttrNumber column, AclMode mode)
{
	return pg_class_aclcheck(relation, GetUserId(), mode) == ACLCHECK_OK ||
		pg_attribute_aclcheck(relation, column, GetUserId(), mode) == ACLCHECK_OK;
}

void
rights_lock(Oid relation, LOCKMODE mode)
{
	rights_require_for(relation, mode);
	LockRelationOid(relation, mode);
}

void
rights_require_for(Oid relation, LOCKMODE mode)
{
	rights_require(relation, requested_for(mode));
}

void
rights_lock_allowed(Oid relation, LOCKMODE mode)
{
	if (mode > AccessShareLock && rights_have(relation, requested_for(mode)))
		LockRelationOid(relation, mode);
	else if (rights_have(relation, ACL_ANY))
		LockRelationOid(relation, AccessShareLock);
}

static AclMode
requested_for(LOCKMODE mode)
{
	if (mode == AccessShareLock)
		return ACL_SELECT;
	if (mode <= RowExclusiveLock)
		return ACL_WRITE;
	return ACL_UPDATE | ACL_DELETE | ACL_TRUNCATE;
}
