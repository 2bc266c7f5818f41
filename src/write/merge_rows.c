/*-------------------------------------------------------------------------
 *
 * merge_rows.c
 *	  What refers to one row of a merge goes over to the other.
 *
 * Decides in which order: first what leads from the one row to the other goes, then rows for
 * which a unique key has no room are merged into those that are there, then the others
 * move in one statement.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "base/compat.h"
#include "executor/spi.h"
#include "link/link_sql.h"
#include "miscadmin.h"
#include "registry/citus.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "write/merge.h"

static void check_stays(MergeReference *reference, MergeRow *from, MergeRow *to);
static void turn_round(MergeReference *reference, MergeRow *from, MergeRow *to);
static void merge_reference(StringInfo report, MergeReference *reference, StringInfo removed,
							MergeRow *from, MergeRow *to);
static bool is_referred_to(MergeReference *reference, MergeRow *row);
static void begin_members(StringInfo report, MergeReference *reference);
static void remove_between(StringInfo report, MergeReference *reference, MergeRow *from, MergeRow *to);
static uint64 clear_own(MergeReference *reference, MergeRow *from, MergeRow *to);
static void give_up_place(MergeReference *reference, MergeRow *from, MergeRow *to);
static uint64 clear_pointer(MergeReference *reference, MergeRow *row, MergeRow *pointed_at);
static uint64 merge_duplicates(StringInfo report, MergeReference *reference, MergeKey *key,
							   MergeRow *from, MergeRow *to, uint64 *cleared);
static List *find_duplicates(MergeReference *reference, MergeKey *key, MergeRow *from, MergeRow *to);
static void append_key_is_taken(SqlText *s, MergeReference *reference, MergeKey *key,
								MergeRow *from, MergeRow *to);
static char *pointers_of_key(SqlText *s, MergeReference *reference, MergeKey *key, MergeRow *to);
static char *same_value(MergeKey *key, const Attribute *column);
static bool key_changes(MergeReference *reference, MergeKey *key, MergeRow *from, MergeRow *to);
static bool is_being_merged(const MergeRow *row, const MergeRow *from, const MergeRow *to);
static bool same_row(const MergeRow *a, const MergeRow *b);
static Datum key_value(const MergeRow *row, Attribute *column);
static void merge_duplicate(StringInfo report, MergeRow *from, MergeRow *to);
static bool stay_where_they_are(MergeReference *reference, MergeRow *from, MergeRow *to);
static bool is_fixed(Relation rel, MergeReference *reference, const Attribute *column);
static bool has_rows(MergeReference *reference, MergeRow *row);
static bool is_shared(Relation rel, MergeReference *reference, const Attribute *column);
static bool pointed_values_same(MergeReference *reference, int column, MergeRow *from, MergeRow *to);
static uint64 move_rows(StringInfo report, MergeReference *reference, MergeRow *from, MergeRow *to);
static char *points(SqlText *s, const char *prefix, MergeReference *reference, MergeRow *row);
static char *points_by(SqlText *s, const char *prefix, MergeReference *reference, int i, MergeRow *row);
static void append_is_not(SqlText *s, const char *prefix, MergeReference *reference, MergeRow *row);
static char *key_columns(MergeTable *table);
static void report_row(StringInfo report, const char *name, MergeRow *row);
static void report_keys(StringInfo report, MergeTable *table, uint64 rows);

/* ---- references ---- */

/* a link of the row that goes to itself leads, once one of its ends has moved, from one to the other */
void
merge_rows(StringInfo report, MergeRow *from, MergeRow *to)
{
	List	   *references = merge_references(from->table);
	StringInfoData *removed = palloc_array(StringInfoData, list_length(references) + 1);
	int			start = report->len;

	check_stack_depth();
	foreach_ptr(MergeReference, reference, references)
		check_stays(reference, from, to);
	foreach_ptr(MergeReference, reference, references)
	{
		initStringInfo(&removed[foreach_current_index(reference)]);
		remove_between(&removed[foreach_current_index(reference)], reference, from, to);
	}
	foreach_ptr(MergeReference, reference, references)
	{
		foreach_ptr(MergeReference, symmetric, reference->symmetric)
			turn_round(symmetric, from, to);
	}
	foreach_ptr(MergeReference, reference, references)
	{
		StringInfoData one;

		CHECK_FOR_INTERRUPTS();
		initStringInfo(&one);
		merge_reference(&one, reference, &removed[foreach_current_index(reference)], from, to);
		if (one.len > 0)
			appendStringInfo(report, "%s%s", report->len > start ? ", " : "", one.data);
	}
}

