/*-------------------------------------------------------------------------
 *
 * pg_associations.c
 *	  Module magic and settings; nothing else.
 *
 * The extension installs no hook and needs no preloading: a setting becomes
 * known to a session when the library is first loaded there.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <limits.h>

#include "base/compat.h"
#include "fmgr.h"
#include "base/settings.h"
#include "utils/guc.h"

ASSOC_MODULE_MAGIC;

bool		assoc_probe = true;
int			assoc_plan_cache_size = 256;
int			assoc_plan_cache_memory = 16 * 1024;
int			assoc_max_document_values = 100000;
int			assoc_max_depth = 32;
int			assoc_max_tree_rows = 100000;

void		_PG_init(void);

void
_PG_init(void)
{
	DefineCustomBoolVariable("pg_associations.probe",
							 "Reads few rows straight from indexes, without the executor, where the result is provably the same.",
							 NULL,
							 &assoc_probe, true,
							 PGC_USERSET, 0, NULL, NULL, NULL);
	DefineCustomIntVariable("pg_associations.plan_cache_size",
							"Number of compiled loads that a session keeps.",
							NULL,
							&assoc_plan_cache_size, 256, 8, 65536,
							PGC_USERSET, 0, NULL, NULL, NULL);
	DefineCustomIntVariable("pg_associations.plan_cache_memory",
							"Memory in which a session keeps compiled loads, and as much for statements that write and for models; what takes more than an eighth of it is not kept.",
							NULL,
							&assoc_plan_cache_memory, 16 * 1024, 0, 1024 * 1024,
							PGC_USERSET, GUC_UNIT_KB, NULL, NULL, NULL);
	DefineCustomIntVariable("pg_associations.max_document_values",
							"How many conditions one document may have, a list of values being one; 0 sets no limit.",
							NULL,
							&assoc_max_document_values, 100000, 0, INT_MAX,
							PGC_USERSET, 0, NULL, NULL, NULL);
	DefineCustomIntVariable("pg_associations.max_depth",
							"How deep options and nested data may go.",
							NULL,
							&assoc_max_depth, 32, 1, 1000,
							PGC_USERSET, 0, NULL, NULL, NULL);
	DefineCustomIntVariable("pg_associations.max_tree_rows",
							"How many rows a recursive include may show below one row.",
							NULL,
							&assoc_max_tree_rows, 100000, 1, INT_MAX,
							PGC_USERSET, 0, NULL, NULL, NULL);
	MarkGUCPrefixReserved("pg_associations");
}
