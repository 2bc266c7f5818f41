/*-------------------------------------------------------------------------
 *
 * accessor_remade.c
 *	  Functions of tables that were recreated in the transaction that dropped them.
 *
 * Called by assoc.registry_put_back only, and by nobody else: the rights that it passes were read
 * from the catalogs when the functions were dropped.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/arguments.h"
#include "base/compat.h"
#include "base/role.h"
#include "declare/accessor.h"
#include "declare/computed.h"
#include "fmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(registry_restore_accessors);
PG_FUNCTION_INFO_V1(registry_restore_computed);
PG_FUNCTION_INFO_V1(registry_restore_rights);


/* registry_restore_accessors(relation oid): as its owner, whoever commits */
Datum
registry_restore_accessors(PG_FUNCTION_ARGS)
{
	Oid			source = PG_GETARG_OID(0);
	Oid			owner = role_owner_of(source);
	RoleFrame	before;

	if (!OidIsValid(owner))
		PG_RETURN_VOID();
	registry_pin();
	before = role_become(owner);
	accessors_restore(source);
	role_return(&before);
	PG_RETURN_VOID();
}

/* registry_restore_computed(relation oid): what their names meant before cannot be known, so they mean pg_catalog's */
Datum
registry_restore_computed(PG_FUNCTION_ARGS)
{
	Oid			relation = PG_GETARG_OID(0);
	Oid			owner = role_owner_of(relation);
	ModelRow   *row = registry_read_model(relation);
	RoleFrame	before;

	if (!OidIsValid(owner) || row == NULL)
		PG_RETURN_VOID();
	registry_pin();
	before = role_become(owner);
	computed_restore(relation, row->options);
	role_return(&before);
	PG_RETURN_VOID();
}

/* registry_restore_rights(function oid, grants aclitem[], definer boolean, settings text[], comment text) */
Datum
registry_restore_rights(PG_FUNCTION_ARGS)
{
	argument_require(fcinfo, 0, "function");
	argument_require(fcinfo, 1, "grants");
	argument_require(fcinfo, 2, "definer");
	argument_require(fcinfo, 3, "settings");
	accessor_give(PG_GETARG_OID(0), PG_GETARG_ACL_P(1), PG_GETARG_BOOL(2), accessor_texts_of(PG_GETARG_ARRAYTYPE_P(3)),
				  PG_ARGISNULL(4) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(4)));
	PG_RETURN_VOID();
}

