/*-------------------------------------------------------------------------
 *
 * json_writer_test.c
 *	  Lets SQL drive json_writer.h, so that its results can be compared with
 *	  core's.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "base/compat.h"
#include "funcapi.h"
#include "json/json_writer.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/numeric.h"
#include "utils/typcache.h"

/* what it takes to turn rows of one type into objects */
typedef struct RowCoder
{
	JsonWriterFormat format;
	TupleDesc	desc;
	JsonTemplate *tmpl;
	JsonRowShape shape;			/* without dropped columns; each row has another prefix */
	JsonPacker	packer;
	Datum	   *values;			/* of one row, by place in desc */
	bool	   *nulls;
} RowCoder;

/* state of the aggregate: rows packed, as a load keeps them */
typedef struct RowCollection
{
	RowCoder   *coder;
	List	   *rows;			/* of JsonPacked */
} RowCollection;

/* tools to rewrite a document */
typedef struct Rewriter
{
	JsonWriterFormat format;
	JsonWriter	w;
	JsonPacker	packer;
	JsonEncoder numeric;
	JsonEncoder text;
	JsonEncoder boolean;
} Rewriter;

static RowCoder *row_coder_make(JsonWriterFormat format, HeapTupleHeader row,
								bool as_string);
static const JsonPacked *row_pack(RowCoder *coder, HeapTupleHeader row, Size *size);
static void row_write(RowCoder *coder, JsonWriter *w, const JsonPacked *packed);
static void row_write_pieces(RowCoder *coder, JsonWriter *w, const JsonPacked *packed);
static void rewrite_container(Rewriter *r, JsonbContainer *container);
static void rewrite_object(Rewriter *r, int n, char **keys, JsonbValue *values);
static const JsonPacked *pack_scalars(Rewriter *r, JsonTemplate *tmpl, int nprefix,
									  JsonbValue *values, int n);
static void write_member(Rewriter *r, JsonbValue *value,
						 const JsonPacked *packed, int number);
static bool write_directly(JsonWriter *w, JsonbValue *value);
static void write_binary(Rewriter *r, JsonbValue *value, int number);

PG_FUNCTION_INFO_V1(json_writer_test_row);
PG_FUNCTION_INFO_V1(json_writer_test_value);
PG_FUNCTION_INFO_V1(json_writer_test_rewrite);
PG_FUNCTION_INFO_V1(json_writer_test_collect);
PG_FUNCTION_INFO_V1(json_writer_test_assemble);
PG_FUNCTION_INFO_V1(json_writer_test_integers);
PG_FUNCTION_INFO_V1(json_writer_test_repeat);

/* the format that the SQL function's result type asks for */
static JsonWriterFormat
result_format(FunctionCallInfo fcinfo)
{
	return get_fn_expr_rettype(fcinfo->flinfo) == JSONOID ?
		JSON_FORMAT_JSON : JSON_FORMAT_JSONB;
}


/* (row record, as_string bool): the row as an object */
Datum
json_writer_test_row(PG_FUNCTION_ARGS)
{
	HeapTupleHeader row = PG_GETARG_HEAPTUPLEHEADER(0);
	RowCoder   *coder = row_coder_make(result_format(fcinfo), row, PG_GETARG_BOOL(1));
	JsonWriter	w;
	Size		size;

	json_writer_init(&w, coder->format, CurrentMemoryContext);
	row_write(coder, &w, row_pack(coder, row, &size));
	PG_RETURN_DATUM(json_writer_finish(&w));
}

/* (value "any"): the value, as it comes and so perhaps toasted, in an array */
Datum
json_writer_test_value(PG_FUNCTION_ARGS)
{
	JsonWriterFormat format = result_format(fcinfo);
	JsonEncoder enc;
	JsonPacker	packer;
	JsonWriter	w;
	Size		size;

	json_encoder_init(&enc, format, get_fn_expr_argtype(fcinfo->flinfo, 0),
					  false, CurrentMemoryContext);
	json_packer_init(&packer, format, CurrentMemoryContext);
	json_writer_init(&w, format, CurrentMemoryContext);

	json_pack_begin(&packer, 1);
	json_pack_value(&packer, &enc, PG_GETARG_DATUM(0), PG_ARGISNULL(0));
	json_array_begin(&w, 1);
	json_write_packed(&w, json_pack_end(&packer, &size), 0);
	json_array_end(&w);
	PG_RETURN_DATUM(json_writer_finish(&w));
}

