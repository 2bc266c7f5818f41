/*-------------------------------------------------------------------------
 *
 * key_range.c
 *	  Keys of a node that are integers without gaps, as a range.
 *
 * Parents that come in the order of their key have such keys, and a range is less work
 * to look for than each of them: for a statement as for a probe.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type_d.h"
#include "run/key_range.h"

static void bounds(const NodeRun *nr, int first, int64 *lowest, int64 *highest);
static int64 key_number(const NodeRun *nr, int i);
static Datum number_key(const NodeRun *nr, int64 number);

bool
key_range_without_gaps(const NodeRun *nr, int first)
{
	int64		lowest;
	int64		highest;

	bounds(nr, first, &lowest, &highest);
	return (uint64) highest - (uint64) lowest < (uint64) (nr->nrequested - first) * 5 / 4;
}

void
key_range_bounds(const NodeRun *nr, int first, Datum *lowest, Datum *highest)
{
	int64		low;
	int64		high;

	bounds(nr, first, &low, &high);
	*lowest = number_key(nr, low);
	*highest = number_key(nr, high);
}

static void
bounds(const NodeRun *nr, int first, int64 *lowest, int64 *highest)
{
	*lowest = *highest = key_number(nr, first);
	for (int i = first + 1; i < nr->nrequested; i++)
	{
		int64		number = key_number(nr, i);

		*lowest = Min(*lowest, number);
		*highest = Max(*highest, number);
	}
}

static int64
key_number(const NodeRun *nr, int i)
{
	Datum		key = nr->keys.keys[i];

	switch (nr->node->ref_keys[0].type)
	{
		case INT2OID:
			return DatumGetInt16(key);
		case INT4OID:
			return DatumGetInt32(key);
		case OIDOID:
			return DatumGetObjectId(key);
		default:
			return DatumGetInt64(key);
	}
}

static Datum
number_key(const NodeRun *nr, int64 number)
{
	switch (nr->node->ref_keys[0].type)
	{
		case INT2OID:
			return Int16GetDatum((int16) number);
		case INT4OID:
			return Int32GetDatum((int32) number);
		case OIDOID:
			return ObjectIdGetDatum((Oid) number);
		default:
			return Int64GetDatum(number);
	}
}
