/*-------------------------------------------------------------------------
 *
 * registry_cache.c
 *	  Compiled models of this session, and the one invalidation path.
 *
 * Decides how long a compiled model is valid and how long its memory stays.
 * What a model says model_facts.c decides, how its parts are found
 * registry_bind.c.
 *
 * Everything compiled belongs to a generation.  Invalidations only bump a
 * counter; the next fetch finds that the counter has moved on and begins a new
 * generation.  The outdated one stays while a memory context that may hold
 * pointers into it lives: such a context is pinned by registry_hold().
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "miscadmin.h"
#include "catalog/namespace.h"
#include "catalog/pg_namespace.h"
#include "base/ddl.h"
#include "base/errors.h"
#include "base/naming.h"
#include "base/settings.h"
#include "lib/ilist.h"
#include "nodes/makefuncs.h"
#include "registry/model_facts.h"
#include "registry/registry_cache.h"
#include "registry/registry_note.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/plancache.h"
#include "utils/syscache.h"

/* how often a build that an invalidation overtook is repeated before it is given out as it is */
#define MAX_BUILDS 3

/* and how often a caller fetches all that he needs */
#define MAX_FETCHES 3

typedef struct Generation
{
	uint64		number;			/* invalidations counted when it began */
	MemoryContext cxt;			/* everything below, and the models' own contexts */
	Size		size;			/* of the models */
	HTAB	   *relations;		/* RelationEntry; its keys are the relations that we watch */
	HTAB	   *names;			/* NameEntry */
	HTAB	   *types;			/* hash values of the pg_type rows that we watch */
	dlist_node	node;			/* in outdated */
} Generation;

typedef struct RelationEntry
{
	Oid			relid;			/* hash key */
	bool		known;			/* model is valid; else the relation is only watched */
	Model	   *model;			/* NULL: no model */
} RelationEntry;

typedef struct NamedRelation
{
	Oid			relid;
	Oid			schema;
} NamedRelation;

typedef struct NameEntry
{
	char		name[NAMEDATALEN];	/* hash key: name of a model */
	bool		known;
	int			nrelations;
	NamedRelation *relations;
} NameEntry;

/* keeps the generations that its context may point into */
typedef struct Pin
{
	dlist_node	node;			/* in pins */
	MemoryContext cxt;
	uint64		first;			/* oldest generation that may be pointed into */
	MemoryContextCallback callback;
} Pin;

static uint64 invalidations = 1;
static bool callbacks_registered = false;
static Oid	watched_registry = InvalidOid;	/* assoc.associations */
static CachedExpression *canary = NULL; /* see heed_discard */
static Generation *current = NULL;
static dlist_head outdated = DLIST_STATIC_INIT(outdated);
static dlist_head pins = DLIST_STATIC_INIT(pins);

static const Model *find_named(const char *schema, const char *object);
static const Model *find_in_schema(Oid schema, const char *object);
pg_noreturn static void model_not_found(const char *name);
static char *hint_for_model(const char *schema, const char *object);
static char *hint_restored(Oid table);
static char *hint_elsewhere(const char *object);
static List *visible_model_names(Oid schema);
static Oid *search_schemas(int *count);
static Oid	relation_named(const char *name, Oid schema);
pg_noreturn static void name_is_ambiguous(const char *name, Oid a, Oid b);
static NameEntry *name_entry(Generation *generation, const char *name);
static void forget_unknown_name(const char *name);
static RelationEntry *relation_entry(Generation *generation, Oid relid);
static void build_model(Generation *generation, RelationEntry *entry);
static void watch_types(Generation *generation, const Model *model);
static void watch_type(Generation *generation, Oid type);
static Generation *current_generation(void);
static Generation *begin_generation(void);
static HTAB *create_hash(const char *name, Size keysize, Size entrysize,
						 int kind, MemoryContext cxt);
static bool is_pinned_by(MemoryContext cxt);
static void release_pin(void *arg);
static void sweep_outdated(void);
static bool generation_is_pinned(const Generation *generation);
static void register_callbacks(void);
static void heed_discard(void);
static void relation_changed(Datum arg, Oid relid);
static void type_changed(Datum arg, int cacheid, uint32 hashvalue);
static void catalog_changed(Datum arg, int cacheid, uint32 hashvalue);

/* ---- models by relation and by name ---- */

