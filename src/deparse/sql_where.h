/*-------------------------------------------------------------------------
 *
 * sql_where.h
 *	  What the files that write conditions share.
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
extern SqlOperand sql_expression_operand(char *expression, Oid type, const char *name);
/* what a path leads to in a json or jsonb column: as jsonb or as text; its steps are a parameter */
extern char *sql_json_steps(SqlText *sql, const char *json_path, const DocPath *path);
extern char *sql_json_value(const char *column, Oid type, const char *steps, bool as_text);
/* what stands on the left of a comparison */
extern SqlOperand sql_operand(SqlText *sql, const SqlScope *scope, const Condition *compare);

/* in sql_compare.c */
/* (operand op value) */
extern void sql_append_operator(SqlText *sql, const SqlScope *scope, const Condition *compare,
								const SqlOperand *operand);
/* the right side: a parameter, or another attribute of the same row */
extern char *sql_value_text(SqlText *sql, const SqlScope *scope, const Condition *compare, Oid type);
/* the array type of a list of such values; error when there is none */
extern Oid	sql_list_type(const SqlOperand *operand, const DocPath *path);

/* in sql_operator.c */
/* contains, adjacent, hasKey and their kin; within; match and its kin */
extern void sql_append_typed(SqlText *sql, const SqlScope *scope, const Condition *compare,
							 const SqlOperand *operand);
extern void sql_append_within(SqlText *sql, const SqlScope *scope, const Condition *compare,
							  const SqlOperand *operand);
extern void sql_append_search(SqlText *sql, const SqlScope *scope, const Condition *compare,
							  const SqlOperand *operand);
extern char *sql_distance(SqlText *sql, const SqlScope *scope, const Condition *compare,
						  const SqlOperand *operand, Oid *type);
extern char *sql_rank(SqlText *sql, const SqlScope *scope, const Condition *compare,
					  const SqlOperand *operand);
/* of an extension's type, by its owner in its schema; invalid: there is none */
extern Oid	sql_own_operator(Oid type, const char *symbol, Oid right, Oid result);
extern char *sql_own_aggregate(Oid type, const char *name, Oid *result);

/* in sql_predicate.c */
extern void sql_append_predicate(SqlText *sql, const SqlScope *scope, const Condition *condition);
/* EXISTS (SELECT 1 FROM ...): is there an associated row that fulfils the condition, or any (NULL)? */
extern void sql_append_exists(SqlText *sql, const SqlScope *scope, const ResolvedAssociation *assoc,
							  const Condition *condition);
/* EXISTS (SELECT 1 FROM ... WHERE, and its end: the caller adds conditions about inner, which he has named */
extern void sql_begin_exists(SqlText *sql, const SqlScope *scope, const ResolvedAssociation *assoc,
							 const SqlScope *inner, const AssociatedOptions *options);
extern void sql_end_exists(SqlText *sql, const SqlScope *scope, const ResolvedAssociation *assoc);
/* the same of the groups of associated rows of one key each: the caller adds HAVING */
extern void sql_begin_groups(SqlText *sql, const SqlScope *scope, const ResolvedAssociation *assoc,
							 const SqlScope *inner, const SqlAssociated *parts);
extern void sql_end_groups(SqlText *sql, const SqlScope *scope, const ResolvedAssociation *assoc);

#endif							/* ASSOC_SQL_WHERE_H */
