/*-------------------------------------------------------------------------
 *
 * load_draft.h
 *	  What is known of a plan's nodes only while it is being compiled.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_LOAD_DRAFT_H
#define ASSOC_LOAD_DRAFT_H

#include "plan/load_plan.h"
#include "deparse/sql_text.h"

/* a node being compiled: models and options, which the finished plan does without */
typedef struct NodeDraft
{
	LoadNode   *node;
	const Model *model;			/* of its rows */
	AssociationEnds *ends;		/* that lead to it; NULL: root */
	FindOptions *find;			/* what is wanted of its rows, scopes merged in */
	const ThroughOptions *through;	/* what is wanted of its link rows; NULL: the default */
	struct NodeDraft *parent;
	IncludeItem *recursion;	/* NULL: not recursive */
	bool		is_tail;		/* of a recursion: all levels below the first */
	char	   *conditions;		/* " AND ..." of the statement, but for soft deletion and required includes */
	SqlText		sql;			/* its statement; expressions take parameters from it early */
	SqlScope	scope;			/* t and l */
	List	   *counts;			/* of NodeDraft *: children that count */
	List	   *order;			/* of OrderItem *: said here or by the association */
	List	   *order_keys;		/* of SqlOrderKey *, where they are needed early: cursors */
	struct CursorShape *cursor;	/* of its cursors; NULL: not needed so far */
	const char *limit_sql;		/* how many rows, and how many before them; NULL: not limited so */
	const char *offset_sql;
	bool		deleted_rows;	/* soft-deleted rows shown too */
	bool		deleted_links;
	bool		links_repeat;	/* a pair may have several link rows */
} NodeDraft;

/* the compiler's state */
typedef struct PlanDraft
{
	LoadPlan   *plan;
	const LoadRequest *request;
	List	   *nodes;			/* of NodeDraft *, parents first */
	List	   *trees;			/* of LoadTree *, one a model */
	List	   *params;			/* of LoadParam * */
	List	   *relations;		/* OIDs */
} PlanDraft;

/* number of the column in the node's rows; added when it is new */
extern int	draft_column(NodeDraft *draft, bool of_through, const Attribute *attribute);
extern int	draft_add_column(NodeDraft *draft, LoadColumn *column);

/* the same for the values of a parent by which the association's rows are found */
extern int	draft_parent_column(NodeDraft *parent, const AssociationEnds *ends, int n);

/* can no column of the model's key be null?  A key declared for a view may be */
extern bool draft_key_is_not_null(const Model *model);

/* what the rows are ordered by in SQL: List of SqlOrderKey * */
extern List *draft_order_keys(NodeDraft *draft);

/* FROM ... WHERE ...: the rows of a root that is found by its options (load_sql.c) */
extern void load_sql_append_rows(NodeDraft *draft);

/* a declared option of the association, or a member of one; NULL where it is not given */
extern JsonbValue *association_option(const AssociationEnds *ends, const char *key,
									  const char *inner_key);

#endif							/* ASSOC_LOAD_DRAFT_H */
