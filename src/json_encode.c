/*-------------------------------------------------------------------------
 *
 * json_encode.c
 *	  The values of a row as JSON, packed, for the JsonPacker of json_writer.h.
 *
 * The oracle is core: for every type the bytes are those of to_jsonb(value)
 * or to_json(value).  Common types are written here; what takes core more than
 * an output function (arrays, composites, types with a cast to json) is left
 * to core's own functions.
 *
 * Where in a document a row will stand is not known here, but for the first values of
 * its object: these become an image of it, with keys, entries and padding as jsonb.h
 * describes them, which json_writer.c copies to a place that is aligned.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "compat.h"
#include "json_writer.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/json.h"
#include "utils/memutils.h"
#include "utils/numeric.h"

/* a larger buffer is not kept for the next document */
#define MAX_KEPT_SIZE 8192

/* room that every integer, date and time fits into, with padding and quotes */
#define SMALL_VALUE (MAXDATELEN + 8)

/* a numeric out of a tuple, with the 4-byte header that jsonb wants */
typedef union FlatNumeric
{
	int32		align;
	char		bytes[VARHDRSZ + VARATT_SHORT_MAX];
} FlatNumeric;


static void begin_row(JsonPacker *packer, const JsonTemplate *tmpl, int nimage, int nvalues);
static void pack_image(JsonPacker *packer, const JsonRowShape *shape, const Datum *values,
					   const bool *nulls);
static pg_attribute_always_inline bool put_small(char *data, int *len, const JsonEncoder *enc,
												Datum value, int room, JEntry *type);
static inline bool put_text(char *data, int *len, const char *value, int room, JEntry *type);
static inline int put_numeric(char *data, int len, int64 value);
static void pack_text_image(JsonPacker *packer, const JsonRowShape *shape, const Datum *values,
							const bool *nulls);
static inline int put_prefix(char *to, const JsonTemplate *tmpl, int number);
static pg_attribute_always_inline bool put_small_text(char *data, int *len, const JsonEncoder *enc,
													 Datum value, int room);
static inline bool put_quoted(char *data, int *len, const char *value, int room);
static inline int put_integer(char *to, int64 value, bool as_string);
static inline int put_digits(char *to, int64 value);
static inline int put_four_digits(char *to, int value);
static inline int put_datetime(char *to, Datum value, Oid type);
static pg_attribute_always_inline void pack_columns(JsonPacker *packer, const JsonRowShape *shape,
												   const Datum *values, const bool *nulls,
												   bool jsonb);
static pg_attribute_always_inline void pack_value(JsonPacker *packer, JsonEncoder *enc,
												 Datum value, bool isnull, bool jsonb);
static inline void align_value(JsonPacker *packer, int start);
static void end_image(JsonPacker *packer);
static inline JEntry jsonb_entry(JEntry type, uint32 length);

static pg_attribute_always_inline JEntry pack_datum(JsonPacker *packer, JsonEncoder *enc,
												   Datum value, bool jsonb);
static JEntry pack_with_memory(JsonPacker *packer, JsonEncoder *enc, Datum value);
static JEntry pack_by_core(JsonPacker *packer, JsonEncoder *enc, Datum value);
static inline bool is_plain(const char *value);
static inline JEntry pack_null(JsonPacker *packer, bool jsonb);
static inline JEntry pack_bool(JsonPacker *packer, bool value, bool jsonb);
static inline JEntry pack_integer(JsonPacker *packer, int64 value, bool as_string, bool jsonb);
static JEntry pack_numeric(JsonPacker *packer, JsonEncoder *enc, Datum value);
static Numeric flat_numeric(Datum value, FlatNumeric *flat);
static JEntry pack_number_text(JsonPacker *packer, JsonEncoder *enc, const char *text);
static bool is_json_number(const char *text);
static inline bool is_jsonb(const JsonPacker *packer);
static JEntry pack_text(JsonPacker *packer, Datum value);
static inline JEntry pack_datetime(JsonPacker *packer, Datum value, Oid type, bool jsonb);
static JEntry pack_output(JsonPacker *packer, JsonEncoder *enc, Datum value);
static JEntry pack_core(JsonPacker *packer, JsonEncoder *enc, Datum value);
static JEntry pack_json(JsonPacker *packer, Datum value);
static JEntry pack_jsonb(JsonPacker *packer, Datum value);
static inline JEntry pack_string(JsonPacker *packer, const char *bytes, int len, bool jsonb);
static inline void pack_bytes(JsonPacker *packer, const char *bytes, Size len);
static inline void pack_reserve(JsonPacker *packer, uint64 size);
static inline void pack_entry(JsonPacker *packer, JEntry type, bool jsonb);
static inline int fill_numeric(JsonInteger *numeric, int64 value);


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

