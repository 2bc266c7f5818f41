/*-------------------------------------------------------------------------
 *
 * kept_links.c
 *	  What triggers keep of an association's links: the options "counter", "touch", "max",
 *	  "acyclic" and "onDestroy".
 *
 * Decides which triggers there are: four on the table with the links, for whole statements, that ask the
 * registry what is to be kept, so that they stay right when a declaration changes or a column is
 * renamed.  What they write is the source's, with the rights of the owner of both tables, so both
 * have the same one; a row of the registry with other owners is ignored.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "base/ddl.h"
#include "base/document.h"
#include "base/errors.h"
#include "base/role.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "declare/attribute.h"
#include "declare/kept_links.h"
#include "declare/model.h"
#include "miscadmin.h"
#include "registry/proof.h"
#include "utils/builtins.h"
#include "utils/formatting.h"
#include "utils/lsyscache.h"
#include "validate/validator.h"

#define NAME_PREFIX "keep_links_"

static const char *const events[][2] = {
	{"insert", " REFERENCING NEW TABLE AS kept_new"},
	{"update", " REFERENCING OLD TABLE AS kept_old NEW TABLE AS kept_new"},
	{"delete", " REFERENCING OLD TABLE AS kept_old"},
	{"truncate", ""},
};

static KeptLinks *kept_links_cascade_of(const ResolvedAssociation *assoc);
static JsonbValue *scope_of(const ResolvedAssociation *assoc);
static bool scope_is_kept(const KeptLinks *kept);
static bool may_cycle(const ResolvedAssociation *assoc);
static void need_same_types(const KeptLinks *kept);
static bool says_anything(const AssociationRow *row);
static List *add_kept(List *all, const AssociationRow *row, Oid relation,
					  KeptLinks *(*kept_of) (const ResolvedAssociation *));
static void need_all_kept(const ResolvedAssociation *assoc, const KeptLinks *kept, const KeptLinks *cascade);
static void need_plain_table(const Model *model);
static void need_stored(const KeptLinks *kept);
static void need_one_owner(const ResolvedAssociation *assoc);
static void settle(List *all);
static bool make_triggers(const Model *holder);
static char *trigger_statement(const Model *holder, int event);
static char *trigger_name(int event);

KeptLinks *
kept_links_of(const ResolvedAssociation *assoc)
{
	char	   *counter = doc_option_string(assoc->association->options, NULL, "counter");
	JsonbValue *max = doc_option(assoc->association->options, NULL, "max");
	bool		touch = doc_is_true(doc_option(assoc->association->options, NULL, "touch"));
	bool		acyclic = doc_is_true(doc_option(assoc->association->options, NULL, "acyclic"));
	KeptLinks  *kept;

	if ((counter == NULL && max == NULL && !touch && !acyclic) || assoc->source_points)
		return NULL;
	kept = kept_links_make(assoc);
	if (counter != NULL)
		kept->counter = model_attribute(assoc->source, counter);
	if (touch)
		kept->touched = assoc->source->updated_at;
	kept->max = kept_limits_stored(max);
	kept->acyclic = acyclic && may_cycle(assoc);
	kept->follows = proof_of_cascade(kept->holder, assoc->nsource, assoc->source_ref, assoc->source,
									 assoc->source_key, true);
	return kept;
}

/* the same of onDestroy: both ends need a column for the time of a deletion */
static KeptLinks *
kept_links_cascade_of(const ResolvedAssociation *assoc)
{
	KeptLinks  *kept;

	if (doc_option(assoc->association->options, NULL, "onDestroy") == NULL || assoc->source_points)
		return NULL;
	kept = kept_links_make(assoc);
	kept->cascades = true;
	return kept->deleted_at != NULL && assoc->source->deleted_at != NULL && assoc->source->nkey > 0 ? kept : NULL;
}

KeptLinks *
kept_links_make(const ResolvedAssociation *assoc)
{
	KeptLinks  *kept = palloc0_object(KeptLinks);

	kept->assoc = assoc;
	kept->holder = assoc->through ? assoc->through : assoc->target;
	kept->deleted_at = link_deleted_at(assoc->association->options, kept->holder);
	kept->nscope = link_scope_equalities(kept->holder, scope_of(assoc), doc_path_key(NULL, "scope"), &kept->scope);
	return kept;
}

static JsonbValue *
scope_of(const ResolvedAssociation *assoc)
{
	return doc_option(assoc->association->options, assoc->through ? "through" : NULL, "scope");
}

