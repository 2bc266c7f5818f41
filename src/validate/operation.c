/*-------------------------------------------------------------------------
 *
 * operation.c
 *	  {"increment": 1} in place of a value: what becomes of the one that is there.
 *
 * Decides which operations a type has, and that an object means one where the type
 * itself takes no objects: in a jsonb attribute an object is a value, and the name of the
 * operation has a $ before it.  The server does the arithmetic in the statement that
 * writes, so nothing that others write meanwhile is lost.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "base/document.h"
#include "catalog/pg_type.h"
#include "deparse/statement.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "validate/operation.h"

/* by number of the operation */
static const char *const names[] = {NULL, "increment", "decrement", "multiply", "append"};
static const char *const operators[] = {NULL, "+", "-", "*", "||"};

static Operation find_operation(const Attribute *attribute, const JsonbValue *value, JsonbValue *operand);
static bool is_document(Oid type);
static bool is_number(Oid type);
static bool is_time(Oid type);
static void check_use(const Model *model, const Attribute *attribute, Operation operation,
					  OperationUse use, const DocPath *path);
static bool read_operand(const Model *model, const Attribute *attribute, Operation operation,
						 const JsonbValue *operand, const DocPath *row, Datum *datum, bool *isnull,
						 List **failures);
static bool read_element(const Model *model, const Attribute *attribute, const JsonbValue *operand,
						 const DocPath *row, Datum *datum, bool *isnull, List **failures);
static void negate(JsonbValue *operand, const DocPath *path);

bool
operation_read(const Model *model, const Attribute *attribute, const JsonbValue *value,
			   OperationUse use, const DocPath *row, Operation *operation,
			   Datum *datum, bool *isnull, List **failures)
{
	JsonbValue	operand;
	const DocPath *path = doc_path_key(row, attribute->name);

	*operation = find_operation(attribute, value, &operand);
	if (*operation == OPERATION_NONE)
		return validation_read_column(model, attribute, value, row, datum, isnull, failures);
	check_use(model, attribute, *operation, use, path);
	if (operand.type == jbvNull)
		error_document(ERRCODE_NULL_VALUE_NOT_ALLOWED, path, NULL,
					   "\"%s\" needs a value, not null", names[*operation]);
	if (use == OPERATIONS_FROM_ZERO && *operation == OPERATION_DECREMENT)
	{
		negate(&operand, path);
		*operation = OPERATION_INCREMENT;
	}
	return read_operand(model, attribute, *operation, &operand, row, datum, isnull, failures);
}

/* an object with the one member that names it */
static Operation
find_operation(const Attribute *attribute, const JsonbValue *value, JsonbValue *operand)
{
	Oid			type = getBaseType(attribute->type);
	List	   *pairs = doc_object_pairs(value);
	DocPair    *pair = list_length(pairs) == 1 ? linitial(pairs) : NULL;
	bool		marked = pair != NULL && pair->key[0] == '$';

	if (pair == NULL || (!marked && is_document(type)))
		return OPERATION_NONE;
	for (int i = OPERATION_INCREMENT; i <= OPERATION_APPEND; i++)
	{
		if (strcmp(pair->key + (marked ? 1 : 0), names[i]) == 0)
		{
			*operand = pair->value;
			return i;
		}
	}
	return OPERATION_NONE;
}

/* whose values are objects themselves; types of extensions may read them */
static bool
is_document(Oid type)
{
	return type == JSONBOID || type == JSONOID || type_is_rowtype(type) ||
		(type >= FirstNormalObjectId && !OidIsValid(get_element_type(type)));
}

static bool
is_number(Oid type)
{
	return type == INT2OID || type == INT4OID || type == INT8OID || type == FLOAT4OID ||
		type == FLOAT8OID || type == NUMERICOID;
}

static bool
is_time(Oid type)
{
	return type == DATEOID || type == TIMESTAMPOID || type == TIMESTAMPTZOID || type == TIMEOID;
}

