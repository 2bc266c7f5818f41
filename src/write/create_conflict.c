/*-------------------------------------------------------------------------
 *
 * create_conflict.c
 *	  Which unique key decides whether a row exists already.
 *
 * Decides what a conflict is about: the key that the options name, or the one that the data
 * gives.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/table.h"
#include "base/compat.h"
#include "base/document.h"
#include "catalog/pg_class.h"
#include "utils/rel.h"
#include "write/create.h"
#include "write/create_conflict.h"

static bool all_give(const Model *model, List *rows, int n, Attribute **columns);
static void read_columns(CreateConflict *conflict, const Model *model, const JsonbValue *given,
						 const DocPath *path);
static void need_unique(const Model *model, const CreateConflict *conflict, const DocPath *path);
static bool same_columns(const CreateConflict *conflict, int n, const AttrNumber *columns);
pg_noreturn static void raise_not_unique(const Model *model, const CreateConflict *conflict,
										 const DocPath *path);
static void append_key(StringInfo buf, int n, Attribute **columns);
static const char *why_partial(const FormData_pg_index *index);
static char *partial_key(const Model *model, const CreateConflict *conflict);
static List *unique_keys(const Model *model);
static void index_columns(const Model *model, const ModelIndex *index,
						  int *n, Attribute ***columns);
pg_noreturn static void raise_no_key(const Model *model, bool several);

CreateConflict *
create_conflict_key(const Model *model, List *rows, const JsonbValue *given, const DocPath *path)
{
	CreateConflict *conflict = palloc0_object(CreateConflict);

	if (given != NULL)
	{
		read_columns(conflict, model, given, path);
		need_unique(model, conflict, path);
		if (conflict->n == 0 || !all_give(model, rows, conflict->n, conflict->columns))
			error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, NULL,
						   "every row must give the attributes of \"conflict\"");
		return conflict;
	}
	if (model->nkey > 0 && all_give(model, rows, model->nkey, model->key))
	{
		conflict->n = model->nkey;
		conflict->columns = model->key;
		need_unique(model, conflict, NULL);
		return conflict;
	}
	foreach_ptr(ModelIndex, index, unique_keys(model))
	{
		Attribute **columns;
		int			n;

		index_columns(model, index, &n, &columns);
		if (!all_give(model, rows, n, columns))
			continue;
		if (conflict->n > 0)
			raise_no_key(model, true);
		conflict->n = n;
		conflict->columns = columns;
	}
	if (conflict->n == 0)
		raise_no_key(model, false);
	return conflict;
}

static void
read_columns(CreateConflict *conflict, const Model *model, const JsonbValue *given,
			 const DocPath *path)
{
	doc_need_array(given, path);
	conflict->columns = palloc_array(Attribute *, list_length(doc_array_elements(given)) + 1);
	foreach_ptr(JsonbValue, element, doc_array_elements(given))
	{
		const DocPath *member_path = doc_path_index(path, foreach_current_index(element));

		conflict->columns[conflict->n++] =
			model_attribute_at(model, doc_need_string(element, member_path), member_path);
	}
}

/* PostgreSQL's error has no path and no list of keys; but only PostgreSQL knows the keys of a view */
static void
need_unique(const Model *model, const CreateConflict *conflict, const DocPath *path)
{
	if (conflict->n == 0 || model->relkind == RELKIND_VIEW)
		return;
	for (int i = 0; i < model->nindexes; i++)
	{
		const ModelIndex *index = &model->indexes[i];

		if (index->unique && same_columns(conflict, index->nkeys, index->attnums))
			return;
	}
	raise_not_unique(model, conflict, path);
}

/* in any order; an expression, which has no number, is no column of a conflict */
static bool
same_columns(const CreateConflict *conflict, int n, const AttrNumber *columns)
{
	Bitmapset  *requested = NULL;
	Bitmapset  *found = NULL;

	for (int i = 0; i < conflict->n; i++)
		requested = bms_add_member(requested, conflict->columns[i]->attnum);
	for (int i = 0; i < n; i++)
		found = bms_add_member(found, columns[i]);
	return bms_equal(requested, found);
}

