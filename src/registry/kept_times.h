/*-------------------------------------------------------------------------
 *
 * kept_times.h
 *	  When a row was made and changed, where no default and no trigger of ours says it.
 *
 * A table that a declaration made keeps these times itself.  One that was there before
 * is never altered: the verbs set the columns that its declaration names.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_KEPT_TIMES_H
#define ASSOC_KEPT_TIMES_H

#include "registry/registry_cache.h"

/* is this one of the columns that verbs set? */
extern bool kept_by_verbs(const Model *model, const Attribute *attribute);
/*
 * What a verb sets to now() in a row that it inserts, or updates: columns that the data does not
 * give ("given" by number of attribute; NULL: it gives none).  Of a new row there may be two.
 */
extern int	kept_times_new(const Model *model, const bool *given, Attribute *columns[2]);
extern Attribute *kept_time_changed(const Model *model, const bool *given);

/* which attributes, by number, the database sets whatever is given: generated columns, these times, counters of links */
extern void kept_made(const Model *model, bool *made);

/* can a column of this type keep a time? */
extern bool kept_time_fits(Oid type);
/* what now() gives, as the column's type; an error where that cannot keep a time */
extern Datum kept_time_now(Oid type, int32 typmod, const char *column);

#endif							/* ASSOC_KEPT_TIMES_H */
