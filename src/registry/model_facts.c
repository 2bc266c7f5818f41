/*-------------------------------------------------------------------------
 *
 * model_facts.c
 *	  Compiles a model: a registry row joined with what the catalogs say of its table.
 *
 * Decides how columns become attributes, which columns are the key and which
 * indexes are usable.  The row is untrusted: what it names and the table does
 * not have is left out.  How long a model lives registry_cache.c decides.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "base/compat.h"
#include "base/document.h"
#include "base/naming.h"
#include "catalog/pg_am.h"
#include "catalog/pg_index.h"
#include "registry/citus.h"
#include "registry/computed_function.h"
#include "registry/kept_times.h"
#include "registry/model_facts.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"

static bool relation_is_table_or_view(Relation rel);
static void fill_relation(Model *model, Relation rel);
static void fill_attributes(Model *model, TupleDesc desc);
static void fill_attribute(Attribute *attribute, Form_pg_attribute column);
static void apply_declared(Model *model, const JsonbValue *declared);
static void apply_declared_attribute(Model *model, DocPair *declared);
static void mark_shadowed(Model *model);
static void note_kept_times(Model *model);
static void fill_indexes(Model *model, Relation rel);
static bool index_is_usable(Relation index);
static void fill_index(Model *model, Relation index);
static Bitmapset *index_values(const Model *model, Relation index);
static void fill_key_from_index(Model *model, Relation index);
static void fill_declared_key(Model *model, const JsonbValue *options);
static void fill_associations(Model *model);
static Attribute *column_named_in(const Model *model, const JsonbValue *document,
								  const char *key);

Model *
model_facts_build(const ModelRow *row)
{
	Relation	rel = try_relation_open(row->relation, AccessShareLock);
	Model	   *model = NULL;
	JsonbValue	options;
	JsonbValue	declared;

	if (rel == NULL)
		return NULL;
	if (relation_is_table_or_view(rel))
	{
		model = palloc0_object(Model);
		model->relid = row->relation;
		model->name = row->name;
		model->managed = row->managed;
		model->options = row->options;
		doc_root_value(row->options, &options);
		doc_root_value(row->attributes, &declared);
		model->underscored = doc_is_true(doc_get(&options, "underscored"));
		fill_relation(model, rel);
		fill_attributes(model, RelationGetDescr(rel));
		apply_declared(model, &declared);
		model->created_at = column_named_in(model, &options, "createdAt");
		model->updated_at = column_named_in(model, &options, "updatedAt");
		model->deleted_at = column_named_in(model, &options, "deletedAt");
		note_kept_times(model);
		fill_indexes(model, rel);
		fill_declared_key(model, &options);
		fill_associations(model);
		computed_function_fill(model, &options);
	}
	/* the caller locks the table before it runs anything, and compares the generation then */
	relation_close(rel, AccessShareLock);
	return model;
}

static bool
relation_is_table_or_view(Relation rel)
{
	switch (rel->rd_rel->relkind)
	{
		case RELKIND_RELATION:
		case RELKIND_PARTITIONED_TABLE:
		case RELKIND_VIEW:
		case RELKIND_MATVIEW:
		case RELKIND_FOREIGN_TABLE:
			return !RELATION_IS_OTHER_TEMP(rel);
		default:
			return false;
	}
}

static void
fill_relation(Model *model, Relation rel)
{
	Form_pg_class form = rel->rd_rel;

	model->schema = form->relnamespace;
	model->schema_name = get_namespace_name(form->relnamespace);
	if (model->schema_name == NULL)
		elog(ERROR, "cache lookup failed for namespace %u", form->relnamespace);
	model->table_name = pstrdup(NameStr(form->relname));
	model->quoted_table = quote_qualified_identifier(model->schema_name,
													 model->table_name);
	model->relkind = form->relkind;
	model->persistence = form->relpersistence;
	model->distributed = citus_has_table(model->relid);
	model->replicated = model->distributed && citus_replicates(model->relid);
	model->has_children = form->relhassubclass ||
		form->relkind == RELKIND_PARTITIONED_TABLE;
	model->row_security = form->relrowsecurity;
	model->owner = form->relowner;
	model->access_method = form->relam;
}