/* Citus moves no row to another node, and says so only when something has been written */
static void
check_stays(MergeReference *reference, MergeRow *from, MergeRow *to)
{
	AttrNumber	spread_by = citus_key(reference->table->relid);

	for (int i = 0; i < reference->n; i++)
	{
		if (reference->columns[i]->attnum == spread_by && is_referred_to(reference, from) &&
			!pointed_values_same(reference, i, from, to))
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("rows of %s cannot refer to another row", reference->table->name),
					 errdetail("Citus spreads them by \"%s\", and moves no row to another node.",
							   reference->columns[i]->name),
					 errhint("Create them anew for the row that stays, and delete the other one.")));
	}
}

/* symmetric links of the one row get the order in which the other has them, if it has them the other way */
static void
turn_round(MergeReference *reference, MergeRow *from, MergeRow *to)
{
	Attribute  *column = reference->columns[0];
	Attribute  *other = reference->other[0];
	const char *name = quote_identifier(column->column);
	const char *other_name = quote_identifier(other->column);
	SqlText		s;

	if (!is_referred_to(reference, from) || !is_referred_to(reference, to))
		return;
	statement_init(&s);
	sql_append(&s, "UPDATE %s AS t SET %s = t.%s, %s = t.%s WHERE %s", reference->table->name, name, other_name,
			   other_name, name, points(&s, "t", reference, from));
	sql_append(&s, " AND EXISTS (SELECT FROM %s AS q WHERE %s AND %s", reference->table->name,
			   statement_equal(psprintf("q.%s", name), column, psprintf("t.%s", other_name), other),
			   statement_equal_param(&s, "q", other, reference->pointed_at[0],
									 to->values[reference->pointed_at[0] - to->table->columns]));
	link_sql_and_scope(&s, "q", reference->nscope, reference->scope);
	sql_append(&s, ")");
	(void) statement_run(&s, STATEMENT_WRITE, SPI_OK_UPDATE);
}

/* a reference without rows is not reported */
static void
merge_reference(StringInfo report, MergeReference *reference, StringInfo removed,
				MergeRow *from, MergeRow *to)
{
	uint64		rows = removed->len;
	uint64		cleared;
	int			start;

	if (!is_referred_to(reference, from))
		return;
	if (!is_referred_to(reference, to))
		to = NULL;
	else if (stay_where_they_are(reference, from, to))
		return;
	begin_members(report, reference);
	if (reference->nother > 0 && to != NULL)
		appendStringInfo(report, ", \"removed\": [%s]", removed->data);
	cleared = clear_own(reference, from, to);
	appendStringInfoString(report, ", \"merged\": [");
	start = report->len;
	foreach_ptr(MergeKey, key, to ? merge_keys(reference) : NIL)
	{
		StringInfoData merged;

		initStringInfo(&merged);
		rows += merge_duplicates(&merged, reference, key, from, to, &cleared);
		if (merged.len > 0)
			appendStringInfo(report, "%s%s", report->len > start ? ", " : "", merged.data);
	}
	appendStringInfo(report, "]%s, \"moved\": [", cleared > 0 ? ", \"cleared\": true" : "");
	rows += cleared + move_rows(report, reference, from, to);
	appendStringInfoString(report, "]}");
	if (rows == 0)
		resetStringInfo(report);
}

/* a null is pointed at by nothing */
static bool
is_referred_to(MergeReference *reference, MergeRow *row)
{
	for (int i = 0; i < reference->n; i++)
	{
		if (row->nulls[reference->pointed_at[i] - row->table->columns])
			return false;
	}
	return true;
}

