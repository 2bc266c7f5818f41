/*-------------------------------------------------------------------------
 *
 * declaration_args.c
 *	  What the arguments of a declaration mean: relations, names, locks.
 *
 * Decides which table a name means, adopts tables that are no models yet,
 * and gives names that were not given.  A declaration acts on the current
 * schema only, as CREATE TABLE does, unless a name has a schema.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/arguments.h"
#include "base/compat.h"
#include "base/ddl.h"
#include "base/doc_member.h"
#include "base/naming.h"
#include "base/rights.h"
#include "declare/association.h"
#include "declare/model.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/lsyscache.h"

static void read_many_to_many(FunctionCallInfo fcinfo, Declaration *d);
static void read_one_sided(FunctionCallInfo fcinfo, Declaration *d);
static void read_options(Declaration *d, Jsonb *document);
static List *key_argument(FunctionCallInfo fcinfo, int number, const char *name);
static void find_relations(Declaration *d);
static List *declaring_schemas(const Declaration *d);
static void require_own(Oid relation);
static void require_to_point_at(Oid relation);
static Oid	find_relation(const char *name, Oid *schema, char **object);
static void find_through(Declaration *d);
static void find_undeclared_through(Declaration *d);
static char *default_through_name(const Declaration *d);
pg_noreturn static void report_unknown(const char *name, Oid schema, const char *object);
static void adopt_through(Declaration *d);
static char *default_alias(const Declaration *d);

/* ---- arguments ---- */

Declaration *
declaration_read(FunctionCallInfo fcinfo, AssociationKind kind)
{
	Declaration *d = palloc0_object(Declaration);

	d->kind = kind;
	argument_require(fcinfo, 0, "source");
	argument_require(fcinfo, 1, "target");
	d->source_name = argument_optional_names(fcinfo, 0, "source");
	d->target_name = argument_optional_names(fcinfo, 1, "target");
	if (kind == BELONGS_TO_MANY)
		read_many_to_many(fcinfo, d);
	else
		read_one_sided(fcinfo, d);
	if (d->inverse == NULL && d->options->inverse->document != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("options for an inverse that is not declared"),
				 errhint("Give the alias of the other direction as inverse => '...'.")));
	return d;
}

static void
read_many_to_many(FunctionCallInfo fcinfo, Declaration *d)
{
	d->through_name = argument_optional_names(fcinfo, 2, "through");
	d->foreign_key = key_argument(fcinfo, 3, "foreign_key");
	d->other_key = key_argument(fcinfo, 4, "other_key");
	d->source_key = key_argument(fcinfo, 5, "source_key");
	d->target_key = key_argument(fcinfo, 6, "target_key");
	d->alias = argument_optional_name(fcinfo, 7, "alias");
	d->inverse = argument_optional_name(fcinfo, 8, "inverse");
	d->attributes = argument_jsonb(fcinfo, 9);
	read_options(d, argument_jsonb(fcinfo, 10));
	d->replace = argument_flag(fcinfo, 11);
}

static void
read_one_sided(FunctionCallInfo fcinfo, Declaration *d)
{
	d->foreign_key = key_argument(fcinfo, 2, "foreign_key");
	if (d->kind == BELONGS_TO)
		d->target_key = key_argument(fcinfo, 3, "target_key");
	else
		d->source_key = key_argument(fcinfo, 3, "source_key");
	d->alias = argument_optional_name(fcinfo, 4, "alias");
	d->inverse = argument_optional_name(fcinfo, 5, "inverse");
	read_options(d, argument_jsonb(fcinfo, 6));
	d->replace = argument_flag(fcinfo, 7);
}

static void
read_options(Declaration *d, Jsonb *document)
{
	d->options = association_options_parse(document, d->kind);
	d->declared = document ? document : doc_parse("{}");
}

static List *
key_argument(FunctionCallInfo fcinfo, int number, const char *name)
{
	return key_columns_parse(argument_optional_names(fcinfo, number, name), name);
}

/* ---- relations ---- */

/* What the names mean may change while we wait for a lock: then we look again. */
void
declaration_resolve(Declaration *d)
{
	List	   *schemas;
	List	   *relations;

	do
	{
		find_relations(d);
		schemas = declaring_schemas(d);
		relations = list_make3_oid(d->source, d->target, d->through);
		registry_lock(schemas);
		if (!ddl_is_owner(d->target))
			registry_lock_model(d->target, ShareLock);
		declaration_lock(relations);
		find_relations(d);
	} while (!equal(relations, list_make3_oid(d->source, d->target, d->through)) ||
			 !equal(schemas, declaring_schemas(d)));

	(void) model_adopt(d->source);
	model_adopt_target(d->target);
	if (OidIsValid(d->through))
		adopt_through(d);
	if (d->alias == NULL)
		d->alias = default_alias(d);
	d->standing = registry_read_association(d->source, d->alias);
}

static void
find_relations(Declaration *d)
{
	d->source = declaration_find_model(d->source_name);
	d->target = declaration_find_model(d->target_name);
	require_own(d->source);
	/* a table that is no model yet becomes one; a foreign key to it has its owner's consent */
	if (d->inverse != NULL ||
		(registry_read_model(d->target) == NULL &&
		 (d->kind != BELONGS_TO || key_references_between(d->source, d->target) == NIL)))
		require_own(d->target);
	else
		require_to_point_at(d->target);
	if (d->kind != BELONGS_TO_MANY)
		return;
	find_through(d);
	if (OidIsValid(d->through))
		require_own(d->through);
	else
		model_require_create(d->through_schema);
}

