/*-------------------------------------------------------------------------
 *
 * kept_limits.c
 *	  How many links of a kind each source has: the option "limits" of associations.
 *
 * Decides that the most is asked after each statement, as "max" is, and the least when the transaction
 * ends: a source is there before its links, and one link goes before another comes in its place.  So the least needs
 * triggers for rows, which can wait: on the table with the links, for those that go, and on the
 * sources, for those that come.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "base/document.h"
#include "base/errors.h"
#include "declare/kept_links.h"
#include "declare/model.h"
#include "miscadmin.h"
#include "options/options.h"
#include "utils/builtins.h"

#define DEFERRED " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION assoc.keep_links()"

static void check_limit(const JsonbValue *value, const DocPath *path);
static KeptLinks *limit_of(const ResolvedAssociation *assoc, const JsonbValue *value);
static bool add_scope(KeptLinks *kept, const JsonbValue *where);
static bool asks_least(List *all);

/* ---- the option ---- */

void
kept_limits_check(void *field pg_attribute_unused(), const JsonbValue *value, const DocPath *path)
{
	doc_need_array(value, path);
	foreach_ptr(JsonbValue, element, doc_array_elements(value))
		check_limit(element, doc_path_index(path, foreach_current_index(element)));
}

static void
check_limit(const JsonbValue *value, const DocPath *path)
{
	static const char *const known[] = {"where", "min", "max", NULL};
	int			min = 0;
	int			max = 0;

	doc_need_object(value, path);
	foreach_ptr(DocPair, pair, doc_object_pairs(value))
	{
		DocPath    *member_path = doc_path_key(path, pair->key);

		if (strcmp(pair->key, "where") == 0)
		{
			doc_need_object(&pair->value, member_path);
			(void) options_parse_where(&pair->value, member_path);
			foreach_ptr(DocPair, column, doc_object_pairs(&pair->value))
			{
				if (doc_is_object(&column->value) || doc_is_array(&column->value))
					error_document(ERRCODE_FEATURE_NOT_SUPPORTED, doc_path_key(member_path, column->key),
								   "Links are counted where the condition gives each attribute one value.",
								   "a condition that is not an equality");
			}
		}
		else if (strcmp(pair->key, "min") == 0)
			min = kept_limits_number(&pair->value, member_path);
		else if (strcmp(pair->key, "max") == 0)
			max = kept_limits_number(&pair->value, member_path);
		else
			doc_unknown_key(member_path, known, "option");
	}
	if (min == 0 && max == 0)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, NULL,
					   "a limit needs \"min\" or \"max\"");
	if (max > 0 && min > max)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, NULL,
					   "no number of links is at least %d and at most %d", min, max);
}

int
kept_limits_number(const JsonbValue *value, const DocPath *path)
{
	char	   *text = doc_text(value);

	if (value->type != jbvNumeric || strspn(text, "0123456789") != strlen(text) || strlen(text) > 9 || atoi(text) == 0)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, NULL,
					   "expected a whole number from 1 up, not %s", text ? text : "null");
	return atoi(text);
}

/* rows of the registry may have been written by hand: what has another form is no limit */
List *
kept_limits_of(const ResolvedAssociation *assoc)
{
	JsonbValue *limits = doc_option(assoc->association->options, NULL, "limits");
	List	   *all = NIL;

	if (assoc->source_points)
		return NIL;
	foreach_ptr(JsonbValue, element, doc_array_elements(limits))
	{
		KeptLinks  *limit = doc_is_object(element) ? limit_of(assoc, element) : NULL;

		if (limit != NULL)
			all = lappend(all, limit);
	}
	return all;
}

/* NULL: an attribute of the condition is gone, and without it more links would count */
static KeptLinks *
limit_of(const ResolvedAssociation *assoc, const JsonbValue *value)
{
	KeptLinks  *kept = kept_links_make(assoc);
	JsonbValue *where = doc_get(value, "where");

	if (where != NULL && doc_is_object(where) && !add_scope(kept, where))
		return NULL;
	kept->min = kept_limits_stored(doc_get(value, "min"));
	kept->max = kept_limits_stored(doc_get(value, "max"));
	return kept;
}

int
kept_limits_stored(const JsonbValue *value)
{
	return value != NULL && value->type == jbvNumeric ? Max(atoi(doc_text(value)), 0) : 0;
}

/* false where a key is no attribute, or has no plain value */
static bool
add_scope(KeptLinks *kept, const JsonbValue *where)
{
	LinkScope  *more;
	int			n = link_scope_equalities(kept->holder, where, doc_path_key(NULL, "where"), &more);
	LinkScope  *both = palloc_array(LinkScope, kept->nscope + n + 1);

	if (n < list_length(doc_object_pairs(where)))
		return false;
	if (kept->nscope > 0)
		memcpy(both, kept->scope, sizeof(LinkScope) * kept->nscope);
	memcpy(both + kept->nscope, more, sizeof(LinkScope) * n);
	kept->scope = both;
	kept->nscope += n;
	kept->with = doc_text(where);
	return true;
}

/* names that are no attributes would have no effect */
void
kept_limits_need_attributes(const ResolvedAssociation *assoc)
{
	JsonbValue *limits = doc_option(assoc->association->options, NULL, "limits");
	DocPath    *path = doc_path_key(doc_path_key(NULL, "options"), "limits");

	foreach_ptr(JsonbValue, element, doc_array_elements(limits))
	{
		JsonbValue *where = doc_get(element, "where");
		DocPath    *member_path = doc_path_key(doc_path_index(path, foreach_current_index(element)), "where");

		foreach_ptr(DocPair, pair, doc_object_pairs(where))
			(void) model_attribute_at(assoc->through ? assoc->through : assoc->target, pair->key,
									  doc_path_key(member_path, pair->key));
	}
}

/* ---- the triggers for rows ---- */

bool
kept_limits_make_triggers(const ResolvedAssociation *assoc)
{
	const Model *holder = assoc->through ? assoc->through : assoc->target;
	const Model *source = assoc->source;
	StringInfoData missing;
	bool		any;

	if (!asks_least(kept_limits_of(assoc)))
		return false;
	initStringInfo(&missing);
	any = kept_links_add_trigger(holder, KEPT_LEAST,
								 psprintf("CREATE CONSTRAINT TRIGGER " KEPT_LEAST " AFTER UPDATE OR DELETE ON %s" DEFERRED,
							   holder->quoted_table), &missing);
	any |= kept_links_add_trigger(source, KEPT_BEGUN,
								  psprintf("CREATE CONSTRAINT TRIGGER " KEPT_BEGUN " AFTER INSERT%s ON %s" DEFERRED,
								source->deleted_at == NULL ? "" :
								psprintf(" OR UPDATE OF %s", quote_identifier(source->deleted_at->column)),
								source->quoted_table), &missing);
	kept_links_need_triggers(holder, &missing);
	return any;
}

void
kept_limits_forget(Oid relation)
{
	if (!asks_least(kept_links_of_table(relation)))
		model_drop_trigger(relation, KEPT_LEAST);
	if (!asks_least(kept_limits_of_source(relation)))
		model_drop_trigger(relation, KEPT_BEGUN);
}

static bool
asks_least(List *all)
{
	foreach_ptr(KeptLinks, kept, all)
	{
		if (kept->min > 0)
			return true;
	}
	return false;
}
