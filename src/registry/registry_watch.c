/*-------------------------------------------------------------------------
 *
 * registry_watch.c
 *	  The one invalidation path: what is watched, and what an event comes to.
 *
 * Callbacks note which object an invalidation names (an event); before the next answer its
 * fingerprint is compared (fingerprint.c).  ANALYZE, a new schema, an empty INSERT into the registry
 * invalidate something in all sessions, and change nothing.  A relation that has changed gets another
 * version; only what names so many others that nobody could say who depends on it (a type, a
 * schema's name, a cast) ends the epoch, and with it everything.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/transam.h"
#include "base/compat.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "lib/ilist.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "registry/citus.h"
#include "registry/fingerprint.h"
#include "registry/registry.h"
#include "registry/registry_watch.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/plancache.h"
#include "utils/syscache.h"

/* how often events are followed that come while we look, before everything is given up */
#define MAX_LOOKS 3

/* Events are numbered: a thing is to be looked at if one came after it was seen last. */
typedef struct WatchedRelation
{
	Oid			relation;		/* hash key */
	uint64		event;
	uint64		seen;
	uint64		version;
	bool		looked_at;		/* its fingerprints are known: one event at least has come */
	uint64		catalogs;		/* fingerprints */
	uint64		registry;
} WatchedRelation;

typedef enum WatchedKind
{
	WATCHED_TYPE,
	WATCHED_SCHEMA,				/* its name stands in some text */
	WATCHED_FUNCTION			/* it may stand behind a computed attribute, whether it is there or not */
} WatchedKind;

#define NKINDS 3

/* by the hash value that the event carries; two objects may have one, and then any event is a change */
typedef struct WatchedObject
{
	uint32		hash;			/* hash key; of a function: of its name, argument and schema */
	Oid			object;			/* the type, the schema, or the relation of the function's argument */
	bool		several;
	uint64		event;
	uint64		seen;
	uint64		fingerprint;	/* of a type, or of a schema's name */
} WatchedObject;

struct RegistryRecorder
{
	dlist_node	node;			/* in recorders */
	MemoryContextCallback callback;
	bool		listed;
	uint64		generation;		/* when it began */
	List	   *relations;
	MemoryContext cxt;
};

static uint64 changes = 1;
static uint64 epoch = 1;
static uint64 role_changes = 1;
static uint64 rights_changes = 0;	/* of what else decides about rights, but for relations */

static uint64 events = 1;
static uint64 looked_at = 1;	/* all before were */

/* the last event about all of a kind */
static uint64 relations_event = 0;
static uint64 registry_event = 0;
static uint64 names_event = 0;
static uint64 kind_events[NKINDS];
static uint64 casts_event = 0;

static MemoryContext watch_cxt = NULL;	/* NULL: nothing is watched */
static HTAB *relations = NULL;
static HTAB *objects[NKINDS];	/* of WatchedObject, by kind */
static Oid	registry_watched = InvalidOid;	/* assoc.associations */
static Oid	names_watched = InvalidOid;
static uint64 casts_seen = 0;
static uint64 casts = 0;		/* 0: not computed, since no event has come */

static bool callbacks_registered = false;
static CachedExpression *canary = NULL; /* see heed_discard */
static bool canary_is_excused = false;
static dlist_head recorders = DLIST_STATIC_INIT(recorders);

static void catch_up(void);
static bool all_is_as_it_was(void);
static bool registry_is_there(void);
static bool casts_are_as_they_were(void);
static bool objects_are_as_they_were(WatchedKind kind);
static bool is_as_it_was(WatchedKind kind, const WatchedObject *watched);
static uint64 schema_fingerprint(Oid schema);
static void look_at_relations(void);
static void look_at_relation(WatchedRelation *watched);
static uint64 catalogs_of(Oid relation);
static WatchedObject *watch(WatchedKind kind, uint32 hash, Oid object);
static bool type_is_watched(Oid type);
static Oid	schema_of_type(Oid type);
static void begin(void);
static HTAB *create_hash(const char *name, Size keysize, Size entrysize, MemoryContext cxt);
static void note(Oid relation);
static void unlist(void *arg);
static void register_callbacks(void);
static void heed_discard(void);
static void relation_told(Datum arg, Oid relation);
static void object_told(Datum kind, int cacheid, uint32 hashvalue);
static void cast_told(Datum arg, int cacheid, uint32 hashvalue);
static void subscription_told(Datum arg, int cacheid, uint32 hashvalue);
static void role_told(Datum arg, int cacheid, uint32 hashvalue);
static void rights_told(Datum arg, int cacheid, uint32 hashvalue);
static void plans_reset(Datum arg, int cacheid, uint32 hashvalue);

