/*-------------------------------------------------------------------------
 *
 * load_plan.h
 *	  What a load does, compiled: one node per level of the include tree.
 *
 * A plan is a function of catalogs, role and the shape of the options; values
 * are parameters.  It copies what it needs and holds no pointer into the
 * registry cache.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_LOAD_PLAN_H
#define ASSOC_LOAD_PLAN_H

#include "base/held_locks.h"
#include "base/key_table.h"
#include "deparse/load_params.h"
#include "executor/spi.h"
#include "json/json_writer.h"
#include "lib/ilist.h"
#include "nodes/lockoptions.h"
#include "options/options.h"
#include "registry/proof.h"
#include "registry/registry_cache.h"

struct ProbeColumn;
struct ProbePlan;

/* a column of the rows that a node's source delivers */
typedef struct LoadColumn
{
	bool		of_through;		/* from the link row, else from the target */
	AttrNumber	attnum;			/* 0: an expression, which only SQL can compute */
	char	   *sql;			/* as it stands in the select list */
	char	   *name;			/* of a nested plan: quoted, unique in the node */
	Oid			type;			/* base type, after a cast to the parent's key type */
	Oid			stored_type;	/* base type of the column itself */
	bool		never_null;		/* as the catalogs say */
	int16		typlen;
	bool		typbyval;
} LoadColumn;

typedef enum LoadItemKind
{
	ITEM_COLUMN,				/* packed value of the row */
	ITEM_LINK_COLUMN,			/* packed value of the link row, flattened into the child */
	ITEM_THROUGH,				/* the link row as an object */
	ITEM_CHILD,					/* associated rows */
	ITEM_LINK_CHILD,			/* rows associated with the link row */
	ITEM_FOLD,					/* what they come to, of a node that folds them */
	ITEM_TREE					/* the same of a recursive include: below 0, the levels below */
} LoadItemKind;

/* a key of the object that a row becomes, in the order in which it is written */
typedef struct LoadItem
{
	LoadItemKind kind;
	int			number;			/* packed value, or number of the child node */
} LoadItem;

/* how the rows of a node are bound together */
typedef enum LoadShape
{
	LOAD_ROOT,					/* rows of the root model */
	LOAD_BY_TARGET,				/* the reference is a column of the target: has_*, belongs_to */
	LOAD_BY_LINK				/* through a join table */
} LoadShape;

/* rows of a parent, or of the root, as a page: {"rows", "next"} and perhaps "previous" */
typedef struct LoadPage
{
	int			size;			/* number in plan->params */
	const struct CursorShape *cursor;
	int		   *columns;		/* its values in the rows */
	int			filter;			/* number in plan->params of what its cursors say of the filter */
	bool		turned;			/* a cursor is given, or null: the page has a "previous" */
	int			no_cursor;		/* number in plan->params: is it null?  -1: it is not */
	JsonTemplate *tmpl;
} LoadPage;

/* what rows of a node are in recursive includes (load_tree.c) */
typedef struct LoadTree
{
	Oid			model;
	int			number;			/* of the run's table of row numbers: one a model */
	int			ncolumns;		/* the primary key, by which a row is known again */
	int		   *columns;
	KeyColumn  *keys;

	/* of a recursive node; NULL where a tree only starts at its rows */
	struct LoadNode *step;		/* where the level below comes from; a step is its own */
	int		   *step_columns;	/* in this row: what that level is found by */
	int			max_depth;		/* levels; 0: pg_associations.max_depth */
	JsonTemplate *leaf_tmpl;	/* of a row whose level below is not shown */
	int			nleaf_items;
	LoadItem   *leaf_items;
} LoadTree;

/* the forms of a node's statement, by the keys that it is run for */
typedef enum StatementForm
{
	FORM_ONE,					/* one key, or each of several that fit into no array */
	FORM_FEW,					/* planned once for any few keys */
	FORM_MANY,					/* planned for the keys at hand; or there are none */
	FORM_RANGE					/* keys without gaps, as a range */
} StatementForm;

#define NFORMS (FORM_RANGE + 1)

