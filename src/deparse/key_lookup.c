/*-------------------------------------------------------------------------
 *
 * key_lookup.c
 *	  Rows that are named by another key than the one by which they are linked.
 *
 * Decides what names a row: its primary key, whatever an association points at, or in an
 * object any unique key of its table.  Where that is another key than the one that links,
 * the row is looked up, many at once.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "base/document.h"
#include "catalog/pg_type.h"
#include "deparse/key_lookup.h"
#include "deparse/sql_text.h"
#include "executor/spi.h"
#include "nodes/bitmapset.h"
#include "nodes/value.h"
#include "utils/builtins.h"
#include "utils/json.h"

static Bitmapset *members_of(const Model *model, const JsonbValue *object,
							 const char *const *others, const char **unknown);
static bool index_is(const ModelIndex *index, const Bitmapset *members);
static Bitmapset *key_members(const Model *model);
static KeyColumns columns_of(const Model *model, const Bitmapset *members);
static char *unique_keys(const Model *model);
static List *key_attributes(const Model *model);
static List *shown_keys(const Model *model);
static KeyColumns *key_copy(KeyColumns key);
static void append_lookup(SqlText *s, const Model *model, KeyColumns named, int n,
						  Datum **values, KeyColumns requested);

KeyColumns
key_of_callers(const Model *model, int nlinked, Attribute **linked)
{
	if (model->nkey > 0)
		return (KeyColumns) {model->nkey, model->key};
	return (KeyColumns) {nlinked, linked};
}

bool
key_columns_same(KeyColumns one, KeyColumns other)
{
	for (int i = 0; i < one.n && i < other.n; i++)
	{
		if (one.columns[i]->attnum != other.columns[i]->attnum)
			return false;
	}
	return one.n == other.n;
}

/* ---- which key an object names ---- */

KeyColumns
key_named_by(const Model *model, const JsonbValue *object, const char *const *others)
{
	const char *unknown = NULL;
	Bitmapset  *members = members_of(model, object, others, &unknown);
	KeyColumns	none = {0, NULL};

	if (unknown != NULL)
		return none;
	for (int i = 0; i < model->nindexes; i++)
	{
		if (model->indexes[i].unique && index_is(&model->indexes[i], members))
			return columns_of(model, members);
	}
	return bms_is_subset(members, key_members(model)) ?
		(KeyColumns) {model->nkey, model->key} : none;
}

/* numbers of the columns; the first name that is no attribute */
static Bitmapset *
members_of(const Model *model, const JsonbValue *object, const char *const *others,
		   const char **unknown)
{
	Bitmapset  *members = NULL;

	foreach_ptr(DocPair, pair, doc_object_pairs(object))
	{
		const char *name = pair->key;
		Attribute  *attribute = model_attribute(model, name);

		if (doc_is_known(name, others))
			continue;
		if (attribute != NULL)
			members = bms_add_member(members, attribute->attnum);
		else if (*unknown == NULL)
			*unknown = name;
	}
	return members;
}

static bool
index_is(const ModelIndex *index, const Bitmapset *members)
{
	for (int i = 0; i < index->nkeys; i++)
	{
		if (!bms_is_member(index->attnums[i], members))
			return false;
	}
	return index->nkeys == bms_num_members(members);
}

static Bitmapset *
key_members(const Model *model)
{
	Bitmapset  *members = NULL;

	for (int i = 0; i < model->nkey; i++)
		members = bms_add_member(members, model->key[i]->attnum);
	return members;
}

static KeyColumns
columns_of(const Model *model, const Bitmapset *members)
{
	KeyColumns	key = {0, palloc_array(Attribute *, bms_num_members(members))};

	if (bms_equal(members, key_members(model)))
		return (KeyColumns) {model->nkey, model->key};
	for (int a = 0; a < model->nattributes; a++)
	{
		if (bms_is_member(model->attributes[a].attnum, members))
			key.columns[key.n++] = &model->attributes[a];
	}
	return key;
}

void
key_raise_not_unique(const Model *model, const JsonbValue *object, const char *const *others,
					 const char *advice, const DocPath *path)
{
	const char *unknown = NULL;
	Bitmapset  *members = members_of(model, object, others, &unknown);
	StringInfoData names;
	KeyColumns	given = columns_of(model, members);

	if (unknown != NULL)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path,
					   psprintf("%s%s", error_hint_nearest(unknown, key_attributes(model), "key attributes"),
								advice),
					   "\"%s\" is not part of the key", unknown);
	initStringInfo(&names);
	for (int i = 0; i < given.n; i++)
		appendStringInfo(&names, "%s\"%s\"", i > 0 ? ", " : "", given.columns[i]->name);
	error_document(ERRCODE_INVALID_PARAMETER_VALUE, path,
				   psprintf(_("Give it as %s.%s"), unique_keys(model), advice),
				   "\"%s\" has no unique key on %s", model->name, names.data);
}

