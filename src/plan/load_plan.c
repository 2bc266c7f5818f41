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

#include "access/stratnum.h"
#include "catalog/pg_type_d.h"
#include "base/compat.h"
#include "base/doc_member.h"
#include "registry/key_match.h"
#include "deparse/key_lookup.h"
#include "plan/load_aggregate.h"
#include "plan/load_output.h"
#include "plan/load_page.h"
#include "options/load_scope.h"
#include "plan/load_tree.h"
#include "miscadmin.h"
#include "plan/probe_plan.h"
#include "base/settings.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

static void compile_plan(PlanDraft *plan);
static bool always_has_row(NodeDraft *draft);
static Jsonb *copy_document(const Jsonb *document);
static OptionsUse options_use(const LoadRequest *request);
static NodeDraft *compile_root(PlanDraft *plan, const Model *model, FindOptions *find);
static AssociationEnds *ends_from_key(const Association *association);
static void require_link(const ThroughOptions *through, const Association *association);
static void add_count(NodeDraft *draft);
static int	count_column(NodeDraft *draft);
static void add_key(NodeDraft *draft);
static NodeDraft *make_node(PlanDraft *plan, NodeDraft *parent, const Model *model,
							AssociationEnds *ends, FindOptions *find,
							const ThroughOptions *through, const char *key);
static void check_call(const LoadRequest *request, const AllowedNode *node);
static void drop_limits(const LoadRequest *request, FindOptions *find);
static void set_order(NodeDraft *draft);
static List *order_by_position(const AssociationEnds *ends, const JsonbValue *position);
static void bind_order(NodeDraft *draft);
static bool is_reference(const AssociationEnds *ends, const Attribute *attribute);
static void check_depth(const NodeDraft *draft);

static void bind_to_keys(NodeDraft *draft, int n, Attribute **refs, Attribute **keys,
						 bool of_through);
pg_noreturn static void error_no_key(const Model *model);
static Oid	parent_type(const AssociationEnds *ends, const Attribute *ref, const Attribute *key);
static int	column_as(NodeDraft *draft, const Attribute *attribute, Oid type, bool of_through);
static void bind_link_to_target(NodeDraft *draft);
static void set_identity(NodeDraft *draft);
static bool links_may_repeat(const NodeDraft *draft);

static bool include_is_shown(const IncludeItem *item);
static void expand_include_all(NodeDraft *draft, FindOptions *find);
static bool on_path(const NodeDraft *draft, Oid relation);
static NodeDraft *compile_include(PlanDraft *plan, NodeDraft *parent, IncludeItem *item,
								  bool is_tail);
static FindOptions *count_options(const AttributeItem *item, const Model *model);
static bool is_ordered_by(const NodeDraft *draft, const AttributeItem *item);
static const Jsonb *varying_document(const PlanDraft *plan, const NodeDraft *draft);
static void finish_plan(PlanDraft *draft);
static void note_constants(LoadPlan *plan);
static int	compare_places(const void *a, const void *b, void *plan);
static bool has_policies(const Model *model);
static void collect_reads(NodeDraft *draft);

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
	PlanDraft	draft = {0};

	/* the registry's facts are held until the work context goes */
	old = MemoryContextSwitchTo(work);
	registry_hold();
	recorder = registry_record();
	MemoryContextSwitchTo(cxt);
	draft.request = request;
	draft.plan = palloc0_object(LoadPlan);
	draft.plan->keeper = -1;
	draft.plan->cxt = cxt;
	draft.plan->kind = request->kind;
	draft.plan->format = request->format;
	draft.plan->single = request->single;
	draft.plan->lock = request->lock;
	draft.plan->wait = request->wait;
	draft.plan->nested = request->nested;
	draft.plan->role = GetUserId();
	draft.plan->role_changes = registry_role_changes();
	compile_plan(&draft);
	registry_stamp(recorder, &draft.plan->stamp);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(work);
	MemoryContextSetParent(cxt, parent);
	return draft.plan;
}

