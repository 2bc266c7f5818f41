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
#include "base/compat.h"
#include "catalog/pg_type_d.h"
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

static void check_page(const PlanBuilder *plan, const NodeBuilder *builder, bool page);
static bool links_have_order(const NodeBuilder *builder);
static const CursorShape *cursor_shape(NodeBuilder *builder);
static CursorShape *make_shape(NodeBuilder *builder);
static uint32 order_digest(List *keys, bool turned, List **values);
static uint32 filter_digest(const NodeBuilder *builder, List **values);
static LoadPage *compile_page(PlanBuilder *plan, NodeBuilder *builder);

static void append_no_cursor(NodeBuilder *builder);
static CursorKey *cursor_keys(NodeBuilder *builder, int *nkeys);
static bool orders_nulls_first(const SqlOrderKey *key);
static bool may_compare_rows(const CursorKey *keys, int nkeys);
static void append_row_comparison(SqlText *sql, const CursorKey *keys, int nkeys);
static void append_comparisons(SqlText *sql, const CursorKey *keys, int nkeys);
static void append_beyond(SqlText *sql, const CursorKey *key);
static void append_equal(SqlText *sql, const CursorKey *key);
static char *null_test(const CursorKey *key, const char *value, bool is_null);
static char *key_operator(const CursorKey *key, int strategy);
static int	beyond_strategy(const CursorKey *key);

void
load_page_compile(PlanBuilder *plan, NodeBuilder *builder)
{
	LoadNode   *node = builder->node;
	bool		page = builder->find->page || (node->parent == NULL && plan->request->page);

	if (!page && !node->custom && !node->backward)
		return;
	check_page(plan, builder, page);
	if (page)
		node->page = compile_page(plan, builder);
}

/* the last of a list are the first of the list turned round, which stop at the limit */
void
load_page_turn_order(NodeBuilder *builder)
{
	if (!builder->node->backward)
		return;
	foreach_ptr(SqlOrderKey, key, builder->order_keys)
	{
		key->is_explicit = true;
		key->descending = !key->descending;
		key->nulls = key->nulls == NULLS_FIRST_EXPLICIT ? NULLS_LAST_EXPLICIT :
			key->nulls == NULLS_LAST_EXPLICIT ? NULLS_FIRST_EXPLICIT : NULLS_DEFAULT;
	}
}

static void
check_page(const PlanBuilder *plan, const NodeBuilder *builder, bool page)
{
	const FindOptions *find = builder->find;
	const DocPath *member_path = page ? find->path : doc_path_key(find->path, find->cursor_key);

	if (builder->node->to_one)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, member_path, NULL,
					   "one row has no pages: \"%s\" needs an association to many",
					   page ? "page" : find->cursor_key);
	if (page && find->limit == NULL)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, member_path, "Say how many rows a page has.",
					   "a page needs \"limit\"");
	if (page && plan->plan->nested)
		error_document(ERRCODE_FEATURE_NOT_SUPPORTED, member_path, NULL,
					   "a load with pages is more than one statement");
	if (builder->model->nkey == 0 || !links_have_order(builder))
		error_document(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE, member_path,
					   "Add one, or name columns that identify a row, the option \"key\" of assoc.adopt: the order of the rows is definite then.",
					   "pages and cursors need a primary key, which %s does not have",
					   builder->model->nkey == 0 ? builder->model->quoted_table :
					   builder->scope.through->quoted_table);
	foreach_ptr(const SqlOrderKey, key, plan_order_keys(unconstify(NodeBuilder *, builder)))
	{
		if (key->hidden != NULL)
			error_document(ERRCODE_INSUFFICIENT_PRIVILEGE, key->path ? key->path : member_path,
						   "Order the pages by what may be shown.",
						   "a cursor would tell of the hidden attribute \"%s\"", key->hidden->name);
	}
}

/* the link rows of one pair are in the order too, if there can be several */
static bool
links_have_order(const NodeBuilder *builder)
{
	const Model *through = builder->scope.through;

	return through == NULL || builder->assoc->association->kind != BELONGS_TO_MANY ||
		through->nkey > 0 || sql_links_are_distinct(&builder->sql, builder->assoc);
}

static const CursorShape *
cursor_shape(NodeBuilder *builder)
{
	if (builder->cursor == NULL)
		builder->cursor = make_shape(builder);
	return builder->cursor;
}

static CursorShape *
make_shape(NodeBuilder *builder)
{
	List	   *keys = plan_order_keys(builder);
	CursorShape *shape = palloc0_object(CursorShape);

	shape->length = list_length(keys);
	shape->types = palloc_array(Oid, shape->length);
	shape->not_null = palloc_array(bool, shape->length);
	foreach_ptr(const SqlOrderKey, key, keys)
	{
		int			n = foreach_current_index(key);

		shape->types[n] = getBaseType(key->type);
		shape->not_null[n] = key->attribute && proof_by_not_null(builder->sql.proofs,
																key->of_through ? builder->scope.through : builder->model,
																key->attribute);
	}
	shape->order = order_digest(keys, builder->node->backward, &shape->values);
	shape->filter = filter_digest(builder, &shape->values);
	return shape;
}