const Model *
registry_model(Oid relid)
{
	const Model *model = registry_model_if_any(relid);
	char	   *table;
	char	   *hint;

	if (model != NULL)
		return model;
	table = get_rel_name(relid);
	if (table == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation with OID %u does not exist", relid)));
	hint = registry_note_hint(relid);
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("table \"%s\" is not a model", table),
			 hint ? errhint("%s", hint) :
			 errhint("Make it one with SELECT assoc.adopt(%s).",
					 quote_literal_cstr(ddl_table(relid)))));
}

const Model *
registry_model_if_any(Oid relid)
{
	for (int build = 1;; build++)
	{
		Generation *generation = current_generation();
		RelationEntry *entry = relation_entry(generation, relid);

		if (!entry->known)
			build_model(generation, entry);

		/*
		 * An invalidation while we built leaves the model in a generation that
		 * is outdated already, so it is built again.  Where that goes on (every
		 * time, under debug_discard_caches) the caller gets what we have: he
		 * sees from registry_generation() that it does not last.
		 */
		if (generation->number == invalidations || build == MAX_BUILDS)
			return entry->model;
	}
}

const Model *
registry_model_by_name(const char *name)
{
	const Model *model = registry_model_by_name_if_any(name);

	if (model == NULL)
		model_not_found(name);
	return model;
}

const Model *
registry_model_by_name_if_any(const char *name)
{
	char	   *schema;
	char	   *object;
	const Model *model;

	registry_split_name(name, &schema, &object);
	model = find_named(schema, object);
	if (model == NULL)
		forget_unknown_name(object);
	return model;
}

static const Model *
find_named(const char *schema, const char *object)
{
	Oid		   *schemas;
	int			count;

	if (schema != NULL)
	{
		Oid			oid = get_namespace_oid(schema, true);

		return OidIsValid(oid) ? find_in_schema(oid, object) : NULL;
	}
	schemas = search_schemas(&count);
	for (int i = 0; i < count; i++)
	{
		const Model *model = find_in_schema(schemas[i], object);

		if (model != NULL)
			return model;
	}
	return NULL;
}

/* by the model's name, else by that of its table */
static const Model *
find_in_schema(Oid schema, const char *object)
{
	Oid			relid = relation_named(object, schema);
	const Model *model = OidIsValid(relid) ? registry_model_if_any(relid) : NULL;

	if (model != NULL)
		return model;
	relid = get_relname_relid(object, schema);
	return OidIsValid(relid) ? registry_model_if_any(relid) : NULL;
}

static void
model_not_found(const char *name)
{
	char	   *schema;
	char	   *object;
	char	   *hint;

	registry_split_name(name, &schema, &object);
	hint = hint_for_model(schema, object);
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("model \"%s\" does not exist", name),
			 errhint("%s", hint)));
}

static char *
hint_for_model(const char *schema, const char *object)
{
	Oid			schemaid = schema ? get_namespace_oid(schema, true) : InvalidOid;
	Oid			table;
	char	   *hint;

	if (schema != NULL && !OidIsValid(schemaid))
		return psprintf(_("There is no schema \"%s\"."), schema);
	table = schema ? get_relname_relid(object, schemaid) : RelnameGetRelid(object);
	hint = hint_restored(OidIsValid(table) ? table : schema ?
						 get_relname_relid(naming_table(object), schemaid) :
						 RelnameGetRelid(naming_table(object)));
	if (hint != NULL)
		return hint;
	if (OidIsValid(table))
		return psprintf(_("There is a table of that name: make it a model with SELECT assoc.adopt(%s)."),
						quote_literal_cstr(ddl_table(table)));
	if (schema == NULL && strcmp(object, GetUserNameFromId(GetUserId(), false)) == 0)
		return pstrdup(_("User without quotes is the name of the current role: write 'User' for a model of that name."));
	hint = schema ? NULL : hint_elsewhere(object);
	if (hint == NULL)
		hint = hint_nearest(object, visible_model_names(schemaid), "models");
	if (hint == NULL)
		hint = psprintf(_("There are no models in %s: declare one with assoc.define, or take an existing table with assoc.adopt."),
						schema ? quote_identifier(schema) : "search_path");
	return hint;
}

static char *
hint_restored(Oid table)
{
	return OidIsValid(table) ? registry_note_hint(table) : NULL;
}

