/*-------------------------------------------------------------------------
 *
 * run_fold.c
 *	  Rows of a key, folded into one value: their number, a sum, the least.
 *
 * What an aggregate of the server does, for the few that load_fold.c lets through, without an
 * executor: integers are added as such, and as numeric where they grow beyond int8; numerics by the
 * server's own addition and division, which its aggregates end in; least and greatest by the
 * comparison of the type's btree.  Where a statement has made the groups, it brings the value.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "base/integers.h"
#include "catalog/pg_type_d.h"
#include "common/int.h"
#include "nodes/makefuncs.h"
#include "run/run_fold.h"
#include "run/run_sink.h"
#include "utils/datum.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"

/* the values of a key so far, those that are null left out */
struct FoldState
{
	bool		made;			/* by a statement: value is what they come to */
	int64		n;
	int64		sum;			/* of integers; what goes beyond is in value */
	bool		has_value;
	Datum		value;			/* a sum of numerics, or the first in order */
};

static FoldState *state_of(NodeRun *nr, int key);
static void add_value(const LoadFold *fold, FoldState *state, Datum value);
static Datum plain_value(const LoadFold *fold, Datum value);
static void add_integer(FoldState *state, int64 number);
static void add_numeric(FoldState *state, Datum number);
static void keep_first(const LoadFold *fold, FoldState *state, Datum value);
static bool comes_before(const LoadFold *fold, Datum value, Datum kept);
static void set_value(FoldState *state, Datum value, bool typbyval, int16 typlen);
static Datum value_of(const LoadFold *fold, const FoldState *state);
static Datum as_returned(const LoadFold *fold, Datum value);
static Datum as_jsonb(Datum value, Oid type);
static Datum total(const FoldState *state);

void
run_fold_row(NodeRun *nr, int key, TupleTableSlot *link, TupleTableSlot *row)
{
	const LoadFold *fold = nr->node->fold;
	TupleTableSlot *slot = fold->of_link ? link : row;
	bool		is_value = fold->attnum != 0 && !slot->tts_isnull[fold->attnum - 1];

	run_sink_count(nr, key, fold->attnum == 0 || is_value);
	if (is_value && fold->kind != AGGREGATE_COUNT)
		add_value(fold, state_of(nr, key), slot->tts_values[fold->attnum - 1]);
}

void
run_fold_made(NodeRun *nr, int key, Datum value, bool isnull)
{
	const LoadNode *node = nr->node;
	const LoadColumn *column = &node->columns[0];
	FoldState  *state;
	MemoryContext old;

	run_sink_count(nr, key, node->fold->kind == AGGREGATE_COUNT ? DatumGetInt64(value) : 1);
	if (isnull || node->fold->kind == AGGREGATE_COUNT || node->fold->kind == AGGREGATE_HAS)
		return;
	state = state_of(nr, key);
	old = MemoryContextSwitchTo(nr->run->rows);
	set_value(state, value, column->typbyval, column->typlen);
	MemoryContextSwitchTo(old);
	state->made = true;
}

Datum
run_fold_value(const NodeRun *nr, int key, bool *isnull)
{
	const LoadFold *fold = nr->node->fold;
	const LoadedGroup *group = run_sink_rows_of(nr, key);

	*isnull = false;
	if (fold->kind == AGGREGATE_COUNT)
		return Int64GetDatum(group->count);
	if (fold->kind == AGGREGATE_HAS)
		return BoolGetDatum(group->count > 0);
	*isnull = group->fold == NULL;
	if (*isnull || group->fold->made)
		return *isnull ? (Datum) 0 : group->fold->value;
	return as_returned(fold, value_of(fold, group->fold));
}

static FoldState *
state_of(NodeRun *nr, int key)
{
	LoadedGroup *group = &nr->groups[key];

	if (group->fold == NULL)
	{
		group->fold = load_run_alloc(nr->run, sizeof(FoldState));
		memset(group->fold, 0, sizeof(FoldState));
	}
	return group->fold;
}

