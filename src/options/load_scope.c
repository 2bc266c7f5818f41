/*-------------------------------------------------------------------------
 *
 * load_scope.c
 *	  Scopes of a model, merged into what a load asks for.
 *
 * A scope is a find document kept with the model.  Decides which apply and who
 * wins: conditions of all of them hold together, includes are merged by their key
 * in the result, of everything else the call's own word counts before the last
 * scope's, and that before an earlier one's.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "options/load_scope.h"

static void apply_scope(FindOptions *find, const Model *model, const char *name,
						const DocPath *path);
static void apply_scopes(FindOptions *find, const Model *model);
static List *allows_of_scopes(const FindOptions *find, const Model *model);
static List *add_allow(List *allows, const Model *model, const char *name);
static DocPath *scope_place(const char *name);
static JsonbValue *find_scope(const Model *model, const char *name);
pg_noreturn static void error_unknown_scope(const Model *model, const char *name,
											const DocPath *path);
static void fill_in(FindOptions *find, const FindOptions *scope);
static void fill_in_attributes(AttributeOptions *attributes, const AttributeOptions *scope);
static void merge_includes(FindOptions *find, const FindOptions *scope);
static void merge_include(IncludeItem *item, const IncludeItem *scope);
static ThroughOptions *merge_through(ThroughOptions *through, ThroughOptions *scope);
static Condition *both(Condition *a, Condition *b);

void
load_scope_apply(const AllowedNode *node)
{
	FindOptions *find = node->find;

	if (find->scopes_applied)
		return;
	find->scopes_applied = true;
	/* before scopes are merged in, which may name anything */
	foreach_ptr(LoadAllow, allow, allows_of_scopes(find, node->model))
		load_allow_check(allow, node, true);
	apply_scopes(find, node->model);
	if (find->limit == NULL)
		find->limit = find->default_limit;
}

static void
apply_scopes(FindOptions *find, const Model *model)
{
	DocPath    *path = doc_path_key(find->path, "scope");

	if (!find->scope_is_explicit && find->forced_scope == NULL)
	{
		if (find_scope(model, DEFAULT_SCOPE))
			apply_scope(find, model, DEFAULT_SCOPE, path);
		return;
	}
	/* the last one first: an earlier one fills in what is still open */
	for (int i = list_length(find->scopes) - 1; i >= 0; i--)
		apply_scope(find, model, list_nth(find->scopes, i),
					list_length(find->scopes) > 1 ? doc_path_index(path, i) : path);
	if (find->forced_scope != NULL)
		apply_scope(find, model, find->forced_scope, doc_path_key(NULL, "allow"));
}

/* what the scopes that options name, or the default scope, let them ask (List of LoadAllow *) */
static List *
allows_of_scopes(const FindOptions *find, const Model *model)
{
	List	   *allows = NIL;

	if (!find->scope_is_explicit && find->forced_scope == NULL)
		return add_allow(allows, model, DEFAULT_SCOPE);
	foreach_ptr(char, text, find->scopes)
		allows = add_allow(allows, model, text);
	return allows;
}

/* a scope that there is not is an error when it is applied */
static List *
add_allow(List *allows, const Model *model, const char *name)
{
	JsonbValue *document = find_scope(model, name);
	JsonbValue *allow = document ? doc_get(document, "allow") : NULL;

	if (allow == NULL)
		return allows;
	return lappend(allows, load_allow_parse(allow, doc_path_key(scope_place(name), "allow")));
}

LoadAllow *
load_scope_allow(const Model *model, const char *name, const DocPath *path)
{
	List	   *allows = add_allow(NIL, model, name);

	if (find_scope(model, name) == NULL)
		error_unknown_scope(model, name, path);
	if (allows == NIL)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path,
					   "A scope says it in \"allow\".",
					   "scope \"%s\" of model \"%s\" does not say what is allowed",
					   error_name(name), model->name);
	return linitial(allows);
}

static void
apply_scope(FindOptions *find, const Model *model, const char *name, const DocPath *path)
{
	JsonbValue *document = find_scope(model, name);
	FindOptions *scope;

	if (document == NULL)
		error_unknown_scope(model, name, path);
	scope = options_parse_scope(document, scope_place(name));
	find->scope_where = both(scope->where, find->scope_where);
	fill_in(find, scope);
	merge_includes(find, scope);
}

