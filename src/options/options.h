/*-------------------------------------------------------------------------
 *
 * options.h
 *	  The options document of a load, parsed and checked in form.
 *
 * Needs no catalog: which keys are attributes, aliases or columns is decided
 * when the tree is bound to models (load_plan.c, sql_where.c).  Every node
 * remembers its path in the document for errors.  Options are hostile input:
 * depth and size are limited, and an unknown key is an error that names its
 * path and the nearest known key.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_OPTIONS_H
#define ASSOC_OPTIONS_H

#include "base/document.h"

/* ---- values ---- */

typedef enum OptionValueKind
{
	OPTION_LITERAL,				/* what the document says */
	OPTION_PARAM,				/* {"param": "name"}: from the params document */
	OPTION_COLUMN				/* {"col": "name"}: an attribute of the same row */
} OptionValueKind;

typedef struct OptionValue
{
	OptionValueKind kind;
	const DocPath *path;
	JsonbValue	literal;		/* OPTION_LITERAL: a scalar, or jbvBinary */
	char	   *name;			/* OPTION_PARAM, OPTION_COLUMN */
	bool		optional;		/* OPTION_PARAM: null, or none of that name, is no condition */
	bool		above;			/* OPTION_COLUMN: of the row that the predicate is about */
	int64		most;			/* of a limit: rows that may be asked for */
} OptionValue;

/* ---- where ---- */

typedef enum WhereOperator
{
	WHERE_EQ, WHERE_NE, WHERE_GT, WHERE_GTE, WHERE_LT, WHERE_LTE,
	WHERE_BETWEEN, WHERE_NOT_BETWEEN,
	WHERE_IN, WHERE_NOT_IN,
	WHERE_IS, WHERE_NOT,
	WHERE_LIKE, WHERE_NOT_LIKE, WHERE_ILIKE, WHERE_NOT_ILIKE,
	WHERE_STARTS_WITH, WHERE_ENDS_WITH, WHERE_SUBSTRING,
	WHERE_REGEXP, WHERE_NOT_REGEXP, WHERE_IREGEXP, WHERE_NOT_IREGEXP,
	WHERE_CONTAINS, WHERE_CONTAINED, WHERE_OVERLAP,
	WHERE_ADJACENT, WHERE_STRICT_LEFT, WHERE_STRICT_RIGHT,
	WHERE_NO_EXTEND_LEFT, WHERE_NO_EXTEND_RIGHT,
	WHERE_HAS_KEY, WHERE_HAS_ANY_KEY, WHERE_HAS_ALL_KEYS,
	WHERE_WITHIN,
	WHERE_MATCH, WHERE_WEBSEARCH, WHERE_PHRASE	/* searches, which "rank" takes: the last ones */
} WhereOperator;

extern const char *options_operator_name(WhereOperator op);
/* error 22023 for null or a reference among the values of a list */
struct Condition;
extern void options_check_list(const struct Condition *compare);

/* {"like": {"any": [...]}}: compared with some or every element */
typedef enum WhereQuantifier
{
	QUANTIFIER_NONE,
	QUANTIFIER_ANY,
	QUANTIFIER_ALL
} WhereQuantifier;

typedef enum ConditionKind
{
	CONDITION_AND,				/* all of args; true when there are none */
	CONDITION_OR,				/* any of args; false when there are none */
	CONDITION_NOT,				/* not the one of args */
	CONDITION_NOT_TRUE,			/* the one of args is false or not known: what "every" wants none of */
	CONDITION_COMPARE,			/* key op value */
	CONDITION_ASSOCIATION,		/* key is an alias: predicate over the associated rows */
	CONDITION_THROUGH			/* the one of args is about the link row */
} ConditionKind;

typedef enum AssociationPredicate
{
	PREDICATE_SOME,
	PREDICATE_NONE,
	PREDICATE_EVERY,			/* none of args, which is what W is not true of */
	PREDICATE_ALL_OF,			/* value: array of target keys */
	PREDICATE_EXACTLY,			/* the same, and no others */
	PREDICATE_COUNT,			/* of the rows that fulfil args, compared by compares */
	PREDICATE_AGGREGATE			/* the same of another aggregate */
} AssociationPredicate;

typedef enum AggregateKind
{
	AGGREGATE_NONE,
	AGGREGATE_COUNT, AGGREGATE_SUM, AGGREGATE_MIN, AGGREGATE_MAX, AGGREGATE_AVG,
	/* of one row only */
	AGGREGATE_HAS,				/* are there associated rows? */
	AGGREGATE_RANK,				/* how well it fits where, which searches; steps: the attribute */
	AGGREGATE_DISTANCE			/* from the value of where; steps: the attribute */
} AggregateKind;

