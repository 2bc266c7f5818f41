/*-------------------------------------------------------------------------
 *
 * statement_jit.c
 *	  Statements that are not compiled to machine code.
 *
 * Decides which: those of many subqueries, as conditions on associated rows in a long list are.
 * PostgreSQL compiles a plan whose whole cost is high.  The costs of hundreds of subqueries, of which
 * each is cheap, add up to that, but their expressions are compiled one by one: some 50 ms for each,
 * while most are looked at for a few rows.  Compiled or not, the rows are the same.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "deparse/statement_jit.h"
#include "utils/guc.h"

#define MANY_SUBQUERIES 16

static bool has_many_subqueries(const char *sql);

int
statement_jit_begin(const char *sql)
{
	int			level;

	if (!has_many_subqueries(sql))
		return 0;
	level = NewGUCNestLevel();
	(void) set_config_option("jit", "off", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	return level;
}

void
statement_jit_end(int level)
{
	if (level > 0)
		AtEOXact_GUC(true, level);
}

/* values are never in the text, and a name that looks like one does no harm */
static bool
has_many_subqueries(const char *sql)
{
	int			n = 0;

	while (n < MANY_SUBQUERIES && (sql = strstr(sql, "(SELECT ")) != NULL)
	{
		sql++;
		n++;
	}
	return n == MANY_SUBQUERIES;
}
