/*-------------------------------------------------------------------------
 *
 * validator_check.c
 *	  All constraints of a row at once.
 *
 * PostgreSQL stops at the first constraint that fails.  Here NOT NULL, the CHECK
 * constraints of the table and those of its columns' domains are evaluated as they
 * stand in the catalogs, and every failure is collected.  This only reports earlier and
 * more: the statement that follows is checked by PostgreSQL as ever.  So what a trigger may
 * still mend is not judged here.  What the server then refuses violation.c puts in the same
 * terms.
 *
 * Expressions run as the caller, who would run them by writing the row.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "access/table.h"
#include "base/compat.h"
#include "base/rights.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_type.h"
#include "commands/comment.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/bitmapset.h"
#include "optimizer/optimizer.h"
#include "registry/kept_times.h"
#include "registry/keys.h"
#include "registry/table_rewrites.h"
#include "rewrite/rewriteHandler.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/typcache.h"
#include "validate/validator.h"

/* a CHECK constraint of the table */
typedef struct PreparedCheck
{
	CheckTerms	terms;
	Bitmapset  *columns;		/* offset by FirstLowInvalidHeapAttributeNumber */
	ExprState  *state;
} PreparedCheck;

/* whether a question was asked, and the answer */
typedef enum Answer
{
	ANSWER_UNKNOWN,
	ANSWER_NO,
	ANSWER_YES
} Answer;

/* the constraints of a domain over a column */
typedef struct PreparedDomain
{
	Attribute  *attribute;
	DomainConstraintRef *constraints;
} PreparedDomain;

/* what an INSERT puts where nothing is given */
typedef struct ColumnDefault
{
	bool		known;			/* before it is done */
	ExprState  *state;			/* NULL: null */
} ColumnDefault;

struct RowValidator
{
	const Model *model;
	Relation	rel;
	EState	   *estate;
	ExprContext *econtext;
	TupleTableSlot *slot;
	List	   *checks;			/* of PreparedCheck */
	List	   *domains;		/* of PreparedDomain */
	Answer		rewrites[2];	/* may the table change a row first? [inserting] */
	Bitmapset  *checked;		/* columns of the checks, offset as theirs */
	ColumnDefault *defaults;	/* by attribute number - 1; NULL: not looked up */
	List	   *pending;		/* of Attribute *: columns that get a value later */

	/* the row in hand */
	const Datum *values;
	const bool *nulls;
	const bool *given;
	bool	   *known;			/* given, or the default is in the slot */
	bool		inserting;
	const DocPath *path;
	List	   *failures;
};

static void prepare_checks(RowValidator *validator);
static PreparedCheck *prepare_check(RowValidator *validator, ConstrCheck *check);
static void name_check(RowValidator *validator, PreparedCheck *prepared, const char *constraint);
static Attribute *single_column(const Model *model, Bitmapset *columns);
static void prepare_domains(RowValidator *validator);
static void check_nulls(RowValidator *validator);
static bool is_missing(RowValidator *validator, const Attribute *attribute);
static bool may_change(RowValidator *validator);
static void check_domains(RowValidator *validator);
static void check_domain(RowValidator *validator, PreparedDomain *domain);
static bool domain_constraint_holds(RowValidator *validator, DomainConstraintState *constraint);
static void fill_slot(RowValidator *validator);
static void fill_default(RowValidator *validator, int column);
static bool has_known_default(RowValidator *validator, int column);
static bool is_pending(RowValidator *validator, int column);
static void look_up_defaults(RowValidator *validator);
static void check_constraints(RowValidator *validator);
static bool all_known(RowValidator *validator, Bitmapset *columns);
static void fail(RowValidator *validator, Attribute *attribute, const char *name,
				 const char *message);
static char *shown_value(RowValidator *validator, Attribute *attribute);

