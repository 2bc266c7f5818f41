/*-------------------------------------------------------------------------
 *
 * violation_facts.c
 *	  What the names in the server's errors about a table mean.
 *
 * Reads the catalogs for violation.c, which cannot do so when there is an error.  The
 * model's invalidation covers all of it but the name of an index or a partition that
 * is renamed: then the error stays as the server gives it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/sysattr.h"
#include "access/table.h"
#include "access/transam.h"
#include "base/compat.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "optimizer/optimizer.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "validate/violation_facts.h"

static ViolationFacts *make_facts(const Model *model);
static void name_children(ViolationFacts *facts, const Model *model);
static void find_types(ViolationFacts *facts, const Model *model);
static void find_keys(ViolationFacts *facts, const Model *model);
static KeyTerms *index_terms(const Model *model, Relation index);
static void add_expressions(KeyTerms *terms, const Model *model, Relation index);
static KeyTerms *foreign_key_terms(const Model *model, const ForeignKeyCacheInfo *fk);
static void name_target(KeyTerms *terms, const ForeignKeyCacheInfo *fk);
static const char *shown_columns(const KeyTerms *terms, const Model *model, bool quoted);
static void note_early(ViolationFacts *facts);

const ViolationFacts *
violation_facts(const Model *model)
{
	ViolationFacts *facts = model->violation_facts;

	if (facts != NULL && registry_stamp_holds(&facts->stamp))
		return facts;
	unconstify(Model *, model)->violation_facts = NULL;
	if (facts != NULL)
		registry_retire(facts->cxt);
	facts = make_facts(model);
	MemoryContextSetParent(facts->cxt, model->cxt);
	unconstify(Model *, model)->violation_facts = facts;
	return facts;
}

static ViolationFacts *
make_facts(const Model *model)
{
	RegistryRecorder *recorder = registry_record();
	MemoryContext cxt = AllocSetContextCreate(CurrentMemoryContext, "pg_associations violation facts",
											  ALLOCSET_SMALL_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(cxt);
	ViolationFacts *facts = palloc0_object(ViolationFacts);

	facts->cxt = cxt;
	(void) registry_watch_relation(model->relid);
	facts->distributed = model->distributed;
	if (model->has_children)
		name_children(facts, model);
	find_types(facts, model);
	find_keys(facts, model);
	note_early(facts);
	registry_stamp(recorder, &facts->stamp);
	MemoryContextSwitchTo(caller);
	return facts;
}

static void
name_children(ViolationFacts *facts, const Model *model)
{
	List	   *children = find_all_inheritors(model->relid, NoLock, NULL);

	facts->tables = palloc_array(TableName, list_length(children));
	foreach_oid(child, children)
	{
		char	   *table = get_rel_name(child);
		char	   *schema = table ? get_namespace_name(get_rel_namespace(child)) : NULL;

		if (schema != NULL)
			facts->tables[facts->ntables++] = (TableName) {schema, table};
	}
}

/* those of other types than the server's own scalar ones may read catalogs */
static void
find_types(ViolationFacts *facts, const Model *model)
{
	facts->types = palloc0_array(ShownType, Max(model->nattributes, 1));
	for (int a = 0; a < model->nattributes; a++)
	{
		ShownType  *shown = &facts->types[a];
		Oid			output;
		bool		varlena;

		shown->type = getBaseType(model->attributes[a].type);
		shown->early = shown->type >= FirstGenbkiObjectId ||
			get_typtype(shown->type) != TYPTYPE_BASE ||
			OidIsValid(get_element_type(shown->type));
		getTypeOutputInfo(shown->type, &output, &varlena);
		fmgr_info(output, &shown->output);
	}
}

