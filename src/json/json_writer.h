/*-------------------------------------------------------------------------
 *
 * json_writer.h
 *	  Bytes of jsonb, or text of json, in one pass.
 *
 * Knows nothing of associations.  Three pieces:
 *
 *	JsonEncoder		how the values of one column become JSON, chosen once
 *	JsonPacked		the encoded values of one row, kept until it is assembled
 *	JsonWriter		assembles objects and arrays from packed rows
 *
 * Both formats are written through the same calls.  A caller writes the values
 * of an object in the order that the template says (template->order), which is
 * jsonb's key order for jsonb and the declared order for json.
 *
 * jsonb is written as core writes it, byte for byte (jsonb.h describes the
 * format, jsonb_util.c writes it); json text as row_to_json writes it, without
 * white space.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_JSON_WRITER_H
#define ASSOC_JSON_WRITER_H

#include "fmgr.h"
#include "lib/stringinfo.h"
#include "utils/jsonb.h"

/* core has had a JsonFormat of its own since 16 (primnodes.h) */
typedef enum JsonWriterFormat
{
	JSON_FORMAT_JSONB,
	JSON_FORMAT_JSON
} JsonWriterFormat;

/* ---- how one column is encoded ---- */

typedef enum JsonEncodeKind
{
	JSON_ENCODE_BOOL,
	JSON_ENCODE_INT2,
	JSON_ENCODE_INT4,
	JSON_ENCODE_INT8,
	JSON_ENCODE_FLOAT,			/* float4, float8: through their text, as core */
	JSON_ENCODE_NUMERIC,
	JSON_ENCODE_TEXT,			/* text, varchar, bpchar: bytes as they are */
	JSON_ENCODE_DATE,
	JSON_ENCODE_TIMESTAMP,
	JSON_ENCODE_TIMESTAMPTZ,
	JSON_ENCODE_UUID,
	JSON_ENCODE_JSON,
	JSON_ENCODE_JSONB,
	JSON_ENCODE_OUTPUT,			/* a string: the type's output function */
	JSON_ENCODE_CORE			/* arrays, composites, casts to json: core's to_jsonb/to_json */
} JsonEncodeKind;

typedef struct JsonEncoder
{
	JsonEncodeKind kind;
	JsonWriterFormat	format;
	Oid			type;			/* the column's type, domains looked through as core does */
	bool		as_string;		/* a number written as a JSON string, for
								 * JavaScript; false for all other kinds */
	FmgrInfo	fn;				/* output function, or to_jsonb/to_json with fn_expr set */
} JsonEncoder;

/*
 * Choose the encoding of a type.  FmgrInfo's memory comes from cxt.  as_string
 * says something about numbers only: other kinds take no notice of it.
 */
extern void json_encoder_init(JsonEncoder *enc, JsonWriterFormat format,
							  Oid type, bool as_string, MemoryContext cxt);

/* ---- the encoded values of one row ---- */

struct JsonTemplate;

/* how values of a row are packed */
typedef struct JsonRowShape
{
	int			ncolumns;
	int		   *columns;		/* where in the row each value stands */
	JsonEncoder *encoders;
	struct JsonTemplate *tmpl;	/* of the object that they stand in; NULL: in none */
	int			nprefix;		/* so many are its first values, and packed as a prefix */
} JsonRowShape;

/*
 * The first values may be encoded as a prefix already: the object that they begin, as it
 * will stand in any document, so that it is copied there in one piece.  The others
 * lie behind it one after another, unpadded.  An entry says where such a value ends
 * (it starts where the one before ends) and, for jsonb, its kind: the bits of
 * JENTRY_OFFLENMASK and JENTRY_TYPEMASK.  For json the whole word is the end.
 * A copy must be aligned as uint32 is.
 */
typedef struct JsonPacked
{
	uint32		nvalues;
	uint32		nprefix;		/* of them, in the prefix; 0: there is none */
	uint32		prefix_len;		/* bytes of it */
	JEntry		entries[FLEXIBLE_ARRAY_MEMBER]; /* of the others; then the prefix, then they */
} JsonPacked;

/* scratch space in which one row is packed; reused from row to row */
typedef struct JsonPacker
{
	JsonWriterFormat	format;
	StringInfoData buf;			/* the JsonPacked being built */
	int			nvalues;		/* values announced */
	int			nprefix;		/* of them, for the prefix */
	int			next;			/* values packed so far */
	int			prefix;			/* where in buf the prefix begins */
	int			rest;			/* where the values behind it begin */
	MemoryContext tmp;			/* what encoding one value leaves behind; reset
								 * when it is needed again */
} JsonPacker;

extern void json_packer_init(JsonPacker *packer, JsonWriterFormat format,
							 MemoryContext cxt);
/* give back what large values took, between documents */
extern void json_packer_shrink(JsonPacker *packer);
/*
 * The packed row is in the packer's own buffer, valid until the next begins; *size
 * is its length in bytes, for the caller to copy where it keeps rows.
 */

/* values of a row, which has a value and a null for each number in shape->columns */
extern const JsonPacked *json_pack_row(JsonPacker *packer, const JsonRowShape *shape,
									   const Datum *values, const bool *nulls, Size *size);

/* the same value by value, without a prefix */
extern void json_pack_begin(JsonPacker *packer, int nvalues);
extern void json_pack_value(JsonPacker *packer, JsonEncoder *enc,
							Datum value, bool isnull);
