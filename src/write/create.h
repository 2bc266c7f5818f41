/*-------------------------------------------------------------------------
 *
 * create.h
 *	  Writing rows with everything nested in them: what the files of this module share.
 *
 * The data is read into levels, one for each path of aliases in it, each with all its
 * rows whoever their parents are, and written level by level: rows that are pointed at
 * before those that point.  Rows that exist and are changed stand in the levels
 * like new ones.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_CREATE_H
#define ASSOC_CREATE_H

#include "link/link.h"
#include "options/options.h"
#include "utils/hsearch.h"
#include "validate/operation.h"
#include "validate/validator.h"

#define CREATE_CONNECT_HINT "Rows that are there are linked by their ids under \"connect\"."

/* a row to be written; values by number in model->attributes */
typedef struct CreateRow
{
	struct CreateRow *parent;	/* in the level above; NULL at the root */
	const DocPath *path;		/* its path; NULL: the root itself */
	int			order;			/* new: which of the level's rows and connects it was, as they were read */
	bool		existing;		/* it is there: what is given changes it */
	bool		skipped;		/* ignoreDuplicates: was not stored */
	bool		kept;			/* existing: a trigger, rule or policy kept it as it was */
	bool		shown;			/* it is among the rows that create_show has shown last */
	Datum	   *key;			/* existing: its primary key as it was found; of a link: that of the row it leads to, */
	const DocPath *value_path;	/*   which is given here */
	bool	   *given;
	char	   *operations;		/* of Operation, by number of attribute: what to do with the value; NULL: none */
	OperationUse operates;
	bool	   *is_explicit;	/* given by the data itself, or by what it points at */
	const DocPath **paths;		/* where a referenced row is given, by column; NULL: nowhere */
	Datum	   *values;			/* existing: also what was read of it */
	bool	   *nulls;
	List	   *unread;			/* of Attribute *: given, but no values of theirs */
	List	   *failures;		/* of these: of ValidationFailure * */
	LinkPayload *payload;		/* of its link to the parent; NULL: none */
	struct ReplaceRow *replaced;	/* its data is what a load printed, see replace.h; NULL: it is not */
} CreateRow;

/* what is done to links of one parent */
typedef enum CreateLinkVerb
{
	CREATE_DISCONNECT,			/* in the order in which they are done */
	CREATE_SET,
	CREATE_UPDATE_LINK,			/* payload of links that exist */
	CREATE_CONNECT
} CreateLinkVerb;

#define CREATE_LINK_VERBS (CREATE_CONNECT + 1)

/* existing rows, and what is done to their links to one parent */
typedef struct CreateConnect
{
	int			order;			/* as of a CreateRow */
	CreateRow  *parent;
	const DocPath *path;
	LinkCall   *call;			/* items in key order */
} CreateConnect;

/* a new row that further parents want too (connectOrCreate) */
typedef struct CreateShare
{
	CreateRow  *parent;
	CreateRow  *row;
	LinkPayload *payload;
} CreateShare;

/* a table that rows are written to, and the constraints that its errors are compared with */
typedef struct CreateTable
{
	const Model *model;
	List	   *checks;			/* of CheckTerms * */
	const bool *needed;			/* of rows that are changed: columns that are asked for afterwards; NULL: none */
} CreateTable;

/* which reading of the caller's document this is */
typedef struct CreateReading
{
	bool		again;			/* rows are looked for again, after a race */
	int			tries;			/* times that the tables were not yet locked, and this one */
} CreateReading;

typedef struct CreateLevel
{
	struct CreateLevel *parent; /* NULL at the root */
	const Model *model;
	const ResolvedAssociation *assoc;	/* from the level above; NULL at the root */
	LinkCall   *call;			/* scopes of that association; no source, no items */
	bool		upserts;		/* those that follow may be there already */
	List	   *rows;			/* of CreateRow *: new */
	List	   *found;			/* of CreateRow *: existing */
	List	   *links[CREATE_LINK_VERBS];	/* of CreateConnect * */
	List	   *deletes;		/* of CreateRow *: existing */
	List	   *shares;			/* of CreateShare * */
	HTAB	   *requested;		/* of connectOrCreate's pending rows, see create_search.c */
	List	   *pending;		/* of Replace *: given, and not yet compared with what is there */
	List	   *replaces;		/* of Replace *: compared */
	struct ReplacePrinter *printers[2]; /* see replace_row.c; of the model, of the join table */
	List	   *children;		/* of CreateLevel *, by alias in order of appearance */
	int			nread;			/* rows and connects so far */
	List	   *checks;			/* known by create_check: of CheckTerms *, of the model, */
	List	   *link_checks;	/*   of the join table */
	int			depth;
	int			nfound;			/* root: how many rows there are that exist */
	uint64		generation;		/* root: registry's before anything was read */
	bool		races;			/* root: rows are created because none was found */
	List	   *searches;		/* root: of CreateSearch *: that found no row, and that no unique key protects */
	bool		linked_before;	/* code of the tables has made some of its links */
	bool		nothing;		/* root: no row was found; the data is only checked */
	const struct CreateFields *fields;	/* root: what the data may give, where that is seen only now; or NULL */
	CreateReading reading;		/* root */
} CreateLevel;

