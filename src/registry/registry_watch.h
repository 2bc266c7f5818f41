/*-------------------------------------------------------------------------
 *
 * registry_watch.h
 *	  What this session has compiled from, and whether it has changed.
 *
 * An invalidation says that something may have changed (an event).  Then the thing itself is
 * looked at: where it is as it was, nothing is outdated.
 *
 * registry_generation() counts real changes of anything watched: a number for the length of
 * a call.  What is kept longer takes a stamp of the relations that it was compiled from and
 * is outdated by changes of these alone:
 *
 *		recorder = registry_record();
 *		... fetch models and compile ...
 *		registry_stamp(recorder, &kept->stamp);		in the context of what is kept
 *
 * Lock the tables, then ask registry_stamp_holds(), then run.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_REGISTRY_WATCH_H
#define ASSOC_REGISTRY_WATCH_H

typedef struct RegistryStamp
{
	uint64		generation;		/* when it was last seen to hold */
	uint64		epoch;			/* 0: it never holds */
	int			nrelations;
	Oid		   *relations;
	uint64	   *versions;
} RegistryStamp;

/* when a role was seen to have its rights to relations that are watched, their schemas, and functions */
typedef struct RightsStamp
{
	Oid			role;			/* InvalidOid: never */
	uint64		generation;
	uint64		changes;
} RightsStamp;

typedef struct RegistryRecorder RegistryRecorder;

extern uint64 registry_generation(void);

/* changes when all that was compiled is to go: DISCARD, a type, a schema's name, a cast */
extern uint64 registry_epoch(void);

/*
 * Changes when a role's memberships or attributes do.  That is the business only of what row
 * security is compiled into.
 */
extern uint64 registry_role_changes(void);

/* changes when a model may have come, gone or got another name or schema */
extern uint64 registry_names_generation(void);

/* begin a new epoch */
extern void registry_forget(void);

/* from now on; the number is another one after a change of the relation */
extern uint64 registry_watch_relation(Oid relation);
extern void registry_watch_type(Oid type);
extern void registry_watch_schema(Oid schema);
/* one that a model of the relation looks for; hash: as events tell of it */
extern void registry_watch_function(uint32 hash, Oid relation);

/* notes the relations that are asked for, until the stamp or the end of the current context */
extern RegistryRecorder *registry_record(void);
extern void registry_stamp(RegistryRecorder *recorder, RegistryStamp *stamp);
extern bool registry_stamp_holds(RegistryStamp *stamp);

/* of the current role: taken before its rights are asked for, kept if it has them all */
extern RightsStamp registry_rights_now(void);
extern bool registry_rights_hold(const RightsStamp *stamp);

#endif							/* ASSOC_REGISTRY_WATCH_H */
