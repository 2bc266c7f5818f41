/*-------------------------------------------------------------------------
 *
 * link_many.c
 *	  assoc.set_many: the links of many sources set in one call.
 *
 * Decides how many sources become one call: the links of a join table are written with the
 * source's key as the first part of the target's, so that every statement
 * of link_through.c writes them all at once.  Where the link is a foreign key in a
 * row, link_direct.c does it.
 *
 * All is locked before the first is written.  Where there are too many the join table is locked
 * instead, before anything else is.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/arguments.h"
#include "base/compat.h"
#include "base/document.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "link/link.h"
#include "miscadmin.h"
#include "registry/keys.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

PG_FUNCTION_INFO_V1(assoc_set_many);

/* a call */
typedef struct ManySets
{
	int			n;
	LinkCall  **calls;			/* one for each source */
	bool		locked_alone;	/* each locks its source, or the join table is locked already */
} ManySets;

static void run_sets(void *arg);
static void set_all(LinkCall **calls, int n);
static ManySets read_calls(FunctionCallInfo fcinfo);
static LinkCall **read_rows(LinkCall *base, List *rows);
static LinkCall *read_row(LinkCall *base, const JsonbValue *row, const DocPath *path);
static void name_sources(LinkCall **calls, int n);
static void check_members(LinkCall *base, const JsonbValue *row, const DocPath *path);
static void check_distinct(LinkCall **calls, int n);
static bool can_be_joined(const ResolvedAssociation *assoc);
static int	shared_column(const ResolvedAssociation *assoc, int target);
static void set_together(LinkCall **calls, int n);
static LinkCall *joint_call(LinkCall **calls, int n);
static ResolvedAssociation *joint_association(const ResolvedAssociation *assoc);
static void share_out(LinkCall *joint, LinkCall **calls, int n);
static void add_end(ResolvedAssociation *joint, Attribute *ref, Attribute *key);
static Datum *join_keys(const LinkCall *call, const Datum *key);

/* model, alias, rows, options */
Datum
assoc_set_many(PG_FUNCTION_ARGS)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext cxt = AllocSetContextCreate(caller, "pg_associations link",
											  ALLOCSET_DEFAULT_SIZES);
	ManySets	sets;
	Datum		result;

	argument_require(fcinfo, 2, "rows");
	MemoryContextSwitchTo(cxt);
	registry_pin();
	sets = read_calls(fcinfo);
	link_run(fcinfo, 3, run_sets, &sets);
	MemoryContextSwitchTo(caller);
	result = link_diffs_document(sets.n, sets.calls);
	MemoryContextDelete(cxt);
	PG_RETURN_DATUM(result);
}

static void
run_sets(void *arg)
{
	ManySets   *sets = arg;

	if (sets->locked_alone)
		(void) link_lock_all(sets->n, sets->calls);
	set_all(sets->calls, sets->n);
	link_name_diffs(sets->n, sets->calls);
}

static void
set_all(LinkCall **calls, int n)
{
	if (n > 1 && calls[0]->assoc->through == NULL)
		link_direct_set_locked(calls, n);
	else if (n > 1 && calls[0]->mirror == NULL && can_be_joined(calls[0]->assoc))
		set_together(calls, n);
	else
	{
		for (int i = 0; i < n; i++)
			link_set(calls[i]);
	}
}

/* ---- input ---- */

static ManySets
read_calls(FunctionCallInfo fcinfo)
{
	ManySets	sets;
	JsonbValue	document;
	List	   *rows;
	LinkCall   *base;

	doc_root_value(PG_GETARG_JSONB_P(2), &document);
	doc_need_array(&document, doc_path_key(NULL, "rows"));
	rows = doc_array_elements(&document);
	sets.n = list_length(rows);
	sets.locked_alone = !link_too_many_locks(sets.n);
	base = link_call_resolve(link_source_relation(fcinfo, true),
							 argument_text(fcinfo, 1, "alias"),
							 sets.locked_alone ? RowExclusiveLock : ShareRowExclusiveLock);
	sets.calls = read_rows(base, rows);
	return sets;
}

