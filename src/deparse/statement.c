/*-------------------------------------------------------------------------
 *
 * statement.c
 *	  Writes the pieces that the write verbs' SQL is made of, and keeps plans.
 *
 * Decides how keys are compared in SQL, how many rows become one parameter, and
 * how long a plan lives.  What a statement does, link_sql.c and create.c decide.
 *
 * Plans are kept by text, parameter types, role, and how many rows there are (see
 * statement_plan.c): a plan of another role would be planned again at each switch
 * wherever row security is on.  PostgreSQL plans them again when a table changes; where
 * row security depends on a role that has changed they are dropped here, and all of them
 * with the registry's epoch.  The least recently used one goes when there are too many or
 * they take too much memory; a large one is not kept.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "base/compat.h"
#include "base/plan_size.h"
#include "base/settings.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "deparse/sql_text.h"
#include "deparse/statement.h"
#include "deparse/statement_plan.h"
#include "executor/spi.h"
#include "lib/ilist.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "registry/citus.h"
#include "registry/kept_times.h"
#include "registry/registry_watch.h"
#include "registry/table_rewrites.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/plancache.h"
#include "utils/snapmgr.h"
#include "utils/typcache.h"

static const char RETURNING[] = " RETURNING ";

typedef struct PlanKey
{
	Oid			role;
	int			nargs;
	const char *sql;
	const Oid  *types;
	int			scale;			/* of statement_plan_scale */
} PlanKey;

typedef struct PlanEntry
{
	PlanKey		key;			/* must be first; sql and types live in cxt */
	SPIPlanPtr	plan;
	MemoryContext cxt;
	Size		size;			/* 0: not run yet */
	uint64		generation;		/* of the registry when it was looked at last */
	int			running;		/* a plan in use is never freed: triggers may call verbs */
	dlist_node	lru;
} PlanEntry;

static HTAB *plans = NULL;
static MemoryContext plans_cxt = NULL;
static dlist_head plans_lru = DLIST_STATIC_INIT(plans_lru); /* most recently used first */
static uint64 plans_epoch;
static uint64 plans_role_changes;
static Size plans_size = 0;

static void append_values(Statement *s, int nrows, int ncolumns, StatementColumn *columns);
static void rows_as_unnest(Statement *s, int nrows, int ncolumns, StatementColumn *columns);
static void array_param(Statement *s, Oid type, int n, Datum *values, bool *nulls);
static Datum *values_as_text(Oid type, int n, Datum *values, bool *nulls);
static PlanEntry *plan_lookup(Statement *s);
static PlanEntry *plan_make(const PlanKey *key);
static void plans_init(void);
static void plans_make_room(void);
static bool plan_asks_role(SPIPlanPtr plan);
static void plan_drop(PlanEntry *entry);
static uint32 plan_key_hash(const void *key, Size size);
static int	plan_key_compare(const void *a, const void *b, Size size);
static void init_target(Statement *s, Oid relid, const char *table);
static uint64 run(Statement *s, StatementMode mode, int expected);
static uint64 run_rewritten(Statement *s, int expected);
static Statement rows_of_statement(const Statement *s);
static uint64 without_kept(SPITupleTable *table, uint64 n, uint64 nkept);
static bool same_tuple(HeapTuple a, HeapTuple b);
static int	plan_run(PlanEntry *entry, Statement *s, StatementMode mode);
static void plan_weigh(PlanEntry *entry);
static int	plan_execute(SPIPlanPtr plan, Statement *s, StatementMode mode);

void
statement_init(Statement *s)
{
	initStringInfo(&s->sql);
	s->nrows = 0;
	s->nargs = 0;
	s->maxargs = 8;
	s->types = palloc_array(Oid, s->maxargs);
	s->values = palloc_array(Datum, s->maxargs);
	s->nulls = palloc_array(char, s->maxargs);
	s->target = InvalidOid;
	s->assignments = NIL;
	s->joined = false;
	s->rows_at = 0;
	s->returning_at = 0;
}

void
statement_update(Statement *s, Oid relid, const char *table)
{
	init_target(s, relid, table);
	appendStringInfo(&s->sql, "UPDATE %s AS t SET ", table);
}

void
statement_delete(Statement *s, Oid relid, const char *table)
{
	init_target(s, relid, table);
	appendStringInfo(&s->sql, "DELETE FROM %s AS t", table);
}

