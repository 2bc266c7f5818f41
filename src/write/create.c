/*-------------------------------------------------------------------------
 *
 * create.c
 *	  create, bulk_create and create_in: rows with everything nested in them, in one call.
 *
 * Decides the order of a call: read the data, lock its tables, check all
 * constraints, write, and show the rows as find_by_pk would with what was nested included.  A
 * failure leaves nothing, since the call is one statement.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/arguments.h"
#include "base/attempt.h"
#include "base/compat.h"
#include "base/doc_member.h"
#include "base/document.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "link/link.h"
#include "load/load.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/json.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "write/create.h"
#include "write/create_conflict.h"
#include "write/create_fields.h"
#include "write/replace.h"

PG_FUNCTION_INFO_V1(assoc_create);
PG_FUNCTION_INFO_V1(assoc_bulk_create);
PG_FUNCTION_INFO_V1(assoc_link_create);
PG_FUNCTION_INFO_V1(assoc_create_in);

/* attempts at rows that other transactions create too, before the conflict is an error */
#define MAX_RACES 5

/* a call of create or bulk_create */
typedef struct CreateCall
{
	char	   *model;
	JsonbValue	document;
	bool		bulk;
	bool		ignore;			/* bulk: "ignoreDuplicates" */
	const JsonbValue *update;	/* bulk: "updateOnDuplicate"; NULL: not given */
	const JsonbValue *conflict; /* bulk: "conflict"; NULL: not given */
	bool		count_only;		/* bulk: "returning": false */
	CreateFields fields;
	Jsonb	   *show;			/* the options that are a find document, or NULL */
	CreateLevel *root;			/* bulk: rows that may be there already, written */
} CreateCall;

/* what is read and written, until nobody else comes between */
typedef struct CreateRun
{
	CreateReader read;
	void	   *arg;
	bool		again;			/* it is not the first time */
	CreateLevel *root;
} CreateRun;

/* a call of create_in or link_create */
typedef struct CreateInCall
{
	LinkCall   *call;
	JsonbValue	document;
	Jsonb	   *through;
} CreateInCall;

static Datum run_create(FunctionCallInfo fcinfo, bool bulk);
static void read_options(CreateCall *call, Jsonb *options);
static void check_said_once(const CreateCall *call, Jsonb *returning);
static void read_bulk_options(CreateCall *call, const JsonbValue *root);
static CreateLevel *read_data(void *arg, const CreateReading *reading);
static void insert_conflicting(void *arg);
static bool *updated_attributes(const Model *model, const JsonbValue *names);
static Datum count_document(List *rows);
static void run_once(void *arg);
static CreateLevel *read_settled(CreateReader read, void *arg, bool again);
static void write_checked(void *arg);
static Datum run_create_in(FunctionCallInfo fcinfo, Oid source, int alias, int id);
static CreateLevel *read_below(void *arg, const CreateReading *reading);
static CreateLevel *read_owner(void *arg, const CreateReading *reading);
static Datum create_below(CreateInCall *in);
static void need_source(LinkCall *call);
static Datum create_owner(CreateInCall *in);
static LinkPayload *through_payload(LinkCall *call, Jsonb *through);
static Datum show_linked(LinkCall *call, CreateLevel *level);
static CreateRow *source_row(LinkCall *call);
static Jsonb *show_options(CreateLevel *level, Jsonb *options);
static void append_include(StringInfo buf, CreateLevel *level);
static Datum jsonb_null(void);
static void push_written_snapshot(void);
static void need_form(const JsonbValue *document, bool bulk);
static Jsonb *document_argument(FunctionCallInfo fcinfo, int number, const char *name);

Datum
assoc_create(PG_FUNCTION_ARGS)
{
	return run_create(fcinfo, false);
}

Datum
assoc_bulk_create(PG_FUNCTION_ARGS)
{
	return run_create(fcinfo, true);
}

