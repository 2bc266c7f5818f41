/*-------------------------------------------------------------------------
 *
 * literal.c
 *	  JSON values as values of a column's type, and as literals in DDL.
 *
 * Decides nothing of its own about what a value means: key_value_from_jsonb does, so
 * that a declared default, a validator's argument, a row to validate and a row to
 * write are read alike.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <ctype.h>

#include "base/attempt.h"
#include "base/compat.h"
#include "base/ddl.h"
#include "base/doc_member.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "nodes/parsenodes.h"
#include "parser/parser.h"
#include "registry/keys.h"
#include "registry/literal.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

/* words in date/time input that mean the time of evaluation; functions that people quote by mistake */
static const char *const clock_words[] = {
	"now", "today", "tomorrow", "yesterday",
	"current_timestamp", "current_date", "current_time",
	"localtimestamp", "localtime",
	"clock_timestamp", "statement_timestamp", "transaction_timestamp",
	NULL
};

/* a value that is to become one of a type */
typedef struct Conversion
{
	const JsonbValue *value;
	Oid			type;
	int32		typmod;
	const DocPath *path;
	Datum	   *result;
	bool	   *isnull;
} Conversion;

static char *literal_text(const JsonbValue *value, Oid type, Datum datum);
static bool fails_cleanly(Oid type);
static void convert(void *arg);
static ErrorData *catch_error(Conversion *conversion);
static void refuse_clock_words(const char *text, Oid type, const DocPath *path);
static bool is_clock_word(const char *word, int len);
static bool is_call(const char *text);
static Node *single_expression(List *parsed);

#define EXPRESSION_HINT _("As a default, say {\"sql\": \"%s\"}; a validator compares with a constant.")

/*
 * Input functions raise their errors, and then only a subtransaction makes it safe to go
 * on.  Those of the server's own scalar types hold nothing when they fail.
 */
bool
literal_try_datum(const JsonbValue *value, Oid type, int32 typmod, const DocPath *path,
				  Datum *result, bool *isnull, ErrorData **error)
{
	Conversion	conversion = {value, type, typmod, path, result, isnull};

	*error = fails_cleanly(type) ? catch_error(&conversion) : attempt_error(convert, &conversion, false);
	if (*error != NULL && !error_is_of_value((*error)->sqlerrcode))
		ReThrowError(*error);
	return *error == NULL;
}

/* domains run what others wrote, composite and range types what types of others do */
static bool
fails_cleanly(Oid type)
{
	Oid			element = get_element_type(type);

	return type < FirstGenbkiObjectId && get_typtype(type) == TYPTYPE_BASE &&
		(!OidIsValid(element) || fails_cleanly(element));
}

static void
convert(void *arg)
{
	const Conversion *c = arg;

	*c->result = key_value_from_jsonb(c->value, c->type, c->typmod, c->path, c->isnull);
}

/* without a subtransaction */
static ErrorData *
catch_error(Conversion *conversion)
{
	MemoryContext outer = CurrentMemoryContext;
	ErrorData  *volatile error = NULL;

	PG_TRY();
	{
		convert(conversion);
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(outer);
		error = CopyErrorData();
		FlushErrorState();
	}
	PG_END_TRY();
	return error;
}

char *
literal_sql(const JsonbValue *value, Oid type, int32 typmod, const DocPath *path)
{
	Datum		datum;
	bool		isnull;
	ErrorData  *error;

	if (value->type == jbvString)
		refuse_clock_words(doc_text(value), type, path);
	if (!literal_try_datum(value, type, typmod, path, &datum, &isnull, &error))
	{
		if (value->type == jbvString && is_call(doc_text(value)))
			error->hint = psprintf(EXPRESSION_HINT, doc_text(value));
		ReThrowError(error);
	}
	if (isnull)
		return NULL;
	return psprintf("%s::%s", quote_literal_cstr(literal_text(value, type, datum)),
					ddl_type(type, typmod));
}

/* strings and numbers as they were given: what a type prints depends on DateStyle and its kin */
static char *
literal_text(const JsonbValue *value, Oid type, Datum datum)
{
	Oid			base = getBaseType(type);

	if (value->type != jbvBinary && base != JSONBOID && base != JSONOID)
		return key_value_text(value, type);
	return key_datum_text(datum, type);
}

static void
refuse_clock_words(const char *text, Oid type, const DocPath *path)
{
	char		category;
	bool		preferred;
	const char *end;

	get_type_category_preferred(getBaseType(type), &category, &preferred);
	if (category != TYPCATEGORY_DATETIME)
		return;
	for (const char *p = text; *p != '\0'; p = end)
	{
		for (end = p; isalpha((unsigned char) *end) || *end == '_';)
			end++;
		if (end > p && is_clock_word(p, end - p))
			error_document(ERRCODE_INVALID_PARAMETER_VALUE, path,
						   psprintf(EXPRESSION_HINT, "now()"),
						   "\"%s\" would be the time of this declaration, not of a row",
						   text);
		if (end == p)
			end++;
	}
}

static bool
is_clock_word(const char *word, int len)
{
	for (int i = 0; clock_words[i] != NULL; i++)
		if (len == (int) strlen(clock_words[i]) &&
			pg_strncasecmp(word, clock_words[i], len) == 0)
			return true;
	return false;
}

/* an expression where a value is meant, such as gen_random_uuid() */
static bool
is_call(const char *text)
{
	return isalpha((unsigned char) text[0]) && text[strlen(text) - 1] == ')';
}

/*
 * The text goes into a larger statement.  It is parsed alone first, so that
 * "1), other int DEFAULT (2" is an error and not another column.
 */
char *
literal_expression(const char *sql, const DocPath *path)
{
	DocErrorContext context;
	List	   *parsed;

	doc_context_push(&context, path, sql);
	parsed = raw_parser(sql, RAW_PARSE_PLPGSQL_EXPR);
	doc_context_pop(&context);
	if (single_expression(parsed) == NULL)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, NULL,
					   "\"%s\" is not one SQL expression", sql);
	/* a comment up to the end of the line must not swallow the parenthesis */
	return psprintf(strstr(sql, "--") ? "(%s\n)" : "(%s)", sql);
}

Node *
literal_parse_expression(const char *sql)
{
	Node	   *expression = single_expression(raw_parser(sql, RAW_PARSE_PLPGSQL_EXPR));

	if (expression == NULL)
		elog(ERROR, "not one SQL expression: %s", sql);
	return expression;
}

/* the expression, or NULL where there is more or less than one */
static Node *
single_expression(List *parsed)
{
	SelectStmt *select;
	ResTarget  *target;

	if (list_length(parsed) != 1)
		return NULL;
	select = (SelectStmt *) linitial_node(RawStmt, parsed)->stmt;
	if (!IsA(select, SelectStmt) || list_length(select->targetList) != 1)
		return NULL;
	if (select->distinctClause || select->intoClause || select->fromClause ||
		select->whereClause || select->groupClause || select->havingClause ||
		select->windowClause || select->valuesLists || select->sortClause ||
		select->limitOffset || select->limitCount || select->lockingClause ||
		select->withClause || select->op != SETOP_NONE)
		return NULL;
	target = linitial_node(ResTarget, select->targetList);
	return target->name == NULL ? target->val : NULL;
}