extern const JsonPacked *json_pack_end(JsonPacker *packer, Size *size);

/*
 * Are equal values of the row always written alike?  Of dates and floats while the session's
 * time zone and extra_float_digits stay; not of what other functions write.
 */
extern bool json_output_is_immutable(const JsonRowShape *shape);

/* ---- keys of an object ---- */

/* so much is copied of every shorter key text: a copy of a fixed length is an instruction or two */
#define JSON_KEY_ROOM 32

typedef struct JsonTemplate
{
	JsonWriterFormat	format;
	int			nkeys;
	int		   *order;			/* order[k]: number, as declared, of the k-th value to write */
	uint32		keys_len;		/* jsonb: bytes of all keys; */
	uint32		head_len;		/* jsonb: bytes of header and all 2n entries */
	char	   *block;			/* jsonb: header, entries (values' zeroed) and key bytes, to copy per object */
	char	  **key_texts;		/* json: {"a": and ,"b": text before the k-th value, JSON_KEY_ROOM or more */
	int		   *key_text_lens;	/*   bytes of memory; their lengths */
} JsonTemplate;

/* Keys in declared order, without duplicates (callers have checked). */
extern JsonTemplate *json_template_make(JsonWriterFormat format, int nkeys,
										char **keys, MemoryContext cxt);

/* ---- assembling ---- */

typedef struct JsonWriterLevel JsonWriterLevel;

typedef struct JsonWriter
{
	JsonWriterFormat	format;
	char	   *data;			/* bytes so far, varlena header first */
	Size		len;
	Size		maxlen;
	JsonWriterLevel *levels;	/* open objects and arrays */
	int			depth;			/* number of them */
	int			maxdepth;
	MemoryContext cxt;			/* where data and levels live */
} JsonWriter;

extern void json_writer_init(JsonWriter *w, JsonWriterFormat format,
							 MemoryContext cxt);
/* start the next document; also after a finish, and after an error */
extern void json_writer_reset(JsonWriter *w);
/* and give back what a large one took */
extern void json_writer_shrink(JsonWriter *w);

extern void json_object_begin(JsonWriter *w, const JsonTemplate *tmpl);
/* with the values of the prefix, which are not all, written; the next in order is number nprefix */
extern void json_object_begin_packed(JsonWriter *w, const JsonTemplate *tmpl,
									 const JsonPacked *packed);
extern void json_object_end(JsonWriter *w);
/* an object that is a prefix as a whole, in another object or array */
extern void json_write_object(JsonWriter *w, const JsonPacked *packed);

/* a value of an object that is written in one call */
typedef struct JsonPiece
{
	const JsonPacked *packed;
	int			number;			/* of the packed value, not in the prefix; -1: the prefix, an object */
} JsonPiece;

/* an object: the prefix of the row, if it has one, then the values behind it, all of them */
extern void json_write_pieces(JsonWriter *w, const JsonTemplate *tmpl, const JsonPacked *row,
							  const JsonPiece *pieces, int npieces);
/* the number of elements is known: rows are all loaded when assembly begins */
extern void json_array_begin(JsonWriter *w, int nelems);
extern void json_array_end(JsonWriter *w);

/* the next value of the open object or array; of a packed row one that is not in its prefix */
extern void json_write_packed(JsonWriter *w, const JsonPacked *packed, int number);
extern void json_write_null(JsonWriter *w);
extern void json_write_bool(JsonWriter *w, bool value);
extern void json_write_int64(JsonWriter *w, int64 value);
extern void json_write_bigint(JsonWriter *w, int64 value, bool as_string);
extern void json_write_string(JsonWriter *w, const char *bytes, int len);
/* a finished, detoasted jsonb document as the next value; json: its text */
extern void json_write_jsonb(JsonWriter *w, Jsonb *jb);

/*
 * The finished document: jsonb or json varlena, palloc'd in the current
 * context.  The root is an object or an array.  A large document is not copied
 * where the current context is the writer's own: its buffer is handed over.
 *
 * Errors of all write calls: ERRCODE_PROGRAM_LIMIT_EXCEEDED where jsonb's
 * format (256 MB a container, JSONB_MAX_ELEMS) or the varlena limit (1 GB) is
 * passed, with a hint to use limit.
 */
extern Datum json_writer_finish(JsonWriter *w);

/* ---- what encoding and assembling share ---- */

/* a date, timestamp or timestamptz as JsonEncodeDateTime writes it, into room for
 * MAXDATELEN + 1 bytes; returns its length, without a terminating zero */
extern int	json_datetime_text(char *to, Datum value, Oid type);

/*
 * A string as json text, into room for len + 2 bytes; false where something in it wants an
 * escape (the room may have been written to all the same).
 */
extern bool json_quote_plain(char *to, const char *bytes, int len);
/* any string: its size with quotes and escapes, and the writing of so many bytes */
extern uint64 json_quoted_size(const char *bytes, int len);
extern void json_quote(char *to, const char *bytes, int len);

/* The value in a jsonb document, scalars unwrapped: type bits and bytes.
 * "root" is what follows the varlena header, aligned or not. */
extern JEntry json_document_value(const char *root, Size size,
								  const char **bytes, Size *len);

extern void json_too_large(Size limit);
extern void json_too_many_elements(Size limit);
/* of a document, in bytes */
extern Size json_size_limit(JsonWriterFormat format);

#endif							/* ASSOC_JSON_WRITER_H */
