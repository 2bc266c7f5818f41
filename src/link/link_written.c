/*-------------------------------------------------------------------------
 *
 * link_written.c
 *	  Rows that link verbs write, in terms of the call.
 *
 * Decides what an error of their statements refers to: the ids as they were given, the id of
 * the source, the payload.  Rows are made when there is an error, without a look at a
 * catalog: a key whose type is another than that of the column that points at it is
 * known there only where both are numbers or text of the server's own types.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "catalog/pg_type.h"
#include "link/link.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"

/* items, and the call that they are of */
typedef struct WrittenLinks
{
	LinkCall   *call;
	List	   *items;
} WrittenLinks;

/* rows whose pointing columns are set */
typedef struct WrittenPointers
{
	int			n;
	Attribute **ref;
	Attribute **key;
	List	   *rows;			/* of LinkPointing * */
} WrittenPointers;

/* a row by number of attribute, as it is put together */
typedef struct RowBuilder
{
	const Model *model;
	bool	   *given;
	bool	   *is_explicit;
	Datum	   *values;
	bool	   *nulls;
	const DocPath **paths;
} RowBuilder;

static WrittenRow written_link(const Written *written, int number);
static WrittenRow written_pointing(const Written *written, int number);
static RowBuilder row_builder(const Model *model);
static void build_pointers(RowBuilder *builder, int n, Attribute **ref, Attribute **key,
						   const Datum *values, const DocPath *value_path);
static bool pointing_value(const Attribute *ref, const Attribute *key, Datum given, Datum *value);
static bool is_text(Oid type);
static bool integer_value(Oid type, Datum given, int64 *value);
static WrittenRow build_row(const RowBuilder *builder, const DocPath *path);

Written
link_written(LinkCall *call, List *items)
{
	WrittenLinks *links = palloc_object(WrittenLinks);

	*links = (WrittenLinks) {call, items};
	return (Written) {.model = call->assoc->through, .checks = call->checks,
		.nrows = list_length(items), .row = written_link, .data = links};
}

static WrittenRow
written_link(const Written *written, int number)
{
	static const DocPath through = {NULL, "through", 0};
	const WrittenLinks *links = written->data;
	const ResolvedAssociation *assoc = links->call->assoc;
	const LinkItem *item = list_nth(links->items, number);
	const LinkPayload *payload = item->payload;
	RowBuilder	builder = row_builder(written->model);
	WrittenRow	row;

	for (int a = 0; payload && a < written->model->nattributes; a++)
	{
		builder.given[a] = builder.is_explicit[a] = payload->given[a] &&
			link_operation(payload, a) == OPERATION_NONE;
		builder.values[a] = payload->values[a];
		builder.nulls[a] = payload->nulls[a];
	}
	build_pointers(&builder, assoc->ntarget, assoc->target_ref, assoc->target_key, item->key,
				   item->path);
	build_pointers(&builder, assoc->nsource, assoc->source_ref, assoc->source_key,
				   links->call->source, links->call->source_path);
	row = build_row(&builder, payload ? payload->path : &through);
	row.operations = payload ? payload->operations : NULL;
	return row;
}

Written
link_written_pointers(const Model *model, int n, Attribute **ref, Attribute **key, List *rows)
{
	WrittenPointers *pointers = palloc_object(WrittenPointers);

	*pointers = (WrittenPointers) {n, ref, key, rows};
	return (Written) {.model = model, .nrows = list_length(rows), .row = written_pointing,
		.data = pointers};
}

LinkPointing *
link_pointing(const DocPath *path, const Datum *values, const DocPath *value_path)
{
	LinkPointing *row = palloc_object(LinkPointing);

	*row = (LinkPointing) {path, values, value_path};
	return row;
}

static WrittenRow
written_pointing(const Written *written, int number)
{
	const WrittenPointers *pointers = written->data;
	const LinkPointing *row = list_nth(pointers->rows, number);
	RowBuilder	builder = row_builder(written->model);

	if (row->values != NULL)
		build_pointers(&builder, pointers->n, pointers->ref, pointers->key, row->values,
					   row->value_path);
	return build_row(&builder, row->path);
}

static RowBuilder
row_builder(const Model *model)
{
	int			n = model->nattributes;

	return (RowBuilder) {model, palloc0_array(bool, n), palloc0_array(bool, n),
		palloc0_array(Datum, n), palloc0_array(bool, n), palloc0_array(const DocPath *, n)};
}

/*
 * A path that is NULL: the caller did not give the value.  A column of both keys has no path,
 * since the other columns of the key distinguish the two ends.
 */
static void
build_pointers(RowBuilder *builder, int n, Attribute **ref, Attribute **key, const Datum *values,
			   const DocPath *value_path)
{
	for (int i = 0; i < n; i++)
	{
		int			number = model_number_of(builder->model, ref[i]);
		const DocPath *given_path = value_path;

		builder->given[number] = pointing_value(ref[i], key[i], values[i], &builder->values[number]);
		builder->nulls[number] = false;
		if (value_path == NULL || builder->paths[number] != NULL)
			given_path = &violation_nowhere;
		builder->paths[number] = given_path;
	}
}

static bool
pointing_value(const Attribute *ref, const Attribute *key, Datum given, Datum *value)
{
	int64		number;

	*value = given;
	if (ref->type == key->type || (is_text(ref->type) && is_text(key->type)))
		return true;
	if (!integer_value(key->type, given, &number))
		return false;
	switch (ref->type)
	{
		case INT2OID:
			*value = Int16GetDatum((int16) number);
			return number >= PG_INT16_MIN && number <= PG_INT16_MAX;
		case INT4OID:
			*value = Int32GetDatum((int32) number);
			return number >= PG_INT32_MIN && number <= PG_INT32_MAX;
		case INT8OID:
			*value = Int64GetDatum(number);
			return true;
		case NUMERICOID:
			*value = NumericGetDatum(int64_to_numeric(number));
			return true;
		default:
			return false;
	}
}

/* whose values are the same bytes */
static bool
is_text(Oid type)
{
	return type == TEXTOID || type == VARCHAROID || type == BPCHAROID;
}

static bool
integer_value(Oid type, Datum given, int64 *value)
{
	char	   *text;
	char	   *end;

	switch (type)
	{
		case INT2OID:
			*value = DatumGetInt16(given);
			return true;
		case INT4OID:
			*value = DatumGetInt32(given);
			return true;
		case INT8OID:
			*value = DatumGetInt64(given);
			return true;
		case NUMERICOID:
			text = DatumGetCString(DirectFunctionCall1(numeric_out, given));
			errno = 0;
			*value = strtoll(text, &end, 10);
			return errno == 0 && *end == '\0';
		default:
			return false;
	}
}

static WrittenRow
build_row(const RowBuilder *builder, const DocPath *path)
{
	return (WrittenRow) {.path = path, .given = builder->given, .is_explicit = builder->is_explicit,
		.values = builder->values, .nulls = builder->nulls, .paths = builder->paths};
}