/* (numbers bigint[]): an array of them */
Datum
json_writer_test_integers(PG_FUNCTION_ARGS)
{
	Datum	   *numbers;
	int			n;
	JsonWriter	w;

	deconstruct_array(PG_GETARG_ARRAYTYPE_P(0), INT8OID, sizeof(int64),
					  FLOAT8PASSBYVAL, TYPALIGN_DOUBLE, &numbers, NULL, &n);
	json_writer_init(&w, result_format(fcinfo), CurrentMemoryContext);
	json_array_begin(&w, n);
	for (int i = 0; i < n; i++)
		json_write_int64(&w, DatumGetInt64(numbers[i]));
	json_array_end(&w);
	PG_RETURN_DATUM(json_writer_finish(&w));
}

/* (value text, times int): an array that holds it so often, to meet the limits */
Datum
json_writer_test_repeat(PG_FUNCTION_ARGS)
{
	text	   *value = PG_GETARG_TEXT_PP(0);
	int			times = PG_GETARG_INT32(1);
	JsonWriter	w;

	json_writer_init(&w, result_format(fcinfo), CurrentMemoryContext);
	json_array_begin(&w, times);
	for (int i = 0; i < times; i++)
		json_write_string(&w, VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value));
	json_array_end(&w);
	PG_RETURN_DATUM(json_writer_finish(&w));
}


/* ---- an aggregate that works as a load does: rows are packed, then assembled ---- */

/* transition function (state internal, row record, format regtype) */
Datum
json_writer_test_collect(PG_FUNCTION_ARGS)
{
	RowCollection *state = PG_ARGISNULL(0) ? NULL : (RowCollection *) PG_GETARG_POINTER(0);
	HeapTupleHeader row = PG_GETARG_HEAPTUPLEHEADER(1);
	MemoryContext cxt;
	MemoryContext old;
	const JsonPacked *packed;
	JsonPacked *copy;
	Size		size;

	if (!AggCheckCallContext(fcinfo, &cxt))
		elog(ERROR, "called in non-aggregate context");

	old = MemoryContextSwitchTo(cxt);
	if (state == NULL)
	{
		state = palloc0(sizeof(RowCollection));
		state->coder = row_coder_make(PG_GETARG_OID(2) == JSONOID ?
									  JSON_FORMAT_JSON : JSON_FORMAT_JSONB,
									  row, false);
	}
	packed = row_pack(state->coder, row, &size);
	copy = palloc(size);
	memcpy(copy, packed, size);
	state->rows = lappend(state->rows, copy);
	MemoryContextSwitchTo(old);

	PG_RETURN_POINTER(state);
}

/* final function (state internal), null for no rows */
Datum
json_writer_test_assemble(PG_FUNCTION_ARGS)
{
	RowCollection *state;
	JsonWriter	w;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	state = (RowCollection *) PG_GETARG_POINTER(0);
	json_writer_init(&w, state->coder->format, CurrentMemoryContext);
	json_array_begin(&w, list_length(state->rows));
	foreach_ptr(JsonPacked, row, state->rows)
		row_write(state->coder, &w, row);
	json_array_end(&w);
	PG_RETURN_DATUM(json_writer_finish(&w));
}


/* ---- rows ---- */

static RowCoder *
row_coder_make(JsonWriterFormat format, HeapTupleHeader row, bool as_string)
{
	static int	coders = 0;
	RowCoder   *coder = palloc0(sizeof(RowCoder));
	TupleDesc	desc = lookup_rowtype_tupdesc_copy(HeapTupleHeaderGetTypeId(row),
												   HeapTupleHeaderGetTypMod(row));
	char	  **keys = palloc(desc->natts * sizeof(char *));
	int		   *columns = palloc(desc->natts * sizeof(int));
	int			n = 0;

	coder->format = format;
	coder->desc = desc;
	coder->values = palloc(desc->natts * sizeof(Datum));
	coder->nulls = palloc(desc->natts * sizeof(bool));

	for (int i = 0; i < desc->natts; i++)
		if (!TupleDescAttr(desc, i)->attisdropped)
		{
			columns[n] = i;
			keys[n++] = NameStr(TupleDescAttr(desc, i)->attname);
		}
	coder->tmpl = json_template_make(format, n, keys, CurrentMemoryContext);
	coder->shape.tmpl = coder->tmpl;
	coder->shape.ncolumns = n;
	coder->shape.nprefix = coders++ % (n + 1);
	coder->shape.columns = palloc(desc->natts * sizeof(int));
	coder->shape.encoders = palloc(desc->natts * sizeof(JsonEncoder));
	for (int k = 0; k < n; k++)
	{
		int			column = columns[coder->tmpl->order[k]];

		coder->shape.columns[k] = column;
		json_encoder_init(&coder->shape.encoders[k], format, TupleDescAttr(desc, column)->atttypid,
						  as_string, CurrentMemoryContext);
	}
	json_packer_init(&coder->packer, format, CurrentMemoryContext);
	return coder;
}

