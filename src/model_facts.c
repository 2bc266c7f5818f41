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

#include "compat.h"
#include "access/genam.h"
#include "access/htup_details.h"
#include "access/relation.h"
#include "catalog/pg_am.h"
#include "catalog/pg_index.h"
#include "model_facts.h"
#include "naming.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"

static bool relation_is_table_or_view(Relation rel);
static void fill_relation(Model *model, Relation rel);
static void fill_attributes(Model *model, TupleDesc desc);
static void fill_attribute(Attribute *attribute, Form_pg_attribute column);
static void apply_declared(Model *model, Jsonb *declared);
static void apply_declared_attribute(Model *model, const char *name, JsonbContainer *document);
static void hide_shadowed(Model *model);
static void fill_indexes(Model *model, Relation rel);
static bool index_is_usable(Relation index);
static void fill_index(ModelIndex *result, Relation index);
static void fill_key_from_index(Model *model, Relation index);
static void fill_declared_key(Model *model);
static void fill_associations(Model *model);
static Attribute *option_column(const Model *model, const char *option);
static char *document_string(JsonbContainer *document, const char *key);
static bool document_true(JsonbContainer *document, const char *key);
static JsonbValue *document_get(JsonbContainer *document, const char *key,
								JsonbValue *result);

Model *
model_facts_build(const ModelRow *row)
{
	Relation	rel = try_relation_open(row->relation, AccessShareLock);
	Model	   *model = NULL;

	if (rel == NULL)
		return NULL;
	if (relation_is_table_or_view(rel))
	{
		model = palloc0_object(Model);
		model->relid = row->relation;
		model->name = row->name;
		model->made = row->made;
		model->options = row->options;
		model->underscored = document_true(&row->options->root, "underscored");
		fill_relation(model, rel);
		fill_attributes(model, RelationGetDescr(rel));
		apply_declared(model, row->attributes);
		model->created_at = option_column(model, "createdAt");
		model->updated_at = option_column(model, "updatedAt");
		model->deleted_at = option_column(model, "deletedAt");
		fill_indexes(model, rel);
		fill_declared_key(model);
		fill_associations(model);
	}
	/* whoever runs something locks the table himself and compares the generation */
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
	model->has_children = form->relhassubclass ||
		form->relkind == RELKIND_PARTITIONED_TABLE;
	model->row_security = form->relrowsecurity;
	model->owner = form->relowner;
	model->access_method = form->relam;
}

static void
fill_attributes(Model *model, TupleDesc desc)
{
	model->attributes = palloc0_array(Attribute, Max(desc->natts, 1));
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(desc, i);
		Attribute  *attribute;

		if (column->attisdropped)
			continue;
		attribute = &model->attributes[model->nattributes++];
		fill_attribute(attribute, column);
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
	attribute->has_default = column->atthasdef || column->attidentity != '\0';
	attribute->identity = column->attidentity;
	attribute->generated = column->attgenerated;
}

/* {"startDate": {"column": "start_date", ...}, ...}; entries of any other shape are passed over */
static void
apply_declared(Model *model, Jsonb *declared)
{
	JsonbIterator *it;
	JsonbIteratorToken token;
	JsonbValue	key;
	JsonbValue	value;

	if (!JB_ROOT_IS_OBJECT(declared))
		return;
	it = JsonbIteratorInit(&declared->root);
	token = JsonbIteratorNext(&it, &key, true);
	while ((token = JsonbIteratorNext(&it, &key, true)) == WJB_KEY)
	{
		(void) JsonbIteratorNext(&it, &value, true);
		if (value.type == jbvBinary && JsonContainerIsObject(value.val.binary.data))
			apply_declared_attribute(model,
									 pnstrdup(key.val.string.val, key.val.string.len),
									 value.val.binary.data);
	}
	hide_shadowed(model);
}

static void
apply_declared_attribute(Model *model, const char *name, JsonbContainer *document)
{
	char	   *column = document_string(document, "column");
	char	   *json = document_string(document, "json");
	Attribute  *attribute = column ? model_column(model, column) : NULL;

	if (attribute == NULL)
		return;
	attribute->name = pstrdup(name);
	attribute->declared = true;
	attribute->hidden = document_true(document, "hidden");
	attribute->json_string = json != NULL && strcmp(json, "string") == 0;
}