void
json_pack_begin(JsonPacker *packer, int nvalues)
{
	begin_row(packer, NULL, 0, nvalues);
}

static void
begin_row(JsonPacker *packer, const JsonTemplate *tmpl, int nimage, int nvalues)
{
	int			nrest = nvalues - nimage;
	Size		head = offsetof(JsonPacked, entries) + nrest * sizeof(JEntry);
	JsonPacked *packed;

	CHECK_FOR_INTERRUPTS();
	Assert(nimage == 0 || (tmpl->format == packer->format && nimage <= tmpl->nkeys));

	packer->nvalues = nvalues;
	packer->nimage = nimage;
	packer->next = 0;
	packer->buf.len = 0;
	pack_reserve(packer, head);
	packer->buf.len = packer->image = packer->rest = (int) head;
	if (nimage > 0 && is_jsonb(packer))
		pack_bytes(packer, tmpl->block, tmpl->head_len + tmpl->keys_len);

	packed = (JsonPacked *) packer->buf.data;
	packed->nvalues = nvalues;
	packed->nimage = nimage;
	packed->image_len = 0;
}

const JsonPacked *
json_pack_row(JsonPacker *packer, const JsonRowShape *shape, const Datum *values,
			  const bool *nulls, Size *size)
{
	begin_row(packer, shape->tmpl, shape->nimage, shape->ncolumns);
	if (packer->format == JSON_FORMAT_JSONB)
	{
		if (shape->nimage > 0)
			pack_image(packer, shape, values, nulls);
		pack_columns(packer, shape, values, nulls, true);
	}
	else
	{
		if (shape->nimage > 0)
			pack_text_image(packer, shape, values, nulls);
		pack_columns(packer, shape, values, nulls, false);
	}
	return json_pack_end(packer, size);
}

/*
 * The values of a jsonb image: what most of all values are.  What changes from one to the
 * next is in local variables, since the compiler cannot know that a value's bytes are not
 * written over the packer.
 */
static void
pack_image(JsonPacker *packer, const JsonRowShape *shape, const Datum *values, const bool *nulls)
{
	StringInfo	buf = &packer->buf;
	char	   *data = buf->data;
	int			room = buf->maxlen;
	int			len = buf->len;
	int			number = shape->tmpl->nkeys;
	int			entries = packer->image + sizeof(uint32);
	int			body = packer->image + shape->tmpl->head_len;

	for (int i = 0; i < shape->nimage; i++, number++)
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
				pack_reserve(packer, SMALL_VALUE);
				data = buf->data;
				room = buf->maxlen;
			}
			if (!put_small(data, &len, enc, value, room, &type))
			{
				type = pack_datum(packer, enc, value, true);
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
	end_image(packer);
}

/* a value that takes no memory and has room, with the padding before it; false: it is another */
static pg_attribute_always_inline bool
put_small(char *data, int *len, const JsonEncoder *enc, Datum value, int room, JEntry *type)
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
			*len += json_datetime_text(data + *len, value, enc->type);
			*type = JENTRY_ISSTRING;
			return true;
		case JSON_ENCODE_TEXT:
			return put_text(data, len, DatumGetPointer(value), room, type);
		default:
			return false;
	}
	if (enc->as_string)
		return false;
	*len = put_numeric(data, *len, DatumGetInt64(value));
	*type = JENTRY_ISNUMERIC;
	return true;
}

