/*-------------------------------------------------------------------------
 *
 * replace.h
 *	  Documents as loads print them, compared with what is there.
 *
 * The nested verb "replace" and assoc.save.  What such a document says is taken apart into what the
 * other nested verbs do: rows that are created and changed, links, deletes.  What is as it
 * was comes to nothing.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_REPLACE_H
#define ASSOC_REPLACE_H

#include "write/create.h"

/* one row's rows under an association; of a root: the documents themselves */
typedef struct Replace
{
	CreateRow  *parent;			/* NULL: of a root */
	const JsonbValue *value;
	const DocPath *path;
	const IncludeItem *shown;	/* as it was loaded; NULL: not known */
	bool		partial;		/* the load did not show all: what is not given stays */
	List	   *elements;		/* of ReplaceElement * */
	LinkCall   *calls[CREATE_LINK_VERBS];	/* NULL: nothing to be done */
	bool		changes;		/* which rows are associated, or what their links have */
	bool		reorders;		/* the order of the links is another one, or may be */
	LinkCall   *order;			/* that has written it; NULL: not written */
} Replace;

/* a row of the database, as it was found */
typedef struct ReplaceFound
{
	Datum	   *parent;			/* key of the row that leads to it; NULL: it was not found through one */
	Datum	   *key;
	const bool *read;			/* by number of attribute: which were read */
	Datum	   *values;
	bool	   *nulls;
	Datum	   *link;			/* of the join table, likewise; NULL: none */
	bool	   *link_nulls;
	bool		taken;			/* a document means it */
	bool		meant;			/* where a pair is linked several times: this link */
	struct ReplaceFound *next;	/* where a pair is linked several times: the next link of it */
} ReplaceFound;

/* a document of one row */
typedef struct ReplaceElement
{
	Replace    *replace;
	const JsonbValue *value;
	const DocPath *path;
	Datum	   *key;			/* NULL: it gives none */
	ReplaceFound *found;		/* NULL: a new row */
	CreateRow  *row;
} ReplaceElement;

/* what is kept of a row that such a document is about */
typedef struct ReplaceRow
{
	const IncludeItem *shown;	/* how it was loaded; NULL: not known */
	const ReplaceFound *found;	/* NULL: a new row */
	List	   *link;			/* of DocPair *: members about its link */
	const DocPath *link_path;
} ReplaceRow;

/* what is read of rows */
typedef struct ReplaceColumns
{
	int			n;
	Attribute **columns;
	const bool *read;			/* the same by number of attribute */
	int			nlink;
	Attribute **link;			/* of the join table */
} ReplaceColumns;

/* documents of a level */
typedef struct ReplaceWork
{
	CreateLevel *level;
	List	   *replaces;		/* of Replace * */
	List	   *elements;		/* of ReplaceElement * */
	ReplaceColumns columns;
	List	   *found;			/* of ReplaceFound *: what the parents lead to */
	KeyTable	linked;			/* parent's key, own key */
	ReplaceFound **of_linked;	/* by number there */
	KeyTable	named;			/* keys that documents give */
	bool	   *moved;			/* by number there: a parent is to lead to it that does not */
	KeyTable	parents;		/* filled when it is first asked */
	Replace   **of_parent;		/* by number there */
} ReplaceWork;

/* ---- replace.c ---- */

/* under an association of a row stands this; it is looked at by replace_read */
extern void replace_note(CreateLevel *child, CreateRow *parent, const JsonbValue *value,
						 const DocPath *path, const IncludeItem *shown);
/* all that was noted, level by level; connected to SPI */
extern void replace_read(CreateLevel *level);
/* is anything to be written? */
extern bool replace_changes_any(const CreateLevel *level);
/* a row of the database as one that is changed */
extern CreateRow *replace_found_row(const CreateLevel *level, CreateRow *parent, const ReplaceFound *found,
									const DocPath *path);

/* ---- replace_links.c ---- */

/* the link of a row that a document means */
extern void replace_link_element(ReplaceWork *work, ReplaceElement *element, CreateRow *row);
/* what no document means */
extern void replace_unlink_others(ReplaceWork *work);
extern void replace_finish_links(ReplaceWork *work, Replace *replace);
/* once all is written: the order of the documents is that of the links */
extern void replace_write_order(CreateLevel *level);

/* ---- replace_lock.c: what a comparison was about stays as it is until it is written ---- */

/* true: it was not locked by then, so look again.  What is, is kept in "held" (List of ReplaceHeld *) */
extern bool replace_lock(CreateLevel *root, List **held);

/* ---- replace_row.c ---- */

/* a key of a document, where rows are loaded like this */
typedef enum ReplaceMemberKind
{
	REPLACE_UNKNOWN,
	REPLACE_ATTRIBUTE,
	REPLACE_LINK,				/* the link row, as an object */
	REPLACE_LINK_ATTRIBUTE,		/* or one of its columns among the row's */
	REPLACE_ASSOCIATION,
	REPLACE_COMPUTED			/* what only a load knows how to make */
} ReplaceMemberKind;

typedef struct ReplaceMember
{
	ReplaceMemberKind kind;
	Attribute  *attribute;
	const Association *association;
	const IncludeItem *include; /* of the association; NULL: not known */
} ReplaceMember;

/* columns that the documents' rows are compared by */
extern ReplaceColumns replace_columns(CreateLevel *level, List *elements);
/* members of a document into its row: see create_input.c */
extern void replace_read_value(CreateLevel *level, CreateRow *row, const DocPair *pair);
extern void replace_read_nested(CreateLevel *level, CreateRow *row, const DocPair *pair);
/* members about the link that differ from this link (NULL: a new one); NULL: nothing differs */
extern LinkPayload *replace_payload(CreateLevel *level, const CreateRow *row, const ReplaceFound *link);
/* is what a document gives of its row as it is there? */
extern bool replace_is_same(CreateLevel *level, const CreateRow *row, const Attribute *attribute,
							const JsonbValue *value);
/* a value as loads print it; link: of the join table */
extern JsonbValue replace_print(CreateLevel *level, bool link, int number, Datum value, bool isnull);

/* ---- replace_find.c ---- */

/* of ReplaceFound *: rows that an association leads to, from rows (CreateRow *) that exist */
extern List *replace_find_linked(CreateLevel *level, List *parents, const ReplaceColumns *columns,
								 const IncludeItem *shown);
/* the same by primary key, wherever they belong */
extern List *replace_find_rows(CreateLevel *level, List *keys, const ReplaceColumns *columns,
							   bool scoped, bool deleted);

/* ---- replace_changes.c ---- */

/* [{"change", "model", "key", "path", "old", "new"}, ...] of what was written */
extern Jsonb *replace_changes(CreateLevel *root);

/* ---- replace_fields.c: whether the option "fields" lets a difference be written ---- */

extern void replace_check_row(CreateLevel *level, const CreateRow *row);
extern void replace_check_link(CreateLevel *level, const CreateRow *row, const char *verb,
							   const LinkPayload *payload);
extern void replace_check_verb(CreateLevel *level, const Replace *replace, const char *verb);

#endif							/* ASSOC_REPLACE_H */
