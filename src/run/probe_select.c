/*-------------------------------------------------------------------------
 *
 * probe_select.c
 *	  Which of the rows that a probe reads are requested, and in which order.
 *
 * Evaluates what probe_condition.c has planned, by the executor's interpreter for
 * expressions, without starting an executor.  Rows that are to be sorted are copied, since
 * the pages that they stand on are let go of.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "base/compat.h"
#include "base/key_table.h"
#include "catalog/objectaccess.h"
#include "executor/executor.h"
#include "run/probe_select.h"
#include "utils/datum.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/sortsupport.h"

/* a column that is asked for */
typedef struct EntryColumn
{
	int			attribute;		/* of the table's, from 0 */
	int			position;		/* in the index, from 1 */
} EntryColumn;

/* so many rows, if no more are requested, are sorted as they come, and all others forgotten */
#define MAX_FEW 32

/* a text column that is to have certain bytes, which is asked without the interpreter */
typedef struct TextTest
{
	int			column;			/* from 0 */
	const char *text;			/* NULL: it is something else that is asked */
} TextTest;

struct ProbeSelect
{
	const ProbeCondition *condition;
	ExprContext *econtext;
	MemoryContext states;		/* what is evaluated, */
	RightsStamp rights;			/*   as long as the role may: */
	ExprState  *of_link;		/* NULL: nothing is asked */
	TextTest	link_text;		/* the same, where it is that */
	ExprState  *of_row;
	ExprState **of_answers;
	int			first_answer;	/* among the parameters */
	ExprState **sort;
	SortSupportData *support;
	TupleTableSlot *entry;		/* what an entry has of a row; NULL until there is one */
	Oid			entries_of;		/* this index: where its columns are */
	int			ncolumns;
	EntryColumn *columns;
	MemoryContext cxt;			/* rows of the key at hand */
	SelectedRow *rows;
	int			n;
	int			max;
	bool		is_sorted;		/* the rows are, each as it came */
	SelectedRow candidate;		/* sort keys of the row at hand */
};

static void make_ready(ProbeSelect *select);
static TextTest text_test(const Node *expression);
static ParamListInfo node_values(NodeRun *nr);
static void find_columns(ProbeSelect *select, TupleTableSlot *like, Relation index);
static bool holds(ProbeSelect *select, ExprState *state);
static bool is_true(ProbeSelect *select, ExprState *state);
static void evaluate_sort_keys(ProbeSelect *select, TupleTableSlot *link, TupleTableSlot *row);
static int	place_among_few(ProbeSelect *select);
static SelectedRow *make_place(ProbeSelect *select, int place, uint64 requested);
static void copy_sort_keys(const ProbeSelect *select, SelectedRow *kept);
static int	compare_rows(const void *a, const void *b, void *arg);

ProbeSelect *
probe_select_make(const ProbeCondition *condition)
{
	ProbeSelect *select = palloc0_object(ProbeSelect);

	select->condition = condition;
	select->econtext = CreateStandaloneExprContext();
	select->sort = palloc0_array(ExprState *, Max(1, condition->nsort));
	select->support = palloc0_array(SortSupportData, Max(1, condition->nsort));
	select->candidate.sort = palloc_array(Datum, Max(1, condition->nsort));
	select->candidate.nulls = palloc_array(bool, Max(1, condition->nsort));
	for (int i = 0; i < condition->nsort; i++)
	{
		select->support[i].ssup_cxt = CurrentMemoryContext;
		select->support[i].ssup_collation = condition->sort[i].collation;
		select->support[i].ssup_nulls_first = condition->sort[i].nulls_first;
		PrepareSortSupportFromOrderingOp(condition->sort[i].operator, &select->support[i]);
	}
	select->states = AllocSetContextCreate(CurrentMemoryContext, "pg_associations conditions",
										   ALLOCSET_SMALL_SIZES);
	select->cxt = AllocSetContextCreate(CurrentMemoryContext, "pg_associations selected rows",
										ALLOCSET_DEFAULT_SIZES);
	return select;
}

void
probe_select_begin(ProbeSelect *select, NodeRun *nr)
{
	MemoryContext old = MemoryContextSwitchTo(nr->run->cxt);

	select->econtext->ecxt_param_list_info = node_values(nr);
	select->first_answer = nr->node->nref + nr->node->nparams;
	MemoryContextSwitchTo(old);
	/* another module may want to know of each function that is executed */
	if (object_access_hook != NULL || !registry_rights_hold(&select->rights))
		make_ready(select);
	probe_select_reset(select);
}

