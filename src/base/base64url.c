/*-------------------------------------------------------------------------
 *
 * base64url.c
 *	  Bytes as text that stands in JSON and in a URL as it is.
 *
 * RFC 4648, section 5, without padding.  A text that encode would not have written is
 * refused, so that one value has one text.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/base64url.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

char *
base64url_encode(const char *bytes, int len)
{
	char	   *text = palloc((Size) len / 3 * 4 + 5);
	char	   *to = text;
	uint32		held = 0;
	int			nbits = 0;

	for (int i = 0; i < len; i++)
	{
		held = (held << 8) | (unsigned char) bytes[i];
		for (nbits += 8; nbits >= 6; nbits -= 6)
			*to++ = digits[(held >> (nbits - 6)) & 63];
	}
	if (nbits > 0)
		*to++ = digits[(held << (6 - nbits)) & 63];
	*to = '\0';
	return text;
}

char *
base64url_decode(const char *text, int len, int *size)
{
	char	   *bytes = palloc((Size) len / 4 * 3 + 4);
	char	   *to = bytes;
	uint32		held = 0;
	int			nbits = 0;

	for (int i = 0; i < len; i++)
	{
		const char *digit = text[i] == '\0' ? NULL : strchr(digits, text[i]);

		if (digit == NULL)
			return NULL;
		held = (held << 6) | (uint32) (digit - digits);
		nbits += 6;
		if (nbits >= 8)
		{
			nbits -= 8;
			*to++ = (char) ((held >> nbits) & 255);
		}
	}
	if (nbits == 6 || (held & ((1 << nbits) - 1)) != 0)
		return NULL;
	*size = (int) (to - bytes);
	return bytes;
}
