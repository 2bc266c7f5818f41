/*-------------------------------------------------------------------------
 *
 * exact_output.h
 *	  Settings under which values are printed exactly, and read elsewhere as they were meant.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_EXACT_OUTPUT_H
#define ASSOC_EXACT_OUTPUT_H

/* set them, and search_path where it is not NULL; what end takes.  After an error they go by themselves */
extern int	exact_output_begin(const char *search_path);
extern void exact_output_end(int level);

#endif							/* ASSOC_EXACT_OUTPUT_H */
