/*-------------------------------------------------------------------------
 *
 * sql_operator.c
 *	  Operators that some types have: containment, sides of ranges, keys, search, distance.
 *
 * Decides what "contains", "adjacent", "websearch" and their kin become for a type.  Operators
 * and functions are those of pg_catalog, or stand in the schema of an extension's type and belong to
 * its owner: nobody else has put them there, whatever the search_path is.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/stratnum.h"
#include "base/compat.h"
#include "catalog/namespace.h"
#include "catalog/pg_namespace_d.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_ts_config.h"
#include "catalog/pg_type.h"
#include "deparse/sql_where.h"
#include "parser/parse_oper.h"
#include "registry/registry_watch.h"
#include "utils/builtins.h"
#include "utils/catcache.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

/* the schema and the owner of an extension's type */
typedef struct TypeHome
{
	Oid			schema;
	Oid			owner;
} TypeHome;

static const char *operator_symbol(WhereOperator op, Oid type);
static Oid	right_type(SqlText *sql, const Condition *compare, const SqlOperand *operand);
static bool names_element(const OptionValue *value);
static bool type_home(Oid type, TypeHome *home);
static Oid	find_operator(Oid left, const char *symbol, Oid right, Oid result);
static Oid	catalog_operator(Oid left, const char *symbol, Oid right, Oid result);
static char *own_function(Oid type, const char *name, Oid third);
static char *function_name(HeapTuple tuple);
pg_noreturn static void error_no_operator(const Condition *compare, const SqlOperand *operand);
static Oid	path_query_type(Oid type);
static char *search_vector(const SqlScope *scope, const Condition *compare, const SqlOperand *operand);
static char *search_query(SqlText *sql, const SqlScope *scope, const Condition *compare);
static char *search_config(const SqlScope *scope, const Condition *compare);

/* ---- operators of two values ---- */

void
sql_append_typed(SqlText *sql, const SqlScope *scope, const Condition *compare,
				 const SqlOperand *operand)
{
	const char *function = compare->op == WHERE_CONTAINS ? "st_contains" :
		compare->op == WHERE_CONTAINED ? "st_within" :
		compare->op == WHERE_OVERLAP ? "st_intersects" : NULL;
	char	   *call = function ? own_function(operand->type, function, InvalidOid) : NULL;
	const Jsonb *varying = sql->varying;
	Oid			right = right_type(sql, compare, operand);
	Oid			operator = call ? InvalidOid :
		find_operator(operand->type, operator_symbol(compare->op, operand->type), right, BOOLOID);
	char	   *value;

	if (call == NULL && !OidIsValid(operator))
		error_no_operator(compare, operand);
	value = sql_value_text(sql, scope, compare, right);
	sql->varying = varying;
	if (call != NULL)
		appendStringInfo(&sql->buf, "%s(%s, %s)", call, operand->sql, value);
	else
		appendStringInfo(&sql->buf, "(%s %s %s)", operand->sql, sql_operator_text(operator), value);
}

static const char *
operator_symbol(WhereOperator op, Oid type)
{
	bool		is_network = type == INETOID || type == CIDROID;

	switch (op)
	{
		case WHERE_CONTAINS:
			return is_network ? ">>=" : "@>";
		case WHERE_CONTAINED:
			return is_network ? "<<=" : "<@";
		case WHERE_OVERLAP:
			return "&&";
		case WHERE_ADJACENT:
			return "-|-";
		case WHERE_STRICT_LEFT:
			return is_network ? NULL : "<<";	/* of networks they are containment */
		case WHERE_STRICT_RIGHT:
			return is_network ? NULL : ">>";
		case WHERE_NO_EXTEND_LEFT:
			return "&>";
		case WHERE_NO_EXTEND_RIGHT:
			return "&<";
		case WHERE_HAS_KEY:
			return "?";
		case WHERE_HAS_ANY_KEY:
			return "?|";
		case WHERE_HAS_ALL_KEYS:
			return "?&";
		default:
			return NULL;
	}
}

/* a range contains an element as well as a range: a string that is one says which */
static Oid
right_type(SqlText *sql, const Condition *compare, const SqlOperand *operand)
{
	if (compare->op == WHERE_HAS_KEY)
		return TEXTOID;
	if (compare->op == WHERE_HAS_ANY_KEY || compare->op == WHERE_HAS_ALL_KEYS)
		return TEXTARRAYOID;
	if (!type_is_range(operand->type) || compare->op != WHERE_CONTAINS)
		return operand->type;
	sql->varying = NULL;		/* another value might be of the other type */
	return names_element(compare->value) ? get_range_subtype(operand->type) : operand->type;
}

static bool
names_element(const OptionValue *value)
{
	const JsonbValue *literal = &value->literal;

	return value->kind == OPTION_LITERAL &&
		(literal->type != jbvString ||
		 strchr("[(e", literal->val.string.len > 0 ? literal->val.string.val[0] : ' ') == NULL);
}

