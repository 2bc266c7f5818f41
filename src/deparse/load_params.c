/*-------------------------------------------------------------------------
 *
 * load_params.c
 *	  Values of a plan's parameters for one run.
 *
 * Literals were converted when the plan was compiled, but for those whose meaning
 * depends on the session's settings or the time.  A named parameter is
 * looked up in the params document and converted to the type of the attribute
 * that it is compared with; what a caller's text becomes before it stands in a
 * LIKE pattern is decided here too, for both.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "catalog/pg_type_d.h"
#include "deparse/cursor.h"
#include "deparse/load_params.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "registry/keys.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

/* how values of a set are told apart */
typedef struct ValueSet
{
	FmgrInfo   *compare;
	Oid			collation;
} ValueSet;

/* what a run has for a parameter of a cursor */
typedef struct GivenCursor
{
	const JsonbValue *cursor;	/* where calls may differ in it */
	uint32		filter;
} GivenCursor;

static Datum what_is_given(const LoadParam *param, const LoadParam *list, const JsonbValue *params);
static Datum run_value(const LoadParam *param, Datum given, const JsonbValue *params, bool *isnull);
static void check_value(const LoadParam *param, Datum value, bool isnull);
static Datum passed_value(const LoadParam *param, Datum value, bool *isnull);
static Datum cursor_datum(const LoadParam *param, const GivenCursor *given,
						  const JsonbValue *params, bool *isnull);
static int64 set_size(const LoadParam *param, Datum list);
static int	compare_values(const void *a, const void *b, void *set);
static Datum pattern_value(const LoadParam *param, Datum value);
static Datum pattern_text(PatternForm form, Datum value);
static Datum pattern_array(PatternForm form, Datum value);

void
load_params_bind(int nparams, LoadParam *list, Jsonb *params, Datum *values, char *nulls)
{
	JsonbValue	document;

	document.type = jbvNull;
	if (params != NULL)
		doc_root_value(params, &document);
	/* the check of a domain may load by the same plan, and give it other values */
	for (int i = 0; i < nparams; i++)
		values[i] = what_is_given(&list[i], list, &document);
	for (int i = 0; i < nparams; i++)
	{
		const LoadParam *param = &list[i];
		bool		isnull = param->isnull;

		values[i] = run_value(param, values[i], &document, &isnull);
		check_value(param, values[i], isnull);
		values[i] = passed_value(param, values[i], &isnull);
		nulls[i] = isnull ? 'n' : ' ';
	}
}

static Datum
what_is_given(const LoadParam *param, const LoadParam *list, const JsonbValue *params)
{
	GivenCursor *given;

	if (param->cursor == NULL)
		return PointerGetDatum(param->given);
	given = palloc_object(GivenCursor);
	given->cursor = param->given;
	given->filter = cursor_filter(param->cursor, params, list);
	return PointerGetDatum(given);
}

/* by the document of this run (given), by its parameters, or by the plan */
static Datum
run_value(const LoadParam *param, Datum given, const JsonbValue *params, bool *isnull)
{
	const JsonbValue *value = (const JsonbValue *) DatumGetPointer(given);
	JsonbValue	literal;

	if (param->cursor != NULL)
		return cursor_datum(param, (GivenCursor *) DatumGetPointer(given), params, isnull);
	if (param->missing)
		return BoolGetDatum(load_param_named(param, params)->type == jbvNull);
	if (param->name != NULL)
		value = load_param_named(param, params);
	else if (param->literal != NULL)
	{
		/* as of now: "today" is another day tomorrow */
		doc_root_value(param->literal, &literal);
		value = &literal;
	}
	else if (param->address == NULL)
		return param->value;
	return key_value_from_jsonb(value, load_param_type(param), param->typmod, param->path, isnull);
}

static void
check_value(const LoadParam *param, Datum value, bool isnull)
{
	if (!isnull && param->no_null_elements && array_contains_nulls(DatumGetArrayTypeP(value)))
		error_document(ERRCODE_NULL_VALUE_NOT_ALLOWED, param->path, NULL,
					   "null in a list of values");
	if (!isnull && param->row_count && DatumGetInt64(value) < 0)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, param->path, NULL,
					   "expected a whole number from 0 up");
	if (param->page_size && (isnull || DatumGetInt64(value) < 1))
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, param->path, NULL,
					   "a page needs a limit from 1 up");
}

/* what the statement takes for it */
static Datum
passed_value(const LoadParam *param, Datum value, bool *isnull)
{
	/* one row more is asked for, to know whether there is another page */
	if (param->page_size)
		value = Int64GetDatum(Min(DatumGetInt64(value), PG_INT64_MAX - 1));
	if (!*isnull && param->pattern != PATTERN_NONE)
		value = pattern_value(param, value);
	if (OidIsValid(param->set))
	{
		value = Int64GetDatum(*isnull ? 0 : set_size(param, value));
		*isnull = false;
	}
	return value;
}

Oid
load_param_type(const LoadParam *param)
{
	return OidIsValid(param->set) ? param->set : param->type;
}

bool
load_param_is_constant(const LoadParam *param)
{
	return param->name == NULL && param->address == NULL && param->literal == NULL &&
		param->cursor == NULL;
}

/* nothing stands between an empty string and what follows it */
const void *
load_param_address(const JsonbValue *value)
{
	switch (value->type)
	{
		case jbvString:
			return value->val.string.len > 0 ? value->val.string.val : NULL;
		case jbvNumeric:
			return value->val.numeric;
		case jbvBinary:
			return value->val.binary.data;
		default:
			return NULL;
	}
}

