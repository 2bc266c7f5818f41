/*-------------------------------------------------------------------------
 *
 * plan_node.c
 *	  A node of a load plan: its options, order, columns and keys.
 *
 * Decides what one level of the include tree is made of, whatever leads to it: what its
 * options ask when scopes are merged in, which columns its statement selects, how its rows
 * find their parents, and which of them are the same row.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "base/compat.h"
#include "base/doc_member.h"
#include "base/settings.h"
#include "miscadmin.h"
#include "options/load_scope.h"
#include "plan/load_page.h"
#include "plan/plan_builder.h"
#include "registry/key_match.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#define MAX_NODES 5000

static const Jsonb *varying_document(const PlanBuilder *plan, const NodeBuilder *builder);
static void check_call(const LoadRequest *request, const AllowedNode *node);
static void drop_limits(const LoadRequest *request, FindOptions *find);
static void set_order(NodeBuilder *builder);
static void merge_options(PlanBuilder *plan, NodeBuilder *builder);
static void set_scope(NodeBuilder *builder);
static void set_place(PlanBuilder *plan, NodeBuilder *builder, const char *key);
static void set_relations(PlanBuilder *plan, NodeBuilder *builder);
static void set_limits(NodeBuilder *builder);
static void set_sql(PlanBuilder *plan, NodeBuilder *builder);
static List *order_by_position(const ResolvedAssociation *assoc, char *position);
static void bind_order(NodeBuilder *builder);
static bool is_reference(const ResolvedAssociation *assoc, const Attribute *attribute);
static Oid	parent_type(const ResolvedAssociation *assoc, const Attribute *ref, const Attribute *key);
static int	column_as(NodeBuilder *builder, const Attribute *attribute, Oid type, bool of_through);
static bool links_may_repeat(const NodeBuilder *builder);

NodeBuilder *
plan_make_node(PlanBuilder *plan, NodeBuilder *parent, const Model *model,
			   ResolvedAssociation *assoc, FindOptions *find,
			   const ThroughOptions *through, const char *key)
{
	NodeBuilder *builder = palloc0_object(NodeBuilder);

	check_stack_depth();
	CHECK_FOR_INTERRUPTS();
	/* {"all": true, "nested": true} takes every way through a schema */
	if (++plan->nmade > MAX_NODES)
		error_document(ERRCODE_PROGRAM_LIMIT_EXCEEDED, find->path,
					   "Name those that are wanted, in place of \"all\" and \"nested\".",
					   "more than %d includes", MAX_NODES);
	builder->node = palloc0_object(LoadNode);
	builder->model = model;
	builder->assoc = assoc;
	builder->find = find;
	builder->through = through;
	builder->parent = parent;
	merge_options(plan, builder);
	set_scope(builder);
	set_order(builder);
	set_place(plan, builder, key);
	set_relations(plan, builder);
	set_limits(builder);
	set_sql(plan, builder);
	plan->nodes = lappend(plan->nodes, builder);
	return builder;
}

/* what the options ask for, beside scopes, and as far as the call allows it */
static void
merge_options(PlanBuilder *plan, NodeBuilder *builder)
{
	AllowedNode options = {builder->model, NULL, !plan->request->single, builder->find, builder->through};
	bool		of_call = builder->find == plan->find;

	if (builder->assoc != NULL)
		options = load_allow_node(builder->assoc, builder->find, builder->through);
	if (of_call)
		check_call(plan->request, &options);
	load_scope_apply(&options);
	if (of_call)
		drop_limits(plan->request, builder->find);
}

static void
set_scope(NodeBuilder *builder)
{
	const ResolvedAssociation *assoc = builder->assoc;

	builder->deleted_rows = builder->find->paranoid >= 0 ? builder->find->paranoid == 0 :
		builder->assoc && builder->assoc->deleted_rows;
	builder->deleted_links = builder->through && builder->through->paranoid == 0;
	builder->scope.model = builder->model;
	builder->scope.alias = "t";
	builder->scope.through = assoc ? assoc->through : NULL;
	builder->scope.through_alias = assoc && registry_has_links(assoc) ? "l" : NULL;
}

/* where it is in the tree, and what leads to it */
static void
set_place(PlanBuilder *plan, NodeBuilder *builder, const char *key)
{
	LoadNode   *node = builder->node;
	const ResolvedAssociation *assoc = builder->assoc;

	node->plan = plan->plan;
	node->parent = builder->parent ? builder->parent->node : NULL;
	node->number = list_length(plan->nodes);
	node->key = pstrdup(key);
	node->path = node->parent == NULL ? "" : node->parent->path[0] == '\0' ? node->key :
		psprintf("%s.%s", node->parent->path, key);
	node->shape = assoc == NULL ? LOAD_ROOT : registry_has_links(assoc) ? LOAD_BY_LINK :
		LOAD_BY_TARGET;
	node->to_one = assoc && assoc->to_one;
}

