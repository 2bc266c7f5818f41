/*-------------------------------------------------------------------------
 *
 * json_number.c
 *	  Integers as JSON: their digits, and the numeric that jsonb holds.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "json/json_number.h"

const char	json_digit_pairs[] =
"00010203040506070809" "10111213141516171819" "20212223242526272829"
"30313233343536373839" "40414243444546474849" "50515253545556575859"
"60616263646566676869" "70717273747576777879" "80818283848586878889"
"90919293949596979899";

/*
 * int64_to_numeric costs a palloc and a detour through NumericVar, so the result is
 * written by hand: numeric's short format, which is a header of sign and weight (the
 * number of base-10000 digits before the point, less one) and the digits without
 * trailing zeros.  On-disk data depends on it, so it cannot change.
 */
int
json_any_numeric(int64 value, JsonInteger *numeric)
{
	uint64		rest = value < 0 ? 0 - (uint64) value : (uint64) value;
	int16		digits[5];		/* least significant first */
	int			total = 0;
	int			zeros = 0;
	uint16		header = 0x8000;	/* short format, scale 0 */
	char	   *to = numeric->bytes + VARHDRSZ;

	for (; rest >= 10000; rest /= 10000)
		digits[total++] = (int16) (rest % 10000);
	if (rest != 0)
		digits[total++] = (int16) rest;
	while (zeros < total && digits[zeros] == 0)
		zeros++;

	if (value < 0)
		header |= 0x2000;
	if (total > 0)
		header |= total - 1;
	memcpy(to, &header, sizeof(header));
	to += sizeof(header);
	while (total > zeros)
	{
		memcpy(to, &digits[--total], sizeof(int16));
		to += sizeof(int16);
	}

	SET_VARSIZE(numeric->bytes, to - numeric->bytes);
	return to - numeric->bytes;
}
