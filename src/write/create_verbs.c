/*-------------------------------------------------------------------------
 *
 * create_verbs.c
 *	  Verbs nested under an association: the object there.
 *
 * Decides which rows a verb means and what becomes of them: new rows, rows to be
 * changed or deleted, links.  Rows that exist are looked for here, before anything is
 * written: update, upsert and delete mean rows linked to the parent as the call finds
 * it.  create_write.c then does everything, in the order of verb_readers below.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "base/document.h"
#include "utils/jsonb.h"
#include "write/create.h"
#include "write/replace.h"

typedef void (*VerbReader) (CreateLevel *child, CreateRow *parent, const JsonbValue *value,
							const DocPath *path);

static void read_disconnect(CreateLevel *child, CreateRow *parent, const JsonbValue *value,
							const DocPath *path);
static void read_delete(CreateLevel *child, CreateRow *parent, const JsonbValue *value,
						const DocPath *path);
static void read_set(CreateLevel *child, CreateRow *parent, const JsonbValue *value,
					 const DocPath *path);
static void read_update(CreateLevel *child, CreateRow *parent, const JsonbValue *value,
						const DocPath *path);
static void read_upsert(CreateLevel *child, CreateRow *parent, const JsonbValue *value,
						const DocPath *path);
static void read_connect_or_create(CreateLevel *child, CreateRow *parent,
								   const JsonbValue *value, const DocPath *path);
static void read_connect(CreateLevel *child, CreateRow *parent, const JsonbValue *value,
						 const DocPath *path);
static void read_create(CreateLevel *child, CreateRow *parent, const JsonbValue *value,
						const DocPath *path);
static void read_replace(CreateLevel *child, CreateRow *parent, const JsonbValue *value,
						 const DocPath *path);
static void check_verbs(CreateLevel *child, const JsonbValue *verbs, const DocPath *path);
static void need_keys(CreateLevel *child, const JsonbValue *value, const DocPath *path);
static void need_key(CreateLevel *child, const JsonbValue *value, const DocPath *path);
static void each_element(CreateLevel *child, CreateRow *parent, const JsonbValue *value,
						 const DocPath *path, VerbReader reader);
static void delete_element(CreateLevel *child, CreateRow *parent, const JsonbValue *value,
						   const DocPath *path);
static void update_element(CreateLevel *child, CreateRow *parent, const JsonbValue *value,
						   const DocPath *path);
static void upsert_element(CreateLevel *child, CreateRow *parent, const JsonbValue *value,
						   const DocPath *path);
static void connect_or_create_element(CreateLevel *child, CreateRow *parent,
									  const JsonbValue *value, const DocPath *path);
static void want_row(CreateLevel *child, CreateRow *parent, const JsonbValue *value,
					 CreateSearch *search, LinkPayload *payload, const DocPath *path);
static void share_row(CreateLevel *child, CreateRow *parent, CreateRow *row,
					  LinkPayload *payload, const DocPath *path);
static List *chosen_rows(CreateLevel *child, CreateRow *parent, const JsonbValue *value,
						 const DocPath *path, const char *const *members, const JsonbValue *data,
						 bool required, bool deletes);
static void check_members(CreateLevel *child, const JsonbValue *object, const DocPath *path,
						  const char *const *members);
static void note_upsert(CreateLevel *child, CreateRow *parent, const JsonbValue *value,
						const DocPath *path, const char *const *members);
static void change_row(CreateLevel *child, CreateRow *row, const JsonbValue *data,
					   LinkPayload *payload, const DocPath *path);
static LinkPayload *element_payload(CreateLevel *child, const JsonbValue *value,
									const DocPath *path);
static void add_link(CreateLevel *child, CreateRow *parent, CreateLinkVerb verb,
					 const CreateRow *row, LinkPayload *payload, const DocPath *path);
static void count_targets(CreateLevel *child, int counts[]);
static int	count_new_targets(CreateLevel *child, const int before[]);
static void need_existing(CreateRow *parent, const DocPath *path);
static void raise_not_linked(CreateLevel *child, const LinkName *name, const DocPath *path);

/* in the order in which they are done */
static const char *const verb_names[] = {
	"disconnect", "delete", "set", "update", "upsert", "connectOrCreate", "connect", "create", "replace", NULL
};

