/*-------------------------------------------------------------------------
 *
 * replace_changes.c
 *	  What documents came to, as a list of changes.
 *
 * Decides what is reported: every row that was created, changed or deleted and every link that was made, changed
 * or taken away, by the call itself; of a change the values before and after.  Hidden values are left
 * out.  What triggers and cascades do beside is not there.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "base/doc_member.h"
#include "base/document.h"
#include "json/json_writer.h"
#include "utils/json.h"
#include "write/replace.h"

/* what a report calls what has become of a link */
static const char *const changes[LINK_OUTCOMES] = {
	[LINK_ADDED] = "linked", [LINK_REMOVED] = "unlinked", [LINK_UPDATED] = "updated"
};

static void append_level(StringInfo buf, CreateLevel *level);
static void append_updated(StringInfo buf, CreateLevel *level, CreateRow *row);
static void append_created(StringInfo buf, CreateLevel *level, CreateRow *row);
static void append_deleted(StringInfo buf, CreateLevel *level, CreateRow *row);
static void append_links(StringInfo buf, CreateLevel *level, Replace *replace);
static void append_call(StringInfo buf, CreateLevel *level, Replace *replace, LinkOutcome outcome, LinkCall *call);
static void read_written(CreateLevel *level, Replace *replace, LinkOutcome outcome, LinkCall *call, KeyTable *written);
static void append_set(StringInfo buf, CreateLevel *level, Replace *replace, LinkCall *call);
static void begin_change(StringInfo buf, const char *change, CreateLevel *level, const DocPath *path);
static void append_key(StringInfo buf, const char *name, CreateLevel *level, int n, Attribute **columns, const Datum *key);
static void append_link_of(StringInfo buf, CreateLevel *level, Replace *replace, const Datum *key);
static void append_values(StringInfo buf, const char *name, CreateLevel *level, bool link, const bool *given,
						  const Datum *values, const bool *nulls);
static ReplaceElement *element_of(Replace *replace, const LinkItem *item);

Jsonb *
replace_changes(CreateLevel *root)
{
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfoChar(&buf, '[');
	append_level(&buf, root);
	appendStringInfoChar(&buf, ']');
	return doc_parse(buf.data);
}

static void
append_level(StringInfo buf, CreateLevel *level)
{
	ListCell   *lc;

	foreach(lc, level->found)
		append_updated(buf, level, lfirst(lc));
	foreach(lc, level->rows)
		append_created(buf, level, lfirst(lc));
	foreach(lc, level->replaces)
		append_links(buf, level, lfirst(lc));
	foreach(lc, level->deletes)
		append_deleted(buf, level, lfirst(lc));
	foreach(lc, level->children)
		append_level(buf, lfirst(lc));
}

/* ---- rows ---- */

static void
append_updated(StringInfo buf, CreateLevel *level, CreateRow *row)
{
	const ReplaceRow *replaced = row->replaced;

	if (replaced == NULL || replaced->found == NULL || row->kept || !create_is_changed(level->model, row))
		return;
	begin_change(buf, "updated", level, row->path);
	append_key(buf, "key", level, level->model->nkey, level->model->key,
			   create_row_key(level->model, row, level->model->nkey, level->model->key));
	append_values(buf, "old", level, false, row->given, replaced->found->values, replaced->found->nulls);
	append_values(buf, "new", level, false, row->given, row->values, row->nulls);
	appendStringInfoChar(buf, '}');
}

static void
append_created(StringInfo buf, CreateLevel *level, CreateRow *row)
{
	if (row->skipped)
		return;
	begin_change(buf, "created", level, row->path);
	append_key(buf, "key", level, level->model->nkey, level->model->key,
			   create_row_key(level->model, row, level->model->nkey, level->model->key));
	append_values(buf, "new", level, false, row->given, row->values, row->nulls);
	if (row->payload != NULL)
		append_values(buf, "link", level, true, row->payload->given, row->payload->values, row->payload->nulls);
	appendStringInfoChar(buf, '}');
}

static void
append_deleted(StringInfo buf, CreateLevel *level, CreateRow *row)
{
	if (row->kept)
		return;
	begin_change(buf, "deleted", level, row->path);
	append_key(buf, "key", level, level->model->nkey, level->model->key, row->key);
	if (row->replaced != NULL)
		append_values(buf, "old", level, false, row->replaced->found->read, row->values, row->nulls);
	appendStringInfoChar(buf, '}');
}

/* ---- links ---- */

static void
append_links(StringInfo buf, CreateLevel *level, Replace *replace)
{
	if (replace->calls[CREATE_SET] != NULL)
		append_set(buf, level, replace, replace->calls[CREATE_SET]);
	if (replace->order != NULL)
		append_set(buf, level, replace, replace->order);
	append_call(buf, level, replace, LINK_ADDED, replace->calls[CREATE_CONNECT]);
	append_call(buf, level, replace, LINK_UPDATED, replace->calls[CREATE_UPDATE_LINK]);
	append_call(buf, level, replace, LINK_REMOVED, replace->calls[CREATE_DISCONNECT]);
}

