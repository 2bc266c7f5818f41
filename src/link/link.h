/*-------------------------------------------------------------------------
 *
 * link.h
 *	  Adding, removing, setting and testing links: what the files of this module
 *	  share, and what create.c needs of it.
 *
 * A call is resolved once into a LinkCall: the association, the source's key, and
 * the given ids as items in key order, each with its payload.  The kinds of
 * association then differ in which rows stand for a link: rows of the join table
 * (link_through.c), or the foreign key in the target's or the source's own row
 * (link_direct.c).
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_LINK_H
#define ASSOC_LINK_H

#include "base/errors.h"
#include "base/key_table.h"
#include "deparse/key_lookup.h"
#include "deparse/statement.h"
#include "nodes/bitmapset.h"
#include "registry/link_identity.h"
#include "registry/registry_cache.h"
#include "storage/lockdefs.h"
#include "validate/operation.h"
#include "validate/violation.h"

/* values for columns of a model, by number in model->attributes */
typedef struct LinkPayload
{
	const DocPath *path;		/* its path, for errors */
	bool	   *given;
	Datum	   *values;
	bool	   *nulls;
	char	   *operations;		/* of Operation, by number of attribute: what becomes of the value of a link
								 * that is there; NULL: none */
	List	   *unread;			/* of Attribute *: given, but no values of theirs */
	bool		checked[2];		/* constraints were checked: [inserting] */
} LinkPayload;

typedef enum LinkState
{
	LINK_ABSENT,				/* no row */
	LINK_HIDDEN,				/* a row that is soft-deleted or out of scope */
	LINK_LIVE,
	LINK_DONE					/* stands in the diff */
} LinkState;

/* what "through" beside an id means */
typedef enum LinkUse
{
	LINK_WRITES,				/* add, set: the payload */
	LINK_MEANS,					/* has, remove, move: which links are meant */
	LINK_TOGGLES,				/* both: these go, and come with it */
	LINK_CHANGES				/* update_link: the payload, and by its own key which link */
} LinkUse;

/* a target as a caller names it */
typedef struct LinkName
{
	KeyColumns	columns;		/* of a unique key */
	Datum	   *values;
} LinkName;

/* what a call does to links, as others see it */
typedef enum LinkLocking
{
	LINK_LOCK_ADD,				/* they are there afterwards */
	LINK_LOCK_REMOVE,
	LINK_LOCK_TOGGLE,			/* one or the other */
	LINK_LOCK_SET				/* all links of the source are meant */
} LinkLocking;

/* one id of the call */
typedef struct LinkItem
{
	Datum	   *key;			/* by the types of call->key; NULL: to be looked up by the name */
	LinkName   *name;			/* as it was given; NULL: by that key */
	LinkPayload *payload;		/* NULL: none */
	LinkPayload *whole;			/* the payload with the link's own key, which a link that is there has; NULL:
								 * as it stands */
	LinkPayload *filter;		/* values of the links that are meant; NULL: all of the pair */
	Datum	   *row;			/* where multiple: call->address of the link that it is; NULL: any */
	LinkState	state;
	int			given;			/* the how many-th id of the call it is */
	bool		tried;			/* an insert met it */
	bool		refused;		/* a trigger keeps it as it is */
	const DocPath *path;		/* where the id is given; NULL: nowhere */
} LinkItem;

/* an entry of a diff */
typedef struct LinkRow
{
	Datum	   *key;			/* target key */
	Datum	   *name;			/* where call->renames: its primary key; NULL: there is no such row */
	Datum	   *link;			/* unique false: primary key of the link row, else NULL */
} LinkRow;

typedef enum LinkOutcome
{
	LINK_ADDED,
	LINK_REMOVED,
	LINK_UNCHANGED,
	LINK_UPDATED,				/* in the order in which jsonb keeps the names */
	LINK_OUTCOMES
} LinkOutcome;

/* a row's columns that point at another row */
typedef struct LinkReference
{
	const Model *from;
	const Model *to;
	int			n;
	Attribute **ref;			/* in from */
	Attribute **key;			/* in to */
	Datum	   *values;			/* by the types of key; NULL: several rows are written */
	bool		named;			/* the next is known, and need not be looked for */
	const char *constraint;		/* name of the foreign key; NULL: none that is enforced */
	const DocPath *value_path;		/* where values are given; NULL: nowhere */
	struct LinkDocument *document;	/* as in LinkCall */
} LinkReference;