static const VerbReader verb_readers[] = {
	read_disconnect, read_delete, read_set, read_update, read_upsert,
	read_connect_or_create, read_connect, read_create, read_replace
};

void
create_read_verbs(CreateLevel *child, CreateRow *parent, const JsonbValue *verbs,
				  const DocPath *path)
{
	AssociationKind kind = child->assoc->association->kind;
	int			before[4];
	int			n;

	count_targets(child, before);
	check_verbs(child, verbs, path);
	for (int v = 0; verb_names[v] != NULL; v++)
	{
		const JsonbValue *value = doc_get(verbs, verb_names[v]);

		if (value != NULL)
			verb_readers[v] (child, parent, value, doc_path_key(path, verb_names[v]));
	}
	if (!child->assoc->to_one)
		return;
	n = count_new_targets(child, before);
	if (n > 1)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, NULL,
					   "\"%s\" links one row, not %d", child->assoc->association->alias, n);
	/* a new one replaces the one before */
	if (n == 1 && kind == BELONGS_TO)
		create_point_at_nothing(child, parent, false);
	if (kind == HAS_ONE && parent->existing && list_length(child->rows) > before[0])
		create_replace(child, parent, path);
}

static void
check_verbs(CreateLevel *child, const JsonbValue *verbs, const DocPath *path)
{
	foreach_ptr(DocPair, pair, doc_object_pairs(verbs))
	{
		int			v = 0;

		while (verb_names[v] != NULL && strcmp(verb_names[v], pair->key) != 0)
			v++;
		if (verb_names[v] == NULL && model_attribute(child->model, pair->key) != NULL)
			error_document(ERRCODE_INVALID_PARAMETER_VALUE, doc_path_key(path, pair->key),
						   "Write {\"create\": {...}} for a new row.",
						   "unknown verb \"%s\"", pair->key);
		if (verb_names[v] == NULL)
			doc_unknown_key(doc_path_key(path, pair->key), verb_names, "verb");
	}
	if (doc_get(verbs, "replace") != NULL && list_length(doc_object_pairs(verbs)) > 1)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path,
					   "It says all that is associated afterwards.",
					   "\"replace\" cannot stand beside other verbs");
}

void
create_replace(CreateLevel *child, CreateRow *parent, const DocPath *path)
{
	link_sort_items(create_links(child, parent, CREATE_SET, path));
	/* one that comes meanwhile is replaced too */
	create_root_of(child)->races = true;
}

/* ---- links ---- */

static void
read_disconnect(CreateLevel *child, CreateRow *parent, const JsonbValue *value,
				const DocPath *path)
{
	bool		all = child->assoc->to_one && value->type == jbvBool;
	CreateFind	find = {0};
	LinkCall   *call;

	need_existing(parent, path);
	if (all && !value->val.boolean)
		return;
	if (child->assoc->association->kind != BELONGS_TO)
	{
		call = create_links(child, parent, all ? CREATE_SET : CREATE_DISCONNECT, path);
		call->use = all ? LINK_WRITES : LINK_MEANS;
		if (all)
			link_sort_items(call);
		else
			link_read_document(call, value, path, NULL);
		return;
	}
	if (!all)
	{
		call = link_call_make(child->assoc);
		call->use = LINK_MEANS;
		link_read_document(call, value, path, NULL);
		if (call->nitems == 0)
			return;
		find.name = call->items[0].name;
		if (create_find_linked(child, parent, &find) == NIL)
			return;
	}
	create_point_at_nothing(child, parent, true);
}

/* all of a new row's links are those that it is given */
static void
read_set(CreateLevel *child, CreateRow *parent, const JsonbValue *value, const DocPath *path)
{
	bool		owner = child->assoc->association->kind == BELONGS_TO;
	bool		none = child->assoc->to_one && value->type == jbvNull;
	LinkCall   *call;

	if (owner && none && parent->existing)
		create_point_at_nothing(child, parent, true);
	else if (owner || !parent->existing)
	{
		if (!none)
			read_connect(child, parent, value, path);
	}
	else
	{
		call = create_links(child, parent, CREATE_SET, path);
		if (none)
			link_sort_items(call);
		else
		{
			need_keys(child, value, path);
			link_read_document(call, value, path, NULL);
		}
	}
}

