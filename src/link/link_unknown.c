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

#include "access/table.h"
#include "base/compat.h"
#include "base/rights.h"
#include "executor/spi.h"
#include "link/link.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "registry/keys.h"
#include "utils/acl.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/rls.h"

/* ids named in one error */
#define MAX_NAMED_IDS 20
/* bytes shown of one value */
#define MAX_VALUE_BYTES 64

static void make_targets(LinkCall *call, LinkIds *ids);
static const DocPath *path_of_source(LinkCall *call, const Datum *key);
static bool looks(const LinkReference *pointer, int n, int nscope);
static LinkIds unknown_ids(const LinkReference *pointer, const LinkIds *ids,
						   int nscope, LinkScope *scope);
static void read_known(const LinkReference *pointer, const LinkIds *ids,
					   int nscope, LinkScope *scope, KeyTable *known);
static bool goes_along(const LinkReference *pointer);
static bool points_by(const LinkReference *pointer, List *columns);
static const char *constraint_of(const LinkReference *pointer);
static char *foreign_key_name(const LinkReference *pointer);
static void name_constraints(LinkCall *call);
static bool foreign_key_matches(const ForeignKeyCacheInfo *fk, const LinkReference *pointer);
static void check_sources(LinkCall *call, const LinkReference *source, const LinkIds *ids);
pg_noreturn static void raise_keys(int sqlstate, LinkCall *call, const char *what,
								   const char *validator, const LinkIds *ids, const char *hint);
static LinkIds ids_of_keys(LinkCall *call, List *keys);
static List *key_failures(const char *what, const char *validator, int nkey, Attribute **key,
						  const LinkIds *ids);
static Attribute **named_by_reference(LinkCall *call);
static void add_unknown(LinkUnknown *unknown, const Model *model, int nkey, Attribute **key,
						const LinkIds *ids);
pg_noreturn static void raise_all_unknown(LinkUnknown *unknown, LinkDocument *document);
static char *keys_message(const char *what, int nkey, Attribute **key, const LinkIds *ids);
static void append_key_names(StringInfo buf, const char *what, int nkey, Attribute **key);
static void append_key(StringInfo buf, int nkey, Attribute **key, const Datum *values);
static char *key_json(int nkey, Attribute **key, const Datum *values);

LinkIds
link_ids(int max)
{
	return (LinkIds) {0, palloc_array(Datum *, Max(max, 1)),
		palloc_array(const DocPath *, Max(max, 1))};
}

void
link_ids_add(LinkIds *ids, Datum *key, const DocPath *value_path)
{
	ids->keys[ids->n] = key;
	ids->paths[ids->n++] = value_path;
}

LinkIds
link_ids_of(List *items)
{
	LinkIds		ids = link_ids(list_length(items));

	foreach_ptr(LinkItem, item, items)
		link_ids_add(&ids, item->key, item->path);
	return ids;
}

void
link_check_known(LinkCall *call, List *items)
{
	LinkReference source = link_source_pointer(call);
	LinkReference target = link_target_pointer(call, items);
	LinkIds		ids = link_ids_of(items);

	if (items == NIL)
		return;
	if (call->sources == NULL)
		link_check_pointer(&source);
	else
		check_sources(call, &source, &ids);
	make_targets(call, &ids);
	link_check_pointers(&target, &ids, call->ntarget_scope, call->target_scope);
}

/*
 * A link moves with what it points at.  Where nothing guarantees that the target exists, it need not
 * be, as plain SQL has it; but what loads hide is not linked.
 */
void
link_check_moved(LinkCall *call, List *items)
{
	LinkReference source = link_source_pointer(call);
	LinkReference target = link_target_pointer(call, items);

	if (target.to->deleted_at != NULL || call->ntarget_scope > 0 || constraint_of(&target) != NULL)
		link_check_known(call, items);
	else
		link_check_pointer(&source);
}

/* the keys of many sources begin with the source's, which stands elsewhere in the data */
static void
check_sources(LinkCall *call, const LinkReference *source, const LinkIds *ids)
{
	LinkIds		unknown;

	if (!looks(source, ids->n, 0))
		return;
	unknown = unknown_ids(source, ids, 0, NULL);
	for (int i = 0; i < unknown.n; i++)
		unknown.paths[i] = path_of_source(call, unknown.keys[i]);
	if (unknown.n > 0)
		link_raise_unknown(source->to, source->n, source->key, &unknown, NULL);
}

