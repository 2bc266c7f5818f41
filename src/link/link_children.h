/*-------------------------------------------------------------------------
 *
 * link_children.h
 *	  Rows of a has_many or has_one, and whose children they are: what link_children.c and
 *	  link_children_sql.c share.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_LINK_CHILDREN_H
#define ASSOC_LINK_CHILDREN_H

#include "link/link.h"

/* a row that is a child or is to be one */
typedef struct Child
{
	Datum	   *key;
	Datum	   *moved_key;		/* the same after it moved: the reference may be part of it */
	bool		exists;			/* as one that can be given: soft-deleted ones cannot */
	bool		ignored;		/* the verb does nothing to it */
	int			before;			/* number of its source; -1: another's, or nobody's */
	int			after;
	int			at;				/* where it is in between, when the diffs are written */
	bool		removed;		/* its source is not to keep it */
	bool		cleared;		/* written so */
	bool		moved;
} Child;

struct ChildVerb;

typedef struct Children
{
	const struct ChildVerb *verb;
	LinkCall  **calls;			/* by number of source */
	int			n;
	LinkCall   *all;			/* the items of all of them, and the sources */
	bool		whole;			/* all children of the sources are read, not only items */
	bool		hands_over;		/* children of the second source go to the first in one step */
	KeyTable	sources;
	KeyTable	keys;			/* of children, by number */
	Child	   *rows;
	int			maxrows;
	List	  **of_source;		/* numbers of those that it has before */
	List	   *clear;			/* keys of rows that leave a source */
	List	   *move;			/* of Child *: those that get one */
} Children;

/* whose children the rows are now */
extern void link_children_read(Children *c, StatementMode mode);
/* error 40001 where the transaction's snapshot shows other children than there are; every: not only items */
extern void link_children_check_snapshot(Children *c, bool every);
/* lock the sources that get rows */
extern void link_children_hold_sources(Children *c);
/* c->clear and c->move, written */
extern void link_children_clear(Children *c);
extern void link_children_move(Children *c);
/* the row of a key, which is added where it is not there; NULL: of an item that was not read */
extern Child *link_child_of_key(Children *c, const Datum *key);
extern Child *link_child_of_item(Children *c, const LinkItem *item);

#endif							/* ASSOC_LINK_CHILDREN_H */