/* a plan that no run uses any more */
void
load_plan_free(LoadPlan *plan)
{
	for (int i = 0; i < plan->nnodes; i++)
	{
		for (int form = 0; form < NFORMS; form++)
			for (LoadStatement *s = &plan->nodes[i]->forms[form]; s != NULL; s = s->other)
				if (s->plan)
					SPI_freeplan(s->plan);
	}
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
compile_plan(PlanDraft *plan)
{
	const LoadRequest *request = plan->request;
	const Model *model = registry_model(request->model);
	AggregateOptions *grouping = NULL;
	FindOptions *find;
	NodeDraft  *root;
	Jsonb	   *options = copy_document(request->options);

	if (request->kind == LOAD_AGGREGATE && request->aggregate == AGGREGATE_NONE)
		grouping = options_parse_aggregate(options);
	find = grouping ? &grouping->find :
		options_parse(options, options_use(request));
	plan->plan->bigint_string = find->bigint_given ? find->bigint_string :
		assoc_bigint == ASSOC_BIGINT_STRING;
	plan->plan->document = options;
	root = compile_root(plan, model, find);
	foreach_ptr(LoadAllow, allow, find->allows)
		if (grouping)
			load_allow_check_groups(allow, model, grouping);
	if (request->kind == LOAD_AGGREGATE)
		aggregate_compile(plan, root, grouping);
	else if (request->kind == LOAD_COUNT)
		add_count(root);
	else if (request->kind == LOAD_LOCK)
		add_key(root);
	else
		output_compile(plan, root);
	finish_plan(plan);
}

/* literals and places point into the document for as long as the plan lives */
static Jsonb *
copy_document(const Jsonb *document)
{
	return document ? memcpy(palloc(VARSIZE(document)), document, VARSIZE(document)) : NULL;
}

/*
 * Where literals become parameters.  What a call is allowed is compared with them, and a cursor
 * holds a digest of them: there, and below, they stay what they are.
 */
static const Jsonb *
varying_document(const PlanDraft *plan, const NodeDraft *draft)
{
	const FindOptions *find = draft->find;

	if (!plan->request->constants_vary || plan->request->allow || find->allows ||
		plan->request->page || find->page || find->cursor_key)
		return NULL;
	return draft->parent ? draft->parent->sql.varying : plan->plan->document;
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
	return request->single ? OPTIONS_FIND_SINGLE : OPTIONS_FIND;
}

static NodeDraft *
compile_root(PlanDraft *plan, const Model *model, FindOptions *find)
{
	const LoadRequest *request = plan->request;
	AssociationEnds *ends;
	NodeDraft  *root;

	if (request->kind == LOAD_GET || (request->kind == LOAD_COUNT && request->alias))
	{
		ends = ends_from_key(registry_association(model, request->alias, NULL));
		require_link(find->through, ends->association);
		root = make_node(plan, NULL, ends->target, ends, find, find->through,
						 ends->association->alias);
		bind_to_keys(root, ends->nsource, ends->source_ref, ends->source_key, registry_has_links(ends));
		plan->plan->renamed = !key_columns_same(
			key_of_callers(model, ends->nsource, ends->source_key),
			(KeyColumns) {ends->nsource, ends->source_key});
		if (request->kind == LOAD_COUNT)
			return root;
		bind_link_to_target(root);
		set_identity(root);
		return root;
	}
	if (request->alias && request->kind != LOAD_AGGREGATE)
		(void) options_imply_include(find, request->alias, &doc_declared);
	root = make_node(plan, NULL, model, NULL, find, NULL, "");
	if (request->kind == LOAD_BY_KEY)
		bind_to_keys(root, model->nkey, model->key, model->key, false);
	return root;
}

/*
 * The ends of an association as a call gives them: by a key of the source.  A
 * belongs_to keeps its reference in the source row itself, so that row takes the
 * place of a link row: found by its primary key, leading on to the target.
 */
static AssociationEnds *
ends_from_key(const Association *association)
{
	AssociationEnds *ends = registry_association_ends(association);
	AssociationEnds *result;

	if (association->kind != BELONGS_TO)
		return ends;
	result = palloc_object(AssociationEnds);
	*result = *ends;
	result->source_points = false;
	result->through = ends->source;
	result->nsource = ends->source->nkey;
	result->source_key = result->source_ref = ends->source->key;
	result->ntarget = ends->nsource;
	result->target_ref = ends->source_key;
	result->target_key = ends->source_ref;
	return result;
}

/* options about link rows need an association that has them */
static void
require_link(const ThroughOptions *through, const Association *association)
{
	if (through && association->kind != BELONGS_TO_MANY)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, through->path, NULL,
					   "association \"%s\" has no join table", association->alias);
}

/* the one column of a count: the columns of the key do not come with it */
static void
add_count(NodeDraft *draft)
{
	draft->node->ncolumns = 0;
	(void) count_column(draft);
}

