/*-------------------------------------------------------------------------
 *
 * settings.c
 *	  The configuration settings: their values, defaults and bounds.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <limits.h>

#include "base/compat.h"
#include "base/mechanism.h"
#include "base/settings.h"
#include "miscadmin.h"
#include "utils/guc.h"

bool		assoc_probe = true;
int			assoc_plan_cache_size = 256;
int			assoc_plan_cache_memory = 16 * 1024;
int			assoc_max_document_values = 100000;
int			assoc_max_depth = 32;
int			assoc_max_tree_rows = 100000;
int			assoc_bigint = ASSOC_BIGINT_NUMBER;
bool		assoc_explain_loads = false;
bool		assoc_track_loads = true;
int			assoc_max_server_loads = 1000;
int			assoc_log_min_duration = -1;
pg_tz	   *assoc_timezone = NULL;

static char *timezone_name = NULL;

#ifdef ASSOC_MECHANISMS
int			mechanism_left_out = MECHANISM_NONE;

static const struct config_enum_entry mechanism_choices[] = {
	{"none", MECHANISM_NONE, false},
	{"kept_run", MECHANISM_KEPT_RUN, false},
	{"shared_rows", MECHANISM_SHARED_ROWS, false},
	{"buffer_hints", MECHANISM_BUFFER_HINTS, false},
	{"btree_reader", MECHANISM_BTREE_READER, false},
	{"places", MECHANISM_PLACES, false},
	{"prefetch", MECHANISM_PREFETCH, false},
	{"ranges", MECHANISM_RANGES, false},
	{NULL, 0, false}
};
#endif

static const struct config_enum_entry bigint_choices[] = {
	{"number", ASSOC_BIGINT_NUMBER, false},
	{"string", ASSOC_BIGINT_STRING, false},
	{NULL, 0, false}
};

static void define_plan_settings(void);
static void define_bounds(void);
static void define_document_settings(void);
static void define_watch_settings(void);
static bool check_timezone(char **newval, void **extra, GucSource source);
static void assign_timezone(const char *newval, void *extra);

void
settings_define(void)
{
	define_plan_settings();
	define_bounds();
	define_document_settings();
	define_watch_settings();
#ifdef ASSOC_MECHANISMS
	DefineCustomEnumVariable(assoc_setting_name("pg_associations.leave_out"), "A shortcut that is not taken.", NULL,
							 &mechanism_left_out, MECHANISM_NONE, mechanism_choices,
							 PGC_USERSET, 0, NULL, NULL, NULL);
#endif
	assoc_settings_defined();
	MarkGUCPrefixReserved("pg_associations");
}

/* how loads are run, and what is kept of them */
static void
define_plan_settings(void)
{
	DefineCustomBoolVariable(assoc_setting_name("pg_associations.probe"),
							 "Reads few rows straight from indexes, without the executor, where the result is provably the same.",
							 NULL,
							 &assoc_probe, true,
							 PGC_USERSET, 0, NULL, NULL, NULL);
	DefineCustomIntVariable(assoc_setting_name("pg_associations.plan_cache_size"),
							"Number of compiled loads that a session keeps.",
							NULL,
							&assoc_plan_cache_size, 256, 8, 65536,
							PGC_USERSET, 0, NULL, NULL, NULL);
	DefineCustomIntVariable(assoc_setting_name("pg_associations.plan_cache_memory"),
							"Memory in which a session keeps compiled loads, and as much for statements that write and for models; what takes more than an eighth of it is not kept.",
							NULL,
							&assoc_plan_cache_memory, 16 * 1024, 0, 1024 * 1024,
							PGC_USERSET, GUC_UNIT_KB, NULL, NULL, NULL);
}

/* what one call may ask for */
static void
define_bounds(void)
{
	DefineCustomIntVariable(assoc_setting_name("pg_associations.max_document_values"),
							"How many conditions one document may have, a list of values being one; 0 sets no limit.",
							NULL,
							&assoc_max_document_values, 100000, 0, INT_MAX,
							PGC_USERSET, 0, NULL, NULL, NULL);
	DefineCustomIntVariable(assoc_setting_name("pg_associations.max_depth"),
							"How deep options and nested data may go.",
							NULL,
							&assoc_max_depth, 32, 1, 1000,
							PGC_USERSET, 0, NULL, NULL, NULL);
	DefineCustomIntVariable(assoc_setting_name("pg_associations.max_tree_rows"),
							"How many rows a recursive include may show below one row.",
							NULL,
							&assoc_max_tree_rows, 100000, 1, INT_MAX,
							PGC_USERSET, 0, NULL, NULL, NULL);
}

/* how values are shown */
static void
define_document_settings(void)
{
	DefineCustomEnumVariable(assoc_setting_name("pg_associations.bigint"),
							 "How documents show bigint values, keys and counts: as numbers, or as strings for JavaScript.",
							 NULL,
							 &assoc_bigint, ASSOC_BIGINT_NUMBER, bigint_choices,
							 PGC_USERSET, 0, NULL, NULL, NULL);
	DefineCustomStringVariable(assoc_setting_name("pg_associations.timezone"),
							   "The time zone in which documents show timestamptz values; empty: the session's.",
							   NULL,
							   &timezone_name, "",
							   PGC_USERSET, 0, check_timezone, assign_timezone, NULL);
}

/* what is reported and counted of loads */
static void
define_watch_settings(void)
{
	DefineCustomBoolVariable(assoc_setting_name("pg_associations.explain"),
							 "Tells the client what each of its loads does: which indexes and statements, rows and times.",
							 NULL,
							 &assoc_explain_loads, false,
							 PGC_USERSET, 0, NULL, NULL, NULL);
	DefineCustomBoolVariable(assoc_setting_name("pg_associations.track"),
							 "Counts loads by shape, for assoc.stat_loads.",
							 NULL,
							 &assoc_track_loads, true,
							 PGC_USERSET, 0, NULL, NULL, NULL);
	if (process_shared_preload_libraries_in_progress)
		DefineCustomIntVariable(assoc_setting_name("pg_associations.max_server_loads"),
								"Number of shapes of loads that are counted for the whole server, for assoc.stat_server_loads; 0 counts none.",
								NULL,
								&assoc_max_server_loads, 1000, 0, 1000000,
								PGC_POSTMASTER, 0, NULL, NULL, NULL);
	DefineCustomIntVariable(assoc_setting_name("pg_associations.log_min_duration"),
							"Time of a load from which on the server logs it with what it did; -1 logs none.",
							NULL,
							&assoc_log_min_duration, -1, -1, INT_MAX,
							PGC_SUSET, GUC_UNIT_MS, NULL, NULL, NULL);
}

static bool
check_timezone(char **newval, void **extra pg_attribute_unused(),
			   GucSource source pg_attribute_unused())
{
	pg_tz	   *zone;

	if (*newval == NULL || **newval == '\0')
		return true;
	zone = pg_tzset(*newval);
	if (zone != NULL && pg_tz_acceptable(zone))
		return true;
	GUC_check_errdetail("There is no time zone of this name.");
	return false;
}

/* found a moment ago, so pg_tzset has it at hand and cannot fail */
static void
assign_timezone(const char *newval, void *extra pg_attribute_unused())
{
	assoc_timezone = newval == NULL || *newval == '\0' ? NULL : pg_tzset(newval);
}
