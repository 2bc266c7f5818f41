/*-------------------------------------------------------------------------
 *
 * position.c
 *	  The column of an association's option "position", and its unique key.
 *
 * Decides that no two links of a row have one position, which the end of the transaction
 * looks at: until then links may change places, by however many statements.  So a key that looks
 * at once is refused.  Where links or children are soft-deleted, the deleted ones are left out:
 * an exclusion constraint may have a condition and yet wait, a unique key may not.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/stratnum.h"
#include "base/compat.h"
#include "base/ddl.h"
#include "base/document.h"
#include "base/errors.h"
#include "base/naming.h"
#include "catalog/dependency.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_type.h"
#include "declare/attribute.h"
#include "declare/key_index.h"
#include "declare/position.h"
#include "deparse/sql_text.h"
#include "registry/link_identity.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/syscache.h"

typedef struct PositionKey
{
	const Model *model;			/* the table with the links */
	List	   *columns;		/* of the reference to the source, and what the scope sets */
	Attribute  *position;
	const Attribute *deleted_at;	/* of the links; NULL: they are deleted */
} PositionKey;

static PositionKey position_key(const AssociationRow *row, const char *position);
static void need_integer(const PositionKey *key);
static bool is_key(Relation index, const void *arg);
static bool waits(Oid index);
static char *key_definition(const PositionKey *key);
static char *all_columns(const PositionKey *key);

bool
position_fit(const AssociationRow *row, const char *position, List **created)
{
	PositionKey key = position_key(row, position);
	bool		changed = attributes_add_integer(key.model, position, "", created);
	Oid			index;

	if (changed)
		key = position_key(row, position);
	need_integer(&key);
	index = key_find_index(key.model->relid, is_key, &key);
	if (OidIsValid(index))
	{
		if (!waits(index))
			ereport(ERROR,
					(errcode(ERRCODE_ASSOC_UNFIT_TABLE),
					 errmsg("%s is looked at before all links have their positions", get_rel_name(index)),
					 errhint("ALTER TABLE %s DROP CONSTRAINT %s, ADD %s;", key.model->quoted_table,
							 quote_identifier(get_rel_name(index)), key_definition(&key))));
		return changed;
	}
	if (key.model->managed)
		ddl_run("ALTER TABLE %s ADD %s", key.model->quoted_table, key_definition(&key));
	else if (key.model->relkind == RELKIND_RELATION && key_may_be_unique(key.model, key.columns))
		ereport(WARNING,
				(errmsg("nothing keeps plain SQL from giving two links one position in %s",
						key.model->quoted_table),
				 errhint("ALTER TABLE %s ADD %s;", key.model->quoted_table, key_definition(&key))));
	return changed || key.model->managed;
}

static PositionKey
position_key(const AssociationRow *row, const char *position)
{
	bool		through = OidIsValid(row->through);
	PositionKey key = {0};

	key.model = registry_model(through ? row->through : row->target);
	key.columns = list_copy(row->foreign_key);
	foreach_ptr(char, column, key_scope_columns(key.model, doc_option(row->options, through ? "through" : NULL, "scope")))
	{
		if (!naming_among(key.columns, column))
			key.columns = lappend(key.columns, column);
	}
	key.position = model_attribute(key.model, position);
	key.deleted_at = link_deleted_at(row->options, key.model);
	return key;
}

static void
need_integer(const PositionKey *key)
{
	Oid			type = getBaseType(key->position->type);

	if (type != INT2OID && type != INT4OID && type != INT8OID)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("\"%s\" of %s is of type %s, and no integer", key->position->name,
						key->model->quoted_table, format_type_be(key->position->type))));
}

/* over the position, and no other column that differs between links of one row */
static bool
is_key(Relation index, const void *arg)
{
	const PositionKey *key = arg;
	Form_pg_index form = index->rd_index;
	bool		has_position = false;

	if (!form->indisunique && !form->indisexclusion)
		return false;
	for (int i = 0; i < form->indnkeyatts; i++)
	{
		AttrNumber	attnum = form->indkey.values[i];

		if (attnum == key->position->attnum)
			has_position = true;
		else if (attnum <= 0 ||
				 !naming_among(key->columns, get_attname(form->indrelid, attnum, false)))
			return false;
	}
	return has_position;
}

/* until the end of the transaction */
static bool
waits(Oid index)
{
	Oid			constraint = get_index_constraint(index);
	HeapTuple	tuple;
	bool		deferred;

	if (!OidIsValid(constraint))
		return false;
	tuple = SearchSysCache1(CONSTROID, ObjectIdGetDatum(constraint));
	if (!HeapTupleIsValid(tuple))
		return false;
	deferred = ((Form_pg_constraint) GETSTRUCT(tuple))->condeferred;
	ReleaseSysCache(tuple);
	return deferred;
}

static char *
key_definition(const PositionKey *key)
{
	if (key->deleted_at == NULL)
		return psprintf("UNIQUE (%s) DEFERRABLE INITIALLY DEFERRED", all_columns(key));
	return psprintf("EXCLUDE USING btree (%s) WHERE (%s IS NULL) DEFERRABLE INITIALLY DEFERRED",
					all_columns(key), quote_identifier(key->deleted_at->column));
}

static char *
all_columns(const PositionKey *key)
{
	StringInfoData buf;

	initStringInfo(&buf);
	foreach_ptr(char, name, lappend(list_copy(key->columns), key->position->column))
	{
		const Attribute *column = model_column(key->model, name);

		appendStringInfo(&buf, "%s%s", buf.len > 0 ? ", " : "", quote_identifier(column->column));
		if (key->deleted_at != NULL)
			appendStringInfo(&buf, " WITH %s", sql_operator(column->type, BTEqualStrategyNumber, NULL));
	}
	return buf.data;
}
