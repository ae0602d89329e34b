/* What each directory holds: the treemap's figures, for whoever cannot or
 * does not want to look at it. */
#include "lib/path.h"
#include "lib/show.h"
#include "pack/report_internal.h"

#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

/* Directories on the way to a file; a path has at most half as many
 * components as bytes. */
struct nesting {
	size_t *stack; /* indices of the bill, outermost first */
	size_t depth;
	struct report_total *totals; /* one for each file of the bill */
};

static void nesting_done(struct nesting *nesting)
{
	free(nesting->stack);
	free(nesting->totals);
}

/* The bill has a directory before what it holds: those that are open are the
 * stack. */
static void add_file(struct nesting *nesting, const struct bill *bill,
		     size_t index)
{
	const struct bill_file *file = &bill->files[index];

	while (nesting->depth &&
	       !path_within(
		       file->path,
		       bill->files[nesting->stack[nesting->depth - 1]].path))
		nesting->depth--;
	for (size_t i = 0; i < nesting->depth; i++)
		report_count(&nesting->totals[nesting->stack[i]], file);
	if (S_ISDIR(file->mode))
		nesting->stack[nesting->depth++] = index;
}

static void put_directory(const struct report *report,
			  const struct nesting *nesting, size_t index,
			  struct buf *page)
{
	const struct report_total *total = &nesting->totals[index];
	const struct report_part part = { "directory", total->bytes };

	buf_puts(page, "<tr><th scope=\"row\" class=\"path\">");
	report_link(page, report, &report->bill.files[index]);
	buf_printf(page,
		   "</th><td class=\"number\">%" PRIu64
		   "</td><td class=\"number\">",
		   total->files);
	show_size(page, total->bytes);
	buf_puts(page, "</td><td class=\"share\">");
	report_bar(page, &part, 1, nesting->totals[0].bytes);
	buf_puts(page, "</td></tr>\n");
}

void report_directories(const struct report *report, struct buf *page)
{
	const struct bill *bill = &report->bill;
	CLEANUP(nesting_done)
	struct nesting nesting = {
		.stack = calloc(bill->file_count + 1, sizeof(size_t)),
		.totals = calloc(bill->file_count + 1,
				 sizeof(struct report_total)),
	};

	if (!nesting.stack || !nesting.totals) {
		page->failed = true;
		return;
	}
	for (size_t i = 0; i < bill->file_count; i++)
		add_file(&nesting, bill, i);
	for (size_t i = 0; i < bill->file_count; i++) {
		if (S_ISDIR(bill->files[i].mode) && nesting.totals[i].files)
			put_directory(report, &nesting, i, page);
	}
}
