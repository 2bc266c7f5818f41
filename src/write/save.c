/*-------------------------------------------------------------------------
 *
 * save.c
 *	  assoc.save: a document as a load printed it, changed, and written back.
 *
 * Decides which rows the documents are of and whether they are still what was loaded: by an attribute
 * that counts versions, or by a hash of the whole document.  What the documents come to is
 * replace.c's.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/arguments.h"
#include "base/compat.h"
#include "base/doc_member.h"
#include "base/document.h"
#include "base/trial.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "load/load.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "write/create_fields.h"
#include "write/modify.h"
#include "write/replace.h"

typedef struct SaveCall
{
	const char *model;
	JsonbValue	document;		/* one, or an array of them */
	IncludeItem *loaded;		/* how they were loaded; NULL: not known */
	Jsonb	   *load;			/* the same as it was given */
	char	   *version;		/* attribute; NULL: not asked for */
	char	   *etag;			/* NULL: not asked for */
	bool		dry_run;
	Jsonb	   *returning;		/* NULL: not given */
	CreateFields fields;
	MemoryContext cxt;
	MemoryContext caller;
	Datum		result;			/* in the caller's */
} SaveCall;

PG_FUNCTION_INFO_V1(assoc_save);

static void read_options(SaveCall *call, Jsonb *document);
static void read_option(SaveCall *call, DocMember *member);
static Jsonb *without_list(Jsonb *options);
static IncludeItem *loaded_as(Jsonb *options);
static void save(void *arg);
static CreateLevel *read_documents(void *arg, const CreateReading *reading);
static void check_loaded(const Model *model, const FindOptions *find);
static void note_document(SaveCall *call, CreateLevel *root, const JsonbValue *document, const DocPath *path);
static void check_version(SaveCall *call, CreateLevel *root);
static Attribute *version_attribute(SaveCall *call, const Model *model);
static List *changed_roots(CreateLevel *level, List *roots);
static List *add_root(List *roots, CreateRow *row);
static void count_up(const Model *model, CreateRow *row, const Attribute *version);
static void check_etag(SaveCall *call, CreateLevel *root);
pg_noreturn static void raise_outdated(const Model *model, const DocPath *path);
static Datum result_of(SaveCall *call, CreateLevel *root);

/* model, document, options */
Datum
assoc_save(PG_FUNCTION_ARGS)
{
	SaveCall	call = {.caller = CurrentMemoryContext};

	argument_require(fcinfo, 0, "model");
	argument_require(fcinfo, 1, "document");
	call.cxt = AllocSetContextCreate(call.caller, "pg_associations save", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(call.cxt);
	registry_pin();
	call.model = text_to_cstring(PG_GETARG_TEXT_PP(0));
	doc_root_value(PG_GETARG_JSONB_P(1), &call.document);
	if (!doc_is_object(&call.document) && !doc_is_array(&call.document))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the document must be an object or an array of them, not %s", doc_kind_name(&call.document))));
	read_options(&call, argument_jsonb(fcinfo, 2));
	if (call.dry_run)
		trial_undo(save, &call);
	else
		save(&call);
	MemoryContextSwitchTo(call.caller);
	MemoryContextDelete(call.cxt);
	PG_RETURN_DATUM(call.result);
}

static void
read_options(SaveCall *call, Jsonb *document)
{
	static const char *const known[] = {"loaded", "version", "etag", "dry_run", "returning", "fields", NULL};
	List	   *options = doc_document_members(document, NULL);
	ListCell   *lc;

	doc_check_keys(options, known, "option");
	foreach(lc, options)
		read_option(call, lfirst(lc));
	if (call->etag != NULL && doc_is_array(&call->document))
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, doc_path_key(NULL, "etag"), NULL,
					   "an etag is of one document, not of an array");
}

