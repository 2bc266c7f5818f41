/*-------------------------------------------------------------------------
 *
 * role.h
 *	  Whose rights are used, and whose work is taken for one's own.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_ROLE_H
#define ASSOC_ROLE_H

/* what role_return goes back to */
typedef struct RoleFrame
{
	Oid			user;
	int			sec_context;
	int			settings;		/* nest level of the settings before */
} RoleFrame;

/*
 * From here on, act as this role, in a security-restricted operation with settings of its
 * own, as CREATE INDEX does: what the role has written (a trigger, a CHECK, a function
 * of a domain) can neither use the caller's rights nor leave a setting behind.
 * An error goes back by aborting the (sub)transaction.
 */
extern RoleFrame role_become(Oid role);
/* the same role, that row security may hide nothing from: an error where it would, and nothing to the owner */
extern RoleFrame role_see_all(void);
extern void role_return(const RoleFrame *before);

/* the owner of a relation, of a type; InvalidOid when it is gone */
extern Oid	role_owner_of(Oid relation);
extern Oid	role_owner_of_type(Oid type);

/* may this role do what the other one may?  Superusers may. */
extern bool role_may_act_as(Oid role, Oid other);

/*
 * Is what this role owns as good as the table owner's own?  The caller's is, that of a role
 * that may alter the table anyway is, and that of a role whose member the
 * caller or the table's owner is.  That a superuser may act as anybody does not count.
 */
extern bool role_is_trusted(Oid role, Oid table_owner);

#endif							/* ASSOC_ROLE_H */
