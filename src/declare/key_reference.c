/*-------------------------------------------------------------------------
 *
 * key_reference.c
 *	  Columns that point at another table's key: found, checked and made.
 *
 * Decides what makes such columns fit: that they exist, that their types can be
 * compared, that a real foreign key over them points at the same place, and
 * that an index serves them.  Which columns and tables an association means,
 * association.c and join_table.c decide.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "base/compat.h"
#include "base/ddl.h"
#include "base/naming.h"
#include "catalog/pg_constraint.h"
#include "declare/key_index.h"
#include "declare/key_reference.h"
#include "registry/key_match.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/ruleutils.h"
#include "utils/syscache.h"

pg_noreturn static void report_not_unique(const Model *model, List *columns);
pg_noreturn static void report_type_mismatch(const KeyReference *ref, const char *column,
								 const char *referenced_column);
static void check_order(const KeyReference *ref);
static bool can_be_referenced(Oid relation);
static void check_pointed_elsewhere(const KeyReference *ref);
static List *foreign_keys_of(Oid relation);
static HeapTuple constraint_row(Oid constraint);
static KeyReference *reference_of(const ForeignKeyCacheInfo *info);
static bool same_pairs(const KeyReference *a, const KeyReference *b);
static bool actions_fit(Oid constraint, const KeyOptions *options);
static bool action_fits(char action, const char *words);
static bool deferrability_fits(Form_pg_constraint row, const char *words);
static const char *action_words(char action);
static char *column_like(const char *column, Oid referenced, const char *referenced_column, bool not_null);
pg_noreturn static void report_action_conflict(const KeyReference *ref, Oid constraint,
								   const KeyOptions *options);

KeyReference
key_reference_of(const AssociationRow *row)
{
	if (row->kind == BELONGS_TO)
		return (KeyReference) {row->source, row->foreign_key, row->target, row->target_key, NIL};
	return (KeyReference) {row->kind == BELONGS_TO_MANY ? row->through : row->target, row->foreign_key,
		row->source, row->source_key, NIL};
}

KeyReference
key_reference_of_target(const AssociationRow *row)
{
	return (KeyReference) {row->through, row->other_key, row->target, row->target_key, NIL};
}

List *
key_columns_pointed_at(const Model *model, List *given)
{
	List	   *columns = given;

	for (int i = 0; given == NIL && i < model->nkey; i++)
		columns = lappend(columns, pstrdup(model->key[i]->column));
	if (columns == NIL)
		ereport(ERROR,
				(errcode(ERRCODE_ASSOC_UNFIT_TABLE),
				 errmsg("%s has no primary key to point at", model->quoted_table),
				 model->relkind == RELKIND_RELATION ?
				 errhint("Add a primary key, or name unique columns as source_key or target_key.") :
				 errhint("Name the columns of its key with the option \"key\" of assoc.adopt, "
						 "or name unique columns as source_key or target_key.")));
	key_columns_require(model, columns);
	/* no catalog knows whether the columns of a view are unique */
	if ((model->relkind == RELKIND_RELATION || model->relkind == RELKIND_PARTITIONED_TABLE) &&
		!key_is_unique(model, columns))
		report_not_unique(model, columns);
	return columns;
}

static void
report_not_unique(const Model *model, List *columns)
{
	char	   *statement = key_unique_statement(model, columns);

	ereport(ERROR,
			(errcode(ERRCODE_INVALID_FOREIGN_KEY),
			 errmsg("there is no unique constraint on (%s) of %s",
					key_columns_text(columns), model->quoted_table),
			 statement ? errhint("%s;", statement) : 0));
}

/* ---- do the columns fit ---- */

