/*-------------------------------------------------------------------------
 *
 * load_page.c
 *	  Cursors and pages, planned: what a cursor holds, and where a list goes on.
 *
 * A cursor is the list of the values that its row is ordered by, the key last, so
 * that it names one place in the order even when its row is gone.  Decides what
 * such a list holds and which rows come after it; when a page has a next one is
 * decided while it runs (run_page.c).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "catalog/pg_type_d.h"
#include "base/compat.h"
#include "plan/load_page.h"
#include "utils/builtins.h"
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
static void compile_cursor(PlanDraft *plan, NodeDraft *draft, LoadPage *page);
static bool value_as_string(const PlanDraft *plan, const SqlOrderKey *key);

static CursorKey *cursor_keys(NodeDraft *draft, int *nkeys);
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
	static char *keys[] = {"rows", "next"};
	LoadNode   *node = draft->node;
	bool		page = draft->find->page || (node->parent == NULL && plan->request->page);

	node->custom = draft->find->after != NULL;
	if (!page && !draft->find->after)
		return;
	check_page(plan, draft, page);
	if (!page)
		return;
	node->page = palloc0_object(LoadPage);
	node->page->tmpl = json_template_make(plan->plan->format, lengthof(keys), keys,
										  CurrentMemoryContext);
	compile_cursor(plan, draft, node->page);
}

static void
check_page(const PlanDraft *plan, const NodeDraft *draft, bool page)
{
	const FindOptions *find = draft->find;
	const DocPath *place = page ? find->path : find->after->path;
	ListCell   *lc;

	if (draft->node->to_one)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, place, NULL,
					   "one row has no pages: \"%s\" needs an association to many",
					   page ? "page" : "after");
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
	foreach(lc, draft_order_keys(unconstify(NodeDraft *, draft)))
	{
		const SqlOrderKey *key = lfirst(lc);

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

	if (through == NULL || draft->ends->association->kind != BELONGS_TO_MANY || through->nkey > 0)
		return true;
	for (int i = 0; i < through->nindexes; i++)
	{
		const ModelIndex *index = &through->indexes[i];
		int			matched = 0;

		for (int k = 0; k < draft->ends->nsource; k++)
			for (int a = 0; a < index->nkeys; a++)
				matched += index->attnums[a] == draft->ends->source_ref[k]->attnum;
		for (int k = 0; k < draft->ends->ntarget; k++)
			for (int a = 0; a < index->nkeys; a++)
				matched += index->attnums[a] == draft->ends->target_ref[k]->attnum;
		if (index->unique && matched == index->nkeys &&
			proof_by_index(draft->sql.proofs, index->indexid))
			return true;
	}
	return false;
}

static void
compile_cursor(PlanDraft *plan, NodeDraft *draft, LoadPage *page)
{
	List	   *keys = draft_order_keys(draft);
	ListCell   *lc;

	page->cursor.columns = palloc_array(int, list_length(keys));
	page->cursor.encoders = palloc0_array(JsonEncoder, list_length(keys));
	foreach(lc, keys)
	{
		const SqlOrderKey *key = lfirst(lc);
		int			n = page->cursor.ncolumns++;
		LoadColumn	column = {0};

		column.sql = key->sql;
		column.type = column.stored_type = getBaseType(key->type);
		page->cursor.columns[n] = key->attribute ?
			draft_column(draft, key->of_through, key->attribute) :
			draft_add_column(draft, &column);
		json_encoder_init(&page->cursor.encoders[n], plan->plan->format, key->type,
						  value_as_string(plan, key), CurrentMemoryContext);
	}
}

static bool
value_as_string(const PlanDraft *plan, const SqlOrderKey *key)
{
	return (key->attribute && key->attribute->json_string) ||
		(plan->plan->bigint_string && getBaseType(key->type) == INT8OID);
}

/* ---- after a cursor ---- */

/*
 * A comparison of rows where it says the same, since an index scan can start
 * there; else a > x OR (a = x AND (b > y OR ...)), which also knows of NULL and
 * mixed directions.  A cursor given by name may be null: then all rows follow.
 */
void
page_append_after(NodeDraft *draft)
{
	SqlText    *sql = &draft->sql;
	const OptionValue *after = draft->find->after;
	int			nkeys;
	CursorKey  *keys;

	if (after->kind == OPTION_COLUMN)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, after->path, NULL,
					   "expected a cursor, not a column,");
	keys = cursor_keys(draft, &nkeys);
	appendStringInfoString(&sql->buf, " AND (");
	if (after->kind == OPTION_PARAM)
		appendStringInfo(&sql->buf, "%s OR ", sql_no_cursor(sql, after));
	if (may_compare_rows(keys, nkeys))
		append_row_comparison(sql, keys, nkeys);
	else
		append_comparisons(sql, keys, nkeys);
	appendStringInfoChar(&sql->buf, ')');
}

static CursorKey *
cursor_keys(NodeDraft *draft, int *nkeys)
{
	List	   *order = draft_order_keys(draft);
	CursorKey  *keys = palloc_array(CursorKey, list_length(order));
	ListCell   *lc;

	*nkeys = list_length(order);
	foreach(lc, order)
	{
		CursorKey  *cursor = &keys[foreach_current_index(lc)];
		const SqlOrderKey *key = lfirst(lc);

		cursor->key = key;
		cursor->type = getBaseType(key->type);
		cursor->not_null = key->attribute && key->attribute->never_null;
		cursor->nulls_first = key->nulls == NULLS_FIRST_SAID ||
			(key->nulls == NULLS_DEFAULT && key->descending);
		cursor->value = sql_cursor_value(&draft->sql, draft->find->after, *nkeys,
										 foreach_current_index(lc), cursor->type, cursor->not_null);
	}
	return keys;
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