static void
begin_members(StringInfo report, MergeReference *reference)
{
	MergeTable *table = reference->table;
	List	   *columns = NIL;

	for (int i = 0; i < reference->n; i++)
		columns = lappend(columns, reference->columns[i]->name);
	doc_write_string(report, "model", table->model ? table->model->name : table->name);
	doc_write_strings(report, "columns", columns);
	doc_write_strings(report, "associations", reference->associations);
}

/* links of the one row to the other */
static void
remove_between(StringInfo report, MergeReference *reference, MergeRow *from, MergeRow *to)
{
	MergeTable *table = reference->table;
	SqlText		s;

	if (reference->nother == 0 || !is_referred_to(reference, from) || !is_referred_to(reference, to))
		return;
	statement_delete(&s, table->relid, table->name);
	statement_where(&s, points(&s, "t", reference, from));
	for (int i = 0; i < reference->nother; i++)
		sql_append(&s, " AND %s",
				   statement_equal_param(&s, "t", reference->other[i], reference->other_at[i],
										 to->values[reference->other_at[i] - to->table->columns]));
	statement_returning(&s, key_columns(table));
	report_keys(report, table, statement_run(&s, STATEMENT_WRITE, SPI_OK_DELETE_RETURNING));
}

/* the kept row does not come to point at itself */
static uint64
clear_own(MergeReference *reference, MergeRow *from, MergeRow *to)
{
	if (to == NULL || reference->table->relid != to->table->relid)
		return 0;
	if (merge_keys(reference) != NIL)
		give_up_place(reference, from, to);
	return clear_pointer(reference, to, from);
}

/* where only one row may refer to a row, neither row keeps the other out by its reference to the row that goes */
static void
give_up_place(MergeReference *reference, MergeRow *from, MergeRow *to)
{
	(void) clear_pointer(reference, from, from);
	(void) clear_pointer(reference, from, to);
}

static uint64
clear_pointer(MergeReference *reference, MergeRow *row, MergeRow *pointed_at)
{
	SqlText		s;

	statement_update(&s, reference->table->relid, reference->table->name);
	for (int i = 0; i < reference->n; i++)
	{
		if (!reference->columns[i]->not_null)
			statement_set(&s, reference->columns[i], "NULL");
	}
	sql_append(&s, " WHERE %s", merge_is(&s, "t", row));
	sql_append(&s, " AND %s", points(&s, "t", reference, pointed_at));
	return s.assignments != NIL ? statement_run(&s, STATEMENT_WRITE, SPI_OK_UPDATE) : 0;
}

/* rows that point at the one where a row of the same key points at the other */
static uint64
merge_duplicates(StringInfo report, MergeReference *reference, MergeKey *key, MergeRow *from,
				 MergeRow *to, uint64 *cleared)
{
	List	   *pairs = key_changes(reference, key, from, to) ?
		find_duplicates(reference, key, from, to) : NIL;
	uint64		merged = 0;

	for (int i = 0; i < list_length(pairs); i += 2)
	{
		MergeRow   *row = list_nth(pairs, i);
		MergeRow   *into = list_nth(pairs, i + 1);
		StringInfoData one;

		initStringInfo(&one);
		row->above = from;
		into->above = to;
		/* one of them is gone, or no longer where it was */
		if (!merge_read_row(row, NULL) || !merge_read_row(into, NULL))
			continue;
		if (is_being_merged(row, from, to) || is_being_merged(into, from, to))
		{
			*cleared += clear_pointer(reference, row, from);
			continue;
		}
		merge_duplicate(&one, row, into);
		appendStringInfo(report, "%s%s", merged++ > 0 ? ", " : "", one.data);
	}
	return merged;
}