static void
read_connect(CreateLevel *child, CreateRow *parent, const JsonbValue *value,
			 const DocPath *path)
{
	need_keys(child, value, path);
	link_read_document(create_links(child, parent, CREATE_CONNECT, path), value, path, NULL);
}

/* an object without a unique key is a search, which is another verb */
static void
need_keys(CreateLevel *child, const JsonbValue *value, const DocPath *path)
{
	if (!doc_is_array(value))
	{
		need_key(child, value, path);
		return;
	}
	foreach_ptr(JsonbValue, element, doc_array_elements(value))
		need_key(child, element, doc_path_index(path, foreach_current_index(element)));
}

static void
need_key(CreateLevel *child, const JsonbValue *value, const DocPath *path)
{
	static const char *const others[] = {"through", NULL};

	if (link_is_object_of_key(child->call, value) && !link_is_where(child->call, value) &&
		key_named_by(child->model, value, others).n == 0)
		key_raise_not_unique(child->model, value, others,
							 psprintf(_(" To find a row of \"%s\" by something else, write {\"connectOrCreate\": {\"where\": {...}, \"create\": {...}}}."),
									  child->model->name), path);
}

/* ---- rows ---- */

static void
read_create(CreateLevel *child, CreateRow *parent, const JsonbValue *value,
			const DocPath *path)
{
	if (!doc_is_array(value) || child->assoc->to_one)
	{
		(void) create_read_row(child, parent, value, path);
		return;
	}
	foreach_ptr(JsonbValue, element, doc_array_elements(value))
		(void) create_read_row(child, parent, element,
							   doc_path_index(path, foreach_current_index(element)));
}

/* all that is associated afterwards; see replace.c */
static void
read_replace(CreateLevel *child, CreateRow *parent, const JsonbValue *value,
			 const DocPath *path)
{
	replace_note(child, parent, value, path, NULL);
}

static void
read_delete(CreateLevel *child, CreateRow *parent, const JsonbValue *value,
			const DocPath *path)
{
	need_existing(parent, path);
	if (child->assoc->to_one && value->type == jbvBool && !value->val.boolean)
		return;
	each_element(child, parent, value, path, delete_element);
}

/* true (to-one), a key, or {"where": ...} */
static void
delete_element(CreateLevel *child, CreateRow *parent, const JsonbValue *value,
			   const DocPath *path)
{
	static const char *const members[] = {"where", NULL};
	bool		linked = child->assoc->to_one && value->type == jbvBool;
	List	   *rows;
	ListCell   *lc;

	if (linked)
	{
		CreateFind	find = {.lock_delete = true};

		rows = create_find_linked(child, parent, &find);
	}
	else
	{
		if (doc_is_object(value))
			check_members(child, value, path, members);
		rows = chosen_rows(child, parent, value, path, members, NULL, true, true);
	}
	foreach(lc, rows)
		child->deletes = lappend(child->deletes, lfirst(lc));
	if (rows != NIL && child->assoc->association->kind == BELONGS_TO)
		create_point_at_nothing(child, parent, true);
}

static void
read_update(CreateLevel *child, CreateRow *parent, const JsonbValue *value,
			const DocPath *path)
{
	need_existing(parent, path);
	each_element(child, parent, value, path, update_element);
}

/* {"id" or "where", "data", "through"} */
static void
update_element(CreateLevel *child, CreateRow *parent, const JsonbValue *value,
			   const DocPath *path)
{
	static const char *const members[] = {"where", "data", "through", NULL};
	const JsonbValue *data;
	LinkPayload *payload;

	doc_need_object(value, path);
	check_members(child, value, path, members);
	data = doc_get(value, "data");
	payload = element_payload(child, value, path);
	if (data == NULL && payload == NULL)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, NULL,
					   "\"update\" needs \"data\" or \"through\"");
	foreach_ptr(CreateRow, row, chosen_rows(child, parent, value, path, members, data, true, false))
		change_row(child, row, data, payload, doc_path_key(path, "data"));
}

