/*-------------------------------------------------------------------------
 *
 * modify.c
 *	  update, destroy and restore: rows of one model, chosen by a where document.
 *
 * Decides which rows a verb means and what it does to them.  No where means
 * all rows, which has to be said ("all": true).  Soft-deleted rows, and rows out of
 * the model's default scope, are not there unless the options say otherwise.  One
 * statement each; the rights, constraints and triggers are those of plain SQL.
 * An update with rows nested in it is modify_nested.c's.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/arguments.h"
#include "base/attempt.h"
#include "base/compat.h"
#include "base/rights.h"
#include "write/create.h"
#include "base/document.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "link/link.h"
#include "write/modify.h"
#include "deparse/sql_text.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

typedef enum ModifyVerb
{
	MODIFY_UPDATE,
	MODIFY_DESTROY,
	MODIFY_RESTORE
} ModifyVerb;

/* a call: what is written, and where it stands */
typedef struct ModifyCall
{
	ModifyVerb	verb;
	const Model *model;
	ModifyOptions options;
	Jsonb	   *data;			/* update */
	Statement	statement;
	CreateRow  *row;			/* update: what every row is given, */
	List	   *checks;			/*   and the constraints that it is told of: CheckTerms * */
	List	   *relations;		/* OIDs of all tables that the statement names */
	int			expected;		/* SPI's result code */
	List	   *rows;			/* of LinkRow *: those that it wrote */
} ModifyCall;

PG_FUNCTION_INFO_V1(assoc_update);
PG_FUNCTION_INFO_V1(assoc_destroy);
PG_FUNCTION_INFO_V1(assoc_restore);

static Datum run_modify(FunctionCallInfo fcinfo, ModifyVerb verb, int options);
static void prepare_call(ModifyCall *call, const char *model);
static bool relations_settled(ModifyCall *call, uint64 generation, int tries);
static ModifyOptions read_options(ModifyVerb verb, Jsonb *document);
static void read_option(ModifyOptions *options, ModifyVerb verb, DocPair *pair);
static void read_returning(ModifyOptions *options, const JsonbValue *value, const DocPath *path);
static void write_statement(ModifyCall *call);
static void append_assignments(ModifyCall *call);
static void check_candidate(ModifyCall *call);
static bool names_one_row(const ModifyCall *call);
static void run_statement(void *arg);
static void append_where(ModifyCall *call);
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
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext cxt = AllocSetContextCreate(caller, "pg_associations modify",
											  ALLOCSET_DEFAULT_SIZES);
	ModifyCall	call = {0};
	char	   *model;
	Jsonb	   *document = PG_ARGISNULL(options) ? NULL : PG_GETARG_JSONB_P(options);
	Datum		result;

	argument_require(fcinfo, 0, "model");
	call.verb = verb;
	if (verb == MODIFY_UPDATE)
	{
		argument_require(fcinfo, 1, "data");
		call.data = PG_GETARG_JSONB_P(1);
	}
	MemoryContextSwitchTo(cxt);
	registry_pin();
	model = text_to_cstring(PG_GETARG_TEXT_PP(0));
	call.options = read_options(verb, document);
	if (verb == MODIFY_UPDATE &&
		(call.options.returning != NULL || modify_is_nested(model, call.data)))
	{
		result = modify_nested(model, call.data, &call.options, caller);
		MemoryContextDelete(cxt);
		PG_RETURN_DATUM(result);
	}
	prepare_call(&call, model);
	SPI_connect();
	MemoryContextSwitchTo(cxt);
	if (names_one_row(&call))
		run_statement(&call);
	else
		attempt_through_deadlocks(run_statement, &call);
	SPI_finish();
	MemoryContextSwitchTo(caller);
	result = link_keys_document(call.model->nkey, call.model->key, call.rows);
	MemoryContextDelete(cxt);
	PG_RETURN_DATUM(result);
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
		call->relations = NIL;
		write_statement(call);
	} while (!relations_settled(call, generation, tries));
}

static bool
relations_settled(ModifyCall *call, uint64 generation, int tries)
{
	rights_require_for(call->model->relid, RowExclusiveLock);
	foreach_oid(relation, call->relations)
		rights_require_for(relation, AccessShareLock);
	rights_lock(call->model->relid, RowExclusiveLock);
	foreach_oid(oid, call->relations)
		rights_lock(oid, AccessShareLock);
	return registry_is_current(generation, tries);
}

/* ---- options ---- */

static ModifyOptions
read_options(ModifyVerb verb, Jsonb *document)
{
	ModifyOptions options = {.paranoid = true};
	JsonbValue	root;

	if (document != NULL)
	{
		doc_root_value(document, &root);
		if (!doc_reads_as_object(&root))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("options must be an object, not %s", doc_kind_name(&root))));
		foreach_ptr(DocPair, pair, doc_object_pairs(&root))
			read_option(&options, verb, pair);
	}
	if (options.where == NULL && !options.all)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("no where says which rows are meant"),
				 errhint("Give \"where\", or \"all\": true for all rows.")));
	return options;
}

