/*-------------------------------------------------------------------------
 *
 * model_index.c
 *	  The option "indexes" of define.
 *
 * Decides how a declared index is written as DDL and when one that exists is
 * the same: with the same columns, directions and uniqueness, under that name or, of
 * columns only, any other.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "base/compat.h"
#include "base/ddl.h"
#include "catalog/pg_index.h"
#include "commands/defrem.h"
#include "declare/attribute.h"
#include "declare/key_index.h"
#include "declare/model_index.h"
#include "lib/stringinfo.h"
#include "registry/literal.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/syscache.h"

static const char *const index_keys[] = {
	"fields", "unique", "name", "method", "where", NULL
};
static const char *const field_keys[] = {"name", "order", "operator", "sql", NULL};
static const char *const sql_keys[] = {"sql", NULL};

typedef struct IndexDef
{
	Oid			relation;
	char	   *name;
	char	   *statement;		/* CREATE INDEX */
	char	   *description;	/* unique btree (email, created_at DESC) */
	bool		plain;			/* the description is complete: no expression, condition or operator class */
} IndexDef;

/* an index that is being parsed */
typedef struct IndexParse
{
	Oid			relation;
	List	   *defs;
	StringInfoData elements;	/* of CREATE INDEX */
	StringInfoData description; /* of the elements */
	StringInfoData plain;		/* column names joined by _, for a name */
	bool		special;		/* an expression or an operator class */
} IndexParse;

static IndexDef *parse_index(DocMember *member, Oid relation, List *defs);
static void parse_field(IndexParse *cx, DocMember *field);
static void parse_expression_field(IndexParse *cx, DocMember *sql);
static void append_column(IndexParse *cx, DocMember *name);
static void append_order(IndexParse *cx, DocMember *order);
static char *field_column(IndexParse *cx, DocMember *name);
static char *sql_member(DocMember *member);
static bool is_equal(Relation index, const void *arg);
static bool is_plain(Relation index);
static Oid	class_of(Relation index, int column);
static Oid	collation_of(Oid relation, AttrNumber attnum);
static char *describe_index(Oid index);

List *
model_indexes_parse(DocMember *indexes, Oid relation, List *defs)
{
	List	   *result = NIL;

	if (indexes == NULL)
		return NIL;
	foreach_ptr(DocMember, element, doc_elements(&indexes->value, &indexes->path))
		result = lappend(result, parse_index(element, relation, defs));
	return result;
}

static IndexDef *
parse_index(DocMember *member, Oid relation, List *defs)
{
	IndexDef   *index = palloc0_object(IndexDef);
	List	   *members = doc_members(&member->value, &member->path);
	DocMember  *fields = doc_find(members, "fields");
	DocMember  *name = doc_find(members, "name");
	DocMember  *unique = doc_find(members, "unique");
	DocMember  *method = doc_find(members, "method");
	DocMember  *where = doc_find(members, "where");
	const char *uniqueness = unique && doc_member_bool(unique) ? "UNIQUE " : "";
	const char *using = method ? doc_member_name(method, "method") : "btree";
	IndexParse	cx = {.relation = relation, .defs = defs};

	doc_check_keys(members, index_keys, "index key");
	if (fields == NULL)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, &member->path, NULL,
					   "an index needs \"fields\"");
	initStringInfo(&cx.elements);
	initStringInfo(&cx.description);
	initStringInfo(&cx.plain);
	foreach_ptr(DocMember, element, doc_elements(&fields->value, &fields->path))
		parse_field(&cx, element);
	if (cx.elements.len == 0)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, &fields->path, NULL,
					   "an index needs at least one field");

	index->relation = relation;
	index->name = name ? doc_member_name(name, "index") :
		ddl_object_name(get_rel_name(relation), cx.plain.data,
						uniqueness[0] ? "key" : "idx");
	index->statement = psprintf("CREATE %sINDEX %s ON %s USING %s (%s)%s%s", uniqueness,
								quote_identifier(index->name), ddl_table(relation),
								quote_identifier(using), cx.elements.data,
								where ? " WHERE " : "", where ? sql_member(where) : "");
	index->plain = where == NULL && !cx.special;
	index->description = psprintf("%s%s (%s)%s", uniqueness, using,
								  cx.description.data, where ? " WHERE" : "");
	return index;
}