static void
read_option(SaveCall *call, DocMember *member)
{
	if (strcmp(member->key, "version") == 0)
		call->version = doc_member_string(member);
	else if (strcmp(member->key, "etag") == 0)
		call->etag = doc_member_string(member);
	else if (strcmp(member->key, "dry_run") == 0)
		call->dry_run = doc_member_bool(member);
	else if (strcmp(member->key, "fields") == 0)
		call->fields = create_fields_read(&member->value);
	else if (strcmp(member->key, "loaded") == 0)
	{
		doc_need_object(&member->value, &member->path);
		call->load = JsonbValueToJsonb(&member->value);
		call->loaded = loaded_as(call->load);
		call->load = without_list(call->load);
	}
	else if (member->value.type != jbvBool || member->value.val.boolean)
		call->returning = create_returning(&member->value, &member->path);
}

/* options of which row comes when mean nothing for one row */
static Jsonb *
without_list(Jsonb *options)
{
	static const char *const of_lists[] = {"order", "limit", "offset", "after", "before"};

	for (int i = 0; i < (int) lengthof(of_lists); i++)
		options = create_without(options, of_lists[i]);
	return options;
}

/* the roots as if they were included */
static IncludeItem *
loaded_as(Jsonb *options)
{
	IncludeItem *item = palloc0_object(IncludeItem);

	item->find = *options_parse(options, OPTIONS_FIND);
	item->required = -1;
	return item;
}

static void
save(void *arg)
{
	SaveCall   *call = arg;
	CreateLevel *root;

	SPI_connect();
	MemoryContextSwitchTo(call->cxt);
	root = create_run(read_documents, call, true);
	SPI_finish();
	MemoryContextSwitchTo(call->caller);
	call->result = result_of(call, root);
	MemoryContextSwitchTo(call->cxt);
}

/* ---- the documents ---- */

static CreateLevel *
read_documents(void *arg, const CreateReading *reading)
{
	SaveCall   *call = arg;
	CreateLevel *root = create_root(registry_model_by_name(call->model), reading, ACL_SELECT);
	ListCell   *lc;

	root->fields = &call->fields;
	if (call->loaded != NULL)
		check_loaded(root->model, &call->loaded->find);
	create_fields_check_names(&call->fields, root->model);
	if (!doc_is_array(&call->document))
		note_document(call, root, &call->document, NULL);
	else
	{
		foreach(lc, doc_array_elements(&call->document))
			note_document(call, root, lfirst(lc), doc_path_index(NULL, foreach_current_index(lc)));
		root->nothing = root->pending == NIL;
	}
	root->nfound = list_length(root->pending);
	replace_read(root);
	if (create_is_stale(root))
		return root;
	if (call->etag != NULL)
		check_etag(call, root);
	if (call->version != NULL)
		check_version(call, root);
	return root;
}

/* an unknown name would have no effect on the document, and nobody would notice */
static void
check_loaded(const Model *model, const FindOptions *find)
{
	check_stack_depth();
	foreach_ptr(AttributeItem, item, find->attributes.items)
		if (item->aggregate == NULL)
			(void) model_attribute_at(model, item->name, item->path);
	foreach_ptr(IncludeItem, item, find->include)
		check_loaded(registry_resolve_path(model, item->association, item->path)->target, &item->find);
}

static void
note_document(SaveCall *call, CreateLevel *root, const JsonbValue *document, const DocPath *path)
{
	Replace    *replace = palloc0_object(Replace);

	replace->value = document;
	replace->path = path;
	replace->shown = call->loaded;
	root->pending = lappend(root->pending, replace);
}

/* ---- whether they are still what was loaded ---- */

static void
check_version(SaveCall *call, CreateLevel *root)
{
	const Model *model = root->model;
	Attribute  *version = version_attribute(call, model);
	ListCell   *lc;

	foreach(lc, root->replaces)
	{
		ReplaceElement *element = linitial(((Replace *) lfirst(lc))->elements);
		const JsonbValue *value = doc_get(element->value, version->name);

		if (!element->row->existing)
			continue;
		if (value == NULL)
			error_document(ERRCODE_INVALID_PARAMETER_VALUE, element->path,
						   "Load it with the others.", "the document lacks its version \"%s\"", version->name);
		if (!replace_is_same(root, element->row, version, value))
			raise_outdated(model, doc_path_key(element->path, version->name));
	}
	foreach(lc, changed_roots(root, NIL))
		count_up(model, lfirst(lc), version);
}

