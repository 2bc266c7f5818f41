/*-------------------------------------------------------------------------
 *
 * declared.c
 *	  What declarations gave a table that they made, and the table has lost since.
 *
 * NOT NULL, defaults, validators, unique and foreign keys are read live and nowhere else;
 * the registry keeps the documents of the declarations as they were given, and here
 * they are compared with the table once more, by the code that compares a declaration
 * that comes again.  What no document has is not compared: an owner adds what
 * he wants.  A column that was dropped has left the registry, and is not missed.
 *
 * The documents are the word of the table's owner: assoc.check() reads them with his rights.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/arguments.h"
#include "base/compat.h"
#include "base/ddl.h"
#include "base/doc_member.h"
#include "base/role.h"
#include "base/trial.h"
#include "catalog/pg_class.h"
#include "declare/association_options.h"
#include "declare/attribute.h"
#include "declare/declared.h"
#include "declare/key_reference.h"
#include "declare/model_options.h"
#include "fmgr.h"
#include "funcapi.h"
#include "registry/registry_cache.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/tuplestore.h"

#define LINK_ACTION "CASCADE"

/* a foreign key that was declared */
typedef struct DeclaredKey
{
	KeyReference ref;
	const KeyOptions *options;
	const char *action;			/* where the options have none; NULL: NO ACTION */
	const char *name;			/* alias of the association */
} DeclaredKey;

/* what is found of one table */
typedef struct Findings
{
	Oid			relation;
	List	   *differences;	/* of AttributeDifference */
	List	   *keys;			/* of DeclaredKey that are missing or different */
} Findings;

PG_FUNCTION_INFO_V1(assoc_declared_lost);

static void find_lost(void *arg);
static List *lost_attributes(const ModelRow *row);
static List *declared_attributes(const ModelRow *row);
static List *kept_times(const ModelRow *row);
static List *lost_keys(Oid relation);
static void add_lost_keys(List **keys, Oid relation, const AssociationRow *row);
static void add_lost_key(List **keys, Oid relation, const AssociationRow *row, KeyReference ref);
static void put_attribute(ReturnSetInfo *result, Oid relation, const AttributeDifference *difference);
static void put_key(ReturnSetInfo *result, const DeclaredKey *key);
static void put_row(ReturnSetInfo *result, const char *name, const char *problem, const char *fix);

/* declared_lost(relation regclass): (name, problem, fix or NULL); what cannot be read any more is none */
Datum
assoc_declared_lost(PG_FUNCTION_ARGS)
{
	Findings	found = {0};
	Oid			owner;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	argument_require(fcinfo, 0, "relation");
	found.relation = PG_GETARG_OID(0);
	owner = role_owner_of(found.relation);
	if (!OidIsValid(owner) || trial_as(owner, find_lost, &found) != NULL)
		return (Datum) 0;
	foreach_ptr(AttributeDifference, difference, found.differences)
		put_attribute((ReturnSetInfo *) fcinfo->resultinfo, found.relation, difference);
	foreach_ptr(DeclaredKey, key, found.keys)
		put_key((ReturnSetInfo *) fcinfo->resultinfo, key);
	return (Datum) 0;
}

/* the lock is one of the (sub)transaction */
static void
find_lost(void *arg)
{
	Findings   *found = arg;
	ModelRow   *row;

	LockRelationOid(found->relation, AccessShareLock);
	registry_pin();
	row = registry_read_model(found->relation);
	if (row == NULL || !row->managed || get_rel_relkind(row->relation) != RELKIND_RELATION)
		return;
	found->differences = lost_attributes(row);
	found->keys = lost_keys(row->relation);
}

void
declared_restore(const ModelRow *row)
{
	List	   *differences = NIL;

	/* a type may have been widened for what is stored now */
	foreach_ptr(AttributeDifference, difference, lost_attributes(row))
		if (difference->retype == NULL)
			differences = lappend(differences, difference);
	if (differences != NIL)
		attributes_alter(row->relation, differences, false);
	foreach_ptr(DeclaredKey, key, lost_keys(row->relation))
	{
		KeyOptions	options = *key->options;

		options.later = false;
		(void) key_reference_apply(&key->ref, &options, key->action, true, true);
	}
}

