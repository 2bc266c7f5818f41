/*-------------------------------------------------------------------------
 *
 * key_index.c
 *	  Which indexes serve the columns of a key, and what would make one.
 *
 * Decides that null is no key: an index of some rows serves where all rows that have a
 * value in each of the columns are among them, as the many WHERE a_id IS NOT NULL do.  What
 * was given to adopt as key is believed, as no catalog knows better: views, foreign tables and
 * partitions elsewhere have no unique indexes.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/relation.h"
#include "base/compat.h"
#include "base/ddl.h"
#include "base/doc_member.h"
#include "base/naming.h"
#include "catalog/pg_am.h"
#include "catalog/pg_type.h"
#include "declare/key_columns.h"
#include "declare/key_index.h"
#include "fmgr.h"
#include "nodes/bitmapset.h"
#include "nodes/makefuncs.h"
#include "optimizer/optimizer.h"
#include "registry/citus.h"
#include "registry/table_rewrites.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/partcache.h"
#include "utils/relcache.h"

/* the numbers of columns that an index is asked for */
typedef struct KeyNumbers
{
	Bitmapset  *columns;
	Bitmapset  *fixed;
} KeyNumbers;

PG_FUNCTION_INFO_V1(assoc_index_covers);

static bool any_index(Oid relation, List *columns, List *fixed, IndexTest test);
static Bitmapset *column_numbers(Oid relation, List *columns);
static bool finds(Relation index, const void *arg);
static bool is_unique_within(Relation index, const void *arg);
static bool is_asked(const KeyNumbers *numbers, AttrNumber attnum);
static bool is_usable(Relation index, const Bitmapset *columns);
static bool covers(Relation index, const Bitmapset *columns);
static List *not_null_tests(Relation index, const Bitmapset *columns);
static bool key_within(const Model *model, List *columns);
static bool has_partition_key(Oid relation, List *columns);
static bool has_distribution_key(const Model *model, List *columns);
static char *adopt_statement(const Model *model, List *columns);

List *
key_scope_columns(const Model *model, const JsonbValue *scope)
{
	List	   *columns = NIL;

	foreach_ptr(DocPair, pair, doc_object_pairs(scope))
	{
		Attribute  *attribute = model_attribute(model, pair->key);

		if (attribute != NULL && pair->value.type != jbvNull &&
			!doc_is_object(&pair->value) && !doc_is_array(&pair->value))
			columns = lappend(columns, attribute->column);
	}
	return columns;
}

bool
key_has_index(Oid relation, List *columns, List *fixed)
{
	return any_index(relation, columns, fixed, finds);
}

bool
key_is_unique(const Model *model, List *columns)
{
	return (model->key_declared && key_within(model, columns)) ||
		any_index(model->relid, columns, NIL, is_unique_within);
}

/* ---- indexes ---- */

static bool
any_index(Oid relation, List *columns, List *fixed, IndexTest test)
{
	KeyNumbers	numbers = {column_numbers(relation, columns), column_numbers(relation, fixed)};

	return numbers.columns != NULL && OidIsValid(key_find_index(relation, test, &numbers));
}

Oid
key_find_index(Oid relation, IndexTest test, const void *arg)
{
	Relation	rel = relation_open(relation, AccessShareLock);
	Oid			found = InvalidOid;

	foreach_oid(oid, RelationGetIndexList(rel))
	{
		Relation	index = index_open(oid, AccessShareLock);

		if (!OidIsValid(found) && test(index, arg))
			found = oid;
		index_close(index, AccessShareLock);
	}
	relation_close(rel, AccessShareLock);
	return found;
}

/* NULL where one of them is not there */
static Bitmapset *
column_numbers(Oid relation, List *columns)
{
	Bitmapset  *numbers = NULL;

	foreach_ptr(char, column, columns)
	{
		AttrNumber	attnum = get_attnum(relation, column);

		if (attnum <= 0)
			return NULL;
		numbers = bms_add_member(numbers, attnum);
	}
	return numbers;
}

/* it begins with them, in whatever order and with fixed ones between */
static bool
finds(Relation index, const void *arg)
{
	const KeyNumbers *numbers = arg;
	Form_pg_index form = index->rd_index;
	Bitmapset  *left = bms_copy(numbers->columns);

	if (!is_usable(index, numbers->columns))
		return false;
	if (index->rd_rel->relam != BTREE_AM_OID && index->rd_rel->relam != HASH_AM_OID)
		return false;
	for (int i = 0; i < form->indnkeyatts && !bms_is_empty(left); i++)
	{
		AttrNumber	attnum = form->indkey.values[i];

		if (attnum <= 0 || !is_asked(numbers, attnum))
			return false;
		left = bms_del_member(left, attnum);
	}
	return bms_is_empty(left);
}

/* some of the columns, or all, are unique together */
static bool
is_unique_within(Relation index, const void *arg)
{
	const KeyNumbers *numbers = arg;
	Form_pg_index form = index->rd_index;

	if (!is_usable(index, numbers->columns) || !form->indisunique || !form->indimmediate)
		return false;
	for (int i = 0; i < form->indnkeyatts; i++)
	{
		AttrNumber	attnum = form->indkey.values[i];

		if (attnum <= 0 || !is_asked(numbers, attnum))
			return false;
	}
	return true;
}

static bool
is_asked(const KeyNumbers *numbers, AttrNumber attnum)
{
	return bms_is_member(attnum, numbers->columns) || bms_is_member(attnum, numbers->fixed);
}

static bool
is_usable(Relation index, const Bitmapset *columns)
{
	Form_pg_index form = index->rd_index;

	return form->indisvalid && form->indisready && form->indislive && covers(index, columns);
}

