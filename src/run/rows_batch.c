/*-------------------------------------------------------------------------
 *
 * rows_batch.c
 *	  Rows of a node by one SQL statement for all keys: the reference source.
 *
 * Decides how a node's statement is prepared and run: as the caller, read-only,
 * so under the snapshot of the calling statement, with the rows taken straight
 * from the executor.  What the statement says is load_sql.c's.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "deparse/statement_jit.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "parser/parse_node.h"
#include "registry/citus.h"
#include "run/key_range.h"
#include "run/rows_batch.h"
#include "run/rows_counted.h"
#include "run/rows_found.h"
#include "run/run_sink.h"
#include "tcop/dest.h"
#include "tcop/pquery.h"
#include "utils/array.h"
#include "utils/lsyscache.h"
#include "utils/plancache.h"
#include "utils/rls.h"

/* up to this many keys a plan made once serves; beyond, the number of keys matters,
 * and sooner where there are values that it does not know */
#define MAX_FEW_KEYS 48
#define MAX_FEW_KEYS_OF_UNKNOWN 10

/*
 * Groups of all rows cost more beside a count for each row than the planner says: it reckons with
 * reads for each row, where most find what the one before has read, and with hash tables that miss no cache.
 */
#define GROUPS_WEIGHT 1.5

/* and less where they are numbers that are counted here, or come from indexes (rows_counted.c) */
#define COUNTED_WEIGHT 1.0
#define INDEX_WEIGHT 0.5

/* what is found from the other end is counted here too (rows_found.c) */
#define FOUND_WEIGHT 0.8

/* bytes of a statement of which more than one copy is felt */
#define LONG_STATEMENT (64 * 1024)

/* hands each row to the run as the executor makes it */
typedef struct BatchReceiver
{
	DestReceiver pub;
	NodeRun    *nr;
	int			key;			/* of all its rows; -1: they say themselves which they belong to */
} BatchReceiver;

static void hint_at_attributes(void *arg);
static bool refuses_policies(Oid relation);
static int	run_statement(BatchReceiver *receiver, int first);
static StatementForm choose_form(NodeRun *nr, int first);
static int	max_few_keys(const LoadNode *node);
static LoadStatement *choose_statement(NodeRun *nr, StatementForm form, int nkeys,
									   ParamListInfo params, bool at_once);
static double groups_weight(NodeRun *nr, LoadStatement *counted);
static bool is_outgrown(const LoadStatement *statement, int nkeys);
static double statement_cost(LoadStatement *statement, ParamListInfo params);
static int	execute(LoadStatement *statement, SPIExecuteOptions *options);
static int	execute_once(LoadStatement *statement, SPIExecuteOptions *options);
static SPIPlanPtr statement_plan(LoadStatement *statement);
static const char *named_sql(const LoadStatement *statement);
static int	plan_options(const LoadNode *node, StatementForm form);
static bool has_varying_values(const LoadNode *node, bool row_counts);
static void parse_params(ParseState *pstate, void *statement);
static Node *parse_param(ParseState *pstate, ParamRef *reference);
static const LoadParam *node_param(const LoadNode *node, int i);
static int	node_nparams(const LoadNode *node, StatementForm form);
static Oid	node_param_type(const LoadNode *node, StatementForm form, int number);
static ParamListInfo node_params(NodeRun *nr, StatementForm form, int first);
static Datum key_array(NodeRun *nr, int column, int first);
static void receiver_init(BatchReceiver *receiver, NodeRun *nr);
static bool receive_row(TupleTableSlot *slot, DestReceiver *self);
static void receiver_startup(DestReceiver *self, int operation, TupleDesc typeinfo);
static void receiver_shutdown(DestReceiver *self);

void
rows_batch_load(NodeRun *nr, int first)
{
	MemoryContext old = CurrentMemoryContext;
	BatchReceiver receiver;
	bool		hint = nr->node->default_attributes && !refuses_policies(nr->node->target) &&
		!refuses_policies(nr->node->through);
	ErrorContextCallback callback = {error_context_stack, hint_at_attributes, &hint};

	receiver_init(&receiver, nr);
	error_context_stack = &callback;
	SPI_connect();
	do
		first = run_statement(&receiver, first);
	while (first < nr->nrequested);
	SPI_finish();
	error_context_stack = callback.previous;
	MemoryContextSwitchTo(old);
}