static const JsonPacked *
row_pack(RowCoder *coder, HeapTupleHeader row, Size *size)
{
	HeapTupleData tuple;

	tuple.t_len = HeapTupleHeaderGetDatumLength(row);
	tuple.t_data = row;
	heap_deform_tuple(&tuple, coder->desc, coder->values, coder->nulls);

	coder->shape.nprefix = (coder->shape.nprefix + 1) % (coder->shape.ncolumns + 1);
	return json_pack_row(&coder->packer, &coder->shape, coder->values, coder->nulls, size);
}

static void
row_write(RowCoder *coder, JsonWriter *w, const JsonPacked *packed)
{
	int			nprefix = packed->nprefix;

	if (nprefix == coder->shape.ncolumns && w->depth > 0)
	{
		json_write_object(w, packed);
		return;
	}
	if (nprefix % 2 == 0 || nprefix == coder->shape.ncolumns)
	{
		row_write_pieces(coder, w, packed);
		return;
	}
	if (nprefix > 0)
		json_object_begin_packed(w, coder->tmpl, packed);
	else
		json_object_begin(w, coder->tmpl);
	for (int k = nprefix; k < coder->shape.ncolumns; k++)
		json_write_packed(w, packed, k);
	json_object_end(w);
}


static void
row_write_pieces(RowCoder *coder, JsonWriter *w, const JsonPacked *packed)
{
	int			n = coder->shape.ncolumns - packed->nprefix;
	JsonPiece  *pieces = palloc(Max(n, 1) * sizeof(JsonPiece));

	for (int i = 0; i < n; i++)
	{
		pieces[i].packed = packed;
		pieces[i].number = packed->nprefix + i;
	}
	json_write_pieces(w, coder->tmpl, packed, pieces, n);
}


/* ---- documents: every container goes through templates, packed values and calls ---- */

/* (document jsonb): the same again */
Datum
json_writer_test_rewrite(PG_FUNCTION_ARGS)
{
	Jsonb	   *document = PG_GETARG_JSONB_P(0);
	MemoryContext cxt = CurrentMemoryContext;
	Rewriter	r;

	if (JB_ROOT_IS_SCALAR(document))
		PG_RETURN_NULL();

	r.format = result_format(fcinfo);
	json_writer_init(&r.w, r.format, cxt);
	json_packer_init(&r.packer, r.format, cxt);
	json_encoder_init(&r.numeric, r.format, NUMERICOID, false, cxt);
	json_encoder_init(&r.text, r.format, TEXTOID, false, cxt);
	json_encoder_init(&r.boolean, r.format, BOOLOID, false, cxt);

	/* a writer must work again after a document was given up half way */
	json_array_begin(&r.w, 2);
	json_write_null(&r.w);
	json_writer_reset(&r.w);

	rewrite_container(&r, &document->root);
	PG_RETURN_DATUM(json_writer_finish(&r.w));
}

static void
rewrite_container(Rewriter *r, JsonbContainer *container)
{
	int			n = JsonContainerSize(container);
	int			count = 0;
	JsonbValue *values = palloc(Max(n, 1) * sizeof(JsonbValue));
	char	  **keys = palloc(Max(n, 1) * sizeof(char *));
	JsonbIterator *it = JsonbIteratorInit(container);
	JsonbIteratorToken token;
	JsonbValue	v;
	const JsonPacked *packed;

	check_stack_depth();

	/* declared in the reverse order, so that the template has to sort */
	while ((token = JsonbIteratorNext(&it, &v, true)) != WJB_DONE)
	{
		if (token == WJB_KEY)
			keys[n - 1 - count] = pnstrdup(v.val.string.val, v.val.string.len);
		else if (token == WJB_VALUE)
			values[n - 1 - count++] = v;
		else if (token == WJB_ELEM)
			values[count++] = v;
	}
	if (JsonContainerIsObject(container))
		rewrite_object(r, n, keys, values);
	else
	{
		packed = pack_scalars(r, NULL, 0, values, n);
		json_array_begin(&r->w, n);
		for (int i = 0; i < n; i++)
			write_member(r, &values[i], packed, i);
		json_array_end(&r->w);
	}
}

