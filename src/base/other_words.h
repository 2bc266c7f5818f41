/*-------------------------------------------------------------------------
 *
 * other_words.h
 *	  Words of other tools that people type first, and what they are here.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_OTHER_WORDS_H
#define ASSOC_OTHER_WORDS_H

#include "nodes/pg_list.h"

/*
 * the hint for a word that is none of the known ones (char *); "what" is their plural noun, as in
 * errors; NULL: no tool has the word
 */
extern const char *other_words_hint(const char *word, List *known, const char *what);
/* where a word may belong that is like none of the options; NULL: nothing can be said */
extern const char *other_words_place(const char *word, List *known, const char *what);

#endif							/* ASSOC_OTHER_WORDS_H */
