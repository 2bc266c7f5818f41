/*-------------------------------------------------------------------------
 *
 * json_writer.c
 *	  Assembles objects and arrays, as jsonb bytes or as json text.
 *
 * One buffer, written from front to back.  For jsonb, a container's header and
 * room for its entries go in first (the number of them is known: a template's
 * keys, an array's elements) and each entry is filled in when its value has
 * been written behind; so nothing is moved, and a nested container is simply
 * written where it stands.  The format is described in jsonb.h; what follows
 * from it here:
 *
 *	- every JB_OFFSET_STRIDE'th entry holds an end offset, the others lengths;
 *	  in an object the values' entries are numbered after all the keys'
 *	- numerics and containers are aligned by zeroed padding in front, which
 *	  counts as part of them, in the entry and in the sizes
 *
 * Values come encoded (json_pack.c, json_encode.c); this file decides only where they go.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "json/json_number.h"
#include "json/json_writer.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/memutils.h"

/* the limit of jsonb_util.c, which it keeps for itself: beyond, no jsonb function
 * could take the array apart */
#define JSONB_MAX_ELEMS (Min(MaxAllocSize / sizeof(JsonbValue), JB_CMASK))

#define INITIAL_SIZE		4096
#define INITIAL_DEPTH		8
/* a larger buffer is not kept for the next document */
#define MAX_KEPT_SIZE		(16 * 1024)
/* a finished document larger than this is worth handing over uncopied */
#define HANDOVER_SIZE		(64 * 1024)

/* an object or array that is being written */
struct JsonWriterLevel
{
	const JsonTemplate *tmpl;	/* keys of an object; NULL: an array */
	Size		start;			/* jsonb: where it begins, its padding included */
	Size		entries;		/* jsonb: where entry 0 stands */
	uint32		next;			/* number of the next value's entry */
	uint32		nentries;		/* number of entries */
};


static JsonWriterLevel *open_level(JsonWriter *w);
static inline void need_no_root(const JsonWriter *w);
static JsonWriterLevel *close_level(JsonWriter *w);
static inline const char *packed_prefix(const JsonPacked *packed);
static inline const char *packed_bytes(const JsonPacked *packed, int number, bool jsonb,
									   JEntry *type, Size *len);
static inline const char *piece_bytes(const JsonPiece *piece, bool jsonb, JEntry *type, Size *len);
static void append_pieces_jsonb(JsonWriter *w, const JsonTemplate *tmpl, const JsonPacked *row,
								const JsonPiece *pieces, int npieces);
static void append_pieces_json(JsonWriter *w, const JsonTemplate *tmpl, const JsonPacked *row,
							   const JsonPiece *pieces, int npieces);
static inline JsonWriterLevel *next_value(JsonWriter *w);
static inline void write_separator(JsonWriter *w, JsonWriterLevel *level);
static inline void write_value(JsonWriter *w, JEntry type, const char *bytes, Size len);
static inline void fill_entry(JsonWriter *w, JsonWriterLevel *level, JEntry type, Size start);
static inline void append(JsonWriter *w, const char *bytes, Size len);
static inline void align(JsonWriter *w);
static inline void reserve(JsonWriter *w, uint64 size);
static void grow(JsonWriter *w, uint64 size);


/* ---- a document ---- */

void
json_writer_init(JsonWriter *w, JsonWriterFormat format, MemoryContext cxt)
{
	memset(w, 0, sizeof(JsonWriter));
	w->format = format;
	w->cxt = cxt;
	w->maxdepth = INITIAL_DEPTH;
	w->levels = MemoryContextAlloc(cxt, w->maxdepth * sizeof(JsonWriterLevel));
	json_writer_reset(w);
}

void
json_writer_reset(JsonWriter *w)
{
	if (w->data == NULL)
	{
		w->data = MemoryContextAlloc(w->cxt, INITIAL_SIZE);
		w->maxlen = INITIAL_SIZE;
	}
	w->len = VARHDRSZ;
	w->depth = 0;
}

void
json_writer_shrink(JsonWriter *w)
{
	if (w->maxlen > MAX_KEPT_SIZE)
	{
		pfree(w->data);
		w->data = NULL;
	}
	json_writer_reset(w);
}

Datum
json_writer_finish(JsonWriter *w)
{
	char	   *result;

	if (w->depth > 0 || w->len == VARHDRSZ)
		elog(ERROR, "json document is not complete");

	if (w->len > HANDOVER_SIZE && w->cxt == CurrentMemoryContext)
	{
		result = repalloc(w->data, w->len);
		w->data = NULL;
		w->maxlen = 0;
	}
	else
	{
		result = palloc(w->len);
		memcpy(result, w->data, w->len);
	}
	SET_VARSIZE(result, w->len);
	return PointerGetDatum(result);
}