static void
init_target(Statement *s, Oid relid, const char *table)
{
	statement_init(s);
	s->target = relid;
	s->table = table;
}

void
statement_from(Statement *s)
{
	appendStringInfoString(&s->sql, " FROM ");
	s->joined = true;
	s->rows_at = s->sql.len;
}

void
statement_where(Statement *s)
{
	if (!s->joined)
		s->rows_at = s->sql.len;
	appendStringInfoString(&s->sql, " WHERE ");
}

void
statement_returning(Statement *s)
{
	s->returning_at = s->sql.len;
	appendStringInfoString(&s->sql, RETURNING);
}

void
statement_param(Statement *s, Oid type, Datum value, bool isnull)
{
	statement_argument(s, type, value, isnull);
	appendStringInfo(&s->sql, "$%d", s->nargs);
}

void
statement_argument(Statement *s, Oid type, Datum value, bool isnull)
{
	if (s->nargs == s->maxargs)
	{
		s->maxargs *= 2;
		s->types = repalloc_array(s->types, Oid, s->maxargs);
		s->values = repalloc_array(s->values, Datum, s->maxargs);
		s->nulls = repalloc_array(s->nulls, char, s->maxargs);
	}
	s->types[s->nargs] = type;
	s->values[s->nargs] = value;
	s->nulls[s->nargs] = isnull ? 'n' : ' ';
	s->nargs++;
}

void
statement_append(Statement *s, const SqlText *sql, List *params)
{
	ListCell   *lc;

	appendStringInfoString(&s->sql, sql->buf.data);
	foreach(lc, sql->used)
	{
		LoadParam  *param = list_nth(params, lfirst_int(lc));
		Datum		value;
		char		isnull;

		load_params_bind(1, param, NULL, &value, &isnull);
		statement_argument(s, param->type, value, isnull == 'n');
	}
}

void
statement_columns(Statement *s, const char *prefix, int n, Attribute **columns)
{
	for (int i = 0; i < n; i++)
	{
		if (i > 0)
			appendStringInfoString(&s->sql, ", ");
		if (prefix)
			appendStringInfo(&s->sql, "%s.", prefix);
		appendStringInfoString(&s->sql, quote_identifier(columns[i]->column));
	}
}

void
statement_and_not_deleted(Statement *s, const Model *model, const char *prefix)
{
	if (model->deleted_at != NULL)
		appendStringInfo(&s->sql, " AND %s IS NULL", sql_column(prefix, model->deleted_at));
}

void
statement_touch(Statement *s, const Model *model, const bool *given)
{
	Attribute  *column = kept_time_changed(model, given);

	if (column != NULL)
		appendStringInfo(&s->sql, ", %s = pg_catalog.now()", quote_identifier(column->column));
}

void
statement_equal(Statement *s, const char *ref, const Attribute *column,
				const char *right, const Attribute *key)
{
	Attribute	value = sql_value_key(key, column->collation);

	appendStringInfoString(&s->sql, sql_keys_equal(ref, column, right, &value));
}

void
statement_equal_param(Statement *s, const char *prefix, const Attribute *column,
					  const Attribute *key, Datum value)
{
	statement_equal(s, sql_column(prefix, column), column, "", key);
	statement_param(s, key->type, value, false);
}

void
statement_equal_key(Statement *s, const char *prefix, int n, Attribute **columns, Attribute **key,
					const Datum *values)
{
	for (int i = 0; i < n; i++)
	{
		appendStringInfoString(&s->sql, i > 0 ? " AND " : "");
		statement_equal_param(s, prefix, columns[i], key[i], values[i]);
	}
}

void
statement_equal_any(Statement *s, const char *prefix, const Attribute *column,
					const Attribute *key, int n, Datum *values)
{
	statement_equal(s, sql_column(prefix, column), column, "ANY (", key);
	array_param(s, key->type, n, values, NULL);
	appendStringInfoChar(&s->sql, ')');
}

StatementColumn
statement_column(Oid type, int nrows)
{
	return (StatementColumn) {type, palloc0_array(Datum, Max(nrows, 1)),
		palloc0_array(bool, Max(nrows, 1))};
}

