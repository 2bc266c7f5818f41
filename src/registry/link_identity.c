/*-------------------------------------------------------------------------
 *
 * link_identity.c
 *	  Which unique key of a join table says what one link is.
 *
 * Decides that a pair alone need not be it.  What a scope fixes is the same in all links
 * of an association, so a key over the pair and such columns (label, item, item's type) has
 * one row for each pair of that association; and so has a key of some rows only (WHERE until
 * IS NULL) where every link is one of them.
 *
 * A key over the pair alone comes first: it is what an insert would run into.
 *
 * Where a link is one in whichever order its row has the pair, the key is over
 * LEAST(a, b) and GREATEST(a, b).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/table.h"
#include "base/compat.h"
#include "catalog/pg_am.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "optimizer/optimizer.h"
#include "registry/keys.h"
#include "registry/link_identity.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/typcache.h"

static List *known_clauses(const LinkForm *form);
static Expr *null_test(const Attribute *column, NullTestType type);
static Expr *equality(const LinkScope *scope);
static Var *column_var(const Attribute *column);
static LinkIdentity *identity_of(const LinkForm *form, Relation index, List *known);
static bool is_unique_key(Relation index);
static bool is_unordered(const LinkForm *form, Relation index);
static bool has_column(const List *args, const Attribute *column);
static LinkIdentity *declared_identity(const LinkForm *form);
static bool is_fixed(const LinkForm *form, bool null_is_value, AttrNumber attnum);
static bool is_in_pair(const LinkForm *form, AttrNumber attnum);
static bool is_better(const LinkForm *form, const LinkIdentity *a, const LinkIdentity *b);
static int	pair_columns_in(const LinkForm *form, const LinkIdentity *identity);

LinkIdentity *
link_identity(const LinkForm *form)
{
	Relation	rel = table_open(form->through->relid, AccessShareLock);
	List	   *known = known_clauses(form);
	LinkIdentity *best = NULL;

	foreach_oid(oid, RelationGetIndexList(rel))
	{
		Relation	index = index_open(oid, AccessShareLock);
		LinkIdentity *identity = identity_of(form, index, known);

		if (identity != NULL && (best == NULL || is_better(form, identity, best)))
			best = identity;
		index_close(index, NoLock);
	}
	table_close(rel, NoLock);
	return best ? best : declared_identity(form);
}

/* the key that adopt was given; as no index is sure to have it, any conflict is one with it */
static LinkIdentity *
declared_identity(const LinkForm *form)
{
	const Model *through = form->through;
	LinkIdentity *identity = palloc0_object(LinkIdentity);

	if (!through->key_declared || form->symmetric)
		return NULL;
	identity->partial = true;
	identity->n = through->nkey;
	identity->columns = palloc_array(AttrNumber, identity->n);
	for (int i = 0; i < identity->n; i++)
	{
		identity->columns[i] = through->key[i]->attnum;
		if (!is_fixed(form, false, identity->columns[i]))
			return NULL;
	}
	return identity;
}

/* what holds in the row of every link, soft-deleted or not */
static List *
known_clauses(const LinkForm *form)
{
	List	   *clauses = NIL;

	foreach_ptr(Attribute, column, form->pair)
		clauses = lappend(clauses, null_test(column, IS_NOT_NULL));
	for (int i = 0; i < form->nscope; i++)
	{
		Expr	   *clause = form->scope[i].isnull ?
			null_test(form->scope[i].attribute, IS_NULL) : equality(&form->scope[i]);

		if (clause != NULL)
			clauses = lappend(clauses, eval_const_expressions(NULL, (Node *) clause));
	}
	return clauses;
}

static Expr *
null_test(const Attribute *column, NullTestType type)
{
	NullTest   *test = makeNode(NullTest);

	test->arg = (Expr *) column_var(column);
	test->nulltesttype = type;
	test->location = -1;
	return (Expr *) test;
}

/* as the parser would make it; NULL for a type without an equality */
static Expr *
equality(const LinkScope *scope)
{
	const Attribute *column = scope->attribute;
	Oid			operator = lookup_type_cache(column->type, TYPECACHE_EQ_OPR)->eq_opr;
	Expr	   *left = (Expr *) column_var(column);
	Oid			type;
	Oid			right;
	int16		typlen;
	bool		typbyval;

	if (!OidIsValid(operator))
		return NULL;
	op_input_types(operator, &type, &right);
	if (IsPolymorphicType(type))
		type = getBaseType(column->type);
	if (type != column->type)
		left = (Expr *) makeRelabelType(left, type, -1, column->collation, COERCE_IMPLICIT_CAST);
	get_typlenbyval(type, &typlen, &typbyval);
	return make_opclause(operator, BOOLOID, false, left,
						 (Expr *) makeConst(type, -1, column->collation, typlen, scope->value,
											false, typbyval),
						 InvalidOid, column->collation);
}

static Var *
column_var(const Attribute *column)
{
	return makeVar(1, column->attnum, column->type, column->typmod, column->collation, 0);
}