/*
 * What is worked out of an association when first asked for, each by the file that
 * needs it.  It holds as long as the tables stay as they are.
 */
typedef struct LinkKept
{
	MemoryContext cxt;
	RegistryStamp stamp;		/* of its tables */
	KeyColumn  *source_columns; /* how the source's key compares */
	bool		named;			/* the two that follow are known */
	const char *source_constraint;	/* name of the foreign key to the source; NULL: none */
	const char *target_constraint;
	bool		identified;		/* the next is known */
	LinkIdentity *identity;		/* the unique key of a link; NULL: none that is known */
	bool		fixed_known;
	bool	   *fixed;			/* which columns of a foreign key linking leaves alone; NULL: none */
	bool		inspected;		/* the next is known */
	bool		constrained;	/* more than NOT NULL is to be checked */
	struct LinkDiffWriter *writers[2];	/* by the setting "bigint"; NULL: not made yet */
} LinkKept;

typedef struct LinkCall
{
	LinkKept   *kept;
	const ResolvedAssociation *assoc;
	const ResolvedAssociation *declared;	/* the same, but where many sources are written at once: see
										 * link_many.c */
	int			nsources;		/* many: the sources, by the types of declared->source_key */
	Datum	  **sources;		/* NULL: one source */
	int			nsource;		/* columns of the source's key */
	Attribute **source_key;		/* the source's columns that the first id names */
	Datum	   *source;			/* that id, by their types; NULL where a read call names no row */
	KeyColumns	source_name;	/* by which callers name it: the primary key */
	Datum	   *source_named;	/* as they do */
	const DocPath *source_path; /* where it is given; NULL: nowhere */
	const DocPath **source_paths;	/* many: the same of each */
	bool		nested;			/* ids are part of a larger document */
	struct LinkDocument *document;	/* what this is nested in; NULL: nothing, or there is no other id */
	LinkLocking locking;		/* what it does to links, and */
	LOCKMODE	lock;			/*   the lock that was taken on the source's end */
	bool		alone;			/* all links of the source are in hand: nothing is left to lock */
	struct LinkCall *destination;	/* of a move, whose links are in hand with them; else NULL */
	int			nkey;			/* columns of a target key */
	Attribute **key;			/* the target's columns that link it */
	KeyColumns	name;			/* by which callers name it */
	bool		renames;		/* those are other columns */
	KeyColumn  *name_columns;	/* then: how they compare */
	List	   *unknown;		/* of LinkItem *: no rows, where links are meant that are there */
	KeyColumn  *key_columns;	/* how they compare */
	KeyColumn  *link_columns;	/* where multiple: those of the join table's primary key */
	bool		symmetric;		/* links as one end has them of an association that is seen from both */
	const struct LinkCall *mirror;	/* as the other end has them; NULL: this is one end's, or not symmetric */
	bool		yields;			/* what an insert meets may be the other end's: its item stays absent */
	bool		multiple;		/* the same pair may be linked twice (unique false) */
	int			naddress;		/* where single links are written: columns that identify them, */
	Attribute **address;		/*   of the join table */
	Attribute  *deleted_at;		/* of the join table where links are soft-deleted, else NULL */
	Attribute  *position;		/* that keeps the order, of the join table or the target; NULL: none */
	bool		placed;			/* and all items have theirs */
	int			nscope;			/* through.scope */
	LinkScope  *scope;
	int			ntarget_scope;	/* scope of the association, on the target */
	LinkScope  *target_scope;
	LinkUse		use;			/* of payloads that are read */
	bool		reads;			/* in the snapshot of the calling statement */
	bool		filtered;		/* some item has a filter, and it is heeded */
	int			nitems;			/* in key order, and distinct unless multiple */
	LinkItem   *items;
	KeyTable	table;			/* key -> number among the distinct keys */
	int		   *first_item;		/* first item of a key's number */
	List	   *refused;		/* of Datum *: keys of links that a trigger keeps */
	int			missed;			/* links that a write met in another state than was read */
	bool		checked_empty;	/* constraints of links without payload were checked */
	List	   *checks;			/* of CheckTerms *, once any link was checked */
	List	   *failures;		/* of ValidationFailure *: of payloads' values that do not fit */
	List	   *diff[LINK_OUTCOMES];	/* of LinkRow * */
} LinkCall;