static int
count_column(NodeDraft *draft)
{
	LoadColumn	column = {0};

	column.sql = "pg_catalog.count(*)";
	column.type = column.stored_type = INT8OID;
	return draft_add_column(draft, &column);
}

/* of rows that are locked only the key is wanted, in the order of the rows */
static void
add_key(NodeDraft *draft)
{
	LoadNode   *node = draft->node;
	const Model *model = draft->model;

	if (model->nkey == 0)
		error_no_key(model);
	if (!draft_key_is_not_null(model))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("the key of model \"%s\" may be null", model->name),
				 errdetail("Rows are locked, then loaded by their key.")));
	node->nident = model->nkey;
	node->ident_columns = palloc_array(int, model->nkey);
	node->ident_keys = palloc_array(KeyColumn, model->nkey);
	for (int i = 0; i < model->nkey; i++)
	{
		node->ident_columns[i] = draft_column(draft, false, model->key[i]);
		key_column_init(&node->ident_keys[i], model->key[i]->type, model->key[i]->collation,
						CurrentMemoryContext);
	}
}

static NodeDraft *
make_node(PlanDraft *plan, NodeDraft *parent, const Model *model,
		  AssociationEnds *ends, FindOptions *find,
		  const ThroughOptions *through, const char *key)
{
	NodeDraft  *draft = palloc0_object(NodeDraft);
	LoadNode   *node = palloc0_object(LoadNode);
	AllowedNode options = {model, NULL, !plan->request->single, find, through};

	check_stack_depth();
	if (ends != NULL)
		options = load_allow_node(ends, find, through);
	if (parent == NULL)
		check_call(plan->request, &options);
	scope_apply(&options);
	if (parent == NULL)
		drop_limits(plan->request, find);
	draft->node = node;
	draft->model = model;
	draft->ends = ends;
	draft->find = find;
	draft->through = through;
	draft->parent = parent;
	draft->deleted_rows = find->paranoid == 0;
	draft->deleted_links = through && through->paranoid == 0;
	draft->scope.model = model;
	draft->scope.alias = "t";
	draft->scope.through = ends ? ends->through : NULL;
	draft->scope.through_alias = ends && registry_has_links(ends) ? "l" : NULL;
	set_order(draft);

	node->plan = plan->plan;
	node->parent = parent ? parent->node : NULL;
	node->number = list_length(plan->nodes);
	node->key = pstrdup(key);
	node->path = parent == NULL ? "" : parent->node->path[0] == '\0' ? node->key :
		psprintf("%s.%s", parent->node->path, key);
	node->shape = ends == NULL ? LOAD_ROOT : registry_has_links(ends) ? LOAD_BY_LINK :
		LOAD_BY_TARGET;
	node->to_one = ends && ends->to_one;
	node->target = model->relid;
	node->target_sql = pstrdup(model->quoted_table);
	node->limit = node->offset = -1;
	node->limited = find->limit != NULL || find->offset != NULL || find->cursor != NULL;
	node->custom = find->cursor != NULL;
	node->backward = find->cursor_key != NULL && strcmp(find->cursor_key, "before") == 0;
	node->limited |= node->backward;
	plan->relations = list_append_unique_oid(plan->relations, model->relid);
	if (draft->scope.through)
	{
		node->through = draft->scope.through->relid;
		node->through_sql = pstrdup(draft->scope.through->quoted_table);
		plan->relations = list_append_unique_oid(plan->relations, node->through);
	}
	plan->nodes = lappend(plan->nodes, draft);
	sql_text_init(&draft->sql,
				  ends ? ends->nsource :
				  plan->request->kind == LOAD_BY_KEY ? model->nkey : 0,
				  &plan->params, &plan->relations);
	draft->sql.varying = varying_document(plan, draft);
	draft->sql.proofs = &plan->plan->proofs;
	draft->sql.may_group = parent == NULL && ends == NULL && !plan->plan->nested &&
		plan->plan->kind == LOAD_FIND;
	draft->sql.numbered_by_plan = plan->plan->nested;
	draft->sql.by_key = draft->sql.nkeys > 0;
	draft->sql.limited = node->limited || (parent == NULL && plan->plan->single);
	/*
	 * A row that changed while its lock was awaited is tested again, beside the rows
	 * that it was joined with before: conditions need subqueries, which look anew.
	 */
	draft->sql.own = plan->plan->kind == LOAD_LOCK ? NULL : &draft->scope;
	if (ends && ends->hops)
		node->through_sql = sql_path_links(&draft->sql, ends);
	return draft;
}

