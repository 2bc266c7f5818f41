/*-------------------------------------------------------------------------
 *
 * keys.c
 *	  Key values as callers give them, turned into the key columns' own types.
 *
 * Decides what forms a value may have for a type.  Whether a key must be there,
 * and what it finds, the callers decide.
 *
 * Values are converted to the base types of domains where they are compared
 * (keys), and to the domains themselves where they may be stored
 * (key_value_from_jsonb).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "base/compat.h"
#include "base/document.h"
#include "base/integers.h"
#include "base/naming.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "parser/parse_coerce.h"
#include "registry/keys.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/typcache.h"

/* an error of the function that is called is one about the value at the path */
#define ERRORS_AT(path, hint, call) \
	do { \
		MemoryContext cxt_ = CurrentMemoryContext; \
\
		PG_TRY(); \
		{ \
			call; \
		} \
		PG_CATCH(); \
		{ \
			error_rethrow_at((path), (hint), cxt_); \
		} \
		PG_END_TRY(); \
	} while (0)

static bool integer_from_datum(Datum value, Oid given, Oid type,
							   const DocPath *path, Datum *result);
static void key_from_record(Datum value, int nkeys, Attribute **keys,
							const DocPath *path, Datum *result);
static void key_from_document(Datum value, Oid given, int nkeys, Attribute **keys,
							  const DocPath *path, Datum *result);
static Datum scalar_from_datum(Datum value, Oid given, Oid type, const DocPath *path);
static bool is_character_type(Oid type);
static void check_members(const JsonbValue *object, int nkeys, Attribute **keys,
						  const DocPath *path);
static Datum key_column_from_jsonb(const JsonbValue *value, const Attribute *key,
								   const DocPath *path);
static List *key_names(int nkeys, Attribute **keys);
static char *key_form(int nkeys, Attribute **keys);
static bool takes_objects(Oid type);
static Datum base_from_jsonb(const JsonbValue *value, Oid type, int32 typmod,
							 const DocPath *path);
static Datum array_from_jsonb(const JsonbValue *value, Oid element_type, int32 typmod,
							  const DocPath *path);
static ArrayBuildStateArr *append_subarray(ArrayBuildStateArr *array, Datum subarray,
										   Oid array_type, const DocPath *path);
static Datum composite_from_jsonb(const JsonbValue *value, Oid type, int32 typmod,
								  const DocPath *path);
static void check_fields(List *pairs, TupleDesc desc, Oid type, const DocPath *path);
static Oid	text_array_cast(Oid type);
static Datum cast_from_pairs(Oid cast, const JsonbValue *object, const DocPath *path);
static Datum texts_from_pairs(const JsonbValue *object, const DocPath *path);
static bool reads_json(Oid type);
static char *number_as_text(Numeric number, Oid type);
static Datum value_from_text(char *text, Oid type, int32 typmod, const DocPath *path);
static void check_domain(Datum value, bool isnull, Oid type, const DocPath *path);

/* ---- keys ---- */

void
key_from_datum(Datum value, Oid given, int nkeys, Attribute **keys,
			   const char *what, Datum *result)
{
	DocPath		path = {NULL, what, 0};

	/* the common case, without a look at any catalog */
	if (nkeys == 1 &&
		integer_from_datum(value, given, keys[0]->type, &path, result))
		return;

	if (given == JSONBOID || given == JSONOID)
		key_from_document(value, given, nkeys, keys, &path, result);
	else if (nkeys == 1)
		result[0] = scalar_from_datum(value, given, keys[0]->type, &path);
	else if (type_is_rowtype(given))
		key_from_record(value, nkeys, keys, &path, result);
	else
		key_from_document(value, given, nkeys, keys, &path, result);
}

/* false where one of the types is no integer; int4 may be given for an int8 key and the other way round */
static bool
integer_from_datum(Datum value, Oid given, Oid type,
				   const DocPath *path, Datum *result)
{
	int64		number;

	if (!integer_is_type(type) || !integer_is_type(given))
		return false;
	number = integer_number(value, given);
	if (!integer_fits(number, type))
		error_document(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE, path, NULL,
					   "value \"" INT64_FORMAT "\" is out of range for type %s",
					   number, type == INT4OID ? "integer" : "smallint");
	*result = integer_value(number, type);
	return true;
}