void
statement_rows(Statement *s, int nrows, int ncolumns, StatementColumn *columns)
{
	if (nrows == 1)
	{
		appendStringInfoChar(&s->sql, '(');
		append_values(s, 1, ncolumns, columns);
		appendStringInfoChar(&s->sql, ')');
	}
	else
		rows_as_unnest(s, nrows, ncolumns, columns);

	appendStringInfoString(&s->sql, " AS k(");
	for (int c = 1; c <= ncolumns; c++)
		appendStringInfo(&s->sql, "%sc%d", c > 1 ? ", " : "", c);
	appendStringInfoChar(&s->sql, ')');
}

/* VALUES, with a parameter for each value */
static void
append_values(Statement *s, int nrows, int ncolumns, StatementColumn *columns)
{
	for (int row = 0; row < nrows; row++)
	{
		appendStringInfoString(&s->sql, row > 0 ? "), (" : "VALUES (");
		for (int c = 0; c < ncolumns; c++)
		{
			appendStringInfoString(&s->sql, c > 0 ? ", " : "");
			statement_param(s, columns[c].type, columns[c].values[row],
							columns[c].nulls != NULL && columns[c].nulls[row]);
		}
	}
	appendStringInfoChar(&s->sql, ')');
}

static void
rows_as_unnest(Statement *s, int nrows, int ncolumns, StatementColumn *columns)
{
	appendStringInfoString(&s->sql, "ROWS FROM (");
	for (int c = 0; c < ncolumns; c++)
	{
		appendStringInfoString(&s->sql, c > 0 ? ", pg_catalog.unnest(" : "pg_catalog.unnest(");
		array_param(s, columns[c].type, nrows, columns[c].values, columns[c].nulls);
		appendStringInfoChar(&s->sql, ')');
	}
	appendStringInfoChar(&s->sql, ')');
}

void
statement_row_column(Statement *s, int number, Oid type)
{
	if (OidIsValid(get_array_type(type)))
		appendStringInfo(&s->sql, "k.c%d", number);
	else
		appendStringInfo(&s->sql, "CAST(k.c%d AS %s)", number, sql_type(type, -1));
}

void
statement_row_key(Statement *s, int n, Attribute **key)
{
	for (int i = 0; i < n; i++)
	{
		appendStringInfoString(&s->sql, i > 0 ? ", " : "");
		statement_row_column(s, i + 1, key[i]->type);
	}
}

void
statement_equal_row(Statement *s, int n, Attribute **columns, Attribute **key, int first)
{
	for (int i = 0; i < n; i++)
	{
		appendStringInfoString(&s->sql, i > 0 ? " AND " : "");
		statement_equal(s, sql_column("t", columns[i]), columns[i], psprintf("k.c%d", first + i),
						key[i]);
	}
}

void
statement_insert_rows(Statement *s, const Model *model, int nrows, int ncolumns,
					  StatementColumn *columns)
{
	/* of INSERT .. SELECT .. ON CONFLICT Citus reports the rows that came, not those stored */
	if (nrows == 1 || model->distributed)
	{
		append_values(s, nrows, ncolumns, columns);
		return;
	}
	appendStringInfoString(&s->sql, "SELECT ");
	for (int c = 0; c < ncolumns; c++)
	{
		appendStringInfoString(&s->sql, c > 0 ? ", " : "");
		statement_row_column(s, c + 1, columns[c].type);
	}
	appendStringInfoString(&s->sql, " FROM ");
	statement_rows(s, nrows, ncolumns, columns);
}

/*
 * Many values as one parameter.  A type without an array type (arrays
 * themselves) travels as text, and statement_row_column casts it back.
 */
static void
array_param(Statement *s, Oid type, int n, Datum *values, bool *nulls)
{
	Oid			array_type = get_array_type(type);
	Oid			element = type;
	int16		typlen;
	bool		typbyval;
	char		typalign;
	int			dims[1] = {n};
	int			lbs[1] = {1};
	ArrayType  *array;

	if (!OidIsValid(array_type))
	{
		values = values_as_text(type, n, values, nulls);
		element = TEXTOID;
		array_type = TEXTARRAYOID;
	}
	s->nrows = Max(s->nrows, n);
	get_typlenbyvalalign(element, &typlen, &typbyval, &typalign);
	if (n == 0)
		array = construct_empty_array(element);
	else
		array = construct_md_array(values, nulls, 1, dims, lbs,
								   element, typlen, typbyval, typalign);
	statement_param(s, array_type, PointerGetDatum(array), false);
}