/* what the call says that the options may ask: a document, or the name of a scope */
static void
check_call(const LoadRequest *request, const AllowedNode *node)
{
	Jsonb	   *document = copy_document(request->allow);
	DocPath    *path = doc_path_key(NULL, "allow");
	JsonbValue	root;

	if (document == NULL)
		return;
	doc_root_value(document, &root);
	if (root.type == jbvString)
	{
		load_allow_check(scope_allow(node->model, doc_string(&root), path), node, false);
		node->find->forced_scope = doc_string(&root);
	}
	else
		load_allow_check(load_allow_parse(&root, path), node, false);
}

/* what is about lists of rows, not about one row or their number: of a scope, or "listed" */
static void
drop_limits(const LoadRequest *request, FindOptions *find)
{
	bool		counts = request->kind == LOAD_COUNT || request->kind == LOAD_AGGREGATE;

	if (request->single || counts)
	{
		find->limit = find->offset = find->cursor = NULL;
		find->cursor_key = NULL;
	}
	if (counts || request->listed)
		find->order = NIL;
}

/* order asked for, else the association's own; NIL: by key, without the statement's help */
static void
set_order(NodeDraft *draft)
{
	draft->order = draft->find->order;
	if (!draft->find->order_given && draft->ends)
	{
		JsonbValue *declared = association_option(draft->ends, "order", NULL);
		JsonbValue *position = association_option(draft->ends, "position", NULL);

		if (declared)
			draft->order = options_parse_order(declared, doc_path_key(&doc_declared, "order"));
		else if (position)
			draft->order = order_by_position(draft->ends, position);
	}
}

/* the attribute is the link row's where there is one */
static List *
order_by_position(const AssociationEnds *ends, const JsonbValue *position)
{
	StringInfoData order;
	JsonbValue	root;

	initStringInfo(&order);
	appendStringInfoString(&order, ends->through ? "[[\"through\", " : "[");
	escape_json(&order, doc_string(position));
	appendStringInfoString(&order, ends->through ? "]]" : "]");
	doc_root_value(doc_parse(order.data), &root);
	return options_parse_order(&root, doc_path_key(&doc_declared, "position"));
}

/* the levels of a tree have a limit of their own: its tail is not one more include */
static void
check_depth(const NodeDraft *draft)
{
	int			depth = 0;

	for (const NodeDraft *d = draft; d != NULL; d = d->parent)
		if (!d->is_tail && ++depth > assoc_max_depth)
			error_document(ERRCODE_PROGRAM_LIMIT_EXCEEDED, draft->find->path,
						   "The limit is the setting \"pg_associations.max_depth\".",
						   "includes are nested too deeply");
}

JsonbValue *
association_option(const AssociationEnds *ends, const char *key, const char *inner_key)
{
	JsonbValue	root;
	JsonbValue *value;

	doc_root_value(ends->association->options, &root);
	value = doc_get(&root, key);
	if (value != NULL && inner_key != NULL)
		value = doc_get(value, inner_key);
	return value;
}

List *
draft_order_keys(NodeDraft *draft)
{
	const SqlScope *scope = &draft->scope;

	if (draft->order_keys != NIL)
		return draft->order_keys;
	bind_order(draft);
	draft->order_keys = sql_order_keys(&draft->sql, scope, draft->order);
	/* a pair that is linked twice: its link rows have an order of their own */
	for (int i = 0; draft->links_repeat && i < scope->through->nkey; i++)
		if (!is_reference(draft->ends, scope->through->key[i]))
			draft->order_keys = lappend(draft->order_keys,
										sql_order_column(scope->through_alias,
														 scope->through->key[i], true));
	foreach_ptr(SqlOrderKey, key, draft->order_keys)
	{
		if (key->position > 0)
		{
			key->sql = draft->node->columns[key->position - 1].sql;
			key->type = draft->node->columns[key->position - 1].type;
		}
		if (key->said)
			(void) sql_operator(key->type, BTLessStrategyNumber, key->path);
	}
	page_turn_order(draft);
	return draft->order_keys;
}