static void
read_option(ModifyOptions *options, ModifyVerb verb, DocPair *pair)
{
	static const char *const known_update[] = {"where", "all", "scope", "paranoid", "returning", "fields", NULL};
	static const char *const known_destroy[] = {"where", "all", "scope", "paranoid", "force", NULL};
	static const char *const known_restore[] = {"where", "all", "scope", NULL};
	const DocPath *path = doc_path_key(NULL, pair->key);

	if (strcmp(pair->key, "where") == 0)
	{
		Condition  *where = options_parse_where(&pair->value, path);

		/* an empty one says nothing */
		if (where != NULL && !(where->kind == CONDITION_AND && where->args == NIL))
			options->where = where;
	}
	else if (strcmp(pair->key, "all") == 0)
		options->all = doc_need_bool(&pair->value, path);
	else if (strcmp(pair->key, "scope") == 0)
	{
		if (doc_need_bool(&pair->value, path))
			error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, NULL,
						   "only false, no default scope, can be said");
		options->unscoped = true;
	}
	else if (strcmp(pair->key, "paranoid") == 0 && verb != MODIFY_RESTORE)
		options->paranoid = doc_need_bool(&pair->value, path);
	else if (strcmp(pair->key, "force") == 0 && verb == MODIFY_DESTROY)
		options->force = doc_need_bool(&pair->value, path);
	else if (strcmp(pair->key, "fields") == 0 && verb == MODIFY_UPDATE)
		options->fields = create_fields_read(&pair->value);
	else if (strcmp(pair->key, "returning") == 0 && verb == MODIFY_UPDATE)
		read_returning(options, &pair->value, path);
	else
		doc_unknown_key(pair->key, path, verb == MODIFY_UPDATE ? known_update :
						verb == MODIFY_DESTROY ? known_destroy : known_restore, "option");
}

/* true, false, an array of attributes, or a find document */
static void
read_returning(ModifyOptions *options, const JsonbValue *value, const DocPath *path)
{
	if (value->type == jbvBool && !value->val.boolean)
		options->no_rows = true;
	else
		options->returning = create_returning(value, path);
}

/* ---- the statement ---- */

static void
write_statement(ModifyCall *call)
{
	const Model *model = call->model;
	Statement  *s = &call->statement;

	statement_init(s);
	call->expected = SPI_OK_UPDATE_RETURNING;
	switch (call->verb)
	{
		case MODIFY_UPDATE:
			appendStringInfo(&s->sql, "UPDATE %s AS t SET ", model->quoted_table);
			append_assignments(call);
			break;
		case MODIFY_DESTROY:
			if (model->deleted_at != NULL && !call->options.force)
			{
				appendStringInfo(&s->sql, "UPDATE %s AS t SET %s = pg_catalog.now()",
								 model->quoted_table,
								 quote_identifier(model->deleted_at->column));
				statement_touch(s, model, NULL);
				break;
			}
			appendStringInfo(&s->sql, "DELETE FROM %s AS t", model->quoted_table);
			call->expected = SPI_OK_DELETE_RETURNING;
			break;
		case MODIFY_RESTORE:
			need_paranoid(model);
			appendStringInfo(&s->sql, "UPDATE %s AS t SET %s = NULL", model->quoted_table,
							 quote_identifier(model->deleted_at->column));
			statement_touch(s, model, NULL);
			break;
	}
	append_where(call);
	appendStringInfoString(&s->sql, " RETURNING ");
	statement_columns(s, "t", model->nkey, model->key);
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
		statement_argument(&call->statement,
						   operation_type(attribute, create_operation(row, number)),
						   row->values[number], row->nulls[number]);
		appendStringInfo(&call->statement.sql, "%s%s = %s", foreach_current_index(pair) > 0 ? ", " : "",
						 quote_identifier(attribute->column),
						 operation_sql(create_operation(row, number),
									   sql_column("t", attribute),
									   psprintf("$%d", call->statement.nargs)));
	}
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
	validation_raise(call->model, failures);
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
	CreateTable table = {call->model, call->checks};
	uint64		rows;

	if (call->expected == SPI_OK_DELETE_RETURNING)
		rows = statement_run_delete(&call->statement, call->model);
	else if (call->verb != MODIFY_UPDATE)
		rows = statement_run(&call->statement, STATEMENT_WRITE, call->expected);
	else
		rows = create_run_statement(&table, list_make1(call->row), &call->statement,
									call->expected);
	call->rows = changed_rows(call->model, rows);
}

/* the conditions' parameters are numbered after those that the statement has already */
static void
append_where(ModifyCall *call)
{
	const Model *model = call->model;
	SqlScope	scope = {model, "t", NULL, NULL};
	List	   *params = NIL;
	SqlText		sql;
	ListCell   *lc;

	sql_text_init(&sql, call->statement.nargs, &params, &call->relations);
	appendStringInfoString(&sql.buf, " WHERE true");
	sql_and_condition(&sql, &scope, call->options.where);
	if (!call->options.unscoped)
		sql_and_condition(&sql, &scope,
						  sql_stored_condition(model->options, "defaultScope", "where"));
	if (call->verb == MODIFY_RESTORE)
		appendStringInfo(&sql.buf, " AND t.%s IS NOT NULL",
						 quote_identifier(model->deleted_at->column));
	else if (call->options.paranoid)
		sql_and_not_deleted(&sql, model, "t");

	appendStringInfoString(&call->statement.sql, sql.buf.data);
	foreach(lc, sql.used)
	{
		LoadParam  *param = list_nth(params, lfirst_int(lc));
		Datum		value;
		char		isnull;

		load_params_bind(1, param, NULL, &value, &isnull);
		statement_argument(&call->statement, param->type, value, isnull == 'n');
	}
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
