/*
 * --check: what about an image, or about what a recipe would pack, helps
 * whoever has broken into the service.
 *
 * Every check is one row of a table. The score is, for each check that found
 * something, its points, and one more for each further finding, up to its
 * points once again: a second shell is not as bad as the first.
 */
#ifndef JAILPACK_CHECK_H
#define JAILPACK_CHECK_H

#include "lib/base.h"
#include "lib/bill.h"
#include "lib/buf.h"
#include "lib/config.h"
#include "lib/diag.h"
#include "pack/elf.h"
#include "pack/question.h"
#include "pack/tree.h"

#include <stdbool.h>

/* Larger files are not looked into. */
enum { CHECK_CONTENT_MAX = 256 << 20 };

/* What is checked. The bill needs no digests. */
struct check_subject {
	const char *name; /* as the operator gave it */
	const struct bill *bill;
	const struct config *config;
	/* Append the content of a regular file that is not larger than
	 * CHECK_CONTENT_MAX. */
	int (*content)(void *context, const char *path, struct buf *content,
		       struct diag *diag);
	void *context;
};

struct findings;

/* One row; of the functions it has the one that it needs. */
struct check {
	const char *id;
	unsigned int points;
	const char *text; /* what is wrong with the file, or NULL */
	bool (*file)(const struct check_subject *subject,
		     const struct bill_file *file);
	bool (*content)(const struct bill_file *file,
			const struct buf *content); /* no ELF object */
	bool (*object)(const struct bill_file *file, const struct elf *elf);
	int (*contract)(const struct check *check, const struct config *config,
			struct findings *findings);
};

struct finding {
	const struct check *check;
	char *path; /* NULL: it is about the contract */
	char *text;
};

struct findings {
	struct finding *list; /* by points, the most first */
	size_t count;
	uint64_t score;
};

#define FINDINGS_INIT ((struct findings){ 0 })
#define CLEANUP_FINDINGS CLEANUP(findings_done)

void findings_done(struct findings *findings);

/* Both are copied; `path` may be NULL. 0 or -ENOMEM. */
int findings_add(struct findings *findings, const struct check *check,
		 const char *path, const char *text) MUST_CHECK;

/* Sort them and find the score. */
void findings_rate(struct findings *findings);

/* The tables, which end with a row without an id. */
extern const struct check checks_of_files[];
extern const struct check checks_of_content[];
extern const struct check checks_of_contract[];
extern const struct check check_unused_library;

/* The symbols that the checks of objects ask about; NULL-terminated. */
extern const char *const check_symbols[];

/* Every check. *ret_findings is rated, and untouched on failure. */
int check_run(const struct check_subject *subject,
	      struct findings *ret_findings, struct diag *diag) MUST_CHECK;

/* `content` of an image's files; the context is a struct squash_reader *. */
int check_image_content(void *context, const char *path, struct buf *content,
			struct diag *diag) MUST_CHECK;

/* Check, append the answer, and give the score: of an image, and of the tree
 * that a recipe came to. */
int check_image(const struct subject *subject, bool json, struct buf *text,
		uint64_t *ret_score, struct diag *diag) MUST_CHECK;
int check_tree(const char *name, const struct tree *tree,
	       const struct config *config, bool json, struct buf *text,
	       uint64_t *ret_score, struct diag *diag) MUST_CHECK;

#endif
