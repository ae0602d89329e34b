/*
 * The bill of materials: every file of an image, where it came from and why
 * it is there. JSON in the image, described in jail-image(5).
 */
#ifndef JAIL_BILL_H
#define JAIL_BILL_H

#include "lib/base.h"
#include "lib/diag.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum {
	BILL_BYTES_MAX = 256 << 20, /* of the JSON document */
	BILL_DIGEST_SIZE = 32,	    /* SHA-256 */
};

#define BILL_NO_PACKAGE SIZE_MAX

struct bill_package {
	char *name;
	char *version;
	char *architecture;
	char *suite; /* of Debian, that it was asked for from; or NULL */
};

struct bill_file {
	char *path;  /* normal and absolute; "/" is there too */
	mode_t mode; /* type and permissions */
	uint32_t uid, gid;
	uint64_t size;		   /* of a regular file */
	unsigned int major, minor; /* of a device */
	char *target;		   /* of a symbolic link */
	bool has_digest;	   /* a regular file has */
	uint8_t digest[BILL_DIGEST_SIZE];
	size_t package; /* index, or BILL_NO_PACKAGE */
	char *reason;	/* why it is there, one line of plain text */
	char *because;	/* the path of the file that asked for it, or NULL if
			   the recipe did; following it always ends */
};

struct bill {
	struct bill_package *packages;
	size_t package_count;
	struct bill_file *files; /* in the order of bill_compare_paths() */
	size_t file_count;
};

#define BILL_INIT ((struct bill){ 0 })
#define CLEANUP_BILL CLEANUP(bill_done)

void bill_done(struct bill *bill);

/*
 * The order of a walk through the tree: a directory before what it holds,
 * siblings in strcmp order of their names. That is strcmp's order if a slash
 * were less than any other character. <0, 0, >0.
 */
int bill_compare_paths(const char *a, const char *b);

/* The file with that path, or NULL. Binary search. */
const struct bill_file *bill_find(const struct bill *bill, const char *path);

/*
 * Read the JSON document and check it; -EBADMSG and the reason if it is not
 * one. *ret_bill is untouched on failure.
 */
int bill_read(const char *json, size_t length, struct bill *ret_bill,
	      struct diag *diag) MUST_CHECK;

/*
 * Writing goes file by file, so that an image of any size costs little
 * memory: begin with the packages, then every file in order, then end.
 * The text goes through `write`, which returns 0 or -errno.
 */
struct bill_writer {
	int (*write)(void *context, const void *data, size_t length);
	void *context;
	bool any; /* a file was written */
};

int bill_write_begin(struct bill_writer *writer,
		     const struct bill_package *packages, size_t count,
		     struct diag *diag) MUST_CHECK;
int bill_write_file(struct bill_writer *writer, const struct bill_file *file,
		    struct diag *diag) MUST_CHECK;
int bill_write_end(struct bill_writer *writer, struct diag *diag) MUST_CHECK;

#endif
