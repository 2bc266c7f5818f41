/*-------------------------------------------------------------------------
 *
 * link_unknown.c
 *	  Ids that do not exist: found, and named in one error.
 *
 * Decides who finds them.  Where a real foreign key stands it does, so that a
 * link needs no right to read the other table; its error names one key only, so
 * several ids are looked up first when the caller may read the key anyway.  Where no
 * foreign key stands, or where a row can be there and yet not count (soft-deleted, out of
 * the association's scope), the verb looks, as plain SQL would have to.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "access/table.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "link/link.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/rls.h"

/* ids named in one error */
#define MAX_NAMED_IDS 20
/* bytes shown of one value */
#define MAX_VALUE_BYTES 64

/* a foreign key's error, in terms of the call */
typedef struct KnownError
{
	const char *table;
	const char *constraint;		/* NULL: none */
	char	   *message;		/* NULL: can be written when it is needed */
} KnownError;

static Datum **item_keys(List *items);
static void make_targets(LinkCall *call, int n, Datum **keys);
static void read_known(const LinkPointer *pointer, int n, Datum **keys,
					   int nscope, LinkScope *scope, KeyTable *known);
static bool may_read(const Model *model, int nkey, Attribute **key);
static bool may_lock(const Model *model);
static const char *constraint_of(const LinkPointer *pointer);
static char *foreign_key_name(const LinkPointer *pointer);
static void name_constraints(LinkCall *call);
static bool foreign_key_matches(const ForeignKeyCacheInfo *fk, const LinkPointer *pointer);
static KnownError known_error(const LinkPointer *pointer);
pg_noreturn static void raise_pointed(const LinkPointer *pointer, const char *message,
									  const ErrorData *error);
static bool is_known_error(const KnownError *known, const ErrorData *error);
pg_noreturn static void raise_unknown(const char *message, const char *detail);
static Datum **key_array(List *keys);
static Attribute **named_by_reference(LinkCall *call);
static char *unknown_message(const Model *model, int nkey, Attribute **key,
							 int n, Datum **keys);
static char *keys_message(const char *what, int nkey, Attribute **key, int n, Datum **keys);
static void append_key(StringInfo buf, int nkey, Attribute **key, const Datum *values);
static bool is_plain(Oid type);
static char *plain_text(Oid type, Datum value);
static char *output_text(Oid type, Datum value);

void
link_check_known(LinkCall *call, List *items)
{
	LinkPointer source = link_source_pointer(call);
	LinkPointer target = link_target_pointer(call, items);
	Datum	  **keys = item_keys(items);

	if (items == NIL)
		return;
	if (call->sources == NULL)
		link_check_pointer(&source);
	else
		link_check_pointers(&source, list_length(items), keys, 0, NULL);
	make_targets(call, list_length(items), keys);
	link_check_pointers(&target, list_length(items), keys,
						call->ntarget_scope, call->target_scope);
}

void
link_hold_targets(LinkCall *call, List *items)
{
	LinkPointer target = link_target_pointer(call, items);
	Datum	  **keys = item_keys(items);

	if (items == NIL)
		return;
	make_targets(call, list_length(items), keys);
	link_hold_pointers(&target, list_length(items), keys);
}

static Datum **
item_keys(List *items)
{
	Datum	  **keys = palloc_array(Datum *, Max(list_length(items), 1));
	ListCell   *lc;

	foreach(lc, items)
		keys[foreach_current_index(lc)] = ((LinkItem *) lfirst(lc))->key;
	return keys;
}

/* the keys of many sources begin with the source's */
static void
make_targets(LinkCall *call, int n, Datum **keys)
{
	for (int i = 0; call->sources != NULL && i < n; i++)
		keys[i] = link_joint_target(call, keys[i]);
}

void
link_check_pointers(const LinkPointer *pointer, int n, Datum **keys,
					int nscope, LinkScope *scope)
{
	bool		required = pointer->to->deleted_at != NULL || nscope > 0 ||
		constraint_of(pointer) == NULL;
	Datum	  **unknown = palloc_array(Datum *, Max(n, 1));
	int			nunknown = 0;
	KeyTable	known;
	bool		found;

	if (n == 0 || (!required && (n == 1 || !may_read(pointer->to, pointer->n, pointer->key))))
		return;
	read_known(pointer, n, keys, nscope, scope, &known);
	for (int i = 0; i < n; i++)
	{
		/* each is named once */
		(void) key_table_add(&known, keys[i], &found);
		if (!found)
			unknown[nunknown++] = keys[i];
	}
	if (nunknown > 0)
		link_raise_unknown(pointer->to, pointer->n, pointer->key, nunknown, unknown);
}