/*
 * SELECT * on a table with a column that one may not read fails alike; here is a way out.  That
 * a table may be read at all was known before it was locked.
 */
static void
hint_at_attributes(void *arg)
{
	const bool *hint = arg;

	if (*hint && geterrcode() == ERRCODE_INSUFFICIENT_PRIVILEGE)
		errhint("Name the attributes that you may read in \"attributes\", or of link rows in \"through\": {\"attributes\": [...]}.");
}

/* with row_security = off every query fails that policies would change */
static bool
refuses_policies(Oid relation)
{
	return !row_security && OidIsValid(relation) &&
		check_enable_rls(relation, InvalidOid, true) == RLS_ENABLED;
}

/* for the keys from number "first" on; the number of the first that it leaves */
static int
run_statement(BatchReceiver *receiver, int first)
{
	NodeRun    *nr = receiver->nr;
	SPIExecuteOptions options = {0};
	StatementForm form = choose_form(nr, first);
	int			result;

	nr->batches++;
	options.params = node_params(nr, form, first);
	nr->statement = choose_statement(nr, form, nr->nrequested - first, options.params, true);
	if (nr->statement->found && rows_found_count(nr, nr->statement))
		return nr->nrequested;
	if (nr->statement->found)
		nr->statement = &nr->node->forms[form];
	receiver->key = form == FORM_ONE ? first : -1;
	/* locks are taken under a snapshot of their own: rows may be newer than the call */
	options.read_only = nr->node->plan->kind != LOAD_LOCK;
	options.dest = &receiver->pub;
	result = execute(nr->statement, &options);
	rows_counted_end(nr);
	if (result != SPI_OK_SELECT)
		elog(ERROR, "load statement failed: %s", SPI_result_code_string(result));
	return form == FORM_ONE ? first + 1 : nr->nrequested;
}

void
rows_batch_send(NodeRun *nr, LoadStatement *statement, DestReceiver *receiver)
{
	SPIExecuteOptions options = {0};
	int			result;

	options.params = node_params(nr, FORM_MANY, 0);
	options.read_only = true;
	options.dest = receiver;
	result = execute(statement, &options);
	if (result != SPI_OK_SELECT)
		elog(ERROR, "load statement failed: %s", SPI_result_code_string(result));
}

static StatementForm
choose_form(NodeRun *nr, int first)
{
	int			nkeys = nr->nrequested - first;

	if (nr->node->forms[FORM_MANY].sql == NULL || (nkeys == 1 && nr->node->forms[FORM_ONE].sql))
		return FORM_ONE;
	if (nr->node->nref == 0 || nr->node->custom)
		return FORM_MANY;
	if (nkeys <= max_few_keys(nr->node))
		return FORM_FEW;
	return nr->node->forms[FORM_RANGE].sql && key_range_without_gaps(nr, first) ? FORM_RANGE : FORM_MANY;
}

/*
 * A plan that does not know the values of conditions may begin with the targets,
 * which it takes for few, and look for every key in the link rows of each.
 */
static int
max_few_keys(const LoadNode *node)
{
	return node->shape == LOAD_BY_LINK && has_varying_values(node, false) ?
		MAX_FEW_KEYS_OF_UNKNOWN : MAX_FEW_KEYS;
}

/*
 * A statement is kept as a tree, which is copied before each plan of it is made.  A long one,
 * which is not kept for other calls anyway, is parsed and planned in one go; only if the same
 * call comes back to it, it is prepared like others.
 */
static int
execute(LoadStatement *statement, SPIExecuteOptions *options)
{
	int			level = statement_jit_begin(statement->sql);
	int			result;

	if (statement->plan != NULL || statement->run_once || strlen(statement->sql) < LONG_STATEMENT)
		result = SPI_execute_plan_extended(statement_plan(statement), options);
	else
		result = execute_once(statement, options);
	statement_jit_end(level);
	return result;
}

static int
execute_once(LoadStatement *statement, SPIExecuteOptions *options)
{
	statement->run_once = true;
	if (options->params == NULL)
		options->params = makeParamList(0);
	options->params->parserSetup = parse_params;
	options->params->parserSetupArg = statement;
	return SPI_execute_extended(named_sql(statement), options);
}

