/*-------------------------------------------------------------------------
 *
 * sql_text.h
 *	  The only code that writes SQL text, for loads and writes alike.
 *
 * Identifiers are quoted, operators and functions qualified, values always
 * parameters, so that neither search_path nor data can change what a statement
 * means.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_SQL_TEXT_H
#define ASSOC_SQL_TEXT_H

#include "deparse/load_params.h"
#include "lib/stringinfo.h"
#include "options/options.h"
#include "registry/proof.h"
#include "registry/registry_cache.h"

struct SqlScope;

/* a statement being written: for a plan that is kept, or to run at once (statement.h) */
typedef struct SqlText
{
	StringInfoData buf;
	List	  **params;			/* of LoadParam *: all of the plan so far; grows.  NULL: it runs at once, values are arguments */
	List	  **relations;		/* OIDs of all tables that conditions named so far; grows */
	const Jsonb *varying;		/* a document whose literals are parameters; NULL: none are */
	Proofs	   *proofs;			/* of the plan, which looks at them before each run; NULL: it runs at once */
	List	   *used;			/* ints: parameters of this statement, in order of $n */
	int			nkeys;			/* $1..$nkeys are the keys */
	int			naliases;		/* for names of inner tables: t1, l1, ... */
	int			nexists;		/* subqueries that could be joined to the rows */
	int			depth;			/* of subqueries, where text is written now */
	int			nfetched;		/* subqueries for values of to-one associations */
	bool		numbered_by_plan;	/* $n is the plan's n-th parameter, not the statement's */
	const struct SqlScope *own; /* rows that it selects, to which others may be joined; NULL: none */
	List	   *joined;			/* of SqlJoined *: rows of to-one associations joined to them */
	StringInfoData joins;		/* LEFT JOIN ... ON ..., to stand at joins_at */
	int			joins_at;		/* in buf: behind the tables of its own */
	bool		may_group;		/* what is aggregated for its own rows may be so for all at once */
	List	   *grouped;		/* of SqlGrouped *: what would be */
	bool		must_group;		/* Citus refuses what stands in the statement instead */
	bool		limited;		/* it stops at a limit: conditions may be asked of few rows */
	bool		by_key;			/* rows are found by key: conditions are asked of few rows */
	bool		within_order;	/* of rows of which a to-one association leads to the first */
	bool		used_above;		/* a condition named a column of the row above it */
	/* written last: of thousands of conditions most are like the one before */
	struct
	{
		Oid			type;
		int			strategy;
		char	   *text;		/* NULL: none yet */
	}			operator;
	struct
	{
		const Model *model;
		const char *alias;
		const Attribute *attribute; /* NULL: none yet */
		struct SqlOperand *operand;
	}			operand;
	const Attribute *used_hidden;	/* the last hidden attribute that an expression used */
	List	   *watched;		/* of Condition *: predicates that may also be read from their other end */
	List	   *found;			/* of SqlFound *: how, once they are written */
	struct SqlFound *noting;	/* of the predicate that is being written; NULL: it is not watched */
	List	   *asked;			/* of SqlAsked *: predicates that may be asked of each row, apart from the statement */
	/* of what runs at once */
	int			nargs;
	int			maxargs;		/* room in the three arrays */
	Oid		   *types;
	Datum	   *values;
	char	   *nulls;			/* ' ' or 'n', as SPI wants it */
	int			nrows;			/* of the longest list among the arguments */
	Oid			target;			/* of statement_update and statement_delete, and its name */
	const char *table;
	List	   *assignments;	/* of Assignment *: of an UPDATE, see statement_set.c */
	bool		has_from;
	int			rows_at;		/* in buf, what selects its rows: behind FROM, or from WHERE on */
	int			returning_at;
} SqlText;

/* where a condition or order item stands: a model's row and perhaps its link row */
typedef struct SqlScope
{
	const Model *model;
	const char *alias;			/* of the model's table in the statement */
	const Model *through;		/* NULL: no link row here */
	const char *through_alias;	/* of the link row, or of the links of a path */
	const struct SqlScope *above;	/* of the row that a predicate is about; NULL: there is none */
} SqlScope;

extern void sql_text_init(SqlText *sql, int nkeys, List **params, List **relations);
#define sql_append(sql, ...) appendStringInfo(&(sql)->buf, __VA_ARGS__)

/* what is written between the two calls is a text of its own; end gets what begin has returned */
extern StringInfoData sql_begin_part(SqlText *sql);
extern char *sql_end_part(SqlText *sql, StringInfoData outer);