static void
set_relations(PlanBuilder *plan, NodeBuilder *builder)
{
	LoadNode   *node = builder->node;
	const Model *through = builder->scope.through;

	node->target = builder->model->relid;
	node->target_sql = pstrdup(builder->model->quoted_table);
	plan->relations = list_append_unique_oid(plan->relations, node->target);
	if (through == NULL)
		return;
	node->through = through->relid;
	node->through_sql = pstrdup(sql_link_rows(builder->assoc));
	plan->relations = list_append_unique_oid(plan->relations, node->through);
}

static void
set_limits(NodeBuilder *builder)
{
	LoadNode   *node = builder->node;
	const FindOptions *find = builder->find;

	node->limit = node->offset = -1;
	node->custom = find->cursor != NULL;
	node->backward = find->cursor_key != NULL && strcmp(find->cursor_key, "before") == 0;
	node->limited = find->limit != NULL || find->offset != NULL || find->cursor != NULL ||
		node->backward;
}

static void
set_sql(PlanBuilder *plan, NodeBuilder *builder)
{
	const LoadPlan *finished = plan->plan;
	ResolvedAssociation *assoc = builder->assoc;
	bool		root = builder->parent == NULL;
	SqlText    *sql = &builder->sql;

	sql_text_init(sql, assoc ? assoc->nsource : finished->kind == LOAD_BY_KEY ? builder->model->nkey : 0,
				  &plan->params, &plan->relations);
	sql->varying = varying_document(plan, builder);
	sql->proofs = &plan->plan->proofs;
	sql->may_group = root && assoc == NULL && !finished->nested &&
		(finished->kind == LOAD_FIND || finished->kind == LOAD_COUNT);
	sql->numbered_by_plan = finished->nested;
	sql->by_key = sql->nkeys > 0;
	sql->limited = builder->node->limited || (root && finished->single);
	/*
	 * A row that changed while its lock was awaited is tested again, beside the rows
	 * that it was joined with before: conditions need subqueries, which look anew.
	 */
	sql->own = finished->kind == LOAD_LOCK ? NULL : &builder->scope;
	if (assoc && assoc->hops)
		builder->node->through_sql = sql_path_links(sql, assoc);
}

static const Jsonb *
varying_document(const PlanBuilder *plan, const NodeBuilder *builder)
{
	if (!plan->request->constants_vary)
		return NULL;
	return builder->parent ? builder->parent->sql.varying : plan->plan->document;
}

