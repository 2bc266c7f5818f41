/*-------------------------------------------------------------------------
 *
 * sql_where.h
 *	  What sql_where.c and sql_predicate.c share.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_SQL_WHERE_H
#define ASSOC_SQL_WHERE_H

#include "deparse/sql_text.h"

/* what stands on the left of a comparison */
typedef struct SqlOperand
{
	char	   *sql;
	char	   *text_sql;		/* as text, for patterns */
	Oid			type;			/* base type */
	int32		typmod;
	const char *name;			/* as written, for errors */
} SqlOperand;

/* in sql_where.c */
extern SqlOperand sql_attribute_operand(const char *alias, const Attribute *attribute);
/* (operand op value) */
extern void sql_append_operator(SqlText *sql, const SqlScope *scope, const Condition *compare,
								SqlOperand *operand);
/* the array type of a list of such values; error when there is none */
extern Oid	sql_list_type(const SqlOperand *operand, const DocPath *path);

/* in sql_predicate.c */
extern void sql_append_predicate(SqlText *sql, const SqlScope *scope, const Condition *condition);
/* EXISTS (SELECT 1 FROM ...): is there an associated row that fulfils the condition, or any (NULL)? */
extern void sql_append_exists(SqlText *sql, const SqlScope *scope, const AssociationEnds *ends,
							  const Condition *condition);

#endif							/* ASSOC_SQL_WHERE_H */
