#include "mount/diff.h"

#include "lib/printable.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

enum { COMPARE_CHUNK = 65536 };

/* One look at one layer. */
struct scan {
	struct diff *diff;
	size_t layer;
	bool overlay;
	bool quick;
	size_t limit;
	/* Of what outlives the jail there is nothing to compare with: what was
	 * touched since then. 0: a layer. */
	int64_t since_ns;
};

/* A name in the upper directory and its counterpart in the image. */
struct place {
	int upper, lower; /* the directories; lower is -1 where there is none */
	const char *name;
	const char *path; /* printable */
	struct stat now, image;
	bool in_image;
};

/* --- One entry ------------------------------------------------------------ */

static bool is_whiteout(const struct stat *st)
{
	return S_ISCHR(st->st_mode) && st->st_rdev == makedev(0, 0);
}

static bool is_opaque(int fd)
{
	char value;

	return fgetxattr(fd, "trusted.overlay.opaque", &value, 1) == 1 &&
	       value == 'y';
}

/* Open a regular file for reading, whatever it is turned into meanwhile. */
static int open_regular(int directory, const char *name)
{
	struct stat st;
	int fd = openat(directory, name,
			O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY |
				O_CLOEXEC);

	if (fd >= 0 && (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)))
		close_fd(&fd);
	return fd;
}

static unsigned int find_traits(const struct place *place, bool quick)
{
	mode_t mode = place->now.st_mode;
	unsigned int traits = 0;
	CLEANUP_CLOSE int fd = -1;
	char magic[4] = "";

	if (S_ISCHR(mode) || S_ISBLK(mode))
		return DIFF_DEVICE;
	if (!S_ISREG(mode))
		return 0;
	if (mode & S_ISUID)
		traits |= DIFF_SETUID;
	if (mode & S_ISGID)
		traits |= DIFF_SETGID;
	if (mode & (S_IXUSR | S_IXGRP | S_IXOTH))
		traits |= DIFF_EXECUTABLE;
	if (quick)
		return traits;
	fd = open_regular(place->upper, place->name);
	if (fd < 0 || pread(fd, magic, sizeof(magic), 0) < 2)
		return traits;
	if (memcmp(magic, "\177ELF", sizeof(magic)) == 0)
		traits |= DIFF_ELF;
	if (memcmp(magic, "#!", 2) == 0)
		traits |= DIFF_SCRIPT;
	return traits;
}

static char *read_target(const struct place *place)
{
	CLEANUP_BUF struct buf shown = BUF_INIT;
	char target[4096];
	ssize_t length;

	length = readlinkat(place->upper, place->name, target, sizeof(target));
	if (length < 0)
		return NULL;
	printable_append(&shown, target, (size_t)length);
	return buf_steal(&shown);
}

static int64_t changed_ns(const struct stat *st)
{
	return (int64_t)st->st_ctim.tv_sec * 1000000000 + st->st_ctim.tv_nsec;
}

static int add_entry(const struct scan *scan, const struct place *place,
		     enum diff_change change)
{
	struct diff *diff = scan->diff;
	const struct stat *now = &place->now;
	bool deleted = change == DIFF_DELETED;
	struct diff_entry entry = {
		.layer = scan->layer,
		.change = change,
		.mode = deleted ? 0 : now->st_mode,
		.uid = now->st_uid,
		.gid = now->st_gid,
		.size = S_ISREG(now->st_mode) ? (uint64_t)now->st_size : 0,
		.inode = now->st_ino,
		.changed_ns = changed_ns(now),
		.kept = scan->since_ns != 0,
	};

	if (diff->count >= scan->limit) {
		diff->truncated = true;
		return 0;
	}
	if (array_grow(&diff->entries, diff->count, sizeof(entry)) < 0)
		return -ENOMEM;
	entry.path = strdup(place->path);
	if (!entry.path)
		return -ENOMEM;
	if (!deleted)
		entry.traits = find_traits(place, scan->quick);
	if (S_ISLNK(now->st_mode))
		entry.target = read_target(place);
	diff->entries[diff->count++] = entry;
	return 0;
}