static void
read_known(const LinkPointer *pointer, int n, Datum **keys,
		   int nscope, LinkScope *scope, KeyTable *known)
{
	uint64		rows = link_sql_known(pointer->to, pointer->n, pointer->key, n, keys,
									  nscope, scope);
	KeyColumn  *columns = link_key_columns(pointer->n, pointer->key);

	key_table_init(known, pointer->n, columns, CurrentMemoryContext);
	for (uint64 i = 0; i < rows; i++)
	{
		bool		found;

		(void) key_table_add(known, link_tuple_values(i, 1, pointer->n, pointer->key), &found);
	}
	SPI_freetuptable(SPI_tuptable);
}

void
link_check_pointer(const LinkPointer *pointer)
{
	Datum	   *values = pointer->values;

	if (values == NULL ||
		(pointer->to->deleted_at == NULL && constraint_of(pointer) != NULL))
		return;
	if (link_sql_known(pointer->to, pointer->n, pointer->key, 1, &values, 0, NULL) == 0)
		link_raise_unknown(pointer->to, pointer->n, pointer->key, 1, &values);
}

void
link_hold_pointers(const LinkPointer *pointer, int n, Datum **keys)
{
	Statement	s;

	if (constraint_of(pointer) == NULL ||
		!may_read(pointer->to, pointer->n, pointer->key) || !may_lock(pointer->to))
		return;
	statement_init(&s);
	appendStringInfo(&s.sql, "SELECT FROM %s AS t WHERE ", pointer->to->quoted_table);
	if (n > 1)
	{
		link_sql_keys(&s, "t", pointer->n, pointer->key, pointer->key, n, keys);
		appendStringInfoString(&s.sql, " ORDER BY ");
		statement_columns(&s, "t", pointer->n, pointer->key);
	}
	for (int i = 0; n == 1 && i < pointer->n; i++)
	{
		appendStringInfoString(&s.sql, i > 0 ? " AND " : "");
		statement_equal_param(&s, "t", pointer->key[i], pointer->key[i], keys[0][i]);
	}
	appendStringInfoString(&s.sql, " FOR KEY SHARE");
	(void) statement_run(&s, STATEMENT_WRITE, SPI_OK_SELECT);
	SPI_freetuptable(SPI_tuptable);
}

LinkPointer
link_source_pointer(LinkCall *call)
{
	const AssociationEnds *ends = call->declared;
	LinkPointer pointer = {ends->through, ends->source, ends->nsource,
	ends->source_ref, ends->source_key, call->source, true, NULL};

	name_constraints(call);
	pointer.constraint = call->kept->source_constraint;
	return pointer;
}

LinkPointer
link_target_pointer(LinkCall *call, List *items)
{
	const AssociationEnds *ends = call->declared;
	LinkPointer pointer = {ends->through, ends->target, ends->ntarget,
	ends->target_ref, ends->target_key, NULL, true, NULL};

	name_constraints(call);
	pointer.constraint = call->kept->target_constraint;
	if (call->sources == NULL && list_length(items) == 1)
		pointer.values = ((LinkItem *) linitial(items))->key;
	return pointer;
}

static void
name_constraints(LinkCall *call)
{
	const AssociationEnds *ends = call->declared;
	LinkPointer source = {ends->through, ends->source, ends->nsource,
	ends->source_ref, ends->source_key, NULL, false, NULL};
	LinkPointer target = {ends->through, ends->target, ends->ntarget,
	ends->target_ref, ends->target_key, NULL, false, NULL};
	MemoryContext caller;

	if (call->kept->named)
		return;
	caller = MemoryContextSwitchTo(call->kept->cxt);
	call->kept->source_constraint = foreign_key_name(&source);
	call->kept->target_constraint = foreign_key_name(&target);
	call->kept->named = true;
	MemoryContextSwitchTo(caller);
}

/* row security could hide rows to which plain SQL may link: then the foreign key decides */
static bool
may_read(const Model *model, int nkey, Attribute **key)
{
	Oid			role = GetUserId();

	if (assoc_namespace_aclcheck(model->schema, role, ACL_USAGE) != ACLCHECK_OK ||
		check_enable_rls(model->relid, InvalidOid, true) == RLS_ENABLED)
		return false;
	if (pg_class_aclcheck(model->relid, role, ACL_SELECT) == ACLCHECK_OK)
		return true;
	for (int i = 0; i < nkey; i++)
	{
		if (pg_attribute_aclcheck(model->relid, key[i]->attnum, role, ACL_SELECT) != ACLCHECK_OK)
			return false;
	}
	return true;
}

/* a row lock wants the right to update, if only one column */
static bool
may_lock(const Model *model)
{
	return pg_class_aclcheck(model->relid, GetUserId(), ACL_UPDATE) == ACLCHECK_OK ||
		pg_attribute_aclcheck_all(model->relid, GetUserId(), ACL_UPDATE,
								  ACLMASK_ANY) == ACLCHECK_OK;
}

