/*-------------------------------------------------------------------------
 *
 * probe_plan.c
 *	  Where a probe is allowed, and which indexes it scans.
 *
 * A probe (rows_probe.c) gives up everything that the executor and rewriter add, so
 * it is allowed only where that provably changes nothing.  What follows from catalogs
 * and options is decided here when the plan is compiled, what follows from role,
 * settings and snapshot at every run.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/nbtree.h"
#include "access/stratnum.h"
#include "access/transam.h"
#include "access/xlog.h"
#include "base/compat.h"
#include "base/integers.h"
#include "base/settings.h"
#include "catalog/pg_am.h"
#include "catalog/pg_index.h"
#include "catalog/pg_opfamily_d.h"
#include "catalog/pg_type_d.h"
#include "commands/defrem.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "parser/parse_coerce.h"
#include "plan/probe_plan.h"
#include "reader/key_scan.h"
#include "registry/key_match.h"
#include "utils/acl.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/rls.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

static const char *ref_scan_make(ProbeScan *scan, const NodeBuilder *builder, bool *sorted);
static const char *ref_scan_by(ProbeScan *scan, const NodeBuilder *builder, const ModelIndex *index);
static bool entries_suffice(ProbePlan *probe, const NodeBuilder *builder);
static const char *links_scan_make(ProbeScan *scan, const NodeBuilder *builder);
static const char *found_scan_make(ProbeScan *scan, const NodeBuilder *builder, bool *sorted);
static const char *found_scan_by(ProbeScan *scan, const NodeBuilder *builder, const ModelIndex *index);
static bool is_key(const Model *model, int n, Attribute **columns);
static const char *target_scan_make(ProbeScan *scan, const NodeBuilder *builder);
static const char *scan_by_attributes(ProbeScan *scan, const Model *model, const ModelIndex *index, int n,
									  Attribute **columns, Attribute **values, Attribute **keys);
static void pass_over_deleted(ProbePlan *probe, const NodeBuilder *builder);
static void add_table(ProbePlan *probe, const Model *model);
static const char *node_refusal(const NodeBuilder *builder);
static const char *model_refusal(const Model *model);
static const char *column_refusal(const NodeBuilder *builder);
static bool is_virtual(const Attribute *attribute);
static bool in_order(const NodeBuilder *builder);
static const ModelIndex *index_in_order(const NodeBuilder *builder, Attribute **refs,
										ScanDirection *direction);
static bool gives_order(const NodeBuilder *builder, const ModelIndex *index, List *keys, ScanDirection direction);
static bool is_same_in_parent(const ModelIndex *index, int nrefs, const Attribute *attribute);
static bool same_to_order(const Attribute *attribute, Oid collation);
static bool column_gives_order(const NodeBuilder *builder, const ModelIndex *index, int position, const SqlOrderKey *key,
							   ScanDirection direction);
static const char *scan_make(ProbeScan *scan, const Model *model, const ModelIndex *index, int n,
							 Attribute **columns, const Oid *given, const Oid *collations);
static const char *scan_key_make(ProbeScan *scan, const Model *model, const ModelIndex *index,
								 int position, Attribute **columns, const Oid *given,
								 const Oid *collations, int n);
static void order_key_make(ProbeScan *scan, const ModelIndex *index, int position,
						   Oid column_type, Oid given_type);
static bool same_columns(const LoadNode *node);
static ProbeColumn probe_column(const LoadNode *node, int number);
static void list_columns(ProbePlan *probe, const LoadNode *node);
static void add_order_reads(NodeBuilder *builder);
static const char *missing_right(const LoadNode *node, ProbePlan *probe);
static bool has_other_policies(Oid relation, bool enabled, bool asked);
static bool lacks_rows(const ProbeScan *scan);
static bool may_read(Oid relation, const Bitmapset *columns);

/* ---- planning ---- */

