/*-------------------------------------------------------------------------
 *
 * load_allow.c
 *	  The document "allow": what options of somebody else may ask of a load.
 *
 * Decides the form of the document, and that every name in it is one of the model: a name that is
 * none would allow nothing, and nobody would see why.  What the options ask is held against the
 * document in load_allow_check.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "base/naming.h"
#include "miscadmin.h"
#include "options/load_allow.h"
#include "options/options_internal.h"

static void read_attributes(void *field, const JsonbValue *value, const DocPath *path);
static void read_limit(void *field, const JsonbValue *value, const DocPath *path);
static void read_includes(void *field, const JsonbValue *value, const DocPath *path);
static LoadAllow *make_allow(char *alias, const DocPath *path);
static void check_list(const AllowedNode *node, const List *names, const DocPath *path);
static bool is_of_link(const Model *model, const char *alias);
static bool is_name(const Model *model, const Model *through, const char *name);

#define FIELD(name) offsetof(LoadAllow, name)

static const DocKey allow_keys[] = {
	{"attributes", read_attributes, 0, DOC_ANY},
	{"where", doc_read_strings, FIELD(where), DOC_ANY},
	{"order", doc_read_strings, FIELD(order), DOC_ANY},
	{"include", read_includes, FIELD(include), DOC_ANY},
	{"scope", doc_read_strings, FIELD(scopes), DOC_ANY},
	{"params", doc_read_strings, FIELD(params), DOC_ANY},
	{"paranoid", doc_read_bool, FIELD(paranoid), DOC_ANY},
	{"limit", read_limit, FIELD(limit), DOC_ANY},
	{"depth", options_read_depth, FIELD(depth), DOC_ANY},
	{0}
};

/* ---- the document ---- */

LoadAllow *
load_allow_parse(const JsonbValue *value, const DocPath *path)
{
	LoadAllow  *allow = make_allow(NULL, path);

	check_stack_depth();
	options_check_path_depth(path);
	/* not even an empty list, which elsewhere is an object without keys: it would say "nothing" */
	if (doc_is_array(value))
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, NULL,
					   "expected an object, not an array,");
	doc_need_object(value, path);
	doc_read_object(allow, allow_keys, DOC_ANY, value, path, "option");
	return allow;
}

static void
read_attributes(void *field, const JsonbValue *value, const DocPath *path)
{
	LoadAllow  *allow = field;

	allow->attributes_are_explicit = true;
	allow->attributes = doc_need_strings(value, path);
}

static void
read_limit(void *field, const JsonbValue *value, const DocPath *path)
{
	OptionValue **limit = field;

	options_read_row_count(limit, value, path);
	if (*limit != NULL && (*limit)->kind != OPTION_LITERAL)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, NULL,
					   "expected a number");
}

/* {alias: what may be asked of it}, or aliases of which only the default may be asked */
static void
read_includes(void *field, const JsonbValue *value, const DocPath *path)
{
	List	  **include = field;

	if (!doc_is_object(value))
	{
		foreach_ptr(char, alias, doc_need_strings(value, path))
			*include = lappend(*include, make_allow(alias, path));
		return;
	}
	foreach_ptr(DocPair, pair, doc_object_pairs(value))
	{
		LoadAllow  *inner = load_allow_parse(&pair->value, doc_path_key(path, pair->key));

		inner->alias = pair->key;
		*include = lappend(*include, inner);
	}
}

static LoadAllow *
make_allow(char *alias, const DocPath *path)
{
	LoadAllow  *allow = palloc0_object(LoadAllow);

	allow->alias = alias;
	allow->path = path;
	return allow;
}

/* ---- names ---- */

void
load_allow_check_names(const LoadAllow *allow, const AllowedNode *node)
{
	DocPath    *path = doc_path_key(allow->path, "include");

	check_stack_depth();
	check_list(node, allow->attributes, doc_path_key(allow->path, "attributes"));
	check_list(node, allow->where, doc_path_key(allow->path, "where"));
	check_list(node, allow->order, doc_path_key(allow->path, "order"));
	foreach_ptr(LoadAllow, include, allow->include)
	{
		bool		of_link = node->through != NULL && is_of_link(node->model, include->alias);
		AllowedNode inner =
			load_allow_node(registry_resolve_path(of_link ? node->through : node->model,
												  include->alias + (of_link ? strlen(LINK_PREFIX) : 0), path),
							NULL, NULL);

		load_allow_check_names(include, &inner);
	}
}

/* "through.invitedBy", unless the row itself has an association of that name */
static bool
is_of_link(const Model *model, const char *alias)
{
	return strncmp(alias, LINK_PREFIX, strlen(LINK_PREFIX)) == 0 &&
		registry_association_if_any(model, "through") == NULL &&
		registry_association_if_any(model, alias) == NULL;
}

static void
check_list(const AllowedNode *node, const List *names, const DocPath *path)
{
	foreach_ptr(char, name, names)
		if (!is_name(node->model, node->through, name))
			error_document(ERRCODE_UNDEFINED_COLUMN,
						   doc_path_index(path, foreach_current_index(name)),
						   error_hint_nearest(name, model_attribute_names(node->model),
											  "attributes"),
						   "model \"%s\" has no attribute and no path \"%s\"",
						   node->model->name, error_name(name));
}

/* an attribute, a path in one, an association, or either behind one */
static bool
is_name(const Model *model, const Model *through, const char *name)
{
	const char *dot = strchr(name, '.');
	char	   *head = dot ? pnstrdup(name, dot - name) : pstrdup(name);
	const Association *association = registry_association_if_any(model, head);
	ResolvedAssociation *assoc;

	check_stack_depth();
	if (model_value(model, name) != NULL)
		return true;
	if (dot != NULL && through != NULL && strcmp(head, "through") == 0)
		return is_name(through, NULL, dot + 1);
	if (association == NULL)
		return dot != NULL && model_value(model, head) != NULL;
	assoc = registry_resolve_association(association);
	return dot == NULL || is_name(assoc->target, assoc->through, dot + 1);
}

AllowedNode
load_allow_node(const ResolvedAssociation *assoc, FindOptions *find, const ThroughOptions *link)
{
	AllowedNode node = {assoc->target, NULL, !assoc->to_one, find, link};

	/* the source of a belongs_to may stand in place of a link row, but is none */
	if (assoc->association->kind == BELONGS_TO_MANY)
		node.through = assoc->through;
	return node;
}

/* ---- what it allows ---- */

bool
load_allow_shows(const List *allows, const char *name)
{
	foreach_ptr(const LoadAllow, allow, allows)
	{
		if (allow->attributes_are_explicit && !naming_among(allow->attributes, name))
			return false;
	}
	return true;
}

LoadAllow *
load_allow_included(const LoadAllow *allow, const char *alias)
{
	foreach_ptr(LoadAllow, include, allow->include)
	{
		if (strcmp(include->alias, alias) == 0)
			return include;
	}
	return NULL;
}

bool
load_allow_has_include(const List *allows, const char *alias)
{
	foreach_ptr(LoadAllow, allow, allows)
		if (load_allow_included(allow, alias) == NULL)
			return false;
	return true;
}
