/*-------------------------------------------------------------------------
 *
 * link_fixed.c
 *	  Columns of a foreign key that linking does not change.
 *
 * Decides that a key of several columns need not be written as a whole.  A column of it that is
 * in the row's own primary key too, or in another foreign key, identifies the owner of the row (a
 * tenant), not what it is linked to; so does one that ON DELETE SET NULL (columns) leaves out, and
 * one that is generated.  A row is linked only where the other row has the same value there, or the
 * column is null and can be filled; unlinking leaves it as it is.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "base/catalog_rows.h"
#include "base/compat.h"
#include "catalog/pg_constraint.h"
#include "deparse/statement.h"
#include "executor/spi.h"
#include "link/link.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/rel.h"
#include "utils/syscache.h"

static Attribute **own_columns(LinkCall *call);
static Attribute **other_columns(LinkCall *call);
static bool *fixed_columns(LinkCall *call);
static void mark_foreign_key(LinkCall *call, bool *fixed, const ForeignKeyCacheInfo *fk);
static void mark_key(LinkCall *call, bool *fixed);
static bool is_generated(const Attribute *column);
static bool has_column(const ForeignKeyCacheInfo *fk, AttrNumber attnum);
static List *columns_set_null(Oid constraint);
static char *comparisons(SqlText *s, LinkCall *call, const Datum *values, int first_column, bool fit);
static uint64 read_misfits(LinkCall *call, List *keys);
static void check_generated(LinkCall *call, const LinkScope *scope, List *keys);
static char *fixed_names(LinkCall *call);

/* columns of the foreign key, and what they refer to */
static Attribute **
own_columns(LinkCall *call)
{
	return call->assoc->source_points ? call->assoc->source_key : call->assoc->source_ref;
}

static Attribute **
other_columns(LinkCall *call)
{
	return call->assoc->source_points ? call->assoc->source_ref : call->assoc->source_key;
}

const bool *
link_fixed_columns(LinkCall *call)
{
	LinkKept   *kept = call->kept;

	if (call->assoc->nsource < 2 && !is_generated(own_columns(call)[0]))
		return NULL;
	if (!kept->fixed_known)
	{
		MemoryContext caller = MemoryContextSwitchTo(kept->cxt);

		kept->fixed = fixed_columns(call);
		kept->fixed_known = true;
		MemoryContextSwitchTo(caller);
	}
	return kept->fixed;
}

/* NULL: none */
static bool *
fixed_columns(LinkCall *call)
{
	bool	   *fixed = palloc0_array(bool, call->assoc->nsource);
	Relation	rel = table_open(link_holder(call)->relid, NoLock);
	List	   *foreign_keys = copyObject(RelationGetFKeyList(rel));
	ListCell   *lc;

	table_close(rel, NoLock);
	mark_key(call, fixed);
	foreach(lc, foreign_keys)
		mark_foreign_key(call, fixed, lfirst_node(ForeignKeyCacheInfo, lc));
	return memchr(fixed, true, call->assoc->nsource) ? fixed : NULL;
}

static void
mark_key(LinkCall *call, bool *fixed)
{
	const Model *model = link_holder(call);

	for (int i = 0; i < call->assoc->nsource; i++)
		fixed[i] |= is_generated(own_columns(call)[i]) ||
			model_attnum_among(own_columns(call)[i]->attnum, model->nkey, model->key);
}

static bool
is_generated(const Attribute *column)
{
	return column->generated != '\0';
}

/* a foreign key over all of these columns fixes only those that ON DELETE SET NULL (columns) leaves out */
static void
mark_foreign_key(LinkCall *call, bool *fixed, const ForeignKeyCacheInfo *fk)
{
	size_t		n = call->assoc->nsource;
	bool	   *shared = palloc_array(bool, n);
	List	   *nulled;

	for (size_t i = 0; i < n; i++)
		shared[i] = has_column(fk, own_columns(call)[i]->attnum);
	if (memchr(shared, false, n) == NULL)
	{
		nulled = columns_set_null(fk->conoid);
		for (size_t i = 0; i < n; i++)
			shared[i] = nulled != NIL && !list_member_int(nulled, own_columns(call)[i]->attnum);
	}
	for (size_t i = 0; i < n; i++)
		fixed[i] |= shared[i];
}

