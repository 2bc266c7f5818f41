/*-------------------------------------------------------------------------
 *
 * violation_facts.h
 *	  What the names in the server's errors about a table mean.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_VIOLATION_FACTS_H
#define ASSOC_VIOLATION_FACTS_H

#include "fmgr.h"
#include "registry/registry_cache.h"

/* a table by its name, as errors give it */
typedef struct TableName
{
	const char *schema;
	const char *table;
} TableName;

/* a unique or exclusion constraint or index, or a foreign key */
typedef struct KeyTerms
{
	const char *name;
	const char *validator;		/* unique, exclusion, foreignKey */
	const char *shown;			/* its columns, as an error's detail names them; NULL: expressions too */
	int			n;
	int		   *attributes;		/* that it is about, in order: numbers in model->attributes */
	bool		plain;			/* its values are theirs: no expressions */
	const char *target;			/* foreign key: the model or table that it points at, */
	const char **target_keys;	/*   and the attributes of the target */
} KeyTerms;

/* how values of a column are written */
typedef struct ShownType
{
	Oid			type;			/* its base type */
	FmgrInfo	output;
	bool		early;			/* its output is not to be called after an error */
} ShownType;

typedef struct ViolationFacts
{
	MemoryContext cxt;
	RegistryStamp stamp;		/* of the table and those that its foreign keys point at */
	bool		distributed;	/* errors come from shards, with names of theirs or without any */
	int			ntables;
	TableName  *tables;			/* its partitions and children, which errors name in its place */
	List	   *keys;			/* of KeyTerms * */
	ShownType  *types;			/* by number of attribute */
	Bitmapset  *early;			/* numbers of attributes of the keys whose values are written early */
} ViolationFacts;

/* looked up once, and kept with the model */
extern const ViolationFacts *violation_facts(const Model *model);

#endif							/* ASSOC_VIOLATION_FACTS_H */