/* --- Comparing ------------------------------------------------------------ */

static bool same_content(const struct place *place)
{
	CLEANUP_CLOSE int upper = open_regular(place->upper, place->name);
	CLEANUP_CLOSE int lower = open_regular(place->lower, place->name);
	CLEANUP_FREE char *chunks = malloc(2 * (size_t)COMPARE_CHUNK);

	if (upper < 0 || lower < 0 || !chunks)
		return false;
	for (off_t offset = 0;;) {
		ssize_t now = pread(upper, chunks, COMPARE_CHUNK, offset);
		ssize_t image = pread(lower, chunks + COMPARE_CHUNK,
				      COMPARE_CHUNK, offset);

		if (now < 0 || now != image ||
		    memcmp(chunks, chunks + COMPARE_CHUNK, (size_t)now) != 0)
			return false;
		if (now == 0)
			return true;
		offset += now;
	}
}

static bool same_target(const struct place *place)
{
	char now[4096], image[4096];
	ssize_t length;

	length = readlinkat(place->upper, place->name, now, sizeof(now));
	return length >= 0 &&
	       readlinkat(place->lower, place->name, image, sizeof(image)) ==
		       length &&
	       memcmp(now, image, (size_t)length) == 0;
}

/* True if nothing but times tells it from what the image has. */
static bool is_same(const struct place *place, bool quick)
{
	const struct stat *now = &place->now, *image = &place->image;

	if (now->st_mode != image->st_mode || now->st_uid != image->st_uid ||
	    now->st_gid != image->st_gid)
		return false;
	if (S_ISDIR(now->st_mode))
		return true;
	if (quick)
		return false;
	if (S_ISREG(now->st_mode))
		return now->st_size == image->st_size && same_content(place);
	if (S_ISLNK(now->st_mode))
		return same_target(place);
	return now->st_rdev == image->st_rdev;
}

/* --- Walking -------------------------------------------------------------- */

static int scan_directory(const struct scan *scan, int upper, int lower,
			  const char *path, int depth);

