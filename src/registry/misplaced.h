/*-------------------------------------------------------------------------
 *
 * misplaced.h
 *	  Names that are known, in the place of others.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISPLACED_H
#define MISPLACED_H

#include "registry/registry_cache.h"

/*
 * An error where the name is no attribute of the model, but one of the link's (through: or NULL).  The hint is
 * a format that shows the name once.
 */
extern void misplaced_of_link(const Model *model, const Model *through, const char *name, const char *hint,
							  const struct DocPath *path);
/* an error where the steps of an aggregate begin with no association, and what they mean is plain */
extern void misplaced_aggregate(const Model *source, const List *steps, const struct DocPath *path);
/* an error where an aggregate over rows of the model is meant to be over associated ones */
extern void misplaced_associated(const Model *model, const List *steps, const struct DocPath *path);
/* an error where what stands in a payload is its own name */
extern void misplaced_payload(const Model *through, const char *name, const struct DocPath *path);
/* an error where data that has no such name of a new row, which is linked, is about the link */
extern void misplaced_link_data(const Model *model, const Model *through, const char *name,
								const struct DocPath *path);

#endif