bool
load_param_is_list(const JsonbValue *value)
{
	JsonbIterator *it;
	JsonbIteratorToken token;
	JsonbValue	element;

	if (!doc_is_array(value))
		return false;
	it = JsonbIteratorInit(value->val.binary.data);
	while ((token = JsonbIteratorNext(&it, &element, true)) != WJB_DONE)
	{
		CHECK_FOR_INTERRUPTS();
		if (token == WJB_ELEM && element.type != jbvString && element.type != jbvNumeric)
			return false;
	}
	return true;
}

Node *
load_param_literal(const LoadParam *param)
{
	LoadParam	literal = *param;
	Datum		value;
	char		null;

	load_params_bind(1, &literal, NULL, &value, &null);
	return load_param_constant(&literal, value, null == 'n');
}

Node *
load_param_constant(const LoadParam *param, Datum value, bool isnull)
{
	int16		typlen;
	bool		typbyval;

	get_typlenbyval(param->type, &typlen, &typbyval);
	return (Node *) makeConst(param->type, -1, get_typcollation(param->type), typlen,
							  value, isnull, typbyval);
}

JsonbValue *
load_param_named(const LoadParam *param, const JsonbValue *document)
{
	static JsonbValue none = {.type = jbvNull};
	JsonbValue *value = doc_get(document, param->name);

	if (value == NULL && param->optional)
		return &none;
	if (value == NULL)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, param->path,
					   "Give it in the argument \"params\".",
					   "parameter \"%s\" has no value", param->name);
	return value;
}

/* null instead of a cursor: all values are null, and there is no cursor */
static Datum
cursor_datum(const LoadParam *param, const GivenCursor *given, const JsonbValue *params, bool *isnull)
{
	JsonbValue	cursor;

	if (param->cursor_number == CURSOR_FILTER)
		return UInt32GetDatum(given->filter);
	if (param->name != NULL)
		cursor = *load_param_named(param, params);
	else if (param->address != NULL)
		cursor = *given->cursor;
	else
		doc_root_value(param->literal, &cursor);
	if (param->cursor_number == CURSOR_NONE)
		return BoolGetDatum(cursor.type == jbvNull);
	*isnull = cursor.type == jbvNull;
	if (*isnull)
		return (Datum) 0;
	return cursor_value(param->cursor, &cursor, param->cursor_number, given->filter, param->path,
						isnull);
}

/* null is one more, as SELECT DISTINCT has it */
static int64
set_size(const LoadParam *param, Datum list)
{
	ArrayType  *array = DatumGetArrayTypeP(list);
	TypeCacheEntry *type = lookup_type_cache(ARR_ELEMTYPE(array), TYPECACHE_CMP_PROC_FINFO);
	ValueSet	set = {&type->cmp_proc_finfo, param->set_collation};
	Datum	   *values;
	bool	   *nulls;
	int			n;
	int			known = 0;
	int64		size;

	deconstruct_array(array, type->type_id, type->typlen, type->typbyval, type->typalign,
					  &values, &nulls, &n);
	for (int i = 0; i < n; i++)
		if (!nulls[i])
			values[known++] = values[i];
	qsort_arg(values, known, sizeof(Datum), compare_values, &set);
	size = known < n ? 1 : 0;
	for (int i = 0; i < known; i++)
		if (i == 0 || compare_values(&values[i - 1], &values[i], &set) != 0)
			size++;
	return size;
}

static int
compare_values(const void *a, const void *b, void *set)
{
	ValueSet   *s = set;

	return DatumGetInt32(FunctionCall2Coll(s->compare, s->collation, *(const Datum *) a,
										   *(const Datum *) b));
}

static Datum
pattern_value(const LoadParam *param, Datum value)
{
	return param->type == TEXTOID ? pattern_text(param->pattern, value) :
		pattern_array(param->pattern, value);
}

/* the text with LIKE's own characters escaped, and % where anything may stand */
static Datum
pattern_text(PatternForm form, Datum value)
{
	text	   *t = DatumGetTextPP(value);
	const char *p = VARDATA_ANY(t);
	const char *end = p + VARSIZE_ANY_EXHDR(t);
	StringInfoData buf;

	initStringInfo(&buf);
	if (form != PATTERN_PREFIX)
		appendStringInfoChar(&buf, '%');
	for (; p < end; p++)
	{
		/* all server encodings keep ASCII bytes to themselves */
		if (*p == '%' || *p == '_' || *p == '\\')
			appendStringInfoChar(&buf, '\\');
		appendStringInfoChar(&buf, *p);
	}
	if (form != PATTERN_SUFFIX)
		appendStringInfoChar(&buf, '%');
	return PointerGetDatum(cstring_to_text_with_len(buf.data, buf.len));
}

static Datum
pattern_array(PatternForm form, Datum value)
{
	Datum	   *elements;
	bool	   *nulls;
	int			n;

	deconstruct_array(DatumGetArrayTypeP(value), TEXTOID, -1, false, TYPALIGN_INT,
					  &elements, &nulls, &n);
	for (int i = 0; i < n; i++)
		if (!nulls[i])
			elements[i] = pattern_text(form, elements[i]);
	{
		int			dims = n;
		int			lower = 1;

		return PointerGetDatum(construct_md_array(elements, nulls, n > 0 ? 1 : 0, &dims, &lower,
												  TEXTOID, -1, false, TYPALIGN_INT));
	}
}
