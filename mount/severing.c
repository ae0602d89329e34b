#include "mount/severing.h"

#include "lib/number.h"
#include "mount/holders.h"
#include "mount/network_namespace.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

enum { PATH_SIZE = 64, LOWEST = 19 /* nice(2) */ };

struct severing {
	void (*act)(struct severing *severing, pid_t process, pid_t thread);
	unsigned int left; /* links to be read yet */
	unsigned int shut;
};

static bool is_socket(int directory, const char *name)
{
	char link[16];
	ssize_t length = readlinkat(directory, name, link, sizeof(link) - 1);

	if (length < 0)
		return false;
	link[length] = '\0';
	return strncmp(link, "socket:[", 8) == 0;
}

static bool is_internet(int socket)
{
	socklen_t length = sizeof(int);
	int domain;

	return getsockopt(socket, SOL_SOCKET, SO_DOMAIN, &domain, &length) ==
		       0 &&
	       (domain == AF_INET || domain == AF_INET6);
}

/* A UDP socket that is connected to nobody is shut, too, with an error. */
static void shut(struct severing *severing, int pidfd, int fd)
{
	CLEANUP_CLOSE int socket = (int)syscall(SYS_pidfd_getfd, pidfd, fd, 0);

	if (socket < 0 || !is_internet(socket) || !socket_is_of_host(socket))
		return;
	if (shutdown(socket, SHUT_RDWR) == 0)
		severing->shut++;
}

static void shut_sockets(struct severing *severing, pid_t process, pid_t thread)
{
	char path[PATH_SIZE];
	CLEANUP_CLOSE int pidfd = holder_open(thread, process);
	struct dirent *entry;
	DIR *directory;
	uint64_t fd;

	(void)snprintf(path, sizeof(path), "/proc/%d/task/%d/fd", (int)process,
		       (int)thread);
	directory = pidfd < 0 ? NULL : opendir(path);
	if (!directory)
		return;
	while (severing->left && (entry = readdir(directory))) {
		severing->left--;
		if (is_socket(dirfd(directory), entry->d_name) &&
		    number_parse(entry->d_name, 10, INT32_MAX, &fd) == 0)
			shut(severing, pidfd, (int)fd);
	}
	(void)closedir(directory);
}

/* Threads may have descriptors of their own. */
static void look_at_process(struct severing *severing, pid_t process)
{
	char path[PATH_SIZE];
	struct dirent *entry;
	DIR *directory;
	uint64_t thread;

	(void)snprintf(path, sizeof(path), "/proc/%d/task", (int)process);
	directory = opendir(path);
	if (!directory)
		return;
	while (severing->left && (entry = readdir(directory)))
		if (number_parse(entry->d_name, 10, INT32_MAX, &thread) == 0)
			severing->act(severing, process, (pid_t)thread);
	(void)closedir(directory);
}

static void look(struct severing *severing, const struct cgroup *group)
{
	FILE *processes = holders_processes(group);
	int pid;

	while (processes && fscanf(processes, "%d", &pid) == 1)
		look_at_process(severing, pid);
	if (processes)
		(void)fclose(processes);
}

unsigned int sever(const struct cgroup *group)
{
	struct severing severing = { .act = shut_sockets,
				     .left = SEVERING_LINKS_MAX };

	look(&severing, group);
	return severing.shut;
}

static void lower(struct severing *severing, pid_t process UNUSED, pid_t thread)
{
	severing->left--;
	(void)setpriority(PRIO_PROCESS, (id_t)thread, LOWEST);
}

void subdue(const struct cgroup *group)
{
	struct severing severing = { .act = lower, .left = SEVERING_LINKS_MAX };

	look(&severing, group);
}