static bool
has_column(const ForeignKeyCacheInfo *fk, AttrNumber attnum)
{
	for (int i = 0; i < fk->nkeys; i++)
	{
		if (fk->conkey[i] == attnum)
			return true;
	}
	return false;
}

/* those of ON DELETE SET NULL (columns); NIL: all, or another action */
static List *
columns_set_null(Oid constraint)
{
	HeapTuple	tuple = SearchSysCache1(CONSTROID, ObjectIdGetDatum(constraint));
	List	   *attnums;

	if (!HeapTupleIsValid(tuple))
		return NIL;
	attnums = catalog_constraint_columns(tuple, Anum_pg_constraint_confdelsetcols);
	ReleaseSysCache(tuple);
	return attnums;
}

/* ---- columns that are written ---- */

bool
link_sql_point(SqlText *s, LinkCall *call, const Datum *values, int first_column)
{
	const bool *fixed = link_fixed_columns(call);

	for (int i = 0; i < call->assoc->nsource; i++)
	{
		Attribute  *own = own_columns(call)[i];
		Oid			type = other_columns(call)[i]->type;

		/* one that is fixed and null is filled in */
		if (fixed != NULL && fixed[i] && (own->not_null || is_generated(own)))
			continue;
		statement_set(s, own, values != NULL ? sql_argument(s, type, values[i], false) :
					  psprintf("k.c%d", first_column + i));
	}
	statement_set_positions(s, link_holder(call));
	return s->assignments != NIL;
}

void
link_sql_clear(SqlText *s, LinkCall *call)
{
	Attribute **columns = palloc_array(Attribute *, call->assoc->nsource);
	int			n = link_columns_to_clear(call, columns);

	if (n == 0)
		link_raise_not_null(call);
	for (int i = 0; i < n; i++)
		statement_set(s, columns[i], "NULL");
}

int
link_columns_to_clear(LinkCall *call, Attribute **columns)
{
	const bool *fixed = link_fixed_columns(call);
	int			n = 0;

	for (int i = 0; i < call->assoc->nsource; i++)
	{
		Attribute  *column = own_columns(call)[i];

		if (!column->not_null && (fixed == NULL || !fixed[i]))
			columns[n++] = column;
	}
	return n;
}

bool
link_clears(LinkCall *call, const Attribute *column)
{
	Attribute **columns = palloc_array(Attribute *, call->assoc->nsource);
	int			n = link_columns_to_clear(call, columns);

	return model_attnum_among(column->attnum, n, columns);
}

void
link_raise_not_null(LinkCall *call)
{
	const char *alias = call->assoc->association->alias;
	StringInfoData names;

	initStringInfo(&names);
	for (int i = 0; i < call->assoc->nsource; i++)
	{
		if (own_columns(call)[i]->not_null)
			appendStringInfo(&names, "%s%s", names.len > 0 ? ", " : "", own_columns(call)[i]->name);
	}
	if (names.len == 0)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("\"%s\" cannot be unlinked: %s of \"%s\" are generated, or in other keys too",
						alias, fixed_names(call), link_holder(call)->name),
				 errhint("Update the row, or delete it.")));
	ereport(ERROR,
			(errcode(ERRCODE_NOT_NULL_VIOLATION),
			 errmsg("\"%s\" cannot be unlinked: %s of \"%s\" must not be null",
					alias, names.data, link_holder(call)->name),
			 errhint("Link the row elsewhere or delete it, or drop the NOT NULL constraint.")));
}

/* ---- rows that fit ---- */

void
link_sql_fits(SqlText *s, LinkCall *call, const Datum *values, int first_column)
{
	if (link_fixed_columns(call) != NULL)
		sql_append(s, " AND %s", comparisons(s, call, values, first_column, true));
}

