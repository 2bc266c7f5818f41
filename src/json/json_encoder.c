/*-------------------------------------------------------------------------
 *
 * json_encoder.c
 *	  Which way the values of a type become JSON, for the JsonEncoder of
 *	  json_writer.h.
 *
 * Decides which types we write ourselves (json_pack.c, json_encode.c), which by their
 * output function, and which are left to core.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "catalog/pg_type.h"
#include "json/json_writer.h"
#include "nodes/makefuncs.h"
#include "parser/parse_coerce.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

static JsonEncodeKind kind_of_type(Oid type);
static JsonEncodeKind kind_of_other_type(Oid type);
static bool has_cast_to_json(Oid type);
static void init_core_function(JsonEncoder *enc, MemoryContext cxt);

void
json_encoder_init(JsonEncoder *enc, JsonWriterFormat format, Oid type,
				  bool as_string, MemoryContext cxt)
{
	enc->format = format;
	enc->type = getBaseType(type);
	enc->kind = kind_of_type(enc->type);
	enc->as_string = as_string &&
		enc->kind >= JSON_ENCODE_INT2 && enc->kind <= JSON_ENCODE_NUMERIC;

	if (enc->kind == JSON_ENCODE_CORE)
		init_core_function(enc, cxt);
	else
	{
		Oid			output;
		bool		is_varlena;

		getTypeOutputInfo(enc->type, &output, &is_varlena);
		fmgr_info_cxt(output, &enc->fn, cxt);
	}
}

/* The same division as core's json_categorize_type, which 15 does not export. */
static JsonEncodeKind
kind_of_type(Oid type)
{
	switch (type)
	{
		case BOOLOID:
			return JSON_ENCODE_BOOL;
		case INT2OID:
			return JSON_ENCODE_INT2;
		case INT4OID:
			return JSON_ENCODE_INT4;
		case INT8OID:
			return JSON_ENCODE_INT8;
		case FLOAT4OID:
		case FLOAT8OID:
			return JSON_ENCODE_FLOAT;
		case NUMERICOID:
			return JSON_ENCODE_NUMERIC;
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
			return JSON_ENCODE_TEXT;
		case DATEOID:
			return JSON_ENCODE_DATE;
		case TIMESTAMPOID:
			return JSON_ENCODE_TIMESTAMP;
		case TIMESTAMPTZOID:
			return JSON_ENCODE_TIMESTAMPTZ;
		case UUIDOID:
			return JSON_ENCODE_UUID;
		case JSONOID:
			return JSON_ENCODE_JSON;
		case JSONBOID:
			return JSON_ENCODE_JSONB;
		default:
			return kind_of_other_type(type);
	}
}

static JsonEncodeKind
kind_of_other_type(Oid type)
{
	if (OidIsValid(get_element_type(type)) ||
		type == ANYARRAYOID || type == RECORDARRAYOID)
		return JSON_ENCODE_CORE;
	if (type_is_rowtype(type) || has_cast_to_json(type))
		return JSON_ENCODE_CORE;
	return JSON_ENCODE_OUTPUT;
}

/* As core: built-in types are not asked, and a cast to jsonb does not count. */
static bool
has_cast_to_json(Oid type)
{
	Oid			function;

	return type >= FirstNormalObjectId &&
		find_coercion_pathway(JSONOID, type, COERCION_EXPLICIT,
							  &function) == COERCION_PATH_FUNC;
}

/*
 * to_jsonb and to_json are polymorphic: they learn the type of their argument
 * from the expression that calls them, so there has to be one.
 */
static void
init_core_function(JsonEncoder *enc, MemoryContext cxt)
{
	bool		is_jsonb = (enc->format == JSON_FORMAT_JSONB);
	Oid			function = is_jsonb ? F_TO_JSONB : F_TO_JSON;
	MemoryContext old = MemoryContextSwitchTo(cxt);
	Expr	   *arg = (Expr *) makeNullConst(enc->type, -1, InvalidOid);
	FuncExpr   *call = makeFuncExpr(function, is_jsonb ? JSONBOID : JSONOID,
									list_make1(arg), InvalidOid, InvalidOid,
									COERCE_EXPLICIT_CALL);

	MemoryContextSwitchTo(old);
	fmgr_info_cxt(function, &enc->fn, cxt);
	fmgr_info_set_expr((Node *) call, &enc->fn);
}

bool
json_output_is_immutable(const JsonRowShape *shape)
{
	for (int i = 0; i < shape->ncolumns; i++)
	{
		JsonEncodeKind kind = shape->encoders[i].kind;

		if (kind == JSON_ENCODE_CORE || kind == JSON_ENCODE_OUTPUT)
			return false;
	}
	return true;
}
