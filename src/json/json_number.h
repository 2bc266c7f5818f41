/*-------------------------------------------------------------------------
 *
 * json_number.h
 *	  Integers as JSON: their digits, and the numeric that jsonb holds.
 *
 * Integers are the commonest of all values.  What is in line here is for the commonest of
 * them: not negative, with few digits.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_JSON_NUMBER_H
#define ASSOC_JSON_NUMBER_H

#include "base/compat.h"
#include "utils/builtins.h"

/* ---- digits ---- */

/* 00 to 99, one after another */
extern const char json_digit_pairs[];

/* n is 0 to 99; advanced */
static inline char *
json_two_digits(char *to, int n)
{
	memcpy(to, &json_digit_pairs[n * 2], 2);
	return to + 2;
}

/* n is 0 to 9999, written without leading zeros into room for four; the length */
static inline int
json_few_digits(char *to, int n)
{
	char		digits[8];
	int			zeros = (n < 1000) + (n < 100) + (n < 10);

	(void) json_two_digits(digits, n / 100);
	(void) json_two_digits(digits + 2, n % 100);
	memset(digits + 4, 0, 4);
	memcpy(to, digits + zeros, 4);
	return 4 - zeros;
}

/* what pg_lltoa() writes, into as much room (MAXINT8LEN + 1), mostly in half of its time; the length */
static inline int
json_digits(char *to, int64 value)
{
	int			len;

	if ((uint64) value < 10000)
		return json_few_digits(to, (int) value);
	if ((uint64) value >= 100000000)
		return pg_lltoa(value, to);
	len = json_few_digits(to, (int) value / 10000);
	(void) json_two_digits(to + len, (int) value / 100 % 100);
	(void) json_two_digits(to + len + 2, (int) value % 100);
	return len + 4;
}

/* ---- numeric ---- */

/* the numeric of an integer, as int64_to_numeric gives it, without palloc */
typedef union JsonInteger
{
	int32		align;
	char		bytes[VARHDRSZ + sizeof(uint16) + 5 * sizeof(int16)];
} JsonInteger;

extern int	json_any_numeric(int64 value, JsonInteger *numeric);

/* its length in bytes; format: see json_any_numeric() */
static inline int
json_integer_numeric(int64 value, JsonInteger *numeric)
{
	const uint16 header = 0x8000;
	int16		digit = (int16) value;

	if (value <= 0 || value >= 10000)
		return json_any_numeric(value, numeric);
	memcpy(numeric->bytes + VARHDRSZ, &header, sizeof(header));
	memcpy(numeric->bytes + VARHDRSZ + sizeof(header), &digit, sizeof(digit));
	SET_VARSIZE(numeric->bytes, VARHDRSZ + sizeof(header) + sizeof(digit));
	return VARHDRSZ + sizeof(header) + sizeof(digit);
}

#endif							/* ASSOC_JSON_NUMBER_H */
