/*-------------------------------------------------------------------------
 *
 * registry_cache.c
 *	  Compiled models of this session.
 *
 * Decides how long the memory of a compiled model stays.  Whether it is valid
 * registry_watch.c decides, what it says model_facts.c, how its parts are found
 * model_lookup.c.
 *
 * A model that was replaced stays while a memory context that may hold pointers
 * into it lives: such a context is pinned by registry_pin().
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "base/ddl.h"
#include "base/errors.h"
#include "base/naming.h"
#include "base/rights.h"
#include "base/settings.h"
#include "catalog/namespace.h"
#include "catalog/partition.h"
#include "catalog/pg_namespace.h"
#include "lib/ilist.h"
#include "miscadmin.h"
#include "registry/citus.h"
#include "registry/model_facts.h"
#include "registry/registry_cache.h"
#include "registry/registry_note.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

/* how often a build that an invalidation overtook is repeated before it is given out as it is */
#define MAX_BUILDS 3

/* and how often a caller fetches all that he needs */
#define MAX_FETCHES 3

typedef struct RelationEntry
{
	Oid			relid;			/* hash key */
	uint64		version;		/* of the relation when it was compiled */
	Model	   *model;			/* NULL: no model */
	Size		size;
} RelationEntry;

typedef struct NamedRelation
{
	Oid			relid;
	Oid			schema;
} NamedRelation;

typedef struct NameEntry
{
	char		name[NAMEDATALEN];	/* hash key: name of a model */
	uint64		generation;		/* of names when it was read; 0: not yet */
	int			nrelations;
	NamedRelation *relations;
} NameEntry;

/* something replaced, which is in the context itself */
typedef struct Retired
{
	dlist_node	node;			/* in retired */
	MemoryContext cxt;
	uint64		since;
} Retired;

/* keeps what its context may point into */
typedef struct Pin
{
	dlist_node	node;			/* in pins */
	MemoryContext cxt;
	uint64		since;			/* what was retired before is none of it */
	MemoryContextCallback callback;
} Pin;

/* a name that the first schema of search_path has a model of */
typedef struct KeptName
{
	char		name[NAMEDATALEN];
	int			len;			/* 0: nothing is kept here */
	Oid			schema;
	Oid			relation;
	uint64		generation;		/* of names when it was found */
} KeptName;

static MemoryContext cache_cxt = NULL;
static uint64 cache_epoch = 0;	/* of all that is in the cache */
static Size models_size = 0;
static HTAB *models = NULL;		/* RelationEntry */
static HTAB *names = NULL;		/* NameEntry */
static uint64 ticks = 0;		/* of pins and of what is retired */
static dlist_head retired = DLIST_STATIC_INIT(retired);
static dlist_head pins = DLIST_STATIC_INIT(pins);

static KeptName *kept_name(const char *name, int len);
static Oid	first_schema(void);
static const Model *registry_model_by_name_if_any(const char *name);
static const Model *find_named(const char *schema, const char *object);
static const Model *find_in_schema(Oid schema, const char *object);
pg_noreturn static void model_not_found(const char *name);
static char *hint_for_model(const char *schema, const char *object);
static bool may_be_model(Oid relation);
static char *hint_restored(Oid table);
static char *hint_worker(Oid schema);
static char *hint_elsewhere(const char *object);
static List *visible_model_names(Oid schema);
static Oid *search_schemas(int *count);
static Oid	relation_named(const char *name, Oid schema);
pg_noreturn static void name_is_ambiguous(const char *name, Oid a, Oid b);
static NameEntry *name_entry(const char *name);
static void read_name(NameEntry *entry);
static void forget_unknown_name(const char *name);
static RelationEntry *relation_entry(Oid relid);
static void build_model(RelationEntry *entry);
static void watch_what_it_names(const Model *model);
static void begin_epoch(void);
static void cache_init(void);
static HTAB *create_hash(const char *name, Size keysize, Size entrysize, int kind);
static void retire_model(RelationEntry *entry);
static bool has_too_many(void);
static bool is_pinned_by(MemoryContext cxt);
static void release_pin(void *arg);
static void sweep_retired(void);
static bool is_pinned(const Retired *item);

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
	hint = hint_restored(relid);
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("table \"%s\" is not a model", table),
			 hint ? errhint("%s", hint) :
			 errhint("Make it one with SELECT assoc.adopt(%s).",
					 quote_literal_cstr(ddl_table(relid)))));
}

