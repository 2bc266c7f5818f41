/*-------------------------------------------------------------------------
 *
 * model_lookup.c
 *	  Finds the parts of compiled models: attributes, indexes, associations and
 *	  their ends.
 *
 * Decides how names in documents meet what a model has, and how the two sides
 * of an association's keys pair up.  Reads no catalog itself.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "base/document.h"
#include "base/errors.h"
#include "base/naming.h"
#include "catalog/pg_type_d.h"
#include "lib/stringinfo.h"
#include "registry/registry_cache.h"
#include "utils/lsyscache.h"

static int	compare_alias(const void *alias, const void *association);
static List *association_aliases(const Model *source);
static const Model *add_hop(List **hops, const Model *model, const char *alias, const DocPath *path);
static bool is_association(const Model *model, const char *name);
static ResolvedAssociation *join_hops(const Model *source, List *hops);
static Association *path_association(const List *hops, bool to_one);
static Jsonb *path_options(const Association *last);
static Attribute **link_columns(int n, Attribute **attributes, const char *prefix);
static const Model *end_model(const Association *association, Oid relid, const char *what);
static Attribute **end_columns(const Association *association, const Model *model,
							   List *columns);
static bool shows_deleted(const Association *association);
static bool is_symmetric(const ResolvedAssociation *assoc);
static void bind_many_to_many(ResolvedAssociation *assoc);
static void require_same_length(const Association *association, List *a, List *b);
static bool index_is_better(const ModelIndex *index, const ModelIndex *best);
static void split_object(const char *name, const char *rest, char **schema, char **object);
static const char *split_part(const char *name, const char *from, char **part);

/* ---- associations ---- */

const Association *
registry_association(const Model *source, const char *alias,
					 const DocPath *path)
{
	const Association *association = registry_association_if_any(source, alias);
	char	   *hint;

	if (association != NULL)
		return association;
	hint = source->nassociations > 0 ? error_hint_nearest(alias, association_aliases(source), "associations") :
		psprintf(_("\"%s\" has no associations yet: assoc.belongs_to, has_many, has_one and belongs_to_many declare them."),
				 source->name);
	if (path != NULL)
		error_document(ERRCODE_UNDEFINED_OBJECT, path, hint,
					   "model \"%s\" has no association \"%s\"", source->name, alias);
	if (isdigit((unsigned char) alias[0]))
		hint = pstrdup("The key comes before the alias: assoc.get('User', 1, 'projects').");
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("model \"%s\" has no association \"%s\"", source->name, error_name(alias)),
			 hint ? errhint("%s", hint) : 0));
}

const Association *
registry_association_if_any(const Model *source, const char *alias)
{
	if (source->nassociations == 0)
		return NULL;
	return bsearch(alias, source->associations, source->nassociations,
				   sizeof(Association), compare_alias);
}

static int
compare_alias(const void *alias, const void *association)
{
	return strcmp(alias, ((const Association *) association)->alias);
}

static List *
association_aliases(const Model *source)
{
	List	   *aliases = NIL;

	for (int i = 0; i < source->nassociations; i++)
		aliases = lappend(aliases, source->associations[i].alias);
	return aliases;
}

ResolvedAssociation *
registry_resolve_alias(const Model *source, const char *alias, const DocPath *path)
{
	return registry_resolve_association(registry_association(source, alias, path));
}

ResolvedAssociation *
registry_resolve_row(const AssociationRow *row)
{
	return registry_resolve_alias(registry_model(row->source), row->alias, NULL);
}

