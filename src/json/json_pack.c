/*-------------------------------------------------------------------------
 *
 * json_pack.c
 *	  The values of a row as JSON, packed, for the JsonPacker of json_writer.h.
 *
 * Where in a document a row will stand is not known here, but for the first values of
 * its object: these become a prefix of it, with keys, entries and padding as jsonb.h
 * describes them, which json_writer.c copies to a place that is aligned.
 *
 * Most of all values are small and take no memory to write: those are written here,
 * others by json_encode.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "base/key_table.h"
#include "json/json_number.h"
#include "json/json_pack.h"
#include "miscadmin.h"
#include "utils/datetime.h"
#include "utils/memutils.h"
#include "utils/uuid.h"

/* a larger buffer is not kept for the next document */
#define MAX_KEPT_SIZE 8192

/* room that every small value but a text fits into, with padding and quotes */
#define SMALL_VALUE (MAXDATELEN + 8)

static void begin_row(JsonPacker *packer, const JsonTemplate *tmpl, int nprefix, int nvalues);
static void pack_prefix(JsonPacker *packer, const JsonRowShape *shape, const Datum *values,
					   const bool *nulls);
static inline void align_value(JsonPacker *packer, int start);
static void pack_text_prefix(JsonPacker *packer, const JsonRowShape *shape, const Datum *values,
							const bool *nulls);
static inline int put_key(char *to, const JsonTemplate *tmpl, int number);
static void end_prefix(JsonPacker *packer);
static pg_attribute_always_inline void pack_columns(JsonPacker *packer, const JsonRowShape *shape,
												   const Datum *values, const bool *nulls,
												   bool jsonb);
static pg_attribute_always_inline void pack_value(JsonPacker *packer, JsonEncoder *enc,
												 Datum value, bool isnull, bool jsonb);
static inline void pack_entry(JsonPacker *packer, JEntry type, bool jsonb);
static inline JEntry jsonb_entry(JEntry type, uint32 length);

static pg_attribute_always_inline bool put_jsonb(char *data, int *len, int room, bool aligned,
												const JsonEncoder *enc, Datum value, JEntry *type);
static inline bool put_string(char *data, int *len, int room, const char *value);
static pg_attribute_always_inline void put_numeric(char *data, int *len, bool aligned, int64 value);
static pg_attribute_always_inline bool put_text(char *data, int *len, int room,
											   const JsonEncoder *enc, Datum value);
static inline int put_bool(char *to, bool value);
static inline int put_digits(char *to, bool as_string, int64 value);
static inline int put_datetime(char *to, Datum value, Oid type);
static inline int put_uuid(char *to, const pg_uuid_t *uuid);
static inline bool put_quoted(char *data, int *len, int room, const char *value);
static inline int plain_size(const char *value, int room);


/* ---- the packer ---- */

void
json_packer_init(JsonPacker *packer, JsonWriterFormat format, MemoryContext cxt)
{
	MemoryContext old = MemoryContextSwitchTo(cxt);

	memset(packer, 0, sizeof(JsonPacker));
	packer->format = format;
	initStringInfo(&packer->buf);
	packer->tmp = AllocSetContextCreate(cxt, "json value", ALLOCSET_START_SMALL_SIZES);
	MemoryContextSwitchTo(old);
}

void
json_packer_shrink(JsonPacker *packer)
{
	MemoryContextReset(packer->tmp);
	if (packer->buf.maxlen <= MAX_KEPT_SIZE)
		return;
	packer->buf.data = repalloc(packer->buf.data, MAX_KEPT_SIZE);
	packer->buf.maxlen = MAX_KEPT_SIZE;
	resetStringInfo(&packer->buf);
}

/* ---- a row ---- */

const JsonPacked *
json_pack_row(JsonPacker *packer, const JsonRowShape *shape, const Datum *values,
			  const bool *nulls, Size *size)
{
	begin_row(packer, shape->tmpl, shape->nprefix, shape->ncolumns);
	if (packer->format == JSON_FORMAT_JSONB)
	{
		if (shape->nprefix > 0)
			pack_prefix(packer, shape, values, nulls);
		pack_columns(packer, shape, values, nulls, true);
	}
	else
	{
		if (shape->nprefix > 0)
			pack_text_prefix(packer, shape, values, nulls);
		pack_columns(packer, shape, values, nulls, false);
	}
	return json_pack_end(packer, size);
}

