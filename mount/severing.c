#include "mount/severing.h"

#include "lib/number.h"
#include "mount/holders.h"
#include "mount/network_namespace.h"

#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

enum { PATH_SIZE = 64, LOWEST = 19 /* nice(2) */ };

struct severing {
	void (*act)(struct severing *severing, pid_t process, pid_t thread);
	unsigned int left; /* links to be read yet */
	unsigned int shut;
	const struct listen_table *table; /* whose visitors are looked for */
	bool found;
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

/* One that listens does not count, nor one that is over. */
static bool is_connection(const struct severing *severing, int socket)
{
	struct sockaddr_storage sockaddr = { 0 };
	struct socket_address local = { 0 };
	socklen_t length = sizeof(uint8_t);
	uint8_t state = TCP_CLOSE; /* what struct tcp_info begins with */

	if (getsockopt(socket, IPPROTO_TCP, TCP_INFO, &state, &length) < 0 ||
	    state == TCP_CLOSE || state == TCP_LISTEN)
		return false;
	length = sizeof(sockaddr);
	if (getsockname(socket, (struct sockaddr *)&sockaddr, &length) < 0 ||
	    socket_address_read(sockaddr.ss_family, &sockaddr, length, &local) <
		    0)
		return false;
	for (size_t i = 0; i < severing->table->count; i++)
		if (!severing->table->mappings[i].udp &&
		    severing->table->mappings[i].host.port == local.port)
			return true;
	return false;
}

static void find_visitor(struct severing *severing, int pidfd, int fd)
{
	CLEANUP_CLOSE int socket = (int)syscall(SYS_pidfd_getfd, pidfd, fd, 0);

	if (socket >= 0 && is_internet(socket) &&
	    is_connection(severing, socket))
		severing->found = true;
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

static void look_at_sockets(struct severing *severing, pid_t process,
			    pid_t thread)
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
	while (severing->left && !severing->found &&
	       (entry = readdir(directory))) {
		severing->left--;
		if (!is_socket(dirfd(directory), entry->d_name) ||
		    number_parse(entry->d_name, 10, INT32_MAX, &fd) < 0)
			continue;
		if (severing->table)
			find_visitor(severing, pidfd, (int)fd);
		else
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
	struct severing severing = { .act = look_at_sockets,
				     .left = SEVERING_LINKS_MAX };

	look(&severing, group);
	return severing.shut;
}

/* What an ordinary service has: its threads have the same descriptors. */
static void look_once(struct severing *severing, pid_t process, pid_t thread)
{
	if (thread == process)
		look_at_sockets(severing, process, thread);
}

bool is_visited(const struct cgroup *group, const struct listen_table *table)
{
	struct severing severing = { .act = look_once,
				     .left = VISITED_LINKS_MAX,
				     .table = table };

	look(&severing, group);
	return severing.found || severing.left == 0;
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