Datum
assoc_link_create(PG_FUNCTION_ARGS)
{
	argument_require(fcinfo, 0, "source");
	return run_create_in(fcinfo, PG_GETARG_OID(0), 1, 2);
}

Datum
assoc_create_in(PG_FUNCTION_ARGS)
{
	Oid			source;

	argument_require(fcinfo, 0, "model");
	source = registry_model_by_name(text_to_cstring(PG_GETARG_TEXT_PP(0)))->relid;
	return run_create_in(fcinfo, source, 2, 1);
}

/* ---- create, bulk_create ---- */

static Datum
run_create(FunctionCallInfo fcinfo, bool bulk)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext cxt = AllocSetContextCreate(caller, "pg_associations create",
											  ALLOCSET_DEFAULT_SIZES);
	Jsonb	   *data = document_argument(fcinfo, 1, bulk ? "rows" : "data");
	CreateCall	call = {.bulk = bulk};
	CreateLevel *root;
	Datum		result;

	argument_require(fcinfo, 0, "model");
	MemoryContextSwitchTo(cxt);
	call.model = text_to_cstring(PG_GETARG_TEXT_PP(0));
	doc_root_value(data, &call.document);
	need_form(&call.document, bulk);
	if (!PG_ARGISNULL(2))
		call.show = PG_GETARG_JSONB_P(2);
	if (call.show != NULL)
		read_options(&call, call.show);
	registry_pin();
	SPI_connect();
	MemoryContextSwitchTo(cxt);
	if (call.ignore || call.update != NULL)
	{
		attempt_through_deadlocks(insert_conflicting, &call);
		root = call.root;
	}
	else
		root = create_run(read_data, &call, bulk || create_is_nested(&call.document));
	SPI_finish();
	MemoryContextSwitchTo(caller);
	if (call.count_only)
		result = count_document(root->rows);
	else
		result = create_show(root, root->rows, call.show);
	if (!bulk)
		result = create_first(result);
	else if (!call.count_only && doc_option(call.show, NULL, "where") == NULL)
		result = create_shown(result, root->rows, true);
	MemoryContextDelete(cxt);
	PG_RETURN_DATUM(result);
}

/* what is not a verb's own is a find document for the result */
static void
read_options(CreateCall *call, Jsonb *options)
{
	static const char *const own_create[] = {"fields", NULL};
	static const char *const own_bulk[] = {"fields", "ignoreDuplicates", "updateOnDuplicate",
	"conflict", "returning", NULL};
	const char *const *own = call->bulk ? own_bulk : own_create;
	JsonbValue	root;

	doc_root_value(options, &root);
	if (!doc_is_object(&root))
		return;
	options_check_keys(&root, own);
	call->fields = create_fields_read(doc_get(&root, "fields"));
	for (int i = 0; own[i] != NULL; i++)
		call->show = create_without(call->show, own[i]);
	if (call->bulk)
		read_bulk_options(call, &root);
}

static void
read_bulk_options(CreateCall *call, const JsonbValue *root)
{
	const JsonbValue *value;
	Jsonb	   *returning;

	if ((value = doc_get(root, "ignoreDuplicates")) != NULL)
		call->ignore = doc_need_bool(value, doc_path_key(NULL, "ignoreDuplicates"));
	call->update = doc_get(root, "updateOnDuplicate");
	call->conflict = doc_get(root, "conflict");
	if (call->ignore && call->update != NULL)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, doc_path_key(NULL, "ignoreDuplicates"), NULL,
					   "ignoreDuplicates and updateOnDuplicate exclude each other");
	if (call->conflict != NULL && call->update == NULL)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, doc_path_key(NULL, "conflict"), NULL,
					   "conflict needs updateOnDuplicate");
	if ((value = doc_get(root, "returning")) == NULL)
		return;
	call->count_only = value->type == jbvBool && !value->val.boolean;
	returning = create_returning(value, doc_path_key(NULL, "returning"));
	check_said_once(call, returning);
	call->show = doc_concat(call->show, returning);
}

