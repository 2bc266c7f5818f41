/*-------------------------------------------------------------------------
 *
 * model.c
 *	  assoc.define: a table is made for a model, or compared with it and altered.
 *
 * Decides which table a model is, when a declaration is the same as the one
 * that exists, and what replace may change.  How attributes compare with columns,
 * attribute_compare.c decides.
 *
 * Locks: the schema's declarations first, then the table, as everywhere
 * (registry_lock says why).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/arguments.h"
#include "base/compat.h"
#include "base/ddl.h"
#include "base/doc_member.h"
#include "base/errors.h"
#include "base/naming.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "commands/comment.h"
#include "declare/attribute.h"
#include "declare/computed.h"
#include "declare/dry_run.h"
#include "declare/model.h"
#include "declare/model_index.h"
#include "declare/model_options.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "registry/citus.h"
#include "registry/registry_note.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#define AUTOMATIC_ID "id"

/* a call of assoc.define */
typedef struct Definition
{
	Oid			schema;
	char	   *name;			/* of the model, without its schema */
	char	   *table_name;
	bool		replace;
	ModelOptions *options;
	List	   *defs;			/* of AttributeDef, kept timestamps included */
	AttributeDef *created_at;	/* among defs; NULL where not kept or not declared */
	AttributeDef *updated_at;
	AttributeDef *deleted_at;
	Oid			relation;
	ModelRow   *standing;		/* the model as it is registered, or NULL */
	bool		first;			/* no define has spoken of it yet: it was adopted, or made as a join table */
	bool		join_table;		/* associations go through it */
	bool		keep;			/* options that are not given stay as they are */
	Jsonb	   *registry_options;
	Jsonb	   *attributes;		/* the document; NULL: none */
	List	   *undeclared;		/* registered attributes that are not declared any more (char *) */
	List	   *changed;		/* names of what changed (char *) */
} Definition;

PG_FUNCTION_INFO_V1(assoc_define);

static Datum define(FunctionCallInfo fcinfo, int variant);
static void find_standing(Definition *d);
static void note_standing(Definition *d, ModelRow *row);
static void parse_attributes(Definition *d);
static void add_timestamps(Definition *d);
static AttributeDef *add_timestamp(Definition *d, const TimestampOption *option,
								   bool by_default, const char *column, bool nullable);
static Jsonb *make_registry_options(Definition *d);
static void create_model(Definition *d);
static void refuse_existing_table(Definition *d);
static bool needs_automatic_id(Definition *d);
static char *create_table_statement(Definition *d);
static void redefine_model(Definition *d);
static List *compare_table(Definition *d);
static void compare_name_and_comment(Definition *d, List **differences);
static List *compare_registry(Definition *d);
static void find_undeclared(Definition *d, List **differences);
static bool is_association_key(Oid relation, const char *column);
static void check_differences(Definition *d, List *table, List *registry);
static bool only_missing(List *differences);
static void switch_trigger(Definition *d);
static void put_model(Definition *d, bool managed);

Datum
assoc_define(PG_FUNCTION_ARGS)
{
	return dry_run(fcinfo, 4, define, 0);
}

static Datum
define(FunctionCallInfo fcinfo, int variant pg_attribute_unused())
{
	Definition	d = {0};
	bool		created;

	error_during_recovery(fcinfo->flinfo->fn_oid);
	argument_require(fcinfo, 0, "model");
	model_split_name(argument_optional_names(fcinfo, 0, "model"), &d.schema, &d.name);
	d.options = model_options_parse(argument_jsonb(fcinfo, 2), false);
	d.replace = argument_flag(fcinfo, 3);
	d.attributes = argument_jsonb(fcinfo, 1);
	find_standing(&d);
	parse_attributes(&d);
	created = d.standing == NULL;
	if (created)
		create_model(&d);
	else
		redefine_model(&d);
	PG_RETURN_JSONB_P(model_result(d.relation, created, d.changed));
}

void
model_split_name(const char *name, Oid *schema, char **object)
{
	char	   *schema_name;

	registry_split_name(name, &schema_name, object);
	if (schema_name != NULL)
		*schema = LookupExplicitNamespace(schema_name, false);
	else
	{
		List	   *path = fetch_search_path(false);

		if (path == NIL)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_SCHEMA),
					 errmsg("no schema has been selected to create in")));
		*schema = linitial_oid(path);
	}
	if (isAnyTempNamespace(*schema))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("a temporary table cannot be a model")));
}

