/*-------------------------------------------------------------------------
 *
 * options_internal.h
 *	  What options.c and options_where.c share.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_OPTIONS_INTERNAL_H
#define ASSOC_OPTIONS_INTERNAL_H

#include "options.h"

/* error when a place lies deeper than pg_associations.max_depth allows */
extern void check_path_depth(const DocPath *path);

#endif							/* ASSOC_OPTIONS_INTERNAL_H */
