/*
 * Where a path leads beneath a root, step by step, as far as it leads: what a
 * process that is shut in there finds, or at what it fails.
 *
 * A walk opens nothing but with O_PATH, so that nothing blocks and no device
 * or FIFO notices. Every step is taken by openat2(2) from the root, beneath it,
 * through no link: links are read and followed here, by name, those of /proc
 * too, and so cannot lead out, whoever made them. Between
 * two steps the tree may change; the answer is then as good as the caller's
 * own would have been.
 */
#ifndef JAILMOUNT_WALK_H
#define JAILMOUNT_WALK_H

#include "lib/base.h"

#include <stdbool.h>
#include <sys/stat.h>

enum {
	WALK_PATH_MAX = 4096, /* with the NUL, as the kernel's PATH_MAX */
	WALK_LINKS_MAX = 40,  /* as the kernel's MAXSYMLINKS */
};

enum walk_end {
	WALK_FOUND,
	WALK_MISSING,	    /* the directory is there, the name in it is not */
	WALK_NOT_DIRECTORY, /* something on the way is none */
	WALK_LOOP,	    /* too many links */
	WALK_REFUSED,	    /* by `enter`, or by the kernel, or too long */
};

struct walk_link {
	char *path; /* free of links but for the last component */
	char *target;
};

struct walk {
	enum walk_end end;
	/* Found: where, free of links but for the last component of a link
	 * that was not to be followed. Otherwise: what was looked for, all
	 * links on the way followed. */
	char *path;
	char *directory;    /* the last directory that was found */
	bool last;	    /* nothing is missing but the last component */
	struct stat status; /* of what was found */
	struct walk_link *links;
	size_t link_count;
};

#define WALK_INIT ((struct walk){ .end = WALK_REFUSED })
#define CLEANUP_WALK CLEANUP(walk_done)

struct walk_from {
	int root;
	const char *floor; /* what is "/" to the path, and above which no ".."
			      leads; normal */
	const char *start; /* where a relative path begins; within the floor */
	bool follow;	   /* the last component, if it is a link */
	/* Whether a directory may be looked into; NULL for all. */
	bool (*enter)(void *context, const struct stat *directory);
	void *context;
};

void walk_done(struct walk *walk);

/* 0, -ENOMEM, or -ENAMETOOLONG. */
int walk_to(const struct walk_from *from, const char *path,
	    struct walk *ret_walk) MUST_CHECK;

/* Open what is at `path`, which walk_to() gave: no link is followed. A
 * descriptor, or -errno. */
int walk_open(int root, const char *path, int flags) MUST_CHECK;

/* True if what is at `path`, which walk_to() gave, cannot be written to
 * because its file system is read-only. */
bool walk_is_read_only(int root, const char *path);

#endif