/* rows that refer to the one, each with the row that has its key already: MergeRow *, in pairs */
static List *
find_duplicates(MergeReference *reference, MergeKey *key, MergeRow *from, MergeRow *to)
{
	List	   *pairs = NIL;
	uint64		rows;
	SqlText		s;

	statement_init(&s);
	sql_append(&s, "SELECT %s FROM %s AS r WHERE %s", sql_columns("r", key->n, key->columns),
			   reference->table->name, points(&s, "r", reference, from));
	append_is_not(&s, "r", reference, from);
	if (key->predicate)
		sql_append(&s, " AND %s", key->predicate);
	append_key_is_taken(&s, reference, key, from, to);
	sql_append(&s, " ORDER BY %s", sql_columns("r", key->n, key->columns));
	rows = statement_run(&s, STATEMENT_WRITE, SPI_OK_SELECT);
	for (uint64 i = 0; i < rows; i++)
	{
		pairs = lappend(pairs, merge_row_of_key(reference, key, NULL, i));
		pairs = lappend(pairs, merge_row_of_key(reference, key, to, i));
	}
	SPI_freetuptable(SPI_tuptable);
	return pairs;
}

/* there is a row with the key that row r gets when it refers to the other */
static void
append_key_is_taken(SqlText *s, MergeReference *reference, MergeKey *key, MergeRow *from,
					MergeRow *to)
{
	bool		spread = citus_key(reference->table->relid) != InvalidAttrNumber;

	/* Citus compares rows of several nodes only with what it has read before */
	if (spread)
		sql_append(s, " AND EXISTS (SELECT FROM (SELECT * FROM %s AS q WHERE %s OFFSET 0) AS q WHERE true",
				   reference->table->name, pointers_of_key(s, reference, key, to));
	else
		sql_append(s, " AND EXISTS (SELECT FROM %s AS q WHERE true", reference->table->name);
	append_is_not(s, "q", reference, from);
	if (key->predicate)
		sql_append(s, " AND %s", key->predicate);
	for (int i = 0; i < key->n; i++)
	{
		const Attribute *column = key->columns[i];

		if (!model_attnum_among(column->attnum, reference->n, reference->columns))
			sql_append(s, " AND (%s)", same_value(key, column));
	}
	if (!spread)
		sql_append(s, " AND %s", pointers_of_key(s, reference, key, to));
	sql_append(s, ")");
}

/* of the columns of the key those that refer, to this one; there are some (merge_keys) */
static char *
pointers_of_key(SqlText *s, MergeReference *reference, MergeKey *key, MergeRow *to)
{
	StringInfoData outer = sql_begin_part(s);

	for (int c = 0; c < reference->n; c++)
	{
		if (model_attnum_among(reference->columns[c]->attnum, key->n, key->columns))
			sql_append(s, "%s%s", s->buf.len > 0 ? " AND " : "", points_by(s, "q", reference, c, to));
	}
	return sql_end_part(s, outer);
}

/* rows q and r have it */
static char *
same_value(MergeKey *key, const Attribute *column)
{
	char	   *q = sql_column("q", column);
	char	   *r = sql_column("r", column);
	char	   *equal = statement_equal(q, column, r, column);

	return key->nulls_equal ? psprintf("%s OR (%s IS NULL AND %s IS NULL)", equal, q, r) : equal;
}

/* whether a row that moves gets another value in the key */
static bool
key_changes(MergeReference *reference, MergeKey *key, MergeRow *from, MergeRow *to)
{
	for (int c = 0; c < reference->n; c++)
	{
		if (model_attnum_among(reference->columns[c]->attnum, key->n, key->columns) &&
			!pointed_values_same(reference, c, from, to))
			return true;
	}
	return false;
}

/* rows that refer to each other in a circle: is it one of the rows because of which it is merged? */
static bool
is_being_merged(const MergeRow *row, const MergeRow *from, const MergeRow *to)
{
	for (; from != NULL; from = from->above, to = to->above)
	{
		if (same_row(row, from) || same_row(row, to))
			return true;
	}
	return false;
}

static bool
same_row(const MergeRow *a, const MergeRow *b)
{
	MergeTable *table = a->table;
	bool		same = a->table->relid == b->table->relid && table->nkey > 0;

	for (int i = 0; i < table->nkey && same; i++)
		same = key_column_compare(link_key_columns(1, &table->key[i]), key_value(a, table->key[i]),
								  key_value(b, table->key[i])) == 0;
	return same;
}