static LinkCall **
read_rows(LinkCall *base, List *rows)
{
	LinkCall  **calls = palloc_array(LinkCall *, list_length(rows) + 1);
	List	   *failures = NIL;

	foreach_ptr(JsonbValue, row, rows)
	{
		int			i = foreach_current_index(row);

		CHECK_FOR_INTERRUPTS();
		calls[i] = read_row(base, row, doc_path_index(NULL, i));
		failures = list_concat(failures, calls[i]->failures);
	}
	validation_raise(base->assoc->through, failures, NULL);
	name_sources(calls, list_length(rows));
	check_distinct(calls, list_length(rows));
	return calls;
}

/* {"id": 1, "projects": [ids]}: the source's key by name, and the ids under the alias */
static LinkCall *
read_row(LinkCall *base, const JsonbValue *row, const DocPath *path)
{
	const char *alias = base->assoc->association->alias;
	LinkCall   *call = palloc_object(LinkCall);
	JsonbValue *ids;

	doc_need_object(row, path);
	check_members(base, row, path);
	*call = *base;
	call->locking = LINK_LOCK_SET;
	call->source_path = path;
	call->source_named = palloc_array(Datum, call->source_name.n);
	key_from_jsonb_members(row, call->source_name.n, call->source_name.columns, path,
						   call->source_named);
	ids = doc_get(row, alias);
	if (ids == NULL)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path,
					   "An empty array stands for no ids.",
					   "\"%s\" is not given", alias);
	if (ids->type == jbvNull && call->assoc->to_one)
		link_sort_items(call);
	else
		link_read_document(call, ids, doc_path_key(path, alias), NULL);
	return call;
}

static void
name_sources(LinkCall **calls, int n)
{
	Datum	  **named = palloc_array(Datum *, n + 1);

	for (int i = 0; i < n; i++)
		named[i] = calls[i]->source_named;
	if (n > 0)
		link_name_sources(n, calls, named);
}

static void
check_members(LinkCall *base, const JsonbValue *row, const DocPath *path)
{
	const char **known = palloc0_array(const char *, base->source_name.n + 2);

	known[0] = base->assoc->association->alias;
	for (int i = 0; i < base->source_name.n; i++)
		known[i + 1] = base->source_name.columns[i]->name;
	foreach_ptr(DocPair, pair, doc_object_pairs(row))
	{
		int			i = 0;

		while (known[i] != NULL && strcmp(known[i], pair->key) != 0)
			i++;
		if (known[i] == NULL)
			doc_unknown_key(doc_path_key(path, pair->key), known, "key");
	}
}

static void
check_distinct(LinkCall **calls, int n)
{
	KeyTable	sources;

	if (n == 0)
		return;
	key_table_init(&sources, calls[0]->nsource,
				   link_key_columns(calls[0]->nsource, calls[0]->source_key),
				   CurrentMemoryContext);
	for (int i = 0; i < n; i++)
	{
		bool		found;

		(void) key_table_add(&sources, calls[i]->source, &found);
		if (found)
			error_document(ERRCODE_INVALID_PARAMETER_VALUE, doc_path_index(NULL, i), NULL,
						   "the same row of \"%s\" is given twice", calls[i]->assoc->source->name);
	}
}

/* ---- together ---- */

/*
 * The two keys may share columns of the join table (a tenant).  Such a column is there
 * once, with the source's value, which must then be one of the target's column too.
 */
static bool
can_be_joined(const ResolvedAssociation *assoc)
{
	for (int t = 0; t < assoc->ntarget; t++)
	{
		int			s = shared_column(assoc, t);

		if (s >= 0 && getBaseType(assoc->source_key[s]->type) != getBaseType(assoc->target_key[t]->type))
			return false;
	}
	return true;
}

/* number of the source's column that is also this one of the target; -1: none */
static int
shared_column(const ResolvedAssociation *assoc, int target)
{
	for (int s = 0; s < assoc->nsource; s++)
	{
		if (assoc->source_ref[s]->attnum == assoc->target_ref[target]->attnum)
			return s;
	}
	return -1;
}

static void
set_together(LinkCall **calls, int n)
{
	LinkCall   *joint;

	for (int i = 0; i < n; i++)
		link_check_shared_columns(calls[i]);
	joint = joint_call(calls, n);
	link_through_set_locked(joint);
	share_out(joint, calls, n);
}