static Datum *
values_as_text(Oid type, int n, Datum *values, bool *nulls)
{
	Datum	   *texts = palloc_array(Datum, Max(n, 1));
	Oid			output;
	bool		is_varlena;

	getTypeOutputInfo(type, &output, &is_varlena);
	for (int i = 0; i < n; i++)
	{
		if (nulls == NULL || !nulls[i])
			texts[i] = CStringGetTextDatum(OidOutputFunctionCall(output, values[i]));
		else
			texts[i] = (Datum) 0;
	}
	return texts;
}

uint64
statement_lock_row(const Model *model, int nkey, Attribute **key, const Datum *values,
				   const char *clause)
{
	Statement	s;
	uint64		rows;

	statement_init(&s);
	appendStringInfo(&s.sql, "SELECT FROM %s AS t WHERE ", model->quoted_table);
	statement_equal_key(&s, "t", nkey, key, key, values);
	appendStringInfo(&s.sql, " FOR %s", clause);
	rows = statement_run(&s, STATEMENT_WRITE, SPI_OK_SELECT);
	SPI_freetuptable(SPI_tuptable);
	return rows;
}

uint64
statement_run(Statement *s, StatementMode mode, int expected)
{
	bool		update = expected == SPI_OK_UPDATE_RETURNING;

	if ((update || expected == SPI_OK_DELETE_RETURNING) &&
		!table_returns(s->target, update ? CMD_UPDATE : CMD_DELETE))
		return run_rewritten(s, update ? SPI_OK_UPDATE : SPI_OK_DELETE);
	return run(s, mode, expected);
}

/* SPI leaves its own memory context current; what the caller makes of the rows must outlive that */
static uint64
run(Statement *s, StatementMode mode, int expected)
{
	MemoryContext caller = CurrentMemoryContext;
	int			result = plan_run(plan_lookup(s), s, mode);

	/* SPI leaves its own context behind, which does not outlive SPI_finish */
	MemoryContextSwitchTo(caller);
	/* a rule did something else in its place */
	if (result == SPI_OK_REWRITTEN && (expected == SPI_OK_INSERT || expected == SPI_OK_UPDATE ||
									   expected == SPI_OK_DELETE))
		return 0;
	if (result != expected)
		elog(ERROR, "statement returned %s: %s", SPI_result_code_string(result), s->sql.data);
	return SPI_processed;
}

Datum
statement_result(uint64 row, int column, bool *isnull)
{
	Form_pg_attribute att = TupleDescAttr(SPI_tuptable->tupdesc, column - 1);
	Datum		value = SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, column, isnull);

	return *isnull ? (Datum) 0 : datumCopy(value, att->attbyval, att->attlen);
}

Datum *
statement_key(uint64 row, int first_column, int n)
{
	Datum	   *values = palloc_array(Datum, n);

	for (int i = 0; i < n; i++)
	{
		bool		isnull;

		values[i] = statement_result(row, first_column + i, &isnull);
		if (isnull)
			return NULL;
	}
	return values;
}

bool
statement_is_true(uint64 row, int column)
{
	bool		isnull;

	return DatumGetBool(SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, column,
									  &isnull));
}

/* what is run has no RETURNING: its list is selected from the rows that it is about */
static uint64
run_rewritten(Statement *s, int expected)
{
	Statement	rows = rows_of_statement(s);
	Statement	statement = *s;
	uint64		n = run(&rows, STATEMENT_WRITE, SPI_OK_SELECT);
	SPITupleTable *table = SPI_tuptable;

	statement.sql.data = pnstrdup(s->sql.data, s->returning_at);
	(void) run(&statement, STATEMENT_WRITE, expected);
	if (n > 0)
		n = without_kept(table, n, run(&rows, STATEMENT_WRITE, SPI_OK_SELECT));
	SPI_tuptable = table;
	SPI_processed = n;
	return n;
}

