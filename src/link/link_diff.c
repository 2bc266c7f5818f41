/*-------------------------------------------------------------------------
 *
 * link_diff.c
 *	  The results of write verbs as documents.
 *
 * Decides how a link is named there: by its target key, an object where that is
 * composite; and where the same pair may be linked twice, by {"id", "link"}.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "base/settings.h"
#include "catalog/pg_type_d.h"
#include "json/json_writer.h"
#include "link/link.h"
#include "utils/lsyscache.h"

/* the source's key stands behind the outcomes */
static char *outcome_names[LINK_OUTCOMES + 1] = {"added", "removed", "unchanged", "updated", "source"};
static char *link_names[2] = {"id", "link"};
static char *changed_names[2] = {"count", "keys"};

/* a key to be written */
typedef struct KeyWriter
{
	int			n;
	JsonEncoder *encoders;
	JsonTemplate *object;		/* NULL for a single column */
} KeyWriter;

/* kept with the association */
typedef struct LinkDiffWriter
{
	JsonTemplate *diff;
	KeyWriter	keys;
	KeyWriter	names;			/* where the call renames */
	JsonTemplate *pair;			/* unique false: {"id", "link"}, else NULL */
	KeyWriter	links;
} LinkDiffWriter;

static LinkDiffWriter *diff_writer(LinkCall *call);
static LinkDiffWriter *diff_writer_make(int nkey, Attribute **key);
static void link_writer_make(LinkDiffWriter *dw, const Model *through);
static void write_target(JsonWriter *w, JsonPacker *packer, LinkDiffWriter *dw, const LinkRow *row);
static int	compare_names(LinkCall *call, const LinkRow *x, const LinkRow *y);
static void key_writer_name(KeyWriter *kw, int n, Attribute **columns);
static void key_writer_init(KeyWriter *kw, int n, Attribute **columns);
static void write_rows(JsonWriter *w, JsonPacker *packer, LinkCall *call, List *rows,
					   LinkDiffWriter *dw);
static void write_key(JsonWriter *w, JsonPacker *packer, KeyWriter *kw, Datum *key);
static LinkRow **sort_rows(LinkCall *call, List *rows);
static int	compare_rows(const void *a, const void *b, void *arg);

Datum
link_diff_document(LinkCall *call)
{
	LinkDiffWriter *dw = diff_writer(call);
	JsonPacker	packer;
	JsonWriter	w;

	json_packer_init(&packer, JSON_FORMAT_JSONB, CurrentMemoryContext);
	json_writer_init(&w, JSON_FORMAT_JSONB, CurrentMemoryContext);
	json_object_begin(&w, dw->diff);
	for (int i = 0; i < LINK_OUTCOMES; i++)
		write_rows(&w, &packer, call, call->diff[dw->diff->order[i]], dw);
	json_object_end(&w);
	return json_writer_finish(&w);
}

/* how diffs of the association are written */
static LinkDiffWriter *
diff_writer(LinkCall *call)
{
	LinkKept   *kept = call->kept;
	MemoryContext caller;
	LinkDiffWriter *dw;

	if (kept->writers[assoc_bigint] != NULL)
		return kept->writers[assoc_bigint];
	caller = MemoryContextSwitchTo(kept->cxt);
	dw = diff_writer_make(call->nkey, call->key);
	if (call->multiple)
		link_writer_make(dw, call->assoc->through);
	if (call->renames)
	{
		key_writer_init(&dw->names, call->name.n, call->name.columns);
		/* a row that is gone has only the key that links it, which is an object by name */
		key_writer_name(&dw->keys, call->nkey, call->key);
	}
	kept->writers[assoc_bigint] = dw;
	MemoryContextSwitchTo(caller);
	return dw;
}

static LinkDiffWriter *
diff_writer_make(int nkey, Attribute **key)
{
	LinkDiffWriter *dw = palloc0_object(LinkDiffWriter);

	dw->diff = json_template_make(JSON_FORMAT_JSONB, LINK_OUTCOMES, outcome_names,
								  CurrentMemoryContext);
	key_writer_init(&dw->keys, nkey, key);
	return dw;
}

static void
link_writer_make(LinkDiffWriter *dw, const Model *through)
{
	dw->pair = json_template_make(JSON_FORMAT_JSONB, lengthof(link_names), link_names,
								  CurrentMemoryContext);
	key_writer_init(&dw->links, through->nkey, through->key);
}

Datum
link_diffs_document(int ncalls, LinkCall **calls)
{
	JsonTemplate *document = json_template_make(JSON_FORMAT_JSONB, LINK_OUTCOMES + 1,
												outcome_names, CurrentMemoryContext);
	KeyWriter	source;
	JsonPacker	packer;
	JsonWriter	w;

	json_packer_init(&packer, JSON_FORMAT_JSONB, CurrentMemoryContext);
	json_writer_init(&w, JSON_FORMAT_JSONB, CurrentMemoryContext);
	json_array_begin(&w, ncalls);
	for (int c = 0; c < ncalls; c++)
	{
		LinkCall   *call = calls[c];

		if (c == 0)
			key_writer_init(&source, call->source_name.n, call->source_name.columns);
		json_object_begin(&w, document);
		for (int i = 0; i <= LINK_OUTCOMES; i++)
		{
			if (document->order[i] == LINK_OUTCOMES)
				write_key(&w, &packer, &source, call->source_named);
			else
				write_rows(&w, &packer, call, call->diff[document->order[i]],
						   diff_writer(call));
		}
		json_object_end(&w);
	}
	json_array_end(&w);
	return json_writer_finish(&w);
}

