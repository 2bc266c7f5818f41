/*-------------------------------------------------------------------------
 *
 * association.c
 *	  Declares associations, and takes declarations back.
 *
 * Decides in which order things happen: names, locks, keys, comparing with the
 * existing declaration, tables, registry rows, accessors.  Everything runs in the caller's
 * transaction, so that a declaration that fails or is rolled back leaves nothing.
 * Each step is in a file of its own; association.h lists them.
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
#include "declare/accessor.h"
#include "declare/association.h"
#include "declare/dry_run.h"
#include "declare/foreign_key.h"
#include "declare/join_table.h"
#include "declare/kept_links.h"
#include "declare/key_index.h"
#include "declare/position.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"

PG_FUNCTION_INFO_V1(association_belongs_to_many);
PG_FUNCTION_INFO_V1(association_has_many);
PG_FUNCTION_INFO_V1(association_has_one);
PG_FUNCTION_INFO_V1(association_belongs_to);
PG_FUNCTION_INFO_V1(association_drop);

static Datum declare(FunctionCallInfo fcinfo, int kind);
static void keep_links(Declaration *d, const AssociationRow *row);
static void check_standing(const Declaration *d, const AssociationRow *row);
static void check_symmetric(const Declaration *d);
static void need_columns_alike(const AssociationRow *row);
static List *differences(const AssociationRow *declared, const AssociationRow *existing);
static char *options_text(const AssociationRow *row);
static char *through_text(const AssociationRow *row);
static List *add_difference(List *found, const char *what, const char *declared,
							const char *existing);
static void make_join_table(Declaration *d);
static void make_foreign_key(Declaration *d);
static void make_columns(Declaration *d, const AssociationRow *row,
						 const AssociationOptions *options);
static AssociationRow *row_of(const Declaration *d);
static AssociationRow *inverse_row(const Declaration *d);
static AssociationKind inverse_kind(const Declaration *d);
static char *singular_of(AssociationKind kind, const char *alias, const AssociationOptions *options);
static List *declare_row(Declaration *d, AssociationRow *row, const AssociationOptions *options);
static bool declared_otherwise(const Declaration *d, const AssociationRow *row,
							   const AssociationRow *existing);
static void check_link_name(const AssociationRow *row, const AssociationOptions *options);
static void check_payload_names(const AssociationRow *row, const AssociationOptions *options);
static Jsonb *result_document(const Declaration *d, const AssociationRow *row, List *accessors);
static char *model_name(Oid relation);
static List *own_schemas(Oid source, const AssociationRow *row);
static bool same_tables(const AssociationRow *before, const AssociationRow *now);
pg_noreturn static void report_no_association(Oid source, const char *alias);
static void require_own_inverse(const AssociationRow *inverse);
static void drop_association(const AssociationRow *row, List **dropped, List **accessors);
static void forget_inverse(AssociationRow *inverse);
static List *drop_row(const AssociationRow *row);
static char *drop_join_table(const AssociationRow *row);

/* ---- declare ---- */

Datum
association_belongs_to_many(PG_FUNCTION_ARGS)
{
	return dry_run(fcinfo, 12, declare, BELONGS_TO_MANY);
}

Datum
association_has_many(PG_FUNCTION_ARGS)
{
	return dry_run(fcinfo, 8, declare, HAS_MANY);
}

Datum
association_has_one(PG_FUNCTION_ARGS)
{
	return dry_run(fcinfo, 8, declare, HAS_ONE);
}

Datum
association_belongs_to(PG_FUNCTION_ARGS)
{
	return dry_run(fcinfo, 8, declare, BELONGS_TO);
}

static Datum
declare(FunctionCallInfo fcinfo, int kind)
{
	Declaration *d = declaration_read(fcinfo, kind);
	AssociationRow *row;
	List	   *accessors;

	error_during_recovery(fcinfo->flinfo->fn_oid);
	registry_pin();
	declaration_resolve(d);
	declaration_choose_keys(d);
	check_standing(d, row_of(d));
	if (d->options->symmetric)
		check_symmetric(d);
	if (d->kind == BELONGS_TO_MANY)
		make_join_table(d);
	else
		make_foreign_key(d);

	row = row_of(d);
	make_columns(d, row, d->options);
	association_options_need_kind(d->options->inverse, inverse_kind(d));
	if (d->inverse != NULL)
		make_columns(d, inverse_row(d), d->options->inverse);
	accessors = declare_row(d, row, d->options);
	if (d->options->symmetric)
		need_columns_alike(row);
	if (d->inverse != NULL)
		accessors = list_concat(accessors,
								declare_row(d, inverse_row(d), d->options->inverse));
	keep_links(d, row);
	if (d->inverse != NULL)
		keep_links(d, inverse_row(d));
	PG_RETURN_JSONB_P(result_document(d, row, accessors));
}

