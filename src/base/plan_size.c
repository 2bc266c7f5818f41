/*-------------------------------------------------------------------------
 *
 * plan_size.c
 *	  Memory of kept SPI plans, for the caches that are bounded by it.
 *
 * Decides what counts: the text, the parsed tree and the generic plan, each of
 * which PostgreSQL keeps in a context of its own.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "base/plan_size.h"
#include "base/settings.h"
#include "utils/memutils.h"
#include "utils/plancache.h"

/* the share of a cache that one plan may take */
#define LARGE_SHARE 8

Size
plan_size(SPIPlanPtr plan)
{
	Size		size = 0;

	foreach_ptr(CachedPlanSource, source, SPI_plan_get_plan_sources(plan))
	{
		Size		parsed = MemoryContextMemAllocated(source->context, true);

		/* a plan that is still to be made takes about as much as what it is made of */
		size += parsed;
		size += source->gplan ? MemoryContextMemAllocated(source->gplan->context, true) : parsed;
	}
	return size;
}

bool
plan_is_large(Size size)
{
	return size > plan_cache_limit() / LARGE_SHARE;
}

Size
plan_cache_limit(void)
{
	return (Size) assoc_plan_cache_memory * 1024;
}
