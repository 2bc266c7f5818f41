/*-------------------------------------------------------------------------
 *
 * run_page.c
 *	  Pages, running: which rows a page shows, and whether there is a next one.
 *
 * One row more than asked for is read, and never shown: it tells that there is a
 * next page, whose cursor is the order of the last row shown.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "run/run_page.h"

static PageRun *page_of(NodeRun *nr, int number);

bool
run_page_accepts(NodeRun *nr, int group, const Datum *values, const bool *nulls)
{
	LoadPage   *page = nr->node->page;
	PageRun    *run = page_of(nr, group);
	int64		size = DatumGetInt64(nr->run->values[page->size]);
	const JsonPacked *packed;
	Size		length;

	if (run->count == size)
	{
		run->more = true;
		return false;
	}
	if (++run->count == size)
	{
		packed = json_pack_row(&nr->run->packer, &page->cursor, values, nulls, &length);
		run->cursor = memcpy(load_run_alloc(nr->run, length), packed, length);
	}
	return true;
}

/* of a key; there may be more keys than at the time of the last */
static PageRun *
page_of(NodeRun *nr, int number)
{
	if (number >= nr->maxpages)
	{
		int			max = Max(Max(nr->keys.nkeys, 1), nr->maxpages * 2);
		PageRun    *pages = load_run_alloc(nr->run, sizeof(PageRun) * (Size) max);

		memset(pages, 0, sizeof(PageRun) * (Size) max);
		if (nr->maxpages > 0)
			memcpy(pages, nr->pages, sizeof(PageRun) * (Size) nr->maxpages);
		nr->pages = pages;
		nr->maxpages = max;
	}
	return &nr->pages[number];
}

void
run_page_write(NodeRun *nr, int number, LoadedGroup *group)
{
	JsonWriter *w = &nr->run->writer;
	LoadPage   *page = nr->node->page;
	const PageRun *run = number >= 0 && number < nr->maxpages ? &nr->pages[number] : NULL;

	json_object_begin(w, page->tmpl);
	for (int k = 0; k < page->tmpl->nkeys; k++)
	{
		if (page->tmpl->order[k] == 0)
			load_run_write_rows(nr, group);
		else if (run == NULL || !run->more)
			json_write_null(w);
		else
		{
			json_array_begin(w, page->cursor.ncolumns);
			for (int i = 0; i < page->cursor.ncolumns; i++)
				json_write_packed(w, run->cursor, i);
			json_array_end(w);
		}
	}
	json_object_end(w);
}
