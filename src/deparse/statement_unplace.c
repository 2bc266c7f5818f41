/*-------------------------------------------------------------------------
 *
 * statement_unplace.c
 *	  Positions that rows lose when they get another foreign key.
 *
 * Decides that a place in the order of one row's links (the option "position") says nothing of
 * another row's: a row that is given another foreign key comes last there.  One that keeps it,
 * and one whose position is written as well or cannot be null, stays where it is.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "base/compat.h"
#include "base/document.h"
#include "deparse/sql_text.h"
#include "deparse/statement.h"
#include "nodes/value.h"
#include "registry/registry_watch.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

static List *placing_associations(const Model *model);
static void unplace(StringInfo sql, const Model *model, char **values, const AssociationRow *row);
static Attribute *position_of(const Model *model, const AssociationRow *row);
static char *key_stays(const Model *model, char *const *values, List *key);

void
statement_unplace(StringInfo sql, const Model *model, char *const *values)
{
	char	  **written = palloc_array(char *, model->nattributes);

	memcpy(written, values, sizeof(char *) * model->nattributes);
	foreach_ptr(AssociationRow, row, placing_associations(model))
		unplace(sql, model, written, row);
}

bool
statement_is_position(const Model *model, AttrNumber attnum)
{
	foreach_ptr(AssociationRow, row, placing_associations(model))
	{
		if (position_of(model, row)->attnum == attnum)
			return true;
	}
	return false;
}

/*
 * Those that keep their order in rows of this model.  Most models have none, and to find that
 * out costs a seventh of an update of one row, so it is remembered until the registry changes.
 */
static List *
placing_associations(const Model *model)
{
	uint64		generation = registry_names_generation();
	List	   *placing = NIL;

	if (model->unplaced == generation)
		return NIL;
	foreach_ptr(AssociationRow, link, registry_read_associations_through(model->relid))
	{
		if (position_of(model, link) != NULL)
			placing = lappend(placing, link);
	}
	foreach_ptr(AssociationRow, child, registry_read_own_associations_to(model->relid))
	{
		if (child->kind == HAS_MANY && position_of(model, child) != NULL)
			placing = lappend(placing, child);
	}
	if (placing == NIL)
		unconstify(Model *, model)->unplaced = generation;
	return placing;
}

static void
unplace(StringInfo sql, const Model *model, char **values, const AssociationRow *row)
{
	Attribute  *position = position_of(model, row);
	char	   *stays = key_stays(model, values, row->foreign_key);
	int			number = position - model->attributes;

	if (stays == NULL || position->not_null || values[number] != NULL)
		return;
	appendStringInfo(sql, ", %s = CASE WHEN %s THEN %s END", quote_identifier(position->column),
					 stays, sql_column("t", position));
	values[number] = stays;
}

/* rows of the registry are anybody's */
static Attribute *
position_of(const Model *model, const AssociationRow *row)
{
	char	   *position = doc_option_string(row->options, NULL, "position");

	return position ? model_attribute(model, position) : NULL;
}

/* as a condition; NULL where nothing of it is written */
static char *
key_stays(const Model *model, char *const *values, List *key)
{
	StringInfoData buf;

	initStringInfo(&buf);
	foreach_ptr(char, name, key)
	{
		Attribute  *column = model_column(model, name);

		if (column == NULL || values[column - model->attributes] == NULL)
			continue;
		appendStringInfo(&buf, "%s%s %s CAST(%s AS %s)", buf.len > 0 ? " AND " : "", sql_column("t", column),
						 sql_operator(column->type, BTEqualStrategyNumber, NULL),
						 values[column - model->attributes], sql_type(getBaseType(column->type), -1));
	}
	return buf.len > 0 ? buf.data : NULL;
}
