/*-------------------------------------------------------------------------
 *
 * load_written.c
 *	  The rows that a write verb returns, loaded by their keys.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "base/doc_member.h"
#include "load/load.h"
#include "load/load_watch.h"
#include "registry/keys.h"
#include "run/load_run.h"
#include "run/run_sink.h"
#include "run/run_write.h"
#include "utils/json.h"
#include "utils/lsyscache.h"

static Jsonb *key_condition(int nrows, int nkey, Attribute **key, Jsonb *options);
static bool can_be_list(int nkey, Attribute **key);
static void append_members(StringInfo buf, Jsonb *options);
static Jsonb *key_params(int nrows, Datum **keys, int nkey, Attribute **key);
static char *param_name(int row, const Attribute *key);

Datum
load_rows_by_key(const Model *model, int nrows, Datum **keys, Jsonb *options, bool *shown)
{
	LoadRequest request = {.kind = LOAD_BY_KEY, .format = JSON_FORMAT_JSONB, .single = true,
		.model = model->relid, .options = options};
	LoadRun    *run = load_begin(&request, NULL);
	int		   *numbers = palloc_array(int, Max(1, nrows));
	int			found = 0;

	for (int i = 0; i < nrows; i++)
		numbers[i] = keys[i] ? load_run_request(run, keys[i]) : -1;
	load_run_load(run, true);
	for (int i = 0; i < nrows; i++)
	{
		shown[i] = keys[i] == NULL || run_sink_group(run, numbers[i])->count > 0;
		found += shown[i];
	}
	json_array_begin(&run->writer, found);
	for (int i = 0; i < nrows; i++)
	{
		LoadedGroup *group = keys[i] ? run_sink_group(run, numbers[i]) : NULL;

		if (group == NULL)
			json_write_null(&run->writer);
		else if (group->first)
			run_write_row(run, group->first);
	}
	json_array_end(&run->writer);
	return load_finish(run);
}

/*
 * A get of the source with the keys as a condition: a find document like any
 * caller's, so that what is shown can never differ from get.
 */
Datum
load_linked_rows(const ResolvedAssociation *assoc, Datum *source_key,
				 int nrows, Datum **keys, Jsonb *options)
{
	Attribute **key = assoc->ntarget > 0 ? assoc->target_key : assoc->target->key;
	int			nkey = assoc->ntarget > 0 ? assoc->ntarget : assoc->target->nkey;
	LoadRequest request = {.kind = LOAD_GET, .format = JSON_FORMAT_JSONB, .linked = true,
		.model = assoc->source->relid, .alias = assoc->association->alias,
		.options = key_condition(nrows, nkey, key, options)};
	LoadRun    *run = load_begin(&request, key_params(nrows, keys, nkey, key));
	int			number = load_run_request(run, source_key);

	load_run_load(run, true);
	run_write_array(run, number);
	return load_finish(run);
}

/* {"where": {"or": [{"$id$": {"param": "0.id"}}, ...]}}, for one column {"in": {"param": "id"}} */
static Jsonb *
key_condition(int nrows, int nkey, Attribute **key, Jsonb *options)
{
	bool		list = can_be_list(nkey, key);
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfoString(&buf, "{\"where\": {\"or\": [");
	for (int row = 0; row < (list ? 1 : nrows); row++)
	{
		appendStringInfoString(&buf, row > 0 ? ", {" : "{");
		for (int i = 0; i < nkey; i++)
		{
			doc_write_key(&buf, psprintf("$%s$", key[i]->name));
			appendStringInfoString(&buf, list ? "{\"in\": {" : "{\"eq\": {");
			doc_write_string(&buf, "param", param_name(row, key[i]));
			appendStringInfoString(&buf, "}}");
		}
		appendStringInfoChar(&buf, '}');
	}
	appendStringInfoString(&buf, "]}");
	append_members(&buf, options);
	appendStringInfoChar(&buf, '}');
	return doc_parse(buf.data);
}

/* arrays have no arrays */
static bool
can_be_list(int nkey, Attribute **key)
{
	return nkey == 1 && OidIsValid(get_array_type(key[0]->type));
}

/* what else the options say: "include", ...; they have no "where" of their own */
static void
append_members(StringInfo buf, Jsonb *options)
{
	JsonbValue	root;

	if (options == NULL)
		return;
	doc_root_value(options, &root);
	foreach_ptr(DocPair, pair, doc_object_pairs(&root))
	{
		doc_write_key(buf, pair->key);
		doc_write_value(buf, &pair->value);
	}
}

/* the values for it, as text: they are compared by the columns' types */
static Jsonb *
key_params(int nrows, Datum **keys, int nkey, Attribute **key)
{
	bool		list = can_be_list(nkey, key);
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfoChar(&buf, '{');
	for (int i = 0; i < nkey; i++)
	{
		for (int row = 0; row < nrows; row++)
		{
			if (row == 0 || !list)
			{
				doc_write_key(&buf, param_name(row, key[i]));
				appendStringInfoString(&buf, list ? "[" : "");
			}
			else
				appendStringInfoString(&buf, ", ");
			escape_json(&buf, key_datum_text(keys[row][i], key[i]->type));
		}
		if (list)
			appendStringInfoString(&buf, nrows > 0 ? "]" : "");
	}
	appendStringInfoChar(&buf, '}');
	return doc_parse(buf.data);
}

static char *
param_name(int row, const Attribute *key)
{
	return psprintf("%d.%s", row, key->name);
}
