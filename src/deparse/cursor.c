/*-------------------------------------------------------------------------
 *
 * cursor.c
 *	  Cursors of pages: a position in an order, as text.
 *
 * A cursor holds the values that its row is ordered by, the key last, so that it names one
 * position in the order even when its row is gone.  It passes through clients whose numbers are
 * doubles, and comes back to sessions with other settings: so it is one text, in base64url,
 * and its values are written exactly and the same under all settings.
 *
 * Whoever gives it back with another order would get rows that mean nothing, and with another
 * filter rows that miss some: the text has digests of both.  It is not a secret, nor signed:
 * it can name no position that a condition could not name, and pages are never ordered by what
 * may not be shown.
 *
 * The bytes: version; order and filter, four bytes each; for each value its length and one
 * more, seven bits a byte, lowest first, then its text; 0 for null.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/base64url.h"
#include "base/compat.h"
#include "base/exact_output.h"
#include "catalog/pg_type_d.h"
#include "common/shortest_dec.h"
#include "deparse/cursor.h"
#include "deparse/load_params.h"
#include "json/json_writer.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "options/options_print.h"
#include "registry/keys.h"
#include "utils/datetime.h"
#include "utils/lsyscache.h"

#define CURSOR_VERSION 1
#define CURSOR_HEAD (1 + 4 + 4)

/* bytes of a cursor that are still to be read */
typedef struct CursorReader
{
	const char *at;
	const char *end;
} CursorReader;

static const char *const cursor_hint =
"A cursor is the \"next\" or \"previous\" of a page, loaded with the same order and filter.";

static void add_literal(CursorShape *shape, StringInfo text, const JsonbValue *value, int nparams,
						const LoadParam *list);
static int	param_of(const JsonbValue *value, int nparams, const LoadParam *list);
static void add_piece(CursorShape *shape, StringInfo text, char *name, int param);
static void append_number(StringInfo buf, uint32 number);
static void append_value(StringInfo buf, const char *text);
static char *exact_text(Oid type, Datum value);
static bool is_written_alike(Oid type);
static Datum value_of_text(const CursorShape *shape, const JsonbValue *cursor, int n,
						   uint32 filter, const DocPath *path, bool *isnull);
static void check_head(const CursorShape *shape, CursorReader *reader, uint32 filter,
					   const DocPath *path);
static uint32 read_number(CursorReader *reader);
static char *read_value(CursorReader *reader, const DocPath *path);
pg_noreturn static void refuse_text(const DocPath *path);
static Datum input_value(Oid type, char *text);
static Datum value_of_array(const CursorShape *shape, const JsonbValue *cursor, int n,
							const DocPath *path, bool *isnull);

/* FNV-1a: the same on every machine */
uint32
cursor_digest(const char *text)
{
	uint32		hash = 2166136261U;

	for (; *text != '\0'; text++)
		hash = (hash ^ (unsigned char) *text) * 16777619U;
	return hash;
}

void
cursor_shape_finish(CursorShape *shape, int nparams, const LoadParam *list)
{
	StringInfoData text;

	initStringInfo(&text);
	foreach_ptr(const OptionValue, value, shape->values)
	{
		appendStringInfoChar(&text, ' ');
		if (value->kind == OPTION_PARAM)
			add_piece(shape, &text, pstrdup(value->name), -1);
		else
			add_literal(shape, &text, &value->literal, nparams, list);
	}
	if (shape->pieces == NIL && text.len > 0)
		shape->filter ^= cursor_digest(text.data);
	else if (text.len > 0)
		add_piece(shape, &text, NULL, -1);
	shape->values = NIL;
}

/* a list may vary as a whole, or each of its elements by itself, as the ends of "between" do */
static void
add_literal(CursorShape *shape, StringInfo text, const JsonbValue *value, int nparams,
			const LoadParam *list)
{
	int			param = param_of(value, nparams, list);

	if (param >= 0)
		add_piece(shape, text, NULL, param);
	else if (doc_is_array(value))
	{
		appendStringInfoChar(text, '[');
		foreach_ptr(const JsonbValue, element, doc_array_elements(value))
		{
			if (foreach_current_index(element) > 0)
				appendStringInfoString(text, ", ");
			add_literal(shape, text, element, nparams, list);
		}
		appendStringInfoChar(text, ']');
	}
	else
		doc_write_value(text, value);
}

