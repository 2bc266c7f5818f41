/*-------------------------------------------------------------------------
 *
 * run_sink.c
 *	  Rows as they come from a source: grouped by parent, encoded, kept.
 *
 * Decides how rows are grouped, and which are encoded once for several parents, or for the runs after
 * this one.  Where a row comes from is not known here.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "base/compat.h"
#include "miscadmin.h"
#include "run/load_run.h"
#include "run/run_fold.h"
#include "run/run_page.h"
#include "run/run_sink.h"
#include "run/run_tree.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

/* rows of a parent that are sorted by insertion */
#define MAX_FEW_LINKS 24

static bool is_complete(const NodeRun *nr, const LoadedRow *row);
static bool may_keep(const NodeRun *nr, HeapTuple tuple);
static void keep_tuple(NodeRun *nr, LoadedRow *row, HeapTuple tuple);
static inline void count_as_read(NodeRun *nr, LoadedRow *row);
static inline int find_number(NodeRun *nr, Datum key);
static LoadedGroup *group_of(NodeRun *nr, int number);
static LoadedRow *row_of(NodeRun *nr, const Datum *values, const bool *nulls, int *ident);
static int	ident_of(NodeRun *nr, const Datum *values, const bool *nulls, bool *found);
static LoadedRow *encode_row(NodeRun *nr, const Datum *values, const bool *nulls);
static void heed_size(NodeRun *nr, const LoadedRow *row);
static void want_children(NodeRun *nr, LoadedRow *row, const Datum *values, const bool *nulls);
static int	want_child(NodeRun *child, const Datum *values, const bool *nulls);
static void append_link(NodeRun *nr, LoadedGroup *group, LoadedRow *row, int ident,
						const Datum *values, const bool *nulls);
static void append_to_group(LoadedGroup *group, LoadedLink *link);
static void prepend_to_group(LoadedGroup *group, LoadedLink *link);
static Datum copy_value(LoadRun *run, const LoadColumn *column, Datum value);
static void sort_few(LoadNode *node, LoadedLink **links, int n);
static inline bool sorts_after(LoadNode *node, LoadedLink *a, LoadedLink *b);
static int	compare_links(const void *a, const void *b, void *arg);
static int	order_of(LoadNode *node, const LoadedLink *a, const LoadedLink *b);

/* rows that have none of a required include: a statement leaves them out, a probe that has not asked cannot know */
void
run_sink_leave_out_incomplete(NodeRun *nr)
{
	bool		required = false;

	if (nr->node->required_asked)
		return;
	for (int i = 0; i < nr->node->nchildren; i++)
		required |= nr->node->children[i]->required;
	for (int number = 0; required && number < nr->maxgroups; number++)
	{
		LoadedGroup *group = &nr->groups[number];
		LoadedGroup complete = {0};

		for (LoadedLink *link = group->first, *next; link != NULL; link = next)
		{
			next = link->next;
			link->next = NULL;
			if (is_complete(nr, link->row))
				append_to_group(&complete, link);
		}
		*group = complete;
	}
}

static bool
is_complete(const NodeRun *nr, const LoadedRow *row)
{
	for (int i = 0; i < nr->node->nchildren; i++)
	{
		const NodeRun *child = nr->children[i];

		if (child->node->required && run_sink_rows_of(child, row->groups[i])->first == NULL)
			return false;
	}
	return true;
}

void
run_sink_accept_for(NodeRun *nr, int group, const Datum *values, const bool *nulls)
{
	int			ident = -1;
	LoadedRow  *row;

	if (nr->node->fold)
	{
		run_fold_made(nr, group, values[0], nulls[0]);
		return;
	}
	if (nr->node->page && !run_page_accepts(nr, group, values, nulls))
		return;
	row = row_of(nr, values, nulls, &ident);
	nr->accepted++;
	append_link(nr, group_of(nr, group), row, ident, values, nulls);
}

void
run_sink_count(NodeRun *nr, int group, int64 n)
{
	nr->accepted += n;
	group_of(nr, group)->count += n;
}