/* the number of rows of each key that there is, as a table (k1, ..., v) */
typedef struct LoadCounted
{
	const char *name;
	struct LoadNode *node;		/* that reads them off an index: a child of the statement's, which is never
								 * shown; NULL: none does */
	bool		by_index;		/* and it did, the last time */
	struct LoadStatement *targets;	/* the keys of those whose links it counts; NULL: of any */
	struct LoadStatement *rows; /* the keys of all rows that are counted, where no index says it */
} LoadCounted;

typedef struct LoadStatement
{
	struct LoadNode *node;
	StatementForm form;
	char	   *sql;			/* keys are $1.., then params; NULL: not for this node */
	SPIPlanPtr	plan;			/* NULL until it is run */
	bool		run_once;		/* it was run without one, being long */
	struct LoadStatement *other;	/* gives the same rows, and may cost less; NULL: none */
	bool		other_chosen;
	double		chosen_weight;	/* of what the other one costs */
	int			chosen_for;		/* this number of keys; 0: not chosen yet */
	int			ncounted;
	LoadCounted *counted;		/* tables that it has beside those of the database */
	struct LoadFound *found;	/* its rows are keys, and their number is what is wanted; NULL: they are rows */
	bool		outgrown;		/* there were more keys than memory for them */
} LoadStatement;

/* how the keys of rows are found by what is associated with them (rows_found.c) */
typedef struct LoadFound
{
	struct LoadNode *links;		/* counts the links of targets, by their sources; NULL: the statement has them, or
								 * the keys are the rows' own */
	LoadStatement *targets;		/* the keys of these; NULL: they are parameters, and each is to be linked */
	int			nkeys;
	int		   *keys;			/* numbers in plan->params: of a key, */
	bool		is_list;		/*   or of a list of keys */
	KeyColumn	key;
} LoadFound;

/* the value that rows of a key come to (run_fold.c); in rows of the batch it is the first column */
typedef struct LoadFold
{
	AggregateKind kind;			/* COUNT, HAS, SUM, AVG, MIN or MAX; NONE: only a statement has it */

	/* of which values; attnum 0: of rows */
	bool		of_link;		/* of the link row, else of the target */
	AttrNumber	attnum;
	Oid			type;			/* base type */
	int16		typlen;
	bool		typbyval;
	Oid			function;		/* the aggregate, which whoever loads must be allowed to run */
	Oid			result;			/* its type */
	FmgrInfo	compare;		/* MIN and MAX */
	Oid			collation;
	bool		json_string;	/* shown as a string, as its attribute is */
	Oid			as;				/* numeric or jsonb, what the call returns; invalid: result */
} LoadFold;

/* associated rows that a condition of a node is about, asked for each row as a probe reads it (load_asked.c) */
typedef struct LoadAsked
{
	struct LoadNode *node;		/* folds them; no child of the node's */
	Oid			type;			/* of what they come to */
	struct ProbeColumn *keys;	/* of the row: what they are found by */
} LoadAsked;

