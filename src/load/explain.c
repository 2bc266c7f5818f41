/*-------------------------------------------------------------------------
 *
 * explain.c
 *	  assoc.explain: what a load does, node by node.
 *
 * Decides how a load plan is shown to people.  It shows the very plan that the
 * loading functions use, from the same cache; with run, it loads the rows, throws
 * the document away and shows what each node did.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/arguments.h"
#include "base/compat.h"
#include "base/ddl.h"
#include "catalog/pg_type_d.h"
#include "executor/instrument.h"
#include "fmgr.h"
#include "funcapi.h"
#include "load/load_call.h"
#include "load/load_constants.h"
#include "load/load_watch.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "plan/probe_plan.h"
#include "portability/instr_time.h"
#include "registry/keys.h"
#include "run/load_run.h"
#include "run/run_sink.h"
#include "run/run_write.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/tuplestore.h"

/* a value of the options that is longer is cut */
#define MAX_SHOWN_VALUE 64

PG_FUNCTION_INFO_V1(assoc_explain);

/* the text, and where in the tree it stands */
typedef struct Explanation
{
	StringInfoData line;		/* being written */
	int			indent;
	Tuplestorestate *lines;		/* where lines go; NULL: to text */
	StringInfo	text;
	TupleDesc	desc;
	LoadPlan   *plan;
	LoadRun    *run;			/* NULL: not run */
	Jsonb	   *params;			/* given by the caller, or NULL */
} Explanation;

/* what the run took as a whole */
typedef struct RunTimes
{
	double		compile;
	double		load;
	double		write;
	Size		bytes;
} RunTimes;

static LoadRequest explained_request(FunctionCallInfo fcinfo);
static Datum *key_argument(FunctionCallInfo fcinfo, const LoadRequest *request);
static LoadRun *run_load(LoadPlan *plan, const Datum *key, Jsonb *params, RunTimes *times);
static Size write_result(LoadRun *run);
static double seconds_since(instr_time start);

static void explain_node(Explanation *x, const LoadNode *node);
static void explain_head(Explanation *x, const LoadNode *node);
static const char *how_asked(LoadKind kind);
static void explain_source(Explanation *x, const LoadNode *node);
static bool is_by_key(const LoadNode *node);
static void append_probe(StringInfo buf, const LoadNode *node);
static void append_run_source(StringInfo buf, const NodeRun *nr);
static bool was_run(const NodeRun *nr);
static void explain_run(Explanation *x, const NodeRun *nr);
static void explain_buffers(Explanation *x, const BufferUsage *buffers);
static void explain_sql(Explanation *x, const LoadNode *node);
static const LoadStatement *statement_of(const LoadNode *node, const NodeRun *nr);
static void explain_found(Explanation *x, const LoadFound *found);
static void explain_counted(Explanation *x, const LoadCounted *counted);
static void explain_parameters(Explanation *x, const LoadNode *node, StatementForm form);
static char *param_text(Explanation *x, int number);
static char *unmade_text(const LoadParam *param, Jsonb *params);
static char *value_text(const LoadParam *param, Datum value, bool isnull);
static char *shown_text(const LoadParam *param, char *text);
static void explain_times(Explanation *x, const RunTimes *times);

static void add_line(Explanation *x, const char *format,...) pg_attribute_printf(2, 3);
static void line_begin(Explanation *x, const char *label);
static void line_end(Explanation *x);

Datum
assoc_explain(PG_FUNCTION_ARGS)
{
	LoadRequest request = explained_request(fcinfo);
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Explanation x = {0};
	RunTimes	times = {0};
	bool		run = argument_flag(fcinfo, 2);
	Datum	   *key;
	instr_time	start;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	x.lines = result->setResult;
	x.desc = result->setDesc;
	x.params = PG_ARGISNULL(3) ? NULL : PG_GETARG_JSONB_P(3);
	initStringInfo(&x.line);
	INSTR_TIME_SET_CURRENT(start);
	x.plan = run ? load_plan_get(&request) : load_plan_to_show(&request);
	times.compile = seconds_since(start);
	key = key_argument(fcinfo, &request);
	(void) load_constants_give(x.plan, request.options);
	if (run)
		x.run = run_load(x.plan, key, x.params, &times);
	(void) load_constants_give(x.plan, request.options);
	explain_node(&x, x.plan->nodes[0]);
	if (x.run)
	{
		explain_times(&x, &times);
		run_memory_end(x.run);
	}
	return (Datum) 0;
}

/* its values are those that it was run with */
void
load_explain_run(StringInfo text, LoadRun *run)
{
	Explanation x = {.text = text,.plan = run->plan,.run = run};

	initStringInfo(&x.line);
	explain_node(&x, run->plan->nodes[0]);
	pfree(x.line.data);
}

