#include "mount/cgroup_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>

#include "lib/fdio.h"
#include "mount/cgroup.h"

const char *const cgroup_controller_names[] = {
	[CGROUP_PIDS] = "pids",	      [CGROUP_MEMORY] = "memory",
	[CGROUP_CPU] = "cpu",	      [CGROUP_IO] = "io",
	[CGROUP_FREEZER] = "freezer",
};

static int file_path(const char *group, const char *file,
		     char ret_path[CGROUP_PATH_MAX])
{
	int length = snprintf(ret_path, CGROUP_PATH_MAX, "%s/%s", group, file);

	return length < 0 || length >= CGROUP_PATH_MAX ? -ENAMETOOLONG : 0;
}

int cgroup_write(const char *group, const char *file, const char *text)
{
	char path[CGROUP_PATH_MAX];
	int error = file_path(group, file, path);

	return error < 0 ? error : write_kernel_file(AT_FDCWD, path, text);
}

int cgroup_write_number(const char *group, const char *file, uint64_t number)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%" PRIu64, number);
	return cgroup_write(group, file, text);
}

int cgroup_read(const char *group, const char *file, char *ret_text,
		size_t size)
{
	CLEANUP_CLOSE int fd = -1;
	char path[CGROUP_PATH_MAX];
	ssize_t length;
	int error = file_path(group, file, path);

	if (error < 0)
		return error;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	length = read(fd, ret_text, size - 1);
	if (length < 0)
		return -errno;
	ret_text[length] = '\0';
	return 0;
}

uint64_t cgroup_process_limit(const struct config_limits *limits)
{
	return limits->processes ? limits->processes
				 : (uint64_t)CGROUP_DEFAULT_PROCESSES;
}

/* The kernel takes no quota below a millisecond: a smaller part of the
 * processor needs a longer period. */
void cgroup_cpu_limit(const struct config_limits *limits, uint64_t *ret_quota,
		      uint64_t *ret_period)
{
	*ret_period = limits->cpu_permille < 10 ? 1000000 : 100000;
	*ret_quota = *ret_period / 1000 * limits->cpu_permille;
}
