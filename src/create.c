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

#include "compat.h"
#include "access/xact.h"
#include "create.h"
#include "document.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "keys.h"
#include "link.h"
#include "load.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/json.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

PG_FUNCTION_INFO_V1(assoc_create);
PG_FUNCTION_INFO_V1(assoc_bulk_create);
PG_FUNCTION_INFO_V1(assoc_link_create);
PG_FUNCTION_INFO_V1(assoc_create_in);

static Datum run_create(FunctionCallInfo fcinfo, bool bulk);
static CreateLevel *read_data(const char *model, Jsonb *data, bool bulk);
static Datum show_rows(CreateLevel *level, Jsonb *options);
static Datum run_create_in(FunctionCallInfo fcinfo, Oid source, int alias, int id);
static Datum create_below(LinkCall *call, const JsonbValue *data, Jsonb *through);
static Datum create_owner(LinkCall *call, const JsonbValue *data, Jsonb *through);
static LinkPayload *through_payload(LinkCall *call, Jsonb *through);
static Datum show_linked(LinkCall *call, CreateLevel *level);
static CreateLevel *source_level(LinkCall *call);
static void lock_levels(CreateLevel *level);
static void need_key(const Model *model);
static Jsonb *show_options(CreateLevel *level, Jsonb *options);
static void append_include(StringInfo buf, CreateLevel *level);
static void push_written_snapshot(void);
static Datum first_element(Datum array);
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
	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"%s\" must not be null", "source")));
	return run_create_in(fcinfo, PG_GETARG_OID(0), 1, 2);
}

Datum
assoc_create_in(PG_FUNCTION_ARGS)
{
	Oid			source;

	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"%s\" must not be null", "model")));
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
	Jsonb	   *options = PG_ARGISNULL(2) ? NULL : PG_GETARG_JSONB_P(2);
	CreateLevel *root;
	Datum		result;

	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"%s\" must not be null", "model")));
	MemoryContextSwitchTo(cxt);
	registry_hold();
	root = read_data(text_to_cstring(PG_GETARG_TEXT_PP(0)), data, bulk);
	SPI_connect();
	MemoryContextSwitchTo(cxt);
	create_check(root);
	create_write(root);
	SPI_finish();
	MemoryContextSwitchTo(caller);
	result = show_rows(root, options);
	if (!bulk)
		result = first_element(result);
	MemoryContextDelete(cxt);
	PG_RETURN_DATUM(result);
}

/* read again where something changed before its tables were locked */
static CreateLevel *
read_data(const char *model, Jsonb *data, bool bulk)
{
	JsonbValue	document;

	doc_root_value(data, &document);
	need_form(&document, bulk);
	for (;;)
	{
		uint64		generation = registry_generation();
		CreateLevel *root = create_level(registry_model_by_name(model));
		ListCell   *lc;

		need_key(root->model);
		if (!bulk)
			create_read_row(root, NULL, &document, NULL);
		else
		{
			foreach(lc, doc_array_elements(&document))
				create_read_row(root, NULL, lfirst(lc),
								doc_path_index(NULL, foreach_current_index(lc)));
		}
		lock_levels(root);
		if (registry_generation() == generation)
			return root;
	}
}

static Datum
show_rows(CreateLevel *level, Jsonb *options)
{
	int			n = list_length(level->rows);
	Datum	  **keys = palloc_array(Datum *, Max(n, 1));
	ListCell   *lc;
	Datum		result;

	foreach(lc, level->rows)
		keys[foreach_current_index(lc)] = create_row_key(level->model, lfirst(lc),
														 level->model->nkey, level->model->key);
	push_written_snapshot();
	result = load_rows_by_key(level->model, n, keys, show_options(level, options));
	PopActiveSnapshot();
	return result;
}

/* ---- create_in, link_create: model or source, id and alias in either order, data, through ---- */

static Datum
run_create_in(FunctionCallInfo fcinfo, Oid source, int alias, int id)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext cxt = AllocSetContextCreate(caller, "pg_associations create",
											  ALLOCSET_DEFAULT_SIZES);
	Jsonb	   *data = document_argument(fcinfo, 3, "data");
	Jsonb	   *through = PG_ARGISNULL(4) ? NULL : PG_GETARG_JSONB_P(4);
	LinkCall   *call;
	JsonbValue	document;
	Datum		result;

	if (PG_ARGISNULL(alias) || PG_ARGISNULL(id))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"%s\" must not be null", PG_ARGISNULL(id) ? "id" : "alias")));
	MemoryContextSwitchTo(cxt);
	registry_hold();
	call = link_call_make(link_resolve(source, text_to_cstring(PG_GETARG_TEXT_PP(alias)),
									   RowExclusiveLock));
	call->source = palloc_array(Datum, call->nsource);
	key_from_datum(PG_GETARG_DATUM(id), get_fn_expr_argtype(fcinfo->flinfo, id),
				   call->nsource, call->source_key, "id", call->source);
	doc_root_value(data, &document);
	need_form(&document, false);
	SPI_connect();
	MemoryContextSwitchTo(cxt);
	if (call->ends->association->kind == BELONGS_TO)
		result = create_owner(call, &document, through);
	else
		result = create_below(call, &document, through);
	SPI_finish();
	MemoryContextSwitchTo(caller);
	result = datumCopy(result, false, -1);
	MemoryContextDelete(cxt);
	PG_RETURN_DATUM(result);
}

