#include "pack/debian_root.h"

#include "lib/beneath.h"
#include "lib/buf.h"
#include "lib/fdio.h"
#include "lib/path.h"
#include "pack/deb_control.h"
#include "pack/debian_unpack.h"
#include "pack/merged_usr.h"
#include "pack/real_directory.h"
#include "pack/root_index.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

/* A file that another package's has replaced. */
struct dropped {
	size_t package;
	const char *path; /* in the package's index */
};

struct merge {
	const struct apt_packages *packages;
	int unpacked;
	struct buf *indexes; /* of each package */
	size_t *starts;	     /* of the records in each, behind the package's */
	struct dropped *dropped;
	size_t dropped_count;
	size_t present;		    /* the package that is being linked */
	struct real_directory from; /* in its tree */
	struct real_directory to;   /* in the root's */
	void (*warn)(void *context, const char *text);
	void *context;
};

static void merge_done(struct merge *merge)
{
	for (size_t i = 0; merge->indexes && i < merge->packages->count; i++)
		buf_done(&merge->indexes[i]);
	free(merge->indexes);
	free(merge->starts);
	free(merge->dropped);
	real_directory_done(&merge->from);
	real_directory_done(&merge->to);
}

int debian_root_digest(const struct apt_packages *packages,
		       uint8_t ret_digest[SHA256_SIZE], struct diag *diag)
{
	CLEANUP_BUF struct buf text = BUF_INIT;

	/* The first line changes when roots are made differently. */
	buf_puts(&text, "jailpack root 1\n");
	for (size_t i = 0; i < packages->count; i++) {
		const struct apt_package *package = &packages->items[i];
		char digest[2 * SHA256_SIZE + 1];

		sha256_format(package->sha256, digest);
		buf_printf(&text, "%s_%s_%s %s\n", package->name,
			   package->version, package->architecture, digest);
	}
	if (buf_check(&text) < 0)
		return diag_oom(diag);
	sha256_digest(text.data, text.length, ret_digest);
	return 0;
}

static bool is_dropped(const struct merge *merge, size_t package,
		       const char *path)
{
	for (size_t i = 0; i < merge->dropped_count; i++)
		if (merge->dropped[i].package == package &&
		    strcmp(merge->dropped[i].path, path) == 0)
			return true;
	return false;
}

static int drop(struct merge *merge, size_t package, const char *path)
{
	if (array_grow(&merge->dropped, merge->dropped_count,
		       sizeof(*merge->dropped)) < 0)
		return -ENOMEM;
	merge->dropped[merge->dropped_count++] =
		(struct dropped){ package, path };
	return 0;
}

/* Whose file `path` is so far; SIZE_MAX if nobody's. Only asked when packages
 * disagree, which is rare. */
static size_t find_owner(const struct merge *merge, const char *path)
{
	for (size_t i = merge->present; i-- > 0;) {
		size_t at = merge->starts[i];
		struct root_record record;

		while (root_index_next(&merge->indexes[i], &at, &record) == 0 &&
		       record.kind != ROOT_END)
			if (record.kind == ROOT_FILE &&
			    strcmp(record.attributes.path, path) == 0 &&
			    !is_dropped(merge, i, path))
				return i;
	}
	return SIZE_MAX;
}

static void warn_of_both(const struct merge *merge, const char *path,
			 size_t owner)
{
	const struct apt_package *items = merge->packages->items;
	CLEANUP_FREE char *text = NULL;

	if (merge->warn &&
	    asprintf(&text,
		     "%s is in the packages %s and %s: that of %s is taken",
		     path, items[owner].name, items[merge->present].name,
		     items[merge->present].name) >= 0)
		merge->warn(merge->context, text);
}

/* What the control file of `one` says about `other`. */
static int replaces(const struct merge *merge, size_t one, size_t other,
		    bool *ret_replaces)
{
	const struct apt_package *items = merge->packages->items;
	CLEANUP_CLOSE int fd = -1;
	CLEANUP_BUF struct buf control = BUF_INIT;
	char path[DEBIAN_PACKAGE_NAME_SIZE + sizeof("/" DEBIAN_CONTROL)];
	int r;

	debian_package_name(&items[one], path);
	(void)strcat(path, "/" DEBIAN_CONTROL);
	fd = openat(merge->unpacked, path, O_RDONLY | O_CLOEXEC);
	r = fd < 0 ? -errno : read_to_end(fd, DEB_CONTROL_LIMIT, &control);
	if (r < 0)
		return r;
	*ret_replaces = control.length &&
			deb_control_replaces(control.data, items[other].name);
	return 0;
}

