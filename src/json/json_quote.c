/*-------------------------------------------------------------------------
 *
 * json_quote.c
 *	  Strings as json text: quotes and escapes, as core writes them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "json/json_writer.h"

static inline bool copy_plain(char *to, const char *bytes, int len);
static inline bool copy_word(char *to, const char *bytes);
static inline bool needs_escape(uint64 word);
static inline char *quote_byte(char *to, unsigned char c);
static inline int escape_cost(unsigned char c);
static char *escape_byte(char *to, unsigned char c);

bool
json_quote_plain(char *to, const char *bytes, int len)
{
	if (!copy_plain(to + 1, bytes, len))
		return false;
	to[0] = to[len + 1] = '"';
	return true;
}

/* word by word; the last one, or the second half of one, may begin before the other's end */
static inline bool
copy_plain(char *to, const char *bytes, int len)
{
	const int	size = sizeof(uint64);
	uint32		first;
	uint32		last;

	if (len >= size)
	{
		for (int i = 0; i < len - size; i += size)
			if (!copy_word(to + i, bytes + i))
				return false;
		return copy_word(to + len - size, bytes + len - size);
	}
	if (len < (int) sizeof(first))
	{
		for (int i = 0; i < len; i++)
		{
			if (escape_cost((unsigned char) bytes[i]) > 0)
				return false;
			to[i] = bytes[i];
		}
		return true;
	}
	memcpy(&first, bytes, sizeof(first));
	memcpy(&last, bytes + len - sizeof(last), sizeof(last));
	memcpy(to, &first, sizeof(first));
	memcpy(to + len - sizeof(last), &last, sizeof(last));
	return !needs_escape(first | (uint64) last << 32);
}

static inline bool
copy_word(char *to, const char *bytes)
{
	uint64		word;

	memcpy(&word, bytes, sizeof(word));
	memcpy(to, &word, sizeof(word));
	return !needs_escape(word);
}

uint64
json_quoted_size(const char *bytes, int len)
{
	uint64		size = (uint64) len + 2;
	const char *end = bytes + len;

	for (uint64 word; end - bytes >= (ptrdiff_t) sizeof(word); bytes += sizeof(word))
	{
		memcpy(&word, bytes, sizeof(word));
		if (unlikely(needs_escape(word)))
			for (int i = 0; i < (int) sizeof(word); i++)
				size += escape_cost((unsigned char) bytes[i]);
	}
	for (; bytes < end; bytes++)
		size += escape_cost((unsigned char) *bytes);
	return size;
}

/* Is one of eight bytes a quote, a backslash or below a space?  (A false alarm costs time only.) */
static inline bool
needs_escape(uint64 word)
{
	const uint64 ones = UINT64CONST(0x0101010101010101);
	uint64		quotes = word ^ (ones * '"');
	uint64		backslashes = word ^ (ones * '\\');

	return ((((word - ones * ' ') & ~word) | ((quotes - ones) & ~quotes) |
			 ((backslashes - ones) & ~backslashes)) & (ones * 0x80)) != 0;
}

void
json_quote(char *to, const char *bytes, int len)
{
	const char *end = bytes + len;

	*to++ = '"';
	while (end - bytes >= (ptrdiff_t) sizeof(uint64))
	{
		const char *next = bytes + sizeof(uint64);

		if (likely(copy_word(to, bytes)))
		{
			to += sizeof(uint64);
			bytes = next;
		}
		while (bytes < next)
			to = quote_byte(to, (unsigned char) *bytes++);
	}
	while (bytes < end)
		to = quote_byte(to, (unsigned char) *bytes++);
	*to = '"';
}

static inline char *
quote_byte(char *to, unsigned char c)
{
	if (escape_cost(c) > 0)
		return escape_byte(to, c);
	*to++ = (char) c;
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
