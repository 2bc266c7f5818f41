/*-------------------------------------------------------------------------
 *
 * load_check.c
 *	  The error that a load with stored scopes or orders gives, for assoc.check.
 *
 * Decides as whom other people's declarations are looked at.  What is stored
 * was written by the owner of the model, so it is compiled as ANALYZE and REINDEX
 * run what they find: as that owner, in a security-restricted operation, with
 * settings of its own.  And values of types with domains inside are not made at
 * all: the domains, and so their checks, may be a third role's.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/arguments.h"
#include "base/compat.h"
#include "base/role.h"
#include "base/trial.h"
#include "deparse/sql_text.h"
#include "fmgr.h"
#include "plan/load_plan.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

/* what is compiled */
typedef struct StoredLoad
{
	Oid			model;
	Jsonb	   *options;
} StoredLoad;

PG_FUNCTION_INFO_V1(assoc_load_error);

static char *try_load(Oid model, Jsonb *options, Oid owner);
static void compile(void *arg);
static void bind_literals(LoadPlan *plan);
static bool is_finding(const ErrorData *error);

/* load_error(model regclass, options jsonb): NULL where there is none */
Datum
assoc_load_error(PG_FUNCTION_ARGS)
{
	Oid			model;
	Oid			owner;
	char	   *message;

	argument_require(fcinfo, 0, "model");
	argument_require(fcinfo, 1, "options");
	model = PG_GETARG_OID(0);
	owner = role_owner_of(model);
	if (!OidIsValid(owner))
		PG_RETURN_NULL();		/* dropped meanwhile */
	message = try_load(model, PG_GETARG_JSONB_P(1), owner);
	if (message == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(message));
}

static char *
try_load(Oid model, Jsonb *options, Oid owner)
{
	StoredLoad	load = {model, options};
	volatile bool unmade = sql_leave_values_unmade(true);
	ErrorData  *error = NULL;

	PG_TRY();
	{
		error = trial_as(owner, compile, &load);
	}
	PG_FINALLY();
	{
		(void) sql_leave_values_unmade(unmade);
	}
	PG_END_TRY();
	return error != NULL && is_finding(error) ? error->message : NULL;
}

/* in a context of its own, and not in the cache of plans: nobody will load by this plan */
static void
compile(void *arg)
{
	const StoredLoad *load = arg;
	MemoryContext cxt = AllocSetContextCreate(CurTransactionContext, "pg_associations check",
											  ALLOCSET_DEFAULT_SIZES);
	LoadRequest request = {0};

	MemoryContextSwitchTo(cxt);
	registry_pin();
	request.kind = LOAD_FIND;
	request.format = JSON_FORMAT_JSONB;
	request.model = load->model;
	request.options = load->options;
	bind_literals(load_plan_compile(&request, cxt));
}

/* those whose meaning depends on the session were not converted when they were compiled */
static void
bind_literals(LoadPlan *plan)
{
	for (int i = 0; i < plan->nparams; i++)
	{
		Datum		value;
		char		isnull;

		if (plan->params[i].name == NULL && plan->params[i].literal != NULL)
			load_params_bind(1, &plan->params[i], NULL, &value, &isnull);
	}
}

/* rights are not judged; a key that is gone (class PA) is a finding of its own */
static bool
is_finding(const ErrorData *error)
{
	return error->sqlerrcode != ERRCODE_INSUFFICIENT_PRIVILEGE &&
		ERRCODE_TO_CATEGORY(error->sqlerrcode) != MAKE_SQLSTATE('P', 'A', '0', '0', '0');
}
