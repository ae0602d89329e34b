/* Which packages are inside, the largest first. */
#include "lib/show.h"
#include "pack/report_internal.h"

#include <inttypes.h>
#include <string.h>

struct share {
	const struct bill_package *package; /* NULL: what is of none */
	struct report_total total;
};

static int compare_shares(const void *a, const void *b)
{
	const struct share *x = a, *y = b;
	int order;

	if (x->total.bytes != y->total.bytes)
		return x->total.bytes > y->total.bytes ? -1 : 1;
	if (!x->package || !y->package)
		return !x->package - !y->package;
	order = strcmp(x->package->name, y->package->name);
	return order ? order
		     : strcmp(x->package->architecture,
			      y->package->architecture);
}

static void put_share(const struct share *share, uint64_t all, struct buf *page)
{
	const struct report_part part = { "directory", share->total.bytes };

	buf_puts(page, "<tr><th scope=\"row\">");
	if (share->package)
		report_text(page, share->package->name);
	else
		buf_puts(page, "<i>of no package</i>");
	buf_puts(page, "</th><td class=\"version\">");
	if (share->package)
		report_text(page, share->package->version);
	buf_puts(page, "</td><td>");
	if (share->package)
		report_text(page, share->package->architecture);
	buf_printf(page,
		   "</td><td class=\"number\">%" PRIu64
		   "</td><td class=\"number\">",
		   share->total.files);
	show_size(page, share->total.bytes);
	buf_puts(page, "</td><td class=\"share\">");
	report_bar(page, &part, 1, all);
	buf_puts(page, "</td></tr>\n");
}

void report_packages(const struct report *report, struct buf *page)
{
	const struct bill *bill = &report->bill;
	size_t count = bill->package_count + 1;
	CLEANUP_FREE struct share *shares = calloc(count, sizeof(*shares));
	struct report_total all = { 0 };

	if (!shares) {
		page->failed = true;
		return;
	}
	for (size_t i = 0; i < bill->package_count; i++)
		shares[i].package = &bill->packages[i];
	for (size_t i = 0; i < bill->file_count; i++) {
		const struct bill_file *file = &bill->files[i];

		report_count(&all, file);
		report_count(file->package == BILL_NO_PACKAGE
				     ? &shares[bill->package_count].total
				     : &shares[file->package].total,
			     file);
	}
	qsort(shares, count, sizeof(*shares), compare_shares);
	for (size_t i = 0; i < count; i++) {
		if (shares[i].package || shares[i].total.files)
			put_share(&shares[i], all.bytes, page);
	}
}