static void
keep_links(Declaration *d, const AssociationRow *row)
{
	kept_limits_need_attributes(registry_resolve_row(row));
	d->changed |= kept_links_fit(row, d->changed);
}

/*
 * Before anything is made: the same declaration may come again and again, in
 * migration files, a different one only with replace.
 */
static void
check_standing(const Declaration *d, const AssociationRow *row)
{
	AssociationRow *existing = registry_read_association(row->source, row->alias);
	List	   *found;

	if (existing == NULL || d->replace)
		return;
	found = differences(row, existing);
	if (found == NIL)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_ASSOC_DECLARATION_CONFLICT),
			 errmsg("association \"%s\" of \"%s\" is declared differently",
					row->alias, model_name(row->source)),
			 errdetail("%s", ddl_join(found, " ")),
			 errhint("Pass replace => true to replace the existing declaration, or give another alias.")));
}

/* the rows on both ends are the same kind of row, named in the same way */
static void
check_symmetric(const Declaration *d)
{
	DocPath    *path = doc_path_key(doc_path_key(NULL, "options"), "symmetric");

	if (d->source != d->target || !key_columns_equal(d->source_key, d->target_key))
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, NULL,
					   "a symmetric association links a model with itself, by the same key");
	if (list_length(d->source_key) != 1)
		error_document(ERRCODE_FEATURE_NOT_SUPPORTED, path, NULL,
					   "a symmetric association needs a key of one column, not (%s)",
					   key_columns_text(d->source_key));
	if (d->inverse != NULL)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path,
					   "Its links are seen from both ends, and have no direction.",
					   "a symmetric association takes no \"inverse\"");
}

/* a column that was there may be of another type than the other one */
static void
need_columns_alike(const AssociationRow *row)
{
	if (!registry_resolve_row(row)->symmetric)
		ereport(ERROR,
				(errcode(ERRCODE_ASSOC_UNFIT_TABLE),
				 errmsg("columns %s and %s of %s are not of one type", key_columns_text(row->foreign_key),
						key_columns_text(row->other_key), ddl_table(row->through)),
				 errdetail("The two ends of a symmetric association are exchanged.")));
}

/* in words (List of char *); the other direction may be named by one of the two calls only */
static List *
differences(const AssociationRow *declared, const AssociationRow *existing)
{
	List	   *found = NIL;

	found = add_difference(found, "kind", registry_kind_name(declared->kind),
						   registry_kind_name(existing->kind));
	found = add_difference(found, "target", ddl_table(declared->target),
						   get_rel_name(existing->target) ? ddl_table(existing->target) : "none");
	found = add_difference(found, "through",
						   through_text(declared), through_text(existing));
	found = add_difference(found, "source_key", key_columns_text(declared->source_key),
						   key_columns_text(existing->source_key));
	found = add_difference(found, "foreign_key", key_columns_text(declared->foreign_key),
						   key_columns_text(existing->foreign_key));
	found = add_difference(found, "other_key", key_columns_text(declared->other_key),
						   key_columns_text(existing->other_key));
	found = add_difference(found, "target_key", key_columns_text(declared->target_key),
						   key_columns_text(existing->target_key));
	found = add_difference(found, "singular", declared->singular, existing->singular);
	if (declared->inverse != NULL && existing->inverse != NULL)
		found = add_difference(found, "inverse", declared->inverse, existing->inverse);
	found = add_difference(found, "options",
						   options_text(declared), options_text(existing));
	return found;
}

static char *
options_text(const AssociationRow *row)
{
	return JsonbToCString(NULL, &row->options->root, VARSIZE(row->options));
}

static char *
through_text(const AssociationRow *row)
{
	if (OidIsValid(row->through))
		return get_rel_name(row->through) ? ddl_table(row->through) : "a table that is gone";
	return row->kind == BELONGS_TO_MANY ? "a new table" : "none";
}

static List *
add_difference(List *found, const char *what, const char *declared, const char *existing)
{
	if (strcmp(declared, existing) == 0)
		return found;
	return lappend(found, psprintf("%s: declared %s, existing %s.", what, declared, existing));
}

/* ---- tables ---- */