/* what is shown is said by "returning" or beside it; where nothing is shown, by neither */
static void
check_said_once(const CreateCall *call, Jsonb *returning)
{
	JsonbValue	beside;

	doc_root_value(call->show, &beside);
	foreach_ptr(DocPair, pair, doc_object_pairs(&beside))
	{
		if (call->count_only || doc_option(returning, NULL, pair->key) != NULL)
			error_document(ERRCODE_INVALID_PARAMETER_VALUE, doc_path_key(NULL, pair->key), NULL,
						   "\"%s\" and \"returning\" exclude each other", pair->key);
	}
}

Jsonb *
create_without(Jsonb *document, const char *key)
{
	return DatumGetJsonbP(DirectFunctionCall2(jsonb_delete, JsonbPGetDatum(document),
											  CStringGetTextDatum(key)));
}

static CreateLevel *
read_data(void *arg, const CreateReading *reading)
{
	CreateCall *call = arg;
	CreateLevel *root = create_root(registry_model_by_name(call->model), reading, ACL_INSERT);

	/* rows that are only counted need no name, unless those that are left out are reported */
	if (root->model->nkey == 0 && (!call->count_only || call->ignore))
		model_raise_no_key(root->model);
	create_fields_check(&call->fields, root->model, &call->document);
	root->fields = &call->fields;
	root->upserts = call->update != NULL;
	if (!call->bulk)
		(void) create_read_row(root, NULL, &call->document, NULL);
	else
	{
		foreach_ptr(JsonbValue, element, doc_array_elements(&call->document))
			(void) create_read_row(root, NULL, element,
								   doc_path_index(NULL, foreach_current_index(element)));
	}
	return root;
}

/* rows that may exist already; what would become of rows nested in such a row is not defined */
static void
insert_conflicting(void *arg)
{
	CreateCall *call = arg;
	CreateLevel *root = create_read_flat(read_data, call);

	call->root = root;
	if (root->rows == NIL)
		return;
	if (call->ignore)
		create_insert_ignoring(root);
	else
	{
		CreateConflict *conflict = create_conflict_key(root->model, root->rows, call->conflict,
													   doc_path_key(NULL, "conflict"));

		conflict->update = updated_attributes(root->model, call->update);
		create_insert_or_change(root, conflict);
	}
}

CreateLevel *
create_read_flat(CreateReader read, void *arg)
{
	CreateLevel *root = read_settled(read, arg, false);

	if (root->children != NIL)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("rows that may be there already cannot have \"%s\" nested in them",
						((CreateLevel *) linitial(root->children))->assoc->association->alias),
				 errhint("Use update with nested data, or find_or_create with \"defaults\".")));
	create_check(root);
	return root;
}

static bool *
updated_attributes(const Model *model, const JsonbValue *names)
{
	const DocPath *path = doc_path_key(NULL, "updateOnDuplicate");
	bool	   *updated = palloc0_array(bool, model->nattributes);

	doc_need_array(names, path);
	foreach_ptr(JsonbValue, element, doc_array_elements(names))
	{
		const DocPath *member_path = doc_path_index(path, foreach_current_index(element));
		Attribute  *attribute = model_attribute_at(model, doc_need_string(element, member_path),
												   member_path);

		for (int i = 0; i < model->nkey; i++)
			if (model->key[i] == attribute)
				error_document(ERRCODE_INVALID_PARAMETER_VALUE, member_path, NULL,
							   "\"%s\" is in the primary key of \"%s\", which is never changed,",
							   attribute->name, model->name);
		updated[attribute - model->attributes] = true;
	}
	return updated;
}

static Datum
count_document(List *rows)
{
	StringInfoData buf;
	int			n = 0;

	foreach_ptr(CreateRow, row, rows)
		n += !row->skipped;
	initStringInfo(&buf);
	appendStringInfo(&buf, "{\"count\": %d}", n);
	return DirectFunctionCall1(jsonb_in, CStringGetDatum(buf.data));
}

