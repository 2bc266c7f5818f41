/*-------------------------------------------------------------------------
 *
 * create.h
 *	  Creating rows with everything nested in them: what the files of this module share.
 *
 * The data is read into levels, one for each path of aliases in it, each with all its
 * rows whoever their parents are, and written level by level: rows that are pointed at
 * before those that point.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_CREATE_H
#define ASSOC_CREATE_H

#include "link.h"

/* a row to be written; values by number in model->attributes */
typedef struct CreateRow
{
	struct CreateRow *parent;	/* in the level above; NULL at the root */
	const DocPath *path;		/* its place; NULL: the root itself */
	bool	   *given;
	Datum	   *values;
	bool	   *nulls;
	LinkPayload *payload;		/* of its link to the parent; NULL: none */
} CreateRow;

/* existing rows to be linked to one parent */
typedef struct CreateConnect
{
	CreateRow  *parent;
	const DocPath *path;
	LinkCall   *call;			/* items in key order */
} CreateConnect;

typedef struct CreateLevel
{
	struct CreateLevel *parent; /* NULL at the root */
	const Model *model;
	const AssociationEnds *ends;	/* from the level above; NULL at the root */
	LinkCall   *call;			/* scopes of that association; no source, no items */
	bool		existing;		/* root of create_in: its row is there already */
	List	   *rows;			/* of CreateRow * */
	List	   *connects;		/* of CreateConnect * */
	List	   *children;		/* of CreateLevel *, by alias in order of appearance */
	int			depth;
} CreateLevel;

/* ---- create_input.c ---- */

extern CreateLevel *create_level(const Model *model);
/* read one row's document into the level, and what is nested into levels below */
extern void create_read_row(CreateLevel *level, CreateRow *parent, const JsonbValue *document,
							const DocPath *path);
extern CreateRow *create_row(const Model *model, CreateRow *parent, const DocPath *path);
/* the level of an alias below this one */
extern CreateLevel *create_child_level(CreateLevel *level, const Association *association);

/* ---- create_check.c ---- */

/* all failures of all levels in one error */
extern void create_check(CreateLevel *root);

/* ---- create_write.c, create_insert.c ---- */

/* write a level with everything below it; afterwards the rows' keys are known */
extern void create_write(CreateLevel *level);
/* rows of one model, whose "needed" columns are known afterwards */
extern void create_insert(const Model *model, List *rows, const bool *needed,
						  int npointers, const LinkPointer *pointers);
/* a row of the level's join table: payload (or NULL) and scope, keys not yet */
extern CreateRow *create_link_row(const CreateLevel *level, const LinkPayload *payload);
/* columns of a row, one Datum each */
extern Datum *create_row_key(const Model *model, const CreateRow *row, int n, Attribute **columns);

#endif							/* ASSOC_CREATE_H */
