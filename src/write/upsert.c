/*-------------------------------------------------------------------------
 *
 * upsert.c
 *	  upsert and find_or_create: one row that may be there already.
 *
 * Decides what identifies the row: for upsert a unique key, for find_or_create
 * any "where".  Nobody else's row comes between: upsert is one
 * INSERT ... ON CONFLICT; calls of find_or_create that look for the same wait for
 * each other (create_search.c), and a unique key that somebody else's INSERT hits makes it
 * look again.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/arguments.h"
#include "base/compat.h"
#include "base/document.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "write/create.h"
#include "write/create_conflict.h"
#include "write/create_fields.h"

PG_FUNCTION_INFO_V1(assoc_upsert);
PG_FUNCTION_INFO_V1(assoc_find_or_create);

/* a call of either */
typedef struct UpsertCall
{
	char	   *model;
	Jsonb	   *data;
	JsonbValue	document;		/* data; NULL: where is the data */
	Jsonb	   *show;			/* options that are a find document */
	const JsonbValue *conflict; /* upsert; NULL: not given */
	Condition  *where;			/* find_or_create */
	const JsonbValue *search;	/* its document */
	const JsonbValue *defaults; /* NULL: none */
	bool	   *given;			/* upsert with defaults: by the data, by number of attribute */
	bool		unscoped;		/* "scope": false */
	bool		where_is_data;
	CreateFields fields;
	bool		created;
} UpsertCall;

static MemoryContext begin_call(FunctionCallInfo fcinfo, UpsertCall *call);
static void read_upsert_options(UpsertCall *call);
static void read_defaults(UpsertCall *call, CreateLevel *root);
static CreateConflict *conflict_of(UpsertCall *call, CreateLevel *root);
static CreateLevel *read_upsert(void *arg, const CreateReading *reading);
static void read_find_options(UpsertCall *call);
static void refuse_options(const UpsertCall *call);
static const JsonbValue *take_own_options(UpsertCall *call);
static void need_plain_values(const JsonbValue *where);
static CreateLevel *read_find_or_create(void *arg, const CreateReading *reading);
static Datum found_document(Datum row, bool created);

Datum
assoc_upsert(PG_FUNCTION_ARGS)
{
	MemoryContext caller = CurrentMemoryContext;
	UpsertCall	call = {0};
	MemoryContext cxt;
	CreateLevel *root;
	Datum		result;

	argument_require(fcinfo, 1, "data");
	cxt = begin_call(fcinfo, &call);
	read_upsert_options(&call);
	SPI_connect();
	MemoryContextSwitchTo(cxt);
	root = create_read_flat(read_upsert, &call);
	create_insert_or_change(root, conflict_of(&call, root));
	SPI_finish();
	MemoryContextSwitchTo(caller);
	result = create_first(create_show(root, root->rows, call.show));
	MemoryContextDelete(cxt);
	PG_RETURN_DATUM(result);
}

/* model, data, options; the registry is held in a context of the call */
static MemoryContext
begin_call(FunctionCallInfo fcinfo, UpsertCall *call)
{
	MemoryContext cxt = AllocSetContextCreate(CurrentMemoryContext, "pg_associations create",
											  ALLOCSET_DEFAULT_SIZES);

	argument_require(fcinfo, 0, "model");
	MemoryContextSwitchTo(cxt);
	call->model = text_to_cstring(PG_GETARG_TEXT_PP(0));
	if (!PG_ARGISNULL(1))
	{
		call->data = PG_GETARG_JSONB_P(1);
		doc_root_value(call->data, &call->document);
		if (!doc_reads_as_object(&call->document))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("data must be an object, not %s", doc_kind_name(&call->document))));
	}
	if (!PG_ARGISNULL(2))
		call->show = PG_GETARG_JSONB_P(2);
	registry_pin();
	return cxt;
}

/* ---- upsert ---- */