void
probe_plan_make(NodeBuilder *builder)
{
	LoadNode   *node = builder->node;
	ProbePlan  *probe = palloc0_object(ProbePlan);
	bool		sorted;

	node->no_probe = node_refusal(builder);
	if (!node->no_probe && !node->required_asked && !probe_plan_sees_required(builder))
		node->no_probe = "a required include";
	if (!node->no_probe)
		node->no_probe = ref_scan_make(&probe->ref, builder, &sorted);
	if (!node->no_probe && node->nlink > 0)
		node->no_probe = target_scan_make(&probe->target, builder);
	if (!node->no_probe)
		node->no_probe = probe_condition_make(builder, sorted, &probe->condition);
	if (node->no_probe)
		return;
	pass_over_deleted(probe, builder);
	if (node->of_targets && !node->by_target)
	{
		probe->names_target = builder->assoc->target_ref[0]->attnum;
		node->through_reads = bms_add_member(node->through_reads, probe->names_target);
	}
	if (node->fold && node->fold->attnum == 0 && node->nlink == 0 && !node->by_target && node->nasked == 0 &&
		!(node->by_row && node->fold->kind == AGGREGATE_HAS))
		probe->by_entries = entries_suffice(probe, builder);
	probe->max_target = Max(bms_prev_member(node->target_reads, -1),
							(node->nlink > 0 ? &probe->target : &probe->ref)->must_be_null);
	probe->max_through = Max(bms_prev_member(node->through_reads, -1), probe->ref.must_be_null);
	probe->ordered = in_order(builder);
	probe->link_is_ident = same_columns(node);
	list_columns(probe, node);
	node->probe = probe;
	add_order_reads(builder);
	if (!node->links_only)
	{
		add_table(probe, builder->model);
		probe->target_security = builder->model->row_security;
	}
	if (builder->scope.through)
	{
		add_table(probe, builder->scope.through);
		probe->through_security = builder->scope.through->row_security;
	}
}

bool
probe_plan_is_possible(const NodeBuilder *builder)
{
	return node_refusal(builder) == NULL;
}

bool
probe_plan_sees_required(const NodeBuilder *builder)
{
	const LoadNode *node = builder->node;
	int			required = 0;

	foreach_ptr(IncludeItem, item, builder->find->include)
		required += options_include_is_required(item);
	/* they must be known before rows are counted off */
	if (required > 0 && (node->limited || (node->nref == 0 && node->plan->single)))
		return false;
	for (int i = 0; i < node->nchildren; i++)
	{
		const LoadNode *child = node->children[i];

		if (!child->required)
			continue;
		if (child->limited || child->page || child->tree)
			return false;
		required--;
	}
	return required == 0;
}

/*
 * Of the rows, or link rows, with a key; NULL, or the reason why not.  Where no index has
 * them in the order of the statement they are to be sorted.
 */
static const char *
ref_scan_make(ProbeScan *scan, const NodeBuilder *builder, bool *sorted)
{
	const LoadNode *node = builder->node;
	const Model *model = node->shape == LOAD_BY_LINK ? builder->scope.through : builder->model;
	Attribute **refs = builder->assoc ? builder->assoc->source_ref : builder->model->key;
	const ModelIndex *index;

	*sorted = false;
	if (node->by_target)
		return links_scan_make(scan, builder);
	if (node->found)
		return found_scan_make(scan, builder, sorted);
	scan->direction = ForwardScanDirection;
	index = in_order(builder) && node->shape != LOAD_BY_LINK ?
		index_in_order(builder, refs, &scan->direction) : NULL;
	*sorted = in_order(builder) && index == NULL;
	return ref_scan_by(scan, builder, index ? index : model_index_on(model, node->nref, refs));
}

static const char *
ref_scan_by(ProbeScan *scan, const NodeBuilder *builder, const ModelIndex *index)
{
	const LoadNode *node = builder->node;
	Oid			given[INDEX_MAX_KEYS];
	Oid			collations[INDEX_MAX_KEYS];

	for (int i = 0; i < node->nref; i++)
	{
		given[i] = node->ref_keys[i].type;
		collations[i] = node->ref_keys[i].collation;
	}
	return scan_make(scan, node->shape == LOAD_BY_LINK ? builder->scope.through : builder->model, index, node->nref,
					 builder->assoc ? builder->assoc->source_ref : builder->model->key, given, collations);
}