void
key_reference_check(const KeyReference *ref, const KeyOptions *options)
{
	ListCell   *lc1;
	ListCell   *lc2;

	if (list_length(ref->columns) != list_length(ref->referenced_columns))
		ereport(ERROR,
				(errcode(ERRCODE_ASSOC_KEY_MISMATCH),
				 errmsg("foreign key mismatch: (%s) cannot point at (%s) of %s",
						key_columns_text(ref->columns),
						key_columns_text(ref->referenced_columns),
						ddl_table(ref->referenced)),
				 errdetail("The numbers of columns differ: %d and %d.",
						   list_length(ref->columns), list_length(ref->referenced_columns))));
	forboth(lc1, ref->columns, lc2, ref->referenced_columns)
	{
		AttrNumber	attnum = get_attnum(ref->relation, lfirst(lc1));
		AttrNumber	pointed = get_attnum(ref->referenced, lfirst(lc2));
		KeyMatch	match;

		if (attnum > 0 && !key_match_find(get_atttype(ref->relation, attnum),
										  get_atttype(ref->referenced, pointed), &match))
			report_type_mismatch(ref, lfirst(lc1), lfirst(lc2));
	}
	check_order(ref);
	if (options->constraints && can_be_referenced(ref->referenced))
		check_pointed_elsewhere(ref);
}

/* by a foreign key; to a view or a foreign table rows point without one */
static bool
can_be_referenced(Oid relation)
{
	char		relkind = get_rel_relkind(relation);

	return relkind == RELKIND_RELATION || relkind == RELKIND_PARTITIONED_TABLE;
}

/*
 * tenant_id that would point at something else than tenant_id: the columns were
 * not named in the order of the key.  Where there is a real foreign key it is meant so.
 */
static void
check_order(const KeyReference *ref)
{
	ListCell   *lc1;
	ListCell   *lc2;

	if (OidIsValid(ref->relation) && OidIsValid(key_reference_constraint(ref)))
		return;
	forboth(lc1, ref->columns, lc2, ref->referenced_columns)
		if (strcmp(lfirst(lc1), lfirst(lc2)) != 0 &&
			list_length(ref->columns) > 1 && naming_among(ref->referenced_columns, lfirst(lc1)))
			ereport(ERROR,
					(errcode(ERRCODE_ASSOC_KEY_MISMATCH),
					 errmsg("foreign key mismatch: \"%s\" would point at \"%s\" of %s",
							(char *) lfirst(lc1), (char *) lfirst(lc2),
							ddl_table(ref->referenced)),
					 errdetail("The key is (%s) and the columns are (%s).",
							   key_columns_text(ref->referenced_columns),
							   key_columns_text(ref->columns)),
					 errhint("Name the columns in the order of the key.")));
}

static void
report_type_mismatch(const KeyReference *ref, const char *column, const char *referenced_column)
{
	Oid			type = get_atttype(ref->relation, get_attnum(ref->relation, column));
	Oid			pointed = get_atttype(ref->referenced, get_attnum(ref->referenced, referenced_column));

	ereport(ERROR,
			(errcode(ERRCODE_ASSOC_KEY_MISMATCH),
			 errmsg("foreign key mismatch: column \"%s\" of %s is of type %s, "
					"but \"%s\" of %s is of type %s",
					column, ddl_table(ref->relation), format_type_be(type),
					referenced_column, ddl_table(ref->referenced), format_type_be(pointed)),
			 errhint("Give the columns that belong together, or change the type of one.")));
}

/* The columns point where a foreign key over them does, unless no constraint is requested. */
static void
check_pointed_elsewhere(const KeyReference *ref)
{
	const KeyReference *other = NULL;

	foreach_ptr(ForeignKeyCacheInfo, info, OidIsValid(ref->relation) ? foreign_keys_of(ref->relation) : NIL)
	{
		KeyReference *key = reference_of(info);

		if (!key_columns_equal(key->columns, ref->columns))
			continue;
		if (key->referenced == ref->referenced && same_pairs(key, ref))
			return;
		other = key;
	}
	if (other == NULL)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_ASSOC_KEY_MISMATCH),
			 errmsg("foreign key mismatch: (%s) of %s points at (%s) of %s, not at (%s) of %s",
					key_columns_text(ref->columns), ddl_table(ref->relation),
					key_columns_text(other->referenced_columns), ddl_table(other->referenced),
					key_columns_text(ref->referenced_columns), ddl_table(ref->referenced)),
			 errhint("With \"constraints\": false in the options, the columns may point there, too.")));
}

/* ---- real foreign keys ---- */

List *
key_references_between(Oid relation, Oid referenced)
{
	List	   *references = NIL;

	foreach_ptr(const ForeignKeyCacheInfo, info, foreign_keys_of(relation))
	{
		if (info->confrelid == referenced)
			references = lappend(references, reference_of(info));
	}
	return references;
}

