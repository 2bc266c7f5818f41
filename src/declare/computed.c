/*-------------------------------------------------------------------------
 *
 * computed.c
 *	  Computed attributes: expressions over a row, declared by the owner of its table.
 *
 * Decides what an expression may be, and makes the function that loads call: fullName of model
 * User is full_name(users) in the schema of the table, with a body that PostgreSQL has parsed
 * and keeps: renamed columns are followed, a column in use is dropped with CASCADE only, dumps have it.
 * It runs as whoever loads, and is inlined into the statement.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "base/compat.h"
#include "base/ddl.h"
#include "base/doc_member.h"
#include "base/exact_output.h"
#include "base/naming.h"
#include "catalog/namespace.h"
#include "catalog/pg_proc_d.h"
#include "catalog/pg_type.h"
#include "commands/comment.h"
#include "declare/computed.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parse_coerce.h"
#include "parser/parse_collate.h"
#include "parser/parse_expr.h"
#include "parser/parse_relation.h"
#include "registry/computed_function.h"
#include "registry/literal.h"
#include "registry/registry_cache.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/regproc.h"
#include "utils/rel.h"
#include "utils/ruleutils.h"

static List *definitions(Jsonb *options);
static void check_function(Oid function, const DocMember *definition);
static void remove_function(Oid relation, const char *name);
static void make_function(Oid relation, const DocMember *definition);
static void check_name(Oid relation, const char *name, const DocPath *path);
static Node *parse_expression(Relation rel, const char *sql, const DocPath *path);
static void check_expression(ParseState *pstate, Node *expression, const DocPath *path);
static char *comment_of(const char *name);

/* {"fullName": {"sql": "first || ' ' || last", "hidden": true, "json": "string"}} */
char *
computed_option(DocMember *member)
{
	static const char *const known[] = {"sql", "hidden", "json", NULL};

	if (member == NULL)
		return NULL;
	foreach_ptr(DocMember, definition, doc_members(&member->value, &member->path))
	{
		List	   *parts = doc_members(&definition->value, &definition->path);
		DocMember  *sql = doc_find(parts, "sql");

		naming_check(definition->key, "attribute", &definition->path);
		doc_check_keys(parts, known, "option");
		if (sql == NULL)
			error_document(ERRCODE_INVALID_PARAMETER_VALUE, &definition->path,
						   "Write {\"sql\": \"first || ' ' || last\"}.",
						   "a computed attribute needs \"sql\"");
		(void) literal_expression(doc_member_string(sql), &sql->path);
	}
	return JsonContainerSize(member->value.val.binary.data) > 0 ? doc_text(&member->value) : NULL;
}

void
computed_apply(Oid relation, Jsonb *before, Jsonb *after)
{
	List	   *old = definitions(before);
	List	   *new = definitions(after);

	foreach_ptr(DocMember, definition, old)
	{
		DocMember  *kept = doc_find(new, definition->key);

		if (kept == NULL || strcmp(doc_text(&kept->value), doc_text(&definition->value)) != 0)
			remove_function(relation, definition->key);
	}
	foreach_ptr(DocMember, definition, new)
	{
		Oid			function = computed_function(relation, definition->key);

		if (!OidIsValid(function))
			make_function(relation, definition);
		else if (doc_find(old, definition->key) == NULL)
			check_function(function, definition);
	}
}

/* a dump may have brought it without the registry's row; another function that is there is somebody's */
static void
check_function(Oid function, const DocMember *definition)
{
	char	   *comment = GetComment(function, ProcedureRelationId, 0);

	if (comment == NULL || strcmp(comment, comment_of(definition->key)) != 0)
		error_document(ERRCODE_DUPLICATE_FUNCTION, &definition->path,
					   "Drop it, or give the attribute another name.",
					   "function %s exists already", format_procedure(function));
}

static List *
definitions(Jsonb *options)
{
	DocMember  *computed = options ?
		doc_find(doc_document_members(options, doc_path_key(NULL, "options")), "computed") : NULL;

	return computed ? doc_members(&computed->value, &computed->path) : NIL;
}