static void
read_upsert(CreateLevel *child, CreateRow *parent, const JsonbValue *value,
			const DocPath *path)
{
	need_existing(parent, path);
	each_element(child, parent, value, path, upsert_element);
}

/* {"id" or "where", "create", "update", "through"} */
static void
upsert_element(CreateLevel *child, CreateRow *parent, const JsonbValue *value,
			   const DocPath *path)
{
	static const char *const members[] = {"where", "create", "update", "through", NULL};
	const JsonbValue *create;
	const JsonbValue *update;
	LinkPayload *payload;
	CreateRow  *row;
	List	   *rows;
	ListCell   *lc;

	doc_need_object(value, path);
	check_members(child, value, path, members);
	create = doc_get(value, "create");
	update = doc_get(value, "update");
	if (create == NULL || update == NULL)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, NULL,
					   "\"upsert\" needs \"create\" and \"update\"");
	payload = element_payload(child, value, path);
	rows = chosen_rows(child, parent, value, path, members, update, false, false);
	foreach(lc, rows)
		change_row(child, lfirst(lc), update, payload, doc_path_key(path, "update"));
	if (rows != NIL)
		return;
	row = create_read_row(child, parent, create, doc_path_key(path, "create"));
	if (payload != NULL)
		row->payload = link_payload_overlay(child->assoc->through, payload, row->payload);
	note_upsert(child, parent, value, path, members);
}

/* somebody else may look for the same row of this parent */
static void
note_upsert(CreateLevel *child, CreateRow *parent, const JsonbValue *value, const DocPath *path,
			const char *const *members)
{
	const JsonbValue *where = doc_get(value, "where");
	CreateSearch *search;

	if (parent->skipped)
		return;
	if (where != NULL)
		search = create_search(child->model,
							   options_parse_where(where, doc_path_key(path, "where")), where);
	else
	{
		LinkName   *name = link_name_among(child->call, value, members, path);

		search = create_search_key(child->model, name ? name->columns.n : 0,
								   name ? name->columns.columns : NULL, name ? name->values : NULL);
	}
	create_search_note(child, create_search_by_upsert(search));
	create_search_under(search, child->parent->model, parent);
	create_search_note(child, search);
}

static void
change_row(CreateLevel *child, CreateRow *row, const JsonbValue *data,
		   LinkPayload *payload, const DocPath *path)
{
	row->path = path;
	if (data != NULL)
		create_read_changes(child, row, data);
	if (payload != NULL)
		add_link(child, row->parent, CREATE_UPDATE_LINK, row, payload, path);
}

static void
read_connect_or_create(CreateLevel *child, CreateRow *parent, const JsonbValue *value,
					   const DocPath *path)
{
	each_element(child, parent, value, path, connect_or_create_element);
}

/* {"where", "create", "through"}: any row, linked or not */
static void
connect_or_create_element(CreateLevel *child, CreateRow *parent, const JsonbValue *value,
						  const DocPath *path)
{
	static const char *const members[] = {"where", "create", "through", NULL};
	bool	   *columns = palloc0_array(bool, child->model->nattributes);
	CreateFind	find = {.columns = columns, .hold = true};
	LinkPayload *payload;
	List	   *rows;

	doc_need_object(value, path);
	check_members(NULL, value, path, members);
	if (doc_get(value, "where") == NULL || doc_get(value, "create") == NULL)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, NULL,
					   "\"connectOrCreate\" needs \"where\" and \"create\"");
	find.where = options_parse_where(doc_get(value, "where"), doc_path_key(path, "where"));
	for (int i = 0; i < child->call->nkey; i++)
		columns[child->call->key[i] - child->model->attributes] = true;
	payload = element_payload(child, value, path);
	rows = create_find(child, &find);
	if (list_length(rows) > 1)
		error_document(ERRCODE_CARDINALITY_VIOLATION, doc_path_key(path, "where"),
					   "It must say one row: give attributes that are unique.",
					   "%d rows of \"%s\" are found", list_length(rows), child->model->name);
	if (rows == NIL)
		want_row(child, parent, value,
				 create_search(child->model, find.where, doc_get(value, "where")), payload, path);
	else
		add_link(child, parent, CREATE_CONNECT, linitial(rows), payload, path);
}