static void
read_upsert_options(UpsertCall *call)
{
	static const char *const own[] = {"conflict", "defaults", "fields", NULL};
	JsonbValue	root;

	if (call->show == NULL || !JB_ROOT_IS_OBJECT(call->show))
		return;
	doc_root_value(call->show, &root);
	options_check_keys(&root, own);
	call->conflict = doc_get(&root, "conflict");
	call->defaults = doc_get(&root, "defaults");
	call->fields = create_fields_read(doc_get(&root, "fields"));
	for (int i = 0; own[i] != NULL; i++)
		call->show = create_without(call->show, own[i]);
}

static CreateLevel *
read_upsert(void *arg, const CreateReading *reading)
{
	UpsertCall *call = arg;
	CreateLevel *root = create_root(registry_model_by_name(call->model), reading, ACL_INSERT);

	if (root->model->nkey == 0)
		model_raise_no_key(root->model);
	create_fields_check(&call->fields, root->model, &call->document);
	root->upserts = true;
	if (call->defaults != NULL)
		read_defaults(call, root);
	else
		(void) create_read_row(root, NULL, &call->document, NULL);
	return root;
}

/* the data decides whether the row exists and what is changed of it; a new row gets data and defaults */
static void
read_defaults(UpsertCall *call, CreateLevel *root)
{
	int			n = root->model->nattributes;
	CreateRow  *row = create_read_row(root, NULL, call->defaults, doc_path_key(NULL, "defaults"));
	bool	   *given = row->given;

	row->path = NULL;
	row->given = palloc0_array(bool, n);
	create_read_members(root, row, &call->document);
	call->given = row->given;
	row->given = given;
	for (int a = 0; a < n; a++)
		row->given[a] |= call->given[a];
}

static CreateConflict *
conflict_of(UpsertCall *call, CreateLevel *root)
{
	CreateRow  *row = linitial(root->rows);
	bool	   *given = row->given;
	CreateConflict *conflict;

	if (call->given != NULL)
		row->given = call->given;
	conflict = create_conflict_key(root->model, root->rows, call->conflict, doc_path_key(NULL, "conflict"));
	row->given = given;
	conflict->update = call->given;
	return conflict;
}

/* ---- find_or_create ---- */

Datum
assoc_find_or_create(PG_FUNCTION_ARGS)
{
	MemoryContext caller = CurrentMemoryContext;
	UpsertCall	call = {0};
	MemoryContext cxt = begin_call(fcinfo, &call);
	CreateLevel *root;
	Datum		row;
	Datum		result;

	read_find_options(&call);
	SPI_connect();
	MemoryContextSwitchTo(cxt);
	root = create_run(read_find_or_create, &call,
					  call.defaults != NULL && create_is_nested(call.defaults));
	SPI_finish();
	MemoryContextSwitchTo(cxt);
	row = create_first(create_show(root, call.created ? root->rows : root->found, call.show));
	MemoryContextSwitchTo(caller);
	result = found_document(row, call.created && !((CreateRow *) linitial(root->rows))->skipped);
	MemoryContextDelete(cxt);
	PG_RETURN_DATUM(result);
}

/* the data is the search, unless "where" is given; without data "where" is the data too */
static void
read_find_options(UpsertCall *call)
{
	const JsonbValue *where = call->show != NULL && JB_ROOT_IS_OBJECT(call->show) ? take_own_options(call) : NULL;

	if (call->data == NULL && where == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"%s\" must not be null", "data"),
				 errhint("Give data, or the option \"where\".")));
	if (call->data == NULL)
	{
		call->where_is_data = true;
		call->document = *where;
		call->data = JsonbValueToJsonb(unconstify(JsonbValue *, where));
	}
	if (where == NULL)
		refuse_options(call);
	call->search = where ? where : &call->document;
	call->where = options_parse_where(call->search, where ? doc_path_key(NULL, "where") : NULL);
	if (call->where == NULL ||
		(call->where->kind == CONDITION_AND && call->where->args == NIL))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("nothing says which row is looked for")));
}