/* a child that inherits may have null where its parent has none; a partition may not */
static void
fill_attributes(Model *model, TupleDesc desc)
{
	bool		inherited = model->has_children && model->relkind != RELKIND_PARTITIONED_TABLE;

	model->attributes = palloc0_array(Attribute, Max(desc->natts, 1));
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(desc, i);
		Attribute  *attribute;

		if (column->attisdropped)
			continue;
		attribute = &model->attributes[model->nattributes++];
		fill_attribute(attribute, column);
		attribute->never_null = assoc_column_never_null(desc, i) && !inherited;
		attribute->name = model->underscored ?
			naming_camel(attribute->column) : attribute->column;
	}
}

static void
fill_attribute(Attribute *attribute, Form_pg_attribute column)
{
	attribute->column = pstrdup(NameStr(column->attname));
	attribute->attnum = column->attnum;
	attribute->type = column->atttypid;
	attribute->typmod = column->atttypmod;
	attribute->collation = column->attcollation;
	attribute->not_null = column->attnotnull;
	attribute->has_default = column->atthasdef || column->attidentity != '\0' ||
		get_typdefault(column->atttypid) != NULL;
	attribute->identity = column->attidentity;
	attribute->generated = column->attgenerated;
}

/* {"startDate": {"column": "start_date", ...}, ...}; entries of any other shape are passed over */
static void
apply_declared(Model *model, const JsonbValue *declared)
{
	foreach_ptr(DocPair, pair, doc_object_pairs(declared))
		apply_declared_attribute(model, pair);
	mark_shadowed(model);
}

static void
apply_declared_attribute(Model *model, DocPair *declared)
{
	Attribute  *attribute = column_named_in(model, &declared->value, "column");
	JsonbValue *json = doc_get(&declared->value, "json");
	AttributeHiding hidden = model_declared_hiding(&declared->value);

	if (attribute == NULL)
	{
		if (hidden != NOT_HIDDEN)
			model->lost_hidden = declared->key;
		return;
	}
	attribute->name = declared->key;
	attribute->declared = true;
	attribute->hidden = hidden;
	attribute->json_string = json != NULL && json->type == jbvString &&
		strcmp(doc_string(json), "string") == 0;
}

AttributeHiding
model_declared_hiding(const JsonbValue *declared)
{
	JsonbValue *value = doc_get(declared, "hidden");

	if (value != NULL && value->type == jbvString && strcmp(doc_string(value), "output") == 0)
		return HIDDEN_OUTPUT;
	return doc_is_true(doc_get(declared, "hidden")) ? HIDDEN : NOT_HIDDEN;
}

/*
 * A declared attribute keeps its name when its column is renamed, and a new
 * column may then take that name.  The declared one has it; the other is not
 * shown, or an object would have two equal keys.
 */
static void
mark_shadowed(Model *model)
{
	for (int i = 0; i < model->nattributes; i++)
	{
		Attribute  *attribute = &model->attributes[i];

		if (!attribute->declared && model_attribute(model, attribute->name) != attribute)
			attribute->shadowed = true;
	}
}

/* what verbs set themselves need not be given */
static void
note_kept_times(Model *model)
{
	Attribute  *columns[2];
	int			n = kept_times_new(model, NULL, columns);

	for (int i = 0; i < n; i++)
		columns[i]->has_default = true;
}

static void
fill_indexes(Model *model, Relation rel)
{
	List	   *indexes = RelationGetIndexList(rel);

	model->indexes = palloc0_array(ModelIndex, list_length(indexes) + 1);
	foreach_oid(oid, indexes)
	{
		Relation	index = index_open(oid, AccessShareLock);

		if (index->rd_index->indisprimary && index->rd_index->indisvalid)
			fill_key_from_index(model, index);
		if (index_is_usable(index))
			fill_index(model, index);
		index_close(index, AccessShareLock);
	}
}