/* ---- link_resolve.c ---- */

/*
 * A call without source and items yet, of an association whose tables are locked:
 * compiled from what stands under the locks.  Call registry_pin() first.
 */
extern LinkCall *link_call_resolve(Oid source, const char *alias, LOCKMODE lockmode);
/* the same where the caller has locked the tables and resolved the ends */
extern LinkCall *link_call_make(const ResolvedAssociation *assoc);
/* the unique key of a link; NULL: none that is known */
extern const LinkIdentity *link_call_identity(LinkCall *call);

/* ---- link.c ---- */

/*
 * A call as functions take it: model or source, id, alias, ids where there is a fourth
 * argument, and the number of the one with the payload, or -1.  "sets": NULL for the id of a to-one
 * association is no id.
 */
extern LinkCall *link_call_from_arguments(FunctionCallInfo fcinfo, bool generic, int through,
										  LinkUse use, bool sets, LOCKMODE lockmode);
/* the same without the ids */
extern LinkCall *link_call_of_row(FunctionCallInfo fcinfo, bool generic, LinkUse use,
								  LOCKMODE lockmode);
extern Oid	link_source_relation(FunctionCallInfo fcinfo, bool generic);
/* a step of a call, connected to SPI; rolled back where the options (the number of their argument) have "dry_run" */
extern void link_run(FunctionCallInfo fcinfo, int options, void (*step) (void *), void *arg);

/* the verbs on a resolved call, connected to SPI */
extern void link_add(LinkCall *call);
extern void link_set(LinkCall *call);
extern void link_remove(LinkCall *call);
extern void link_update(LinkCall *call);

/*
 * Error 40001 where the transaction's snapshot no longer shows the links that there are.
 * "read" reads those that matter, as link_sql_read does.
 */
extern void link_check_snapshot(LinkCall *call, uint64 (*read) (LinkCall *, StatementMode));
pg_noreturn extern void link_raise_stale(LinkCall *call);

/* the table whose rows are the links, or have the foreign key */
extern const Model *link_holder(const LinkCall *call);
extern LinkRow *link_row(Datum *key, Datum *link);
/* note a row of the diff; link is NULL unless call->multiple */
extern void link_record(LinkCall *call, LinkOutcome outcome, Datum *key, Datum *link);
extern KeyColumn *link_key_columns(int n, Attribute **attributes);
/* compare two keys by the types of these columns */
extern int	link_compare_keys(int n, Attribute **columns, const Datum *a, const Datum *b);
/* copy columns of a row of SPI_tuptable */
extern Datum *link_tuple_values(uint64 row, int first_column, int n, Attribute **columns);
/* a table of links: by the primary key of the link row where multiple, else by key */
extern void link_table_init(LinkCall *call, KeyTable *table);
/* the link row's primary key in a row of SPI_tuptable; NULL unless call->multiple */
extern Datum *link_of_row(LinkCall *call, uint64 row, int first_column);

/* ---- link_lock.c ---- */

/* transaction locks on the links that the call is about, by what it does to them */
extern void link_lock(LinkCall *call, LinkLocking locking);
/* the same for several calls, by the "locking" of each; false: the lock was waited for */
extern bool link_lock_all(int n, LinkCall **calls);
/* error (40001) where a foreign server shows links as they were before we waited, and all are meant */
extern void link_refuse_outdated(LinkCall *call);
/*
 * A second lock, for calls that add and write several links:
 * ShareLock to insert, ExclusiveLock to update too.  False: somebody was waited for.
 */
extern bool link_lock_writes(LinkCall *call, LOCKMODE mode);
/* the same for a search that found no row, by its hash */
extern void link_lock_search(Oid table, uint32 hash, LOCKMODE mode);
/* this many sources are better written with their table locked from the start */
extern bool link_too_many_locks(int n);