/* order may name what attributes call "as" */
static void
bind_order(NodeDraft *draft)
{
	ListCell   *lc;

	foreach(lc, draft->order)
	{
		OrderItem  *order = lfirst(lc);

		if (list_length(order->steps) != 1 ||
			model_attribute(draft->model, linitial(order->steps)) != NULL)
			continue;
		foreach_ptr(AttributeItem, item, draft->find->attributes.items)
		{
			if (strcmp(item->as, linitial(order->steps)) != 0)
				continue;
			/* where rows are only locked, attributes are no columns */
			order->aggregate = item->aggregate;
			if (item->aggregate && draft->node->plan->kind != LOAD_LOCK)
				order->column = item->column + 1;
			else if (item->aggregate == NULL)
				order->steps = sql_name_steps(draft->model, item->name);
			break;
		}
	}
}

/* is a column of the link row equal for all rows of one parent and one target? */
static bool
is_reference(const AssociationEnds *ends, const Attribute *attribute)
{
	for (int i = 0; i < ends->nsource; i++)
		if (ends->source_ref[i] == attribute)
			return true;
	for (int i = 0; i < ends->ntarget; i++)
		if (ends->target_ref[i] == attribute)
			return true;
	return false;
}

/* ---- columns ---- */

int
draft_column(NodeDraft *draft, bool of_through, const Attribute *attribute)
{
	LoadColumn	column = {0};

	column.of_through = of_through;
	column.attnum = attribute->attnum;
	column.type = column.stored_type = getBaseType(attribute->type);
	column.never_null = attribute->never_null;
	column.sql = sql_column(of_through ? draft->scope.through_alias : draft->scope.alias, attribute);
	return draft_add_column(draft, &column);
}

int
draft_add_column(NodeDraft *draft, LoadColumn *column)
{
	LoadNode   *node = draft->node;

	for (int i = 0; i < node->ncolumns; i++)
		if (strcmp(node->columns[i].sql, column->sql) == 0)
			return i;
	if (node->ncolumns == 0)
		node->columns = palloc_array(LoadColumn, 16);
	else if (node->ncolumns >= 16 && (node->ncolumns & (node->ncolumns - 1)) == 0)
		node->columns = repalloc(node->columns, sizeof(LoadColumn) * node->ncolumns * 2);
	get_typlenbyval(column->type, &column->typlen, &column->typbyval);
	node->columns[node->ncolumns] = *column;
	return node->ncolumns++;
}

/* ---- keys ---- */

/*
 * The node's rows are found by refs, columns of the link or the target, that
 * equal keys: columns of the parent, or of the key that a call gives.
 */
static void
bind_to_keys(NodeDraft *draft, int n, Attribute **refs, Attribute **keys, bool of_through)
{
	LoadNode   *node = draft->node;

	if (n == 0)
		error_no_key(draft->model);
	node->nref = n;
	node->ref_columns = palloc_array(int, n);
	node->ref_keys = palloc_array(KeyColumn, n);
	node->ref_arrays = palloc_array(Oid, n);
	node->ref_attnums = palloc_array(AttrNumber, n);
	node->ref_collations = palloc_array(Oid, n);
	for (int i = 0; i < n; i++)
	{
		bool		outward = draft->ends && draft->ends->source_points;
		Oid			type = parent_type(draft->ends, refs[i], keys[i]);

		/* the key pointed at decides what is equal, as for a foreign key */
		key_column_init(&node->ref_keys[i], type,
						outward ? refs[i]->collation : keys[i]->collation, CurrentMemoryContext);
		node->ref_arrays[i] = get_array_type(type);
		node->ref_attnums[i] = refs[i]->attnum;
		node->ref_collations[i] = refs[i]->collation;
		node->ref_columns[i] = column_as(draft, refs[i], type, of_through);
	}
}

/* the type of the parent's values: what points may have to be cast to what is pointed at */
static Oid
parent_type(const AssociationEnds *ends, const Attribute *ref, const Attribute *key)
{
	KeyMatch	match;

	if (ends == NULL || !ends->source_points)
		return getBaseType(key->type);
	match = key_match(key->type, ref->type);
	return OidIsValid(match.cast) ? match.cast : getBaseType(key->type);
}

/* the parent's column with the values by which rows are found */
int
draft_parent_column(NodeDraft *parent, const AssociationEnds *ends, int n)
{
	return column_as(parent, ends->source_key[n],
					 parent_type(ends, ends->source_ref[n], ends->source_key[n]), false);
}

