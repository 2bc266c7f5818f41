/*-------------------------------------------------------------------------
 *
 * compat.h
 *	  The one place that knows how PostgreSQL's majors differ.
 *
 * Each shim says what changed and in which major.  Code elsewhere is written
 * against the newest API and never looks at PG_VERSION_NUM.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ASSOC_COMPAT_H
#define ASSOC_COMPAT_H

#if PG_VERSION_NUM < 150000
#error "pg_associations needs PostgreSQL 15 or later"
#endif

#include "access/genam.h"
#include "catalog/pg_class.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_proc.h"
#if PG_VERSION_NUM >= 160000
#include "nodes/miscnodes.h"
#endif
#include "nodes/pg_list.h"
#include "parser/parse_type.h"
#include "utils/acl.h"
#if PG_VERSION_NUM < 160000
#include "utils/guc_tables.h"
#endif
#include "utils/jsonb.h"
#include "utils/snapmgr.h"

/* 16 moved the varlena macros out of postgres.h */
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

/* 17 has loops over lists that declare the variable, of which we use these */
#if PG_VERSION_NUM < 170000
#define foreach_ptr(type, var, lst) foreach_internal(type, *, var, lst, lfirst)
#define foreach_oid(var, lst) foreach_internal(Oid, , var, lst, lfirst_oid)
#define foreach_int(var, lst) foreach_internal(int, , var, lst, lfirst_int)
#define foreach_internal(type, pointer, var, lst, func) \
	for (type pointer var = 0, pointer var##__outerloop = (type pointer) 1; \
		 var##__outerloop; \
		 var##__outerloop = 0) \
		for (ForEachState var##__state = {(lst), 0}; \
			 (var##__state.l != NIL && \
			  var##__state.i < var##__state.l->length && \
			  (var = (type pointer) func(&var##__state.l->elements[var##__state.i]), true)); \
			 var##__state.i++)
#endif

/* 18 marks functions that do not return in front of their declaration */
#if PG_VERSION_NUM < 180000
#define pg_noreturn pg_attribute_noreturn()
#endif

/* 16 folded the per-catalog ACL checks into object_aclcheck/object_ownercheck */
#if PG_VERSION_NUM >= 160000
#define assoc_namespace_aclcheck(nsp, role, mode) \
	object_aclcheck(NamespaceRelationId, (nsp), (role), (mode))
#define assoc_class_ownercheck(rel, role) \
	object_ownercheck(RelationRelationId, (rel), (role))
#define assoc_proc_ownercheck(proc, role) \
	object_ownercheck(ProcedureRelationId, (proc), (role))
#define assoc_proc_aclcheck(proc, role, mode) \
	object_aclcheck(ProcedureRelationId, (proc), (role), (mode))
#else
#define assoc_namespace_aclcheck(nsp, role, mode) \
	pg_namespace_aclcheck((nsp), (role), (mode))
#define assoc_class_ownercheck(rel, role) \
	pg_class_ownercheck((rel), (role))
#define assoc_proc_ownercheck(proc, role) \
	pg_proc_ownercheck((proc), (role))
#define assoc_proc_aclcheck(proc, role, mode) \
	pg_proc_aclcheck((proc), (role), (mode))
#endif

/*
 * 16 replaced missing_ok of parseTypeString by a place for soft errors.  Either
 * way *type is InvalidOid where there is no such type, and wrong syntax is raised.
 */
static inline void
assoc_parse_type(const char *str, Oid *type, int32 *typmod)
{
#if PG_VERSION_NUM >= 160000
	ErrorSaveContext escontext = {.type = T_ErrorSaveContext, .details_wanted = true};

	if (parseTypeString(str, type, typmod, (Node *) &escontext))
		return;
	escontext.error_data->elevel = ERROR;
	if (escontext.error_data->sqlerrcode == ERRCODE_SYNTAX_ERROR)
		ThrowErrorData(escontext.error_data);
	*type = InvalidOid;
#else
	parseTypeString(str, type, typmod, true);
#endif
}

/* 18 passes instrumentation for the scan before the number of keys, 19 flags behind all */
#if PG_VERSION_NUM >= 190000
#define assoc_index_beginscan(heap, index, snapshot, nkeys) \
	index_beginscan((heap), (index), (snapshot), NULL, (nkeys), 0, 0)
#elif PG_VERSION_NUM >= 180000
#define assoc_index_beginscan(heap, index, snapshot, nkeys) \
	index_beginscan((heap), (index), (snapshot), NULL, (nkeys), 0)
#else
#define assoc_index_beginscan(heap, index, snapshot, nkeys) \
	index_beginscan((heap), (index), (snapshot), (nkeys), 0)
#endif

/*
 * 19 gives pruning a page of the visibility map, which is the caller's to release, and asks
 * whether the table is only read by the query, which we do not know.
 */
#if PG_VERSION_NUM >= 190000
#define assoc_heap_page_prune_opt(relation, buffer) \
	do { \
		Buffer		vmbuffer_ = InvalidBuffer; \
		heap_page_prune_opt((relation), (buffer), &vmbuffer_, false); \
		if (BufferIsValid(vmbuffer_)) \
			ReleaseBuffer(vmbuffer_); \
	} while (0)
#else
#define assoc_heap_page_prune_opt(relation, buffer) heap_page_prune_opt((relation), (buffer))
#endif

/* 19 has 64 bits for the state of a buffer */
#if PG_VERSION_NUM >= 190000
#define assoc_buffer_state(desc) pg_atomic_read_u64(&(desc)->state)
#else
#define assoc_buffer_state(desc) pg_atomic_read_u32(&(desc)->state)
#endif

/* does anybody hold the lock of a page's content?  19 keeps it in the buffer's state, too; before, the lower bits count */
#if PG_VERSION_NUM >= 190000
#define assoc_content_is_locked(desc) ((assoc_buffer_state(desc) & BM_LOCK_MASK) != 0)
#else
#define assoc_content_is_locked(desc) \
	((pg_atomic_read_u32(&BufferDescriptorGetContentLock(desc)->state) & 0x1FFFFFF) != 0)
#endif

/* 19 pushes onto a state that has the result, before it returned the result */
#if PG_VERSION_NUM >= 190000
#define AssocJsonbState JsonbInState
#define assoc_push_jsonb(state, token, value) pushJsonbValue((state), (token), (value))
#else
typedef struct AssocJsonbState
{
	JsonbParseState *parse;
	JsonbValue *result;
} AssocJsonbState;
#define assoc_push_jsonb(state, token, value) \
	((void) ((state)->result = pushJsonbValue(&(state)->parse, (token), (value))))
#endif

/* 16 speaks of relation locators instead of nodes */
#if PG_VERSION_NUM >= 160000
#include "storage/relfilelocator.h"
typedef RelFileLocator AssocRelationFile;
#define assoc_relation_file(rel) ((rel)->rd_locator)
#else
#include "storage/relfilenode.h"
typedef RelFileNode AssocRelationFile;
#define assoc_relation_file(rel) ((rel)->rd_node)
#endif

/*
 * The leaf for a key, without the way to it.  To look for snapshots that are too old,
 * _bt_search needs one up to 16; 16 adds the table, for splits; 19 need not give the way.
 */
#if PG_VERSION_NUM >= 190000
#define assoc_bt_search_leaf(index, key, buffer, snapshot) \
	((void) (snapshot), (void) _bt_search((index), NULL, (key), (buffer), BT_READ, false))
#elif PG_VERSION_NUM >= 170000
#define assoc_bt_search_leaf(index, key, buffer, snapshot) \
	((void) (snapshot), _bt_freestack(_bt_search((index), NULL, (key), (buffer), BT_READ)))
#elif PG_VERSION_NUM >= 160000
#define assoc_bt_search_leaf(index, key, buffer, snapshot) \
	_bt_freestack(_bt_search((index), NULL, (key), (buffer), BT_READ, (snapshot)))
#else
#define assoc_bt_search_leaf(index, key, buffer, snapshot) \
	_bt_freestack(_bt_search((index), (key), (buffer), BT_READ, (snapshot)))
#endif

/* 17 took old_snapshot_threshold away */
#if PG_VERSION_NUM >= 170000
#define assoc_snapshots_may_be_too_old() false
#else
#define assoc_snapshots_may_be_too_old() (old_snapshot_threshold >= 0)
#endif

/* 18 knows constraints that are declared and not enforced; fk is of the relation cache, row of pg_constraint */
#if PG_VERSION_NUM >= 180000
#define assoc_foreign_key_enforced(fk) ((fk)->conenforced)
#define assoc_constraint_enforced(row) ((row)->conenforced)
#else
#define assoc_foreign_key_enforced(fk) ((void) (fk), true)
#define assoc_constraint_enforced(row) ((void) (row), true)
#endif

/* 18 knows foreign keys of which the last column is a period: it lies within what it points at */
#if PG_VERSION_NUM >= 180000
#define assoc_foreign_key_has_period(row) ((row)->conperiod)
#else
#define assoc_foreign_key_has_period(row) ((void) (row), false)
#endif

/* 18 knows generated columns that are computed when read; they have no stored value */
#if PG_VERSION_NUM >= 180000
#define ASSOC_GENERATED_VIRTUAL ATTRIBUTE_GENERATED_VIRTUAL
#else
#define ASSOC_GENERATED_VIRTUAL 'v'
#endif

/* 18 knows NOT NULL that is not validated: older rows may have null */
#if PG_VERSION_NUM >= 180000
#define assoc_column_never_null(desc, i) \
	(TupleDescAttr((desc), (i))->attnotnull && \
	 TupleDescCompactAttr((desc), (i))->attnullability != ATTNULLABLE_INVALID)
#else
#define assoc_column_never_null(desc, i) (TupleDescAttr((desc), (i))->attnotnull)
#endif

/* 18 lets a module say its name and version */
#ifdef PG_MODULE_MAGIC_EXT
#define ASSOC_MODULE_MAGIC \
	PG_MODULE_MAGIC_EXT(.name = "pg_associations", .version = PG_ASSOCIATIONS_VERSION)
#else
#define ASSOC_MODULE_MAGIC PG_MODULE_MAGIC
#endif

/* 18 knows CHECK constraints that are not enforced */
#if PG_VERSION_NUM >= 180000
#define assoc_check_is_enforced(check) ((check)->ccenforced)
#else
#define assoc_check_is_enforced(check) ((check)->ccbin != NULL)
#endif

/* 17 put the number of a session's transactions into its virtual transaction id */
#if PG_VERSION_NUM >= 170000
#define assoc_local_xid() (MyProc->vxid.lxid)
#else
#define assoc_local_xid() (MyProc->lxid)
#endif

/* 17 asks whether a stronger one will do */
#if PG_VERSION_NUM >= 170000
#define assoc_lock_held(tag, mode) LockHeldByMe(tag, mode, false)
#else
#define assoc_lock_held(tag, mode) LockHeldByMe(tag, mode)
#endif

/* 19 works out where columns are once all are known */
#if PG_VERSION_NUM >= 190000
#define assoc_tuple_desc_finalize(desc) TupleDescFinalize(desc)
#else
#define assoc_tuple_desc_finalize(desc) ((void) (desc))
#endif

/*
 * 16 finds settings by hash.  15 sorts all that the server has, some 360, for each that is
 * defined, and a dozen of ours took half of a session's first load; where a new one is the
 * last by its name, the sort sees that all are in order.  So ours get such names, and when all
 * are there their own names and places.  One that has been given a value is there already, and
 * takes that place, without a sort.  That is safe: the array is this process's own, nothing looks
 * up a setting meanwhile, and afterwards the order is the one that the server's sort would give.
 */
#if PG_VERSION_NUM >= 160000
#define assoc_setting_name(name) (name)
#define assoc_settings_defined() ((void) 0)
#else
static inline const char *
assoc_setting_name(const char *name)
{
	static char letter = 'a';

	if (GetConfigOptionFlags(name, true) != 0 || GetConfigOption(name, true, false) != NULL)
		return name;
	return psprintf("~%c%s", letter++, name);
}

/* the order of the server's settings */
static inline int
assoc_compare_settings(const char *a, const char *b)
{
	while (*a != '\0' && pg_ascii_tolower((unsigned char) *a) == pg_ascii_tolower((unsigned char) *b))
		a++, b++;
	return (char) pg_ascii_tolower((unsigned char) *a) - (char) pg_ascii_tolower((unsigned char) *b);
}

static inline void
assoc_settings_defined(void)
{
	struct config_generic **settings = get_guc_variables();
	int			n = GetNumConfigOptions();
	int			first = n;

	while (settings[first - 1]->name[0] == '~')
		first--;
	for (int i = first; i < n; i++)
	{
		struct config_generic *setting = settings[i];
		int			place = i;

		setting->name += 2;
		for (; assoc_compare_settings(settings[place - 1]->name, setting->name) > 0; place--)
			settings[place] = settings[place - 1];
		settings[place] = setting;
	}
}
#endif

#if defined(__GNUC__) || defined(__clang__)
#define assoc_prefetch(address) __builtin_prefetch(address)
#else
#define assoc_prefetch(address) ((void) (address))
#endif

#endif							/* ASSOC_COMPAT_H */
