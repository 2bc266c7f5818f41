/*-------------------------------------------------------------------------
 *
 * replace_lock.c
 *	  Locks for documents that were compared with what is there.
 *
 * Decides that rows which differ are locked and then compared again, so that what is written, and
 * told, is the difference to what stands there.  Calls that save the same row wait for each
 * other, whatever of it they change.  Where nothing differs nothing is locked.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "base/rights.h"
#include "write/replace.h"

/* rows of one table that are locked, or whose links are */
typedef struct ReplaceHeld
{
	Oid			relid;
	const char *what;			/* alias of the links; "" for the rows */
	KeyTable	keys;
} ReplaceHeld;

/* of roots: all that is saved with them */
#define WHOLE "*"

static bool lock_roots(CreateLevel *root, List **held);
static bool lock_level(CreateLevel *level, List **held);
static bool lock_rows(const Model *model, List *rows, List **held);
static List *rows_to_lock(CreateLevel *level);
static bool is_replaced(const CreateLevel *level);
static bool add_key(List **held, const Model *model, const char *what, const Datum *key);

bool
replace_lock(CreateLevel *root, List **held)
{
	bool		any;

	if (!is_replaced(root) || create_is_stale(root) || !replace_changes_any(root))
		return false;
	any = lock_roots(root, held);
	return lock_level(root, held) || any;
}

static bool
is_replaced(const CreateLevel *level)
{
	ListCell   *lc;

	if (level->replaces != NIL)
		return true;
	foreach(lc, level->children)
		if (is_replaced(lfirst(lc)))
			return true;
	return false;
}

/* a lock that wants no right, for the row itself may not be changed at all */
static bool
lock_roots(CreateLevel *root, List **held)
{
	const Model *model = root->model;
	KeyColumn  *columns = link_key_columns(model->nkey, model->key);
	List	   *hashes = NIL;
	bool		any = false;
	ListCell   *lc;

	foreach_ptr(CreateRow, row, root->found)
	{
		uint32		hash = 0;

		if (row->skipped)
			continue;
		any |= add_key(held, model, WHOLE, row->key);
		for (int i = 0; i < model->nkey; i++)
			hash = hash_combine(hash, DatumGetUInt32(FunctionCall1Coll(&columns[i].hash, columns[i].collation,
																	   row->key[i])));
		hashes = lappend_oid(hashes, hash);
	}
	if (!any)
		return false;
	list_sort(hashes, list_oid_cmp);
	foreach(lc, hashes)
		link_lock_search(model->relid, lfirst_oid(lc), ExclusiveLock);
	return true;
}

static bool
lock_level(CreateLevel *level, List **held)
{
	bool		any = lock_rows(level->model, rows_to_lock(level), held);
	List	   *owners = NIL;
	ListCell   *lc;

	foreach_ptr(Replace, replace, level->replaces)
	{
		if (!replace->changes || !replace->parent->existing || replace->parent->skipped)
			continue;
		if (level->assoc->association->kind == BELONGS_TO)
			owners = lappend(owners, replace->parent);
		else					/* they were locked before this is asked */
			any |= add_key(held, level->parent->model, level->assoc->association->alias, replace->parent->key);
	}
	if (owners != NIL)
		any |= lock_rows(level->parent->model, owners, held);
	foreach(lc, level->children)
		any |= lock_level(lfirst(lc), held);
	return any;
}

static bool
lock_rows(const Model *model, List *rows, List **held)
{
	List	   *keys = NIL;

	foreach_ptr(CreateRow, row, rows)
	{
		if (add_key(held, model, "", row->key))
			keys = lappend(keys, row->key);
	}
	/* a row lock needs the right to UPDATE, which a role that may only delete need not have */
	if (rights_have(model->relid, ACL_UPDATE))
		link_hold_rows(model, model->nkey, model->key, keys);
	return keys != NIL;
}

static List *
rows_to_lock(CreateLevel *level)
{
	List	   *rows = NIL;

	if (level->replaces == NIL)
		return NIL;
	foreach_ptr(CreateRow, row, level->found)
	{
		if (!row->skipped && create_is_changed(level->model, row))
			rows = lappend(rows, row);
	}
	return list_concat(rows, level->deletes);
}

/* true: it was not there */
static bool
add_key(List **held, const Model *model, const char *what, const Datum *key)
{
	ReplaceHeld *of = NULL;
	bool		found;

	foreach_ptr(ReplaceHeld, one, *held)
	{
		if (one->relid == model->relid && strcmp(one->what, what) == 0)
			of = one;
	}
	if (of == NULL)
	{
		of = palloc_object(ReplaceHeld);
		of->relid = model->relid;
		of->what = pstrdup(what);
		key_table_init(&of->keys, model->nkey, link_key_columns(model->nkey, model->key), CurrentMemoryContext);
		*held = lappend(*held, of);
	}
	(void) key_table_add(&of->keys, key, &found);
	return !found;
}
