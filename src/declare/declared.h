/*-------------------------------------------------------------------------
 *
 * declared.h
 *	  What declarations gave a table that they made, and the table has lost since.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_DECLARED_H
#define ASSOC_DECLARED_H

#include "registry/registry.h"

/* put it back, as the owner of the table, who is the caller */
extern void declared_restore(const ModelRow *row);

#endif							/* ASSOC_DECLARED_H */