/* ROW(1, 2): fields by position, whatever they are called */
static void
key_from_record(Datum value, int nkeys, Attribute **keys,
				const DocPath *path, Datum *result)
{
	HeapTupleHeader header = DatumGetHeapTupleHeader(value);
	TupleDesc	desc = lookup_rowtype_tupdesc_copy(HeapTupleHeaderGetTypeId(header),
												   HeapTupleHeaderGetTypMod(header));
	int			field = 0;
	HeapTupleData tuple = {0};
	Datum	   *values = palloc_array(Datum, Max(desc->natts, 1));
	bool	   *nulls = palloc_array(bool, Max(desc->natts, 1));

	tuple.t_len = HeapTupleHeaderGetDatumLength(header);
	tuple.t_data = header;
	heap_deform_tuple(&tuple, desc, values, nulls);
	for (int i = 0; i < desc->natts; i++)
	{
		if (TupleDescAttr(desc, i)->attisdropped)
			continue;
		if (field < nkeys && nulls[i])
			error_document(ERRCODE_NULL_VALUE_NOT_ALLOWED, path, NULL,
						   "\"%s\" of a key must not be null", keys[field]->name);
		if (field < nkeys)
			result[field] = scalar_from_datum(values[i], TupleDescAttr(desc, i)->atttypid,
											  keys[field]->type, path);
		field++;
	}
	if (field != nkeys)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, NULL,
					   "a key of %d columns cannot be a record of %d", nkeys, field);
}

/* jsonb, json, or for composite keys a JSON object in anything that can be written as text */
static void
key_from_document(Datum value, Oid given, int nkeys, Attribute **keys,
				  const DocPath *path, Datum *result)
{
	JsonbValue	root;

	if (given != JSONBOID)
		value = value_from_text(key_datum_text(value, given), JSONBOID, -1, path);
	doc_root_value(DatumGetJsonbP(value), &root);
	key_from_jsonb(&root, nkeys, keys, path, result);
}

/* a value of any SQL type as a value of another: as it is, as integers, or through text */
static Datum
scalar_from_datum(Datum value, Oid given, Oid type, const DocPath *path)
{
	Oid			base = getBaseType(type);
	Oid			given_base = getBaseType(given);
	Datum		result;

	if (given_base == base && given != UNKNOWNOID)
		return value;
	if (integer_from_datum(value, given_base, base, path, &result))
		return result;
	if (is_character_type(base) && is_character_type(given_base))
		return value;
	if (given_base == NUMERICOID)
		return value_from_text(number_as_text(DatumGetNumeric(value), base), base, -1, path);
	return value_from_text(key_datum_text(value, given), base, -1, path);
}

static bool
is_character_type(Oid type)
{
	return type == TEXTOID || type == VARCHAROID;
}

char *
key_datum_text(Datum value, Oid given)
{
	Oid			output;
	bool		varlena;

	if (given == UNKNOWNOID)
		return DatumGetCString(value);	/* a literal that nothing gave a type */
	if (is_character_type(given))
		return TextDatumGetCString(value);
	getTypeOutputInfo(given, &output, &varlena);
	return OidOutputFunctionCall(output, value);
}

void
key_from_jsonb(const JsonbValue *value, int nkeys, Attribute **keys,
			   const DocPath *path, Datum *result)
{
	if (doc_is_object(value) && !key_takes_objects(nkeys, keys))
	{
		check_members(value, nkeys, keys, path);
		key_from_jsonb_members(value, nkeys, keys, path, result);
		return;
	}
	if (nkeys > 1)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path,
					   psprintf(_("Give it as %s."), key_form(nkeys, keys)),
					   "expected a key of %d attributes, not %s,",
					   nkeys, doc_kind_name(value));
	if (value->type == jbvNull)
		error_document(ERRCODE_NULL_VALUE_NOT_ALLOWED, path, NULL,
					   "a key must not be null");
	result[0] = key_column_from_jsonb(value, keys[0], path);
}