/* with what it returns of them, and which version they are */
static Statement
rows_of_statement(const Statement *s)
{
	Statement	rows = *s;
	char		relkind = get_rel_relkind(s->target);
	bool		stored = relkind == RELKIND_RELATION || relkind == RELKIND_PARTITIONED_TABLE;

	Assert(s->rows_at > 0 && s->returning_at > s->rows_at);
	initStringInfo(&rows.sql);
	appendStringInfo(&rows.sql, "SELECT %s, %s FROM %s AS t%s",
					 s->sql.data + s->returning_at + strlen(RETURNING),
					 stored ? "t.tableoid, t.ctid" : "CAST(t.* AS pg_catalog.text)", s->table,
					 s->joined ? ", " : "");
	appendBinaryStringInfo(&rows.sql, s->sql.data + s->rows_at, s->returning_at - s->rows_at);
	return rows;
}

/* rows that the rule keeps as they are: they are found again, in the same order */
static uint64
without_kept(SPITupleTable *table, uint64 n, uint64 nkept)
{
	uint64		gone = 0;
	uint64		next = 0;

	for (uint64 i = 0; i < n; i++)
	{
		uint64		k = 0;

		while (k < nkept && !same_tuple(table->vals[i], SPI_tuptable->vals[(next + k) % nkept]))
			k++;
		if (k == nkept)
			table->vals[gone++] = table->vals[i];
		else
			next = next + k + 1;
	}
	SPI_freetuptable(SPI_tuptable);
	return gone;
}

static bool
same_tuple(HeapTuple a, HeapTuple b)
{
	return a->t_len == b->t_len &&
		memcmp((char *) a->t_data + SizeofHeapTupleHeader, (char *) b->t_data + SizeofHeapTupleHeader,
			   a->t_len - SizeofHeapTupleHeader) == 0;
}

/* out of line: its caller's variables need not survive a longjmp */
static pg_noinline int
plan_run(PlanEntry *entry, Statement *s, StatementMode mode)
{
	volatile int result = 0;

	entry->running++;
	PG_TRY();
	{
		if (entry->key.scale > 0)
			statement_plan_make(entry->plan, entry->key.scale);
		result = plan_execute(entry->plan, s, mode);
	}
	PG_FINALLY();
	{
		entry->running--;
	}
	PG_END_TRY();
	if (entry->size == 0)
		plan_weigh(entry);
	return result;
}

/* after the first run, which made the plan */
static void
plan_weigh(PlanEntry *entry)
{
	entry->size = plan_size(entry->plan) + MemoryContextMemAllocated(entry->cxt, true);
	plans_size += entry->size;
	if (entry->running == 0 && plan_is_large(entry->size))
		plan_drop(entry);
}

static int
plan_execute(SPIPlanPtr plan, Statement *s, StatementMode mode)
{
	Snapshot	snapshot = InvalidSnapshot;
	int			result;

	if (mode == STATEMENT_LATEST)
	{
		CommandCounterIncrement();
		snapshot = RegisterSnapshot(GetLatestSnapshot());
	}
	result = SPI_execute_snapshot(plan, s->values, s->nulls, snapshot, InvalidSnapshot,
								  mode == STATEMENT_READ, true, 0);
	if (mode == STATEMENT_LATEST)
		UnregisterSnapshot(snapshot);
	return result;
}

static PlanEntry *
plan_lookup(Statement *s)
{
	PlanKey		key = {GetUserId(), s->nargs, s->sql.data, s->types,
	statement_plan_scale(s->nrows)};
	PlanEntry  *entry;

	if (plans == NULL)
		plans_init();
	plans_make_room();

	entry = hash_search(plans, &key, HASH_FIND, NULL);
	if (entry == NULL)
		entry = plan_make(&key);
	else
		dlist_move_head(&plans_lru, &entry->lru);
	/* its tables may have become some of Citus' */
	if (entry->generation != registry_generation())
		citus_free_plan_choice(entry->plan);
	entry->generation = registry_generation();
	return entry;
}

static void
plans_init(void)
{
	HASHCTL		ctl = {0};

	plans_cxt = AllocSetContextCreate(CacheMemoryContext,
									  "pg_associations statements",
									  ALLOCSET_DEFAULT_SIZES);
	ctl.keysize = sizeof(PlanKey);
	ctl.entrysize = sizeof(PlanEntry);
	ctl.hash = plan_key_hash;
	ctl.match = plan_key_compare;
	ctl.hcxt = plans_cxt;
	plans = hash_create("pg_associations statements", 64, &ctl,
						HASH_ELEM | HASH_FUNCTION | HASH_COMPARE | HASH_CONTEXT);
	plans_epoch = registry_epoch();
	plans_role_changes = registry_role_changes();
}