/* reads a document into a new root */
typedef CreateLevel *(*CreateReader) (void *arg, const CreateReading *reading);

/* ---- create_input.c ---- */

/* a root, its table locked; any: rights without one of which there is nothing to do here */
extern CreateLevel *create_root(const Model *model, const CreateReading *reading, AclMode any);
/* something changed before its table was locked: what was read is to be read again */
extern bool create_is_stale(const CreateLevel *level);
/* the root above a level */
extern CreateLevel *create_root_of(CreateLevel *level);
/* read one row's document into the level, and what is nested into levels below */
extern CreateRow *create_read_row(CreateLevel *level, CreateRow *parent,
								  const JsonbValue *document, const DocPath *path);
/* the same for a row that exists */
extern void create_read_changes(CreateLevel *level, CreateRow *row, const JsonbValue *document);
/* members of one more document into a row */
extern void create_read_members(CreateLevel *level, CreateRow *row, const JsonbValue *document);
/* a new row gets the values of its association's scope that the data does not give */
extern void create_apply_scope(CreateLevel *level, CreateRow *row);
/* an object, each key of which is an attribute or an association */
extern void create_check_members(const Model *model, const JsonbValue *document, const DocPath *path);
/* error 42703 for a key that is neither an attribute nor an association */
pg_noreturn extern void create_raise_unknown_member(const Model *model, const char *key,
													const DocPath *path);
extern CreateRow *create_row(const Model *model, CreateRow *parent, const DocPath *path);
/* a value that the data gives to a column of a row; one that does not fit is a failure of the row */
extern void create_read_value(const Model *model, CreateRow *row, Attribute *attribute,
							  const JsonbValue *value);
extern Operation create_operation(const CreateRow *row, int attribute);
/* the level of an alias below this one, its tables locked, the one that holds the links in this mode */
extern CreateLevel *create_child_level(CreateLevel *level, const Association *association,
									   LOCKMODE lock);

/* ---- create_verbs.c ---- */

/* {"create": ..., "connect": ...} under an association of a row */
extern void create_read_verbs(CreateLevel *child, CreateRow *parent, const JsonbValue *verbs,
							  const DocPath *path);
/* links of a parent, to which items are appended; link_sort_items once they are all there */
extern LinkCall *create_links(CreateLevel *child, CreateRow *parent, CreateLinkVerb verb,
							  const DocPath *path);
/* a belongs_to's parent points at nothing, or at what follows */
extern void create_point_at_nothing(CreateLevel *child, CreateRow *parent, bool nothing);
/* a has_one's row is replaced by a new one: what the parent has is unlinked first */
extern void create_replace(CreateLevel *child, CreateRow *parent, const DocPath *path);

/* ---- create_find.c: rows that exist, as CreateRows; connected to SPI ---- */

typedef struct CreateFind
{
	const Condition *where;		/* NULL: none */
	const LinkName *name;		/* values of a unique key; NULL: none */
	const bool *columns;		/* what to read, by number of attribute; the primary key always */
	bool		lock;			/* until the transaction ends, as UPDATE does */
	bool		hold;			/* they may be changed, and not deleted */
	bool		lock_delete;	/* as DELETE does, and with the link that leads there */
	bool		scoped;			/* in the default scope only */
	bool		deleted;		/* soft-deleted rows too */
	bool		first;			/* one will do: the first by key */
	List	   *order;			/* of OrderItem *; NIL: by key */
	const char *limit;			/* as it stands in SQL; NULL: all */
	const char *wait;			/* NOWAIT or SKIP LOCKED; NULL: for rows that are locked */
	bool		to_destroy;		/* locked as DELETE does, where the caller may, */
	bool		force;			/*   also in a model that keeps deleted rows */
} CreateFind;

/* rows of a model */
extern List *create_find(CreateLevel *level, const CreateFind *find);
/* rows of the level that are linked to a row that exists */
extern List *create_find_linked(CreateLevel *level, CreateRow *parent, const CreateFind *find);
/* columns that a document, nested in a row of this model, asks for */
extern bool *create_columns_for(const Model *model, const JsonbValue *document);

/* ---- create_search.c: what is looked for, and created where it is not found ---- */

typedef struct CreateSearch
{
	const Model *model;
	bool		plain;			/* the next three are the whole condition */
	bool	   *given;			/* by number of attribute: it equals this value */
	Datum	   *values;
	bool	   *nulls;
	Jsonb	   *document;		/* unless plain */
	LOCKMODE	lock;			/* others that look for the same wait; ShareLock: those of like kind do not */
	bool		keyed;			/* it gives all columns of a unique key */
	uint32		hash;
} CreateSearch;

extern CreateSearch *create_search(const Model *model, const Condition *where,
								   const JsonbValue *document);