/* ---- link_input.c ---- */

/* ids as a value of any SQL type, and the through document (or NULL), into items */
extern void link_read_ids(LinkCall *call, Datum ids, Oid type, Jsonb *through);
/* the same for ids in a document; failures of payloads are left to the caller */
extern void link_read_document(LinkCall *call, const JsonbValue *ids,
							   const DocPath *path, Jsonb *through);

/* a document of attributes of the join table; keys of the link are refused */
extern LinkPayload *link_payload(LinkCall *call, const JsonbValue *document, const DocPath *path);

/* what a payload does to an attribute */
extern Operation link_operation(const LinkPayload *payload, int attribute);

/* both (either may be NULL), the second winning key by key */
extern LinkPayload *link_payload_overlay(const Model *through, LinkPayload *under,
										 LinkPayload *over);

/* a scope of plain equalities, as write verbs can fulfil it */
extern int	link_scope_read(const Model *model, const JsonbValue *document,
							const DocPath *path, LinkScope **scope);

/* ---- link_items.c ---- */

/* one item, key converted; link_sort_items once they are all there */
extern void link_append_item(LinkCall *call, Datum *key, LinkPayload *payload,
							 const DocPath *path);
/* the same of another call of the association */
extern void link_add_item(LinkCall *call, const LinkItem *item);
extern void link_sort_items(LinkCall *call);
/* items that are in order can be found by their keys */
extern void link_number_items(LinkCall *call);
/* the item of a key; NULL: not given */
extern LinkItem *link_find_item(LinkCall *call, const Datum *key);
extern bool link_same_key(LinkCall *call, const Datum *a, const Datum *b);
/* lists of LinkItem * */
extern List *link_all_items(LinkCall *call);
extern List *link_items_in_state(LinkCall *call, LinkState state);
extern bool link_all_done(LinkCall *call);
/* where the same pair is linked twice, items with one key stand side by side */
extern void link_mark_items(LinkCall *call, LinkItem *first, LinkState state);
/* lists of items that give the same columns; in order: only neighbours go together */
extern List *link_group_by_columns(LinkCall *call, List *items, bool in_order);
/* error 23503 for targets that do not have the source's value in a column that both keys share */
extern void link_check_shared_columns(LinkCall *call);

/* ---- link_name.c ---- */

extern void link_source_argument(LinkCall *call, FunctionCallInfo fcinfo, int number);
/*
 * The sources of calls of one association, by the values of source_name.  Error 23503 where
 * there is no such row; a call that reads has no source then.
 */
extern void link_name_sources(int n, LinkCall **calls, Datum **named);
/* an item for a key, or an object that names one beside "through" */
extern void link_append_named(LinkCall *call, const JsonbValue *element, const DocPath *path,
							  LinkPayload *payload);
/* the same for a value of any SQL type */
extern void link_append_value(LinkCall *call, Datum value, Oid type, LinkPayload *payload,
							  const DocPath *path);
extern bool link_is_object_of_key(LinkCall *call, const JsonbValue *value);
/* the row that a value names, or an object among these members; NULL: they name none */
extern LinkName *link_name_among(LinkCall *call, const JsonbValue *value,
								 const char *const *others, const DocPath *path);
/* the keys of items that are named otherwise; error 23503, or noted in call->unknown */
extern void link_find_named(LinkCall *call);
/* error 23503 for those */
extern void link_need_known(LinkCall *call);
/* before a diff is written, and still connected to SPI */
extern void link_name_diffs(int n, LinkCall **calls);

/* ---- link_where.c ---- */

/* {"where": ...}, and items for the rows that it means */
extern bool link_is_where(LinkCall *call, const JsonbValue *element);
extern void link_append_where(LinkCall *call, const JsonbValue *element, const DocPath *path,
							  LinkPayload *payload);

/* ---- link_filter.c ---- */

/* use what is given beside an id, by call->use; own: what its own element gives */
extern void link_filter_item(LinkCall *call, LinkItem *item, LinkPayload *own);
/* whether two items with one key are merged */
extern bool link_items_are_one(LinkCall *call, const LinkItem *a, const LinkItem *b);
/*
 * Error 23505 for items whose links are there and have another key of their own than is given.
 * It is left out of their payload, for a link stays the row that it is.
 */
