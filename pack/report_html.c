/* The bricks of the page. */
#include "lib/printable.h"
#include "pack/report_internal.h"

#include <inttypes.h>
#include <sys/stat.h>

void report_escaped(struct buf *page, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '&':
			buf_puts(page, "&amp;");
			break;
		case '<':
			buf_puts(page, "&lt;");
			break;
		case '>':
			buf_puts(page, "&gt;");
			break;
		case '"':
			buf_puts(page, "&quot;");
			break;
		case '\'':
			buf_puts(page, "&#39;");
			break;
		default:
			buf_putc(page, *text);
		}
	}
}

void report_text(struct buf *page, const char *text)
{
	CLEANUP_BUF struct buf shown = BUF_INIT;

	printable_puts(&shown, text);
	if (buf_check(&shown) < 0)
		page->failed = true;
	else if (shown.length)
		report_escaped(page, shown.data);
}

/* Ten-thousandths of the width; whole numbers are the same everywhere. */
enum { BAR_WIDTH = 10000 };

static uint64_t part_of_bar(uint64_t size, uint64_t all)
{
	return all ? (uint64_t)((unsigned __int128)size * BAR_WIDTH / all) : 0;
}

void report_bar(struct buf *page, const struct report_part *parts, size_t count,
		uint64_t all)
{
	uint64_t before = 0;

	buf_printf(page,
		   "<svg class=\"bar\" viewBox=\"0 0 %d 1\" "
		   "preserveAspectRatio=\"none\" aria-hidden=\"true\">",
		   BAR_WIDTH);
	for (size_t i = 0; i < count; i++) {
		uint64_t left = part_of_bar(before, all);

		before += parts[i].size;
		buf_printf(page,
			   "<rect class=\"%s\" x=\"%" PRIu64
			   "\" width=\"%" PRIu64 "\" height=\"1\"/>",
			   parts[i].class, left,
			   part_of_bar(before, all) - left);
	}
	buf_puts(page, "</svg>");
}

void report_link(struct buf *page, const struct report *report,
		 const struct bill_file *file)
{
	buf_printf(page, "<a href=\"#f%zu\">",
		   (size_t)(file - report->bill.files));
	report_text(page, file->path);
	buf_puts(page, "</a>");
}

void report_count(struct report_total *total, const struct bill_file *file)
{
	if (!S_ISREG(file->mode))
		return;
	total->files++;
	total->bytes += file->size;
}

const char *report_kind_name(enum report_kind kind)
{
	static const char *const names[] = {
		[REPORT_PROGRAM] = "program",
		[REPORT_LIBRARY] = "library",
		[REPORT_CONFIGURATION] = "configuration",
		[REPORT_DATA] = "data",
		[REPORT_NOT_REGULAR] = "",
	};

	return names[kind];
}
