/*-------------------------------------------------------------------------
 *
 * validator.c
 *	  Validators of attribute documents, as expressions for CHECK constraints.
 *
 * Decides which validators there are and what each one means for a type.  The
 * expressions use nothing but immutable operators and functions of pg_catalog, regular
 * expressions and positions under COLLATE "C", so that they mean the same in every
 * session, and hold without this extension.  They are true or NULL for NULL.
 *
 * Names and meanings are those of Sequelize (validator.js), so far as a CHECK can
 * say them.  Evaluating constraints is validator_check.c's job.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "base/ddl.h"
#include "base/doc_member.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_type.h"
#include "registry/literal.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"
#include "validate/validator.h"

/* characters of host names and local parts: ASCII, and all letters beyond */
#define LETTER "A-Za-z0-9\\u00a1-\\U0010ffff"
#define HOST_LABEL "[" LETTER "](?:[" LETTER "-]{0,61}[" LETTER "])?"
#define HOST_NAME HOST_LABEL "(?:\\." HOST_LABEL ")+"
#define EMAIL_ATOM "[" LETTER "!#$%&'*+/=?^_`{|}~-]+"
#define OCTET "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
#define IPV4 OCTET "(?:\\." OCTET "){3}"
#define HEX4 "[0-9A-Fa-f]{1,4}"
#define IPV6 \
	"(?:(?:" HEX4 ":){7}(?:" HEX4 "|:)" \
	"|(?:" HEX4 ":){6}(?:" IPV4 "|:" HEX4 "|:)" \
	"|(?:" HEX4 ":){5}(?::" IPV4 "|(?::" HEX4 "){1,2}|:)" \
	"|(?:" HEX4 ":){4}(?:(?::" HEX4 "){0,1}:" IPV4 "|(?::" HEX4 "){1,3}|:)" \
	"|(?:" HEX4 ":){3}(?:(?::" HEX4 "){0,2}:" IPV4 "|(?::" HEX4 "){1,4}|:)" \
	"|(?:" HEX4 ":){2}(?:(?::" HEX4 "){0,3}:" IPV4 "|(?::" HEX4 "){1,5}|:)" \
	"|(?:" HEX4 ":){1}(?:(?::" HEX4 "){0,4}:" IPV4 "|(?::" HEX4 "){1,6}|:)" \
	"|:(?:(?::" HEX4 "){0,5}:" IPV4 "|(?::" HEX4 "){1,7}|:))"

/* a character that is no white space, of which \\s knows but what ASCII has */
#define NOT_SPACE "[^\\s\\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\ufeff]"

/* one validator that is being parsed */
typedef struct ValidatorContext
{
	const char *name;
	const char *operand;		/* of the table below */
	const char *column;			/* quoted */
	const char *text;			/* the column as text; NULL where it is no string */
	Oid			type;			/* base type of the column */
	char		category;		/* its TYPCATEGORY_* */
	JsonbValue *args;
	const DocPath *path;
} ValidatorContext;

typedef char *(*ValidatorBuilder) (ValidatorContext *cx);

/* a validator's name, how its expression is built, and the regular expression or operator in it */
typedef struct ValidatorKind
{
	const char *name;
	ValidatorBuilder build;
	const char *operand;
} ValidatorKind;

static char *build_pattern(ValidatorContext *cx);
static char *build_number_pattern(ValidatorContext *cx);
static char *build_ip(ValidatorContext *cx);
static char *build_uuid(ValidatorContext *cx);
static char *build_regexp(ValidatorContext *cx);
static char *build_not_null(ValidatorContext *cx);
static char *build_not_empty(ValidatorContext *cx);
static char *build_equals(ValidatorContext *cx);
static char *build_position(ValidatorContext *cx);
static char *build_list(ValidatorContext *cx);
static char *build_len(ValidatorContext *cx);
static char *build_bound(ValidatorContext *cx);
static char *build_time_bound(ValidatorContext *cx);
static char *build_date(ValidatorContext *cx);
static char *build_array(ValidatorContext *cx);
static char *build_refused(ValidatorContext *cx);

