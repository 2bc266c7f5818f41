/*-------------------------------------------------------------------------
 *
 * plan_builder.h
 *	  What is known of a plan's nodes only while it is being compiled.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_PLAN_BUILDER_H
#define ASSOC_PLAN_BUILDER_H

#include "deparse/sql_text.h"
#include "plan/load_plan.h"

/* a node being compiled: models and options, which the finished plan does without */
typedef struct NodeBuilder
{
	LoadNode   *node;
	const Model *model;			/* of its rows */
	ResolvedAssociation *assoc;		/* that lead to it; NULL: root */
	FindOptions *find;			/* what is requested of its rows, scopes merged in */
	const ThroughOptions *through;	/* what is requested of its link rows; NULL: the default */
	struct NodeBuilder *parent;
	IncludeItem *recursion;	/* NULL: not recursive */
	bool		is_recursive_step;		/* of a recursion: all levels below the first */
	char	   *conditions;		/* " AND ..." of the statement, but for soft deletion and required includes */
	SqlText		sql;			/* its statement; expressions take parameters from it early */
	SqlScope	scope;			/* t and l */
	List	   *folds;			/* of NodeBuilder *: children that fold their rows */
	const SqlFound *found;		/* of what its rows may be found by; NULL: by its conditions only */
	int			nfound;			/* columns by whose values they are read then */
	Attribute **found_key;
	List	   *order;			/* of OrderItem *: of the options or of the association */
	List	   *order_keys;		/* of SqlOrderKey *, where they are needed early: cursors */
	struct CursorShape *cursor;	/* of its cursors; NULL: not needed so far */
	const char *limit_sql;		/* how many rows, and how many before them; NULL: not limited so */
	const char *offset_sql;
	bool		deleted_rows;	/* soft-deleted rows shown too */
	bool		deleted_links;
	bool		links_repeat;	/* a pair may have several link rows */
} NodeBuilder;

/* the compiler's state */
typedef struct PlanBuilder
{
	LoadPlan   *plan;
	const LoadRequest *request;
	FindOptions *find;			/* the options of the call */
	List	   *nodes;			/* of NodeBuilder *, parents first */
	int			nmade;			/* nodes, also those that are not shown */
	List	   *trees;			/* of LoadTree *, one a model */
	List	   *params;			/* of LoadParam * */
	List	   *relations;		/* OIDs */
} PlanBuilder;

/*
 * plan_node.c: a node of the tree.  Its options are merged with scopes and with what the call allows;
 * its columns are added as they are asked for.
 */
extern NodeBuilder *plan_make_node(PlanBuilder *plan, NodeBuilder *parent, const Model *model,
								   ResolvedAssociation *assoc, FindOptions *find,
								   const ThroughOptions *through, const char *key);
/* error where includes are nested deeper than pg_associations.max_depth */
extern void plan_check_depth(const NodeBuilder *builder);

/* number of the column in the node's rows; added when it is new */
extern int	plan_column(NodeBuilder *builder, bool of_through, const Attribute *attribute);
/* the same, and how its values are compared as a key */
extern int	plan_key_column(NodeBuilder *builder, bool of_through, const Attribute *attribute, KeyColumn *key);
extern int	plan_add_column(NodeBuilder *builder, LoadColumn *column);

/* numbers of the columns of a parent, or its link rows, with the values by which the association's rows are found */
extern int *plan_parent_columns(NodeBuilder *parent, const ResolvedAssociation *assoc, bool of_through);

/* how rows find their parents, and how link rows find the target */
extern void plan_bind_to_keys(NodeBuilder *builder, int n, Attribute **refs, Attribute **keys,
							  bool of_through);
extern void plan_bind_link_to_target(NodeBuilder *builder);

/* which of the rows are the same one */
extern void plan_set_identity(NodeBuilder *builder);
pg_noreturn extern void plan_raise_no_key(const Model *model);

/* can no column of the model's key be null?  A key declared for a view may be */
extern bool plan_key_is_not_null(const Model *model);

/* what the rows are ordered by in SQL: List of SqlOrderKey * */
extern List *plan_order_keys(NodeBuilder *builder);

/* plan_include.c: what is below a node */
/* of a condition on its associated rows: what these come to, asked for each row; NULL: no node has that */
extern NodeBuilder *plan_compile_asked(PlanBuilder *plan, NodeBuilder *parent, const Aggregate *aggregate,
									   const Condition *condition);
/* of an include that rows must have some of: whether they do; the same */
extern NodeBuilder *plan_compile_required(PlanBuilder *plan, NodeBuilder *parent, const IncludeItem *item);
extern void plan_require_link(const ThroughOptions *through, const Association *association);
/* options that ask nothing but that, whatever scopes say */
extern FindOptions *plan_unscoped_options(Condition *where, const DocPath *path);
/* nodes for what the node's statement may take as counted (LoadCounted), or find by links (LoadFound) */
extern void plan_compile_counted(PlanBuilder *plan, NodeBuilder *builder);

/* load_sql.c: FROM ... WHERE ..., the rows of a root that is found by its options */
extern void load_sql_append_rows(NodeBuilder *builder);

/*
 * load_found.c: rows that may be found from the other end of what is asked of them.  Before the
 * statement is written, and behind it.
 */
extern void load_found_watch(NodeBuilder *builder);
extern LoadStatement *load_found_count(NodeBuilder *builder);
extern void load_found_rows(NodeBuilder *builder);

/* load_where.c: AND ..., which of them it keeps */
extern void load_where_append(NodeBuilder *builder);
/* of rows that are counted: is it the number of the links that lead to them, and nothing else asked? */
extern bool load_links_are_counted(const NodeBuilder *builder);
/* must rows have those of an include? */
extern bool load_where_requires_more(const FindOptions *find);

#endif							/* ASSOC_PLAN_BUILDER_H */