/* alias.column, or without an alias (NULL) the column alone; and several with commas */
extern char *sql_column(const char *alias, const Attribute *attribute);
extern char *sql_columns(const char *alias, int n, Attribute **columns);
/*
 * An attribute that a condition, an order, a group or an aggregate uses: what comes
 * out reveals its value, so a hidden one is an error (42501) unless a declaration uses
 * it, or lets others.
 */
extern Attribute *sql_used_attribute(SqlText *sql, const Model *model, const char *name,
									 const DocPath *path);
extern void sql_use_attribute(SqlText *sql, const Model *model, const Attribute *attribute,
							  const DocPath *path);
/* OPERATOR(schema.name) */
extern char *sql_operator_text(Oid operator);
/* OPERATOR(schema.name) for a btree strategy of a type; error when the type has none */
extern char *sql_operator(Oid type, int strategy, const DocPath *path);
/* ref = key, as the foreign key compares them: see key_match.h; in the key's collation */
extern char *sql_keys_compare(const char *ref, const Attribute *ref_attr, int strategy,
							  const char *key, const Attribute *key_attr);
extern char *sql_keys_equal(const char *ref, const Attribute *ref_attr,
							const char *key, const Attribute *key_attr);
/* the reference as it stands there */
extern char *sql_ref_as(const char *ref, const Attribute *ref_attr, const Attribute *key_attr);
/* a key whose values come without a collation: one is written only where it decides what is equal */
extern Attribute sql_value_key(const Attribute *key, Oid ref_collation);
/* the n-th of source_ref = the same of source_key: one of them points at the other */
extern char *sql_source_equal(const ResolvedAssociation *assoc, int n, const char *ref,
							  const char *source);
/* a COLLATE schema.name */
extern char *sql_collate(const char *a, Oid collation);
/*
 * While set, literals whose types have domains inside stay null, so that the domains' checks
 * do not run.  For plans that are compiled and never run.  Returns what was set before.
 */
extern bool sql_leave_values_unmade(bool unmade);
/* does the input of a type run the checks of a domain? */
extern bool sql_checks_domain(Oid type);
/* are literals of the type made when a statement is written? */
extern bool sql_makes_values(Oid type);
/* $n, of a parameter of this statement and the plan; of what runs at once, of its value */
extern char *sql_add_param(SqlText *sql, struct LoadParam *param);
/* $n of a value that is known, of what runs at once */
extern char *sql_argument(SqlText *sql, Oid type, Datum value, bool isnull);
/* $n for a value, registered as a parameter of this type */
extern char *sql_param(SqlText *sql, const OptionValue *value, Oid type, int32 typmod,
					   PatternForm pattern);
/* the same for a list of values, in which null is an error */
extern char *sql_list_param(SqlText *sql, const OptionValue *value, Oid array_type);
/* the same for a list of keys that rows are looked up by: one plan serves any */
extern char *sql_set_param(SqlText *sql, const OptionValue *value, Oid array_type);
/* the number of different keys in it */
extern char *sql_set_size(SqlText *sql, const OptionValue *value, Oid array_type, Oid collation);
/* the same for limit and offset */
extern char *sql_row_count(SqlText *sql, const OptionValue *value, int *number);
/* for a limit that is the size of a page, from 1 up; its number among the plan's parameters */
extern char *sql_page_size(SqlText *sql, const OptionValue *value, int *number);
/*
 * For a value of a cursor, by number, or CURSOR_NONE.  The other is in no statement: its
 * number among the plan's parameters.
 */
extern char *sql_cursor_value(SqlText *sql, const OptionValue *cursor,
							  const struct CursorShape *shape, int number);
/* the number of a value in the plan's parameters; the statement does not take it */
extern int	sql_value_number(SqlText *sql, const OptionValue *value, Oid type);
extern int	sql_cursor_filter(SqlText *sql, const struct CursorShape *shape);
/* boolean: is the value of an optional parameter null, or not there? */
extern char *sql_missing(SqlText *sql, const OptionValue *value);
/* a type as it is written in a cast */
extern char *sql_type(Oid type, int32 typmod);
/* a new alias for an inner table: prefix and a number */
extern char *sql_alias(SqlText *sql, const char *prefix);
/* the columns that point equal those that are pointed at, ANDed */
extern char *sql_key_equal(int n, const char *ref_alias, Attribute **ref, const char *key_alias,
						   Attribute **key);