ModelRow *
model_find(Oid schema, const char *name)
{
	foreach_ptr(ModelRow, row, registry_list_models_named(name))
	{
		/* rows of dropped tables have no schema */
		if (get_rel_namespace(row->relation) == schema)
			return registry_read_model(row->relation);
	}
	return NULL;
}

void
model_refuse_taken(Oid relation, const char *name)
{
	ModelRow   *row = model_find(get_rel_namespace(relation), name);

	if (row != NULL && row->relation != relation)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("model \"%s\" exists already", name),
				 errdetail("It is table %s.", ddl_table(row->relation)),
				 errhint("Give the model another name.")));
}

char *
model_hint_nearest(Oid schema, const char *name)
{
	List	   *known = NIL;

	foreach_ptr(ModelRow, row, registry_list_models())
	{
		if (get_rel_namespace(row->relation) == schema)
			known = lappend(known, row->name);
	}
	return error_hint_nearest(name, known, "models");
}

/*
 * The table's lock conflicts with nothing that readers and writers take.  Should the table
 * go to another schema while we wait, that is the one.
 */
ModelRow *
model_lock(Oid relation)
{
	Oid			schema;

	do
	{
		ddl_require_owner(relation);
		schema = get_rel_namespace(relation);
		registry_lock(list_make1_oid(schema));
		LockRelationOid(relation, ShareUpdateExclusiveLock);
		if (!SearchSysCacheExists1(RELOID, ObjectIdGetDatum(relation)))
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_TABLE),
					 errmsg("the table was dropped meanwhile")));
	} while (get_rel_namespace(relation) != schema);
	return registry_read_model(relation);
}

/* the second look under the lock finds what another session has declared just now */
static void
find_standing(Definition *d)
{
	ModelRow   *row = model_find(d->schema, d->name);

	if (row == NULL)
	{
		model_require_create(d->schema);
		registry_lock(list_make1_oid(d->schema));
		row = model_find(d->schema, d->name);
	}
	if (row == NULL)
		return;
	row = model_lock(row->relation);
	if (row == NULL || get_rel_namespace(row->relation) != d->schema || strcmp(row->name, d->name) != 0)
		model_report_removed(d->name);
	note_standing(d, row);
}

void
model_report_removed(const char *name)
{
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("model \"%s\" was removed meanwhile", error_name(name))));
}

/* with the error of CREATE TABLE, but before the lock */
void
model_require_create(Oid schema)
{
	if (assoc_namespace_aclcheck(schema, GetUserId(), ACL_CREATE) != ACLCHECK_OK)
		aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_SCHEMA, get_namespace_name(schema));
}

static void
note_standing(Definition *d, ModelRow *row)
{
	d->standing = row;
	d->relation = row->relation;
	d->first = !model_options_defined(row->options);
	d->join_table = registry_read_associations_through(row->relation) != NIL;
	d->keep = d->first || d->join_table || !row->managed;
}

/* ---- what is declared ---- */

static void
parse_attributes(Definition *d)
{
	if (d->keep && d->options->underscored < 0)
		d->options->underscored = model_options_true(d->standing->options, "underscored");
	d->table_name = d->options->table_name ? d->options->table_name : naming_table(d->name);
	naming_check(d->table_name, "table", NULL);
	d->defs = attributes_parse(d->attributes, d->options->underscored > 0, "attributes");
	add_timestamps(d);
	if (d->standing != NULL)
		attributes_follow_columns(d->defs, d->standing->attributes);
	d->registry_options = make_registry_options(d);
}

static void
add_timestamps(Definition *d)
{
	const ModelOptions *options = d->options;
	bool		by_default = options->timestamps >= 0 ? options->timestamps : !d->keep;

	d->created_at = add_timestamp(d, &options->created_at, by_default, "created_at", false);
	d->updated_at = add_timestamp(d, &options->updated_at, by_default, "updated_at", false);
	d->deleted_at = add_timestamp(d, &options->deleted_at, options->paranoid > 0, "deleted_at", true);
}

/* an attribute of that name that is declared with a type of its own serves */
static AttributeDef *
add_timestamp(Definition *d, const TimestampOption *option, bool by_default,
			  const char *column, bool nullable)
{
	bool		underscored = d->options->underscored > 0;
	char	   *name = option->name;
	AttributeDef *def;

	if (!(option->given ? option->kept : by_default))
		return NULL;
	if (name != NULL)
		column = underscored ? naming_snake(name) : name;
	else
		name = underscored ? naming_camel(column) : pstrdup(column);
	def = attribute_find(d->defs, name);
	if (def == NULL)
	{
		naming_check(column, "column", NULL);
		def = attribute_timestamp(name, column, nullable);
		d->defs = lappend(d->defs, def);
	}
	return def;
}