static const ValidatorKind validator_kinds[] = {
	{"is", build_regexp, "~"},
	{"not", build_regexp, "!~"},
	{"isEmail", build_pattern, "^" EMAIL_ATOM "(?:\\." EMAIL_ATOM ")*@" HOST_NAME "$"},
	{"isUrl", build_pattern,
		"^(?:(?:https?|ftp)://)?(?:[^\\s:@/]+(?::[^\\s:@/]*)?@)?"
		"(?:" HOST_NAME "|" IPV4 "|\\[" IPV6 "\\])(?::[0-9]{1,5})?(?:[/?#]\\S*)?$"},
	{"isIP", build_ip, "^(?:" IPV4 "|" IPV6 ")$"},
	{"isIPv4", build_ip, "^" IPV4 "$"},
	{"isIPv6", build_ip, "^" IPV6 "$"},
	{"isAlpha", build_pattern, "^[A-Za-z]+$"},
	{"isAlphanumeric", build_pattern, "^[A-Za-z0-9]+$"},
	{"isNumeric", build_number_pattern, "^[-+]?(?:[0-9]*\\.)?[0-9]+$"},
	{"isInt", build_number_pattern, "^[-+]?[0-9]+$"},
	{"isFloat", build_number_pattern, "^[-+]?(?:[0-9]+(?:\\.[0-9]*)?|\\.[0-9]+)(?:[eE][-+]?[0-9]+)?$"},
	{"isDecimal", build_number_pattern, "^[-+]?(?:[0-9]+(?:\\.[0-9]+)?|\\.[0-9]+)$"},
	{"isLowercase", build_pattern, "^[^A-Z]*$"},
	{"isUppercase", build_pattern, "^[^a-z]*$"},
	{"isUUID", build_uuid, NULL},
	{"notNull", build_not_null, NULL},
	{"notEmpty", build_not_empty, NULL},
	{"equals", build_equals, NULL},
	{"contains", build_position, ">"},
	{"notContains", build_position, "="},
	{"isIn", build_list, "OPERATOR(pg_catalog.=) ANY"},
	{"notIn", build_list, "OPERATOR(pg_catalog.<>) ALL"},
	{"len", build_len, NULL},
	{"min", build_bound, ">="},
	{"max", build_bound, "<="},
	{"isAfter", build_time_bound, ">"},
	{"isBefore", build_time_bound, "<"},
	{"isDate", build_date, NULL},
	{"isArray", build_array, NULL},
	{"isCreditCard", build_refused, NULL},
	{"isNull", build_refused, NULL},
};

static ValidatorDef *parse_validator(DocMember *member, ValidatorContext *cx);
static const ValidatorKind *find_kind(DocMember *member);
static JsonbValue *unwrap_arguments(DocMember *member, ValidatorDef *def);
static char *text_of_column(const char *column, Oid declared, Oid base, char category);
static void require_true(ValidatorContext *cx);
static void require_text(ValidatorContext *cx);
static void require_time(ValidatorContext *cx);
pg_noreturn static void unfit(ValidatorContext *cx, const char *needs);
pg_noreturn static void wrong_arguments(ValidatorContext *cx, const char *expected);
static JsonbValue *single_argument(ValidatorContext *cx);
static List *argument_values(ValidatorContext *cx);
static char *match_expression(ValidatorContext *cx, const char *operator, const char *pattern);
static char *comparable(ValidatorContext *cx, Oid *literal_type);
static char *length_of(ValidatorContext *cx);

