/*-------------------------------------------------------------------------
 *
 * model_adopt.c
 *	  assoc.adopt and assoc.forget: a relation that exists becomes a model, and
 *	  stops being one.
 *
 * Decides which relations can be models.  Neither call alters or drops a table.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/relation.h"
#include "base/arguments.h"
#include "base/compat.h"
#include "base/ddl.h"
#include "base/doc_member.h"
#include "base/errors.h"
#include "base/naming.h"
#include "declare/accessor.h"
#include "declare/attribute.h"
#include "declare/computed.h"
#include "declare/dry_run.h"
#include "declare/model.h"
#include "declare/model_options.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "registry/kept_times.h"
#include "registry/registry_note.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

/* a call of assoc.adopt */
typedef struct Adoption
{
	Oid			relation;
	char	   *name;
	bool		replace;
	ModelOptions *options;
	ModelRow   *standing;		/* or NULL */
	bool		keep;			/* define has declared the model: options that are not given stay */
	bool		discovered;		/* by no explicit declaration */
	Jsonb	   *attributes;		/* the registry's documents to be */
	Jsonb	   *registry_options;
} Adoption;

PG_FUNCTION_INFO_V1(assoc_adopt);
PG_FUNCTION_INFO_V1(assoc_forget);

static Datum adopt(FunctionCallInfo fcinfo, int variant);
static void adopt_plainly(Adoption *a, Oid relation);
static void check_relation(Oid relation);
static char *adopted_name(Oid relation, const char *name);
static void check_key(Adoption *a);
static void make_documents(Adoption *a);
static char *timestamp_column(Adoption *a, const TimestampOption *option,
							  bool by_default, const char *column, List **missing);
static void check_keeps_time(Oid relation, const char *column);
static Jsonb *camel_attributes(Oid relation);
static List *compare_adoption(Adoption *a);
static void put_adopted(Adoption *a);
static ModelRow *find_forgotten(const char *name);
static void forget_association(AssociationRow *row);

Datum
assoc_adopt(PG_FUNCTION_ARGS)
{
	return dry_run(fcinfo, 4, adopt, 0);
}

static Datum
adopt(FunctionCallInfo fcinfo, int variant pg_attribute_unused())
{
	Adoption	a = {0};
	List	   *differences = NIL;

	error_during_recovery(fcinfo->flinfo->fn_oid);
	argument_require(fcinfo, 0, "relation");
	a.relation = PG_GETARG_OID(0);
	check_relation(a.relation);
	a.name = adopted_name(a.relation, PG_ARGISNULL(1) ? NULL :
						  text_to_cstring(PG_GETARG_TEXT_PP(1)));
	a.options = model_options_parse(argument_jsonb(fcinfo, 2), true);
	a.replace = argument_flag(fcinfo, 3);
	a.standing = model_lock(a.relation);
	a.keep = a.standing && model_options_defined(a.standing->options);
	model_refuse_taken(a.relation, a.name);
	check_key(&a);
	make_documents(&a);
	if (a.standing != NULL)
		differences = compare_adoption(&a);
	/* a model that was only discovered is replaced without a conflict */
	if (differences != NIL && !a.replace && !a.standing->discovered)
		attributes_raise_conflict(a.relation, differences);
	/* an explicit declaration is no discovered one */
	a.discovered = registry_is_discovering() && (a.standing == NULL || a.standing->discovered);
	if (a.standing == NULL || differences != NIL || a.standing->discovered != a.discovered)
		put_adopted(&a);
	PG_RETURN_JSONB_P(model_result(a.relation, false,
								   a.standing ? attribute_difference_names(differences) : list_make1("model")));
}

ModelRow *
model_adopt(Oid relation)
{
	Adoption	a = {0};

	a.standing = registry_read_model(relation);
	if (a.standing != NULL)
		return a.standing;
	ddl_require_owner(relation);
	a.discovered = registry_is_discovering();
	adopt_plainly(&a, relation);
	return registry_read_model(relation);
}

void
model_adopt_target(Oid relation)
{
	Adoption	a = {0};

	if (ddl_is_owner(relation))
		(void) model_adopt(relation);
	else if (registry_read_model(relation) == NULL)
	{
		a.discovered = true;
		adopt_plainly(&a, relation);
	}
}