/*
 * A declared attribute keeps its name when its column is renamed, and a new
 * column may then take that name.  The declared one has it; the other is not
 * shown, or an object would have two equal keys.
 */
static void
hide_shadowed(Model *model)
{
	for (int i = 0; i < model->nattributes; i++)
	{
		Attribute  *attribute = &model->attributes[i];

		if (!attribute->declared && model_attribute(model, attribute->name) != attribute)
			attribute->hidden = true;
	}
}

static void
fill_indexes(Model *model, Relation rel)
{
	List	   *indexes = RelationGetIndexList(rel);
	ListCell   *lc;

	model->indexes = palloc0_array(ModelIndex, list_length(indexes) + 1);
	foreach(lc, indexes)
	{
		Relation	index = index_open(lfirst_oid(lc), AccessShareLock);

		if (index->rd_index->indisprimary && index->rd_index->indisvalid)
			fill_key_from_index(model, index);
		if (index_is_usable(index))
			fill_index(&model->indexes[model->nindexes++], index);
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
fill_index(ModelIndex *result, Relation index)
{
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
	for (int i = 0; i < nkeys; i++)
	{
		result->attnums[i] = form->indkey.values[i];
		result->opfamilies[i] = index->rd_opfamily[i];
		result->collations[i] = index->rd_indcollation[i];
	}
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
fill_declared_key(Model *model)
{
	JsonbValue	value;
	JsonbValue	element;
	JsonbIterator *it;
	Attribute **key;
	int			nkey = 0;

	if (document_get(&model->options->root, "key", &value) == NULL ||
		value.type != jbvBinary || !JsonContainerIsArray(value.val.binary.data) ||
		JsonContainerSize(value.val.binary.data) == 0)
		return;
	key = palloc0_array(Attribute *, JsonContainerSize(value.val.binary.data));
	it = JsonbIteratorInit(value.val.binary.data);
	(void) JsonbIteratorNext(&it, &element, true);
	while (JsonbIteratorNext(&it, &element, true) == WJB_ELEM)
	{
		if (element.type != jbvString)
			return;
		key[nkey] = model_column(model, pnstrdup(element.val.string.val,
												 element.val.string.len));
		if (key[nkey++] == NULL)
			return;
	}
	model->key = key;
	model->nkey = nkey;
}

/* the scan gives them by alias, in the order that bsearch relies on */
static void
fill_associations(Model *model)
{
	List	   *rows = registry_read_associations(model->relid);
	ListCell   *lc;

	model->associations = palloc0_array(Association, list_length(rows) + 1);
	foreach(lc, rows)
	{
		AssociationRow *row = lfirst(lc);
		Association *association = &model->associations[model->nassociations++];

		association->alias = row->alias;
		association->singular = row->singular;
		association->inverse = row->inverse;
		association->kind = row->kind;
		association->source_relid = row->source;
		association->target_relid = row->target;
		association->through_relid = row->through;
		association->source_key = row->source_key;
		association->foreign_key = row->foreign_key;
		association->other_key = row->other_key;
		association->target_key = row->target_key;
		association->options = row->options;
	}
}

/* the attribute whose column an option names; NULL when it is not there */
static Attribute *
option_column(const Model *model, const char *option)
{
	char	   *column = document_string(&model->options->root, option);

	return column ? model_column(model, column) : NULL;
}

static char *
document_string(JsonbContainer *document, const char *key)
{
	JsonbValue	value;

	if (document_get(document, key, &value) == NULL || value.type != jbvString)
		return NULL;
	return pnstrdup(value.val.string.val, value.val.string.len);
}

static bool
document_true(JsonbContainer *document, const char *key)
{
	JsonbValue	value;

	return document_get(document, key, &value) != NULL &&
		value.type == jbvBool && value.val.boolean;
}

static JsonbValue *
document_get(JsonbContainer *document, const char *key, JsonbValue *result)
{
	if (!JsonContainerIsObject(document))
		return NULL;
	return getKeyJsonValueFromContainer(document, key, strlen(key), result);
}