/*
 * Something is where the present package's file should go. *ret_take tells
 * whether it is to give way.
 */
static int settle(struct merge *merge, int parent, const char *path,
		  bool *ret_take)
{
	size_t owner = find_owner(merge, path);
	bool keep = false, take = false;
	struct stat status;
	int r = 0;

	if (fstatat(parent, path_name(path), &status, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (S_ISDIR(status.st_mode) || owner == SIZE_MAX)
		keep = true;
	else
		r = replaces(merge, owner, merge->present, &keep);
	if (r == 0 && !keep)
		r = replaces(merge, merge->present, owner, &take);
	if (r < 0)
		return r;
	*ret_take = !keep;
	if (keep)
		return drop(merge, merge->present, path);
	if (!take)
		warn_of_both(merge, path, owner);
	return drop(merge, owner, path);
}

/* Where `path` goes in the root. A link on the way leads within it. */
static int enter_parent(struct merge *merge, const char *path, int *ret_own)
{
	CLEANUP_FREE char *parent = NULL;
	int fd = real_directory_of(&merge->to, path);

	if (fd != -ELOOP)
		return fd;
	parent = path_parent(path);
	if (!parent)
		return -ENOMEM;
	*ret_own =
		beneath_open(merge->to.root, parent, O_PATH | O_DIRECTORY, 0);
	return *ret_own;
}

static int link_file(struct merge *merge, const char *path)
{
	CLEANUP_CLOSE int own = -1;
	int from = real_directory_of(&merge->from, path);
	int to = from < 0 ? from : enter_parent(merge, path, &own);
	const char *name = path_name(path);
	bool take = false;
	int r;

	if (to < 0)
		return to;
	if (linkat(from, name, to, name, 0) == 0)
		return 0;
	if (errno != EEXIST)
		return -errno;
	r = settle(merge, to, path, &take);
	if (r < 0 || !take)
		return r;
	if (unlinkat(to, name, 0) < 0 || linkat(from, name, to, name, 0) < 0)
		return -errno;
	return 0;
}

static int make_directory(struct merge *merge, const char *path)
{
	CLEANUP_CLOSE int own = -1;
	CLEANUP_CLOSE int there = -1;
	int parent = enter_parent(merge, path, &own);

	if (parent < 0)
		return parent;
	if (mkdirat(parent, path_name(path), 0755) == 0)
		return 0;
	if (errno != EEXIST)
		return -errno;
	there = beneath_open(merge->to.root, path, O_PATH | O_DIRECTORY, 0);
	return there < 0 ? there : 0;
}

static int take_record(struct merge *merge, const struct root_record *record)
{
	const char *path = record->attributes.path;

	/* /bin and its kin are made at the end. */
	if (record->kind == ROOT_PACKAGE || record->kind == ROOT_ATTRIBUTES ||
	    merged_usr_index(path) >= 0)
		return 0;
	return record->kind == ROOT_DIRECTORY ? make_directory(merge, path)
					      : link_file(merge, path);
}

/* The records of the present package, after its own. */
static int link_records(struct merge *merge, struct diag *diag)
{
	const struct apt_package *package =
		&merge->packages->items[merge->present];
	const struct buf *index = &merge->indexes[merge->present];
	struct root_record record;
	size_t at;
	int r = root_index_begin(index, &at);

	if (r == 0)
		r = root_index_next(index, &at, &record);
	merge->starts[merge->present] = at;
	while (r == 0 && record.kind != ROOT_END) {
		r = take_record(merge, &record);
		if (r < 0)
			return diag_errno(diag, r, "cannot place %s of %s",
					  record.attributes.path,
					  package->name);
		r = root_index_next(index, &at, &record);
	}
	return r < 0 ? diag_errno(diag, r, "cannot read the index of %s",
				  package->name)
		     : 0;
}

static int link_package(struct merge *merge, struct diag *diag)
{
	const struct apt_package *package =
		&merge->packages->items[merge->present];
	char name[DEBIAN_PACKAGE_NAME_SIZE];
	CLEANUP_CLOSE int place = -1;
	CLEANUP_CLOSE int tree = -1;
	int r;

	debian_package_name(package, name);
	place = openat(merge->unpacked, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (place >= 0)
		tree = openat(place, DEBIAN_TREE,
			      O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (tree < 0)
		return diag_errno(diag, -errno,
				  "cannot open the unpacked package %s",
				  package->name);
	r = root_index_load(place, DEBIAN_INDEX,
			    &merge->indexes[merge->present], diag);
	if (r < 0)
		return r;
	merge->from = REAL_DIRECTORY(tree);
	r = link_records(merge, diag);
	real_directory_done(&merge->from);
	merge->from = REAL_DIRECTORY(-1);
	return r;
}

static int write_index(int directory, const struct merge *merge,
		       struct diag *diag)
{
	CLEANUP_BUF struct buf index = BUF_INIT;
	const struct root_record end = { .kind = ROOT_END };
	CLEANUP_CLOSE int fd = -1;
	int r = 0;

	root_index_put_header(&index);
	for (size_t i = 0; r == 0 && i < merge->packages->count; i++) {
		struct root_record record = { 0 };
		size_t at;

		r = root_index_begin(&merge->indexes[i], &at);
		while (r == 0 &&
		       (r = root_index_next(&merge->indexes[i], &at,
					    &record)) == 0 &&
		       record.kind != ROOT_END)
			if (record.kind == ROOT_PACKAGE ||
			    !is_dropped(merge, i, record.attributes.path))
				root_index_put(&index, &record);
	}
	root_index_put(&index, &end);
	if (r == 0)
		r = buf_check(&index);
	if (r == 0) {
		fd = openat(directory, DEBIAN_INDEX,
			    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
		r = fd < 0 ? -errno : write_all(fd, index.data, index.length);
	}
	return r < 0 ? diag_errno(diag, r, "cannot write an index of packages")
		     : 0;
}

/* The links /bin, /lib ... for the directories that /usr has. */
static int merge_usr(int root, struct diag *diag)
{
	for (int i = 0; merged_usr_names[i]; i++) {
		char target[32];
		struct stat status;

		(void)snprintf(target, sizeof(target), "usr/%s",
			       merged_usr_names[i]);
		if (beneath_lstat(root, target, &status) < 0 ||
		    !S_ISDIR(status.st_mode))
			continue;
		if (symlinkat(target, root, merged_usr_names[i]) < 0)
			return diag_errno(diag, -errno,
					  "cannot make the link /%s",
					  merged_usr_names[i]);
	}
	return 0;
}

int debian_root_make(int directory, int unpacked,
		     const struct apt_packages *packages,
		     void (*warn)(void *context, const char *text),
		     void *context, struct diag *diag)
{
	CLEANUP(merge_done)
	struct merge merge = {
		.packages = packages,
		.unpacked = unpacked,
		.from = REAL_DIRECTORY(-1),
		.to = REAL_DIRECTORY(-1),
		.warn = warn,
		.context = context,
	};
	CLEANUP_CLOSE int tree = -1;
	int r = 0;

	merge.indexes = calloc(packages->count + 1, sizeof(*merge.indexes));
	merge.starts = calloc(packages->count + 1, sizeof(*merge.starts));
	if (!merge.indexes || !merge.starts)
		return diag_oom(diag);
	if (mkdirat(directory, DEBIAN_TREE, 0755) == 0)
		tree = openat(directory, DEBIAN_TREE,
			      O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (tree < 0)
		return diag_errno(diag, -errno, "cannot make a directory");
	merge.to = REAL_DIRECTORY(tree);
	for (; r == 0 && merge.present < packages->count; merge.present++)
		r = link_package(&merge, diag);
	if (r == 0)
		r = merge_usr(tree, diag);
	return r < 0 ? r : write_index(directory, &merge, diag);
}