/* the scalars that it begins with are packed as a prefix, or the first half of them */
static void
rewrite_object(Rewriter *r, int n, char **keys, JsonbValue *values)
{
	JsonTemplate *tmpl = json_template_make(r->format, n, keys, CurrentMemoryContext);
	JsonbValue *ordered = palloc(Max(n, 1) * sizeof(JsonbValue));
	const JsonPacked *packed;
	int			nprefix = 0;

	for (int k = 0; k < n; k++)
		ordered[k] = values[tmpl->order[k]];
	while (nprefix < n && ordered[nprefix].type != jbvBinary)
		nprefix++;
	if (n % 2 == 0)
		nprefix /= 2;
	packed = pack_scalars(r, tmpl, nprefix, ordered, n);
	if (nprefix > 0 && nprefix == n)
	{
		json_write_pieces(&r->w, tmpl, packed, NULL, 0);
		return;
	}
	if (nprefix > 0)
		json_object_begin_packed(&r->w, tmpl, packed);
	else
		json_object_begin(&r->w, tmpl);
	for (int k = nprefix; k < n; k++)
		write_member(r, &ordered[k], packed, k);
	json_object_end(&r->w);
}

/* containers are packed as null, and not used from there */
static const JsonPacked *
pack_scalars(Rewriter *r, JsonTemplate *tmpl, int nprefix, JsonbValue *values, int n)
{
	JsonRowShape shape = {0};
	Datum	   *datums = palloc(Max(n, 1) * sizeof(Datum));
	bool	   *nulls = palloc(Max(n, 1) * sizeof(bool));
	const JsonPacked *packed;
	JsonPacked *copy;
	Size		size;

	shape.tmpl = tmpl;
	shape.nprefix = nprefix;
	shape.ncolumns = n;
	shape.columns = palloc(Max(n, 1) * sizeof(int));
	shape.encoders = palloc(Max(n, 1) * sizeof(JsonEncoder));
	for (int i = 0; i < n; i++)
	{
		JsonbValue *v = &values[i];

		shape.columns[i] = i;
		nulls[i] = v->type != jbvNumeric && v->type != jbvBool && v->type != jbvString;
		shape.encoders[i] = v->type == jbvNumeric ? r->numeric :
			v->type == jbvBool ? r->boolean : r->text;
		if (v->type == jbvNumeric)
			datums[i] = NumericGetDatum(v->val.numeric);
		else if (v->type == jbvBool)
			datums[i] = BoolGetDatum(v->val.boolean);
		else if (v->type == jbvString)
			datums[i] = PointerGetDatum(cstring_to_text_with_len(v->val.string.val,
																 v->val.string.len));
		else
			datums[i] = (Datum) 0;
	}

	packed = json_pack_row(&r->packer, &shape, datums, nulls, &size);
	copy = palloc(size);
	memcpy(copy, packed, size);
	return copy;
}

/* half of the scalars go through the direct calls */
static void
write_member(Rewriter *r, JsonbValue *value, const JsonPacked *packed, int number)
{
	if (value->type == jbvBinary)
		write_binary(r, value, number);
	else if (number % 2 == 0 || !write_directly(&r->w, value))
		json_write_packed(&r->w, packed, number);
}

static bool
write_directly(JsonWriter *w, JsonbValue *value)
{
	if (value->type == jbvNull)
		json_write_null(w);
	else if (value->type == jbvBool)
		json_write_bool(w, value->val.boolean);
	else if (value->type == jbvString)
		json_write_string(w, value->val.string.val, value->val.string.len);
	else
		return false;
	return true;
}

/* every third container goes in as a finished document */
static void
write_binary(Rewriter *r, JsonbValue *value, int number)
{
	Jsonb	   *document;

	if (number % 3 != 2)
	{
		rewrite_container(r, value->val.binary.data);
		return;
	}

	document = palloc(VARHDRSZ + value->val.binary.len);
	SET_VARSIZE(document, VARHDRSZ + value->val.binary.len);
	memcpy(VARDATA(document), value->val.binary.data, value->val.binary.len);
	json_write_jsonb(&r->w, document);
}