/* of t with the values, or with the columns of k that begin with the first: all fit, or one does not */
static char *
comparisons(SqlText *s, LinkCall *call, const Datum *values, int first_column, bool fit)
{
	const bool *fixed = link_fixed_columns(call);
	StringInfoData outer = sql_begin_part(s);

	for (int i = 0; i < call->assoc->nsource; i++)
	{
		Attribute  *own = own_columns(call)[i];
		Attribute  *other = other_columns(call)[i];
		char	   *value;

		if (!fixed[i])
			continue;
		value = values != NULL ? sql_argument(s, other->type, values[i], false) :
			psprintf("k.c%d", first_column + i);
		sql_append(s, "%s(%s) IS %s", s->buf.len == 0 ? "" : fit ? " AND " : " OR ",
				   statement_equal(sql_column("t", own), own, value, other),
				   is_generated(own) ? (fit ? "TRUE" : "NOT TRUE") : (fit ? "NOT FALSE" : "FALSE"));
	}
	return sql_end_part(s, outer);
}

void
link_check_fixed(LinkCall *call, List *keys)
{
	List	   *misfits = NIL;
	uint64		rows;

	if (keys == NIL || link_fixed_columns(call) == NULL)
		return;
	rows = read_misfits(call, keys);
	for (uint64 i = 0; i < rows && !call->assoc->source_points; i++)
		misfits = lappend(misfits, link_tuple_values(i, 1, call->nkey, call->key));
	SPI_freetuptable(SPI_tuptable);
	if (rows > 0)
		link_raise_misfit(call, link_holder(call), fixed_names(call),
						  call->assoc->source_points ? keys : misfits);
}

static uint64
read_misfits(LinkCall *call, List *keys)
{
	bool		points = call->assoc->source_points;
	int			n = points ? call->nsource : call->nkey;
	Attribute **key = points ? call->source_key : call->key;
	SqlText		s;

	statement_init(&s);
	sql_append(&s, "SELECT %s FROM %s AS t WHERE %s", sql_columns("t", n, key), link_holder(call)->quoted_table,
			   link_sql_key_list(&s, "t", n, key, points ? list_make1(call->source) : keys));
	sql_append(&s, " AND (%s)",
			   comparisons(&s, call, points ? linitial(keys) : call->source, 0, false));
	return statement_run(&s, STATEMENT_WRITE, SPI_OK_SELECT);
}

void
link_check_generated_scope(LinkCall *call, List *keys)
{
	for (int i = 0; i < call->ntarget_scope && keys != NIL; i++)
	{
		const LinkScope *scope = &call->target_scope[i];

		if (is_generated(scope->attribute))
			check_generated(call, scope, keys);
	}
}

static void
check_generated(LinkCall *call, const LinkScope *scope, List *keys)
{
	const Model *model = link_holder(call);
	List	   *misfits = NIL;
	SqlText		s;
	uint64		rows;

	statement_init(&s);
	sql_append(&s, "SELECT %s FROM %s AS t WHERE %s", sql_columns("t", call->nkey, call->key), model->quoted_table,
			   link_sql_key_list(&s, "t", call->nkey, call->key, keys));
	sql_append(&s, " AND (%s) IS NOT TRUE", link_sql_scope(&s, "t", scope));
	rows = statement_run(&s, STATEMENT_WRITE, SPI_OK_SELECT);
	for (uint64 i = 0; i < rows; i++)
		misfits = lappend(misfits, link_tuple_values(i, 1, call->nkey, call->key));
	SPI_freetuptable(SPI_tuptable);
	if (misfits != NIL)
		link_raise_misfit(call, model, psprintf("\"%s\"", scope->attribute->name), misfits);
}

static char *
fixed_names(LinkCall *call)
{
	const bool *fixed = link_fixed_columns(call);
	StringInfoData names;

	initStringInfo(&names);
	for (int i = 0; i < call->assoc->nsource; i++)
	{
		if (fixed[i])
			appendStringInfo(&names, "%s\"%s\"", names.len > 0 ? ", " : "",
							 own_columns(call)[i]->name);
	}
	return names.data;
}
