/*
 * --diff: what differs between two images. The comparison is made first, and
 * told afterwards, as text or as JSON.
 */
#ifndef JAILPACK_DIFF_H
#define JAILPACK_DIFF_H

#include "lib/base.h"
#include "lib/bill.h"
#include "lib/buf.h"
#include "lib/config.h"
#include "lib/diag.h"
#include "pack/elf.h"
#include "pack/question.h"
#include "pack/text_diff.h"

#include <jansson.h>
#include <stdbool.h>

enum {
	DIFF_TEXT_MAX = 256 << 10, /* larger files are not compared by lines */
	DIFF_OBJECT_MAX = 256 << 20, /* nor looked into for what they need */
};

enum diff_kind { DIFF_ADDED, DIFF_REMOVED, DIFF_CHANGED };

/* One of the two images. */
struct diff_side {
	const struct subject *subject;
	struct bill bill;
	struct config config;
	json_t *contract;
	struct squash_reader *reader;
	uint64_t files, bytes;
	bool *package_changed; /* by the package's index in the bill */
};

/* A package; NULL where it is not there. */
struct diff_package {
	enum diff_kind kind;
	const struct bill_package *old, *new;
};

/* A file that is not the same in both; the bills own the files. */
struct diff_file {
	enum diff_kind kind;
	const struct bill_file *old, *new;
	bool content;	 /* both are regular files, and it differs */
	bool owner_mode; /* both are of one type, and these differ */
	bool is_object[2];
	struct elf object[2]; /* old and new, where it is an ELF object */
	bool too_large;	      /* to look into */
	char *text;	      /* a unified diff, or NULL */
	struct text_diff_count lines;
	/* It only came with another version of its package. */
	bool with_package;
};

/* A program or library. `old` and `new` may be files of different names with
 * the same soname; either is NULL where it is not there. */
struct diff_object {
	enum diff_kind kind;
	const struct diff_file *old, *new;
};

/* A value of the contract, where the path leads to. */
struct diff_value {
	enum diff_kind kind;
	char *path;	   /* "linux.resources.memory.limit" */
	json_t *old, *new; /* borrowed; NULL where it is not there */
};

/* What takes how much: a package, or a directory for what is of none. */
struct diff_size {
	char *name;
	bool is_package;
	uint64_t old, new;
};

struct diff {
	struct diff_side sides[2]; /* old, new */
	struct diff_package *packages;
	size_t package_count;
	struct diff_file *files; /* in the order of the bills */
	size_t file_count;
	struct diff_object *objects;
	size_t object_count;
	uint64_t capabilities[2]; /* those that only one has */
	struct diff_value *values;
	size_t value_count;
	struct diff_size *sizes; /* those that differ, the most first */
	size_t size_count;
};

#define DIFF_INIT ((struct diff){ 0 })
#define CLEANUP_DIFF CLEANUP(diff_done)

void diff_done(struct diff *diff);

/* Compare. The subjects must outlive *ret_diff, which is to be given to
 * diff_done() also on failure. */
int diff_images(const struct subject *old, const struct subject *new,
		struct diff *ret_diff, struct diag *diag) MUST_CHECK;

/* True if the root hashes are the same. */
bool diff_is_same(const struct diff *diff);

/* --- The parts of it; each fills its members of the struct --- */

/* diff_packages.c: packages and sizes. 0 or -ENOMEM. */
int diff_packages(struct diff *diff) MUST_CHECK;
int diff_sizes(struct diff *diff) MUST_CHECK;
/* The same version of the file's package is in both images, or it has none. */
bool diff_package_is_same(const struct diff *diff, const struct bill_file *old,
			  const struct bill_file *new);

/* diff_content.c: what is in the files that differ, and the objects. */
int diff_content(struct diff *diff, struct diag *diag) MUST_CHECK;

/* diff_contract.c: 0 or -ENOMEM. Keys are in strcmp order in both, as they are
 * in contracts. Elements of lists are compared as members of a set, objects in
 * a list by the member that names them. */
int diff_contract(json_t *old, json_t *new, struct diff_value **ret_values,
		  size_t *ret_count) MUST_CHECK;
void diff_values_done(struct diff_value *values, size_t count);

/* --- Telling it --- */

void diff_show(const struct diff *diff, struct buf *text);
int diff_show_json(const struct diff *diff, struct buf *text,
		   struct diag *diag) MUST_CHECK;

#endif