static DocPath *
scope_place(const char *name)
{
	return strcmp(name, DEFAULT_SCOPE) == 0 ? doc_path_key(&doc_declared, DEFAULT_SCOPE) :
		doc_path_key(doc_path_key(&doc_declared, "scopes"), name);
}

/* its document; NULL when there is none */
static JsonbValue *
find_scope(const Model *model, const char *name)
{
	return doc_option(model->options, strcmp(name, DEFAULT_SCOPE) == 0 ? NULL : "scopes", name);
}

static void
error_unknown_scope(const Model *model, const char *name, const DocPath *path)
{
	List	   *known = NIL;
	JsonbValue *scopes = doc_option(model->options, NULL, "scopes");

	if (doc_option(model->options, NULL, DEFAULT_SCOPE))
		known = lappend(known, DEFAULT_SCOPE);
	foreach_ptr(DocPair, pair, doc_object_pairs(scopes))
		known = lappend(known, pair->key);
	error_document(ERRCODE_UNDEFINED_OBJECT, path, error_hint_nearest(name, known, "scopes"),
				   "model \"%s\" has no scope \"%s\"", model->name, name);
}

/* options of one value: the first document that has one wins */
static void
fill_in(FindOptions *find, const FindOptions *scope)
{
	fill_in_attributes(&find->attributes, &scope->attributes);
	if (!find->order_is_explicit)
	{
		find->order = scope->order;
		find->order_is_explicit = scope->order_is_explicit;
	}
	if (find->limit == NULL)
		find->limit = scope->limit;
	if (find->offset == NULL)
		find->offset = scope->offset;
	if (find->paranoid < 0)
	{
		find->paranoid = scope->paranoid;
		find->paranoid_path = scope->paranoid_path;
	}
	find->include_all |= scope->include_all;
	find->include_all_nested |= scope->include_all_nested;
}

static void
fill_in_attributes(AttributeOptions *attributes, const AttributeOptions *scope)
{
	if (!attributes->given)
		*attributes = *scope;
}

static void
merge_includes(FindOptions *find, const FindOptions *scope)
{
	foreach_ptr(IncludeItem, item, scope->include)
	{
		IncludeItem *own = options_find_include(find, item->as ? item->as : item->association);

		if (own == NULL)
			find->include = lappend(find->include, item);
		else
			merge_include(own, item);
	}
}

static void
merge_include(IncludeItem *item, const IncludeItem *scope)
{
	if (strcmp(item->association, scope->association) != 0)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, item->path,
					   "Give it another name with \"as\".",
					   "a scope includes association \"%s\" under the key of this include of \"%s\"",
					   scope->association, item->association);
	if (item->required < 0)
		item->required = scope->required;
	item->recursive |= scope->recursive;
	if (item->max_depth == 0)
		item->max_depth = scope->max_depth;
	item->through = merge_through(item->through, scope->through);
	item->find.where = both(scope->find.where, item->find.where);
	item->find.page |= scope->find.page;
	if (!item->find.attributes.given)
		item->find.bare = scope->find.bare;
	if (!item->find.scope_is_explicit)
	{
		item->find.scope_is_explicit = scope->find.scope_is_explicit;
		item->find.scopes = scope->find.scopes;
		item->find.scope_path = scope->find.scope_path;
	}
	fill_in(&item->find, &scope->find);
	merge_includes(&item->find, &scope->find);
}

static ThroughOptions *
merge_through(ThroughOptions *through, ThroughOptions *scope)
{
	if (through == NULL || scope == NULL)
		return through ? through : scope;
	fill_in_attributes(&through->attributes, &scope->attributes);
	through->where = both(scope->where, through->where);
	if (through->as == NULL)
		through->as = scope->as;
	through->flatten |= scope->flatten;
	if (through->paranoid < 0)
		through->paranoid = scope->paranoid;
	if (through->below == NULL)
		through->below = scope->below;
	else if (scope->below != NULL)
		merge_includes(through->below, scope->below);
	return through;
}

/* a condition that holds where both do; either may be NULL */
static Condition *
both(Condition *a, Condition *b)
{
	Condition  *result;

	if (a == NULL || b == NULL)
		return a ? a : b;
	result = palloc0_object(Condition);
	result->kind = CONDITION_AND;
	result->path = b->path;
	result->args = list_make2(a, b);
	return result;
}