List *
validate_row(const Model *model, const Datum *values, const bool *nulls,
			 const bool *given, bool inserting,
			 const DocPath *path, List *failures, List **checks)
{
	RowValidator *validator = validator_row_begin(model);
	int			natts = validator_row_ncolumns(validator);
	int			n = model->attributes[model->nattributes - 1].attnum;
	Datum	   *all_values = palloc0_array(Datum, natts);
	bool	   *all_nulls = palloc0_array(bool, natts);
	bool	   *all_given = palloc0_array(bool, natts);

	/* the last columns may be dropped ones, which are no attributes */
	memcpy(all_values, values, sizeof(Datum) * n);
	memcpy(all_nulls, nulls, sizeof(bool) * n);
	memcpy(all_given, given, sizeof(bool) * n);
	failures = validator_row_check(validator, all_values, all_nulls, all_given, inserting,
								   path, failures);
	*checks = validator_row_checks(validator);
	validator_row_end(validator);
	return failures;
}

RowValidator *
validator_row_begin(const Model *model)
{
	RowValidator *validator = palloc0_object(RowValidator);

	/* values are tried against its CHECKs: for those who could see or write them */
	rights_require(model->relid, ACL_SELECT | ACL_INSERT | ACL_UPDATE);
	validator->model = model;
	validator->rel = table_open(model->relid, AccessShareLock);
	validator->estate = CreateExecutorState();
	validator->econtext = GetPerTupleExprContext(validator->estate);
	validator->slot = MakeSingleTupleTableSlot(RelationGetDescr(validator->rel),
											   &TTSOpsVirtual);
	prepare_checks(validator);
	prepare_domains(validator);
	validator->known = palloc_array(bool, validator_row_ncolumns(validator));
	return validator;
}

void
validator_row_expect(RowValidator *validator, List *columns)
{
	validator->pending = columns;
}

void
validator_row_end(RowValidator *validator)
{
	ExecDropSingleTupleTableSlot(validator->slot);
	FreeExecutorState(validator->estate);
	table_close(validator->rel, AccessShareLock);
	pfree(validator);
}

List *
validator_row_checks(const RowValidator *validator)
{
	List	   *terms = NIL;

	foreach_ptr(PreparedCheck, check, validator->checks)
		terms = lappend(terms, &check->terms);
	return terms;
}

int
validator_row_ncolumns(const RowValidator *validator)
{
	return RelationGetDescr(validator->rel)->natts;
}

static void
prepare_checks(RowValidator *validator)
{
	TupleConstr *constr = RelationGetDescr(validator->rel)->constr;

	for (int i = 0; constr != NULL && i < constr->num_check; i++)
	{
		ConstrCheck *check = &constr->check[i];

		if (assoc_check_is_enforced(check))
			validator->checks = lappend(validator->checks, prepare_check(validator, check));
	}
}

static PreparedCheck *
prepare_check(RowValidator *validator, ConstrCheck *check)
{
	PreparedCheck *prepared = palloc0_object(PreparedCheck);
	Expr	   *expression = stringToNode(check->ccbin);

	pull_varattnos((Node *) expression, 1, &prepared->columns);
	validator->checked = bms_add_members(validator->checked, prepared->columns);
	prepared->terms.attribute = single_column(validator->model, prepared->columns);
	name_check(validator, prepared, check->ccname);
	prepared->state = ExecPrepareExpr(expression, validator->estate);
	return prepared;
}

/* a validator is identified by its constraint's name; its own message is the constraint's comment */
static void
name_check(RowValidator *validator, PreparedCheck *prepared, const char *constraint)
{
	CheckTerms *terms = &prepared->terms;
	Oid			oid;

	terms->constraint = pstrdup(constraint);
	terms->validator = validator_of_constraint(terms->constraint);
	if (terms->validator == NULL || terms->attribute == NULL)
	{
		terms->validator = "check";
		terms->message = psprintf("check constraint \"%s\" failed", constraint);
		return;
	}
	oid = get_relation_constraint_oid(RelationGetRelid(validator->rel), constraint, true);
	if (OidIsValid(oid))
		terms->message = GetComment(oid, ConstraintRelationId, 0);
	if (terms->message == NULL)
		terms->message = psprintf("Validation %s on %s failed", terms->validator,
								  terms->attribute->name);
}

static Attribute *
single_column(const Model *model, Bitmapset *columns)
{
	int			member;

	if (!bms_get_singleton_member(columns, &member))
		return NULL;
	return model_attnum(model, member + FirstLowInvalidHeapAttributeNumber);
}