extern void link_check_own_keys(LinkCall *call, List *items);
/* is the column in the link's own key, which selects a link and is never written? */
extern bool link_is_own_key(LinkCall *call, const Attribute *column);
/* items that no live link stands for, asked one by one */
extern List *link_unmatched(LinkCall *call, StatementMode mode);
/* the same call about one item, with a diff of its own */
extern LinkCall link_call_of_item(LinkCall *call, LinkItem *item);
/* AND row t of the join table is one that is meant */
extern void link_sql_filter(SqlText *s, LinkCall *call);

/* ---- link_sql.c: statements over the join table; each returns its number of rows ---- */

/* columns: key, whether the link is live, primary key of the link row where multiple */
extern uint64 link_sql_read(LinkCall *call, bool all, StatementMode mode);
extern uint64 link_sql_read_given(LinkCall *call, StatementMode mode);
/*
 * The same of two sources, locked; whether it is the first one's stands before the link row's
 * key.
 */
extern uint64 link_sql_hold(LinkCall *call, Datum *other);
/* the rest return key, primary key of the link row where multiple */
extern uint64 link_sql_insert(LinkCall *call, List *items, bool on_conflict);
extern uint64 link_sql_update(LinkCall *call, List *items, bool revive);
extern uint64 link_sql_delete(LinkCall *call, int n, Datum **keys);
/* the same for links by their call->address */
extern uint64 link_sql_delete_rows(LinkCall *call, List *rows);
/* to the source of another call, which has these items too */
extern uint64 link_sql_relink(LinkCall *call, LinkCall *to, int n, Datum **keys);
/* delete, returning key, then these columns of the join table */
extern uint64 link_sql_take(LinkCall *call, int n, Datum **keys,
							int ncolumns, Attribute **columns);
/* whether a row of the join table may be there and yet be no link */
extern bool link_has_live_condition(LinkCall *call);
/* error 23505 for items that are linked outside the scope, where the table's key has no room for both */
extern void link_check_outside(LinkCall *call, List *items);
/* live links, all or those among the items: key, then these columns of the join table */
extern uint64 link_sql_payload(LinkCall *call, bool all, int n, Attribute **columns);
/* how many links link_sql_update would write that are live already; returns no columns */
extern uint64 link_sql_differing(LinkCall *call, List *items);
/* keys of a model that exist, are not soft-deleted and fulfil a scope */
extern uint64 link_sql_known(const Model *model, int nkey, Attribute **key,
							 int nkeys, Datum **keys, int nscope, LinkScope *scope);

/* the pieces that link_direct.c shares: a scope's equality, and "columns are one of these keys" */
extern char *link_sql_scope(SqlText *s, const char *prefix, const LinkScope *scope);
extern void link_sql_and_scope(SqlText *s, const char *prefix, int n, const LinkScope *scope);
extern bool link_sql_is_apart(const ResolvedAssociation *assoc);
extern const char *link_sql_of_sources(SqlText *s, const ResolvedAssociation *assoc, int n, Datum **keys);
/* the row that t's columns (ref) point at is not soft-deleted */
extern char *link_sql_end_lives(SqlText *s, const Model *holder, const Model *model, int n, Attribute **key,
								Attribute **ref);
extern char *link_sql_keys(SqlText *s, const char *prefix, int nkey, Attribute **columns,
						   Attribute **key, int n, Datum **keys);
/* the same for keys in a List, compared with their own columns */
extern char *link_sql_key_list(SqlText *s, const char *prefix, int nkey, Attribute **key,
							   List *keys);

/* items' target keys, then the columns that their payload gives (the same for all), as rows k */
extern char *link_sql_rows(SqlText *s, LinkCall *call, List *items);
extern void link_sql_returning(SqlText *s, LinkCall *call, const char *prefix);
/* is this column of the join table one of the source's key? */
extern bool link_is_source_column(LinkCall *call, Attribute *column);
/* is it one of either key? */
extern bool link_is_key_column(LinkCall *call, AttrNumber attnum);