/* asks for the right to execute the functions of the expressions */
static void
make_ready(ProbeSelect *select)
{
	const ProbeCondition *condition = select->condition;
	List	   *expressions = condition->expressions;
	RightsStamp now = registry_rights_now();
	MemoryContext old;

	select->rights.role = InvalidOid;
	MemoryContextReset(select->states);
	old = MemoryContextSwitchTo(select->states);
	select->of_link = condition->has_link_condition ? ExecInitExpr(linitial(expressions), NULL) : NULL;
	select->of_row = condition->has_row_condition ? ExecInitExpr(lsecond(expressions), NULL) : NULL;
	select->of_answers = palloc_array(ExprState *, Max(1, condition->nanswers));
	for (int i = 0; i < condition->nanswers; i++)
		select->of_answers[i] = ExecInitExpr(list_nth(lthird(expressions), i), NULL);
	for (int i = 0; i < condition->nsort; i++)
		select->sort[i] = ExecInitExpr(list_nth(expressions, PROBE_SORT_KEYS + i), NULL);
	select->link_text = text_test(linitial(expressions));
	MemoryContextSwitchTo(old);
	select->rights = now;
}

static TextTest
text_test(const Node *expression)
{
	const OpExpr *equality = (const OpExpr *) expression;
	TextTest	result = {0};
	const Var  *column;
	const Const *value;

	if (!IsA(expression, OpExpr) || equality->opfuncid != F_TEXTEQ || !OidIsValid(equality->inputcollid) ||
		!get_collation_isdeterministic(equality->inputcollid))
		return result;
	column = linitial(equality->args);
	value = lsecond(equality->args);
	/* a cast by a function, as that of char(6), makes other bytes */
	while (IsA(column, RelabelType))
		column = (const Var *) ((const RelabelType *) column)->arg;
	if (!IsA(column, Var) || !IsA(value, Const) || value->constisnull ||
		!key_text_is_plain(DatumGetPointer(value->constvalue)))
		return result;
	result.column = column->varattno - 1;
	result.text = DatumGetPointer(value->constvalue);
	return result;
}

/* as the statement numbers them: behind the keys, to which no condition refers */
static ParamListInfo
node_values(NodeRun *nr)
{
	const LoadNode *node = nr->node;
	ParamListInfo params;

	if (node->nparams + node->nasked == 0)
		return NULL;
	params = makeParamList(node->nref + node->nparams + node->nasked);
	for (int i = 0; i < node->nasked; i++)
		params->params[node->nref + node->nparams + i].ptype = node->asked[i].type;
	for (int i = 0; i < node->nparams; i++)
	{
		ParamExternData *param = &params->params[node->nref + i];
		int			number = node->params[i];

		param->value = nr->run->values[number];
		param->isnull = nr->run->nulls[number] == 'n';
		param->pflags = PARAM_FLAG_CONST;
		param->ptype = node->plan->params[number].type;
	}
	return params;
}

bool
probe_select_wants_link(ProbeSelect *select, TupleTableSlot *link)
{
	int			column = select->link_text.column;

	if (select->link_text.text != NULL && column < link->tts_nvalid && !link->tts_isnull[column] &&
		key_text_is_plain(DatumGetPointer(link->tts_values[column])))
		return key_text_same(DatumGetPointer(link->tts_values[column]), select->link_text.text);
	select->econtext->ecxt_outertuple = link;
	return select->of_link == NULL || holds(select, select->of_link);
}

bool
probe_select_wants(ProbeSelect *select, TupleTableSlot *link, TupleTableSlot *row)
{
	select->econtext->ecxt_outertuple = link;
	select->econtext->ecxt_scantuple = row;
	return select->of_row == NULL || holds(select, select->of_row);
}

MemoryContext
probe_select_begin_answers(ProbeSelect *select)
{
	ResetExprContext(select->econtext);
	return select->econtext->ecxt_per_tuple_memory;
}

void
probe_select_answer(ProbeSelect *select, int number, Datum answer, bool isnull)
{
	ParamExternData *param = &select->econtext->ecxt_param_list_info->params[select->first_answer + number];

	param->value = answer;
	param->isnull = isnull;
}

bool
probe_select_wants_answer(ProbeSelect *select, int number, TupleTableSlot *link, TupleTableSlot *row)
{
	select->econtext->ecxt_outertuple = link;
	select->econtext->ecxt_scantuple = row;
	return is_true(select, select->of_answers[number]);
}

bool
probe_select_wants_entry(ProbeSelect *select, TupleTableSlot *like, Relation index, IndexTuple entry)
{
	TupleTableSlot *slot;

	if (select->entries_of != RelationGetRelid(index))
		find_columns(select, like, index);
	slot = select->entry;
	for (int i = 0; i < select->ncolumns; i++)
	{
		const EntryColumn *column = &select->columns[i];

		slot->tts_values[column->attribute] = index_getattr(entry, column->position, RelationGetDescr(index),
															&slot->tts_isnull[column->attribute]);
	}
	return probe_select_wants_link(select, slot) && probe_select_wants(select, slot, slot);
}

