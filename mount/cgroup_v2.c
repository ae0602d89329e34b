#include "mount/cgroup_v2.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <string.h>
#include <time.h>

#include "mount/cgroup_file.h"

bool cgroup_v2_hierarchy(const char *root, char **ret_path)
{
	static const char *const places[] = { "", "/unified" };
	char path[CGROUP_PATH_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		char *copy;

		(void)snprintf(path, sizeof(path), "%s%s/cgroup.controllers",
			       root, places[i]);
		if (access(path, F_OK) < 0)
			continue;
		*strrchr(path, '/') = '\0';
		copy = strdup(path);
		if (copy)
			*ret_path = copy;
		return copy;
	}
	return false;
}

bool cgroup_v2_base(const struct cgroup_place *place, char **ret_path)
{
	char *copy;

	if (!place->delegated)
		return cgroup_v2_hierarchy(place->root, ret_path);
	copy = strdup(place->delegated);
	if (copy)
		*ret_path = copy;
	return copy;
}

char *cgroup_v2_jail(const struct cgroup_place *place, const char *base)
{
	char *path;

	if (place->delegated)
		return strdup(base);
	return asprintf(&path, "%s/jailmount/%s", base, place->jail) < 0 ? NULL
									 : path;
}

bool cgroup_v2_offers(const char *hierarchy, enum cgroup_controller controller)
{
	const char *name = cgroup_controller_names[controller];
	char text[512], *rest = text;

	if (cgroup_read(hierarchy, "cgroup.controllers", text, sizeof(text)) <
	    0)
		return false;
	for (char *word; (word = strsep(&rest, " \n"));) {
		if (strcmp(word, name) == 0)
			return true;
	}
	return false;
}

static int write_limit(const char *path, enum cgroup_controller controller,
		       const struct config_limits *limits)
{
	uint64_t quota, period;
	char text[64];
	int error;

	switch (controller) {
	case CGROUP_PIDS:
		return cgroup_write_number(path, "pids.max",
					   cgroup_process_limit(limits));
	case CGROUP_MEMORY:
		error = cgroup_write_number(path, "memory.max",
					    limits->memory_bytes);
		if (error < 0)
			return error;
		/* Not there without swap. */
		error = cgroup_write(path, "memory.swap.max", "0");
		return error == -ENOENT ? 0 : error;
	case CGROUP_CPU:
		cgroup_cpu_limit(limits, &quota, &period);
		(void)snprintf(text, sizeof(text), "%" PRIu64 " %" PRIu64,
			       quota, period);
		return cgroup_write(path, "cpu.max", text);
	case CGROUP_IO: /* cgroup_io.c */
	case CGROUP_FREEZER:
	case CGROUP_CONTROLLERS:
		break;
	}
	return 0;
}

int cgroup_v2_enable(const char *hierarchy, const char *path,
		     enum cgroup_controller controller)
{
	char parent[CGROUP_PATH_MAX], text[32];
	size_t end = strlen(hierarchy);
	int error = 0;

	(void)snprintf(text, sizeof(text), "+%s",
		       cgroup_controller_names[controller]);
	for (;;) {
		const char *next = strchr(path + end + 1, '/');

		if (end >= sizeof(parent))
			return -ENAMETOOLONG;
		memcpy(parent, path, end);
		parent[end] = '\0';
		error = cgroup_write(parent, "cgroup.subtree_control", text);
		if (error < 0 || !next)
			return error;
		end = (size_t)(next - path);
	}
}

/* Usually somebody has enabled it before, the last generation at the latest:
 * so the file is tried first. */
int cgroup_v2_limit(const char *hierarchy, const char *path,
		    enum cgroup_controller controller,
		    const struct config_limits *limits)
{
	int error = write_limit(path, controller, limits);

	if (error != -ENOENT)
		return error;
	error = cgroup_v2_enable(hierarchy, path, controller);
	return error < 0 ? error : write_limit(path, controller, limits);
}

static int64_t milliseconds_now(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The file reports its changes as exceptional conditions. */
static int wait_for_event(const char *path, const char *wanted)
{
	int64_t end = milliseconds_now() + CGROUP_FREEZE_MILLISECONDS;
	CLEANUP_CLOSE int fd = -1;
	char file[CGROUP_PATH_MAX], text[256];

	(void)snprintf(file, sizeof(file), "%s/cgroup.events", path);
	fd = open(file, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	for (;;) {
		struct pollfd polled = { .fd = fd, .events = POLLPRI };
		ssize_t length = pread(fd, text, sizeof(text) - 1, 0);
		int64_t left = end - milliseconds_now();

		if (length < 0)
			return -errno;
		text[length] = '\0';
		if (strstr(text, wanted))
			return 0;
		if (left <= 0)
			return -ETIMEDOUT;
		(void)poll(&polled, 1, (int)left);
	}
}

int cgroup_v2_freeze(const char *path, bool frozen)
{
	int error = cgroup_write(path, "cgroup.freeze", frozen ? "1" : "0");

	if (error == -ENOENT)
		return -ENOTSUP;
	if (error < 0)
		return error;
	return wait_for_event(path, frozen ? "frozen 1" : "frozen 0");
}

void cgroup_v2_kill(const char *path)
{
	/* Linux 5.14; without it the end of the init has to do. */
	if (cgroup_write(path, "cgroup.kill", "1") < 0)
		return;
}
