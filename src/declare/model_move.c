/*-------------------------------------------------------------------------
 *
 * model_move.c
 *	  assoc.move_model: what is declared of one table is declared of another.
 *
 * A registry that follows tables by OID follows one that is renamed out of the way, too, while another
 * takes its name.  Decides what goes over to that other one: the rows of the registry that name
 * the table, accessors, which stay the same functions, and those of computed attributes, which
 * take a row of the table and are recreated.  Called by people, and by assoc.registry_remake() for
 * what Citus does so.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/arguments.h"
#include "base/compat.h"
#include "base/ddl.h"
#include "base/errors.h"
#include "base/role.h"
#include "catalog/pg_type.h"
#include "declare/accessor.h"
#include "declare/association.h"
#include "declare/computed.h"
#include "declare/dry_run.h"
#include "declare/model.h"
#include "fmgr.h"
#include "utils/array.h"

PG_FUNCTION_INFO_V1(assoc_move_model);
PG_FUNCTION_INFO_V1(registry_move);

static Datum move_model(FunctionCallInfo fcinfo, int variant);
static ModelRow *lock_both(const char *name, Oid relation);
static List *oids_of(ArrayType *array);
static List *move(List *from, List *to);
static void need_free_table(const ModelRow *model, Oid to);
static void need_columns(const ModelRow *model, Oid to);
static List *associations_of(List *relations);
static void move_rows(List *models, List *associations, List *from, List *to);
static Oid	moved(Oid relation, List *from, List *to);
static List *move_accessors(const AssociationRow *row, Oid source);
static void move_computed(const ModelRow *model, Oid to);

/* move_model(model text, relation regclass, dry_run boolean) */
Datum
assoc_move_model(PG_FUNCTION_ARGS)
{
	return dry_run(fcinfo, 2, move_model, 0);
}

static Datum
move_model(FunctionCallInfo fcinfo, int variant pg_attribute_unused())
{
	char	   *name = argument_optional_names(fcinfo, 0, "model");
	Oid			relation;
	ModelRow   *model;

	error_during_recovery(fcinfo->flinfo->fn_oid);
	argument_require(fcinfo, 0, "model");
	argument_require(fcinfo, 1, "relation");
	relation = PG_GETARG_OID(1);
	registry_pin();
	model = lock_both(name, relation);
	model_refuse_others(model, model_associations(model->relation), "move");
	return model_result_accessors("model", model->name,
								  move(list_make1_oid(model->relation), list_make1_oid(relation)));
}

static ModelRow *
lock_both(const char *name, Oid relation)
{
	Oid			from = declaration_find_model(name);
	ModelRow   *model = model_lock(from);

	if (model == NULL)
		model_report_removed(name);
	(void) model_lock(relation);
	declaration_lock(list_make2_oid(from, relation));
	registry_lock_model(from, ExclusiveLock);
	return model;
}

/* registry_move(relations oid[], new_relations oid[]): whoever owns what leads there */
Datum
registry_move(PG_FUNCTION_ARGS)
{
	argument_require(fcinfo, 0, "relations");
	argument_require(fcinfo, 1, "new_relations");
	registry_pin();
	(void) move(oids_of(PG_GETARG_ARRAYTYPE_P(0)), oids_of(PG_GETARG_ARRAYTYPE_P(1)));
	PG_RETURN_VOID();
}

static List *
oids_of(ArrayType *array)
{
	List	   *oids = NIL;
	Datum	   *values;
	int			n;

	deconstruct_array(array, OIDOID, sizeof(Oid), true, TYPALIGN_INT, &values, NULL, &n);
	for (int i = 0; i < n; i++)
		oids = lappend_oid(oids, DatumGetObjectId(values[i]));
	return oids;
}

/*
 * All rows first: an accessor of tables of which only some have moved would be written over tables that
 * are none any more.  The signatures of the accessors.
 */
static List *
move(List *from, List *to)
{
	List	   *associations = associations_of(from);
	List	   *models = NIL;
	List	   *accessors = NIL;
	ListCell   *lc;
	ListCell   *other;

	forboth(lc, from, other, to)
	{
		ModelRow   *model = registry_read_model(lfirst_oid(lc));

		if (model == NULL)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_OBJECT),
					 errmsg("relation with OID %u is no model", lfirst_oid(lc))));
		need_free_table(model, lfirst_oid(other));
		need_columns(model, lfirst_oid(other));
		models = lappend(models, model);
	}
	move_rows(models, associations, from, to);
	forboth(lc, models, other, to)
		move_computed(lfirst(lc), lfirst_oid(other));
	foreach_ptr(AssociationRow, row, associations)
		accessors = list_concat(accessors, move_accessors(row, moved(row->source, from, to)));
	return accessors;
}

static void
need_free_table(const ModelRow *model, Oid to)
{
	ModelRow   *other = registry_read_model(to);

	if (other != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("table %s is model \"%s\" already", ddl_table(to), other->name),
				 other->relation == model->relation ? 0 : errhint("assoc.forget takes that back.")));
}

/* what an association or an attribute is by */
static void
need_columns(const ModelRow *model, Oid to)
{
	List	   *missing =
		ddl_texts("SELECT DISTINCT pg_catalog.quote_ident(c.column_name) FROM assoc.registry_columns c"
				  " WHERE c.relation OPERATOR(pg_catalog.=) %u AND NOT EXISTS (SELECT FROM pg_catalog.pg_attribute a"
				  " WHERE a.attrelid OPERATOR(pg_catalog.=) %u AND a.attname OPERATOR(pg_catalog.=) c.column_name"
				  " AND a.attnum OPERATOR(pg_catalog.>) 0) ORDER BY 1", model->relation, to);

	if (missing != NIL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("%s has no column %s, which declarations of model \"%s\" name", ddl_table(to),
						(char *) linitial(missing), model->name)));
}

static List *
associations_of(List *relations)
{
	List	   *all = NIL;

	foreach_oid(relation, relations)
		all = model_add_associations(all, model_associations(relation));
	return all;
}

static void
move_rows(List *models, List *associations, List *from, List *to)
{
	foreach_ptr(AssociationRow, row, associations)
		(void) registry_delete_association(row->source, row->alias);
	foreach_ptr(ModelRow, model, models)
		(void) registry_delete_model(model->relation);
	foreach_ptr(ModelRow, model, models)
	{
		ModelRow	there = *model;

		there.relation = moved(model->relation, from, to);
		registry_put_model(&there);
	}
	foreach_ptr(AssociationRow, row, associations)
	{
		AssociationRow there = *row;

		there.source = moved(row->source, from, to);
		there.target = moved(row->target, from, to);
		there.through = moved(row->through, from, to);
		registry_put_association(&there);
	}
}

static Oid
moved(Oid relation, List *from, List *to)
{
	ListCell   *lc;
	ListCell   *other;

	forboth(lc, from, other, to)
	{
		if (lfirst_oid(lc) == relation)
			return lfirst_oid(other);
	}
	return relation;
}

/* those of a table that only leads to one that moves depend on it, too */
static List *
move_accessors(const AssociationRow *row, Oid source)
{
	RoleFrame	before = role_become(role_owner_of(source));
	List	   *accessors =
		accessors_move(row->source, registry_resolve_alias(registry_model(source), row->alias, NULL));

	role_return(&before);
	return accessors;
}

static void
move_computed(const ModelRow *model, Oid to)
{
	RoleFrame	before = role_become(role_owner_of(to));

	computed_move(model->relation, to, model->options);
	role_return(&before);
}
