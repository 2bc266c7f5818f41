/*-------------------------------------------------------------------------
 *
 * key_match.c
 *	  How a reference is compared with the key that it points at.
 *
 * Decides the operator, and whether the reference is cast: by the rule that
 * PostgreSQL has for foreign keys, so that a load finds the row that the constraint
 * means.  The key is compared as it is, by its type's btree operators.  They take the
 * reference's own type (int8 = int4), or the reference becomes the type that they take, if
 * that goes without saying so (a citext at a text, an integer at a numeric).
 * The collation of the comparison is the key's; that whoever writes the SQL sees to.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "base/errors.h"
#include "catalog/pg_opfamily_d.h"
#include "catalog/pg_type_d.h"
#include "parser/parse_coerce.h"
#include "registry/key_match.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

/* pg_opfamily.dat has no name for it */
#define UUID_BTREE_FAM_OID 2968

static bool compares_across(Oid opfamily, Oid ref, Oid key);
static bool becomes(Oid ref, Oid key);

bool
key_match_find(Oid ref_type, Oid key_type, KeyMatch *match)
{
	Oid			ref = getBaseType(ref_type);
	Oid			key = getBaseType(key_type);

	match->opfamily = key_match_order(key, &match->key_type);
	if (!OidIsValid(match->opfamily))
		return false;
	match->ref_type = match->key_type;
	match->cast = InvalidOid;
	if (ref == key)
		return true;
	if (compares_across(match->opfamily, ref, match->key_type))
		match->ref_type = ref;
	else if (becomes(ref, match->key_type))
		match->cast = match->key_type;
	else
		return false;
	return true;
}

/* of types that most keys have without a look at catalogs, which a session's first load waits for */
Oid
key_match_order(Oid type, Oid *compared)
{
	TypeCacheEntry *entry;

	*compared = type;
	if (type == INT4OID || type == INT8OID)
		return INTEGER_BTREE_FAM_OID;
	if (type == TEXTOID)
		return TEXT_BTREE_FAM_OID;
	if (type == UUIDOID)
		return UUID_BTREE_FAM_OID;
	entry = lookup_type_cache(type, TYPECACHE_BTREE_OPFAMILY);
	*compared = entry->btree_opintype;
	return entry->btree_opf;
}

/* each of the two types has an equality operator of its own, as a foreign key needs */
static bool
compares_across(Oid opfamily, Oid ref, Oid key)
{
	return OidIsValid(get_opfamily_member(opfamily, key, ref, BTEqualStrategyNumber)) &&
		OidIsValid(get_opfamily_member(opfamily, ref, key, BTEqualStrategyNumber)) &&
		OidIsValid(get_opfamily_member(opfamily, ref, ref, BTEqualStrategyNumber));
}

/* what takes all types of a kind (anyarray, record) is no type to become */
static bool
becomes(Oid ref, Oid key)
{
	return get_typtype(key) != TYPTYPE_PSEUDO &&
		can_coerce_type(1, &ref, &key, COERCION_IMPLICIT);
}

KeyMatch
key_match(Oid ref_type, Oid key_type)
{
	KeyMatch	match;

	if (key_match_find(ref_type, key_type, &match))
		return match;
	if (getBaseType(ref_type) == getBaseType(key_type) || !key_match_find(key_type, key_type, &match))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("values of type %s cannot be keys of an association",
						format_type_be(key_type))));
	ereport(ERROR,
			(errcode(ERRCODE_ASSOC_KEY_MISMATCH),
			 errmsg("foreign key mismatch: a column of type %s cannot point at one of type %s",
					format_type_be(ref_type), format_type_be(key_type)),
			 errhint("Change the type of one: ALTER TABLE ... ALTER COLUMN ... TYPE ....")));
}

Oid
key_match_operator(const KeyMatch *match, int strategy, bool ref_on_left)
{
	return ref_on_left ?
		get_opfamily_member(match->opfamily, match->ref_type, match->key_type, strategy) :
		get_opfamily_member(match->opfamily, match->key_type, match->ref_type, strategy);
}