Oid
key_reference_constraint(const KeyReference *ref)
{
	foreach_ptr(const ForeignKeyCacheInfo, info, foreign_keys_of(ref->relation))
	{
		if (info->confrelid == ref->referenced && same_pairs(reference_of(info), ref))
			return info->conoid;
	}
	return InvalidOid;
}

/* copied: the relation's own list dies with its cache entry.  Without those over periods: they are no equality */
static List *
foreign_keys_of(Oid relation)
{
	Relation	rel = table_open(relation, AccessShareLock);
	List	   *all = copyObject(RelationGetFKeyList(rel));
	List	   *keys = NIL;

	table_close(rel, AccessShareLock);
	foreach_ptr(ForeignKeyCacheInfo, info, all)
	{
		HeapTuple	tuple = constraint_row(info->conoid);

		if (!assoc_foreign_key_has_period((Form_pg_constraint) GETSTRUCT(tuple)))
			keys = lappend(keys, info);
		ReleaseSysCache(tuple);
	}
	return keys;
}

static HeapTuple
constraint_row(Oid constraint)
{
	HeapTuple	tuple = SearchSysCache1(CONSTROID, ObjectIdGetDatum(constraint));

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for constraint %u", constraint);
	return tuple;
}

static KeyReference *
reference_of(const ForeignKeyCacheInfo *info)
{
	KeyReference *ref = palloc0_object(KeyReference);

	ref->relation = info->conrelid;
	ref->referenced = info->confrelid;
	for (int i = 0; i < info->nkeys; i++)
	{
		ref->columns = lappend(ref->columns,
							   get_attname(info->conrelid, info->conkey[i], false));
		ref->referenced_columns = lappend(ref->referenced_columns,
										  get_attname(info->confrelid, info->confkey[i], false));
	}
	return ref;
}

/* the same columns at the same columns, in whatever order they are listed */
static bool
same_pairs(const KeyReference *a, const KeyReference *b)
{
	ListCell   *lc1;
	ListCell   *lc2;

	if (list_length(a->columns) != list_length(b->columns))
		return false;
	forboth(lc1, a->columns, lc2, a->referenced_columns)
	{
		bool		found = false;
		ListCell   *lc3;
		ListCell   *lc4;

		forboth(lc3, b->columns, lc4, b->referenced_columns)
			found = found || (strcmp(lfirst(lc1), lfirst(lc3)) == 0 &&
							  strcmp(lfirst(lc2), lfirst(lc4)) == 0);
		if (!found)
			return false;
	}
	return true;
}

char *
key_reference_clauses(const KeyReference *ref, const KeyOptions *options, const char *action)
{
	if (!options->constraints || !can_be_referenced(ref->referenced))
		return "";
	return psprintf(", %s", key_reference_clause(ref, options, action));
}

char *
key_reference_clause(const KeyReference *ref, const KeyOptions *options, const char *action)
{
	StringInfoData buf;
	const char *on_delete = options->on_delete ? options->on_delete : action;
	const char *on_update = options->on_update ? options->on_update : action;

	initStringInfo(&buf);
	appendStringInfo(&buf, "FOREIGN KEY (%s) REFERENCES %s (%s)",
					 ddl_column_list(ref->columns),
					 ddl_table(ref->referenced),
					 ddl_column_list(ref->referenced_columns));
	if (on_delete != NULL)
		appendStringInfo(&buf, " ON DELETE %s", on_delete);
	if (on_update != NULL)
		appendStringInfo(&buf, " ON UPDATE %s", on_update);
	if (options->deferrable != NULL)
		appendStringInfo(&buf, " %s", options->deferrable);
	return buf.data;
}

bool
key_reference_apply(const KeyReference *ref, const KeyOptions *options,
					const char *action, bool may_alter, bool replace)
{
	Oid			constraint = key_reference_constraint(ref);

	if (!options->constraints || !can_be_referenced(ref->referenced))
		return false;
	if (OidIsValid(constraint))
	{
		if (actions_fit(constraint, options) && (!may_alter || key_reference_enforced(constraint)))
			return false;
		if (!may_alter || !replace)
			report_action_conflict(ref, constraint, options);
		ddl_run("ALTER TABLE %s DROP CONSTRAINT %s", ddl_table(ref->relation),
				quote_identifier(get_constraint_name(constraint)));
	}
	else if (!may_alter)
		return false;
	ddl_run("ALTER TABLE %s ADD %s%s", ddl_table(ref->relation),
			key_reference_clause(ref, options, action), options->later ? " NOT VALID" : "");
	return true;
}

