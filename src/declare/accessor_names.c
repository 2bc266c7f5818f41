/*-------------------------------------------------------------------------
 *
 * accessor_names.c
 *	  Which accessors an association has, how they are called and with what.
 *
 * Decides names, arguments and entry points from the association and its
 * option "accessors".  Looks at no function that exists and creates none; that
 * is accessor.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "base/document.h"
#include "base/naming.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "common/keywords.h"
#include "declare/accessor_names.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/tuplestore.h"

/* the argument between the source's key and the other arguments */
typedef enum TargetArgument
{
	TARGET_NONE,
	TARGET_ONE,					/* key of one target row */
	TARGET_MANY,				/* keys of any number of them */
	TARGET_DATA					/* values of a new target row */
} TargetArgument;

/* for which associations an accessor exists */
typedef enum AccessorFor
{
	FOR_ALL,
	FOR_TO_MANY,
	FOR_TO_ONE,
	FOR_SINGULAR				/* to-many whose alias has a singular of its own */
} AccessorFor;

/*
 * Names and comments: %m the source's model in the singular, %M all of them,
 * %a the alias, %s the alias in the singular.
 */
typedef struct AccessorTemplate
{
	const char *verb;			/* in the option "accessors" */
	const char *name;
	const char *entry;
	AccessorFor applies;
	bool		source;			/* takes the source's key */
	TargetArgument target;
	bool		options;		/* takes options jsonb */
	bool		through;		/* the entry takes through jsonb */
	bool		place;			/* takes place jsonb: for links in an order of their own */
	const char *comment;
} AccessorTemplate;

static const AccessorTemplate accessor_templates[] = {
	{"with", "%m_with_%a", "load_one", FOR_ALL, true, TARGET_NONE, true, false, false,
	"Loads one %m with its %a; NULL where there is no such %m."},
	{"with", "%M_with_%a", "load_all", FOR_ALL, false, TARGET_NONE, true, false, false,
	"Loads each %m that the options choose, with its %a."},
	{"get", "%m_get_%a", "load_get", FOR_ALL, true, TARGET_NONE, true, false, false,
	"Loads the %a of one %m."},
	{"count", "%m_count_%a", "load_count", FOR_TO_MANY, true, TARGET_NONE, true, false, false,
	"Counts the %a of one %m."},
	{"has", "%m_has_%s", "link_has", FOR_SINGULAR, true, TARGET_ONE, false, false, false,
	"Tells whether one %m has this %s."},
	{"has", "%m_has_%a", "link_has", FOR_TO_MANY, true, TARGET_MANY, false, false, false,
	"Tells whether one %m has all of these %a."},
	{"add", "%m_add_%s", "link_add", FOR_SINGULAR, true, TARGET_ONE, false, true, false,
	"Links one %s to one %m; what is linked already stays linked."},
	{"add", "%m_add_%a", "link_add", FOR_TO_MANY, true, TARGET_MANY, false, true, false,
	"Links these %a to one %m; what is linked already stays linked."},
	{"set", "%m_set_%a", "link_set", FOR_TO_MANY, true, TARGET_MANY, false, true, false,
	"Makes these the %a of one %m and unlinks all others."},
	{"set", "%m_set_%a", "link_set", FOR_TO_ONE, true, TARGET_ONE, false, true, false,
	"Makes this the %a of one %m and unlinks the one before."},
	{"remove", "%m_remove_%s", "link_remove", FOR_SINGULAR, true, TARGET_ONE, false, false, false,
	"Unlinks one %s from one %m; its row stays."},
	{"remove", "%m_remove_%a", "link_remove", FOR_TO_MANY, true, TARGET_MANY, false, false, false,
	"Unlinks these %a from one %m; their rows stay."},
	{"reorder", "%m_reorder_%s", "link_reorder", FOR_SINGULAR, true, TARGET_ONE, false, false, true,
	"Gives one %s of one %m another place among its %a."},
	{"reorder", "%m_reorder_%a", "link_reorder", FOR_TO_MANY, true, TARGET_MANY, false, false, true,
	"Gives these %a of one %m, side by side, another place."},
	{"create", "%m_create_%s", "link_create", FOR_ALL, true, TARGET_DATA, false, true, false,
	"Creates one %s and links it to one %m."},
};

