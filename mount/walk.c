#include "mount/walk.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>

#include "lib/path.h"

/* What is under way: where it is, and what is still to go. */
struct step {
	const struct walk_from *from;
	struct walk *walk;
	char here[WALK_PATH_MAX]; /* "" is the root */
	char rest[WALK_PATH_MAX];
};

void walk_done(struct walk *walk)
{
	for (size_t i = 0; i < walk->link_count; i++) {
		free(walk->links[i].path);
		free(walk->links[i].target);
	}
	free(walk->links);
	free(walk->path);
	free(walk->directory);
	*walk = WALK_INIT;
}

int walk_open(int root, const char *path, int flags)
{
	struct open_how how = {
		.flags = (uint64_t)(unsigned int)(flags | O_NOFOLLOW |
						  O_CLOEXEC),
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS |
			   RESOLVE_NO_MAGICLINKS,
	};
	long fd;

	while (*path == '/')
		path++;
	do {
		fd = syscall(SYS_openat2, root, *path ? path : ".", &how,
			     sizeof(how));
	} while (fd < 0 && errno == EINTR);
	return fd < 0 ? -errno : (int)fd;
}

/* `path` has no links in it, but may be one. */
static int open_place(int root, const char *path)
{
	return walk_open(root, path, O_PATH);
}

bool walk_is_read_only(int root, const char *path)
{
	CLEANUP_CLOSE int fd = open_place(root, path);
	struct statvfs status;

	return fd >= 0 && fstatvfs(fd, &status) == 0 &&
	       status.f_flag & ST_RDONLY;
}

/* "/" is kept as "", which every path can be appended to. */
static void set_here(struct step *step, const char *path)
{
	(void)snprintf(step->here, sizeof(step->here), "%s",
		       strcmp(path, "/") == 0 ? "" : path);
}

static void go_up(struct step *step)
{
	const char *floor = step->from->floor;
	char *slash = strrchr(step->here, '/');

	if (strcmp(step->here, strcmp(floor, "/") == 0 ? "" : floor) != 0 &&
	    slash)
		*slash = '\0';
}

/* Take the next component off the rest. False if there is none. */
static bool next_component(struct step *step, char ret_name[WALK_PATH_MAX])
{
	const char *begin = step->rest + strspn(step->rest, "/");
	size_t length = strcspn(begin, "/");

	memcpy(ret_name, begin, length);
	ret_name[length] = '\0';
	memmove(step->rest, begin + length, strlen(begin + length) + 1);
	return length > 0;
}

static bool is_last(const struct step *step)
{
	return step->rest[strspn(step->rest, "/")] == '\0';
}

static int finish(struct step *step, enum walk_end end, const char *path)
{
	CLEANUP_FREE char *whole = NULL;
	struct walk *walk = step->walk;

	if (asprintf(&whole, "%s/%s", path, step->rest) < 0) {
		whole = NULL;
		return -ENOMEM;
	}
	walk->end = end;
	walk->last = is_last(step);
	walk->path = path_normalize(whole);
	walk->directory = path_normalize(step->here);
	return walk->path && walk->directory ? 0 : -ENOMEM;
}

static int remember_link(struct walk *walk, const char *path,
			 const char *target)
{
	struct walk_link link = { strdup(path), strdup(target) };

	if (!link.path || !link.target ||
	    array_grow(&walk->links, walk->link_count, sizeof(link)) < 0) {
		free(link.path);
		free(link.target);
		return -ENOMEM;
	}
	walk->links[walk->link_count++] = link;
	return 0;
}

/* 1: go on; 0: this was the end of it; -ENOMEM. */
static int follow_link(struct step *step, int fd, const char *path)
{
	char target[WALK_PATH_MAX], rest[WALK_PATH_MAX];
	ssize_t length = readlinkat(fd, "", target, sizeof(target) - 1);
	int r;

	if (length <= 0)
		return finish(step, WALK_REFUSED, path);
	target[length] = '\0';
	if (step->walk->link_count == WALK_LINKS_MAX)
		return finish(step, WALK_LOOP, path);
	r = remember_link(step->walk, path, target);
	if (r < 0)
		return r;
	memcpy(rest, step->rest, sizeof(rest));
	if ((size_t)length + 1 + strlen(rest) >= sizeof(step->rest))
		return finish(step, WALK_REFUSED, path);
	(void)snprintf(step->rest, sizeof(step->rest), "%s", target);
	(void)strcat(step->rest, "/");
	(void)strcat(step->rest, rest);
	if (*target == '/')
		set_here(step, step->from->floor);
	return 1;
}

/* To what `name` is in the directory where we are; as above. */
static int take_step(struct step *step, const char *name)
{
	CLEANUP_CLOSE int fd = -1;
	struct stat *status = &step->walk->status;
	char path[WALK_PATH_MAX];
	int length = snprintf(path, sizeof(path), "%s/%s", step->here, name);

	if (length < 0 || (size_t)length >= sizeof(path))
		return finish(step, WALK_REFUSED, step->here);
	fd = open_place(step->from->root, path);
	if (fd == -ENOENT)
		return finish(step, WALK_MISSING, path);
	if (fd < 0 || fstat(fd, status) < 0)
		return finish(step, WALK_REFUSED, path);
	if (S_ISLNK(status->st_mode) && (step->from->follow || !is_last(step)))
		return follow_link(step, fd, path);
	if (is_last(step)) {
		step->rest[0] = '\0';
		return finish(step, WALK_FOUND, path);
	}
	if (!S_ISDIR(status->st_mode))
		return finish(step, WALK_NOT_DIRECTORY, path);
	if (step->from->enter &&
	    !step->from->enter(step->from->context, status))
		return finish(step, WALK_REFUSED, path);
	set_here(step, path);
	return 1;
}

/* Nothing is left to go: it is the directory where we are. */
static int arrive(struct step *step)
{
	CLEANUP_CLOSE int fd = open_place(step->from->root, step->here);

	if (fd < 0 || fstat(fd, &step->walk->status) < 0)
		return finish(step, WALK_REFUSED, step->here);
	return finish(step, WALK_FOUND, step->here);
}

static int walk_steps(struct step *step)
{
	char name[WALK_PATH_MAX];
	int r = 1;

	while (r == 1) {
		if (!next_component(step, name))
			return arrive(step);
		if (strcmp(name, ".") == 0)
			continue;
		if (strcmp(name, "..") == 0)
			go_up(step);
		else
			r = take_step(step, name);
	}
	return r;
}

int walk_to(const struct walk_from *from, const char *path,
	    struct walk *ret_walk)
{
	struct walk walk = WALK_INIT;
	struct step step = { .from = from, .walk = &walk };
	int r;

	if (strlen(path) >= sizeof(step.rest))
		return -ENAMETOOLONG;
	set_here(&step, *path == '/' ? from->floor : from->start);
	(void)strcpy(step.rest, path);
	r = walk_steps(&step);
	if (r < 0) {
		walk_done(&walk);
		return r;
	}
	*ret_walk = walk;
	return 0;
}