/* the row in scope refers to that of the source, or is referred to; NULL: any */
extern char *sql_source_match(const ResolvedAssociation *assoc, const SqlScope *inner,
							  const char *source_alias);

/* the condition, which must be one: see sql_and_condition for what may be NULL */
extern void sql_append_condition(SqlText *sql, const SqlScope *scope, const Condition *condition);
/* " AND (condition)" or nothing */
extern void sql_and_condition(SqlText *sql, const SqlScope *scope, const Condition *condition);
/* the rows that fulfil a condition and a load would find: in the default scope, and not soft-deleted */
extern void sql_and_found(SqlText *sql, const SqlScope *scope, const Condition *condition, bool scoped,
						  bool deleted);
/* " AND deleted_at IS NULL" for a model that keeps soft-deleted rows */
extern void sql_and_not_deleted(SqlText *sql, const Model *model, const char *alias);
extern char *sql_not_deleted(const Model *model, const char *alias);

/*
 * The rows that an association leads to.  sql_associated_scope names their
 * tables; then the caller writes SELECT and its list; sql_append_associated adds
 * FROM target [JOIN through] WHERE keys match the row of source_alias (NULL: those of
 * all rows), rows live and the association's scopes hold; then the caller adds
 * conditions of its own.
 */
typedef struct AssociatedOptions
{
	bool		deleted_rows;	/* soft-deleted targets count too */
	bool		deleted_links;
	bool		unscoped;		/* without the target's default scope: the caller sees to it */
	bool		target_unused;	/* the caller names nothing of the target: it may be left out */
	bool		gathered;		/* Citus is to read the tables before it joins them */
	const char *of_sources;		/* and of the rows r that refer to sources only these; NULL: all */
} AssociatedOptions;

extern void sql_associated_scope(SqlText *sql, const ResolvedAssociation *assoc, SqlScope *inner);
/* FROM ..., where Citus is to read the tables before */
extern char *sql_gathered_tables(SqlText *sql, const ResolvedAssociation *assoc, const SqlScope *inner);
extern void sql_append_associated(SqlText *sql, const ResolvedAssociation *assoc,
								  const SqlScope *inner, const char *source_alias,
								  const AssociatedOptions *options);
/* the same in parts: " FROM ...", and " AND ..." or nothing, which stands behind the match */
typedef struct SqlAssociated
{
	char	   *tables;
	char	   *conditions;
	char	   *of_target;		/* those of the target; NULL: it is left out */
	int			given;			/* where those begin that come from the caller */
} SqlAssociated;

/* the keys of the targets, where all conditions of the caller are about these */
extern char *sql_select_targets(const ResolvedAssociation *assoc, const SqlScope *inner, const SqlAssociated *parts);

/*
 * The rows that have associated ones, read from these: statements whose rows are the keys of
 * those.  The conditions are the ones that the predicate has, with the same parameters.
 */
typedef struct SqlFound
{
	const ResolvedAssociation *assoc;
	char	   *text;			/* the predicate, as it stands in the statement */
	char	   *rows;			/* SELECT the references to the source */
	char	   *targets;		/* SELECT the keys of the targets, where the links to them say the rest; or NULL */
	List	   *keys;			/* ints: parameters of the plan, each the key of a target that is to be there, or a */
	bool		is_list;		/*   list of them; NIL: it is not by key */
} SqlFound;

/* where a predicate of its own rows stands in the statement */
typedef struct SqlAsked
{
	const Condition *condition;
	char	   *text;			/* NULL: nowhere so far */
	char	   *compared;		/* of a value: the comparisons of it, */
	char	   *value;			/*   as it stands in them, */
	Oid			type;			/*   and its type */
} SqlAsked;

extern SqlAssociated sql_associated_parts(SqlText *sql, const ResolvedAssociation *assoc,
										  const SqlScope *inner,
										  const AssociatedOptions *options);
/* does the join table alone have the rows, one for one?  Then how many there are, and no more, follows from it */
extern bool sql_links_suffice(const SqlText *sql, const ResolvedAssociation *assoc,
							  const AssociatedOptions *options);