bool
key_takes_objects(int nkeys, Attribute **keys)
{
	return nkeys == 1 && takes_objects(getBaseType(keys[0]->type));
}

void
key_from_jsonb_members(const JsonbValue *object, int nkeys, Attribute **keys,
					   const DocPath *path, Datum *result)
{
	for (int i = 0; i < nkeys; i++)
	{
		DocPath		member_path = {path, keys[i]->name, 0};
		JsonbValue *member = doc_get(object, keys[i]->name);

		if (member == NULL)
			error_document(ERRCODE_INVALID_PARAMETER_VALUE, path,
						   psprintf(_("Give it as %s."), key_form(nkeys, keys)),
						   "the key lacks \"%s\"", keys[i]->name);
		if (member->type == jbvNull)
			error_document(ERRCODE_NULL_VALUE_NOT_ALLOWED, &member_path, NULL,
						   "a key must not be null");
		result[i] = key_column_from_jsonb(member, keys[i], &member_path);
	}
}

static void
check_members(const JsonbValue *object, int nkeys, Attribute **keys,
			  const DocPath *path)
{
	foreach_ptr(DocPair, pair, doc_object_pairs(object))
	{
		bool		known = false;

		for (int i = 0; i < nkeys; i++)
			known = known || strcmp(keys[i]->name, pair->key) == 0;
		if (!known)
			error_document(ERRCODE_INVALID_PARAMETER_VALUE, path,
						   error_hint_nearest(pair->key, key_names(nkeys, keys), "key attributes"),
						   "\"%s\" is not part of the key", pair->key);
	}
}

/* typmods are not applied: a rounded or cut key would find another row */
static Datum
key_column_from_jsonb(const JsonbValue *value, const Attribute *key, const DocPath *path)
{
	return base_from_jsonb(value, getBaseType(key->type), -1, path);
}

static List *
key_names(int nkeys, Attribute **keys)
{
	List	   *names = NIL;

	for (int i = 0; i < nkeys; i++)
		names = lappend(names, keys[i]->name);
	return names;
}

/* {"tenant_id": ..., "id": ...} */
static char *
key_form(int nkeys, Attribute **keys)
{
	StringInfoData buf;

	initStringInfo(&buf);
	for (int i = 0; i < nkeys; i++)
	{
		doc_write_key(&buf, keys[i]->name);
		appendStringInfoString(&buf, "...");
	}
	appendStringInfoChar(&buf, '}');
	return buf.data;
}

static bool
takes_objects(Oid type)
{
	return type == JSONBOID || type == JSONOID || type_is_rowtype(type);
}

/* ---- values ---- */

Datum
key_value_from_jsonb(const JsonbValue *value, Oid type, int32 typmod,
					 const DocPath *path, bool *isnull)
{
	int32		base_typmod = typmod;
	Oid			base = getBaseTypeAndTypmod(type, &base_typmod);
	Datum		result = (Datum) 0;

	*isnull = value->type == jbvNull;
	if (!*isnull)
		result = base_from_jsonb(value, base, base_typmod, path);
	if (base != type)
		check_domain(result, *isnull, type, path);
	return result;
}

/* of a type that is no domain, from anything but null */
static Datum
base_from_jsonb(const JsonbValue *value, Oid type, int32 typmod,
				const DocPath *path)
{
	Oid			found;

	if (type == JSONBOID)
		return JsonbPGetDatum(JsonbValueToJsonb(unconstify(JsonbValue *, value)));
	if (type == JSONOID)
	{
		Jsonb	   *document = JsonbValueToJsonb(unconstify(JsonbValue *, value));

		return CStringGetTextDatum(JsonbToCString(NULL, &document->root, VARSIZE(document)));
	}
	if (doc_is_array(value) && OidIsValid(found = get_element_type(type)))
		return array_from_jsonb(value, found, typmod, path);
	if (doc_is_object(value) && type_is_rowtype(type))
		return composite_from_jsonb(value, type, typmod, path);
	if (doc_is_object(value) && OidIsValid(found = text_array_cast(type)))
		return cast_from_pairs(found, value, path);
	if ((value->type == jbvBool && type != BOOLOID) ||
		(value->type == jbvBinary && !reads_json(type)))
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, NULL,
					   "expected a value of type %s, not %s,",
					   format_type_be(type), doc_kind_name(value));
	return value_from_text(key_value_text(value, type), type, typmod, path);
}