static const char *
constraint_of(const LinkPointer *pointer)
{
	return pointer->named ? pointer->constraint : foreign_key_name(pointer);
}

/* name of the foreign key over these columns; NULL where there is none that is enforced */
static char *
foreign_key_name(const LinkPointer *pointer)
{
	Relation	rel = table_open(pointer->from->relid, NoLock);
	char	   *name = NULL;
	ListCell   *lc;

	foreach(lc, RelationGetFKeyList(rel))
	{
		ForeignKeyCacheInfo *fk = lfirst_node(ForeignKeyCacheInfo, lc);

		if (assoc_foreign_key_enforced(fk) && foreign_key_matches(fk, pointer))
		{
			name = get_constraint_name(fk->conoid);
			break;
		}
	}
	table_close(rel, NoLock);
	return name;
}

static bool
foreign_key_matches(const ForeignKeyCacheInfo *fk, const LinkPointer *pointer)
{
	if (fk->confrelid != pointer->to->relid || fk->nkeys != pointer->n)
		return false;
	for (int i = 0; i < pointer->n; i++)
	{
		bool		found = false;

		for (int k = 0; k < pointer->n && !found; k++)
			found = fk->conkey[k] == pointer->ref[i]->attnum &&
				fk->confkey[k] == pointer->key[i]->attnum;
		if (!found)
			return false;
	}
	return true;
}

/*
 * What each foreign key's error would mean is written beforehand where that reads a
 * catalog, which is not to be read after an error.  What is shown are values that the
 * caller gave.
 */
uint64
link_run_pointed(Statement *s, int expected, int npointers, const LinkPointer *pointers,
				 Written *written)
{
	MemoryContext cxt = CurrentMemoryContext;
	KnownError *errors = palloc_array(KnownError, Max(npointers, 1));
	volatile uint64 rows = 0;

	if (written != NULL)
		violation_prepare(written);
	for (int i = 0; i < npointers; i++)
		errors[i] = known_error(&pointers[i]);
	PG_TRY();
	{
		rows = statement_run(s, STATEMENT_WRITE, expected);
	}
	PG_CATCH();
	{
		ErrorData  *error;

		MemoryContextSwitchTo(cxt);
		error = CopyErrorData();
		FlushErrorState();
		for (int i = 0; i < npointers; i++)
		{
			if (is_known_error(&errors[i], error))
				raise_pointed(&pointers[i], errors[i].message, error);
		}
		if (written != NULL)
			violation_raise(written, error);
		ReThrowError(error);
	}
	PG_END_TRY();
	return rows;
}

static KnownError
known_error(const LinkPointer *pointer)
{
	KnownError	error = {pointer->from->table_name, constraint_of(pointer), NULL};
	Datum	   *values = pointer->values;
	bool		later = true;

	for (int i = 0; values != NULL && i < pointer->n; i++)
		later = later && is_plain(pointer->key[i]->type);
	if (!later)
		error.message = unknown_message(pointer->to, pointer->n, pointer->key, 1, &values);
	return error;
}

/* several ids are not named by us, but one of them by the foreign key's own detail */
static void
raise_pointed(const LinkPointer *pointer, const char *message, const ErrorData *error)
{
	Datum	   *values = pointer->values;

	if (values == NULL)
		raise_unknown(psprintf("\"%s\" has no row for one of the ids", pointer->to->name),
					  error->detail);
	raise_unknown(message ? message :
				  unknown_message(pointer->to, pointer->n, pointer->key, 1, &values), NULL);
}

static bool
is_known_error(const KnownError *known, const ErrorData *error)
{
	return error->sqlerrcode == ERRCODE_FOREIGN_KEY_VIOLATION &&
		known->constraint != NULL && error->constraint_name != NULL &&
		strcmp(error->constraint_name, known->constraint) == 0 &&
		error->table_name != NULL && strcmp(error->table_name, known->table) == 0;
}

void
link_raise_unknown(const Model *model, int nkey, Attribute **key, int n, Datum **keys)
{
	raise_unknown(unknown_message(model, nkey, key, n, keys), NULL);
}

static void
raise_unknown(const char *message, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
			 errmsg_internal("%s", message),
			 detail ? errdetail_internal("%s", detail) : errdetail("Nothing was changed.")));
}

void
link_raise_not_linked(LinkCall *call, List *items)
{
	Datum	  **keys = palloc_array(Datum *, list_length(items));
	char	   *what = psprintf(call->filtered ? "\"%s\" has no such link to" :
								"\"%s\" has no link to", call->ends->association->alias);
	ListCell   *lc;

	foreach(lc, items)
		keys[foreach_current_index(lc)] = ((LinkItem *) lfirst(lc))->key;
	raise_unknown(keys_message(what, call->nkey, call->key, list_length(items), keys), NULL);
}

