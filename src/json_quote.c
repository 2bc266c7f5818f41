/*-------------------------------------------------------------------------
 *
 * json_quote.c
 *	  Strings as json text: quotes and escapes, as core writes them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"
#include "json_writer.h"

static inline bool needs_escape(const char *bytes);
static inline int escape_cost(unsigned char c);
static char *escape_byte(char *to, unsigned char c);

uint64
json_quoted_size(const char *bytes, int len)
{
	uint64		size = (uint64) len + 2;
	const char *end = bytes + len;

	for (; end - bytes >= (ptrdiff_t) sizeof(uint64); bytes += sizeof(uint64))
		if (unlikely(needs_escape(bytes)))
			for (int i = 0; i < (int) sizeof(uint64); i++)
				size += escape_cost((unsigned char) bytes[i]);
	for (; bytes < end; bytes++)
		size += escape_cost((unsigned char) *bytes);
	return size;
}

/* Is one of eight bytes a quote, a backslash or below a space?  (A false alarm costs time only.) */
static inline bool
needs_escape(const char *bytes)
{
	const uint64 ones = UINT64CONST(0x0101010101010101);
	uint64		word;
	uint64		quotes;
	uint64		backslashes;

	memcpy(&word, bytes, sizeof(word));
	quotes = word ^ (ones * '"');
	backslashes = word ^ (ones * '\\');
	return ((((word - ones * ' ') & ~word) | ((quotes - ones) & ~quotes) |
			 ((backslashes - ones) & ~backslashes)) & (ones * 0x80)) != 0;
}

char *
json_quote(char *to, const char *bytes, int len, uint64 size)
{
	*to++ = '"';
	if (size == (uint64) len + 2)
	{
		memcpy(to, bytes, len);
		to += len;
	}
	else
	{
		for (const char *end = bytes + len; bytes < end; bytes++)
		{
			if (escape_cost((unsigned char) *bytes) == 0)
				*to++ = *bytes;
			else
				to = escape_byte(to, (unsigned char) *bytes);
		}
	}
	*to++ = '"';
	return to;
}

/* how many bytes more than one a byte takes; what is escaped is what core escapes */
static inline int
escape_cost(unsigned char c)
{
	if (likely(c >= ' ' && c != '"' && c != '\\'))
		return 0;
	switch (c)
	{
		case '"':
		case '\\':
		case '\b':
		case '\f':
		case '\n':
		case '\r':
		case '\t':
			return 1;			/* \n */
		default:
			return 5;			/* \u001f */
	}
}

static char *
escape_byte(char *to, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";
	static const char letters[] = "btn?fr"; /* of bytes 8 to 13 */

	*to++ = '\\';
	if (c == '"' || c == '\\')
		*to++ = c;
	else if (escape_cost(c) == 1)
		*to++ = letters[c - '\b'];
	else
	{
		memcpy(to, "u00", 3);
		to[3] = hex[c >> 4];
		to[4] = hex[c & 0x0f];
		to += 5;
	}
	return to;
}