/*
 * May the input function of a type be given an array or an object as its JSON
 * text?  Types of extensions may take that: a vector takes [1,2], a
 * geometry GeoJSON.  Of the server's own, and of those that are strings, most
 * would store the text, or read it as something else.
 */
static bool
reads_json(Oid type)
{
	char		category;
	bool		preferred;

	if (type < FirstNormalObjectId || get_typtype(type) != TYPTYPE_BASE)
		return false;
	get_type_category_preferred(type, &category, &preferred);
	return category != TYPCATEGORY_STRING && category != TYPCATEGORY_ARRAY;
}

/* arrays of arrays become arrays of more dimensions, unless the elements are documents */
static Datum
array_from_jsonb(const JsonbValue *value, Oid element_type, int32 typmod,
				 const DocPath *path)
{
	Oid			array_type = get_array_type(element_type);
	bool		nested = element_type != JSONBOID && element_type != JSONOID;
	ArrayBuildState *flat = initArrayResult(element_type, CurrentMemoryContext, false);
	ArrayBuildStateArr *deep = NULL;
	List	   *elements = doc_array_elements(value);
	ListCell   *lc;

	check_stack_depth();
	foreach(lc, elements)
	{
		JsonbValue *element = lfirst(lc);
		DocPath		member_path = {path, NULL, foreach_current_index(lc)};
		bool		isnull;
		Datum		datum;

		CHECK_FOR_INTERRUPTS();
		if (lc != list_head(elements) &&
			(deep != NULL) != (nested && doc_is_array(element)))
			error_document(ERRCODE_INVALID_TEXT_REPRESENTATION, &member_path, NULL,
						   "an array holds either values or arrays");
		if (nested && doc_is_array(element))
		{
			datum = array_from_jsonb(element, element_type, typmod, &member_path);
			deep = append_subarray(deep, datum, array_type, &member_path);
			continue;
		}
		datum = key_value_from_jsonb(element, element_type, typmod, &member_path, &isnull);
		flat = accumArrayResult(flat, datum, isnull, element_type, CurrentMemoryContext);
	}
	if (deep != NULL)
		return makeArrayResultArr(deep, CurrentMemoryContext, true);
	return makeArrayResult(flat, CurrentMemoryContext);
}

/* arrays of one length only, none of them empty: core says so, we say where */
static ArrayBuildStateArr *
append_subarray(ArrayBuildStateArr *array, Datum subarray, Oid array_type,
				const DocPath *path)
{
	ArrayBuildStateArr *volatile result = NULL;

	ERRORS_AT(path, NULL, result = accumArrayResultArr(array, subarray, false, array_type, CurrentMemoryContext));
	return result;
}

/* fields that are not given are null */
static Datum
composite_from_jsonb(const JsonbValue *value, Oid type, int32 typmod, const DocPath *path)
{
	TupleDesc	desc = lookup_rowtype_tupdesc_copy(type, typmod);
	Datum	   *values = palloc0_array(Datum, Max(desc->natts, 1));
	bool	   *nulls = palloc_array(bool, Max(desc->natts, 1));

	check_stack_depth();
	check_fields(doc_object_pairs(value), desc, type, path);
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute field = TupleDescAttr(desc, i);
		DocPath		member_path = {path, NameStr(field->attname), 0};
		JsonbValue	none = {.type = jbvNull};
		JsonbValue *member = doc_get(value, NameStr(field->attname));

		nulls[i] = true;
		if (!field->attisdropped)
			values[i] = key_value_from_jsonb(member ? member : &none, field->atttypid,
											 field->atttypmod, &member_path, &nulls[i]);
	}
	return HeapTupleGetDatum(heap_form_tuple(desc, values, nulls));
}

