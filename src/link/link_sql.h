/*-------------------------------------------------------------------------
 *
 * link_sql.h
 *	  Parts of statements over the rows that hold the links: the join table's, or the children.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_LINK_SQL_H
#define ASSOC_LINK_SQL_H

#include "link/link.h"

/* the links of the call's source, as the association sees them; the prefix names the join table */
extern char *link_sql_links(SqlText *s, LinkCall *call);
/* rows that refer to the source, in any association */
extern char *link_sql_source(SqlText *s, LinkCall *call, const char *prefix);

/* links to targets of these keys */
extern void link_sql_targets(SqlText *s, LinkCall *call, int n, Datum **keys);

/* is the link live?  As a condition, and as one more condition where it can be otherwise */
extern char *link_sql_live(SqlText *s, LinkCall *call);
extern void link_sql_and_live(SqlText *s, LinkCall *call);

/* the target's key and the link's own, as they are selected */
extern char *link_sql_key_columns(LinkCall *call, const char *prefix);

#endif							/* ASSOC_LINK_SQL_H */
