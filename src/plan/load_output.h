/*-------------------------------------------------------------------------
 *
 * load_output.h
 *	  What object a row of a load becomes.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_LOAD_OUTPUT_H
#define ASSOC_LOAD_OUTPUT_H

#include "plan/load_draft.h"

/* keys of the object that a node's rows become, while they are collected */
typedef struct ItemList
{
	List	   *keys;			/* of char * */
	List	   *paths;			/* of DocPath *: where the key was asked for */
	List	   *kinds;			/* ints, LoadItemKind */
	List	   *numbers;		/* ints, see LoadItem; columns: number in node->columns */
	List	   *encoders;		/* of JsonEncoder *; NULL where the item is no value */
} ItemList;

/* the keys of a node's rows, its children compiled on the way */
extern void output_compile(PlanDraft *plan, NodeDraft *draft);

/* a key more; error ERRCODE_DUPLICATE_COLUMN when the object has it already */
extern void output_add_item(ItemList *items, LoadItemKind kind, int number, JsonEncoder *encoder,
							const char *key, const DocPath *path);
/* a key of the result that reads like an attribute must be that attribute: error 42701;
 * as may be NULL */
extern void output_check_as(const Model *model, const char *as, const DocPath *path);
extern void output_finish(PlanDraft *plan, NodeDraft *draft, ItemList *items);

/* the nodes below this one, and their keys (load_plan.c) */
extern void plan_compile_children(PlanDraft *plan, NodeDraft *draft, ItemList *items);

#endif							/* ASSOC_LOAD_OUTPUT_H */