static Jsonb *
make_registry_options(Definition *d)
{
	return model_options_document(d->options, d->standing ? d->standing->options : NULL,
								  d->keep,
								  d->created_at ? d->created_at->column : NULL,
								  d->updated_at ? d->updated_at->column : NULL,
								  d->deleted_at ? d->deleted_at->column : NULL);
}

/* ---- a new model ---- */

static void
create_model(Definition *d)
{
	refuse_existing_table(d);
	ddl_run("%s", create_table_statement(d));
	d->relation = get_relname_relid(d->table_name, d->schema);
	if (!OidIsValid(d->relation))
		elog(ERROR, "table \"%s\" is gone after it was made", d->table_name);
	attributes_comment(d->relation, d->defs);
	if (d->options->comment != NULL)
		ddl_run("COMMENT ON TABLE %s IS %s", ddl_table(d->relation), quote_literal_cstr(d->options->comment));
	model_indexes_create(model_indexes_parse(d->options->indexes, d->relation, d->defs));
	if (d->updated_at != NULL)
		model_keep_updated_at(d->relation, d->updated_at->column);
	put_model(d, true);
}

static void
refuse_existing_table(Definition *d)
{
	Oid			existing = get_relname_relid(d->table_name, d->schema);
	ModelRow   *row;
	char	   *table;
	char	   *hint;

	if (!OidIsValid(existing))
		return;
	row = registry_read_model(existing);
	hint = registry_note_hint(existing);
	table = ddl_table(existing);
	ereport(ERROR,
			(errcode(ERRCODE_DUPLICATE_TABLE),
			 errmsg("table %s exists already", table),
			 row ? errdetail("It is model \"%s\".", row->name) : 0,
			 hint ? errhint("%s", hint) :
			 row ? errhint("Define model \"%s\", or give another \"tableName\".", row->name) :
			 errhint("To take it as it is: SELECT assoc.adopt(%s, %s);",
					 quote_literal_cstr(table), quote_literal_cstr(d->name))));
}

static char *
create_table_statement(Definition *d)
{
	StringInfoData sql;
	bool		automatic_id = needs_automatic_id(d);

	citus_refuse_new(d->schema, d->table_name);
	initStringInfo(&sql);
	appendStringInfo(&sql, "CREATE TABLE %s (",
					 quote_qualified_identifier(get_namespace_name(d->schema), d->table_name));
	if (automatic_id)
		appendStringInfoString(&sql, "\n\t" AUTOMATIC_ID
							   " bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY");
	attributes_append_columns(&sql, d->table_name, d->defs);
	appendStringInfoString(&sql, "\n)");
	return sql.data;
}

static bool
needs_automatic_id(Definition *d)
{
	DocPath		argument = {NULL, "attributes", 0};

	foreach_ptr(AttributeDef, def, d->defs)
		if (def->primary_key)
			return false;
	foreach_ptr(AttributeDef, def, d->defs)
	{
		DocPath		member_path = {&argument, def->name, 0};

		if (strcmp(def->column, AUTOMATIC_ID) == 0)
			error_document(ERRCODE_INVALID_PARAMETER_VALUE, &member_path,
						   "Give it, or another attribute, \"primaryKey\": true.",
						   "attribute \"%s\" has the column of the automatic primary key",
						   def->name);
	}
	return true;
}

/* ---- a model that exists ---- */

static void
redefine_model(Definition *d)
{
	List	   *table = compare_table(d);
	List	   *registry = compare_registry(d);

	if (table == NIL && registry == NIL && !d->first)
	{
		/* made by a version that did not keep the document */
		if (d->standing->managed && d->standing->declared == NULL && d->attributes != NULL)
			put_model(d, true);
		return;
	}
	check_differences(d, table, registry);
	if (table != NIL)
		attributes_alter(d->relation, table, d->options->validate_later);
	switch_trigger(d);
	put_model(d, d->standing->managed);
	d->changed = attribute_difference_names(list_concat_copy(table, registry));
}

/* differences that DDL removes */
static List *
compare_table(Definition *d)
{
	List	   *differences = attributes_compare(d->relation, d->defs,
												 !d->standing->managed || d->first);

	compare_name_and_comment(d, &differences);
	return list_concat(differences,
					   model_indexes_compare(model_indexes_parse(d->options->indexes,
																 d->relation, d->defs)));
}

