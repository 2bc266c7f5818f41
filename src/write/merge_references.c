/*-------------------------------------------------------------------------
 *
 * merge_references.c
 *	  Where rows of a table are referred to.
 *
 * Decides that it is everywhere: in associations of the table and of others, with or without
 * a foreign key, and in foreign keys that no association is over.  The same columns are
 * looked at once; a foreign key has no scope, so that it stands for those that have one.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/table.h"
#include "access/tableam.h"
#include "base/catalog_rows.h"
#include "base/compat.h"
#include "base/ddl.h"
#include "base/rights.h"
#include "base/role.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "registry/citus.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"
#include "write/merge.h"

static void read_columns(MergeTable *table, Relation rel);
static Attribute *column_numbered(MergeTable *table, AttrNumber attnum);
static bool is_trusted(const MergeTable *table, Oid relid);
static void need_trusted(const MergeTable *table, Oid relid);
static List *add_foreign_keys(List *references, MergeTable *table);
static MergeReference *of_constraint(MergeTable *table, HeapTuple tuple);
static List *add_associations(List *references, MergeTable *table);
static List *add_association(List *references, MergeTable *table, const Association *association);
static MergeReference *copy_reference(const MergeReference *reference);
static MergeReference *make_reference(MergeTable *table, Oid relid, int n, Attribute **columns,
									  Attribute **pointed_at);
static Attribute **columns_like(MergeTable *table, int n, Attribute **columns);
static void read_scope(MergeReference *reference, const Association *association);
static List *add_reference(List *references, MergeReference *reference);
static bool same_columns(const MergeReference *a, const MergeReference *b);
static bool same_scope(const MergeReference *a, const MergeReference *b);
static int	compare_references(const ListCell *a, const ListCell *b);
static MergeKey *key_of_pair(const MergeReference *reference, const MergeReference *symmetric);
static MergeKey *key_of_index(const MergeReference *reference, Relation index);

MergeTable *
merge_table(Oid relid)
{
	MergeTable *table = palloc0_object(MergeTable);
	Relation	rel;

	rights_lock(relid, RowExclusiveLock);
	citus_begin_write(relid);
	rel = table_open(relid, NoLock);
	table->relid = relid;
	table->name = ddl_table(relid);
	table->model = registry_model_if_any(relid);
	table->lockable = rel->rd_rel->relkind == RELKIND_RELATION ||
		rel->rd_rel->relkind == RELKIND_PARTITIONED_TABLE;
	read_columns(table, rel);
	table_close(rel, NoLock);
	return table;
}

static void
read_columns(MergeTable *table, Relation rel)
{
	TupleDesc	desc = RelationGetDescr(rel);
	Bitmapset  *key = RelationGetIndexAttrBitmap(rel, INDEX_ATTR_BITMAP_PRIMARY_KEY);

	table->columns = palloc0_array(Attribute, Max(desc->natts, 1));
	table->positions = palloc0_array(bool, Max(desc->natts, 1));
	table->key = palloc_array(Attribute *, Max(desc->natts, 1));
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute form = TupleDescAttr(desc, i);
		Attribute  *column = &table->columns[table->ncolumns];
		const Attribute *known = table->model ? model_attnum(table->model, form->attnum) : NULL;

		if (form->attisdropped)
			continue;
		column->column = pstrdup(NameStr(form->attname));
		column->name = known ? known->name : column->column;
		column->attnum = form->attnum;
		table->positions[table->ncolumns] = known != NULL && statement_is_position(table->model, form->attnum);
		column->type = form->atttypid;
		column->typmod = form->atttypmod;
		column->collation = form->attcollation;
		column->not_null = form->attnotnull;
		column->identity = form->attidentity;
		column->generated = form->attgenerated;
		if (bms_is_member(form->attnum - FirstLowInvalidHeapAttributeNumber, key) ||
			(key == NULL && known != NULL &&
			 model_attnum_among(known->attnum, table->model->nkey, table->model->key)))
			table->key[table->nkey++] = column;
		table->ncolumns++;
	}
}

static Attribute *
column_numbered(MergeTable *table, AttrNumber attnum)
{
	for (int i = 0; i < table->ncolumns; i++)
	{
		if (table->columns[i].attnum == attnum)
			return &table->columns[i];
	}
	elog(ERROR, "%s has no column %d", table->name, attnum);
}

/* ---- references ---- */

