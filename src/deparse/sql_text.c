/*-------------------------------------------------------------------------
 *
 * sql_text.c
 *	  SQL text: names, operators, parameters, joins.
 *
 * Decides how columns, key comparisons, associated rows and aggregates are
 * written.  Conditions are written by sql_where.c, what to-one associations lead to
 * by sql_to_one.c; which statement a node runs is decided by load_sql.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/stratnum.h"
#include "base/compat.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_namespace_d.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type_d.h"
#include "deparse/cursor.h"
#include "deparse/sql_text.h"
#include "miscadmin.h"
#include "registry/key_match.h"
#include "registry/keys.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

static char *row_of_columns(const char *alias, const Model *model);
static const char *schema_text(Oid schema);
static char *collation_text(Oid collation);
static LoadParam *make_param(const SqlText *sql, const OptionValue *value, Oid type, int32 typmod);
static bool has_domain_column(Oid type);
static bool input_depends_on_session(Oid type);
static bool may_vary(const Jsonb *document, const JsonbValue *literal);
static LoadParam *make_cursor_param(const struct CursorShape *shape, int number);

static bool values_unmade = false;

void
sql_text_init(SqlText *sql, int nkeys, List **params, List **relations)
{
	memset(sql, 0, sizeof(SqlText));
	initStringInfo(&sql->buf);
	sql->nkeys = nkeys;
	sql->params = params;
	sql->relations = relations;
}

StringInfoData
sql_begin_part(SqlText *sql)
{
	StringInfoData outer = sql->buf;

	initStringInfo(&sql->buf);
	return outer;
}

char *
sql_end_part(SqlText *sql, StringInfoData outer)
{
	char	   *text = sql->buf.data;

	sql->buf = outer;
	return text;
}

char *
sql_alias(SqlText *sql, const char *prefix)
{
	return psprintf("%s%d", prefix, ++sql->naliases);
}

char *
sql_column(const char *alias, const Attribute *attribute)
{
	if (alias == NULL)
		return pstrdup(quote_identifier(attribute->column));
	if (!attribute->computed)
		return psprintf("%s.%s", alias, quote_identifier(attribute->column));
	if (attribute->row_of == NULL)
		return psprintf("%s(%s.*)", attribute->column, alias);
	return psprintf("%s(%s)", attribute->column, row_of_columns(alias, attribute->row_of));
}

static char *
row_of_columns(const char *alias, const Model *model)
{
	StringInfoData buf;

	initStringInfo(&buf);
	for (int i = 0; i < model->nattributes; i++)
		appendStringInfo(&buf, "%s%s.%s", i > 0 ? ", " : "CAST(ROW(", alias, quote_identifier(model->attributes[i].column));
	appendStringInfo(&buf, ") AS %s)", model->quoted_table);
	return buf.data;
}

char *
sql_columns(const char *alias, int n, Attribute **columns)
{
	StringInfoData buf;

	initStringInfo(&buf);
	for (int i = 0; i < n; i++)
		appendStringInfo(&buf, "%s%s", i > 0 ? ", " : "", sql_column(alias, columns[i]));
	return buf.data;
}

char *
sql_type(Oid type, int32 typmod)
{
	registry_watch_type(type);
	return format_type_extended(type, typmod, FORMAT_TYPE_TYPEMOD_GIVEN | FORMAT_TYPE_FORCE_QUALIFY);
}

Attribute *
sql_used_attribute(SqlText *sql, const Model *model, const char *name, const DocPath *path)
{
	Attribute  *attribute = model_value_at(model, name, path);

	sql_use_attribute(sql, model, attribute, path);
	return attribute;
}

void
sql_use_attribute(SqlText *sql, const Model *model, const Attribute *attribute,
				  const DocPath *path)
{
	if (attribute->hidden == HIDDEN && !error_path_is_declared(path))
		error_document(ERRCODE_INSUFFICIENT_PRIVILEGE, path,
					   "Use it in a scope of the model, or declare it with \"hidden\": \"output\".",
					   "attribute \"%s\" of model \"%s\" is hidden: conditions, orders and aggregates may not use it",
					   attribute->name, model->name);
	if (attribute->hidden != NOT_HIDDEN)
		sql->used_hidden = attribute;
}

/* ---- operators ---- */

