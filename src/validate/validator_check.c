/*-------------------------------------------------------------------------
 *
 * validator_check.c
 *	  All constraints of a row at once.
 *
 * PostgreSQL stops at the first constraint that fails.  Here NOT NULL, the CHECK
 * constraints of the table and those of its columns' domains are evaluated as they
 * stand in the catalogs, and every failure is collected.  This only reports earlier and
 * more: the statement that follows is checked by PostgreSQL as ever.
 *
 * Expressions run as the caller, who would run them by writing the row.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "access/sysattr.h"
#include "access/table.h"
#include "catalog/pg_type.h"
#include "catalog/pg_constraint.h"
#include "commands/comment.h"
#include "executor/executor.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "nodes/bitmapset.h"
#include "optimizer/optimizer.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/typcache.h"
#include "validate/validator.h"

/* longest part of a value that a message shows */
#define MAX_SHOWN_VALUE 64

/* a CHECK constraint of the table */
typedef struct PreparedCheck
{
	const char *validator;		/* isIn, or "check" for one written by hand */
	char	   *message;
	Attribute  *attribute;		/* the one column that it is about; NULL: several */
	Bitmapset  *columns;		/* offset by FirstLowInvalidHeapAttributeNumber */
	ExprState  *state;
} PreparedCheck;

/* the constraints of a domain over a column */
typedef struct PreparedDomain
{
	Attribute  *attribute;
	DomainConstraintRef *constraints;
} PreparedDomain;

struct RowValidator
{
	const Model *model;
	Relation	rel;
	EState	   *estate;
	ExprContext *econtext;
	TupleTableSlot *slot;
	List	   *checks;			/* of PreparedCheck */
	List	   *domains;		/* of PreparedDomain */

	/* the row in hand */
	const Datum *values;
	const bool *nulls;
	const bool *given;
	const DocPath *path;
	List	   *failures;
};

static void prepare_checks(RowValidator *validator);
static PreparedCheck *prepare_check(RowValidator *validator, ConstrCheck *check);
static void name_check(RowValidator *validator, PreparedCheck *prepared, const char *constraint);
static Attribute *single_column(const Model *model, Bitmapset *columns);
static void prepare_domains(RowValidator *validator);
static void check_nulls(RowValidator *validator, bool inserting);
static void check_domains(RowValidator *validator);
static void check_domain(RowValidator *validator, PreparedDomain *domain);
static bool domain_constraint_holds(RowValidator *validator, DomainConstraintState *constraint);
static void fill_slot(RowValidator *validator);
static void check_constraints(RowValidator *validator);
static bool all_given(RowValidator *validator, Bitmapset *columns);
static void fail(RowValidator *validator, Attribute *attribute, const char *name,
				 const char *message);
static char *shown_value(RowValidator *validator, Attribute *attribute);
static bool all_not_null(List *failures);
static char *failure_messages(List *failures);

List *
validate_row(const Model *model, const Datum *values, const bool *nulls,
			 const bool *given, bool inserting,
			 const DocPath *path, List *failures)
{
	RowValidator *validator = row_validator_begin(model);

	failures = row_validator_check(validator, values, nulls, given, inserting,
								   path, failures);
	row_validator_end(validator);
	return failures;
}

RowValidator *
row_validator_begin(const Model *model)
{
	RowValidator *validator = palloc0_object(RowValidator);

	validator->model = model;
	validator->rel = table_open(model->relid, AccessShareLock);
	validator->estate = CreateExecutorState();
	validator->econtext = GetPerTupleExprContext(validator->estate);
	validator->slot = MakeSingleTupleTableSlot(RelationGetDescr(validator->rel),
											   &TTSOpsVirtual);
	prepare_checks(validator);
	prepare_domains(validator);
	return validator;
}

void
row_validator_end(RowValidator *validator)
{
	ExecDropSingleTupleTableSlot(validator->slot);
	FreeExecutorState(validator->estate);
	table_close(validator->rel, AccessShareLock);
	pfree(validator);
}

int
row_validator_ncolumns(const RowValidator *validator)
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
	prepared->attribute = single_column(validator->model, prepared->columns);
	name_check(validator, prepared, check->ccname);
	prepared->state = ExecPrepareExpr(expression, validator->estate);
	return prepared;
}