static void
prepare_domains(RowValidator *validator)
{
	const Model *model = validator->model;

	for (int i = 0; i < model->nattributes; i++)
	{
		Attribute  *attribute = &model->attributes[i];
		PreparedDomain *domain;

		if (get_typtype(attribute->type) != TYPTYPE_DOMAIN)
			continue;
		domain = palloc0_object(PreparedDomain);
		domain->attribute = attribute;
		domain->constraints = palloc0_object(DomainConstraintRef);
		InitDomainConstraintRef(attribute->type, domain->constraints,
								CurrentMemoryContext, true);
		validator->domains = lappend(validator->domains, domain);
	}
}

List *
validator_row_check(RowValidator *validator, const Datum *values, const bool *nulls,
					const bool *given, bool inserting,
					const DocPath *path, List *failures)
{
	CHECK_FOR_INTERRUPTS();
	validator->values = values;
	validator->nulls = nulls;
	validator->given = given;
	validator->inserting = inserting;
	validator->path = path;
	validator->failures = failures;

	check_nulls(validator);
	check_domains(validator);
	fill_slot(validator);
	check_constraints(validator);
	ExecClearTuple(validator->slot);
	ResetExprContext(validator->econtext);
	return validator->failures;
}

static void
check_nulls(RowValidator *validator)
{
	const Model *model = validator->model;

	for (int i = 0; i < model->nattributes; i++)
	{
		Attribute  *attribute = &model->attributes[i];

		if (attribute->not_null && is_missing(validator, attribute) && !may_change(validator))
			fail(validator, attribute, "notNull",
				 psprintf("%s.%s cannot be null", model->name, attribute->name));
	}
}

/*
 * Will the row have a null there, as far as the data and the defaults decide?  Behind a view there
 * may be others.
 */
static bool
is_missing(RowValidator *validator, const Attribute *attribute)
{
	int			column = attribute->attnum - 1;

	return validator->given[column] ? validator->nulls[column] :
		validator->inserting && !attribute->has_default &&
		validator->rel->rd_rel->relkind != RELKIND_VIEW;
}

/* a row that the table may change is for the server to judge */
static bool
may_change(RowValidator *validator)
{
	Answer	   *answer = &validator->rewrites[validator->inserting];

	if (*answer == ANSWER_UNKNOWN)
		*answer = table_rewrites_rows(validator->rel, validator->inserting ? CMD_INSERT : CMD_UPDATE) ?
			ANSWER_YES : ANSWER_NO;
	return *answer == ANSWER_YES;
}

/* judged before any trigger fires: of what is given, and of a null in its place */
static void
check_domains(RowValidator *validator)
{
	foreach_ptr(PreparedDomain, domain, validator->domains)
	{
		if (validator->given[domain->attribute->attnum - 1] ||
			is_missing(validator, domain->attribute))
			check_domain(validator, domain);
	}
}

static void
check_domain(RowValidator *validator, PreparedDomain *domain)
{
	Attribute  *attribute = domain->attribute;
	int			column = attribute->attnum - 1;

	validator->econtext->domainValue_isNull = is_missing(validator, attribute);
	validator->econtext->domainValue_datum = validator->econtext->domainValue_isNull ?
		(Datum) 0 : validator->values[column];
	UpdateDomainConstraintRef(domain->constraints);
	foreach_ptr(DomainConstraintState, constraint, domain->constraints->constraints)
	{
		if (domain_constraint_holds(validator, constraint))
			continue;
		if (constraint->constrainttype == DOM_CONSTRAINT_NOTNULL)
			fail(validator, attribute, "notNull",
				 psprintf("%s.%s cannot be null", validator->model->name, attribute->name));
		else
			fail(validator, attribute, "check",
				 psprintf("check constraint \"%s\" of type %s failed", constraint->name,
						  format_type_be(attribute->type)));
	}
}

static bool
domain_constraint_holds(RowValidator *validator, DomainConstraintState *constraint)
{
	if (constraint->constrainttype == DOM_CONSTRAINT_NOTNULL)
		return !validator->econtext->domainValue_isNull;
	return ExecCheck(constraint->check_exprstate, validator->econtext);
}