/* a belongs_to is reported as a value of the row with the foreign key */
static void
append_call(StringInfo buf, CreateLevel *level, Replace *replace, LinkOutcome outcome, LinkCall *call)
{
	KeyTable	written;

	if (call == NULL || level->assoc->association->kind == BELONGS_TO)
		return;
	read_written(level, replace, outcome, call, &written);
	for (int i = 0; i < call->nitems; i++)
	{
		const LinkItem *item = &call->items[i];
		const ReplaceElement *element = element_of(replace, item);
		const LinkPayload *payload = item->whole ? item->whole : item->payload;

		if (key_table_find(&written, item->key) < 0)
			continue;
		begin_change(buf, changes[outcome], level, item->path);
		append_link_of(buf, level, replace, item->key);
		if (payload != NULL && element != NULL && call == replace->calls[CREATE_UPDATE_LINK])
			append_values(buf, "old", level, true, payload->given, element->found->link, element->found->link_nulls);
		if (payload != NULL)
			append_values(buf, "new", level, true, payload->given, payload->values, payload->nulls);
		appendStringInfoChar(buf, '}');
	}
}

/* keys of links that no trigger, rule or policy has kept as they were; those of a new row are all inserted */
static void
read_written(CreateLevel *level, Replace *replace, LinkOutcome outcome, LinkCall *call, KeyTable *written)
{
	bool		inserted = level->assoc->through != NULL && !replace->parent->existing;
	bool		found;

	key_table_init(written, call->nkey, call->key_columns, CurrentMemoryContext);
	for (int i = 0; inserted && i < call->nitems; i++)
		(void) key_table_add(written, call->items[i].key, &found);
	foreach_ptr(LinkRow, row, call->diff[outcome])
		(void) key_table_add(written, row->key, &found);
}

static ReplaceElement *
element_of(Replace *replace, const LinkItem *item)
{
	ListCell   *lc;

	foreach(lc, replace->elements)
		if (((ReplaceElement *) lfirst(lc))->path == item->path)
			return lfirst(lc);
	return NULL;
}

/* pairs that may be linked several times: the diff of the set */
static void
append_set(StringInfo buf, CreateLevel *level, Replace *replace, LinkCall *call)
{
	for (int outcome = 0; outcome < LINK_OUTCOMES; outcome++)
	{
		foreach_ptr(LinkRow, row, changes[outcome] ? call->diff[outcome] : NIL)
		{
			begin_change(buf, changes[outcome], level, replace->path);
			append_link_of(buf, level, replace, row->key);
			appendStringInfoChar(buf, '}');
		}
	}
}

/* ---- pieces ---- */

static void
begin_change(StringInfo buf, const char *change, CreateLevel *level, const DocPath *path)
{
	appendStringInfoString(buf, buf->len > 1 ? ", {" : "{");
	doc_write_string(buf, "change", change);
	doc_write_string(buf, "model", level->model->name);
	doc_write_string(buf, "path", path ? error_path_string(path) : "");
}

static void
append_key(StringInfo buf, const char *name, CreateLevel *level, int n, Attribute **columns, const Datum *key)
{
	doc_write_key(buf, name);
	appendStringInfoString(buf, n > 1 ? "{" : "");
	for (int i = 0; i < n; i++)
	{
		JsonbValue	value = replace_print(level, false, model_number_of(level->model, columns[i]), key[i], false);

		if (n > 1)
			doc_write_key(buf, columns[i]->name);
		doc_write_value(buf, &value);
	}
	appendStringInfoString(buf, n > 1 ? "}" : "");
}

/* whose link it is; the row that it leads to by its primary key */
static void
append_link_of(StringInfo buf, CreateLevel *level, Replace *replace, const Datum *key)
{
	const Model *source = level->parent->model;

	append_key(buf, "key", level, level->call->nkey, level->call->key, key);
	doc_write_string(buf, "association", level->assoc->association->alias);
	append_key(buf, "of", level->parent, source->nkey, source->key,
			   create_row_key(source, replace->parent, source->nkey, source->key));
}

static void
append_values(StringInfo buf, const char *name, CreateLevel *level, bool link, const bool *given,
			  const Datum *values, const bool *nulls)
{
	const Model *model = link ? level->assoc->through : level->model;

	doc_write_key(buf, name);
	appendStringInfoChar(buf, '{');
	for (int a = 0; a < model->nattributes; a++)
	{
		JsonbValue	value;

		if (!given[a] || model->attributes[a].hidden != NOT_HIDDEN)
			continue;
		value = replace_print(level, link, a, values[a], nulls[a]);
		doc_write_key(buf, model->attributes[a].name);
		doc_write_value(buf, &value);
	}
	appendStringInfoChar(buf, '}');
}