void
link_raise_misfit(LinkCall *call, const Model *model, const char *columns, List *keys)
{
	char	   *what = psprintf("\"%s\" cannot link a row with another %s:",
								call->ends->association->alias, columns);

	ereport(ERROR,
			(errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
			 errmsg_internal("%s", keys_message(what, call->nkey, call->key, list_length(keys),
												key_array(keys))),
			 errdetail("Linking never changes %s of \"%s\": its own key, or another foreign key, needs it.",
					   columns, model->name),
			 errhint("Update the row itself, if it is to have another value there.")));
}

static Datum **
key_array(List *keys)
{
	Datum	  **array = palloc_array(Datum *, list_length(keys));
	ListCell   *lc;

	foreach(lc, keys)
		array[foreach_current_index(lc)] = lfirst(lc);
	return array;
}

void
link_raise_outside(LinkCall *call, List *keys)
{
	Attribute **names = call->sources ? named_by_reference(call) : call->key;
	char	   *what = psprintf("outside the scope of \"%s\" there is %s",
								call->ends->association->alias,
								call->sources ? "a link with" : "a link to");

	ereport(ERROR,
			(errcode(ERRCODE_UNIQUE_VIOLATION),
			 errmsg_internal("%s", keys_message(what, call->nkey, names, list_length(keys),
												key_array(keys))),
			 errdetail("A unique key of %s lets a pair have one link, whatever its other columns say.",
					   call->ends->through->quoted_table),
			 errhint("Take that link away first, or make the scope's columns part of the unique key.")));
}

/* where a key has a source's key in it: the columns of the join table tell the two apart */
static Attribute **
named_by_reference(LinkCall *call)
{
	Attribute **names = palloc_array(Attribute *, call->nkey);

	for (int i = 0; i < call->nkey; i++)
	{
		names[i] = palloc_object(Attribute);
		*names[i] = *call->key[i];
		names[i]->name = call->ends->target_ref[i]->name;
	}
	return names;
}

/* "Project" has no row with id 98, 99 */
static char *
unknown_message(const Model *model, int nkey, Attribute **key, int n, Datum **keys)
{
	return keys_message(psprintf("\"%s\" has no row with", model->name), nkey, key, n, keys);
}

static char *
keys_message(const char *what, int nkey, Attribute **key, int n, Datum **keys)
{
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfo(&buf, "%s ", what);
	for (int i = 0; i < nkey; i++)
		appendStringInfo(&buf, "%s%s", i > 0 ? ", " : nkey > 1 ? "(" : "", key[i]->name);
	appendStringInfoString(&buf, nkey > 1 ? ") = " : " ");
	for (int i = 0; i < Min(n, MAX_NAMED_IDS); i++)
	{
		appendStringInfoString(&buf, i > 0 ? ", " : "");
		append_key(&buf, nkey, key, keys[i]);
	}
	if (n > MAX_NAMED_IDS)
		appendStringInfo(&buf, " and %d more", n - MAX_NAMED_IDS);
	return buf.data;
}

static void
append_key(StringInfo buf, int nkey, Attribute **key, const Datum *values)
{
	for (int i = 0; i < nkey; i++)
	{
		char	   *text = is_plain(key[i]->type) ? plain_text(key[i]->type, values[i]) :
			output_text(key[i]->type, values[i]);

		appendStringInfoString(buf, i > 0 ? ", " : nkey > 1 ? "(" : "");
		appendBinaryStringInfo(buf, text, pg_mbcliplen(text, strlen(text), MAX_VALUE_BYTES));
	}
	if (nkey > 1)
		appendStringInfoChar(buf, ')');
}

/* is the value of such a key printed without a look at a catalog? */
static bool
is_plain(Oid type)
{
	return type == INT8OID || type == INT4OID || type == UUIDOID;
}

static char *
plain_text(Oid type, Datum value)
{
	switch (type)
	{
		case INT8OID:
			return psprintf(INT64_FORMAT, DatumGetInt64(value));
		case INT4OID:
			return psprintf("%d", DatumGetInt32(value));
		case UUIDOID:
			return DatumGetCString(DirectFunctionCall1(uuid_out, value));
		default:
			elog(ERROR, "type %u has no plain text", type);
	}
	return NULL;				/* keep compiler quiet */
}

static char *
output_text(Oid type, Datum value)
{
	Oid			output;
	bool		is_varlena;

	getTypeOutputInfo(type, &output, &is_varlena);
	return OidOutputFunctionCall(output, value);
}
