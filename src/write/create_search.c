/*-------------------------------------------------------------------------
 *
 * create_search.c
 *	  What is looked for, and created where it is not found: when two searches are the same.
 *
 * Decides that by what the condition requires of a row: attributes that equal values, compared by
 * their types, however they are written ("5" or 5, {"eq": ...} or not).  Any other
 * condition is the same only where it is written the same.
 *
 * Two calls that look for the same in vain would both create it where no unique key stands
 * in the way.  So a search takes a lock, unless it gives all columns of such a key.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "catalog/pg_type.h"
#include "registry/keys.h"
#include "utils/fmgrprotos.h"
#include "utils/typcache.h"
#include "write/create.h"

/* a row that is being looked for and will be created */
typedef struct WantedRow
{
	CreateSearch *search;
	CreateRow  *row;
} WantedRow;

/* those with one hash */
typedef struct WantedEntry
{
	uint32		hash;			/* must be first */
	List	   *rows;			/* of WantedRow * */
} WantedEntry;

static bool create_search_same(const CreateSearch *one, const CreateSearch *other);
static CreateSearch *make(const Model *model);
static bool read_equalities(CreateSearch *search, const Condition *where);
static bool read_equality(CreateSearch *search, const Condition *compare);
static bool can_hash(const Attribute *attribute);
static bool has_unique_key(const CreateSearch *search);
static bool says_all(const CreateSearch *search, const ModelIndex *index);
static uint32 search_hash(const CreateSearch *search);
static uint32 value_hash(const Attribute *attribute, Datum value);
static int	compare_hashes(const ListCell *a, const ListCell *b);

CreateSearch *
create_search(const Model *model, const Condition *where, const JsonbValue *document)
{
	CreateSearch *search = make(model);

	search->plain = read_equalities(search, where);
	if (!search->plain)
		search->document = JsonbValueToJsonb(unconstify(JsonbValue *, document));
	search->keyed = has_unique_key(search);
	search->hash = search_hash(search);
	return search;
}

/* of no key, as a to-one association may be asked: of any row */
CreateSearch *
create_search_key(const Model *model, int n, Attribute **columns, const Datum *key)
{
	CreateSearch *search = make(model);

	search->plain = true;
	for (int i = 0; key != NULL && i < n; i++)
	{
		int			a = model_attnum(model, columns[i]->attnum) - model->attributes;

		search->given[a] = true;
		search->values[a] = key[i];
	}
	search->hash = search_hash(search);
	return search;
}

static CreateSearch *
make(const Model *model)
{
	CreateSearch *search = palloc0_object(CreateSearch);

	search->model = model;
	search->lock = ExclusiveLock;
	search->given = palloc0_array(bool, model->nattributes);
	search->values = palloc0_array(Datum, model->nattributes);
	search->nulls = palloc0_array(bool, model->nattributes);
	return search;
}

/* false: it has other conditions too */
static bool
read_equalities(CreateSearch *search, const Condition *where)
{
	bool		plain = true;

	if (where->kind == CONDITION_COMPARE)
		return read_equality(search, where);
	if (where->kind != CONDITION_AND)
		return false;
	foreach_ptr(Condition, arg, where->args)
		plain = read_equalities(search, arg) && plain;
	return plain;
}

static bool
read_equality(CreateSearch *search, const Condition *compare)
{
	const Model *model = search->model;
	Attribute  *attribute = model_attribute(model, compare->key);
	Datum		value;
	bool		isnull;
	int			a;

	if (attribute == NULL || compare->op != WHERE_EQ || compare->quantifier != QUANTIFIER_NONE ||
		compare->value->kind != OPTION_LITERAL || !can_hash(attribute))
		return false;
	a = attribute - model->attributes;
	value = key_value_from_jsonb(&compare->value->literal, attribute->type, -1, compare->path, &isnull);
	if (search->given[a])
		return false;
	search->given[a] = true;
	search->values[a] = value;
	search->nulls[a] = isnull;
	return true;
}

static bool
can_hash(const Attribute *attribute)
{
	TypeCacheEntry *type = lookup_type_cache(attribute->type, TYPECACHE_HASH_PROC |
											 TYPECACHE_CMP_PROC);

	return OidIsValid(type->hash_proc) && OidIsValid(type->cmp_proc);
}

static bool
has_unique_key(const CreateSearch *search)
{
	for (int i = 0; i < search->model->nindexes; i++)
	{
		const ModelIndex *index = &search->model->indexes[i];

		if (index->unique && says_all(search, index))
			return true;
	}
	return false;
}

/* null is no key */
static bool
says_all(const CreateSearch *search, const ModelIndex *index)
{
	for (int k = 0; k < index->nkeys; k++)
	{
		Attribute  *attribute = model_attnum(search->model, index->attnums[k]);
		int			a = attribute == NULL ? -1 : attribute - search->model->attributes;

		if (a < 0 || !search->given[a] || search->nulls[a])
			return false;
	}
	return true;
}

