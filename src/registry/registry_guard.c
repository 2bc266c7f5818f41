/*-------------------------------------------------------------------------
 *
 * registry_guard.c
 *	  Which rows of the registry are refused, whoever writes them, and which names of tables.
 *
 * Called by the triggers of assoc.models and assoc.associations, so that everybody can restore his own dump and
 * no more, and by the event trigger that follows tables.  Decides by what the catalogs say now.  Queries of a trigger
 * would see what the transaction's snapshot shows, and under REPEATABLE READ that may be from when a name
 * was free, or the table the caller's.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "base/arguments.h"
#include "base/compat.h"
#include "base/ddl.h"
#include "base/rights.h"
#include "base/role.h"
#include "catalog/pg_class.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "registry/registry.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"

PG_FUNCTION_INFO_V1(registry_refuse);
PG_FUNCTION_INFO_V1(registry_refuse_move);

static void refuse_relation(Oid relation);
static void refuse_stranger(Oid relation, bool is_target);
static void refuse_name(Oid relation, const char *model);
static Oid	table_named(const char *name, Oid schema, Oid but);
static int	hint_other_name(void);

/* registry_refuse(relation oid, is_target boolean, model text): as a row that the caller inserts has it */
Datum
registry_refuse(PG_FUNCTION_ARGS)
{
	Oid			relation;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_VOID();
	relation = PG_GETARG_OID(0);
	AcceptInvalidationMessages();
	refuse_relation(relation);
	refuse_stranger(relation, PG_GETARG_BOOL(1));
	if (!PG_ARGISNULL(2))
		refuse_name(relation, text_to_cstring(PG_GETARG_TEXT_PP(2)));
	PG_RETURN_VOID();
}

static void
refuse_relation(Oid relation)
{
	char	   *table = ddl_table(relation);

	if (!registry_can_be_model(get_rel_relkind(relation)))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is not a table or view", table)));
	if (get_rel_persistence(relation) == RELPERSISTENCE_TEMP)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("temporary table \"%s\" cannot be a model", ddl_table_name(relation))));
}

/* whoever may point at a table may declare it as a target */
static void
refuse_stranger(Oid relation, bool is_target)
{
	if (role_may_act_as(GetUserId(), role_owner_of(relation)) ||
		(is_target && rights_have(relation, ACL_SELECT | ACL_REFERENCES)))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("must be owner of %s", ddl_table(relation))));
}

/*
 * Or a table of one role could pass for the model of another.  Whoever restores a dump owns what is in it, or is a superuser.
 * Declarations under way in the schema are waited for, by all but superusers, as who the declaring functions write: these wait before.
 */
static void
refuse_name(Oid relation, const char *model)
{
	Oid			schema = get_rel_namespace(relation);

	if (!superuser())
	{
		registry_lock(list_make1_oid(schema));
		AcceptInvalidationMessages();
	}
	/* rows of the same statement are to be seen */
	CommandCounterIncrement();
	foreach_ptr(ModelRow, other, registry_list_models_named(model))
	{
		if (other->relation != relation && get_rel_namespace(other->relation) == schema)
			ereport(ERROR,
					(errcode(ERRCODE_UNIQUE_VIOLATION),
					 errmsg("there is another model \"%s\" in the schema of %s", model, ddl_table(relation))));
	}
	if (!role_may_act_as(GetUserId(), role_owner_of(table_named(model, schema, relation))))
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("model \"%s\" would have the name of a table that belongs to somebody else", model)));
}

/* the relation itself where there is no other one */
static Oid
table_named(const char *name, Oid schema, Oid but)
{
	Oid			other = get_relname_relid(name, schema);

	return OidIsValid(other) && registry_can_be_model(get_rel_relkind(other)) ? other : but;
}

/*
 * registry_refuse_move(relation oid, moved boolean): the table of a model that has got another name or, moved, another schema.
 * Rows of transactions under way count: who writes them does not see the table's new name.
 */
Datum
registry_refuse_move(PG_FUNCTION_ARGS)
{
	bool		moved = argument_flag(fcinfo, 1);
	Oid			relation;
	Oid			owner;
	Oid			schema;
	ModelRow   *model;
	Oid			other;

	argument_require(fcinfo, 0, "relation");
	relation = PG_GETARG_OID(0);
	owner = role_owner_of(relation);
	schema = get_rel_namespace(relation);
	model = registry_read_model(relation);
	if (model == NULL || !OidIsValid(schema))
		PG_RETURN_VOID();
	other = moved ? registry_model_named(model->name, schema, relation) : InvalidOid;
	if (OidIsValid(other))
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("there is another model \"%s\" in schema %s", model->name,
						quote_identifier(get_namespace_name(schema))),
				 hint_other_name()));
	other = registry_model_named(get_rel_name(relation), schema, relation);
	if (OidIsValid(other) && role_owner_of(other) != owner)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("table %s would have the name of model \"%s\", which is %s and belongs to somebody else",
						ddl_table(relation), get_rel_name(relation), ddl_table(other)),
				 hint_other_name()));
	other = table_named(model->name, schema, relation);
	if (moved && role_owner_of(other) != owner)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("model \"%s\" would have the name of table %s, which belongs to somebody else",
						model->name, ddl_table(other)),
				 hint_other_name()));
	PG_RETURN_VOID();
}

static int
hint_other_name(void)
{
	return errhint("Give the model another name before: assoc.adopt(table, name, replace => true).");
}
