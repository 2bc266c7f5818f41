/*-------------------------------------------------------------------------
 *
 * ddl.c
 *	  Runs the DDL of declarations, as the caller, and quotes what goes into it.
 *
 * Decides how statements are run and how names are written.  What to run, the
 * declaring modules decide.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "base/ddl.h"
#include "catalog/objectaddress.h"
#include "common/hashfn.h"
#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/* a hash in a name: underscore and eight hexadecimal digits */
#define NAME_HASH_LENGTH 9

/* where texts go; NULL but in a call that gives them to the caller */
static DdlRecord *current_record = NULL;

pg_noreturn static void report_gone(Oid relation);
static void record_statement(const char *sql);
static uint64 run_statement(const char *sql, bool read_only, long limit);

/* text of a printf-like statement, built in the current context */
#define FORMAT_STATEMENT(buf, fmt) \
	do { \
		initStringInfo(&(buf)); \
		for (;;) \
		{ \
			va_list		args; \
			int			needed; \
\
			va_start(args, fmt); \
			needed = appendStringInfoVA(&(buf), fmt, args); \
			va_end(args); \
			if (needed == 0) \
				break; \
			enlargeStringInfo(&(buf), needed); \
		} \
	} while (0)

void
ddl_run(const char *fmt,...)
{
	StringInfoData sql;

	FORMAT_STATEMENT(sql, fmt);
	record_statement(sql.data);
	run_statement(sql.data, false, 0);
	pfree(sql.data);
}

void
ddl_tell(const char *fmt,...)
{
	StringInfoData sql;

	FORMAT_STATEMENT(sql, fmt);
	record_statement(sql.data);
	pfree(sql.data);
}

DdlRecord *
ddl_record(DdlRecord *record)
{
	DdlRecord  *before = current_record;

	current_record = record;
	return before;
}

static void
record_statement(const char *sql)
{
	MemoryContext caller;

	if (current_record == NULL)
		return;
	caller = MemoryContextSwitchTo(current_record->context);
	current_record->statements = lappend(current_record->statements, pstrdup(sql));
	MemoryContextSwitchTo(caller);
}

bool
ddl_any_row(const char *fmt,...)
{
	StringInfoData sql;
	bool		found;

	FORMAT_STATEMENT(sql, fmt);
	found = run_statement(sql.data, true, 1) > 0;
	pfree(sql.data);
	return found;
}

List *
ddl_texts(const char *fmt,...)
{
	MemoryContext context = CurrentMemoryContext;
	StringInfoData sql;
	List	   *texts = NIL;
	int			rc;

	FORMAT_STATEMENT(sql, fmt);
	SPI_connect();
	rc = SPI_execute(sql.data, true, 0);
	if (rc < 0)
		elog(ERROR, "SPI_execute failed: %s", SPI_result_code_string(rc));
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		char	   *value = SPI_getvalue(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1);
		MemoryContext inner = MemoryContextSwitchTo(context);

		texts = lappend(texts, pstrdup(value));
		MemoryContextSwitchTo(inner);
	}
	SPI_finish();
	pfree(sql.data);
	return texts;
}

static uint64
run_statement(const char *sql, bool read_only, long limit)
{
	uint64		processed;
	int			rc;

	SPI_connect();
	rc = SPI_execute(sql, read_only, limit);
	if (rc < 0)
		elog(ERROR, "SPI_execute failed: %s", SPI_result_code_string(rc));
	processed = SPI_processed;
	SPI_finish();
	return processed;
}

char *
ddl_column_list(List *columns)
{
	List	   *quoted = NIL;

	foreach_ptr(char, column, columns)
		quoted = lappend(quoted, unconstify(char *, quote_identifier(column)));
	return ddl_join(quoted, ", ");
}

char *
ddl_table(Oid relation)
{
	char	   *table = ddl_table_name(relation);
	char	   *schema = get_namespace_name(get_rel_namespace(relation));

	if (schema == NULL)
		report_gone(relation);
	return quote_qualified_identifier(schema, table);
}

char *
ddl_table_name(Oid relation)
{
	char	   *table = get_rel_name(relation);

	if (table == NULL)
		report_gone(relation);
	return table;
}

static void
report_gone(Oid relation)
{
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_TABLE),
			 errmsg("relation with OID %u does not exist", relation)));
}

char *
ddl_type(Oid type, int32 typmod)
{
	return format_type_extended(type, typmod,
								FORMAT_TYPE_TYPEMOD_GIVEN | FORMAT_TYPE_FORCE_QUALIFY);
}

int
ddl_detail_never_altered(const char *table)
{
	return errdetail("%s was not made by a declaration and is never altered.", table);
}

char *
ddl_join(const List *texts, const char *separator)
{
	StringInfoData buf;

	initStringInfo(&buf);
	foreach_ptr(char, text, texts)
		appendStringInfo(&buf, "%s%s", foreach_current_index(text) > 0 ? separator : "", text);
	return buf.data;
}

bool
ddl_is_owner(Oid relation)
{
	return get_rel_name(relation) != NULL && assoc_class_ownercheck(relation, GetUserId());
}

void
ddl_require_owner(Oid relation)
{
	/* a table that is gone would be an internal error of the server, from 16 on */
	char	   *name = ddl_table_name(relation);

	if (!assoc_class_ownercheck(relation, GetUserId()))
		aclcheck_error(ACLCHECK_NOT_OWNER, get_relkind_objtype(get_rel_relkind(relation)), name);
}

char *
ddl_object_name(const char *table, const char *middle, const char *suffix)
{
	char	   *front = middle ? psprintf("%s_%s", table, middle) : pstrdup(table);
	char	   *name = psprintf("%s_%s", front, suffix);
	int			room = NAMEDATALEN - 1 - NAME_HASH_LENGTH - 1 - (int) strlen(suffix);
	uint32		hash;

	if (strlen(name) < NAMEDATALEN)
		return name;
	hash = DatumGetUInt32(hash_any((unsigned char *) name, strlen(name)));
	return psprintf("%.*s_%08x_%s",
					pg_mbcliplen(front, strlen(front), Max(room, 1)), front,
					hash, suffix);
}
