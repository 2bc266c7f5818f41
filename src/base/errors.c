/*-------------------------------------------------------------------------
 *
 * errors.c
 *	  Errors about documents, and hints that name what was probably meant.
 *
 * Decides how the path of a value in a document is written and how the nearest name is
 * found.  What is an error, its code and its message, the callers decide.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "base/errors.h"
#include "base/other_words.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/varlena.h"

/* names listed in a hint; more than this nobody reads */
#define MAX_LISTED_NAMES 20

/* bytes of a message, and of a key in a path, beyond which they are cut */
#define MAX_MESSAGE 1000
#define MAX_PATH_KEY 200

/* a name as a hint lists it */
typedef struct RankedName
{
	const char *name;
	int			distance;		/* edits from the name given */
	int			position;		/* in the caller's list, to keep ties stable */
} RankedName;

static void append_doc_path(StringInfo buf, const DocPath *path);
static const char *cut(const char *text, int limit);
static int	name_distance(const char *a, const char *b);
static bool is_near(const char *name, const char *other);
static int	compare_ranked_names(const void *a, const void *b);

const DocPath doc_declared = {NULL, "", 0};

bool
error_path_is_declared(const DocPath *path)
{
	for (; path != NULL; path = path->parent)
		if (path == &doc_declared)
			return true;
	return false;
}

char *
error_path_string(const DocPath *path)
{
	StringInfoData buf;

	initStringInfo(&buf);
	append_doc_path(&buf, path);
	return buf.data;
}

static void
append_doc_path(StringInfo buf, const DocPath *path)
{
	check_stack_depth();
	if (path == NULL)
		return;
	append_doc_path(buf, path->parent);
	if (path->key == NULL)
		appendStringInfo(buf, "[%d]", path->index);
	else if (path->key[0] != '\0')
		appendStringInfo(buf, "%s%s", buf->len > 0 ? "." : "", cut(path->key, MAX_PATH_KEY));
}

static const char *
cut(const char *text, int limit)
{
	int			len = strlen(text);

	return len <= limit ? text :
		psprintf("%.*s...", pg_mbcliplen(text, len, limit), text);
}

const char *
error_name(const char *name)
{
	return cut(name, NAMEDATALEN - 1);
}

void
error_document(int sqlstate, const DocPath *path,
			   const char *hint, const char *fmt,...)
{
	char	   *path_text = error_path_string(path);
	StringInfoData message;
	StringInfoData detail;

	initStringInfo(&message);
	for (;;)
	{
		va_list		args;
		int			needed;

		va_start(args, fmt);
		needed = appendStringInfoVA(&message, fmt, args);
		va_end(args);
		if (needed == 0)
			break;
		enlargeStringInfo(&message, needed);
	}

	initStringInfo(&detail);
	appendStringInfoString(&detail, "{\"path\": ");
	escape_json(&detail, path_text);
	appendStringInfoChar(&detail, '}');

	ereport(ERROR,
			(errcode(sqlstate),
			 errmsg_internal("%s%s%s", cut(message.data, MAX_MESSAGE),
							 path_text[0] != '\0' ? " at " : "", path_text),
			 errdetail_internal("%s", detail.data),
			 hint ? errhint("%s", hint) : 0));
}

void
error_rethrow_at(const DocPath *path, const char *hint, MemoryContext cxt)
{
	char	   *path_text;
	ErrorData  *error;
	StringInfoData detail;

	if (!error_is_of_value(geterrcode()))
		PG_RE_THROW();

	MemoryContextSwitchTo(cxt);
	error = CopyErrorData();
	FlushErrorState();
	path_text = error_path_string(path);
	error->message = psprintf("%s%s%s", cut(error->message, MAX_MESSAGE),
							  path_text[0] != '\0' ? " at " : "", path_text);

	initStringInfo(&detail);
	appendStringInfoString(&detail, "{\"path\": ");
	escape_json(&detail, path_text);
	if (error->detail != NULL)
	{
		appendStringInfoString(&detail, ", \"detail\": ");
		escape_json(&detail, error->detail);
	}
	appendStringInfoChar(&detail, '}');
	error->detail = detail.data;
	if (error->hint == NULL && hint != NULL)
		error->hint = pstrdup(hint);
	ReThrowError(error);
}

