/*-------------------------------------------------------------------------
 *
 * merge.c
 *	  assoc.merge: one row takes over all that refers to another, which goes.
 *
 * Decides that what refers to a row moves as the row that it is, wherever that stands.  Where a
 * unique key leaves no room (both are linked to the same row), the row that is there stays, its
 * null columns are filled from the other one, which is merged into it and deleted: what refers to
 * that one goes over too.  A link that leads from one of the two rows to the other is
 * removed, a reference of the kept row to the other one becomes null.
 *
 * The rights are those of the statements.  A dry run does all of it, and undoes it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "base/arguments.h"
#include "base/attempt.h"
#include "base/compat.h"
#include "base/doc_member.h"
#include "base/rights.h"
#include "base/trial.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "registry/citus.h"
#include "registry/keys.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "write/merge.h"

/* a call */
typedef struct Merge
{
	const Model *model;
	Datum	   *from;
	Datum	   *to;
	bool		keeps;			/* the row itself is not deleted */
	bool		dry_run;
	bool	   *filled;			/* by number of attribute: null ones of the kept row get the other's value */
	char	   *report;			/* once all is done */
} Merge;

PG_FUNCTION_INFO_V1(assoc_merge);

static Datum *pk_argument(FunctionCallInfo fcinfo, int number, const Model *model, const char *name);
static void read_options(Merge *merge, Jsonb *document);
static void read_filled(Merge *merge, DocMember *member);
static void run(void *arg);
static void merge_and_undo(void *arg);
static void merge_once(void *arg);
static void lock_links(Merge *merge);
static bool is_after(Merge *merge);
static MergeRow *root_row(Merge *merge, MergeTable *table, Datum *key);


/* ---- the call ---- */

/* model, from_pk, to_pk, options */
Datum
assoc_merge(PG_FUNCTION_ARGS)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext cxt = AllocSetContextCreate(caller, "pg_associations merge", ALLOCSET_DEFAULT_SIZES);
	Merge		merge = {0};
	Datum		result;

	argument_require(fcinfo, 0, "model");
	MemoryContextSwitchTo(cxt);
	registry_pin();
	merge.model = registry_model_by_name(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	if (merge.model->nkey == 0)
		model_raise_no_key(merge.model);
	merge.from = pk_argument(fcinfo, 1, merge.model, "from_pk");
	merge.to = pk_argument(fcinfo, 2, merge.model, "to_pk");
	read_options(&merge, argument_jsonb(fcinfo, 3));
	rights_lock(merge.model->relid, RowExclusiveLock);
	citus_begin_write(merge.model->relid);
	SPI_connect();
	MemoryContextSwitchTo(cxt);
	attempt_through_deadlocks(run, &merge);
	SPI_finish();
	MemoryContextSwitchTo(caller);
	result = JsonbPGetDatum(doc_parse(merge.report));
	MemoryContextDelete(cxt);
	PG_RETURN_DATUM(result);
}

static Datum *
pk_argument(FunctionCallInfo fcinfo, int number, const Model *model, const char *name)
{
	Datum	   *key = palloc_array(Datum, model->nkey);

	argument_require(fcinfo, number, name);
	key_from_datum(PG_GETARG_DATUM(number), get_fn_expr_argtype(fcinfo->flinfo, number),
				   model->nkey, model->key, name, key);
	return key;
}

static void
read_options(Merge *merge, Jsonb *document)
{
	static const char *const known[] = {"delete", "dry_run", "fill", NULL};
	List	   *members = doc_document_members(document, NULL);

	doc_check_keys(members, known, "option");
	merge->filled = palloc0_array(bool, merge->model->nattributes);
	foreach_ptr(DocMember, member, members)
	{
		if (strcmp(member->key, "delete") == 0)
			merge->keeps = !doc_member_bool(member);
		else if (strcmp(member->key, "dry_run") == 0)
			merge->dry_run = doc_member_bool(member);
		else
			read_filled(merge, member);
	}
}

/* true: all; else names of attributes */
static void
read_filled(Merge *merge, DocMember *member)
{
	const Model *model = merge->model;

	if (member->value.type == jbvBool)
	{
		memset(merge->filled, member->value.val.boolean, model->nattributes);
		return;
	}
	foreach_ptr(char, name, doc_member_strings(member))
		merge->filled[model_attribute_at(model, name, &member->path) - model->attributes] = true;
}

