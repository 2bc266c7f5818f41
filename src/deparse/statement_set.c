/*-------------------------------------------------------------------------
 *
 * statement_set.c
 *	  The assignments of an UPDATE.
 *
 * The text of each value is remembered, since a position is lost or kept by what
 * the columns of a key are set to.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "deparse/statement.h"
#include "utils/builtins.h"

typedef struct Assignment
{
	AttrNumber	attnum;
	char	   *value;
} Assignment;

void
statement_set(SqlText *s, const Attribute *column, const char *value)
{
	Assignment *assignment = palloc_object(Assignment);

	sql_append(s, "%s%s = %s", s->assignments != NIL ? ", " : "", quote_identifier(column->column), value);
	assignment->attnum = column->attnum;
	assignment->value = pstrdup(value);
	s->assignments = lappend(s->assignments, assignment);
}

void
statement_set_positions(SqlText *s, const Model *model)
{
	char	  **values = palloc0_array(char *, model->nattributes);

	if (s->assignments == NIL)
		return;
	foreach_ptr(Assignment, assignment, s->assignments)
		values[model_attnum(model, assignment->attnum) - model->attributes] = assignment->value;
	statement_unplace(&s->buf, model, values);
}

void
statement_remove(SqlText *s, const Model *model, const Attribute *deleted_at)
{
	if (deleted_at == NULL)
	{
		statement_delete(s, model->relid, model->quoted_table);
		return;
	}
	statement_update(s, model->relid, model->quoted_table);
	statement_set(s, deleted_at, "pg_catalog.now()");
	statement_touch(s, model, NULL);
}
