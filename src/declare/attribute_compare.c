/*-------------------------------------------------------------------------
 *
 * attribute_compare.c
 *	  Attribute definitions against a table that exists.
 *
 * Decides what counts as a difference and which change removes it.  The
 * table is read from the live catalogs each time, never from the registry.
 * Defaults and CHECK constraints are compared as expression trees, so that spelling
 * does not matter.
 *
 * What the table has beyond the definitions (columns, indexes, constraints
 * written by hand) is no difference; a validator or UNIQUE constraint of a
 * declared column that the definition no longer has is one.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/relation.h"
#include "access/transam.h"
#include "base/catalog_rows.h"
#include "base/compat.h"
#include "base/ddl.h"
#include "base/doc_member.h"
#include "catalog/heap.h"
#include "catalog/pg_constraint.h"
#include "commands/comment.h"
#include "declare/attribute.h"
#include "declare/key_index.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parse_coerce.h"
#include "parser/parse_collate.h"
#include "parser/parse_expr.h"
#include "parser/parse_relation.h"
#include "registry/literal.h"
#include "registry/model_facts.h"
#include "utils/builtins.h"
#include "utils/rel.h"
#include "utils/ruleutils.h"
#include "utils/syscache.h"
#include "validate/validator.h"

/* a CHECK, UNIQUE or PRIMARY KEY constraint of the table */
typedef struct LiveConstraint
{
	Oid			oid;
	char	   *name;
	char		type;			/* contype */
	List	   *columns;		/* their numbers */
	Node	   *expression;		/* CHECK, constants folded */
	bool		enforced;
	bool		declared;		/* some definition has it */
} LiveConstraint;

/* a comparison in progress */
typedef struct Comparison
{
	Relation	rel;
	bool		lenient;		/* what is not declared is left as it is in the table */
	List	   *constraints;	/* of LiveConstraint */
	List	   *differences;	/* of AttributeDifference */
} Comparison;

static List *read_constraints(Relation rel);
static LiveConstraint *read_constraint(HeapTuple tuple, Relation rel);
static void compare_attribute(Comparison *cx, AttributeDef *def);
static void add_missing(Comparison *cx, AttributeDef *def);
static void add_constraint(AttributeDifference *difference, const char *constraint);
static void compare_type(Comparison *cx, AttributeDef *def, Form_pg_attribute att);
static void compare_nullability(Comparison *cx, AttributeDef *def, Form_pg_attribute att);
static void compare_default(Comparison *cx, AttributeDef *def, Form_pg_attribute att);
static void compare_primary_key(Comparison *cx, AttributeDef *def, AttrNumber attnum);
static void compare_unique(Comparison *cx, AttributeDef *def, AttrNumber attnum);
static void compare_comment(Comparison *cx, AttributeDef *def, AttrNumber attnum);
static void compare_validators(Comparison *cx, AttributeDef *def, AttrNumber attnum);
static void compare_validator(Comparison *cx, AttributeDef *def, AttrNumber attnum,
							  ValidatorDef *validator);
static void compare_message(Comparison *cx, AttributeDef *def, ValidatorDef *validator,
							LiveConstraint *live);
static void find_undeclared_validators(Comparison *cx, AttributeDef *def, AttrNumber attnum);
static void compare_registered(const Attribute *attribute, DocMember *registered,
							   AttributeDef *def, List **differences);
static void add_registered(List **differences, AttributeDef *def, const char *what,
						   const char *declared, const char *existing, bool contradicts);
static AttributeDifference *add_difference(Comparison *cx, AttributeDef *def,
										   const char *what, const char *declared,
										   const char *existing, char *clause);
static char *drop_constraint(const LiveConstraint *live);
static Form_pg_attribute find_column(Relation rel, const char *column);
static LiveConstraint *find_check(Comparison *cx, AttrNumber attnum, ValidatorDef *validator,
								  Node *expression);
static bool is_check_on(const LiveConstraint *constraint, AttrNumber attnum);
static LiveConstraint *find_key(Comparison *cx, char type, AttrNumber attnum);
static bool is_unique_on(Relation index, const void *arg);
static Node *live_default(Relation rel, AttrNumber attnum);
static Node *declared_default(const AttributeDef *def, Form_pg_attribute att);
static Node *declared_check(Relation rel, const char *expression);
static Node *fold(Node *expression);
static bool calls_user_function(Node *node, void *context);
static bool is_user_function(Oid function, void *context);
static bool same_text(const char *a, const char *b);
static char *deparse(Relation rel, Node *expression);
static const char *quoted_or_none(const char *text);

