/*-------------------------------------------------------------------------
 *
 * keys.h
 *	  Key values as callers give them, turned into the key columns' own types.
 *
 * Callers give a key as a value of any type ("any"), as text, as an element of
 * a jsonb document, or, composite, as a record or a JSON object by attribute
 * name.  Whatever the form, it is compared by the column's type, never by the
 * JSON type: "1" and 1 are the same bigint.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_KEYS_H
#define ASSOC_KEYS_H

#include "base/errors.h"
#include "registry/registry_cache.h"

/*
 * A value of SQL type "given" as key of these columns.  Integers are widened or
 * narrowed (out of range: error 22003), anything else that is not the column's
 * type goes through text.  A record has one field per column; jsonb or a JSON
 * object in text is taken apart by attribute name; a scalar fits one column only.
 * "what" names the argument in errors ("id").  NULL was refused by the caller.
 */
extern void key_from_datum(Datum value, Oid given, int nkeys, Attribute **keys,
						   const char *what, Datum *result);

/*
 * An element of a jsonb document as a key; path is its path there.  An object
 * has the key's attributes and nothing else.
 */
extern void key_from_jsonb(const JsonbValue *value, int nkeys, Attribute **keys,
						   const DocPath *path, Datum *result);

/* may an object be a value of this key itself, not its attributes by name? */
extern bool key_takes_objects(int nkeys, Attribute **keys);

/* the same of an object that has other members too: those the caller looks after */
extern void key_from_jsonb_members(const JsonbValue *object, int nkeys, Attribute **keys,
								   const DocPath *path, Datum *result);

/*
 * One jsonb value as a value of a type: where values, payload, rows to write,
 * rows to validate, defaults.  JSON null is SQL NULL (*isnull); json and jsonb take the value as it
 * is; arrays take JSON arrays, composite types objects; strings and numbers go through the type's
 * input function; only boolean takes booleans.  No array and no object becomes text, but for
 * types of extensions, which may read JSON.  Domains are checked; the path is in the error.
 */
extern Datum key_value_from_jsonb(const JsonbValue *value, Oid type, int32 typmod,
								  const DocPath *path, bool *isnull);

/* the text of a value of an SQL type that is not null, as the type prints it */
extern char *key_datum_text(Datum value, Oid type);
/* the text of a value that is not null, as the type's input function is given it */
extern char *key_value_text(const JsonbValue *value, Oid type);

#endif							/* ASSOC_KEYS_H */
