/*-------------------------------------------------------------------------
 *
 * modify_many.c
 *	  update_many: rows of one model, each with data of its own.
 *
 * Decides which row an element means: that of its primary key, or of the unique key that the
 * call names.  All are found and locked before any is changed, and those that give the same
 * attributes are changed together.  The rest is update's.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/arguments.h"
#include "base/compat.h"
#include "base/doc_member.h"
#include "base/document.h"
#include "base/trial.h"
#include "deparse/key_lookup.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "registry/keys.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "write/create.h"
#include "write/modify.h"

typedef struct ManyCall
{
	const char *model;
	List	   *elements;		/* of JsonbValue * */
	List	   *key_names;		/* NIL: the primary key */
	bool		ignore_missing;
	ModifyOptions options;
	KeyColumns	key;
	Datum	  **values;			/* of it, by element */
	MemoryContext cxt;
	MemoryContext caller;
	Datum		result;			/* in the caller's */
} ManyCall;

PG_FUNCTION_INFO_V1(assoc_update_many);

static void run_call(void *arg);
static void read_options(ManyCall *call, Jsonb *document);
static CreateLevel *read_rows(void *arg, const CreateReading *reading);
static KeyColumns named_key(const Model *model, List *names);
static bool is_unique(const Model *model, KeyColumns key);
static void read_keys(ManyCall *call, const Model *model);
static List *find_rows(ManyCall *call, CreateLevel *root);
static Condition *condition_on_keys(ManyCall *call);
static bool *columns_needed(ManyCall *call, const Model *model);
static void change_rows(ManyCall *call, CreateLevel *root, List *rows);
static JsonbValue data_of(ManyCall *call, const JsonbValue *element);

/* model, rows, options */
Datum
assoc_update_many(PG_FUNCTION_ARGS)
{
	ManyCall	call = {.options = {.paranoid = true}, .caller = CurrentMemoryContext};
	JsonbValue	rows;

	argument_require(fcinfo, 0, "model");
	argument_require(fcinfo, 1, "rows");
	call.cxt = AllocSetContextCreate(call.caller, "pg_associations modify", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(call.cxt);
	registry_pin();
	call.model = text_to_cstring(PG_GETARG_TEXT_PP(0));
	doc_root_value(PG_GETARG_JSONB_P(1), &rows);
	doc_need_array(&rows, doc_path_key(NULL, "rows"));
	call.elements = doc_array_elements(&rows);
	read_options(&call, argument_jsonb(fcinfo, 2));
	if (call.options.dry_run)
		trial_undo(run_call, &call);
	else
		run_call(&call);
	MemoryContextSwitchTo(call.caller);
	MemoryContextDelete(call.cxt);
	PG_RETURN_DATUM(call.result);
}

/* the result in the caller's context, and ours the current one */
static void
run_call(void *arg)
{
	ManyCall   *call = arg;
	CreateLevel *root;

	SPI_connect();
	MemoryContextSwitchTo(call->cxt);
	root = create_run(read_rows, call, true);
	SPI_finish();
	MemoryContextSwitchTo(call->caller);
	call->result = modify_result(root, &call->options);
	MemoryContextSwitchTo(call->cxt);
}

static void
read_options(ManyCall *call, Jsonb *document)
{
	static const char *const known[] = {"key", "ignoreMissing", "scope", "paranoid", "returning", "fields", "dry_run", NULL};
	List	   *options = doc_document_members(document, NULL);

	doc_check_keys(options, known, "option");
	call->options.no_rows = true;
	foreach_ptr(DocMember, member, options)
	{
		if (strcmp(member->key, "key") == 0)
			call->key_names = doc_member_strings(member);
		else if (strcmp(member->key, "ignoreMissing") == 0)
			call->ignore_missing = doc_member_bool(member);
		else if (strcmp(member->key, "scope") == 0)
			call->options.unscoped = !doc_member_bool(member);
		else if (strcmp(member->key, "paranoid") == 0)
			call->options.paranoid = doc_member_bool(member);
		else if (strcmp(member->key, "dry_run") == 0)
			call->options.dry_run = doc_member_bool(member);
		else if (strcmp(member->key, "fields") == 0)
			call->options.fields = create_fields_read(&member->value);
		else if (member->value.type != jbvBool || member->value.val.boolean)
		{
			call->options.no_rows = false;
			call->options.returning = create_returning(&member->value, &member->path);
		}
	}
}

static CreateLevel *
read_rows(void *arg, const CreateReading *reading)
{
	ManyCall   *call = arg;
	CreateLevel *root = create_root(registry_model_by_name(call->model), reading, ACL_SELECT);
	List	   *rows;

	if (root->model->nkey == 0)
		model_raise_no_key(root->model);
	call->key = named_key(root->model, call->key_names);
	read_keys(call, root->model);
	root->nothing = call->elements == NIL;
	if (root->nothing)
		return root;
	root->fields = &call->options.fields;
	rows = find_rows(call, root);
	root->nfound = list_length(rows);
	if (!create_is_stale(root))
		change_rows(call, root, rows);
	return root;
}

/* error 22023 where two rows could have the same values */
static KeyColumns
named_key(const Model *model, List *names)
{
	const DocPath *path = doc_path_key(NULL, "key");
	KeyColumns	key = {0, palloc_array(Attribute *, list_length(names) + 1)};

	if (names == NIL)
		return (KeyColumns) {model->nkey, model->key};
	foreach_ptr(char, name, names)
		key.columns[key.n++] = model_attribute_at(model, name, path);
	if (!is_unique(model, key))
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, NULL,
					   "\"%s\" has no unique key on these attributes", model->name);
	key_check_hidden(model, key, path);
	return key;
}