static void
check_use(const Model *model, const Attribute *attribute, Operation operation, OperationUse use,
		  const DocPath *path)
{
	Oid			type = getBaseType(attribute->type);
	bool		has;

	if (operation == OPERATION_APPEND)
		has = type == TEXTOID || type == VARCHAROID || type == JSONBOID || OidIsValid(get_element_type(type));
	else
		has = is_number(type) || (operation != OPERATION_MULTIPLY && (is_time(type) || type == INTERVALOID));
	if (!has)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, NULL,
					   "\"%s\" is not for values of type %s", names[operation],
					   format_type_be(attribute->type));
	if (validation_is_generated(attribute))
		error_document(ERRCODE_GENERATED_ALWAYS, path, NULL,
					   "%s.%s is always generated and cannot be given", model->name, attribute->name);
	if (use == OPERATIONS_REFUSED)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path,
					   "Give the value itself. Rows and links that are there can be changed so.",
					   "\"%s\" changes a value that is there", names[operation]);
	if (use == OPERATIONS_FROM_ZERO && (operation == OPERATION_MULTIPLY || is_time(type)))
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path,
					   "It could be new, and would begin with nothing: update what is there.",
					   "\"%s\" of %s cannot be in data for a row that may not be there",
					   names[operation], attribute->name);
}

Oid
operation_type(const Attribute *attribute, Operation operation)
{
	Oid			type = getBaseType(attribute->type);

	if (operation == OPERATION_NONE)
		return attribute->type;
	if (type == DATEOID)
		return INT4OID;
	return is_time(type) ? INTERVALOID : type;
}

/* by the type of the operand; an error names the attribute */
static bool
read_operand(const Model *model, const Attribute *attribute, Operation operation,
			 const JsonbValue *operand, const DocPath *row, Datum *datum, bool *isnull,
			 List **failures)
{
	Attribute	like = *attribute;

	like.type = operation_type(attribute, operation);
	like.typmod = -1;
	if (operation == OPERATION_APPEND && OidIsValid(get_element_type(like.type)) && !doc_is_array(operand))
		return read_element(model, &like, operand, row, datum, isnull, failures);
	return validation_read(model, &like, operand, row, datum, isnull, failures);
}

/* an array of the one */
static bool
read_element(const Model *model, const Attribute *attribute, const JsonbValue *operand,
			 const DocPath *row, Datum *datum, bool *isnull, List **failures)
{
	Attribute	like = *attribute;
	int16		typlen;
	bool		typbyval;
	char		typalign;
	Datum		value;

	like.type = get_element_type(attribute->type);
	if (!validation_read(model, &like, operand, row, &value, isnull, failures))
		return false;
	get_typlenbyvalalign(like.type, &typlen, &typbyval, &typalign);
	*datum = PointerGetDatum(construct_array(&value, 1, like.type, typlen, typbyval, typalign));
	return true;
}

static void
negate(JsonbValue *operand, const DocPath *path)
{
	if (operand->type != jbvNumeric)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, NULL,
					   "\"decrement\" needs a number here, not %s", doc_kind_name(operand));
	operand->val.numeric =
		DatumGetNumeric(DirectFunctionCall1(numeric_uminus, NumericGetDatum(operand->val.numeric)));
}

char *
operation_sql(Operation operation, const Attribute *attribute, const char *column, const char *operand)
{
	char	   *result;

	if (operation == OPERATION_NONE)
		return pstrdup(operand);
	result = psprintf("(%s OPERATOR(pg_catalog.%s) %s)", column, operators[operation], operand);
	/* of the column's own type, as which it is compared with the column too */
	return attribute->type == VARCHAROID || attribute->type != getBaseType(attribute->type) ?
		psprintf("CAST(%s AS %s)", result, format_type_be_qualified(attribute->type)) : result;
}

char *
operation_of_row(Operation operation, const Attribute *attribute, int column)
{
	if (operation == OPERATION_NONE)
		return psprintf("k.c%d", column);
	return operation_sql(operation, attribute, sql_column("t", attribute),
						 psprintf("CAST(k.c%d AS %s)", column,
								  format_type_be_qualified(operation_type(attribute, operation))));
}
