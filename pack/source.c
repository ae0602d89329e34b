#include "pack/source_internal.h"

#include "lib/beneath.h"
#include "lib/buf.h"
#include "lib/fdio.h"
#include "lib/path.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

enum { PASSWD_LIMIT = 16 << 20 };

int source_new(int root, char *name, struct source **ret_source,
	       struct diag *diag)
{
	struct source *source = calloc(1, sizeof(*source));

	if (!source) {
		close_fd(&root);
		free(name);
		return diag_oom(diag);
	}
	*source = (struct source){
		.root = root,
		.name = name,
		.lock = -1,
	};
	*ret_source = source;
	return 0;
}

void source_free(struct source *source)
{
	if (!source)
		return;
	close_fd(&source->root);
	close_fd(&source->lock);
	free(source->name);
	free(source->suite);
	root_index_free(source->index);
	dpkg_free(source->installed);
	id_table_done(&source->users);
	id_table_done(&source->groups);
	if (source->release)
		source->release(source->released);
	free(source);
}

const char *source_name(const struct source *source)
{
	return source->name;
}

const char *source_suite(const struct source *source)
{
	return source->suite;
}

void source_entry_done(struct source_entry *entry)
{
	free(entry->target);
	*entry = (struct source_entry){ 0 };
}

/* The first of the files that there is; none is an empty table. */
static int read_ids(int root, const char *const *paths, struct id_table *table)
{
	for (; *paths; paths++) {
		CLEANUP_CLOSE int fd = beneath_open(
			root, *paths, O_RDONLY | O_NOCTTY | O_NONBLOCK, 0);
		CLEANUP_BUF struct buf text = BUF_INIT;
		char *own;
		int r;

		if (fd == -ENOENT || fd == -ENOTDIR)
			continue;
		r = fd < 0 ? fd : read_to_end(fd, PASSWD_LIMIT, &text);
		if (r < 0)
			return r;
		own = text.length ? buf_steal(&text) : strdup("");
		return own ? id_table_parse(table, own) : -ENOMEM;
	}
	return 0;
}

/* What packages alone make has no /etc/passwd, but base-passwd's master. */
static int need_ids(struct source *source)
{
	static const char *const users[] = {
		"/etc/passwd", "/usr/share/base-passwd/passwd.master", NULL
	};
	static const char *const groups[] = {
		"/etc/group", "/usr/share/base-passwd/group.master", NULL
	};
	int r;

	if (source->ids_read)
		return 0;
	r = read_ids(source->root, users, &source->users);
	if (r < 0)
		return r;
	r = read_ids(source->root, groups, &source->groups);
	if (r < 0)
		return r;
	source->ids_read = true;
	return 0;
}

static int need_packages(struct source *source, struct packages **ret_packages,
			 struct diag *diag)
{
	int r;

	if (source->index) {
		*ret_packages = root_index_packages(source->index);
		return 0;
	}
	if (!source->installed_read) {
		r = dpkg_read(source->root, &source->installed, diag);
		if (r < 0)
			return diag_wrap(diag, r, "%s", source->name);
		source->installed_read = true;
	}
	*ret_packages =
		source->installed ? dpkg_packages(source->installed) : NULL;
	return 0;
}

/*
 * The path by which the kernel knows what `path` names when its parents, if
 * they are links, are followed. NULL if it cannot be told (no /proc): then
 * what is asked for by it is simply not known.
 */
static char *physical_path(const struct source *source, const char *path)
{
	CLEANUP_FREE char *parent = path_parent(path);
	CLEANUP_CLOSE int fd = -1;
	char link[64], root[4096], real[4096];
	ssize_t root_length, length;
	size_t skip;

	if (!parent)
		return NULL;
	fd = beneath_open(source->root, parent, O_PATH | O_DIRECTORY, 0);
	if (fd < 0)
		return NULL;
	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", source->root);
	root_length = readlink(link, root, sizeof(root));
	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	length = readlink(link, real, sizeof(real) - 1);
	if (root_length <= 0 || (size_t)root_length == sizeof(root) ||
	    length < root_length || (size_t)length == sizeof(real) - 1)
		return NULL;
	real[length] = '\0';
	skip = root_length == 1 ? 0 : (size_t)root_length;
	return path_join(real[skip] ? real + skip : "/", path_name(path));
}

static void use_disk_owners(struct source *source, const struct stat *status,
			    struct source_entry *entry)
{
	const struct id_entry *user =
		id_table_by_id(&source->users, status->st_uid);
	const struct id_entry *group =
		id_table_by_id(&source->groups, status->st_gid);

	entry->user = user ? user->name : "root";
	entry->group = group ? group->name : "root";
}

/* root_index.h tells what is usual. */
static void use_index(const struct source *source, const char *path,
		      struct source_entry *entry)
{
	const struct root_attributes *attributes =
		root_index_attributes(source->index, path);
	mode_t permissions;

