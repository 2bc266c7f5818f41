/*-------------------------------------------------------------------------
 *
 * create_check.c
 *	  NOT NULL and CHECK constraints of all rows to be created, before the first is.
 *
 * Decides what can be said before anything is written.  Columns that will point
 * at rows not written yet are not judged here: their constraints are left to
 * the statement.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"
#include "create.h"
#include "document.h"
#include "validator.h"

static List *check_level(CreateLevel *level, List *failures);
static List *check_row(const Model *model, const CreateRow *row, List *pending, List *failures);
static List *check_links(CreateLevel *level, List *failures);
static List *check_link(CreateLevel *level, const LinkPayload *payload, const DocPath *path,
						List *failures);
static List *pending_columns(CreateLevel *level);
static bool is_pending(const ValidationFailure *failure, List *pending, const DocPath *path);

void
create_check(CreateLevel *root)
{
	validation_raise(root->model, check_level(root, NIL));
}

static List *
check_level(CreateLevel *level, List *failures)
{
	List	   *pending = pending_columns(level);
	ListCell   *lc;

	if (!level->existing)
	{
		foreach(lc, level->rows)
			failures = check_row(level->model, lfirst(lc), pending, failures);
	}
	if (level->ends != NULL && level->ends->through != NULL)
		failures = check_links(level, failures);
	foreach(lc, level->children)
		failures = check_level(lfirst(lc), failures);
	return failures;
}

static List *
check_row(const Model *model, const CreateRow *row, List *pending, List *failures)
{
	int			width = model->attributes[model->nattributes - 1].attnum;
	Datum	   *values = palloc0_array(Datum, width);
	bool	   *nulls = palloc0_array(bool, width);
	bool	   *given = palloc0_array(bool, width);
	ListCell   *lc;

	for (int a = 0; a < model->nattributes; a++)
	{
		int			number = model->attributes[a].attnum - 1;

		values[number] = row->values[a];
		nulls[number] = row->nulls[a];
		given[number] = row->given[a];
	}
	foreach(lc, validate_row(model, values, nulls, given, true, row->path, NIL))
	{
		if (!is_pending(lfirst(lc), pending, row->path))
			failures = lappend(failures, lfirst(lc));
	}
	return failures;
}

/* the rows' links to their parents, and those to rows that exist */
static List *
check_links(CreateLevel *level, List *failures)
{
	ListCell   *lc;

	foreach(lc, level->rows)
	{
		CreateRow  *row = lfirst(lc);

		failures = check_link(level, row->payload, row->path, failures);
	}
	foreach(lc, level->connects)
	{
		CreateConnect *connect = lfirst(lc);

		for (int i = 0; i < connect->call->nitems; i++)
			failures = check_link(level, connect->call->items[i].payload, connect->path, failures);
	}
	return failures;
}

static List *
check_link(CreateLevel *level, const LinkPayload *payload, const DocPath *path, List *failures)
{
	const AssociationEnds *ends = level->ends;
	CreateRow  *link = create_link_row(level, payload);
	List	   *pending = NIL;

	link->path = payload ? payload->path : doc_path_key(path, "through");
	for (int i = 0; i < ends->nsource; i++)
		pending = lappend(pending, ends->source_ref[i]);
	for (int i = 0; i < ends->ntarget; i++)
		pending = lappend(pending, ends->target_ref[i]);
	return check_row(ends->through, link, pending, failures);
}

/* columns of the level's own rows that point at their parent, or at rows below */
static List *
pending_columns(CreateLevel *level)
{
	List	   *pending = NIL;
	ListCell   *lc;

	if (level->ends != NULL && (level->ends->association->kind == HAS_MANY ||
								level->ends->association->kind == HAS_ONE))
	{
		for (int i = 0; i < level->ends->nsource; i++)
			pending = lappend(pending, level->ends->source_ref[i]);
	}
	foreach(lc, level->children)
	{
		CreateLevel *child = lfirst(lc);

		if (child->ends->association->kind != BELONGS_TO)
			continue;
		for (int i = 0; i < child->ends->nsource; i++)
			pending = lappend(pending, child->ends->source_key[i]);
	}
	return pending;
}

static bool
is_pending(const ValidationFailure *failure, List *pending, const DocPath *path)
{
	ListCell   *lc;

	if (strcmp(failure->validator, "notNull") != 0)
		return false;
	foreach(lc, pending)
	{
		Attribute  *column = lfirst(lc);

		if (strcmp(failure->path, doc_path_string(doc_path_key(path, column->name))) == 0)
			return true;
	}
	return false;
}
