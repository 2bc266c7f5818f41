/*-------------------------------------------------------------------------
 *
 * key_table.c
 *	  Distinct keys, numbered from 0 in order of arrival.
 *
 * Open addressing over numbers of keys: a load of thousands of rows looks one
 * up for each, so integers are hashed and compared in line.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "base/key_table.h"
#include "catalog/pg_collation_d.h"
#include "catalog/pg_type_d.h"
#include "common/hashfn.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#define INITIAL_SLOTS 16

/* a table with more is not kept for the next use */
#define MAX_KEPT_SLOTS 256

/* the functions of a type of key */
typedef struct KeyFunctions
{
	Oid			type;
	Oid			hash;
	Oid			equal;
	Oid			compare;
} KeyFunctions;

/* of types that most keys have: looking them up is a tenth of what a session's first load costs */
static const KeyFunctions usual_keys[] = {
	{INT8OID, F_HASHINT8, F_INT8EQ, F_BTINT8CMP},
	{INT4OID, F_HASHINT4, F_INT4EQ, F_BTINT4CMP},
	{UUIDOID, F_UUID_HASH, F_UUID_EQ, F_UUID_CMP},
	{TEXTOID, F_HASHTEXT, F_TEXTEQ, F_BTTEXTCMP},
};

static bool key_functions(Oid type, KeyFunctions *functions);
static inline uint32 key_hash(const KeyTable *table, const Datum *key);
static inline uint32 hash_text(Datum value);
static bool key_equal(const KeyTable *table, const Datum *a, const Datum *b);
static inline int *find_slot(KeyTable *table, const Datum *key, uint32 hash);
static void grow_slots(KeyTable *table);
static void append_key(KeyTable *table, const Datum *key, uint32 hash);

void
key_column_init(KeyColumn *column, Oid type, Oid collation, MemoryContext cxt)
{
	KeyFunctions functions;

	column->type = getBaseType(type);
	column->collation = collation;
	get_typlenbyvalalign(column->type, &column->typlen, &column->typbyval, &column->typalign);
	/* an oid of more than 31 bits is another Datum in a row than as it was read */
	column->plain = column->type == INT2OID || column->type == INT4OID || column->type == INT8OID;
	column->bytes = column->type == TEXTOID && OidIsValid(collation) &&
		(collation == DEFAULT_COLLATION_OID || get_collation_isdeterministic(collation));
	if (!key_functions(column->type, &functions))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("values of type %s cannot be keys of an association",
						format_type_be(type)),
				 errdetail("A key needs a type with a hash and a btree operator class.")));
	fmgr_info_cxt(functions.hash, &column->hash, cxt);
	fmgr_info_cxt(functions.equal, &column->equal, cxt);
	fmgr_info_cxt(functions.compare, &column->compare, cxt);
}

bool
key_column_is_possible(Oid type)
{
	KeyFunctions functions;

	return key_functions(getBaseType(type), &functions);
}

/* false: it lacks some */
static bool
key_functions(Oid type, KeyFunctions *functions)
{
	TypeCacheEntry *entry;

	for (int i = 0; i < (int) lengthof(usual_keys); i++)
	{
		*functions = usual_keys[i];
		if (functions->type == type)
			return true;
	}
	entry = lookup_type_cache(type, TYPECACHE_HASH_PROC | TYPECACHE_EQ_OPR | TYPECACHE_CMP_PROC);
	*functions = (KeyFunctions) {type, entry->hash_proc, get_opcode(entry->eq_opr), entry->cmp_proc};
	return OidIsValid(functions->hash) && OidIsValid(functions->equal) && OidIsValid(functions->compare);
}

int
key_column_compare(KeyColumn *column, Datum a, Datum b)
{
	/* integers are sign-extended in a Datum, oids never negative there */
	if (column->plain)
		return (int64) a < (int64) b ? -1 : a != b;
	return DatumGetInt32(FunctionCall2Coll(&column->compare, column->collation, a, b));
}

int
key_columns_compare(int n, KeyColumn *columns, const Datum *a, const Datum *b)
{
	int			c = 0;

	for (int i = 0; i < n && c == 0; i++)
		c = key_column_compare(&columns[i], a[i], b[i]);
	return c;
}

void
key_table_init(KeyTable *table, int ncolumns, KeyColumn *columns, MemoryContext cxt)
{
	key_table_init_kept(table, ncolumns, columns, cxt, cxt);
}

void
key_table_init_kept(KeyTable *table, int ncolumns, KeyColumn *columns,
					MemoryContext cxt, MemoryContext values)
{
	memset(table, 0, sizeof(KeyTable));
	table->ncolumns = ncolumns;
	table->columns = columns;
	table->plain = ncolumns == 1 && columns[0].plain;
	table->cxt = cxt;
	table->values = values;
}

void
key_table_clear(KeyTable *table)
{
	if (table->nkeys > 0)
		memset(table->slots, 0, sizeof(int) * ((Size) table->mask + 1));
	table->nkeys = 0;
}

