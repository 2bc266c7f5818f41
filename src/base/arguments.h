/*-------------------------------------------------------------------------
 *
 * arguments.h
 *	  Arguments of our SQL functions: none is STRICT, so each says itself
 *	  which of them may be NULL.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_ARGUMENTS_H
#define ASSOC_ARGUMENTS_H

#include "fmgr.h"
#include "utils/jsonb.h"

/* error 22004 that names the argument */
extern void argument_require(FunctionCallInfo fcinfo, int number, const char *name);

/* what our functions call the argument that holds a key: (source, alias, id), (model, pk), to_pk of move */
extern const char *argument_key_name(int number);

/* text that must be given */
extern char *argument_text(FunctionCallInfo fcinfo, int number, const char *name);
/* a name, or several, that may be left out (NULL), and is a mistake (42602) when empty */
extern char *argument_optional_names(FunctionCallInfo fcinfo, int number, const char *name);
/* the same of one name, which is checked */
extern char *argument_optional_name(FunctionCallInfo fcinfo, int number, const char *name);
/* a boolean that is false where it is left out */
extern bool argument_flag(FunctionCallInfo fcinfo, int number);
/* a document that may be left out */
extern Jsonb *argument_jsonb(FunctionCallInfo fcinfo, int number);
/* the same; error 22023 when it is no object */
extern Jsonb *argument_object(FunctionCallInfo fcinfo, int number, const char *name);

#endif							/* ASSOC_ARGUMENTS_H */