/* the option "accessors", taken apart */
typedef struct AccessorOption
{
	bool		all;			/* every verb */
	List	   *only;			/* else these (char *) */
	char	   *schema;			/* NULL: the source's */
	char	   *prefix;			/* "" unless given */
	bool		json;			/* loads return json */
	bool		text;			/* with twins that take keys as text */
} AccessorOption;

/* the words that names and comments are made of */
typedef struct AccessorWords
{
	char	   *model;			/* %m */
	char	   *models;			/* %M */
	char	   *alias;			/* %a */
	char	   *singular;		/* %s */
} AccessorWords;

PG_FUNCTION_INFO_V1(assoc_accessor_names);

static Attribute **accessor_target_key(const ResolvedAssociation *assoc, int *nkeys);
static List *text_twins(List *plan);
static Accessor *text_twin(const Accessor *accessor);
static AccessorOption read_option(Jsonb *options);
static void read_verbs(const JsonbValue *array, AccessorOption *option);
static AccessorWords accessor_words(const char *model, const char *alias, const char *singular);
static bool is_requested(const AccessorTemplate *t, const AccessorOption *option,
						 const AccessorWords *words, const ResolvedAssociation *assoc);
static bool applies(const AccessorTemplate *t, const AccessorWords *words, bool to_one);
static bool has_keys_for(const AccessorTemplate *t, const ResolvedAssociation *assoc);
static bool writes_snapshot(const AccessorTemplate *t, const ResolvedAssociation *assoc);
static bool is_snapshot(const Model *model);
static Accessor *make_accessor(const AccessorTemplate *t, const AccessorOption *option,
							   const AccessorWords *words, const ResolvedAssociation *assoc);
static void add_argument(Accessor *accessor, char *name, Oid type, bool optional);
static Attribute **source_key(const AccessorTemplate *t, const ResolvedAssociation *assoc, int *nkeys);
static void add_source_arguments(Accessor *accessor, StringInfo call, const AccessorTemplate *t,
								 const AccessorWords *words, const ResolvedAssociation *assoc);
static void add_target_argument(Accessor *accessor, const AccessorTemplate *t,
								const AccessorWords *words, const ResolvedAssociation *assoc);
static char *source_argument_name(const char *column, const AccessorWords *words);
static Oid	argument_type(Oid column_type);
static Oid	array_argument_type(Oid column_type);
static char *expand(const char *pattern, const AccessorWords *words);
static char *plain_identifier(const char *name);
static const char *entry_for(const AccessorTemplate *t, bool json);
static bool has_json_twin(const AccessorTemplate *t);
static void check_prefix(void *field, const JsonbValue *value, const DocPath *path);
static void check_verbs(void *field, const JsonbValue *array, const DocPath *path);
static void check_schema(void *field, const JsonbValue *value, const DocPath *path);
static void check_returns(void *field, const JsonbValue *value, const DocPath *path);
static List *known_verbs(void);

static const DocKey accessor_keys[] = {
	{"only", check_verbs, 0, DOC_ANY},
	{"schema", check_schema, 0, DOC_ANY},
	{"prefix", check_prefix, 0, DOC_ANY},
	{"returns", check_returns, 0, DOC_ANY},
	{"text", doc_check_bool, 0, DOC_ANY},
	{0}
};

List *
accessor_names_plan(const ResolvedAssociation *assoc)
{
	AccessorOption option = read_option(assoc->association->options);
	AccessorWords words = accessor_words(assoc->source->name, assoc->association->alias,
										 assoc->association->singular);
	List	   *plan = NIL;

	for (int i = 0; i < (int) lengthof(accessor_templates); i++)
	{
		const AccessorTemplate *t = &accessor_templates[i];

		if (is_requested(t, &option, &words, assoc))
			plan = lappend(plan, make_accessor(t, &option, &words, assoc));
	}
	return option.text ? list_concat(plan, text_twins(plan)) : plan;
}