CreateLevel *
create_run(CreateReader read, void *arg, bool several)
{
	CreateRun	run = {.read = read, .arg = arg};

	if (several)
		attempt_through_deadlocks(run_once, &run);
	else
		run_once(&run);
	return run.root;
}

bool
create_is_nested(const JsonbValue *data)
{
	if (!doc_is_object(data))
		return false;
	foreach_ptr(DocPair, pair, doc_object_pairs(data))
	{
		if (doc_is_object(&pair->value) || doc_is_array(&pair->value))
			return true;
	}
	return false;
}

/*
 * A row that was not found may be there when it is written: somebody else looked for the
 * same.  Then nothing was written, and all is read again.  Searches that no unique key keeps
 * apart are locked, with the links that will be written, and then repeated.
 */
static void
run_once(void *arg)
{
	CreateRun  *run = arg;
	List	   *replaced = NIL;
	KeyTable	held;

	create_search_table(&held);
	for (int races = 0;; run->again = true)
	{
		CreateLevel *root = read_settled(run->read, run->arg, run->again);
		bool		waited;

		run->root = root;
		if (root->nothing)
		{
			create_check(root);
			return;
		}
		waited = create_search_lock(root, &held);
		waited |= !create_lock_links(root);
		waited |= replace_lock(root, &replaced);
		if (waited)
			continue;
		if (!root->races || races++ == MAX_RACES)
		{
			run->again = true;
			write_checked(root);
			return;
		}
		if (attempt(write_checked, root, ERRCODE_UNIQUE_VIOLATION))
			return;
	}
}

static CreateLevel *
read_settled(CreateReader read, void *arg, bool again)
{
	CreateReading reading = {again, 0};
	CreateLevel *root;

	do
	{
		CHECK_FOR_INTERRUPTS();
		reading.tries++;
		root = read(arg, &reading);
		replace_read(root);
	} while (create_is_stale(root));
	return root;
}

static void
write_checked(void *arg)
{
	create_check(arg);
	create_ids_share(arg);
	create_write(arg);
}

Datum
create_show(CreateLevel *root, List *rows, Jsonb *options)
{
	const Model *model = root->model;
	Datum	  **keys = palloc_array(Datum *, list_length(rows) + 1);
	bool	   *shown = palloc_array(bool, list_length(rows) + 1);
	Datum		result;

	foreach_ptr(CreateRow, row, rows)
	{
		keys[foreach_current_index(row)] = row->skipped ? NULL :
			create_row_key(model, row, model->nkey, model->key);
	}
	push_written_snapshot();
	result = load_rows_by_key(model, list_length(rows), keys, show_options(root, options), shown);
	PopActiveSnapshot();
	foreach_ptr(CreateRow, row, rows)
		row->shown = shown[foreach_current_index(row)];
	return result;
}

Datum
create_shown(Datum documents, List *rows, bool in_places)
{
	JsonbValue	root;
	List	   *elements;
	StringInfoData buf;
	int			number = 0;
	bool		all = true;

	foreach_ptr(CreateRow, row, rows)
		all &= row->shown && (in_places || !row->kept);
	if (all)
		return documents;
	doc_root_value(DatumGetJsonbP(documents), &root);
	elements = doc_array_elements(&root);
	initStringInfo(&buf);
	foreach_ptr(CreateRow, row, rows)
	{
		const JsonbValue *element = row->shown ? list_nth(elements, number++) : NULL;

		if (!in_places && (element == NULL || row->kept))
			continue;
		appendStringInfoString(&buf, buf.len > 0 ? ", " : "[");
		if (element != NULL)
			doc_write_value(&buf, element);
		else
			appendStringInfoString(&buf, "null");
	}
	appendStringInfoString(&buf, buf.len > 0 ? "]" : "[]");
	return JsonbPGetDatum(doc_parse(buf.data));
}

