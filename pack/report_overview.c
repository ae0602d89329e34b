/* The head of the page, and its foot: the image in a few figures. */
#include "lib/show.h"
#include "pack/report_internal.h"

#include <inttypes.h>
#include <string.h>

void report_name(const struct report *report, struct buf *page)
{
	report_text(page, report->config.name);
}

void report_summary(const struct report *report, struct buf *page)
{
	const struct config *config = &report->config;

	if (config->summary && *config->summary) {
		buf_puts(page, "<p class=\"summary\">");
		report_text(page, config->summary);
		buf_puts(page, "</p>");
	}
	if (config->version && *config->version) {
		buf_puts(page, "<p class=\"version\">Version ");
		report_text(page, config->version);
		buf_puts(page, "</p>");
	}
}

/* "Files" over "68" over "5.2 MB": the last two are for the caller to put. */
static void begin_figure(struct buf *page, const char *name)
{
	buf_printf(page, "<div><dt>%s</dt><dd>", name);
}

static void between(struct buf *page)
{
	buf_puts(page, "</dd><dd>");
}

static void end_figure(struct buf *page)
{
	buf_puts(page, "</dd></div>\n");
}

static void put_ports(const struct config *config, struct buf *page)
{
	begin_figure(page, "Listens on");
	for (size_t i = 0; i < config->listen_count; i++)
		buf_printf(page, "%s%u", i ? ", " : "",
			   config->listens[i].port);
	if (!config->listen_count)
		buf_puts(page, "nothing");
	between(page);
	for (size_t i = 0; i < config->listen_count; i++)
		buf_printf(page, "%s%s", i ? ", " : "",
			   config->listens[i].udp ? "udp" : "tcp");
	end_figure(page);
}

static void put_findings(const struct findings *findings, struct buf *page)
{
	begin_figure(page, "Findings");
	buf_printf(page, "%zu", findings->count);
	between(page);
	buf_printf(page, "score %" PRIu64, findings->score);
	end_figure(page);
}

void report_figures(const struct report *report, struct buf *page)
{
	const struct bill *bill = &report->bill;
	struct report_total total = { 0 };
	struct report_total loose = { 0 };

	for (size_t i = 0; i < bill->file_count; i++) {
		report_count(&total, &bill->files[i]);
		if (bill->files[i].package == BILL_NO_PACKAGE)
			report_count(&loose, &bill->files[i]);
	}
	begin_figure(page, "Image");
	show_size(page, report->subject->layout.file_length);
	between(page);
	buf_puts(page, "compressed, with its hashes");
	end_figure(page);
	begin_figure(page, "Files");
	buf_printf(page, "%" PRIu64, total.files);
	between(page);
	show_size(page, total.bytes);
	end_figure(page);
	begin_figure(page, "Packages");
	buf_printf(page, "%zu", bill->package_count);
	between(page);
	buf_printf(page, "%" PRIu64 " %s of none", loose.files,
		   loose.files == 1 ? "file" : "files");
	end_figure(page);
	put_findings(&report->findings, page);
	put_ports(&report->config, page);
}

/* In groups that can be compared by eye; a copy has no spaces. */
void report_root_hash(const struct report *report, struct buf *page)
{
	enum { GROUP = 8 };
	char hash[2 * HASHTREE_DIGEST_SIZE + 1];

	root_hash_format(report->subject->layout.root_hash, hash);
	for (size_t i = 0; hash[i]; i += GROUP)
		buf_printf(page, "<span>%.*s</span><wbr>", GROUP, hash + i);
}

/* What the bytes are, which explains the colours as well. */
void report_kinds(const struct report *report, struct buf *page)
{
	static const char *const classes[] = {
		[REPORT_PROGRAM] = "program",
		[REPORT_LIBRARY] = "library",
		[REPORT_CONFIGURATION] = "configuration",
		[REPORT_DATA] = "data",
	};
	static const char *const names[] = {
		[REPORT_PROGRAM] = "Programs",
		[REPORT_LIBRARY] = "Libraries and modules",
		[REPORT_CONFIGURATION] = "Configuration",
		[REPORT_DATA] = "Data",
	};
	struct report_total totals[REPORT_KINDS] = { 0 };
	struct report_part parts[REPORT_KINDS];
	uint64_t all = 0;

	for (size_t i = 0; i < report->bill.file_count; i++) {
		if (report->files[i].kind < REPORT_KINDS)
			report_count(&totals[report->files[i].kind],
				     &report->bill.files[i]);
	}
	for (size_t kind = 0; kind < REPORT_KINDS; kind++) {
		parts[kind] = (struct report_part){ classes[kind],
						    totals[kind].bytes };
		all += totals[kind].bytes;
	}
	report_bar(page, parts, REPORT_KINDS, all);
	buf_puts(page, "\n<ul class=\"legend\">\n");
	for (size_t kind = 0; kind < REPORT_KINDS; kind++) {
		buf_printf(page, "<li class=\"%s\"><b>%s</b> ", classes[kind],
			   names[kind]);
		show_size(page, totals[kind].bytes);
		buf_printf(page, "<span> in %" PRIu64 " %s</span></li>\n",
			   totals[kind].files,
			   totals[kind].files == 1 ? "file" : "files");
	}
	buf_puts(page, "</ul>");
}

void report_sections(const struct report *report, struct buf *page)
{
	const struct image_layout *layout = &report->subject->layout;
	const struct {
		const char *name;
		uint64_t length;
	} sections[] = {
		{ "File system (squashfs)", layout->squashfs_length },
		{ "Contract and bill of materials", layout->manifest_length },
		{ "Hash tree (dm-verity)", layout->tree_length },
		{ "Signature", layout->signature_length },
		{ "Whole file", layout->file_length },
	};

	for (size_t i = 0; i < ARRAY_SIZE(sections); i++) {
		buf_printf(page, "<div><dt>%s</dt><dd>", sections[i].name);
		if (sections[i].length)
			buf_printf(page, "%" PRIu64 " bytes",
				   sections[i].length);
		else
			buf_puts(page, "none");
		buf_puts(page, "</dd></div>\n");
	}
}
