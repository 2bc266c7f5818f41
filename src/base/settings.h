/*-------------------------------------------------------------------------
 *
 * settings.h
 *	  The configuration settings, defined in pg_associations.c.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_SETTINGS_H
#define ASSOC_SETTINGS_H

extern bool assoc_probe;		/* pg_associations.probe: index probes allowed */
extern int	assoc_plan_cache_size;	/* compiled loads kept per session */
extern int	assoc_plan_cache_memory;	/* kB of them, of statements and of models, each */
extern int	assoc_max_document_values;	/* conditions of one document; 0: no limit */
extern int	assoc_max_tree_rows;	/* rows of one recursive include */
extern int	assoc_max_depth;	/* nesting allowed in options and data */

#endif							/* ASSOC_SETTINGS_H */
