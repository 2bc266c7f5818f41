/*-------------------------------------------------------------------------
 *
 * merge_row.c
 *	  One row of a merge: read and locked, filled, deleted.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/rls.h"
#include "write/merge.h"

static void check_hidden_references(MergeTable *table);
static char *and_is_null(const char *predicate, const Attribute *column);
static void add_ident(MergeRow *row, MergeReference *reference, Attribute *column, MergeRow *to, Datum value);
static bool can_be_filled(MergeRow *to, MergeRow *from, int column);

MergeRow *
merge_row_of_key(MergeReference *reference, MergeKey *key, MergeRow *to, uint64 number)
{
	MergeRow   *row = palloc0_object(MergeRow);

	row->table = reference->table;
	row->ident = palloc_array(Attribute *, key->n);
	row->ident_like = palloc_array(Attribute *, key->n);
	row->idents = palloc_array(Datum, key->n);
	row->predicate = key->predicate;
	for (int i = 0; i < key->n; i++)
	{
		if (SPI_getvalue(SPI_tuptable->vals[number], SPI_tuptable->tupdesc, i + 1) == NULL)
			row->predicate = and_is_null(row->predicate, key->columns[i]);
		else
			add_ident(row, reference, key->columns[i], to,
					  link_tuple_values(number, i + 1, 1, &key->columns[i])[0]);
	}
	return row;
}

static char *
and_is_null(const char *predicate, const Attribute *column)
{
	return psprintf("%s%s%s IS NULL", predicate ? psprintf("(%s)", predicate) : "", predicate ? " AND " : "",
					quote_identifier(column->column));
}

/* the column has this value, or where it is of the reference what it points at in "to" */
static void
add_ident(MergeRow *row, MergeReference *reference, Attribute *column, MergeRow *to, Datum value)
{
	int			n = row->nident++;

	row->ident[n] = row->ident_like[n] = column;
	row->idents[n] = value;
	for (int c = 0; c < reference->n && to != NULL; c++)
	{
		if (reference->columns[c]->attnum != column->attnum)
			continue;
		row->ident_like[n] = reference->pointed_at[c];
		row->idents[n] = to->values[reference->pointed_at[c] - to->table->columns];
	}
}

/* a row that somebody else has deleted meanwhile is not there */
bool
merge_read_row(MergeRow *row, const bool *requested)
{
	MergeTable *table = row->table;
	SqlText		s;
	int			n = 0;
	bool		found;

	statement_init(&s);
	sql_append(&s, "SELECT ");
	for (int c = 0; c < table->ncolumns; c++)
	{
		if (requested == NULL || requested[c])
			sql_append(&s, "%st.%s", n++ > 0 ? ", " : "", quote_identifier(table->columns[c].column));
	}
	sql_append(&s, " FROM %s AS t WHERE %s", table->name, merge_is(&s, "t", row));
	if (table->lockable)
		sql_append(&s, " FOR UPDATE");
	found = statement_run(&s, STATEMENT_WRITE, SPI_OK_SELECT) > 0;
	row->values = palloc0_array(Datum, table->ncolumns);
	row->nulls = palloc_array(bool, table->ncolumns);
	memset(row->nulls, true, table->ncolumns);
	n = 0;
	for (int c = 0; found && c < table->ncolumns; c++)
	{
		if (requested == NULL || requested[c])
			row->values[c] = statement_result(0, ++n, &row->nulls[c]);
	}
	SPI_freetuptable(SPI_tuptable);
	return found;
}

char *
merge_is(SqlText *s, const char *prefix, MergeRow *row)
{
	char	   *key = statement_equal_key(s, prefix, row->nident, row->ident, row->ident_like, row->idents);

	return row->predicate != NULL ? psprintf("%s AND (%s)", key, row->predicate) : key;
}

bool
merge_is_soft_deleted(MergeRow *row)
{
	const Model *model = row->table->model;

	for (int c = 0; model != NULL && model->deleted_at != NULL && c < row->table->ncolumns; c++)
	{
		if (row->table->columns[c].attnum == model->deleted_at->attnum)
			return !row->nulls[c];
	}
	return false;
}

/* a role that does not see all referring rows has not moved them all: a cascade would delete them */
static void
check_hidden_references(MergeTable *table)
{
	foreach_ptr(MergeReference, reference, merge_references(table))
	{
		MergeTable *referring = reference->table;

		if (check_enable_rls(referring->relid, InvalidOid, true) == RLS_ENABLED)
			ereport(ERROR,
					(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
					 errmsg("row security of %s may hide rows that refer to the row to be deleted",
							referring->name),
					 errhint("Merge with {\"delete\": false}, or as a role to which it does not apply.")));
	}
}

bool
merge_delete_row(MergeRow *row, const Model *soft)
{
	SqlText		s;

	if (soft != NULL && soft->deleted_at != NULL)
		statement_remove(&s, soft, soft->deleted_at);
	else
	{
		check_hidden_references(row->table);
		statement_delete(&s, row->table->relid, row->table->name);
	}
	sql_append(&s, " WHERE %s", merge_is(&s, "t", row));
	return statement_run(&s, STATEMENT_WRITE,
						 soft != NULL && soft->deleted_at != NULL ? SPI_OK_UPDATE : SPI_OK_DELETE) > 0;
}

void
merge_fill_row(MergeRow *to, MergeRow *from, const bool *may)
{
	MergeTable *table = to->table;
	SqlText		s;

	statement_update(&s, table->relid, table->name);
	for (int c = 0; c < table->ncolumns; c++)
	{
		if (!may[c] || !can_be_filled(to, from, c))
			continue;
		statement_set(&s, &table->columns[c],
					  sql_argument(&s, table->columns[c].type, from->values[c], from->nulls[c]));
	}
	if (s.assignments == NIL)
		return;
	if (table->model)
		statement_touch(&s, table->model, NULL);
	sql_append(&s, " WHERE %s", merge_is(&s, "t", to));
	(void) statement_run(&s, STATEMENT_WRITE, SPI_OK_UPDATE);
}

/* of a live one, a soft-deleted one takes all that it has, and comes back */
static bool
can_be_filled(MergeRow *to, MergeRow *from, int column)
{
	const Attribute *attribute = &to->table->columns[column];
	const Model *model = to->table->model;
	bool		revived = merge_is_soft_deleted(to) && !merge_is_soft_deleted(from);

	if (attribute->generated != '\0' || attribute->identity == 'a')
		return false;
	if (model != NULL && model->deleted_at != NULL && attribute->attnum == model->deleted_at->attnum)
		return revived;
	if (from->nulls[column] || (!revived && !to->nulls[column]))
		return false;
	/* a place in the order of the other's links */
	return model == NULL || !statement_is_position(model, attribute->attnum);
}