/* of rows that are only counted: is there an index whose entries have all that is asked of them?  Then it is the one */
static bool
entries_suffice(ProbePlan *probe, const NodeBuilder *builder)
{
	const LoadNode *node = builder->node;
	const Model *model = node->shape == LOAD_BY_LINK ? builder->scope.through : builder->model;
	Bitmapset  *columns = probe->condition ? bms_copy(probe->condition->reads) : NULL;
	ProbeScan	scan = probe->ref;
	const ModelIndex *index;

	if (probe->ref.must_be_null > 0)
		columns = bms_add_member(columns, probe->ref.must_be_null);
	if (node->of_targets)
		columns = bms_add_member(columns, probe->names_target);
	index = node->found ? model_index_with(model, builder->nfound, builder->found_key, columns) :
		model_index_with(model, node->nref, builder->assoc->source_ref, columns);
	if (index == NULL || (node->found ? found_scan_by(&scan, builder, index) : ref_scan_by(&scan, builder, index)) != NULL)
		return false;
	probe->ref = scan;
	return true;
}

/* of the links of a target */
static const char *
links_scan_make(ProbeScan *scan, const NodeBuilder *builder)
{
	const ResolvedAssociation *assoc = builder->assoc;

	for (int i = 0; i < assoc->ntarget; i++)
		builder->node->through_reads = bms_add_member(builder->node->through_reads,
													  assoc->target_ref[i]->attnum);
	return scan_by_attributes(scan, assoc->through, model_index_on(assoc->through, assoc->ntarget, assoc->target_ref),
							  assoc->ntarget, assoc->target_ref, assoc->target_key, assoc->target_key);
}

/* of rows that links or a condition name: one after the other in the order of these keys, which may be the one that is wanted */
static const char *
found_scan_make(ProbeScan *scan, const NodeBuilder *builder, bool *sorted)
{
	*sorted = builder->order != NIL || builder->node->backward ||
		!is_key(builder->model, builder->nfound, builder->found_key);
	for (int i = 0; i < builder->nfound; i++)
		builder->node->target_reads = bms_add_member(builder->node->target_reads,
													 builder->found_key[i]->attnum);
	if (builder->model->relkind == RELKIND_PARTITIONED_TABLE)
		return "a partitioned table";
	return found_scan_by(scan, builder, model_index_on(builder->model, builder->nfound, builder->found_key));
}

static const char *
found_scan_by(ProbeScan *scan, const NodeBuilder *builder, const ModelIndex *index)
{
	return scan_by_attributes(scan, builder->model, index, builder->nfound, builder->found_key, builder->found_key,
							  builder->found_key);
}

/* in its order */
static bool
is_key(const Model *model, int n, Attribute **columns)
{
	return n == model->nkey && memcmp(columns, model->key, sizeof(Attribute *) * n) == 0;
}

/* of the rows that a link row leads to */
static const char *
target_scan_make(ProbeScan *scan, const NodeBuilder *builder)
{
	const ResolvedAssociation *assoc = builder->assoc;

	int			n = builder->node->nlink;

	return scan_by_attributes(scan, builder->model, model_index_on(builder->model, n, assoc->target_key), n,
							  assoc->target_key, assoc->target_ref, assoc->target_key);
}

/* by values of these attributes, compared in the collations of the keys */
static const char *
scan_by_attributes(ProbeScan *scan, const Model *model, const ModelIndex *index, int n, Attribute **columns,
				   Attribute **values, Attribute **keys)
{
	Oid			given[INDEX_MAX_KEYS];
	Oid			collations[INDEX_MAX_KEYS];

	for (int i = 0; i < n; i++)
	{
		given[i] = getBaseType(values[i]->type);
		collations[i] = keys[i]->collation;
	}
	scan->direction = ForwardScanDirection;
	return scan_make(scan, model, index, n, columns, given, collations);
}

