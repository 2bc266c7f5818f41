/*-------------------------------------------------------------------------
 *
 * misplaced.c
 *	  Names that are known, in the place of others.
 *
 * Decides what is said of an attribute of the link where one of the row is due, of an attribute where an alias
 * is, and the other way about: not which name is written most alike, but where this one belongs.  Nothing is
 * said of hidden attributes.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "base/document.h"
#include "base/errors.h"
#include "lib/stringinfo.h"
#include "registry/misplaced.h"

static void refuse_dotted(const Model *source, const char *dotted, const DocPath *path);
static bool ends_at_value(const ResolvedAssociation *last, List *names, int n);
static char *as_list(List *names);
static bool is_shown(const Model *model, const char *name);

void
misplaced_of_link(const Model *model, const Model *through, const char *name, const char *hint,
				  const DocPath *path)
{
	if (through != NULL && model_value(model, name) == NULL && is_shown(through, name))
		error_document(ERRCODE_UNDEFINED_COLUMN, path, psprintf(hint, name),
					   "model \"%s\" has no attribute \"%s\"", model->name, name);
}

void
misplaced_aggregate(const Model *source, const List *steps, const DocPath *path)
{
	const char *first = linitial(steps);

	if (registry_association_if_any(source, first) != NULL)
		return;
	if (strcmp(first, "*") == 0)
		error_document(ERRCODE_UNDEFINED_OBJECT, path,
					   "Associated rows are counted by {\"count\": \"projects\"}, rows of the model by assoc.count and assoc.aggregate.",
					   "model \"%s\" has no association \"*\"", source->name);
	if (is_shown(source, first))
		error_document(ERRCODE_UNDEFINED_OBJECT, path,
					   "Aggregates here are of associated rows, as in [\"projects\", \"budget\"]; of the model's own rows by assoc.sum and assoc.aggregate.",
					   "\"%s\" is an attribute of model \"%s\", not an association,", first, source->name);
	if (strchr(first, '.') != NULL && list_length(steps) == 1)
		refuse_dotted(source, first, path);
}

/* "projects.budget" */
static void
refuse_dotted(const Model *source, const char *dotted, const DocPath *path)
{
	List	   *names = registry_split_path(dotted);
	const Model *model = source;
	ResolvedAssociation *last = NULL;
	int			n = 0;

	while (n < list_length(names) && registry_association_if_any(model, list_nth(names, n)) != NULL)
	{
		last = registry_resolve_alias(model, list_nth(names, n++), path);
		model = last->target;
	}
	if (last != NULL && ends_at_value(last, names, n))
		error_document(ERRCODE_UNDEFINED_OBJECT, path,
					   psprintf(_("An attribute stands apart from the associations: %s."), as_list(names)),
					   "model \"%s\" has no association \"%s\"", model->name, (char *) list_nth(names, n));
}

static bool
ends_at_value(const ResolvedAssociation *last, List *names, int n)
{
	int			rest = list_length(names) - n;

	if (rest == 1)
		return is_shown(last->target, llast(names));
	return rest == 2 && last->through != NULL && strcmp(list_nth(names, n), "through") == 0 &&
		is_shown(last->through, llast(names));
}

static char *
as_list(List *names)
{
	StringInfoData buf;

	initStringInfo(&buf);
	foreach_ptr(const char, name, names)
		appendStringInfo(&buf, "%s\"%s\"", buf.len > 0 ? ", " : "", name);
	return psprintf("[%s]", buf.data);
}

void
misplaced_associated(const Model *model, const List *steps, const DocPath *path)
{
	const char *first = linitial(steps);
	const Association *association = model_value(model, first) ? NULL : registry_association_if_any(model, first);
	const ResolvedAssociation *assoc = association ? registry_resolve_association(association) : NULL;

	if (assoc != NULL && assoc->to_one && list_length(steps) == 1)
		error_document(ERRCODE_UNDEFINED_COLUMN, path,
					   psprintf(_("Name one of its attributes, as in \"%s.name\"."), first),
					   "\"%s\" is an association of model \"%s\", not an attribute,", first, model->name);
	if (assoc != NULL && !assoc->to_one)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path,
					   psprintf(_("For each row of \"%s\" a load shows it: {\"count\": \"%s\", \"as\": \"n\"}. For groups of the associated rows begin with their model, \"%s\"."),
								model->name, first, assoc->target->name),
					   "association \"%s\" of model \"%s\" has many rows for each one", first, model->name);
}

void
misplaced_payload(const Model *through, const char *name, const DocPath *path)
{
	if (model_value(through, name) == NULL &&
		(strcmp(name, "through") == 0 || strcmp(name, through->name) == 0))
		error_document(ERRCODE_UNDEFINED_COLUMN, path,
					   "A payload is the attributes of the link themselves, as in {\"role\": \"admin\"}.",
					   "model \"%s\" has no attribute \"%s\"", through->name, name);
}

void
misplaced_link_data(const Model *model, const Model *through, const char *name, const DocPath *path)
{
	const char *hint = NULL;

	if (is_shown(through, name))
		hint = psprintf(_("Attributes of the link stand under \"through\": {\"through\": {\"%s\": ...}}."), name);
	else if (strcmp(name, through->name) == 0)
		hint = "What the link has stands under \"through\".";
	if (hint != NULL)
		error_document(ERRCODE_UNDEFINED_COLUMN, path, hint,
					   "model \"%s\" has no attribute or association \"%s\"", model->name, name);
}

static bool
is_shown(const Model *model, const char *name)
{
	const Attribute *attribute = model_value(model, name);

	return attribute != NULL && attribute->hidden == NOT_HIDDEN && !attribute->shadowed;
}
