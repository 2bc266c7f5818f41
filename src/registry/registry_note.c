/*-------------------------------------------------------------------------
 *
 * registry_note.c
 *	  What the registry says of a relation, noted in a comment on it.
 *
 * Decides where the note stands and how it is kept up to date.  Comments on tables and columns
 * are people's, and shown everywhere: the note of a table is behind the comment on its
 * primary key, or else on another key; only a view or a foreign table, which can have
 * none, has it behind its own.  A table without any key has no note.  Keys come
 * behind the data in a dump, so restored rows of the registry leave the comments alone.
 *
 * Notes are written by triggers of the registry, whoever changes it, and are untrusted when
 * they are read: the owner of a table may write what he likes.  assoc.registry_restore()
 * does no more with them than he could do by INSERT.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/table.h"
#include "access/xact.h"
#include "base/catalog_rows.h"
#include "base/compat.h"
#include "base/document.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "commands/comment.h"
#include "commands/trigger.h"
#include "fmgr.h"
#include "registry/registry.h"
#include "registry/registry_note.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

/* where a note begins; it goes to the end of the comment */
#define MARK "[pg_associations] "

/* an object whose comment has, or could have, the note of a relation */
typedef struct NoteTarget
{
	Oid			class;
	Oid			object;
	char		rank;			/* of a constraint: the lower the better */
	char	   *name;
} NoteTarget;

PG_FUNCTION_INFO_V1(registry_noted);
PG_FUNCTION_INFO_V1(registry_note);
PG_FUNCTION_INFO_V1(registry_write_note);

static void note_row(FmgrInfo *statement, HeapTuple tuple, TupleDesc desc);
static bool is_first(FmgrInfo *statement, Oid relation);
static List *targets_of(Oid relation);
static List *keys_of(Oid relation);
static char rank_of(char contype);
static NoteTarget *make_target(Oid class, Oid object, char rank, const char *name);
static int	compare_targets(const ListCell *a, const ListCell *b);
static void put_note(const NoteTarget *target, const char *note);
static char *mark_in(char *comment);
static char *note_of(Oid relation);
static void append_association(StringInfo buf, const AssociationRow *row);
static void append_document(StringInfo buf, const char *key, Jsonb *document);
static void append_relation(StringInfo buf, const char *key, Oid relation, Oid source);

/* ---- triggers and functions ---- */

/* AFTER row trigger of both tables: the first column is the relation whose note it is */
Datum
registry_noted(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	TupleDesc	desc;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_FOR_ROW(trigger->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("assoc.registry_noted is a row trigger of the registry")));
	/* what the statement wrote is to be read */
	CommandCounterIncrement();
	desc = RelationGetDescr(trigger->tg_relation);
	note_row(fcinfo->flinfo, trigger->tg_trigtuple, desc);
	if (TRIGGER_FIRED_BY_UPDATE(trigger->tg_event))
		note_row(fcinfo->flinfo, trigger->tg_newtuple, desc);
	return PointerGetDatum(NULL);
}

static void
note_row(FmgrInfo *statement, HeapTuple tuple, TupleDesc desc)
{
	bool		isnull;
	Datum		relation = heap_getattr(tuple, 1, desc, &isnull);

	if (!isnull && is_first(statement, DatumGetObjectId(relation)))
		registry_note_write(DatumGetObjectId(relation));
}

/*
 * The trigger is called with one FmgrInfo for all rows of a statement, when all are written: the first of a
 * relation brings the note of all, which may be thousands.
 */