ResolvedAssociation *
registry_resolve_association(const Association *association)
{
	ResolvedAssociation *assoc = palloc0_object(ResolvedAssociation);

	assoc->association = association;
	assoc->source = end_model(association, association->source, "source");
	assoc->target = end_model(association, association->target, "target");
	assoc->source_points = association->kind == BELONGS_TO;
	assoc->to_one = association->kind == HAS_ONE || association->kind == BELONGS_TO;
	assoc->deleted_rows = shows_deleted(association);
	assoc->nsource = list_length(association->foreign_key);
	switch (association->kind)
	{
		case BELONGS_TO_MANY:
			bind_many_to_many(assoc);
			break;
		case HAS_MANY:
		case HAS_ONE:
			require_same_length(association, association->source_key,
								association->foreign_key);
			assoc->source_key = end_columns(association, assoc->source,
										   association->source_key);
			assoc->source_ref = end_columns(association, assoc->target,
										   association->foreign_key);
			break;
		case BELONGS_TO:
			require_same_length(association, association->foreign_key,
								association->target_key);
			assoc->source_key = end_columns(association, assoc->source,
										   association->foreign_key);
			assoc->source_ref = end_columns(association, assoc->target,
										   association->target_key);
			break;
	}
	return assoc;
}

/* "paranoid": false */
static bool
shows_deleted(const Association *association)
{
	JsonbValue *paranoid = doc_option(association->options, NULL, "paranoid");

	return paranoid != NULL && paranoid->type == jbvBool && !paranoid->val.boolean;
}

static void
bind_many_to_many(ResolvedAssociation *assoc)
{
	const Association *association = assoc->association;

	require_same_length(association, association->source_key, association->foreign_key);
	require_same_length(association, association->target_key, association->other_key);
	assoc->through = end_model(association, association->through, "join table");
	assoc->source_key = end_columns(association, assoc->source, association->source_key);
	assoc->source_ref = end_columns(association, assoc->through, association->foreign_key);
	assoc->ntarget = list_length(association->other_key);
	assoc->target_ref = end_columns(association, assoc->through, association->other_key);
	assoc->target_key = end_columns(association, assoc->target, association->target_key);
	assoc->symmetric = is_symmetric(assoc);
}

/* declared so, between rows of one table, to which both columns of the join table refer alike */
static bool
is_symmetric(const ResolvedAssociation *assoc)
{
	return doc_is_true(doc_option(assoc->association->options, NULL, "symmetric")) &&
		assoc->source->relid == assoc->target->relid && assoc->nsource == 1 && assoc->ntarget == 1 &&
		assoc->source_key[0]->attnum == assoc->target_key[0]->attnum &&
		assoc->source_ref[0]->type == assoc->target_ref[0]->type &&
		assoc->source_ref[0]->typmod == assoc->target_ref[0]->typmod &&
		assoc->source_ref[0]->collation == assoc->target_ref[0]->collation;
}

/* ---- paths of several associations ---- */

ResolvedAssociation *
registry_resolve_path(const Model *source, const char *name, const DocPath *path)
{
	List	   *rest;

	return registry_resolve_steps(source, list_make1(pstrdup(name)), &rest, path);
}

ResolvedAssociation *
registry_resolve_steps(const Model *source, List *steps, List **rest, const DocPath *path)
{
	const char *first = linitial(steps);
	List	   *names = registry_association_if_any(source, first) ? list_make1(pstrdup(first)) :
		registry_split_path(first);
	const Model *model = source;
	List	   *hops = NIL;

	*rest = list_copy_tail(steps, 1);
	foreach_ptr(char, name, names)
		model = add_hop(&hops, model, name, path);
	while (*rest != NIL && is_association(model, linitial(*rest)))
	{
		model = add_hop(&hops, model, linitial(*rest), path);
		*rest = list_delete_first(*rest);
	}
	return list_length(hops) == 1 ? linitial(hops) : join_hops(source, hops);
}

/* the model that it leads to */
static const Model *
add_hop(List **hops, const Model *model, const char *alias, const DocPath *path)
{
	ResolvedAssociation *assoc = registry_resolve_alias(model, alias, path);

	*hops = lappend(*hops, assoc);
	return assoc->target;
}

List *
registry_split_path(const char *name)
{
	List	   *steps = NIL;
	char	   *rest = pstrdup(name);

	while (rest != NULL)
	{
		char	   *dot = strchr(rest, '.');

		if (dot != NULL)
			*dot = '\0';
		steps = lappend(steps, rest);
		rest = dot ? dot + 1 : NULL;
	}
	return steps;
}

static bool
is_association(const Model *model, const char *name)
{
	return model_value(model, name) == NULL &&
		registry_association_if_any(model, name) != NULL;
}

