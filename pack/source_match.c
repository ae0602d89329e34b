/* Paths of a source by pattern: only what lies beneath the part of the
 * pattern that is fixed is ever looked at. */
#include "pack/source_internal.h"

#include "lib/beneath.h"
#include "lib/path.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

enum {
	DEPTH_MAX = 128, /* each level holds a descriptor */
	MATCHES_MAX = 1 << 20,
};

struct walk {
	const char *pattern;
	size_t levels; /* below the pattern's root that can match;
			  SIZE_MAX with "**" */
	struct string_list found;
};

static size_t count_components(const char *path)
{
	size_t count = 0;

	for (; *path; path++)
		count += *path == '/' && path[1] && path[1] != '/';
	return count;
}

static bool has_deep_component(const char *pattern)
{
	for (const char *at = pattern; (at = strstr(at, "**")); at += 2)
		if ((at == pattern || at[-1] == '/') &&
		    (at[2] == '/' || at[2] == '\0'))
			return true;
	return false;
}

/*
 * Whether something beneath the directory `path` of `level` components may
 * match: its components must match as many of the pattern's.
 */
static bool may_hold_match(const struct walk *walk, const char *path,
			   size_t level)
{
	CLEANUP_FREE char *head = NULL;
	size_t length = 0;

	if (walk->levels == SIZE_MAX)
		return true;
	if (level >= walk->levels)
		return false;
	for (size_t i = 0; i < level; i++)
		length += 1 + strcspn(walk->pattern + length + 1, "/");
	head = strndup(walk->pattern, length);
	return head && path_match(length ? head : "/", path);
}

static int is_directory(int directory, const struct dirent *entry)
{
	struct stat status;

	if (entry->d_type != DT_UNKNOWN)
		return entry->d_type == DT_DIR;
	return fstatat(directory, entry->d_name, &status,
		       AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISDIR(status.st_mode);
}

static int walk_directory(struct walk *walk, int fd, const char *path,
			  size_t level);

static int walk_entry(struct walk *walk, int directory, const char *parent,
		      size_t level, const struct dirent *entry)
{
	CLEANUP_FREE char *path = NULL;
	int fd, r;

	if (asprintf(&path, "%s/%s", parent[1] ? parent : "", entry->d_name) <
	    0)
		return -ENOMEM;
	if (path_match(walk->pattern, path)) {
		if (walk->found.count == MATCHES_MAX)
			return -E2BIG;
		r = string_list_take(&walk->found, strdup(path));
		if (r < 0)
			return r;
	}
	if (!is_directory(directory, entry) ||
	    !may_hold_match(walk, path, level))
		return 0;
	fd = openat(directory, entry->d_name,
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	return walk_directory(walk, fd, path, level);
}

/* Takes over the descriptor. `level` is the number of components of `path`. */
static int walk_directory(struct walk *walk, int fd, const char *path,
			  size_t level)
{
	DIR *directory;
	struct dirent *entry;
	int r = 0;

	if (level > DEPTH_MAX) {
		close_fd(&fd);
		return -ELOOP;
	}
	directory = fdopendir(fd);
	if (!directory) {
		r = -errno;
		close_fd(&fd);
		return r;
	}
	while (r == 0 && (errno = 0, (entry = readdir(directory)) != NULL)) {
		if (strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0)
			continue;
		r = walk_entry(walk, fd, path, level + 1, entry);
	}
	if (r == 0)
		r = -errno;
	(void)closedir(directory);
	return r;
}

/* The fixed part itself, as "a/ **" matches "a" too. */
static int match_fixed(struct source *source, struct walk *walk,
		       const char *fixed)
{
	struct stat status;
	int r;

	if (!path_match(walk->pattern, fixed))
		return 0;
	r = beneath_lstat(source->root, fixed, &status);
	if (r == -ENOENT || r == -ENOTDIR)
		return 0;
	return r < 0 ? r : string_list_take(&walk->found, strdup(fixed));
}

static int match_below(struct source *source, struct walk *walk,
		       const char *fixed)
{
	int fd = beneath_open(source->root, fixed, O_RDONLY | O_DIRECTORY, 0);

	if (fd == -ENOENT || fd == -ENOTDIR)
		return 0;
	return fd < 0 ? fd
		      : walk_directory(walk, fd, fixed,
				       count_components(fixed));
}

int source_match(struct source *source, const char *pattern, char ***ret_paths,
		 struct diag *diag)
{
	CLEANUP_FREE char *fixed = path_fixed_prefix(pattern);
	struct walk walk = {
		.pattern = pattern,
		.levels = has_deep_component(pattern)
				  ? SIZE_MAX
				  : count_components(pattern),
	};
	char **paths = NULL;
	int r;

	if (!fixed)
		return diag_oom(diag);
	r = match_fixed(source, &walk, fixed);
	if (r == 0 && path_has_pattern(pattern))
		r = match_below(source, &walk, fixed);
	if (r == 0) {
		paths = string_list_steal_sorted(&walk.found);
		r = paths ? 0 : -ENOMEM;
	}
	string_list_done(&walk.found);
	if (r < 0)
		return diag_errno(diag, r, "cannot look for %s in %s", pattern,
				  source->name);
	*ret_paths = paths;
	return 0;
}