/* of the order in which rows are shown, however it was written */
static uint32
order_digest(List *keys, bool turned, List **values)
{
	StringInfoData buf;

	initStringInfo(&buf);
	foreach_ptr(const SqlOrderKey, key, keys)
	{
		appendStringInfoString(&buf, key->of_through ? "through " : "");
		if (key->attribute)
			escape_json(&buf, key->attribute->name);
		else
			options_print_order(&buf, key->item, values);
		appendStringInfo(&buf, "%s%s, ", key->descending != turned ? " desc" : "",
						 orders_nulls_first(key) != turned ? " nulls first" : "");
	}
	return cursor_digest(buf.data);
}

/* of what the options say of which rows there are; rights and what rows hold may change meanwhile */
static uint32
filter_digest(const NodeBuilder *builder, List **values)
{
	const FindOptions *find = builder->find;
	StringInfoData buf;

	initStringInfo(&buf);
	escape_json(&buf, builder->model->name);
	if (builder->assoc)
		escape_json(&buf, builder->assoc->association->alias);
	appendStringInfo(&buf, "%s%s", builder->deleted_rows ? " deleted" : "",
					 builder->deleted_links ? " deleted links" : "");
	options_print_condition(&buf, find->scope_where, values);
	appendStringInfoChar(&buf, ';');
	options_print_condition(&buf, find->where, values);
	appendStringInfoChar(&buf, ';');
	if (builder->through)
		options_print_condition(&buf, builder->through->where, values);
	options_print_includes(&buf, find->include, values);
	return cursor_digest(buf.data);
}

static LoadPage *
compile_page(PlanBuilder *plan, NodeBuilder *builder)
{
	static char *keys[] = {"rows", "next", "previous"};
	LoadPage   *page = palloc0_object(LoadPage);

	page->turned = builder->find->cursor_key != NULL;
	page->no_cursor = -1;
	page->tmpl = json_template_make(plan->plan->format, page->turned ? 3 : 2, keys,
									CurrentMemoryContext);
	page->cursor = cursor_shape(builder);
	page->filter = sql_cursor_filter(&builder->sql, page->cursor);
	page->columns = palloc_array(int, page->cursor->length);
	foreach_ptr(const SqlOrderKey, key, plan_order_keys(builder))
	{
		LoadColumn	column = {0};

		column.sql = key->sql;
		column.type = column.stored_type = getBaseType(key->type);
		page->columns[foreach_current_index(key)] = key->attribute ?
			plan_column(builder, key->of_through, key->attribute) :
			plan_add_column(builder, &column);
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
load_page_append_beyond(NodeBuilder *builder)
{
	SqlText    *sql = &builder->sql;
	const OptionValue *cursor = builder->find->cursor;
	int			nkeys;
	CursorKey  *keys;

	if (cursor->kind == OPTION_COLUMN)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, cursor->path, NULL,
					   "expected a cursor, not a column,");
	keys = cursor_keys(builder, &nkeys);
	appendStringInfoString(&sql->buf, " AND (");
	if (cursor->kind == OPTION_PARAM)
		append_no_cursor(builder);
	if (may_compare_rows(keys, nkeys))
		append_row_comparison(sql, keys, nkeys);
	else
		append_comparisons(sql, keys, nkeys);
	appendStringInfoChar(&sql->buf, ')');
}

static void
append_no_cursor(NodeBuilder *builder)
{
	SqlText    *sql = &builder->sql;

	appendStringInfo(&sql->buf, "%s OR ",
					 sql_cursor_value(sql, builder->find->cursor, cursor_shape(builder), CURSOR_NONE));
	if (builder->node->page)
		builder->node->page->no_cursor = llast_int(sql->used);
}

static CursorKey *
cursor_keys(NodeBuilder *builder, int *nkeys)
{
	List	   *order = plan_order_keys(builder);
	const CursorShape *shape = cursor_shape(builder);
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
		cursor->value = sql_cursor_value(&builder->sql, builder->find->cursor, shape,
										 foreach_current_index(lc));
	}
	return keys;
}

static bool
orders_nulls_first(const SqlOrderKey *key)
{
	return key->nulls == NULLS_FIRST_EXPLICIT || (key->nulls == NULLS_DEFAULT && key->descending);
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
	if (!key->not_null)
		appendStringInfo(&sql->buf, " OR (%s AND %s)", null_test(key, column, !key->nulls_first),
						 null_test(key, key->value, key->nulls_first));
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
		appendStringInfo(&sql->buf, "(%s OR (%s AND %s))", equal, null_test(key, column, true),
						 null_test(key, key->value, true));
}

/* to IS NULL a composite value of nulls is null, and one with some of them is neither */
static char *
null_test(const CursorKey *key, const char *value, bool is_null)
{
	if (type_is_rowtype(key->type))
		return psprintf("%s IS %sDISTINCT FROM NULL", value, is_null ? "NOT " : "");
	return psprintf("%s IS %sNULL", value, is_null ? "" : "NOT ");
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
