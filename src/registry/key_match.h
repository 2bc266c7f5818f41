/*-------------------------------------------------------------------------
 *
 * key_match.h
 *	  How a reference is compared with the key that it points at.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_KEY_MATCH_H
#define ASSOC_KEY_MATCH_H

typedef struct KeyMatch
{
	Oid			opfamily;		/* btree, of the key */
	Oid			key_type;		/* the key, as the operators take it */
	Oid			ref_type;		/* the reference, as they take it */
	Oid			cast;			/* what the reference is cast to before that; InvalidOid: it stays */
} KeyMatch;

/* false: a column of the one type cannot point at a column of the other */
extern bool key_match_find(Oid ref_type, Oid key_type, KeyMatch *match);
/* the same; error ERRCODE_ASSOC_KEY_MISMATCH, or ERRCODE_UNDEFINED_FUNCTION for a type that is no key */
extern KeyMatch key_match(Oid ref_type, Oid key_type);
/* an operator of it by its strategy, with the reference on the left, or on the right */
extern Oid	key_match_operator(const KeyMatch *match, int strategy, bool ref_on_left);
/* the btree operator family that orders a type, InvalidOid: none; it takes values as "compared" */
extern Oid	key_match_order(Oid type, Oid *compared);

#endif							/* ASSOC_KEY_MATCH_H */
