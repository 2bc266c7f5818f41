/*-------------------------------------------------------------------------
 *
 * sql_order.c
 *	  What rows are ordered by, in SQL text.
 *
 * Decides what an item of "order" names: an attribute, of the row, its link row or a row that it
 * has one of; a path in a json one of these; an aggregate.  Of an attribute the order may be that of
 * its lower case, and of another collation.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "catalog/namespace.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_type.h"
#include "deparse/sql_text.h"
#include "deparse/sql_where.h"
#include "mb/pg_wchar.h"
#include "registry/misplaced.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

static SqlOrderKey *order_key(SqlText *sql, const SqlScope *scope, const OrderItem *item);
static SqlOrderKey *order_steps(SqlText *sql, const SqlScope *scope, const OrderItem *item);
static const char *take_json_path(const SqlScope *scope, List **steps);
static const Model *named_model(const SqlScope *scope, List *steps, int n);
static void order_by_path(SqlText *sql, SqlOrderKey *key, const OrderItem *item, const char *path);
static void order_by_text(SqlOrderKey *key, const OrderItem *item);
static Oid	collation_of(const OrderItem *item, const Model *model);
static Oid	collation_in(Oid schema, const char *name);
static SqlOrderKey *order_attribute(SqlText *sql, const SqlScope *scope, List *steps,
									const DocPath *path);
static const char *order_hint(const Model *model, const char *name);
static void check_order_names(const SqlScope *scope, const OrderItem *item);
static void append_order(SqlText *sql, List *keys, bool by_position);
static bool orders_by(List *keys, const Attribute *attribute);

List *
sql_order_keys(SqlText *sql, const SqlScope *scope, List *order)
{
	List	   *keys = NIL;

	foreach_ptr(OrderItem, item, order)
		keys = lappend(keys, order_key(sql, scope, item));
	/* rows that are equal so far still come in one order */
	for (int i = 0; i < scope->model->nkey; i++)
		if (!orders_by(keys, scope->model->key[i]))
			keys = lappend(keys, sql_order_column(scope->alias, scope->model->key[i], false));
	return keys;
}

SqlOrderKey *
sql_order_column(const char *alias, const Attribute *attribute, bool of_through)
{
	SqlOrderKey *key = palloc0_object(SqlOrderKey);

	key->sql = sql_column(alias, attribute);
	key->type = attribute->type;
	key->attribute = attribute->computed ? NULL : attribute;
	key->hidden = attribute->hidden != NOT_HIDDEN ? attribute : NULL;
	key->of_through = of_through;
	return key;
}

static SqlOrderKey *
order_key(SqlText *sql, const SqlScope *scope, const OrderItem *item)
{
	SqlOrderKey *key;

	sql->used_hidden = NULL;
	if (item->column == 0 && item->aggregate == NULL)
		key = order_steps(sql, scope, item);
	else
	{
		key = palloc0_object(SqlOrderKey);
		key->position = item->column;
		if (item->column == 0)
			key->sql = sql_aggregate(sql, scope, item->aggregate, item->path, &key->type);
	}
	key->is_explicit = true;
	key->item = item;
	key->hidden = sql->used_hidden;
	key->descending = item->descending;
	key->nulls = item->nulls;
	key->path = item->path;
	return key;
}

static SqlOrderKey *
order_steps(SqlText *sql, const SqlScope *scope, const OrderItem *item)
{
	List	   *steps = item->steps;
	const char *json_path = take_json_path(scope, &steps);
	SqlOrderKey *key;

	check_order_names(scope, item);
	key = order_attribute(sql, scope, steps, item->path);
	if (json_path == NULL && !item->lower && item->collation == NULL)
		return key;
	if (json_path != NULL)
		order_by_path(sql, key, item, json_path);
	if (item->collation != NULL || item->lower)
		order_by_text(key, item);
	if (item->lower)
		key->sql = psprintf("pg_catalog.lower(%s)", key->sql);
	if (item->collation != NULL)
		key->sql = sql_collate(key->sql, collation_of(item, scope->model));
	key->attribute = NULL;		/* its own order is another */
	key->of_through = false;
	return key;
}

/* an attribute of the row or of its link row, else an expression */
static SqlOrderKey *
order_attribute(SqlText *sql, const SqlScope *scope, List *steps, const DocPath *path)
{
	SqlOrderKey *key;
	const Attribute *attribute;

	if (list_length(steps) == 1)
		misplaced_of_link(scope->model, scope->through, linitial(steps),
						  "Attributes of the link stand behind \"through\": \"order\": [[\"through\", \"%s\"]].", path);
	if (list_length(steps) == 1)
		return sql_order_column(scope->alias,
								sql_used_attribute(sql, scope->model, linitial(steps), path), false);
	if (scope->through && list_length(steps) == 2 && strcmp(linitial(steps), "through") == 0)
		return sql_order_column(scope->through_alias,
								sql_used_attribute(sql, scope->through, lsecond(steps), path), true);
	key = palloc0_object(SqlOrderKey);
	key->sql = sql_to_one_expression(sql, scope, steps, path, &attribute);
	key->type = attribute->type;
	return key;
}

/* ---- what is ordered by is made of an attribute ---- */

/* of ["owner", "data.size"] the path "size", where data is a json attribute over there; NULL: there is none */
static const char *
take_json_path(const SqlScope *scope, List **steps)
{
	const Model *model = named_model(scope, *steps, list_length(*steps));
	const char *path;
	const Attribute *attribute = model ? model_json_path(model, llast(*steps), &path) : NULL;

	if (attribute == NULL)
		return NULL;
	*steps = lappend(list_truncate(list_copy(*steps), list_length(*steps) - 1), attribute->name);
	return path;
}