/* are all rows that have values in these columns in the index? */
static bool
covers(Relation index, const Bitmapset *columns)
{
	List	   *predicate = RelationGetIndexPredicate(index);

	return predicate == NIL ||
		predicate_implied_by(predicate, not_null_tests(index, columns), false);
}

static List *
not_null_tests(Relation index, const Bitmapset *columns)
{
	Oid			relation = index->rd_index->indrelid;
	List	   *tests = NIL;
	int			number = -1;

	while ((number = bms_next_member(columns, number)) >= 0)
	{
		NullTest   *test = makeNode(NullTest);
		Oid			type;
		int32		typmod;
		Oid			collation;

		get_atttypetypmodcoll(relation, number, &type, &typmod, &collation);
		test->arg = (Expr *) makeVar(1, number, type, typmod, collation, 0);
		test->nulltesttype = IS_NOT_NULL;
		test->location = -1;
		tests = lappend(tests, test);
	}
	return tests;
}

/* index_covers(index oid, columns smallint[]): for assoc.check and assoc.discover */
Datum
assoc_index_covers(PG_FUNCTION_ARGS)
{
	Relation	index;
	Bitmapset  *columns = NULL;
	Datum	   *numbers;
	bool	   *nulls;
	int			count;
	bool		result;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	index = try_relation_open(PG_GETARG_OID(0), AccessShareLock);
	if (index == NULL)
		PG_RETURN_NULL();
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(1), INT2OID, sizeof(int16), true, TYPALIGN_SHORT,
					  &numbers, &nulls, &count);
	for (int i = 0; i < count; i++)
	{
		if (!nulls[i] && DatumGetInt16(numbers[i]) > 0)
			columns = bms_add_member(columns, DatumGetInt16(numbers[i]));
	}
	result = index->rd_index != NULL && columns != NULL && covers(index, columns);
	relation_close(index, AccessShareLock);
	PG_RETURN_BOOL(result);
}

/* ---- the declared key ---- */

static bool
key_within(const Model *model, List *columns)
{
	for (int i = 0; i < model->nkey; i++)
	{
		if (!naming_among(columns, model->key[i]->column))
			return false;
	}
	return model->nkey > 0;
}

/* ---- what would help ---- */

void
key_warn_missing_index(Oid relation, List *columns, List *fixed, const char *purpose)
{
	char		relkind = get_rel_relkind(relation);

	if ((relkind != RELKIND_RELATION && relkind != RELKIND_PARTITIONED_TABLE) ||
		table_has_foreign_rows(relation) || key_has_index(relation, columns, fixed))
		return;
	ereport(WARNING,
			(errmsg("no index on (%s) of %s: %s will read the whole table",
					key_columns_text(columns), ddl_table(relation), purpose),
			 errhint("CREATE INDEX%s ON %s (%s);",
					 relkind == RELKIND_RELATION ? " CONCURRENTLY" : "",
					 ddl_table(relation), ddl_column_list(columns))));
}

char *
key_unique_statement(const Model *model, List *columns)
{
	if (!key_may_be_unique(model, columns))
		return adopt_statement(model, columns);
	if (model->relkind == RELKIND_MATVIEW)
		return psprintf("CREATE UNIQUE INDEX ON %s (%s)",
						model->quoted_table, ddl_column_list(columns));
	return psprintf("ALTER TABLE %s ADD UNIQUE (%s)",
					model->quoted_table, ddl_column_list(columns));
}

bool
key_may_be_unique(const Model *model, List *columns)
{
	switch (model->relkind)
	{
		case RELKIND_RELATION:
			return has_distribution_key(model, columns);
		case RELKIND_MATVIEW:
			return true;
		case RELKIND_PARTITIONED_TABLE:
			return has_partition_key(model->relid, columns) &&
				!table_has_foreign_rows(model->relid);
		default:
			return false;
	}
}

/* a unique key of a partitioned table has all columns by which it is partitioned, and no expression can be one */
static bool
has_partition_key(Oid relation, List *columns)
{
	Relation	rel = relation_open(relation, AccessShareLock);
	PartitionKey key = RelationGetPartitionKey(rel);
	Bitmapset  *numbers = column_numbers(relation, columns);
	bool		found = true;

	for (int i = 0; i < key->partnatts; i++)
		found = found && key->partattrs[i] > 0 && bms_is_member(key->partattrs[i], numbers);
	relation_close(rel, AccessShareLock);
	return found;
}

/* so has one of a table that Citus spreads */
static bool
has_distribution_key(const Model *model, List *columns)
{
	AttrNumber	key = model->distributed && !model->replicated ? citus_key(model->relid) : InvalidAttrNumber;

	return key == InvalidAttrNumber || bms_is_member(key, column_numbers(model->relid, columns));
}

bool
key_may_be_expression(const Model *model)
{
	return model->relkind == RELKIND_MATVIEW || (model->relkind == RELKIND_RELATION && (!model->distributed || model->replicated));
}

/* NULL where the relation has a key already: it can have one */
static char *
adopt_statement(const Model *model, List *columns)
{
	StringInfoData key;
	Jsonb	   *options;

	if (model->nkey > 0)
		return NULL;
	initStringInfo(&key);
	doc_write_strings(&key, "key", columns);
	appendStringInfoChar(&key, '}');
	options = doc_concat(model->options, doc_parse(key.data));
	return psprintf("SELECT assoc.adopt(%s, %s, %s, replace => true)",
					quote_literal_cstr(model->quoted_table), quote_literal_cstr(model->name),
					quote_literal_cstr(JsonbToCString(NULL, &options->root, VARSIZE(options))));
}
