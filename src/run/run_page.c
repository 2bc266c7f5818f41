/*-------------------------------------------------------------------------
 *
 * run_page.c
 *	  Pages, running: which rows a page shows, and whether there is a next one.
 *
 * One row more than asked for is read, and never shown: it shows that there is a
 * next page, whose cursor is the order of the last row shown.  A page that begins at a
 * cursor has a way back, from its first row.  Of a list that is read backward both are the
 * other way round.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "deparse/cursor.h"
#include "run/run_page.h"
#include "run/run_write.h"

static const char *cursor_of(NodeRun *nr, const Datum *values, const bool *nulls);
static PageRun *page_of(NodeRun *nr, int number);
static bool begins_at_cursor(const NodeRun *nr);
static void write_cursor(JsonWriter *w, const char *text);

bool
run_page_accepts(NodeRun *nr, int group, const Datum *values, const bool *nulls)
{
	LoadPage   *page = nr->node->page;
	PageRun    *run = page_of(nr, group);
	int64		size = DatumGetInt64(nr->run->values[page->size]);

	if (run->count == size)
	{
		run->more = true;
		return false;
	}
	if (++run->count == 1 && page->turned)
		run->first = cursor_of(nr, values, nulls);
	if (run->count == size)
		run->last = cursor_of(nr, values, nulls);
	return true;
}

static const char *
cursor_of(NodeRun *nr, const Datum *values, const bool *nulls)
{
	LoadPage   *page = nr->node->page;
	char	   *text = cursor_text(page->cursor, DatumGetUInt32(nr->run->values[page->filter]),
								   page->columns, values, nulls);
	Size		size = strlen(text) + 1;
	const char *kept = memcpy(load_run_alloc(nr->run, size), text, size);

	pfree(text);
	return kept;
}

void
run_page_give_up(NodeRun *nr, int group)
{
	if (group < nr->maxpages)
		memset(&nr->pages[group], 0, sizeof(PageRun));
}

/* of a key; there may be more keys than at the time of the last */
static PageRun *
page_of(NodeRun *nr, int number)
{
	if (number >= nr->maxpages)
		nr->pages = run_memory_grow(nr, nr->pages, &nr->maxpages, sizeof(PageRun));
	return &nr->pages[number];
}

void
run_page_write(NodeRun *nr, int number, LoadedGroup *group)
{
	static const PageRun none;
	JsonWriter *w = &nr->run->writer;
	LoadPage   *page = nr->node->page;
	const PageRun *run = number >= 0 && number < nr->maxpages ? &nr->pages[number] : &none;
	const char *onward = run->more ? run->last : NULL;
	const char *back = begins_at_cursor(nr) ? run->first : NULL;

	json_object_begin(w, page->tmpl);
	for (int k = 0; k < page->tmpl->nkeys; k++)
	{
		if (page->tmpl->order[k] == 0)
			run_write_rows(nr, group);
		else
			write_cursor(w, (page->tmpl->order[k] == 1) != nr->node->backward ? onward : back);
	}
	json_object_end(w);
}

/* not where the list begins, or ends where it is read backward: nothing lies on the other side */
static bool
begins_at_cursor(const NodeRun *nr)
{
	const LoadPage *page = nr->node->page;

	if (!nr->node->custom)
		return false;
	return page->no_cursor < 0 || !DatumGetBool(nr->run->values[page->no_cursor]);
}

static void
write_cursor(JsonWriter *w, const char *text)
{
	if (text != NULL)
		json_write_string(w, text, (int) strlen(text));
	else
		json_write_null(w);
}