typedef struct Condition
{
	ConditionKind kind;
	const DocPath *path;
	List	   *args;			/* of Condition *, see kind */
	char	   *key;			/* COMPARE, ASSOCIATION: as written, "$" taken off */
	bool		column_key;		/* COMPARE: was written "$key$" */
	bool		bare;			/* COMPARE: a bare value, no operator was written */
	WhereOperator op;			/* COMPARE */
	WhereQuantifier quantifier; /* COMPARE */
	OptionValue *value;			/* COMPARE; ALL_OF, EXACTLY */
	OptionValue *distance;		/* COMPARE, within */
	char	   *config;			/* COMPARE, match and its kin: of text search; NULL: the session's */
	AssociationPredicate predicate; /* ASSOCIATION */
	bool		recursive;		/* SOME, NONE: of the rows that it leads to again and again */
	struct Aggregate *aggregate;	/* AGGREGATE: its where is the one of args */
	List	   *compares;		/* COUNT, AGGREGATE: of Condition * (COMPARE, key NULL) */
} Condition;

/* ---- attributes and order ---- */

/* an aggregate of associated rows: {"count": "projects", "where": W, "as": "n"} */
typedef struct Aggregate
{
	AggregateKind kind;
	List	   *steps;			/* of char *: alias, ("through",) (attribute) */
	Condition  *where;			/* or NULL */
	bool		distinct;		/* of different values only */
} Aggregate;

typedef struct AttributeItem
{
	const DocPath *path;
	char	   *name;			/* attribute; NULL for an aggregate */
	char	   *as;				/* key in the result; equals name when not given */
	Aggregate  *aggregate;		/* or NULL */
	int			column;			/* of an aggregate: its number in the rows, set when bound */
} AttributeItem;

typedef struct AttributeOptions
{
	const DocPath *path;
	bool		given;			/* false: the default attributes */
	bool		replace;		/* items are the whole list; false: added to the default */
	List	   *items;			/* of AttributeItem * */
	List	   *exclude;		/* of AttributeItem * (name only): taken from the default */
} AttributeOptions;

typedef enum NullsOrder
{
	NULLS_DEFAULT, NULLS_FIRST_EXPLICIT, NULLS_LAST_EXPLICIT
} NullsOrder;

typedef struct OrderItem
{
	const DocPath *path;
	List	   *steps;			/* of char *: alias..., ("through",) attribute */
	Aggregate  *aggregate;		/* instead of steps */
	int			column;			/* instead of both: position in the select list, set when bound */
	bool		lower;			/* of the steps: upper and lower case alike */
	char	   *collation;		/* of the steps; NULL: their own */
	bool		descending;
	NullsOrder	nulls;
} OrderItem;

/* ---- include ---- */

typedef struct ThroughOptions
{
	const DocPath *path;
	AttributeOptions attributes;	/* an empty list leaves the link row out */
	Condition  *where;
	char	   *as;				/* key of the link row in the result */
	bool		flatten;		/* payload into the child's own object */
	int			paranoid;		/* -1 not given, else bool: false shows deleted links */
	struct FindOptions *below;	/* "include": what is shown with link rows; NULL: nothing */
} ThroughOptions;

struct IncludeItem;
struct LoadAllow;

/* options that a root and an include have alike */
typedef struct FindOptions
{
	const DocPath *path;
	AttributeOptions attributes;
	Condition  *where;			/* NULL: not given */
	List	   *order;			/* of OrderItem * */
	bool		order_is_explicit;	/* also as an empty list: by key, whatever a scope or association says */
	OptionValue *limit;			/* NULL: not given */
	OptionValue *offset;
	const char *cursor_key;		/* "after" or "before"; NULL: neither is given */
	OptionValue *cursor;		/* its value; NULL: null */
	bool		page;			/* {"rows", "next"} */
	bool		bare;			/* include: rows are the one value of theirs, not objects */
	List	   *include;		/* of struct IncludeItem * */
	bool		include_all;	/* {"all": true} */
	bool		include_all_nested;
	bool		scope_is_explicit;	/* else the default scope applies */
	List	   *scopes;			/* of char *: scopes that apply, in order */
	bool		scopes_applied; /* they are merged in (load_scope.c) */
	Condition  *scope_where;	/* of scopes: filters, but makes no include required */
	const DocPath *scope_path;	/* of scopes */
	int			paranoid;		/* -1 not given, else bool */
	const DocPath *paranoid_path;
	struct LoadAllow *allow;	/* of a scope: what options that name it may ask; NULL: anything */
	char	   *forced_scope;	/* that the call names, beside those of the options; NULL: none */
	List	   *allows;			/* of struct LoadAllow *: what was allowed (load_allow.c) */
	OptionValue *default_limit; /* where no limit is given, by a scope neither; NULL: none */
	bool		bigint_is_explicit;	/* else the setting says it; root only, holds for all */
	bool		bigint_string;	/* "bigint": "string" */
	ThroughOptions *through;	/* of the root of a get; an include has its own */
} FindOptions;