/* (model, options, run, params, pk): find_by_pk where there is a key, else find_all */
static LoadRequest
explained_request(FunctionCallInfo fcinfo)
{
	LoadRequest request = {0};

	argument_require(fcinfo, 0, "model");
	registry_pin();
	request.kind = PG_ARGISNULL(4) ? LOAD_FIND : LOAD_BY_KEY;
	request.format = JSON_FORMAT_JSONB;
	request.single = request.kind == LOAD_BY_KEY;
	request.model = registry_model_by_name(text_to_cstring(PG_GETARG_TEXT_PP(0)))->relid;
	request.options = PG_ARGISNULL(1) ? NULL : PG_GETARG_JSONB_P(1);
	return request;
}

/* the root's key; NULL where none is given.  It is checked even if nothing is run */
static Datum *
key_argument(FunctionCallInfo fcinfo, const LoadRequest *request)
{
	const Model *model = registry_model(request->model);
	Datum	   *key;

	if (PG_ARGISNULL(4))
		return NULL;
	key = palloc_array(Datum, Max(1, model->nkey));
	key_from_datum(PG_GETARG_DATUM(4), TEXTOID, model->nkey, model->key, "pk", key);
	return key;
}

/* ---- running it ---- */

static LoadRun *
run_load(LoadPlan *plan, const Datum *key, Jsonb *params, RunTimes *times)
{
	LoadRun    *run = run_memory_begin(plan, params);
	instr_time	start;

	run->timed = true;
	INSTR_TIME_SET_CURRENT(start);
	if (key)
		(void) load_run_request(run, key);
	load_run_load(run, true);
	times->load = seconds_since(start);
	INSTR_TIME_SET_CURRENT(start);
	times->bytes = write_result(run);
	times->write = seconds_since(start);
	return run;
}

/* the document's size; 0 where a key has no row */
static Size
write_result(LoadRun *run)
{
	LoadedGroup *group = run_sink_group(run, 0);

	if (!run->plan->single)
		run_write_array(run, 0);
	else if (group->first)
		run_write_row(run, group->first);
	else
		return 0;
	return VARSIZE_ANY(DatumGetPointer(json_writer_finish(&run->writer)));
}

static double
seconds_since(instr_time start)
{
	instr_time	now;

	INSTR_TIME_SET_CURRENT(now);
	INSTR_TIME_SUBTRACT(now, start);
	return INSTR_TIME_GET_DOUBLE(now);
}

/* ---- the tree ---- */

/* children stand where the node's own lines do, their lines further in */
static void
explain_node(Explanation *x, const LoadNode *node)
{
	int			indent = x->indent;

	check_stack_depth();
	explain_head(x, node);
	x->indent += node->parent ? 4 : 2;
	explain_source(x, node);
	if (x->run && was_run(&x->run->nodes[node->number]))
		explain_run(x, &x->run->nodes[node->number]);
	explain_sql(x, node);
	for (int i = 0; i < node->nchildren; i++)
		explain_node(x, node->children[i]);
	if (node->tree && node->tree->step && node->tree->step != node)
		explain_node(x, node->tree->step);
	x->indent = indent;
}

static void
explain_head(Explanation *x, const LoadNode *node)
{
	line_begin(x, node->parent ? "->  " : "");
	if (node->parent)
		appendStringInfo(&x->line, "%s: %s ", node->path, node->to_one ? "one of" : "many of");
	appendStringInfoString(&x->line, ddl_table(node->target));
	if (OidIsValid(node->through))
		appendStringInfo(&x->line, " through %s", ddl_table(node->through));
	if (node->parent == NULL)
		appendStringInfo(&x->line, " %s", how_asked(x->plan->shown > 0 ? LOAD_BY_KEY : x->plan->kind));
	line_end(x);
}

static const char *
how_asked(LoadKind kind)
{
	switch (kind)
	{
		case LOAD_BY_KEY:
			return "by primary key";
		case LOAD_FIND:
			return "by condition";
		case LOAD_GET:
			return "of one row";
		case LOAD_COUNT:
			return "counted";
		case LOAD_AGGREGATE:
			return "aggregated";
		case LOAD_LOCK:
			return "locked";
	}
	pg_unreachable();
}

/* where rows come from: what is allowed now, or what a run did */
static void
explain_source(Explanation *x, const LoadNode *node)
{
	const char *refused = is_by_key(node) ? probe_refused_now(node) : node->no_probe;

	line_begin(x, "Source: ");
	if (x->run)
		append_run_source(&x->line, &x->run->nodes[node->number]);
	else if (refused)
		appendStringInfo(&x->line, "batch (no probe: %s)", refused);
	else
		append_probe(&x->line, node);
	line_end(x);
}