List *
attributes_compare(Oid relation, List *defs, bool lenient)
{
	Comparison	cx = {0};

	cx.rel = relation_open(relation, NoLock);
	cx.lenient = lenient;
	cx.constraints = read_constraints(cx.rel);
	foreach_ptr(AttributeDef, def, defs)
	{
		CHECK_FOR_INTERRUPTS();
		compare_attribute(&cx, def);
	}
	relation_close(cx.rel, NoLock);
	return cx.differences;
}

static List *
read_constraints(Relation rel)
{
	List	   *result = NIL;

	foreach_ptr(HeapTupleData, tuple, catalog_rows_of(ConstraintRelationId,
													  ConstraintRelidTypidNameIndexId,
													  Anum_pg_constraint_conrelid,
													  RelationGetRelid(rel)))
	{
		char		type = ((Form_pg_constraint) GETSTRUCT(tuple))->contype;

		if (type == CONSTRAINT_CHECK || type == CONSTRAINT_UNIQUE ||
			type == CONSTRAINT_PRIMARY)
			result = lappend(result, read_constraint(tuple, rel));
	}
	return result;
}

static LiveConstraint *
read_constraint(HeapTuple tuple, Relation rel)
{
	Form_pg_constraint form = (Form_pg_constraint) GETSTRUCT(tuple);
	LiveConstraint *constraint = palloc0_object(LiveConstraint);
	bool		isnull;
	Datum		bin;

	constraint->oid = form->oid;
	constraint->name = pstrdup(NameStr(form->conname));
	constraint->type = form->contype;
	constraint->columns = catalog_constraint_columns(tuple, Anum_pg_constraint_conkey);
	constraint->enforced = assoc_constraint_enforced(form);
	if (form->contype != CONSTRAINT_CHECK)
		return constraint;
	bin = SysCacheGetAttr(CONSTROID, tuple, Anum_pg_constraint_conbin, &isnull);
	if (isnull)
		elog(ERROR, "constraint \"%s\" of relation \"%s\" has no expression",
			 constraint->name, RelationGetRelationName(rel));
	constraint->expression = fold(stringToNode(TextDatumGetCString(bin)));
	return constraint;
}

static void
compare_attribute(Comparison *cx, AttributeDef *def)
{
	Form_pg_attribute att = find_column(cx->rel, def->column);

	if (att == NULL)
	{
		add_missing(cx, def);
		return;
	}
	compare_type(cx, def, att);
	compare_nullability(cx, def, att);
	compare_default(cx, def, att);
	compare_primary_key(cx, def, att->attnum);
	compare_unique(cx, def, att->attnum);
	compare_comment(cx, def, att->attnum);
	compare_validators(cx, def, att->attnum);
}

static void
add_missing(Comparison *cx, AttributeDef *def)
{
	AttributeDifference *difference;
	StringInfoData column;

	attribute_need_type(def);
	difference = add_difference(cx, def, NULL,
								format_type_with_typemod(def->type, def->typmod), "no column", NULL);
	difference->missing = def;
	difference->fixed = def->primary_key;
	initStringInfo(&column);
	appendStringInfoString(&column, "ADD COLUMN ");
	attribute_append_column(&column, def);
	difference->clauses = list_make1(column.data);
	foreach_ptr(char, constraint, attribute_constraints(RelationGetRelationName(cx->rel), def))
		add_constraint(difference, constraint);
	if (def->comment != NULL)
		difference->statements = list_make1(attribute_comment_statement(RelationGetRelid(cx->rel), def));
	foreach_ptr(ValidatorDef, validator, def->validators)
		if (validator->message != NULL)
			difference->statements = lappend(difference->statements,
											 attribute_message_statement(RelationGetRelid(cx->rel), validator));
}

/* CONSTRAINT name CHECK (...), or UNIQUE */
static void
add_constraint(AttributeDifference *difference, const char *constraint)
{
	char	   *clause = psprintf("ADD %s", constraint);

	if (strstr(constraint, " CHECK (") != NULL)
		difference->checks = lappend(difference->checks, clause);
	else
		difference->clauses = lappend(difference->clauses, clause);
}