/*
 * What the planner takes for cheaper, with the values at hand, where there are two.  What is counted
 * for a statement goes with the connection in which it is run at once.
 */
static LoadStatement *
choose_statement(NodeRun *nr, StatementForm form, int nkeys, ParamListInfo params, bool at_once)
{
	LoadStatement *statement = &nr->node->forms[form];
	LoadStatement *other = statement->other;
	LoadStatement *counted;
	double		weight;

	if (other == NULL || other->outgrown)
		return statement;
	counted = at_once && other->other && !other->other->outgrown ? other->other : NULL;
	weight = other->found ? FOUND_WEIGHT : groups_weight(nr, counted);
	if (statement->chosen_for == 0 || is_outgrown(statement, nkeys) || statement->chosen_weight != weight)
	{
		statement->other_chosen = statement_cost(other, params) * weight < statement_cost(statement, params);
		statement->chosen_weight = weight;
		statement->chosen_for = Max(nkeys, 1);
	}
	if (!statement->other_chosen)
		return statement;
	return counted && rows_counted_bring(nr, counted) ? counted : other;
}

static double
groups_weight(NodeRun *nr, LoadStatement *counted)
{
	if (nr->node->nref > 0)
		return 1.0;
	if (counted == NULL)
		return GROUPS_WEIGHT;
	return rows_counted_by_index(nr, counted) ? INDEX_WEIGHT : COUNTED_WEIGHT;
}

/* many more keys than when it was chosen, or many fewer */
static bool
is_outgrown(const LoadStatement *statement, int nkeys)
{
	return nkeys / 4 > statement->chosen_for || statement->chosen_for / 4 > nkeys;
}

double
rows_batch_cost(NodeRun *nr, LoadStatement *statement)
{
	return statement_cost(statement, node_params(nr, statement->form, 0));
}

static double
statement_cost(LoadStatement *statement, ParamListInfo params)
{
	CachedPlanSource *source = linitial(SPI_plan_get_plan_sources(statement_plan(statement)));
	int			level = statement_jit_begin(statement->sql);
	CachedPlan *plan = GetCachedPlan(source, params, CurrentResourceOwner, NULL);
	double		cost = linitial_node(PlannedStmt, plan->stmt_list)->planTree->total_cost;

	statement_jit_end(level);
	ReleaseCachedPlan(plan, CurrentResourceOwner);
	return cost;
}

/* prepared at first use, kept with the load plan */
static SPIPlanPtr
statement_plan(LoadStatement *statement)
{
	LoadNode   *node = statement->node;
	MemoryContext old;
	SPIPlanPtr	plan;

	if (statement->plan != NULL)
		return statement->plan;
	plan = SPI_prepare_params(named_sql(statement), parse_params, statement,
							  plan_options(node, statement->form));
	if (plan == NULL)
		elog(ERROR, "load statement could not be prepared: %s", SPI_result_code_string(SPI_result));
	citus_free_plan_choice(plan);
	if (SPI_keepplan(plan) != 0)
		elog(ERROR, "load statement could not be kept");
	statement->plan = plan;
	node->plan->grown = true;
	old = MemoryContextSwitchTo(node->plan->cxt);
	node->plan->prepared = lappend(node->plan->prepared, statement);
	MemoryContextSwitchTo(old);
	return plan;
}

/* with the path in the load, by which pg_stat_statements, auto_explain and the log tell of it */
static const char *
named_sql(const LoadStatement *statement)
{
	const LoadNode *node = statement->node;
	char	   *name = psprintf("%s%s%s", get_rel_name(node->plan->nodes[0]->target),
								node->path[0] ? "." : "", node->path);

	/* nothing of a name may end the comment, or begin one in it */
	for (char *c = name; *c != '\0'; c++)
		if (*c == '*' || *c == '/')
			*c = '_';
	return psprintf("/* load of %s */ %s", name, statement->sql);
}

/*
 * One plan serves any key, or few of them, and whatever has no values that come with a call or finds few rows by any.
 * With some, PostgreSQL finds out whether one does, as for every prepared
 * statement; but what a limit stops early it would take for cheap too easily.
 */