/*
 * Triggers tell from a row alone whether it is a link.  An attribute of the scope may be gone, too: more rows
 * would be links than are, and loads fail.
 */
static bool
scope_is_kept(const KeptLinks *kept)
{
	JsonbValue *scope = scope_of(kept->assoc);

	return scope == NULL || !doc_is_object(scope) || kept->nscope == list_length(doc_object_pairs(scope));
}

/* rows of one table, which a link tells apart by the same columns on both sides */
static bool
may_cycle(const ResolvedAssociation *assoc)
{
	if (assoc->source->relid != assoc->target->relid)
		return false;
	for (int i = 0; assoc->through != NULL && i < assoc->nsource; i++)
	{
		if (assoc->nsource != assoc->ntarget || assoc->source_key[i]->attnum != assoc->target_key[i]->attnum ||
			assoc->source_ref[i]->type != assoc->target_ref[i]->type)
			return false;
	}
	return true;
}

/* what counts as one source in a table of links is one */
static void
need_same_types(const KeptLinks *kept)
{
	for (int i = 0; i < kept->assoc->nsource; i++)
	{
		const Attribute *ref = kept->assoc->source_ref[i];
		const Attribute *key = kept->assoc->source_key[i];

		if (getBaseType(ref->type) != getBaseType(key->type) || ref->collation != key->collation)
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("links are not counted by a key of another type: \"%s\" of %s is %s, \"%s\" of %s is %s",
							ref->column, kept->holder->quoted_table, format_type_be(ref->type),
							key->column, kept->assoc->source->quoted_table, format_type_be(key->type))));
	}
}

List *
kept_links_of_table(Oid relation)
{
	List	   *all = NIL;

	foreach_ptr(AssociationRow, row, registry_read_associations_through(relation))
		all = add_kept(all, row, relation, kept_links_of);
	foreach_ptr(AssociationRow, row, registry_read_own_associations_to(relation))
	{
		if (!OidIsValid(row->through))
			all = add_kept(all, row, relation, kept_links_of);
	}
	foreach_ptr(AssociationRow, row, registry_read_associations(relation))
		all = add_kept(all, row, relation, kept_links_cascade_of);
	return all;
}

static List *
add_kept(List *all, const AssociationRow *row, Oid relation, KeptLinks *(*kept_of) (const ResolvedAssociation *))
{
	Oid			holder = OidIsValid(row->through) ? row->through : row->target;
	ResolvedAssociation *assoc;
	KeptLinks  *kept;

	if (!says_anything(row))
		return all;
	if (role_owner_of(row->source) != role_owner_of(relation) || role_owner_of(holder) != role_owner_of(relation))
		return all;
	assoc = registry_resolve_row(row);
	if (!scope_is_kept(kept_links_make(assoc)))
		return all;
	if (kept_of == kept_links_of)
		all = list_concat(all, kept_limits_of(assoc));
	kept = kept_of(assoc);
	return kept ? lappend(all, kept) : all;
}

List *
kept_limits_of_source(Oid relation)
{
	List	   *all = NIL;

	foreach_ptr(AssociationRow, row, registry_read_associations(relation))
	{
		Oid			holder = OidIsValid(row->through) ? row->through : row->target;

		if (says_anything(row) && role_owner_of(holder) == role_owner_of(relation))
			all = list_concat(all, kept_limits_of(registry_resolve_row(row)));
	}
	return all;
}

/* others may have tables that do not fit their declaration */
static bool
says_anything(const AssociationRow *row)
{
	static const char *const keys[] = {"counter", "touch", "max", "limits", "acyclic", "onDestroy"};
	JsonbValue	root;

	doc_root_value(row->options, &root);
	for (int i = 0; i < (int) lengthof(keys); i++)
	{
		if (doc_get(&root, keys[i]) != NULL)
			return true;
	}
	return false;
}

/* ---- declaring ---- */

bool
kept_links_fit(const AssociationRow *row, bool fresh)
{
	const ResolvedAssociation *assoc;
	KeptLinks  *kept;
	KeptLinks  *cascade;
	List	   *all;
	bool		changed = false;

	if (!says_anything(row))
		return false;
	assoc = registry_resolve_row(row);
	kept = kept_links_of(assoc);
	cascade = kept_links_cascade_of(assoc);
	all = kept_limits_of(assoc);
	need_all_kept(assoc, kept ? kept : all ? linitial(all) : NULL, cascade);
	if (kept != NULL)
		all = lcons(kept, all);
	if (all != NIL)
	{
		const Model *holder = ((KeptLinks *) linitial(all))->holder;

		need_same_types(linitial(all));
		changed = make_triggers(holder);
		changed |= kept_limits_make_triggers(assoc);
		if (changed || fresh)
			settle(changed ? kept_links_of_table(holder->relid) : all);
	}
	if (cascade != NULL)
		changed |= make_triggers(assoc->source);
	return changed;
}

