/*-------------------------------------------------------------------------
 *
 * key_table.h
 *	  Distinct keys, numbered from 0 in order of arrival.
 *
 * Equality is the key type's own, with the column's collation, not equality of
 * bytes: 1.0 and 1.00 are one numeric key, and a nondeterministic collation
 * decides what is one text key.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_KEY_TABLE_H
#define ASSOC_KEY_TABLE_H

#include "common/hashfn.h"
#include "fmgr.h"

/* how one column of a key is hashed and compared; kept in a plan */
typedef struct KeyColumn
{
	Oid			type;			/* base type of the column pointed at */
	Oid			collation;
	int16		typlen;
	bool		typbyval;
	char		typalign;
	bool		plain;			/* compared by its Datum: int2, int4, int8 */
	bool		bytes;			/* a text that is equal where its bytes are */
	FmgrInfo	hash;
	FmgrInfo	equal;
	FmgrInfo	compare;		/* btree order, for sorting */
} KeyColumn;

/* a hash of a value that is compared by its Datum */
static inline uint32
key_hash_plain(Datum value)
{
	return murmurhash32((uint32) value ^ (uint32) ((uint64) value >> 32));
}

/* is it neither compressed nor kept elsewhere? */
static inline bool
key_text_is_plain(const char *value)
{
	return VARATT_IS_1B(value) ? !VARATT_IS_1B_E(value) : VARATT_IS_4B_U(value);
}

/* are two of them the same to the byte? */
static inline bool
key_text_same(const char *a, const char *b)
{
	return VARSIZE_ANY_EXHDR(a) == VARSIZE_ANY_EXHDR(b) &&
		memcmp(VARDATA_ANY(a), VARDATA_ANY(b), VARSIZE_ANY_EXHDR(a)) == 0;
}

/* does the type have the functions that a key needs? */
extern bool key_column_is_possible(Oid type);
/* error ERRCODE_UNDEFINED_FUNCTION for a type that cannot be a key */
extern void key_column_init(KeyColumn *column, Oid type, Oid collation, MemoryContext cxt);
extern int	key_column_compare(KeyColumn *column, Datum a, Datum b);
/* the same of the first n values, in order */
extern int	key_columns_compare(int n, KeyColumn *columns, const Datum *a, const Datum *b);

typedef struct KeyTable
{
	int			ncolumns;
	KeyColumn  *columns;
	bool		plain;			/* one column, compared by its Datum */
	int			nkeys;			/* distinct keys so far */
	Datum	   *keys;			/* ncolumns Datums a key */
	int			maxkeys;
	int		   *slots;			/* open addressing: number of key + 1, 0 empty */
	uint32	   *hashes;			/* by number of key */
	uint32		mask;			/* slots - 1 */
	MemoryContext cxt;			/* of the arrays */
	MemoryContext values;		/* of keys that are passed by reference */
} KeyTable;

extern void key_table_init(KeyTable *table, int ncolumns, KeyColumn *columns, MemoryContext cxt);
/* a table that is cleared and used again; "values" may be reset when it is cleared */
extern void key_table_init_kept(KeyTable *table, int ncolumns, KeyColumn *columns,
								MemoryContext cxt, MemoryContext values);
/* forget the keys */
extern void key_table_clear(KeyTable *table);
/* and, if there were many, give their room back */
extern void key_table_shrink(KeyTable *table);
/* number of the key; added when it is new (its Datums copied), *found says which */
extern int	key_table_add(KeyTable *table, const Datum *key, bool *found);
/* number of the key, or -1 */
extern int	key_table_find(KeyTable *table, const Datum *key);

#endif							/* ASSOC_KEY_TABLE_H */