static void
compare_type(Comparison *cx, AttributeDef *def, Form_pg_attribute att)
{
	AttributeDifference *difference;
	const char *column = quote_identifier(def->column);
	const char *type;

	if (!OidIsValid(def->type) ||
		(def->type == att->atttypid && def->typmod == att->atttypmod))
		return;
	difference = add_difference(cx, def, "type",
								format_type_with_typemod(def->type, def->typmod),
								format_type_with_typemod(att->atttypid, att->atttypmod), NULL);
	/* the old default may not fit the new type; compare_default sets the new one */
	if (att->atthasdef && att->attgenerated == '\0')
		difference->clauses = list_make1(psprintf("ALTER COLUMN %s DROP DEFAULT", column));
	type = ddl_type(def->type, def->typmod);
	difference->retype = psprintf("ALTER COLUMN %s TYPE %s", column, type);
	difference->clauses = lappend(difference->clauses,
								  psprintf("ALTER COLUMN %s TYPE %s USING %s::%s",
										   column, type, column, type));
	if (def->default_sql != NULL)
		difference->clauses = lappend(difference->clauses,
									  psprintf("ALTER COLUMN %s SET DEFAULT %s",
											   column, def->default_sql));
}

static void
compare_nullability(Comparison *cx, AttributeDef *def, Form_pg_attribute att)
{
	if (cx->lenient && !def->null_given)
		return;
	/* a key's columns are always NOT NULL; compare_primary_key compares those */
	if (find_key(cx, CONSTRAINT_PRIMARY, att->attnum) != NULL || def->primary_key ||
		def->allow_null != att->attnotnull)
		return;
	add_difference(cx, def, "allowNull", def->allow_null ? "true" : "false", att->attnotnull ? "false" : "true",
				   psprintf("ALTER COLUMN %s %s NOT NULL", quote_identifier(def->column),
							def->allow_null ? "DROP" : "SET"));
}

static void
compare_default(Comparison *cx, AttributeDef *def, Form_pg_attribute att)
{
	Node	   *existing = live_default(cx->rel, att->attnum);
	Node	   *declared = NULL;
	bool		computed = att->attidentity != '\0' || att->attgenerated != '\0';

	if (def->default_sql == NULL && (cx->lenient || computed || existing == NULL))
		return;
	/* compare_type has seen to it */
	if (OidIsValid(def->type) && def->type != att->atttypid)
		return;
	if (def->default_sql != NULL)
		declared = declared_default(def, att);
	if (!computed && equal(declared, existing))
		return;
	add_difference(cx, def, "default", declared ? deparse(cx->rel, declared) : "none",
				   computed ? "computed by the table" : existing ? deparse(cx->rel, existing) : "none",
				   def->default_sql ?
				   psprintf("ALTER COLUMN %s SET DEFAULT %s", quote_identifier(def->column), def->default_sql) :
				   psprintf("ALTER COLUMN %s DROP DEFAULT", quote_identifier(def->column)))->fixed = computed;
}

static void
compare_primary_key(Comparison *cx, AttributeDef *def, AttrNumber attnum)
{
	bool		exists = find_key(cx, CONSTRAINT_PRIMARY, attnum) != NULL;

	/* not declared for an automatic id or for a join table's keys */
	if (def->primary_key && !exists)
		add_difference(cx, def, "primaryKey", "true", "false", NULL)->fixed = true;
}

static void
compare_unique(Comparison *cx, AttributeDef *def, AttrNumber attnum)
{
	LiveConstraint *live = find_key(cx, CONSTRAINT_UNIQUE, attnum);

	if (def->primary_key)
		return;
	if (def->unique && !OidIsValid(key_find_index(RelationGetRelid(cx->rel), is_unique_on, &attnum)))
		add_difference(cx, def, "unique", "true", "false",
					   psprintf("ADD %s", attribute_unique_constraint(RelationGetRelationName(cx->rel), def)));
	else if (!def->unique && !cx->lenient && live != NULL && list_length(live->columns) == 1)
		add_difference(cx, def, "unique", "false", "true", drop_constraint(live));
}

static void
compare_comment(Comparison *cx, AttributeDef *def, AttrNumber attnum)
{
	char	   *existing = GetComment(RelationGetRelid(cx->rel), RelationRelationId, attnum);
	AttributeDifference *difference;

	/* comments are written by hand all the time */
	if (def->comment == NULL || same_text(def->comment, existing))
		return;
	difference = add_difference(cx, def, "comment", quoted_or_none(def->comment),
								quoted_or_none(existing), NULL);
	difference->statements = list_make1(attribute_comment_statement(RelationGetRelid(cx->rel), def));
}

static void
compare_validators(Comparison *cx, AttributeDef *def, AttrNumber attnum)
{
	foreach_ptr(ValidatorDef, validator, def->validators)
		compare_validator(cx, def, attnum, validator);
	if (!cx->lenient)
		find_undeclared_validators(cx, def, attnum);
}