/* under its own name and without options */
static void
adopt_plainly(Adoption *a, Oid relation)
{
	a->relation = relation;
	check_relation(relation);
	a->name = ddl_table_name(relation);
	a->options = model_options_parse(NULL, true);
	model_refuse_taken(relation, a->name);
	make_documents(a);
	put_adopted(a);
}

static void
check_relation(Oid relation)
{
	char	   *name = get_rel_name(relation);

	if (name == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation with OID %u does not exist", relation)));
	if (!registry_can_be_model(get_rel_relkind(relation)))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is not a table or view", name)));
	if (get_rel_persistence(relation) == RELPERSISTENCE_TEMP)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("a temporary table cannot be a model"),
				 errdetail("\"%s\" is temporary, and other sessions would find the model without it.",
						   name)));
}

/* the table's name verbatim, or the one given, whose schema can only be the table's */
static char *
adopted_name(Oid relation, const char *name)
{
	char	   *table = ddl_table_name(relation);
	char	   *schema;
	char	   *given_schema;
	char	   *object;

	if (name == NULL)
		return table;
	registry_split_name(name, &given_schema, &object);
	schema = get_namespace_name(get_rel_namespace(relation));
	if (given_schema != NULL && strcmp(given_schema, schema) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("model \"%s\" cannot be in schema \"%s\"", object, given_schema),
				 errdetail("A model lives in the schema of its table, which is \"%s\".", schema)));
	return object;
}

/* columns of a key that a view cannot declare itself */
static void
check_key(Adoption *a)
{
	DocPath		options = {NULL, "options", 0};
	DocPath		path = {&options, "key", 0};
	Relation	rel;
	List	   *indexes;
	Oid			primary_key;

	if (a->options->key == NIL)
		return;
	foreach_ptr(char, name, a->options->key)
		if (get_attnum(a->relation, name) <= 0)
			error_document(ERRCODE_UNDEFINED_COLUMN, &path, NULL,
						   "column \"%s\" of relation \"%s\" does not exist",
						   name, get_rel_name(a->relation));
	rel = relation_open(a->relation, NoLock);
	indexes = RelationGetIndexList(rel);	/* finds the primary key on its way */
	primary_key = rel->rd_pkindex;
	list_free(indexes);
	relation_close(rel, NoLock);
	if (OidIsValid(primary_key))
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, &path, NULL,
					   "table \"%s\" has a primary key of its own",
					   get_rel_name(a->relation));
}

static void
make_documents(Adoption *a)
{
	const ModelOptions *options = a->options;
	List	   *missing = NIL;
	bool		by_default = options->timestamps > 0;
	char	   *created = timestamp_column(a, &options->created_at, by_default,
										   "created_at", &missing);
	char	   *updated = timestamp_column(a, &options->updated_at, by_default,
										   "updated_at", &missing);
	char	   *deleted = timestamp_column(a, &options->deleted_at, options->paranoid > 0,
										   "deleted_at", &missing);

	if (missing != NIL)
		attributes_raise_unfit(a->relation,
							   attributes_compare(a->relation, missing, true));
	a->registry_options = model_options_document(options,
												 a->standing ? a->standing->options : NULL,
												 a->keep, created, updated, deleted);
	if (a->keep)
		a->attributes = a->standing->attributes;
	else
		a->attributes = options->underscored > 0 ? camel_attributes(a->relation) : doc_parse("{}");
}

/* the column that is to keep it; when the table has none, a definition of it in missing */
static char *
timestamp_column(Adoption *a, const TimestampOption *option, bool by_default,
				 const char *column, List **missing)
{
	if (!(option->given ? option->kept : by_default))
		return NULL;
	if (option->name != NULL)
		column = a->options->underscored > 0 ? naming_snake(option->name) : option->name;
	naming_check(column, "column", NULL);
	if (get_attnum(a->relation, column) <= 0)
		*missing = lappend(*missing,
						   attribute_timestamp(column, column,
											   option == &a->options->deleted_at));
	else
		check_keeps_time(a->relation, column);
	return pstrdup(column);
}

/* a verb will set it to now() */
static void
check_keeps_time(Oid relation, const char *column)
{
	Oid			type = get_atttype(relation, get_attnum(relation, column));

	if (!kept_time_fits(type))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" cannot keep a time: it is of type %s", column,
						format_type_be(type))));
}

