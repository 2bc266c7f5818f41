/*-------------------------------------------------------------------------
 *
 * load_plan.c
 *	  Compiles options bound to models into a load plan.
 *
 * Decides which nodes there are, which columns their rows bring and how rows find
 * their parents.  What object a row becomes is decided by load_output.c, the SQL
 * of a node is written by load_sql.c, the right to probe by probe_plan.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "base/settings.h"
#include "deparse/cursor.h"
#include "deparse/key_lookup.h"
#include "miscadmin.h"
#include "options/load_scope.h"
#include "plan/few_rows.h"
#include "plan/load_aggregate.h"
#include "plan/load_asked.h"
#include "plan/load_fold.h"
#include "plan/load_output.h"
#include "plan/plan_builder.h"
#include "plan/probe_plan.h"
#include "utils/memutils.h"

static void check_counted_includes(const LoadRequest *request);
static void compile_plan(PlanBuilder *plan);
static bool always_has_row(NodeBuilder *builder);
static OptionsUse options_use(const LoadRequest *request);
static NodeBuilder *compile_root(PlanBuilder *plan, const Model *model, FindOptions *find);
static NodeBuilder *compile_associated(PlanBuilder *plan, const Model *model, FindOptions *find);
static void count_rows(PlanBuilder *plan, NodeBuilder *root);
static NodeBuilder *compile_source(PlanBuilder *plan, const ResolvedAssociation *assoc, bool live);
static bool must_read_source(const LoadRequest *request, const ResolvedAssociation *assoc, KeyColumns key, bool live);
static void put_below(PlanBuilder *plan, NodeBuilder *source, NodeBuilder *root);
static void add_key(NodeBuilder *builder);

static void finish_plan(PlanBuilder *builder);
static void note_constants(LoadPlan *plan);
static int	compare_places(const void *a, const void *b, void *plan);
static bool has_policies(const Model *model);
static void collect_reads(NodeBuilder *builder);

LoadPlan *
load_plan_compile(const LoadRequest *request, MemoryContext parent)
{
	MemoryContext work = AllocSetContextCreate(CurrentMemoryContext,
											   "pg_associations plan compilation",
											   ALLOCSET_SMALL_SIZES);
	MemoryContext cxt = AllocSetContextCreate(CurrentMemoryContext,
											  "pg_associations load plan",
											  ALLOCSET_SMALL_SIZES);
	MemoryContext old;
	RegistryRecorder *recorder;
	PlanBuilder	builder = {0};

	check_counted_includes(request);
	/* the registry's facts are held until the work context goes */
	old = MemoryContextSwitchTo(work);
	registry_pin();
	recorder = registry_record();
	MemoryContextSwitchTo(cxt);
	builder.request = request;
	builder.plan = palloc0_object(LoadPlan);
	builder.plan->run_slot = -1;
	builder.plan->cxt = cxt;
	builder.plan->kind = request->kind;
	builder.plan->format = request->format;
	builder.plan->single = request->single;
	builder.plan->lock = request->lock;
	builder.plan->wait = request->wait;
	builder.plan->nested = request->nested;
	builder.plan->role = GetUserId();
	builder.plan->role_changes = registry_role_changes();
	compile_plan(&builder);
	registry_stamp(recorder, &builder.plan->stamp);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(work);
	MemoryContextSetParent(cxt, parent);
	return builder.plan;
}

/* what is counted is not shown, but includes that have no meaning are errors as they are of the load */
static void
check_counted_includes(const LoadRequest *request)
{
	static const char *const keys[] = {"include"};
	bool		of_source = request->kind == LOAD_COUNT && request->alias != NULL;
	LoadRequest shown = {.kind = of_source ? LOAD_GET : LOAD_FIND, .format = request->format,
	.model = request->model, .alias = of_source ? request->alias : NULL, .allow = request->allow};
	JsonbValue *include = doc_option(request->options, NULL, keys[0]);

	if ((request->kind != LOAD_COUNT && request->kind != LOAD_AGGREGATE) || request->listed || include == NULL)
		return;
	shown.options = doc_object(lengthof(keys), keys, include);
	load_plan_free(load_plan_compile(&shown, CurrentMemoryContext));
}