/* in the memory of the rows, which none but the value so far is left in */
static void
add_value(const LoadFold *fold, FoldState *state, Datum value)
{
	Datum		plain = plain_value(fold, value);

	state->n++;
	if (fold->kind == AGGREGATE_MIN || fold->kind == AGGREGATE_MAX)
		keep_first(fold, state, plain);
	else if (integer_is_type(fold->type))
		add_integer(state, integer_number(plain, fold->type));
	else
		add_numeric(state, plain);
	if (plain != value)
		pfree(DatumGetPointer(plain));
}

/* as functions take it: what is stored elsewhere is read only once, though it is compared with every other */
static Datum
plain_value(const LoadFold *fold, Datum value)
{
	if (fold->type == NUMERICOID)
		return NumericGetDatum(DatumGetNumeric(value));
	return fold->typlen == -1 ? PointerGetDatum(PG_DETOAST_DATUM_PACKED(value)) : value;
}

static void
add_integer(FoldState *state, int64 number)
{
	int64		sum;

	if (pg_add_s64_overflow(state->sum, number, &sum))
	{
		add_numeric(state, NumericGetDatum(int64_to_numeric(state->sum)));
		sum = number;
	}
	state->sum = sum;
}

static void
add_numeric(FoldState *state, Datum number)
{
	Datum		before = state->value;

	if (!state->has_value)
	{
		set_value(state, number, false, -1);
		return;
	}
	state->value = DirectFunctionCall2(numeric_add, before, number);
	pfree(DatumGetPointer(before));
}

static void
keep_first(const LoadFold *fold, FoldState *state, Datum value)
{
	if (state->has_value && !comes_before(fold, value, state->value))
		return;
	if (state->has_value && !fold->typbyval)
		pfree(DatumGetPointer(state->value));
	set_value(state, value, fold->typbyval, fold->typlen);
}

/* of equals the later is kept, but of padded texts the earlier, as the functions of the server's aggregates do */
static bool
comes_before(const LoadFold *fold, Datum value, Datum kept)
{
	int32		order = DatumGetInt32(FunctionCall2Coll(unconstify(FmgrInfo *, &fold->compare), fold->collation, value, kept));

	if (order == 0)
		return fold->type != BPCHAROID;
	return fold->kind == AGGREGATE_MIN ? order < 0 : order > 0;
}

static void
set_value(FoldState *state, Datum value, bool typbyval, int16 typlen)
{
	state->value = datumCopy(value, typbyval, typlen);
	state->has_value = true;
}

static Datum
value_of(const LoadFold *fold, const FoldState *state)
{
	if (fold->kind == AGGREGATE_MIN || fold->kind == AGGREGATE_MAX)
		return state->value;
	if (fold->kind == AGGREGATE_AVG)
		return DirectFunctionCall2(numeric_div, total(state), NumericGetDatum(int64_to_numeric(state->n)));
	return fold->result == INT8OID ? Int64GetDatum(state->sum) : total(state);
}

/* the sum of small integers is int8 */
static Datum
as_returned(const LoadFold *fold, Datum value)
{
	if (fold->as == JSONBOID)
		return as_jsonb(value, fold->result);
	if (fold->as == NUMERICOID && fold->result == INT8OID)
		return NumericGetDatum(int64_to_numeric(DatumGetInt64(value)));
	return value;
}

/* to_jsonb(anyelement) asks the call for the type of its argument */
static Datum
as_jsonb(Datum value, Oid type)
{
	FmgrInfo	function;
	List	   *arguments = list_make1(makeNullConst(type, -1, InvalidOid));

	fmgr_info(F_TO_JSONB, &function);
	fmgr_info_set_expr((Node *) makeFuncExpr(F_TO_JSONB, JSONBOID, arguments, InvalidOid, InvalidOid,
											 COERCE_EXPLICIT_CALL), &function);
	return FunctionCall1(&function, value);
}

/* as numeric */
static Datum
total(const FoldState *state)
{
	Datum		sum = NumericGetDatum(int64_to_numeric(state->sum));

	if (!state->has_value)
		return sum;
	return state->sum == 0 ? state->value : DirectFunctionCall2(numeric_add, state->value, sum);
}
