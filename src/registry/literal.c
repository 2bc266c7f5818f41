/*-------------------------------------------------------------------------
 *
 * literal.c
 *	  JSON values as values of a column's type, and as literals in DDL.
 *
 * Decides nothing of its own about what a value means: PostgreSQL's
 * jsonb_populate_record does, so that a declared default, a validator's argument and
 * a row to validate are read alike.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <ctype.h>

#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "base/compat.h"
#include "base/ddl.h"
#include "base/doc_member.h"
#include "executor/executor.h"
#include "fmgr.h"
#include "funcapi.h"
#include "registry/literal.h"
#include "nodes/makefuncs.h"
#include "nodes/parsenodes.h"
#include "parser/parser.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/resowner.h"

/* words in date/time input that mean the time of evaluation; functions that people quote by mistake */
static const char *const clock_words[] = {
	"now", "today", "tomorrow", "yesterday",
	"current_timestamp", "current_date", "current_time",
	"localtimestamp", "localtime",
	"clock_timestamp", "statement_timestamp", "transaction_timestamp",
	NULL
};

static Jsonb *wrap_value(JsonbValue *value);
static Datum empty_record(Oid type, int32 typmod);
static void refuse_clock_words(const char *text, Oid type, const DocPath *path);
static bool is_clock_word(const char *word, int len);
static Node *single_expression(List *parsed);

Datum
literal_datum(JsonbValue *value, Oid type, int32 typmod,
			  const DocPath *path, bool *isnull)
{
	DocErrorContext context;
	FmgrInfo	flinfo;
	List	   *args;
	Datum		record;
	Datum		result;

	/* the function learns from its call expression that it is given a record */
	args = list_make2(makeNullConst(RECORDOID, -1, InvalidOid),
					  makeNullConst(JSONBOID, -1, InvalidOid));
	fmgr_info(F_JSONB_POPULATE_RECORD, &flinfo);
	fmgr_info_set_expr((Node *) makeFuncExpr(F_JSONB_POPULATE_RECORD, RECORDOID, args,
											 InvalidOid, InvalidOid,
											 COERCE_EXPLICIT_CALL),
					   &flinfo);

	doc_context_push(&context, path, NULL);
	record = FunctionCall2(&flinfo, empty_record(type, typmod),
						   JsonbPGetDatum(wrap_value(value)));
	doc_context_pop(&context);

	result = GetAttributeByNum(DatumGetHeapTupleHeader(record), 1, isnull);
	return result;
}

/* {"value": ...} */
static Jsonb *
wrap_value(JsonbValue *value)
{
	static const char *const key = "value";

	return doc_object(1, &key, value);
}

/* a record of one column "value" of this type, NULL */
static Datum
empty_record(Oid type, int32 typmod)
{
	TupleDesc	desc = CreateTemplateTupleDesc(1);
	Datum		values[1] = {(Datum) 0};
	bool		nulls[1] = {true};

	TupleDescInitEntry(desc, 1, "value", type, typmod, 0);
	desc = BlessTupleDesc(desc);
	return HeapTupleGetDatum(heap_form_tuple(desc, values, nulls));
}

/*
 * Input functions raise their errors; only a subtransaction makes it safe to go
 * on after one.
 */
bool
literal_try_datum(JsonbValue *value, Oid type, int32 typmod, const DocPath *path,
				  Datum *result, bool *isnull, ErrorData **error)
{
	MemoryContext outer = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	volatile bool fits = false;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(outer);
	PG_TRY();
	{
		*result = literal_datum(value, type, typmod, path, isnull);
		ReleaseCurrentSubTransaction();
		fits = true;
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(outer);
		*error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(outer);
	CurrentResourceOwner = owner;

	/* only what says that the value is wrong; a lack of memory or a cancel goes on */
	if (!fits && ERRCODE_TO_CATEGORY((*error)->sqlerrcode) != ERRCODE_DATA_EXCEPTION &&
		ERRCODE_TO_CATEGORY((*error)->sqlerrcode) != ERRCODE_INTEGRITY_CONSTRAINT_VIOLATION)
		ReThrowError(*error);
	return fits;
}

char *
literal_sql(JsonbValue *value, Oid type, int32 typmod, const DocPath *path)
{
	Datum		datum;
	bool		isnull;
	Oid			output;
	bool		varlena;
	char	   *text;

	if (value->type == jbvString)
		refuse_clock_words(doc_text(value), type, path);
	datum = literal_datum(value, type, typmod, path, &isnull);
	if (isnull)
		return NULL;
	if (value->type == jbvBinary)
	{
		getTypeOutputInfo(type, &output, &varlena);
		text = OidOutputFunctionCall(output, datum);
	}
	else if (getBaseType(type) == JSONBOID || getBaseType(type) == JSONOID)
	{
		StringInfoData buf;

		initStringInfo(&buf);
		JsonbToCString(&buf, &JsonbValueToJsonb(value)->root, 0);
		text = buf.data;
	}
	else
		text = doc_text(value);
	return psprintf("%s::%s", quote_literal_cstr(text), ddl_type(type, typmod));
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
						   "As a default, say {\"sql\": \"now()\"}; a validator compares with a constant.",
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
