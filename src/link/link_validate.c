/*-------------------------------------------------------------------------
 *
 * link_validate.c
 *	  Constraints of links, before they are written.
 *
 * Decides what of a link is known then: its keys and scope where it is new, else only what its
 * payload gives.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "base/compat.h"
#include "catalog/pg_type.h"
#include "link/link.h"
#include "registry/keys.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "validate/validator.h"

static List *validate_item(LinkCall *call, LinkItem *item, bool inserting, List *failures);
static bool must_validate(LinkCall *call, LinkItem *item, bool inserting);
static bool is_constrained(LinkCall *call);
static bool has_checks(Relation rel);
static bool has_domains(const Model *model);
static char *shown_value(const LinkPayload *payload, int number, const Attribute *attribute);
static Datum as_column(Attribute *ref, const Attribute *key, Datum value);
static void fill_link_columns(LinkCall *call, LinkItem *item,
							  Datum *values, bool *nulls, bool *given);

/* all failures of all rows in one error, before anything is written */
void
link_through_validate(LinkCall *call, List *missing, List *changed, List *hidden)
{
	List	   *failures = NIL;
	ListCell   *lc;

	foreach_ptr(LinkItem, item, missing)
		failures = validate_item(call, item, true, failures);
	foreach(lc, changed)
		failures = validate_item(call, lfirst(lc), false, failures);
	foreach(lc, hidden)
		failures = validate_item(call, lfirst(lc), false, failures);
	validation_raise(call->assoc->through, failures, NULL);
}

/*
 * A payload shared by all ids is checked, and reported, once: constraints over
 * it and the keys together are then left to the statement for the other ids.
 */
static List *
validate_item(LinkCall *call, LinkItem *item, bool inserting, List *failures)
{
	const ResolvedAssociation *assoc = call->assoc;
	const Model *through = assoc->through;
	LinkPayload *payload = item->payload;
	bool	   *checked = payload ? &payload->checked[inserting] : &call->checked_empty;
	int			width = through->attributes[through->nattributes - 1].attnum;
	Datum	   *values;
	bool	   *nulls;
	bool	   *given;

	if (*checked || (payload == NULL && !inserting))
		return failures;
	failures = link_generated_failures(call, payload, failures);
	if (!must_validate(call, item, inserting))
		return failures;
	*checked = true;
	values = palloc0_array(Datum, width);
	nulls = palloc0_array(bool, width);
	given = palloc0_array(bool, width);
	for (int a = 0; payload && a < through->nattributes; a++)
	{
		int			number = through->attributes[a].attnum - 1;

		values[number] = payload->values[a];
		nulls[number] = payload->nulls[a];
		/* the server knows what an operation makes of the value that is there */
		given[number] = payload->given[a] &&
			(inserting || link_operation(payload, a) == OPERATION_NONE);
	}
	if (inserting)
		fill_link_columns(call, item, values, nulls, given);
	return validate_row(through, values, nulls, given, inserting,
						payload ? payload->path :
						doc_path_key(call->nested ? item->path : NULL, "through"), failures,
						&call->checks);
}

/* false: the statement that writes checks all that can fail */
static bool
must_validate(LinkCall *call, LinkItem *item, bool inserting)
{
	const Model *through = call->assoc->through;

	if (is_constrained(call))
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

/* by more than NOT NULL; looked up once */
static bool
is_constrained(LinkCall *call)
{
	LinkKept   *kept = call->kept;
	const Model *model = call->assoc->through;
	Relation	rel;

	if (kept->inspected)
		return kept->constrained;
	rel = table_open(model->relid, NoLock);
	kept->constrained = has_checks(rel) || has_domains(model);
	table_close(rel, NoLock);
	kept->inspected = true;
	return kept->constrained;
}

static bool
has_checks(Relation rel)
{
	return rel->rd_att->constr != NULL && rel->rd_att->constr->num_check > 0;
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

List *
link_generated_failures(LinkCall *call, const LinkPayload *payload, List *failures)
{
	const Model *through = call->assoc->through;

	for (int a = 0; payload != NULL && a < through->nattributes; a++)
	{
		const Attribute *attribute = &through->attributes[a];

		if (payload->given[a] && validation_is_generated(attribute) &&
			(call->use != LINK_CHANGES || !model_attnum_among(attribute->attnum, through->nkey, through->key)))
			failures = lappend(failures,
							   validation_generated(through, attribute, payload->path,
													shown_value(payload, a, attribute)));
	}
	return failures;
}

static char *
shown_value(const LinkPayload *payload, int number, const Attribute *attribute)
{
	if (payload->nulls[number])
		return NULL;
	return validation_value(getBaseType(attribute->type),
							key_datum_text(payload->values[number], attribute->type));
}

/* what the column that points gets of a key, whose type may be another */
static Datum
as_column(Attribute *ref, const Attribute *key, Datum value)
{
	if (getBaseType(ref->type) != getBaseType(key->type))
		key_from_datum(value, getBaseType(key->type), 1, &ref, ref->name, &value);
	return value;
}

/* keys and scope of a link that is inserted */
static void
fill_link_columns(LinkCall *call, LinkItem *item, Datum *values, bool *nulls, bool *given)
{
	const ResolvedAssociation *assoc = call->assoc;

	for (int i = 0; i < assoc->nsource; i++)
	{
		values[assoc->source_ref[i]->attnum - 1] = as_column(assoc->source_ref[i], assoc->source_key[i],
															call->source[i]);
		given[assoc->source_ref[i]->attnum - 1] = true;
	}
	for (int i = 0; i < assoc->ntarget; i++)
	{
		values[assoc->target_ref[i]->attnum - 1] = as_column(assoc->target_ref[i], assoc->target_key[i],
															item->key[i]);
		given[assoc->target_ref[i]->attnum - 1] = true;
	}
	for (int i = 0; i < call->nscope; i++)
	{
		int			number = call->scope[i].attribute->attnum - 1;

		values[number] = call->scope[i].value;
		nulls[number] = call->scope[i].isnull;
		given[number] = true;
	}
}
