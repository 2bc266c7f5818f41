/*-------------------------------------------------------------------------
 *
 * load_page.c
 *	  Cursors and pages, planned: what a cursor holds, and where a list goes on.
 *
 * Decides what a cursor holds (cursor.c writes and reads it), which order and filter it
 * belongs to, and which rows come behind it, or before it: then the list is read backward.
 * When a page has a next one is decided while it runs (run_page.c).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "catalog/pg_type_d.h"
#include "base/compat.h"
#include "deparse/cursor.h"
#include "options/options_print.h"
#include "plan/load_page.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

/* a key of the order and the cursor's value for it */
typedef struct CursorKey
{
	const SqlOrderKey *key;
	Oid			type;			/* base type */
	bool		not_null;
	bool		nulls_first;
	char	   *value;			/* $n */
} CursorKey;

static void check_page(const PlanDraft *plan, const NodeDraft *draft, bool page);
static bool links_have_order(const NodeDraft *draft);
static const CursorShape *cursor_shape(NodeDraft *draft);
static CursorShape *make_shape(NodeDraft *draft);
static uint32 order_digest(List *keys, bool turned, List **params);
static uint32 filter_digest(const NodeDraft *draft, List **params);
static LoadPage *compile_page(PlanDraft *plan, NodeDraft *draft);

static void append_no_cursor(NodeDraft *draft);
static CursorKey *cursor_keys(NodeDraft *draft, int *nkeys);
static bool orders_nulls_first(const SqlOrderKey *key);
static bool may_compare_rows(const CursorKey *keys, int nkeys);
static void append_row_comparison(SqlText *sql, const CursorKey *keys, int nkeys);
static void append_comparisons(SqlText *sql, const CursorKey *keys, int nkeys);
static void append_beyond(SqlText *sql, const CursorKey *key);
static void append_equal(SqlText *sql, const CursorKey *key);
static char *key_operator(const CursorKey *key, int strategy);
static int	beyond_strategy(const CursorKey *key);

void
page_compile(PlanDraft *plan, NodeDraft *draft)
{
	LoadNode   *node = draft->node;
	bool		page = draft->find->page || (node->parent == NULL && plan->request->page);

	if (!page && !node->custom && !node->backward)
		return;
	check_page(plan, draft, page);
	if (page)
		node->page = compile_page(plan, draft);
}

/* the last of a list are the first of the list turned round, which stop at the limit */
void
page_turn_order(NodeDraft *draft)
{
	if (!draft->node->backward)
		return;
	foreach_ptr(SqlOrderKey, key, draft->order_keys)
	{
		key->said = true;
		key->descending = !key->descending;
		key->nulls = key->nulls == NULLS_FIRST_SAID ? NULLS_LAST_SAID :
			key->nulls == NULLS_LAST_SAID ? NULLS_FIRST_SAID : NULLS_DEFAULT;
	}
}

static void
check_page(const PlanDraft *plan, const NodeDraft *draft, bool page)
{
	const FindOptions *find = draft->find;
	const DocPath *place = page ? find->path : doc_path_key(find->path, find->cursor_key);

	if (draft->node->to_one)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, place, NULL,
					   "one row has no pages: \"%s\" needs an association to many",
					   page ? "page" : find->cursor_key);
	if (page && find->limit == NULL)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, place, "Say how many rows a page has.",
					   "a page needs \"limit\"");
	if (page && plan->plan->nested)
		error_document(ERRCODE_FEATURE_NOT_SUPPORTED, place, NULL,
					   "a load with pages is more than one statement");
	if (draft->model->nkey == 0 || !links_have_order(draft))
		error_document(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE, place,
					   "Add a primary key: it makes the order of the rows definite.",
					   "pages and cursors need a primary key, which %s does not have",
					   draft->model->nkey == 0 ? draft->model->quoted_table :
					   draft->scope.through->quoted_table);
	foreach_ptr(const SqlOrderKey, key, draft_order_keys(unconstify(NodeDraft *, draft)))
	{
		if (key->hidden != NULL)
			error_document(ERRCODE_INSUFFICIENT_PRIVILEGE, key->path ? key->path : place,
						   "Order the pages by what may be shown.",
						   "a cursor would tell of the hidden attribute \"%s\"", key->hidden->name);
		/* null in JSON is both SQL's and its own */
		if (getBaseType(key->type) == JSONBOID)
			error_document(ERRCODE_FEATURE_NOT_SUPPORTED, key->path ? key->path : place, NULL,
						   "a cursor cannot hold values of type jsonb");
	}
}

/* the link rows of one pair are in the order too, if there can be several */
static bool
links_have_order(const NodeDraft *draft)
{
	const Model *through = draft->scope.through;

	return through == NULL || draft->ends->association->kind != BELONGS_TO_MANY ||
		through->nkey > 0 || sql_links_are_distinct(&draft->sql, draft->ends);
}