static bool
is_first(FmgrInfo *statement, Oid relation)
{
	HASHCTL		ctl = {.keysize = sizeof(Oid),.entrysize = sizeof(Oid),.hcxt = statement->fn_mcxt};
	bool		found;

	if (statement->fn_extra == NULL)
		statement->fn_extra = hash_create("relations noted by a statement", 16, &ctl,
										  HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	(void) hash_search(statement->fn_extra, &relation, HASH_ENTER, &found);
	return !found;
}

/* registry_note(relation oid): the note's text */
Datum
registry_note(PG_FUNCTION_ARGS)
{
	char	   *note = PG_ARGISNULL(0) ? NULL : registry_note_read(PG_GETARG_OID(0));

	if (note == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(note));
}

/* registry_write_note(relation oid): for names that changed without a change of the registry */
Datum
registry_write_note(PG_FUNCTION_ARGS)
{
	if (!PG_ARGISNULL(0))
		registry_note_write(PG_GETARG_OID(0));
	PG_RETURN_VOID();
}

/* ---- where notes stand ---- */

/*
 * The lock is for two transactions that change rows of one relation: the second waits, and then
 * reads what the first has written.
 */
void
registry_note_write(Oid relation)
{
	List	   *targets = targets_of(relation);
	char	   *note;

	if (targets == NIL)
		return;
	LockDatabaseObject(RelationRelationId, relation, 0, ExclusiveLock);
	note = note_of(relation);
	foreach_ptr(NoteTarget, target, targets)
		put_note(target, foreach_current_index(target) == 0 ? note : NULL);
}

char *
registry_note_read(Oid relation)
{
	foreach_ptr(NoteTarget, target, targets_of(relation))
	{
		char	   *comment = GetComment(target->object, target->class, 0);
		char	   *mark = comment ? mark_in(comment) : NULL;

		if (mark != NULL)
			return mark + strlen(MARK);
	}
	return NULL;
}

/* before the documents, where the key may stand too; a name has its quotes escaped */
bool
registry_note_made(Oid relation)
{
	static const char member[] = ", \"made\": ";
	char	   *note = registry_note_read(relation);
	char	   *found = note ? strstr(note, member) : NULL;

	return found != NULL && strncmp(found + strlen(member), "true", 4) == 0;
}

char *
registry_note_hint(Oid relation)
{
	char	   *schema = get_namespace_name(get_rel_namespace(relation));

	if (schema == NULL || registry_note_read(relation) == NULL ||
		registry_read_model(relation) != NULL)
		return NULL;
	return psprintf(_("Its declaration stands in a comment, and not in the registry, as after a dump without data: run SELECT assoc.sync(%s)."),
					quote_literal_cstr(schema));
}

/* the best first */
static List *
targets_of(Oid relation)
{
	switch (get_rel_relkind(relation))
	{
		case RELKIND_RELATION:
		case RELKIND_PARTITIONED_TABLE:
			return keys_of(relation);
		case RELKIND_VIEW:
		case RELKIND_MATVIEW:
		case RELKIND_FOREIGN_TABLE:
			return list_make1(make_target(RelationRelationId, relation, 0, ""));
		default:
			return NIL;			/* gone, or no model */
	}
}

static List *
keys_of(Oid relation)
{
	List	   *targets = NIL;

	foreach_ptr(HeapTupleData, tuple, catalog_rows_of(ConstraintRelationId,
													  ConstraintRelidTypidNameIndexId,
													  Anum_pg_constraint_conrelid, relation))
	{
		Form_pg_constraint row = (Form_pg_constraint) GETSTRUCT(tuple);

		if (rank_of(row->contype) > 0)
			targets = lappend(targets, make_target(ConstraintRelationId, row->oid,
												rank_of(row->contype), NameStr(row->conname)));
	}
	list_sort(targets, compare_targets);
	return targets;
}

static char
rank_of(char contype)
{
	switch (contype)
	{
		case CONSTRAINT_PRIMARY:
			return 1;
		case CONSTRAINT_UNIQUE:
			return 2;
		case CONSTRAINT_FOREIGN:
			return 3;
		default:
			return 0;			/* stands before the data in a dump */
	}
}

static NoteTarget *
make_target(Oid class, Oid object, char rank, const char *name)
{
	NoteTarget  *target = palloc_object(NoteTarget);

	target->class = class;
	target->object = object;
	target->rank = rank;
	target->name = pstrdup(name);
	return target;
}

static int
compare_targets(const ListCell *a, const ListCell *b)
{
	const NoteTarget *first = lfirst(a);
	const NoteTarget *second = lfirst(b);

	if (first->rank != second->rank)
		return first->rank - second->rank;
	return strcmp(first->name, second->name);
}

/* behind what people have written, which stays; NULL takes the note away */
static void
put_note(const NoteTarget *target, const char *note)
{
	char	   *before = GetComment(target->object, target->class, 0);
	char	   *comment = before ? pstrdup(before) : pstrdup("");
	char	   *mark = mark_in(comment);

	if (mark == NULL && note == NULL)
		return;
	if (mark != NULL)
		*(mark > comment ? mark - 1 : mark) = '\0';
	if (note != NULL)
		comment = psprintf("%s%s" MARK "%s", comment, *comment ? "\n" : "", note);
	if (before != NULL && strcmp(before, comment) == 0)
		return;
	CreateComments(target->object, target->class, 0, comment);
	CommandCounterIncrement();
}

/* the last one that begins a line */
static char *
mark_in(char *comment)
{
	char	   *found = NULL;

	for (char *at = strstr(comment, MARK); at != NULL; at = strstr(at + 1, MARK))
		if (at == comment || at[-1] == '\n')
			found = at;
	return found;
}

/* ---- what they say ---- */

/* the columns of assoc.models and assoc.associations by their names, relations by theirs */
static char *
note_of(Oid relation)
{
	ModelRow   *row = registry_read_model(relation);
	StringInfoData buf;

	if (row == NULL)
		return NULL;
	initStringInfo(&buf);
	doc_write_string(&buf, "name", row->name);
	doc_write_key(&buf, "made");
	appendStringInfoString(&buf, row->managed ? "true" : "false");
	if (row->discovered)
		appendStringInfoString(&buf, ", \"discovered\": true");
	append_document(&buf, "attributes", row->attributes);
	append_document(&buf, "options", row->options);
	if (row->declared != NULL)
		append_document(&buf, "declared", row->declared);
	appendStringInfoString(&buf, ", \"associations\": [");
	foreach_ptr(AssociationRow, association, registry_read_associations(relation))
	{
		if (foreach_current_index(association) > 0)
			appendStringInfoString(&buf, ", ");
		append_association(&buf, association);
	}
	appendStringInfoString(&buf, "]}");
	return buf.data;
}

static void
append_association(StringInfo buf, const AssociationRow *row)
{
	appendStringInfoChar(buf, '{');
	doc_write_string(buf, "alias", row->alias);
	doc_write_string(buf, "kind", registry_kind_name(row->kind));
	append_relation(buf, "target", row->target, row->source);
	if (OidIsValid(row->through))
		append_relation(buf, "through", row->through, row->source);
	doc_write_strings(buf, "source_key", row->source_key);
	doc_write_strings(buf, "foreign_key", row->foreign_key);
	doc_write_strings(buf, "other_key", row->other_key);
	doc_write_strings(buf, "target_key", row->target_key);
	doc_write_string(buf, "singular", row->singular);
	if (row->inverse != NULL)
		doc_write_string(buf, "inverse", row->inverse);
	append_document(buf, "options", row->options);
	if (row->discovered)
		appendStringInfoString(buf, ", \"discovered\": true");
	if (row->declared != NULL)
		append_document(buf, "declared", row->declared);
	appendStringInfoChar(buf, '}');
}

static void
append_document(StringInfo buf, const char *key, Jsonb *document)
{
	doc_write_key(buf, key);
	(void) JsonbToCString(buf, &document->root, VARSIZE(document));
}

/* the schema only where it is another one: a schema may be renamed, or restored under another name */
static void
append_relation(StringInfo buf, const char *key, Oid relation, Oid source)
{
	char	   *table = get_rel_name(relation);
	Oid			schema = get_rel_namespace(relation);
	char	   *schema_name = OidIsValid(schema) ? get_namespace_name(schema) : NULL;

	if (table == NULL || schema_name == NULL)
		return;					/* gone: the row goes too, or assoc.check reports it */
	doc_write_key(buf, key);
	appendStringInfoChar(buf, '{');
	doc_write_string(buf, "table", table);
	if (schema != get_rel_namespace(source))
		doc_write_string(buf, "schema", schema_name);
	appendStringInfoChar(buf, '}');
}