static void
error_no_operator(const Condition *compare, const SqlOperand *operand)
{
	error_document(ERRCODE_UNDEFINED_FUNCTION, compare->path,
				   compare->op == WHERE_CONTAINS ? "For text use \"substring\"." : NULL,
				   "\"%s\" does not apply to \"%s\" of type %s",
				   options_operator_name(compare->op), operand->name,
				   format_type_be(operand->type));
}

/* ---- distance ---- */

/* {"within": {"of": X, "distance": d}} */
void
sql_append_within(SqlText *sql, const SqlScope *scope, const Condition *compare,
				  const SqlOperand *operand)
{
	char	   *call = own_function(operand->type, "st_dwithin", FLOAT8OID);
	char	   *value;
	char	   *distance;
	Oid			type;

	if (call != NULL)
	{
		value = sql_value_text(sql, scope, compare, operand->type);
		appendStringInfo(&sql->buf, "%s(%s, %s, %s)", call, operand->sql, value,
						 sql_param(sql, compare->distance, FLOAT8OID, -1, PATTERN_NONE));
		return;
	}
	distance = sql_distance(sql, scope, compare, operand, &type);
	appendStringInfo(&sql->buf, "(%s %s %s)", distance,
					 sql_operator(type, BTLessEqualStrategyNumber, compare->path),
					 sql_param(sql, compare->distance, type, -1, PATTERN_NONE));
}

char *
sql_distance(SqlText *sql, const SqlScope *scope, const Condition *compare,
			 const SqlOperand *operand, Oid *type)
{
	Oid			right = operand->type == VARCHAROID ? TEXTOID : operand->type;
	Oid			operator = find_operator(operand->type, "<->", right, InvalidOid);

	if (!OidIsValid(operator))
		error_document(ERRCODE_UNDEFINED_FUNCTION, compare->path, NULL,
					   "values of type %s have no distance", format_type_be(operand->type));
	*type = get_op_rettype(operator);
	return psprintf("(%s %s %s)", operand->sql, sql_operator_text(operator),
					sql_value_text(sql, scope, compare, right));
}

/* ---- what there is for a type ---- */

static bool
type_home(Oid type, TypeHome *home)
{
	HeapTuple	tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));

	if (!HeapTupleIsValid(tuple))
		return false;
	home->schema = ((Form_pg_type) GETSTRUCT(tuple))->typnamespace;
	home->owner = ((Form_pg_type) GETSTRUCT(tuple))->typowner;
	ReleaseSysCache(tuple);
	return home->schema != PG_CATALOG_NAMESPACE;
}

static Oid
find_operator(Oid left, const char *symbol, Oid right, Oid result)
{
	Oid			operator = symbol ? sql_own_operator(left, symbol, right, result) : InvalidOid;

	if (symbol == NULL || OidIsValid(operator))
		return operator;
	return catalog_operator(left, symbol, right, result);
}

Oid
sql_own_operator(Oid type, const char *symbol, Oid right, Oid result)
{
	Oid			operator = InvalidOid;
	TypeHome	home;
	HeapTuple	tuple;
	Form_pg_operator form;

	if (!type_home(type, &home))
		return InvalidOid;
	tuple = SearchSysCache4(OPERNAMENSP, CStringGetDatum(symbol), ObjectIdGetDatum(type),
							ObjectIdGetDatum(right), ObjectIdGetDatum(home.schema));
	if (!HeapTupleIsValid(tuple))
		return InvalidOid;
	form = (Form_pg_operator) GETSTRUCT(tuple);
	if (form->oprowner == home.owner && (!OidIsValid(result) || form->oprresult == result))
		operator = form->oid;
	ReleaseSysCache(tuple);
	return operator;
}

/* of arrays, ranges and so on: as the parser finds it, but in no other schema */
static Oid
catalog_operator(Oid left, const char *symbol, Oid right, Oid result)
{
	Operator	tuple = oper(NULL, list_make2(makeString("pg_catalog"), makeString(pstrdup(symbol))),
							 left, right, true, -1);
	Oid			operator = InvalidOid;

	if (tuple == NULL)
		return InvalidOid;
	if (!OidIsValid(result) || ((Form_pg_operator) GETSTRUCT(tuple))->oprresult == result)
		operator = oprid(tuple);
	ReleaseSysCache(tuple);
	return operator;
}

/* schema.name of a function (type, type) or (type, type, third, ...) with defaults for what follows; NULL: none */
static char *
own_function(Oid type, const char *name, Oid third)
{
	CatCList   *list;
	TypeHome	home;
	char	   *found = NULL;

	if (!type_home(type, &home))
		return NULL;
	list = SearchSysCacheList1(PROCNAMEARGSNSP, CStringGetDatum(name));
	for (int i = 0; i < list->n_members && found == NULL; i++)
	{
		HeapTuple	tuple = &list->members[i]->tuple;
		Form_pg_proc form = (Form_pg_proc) GETSTRUCT(tuple);
		int			n = OidIsValid(third) ? 3 : 2;
		Oid		   *types = form->proargtypes.values;

		if (form->pronamespace == home.schema && form->proowner == home.owner &&
			form->pronargs >= n && form->pronargs - form->pronargdefaults <= n &&
			types[0] == type && types[1] == type && (n == 2 || types[2] == third))
			found = function_name(tuple);
	}
	ReleaseSysCacheList(list);
	return found;
}