/* where it may make or change something: another role's target stays as it is */
static List *
declaring_schemas(const Declaration *d)
{
	return list_make3_oid(get_rel_namespace(d->source),
						  ddl_is_owner(d->target) ? get_rel_namespace(d->target) : InvalidOid,
						  OidIsValid(d->through) ? get_rel_namespace(d->through) : d->through_schema);
}

static void
require_own(Oid relation)
{
	rights_require(relation, ACL_NO_RIGHTS);
	ddl_require_owner(relation);
}

/*
 * What a view or a foreign key would need, for accessors keep the table from being dropped as
 * these do.
 */
static void
require_to_point_at(Oid relation)
{
	rights_require(relation, ddl_is_owner(relation) ? ACL_NO_RIGHTS : ACL_SELECT | ACL_REFERENCES);
}

Oid
declaration_find_model(const char *name)
{
	Oid			schema;
	char	   *object;
	Oid			relation = find_relation(name, &schema, &object);

	if (!OidIsValid(relation))
		report_unknown(name, schema, object);
	return relation;
}

/* a model or a table of the schema in the name */
static Oid
find_relation(const char *name, Oid *schema, char **object)
{
	ModelRow   *row;

	model_split_name(name, schema, object);
	row = model_find(*schema, *object);
	return row ? row->relation : get_relname_relid(*object, *schema);
}

static void
report_unknown(const char *name, Oid schema, const char *object)
{
	Oid			relation;
	char	   *elsewhere = strcmp(name, object) == 0 ? registry_schema_elsewhere(object, &relation) : NULL;
	char	   *hint = model_hint_nearest(schema, object);

	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("neither a model nor a table \"%s\" exists in schema \"%s\"",
					object, get_namespace_name(schema)),
			 elsewhere ? errhint("There is a model \"%s.%s\".", elsewhere, object) :
			 hint ? errhint("%s", hint) :
			 errhint("Declare it first, with assoc.define('%s', ...) or assoc.adopt(...).", name)));
}

/* ---- the join table ---- */

static void
find_through(Declaration *d)
{
	if (d->through_name == NULL)
	{
		find_undeclared_through(d);
		return;
	}
	d->through = find_relation(d->through_name, &d->through_schema, &d->through_model);
	/* UserProject is also the name of a model whose table user_projects is there */
	if (!OidIsValid(d->through))
		d->through = get_relname_relid(naming_table(d->through_model), d->through_schema);
}

/* Not given: that of the existing declaration, that of the other direction, or a new one. */
static void
find_undeclared_through(Declaration *d)
{
	AssociationRow *row = d->alias ? registry_read_association(d->source, d->alias) : NULL;
	List	   *candidates = NIL;
	ModelRow   *model;
	ListCell   *lc;

	if (row != NULL && row->kind == BELONGS_TO_MANY)
		candidates = list_make1_oid(row->through);
	else
		foreach(lc, registry_read_associations(d->target))
		{
			row = lfirst(lc);
			if (row->kind == BELONGS_TO_MANY && row->target == d->source)
				candidates = list_append_unique_oid(candidates, row->through);
		}
	d->through_model = default_through_name(d);
	d->through_schema = get_rel_namespace(d->source);
	model = model_find(d->through_schema, d->through_model);
	if (list_length(candidates) == 1)
		d->through = linitial_oid(candidates);
	else if (model != NULL)
		d->through = model->relation;
	else
		d->through = get_relname_relid(naming_table(d->through_model), d->through_schema);
}

/* User and Project: UserProject; users and projects: user_projects */
static char *
default_through_name(const Declaration *d)
{
	ModelRow   *row;
	char	   *source;
	char	   *target;

	row = registry_read_model(d->source);
	source = naming_singular(row ? row->name : ddl_table_name(d->source));
	row = registry_read_model(d->target);
	target = row ? row->name : ddl_table_name(d->target);
	if (source[0] >= 'A' && source[0] <= 'Z')
		return psprintf("%s%s", source, naming_singular(target));
	return psprintf("%s_%s", source, naming_plural(target));
}

/* ---- locks and adoption ---- */

/*
 * In ascending order, as everywhere, so that two declarations over the same
 * tables queue up.  A table of somebody else is only kept from being dropped:
 * the strong lock is for those who could alter it.
 */
void
declaration_lock(const List *relations)
{
	List	   *sorted = list_copy(relations);
	Oid			last = InvalidOid;

	list_sort(sorted, list_oid_cmp);
	foreach_oid(relation, sorted)
	{
		/* one that is gone needs no lock, whether the declaration is dropped or the name is looked up again */
		if (!OidIsValid(relation) || relation == last || get_rel_name(relation) == NULL)
			continue;
		last = relation;
		if (ddl_is_owner(relation))
			LockRelationOid(relation, ShareRowExclusiveLock);
		else
			rights_lock_allowed(relation, AccessShareLock);
	}
}

/* a join table that is no model yet gets the name by which it was given */
static void
adopt_through(Declaration *d)
{
	bool		known = registry_read_model(d->through) != NULL;
	ModelRow   *row = model_adopt(d->through);

	if (known || strcmp(row->name, d->through_model) == 0)
		return;
	row->name = d->through_model;
	registry_put_model(row);
}

static char *
default_alias(const Declaration *d)
{
	const char *target = registry_read_model(d->target)->name;

	if (d->source == d->target)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("an association of \"%s\" with itself needs an alias", target),
				 errhint("Give alias => '...'.")));
	if (d->kind == BELONGS_TO_MANY || d->kind == HAS_MANY)
		return naming_table(target);
	return naming_snake(naming_singular(target));
}