/* of the call, of its parents, or of what it is linked with */
static bool
is_by_key(const LoadNode *node)
{
	return node->nref > 0 || node->found != NULL;
}

static void
append_probe(StringInfo buf, const LoadNode *node)
{
	check_stack_depth();
	appendStringInfoString(buf, "probe of ");
	foreach_oid(relation, probe_indexes(node))
		appendStringInfo(buf, "%s%s", foreach_current_index(relation) > 0 ? ", then " : "",
						 ddl_table(relation));
	if (node->probe->ref.partitioned || node->probe->target.partitioned)
		appendStringInfoString(buf, ", in the partition of each key");
	if (node->probe->condition && node->probe->condition->nsort > 0)
		appendStringInfoString(buf, ", sorted");
	for (int i = 0; i < node->nasked; i++)
	{
		appendStringInfo(buf, ", and for each row %s: ", node->asked[i].node->key);
		append_probe(buf, node->asked[i].node);
	}
}

static void
append_run_source(StringInfo buf, const NodeRun *nr)
{
	const LoadNode *node = nr->node;

	if (!was_run(nr))
		appendStringInfoString(buf, "not run (no row of the parent has a key)");
	else if (nr->batches == 0 && (nr->probed_keys > 0 || nr->ranged))
	{
		append_probe(buf, node);
		if (nr->ranged)
			appendStringInfoString(buf, ", keys as a range");
	}
	else if (nr->probed_keys > 0)
	{
		append_probe(buf, node);
		appendStringInfo(buf, ", handed over to batch after " UINT64_FORMAT " rows of %d keys",
						 nr->accepted - nr->batched, nr->probed_keys);
		if (nr->refused)
			appendStringInfo(buf, " (%s)", nr->refused);
	}
	else
		appendStringInfo(buf, "batch (no probe: %s)",
						 is_by_key(node) ? nr->refused : node->no_probe);
}

/* without keys there is nothing to ask for */
static bool
was_run(const NodeRun *nr)
{
	return nr->node->nref == 0 || nr->keys.nkeys > 0;
}

static void
explain_run(Explanation *x, const NodeRun *nr)
{
	line_begin(x, "Run: ");
	appendStringInfo(&x->line, "rows=" UINT64_FORMAT, nr->accepted);
	if (nr->node->nref > 0)
		appendStringInfo(&x->line, " keys=%d", nr->keys.nkeys);
	/* rows that several parents share are read and encoded once */
	if (nr->node->nident > 0)
		appendStringInfo(&x->line, " distinct=%d", nr->distinct);
	appendStringInfo(&x->line, " statements=%d time=%.3f ms", nr->batches, nr->seconds * 1000);
	line_end(x);
	if (nr->buffers)
		explain_buffers(x, nr->buffers);
}

static void
explain_buffers(Explanation *x, const BufferUsage *buffers)
{
	line_begin(x, "Buffers: ");
	appendStringInfo(&x->line, "shared hit=%lld read=%lld",
					 (long long) buffers->shared_blks_hit, (long long) buffers->shared_blks_read);
	if (buffers->shared_blks_dirtied > 0)
		appendStringInfo(&x->line, " dirtied=%lld", (long long) buffers->shared_blks_dirtied);
	if (buffers->temp_blks_read > 0 || buffers->temp_blks_written > 0)
		appendStringInfo(&x->line, " temp read=%lld written=%lld",
						 (long long) buffers->temp_blks_read, (long long) buffers->temp_blks_written);
	line_end(x);
}

/* ---- the statement ---- */

/* as logs and pg_stat_statements have it; what it takes follows */
static void
explain_sql(Explanation *x, const LoadNode *node)
{
	const LoadStatement *statement = statement_of(node, x->run ? &x->run->nodes[node->number] : NULL);

	add_line(x, "SQL: %s", statement->sql);
	if (x->run == NULL && statement->other != NULL)
		add_line(x, "Or, if the planner takes it for cheaper: %s", statement->other->sql);
	for (int i = 0; i < statement->ncounted; i++)
		explain_counted(x, &statement->counted[i]);
	if (statement->found)
		explain_found(x, statement->found);
	explain_parameters(x, node, statement->form);
}

/* the statement's rows are keys */
static void
explain_found(Explanation *x, const LoadFound *found)
{
	add_line(x, "Each key counts once.");
	if (found->links && probe_refused_now(found->links) == NULL)
		add_line(x, "They are read from %s, of: %s", ddl_table(found->links->probe->ref.index),
				 found->targets->sql);
}