static void
check_fields(List *pairs, TupleDesc desc, Oid type, const DocPath *path)
{
	List	   *names = NIL;

	for (int i = 0; i < desc->natts; i++)
		if (!TupleDescAttr(desc, i)->attisdropped)
			names = lappend(names, NameStr(TupleDescAttr(desc, i)->attname));
	foreach_ptr(DocPair, pair, pairs)
	{
		if (!naming_among(names, pair->key))
			error_document(ERRCODE_INVALID_PARAMETER_VALUE, path,
						   error_hint_nearest(pair->key, names, "fields"),
						   "type %s has no field \"%s\"", format_type_be(type), pair->key);
	}
}

/*
 * The cast of an extension's type from an array of texts, as hstore has one: keys
 * and values by turns.  Without it an object that was loaded could not be written back.
 */
static Oid
text_array_cast(Oid type)
{
	Oid			function;

	if (type < FirstNormalObjectId || get_typtype(type) != TYPTYPE_BASE ||
		find_coercion_pathway(type, TEXTARRAYOID, COERCION_EXPLICIT,
							  &function) != COERCION_PATH_FUNC ||
		get_func_nargs(function) != 1)
		return InvalidOid;
	return function;
}

static Datum
cast_from_pairs(Oid cast, const JsonbValue *object, const DocPath *path)
{
	Datum		texts = texts_from_pairs(object, path);
	volatile Datum result = (Datum) 0;

	if (assoc_proc_aclcheck(cast, GetUserId(), ACL_EXECUTE) != ACLCHECK_OK)
		aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_FUNCTION, get_func_name(cast));
	ERRORS_AT(path, NULL, result = OidFunctionCall1(cast, texts));
	return result;
}

static Datum
texts_from_pairs(const JsonbValue *object, const DocPath *path)
{
	ArrayBuildState *texts = initArrayResult(TEXTOID, CurrentMemoryContext, false);

	foreach_ptr(DocPair, pair, doc_object_pairs(object))
	{
		DocPath		member_path = {path, pair->key, 0};
		bool		isnull;
		Datum		value = key_value_from_jsonb(&pair->value, TEXTOID, -1, &member_path, &isnull);

		texts = accumArrayResult(texts, CStringGetTextDatum(pair->key), false, TEXTOID,
								 CurrentMemoryContext);
		texts = accumArrayResult(texts, value, isnull, TEXTOID, CurrentMemoryContext);
	}
	return makeArrayResult(texts, CurrentMemoryContext);
}

char *
key_value_text(const JsonbValue *value, Oid type)
{
	if (value->type == jbvNumeric)
		return number_as_text(value->val.numeric, getBaseType(type));
	return doc_text(value);
}

/* 1.0 and 1e0 are integers too, which the integers' input functions do not know */
static char *
number_as_text(Numeric number, Oid type)
{
	if (integer_is_type(type) || type == OIDOID)
		return numeric_normalize(number);
	return DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(number)));
}

static Datum
value_from_text(char *text, Oid type, int32 typmod, const DocPath *path)
{
	volatile Datum result = (Datum) 0;
	const char *hint;
	Oid			input;
	Oid			ioparam;

	if (is_character_type(type) && typmod == -1)
		return CStringGetTextDatum(text);
	getTypeInputInfo(type, &input, &ioparam);
	hint = input == F_ARRAY_IN ? "An array is written as one, [\"red\"]; conditions find an element by {\"contains\": [\"red\"]}." : NULL;
	ERRORS_AT(path, hint, result = OidInputFunctionCall(input, text, ioparam, typmod));
	return result;
}

static void
check_domain(Datum value, bool isnull, Oid type, const DocPath *path)
{
	ERRORS_AT(path, NULL, domain_check(value, isnull, type, NULL, NULL));
}