/* a plan that no run uses any more */
void
load_plan_free(LoadPlan *plan)
{
	foreach_ptr(LoadStatement, statement, plan->prepared)
		SPI_freeplan(statement->plan);
	MemoryContextDelete(plan->cxt);
}

bool
load_plan_is_current(LoadPlan *plan)
{
	if (!load_plan_stands(plan))
		return false;
	for (int i = 0; i < plan->nnodes; i++)
	{
		const ProbePlan *probe = plan->nodes[i]->probe;

		if (probe && probe->condition && !probe_condition_is_valid(probe->condition))
			return false;
	}
	return true;
}

bool
load_plan_stands(LoadPlan *plan)
{
	return registry_stamp_holds(&plan->stamp) &&
		(!plan->asks_role || plan->role_changes == registry_role_changes());
}

static void
compile_plan(PlanBuilder *plan)
{
	const LoadRequest *request = plan->request;
	const Model *model = registry_model(request->model);
	AggregateOptions *grouping = NULL;
	FindOptions *find;
	NodeBuilder *root;
	/* literals and paths point into it for as long as the plan lives */
	Jsonb	   *options = doc_copy(request->options, CurrentMemoryContext);

	if (request->kind == LOAD_AGGREGATE && request->aggregate == AGGREGATE_NONE)
		grouping = options_parse_aggregate(options);
	find = grouping ? &grouping->find :
		options_parse(options, options_use(request));
	plan->plan->bigint_string = find->bigint_is_explicit ? find->bigint_string :
		assoc_bigint == ASSOC_BIGINT_STRING;
	plan->plan->document = options;
	plan->find = find;
	root = compile_root(plan, model, find);
	foreach_ptr(LoadAllow, allow, find->allows)
		if (grouping)
			load_allow_check_groups(allow, model, grouping);
	if (request->kind == LOAD_AGGREGATE)
		load_aggregate_compile(plan, root, grouping);
	else if (request->kind == LOAD_LOCK)
		add_key(root);
	else if (request->kind != LOAD_COUNT)
		load_output_compile(plan, root);
	finish_plan(plan);
}

/* which options a request may have */
static OptionsUse
options_use(const LoadRequest *request)
{
	if (request->listed)
		return OPTIONS_FIND;
	if (request->kind == LOAD_GET)
		return request->linked ? OPTIONS_GET_LINKED : OPTIONS_GET;
	if (request->kind == LOAD_COUNT && request->alias)
		return OPTIONS_COUNT_OF;
	if (request->kind == LOAD_COUNT || request->kind == LOAD_AGGREGATE)
		return OPTIONS_COUNT;
	if (request->kind == LOAD_BY_KEY)
		return OPTIONS_BY_KEY;
	return request->single ? OPTIONS_FIND_SINGLE : OPTIONS_FIND;
}

static NodeBuilder *
compile_root(PlanBuilder *plan, const Model *model, FindOptions *find)
{
	const LoadRequest *request = plan->request;
	NodeBuilder *root;

	if (request->kind == LOAD_GET || (request->kind == LOAD_COUNT && request->alias))
		return compile_associated(plan, model, find);
	if (request->alias && request->kind != LOAD_AGGREGATE)
		(void) options_imply_include(find, request->alias, &doc_declared);
	root = plan_make_node(plan, NULL, model, NULL, find, NULL, "");
	if (request->kind == LOAD_COUNT)
		count_rows(plan, root);
	if (request->kind == LOAD_BY_KEY)
		plan_bind_to_keys(root, model->nkey, model->key, model->key, false);
	return root;
}

/* what a row is associated with: a level below that row, where it is read */
static NodeBuilder *
compile_associated(PlanBuilder *plan, const Model *model, FindOptions *find)
{
	const LoadRequest *request = plan->request;
	ResolvedAssociation *assoc = registry_resolve_path(model, request->alias, NULL);
	NodeBuilder *source = compile_source(plan, assoc, find->paranoid != 0);
	NodeBuilder *root;

	plan_require_link(find->through, assoc->association);
	root = plan_make_node(plan, NULL, assoc->target, assoc, find, find->through,
						  assoc->association->alias);
	if (request->kind == LOAD_COUNT)
		count_rows(plan, root);
	plan_bind_to_keys(root, assoc->nsource, assoc->source_ref, assoc->source_key, registry_has_links(assoc));
	if (source)
		put_below(plan, source, root);
	if (!root->node->links_only)
		plan_bind_link_to_target(root);
	if (request->kind != LOAD_COUNT)
		plan_set_identity(root);
	return root;
}

