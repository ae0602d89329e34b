#include "mount/execution.h"

#include "lib/beneath.h"
#include "mount/caller_path.h"
#include "mount/walk.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

enum {
	ANYBODY = S_IXUSR | S_IXGRP | S_IXOTH,
	LINK_SIZE = 64,
	LINKS_OF_SELF_MAX = 2, /* by a link of one's own to another */
};

/* What the call names. */
struct question {
	const struct execution_image *image;
	struct caller_view view;
	char path[WALK_PATH_MAX];
	bool itself; /* the descriptor, if the path is empty */
};

void execution_done(struct execution *execution)
{
	free(execution->path);
	*execution = EXECUTION_INIT;
}

static int read_question(const struct execution_image *image, int notify_fd,
			 const struct caller *caller, struct question *question)
{
	bool at = caller->number == SYS_execveat;
	uint64_t flags = at ? caller->arguments[4] : 0;

	question->image = image;
	question->view = (struct caller_view){
		.caller = caller,
		.notify_fd = notify_fd,
		.jail_root = image->root,
		.directory = at ? (int)caller->arguments[0] : AT_FDCWD,
		.follow = !(flags & AT_SYMLINK_NOFOLLOW),
	};
	question->itself = flags & AT_EMPTY_PATH;
	return caller_read_text(caller, caller->arguments[at], question->path,
				sizeof(question->path));
}

int execution_image_open(int root, struct execution_image *ret_image)
{
	struct statx status;

	if (statx(root, "", AT_EMPTY_PATH, STATX_MNT_ID, &status) < 0)
		return -errno;
	*ret_image = (struct execution_image){ root, status.stx_mnt_id };
	return 0;
}

/* The file is known: what is it to the jail? */
static int judge(const struct question *question, int fd, const char *path,
		 struct execution *ret_execution)
{
	struct execution execution = EXECUTION_INIT;
	struct statx status;

	if (statx(fd, "", AT_EMPTY_PATH, STATX_TYPE | STATX_MODE | STATX_MNT_ID,
		  &status) < 0 ||
	    !S_ISREG(status.stx_mode) ||
	    !caller_waits(question->view.notify_fd, question->view.caller))
		return 0;
	execution.of_image = status.stx_mnt_id == question->image->mount;
	if (execution.of_image && !(status.stx_mode & ANYBODY))
		return 0;
	execution.path = strdup(path);
	if (!execution.path)
		return -ENOMEM;
	*ret_execution = execution;
	return 1;
}

/*
 * The usual case, by few system calls: an absolute path of somebody who has
 * not changed the root, which the kernel follows beneath it. 0 for all others.
 */
static int look_at_once(const struct question *question,
			struct execution *ret_execution)
{
	char root[2], link[LINK_SIZE], text[WALK_PATH_MAX];
	CLEANUP_CLOSE int fd = -1;
	ssize_t length;

	if (*question->path != '/' || !question->view.follow ||
	    caller_read_link(question->view.caller, "root", root,
			     sizeof(root)) < 0)
		return 0;
	fd = beneath_open(question->image->root, question->path, O_PATH, 0);
	if (fd < 0)
		return 0;
	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	length = readlink(link, text, sizeof(text) - 1);
	if (length <= 0)
		return 0;
	text[length] = '\0';
	return judge(question, fd, text, ret_execution);
}

/* What a link of the caller's in /proc is at, such as "exe" or "fd/3": it need
 * not have a path. */
static int look_behind(const struct question *question, const char *link,
		       struct execution *ret_execution)
{
	char path[LINK_SIZE + 32], text[WALK_PATH_MAX];
	CLEANUP_CLOSE int fd = -1;

	if (caller_read_link(question->view.caller, link, text, sizeof(text)) <
	    0)
		return 0;
	(void)snprintf(path, sizeof(path), "/proc/%d/%s",
		       question->view.caller->thread, link);
	fd = open(path, O_PATH | O_CLOEXEC);
	return fd < 0 ? 0 : judge(question, fd, text, ret_execution);
}

static int look_at_path(struct question *question, unsigned int links,
			struct execution *ret_execution);

/*
 * "/proc/self" leads to whoever looks: what is behind it, in `rest`, is to be
 * found of the caller. "exe", "fd/3", "cwd/tool".
 */
static int look_at_self(struct question *question, const char *rest,
			unsigned int links, struct execution *ret_execution)
{
	char link[LINK_SIZE], text[WALK_PATH_MAX];
	size_t length = strcspn(rest, "/");

	if (strncmp(rest, "fd/", 3) == 0)
		length = 3 + strcspn(rest + 3, "/");
	if (length >= sizeof(link))
		return 0;
	(void)snprintf(link, sizeof(link), "%.*s", (int)length, rest);
	rest += length;
	if (!*rest)
		return look_behind(question, link, ret_execution);
	if (links == LINKS_OF_SELF_MAX ||
	    caller_read_link(question->view.caller, link, text, sizeof(text)) <
		    0)
		return 0;
	if (snprintf(question->path, sizeof(question->path), "%s%s", text,
		     rest) >= WALK_PATH_MAX)
		return 0;
	return look_at_path(question, links + 1, ret_execution);
}

/* What follows one of the names by which a process calls itself, or NULL. */
static const char *behind_self(const char *path)
{
	static const char *const names[] = { "/proc/self/",
					     "/proc/thread-self/" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strncmp(path, names[i], strlen(names[i])) == 0)
			return path + strlen(names[i]);
	return NULL;
}

static int look_at_path(struct question *question, unsigned int links,
			struct execution *ret_execution)
{
	CLEANUP_WALK struct walk walk = WALK_INIT;
	CLEANUP_CLOSE int fd = -1;
	const char *rest;
	int r = caller_walk(&question->view, question->path, &walk);

	if (r < 0)
		return r == -ENOMEM ? r : 0;
	/* Where /proc is not there, neither is it. */
	rest = walk.end == WALK_REFUSED ? behind_self(walk.path) : NULL;
	if (rest)
		return look_at_self(question, rest, links, ret_execution);
	if (walk.end != WALK_FOUND)
		return 0;
	fd = walk_open(question->view.jail_root, walk.path, O_PATH);
	return fd < 0 ? 0 : judge(question, fd, walk.path, ret_execution);
}

int execution_look(const struct execution_image *image, int notify_fd,
		   const struct caller *caller, struct execution *ret_execution)
{
	struct question question;
	char link[LINK_SIZE];
	int r;

	if (read_question(image, notify_fd, caller, &question) < 0)
		return 0;
	r = look_at_once(&question, ret_execution);
	if (r != 0)
		return r;
	if (*question.path)
		return look_at_path(&question, 0, ret_execution);
	if (!question.itself || question.view.directory == AT_FDCWD)
		return 0;
	(void)snprintf(link, sizeof(link), "fd/%d", question.view.directory);
	return look_behind(&question, link, ret_execution);
}