void
run_sink_accept_tuple(NodeRun *nr, int group, HeapTuple tuple, const Datum *values,
					  const bool *nulls)
{
	int			before = nr->distinct;

	run_sink_accept_for(nr, group, values, nulls);
	if (nr->distinct > before && may_keep(nr, tuple))
		keep_tuple(nr, nr->groups[group].last->row, tuple);
}

/* what is stored elsewhere could be another value under the same number one day */
static bool
may_keep(const NodeRun *nr, HeapTuple tuple)
{
	return nr->shared != nr->run->rows && !HeapTupleHasExternal(tuple);
}

static void
keep_tuple(NodeRun *nr, LoadedRow *row, HeapTuple tuple)
{
	row->tuple = MemoryContextAlloc(nr->shared, tuple->t_len);
	memcpy(row->tuple, tuple->t_data, tuple->t_len);
	row->tuple_len = tuple->t_len;
}

void
run_sink_keep_unwanted(NodeRun *nr, HeapTuple tuple, const Datum *values, const bool *nulls)
{
	LoadedRow  *row;
	bool		found;
	int			ident;

	/* one parent may lead to any number of them */
	if (!may_keep(nr, tuple) || run_memory_is_full(nr))
		return;
	ident = ident_of(nr, values, nulls, &found);
	row = MemoryContextAllocZero(nr->shared, offsetof(LoadedRow, groups));
	keep_tuple(nr, row, tuple);
	count_as_read(nr, row);
	nr->rows[ident] = row;
}

/*
 * Was it read in this run, or under a snapshot that saw the same?  There only a table's row
 * counts: what a statement computes may be another value each time.  And SERIALIZABLE wants to know
 * of each row that is read.
 */
bool
run_sink_is_current(NodeRun *nr, int ident)
{
	LoadRun    *run = nr->run;
	LoadedRow  *row = nr->rows[ident];

	if (row->serial == run->serial)
		return true;
	if (row->tuple_len == 0 || row->seen != run->seen || IsolationIsSerializable())
		return false;
	count_as_read(nr, row);
	return true;
}

static inline void
count_as_read(NodeRun *nr, LoadedRow *row)
{
	row->serial = nr->run->serial;
	row->seen = nr->run->seen;
	nr->distinct += row->packed != NULL;
}

/* the same values: which attributes there are, which of them are null, and their bytes */
bool
run_sink_is_unchanged(NodeRun *nr, int ident, HeapTuple tuple)
{
	const int	start = offsetof(HeapTupleHeaderData, t_bits);
	LoadedRow  *row = nr->rows[ident];
	HeapTupleHeader now = tuple->t_data;
	HeapTupleHeader then = row->tuple;

	if (row->tuple_len != tuple->t_len ||
		HeapTupleHeaderGetNatts(now) != HeapTupleHeaderGetNatts(then) ||
		(now->t_infomask & HEAP_HASNULL) != (then->t_infomask & HEAP_HASNULL) ||
		now->t_hoff != then->t_hoff ||
		memcmp((char *) now + start, (char *) then + start, tuple->t_len - start) != 0)
		return false;
	count_as_read(nr, row);
	return true;
}

bool
run_sink_stored_tuple(NodeRun *nr, int ident, HeapTuple tuple)
{
	LoadedRow  *row = nr->rows[ident];

	if (row->tuple_len == 0)
		return false;
	tuple->t_len = row->tuple_len;
	tuple->t_data = row->tuple;
	tuple->t_tableOid = nr->node->target;
	ItemPointerSetInvalid(&tuple->t_self);
	return true;
}

void
run_sink_give_up(NodeRun *nr, int group)
{
	LoadedGroup *rows = group_of(nr, group);

	nr->accepted -= rows->count;
	memset(rows, 0, sizeof(LoadedGroup));
	run_page_give_up(nr, group);
}

