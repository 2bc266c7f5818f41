/*-------------------------------------------------------------------------
 *
 * modify.h
 *	  update with rows nested in it: what modify.c asks of modify_nested.c.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_MODIFY_H
#define ASSOC_MODIFY_H

#include "options/options.h"
#include "write/create_fields.h"
#include "utils/jsonb.h"

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
	Jsonb	   *returning;		/* update: a find document for "rows" in the result; NULL: not given */
} ModifyOptions;

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