void
json_pack_begin(JsonPacker *packer, int nvalues)
{
	begin_row(packer, NULL, 0, nvalues);
}

void
json_pack_value(JsonPacker *packer, JsonEncoder *enc, Datum value, bool isnull)
{
	Assert(enc->format == packer->format);
	if (unlikely(packer->next >= packer->nvalues))
		elog(ERROR, "packed row has more than its %d values", packer->nvalues);
	pack_value(packer, enc, value, isnull, packer->format == JSON_FORMAT_JSONB);
}

const JsonPacked *
json_pack_end(JsonPacker *packer, Size *size)
{
	if (packer->next != packer->nvalues)
		elog(ERROR, "packed row has %d of its %d values",
			 packer->next, packer->nvalues);

	*size = packer->buf.len;
	return (const JsonPacked *) packer->buf.data;
}

static void
begin_row(JsonPacker *packer, const JsonTemplate *tmpl, int nprefix, int nvalues)
{
	int			nrest = nvalues - nprefix;
	Size		head = offsetof(JsonPacked, entries) + nrest * sizeof(JEntry);
	JsonPacked *packed;

	CHECK_FOR_INTERRUPTS();
	Assert(nprefix == 0 || (tmpl->format == packer->format && nprefix <= tmpl->nkeys));

	packer->nvalues = nvalues;
	packer->nprefix = nprefix;
	packer->next = 0;
	packer->buf.len = 0;
	json_pack_reserve(packer, head);
	packer->buf.len = packer->prefix = packer->rest = (int) head;
	if (nprefix > 0 && packer->format == JSON_FORMAT_JSONB)
		json_pack_bytes(packer, tmpl->block, tmpl->head_len + tmpl->keys_len);

	packed = (JsonPacked *) packer->buf.data;
	packed->nvalues = nvalues;
	packed->nprefix = nprefix;
	packed->prefix_len = 0;
}

/* ---- its prefix ---- */

/*
 * The values of a jsonb prefix: what most of all values are.  What changes from one to the
 * next is in local variables, since the compiler cannot know that a value's bytes are not
 * written over the packer.
 */
static void
pack_prefix(JsonPacker *packer, const JsonRowShape *shape, const Datum *values, const bool *nulls)
{
	StringInfo	buf = &packer->buf;
	char	   *data = buf->data;
	int			room = buf->maxlen;
	int			len = buf->len;
	int			number = shape->tmpl->nkeys;
	int			entries = packer->prefix + sizeof(uint32);
	int			body = packer->prefix + shape->tmpl->head_len;

	for (int i = 0; i < shape->nprefix; i++, number++)
	{
		JsonEncoder *enc = &shape->encoders[i];
		int			column = shape->columns[i];
		Datum		value = values[column];
		int			start = len;
		JEntry		type = JENTRY_ISNULL;

		if (!nulls[column])
		{
			buf->len = len;
			if (room - len < SMALL_VALUE)
			{
				json_pack_reserve(packer, SMALL_VALUE);
				data = buf->data;
				room = buf->maxlen;
			}
			if (!put_jsonb(data, &len, room, true, enc, value, &type))
			{
				type = json_encode_value(packer, enc, value);
				if (type == JENTRY_ISNUMERIC || type == JENTRY_ISCONTAINER)
					align_value(packer, start);
				data = buf->data;
				room = buf->maxlen;
				len = buf->len;
			}
		}
		((JEntry *) (data + entries))[number] = number % JB_OFFSET_STRIDE == 0 ?
			JENTRY_HAS_OFF | jsonb_entry(type, len - body) : jsonb_entry(type, len - start);
	}
	buf->len = len;
	end_prefix(packer);
}

/* What a value is, and so whether padding comes before it, is known when it is written. */
static inline void
align_value(JsonPacker *packer, int start)
{
	int			pad = INTALIGN(start) - start;
	char	   *value;

	if (pad == 0)
		return;
	json_pack_reserve(packer, pad);
	value = packer->buf.data + start;
	memmove(value + pad, value, packer->buf.len - start);
	memset(value, 0, pad);
	packer->buf.len += pad;
}

