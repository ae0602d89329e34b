#include "mount/network_namespace.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

static int open_own(void)
{
	int fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int network_namespace_make(struct network_namespace *ret_space)
{
	struct network_namespace space = NETWORK_NAMESPACE_INIT;
	int r = 0;

	space.home = open_own();
	if (space.home < 0)
		return space.home;
	if (unshare(CLONE_NEWNET) < 0) {
		r = -errno;
	} else {
		space.fd = open_own();
		if (space.fd < 0)
			r = space.fd;
		network_namespace_leave(&space);
	}
	if (r < 0) {
		network_namespace_done(&space);
		return r;
	}
	*ret_space = space;
	return 0;
}

void network_namespace_done(struct network_namespace *space)
{
	if (space->fd >= 0)
		close_fd(&space->fd);
	if (space->home >= 0)
		close_fd(&space->home);
	*space = NETWORK_NAMESPACE_INIT;
}

int network_namespace_enter(const struct network_namespace *space)
{
	return setns(space->fd, CLONE_NEWNET) < 0 ? -errno : 0;
}

int network_namespace_visit(const struct network_namespace *space)
{
	return network_namespace_enter(space);
}

void network_namespace_leave(const struct network_namespace *space)
{
	/* It can fail for want of memory alone. */
	if (setns(space->home, CLONE_NEWNET) < 0)
		abort();
}

int network_namespace_socket(const struct network_namespace *space, int domain,
			     int type, int protocol)
{
	bool elsewhere = space && space->fd >= 0;
	int fd, r = elsewhere ? network_namespace_visit(space) : 0;

	if (r < 0)
		return r;
	fd = socket(domain, type, protocol);
	r = fd < 0 ? -errno : fd;
	if (elsewhere)
		network_namespace_leave(space);
	return r;
}

bool socket_is_of_host(int socket)
{
	CLEANUP_CLOSE int namespace = ioctl(socket, SIOCGSKNS);
	struct stat theirs, ours;

	/* What cannot be told is taken for the worse. */
	return namespace < 0 || fstat(namespace, &theirs) < 0 ||
	       stat("/proc/self/ns/net", &ours) < 0 ||
	       (theirs.st_dev == ours.st_dev && theirs.st_ino == ours.st_ino);
}
