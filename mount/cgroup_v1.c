#include "mount/cgroup_v1.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "mount/cgroup_file.h"

bool cgroup_v1_hierarchy(const char *root, enum cgroup_controller controller,
			 char **ret_path)
{
	char path[CGROUP_PATH_MAX];
	char *copy;

	/* An empty directory may lie there where nothing is mounted. */
	(void)snprintf(path, sizeof(path), "%s/%s/tasks", root,
		       controller == CGROUP_IO
			       ? "blkio"
			       : cgroup_controller_names[controller]);
	if (access(path, F_OK) < 0)
		return false;
	*strrchr(path, '/') = '\0';
	copy = strdup(path);
	if (copy)
		*ret_path = copy;
	return copy;
}

static int limit_memory(const char *path, uint64_t bytes)
{
	int error = cgroup_write_number(path, "memory.limit_in_bytes", bytes);

	/* Memory and swap together; it is not there without accounting for
	   swap. */
	if (error == 0)
		error = cgroup_write_number(path, "memory.memsw.limit_in_bytes",
					    bytes);
	return error == -ENOENT ? 0 : error;
}

static int limit_cpu(const char *path, const struct config_limits *limits)
{
	uint64_t quota, period;
	int error;

	cgroup_cpu_limit(limits, &quota, &period);
	error = cgroup_write_number(path, "cpu.cfs_period_us", period);
	if (error == 0)
		error = cgroup_write_number(path, "cpu.cfs_quota_us", quota);
	return error;
}

int cgroup_v1_limit(const char *path, enum cgroup_controller controller,
		    const struct config_limits *limits)
{
	switch (controller) {
	case CGROUP_PIDS:
		return cgroup_write_number(path, "pids.max",
					   cgroup_process_limit(limits));
	case CGROUP_MEMORY:
		return limit_memory(path, limits->memory_bytes);
	case CGROUP_CPU:
		return limit_cpu(path, limits);
	case CGROUP_IO: /* cgroup_io.c */
	case CGROUP_FREEZER:
	case CGROUP_CONTROLLERS:
		break;
	}
	return 0;
}

/*
 * It goes by way of FREEZING while some process has not stopped yet, and has
 * to be asked: there is no event.
 */
int cgroup_v1_freeze(const char *path, bool frozen)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	const char *wanted = frozen ? "FROZEN" : "THAWED";
	int error = cgroup_write(path, "freezer.state", wanted);
	char state[32];

	for (int i = 0; error == 0 && i < CGROUP_FREEZE_MILLISECONDS; i++) {
		error = cgroup_read(path, "freezer.state", state,
				    sizeof(state));
		if (error < 0 || strncmp(state, wanted, strlen(wanted)) == 0)
			return error;
		(void)nanosleep(&pause, NULL);
	}
	return error < 0 ? error : -ETIMEDOUT;
}