/* -1: it is the same in every run */
static int
param_of(const JsonbValue *value, int nparams, const LoadParam *list)
{
	const void *address = load_param_address(value);

	for (int i = 0; address != NULL && i < nparams; i++)
		if (list[i].address == address)
			return i;
	return -1;
}

static void
add_piece(CursorShape *shape, StringInfo text, char *name, int param)
{
	FilterPiece *piece = palloc_object(FilterPiece);

	piece->text = pstrdup(text->data);
	piece->name = name;
	piece->param = param;
	shape->pieces = lappend(shape->pieces, piece);
	resetStringInfo(text);
}

uint32
cursor_filter(const CursorShape *shape, const JsonbValue *params, const LoadParam *list)
{
	StringInfoData buf;

	if (shape->pieces == NIL)
		return shape->filter;
	initStringInfo(&buf);
	foreach_ptr(const FilterPiece, piece, shape->pieces)
	{
		const JsonbValue *value = piece->param >= 0 ? list[piece->param].given :
			piece->name && doc_is_object(params) ? doc_get(params, piece->name) : NULL;

		appendStringInfoString(&buf, piece->text);
		if (value != NULL)
			doc_write_value(&buf, value);
	}
	return shape->filter ^ cursor_digest(buf.data);
}

/* ---- writing ---- */

char *
cursor_text(const CursorShape *shape, uint32 filter, const int *columns,
			const Datum *values, const bool *nulls)
{
	StringInfoData buf;
	char	   *text;

	initStringInfo(&buf);
	appendStringInfoChar(&buf, CURSOR_VERSION);
	append_number(&buf, shape->order);
	append_number(&buf, filter);
	for (int i = 0; i < shape->length; i++)
		append_value(&buf, nulls[columns[i]] ? NULL :
					 exact_text(shape->types[i], values[columns[i]]));
	text = base64url_encode(buf.data, buf.len);
	pfree(buf.data);
	return text;
}

static void
append_number(StringInfo buf, uint32 number)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		appendStringInfoChar(buf, (char) ((number >> shift) & 255));
}

static void
append_value(StringInfo buf, const char *text)
{
	Size		length = text == NULL ? 0 : strlen(text) + 1;

	for (; length >= 128; length >>= 7)
		appendStringInfoChar(buf, (char) (128 | (length & 127)));
	appendStringInfoChar(buf, (char) length);
	if (text != NULL)
		appendStringInfoString(buf, text);
}

/* all digits, dates in ISO's form */
static char *
exact_text(Oid type, Datum value)
{
	char	   *text = palloc(Max(MAXDATELEN + 1, DOUBLE_SHORTEST_DECIMAL_LEN));
	int			level;

	if (type == DATEOID || type == TIMESTAMPOID || type == TIMESTAMPTZOID)
		text[json_datetime_text(text, value, type)] = '\0';
	else if (type == FLOAT8OID)
		double_to_shortest_decimal_buf(DatumGetFloat8(value), text);
	else if (type == FLOAT4OID)
		float_to_shortest_decimal_buf(DatumGetFloat4(value), text);
	else
	{
		level = is_written_alike(type) ? 0 : exact_output_begin("pg_catalog");
		text = key_datum_text(value, type);
		if (level > 0)
			exact_output_end(level);
	}
	return text;
}

/* whatever the session's settings are */
static bool
is_written_alike(Oid type)
{
	switch (type)
	{
		case BOOLOID:
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case FLOAT4OID:
		case FLOAT8OID:
		case NUMERICOID:
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
		case UUIDOID:
		case DATEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return true;
		default:
			return type_is_enum(type);
	}
}

/* ---- reading ---- */