/* "email", {"name": "email", "order": "DESC"} or {"sql": "lower(email)"} */
static void
parse_field(IndexParse *cx, DocMember *field)
{
	List	   *members;
	DocMember  *name;
	DocMember  *order;
	DocMember  *operator;

	if (cx->elements.len > 0)
	{
		appendStringInfoString(&cx->elements, ", ");
		appendStringInfoString(&cx->description, ", ");
		appendStringInfoChar(&cx->plain, '_');
	}
	if (field->value.type == jbvString)
	{
		append_column(cx, field);
		return;
	}
	members = doc_members(&field->value, &field->path);
	doc_check_keys(members, field_keys, "field key");
	name = doc_find(members, "name");
	order = doc_find(members, "order");
	operator = doc_find(members, "operator");
	if ((name == NULL) == (doc_find(members, "sql") == NULL))
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, &field->path, NULL,
					   "a field has either \"name\" or \"sql\"");
	if (name != NULL)
		append_column(cx, name);
	else
		parse_expression_field(cx, doc_find(members, "sql"));
	cx->special = cx->special || name == NULL || operator != NULL;
	if (operator != NULL)
		appendStringInfo(&cx->elements, " %s", quote_identifier(doc_member_name(operator, "operator class")));
	if (order != NULL)
		append_order(cx, order);
}

static void
parse_expression_field(IndexParse *cx, DocMember *sql)
{
	appendStringInfoString(&cx->elements,
						   literal_expression(doc_member_string(sql), &sql->path));
	appendStringInfoString(&cx->description, "expression");
	appendStringInfoString(&cx->plain, "expr");
}

static void
append_column(IndexParse *cx, DocMember *name)
{
	char	   *column = field_column(cx, name);

	appendStringInfoString(&cx->elements, quote_identifier(column));
	appendStringInfoString(&cx->description, column);
	appendStringInfoString(&cx->plain, column);
}

static void
append_order(IndexParse *cx, DocMember *order)
{
	char	   *direction = doc_member_string(order);

	if (pg_strcasecmp(direction, "desc") == 0)
	{
		appendStringInfoString(&cx->elements, " DESC");
		appendStringInfoString(&cx->description, " DESC");
	}
	else if (pg_strcasecmp(direction, "asc") != 0)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, &order->path, NULL,
					   "an index field's order is ASC or DESC, not \"%s\"", direction);
}

static char *
field_column(IndexParse *cx, DocMember *name)
{
	char	   *field = doc_member_string(name);
	List	   *known = NIL;

	foreach_ptr(AttributeDef, def, cx->defs)
	{
		if (strcmp(def->name, field) == 0)
			return def->column;
		known = lappend(known, def->name);
	}
	if (get_attnum(cx->relation, field) > 0)
		return field;
	error_document(ERRCODE_UNDEFINED_COLUMN, &name->path,
				   error_hint_nearest(field, known, "attributes"),
				   "there is no attribute \"%s\"", field);
}

static char *
sql_member(DocMember *member)
{
	List	   *members = doc_members(&member->value, &member->path);
	DocMember  *sql = doc_find(members, "sql");

	doc_check_keys(members, sql_keys, "condition key");
	if (sql == NULL)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, &member->path, NULL,
					   "the condition of an index is written {\"sql\": \"...\"}");
	return literal_expression(doc_member_string(sql), &sql->path);
}

void
model_indexes_create(List *indexes)
{
	foreach_ptr(IndexDef, index, indexes)
		ddl_run("%s", index->statement);
}