/* ---- objects and arrays ---- */

void
json_object_begin(JsonWriter *w, const JsonTemplate *tmpl)
{
	JsonWriterLevel *level = open_level(w);

	CHECK_FOR_INTERRUPTS();
	Assert(tmpl->format == w->format);

	level->tmpl = tmpl;
	if (w->format == JSON_FORMAT_JSON)
	{
		/* its brace stands in the first key text */
		level->next = 0;
		level->nentries = tmpl->nkeys;
		return;
	}

	align(w);
	level->entries = w->len + sizeof(uint32);
	level->next = tmpl->nkeys;
	level->nentries = 2 * tmpl->nkeys;
	append(w, tmpl->block, tmpl->head_len + tmpl->keys_len);
}

void
json_object_begin_packed(JsonWriter *w, const JsonTemplate *tmpl, const JsonPacked *packed)
{
	JsonWriterLevel *level = open_level(w);

	Assert(tmpl->format == w->format && packed->nprefix < (uint32) tmpl->nkeys);

	level->tmpl = tmpl;
	level->next = packed->nprefix;
	level->nentries = tmpl->nkeys;
	if (w->format == JSON_FORMAT_JSONB)
	{
		align(w);
		level->entries = w->len + sizeof(uint32);
		level->next += tmpl->nkeys;
		level->nentries *= 2;
	}
	append(w, packed_prefix(packed), packed->prefix_len);
}

void
json_write_object(JsonWriter *w, const JsonPacked *packed)
{
	Assert(packed->nprefix > 0);

	write_value(w, w->format == JSON_FORMAT_JSONB ? JENTRY_ISCONTAINER : 0,
				packed_prefix(packed), packed->prefix_len);
}

void
json_write_pieces(JsonWriter *w, const JsonTemplate *tmpl, const JsonPacked *row,
				  const JsonPiece *pieces, int npieces)
{
	JsonWriterLevel *level = w->depth > 0 ? next_value(w) : NULL;
	Size		start;

	Assert(row->nprefix + npieces == (uint32) tmpl->nkeys);

	if (level == NULL)
		need_no_root(w);
	else
		write_separator(w, level);
	start = w->len;
	if (w->format == JSON_FORMAT_JSONB)
		append_pieces_jsonb(w, tmpl, row, pieces, npieces);
	else
		append_pieces_json(w, tmpl, row, pieces, npieces);
	if (level != NULL)
		fill_entry(w, level, JENTRY_ISCONTAINER, start);
}

static void
append_pieces_jsonb(JsonWriter *w, const JsonTemplate *tmpl, const JsonPacked *row,
					const JsonPiece *pieces, int npieces)
{
	Size		entries;
	Size		body;
	uint32		number = tmpl->nkeys + row->nprefix;

	align(w);
	entries = w->len + sizeof(uint32);
	body = w->len + tmpl->head_len;
	if (row->nprefix > 0)
		append(w, packed_prefix(row), row->prefix_len);
	else
		append(w, tmpl->block, tmpl->head_len + tmpl->keys_len);
	for (int i = 0; i < npieces; i++, number++)
	{
		Size		start = w->len;
		Size		len;
		JEntry		type;
		const char *bytes = piece_bytes(&pieces[i], true, &type, &len);
		JEntry		length;

		if (type == JENTRY_ISNUMERIC || type == JENTRY_ISCONTAINER)
			align(w);
		append(w, bytes, len);
		length = number % JB_OFFSET_STRIDE == 0 ? JENTRY_HAS_OFF | (w->len - body) : w->len - start;
		((JEntry *) (w->data + entries))[number] = type | length;
	}
}

static void
append_pieces_json(JsonWriter *w, const JsonTemplate *tmpl, const JsonPacked *row,
				   const JsonPiece *pieces, int npieces)
{
	if (row->nprefix > 0)
		append(w, packed_prefix(row), row->prefix_len);
	for (int i = 0; i < npieces; i++)
	{
		int			k = row->nprefix + i;
		Size		len;
		JEntry		type;
		const char *bytes = piece_bytes(&pieces[i], false, &type, &len);

		append(w, tmpl->key_texts[k], tmpl->key_text_lens[k]);
		append(w, bytes, len);
	}
	/* a prefix of the whole object has its end; the beginning is in the first key text */
	if (tmpl->nkeys == 0)
		append(w, "{}", 2);
	else if (npieces > 0)
		append(w, "}", 1);
}

static inline const char *
piece_bytes(const JsonPiece *piece, bool jsonb, JEntry *type, Size *len)
{
	const JsonPacked *packed = piece->packed;

	if (piece->number >= 0)
		return packed_bytes(packed, piece->number, jsonb, type, len);
	*type = jsonb ? JENTRY_ISCONTAINER : 0;
	*len = packed->prefix_len;
	return packed_prefix(packed);
}