List *
validators_parse(JsonbValue *doc, const char *column, Oid type, const DocPath *path)
{
	ValidatorContext cx = {0};
	List	   *result = NIL;
	bool		preferred;

	cx.column = quote_identifier(column);
	cx.type = getBaseType(type);
	get_type_category_preferred(cx.type, &cx.category, &preferred);
	cx.text = text_of_column(cx.column, type, cx.type, cx.category);
	foreach_ptr(DocMember, member, doc_members(doc, path))
	{
		ValidatorDef *def = parse_validator(member, &cx);

		if (def != NULL)
			result = lappend(result, def);
	}
	return result;
}

/* false switches a validator off; NULL then, and where the type makes it needless */
static ValidatorDef *
parse_validator(DocMember *member, ValidatorContext *cx)
{
	const ValidatorKind *kind = find_kind(member);
	ValidatorDef *def = palloc0_object(ValidatorDef);

	cx->args = unwrap_arguments(member, def);
	if (cx->args->type == jbvBool && !cx->args->val.boolean)
		return NULL;
	cx->name = kind->name;
	cx->operand = kind->operand;
	cx->path = &member->path;
	def->name = pstrdup(kind->name);
	def->expression = kind->build(cx);
	if (kind->build == build_not_null)
	{
		if (def->message != NULL)
			error_document(ERRCODE_FEATURE_NOT_SUPPORTED, cx->path, NULL,
						   "a NOT NULL column cannot keep a message of its own");
		return def;
	}
	return def->expression ? def : NULL;
}

static const ValidatorKind *
find_kind(DocMember *member)
{
	List	   *names = NIL;

	for (size_t i = 0; i < lengthof(validator_kinds); i++)
	{
		const ValidatorKind *kind = &validator_kinds[i];

		if (strcmp(kind->name, member->key) == 0)
			return kind;
		if (kind->build != build_refused)
			names = lappend(names, pstrdup(kind->name));
	}
	error_document(ERRCODE_INVALID_PARAMETER_VALUE, &member->path,
				   error_hint_nearest(member->key, names, "validators"),
				   "unknown validator \"%s\"", member->key);
}

const char *
validator_of_constraint(const char *constraint)
{
	const char *suffix = strrchr(constraint, '_');

	for (size_t i = 0; suffix != NULL && i < lengthof(validator_kinds); i++)
		if (strcmp(validator_kinds[i].name, suffix + 1) == 0)
			return validator_kinds[i].name;
	return NULL;
}

/* the arguments themselves, or {"args": ..., "msg": ...}; without args: true */
static JsonbValue *
unwrap_arguments(DocMember *member, ValidatorDef *def)
{
	static const char *const known[] = {"args", "msg", NULL};
	static JsonbValue yes = {.type = jbvBool, .val.boolean = true};
	List	   *members;
	DocMember  *args;
	DocMember  *message;

	if (!doc_is_object(&member->value))
		return &member->value;
	members = doc_members(&member->value, &member->path);
	doc_check_keys(members, known, "validator key");
	message = doc_find(members, "msg");
	if (message != NULL)
		def->message = doc_member_string(message);
	args = doc_find(members, "args");
	return args ? &args->value : &yes;
}

/* varchar and its like are binary coercible to text, so the cast costs nothing */
static char *
text_of_column(const char *column, Oid declared, Oid base, char category)
{
	if (category != TYPCATEGORY_STRING)
		return NULL;
	if (declared == TEXTOID)
		return pstrdup(column);
	return psprintf(base == BPCHAROID ? "(%s::pg_catalog.bpchar)::pg_catalog.text" :
					"%s::pg_catalog.text", column);
}

static void
require_true(ValidatorContext *cx)
{
	if (cx->args->type != jbvBool)
		wrong_arguments(cx, "true");
}

static void
require_text(ValidatorContext *cx)
{
	if (cx->text == NULL)
		unfit(cx, "a text column");
}

static void
require_time(ValidatorContext *cx)
{
	if (cx->category != TYPCATEGORY_DATETIME)
		unfit(cx, "a date or time column");
}