/* of the primary key: the row that a call is about is known by it, of others it was read */
static Datum
key_value(const MergeRow *row, Attribute *column)
{
	for (int i = 0; i < row->nident && row->above == NULL; i++)
	{
		if (row->ident[i]->attnum == column->attnum)
			return row->idents[i];
	}
	for (int c = 0; c < row->table->ncolumns; c++)
	{
		if (row->table->columns[c].attnum == column->attnum)
			return row->values[c];
	}
	return (Datum) 0;
}

static void
merge_duplicate(StringInfo report, MergeRow *from, MergeRow *to)
{
	MergeTable *table = from->table;
	bool	   *may = palloc_array(bool, table->ncolumns);

	appendStringInfoString(report, "{\"references\": [");
	merge_rows(report, from, to);
	appendStringInfoChar(report, ']');
	report_row(report, "from", from);
	report_row(report, "to", to);
	appendStringInfoChar(report, '}');
	(void) merge_delete_row(from, NULL);
	for (int c = 0; c < table->ncolumns; c++)
		may[c] = !table->positions[c] && !model_attnum_among(table->columns[c].attnum, to->nident, to->ident) &&
			!model_attnum_among(table->columns[c].attnum, table->nkey, table->key);
	merge_fill_row(to, from, may);
}

static uint64
move_rows(StringInfo report, MergeReference *reference, MergeRow *from, MergeRow *to)
{
	MergeTable *table = reference->table;
	uint64		rows;
	SqlText		s;

	statement_update(&s, table->relid, table->name);
	for (int i = 0; i < reference->n; i++)
	{
		int			c = reference->pointed_at[i] - from->table->columns;

		if (to != NULL && pointed_values_same(reference, i, from, to))
			continue;
		statement_set(&s, reference->columns[i],
					  sql_argument(&s, reference->pointed_at[i]->type, to ? to->values[c] : (Datum) 0,
								   to == NULL));
	}
	if (table->model)
	{
		statement_set_positions(&s, table->model);
		statement_touch(&s, table->model, NULL);
	}
	statement_where(&s, points(&s, "t", reference, from));
	statement_returning(&s, key_columns(table));
	rows = statement_run(&s, STATEMENT_WRITE, SPI_OK_UPDATE_RETURNING);
	report_keys(report, table, rows);
	return rows;
}

/*
 * As linking does: a column that identifies the owner of a row (a tenant), or that is generated, is not changed, so that it
 * is an error where the two differ there.  True: they do, and nothing refers to the first.
 */
static bool
stay_where_they_are(MergeReference *reference, MergeRow *from, MergeRow *to)
{
	const Attribute *fixed = NULL;
	Relation	rel = table_open(reference->table->relid, NoLock);
	int			number = 0;

	for (int i = 0; i < reference->n; i++)
	{
		if (pointed_values_same(reference, i, from, to) || !is_fixed(rel, reference, reference->columns[i]))
			continue;
		fixed = reference->columns[i];
		number = i;
	}
	table_close(rel, NoLock);
	if (fixed != NULL && has_rows(reference, from))
		ereport(ERROR,
				(errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
				 errmsg("rows of %s cannot go to a row with another \"%s\"",
						reference->table->name, reference->pointed_at[number]->name),
				 errdetail("\"%s\" is generated, or their own key or another foreign key needs it.", fixed->name)));
	return fixed != NULL;
}

static bool
is_fixed(Relation rel, MergeReference *reference, const Attribute *column)
{
	return column->generated != '\0' || (reference->n > 1 && is_shared(rel, reference, column));
}

static bool
has_rows(MergeReference *reference, MergeRow *row)
{
	SqlText		s;
	uint64		rows;

	statement_init(&s);
	sql_append(&s, "SELECT FROM %s AS t WHERE %s LIMIT 1", reference->table->name, points(&s, "t", reference, row));
	rows = statement_run(&s, STATEMENT_WRITE, SPI_OK_SELECT);
	SPI_freetuptable(SPI_tuptable);
	return rows > 0;
}