/* the same in json text */
static void
pack_text_prefix(JsonPacker *packer, const JsonRowShape *shape, const Datum *values,
				const bool *nulls)
{
	StringInfo	buf = &packer->buf;
	int			len = buf->len;

	for (int i = 0; i < shape->nprefix; i++)
	{
		JsonEncoder *enc = &shape->encoders[i];
		int			column = shape->columns[i];

		buf->len = len;
		json_pack_reserve(packer, Max(shape->tmpl->key_text_lens[i], JSON_KEY_ROOM) + SMALL_VALUE);
		len += put_key(buf->data + len, shape->tmpl, i);
		if (nulls[column])
		{
			memcpy(buf->data + len, "null", 4);
			len += 4;
		}
		else if (!put_text(buf->data, &len, buf->maxlen, enc, values[column]))
		{
			buf->len = len;
			(void) json_encode_value(packer, enc, values[column]);
			len = buf->len;
		}
	}
	buf->len = len;
	if (shape->nprefix == shape->tmpl->nkeys)
		json_pack_bytes(packer, "}", 1);
	end_prefix(packer);
}

/* into room for it, and for JSON_KEY_ROOM bytes; its length */
static inline int
put_key(char *to, const JsonTemplate *tmpl, int number)
{
	int			len = tmpl->key_text_lens[number];

	if (len <= JSON_KEY_ROOM)
		memcpy(to, tmpl->key_texts[number], JSON_KEY_ROOM);
	else
		memcpy(to, tmpl->key_texts[number], len);
	return len;
}

static void
end_prefix(JsonPacker *packer)
{
	packer->next = packer->nprefix;
	packer->rest = packer->buf.len;
	((JsonPacked *) packer->buf.data)->prefix_len = packer->rest - packer->prefix;
}

/* ---- values behind the prefix ---- */

static pg_attribute_always_inline void
pack_columns(JsonPacker *packer, const JsonRowShape *shape, const Datum *values,
			 const bool *nulls, bool jsonb)
{
	for (int i = shape->nprefix; i < shape->ncolumns; i++)
	{
		int			column = shape->columns[i];

		pack_value(packer, &shape->encoders[i], values[column], nulls[column], jsonb);
	}
}

static pg_attribute_always_inline void
pack_value(JsonPacker *packer, JsonEncoder *enc, Datum value, bool isnull, bool jsonb)
{
	StringInfo	buf = &packer->buf;
	JEntry		type = JENTRY_ISNULL;

	json_pack_reserve(packer, SMALL_VALUE);
	if (isnull && !jsonb)
		json_pack_bytes(packer, "null", 4);
	else if (!isnull &&
			 !(jsonb ? put_jsonb(buf->data, &buf->len, buf->maxlen, false, enc, value, &type) :
			   put_text(buf->data, &buf->len, buf->maxlen, enc, value)))
		type = json_encode_value(packer, enc, value);
	pack_entry(packer, type, jsonb);
}

/* Note where the value ends that has just been written. */
static inline void
pack_entry(JsonPacker *packer, JEntry type, bool jsonb)
{
	JsonPacked *packed = (JsonPacked *) packer->buf.data;
	uint32		end = packer->buf.len - packer->rest;

	packed->entries[packer->next++ - packer->nprefix] = jsonb ? jsonb_entry(type, end) : end;
}

static inline JEntry
jsonb_entry(JEntry type, uint32 length)
{
	if (unlikely(length > JENTRY_OFFLENMASK))
		json_too_large(JENTRY_OFFLENMASK);
	return type | length;
}


/*
 * ---- small values ----
 *
 * Each is written behind "len" bytes of "data", where there is room for SMALL_VALUE bytes
 * (for a text, as long as there is room: "room" is that of data in all).  False: it is no
 * small one, and nothing counts as written.
 */

/* in a prefix a numeric is aligned, by padding before it */
static pg_attribute_always_inline bool
put_jsonb(char *data, int *len, int room, bool aligned, const JsonEncoder *enc, Datum value,
		  JEntry *type)
{
	switch (enc->kind)
	{
		case JSON_ENCODE_BOOL:
			*type = DatumGetBool(value) ? JENTRY_ISBOOL_TRUE : JENTRY_ISBOOL_FALSE;
			return true;
		case JSON_ENCODE_INT2:
			value = Int64GetDatum(DatumGetInt16(value));
			break;
		case JSON_ENCODE_INT4:
			value = Int64GetDatum(DatumGetInt32(value));
			break;
		case JSON_ENCODE_INT8:
			break;
		case JSON_ENCODE_DATE:
		case JSON_ENCODE_TIMESTAMP:
		case JSON_ENCODE_TIMESTAMPTZ:
			*type = JENTRY_ISSTRING;
			*len += json_datetime_text(data + *len, value, enc->type);
			return true;
		case JSON_ENCODE_UUID:
			*type = JENTRY_ISSTRING;
			*len += put_uuid(data + *len, DatumGetUUIDP(value));
			return true;
		case JSON_ENCODE_TEXT:
			*type = JENTRY_ISSTRING;
			return put_string(data, len, room, DatumGetPointer(value));
		default:
			return false;
	}
	if (enc->as_string)
	{
		*type = JENTRY_ISSTRING;
		*len += json_digits(data + *len, DatumGetInt64(value));
		return true;
	}
	*type = JENTRY_ISNUMERIC;
	put_numeric(data, len, aligned, DatumGetInt64(value));
	return true;
}