static void
remove_function(Oid relation, const char *name)
{
	if (OidIsValid(computed_function(relation, name)))
		ddl_run("DROP FUNCTION %s.%s(%s)",
				quote_identifier(get_namespace_name(get_rel_namespace(relation))),
				quote_identifier(naming_snake(name)), ddl_table(relation));
}

static void
make_function(Oid relation, const DocMember *definition)
{
	List	   *parts = doc_members(unconstify(JsonbValue *, &definition->value), &definition->path);
	DocMember  *sql = doc_find(parts, "sql");
	const char *schema = quote_identifier(get_namespace_name(get_rel_namespace(relation)));
	const char *function = quote_identifier(naming_snake(definition->key));
	Relation	rel;
	Node	   *expression;
	char	   *text;
	int			level;

	check_name(relation, definition->key, &definition->path);
	rel = table_open(relation, AccessShareLock);
	expression = parse_expression(rel, doc_member_string(sql), &sql->path);
	/* every name is written so that it means the same whatever the search_path */
	level = exact_output_begin("pg_catalog, pg_temp");
	text = deparse_expression(expression, deparse_context_for("r", relation), true, false);
	table_close(rel, NoLock);
	ddl_run("CREATE FUNCTION %s.%s(r %s) RETURNS %s LANGUAGE sql %s RETURN %s",
			schema, function, ddl_table(relation), ddl_type(exprType(expression), -1),
			contain_mutable_functions(expression) ? "STABLE" : "IMMUTABLE", text);
	ddl_run("COMMENT ON FUNCTION %s.%s(%s) IS %s", schema, function, ddl_table(relation),
			quote_literal_cstr(comment_of(definition->key)));
	exact_output_end(level);
}

static char *
comment_of(const char *name)
{
	return psprintf("Computed attribute \"%s\".", name);
}

/* documents have one value of each name */
static void
check_name(Oid relation, const char *name, const DocPath *path)
{
	const Model *model = registry_model_if_any(relation);
	bool		column = model ? model_attribute(model, name) != NULL :
		get_attnum(relation, name) > 0;

	naming_check(naming_snake(name), "function", path);
	if (column || (model && registry_association_if_any(model, name) != NULL))
		error_document(ERRCODE_DUPLICATE_COLUMN, path, "Give it another name.",
					   "\"%s\" is the name of an attribute or association already", name);
}

static Node *
parse_expression(Relation rel, const char *sql, const DocPath *path)
{
	ParseState *pstate = make_parsestate(NULL);
	ParseNamespaceItem *item = addRangeTableEntryForRelation(pstate, rel, AccessShareLock,
															 NULL, false, true);
	DocErrorContext context;
	Node	   *expression;

	doc_context_push(&context, path, sql);
	addNSItemToQuery(pstate, item, false, true, true);
	expression = transformExpr(pstate, literal_parse_expression(sql), EXPR_KIND_SELECT_TARGET);
	if (exprType(expression) == UNKNOWNOID)
		expression = coerce_type(pstate, expression, UNKNOWNOID, TEXTOID, -1, COERCION_IMPLICIT,
								 COERCE_IMPLICIT_CAST, -1);
	assign_expr_collations(pstate, expression);
	doc_context_pop(&context);
	check_expression(pstate, expression, path);
	return expression;
}

static void
check_expression(ParseState *pstate, Node *expression, const DocPath *path)
{
	if (pstate->p_hasSubLinks || pstate->p_hasAggs || pstate->p_hasWindowFuncs ||
		pstate->p_hasTargetSRFs)
		error_document(ERRCODE_FEATURE_NOT_SUPPORTED, path,
					   "Values of other rows are aggregates of associations.",
					   "a computed attribute is an expression over its own row");
	if (contain_volatile_functions(expression))
		error_document(ERRCODE_INVALID_OBJECT_DEFINITION, path,
					   "Loads are STABLE: now() is, clock_timestamp() and random() are not.",
					   "a computed attribute uses a volatile function");
	if (get_typtype(exprType(expression)) == TYPTYPE_PSEUDO)
		error_document(ERRCODE_INVALID_OBJECT_DEFINITION, path, NULL,
					   "a computed attribute cannot be of type %s",
					   format_type_be(exprType(expression)));
}
