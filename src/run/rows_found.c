/*-------------------------------------------------------------------------
 *
 * rows_found.c
 *	  Rows that are found from the other end of what is asked of them: their number, or themselves.
 *
 * The links of targets are read by the index on the reference to them, block by block, as those of a
 * range are (probe_range.c), and counted by the sources that they name.  The number of rows with some
 * of the targets is that of these sources; a statement says which targets are meant.  Where there is no such
 * index, or no join table, the executor brings the references.
 *
 * Rows with all of some targets that are named by key are the sources with a link of each: they are
 * read as a load by key reads them, where they are few.  So are rows of which a condition names the
 * value, or a list of values, of an indexed column.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "plan/probe_plan.h"
#include "run/probe_range.h"
#include "run/row_keys.h"
#include "run/rows_found.h"
#include "run/rows_probe.h"
#include "run/run_sink.h"
#include "utils/array.h"

/* of rows that are found one by one: targets, and links of these */
#define MAX_TARGETS 64
#define MAX_LINKS 1000

static bool count_by_links(NodeRun *nr, const LoadFound *found);
static NodeRun *links_of(NodeRun *nr, const LoadFound *found);
static const char *refusal(NodeRun *nr);
static bool list_targets(NodeRun *nr, KeyTable *targets);
static void add_list(KeyTable *targets, Datum list, bool *complete);
static void add_target(KeyTable *targets, Datum key);
static Datum *linked_to_all(const NodeRun *links, int ntargets, int *n);
static Datum *in_order(KeyTable *keys, int *n);
static int	compare_keys(const void *a, const void *b, void *columns);

bool
rows_found_count(NodeRun *nr, LoadStatement *statement)
{
	RowKeys    *sources;

	if (statement->found->links && count_by_links(nr, statement->found))
		return true;
	sources = row_keys_count(nr, statement);
	statement->outgrown = sources == NULL;
	if (sources)
		run_sink_count(nr, 0, sources->keys.nkeys);
	return sources != NULL;
}

/* false: they cannot be read so */
static bool
count_by_links(NodeRun *nr, const LoadFound *found)
{
	NodeRun    *links = links_of(nr, found);
	RowKeys    *targets;

	if (!probe_range_finds_links(links))
		return false;
	targets = row_keys_count(nr, found->targets);
	if (targets == NULL || !probe_range_links(links, &targets->keys, PG_INT32_MAX))
		return false;
	run_sink_count(nr, 0, links->keys.nkeys);
	return true;
}

static NodeRun *
links_of(NodeRun *nr, const LoadFound *found)
{
	return &nr->run->nodes[found->links->number];
}

bool
rows_found_load(NodeRun *nr)
{
	LoadFound  *found = nr->node->found;
	KeyTable	targets;
	Datum	   *keys;
	int			n;

	nr->refused = refusal(nr);
	if (nr->refused == NULL && !list_targets(nr, &targets))
		nr->refused = "no list of a few keys";
	if (nr->refused == NULL && found->links && !probe_range_links(links_of(nr, found), &targets, MAX_LINKS))
		nr->refused = "too many rows at once";
	if (nr->refused)
		return false;
	keys = found->links ? linked_to_all(links_of(nr, found), targets.nkeys, &n) :
		in_order(&targets, &n);
	return rows_probe_found(nr, keys, n);
}

static const char *
refusal(NodeRun *nr)
{
	const char *reason = probe_refused_now(nr->node);

	return reason || nr->node->found->links == NULL || probe_range_finds_links(links_of(nr, nr->node->found)) ? reason :
		"links are not read by their targets";
}

/* the keys that the parameters have, each once; false: none, too many, or null among them */
static bool
list_targets(NodeRun *nr, KeyTable *targets)
{
	LoadFound  *found = nr->node->found;
	bool		complete = true;

	key_table_init(targets, 1, &found->key, nr->run->rows);
	for (int i = 0; i < found->nkeys && complete; i++)
	{
		Datum		value = nr->run->values[found->keys[i]];

		complete = nr->run->nulls[found->keys[i]] != 'n';
		if (complete && found->is_list)
			add_list(targets, value, &complete);
		else if (complete)
			add_target(targets, value);
	}
	return complete && targets->nkeys > 0 && targets->nkeys <= MAX_TARGETS;
}

static void
add_list(KeyTable *targets, Datum list, bool *complete)
{
	const KeyColumn *key = &targets->columns[0];
	ArrayType  *array = DatumGetArrayTypeP(list);
	Datum	   *values;
	bool	   *nulls;
	int			n;

	*complete = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array)) <= MAX_TARGETS;
	if (!*complete)
		return;
	deconstruct_array(array, key->type, key->typlen, key->typbyval, key->typalign, &values, &nulls, &n);
	for (int i = 0; i < n; i++)
	{
		*complete &= !nulls[i];
		if (!nulls[i])
			add_target(targets, values[i]);
	}
}

static void
add_target(KeyTable *targets, Datum key)
{
	bool		found;

	(void) key_table_add(targets, &key, &found);
}

/* the sources that have a link of each, in the order of their keys: a pair has one link */
static Datum *
linked_to_all(const NodeRun *links, int ntargets, int *n)
{
	const KeyTable *sources = &links->keys;
	Datum	   *result = palloc_array(Datum, Max(1, sources->nkeys) * sources->ncolumns);

	*n = 0;
	for (int i = 0; i < sources->nkeys; i++)
		if (links->groups[i].count == ntargets)
			memcpy(&result[(*n)++ * sources->ncolumns], &sources->keys[i * sources->ncolumns],
				   sizeof(Datum) * sources->ncolumns);
	qsort_arg(result, *n, sizeof(Datum) * sources->ncolumns, compare_keys, unconstify(KeyTable *, sources));
	return result;
}

static Datum *
in_order(KeyTable *keys, int *n)
{
	*n = keys->nkeys;
	qsort_arg(keys->keys, *n, sizeof(Datum), compare_keys, keys);
	return keys->keys;
}

static int
compare_keys(const void *a, const void *b, void *table)
{
	KeyTable   *keys = table;
	const Datum *left = a;
	const Datum *right = b;
	int			order = 0;

	for (int i = 0; i < keys->ncolumns && order == 0; i++)
		order = key_column_compare(&keys->columns[i], left[i], right[i]);
	return order;
}
