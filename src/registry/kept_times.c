/*-------------------------------------------------------------------------
 *
 * kept_times.c
 *	  When a row was made and changed, where no default and no trigger of ours says it.
 *
 * Decides which columns those are, and what they are set to.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "base/compat.h"
#include "base/document.h"
#include "catalog/pg_type.h"
#include "registry/kept_times.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

static bool is_missing(const Model *model, const Attribute *column, const bool *given);

bool
kept_by_verbs(const Model *model, const Attribute *attribute)
{
	/* Citus takes no trigger */
	return (!model->managed || model->distributed) && attribute->generated == '\0' &&
		(attribute == model->created_at || attribute == model->updated_at);
}

int
kept_times_new(const Model *model, const bool *given, Attribute *columns[2])
{
	int			n = 0;

	if (is_missing(model, model->created_at, given))
		columns[n++] = model->created_at;
	if (model->updated_at != model->created_at && is_missing(model, model->updated_at, given))
		columns[n++] = model->updated_at;
	return n;
}

Attribute *
kept_time_changed(const Model *model, const bool *given)
{
	return is_missing(model, model->updated_at, given) ? model->updated_at : NULL;
}

static bool
is_missing(const Model *model, const Attribute *column, const bool *given)
{
	return column != NULL && kept_by_verbs(model, column) &&
		(given == NULL || !given[column - model->attributes]);
}

bool
kept_time_fits(Oid type)
{
	Oid			base = getBaseType(type);

	return base == TIMESTAMPTZOID || base == TIMESTAMPOID || base == DATEOID;
}

Datum
kept_time_now(Oid type, int32 typmod, const char *column)
{
	Datum		now = TimestampTzGetDatum(GetCurrentTransactionStartTimestamp());

	switch (getBaseTypeAndTypmod(type, &typmod))
	{
		case TIMESTAMPTZOID:
			return DirectFunctionCall2(timestamptz_scale, now, Int32GetDatum(typmod));
		case TIMESTAMPOID:
			return DirectFunctionCall2(timestamp_scale,
									   DirectFunctionCall1(timestamptz_timestamp, now),
									   Int32GetDatum(typmod));
		case DATEOID:
			return DirectFunctionCall1(timestamptz_date, now);
		default:
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("column \"%s\" cannot keep a time: it is of type %s",
							column, format_type_be(type))));
	}
}

void
kept_made(const Model *model, bool *made)
{
	for (int a = 0; a < model->nattributes; a++)
	{
		const Attribute *attribute = &model->attributes[a];

		made[a] = attribute->generated != '\0' || attribute == model->created_at || attribute == model->updated_at;
	}
	for (int i = 0; i < model->nassociations; i++)
	{
		char	   *counter = doc_option_string(model->associations[i].options, NULL, "counter");
		Attribute  *attribute = counter ? model_attribute(model, counter) : NULL;

		if (attribute != NULL)
			made[attribute - model->attributes] = true;
	}
}
