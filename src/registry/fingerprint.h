/*-------------------------------------------------------------------------
 *
 * fingerprint.h
 *	  Fingerprints of catalog rows: they tell a change from an event without one.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_FINGERPRINT_H
#define ASSOC_FINGERPRINT_H

#include "access/htup.h"

/*
 * What the catalogs say of a relation, of a type, of casts, as a number: the same for as
 * long as no row about them was written.  Read fresh; of what is gone, 0.
 */
extern uint64 fingerprint_relation(Oid relation);
extern uint64 fingerprint_type(Oid type);
/* of those between types that count */
extern uint64 fingerprint_casts(bool (*counts) (Oid type));

/* the same of a row after others */
extern uint64 fingerprint_add(uint64 fingerprint, HeapTuple row);

#endif							/* ASSOC_FINGERPRINT_H */