bool
key_reference_stands(const KeyReference *ref, const KeyOptions *options)
{
	Oid			constraint = key_reference_constraint(ref);

	if (!options->constraints || !can_be_referenced(ref->referenced))
		return true;
	return OidIsValid(constraint) && actions_fit(constraint, options) && key_reference_enforced(constraint);
}

bool
key_reference_enforced(Oid constraint)
{
	HeapTuple	tuple = constraint_row(constraint);
	bool		enforced = assoc_constraint_enforced((Form_pg_constraint) GETSTRUCT(tuple));

	ReleaseSysCache(tuple);
	return enforced;
}

/* does the constraint do what the options have?  What they leave out is not compared */
static bool
actions_fit(Oid constraint, const KeyOptions *options)
{
	HeapTuple	tuple = constraint_row(constraint);
	Form_pg_constraint row = (Form_pg_constraint) GETSTRUCT(tuple);
	bool		fit = action_fits(row->confdeltype, options->on_delete) &&
		action_fits(row->confupdtype, options->on_update) &&
		deferrability_fits(row, options->deferrable);
	ReleaseSysCache(tuple);
	return fit;
}

static bool
action_fits(char action, const char *words)
{
	return words == NULL || strcmp(action_words(action), words) == 0;
}

static bool
deferrability_fits(Form_pg_constraint row, const char *words)
{
	if (words == NULL)
		return true;
	return row->condeferrable == (strncmp(words, "NOT", 3) != 0) &&
		row->condeferred == (strstr(words, "DEFERRED") != NULL);
}

static const char *
action_words(char action)
{
	switch (action)
	{
		case FKCONSTR_ACTION_CASCADE:
			return "CASCADE";
		case FKCONSTR_ACTION_RESTRICT:
			return "RESTRICT";
		case FKCONSTR_ACTION_SETNULL:
			return "SET NULL";
		case FKCONSTR_ACTION_SETDEFAULT:
			return "SET DEFAULT";
		default:
			return "NO ACTION";
	}
}

static void
report_action_conflict(const KeyReference *ref, Oid constraint, const KeyOptions *options)
{
	ereport(ERROR,
			(errcode(ERRCODE_ASSOC_DECLARATION_CONFLICT),
			 errmsg("foreign key \"%s\" of %s does something else than declared",
					get_constraint_name(constraint), ddl_table(ref->relation)),
			 errdetail("Declared: %s. Existing: %s.",
					   key_reference_clause(ref, options, NULL),
					   TextDatumGetCString(DirectFunctionCall1(pg_get_constraintdef,
															   ObjectIdGetDatum(constraint)))),
			 errhint("In a table that a declaration made, "
					 "replace => true recreates the foreign key.")));
}

/* ---- making columns ---- */

char *
key_reference_column(const KeyReference *ref, const char *column, bool not_null)
{
	ListCell   *lc1;
	ListCell   *lc2;

	forboth(lc1, ref->columns, lc2, ref->referenced_columns)
		if (strcmp(lfirst(lc1), column) == 0)
			return column_like(column, ref->referenced, lfirst(lc2), not_null);
	return NULL;
}

static char *
column_like(const char *column, Oid referenced, const char *referenced_column, bool not_null)
{
	AttrNumber	attnum = get_attnum(referenced, referenced_column);
	Oid			type;
	int32		typmod;
	Oid			collation;
	StringInfoData buf;

	get_atttypetypmodcoll(referenced, attnum, &type, &typmod, &collation);
	initStringInfo(&buf);
	appendStringInfo(&buf, "%s %s", quote_identifier(column), ddl_type(type, typmod));
	if (OidIsValid(collation) && collation != get_typcollation(type))
		appendStringInfo(&buf, " COLLATE %s", generate_collation_name(collation));
	if (not_null)
		appendStringInfoString(&buf, " NOT NULL");
	return buf.data;
}
