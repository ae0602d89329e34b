#include "pack/trace_path.h"

#include "lib/path.h"
#include "pack/trace_powers.h"
#include "pack/trace_process.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

void trace_seen_done(struct trace_seen *seen)
{
	for (size_t i = 0; i < seen->link_count; i++)
		free(seen->links[i]);
	seen->link_count = 0;
}

/* The path within the process's root directory, and where that root is. */
struct inner {
	int root;			  /* O_PATH */
	char root_path[TRACE_PATH_SIZE];  /* "/" for most */
	char text[2 * TRACE_PATH_SIZE];	  /* absolute, as it was named */
	char parent[2 * TRACE_PATH_SIZE]; /* of its last component */
	const char *last;		  /* in `text`; "" for a directory that
					     has no name: "/", "a/..", "." */
};

static void inner_done(struct inner *inner)
{
	close_fd(&inner->root);
}

static int open_inside(const struct inner *inner, const char *path, int flags)
{
	struct open_how how = {
		.flags = O_PATH | O_CLOEXEC | (unsigned int)flags,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	int fd =
		(int)syscall(SYS_openat2, inner->root, path, &how, sizeof(how));

	return fd < 0 ? -errno : fd;
}

/* What the kernel calls the thing a descriptor is on. */
static int path_of(int fd, char path[TRACE_PATH_SIZE])
{
	char name[32];

	(void)snprintf(name, sizeof(name), "fd/%d", fd);
	return process_link(getpid(), name, path);
}

static int copy_path(char to[TRACE_PATH_SIZE], const char *from)
{
	size_t length = strlen(from);

	if (length >= TRACE_PATH_SIZE)
		return -ENAMETOOLONG;
	memcpy(to, from, length + 1);
	return 0;
}

/* Where a relative path begins, as the process sees it. */
static int base_of(const struct trace_name *name, const struct inner *inner,
		   char base[TRACE_PATH_SIZE])
{
	char link[32] = "cwd";
	size_t length = strlen(inner->root_path);
	int r;

	if (name->directory != AT_FDCWD)
		(void)snprintf(link, sizeof(link), "fd/%d", name->directory);
	r = process_link(name->thread, link, base);
	if (r < 0 || length == 1)
		return r;
	if (!path_within(base, inner->root_path))
		return -EXDEV;
	memmove(base, base + length, strlen(base + length) + 1);
	return base[0] ? 0 : copy_path(base, "/");
}

static void split(struct inner *inner)
{
	size_t length = strlen(inner->text);
	char *slash;

	while (length > 1 && inner->text[length - 1] == '/')
		inner->text[--length] = '\0';
	slash = strrchr(inner->text, '/');
	inner->last = slash + 1;
	if (strcmp(inner->last, ".") == 0 || strcmp(inner->last, "..") == 0) {
		memcpy(inner->parent, inner->text, length + 1);
		inner->last = "";
		return;
	}
	length = slash == inner->text ? 1 : (size_t)(slash - inner->text);
	memcpy(inner->parent, inner->text, length);
	inner->parent[length] = '\0';
}

static int find_inner(const struct trace_name *name, struct inner *inner)
{
	char base[TRACE_PATH_SIZE] = "";
	int r;

	inner->root = process_open_root(name->thread);
	if (inner->root < 0)
		return inner->root;
	r = process_link(name->thread, "root", inner->root_path);
	if (r == 0 && name->text[0] != '/')
		r = base_of(name, inner, base);
	if (r < 0)
		return r;
	if (snprintf(inner->text, sizeof(inner->text), "%s/%s", base,
		     name->text) >= (int)sizeof(inner->text))
		return -ENAMETOOLONG;
	split(inner);
	return 0;
}

/* The path that was named, as the tracer would call it. */
static int named_path(const struct inner *inner, char path[TRACE_PATH_SIZE])
{
	CLEANUP_FREE char *normal = path_normalize(inner->text);
	CLEANUP_FREE char *whole = NULL;

	if (!normal)
		return -ENOMEM;
	whole = path_join(inner->root_path, normal + 1);
	return whole ? copy_path(path, whole) : -ENOMEM;
}

/* --- What is there --- */

static void take_status(struct trace_seen *seen, const struct stat *status)
{
	seen->exists = true;
	seen->mode = status->st_mode;
	seen->uid = status->st_uid;
	seen->gid = status->st_gid;
	seen->size = S_ISREG(status->st_mode) ? (uint64_t)status->st_size : 0;
	seen->major = major(status->st_rdev);
	seen->minor = minor(status->st_rdev);
}

/* Which directories on the way to `place` would not let the actor pass. */
static void check_passing(const struct trace_actor *actor,
			  struct trace_seen *seen, const char *place)
{
	char part[TRACE_PATH_SIZE];
	struct stat status;

	if (!actor->effective || copy_path(part, place) < 0)
		return;
	for (char *slash = strchr(part + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		uint64_t needed = 0;

		*slash = '\0';
		if (lstat(part, &status) == 0 && S_ISDIR(status.st_mode))
			needed = trace_access(actor, status.st_mode,
					      status.st_uid, status.st_gid,
					      TRACE_MAY_EXECUTE);
		if (needed && !seen->passing)
			seen->passing_uid = status.st_uid;
		seen->passing |= needed;
		*slash = '/';
	}
}

static void find_links(struct trace_seen *seen)
{
	char part[TRACE_PATH_SIZE];
	struct stat status;

	if (copy_path(part, seen->path) < 0)
		return;
	for (char *slash = strchr(part + 1, '/');
	     slash && seen->link_count < TRACE_LINKS_MAX;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (lstat(part, &status) == 0 && S_ISLNK(status.st_mode)) {
			seen->links[seen->link_count] = strdup(part);
			if (seen->links[seen->link_count])
				seen->link_count++;
		}
		*slash = '/';
	}
}

/* What the last component is; -ENOENT if there is none. */
static int look_at_last(const struct trace_name *name,
			const struct inner *inner, int parent,
			struct trace_seen *seen)
{
	CLEANUP_CLOSE int fd = -1;
	struct stat status;

	if (fstatat(parent, inner->last, &status,
		    AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH) < 0)
		return -errno;
	if (S_ISLNK(status.st_mode) && name->follow) {
		fd = open_inside(inner, inner->text, 0);
		/* A link of /proc leads somewhere, to us it does not matter
		 * where. */
		if (fd == -ELOOP) {
			seen->exists = true;
			return 0;
		}
		if (fd < 0)
			return fd;
		if (fstat(fd, &status) < 0)
			return -errno;
		if (path_of(fd, seen->place) < 0)
			seen->place[0] = '\0';
	}
	take_status(seen, &status);
	return 0;
}

static int look(const struct trace_name *name, const struct inner *inner,
		struct trace_seen *seen)
{
	CLEANUP_CLOSE int parent =
		open_inside(inner, inner->parent, O_DIRECTORY);
	char directory[TRACE_PATH_SIZE];
	CLEANUP_FREE char *lexical = NULL;
	CLEANUP_FREE char *place = NULL;
	struct stat status;

	if (parent < 0 || fstat(parent, &status) < 0 ||
	    path_of(parent, directory) < 0)
		return 0; /* the directory is not there */
	seen->parent_exists = true;
	seen->parent_mode = status.st_mode;
	seen->parent_uid = status.st_uid;
	seen->parent_gid = status.st_gid;
	place = path_join(directory, inner->last);
	if (!place || copy_path(seen->place, place) < 0)
		return -ENOMEM;
	/* Behind a link ".." is not what it says. */
	if (strstr(inner->text, "/..") && copy_path(seen->path, place) < 0)
		return -ENAMETOOLONG;
	(void)look_at_last(name, inner, parent, seen);
	check_passing(name->actor, seen, place);
	if (seen->place[0] && name->follow)
		check_passing(name->actor, seen, seen->place);
	lexical = path_parent(seen->path);
	if (lexical && strcmp(lexical, directory) != 0)
		find_links(seen);
	return 0;
}

int trace_path_look(const struct trace_name *name, struct trace_seen *ret_seen)
{
	CLEANUP(inner_done) struct inner inner = { .root = -1 };
	int r = find_inner(name, &inner);

	*ret_seen = (struct trace_seen){ 0 };
	if (r == 0)
		r = named_path(&inner, ret_seen->path);
	if (r < 0)
		return r;
	/* What "self" is there depends on who looks. */
	if (path_within(ret_seen->path, "/proc")) {
		ret_seen->exists = true;
		return copy_path(ret_seen->place, ret_seen->path);
	}
	return look(name, &inner, ret_seen);
}

int trace_path_descriptor(pid_t thread, int fd, struct trace_seen *ret_seen)
{
	char name[32];
	struct stat status;
	int r;

	*ret_seen = (struct trace_seen){ 0 };
	(void)snprintf(name, sizeof(name), "fd/%d", fd);
	r = process_link(thread, name, ret_seen->path);
	if (r < 0)
		return r;
	r = copy_path(ret_seen->place, ret_seen->path);
	if (r == 0 && lstat(ret_seen->path, &status) == 0)
		take_status(ret_seen, &status);
	return r;
}