static void
find_keys(ViolationFacts *facts, const Model *model)
{
	Relation	rel = table_open(model->relid, NoLock);

	foreach_oid(oid, RelationGetIndexList(rel))
	{
		Relation	index = index_open(oid, AccessShareLock);

		if (index->rd_index->indisunique || index->rd_index->indisexclusion)
			facts->keys = lappend(facts->keys, index_terms(model, index));
		index_close(index, AccessShareLock);
	}
	foreach_ptr(ForeignKeyCacheInfo, fk, RelationGetFKeyList(rel))
		facts->keys = lappend(facts->keys, foreign_key_terms(model, fk));
	table_close(rel, NoLock);
}

static KeyTerms *
index_terms(const Model *model, Relation index)
{
	Form_pg_index form = index->rd_index;
	KeyTerms   *terms = palloc0_object(KeyTerms);

	terms->name = pstrdup(RelationGetRelationName(index));
	terms->validator = form->indisexclusion ? "exclusion" : "unique";
	terms->attributes = palloc_array(int, model->nattributes + form->indnkeyatts);
	terms->plain = true;
	for (int i = 0; i < form->indnkeyatts; i++)
	{
		Attribute  *column = model_attnum(model, form->indkey.values[i]);

		if (column != NULL)
			terms->attributes[terms->n++] = column - model->attributes;
		else
			terms->plain = false;
	}
	if (terms->plain)
		terms->shown = shown_columns(terms, model, true);
	else
		add_expressions(terms, model, index);
	return terms;
}

static void
add_expressions(KeyTerms *terms, const Model *model, Relation index)
{
	Bitmapset  *columns = NULL;
	int			member = -1;

	pull_varattnos((Node *) RelationGetIndexExpressions(index), 1, &columns);
	while ((member = bms_next_member(columns, member)) >= 0)
	{
		Attribute  *column = model_attnum(model, member + FirstLowInvalidHeapAttributeNumber);

		if (column != NULL)
			terms->attributes[terms->n++] = column - model->attributes;
	}
}

static KeyTerms *
foreign_key_terms(const Model *model, const ForeignKeyCacheInfo *fk)
{
	KeyTerms   *terms = palloc0_object(KeyTerms);

	terms->name = get_constraint_name(fk->conoid);
	terms->validator = "foreignKey";
	terms->attributes = palloc_array(int, fk->nkeys);
	terms->plain = true;
	for (int i = 0; i < fk->nkeys; i++)
		terms->attributes[terms->n++] = model_attnum(model, fk->conkey[i]) - model->attributes;
	terms->shown = shown_columns(terms, model, false);
	name_target(terms, fk);
	return terms;
}

static void
name_target(KeyTerms *terms, const ForeignKeyCacheInfo *fk)
{
	const Model *target = registry_model_if_any(fk->confrelid);

	terms->target = target ? pstrdup(target->name) : get_rel_name(fk->confrelid);
	terms->target_keys = palloc_array(const char *, fk->nkeys);
	for (int i = 0; i < fk->nkeys; i++)
	{
		Attribute  *column = target ? model_attnum(target, fk->confkey[i]) : NULL;

		terms->target_keys[i] = column ? pstrdup(column->name) :
			get_attname(fk->confrelid, fk->confkey[i], true);
	}
}

/* as BuildIndexValueDescription and RI_ReportViolation write them */
static const char *
shown_columns(const KeyTerms *terms, const Model *model, bool quoted)
{
	StringInfoData buf;

	initStringInfo(&buf);
	for (int i = 0; i < terms->n; i++)
	{
		const char *column = model->attributes[terms->attributes[i]].column;

		appendStringInfo(&buf, "%s%s", i > 0 ? ", " : "",
						 quoted ? quote_identifier(column) : column);
	}
	return buf.data;
}

static void
note_early(ViolationFacts *facts)
{
	foreach_ptr(KeyTerms, terms, facts->keys)
	{
		for (int i = 0; i < terms->n; i++)
		{
			if (facts->types[terms->attributes[i]].early)
				facts->early = bms_add_member(facts->early, terms->attributes[i]);
		}
	}
}