static void
count_rows(PlanBuilder *plan, NodeBuilder *root)
{
	root->node->fold = load_fold_of_rows(AGGREGATE_COUNT);
	root->node->links_only = load_links_are_counted(root);
	load_fold_compile(plan, root, NULL, NIL);
}

/* the row itself, of which the rows below it want nothing but the key; NULL: the one that is given is that */
static NodeBuilder *
compile_source(PlanBuilder *plan, const ResolvedAssociation *assoc, bool live)
{
	FindOptions *find;
	NodeBuilder *source;
	KeyColumns	key;

	key.columns = registry_source_key(assoc, &key.n);
	if (!must_read_source(plan->request, assoc, key, live))
		return NULL;
	find = plan_unscoped_options(NULL, plan->find->path);
	find->paranoid = live;
	source = plan_make_node(plan, NULL, assoc->source, NULL, find, NULL, "");
	plan_bind_to_keys(source, key.n, key.columns, key.columns, false);
	return source;
}

/* a soft-deleted row has nothing, unless the call asks for such rows; a verb has looked at it, and gives the key that links */
static bool
must_read_source(const LoadRequest *request, const ResolvedAssociation *assoc, KeyColumns key, bool live)
{
	return assoc->source_points ||
		(!request->linked && ((live && assoc->source->deleted_at != NULL) ||
							  !key_columns_same(key, (KeyColumns) {assoc->nsource, assoc->source_key})));
}

static void
put_below(PlanBuilder *plan, NodeBuilder *source, NodeBuilder *root)
{
	LoadNode   *node = root->node;

	node->parent = source->node;
	node->path = node->key;
	node->parent_columns = plan_parent_columns(source, root->assoc, false);
	source->node->children = palloc_object(LoadNode *);
	source->node->children[source->node->nchildren++] = node;
	plan->plan->shown = node->number;
}

/* of rows that are locked only the key is requested, in the order of the rows */
static void
add_key(NodeBuilder *builder)
{
	LoadNode   *node = builder->node;
	const Model *model = builder->model;

	if (model->nkey == 0)
		plan_raise_no_key(model);
	if (!plan_key_is_not_null(model))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("the key of model \"%s\" may be null", model->name),
				 errdetail("Rows are locked, then loaded by their key.")));
	node->nident = model->nkey;
	node->ident_columns = palloc_array(int, model->nkey);
	node->ident_keys = palloc_array(KeyColumn, model->nkey);
	for (int i = 0; i < model->nkey; i++)
		node->ident_columns[i] = plan_key_column(builder, false, model->key[i], &node->ident_keys[i]);
}

/* ---- the finished plan ---- */

static void
finish_plan(PlanBuilder *builder)
{
	LoadPlan   *plan = builder->plan;
	ListCell   *lc;

	foreach_ptr(NodeBuilder, node, builder->nodes)
	{
		load_sql_write(node);
		plan_compile_counted(builder, node);
		if (builder->request->described)
			node->node->always = always_has_row(node);
		collect_reads(node);
		if (node->parent == NULL && node->assoc == NULL)
			node->node->few_rows = few_rows_found(node->model, node->find->where);
		load_asked_make(builder, node);
		probe_plan_make(node);
	}
	plan->nnodes = list_length(builder->nodes);
	plan->nodes = palloc_array(LoadNode *, plan->nnodes);
	foreach_ptr(const NodeBuilder, node, builder->nodes)
		plan->nodes[node->node->number] = node->node;
	plan->nparams = list_length(builder->params);
	plan->params = palloc_array(LoadParam, Max(1, plan->nparams));
	foreach(lc, builder->params)
		plan->params[foreach_current_index(lc)] = *(LoadParam *) lfirst(lc);
	note_constants(plan);
	foreach_ptr(const NodeBuilder, node, builder->nodes)
		if (node->cursor != NULL)
			cursor_shape_finish(node->cursor, plan->nparams, plan->params);
	plan->ntrees = list_length(builder->trees);
	plan->trees = palloc_array(LoadTree *, Max(1, plan->ntrees));
	foreach(lc, builder->trees)
		plan->trees[foreach_current_index(lc)] = lfirst(lc);
	list_sort(builder->relations, list_oid_cmp);
	plan->nrelations = list_length(builder->relations);
	plan->relations = palloc_array(Oid, plan->nrelations);
	plan->asks_role = plan->proofs.asks_role;
	foreach_oid(relation, builder->relations)
	{
		plan->relations[foreach_current_index(relation)] = relation;
		plan->asks_role |= has_policies(registry_model(relation));
	}
}

