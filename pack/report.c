#include "pack/report_internal.h"

#include "lib/sha256.h"

#include <errno.h>
#include <string.h>

/* --- Reading the image --- */

static void report_done(struct report *report)
{
	for (size_t i = 0; report->files && i < report->bill.file_count; i++)
		free(report->files[i].needs);
	free(report->files);
	findings_done(&report->findings);
	bill_done(&report->bill);
	config_done(&report->config);
}

static int find_dangers(struct report *report, struct squash_reader *reader,
			struct diag *diag)
{
	const struct check_subject subject = {
		.name = report->subject->name,
		.bill = &report->bill,
		.config = &report->config,
		.content = check_image_content,
		.context = reader,
	};

	return check_run(&subject, &report->findings, diag);
}

static int read_image(struct report *report, struct diag *diag)
{
	CLEANUP_SQUASH_READER struct squash_reader *reader = NULL;
	int r = subject_config(report->subject, &report->config, diag);

	if (r == 0)
		r = subject_bill(report->subject, &report->bill, diag);
	if (r < 0)
		return r;
	if (report->bill.file_count > REPORT_FILES_MAX) {
		(void)diag_set(diag, -E2BIG,
			       "%s has %zu files, and a page shows at most %d",
			       report->subject->name, report->bill.file_count,
			       REPORT_FILES_MAX);
		diag_hint(diag, "--list, --check and --inspect, each with "
				"--json, tell of any number");
		return -E2BIG;
	}
	r = subject_reader(report->subject, &reader, diag);
	if (r == 0)
		r = report_read_objects(report, reader, diag);
	if (r == 0)
		r = find_dangers(report, reader, diag);
	return r;
}

/* --- Writing the page --- */

/*
 * Content-Security-Policy, level 3: nothing is loaded from anywhere, and of
 * what is in the page only the very style and script run that we put there.
 */
static void append_hash(struct buf *page, const char *text)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	uint8_t digest[SHA256_SIZE + 1] = { 0 };

	sha256_digest(text, strlen(text), digest);
	buf_puts(page, "'sha256-");
	/* 32 bytes are 42 digits of six bits, and four bits more. */
	for (size_t bit = 0; bit < 8 * (size_t)SHA256_SIZE; bit += 6) {
		unsigned int pair = (unsigned int)digest[bit / 8] << 8 |
				    digest[bit / 8 + 1];

		buf_putc(page, digits[pair >> (10 - bit % 8) & 63]);
	}
	buf_puts(page, "='");
}

static void put_policy(const struct report *report UNUSED, struct buf *page)
{
	buf_puts(page, "default-src 'none'; style-src ");
	append_hash(page, report_style);
	buf_puts(page, "; script-src ");
	append_hash(page, report_script);
	buf_puts(page, "; base-uri 'none'; form-action 'none'; "
		       "require-trusted-types-for 'script'; "
		       "trusted-types 'none'");
}

static void put_style(const struct report *report UNUSED, struct buf *page)
{
	buf_puts(page, report_style);
}

static void put_script(const struct report *report UNUSED, struct buf *page)
{
	buf_puts(page, report_script);
}

static void put_tool(const struct report *report UNUSED, struct buf *page)
{
	buf_puts(page, "jailpack " JAIL_VERSION);
}

static const struct {
	const char *word;
	void (*put)(const struct report *report, struct buf *page);
} words[] = {
	{ "policy", put_policy },	 { "style", put_style },
	{ "script", put_script },	 { "tool", put_tool },
	{ "name", report_name },	 { "summary", report_summary },
	{ "figures", report_figures },	 { "root-hash", report_root_hash },
	{ "kinds", report_kinds },	 { "findings", report_findings },
	{ "contract", report_contract }, { "directories", report_directories },
	{ "packages", report_packages }, { "files", report_files },
	{ "sections", report_sections }, { "data", report_data },
};

static void put_word(const struct report *report, const char *word,
		     size_t length, struct buf *page)
{
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (strlen(words[i].word) == length &&
		    memcmp(words[i].word, word, length) == 0)
			words[i].put(report, page);
	}
}

static void fill_page(const struct report *report, struct buf *page)
{
	const char *at = report_skeleton;
	const char *word;

	while ((word = strstr(at, "{{"))) {
		const char *end = strstr(word, "}}");

		buf_append(page, at, (size_t)(word - at));
		put_word(report, word + 2, (size_t)(end - word - 2), page);
		at = end + 2;
	}
	buf_puts(page, at);
}

int report_answer(const struct subject *subject, struct buf *text,
		  struct diag *diag)
{
	CLEANUP(report_done) struct report report = { .subject = subject };
	int r = read_image(&report, diag);

	if (r < 0)
		return r;
	fill_page(&report, text);
	return buf_check(text) < 0 ? diag_oom(diag) : 0;
}