List *
merge_references(MergeTable *table)
{
	if (!table->references_known)
	{
		table->references = add_associations(add_foreign_keys(NIL, table), table);
		list_sort(table->references, compare_references);
		table->references_known = true;
	}
	return table->references;
}

/* triggers of somebody else's table must not run with the caller's rights */
static bool
is_trusted(const MergeTable *table, Oid relid)
{
	return role_is_trusted(role_owner_of(relid), role_owner_of(table->relid));
}

/*
 * A foreign key needs REFERENCES, so the rows that it holds count, but they are not for everybody to move. That an
 * association of the table itself leads there says that its owner trusts the other one.
 */
static void
need_trusted(const MergeTable *table, Oid relid)
{
	if (is_trusted(table, relid))
		return;
	for (int i = 0; table->model != NULL && i < table->model->nassociations; i++)
	{
		const Association *association = &table->model->associations[i];

		if (association->target == relid || association->through == relid)
			return;
	}
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("%s points at %s, and belongs to somebody else", ddl_table(relid), table->name),
			 errhint("Call as a member of role \"%s\", or declare an association of %s with it.",
					 GetUserNameFromId(role_owner_of(relid), false), table->name)));
}

/*
 * Those of partitions are their table's.  What points by a period stays: it would get the period of the other
 * row, and the server tells where nothing holds it any more.
 */
static List *
add_foreign_keys(List *references, MergeTable *table)
{
	foreach_ptr(HeapTupleData, tuple, catalog_rows_of(ConstraintRelationId, InvalidOid,
													  Anum_pg_constraint_confrelid, table->relid))
	{
		Form_pg_constraint form = (Form_pg_constraint) GETSTRUCT(tuple);

		if (form->contype == CONSTRAINT_FOREIGN && !OidIsValid(form->conparentid) &&
			!assoc_foreign_key_has_period(form))
		{
			need_trusted(table, form->conrelid);
			references = add_reference(references, of_constraint(table, tuple));
		}
	}
	return references;
}

static MergeReference *
of_constraint(MergeTable *table, HeapTuple tuple)
{
	Form_pg_constraint form = (Form_pg_constraint) GETSTRUCT(tuple);
	MergeReference *reference = palloc0_object(MergeReference);
	List	   *referring = catalog_constraint_columns(tuple, Anum_pg_constraint_conkey);
	List	   *referenced = catalog_constraint_columns(tuple, Anum_pg_constraint_confkey);

	reference->n = list_length(referring);
	reference->table = form->conrelid == table->relid ? table : merge_table(form->conrelid);
	reference->columns = palloc_array(Attribute *, reference->n);
	reference->pointed_at = palloc_array(Attribute *, reference->n);
	for (int i = 0; i < reference->n; i++)
	{
		reference->columns[i] = column_numbered(reference->table, list_nth_int(referring, i));
		reference->pointed_at[i] = column_numbered(table, list_nth_int(referenced, i));
	}
	return reference;
}

static List *
add_associations(List *references, MergeTable *table)
{
	List	   *rows = registry_read_associations_to(table->relid);

	for (int i = 0; table->model != NULL && i < table->model->nassociations; i++)
		references = add_association(references, table, &table->model->associations[i]);
	/* anybody who may point at the table may declare an association to it */
	foreach_ptr(AssociationRow, row, rows)
	{
		if (row->source != table->relid && is_trusted(table, OidIsValid(row->through) ? row->through : row->source))
			references = add_association(references, table,
										 registry_association(registry_model(row->source),
															  row->alias, NULL));
	}
	return references;
}

