/*
 * The questions that can be asked of an image. Each is answered in a file of
 * its own, as text for people or as JSON, appended to a buffer: nothing here
 * prints.
 */
#ifndef JAILPACK_QUESTION_H
#define JAILPACK_QUESTION_H

#include "lib/base.h"
#include "lib/bill.h"
#include "lib/buf.h"
#include "lib/config.h"
#include "lib/diag.h"
#include "lib/image.h"
#include "pack/squash_read.h"

#include <stdbool.h>

/* An image whose root hash was found to be that of its content. */
struct subject {
	const char *name; /* as the operator gave it; not owned */
	int fd;
	struct image_layout layout;
};

#define SUBJECT_INIT ((struct subject){ .fd = -1 })
#define CLEANUP_SUBJECT CLEANUP(subject_done)

/* Open and verify, every byte of the hash tree too if `whole`. The diagnostic
 * names the file. */
int subject_open(const char *path, bool whole, struct subject *ret_subject,
		 struct diag *diag) MUST_CHECK;
void subject_done(struct subject *subject);

/* True for a file that begins as an image does. */
bool subject_is_image(const char *path);

int subject_bill(const struct subject *subject, struct bill *ret_bill,
		 struct diag *diag) MUST_CHECK;
int subject_config(const struct subject *subject, struct config *ret_config,
		   struct diag *diag) MUST_CHECK;

/* The file system, for the contents of its files. */
int subject_reader(const struct subject *subject,
		   struct squash_reader **ret_reader,
		   struct diag *diag) MUST_CHECK;

/* --list: every file, as ls -l would; as JSON, the bill itself. */
int list_answer(const struct subject *subject, bool json, struct buf *text,
		struct diag *diag) MUST_CHECK;

/* --inspect: sections, contract, packages. */
int inspect_answer(const struct subject *subject, bool json, struct buf *text,
		   struct diag *diag) MUST_CHECK;

/*
 * --why: the chain of reasons for the file at `path`, which is followed
 * through the links of the image if need be. -ENOENT, with a suggestion, if it
 * leads to nothing.
 */
int why_answer(const struct subject *subject, const char *path, bool json,
	       struct buf *text, struct diag *diag) MUST_CHECK;

/*
 * --verify: beyond what subject_open() did, that contract and bill can be read
 * and that the file system holds just what the bill lists. -EBADMSG if not.
 * A signature has to be good by a certificate in the directory `trust`, and
 * there has to be one; without a directory, by one of those that are installed,
 * if there is a signature.
 */
int verify_answer(const struct subject *subject, const char *trust, bool json,
		  struct buf *text, struct diag *diag) MUST_CHECK;

/* --cat: the content of the file that `path` leads to, through the links of
 * the image if need be, written to a descriptor as it is. */
int cat_answer(const struct subject *subject, const char *path, int output,
	       struct diag *diag) MUST_CHECK;

/*
 * --sbom: a CycloneDX 1.5 document. The same image gives the same bytes; with
 * a `time`, in seconds since 1970, it is dated.
 */
int sbom_answer(const struct subject *subject, const uint32_t *time,
		struct buf *text, struct diag *diag) MUST_CHECK;

/*
 * --diff: what of `new` is not as in `old`, by package, library, set-id bit,
 * contract, configuration text and size. *ret_different: the root hashes are
 * not the same.
 */
int diff_answer(const struct subject *old, const struct subject *new, bool json,
		struct buf *text, bool *ret_different,
		struct diag *diag) MUST_CHECK;

/*
 * --report: everything about the image as one HTML page that needs nothing
 * beside it and loads nothing from anywhere. The same image gives the same
 * bytes. -E2BIG for an image of more files than a browser can show.
 */
int report_answer(const struct subject *subject, struct buf *text,
		  struct diag *diag) MUST_CHECK;

/* The same into the file that `output` names, which appears whole or not at
 * all, or into NAME.html if it is a directory, or on standard output if it is
 * "-", which must not be a terminal. Tells in `text` where it is. */
int report_write(const struct subject *subject, const char *output,
		 struct buf *text, struct diag *diag) MUST_CHECK;

#endif