extern CreateSearch *create_search_key(const Model *model, int n, Attribute **columns,
									   const Datum *key);
/* it is among the rows linked to this one, of its model */
extern void create_search_under(CreateSearch *search, const Model *model,
								const CreateRow *parent);
/* the same of any parent: what several upserts look for may be several rows */
extern CreateSearch *create_search_by_upsert(const CreateSearch *search);
/* it found no row; other transactions may look for the row that is created */
extern void create_search_note(CreateLevel *level, CreateSearch *search);
/*
 * Lock those of a root; true: some were not locked by then, so look again.  Which are is kept
 * in "held".
 */
extern void create_search_table(KeyTable *held);
extern bool create_search_lock(CreateLevel *root, KeyTable *held);
/* the row that the level will create for the same search; NULL: none */
extern CreateRow *create_requested_find(CreateLevel *level, const CreateSearch *search);
extern void create_requested_add(CreateLevel *level, CreateSearch *search, CreateRow *row);

/* ---- create_check.c ---- */

/* all failures of all levels in one error */
extern void create_check(CreateLevel *root);
/* gives it anything? */
extern bool create_is_changed(const Model *model, const CreateRow *row);
/* failures of a row that are known before it is written, those of its unread values first */
extern List *create_check_row(RowValidator *validator, const Model *model, const CreateRow *row,
							  bool inserting, List *pending, List *failures);

/* ---- create_ids.c ---- */

/* one error names all ids of the data that do not exist, whichever association they are of */
extern void create_ids_share(CreateLevel *root);

/* ---- create_write.c, create_insert.c, create_change.c ---- */

/* write a level with everything below it; afterwards the rows' keys are known */
extern void create_write(CreateLevel *level);
/* rows of one table, whose "needed" columns are known afterwards */
extern void create_insert(const CreateTable *table, List *rows, const bool *needed);
/* error 27000 for a new row that a trigger left out, where others need it */
extern void create_need_stored(const Model *model, const CreateRow *row);
/* values of an attribute of the rows, as a column of this type */
extern StatementColumn create_column(List *rows, int attribute, Oid type);
/* rows that exist: what is given of them */
extern void create_change(const CreateTable *table, List *rows);
/* run a statement that writes these rows to the table */
extern uint64 create_run_statement(const CreateTable *table, List *rows, SqlText *s,
								   int expected);
/* rows that exist: deleted, or marked so in a paranoid model */
extern void create_delete(const Model *model, List *rows);
/* locks on all links that will be written to rows that exist; false: somebody was waited for */
extern bool create_lock_links(CreateLevel *root);
/* apply a link verb to the rows that exist, in order */
extern void create_change_links(CreateLevel *level, CreateLinkVerb verb);
/* rows that give the same columns, together */
extern List *create_group_rows(const Model *model, List *rows);
/*
 * Leave the rows whose key is new and return those that repeat one.  The key is what
 * the columns hold, or the key by which the rows were found.
 */
extern List *create_take_repeated(const Model *model, List **rows, int n, Attribute **columns,
								  bool by_key);
/* a row of the level's join table: payload (or NULL) and scope, keys not yet */
extern CreateRow *create_link_row(const CreateLevel *level, const LinkPayload *payload);
/* error 42701 where the data states another value of a column than this association does */
extern void create_need_agreement(const Model *model, const CreateRow *row, int number,
								  const char *alias, Datum value, bool isnull);
/* columns of a row, one Datum each */
extern Datum *create_row_key(const Model *model, const CreateRow *row, int n, Attribute **columns);
/* in create_position.c: rows of this table, which the level makes, get their positions */
extern void create_positions(CreateLevel *level, const Model *model, List *rows);
/* what was created and connected under one row comes in the order of the verbs, whichever was written first */
extern void create_order_added(CreateLevel *level);

/* ---- create.c ---- */

/*
 * Read, check and write, again where another transaction creates meanwhile what was looked
 * for and not found; several rows also where a deadlock ended it.  "read" makes a root and reads into it; connected to SPI.
 */
extern CreateLevel *create_run(CreateReader read, void *arg, bool several);
/* whether data may be more than one row */
extern bool create_is_nested(const JsonbValue *data);
/* read and check rows without anything nested in them */
extern CreateLevel *create_read_flat(CreateReader read, void *arg);
/* a document without one of its keys */
extern Jsonb *create_without(Jsonb *document, const char *key);
/* the first of an array; JSON null where there is none */
extern Datum create_first(Datum array);
/* "returning": true or an array of attributes as a find document; an object is one */
extern Jsonb *create_returning(const JsonbValue *value, const DocPath *path);
/* rows of the root as find_by_pk shows them, with what was nested; skipped ones as null */
extern Datum create_show(CreateLevel *root, List *rows, Jsonb *options);
/* these documents with null in the place of rows that are not shown; or those only of rows that were then written */
extern Datum create_shown(Datum documents, List *rows, bool in_places);

#endif							/* ASSOC_CREATE_H */