static void
pass_over_deleted(ProbePlan *probe, const NodeBuilder *builder)
{
	ProbeScan  *of_target = builder->node->nlink > 0 ? &probe->target : &probe->ref;

	if (builder->model->deleted_at && !builder->deleted_rows && !builder->node->links_only)
		of_target->must_be_null = builder->model->deleted_at->attnum;
	if (builder->scope.through && builder->scope.through->deleted_at && !builder->deleted_links)
		probe->ref.must_be_null = builder->scope.through->deleted_at->attnum;
}

/* what is asked of a table at every run */
static void
add_table(ProbePlan *probe, const Model *model)
{
	probe->unlogged |= model->persistence == RELPERSISTENCE_UNLOGGED;
	if (probe->nschemas == 0 || probe->schemas[0] != model->schema)
		probe->schemas[probe->nschemas++] = model->schema;
}

/* why a node can never be probed; NULL when nothing speaks against it so far */
static const char *
node_refusal(const NodeBuilder *builder)
{
	const LoadNode *node = builder->node;
	const char *reason;

	if (builder->assoc && builder->assoc->hops)
		return "a path of several associations";
	if (builder->assoc && builder->assoc->symmetric)
		return "links from both ends";
	if (node->nref == 0 && node->found == NULL)
		return "rows are found by a condition, not by key";
	if (node->found == NULL && (builder->find->cursor || node->backward))
		return "a cursor";
	if (node->page && node->shape == LOAD_BY_LINK)
		return "a page of linked rows";
	if (node->plan->nested)
		return "a statement of its own";
	if (node->limited && builder->order_keys == NIL)
		return "a limit without an order";
	if (builder->assoc && !node->fold && (in_order(builder) ? !plan_key_is_not_null(builder->model) :
						node->nsort == 0 && builder->model->nkey > 0))
		return "a key that may be null";
	reason = node->links_only ? NULL : model_refusal(builder->model);
	if (!reason && builder->scope.through)
		reason = model_refusal(builder->scope.through);
	return reason ? reason : column_refusal(builder);
}

static const char *
model_refusal(const Model *model)
{
	if (model->relkind == RELKIND_PARTITIONED_TABLE)
		return model->distributed ? "rows are kept on other nodes" : NULL;
	if (model->relkind != RELKIND_RELATION)
		return "not a plain table";
	if (model->access_method != HEAP_TABLE_AM_OID)
		return "not a heap table";
	if (model->has_children)
		return "a table with inheritance children";
	if (model->distributed)
		return "rows are kept on other nodes";
	return NULL;
}

static const char *
column_refusal(const NodeBuilder *builder)
{
	const LoadNode *node = builder->node;
	const Model *links = builder->scope.through;

	/* whether a row is deleted is read too */
	if (is_virtual(builder->model->deleted_at) || (links && is_virtual(links->deleted_at)))
		return "a virtual generated column";
	for (int i = 0; i < node->ncolumns; i++)
	{
		const LoadColumn *column = &node->columns[i];
		const Model *model = column->of_through ? links : builder->model;

		if (i == 0 && node->fold && node->fold->kind != AGGREGATE_NONE)
			continue;
		if (column->attnum == 0)
			return "an aggregate among the attributes";
		if (is_virtual(model_attnum_required(model, column->attnum)))
			return "a virtual generated column";
		if (!IsBinaryCoercible(column->stored_type, column->type) &&
			!(integer_is_type(column->type) && integer_is_type(column->stored_type)))
			return "keys of different types";
	}
	return NULL;
}

/* nothing of it is stored: a reader of rows would take it for null */
static bool
is_virtual(const Attribute *attribute)
{
	return attribute != NULL && attribute->generated == ASSOC_GENERATED_VIRTUAL;
}

/* must the rows come in the order of the statement?  Else they are sorted by key later */
static bool
in_order(const NodeBuilder *builder)
{
	return builder->order != NIL || builder->node->limited;
}