static bool
is_shared(Relation rel, MergeReference *reference, const Attribute *column)
{
	MergeTable *table = reference->table;
	bool		within = true;

	for (int i = 0; i < reference->n; i++)
		within &= model_attnum_among(reference->columns[i]->attnum, table->nkey, table->key);
	if (!within && model_attnum_among(column->attnum, table->nkey, table->key))
		return true;
	foreach_ptr(ForeignKeyCacheInfo, fk, RelationGetFKeyList(rel))
	{
		bool		has_column = false;
		bool		is_ours = fk->nkeys == reference->n;

		for (int k = 0; k < fk->nkeys; k++)
		{
			is_ours &= model_attnum_among(fk->conkey[k], reference->n, reference->columns);
			has_column |= fk->conkey[k] == column->attnum;
		}
		if (has_column && !is_ours)
			return true;
	}
	return false;
}

static bool
pointed_values_same(MergeReference *reference, int column, MergeRow *from, MergeRow *to)
{
	Attribute  *attribute = reference->pointed_at[column];
	int			c = attribute - from->table->columns;

	return key_column_compare(link_key_columns(1, &attribute), from->values[c], to->values[c]) == 0;
}

/* ---- SQL ---- */

/* the row that goes is merged into the one row that stays, and none into it */
static void
append_is_not(SqlText *s, const char *prefix, MergeReference *reference, MergeRow *row)
{
	if (reference->table->relid == row->table->relid)
		sql_append(s, " AND NOT (%s)", merge_is(s, prefix, row));
}

/* a row of the reference points at this one */
static char *
points(SqlText *s, const char *prefix, MergeReference *reference, MergeRow *row)
{
	StringInfoData outer = sql_begin_part(s);

	for (int i = 0; i < reference->n; i++)
		sql_append(s, "%s%s", i > 0 ? " AND " : "", points_by(s, prefix, reference, i, row));
	link_sql_and_scope(s, prefix, reference->nscope, reference->scope);
	return sql_end_part(s, outer);
}

/* by one of its columns */
static char *
points_by(SqlText *s, const char *prefix, MergeReference *reference, int i, MergeRow *row)
{
	return statement_equal_param(s, prefix, reference->columns[i], reference->pointed_at[i],
								 row->values[reference->pointed_at[i] - row->table->columns]);
}

static char *
key_columns(MergeTable *table)
{
	return table->nkey > 0 ? sql_columns("t", table->nkey, table->key) : "NULL";
}

/* the keys that the statement returned, null where the table has no key */
static void
report_keys(StringInfo report, MergeTable *table, uint64 rows)
{
	List	   *keys = NIL;
	int			start = report->len;
	Jsonb	   *document;

	for (uint64 i = 0; i < rows; i++)
	{
		LinkRow    *row = palloc0_object(LinkRow);

		row->key = table->nkey > 0 ? link_tuple_values(i, 1, table->nkey, table->key) : NULL;
		keys = lappend(keys, row);
	}
	SPI_freetuptable(SPI_tuptable);
	document = DatumGetJsonbP(link_keys_document(table->nkey, table->key, keys));
	foreach_ptr(JsonbValue, key, doc_array_elements(doc_option(document, NULL, "keys")))
	{
		appendStringInfoString(report, report->len > start ? ", " : "");
		doc_write_value(report, key);
	}
}

/* by the primary key; null where there is none */
static void
report_row(StringInfo report, const char *name, MergeRow *row)
{
	MergeTable *table = row->table;
	SqlText		s;
	uint64		rows;

	statement_init(&s);
	sql_append(&s, "SELECT %s FROM %s AS t WHERE %s", key_columns(table), table->name, merge_is(&s, "t", row));
	rows = statement_run(&s, STATEMENT_WRITE, SPI_OK_SELECT);
	appendStringInfo(report, ", \"%s\": %s", name, rows == 1 ? "" : "null");
	report_keys(report, table, rows == 1 ? 1 : 0);
}

