/*-------------------------------------------------------------------------
 *
 * row_keys.h
 *	  The keys that rows of a statement have: each once, and how many rows have it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_ROW_KEYS_H
#define ASSOC_ROW_KEYS_H

#include "run/load_run.h"

typedef struct RowKeys
{
	TupleDesc	desc;			/* the columns of the statement: all of them are the key */
	KeyTable	keys;
	int64	   *numbers;		/* of rows, by number of the key */
} RowKeys;

/*
 * Of a statement of a root without keys; rows with null in the key are left out.  In the current
 * context; NULL: there are more keys than work_mem has room for.
 */
extern RowKeys *row_keys_count(NodeRun *nr, LoadStatement *statement);

#endif							/* ASSOC_ROW_KEYS_H */
