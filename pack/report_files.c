/* Every file, and why it is there. */
#include "lib/show.h"
#include "pack/report_internal.h"

#include <string.h>
#include <sys/stat.h>

/* The reason, with the file that asked as a link: in the place of its path if
 * the reason has it. */
static void put_reason(const struct report *report,
		       const struct bill_file *file, struct buf *page)
{
	const struct bill_file *asker =
		file->because ? bill_find(&report->bill, file->because) : NULL;
	const char *at = asker ? strstr(file->reason, asker->path) : NULL;

	if (at) {
		CLEANUP_FREE char *before =
			strndup(file->reason, (size_t)(at - file->reason));

		if (!before) {
			page->failed = true;
			return;
		}
		report_text(page, before);
		report_link(page, report, asker);
		report_text(page, at + strlen(asker->path));
		return;
	}
	report_text(page, file->reason);
	if (asker) {
		buf_puts(page, " (");
		report_link(page, report, asker);
		buf_putc(page, ')');
	}
}

static void put_file(const struct report *report, size_t index,
		     struct buf *page)
{
	const struct bill *bill = &report->bill;
	const struct bill_file *file = &bill->files[index];

	buf_printf(page, "<tr id=\"f%zu\"%s><th scope=\"row\" class=\"path\">",
		   index, S_ISDIR(file->mode) ? " class=\"directory\"" : "");
	report_text(page, file->path);
	if (file->target) {
		buf_puts(page, "<span class=\"target\">");
		report_text(page, file->target);
		buf_puts(page, "</span>");
	}
	buf_puts(page, "</th><td class=\"number\">");
	if (S_ISREG(file->mode))
		show_size(page, file->size);
	buf_puts(page, "</td><td class=\"package\">");
	if (file->package != BILL_NO_PACKAGE) {
		const struct bill_package *package =
			&bill->packages[file->package];

		report_text(page, package->name);
		buf_puts(page, " <span>");
		report_text(page, package->version);
		buf_puts(page, "</span>");
	}
	buf_puts(page, "</td><td class=\"reason\">");
	put_reason(report, file, page);
	buf_puts(page, "</td></tr>\n");
}

void report_files(const struct report *report, struct buf *page)
{
	for (size_t i = 0; i < report->bill.file_count; i++)
		put_file(report, i, page);
}
