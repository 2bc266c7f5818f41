/*-------------------------------------------------------------------------
 *
 * foreign_key.c
 *	  The pointing columns of a has_many, has_one or belongs_to: made or checked.
 *
 * Decides what such columns get: the type pointed at, a foreign key without
 * action unless one is given, an index, which for has_one is unique.  Which
 * columns they are, declaration_keys.c decides.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "base/ddl.h"
#include "base/naming.h"
#include "declare/foreign_key.h"
#include "declare/key_index.h"
#include "utils/builtins.h"

static bool complete_made(const KeyReference *ref, const AssociationOptions *options,
						  bool unique, bool replace, List **created);
static char *column_statement(const KeyReference *ref, const char *column);
static List *unique_columns(const KeyReference *ref);
static char *index_statement(const KeyReference *ref, bool unique);
static void check_adopted(const KeyReference *ref, const Model *model, bool unique);
pg_noreturn static void report_not_unique(const KeyReference *ref, const Model *model);
static char *column_statements(const KeyReference *ref, const Model *model, bool unique);
pg_noreturn static void report_missing(const KeyReference *ref, const Model *model, bool unique);

bool
foreign_key_fit(const KeyReference *ref, const AssociationOptions *options,
				bool unique, bool replace, List **created)
{
	const Model *model = registry_model(ref->relation);
	KeyReference scoped = *ref;

	if (options->kind != BELONGS_TO && options->document != NULL)
		scoped.fixed = key_scope_columns(model, doc_get(options->document, "scope"));
	key_reference_check(ref, &options->keys);
	if (model->managed)
		return complete_made(&scoped, options, unique, replace, created);
	(void) key_reference_apply(ref, &options->keys, NULL, false, replace);
	check_adopted(&scoped, model, unique);
	return false;
}

void
foreign_key_restore(const KeyReference *ref)
{
	if (!key_has_index(ref->relation, ref->columns, ref->fixed))
		ddl_run("%s", index_statement(ref, false));
}

static bool
complete_made(const KeyReference *ref, const AssociationOptions *options,
			  bool unique, bool replace, List **created)
{
	List	   *missing = key_columns_missing(ref->relation, ref->columns);
	bool		changed = missing != NIL;

	foreach_ptr(char, column, missing)
	{
		ddl_run("%s", column_statement(ref, column));
		*created = lappend(*created, psprintf("%s.%s", ddl_table(ref->relation),
											  quote_identifier(column)));
	}
	if (key_reference_apply(ref, &options->keys, NULL, true, replace))
		changed = true;
	if (unique ? !key_is_unique(registry_model(ref->relation), unique_columns(ref)) :
		!key_has_index(ref->relation, ref->columns, ref->fixed))
	{
		ddl_run("%s", index_statement(ref, unique));
		changed = true;
	}
	return changed;
}

static char *
column_statement(const KeyReference *ref, const char *column)
{
	return psprintf("ALTER TABLE %s ADD COLUMN %s", ddl_table(ref->relation),
					key_reference_column(ref, column, false));
}

static char *
index_statement(const KeyReference *ref, bool unique)
{
	if (unique)
		return psprintf("ALTER TABLE %s ADD UNIQUE (%s)", ddl_table(ref->relation),
						ddl_column_list(unique_columns(ref)));
	return psprintf("CREATE INDEX ON %s (%s)", ddl_table(ref->relation),
					ddl_column_list(ref->columns));
}

/* a row may have one of each scope */
static List *
unique_columns(const KeyReference *ref)
{
	List	   *columns = list_copy(ref->columns);

	foreach_ptr(char, name, ref->fixed)
	{
		if (!naming_among(columns, name))
			columns = lappend(columns, name);
	}
	return columns;
}

/* Somebody else's table is taken as it is, or not at all. */
static void
check_adopted(const KeyReference *ref, const Model *model, bool unique)
{
	if (key_columns_missing(ref->relation, ref->columns) != NIL)
		report_missing(ref, model, unique);
	if (unique && !key_is_unique(model, unique_columns(ref)))
		report_not_unique(ref, model);
	key_warn_missing_index(ref->relation, ref->columns, ref->fixed, "loading the rows that point");
}

static void
report_not_unique(const KeyReference *ref, const Model *model)
{
	char	   *statement = key_unique_statement(model, unique_columns(ref));

	ereport(ERROR,
			(errcode(ERRCODE_ASSOC_UNFIT_TABLE),
			 errmsg("no unique key on (%s) of %s: a has_one could find several rows",
					key_columns_text(unique_columns(ref)), model->quoted_table),
			 ddl_detail_never_altered(model->quoted_table),
			 statement == NULL ?
			 errhint("Give \"unique\": false in the options.") :
			 errhint("%s; or give \"unique\": false in the options.", statement)));
}

static void
report_missing(const KeyReference *ref, const Model *model, bool unique)
{
	List	   *missing = key_columns_missing(ref->relation, ref->columns);
	char	   *statements = column_statements(ref, model, unique);
	char	   *nearest = key_columns_nearest(model, linitial(missing));

	ereport(ERROR,
			(errcode(ERRCODE_ASSOC_UNFIT_TABLE),
			 errmsg("column \"%s\" of %s does not exist",
					(char *) linitial(missing), model->quoted_table),
			 errdetail("%s was not made by a declaration and is never altered. %s",
					   model->quoted_table, nearest ? nearest : ""),
			 statements == NULL ?
			 errhint("Name a column that exists as foreign_key.") :
			 errhint("Name a column that exists as foreign_key, or make this one:\n%s", statements)));
}

/* NULL where ALTER TABLE would not do: the columns of a view are its query's */
static char *
column_statements(const KeyReference *ref, const Model *model, bool unique)
{
	StringInfoData buf;

	if (model->relkind != RELKIND_RELATION && model->relkind != RELKIND_PARTITIONED_TABLE)
		return NULL;
	initStringInfo(&buf);
	foreach_ptr(char, column, key_columns_missing(ref->relation, ref->columns))
		appendStringInfo(&buf, "%s;\n", column_statement(ref, column));
	appendStringInfo(&buf, "%s;", index_statement(ref, unique && model->relkind == RELKIND_RELATION));
	return buf.data;
}