/* the source's row is there already: a level of its own with nothing to be written */
static Datum
create_below(LinkCall *call, const JsonbValue *data, Jsonb *through)
{
	CreateLevel *source = source_level(call);
	CreateLevel *level = create_child_level(source, call->ends->association);
	CreateRow  *row;

	create_read_row(level, linitial(source->rows), data, NULL);
	row = linitial(level->rows);
	row->payload = through_payload(call, through);
	lock_levels(level);
	create_check(source);
	link_lock_source(call, call->ends->to_one ? ExclusiveLock : ShareLock);
	if (call->ends->association->kind == HAS_ONE)
		link_direct_set(call);
	create_write(source);
	return show_linked(call, level);
}

/* belongs_to: the new row comes first, then the source points at it */
static Datum
create_owner(LinkCall *call, const JsonbValue *data, Jsonb *through)
{
	CreateLevel *level = create_level(call->ends->target);
	Datum	   *key;

	(void) through_payload(call, through);
	create_read_row(level, NULL, data, NULL);
	lock_levels(level);
	create_check(level);
	create_write(level);
	key = create_row_key(level->model, linitial(level->rows), call->nkey, call->key);
	link_append_item(call, key, NULL);
	link_sort_items(call);
	link_direct_set(call);
	return show_linked(call, level);
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
	const AssociationEnds *ends = call->ends;
	Datum	   *key = create_row_key(level->model, linitial(level->rows), call->nkey, call->key);
	Datum		result;

	push_written_snapshot();
	result = load_linked_rows(ends, call->source, 1, &key, show_options(level, NULL));
	PopActiveSnapshot();
	return first_element(result);
}

static CreateLevel *
source_level(LinkCall *call)
{
	const Model *source = call->ends->source;
	CreateLevel *level = create_level(source);
	CreateRow  *row = create_row(source, NULL, NULL);

	for (int i = 0; i < call->nsource; i++)
	{
		int			number = model_attnum(source, call->source_key[i]->attnum) -
			source->attributes;

		row->given[number] = true;
		row->values[number] = call->source[i];
	}
	level->existing = true;
	level->rows = list_make1(row);
	return level;
}

/* ---- common ---- */

static void
lock_levels(CreateLevel *level)
{
	ListCell   *lc;

	LockRelationOid(level->model->relid, RowExclusiveLock);
	if (level->ends != NULL && level->ends->through != NULL)
		LockRelationOid(level->ends->through->relid, RowExclusiveLock);
	foreach(lc, level->children)
		lock_levels(lfirst(lc));
}

static void
need_key(const Model *model)
{
	if (model->nkey == 0)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("\"%s\" has no primary key, so its rows cannot be named", model->name)));
}

/*
 * How the rows are shown: what was nested is included, and they are shown even
 * where the default scope would leave them out, unless the options say otherwise.
 */
static Jsonb *
show_options(CreateLevel *level, Jsonb *options)
{
	StringInfoData buf;
	Datum		defaults;

	initStringInfo(&buf);
	appendStringInfoString(&buf, "{\"scope\": false, \"paranoid\": false");
	if (level->children != NIL)
	{
		appendStringInfoString(&buf, ", ");
		append_include(&buf, level);
	}
	appendStringInfoChar(&buf, '}');
	defaults = DirectFunctionCall1(jsonb_in, CStringGetDatum(buf.data));
	if (options == NULL)
		return DatumGetJsonbP(defaults);
	if (!JB_ROOT_IS_OBJECT(options))
		return options;
	return DatumGetJsonbP(DirectFunctionCall2(jsonb_concat, defaults, JsonbPGetDatum(options)));
}

static void
append_include(StringInfo buf, CreateLevel *level)
{
	ListCell   *lc;

	appendStringInfoString(buf, "\"include\": [");
	foreach(lc, level->children)
	{
		CreateLevel *child = lfirst(lc);

		appendStringInfoString(buf, foreach_current_index(lc) > 0 ?
							   ", {\"association\": " : "{\"association\": ");
		escape_json(buf, child->ends->association->alias);
		if (child->children != NIL)
		{
			appendStringInfoString(buf, ", ");
			append_include(buf, child);
		}
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
static Datum
first_element(Datum array)
{
	JsonbValue *element = getIthJsonbValueFromContainer(&DatumGetJsonbP(array)->root, 0);
	JsonbValue	none;

	none.type = jbvNull;
	return JsonbPGetDatum(JsonbValueToJsonb(element ? element : &none));
}

/* the whole argument has no place that an error could name */
static void
need_form(const JsonbValue *document, bool bulk)
{
	if (bulk ? doc_is_array(document) : doc_is_object(document))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 bulk ?
			 errmsg("rows must be an array of objects, not %s", doc_kind_name(document)) :
			 errmsg("data must be an object, not %s", doc_kind_name(document))));
}

static Jsonb *
document_argument(FunctionCallInfo fcinfo, int number, const char *name)
{
	if (PG_ARGISNULL(number))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"%s\" must not be null", name)));
	return PG_GETARG_JSONB_P(number);
}
