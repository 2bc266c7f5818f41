/*-------------------------------------------------------------------------
 *
 * link_resolve.c
 *	  What a write verb's call is about: its association, compiled under locks.
 *
 * Decides which tables a call locks, which columns its two ids name, and what of an
 * association is kept from call to call.
 *
 * What is kept hangs on the compiled association and goes with its generation: a
 * change of a table, a grant or a declaration leaves it behind.  A scope's values are
 * read at each call, since the session's settings determine what "2024-01-01" means.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "base/document.h"
#include "base/rights.h"
#include "link/link.h"
#include "registry/citus.h"
#include "utils/memutils.h"

static Association *resolve(Oid source, const char *alias, LOCKMODE lockmode);
static void lock_tables(const Association *association, LOCKMODE lockmode);
static LinkCall *compile(Association *association, MemoryContext parent);
static LinkCall *make(const ResolvedAssociation *assoc);
static LinkCall *make_one_way(const ResolvedAssociation *assoc);
static ResolvedAssociation *one_way(const ResolvedAssociation *assoc);
static ResolvedAssociation *exchanged(const ResolvedAssociation *assoc);
static void name_keys(LinkCall *call);
static void read_form(LinkCall *call);
static void read_scopes(LinkCall *call);
static bool is_false(const JsonbValue *value);

LinkCall *
link_call_resolve(Oid source, const char *alias, LOCKMODE lockmode)
{
	Association *association = resolve(source, alias, lockmode);
	LinkCall   *call = palloc_object(LinkCall);

	if (association->call != NULL && !registry_stamp_holds(&association->call->kept->stamp))
	{
		registry_retire(association->call->kept->cxt);
		association->call = NULL;
	}
	if (association->call != NULL)
		*call = *association->call;
	else
		*call = *compile(association, registry_model(source)->cxt);
	read_scopes(call);
	return call;
}

LinkCall *
link_call_make(const ResolvedAssociation *assoc)
{
	LinkCall   *call = make(assoc);

	read_scopes(call);
	return call;
}

const LinkIdentity *
link_call_identity(LinkCall *call)
{
	const ResolvedAssociation *assoc = call->declared;
	LinkForm	form = {assoc->through, NIL, call->symmetric, call->nscope, call->scope, call->deleted_at};
	MemoryContext caller;

	if (call->kept->identified || call->multiple)
		return call->kept->identity;
	for (int i = 0; i < assoc->nsource; i++)
		form.pair = lappend(form.pair, assoc->source_ref[i]);
	for (int i = 0; i < assoc->ntarget; i++)
		form.pair = lappend(form.pair, assoc->target_ref[i]);
	caller = MemoryContextSwitchTo(call->kept->cxt);
	call->kept->identity = link_identity(&form);
	MemoryContextSwitchTo(caller);
	call->kept->identified = true;
	return call->kept->identity;
}

static Association *
resolve(Oid source, const char *alias, LOCKMODE lockmode)
{
	for (int tries = 1;; tries++)
	{
		uint64		generation = registry_generation();
		const Association *association = registry_association(registry_model(source),
															  alias, NULL);

		lock_tables(association, lockmode);
		if (registry_is_current(generation, tries))
			return unconstify(Association *, association);
	}
}

/*
 * In one order for all associations, so that two calls do not wait for each other.  Links are
 * rows of one table, and only the right to that one is needed: a join table's neighbours need
 * not be read.
 */
static void
lock_tables(const Association *association, LOCKMODE lockmode)
{
	Oid			holder = association->kind == BELONGS_TO_MANY ? association->through :
		association->kind == BELONGS_TO ? association->source : association->target;
	Oid			tables[3] = {association->source, association->target,
	association->through};

	rights_require_for(holder, lockmode);
	for (int round = 0; round < 3; round++)
	{
		int			lowest = -1;

		for (int i = 0; i < 3; i++)
		{
			if (OidIsValid(tables[i]) && (lowest < 0 || tables[i] < tables[lowest]))
				lowest = i;
		}
		if (lowest < 0)
			break;
		if (tables[lowest] == holder)
			rights_lock(holder, lockmode);
		else
			rights_lock_allowed(tables[lowest], AccessShareLock);
		tables[lowest] = InvalidOid;
	}
	if (lockmode > AccessShareLock)
		citus_begin_write(holder);
}