static void
error_no_key(const Model *model)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("model \"%s\" has no primary key", model->name),
			 errhint("Add one, or name the columns that identify a row: SELECT assoc.adopt(..., options => '{\"key\": [...]}').")));
}

/* a column as values of the type in which both sides of an association are compared */
static int
column_as(NodeDraft *draft, const Attribute *attribute, Oid type, bool of_through)
{
	LoadColumn	column = {0};
	const char *alias = of_through ? draft->scope.through_alias : draft->scope.alias;

	if (getBaseType(attribute->type) == type)
		return draft_column(draft, of_through, attribute);
	column.of_through = of_through;
	column.attnum = attribute->attnum;
	column.type = type;
	column.stored_type = getBaseType(attribute->type);
	column.sql = psprintf("CAST(%s AS %s)", sql_column(alias, attribute), sql_type(type, -1));
	return draft_add_column(draft, &column);
}

static void
bind_link_to_target(NodeDraft *draft)
{
	LoadNode   *node = draft->node;
	AssociationEnds *ends = draft->ends;

	/* links of a path are not rows of a table */
	node->nlink = ends->hops ? 0 : ends->ntarget;
	if (node->nlink == 0)
		return;
	node->link_attnums = palloc_array(AttrNumber, node->nlink);
	node->link_targets = palloc_array(AttrNumber, node->nlink);
	node->link_types = palloc_array(Oid, node->nlink);
	for (int i = 0; i < node->nlink; i++)
	{
		node->link_attnums[i] = ends->target_ref[i]->attnum;
		node->link_targets[i] = ends->target_key[i]->attnum;
		node->link_types[i] = getBaseType(ends->target_ref[i]->type);
	}
}

/*
 * Rows that several parents may share are known by their primary key; it also
 * orders them where no order was asked for, then that of link rows which may be
 * several for one pair.  A key declared for a view may be null: its rows are all
 * taken for different ones, and the statement orders them.
 */
static void
set_identity(NodeDraft *draft)
{
	LoadNode   *node = draft->node;
	const Model *model = draft->model;
	const Model *links = links_may_repeat(draft) ? draft->scope.through : NULL;
	int			nlinks = links ? links->nkey : 0;
	bool		sort = draft->order == NIL && !node->limited && draft_key_is_not_null(model) &&
		(links == NULL || draft_key_is_not_null(links));
	int		   *columns;
	KeyColumn  *keys;

	draft->links_repeat = links != NULL;
	if (!draft_key_is_not_null(model) || (node->shape != LOAD_BY_LINK && !sort))
		return;
	columns = palloc_array(int, model->nkey + nlinks);
	keys = palloc_array(KeyColumn, model->nkey + nlinks);
	for (int i = 0; i < model->nkey + (sort ? nlinks : 0); i++)
	{
		bool		of_link = i >= model->nkey;
		Attribute  *attribute = of_link ? links->key[i - model->nkey] : model->key[i];

		columns[i] = draft_column(draft, of_link, attribute);
		key_column_init(&keys[i], attribute->type, attribute->collation, CurrentMemoryContext);
	}
	if (node->shape == LOAD_BY_LINK)
	{
		node->nident = model->nkey;
		node->ident_columns = columns;
		node->ident_keys = keys;
	}
	if (sort)
	{
		node->nsort = model->nkey + nlinks;
		node->sort_columns = columns;
		node->sort_keys = keys;
	}
}

bool
draft_key_is_not_null(const Model *model)
{
	for (int i = 0; i < model->nkey; i++)
		if (!model->key[i]->never_null)
			return false;
	return model->nkey > 0;
}

/* is the primary key of the join table more than the two references? */
static bool
links_may_repeat(const NodeDraft *draft)
{
	const Model *links = draft->scope.through;

	for (int i = 0; links != NULL && i < links->nkey; i++)
		if (!is_reference(draft->ends, links->key[i]))
			return true;
	return false;
}

/* ---- associated rows ---- */