static Attribute *
version_attribute(SaveCall *call, const Model *model)
{
	const DocPath *path = doc_path_key(NULL, "version");
	Attribute  *attribute = model_attribute_at(model, call->version, path);
	Oid			type = getBaseType(attribute->type);

	if (type != INT2OID && type != INT4OID && type != INT8OID)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path,
					   "Where no attribute counts versions, \"etag\" compares the whole document.",
					   "a version must be an integer, not \"%s\"", attribute->name);
	return attribute;
}

/* rows of the root under which anything is to be written */
static List *
changed_roots(CreateLevel *level, List *roots)
{
	ListCell   *lc;

	foreach(lc, level->found)
		if (create_is_changed(level->model, lfirst(lc)))
			roots = add_root(roots, lfirst(lc));
	foreach(lc, level->rows)
		roots = add_root(roots, lfirst(lc));
	foreach(lc, level->assoc ? level->replaces : NIL)
		if (((Replace *) lfirst(lc))->changes)
			roots = add_root(roots, ((Replace *) lfirst(lc))->parent);
	foreach(lc, level->children)
		roots = changed_roots(lfirst(lc), roots);
	return roots;
}

static List *
add_root(List *roots, CreateRow *row)
{
	while (row->parent != NULL)
		row = row->parent;
	return row->existing ? list_append_unique_ptr(roots, row) : roots;
}

static void
count_up(const Model *model, CreateRow *row, const Attribute *version)
{
	int			number = version - model->attributes;

	if (row->operations == NULL)
		row->operations = palloc0(model->nattributes);
	row->operations[number] = OPERATION_INCREMENT;
	row->given[number] = true;
	row->nulls[number] = false;
	row->values[number] = getBaseType(version->type) == INT8OID ? Int64GetDatum(1) : Int32GetDatum(1);
}

/* as it would be loaded now, which is not what the transaction began with */
static void
check_etag(SaveCall *call, CreateLevel *root)
{
	ReplaceElement *element = linitial(((Replace *) linitial(root->replaces))->elements);
	Jsonb	   *loaded;
	char	   *printed;
	bool		shown;
	Datum		hash;

	if (!element->row->existing)
		return;
	PushActiveSnapshot(GetLatestSnapshot());
	loaded = DatumGetJsonbP(create_first(load_rows_by_key(root->model, 1, &element->key, call->load, &shown)));
	PopActiveSnapshot();
	printed = JsonbToCString(NULL, &loaded->root, VARSIZE(loaded));
	hash = DirectFunctionCall1(md5_text, CStringGetTextDatum(printed));
	if (strcmp(TextDatumGetCString(hash), call->etag) != 0)
		raise_outdated(root->model, element->path);
}

static void
raise_outdated(const Model *model, const DocPath *path)
{
	error_document(ERRCODE_ASSOC_OUTDATED_DOCUMENT, path, "Load it again.",
				   "the document is older than the row of \"%s\"", model->name);
}

/* ---- the result ---- */

static Datum
result_of(SaveCall *call, CreateLevel *root)
{
	const Model *model = root->model;
	List	   *rows = NIL;
	List	   *keys = NIL;
	Datum		document;
	ListCell   *lc;

	foreach(lc, root->replaces)
	{
		ReplaceElement *element = linitial(((Replace *) lfirst(lc))->elements);
		CreateRow  *row = element->row;

		if (row->skipped)
			continue;
		rows = lappend(rows, row);
		keys = lappend(keys, link_row(create_row_key(model, row, model->nkey, model->key), NULL));
	}
	document = modify_with(link_keys_document(model->nkey, model->key, keys), "changes",
						   JsonbPGetDatum(replace_changes(root)));
	if (call->returning == NULL)
		return document;
	return modify_with(document, "rows", create_show(root, rows, call->returning));
}
