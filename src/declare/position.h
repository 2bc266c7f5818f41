/*-------------------------------------------------------------------------
 *
 * position.h
 *	  The column of an association's option "position", and its unique key.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_POSITION_H
#define ASSOC_POSITION_H

#include "registry/registry.h"

/*
 * The tables are there.  One that a declaration made gets what is missing, added to "created"; of
 * an adopted one it is an error, or a WARNING.  True where anything was made.
 */
extern bool position_fit(const AssociationRow *row, const char *position, List **created);

#endif							/* ASSOC_POSITION_H */
