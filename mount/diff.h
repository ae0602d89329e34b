/*
 * What was written in a jail: its layers compared with the image.
 *
 * In an overlay's upper directory (Documentation/filesystems/overlayfs.rst of
 * Linux) a character device 0:0 is a whiteout, which deletes the image's file
 * of that name, and a directory with the attribute trusted.overlay.opaque
 * hides everything that the image has in it. A writable layer begins empty, so
 * all that is in it was added.
 *
 * Whoever is in the jail may change the layers while they are looked at, and
 * chooses names, depth and number: no link is followed, nothing that could
 * block is opened, and there are limits.
 */
#ifndef JAILMOUNT_DIFF_H
#define JAILMOUNT_DIFF_H

#include "lib/base.h"
#include "lib/buf.h"
#include "lib/config.h"
#include "lib/diag.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum {
	DIFF_ENTRIES_MAX = 100000,
	DIFF_BASELINE_MAX = 10000,
	DIFF_DEPTH_MAX = 128,
};

enum diff_change {
	DIFF_ADDED,
	DIFF_CHANGED,
	DIFF_DELETED,
	DIFF_REPLACED, /* an opaque directory in place of the image's */
};

/* What an intruder's file would be; bits. */
enum {
	DIFF_ELF = 1 << 0,    /* begins as a program or library does */
	DIFF_SCRIPT = 1 << 1, /* begins with #! */
	DIFF_SETUID = 1 << 2,
	DIFF_SETGID = 1 << 3, /* of something that is no directory */
	DIFF_EXECUTABLE = 1 << 4,
	DIFF_DEVICE = 1 << 5,
};

struct diff_entry {
	size_t layer; /* index */
	char *path;   /* in the jail, as printable_append() writes it */
	enum diff_change change;
	unsigned int traits; /* DIFF_ELF ... */
	mode_t mode;	     /* 0 for DIFF_DELETED */
	uid_t uid;	     /* as the host numbers them */
	gid_t gid;
	uint64_t size;
	char *target;  /* of a symbolic link, printable; or NULL */
	char *digest;  /* SHA-256, hexadecimal; NULL: nobody has asked */
	bool kept;     /* it outlives the jail; nothing was compared */
	bool at_start; /* it was there when the generation became ready */
	/* To know it again. */
	ino_t inode;
	int64_t changed_ns; /* ctime */
};

struct diff {
	struct diff_entry *entries; /* in strcmp order of layer and path */
	size_t count;
	bool truncated; /* a limit was met; there is more */
};

#define DIFF_INIT ((struct diff){ 0 })
#define CLEANUP_DIFF CLEANUP(diff_done)

void diff_done(struct diff *diff);
void diff_entry_done(struct diff_entry *entry);

/* The order of the entries, for qsort(3) and bsearch(3). */
int diff_compare_entries(const void *a, const void *b);
void diff_sort(struct diff *diff);

/* The layers of a generation, as generation.h holds them; not owned. */
struct diff_source {
	const struct config_layer *layers;
	const int *layer_fds;
	const int *lower_fds; /* -1 for a writable layer */
	size_t layer_count;
};

/*
 * Compare with the image. `quick`, for a baseline: at most DIFF_BASELINE_MAX
 * entries, and no file is read, so that what was only touched is there too.
 */
int diff_scan(const struct diff_source *source, bool quick,
	      struct diff *ret_diff, struct diag *diag) MUST_CHECK;

/* A directory that outlives the jail; not owned. */
struct diff_kept {
	const char *path; /* in the jail */
	int fd;
};

/*
 * What lies in such directories and was touched since then, microseconds since
 * 1970: new, or changed, where that cannot be told. What was deleted there is
 * not seen.
 */
int diff_scan_kept(const struct diff_kept *kept, size_t count, int64_t since,
		   struct diff *ret_diff, struct diag *diag) MUST_CHECK;

/* Move the entries of one behind those of the other; they are not sorted. */
int diff_append(struct diff *diff, struct diff *more,
		struct diag *diag) MUST_CHECK;

/* --- diff_baseline.c ------------------------------------------------------ */

/*
 * Take out what was there already when the baseline was made and has not
 * changed since, and add what has vanished since.
 */
int diff_subtract(struct diff *diff, const struct diff *baseline,
		  struct diag *diag) MUST_CHECK;

/* The same, but what was there already stays, and is marked. */
void diff_mark(struct diff *diff, const struct diff *baseline);

/* A baseline on its way from the supervisor to the client. NULL: no memory. */
json_t *diff_baseline_write(const struct diff *baseline);
int diff_baseline_read(const json_t *json, struct diff *ret_baseline,
		       struct diag *diag) MUST_CHECK;

/* --- diff_print.c --------------------------------------------------------- */

/* One line an entry, for people; or one JSON array. Owners are shown as the
 * jail numbers them, from `range_base` on. */
void diff_print_entry(const struct diff_entry *entry, struct buf *text);
void diff_print_text(const struct diff *diff, struct buf *text);
json_t *diff_print_json(const struct diff *diff, uint32_t range_base);

/* What diff_print_json() has written, with owners as they stand there. All
 * entries are of layer 0, in the order of their paths. -EBADMSG. */
int diff_read_json(const json_t *json, struct diff *ret_diff,
		   struct diag *diag) MUST_CHECK;

#endif