/* an index on the reference that has the rows of each key in the order of the statement */
static const ModelIndex *
index_in_order(const NodeBuilder *builder, Attribute **refs, ScanDirection *direction)
{
	const Model *model = builder->model;
	int			nrefs = builder->node->nref;

	for (int i = 0; i < model->nindexes; i++)
	{
		const ModelIndex *index = &model->indexes[i];

		if (!model_index_starts_with(index, nrefs, refs))
			continue;
		if (gives_order(builder, index, builder->order_keys, ForwardScanDirection))
			*direction = ForwardScanDirection;
		else if (gives_order(builder, index, builder->order_keys, BackwardScanDirection))
			*direction = BackwardScanDirection;
		else
			continue;
		return index;
	}
	return NULL;
}

/* do the index's columns after the reference follow the keys of the order? */
static bool
gives_order(const NodeBuilder *builder, const ModelIndex *index, List *keys, ScanDirection direction)
{
	int			nrefs = builder->node->nref;
	int			position = nrefs;

	foreach_ptr(const SqlOrderKey, key, keys)
	{
		if (is_same_in_parent(index, nrefs, key->attribute))
			continue;
		if (position == index->nkeys || !column_gives_order(builder, index, position++, key, direction))
			return false;
	}
	return true;
}

/* is it a reference, which is the same in all rows of a parent? */
static bool
is_same_in_parent(const ModelIndex *index, int nrefs, const Attribute *attribute)
{
	for (int i = 0; i < nrefs && attribute != NULL; i++)
		if (index->attnums[i] == attribute->attnum)
			return same_to_order(attribute, index->collations[i]);
	return false;
}

/* what is equal in one collation may have an order in the column's own */
static bool
same_to_order(const Attribute *attribute, Oid collation)
{
	return !OidIsValid(collation) || collation == attribute->collation ||
		get_collation_isdeterministic(collation);
}

static bool
column_gives_order(const NodeBuilder *builder, const ModelIndex *index, int position,
				   const SqlOrderKey *key, ScanDirection direction)
{
	const Attribute *attribute = key->attribute;
	bool		forward = direction == ForwardScanDirection;
	bool		descending = (index->options[position] & INDOPTION_DESC) != 0;
	bool		nulls_first = (index->options[position] & INDOPTION_NULLS_FIRST) != 0;
	bool		nulls_wanted_first = key->nulls == NULLS_DEFAULT ? key->descending :
		key->nulls == NULLS_FIRST_EXPLICIT;
	Oid			opclass;

	if (attribute == NULL || index->attnums[position] != attribute->attnum ||
		index->collations[position] != attribute->collation ||
		(descending == forward) != key->descending)
		return false;
	if ((nulls_first == forward) != nulls_wanted_first &&
		!proof_by_not_null(builder->sql.proofs, builder->model, attribute))
		return false;
	opclass = GetDefaultOpClass(getBaseType(attribute->type), BTREE_AM_OID);
	return OidIsValid(opclass) && get_opclass_family(opclass) == index->opfamilies[position];
}

static const char *
scan_make(ProbeScan *scan, const Model *model, const ModelIndex *index, int n,
		  Attribute **columns, const Oid *given, const Oid *collations)
{
	if (index == NULL)
		return "no usable btree index on the key";
	scan->relation = model->relid;
	scan->index = index->indexid;
	scan->unique = index->unique && index->nkeys == n;
	scan->hashable = scan->unique;
	scan->check_xmin = index->check_xmin;
	scan->options = memcpy(palloc_array(int16, index->nkeys), index->options,
						   sizeof(int16) * index->nkeys);
	scan->partitioned = model->relkind == RELKIND_PARTITIONED_TABLE;
	scan->by_number = index->opfamilies[0] == INTEGER_BTREE_FAM_OID;
	scan->nkeys = n;
	scan->keys = palloc0_array(ScanKeyData, n);
	scan->order = palloc0_array(ScanKeyData, n);
	scan->key_order = palloc_array(int, n);
	scan->attnums = palloc_array(AttrNumber, n);
	scan->typlens = palloc_array(int16, n);
	for (int i = 0; i < n; i++)
	{
		const char *reason = scan_key_make(scan, model, index, i, columns, given, collations, n);

		if (reason)
			return reason;
	}
	return scan->partitioned ? key_scan_refusal(scan) : NULL;
}

