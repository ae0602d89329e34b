#include "mount/caller.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>

/* Linux 6.9: a pidfd of a thread that does not lead its group. */
#ifndef PIDFD_THREAD
#define PIDFD_THREAD O_EXCL
#endif

void caller_done(struct caller *caller)
{
	close_fd(&caller->socket);
}

int caller_receive(int notify_fd, struct caller *ret_caller)
{
	struct seccomp_notif received = { 0 }; /* the kernel insists on it */

	if (ioctl(notify_fd, SECCOMP_IOCTL_NOTIF_RECV, &received) < 0)
		return -errno;
	*ret_caller = CALLER_INIT;
	ret_caller->id = received.id;
	ret_caller->thread = (pid_t)received.pid;
	ret_caller->number = received.data.nr;
	memcpy(ret_caller->arguments, received.data.args,
	       sizeof(ret_caller->arguments));
	return 0;
}

/* The number behind `key` in a file like /proc/PID/status; -1 if none. */
static long read_field(pid_t thread, const char *file, const char *key,
		       int base)
{
	CLEANUP_CLOSE int fd = -1;
	char path[64];
	char text[1024];
	const char *line;
	ssize_t length;

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", thread, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	length = read(fd, text, sizeof(text) - 1);
	if (length <= 0)
		return -1;
	text[length] = '\0';
	line = strstr(text, key);
	return line ? strtol(line + strlen(key), NULL, base) : -1;
}

static int open_pidfd(pid_t thread)
{
	int fd = (int)syscall(SYS_pidfd_open, thread, PIDFD_THREAD);
	long leader;

	if (fd >= 0)
		return fd;
	if (errno != EINVAL)
		return -errno;
	/* An older kernel: threads that share memory share descriptors too,
	 * for all that do not take pains to differ. */
	leader = read_field(thread, "status", "\nTgid:", 10);
	if (leader <= 0)
		return -ESRCH;
	fd = (int)syscall(SYS_pidfd_open, (pid_t)leader, 0);
	return fd < 0 ? -errno : fd;
}

static int get_option(int socket, int name, int *ret_value)
{
	socklen_t length = sizeof(*ret_value);

	if (getsockopt(socket, SOL_SOCKET, name, ret_value, &length) < 0)
		return -errno;
	return 0;
}

static int inspect_socket(struct caller *caller)
{
	CLEANUP_CLOSE int pidfd = open_pidfd(caller->thread);
	socklen_t length = sizeof(caller->cookie);
	int r;

	if (pidfd < 0)
		return pidfd;
	caller->socket = (int)syscall(SYS_pidfd_getfd, pidfd,
				      (int)caller->arguments[0], 0);
	if (caller->socket < 0)
		return -errno;
	r = get_option(caller->socket, SO_DOMAIN, &caller->domain);
	if (r == 0)
		r = get_option(caller->socket, SO_TYPE, &caller->type);
	if (r == 0)
		r = get_option(caller->socket, SO_PROTOCOL, &caller->protocol);
	if (r == 0 && getsockopt(caller->socket, SOL_SOCKET, SO_COOKIE,
				 &caller->cookie, &length) < 0)
		r = -errno;
	return r;
}

static int copy_address(struct caller *caller)
{
	struct iovec local = { .iov_base = caller->address };
	struct iovec remote;
	int length = (int)caller->arguments[2];

	if (length < 0 || (size_t)length > sizeof(caller->address))
		return -EINVAL;
	local.iov_len = (size_t)length;
	remote.iov_base = (void *)(uintptr_t)caller->arguments[1];
	remote.iov_len = (size_t)length;
	if (length && process_vm_readv(caller->thread, &local, 1, &remote, 1,
				       0) != length)
		return errno == ESRCH ? -ENOENT : -EFAULT;
	caller->address_length = (size_t)length;
	return 0;
}

bool caller_waits(int notify_fd, const struct caller *caller)
{
	return ioctl(notify_fd, SECCOMP_IOCTL_NOTIF_ID_VALID, &caller->id) == 0;
}

int caller_inspect(int notify_fd, struct caller *caller)
{
	int r;

	close_fd(&caller->socket);
	r = inspect_socket(caller);

	if (r == 0 && caller->number != SYS_listen)
		r = copy_address(caller);
	return caller_waits(notify_fd, caller) ? r : -ENOENT;
}

static int respond(int notify_fd, struct seccomp_notif_resp *response)
{
	if (ioctl(notify_fd, SECCOMP_IOCTL_NOTIF_SEND, response) < 0 &&
	    errno != ENOENT)
		return -errno;
	return 0;
}

int caller_finish(int notify_fd, const struct caller *caller, int result)
{
	struct seccomp_notif_resp response = { .id = caller->id,
					       .error = result };

	return respond(notify_fd, &response);
}

int caller_continue(int notify_fd, const struct caller *caller)
{
	struct seccomp_notif_resp response = {
		.id = caller->id,
		.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE,
	};

	return respond(notify_fd, &response);
}

int caller_replace(int notify_fd, const struct caller *caller, int fd)
{
	struct seccomp_notif_addfd addfd = {
		.id = caller->id,
		.flags = SECCOMP_ADDFD_FLAG_SETFD,
		.srcfd = (uint32_t)fd,
		.newfd = (uint32_t)caller->arguments[0],
		.newfd_flags = O_CLOEXEC,
	};
	char file[32];
	long flags;

	(void)snprintf(file, sizeof(file), "fdinfo/%d",
		       (int)caller->arguments[0]);
	flags = read_field(caller->thread, file, "flags:", 8);
	if (flags >= 0 && !(flags & O_CLOEXEC))
		addfd.newfd_flags = 0;
	if (ioctl(notify_fd, SECCOMP_IOCTL_NOTIF_ADDFD, &addfd) < 0)
		return -errno;
	return 0;
}

void caller_command(const struct caller *caller, char *ret_command, size_t size)
{
	CLEANUP_CLOSE int fd = -1;
	char path[64];
	ssize_t length = -1;

	(void)snprintf(path, sizeof(path), "/proc/%d/comm", caller->thread);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		length = read(fd, ret_command, size - 1);
	if (length <= 0) {
		ret_command[0] = '?';
		length = 1;
	} else if (ret_command[length - 1] == '\n') {
		length--;
	}
	ret_command[length] = '\0';
}
