/*-------------------------------------------------------------------------
 *
 * create_conflict.h
 *	  Inserting rows that may be there already: upsert, and options of bulk_create.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_CREATE_CONFLICT_H
#define ASSOC_CREATE_CONFLICT_H

#include "write/create.h"

typedef struct CreateConflict
{
	int			n;				/* columns of the unique key; 0: whatever it conflicts with */
	Attribute **columns;
	const bool *update;			/* by number of attribute: what is changed; NULL: all that is given */
} CreateConflict;

/*
 * The unique key that decides whether the rows exist: as given (an array of
 * attributes), or the primary key where all rows give it, or the one unique key
 * that they give.
 */
extern CreateConflict *create_conflict_key(const Model *model, List *rows,
										   const JsonbValue *given, const DocPath *path);
/* ---- create_duplicates.c ---- */

/* rows of a level without others below it are changed where they conflict; afterwards their primary keys are known */
extern void create_insert_or_change(CreateLevel *level, const CreateConflict *conflict);
/* rows are skipped where they conflict; the primary keys of the others are known */
extern void create_insert_ignoring(CreateLevel *level);

/* ---- create_insert.c ---- */

extern bool *create_needed_key(const Model *model);
/* evaluate defaults of needed columns, unless only the table determines what is stored */
extern bool create_allocate(const Model *model, List *rows, const bool *needed);
/* the times that verbs keep of new rows, where they are not given */
extern void create_set_times(const Model *model, List *rows);
/* INSERT INTO ... SELECT ... FROM the rows; alias may be NULL */
extern void create_append_insert(SqlText *s, const Model *model, List *rows, const char *alias);
/* RETURNING the needed columns; false where there are none */
extern bool create_append_returning(SqlText *s, const Model *model, const char *alias,
									const bool *needed);
extern char *create_needed_columns(const Model *model, const char *alias, const bool *needed);
/* the needed columns of a returned row */
extern void create_read_stored(const Model *model, CreateRow *row, const bool *needed,
							   uint64 number);
/* a row that a trigger or rule left out, or put elsewhere: it is looked for by its key */
extern void create_settle_unstored(const Model *model, CreateRow *row, const bool *needed);
pg_noreturn extern void create_raise_not_stored(const Model *model);

#endif							/* ASSOC_CREATE_CONFLICT_H */