/* error where an option of the association cannot be kept */
static void
need_all_kept(const ResolvedAssociation *assoc, const KeptLinks *kept, const KeptLinks *cascade)
{
	const Association *association = assoc->association;

	if (kept == NULL && cascade == NULL && doc_option(association->options, NULL, "onDestroy") == NULL)
		return;
	need_plain_table(assoc->source);
	need_plain_table(assoc->through ? assoc->through : assoc->target);
	need_one_owner(assoc);
	if (!scope_is_kept(kept_links_make(assoc)))
		error_document(ERRCODE_FEATURE_NOT_SUPPORTED, doc_path_key(NULL, "scope"),
					   "Links are counted where the scope gives each attribute one value.",
					   "a scope that is not an equality");
	need_stored(kept_links_make(assoc));
	if (kept != NULL && kept->counter != NULL && kept->counter->type != INT4OID && kept->counter->type != INT8OID)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("\"%s\" of %s is of type %s, and counts nothing", kept->counter->name,
						assoc->source->quoted_table, format_type_be(kept->counter->type)),
				 errhint("Make it an integer or a bigint.")));
	if (kept != NULL && kept->touched == NULL && doc_is_true(doc_option(association->options, NULL, "touch")))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" does not keep when a row was changed", assoc->source->name),
				 errhint("Declare it with timestamps, or leave \"touch\" out.")));
	if (kept != NULL && !kept->acyclic && doc_is_true(doc_option(association->options, NULL, "acyclic")))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" does not lead to rows of its own table by one key", association->alias),
				 errhint("Leave \"acyclic\" out.")));
	if (doc_option(association->options, NULL, "onDestroy") != NULL &&
		(cascade == NULL || cascade->deleted_at->type != assoc->source->deleted_at->type ||
		 cascade->deleted_at->typmod != assoc->source->deleted_at->typmod))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("rows of \"%s\" are not soft-deleted with rows of \"%s\"",
						assoc->through ? assoc->through->name : assoc->target->name, assoc->source->name),
				 errhint("Both need a \"deletedAt\" of one type: declare them with \"paranoid\".")));
}

/* triggers see rows as they are stored: a virtual column is null there, or an error */
static void
need_stored(const KeptLinks *kept)
{
	foreach_ptr(const Attribute, column, kept_links_columns(kept))
	{
		if (column->generated == ASSOC_GENERATED_VIRTUAL)
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("\"%s\" of %s is computed when it is read, and triggers would not see it",
							column->name, kept->holder->quoted_table),
					 errhint("Make it a STORED column, or use those that it is computed from.")));
	}
}

/* the last association that requested the triggers is gone; made by hand, they stay */
void
kept_links_forget(Oid relation)
{
	const Model *model = OidIsValid(relation) && get_rel_name(relation) ? registry_model_if_any(relation) : NULL;

	if (model == NULL || !model->managed || !ddl_is_owner(relation))
		return;
	kept_limits_forget(relation);
	if (kept_links_of_table(relation) != NIL)
		return;
	for (int i = 0; i < (int) lengthof(events); i++)
		model_drop_trigger(relation, trigger_name(i));
}

/* nobody has counted the links that there are */
static void
settle(List *all)
{
	RoleFrame	before = role_see_all();

	foreach_ptr(KeptLinks, kept, all)
	{
		if (kept->counter != NULL && ddl_any_row("%s", kept_links_recount(kept, true)))
			ddl_run("%s", kept_links_recount(kept, false));
		if (kept->max > 0 && ddl_any_row("%s", kept_links_any_excess(kept)))
			kept_links_refuse(kept, KEPT_MAX, NULL, NULL);
		if (kept->min > 0 && ddl_any_row("%s", kept_links_any_lack(kept)))
			kept_links_refuse(kept, KEPT_MIN, NULL, NULL);
		if (kept->acyclic && ddl_any_row("%s", kept_links_cycle(kept, NULL)))
			kept_links_refuse(kept, KEPT_ACYCLIC, NULL, NULL);
	}
	role_return(&before);
}