/* the first that looks for a row creates it, the others share it */
static void
want_row(CreateLevel *child, CreateRow *parent, const JsonbValue *value,
		 CreateSearch *search, LinkPayload *payload, const DocPath *path)
{
	CreateRow  *row = create_requested_find(child, search);

	if (row != NULL)
	{
		share_row(child, parent, row, payload, path);
		return;
	}
	row = create_read_row(child, parent, doc_get(value, "create"), doc_path_key(path, "create"));
	if (payload != NULL)
		row->payload = link_payload_overlay(child->assoc->through, payload, row->payload);
	create_requested_add(child, search, row);
	create_search_note(child, search);
}

static void
share_row(CreateLevel *child, CreateRow *parent, CreateRow *row,
		  LinkPayload *payload, const DocPath *path)
{
	AssociationKind kind = child->assoc->association->kind;
	CreateShare *share = palloc_object(CreateShare);

	if (kind == HAS_MANY || kind == HAS_ONE)
	{
		if (row->parent != parent)
			error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, NULL,
						   "a row of \"%s\" cannot belong to several rows",
						   child->assoc->association->alias);
		return;
	}
	*share = (CreateShare) {parent, row, payload};
	child->shares = lappend(child->shares, share);
}

/* ---- which rows ---- */

/* one, or an array of them where the association has many */
static void
each_element(CreateLevel *child, CreateRow *parent, const JsonbValue *value,
			 const DocPath *path, VerbReader reader)
{
	ListCell   *lc;

	if (!doc_is_array(value) || child->assoc->to_one)
	{
		reader(child, parent, value, path);
		return;
	}
	foreach(lc, doc_array_elements(value))
		reader(child, parent, lfirst(lc), doc_path_index(path, foreach_current_index(lc)));
}

/*
 * The linked rows that an element names, by key or "where"; a to-one association needs
 * neither.  A key that is not linked is an error where required; "where" may
 * find none.
 */
static List *
chosen_rows(CreateLevel *child, CreateRow *parent, const JsonbValue *value,
			const DocPath *path, const char *const *members, const JsonbValue *data,
			bool required, bool deletes)
{
	CreateFind	find = {.lock_delete = deletes};
	const JsonbValue *where = doc_is_object(value) ? doc_get(value, "where") : NULL;
	LinkName   *name = where ? NULL : link_name_among(child->call, value, members, path);
	List	   *rows;

	find.name = name;
	if (where != NULL)
		find.where = options_parse_where(where, doc_path_key(path, "where"));
	else if (name == NULL && !child->assoc->to_one)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path, NULL,
					   "no \"where\" and no key says which rows are meant");
	if (data != NULL && doc_is_object(data))
	{
		find.columns = create_columns_for(child->model, data);
		foreach_ptr(DocPair, pair, doc_object_pairs(data))
			find.lock |= model_attribute(child->model, pair->key) != NULL;
	}
	rows = create_find_linked(child, parent, &find);
	if (rows == NIL && required && name != NULL && !parent->skipped && !create_is_stale(child))
		raise_not_linked(child, name, path);
	return rows;
}

/* attributes of a key are members too, where there is a level */
static void
check_members(CreateLevel *child, const JsonbValue *object, const DocPath *path,
			  const char *const *members)
{
	const char **known = palloc0_array(const char *, 8 + (child ? child->call->name.n : 0));
	int			n = 0;

	if (child != NULL && key_named_by(child->model, object, members).n > 0)
		return;

	while (members[n] != NULL)
	{
		known[n] = members[n];
		n++;
	}
	for (int i = 0; child != NULL && i < child->call->name.n; i++)
		known[n++] = child->call->name.columns[i]->name;
	foreach_ptr(DocPair, pair, doc_object_pairs(object))
	{
		int			i = 0;

		while (i < n && strcmp(known[i], pair->key) != 0)
			i++;
		if (i == n)
			doc_unknown_key(doc_path_key(path, pair->key), known, "key");
	}
}