typedef struct IncludeItem
{
	FindOptions find;			/* what it shares with a root; the first field, see option_keys in options.c */
	const DocPath *path;
	char	   *association;	/* alias */
	char	   *as;				/* key in the result; NULL: the alias */
	int			required;		/* -1 not given, else bool */
	bool		implied;		/* only named by a path so far: an object may refine it */
	bool		recursive;
	int			max_depth;		/* of a recursive include; 0: not given */
	ThroughOptions *through;	/* NULL: not given */
	struct ValuesOption *values;	/* what is shown instead of objects; NULL: not given */
} IncludeItem;

/* assoc.aggregate: groups of rows, or all of them as one */
typedef struct AggregateOptions
{
	FindOptions find;			/* which rows: where, include, scope, paranoid; the first field, as above */
	List	   *attributes;		/* of AttributeItem *: names in group, and aggregates */
	List	   *group;			/* of AttributeItem *, names only */
	Condition  *having;			/* about what is shown and what is in group */
	List	   *order;			/* the same */
	OptionValue *limit;
	OptionValue *offset;
} AggregateOptions;

typedef enum OptionsUse
{
	OPTIONS_FIND,				/* everything */
	OPTIONS_FIND_SINGLE,		/* find_one: no limit, offset, after */
	OPTIONS_COUNT,				/* where, include, paranoid, scope */
	OPTIONS_GET,				/* everything, and through: rows of one association */
	OPTIONS_COUNT_OF,			/* as COUNT, and through */
	OPTIONS_GET_LINKED,			/* as GET, but "where" was written by the extension */
	OPTIONS_BY_KEY				/* as FIND_SINGLE, but no order: find_by_pk, with, rows that were written */
} OptionsUse;

/*
 * Parse a document; NULL gives empty options.  All results in the current
 * context.  Literals point into the document, which must live as long.
 * Errors: 22023 for an unknown key, operator or a value of the wrong form.
 */
extern FindOptions *options_parse(Jsonb *document, OptionsUse use);
/*
 * Error for a key that is neither one of a write verb's own options (NULL-terminated) nor of
 * those that say what of the rows is shown; the hint lists both.
 */
extern void options_check_keys(const JsonbValue *document, const char *const *own);

extern AggregateOptions *options_parse_aggregate(Jsonb *document);

/*
 * A scope of a model: a find document without "scope" and "after".
 */
#define DEFAULT_SCOPE "defaultScope"
extern FindOptions *options_parse_scope(const JsonbValue *value, const DocPath *path);

/* the include whose key in the result this is; NULL: none */
extern IncludeItem *options_find_include(const FindOptions *find, const char *key);

/* the include with this key in the result; added, as if a path had named it, when there is none */
extern IncludeItem *options_imply_include(FindOptions *find, const char *alias, const DocPath *path);

/* does a row count only if the include has rows itself? */
extern bool options_include_is_required(const IncludeItem *item);
/* is it not given, or {}? */
extern bool options_asks_nothing(const Condition *condition);

/* a value, or a reference: {"param": name}, {"col": name}, {"value": X} */
extern OptionValue *options_value(const JsonbValue *value, const DocPath *path);
/* a limit or offset; below 0: it is none */
extern int64 options_row_count(const JsonbValue *value);

/* does a condition compare with a column of the row above? */
extern bool options_looks_above(const Condition *condition);

/* a where document alone, at a path (scopes in the registry, update, destroy) */
extern Condition *options_parse_where(const JsonbValue *value, const DocPath *path);
extern List *options_parse_order(const JsonbValue *value, const DocPath *path);
/* for a name in it that is no attribute's: how the order that it says is written; NULL: it says none */
extern char *options_order_hint(const char *name);
/* error where it says what holds for attributes only */
extern void options_order_of_attribute(const OrderItem *item);
pg_noreturn extern void options_error_direction(const char *text, const DocPath *path);

#endif							/* ASSOC_OPTIONS_H */