static void
unfit(ValidatorContext *cx, const char *needs)
{
	error_document(ERRCODE_DATATYPE_MISMATCH, cx->path, NULL,
				   "validator %s needs %s, not %s",
				   cx->name, needs, format_type_be(cx->type));
}

static void
wrong_arguments(ValidatorContext *cx, const char *expected)
{
	error_document(ERRCODE_INVALID_PARAMETER_VALUE, cx->path, NULL,
				   "validator %s takes %s, not %s",
				   cx->name, expected, doc_kind_name(cx->args));
}

/* a value, also written as an array of one */
static JsonbValue *
single_argument(ValidatorContext *cx)
{
	JsonbValue *value = cx->args;

	if (doc_is_array(value))
	{
		List	   *elements = doc_elements(value, cx->path);

		if (list_length(elements) != 1)
			wrong_arguments(cx, "one value");
		value = &((DocMember *) linitial(elements))->value;
	}
	if (value->type == jbvNull)
		wrong_arguments(cx, "one value");
	return value;
}

/* the elements of an array of arguments, as JsonbValue * */
static List *
argument_values(ValidatorContext *cx)
{
	List	   *values = NIL;

	foreach_ptr(DocMember, element, doc_elements(cx->args, cx->path))
		values = lappend(values, &element->value);
	return values;
}

static char *
match_expression(ValidatorContext *cx, const char *operator, const char *pattern)
{
	return psprintf("(%s) COLLATE pg_catalog.\"C\" OPERATOR(pg_catalog.%s) %s",
					cx->text, operator, quote_literal_cstr(pattern));
}

static char *
build_pattern(ValidatorContext *cx)
{
	require_true(cx);
	require_text(cx);
	return match_expression(cx, "~", cx->operand);
}

/* numbers are numbers, but for NaN and the infinities; only whether one is whole remains to be checked */
static char *
build_number_pattern(ValidatorContext *cx)
{
	bool		whole = strcmp(cx->name, "isInt") == 0;
	char	   *finite;

	require_true(cx);
	if (cx->category != TYPCATEGORY_NUMERIC)
		return build_pattern(cx);
	switch (cx->type)
	{
		case NUMERICOID:
		case FLOAT4OID:
		case FLOAT8OID:
			finite = psprintf("%s OPERATOR(pg_catalog.<>) ALL ('{NaN,Infinity,-Infinity}'::%s[])",
							  cx->column, format_type_be_qualified(cx->type));
			if (!whole)
				return finite;
			return psprintf("%s OPERATOR(pg_catalog.=) pg_catalog.trunc(%s) AND %s",
							cx->column, cx->column, finite);
		case INT2OID:
		case INT4OID:
		case INT8OID:
			return NULL;
		default:
			if (whole)
				unfit(cx, "a number or text column");
			return NULL;
	}
}

static char *
build_ip(ValidatorContext *cx)
{
	require_true(cx);
	if (cx->type != INETOID && cx->type != CIDROID)
		return build_pattern(cx);
	if (strcmp(cx->name, "isIP") == 0)
		return NULL;
	return psprintf("pg_catalog.family(%s) OPERATOR(pg_catalog.=) %d",
					cx->column, strcmp(cx->name, "isIPv4") == 0 ? 4 : 6);
}

/* true or "all": any; a number: that version */
static char *
build_uuid(ValidatorContext *cx)
{
	char	   *version = doc_text(single_argument(cx));
	bool		any = strcmp(version, "true") == 0 || strcmp(version, "all") == 0;

	if (!any && (strlen(version) != 1 || version[0] < '1' || version[0] > '8'))
		wrong_arguments(cx, "true, \"all\" or a version from 1 to 8");
	if (cx->type == UUIDOID)
		return any ? NULL :
			psprintf("pg_catalog.substr(%s::pg_catalog.text, 15, 1) OPERATOR(pg_catalog.=) '%s'",
					 cx->column, version);
	require_text(cx);
	return match_expression(cx, "~*",
							psprintf("^[0-9a-f]{8}-[0-9a-f]{4}-%s[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$",
									 any ? "[0-9a-f]" : version));
}