/* max(citext) and its kin, as schema.name; NULL: none */
char *
sql_own_aggregate(Oid type, const char *name, Oid *result)
{
	char	   *found = NULL;
	TypeHome	home;
	HeapTuple	tuple;
	Form_pg_proc form;

	if (!type_home(type, &home))
		return NULL;
	tuple = SearchSysCache3(PROCNAMEARGSNSP, CStringGetDatum(name),
							PointerGetDatum(buildoidvector(&type, 1)), ObjectIdGetDatum(home.schema));
	if (!HeapTupleIsValid(tuple))
		return NULL;
	form = (Form_pg_proc) GETSTRUCT(tuple);
	if (form->proowner == home.owner && form->prokind == PROKIND_AGGREGATE)
	{
		found = function_name(tuple);
		*result = form->prorettype;
	}
	ReleaseSysCache(tuple);
	return found;
}

static char *
function_name(HeapTuple tuple)
{
	Form_pg_proc form = (Form_pg_proc) GETSTRUCT(tuple);

	registry_watch_schema(form->pronamespace);
	return quote_qualified_identifier(get_namespace_name(form->pronamespace), NameStr(form->proname));
}

/* ---- search ---- */

/* "match", "websearch", "phrase"; of an ltree, "match" is its lquery */
void
sql_append_search(SqlText *sql, const SqlScope *scope, const Condition *compare,
				  const SqlOperand *operand)
{
	Oid			query = compare->op == WHERE_MATCH ? path_query_type(operand->type) : InvalidOid;
	Oid			operator = OidIsValid(query) ?
		sql_own_operator(operand->type, "~", query, BOOLOID) : InvalidOid;

	if (OidIsValid(operator))
		appendStringInfo(&sql->buf, "(%s %s %s)", operand->sql, sql_operator_text(operator),
						 sql_value_text(sql, scope, compare, query));
	else
		appendStringInfo(&sql->buf, "(%s OPERATOR(pg_catalog.@@) %s)",
						 search_vector(scope, compare, operand), search_query(sql, scope, compare));
}

static Oid
path_query_type(Oid type)
{
	TypeHome	home;

	return type_home(type, &home) ?
		GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid, CStringGetDatum("lquery"),
						ObjectIdGetDatum(home.schema)) : InvalidOid;
}

/* how well the row fits what is searched for */
char *
sql_rank(SqlText *sql, const SqlScope *scope, const Condition *compare, const SqlOperand *operand)
{
	return psprintf("pg_catalog.ts_rank(%s, %s)", search_vector(scope, compare, operand),
					search_query(sql, scope, compare));
}

static char *
search_vector(const SqlScope *scope, const Condition *compare, const SqlOperand *operand)
{
	if (operand->type == TSVECTOROID)
		return operand->sql;
	return psprintf("pg_catalog.to_tsvector(%s%s)", search_config(scope, compare), operand->text_sql);
}

static char *
search_query(SqlText *sql, const SqlScope *scope, const Condition *compare)
{
	const char *function = compare->op == WHERE_WEBSEARCH ? "websearch_to_tsquery" :
		compare->op == WHERE_PHRASE ? "phraseto_tsquery" : "to_tsquery";

	return psprintf("pg_catalog.%s(%s%s)", function, search_config(scope, compare),
					sql_value_text(sql, scope, compare, TEXTOID));
}

/*
 * A constant, so that an index over to_tsvector of it is used: of pg_catalog unless a schema
 * is written.  Without one, the session's default_text_search_config, which Citus does not tell the workers.
 */
static char *
search_config(const SqlScope *scope, const Condition *compare)
{
	char	   *schema;
	char	   *name;
	Oid			namespace;

	if (compare->config == NULL && sql_is_spread(scope->model))
		error_document(ERRCODE_FEATURE_NOT_SUPPORTED, compare->path,
					   "Name the configuration: {\"query\": ..., \"config\": \"english\"}.",
					   "Citus searches rows of %s with the configuration of each node", scope->model->name);
	if (compare->config == NULL)
		return "";
	registry_split_name(compare->config, &schema, &name);
	if (schema == NULL)
		schema = "pg_catalog";
	namespace = get_namespace_oid(schema, true);
	if (!OidIsValid(namespace) ||
		!SearchSysCacheExists2(TSCONFIGNAMENSP, CStringGetDatum(name), ObjectIdGetDatum(namespace)))
		error_document(ERRCODE_UNDEFINED_OBJECT, doc_path_key(compare->path, "config"),
					   "One that is not PostgreSQL's own is written with its schema; see pg_ts_config.",
					   "there is no text search configuration \"%s\"", error_name(compare->config));
	registry_watch_schema(namespace);
	return psprintf("CAST(%s AS pg_catalog.regconfig), ",
					quote_literal_cstr(quote_qualified_identifier(schema, name)));
}