/*
 * The first leads from the source to a reference in its links, s1, ...; the last from
 * k1, ... there to the target.  What those are is written with the statement (sql_associated.c).
 */
static ResolvedAssociation *
join_hops(const Model *source, List *hops)
{
	const ResolvedAssociation *first = linitial(hops);
	const ResolvedAssociation *last = llast(hops);
	ResolvedAssociation *assoc = palloc0_object(ResolvedAssociation);

	assoc->hops = hops;
	assoc->source = source;
	assoc->target = last->target;
	assoc->source_points = first->source_points;
	assoc->nsource = first->nsource;
	assoc->source_key = first->source_key;
	assoc->source_ref = link_columns(first->nsource, first->source_ref, "s");
	assoc->ntarget = last->through ? last->ntarget : last->nsource;
	assoc->target_key = last->through ? last->target_key : last->source_ref;
	assoc->target_ref = link_columns(assoc->ntarget, last->through ? last->target_ref :
									last->source_key, "k");
	assoc->deleted_rows = last->deleted_rows;
	assoc->target_points = last->through == NULL && !last->source_points;
	assoc->to_one = true;
	foreach_ptr(ResolvedAssociation, hop, hops)
		assoc->to_one &= hop->to_one;
	assoc->association = path_association(hops, assoc->to_one);
	return assoc;
}

/* what is declared of the last one's targets; there is no link row that it could be about */
static Association *
path_association(const List *hops, bool to_one)
{
	Association *association = palloc0_object(Association);
	StringInfoData alias;

	initStringInfo(&alias);
	foreach_ptr(const ResolvedAssociation, hop, hops)
		appendStringInfo(&alias, "%s%s", alias.len > 0 ? "." : "", hop->association->alias);
	association->alias = association->singular = alias.data;
	association->kind = to_one ? HAS_ONE : HAS_MANY;
	association->source = ((ResolvedAssociation *) linitial(hops))->source->relid;
	association->target = ((ResolvedAssociation *) llast(hops))->target->relid;
	association->options = path_options(((ResolvedAssociation *) llast(hops))->association);
	return association;
}

static Jsonb *
path_options(const Association *last)
{
	static const char *const keys[] = {"scope"};
	JsonbValue *scope = doc_option(last->options, NULL, keys[0]);

	return doc_object(scope ? 1 : 0, keys, scope);
}

static Attribute **
link_columns(int n, Attribute **attributes, const char *prefix)
{
	Attribute **columns = palloc_array(Attribute *, n);

	for (int i = 0; i < n; i++)
	{
		columns[i] = memcpy(palloc_object(Attribute), attributes[i], sizeof(Attribute));
		columns[i]->column = psprintf("%s%d", prefix, i + 1);
		columns[i]->attnum = InvalidAttrNumber;
	}
	return columns;
}

bool
registry_has_links(const ResolvedAssociation *assoc)
{
	return assoc->through != NULL || assoc->hops != NIL;
}

/* ---- ends ---- */

static const Model *
end_model(const Association *association, Oid relid, const char *what)
{
	const Model *model = registry_model_if_any(relid);

	if (model == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_ASSOC_STALE_DECLARATION),
				 errmsg("the %s of association \"%s\" is no model any more",
						what, association->alias),
				 errhint("Declare the association again, or remove it with assoc.drop_association.")));
	return model;
}

static Attribute **
end_columns(const Association *association, const Model *model, List *columns)
{
	Attribute **attributes = palloc_array(Attribute *, list_length(columns) + 1);

	foreach_ptr(const char, column, columns)
	{
		Attribute  *attribute = model_column(model, column);

		if (attribute == NULL)
			ereport(ERROR,
					(errcode(ERRCODE_ASSOC_STALE_DECLARATION),
					 errmsg("column \"%s\" of table %s does not exist",
							column, model->quoted_table),
					 errdetail("Association \"%s\" has it in its key.", association->alias),
					 errhint("Declare the association again, or remove it with assoc.drop_association.")));
		attributes[foreach_current_index(column)] = attribute;
	}
	return attributes;
}