static void
compare_validator(Comparison *cx, AttributeDef *def, AttrNumber attnum,
				  ValidatorDef *validator)
{
	char	   *constraint = attribute_check_constraint(RelationGetRelationName(cx->rel), def,
														validator);
	Node	   *expression = declared_check(cx->rel, validator->expression);
	LiveConstraint *live = find_check(cx, attnum, validator, expression);
	AttributeDifference *difference;

	if (live != NULL)
		live->declared = true;
	if (live != NULL && live->enforced && equal(live->expression, expression))
	{
		validator->constraint = live->name;
		compare_message(cx, def, validator, live);
		return;
	}
	difference = add_difference(cx, def, psprintf("validate.%s", validator->name),
								deparse(cx->rel, expression),
								live == NULL ? "none" : live->enforced ? deparse(cx->rel, live->expression) :
								"one that is not enforced",
								live ? drop_constraint(live) : NULL);
	add_constraint(difference, constraint);
	if (validator->message != NULL)
		difference->statements = list_make1(attribute_message_statement(RelationGetRelid(cx->rel),
																		validator));
}

static void
compare_message(Comparison *cx, AttributeDef *def, ValidatorDef *validator,
				LiveConstraint *live)
{
	char	   *existing = GetComment(live->oid, ConstraintRelationId, 0);
	AttributeDifference *difference;

	if (validator->message == NULL || same_text(validator->message, existing))
		return;
	difference = add_difference(cx, def, psprintf("validate.%s.msg", validator->name),
								quoted_or_none(validator->message), quoted_or_none(existing), NULL);
	difference->statements = list_make1(attribute_message_statement(RelationGetRelid(cx->rel),
																	validator));
}

static void
find_undeclared_validators(Comparison *cx, AttributeDef *def, AttrNumber attnum)
{
	foreach_ptr(LiveConstraint, live, cx->constraints)
	{
		const char *validator = validator_of_constraint(live->name);

		if (live->declared || validator == NULL || !is_check_on(live, attnum))
			continue;
		add_difference(cx, def, psprintf("validate.%s", validator),
					   "none", deparse(cx->rel, live->expression), drop_constraint(live));
	}
}

/* clause: of ALTER TABLE, or NULL */
static AttributeDifference *
add_difference(Comparison *cx, AttributeDef *def, const char *what,
			   const char *declared, const char *existing, char *clause)
{
	char	   *path_text = what ? psprintf("%s.%s", def->name, what) : def->name;
	AttributeDifference *difference = attribute_difference(path_text, declared, existing);

	if (clause != NULL)
		difference->clauses = list_make1(clause);
	cx->differences = lappend(cx->differences, difference);
	return difference;
}

static char *
drop_constraint(const LiveConstraint *live)
{
	return psprintf("DROP CONSTRAINT %s", quote_identifier(live->name));
}

AttributeDifference *
attribute_difference(const char *path_text, const char *declared, const char *existing)
{
	AttributeDifference *difference = palloc0_object(AttributeDifference);

	difference->name = pstrdup(path_text);
	difference->declared = pstrdup(declared);
	difference->existing = pstrdup(existing);
	return difference;
}

/* ---- what only the registry knows ---- */

List *
attributes_compare_registry(Oid relation, Jsonb *registered, List *defs)
{
	const Model *model = registry_model(relation);
	List	   *members = registered ? doc_document_members(registered, NULL) : NIL;
	List	   *differences = NIL;

	foreach_ptr(AttributeDef, def, defs)
	{
		Attribute  *attribute = model_column(model, def->column);

		if (attribute != NULL)
			compare_registered(attribute, doc_find(members, def->name), def, &differences);
	}
	return differences;
}

static void
compare_registered(const Attribute *attribute, DocMember *registered,
				   AttributeDef *def, List **differences)
{
	char	   *column = registered ? doc_get_string(&registered->value, "column") : NULL;
	bool		known = column != NULL;
	AttributeHiding hidden = known ? model_declared_hiding(&registered->value) : NOT_HIDDEN;
	bool		string = known && doc_get(&registered->value, "json") != NULL;

	if (known ? strcmp(column, def->column) != 0 :
		strcmp(attribute->name, def->name) != 0)
		add_registered(differences, def, "field", psprintf("column \"%s\"", def->column),
					   known ? psprintf("column \"%s\"", column) : "none", known);
	if (hidden != def->hidden)
		add_registered(differences, def, "hidden", attribute_hiding_word(def->hidden),
					   attribute_hiding_word(hidden), known);
	if (string != def->json_string)
		add_registered(differences, def, "json", def->json_string ? "string" : "none",
					   string ? "string" : "none", known);
}