static void
compare_name_and_comment(Definition *d, List **differences)
{
	char	   *table = get_rel_name(d->relation);
	char	   *comment = GetComment(d->relation, RelationRelationId, 0);
	AttributeDifference *difference;

	if (d->options->table_name != NULL && strcmp(d->options->table_name, table) != 0)
	{
		difference = attribute_difference("options.tableName", d->options->table_name, table);
		difference->fixed = true;
		*differences = lappend(*differences, difference);
	}
	if (d->options->comment == NULL ||
		(comment != NULL && strcmp(comment, d->options->comment) == 0))
		return;
	difference = attribute_difference("options.comment", d->options->comment,
									  comment ? comment : "none");
	difference->statements = list_make1(psprintf("COMMENT ON TABLE %s IS %s",
												 ddl_table(d->relation),
												 quote_literal_cstr(d->options->comment)));
	*differences = lappend(*differences, difference);
}

/* differences that only the registry knows */
static List *
compare_registry(Definition *d)
{
	List	   *differences = model_options_compare(d->registry_options, d->standing->options);

	if (!d->first && !d->join_table)
		find_undeclared(d, &differences);
	return list_concat(differences,
					   attributes_compare_registry(d->relation, d->standing->attributes, d->defs));
}

/* what an earlier declaration had and this one has not; keys that associations added are theirs */
static void
find_undeclared(Definition *d, List **differences)
{
	foreach_ptr(DocMember, member, doc_document_members(d->standing->attributes, NULL))
	{
		char	   *column = doc_get_string(&member->value, "column");

		if (attribute_find(d->defs, member->key) != NULL || column == NULL || is_association_key(d->relation, column))
			continue;
		d->undeclared = lappend(d->undeclared, member->key);
		*differences = lappend(*differences,
							   attribute_difference(member->key, "none",
													psprintf("column \"%s\"", column)));
	}
}

static bool
is_association_key(Oid relation, const char *column)
{
	foreach_ptr(AssociationRow, row, registry_read_associations(relation))
	{
		if (row->kind == BELONGS_TO && naming_among(row->foreign_key, column))
			return true;
	}
	foreach_ptr(AssociationRow, row, registry_read_own_associations_to(relation))
	{
		if ((row->kind == HAS_MANY || row->kind == HAS_ONE) &&
			naming_among(row->foreign_key, column))
			return true;
	}
	return false;
}

/*
 * The first define of a join table adds its payload; every other difference
 * needs replace.  An adopted table is never altered, replace or not.
 */
static void
check_differences(Definition *d, List *table, List *registry)
{
	if (!d->standing->managed && table != NIL)
		attributes_raise_unfit(d->relation, table);
	if (d->replace || (d->first && only_missing(table) && !attributes_contradict(registry)))
		return;
	if (table != NIL || registry != NIL)
		attributes_raise_conflict(d->relation, list_concat_copy(table, registry));
}

static bool
only_missing(List *differences)
{
	foreach_ptr(AttributeDifference, difference, differences)
		if (difference->missing == NULL)
			return false;
	return true;
}

static void
switch_trigger(Definition *d)
{
	char	   *before = doc_option_string(d->standing->options, NULL, "updatedAt");
	char	   *now = doc_option_string(d->registry_options, NULL, "updatedAt");

	if (!d->standing->managed ||
		(before == NULL ? now == NULL : now != NULL && strcmp(before, now) == 0))
		return;
	model_drop_trigger(d->relation, KEEP_UPDATED_AT);
	if (now != NULL)
		model_keep_updated_at(d->relation, now);
}

static void
put_model(Definition *d, bool managed)
{
	ModelRow	row = {0};
	Jsonb	   *before = d->standing ? d->standing->attributes : NULL;

	foreach_ptr(char, name, d->undeclared)
		before = DatumGetJsonbP(DirectFunctionCall2(jsonb_delete, JsonbPGetDatum(before),
													CStringGetTextDatum(name)));
	computed_apply(d->relation, d->standing ? d->standing->options : NULL, d->registry_options);
	row.relation = d->relation;
	row.name = d->name;
	row.managed = managed;
	row.attributes = attributes_registry_document(before, d->defs);
	row.options = d->registry_options;
	if (managed)
		row.declared = model_declared(d->keep && d->standing ? d->standing->declared : NULL, d->attributes);
	registry_put_model(&row);
}

/* a join table keeps the attributes of other declarations */
Jsonb *
model_declared(Jsonb *before, Jsonb *attributes)
{
	if (attributes == NULL)
		return before;
	if (before == NULL || !JB_ROOT_IS_OBJECT(before) || !JB_ROOT_IS_OBJECT(attributes))
		return attributes;
	return doc_concat(before, attributes);
}
