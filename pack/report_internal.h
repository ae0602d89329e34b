/*
 * The page of --report: for the files report*.c alone.
 *
 * report.html is the page with {{words}} in it, and each word is put by one
 * function from what was read of the image. Nothing that an image says
 * reaches the page but through report_text() and report_escaped(), or through
 * report_data(), which is JSON without a "<" in it.
 */
#ifndef JAILPACK_REPORT_INTERNAL_H
#define JAILPACK_REPORT_INTERNAL_H

#include "lib/base.h"
#include "lib/bill.h"
#include "lib/buf.h"
#include "lib/config.h"
#include "lib/diag.h"
#include "pack/check.h"
#include "pack/question.h"

enum { REPORT_FILES_MAX = 100000 }; /* a browser shows no more */

/* What a file is for whoever looks at the page. */
enum report_kind {
	REPORT_PROGRAM,	      /* ELF, or a script */
	REPORT_LIBRARY,	      /* any other ELF object: modules, too */
	REPORT_CONFIGURATION, /* what is below /etc */
	REPORT_DATA,
	REPORT_KINDS, /* how many there are */
	REPORT_NOT_REGULAR = REPORT_KINDS
};

const char *report_kind_name(enum report_kind kind);

/* What the bill does not tell of a file. */
struct report_file {
	enum report_kind kind;
	size_t *needs; /* files of the bill that the object needs by name */
	size_t need_count;
};

struct report {
	const struct subject *subject;
	struct config config;
	struct bill bill;
	struct findings findings;
	struct report_file *files; /* one for each of the bill's */
};

/*
 * Read the files: which kind each is, and for ELF objects which others they
 * need: their interpreter, DT_NEEDED, and the notes about dlopen, as far as
 * the image has them. Names are looked for in the object's own directory
 * first, then anywhere else in the image, as long as the object is of the same
 * machine.
 */
int report_read_objects(struct report *report, struct squash_reader *reader,
			struct diag *diag) MUST_CHECK;

/* --- Text --- */

/* What somebody else chose, made printable and escaped for HTML, content and
 * quoted attributes alike. */
void report_text(struct buf *page, const char *text);

/* The second half of that, for what is printable already. */
void report_escaped(struct buf *page, const char *text);

/* Shares of a whole, as a bar: an SVG picture of `parts` that are filled by
 * the classes of their kinds. `all` may be 0. */
struct report_part {
	const char *class; /* of the page's style */
	uint64_t size;
};
void report_bar(struct buf *page, const struct report_part *parts, size_t count,
		uint64_t all);

/* The path of a file of the bill, as a link to its row. */
void report_link(struct buf *page, const struct report *report,
		 const struct bill_file *file);

/* What the regular files of the image take, and how many they are. */
struct report_total {
	uint64_t files, bytes;
};
void report_count(struct report_total *total, const struct bill_file *file);

/* --- What is put in the place of words --- */

/* Each appends to the page; what goes wrong is memory, and that the buffer
 * remembers, but for what can fail in other ways. */
void report_name(const struct report *report, struct buf *page);
void report_summary(const struct report *report, struct buf *page);
void report_figures(const struct report *report, struct buf *page);
void report_root_hash(const struct report *report, struct buf *page);
void report_kinds(const struct report *report, struct buf *page);
void report_findings(const struct report *report, struct buf *page);
void report_contract(const struct report *report, struct buf *page);
void report_directories(const struct report *report, struct buf *page);
void report_packages(const struct report *report, struct buf *page);
void report_files(const struct report *report, struct buf *page);
void report_sections(const struct report *report, struct buf *page);
void report_data(const struct report *report, struct buf *page);

/* --- What is part of the page whatever the image (report_assets.c) --- */

extern const char report_skeleton[]; /* report.html */
extern const char report_style[];    /* report_*.css, one after the other */
extern const char report_script[];   /* report_*.js, likewise */

#endif
