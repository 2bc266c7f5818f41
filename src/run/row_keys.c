/*-------------------------------------------------------------------------
 *
 * row_keys.c
 *	  The keys that rows of a statement have: each once, and how many rows have it.
 *
 * What GROUP BY with count(*) gives.  The rows come straight from the executor into a table of
 * keys, which takes a fraction of the time that an aggregate takes for a row.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "miscadmin.h"
#include "run/row_keys.h"
#include "run/rows_batch.h"
#include "tcop/dest.h"
#include "utils/datum.h"

/* bytes that a key takes in the table, about, beside what it is stored as elsewhere */
#define KEY_SIZE 64

typedef struct KeyReceiver
{
	DestReceiver pub;
	RowKeys    *rows;
	MemoryContext cxt;
	Size		size;			/* of the keys so far */
	Size		limit;
	int			room;			/* of numbers */
	int			last;			/* number of the key before; -1: there is none */
	bool		full;			/* there is no memory for more */
} KeyReceiver;

static void receiver_startup(DestReceiver *self, int operation, TupleDesc desc);
static bool receive_key(TupleTableSlot *slot, DestReceiver *self);
static bool has_null(const TupleTableSlot *slot);
static int	number_of(KeyReceiver *receiver, const Datum *key);
static Size size_of(const KeyTable *keys, const Datum *key);
static void receiver_shutdown(DestReceiver *self);

RowKeys *
row_keys_count(NodeRun *nr, LoadStatement *statement)
{
	KeyReceiver receiver = {0};

	receiver.pub.receiveSlot = receive_key;
	receiver.pub.rStartup = receiver_startup;
	receiver.pub.rShutdown = receiver.pub.rDestroy = receiver_shutdown;
	receiver.pub.mydest = DestTuplestore;	/* any kind that is not SPI's own */
	receiver.rows = palloc0_object(RowKeys);
	receiver.cxt = CurrentMemoryContext;
	receiver.last = -1;
	receiver.limit = Min(get_hash_memory_limit(), (Size) KEY_SIZE * (PG_INT32_MAX / 2));
	rows_batch_send(nr, statement, &receiver.pub);
	return receiver.full ? NULL : receiver.rows;
}

static void
receiver_startup(DestReceiver *self, int operation pg_attribute_unused(), TupleDesc desc)
{
	KeyReceiver *receiver = (KeyReceiver *) self;
	MemoryContext old = MemoryContextSwitchTo(receiver->cxt);
	KeyColumn  *columns = palloc_array(KeyColumn, desc->natts);

	receiver->rows->desc = CreateTupleDescCopy(desc);
	for (int i = 0; i < desc->natts; i++)
		key_column_init(&columns[i], TupleDescAttr(desc, i)->atttypid, TupleDescAttr(desc, i)->attcollation,
						receiver->cxt);
	key_table_init(&receiver->rows->keys, desc->natts, columns, receiver->cxt);
	MemoryContextSwitchTo(old);
}

static bool
receive_key(TupleTableSlot *slot, DestReceiver *self)
{
	KeyReceiver *receiver = (KeyReceiver *) self;

	slot_getallattrs(slot);
	if (has_null(slot))
		return true;
	receiver->last = number_of(receiver, slot->tts_values);
	receiver->rows->numbers[receiver->last]++;
	receiver->full = receiver->size > receiver->limit;
	return !receiver->full;
}

static bool
has_null(const TupleTableSlot *slot)
{
	for (int i = 0; i < slot->tts_nvalid; i++)
		if (slot->tts_isnull[i])
			return true;
	return false;
}

/* mostly the rows of a key come together */
static int
number_of(KeyReceiver *receiver, const Datum *key)
{
	RowKeys    *rows = receiver->rows;
	bool		found;
	int			number;

	if (receiver->last >= 0 && rows->keys.plain && rows->keys.keys[receiver->last] == key[0])
		return receiver->last;
	number = key_table_add(&rows->keys, key, &found);
	if (number >= receiver->room)
	{
		receiver->room = Max(64, receiver->room * 2);
		rows->numbers = rows->numbers ?
			repalloc_huge(rows->numbers, sizeof(int64) * (Size) receiver->room) :
			MemoryContextAllocHuge(receiver->cxt, sizeof(int64) * (Size) receiver->room);
	}
	if (!found)
	{
		rows->numbers[number] = 0;
		receiver->size += size_of(&rows->keys, key);
	}
	return number;
}

static Size
size_of(const KeyTable *keys, const Datum *key)
{
	Size		size = KEY_SIZE;

	for (int i = 0; i < keys->ncolumns; i++)
		if (!keys->columns[i].typbyval)
			size += datumGetSize(key[i], false, keys->columns[i].typlen);
	return size;
}

static void
receiver_shutdown(DestReceiver *self pg_attribute_unused())
{
}