/* one to itself points there with both of its keys */
static List *
add_association(List *references, MergeTable *table, const Association *association)
{
	ResolvedAssociation *assoc = registry_resolve_association(association);
	bool		of_source = assoc->source->relid == table->relid;
	bool		of_target = assoc->target->relid == table->relid;
	MergeReference *reference;

	if (of_source && !assoc->source_points)
	{
		reference = make_reference(table, assoc->through ? assoc->through->relid : assoc->target->relid,
								   assoc->nsource, assoc->source_ref, assoc->source_key);
		if (of_target && assoc->through)
		{
			reference->nother = assoc->ntarget;
			reference->other = columns_like(reference->table, assoc->ntarget, assoc->target_ref);
			reference->other_at = columns_like(table, assoc->ntarget, assoc->target_key);
		}
		read_scope(reference, association);
		if (assoc->symmetric)
			reference->symmetric = list_make1(copy_reference(reference));
		references = add_reference(references, reference);
	}
	if (!of_target || (assoc->through == NULL && !assoc->source_points))
		return references;
	if (assoc->through)
		reference = make_reference(table, assoc->through->relid, assoc->ntarget, assoc->target_ref,
								   assoc->target_key);
	else
		reference = make_reference(table, assoc->source->relid, assoc->nsource, assoc->source_key,
								   assoc->source_ref);
	if (of_source && assoc->through)
	{
		reference->nother = assoc->nsource;
		reference->other = columns_like(reference->table, assoc->nsource, assoc->source_ref);
		reference->other_at = columns_like(table, assoc->nsource, assoc->source_key);
	}
	read_scope(reference, association);
	if (assoc->symmetric)
		reference->symmetric = list_make1(copy_reference(reference));
	return add_reference(references, reference);
}

static MergeReference *
copy_reference(const MergeReference *reference)
{
	return memcpy(palloc_object(MergeReference), reference, sizeof(MergeReference));
}

static MergeReference *
make_reference(MergeTable *table, Oid relid, int n, Attribute **columns, Attribute **pointed_at)
{
	MergeReference *reference = palloc0_object(MergeReference);

	reference->table = relid == table->relid ? table : merge_table(relid);
	reference->n = n;
	reference->columns = columns_like(reference->table, n, columns);
	reference->pointed_at = columns_like(table, n, pointed_at);
	return reference;
}

static Attribute **
columns_like(MergeTable *table, int n, Attribute **columns)
{
	Attribute **own = palloc_array(Attribute *, Max(n, 1));

	for (int i = 0; i < n; i++)
		own[i] = column_numbered(table, columns[i]->attnum);
	return own;
}

/* on the rows that point; what is said of the other side's does not tell them apart */
static void
read_scope(MergeReference *reference, const Association *association)
{
	JsonbValue *scope;
	const DocPath *path = doc_path_key(NULL, "scope");

	reference->associations = list_make1(psprintf("%s.%s",
												  registry_model(association->source)->name,
												  association->alias));
	if (association->kind == BELONGS_TO)
		return;
	scope = doc_option(association->options,
					   association->kind == BELONGS_TO_MANY ? "through" : NULL, "scope");
	if (scope != NULL)
		reference->nscope = link_scope_equalities(reference->table->model, scope, path,
												  &reference->scope);
}

/* the same columns once: a reference without a scope covers those that have one */
static List *
add_reference(List *references, MergeReference *reference)
{
	List	   *kept = NIL;

	foreach_ptr(MergeReference, other, references)
	{
		if (!same_columns(reference, other))
			kept = lappend(kept, other);
		else if (other->nscope == 0 || same_scope(reference, other))
		{
			other->associations = list_concat(other->associations, reference->associations);
			other->symmetric = list_concat(other->symmetric, reference->symmetric);
			if (other->nother == 0)
			{
				other->nother = reference->nother;
				other->other = reference->other;
				other->other_at = reference->other_at;
			}
			return references;
		}
		else if (reference->nscope == 0)
		{
			reference->associations = list_concat(reference->associations, other->associations);
			reference->symmetric = list_concat(reference->symmetric, other->symmetric);
		}
		else
			kept = lappend(kept, other);
	}
	return lappend(kept, reference);
}