/*
 * The accessors again with keys as text, for drivers that send strings.  Not for everybody: where
 * there are two, a driver that asks for the types of its parameters gets text, and takes
 * no number any more.
 */
static List *
text_twins(List *plan)
{
	List	   *twins = NIL;

	foreach_ptr(Accessor, accessor, plan)
	{
		Accessor   *twin = text_twin(accessor);

		if (twin != NULL)
			twins = lappend(twins, twin);
	}
	return twins;
}

/* NULL where no argument is a key of another type */
static Accessor *
text_twin(const Accessor *accessor)
{
	Accessor   *twin = palloc_object(Accessor);
	bool		differs = false;

	*twin = *accessor;
	twin->args = palloc_array(AccessorArgument, ACCESSOR_MAX_ARGS);
	for (int i = 0; i < twin->nargs; i++)
	{
		AccessorArgument *arg = &twin->args[i];

		*arg = accessor->args[i];
		if (arg->type != JSONBOID)
			arg->type = type_is_array(arg->type) ? TEXTARRAYOID : TEXTOID;
		differs = differs || arg->type != accessor->args[i].type;
	}
	return differs ? twin : NULL;
}

/*
 * accessor_names(model text, alias text, singular text, to_one boolean): all that an
 * association can have, for those who want to know the names beforehand.
 */
Datum
assoc_accessor_names(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	AccessorWords words;
	bool		to_one;

	InitMaterializedSRF(fcinfo, 0);
	for (int i = 0; i < 4; i++)
		if (PG_ARGISNULL(i))
			return (Datum) 0;
	words = accessor_words(text_to_cstring(PG_GETARG_TEXT_PP(0)),
						   text_to_cstring(PG_GETARG_TEXT_PP(1)),
						   text_to_cstring(PG_GETARG_TEXT_PP(2)));
	to_one = PG_GETARG_BOOL(3);
	for (int i = 0; i < (int) lengthof(accessor_templates); i++)
	{
		const AccessorTemplate *t = &accessor_templates[i];
		Datum		values[2];
		bool		nulls[2] = {false, false};

		/* discover finds no association with an order of its own */
		if (t->place || !applies(t, &words, to_one))
			continue;
		values[0] = CStringGetTextDatum(t->verb);
		values[1] = CStringGetTextDatum(expand(t->name, &words));
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}

bool
accessor_names_is_entry(const char *function)
{
	for (int i = 0; i < (int) lengthof(accessor_templates); i++)
	{
		const AccessorTemplate *t = &accessor_templates[i];

		if (strcmp(t->entry, function) == 0 ||
			(has_json_twin(t) && strcmp(entry_for(t, true), function) == 0))
			return true;
	}
	return false;
}

/* the same for target rows as registry_source_key() is for source rows */
static Attribute **
accessor_target_key(const ResolvedAssociation *assoc, int *nkeys)
{
	bool		many = assoc->association->kind == BELONGS_TO_MANY;

	*nkeys = assoc->target->nkey;
	if (*nkeys > 0 || !(many || assoc->source_points))
		return assoc->target->key;
	*nkeys = many ? assoc->ntarget : assoc->nsource;
	return many ? assoc->target_key : assoc->source_ref;
}

/* ---- the option "accessors" ---- */

/* What was declared, checked by accessors_check_option then: what is odd now reads as not given. */
static AccessorOption
read_option(Jsonb *options)
{
	AccessorOption option = {true, NIL, NULL, "", false, false};
	JsonbValue *accessors = doc_option(options, NULL, "accessors");
	JsonbValue *only;
	char	   *text;

	if (accessors == NULL)
		return option;
	if (accessors->type == jbvBool)
		option.all = accessors->val.boolean;
	else if (doc_is_array(accessors))
		read_verbs(accessors, &option);
	if ((only = doc_get(accessors, "only")) != NULL && doc_is_array(only))
		read_verbs(only, &option);
	option.schema = doc_get_string(accessors, "schema");
	if ((text = doc_get_string(accessors, "prefix")) != NULL)
		option.prefix = text;
	text = doc_get_string(accessors, "returns");
	option.json = text != NULL && strcmp(text, "json") == 0;
	option.text = doc_is_true(doc_get(accessors, "text"));
	return option;
}

static void
read_verbs(const JsonbValue *array, AccessorOption *option)
{
	option->all = false;
	foreach_ptr(JsonbValue, verb, doc_array_elements(array))
	{
		if (verb->type == jbvString)
			option->only = lappend(option->only, doc_string(verb));
	}
}

void
accessors_check_option(void *field, const JsonbValue *value, const DocPath *path)
{
	if (value->type == jbvBool)
		return;
	if (doc_is_array(value))
	{
		check_verbs(field, value, path);
		return;
	}
	if (!doc_is_object(value))
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, NULL,
					   "expected a boolean, an array of verbs or an object, not %s,",
					   doc_kind_name(value));
	doc_read_object(field, accessor_keys, DOC_ANY, value, path, "key");
}