char *
sql_operator(Oid type, int strategy, const DocPath *path)
{
	Oid			compared;
	Oid			opfamily = key_match_order(getBaseType(type), &compared);
	Oid			operator = InvalidOid;

	if (OidIsValid(opfamily))
		operator = get_opfamily_member(opfamily, compared, compared, strategy);
	if (!OidIsValid(operator))
		error_document(ERRCODE_UNDEFINED_FUNCTION, path, NULL,
					   "values of type %s cannot be compared", format_type_be(type));
	return sql_operator_text(operator);
}

char *
sql_operator_text(Oid operator)
{
	HeapTuple	tuple = SearchSysCache1(OPEROID, ObjectIdGetDatum(operator));
	Form_pg_operator form;
	char	   *text;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for operator %u", operator);
	form = (Form_pg_operator) GETSTRUCT(tuple);
	text = psprintf("OPERATOR(%s.%s)", schema_text(form->oprnamespace), NameStr(form->oprname));
	ReleaseSysCache(tuple);
	return text;
}

/* one has its name for good, and most of the operators: verbs write their statements at each call */
static const char *
schema_text(Oid schema)
{
	if (schema == PG_CATALOG_NAMESPACE)
		return "pg_catalog";
	registry_watch_schema(schema);
	return quote_identifier(get_namespace_name(schema));
}

char *
sql_keys_equal(const char *ref, const Attribute *ref_attr,
			   const char *key, const Attribute *key_attr)
{
	return sql_keys_compare(ref, ref_attr, BTEqualStrategyNumber, key, key_attr);
}

/* the reference on the left, since ANY(...) is neither cast nor collated */
char *
sql_keys_compare(const char *ref, const Attribute *ref_attr, int strategy,
				 const char *key, const Attribute *key_attr)
{
	KeyMatch	match = key_match(ref_attr->type, key_attr->type);

	return psprintf("%s %s %s", sql_ref_as(ref, ref_attr, key_attr),
					sql_operator_text(key_match_operator(&match, strategy, true)), key);
}

char *
sql_source_equal(const ResolvedAssociation *assoc, int n, const char *ref, const char *source)
{
	const Attribute *ref_attr = assoc->source_ref[n];
	const Attribute *source_attr = assoc->source_key[n];
	KeyMatch	match;

	if (!assoc->source_points)
		return sql_keys_equal(ref, ref_attr, source, source_attr);
	match = key_match(source_attr->type, ref_attr->type);
	return psprintf("%s %s %s", ref,
					sql_operator_text(key_match_operator(&match, BTEqualStrategyNumber, false)),
					sql_ref_as(source, source_attr, ref_attr));
}

char *
sql_ref_as(const char *ref, const Attribute *ref_attr, const Attribute *key_attr)
{
	KeyMatch	match = key_match(ref_attr->type, key_attr->type);

	if (OidIsValid(match.cast))
		ref = psprintf("CAST(%s AS %s)", ref, sql_type(match.cast, -1));
	if (OidIsValid(key_attr->collation) && ref_attr->collation != key_attr->collation)
		return sql_collate(ref, key_attr->collation);
	return pstrdup(ref);
}

Attribute
sql_value_key(const Attribute *key, Oid ref_collation)
{
	Attribute	value = *key;

	if (OidIsValid(key->collation) && get_collation_isdeterministic(key->collation) &&
		(!OidIsValid(ref_collation) || get_collation_isdeterministic(ref_collation)))
		value.collation = InvalidOid;
	return value;
}

char *
sql_collate(const char *a, Oid collation)
{
	return psprintf("%s COLLATE %s", a, collation_text(collation));
}

static char *
collation_text(Oid collation)
{
	HeapTuple	tuple = SearchSysCache1(COLLOID, ObjectIdGetDatum(collation));
	Form_pg_collation form;
	char	   *text;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for collation %u", collation);
	form = (Form_pg_collation) GETSTRUCT(tuple);
	registry_watch_schema(form->collnamespace);
	text = quote_qualified_identifier(get_namespace_name(form->collnamespace),
									  NameStr(form->collname));
	ReleaseSysCache(tuple);
	return text;
}

char *
sql_key_equal(int n, const char *ref_alias, Attribute **ref, const char *key_alias, Attribute **key)
{
	StringInfoData buf;

	initStringInfo(&buf);
	for (int i = 0; i < n; i++)
		appendStringInfo(&buf, "%s%s", i > 0 ? " AND " : "",
						 sql_keys_equal(sql_column(ref_alias, ref[i]), ref[i],
										sql_column(key_alias, key[i]), key[i]));
	return buf.data;
}