static void
raise_not_unique(const Model *model, const CreateConflict *conflict, const DocPath *path)
{
	char	   *partial = partial_key(model, conflict);
	StringInfoData columns;
	StringInfoData keys;
	char	   *hint;

	initStringInfo(&columns);
	append_key(&columns, conflict->n, conflict->columns);
	initStringInfo(&keys);
	for (int i = 0; i < model->nindexes; i++)
	{
		Attribute **attributes;
		int			n;

		if (!model->indexes[i].unique)
			continue;
		index_columns(model, &model->indexes[i], &n, &attributes);
		appendStringInfoString(&keys, keys.len > 0 ? ", " : "");
		append_key(&keys, n, attributes);
	}
	hint = keys.len > 0 ? psprintf(_("The unique keys are: %s."), keys.data) :
		model->nkey > 0 ? _("A key that is only declared decides nothing there: assoc.find_or_create and assoc.save look for the row first.") :
		_("It has no unique keys.");
	if (partial != NULL)
		hint = psprintf(_("%s Index %s, so it does not count."), hint, partial);
	error_document(ERRCODE_INVALID_COLUMN_REFERENCE, path, hint,
				   "model \"%s\" has no unique key %s", model->name, columns.data);
}

static void
append_key(StringInfo buf, int n, Attribute **columns)
{
	for (int i = 0; i < n; i++)
		appendStringInfo(buf, "%s%s", i > 0 ? ", " : "(", columns[i]->name);
	appendStringInfoChar(buf, ')');
}

/* a unique index of these columns that does not count, and why: "late" has a condition; NULL: there is none */
static char *
partial_key(const Model *model, const CreateConflict *conflict)
{
	Relation	rel = table_open(model->relid, NoLock);
	char	   *text = NULL;

	foreach_oid(oid, RelationGetIndexList(rel))
	{
		Relation	index = index_open(oid, AccessShareLock);
		Form_pg_index form = index->rd_index;

		if (form->indisunique && same_columns(conflict, form->indnkeyatts, form->indkey.values))
			text = psprintf("\"%s\" %s", RelationGetRelationName(index), why_partial(form));
		index_close(index, AccessShareLock);
	}
	table_close(rel, NoLock);
	return text;
}

/* 18 has unique keys WITHOUT OVERLAPS, which are exclusions, too */
static const char *
why_partial(const FormData_pg_index *index)
{
	if (!index->indisvalid)
		return _("is not valid");
	return index->indisexclusion ? _("is about overlaps") : _("has a condition or is deferrable");
}

/* null is no key: it conflicts with nothing */
static bool
all_give(const Model *model, List *rows, int n, Attribute **columns)
{
	foreach_ptr(CreateRow, row, rows)
	{
		for (int i = 0; i < n; i++)
		{
			int			a = columns[i] - model->attributes;

			if (!row->given[a] || row->nulls[a])
				return false;
		}
	}
	return true;
}

/* those beside the primary key, of ModelIndex * */
static List *
unique_keys(const Model *model)
{
	List	   *keys = NIL;

	for (int i = 0; i < model->nindexes; i++)
	{
		if (model->indexes[i].unique && !model->indexes[i].primary)
			keys = lappend(keys, &model->indexes[i]);
	}
	return keys;
}

static void
index_columns(const Model *model, const ModelIndex *index, int *n, Attribute ***columns)
{
	*n = index->nkeys;
	*columns = palloc_array(Attribute *, index->nkeys);
	for (int i = 0; i < index->nkeys; i++)
		(*columns)[i] = model_attnum_required(model, index->attnums[i]);
}

static void
raise_no_key(const Model *model, bool several)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 several ?
			 errmsg("several unique keys of \"%s\" are given", model->name) :
			 errmsg("no unique key of \"%s\" is given", model->name),
			 several ?
			 errhint("The option \"conflict\": [attributes] says which one tells whether a row is there already.") :
			 errhint("Give all attributes of the primary key or of a unique key.")));
}
