/*-------------------------------------------------------------------------
 *
 * create_check.c
 *	  NOT NULL and CHECK constraints of all rows of a call, before the first is written.
 *
 * Decides which failures are known before anything is written.  Columns that will point
 * at rows not written yet are not judged here: their constraints are left to
 * the statement.  What several found rows get alike is reported once.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "base/document.h"
#include "miscadmin.h"
#include "validate/validator.h"
#include "write/create.h"

static const char *hint_of_keys(const CreateLevel *level);
static bool gives_key(const Model *model, const CreateRow *row);
static List *check_level(CreateLevel *level, List *failures);
static List *check_rows(CreateLevel *level, List *failures);
static List *distinct_failures(List *failures);
static bool has_failure(List *failures, const ValidationFailure *failure);
static bool changes_any(const CreateLevel *level);
static bool has_links(const CreateLevel *level);
static List *check_links(CreateLevel *level, List *failures);
static List *check_link(RowValidator *validator, CreateLevel *level, LinkPayload *payload,
						bool inserting, const DocPath *path, List *failures);
static void check_single_parent(CreateLevel *level);
static List *pending_columns(CreateLevel *level);
static bool is_pending(const ValidationFailure *failure, List *pending, const DocPath *path);

void
create_check(CreateLevel *root)
{
	List	   *failures = check_level(root, NIL);

	if (list_length(root->found) > 1)
		failures = distinct_failures(failures);
	validation_raise(root->model, failures, failures ? hint_of_keys(root) : NULL);
}

/* a nested row with its key may be meant for one that is there */
static const char *
hint_of_keys(const CreateLevel *level)
{
	const char *hint = NULL;

	foreach_ptr(const CreateRow, row, level->rows)
	{
		if (level->assoc != NULL && row->replaced == NULL && gives_key(level->model, row))
			return CREATE_CONNECT_HINT;
	}
	foreach_ptr(const CreateLevel, child, level->children)
	{
		if (hint == NULL)
			hint = hint_of_keys(child);
	}
	return hint;
}

static bool
gives_key(const Model *model, const CreateRow *row)
{
	for (int i = 0; i < model->nkey; i++)
	{
		int			number = model_number_of(model, model->key[i]);

		if (!row->is_explicit[number] || row->nulls[number])
			return false;
	}
	return model->nkey > 0;
}

static List *
check_level(CreateLevel *level, List *failures)
{
	if (level->rows != NIL || changes_any(level))
		failures = check_rows(level, failures);
	if (has_links(level))
		failures = check_links(level, failures);
	else if (level->assoc != NULL && level->assoc->through == NULL &&
			 level->assoc->association->kind != BELONGS_TO)
		check_single_parent(level);
	foreach_ptr(CreateLevel, child, level->children)
		failures = check_level(child, failures);
	return failures;
}

/* a row that only has others nested in it may be one of a table to which there is no right */
static bool
changes_any(const CreateLevel *level)
{
	foreach_ptr(CreateRow, row, level->found)
	{
		if (create_is_changed(level->model, row))
			return true;
	}
	return false;
}

bool
create_is_changed(const Model *model, const CreateRow *row)
{
	return row->failures != NIL || memchr(row->given, true, sizeof(bool) * model->nattributes) != NULL;
}

static bool
has_links(const CreateLevel *level)
{
	return level->assoc != NULL && level->assoc->through != NULL &&
		(level->call->failures != NIL || level->rows != NIL || level->shares != NIL ||
		 level->links[CREATE_SET] != NIL || level->links[CREATE_UPDATE_LINK] != NIL ||
		 level->links[CREATE_CONNECT] != NIL);
}

static List *
check_rows(CreateLevel *level, List *failures)
{
	RowValidator *validator = validator_row_begin(level->model);
	List	   *pending = pending_columns(level);

	foreach_ptr(CreateRow, row, level->rows)
		failures = create_check_row(validator, level->model, row, true, pending,
									failures);
	foreach_ptr(CreateRow, row, level->found)
	{
		if (create_is_changed(level->model, row))
			failures = create_check_row(validator, level->model, row, false, NIL, failures);
	}
	level->checks = validator_row_checks(validator);
	validator_row_end(validator);
	return failures;
}

List *
create_check_row(RowValidator *validator, const Model *model, const CreateRow *row,
				 bool inserting, List *pending, List *failures)
{
	int			width = validator_row_ncolumns(validator);
	Datum	   *values = palloc0_array(Datum, width);
	bool	   *nulls = palloc0_array(bool, width);
	bool	   *given = palloc0_array(bool, width);
	List	   *excused = list_concat_copy(pending, row->unread);

	CHECK_FOR_INTERRUPTS();
	for (int a = 0; a < model->nattributes; a++)
	{
		int			number = model->attributes[a].attnum - 1;

		values[number] = row->values[a];
		nulls[number] = row->nulls[a];
		/* the server knows what an operation makes of the value that is there */
		given[number] = row->given[a] && (inserting || create_operation(row, a) == OPERATION_NONE);
	}
	failures = list_concat(failures, row->failures);
	validator_row_expect(validator, excused);
	foreach_ptr(ValidationFailure, failure, validator_row_check(validator, values, nulls, given,
																inserting, row->path, NIL))
	{
		if (!is_pending(failure, excused, row->path))
			failures = lappend(failures, failure);
	}
	pfree(values);
	pfree(nulls);
	pfree(given);
	list_free(excused);
	return failures;
}

