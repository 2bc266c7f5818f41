/*-------------------------------------------------------------------------
 *
 * registry_note.h
 *	  What the registry says of a relation, noted in a comment on it.
 *
 * A dump of the schema only, or of one schema or table, carries no rows of the registry,
 * but comments.  assoc.sync() reads the notes of relations that have no row.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_REGISTRY_NOTE_H
#define ASSOC_REGISTRY_NOTE_H

/* write the note anew from the registry; none where it has no row */
extern void registry_note_write(Oid relation);

/* the JSON text of the note; NULL where there is none */
extern char *registry_note_read(Oid relation);

/* does the note say that a declaration made the table? */
extern bool registry_note_made(Oid relation);

/* has it a note, but no row of the registry?  Then a hint what to do, else NULL */
extern char *registry_note_hint(Oid relation);

#endif							/* ASSOC_REGISTRY_NOTE_H */