void
run_sink_accept_again(NodeRun *nr, int group, int ident, const Datum *values, const bool *nulls)
{
	nr->accepted++;
	append_link(nr, group_of(nr, group), nr->rows[ident], ident, values, nulls);
}

int
run_sink_group_of(NodeRun *nr, const Datum *values, const bool *nulls)
{
	LoadNode   *node = nr->node;
	Datum		key[INDEX_MAX_KEYS];
	bool		found;

	if (node->nref == 0)
		return 0;
	for (int i = 0; i < node->nref; i++)
	{
		if (nulls[node->ref_columns[i]])
			return -1;
		key[i] = values[node->ref_columns[i]];
	}
	if (node->nref > 1 || !node->ref_keys[0].plain)
		return node->every_key ? key_table_add(&nr->keys, key, &found) : key_table_find(&nr->keys, key);
	return find_number(nr, key[0]);
}

int
run_sink_find_key(NodeRun *nr, Datum key)
{
	return find_number(nr, key);
}

/*
 * Rows mostly come with the key of the row before, and keys of parents mostly one after
 * another: then a key's number can be guessed.
 */
static inline int
find_number(NodeRun *nr, Datum key)
{
	const Datum *keys = nr->keys.keys;
	int64		guess;
	bool		found;

	if (nr->last_group < 0 || keys[nr->last_group] != key)
	{
		guess = nr->keys.nkeys > 0 ? (int64) (key - keys[0]) : -1;
		if (guess >= 0 && guess < nr->keys.nkeys && keys[guess] == key)
			nr->last_group = (int) guess;
		else
			nr->last_group = nr->node->every_key ? key_table_add(&nr->keys, &key, &found) :
				key_table_find(&nr->keys, &key);
	}
	return nr->last_group;
}

static LoadedGroup *
group_of(NodeRun *nr, int number)
{
	if (number >= nr->maxgroups)
		nr->groups = run_memory_grow(nr, nr->groups, &nr->maxgroups, sizeof(LoadedGroup));
	return &nr->groups[number];
}

/* the row, encoded now unless another parent has it already */
static LoadedRow *
row_of(NodeRun *nr, const Datum *values, const bool *nulls, int *ident)
{
	LoadedRow  *row;
	bool		found;

	if (nr->node->nident == 0)
		return encode_row(nr, values, nulls);
	*ident = ident_of(nr, values, nulls, &found);
	row = nr->rows[*ident];
	if (!found || row->serial != nr->run->serial || row->packed == NULL)
		row = nr->rows[*ident] = encode_row(nr, values, nulls);
	return row;
}

/* its number among rows that parents may share */
static int
ident_of(NodeRun *nr, const Datum *values, const bool *nulls, bool *found)
{
	LoadNode   *node = nr->node;
	Datum		key[INDEX_MAX_KEYS];
	int			ident;

	for (int i = 0; i < node->nident; i++)
		key[i] = run_sink_key_value(nr, node->ident_columns[i], values, nulls);
	ident = key_table_add(&nr->idents, key, found);
	if (ident >= nr->maxrows)
	{
		int			max = Max(64, nr->maxrows * 2);

		nr->rows = nr->rows ? repalloc_huge(nr->rows, sizeof(LoadedRow *) * (Size) max) :
			MemoryContextAllocHuge(nr->shared, sizeof(LoadedRow *) * (Size) max);
		nr->maxrows = max;
	}
	return ident;
}

/*
 * Of a key that the catalogs say is never null.  A foreign table does not check that, and a
 * snapshot that is older than it may see null.
 */
Datum
run_sink_key_value(const NodeRun *nr, int column, const Datum *values, const bool *nulls)
{
	const LoadColumn *key = &nr->node->columns[column];
	Oid			relation = key->of_through ? nr->node->through : nr->node->target;

	if (nulls[column])
		ereport(ERROR,
				(errcode(ERRCODE_NOT_NULL_VIOLATION),
				 errmsg("null in column \"%s\" of table \"%s\", which is never null",
						get_attname(relation, key->attnum, false), get_rel_name(relation)),
				 errdetail("Rows are told apart by it."),
				 errhint("A foreign table does not check that its columns are NOT NULL.  A transaction that began before "
						 "the column became NOT NULL may still see null: repeat it.")));
	return values[column];
}

