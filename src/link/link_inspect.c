/*-------------------------------------------------------------------------
 *
 * link_inspect.c
 *	  What an insert into a join table can run into, besides a link that is there.
 *
 * Decides whether a link may be inserted before anybody looks for it, and whether
 * there is anything to check before the statement does.  What the table says is
 * looked up once and kept with the association; rights are asked for at each call.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "access/sysattr.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "link/link.h"
#include "registry/kept_times.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "utils/acl.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/rls.h"
#include "validate/validator.h"

static bool names_conflict(LinkCall *call);
static bool inserts_plainly(LinkCall *call);
static bool is_referenced(LinkCall *call);
static bool gives_needed(LinkCall *call);
static bool is_given(LinkCall *call, AttrNumber attnum);
static LinkKept *inspect(LinkCall *call);
static bool has_no_triggers_or_rules(Relation rel);
static bool has_checks(Relation rel);
static bool has_unvalidated(Relation rel);
static Bitmapset *needed_columns(Relation rel);
static bool needs_value(Form_pg_attribute column);
static Bitmapset *add_default(Bitmapset *columns, Form_pg_attribute column, Node *expr);
static bool is_unpredictable(Node *expr, void *context);
static bool function_is_unpredictable(Oid function, void *context);
static bool has_domains(const Model *model);

/*
 * Whether a conflict with a link that is there says all there is to know of it: none can be
 * hidden, and an insert in vain costs no value of a sequence and runs into no constraint.
 * It waits for who is changing that link, which with several is not to happen while
 * others of them are inserted already.
 */
bool
link_may_insert_first(LinkCall *call)
{
	return call->nitems == 1 && !call->multiple && call->position == NULL && !link_has_live_condition(call) &&
		!XactReadOnly && names_conflict(call) && inserts_plainly(call) && is_referenced(call) &&
		gives_needed(call);
}

/* a key of some rows is not named by the insert, which then conflicts with any other too */
static bool
names_conflict(LinkCall *call)
{
	const LinkIdentity *identity = link_call_identity(call);

	return identity == NULL || !identity->partial;
}

/* the caller sees every link, and may insert */
static bool
inserts_plainly(LinkCall *call)
{
	const Model *model = call->ends->through;

	return inspect(call)->plain &&
		(!model->row_security ||
		 check_enable_rls(model->relid, InvalidOid, true) != RLS_ENABLED) &&
		pg_class_aclcheck(model->relid, GetUserId(), ACL_INSERT) == ACLCHECK_OK;
}

/* without foreign keys the ends are looked up first, which a link that stands gives no reason for */
static bool
is_referenced(LinkCall *call)
{
	return link_source_pointer(call).constraint != NULL &&
		link_target_pointer(call, NIL).constraint != NULL;
}

static bool
gives_needed(LinkCall *call)
{
	const Model *through = call->ends->through;
	const LinkPayload *payload = call->items[0].payload;
	Bitmapset  *needed = inspect(call)->needed;
	int			column = -1;

	/* what is given of a link that stands may be what is generated there */
	for (int a = 0; payload != NULL && a < through->nattributes; a++)
	{
		if (payload->given[a] && validation_is_generated(&through->attributes[a]))
			return false;
	}
	while ((column = bms_next_member(needed, column)) >= 0)
	{
		if (!is_given(call, column + FirstLowInvalidHeapAttributeNumber))
			return false;
	}
	return true;
}

bool
link_must_validate(LinkCall *call, LinkItem *item, bool inserting)
{
	const Model *through = call->ends->through;

	if (inspect(call)->constrained)
		return true;
	for (int a = 0; a < through->nattributes; a++)
	{
		const Attribute *attribute = &through->attributes[a];
		bool		in_payload = item->payload != NULL && item->payload->given[a];

		if (attribute->not_null &&
			(in_payload ? item->payload->nulls[a] :
			 inserting && !attribute->has_default && !link_is_key_column(call, attribute->attnum)))
			return true;
	}
	return false;
}

/* what the join table has that an insert can run into, looked up once */
static LinkKept *
inspect(LinkCall *call)
{
	LinkKept   *kept = call->kept;
	const Model *model = call->ends->through;
	Relation	rel;
	Bitmapset  *needed;
	MemoryContext caller;

	if (kept->inspected)
		return kept;
	rel = table_open(model->relid, NoLock);
	kept->plain = has_no_triggers_or_rules(rel) && !has_unvalidated(rel);
	kept->constrained = has_checks(rel) || has_domains(model);
	needed = needed_columns(rel);
	table_close(rel, NoLock);
	caller = MemoryContextSwitchTo(kept->cxt);
	kept->needed = bms_copy(needed);
	MemoryContextSwitchTo(caller);
	kept->inspected = true;
	return kept;
}