/* ---- what has changed ---- */

uint64
registry_generation(void)
{
	catch_up();
	return changes;
}

uint64
registry_epoch(void)
{
	catch_up();
	return epoch;
}

uint64
registry_role_changes(void)
{
	return role_changes;
}

/* rows of models that nobody watches tell no more than that there is something new */
uint64
registry_names_generation(void)
{
	catch_up();
	return changes + registry_event + names_event;
}

void
registry_forget(void)
{
	epoch = ++changes;
	relations = NULL;
	memset(objects, 0, sizeof(objects));
	registry_watched = names_watched = InvalidOid;
	if (watch_cxt != NULL)
		MemoryContextDelete(watch_cxt);
	watch_cxt = NULL;
}

/*
 * What comes in while we look is looked at too.  Where that does not end (every look-up
 * invalidates everything, under debug_discard_caches) everything is taken for changed.
 */
static void
catch_up(void)
{
	register_callbacks();
	heed_discard();
	for (int look = 1; looked_at != events; look++)
	{
		uint64		seen = events;

		if (look > MAX_LOOKS || !all_is_as_it_was())
			registry_forget();
		looked_at = seen;
		if (look > MAX_LOOKS)
			looked_at = events;
	}
}

/* false: so much is not that everything is to go */
static bool
all_is_as_it_was(void)
{
	if (watch_cxt == NULL)
		return true;
	if (!registry_is_there() || !casts_are_as_they_were() || !objects_are_as_they_were(WATCHED_SCHEMA) ||
		!objects_are_as_they_were(WATCHED_TYPE) || !objects_are_as_they_were(WATCHED_FUNCTION))
		return false;
	look_at_relations();
	return true;
}

static bool
registry_is_there(void)
{
	return registry_relation_if_any() == registry_watched;
}

static bool
casts_are_as_they_were(void)
{
	uint64		seen = events;

	if (casts_event <= casts_seen)
		return true;
	if (fingerprint_casts(type_is_watched) != casts)
		return false;
	casts_seen = seen;
	return true;
}

static bool
objects_are_as_they_were(WatchedKind kind)
{
	HASH_SEQ_STATUS all;
	WatchedObject *watched;
	bool		same = true;

	hash_seq_init(&all, objects[kind]);
	while ((watched = hash_seq_search(&all)) != NULL)
	{
		uint64		seen = events;

		if (!same || Max(watched->event, kind_events[kind]) <= watched->seen)
			continue;
		same = !watched->several && is_as_it_was(kind, watched);
		watched->seen = seen;
	}
	return same;
}

static bool
is_as_it_was(WatchedKind kind, const WatchedObject *watched)
{
	WatchedRelation *relation;

	switch (kind)
	{
		case WATCHED_TYPE:
			return fingerprint_type(watched->object) == watched->fingerprint;
		case WATCHED_SCHEMA:
			return schema_fingerprint(watched->object) == watched->fingerprint;
		case WATCHED_FUNCTION:
			/* any change of one is a change of its relation, and of nothing else */
			relation = hash_search(relations, &watched->object, HASH_FIND, NULL);
			if (relation != NULL)
				relation->version = ++changes;
			return true;
	}
	pg_unreachable();
}

/* 0: there is none */
static uint64
schema_fingerprint(Oid schema)
{
	char	   *name = get_namespace_name(schema);

	return name == NULL ? 0 : hash_bytes_extended((const unsigned char *) name, strlen(name), 0) | 1;
}

static void
look_at_relations(void)
{
	uint64		all_event = Max(relations_event, registry_event);
	HASH_SEQ_STATUS all;
	WatchedRelation *watched;

	hash_seq_init(&all, relations);
	while ((watched = hash_seq_search(&all)) != NULL)
		if (Max(watched->event, all_event) > watched->seen)
			look_at_relation(watched);
}

