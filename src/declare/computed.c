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

#include "access/htup_details.h"
#include "access/table.h"
#include "base/attempt.h"
#include "base/compat.h"
#include "base/ddl.h"
#include "base/doc_member.h"
#include "base/exact_output.h"
#include "base/naming.h"
#include "base/role.h"
#include "catalog/namespace.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "commands/comment.h"
#include "commands/event_trigger.h"
#include "declare/accessor.h"
#include "declare/accessor_function.h"
#include "declare/computed.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parse_coerce.h"
#include "parser/parse_collate.h"
#include "parser/parse_expr.h"
#include "parser/parse_relation.h"
#include "registry/citus.h"
#include "registry/computed_function.h"
#include "registry/literal.h"
#include "registry/registry_cache.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/regproc.h"
#include "utils/ruleutils.h"
#include "utils/syscache.h"

PG_FUNCTION_INFO_V1(assoc_computed_follow);

static List *definitions(Jsonb *options);
static bool same_definition(List *definitions, const DocMember *definition);
static void check_function(Oid function, const DocMember *definition);
static void remove_function(Oid relation, const char *name);
static void make_function(Oid relation, const DocMember *definition);
static void check_name(Oid relation, const char *name, const DocPath *path);
static Node *parse_expression(Relation rel, const char *sql, const DocPath *path);
static void check_expression(ParseState *pstate, Node *expression, const DocPath *path);
static char *comment_of(const char *name);
static bool is_ours(Oid function, const char *name);
static List *parsed_functions(Oid relation);
static void run_statement(void *arg);
static char *make_body_text(Oid function);
static void follow(Oid function, Oid relation);
static bool is_as_made(Oid function);
static char *signature(Oid function, Oid relation);

/* {"fullName": {"sql": "first || ' ' || last", "hidden": true, "json": "string"}} */
void
computed_read_option(void *field, const JsonbValue *value, const DocPath *path)
{
	static const char *const known[] = {"sql", "hidden", "json", NULL};
	List	   *all = doc_members(value, path);

	foreach_ptr(DocMember, definition, all)
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
	if (all != NIL)
		*(char **) field = doc_text(value);
}

void
computed_apply(Oid relation, Jsonb *before, Jsonb *after)
{
	List	   *old = definitions(before);
	List	   *new = definitions(after);

	foreach_ptr(DocMember, definition, old)
	{
		if (!same_definition(new, definition))
			remove_function(relation, definition->key);
	}
	foreach_ptr(DocMember, definition, new)
	{
		Oid			function = computed_function(relation, definition->key);

		if (!OidIsValid(function))
			make_function(relation, definition);
		else if (!same_definition(old, definition))
			check_function(function, definition);
	}
}

static bool
same_definition(List *definitions, const DocMember *definition)
{
	DocMember  *other = doc_find(definitions, definition->key);

	return other != NULL && strcmp(doc_text(&other->value), doc_text(&definition->value)) == 0;
}

bool
computed_is_lost(Oid relation, Jsonb *options)
{
	foreach_ptr(DocMember, definition, definitions(options))
	{
		if (!OidIsValid(computed_function(relation, definition->key)))
			return true;
	}
	return false;
}

/* anybody may have written the registry's row, so the form of its option is checked again */
void
computed_restore(Oid relation, Jsonb *options)
{
	JsonbValue *computed = doc_option(options, NULL, "computed");
	char	   *text;

	if (!computed_is_lost(relation, options))
		return;
	computed_read_option(&text, computed, doc_path_key(doc_path_key(NULL, "options"), "computed"));
	foreach_ptr(DocMember, definition, definitions(options))
	{
		if (!OidIsValid(computed_function(relation, definition->key)))
			make_function(relation, definition);
	}
}

void
computed_move(Oid from, Oid to, Jsonb *options)
{
	computed_restore(to, options);
	foreach_ptr(DocMember, definition, definitions(options))
	{
		Oid			before = computed_function(from, definition->key);

		if (OidIsValid(before) && is_ours(before, definition->key))
			accessor_give_as(computed_function(to, definition->key), before);
		remove_function(from, definition->key);
	}
}

/* a dump may have brought it without the registry's row; another function that is there is somebody's */
static void
check_function(Oid function, const DocMember *definition)
{
	if (!is_ours(function, definition->key))
		error_document(ERRCODE_DUPLICATE_FUNCTION, &definition->path,
					   "Drop it, or give the attribute another name.",
					   "function %s exists already", format_procedure(function));
}

static List *
definitions(Jsonb *options)
{
	JsonbValue *computed = doc_option(options, NULL, "computed");

	return computed && doc_is_object(computed) ?
		doc_members(computed, doc_path_key(doc_path_key(NULL, "options"), "computed")) : NIL;
}

/* a function that another role has made in its place stays */
static void
remove_function(Oid relation, const char *name)
{
	Oid			function = computed_function(relation, name);

	if (OidIsValid(function) && is_ours(function, name))
		ddl_run("DROP FUNCTION %s", signature(function, relation));
}

static char *
signature(Oid function, Oid relation)
{
	return psprintf("%s(%s)",
					quote_qualified_identifier(get_namespace_name(get_func_namespace(function)), get_func_name(function)),
					ddl_table(relation));
}