/* all items, each with its source in front of its key */
static LinkCall *
joint_call(LinkCall **calls, int n)
{
	LinkCall   *joint = palloc_object(LinkCall);
	int			first = 0;
	int			next = 0;

	*joint = *calls[0];
	joint->kept = palloc0_object(LinkKept);
	joint->kept->cxt = CurrentMemoryContext;
	joint->assoc = joint_association(calls[0]->assoc);
	joint->nkey = joint->assoc->ntarget;
	joint->key = joint->assoc->target_key;
	joint->key_columns = link_key_columns(joint->nkey, joint->key);
	joint->source = NULL;
	joint->nsources = n;
	joint->sources = palloc_array(Datum *, n);
	joint->source_path = NULL;
	joint->source_paths = palloc_array(const DocPath *, n);
	joint->nitems = 0;
	joint->items = NULL;
	for (int i = 0; i < n; i++)
	{
		joint->sources[i] = calls[i]->source;
		joint->source_paths[i] = calls[i]->source_path;
		first = next;
		for (int k = 0; k < calls[i]->nitems; k++)
		{
			LinkItem   *item = &calls[i]->items[k];

			link_append_item(joint, join_keys(calls[i], item->key),
							 item->payload, item->path);
			joint->items[joint->nitems - 1].given = first + item->given;
			next = Max(next, first + item->given + 1);
		}
	}
	link_sort_items(joint);
	return joint;
}

static ResolvedAssociation *
joint_association(const ResolvedAssociation *assoc)
{
	ResolvedAssociation *joint = palloc_object(ResolvedAssociation);

	*joint = *assoc;
	joint->nsource = 0;
	joint->ntarget = 0;
	joint->target_ref = palloc_array(Attribute *, assoc->nsource + assoc->ntarget);
	joint->target_key = palloc_array(Attribute *, assoc->nsource + assoc->ntarget);
	for (int s = 0; s < assoc->nsource; s++)
		add_end(joint, assoc->source_ref[s], assoc->source_key[s]);
	for (int t = 0; t < assoc->ntarget; t++)
	{
		if (shared_column(assoc, t) < 0)
			add_end(joint, assoc->target_ref[t], assoc->target_key[t]);
	}
	return joint;
}

static void
add_end(ResolvedAssociation *joint, Attribute *ref, Attribute *key)
{
	joint->target_ref[joint->ntarget] = ref;
	joint->target_key[joint->ntarget] = key;
	joint->ntarget++;
}

static Datum *
join_keys(const LinkCall *call, const Datum *key)
{
	Datum	   *joint = palloc_array(Datum, call->nsource + call->nkey);
	int			n = call->nsource;

	memcpy(joint, call->source, sizeof(Datum) * call->nsource);
	for (int t = 0; t < call->nkey; t++)
	{
		if (shared_column(call->assoc, t) < 0)
			joint[n++] = key[t];
	}
	return joint;
}

Datum *
link_joint_target(const LinkCall *joint, const Datum *key)
{
	const ResolvedAssociation *assoc = joint->declared;
	Datum	   *target = palloc_array(Datum, assoc->ntarget);
	int			n = assoc->nsource;

	for (int t = 0; t < assoc->ntarget; t++)
	{
		int			s = shared_column(assoc, t);

		target[t] = s >= 0 ? key[s] : key[n++];
	}
	return target;
}

/* the diff, to the sources that it is about */
static void
share_out(LinkCall *joint, LinkCall **calls, int n)
{
	KeyTable	sources = link_number_sources(calls, n);

	for (int outcome = 0; outcome < LINK_OUTCOMES; outcome++)
	{
		foreach_ptr(LinkRow, row, joint->diff[outcome])
		{
			int			number = key_table_find(&sources, row->key);

			/* a trigger may have written another source than was given */
			if (number >= 0)
				link_record(calls[number], outcome, link_joint_target(joint, row->key),
							row->link);
		}
	}
}

KeyTable
link_number_sources(LinkCall **calls, int n)
{
	KeyTable	sources;
	bool		found;

	key_table_init(&sources, calls[0]->nsource,
				   link_key_columns(calls[0]->nsource, calls[0]->source_key),
				   CurrentMemoryContext);
	for (int i = 0; i < n; i++)
		(void) key_table_add(&sources, calls[i]->source, &found);
	return sources;
}