void
plan_compile_children(PlanDraft *plan, NodeDraft *draft, ItemList *items)
{
	FindOptions *find = draft->find;
	LoadNode   *node = draft->node;
	ListCell   *lc;

	expand_include_all(draft, find);
	node->children = palloc_array(LoadNode *,
								  Max(1, list_length(draft->counts) + list_length(find->include)));
	foreach(lc, draft->counts)
	{
		LoadNode   *count = ((NodeDraft *) lfirst(lc))->node;

		count->position = node->nchildren;
		node->children[node->nchildren++] = count;
	}
	foreach_ptr(IncludeItem, item, find->include)
	{
		int			nnodes = list_length(plan->nodes);
		NodeDraft  *child;

		output_check_as(draft->model, item->as, item->path);
		child = compile_include(plan, draft, item, false);
		if (!include_is_shown(item))
		{
			/* checked as the others are; there is nothing to load */
			plan->nodes = list_truncate(plan->nodes, nnodes);
			continue;
		}
		child->node->required = options_include_is_required(item);
		child->node->position = node->nchildren;
		node->children[node->nchildren++] = child->node;
		if (item->recursive)
			tree_join(plan, draft);
		output_add_item(items, item->recursive ? ITEM_TREE : ITEM_CHILD,
						child->node->position, NULL, child->node->key, item->path);
	}
	if (draft->recursion)
		tree_compile_tail(plan, draft, draft->is_tail ? NULL :
						  compile_include(plan, draft, draft->recursion, true), items);
}

/* "attributes": [] filters by an association without showing it */
static bool
include_is_shown(const IncludeItem *item)
{
	return item->recursive || !item->find.attributes.given || !item->find.attributes.replace ||
		item->find.attributes.items != NIL || item->find.include != NIL ||
		(item->through && item->through->attributes.items != NIL);
}

/* {"all": true, "nested": true}: what the model has, models and join tables on the path left out */
static void
expand_include_all(NodeDraft *draft, FindOptions *find)
{
	const Model *model = draft->model;

	if (!find->include_all)
		return;
	for (int i = 0; i < model->nassociations; i++)
	{
		const Association *association = &model->associations[i];
		bool		found = options_find_include(find, association->alias) != NULL;
		IncludeItem *item;

		if (!load_allow_has_include(find->allows, association->alias))
			continue;
		if (find->include_all_nested && on_path(draft, association->target_relid))
			continue;
		item = options_imply_include(find, association->alias, find->path);
		if (!found)
			load_allow_check_include(find->allows, model, item);
		item->find.include_all |= find->include_all_nested;
		item->find.include_all_nested |= find->include_all_nested;
	}
}

static bool
on_path(const NodeDraft *draft, Oid relation)
{
	for (; draft != NULL; draft = draft->parent)
		if (draft->model->relid == relation ||
			(draft->ends && draft->ends->through && draft->ends->through->relid == relation))
			return true;
	return false;
}

static NodeDraft *
compile_include(PlanDraft *plan, NodeDraft *parent, IncludeItem *item, bool is_tail)
{
	AssociationEnds *ends =
		registry_path_ends(parent->model, item->association, item->path);
	LoadNode   *node;
	NodeDraft  *draft;

	tree_check(plan, ends, item);
	require_link(item->through, ends->association);
	draft = make_node(plan, parent, ends->target, ends, &item->find, item->through,
					  item->as ? item->as : item->association);
	node = draft->node;
	draft->recursion = item->recursive ? item : NULL;
	draft->is_tail = is_tail;
	check_depth(draft);
	bind_to_keys(draft, ends->nsource, ends->source_ref, ends->source_key, registry_has_links(ends));
	node->parent_columns = palloc_array(int, node->nref);
	for (int i = 0; i < node->nref; i++)
		node->parent_columns[i] = draft_parent_column(parent, ends, i);
	bind_link_to_target(draft);
	set_identity(draft);
	output_compile(plan, draft);
	return draft;
}

/*
 * Counting is a level of its own: by a probe where parents are few, by one grouped statement
 * where they are many.  Where the order is by the number, or a statement has all of the load,
 * SQL computes it with the row.
 */