/* ---- attributes ---- */

/* what nothing mends (a column that is computed now) was somebody's will */
static List *
lost_attributes(const ModelRow *row)
{
	List	   *lost = NIL;

	foreach_ptr(AttributeDifference, difference, attributes_compare(row->relation,
																	declared_attributes(row), true))
	{
		if (!difference->fixed && difference->missing == NULL)
			lost = lappend(lost, difference);
	}
	return lost;
}

/* with the columns that the registry has for them; those whose column is gone are left out */
static List *
declared_attributes(const ModelRow *row)
{
	bool		underscored = model_options_true(row->options, "underscored");
	List	   *members = doc_document_members(row->attributes, NULL);
	List	   *all = attributes_parse(row->declared, underscored, "attributes");
	List	   *defs = NIL;

	foreach_ptr(AttributeDef, def, all)
	{
		def->field_given = false;
		if (attribute_registered_column(members, def->name) != NULL)
			defs = lappend(defs, def);
	}
	attributes_follow_columns(defs, row->attributes);
	return list_concat(defs, kept_times(row));
}

/* NOT NULL with a default, as they were made */
static List *
kept_times(const ModelRow *row)
{
	static const char *const keys[] = {"createdAt", "updatedAt"};
	List	   *defs = NIL;

	for (int i = 0; i < (int) lengthof(keys); i++)
	{
		char	   *column = doc_option_string(row->options, NULL, keys[i]);

		if (column != NULL)
			defs = lappend(defs, attribute_timestamp(keys[i], column, false));
	}
	return defs;
}

/* ---- foreign keys ---- */

/* of the table's own columns, whichever direction was declared */
static List *
lost_keys(Oid relation)
{
	List	   *keys = NIL;

	foreach_ptr(AssociationRow, row, registry_read_associations(relation))
		add_lost_keys(&keys, relation, row);
	foreach_ptr(AssociationRow, row, registry_read_own_associations_to(relation))
		if (row->source != relation)
			add_lost_keys(&keys, relation, row);
	foreach_ptr(AssociationRow, row, registry_read_associations_through(relation))
		add_lost_keys(&keys, relation, row);
	return keys;
}

static void
add_lost_keys(List **keys, Oid relation, const AssociationRow *row)
{
	add_lost_key(keys, relation, row, key_reference_of(row));
	if (row->kind == BELONGS_TO_MANY)
		add_lost_key(keys, relation, row, key_reference_of_target(row));
}

static void
add_lost_key(List **keys, Oid relation, const AssociationRow *row, KeyReference ref)
{
	DeclaredKey *key;

	if (row->declared == NULL || ref.relation != relation || registry_association_is_stale(row))
		return;
	key = palloc_object(DeclaredKey);
	key->ref = ref;
	key->options = &association_options_parse(row->declared, row->kind)->keys;
	key->action = row->kind == BELONGS_TO_MANY ? LINK_ACTION : NULL;
	key->name = row->alias;
	if (!key_reference_stands(&key->ref, key->options))
		*keys = lappend(*keys, key);
}

/* ---- what assoc.check() shows ---- */

static void
put_attribute(ReturnSetInfo *result, Oid relation, const AttributeDifference *difference)
{
	put_row(result, difference->name,
			psprintf("it was declared %s, and the table has %s",
					 difference->declared, difference->existing),
			difference->retype ?
			psprintf("ALTER TABLE %s %s", ddl_table(relation), difference->retype) : NULL);
}

static void
put_key(ReturnSetInfo *result, const DeclaredKey *key)
{
	Oid			constraint = key_reference_constraint(&key->ref);

	put_row(result, key->name,
			psprintf("%s was declared, and the table has %s",
					 key_reference_clause(&key->ref, key->options, key->action),
					 !OidIsValid(constraint) ? "none" :
					 key_reference_enforced(constraint) ? "another action" : "one that is not enforced"),
			NULL);
}

static void
put_row(ReturnSetInfo *result, const char *name, const char *problem, const char *fix)
{
	Datum		values[] = {CStringGetTextDatum(name), CStringGetTextDatum(problem),
	fix ? CStringGetTextDatum(fix) : (Datum) 0};
	bool		nulls[] = {false, false, fix == NULL};

	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}