/* the comparison of the index's column at a position with one of the values */
static const char *
scan_key_make(ProbeScan *scan, const Model *model, const ModelIndex *index, int position,
			  Attribute **columns, const Oid *given, const Oid *collations, int n)
{
	int			value = 0;
	Oid			column_type;
	Oid			given_type;
	Oid			operator;
	Oid			compared;
	bool		byval;

	while (value < n && columns[value]->attnum != index->attnums[position])
		value++;
	if (value == n)
		return "no usable btree index on the key";
	column_type = getBaseType(model_attnum_required(model, index->attnums[position])->type);
	if (OidIsValid(collations[value]) && index->collations[position] != collations[value])
		return "the index has another collation than the key";
	/* varchar is compared as text */
	if (column_type == VARCHAROID)
		column_type = TEXTOID;
	given_type = given[value] == VARCHAROID ? TEXTOID : given[value];
	operator = get_opfamily_member(index->opfamilies[position], column_type, given_type,
								   BTEqualStrategyNumber);
	if (!OidIsValid(operator))
		return "the index cannot compare the key's type";
	/* an operator class may call equal what the type does not */
	if (operator != get_opfamily_member(key_match_order(column_type, &compared), column_type, given_type,
										BTEqualStrategyNumber))
		return "the index has another equality than the key";
	scan->key_order[position] = value;
	scan->attnums[position] = index->attnums[position];
	get_typlenbyval(given[value], &scan->typlens[position], &byval);
	if (byval)
		scan->typlens[position] = 0;
	/* a C string */
	else if (scan->typlens[position] < -1)
		scan->hashable = false;
	ScanKeyEntryInitialize(&scan->keys[position], 0, position + 1, BTEqualStrategyNumber,
						   given_type, index->collations[position], get_opcode(operator), (Datum) 0);
	order_key_make(scan, index, position, column_type, given_type);
	return NULL;
}

/* the same by the support function with which the index orders its entries */
static void
order_key_make(ProbeScan *scan, const ModelIndex *index, int position, Oid column_type,
			   Oid given_type)
{
	Oid			function = get_opfamily_proc(index->opfamilies[position], column_type, given_type,
											 BTORDER_PROC);

	if (!OidIsValid(function) || scan->order == NULL)
	{
		scan->order = NULL;
		return;
	}
	ScanKeyEntryInitialize(&scan->order[position],
						   index->options[position] << SK_BT_INDOPTION_SHIFT, position + 1,
						   InvalidStrategy, given_type, index->collations[position], function,
						   (Datum) 0);
}

/* are the target's identity and what the link row points at the same columns? */
static bool
same_columns(const LoadNode *node)
{
	if (node->nlink == 0 || node->nlink != node->nident)
		return false;
	for (int i = 0; i < node->nident; i++)
		if (node->columns[node->ident_columns[i]].attnum != node->link_targets[i])
			return false;
	return true;
}

static void
list_columns(ProbePlan *probe, const LoadNode *node)
{
	probe->target_columns = palloc_array(ProbeColumn, Max(1, node->ncolumns));
	probe->through_columns = palloc_array(ProbeColumn, Max(1, node->ncolumns));
	for (int i = 0; i < node->ncolumns; i++)
	{
		if (node->columns[i].attnum == 0)
			continue;
		if (node->columns[i].of_through)
			probe->through_columns[probe->nthrough++] = probe_column(node, i);
		else
			probe->target_columns[probe->ntarget++] = probe_column(node, i);
	}
}

static ProbeColumn
probe_column(const LoadNode *node, int number)
{
	const LoadColumn *column = &node->columns[number];
	ProbeColumn result = {number, column->attnum - 1, column->stored_type, InvalidOid};

	if (integer_is_type(column->type) && column->type != column->stored_type)
		result.to = column->type;
	return result;
}

/* who orders by a column must be allowed to read it, shown or not */
static void
add_order_reads(NodeBuilder *builder)
{
	/* where they are sorted, the condition reads these columns as well */
	if (!in_order(builder) || (builder->node->probe->condition && builder->node->probe->condition->nsort > 0))
		return;
	foreach_ptr(SqlOrderKey, key, builder->order_keys)
		builder->node->target_reads = bms_add_member(builder->node->target_reads,
													 key->attribute->attnum);
}

