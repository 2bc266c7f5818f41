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

#include "compat.h"
#include "access/sysattr.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "link.h"
#include "miscadmin.h"
#include "nodes/readfuncs.h"
#include "optimizer/optimizer.h"
#include "utils/acl.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/rls.h"

static bool inserts_plainly(LinkCall *call);
static bool checks_only_given(LinkCall *call);
static bool is_given(LinkCall *call, AttrNumber attnum);
static bool is_key(LinkCall *call, AttrNumber attnum);
static LinkKept *inspect(LinkCall *call);
static bool refuses_no_row(Relation rel);
static bool has_checks(Relation rel);
static Bitmapset *checked_columns(Relation rel);
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
	const Model *through = call->ends->through;

	if (call->nitems > 1 || call->multiple || link_has_live_condition(call) || XactReadOnly ||
		!inserts_plainly(call))
		return false;
	for (int a = 0; a < through->nattributes; a++)
	{
		const Attribute *attribute = &through->attributes[a];

		if (attribute->identity != '\0' ||
			(attribute->not_null && !attribute->has_default && !is_given(call, attribute->attnum)))
			return false;
	}
	return true;
}

/*
 * No trigger or rule can refuse a row, which would look like a conflict; no CHECK can
 * fail over a default that the link that is there does not have; the caller sees every
 * link, and may insert.
 */
static bool
inserts_plainly(LinkCall *call)
{
	const Model *model = call->ends->through;

	return inspect(call)->plain && checks_only_given(call) &&
		(!model->row_security ||
		 check_enable_rls(model->relid, InvalidOid, true) != RLS_ENABLED) &&
		pg_class_aclcheck(model->relid, GetUserId(), ACL_INSERT) == ACLCHECK_OK;
}

static bool
checks_only_given(LinkCall *call)
{
	Bitmapset  *checked = inspect(call)->checked;
	int			column = -1;

	while ((column = bms_next_member(checked, column)) >= 0)
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
			 inserting && !attribute->has_default && !is_key(call, attribute->attnum)))
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
	MemoryContext caller;
	Relation	rel;

	if (kept->inspected)
		return kept;
	caller = MemoryContextSwitchTo(kept->cxt);
	rel = table_open(model->relid, NoLock);
	kept->plain = refuses_no_row(rel);
	kept->checked = checked_columns(rel);
	kept->constrained = has_checks(rel) || has_domains(model);
	table_close(rel, NoLock);
	kept->inspected = true;
	MemoryContextSwitchTo(caller);
	return kept;
}

static bool
refuses_no_row(Relation rel)
{
	return rel->rd_rel->relkind == RELKIND_RELATION && rel->rd_rules == NULL &&
		(rel->trigdesc == NULL || !rel->trigdesc->trig_insert_before_row);
}

static bool
has_checks(Relation rel)
{
	return rel->rd_att->constr != NULL && rel->rd_att->constr->num_check > 0;
}

static Bitmapset *
checked_columns(Relation rel)
{
	TupleConstr *constr = rel->rd_att->constr;
	Bitmapset  *columns = NULL;

	for (int i = 0; constr != NULL && i < constr->num_check; i++)
		pull_varattnos(stringToNode(constr->check[i].ccbin), 1, &columns);
	return columns;
}

/* is the column one of the link's keys, or set by the payload of the one item? */
static bool
is_given(LinkCall *call, AttrNumber attnum)
{
	const LinkPayload *payload = call->nitems > 0 ? call->items[0].payload : NULL;
	const Model *through = call->ends->through;
	const Attribute *attribute = model_attnum(through, attnum);

	return is_key(call, attnum) ||
		(attribute != NULL && payload != NULL && payload->given[attribute - through->attributes]);
}

static bool
is_key(LinkCall *call, AttrNumber attnum)
{
	const AssociationEnds *ends = call->ends;

	for (int i = 0; i < ends->nsource; i++)
	{
		if (ends->source_ref[i]->attnum == attnum)
			return true;
	}
	for (int i = 0; i < ends->ntarget; i++)
	{
		if (ends->target_ref[i]->attnum == attnum)
			return true;
	}
	return false;
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