NodeDraft *
plan_compile_count(PlanDraft *plan, NodeDraft *parent, const AttributeItem *item)
{
	const Aggregate *aggregate = item->aggregate;
	const LoadRequest *request = plan->request;
	AssociatedOptions options = {.target_unused = true};
	AssociationEnds *ends;
	NodeDraft  *draft;
	LoadNode   *node;

	if (aggregate->kind != AGGREGATE_COUNT || list_length(aggregate->steps) != 1 ||
		aggregate->distinct || request->nested || parent->recursion || is_ordered_by(parent, item) ||
		(request->kind != LOAD_BY_KEY && request->kind != LOAD_FIND && request->kind != LOAD_GET))
		return NULL;
	ends = registry_path_ends(parent->model, linitial(aggregate->steps), item->path);
	if (ends->hops != NIL)
		return NULL;
	draft = make_node(plan, parent, ends->target, ends, count_options(item, ends->target), NULL,
					  item->as);
	node = draft->node;
	node->counts = true;
	draft->order = NIL;
	node->links_only = sql_is_of_link(aggregate->where) &&
		sql_links_suffice(&draft->sql, ends, &options);
	bind_to_keys(draft, ends->nsource, ends->source_ref, ends->source_key, registry_has_links(ends));
	node->parent_columns = palloc_array(int, node->nref);
	for (int i = 0; i < node->nref; i++)
		node->parent_columns[i] = draft_parent_column(parent, ends, i);
	if (!node->links_only)
		bind_link_to_target(draft);
	node->count_column = count_column(draft);
	output_count(plan, draft);
	return draft;
}

/* as an aggregate in SQL has it: the where of the default scope, nothing else of scopes */
static FindOptions *
count_options(const AttributeItem *item, const Model *model)
{
	FindOptions *find = palloc0_object(FindOptions);

	find->path = item->path;
	find->paranoid = -1;
	find->where = item->aggregate->where;
	find->scope_given = find->scopes_applied = find->order_given = true;
	find->scope_where = sql_stored_condition(model->options, DEFAULT_SCOPE, "where");
	return find;
}

static bool
is_ordered_by(const NodeDraft *draft, const AttributeItem *item)
{
	ListCell   *lc;

	foreach(lc, draft->order)
	{
		const OrderItem *order = lfirst(lc);

		if (list_length(order->steps) == 1 && strcmp(linitial(order->steps), item->as) == 0)
			return true;
	}
	return false;
}

/* ---- the finished plan ---- */

static void
finish_plan(PlanDraft *draft)
{
	LoadPlan   *plan = draft->plan;
	ListCell   *lc;

	plan->nnodes = list_length(draft->nodes);
	plan->nodes = palloc_array(LoadNode *, plan->nnodes);
	foreach_ptr(NodeDraft, node, draft->nodes)
	{
		plan->nodes[node->node->number] = node->node;
		load_sql_write(node);
		if (draft->request->described)
			node->node->always = always_has_row(node);
		collect_reads(node);
		probe_plan_make(node);
	}
	plan->nparams = list_length(draft->params);
	plan->params = palloc_array(LoadParam, Max(1, plan->nparams));
	foreach(lc, draft->params)
		plan->params[foreach_current_index(lc)] = *(LoadParam *) lfirst(lc);
	note_constants(plan);
	plan->ntrees = list_length(draft->trees);
	plan->trees = palloc_array(LoadTree *, Max(1, plan->ntrees));
	foreach(lc, draft->trees)
		plan->trees[foreach_current_index(lc)] = lfirst(lc);
	list_sort(draft->relations, list_oid_cmp);
	plan->nrelations = list_length(draft->relations);
	plan->relations = palloc_array(Oid, plan->nrelations);
	foreach_oid(relation, draft->relations)
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
		if (plan->params[i].place != NULL)
			plan->constants[plan->nconstants++] = i;
	qsort_arg(plan->constants, plan->nconstants, sizeof(int), compare_places, plan);
}

static int
compare_places(const void *a, const void *b, void *plan)
{
	const LoadParam *params = ((LoadPlan *) plan)->params;
	const char *x = params[*(const int *) a].place;
	const char *y = params[*(const int *) b].place;

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
always_has_row(NodeDraft *draft)
{
	const AssociationEnds *ends = draft->ends;

	if (ends == NULL || ends->association->kind != BELONGS_TO || draft->node->limited ||
		draft->conditions[0] != '\0' || !sql_pointer_suffices(&draft->sql, ends))
		return false;
	foreach_ptr(IncludeItem, item, draft->find->include)
		if (options_include_is_required(item))
			return false;
	for (int i = 0; i < ends->nsource; i++)
		if (!ends->source_key[i]->never_null)
			return false;
	return true;
}

static void
collect_reads(NodeDraft *draft)
{
	LoadNode   *node = draft->node;
	const Model *through = draft->scope.through;

	if (draft->model->deleted_at && !draft->deleted_rows && !node->links_only)
		node->target_reads = bms_add_member(node->target_reads, draft->model->deleted_at->attnum);
	if (through && through->deleted_at && !draft->deleted_links)
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
