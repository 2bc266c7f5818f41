/*-------------------------------------------------------------------------
 *
 * load_constants.c
 *	  Values in a document that calls may differ in and yet share a plan.
 *
 * A plan is made for the values that its document spells out: they are constants, which the
 * planner estimates by.  Where a document comes again with other values (load_cache.c), one
 * plan is made that takes them as it takes named parameters, whatever they are.
 *
 * Which values that are, the compiler says: a literal that it only made a parameter of, not
 * one that it looked at.  They are known by where they stand in the plan's copy of its document, and
 * a document fits where all else is the same.  Numbers, strings and lists of them may differ; null
 * and booleans never.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "common/hashfn.h"
#include "load/load_constants.h"
#include "miscadmin.h"
#include "options/options.h"
#include "utils/numeric.h"

/* what stands for a value, or a list of them, in a hash */
#define ANY_STRING 1
#define ANY_NUMBER 2
#define ANY_LIST 3

static uint64 hash_value(const JsonbValue *value, bool varies, uint64 seed);
static uint64 hash_container(JsonbContainer *container, bool varies, uint64 seed);
static bool key_varies(const JsonbValue *key, bool varies);
static bool key_is(const JsonbValue *key, const char *name);
static bool fits(LoadPlan *plan, int *next, const JsonbValue *kept, JsonbValue *value);
static bool fits_container(LoadPlan *plan, int *next, JsonbContainer *kept,
						   JsonbContainer *container);
static bool give(LoadPlan *plan, int *next, JsonbValue *value);
static bool can_be_given(const LoadParam *param, const JsonbValue *value);

uint64
load_constants_hash(Jsonb *options)
{
	return hash_container(&options->root, false, 0);
}

static uint64
hash_value(const JsonbValue *value, bool varies, uint64 seed)
{
	switch (value->type)
	{
		case jbvString:
			if (varies)
				return hash_combine64(seed, ANY_STRING);
			return hash_bytes_extended((const unsigned char *) value->val.string.val,
									   value->val.string.len, seed);
		case jbvNumeric:
			if (varies)
				return hash_combine64(seed, ANY_NUMBER);
			return hash_bytes_extended((const unsigned char *) value->val.numeric,
									   VARSIZE_ANY(value->val.numeric), seed);
		case jbvBool:
			return hash_combine64(seed, value->val.boolean ? 5 : 6);
		case jbvBinary:
			if (varies && load_param_is_list(value))
				return hash_combine64(seed, ANY_LIST);
			return hash_container(value->val.binary.data, varies, seed);
		default:
			return hash_combine64(seed, 7);
	}
}

static uint64
hash_container(JsonbContainer *container, bool varies, uint64 seed)
{
	JsonbIterator *it = JsonbIteratorInit(container);
	JsonbIteratorToken token;
	JsonbValue	value;
	bool		of_key = varies;

	check_stack_depth();
	while ((token = JsonbIteratorNext(&it, &value, true)) != WJB_DONE)
	{
		seed = hash_combine64(seed, token);
		if (token == WJB_KEY)
		{
			seed = hash_value(&value, false, seed);
			of_key = key_varies(&value, varies);
		}
		else if (token == WJB_VALUE || token == WJB_ELEM)
			seed = hash_value(&value, of_key, seed);
	}
	return seed;
}

/* names of parameters and of columns stand among the values of conditions */
static bool
key_varies(const JsonbValue *key, bool varies)
{
	static const char *const with_values[] = {
		"where", "having", "rank", "distance", "limit", "offset", "after", "before"
	};

	if (varies)
		return !key_is(key, "param") && !key_is(key, "col");
	for (int i = 0; i < (int) lengthof(with_values); i++)
		if (key_is(key, with_values[i]))
			return true;
	return false;
}

static bool
key_is(const JsonbValue *key, const char *name)
{
	return key->val.string.len == (int) strlen(name) &&
		memcmp(key->val.string.val, name, key->val.string.len) == 0;
}

bool
load_constants_give(LoadPlan *plan, Jsonb *options)
{
	int			next = 0;

	return plan->nconstants > 0 && options != NULL &&
		fits_container(plan, &next, &plan->document->root, &options->root) &&
		next == plan->nconstants;
}

/*
 * The two are walked side by side.  Values stand in a document in the order of the walk, so the
 * next constant is the only one that this may be.
 */
static bool
fits(LoadPlan *plan, int *next, const JsonbValue *kept, JsonbValue *value)
{
	if (kept->type != value->type)
		return false;
	if (*next < plan->nconstants &&
		load_param_address(kept) == plan->params[plan->constants[*next]].address)
		return give(plan, next, value);
	switch (kept->type)
	{
		case jbvString:
			return kept->val.string.len == value->val.string.len &&
				memcmp(kept->val.string.val, value->val.string.val, kept->val.string.len) == 0;
		case jbvNumeric:
			return VARSIZE_ANY(kept->val.numeric) == VARSIZE_ANY(value->val.numeric) &&
				memcmp(kept->val.numeric, value->val.numeric, VARSIZE_ANY(kept->val.numeric)) == 0;
		case jbvBool:
			return kept->val.boolean == value->val.boolean;
		case jbvBinary:
			return fits_container(plan, next, kept->val.binary.data, value->val.binary.data);
		default:
			return true;
	}
}

static bool
fits_container(LoadPlan *plan, int *next, JsonbContainer *kept, JsonbContainer *container)
{
	JsonbIterator *ours = JsonbIteratorInit(kept);
	JsonbIterator *theirs = JsonbIteratorInit(container);
	JsonbIteratorToken token;
	JsonbValue	a;
	JsonbValue	b;

	check_stack_depth();
	if (kept->header != container->header)
		return false;
	while ((token = JsonbIteratorNext(&ours, &a, true)) != WJB_DONE)
	{
		CHECK_FOR_INTERRUPTS();
		if (JsonbIteratorNext(&theirs, &b, true) != token)
			return false;
		if ((token == WJB_KEY || token == WJB_VALUE || token == WJB_ELEM) &&
			!fits(plan, next, &a, &b))
			return false;
	}
	return true;
}

/* the same literal may be several parameters */
static bool
give(LoadPlan *plan, int *next, JsonbValue *value)
{
	const void *address = plan->params[plan->constants[*next]].address;
	JsonbValue *given;

	if (value->type == jbvBinary && !load_param_is_list(value))
		return false;
	given = palloc_object(JsonbValue);
	*given = *value;
	for (; *next < plan->nconstants && plan->params[plan->constants[*next]].address == address; (*next)++)
	{
		LoadParam  *param = &plan->params[plan->constants[*next]];

		if (!can_be_given(param, given))
			return false;
		param->given = given;
	}
	return true;
}

/* what is no number of rows, or too many, is refused where options are read */
static bool
can_be_given(const LoadParam *param, const JsonbValue *value)
{
	int64		count;

	if (!param->row_count)
		return true;
	count = options_row_count(value);
	return count >= 0 && count <= param->most;
}