static LinkPayload *
element_payload(CreateLevel *child, const JsonbValue *value, const DocPath *path)
{
	const JsonbValue *through = doc_get(value, "through");

	if (through == NULL || through->type == jbvNull)
		return NULL;
	return link_payload(child->call, through, doc_path_key(path, "through"));
}

/* ---- what is noted ---- */

LinkCall *
create_links(CreateLevel *child, CreateRow *parent, CreateLinkVerb verb, const DocPath *path)
{
	CreateConnect *connect = palloc_object(CreateConnect);

	connect->order = child->nread++;
	connect->parent = parent;
	connect->path = path;
	connect->call = palloc_object(LinkCall);
	*connect->call = *child->call;
	connect->call->nested = true;
	connect->call->failures = NIL;	/* those are the level's, and reported once */
	child->links[verb] = lappend(child->links[verb], connect);
	return connect->call;
}

static void
add_link(CreateLevel *child, CreateRow *parent, CreateLinkVerb verb,
		 const CreateRow *row, LinkPayload *payload, const DocPath *path)
{
	LinkCall   *call = create_links(child, parent, verb, path);

	call->use = verb == CREATE_UPDATE_LINK ? LINK_CHANGES : LINK_WRITES;
	link_append_item(call, create_row_key(child->model, row, call->nkey, call->key), payload, path);
	link_sort_items(call);
}

/*
 * The parent's own row pointed at one; what may be null of the pointer becomes so.  Where none
 * may, the check of constraints raises the error.
 */
void
create_point_at_nothing(CreateLevel *child, CreateRow *parent, bool nothing)
{
	const ResolvedAssociation *assoc = child->assoc;
	Attribute **cleared = palloc_array(Attribute *, assoc->nsource);
	bool		any = link_columns_to_clear(child->call, cleared) > 0;

	if (nothing && !any && link_fixed_columns(child->call) != NULL)
		link_raise_not_null(child->call);
	for (int i = 0; i < assoc->nsource; i++)
	{
		int			number = model_number_of(child->parent->model, assoc->source_key[i]);

		if ((any && !link_clears(child->call, assoc->source_key[i])) || (!nothing && parent->is_explicit[number]))
			continue;
		if (nothing)
			create_need_agreement(child->parent->model, parent, number,
								  assoc->association->alias, (Datum) 0, true);
		parent->given[number] = nothing;
		parent->nulls[number] = nothing;
	}
}

/* lengths of the lists of rows that an association may lead to */
static void
count_targets(CreateLevel *child, int counts[])
{
	counts[0] = list_length(child->rows);
	counts[1] = list_length(child->shares);
	counts[2] = list_length(child->links[CREATE_SET]);
	counts[3] = list_length(child->links[CREATE_CONNECT]);
}

static int
count_new_targets(CreateLevel *child, const int before[])
{
	int			n = list_length(child->rows) - before[0] + list_length(child->shares) - before[1];
	ListCell   *lc;

	for_each_from(lc, child->links[CREATE_SET], before[2])
		n += ((CreateConnect *) lfirst(lc))->call->nitems;
	for_each_from(lc, child->links[CREATE_CONNECT], before[3])
		n += ((CreateConnect *) lfirst(lc))->call->nitems;
	return n;
}

static void
need_existing(CreateRow *parent, const DocPath *path)
{
	if (!parent->existing)
		error_document(ERRCODE_INVALID_PARAMETER_VALUE, path,
					   "Under a new row stand create, connect, connectOrCreate, set and replace.",
					   "a row that is new has no links yet");
}

static void
raise_not_linked(CreateLevel *child, const LinkName *name, const DocPath *path)
{
	LinkCall   *call = link_call_make(child->assoc);

	call->nkey = name->columns.n;
	call->key = name->columns.columns;
	link_append_item(call, name->values, NULL, path);
	link_raise_not_linked(call, list_make1(&call->items[0]));
}