/*
 * A change while we built leaves the model outdated already, so it is built again.  Where
 * that goes on (every time, under debug_discard_caches) the caller gets what we have: he sees
 * from registry_generation() that it does not last.
 */
const Model *
registry_model_if_any(Oid relid)
{
	for (int build = 1;; build++)
	{
		uint64		version = registry_watch_relation(relid);
		RelationEntry *entry;

		begin_epoch();
		entry = relation_entry(relid);
		if (entry->version == version)
			return entry->model;
		if (entry->model != NULL)
			retire_model(entry);
		build_model(entry);
		entry->version = version;
		if (build == MAX_BUILDS || registry_watch_relation(relid) == version)
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

Oid
registry_relation_by_name(const text *name)
{
	int			len = VARSIZE_ANY_EXHDR(name);
	KeptName   *kept = kept_name(VARDATA_ANY(name), len);
	uint64		generation = registry_names_generation();
	char	   *full;
	const Model *model;

	if (len > 0 && kept->len == len && memcmp(kept->name, VARDATA_ANY(name), len) == 0 &&
		kept->generation == generation && kept->schema == first_schema() && !has_too_many())
		return kept->relation;
	registry_pin();
	full = text_to_cstring(name);
	model = registry_model_by_name(full);
	kept->len = 0;
	if (model->schema == first_schema() && strcmp(model->name, full) == 0)
	{
		memcpy(kept->name, full, len);
		kept->schema = model->schema;
		kept->relation = model->relid;
		kept->generation = generation;
		kept->len = len;
	}
	return model->relid;
}

/* where it is kept if it is */
static KeptName *
kept_name(const char *name, int len)
{
	static KeptName names[8];

	return &names[(len + (len > 0 ? (unsigned char) name[0] : 0)) % lengthof(names)];
}

/* of search_path, without what PostgreSQL adds of itself; InvalidOid: none */
static Oid
first_schema(void)
{
	Oid			schemas[2];
	int			n = fetch_search_path_array(schemas, 2);
	int			first = n > 0 && schemas[0] == PG_CATALOG_NAMESPACE ? 1 : 0;

	return n > first ? schemas[first] : InvalidOid;
}

static const Model *
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
	if (OidIsValid(table) && get_rel_relispartition(table))
		return psprintf(_("The table of that name is a partition of %s, where its rows are found."),
						ddl_table(get_partition_parent(table, true)));
	if (may_be_model(table))
		return psprintf(_("There is a table of that name: make it a model with SELECT assoc.adopt(%s)."),
						quote_literal_cstr(ddl_table(table)));
	if (schema == NULL && strcmp(object, GetUserNameFromId(GetUserId(), false)) == 0)
		return pstrdup(_("User without quotes is the name of the current role: write 'User' for a model of that name."));
	hint = schema ? NULL : hint_elsewhere(object);
	if (hint == NULL)
		hint = error_hint_nearest(object, visible_model_names(schemaid), "models");
	if (hint == NULL && citus_is_worker())
		hint = hint_worker(schemaid);
	if (hint == NULL)
		hint = psprintf(_("There are no models in %s: declare one with assoc.define, or take an existing table with assoc.adopt."),
						schema ? quote_identifier(schema) : "search_path");
	return hint;
}

static bool
may_be_model(Oid relation)
{
	return OidIsValid(relation) && get_rel_persistence(relation) != RELPERSISTENCE_TEMP &&
		strchr("rpvmf", get_rel_relkind(relation)) != NULL;
}

/* of a table whose declarations are in the database, or the cluster, but not in this registry */
static char *
hint_restored(Oid table)
{
	if (!OidIsValid(table))
		return NULL;
	if (citus_has_table(table) && citus_is_worker())
		return hint_worker(get_rel_namespace(table));
	return registry_note_hint(table);
}

static char *
hint_worker(Oid schema)
{
	char	   *name = OidIsValid(schema) ? get_namespace_name(schema) : NULL;

	return psprintf(_("This is a worker. On the coordinator: SELECT assoc.declare_on_workers(%s)."),
					name ? quote_literal_cstr(name) : "");
}

/* a model of that name that search_path does not reach */
static char *
hint_elsewhere(const char *object)
{
	Oid			relation;
	char	   *schema = registry_schema_elsewhere(object, &relation);

	if (schema == NULL)
		return NULL;
	if (!rights_have(relation, ACL_NO_RIGHTS))
		return psprintf(_("There is one in schema \"%s\", on which the current role has no USAGE."), schema);
	return psprintf(_("There is one in schema \"%s\": write \"%s.%s\", or add the schema to search_path."),
					schema, schema, object);
}

char *
registry_schema_elsewhere(const char *name, Oid *relation)
{
	foreach_ptr(ModelRow, row, registry_list_models_named(name))
	{
		char	   *schema = get_namespace_name(get_rel_namespace(row->relation));

		*relation = row->relation;
		if (schema != NULL)
			return schema;
	}
	return NULL;
}

/* names of the models in a schema, or in those of search_path */
static List *
visible_model_names(Oid schema)
{
	List	   *names = NIL;
	int			count = 1;
	Oid		   *schemas = OidIsValid(schema) ? &schema : search_schemas(&count);

	foreach_ptr(ModelRow, row, registry_list_models())
	{
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
	NameEntry  *entry = name_entry(name);

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
name_entry(const char *name)
{
	NameEntry  *entry;
	bool		found;

	begin_epoch();
	entry = hash_search(names, name, HASH_ENTER, &found);
	if (!found)
	{
		entry->generation = 0;
		entry->nrelations = 0;
		entry->relations = NULL;
	}
	for (int read = 1; entry->generation != registry_names_generation() && read <= MAX_BUILDS; read++)
		read_name(entry);
	return entry;
}

static void
read_name(NameEntry *entry)
{
	uint64		generation = registry_names_generation();
	List	   *rows = registry_list_models_named(entry->name);

	if (entry->relations != NULL)
		pfree(entry->relations);
	entry->relations = NULL;
	entry->nrelations = 0;
	if (rows != NIL)
		entry->relations = MemoryContextAlloc(cache_cxt, list_length(rows) * sizeof(NamedRelation));
	foreach_ptr(ModelRow, row, rows)
	{
		Oid			relid = row->relation;
		NamedRelation *relation = &entry->relations[entry->nrelations];

		/* watched first: ALTER TABLE ... SET SCHEMA invalidates the relation alone */
		(void) registry_watch_relation(relid);
		relation->relid = relid;
		relation->schema = get_rel_namespace(relid);
		if (OidIsValid(relation->schema))
			entry->nrelations++;
	}
	entry->generation = generation;
}

/*
 * A name that is nobody's is not remembered: there is no end to them.  One that is
 * a table's stays, although no model is named so.
 */
static void
forget_unknown_name(const char *name)
{
	NameEntry  *entry = names ? hash_search(names, name, HASH_FIND, NULL) : NULL;

	if (entry == NULL)
		return;
	if (entry->relations != NULL)
		pfree(entry->relations);
	(void) hash_search(names, name, HASH_REMOVE, NULL);
}

static RelationEntry *
relation_entry(Oid relid)
{
	bool		found;
	RelationEntry *entry = hash_search(models, &relid, HASH_ENTER, &found);

	if (!found)
	{
		entry->version = 0;
		entry->model = NULL;
		entry->size = 0;
	}
	return entry;
}

/* in a context that goes with the caller's should it fail, and is the cache's when done */
static void
build_model(RelationEntry *entry)
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
		watch_what_it_names(model);
		MemoryContextSetIdentifier(cxt, model->name);
		model->cxt = cxt;
		entry->size = MemoryContextMemAllocated(cxt, true);
		models_size += entry->size;
		MemoryContextSetParent(cxt, cache_cxt);
	}
	entry->model = model;
}

/* its schema, the types of its attributes and those that domains and arrays rest on */
static void
watch_what_it_names(const Model *model)
{
	registry_watch_schema(model->schema);
	for (int i = 0; i < model->nattributes; i++)
	{
		Oid			type = model->attributes[i].type;
		Oid			base = getBaseType(type);
		Oid			element = get_element_type(base);

		registry_watch_type(type);
		registry_watch_type(base);
		if (OidIsValid(element))
			registry_watch_type(element);
	}
}

/* ---- the length of a life ---- */

/*
 * Where everything is outdated as soon as it is there (debug_discard_caches, or a
 * session that can never catch up), trying on would not end.  From the second try
 * on the tables are locked from before the fetch, so what was fetched last is of
 * their present shape.
 */
bool
registry_is_current(uint64 generation, int tries)
{
	return registry_generation() == generation || registry_tried(tries);
}

bool
registry_tried(int tries)
{
	return tries >= MAX_FETCHES;
}

/* all models and names of another epoch go */
static void
begin_epoch(void)
{
	uint64		epoch = registry_epoch();
	HASH_SEQ_STATUS all;
	RelationEntry *entry;

	if (cache_epoch == epoch)
		return;
	/* an error where there is none */
	(void) registry_relation();
	cache_init();
	hash_seq_init(&all, models);
	while ((entry = hash_seq_search(&all)) != NULL)
	{
		if (entry->model != NULL)
			retire_model(entry);
		(void) hash_search(models, &entry->relid, HASH_REMOVE, NULL);
	}
	hash_destroy(names);
	names = create_hash("pg_associations names", NAMEDATALEN, sizeof(NameEntry), HASH_STRINGS);
	cache_epoch = epoch;
}

static void
cache_init(void)
{
	if (cache_cxt == NULL)
		cache_cxt = AllocSetContextCreate(CacheMemoryContext, "pg_associations registry",
										  ALLOCSET_DEFAULT_SIZES);
	if (models == NULL)
		models = create_hash("pg_associations models", sizeof(Oid), sizeof(RelationEntry), HASH_BLOBS);
	if (names == NULL)
		names = create_hash("pg_associations names", NAMEDATALEN, sizeof(NameEntry), HASH_STRINGS);
}

static HTAB *
create_hash(const char *name, Size keysize, Size entrysize, int kind)
{
	HASHCTL		ctl = {0};

	ctl.keysize = keysize;
	ctl.entrysize = entrysize;
	ctl.hcxt = cache_cxt;
	return hash_create(name, 64, &ctl, HASH_ELEM | HASH_CONTEXT | kind);
}

static void
retire_model(RelationEntry *entry)
{
	models_size -= entry->size;
	registry_retire(entry->model->cxt);
	entry->model = NULL;
	entry->version = 0;
}

void
registry_retire(MemoryContext cxt)
{
	Retired    *item = MemoryContextAlloc(cxt, sizeof(Retired));

	MemoryContextSetParent(cxt, cache_cxt);
	item->cxt = cxt;
	item->since = ++ticks;
	dlist_push_tail(&retired, &item->node);
	sweep_retired();
}

/* ---- pins ---- */

/*
 * From now on the current context may point into whatever a fetch finds or builds,
 * until the context is reset.
 */
void
registry_pin(void)
{
	MemoryContext cxt = CurrentMemoryContext;
	Pin		   *pin;

	if (is_pinned_by(cxt))
		return;
	/* too many models: all are dropped where no context is pinned */
	if (dlist_is_empty(&pins) && has_too_many())
		registry_forget();
	pin = MemoryContextAllocZero(cxt, sizeof(Pin));
	pin->cxt = cxt;
	pin->since = ++ticks;
	pin->callback.func = release_pin;
	pin->callback.arg = pin;
	dlist_push_head(&pins, &pin->node);
	MemoryContextRegisterResetCallback(cxt, &pin->callback);
}

static bool
has_too_many(void)
{
	return models_size > (Size) assoc_plan_cache_memory * 1024;
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
	sweep_retired();
}

/* delete what nobody can point into any more */
static void
sweep_retired(void)
{
	dlist_mutable_iter iter;

	dlist_foreach_modify(iter, &retired)
	{
		Retired    *item = dlist_container(Retired, node, iter.cur);

		if (is_pinned(item))
			continue;
		dlist_delete(&item->node);
		MemoryContextDelete(item->cxt);
	}
}

static bool
is_pinned(const Retired *item)
{
	dlist_iter	iter;

	dlist_foreach(iter, &pins)
	{
		if (dlist_container(Pin, node, iter.cur)->since < item->since)
			return true;
	}
	return false;
}