void
json_object_end(JsonWriter *w)
{
	JsonWriterLevel *level = close_level(w);

	Assert(level->tmpl != NULL);
	if (w->format == JSON_FORMAT_JSONB)
		return;
	if (level->nentries == 0)
		append(w, "{}", 2);
	else
		append(w, "}", 1);
}

void
json_array_begin(JsonWriter *w, int nelems)
{
	JsonWriterLevel *level = open_level(w);
	uint32		header = nelems | JB_FARRAY;
	Size		entries_len = nelems * sizeof(JEntry);

	Assert(nelems >= 0);

	level->tmpl = NULL;
	level->next = 0;
	level->nentries = nelems;
	if (w->format == JSON_FORMAT_JSON)
	{
		append(w, "[", 1);
		return;
	}

	if ((Size) nelems > JSONB_MAX_ELEMS)
		json_too_many_elements(JSONB_MAX_ELEMS);
	align(w);
	append(w, (const char *) &header, sizeof(header));
	level->entries = w->len;
	reserve(w, entries_len);
	w->len += entries_len;
}

void
json_array_end(JsonWriter *w)
{
	JsonWriterLevel *level PG_USED_FOR_ASSERTS_ONLY = close_level(w);

	Assert(level->tmpl == NULL);
	if (w->format == JSON_FORMAT_JSON)
		append(w, "]", 1);
}

/*
 * Begin a container: the root, or the next value of the one that is open.  The
 * caller fills in the rest of the level.
 */
static JsonWriterLevel *
open_level(JsonWriter *w)
{
	JsonWriterLevel *level;

	if (w->depth > 0)
		write_separator(w, next_value(w));
	else
		need_no_root(w);

	if (w->depth == w->maxdepth)
	{
		w->levels = repalloc(w->levels,
							 2 * w->maxdepth * sizeof(JsonWriterLevel));
		w->maxdepth *= 2;
	}
	level = &w->levels[w->depth++];
	level->start = w->len;
	return level;
}

static inline void
need_no_root(const JsonWriter *w)
{
	if (unlikely(w->len > VARHDRSZ))
		elog(ERROR, "json document has more than one root");
}

/* End a container, and enter it in the one that it stands in. */
static JsonWriterLevel *
close_level(JsonWriter *w)
{
	JsonWriterLevel *level = &w->levels[w->depth - 1];

	if (w->depth == 0 || level->next != level->nentries)
		elog(ERROR, "json container is not open, or lacks values");
	w->depth--;
	if (w->depth > 0)
		fill_entry(w, level - 1, JENTRY_ISCONTAINER, level->start);
	return level;
}


/* ---- values ---- */

void
json_write_packed(JsonWriter *w, const JsonPacked *packed, int number)
{
	Size		len;
	JEntry		type;
	const char *bytes = packed_bytes(packed, number, w->format == JSON_FORMAT_JSONB, &type, &len);

	write_value(w, type, bytes, len);
}

void
json_write_null(JsonWriter *w)
{
	if (w->format == JSON_FORMAT_JSON)
		write_value(w, 0, "null", 4);
	else
		write_value(w, JENTRY_ISNULL, NULL, 0);
}

void
json_write_bool(JsonWriter *w, bool value)
{
	if (w->format == JSON_FORMAT_JSON)
		write_value(w, 0, value ? "true" : "false", value ? 4 : 5);
	else
		write_value(w, value ? JENTRY_ISBOOL_TRUE : JENTRY_ISBOOL_FALSE, NULL, 0);
}

void
json_write_int64(JsonWriter *w, int64 value)
{
	if (w->format == JSON_FORMAT_JSON)
	{
		char		text[MAXINT8LEN + 1];
		int			len = json_digits(text, value);

		write_value(w, 0, text, len);
	}
	else
	{
		JsonInteger numeric;
		int			len = json_integer_numeric(value, &numeric);

		write_value(w, JENTRY_ISNUMERIC, numeric.bytes, len);
	}
}

void
json_write_bigint(JsonWriter *w, int64 value, bool as_string)
{
	char		text[MAXINT8LEN + 1];

	if (as_string)
		json_write_string(w, text, json_digits(text, value));
	else
		json_write_int64(w, value);
}

void
json_write_string(JsonWriter *w, const char *bytes, int len)
{
	if (w->format == JSON_FORMAT_JSON)
	{
		JsonWriterLevel *level = next_value(w);
		uint64		size = json_quoted_size(bytes, len);

		write_separator(w, level);
		reserve(w, size);
		json_quote(w->data + w->len, bytes, len);
		w->len += size;
		level->next++;
	}
	else
		write_value(w, JENTRY_ISSTRING, bytes, len);
}

