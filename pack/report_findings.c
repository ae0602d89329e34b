/* What --check finds. */
#include "pack/report_internal.h"

#include <inttypes.h>

/* From how many points on a finding is shown as what. */
enum { GRAVE = 15, SERIOUS = 8 };

static const char *weight_class(unsigned int points)
{
	if (points >= GRAVE)
		return "grave";
	return points >= SERIOUS ? "serious" : "slight";
}

static void put_finding(const struct report *report,
			const struct finding *finding, struct buf *page)
{
	const struct bill_file *file =
		finding->path ? bill_find(&report->bill, finding->path) : NULL;

	buf_puts(page, "<li>");
	if (file) {
		report_link(page, report, file);
		buf_putc(page, ' ');
	}
	report_text(page, finding->text);
	buf_puts(page, "</li>\n");
}

void report_findings(const struct report *report, struct buf *page)
{
	const struct findings *findings = &report->findings;
	const struct check *check = NULL;

	if (!findings->count) {
		buf_puts(page, "<p class=\"none\">No check found anything."
			       "</p>\n");
		return;
	}
	buf_printf(page,
		   "<p class=\"score\">Score <b>%" PRIu64
		   "</b>, the less the better.</p>\n<dl class=\"findings\">\n",
		   findings->score);
	for (size_t i = 0; i < findings->count; i++) {
		const struct finding *finding = &findings->list[i];

		if (finding->check != check) {
			if (check)
				buf_puts(page, "</ul></dd></div>\n");
			check = finding->check;
			buf_printf(page,
				   "<div><dt class=\"%s\"><b>%u</b> %s</dt>"
				   "<dd><ul>\n",
				   weight_class(check->points), check->points,
				   check->id);
		}
		put_finding(report, finding, page);
	}
	buf_puts(page, "</ul></dd></div>\n</dl>\n");
}
