/*-------------------------------------------------------------------------
 *
 * settings.h
 *	  The configuration settings.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_SETTINGS_H
#define ASSOC_SETTINGS_H

#include "pgtime.h"

extern bool assoc_probe;		/* pg_associations.probe: index probes allowed */
extern int	assoc_plan_cache_size;	/* compiled loads kept per session */
extern int	assoc_plan_cache_memory;	/* kB of them, of statements and of models, each */
extern int	assoc_max_document_values;	/* conditions of one document; 0: no limit */
extern int	assoc_max_tree_rows;	/* rows of one recursive include */
extern int	assoc_max_depth;	/* nesting allowed in options and data */
extern int	assoc_bigint;		/* AssocBigint: how documents show bigint */
extern bool assoc_explain_loads;	/* pg_associations.explain */
extern bool assoc_track_loads;	/* pg_associations.track */
extern int	assoc_max_server_loads; /* shapes counted for the whole server, where the library is preloaded */
extern int	assoc_log_min_duration; /* ms of a load that is logged; -1: none is */
extern pg_tz *assoc_timezone;	/* of documents; NULL: the session's */

typedef enum AssocBigint
{
	ASSOC_BIGINT_NUMBER,
	ASSOC_BIGINT_STRING
} AssocBigint;

extern void settings_define(void);

/* the zone in which documents show timestamptz */
static inline pg_tz *
assoc_zone(void)
{
	return assoc_timezone != NULL ? assoc_timezone : session_timezone;
}

#endif							/* ASSOC_SETTINGS_H */