static const CursorShape *
cursor_shape(NodeDraft *draft)
{
	if (draft->cursor == NULL)
		draft->cursor = make_shape(draft);
	return draft->cursor;
}

static CursorShape *
make_shape(NodeDraft *draft)
{
	List	   *keys = draft_order_keys(draft);
	CursorShape *shape = palloc0_object(CursorShape);

	shape->length = list_length(keys);
	shape->types = palloc_array(Oid, shape->length);
	shape->not_null = palloc_array(bool, shape->length);
	foreach_ptr(const SqlOrderKey, key, keys)
	{
		int			n = foreach_current_index(key);

		shape->types[n] = getBaseType(key->type);
		shape->not_null[n] = key->attribute && key->attribute->never_null;
	}
	shape->order = order_digest(keys, draft->node->backward, &shape->params);
	shape->filter = filter_digest(draft, &shape->params);
	return shape;
}

/* of the order in which rows are shown, however it was said */
static uint32
order_digest(List *keys, bool turned, List **params)
{
	StringInfoData buf;

	initStringInfo(&buf);
	foreach_ptr(const SqlOrderKey, key, keys)
	{
		appendStringInfoString(&buf, key->of_through ? "through " : "");
		if (key->attribute)
			escape_json(&buf, key->attribute->name);
		else
			options_print_order(&buf, key->item, params);
		appendStringInfo(&buf, "%s%s, ", key->descending != turned ? " desc" : "",
						 orders_nulls_first(key) != turned ? " nulls first" : "");
	}
	return cursor_digest(buf.data);
}

/* of what the options say of which rows there are; rights and what rows hold may change meanwhile */
static uint32
filter_digest(const NodeDraft *draft, List **params)
{
	const FindOptions *find = draft->find;
	StringInfoData buf;

	initStringInfo(&buf);
	escape_json(&buf, draft->model->name);
	if (draft->ends)
		escape_json(&buf, draft->ends->association->alias);
	appendStringInfo(&buf, "%s%s", draft->deleted_rows ? " deleted" : "",
					 draft->deleted_links ? " deleted links" : "");
	options_print_condition(&buf, find->scope_where, params);
	appendStringInfoChar(&buf, ';');
	options_print_condition(&buf, find->where, params);
	appendStringInfoChar(&buf, ';');
	if (draft->through)
		options_print_condition(&buf, draft->through->where, params);
	options_print_includes(&buf, find->include, params);
	return cursor_digest(buf.data);
}

static LoadPage *
compile_page(PlanDraft *plan, NodeDraft *draft)
{
	static char *keys[] = {"rows", "next", "previous"};
	LoadPage   *page = palloc0_object(LoadPage);

	page->turned = draft->find->cursor_key != NULL;
	page->no_cursor = -1;
	page->tmpl = json_template_make(plan->plan->format, page->turned ? 3 : 2, keys,
									CurrentMemoryContext);
	page->cursor = cursor_shape(draft);
	page->filter = sql_cursor_filter(&draft->sql, page->cursor);
	page->columns = palloc_array(int, page->cursor->length);
	foreach_ptr(const SqlOrderKey, key, draft_order_keys(draft))
	{
		LoadColumn	column = {0};

		column.sql = key->sql;
		column.type = column.stored_type = getBaseType(key->type);
		page->columns[foreach_current_index(key)] = key->attribute ?
			draft_column(draft, key->of_through, key->attribute) :
			draft_add_column(draft, &column);
	}
	return page;
}

/* ---- behind a cursor ---- */

/*
 * A comparison of rows where it says the same, since an index scan can start
 * there; else a > x OR (a = x AND (b > y OR ...)), which also knows of NULL and
 * mixed directions.  A cursor given by name may be null: then all rows follow.
 */
void
page_append_beyond(NodeDraft *draft)
{
	SqlText    *sql = &draft->sql;
	const OptionValue *cursor = draft->find->cursor;
	int			nkeys;
	CursorKey  *keys;

	if (cursor->kind == OPTION_COLUMN)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, cursor->path, NULL,
					   "expected a cursor, not a column,");
	keys = cursor_keys(draft, &nkeys);
	appendStringInfoString(&sql->buf, " AND (");
	if (cursor->kind == OPTION_PARAM)
		append_no_cursor(draft);
	if (may_compare_rows(keys, nkeys))
		append_row_comparison(sql, keys, nkeys);
	else
		append_comparisons(sql, keys, nkeys);
	appendStringInfoChar(&sql->buf, ')');
}

static void
append_no_cursor(NodeDraft *draft)
{
	SqlText    *sql = &draft->sql;

	appendStringInfo(&sql->buf, "%s OR ",
					 sql_cursor_value(sql, draft->find->cursor, cursor_shape(draft), CURSOR_NONE));
	if (draft->node->page)
		draft->node->page->no_cursor = llast_int(sql->used);
}