/*
 * Triggers of statements fire for an insert in vain too, and a table's own unique index knows
 * nothing of links in tables that inherit from it.
 */
static bool
has_no_triggers_or_rules(Relation rel)
{
	const TriggerDesc *triggers = rel->trigdesc;

	return rel->rd_rel->relkind == RELKIND_RELATION && !rel->rd_rel->relhassubclass &&
		rel->rd_rules == NULL &&
		(triggers == NULL ||
		 !(triggers->trig_insert_before_row || triggers->trig_insert_before_statement ||
		   triggers->trig_insert_after_statement));
}

static bool
has_checks(Relation rel)
{
	return rel->rd_att->constr != NULL && rel->rd_att->constr->num_check > 0;
}

/* a CHECK that a link that is there need not fulfil */
static bool
has_unvalidated(Relation rel)
{
	TupleConstr *constr = rel->rd_att->constr;

	for (int i = 0; constr != NULL && i < constr->num_check; i++)
	{
		if (!constr->check[i].ccvalid)
			return true;
	}
	return false;
}

/*
 * A link that is there may have other values than an insert would give it: what
 * its CHECKs or NOT NULLs would refuse, what its defaults or generated columns could not
 * compute, or would take from a sequence, is then no matter.
 */
static Bitmapset *
needed_columns(Relation rel)
{
	TupleDesc	desc = rel->rd_att;
	TupleConstr *constr = desc->constr;
	Bitmapset  *columns = NULL;

	for (int i = 0; i < desc->natts; i++)
	{
		if (needs_value(TupleDescAttr(desc, i)))
			columns = bms_add_member(columns, i + 1 - FirstLowInvalidHeapAttributeNumber);
	}
	for (int i = 0; constr != NULL && i < constr->num_check; i++)
		pull_varattnos(stringToNode(constr->check[i].ccbin), 1, &columns);
	for (int i = 0; constr != NULL && i < constr->num_defval; i++)
		columns = add_default(columns, TupleDescAttr(desc, constr->defval[i].adnum - 1),
							  stringToNode(constr->defval[i].adbin));
	return columns;
}

static bool
needs_value(Form_pg_attribute column)
{
	return !column->attisdropped &&
		(column->attidentity != '\0' || (column->attnotnull && !column->atthasdef) ||
		 get_typtype(column->atttypid) == TYPTYPE_DOMAIN);
}

static Bitmapset *
add_default(Bitmapset *columns, Form_pg_attribute column, Node *expr)
{
	if (column->attgenerated != '\0')
		pull_varattnos(expr, 1, &columns);
	else if (is_unpredictable(expr, NULL))
		columns = bms_add_member(columns, column->attnum - FirstLowInvalidHeapAttributeNumber);
	return columns;
}

/* might a default fail, be NULL, or leave a trace (nextval, current_setting)? */
static bool
is_unpredictable(Node *expr, void *context)
{
	if (expr == NULL)
		return false;
	if (IsA(expr, NextValueExpr) || check_functions_in_node(expr, function_is_unpredictable, context))
		return true;
	return expression_tree_walker(expr, is_unpredictable, context);
}

static bool
function_is_unpredictable(Oid function, void *context pg_attribute_unused())
{
	switch (function)
	{
		case F_NOW:
		case F_TRANSACTION_TIMESTAMP:
		case F_STATEMENT_TIMESTAMP:
		case F_CLOCK_TIMESTAMP:
		case F_TIMESTAMP_TIMESTAMPTZ:
		case F_DATE_TIMESTAMPTZ:
		case F_GEN_RANDOM_UUID:
			return false;
		default:
			return func_volatile(function) != PROVOLATILE_IMMUTABLE;
	}
}

/* is the column one of the link's keys, or set by the payload of the one item, or by the verb? */
static bool
is_given(LinkCall *call, AttrNumber attnum)
{
	const LinkPayload *payload = call->nitems > 0 ? call->items[0].payload : NULL;
	const Model *through = call->ends->through;
	const Attribute *attribute = model_attnum(through, attnum);

	return link_is_key_column(call, attnum) ||
		(attribute != NULL && kept_by_verbs(through, attribute)) ||
		(attribute != NULL && payload != NULL && payload->given[attribute - through->attributes]);
}

bool
link_is_key_column(LinkCall *call, AttrNumber attnum)
{
	const ResolvedAssociation *ends = call->ends;

	return model_attnum_among(attnum, ends->nsource, ends->source_ref) ||
		model_attnum_among(attnum, ends->ntarget, ends->target_ref);
}

static bool
has_domains(const Model *model)
{
	for (int i = 0; i < model->nattributes; i++)
	{
		if (get_typtype(model->attributes[i].type) == TYPTYPE_DOMAIN)
			return true;
	}
	return false;
}