void
key_table_shrink(KeyTable *table)
{
	key_table_clear(table);
	if (table->slots == NULL || table->mask < MAX_KEPT_SLOTS)
		return;
	pfree(table->slots);
	pfree(table->keys);
	pfree(table->hashes);
	key_table_init_kept(table, table->ncolumns, table->columns, table->cxt, table->values);
}

int
key_table_add(KeyTable *table, const Datum *key, bool *found)
{
	uint32		hash = key_hash(table, key);
	int		   *slot;

	/* at most three quarters full */
	if (table->slots == NULL || table->nkeys + 1 > (int) (table->mask - table->mask / 4))
		grow_slots(table);
	slot = find_slot(table, key, hash);
	*found = *slot != 0;
	if (!*found)
	{
		append_key(table, key, hash);
		*slot = table->nkeys;
	}
	return *slot - 1;
}

int
key_table_find(KeyTable *table, const Datum *key)
{
	if (table->nkeys == 0)
		return -1;
	return *find_slot(table, key, key_hash(table, key)) - 1;
}

static inline uint32
key_hash(const KeyTable *table, const Datum *key)
{
	uint32		hash = 0;

	if (table->plain)
		return key_hash_plain(key[0]);
	for (int i = 0; i < table->ncolumns; i++)
	{
		KeyColumn  *column = &table->columns[i];
		uint32		h;

		if (column->plain)
			h = key_hash_plain(key[i]);
		else if (column->bytes)
			h = hash_text(key[i]);
		else
			h = DatumGetUInt32(FunctionCall1Coll(&column->hash, column->collation, key[i]));
		hash = hash_combine(hash, h);
	}
	return hash;
}

/* what hashtext() gives where a text is equal by its bytes */
static inline uint32
hash_text(Datum value)
{
	const char *bytes = DatumGetPointer(value);

	if (!key_text_is_plain(bytes))
		bytes = (const char *) DatumGetTextPP(value);
	return hash_bytes((const unsigned char *) VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes));
}

static bool
key_equal(const KeyTable *table, const Datum *a, const Datum *b)
{
	for (int i = 0; i < table->ncolumns; i++)
	{
		KeyColumn  *column = &table->columns[i];

		if (column->plain)
		{
			if (a[i] != b[i])
				return false;
		}
		else if (column->bytes && key_text_is_plain(DatumGetPointer(a[i])) &&
				 key_text_is_plain(DatumGetPointer(b[i])))
		{
			if (!key_text_same(DatumGetPointer(a[i]), DatumGetPointer(b[i])))
				return false;
		}
		else if (!DatumGetBool(FunctionCall2Coll(&column->equal, column->collation, a[i], b[i])))
			return false;
	}
	return true;
}

/* the slot of a key, or the empty one where it would go */
static inline int *
find_slot(KeyTable *table, const Datum *key, uint32 hash)
{
	uint32		i = hash & table->mask;

	for (;; i = (i + 1) & table->mask)
	{
		int			number = table->slots[i] - 1;

		if (number < 0)
			return &table->slots[i];
		if (table->plain ? table->keys[number] == key[0] :
			table->hashes[number] == hash &&
			key_equal(table, &table->keys[number * table->ncolumns], key))
			return &table->slots[i];
	}
}

static void
grow_slots(KeyTable *table)
{
	uint32		size = table->slots ? (table->mask + 1) * 2 : INITIAL_SLOTS;

	if (table->slots)
		pfree(table->slots);
	table->slots = MemoryContextAllocExtended(table->cxt, sizeof(int) * (Size) size,
											  MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	table->mask = size - 1;
	for (int number = 0; number < table->nkeys; number++)
	{
		uint32		i = table->hashes[number] & table->mask;

		while (table->slots[i] != 0)
			i = (i + 1) & table->mask;
		table->slots[i] = number + 1;
	}
}

static void
append_key(KeyTable *table, const Datum *key, uint32 hash)
{
	MemoryContext old;

	if (table->nkeys == table->maxkeys)
	{
		int			max = Max(8, table->maxkeys * 2);
		Size		keys_size = sizeof(Datum) * (Size) max * table->ncolumns;

		table->keys = table->keys ? repalloc_huge(table->keys, keys_size) :
			MemoryContextAllocHuge(table->cxt, keys_size);
		table->hashes = table->hashes ? repalloc_huge(table->hashes, sizeof(uint32) * (Size) max) :
			MemoryContextAllocHuge(table->cxt, sizeof(uint32) * (Size) max);
		table->maxkeys = max;
	}
	old = MemoryContextSwitchTo(table->values);
	for (int i = 0; i < table->ncolumns; i++)
		table->keys[table->nkeys * table->ncolumns + i] =
			datumCopy(key[i], table->columns[i].typbyval, table->columns[i].typlen);
	MemoryContextSwitchTo(old);
	table->hashes[table->nkeys++] = hash;
}
