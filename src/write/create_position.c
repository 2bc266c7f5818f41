/*-------------------------------------------------------------------------
 *
 * create_position.c
 *	  Positions of rows and links that nested data makes.
 *
 * Decides that they come in the order of the data, behind what a parent that is there has already;
 * a child whose data gives a position keeps it.  See link_position.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "link/link.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "write/create.h"

typedef struct ParentPosition
{
	CreateRow  *parent;			/* hash key */
	int64		last;
} ParentPosition;

static HTAB *make_parents(void);
static int64 last_of(CreateLevel *level, const CreateRow *parent);

/* rows (CreateRow *) of the table that has the positions */
void
create_positions(CreateLevel *level, const Model *model, List *rows)
{
	Attribute  *position = level->assoc && level->call ? level->call->position : NULL;
	HTAB	   *parents;
	ListCell   *lc;

	if (position == NULL || rows == NIL)
		return;
	parents = make_parents();
	foreach(lc, rows)
	{
		CreateRow  *row = lfirst(lc);
		int			number = position - model->attributes;
		bool		found;
		ParentPosition *parent = hash_search(parents, &row->parent, HASH_ENTER, &found);

		if (!found)
			parent->last = last_of(level, row->parent);
		if (row->given[number] || row->skipped)
			continue;
		row->given[number] = true;
		row->values[number] = link_position_value(position, ++parent->last);
		row->nulls[number] = false;
	}
	hash_destroy(parents);
}

static HTAB *
make_parents(void)
{
	HASHCTL		ctl = {.keysize = sizeof(CreateRow *), .entrysize = sizeof(ParentPosition),
	.hcxt = CurrentMemoryContext};

	return hash_create("parents of placed rows", 16, &ctl, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

/* under a lock for which other calls that add to it wait */
static int64
last_of(CreateLevel *level, const CreateRow *parent)
{
	LinkCall	call = *level->call;

	if (!parent->existing)
		return 0;
	call.source = create_row_key(level->assoc->source, parent, level->assoc->nsource,
								 level->assoc->source_key);
	call.nitems = 0;
	call.items = NULL;
	link_lock(&call, LINK_LOCK_SET);
	return link_position_last(&call);
}
