/*-------------------------------------------------------------------------
 *
 * exact_output.c
 *	  Settings under which values are printed exactly, and read elsewhere as they were meant.
 *
 * As postgres_fdw sets them for what it sends.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/exact_output.h"
#include "utils/guc.h"

static void set_locally(const char *setting, const char *value);

int
exact_output_begin(const char *search_path)
{
	int			level = NewGUCNestLevel();

	set_locally("datestyle", "ISO");
	set_locally("intervalstyle", "postgres");
	set_locally("extra_float_digits", "1");
	if (search_path != NULL)
		set_locally("search_path", search_path);
	return level;
}

void
exact_output_end(int level)
{
	AtEOXact_GUC(true, level);
}

static void
set_locally(const char *setting, const char *value)
{
	(void) set_config_option(setting, value, PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
}