static int
plan_options(const LoadNode *node, StatementForm form)
{
	if (form == FORM_ONE && node->custom)
		return CURSOR_OPT_CUSTOM_PLAN;
	if (form == FORM_ONE || form == FORM_FEW)
		return CURSOR_OPT_GENERIC_PLAN;
	if (node->nref > 0)
		return CURSOR_OPT_CUSTOM_PLAN;
	if (node->few_rows || !has_varying_values(node, true))
		return CURSOR_OPT_GENERIC_PLAN;
	return node->limited || node->plan->single ? CURSOR_OPT_CUSTOM_PLAN : 0;
}

static bool
has_varying_values(const LoadNode *node, bool row_counts)
{
	for (int i = 0; i < node->nparams; i++)
		if (!load_param_is_constant(node_param(node, i)) && !node_param(node, i)->generic_plan_ok &&
			(row_counts || !node_param(node, i)->row_count))
			return true;
	return false;
}

/* ---- parameters, as the parser sees them ---- */

static void
parse_params(ParseState *pstate, void *statement)
{
	pstate->p_paramref_hook = parse_param;
	pstate->p_ref_hook_state = statement;
}

/*
 * Literals of the options are the same in every run of the plan: to the planner
 * they are constants, which it estimates by although it plans only once.
 */
static Node *
parse_param(ParseState *pstate, ParamRef *reference)
{
	const LoadStatement *statement = pstate->p_ref_hook_state;
	const LoadNode *node = statement->node;
	int			number = reference->number - 1;
	Param	   *param;

	CHECK_FOR_INTERRUPTS();
	if (number < 0 || number >= node_nparams(node, statement->form))
		elog(ERROR, "load statement has no parameter $%d", reference->number);
	if (number >= node->nref && number < node->nref + node->nparams &&
		load_param_is_constant(node_param(node, number - node->nref)))
		return load_param_literal(node_param(node, number - node->nref));
	param = makeNode(Param);
	param->paramkind = PARAM_EXTERN;
	param->paramid = reference->number;
	param->paramtype = node_param_type(node, statement->form, number);
	param->paramtypmod = -1;
	param->paramcollid = get_typcollation(param->paramtype);
	param->location = reference->location;
	return (Node *) param;
}

static const LoadParam *
node_param(const LoadNode *node, int i)
{
	return &node->plan->params[node->params[i]];
}

/* the parameters: keys, values of the options, end of a range */
static int
node_nparams(const LoadNode *node, StatementForm form)
{
	return node->nref + node->nparams + (form == FORM_RANGE ? 1 : 0);
}

/* asked for one at a time: the parser meets each by itself, and there may be many */
static Oid
node_param_type(const LoadNode *node, StatementForm form, int number)
{
	if (number < node->nref)
		return form == FORM_ONE || form == FORM_RANGE ? node->ref_keys[number].type :
			node->ref_arrays[number];
	if (number < node->nref + node->nparams)
		return node_param(node, number - node->nref)->type;
	return node->ref_keys[0].type;
}

static ParamListInfo
node_params(NodeRun *nr, StatementForm form, int first)
{
	LoadNode   *node = nr->node;
	int			n = node_nparams(node, form);
	ParamListInfo params;

	if (n == 0)
		return NULL;
	params = makeParamList(n);
	for (int i = 0; i < n; i++)
	{
		params->params[i].pflags = PARAM_FLAG_CONST;
		params->params[i].ptype = node_param_type(node, form, i);
		params->params[i].isnull = false;
	}
	for (int i = 0; i < node->nparams; i++)
	{
		params->params[node->nref + i].value = nr->run->values[node->params[i]];
		params->params[node->nref + i].isnull = nr->run->nulls[node->params[i]] == 'n';
	}
	if (form == FORM_RANGE)
	{
		key_range_bounds(nr, first, &params->params[0].value, &params->params[n - 1].value);
		return params;
	}
	for (int i = 0; i < node->nref; i++)
		params->params[i].value = form == FORM_ONE ? nr->keys.keys[first * node->nref + i] :
			key_array(nr, i, first);
	return params;
}