char *
sql_source_match(const ResolvedAssociation *assoc, const SqlScope *inner, const char *source_alias)
{
	const char *ref_alias = sql_ref_alias(inner);
	StringInfoData buf;

	if (source_alias == NULL)
		return "true";
	initStringInfo(&buf);
	for (int i = 0; i < assoc->nsource; i++)
		appendStringInfo(&buf, "%s%s", i > 0 ? " AND " : "",
						 sql_source_equal(assoc, i, sql_column(ref_alias, assoc->source_ref[i]),
										  sql_column(source_alias, assoc->source_key[i])));
	return buf.data;
}

/* ---- parameters ---- */

char *
sql_param(SqlText *sql, const OptionValue *value, Oid type, int32 typmod, PatternForm pattern)
{
	LoadParam  *param = make_param(sql, value, type, typmod);

	param->pattern = pattern;
	return sql_add_param(sql, param);
}

char *
sql_list_param(SqlText *sql, const OptionValue *value, Oid array_type)
{
	LoadParam  *param = make_param(sql, value, array_type, -1);

	param->no_null_elements = true;
	return sql_add_param(sql, param);
}

char *
sql_set_param(SqlText *sql, const OptionValue *value, Oid array_type)
{
	LoadParam  *param = make_param(sql, value, array_type, -1);

	param->generic_plan_ok = true;
	return sql_add_param(sql, param);
}

char *
sql_set_size(SqlText *sql, const OptionValue *value, Oid array_type, Oid collation)
{
	LoadParam  *param = make_param(sql, value, array_type, -1);

	param->type = INT8OID;
	param->set = array_type;
	param->set_collation = collation;
	param->generic_plan_ok = true;
	return sql_add_param(sql, param);
}

char *
sql_row_count(SqlText *sql, const OptionValue *value, int *number)
{
	LoadParam  *param = make_param(sql, value, INT8OID, -1);
	char	   *text;

	param->row_count = true;
	param->most = value->most;
	text = sql_add_param(sql, param);
	*number = llast_int(sql->used);
	return text;
}

char *
sql_page_size(SqlText *sql, const OptionValue *value, int *number)
{
	char	   *text = sql_row_count(sql, value, number);

	((LoadParam *) list_nth(*sql->params, *number))->page_size = true;
	return text;
}

char *
sql_cursor_value(SqlText *sql, const OptionValue *cursor, const struct CursorShape *shape,
				 int number)
{
	LoadParam  *param = make_cursor_param(shape, number);

	param->path = cursor->path;
	param->optional = cursor->optional;
	if (cursor->kind == OPTION_PARAM)
		param->name = cursor->name;
	else if (may_vary(sql->varying, &cursor->literal))
		param->address = load_param_address(&cursor->literal);
	else
		param->literal = JsonbValueToJsonb(unconstify(JsonbValue *, &cursor->literal));
	return sql_add_param(sql, param);
}

char *
sql_missing(SqlText *sql, const OptionValue *value)
{
	LoadParam  *param = palloc0_object(LoadParam);

	param->type = BOOLOID;
	param->typmod = -1;
	param->path = value->path;
	param->name = value->name;
	param->optional = param->missing = true;
	return sql_add_param(sql, param);
}

int
sql_value_number(SqlText *sql, const OptionValue *value, Oid type)
{
	*sql->params = lappend(*sql->params, make_param(sql, value, type, -1));
	return list_length(*sql->params) - 1;
}

int
sql_cursor_filter(SqlText *sql, const struct CursorShape *shape)
{
	*sql->params = lappend(*sql->params, make_cursor_param(shape, CURSOR_FILTER));
	return list_length(*sql->params) - 1;
}

static LoadParam *
make_cursor_param(const struct CursorShape *shape, int number)
{
	LoadParam  *param = palloc0_object(LoadParam);

	param->type = number >= 0 ? shape->types[number] :
		number == CURSOR_NONE ? BOOLOID : INT4OID;
	param->typmod = -1;
	param->cursor = shape;
	param->cursor_number = number;
	return param;
}

