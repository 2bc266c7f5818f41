/*-------------------------------------------------------------------------
 *
 * load_counts.h
 *	  What is counted of loads, by shape: in a session (load_watch.c), and for the whole server where
 *	  the library is preloaded.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_LOAD_COUNTS_H
#define ASSOC_LOAD_COUNTS_H

#include "utils/jsonb.h"

/* longer options are not kept to be shown */
#define LOAD_OPTIONS_KEPT 2048

/* what loads are counted together: the same question, but for the values in it */
typedef struct LoadKey
{
	uint64		shape;
	Oid			database;
	Oid			model;
	Oid			role;
} LoadKey;

/* how the first of them was asked */
typedef struct LoadFacts
{
	int			kind;			/* LoadKind */
	const char *model;			/* as it was called then; or NULL */
	const char *alias;			/* or NULL */
	const Jsonb *options;		/* or NULL */
} LoadFacts;

typedef struct LoadCounts
{
	int64		calls;
	int64		rows;
	int64		statements;
	double		seconds;
	double		longest;
	bool		probed;			/* rows came by a probe, */
	bool		batched;		/*   by a statement */
} LoadCounts;

/* for the receiver the texts are its own only while it runs */
typedef void (*LoadReceiver) (const LoadKey *key, const LoadFacts *facts, const LoadCounts *counts, void *arg);

extern void load_counts_add(LoadCounts *sum, const LoadCounts *counts);

/* once, when the library is loaded: asks for the shared memory where that is still possible */
extern void load_counts_init(void);
/* is anything counted for the whole server? */
extern bool load_counts_are_shared(void);
extern void load_counts_share(const LoadKey *key, const LoadFacts *facts, const LoadCounts *counts);
extern void load_counts_each_shared(LoadReceiver receive, void *arg);
extern void load_counts_forget_shared(void);

#endif							/* ASSOC_LOAD_COUNTS_H */
