/*-------------------------------------------------------------------------
 *
 * sql_alternatives.h
 *	  Many alike conditions under "or", as one.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_SQL_ALTERNATIVES_H
#define ASSOC_SQL_ALTERNATIVES_H

#include "deparse/sql_where.h"

/* the arguments of an "or" as Lists of Condition *: what can be one list of values stands together */
extern List *sql_alternatives(List *conditions);
/* the parameter that is these values, of an array type; NULL where values are made at each run */
extern char *sql_alternatives_param(SqlText *sql, const List *equalities, const SqlOperand *operand);

#endif							/* ASSOC_SQL_ALTERNATIVES_H */
