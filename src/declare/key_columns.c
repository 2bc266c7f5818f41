/*-------------------------------------------------------------------------
 *
 * key_columns.c
 *	  Columns of keys, as lists of names.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "base/ddl.h"
#include "base/errors.h"
#include "base/naming.h"
#include "declare/key_columns.h"
#include "utils/lsyscache.h"

List *
key_columns_parse(const char *names, const char *argument)
{
	List	   *columns = NIL;
	const char *start = names;

	while (start != NULL)
	{
		const char *end = strchr(start, ',');
		int			len = end ? (int) (end - start) : (int) strlen(start);
		char	   *column;

		while (len > 0 && *start == ' ')
			start++, len--;
		while (len > 0 && start[len - 1] == ' ')
			len--;
		if (len == 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("empty column name in %s", argument),
					 errhint("A key is a list of column names, separated by commas.")));
		column = pnstrdup(start, len);
		naming_check(column, psprintf("a column of %s", argument), NULL);
		columns = lappend(columns, column);
		start = end ? end + 1 : NULL;
	}
	return columns;
}

char *
key_columns_text(List *columns)
{
	return ddl_join(columns, ", ");
}

bool
key_columns_equal(List *a, List *b)
{
	ListCell   *lc1;
	ListCell   *lc2;

	if (list_length(a) != list_length(b))
		return false;
	forboth(lc1, a, lc2, b)
		if (strcmp(lfirst(lc1), lfirst(lc2)) != 0)
			return false;
	return true;
}

List *
key_columns_missing(Oid relation, List *columns)
{
	List	   *missing = NIL;

	foreach_ptr(char, column, columns)
		if (get_attnum(relation, column) <= 0)
			missing = lappend(missing, column);
	return missing;
}

void
key_columns_require(const Model *model, List *columns)
{
	List	   *missing = key_columns_missing(model->relid, columns);
	char	   *hint;

	if (missing == NIL)
		return;
	hint = key_columns_nearest(model, linitial(missing));
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_COLUMN),
			 errmsg("column \"%s\" of %s does not exist",
					(char *) linitial(missing), model->quoted_table),
			 hint ? errhint("%s", hint) : 0));
}

char *
key_columns_nearest(const Model *model, const char *column)
{
	List	   *known = NIL;

	for (int i = 0; i < model->nattributes; i++)
		known = lappend(known, model->attributes[i].column);
	return error_hint_nearest(column, known, "columns");
}