static List *
distinct_failures(List *failures)
{
	List	   *distinct = NIL;

	foreach_ptr(ValidationFailure, failure, failures)
	{
		if (!has_failure(distinct, failure))
			distinct = lappend(distinct, failure);
	}
	return distinct;
}

static bool
has_failure(List *failures, const ValidationFailure *failure)
{
	foreach_ptr(ValidationFailure, other, failures)
	{
		if (strcmp(other->path, failure->path) == 0 &&
			strcmp(other->validator, failure->validator) == 0 &&
			strcmp(other->message, failure->message) == 0)
			return true;
	}
	return false;
}

/* the rows' links to their parents, and those to rows that exist */
static List *
check_links(CreateLevel *level, List *failures)
{
	RowValidator *validator = validator_row_begin(level->assoc->through);

	foreach_ptr(CreateRow, row, level->rows)
		failures = check_link(validator, level, row->payload, true, row->path, failures);
	foreach_ptr(CreateShare, share, level->shares)
		failures = check_link(validator, level, share->payload, true, share->row->path, failures);
	failures = list_concat(failures, level->call->failures);
	for (int verb = CREATE_DISCONNECT; verb <= CREATE_CONNECT; verb++)
	{
		foreach_ptr(CreateConnect, connect, level->links[verb])
		{
			/* of links that may be there already only what is given can be judged */
			bool		inserting = verb == CREATE_CONNECT && !connect->parent->existing;

			failures = list_concat(failures, connect->call->failures);
			for (int i = 0; i < connect->call->nitems; i++)
				failures = check_link(validator, level, connect->call->items[i].payload,
									  inserting, connect->call->items[i].path, failures);
		}
	}
	level->link_checks = validator_row_checks(validator);
	validator_row_end(validator);
	return failures;
}

static List *
check_link(RowValidator *validator, CreateLevel *level, LinkPayload *payload, bool inserting,
		   const DocPath *path, List *failures)
{
	const ResolvedAssociation *assoc = level->assoc;
	List	   *pending = NIL;
	CreateRow  *link;

	if (payload == NULL && !inserting)
		return failures;
	if (inserting)
		failures = link_generated_failures(level->call, payload, failures);
	link = create_link_row(level, payload);
	link->path = payload ? payload->path : doc_path_key(path, "through");
	for (int i = 0; i < assoc->nsource; i++)
		pending = lappend(pending, assoc->source_ref[i]);
	for (int i = 0; i < assoc->ntarget; i++)
		pending = lappend(pending, assoc->target_ref[i]);
	return create_check_row(validator, assoc->through, link, inserting, pending, failures);
}

/* has_many, has_one: a child has one parent, so no two of the call may be given it */
static void
check_single_parent(CreateLevel *level)
{
	List	   *connects = list_concat_copy(level->links[CREATE_SET], level->links[CREATE_CONNECT]);
	CreateRow **parents;
	KeyTable	keys;
	int			nkeys = 1;
	ListCell   *lc;

	if (list_length(connects) < 2)
		return;
	foreach(lc, connects)
		nkeys += ((CreateConnect *) lfirst(lc))->call->nitems;
	parents = palloc_array(CreateRow *, nkeys);
	key_table_init(&keys, level->call->nkey, level->call->key_columns, CurrentMemoryContext);
	foreach_ptr(CreateConnect, connect, connects)
	{
		for (int i = 0; i < connect->call->nitems; i++)
		{
			bool		found;
			int			number = key_table_add(&keys, connect->call->items[i].key, &found);

			if (found && parents[number] != connect->parent)
				error_document(ERRCODE_INVALID_PARAMETER_VALUE, connect->path, NULL,
							   "a row of \"%s\" cannot belong to several rows",
							   level->assoc->association->alias);
			parents[number] = connect->parent;
		}
	}
}

/* columns of the level's own rows that point at their parent, or at rows below */
static List *
pending_columns(CreateLevel *level)
{
	List	   *pending = NIL;

	if (level->assoc != NULL && (level->assoc->association->kind == HAS_MANY ||
								level->assoc->association->kind == HAS_ONE))
	{
		for (int i = 0; i < level->assoc->nsource; i++)
			pending = lappend(pending, level->assoc->source_ref[i]);
	}
	foreach_ptr(CreateLevel, child, level->children)
	{
		if (child->assoc->association->kind != BELONGS_TO)
			continue;
		for (int i = 0; i < child->assoc->nsource; i++)
			pending = lappend(pending, child->assoc->source_key[i]);
	}
	return pending;
}

/* what fails for want of a value that is still to come */
static bool
is_pending(const ValidationFailure *failure, List *pending, const DocPath *path)
{
	if (failure->value != NULL)
		return false;
	foreach_ptr(Attribute, column, pending)
	{
		if (strcmp(failure->path, error_path_string(doc_path_key(path, column->name))) == 0)
			return true;
	}
	return false;
}