/* kept unless something changed meanwhile: then its parts may be of two generations */
static LinkCall *
compile(Association *association, MemoryContext parent)
{
	RegistryRecorder *recorder = registry_record();
	MemoryContext cxt = AllocSetContextCreate(CurrentMemoryContext, "pg_associations link kept",
											  ALLOCSET_SMALL_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(cxt);
	LinkCall   *call = make(registry_resolve_association(association));

	registry_stamp(recorder, &call->kept->stamp);
	MemoryContextSwitchTo(caller);
	if (registry_stamp_holds(&call->kept->stamp))
	{
		MemoryContextSetIdentifier(cxt, association->alias);
		MemoryContextSetParent(cxt, parent);
		association->call = call;
	}
	return call;
}

/* what is symmetric is written as two associations over one join table (link_symmetric.c) */
static LinkCall *
make(const ResolvedAssociation *assoc)
{
	LinkCall   *call;
	LinkCall   *mirror;

	if (!assoc->symmetric)
		return make_one_way(assoc);
	call = make_one_way(one_way(assoc));
	mirror = make_one_way(exchanged(assoc));
	call->symmetric = mirror->symmetric = true;
	call->mirror = mirror;
	return call;
}

static ResolvedAssociation *
one_way(const ResolvedAssociation *assoc)
{
	ResolvedAssociation *copy = palloc_object(ResolvedAssociation);

	*copy = *assoc;
	copy->symmetric = false;
	return copy;
}

static ResolvedAssociation *
exchanged(const ResolvedAssociation *assoc)
{
	ResolvedAssociation *copy = one_way(assoc);

	copy->source_ref = assoc->target_ref;
	copy->target_ref = assoc->source_ref;
	return copy;
}

static LinkCall *
make_one_way(const ResolvedAssociation *assoc)
{
	LinkCall   *call = palloc0_object(LinkCall);

	call->kept = palloc0_object(LinkKept);
	call->kept->cxt = CurrentMemoryContext;
	call->assoc = assoc;
	call->declared = assoc;
	name_keys(call);
	call->key_columns = link_key_columns(call->nkey, call->key);
	if (call->renames)
		call->name_columns = link_key_columns(call->name.n, call->name.columns);
	read_form(call);
	return call;
}

/*
 * The columns that identify what is linked differ by kind: a row of a belongs_to is known by its
 * primary key, its own pointer being what the verbs change.  Callers name rows by their
 * primary keys.
 */
static void
name_keys(LinkCall *call)
{
	const ResolvedAssociation *assoc = call->assoc;
	AssociationKind kind = assoc->association->kind;

	call->nsource = kind == BELONGS_TO ? assoc->source->nkey : assoc->nsource;
	call->source_key = kind == BELONGS_TO ? assoc->source->key : assoc->source_key;
	switch (kind)
	{
		case BELONGS_TO_MANY:
			call->nkey = assoc->ntarget;
			call->key = assoc->target_key;
			break;
		case BELONGS_TO:
			call->nkey = assoc->nsource;
			call->key = assoc->source_ref;
			break;
		case HAS_MANY:
		case HAS_ONE:
			call->nkey = assoc->target->nkey;
			call->key = assoc->target->key;
			break;
	}
	call->name = key_of_callers(assoc->target, call->nkey, call->key);
	call->source_name = key_of_callers(assoc->source, call->nsource, call->source_key);
	call->renames = !key_columns_same(call->name, (KeyColumns) {call->nkey, call->key});
	if (call->nkey == 0 || call->nsource == 0)
		model_raise_no_key(call->nkey == 0 ? assoc->target : assoc->source);
}

/* what identifies a link, and whether links are soft-deleted */
static void
read_form(LinkCall *call)
{
	const Model *through = call->assoc->through;
	Jsonb	   *options = call->assoc->association->options;
	char	   *position = doc_option_string(options, NULL, "position");

	if (position != NULL && !call->assoc->to_one)
		call->position = model_attribute_at(through ? through : call->assoc->target,
											position, doc_path_key(NULL, "position"));
	if (through == NULL)
		return;
	call->multiple = is_false(doc_option(options, "through", "unique"));
	if (call->multiple)
		call->link_columns = link_key_columns(through->nkey, through->key);
	call->deleted_at = link_deleted_at(options, through);
}

static void
read_scopes(LinkCall *call)
{
	const ResolvedAssociation *assoc = call->assoc;
	Jsonb	   *options = assoc->association->options;
	JsonbValue *scope = doc_option(options, NULL, "scope");

	if (scope != NULL)
		call->ntarget_scope = link_scope_read(assoc->target, scope, doc_path_key(NULL, "scope"),
											  &call->target_scope);
	scope = assoc->through ? doc_option(options, "through", "scope") : NULL;
	if (scope != NULL)
		call->nscope = link_scope_read(assoc->through, scope,
									   doc_path_key(doc_path_key(NULL, "through"), "scope"),
									   &call->scope);
}

static bool
is_false(const JsonbValue *value)
{
	return value != NULL && value->type == jbvBool && !value->val.boolean;
}
