/*-------------------------------------------------------------------------
 *
 * catalog_rows.h
 *	  Rows of a system catalog, as a list.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_CATALOG_ROWS_H
#define ASSOC_CATALOG_ROWS_H

#include "access/htup.h"
#include "access/skey.h"
#include "nodes/pg_list.h"

/* copies of the rows that the keys find (List of HeapTuple); without an index: all rows are read */
extern List *catalog_rows(Oid catalog, Oid index, int nkeys, ScanKey keys);

/* the same for an OID, or for the pair of class and object that pg_depend has */
extern List *catalog_rows_of(Oid catalog, Oid index, AttrNumber column, Oid object);
extern List *catalog_rows_of_object(Oid catalog, Oid index, AttrNumber column, Oid class, Oid object);

/* column numbers in an array of a row of pg_constraint (List of int); NIL: null */
extern List *catalog_constraint_columns(HeapTuple constraint, AttrNumber array);

#endif							/* ASSOC_CATALOG_ROWS_H */