static LoadedRow *
encode_row(NodeRun *nr, const Datum *values, const bool *nulls)
{
	LoadNode   *node = nr->node;
	int			ngroups = node->nchildren + (node->tree ? 2 : 0);
	Size		head = MAXALIGN(offsetof(LoadedRow, groups) + sizeof(int) * ngroups);
	Size		size;
	const JsonPacked *packed = json_pack_row(&nr->run->packer, &node->row, values, nulls, &size);
	LoadedRow  *row = nr->shared == nr->run->rows ? load_run_alloc(nr->run, head + size) :
		MemoryContextAlloc(nr->shared, head + size);

	row->packed = memcpy((char *) row + head, packed, size);
	row->verdict = ROW_NOT_ASKED;
	row->tuple_len = 0;
	count_as_read(nr, row);
	heed_size(nr, row);
	want_children(nr, row, values, nulls);
	if (node->tree)
		run_tree_want(nr, row, values, nulls);
	return row;
}

/*
 * All rows are read before the first is written.  Each row of a list takes at least its prefix,
 * so a document that cannot hold them is refused before memory has all of them, and what is below.
 */
static void
heed_size(NodeRun *nr, const LoadedRow *row)
{
	const LoadPlan *plan = nr->node->plan;
	Size		limit;

	if (nr->node->parent != NULL || plan->kind != LOAD_FIND || nr->node->page != NULL)
		return;
	limit = json_size_limit(nr->run->packer.format);
	nr->least += row->packed->prefix_len;
	if (nr->least > limit)
		json_too_large(limit);
}

/* ask every child node for the rows of this one */
static void
want_children(NodeRun *nr, LoadedRow *row, const Datum *values, const bool *nulls)
{
	const LoadNode *node = nr->node;

	for (int c = 0; c < node->nchildren; c++)
	{
		if (c >= node->first_below_link && c < node->first_below_link + node->nbelow_link)
			row->groups[c] = -1;
		else
			row->groups[c] = want_child(nr->children[c], values, nulls);
	}
}

/* the number of the key that the parent has in these values; -1: none */
static int
want_child(NodeRun *child, const Datum *values, const bool *nulls)
{
	Datum		key[INDEX_MAX_KEYS];
	bool		isnull = false;
	bool		found;

	for (int i = 0; i < child->node->nref; i++)
	{
		int			column = child->node->parent_columns[i];

		isnull |= nulls[column];
		key[i] = values[column];
	}
	return isnull ? -1 : key_table_add(&child->keys, key, &found);
}

static void
append_link(NodeRun *nr, LoadedGroup *group, LoadedRow *row, int ident,
			const Datum *values, const bool *nulls)
{
	LoadNode   *node = nr->node;
	Size		head = MAXALIGN(offsetof(LoadedLink, sort) + sizeof(Datum) * node->nsort +
								sizeof(int) * node->nbelow_link);
	const JsonPacked *packed = NULL;
	Size		size = 0;
	LoadedLink *link;

	if (node->link.ncolumns > 0)
		packed = json_pack_row(&nr->run->packer, &node->link, values, nulls, &size);
	link = load_run_alloc(nr->run, head + size);
	link->row = row;
	link->next = NULL;
	link->link = packed ? memcpy((char *) link + head, packed, size) : NULL;
	for (int i = 0; i < node->nbelow_link; i++)
		load_run_link_groups(node, link)[i] = want_child(nr->children[node->first_below_link + i], values, nulls);
	for (int i = 0; i < node->nsort; i++)
	{
		int			column = node->sort_columns[i];

		/* the table of idents has a copy already; its columns are the same ones */
		if (ident >= 0 && i < node->nident)
			link->sort[i] = nr->idents.keys[ident * node->nident + i];
		else
			link->sort[i] = copy_value(nr->run, &node->columns[column], run_sink_key_value(nr, column, values, nulls));
	}
	if (node->backward)
		prepend_to_group(group, link);
	else
		append_to_group(group, link);
}