/* CHECK constraints of the registry say so too; a crash is no way to find them dropped */
static void
require_same_length(const Association *association, List *a, List *b)
{
	if (list_length(a) != list_length(b) || a == NIL)
		ereport(ERROR,
				(errcode(ERRCODE_ASSOC_STALE_DECLARATION),
				 errmsg("the keys of association \"%s\" do not have the same number of columns",
						association->alias)));
	if (list_length(a) > INDEX_MAX_KEYS)
		ereport(ERROR,
				(errcode(ERRCODE_ASSOC_STALE_DECLARATION),
				 errmsg("the keys of association \"%s\" have more than %d columns",
						association->alias, INDEX_MAX_KEYS)));
}

/* ---- attributes ---- */

Attribute *
model_attribute(const Model *model, const char *name)
{
	Attribute  *undeclared = NULL;

	/* a declared name comes before a column that happens to be called so */
	for (int i = 0; i < model->nattributes; i++)
	{
		Attribute  *attribute = &model->attributes[i];

		if (strcmp(attribute->name, name) != 0)
			continue;
		if (attribute->declared)
			return attribute;
		if (undeclared == NULL)
			undeclared = attribute;
	}
	return undeclared;
}

Attribute *
model_value(const Model *model, const char *name)
{
	Attribute  *attribute = model_attribute(model, name);

	for (int i = 0; i < model->ncomputed && attribute == NULL; i++)
		if (strcmp(model->computed[i].name, name) == 0)
			attribute = &model->computed[i];
	return attribute;
}

Attribute *
model_json_path(const Model *model, const char *name, const char **steps)
{
	const char *dot = strchr(name, '.');
	Attribute  *attribute = dot == NULL || model_value(model, name) != NULL ? NULL :
		model_value(model, pnstrdup(name, dot - name));
	Oid			type = attribute ? getBaseType(attribute->type) : InvalidOid;

	*steps = dot ? dot + 1 : NULL;
	return type == JSONBOID || type == JSONOID ? attribute : NULL;
}

Attribute *
model_value_at(const Model *model, const char *name, const DocPath *path)
{
	Attribute  *attribute = model_value(model, name);

	return attribute ? attribute : model_attribute_at(model, name, path);
}

Attribute *
model_attribute_at(const Model *model, const char *name, const DocPath *path)
{
	Attribute  *attribute = model_attribute(model, name);

	if (attribute == NULL && model_value(model, name) != NULL)
		error_document(ERRCODE_GENERATED_ALWAYS, path, "It is for reading.",
					   "attribute \"%s\" of model \"%s\" is computed", name, model->name);
	if (attribute == NULL)
		error_document(ERRCODE_UNDEFINED_COLUMN, path,
					   error_hint_nearest(name, model_attribute_names(model), "attributes"),
					   "model \"%s\" has no attribute \"%s\"", model->name, name);
	return attribute;
}

List *
model_attribute_names(const Model *model)
{
	List	   *names = NIL;

	for (int i = 0; i < model->nattributes; i++)
		if (model->attributes[i].hidden == NOT_HIDDEN && !model->attributes[i].shadowed)
			names = lappend(names, model->attributes[i].name);
	return names;
}

Attribute *
model_column(const Model *model, const char *column)
{
	for (int i = 0; i < model->nattributes; i++)
	{
		if (strcmp(model->attributes[i].column, column) == 0)
			return &model->attributes[i];
	}
	return NULL;
}

Attribute *
model_attnum(const Model *model, AttrNumber attnum)
{
	for (int i = 0; i < model->nattributes; i++)
	{
		if (model->attributes[i].attnum == attnum)
			return &model->attributes[i];
	}
	return NULL;
}

/* the two may be copies of the model of different age, with a column dropped in between */
Attribute *
model_attnum_required(const Model *model, AttrNumber attnum)
{
	Attribute  *attribute = model_attnum(model, attnum);

	if (attribute == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_ASSOC_STALE_DECLARATION),
				 errmsg("column %d of table %s does not exist any more",
						attnum, model->quoted_table)));
	return attribute;
}

