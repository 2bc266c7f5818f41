/*-------------------------------------------------------------------------
 *
 * rows_batch.c
 *	  Rows of a node by one SQL statement for all keys: the reference source.
 *
 * Decides how a node's statement is prepared and run: as the caller, read-only,
 * so under the snapshot of the calling statement, with the rows taken straight
 * from the executor.  What the statement says is load_sql.c's.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type_d.h"
#include "compat.h"
#include "executor/spi.h"
#include "rows_batch.h"
#include "tcop/dest.h"
#include "tcop/pquery.h"
#include "utils/array.h"
#include "utils/lsyscache.h"

/* up to this many keys a plan made once serves; beyond, the number of keys matters */
#define MAX_FEW_KEYS 48

/* hands each row to the run as the executor makes it */
typedef struct BatchReceiver
{
	DestReceiver pub;
	NodeRun    *nr;
	int64		count;			/* of a plan that counts */
} BatchReceiver;

static void run_statement(BatchReceiver *receiver, int first);
static SPIPlanPtr node_plan(LoadNode *node, bool few);
static ParamListInfo node_params(NodeRun *nr, int first);
static Datum key_array(NodeRun *nr, int column, int first);
static void receiver_init(BatchReceiver *receiver, NodeRun *nr);
static bool receive_row(TupleTableSlot *slot, DestReceiver *self);
static bool receive_count(TupleTableSlot *slot, DestReceiver *self);
static void receiver_startup(DestReceiver *self, int operation, TupleDesc typeinfo);
static void receiver_shutdown(DestReceiver *self);

void
rows_batch_load(NodeRun *nr, int first)
{
	MemoryContext old = CurrentMemoryContext;

	BatchReceiver receiver;

	receiver_init(&receiver, nr);
	SPI_connect();
	run_statement(&receiver, first);
	SPI_finish();
	MemoryContextSwitchTo(old);
}

int64
rows_batch_count(NodeRun *nr)
{
	MemoryContext old = CurrentMemoryContext;
	BatchReceiver receiver;

	receiver_init(&receiver, nr);
	receiver.pub.receiveSlot = receive_count;
	SPI_connect();
	run_statement(&receiver, 0);
	SPI_finish();
	MemoryContextSwitchTo(old);
	return receiver.count;
}

static void
run_statement(BatchReceiver *receiver, int first)
{
	NodeRun    *nr = receiver->nr;
	SPIExecuteOptions options = {0};
	int			nkeys = nr->keys.nkeys - first;
	int			result;

	nr->batches++;
	options.params = node_params(nr, first);
	options.read_only = true;
	options.dest = &receiver->pub;
	result = SPI_execute_plan_extended(node_plan(nr->node, nr->node->nref > 0 && nkeys <= MAX_FEW_KEYS),
									   &options);
	if (result != SPI_OK_SELECT)
		elog(ERROR, "load statement failed: %s", SPI_result_code_string(result));
}

/* prepared at first use, kept with the load plan */
static SPIPlanPtr
node_plan(LoadNode *node, bool few)
{
	SPIPlanPtr *slot = few ? &node->few : &node->many;
	int			nargs = node->nref + node->nparams;
	Oid		   *types;
	SPIPlanPtr	plan;

	if (*slot != NULL)
		return *slot;
	types = palloc_array(Oid, Max(1, nargs));
	for (int i = 0; i < node->nref; i++)
		types[i] = node->ref_arrays[i];
	for (int i = 0; i < node->nparams; i++)
		types[node->nref + i] = node->plan->params[node->params[i]].type;
	plan = SPI_prepare_cursor(node->sql, nargs, types,
							  few ? CURSOR_OPT_GENERIC_PLAN : CURSOR_OPT_CUSTOM_PLAN);
	if (plan == NULL)
		elog(ERROR, "load statement could not be prepared: %s", SPI_result_code_string(SPI_result));
	if (SPI_keepplan(plan) != 0)
		elog(ERROR, "load statement could not be kept");
	*slot = plan;
	return plan;
}