static inline bool
put_text(char *data, int *len, const char *value, int room, JEntry *type)
{
	int			size;

	if (!is_plain(value))
		return false;
	size = VARSIZE_ANY_EXHDR(value);
	if (size >= room - *len)
		return false;
	memcpy(data + *len, VARDATA_ANY(value), size);
	*len += size;
	*type = JENTRY_ISSTRING;
	return true;
}

/* aligned; the new length */
static inline int
put_numeric(char *data, int len, int64 value)
{
	JsonInteger numeric;
	int			size = fill_numeric(&numeric, value);

	memset(data + len, 0, ALIGNOF_INT);
	len = INTALIGN(len);
	/* all of it: a copy of a fixed length is an instruction */
	memcpy(data + len, numeric.bytes, sizeof(numeric.bytes));
	return len + size;
}

/* the same in json text */
static void
pack_text_image(JsonPacker *packer, const JsonRowShape *shape, const Datum *values,
				const bool *nulls)
{
	StringInfo	buf = &packer->buf;
	int			len = buf->len;

	for (int i = 0; i < shape->nimage; i++)
	{
		JsonEncoder *enc = &shape->encoders[i];
		int			column = shape->columns[i];

		buf->len = len;
		pack_reserve(packer, Max(shape->tmpl->prefix_lens[i], JSON_PREFIX_ROOM) + SMALL_VALUE);
		len += put_prefix(buf->data + len, shape->tmpl, i);
		if (!nulls[column] && put_small_text(buf->data, &len, enc, values[column], buf->maxlen))
			continue;
		buf->len = len;
		if (nulls[column])
			(void) pack_null(packer, false);
		else
			(void) pack_datum(packer, enc, values[column], false);
		len = buf->len;
	}
	buf->len = len;
	if (shape->nimage == shape->tmpl->nkeys)
		pack_bytes(packer, "}", 1);
	end_image(packer);
}

/* into room for it, and for JSON_PREFIX_ROOM bytes; its length */
static inline int
put_prefix(char *to, const JsonTemplate *tmpl, int number)
{
	int			len = tmpl->prefix_lens[number];

	if (len <= JSON_PREFIX_ROOM)
		memcpy(to, tmpl->prefixes[number], JSON_PREFIX_ROOM);
	else
		memcpy(to, tmpl->prefixes[number], len);
	return len;
}

/* a value that takes no memory and has room; false: it is another */
static pg_attribute_always_inline bool
put_small_text(char *data, int *len, const JsonEncoder *enc, Datum value, int room)
{
	switch (enc->kind)
	{
		case JSON_ENCODE_INT2:
			*len += put_integer(data + *len, DatumGetInt16(value), enc->as_string);
			return true;
		case JSON_ENCODE_INT4:
			*len += put_integer(data + *len, DatumGetInt32(value), enc->as_string);
			return true;
		case JSON_ENCODE_INT8:
			*len += put_integer(data + *len, DatumGetInt64(value), enc->as_string);
			return true;
		case JSON_ENCODE_DATE:
		case JSON_ENCODE_TIMESTAMP:
		case JSON_ENCODE_TIMESTAMPTZ:
			*len += put_datetime(data + *len, value, enc->type);
			return true;
		case JSON_ENCODE_TEXT:
			return put_quoted(data, len, DatumGetPointer(value), room);
		default:
			return false;
	}
}

static inline bool
put_quoted(char *data, int *len, const char *value, int room)
{
	int			size;

	if (!is_plain(value))
		return false;
	size = VARSIZE_ANY_EXHDR(value);
	if (size + 2 >= room - *len || json_quote_plain(data + *len, VARDATA_ANY(value), size) == NULL)
		return false;
	*len += size + 2;
	return true;
}

/* each into SMALL_VALUE bytes of room; its length */

static inline int
put_integer(char *to, int64 value, bool as_string)
{
	int			len;

	if (!as_string)
		return put_digits(to, value);
	len = put_digits(to + 1, value);
	to[0] = to[len + 1] = '"';
	return len + 2;
}

/* most numbers are not negative and have few digits: they take half of pg_lltoa()'s time */
static inline int
put_digits(char *to, int64 value)
{
	int			len;

	if ((uint64) value < 10000)
		return put_four_digits(to, (int) value);
	if ((uint64) value >= 100000000)
		return pg_lltoa(value, to);
	len = put_four_digits(to, (int) value / 10000);
	(void) json_two_digits(to + len, (int) value / 100 % 100);
	(void) json_two_digits(to + len + 2, (int) value % 100);
	return len + 4;
}

