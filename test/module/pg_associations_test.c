/*-------------------------------------------------------------------------
 *
 * pg_associations_test.c
 *	  Module magic of what only tests call.
 *
 * The module has its own copy of the folders base, json, registry and options, which need no
 * other, so that the library neither has these functions nor shows them its own.  The copy does
 * not define the settings, as the library does: they have their defaults here.
 *
 * No function here has a name in SQL but in the tests, which create it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"

PG_MODULE_MAGIC;