/*
 * The first event is taken for a change, and the fingerprints are made then: most sessions
 * see none, and would pay for them with their first call.
 */
static void
look_at_relation(WatchedRelation *watched)
{
	uint64		seen = events;
	uint64		catalogs = watched->catalogs;
	uint64		registry = watched->registry;

	if (!watched->looked_at || Max(watched->event, relations_event) > watched->seen)
		watched->catalogs = catalogs_of(watched->relation);
	if (!watched->looked_at || Max(watched->event, registry_event) > watched->seen)
		watched->registry = registry_fingerprint(watched->relation);
	if (!watched->looked_at || watched->catalogs != catalogs || watched->registry != registry)
		watched->version = ++changes;
	watched->looked_at = true;
	watched->seen = seen;
}

static uint64
catalogs_of(Oid relation)
{
	return fingerprint_relation(relation) + (citus_has_table(relation) ? 1 : 0);
}

/* ---- what is watched ---- */

uint64
registry_watch_relation(Oid relation)
{
	WatchedRelation *watched;
	bool		found;

	catch_up();
	begin();
	note(relation);
	watched = hash_search(relations, &relation, HASH_ENTER, &found);
	if (!found)
	{
		watched->event = 0;
		watched->seen = events;
		watched->version = changes;
		watched->looked_at = false;
	}
	return watched->version;
}

/*
 * pg_type changes with every table that anybody makes, so only changes of types in use
 * count.  Those of the server itself stay as they are.
 */
void
registry_watch_type(Oid type)
{
	WatchedObject *watched;

	if (type < FirstGenbkiObjectId)
		return;
	registry_watch_schema(schema_of_type(type));
	watched = watch(WATCHED_TYPE, GetSysCacheHashValue1(TYPEOID, ObjectIdGetDatum(type)), type);
	if (watched == NULL)
		return;
	watched->several = true;	/* until it is known */
	watched->fingerprint = fingerprint_type(type);
	watched->several = false;
	/* casts of this type count from now on */
	if (casts != 0 && casts_event <= casts_seen)
		casts = fingerprint_casts(type_is_watched);
}

void
registry_watch_function(uint32 hash, Oid relation)
{
	(void) watch(WATCHED_FUNCTION, hash, relation);
}

/* NULL: it is watched already */
static WatchedObject *
watch(WatchedKind kind, uint32 hash, Oid object)
{
	WatchedObject *watched;
	bool		found;

	begin();
	watched = hash_search(objects[kind], &hash, HASH_ENTER, &found);
	if (found)
	{
		watched->several |= watched->object != object;
		return NULL;
	}
	watched->object = object;
	watched->several = false;
	watched->event = 0;
	watched->seen = events;
	watched->fingerprint = 0;
	return watched;
}

static bool
type_is_watched(Oid type)
{
	uint32		hash;

	if (type < FirstGenbkiObjectId)
		return true;
	hash = GetSysCacheHashValue1(TYPEOID, ObjectIdGetDatum(type));
	return objects[WATCHED_TYPE] != NULL && hash_search(objects[WATCHED_TYPE], &hash, HASH_FIND, NULL) != NULL;
}

static Oid
schema_of_type(Oid type)
{
	HeapTuple	row = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));
	Oid			schema = InvalidOid;

	if (HeapTupleIsValid(row))
	{
		schema = ((Form_pg_type) GETSTRUCT(row))->typnamespace;
		ReleaseSysCache(row);
	}
	return schema;
}

void
registry_watch_schema(Oid schema)
{
	uint64		fingerprint = schema_fingerprint(schema);
	WatchedObject *watched = watch(WATCHED_SCHEMA, GetSysCacheHashValue1(NAMESPACEOID, ObjectIdGetDatum(schema)),
								   schema);

	if (watched == NULL)
		return;
	watched->several = fingerprint == 0;
	watched->fingerprint = fingerprint;
}