/* ---- link_written.c: rows that a statement writes, for its errors ---- */

/* a row whose columns point at another */
typedef struct LinkPointing
{
	const DocPath *path;		/* of the row that points */
	const Datum *values;		/* the key of the other; NULL: at nothing */
	const DocPath *value_path;		/* where that is given; NULL: nowhere */
} LinkPointing;

/* items as rows of the join table */
extern Written link_written(LinkCall *call, List *items);
/* rows (LinkPointing *) of a model whose columns ref are set to what key has in another */
extern Written link_written_pointers(const Model *model, int n, Attribute **ref,
									 Attribute **key, List *rows);
extern LinkPointing *link_pointing(const DocPath *path, const Datum *values,
								   const DocPath *value_path);

/* ---- link_unknown.c: ids that do not exist ---- */

/* keys of rows that are pointed at, and where each is given (NULL: nowhere) */
typedef struct LinkIds
{
	int			n;
	Datum	  **keys;
	const DocPath **paths;
} LinkIds;

extern LinkIds link_ids(int max);
extern void link_ids_add(LinkIds *ids, Datum *key, const DocPath *value_path);
extern LinkIds link_ids_of(List *items);	/* LinkItem * */

/* unknown ids of several models, for one error */
typedef struct LinkUnknown
{
	List	   *messages;		/* char * */
	List	   *failures;		/* ValidationFailure * */
} LinkUnknown;

/* data with ids of several associations: one error names all unknown ids in it */
typedef struct LinkDocument
{
	void		(*find_unknown) (void *arg, LinkUnknown *unknown);
	void	   *arg;
} LinkDocument;

/* error 23503 for ids about to be linked that do not exist, as far as the caller may see */
extern void link_check_known(LinkCall *call, List *items);
/* the same for links that change their source */
extern void link_check_moved(LinkCall *call, List *items);
/* ids of the call's targets that do not exist, as far as the caller may see */
extern void link_find_unknown(LinkCall *call, const LinkIds *ids, LinkUnknown *unknown);

extern LinkReference link_pointer(const Model *from, const Model *to, int n, Attribute **ref,
								  Attribute **key, Datum *values);
/* that of an association without a join table */
extern LinkReference link_direct_pointer(const ResolvedAssociation *assoc);
/* those of the join table of a call, whose constraints are known */
extern LinkReference link_source_pointer(LinkCall *call);
extern LinkReference link_target_pointer(LinkCall *call, List *items);
/* error 23503 unless the row exists; no foreign key: looked up here, else left to it */
extern void link_check_pointer(const LinkReference *pointer);
/* the same for many rows that are pointed at; the error names all that do not exist */
extern void link_check_pointers(const LinkReference *pointer, const LinkIds *ids,
								int nscope, LinkScope *scope);
/*
 * Before rows are written for which a transaction that deletes the referenced row would
 * wait: take the lock that the foreign key's check takes anyway, where the caller may.
 */
extern void link_hold_pointers(const LinkReference *pointer, int n, Datum **keys);

/*
 * The same for the targets of items that are not linked yet, before other links are taken
 * away.  Who deletes a target has its row, and comes for its links then.  Two calls that each
 * hold a link which one of two such waits for, and wait for the other's row, would be a
 * ring.
 */
extern void link_hold_targets(LinkCall *call, List *items);
/* row security could hide rows to which plain SQL may link: then the foreign key decides */
extern bool link_may_read(const Model *model, int nkey, Attribute **key);
/* raise that these ids are of no rows, and what the document, if there is one, has of the kind beside */
pg_noreturn extern void link_raise_unknown(const Model *model, int nkey, Attribute **key,
										   const LinkIds *ids, LinkDocument *document);
/* error 23505 for keys that are linked outside the scope */
pg_noreturn extern void link_raise_outside(LinkCall *call, List *keys);
/* error 23505 for keys whose links have another key of their own than is given */
pg_noreturn extern void link_raise_other_link(LinkCall *call, List *keys);
/* error 23503 for keys of rows that differ in columns which linking does not change */
pg_noreturn extern void link_raise_misfit(LinkCall *call, const Model *model,
										  const char *columns, List *keys);