static void
check_schema(void *field pg_attribute_unused(), const JsonbValue *value, const DocPath *path)
{
	(void) get_namespace_oid(doc_need_name(value, "schema", path), false);
}

/* may be empty, as it is a part of a name */
static void
check_prefix(void *field pg_attribute_unused(), const JsonbValue *value, const DocPath *path)
{
	if (doc_need_string(value, path)[0] != '\0')
		(void) doc_need_name(value, "prefix", path);
}

static void
check_verbs(void *field pg_attribute_unused(), const JsonbValue *array, const DocPath *path)
{
	doc_need_array(array, path);
	foreach_ptr(JsonbValue, element, doc_array_elements(array))
	{
		DocPath    *member_path = doc_path_index(path, foreach_current_index(element));
		char	   *verb = doc_need_string(element, member_path);
		List	   *known = known_verbs();

		if (!naming_among(known, verb))
			error_document(ERRCODE_INVALID_PARAMETER_VALUE, member_path,
						   error_hint_nearest(verb, known, "verbs"),
						   "unknown verb \"%s\"", verb);
	}
}

static void
check_returns(void *field pg_attribute_unused(), const JsonbValue *value, const DocPath *path)
{
	char	   *type = doc_need_string(value, path);

	if (strcmp(type, "json") != 0 && strcmp(type, "jsonb") != 0)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path,
					   error_hint_nearest(type, list_make2("json", "jsonb"), "types"),
					   "accessors cannot return \"%s\"", type);
}

static List *
known_verbs(void)
{
	List	   *verbs = NIL;

	/* the templates of one verb are adjacent */
	for (int i = 0; i < (int) lengthof(accessor_templates); i++)
		if (verbs == NIL || strcmp(llast(verbs), accessor_templates[i].verb) != 0)
			verbs = lappend(verbs, unconstify(char *, accessor_templates[i].verb));
	return verbs;
}

/* ---- which accessors there are ---- */

static AccessorWords
accessor_words(const char *model, const char *alias, const char *singular)
{
	AccessorWords words;

	words.model = plain_identifier(naming_snake(naming_singular(model)));
	words.models = plain_identifier(naming_snake(naming_plural(model)));
	words.alias = plain_identifier(naming_snake(alias));
	words.singular = plain_identifier(naming_snake(singular));
	/* staff_with_x loads one, so that all of them need a name of their own */
	if (strcmp(words.model, words.models) == 0)
		words.models = psprintf("all_%s", words.models);
	return words;
}

/* a name that needs no quotes, whatever the model or alias is called */
static char *
plain_identifier(const char *name)
{
	char	   *result = pstrdup(name);

	for (char *p = result; *p; p++)
		if (!IS_HIGHBIT_SET(*p) && !(*p >= 'a' && *p <= 'z') &&
			!(*p >= '0' && *p <= '9') && *p != '_')
			*p = '_';
	return result;
}

static bool
is_requested(const AccessorTemplate *t, const AccessorOption *option,
			 const AccessorWords *words, const ResolvedAssociation *assoc)
{
	if (!applies(t, words, assoc->to_one) || !has_keys_for(t, assoc) || writes_snapshot(t, assoc))
		return false;
	if (t->place && doc_option(assoc->association->options, NULL, "position") == NULL)
		return false;
	return option->all || naming_among(option->only, t->verb);
}