static void
append_to_group(LoadedGroup *group, LoadedLink *link)
{
	if (group->last)
		group->last->next = link;
	else
		group->first = link;
	group->last = link;
	group->count++;
}

static void
prepend_to_group(LoadedGroup *group, LoadedLink *link)
{
	link->next = group->first;
	group->first = link;
	if (group->last == NULL)
		group->last = link;
	group->count++;
}

/* the source's memory goes with its row, this stays with the batch */
static Datum
copy_value(LoadRun *run, const LoadColumn *column, Datum value)
{
	MemoryContext old;
	Datum		copy;

	if (column->typbyval)
		return value;
	old = MemoryContextSwitchTo(run->rows);
	copy = datumCopy(value, false, column->typlen);
	MemoryContextSwitchTo(old);
	return copy;
}

/* by key, unless the rows came so already */
void
run_sink_sort_group(NodeRun *nr, LoadedGroup *group)
{
	LoadedLink *few[MAX_FEW_LINKS];
	LoadedLink **links = few;
	LoadedLink *link;
	int			n = 0;

	if (nr->node->nsort == 0 || group->count < 2)
		return;
	for (link = group->first; link->next != NULL; link = link->next)
		if (sorts_after(nr->node, link, link->next))
			break;
	if (link->next == NULL)
		return;
	if (group->count > MAX_FEW_LINKS)
		links = MemoryContextAllocHuge(nr->run->rows, sizeof(LoadedLink *) * (Size) group->count);
	for (link = group->first; link != NULL; link = link->next)
		links[n++] = link;
	if (n > MAX_FEW_LINKS)
		qsort_arg(links, n, sizeof(LoadedLink *), compare_links, nr);
	else
		sort_few(nr->node, links, n);
	for (int i = 0; i < n; i++)
		links[i]->next = i + 1 < n ? links[i + 1] : NULL;
	group->first = links[0];
	group->last = links[n - 1];
	if (links != few)
		pfree(links);
}

/* by insertion: for few rows, most of them in order, there is nothing faster */
static void
sort_few(LoadNode *node, LoadedLink **links, int n)
{
	for (int i = 1; i < n; i++)
	{
		LoadedLink *link = links[i];
		int			k = i;

		for (; k > 0 && sorts_after(node, links[k - 1], link); k--)
			links[k] = links[k - 1];
		links[k] = link;
	}
}

/* does a row come after another in the order of the node? */
static inline bool
sorts_after(LoadNode *node, LoadedLink *a, LoadedLink *b)
{
	if (node->nsort == 1 && node->sort_keys[0].plain)
		return (int64) a->sort[0] > (int64) b->sort[0];
	return order_of(node, a, b) > 0;
}

static int
compare_links(const void *a, const void *b, void *arg)
{
	return order_of(((NodeRun *) arg)->node, *(LoadedLink *const *) a, *(LoadedLink *const *) b);
}

static int
order_of(LoadNode *node, const LoadedLink *a, const LoadedLink *b)
{
	for (int i = 0; i < node->nsort; i++)
	{
		int			order = key_column_compare(&node->sort_keys[i], a->sort[i], b->sort[i]);

		if (order != 0)
			return order;
	}
	return 0;
}

LoadedGroup *
run_sink_rows_of(const NodeRun *nr, int number)
{
	static LoadedGroup none;

	return number >= 0 && number < nr->maxgroups ? &nr->groups[number] : &none;
}

LoadedGroup *
run_sink_group(LoadRun *run, int group)
{
	NodeRun    *shown = &run->nodes[run->plan->shown];

	if (group >= shown->maxgroups)
		(void) group_of(shown, group);
	run_sink_sort_group(shown, &shown->groups[group]);
	return &shown->groups[group];
}
