#include "mount/cgroup.h"

#include <errno.h>
#include <fcntl.h>

#include "mount/cgroup_file.h"

void cgroup_entrance_close(struct cgroup_entrance *entrance)
{
	close_fd(&entrance->birth);
	for (size_t i = 0; i < ARRAY_SIZE(entrance->files); i++)
		close_fd(&entrance->files[i]);
}

static int open_file(const char *group, const char *file, int *ret_fd)
{
	char path[CGROUP_PATH_MAX];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s", group, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	*ret_fd = fd;
	return 0;
}

static int open_version2(const char *group, bool birth,
			 struct cgroup_entrance *entrance)
{
	if (!birth)
		return open_file(group, "cgroup.procs",
				 &entrance->files[CGROUP_CONTROLLERS]);
	entrance->birth = open(group, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return entrance->birth < 0 ? -errno : 0;
}

int cgroup_entrance_open(const struct cgroup *cgroup, bool birth,
			 struct cgroup_entrance *ret_entrance,
			 struct diag *diag)
{
	struct cgroup_entrance entrance = CGROUP_ENTRANCE_INIT;
	int error = 0;

	if (cgroup->version2)
		error = open_version2(cgroup->version2, birth, &entrance);
	for (size_t i = 0; error == 0 && i < CGROUP_CONTROLLERS; i++) {
		if (cgroup->version1[i])
			error = open_file(cgroup->version1[i], "tasks",
					  &entrance.files[i]);
	}
	if (error < 0) {
		cgroup_entrance_close(&entrance);
		return diag_errno(diag, error,
				  "cannot open the jail's control groups");
	}
	*ret_entrance = entrance;
	return 0;
}

int cgroup_enter(const struct cgroup_entrance *entrance)
{
	for (size_t i = 0; i < ARRAY_SIZE(entrance->files); i++) {
		if (entrance->files[i] >= 0 &&
		    write(entrance->files[i], "0", 1) != 1)
			return -errno;
	}
	return 0;
}
