/*-------------------------------------------------------------------------
 *
 * role.c
 *	  Whose rights are used, and whose work is taken for one's own.
 *
 * Decides how other people's things are touched: as them, never as the caller.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "base/compat.h"
#include "base/role.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/guc.h"
#include "utils/syscache.h"

RoleFrame
role_become(Oid role)
{
	RoleFrame	before;

	GetUserIdAndSecContext(&before.user, &before.sec_context);
	SetUserIdAndSecContext(role, before.sec_context | SECURITY_RESTRICTED_OPERATION);
	before.settings = NewGUCNestLevel();
	(void) set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	return before;
}

RoleFrame
role_see_all(void)
{
	RoleFrame	before;

	GetUserIdAndSecContext(&before.user, &before.sec_context);
	SetUserIdAndSecContext(before.user, before.sec_context | SECURITY_NOFORCE_RLS);
	before.settings = NewGUCNestLevel();
	(void) set_config_option("row_security", "off", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	return before;
}

void
role_return(const RoleFrame *before)
{
	AtEOXact_GUC(false, before->settings);
	SetUserIdAndSecContext(before->user, before->sec_context);
}

Oid
role_owner_of(Oid relation)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
	Oid			owner;

	if (!HeapTupleIsValid(tuple))
		return InvalidOid;
	owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
	ReleaseSysCache(tuple);
	return owner;
}

Oid
role_owner_of_type(Oid type)
{
	HeapTuple	tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));
	Oid			owner;

	if (!HeapTupleIsValid(tuple))
		return InvalidOid;
	owner = ((Form_pg_type) GETSTRUCT(tuple))->typowner;
	ReleaseSysCache(tuple);
	return owner;
}

bool
role_may_act_as(Oid role, Oid other)
{
	return has_privs_of_role(role, other);
}

bool
role_is_trusted(Oid role, Oid table_owner)
{
	return role == GetUserId() ||
		has_privs_of_role(role, table_owner) ||
		is_member_of_role_nosuper(GetUserId(), role) ||
		is_member_of_role_nosuper(table_owner, role);
}