static void
note_constants(LoadPlan *plan)
{
	plan->constants = palloc_array(int, Max(1, plan->nparams));
	for (int i = 0; i < plan->nparams; i++)
		if (plan->params[i].address != NULL)
			plan->constants[plan->nconstants++] = i;
	qsort_arg(plan->constants, plan->nconstants, sizeof(int), compare_places, plan);
}

static int
compare_places(const void *a, const void *b, void *plan)
{
	const LoadParam *params = ((LoadPlan *) plan)->params;
	const char *x = params[*(const int *) a].address;
	const char *y = params[*(const int *) b].address;

	return x < y ? -1 : x > y ? 1 : 0;
}

/* or reads other tables, which may have some */
static bool
has_policies(const Model *model)
{
	return model->row_security ||
		(model->relkind != RELKIND_RELATION && model->relkind != RELKIND_PARTITIONED_TABLE);
}

/* does a foreign key say so, with nothing that hides the row? */
static bool
always_has_row(NodeBuilder *builder)
{
	const ResolvedAssociation *assoc = builder->assoc;

	if (assoc == NULL || assoc->association->kind != BELONGS_TO || builder->node->limited ||
		builder->conditions[0] != '\0' || !sql_pointer_suffices(&builder->sql, assoc))
		return false;
	foreach_ptr(IncludeItem, item, builder->find->include)
		if (options_include_is_required(item))
			return false;
	return proof_never_null(builder->sql.proofs, assoc->source, assoc->nsource, assoc->source_key);
}

static void
collect_reads(NodeBuilder *builder)
{
	LoadNode   *node = builder->node;
	const Model *through = builder->scope.through;

	if (builder->model->deleted_at && !builder->deleted_rows && !node->links_only)
		node->target_reads = bms_add_member(node->target_reads, builder->model->deleted_at->attnum);
	if (through && through->deleted_at && !builder->deleted_links)
		node->through_reads = bms_add_member(node->through_reads, through->deleted_at->attnum);
	for (int i = 0; i < node->ncolumns; i++)
	{
		const LoadColumn *column = &node->columns[i];

		if (column->attnum == 0)
			continue;
		if (column->of_through)
			node->through_reads = bms_add_member(node->through_reads, column->attnum);
		else
			node->target_reads = bms_add_member(node->target_reads, column->attnum);
	}
	if (node->fold && node->fold->attnum != 0 && node->fold->of_link)
		node->through_reads = bms_add_member(node->through_reads, node->fold->attnum);
	else if (node->fold && node->fold->attnum != 0)
		node->target_reads = bms_add_member(node->target_reads, node->fold->attnum);
	for (int i = 0; i < node->nlink; i++)
	{
		node->through_reads = bms_add_member(node->through_reads, node->link_attnums[i]);
		node->target_reads = bms_add_member(node->target_reads, node->link_targets[i]);
	}
}

const char *
load_plan_lock_clause(const LoadPlan *plan, const char *of)
{
	static const char *const strengths[] = {
		[LCS_FORKEYSHARE] = "KEY SHARE", [LCS_FORSHARE] = "SHARE",
		[LCS_FORNOKEYUPDATE] = "NO KEY UPDATE", [LCS_FORUPDATE] = "UPDATE"
	};
	static const char *const waits[] = {
		[LockWaitBlock] = "", [LockWaitSkip] = " SKIP LOCKED", [LockWaitError] = " NOWAIT"
	};

	return psprintf("%s%s%s", strengths[plan->lock], of, waits[plan->wait]);
}