static Datum
key_array(NodeRun *nr, int column, int first)
{
	KeyColumn  *key = &nr->node->ref_keys[column];
	int			n = nr->nrequested - first;
	Datum	   *values = nr->keys.keys + first;

	/* making an array puts values without a short header in place of those that have one */
	if (nr->keys.ncolumns > 1 || key->typlen == -1)
	{
		values = palloc_array(Datum, n);
		for (int i = 0; i < n; i++)
			values[i] = nr->keys.keys[(first + i) * nr->keys.ncolumns + column];
	}
	return PointerGetDatum(construct_array(values, n, key->type, key->typlen, key->typbyval,
										   key->typalign));
}

/* ---- a root read in pieces ---- */

char *
rows_batch_open(NodeRun *nr)
{
	MemoryContext old = CurrentMemoryContext;
	ParamListInfo params = node_params(nr, FORM_MANY, 0);
	Portal		portal;
	char	   *name;
	int			level;
	bool		hint = nr->node->default_attributes && !refuses_policies(nr->node->target) &&
		!refuses_policies(nr->node->through);
	ErrorContextCallback callback = {error_context_stack, hint_at_attributes, &hint};

	error_context_stack = &callback;
	SPI_connect();
	nr->statement = choose_statement(nr, FORM_MANY, 0, params, false);
	level = statement_jit_begin(nr->statement->sql);
	portal = SPI_cursor_open_with_paramlist(NULL, statement_plan(nr->statement), params, true);
	statement_jit_end(level);
	name = MemoryContextStrdup(nr->run->cxt, portal->name);

	/* where a commit finishes a cursor WITH HOLD, the rows that it still needs stay too */
	if (ActivePortal != NULL)
		portal->cursorOptions |= ActivePortal->cursorOptions & CURSOR_OPT_HOLD;
	SPI_finish();
	error_context_stack = callback.previous;
	MemoryContextSwitchTo(old);
	return name;
}

uint64
rows_batch_fetch(NodeRun *nr, const char *portal_name, long count)
{
	Portal		portal = GetPortalByName(portal_name);
	BatchReceiver receiver;

	if (!PortalIsValid(portal))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_CURSOR_STATE),
				 errmsg("the rows of a load were closed before they were all read")));
	receiver_init(&receiver, nr);
	nr->batches++;
	return PortalRunFetch(portal, FETCH_FORWARD, count, &receiver.pub);
}

void
rows_batch_close(const char *portal_name)
{
	Portal		portal = GetPortalByName(portal_name);

	if (PortalIsValid(portal))
		PortalDrop(portal, false);
}

/* ---- rows from the executor ---- */

static void
receiver_init(BatchReceiver *receiver, NodeRun *nr)
{
	memset(receiver, 0, sizeof(BatchReceiver));
	receiver->key = -1;
	receiver->pub.receiveSlot = receive_row;
	receiver->pub.rStartup = receiver_startup;
	receiver->pub.rShutdown = receiver_shutdown;
	receiver->pub.rDestroy = receiver_shutdown;
	receiver->pub.mydest = DestTuplestore;	/* any kind that is not SPI's own */
	receiver->nr = nr;
}

static bool
receive_row(TupleTableSlot *slot, DestReceiver *self)
{
	NodeRun    *nr = ((BatchReceiver *) self)->nr;
	int			key = ((BatchReceiver *) self)->key;

	CHECK_FOR_INTERRUPTS();
	slot_getallattrs(slot);
	nr->batched++;
	if (key < 0)
		key = run_sink_group_of(nr, slot->tts_values, slot->tts_isnull);
	if (key >= 0)
		run_sink_accept_for(nr, key, slot->tts_values, slot->tts_isnull);
	return true;
}

/*
 * A column may have got another type since the plan was made, where one load goes
 * on for several commands (a cursor): the encoders would misread it.
 */
static void
receiver_startup(DestReceiver *self, int operation pg_attribute_unused(), TupleDesc typeinfo)
{
	const LoadNode *node = ((BatchReceiver *) self)->nr->node;

	for (int i = 0; i < node->ncolumns && i < typeinfo->natts; i++)
	{
		Oid			type = TupleDescAttr(typeinfo, i)->atttypid;
		Oid			expected = node->columns[i].type;

		if (type != expected && getBaseType(type) != expected)
			ereport(ERROR,
					(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					 errmsg("the columns of %s changed while its rows were being loaded",
							node->target_sql)));
	}
}

static void
receiver_shutdown(DestReceiver *self pg_attribute_unused())
{
}
