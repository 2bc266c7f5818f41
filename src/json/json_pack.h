/*-------------------------------------------------------------------------
 *
 * json_pack.h
 *	  What packing a row and encoding its values share: the packer's buffer.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_JSON_PACK_H
#define ASSOC_JSON_PACK_H

#include "json/json_writer.h"
#include "utils/memutils.h"

/*
 * A value of any kind, not null: its bytes behind what is in the buffer, unpadded; its jsonb
 * type (0 in json text).  The errors are json_too_large()'s and those of the type's own
 * functions.
 */
extern JEntry json_encode_value(JsonPacker *packer, JsonEncoder *enc, Datum value);

static inline void
json_pack_reserve(JsonPacker *packer, uint64 size)
{
	StringInfo	buf = &packer->buf;

	if (likely(size < (uint64) (buf->maxlen - buf->len)))
		return;
	/* enlargeStringInfo would say "out of memory", without a hint */
	if (size >= MaxAllocSize - (uint64) buf->len)
		json_too_large(MaxAllocSize);
	enlargeStringInfo(buf, (int) size);
}

static inline void
json_pack_bytes(JsonPacker *packer, const char *bytes, Size len)
{
	json_pack_reserve(packer, len);
	memcpy(packer->buf.data + packer->buf.len, bytes, len);
	packer->buf.len += (int) len;
}

#endif							/* ASSOC_JSON_PACK_H */