/* {"id": ...} or {"name": ...}: those that anybody may use */
static char *
unique_keys(const Model *model)
{
	StringInfoData buf;

	initStringInfo(&buf);
	foreach_ptr(KeyColumns, key, shown_keys(model))
	{
		for (int i = 0; i < key->n; i++)
		{
			appendStringInfoString(&buf, i > 0 ? ", " : buf.len > 0 ? " or {" : "{");
			escape_json(&buf, key->columns[i]->name);
			appendStringInfoString(&buf, i + 1 < key->n ? ": ..." : ": ...}");
		}
	}
	return buf.data;
}

static List *
key_attributes(const Model *model)
{
	List	   *names = NIL;
	ListCell   *lc;

	foreach_ptr(KeyColumns, key, shown_keys(model))
	{
		for (int i = 0; i < key->n; i++)
			names = list_append_unique(names, makeString(key->columns[i]->name));
	}
	foreach(lc, names)
		lfirst(lc) = strVal(lfirst(lc));
	return names;
}

/* of KeyColumns * */
static List *
shown_keys(const Model *model)
{
	List	   *keys = NIL;

	if (model->nkey > 0)
		keys = lappend(keys, key_copy((KeyColumns) {model->nkey, model->key}));
	for (int i = 0; i < model->nindexes; i++)
	{
		Bitmapset  *members = NULL;
		KeyColumns	key;
		bool		shown = model->indexes[i].unique && !model->indexes[i].primary;

		for (int k = 0; k < model->indexes[i].nkeys; k++)
			members = bms_add_member(members, model->indexes[i].attnums[k]);
		key = columns_of(model, members);
		for (int k = 0; k < key.n; k++)
			shown &= key.columns[k]->hidden == NOT_HIDDEN;
		if (shown)
			keys = lappend(keys, key_copy(key));
	}
	return keys;
}

static KeyColumns *
key_copy(KeyColumns key)
{
	KeyColumns *copy = palloc_object(KeyColumns);

	*copy = key;
	return copy;
}

/* whether a row is found reveals the value, as a condition does */
void
key_check_hidden(const Model *model, KeyColumns named, const DocPath *path)
{
	SqlText		sql = {0};

	for (int i = 0; i < named.n; i++)
		sql_use_attribute(&sql, model, named.columns[i], doc_path_key(path, named.columns[i]->name));
}

/* ---- looking it up ---- */

Datum **
key_lookup(const Model *model, KeyColumns named, int n, Datum **values, KeyColumns requested,
		   StatementMode mode)
{
	MemoryContext caller = CurrentMemoryContext;
	Datum	  **found = palloc0_array(Datum *, Max(n, 1));
	SqlText		s;
	uint64		rows;

	if (n == 0)
		return found;
	SPI_connect();
	MemoryContextSwitchTo(caller);
	statement_init(&s);
	append_lookup(&s, model, named, n, values, requested);
	rows = statement_run(&s, mode, SPI_OK_SELECT);
	for (uint64 i = 0; i < rows; i++)
	{
		bool		isnull;
		Datum		number = SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1, &isnull);

		found[DatumGetInt32(number)] = statement_key(i, 2, requested.n);
	}
	SPI_finish();
	MemoryContextSwitchTo(caller);
	return found;
}

/* k: the values, then the number of each */
static void
append_lookup(SqlText *s, const Model *model, KeyColumns named, int n, Datum **values,
			  KeyColumns requested)
{
	StatementColumn *columns = palloc_array(StatementColumn, named.n + 1);

	(void) statement_keys(columns, named.n, named.columns, n, values);
	columns[named.n] = statement_column(INT4OID, n);
	for (int i = 0; i < n; i++)
		columns[named.n].values[i] = Int32GetDatum(i);
	sql_append(s, "SELECT k.c%d, %s FROM %s AS t, %s WHERE %s", named.n + 1,
			   sql_columns("t", requested.n, requested.columns), model->quoted_table,
			   statement_rows(s, n, named.n + 1, columns),
			   statement_equal_row(named.n, named.columns, named.columns, 1));
}
