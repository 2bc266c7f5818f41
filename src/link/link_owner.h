/*-------------------------------------------------------------------------
 *
 * link_owner.h
 *	  Rows of a belongs_to, each with what it points at: what link_owner.c and
 *	  link_owner_sql.c share.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_LINK_OWNER_H
#define ASSOC_LINK_OWNER_H

#include "link/link.h"

typedef struct Owner
{
	LinkCall   *call;
	bool		exists;
	bool		done;
	bool		makes_room;		/* to be cleared before another one takes its place */
	Datum	   *before;			/* the key that its row points at; NULL: none */
	bool		shown;			/* and that row is not soft-deleted */
	Datum	   *after;
} Owner;

typedef struct Owners
{
	LinkCall   *call;			/* any of them */
	int			n;
	Owner	   *rows;			/* by number of source */
	KeyTable	numbers;
} Owners;

/* what the rows point at now */
extern void link_owner_read(Owners *o, StatementMode mode);
/* owners that point at something (had) and are to point at something (has), in one statement */
extern void link_owner_write(Owners *o, bool had, bool has);

#endif							/* ASSOC_LINK_OWNER_H */
