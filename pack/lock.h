/*
 * A lock file: what a recipe was packed from, so that it is packed from the
 * same again. Text; jail-recipe(5), LOCK FILES, has it line by line:
 *
 *     jailpack lock 1
 *     archive SHA256 FILE
 *     build SHA256 NUMBER
 *     debian NAME ARCHITECTURE VERSION SIZE SHA256 named|needed
 *     host NAME ARCHITECTURE VERSION
 *     suite SUITE|-
 *
 * sorted by kind, name and architecture. What is read is exactly what would be
 * written. Everything here is pure.
 */
#ifndef JAILPACK_LOCK_H
#define JAILPACK_LOCK_H

#include "lib/base.h"
#include "lib/buf.h"
#include "lib/diag.h"
#include "lib/sha256.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	LOCK_BYTES_MAX = 16 << 20,
	LOCK_ENTRIES_MAX = 65536,
	LOCK_NAME_MAX = 4095, /* of an archive; those of packages are short */
	LOCK_WORD_MAX = 256,
};

/* In the order in which they stand. */
enum lock_kind {
	LOCK_ARCHIVE, /* name: the file, relative to the recipe's directory */
	LOCK_BUILD,   /* name: which command of the recipe's `build`s, from 1 */
	LOCK_DEBIAN,  /* a package that was fetched */
	LOCK_HOST,    /* a package of the host's, as its dpkg has it */
	LOCK_SUITE,   /* name: of the fetched packages, "-" for the host's own
			 sources; one, if there are any */
};

struct lock_entry {
	enum lock_kind kind;
	char *name;
	char *architecture, *version; /* of a package */
	uint64_t size;		      /* of a fetched one's file */
	uint8_t sha256[SHA256_SIZE];  /* of a file, or of what was built */
	bool named; /* the recipe asks for it, not only another package */
};

struct lock {
	struct lock_entry *entries;
	size_t count;
};

#define LOCK_INIT ((struct lock){ 0 })
#define CLEANUP_LOCK CLEANUP(lock_done)

void lock_done(struct lock *lock);

/*
 * `path` names the file in messages. -EBADMSG with the line for whatever
 * lock_format() would not have written. *ret_lock is untouched on failure.
 */
int lock_parse(const char *path, const char *text, size_t length,
	       struct lock *ret_lock, struct diag *diag) MUST_CHECK;

/* Sorts the entries and appends the text. */
int lock_format(struct lock *lock, struct buf *text,
		struct diag *diag) MUST_CHECK;

/*
 * Add a copy of the entry; one that is there already with all its values is
 * not added again. -EINVAL for what cannot stand in a lock file, and for a
 * second one of the same kind, name and architecture that differs.
 */
int lock_add(struct lock *lock, const struct lock_entry *entry,
	     struct diag *diag) MUST_CHECK;

/* NULL if there is none; any architecture if that is NULL. */
const struct lock_entry *lock_find(const struct lock *lock, enum lock_kind kind,
				   const char *name, const char *architecture);

bool lock_has(const struct lock *lock, enum lock_kind kind);

#endif
