/*-------------------------------------------------------------------------
 *
 * modify.h
 *	  update, destroy and restore: what their files share.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_MODIFY_H
#define ASSOC_MODIFY_H

#include "options/options.h"
#include "utils/jsonb.h"
#include "write/create_fields.h"

/* the options document, read */
typedef struct ModifyOptions
{
	Condition  *where;			/* NULL: none */
	bool		all;			/* no where is meant */
	bool		unscoped;		/* "scope": false */
	bool		paranoid;		/* false: soft-deleted rows too */
	bool		force;			/* destroy: delete for good */
	bool		no_rows;		/* update: "returning": false */
	CreateFields fields;		/* update: what the data may give */
	Jsonb	   *returning;		/* a find document for "rows" in the result; NULL: not given */
	Jsonb	   *old;			/* update: the same for "old", the rows as they were */
	List	   *order;			/* of OrderItem *: which of them come first */
	char	   *limit;			/* so many; NULL: all */
	const char *wait;			/* for rows that others have locked: as in CreateFind */
	bool		dry_run;
} ModifyOptions;

typedef enum ModifyVerb
{
	MODIFY_UPDATE,
	MODIFY_DESTROY,
	MODIFY_RESTORE
} ModifyVerb;

/* ---- modify_options.c ---- */

extern ModifyOptions modify_read_options(ModifyVerb verb, Jsonb *document);
/* the rows are to be found, and locked, before anything is done to them */
extern bool modify_finds_first(const ModifyOptions *options);
struct CreateFind;
/* the options that select rows */
extern void modify_set_find(struct CreateFind *find, const ModifyOptions *options);

/* ---- modify_nested.c ---- */

/* whether the data of an update has anything under an association */
extern bool modify_is_nested(const char *model, Jsonb *data);
/* {"count", "keys", "rows"}; registry held, not connected to SPI; the result in "caller" */
extern Datum modify_nested(const char *model, Jsonb *data, const ModifyOptions *options,
						   MemoryContext caller);

/* a document with one member more */
extern Datum modify_with(Datum document, const char *key, Datum member);

/* the same of the rows that a level has found and changed */
struct CreateLevel;
extern Datum modify_result(struct CreateLevel *root, const ModifyOptions *options);

#endif							/* ASSOC_MODIFY_H */