void
kept_links_refuse(const KeptLinks *kept, KeptRule rule, const char *key, const char *number)
{
	static const char *const validators[] = {"max", "min", "acyclic"};
	char	   *message = kept_links_message(kept, rule, number);
	ValidationFailure *failure = validation_failure(NULL, kept->assoc->association->alias, validators[rule],
													message, number);

	ereport(ERROR,
			(errcode(ERRCODE_CHECK_VIOLATION),
			 errmsg_internal("%s", message),
			 errdetail_internal("%s", validation_json(list_make1(failure))),
			 key ? errcontext("row (%s) of %s", key, kept->assoc->source->quoted_table) : 0));
}

char *
kept_links_message(const KeptLinks *kept, KeptRule rule, const char *number)
{
	const char *alias = kept->assoc->association->alias;
	const char *source = kept->assoc->source->name;
	int			limit = rule == KEPT_MAX ? kept->max : kept->min;

	if (rule == KEPT_ACYCLIC)
		return psprintf("\"%s\" of \"%s\" would lead a row back to itself", alias, source);
	return psprintf("\"%s\" of \"%s\" has %d link%s%s%s at %s%s%s", alias, source, limit, limit == 1 ? "" : "s",
					kept->with ? " with " : "", kept->with ? kept->with : "", rule == KEPT_MAX ? "most" : "least",
					number ? ", not " : "", number ? number : "");
}

/* a table that a declaration made gets the column */
bool
kept_links_add_counter(const AssociationRow *row, List **created)
{
	char	   *counter = doc_option_string(row->options, NULL, "counter");

	return counter != NULL &&
		attributes_add_integer(registry_model(row->source), counter, " NOT NULL DEFAULT 0", created);
}

/* on one table of Citus' they cannot be, from another they could not write it */
static void
need_plain_table(const Model *model)
{
	if (model->distributed)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("%s is a table of Citus, which has no triggers that could keep this", model->quoted_table),
				 errhint("Leave out what triggers keep: \"counter\", \"touch\", \"max\", \"limits\", \"acyclic\" and \"onDestroy\".")));
}

static void
need_one_owner(const ResolvedAssociation *assoc)
{
	Oid			source = assoc->source->relid;
	Oid			holder = assoc->through ? assoc->through->relid : assoc->target->relid;

	ddl_require_owner(holder);
	if (role_owner_of(holder) != role_owner_of(source))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("%s and %s have different owners", ddl_table(holder), ddl_table(source)),
				 errdetail("Triggers of the one write the other with the rights of its owner.")));
}

/* false: they are there; an error where the table is not to be altered */
static bool
make_triggers(const Model *holder)
{
	StringInfoData missing;
	bool		any = false;

	if (holder->relkind != RELKIND_RELATION && holder->relkind != RELKIND_PARTITIONED_TABLE)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("%s cannot have triggers that see all rows of a statement", holder->quoted_table)));
	initStringInfo(&missing);
	for (int i = 0; i < (int) lengthof(events); i++)
		any |= kept_links_add_trigger(holder, trigger_name(i), trigger_statement(holder, i), &missing);
	kept_links_need_triggers(holder, &missing);
	return any;
}

bool
kept_links_add_trigger(const Model *model, const char *name, char *statement, StringInfo missing)
{
	if (model_has_trigger(model->relid, name))
		return false;
	if (model->managed)
		ddl_run("%s", statement);
	else
		appendStringInfo(missing, "%s;\n", statement);
	return model->managed;
}

void
kept_links_need_triggers(const Model *holder, StringInfo missing)
{
	if (missing->len > 0)
		ereport(ERROR,
				(errcode(ERRCODE_ASSOC_UNFIT_TABLE),
				 errmsg("%s has no triggers that keep the options of its associations", holder->quoted_table),
				 ddl_detail_never_altered(holder->quoted_table),
				 errhint("%s", missing->data)));
}

static char *
trigger_statement(const Model *holder, int event)
{
	return psprintf("CREATE TRIGGER %s AFTER %s ON %s%s FOR EACH STATEMENT EXECUTE FUNCTION assoc.keep_links()",
					trigger_name(event), asc_toupper(events[event][0], strlen(events[event][0])),
					holder->quoted_table, events[event][1]);
}

bool
kept_links_is_name(const char *trigger)
{
	for (int i = 0; i < (int) lengthof(events); i++)
	{
		if (strcmp(trigger, trigger_name(i)) == 0)
			return true;
	}
	return false;
}

static char *
trigger_name(int event)
{
	return psprintf(NAME_PREFIX "%s", events[event][0]);
}