Jsonb *
create_returning(const JsonbValue *value, const DocPath *path)
{
	static const char *const key = "attributes";

	if (doc_is_object(value))
		return JsonbValueToJsonb(unconstify(JsonbValue *, value));
	if (value->type == jbvBool)
		return doc_object(0, NULL, NULL);
	doc_need_array(value, path);
	return doc_object(1, &key, unconstify(JsonbValue *, value));
}

/* ---- create_in, link_create: model or source, id and alias in either order, data, through ---- */

static Datum
run_create_in(FunctionCallInfo fcinfo, Oid source, int alias, int id)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext cxt = AllocSetContextCreate(caller, "pg_associations create",
											  ALLOCSET_DEFAULT_SIZES);
	Jsonb	   *data = document_argument(fcinfo, 3, "data");
	CreateInCall in = {0};
	Datum		result;

	in.through = PG_ARGISNULL(4) ? NULL : PG_GETARG_JSONB_P(4);
	argument_require(fcinfo, id, argument_key_name(id));
	argument_require(fcinfo, alias, "alias");
	MemoryContextSwitchTo(cxt);
	registry_pin();
	in.call = link_call_resolve(source, text_to_cstring(PG_GETARG_TEXT_PP(alias)),
								RowExclusiveLock);
	link_source_argument(in.call, fcinfo, id);
	doc_root_value(data, &in.document);
	need_form(&in.document, false);
	SPI_connect();
	MemoryContextSwitchTo(cxt);
	if (in.call->assoc->association->kind == BELONGS_TO)
		result = create_owner(&in);
	else
		result = create_below(&in);
	SPI_finish();
	MemoryContextSwitchTo(caller);
	result = datumCopy(result, false, -1);
	MemoryContextDelete(cxt);
	PG_RETURN_DATUM(result);
}

static Datum
create_below(CreateInCall *in)
{
	CreateLevel *root;

	link_lock(in->call, in->call->assoc->to_one ? LINK_LOCK_SET : LINK_LOCK_ADD);
	need_source(in->call);
	root = create_run(read_below, in, create_is_nested(&in->document));
	return show_linked(in->call, linitial(root->children));
}

/* children of a row that is deleted would be nobody's; links look for their source themselves */
static void
need_source(LinkCall *call)
{
	const ResolvedAssociation *assoc = call->assoc;
	LinkReference pointer = link_direct_pointer(assoc);

	pointer.values = call->source;
	pointer.value_path = call->source_path;
	if (assoc->through == NULL)
		link_check_pointer(&pointer);
}

/* the source's row is there already: found, with nothing of its own to be changed */
static CreateLevel *
read_below(void *arg, const CreateReading *reading)
{
	CreateInCall *in = arg;
	CreateLevel *root = create_root(in->call->assoc->source, reading, ACL_NO_RIGHTS);
	CreateLevel *level = create_child_level(root, in->call->assoc->association,
											RowExclusiveLock);
	CreateRow  *source = source_row(in->call);
	CreateRow  *row;

	root->found = list_make1(source);
	row = create_read_row(level, source, &in->document, NULL);
	row->payload = link_payload_overlay(level->assoc->through, through_payload(level->call, in->through),
										row->payload);
	if (level->assoc->to_one)
		create_replace(level, source, NULL);
	return root;
}

/* belongs_to: the new row comes first, then the source points at it */
static Datum
create_owner(CreateInCall *in)
{
	LinkCall   *call = in->call;
	CreateLevel *root = create_run(read_owner, in, create_is_nested(&in->document));
	CreateRow  *row = linitial(root->rows);

	if (!row->skipped)
	{
		link_append_item(call, create_row_key(root->model, row, call->nkey, call->key), NULL, NULL);
		link_sort_items(call);
		link_direct_set(call);
	}
	return show_linked(call, root);
}

static CreateLevel *
read_owner(void *arg, const CreateReading *reading)
{
	CreateInCall *in = arg;
	CreateLevel *root = create_root(in->call->assoc->target, reading, ACL_INSERT);

	(void) through_payload(in->call, in->through);
	(void) create_read_row(root, NULL, &in->document, NULL);
	return root;
}