List *
model_indexes_compare(List *indexes)
{
	List	   *differences = NIL;

	foreach_ptr(IndexDef, index, indexes)
	{
		Oid			schema = get_rel_namespace(index->relation);
		Oid			existing = get_relname_relid(index->name, schema);
		char	   *description = OidIsValid(existing) ? describe_index(existing) : "none";
		AttributeDifference *difference;

		if (strcmp(description, index->description) == 0 ||
			(!OidIsValid(existing) && index->plain && OidIsValid(key_find_index(index->relation, is_equal, index))))
			continue;
		difference = attribute_difference(psprintf("options.indexes.%s", index->name),
										  index->description, description);
		if (OidIsValid(existing))
			difference->statements = list_make1(psprintf("DROP INDEX %s", ddl_table(existing)));
		difference->statements = lappend(difference->statements, index->statement);
		differences = lappend(differences, difference);
	}
	return differences;
}

/* under another name */
static bool
is_equal(Relation index, const void *arg)
{
	const IndexDef *def = arg;

	return is_plain(index) && strcmp(describe_index(RelationGetRelid(index)), def->description) == 0;
}

/* is its description complete, and can it be relied on? */
static bool
is_plain(Relation index)
{
	Form_pg_index form = index->rd_index;
	bool		plain = form->indisvalid && form->indimmediate && form->indnkeyatts == form->indnatts &&
		heap_attisnull(index->rd_indextuple, Anum_pg_index_indexprs, NULL) &&
		heap_attisnull(index->rd_indextuple, Anum_pg_index_indpred, NULL);

	for (int i = 0; plain && i < form->indnkeyatts; i++)
	{
		Oid			type = get_atttype(form->indrelid, form->indkey.values[i]);
		int16		option = index->rd_indoption[i];

		plain = GetDefaultOpClass(type, index->rd_rel->relam) == class_of(index, i) &&
			index->rd_indcollation[i] == collation_of(form->indrelid, form->indkey.values[i]) &&
			(option == 0 || option == (INDOPTION_DESC | INDOPTION_NULLS_FIRST));
	}
	return plain;
}

static Oid
class_of(Relation index, int column)
{
	bool		isnull;
	Datum		classes = SysCacheGetAttr(INDEXRELID, index->rd_indextuple,
										  Anum_pg_index_indclass, &isnull);

	return ((oidvector *) DatumGetPointer(classes))->values[column];
}

static Oid
collation_of(Oid relation, AttrNumber attnum)
{
	Oid			type;
	int32		typmod;
	Oid			collation;

	get_atttypetypmodcoll(relation, attnum, &type, &typmod, &collation);
	return collation;
}

static char *
describe_index(Oid oid)
{
	Relation	index;
	Form_pg_index form;
	StringInfoData buf;

	if (get_rel_relkind(oid) != RELKIND_INDEX &&
		get_rel_relkind(oid) != RELKIND_PARTITIONED_INDEX)
		return pstrdup("no index");
	index = relation_open(oid, AccessShareLock);
	form = index->rd_index;
	initStringInfo(&buf);
	appendStringInfo(&buf, "%s%s (", form->indisunique ? "UNIQUE " : "",
					 get_am_name(index->rd_rel->relam));
	for (int i = 0; i < form->indnkeyatts; i++)
		appendStringInfo(&buf, "%s%s%s", i > 0 ? ", " : "",
						 form->indkey.values[i] == 0 ? "expression" :
						 get_attname(form->indrelid, form->indkey.values[i], false),
						 index->rd_indoption[i] & INDOPTION_DESC ? " DESC" : "");
	appendStringInfoChar(&buf, ')');
	if (!heap_attisnull(index->rd_indextuple, Anum_pg_index_indpred, NULL))
		appendStringInfoString(&buf, " WHERE");
	relation_close(index, AccessShareLock);
	return buf.data;
}
