/*-------------------------------------------------------------------------
 *
 * merge.h
 *	  Merging rows: where they are referred to, and what becomes of that.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_MERGE_H
#define ASSOC_MERGE_H

#include "link/link.h"

/* a table that need not be a model */
typedef struct MergeTable
{
	Oid			relid;
	char	   *name;			/* quoted, for SQL */
	const Model *model;			/* NULL: none */
	int			ncolumns;
	Attribute  *columns;		/* in column order, dropped ones left out */
	bool	   *positions;			/* by column: it keeps the order of some association, which belongs to the link, not to the row */
	int			nkey;
	Attribute **key;			/* primary key, of these columns */
	bool		lockable;		/* its rows can be locked */
	bool		references_known;
	List	   *references;		/* see merge_references */
} MergeTable;

/* columns of a table that point at another */
typedef struct MergeReference
{
	MergeTable *table;
	int			n;
	Attribute **columns;		/* of the table */
	Attribute **pointed_at;		/* of the table that is pointed at */
	int			nother;			/* of a join table whose other key points at the same table: its columns */
	Attribute **other;
	Attribute **other_at;
	int			nscope;			/* which rows of the table point there; 0: all */
	LinkScope  *scope;
	List	   *symmetric;		/* of MergeReference *: as symmetric associations have it, with their scopes */
	List	   *associations;	/* of char *: "User.tasks"; NIL: a foreign key that no association is over */
} MergeReference;

/* ---- merge_references.c ---- */

/* error where there is no such table */
extern MergeTable *merge_table(Oid relid);
/* associations and foreign keys (List of MergeReference *), by name of table and columns */
extern List *merge_references(MergeTable *table);
/* unique keys of the table that have a column of the reference: of MergeKey *; those over expressions are left out */
typedef struct MergeKey
{
	int			n;
	Attribute **columns;
	char	   *predicate;		/* over its columns by name; NULL: all rows */
	bool		nulls_equal;	/* NULLS NOT DISTINCT */
} MergeKey;

extern List *merge_keys(const MergeReference *reference);

/* ---- merge_row.c, merge_rows.c: connected to SPI ---- */

/* a row, and the values that identify it */
typedef struct MergeRow
{
	MergeTable *table;
	int			nident;
	Attribute **ident;			/* columns of the table */
	Attribute **ident_like;		/* by whose types the values are */
	Datum	   *idents;
	const char *predicate;		/* and this, over its columns by name; NULL: nothing */
	Datum	   *values;			/* by number of column; those that were read */
	bool	   *nulls;
	struct MergeRow *above;		/* the one because of which this one is merged; NULL: none */
} MergeRow;

/* the row that SPI_tuptable shows by its key, or the one of that key that points at "to" */
extern MergeRow *merge_row_of_key(MergeReference *reference, MergeKey *key, MergeRow *to, uint64 number);
/* t.key = ..., or with another prefix */
extern char *merge_is(SqlText *s, const char *prefix, MergeRow *row);
/* read these columns (NULL: all) and lock it; false: it is not there */
extern bool merge_read_row(MergeRow *row, const bool *requested);
/* what refers to one refers to the other; appended: elements of the report */
extern void merge_rows(StringInfo report, MergeRow *from, MergeRow *to);
/* soft: the model whose rows are marked; NULL: for good.  False: a trigger, rule or policy keeps it */
extern bool merge_delete_row(MergeRow *row, const Model *soft);
/* null columns that may be */
extern void merge_fill_row(MergeRow *to, MergeRow *from, const bool *may);
extern bool merge_is_soft_deleted(MergeRow *row);

#endif							/* ASSOC_MERGE_H */
