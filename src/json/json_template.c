/*-------------------------------------------------------------------------
 *
 * json_template.c
 *	  The keys of an object, encoded once for all objects that have them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "json/json_writer.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/memutils.h"

/* the limit of jsonb_util.c for objects, as that for arrays in json_writer.c */
#define JSONB_MAX_PAIRS (Min(MaxAllocSize / sizeof(JsonbPair), JB_CMASK))

static void sort_keys(JsonTemplate *tmpl, char **keys);
static int	compare_keys(const void *a, const void *b, void *keys);
static void build_block(JsonTemplate *tmpl, char **keys, MemoryContext cxt);
static void build_key_texts(JsonTemplate *tmpl, char **keys);

JsonTemplate *
json_template_make(JsonWriterFormat format, int nkeys, char **keys,
				   MemoryContext cxt)
{
	MemoryContext old = MemoryContextSwitchTo(cxt);
	JsonTemplate *tmpl = palloc0(sizeof(JsonTemplate));

	tmpl->format = format;
	tmpl->nkeys = nkeys;
	tmpl->order = palloc(Max(nkeys, 1) * sizeof(int));
	for (int i = 0; i < nkeys; i++)
		tmpl->order[i] = i;

	if (format == JSON_FORMAT_JSONB)
	{
		sort_keys(tmpl, keys);
		build_block(tmpl, keys, cxt);
	}
	else
		build_key_texts(tmpl, keys);

	MemoryContextSwitchTo(old);
	return tmpl;
}

static void
sort_keys(JsonTemplate *tmpl, char **keys)
{
	if (tmpl->nkeys > 0)
		qsort_arg(tmpl->order, tmpl->nkeys, sizeof(int), compare_keys, keys);
}

/* jsonb's order: by length, then by bytes, whatever the collation */
static int
compare_keys(const void *a, const void *b, void *keys)
{
	const char *key_a = ((char **) keys)[*(const int *) a];
	const char *key_b = ((char **) keys)[*(const int *) b];
	Size		len_a = strlen(key_a);
	Size		len_b = strlen(key_b);

	if (len_a != len_b)
		return len_a < len_b ? -1 : 1;
	return memcmp(key_a, key_b, len_a);
}

static void
build_block(JsonTemplate *tmpl, char **keys, MemoryContext cxt)
{
	StringInfoData bytes;
	uint32		header = tmpl->nkeys | JB_FOBJECT;
	JEntry	   *entries;

	if ((Size) tmpl->nkeys > JSONB_MAX_PAIRS)
		json_too_many_elements(JSONB_MAX_PAIRS);

	initStringInfo(&bytes);
	tmpl->head_len = sizeof(header) + 2 * tmpl->nkeys * sizeof(JEntry);
	tmpl->block = MemoryContextAllocZero(cxt, tmpl->head_len);
	memcpy(tmpl->block, &header, sizeof(header));
	entries = (JEntry *) (tmpl->block + sizeof(header));

	for (int k = 0; k < tmpl->nkeys; k++)
	{
		char	   *key = keys[tmpl->order[k]];

		appendStringInfoString(&bytes, key);
		if (bytes.len > JENTRY_OFFLENMASK)
			json_too_large(JENTRY_OFFLENMASK);
		entries[k] = JENTRY_ISSTRING |
			(k % JB_OFFSET_STRIDE == 0 ? JENTRY_HAS_OFF | bytes.len : strlen(key));
	}

	tmpl->keys_len = bytes.len;
	tmpl->block = repalloc(tmpl->block, tmpl->head_len + tmpl->keys_len);
	memcpy(tmpl->block + tmpl->head_len, bytes.data, bytes.len);
	pfree(bytes.data);
}

static void
build_key_texts(JsonTemplate *tmpl, char **keys)
{
	StringInfoData text;

	tmpl->key_texts = palloc(Max(tmpl->nkeys, 1) * sizeof(char *));
	tmpl->key_text_lens = palloc(Max(tmpl->nkeys, 1) * sizeof(int));

	initStringInfo(&text);
	for (int k = 0; k < tmpl->nkeys; k++)
	{
		resetStringInfo(&text);
		appendStringInfoChar(&text, k == 0 ? '{' : ',');
		escape_json(&text, keys[k]);
		appendStringInfoChar(&text, ':');
		tmpl->key_text_lens[k] = text.len;
		tmpl->key_texts[k] = palloc0(Max(text.len, JSON_KEY_ROOM));
		memcpy(tmpl->key_texts[k], text.data, text.len);
	}
	pfree(text.data);
}
