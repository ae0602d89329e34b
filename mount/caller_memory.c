/* What else can be read of a caller: its memory, and what /proc tells. */
#include "mount/caller.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/uio.h>

enum {
	PAGE = 4096, /* at least: none is smaller */
	STATUS_SIZE = 4096,
};

static ssize_t read_memory(pid_t thread, uint64_t address, void *data,
			   size_t length)
{
	struct iovec local = { data, length };
	struct iovec remote = { (void *)(uintptr_t)address, length };

	return process_vm_readv(thread, &local, 1, &remote, 1, 0);
}

int caller_read(const struct caller *caller, uint64_t address, void *ret_data,
		size_t length)
{
	ssize_t got = read_memory(caller->thread, address, ret_data, length);

	if (got < 0 && errno == ESRCH)
		return -ENOENT;
	return got == (ssize_t)length ? 0 : -EFAULT;
}

/* Page by page: behind the last one of the text there may be nothing. */
int caller_read_text(const struct caller *caller, uint64_t address,
		     char *ret_text, size_t size)
{
	size_t length = 0;

	while (length < size) {
		size_t chunk = PAGE - (size_t)((address + length) % PAGE);
		int r;

		if (chunk > size - length)
			chunk = size - length;
		r = caller_read(caller, address + length, ret_text + length,
				chunk);
		if (r < 0)
			return r;
		if (memchr(ret_text + length, '\0', chunk))
			return 0;
		length += chunk;
	}
	return -ENAMETOOLONG;
}

int caller_read_link(const struct caller *caller, const char *link,
		     char *ret_text, size_t size)
{
	char path[64];
	ssize_t length;

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", caller->thread, link);
	length = readlink(path, ret_text, size);
	if (length < 0)
		return -errno;
	if ((size_t)length == size)
		return -ENAMETOOLONG;
	ret_text[length] = '\0';
	return 0;
}

/* "\nUid:\t0\t0\t0\t0\n" */
static int read_ids(const char *status, const char *key, uint32_t ids[3])
{
	const char *line = strstr(status, key);
	char *rest;

	if (!line)
		return -ENODATA;
	line += strlen(key);
	for (int i = 0; i < 3; i++, line = rest)
		ids[i] = (uint32_t)strtoul(line, &rest, 10);
	return 0;
}

int caller_read_powers(const struct caller *caller,
		       struct caller_powers *ret_powers)
{
	CLEANUP_CLOSE int fd = -1;
	struct caller_powers powers;
	char path[64], status[STATUS_SIZE];
	const char *line;
	ssize_t length;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", caller->thread);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	length = read(fd, status, sizeof(status) - 1);
	if (length < 0)
		return -errno;
	status[length] = '\0';
	line = strstr(status, "\nCapEff:");
	if (!line || read_ids(status, "\nUid:", powers.uids) < 0 ||
	    read_ids(status, "\nGid:", powers.gids) < 0)
		return -ENODATA;
	powers.capabilities = strtoull(line + strlen("\nCapEff:"), NULL, 16);
	*ret_powers = powers;
	return 0;
}
