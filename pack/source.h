/*
 * Where a recipe's paths are looked up: the packing host itself, a directory,
 * Debian packages unpacked into a cache, or an archive. Whatever it is, it is a
 * directory with a root of its own: no link leads out of it.
 */
#ifndef JAILPACK_SOURCE_H
#define JAILPACK_SOURCE_H

#include "lib/base.h"
#include "lib/buf.h"
#include "lib/diag.h"
#include "lib/sha256.h"
#include "pack/lock.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct source;

/* One thing in a source, its last component not followed. */
struct source_entry {
	mode_t mode;
	uint64_t size;
	unsigned int major, minor;
	char *target;	   /* of a symbolic link */
	const char *user;  /* owner's and group's names as the source knows */
	const char *group; /* them; "root" where it does not. Owned by it. */
	const struct source_package *package; /* that it belongs to, or NULL */
};

struct source_package {
	const char *name, *version, *architecture;
	char *const *files; /* normal paths, sorted, NULL-terminated: files and
			       links, and the directories it brings */
};

void source_entry_done(struct source_entry *entry);

/* `directory` as the operator says it; NULL is the host's "/". */
int source_open_directory(const char *directory, struct source **ret_source,
			  struct diag *diag) MUST_CHECK;

/*
 * Debian packages and all that they depend on, of `suite` (NULL: what the
 * host's own apt sources offer), fetched with apt's own client into `cache`,
 * verified by apt, unpacked there. No privileges are needed, and nothing of
 * the host changes. `names` may carry a version: apache2=2.4.62-1.
 */
struct debian_options {
	const char *suite;
	const char *cache;  /* directory; NULL: $XDG_CACHE_HOME/jailpack, or
			       /var/cache/jailpack for root */
	char *const *names; /* NULL-terminated */
	bool refresh;	    /* fetch the package lists even if they are new */
	const struct lock *pins; /* exactly the packages of this one, without
				    asking what depends on what; or NULL */
	const char *pins_path;	 /* what messages call it */
	struct lock *record; /* is told which packages were taken; or NULL */
	void (*progress)(void *context, const char *text); /* or NULL */
	void (*warn)(void *context, const char *text);	   /* or NULL */
	void *context;
};
int source_open_debian(const struct debian_options *options,
		       struct source **ret_source,
		       struct diag *diag) MUST_CHECK;

/*
 * The archive `path`, unpacked by unpack.h's rules into a directory of the
 * cache that is removed with the source. `name` is what messages call it.
 * Devices, FIFOs and sockets are left out: a line for each is appended to
 * `ignored`. -EBADMSG and -EFBIG as in archive.h.
 */
struct archive_options {
	const char *path, *name;
	const char *cache; /* as above */
	/* Told the file's SHA-256 before anything of it is unpacked, and what
	 * it returns is returned if it is not 0; or NULL. */
	int (*examine)(void *context, const uint8_t sha256[SHA256_SIZE],
		       struct diag *diag);
	void *context;
};
int source_open_archive(const struct archive_options *options,
			struct buf *ignored, struct source **ret_source,
			struct diag *diag) MUST_CHECK;

void source_free(struct source *source);

/* How it is called in messages and reasons: "the host", "Debian bookworm". */
const char *source_name(const struct source *source);

/* The suite of Debian that its packages are of, if the recipe says so; NULL
 * for packages of the host, whatever they are of, and where there are none. */
const char *source_suite(const struct source *source);

/* Normal path; parents that are links are followed. -ENOENT without a
 * diagnostic if there is nothing. */
int source_lstat(struct source *source, const char *path,
		 struct source_entry *ret_entry, struct diag *diag) MUST_CHECK;

/* A read-only descriptor. */
int source_open(struct source *source, const char *path, int *ret_fd,
		struct diag *diag) MUST_CHECK;

/* Names in a directory, sorted, NULL-terminated; the caller frees them. */
int source_list(struct source *source, const char *path, char ***ret_names,
		struct diag *diag) MUST_CHECK;

const struct source_package *source_find_package(struct source *source,
						 const char *name);

/*
 * The uid and gid that the source has for a user or group: its own passwd
 * and group, or Debian's static ones (base-passwd). -ENOENT if it has none.
 */
int source_find_user(struct source *source, const char *name, uint32_t *ret_uid,
		     uint32_t *ret_gid) MUST_CHECK;
int source_find_group(struct source *source, const char *name,
		      uint32_t *ret_gid) MUST_CHECK;

/* Every path that matches a pattern of path_match(), sorted, links not
 * followed; the caller frees them. */
int source_match(struct source *source, const char *pattern, char ***ret_paths,
		 struct diag *diag) MUST_CHECK;

#endif
