/*-------------------------------------------------------------------------
 *
 * statement_jit.h
 *	  Statements that are not compiled to machine code.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_STATEMENT_JIT_H
#define ASSOC_STATEMENT_JIT_H

/* around what plans the statement; an error ends it, too */
extern int	statement_jit_begin(const char *sql);
extern void statement_jit_end(int level);

#endif							/* ASSOC_STATEMENT_JIT_H */