/* other columns are null, of which nothing is asked */
static void
find_columns(ProbeSelect *select, TupleTableSlot *like, Relation index)
{
	const Form_pg_index form = index->rd_index;
	MemoryContext old = MemoryContextSwitchTo(GetMemoryChunkContext(select));

	if (select->entry == NULL)
	{
		select->entry = MakeSingleTupleTableSlot(CreateTupleDescCopy(like->tts_tupleDescriptor), &TTSOpsVirtual);
		ExecStoreAllNullTuple(select->entry);
		select->columns = palloc_array(EntryColumn, INDEX_MAX_KEYS);
	}
	select->ncolumns = 0;
	for (int i = 0; i < form->indnatts; i++)
		if (bms_is_member(form->indkey.values[i], select->condition->reads))
			select->columns[select->ncolumns++] = (EntryColumn) {form->indkey.values[i] - 1, i + 1};
	select->entries_of = RelationGetRelid(index);
	MemoryContextSwitchTo(old);
}

static bool
holds(ProbeSelect *select, ExprState *state)
{
	ResetExprContext(select->econtext);
	return is_true(select, state);
}

static bool
is_true(ProbeSelect *select, ExprState *state)
{
	bool		isnull;
	Datum		value = ExecEvalExprSwitchContext(state, select->econtext, &isnull);

	return !isnull && DatumGetBool(value);
}

/* ---- rows of a key, sorted ---- */

void
probe_select_keep(ProbeSelect *select, uint64 requested, TupleTableSlot *link, TupleTableSlot *row,
				  int known)
{
	MemoryContext old = MemoryContextSwitchTo(select->cxt);
	int			place;

	evaluate_sort_keys(select, link, row);
	select->is_sorted = requested <= MAX_FEW;
	place = select->is_sorted ? place_among_few(select) : select->n;
	if (!select->is_sorted || place < (int) requested)
	{
		SelectedRow *kept = make_place(select, place, requested);

		kept->link = link ? ExecCopySlotHeapTuple(link) : NULL;
		kept->row = known < 0 ? ExecCopySlotHeapTuple(row) : NULL;
		kept->slot = row;
		kept->known = known;
		copy_sort_keys(select, kept);
	}
	MemoryContextSwitchTo(old);
}

/* into the candidate, for as long as the rows are there */
static void
evaluate_sort_keys(ProbeSelect *select, TupleTableSlot *link, TupleTableSlot *row)
{
	SelectedRow *candidate = &select->candidate;

	ResetExprContext(select->econtext);
	select->econtext->ecxt_outertuple = link;
	select->econtext->ecxt_scantuple = row;
	for (int i = 0; i < select->condition->nsort; i++)
		candidate->sort[i] = ExecEvalExprSwitchContext(select->sort[i], select->econtext,
													   &candidate->nulls[i]);
}

/* from the end on: of a sorted list the rows behind the last one requested are not looked at */
static int
place_among_few(ProbeSelect *select)
{
	int			place = select->n;

	while (place > 0 && compare_rows(&select->candidate, &select->rows[place - 1], select) < 0)
		place--;
	return place;
}

/* the last of as many as are requested gives way */
static SelectedRow *
make_place(ProbeSelect *select, int place, uint64 requested)
{
	if (select->n == select->max)
	{
		select->max = Max(32, select->max * 2);
		select->rows = select->rows == NULL ? palloc_array(SelectedRow, select->max) :
			repalloc(select->rows, sizeof(SelectedRow) * select->max);
	}
	if (select->is_sorted && (uint64) select->n == requested)
		select->n--;
	memmove(&select->rows[place + 1], &select->rows[place], sizeof(SelectedRow) * (select->n - place));
	select->n++;
	return &select->rows[place];
}

static void
copy_sort_keys(const ProbeSelect *select, SelectedRow *kept)
{
	const ProbeCondition *condition = select->condition;
	const SelectedRow *candidate = &select->candidate;

	kept->sort = palloc((sizeof(Datum) + sizeof(bool)) * condition->nsort);
	kept->nulls = (bool *) &kept->sort[condition->nsort];
	for (int i = 0; i < condition->nsort; i++)
	{
		const ProbeSortKey *key = &condition->sort[i];

		kept->nulls[i] = candidate->nulls[i];
		kept->sort[i] = kept->nulls[i] ? (Datum) 0 :
			datumCopy(candidate->sort[i], key->typbyval, key->typlen);
	}
}

SelectedRow *
probe_select_sort(ProbeSelect *select, int *n)
{
	if (select->n > 1 && !select->is_sorted)
		qsort_arg(select->rows, select->n, sizeof(SelectedRow), compare_rows, select);
	*n = select->n;
	return select->rows;
}

static int
compare_rows(const void *a, const void *b, void *arg)
{
	ProbeSelect *select = arg;
	const SelectedRow *left = a;
	const SelectedRow *right = b;

	for (int i = 0; i < select->condition->nsort; i++)
	{
		int			order = ApplySortComparator(left->sort[i], left->nulls[i],
												right->sort[i], right->nulls[i],
												&select->support[i]);

		if (order != 0)
			return order;
	}
	return 0;
}

void
probe_select_reset(ProbeSelect *select)
{
	if (select->n == 0 && select->rows == NULL)
		return;
	MemoryContextReset(select->cxt);
	select->rows = NULL;
	select->n = select->max = 0;
}