/* does each reference to the source, null aside, lead to a row of it that is seen? */
extern bool sql_references_suffice(const SqlText *sql, const ResolvedAssociation *assoc, bool deleted_rows);
/* " AND ref IS NOT NULL" for what of such a link may be null */
extern void sql_and_points(SqlText *sql, const ResolvedAssociation *assoc, const char *through_alias);
/* the same of a belongs_to: is there a row wherever the source points? */
extern bool sql_pointer_suffices(const SqlText *sql, const ResolvedAssociation *assoc);
/* of an association through a join table: has a pair one link row at most? */
extern bool sql_links_are_distinct(const SqlText *sql, const ResolvedAssociation *assoc);
/* of such an association: does the join table alone say which targets a row has, by their primary key of one column? */
extern bool sql_links_have_key(const SqlText *sql, const ResolvedAssociation *assoc);
/* is a condition (or NULL) about nothing but link rows? */
extern bool sql_is_of_link(const Condition *condition);
/* does it ask that the target is the one with a key? */
extern bool sql_asks_key(const ResolvedAssociation *assoc, const Condition *condition);
/* of the table with the reference to the source: that of the links, or the target's */
extern const char *sql_ref_alias(const SqlScope *inner);
/* the links of a path, as a table; and which target is that of a link row, of either kind */
extern char *sql_path_links(SqlText *sql, const ResolvedAssociation *assoc);
/* the links of an association as a table: its join table, or the rows of a symmetric one from both ends */
extern const char *sql_link_rows(const ResolvedAssociation *assoc);
/* the same of a table with the columns of the join table */
extern char *sql_rows_from_both_ends(const ResolvedAssociation *assoc, const char *table);
extern char *sql_target_match(const ResolvedAssociation *assoc, const char *through_alias,
							  const char *alias);
/* does Citus refuse to join links and targets? */
extern bool sql_target_is_apart(const ResolvedAssociation *assoc);
/* or a subquery over the associated rows for each row in scope? */
extern bool sql_is_apart(const SqlScope *scope, const ResolvedAssociation *assoc);
/* does it lead over a table whose rows Citus keeps on several nodes? */
extern bool sql_leads_to_spread(const ResolvedAssociation *assoc);
/* are its rows on several nodes? */
extern bool sql_is_spread(const Model *model);
/* or over rows of the one table for each row of the other? */
extern bool sql_rows_are_apart(const Model *from, Attribute **from_columns, const Model *to, Attribute **to_columns, int n);
/* what stands after that WHERE */
extern void sql_append_match(SqlText *sql, const ResolvedAssociation *assoc, const SqlScope *inner,
							 const char *source_alias, const AssociatedOptions *options);

/* expression of an aggregate over associated rows; its type by reference */
extern char *sql_aggregate(SqlText *sql, const SqlScope *scope, const Aggregate *aggregate,
						   const DocPath *path, Oid *type);
/* is it the least or greatest of an attribute that is shown as a string? */
extern bool sql_aggregate_is_string(const Model *model, const Aggregate *aggregate, const DocPath *path);

/*
 * A value that is aggregated over the associated rows of each row of the statement; and
 * how it would be written if the groups of all rows were joined to them.  (sql_aggregate.c)
 */
typedef struct SqlGrouped
{
	char	   *plain;			/* as it stands in the statement */
	char	   *joined;			/* instead */
	char	   *groups;			/* (SELECT ...), joined behind its tables; NULL: what is there does */
	const char *alias;			/* of that, or of what is there */
	char	   *match;			/* and ON what */
	const ResolvedAssociation *counted; /* it is the number of rows of one table that refer to a key; or NULL */
	Condition  *where;			/* those that are counted; NULL: all of them */
	char	   *targets;		/* SELECT the keys of the targets whose links they are; NULL: of any */
	char	   *rows;			/* SELECT the keys of the rows, where it is their number and keys can be hashed; or NULL */
	char	   *shared;			/* what it is of, where another may be of the same; NULL: only itself */
	char	   *value;			/* of the group */
} SqlGrouped;

/* are these rows of the statement, whose values may be grouped? */
extern bool sql_is_own_scope(const SqlText *sql, const SqlScope *scope);
/* "function" over the rows in these parts: of the row in scope, and of the groups of all */
extern char *sql_row_value(const SqlScope *scope, const ResolvedAssociation *assoc,
						   const SqlScope *inner, const char *function,
						   const SqlAssociated *parts);
extern SqlGrouped *sql_grouped_value(SqlText *sql, const SqlScope *scope,
									 const ResolvedAssociation *assoc, const SqlScope *inner,
									 const char *function, const SqlAssociated *parts,
									 const Aggregate *aggregate);
/* of a row whose rows are not joined with groups; above: conditions look at it */
extern char *sql_value_for_row(SqlText *sql, const SqlScope *scope, const ResolvedAssociation *assoc,
							   const SqlScope *inner, const char *function, const SqlAssociated *parts,
							   const Aggregate *aggregate, bool above);