/* an association without a join table takes none */
static LinkPayload *
through_payload(LinkCall *call, Jsonb *through)
{
	JsonbValue	payload;

	if (through == NULL)
		return NULL;
	doc_root_value(through, &payload);
	if (payload.type == jbvNull)
		return NULL;
	return link_payload(call, &payload, doc_path_key(NULL, "through"));
}

static Datum
show_linked(LinkCall *call, CreateLevel *level)
{
	const ResolvedAssociation *assoc = call->assoc;
	CreateRow  *row = linitial(level->rows);
	bool		many = assoc->ntarget > 0;
	Datum	   *key = create_row_key(level->model, row,
									 many ? assoc->ntarget : level->model->nkey,
									 many ? assoc->target_key : level->model->key);
	Datum		result;

	if (row->skipped)
		return jsonb_null();
	push_written_snapshot();
	result = load_linked_rows(assoc, call->source, 1, &key, show_options(level, NULL));
	PopActiveSnapshot();
	return create_first(result);
}

static CreateRow *
source_row(LinkCall *call)
{
	const Model *source = call->assoc->source;
	CreateRow  *row = create_row(source, NULL, NULL);

	row->path = call->source_path;
	row->existing = true;
	for (int i = 0; i < call->nsource; i++)
		row->values[model_number_of(source, call->source_key[i])] =
			call->source[i];
	return row;
}

/* ---- common ---- */

/*
 * How the rows are shown: what was nested is included, and they are shown even
 * where the default scope would leave them out, unless the options say otherwise.
 */
static Jsonb *
show_options(CreateLevel *level, Jsonb *options)
{
	StringInfoData buf;

	if (options != NULL && !JB_ROOT_IS_OBJECT(options))
		return options;
	initStringInfo(&buf);
	appendStringInfoString(&buf, "{\"scope\": false, \"paranoid\": false");
	append_include(&buf, level);
	appendStringInfoChar(&buf, '}');
	return doc_concat(doc_parse(buf.data), options);
}

static void
append_include(StringInfo buf, CreateLevel *level)
{
	if (level->children == NIL)
		return;
	appendStringInfoString(buf, ", \"include\": [");
	foreach_ptr(CreateLevel, child, level->children)
	{
		appendStringInfoString(buf, foreach_current_index(child) > 0 ? ", {" : "{");
		doc_write_string(buf, "association", child->assoc->association->alias);
		append_include(buf, child);
		appendStringInfoChar(buf, '}');
	}
	appendStringInfoChar(buf, ']');
}

/* a snapshot that sees what this call has written */
static void
push_written_snapshot(void)
{
	CommandCounterIncrement();
	PushActiveSnapshot(GetTransactionSnapshot());
}

/* JSON null where the options left the row out */
Datum
create_first(Datum array)
{
	JsonbValue *element = getIthJsonbValueFromContainer(&DatumGetJsonbP(array)->root, 0);

	return element ? JsonbPGetDatum(JsonbValueToJsonb(element)) : jsonb_null();
}

static Datum
jsonb_null(void)
{
	JsonbValue	none;

	none.type = jbvNull;
	return JsonbPGetDatum(JsonbValueToJsonb(&none));
}

/* the whole argument has no path that an error could name */
static void
need_form(const JsonbValue *document, bool bulk)
{
	if (bulk ? doc_is_array(document) : doc_reads_as_object(document))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 bulk ?
			 errmsg("rows must be an array of objects, not %s", doc_kind_name(document)) :
			 errmsg("data must be an object, not %s", doc_kind_name(document)),
			 !bulk && doc_is_array(document) ?
			 errhint("Rows in an array are for assoc.bulk_create; those of one row for assoc.update: {\"tasks\": {\"create\": [...]}}.") : 0));
}

static Jsonb *
document_argument(FunctionCallInfo fcinfo, int number, const char *name)
{
	argument_require(fcinfo, number, name);
	return PG_GETARG_JSONB_P(number);
}