static LoadParam *
make_param(const SqlText *sql, const OptionValue *value, Oid type, int32 typmod)
{
	LoadParam  *param = palloc0_object(LoadParam);

	param->type = type;
	param->typmod = typmod;
	param->path = value->path;
	param->optional = value->optional;
	if (value->kind == OPTION_PARAM)
		param->name = value->name;
	else if (may_vary(sql->varying, &value->literal))
		param->address = load_param_address(&value->literal);
	else if (values_unmade && sql_checks_domain(type))
	{
		param->isnull = true;
		param->unmade = JsonbValueToJsonb(unconstify(JsonbValue *, &value->literal));
	}
	else if (input_depends_on_session(type))
		param->literal = JsonbValueToJsonb(unconstify(JsonbValue *, &value->literal));
	else
		param->value = key_value_from_jsonb(&value->literal, type, typmod, value->path, &param->isnull);
	return param;
}

/* a string, a number, or a list of them, as it stands in the document */
static bool
may_vary(const Jsonb *document, const JsonbValue *literal)
{
	const char *address = load_param_address(literal);

	if (document == NULL || address < (const char *) document ||
		address >= (const char *) document + VARSIZE(document))
		return false;
	return literal->type != jbvBinary || load_param_is_list(literal);
}

bool
sql_leave_values_unmade(bool unmade)
{
	bool		before = values_unmade;

	values_unmade = unmade;
	return before;
}

/*
 * Does the input of a type check a domain?  Domains are anybody's, and their checks
 * call what functions they like; input functions themselves are in C.
 */
bool
sql_makes_values(Oid type)
{
	return !(values_unmade && sql_checks_domain(type)) && !input_depends_on_session(type);
}

bool
sql_checks_domain(Oid type)
{
	Oid			element = get_element_type(type);

	check_stack_depth();
	if (OidIsValid(element))
		return sql_checks_domain(element);
	switch (get_typtype(type))
	{
		case TYPTYPE_DOMAIN:
			return true;
		case TYPTYPE_RANGE:
			return sql_checks_domain(get_range_subtype(type));
		case TYPTYPE_MULTIRANGE:
			return sql_checks_domain(get_multirange_range(type));
		case TYPTYPE_COMPOSITE:
			return has_domain_column(type);
	}
	return false;
}

static bool
has_domain_column(Oid type)
{
	TupleDesc	desc = lookup_rowtype_tupdesc(type, -1);
	bool		found = false;

	for (int i = 0; i < desc->natts && !found; i++)
	{
		Form_pg_attribute column = TupleDescAttr(desc, i);

		found = !column->attisdropped && sql_checks_domain(column->atttypid);
	}
	ReleaseTupleDesc(desc);
	return found;
}

/*
 * May the same text be another value later in the session?  "today" may, a time
 * in the session's time zone, a name looked up in search_path.
 */
static bool
input_depends_on_session(Oid type)
{
	Oid			base = getBaseType(type);
	Oid			element = get_element_type(base);
	Oid			input;
	Oid			ioparam;

	if (OidIsValid(element))
		return input_depends_on_session(element);
	if (base == JSONOID || base == JSONBOID)
		return false;			/* not through text */
	getTypeInputInfo(base, &input, &ioparam);
	return func_volatile(input) != PROVOLATILE_IMMUTABLE;
}

char *
sql_add_param(SqlText *sql, LoadParam *param)
{
	Datum		value;
	char		isnull;

	if (sql->params == NULL)
	{
		load_params_bind(1, param, NULL, &value, &isnull);
		return sql_argument(sql, param->type, value, isnull == 'n');
	}
	*sql->params = lappend(*sql->params, param);
	sql->used = lappend_int(sql->used, list_length(*sql->params) - 1);
	if (sql->numbered_by_plan)
		return psprintf("$%d", list_length(*sql->params));
	return psprintf("$%d", sql->nkeys + list_length(sql->used));
}

char *
sql_argument(SqlText *sql, Oid type, Datum value, bool isnull)
{
	if (sql->nargs == sql->maxargs)
	{
		sql->maxargs *= 2;
		sql->types = repalloc_array(sql->types, Oid, sql->maxargs);
		sql->values = repalloc_array(sql->values, Datum, sql->maxargs);
		sql->nulls = repalloc_array(sql->nulls, char, sql->maxargs);
	}
	sql->types[sql->nargs] = type;
	sql->values[sql->nargs] = value;
	sql->nulls[sql->nargs] = isnull ? 'n' : ' ';
	return psprintf("$%d", ++sql->nargs);
}