/* {"where": ..., "defaults": ...} as data, as ORMs have it: it would be read as a condition */
static void
refuse_options(const UpsertCall *call)
{
	static const char *const words[] = {"where", "defaults", NULL};
	const Model *model = registry_model_by_name(call->model);

	foreach_ptr(DocPair, pair, doc_object_pairs(&call->document))
	{
		if (doc_is_known(pair->key, words) && model_value(model, pair->key) == NULL &&
			registry_association_if_any(model, pair->key) == NULL)
			error_document(ERRCODE_UNDEFINED_COLUMN, doc_path_key(NULL, pair->key),
						   "Data comes first, options after it: assoc.find_or_create('User', '{\"name\": \"Ann\"}', '{\"defaults\": {...}}').",
						   "model \"%s\" has no attribute or association \"%s\"", model->name, pair->key);
	}
}

/* the condition; what is not of the load that shows the row leaves its options */
static const JsonbValue *
take_own_options(UpsertCall *call)
{
	static const char *const own[] = {"where", "defaults", "fields", "scope", NULL};
	JsonbValue	root;
	const JsonbValue *where;
	const JsonbValue *scope;

	doc_root_value(call->show, &root);
	options_check_keys(&root, own);
	where = doc_get(&root, own[0]);
	call->defaults = doc_get(&root, own[1]);
	call->fields = create_fields_read(doc_get(&root, own[2]));
	scope = doc_get(&root, own[3]);
	if (scope != NULL && scope->type == jbvBool)
		call->unscoped = !scope->val.boolean;
	for (int i = 0; own[i] != NULL; i++)
	{
		if (i < 3 || call->unscoped)
			call->show = create_without(call->show, own[i]);
	}
	return where;
}

/* a condition does not give the values of a new row */
static void
need_plain_values(const JsonbValue *where)
{
	doc_need_object(where, doc_path_key(NULL, "where"));
	foreach_ptr(DocPair, pair, doc_object_pairs(where))
	{
		if (doc_is_object(&pair->value) || doc_is_array(&pair->value))
			error_document(ERRCODE_INVALID_PARAMETER_VALUE,
						   doc_path_key(doc_path_key(NULL, "where"), pair->key),
						   "Give data beside \"where\".",
						   "a new row cannot be made of this condition");
	}
}

static CreateLevel *
read_find_or_create(void *arg, const CreateReading *reading)
{
	UpsertCall *call = arg;
	CreateLevel *root = create_root(registry_model_by_name(call->model), reading, ACL_SELECT);
	CreateFind	find = {.where = call->where, .scoped = !call->unscoped, .first = true};
	CreateRow  *row;

	if (!call->where_is_data)
		create_fields_check(&call->fields, root->model, &call->document);
	/* what is of no use where a row is found says what it would be, all the same */
	if (call->search != &call->document)
		create_check_members(root->model, &call->document, NULL);
	if (call->defaults != NULL)
		create_check_members(root->model, call->defaults, doc_path_key(NULL, "defaults"));
	if (call->search == &call->document && !call->where_is_data)
		create_fields_check_where(&call->fields, root->model, call->where);
	root->found = create_find(root, &find);
	call->created = root->found == NIL;
	/* nothing is found where the search has to be repeated */
	if (!call->created || create_is_stale(root))
		return root;
	if (call->where_is_data)
		need_plain_values(&call->document);
	row = create_row(root->model, NULL, NULL);
	root->rows = list_make1(row);
	if (call->defaults != NULL)
	{
		row->path = doc_path_key(NULL, "defaults");
		create_read_members(root, row, call->defaults);
		row->path = NULL;
	}
	create_read_members(root, row, &call->document);
	create_search_note(root, create_search(root->model, call->where, call->search));
	return root;
}

static Datum
found_document(Datum row, bool created)
{
	static const char *const keys[] = {"row", "created"};
	JsonbValue	values[lengthof(keys)];

	doc_root_value(DatumGetJsonbP(row), &values[0]);
	values[1].type = jbvBool;
	values[1].val.boolean = created;
	return JsonbPGetDatum(doc_object(lengthof(keys), keys, values));
}