Datum
link_keys_document(int nkey, Attribute **key, List *rows)
{
	LinkCall	call = {0};
	JsonTemplate *document = json_template_make(JSON_FORMAT_JSONB, lengthof(changed_names),
												changed_names, CurrentMemoryContext);
	LinkDiffWriter *dw = diff_writer_make(nkey, key);
	JsonPacker	packer;
	JsonWriter	w;

	call.nkey = nkey;
	call.key_columns = link_key_columns(nkey, key);
	json_packer_init(&packer, JSON_FORMAT_JSONB, CurrentMemoryContext);
	json_writer_init(&w, JSON_FORMAT_JSONB, CurrentMemoryContext);
	json_object_begin(&w, document);
	for (int i = 0; i < (int) lengthof(changed_names); i++)
	{
		if (document->order[i] == 0)
			json_write_bigint(&w, list_length(rows), assoc_bigint == ASSOC_BIGINT_STRING);
		else
			write_rows(&w, &packer, &call, rows, dw);
	}
	json_object_end(&w);
	return json_writer_finish(&w);
}

static void
key_writer_init(KeyWriter *kw, int n, Attribute **columns)
{
	kw->n = n;
	kw->object = NULL;
	kw->encoders = palloc_array(JsonEncoder, Max(n, 1));
	for (int i = 0; i < n; i++)
	{
		json_encoder_init(&kw->encoders[i], JSON_FORMAT_JSONB, columns[i]->type,
						  columns[i]->json_string ||
						  (assoc_bigint == ASSOC_BIGINT_STRING &&
						   getBaseType(columns[i]->type) == INT8OID), CurrentMemoryContext);
	}
	if (n > 1)
		key_writer_name(kw, n, columns);
}

/* an object by name, as keys of several columns are */
static void
key_writer_name(KeyWriter *kw, int n, Attribute **columns)
{
	char	  **names = palloc_array(char *, n);

	for (int i = 0; i < n; i++)
		names[i] = columns[i]->name;
	kw->object = json_template_make(JSON_FORMAT_JSONB, n, names, CurrentMemoryContext);
}

static void
write_rows(JsonWriter *w, JsonPacker *packer, LinkCall *call, List *rows, LinkDiffWriter *dw)
{
	LinkRow   **sorted = sort_rows(call, rows);

	json_array_begin(w, list_length(rows));
	for (int i = 0; i < list_length(rows); i++)
	{
		if (dw->pair == NULL)
		{
			write_target(w, packer, dw, sorted[i]);
			continue;
		}
		json_object_begin(w, dw->pair);
		for (int k = 0; k < (int) lengthof(link_names); k++)
		{
			if (dw->pair->order[k] == 0)
				write_target(w, packer, dw, sorted[i]);
			else
				write_key(w, packer, &dw->links, sorted[i]->link);
		}
		json_object_end(w);
	}
	json_array_end(w);
}

static void
write_target(JsonWriter *w, JsonPacker *packer, LinkDiffWriter *dw, const LinkRow *row)
{
	if (row->name != NULL)
		write_key(w, packer, &dw->names, row->name);
	else
		write_key(w, packer, &dw->keys, row->key);
}

/* a table without a primary key has no name for a link */
static void
write_key(JsonWriter *w, JsonPacker *packer, KeyWriter *kw, Datum *key)
{
	const JsonPacked *packed;
	Size		size;

	if (key == NULL)
	{
		json_write_null(w);
		return;
	}
	json_pack_begin(packer, kw->n);
	for (int i = 0; i < kw->n; i++)
		json_pack_value(packer, &kw->encoders[i], key[i], false);
	packed = json_pack_end(packer, &size);
	if (kw->object == NULL)
	{
		json_write_packed(w, packed, 0);
		return;
	}
	json_object_begin(w, kw->object);
	for (int i = 0; i < kw->n; i++)
		json_write_packed(w, packed, kw->object->order[i]);
	json_object_end(w);
}

static LinkRow **
sort_rows(LinkCall *call, List *rows)
{
	LinkRow   **sorted = palloc_array(LinkRow *, Max(list_length(rows), 1));
	ListCell   *lc;

	foreach(lc, rows)
		sorted[foreach_current_index(lc)] = lfirst(lc);
	if (list_length(rows) > 1)
		qsort_arg(sorted, list_length(rows), sizeof(LinkRow *), compare_rows, call);
	return sorted;
}

static int
compare_rows(const void *a, const void *b, void *arg)
{
	LinkCall   *call = arg;
	const LinkRow *x = *(LinkRow *const *) a;
	const LinkRow *y = *(LinkRow *const *) b;
	int			c = call->renames ? compare_names(call, x, y) : 0;

	if (c == 0)
		c = key_columns_compare(call->nkey, call->key_columns, x->key, y->key);
	if (c == 0 && x->link != NULL)
		c = key_columns_compare(call->assoc->through->nkey, call->link_columns, x->link, y->link);
	return c;
}

/* rows without a name come last */
static int
compare_names(LinkCall *call, const LinkRow *x, const LinkRow *y)
{
	if (x->name == NULL || y->name == NULL)
		return (x->name == NULL) - (y->name == NULL);
	return key_columns_compare(call->name.n, call->name_columns, x->name, y->name);
}
