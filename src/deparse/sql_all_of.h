/*-------------------------------------------------------------------------
 *
 * sql_all_of.h
 *	  Conditions that associated rows are those of a list of keys, written as SQL.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_SQL_ALL_OF_H
#define ASSOC_SQL_ALL_OF_H

#include "deparse/sql_where.h"

/* append {"allOf": [...]} and {"exactly": [...]} of the rows associated to the row in scope */
extern void sql_append_all_of(SqlText *sql, const SqlScope *scope, const ResolvedAssociation *assoc,
							  const Condition *condition);
extern void sql_append_exactly(SqlText *sql, const SqlScope *scope, const ResolvedAssociation *assoc,
							   const Condition *condition);

#endif							/* ASSOC_SQL_ALL_OF_H */
