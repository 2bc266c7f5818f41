/*-------------------------------------------------------------------------
 *
 * modify.c
 *	  update, destroy and restore: rows of one model, chosen by a where document.
 *
 * Decides which rows a verb means and what it does to them.  No where means
 * all rows, which must be explicit ("all": true).  Soft-deleted rows, and rows out of
 * the model's default scope, are left out unless the options include them.  One
 * statement each; the rights, constraints and triggers are those of plain SQL.
 * An update with rows nested in it is modify_nested.c's.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/arguments.h"
#include "base/attempt.h"
#include "base/compat.h"
#include "base/document.h"
#include "base/rights.h"
#include "base/trial.h"
#include "deparse/sql_text.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "link/link.h"
#include "miscadmin.h"
#include "registry/citus.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "write/create.h"
#include "write/modify.h"

/* a call: what is written, and where it stands */
typedef struct ModifyCall
{
	ModifyVerb	verb;
	const Model *model;
	ModifyOptions options;
	Jsonb	   *data;			/* update */
	SqlText		statement;
	CreateRow  *row;			/* update: what every row is given, */
	List	   *checks;			/*   and the constraints that its errors are compared with: CheckTerms * */
	int			expected;		/* SPI's result code */
	List	   *rows;			/* of LinkRow *: those that it wrote */
	const char *name;			/* of the model */
	bool		finds;			/* these rows only, of which it writes those that are still meant: */
	List	   *found;			/*   of CreateRow * */
	MemoryContext cxt;
	MemoryContext caller;
	Datum		result;			/* in the caller's */
} ModifyCall;

PG_FUNCTION_INFO_V1(assoc_update);
PG_FUNCTION_INFO_V1(assoc_destroy);
PG_FUNCTION_INFO_V1(assoc_restore);

static Datum run_modify(FunctionCallInfo fcinfo, ModifyVerb verb, int options);
static void run_call(void *arg);
static void write_rows(ModifyCall *call);
static Datum find_rows(ModifyCall *call);
static void prepare_call(ModifyCall *call, const char *model);
static bool relations_settled(ModifyCall *call, uint64 generation, int tries);
static void write_statement(ModifyCall *call);
static void append_assignments(ModifyCall *call);
static void check_candidate(ModifyCall *call);
static bool names_one_row(const ModifyCall *call);
static void run_statement(void *arg);
static void note_kept(ModifyCall *call);
static void append_where(ModifyCall *call);
static void append_found(ModifyCall *call);
static void need_paranoid(const Model *model);
static List *changed_rows(const Model *model, uint64 rows);

Datum
assoc_update(PG_FUNCTION_ARGS)
{
	return run_modify(fcinfo, MODIFY_UPDATE, 2);
}

Datum
assoc_destroy(PG_FUNCTION_ARGS)
{
	return run_modify(fcinfo, MODIFY_DESTROY, 1);
}

Datum
assoc_restore(PG_FUNCTION_ARGS)
{
	return run_modify(fcinfo, MODIFY_RESTORE, 1);
}