/* whose attribute the last of n steps names; NULL: nobody's */
static const Model *
named_model(const SqlScope *scope, List *steps, int n)
{
	const Model *model = scope->model;

	for (int i = 0; i < n - 1 && model != NULL; i++)
	{
		const char *step = list_nth(steps, i);
		const Association *association;

		if (i == 0 && scope->through != NULL && strcmp(step, "through") == 0)
		{
			model = scope->through;
			continue;
		}
		association = registry_association_if_any(model, step);
		model = association ? registry_model_if_any(association->target) : NULL;
	}
	return model;
}

/* what stands there, as jsonb, or as text where the order is to be one of texts */
static void
order_by_path(SqlText *sql, SqlOrderKey *key, const OrderItem *item, const char *path)
{
	bool		text = item->lower || item->collation != NULL;

	key->sql = sql_json_value(key->sql, key->type, sql_json_steps(sql, path, item->path), text);
	key->type = text ? TEXTOID : JSONBOID;
}

static void
order_by_text(SqlOrderKey *key, const OrderItem *item)
{
	char		category;
	bool		preferred;

	get_type_category_preferred(key->type, &category, &preferred);
	if (category != TYPCATEGORY_STRING)
		error_document(ERRCODE_DATATYPE_MISMATCH, item->path, NULL,
					   "\"%s\" is about texts, not values of type %s",
					   item->lower ? "lower" : "collation", format_type_be(key->type));
	if (!item->lower || getBaseType(key->type) == TEXTOID)
		return;
	key->sql = psprintf("CAST(%s AS pg_catalog.text)", key->sql);
	key->type = TEXTOID;
}

/*
 * A name is one of the server's own collations, or of the schema of the model: never what search_path
 * makes of it.
 */
static Oid
collation_of(const OrderItem *item, const Model *model)
{
	const char *name = item->collation;
	const char *dot = strchr(name, '.');
	Oid			collation = collation_in(PG_CATALOG_NAMESPACE, name);
	Oid			schema;

	if (!OidIsValid(collation))
		collation = collation_in(model->schema, name);
	if (OidIsValid(collation) || dot == NULL)
		schema = InvalidOid;
	else
		schema = get_namespace_oid(pnstrdup(name, dot - name), true);
	if (OidIsValid(schema))
		collation = collation_in(schema, dot + 1);
	if (!OidIsValid(collation))
		error_document(ERRCODE_UNDEFINED_OBJECT, item->path,
					   "Name one of pg_collation, with its schema if it is neither the server's nor the model's.",
					   "there is no collation \"%s\"", error_name(name));
	return collation;
}

/* for the encoding of this database, or for all */
static Oid
collation_in(Oid schema, const char *name)
{
	Oid			collation = GetSysCacheOid3(COLLNAMEENCNSP, Anum_pg_collation_oid, PointerGetDatum(name),
											Int32GetDatum(GetDatabaseEncoding()),
											ObjectIdGetDatum(schema));

	if (OidIsValid(collation))
		return collation;
	return GetSysCacheOid3(COLLNAMEENCNSP, Anum_pg_collation_oid, PointerGetDatum(name),
						   Int32GetDatum(-1), ObjectIdGetDatum(schema));
}

/* ---- names ---- */

/* how people from elsewhere write it, and where the last of several names should have been a direction */
static void
check_order_names(const SqlScope *scope, const OrderItem *item)
{
	const char *first = linitial(item->steps);
	int			n = list_length(item->steps);
	const char *last_but_one = n > 1 ? list_nth(item->steps, n - 2) : NULL;
	const Model *model = n > 1 ? named_model(scope, item->steps, n - 1) : NULL;
	const char *hint = n == 1 && model_value(scope->model, first) == NULL ? order_hint(scope->model, first) : NULL;

	if (hint != NULL)
		error_document(ERRCODE_UNDEFINED_COLUMN, item->path, hint,
					   "model \"%s\" has no attribute \"%s\"", scope->model->name, first);
	if (model != NULL && model_attribute(model, last_but_one) != NULL &&
		registry_association_if_any(model, last_but_one) == NULL)
		options_error_direction(llast(item->steps), item->path);
}

static const char *
order_hint(const Model *model, const char *name)
{
	const char *dot = strchr(name, '.');

	if (dot != NULL && registry_association_if_any(model, pnstrdup(name, dot - name)) != NULL)
		return psprintf(_("Write \"order\": [[\"%.*s\", \"%s\"]]."), (int) (dot - name), name, dot + 1);
	return options_order_hint(name);
}

/* ---- text ---- */

void
sql_append_order(SqlText *sql, List *keys)
{
	append_order(sql, keys, true);
}

void
sql_append_order_expressions(SqlText *sql, List *keys)
{
	append_order(sql, keys, false);
}

static void
append_order(SqlText *sql, List *keys, bool by_position)
{
	foreach_ptr(SqlOrderKey, key, keys)
	{
		appendStringInfo(&sql->buf, "%s%s%s%s",
						 foreach_current_index(key) > 0 ? ", " : " ORDER BY ",
						 by_position && key->position > 0 ? psprintf("%d", key->position) : key->sql,
						 !key->is_explicit ? "" : key->descending ? " DESC" : " ASC",
						 key->nulls == NULLS_FIRST_EXPLICIT ? " NULLS FIRST" :
						 key->nulls == NULLS_LAST_EXPLICIT ? " NULLS LAST" : "");
	}
}

static bool
orders_by(List *keys, const Attribute *attribute)
{
	foreach_ptr(SqlOrderKey, key, keys)
	{
		if (key->attribute == attribute && !key->of_through)
			return true;
	}
	return false;
}