static bool
applies(const AccessorTemplate *t, const AccessorWords *words, bool to_one)
{
	switch (t->applies)
	{
		case FOR_ALL:
			return true;
		case FOR_TO_ONE:
			return to_one;
		case FOR_TO_MANY:
			return !to_one;
		case FOR_SINGULAR:
			break;
	}
	/* user_add_staff(id, id) and user_add_staff(id, ids) would be one name for two things */
	return !to_one && strcmp(words->alias, words->singular) != 0;
}

/* a view may have no key by which a row could be named */
static bool
has_keys_for(const AccessorTemplate *t, const ResolvedAssociation *assoc)
{
	int			nsource;
	int			ntarget;

	(void) source_key(t, assoc, &nsource);
	(void) accessor_target_key(assoc, &ntarget);
	if (t->source && nsource == 0)
		return false;
	return ntarget > 0 || (t->target != TARGET_ONE && t->target != TARGET_MANY);
}

/* nobody writes a materialized view; other views may have triggers for it */
static bool
writes_snapshot(const AccessorTemplate *t, const ResolvedAssociation *assoc)
{
	if (t->target == TARGET_DATA && is_snapshot(assoc->target))
		return true;
	if (strcmp(t->verb, "has") == 0 || t->target == TARGET_NONE)
		return false;
	return is_snapshot(assoc->association->kind == BELONGS_TO_MANY ? assoc->through :
					   assoc->association->kind == BELONGS_TO ? assoc->source : assoc->target);
}

static bool
is_snapshot(const Model *model)
{
	return model->relkind == RELKIND_MATVIEW;
}

/* ---- one accessor ---- */

static Accessor *
make_accessor(const AccessorTemplate *t, const AccessorOption *option,
			  const AccessorWords *words, const ResolvedAssociation *assoc)
{
	Accessor   *accessor = palloc0_object(Accessor);
	StringInfoData call;
	int			nsource;

	accessor->schema = option->schema ? option->schema : assoc->source->schema_name;
	accessor->name = psprintf("%s%s", option->prefix, expand(t->name, words));
	accessor->entry = entry_for(t, option->json);
	accessor->comment = expand(t->comment, words);
	accessor->args = palloc0_array(AccessorArgument, ACCESSOR_MAX_ARGS);
	naming_check(accessor->name, "accessor", NULL);

	initStringInfo(&call);
	if (t->source)
		add_source_arguments(accessor, &call, t, words, assoc);
	nsource = accessor->nargs;
	add_target_argument(accessor, t, words, assoc);
	if (t->options)
		add_argument(accessor, "options", JSONBOID, true);
	if (t->place)
		add_argument(accessor, "place", JSONBOID, false);
	if (t->through && assoc->through != NULL)
		add_argument(accessor, "through", JSONBOID, true);
	for (int i = nsource; i < accessor->nargs; i++)
		appendStringInfo(&call, ", %s", quote_identifier(accessor->args[i].name));
	if (t->through && assoc->through == NULL)
		appendStringInfoString(&call, ", NULL");
	accessor->call = call.data;
	return accessor;
}

static void
add_argument(Accessor *accessor, char *name, Oid type, bool optional)
{
	AccessorArgument *arg;

	if (accessor->nargs == ACCESSOR_MAX_ARGS)
		ereport(ERROR,
				(errcode(ERRCODE_TOO_MANY_ARGUMENTS),
				 errmsg("accessor \"%s\" would have more than %d arguments",
						accessor->name, ACCESSOR_MAX_ARGS)));
	naming_check(name, psprintf("an argument of accessor \"%s\"", accessor->name), NULL);
	arg = &accessor->args[accessor->nargs++];
	arg->name = name;
	arg->type = type;
	arg->optional = optional;
}

static Attribute **
source_key(const AccessorTemplate *t, const ResolvedAssociation *assoc, int *nkeys)
{
	if (strcmp(t->verb, "with") != 0)
		return registry_source_key(assoc, nkeys);
	*nkeys = assoc->source->nkey;
	return assoc->source->key;
}