	if (attributes)
		permissions = attributes->permissions;
	else if (S_ISLNK(entry->mode))
		permissions = 0777;
	else if (S_ISDIR(entry->mode) || entry->mode & S_IXUSR)
		permissions = 0755;
	else
		permissions = 0644;
	entry->mode = (entry->mode & S_IFMT) | permissions;
	entry->user = attributes ? attributes->user : "root";
	entry->group = attributes ? attributes->group : "root";
}

/* Package and, in an unpacked root, owner and permissions. */
static int fill_origin(struct source *source, const char *path,
		       struct source_entry *entry, struct diag *diag)
{
	CLEANUP_FREE char *physical = NULL;
	struct packages *packages = NULL;
	int r;

	r = need_packages(source, &packages, diag);
	if (r < 0)
		return r;
	if (packages) {
		entry->package = packages_owner(packages, path);
		if (!entry->package) {
			physical = physical_path(source, path);
			if (physical)
				entry->package =
					packages_owner(packages, physical);
		}
	}
	if (source->index)
		use_index(source, physical ? physical : path, entry);
	return 0;
}

static int is_missing(int error)
{
	return error == -ENOENT || error == -ENOTDIR;
}

int source_lstat(struct source *source, const char *path,
		 struct source_entry *ret_entry, struct diag *diag)
{
	struct source_entry entry = { 0 };
	struct stat status;
	int r;

	r = beneath_lstat(source->root, path, &status);
	if (is_missing(r))
		return -ENOENT;
	if (r == 0 && S_ISLNK(status.st_mode))
		r = beneath_readlink(source->root, path, &entry.target);
	if (r == 0)
		r = need_ids(source);
	if (r < 0) {
		source_entry_done(&entry);
		return diag_errno(diag, r, "cannot look at %s in %s", path,
				  source->name);
	}
	entry.mode = status.st_mode;
	entry.size = S_ISREG(status.st_mode) ? (uint64_t)status.st_size : 0;
	entry.major = major(status.st_rdev);
	entry.minor = minor(status.st_rdev);
	use_disk_owners(source, &status, &entry);
	r = fill_origin(source, path, &entry, diag);
	if (r < 0) {
		source_entry_done(&entry);
		return r;
	}
	*ret_entry = entry;
	return 0;
}

int source_open(struct source *source, const char *path, int *ret_fd,
		struct diag *diag)
{
	/* O_NONBLOCK: a FIFO would wait for its writer. */
	CLEANUP_CLOSE int fd = beneath_open(
		source->root, path, O_RDONLY | O_NOCTTY | O_NONBLOCK, 0);
	struct stat status;

	if (fd < 0)
		return diag_errno(diag, fd, "cannot open %s in %s", path,
				  source->name);
	if (fstat(fd, &status) < 0)
		return diag_errno(diag, -errno, "cannot look at %s in %s", path,
				  source->name);
	if (!S_ISREG(status.st_mode))
		return diag_set(
			diag, S_ISDIR(status.st_mode) ? -EISDIR : -EINVAL,
			"%s in %s is not a regular file", path, source->name);
	*ret_fd = steal_fd(&fd);
	return 0;
}

static void close_directory(DIR **directory)
{
	if (*directory)
		(void)closedir(*directory);
}

static int list_names(DIR *directory, struct string_list *names)
{
	struct dirent *entry;
	int r;

	while (errno = 0, (entry = readdir(directory)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0)
			continue;
		r = string_list_take(names, strdup(entry->d_name));
		if (r < 0)
			return r;
	}
	return -errno;
}

int source_list(struct source *source, const char *path, char ***ret_names,
		struct diag *diag)
{
	CLEANUP_CLOSE int fd =
		beneath_open(source->root, path, O_RDONLY | O_DIRECTORY, 0);
	CLEANUP(close_directory) DIR *directory = NULL;
	CLEANUP(string_list_done) struct string_list names = { 0 };
	char **sorted;
	int r = fd;

	if (fd >= 0) {
		directory = fdopendir(fd);
		if (directory)
			fd = -1;
		r = directory ? list_names(directory, &names) : -errno;
	}
	if (r < 0)
		return diag_errno(diag, r, "cannot list %s in %s", path,
				  source->name);
	sorted = string_list_steal_sorted(&names);
	if (!sorted)
		return diag_oom(diag);
	*ret_names = sorted;
	return 0;
}

const struct source_package *source_find_package(struct source *source,
						 const char *name)
{
	struct packages *packages = NULL;

	if (need_packages(source, &packages, NULL) < 0 || !packages)
		return NULL;
	return packages_find(packages, name);
}

int source_find_user(struct source *source, const char *name, uint32_t *ret_uid,
		     uint32_t *ret_gid)
{
	const struct id_entry *found;
	int r = need_ids(source);

	if (r < 0)
		return r;
	found = id_table_by_name(&source->users, name);
	if (!found)
		return -ENOENT;
	*ret_uid = found->id;
	*ret_gid = found->group;
	return 0;
}

int source_find_group(struct source *source, const char *name,
		      uint32_t *ret_gid)
{
	const struct id_entry *found;
	int r = need_ids(source);

	if (r < 0)
		return r;
	found = id_table_by_name(&source->groups, name);
	if (!found)
		return -ENOENT;
	*ret_gid = found->id;
	return 0;
}