static int scan_subdirectory(const struct scan *scan, const struct place *place,
			     int depth)
{
	CLEANUP_CLOSE int upper = -1;
	CLEANUP_CLOSE int lower = -1;
	bool opaque;
	int r = 0;

	upper = openat(place->upper, place->name,
		       O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (upper < 0)
		return 0; /* gone meanwhile */
	opaque = scan->overlay && is_opaque(upper);
	if (place->in_image && S_ISDIR(place->image.st_mode)) {
		if (opaque)
			r = add_entry(scan, place, DIFF_REPLACED);
		else if (!is_same(place, scan->quick))
			r = add_entry(scan, place, DIFF_CHANGED);
		if (!opaque)
			lower = openat(place->lower, place->name,
				       O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
					       O_CLOEXEC);
	} else {
		r = add_entry(scan, place,
			      place->in_image ? DIFF_CHANGED : DIFF_ADDED);
	}
	if (r < 0)
		return r;
	if (depth >= DIFF_DEPTH_MAX) {
		scan->diff->truncated = true;
		return 0;
	}
	return scan_directory(scan, upper, lower, place->path, depth + 1);
}

/* Not every file system tells when a file was made. */
static bool is_new(const struct scan *scan, const struct place *place)
{
	struct statx status;

	return statx(place->upper, place->name, AT_SYMLINK_NOFOLLOW,
		     STATX_BTIME, &status) == 0 &&
	       status.stx_mask & STATX_BTIME &&
	       status.stx_btime.tv_sec * 1000000000 +
			       status.stx_btime.tv_nsec >=
		       scan->since_ns;
}

/* A directory's times tell what is told by its entries. */
static int scan_kept_place(const struct scan *scan, const struct place *place,
			   int depth)
{
	CLEANUP_CLOSE int fd = -1;

	if (!S_ISDIR(place->now.st_mode))
		return changed_ns(&place->now) < scan->since_ns
			       ? 0
			       : add_entry(scan, place,
					   is_new(scan, place) ? DIFF_ADDED
							       : DIFF_CHANGED);
	if (depth >= DIFF_DEPTH_MAX) {
		scan->diff->truncated = true;
		return 0;
	}
	fd = openat(place->upper, place->name,
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? 0
		      : scan_directory(scan, fd, -1, place->path, depth + 1);
}

static int scan_place(const struct scan *scan, struct place *place, int depth)
{
	if (fstatat(place->upper, place->name, &place->now,
		    AT_SYMLINK_NOFOLLOW) < 0)
		return 0; /* gone meanwhile */
	if (scan->since_ns)
		return scan_kept_place(scan, place, depth);
	place->in_image = place->lower >= 0 &&
			  fstatat(place->lower, place->name, &place->image,
				  AT_SYMLINK_NOFOLLOW) == 0;
	if (scan->overlay && is_whiteout(&place->now))
		return place->in_image ? add_entry(scan, place, DIFF_DELETED)
				       : 0;
	if (S_ISDIR(place->now.st_mode))
		return scan_subdirectory(scan, place, depth);
	if (!place->in_image)
		return add_entry(scan, place, DIFF_ADDED);
	if (is_same(place, scan->quick))
		return 0;
	return add_entry(scan, place, DIFF_CHANGED);
}

static int scan_name(const struct scan *scan, int upper, int lower,
		     const char *parent, const char *name, int depth)
{
	CLEANUP_BUF struct buf path = BUF_INIT;
	struct place place = { .upper = upper, .lower = lower, .name = name };

	buf_puts(&path, parent);
	if (strcmp(parent, "/") != 0)
		buf_putc(&path, '/');
	printable_append(&path, name, strlen(name));
	if (buf_check(&path) < 0)
		return -ENOMEM;
	place.path = path.data;
	return scan_place(scan, &place, depth);
}

static int scan_directory(const struct scan *scan, int upper, int lower,
			  const char *path, int depth)
{
	struct dirent *entry;
	DIR *directory;
	int copy = openat(upper, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = 0;

	if (copy < 0)
		return 0;
	directory = fdopendir(copy);
	if (!directory) {
		close_fd(&copy);
		return -ENOMEM;
	}
	while (r == 0 && !scan->diff->truncated &&
	       (entry = readdir(directory))) {
		if (strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0)
			continue;
		r = scan_name(scan, upper, lower, path, entry->d_name, depth);
	}
	(void)closedir(directory);
	return r;
}

int diff_scan(const struct diff_source *source, bool quick,
	      struct diff *ret_diff, struct diag *diag)
{
	CLEANUP_DIFF struct diff diff = DIFF_INIT;

	for (size_t i = 0; i < source->layer_count; i++) {
		const struct config_layer *layer = &source->layers[i];
		struct scan scan = {
			.diff = &diff,
			.layer = i,
			.overlay = layer->kind == CONFIG_LAYER_OVERLAY,
			.quick = quick,
			.limit = quick ? DIFF_BASELINE_MAX : DIFF_ENTRIES_MAX,
		};

		if (scan_directory(&scan, source->layer_fds[i],
				   source->lower_fds[i], layer->path, 0) < 0)
			return diag_oom(diag);
	}
	diff_sort(&diff);
	*ret_diff = diff;
	diff = DIFF_INIT;
	return 0;
}

int diff_scan_kept(const struct diff_kept *kept, size_t count, int64_t since,
		   struct diff *ret_diff, struct diag *diag)
{
	CLEANUP_DIFF struct diff diff = DIFF_INIT;

	for (size_t i = 0; i < count; i++) {
		struct scan scan = { .diff = &diff,
				     .layer = i,
				     .limit = DIFF_ENTRIES_MAX,
				     .since_ns = since * 1000 };

		if (scan_directory(&scan, kept[i].fd, -1, kept[i].path, 0) < 0)
			return diag_oom(diag);
	}
	diff_sort(&diff);
	*ret_diff = diff;
	diff = DIFF_INIT;
	return 0;
}
