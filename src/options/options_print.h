/*-------------------------------------------------------------------------
 *
 * options_print.h
 *	  What options ask, as a text that is the same wherever they ask the same.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_OPTIONS_PRINT_H
#define ASSOC_OPTIONS_PRINT_H

#include "options/options.h"

/* the names of parameters in it are added to *params, where that is not NULL */
extern void options_print_condition(StringInfo buf, const Condition *condition, List **params);
extern void options_print_order(StringInfo buf, const OrderItem *item, List **params);
/* of includes that filter their parents */
extern void options_print_includes(StringInfo buf, List *include, List **params);

/* a value as jsonb prints it */

#endif							/* ASSOC_OPTIONS_PRINT_H */