/* Drop what is outdated, else what was used longest ago. */
static void
plans_make_room(void)
{
	uint64		epoch = registry_epoch();
	uint64		role_changes = registry_role_changes();
	bool		all = plans_epoch != epoch;
	bool		roles = plans_role_changes != role_changes;
	long		excess = hash_get_num_entries(plans) - assoc_plan_cache_size + 1;
	Size		freed = 0;
	List	   *victims = NIL;
	dlist_iter	iter;

	if (!all && !roles && excess <= 0 && plans_size <= plan_cache_limit())
		return;
	dlist_reverse_foreach(iter, &plans_lru)
	{
		PlanEntry  *entry = dlist_container(PlanEntry, lru, iter.cur);

		bool		fits = excess <= 0 && plans_size - freed <= plan_cache_limit();

		if (!all && !roles && fits)
			break;
		if (entry->running > 0 || (!all && fits && !plan_asks_role(entry->plan)))
			continue;
		excess--;
		victims = lappend(victims, entry);
		freed += entry->size;
	}
	foreach_ptr(PlanEntry, victim, victims)
		plan_drop(victim);
	list_free(victims);
	plans_epoch = epoch;
	plans_role_changes = role_changes;
}

static bool
plan_asks_role(SPIPlanPtr plan)
{
	foreach_ptr(CachedPlanSource, source, SPI_plan_get_plan_sources(plan))
		if (source->dependsOnRLS)
			return true;
	return false;
}

static void
plan_drop(PlanEntry *entry)
{
	SPIPlanPtr	plan = entry->plan;
	MemoryContext cxt = entry->cxt;

	plans_size -= entry->size;
	dlist_delete(&entry->lru);
	hash_search(plans, &entry->key, HASH_REMOVE, NULL);
	MemoryContextDelete(cxt);
	SPI_freeplan(plan);
}

/*
 * Prepared for a generic plan: the statements look rows up by key, and five
 * custom plans first would cost more than they gain.
 */
static PlanEntry *
plan_make(const PlanKey *key)
{
	MemoryContext cxt = AllocSetContextCreate(CurrentMemoryContext,
											  "pg_associations statement",
											  ALLOCSET_SMALL_SIZES);
	PlanKey		kept = *key;
	Oid		   *types = MemoryContextAlloc(cxt, sizeof(Oid) * Max(key->nargs, 1));
	SPIPlanPtr	plan;
	PlanEntry  *entry;
	bool		found;

	memcpy(types, key->types, sizeof(Oid) * key->nargs);
	kept.types = types;
	kept.sql = MemoryContextStrdup(cxt, key->sql);

	plan = SPI_prepare_cursor(key->sql, key->nargs, types, CURSOR_OPT_GENERIC_PLAN);
	if (plan == NULL)
		elog(ERROR, "SPI_prepare_cursor returned %s: %s",
			 SPI_result_code_string(SPI_result), key->sql);

	/* the entry owns both from here on: nothing between may fail */
	entry = hash_search(plans, &kept, HASH_ENTER, &found);
	entry->plan = plan;
	entry->cxt = cxt;
	entry->size = 0;
	entry->running = 0;
	entry->generation = 0;
	dlist_push_head(&plans_lru, &entry->lru);
	MemoryContextSetParent(cxt, plans_cxt);
	SPI_keepplan(plan);
	return entry;
}

static uint32
plan_key_hash(const void *key, Size size pg_attribute_unused())
{
	const PlanKey *k = key;

	return hash_combine(hash_bytes((const unsigned char *) k->sql, strlen(k->sql)),
						hash_bytes_uint32(k->role + k->scale));
}

static int
plan_key_compare(const void *a, const void *b, Size size pg_attribute_unused())
{
	const PlanKey *x = a;
	const PlanKey *y = b;

	if (x->role != y->role || x->scale != y->scale || x->nargs != y->nargs ||
		memcmp(x->types, y->types, sizeof(Oid) * x->nargs) != 0)
		return 1;
	return strcmp(x->sql, y->sql);
}
