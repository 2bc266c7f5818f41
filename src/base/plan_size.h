/*-------------------------------------------------------------------------
 *
 * plan_size.h
 *	  Memory of kept SPI plans, for the caches that are bounded by it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_PLAN_SIZE_H
#define ASSOC_PLAN_SIZE_H

#include "executor/spi.h"

extern Size plan_size(SPIPlanPtr plan);
/* too large for a cache: one that takes so much of it would drive out all others */
extern bool plan_is_large(Size size);
/* what all plans of a cache together may take */
extern Size plan_cache_limit(void);

#endif							/* ASSOC_PLAN_SIZE_H */