/* "pattern" or ["pattern", "i"]; compiled here once, so that a wrong one is an error now */
static char *
build_regexp(ValidatorContext *cx)
{
	DocErrorContext context;
	List	   *args = list_make1(cx->args);
	JsonbValue *pattern;
	char	   *flags = "";
	char	   *regexp;

	require_text(cx);
	if (doc_is_array(cx->args))
		args = argument_values(cx);
	pattern = args ? linitial(args) : NULL;
	if (pattern == NULL || list_length(args) > 2 || pattern->type != jbvString)
		wrong_arguments(cx, "\"pattern\" or [\"pattern\", \"i\"]");
	if (list_length(args) == 2)
		flags = doc_text(lsecond(args));
	if (flags == NULL || (strcmp(flags, "") != 0 && strcmp(flags, "i") != 0))
		wrong_arguments(cx, "no flag but \"i\"");

	regexp = doc_text(pattern);
	doc_context_push(&context, cx->path, NULL);
	DirectFunctionCall2Coll(textregexeq, C_COLLATION_OID,
							CStringGetTextDatum(""), CStringGetTextDatum(regexp));
	doc_context_pop(&context);
	return match_expression(cx, psprintf("%s%s", cx->operand, flags[0] ? "*" : ""), regexp);
}

static char *
build_not_null(ValidatorContext *cx)
{
	require_true(cx);
	return NULL;
}

static char *
build_not_empty(ValidatorContext *cx)
{
	require_true(cx);
	if (OidIsValid(get_element_type(cx->type)))
		return psprintf("pg_catalog.cardinality(%s) OPERATOR(pg_catalog.>) 0", cx->column);
	require_text(cx);
	return match_expression(cx, "~", NOT_SPACE);
}

static char *
build_equals(ValidatorContext *cx)
{
	JsonbValue *value = single_argument(cx);
	Oid			type;
	char	   *column = comparable(cx, &type);

	return psprintf("%s OPERATOR(pg_catalog.=) %s",
					column, literal_sql(value, type, -1, cx->path));
}

static char *
build_position(ValidatorContext *cx)
{
	JsonbValue *value = single_argument(cx);

	require_text(cx);
	if (value->type != jbvString)
		wrong_arguments(cx, "a string");
	return psprintf("pg_catalog.strpos((%s) COLLATE pg_catalog.\"C\", %s) OPERATOR(pg_catalog.%s) 0",
					cx->text, quote_literal_cstr(doc_text(value)), cx->operand);
}

/* [a, b], or [[a, b]] as Sequelize wants it */
static char *
build_list(ValidatorContext *cx)
{
	Oid			type;
	char	   *column = comparable(cx, &type);
	List	   *elements;
	DocMember  *first;
	StringInfoData buf;

	if (!doc_is_array(cx->args))
		wrong_arguments(cx, "an array of values");
	if (OidIsValid(get_element_type(cx->type)))
		unfit(cx, "a column of single values");
	elements = doc_elements(cx->args, cx->path);
	first = elements ? linitial(elements) : NULL;
	if (list_length(elements) == 1 && doc_is_array(&first->value))
		elements = doc_elements(&first->value, &first->path);
	if (elements == NIL)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, cx->path, NULL,
					   "validator %s takes at least one value", cx->name);

	initStringInfo(&buf);
	foreach_ptr(DocMember, member, elements)
	{
		if (member->value.type == jbvNull)
			error_document(ERRCODE_INVALID_PARAMETER_VALUE, &member->path,
						   "The key \"allowNull\" decides whether a column may be NULL.",
						   "null cannot be one of the values");
		appendStringInfo(&buf, "%s%s", buf.len > 0 ? ", " : "",
						 literal_sql(&member->value, type, -1, &member->path));
	}
	return psprintf("%s %s (ARRAY[%s])", column, cx->operand, buf.data);
}