void
json_write_jsonb(JsonWriter *w, Jsonb *jb)
{
	const char *bytes;
	Size		len;
	JEntry		type;

	if (w->format == JSON_FORMAT_JSON)
	{
		/* not written into our buffer: on an error in there, we would lose it */
		StringInfoData text;

		initStringInfo(&text);
		JsonbToCString(&text, &jb->root, VARSIZE(jb));
		write_value(w, 0, text.data, text.len);
		pfree(text.data);
		return;
	}

	type = json_document_value(VARDATA(jb), VARSIZE(jb) - VARHDRSZ, &bytes, &len);
	write_value(w, type, bytes, len);
}

static inline const char *
packed_prefix(const JsonPacked *packed)
{
	return (const char *) &packed->entries[packed->nvalues - packed->nprefix];
}

/* a value that is not in the prefix; in json it has no type, and all bits are its end */
static inline const char *
packed_bytes(const JsonPacked *packed, int number, bool jsonb, JEntry *type, Size *len)
{
	int			entry = number - (int) packed->nprefix;
	JEntry		start = entry > 0 ? packed->entries[entry - 1] : 0;
	JEntry		end = packed->entries[entry];

	Assert(entry >= 0 && (uint32) number < packed->nvalues);
	*type = jsonb ? end & JENTRY_TYPEMASK : 0;
	if (jsonb)
	{
		start &= JENTRY_OFFLENMASK;
		end &= JENTRY_OFFLENMASK;
	}
	*len = end - start;
	return packed_prefix(packed) + packed->prefix_len + start;
}

/* The container that takes the next value.  A mistake here would write outside
 * of the buffer, so it is not left to an Assert. */
static inline JsonWriterLevel *
next_value(JsonWriter *w)
{
	JsonWriterLevel *level = &w->levels[w->depth - 1];

	if (unlikely(w->depth == 0 || level->next >= level->nentries))
		elog(ERROR, "json value is not in its container");
	return level;
}

/* json: what stands before a value */
static inline void
write_separator(JsonWriter *w, JsonWriterLevel *level)
{
	if (w->format == JSON_FORMAT_JSONB)
		return;
	if (level->tmpl != NULL)
		append(w, level->tmpl->key_texts[level->next],
			   level->tmpl->key_text_lens[level->next]);
	else if (level->next > 0)
		append(w, ",", 1);
}

static inline void
write_value(JsonWriter *w, JEntry type, const char *bytes, Size len)
{
	JsonWriterLevel *level = next_value(w);
	Size		start = w->len;

	write_separator(w, level);
	if (type == JENTRY_ISNUMERIC || type == JENTRY_ISCONTAINER)
		align(w);
	append(w, bytes, len);
	fill_entry(w, level, type, start);
}

/* Enter the value that began at "start" and ends here. */
static inline void
fill_entry(JsonWriter *w, JsonWriterLevel *level, JEntry type, Size start)
{
	uint32		number = level->next++;

	if (w->format == JSON_FORMAT_JSONB)
	{
		JEntry	   *entries = (JEntry *) (w->data + level->entries);
		Size		body = level->entries + level->nentries * sizeof(JEntry);

		entries[number] = type |
			(number % JB_OFFSET_STRIDE == 0 ?
			 JENTRY_HAS_OFF | (w->len - body) : w->len - start);
	}
}


/* ---- the buffer ---- */

static inline void
append(JsonWriter *w, const char *bytes, Size len)
{
	reserve(w, len);
	if (len > 0)
		memcpy(w->data + w->len, bytes, len);
	w->len += len;
}

/* The document begins at VARHDRSZ, so alignment in the buffer is alignment in
 * every container. */
static inline void
align(JsonWriter *w)
{
	Size		pad = INTALIGN(w->len) - w->len;

	reserve(w, pad);
	while (pad-- > 0)
		w->data[w->len++] = '\0';
}

static inline void
reserve(JsonWriter *w, uint64 size)
{
	if (unlikely(size > w->maxlen - w->len))
		grow(w, size);
}

Size
json_size_limit(JsonWriterFormat format)
{
	return format == JSON_FORMAT_JSONB ? JENTRY_OFFLENMASK + VARHDRSZ : MaxAllocSize;
}

/*
 * The limit is that of the root.  Core checks every container, but each lies
 * within the root, so the root's limit is the first to be met.
 */
static void
grow(JsonWriter *w, uint64 size)
{
	Size		limit = json_size_limit(w->format);
	Size		maxlen;

	if (size > limit - w->len)
		json_too_large(limit);

	maxlen = Min(Max(2 * w->maxlen, w->len + size), limit);
	w->data = repalloc(w->data, maxlen);
	w->maxlen = maxlen;
}

void
json_too_many_elements(Size limit)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("number of elements of a JSON container exceeds the maximum of %zu", limit),
			 errhint("Load fewer rows with limit, or one after the other with assoc.find.")));
}