List *
probe_indexes(const LoadNode *node)
{
	List	   *indexes = list_make1_oid(node->probe->ref.index);

	if (node->found && node->found->links)
		indexes = lcons_oid(node->found->links->probe->ref.index, indexes);
	if (node->nlink > 0)
		indexes = lappend_oid(indexes, node->probe->target.index);
	return indexes;
}

/* ---- the gate at run time ---- */

const char *
probe_refused_now(const LoadNode *node)
{
	ProbePlan *probe = node->probe;
	const char *reason = node->found && node->found->links ? probe_refused_now(node->found->links) : NULL;

	for (int i = 0; i < node->nasked && reason == NULL; i++)
		reason = probe_refused_now(node->asked[i].node);
	if (!assoc_probe)
		return "switched off by pg_associations.probe";
	if (probe == NULL || reason)
		return probe == NULL ? node->no_probe : reason;
	/* a load that goes on for several commands (a cursor) may outlive what was compiled */
	if (!load_plan_stands(node->plan))
		return "the catalogs have changed";
	if (ExecutorCheckPerms_hook != NULL)
		return "another module checks permissions in the executor";
	if (probe->unlogged && RecoveryInProgress())
		return "an unlogged table during recovery";
	if (!IsMVCCSnapshot(GetActiveSnapshot()))
		return "not an MVCC snapshot";
	if (lacks_rows(&probe->ref) || (node->nlink > 0 && lacks_rows(&probe->target)))
		return "the index was made while an older transaction was open that is not over";
	if (probe->condition && !probe_condition_is_valid(probe->condition))
		return "the catalogs have changed";
	if (probe->pass_over > 0)
	{
		probe->pass_over--;
		return "too many rows of a key to look at";
	}
	if (has_other_policies(node->target, probe->target_security,
						   probe->condition && probe->condition->target_policies) ||
		has_other_policies(node->through, probe->through_security,
						   probe->condition && probe->condition->through_policies))
		return "row-level security applies";
	return registry_rights_hold(&probe->rights) ? NULL : missing_right(node, probe);
}

/* where one lacks, the executor says so */
static const char *
missing_right(const LoadNode *node, ProbePlan *probe)
{
	RightsStamp now = registry_rights_now();

	for (int i = 0; i < probe->nschemas; i++)
		if (assoc_namespace_aclcheck(probe->schemas[i], GetUserId(), ACL_USAGE) != ACLCHECK_OK)
			return "no privilege to use the schema";
	if (node->fold && OidIsValid(node->fold->function) &&
		assoc_proc_aclcheck(node->fold->function, GetUserId(), ACL_EXECUTE) != ACLCHECK_OK)
		return "no privilege to run the aggregate";
	if (!may_read(node->target, node->target_reads) ||
		(OidIsValid(node->through) && !may_read(node->through, node->through_reads)))
		return "no privilege to read every column";
	probe->rights = now;
	return NULL;
}

/*
 * Is the role at this moment subject to policies that are not among the conditions, or not to
 * those that are?  With row_security = off the executor raises an error.
 */
static bool
has_other_policies(Oid relation, bool enabled, bool asked)
{
	if (!enabled)
		return false;
	if (check_enable_rls(relation, InvalidOid, true) == RLS_ENABLED)
		return !asked || !row_security;
	return asked;
}

/* may there be rows for an old snapshot that the index does not have?  As the planner asks */
static bool
lacks_rows(const ProbeScan *scan)
{
	return scan->check_xmin && !proof_by_index(NULL, scan->index);
}

static bool
may_read(Oid relation, const Bitmapset *columns)
{
	int			column = -1;

	if (pg_class_aclcheck(relation, GetUserId(), ACL_SELECT) == ACLCHECK_OK)
		return true;
	while ((column = bms_next_member(columns, column)) >= 0)
		if (pg_attribute_aclcheck(relation, column, GetUserId(), ACL_SELECT) != ACLCHECK_OK)
			return false;
	return true;
}