/* a single primary key is always called id; other columns keep their names */
static void
add_source_arguments(Accessor *accessor, StringInfo call, const AccessorTemplate *t,
					 const AccessorWords *words, const ResolvedAssociation *assoc)
{
	int			nkeys;
	Attribute **keys = source_key(t, assoc, &nkeys);

	if (nkeys == 1)
	{
		char	   *name = assoc->source->nkey == 1 && keys[0] == assoc->source->key[0] ?
			"id" : source_argument_name(keys[0]->column, words);

		add_argument(accessor, name, argument_type(keys[0]->type), false);
		appendStringInfo(call, ", %s", quote_identifier(name));
		return;
	}
	appendStringInfoString(call, ", ROW(");
	for (int i = 0; i < nkeys; i++)
	{
		char	   *name = source_argument_name(keys[i]->column, words);

		add_argument(accessor, name, argument_type(keys[i]->type), false);
		appendStringInfo(call, "%s%s", i > 0 ? ", " : "", quote_identifier(name));
	}
	appendStringInfoChar(call, ')');
}

static void
add_target_argument(Accessor *accessor, const AccessorTemplate *t,
					const AccessorWords *words, const ResolvedAssociation *assoc)
{
	int			nkeys;
	Attribute **keys = accessor_target_key(assoc, &nkeys);

	/* a composite key is a JSON object, several an array of them */
	if (t->target == TARGET_ONE)
		add_argument(accessor, psprintf("%s_id", words->singular),
					 nkeys == 1 ? argument_type(keys[0]->type) : JSONBOID, false);
	else if (t->target == TARGET_MANY)
		add_argument(accessor, psprintf("%s_ids", words->singular),
					 nkeys == 1 ? array_argument_type(keys[0]->type) : JSONBOID, false);
	else if (t->target == TARGET_DATA)
		add_argument(accessor, "data", JSONBOID, false);
}

/*
 * The columns of a composite key may be called order or project_id, which a
 * caller would have to quote, or which is the target's argument.  Such a one
 * gets its model's name in front.
 */
static char *
source_argument_name(const char *column, const AccessorWords *words)
{
	char	   *name = plain_identifier(naming_snake(column));
	int			keyword = ScanKeywordLookup(name, &ScanKeywords);
	bool		taken = strcmp(name, "options") == 0 ||
		strcmp(name, "through") == 0 ||
		strcmp(name, "data") == 0 ||
		strcmp(name, "place") == 0 ||
		strcmp(name, psprintf("%s_id", words->singular)) == 0 ||
		strcmp(name, psprintf("%s_ids", words->singular)) == 0;

	if (taken || (keyword >= 0 && ScanKeywordCategories[keyword] != UNRESERVED_KEYWORD))
		return psprintf("%s_%s", words->model, name);
	return name;
}

/* bigint for every integer key, so that an integer literal of any size finds the function */
static Oid
argument_type(Oid column_type)
{
	Oid			type = getBaseType(column_type);

	if (type == INT2OID || type == INT4OID)
		return INT8OID;
	return type;
}

static Oid
array_argument_type(Oid column_type)
{
	Oid			array = get_array_type(argument_type(column_type));

	return OidIsValid(array) ? array : JSONBOID;
}

static char *
expand(const char *pattern, const AccessorWords *words)
{
	StringInfoData buf;

	initStringInfo(&buf);
	for (const char *p = pattern; *p; p++)
	{
		if (*p != '%')
		{
			appendStringInfoChar(&buf, *p);
			continue;
		}
		p++;
		appendStringInfoString(&buf,
							   *p == 'm' ? words->model :
							   *p == 'M' ? words->models :
							   *p == 'a' ? words->alias : words->singular);
	}
	return buf.data;
}

static const char *
entry_for(const AccessorTemplate *t, bool json)
{
	return json && has_json_twin(t) ? psprintf("%s_json", t->entry) : t->entry;
}

/* one that returns json: all that load rows */
static bool
has_json_twin(const AccessorTemplate *t)
{
	return t->options && strcmp(t->entry, "load_count") != 0;
}