static CursorKey *
cursor_keys(NodeDraft *draft, int *nkeys)
{
	List	   *order = draft_order_keys(draft);
	const CursorShape *shape = cursor_shape(draft);
	CursorKey  *keys = palloc_array(CursorKey, list_length(order));
	ListCell   *lc;

	*nkeys = list_length(order);
	foreach(lc, order)
	{
		CursorKey  *cursor = &keys[foreach_current_index(lc)];
		const SqlOrderKey *key = lfirst(lc);

		cursor->key = key;
		cursor->type = shape->types[foreach_current_index(lc)];
		cursor->not_null = shape->not_null[foreach_current_index(lc)];
		cursor->nulls_first = orders_nulls_first(key);
		cursor->value = sql_cursor_value(&draft->sql, draft->find->cursor, shape,
										 foreach_current_index(lc));
	}
	return keys;
}

static bool
orders_nulls_first(const SqlOrderKey *key)
{
	return key->nulls == NULLS_FIRST_SAID || (key->nulls == NULLS_DEFAULT && key->descending);
}

/* ROW(a, b) > ROW(x, y) is about one operator, and about values that are not null */
static bool
may_compare_rows(const CursorKey *keys, int nkeys)
{
	for (int i = 0; i < nkeys; i++)
		if (!keys[i].not_null || keys[i].key->descending != keys[0].key->descending ||
			strcmp(key_operator(&keys[i], beyond_strategy(&keys[i])),
				   key_operator(&keys[0], beyond_strategy(&keys[0]))) != 0)
			return false;
	return true;
}

static void
append_row_comparison(SqlText *sql, const CursorKey *keys, int nkeys)
{
	appendStringInfoString(&sql->buf, nkeys > 1 ? "ROW(" : "");
	for (int i = 0; i < nkeys; i++)
		appendStringInfo(&sql->buf, "%s%s", i > 0 ? ", " : "", keys[i].key->sql);
	appendStringInfo(&sql->buf, "%s %s %s", nkeys > 1 ? ")" : "",
					 key_operator(&keys[0], beyond_strategy(&keys[0])), nkeys > 1 ? "ROW(" : "");
	for (int i = 0; i < nkeys; i++)
		appendStringInfo(&sql->buf, "%s%s", i > 0 ? ", " : "", keys[i].value);
	appendStringInfoString(&sql->buf, nkeys > 1 ? ")" : "");
}

static void
append_comparisons(SqlText *sql, const CursorKey *keys, int nkeys)
{
	/* implied by the rest, but an index scan can start here */
	if (keys[0].not_null)
		appendStringInfo(&sql->buf, "%s %s %s AND ", keys[0].key->sql,
						 key_operator(&keys[0], keys[0].key->descending ?
									  BTLessEqualStrategyNumber : BTGreaterEqualStrategyNumber),
						 keys[0].value);
	for (int i = 0; i < nkeys; i++)
	{
		appendStringInfoChar(&sql->buf, '(');
		append_beyond(sql, &keys[i]);
		if (i == nkeys - 1)
			break;
		appendStringInfoString(&sql->buf, " OR (");
		append_equal(sql, &keys[i]);
		appendStringInfoString(&sql->buf, " AND ");
	}
	appendStringInfoChar(&sql->buf, ')');
	for (int i = 0; i < nkeys - 1; i++)
		appendStringInfoString(&sql->buf, "))");
}

static void
append_beyond(SqlText *sql, const CursorKey *key)
{
	const char *column = key->key->sql;

	appendStringInfo(&sql->buf, "%s %s %s", column,
					 key_operator(key, beyond_strategy(key)), key->value);
	if (key->not_null)
		return;
	if (key->nulls_first)
		appendStringInfo(&sql->buf, " OR (%s IS NOT NULL AND %s IS NULL)", column, key->value);
	else
		appendStringInfo(&sql->buf, " OR (%s IS NULL AND %s IS NOT NULL)", column, key->value);
}

static void
append_equal(SqlText *sql, const CursorKey *key)
{
	const char *column = key->key->sql;
	char	   *equal = psprintf("%s %s %s", column, key_operator(key, BTEqualStrategyNumber),
								 key->value);

	if (key->not_null)
		appendStringInfoString(&sql->buf, equal);
	else
		appendStringInfo(&sql->buf, "(%s OR (%s IS NULL AND %s IS NULL))", equal, column, key->value);
}

static char *
key_operator(const CursorKey *key, int strategy)
{
	return sql_operator(key->type, strategy, key->key->path);
}

static int
beyond_strategy(const CursorKey *key)
{
	return key->key->descending ? BTLessStrategyNumber : BTGreaterStrategyNumber;
}