/* a row that somebody else writes meanwhile where one is to go is met as a duplicate, and then known */
static void
run(void *arg)
{
	Merge	   *merge = arg;

	if (link_compare_keys(merge->model->nkey, merge->model->key, merge->from, merge->to) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a row of \"%s\" cannot be merged with itself", merge->model->name)));
	lock_links(merge);
	for (int conflicts = 0; conflicts < LINK_MAX_CONFLICTS; conflicts++)
	{
		CHECK_FOR_INTERRUPTS();
		if (attempt(merge_and_undo, merge, ERRCODE_UNIQUE_VIOLATION))
			return;
	}
	merge_and_undo(merge);
}

static void
merge_and_undo(void *arg)
{
	Merge	   *merge = arg;

	if (merge->dry_run)
		trial_undo(merge_once, merge);
	else
		merge_once(merge);
}

static void
merge_once(void *arg)
{
	Merge	   *merge = arg;
	MergeTable *table = merge_table(merge->model->relid);
	bool		to_first = is_after(merge);
	MergeRow   *first = root_row(merge, table, to_first ? merge->to : merge->from);
	MergeRow   *second = root_row(merge, table, to_first ? merge->from : merge->to);
	MergeRow   *from = to_first ? second : first;
	MergeRow   *to = to_first ? first : second;
	bool		deleted;
	StringInfoData report;

	initStringInfo(&report);
	appendStringInfo(&report, "{\"dry_run\": %s, \"references\": [", merge->dry_run ? "true" : "false");
	merge_rows(&report, from, to);
	deleted = !merge->keeps && merge_delete_row(from, merge->model);
	appendStringInfo(&report, "], \"deleted\": %s}", deleted ? "true" : "false");
	merge_fill_row(to, from, merge->filled);
	merge->report = report.data;
}

/* verbs that set the links of one of the two wait, or are waited for */
static void
lock_links(Merge *merge)
{
	bool		to_first = is_after(merge);
	Datum	   *keys[2] = {to_first ? merge->to : merge->from, to_first ? merge->from : merge->to};
	LinkCall  **calls = palloc_array(LinkCall *, 2 * merge->model->nassociations + 1);
	int			n = 0;

	for (int i = 0; i < merge->model->nassociations; i++)
	{
		const ResolvedAssociation *assoc = registry_resolve_association(&merge->model->associations[i]);

		for (int k = 0; k < 2 && !assoc->source_points; k++)
		{
			calls[n] = link_call_make(assoc);
			calls[n]->locking = LINK_LOCK_SET;
			link_name_sources(1, &calls[n], &keys[k]);
			n++;
		}
	}
	(void) link_lock_all(n, calls);
}

/* in key order, as all calls that lock several rows do */
static bool
is_after(Merge *merge)
{
	return link_compare_keys(merge->model->nkey, merge->model->key, merge->from, merge->to) > 0;
}

/* ---- rows ---- */

/* what is pointed at, and what may be filled */
static MergeRow *
root_row(Merge *merge, MergeTable *table, Datum *key)
{
	MergeRow   *row = palloc0_object(MergeRow);
	bool	   *requested = palloc0_array(bool, table->ncolumns);
	LinkIds		unknown = link_ids(1);
	const Model *model = merge->model;

	row->table = table;
	row->nident = model->nkey;
	row->ident = row->ident_like = model->key;
	row->idents = key;
	foreach_ptr(MergeReference, reference, merge_references(table))
	{
		for (int i = 0; i < reference->n; i++)
			requested[reference->pointed_at[i] - table->columns] = true;
		for (int i = 0; i < reference->nother; i++)
			requested[reference->other_at[i] - table->columns] = true;
	}
	for (int c = 0; c < table->ncolumns; c++)
	{
		const Attribute *attribute = model_attnum(model, table->columns[c].attnum);

		requested[c] |= attribute != NULL && (merge->filled[attribute - model->attributes] ||
											  attribute == model->deleted_at);
	}
	link_ids_add(&unknown, key, doc_path_key(NULL, key == merge->from ? "from_pk" : "to_pk"));
	if (!merge_read_row(row, requested) || merge_is_soft_deleted(row))
		link_raise_unknown(model, model->nkey, model->key, &unknown, NULL);
	return row;
}
