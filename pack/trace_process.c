#include "pack/trace_process.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>

/* Linux 6.9: a pidfd of a thread that does not lead its group. */
#ifndef PIDFD_THREAD
#define PIDFD_THREAD O_EXCL
#endif

enum { PAGE = 4096, STATUS_SIZE = 8192 };

int process_read(pid_t thread, uint64_t address, void *data, size_t length)
{
	struct iovec local = { data, length };
	struct iovec remote = { (void *)(uintptr_t)address, length };
	ssize_t got = process_vm_readv(thread, &local, 1, &remote, 1, 0);

	if (got < 0)
		return -errno;
	return (size_t)got == length ? 0 : -EFAULT;
}

/* Page by page: the next one need not be there. */
int process_read_text(pid_t thread, uint64_t address, char *text, size_t size)
{
	size_t length = 0;

	while (length < size) {
		size_t part = PAGE - (size_t)((address + length) % PAGE);
		int r;

		if (part > size - length)
			part = size - length;
		r = process_read(thread, address + length, text + length, part);
		if (r < 0)
			return r;
		if (memchr(text + length, '\0', part))
			return 0;
		length += part;
	}
	return -ENAMETOOLONG;
}

int process_link(pid_t thread, const char *name, char link[TRACE_PATH_SIZE])
{
	static const char gone[] = " (deleted)";
	char path[64];
	ssize_t length;
	size_t end;

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", thread, name);
	length = readlink(path, link, TRACE_PATH_SIZE);
	if (length < 0)
		return -errno;
	if (length == TRACE_PATH_SIZE)
		return -ENAMETOOLONG;
	link[length] = '\0';
	end = (size_t)length;
	/* "pipe:[4711]", "(unreachable)/x" */
	if (link[0] != '/' || (end >= strlen(gone) &&
			       strcmp(link + end - strlen(gone), gone) == 0))
		return -ENOENT;
	return 0;
}

int process_open_root(pid_t thread)
{
	char path[64];
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%d/root", thread);
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* --- Credentials --- */

static int read_status(pid_t thread, char text[STATUS_SIZE])
{
	CLEANUP_CLOSE int fd = -1;
	char path[64];
	ssize_t length;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", thread);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	length = read(fd, text, STATUS_SIZE - 1);
	if (length <= 0)
		return -ESRCH;
	text[length] = '\0';
	return 0;
}

/* What stands behind "\nKEY:\t"; "" if it is not there. */
static const char *field(const char *text, const char *key)
{
	const char *line = strstr(text, key);

	return line ? line + strlen(key) : "";
}

/* Numbers up to the end of the line, at most `most` of them. */
static size_t read_numbers(const char *text, uint32_t *numbers, size_t most)
{
	size_t count = 0;

	while (count < most && *text && *text != '\n') {
		char *end;
		unsigned long number = strtoul(text, &end, 10);

		if (end == text)
			break;
		numbers[count++] = (uint32_t)number;
		text = end + strspn(end, " \t");
	}
	return count;
}

int process_actor(pid_t thread, struct trace_actor *ret_actor)
{
	char text[STATUS_SIZE];
	uint32_t pids[2];
	int r = read_status(thread, text);

	if (r < 0)
		return r;
	*ret_actor = (struct trace_actor){ 0 };
	if (read_numbers(field(text, "\nUid:\t"), ret_actor->uid, 4) != 4 ||
	    read_numbers(field(text, "\nGid:\t"), ret_actor->gid, 4) != 4)
		return -EBADMSG;
	ret_actor->group_count =
		read_numbers(field(text, "\nGroups:\t"), ret_actor->groups,
			     TRACE_GROUPS_MAX);
	ret_actor->permitted = strtoull(field(text, "\nCapPrm:\t"), NULL, 16);
	ret_actor->effective = strtoull(field(text, "\nCapEff:\t"), NULL, 16);
	ret_actor->own_pids =
		read_numbers(field(text, "\nNSpid:\t"), pids, 2) > 1;
	return 0;
}

/* --- Descriptors --- */

static int open_pidfd(pid_t thread)
{
	char text[STATUS_SIZE];
	uint32_t leader;
	int fd = (int)syscall(SYS_pidfd_open, thread, PIDFD_THREAD);

	if (fd >= 0)
		return fd;
	if (errno != EINVAL)
		return -errno;
	/* An older kernel: threads share their descriptors, as a rule. */
	if (read_status(thread, text) < 0 ||
	    read_numbers(field(text, "\nTgid:\t"), &leader, 1) != 1)
		return -ESRCH;
	fd = (int)syscall(SYS_pidfd_open, (pid_t)leader, 0);
	return fd < 0 ? -errno : fd;
}

int process_take_descriptor(pid_t thread, int fd)
{
	CLEANUP_CLOSE int pidfd = open_pidfd(thread);
	int taken;

	if (pidfd < 0)
		return pidfd;
	taken = (int)syscall(SYS_pidfd_getfd, pidfd, fd, 0);
	return taken < 0 ? -errno : taken;
}
