/*-------------------------------------------------------------------------
 *
 * statement_plan.h
 *	  How many rows the planner expects of a statement over many.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_STATEMENT_PLAN_H
#define ASSOC_STATEMENT_PLAN_H

#include "executor/spi.h"

/* this many rows compared with as many take longer than planning for them does */
#define STATEMENT_MANY_ROWS 100

/* 0: few; else the power of ten, for each of which there is a plan */
extern int	statement_plan_scale(int nrows);
/* see to it that the plan is made, for a scale above 0 */
extern void statement_plan_make(SPIPlanPtr plan, int scale);

#endif							/* ASSOC_STATEMENT_PLAN_H */