int
model_number_of(const Model *model, const Attribute *column)
{
	return model_attnum_required(model, column->attnum) - model->attributes;
}

bool
model_attnum_among(AttrNumber attnum, int n, Attribute **columns)
{
	for (int i = 0; i < n; i++)
	{
		if (columns[i]->attnum == attnum)
			return true;
	}
	return false;
}

void
model_raise_no_key(const Model *model)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("\"%s\" has no primary key, so its rows cannot be named", model->name),
			 errhint("Name columns that tell its rows apart: the option \"key\" of assoc.adopt. "
					 "bulk_create with \"returning\": false, which ignores no duplicates, needs none.")));
}

/* ---- indexes ---- */

ModelIndex *
model_index_on(const Model *model, int nkeys, Attribute **keys)
{
	return model_index_with(model, nkeys, keys, NULL);
}

ModelIndex *
model_index_with(const Model *model, int nkeys, Attribute **keys, const Bitmapset *columns)
{
	ModelIndex *best = NULL;

	for (int i = 0; i < model->nindexes; i++)
	{
		ModelIndex *index = &model->indexes[i];

		if (model_index_starts_with(index, nkeys, keys) && bms_is_subset(columns, index->values) &&
			(best == NULL || index_is_better(index, best)))
			best = index;
	}
	return best;
}

bool
model_index_starts_with(const ModelIndex *index, int nkeys, Attribute **keys)
{
	if (index->nkeys < nkeys)
		return false;
	for (int i = 0; i < nkeys; i++)
	{
		bool		found = false;

		for (int j = 0; j < nkeys; j++)
			found = found || index->attnums[i] == keys[j]->attnum;
		if (!found)
			return false;
	}
	return true;
}

/* fewer columns first, then a unique one */
static bool
index_is_better(const ModelIndex *index, const ModelIndex *best)
{
	if (index->nkeys != best->nkeys)
		return index->nkeys < best->nkeys;
	return index->unique && !best->unique;
}

/* ---- names ---- */

void
registry_split_name(const char *name, char **schema, char **object)
{
	char	   *first;
	const char *rest = split_part(name, name, &first);

	*schema = NULL;
	*object = first;
	if (rest != NULL)
		split_object(name, rest, schema, object);
	naming_check(*object, "model", NULL);
	if (*schema != NULL)
		naming_check(*schema, "schema", NULL);
}

/* what follows the first dot; what was before it is the schema then */
static void
split_object(const char *name, const char *rest, char **schema, char **object)
{
	*schema = *object;

	/* split at the first dot only: the rest is one name, dots and all */
	if (*rest != '"')
		*object = pstrdup(rest);
	else if (split_part(name, rest, object) != NULL)
		*object = NULL;
	if (*object == NULL || **object == '\0')
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_NAME),
				 errmsg("invalid name: \"%s\"", error_name(name))));
}

/* reads a name up to a dot or the end; returns what follows the dot, or NULL */
static const char *
split_part(const char *name, const char *from, char **part)
{
	StringInfoData buf;
	const char *p = from;
	bool		quoted = *p == '"';

	initStringInfo(&buf);
	if (quoted)
		p++;
	for (; *p != '\0' && (quoted || *p != '.'); p++)
	{
		if (quoted && *p == '"')
		{
			if (p[1] != '"')
				break;
			p++;				/* a doubled quote stands for one */
		}
		appendStringInfoChar(&buf, *p);
	}
	if (buf.len == 0 || (quoted && (*p != '"' || (p[1] != '\0' && p[1] != '.'))))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_NAME),
				 errmsg("invalid name: \"%s\"", error_name(name))));
	if (quoted)
		p++;
	*part = buf.data;
	return *p == '.' ? p + 1 : NULL;
}

Attribute **
registry_source_key(const ResolvedAssociation *assoc, int *nkeys)
{
	/* the columns of a belongs_to are its pointer, not what names the row */
	if (assoc->source->nkey > 0 || assoc->source_points)
	{
		*nkeys = assoc->source->nkey;
		return assoc->source->key;
	}
	*nkeys = assoc->nsource;
	return assoc->source_key;
}
