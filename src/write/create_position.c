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

/* a row that its parent has not had before */
typedef struct Added
{
	CreateRow  *parent;
	int			order;
	int			given;			/* of a connect: which of its ids */
	bool		connected;		/* it is not new */
	bool		placed;			/* the data itself gives its position */
	Datum	   *key;
} Added;

static HTAB *make_parents(void);
static int64 last_of(CreateLevel *level, const CreateRow *parent);
static int	collect_added(CreateLevel *level, Added *added);
static int	collect_connected(CreateLevel *level, const CreateConnect *connect, Added *added);
static int	compare_added(const void *a, const void *b);
static void order_group(CreateLevel *level, const Added *added, int n);

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

/* ---- what is created beside what is connected ---- */

void
create_order_added(CreateLevel *level)
{
	int			max = list_length(level->rows);
	Added	   *added;
	int			n;

	if (level->call->position == NULL || level->rows == NIL || level->links[CREATE_CONNECT] == NIL ||
		level->shares != NIL || level->replaces != NIL || level->linked_before)
		return;
	foreach_ptr(CreateConnect, connect, level->links[CREATE_CONNECT])
		max += connect->call->nitems;
	added = palloc_array(Added, max);
	n = collect_added(level, added);
	pg_qsort(added, n, sizeof(Added), compare_added);
	for (int first = 0, next; first < n; first = next)
	{
		bool		connected = added[first].connected;
		bool		mixed = false;
		bool		placed = false;

		for (next = first; next < n && added[next].parent == added[first].parent; next++)
		{
			mixed |= added[next].connected != connected;
			placed |= added[next].placed;
		}
		if (mixed && !placed)
			order_group(level, added + first, next - first);
	}
}

static int
collect_added(CreateLevel *level, Added *added)
{
	const LinkCall *call = level->call;
	bool		of_row = level->assoc->through == NULL;
	int			n = 0;

	foreach_ptr(CreateRow, row, level->rows)
	{
		if (!row->skipped)
			added[n++] = (Added) {row->parent, row->order, 0, false,
				of_row && row->is_explicit[model_number_of(level->model, call->position)],
				create_row_key(level->model, row, call->nkey, call->key)};
	}
	foreach_ptr(CreateConnect, connect, level->links[CREATE_CONNECT])
		n += collect_connected(level, connect, added + n);
	return n;
}

static int
collect_connected(CreateLevel *level, const CreateConnect *connect, Added *added)
{
	LinkCall   *call = connect->call;
	LinkItem  **items = link_items_as_given(call);
	bool		inserted = level->assoc->through != NULL && !connect->parent->existing;
	KeyTable	linked;
	bool		found;
	int			n = 0;

	key_table_init(&linked, call->nkey, call->key_columns, CurrentMemoryContext);
	foreach_ptr(LinkRow, row, call->diff[LINK_ADDED])
		(void) key_table_add(&linked, row->key, &found);
	for (int i = 0; i < call->nitems; i++)
	{
		if (inserted || key_table_find(&linked, items[i]->key) >= 0)
			added[n++] = (Added) {connect->parent, connect->order, i, true, false, items[i]->key};
	}
	return n;
}

static int
compare_added(const void *a, const void *b)
{
	const Added *x = a;
	const Added *y = b;

	if (x->parent != y->parent)
		return x->parent < y->parent ? -1 : 1;
	if (x->order != y->order)
		return x->order < y->order ? -1 : 1;
	return x->given - y->given;
}

/* they are the last ones */
static void
order_group(CreateLevel *level, const Added *added, int n)
{
	LinkCall	call = *level->call;

	call.source = create_row_key(level->assoc->source, added->parent, call.nsource, call.source_key);
	call.nitems = 0;
	call.items = NULL;
	memset(call.diff, 0, sizeof(call.diff));
	for (int i = 0; i < n; i++)
	{
		link_append_item(&call, added[i].key, NULL, NULL);
		link_record(&call, LINK_ADDED, added[i].key, NULL);
	}
	link_position_added(&call, link_position_last(&call) - n);
}