static void
fill_slot(RowValidator *validator)
{
	TupleTableSlot *slot = validator->slot;

	ExecClearTuple(slot);
	for (int i = 0; i < slot->tts_tupleDescriptor->natts; i++)
	{
		validator->known[i] = validator->given[i];
		slot->tts_isnull[i] = !validator->given[i] || validator->nulls[i];
		slot->tts_values[i] = slot->tts_isnull[i] ? (Datum) 0 : validator->values[i];
		if (!validator->given[i] && has_known_default(validator, i))
			fill_default(validator, i);
	}
	ExecStoreVirtualTuple(slot);
	slot->tts_tableOid = RelationGetRelid(validator->rel);
	validator->econtext->ecxt_scantuple = slot;
}

static void
fill_default(RowValidator *validator, int column)
{
	TupleTableSlot *slot = validator->slot;
	ExprState  *state = validator->defaults[column].state;

	validator->known[column] = true;
	if (state != NULL)
		slot->tts_values[column] = ExecEvalExprSwitchContext(state, validator->econtext,
															 &slot->tts_isnull[column]);
}

/* what a check asks for; a default that takes from a sequence, or is volatile, is not known */
static bool
has_known_default(RowValidator *validator, int column)
{
	if (!validator->inserting ||
		!(bms_is_member(column + 1 - FirstLowInvalidHeapAttributeNumber, validator->checked) ||
		  bms_is_member(0 - FirstLowInvalidHeapAttributeNumber, validator->checked)) ||
		is_pending(validator, column))
		return false;
	if (validator->defaults == NULL)
		look_up_defaults(validator);
	return validator->defaults[column].known;
}

static bool
is_pending(RowValidator *validator, int column)
{
	const Attribute *attribute = model_attnum(validator->model, column + 1);

	if (attribute != NULL && kept_by_verbs(validator->model, attribute))
		return true;
	foreach_ptr(Attribute, pending, validator->pending)
	{
		if (pending->attnum == column + 1)
			return true;
	}
	return false;
}

static void
look_up_defaults(RowValidator *validator)
{
	TupleDesc	desc = RelationGetDescr(validator->rel);

	validator->defaults = palloc0_array(ColumnDefault, desc->natts);
	if (validator->rel->rd_rel->relkind != RELKIND_RELATION &&
		validator->rel->rd_rel->relkind != RELKIND_PARTITIONED_TABLE)
		return;
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(desc, i);
		ColumnDefault *value = &validator->defaults[i];
		Node	   *expression;

		if (column->attgenerated != '\0' || column->attisdropped)
			continue;
		expression = build_column_default(validator->rel, i + 1);
		value->known = !contain_volatile_functions(expression);
		if (value->known && expression != NULL)
			value->state = ExecPrepareExpr((Expr *) expression, validator->estate);
	}
}

static void
check_constraints(RowValidator *validator)
{
	foreach_ptr(PreparedCheck, check, validator->checks)
	{
		if (all_known(validator, check->columns) && !may_change(validator) &&
			!ExecCheck(check->state, validator->econtext))
			fail(validator, check->terms.attribute, check->terms.validator,
				 check->terms.message);
	}
}

/* a reference to the whole row is one to every column */
static bool
all_known(RowValidator *validator, Bitmapset *columns)
{
	TupleDesc	desc = RelationGetDescr(validator->rel);
	int			member = -1;

	if (bms_is_member(0 - FirstLowInvalidHeapAttributeNumber, columns))
		for (int i = 0; i < desc->natts; i++)
			if (!TupleDescAttr(desc, i)->attisdropped && !validator->known[i])
				return false;
	while ((member = bms_next_member(columns, member)) >= 0)
	{
		int			attnum = member + FirstLowInvalidHeapAttributeNumber;

		if (attnum > 0 && !validator->known[attnum - 1])
			return false;
	}
	return true;
}

static void
fail(RowValidator *validator, Attribute *attribute, const char *name, const char *message)
{
	validator->failures = lappend(validator->failures,
								  validation_failure(validator->path,
													 attribute ? attribute->name : NULL,
													 name, message,
													 shown_value(validator, attribute)));
}

/* only what the caller has given himself */
static char *
shown_value(RowValidator *validator, Attribute *attribute)
{
	if (attribute == NULL || !validator->given[attribute->attnum - 1] ||
		validator->nulls[attribute->attnum - 1])
		return NULL;
	return validation_value(getBaseType(attribute->type),
							key_datum_text(validator->values[attribute->attnum - 1], attribute->type));
}