static void
make_join_table(Declaration *d)
{
	JoinTable	join = {0};
	AssociationRow *row = row_of(d);

	if (key_columns_equal(d->foreign_key, d->other_key))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("foreign_key and other_key are both (%s)",
						key_columns_text(d->foreign_key)),
				 errhint("One points at the source, the other one at the target.")));
	join.relation = d->through;
	join.model = d->through_model;
	join.schema = d->through_schema;
	join.source = key_reference_of(row);
	join.target = key_reference_of_target(row);
	join.options = d->options;
	join.attributes = d->attributes;
	join.replace = d->replace;
	if (OidIsValid(d->through))
		join_table_fit(&join);
	else
		join_table_make(&join);
	d->through = join.relation;
	d->created = join.created;
	d->changed = join.changed;
}

static void
make_foreign_key(Declaration *d)
{
	KeyReference ref = key_reference_of(row_of(d));

	d->changed = foreign_key_fit(&ref, d->options,
								 d->kind == HAS_ONE && d->options->unique,
								 d->replace, &d->created);
}

static void
make_columns(Declaration *d, const AssociationRow *row, const AssociationOptions *options)
{
	if (options->position != NULL)
		d->changed |= position_fit(row, options->position, &d->created);
	d->changed |= kept_links_add_counter(row, &d->created);
}

/* ---- rows and accessors ---- */

static AssociationRow *
row_of(const Declaration *d)
{
	AssociationRow *row = palloc0_object(AssociationRow);

	row->source = d->source;
	row->alias = d->alias;
	row->kind = d->kind;
	row->target = d->target;
	row->through = d->through;
	row->source_key = d->source_key;
	row->foreign_key = d->foreign_key;
	row->other_key = d->other_key;
	row->target_key = d->target_key;
	row->singular = singular_of(row->kind, row->alias, d->options);
	row->inverse = d->inverse;
	row->options = d->options->stored;
	row->declared = d->declared;
	return row;
}

/* the same link seen from the target */
static AssociationRow *
inverse_row(const Declaration *d)
{
	AssociationRow *row = palloc0_object(AssociationRow);
	const AssociationOptions *options = d->options->inverse;

	row->kind = inverse_kind(d);
	row->source = d->target;
	row->alias = d->inverse;
	row->target = d->source;
	row->through = d->through;
	row->source_key = d->target_key;
	row->foreign_key = d->kind == BELONGS_TO_MANY ? d->other_key : d->foreign_key;
	row->other_key = d->kind == BELONGS_TO_MANY ? d->foreign_key : NIL;
	row->target_key = d->source_key;
	row->singular = singular_of(row->kind, row->alias, options);
	row->inverse = d->alias;
	row->options = options->stored;
	return row;
}

static char *
singular_of(AssociationKind kind, const char *alias, const AssociationOptions *options)
{
	if (options->singular != NULL)
		return options->singular;
	if (kind == HAS_ONE || kind == BELONGS_TO)
		return pstrdup(alias);
	return naming_singular(alias);
}

/* seen from the target, a pointer that is unique comes from one row only */
static AssociationKind
inverse_kind(const Declaration *d)
{
	switch (d->kind)
	{
		case BELONGS_TO_MANY:
			return BELONGS_TO_MANY;
		case HAS_MANY:
		case HAS_ONE:
			return BELONGS_TO;
		case BELONGS_TO:
			break;
	}
	return key_is_unique(registry_model(d->source), d->foreign_key) ? HAS_ONE : HAS_MANY;
}

/* Register one direction and make its accessors; returns their signatures. */
static List *
declare_row(Declaration *d, AssociationRow *row, const AssociationOptions *options)
{
	AssociationRow *existing = registry_read_association(row->source, row->alias);

	association_check_alias(row);
	check_link_name(row, options);
	check_payload_names(row, options);
	check_standing(d, row);
	if (existing != NULL && row->inverse == NULL)
		row->inverse = existing->inverse;
	if (existing != NULL && row->declared == NULL)
		row->declared = existing->declared;
	/* a declaration by a person is no discovered one, even where it was discovered first */
	row->discovered = registry_is_discovering() && (existing == NULL || existing->discovered);
	if (existing == NULL || differences(row, existing) != NIL ||
		(existing->inverse == NULL) != (row->inverse == NULL))
	{
		registry_put_association(row);
		d->changed = true;
	}
	else if (declared_otherwise(d, row, existing) || row->discovered != existing->discovered)
		registry_put_association(row);
	return accessors_create(registry_resolve_row(row), existing == NULL || d->replace, &d->changed);
}