typedef struct LoadNode
{
	struct LoadPlan *plan;
	struct LoadNode *parent;	/* NULL: root */
	int			number;			/* in plan->nodes */
	int			position;		/* among the parent's children */
	char	   *key;			/* key in the parent's object */
	char	   *path;			/* projects.tasks, for explain; "" for the root */
	LoadShape	shape;
	bool		to_one;
	bool		required;		/* a row of the parent without rows here is not shown */
	bool		always;			/* to-one, of a described load: every parent has its row */
	LoadFold   *fold;			/* what the rows of a key come to; NULL: they are shown */
	bool		every_key;		/* of every key that has some, whether a parent wants them or not */
	bool		of_targets;		/* and it is links of targets at hand, */
	bool		by_target;		/*   found by their reference to these */
	bool		links_only;		/* the target is not read: a foreign key says that it is there */

	Oid			target;			/* relation of the rows */
	Oid			through;		/* join table, or InvalidOid */
	char	   *target_sql;		/* both quoted and qualified */
	char	   *through_sql;

	int			ncolumns;		/* what the source delivers */
	LoadColumn *columns;

	/* how rows find their parents */
	int			nref;
	int		   *ref_columns;	/* here */
	int		   *parent_columns; /* in the parent's rows; NULL for a get, whose key is given */
	KeyColumn  *ref_keys;		/* the parent's types */
	Oid		   *ref_arrays;		/* their array types: what $1.. are; invalid: an array itself */
	Oid		   *ref_collations; /* its collation; the key's decides */

	/* how the link row finds the target (LOAD_BY_LINK) */
	int			nlink;
	AttrNumber *link_attnums;	/* in through */
	AttrNumber *link_targets;	/* in target */
	Oid		   *link_types;		/* base types in through */

	/* which rows are one: a target shared by many parents is encoded once */
	int			nident;			/* 0: every row is its own */
	int		   *ident_columns;
	KeyColumn  *ident_keys;

	/* order within a parent where the source need not sort: the target's key */
	int			nsort;
	int		   *sort_columns;
	KeyColumn  *sort_keys;

	/* what becomes of a row */
	int			nitems;
	LoadItem   *items;			/* in the order of tmpl */
	bool		bare;			/* there is one, and it is shown without an object around it */
	bool		whole;			/* all of them are values of the row or link row: nothing is below it */
	char	  **keys;			/* of the items, for assoc.sql */
	JsonTemplate *tmpl;
	JsonRowShape row;			/* values of the row */
	JsonRowShape link;			/* values of the link row */
	JsonTemplate *link_tmpl;	/* NULL: no link object */
	int			nlink_items;
	LoadItem   *link_items;		/* in the order of link_tmpl */
	char	  **link_keys;		/* of these */

	int			nchildren;
	struct LoadNode **children;
	int			first_below_link;	/* among the children: those of link rows, which are side by side */
	int			nbelow_link;

	LoadTree   *tree;			/* NULL: no recursive include */

	/* batch */
	char	   *sql;			/* of keys in arrays, which are $1.., then params */
	int			nparams;
	int		   *params;			/* numbers in plan->params */
	LoadStatement forms[NFORMS];	/* few and many are the text above */
	bool		limited;		/* limit, offset or cursor per parent */
	int			limit;			/* number in plan->params; -1: none */
	int			offset;
	bool		custom;			/* planned for the values at hand: a cursor */
	bool		few_rows;		/* of a root: its conditions find few, whatever values they are given */
	bool		backward;		/* rows come last ones first */
	LoadPage   *page;			/* NULL: all rows, as an array */

	/* probe */
	LoadFound  *found;			/* of a root without keys: by links of targets; NULL: by its conditions only */
	int			nasked;
	LoadAsked  *asked;
	bool		required_asked; /* among them is whether there are rows of each required include */
	bool		by_row;			/* it is one of those, asked for one key after the other */
	struct ProbePlan *probe;	/* NULL: not allowed */
	const char *no_probe;		/* why not */

	/* columns read, for the check of privileges: attribute numbers */
	Bitmapset  *target_reads;
	Bitmapset  *through_reads;
	bool		default_attributes; /* of the row or its link row: hint at "attributes" */
} LoadNode;

typedef enum LoadKind
{
	LOAD_BY_KEY,				/* root rows by primary key: find_by_pk, with */
	LOAD_FIND,					/* root rows by options: find_one, find_all, find */
	LOAD_GET,					/* rows associated with one source row: get */
	LOAD_COUNT,					/* their number, or of the root's rows: count_of, count */
	LOAD_AGGREGATE,				/* values of groups of the root's rows, or of all of them */
	LOAD_LOCK					/* keys of the root's rows, which are locked */
} LoadKind;