static Datum
run_modify(FunctionCallInfo fcinfo, ModifyVerb verb, int options)
{
	ModifyCall	call = {.verb = verb, .caller = CurrentMemoryContext};
	Jsonb	   *document = PG_ARGISNULL(options) ? NULL : PG_GETARG_JSONB_P(options);

	argument_require(fcinfo, 0, "model");
	if (verb == MODIFY_UPDATE)
	{
		argument_require(fcinfo, 1, "data");
		call.data = PG_GETARG_JSONB_P(1);
	}
	call.cxt = AllocSetContextCreate(call.caller, "pg_associations modify", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(call.cxt);
	registry_pin();
	call.name = text_to_cstring(PG_GETARG_TEXT_PP(0));
	call.options = modify_read_options(verb, document);
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
	ModifyCall *call = arg;
	bool		nested = call->verb == MODIFY_UPDATE && modify_is_nested(call->name, call->data);

	if (call->verb == MODIFY_UPDATE && (nested || modify_finds_first(&call->options)))
	{
		call->options.no_rows |= !nested && call->options.returning == NULL;
		call->result = modify_nested(call->name, call->data, &call->options, call->caller);
	}
	else
		write_rows(call);
	MemoryContextSwitchTo(call->cxt);
}

static void
write_rows(ModifyCall *call)
{
	Datum		before = (Datum) 0;

	SPI_connect();
	MemoryContextSwitchTo(call->cxt);
	if (modify_finds_first(&call->options))
		before = find_rows(call);
	prepare_call(call, call->name);
	if (names_one_row(call) || call->finds)
		run_statement(call);
	else
		attempt_through_deadlocks(run_statement, call);
	SPI_finish();
	MemoryContextSwitchTo(call->caller);
	call->result = link_keys_document(call->model->nkey, call->model->key, call->rows);
	if (call->options.returning != NULL)
		call->result = modify_with(call->result, "rows", create_shown(before, call->found, false));
}

/* rows that are destroyed, as they are before; the statement is then about these */
static Datum
find_rows(ModifyCall *call)
{
	CreateFind	find = {.to_destroy = true, .force = call->options.force};
	CreateReading reading = {false, 0};
	CreateLevel *root;

	modify_set_find(&find, &call->options);
	do
	{
		CHECK_FOR_INTERRUPTS();
		reading.tries++;
		root = create_root(registry_model_by_name(call->name), &reading, ACL_SELECT);
		call->found = create_find(root, &find);
	} while (create_is_stale(root));
	call->finds = true;
	return call->options.returning ? create_show(root, call->found, call->options.returning) : (Datum) 0;
}

/* written again where something changed before its tables were locked */
static void
prepare_call(ModifyCall *call, const char *model)
{
	uint64		generation;
	int			tries = 0;

	do
	{
		tries++;
		generation = registry_generation();
		call->model = registry_model_by_name(model);
		if (call->model->nkey == 0)
			model_raise_no_key(call->model);
		write_statement(call);
	} while (!relations_settled(call, generation, tries));
}

static bool
relations_settled(ModifyCall *call, uint64 generation, int tries)
{
	rights_require_for(call->model->relid, RowExclusiveLock);
	foreach_oid(relation, *call->statement.relations)
		rights_require_for(relation, AccessShareLock);
	rights_lock(call->model->relid, RowExclusiveLock);
	citus_begin_write(call->model->relid);
	statement_lock_relations(&call->statement);
	return registry_is_current(generation, tries);
}

/* ---- the statement ---- */

static void
write_statement(ModifyCall *call)
{
	const Model *model = call->model;
	SqlText    *s = &call->statement;

	call->expected = SPI_OK_UPDATE_RETURNING;
	switch (call->verb)
	{
		case MODIFY_UPDATE:
			statement_update(s, model->relid, model->quoted_table);
			append_assignments(call);
			break;
		case MODIFY_DESTROY:
			statement_remove(s, model, call->options.force ? NULL : model->deleted_at);
			if (model->deleted_at == NULL || call->options.force)
				call->expected = SPI_OK_DELETE_RETURNING;
			break;
		case MODIFY_RESTORE:
			need_paranoid(model);
			statement_update(s, model->relid, model->quoted_table);
			statement_set(s, model->deleted_at, "NULL");
			statement_touch(s, model, NULL);
			break;
	}
	append_where(call);
	statement_returning(s, sql_columns("t", model->nkey, model->key));
}

static void
append_assignments(ModifyCall *call)
{
	const Model *model = call->model;
	CreateRow  *row = create_row(model, NULL, NULL);
	JsonbValue	root;

	row->operates = OPERATIONS_TAKEN;
	doc_root_value(call->data, &root);
	if (!doc_is_object(&root) || doc_object_pairs(&root) == NIL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("data must be an object with the attributes to be changed")));
	create_fields_check(&call->options.fields, model, &root);
	foreach_ptr(DocPair, pair, doc_object_pairs(&root))
	{
		const DocPath *path = doc_path_key(NULL, pair->key);
		Attribute  *attribute = model_attribute_at(model, pair->key, path);
		int			number = attribute - model->attributes;

		create_read_value(model, row, attribute, &pair->value);
		statement_set(&call->statement, attribute,
					  operation_sql(create_operation(row, number), attribute, sql_column("t", attribute),
									sql_argument(&call->statement,
												 operation_type(attribute, create_operation(row, number)),
												 row->values[number], row->nulls[number])));
	}
	statement_set_positions(&call->statement, model);
	statement_touch(&call->statement, model, row->given);
	call->row = row;
	check_candidate(call);
}

