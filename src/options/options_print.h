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

/* values in it, literals and named ones, are added to *values (of OptionValue *) in place of being printed */
extern void options_print_condition(StringInfo buf, const Condition *condition, List **values);
extern void options_print_order(StringInfo buf, const OrderItem *item, List **values);
/* of includes that filter their parents */
extern void options_print_includes(StringInfo buf, List *include, List **values);

#endif							/* ASSOC_OPTIONS_PRINT_H */
