/*-------------------------------------------------------------------------
 *
 * pg_associations.c
 *	  Module magic and version; nothing else.
 *
 * The extension needs no preloading: a setting becomes known to a session when the library is first
 * loaded there.  Preloaded, it has hooks for shared memory and no others.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "base/load_counts.h"
#include "base/settings.h"
#include "fmgr.h"
#include "utils/builtins.h"

ASSOC_MODULE_MAGIC;

void		_PG_init(void);

PG_FUNCTION_INFO_V1(assoc_version);

void
_PG_init(void)
{
	settings_define();
	load_counts_init();
}

/* of the library; the extension's, as pg_extension has it, differs until it is updated */
Datum
assoc_version(PG_FUNCTION_ARGS pg_attribute_unused())
{
	PG_RETURN_TEXT_P(cstring_to_text(PG_ASSOCIATIONS_VERSION));
}