static const DocPath *
path_of_source(LinkCall *call, const Datum *key)
{
	KeyColumn  *columns = link_key_columns(call->declared->nsource, call->declared->source_key);

	for (int i = 0; i < call->nsources; i++)
	{
		if (key_columns_compare(call->declared->nsource, columns, key, call->sources[i]) == 0)
			return call->source_paths[i];
	}
	return NULL;
}

void
link_hold_targets(LinkCall *call, List *items)
{
	LinkReference target = link_target_pointer(call, items);
	LinkIds		ids = link_ids_of(items);

	if (items == NIL)
		return;
	make_targets(call, &ids);
	link_hold_pointers(&target, ids.n, ids.keys);
}

static void
make_targets(LinkCall *call, LinkIds *ids)
{
	for (int i = 0; call->sources != NULL && i < ids->n; i++)
		ids->keys[i] = link_joint_target(call, ids->keys[i]);
}

void
link_check_pointers(const LinkReference *pointer, const LinkIds *ids,
					int nscope, LinkScope *scope)
{
	LinkIds		unknown;

	if (!looks(pointer, ids->n, nscope))
		return;
	if (goes_along(pointer))
		link_hold_pointers(pointer, ids->n, ids->keys);
	unknown = unknown_ids(pointer, ids, nscope, scope);
	if (unknown.n > 0)
		link_raise_unknown(pointer->to, pointer->n, pointer->key, &unknown, pointer->document);
}

/* not where the foreign key reports it as well: one id, and no others in the same data */
static bool
looks(const LinkReference *pointer, int n, int nscope)
{
	if (n == 0)
		return false;
	return pointer->to->deleted_at != NULL || nscope > 0 || constraint_of(pointer) == NULL ||
		((n > 1 || pointer->document != NULL) &&
		 link_may_read(pointer->to, pointer->n, pointer->key));
}

void
link_find_unknown(LinkCall *call, const LinkIds *ids, LinkUnknown *told)
{
	const ResolvedAssociation *assoc = call->assoc;
	LinkReference pointer = {.to = assoc->target, .n = call->nkey, .key = call->key};
	LinkIds		unknown;

	if (ids->n == 0 || !link_may_read(pointer.to, pointer.n, pointer.key))
		return;
	unknown = unknown_ids(&pointer, ids, call->ntarget_scope, call->target_scope);
	if (unknown.n > 0)
		add_unknown(told, pointer.to, pointer.n, pointer.key, &unknown);
}

/* each is named once */
static LinkIds
unknown_ids(const LinkReference *pointer, const LinkIds *ids, int nscope, LinkScope *scope)
{
	LinkIds		unknown = link_ids(ids->n);
	KeyTable	known;
	bool		found;

	read_known(pointer, ids, nscope, scope, &known);
	for (int i = 0; i < ids->n; i++)
	{
		(void) key_table_add(&known, ids->keys[i], &found);
		if (!found)
			link_ids_add(&unknown, ids->keys[i], ids->paths[i]);
	}
	return unknown;
}