/* the arrays of keys, then the values of the options */
static ParamListInfo
node_params(NodeRun *nr, int first)
{
	LoadNode   *node = nr->node;
	int			nargs = node->nref + node->nparams;
	ParamListInfo params;

	if (nargs == 0)
		return NULL;
	params = makeParamList(nargs);
	for (int i = 0; i < nargs; i++)
	{
		ParamExternData *param = &params->params[i];

		param->pflags = PARAM_FLAG_CONST;
		if (i < node->nref)
		{
			param->value = key_array(nr, i, first);
			param->isnull = false;
			param->ptype = node->ref_arrays[i];
		}
		else
		{
			int			number = node->params[i - node->nref];

			param->value = nr->run->values[number];
			param->isnull = nr->run->nulls[number] == 'n';
			param->ptype = node->plan->params[number].type;
		}
	}
	return params;
}

static Datum
key_array(NodeRun *nr, int column, int first)
{
	KeyColumn  *key = &nr->node->ref_keys[column];
	int			n = nr->keys.nkeys - first;
	Datum	   *values = nr->keys.keys + first;

	if (nr->keys.ncolumns > 1)
	{
		values = palloc_array(Datum, n);
		for (int i = 0; i < n; i++)
			values[i] = nr->keys.keys[(first + i) * nr->keys.ncolumns + column];
	}
	return PointerGetDatum(construct_array(values, n, key->type, key->typlen, key->typbyval,
										   key->typalign));
}

/* ---- a root read in pieces ---- */

char *
rows_batch_open(NodeRun *nr)
{
	MemoryContext old = CurrentMemoryContext;
	Portal		portal;
	char	   *name;

	SPI_connect();
	portal = SPI_cursor_open_with_paramlist(NULL, node_plan(nr->node, false),
											node_params(nr, 0), true);
	name = MemoryContextStrdup(nr->run->cxt, portal->name);
	SPI_finish();
	MemoryContextSwitchTo(old);
	return name;
}

uint64
rows_batch_fetch(NodeRun *nr, const char *portal_name, long count)
{
	Portal		portal = GetPortalByName(portal_name);
	BatchReceiver receiver;

	if (!PortalIsValid(portal))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_CURSOR_STATE),
				 errmsg("the rows of a load were closed before they were all read")));
	receiver_init(&receiver, nr);
	nr->batches++;
	return PortalRunFetch(portal, FETCH_FORWARD, count, &receiver.pub);
}

void
rows_batch_close(const char *portal_name)
{
	Portal		portal = GetPortalByName(portal_name);

	if (PortalIsValid(portal))
		PortalDrop(portal, false);
}

/* ---- rows from the executor ---- */

static void
receiver_init(BatchReceiver *receiver, NodeRun *nr)
{
	memset(receiver, 0, sizeof(BatchReceiver));
	receiver->pub.receiveSlot = receive_row;
	receiver->pub.rStartup = receiver_startup;
	receiver->pub.rShutdown = receiver_shutdown;
	receiver->pub.rDestroy = receiver_shutdown;
	receiver->pub.mydest = DestTuplestore;	/* any kind that is not SPI's own */
	receiver->nr = nr;
}

static bool
receive_row(TupleTableSlot *slot, DestReceiver *self)
{
	NodeRun    *nr = ((BatchReceiver *) self)->nr;

	slot_getallattrs(slot);
	nr->batched++;
	load_run_accept(nr, slot->tts_values, slot->tts_isnull);
	return true;
}

static bool
receive_count(TupleTableSlot *slot, DestReceiver *self)
{
	bool		isnull;

	((BatchReceiver *) self)->count = DatumGetInt64(slot_getattr(slot, 1, &isnull));
	return true;
}

static void
receiver_startup(DestReceiver *self pg_attribute_unused(), int operation pg_attribute_unused(),
				 TupleDesc typeinfo pg_attribute_unused())
{
}

static void
receiver_shutdown(DestReceiver *self pg_attribute_unused())
{
}