static bool
same_columns(const MergeReference *a, const MergeReference *b)
{
	if (a->table->relid != b->table->relid || a->n != b->n)
		return false;
	for (int i = 0; i < a->n; i++)
	{
		if (!model_attnum_among(a->columns[i]->attnum, b->n, b->columns) ||
			!model_attnum_among(a->pointed_at[i]->attnum, b->n, b->pointed_at))
			return false;
	}
	return true;
}

static bool
same_scope(const MergeReference *a, const MergeReference *b)
{
	bool		same = a->nscope == b->nscope;

	for (int i = 0; i < a->nscope && same; i++)
	{
		const LinkScope *x = &a->scope[i];
		const LinkScope *y = &b->scope[i];

		same = x->attribute->attnum == y->attribute->attnum && x->isnull == y->isnull;
		if (same && !x->isnull)
			same = key_column_compare(link_key_columns(1, (Attribute *[]) {x->attribute}),
									  x->value, y->value) == 0;
	}
	return same;
}

static int
compare_references(const ListCell *a, const ListCell *b)
{
	const MergeReference *x = lfirst(a);
	const MergeReference *y = lfirst(b);
	int			c = strcmp(x->table->name, y->table->name);

	for (int i = 0; i < x->n && i < y->n && c == 0; i++)
		c = x->columns[i]->attnum - y->columns[i]->attnum;
	return c;
}

/* ---- unique keys ---- */

List *
merge_keys(const MergeReference *reference)
{
	Relation	rel = table_open(reference->table->relid, NoLock);
	List	   *keys = NIL;

	foreach_oid(oid, RelationGetIndexList(rel))
	{
		Relation	index = index_open(oid, AccessShareLock);
		MergeKey   *key = key_of_index(reference, index);

		if (key != NULL)
			keys = lappend(keys, key);
		index_close(index, NoLock);
	}
	foreach_ptr(MergeReference, symmetric, reference->symmetric)
		keys = lappend(keys, key_of_pair(reference, symmetric));
	table_close(rel, NoLock);
	return keys;
}

/* what is unique in either order is so in one, too */
static MergeKey *
key_of_pair(const MergeReference *reference, const MergeReference *symmetric)
{
	MergeKey   *key = palloc0_object(MergeKey);

	key->nulls_equal = true;
	key->columns = palloc_array(Attribute *, 2 + symmetric->nscope);
	key->columns[key->n++] = reference->columns[0];
	key->columns[key->n++] = symmetric->other[0];
	for (int i = 0; i < symmetric->nscope; i++)
		key->columns[key->n++] = column_numbered(reference->table, symmetric->scope[i].attribute->attnum);
	return key;
}

static MergeKey *
key_of_index(const MergeReference *reference, Relation index)
{
	Form_pg_index form = index->rd_index;
	MergeKey   *key = palloc0_object(MergeKey);
	bool		touched = false;

	if (!form->indisunique || !form->indisvalid || !form->indislive ||
		RelationGetIndexExpressions(index) != NIL)
		return NULL;
	key->nulls_equal = form->indnullsnotdistinct;
	key->columns = palloc_array(Attribute *, form->indnkeyatts);
	for (int i = 0; i < form->indnkeyatts; i++)
	{
		key->columns[key->n++] = column_numbered(reference->table, form->indkey.values[i]);
		touched |= model_attnum_among(key->columns[i]->attnum, reference->n, reference->columns);
		/* a row that moves loses it */
		if (reference->table->positions[key->columns[i] - reference->table->columns])
			return NULL;
	}
	if (RelationGetIndexPredicate(index) != NIL)
		key->predicate = TextDatumGetCString(
			DirectFunctionCall2(pg_get_expr,
								CStringGetTextDatum(nodeToString(make_ands_explicit(RelationGetIndexPredicate(index)))),
								ObjectIdGetDatum(reference->table->relid)));
	return touched ? key : NULL;
}