/* underscored: start_date is attribute startDate */
static Jsonb *
camel_attributes(Oid relation)
{
	Relation	rel = relation_open(relation, NoLock);
	TupleDesc	desc = RelationGetDescr(rel);
	List	   *defs = NIL;

	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);
		AttributeDef *def;

		if (att->attisdropped)
			continue;
		def = palloc0_object(AttributeDef);
		def->column = pstrdup(NameStr(att->attname));
		def->name = naming_camel(def->column);
		defs = lappend(defs, def);
	}
	relation_close(rel, NoLock);
	attributes_check_distinct(defs, doc_path_key(doc_path_key(NULL, "options"), "underscored"));
	return attributes_registry_document(NULL, defs);
}

static List *
compare_adoption(Adoption *a)
{
	List	   *differences = model_options_compare(a->registry_options, a->standing->options);

	if (strcmp(a->name, a->standing->name) != 0)
		differences = lcons(attribute_difference("model", a->name, a->standing->name),
							differences);
	return differences;
}

static void
put_adopted(Adoption *a)
{
	ModelRow	row = {0};

	computed_apply(a->relation, a->standing ? a->standing->options : NULL, a->registry_options);
	row.relation = a->relation;
	row.name = a->name;
	/* a dump may have brought the table without its row */
	row.managed = a->standing ? a->standing->managed : registry_note_made(a->relation);
	row.attributes = a->attributes;
	row.options = a->registry_options;
	row.discovered = a->discovered;
	row.declared = a->standing ? a->standing->declared : NULL;
	registry_put_model(&row);
}

/* ---- forget ---- */

Datum
assoc_forget(PG_FUNCTION_ARGS)
{
	ModelRow   *row;
	List	   *associations;

	error_during_recovery(fcinfo->flinfo->fn_oid);
	row = find_forgotten(argument_text(fcinfo, 0, "model"));
	model_lock(row->relation);
	registry_lock_model(row->relation, ExclusiveLock);
	associations = model_associations(row->relation);
	model_refuse_others(row, associations, "forget");
	foreach_ptr(AssociationRow, association, associations)
		forget_association(association);
	computed_apply(row->relation, row->options, NULL);
	registry_delete_model(row->relation);
	PG_RETURN_VOID();
}

static ModelRow *
find_forgotten(const char *name)
{
	Oid			schema;
	char	   *object;
	ModelRow   *row;
	char	   *hint;

	model_split_name(name, &schema, &object);
	row = model_find(schema, object);
	if (row != NULL)
		return row;
	hint = model_hint_nearest(schema, object);
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("schema \"%s\" has no model \"%s\"", get_namespace_name(schema), object),
			 hint ? errhint("%s", hint) : 0));
}

List *
model_associations(Oid relation)
{
	List	   *all = registry_read_associations(relation);

	all = model_add_associations(all, registry_read_associations_to(relation));
	return model_add_associations(all, registry_read_associations_through(relation));
}

List *
model_add_associations(List *all, List *rows)
{
	foreach_ptr(AssociationRow, row, rows)
	{
		bool		known = false;

		foreach_ptr(AssociationRow, other, all)
			known = known || (other->source == row->source && strcmp(other->alias, row->alias) == 0);
		if (!known)
			all = lappend(all, row);
	}
	return all;
}

/* another role's association would be gone or elsewhere, and its accessors stay, and fail */
void
model_refuse_others(const ModelRow *model, List *associations, const char *verb)
{
	foreach_ptr(AssociationRow, row, associations)
	{
		if (get_rel_name(row->source) == NULL || ddl_is_owner(row->source))
			continue;
		ereport(ERROR,
				(errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
				 errmsg("cannot %s model \"%s\" because an association of another role needs it", verb, model->name),
				 errdetail("Association \"%s\" starts from table %s.", row->alias, ddl_table(row->source)),
				 errhint("The owner of that table takes it back with assoc.drop_association.")));
	}
}

static void
forget_association(AssociationRow *row)
{
	if (registry_read_association(row->source, row->alias) == NULL)
		return;
	accessors_drop(row->source, row->alias);
	registry_delete_association(row->source, row->alias);
}