/* a validator is told by its constraint's name; its own message is the constraint's comment */
static void
name_check(RowValidator *validator, PreparedCheck *prepared, const char *constraint)
{
	Oid			oid;

	prepared->validator = validator_of_constraint(constraint);
	if (prepared->validator == NULL || prepared->attribute == NULL)
	{
		prepared->validator = "check";
		prepared->message = psprintf("check constraint \"%s\" failed", constraint);
		return;
	}
	oid = get_relation_constraint_oid(RelationGetRelid(validator->rel), constraint, true);
	if (OidIsValid(oid))
		prepared->message = GetComment(oid, ConstraintRelationId, 0);
	if (prepared->message == NULL)
		prepared->message = psprintf("Validation %s on %s failed", prepared->validator,
									 prepared->attribute->name);
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
row_validator_check(RowValidator *validator, const Datum *values, const bool *nulls,
					const bool *given, bool inserting,
					const DocPath *path, List *failures)
{
	CHECK_FOR_INTERRUPTS();
	validator->values = values;
	validator->nulls = nulls;
	validator->given = given;
	validator->path = path;
	validator->failures = failures;

	check_nulls(validator, inserting);
	check_domains(validator);
	fill_slot(validator);
	check_constraints(validator);
	ExecClearTuple(validator->slot);
	ResetExprContext(validator->econtext);
	return validator->failures;
}

static void
check_nulls(RowValidator *validator, bool inserting)
{
	const Model *model = validator->model;

	for (int i = 0; i < model->nattributes; i++)
	{
		Attribute  *attribute = &model->attributes[i];
		int			column = attribute->attnum - 1;
		bool		missing = validator->given[column] ? validator->nulls[column] :
			inserting && !attribute->has_default;

		if (attribute->not_null && missing)
			fail(validator, attribute, "notNull",
				 psprintf("%s.%s cannot be null", model->name, attribute->name));
	}
}

static void
check_domains(RowValidator *validator)
{
	ListCell   *lc;

	foreach(lc, validator->domains)
	{
		PreparedDomain *domain = lfirst(lc);

		if (validator->given[domain->attribute->attnum - 1])
			check_domain(validator, domain);
	}
}

static void
check_domain(RowValidator *validator, PreparedDomain *domain)
{
	Attribute  *attribute = domain->attribute;
	int			column = attribute->attnum - 1;
	ListCell   *lc;

	validator->econtext->domainValue_datum = validator->values[column];
	validator->econtext->domainValue_isNull = validator->nulls[column];
	UpdateDomainConstraintRef(domain->constraints);
	foreach(lc, domain->constraints->constraints)
	{
		DomainConstraintState *constraint = lfirst(lc);

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
		slot->tts_isnull[i] = !validator->given[i] || validator->nulls[i];
		slot->tts_values[i] = slot->tts_isnull[i] ? (Datum) 0 : validator->values[i];
	}
	ExecStoreVirtualTuple(slot);
	slot->tts_tableOid = RelationGetRelid(validator->rel);
	validator->econtext->ecxt_scantuple = slot;
}

static void
check_constraints(RowValidator *validator)
{
	ListCell   *lc;

	foreach(lc, validator->checks)
	{
		PreparedCheck *check = lfirst(lc);

		if (all_given(validator, check->columns) &&
			!ExecCheck(check->state, validator->econtext))
			fail(validator, check->attribute, check->validator, check->message);
	}
}

/* a reference to the whole row is one to every column */
static bool
all_given(RowValidator *validator, Bitmapset *columns)
{
	TupleDesc	desc = RelationGetDescr(validator->rel);
	int			member = -1;

	if (bms_is_member(0 - FirstLowInvalidHeapAttributeNumber, columns))
		for (int i = 0; i < desc->natts; i++)
			if (!TupleDescAttr(desc, i)->attisdropped && !validator->given[i])
				return false;
	while ((member = bms_next_member(columns, member)) >= 0)
	{
		int			attnum = member + FirstLowInvalidHeapAttributeNumber;

		if (attnum > 0 && !validator->given[attnum - 1])
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
	Oid			output;
	bool		varlena;

	if (attribute == NULL || !validator->given[attribute->attnum - 1] ||
		validator->nulls[attribute->attnum - 1])
		return NULL;
	getTypeOutputInfo(attribute->type, &output, &varlena);
	return OidOutputFunctionCall(output, validator->values[attribute->attnum - 1]);
}

ValidationFailure *
validation_failure(const DocPath *path, const char *attribute, const char *validator,
				   const char *message, const char *value)
{
	ValidationFailure *failure = palloc0_object(ValidationFailure);
	DocPath		place = {path, attribute, 0};

	failure->path = doc_path_string(attribute ? &place : path);
	failure->validator = pstrdup(validator);
	failure->message = pstrdup(message);
	if (value != NULL)
		failure->value = pnstrdup(value, pg_mbcliplen(value, strlen(value), MAX_SHOWN_VALUE));
	return failure;
}

char *
validation_json(List *failures)
{
	StringInfoData buf;
	ListCell   *lc;

	initStringInfo(&buf);
	appendStringInfoChar(&buf, '[');
	foreach(lc, failures)
	{
		ValidationFailure *failure = lfirst(lc);

		appendStringInfoString(&buf, foreach_current_index(lc) > 0 ? ", {\"path\": " : "{\"path\": ");
		escape_json(&buf, failure->path);
		appendStringInfoString(&buf, ", \"validator\": ");
		escape_json(&buf, failure->validator);
		appendStringInfoString(&buf, ", \"message\": ");
		escape_json(&buf, failure->message);
		appendStringInfoString(&buf, ", \"value\": ");
		if (failure->value != NULL)
			escape_json(&buf, failure->value);
		else
			appendStringInfoString(&buf, "null");
		appendStringInfoChar(&buf, '}');
	}
	appendStringInfoChar(&buf, ']');
	return buf.data;
}

void
validation_raise(const Model *model, List *failures)
{
	if (failures == NIL)
		return;
	ereport(ERROR,
			(errcode(all_not_null(failures) ? ERRCODE_NOT_NULL_VIOLATION :
					 ERRCODE_CHECK_VIOLATION),
			 errmsg_internal("%s", failure_messages(failures)),
			 errdetail_internal("%s", validation_json(failures)),
			 err_generic_string(PG_DIAG_SCHEMA_NAME, model->schema_name),
			 err_generic_string(PG_DIAG_TABLE_NAME, model->table_name)));
}

static bool
all_not_null(List *failures)
{
	ListCell   *lc;

	foreach(lc, failures)
		if (strcmp(((ValidationFailure *) lfirst(lc))->validator, "notNull") != 0)
			return false;
	return true;
}

static char *
failure_messages(List *failures)
{
	StringInfoData buf;
	ListCell   *lc;

	initStringInfo(&buf);
	foreach(lc, failures)
		appendStringInfo(&buf, "%s%s", foreach_current_index(lc) > 0 ? "; " : "",
						 ((ValidationFailure *) lfirst(lc))->message);
	return buf.data;
}