static void
explain_counted(Explanation *x, const LoadCounted *counted)
{
	const ProbePlan *probe = counted->by_index ? counted->node->probe : NULL;

	if (probe == NULL)
		add_line(x, "%s: number of rows (v) of each key of: %s", counted->name, counted->rows->sql);
	else if (probe->condition == NULL && counted->targets == NULL)
		add_line(x, "%s: number of rows (v) of each key (k1) in %s", counted->name, ddl_table(probe->ref.index));
	else
		add_line(x, "%s: number of rows (v) of each key, by the entries of %s, of: %s", counted->name,
				 ddl_table(probe->ref.index), counted->rows->sql);
}

/* keys, then the parameters of the plan */
static void
explain_parameters(Explanation *x, const LoadNode *node, StatementForm form)
{
	bool		ranged = form == FORM_RANGE;
	bool		single = ranged || form == FORM_ONE;

	for (int i = 0; i < node->nref; i++)
		add_line(x, "$%d: %s, %s", i + 1, ranged ? "first key" : single ? "key" : "keys",
				 format_type_be(single ? node->ref_keys[i].type : node->ref_arrays[i]));
	for (int i = 0; i < node->nparams; i++)
		add_line(x, "$%d: %s", node->nref + i + 1, param_text(x, node->params[i]));
	if (ranged)
		add_line(x, "$%d: last key, %s", node->nref + node->nparams + 1,
				 format_type_be(node->ref_keys[0].type));
}

/* of the statement that was run, or that would be */
static const LoadStatement *
statement_of(const LoadNode *node, const NodeRun *nr)
{
	if (nr != NULL && nr->batches > 0)
		return nr->statement;
	if (nr != NULL && nr->ranged)
		return &node->forms[FORM_RANGE];
	return &node->forms[node->forms[FORM_MANY].sql ? FORM_MANY : FORM_ONE];
}

/* a value given by name shows only when the caller has given it */
static char *
param_text(Explanation *x, int number)
{
	const LoadParam *param = &x->plan->params[number];
	LoadParam	copy = *param;
	Datum		value;
	char		isnull;

	if (x->run)
		return value_text(param, x->run->values[number], x->run->nulls[number] == 'n');
	if (param->name && x->params == NULL)
		return psprintf("parameter \"%s\", %s", param->name, format_type_be(param->type));
	if (sql_checks_domain(load_param_type(param)))
		return unmade_text(param, x->params);
	load_params_bind(1, &copy, x->params, &value, &isnull);
	return value_text(param, value, isnull == 'n');
}

/* as it stands in the document */
static char *
unmade_text(const LoadParam *param, Jsonb *params)
{
	Jsonb	   *value = param->unmade;
	JsonbValue	document;

	if (param->name)
	{
		doc_root_value(params, &document);
		value = JsonbValueToJsonb(load_param_named(param, &document));
	}
	return shown_text(param, value ? JsonbToCString(NULL, &value->root, VARSIZE(value)) : "NULL");
}

static char *
value_text(const LoadParam *param, Datum value, bool isnull)
{
	if (isnull)
		return psprintf("NULL, %s", format_type_be(param->type));
	return shown_text(param, key_datum_text(value, param->type));
}

static char *
shown_text(const LoadParam *param, char *text)
{
	int			len = strlen(text);

	if (len > MAX_SHOWN_VALUE)
		text = psprintf("%.*s...", pg_mbcliplen(text, len, MAX_SHOWN_VALUE), text);
	return psprintf("%s, %s", quote_literal_cstr(text), format_type_be(param->type));
}

static void
explain_times(Explanation *x, const RunTimes *times)
{
	add_line(x, "Compile: time=%.3f ms", times->compile * 1000);
	add_line(x, "Load: time=%.3f ms", times->load * 1000);
	add_line(x, "Write: bytes=%zu time=%.3f ms", times->bytes, times->write * 1000);
}

/* ---- lines ---- */

/* a line that needs no part of its own */
static void
add_line(Explanation *x, const char *format,...)
{
	va_list		args;
	int			needed;

	line_begin(x, "");
	do
	{
		va_start(args, format);
		needed = appendStringInfoVA(&x->line, format, args);
		va_end(args);
		if (needed > 0)
			enlargeStringInfo(&x->line, needed);
	} while (needed > 0);
	line_end(x);
}

static void
line_begin(Explanation *x, const char *label)
{
	resetStringInfo(&x->line);
	appendStringInfoSpaces(&x->line, x->indent);
	appendStringInfoString(&x->line, label);
}

static void
line_end(Explanation *x)
{
	Datum		value;
	bool		isnull = false;

	if (x->lines == NULL)
	{
		appendStringInfo(x->text, "%s%s", x->text->len > 0 ? "\n" : "", x->line.data);
		return;
	}
	value = PointerGetDatum(cstring_to_text_with_len(x->line.data, x->line.len));
	tuplestore_putvalues(x->lines, x->desc, &value, &isnull);
}
