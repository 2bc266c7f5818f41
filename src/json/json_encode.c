/*-------------------------------------------------------------------------
 *
 * json_encode.c
 *	  One value as JSON, of any type.
 *
 * The oracle is core: for every type the bytes are those of to_jsonb(value)
 * or to_json(value).  What takes core more than an output function (arrays,
 * composites, types with a cast to json) is left to core's own functions.
 * Small values of common types mostly do not come here: see json_pack.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "base/settings.h"
#include "json/json_pack.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/numeric.h"

/* a numeric out of a tuple, with the 4-byte header that jsonb wants */
typedef union FlatNumeric
{
	int32		align;
	char		bytes[VARHDRSZ + VARATT_SHORT_MAX];
} FlatNumeric;

static Datum call_in_zone(FmgrInfo *function, Datum value);
static JEntry encode(JsonPacker *packer, JsonEncoder *enc, Datum value);
static JEntry encode_numeric(JsonPacker *packer, JsonEncoder *enc, Datum value);
static Numeric flat_numeric(Datum value, FlatNumeric *flat);
static JEntry encode_number_text(JsonPacker *packer, JsonEncoder *enc, const char *text);
static bool is_json_number(const char *text);
static JEntry encode_text(JsonPacker *packer, Datum value);
static JEntry encode_output(JsonPacker *packer, JsonEncoder *enc, Datum value);
static JEntry encode_by_core(JsonPacker *packer, JsonEncoder *enc, Datum value);
static JEntry encode_json(JsonPacker *packer, Datum value);
static JEntry encode_jsonb(JsonPacker *packer, Datum value);
static JEntry encode_string(JsonPacker *packer, const char *bytes, int len);
static inline bool is_jsonb(const JsonPacker *packer);

/* it may take memory */
JEntry
json_encode_value(JsonPacker *packer, JsonEncoder *enc, Datum value)
{
	MemoryContext old;
	JEntry		type;

	MemoryContextReset(packer->tmp);
	old = MemoryContextSwitchTo(packer->tmp);
	type = encode(packer, enc, value);
	MemoryContextSwitchTo(old);
	return type;
}

static JEntry
encode(JsonPacker *packer, JsonEncoder *enc, Datum value)
{
	switch (enc->kind)
	{
		case JSON_ENCODE_FLOAT:
			return encode_number_text(packer, enc,
									  OutputFunctionCall(&enc->fn, value));
		case JSON_ENCODE_NUMERIC:
			return encode_numeric(packer, enc, value);
		case JSON_ENCODE_TEXT:
			return encode_text(packer, value);
		case JSON_ENCODE_JSON:
			return encode_json(packer, value);
		case JSON_ENCODE_JSONB:
			return encode_jsonb(packer, value);
		case JSON_ENCODE_OUTPUT:
			return encode_output(packer, enc, value);
		case JSON_ENCODE_CORE:
			return encode_by_core(packer, enc, value);
		default:
			elog(ERROR, "unrecognized json encoding: %d", (int) enc->kind);
	}
	return 0;
}

static JEntry
encode_numeric(JsonPacker *packer, JsonEncoder *enc, Datum value)
{
	if (is_jsonb(packer) && !enc->as_string)
	{
		FlatNumeric flat;
		Numeric		numeric = flat_numeric(value, &flat);

		if (!numeric_is_nan(numeric) && !numeric_is_inf(numeric))
		{
			json_pack_bytes(packer, (const char *) numeric, VARSIZE(numeric));
			return JENTRY_ISNUMERIC;
		}
	}

	return encode_number_text(packer, enc, OutputFunctionCall(&enc->fn, value));
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
encode_number_text(JsonPacker *packer, JsonEncoder *enc, const char *text)
{
	if (enc->as_string || !is_json_number(text))
		return encode_string(packer, text, strlen(text));

	if (!is_jsonb(packer))
		json_pack_bytes(packer, text, strlen(text));
	else
	{
		Datum		numeric = DirectFunctionCall3(numeric_in,
												  CStringGetDatum(text),
												  ObjectIdGetDatum(InvalidOid),
												  Int32GetDatum(-1));

		json_pack_bytes(packer, DatumGetPointer(numeric), VARSIZE(DatumGetPointer(numeric)));
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

static JEntry
encode_text(JsonPacker *packer, Datum value)
{
	text	   *string = DatumGetTextPP(value);

	return encode_string(packer, VARDATA_ANY(string), VARSIZE_ANY_EXHDR(string));
}

static JEntry
encode_output(JsonPacker *packer, JsonEncoder *enc, Datum value)
{
	char	   *text = DatumGetCString(call_in_zone(&enc->fn, value));

	return encode_string(packer, text, strlen(text));
}

/* what the server's functions write of times, they write in the session's zone */
static Datum
call_in_zone(FmgrInfo *function, Datum value)
{
	pg_tz	   *session = session_timezone;
	Datum		result;

	if (assoc_timezone == NULL)
		return FunctionCall1(function, value);
	session_timezone = assoc_timezone;
	PG_TRY();
	{
		result = FunctionCall1(function, value);
	}
	PG_FINALLY();
	{
		session_timezone = session;
	}
	PG_END_TRY();
	return result;
}

static JEntry
encode_by_core(JsonPacker *packer, JsonEncoder *enc, Datum value)
{
	Datum		document = call_in_zone(&enc->fn, value);

	if (!is_jsonb(packer))
		return encode_json(packer, document);
	return encode_jsonb(packer, document);
}

/* a value of type json */
static JEntry
encode_json(JsonPacker *packer, Datum value)
{
	text	   *json = DatumGetTextPP(value);

	if (is_jsonb(packer))
		return encode_jsonb(packer, DirectFunctionCall1(jsonb_in,
														CStringGetDatum(text_to_cstring(json))));

	json_pack_bytes(packer, VARDATA_ANY(json), VARSIZE_ANY_EXHDR(json));
	return 0;
}

/* a value of type jsonb */
static JEntry
encode_jsonb(JsonPacker *packer, Datum value)
{
	struct varlena *document;
	const char *bytes;
	Size		len;
	JEntry		type;

	if (!is_jsonb(packer))
	{
		Jsonb	   *jsonb = DatumGetJsonbP(value);

		JsonbToCString(&packer->buf, &jsonb->root, VARSIZE(jsonb));
		return 0;
	}

	document = PG_DETOAST_DATUM_PACKED(value);
	type = json_document_value(VARDATA_ANY(document),
							   VARSIZE_ANY_EXHDR(document), &bytes, &len);
	json_pack_bytes(packer, bytes, len);
	return type;
}

static JEntry
encode_string(JsonPacker *packer, const char *bytes, int len)
{
	if (is_jsonb(packer))
		json_pack_bytes(packer, bytes, len);
	else
	{
		uint64		size = json_quoted_size(bytes, len);

		json_pack_reserve(packer, size);
		json_quote(packer->buf.data + packer->buf.len, bytes, len);
		packer->buf.len += (int) size;
	}
	return JENTRY_ISSTRING;
}

static inline bool
is_jsonb(const JsonPacker *packer)
{
	return packer->format == JSON_FORMAT_JSONB;
}


/* ---- what json_writer.c uses too ---- */

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
			 errhint("Load fewer rows with limit, or one after the other with assoc.find.")));
}