static void
make_function(Oid relation, const DocMember *definition)
{
	List	   *parts = doc_members(&definition->value, &definition->path);
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

/* Citus carries functions to workers, and no comments */
static bool
is_ours(Oid function, const char *name)
{
	char	   *comment = GetComment(function, ProcedureRelationId, 0);

	return comment ? strcmp(comment, comment_of(name)) == 0 : citus_is_worker();
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

/* ---- tables that are altered ---- */

/*
 * A server may refuse what changes the form of rows while a function has a body that it has parsed over them (columns with a
 * default, other types).  The body is a text meanwhile: the function stays what it is for whatever rests on it.
 */
void
computed_alter_table(Oid relation, const char *statement)
{
	List	   *functions = parsed_functions(relation);
	List	   *definitions = NIL;
	DdlRecord  *record;
	bool		altered;
	int			level;

	if (functions == NIL)
	{
		ddl_run("%s", statement);
		return;
	}
	record = ddl_record(NULL);
	altered = attempt(run_statement, unconstify(char *, statement), ERRCODE_FEATURE_NOT_SUPPORTED);
	(void) ddl_record(record);
	if (altered)
	{
		ddl_tell("%s", statement);
		return;
	}
	level = exact_output_begin("pg_catalog, pg_temp");
	foreach_oid(function, functions)
		definitions = lappend(definitions, make_body_text(function));
	exact_output_end(level);
	ddl_run("%s", statement);
	level = exact_output_begin("pg_catalog, pg_temp");
	foreach_ptr(char, definition, definitions)
		ddl_run("%s", definition);
	exact_output_end(level);
}

static List *
parsed_functions(Oid relation)
{
	const Model *model = registry_model_if_any(relation);
	List	   *functions = NIL;

	for (int i = 0; model != NULL && i < model->ncomputed; i++)
	{
		Oid			function = computed_function(relation, model->computed[i].name);

		if (OidIsValid(function) && is_ours(function, model->computed[i].name) && is_as_made(function))
			functions = lappend_oid(functions, function);
	}
	return functions;
}

static void
run_statement(void *arg)
{
	ddl_run("%s", (char *) arg);
}

/* its definition, with which it becomes again what it was */
static char *
make_body_text(Oid function)
{
	char	   *definition = TextDatumGetCString(DirectFunctionCall1(pg_get_functiondef, ObjectIdGetDatum(function)));
	char	   *body = TextDatumGetCString(DirectFunctionCall1(pg_get_function_sqlbody, ObjectIdGetDatum(function)));
	int			head = strlen(definition) - strlen(body) - 1;

	if (head < 0 || strncmp(definition + head, body, strlen(body)) != 0 || strncmp(body, "RETURN ", 7) != 0)
		elog(ERROR, "unexpected definition of function %u", function);
	ddl_run("%.*sAS %s", head, definition, quote_literal_cstr(psprintf("SELECT %s", body + 7)));
	definition[strlen(definition) - 1] = '\0';
	return definition;
}

/* ---- tables that are moved or given away ---- */

/*
 * Event trigger: the functions behind computed attributes go where their tables go, with the rights of
 * whoever moves these.  What is read here is what there was before the command, so that only a function that was the
 * table's own is taken along, and none that would then run with its new owner's rights.
 */
Datum
assoc_computed_follow(PG_FUNCTION_ARGS)
{
	if (!CALLED_AS_EVENT_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("assoc.registry_follow_owner is an event trigger")));
	if (!OidIsValid(get_relname_relid("registry_computed", get_namespace_oid("assoc", true))))
		PG_RETURN_NULL();
	foreach_ptr(char, text, ddl_texts("SELECT pg_catalog.concat(k.function::pg_catalog.oid, ' ', k.relation::pg_catalog.oid)"
									  " FROM pg_catalog.pg_event_trigger_ddl_commands() d"
									  " JOIN assoc.registry_computed k ON k.relation::pg_catalog.oid OPERATOR(pg_catalog.=) d.objid"
									  " WHERE d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass"
									  " AND d.objsubid OPERATOR(pg_catalog.=) 0 AND k.function IS NOT NULL ORDER BY k.name"))
	{
		char	   *relation = strchr(text, ' ');

		follow(atooid(text), atooid(relation));
	}
	PG_RETURN_NULL();
}

static void
follow(Oid function, Oid relation)
{
	Oid			owner = role_owner_of(relation);
	Oid			schema = get_rel_namespace(relation);

	if (!is_as_made(function))
		return;
	if (get_func_namespace(function) != schema)
		ddl_run("ALTER FUNCTION %s SET SCHEMA %s", signature(function, relation),
				quote_identifier(get_namespace_name(schema)));
	if (accessor_owner(function) == owner)
		return;
	ddl_run("ALTER FUNCTION %s OWNER TO %s", signature(function, relation),
			quote_identifier(GetUserNameFromId(owner, false)));
	/* its owner before may have changed it until here, while the command waited for the table */
	if (!is_as_made(function))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("function %s was changed while its table was given away", format_procedure(function)),
				 errhint("Look at it, and repeat the command.")));
}

/* without rights or settings of its own */
static bool
is_as_made(Oid function)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	bool		result;

	if (!HeapTupleIsValid(tuple))
		return false;
	result = !((Form_pg_proc) GETSTRUCT(tuple))->prosecdef &&
		heap_attisnull(tuple, Anum_pg_proc_proconfig, NULL) &&
		!heap_attisnull(tuple, Anum_pg_proc_prosqlbody, NULL);
	ReleaseSysCache(tuple);
	return result;
}
