/*-------------------------------------------------------------------------
 *
 * integers.h
 *	  Values of one integer type as those of another.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_INTEGERS_H
#define ASSOC_INTEGERS_H

#include "catalog/pg_type_d.h"

static inline bool
integer_is_type(Oid type)
{
	return type == INT2OID || type == INT4OID || type == INT8OID;
}

static inline int64
integer_number(Datum value, Oid type)
{
	return type == INT2OID ? DatumGetInt16(value) :
		type == INT4OID ? DatumGetInt32(value) : DatumGetInt64(value);
}

static inline bool
integer_fits(int64 number, Oid type)
{
	return type == INT2OID ? number >= PG_INT16_MIN && number <= PG_INT16_MAX :
		type == INT4OID ? number >= PG_INT32_MIN && number <= PG_INT32_MAX : true;
}

/* of a number that fits */
static inline Datum
integer_value(int64 number, Oid type)
{
	return type == INT2OID ? Int16GetDatum((int16) number) :
		type == INT4OID ? Int32GetDatum((int32) number) : Int64GetDatum(number);
}

/* a value that equals one of the other type, so it fits */
static inline Datum
integer_convert(Datum value, Oid from, Oid to)
{
	return integer_value(integer_number(value, from), to);
}

static inline Datum
integer_least(Oid type)
{
	return type == INT2OID ? Int16GetDatum(PG_INT16_MIN) :
		type == INT4OID ? Int32GetDatum(PG_INT32_MIN) : Int64GetDatum(PG_INT64_MIN);
}

static inline Datum
integer_greatest(Oid type)
{
	return type == INT2OID ? Int16GetDatum(PG_INT16_MAX) :
		type == INT4OID ? Int32GetDatum(PG_INT32_MAX) : Int64GetDatum(PG_INT64_MAX);
}

#endif							/* ASSOC_INTEGERS_H */