/* a number: at least; [least, most] */
static char *
build_len(ValidatorContext *cx)
{
	List	   *bounds = list_make1(cx->args);
	char	   *length = length_of(cx);
	char	   *least;
	char	   *most;

	if (doc_is_array(cx->args))
		bounds = argument_values(cx);
	if (list_length(bounds) < 1 || list_length(bounds) > 2 ||
		((JsonbValue *) linitial(bounds))->type != jbvNumeric ||
		((JsonbValue *) llast(bounds))->type != jbvNumeric)
		wrong_arguments(cx, "[least, most]");
	least = psprintf("%s OPERATOR(pg_catalog.>=) %s", length,
					 literal_sql(linitial(bounds), INT4OID, -1, cx->path));
	if (list_length(bounds) == 1)
		return least;
	most = literal_sql(lsecond(bounds), INT4OID, -1, cx->path);
	return psprintf("%s AND %s OPERATOR(pg_catalog.<=) %s", least, length, most);
}

static char *
length_of(ValidatorContext *cx)
{
	if (cx->text != NULL)
		return psprintf("pg_catalog.char_length(%s)", cx->text);
	if (cx->type == BYTEAOID)
		return psprintf("pg_catalog.octet_length(%s)", cx->column);
	if (OidIsValid(get_element_type(cx->type)))
		return psprintf("pg_catalog.cardinality(%s)", cx->column);
	unfit(cx, "a text, bytea or array column");
}

static char *
build_bound(ValidatorContext *cx)
{
	JsonbValue *value = single_argument(cx);
	char	   *column;
	Oid			type;

	if (cx->category != TYPCATEGORY_NUMERIC && cx->category != TYPCATEGORY_DATETIME &&
		cx->category != TYPCATEGORY_TIMESPAN)
		unfit(cx, "a number or date column");
	column = comparable(cx, &type);
	return psprintf("%s OPERATOR(pg_catalog.%s) %s",
					column, cx->operand, literal_sql(value, type, -1, cx->path));
}

static char *
build_time_bound(ValidatorContext *cx)
{
	require_time(cx);
	return build_bound(cx);
}

/* no immutable expression can check whether a text is a date */
static char *
build_date(ValidatorContext *cx)
{
	require_true(cx);
	require_time(cx);
	return NULL;
}

static char *
build_array(ValidatorContext *cx)
{
	require_true(cx);
	if (OidIsValid(get_element_type(cx->type)))
		return NULL;
	if (cx->type != JSONBOID)
		unfit(cx, "an array or jsonb column");
	return psprintf("pg_catalog.jsonb_typeof(%s) OPERATOR(pg_catalog.=) 'array'", cx->column);
}

static char *
build_refused(ValidatorContext *cx)
{
	error_document(ERRCODE_FEATURE_NOT_SUPPORTED, cx->path,
				   "Write a CHECK constraint or a trigger; "
				   "assoc.validate reports CHECK constraints written by hand too.",
				   "validator %s cannot be kept as a CHECK constraint", cx->name);
}

/*
 * The column as a type whose comparison operators are pg_catalog's, and that
 * type, for the literals that it is compared with.
 */
static char *
comparable(ValidatorContext *cx, Oid *literal_type)
{
	TypeCacheEntry *entry;

	*literal_type = cx->type;
	if (cx->text != NULL)
	{
		*literal_type = TEXTOID;
		return psprintf("(%s)", cx->text);
	}
	entry = lookup_type_cache(cx->type, TYPECACHE_EQ_OPR);
	if (!OidIsValid(entry->eq_opr) ||
		get_func_namespace(get_opcode(entry->eq_opr)) != PG_CATALOG_NAMESPACE)
		unfit(cx, "a column of a type with operators of pg_catalog");
	return psprintf("(%s::%s)", cx->column, ddl_type(cx->type, -1));
}