/* error 23503 for items that should be linked and are not */
pg_noreturn extern void link_raise_not_linked(LinkCall *call, List *items);

/* ---- link_diff.c ---- */

/* {"added": [...], "updated": [...], "removed": [...], "unchanged": [...]}, in the current context */
extern Datum link_diff_document(LinkCall *call);

/* [{"source": key, "added": ...}, ...] */
extern Datum link_diffs_document(int ncalls, LinkCall **calls);

/* {"count": n, "keys": [...]} of rows (LinkRow *) that were changed, in key order */
extern Datum link_keys_document(int nkey, Attribute **key, List *rows);

/* ---- link_room.c ---- */

/* once(call), whichever order links exchange payload in of which a unique key has one of a kind */
extern void link_write_with_room(LinkCall *call, void (*once) (LinkCall *));
/* those of these columns, by number of attribute, that only one row may have; NULL: none */
extern bool *link_exclusive_columns(const Model *model, const bool *given);
/* a copy of what writing changes of a call */
extern LinkCall *link_saved_call(LinkCall *call);

/* ---- link_position.c: links in an order of their own; nothing where call->position is NULL ---- */

/* before a set writes the links of a join table; before items that are not linked are inserted */
extern void link_position_set(LinkCall *call);
extern void link_position_append(LinkCall *call);
extern LinkItem **link_items_as_given(LinkCall *call);
extern Datum link_position_value(const Attribute *position, int64 number);
/* the last position that is taken; 0: none */
extern int64 link_position_last(LinkCall *call);
/* after a set: children get their positions, and links that do not show lose them */
extern void link_position_settle(LinkCall *call);
/* links that the diff has as added get the positions after this one */
extern void link_position_added(LinkCall *call, int64 last);

/* ---- link_through.c: belongs_to_many; connected to SPI, at least one item but for set ---- */

extern bool link_through_has(LinkCall *call);
extern void link_through_add(LinkCall *call);
extern void link_through_set(LinkCall *call);
extern void link_through_set_locked(LinkCall *call);	/* the caller holds the lock */
extern void link_through_remove(LinkCall *call);
/* what is linked is unlinked, the rest linked */
extern void link_through_toggle(LinkCall *call);

/* before links are written: lock the source against its deletion */
extern void link_through_hold(LinkCall *call, uint64 nlinks);
/* find out which items are links already; returns the live ones as LinkRows */
extern List *link_read_items(LinkCall *call);

/* once(call), again where a write met another state than was read */
extern void link_write_until_settled(LinkCall *call, void (*once) (LinkCall *));

/* ---- link_update.c ---- */

/* payload of links that exist; error 23503 for the others */
extern void link_through_update(LinkCall *call);
/* update the links of these items, so many of which differ, and report the live links (LinkRow *) */
extern void link_through_update_live(LinkCall *call, List *live, List *items, int ndiffering);
extern int	link_count_differing(LinkCall *call, List *items);
/* items that no trigger keeps as they are */
extern List *link_without_refused(List *items);

/* ---- link_validate.c ---- */

/* all failures of links to be inserted, changed or revived, in one error */
extern void link_through_validate(LinkCall *call, List *missing, List *changed, List *hidden);

/* failures of generated columns, which a payload may only give to select a link */
extern List *link_generated_failures(LinkCall *call, const LinkPayload *payload, List *failures);

/* ---- link_symmetric.c: where call->mirror is not NULL ---- */

/* the same call as the other end has it, with a diff of its own */
extern LinkCall *link_mirror(const LinkCall *call);
/* the call over some of its items, whose locks are held */
extern LinkCall link_part(const LinkCall *call, List *items);
extern bool link_both_have(LinkCall *call);
/* one of the verbs over links of either end */
extern void link_both_ways(LinkCall *call, LinkLocking locking, void (*verb) (LinkCall *));
/* these items by the end that has their links: this one, which new ones get, and the other */
/* add the diff of a part; of the other end without the link of a row with itself, which both ends have */
extern void link_take_diff(LinkCall *call, const LinkCall *part, bool other_end);
extern void link_divide(LinkCall *call, List *items, StatementMode mode, LinkCall *parts);

/* ---- link_insert.c ---- */