static LinkIdentity *
identity_of(const LinkForm *form, Relation index, List *known)
{
	List	   *predicate;
	LinkIdentity *identity;

	if (!is_unique_key(index) || (form->symmetric && !is_unordered(form, index)))
		return NULL;
	for (int i = 0; i < index->rd_index->indnkeyatts; i++)
	{
		AttrNumber	column = index->rd_index->indkey.values[i];

		if (!(form->symmetric && column == 0) &&
			!is_fixed(form, index->rd_index->indnullsnotdistinct, column))
			return NULL;
	}
	predicate = RelationGetIndexPredicate(index);
	identity = palloc0_object(LinkIdentity);
	identity->partial = predicate != NIL || form->symmetric;
	if (!predicate_implied_by(predicate, known, false))
	{
		if (form->deleted_at == NULL ||
			!predicate_implied_by(predicate,
								  list_concat(list_make1(null_test(form->deleted_at, IS_NULL)),
											  known), false))
			return NULL;
		identity->history = true;
	}
	identity->n = index->rd_index->indnkeyatts;
	identity->columns = palloc_array(AttrNumber, identity->n);
	memcpy(identity->columns, index->rd_index->indkey.values, sizeof(AttrNumber) * identity->n);
	return identity;
}

static bool
is_unique_key(Relation index)
{
	Form_pg_index form = index->rd_index;

	return index->rd_rel->relam == BTREE_AM_OID && form->indisunique && form->indimmediate &&
		form->indisvalid && form->indisready && form->indislive;
}

/* over the lesser and the greater of the pair: no other expressions */
static bool
is_unordered(const LinkForm *form, Relation index)
{
	bool		found[2] = {false, false};

	foreach_ptr(Node, expression, RelationGetIndexExpressions(index))
	{
		MinMaxExpr *extreme = (MinMaxExpr *) expression;

		if (!IsA(expression, MinMaxExpr) || list_length(extreme->args) != list_length(form->pair))
			return false;
		foreach_ptr(Attribute, column, form->pair)
		{
			if (!has_column(extreme->args, column))
				return false;
		}
		found[extreme->op == IS_LEAST] = true;
	}
	return found[0] && found[1];
}

static bool
has_column(const List *args, const Attribute *column)
{
	foreach_ptr(Node, arg, args)
	{
		while (IsA(arg, RelabelType))
			arg = (Node *) ((RelabelType *) arg)->arg;
		if (IsA(arg, Var) && ((Var *) arg)->varattno == column->attnum)
			return true;
	}
	return false;
}

/* one value for one pair: null is one only where nulls are not distinct */
static bool
is_fixed(const LinkForm *form, bool null_is_value, AttrNumber attnum)
{
	if (attnum <= 0)
		return false;
	if (is_in_pair(form, attnum))
		return true;
	for (int i = 0; i < form->nscope; i++)
	{
		if (form->scope[i].attribute->attnum == attnum)
			return !form->scope[i].isnull || null_is_value;
	}
	return false;
}

static bool
is_in_pair(const LinkForm *form, AttrNumber attnum)
{
	foreach_ptr(Attribute, attribute, form->pair)
	{
		if (attribute->attnum == attnum)
			return true;
	}
	return false;
}

static bool
is_better(const LinkForm *form, const LinkIdentity *a, const LinkIdentity *b)
{
	if (a->partial != b->partial)
		return b->partial;
	if (a->history != b->history)
		return b->history;
	if (pair_columns_in(form, a) != pair_columns_in(form, b))
		return pair_columns_in(form, a) > pair_columns_in(form, b);
	return a->n < b->n;
}

static int
pair_columns_in(const LinkForm *form, const LinkIdentity *identity)
{
	int			n = 0;

	for (int i = 0; i < identity->n; i++)
		n += is_in_pair(form, identity->columns[i]) ? 1 : 0;
	return n;
}

Attribute *
link_deleted_at(Jsonb *options, const Model *holder)
{
	JsonbValue *paranoid = doc_option(options, "through", "paranoid");

	return paranoid == NULL || paranoid->type != jbvBool || paranoid->val.boolean ? holder->deleted_at : NULL;
}

int
link_scope_equalities(const Model *model, const JsonbValue *document,
					  const DocPath *path, LinkScope **scope)
{
	List	   *pairs = doc_object_pairs(document);
	int			n = 0;

	*scope = palloc_array(LinkScope, Max(list_length(pairs), 1));
	foreach_ptr(DocPair, pair, pairs)
	{
		Attribute  *attribute = model_attribute(model, pair->key);

		if (attribute == NULL || doc_is_object(&pair->value) || doc_is_array(&pair->value))
			continue;
		(*scope)[n].attribute = attribute;
		(*scope)[n].value = key_value_from_jsonb(&pair->value, attribute->type, attribute->typmod,
												 doc_path_key(path, pair->key), &(*scope)[n].isnull);
		n++;
	}
	return n;
}

bool
link_is_scope_value(const LinkScope *scope, Datum value, bool isnull)
{
	return link_same_value(scope->attribute, scope->value, scope->isnull, value, isnull);
}

bool
link_same_value(const Attribute *attribute, Datum a, bool a_null, Datum b, bool b_null)
{
	int16		typlen;
	bool		typbyval;

	if (a_null || b_null)
		return a_null && b_null;
	get_typlenbyval(attribute->type, &typlen, &typbyval);
	return datum_image_eq(a, b, typbyval, typlen);
}