/* what "plain" would be with it */
extern void sql_note_grouped(SqlText *sql, SqlGrouped *grouped, char *plain, char *joined);
/* adds a condition (or NULL) to those of parts; does it look at the row above? */
extern bool sql_conditions_above(SqlText *sql, const SqlScope *scope, const ResolvedAssociation *assoc,
								 SqlScope *inner, SqlAssociated *parts, const Condition *condition);
/* the keys of groups, as k1, ...; and which group is of the source's row */
extern char *sql_group_keys(const ResolvedAssociation *assoc, const SqlScope *inner);
extern char *sql_group_match(const ResolvedAssociation *assoc, const char *groups,
							 const char *source_alias);
extern char *sql_replace_all(const char *text, const char *from, const char *to);
/*
 * The statement with groups, of which "tables_to" is the end of its tables; NULL: there are none.
 * With "counted", groups that are numbers of rows stand as tables of their alias, (k1, ..., v).
 */
extern char *sql_with_groups(SqlText *sql, const char *statement, int tables_to, bool counted);

/*
 * The same of the rows of the statement: what is selected of each group.  Steps are what is left of
 * those of the aggregate behind its alias.
 */
extern char *sql_aggregate_value(SqlText *sql, const SqlScope *inner, const Aggregate *aggregate,
								 const List *steps, const DocPath *path, Oid *type);

extern const char *sql_aggregate_name(AggregateKind kind);
/* pg_catalog's function for a type, or for one that it passes for, and what it returns; invalid: there is none */
extern Oid	sql_catalog_aggregate(AggregateKind kind, Oid type, Oid *result);
/* a call of its function, and what that returns, as the parser would resolve it; no argument for count(*) */
extern char *sql_aggregate_call(const Aggregate *aggregate, const char *argument, Oid type, const DocPath *path,
								Oid *result);

/*
 * Expression of an attribute at the end of to-one associations: steps are aliases, then
 * the attribute; NULL where one of them has no row.  It may be a column of a row that is
 * joined to the statement's own: behind its tables a statement says where joins would
 * stand, and inserts them at its end.  What follows them moves by the bytes returned.
 * (sql_to_one.c)
 */
extern char *sql_to_one_expression(SqlText *sql, const SqlScope *scope, List *steps,
								   const DocPath *path, const Attribute **attribute);
/* the same to be shown, as a hidden attribute that is named may be; and whose row it is of */
extern char *sql_to_one_column(SqlText *sql, const SqlScope *scope, List *steps,
							   const DocPath *path, SqlScope *end, const Attribute **attribute);
/* "owner.name" as steps, unless an attribute is called so */
extern List *sql_name_steps(const Model *model, const char *name);
extern void sql_joins_here(SqlText *sql);
extern int	sql_insert_joins(SqlText *sql);

/* one expression that rows are ordered by */
typedef struct SqlOrderKey
{
	int			position;		/* of a column of the select list; 0: an expression or attribute */
	char	   *sql;
	Oid			type;			/* as declared */
	const Attribute *attribute; /* whose column it is; NULL: an expression */
	const Attribute *hidden;	/* a hidden attribute whose value it reveals; NULL: none */
	bool		of_through;		/* of the link row */
	const OrderItem *item;		/* that says it; NULL: the key that makes the order total */
	bool		is_explicit;	/* by an order item; else the key that makes the order total */
	bool		descending;
	NullsOrder	nulls;
	const DocPath *path;
} SqlOrderKey;

/* these items, then the model's key unless it is among them: List of SqlOrderKey * */
extern List *sql_order_keys(SqlText *sql, const SqlScope *scope, List *order);
extern SqlOrderKey *sql_order_column(const char *alias, const Attribute *attribute, bool of_through);
/* no second row of the target can match the key of a row, as a unique index says */
extern bool sql_has_one_row_at_most(const SqlText *sql, const ResolvedAssociation *assoc);
/* ORDER BY ..., leading space; nothing for NIL */
extern void sql_append_order(SqlText *sql, List *keys);
/* the same where there is no select list that a number could be about */
extern void sql_append_order_expressions(SqlText *sql, List *keys);

/* a where document that stands in the registry, parsed: {"scope": W} at path "scope",
 * {"through": {"scope": W}} at "through"; NULL when there is none */
extern Condition *sql_stored_condition(Jsonb *options, const char *key, const char *inner_key);

#endif							/* ASSOC_SQL_TEXT_H */