static void
add_registered(List **differences, AttributeDef *def, const char *what,
			   const char *declared, const char *existing, bool contradicts)
{
	AttributeDifference *difference = attribute_difference(psprintf("%s.%s", def->name, what),
														   declared, existing);

	difference->contradicts = contradicts;
	*differences = lappend(*differences, difference);
}

bool
attributes_contradict(List *differences)
{
	foreach_ptr(AttributeDifference, difference, differences)
		if (difference->contradicts)
			return true;
	return false;
}

/* ---- the table as it is ---- */

static Form_pg_attribute
find_column(Relation rel, const char *column)
{
	TupleDesc	desc = RelationGetDescr(rel);

	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		if (!att->attisdropped && strcmp(NameStr(att->attname), column) == 0)
			return att;
	}
	return NULL;
}

/* the constraint with the same expression, or else the one of this validator */
static LiveConstraint *
find_check(Comparison *cx, AttrNumber attnum, ValidatorDef *validator, Node *expression)
{
	LiveConstraint *named = NULL;

	foreach_ptr(LiveConstraint, live, cx->constraints)
	{
		const char *name = validator_of_constraint(live->name);

		if (!is_check_on(live, attnum))
			continue;
		if (equal(live->expression, expression))
			return live;
		if (name != NULL && strcmp(name, validator->name) == 0)
			named = live;
	}
	return named;
}

static bool
is_check_on(const LiveConstraint *constraint, AttrNumber attnum)
{
	return constraint->type == CONSTRAINT_CHECK && list_length(constraint->columns) == 1 &&
		linitial_int(constraint->columns) == attnum;
}

static LiveConstraint *
find_key(Comparison *cx, char type, AttrNumber attnum)
{
	foreach_ptr(LiveConstraint, live, cx->constraints)
	{
		if (live->type == type && list_member_int(live->columns, attnum))
			return live;
	}
	return NULL;
}

static bool
is_unique_on(Relation index, const void *arg)
{
	const AttrNumber *attnum = arg;
	Form_pg_index form = index->rd_index;

	return form->indisunique && form->indisvalid && form->indnkeyatts == 1 &&
		form->indkey.values[0] == *attnum &&
		heap_attisnull(index->rd_indextuple, Anum_pg_index_indpred, NULL);
}

static Node *
live_default(Relation rel, AttrNumber attnum)
{
	TupleConstr *constr = RelationGetDescr(rel)->constr;

	for (int i = 0; constr != NULL && i < constr->num_defval; i++)
		if (constr->defval[i].adnum == attnum)
			return fold(stringToNode(constr->defval[i].adbin));
	return NULL;
}

/* the tree that ALTER TABLE would store */
static Node *
declared_default(const AttributeDef *def, Form_pg_attribute att)
{
	return fold(cookDefault(make_parsestate(NULL),
							literal_parse_expression(def->default_sql),
							att->atttypid, att->atttypmod, NameStr(att->attname), '\0'));
}

static Node *
declared_check(Relation rel, const char *expression)
{
	ParseState *pstate = make_parsestate(NULL);
	ParseNamespaceItem *item = addRangeTableEntryForRelation(pstate, rel, AccessShareLock,
															 NULL, false, true);
	Node	   *tree;

	addNSItemToQuery(pstate, item, true, true, true);
	tree = transformExpr(pstate, literal_parse_expression(expression),
						 EXPR_KIND_CHECK_CONSTRAINT);
	tree = coerce_to_boolean(pstate, tree, "CHECK");
	assign_expr_collations(pstate, tree);
	return fold(tree);
}

/*
 * A dump and restore writes literals and casts otherwise; folded to constants
 * both are the same.  Folding calls functions: nobody's own are called for a comparison
 * that an administrator may ask for.
 */
static Node *
fold(Node *expression)
{
	if (calls_user_function(expression, NULL))
		return expression;
	return eval_const_expressions(NULL, expression);
}

static bool
calls_user_function(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (check_functions_in_node(node, is_user_function, context))
		return true;
	return expression_tree_walker(node, calls_user_function, context);
}

static bool
is_user_function(Oid function, void *context pg_attribute_unused())
{
	return function >= FirstNormalObjectId;
}

static bool
same_text(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

static char *
deparse(Relation rel, Node *expression)
{
	return deparse_expression(expression,
							  deparse_context_for(RelationGetRelationName(rel),
												  RelationGetRelid(rel)),
							  false, false);
}

static const char *
quoted_or_none(const char *text)
{
	return text ? psprintf("\"%s\"", text) : "none";
}