/* up to four, without leading zeros */
static inline int
put_four_digits(char *to, int value)
{
	char		digits[8];
	int			zeros = (value < 1000) + (value < 100) + (value < 10);

	(void) json_two_digits(digits, value / 100);
	(void) json_two_digits(digits + 2, value % 100);
	memset(digits + 4, 0, 4);
	memcpy(to, digits + zeros, 4);
	return 4 - zeros;
}

/* nothing in it needs an escape */
static inline int
put_datetime(char *to, Datum value, Oid type)
{
	int			len = json_datetime_text(to + 1, value, type);

	to[0] = to[len + 1] = '"';
	return len + 2;
}

/* what does not stand in the image */
static pg_attribute_always_inline void
pack_columns(JsonPacker *packer, const JsonRowShape *shape, const Datum *values,
			 const bool *nulls, bool jsonb)
{
	for (int i = shape->nimage; i < shape->ncolumns; i++)
	{
		int			column = shape->columns[i];

		pack_value(packer, &shape->encoders[i], values[column], nulls[column], jsonb);
	}
}

void
json_pack_value(JsonPacker *packer, JsonEncoder *enc, Datum value, bool isnull)
{
	Assert(enc->format == packer->format);
	if (unlikely(packer->next >= packer->nvalues))
		elog(ERROR, "packed row has more than its %d values", packer->nvalues);
	pack_value(packer, enc, value, isnull, is_jsonb(packer));
}