static void
begin(void)
{
	MemoryContext cxt;

	if (watch_cxt != NULL)
		return;
	registry_watched = registry_relation();
	names_watched = registry_names_relation();
	casts_seen = events;
	casts = casts_event > 0 ? fingerprint_casts(type_is_watched) : 0;
	cxt = AllocSetContextCreate(CurrentMemoryContext, "pg_associations watch", ALLOCSET_DEFAULT_SIZES);
	relations = create_hash("pg_associations relations", sizeof(Oid), sizeof(WatchedRelation), cxt);
	for (int kind = 0; kind < NKINDS; kind++)
		objects[kind] = create_hash("pg_associations objects", sizeof(uint32), sizeof(WatchedObject), cxt);
	MemoryContextSetParent(cxt, CacheMemoryContext);
	watch_cxt = cxt;
	registry_watch_schema(get_rel_namespace(registry_watched));
}

static HTAB *
create_hash(const char *name, Size keysize, Size entrysize, MemoryContext cxt)
{
	HASHCTL		ctl = {0};

	ctl.keysize = keysize;
	ctl.entrysize = entrysize;
	ctl.hcxt = cxt;
	return hash_create(name, 64, &ctl, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

/* ---- stamps ---- */

RegistryRecorder *
registry_record(void)
{
	RegistryRecorder *recorder = palloc0_object(RegistryRecorder);

	recorder->cxt = CurrentMemoryContext;
	recorder->generation = registry_generation();
	recorder->callback.func = unlist;
	recorder->callback.arg = recorder;
	MemoryContextRegisterResetCallback(recorder->cxt, &recorder->callback);
	dlist_push_head(&recorders, &recorder->node);
	recorder->listed = true;
	return recorder;
}

static void
note(Oid relation)
{
	dlist_iter	iter;

	dlist_foreach(iter, &recorders)
	{
		RegistryRecorder *recorder = dlist_container(RegistryRecorder, node, iter.cur);
		MemoryContext caller = MemoryContextSwitchTo(recorder->cxt);

		recorder->relations = list_append_unique_oid(recorder->relations, relation);
		MemoryContextSwitchTo(caller);
	}
}

static void
unlist(void *arg)
{
	RegistryRecorder *recorder = arg;

	if (recorder->listed)
		dlist_delete(&recorder->node);
	recorder->listed = false;
}

/* what came between the first fetch and now has outdated it already: it never holds */
void
registry_stamp(RegistryRecorder *recorder, RegistryStamp *stamp)
{
	unlist(recorder);
	memset(stamp, 0, sizeof(*stamp));
	stamp->nrelations = list_length(recorder->relations);
	stamp->relations = palloc_array(Oid, Max(stamp->nrelations, 1));
	stamp->versions = palloc_array(uint64, Max(stamp->nrelations, 1));
	foreach_oid(relation, recorder->relations)
	{
		stamp->relations[foreach_current_index(relation)] = relation;
		stamp->versions[foreach_current_index(relation)] = registry_watch_relation(relation);
	}
	if (registry_generation() != recorder->generation)
		return;
	stamp->generation = changes;
	stamp->epoch = epoch;
}

bool
registry_stamp_holds(RegistryStamp *stamp)
{
	uint64		generation = registry_generation();

	if (stamp->generation == generation)
		return true;
	if (stamp->epoch != epoch)
		return false;
	for (int i = 0; i < stamp->nrelations; i++)
		if (registry_watch_relation(stamp->relations[i]) != stamp->versions[i])
			return false;
	stamp->generation = generation;
	return true;
}

/* rights to a relation stand in rows that tell of a change of it */
RightsStamp
registry_rights_now(void)
{
	return (RightsStamp) {GetUserId(), registry_generation(), role_changes + rights_changes};
}

bool
registry_rights_hold(const RightsStamp *stamp)
{
	return stamp->role == GetUserId() && stamp->generation == registry_generation() &&
		stamp->changes == role_changes + rights_changes;
}

/* ---- events ---- */

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
	CacheRegisterRelcacheCallback(relation_told, (Datum) 0);
	CacheRegisterSyscacheCallback(TYPEOID, object_told, Int32GetDatum(WATCHED_TYPE));
	CacheRegisterSyscacheCallback(NAMESPACEOID, object_told, Int32GetDatum(WATCHED_SCHEMA));
	CacheRegisterSyscacheCallback(PROCNAMEARGSNSP, object_told, Int32GetDatum(WATCHED_FUNCTION));
	CacheRegisterSyscacheCallback(CASTSOURCETARGET, cast_told, (Datum) 0);
	CacheRegisterSyscacheCallback(SUBSCRIPTIONRELMAP, subscription_told, (Datum) 0);
	CacheRegisterSyscacheCallback(AUTHMEMROLEMEM, role_told, (Datum) 0);
	/* SUPERUSER and BYPASSRLS stand in no plan, but decide which policies do */
	CacheRegisterSyscacheCallback(AUTHOID, role_told, (Datum) 0);
	CacheRegisterSyscacheCallback(NAMESPACEOID, rights_told, (Datum) 0);
	CacheRegisterSyscacheCallback(PROCOID, rights_told, (Datum) 0);
	/* pg_database_owner is who owns it */
	CacheRegisterSyscacheCallback(DATABASEOID, rights_told, (Datum) 0);
	CacheRegisterSyscacheCallback(NAMESPACEOID, plans_reset, (Datum) 0);
	CacheRegisterSyscacheCallback(OPEROID, plans_reset, (Datum) 0);
	CacheRegisterSyscacheCallback(AMOPOPID, plans_reset, (Datum) 0);
	CacheRegisterSyscacheCallback(FOREIGNSERVEROID, plans_reset, (Datum) 0);
	CacheRegisterSyscacheCallback(FOREIGNDATAWRAPPEROID, plans_reset, (Datum) 0);
}

/*
 * DISCARD PLANS and DISCARD ALL call nobody, but spoil every expression that PostgreSQL
 * keeps planned: one of ours shows it.  So do changes of some catalogs (InitPlanCache has
 * the list), which are events too.  A DISCARD and such a change between two calls look
 * like the change alone; then memory goes back to the system only with the next one.
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
		if (!canary_is_excused)
			registry_forget();
	}
	canary = GetCachedExpression(makeBoolConst(true, false));
	canary_is_excused = false;
}

/*
 * The callbacks may run inside any look-up: no catalog access, no allocation,
 * nothing freed.
 */
static void
relation_told(Datum arg pg_attribute_unused(), Oid relation)
{
	WatchedRelation *watched;

	if (!OidIsValid(relation))
		relations_event = registry_event = ++events;
	else if (relation == registry_watched)
		registry_event = ++events;
	else if (relation == names_watched)
		names_event = ++events;
	else if (relations != NULL &&
			 (watched = hash_search(relations, &relation, HASH_FIND, NULL)) != NULL)
		watched->event = ++events;
}

static void
object_told(Datum kind, int cacheid pg_attribute_unused(), uint32 hashvalue)
{
	int			number = DatumGetInt32(kind);
	WatchedObject *watched;

	if (hashvalue == 0)
		kind_events[number] = ++events;
	else if (objects[number] != NULL &&
			 (watched = hash_search(objects[number], &hashvalue, HASH_FIND, NULL)) != NULL)
		watched->event = ++events;
}

static void
cast_told(Datum arg pg_attribute_unused(), int cacheid pg_attribute_unused(),
		  uint32 hashvalue pg_attribute_unused())
{
	casts_event = ++events;
}

/* foreign keys prove nothing of the rows that one writes, of partitions either */
static void
subscription_told(Datum arg pg_attribute_unused(), int cacheid pg_attribute_unused(),
				  uint32 hashvalue pg_attribute_unused())
{
	relations_event = ++events;
}

static void
role_told(Datum arg pg_attribute_unused(), int cacheid pg_attribute_unused(),
		  uint32 hashvalue pg_attribute_unused())
{
	role_changes++;
}

static void
rights_told(Datum arg pg_attribute_unused(), int cacheid pg_attribute_unused(),
			uint32 hashvalue pg_attribute_unused())
{
	rights_changes++;
}

static void
plans_reset(Datum arg pg_attribute_unused(), int cacheid pg_attribute_unused(),
			uint32 hashvalue pg_attribute_unused())
{
	canary_is_excused = true;
}