static bool
is_unique(const Model *model, KeyColumns key)
{
	for (int i = 0; i < model->nindexes; i++)
	{
		const ModelIndex *index = &model->indexes[i];

		if (index->unique && index->nkeys == key.n && model_index_starts_with(index, key.n, key.columns))
			return true;
	}
	return false;
}

static void
read_keys(ManyCall *call, const Model *model)
{
	KeyTable	known;

	call->values = palloc_array(Datum *, list_length(call->elements) + 1);
	key_table_init(&known, call->key.n, link_key_columns(call->key.n, call->key.columns),
				   CurrentMemoryContext);
	foreach_ptr(JsonbValue, element, call->elements)
	{
		int			i = foreach_current_index(element);
		const DocPath *path = doc_path_index(NULL, i);
		bool		found;

		doc_need_object(element, path);
		call->values[i] = palloc_array(Datum, call->key.n);
		key_from_jsonb_members(element, call->key.n, call->key.columns, path, call->values[i]);
		(void) key_table_add(&known, call->values[i], &found);
		if (found)
			error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, NULL,
						   "the same row of \"%s\" is given twice", model->name);
	}
}

/* locked in key order */
static List *
find_rows(ManyCall *call, CreateLevel *root)
{
	CreateFind	find = {.where = condition_on_keys(call), .scoped = !call->options.unscoped,
	.deleted = !call->options.paranoid, .lock = true};

	find.columns = columns_needed(call, root->model);
	return create_find(root, &find);
}

/* {"$id$": {"in": [...]}}, or one {"$a$": ..., "$b$": ...} for each */
static Condition *
condition_on_keys(ManyCall *call)
{
	bool		single = call->key.n == 1 && OidIsValid(get_array_type(call->key.columns[0]->type));
	StringInfoData buf;
	JsonbValue	root;

	initStringInfo(&buf);
	appendStringInfoString(&buf, single ? "{" : "{\"or\": [");
	if (single)
	{
		doc_write_key(&buf, psprintf("$%s$", call->key.columns[0]->name));
		appendStringInfoString(&buf, "{\"in\": [");
	}
	foreach_ptr(JsonbValue, element, call->elements)
	{
		appendStringInfo(&buf, "%s%s", foreach_current_index(element) > 0 ? ", " : "", single ? "" : "{");
		for (int i = 0; i < call->key.n; i++)
		{
			const char *name = call->key.columns[i]->name;

			if (!single)
				doc_write_key(&buf, psprintf("$%s$", name));
			doc_write_value(&buf, doc_get(element, name));
		}
		appendStringInfoString(&buf, single ? "" : "}");
	}
	appendStringInfoString(&buf, single ? "]}}" : "]}");
	doc_root_value(doc_parse(buf.data), &root);
	return options_parse_where(&root, NULL);
}

/* what nested data of any needs, and the key */
static bool *
columns_needed(ManyCall *call, const Model *model)
{
	bool	   *columns = palloc0_array(bool, model->nattributes);

	foreach_ptr(JsonbValue, element, call->elements)
	{
		bool	   *own = create_columns_for(model, element);

		for (int a = 0; a < model->nattributes; a++)
			columns[a] |= own[a];
	}
	for (int i = 0; i < call->key.n; i++)
		columns[call->key.columns[i] - model->attributes] = true;
	return columns;
}

static void
change_rows(ManyCall *call, CreateLevel *root, List *rows)
{
	KeyTable	found;
	LinkIds		missing = link_ids(list_length(call->elements));
	bool		known;
	ListCell   *lc;

	key_table_init(&found, call->key.n, link_key_columns(call->key.n, call->key.columns),
				   CurrentMemoryContext);
	foreach(lc, rows)
		(void) key_table_add(&found, create_row_key(root->model, lfirst(lc), call->key.n, call->key.columns),
							 &known);
	foreach_ptr(JsonbValue, element, call->elements)
	{
		int			i = foreach_current_index(element);
		int			number = key_table_find(&found, call->values[i]);
		JsonbValue	data = data_of(call, element);
		CreateRow  *row;

		if (number < 0)
		{
			link_ids_add(&missing, call->values[i], doc_path_index(NULL, i));
			continue;
		}
		row = list_nth(rows, number);
		row->path = doc_path_index(NULL, i);
		create_fields_check_at(&call->options.fields, root->model, &data, row->path);
		create_read_changes(root, row, &data);
	}
	if (missing.n > 0 && !call->ignore_missing)
		link_raise_unknown(root->model, call->key.n, call->key.columns, &missing, NULL);
}

/* without the key, which is not changed */
static JsonbValue
data_of(ManyCall *call, const JsonbValue *element)
{
	Jsonb	   *document = JsonbValueToJsonb(unconstify(JsonbValue *, element));
	JsonbValue	data;

	for (int i = 0; i < call->key.n; i++)
		document = create_without(document, call->key.columns[i]->name);
	doc_root_value(document, &data);
	return data;
}