/* the tables are as they were; what is kept of the declaration is not */
static bool
declared_otherwise(const Declaration *d, const AssociationRow *row, const AssociationRow *existing)
{
	if (existing->declared == NULL || row->declared == NULL)
		return row->declared != existing->declared;
	return d->replace && compareJsonbContainers(&row->declared->root, &existing->declared->root) != 0;
}

/* In a document, alias and attributes are keys of one object. */
void
association_check_alias(const AssociationRow *row)
{
	const Model *model = registry_model(row->source);

	if (model_value(model, row->alias) != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_COLUMN),
				 errmsg("alias \"%s\" is an attribute of \"%s\"", row->alias, model->name),
				 errhint("Give another alias, so that both can be shown.")));
}

/* In a loaded row of the target, the link row is a key beside the attributes. */
static void
check_link_name(const AssociationRow *row, const AssociationOptions *options)
{
	JsonbValue *as = options->through ? doc_get(options->through, "as") : NULL;
	const Model *target = registry_model(row->target);
	char	   *name;

	if (!OidIsValid(row->through))
		return;
	name = as ? doc_string(as) : model_name(row->through);
	if (model_value(target, name) != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_COLUMN),
				 errmsg("the link row would be shown as \"%s\", which is an attribute of \"%s\"",
						name, target->name),
				 errhint("Give it another name: {\"through\": {\"as\": \"...\"}}.")));
}

/* through.attributes name columns of the join table, which is there by now */
static void
check_payload_names(const AssociationRow *row, const AssociationOptions *options)
{
	foreach_ptr(PlacedName, name, options->payload)
		(void) model_attribute_at(registry_model(row->through), name->name, name->path);
}

/* ---- what a declaration returns ---- */

static Jsonb *
result_document(const Declaration *d, const AssociationRow *row, List *accessors)
{
	StringInfoData buf;

	initStringInfo(&buf);
	doc_write_string(&buf, "kind", registry_kind_name(row->kind));
	doc_write_string(&buf, "source", model_name(row->source));
	doc_write_string(&buf, "target", model_name(row->target));
	doc_write_string(&buf, "through", OidIsValid(row->through) ? model_name(row->through) : NULL);
	doc_write_string(&buf, "alias", row->alias);
	doc_write_string(&buf, "inverse", row->inverse);
	doc_write_string(&buf, "foreignKey", key_columns_text(row->foreign_key));
	doc_write_string(&buf, "otherKey", row->other_key ? key_columns_text(row->other_key) : NULL);
	doc_write_string(&buf, "sourceKey", row->source_key ? key_columns_text(row->source_key) : NULL);
	doc_write_string(&buf, "targetKey", row->target_key ? key_columns_text(row->target_key) : NULL);
	doc_write_strings(&buf, "created", d->created);
	doc_write_strings(&buf, "accessors", accessors);
	appendStringInfo(&buf, ", \"changed\": %s}", d->changed ? "true" : "false");
	return doc_parse(buf.data);
}

static char *
model_name(Oid relation)
{
	ModelRow   *row = registry_read_model(relation);

	char	   *table = row ? NULL : get_rel_name(relation);

	return row ? row->name : table ? table : pstrdup("a table that is gone");
}

/* ---- take back ---- */

/*
 * drop_association(source text, alias text, inverse boolean, drop_table boolean)
 */
Datum
association_drop(PG_FUNCTION_ARGS)
{
	char	   *source = argument_optional_names(fcinfo, 0, "source");
	char	   *alias = argument_optional_names(fcinfo, 1, "alias");
	bool		with_inverse = PG_ARGISNULL(2) || PG_GETARG_BOOL(2);
	bool		drop_table = argument_flag(fcinfo, 3);
	AssociationRow *row;
	AssociationRow *inverse;
	List	   *dropped = NIL;
	List	   *tables = NIL;
	List	   *accessors = NIL;
	StringInfoData buf;

	error_during_recovery(fcinfo->flinfo->fn_oid);
	argument_require(fcinfo, 0, "source");
	argument_require(fcinfo, 1, "alias");
	row = association_lock(declaration_find_model(source), alias);
	inverse = declaration_mirror(row);
	if (inverse != NULL && with_inverse)
		require_own_inverse(inverse);

	drop_association(row, &dropped, &accessors);
	if (inverse != NULL && with_inverse)
		drop_association(inverse, &dropped, &accessors);
	else if (inverse != NULL)
		forget_inverse(inverse);
	if (drop_table)
		tables = list_make1(drop_join_table(row));

	initStringInfo(&buf);
	doc_write_strings(&buf, "associations", dropped);
	doc_write_strings(&buf, "accessors", accessors);
	doc_write_strings(&buf, "tables", tables);
	appendStringInfoChar(&buf, '}');
	PG_RETURN_JSONB_P(doc_parse(buf.data));
}