/* a model of that name that search_path does not reach */
static char *
hint_elsewhere(const char *object)
{
	ListCell   *lc;

	foreach(lc, registry_read_models_named(object))
	{
		ModelRow   *row = lfirst(lc);
		char	   *schema = get_namespace_name(get_rel_namespace(row->relation));

		if (schema != NULL)
			return psprintf(_("There is one in schema \"%s\": write \"%s.%s\", or add the schema to search_path."),
							schema, schema, object);
	}
	return NULL;
}

/* names of the models in a schema, or in those of search_path */
static List *
visible_model_names(Oid schema)
{
	List	   *names = NIL;
	ListCell   *lc;
	int			count = 1;
	Oid		   *schemas = OidIsValid(schema) ? &schema : search_schemas(&count);

	foreach(lc, registry_read_models())
	{
		ModelRow   *row = lfirst(lc);
		Oid			home = get_rel_namespace(row->relation);

		for (int i = 0; i < count; i++)
		{
			if (OidIsValid(home) && schemas[i] == home)
				names = lappend(names, row->name);
		}
	}
	return names;
}

/* search_path without what PostgreSQL adds of itself */
static Oid *
search_schemas(int *count)
{
	int			size = 16;
	Oid		   *schemas = palloc_array(Oid, size);
	int			found = fetch_search_path_array(schemas, size);
	int			kept = 0;

	if (found > size)
	{
		size = found;
		schemas = repalloc_array(schemas, Oid, size);
		found = Min(size, fetch_search_path_array(schemas, size));
	}
	for (int i = 0; i < found; i++)
	{
		if (schemas[i] != PG_CATALOG_NAMESPACE)
			schemas[kept++] = schemas[i];
	}
	*count = kept;
	return schemas;
}

/* the relation in this schema whose model has this name */
static Oid
relation_named(const char *name, Oid schema)
{
	Oid			result = InvalidOid;

	for (int build = 1;; build++)
	{
		Generation *generation = current_generation();
		NameEntry  *entry = name_entry(generation, name);

		if (generation->number != invalidations && build < MAX_BUILDS)
			continue;
		for (int i = 0; i < entry->nrelations; i++)
		{
			NamedRelation *relation = &entry->relations[i];

			if (relation->schema != schema)
				continue;
			if (OidIsValid(result))
				name_is_ambiguous(name, result, relation->relid);
			result = relation->relid;
		}
		return result;
	}
}

/* the registry's guard refuses that, but tables may be moved to another schema */
static void
name_is_ambiguous(const char *name, Oid a, Oid b)
{
	ereport(ERROR,
			(errcode(ERRCODE_AMBIGUOUS_ALIAS),
			 errmsg("model name \"%s\" is ambiguous", name),
			 errdetail("Tables \"%s\" and \"%s\" are in one schema.",
					   get_rel_name(Min(a, b)), get_rel_name(Max(a, b))),
			 errhint("Call them by the names of their tables.")));
}

static NameEntry *
name_entry(Generation *generation, const char *name)
{
	bool		found;
	NameEntry  *entry = hash_search(generation->names, name, HASH_ENTER, &found);
	List	   *rows;
	ListCell   *lc;

	if (!found)
		entry->known = false;
	if (entry->known)
		return entry;

	rows = registry_read_models_named(name);
	entry->nrelations = 0;
	entry->relations = rows == NIL ? NULL :
		MemoryContextAlloc(generation->cxt, list_length(rows) * sizeof(NamedRelation));
	foreach(lc, rows)
	{
		Oid			relid = ((ModelRow *) lfirst(lc))->relation;
		NamedRelation *relation = &entry->relations[entry->nrelations];

		/* watched first: ALTER TABLE ... SET SCHEMA tells of the relation alone */
		(void) relation_entry(generation, relid);
		relation->relid = relid;
		relation->schema = get_rel_namespace(relid);
		if (OidIsValid(relation->schema))
			entry->nrelations++;
	}
	entry->known = true;
	return entry;
}

/*
 * A name that is nobody's is not remembered: there is no end to them.  One that is
 * a table's stays, although no model is named so.
 */
static void
forget_unknown_name(const char *name)
{
	if (current != NULL)
		(void) hash_search(current->names, name, HASH_REMOVE, NULL);
}

