/*-------------------------------------------------------------------------
 *
 * mechanism.h
 *	  Shortcuts of the reader, each of which can be left out to see what it gains.
 *
 * Only in a build for script/bench mechanisms, which has a setting for it: in all others
 * the compiler sees that none is left out.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_MECHANISM_H
#define ASSOC_MECHANISM_H

typedef enum Mechanism
{
	MECHANISM_NONE,
	MECHANISM_KEPT_RUN,
	MECHANISM_SHARED_ROWS,
	MECHANISM_BUFFER_HINTS,
	MECHANISM_BTREE_READER,
	MECHANISM_PLACES,
	MECHANISM_PREFETCH,
	MECHANISM_RANGES
} Mechanism;

#ifdef ASSOC_MECHANISMS
extern int	mechanism_left_out;
#define mechanism_is_used(mechanism) (mechanism_left_out != (mechanism))
#else
#define mechanism_is_used(mechanism) true
#endif

#endif							/* ASSOC_MECHANISM_H */
