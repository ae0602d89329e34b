/*
 * --extract: the files of an image put into a directory, without mounting it.
 *
 * The directory appears whole or not at all: it is filled under another name
 * beside its own, which begins with a dot, and renamed. What an image holds
 * cannot lead the writing out of it: every file is made in a directory that is
 * reached without following a link (real_directory.h), and none that is there
 * already is opened.
 */
#ifndef JAILPACK_EXTRACT_H
#define JAILPACK_EXTRACT_H

#include "lib/base.h"
#include "lib/buf.h"
#include "lib/diag.h"
#include "pack/question.h"
#include "pack/string_list.h"

#include <stdbool.h>

struct extract_options {
	const char *directory; /* must not be there yet */
	char *const *paths;    /* NULL-terminated: only what these lead to and
				  what is beneath it; empty: everything */
	/* With owners, set-id bits and devices, which only root can do. Else
	 * they are left out, and that is told. */
	bool privileges;
	bool json;
};

/* Times and permissions are the image's, runs of zeros become holes. -EEXIST
 * if the directory is there, -ENOENT for a path that is not in the image. A
 * signal that asks to stop ends the process once nothing half-made is left. */
int extract_image(const struct subject *subject,
		  const struct extract_options *options, struct buf *text,
		  struct diag *diag) MUST_CHECK;

/* --- For extract*.c alone ------------------------------------------------ */

/* What came of it. */
struct extract_result {
	uint64_t files, bytes;
	/* Left out. */
	struct string_list devices, set_ids;
	bool owners;
};

/* extract_show.c. 0 or -ENOMEM. */
int extract_show(const char *directory, const struct extract_result *result,
		 bool json, struct buf *text, struct diag *diag) MUST_CHECK;

/* extract_file.c. One file that is not a directory, made in `parent`, with
 * time, permissions and, with privileges, owner. 0 or -errno, with a diagnostic
 * if it is about the image. */
struct extract_place {
	int parent;
	const char *name;
	uint32_t time;
	bool privileges;
};

int extract_file(const struct extract_place *place,
		 const struct bill_file *file, struct squash_reader *reader,
		 struct diag *diag) MUST_CHECK;

/* Time, permissions and owner of what `fd` is open on. 0 or -errno. */
int extract_attributes(int fd, const struct bill_file *file, uint32_t time,
		       bool privileges) MUST_CHECK;

#endif