static void
read_known(const LinkReference *pointer, const LinkIds *ids,
		   int nscope, LinkScope *scope, KeyTable *known)
{
	uint64		rows = link_sql_known(pointer->to, pointer->n, pointer->key, ids->n, ids->keys,
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
link_check_pointer(const LinkReference *pointer)
{
	LinkIds		ids = link_ids(1);

	if (pointer->values == NULL)
		return;
	link_ids_add(&ids, pointer->values, pointer->value_path);
	link_check_pointers(pointer, &ids, 0, NULL);
}

void
link_hold_pointers(const LinkReference *pointer, int n, Datum **keys)
{
	const char *strength = goes_along(pointer) ? "NO KEY UPDATE" : "KEY SHARE";
	SqlText		s;

	if ((constraint_of(pointer) == NULL && !goes_along(pointer)) ||
		!link_may_read(pointer->to, pointer->n, pointer->key) || !rights_have(pointer->to->relid, ACL_UPDATE))
		return;
	if (n == 1)
	{
		(void) statement_lock_row(pointer->to, pointer->n, pointer->key, keys[0], strength);
		return;
	}
	/* Citus refuses to lock several rows at once, and finds deadlocks between its nodes itself */
	if (pointer->to->distributed)
		return;
	statement_init(&s);
	sql_append(&s, "SELECT FROM %s AS t WHERE %s ORDER BY %s FOR %s", pointer->to->quoted_table,
			   link_sql_keys(&s, "t", pointer->n, pointer->key, pointer->key, n, keys),
			   sql_columns("t", pointer->n, pointer->key), strength);
	(void) statement_run(&s, STATEMENT_WRITE, SPI_OK_SELECT);
	SPI_freetuptable(SPI_tuptable);
}

/*
 * Is what points there soft-deleted with the row (the option "onDestroy")?  Then nobody may do that meanwhile, who
 * would not see it.
 */
static bool
goes_along(const LinkReference *pointer)
{
	const Model *to = pointer->to;

	for (int i = 0; i < to->nassociations; i++)
	{
		const Association *association = &to->associations[i];
		Oid			holder = OidIsValid(association->through) ? association->through : association->target;

		if (holder == pointer->from->relid && association->kind != BELONGS_TO &&
			doc_option(association->options, NULL, "onDestroy") != NULL && points_by(pointer, association->foreign_key))
			return true;
	}
	return false;
}

static bool
points_by(const LinkReference *pointer, List *columns)
{
	if (list_length(columns) != pointer->n)
		return false;
	for (int i = 0; i < pointer->n; i++)
	{
		if (strcmp(list_nth(columns, i), pointer->ref[i]->column) != 0)
			return false;
	}
	return true;
}

LinkReference
link_pointer(const Model *from, const Model *to, int n, Attribute **ref, Attribute **key,
			 Datum *values)
{
	return (LinkReference) {.from = from, .to = to, .n = n, .ref = ref, .key = key,
		.values = values};
}

LinkReference
link_direct_pointer(const ResolvedAssociation *assoc)
{
	if (assoc->source_points)
		return link_pointer(assoc->source, assoc->target, assoc->nsource, assoc->source_key,
							assoc->source_ref, NULL);
	return link_pointer(assoc->target, assoc->source, assoc->nsource, assoc->source_ref,
						assoc->source_key, NULL);
}

LinkReference
link_source_pointer(LinkCall *call)
{
	const ResolvedAssociation *assoc = call->declared;
	LinkReference pointer = link_pointer(assoc->through, assoc->source, assoc->nsource, assoc->source_ref, assoc->source_key, call->source);

	name_constraints(call);
	pointer.named = true;
	pointer.constraint = call->kept->source_constraint;
	pointer.value_path = call->source_path;
	return pointer;
}

LinkReference
link_target_pointer(LinkCall *call, List *items)
{
	const ResolvedAssociation *assoc = call->declared;
	LinkReference pointer = link_pointer(assoc->through, assoc->target, assoc->ntarget, assoc->target_ref, assoc->target_key, NULL);

	name_constraints(call);
	pointer.named = true;
	pointer.constraint = call->kept->target_constraint;
	pointer.document = call->document;
	if (call->sources == NULL && list_length(items) == 1)
		pointer.values = ((LinkItem *) linitial(items))->key;
	return pointer;
}

static void
name_constraints(LinkCall *call)
{
	const ResolvedAssociation *assoc = call->declared;
	LinkReference source = link_pointer(assoc->through, assoc->source, assoc->nsource, assoc->source_ref, assoc->source_key, NULL);
	LinkReference target = link_pointer(assoc->through, assoc->target, assoc->ntarget, assoc->target_ref, assoc->target_key, NULL);
	MemoryContext caller;

	if (call->kept->named)
		return;
	caller = MemoryContextSwitchTo(call->kept->cxt);
	call->kept->source_constraint = foreign_key_name(&source);
	call->kept->target_constraint = foreign_key_name(&target);
	call->kept->named = true;
	MemoryContextSwitchTo(caller);
}

bool
link_may_read(const Model *model, int nkey, Attribute **key)
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

static const char *
constraint_of(const LinkReference *pointer)
{
	return pointer->named ? pointer->constraint : foreign_key_name(pointer);
}

/* name of the foreign key over these columns; NULL where there is none that is enforced */
static char *
foreign_key_name(const LinkReference *pointer)
{
	Relation	rel = table_open(pointer->from->relid, NoLock);
	char	   *name = NULL;

	foreach_ptr(ForeignKeyCacheInfo, fk, RelationGetFKeyList(rel))
	{
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
foreign_key_matches(const ForeignKeyCacheInfo *fk, const LinkReference *pointer)
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

void
link_raise_unknown(const Model *model, int nkey, Attribute **key, const LinkIds *ids, LinkDocument *document)
{
	LinkUnknown unknown = {0};

	add_unknown(&unknown, model, nkey, key, ids);
	raise_all_unknown(&unknown, document);
}

/* "Project" has no row with id 98, 99 */
static void
add_unknown(LinkUnknown *unknown, const Model *model, int nkey, Attribute **key,
				 const LinkIds *ids)
{
	char	   *what = psprintf("\"%s\" has no row with", model->name);

	unknown->messages = lappend(unknown->messages, keys_message(what, nkey, key, ids));
	unknown->failures = list_concat(unknown->failures,
									key_failures(what, "foreignKey", nkey, key, ids));
}

static void
raise_all_unknown(LinkUnknown *unknown, LinkDocument *document)
{
	LinkUnknown all = {0};
	StringInfoData message;

	if (document != NULL)
		document->find_unknown(document->arg, &all);
	/* a row that was created meanwhile does not count */
	if (list_length(all.failures) < list_length(unknown->failures))
		all = *unknown;
	initStringInfo(&message);
	foreach_ptr(char, text, all.messages)
		appendStringInfo(&message, "%s%s", foreach_current_index(text) > 0 ? "; " : "", text);
	ereport(ERROR,
			(errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
			 errmsg_internal("%s", message.data),
			 errdetail_internal("%s", validation_json(all.failures))));
}

void
link_raise_not_linked(LinkCall *call, List *items)
{
	LinkIds		ids = link_ids_of(items);
	char	   *what = psprintf(call->filtered ? "\"%s\" has no such link to" :
								"\"%s\" has no link to", call->assoc->association->alias);

	raise_keys(ERRCODE_FOREIGN_KEY_VIOLATION, call, what, "linked", &ids, NULL);
}

void
link_raise_misfit(LinkCall *call, const Model *model, const char *columns, List *keys)
{
	LinkIds		ids = ids_of_keys(call, keys);
	char	   *what = psprintf("\"%s\" cannot link a row with another %s:",
								call->assoc->association->alias, columns);

	raise_keys(ERRCODE_FOREIGN_KEY_VIOLATION, call, what, "foreignKey", &ids,
			   psprintf(_("Linking never changes %s of \"%s\": it is generated, or its own key or another foreign key needs it. "
						  "Update the row itself, if it is to have another value there."),
						columns, model->name));
}

void
link_raise_outside(LinkCall *call, List *keys)
{
	LinkIds		ids = ids_of_keys(call, keys);
	char	   *what = psprintf("outside the scope of \"%s\" there is %s",
								call->assoc->association->alias,
								call->sources ? "a link with" : "a link to");

	raise_keys(ERRCODE_UNIQUE_VIOLATION, call, what, "unique", &ids,
			   psprintf(_("A unique key of %s lets a pair have one link, whatever its other columns say. "
						  "Take that link away first, or make the scope's columns part of the unique key."),
						call->assoc->through->quoted_table));
}

void
link_raise_other_link(LinkCall *call, List *keys)
{
	LinkIds		ids = ids_of_keys(call, keys);
	char	   *what = psprintf("\"%s\" has another %s", call->assoc->association->alias,
								call->sources ? "link with" : "link to");

	raise_keys(ERRCODE_UNIQUE_VIOLATION, call, what, "unique", &ids,
			   psprintf(_("A pair is linked once, and a link keeps the key that its row in %s has. "
						  "Leave that key out of \"through\", or take the link away first."),
						call->assoc->through->quoted_table));
}

/* an error over keys of targets, each of which is a failure of this validator */
static void
raise_keys(int sqlstate, LinkCall *call, const char *what, const char *validator,
		   const LinkIds *ids, const char *hint)
{
	Attribute **key = call->sources ? named_by_reference(call) : call->key;

	ereport(ERROR,
			(errcode(sqlstate),
			 errmsg_internal("%s", keys_message(what, call->nkey, key, ids)),
			 errdetail_internal("%s", validation_json(key_failures(what, validator, call->nkey, key,
																   ids))),
			 hint ? errhint("%s", hint) : 0));
}

/* with the paths of the items that have them */
static LinkIds
ids_of_keys(LinkCall *call, List *keys)
{
	LinkIds		ids = link_ids(list_length(keys));

	foreach_ptr(Datum, key, keys)
	{
		LinkItem   *item = call->nitems > 0 ? link_find_item(call, key) : NULL;

		link_ids_add(&ids, key, item ? item->path : NULL);
	}
	return ids;
}

/* a key with a source's key in it is named by the columns of the join table, which differ */
static Attribute **
named_by_reference(LinkCall *call)
{
	Attribute **names = palloc_array(Attribute *, call->nkey);

	for (int i = 0; i < call->nkey; i++)
	{
		names[i] = palloc_object(Attribute);
		*names[i] = *call->key[i];
		names[i]->name = call->assoc->target_ref[i]->name;
	}
	return names;
}

static List *
key_failures(const char *what, const char *validator, int nkey, Attribute **key,
			 const LinkIds *ids)
{
	List	   *failures = NIL;

	for (int i = 0; i < ids->n; i++)
	{
		StringInfoData message;

		initStringInfo(&message);
		append_key_names(&message, what, nkey, key);
		append_key(&message, nkey, key, ids->keys[i]);
		failures = lappend(failures, validation_failure(ids->paths[i], NULL, validator,
														message.data,
														key_json(nkey, key, ids->keys[i])));
	}
	return failures;
}

static char *
keys_message(const char *what, int nkey, Attribute **key, const LinkIds *ids)
{
	StringInfoData buf;

	initStringInfo(&buf);
	append_key_names(&buf, what, nkey, key);
	for (int i = 0; i < Min(ids->n, MAX_NAMED_IDS); i++)
	{
		appendStringInfoString(&buf, i > 0 ? ", " : "");
		append_key(&buf, nkey, key, ids->keys[i]);
	}
	if (ids->n > MAX_NAMED_IDS)
		appendStringInfo(&buf, " and %d more", ids->n - MAX_NAMED_IDS);
	return buf.data;
}

static void
append_key_names(StringInfo buf, const char *what, int nkey, Attribute **key)
{
	appendStringInfo(buf, "%s ", what);
	for (int i = 0; i < nkey; i++)
		appendStringInfo(buf, "%s%s", i > 0 ? ", " : nkey > 1 ? "(" : "", key[i]->name);
	appendStringInfoString(buf, nkey > 1 ? ") = " : " ");
}

static void
append_key(StringInfo buf, int nkey, Attribute **key, const Datum *values)
{
	for (int i = 0; i < nkey; i++)
	{
		char	   *text = key_datum_text(values[i], key[i]->type);

		appendStringInfoString(buf, i > 0 ? ", " : nkey > 1 ? "(" : "");
		appendBinaryStringInfo(buf, text, pg_mbcliplen(text, strlen(text), MAX_VALUE_BYTES));
	}
	if (nkey > 1)
		appendStringInfoChar(buf, ')');
}

/* a composite key as an object, as it may be given */
static char *
key_json(int nkey, Attribute **key, const Datum *values)
{
	StringInfoData buf;

	initStringInfo(&buf);
	for (int i = 0; i < nkey; i++)
	{
		char	   *value = validation_value(getBaseType(key[i]->type),
											 key_datum_text(values[i], key[i]->type));

		if (nkey == 1)
			return value;
		doc_write_key(&buf, key[i]->name);
		appendStringInfoString(&buf, value);
	}
	appendStringInfoChar(&buf, '}');
	return buf.data;
}