static void
check_candidate(ModifyCall *call)
{
	RowValidator *validator = validator_row_begin(call->model);
	List	   *failures = create_check_row(validator, call->model, call->row, false, NIL, NIL);

	call->checks = validator_row_checks(validator);
	validator_row_end(validator);
	validation_raise(call->model, failures, NULL);
}

/* which no other call can wait for crosswise; what is deleted may take others along */
static bool
names_one_row(const ModifyCall *call)
{
	const Condition *where = call->options.where;

	if (where != NULL && where->kind == CONDITION_AND && list_length(where->args) == 1)
		where = linitial(where->args);
	return call->verb != MODIFY_DESTROY && call->model->nkey == 1 && where != NULL &&
		where->kind == CONDITION_COMPARE && where->op == WHERE_EQ &&
		where->quantifier == QUANTIFIER_NONE &&
		model_attribute(call->model, where->key) == call->model->key[0];
}

/* what is deleted is not judged, and what marks it so is none of the caller's data */
static void
run_statement(void *arg)
{
	ModifyCall *call = arg;
	CreateTable table = {call->model, call->checks, NULL};
	uint64		rows;

	if (call->verb != MODIFY_UPDATE)
		rows = statement_run(&call->statement, STATEMENT_WRITE, call->expected);
	else
		rows = create_run_statement(&table, list_make1(call->row), &call->statement,
									call->expected);
	call->rows = changed_rows(call->model, rows);
	note_kept(call);
}

/* what a trigger, a rule or a policy keeps is not among them */
static void
note_kept(ModifyCall *call)
{
	const Model *model = call->model;
	KeyTable	written;
	bool		found;

	if (call->found == NIL)
		return;
	key_table_init(&written, model->nkey, link_key_columns(model->nkey, model->key), call->cxt);
	foreach_ptr(LinkRow, row, call->rows)
		(void) key_table_add(&written, row->key, &found);
	foreach_ptr(CreateRow, row, call->found)
		row->kept = key_table_find(&written, row->key) < 0;
}

static void
append_where(ModifyCall *call)
{
	const Model *model = call->model;
	SqlText    *s = &call->statement;
	SqlScope	scope = {model, "t", NULL, NULL, NULL};

	statement_where(s, "true");
	sql_and_found(s, &scope, call->options.where, !call->options.unscoped,
				  call->verb == MODIFY_RESTORE || !call->options.paranoid);
	if (call->verb == MODIFY_RESTORE)
		sql_append(s, " AND %s IS NOT NULL", sql_column("t", model->deleted_at));
	if (call->finds)
		append_found(call);
}

static void
append_found(ModifyCall *call)
{
	List	   *keys = NIL;

	foreach_ptr(CreateRow, row, call->found)
		keys = lappend(keys, row->key);
	sql_append(&call->statement, keys == NIL ? " AND false" : " AND ");
	if (keys != NIL)
		sql_append(&call->statement, "%s",
				   link_sql_key_list(&call->statement, "t", call->model->nkey, call->model->key, keys));
}

static void
need_paranoid(const Model *model)
{
	if (model->deleted_at == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("\"%s\" keeps no deleted rows that could be restored", model->name),
				 errhint("The option \"paranoid\" of the model makes it keep them.")));
}

static List *
changed_rows(const Model *model, uint64 rows)
{
	List	   *result = NIL;

	for (uint64 i = 0; i < rows; i++)
		result = lappend(result, link_row(link_tuple_values(i, 1, model->nkey, model->key), NULL));
	SPI_freetuptable(SPI_tuptable);
	return result;
}
