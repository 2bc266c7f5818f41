/*-------------------------------------------------------------------------
 *
 * modify_nested.c
 *	  update of rows with what is nested in them, and update that returns the rows.
 *
 * Decides that the rows are found first and the data then holds for each of them: an
 * array under an association makes new rows for each one.  What cannot belong to
 * several rows (a child that has one parent) is an error when several are found.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "base/document.h"
#include "executor/spi.h"
#include "utils/fmgrprotos.h"
#include "write/create.h"
#include "write/modify.h"

/* a call of update */
typedef struct NestedCall
{
	const char *model;
	JsonbValue	data;
	const ModifyOptions *options;
	Datum		old;			/* options->old: the rows before, */
	List	   *rows;			/*   which are these: of CreateRow * */
} NestedCall;

static CreateLevel *read_update(void *arg, const CreateReading *reading);
static bool changes_attributes(const Model *model, const JsonbValue *data);
static bool deletes_rows(const Model *model, const JsonbValue *data);
static CreateRow *no_row(const Model *model);

bool
modify_is_nested(const char *model, Jsonb *data)
{
	const Model *root = registry_model_by_name(model);
	JsonbValue	document;

	doc_root_value(data, &document);
	if (!doc_is_object(&document))
		return false;
	foreach_ptr(DocPair, pair, doc_object_pairs(&document))
	{
		const char *key = pair->key;

		if (model_attribute(root, key) == NULL &&
			registry_association_if_any(root, key) != NULL)
			return true;
	}
	return false;
}

Datum
modify_nested(const char *model, Jsonb *data, const ModifyOptions *options,
			  MemoryContext caller)
{
	MemoryContext cxt = CurrentMemoryContext;
	NestedCall	call = {.model = model, .options = options};
	CreateLevel *root;

	doc_root_value(data, &call.data);
	if (!doc_is_object(&call.data) || doc_object_pairs(&call.data) == NIL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("data must be an object with the attributes to be changed")));
	SPI_connect();
	MemoryContextSwitchTo(cxt);
	root = create_run(read_update, &call, true);
	SPI_finish();
	MemoryContextSwitchTo(caller);
	if (options->old != NULL)
		return modify_with(modify_result(root, options), "old", create_shown(call.old, call.rows, false));
	return modify_result(root, options);
}

static CreateLevel *
read_update(void *arg, const CreateReading *reading)
{
	NestedCall *call = arg;
	const ModifyOptions *options = call->options;
	CreateLevel *root = create_root(registry_model_by_name(call->model), reading, ACL_SELECT);
	CreateFind	find = {0};
	List	   *rows;

	modify_set_find(&find, options);
	create_fields_check(&options->fields, root->model, &call->data);
	root->fields = &options->fields;
	find.columns = create_columns_for(root->model, &call->data);
	find.lock = changes_attributes(root->model, &call->data) || options->limit != NULL || options->wait != NULL;
	find.hold = !deletes_rows(root->model, &call->data);
	rows = create_find(root, &find);
	root->nfound = list_length(rows);
	if (options->old != NULL && !create_is_stale(root))
	{
		call->old = create_show(root, rows, options->old);
		call->rows = rows;
	}
	foreach_ptr(CreateRow, row, rows)
		create_read_changes(root, row, &call->data);
	/* data that is wrong is wrong however many rows there are */
	root->nothing = rows == NIL;
	if (root->nothing)
		create_read_changes(root, no_row(root->model), &call->data);
	return root;
}

/* pointers to other rows are attributes too */
static bool
changes_attributes(const Model *model, const JsonbValue *data)
{
	foreach_ptr(DocPair, pair, doc_object_pairs(data))
	{
		const char *key = pair->key;
		const Association *association;

		if (model_attribute(model, key) != NULL)
			return true;
		association = registry_association_if_any(model, key);
		if (association != NULL && association->kind == BELONGS_TO)
			return true;
	}
	return false;
}

/* a call that deletes rows takes no row lock before: two calls from opposite ends would wait for each other */
static bool
deletes_rows(const Model *model, const JsonbValue *data)
{
	foreach_ptr(DocPair, pair, doc_object_pairs(data))
	{
		if (model_attribute(model, pair->key) == NULL && doc_is_object(&pair->value) &&
			(doc_get(&pair->value, "delete") != NULL || doc_get(&pair->value, "replace") != NULL))
			return true;
	}
	return false;
}

static CreateRow *
no_row(const Model *model)
{
	CreateRow  *row = create_row(model, NULL, NULL);

	row->existing = true;
	row->skipped = true;
	return row;
}

Datum
modify_result(CreateLevel *root, const ModifyOptions *options)
{
	const Model *model = root->model;
	List	   *rows = NIL;
	List	   *keys = NIL;
	Datum		document;

	foreach_ptr(CreateRow, row, root->found)
	{
		if (row->skipped || row->kept)
			continue;
		rows = lappend(rows, row);
		keys = lappend(keys, link_row(create_row_key(model, row, model->nkey, model->key), NULL));
	}
	document = link_keys_document(model->nkey, model->key, keys);
	if (options->no_rows)
		return document;
	return modify_with(document, "rows", create_show(root, rows, options->returning));
}

Datum
modify_with(Datum document, const char *key, Datum member)
{
	JsonbValue	value;

	doc_root_value(DatumGetJsonbP(member), &value);
	return DirectFunctionCall2(jsonb_concat, document, JsonbPGetDatum(doc_object(1, &key, &value)));
}
