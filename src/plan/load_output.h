/*-------------------------------------------------------------------------
 *
 * load_output.h
 *	  What object a row of a load becomes.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_LOAD_OUTPUT_H
#define ASSOC_LOAD_OUTPUT_H

#include "plan/plan_builder.h"

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
/* an attribute that is a value of associated rows, as a child of the node (plan_include.c); NULL: in SQL */
extern NodeBuilder *plan_compile_fold(PlanBuilder *plan, NodeBuilder *builder, const AttributeItem *item);
extern void load_output_compile(PlanBuilder *plan, NodeBuilder *builder);

/* a key more; error ERRCODE_DUPLICATE_COLUMN when the object has it already */
extern void load_output_add_item(ItemList *items, LoadItemKind kind, int number, JsonEncoder *encoder,
								 const char *key, const DocPath *path);
/* a key of the result that reads like an attribute must be that attribute: error 42701;
 * as may be NULL */
/* the value that its rows come to, as what such a node has instead of an object */
extern void load_output_fold(PlanBuilder *plan, NodeBuilder *builder);
extern void load_output_check_as(const Model *model, const char *as, const DocPath *path);
extern void load_output_finish(PlanBuilder *plan, NodeBuilder *builder, ItemList *items);

/* under which key a link row is shown; through may be NULL */
extern const char *load_output_link_key(const ResolvedAssociation *assoc, const ThroughOptions *through);

/* the nodes below this one, and their keys (load_plan.c) */
/* first those that fold their rows; then what is below the link row; then what is below the row */
extern void plan_begin_children(NodeBuilder *builder);
extern void plan_compile_below_link(PlanBuilder *plan, NodeBuilder *builder, ItemList *items);
extern void plan_compile_children(PlanBuilder *plan, NodeBuilder *builder, ItemList *items);

#endif							/* ASSOC_LOAD_OUTPUT_H */