static bool
index_is_usable(Relation index)
{
	Form_pg_index form = index->rd_index;

	if (index->rd_rel->relam != BTREE_AM_OID ||
		!form->indisvalid || !form->indisready || !form->indislive)
		return false;
	if (!heap_attisnull(index->rd_indextuple, Anum_pg_index_indpred, NULL))
		return false;
	for (int i = 0; i < form->indnkeyatts; i++)
	{
		/* 0 is an expression */
		if (form->indkey.values[i] <= 0)
			return false;
	}
	return true;
}

static void
fill_index(Model *model, Relation index)
{
	ModelIndex *result = &model->indexes[model->nindexes++];
	Form_pg_index form = index->rd_index;
	int			nkeys = form->indnkeyatts;

	result->indexid = RelationGetRelid(index);
	result->unique = form->indisunique && form->indimmediate;
	result->primary = form->indisprimary;
	result->check_xmin = form->indcheckxmin;
	result->nkeys = nkeys;
	result->attnums = palloc_array(AttrNumber, nkeys);
	result->opfamilies = palloc_array(Oid, nkeys);
	result->collations = palloc_array(Oid, nkeys);
	result->options = palloc_array(int16, nkeys);
	for (int i = 0; i < nkeys; i++)
	{
		result->attnums[i] = form->indkey.values[i];
		result->opfamilies[i] = index->rd_opfamily[i];
		result->collations[i] = index->rd_indcollation[i];
		result->options[i] = index->rd_indoption[i];
	}
	result->values = index_values(model, index);
}

/* not those that an operator class stores in another type, as that of name does */
static Bitmapset *
index_values(const Model *model, Relation index)
{
	const Form_pg_index form = index->rd_index;
	Bitmapset  *columns = NULL;

	for (int i = 0; i < form->indnatts; i++)
	{
		const Attribute *column = model_attnum(model, form->indkey.values[i]);

		if (column != NULL && column->type == TupleDescAttr(RelationGetDescr(index), i)->atttypid)
			columns = bms_add_member(columns, column->attnum);
	}
	return columns;
}

static void
fill_key_from_index(Model *model, Relation index)
{
	int			nkeys = index->rd_index->indnkeyatts;

	model->key = palloc0_array(Attribute *, nkeys);
	model->nkey = nkeys;
	for (int i = 0; i < nkeys; i++)
	{
		model->key[i] = model_attnum(model, index->rd_index->indkey.values[i]);
		if (model->key[i] == NULL)
			elog(ERROR, "primary key \"%s\" has no column %d",
				 RelationGetRelationName(index), i + 1);
	}
}

/* a view has no primary key; its declaration may name one, and so for any table */
static void
fill_declared_key(Model *model, const JsonbValue *options)
{
	JsonbValue *columns = doc_get(options, "key");
	List	   *elements = doc_array_elements(columns);
	Attribute **key = palloc0_array(Attribute *, list_length(elements) + 1);

	if (elements == NIL || list_length(elements) > INDEX_MAX_KEYS)
		return;
	foreach_ptr(JsonbValue, element, elements)
	{
		Attribute  *column = element->type == jbvString ?
			model_column(model, doc_string(element)) : NULL;

		if (column == NULL)
			return;
		key[foreach_current_index(element)] = column;
	}
	model->key = key;
	model->nkey = list_length(elements);
	model->key_declared = true;
}

/* the scan gives them by alias, in the order that bsearch relies on */
static void
fill_associations(Model *model)
{
	List	   *rows = registry_read_associations(model->relid);

	model->associations = palloc0_array(Association, list_length(rows) + 1);
	foreach_ptr(AssociationRow, row, rows)
		model->associations[model->nassociations++] = *row;
}

/* the attribute of the column that a document names under this key; NULL when it is not there */
static Attribute *
column_named_in(const Model *model, const JsonbValue *document, const char *key)
{
	JsonbValue *column = doc_get(document, key);

	if (column == NULL || column->type != jbvString)
		return NULL;
	return model_column(model, doc_string(column));
}
