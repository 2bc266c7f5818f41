/*-------------------------------------------------------------------------
 *
 * kept_links.h
 *	  Options of associations about their links that triggers keep: "counter", "touch", "max",
 *	  "limits", "acyclic" and "onDestroy".
 *
 *	kept_links.c		the triggers and the counter's column, made or checked
 *	kept_limits.c		the option "limits", and triggers for rows
 *	kept_links_sql.c	the statements
 *	kept_links_run.c	the trigger, and assoc.recount
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_KEPT_LINKS_H
#define ASSOC_KEPT_LINKS_H

#include "deparse/statement.h"
#include "registry/link_identity.h"
#include "registry/registry.h"

typedef struct KeptLinks
{
	const ResolvedAssociation *assoc;
	const Model *holder;		/* the table with the links: of its statements the triggers hear */
	Attribute  *counter;		/* of the source: how many links it has; NULL: not kept */
	Attribute  *touched;		/* of the source: when it got or lost one; NULL: not kept */
	int			max;			/* links that a source may have; 0: any number */
	int			min;			/* links that a source must have */
	char	   *with;			/* the condition of a limit: {"role": "lead"}; NULL: all */
	bool		acyclic;		/* source and target are of one table, and no row leads back to itself */
	bool		other_end;		/* of a symmetric association: sources are the ends in the second column, but of
								 * links of a row with itself */
	bool		follows;		/* links follow a source that gets another key, by their foreign key */
	bool		cascades;		/* the source, whose statements are heard, is soft-deleted with its links; then
								 * nothing else is said */
	const Attribute *deleted_at;	/* of the holder, where links are soft-deleted, else NULL */
	int			nscope;
	LinkScope  *scope;			/* of the holder */
} KeptLinks;

/* names of transition tables; NULL: the event has none */
typedef struct KeptChanges
{
	const char *before;
	const char *after;
	bool		single;			/* one row came, or one went: one source at most is written */
	const char *row;			/* that row, as a FROM item without an alias; NULL: the transition table */
} KeptChanges;

/* ---- kept_links.c ---- */

/* the options of an association, or NULL where it has none; a column that is gone is not kept */
extern KeptLinks *kept_links_of(const ResolvedAssociation *assoc);
/* of all associations whose triggers a table has; not of those of other owners */
extern List *kept_links_of_table(Oid relation);
/* one of the names of the triggers: with another name it would be a second one, which counts twice */
extern bool kept_links_is_name(const char *trigger);
/* the column, added to "created"; false: it is there, or none is requested */
extern bool kept_links_add_counter(const AssociationRow *row, List **created);
/*
 * The association is declared: the triggers are made, or are an error with the statements to run.  Fresh:
 * the links that there are have not been looked at.  True where anything was made.
 */
extern bool kept_links_fit(const AssociationRow *row, bool fresh);
/* an association that requested to hear of the table is gone */
extern void kept_links_forget(Oid relation);
/* false: it is there, or the table is not to be altered, and the statement is appended to "missing" */
extern bool kept_links_add_trigger(const Model *model, const char *name, char *statement, StringInfo missing);
/* error where any is missing */
extern void kept_links_need_triggers(const Model *holder, StringInfo missing);

/* what a source, or its links, break */
typedef enum KeptRule
{
	KEPT_MAX,
	KEPT_MIN,
	KEPT_ACYCLIC
} KeptRule;

/* the one error of a rule.  key: of the row; number: how many links it has; NULL: not known */
pg_noreturn extern void kept_links_refuse(const KeptLinks *kept, KeptRule rule, const char *key, const char *number);
extern char *kept_links_message(const KeptLinks *kept, KeptRule rule, const char *number);

/* what of the association's options is about which rows, and nothing that is kept */
extern KeptLinks *kept_links_make(const ResolvedAssociation *assoc);

/* ---- kept_limits.c ---- */

/* triggers for rows, at the end of the transaction: for links that go, and for sources that come */
#define KEPT_LEAST "keep_links_least"
#define KEPT_BEGUN "keep_links_begun"

/* the form of the option, and of one number in it */
extern void kept_limits_check(void *field, const JsonbValue *value, const DocPath *path);
extern int	kept_limits_number(const JsonbValue *value, const DocPath *path);
/* the same of a row of the registry, which may have any form (value may be NULL); 0: none */
extern int	kept_limits_stored(const JsonbValue *value);
/* its limits: of KeptLinks *, each with its own conditions */
extern List *kept_limits_of(const ResolvedAssociation *assoc);
/* those of all associations of a source */
extern List *kept_limits_of_source(Oid relation);
/* error for a name in "limits" that is no attribute */
extern void kept_limits_need_attributes(const ResolvedAssociation *assoc);
/* the same for the triggers of limits as kept_links_fit and kept_links_forget */
extern bool kept_limits_make_triggers(const ResolvedAssociation *assoc);
extern void kept_limits_forget(Oid relation);

/* ---- kept_links_sql.c: what to run; all values in it are the declaration's own ---- */

/* the columns of the holder that this looks at: a List of Attribute * */
extern List *kept_links_columns(const KeptLinks *kept);
/* counter and touch of the sources of rows that changed; NULL: there is nothing to do */
extern char *kept_links_update(const KeptLinks *kept, const KeptChanges *changes);
/* all links are gone */
extern char *kept_links_reset(const KeptLinks *kept);
/* the sources that got links, locked in key order; and one that has too many: its key as text, and how many */
extern char *kept_links_lock(const KeptLinks *kept, const KeptChanges *changes);
extern char *kept_links_excess(const KeptLinks *kept, const KeptChanges *changes);
/* a row where links have come between rows of one table */
extern char *kept_links_new_edges(const KeptLinks *kept, const KeptChanges *changes);
/* a row that leads back to itself over one of these, its key as text; changes NULL: over any link */
extern char *kept_links_cycle(const KeptLinks *kept, const KeptChanges *changes);
/* links whose source was soft-deleted, or has come back */
extern char *kept_links_cascade(const KeptLinks *kept, const KeptChanges *changes);
/* a row where any source has too many, or too few */
extern char *kept_links_any_excess(const KeptLinks *kept);
extern char *kept_links_any_lack(const KeptLinks *kept);
/* the source with this key, locked; how many links it has.  $1 ... are the key, or what is given for them */
extern char *kept_links_lock_source(const KeptLinks *kept, char **key);
extern char *kept_links_number(const KeptLinks *kept, char **key);
/* counters as they should be; dry: a row for each that is wrong */
extern char *kept_links_recount(const KeptLinks *kept, bool dry);

#endif							/* ASSOC_KEPT_LINKS_H */
