/*-------------------------------------------------------------------------
 *
 * few_rows.h
 *	  Do conditions find few rows, whatever values they are given?
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_FEW_ROWS_H
#define ASSOC_FEW_ROWS_H

#include "options/options.h"
#include "registry/registry_cache.h"

/* by an index, as statistics have it: a plan that does not know the values is as good as any */
extern bool few_rows_found(const Model *model, const Condition *where);
/* does it compare an attribute with a value, which is not null, or with a list of values? */
extern bool few_rows_names_value(const Condition *condition, bool or_list);
/* few_rows_found() of one value of a column */
extern bool few_rows_by(const Model *model, AttrNumber column);

#endif							/* ASSOC_FEW_ROWS_H */