/* what the call says that the options may ask: a document, or the name of a scope */
static void
check_call(const LoadRequest *request, const AllowedNode *node)
{
	/* literals and paths point into the document for as long as the plan lives */
	Jsonb	   *document = doc_copy(request->allow, CurrentMemoryContext);
	DocPath    *path = doc_path_key(NULL, "allow");
	JsonbValue	root;

	if (document == NULL)
		return;
	doc_root_value(document, &root);
	if (root.type == jbvString)
	{
		load_allow_check(load_scope_allow(node->model, doc_string(&root), path), node, false);
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
set_order(NodeBuilder *builder)
{
	builder->order = builder->find->order;
	if (!builder->find->order_is_explicit && builder->assoc)
	{
		Jsonb	   *options = builder->assoc->association->options;
		JsonbValue *declared = doc_option(options, NULL, "order");
		char	   *position = doc_option_string(options, NULL, "position");

		if (declared)
			builder->order = options_parse_order(declared, doc_path_key(&doc_declared, "order"));
		else if (position)
			builder->order = order_by_position(builder->assoc, position);
	}
}

/* the attribute is the link row's where there is one */
static List *
order_by_position(const ResolvedAssociation *assoc, char *position)
{
	OrderItem  *item = palloc0_object(OrderItem);

	item->path = doc_path_key(&doc_declared, "position");
	item->steps = list_make1(position);
	if (assoc->through)
		item->steps = lcons("through", item->steps);
	return list_make1(item);
}

/* the levels of a tree have a limit of their own: its step is not one more include */
void
plan_check_depth(const NodeBuilder *builder)
{
	int			depth = 0;

	for (const NodeBuilder *d = builder; d != NULL; d = d->parent)
		if (!d->is_recursive_step && ++depth > assoc_max_depth)
			error_document(ERRCODE_PROGRAM_LIMIT_EXCEEDED, builder->find->path,
						   "The limit is the setting \"pg_associations.max_depth\".",
						   "includes are nested too deeply");
}

List *
plan_order_keys(NodeBuilder *builder)
{
	const SqlScope *scope = &builder->scope;

	if (builder->order_keys != NIL)
		return builder->order_keys;
	bind_order(builder);
	builder->order_keys = sql_order_keys(&builder->sql, scope, builder->order);
	/* a pair that is linked twice: its link rows have an order of their own */
	for (int i = 0; builder->links_repeat && i < scope->through->nkey; i++)
		if (!is_reference(builder->assoc, scope->through->key[i]))
			builder->order_keys = lappend(builder->order_keys,
										  sql_order_column(scope->through_alias,
														   scope->through->key[i], true));
	foreach_ptr(SqlOrderKey, key, builder->order_keys)
	{
		if (key->position > 0)
		{
			key->sql = builder->node->columns[key->position - 1].sql;
			key->type = builder->node->columns[key->position - 1].type;
		}
		if (key->is_explicit)
			(void) sql_operator(key->type, BTLessStrategyNumber, key->path);
	}
	load_page_turn_order(builder);
	return builder->order_keys;
}

/* order may name what attributes call "as" */
static void
bind_order(NodeBuilder *builder)
{
	foreach_ptr(OrderItem, order, builder->order)
	{
		if (list_length(order->steps) != 1 ||
			model_value(builder->model, linitial(order->steps)) != NULL)
			continue;
		foreach_ptr(AttributeItem, item, builder->find->attributes.items)
		{
			if (strcmp(item->as, linitial(order->steps)) != 0)
				continue;
			/* where rows are only locked, attributes are no columns */
			order->aggregate = item->aggregate;
			if (item->aggregate)
				options_order_of_attribute(order);
			if (item->aggregate && builder->node->plan->kind != LOAD_LOCK)
				order->column = item->column + 1;
			else if (item->aggregate == NULL)
				order->steps = sql_name_steps(builder->model, item->name);
			break;
		}
	}
}

/* is a column of the link row equal for all rows of one parent and one target? */
static bool
is_reference(const ResolvedAssociation *assoc, const Attribute *attribute)
{
	for (int i = 0; i < assoc->nsource; i++)
		if (assoc->source_ref[i] == attribute)
			return true;
	for (int i = 0; i < assoc->ntarget; i++)
		if (assoc->target_ref[i] == attribute)
			return true;
	return false;
}

int
plan_column(NodeBuilder *builder, bool of_through, const Attribute *attribute)
{
	LoadColumn	column = {0};

	column.of_through = of_through;
	column.attnum = attribute->attnum;
	column.type = column.stored_type = getBaseType(attribute->type);
	column.never_null = attribute->never_null;
	column.sql = sql_column(of_through ? builder->scope.through_alias : builder->scope.alias, attribute);
	return plan_add_column(builder, &column);
}

int
plan_key_column(NodeBuilder *builder, bool of_through, const Attribute *attribute, KeyColumn *key)
{
	key_column_init(key, attribute->type, attribute->collation, CurrentMemoryContext);
	return plan_column(builder, of_through, attribute);
}

int
plan_add_column(NodeBuilder *builder, LoadColumn *column)
{
	LoadNode   *node = builder->node;

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

/*
 * The node's rows are found by refs, columns of the link or the target, that
 * equal keys: columns of the parent, or of the key that a call gives.
 */
void
plan_bind_to_keys(NodeBuilder *builder, int n, Attribute **refs, Attribute **keys, bool of_through)
{
	LoadNode   *node = builder->node;

	if (n == 0)
		plan_raise_no_key(builder->model);
	node->nref = n;
	node->ref_columns = palloc_array(int, n);
	node->ref_keys = palloc_array(KeyColumn, n);
	node->ref_arrays = palloc_array(Oid, n);
	node->ref_collations = palloc_array(Oid, n);
	for (int i = 0; i < n; i++)
	{
		bool		outward = builder->assoc && builder->assoc->source_points;
		Oid			type = parent_type(builder->assoc, refs[i], keys[i]);

		/* the key pointed at decides what is equal, as for a foreign key */
		key_column_init(&node->ref_keys[i], type,
						outward ? refs[i]->collation : keys[i]->collation, CurrentMemoryContext);
		node->ref_arrays[i] = get_array_type(type);
		node->ref_collations[i] = refs[i]->collation;
		node->ref_columns[i] = column_as(builder, refs[i], type, of_through);
	}
}

/* the type of the parent's values: what points may have to be cast to what is pointed at */
static Oid
parent_type(const ResolvedAssociation *assoc, const Attribute *ref, const Attribute *key)
{
	KeyMatch	match;

	if (assoc == NULL || !assoc->source_points)
		return getBaseType(key->type);
	match = key_match(key->type, ref->type);
	return OidIsValid(match.cast) ? match.cast : getBaseType(key->type);
}

int *
plan_parent_columns(NodeBuilder *parent, const ResolvedAssociation *assoc, bool of_through)
{
	int		   *columns = palloc_array(int, assoc->nsource);

	for (int i = 0; i < assoc->nsource; i++)
		columns[i] = column_as(parent, assoc->source_key[i],
							   parent_type(assoc, assoc->source_ref[i], assoc->source_key[i]), of_through);
	return columns;
}

void
plan_raise_no_key(const Model *model)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("model \"%s\" has no primary key", model->name),
			 errhint("Add one, or name the columns that identify a row: SELECT assoc.adopt(..., options => '{\"key\": [...]}').")));
}