static RelationEntry *
relation_entry(Generation *generation, Oid relid)
{
	bool		found;
	RelationEntry *entry = hash_search(generation->relations, &relid,
									   HASH_ENTER, &found);

	if (!found)
	{
		entry->known = false;
		entry->model = NULL;
	}
	return entry;
}

/* in a context that goes with the caller's should it fail, and with the generation when done */
static void
build_model(Generation *generation, RelationEntry *entry)
{
	MemoryContext cxt = AllocSetContextCreate(CurrentMemoryContext,
											  "pg_associations model",
											  ALLOCSET_SMALL_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(cxt);
	ModelRow   *row = registry_read_model(entry->relid);
	Model	   *model = row ? model_facts_build(row) : NULL;

	MemoryContextSwitchTo(caller);
	if (model == NULL)
		MemoryContextDelete(cxt);
	else
	{
		watch_types(generation, model);
		MemoryContextSetIdentifier(cxt, model->name);
		model->cxt = cxt;
		generation->size += MemoryContextMemAllocated(cxt, true);
		MemoryContextSetParent(cxt, generation->cxt);
	}
	entry->model = model;
	entry->known = true;
}

/*
 * pg_type changes with every table that anybody makes, so only changes of types
 * in use count: their own rows, and those that domains and arrays rest on.
 */
static void
watch_types(Generation *generation, const Model *model)
{
	for (int i = 0; i < model->nattributes; i++)
	{
		Oid			type = model->attributes[i].type;
		Oid			base = getBaseType(type);
		Oid			element = get_element_type(base);

		watch_type(generation, type);
		watch_type(generation, base);
		if (OidIsValid(element))
			watch_type(generation, element);
	}
}

static void
watch_type(Generation *generation, Oid type)
{
	uint32		hash = GetSysCacheHashValue1(TYPEOID, ObjectIdGetDatum(type));

	(void) hash_search(generation->types, &hash, HASH_ENTER, NULL);
}

/* ---- generations ---- */

uint64
registry_generation(void)
{
	register_callbacks();
	heed_discard();
	return invalidations;
}

/*
 * Where everything is outdated as soon as it is there (debug_discard_caches, or a
 * session that can never catch up), trying on would not end.  From the second try
 * on the tables are locked from before the fetch, so what was fetched last is of
 * their present shape.
 */
bool
registry_settled(uint64 generation, int tries)
{
	return registry_generation() == generation || tries >= MAX_FETCHES;
}

static Generation *
current_generation(void)
{
	heed_discard();
	if (current == NULL || current->number != invalidations)
	{
		Generation *fresh = begin_generation();

		if (current != NULL)
			dlist_push_tail(&outdated, &current->node);
		current = fresh;
		sweep_outdated();
	}
	return current;
}

static Generation *
begin_generation(void)
{
	MemoryContext cxt;
	Generation *generation;
	uint64		number;

	/* the number from before the look-up: what comes in between outdates us at birth */
	register_callbacks();
	number = invalidations;
	watched_registry = registry_relation();

	cxt = AllocSetContextCreate(CurrentMemoryContext, "pg_associations registry",
								ALLOCSET_DEFAULT_SIZES);
	generation = MemoryContextAllocZero(cxt, sizeof(Generation));
	generation->number = number;
	generation->cxt = cxt;
	generation->relations = create_hash("pg_associations relations", sizeof(Oid),
										sizeof(RelationEntry), HASH_BLOBS, cxt);
	generation->names = create_hash("pg_associations names", NAMEDATALEN,
									sizeof(NameEntry), HASH_STRINGS, cxt);
	generation->types = create_hash("pg_associations types", sizeof(uint32),
									sizeof(uint32), HASH_BLOBS, cxt);
	MemoryContextSetParent(cxt, CacheMemoryContext);
	return generation;
}

static HTAB *
create_hash(const char *name, Size keysize, Size entrysize,
			int kind, MemoryContext cxt)
{
	HASHCTL		ctl = {0};

	ctl.keysize = keysize;
	ctl.entrysize = entrysize;
	ctl.hcxt = cxt;
	return hash_create(name, 64, &ctl, HASH_ELEM | HASH_CONTEXT | kind);
}

/* ---- pins ---- */

/*
 * From now on the current context may point into whatever generation a fetch
 * finds or begins, until the context is reset.
 */
void
registry_hold(void)
{
	MemoryContext cxt = CurrentMemoryContext;
	Pin		   *pin;

	if (is_pinned_by(cxt))
		return;
	/* too many models: begun anew where nobody points at any */
	if (dlist_is_empty(&pins) && current != NULL &&
		current->size > (Size) assoc_plan_cache_memory * 1024)
		invalidations++;
	pin = MemoryContextAllocZero(cxt, sizeof(Pin));
	pin->cxt = cxt;
	pin->first = invalidations;
	pin->callback.func = release_pin;
	pin->callback.arg = pin;
	dlist_push_head(&pins, &pin->node);
	MemoryContextRegisterResetCallback(cxt, &pin->callback);
}

/* there are few pins, and the one asked for is mostly the newest */
static bool
is_pinned_by(MemoryContext cxt)
{
	dlist_iter	iter;

	dlist_foreach(iter, &pins)
	{
		if (dlist_container(Pin, node, iter.cur)->cxt == cxt)
			return true;
	}
	return false;
}

/* runs when a pinned context is reset or deleted, error or not */
static void
release_pin(void *arg)
{
	Pin		   *pin = arg;

	dlist_delete(&pin->node);
	sweep_outdated();
}

/* delete the outdated generations into which nobody can point any more */
static void
sweep_outdated(void)
{
	dlist_mutable_iter iter;

	dlist_foreach_modify(iter, &outdated)
	{
		Generation *generation = dlist_container(Generation, node, iter.cur);

		if (generation_is_pinned(generation))
			continue;
		dlist_delete(&generation->node);
		MemoryContextDelete(generation->cxt);
	}
}

static bool
generation_is_pinned(const Generation *generation)
{
	dlist_iter	iter;

	dlist_foreach(iter, &pins)
	{
		if (dlist_container(Pin, node, iter.cur)->first <= generation->number)
			return true;
	}
	return false;
}

/* ---- invalidation ---- */

/*
 * Callbacks cannot be taken back, and a backend has room for ten relcache
 * callbacks of everybody's: one, when first needed.
 */
static void
register_callbacks(void)
{
	if (callbacks_registered)
		return;
	callbacks_registered = true;
	CacheRegisterRelcacheCallback(relation_changed, (Datum) 0);
	CacheRegisterSyscacheCallback(TYPEOID, type_changed, (Datum) 0);
	CacheRegisterSyscacheCallback(NAMESPACEOID, catalog_changed, (Datum) 0);
	CacheRegisterSyscacheCallback(CASTSOURCETARGET, catalog_changed, (Datum) 0);
	CacheRegisterSyscacheCallback(AUTHMEMROLEMEM, catalog_changed, (Datum) 0);
	/* SUPERUSER and BYPASSRLS stand in no plan, but decide which policies do */
	CacheRegisterSyscacheCallback(AUTHOID, catalog_changed, (Datum) 0);
}

/*
 * DISCARD PLANS and DISCARD ALL call nobody, but spoil every expression that
 * PostgreSQL keeps planned: one of ours tells of it.
 */
static void
heed_discard(void)
{
	if (canary != NULL && canary->is_valid)
		return;
	if (canary != NULL)
	{
		FreeCachedExpression(canary);
		canary = NULL;
		invalidations++;
	}
	canary = GetCachedExpression(makeBoolConst(true, false));
}

/*
 * The callbacks may run inside any look-up: no catalog access, no allocation,
 * nothing freed.
 */
static void
relation_changed(Datum arg pg_attribute_unused(), Oid relid)
{
	if (!OidIsValid(relid) || relid == watched_registry ||
		(current != NULL &&
		 hash_search(current->relations, &relid, HASH_FIND, NULL) != NULL))
		invalidations++;
}

static void
type_changed(Datum arg pg_attribute_unused(), int cacheid pg_attribute_unused(),
			 uint32 hashvalue)
{
	if (hashvalue == 0 ||
		(current != NULL &&
		 hash_search(current->types, &hashvalue, HASH_FIND, NULL) != NULL))
		invalidations++;
}

static void
catalog_changed(Datum arg pg_attribute_unused(), int cacheid pg_attribute_unused(),
				uint32 hashvalue pg_attribute_unused())
{
	invalidations++;
}
