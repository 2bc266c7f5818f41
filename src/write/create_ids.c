/*-------------------------------------------------------------------------
 *
 * create_ids.c
 *	  Ids in nested data, so that one error names all that do not exist.
 *
 * Decides that ids are looked for beside each other only when one of them is found not to
 * exist: the foreign keys, or the first look at them, tell that of one association.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "write/create.h"

static int	count_ids(CreateLevel *level);
static void share_document(CreateLevel *level, LinkDocument *document);
static void find_unknown(void *root, LinkUnknown *unknown);
static void find_unknown_of(CreateLevel *level, LinkUnknown *unknown);
static LinkIds level_ids(CreateLevel *level);

/* these link to rows that must exist */
static const CreateLinkVerb linking_verbs[] = {CREATE_SET, CREATE_CONNECT};

void
create_ids_share(CreateLevel *root)
{
	LinkDocument *document;

	if (count_ids(root) < 2)
		return;
	document = palloc_object(LinkDocument);
	*document = (LinkDocument) {find_unknown, root};
	share_document(root, document);
}

static int
count_ids(CreateLevel *level)
{
	int			n = level->assoc ? level_ids(level).n : 0;

	foreach_ptr(CreateLevel, child, level->children)
		n += count_ids(child);
	return n;
}

static void
share_document(CreateLevel *level, LinkDocument *document)
{
	if (level->call != NULL)
		level->call->document = document;
	for (int v = 0; v < CREATE_LINK_VERBS; v++)
	{
		foreach_ptr(CreateConnect, connect, level->links[v])
			connect->call->document = document;
	}
	foreach_ptr(CreateLevel, child, level->children)
		share_document(child, document);
}

static void
find_unknown(void *root, LinkUnknown *unknown)
{
	find_unknown_of(root, unknown);
}

static void
find_unknown_of(CreateLevel *level, LinkUnknown *unknown)
{
	if (level->assoc != NULL)
	{
		LinkIds		ids = level_ids(level);

		link_find_unknown(level->call, &ids, unknown);
	}
	foreach_ptr(CreateLevel, child, level->children)
		find_unknown_of(child, unknown);
}

static LinkIds
level_ids(CreateLevel *level)
{
	List	   *items = NIL;

	for (Size v = 0; v < lengthof(linking_verbs); v++)
	{
		foreach_ptr(CreateConnect, connect, level->links[linking_verbs[v]])
			items = list_concat(items, link_all_items(connect->call));
	}
	return link_ids_of(items);
}