bool
error_is_of_value(int sqlstate)
{
	switch (ERRCODE_TO_CATEGORY(sqlstate))
	{
		case ERRCODE_DATA_EXCEPTION:
		case ERRCODE_INTEGRITY_CONSTRAINT_VIOLATION:
		case ERRCODE_SYNTAX_ERROR_OR_ACCESS_RULE_VIOLATION: /* of a tsquery; no such regclass */
		case ERRCODE_INVALID_SCHEMA_NAME:
		case ERRCODE_FEATURE_NOT_SUPPORTED:
			return true;
		default:
			return sqlstate == ERRCODE_INTERNAL_ERROR ||	/* of an hstore, before 16 */
				sqlstate == ERRCODE_PROGRAM_LIMIT_EXCEEDED; /* a word of a tsvector */
	}
}

void
error_during_recovery(Oid function)
{
	PreventCommandDuringRecovery(psprintf("%s()", get_func_name(function)));
}

char *
error_hint_nearest(const char *name, List *known, const char *what)
{
	int			count = list_length(known);
	const char *other = other_words_hint(name, known, what);
	const char *place = other_words_place(name, known, what);
	RankedName *ranked;
	StringInfoData buf;
	ListCell   *lc;

	if (other != NULL)
		return pstrdup(other);
	if (count == 0)
		return NULL;
	ranked = palloc_array(RankedName, count);
	foreach(lc, known)
	{
		RankedName *r = &ranked[foreach_current_index(lc)];

		r->name = lfirst(lc);
		r->distance = name_distance(name, r->name);
		r->position = foreach_current_index(lc);
	}
	qsort(ranked, count, sizeof(RankedName), compare_ranked_names);

	initStringInfo(&buf);
	if (is_near(name, ranked[0].name))
		appendStringInfo(&buf, "Perhaps you meant \"%s\". ", ranked[0].name);
	else if (place != NULL)
		appendStringInfo(&buf, "%s ", place);
	appendStringInfo(&buf, "The %s are: ", what);
	for (int i = 0; i < Min(count, MAX_LISTED_NAMES); i++)
		appendStringInfo(&buf, "%s%s", i > 0 ? ", " : "", ranked[i].name);
	if (count > MAX_LISTED_NAMES)
		appendStringInfo(&buf, ", and %d more", count - MAX_LISTED_NAMES);
	appendStringInfoChar(&buf, '.');
	return buf.data;
}

bool
error_is_near(const char *name, List *known)
{
	foreach_ptr(const char, other, known)
		if (is_near(name, other))
			return true;
	return false;
}

/* so that one may have been meant as the other */
static bool
is_near(const char *name, const char *other)
{
	return name_distance(name, other) <= Max(2, (int) strlen(name) / 3);
}

/*
 * Edits between two names, case first forgiven: "title" for "Title" is nearer
 * than any other name.
 */
static int
name_distance(const char *a, const char *b)
{
	int			alen = strlen(a);
	int			blen = strlen(b);

	/* the server's function refuses longer strings */
	if (pg_mbstrlen(a) > 255 || pg_mbstrlen(b) > 255)
		return 1000;
	if (pg_strcasecmp(a, b) == 0)
		return 0;
	return varstr_levenshtein(a, alen, b, blen, 1, 1, 1, true);
}

static int
compare_ranked_names(const void *a, const void *b)
{
	const RankedName *x = a;
	const RankedName *y = b;

	if (x->distance != y->distance)
		return x->distance < y->distance ? -1 : 1;
	return x->position < y->position ? -1 : 1;
}