static uint32
search_hash(const CreateSearch *search)
{
	const Model *model = search->model;
	uint32		hash = 0;

	if (!search->plain)
		return DatumGetUInt32(DirectFunctionCall1(jsonb_hash, JsonbPGetDatum(search->document)));
	for (int a = 0; a < model->nattributes; a++)
	{
		if (!search->given[a])
			continue;
		hash = hash_combine(hash, hash_bytes_uint32(model->attributes[a].attnum));
		if (!search->nulls[a])
			hash = hash_combine(hash, value_hash(&model->attributes[a], search->values[a]));
	}
	return hash;
}

static uint32
value_hash(const Attribute *attribute, Datum value)
{
	KeyColumn	column;

	key_column_init(&column, attribute->type, attribute->collation, CurrentMemoryContext);
	return DatumGetUInt32(FunctionCall1Coll(&column.hash, column.collation, value));
}

void
create_search_under(CreateSearch *search, const Model *model, const CreateRow *parent)
{
	for (int i = 0; i < model->nkey; i++)
		search->hash = hash_combine(search->hash, value_hash(model->key[i], parent->key[i]));
}

CreateSearch *
create_search_by_upsert(const CreateSearch *search)
{
	CreateSearch *copy = palloc_object(CreateSearch);

	*copy = *search;
	copy->lock = ShareLock;
	return copy;
}

static bool
create_search_same(const CreateSearch *one, const CreateSearch *other)
{
	const Model *model = one->model;

	if (one->plain != other->plain)
		return false;
	if (!one->plain)
		return compareJsonbContainers(&one->document->root, &other->document->root) == 0;
	for (int a = 0; a < model->nattributes; a++)
	{
		Attribute  *attribute = &model->attributes[a];

		if (one->given[a] != other->given[a] || one->nulls[a] != other->nulls[a])
			return false;
		if (one->given[a] && !one->nulls[a] &&
			key_column_compare(link_key_columns(1, &attribute), one->values[a],
							   other->values[a]) != 0)
			return false;
	}
	return true;
}

/* ---- rows that one call looks for several times ---- */

CreateRow *
create_requested_find(CreateLevel *level, const CreateSearch *search)
{
	WantedEntry *entry = level->requested == NULL ? NULL :
		hash_search(level->requested, &search->hash, HASH_FIND, NULL);

	foreach_ptr(WantedRow, requested, entry ? entry->rows : NIL)
	{
		if (create_search_same(requested->search, search))
			return requested->row;
	}
	return NULL;
}

void
create_requested_add(CreateLevel *level, CreateSearch *search, CreateRow *row)
{
	WantedRow  *requested = palloc_object(WantedRow);
	WantedEntry *entry;
	bool		found;

	if (level->requested == NULL)
	{
		HASHCTL		ctl = {.keysize = sizeof(uint32), .entrysize = sizeof(WantedEntry),
		.hcxt = CurrentMemoryContext};

		level->requested = hash_create("pg_associations requested rows", 64, &ctl,
									   HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	}
	requested->search = search;
	requested->row = row;
	entry = hash_search(level->requested, &search->hash, HASH_ENTER, &found);
	entry->rows = lappend(found ? entry->rows : NIL, requested);
}

/* ---- locks ---- */

void
create_search_note(CreateLevel *level, CreateSearch *search)
{
	CreateLevel *root = create_root_of(level);

	root->races = true;
	if (!search->keyed)
		root->searches = lappend(root->searches, search);
}

/* by model and hash */
void
create_search_table(KeyTable *held)
{
	KeyColumn  *columns = palloc_array(KeyColumn, 2);

	key_column_init(&columns[0], OIDOID, InvalidOid, CurrentMemoryContext);
	key_column_init(&columns[1], INT8OID, InvalidOid, CurrentMemoryContext);
	key_table_init(held, 2, columns, CurrentMemoryContext);
}

/*
 * In one order for all calls.  What was found before that is old then; so true is returned
 * where any was not locked before.
 */
bool
create_search_lock(CreateLevel *root, KeyTable *held)
{
	bool		any = false;

	list_sort(root->searches, compare_hashes);
	foreach_ptr(CreateSearch, search, root->searches)
	{
		Datum		tag[2] = {ObjectIdGetDatum(search->model->relid),
		Int64GetDatum((int64) search->hash)};
		bool		found;

		(void) key_table_add(held, tag, &found);
		if (!found)
			link_lock_search(search->model->relid, search->hash, search->lock);
		any |= !found;
	}
	return any;
}

static int
compare_hashes(const ListCell *a, const ListCell *b)
{
	const CreateSearch *x = lfirst(a);
	const CreateSearch *y = lfirst(b);

	if (x->model->relid != y->model->relid)
		return x->model->relid < y->model->relid ? -1 : 1;
	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	/* the stronger one first, which does for both */
	return y->lock - x->lock;
}