/* a column as values of the type in which both sides of an association are compared */
static int
column_as(NodeBuilder *builder, const Attribute *attribute, Oid type, bool of_through)
{
	LoadColumn	column = {0};
	const char *alias = of_through ? builder->scope.through_alias : builder->scope.alias;

	if (getBaseType(attribute->type) == type)
		return plan_column(builder, of_through, attribute);
	column.of_through = of_through;
	column.attnum = attribute->attnum;
	column.type = type;
	column.stored_type = getBaseType(attribute->type);
	column.sql = psprintf("CAST(%s AS %s)", sql_column(alias, attribute), sql_type(type, -1));
	return plan_add_column(builder, &column);
}

void
plan_bind_link_to_target(NodeBuilder *builder)
{
	LoadNode   *node = builder->node;
	ResolvedAssociation *assoc = builder->assoc;

	/* links of a path are not rows of a table */
	node->nlink = assoc->hops ? 0 : assoc->ntarget;
	if (node->nlink == 0)
		return;
	node->link_attnums = palloc_array(AttrNumber, node->nlink);
	node->link_targets = palloc_array(AttrNumber, node->nlink);
	node->link_types = palloc_array(Oid, node->nlink);
	for (int i = 0; i < node->nlink; i++)
	{
		node->link_attnums[i] = assoc->target_ref[i]->attnum;
		node->link_targets[i] = assoc->target_key[i]->attnum;
		node->link_types[i] = getBaseType(assoc->target_ref[i]->type);
	}
}

/*
 * Rows that several parents may share are known by their primary key; it also
 * orders them where no order was asked for, then that of link rows which may be
 * several for one pair.  A key declared for a view may be null: its rows are all
 * taken for different ones, and the statement orders them.
 */
void
plan_set_identity(NodeBuilder *builder)
{
	LoadNode   *node = builder->node;
	const Model *model = builder->model;
	const Model *links = links_may_repeat(builder) ? builder->scope.through : NULL;
	int			nlinks = links ? links->nkey : 0;
	bool		sort = builder->order == NIL && !node->limited && plan_key_is_not_null(model) &&
		(links == NULL || plan_key_is_not_null(links));
	int		   *columns;
	KeyColumn  *keys;

	builder->links_repeat = links != NULL;
	if (!plan_key_is_not_null(model) || (node->shape != LOAD_BY_LINK && !sort))
		return;
	columns = palloc_array(int, model->nkey + nlinks);
	keys = palloc_array(KeyColumn, model->nkey + nlinks);
	for (int i = 0; i < model->nkey + (sort ? nlinks : 0); i++)
	{
		bool		of_link = i >= model->nkey;
		Attribute  *attribute = of_link ? links->key[i - model->nkey] : model->key[i];

		columns[i] = plan_key_column(builder, of_link, attribute, &keys[i]);
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
plan_key_is_not_null(const Model *model)
{
	for (int i = 0; i < model->nkey; i++)
		if (!model->key[i]->never_null)
			return false;
	return model->nkey > 0;
}

/* is the primary key of the join table more than the two references? */
static bool
links_may_repeat(const NodeBuilder *builder)
{
	const Model *links = builder->scope.through;

	for (int i = 0; links != NULL && i < links->nkey; i++)
		if (!is_reference(builder->assoc, links->key[i]))
			return true;
	return false;
}