Datum
cursor_value(const CursorShape *shape, const JsonbValue *cursor, int n, uint32 filter,
			 const DocPath *path, bool *isnull)
{
	Datum		value = cursor->type == jbvString ?
		value_of_text(shape, cursor, n, filter, path, isnull) :
		value_of_array(shape, cursor, n, path, isnull);

	if (*isnull && shape->not_null[n])
		error_document(ERRCODE_INVALID_PARAMETER_VALUE,
					   cursor->type == jbvString ? path : doc_path_index(path, n), cursor_hint,
					   "null in a cursor for what is never null");
	return value;
}

static Datum
value_of_text(const CursorShape *shape, const JsonbValue *cursor, int n, uint32 filter,
			  const DocPath *path, bool *isnull)
{
	CursorReader reader;
	char	   *text = NULL;
	int			size;

	reader.at = base64url_decode(cursor->val.string.val, cursor->val.string.len, &size);
	if (reader.at == NULL || size < CURSOR_HEAD)
		refuse_text(path);
	reader.end = reader.at + size;
	check_head(shape, &reader, filter, path);
	for (int i = 0; i < shape->length; i++)
	{
		char	   *value = read_value(&reader, path);

		if (i == n)
			text = value;
	}
	if (reader.at != reader.end)
		refuse_text(path);
	*isnull = text == NULL;
	return *isnull ? (Datum) 0 : input_value(shape->types[n], text);
}

static void
check_head(const CursorShape *shape, CursorReader *reader, uint32 filter, const DocPath *path)
{
	if (*reader->at++ != CURSOR_VERSION)
		refuse_text(path);
	if (read_number(reader) != shape->order)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, cursor_hint,
					   "the cursor is of another order");
	if (read_number(reader) != filter)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, cursor_hint,
					   "the cursor is of other conditions");
}

static uint32
read_number(CursorReader *reader)
{
	uint32		number = 0;

	for (int i = 0; i < 4; i++)
		number = (number << 8) | (unsigned char) *reader->at++;
	return number;
}

/* NULL: null */
static char *
read_value(CursorReader *reader, const DocPath *path)
{
	Size		length = 0;
	int			shift = 0;
	unsigned char byte;
	char	   *text;

	do
	{
		if (reader->at == reader->end || shift > 28)
			refuse_text(path);
		byte = (unsigned char) *reader->at++;
		length |= (Size) (byte & 127) << shift;
		shift += 7;
	} while (byte & 128);
	if (length == 0)
		return NULL;
	if (length - 1 > (Size) (reader->end - reader->at))
		refuse_text(path);
	text = pnstrdup(reader->at, length - 1);
	reader->at += length - 1;
	if (strlen(text) != length - 1 || !pg_verifymbstr(text, (int) length - 1, true))
		refuse_text(path);
	return text;
}

static void
refuse_text(const DocPath *path)
{
	error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, cursor_hint, "this text is no cursor");
}

static Datum
input_value(Oid type, char *text)
{
	Oid			input;
	Oid			ioparam;
	int			level = is_written_alike(type) ? 0 : exact_output_begin("pg_catalog");
	Datum		value;

	getTypeInputInfo(type, &input, &ioparam);
	value = OidInputFunctionCall(input, text, ioparam, -1);
	if (level > 0)
		exact_output_end(level);
	return value;
}

static Datum
value_of_array(const CursorShape *shape, const JsonbValue *cursor, int n, const DocPath *path,
			   bool *isnull)
{
	List	   *values;

	if (!doc_is_array(cursor))
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, cursor_hint,
					   "expected a cursor, not %s,", doc_kind_name(cursor));
	values = doc_array_elements(cursor);
	/* there, null is both SQL's and json's */
	if (shape->types[n] == JSONBOID)
		error_document(ERRCODE_FEATURE_NOT_SUPPORTED, path, cursor_hint,
					   "an array cannot be a cursor with values of type jsonb");
	if (list_length(values) != shape->length)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, cursor_hint,
					   "expected a cursor of length %d, not %d,", shape->length,
					   list_length(values));
	return key_value_from_jsonb(list_nth(values, n), shape->types[n], -1, doc_path_index(path, n),
								isnull);
}