/* on_conflict: those that are there stay as they were, and absent, for another look */
extern void link_through_insert(LinkCall *call, List *items, bool on_conflict);

/* ---- link_multiple.c: the same where a pair may be linked several times ---- */

/* the source is locked */
extern void link_multiple_set(LinkCall *call);
extern void link_multiple_add(LinkCall *call);
/* does some item identify its link by a unique key, so that adding it twice adds one link? */
extern bool link_multiple_identified(LinkCall *call);

/* ---- link_direct.c: has_many, has_one, belongs_to ---- */

extern bool link_direct_has(LinkCall *call);
extern void link_direct_add(LinkCall *call);
extern void link_direct_set(LinkCall *call);
extern void link_direct_set_locked(LinkCall **calls, int n);	/* the sources are locked */
extern void link_direct_remove(LinkCall *call);
extern void link_direct_toggle(LinkCall *call);
/* from one source to another; error 23503 unless all items are linked */
extern void link_direct_need_linked(LinkCall *call);
extern void link_direct_move_pointer(LinkCall *from, LinkCall *to); /* belongs_to */
/* before several calls of one association add: lock the children that they name */
extern void link_direct_hold(LinkCall *call, List *keys);
/* the same for rows of any model */
extern void link_hold_rows(const Model *model, int nkey, Attribute **key, List *keys);

/* ---- link_fixed.c: has_many, has_one, belongs_to ---- */

/* by number of the foreign key's columns: not changed by linking; NULL: all are */
extern const bool *link_fixed_columns(LinkCall *call);
/* columns that unlinking sets to NULL; returns how many */
extern int	link_columns_to_clear(LinkCall *call, Attribute **columns);
extern bool link_clears(LinkCall *call, const Attribute *column);
/* error 23502: rows cannot be unlinked */
pg_noreturn extern void link_raise_not_null(LinkCall *call);
/* SET: the key's values, or columns of k from the first on; false: there is nothing to be set */
extern bool link_sql_point(SqlText *s, LinkCall *call, const Datum *values, int first_column);
/* SET: NULLs; error where there can be none */
extern void link_sql_clear(SqlText *s, LinkCall *call);
/* AND row t has these values where linking does not change them */
extern void link_sql_fits(SqlText *s, LinkCall *call, const Datum *values, int first_column);
/* error 23503 where it has not: children by their keys, or the source's row and the one target */
extern void link_check_fixed(LinkCall *call, List *keys);
/* the same where they have not what the scope demands of a generated column */
extern void link_check_generated_scope(LinkCall *call, List *keys);

/* ---- link_move.c ---- */

/* columns of a row of SPI_tuptable as a payload that gives them */
extern LinkPayload *link_row_payload(const Model *through, uint64 row, int first_column,
									 int n, Attribute **columns);

/* ---- link_many.c ---- */

/* the target's key, out of a key of a call with several sources */
extern Datum *link_joint_target(const LinkCall *joint, const Datum *key);

/* sources by their keys, numbered in the order of the calls; none is there twice */
extern KeyTable link_number_sources(LinkCall **calls, int n);

/* how often a call whose row was written meanwhile looks again */
#define LINK_MAX_CONFLICTS 5

/* ---- link_children.c: has_many, has_one; the sources are locked ---- */

extern bool link_children_has(LinkCall *call, StatementMode mode);
/* error 23503 unless all items are linked */
extern void link_children_need_linked(LinkCall *call);
extern void link_children_add(LinkCall *call);
extern void link_children_set(LinkCall **calls, int n);
extern void link_children_remove(LinkCall *call);
extern void link_children_toggle(LinkCall *call);
/* children of one source become those of the other; error 23503 unless all items are linked */
extern void link_children_hand_over(LinkCall *from, LinkCall *to);

/* ---- link_owner.c: belongs_to; the sources are locked ---- */

extern bool link_owner_has(LinkCall *call, StatementMode mode);
/* each to its item, or to nothing where it has none */
extern void link_owner_set(LinkCall **calls, int n);
extern void link_owner_toggle(LinkCall *call);
extern void link_owner_remove(LinkCall *call);

#endif							/* ASSOC_LINK_H */