static void
drop_association(const AssociationRow *row, List **dropped, List **accessors)
{
	*dropped = lappend(*dropped, psprintf("%s.%s", model_name(row->source), row->alias));
	*accessors = list_concat(*accessors, drop_row(row));
}

/* it stays, and is nobody's inverse any more */
static void
forget_inverse(AssociationRow *inverse)
{
	if (inverse->inverse == NULL || registry_association_is_stale(inverse))
		return;
	inverse->inverse = NULL;
	registry_put_association(inverse);
}

/* tables before the registry, as in a declaration */
AssociationRow *
association_lock(Oid source, const char *alias)
{
	AssociationRow *row = registry_read_association(source, alias);
	AssociationRow *before;

	ddl_require_owner(source);
	do
	{
		before = row;
		registry_lock(own_schemas(source, row));
		if (row != NULL)
			declaration_lock(list_make3_oid(row->source, row->target, row->through));
		row = registry_read_association(source, alias);
	} while (row != NULL && !same_tables(before, row));
	if (row == NULL)
		report_no_association(source, alias);
	return row;
}

/* of the source, and of what else is the caller's to change */
static List *
own_schemas(Oid source, const AssociationRow *row)
{
	List	   *schemas = list_make1_oid(get_rel_namespace(source));

	if (row != NULL && ddl_is_owner(row->target))
		schemas = lappend_oid(schemas, get_rel_namespace(row->target));
	if (row != NULL && ddl_is_owner(row->through))
		schemas = lappend_oid(schemas, get_rel_namespace(row->through));
	return schemas;
}

static bool
same_tables(const AssociationRow *before, const AssociationRow *now)
{
	return before != NULL && before->target == now->target && before->through == now->through;
}

static void
report_no_association(Oid source, const char *alias)
{
	List	   *known = NIL;
	char	   *hint;

	foreach_ptr(AssociationRow, row, registry_read_associations(source))
		known = lappend(known, row->alias);
	hint = error_hint_nearest(alias, known, "associations");
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("\"%s\" has no association \"%s\"", model_name(source), error_name(alias)),
			 hint ? errhint("%s", hint) : 0));
}

/* somebody else's other direction stays, and is no reason to keep one's own */
static void
require_own_inverse(const AssociationRow *inverse)
{
	if (get_rel_name(inverse->source) == NULL || ddl_is_owner(inverse->source))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("must be owner of table %s", get_rel_name(inverse->source)),
			 errdetail("The other direction, \"%s\" of \"%s\", is declared too.",
					   inverse->alias, model_name(inverse->source)),
			 errhint("Pass inverse => false to drop this direction only.")));
}

/* what starts from a table that is gone is nobody's */
static List *
drop_row(const AssociationRow *row)
{
	if (get_rel_name(row->source) != NULL)
		ddl_require_owner(row->source);
	(void) registry_delete_association(row->source, row->alias);
	if (row->kind != BELONGS_TO)
	{
		kept_links_forget(OidIsValid(row->through) ? row->through : row->target);
		kept_links_forget(row->source);
	}
	return accessors_drop(row->source, row->alias);
}

/* the join table of a declaration that is gone, unless it was adopted or something else uses it */
static char *
drop_join_table(const AssociationRow *row)
{
	ModelRow   *model = OidIsValid(row->through) ? registry_read_model(row->through) : NULL;
	List	   *users = NIL;
	char	   *table;

	if (model == NULL || !model->managed)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("association \"%s\" has no join table that a declaration made", row->alias),
				 errhint("A table that was there before is dropped by DROP TABLE only.")));
	foreach_ptr(AssociationRow, user, list_concat(registry_read_associations_through(row->through),
							list_concat(registry_read_associations(row->through),
										registry_read_associations_to(row->through))))
		users = lappend(users, psprintf("%s.%s", model_name(user->source), user->alias));
	table = ddl_table(row->through);
	if (users != NIL)
		ereport(ERROR,
				(errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
				 errmsg("%s is used by other associations", table),
				 errdetail("They are: %s.", key_columns_text(users)),
				 errhint("Drop those first.")));
	(void) registry_delete_model(row->through);
	ddl_run("DROP TABLE %s", table);
	return table;
}
