/*-------------------------------------------------------------------------
 *
 * base64url.h
 *	  Bytes as text that stands in JSON and in a URL as it is.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_BASE64URL_H
#define ASSOC_BASE64URL_H

/* zero-terminated */
extern char *base64url_encode(const char *bytes, int len);
/* NULL for what is no such text; else its bytes, and how many */
extern char *base64url_decode(const char *text, int len, int *size);

#endif							/* ASSOC_BASE64URL_H */
