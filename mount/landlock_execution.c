/*
 * Landlock's right to execute, for the image and nothing that is mounted over
 * it.
 *
 * A rule holds for a directory and all that is beneath it, mounts included,
 * and no rule takes away what another gives. So the rules are for the largest
 * parts of the image that have no mount in them: a directory with one beneath
 * it is gone through, and what is in it gets a rule each.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "lib/path.h"
#include "mount/landlock.h"

/* linux/landlock.h, which this must not depend on. */
enum {
	RULE_BENEATH = 1, /* LANDLOCK_RULE_PATH_BENEATH */
};

struct rule {
	uint64_t allowed_access;
	int32_t parent_fd;
} __attribute__((packed));

struct walls {
	const struct config *config;
	int ruleset;
	uint64_t mount; /* of the image, as statx(2) numbers it */
};

/* True if something is mounted beneath that directory. */
static bool has_mounts(const struct config *config, const char *directory)
{
	for (size_t i = 0; i < config->layer_count; i++)
		if (path_within(config->layers[i].path, directory))
			return true;
	for (size_t i = 0; i < config->persist_count; i++)
		if (path_within(config->persists[i].path, directory))
			return true;
	for (size_t i = 0; i < config->share_count; i++)
		if (path_within(config->shares[i].path, directory))
			return true;
	return false;
}

static int allow(const struct walls *walls, int fd, uint64_t access)
{
	const struct rule rule = { .allowed_access = access, .parent_fd = fd };

	return syscall(SYS_landlock_add_rule, walls->ruleset, RULE_BENEATH,
		       &rule, 0) < 0
		       ? -errno
		       : 0;
}

static int allow_entries(const struct walls *walls, int directory,
			 const char *path);

/* What is neither can be executed by nobody. */
static bool is_executable(mode_t mode)
{
	return S_ISDIR(mode) ||
	       (S_ISREG(mode) && mode & (S_IXUSR | S_IXGRP | S_IXOTH));
}

static int allow_entry(const struct walls *walls, int directory,
		       const char *path, const char *name)
{
	CLEANUP_CLOSE int fd =
		openat(directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	CLEANUP_FREE char *whole = path_join(path, name);
	struct statx status;

	if (!whole)
		return -ENOMEM;
	if (fd < 0 ||
	    statx(fd, "", AT_EMPTY_PATH, STATX_TYPE | STATX_MODE | STATX_MNT_ID,
		  &status) < 0)
		return -errno;
	if (status.stx_mnt_id != walls->mount ||
	    !is_executable(status.stx_mode))
		return 0;
	if (S_ISDIR(status.stx_mode) && has_mounts(walls->config, whole))
		return allow_entries(walls, fd, whole);
	return allow(walls, fd, LANDLOCK_EXECUTE);
}

static int allow_entries(const struct walls *walls, int directory,
			 const char *path)
{
	int copy = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *entry;
	int r = -errno;

	if (!stream) {
		close_fd(&copy);
		return r;
	}
	r = 0;
	while (r == 0 && (entry = readdir(stream)))
		if (strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0)
			r = allow_entry(walls, directory, path, entry->d_name);
	(void)closedir(stream);
	return r;
}

int landlock_allow_execution(int ruleset, const struct config *config)
{
	struct walls walls = { .config = config, .ruleset = ruleset };
	CLEANUP_CLOSE int root = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct statx status;
	int r;

	if (root < 0 ||
	    statx(root, "", AT_EMPTY_PATH, STATX_MNT_ID, &status) < 0)
		return -errno;
	walls.mount = status.stx_mnt_id;
	/* Without this one no file could be moved to another directory. */
	r = allow(&walls, root, LANDLOCK_REFER);
	return r < 0 ? r : allow_entries(&walls, root, "/");
}
