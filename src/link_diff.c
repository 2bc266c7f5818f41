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

#include "compat.h"
#include "json_writer.h"
#include "link.h"

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

static void key_writer_init(KeyWriter *kw, int n, Attribute **columns);
static void write_rows(JsonWriter *w, LinkCall *call, List *rows,
					   KeyWriter *keys, KeyWriter *links);
static void write_key(JsonWriter *w, JsonPacker *packer, KeyWriter *kw, Datum *key);
static LinkRow **sort_rows(LinkCall *call, List *rows);
static int	compare_rows(const void *a, const void *b, void *arg);

Datum
link_diff_document(LinkCall *call)
{
	JsonTemplate *document = json_template_make(JSON_FORMAT_JSONB, LINK_OUTCOMES,
												outcome_names, CurrentMemoryContext);
	KeyWriter	keys;
	KeyWriter	links;
	JsonWriter	w;

	key_writer_init(&keys, call->nkey, call->key);
	if (call->multiple)
		key_writer_init(&links, call->ends->through->nkey, call->ends->through->key);
	json_writer_init(&w, JSON_FORMAT_JSONB, CurrentMemoryContext);
	json_object_begin(&w, document);
	for (int i = 0; i < LINK_OUTCOMES; i++)
		write_rows(&w, call, call->diff[document->order[i]],
				   &keys, call->multiple ? &links : NULL);
	json_object_end(&w);
	return json_writer_finish(&w);
}

Datum
link_diffs_document(int ncalls, LinkCall **calls)
{
	JsonTemplate *document = json_template_make(JSON_FORMAT_JSONB, LINK_OUTCOMES + 1,
												outcome_names, CurrentMemoryContext);
	KeyWriter	keys;
	KeyWriter	links;
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
		{
			key_writer_init(&keys, call->nkey, call->key);
			key_writer_init(&source, call->nsource, call->source_key);
			if (call->multiple)
				key_writer_init(&links, call->ends->through->nkey, call->ends->through->key);
		}
		json_object_begin(&w, document);
		for (int i = 0; i <= LINK_OUTCOMES; i++)
		{
			if (document->order[i] == LINK_OUTCOMES)
				write_key(&w, &packer, &source, call->source);
			else
				write_rows(&w, call, call->diff[document->order[i]],
						   &keys, call->multiple ? &links : NULL);
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
	KeyWriter	keys;
	JsonWriter	w;

	call.nkey = nkey;
	call.key_columns = link_key_columns(nkey, key);
	key_writer_init(&keys, nkey, key);
	json_writer_init(&w, JSON_FORMAT_JSONB, CurrentMemoryContext);
	json_object_begin(&w, document);
	for (int i = 0; i < (int) lengthof(changed_names); i++)
	{
		if (document->order[i] == 0)
			json_write_int64(&w, list_length(rows));
		else
			write_rows(&w, &call, rows, &keys, NULL);
	}
	json_object_end(&w);
	return json_writer_finish(&w);
}

static void
key_writer_init(KeyWriter *kw, int n, Attribute **columns)
{
	char	  **names = palloc_array(char *, Max(n, 1));

	kw->n = n;
	kw->object = NULL;
	kw->encoders = palloc_array(JsonEncoder, Max(n, 1));
	for (int i = 0; i < n; i++)
	{
		json_encoder_init(&kw->encoders[i], JSON_FORMAT_JSONB, columns[i]->type,
						  columns[i]->json_string, CurrentMemoryContext);
		names[i] = columns[i]->name;
	}
	if (n > 1)
		kw->object = json_template_make(JSON_FORMAT_JSONB, n, names, CurrentMemoryContext);
}

static void
write_rows(JsonWriter *w, LinkCall *call, List *rows, KeyWriter *keys, KeyWriter *links)
{
	LinkRow   **sorted = sort_rows(call, rows);
	JsonTemplate *with_link = NULL;
	JsonPacker	packer;

	json_packer_init(&packer, JSON_FORMAT_JSONB, CurrentMemoryContext);
	if (links != NULL)
		with_link = json_template_make(JSON_FORMAT_JSONB, lengthof(link_names), link_names,
									   CurrentMemoryContext);
	json_array_begin(w, list_length(rows));
	for (int i = 0; i < list_length(rows); i++)
	{
		if (links == NULL)
		{
			write_key(w, &packer, keys, sorted[i]->key);
			continue;
		}
		json_object_begin(w, with_link);
		for (int k = 0; k < (int) lengthof(link_names); k++)
		{
			if (with_link->order[k] == 0)
				write_key(w, &packer, keys, sorted[i]->key);
			else
				write_key(w, &packer, links, sorted[i]->link);
		}
		json_object_end(w);
	}
	json_array_end(w);
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
	qsort_arg(sorted, list_length(rows), sizeof(LinkRow *), compare_rows, call);
	return sorted;
}

static int
compare_rows(const void *a, const void *b, void *arg)
{
	LinkCall   *call = arg;
	const LinkRow *x = *(LinkRow *const *) a;
	const LinkRow *y = *(LinkRow *const *) b;
	int			c = 0;

	for (int i = 0; i < call->nkey && c == 0; i++)
		c = key_column_compare(&call->key_columns[i], x->key[i], y->key[i]);
	for (int i = 0; x->link != NULL && i < call->ends->through->nkey && c == 0; i++)
		c = key_column_compare(&call->link_columns[i], x->link[i], y->link[i]);
	return c;
}