static pg_attribute_always_inline void
pack_value(JsonPacker *packer, JsonEncoder *enc, Datum value, bool isnull, bool jsonb)
{
	pack_entry(packer, isnull ? pack_null(packer, jsonb) : pack_datum(packer, enc, value, jsonb),
			   jsonb);
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

/* Note where the value ends that has just been written. */
static inline void
pack_entry(JsonPacker *packer, JEntry type, bool jsonb)
{
	JsonPacked *packed = (JsonPacked *) packer->buf.data;
	uint32		end = packer->buf.len - packer->rest;

	packed->entries[packer->next++ - packer->nimage] = jsonb ? jsonb_entry(type, end) : end;
}

static inline JEntry
jsonb_entry(JEntry type, uint32 length)
{
	if (unlikely(length > JENTRY_OFFLENMASK))
		json_too_large(JENTRY_OFFLENMASK);
	return type | length;
}

/* What a value is, and so whether padding comes before it, is known when it is written. */
static inline void
align_value(JsonPacker *packer, int start)
{
	int			pad = INTALIGN(start) - start;
	char	   *value;

	if (pad == 0)
		return;
	pack_reserve(packer, pad);
	value = packer->buf.data + start;
	memmove(value + pad, value, packer->buf.len - start);
	memset(value, 0, pad);
	packer->buf.len += pad;
}

static void
end_image(JsonPacker *packer)
{
	packer->next = packer->nimage;
	packer->rest = packer->buf.len;
	((JsonPacked *) packer->buf.data)->image_len = packer->rest - packer->image;
}

static inline void
pack_bytes(JsonPacker *packer, const char *bytes, Size len)
{
	pack_reserve(packer, len);
	memcpy(packer->buf.data + packer->buf.len, bytes, len);
	packer->buf.len += (int) len;
}

static inline void
pack_reserve(JsonPacker *packer, uint64 size)
{
	StringInfo	buf = &packer->buf;

	if (likely(size < (uint64) (buf->maxlen - buf->len)))
		return;
	/* enlargeStringInfo would say "out of memory", without a hint */
	if (size >= MaxAllocSize - (uint64) buf->len)
		json_too_large(MaxAllocSize);
	enlargeStringInfo(buf, (int) size);
}


/* ---- values: each writes its bytes and returns its jsonb type ---- */

static pg_attribute_always_inline JEntry
pack_datum(JsonPacker *packer, JsonEncoder *enc, Datum value, bool jsonb)
{
	switch (enc->kind)
	{
		case JSON_ENCODE_BOOL:
			return pack_bool(packer, DatumGetBool(value), jsonb);
		case JSON_ENCODE_INT2:
			return pack_integer(packer, DatumGetInt16(value), enc->as_string, jsonb);
		case JSON_ENCODE_INT4:
			return pack_integer(packer, DatumGetInt32(value), enc->as_string, jsonb);
		case JSON_ENCODE_INT8:
			return pack_integer(packer, DatumGetInt64(value), enc->as_string, jsonb);
		case JSON_ENCODE_DATE:
		case JSON_ENCODE_TIMESTAMP:
		case JSON_ENCODE_TIMESTAMPTZ:
			return pack_datetime(packer, value, enc->type, jsonb);
		case JSON_ENCODE_TEXT:
			if (is_plain(DatumGetPointer(value)))
				return pack_string(packer, VARDATA_ANY(DatumGetPointer(value)),
								   VARSIZE_ANY_EXHDR(DatumGetPointer(value)), jsonb);
			/* FALLTHROUGH */
		default:
			return pack_with_memory(packer, enc, value);
	}
}

/* neither compressed nor kept elsewhere */
static inline bool
is_plain(const char *value)
{
	return VARATT_IS_1B(value) ? !VARATT_IS_1B_E(value) : VARATT_IS_4B_U(value);
}

/* what takes memory to encode */
static JEntry
pack_with_memory(JsonPacker *packer, JsonEncoder *enc, Datum value)
{
	MemoryContext old;
	JEntry		type;

	MemoryContextReset(packer->tmp);
	old = MemoryContextSwitchTo(packer->tmp);
	type = pack_by_core(packer, enc, value);
	MemoryContextSwitchTo(old);
	return type;
}

static JEntry
pack_by_core(JsonPacker *packer, JsonEncoder *enc, Datum value)
{
	switch (enc->kind)
	{
		case JSON_ENCODE_FLOAT:
			return pack_number_text(packer, enc,
									OutputFunctionCall(&enc->fn, value));
		case JSON_ENCODE_NUMERIC:
			return pack_numeric(packer, enc, value);
		case JSON_ENCODE_TEXT:
			return pack_text(packer, value);
		case JSON_ENCODE_JSON:
			return pack_json(packer, value);
		case JSON_ENCODE_JSONB:
			return pack_jsonb(packer, value);
		case JSON_ENCODE_OUTPUT:
			return pack_output(packer, enc, value);
		case JSON_ENCODE_CORE:
			return pack_core(packer, enc, value);
		default:
			elog(ERROR, "unrecognized json encoding: %d", (int) enc->kind);
	}
	return 0;
}

static inline JEntry
pack_null(JsonPacker *packer, bool jsonb)
{
	if (!jsonb)
		pack_bytes(packer, "null", 4);
	return JENTRY_ISNULL;
}

static inline JEntry
pack_bool(JsonPacker *packer, bool value, bool jsonb)
{
	if (!jsonb)
		pack_bytes(packer, value ? "true" : "false", value ? 4 : 5);
	return value ? JENTRY_ISBOOL_TRUE : JENTRY_ISBOOL_FALSE;
}

static inline JEntry
pack_integer(JsonPacker *packer, int64 value, bool as_string, bool jsonb)
{
	StringInfo	buf = &packer->buf;
	char	   *to;

	pack_reserve(packer, SMALL_VALUE);
	to = buf->data + buf->len;
	if (jsonb && as_string)
		buf->len += put_digits(to, value);
	else if (jsonb)
	{
		JsonInteger numeric;

		buf->len += fill_numeric(&numeric, value);
		memcpy(to, numeric.bytes, sizeof(numeric.bytes));
	}
	else
		buf->len += put_integer(to, value, as_string);
	return as_string ? JENTRY_ISSTRING : JENTRY_ISNUMERIC;
}

static JEntry
pack_numeric(JsonPacker *packer, JsonEncoder *enc, Datum value)
{
	if (packer->format == JSON_FORMAT_JSONB && !enc->as_string)
	{
		FlatNumeric flat;
		Numeric		numeric = flat_numeric(value, &flat);

		if (!numeric_is_nan(numeric) && !numeric_is_inf(numeric))
		{
			pack_bytes(packer, (const char *) numeric, VARSIZE(numeric));
			return JENTRY_ISNUMERIC;
		}
	}

	return pack_number_text(packer, enc, OutputFunctionCall(&enc->fn, value));
}

/* DatumGetNumeric, but the short header of a stored value costs no palloc. */
static Numeric
flat_numeric(Datum value, FlatNumeric *flat)
{
	struct varlena *stored = (struct varlena *) DatumGetPointer(value);

	if (VARATT_IS_SHORT(stored) && !VARATT_IS_EXTERNAL(stored))
	{
		Size		len = VARSIZE_SHORT(stored) - VARHDRSZ_SHORT;

		SET_VARSIZE(flat->bytes, VARHDRSZ + len);
		memcpy(flat->bytes + VARHDRSZ, VARDATA_SHORT(stored), len);
		return (Numeric) flat->bytes;
	}
	return DatumGetNumeric(value);
}

/* A number by the text that its output function gives, as core does. */
static JEntry
pack_number_text(JsonPacker *packer, JsonEncoder *enc, const char *text)
{
	if (enc->as_string || !is_json_number(text))
		return pack_string(packer, text, strlen(text), is_jsonb(packer));

	if (packer->format == JSON_FORMAT_JSON)
		pack_bytes(packer, text, strlen(text));
	else
	{
		Datum		numeric = DirectFunctionCall3(numeric_in,
												  CStringGetDatum(text),
												  ObjectIdGetDatum(InvalidOid),
												  Int32GetDatum(-1));

		pack_bytes(packer, DatumGetPointer(numeric),
				   VARSIZE(DatumGetPointer(numeric)));
	}
	return JENTRY_ISNUMERIC;
}

/* NaN, Infinity and -Infinity are none */
static bool
is_json_number(const char *text)
{
	if (*text == '-')
		text++;
	return *text >= '0' && *text <= '9';
}

static inline bool
is_jsonb(const JsonPacker *packer)
{
	return packer->format == JSON_FORMAT_JSONB;
}

static JEntry
pack_text(JsonPacker *packer, Datum value)
{
	text	   *string = DatumGetTextPP(value);

	return pack_string(packer, VARDATA_ANY(string), VARSIZE_ANY_EXHDR(string), is_jsonb(packer));
}

static inline JEntry
pack_datetime(JsonPacker *packer, Datum value, Oid type, bool jsonb)
{
	StringInfo	buf = &packer->buf;

	pack_reserve(packer, SMALL_VALUE);
	if (jsonb)
		buf->len += json_datetime_text(buf->data + buf->len, value, type);
	else
		buf->len += put_datetime(buf->data + buf->len, value, type);
	return JENTRY_ISSTRING;
}

static JEntry
pack_output(JsonPacker *packer, JsonEncoder *enc, Datum value)
{
	char	   *text = OutputFunctionCall(&enc->fn, value);

	return pack_string(packer, text, strlen(text), is_jsonb(packer));
}

static JEntry
pack_core(JsonPacker *packer, JsonEncoder *enc, Datum value)
{
	Datum		document = FunctionCall1(&enc->fn, value);

	if (packer->format == JSON_FORMAT_JSON)
		return pack_json(packer, document);
	return pack_jsonb(packer, document);
}

/* a value of type json */
static JEntry
pack_json(JsonPacker *packer, Datum value)
{
	text	   *json = DatumGetTextPP(value);

	if (packer->format == JSON_FORMAT_JSONB)
		return pack_jsonb(packer, DirectFunctionCall1(jsonb_in,
													  CStringGetDatum(text_to_cstring(json))));

	pack_bytes(packer, VARDATA_ANY(json), VARSIZE_ANY_EXHDR(json));
	return 0;
}

/* a value of type jsonb */
static JEntry
pack_jsonb(JsonPacker *packer, Datum value)
{
	struct varlena *document;
	const char *bytes;
	Size		len;
	JEntry		type;

	if (packer->format == JSON_FORMAT_JSON)
	{
		Jsonb	   *jsonb = DatumGetJsonbP(value);

		JsonbToCString(&packer->buf, &jsonb->root, VARSIZE(jsonb));
		return 0;
	}

	document = PG_DETOAST_DATUM_PACKED(value);
	type = json_document_value(VARDATA_ANY(document),
							   VARSIZE_ANY_EXHDR(document), &bytes, &len);
	pack_bytes(packer, bytes, len);
	return type;
}

static inline JEntry
pack_string(JsonPacker *packer, const char *bytes, int len, bool jsonb)
{
	uint64		size;

	if (jsonb)
	{
		pack_bytes(packer, bytes, len);
		return JENTRY_ISSTRING;
	}
	size = (uint64) len + 2;
	pack_reserve(packer, size);
	if (json_quote_plain(packer->buf.data + packer->buf.len, bytes, len) == NULL)
	{
		size = json_quoted_size(bytes, len);
		pack_reserve(packer, size);
		json_quote(packer->buf.data + packer->buf.len, bytes, len);
	}
	packer->buf.len += (int) size;
	return JENTRY_ISSTRING;
}


/* ---- what json_writer.c and json_datetime.c use too ---- */

const char	json_digit_pairs[] =
"00010203040506070809" "10111213141516171819" "20212223242526272829"
"30313233343536373839" "40414243444546474849" "50515253545556575859"
"60616263646566676869" "70717273747576777879" "80818283848586878889"
"90919293949596979899";

int
json_integer_numeric(int64 value, JsonInteger *numeric)
{
	return fill_numeric(numeric, value);
}

/*
 * Integers are the commonest of all values, and int64_to_numeric costs a
 * palloc and a detour through NumericVar, so the result is written by hand:
 * numeric's short format, which is a header of sign and weight (the number of
 * base-10000 digits before the point, less one) and the digits without
 * trailing zeros.  On-disk data depends on it, so it cannot change.
 */
static inline int
fill_numeric(JsonInteger *numeric, int64 value)
{
	uint64		rest = value < 0 ? 0 - (uint64) value : (uint64) value;
	int16		digits[5];		/* least significant first */
	int			total = 0;
	int			zeros = 0;
	uint16		header = 0x8000;	/* short format, scale 0 */
	char	   *to = numeric->bytes + VARHDRSZ;

	if (value > 0 && value < 10000)
	{
		digits[0] = (int16) value;
		memcpy(to, &header, sizeof(header));
		memcpy(to + sizeof(header), digits, sizeof(int16));
		SET_VARSIZE(numeric->bytes, VARHDRSZ + sizeof(header) + sizeof(int16));
		return VARHDRSZ + sizeof(header) + sizeof(int16);
	}
	for (; rest >= 10000; rest /= 10000)
		digits[total++] = (int16) (rest % 10000);
	if (rest != 0)
		digits[total++] = (int16) rest;
	while (zeros < total && digits[zeros] == 0)
		zeros++;

	if (value < 0)
		header |= 0x2000;
	if (total > 0)
		header |= total - 1;
	memcpy(to, &header, sizeof(header));
	to += sizeof(header);
	while (total > zeros)
	{
		memcpy(to, &digits[--total], sizeof(int16));
		to += sizeof(int16);
	}

	SET_VARSIZE(numeric->bytes, to - numeric->bytes);
	return to - numeric->bytes;
}

JEntry
json_document_value(const char *root, Size size, const char **bytes, Size *len)
{
	uint32		header;
	JEntry		entry;

	memcpy(&header, root, sizeof(header));
	if ((header & JB_FSCALAR) == 0)
	{
		*bytes = root;
		*len = size;
		return JENTRY_ISCONTAINER;
	}

	/* a scalar is the one element of a pseudo array, and needs no padding there */
	memcpy(&entry, root + sizeof(header), sizeof(entry));
	*bytes = root + sizeof(header) + sizeof(entry);
	*len = size - sizeof(header) - sizeof(entry);
	return entry & JENTRY_TYPEMASK;
}

void
json_too_large(Size limit)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("JSON document exceeds the maximum of %zu bytes", limit),
			 errhint("Use limit to load fewer rows.")));
}