typedef struct LoadPlan
{
	MemoryContext cxt;			/* everything lives here */
	RegistryStamp stamp;		/* of all relations that it was compiled from */
	uint64		role_changes;	/* at that moment */
	bool		asks_role;		/* row security, or what is left out, may depend on more than whose role it is */
	Oid			role;			/* for whom */
	LoadKind	kind;
	JsonWriterFormat format;
	bool		single;			/* LOAD_FIND: the first row only */
	bool		bigint_string;	/* bigint values and counts are written as strings */
	LockClauseStrength lock;	/* LOAD_LOCK */
	LockWaitPolicy wait;
	bool		nested;			/* see LoadRequest */
	int			shown;			/* number of the node that the call is about: 0, or 1 below the row that its rows
								 * are associated with */
	int			nnodes;
	LoadNode  **nodes;			/* parents before children; nodes[0] is the root */
	int			ntrees;			/* models with recursive includes */
	LoadTree  **trees;			/* one of each */
	int			nparams;
	LoadParam  *params;
	Jsonb	   *document;		/* the options, where literals in it are parameters */
	int			nconstants;
	int		   *constants;		/* which parameters those are, as they stand in it */
	int			nrelations;
	Oid		   *relations;		/* all that is read, ascending: locked in this order */
	HeldLocks	locked;
	RightsStamp rights;			/* to read something of each */
	Proofs		proofs;			/* what it rests on, looked at before each run */
	int			refcount;		/* runs under way; freed when out of the cache and 0 */
	bool		cached;
	Size		size;			/* as weighed last */
	bool		grown;			/* a statement was prepared since */
	List	   *prepared;		/* of LoadStatement *: those that were */
	struct LoadRun *idle_run;	/* one that ended, for the next; NULL: none (run_memory.c) */
	struct LoadWatch *watch;	/* where its runs are counted, */
	uint64		watch_epoch;	/*   while this is load_watch.c's */
	int			run_slot;			/* place among the plans that may keep one; -1: has none */
} LoadPlan;

/* what to compile; also what a cached plan is found by */
typedef struct LoadRequest
{
	LoadKind	kind;
	JsonWriterFormat format;
	bool		single;			/* one row at most: refuses limit, offset, after */
	bool		page;			/* LOAD_FIND: {"rows", "next"} */
	LockClauseStrength lock;	/* LOAD_LOCK */
	LockWaitPolicy wait;
	bool		listed;			/* LOAD_COUNT, LOAD_BY_KEY: limit, offset, after and order of the
								 * options were about a list; they do not count here */
	bool		linked;			/* LOAD_GET: "where" is the extension's own, by keys */
	bool		nested;			/* for assoc.sql, never run or cached: statements refer to the
								 * parent's row, not to keys, and number parameters as the plan does */
	bool		described;		/* for assoc.load_shape, never run or cached */
	Oid			model;			/* root model, or the source of a get */
	const char *alias;			/* implied include (LOAD_BY_KEY, LOAD_FIND) or the association
								 * of a get or count, or the attribute of an aggregate; may be
								 * NULL but for these two */
	AggregateKind aggregate;	/* LOAD_AGGREGATE: of alias; NONE: what options say */
	Jsonb	   *options;		/* or NULL */
	Jsonb	   *allow;			/* what they may ask, or the name of a scope that says it; or NULL */
	bool		constants_vary; /* literals of conditions are parameters: see load_constants.h */
} LoadRequest;

/* compile in a context of its own, child of parent */
extern LoadPlan *load_plan_compile(const LoadRequest *request, MemoryContext parent);
extern void load_plan_free(LoadPlan *plan);
/* does it still stand for what registry and catalogs say?  Asked under its locks */
extern bool load_plan_is_current(LoadPlan *plan);
/* the same of what it was compiled from, without the conditions of probes */
extern bool load_plan_stands(LoadPlan *plan);

/*
 * The plan for a request, from the cache or compiled.  Its tables are locked, in
 * one order, and it stays readable until the current memory context goes.
 */
extern LoadPlan *load_plan_get(const LoadRequest *request);
/* lock what a plan reads, in one order, after the caller's right to read all of it is known */
extern void load_plan_lock(LoadPlan *plan);

/* what follows FOR in the statement that locks rows: "UPDATE" + of + " SKIP LOCKED" */
extern const char *load_plan_lock_clause(const LoadPlan *plan, const char *of);

/* how a node's statement is written, from what its compilation knows (load_sql.c) */
struct NodeBuilder;
extern void load_sql_write(struct NodeBuilder *builder);
/* one more of a node without keys, by the same parameters */
extern LoadStatement *load_sql_statement(LoadNode *node, char *sql);
/* the quoted name under which a nested plan's statements refer to a row of the node */
extern char *load_sql_row_name(const LoadNode *node);

#endif							/* ASSOC_LOAD_PLAN_H */
