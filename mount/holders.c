#include "mount/holders.h"

#include "lib/number.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

/* Linux 6.9: a pidfd of a thread that does not lead its group. */
#ifndef PIDFD_THREAD
#define PIDFD_THREAD O_EXCL
#endif

enum { PATH_SIZE = 64, LINK_SIZE = 64 };

struct look {
	char wanted[LINK_SIZE]; /* what the link says: proc_pid_fd(5) */
	struct holder *seen;
	unsigned int left; /* links to be read yet */
};

static bool is_wanted(const struct look *look, int directory, const char *name)
{
	char link[LINK_SIZE];
	ssize_t length = readlinkat(directory, name, link, sizeof(link) - 1);

	if (length < 0)
		return false;
	link[length] = '\0';
	return strcmp(link, look->wanted) == 0;
}

static bool is_where_seen(const struct look *look)
{
	char path[PATH_SIZE];

	if (look->seen->pid <= 0)
		return false;
	(void)snprintf(path, sizeof(path), "/proc/%d/fd/%d",
		       (int)look->seen->pid, look->seen->fd);
	return is_wanted(look, -1, path);
}

bool holder_lives(const struct holder *seen)
{
	return seen->pid > 0 && (kill(seen->pid, 0) == 0 || errno == EPERM);
}

static enum holding look_at_process(struct look *look, pid_t pid)
{
	enum holding holding = HOLDING_NONE;
	char path[PATH_SIZE];
	struct dirent *entry;
	DIR *directory;

	(void)snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	directory = opendir(path);
	/* It has ended. */
	if (!directory)
		return HOLDING_NONE;
	while (holding == HOLDING_NONE && (entry = readdir(directory))) {
		uint64_t fd;

		if (number_parse(entry->d_name, 10, INT32_MAX, &fd) < 0)
			continue;
		if (look->left-- == 0) {
			holding = HOLDING_UNKNOWN;
		} else if (is_wanted(look, dirfd(directory), entry->d_name)) {
			*look->seen = (struct holder){ pid, (int)fd };
			holding = HOLDING_SOME;
		}
	}
	(void)closedir(directory);
	return holding;
}

/* Version 2 or any hierarchy of version 1: all have all of its processes. */
FILE *holders_processes(const struct cgroup *group)
{
	const char *path = group->version2;
	CLEANUP_FREE char *file = NULL;

	for (size_t i = 0; !path && i < CGROUP_CONTROLLERS; i++)
		path = group->version1[i];
	if (!path || asprintf(&file, "%s/cgroup.procs", path) < 0) {
		file = NULL;
		return NULL;
	}
	return fopen(file, "re");
}

int holder_open(pid_t thread, pid_t process)
{
	int fd = (int)syscall(SYS_pidfd_open, thread, PIDFD_THREAD);

	/* An older kernel has none of a thread. */
	if (fd < 0 && errno == EINVAL)
		fd = (int)syscall(SYS_pidfd_open, process, 0);
	return fd < 0 ? -errno : fd;
}

enum holding holders_look(const struct cgroup *group, ino_t inode,
			  struct holder *seen)
{
	struct look look = { .seen = seen, .left = HOLDERS_LINKS_MAX };
	enum holding holding = HOLDING_NONE;
	FILE *processes;
	int pid;

	(void)snprintf(look.wanted, sizeof(look.wanted), "socket:[%ju]",
		       (uintmax_t)inode);
	if (is_where_seen(&look))
		return HOLDING_SOME;
	processes = holders_processes(group);
	if (!processes)
		return HOLDING_UNKNOWN;
	while (holding == HOLDING_NONE && fscanf(processes, "%d", &pid) == 1)
		holding = look_at_process(&look, pid);
	(void)fclose(processes);
	return holding;
}