static inline bool
put_string(char *data, int *len, int room, const char *value)
{
	int			size = plain_size(value, room - *len);

	if (size < 0)
		return false;
	memcpy(data + *len, VARDATA_ANY(value), size);
	*len += size;
	return true;
}

static pg_attribute_always_inline void
put_numeric(char *data, int *len, bool aligned, int64 value)
{
	JsonInteger numeric;
	int			size = json_integer_numeric(value, &numeric);

	if (aligned)
	{
		memset(data + *len, 0, ALIGNOF_INT);
		*len = INTALIGN(*len);
	}
	/* all of it: a copy of a fixed length is an instruction */
	memcpy(data + *len, numeric.bytes, sizeof(numeric.bytes));
	*len += size;
}

/* the same as json text */
static pg_attribute_always_inline bool
put_text(char *data, int *len, int room, const JsonEncoder *enc, Datum value)
{
	char	   *to = data + *len;

	switch (enc->kind)
	{
		case JSON_ENCODE_BOOL:
			*len += put_bool(to, DatumGetBool(value));
			return true;
		case JSON_ENCODE_INT2:
			*len += put_digits(to, enc->as_string, DatumGetInt16(value));
			return true;
		case JSON_ENCODE_INT4:
			*len += put_digits(to, enc->as_string, DatumGetInt32(value));
			return true;
		case JSON_ENCODE_INT8:
			*len += put_digits(to, enc->as_string, DatumGetInt64(value));
			return true;
		case JSON_ENCODE_DATE:
		case JSON_ENCODE_TIMESTAMP:
		case JSON_ENCODE_TIMESTAMPTZ:
			*len += put_datetime(to, value, enc->type);
			return true;
		case JSON_ENCODE_UUID:
			*len += put_uuid(to + 1, DatumGetUUIDP(value)) + 2;
			to[0] = data[*len - 1] = '"';
			return true;
		case JSON_ENCODE_TEXT:
			return put_quoted(data, len, room, DatumGetPointer(value));
		default:
			return false;
	}
}

static inline int
put_bool(char *to, bool value)
{
	memcpy(to, value ? "true" : "false", value ? 4 : 5);
	return value ? 4 : 5;
}

static inline int
put_digits(char *to, bool as_string, int64 value)
{
	int			len;

	if (!as_string)
		return json_digits(to, value);
	len = json_digits(to + 1, value);
	to[0] = to[len + 1] = '"';
	return len + 2;
}

/* nothing in it needs an escape */
static inline int
put_datetime(char *to, Datum value, Oid type)
{
	int			len = json_datetime_text(to + 1, value, type);

	to[0] = to[len + 1] = '"';
	return len + 2;
}

/* as uuid_out() writes it */
static inline int
put_uuid(char *to, const pg_uuid_t *uuid)
{
	char	   *end = to;

	for (int i = 0; i < UUID_LEN; i++)
	{
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*end++ = '-';
		*end++ = "0123456789abcdef"[uuid->data[i] >> 4];
		*end++ = "0123456789abcdef"[uuid->data[i] & 0x0F];
	}
	return end - to;
}

static inline bool
put_quoted(char *data, int *len, int room, const char *value)
{
	int			size = plain_size(value, room - *len - 2);

	if (size < 0 || !json_quote_plain(data + *len, VARDATA_ANY(value), size))
		return false;
	*len += size + 2;
	return true;
}

/* bytes of a text that is neither compressed nor kept elsewhere; -1: it is, or has no room */
static inline int
plain_size(const char *value, int room)
{
	int			size;

	if (!key_text_is_plain(value))
		return -1;
	size = VARSIZE_ANY_EXHDR(value);
	return size < room ? size : -1;
}
