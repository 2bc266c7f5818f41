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
	int			start;			/* of the value in the statement's text */
	int			end;			/* 0: it is the last one */
} Assignment;

static void end_value(SqlText *s);

void
statement_set(SqlText *s, const Attribute *column)
{
	Assignment *assignment = palloc0_object(Assignment);

	end_value(s);
	appendStringInfo(&s->buf, "%s%s = ", s->assignments != NIL ? ", " : "",
					 quote_identifier(column->column));
	assignment->attnum = column->attnum;
	assignment->start = s->buf.len;
	s->assignments = lappend(s->assignments, assignment);
}

static void
end_value(SqlText *s)
{
	Assignment *last = s->assignments != NIL ? llast(s->assignments) : NULL;

	if (last != NULL && last->end == 0)
		last->end = s->buf.len;
}

void
statement_set_positions(SqlText *s, const Model *model)
{
	char	  **values = palloc0_array(char *, model->nattributes);

	if (s->assignments == NIL)
		return;
	end_value(s);
	foreach_ptr(Assignment, assignment, s->assignments)
		values[model_attnum(model, assignment->attnum) - model->attributes] =
			pnstrdup(s->buf.data + assignment->start, assignment->end - assignment->start);
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
	statement_set(s, deleted_at);
	appendStringInfoString(&s->buf, "pg_catalog.now()");
	statement_touch(s, model, NULL);
}
